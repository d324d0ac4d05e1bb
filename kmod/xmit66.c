// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6 packets that stay IPv6: nothing but addresses is exchanged. Between two
 * hosts that both have entries ("hairpin", RFC 6146 3.8, RFC 7757 section 4),
 * for those that a way through IPv4 would have given; and see nat64.c.
 */
#include <net/ipv6.h>

#include "m46.h"
#include "recipe.h"
#include "send.h"
#include "xmit.h"

/* Super-packets that cannot be what they say, and the checksum's state. */
static enum m46_counter m46_prepare66(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip)
{
	if (skb_is_gso(skb) && (ip->frag ||
				!m46_gso_l4_len(skb, ip->hlen, ip->proto)))
		return M46_DROP_BAD_IP6_HEADER;
	return m46_csum_state(p, skb, ip->hlen, ip->proto,
			      !m46_ip6_is_frag(ip) &&
			      ip->proto != IPPROTO_ICMPV6);
}

static enum m46_counter m46_rewrite66(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip,
				      const struct in6_addr *saddr,
				      const struct in6_addr *daddr,
				      enum m46_counter count)
{
	__wsum delta = m46_delta66(&ip->saddr, &ip->daddr, saddr, daddr);
	struct ipv6hdr *h;

	if (skb_cow_head(skb, 0))
		return M46_DROP_NOMEM;
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	if (!ip->offset)
		m46_l4_adjust66(ip->proto, skb->data + ip->hlen,
				skb_headlen(skb) - ip->hlen, delta,
				p->partial);
	h = (struct ipv6hdr *)skb->data;
	h->saddr = *saddr;
	h->daddr = *daddr;
	h->hop_limit = m46_hop(p, ip->hop_limit);
	m46_reset(skb, htons(ETH_P_IPV6));
	skb_set_transport_header(skb, ip->hlen);
	if (ip->proto == IPPROTO_TCP || ip->proto == IPPROTO_UDP)
		m46_recipe_note_map(p->recipe, &p->map, M46_RECIPE_66, delta,
				    count, 0);
	m46_count(p->m46, count);
	m46_forward(p, skb);
	return M46_OK;
}

enum m46_counter m46_exchange66(struct m46_pkt *p, struct sk_buff *skb,
				const struct m46_ip6 *ip,
				const struct in6_addr *saddr,
				const struct in6_addr *daddr,
				enum m46_counter count)
{
	enum m46_counter drop = m46_prepare66(p, skb, ip);

	return drop ? drop : m46_rewrite66(p, skb, ip, saddr, daddr, count);
}

enum m46_counter m46_xmit66(struct m46_pkt *p, struct sk_buff *skb,
			    const struct m46_ip6 *ip, __be32 saddr,
			    __be32 daddr)
{
	struct in6_addr saddr6, daddr6;
	enum m46_counter drop;

	drop = m46_m46t_hairpin(&p->map, daddr, &daddr6);
	if (drop)
		return drop;
	drop = m46_prepare66(p, skb, ip);
	if (drop)
		return drop;
	if (p->fast && !saddr)
		return M46_NOT_FAST;
	drop = m46_map_claim64(&p->map, &ip->saddr, &saddr);
	if (drop)
		return drop;
	drop = m46_map_src46(&p->map, saddr, &saddr6);
	if (drop)
		return drop;
	drop = m46_rewrite66(p, skb, ip, &saddr6, &daddr6, M46_COUNT_HAIRPIN);
	if (drop)
		return drop;
	m46_map_sent64(&p->map);
	m46_map_sent46(&p->map);
	return M46_OK;
}

enum m46_counter m46_exchange_error66(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip,
				      enum m46_counter count)
{
	enum m46_counter drop;
	struct m46_error err;
	unsigned int len = skb->len;

	if (!m46_error_linear(skb) || skb_cow(skb, 0))
		return M46_DROP_NOMEM;
	drop = m46_error66(&p->map.x, skb->data, ip, m46_hop(p, ip->hop_limit),
			   &err);
	if (drop)
		return drop;
	dev_sw_netstats_tx_add(p->m46->dev, 1, len);
	skb->ip_summed = CHECKSUM_NONE;
	m46_reset(skb, htons(ETH_P_IPV6));
	skb_set_transport_header(skb, ip->hlen);
	m46_count(p->m46, count);
	if (err.replaced)
		m46_count(p->m46, M46_COUNT_ERROR_SOURCE);
	m46_receive(p->m46, skb, p->forwarded);
	return M46_OK;
}

enum m46_counter m46_xmit_error66(struct m46_pkt *p, struct sk_buff *skb,
				  const struct m46_ip6 *ip)
{
	if (!p->map.cfg->hairpin)
		return M46_DROP_HAIRPIN_OFF;
	return m46_exchange_error66(p, skb, ip, M46_COUNT_HAIRPIN);
}
