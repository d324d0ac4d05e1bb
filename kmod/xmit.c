// SPDX-License-Identifier: GPL-2.0
/*
 * Packets routed into the device: entry, drops, and what both directions do
 * to an skb.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "compat.h"
#include "config.h"
#include "m46.h"
#include "recipe.h"
#include "reply.h"
#include "send.h"
#include "xmit.h"

static unsigned int m46_csum_offset(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return offsetof(struct tcphdr, check);
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		return offsetof(struct udphdr, check);
	default:
		return 0;
	}
}

bool m46_csum_help(struct sk_buff *skb)
{
	if (skb_checksum_start_offset(skb) < (int)sizeof(struct iphdr))
		return false;
	return !skb_checksum_help(skb);
}

enum m46_counter m46_csum_state(struct m46_pkt *p, struct sk_buff *skb,
				unsigned int l4, u8 proto, bool whole)
{
	p->partial = false;
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return M46_OK;
	p->partial = whole && skb_checksum_start_offset(skb) == l4 &&
		     skb->csum_offset == m46_csum_offset(proto);
	if (p->partial)
		return M46_OK;
	/* A guest may have set it anywhere: have it done, whatever it is. */
	return m46_csum_help(skb) ? M46_OK : M46_DROP_NOMEM;
}

unsigned int m46_gso_l4_len(const struct sk_buff *skb, unsigned int l4,
			    u8 proto)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb_checksum_start_offset(skb) != l4)
		return 0;
	if (proto == IPPROTO_TCP &&
	    shinfo->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) {
		const struct tcphdr *th = (void *)skb->data + l4;

		return th->doff < 5 ? 0 : th->doff * 4 + shinfo->gso_size;
	}
	if (proto == IPPROTO_UDP && shinfo->gso_type & SKB_GSO_UDP_L4)
		return sizeof(struct udphdr) + shinfo->gso_size;
	return 0;
}

bool m46_make_room(struct sk_buff *skb, int need)
{
	unsigned int headroom = max(need, 0);

	/* The shared info is written, which clones have in common. */
	if (skb_is_gso(skb))
		return !skb_cow(skb, headroom);
	return !skb_cow_head(skb, headroom);
}

void m46_gso_swap(struct sk_buff *skb, unsigned int from, unsigned int to)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (!skb_is_gso(skb) || !(shinfo->gso_type & from))
		return;
	/* IPv6 has no Identification that segments could share. */
	shinfo->gso_type &= ~(from | SKB_GSO_TCP_FIXEDID);
	shinfo->gso_type |= to;
}

struct sk_buff *m46_error_skb(const struct sk_buff *skb, unsigned int size)
{
	struct sk_buff *n = alloc_skb(LL_MAX_HEADER + size, GFP_ATOMIC);

	if (!n)
		return NULL;
	skb_reserve(n, LL_MAX_HEADER);
	n->mark = skb->mark;
	n->priority = skb->priority;
	n->dev = skb->dev;
	return n;
}

bool m46_error_linear(struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL && !m46_csum_help(skb))
		return false;
	return !skb_linearize(skb);
}

bool m46_pull_syn(struct sk_buff *skb, unsigned int l4)
{
	return pskb_may_pull(skb, l4 + sizeof(struct tcphdr)) &&
	       ((struct tcphdr *)(skb->data + l4))->syn;
}

