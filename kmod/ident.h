/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Identification of IPv4 packets (RFC 6864): the stack's numbers, fetched
 * several at a time, for fetching one takes a keyed hash and a shared write.
 */
#ifndef _M46_IDENT_H
#define _M46_IDENT_H

#include <linux/ip.h>
#include <linux/jiffies.h>
#include <linux/types.h>

struct m46_dev;
struct m46_flow_kind;

/* In jiffies: older ones the stack may have dealt out again. */
#define M46_IDENT_LIFE	HZ

/**
 * struct m46_ident - numbers for one pair of addresses and a protocol
 * @saddr: source
 * @daddr: destination
 * @stamp: when they were fetched, jiffies
 * @next: the next one to use
 * @protocol: IPPROTO_
 * @left: how many there are
 */
struct m46_ident {
	__be32 saddr;
	__be32 daddr;
	u32 stamp;
	u16 next;
	u8 protocol;
	u8 left;
};

static inline bool m46_ident_is_for(const struct m46_ident *ident,
				    const struct iphdr *h)
{
	return ident->saddr == h->saddr && ident->daddr == h->daddr &&
	       ident->protocol == h->protocol;
}

/* Fetch more. */
void m46_ident_fetch(const struct m46_dev *m46, struct m46_ident *ident,
		     struct iphdr *h);

/*
 * Fill in the Identification of a header that has its addresses and protocol
 * already. The numbers are the caller's alone; RCU, BH disabled.
 */
static __always_inline void m46_ident_next(const struct m46_dev *m46,
					   struct m46_ident *ident,
					   struct iphdr *h)
{
	if (likely(ident->left && m46_ident_is_for(ident, h) &&
		   (u32)jiffies - ident->stamp < M46_IDENT_LIFE)) {
		h->id = htons(ident->next++);
		ident->left--;
	} else {
		m46_ident_fetch(m46, ident, h);
	}
}

extern const struct m46_flow_kind m46_ident_kind;

/* Likewise with numbers of the device's, and of segs - 1 more behind it. */
void m46_ident(const struct m46_dev *m46, struct iphdr *h, unsigned int segs);

#endif /* _M46_IDENT_H */
