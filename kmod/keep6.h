/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv6 routes of what comes out of a device, kept per CPU for as long as the
 * stack would keep them.
 */
#ifndef _M46_KEEP6_H
#define _M46_KEEP6_H

#include <linux/in6.h>
#include <linux/skbuff.h>
#include <linux/types.h>

struct dst_entry;
struct m46_dev;
struct m46_flow_kind;

/**
 * struct m46_kept6 - a route that is kept
 * @dst: the route, with a reference; NULL: the stack is to see for itself
 * @saddr: for whom: source
 * @daddr: destination; :: in an empty slot, which nobody can be sent to
 * @stamp: generation of the namespace's routes, before it was looked up
 * @cookie: what dst_check() wants
 * @next: see m46_flows_may_have()
 *
 * Without routing rules, other than those that every namespace is born with, a
 * lookup asks for no more than the addresses.
 */
struct m46_kept6 {
	struct dst_entry *dst;
	struct in6_addr saddr;
	struct in6_addr daddr;
	u32 stamp;
	u32 cookie;
	u32 next;
};

/* struct m46_kept6, of @keep6; to be flushed before the namespace changes */
extern const struct m46_flow_kind m46_kept6_kind;

/*
 * The route of an IPv6 packet that comes out of the device, borrowed for as
 * long as BH is disabled; NULL: the stack is to see for itself. RCU, BH
 * disabled.
 */
struct dst_entry *m46_keep_route6(struct m46_dev *m46, struct sk_buff *skb);

/*
 * Is that a good way to find the route? Not where it is known that the stack is
 * to see for itself, nor for a flow that may not take a slot. Likewise.
 */
bool m46_keep_wants6(struct m46_dev *m46, const struct in6_addr *saddr,
		     const struct in6_addr *daddr);

/* m46_route_mtu6(), by the route that is kept if there is one. Likewise. */
u32 m46_keep_mtu6(struct m46_dev *m46, u32 mark, const struct in6_addr *saddr,
		  const struct in6_addr *daddr);

#endif /* _M46_KEEP6_H */
