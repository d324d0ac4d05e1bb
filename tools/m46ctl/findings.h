/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "check" has found: kept, counted, printed.
 */
#ifndef M46CTL_FINDINGS_H
#define M46CTL_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All there is to find; names, severity and meaning are in findings.c. */
enum finding_id {
	DEVICE_DOWN,
	IPV6_DISABLED,
	FORWARDING_OFF,
	RP_FILTER,
	NO_RULES,
	RULE_POINTS_TO_SELF,
	PREF6_OVERLAP,
	PREF6_LENGTHS,
	NO_NEXT_HOP_ROUTE,
	NEXT_HOP_LOOPS,
	CORE_MTU,
	OWN_PREFIX_NOT_ROUTED,
	BLOCK_NOT_ROUTED,
	SOURCE_CHECK_DROPS,
	NEXT_HOP_HAS_HOST_BITS,
	ROUTE_WITHOUT_NEXT_HOP,
	BGP_NEXT_HOP_NOT_M46,
	NAT64_NOT_ROUTED,
	NAT64_POOL_NOT_COVERED,
	PREFIX_NOT_ROUTED,
	NEIGHBOUR_PER_HOST,
	NO_POOL,
	POOL_NOT_ROUTED,
	POOL_NEARLY_FULL,
	LOCAL_NOT_THERE,
	LOCAL_IS_PRIVATE,
	ADDRESS_OUTSIDE_DELEGATED,
	DELEGATED_TOO_LONG,
	NO_IPV4_ROUTE,
	NO_RELAY_GATEWAY,
	NO_BORDER_RELAY,
	FINDING_COUNT
};

/* Which program a remedy is a command of. */
enum remedy_tool {
	REMEDY_IP,
	REMEDY_IP6,
	REMEDY_SYSCTL,
	REMEDY_M46CTL,
	REMEDY_OTHER,
};

/*
 * The command that helps, of the finding that is reported next. What the
 * operator has to fill in is in capitals.
 */
void finding_remedy(enum remedy_tool tool, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Of more than ten of a kind about one device only the number is kept. */
void finding_report(enum finding_id id, const char *dev, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

size_t findings_count(void);
void findings_print(void);
void findings_free(void);

/* What there is to find: "NAME SEVERITY: MEANING", one a line. */
void findings_explain(void);

#endif /* M46CTL_FINDINGS_H */
