/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nexthop objects, for routes that name one and say no more
 * (net.ipv4.nexthop_compat_mode is 0).
 */
#ifndef M46CTL_NEXTHOP_H
#define M46CTL_NEXTHOP_H

#include <stdbool.h>

#include "route.h"

/* Read them all; what was read before is forgotten. */
void nexthop_read(void);

/*
 * The ways of one object, those of its members where it is a group. @more is
 * called for each. Return: 0, or -1 where @more said so.
 */
int nexthop_hops(uint32_t id, int (*more)(const struct route_hop *hop));

#endif /* M46CTL_NEXTHOP_H */
