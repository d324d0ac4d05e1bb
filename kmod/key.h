/* SPDX-License-Identifier: GPL-2.0 */
/* What the packets of a flow have in common. */
#ifndef _M46_KEY_H
#define _M46_KEY_H

#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/string.h>
#include <linux/types.h>
#include <net/dsfield.h>

/**
 * struct m46_key - what a route is looked up by
 * @w: addresses; mark and interface; DSCP and family, zero in an empty slot
 */
struct m46_key {
	u64 w[6];
};

static inline bool m46_key_same(const struct m46_key *a,
				const struct m46_key *b)
{
	u64 diff = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a->w); i++)
		diff |= a->w[i] ^ b->w[i];
	return !diff;
}

/* The last word tells the families apart. */
static inline u64 m46_key_last(u8 tos, bool is6)
{
	return (tos & ~3) | (is6 ? 2 : 1);
}

static inline bool m46_key_is4(const struct m46_key *key)
{
	return key->w[5] & 1;
}

/* Of the packet at skb->data, readable; iif: where it comes in, or 0. */
static inline void m46_key4(struct m46_key *key, const struct sk_buff *skb,
			    int iif)
{
	const struct iphdr *h = (struct iphdr *)skb->data;

	key->w[0] = (u64)(__force u32)h->saddr << 32 | (__force u32)h->daddr;
	key->w[1] = 0;
	key->w[2] = 0;
	key->w[3] = 0;
	key->w[4] = (u64)skb->mark << 32 | (u32)iif;
	key->w[5] = m46_key_last(h->tos, false);
}

static inline void m46_key6(struct m46_key *key, const struct sk_buff *skb,
			    int iif)
{
	const struct ipv6hdr *h = (struct ipv6hdr *)skb->data;

	memcpy(key->w, &h->addrs, sizeof(h->addrs));
	key->w[4] = (u64)skb->mark << 32 | (u32)iif;
	key->w[5] = m46_key_last(ipv6_get_dsfield(h), true);
}

/*
 * The first bits of its hash, for a slot of 1 << bits; more: what else tells
 * flows apart, or 0.
 */
static inline u32 m46_key_hash(const struct m46_key *key, u64 more,
			       unsigned int bits)
{
	return hash_64(key->w[0] ^ key->w[1] ^ key->w[2] ^
		       rol64(key->w[3], 17) ^ rol64(key->w[4], 32) ^
		       key->w[5] ^ more, bits);
}

#endif /* _M46_KEY_H */
