// SPDX-License-Identifier: GPL-2.0
/* Recipes of translation: the header is exchanged, see recipe.h. */
#include "ident.h"
#include "recipe_follow.h"

/* May it have this size, here and behind the device, without being cut? */
static bool fits46(const struct m46_follow *f, const struct sk_buff *skb,
		   unsigned int wire, unsigned int wire6)
{
	if (likely(wire6 <= IPV6_MIN_MTU))
		return wire;
	if (!(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return false;
	if (!is_fast(f))
		return wire6 <= path_mtu6(f, skb);
	return wire <= mtu4(f->in) && wire6 <= mtu6(f->out);
}

bool m46_follow46(struct m46_follow *f, struct sk_buff *skb)
{
	const unsigned int grow = sizeof(struct ipv6hdr) -
				  sizeof(struct iphdr);
	const struct iphdr *h = ip_hdr(skb);
	unsigned int len = ntohs(h->tot_len);
	u8 proto = h->protocol;
	struct ipv6hdr *h6;
	unsigned int wire;
	u8 tos, ttl;

	if (!may_be_simple(proto) || len < sizeof(*h) || !is_sum4_good(h) ||
	    !trim(skb, len) || !is_simple_l4(skb, proto, sizeof(*h)))
		return false;
	wire = wire_len(f, skb, sizeof(*h), len, proto);
	if (!fits46(f, skb, wire, wire + grow) ||
	    !is_ready6(f, skb, &f->r->head.ip6.daddr, grow) || !has_entries(f))
		return false;
	count_in(f, skb);
	set_priority4(f, skb);
	h = ip_hdr(skb);
	tos = h->tos;
	ttl = h->ttl;
	h6 = __skb_push(skb, grow);
	memcpy(h6, &f->r->head, sizeof(*h6));
	*(__be32 *)h6 = htonl(6 << 28 |
			      m46_tclass(&f->cfg->xlat, tos) << 20);
	h6->payload_len = htons(len - sizeof(*h));
	h6->nexthdr = proto;
	h6->hop_limit = hop(f, ttl);
	adjust(f, skb, proto, sizeof(*h6));
	if (f->is_gso)
		m46_gso_swap(skb, SKB_GSO_TCPV4, SKB_GSO_TCPV6);
	finish(f, skb, htons(ETH_P_IPV6), sizeof(*h6));
	return true;
}

static void number4(const struct m46_follow *f, const struct sk_buff *skb,
		    struct iphdr *h)
{
	if (f->is_gso)
		m46_ident(f->m46, h, skb_shinfo(skb)->gso_segs ?: 1);
	else
		m46_ident_next(f->m46, &f->r->ident, h);
}

static void build4(const struct m46_follow *f, const struct sk_buff *skb,
		   struct iphdr *h, u8 proto, u8 tclass, u8 ttl,
		   unsigned int wire)
{
	const struct m46_xlat_cfg *cfg = &f->cfg->xlat;

	*h = f->r->head.ip4;
	h->tos = cfg->tos_override != M46_TOS_OVERRIDE_OFF ?
		 cfg->tos_override : tclass;
	h->tot_len = htons(skb->len);
	h->ttl = ttl;
	h->protocol = proto;
	h->id = 0;
	h->frag_off = 0;
	if (wire <= IPV6_MIN_MTU - 20 || cfg->df_clear)
		number4(f, skb, h);
	if (wire > IPV6_MIN_MTU - 20 && !cfg->df_clear)
		h->frag_off = htons(IP_DF);
	h->check = 0;
	h->check = ip_fast_csum(h, sizeof(*h) / 4);
}

/* Likewise. The mtu of the recipe is what the other path would ask for. */
static bool fits64(const struct m46_follow *f, const struct sk_buff *skb,
		   unsigned int wire6, unsigned int wire)
{
	if (is_fast(f) && has_pmtu(f->out))
		return false;
	if (likely(wire6 <= IPV6_MIN_MTU))
		return wire6;
	if (!is_fast(f))
		return wire <= path_mtu4(f, skb);
	return wire6 <= mtu6(f->in) && wire <= mtu4(f->out) &&
	       wire <= f->r->mtu;
}

bool m46_follow64(struct m46_follow *f, struct sk_buff *skb)
{
	const struct ipv6hdr *h6 = ipv6_hdr(skb);
	unsigned int len6 = sizeof(*h6) + ntohs(h6->payload_len);
	const unsigned int less = sizeof(*h6) - sizeof(struct iphdr);
	u8 proto = h6->nexthdr;
	unsigned int wire6;
	u8 tclass, ttl;

	if (!may_be_simple(proto) || len6 - less > U16_MAX ||
	    !trim(skb, len6) || !is_simple_l4(skb, proto, sizeof(*h6)))
		return false;
	wire6 = wire_len(f, skb, sizeof(*h6), len6, proto);
	if (!fits64(f, skb, wire6, wire6 - less) ||
	    !is_ready4(f, skb, f->r->head.ip4.daddr, 0) || !has_entries(f))
		return false;
	count_in(f, skb);
	h6 = ipv6_hdr(skb);
	tclass = ipv6_get_dsfield(h6);
	ttl = hop(f, h6->hop_limit);
	__skb_pull(skb, less);
	build4(f, skb, (struct iphdr *)skb->data, proto, tclass, ttl,
	       wire6 - less);
	adjust(f, skb, proto, sizeof(struct iphdr));
	if (f->is_gso)
		m46_gso_swap(skb, SKB_GSO_TCPV6, SKB_GSO_TCPV4);
	finish(f, skb, htons(ETH_P_IP), sizeof(struct iphdr));
	set_priority4(f, skb);
	return true;
}

bool m46_follow66(struct m46_follow *f, struct sk_buff *skb)
{
	struct ipv6hdr *h = ipv6_hdr(skb);
	unsigned int len = sizeof(*h) + ntohs(h->payload_len);
	u8 proto = h->nexthdr;
	unsigned int wire;

	if (!may_be_simple(proto) || !trim(skb, len) ||
	    !is_simple_l4(skb, proto, sizeof(*h)))
		return false;
	wire = wire_len(f, skb, sizeof(*h), len, proto);
	if (!wire || (is_fast(f) && wire > IPV6_MIN_MTU &&
		      (wire > mtu6(f->in) || wire > mtu6(f->out))) ||
	    !is_ready6(f, skb, &f->r->head.ip6.daddr, 0) || !has_entries(f))
		return false;
	count_in(f, skb);
	h = ipv6_hdr(skb);
	h->addrs = f->r->head.ip6.addrs;
	h->hop_limit = hop(f, h->hop_limit);
	adjust(f, skb, proto, sizeof(*h));
	finish(f, skb, htons(ETH_P_IPV6), sizeof(*h));
	return true;
}
