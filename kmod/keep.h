/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 routes of what comes out of a device, kept per CPU for as long as the
 * stack would keep them.
 */
#ifndef _M46_KEEP_H
#define _M46_KEEP_H

#include <linux/skbuff.h>
#include <linux/types.h>

struct dst_entry;
struct m46_dev;
struct m46_flow_kind;

/**
 * struct m46_kept - a route that is kept
 * @dst: the route, with a reference; NULL: the stack is to see for itself
 * @saddr: for whom: source
 * @daddr: destination
 * @mark: mark
 * @stamp: generation of the namespace's routes, before it was looked up
 * @dscp: TOS without ECN
 * @next: see m46_flows_may_have()
 * @conf: m46_route_conf4() of the device
 */
struct m46_kept {
	struct dst_entry *dst;
	__be32 saddr;
	__be32 daddr;
	u32 mark;
	u32 stamp;
	u32 next;
	u8 dscp;
	u8 conf;
};

/* struct m46_kept, of @keep; to be flushed before the namespace changes */
extern const struct m46_flow_kind m46_kept_kind;

/*
 * The route of an IPv4 packet that comes out of the device, borrowed for as
 * long as BH is disabled; NULL: the stack is to see for itself, or it is
 * nothing to keep. RCU, BH disabled.
 */
struct dst_entry *m46_keep_route4(struct m46_dev *m46, struct sk_buff *skb);

#endif /* _M46_KEEP_H */
