/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Points in time as people write them, and times as text. No output, no state.
 */
#ifndef M46CTL_WHEN_H
#define M46CTL_WHEN_H

#include <stdint.h>

#include "parse.h"

#define NS_PER_SEC	INT64_C(1000000000)
#define NS_PER_MS	INT64_C(1000000)

/**
 * struct when - a time, as wide as it was written: "14:02" is a minute,
 *	"14:02:07" a second, "yesterday" a day
 * @start: its first nanosecond since 1970
 * @end: the first one behind it
 */
struct when {
	int64_t start;
	int64_t end;
};

/*
 * Understands, with @now for what is relative:
 *
 *	14:02  14:02:07  14:02:07.350		the last time it was that late
 *	2026-11-17  2026-11-17 14:02		also with T between
 *	tuesday  tue 14:02			the last one
 *	today  yesterday  yesterday 14:02
 *	now  2h ago  -2h  -1h30m		s, m, h, d, w; none: seconds
 *	@1795442520				seconds since 1970
 *
 * Local time, UTC where a Z or UTC follows. Return: 0, or -1 with @err filled.
 */
int when_parse(const char *text, int64_t now, struct when *when,
	       struct parse_err *err);

/* CLOCK_REALTIME in nanoseconds. */
int64_t when_now(void);

#define WHEN_STRLEN	40

/* "2026-11-17T14:02:07.350Z", and "2026-11-17 14:02:07.350" in local time. */
const char *when_iso(int64_t ns, char buf[WHEN_STRLEN]);
const char *when_local(int64_t ns, char buf[WHEN_STRLEN]);

#endif /* M46CTL_WHEN_H */
