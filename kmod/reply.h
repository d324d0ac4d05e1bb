/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP errors that the device makes itself (RFC 7915 4.4 and 5.4). */
#ifndef _M46_REPLY_H
#define _M46_REPLY_H

#include <linux/skbuff.h>

#include "stats.h"

struct m46_cfg;
struct m46_dev;
struct m46_map;

/*
 * Tell the sender of skb, which is as it came into the device, why it is
 * dropped; where the standards, the configuration or the rate limit forbid
 * it, do not. info: MTU of M46_DROP_TOO_BIG, pointer of
 * M46_DROP_ROUTING_HEADER. proto: transport protocol as in the IPv6 chain.
 */
void m46_reply4(struct m46_dev *m46, const struct m46_cfg *cfg,
		struct sk_buff *skb, enum m46_counter drop, u32 info);
void m46_reply6(struct m46_dev *m46, const struct m46_cfg *cfg,
		struct sk_buff *skb, enum m46_counter drop, u32 info,
		u8 proto);

/*
 * Send an error about skb, an IPv6 packet at skb->data of which the header is
 * readable and of which there may be no more, on behalf of somebody else. Not
 * about ICMPv6 errors, and within the rate limit. Return: whether it was sent.
 */
bool m46_tell6(struct m46_dev *m46, const struct m46_cfg *cfg,
	       const struct sk_buff *skb, u8 type, u8 code);

/*
 * The same of an IPv4 packet. map: the device's, for the source of the error.
 */
bool m46_tell4(struct m46_dev *m46, const struct m46_map *map,
	       const struct sk_buff *skb, u8 type, u8 code, u32 info);

/* A bucket full to the brim. */
void m46_bucket_init(struct m46_bucket *b, u32 burst);

#endif /* _M46_REPLY_H */
