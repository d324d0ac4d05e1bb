// SPDX-License-Identifier: GPL-2.0
/* Recipes of tunnels: a header comes or goes, see recipe.h. */
#include <net/ip_tunnels.h>

#include "ident.h"
#include "recipe_follow.h"
#include "tunnel.h"

/* iptunnel_handle_offloads(), less the call where no checksum is left to do */
static __always_inline void leave_sum(struct sk_buff *skb, int gso_type)
{
	if (unlikely(skb->ip_summed == CHECKSUM_PARTIAL)) {
		iptunnel_handle_offloads(skb, gso_type);
		return;
	}
	if (!skb->encapsulation)
		skb_reset_inner_headers(skb);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
}

static bool fits_encap6(const struct m46_follow *f, const struct sk_buff *skb,
			unsigned int wire, unsigned int wire6)
{
	if (likely(wire6 <= IPV6_MIN_MTU))
		return true;
	if (!is_fast(f))
		return wire6 <= path_mtu6(f, skb);
	return wire <= mtu4(f->in) && wire6 <= mtu6(f->out);
}

bool m46_follow_encap6(struct m46_follow *f, struct sk_buff *skb)
{
	const struct m46_enc *enc = &f->cfg->enc;
	unsigned int hlen = f->r->hlen;
	const struct iphdr *h = ip_hdr(skb);
	unsigned int len = ntohs(h->tot_len);
	u8 proto = h->protocol;
	struct ipv6hdr *h6;
	bool encapsulation;
	u32 label = 0;
	u8 tclass;

	if (len < sizeof(*h) || !is_sum4_good(h) ||
	    !fits_encap6(f, skb, len, len + hlen) ||
	    !trim(skb, len) || !is_no_syn(f, skb, proto, sizeof(*h)) ||
	    !is_ready6(f, skb, &f->r->head.ip6.daddr, hlen))
		return false;
	if (enc->flow_hash)
		label = skb_get_hash(skb) & 0xfffff;
	skb_set_transport_header(skb, sizeof(*h));
	leave_sum(skb, SKB_GSO_IPXIP6);
	skb_set_inner_ipproto(skb, IPPROTO_IPIP);
	encapsulation = skb->encapsulation;
	count_in(f, skb);
	set_priority4(f, skb);
	if (is_fast(f))
		ip_decrease_ttl(ip_hdr(skb));
	tclass = m46_encap_tclass(f->cfg, ip_hdr(skb)->tos);
	h6 = __skb_push(skb, hlen);
	memcpy(h6, &f->r->head, hlen);
	*(__be32 *)h6 = htonl(6 << 28 | tclass << 20 | label);
	if (!is_fast(f))
		h6->hop_limit = hop(f, enc->hoplimit);
	h6->payload_len = htons(skb->len - sizeof(*h6));
	finish(f, skb, htons(ETH_P_IPV6), sizeof(*h6));
	skb->encapsulation = encapsulation;
	return true;
}

/* A checksum that is left to a device must be that of the inner packet. */
static bool is_sum_inside(const struct sk_buff *skb, unsigned int hlen)
{
	return skb->ip_summed != CHECKSUM_PARTIAL ||
	       skb_checksum_start_offset(skb) >= (int)hlen;
}

/* The inner packet is of the flow, and only as long as its header says. */
static bool is_inner4(const struct m46_follow *f, struct sk_buff *skb)
{
	const unsigned int hlen = sizeof(struct ipv6hdr);
	const struct iphdr *h, *head = &f->r->head.ip4;
	unsigned int len;

	if (!is_sum_inside(skb, hlen + sizeof(*h)) ||
	    !pskb_may_pull(skb, hlen + sizeof(*h)))
		return false;
	h = (struct iphdr *)(skb->data + hlen);
	len = ntohs(h->tot_len);
	if (h->version != 4 || !is_sum4_good(h) ||
	    (is_fast(f) && h->ttl <= 1) ||
	    h->saddr != head->saddr || h->daddr != head->daddr ||
	    (h->tos ^ head->tos) & ~INET_ECN_MASK || len < sizeof(*h) ||
	    (h->tos ^ ipv6_get_dsfield(ipv6_hdr(skb))) & INET_ECN_MASK)
		return false;
	if (is_fast(f) &&
	    (has_pmtu(f->out) ||
	     (hlen + len > IPV6_MIN_MTU &&
	      (hlen + len > mtu6(f->in) || len > mtu4(f->out)))))
		return false;
	return ntohs(ipv6_hdr(skb)->payload_len) == len &&
	       trim(skb, hlen + len);
}

bool m46_follow_decap6(struct m46_follow *f, struct sk_buff *skb)
{
	const unsigned int hlen = sizeof(struct ipv6hdr);
	const struct iphdr *h;

	if (ipv6_hdr(skb)->nexthdr != IPPROTO_IPIP || !is_inner4(f, skb))
		return false;
	h = (struct iphdr *)(skb->data + hlen);
	if (!is_no_syn(f, skb, h->protocol, hlen + sizeof(*h)) ||
	    !is_ready4(f, skb, f->r->head.ip4.daddr, 0))
		return false;
	count_in(f, skb);
	__skb_pull(skb, hlen);
	finish(f, skb, htons(ETH_P_IP), sizeof(*h));
	if (is_fast(f))
		ip_decrease_ttl(ip_hdr(skb));
	set_priority4(f, skb);
	return true;
}

