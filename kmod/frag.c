// SPDX-License-Identifier: GPL-2.0
/* Cutting packets into IPv6 fragments. */
#include <linux/ipv6.h>
#include <net/ipv6.h>

#include "frag.h"
#include "m46.h"
#include "send.h"

/* One piece: len bytes of payload from offset off of the packet's. */
static struct sk_buff *m46_piece(const struct sk_buff *skb, unsigned int hlen,
				 unsigned int off, unsigned int len,
				 const struct m46_frag *frag, u8 nexthdr)
{
	unsigned int room = LL_MAX_HEADER;
	struct frag_hdr *fh;
	struct ipv6hdr *ip;
	struct sk_buff *p;

	p = alloc_skb(room + sizeof(*ip) + sizeof(*fh) + len, GFP_ATOMIC);
	if (!p)
		return NULL;
	skb_reserve(p, room);
	ip = skb_put_data(p, skb->data, sizeof(*ip));
	fh = skb_put(p, sizeof(*fh));
	if (skb_copy_bits(skb, hlen + off, skb_put(p, len), len)) {
		kfree_skb(p);
		return NULL;
	}
	ip->payload_len = htons(sizeof(*fh) + len);
	ip->nexthdr = NEXTHDR_FRAGMENT;
	fh->nexthdr = nexthdr;
	fh->reserved = 0;
	fh->frag_off = htons((frag->offset + off) | frag->mf);
	fh->identification = frag->id;
	p->mark = skb->mark;
	p->priority = skb->priority;
	p->dev = skb->dev;
	m46_reset(p, htons(ETH_P_IPV6));
	return p;
}

static void m46_free_list(struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		kfree_skb(skb);
}

enum m46_counter m46_fragment6(struct m46_dev *m46, struct sk_buff *skb,
			       unsigned int hlen, unsigned int max,
			       const struct m46_frag *frag, bool forwarded)
{
	unsigned int unit = round_down(max - sizeof(struct ipv6hdr) -
				       M46_FRAG_HLEN, 8);
	unsigned int left = skb->len - hlen;
	struct m46_frag at = *frag;
	struct sk_buff_head list;
	unsigned int off = 0;
	struct sk_buff *p;
	u8 nexthdr;

	nexthdr = hlen > sizeof(struct ipv6hdr) ?
		  skb->data[sizeof(struct ipv6hdr)] : ipv6_hdr(skb)->nexthdr;
	/* All pieces or none: the first ones are of no use without the rest. */
	__skb_queue_head_init(&list);
	while (left) {
		unsigned int len = min(left, unit);

		at.mf = frag->mf || len < left;
		p = m46_piece(skb, hlen, off, len, &at, nexthdr);
		if (!p) {
			m46_free_list(&list);
			return M46_DROP_NOMEM;
		}
		__skb_queue_tail(&list, p);
		off += len;
		left -= len;
	}
	m46_count(m46, M46_COUNT_FRAGMENTED);
	consume_skb(skb);
	while ((p = __skb_dequeue(&list)))
		m46_receive(m46, p, forwarded);
	return M46_OK;
}
