/* SPDX-License-Identifier: GPL-2.0 */
/* Ways of a packet from the device back into the stack. */
#ifndef _M46_SEND_H
#define _M46_SEND_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "stats.h"

struct m46_dev;

/*
 * What the stack's own forwarding must not change: it decrements TTL or hop
 * limit of what comes out of the device once more than of a packet that is
 * merely routed, so the header gets one more. 0 where the packet has been
 * through an m46 device of this machine before and nesting cannot be counted
 * (a qdisc or RPS is in between): there the hop limit has to end a loop.
 */
u8 m46_hop_add(const struct sk_buff *skb);

/* Was the packet received, rather than made on this machine? */
static inline bool m46_forwarded(const struct sk_buff *skb)
{
	return skb->skb_iif && !skb->sk;
}

/*
 * Prepare skb, whose network header is at skb->data, for the other family:
 * forget all that the first one noted in it.
 */
void m46_reset(struct sk_buff *skb, __be16 protocol);

/* What skb_scrub_packet() leaves. */
static inline void m46_reset_rest(struct sk_buff *skb, __be16 protocol)
{
	memset(skb->cb, 0, sizeof(skb->cb));
	skb_clear_hash(skb);
	skb_clear_tstamp(skb);
	skb_reset_network_header(skb);
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb->encapsulation = 0;
	skb->protocol = protocol;
}

/*
 * Hand skb to the stack as received on the device. Consumes it. forwarded:
 * m46_forwarded() of the packet that it was made from.
 */
void m46_receive(struct m46_dev *m46, struct sk_buff *skb, bool forwarded);

/*
 * Send an outer packet, complete but for Total Length and checksum and with its
 * route. Consumes skb.
 */
void m46_send4(struct m46_dev *m46, struct sk_buff *skb);

/*
 * Send an ICMP error whose source is an address of this machine, which the
 * input path would call a martian. Consumes skb.
 */
void m46_output4(struct m46_dev *m46, struct sk_buff *skb);
void m46_output6(struct m46_dev *m46, struct sk_buff *skb);

#endif /* _M46_SEND_H */