/* Kinds of neighbour discovery are not to go through all tunnels. */
static bool may_tunnel(const struct m46_tun *tun, u8 nexthdr)
{
	return nexthdr != NEXTHDR_HOP && (tun->kind == M46_TUN_CONFIGURED ||
					  !m46_tunnel_may_be_nd(nexthdr));
}

static bool route_encap4(struct m46_follow *f, const struct sk_buff *skb,
			 unsigned int len, __be16 *df)
{
	const struct iphdr *head = &f->r->head.ip4;
	struct rtable *rt;

	rt = m46_tunnel_route(f->m46, &f->cfg->tun, head->saddr, head->daddr);
	if (IS_ERR(rt) || rt->rt_type != RTN_UNICAST || rt->dst.lwtstate ||
	    m46_is_m46(rt->dst.dev) ||
	    len > m46_tunnel_path_mtu(f->m46, &f->cfg->tun, rt, df) ||
	    len + sizeof(*head) > dst_mtu(&rt->dst))
		return false;
	f->out = &rt->dst;
	return true;
}

/* As m46_fast_send4() leaves it, and counts. */
static void finish_encap4(struct m46_follow *f, struct sk_buff *skb,
			  struct iphdr *h)
{
	scrub(skb);
	skb->skb_iif = 0;
	skb_clear_tstamp(skb);
	skb_clear_hash_if_not_l4(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb_reset_network_header(skb);
	m46_ident_next(f->m46, &f->r->ident, h);
	h->check = 0;
	h->check = ip_fast_csum(h, sizeof(*h) / 4);
	skb_dst_set_noref(skb, f->out);
	skb->dev = f->out->dev;
	skb->protocol = htons(ETH_P_IP);
	count_done(f);
}

bool m46_follow_encap4(struct m46_follow *f, struct sk_buff *skb)
{
	const struct m46_tun *tun = &f->cfg->tun;
	struct ipv6hdr *h6 = ipv6_hdr(skb);
	unsigned int len = sizeof(*h6) + ntohs(h6->payload_len);
	u8 proto = h6->nexthdr;
	struct iphdr *h;
	__be16 df = 0;
	u8 tos, ttl;

	if (!may_tunnel(tun, proto) ||
	    (len > IPV6_MIN_MTU && len > mtu6(f->in)) ||
	    !route_encap4(f, skb, len, &df) || !trim(skb, len) ||
	    !is_no_syn(f, skb, proto, sizeof(*h6)) ||
	    !is_ready4(f, skb, f->r->head.ip4.daddr, sizeof(*h)))
		return false;
	leave_sum(skb, SKB_GSO_IPXIP4);
	skb_set_inner_ipproto(skb, IPPROTO_IPV6);
	count_in(f, skb);
	h6 = ipv6_hdr(skb);
	h6->hop_limit--;
	tos = m46_tun_tos(tun, ipv6_get_dsfield(h6));
	ttl = tun->ttl == M46_TTL_INHERIT ? h6->hop_limit : tun->ttl;
	h = __skb_push(skb, sizeof(*h));
	*h = f->r->head.ip4;
	h->tos = tos;
	h->tot_len = htons(len + sizeof(*h));
	h->frag_off = df;
	h->ttl = ttl;
	finish_encap4(f, skb, h);
	return true;
}

/* The inner packet is as long as the outer one says, and likewise marked. */
static bool is_inner6(struct m46_follow *f, struct sk_buff *skb)
{
	const struct iphdr *h = ip_hdr(skb);
	unsigned int len = ntohs(h->tot_len);
	const struct ipv6hdr *h6;

	/* the addresses are those of the flow, but not the protocol */
	if (h->protocol != IPPROTO_IPV6 ||
	    !is_sum_inside(skb, sizeof(*h) + sizeof(*h6)) ||
	    !is_sum4_good(h) || len < sizeof(*h) + sizeof(*h6) ||
	    !trim(skb, len) || !pskb_may_pull(skb, sizeof(*h) + sizeof(*h6)))
		return false;
	h = ip_hdr(skb);
	h6 = (struct ipv6hdr *)(h + 1);
	len -= sizeof(*h);
	return sizeof(*h6) + ntohs(h6->payload_len) == len &&
	       h6->version == 6 && h6->hop_limit > 1 &&
	       may_tunnel(&f->cfg->tun, h6->nexthdr) &&
	       !((h->tos ^ ipv6_get_dsfield(h6)) & INET_ECN_MASK) &&
	       (len <= IPV6_MIN_MTU || len <= mtu6(f->out)) &&
	       is_no_syn(f, skb, h6->nexthdr, sizeof(*h) + sizeof(*h6));
}

bool m46_follow_decap4(struct m46_follow *f, struct sk_buff *skb)
{
	struct ipv6hdr *h6;

	if (!is_inner6(f, skb) ||
	    !is_ready6(f, skb, &f->r->head.ip6.daddr, 0))
		return false;
	h6 = __skb_pull(skb, sizeof(struct iphdr));
	h6->hop_limit--;
	skb_set_queue_mapping(skb, 0);
	finish(f, skb, htons(ETH_P_IPV6), sizeof(*h6));
	return true;
}
