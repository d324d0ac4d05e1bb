/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping rules from IPv4 routes "via inet6" into the device (md fib). */
#ifndef _M46_FIB_H
#define _M46_FIB_H

#include <linux/in6.h>
#include <linux/types.h>

#include "stats.h"

struct m46_map;
struct sk_buff;

/*
 * Upper 96 bits of the mapping prefix that skb has been routed to: the route
 * that brought it here is its rule, no second lookup is made. *via is valid for
 * as long as skb has its route. M46_OK or the reason to drop.
 */
enum m46_counter m46_fib_via(const struct m46_map *map,
			     const struct sk_buff *skb, const __be32 **via);
/*
 * The same of an address, by a lookup: for a packet that was not routed by it.
 * hash: which of several paths. *via is valid under rcu_read_lock().
 */
enum m46_counter m46_fib_lookup(const struct m46_map *map, __be32 addr,
				u32 hash, const __be32 **via);
/* Whether a route of addr, one of its paths at least, has this next hop. */
bool m46_fib_has(const struct m46_map *map, __be32 addr, const __be32 via[3]);
/*
 * Whether nothing changes in what m46_fib_has() says of addr but that the
 * generation of the namespace's IPv4 routes changes with it. A group of nexthop
 * objects loses its members without a trace.
 */
bool m46_fib_is_simple(const struct m46_map *map, __be32 addr);
/* Whether a route of addr leads to another edge. */
bool m46_fib_is_remote(const struct m46_map *map, __be32 addr);

#endif /* _M46_FIB_H */