void m46_clamp_mss(struct sk_buff *skb, unsigned int l4, unsigned int max)
{
	struct tcphdr *th = (void *)skb->data + l4;
	unsigned int i, len = th->doff * 4;
	u8 *opt;

	if (!th->syn || th->doff <= 5 || !pskb_may_pull(skb, l4 + len))
		return;
	opt = skb->data + l4;
	for (i = sizeof(*th); i + TCPOLEN_MSS <= len;) {
		__be16 old, new = htons(max);

		if (opt[i] == TCPOPT_EOL)
			return;
		if (opt[i] == TCPOPT_NOP) {
			i++;
			continue;
		}
		if (opt[i + 1] < 2)
			return;
		if (opt[i] != TCPOPT_MSS || opt[i + 1] != TCPOLEN_MSS) {
			i += opt[i + 1];
			continue;
		}
		memcpy(&old, opt + i + 2, sizeof(old));
		if (ntohs(old) <= max)
			return;
		memcpy(opt + i + 2, &new, sizeof(new));
		if (skb->ip_summed == CHECKSUM_PARTIAL)
			return;
		/* At an odd place it lies across the checksum's words. */
		if (i & 1) {
			old = (__force __be16)swab16((__force u16)old);
			new = (__force __be16)swab16((__force u16)new);
		}
		th = (struct tcphdr *)opt;
		csum_replace2(&th->check, old, new);
		return;
	}
}

void m46_drop(struct m46_pkt *p, struct sk_buff *skb, enum m46_counter drop,
	      bool is6)
{
	m46_count(p->m46, drop);
	if (is6)
		m46_reply6(p->m46, p->map.cfg, skb, drop, p->info, p->proto);
	else
		m46_reply4(p->m46, p->map.cfg, skb, drop, p->info);
	kfree_skb_reason(skb, m46_counters[drop].core);
}

enum m46_counter m46_segment(struct m46_pkt *p, struct sk_buff *skb,
			     enum m46_counter (*xmit)(struct m46_pkt *p,
						      struct sk_buff *skb))
{
	struct sk_buff *segs, *seg, *next;
	enum m46_counter drop;

	if (p->fast)
		return M46_NOT_FAST;
	segs = skb_gso_segment(skb, NETIF_F_SG | NETIF_F_HW_CSUM);
	if (IS_ERR_OR_NULL(segs))
		return M46_DROP_NOMEM;
	consume_skb(skb);
	skb_list_walk_safe(segs, seg, next) {
		skb_mark_not_on_list(seg);
		drop = xmit(p, seg);
		if (drop)
			m46_drop(p, seg, drop, xmit == m46_xmit6);
	}
	return M46_OK;
}

/* key: of its flow, of which there is no recipe. */
static void m46_xmit_asking(struct m46_dev *m46, struct sk_buff *skb,
			    const struct m46_key *key)
{
	bool is6 = skb->protocol == htons(ETH_P_IPV6);
	enum m46_counter drop = M46_DROP_NOT_IP;
	struct m46_recipe recipe;
	struct m46_pkt p = {
		.m46 = m46,
		.recipe = key->w[5] ? &recipe : NULL,
		.key = key,
		.forwarded = m46_forwarded(skb),
		.hop_add = m46_hop_add(skb),
	};

	m46_map_init(&p.map, m46, skb->mark);
	if (p.recipe)
		m46_recipe_begin(&recipe, m46, p.map.cfg, p.map.gen);
	if (is6)
		drop = m46_xmit6(&p, skb);
	else if (skb->protocol == htons(ETH_P_IP))
		drop = m46_xmit4(&p, skb);
	if (unlikely(drop))
		m46_drop(&p, skb, drop, is6);
}

netdev_tx_t m46_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);
	struct m46_key key;

	rcu_read_lock();
	if (!m46_recipe_xmit(m46, skb, &key))
		m46_xmit_asking(m46, skb, &key);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

bool m46_xmit_fast(struct m46_dev *m46, struct sk_buff *skb,
		   const struct m46_fast *fast)
{
	struct m46_pkt p = {
		.m46 = m46,
		.fast = fast,
		.recipe = fast->recipe,
		.forwarded = true,
		/* counted down once on the way in, and once on the way out */
		.hop_add = 1,
	};

	m46_map_init(&p.map, m46, skb->mark);
	m46_recipe_begin(fast->recipe, m46, p.map.cfg, p.map.gen);
	return skb->protocol == htons(ETH_P_IPV6) ? !m46_xmit6(&p, skb) :
						    !m46_xmit4(&p, skb);
}
