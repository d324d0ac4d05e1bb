/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answers about devices, kept until the dump is known to be of one piece.
 */
#ifndef M46CTL_ANSWERS_H
#define M46CTL_ANSWERS_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse.h"

struct answers {
	struct nlmsghdr **hdrs;
	size_t n;
	bool torn;	/* changed each time it was read */
};

/*
 * Ask @cmd of one device, or of all where @ifname is NULL. Errors are printed.
 * Return: 0 or an exit code. Free with answers_free() either way.
 */
int answers_get(struct answers *answers, uint8_t cmd, const char *ifname);
void answers_free(struct answers *answers);

/* Return: EXIT_REFUSED, printed, where the answers do not fit together. */
int answers_check(const struct answers *answers);

/* The device an answer is about. Return: 0, or -1 where it does not say. */
int answer_ifname(const struct nlmsghdr *hdr, char name[PARSE_IFNAMSIZ]);

#endif /* M46CTL_ANSWERS_H */
