// SPDX-License-Identifier: GPL-2.0
/* IPv4 packets inside IPv6 packets (RFC 2473). */
#include <linux/ip6_tunnel.h>
#include <linux/tcp.h>
#include <net/dst_metadata.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>

#include "config.h"
#include "encap6.h"
#include "frag.h"
#include "keep6.h"
#include "m46.h"
#include "map.h"
#include "recipe.h"
#include "send.h"
#include "xmit.h"

/**
 * struct m46_encap6 - what is decided before the packet is touched
 * @saddr: outer source
 * @daddr: outer destination
 * @hlen: length of the headers to write, without a Fragment header
 * @mtu: the largest IPv4 packet that fits
 * @fragment: the outer packet has to be fragmented
 */
struct m46_encap6 {
	struct in6_addr saddr;
	struct in6_addr daddr;
	unsigned int hlen;
	u32 mtu;
	bool fragment;
};

/* One piece of a packet that ip_do_fragment() cuts, as if routed here. */
static int m46_encap_piece(struct net *net, struct sock *sk,
			   struct sk_buff *skb)
{
	return m46_xmit(skb, skb->dev);
}

/*
 * For exits that cannot reassemble (RFC 7597 8.3.1 with RFC 4459 3.4). Consumes
 * skb whatever happens; the stack counts its failures.
 */
static enum m46_counter m46_encap_frag_inner(struct m46_pkt *p,
					     struct sk_buff *skb,
					     const struct m46_ip4 *ip, u32 mtu)
{
	struct net_device *dev = p->m46->dev;

	if (!skb_valid_dst(skb))
		return M46_DROP_TOO_BIG;
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	/* so that only the first piece has what is not to be copied */
	IPCB(skb)->opt.optlen = ip->hlen - sizeof(struct iphdr);
	/* This is what the stack takes for the MTU if it is the smaller one. */
	IPCB(skb)->frag_max_size = mtu;
	skb->dev = dev;
	m46_count(p->m46, M46_COUNT_FRAGMENTED);
	ip_do_fragment(dev_net(dev), NULL, skb, m46_encap_piece);
	return M46_OK;
}

/* Size of the packet, or of a segment of it, or 0: it cannot be one. */
static unsigned int m46_encap_len(struct sk_buff *skb,
				  const struct m46_ip4 *ip)
{
	unsigned int l4_len;

	if (!skb_is_gso(skb))
		return ip->tot_len;
	if (m46_ip4_is_frag(ip) ||
	    !pskb_may_pull(skb, ip->hlen + m46_l4_need(ip->proto)))
		return 0;
	l4_len = m46_gso_l4_len(skb, ip->hlen, ip->proto);
	return l4_len ? ip->hlen + l4_len : 0;
}

/* RFC 2473 7.2: too big, to be fragmented, or neither. */
static enum m46_counter m46_encap_size6(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip4 *ip,
					struct m46_encap6 *e)
{
	unsigned int len = m46_encap_len(skb, ip);

	if (!len)
		return M46_DROP_BAD_IP4_HEADER;
	e->mtu = IPV6_MIN_MTU - e->hlen;
	if (len <= e->mtu)
		return M46_OK;
	e->mtu = m46_keep_mtu6(p->m46, p->map.mark, &e->saddr, &e->daddr) -
		 e->hlen;
	if (len <= e->mtu)
		return M46_OK;
	if (ip->df) {
		p->info = e->mtu;
		return M46_DROP_TOO_BIG;
	}
	e->fragment = true;
	return M46_OK;
}

/* RFC 6040 4.1; the DSCP as for packets that are translated. */
u8 m46_encap_tclass(const struct m46_cfg *cfg, u8 tos)
{
	u8 dscp = m46_tclass(&cfg->xlat, tos) & ~INET_ECN_MASK;

	return cfg->enc.ecn_compat ? dscp : dscp | (tos & INET_ECN_MASK);
}

/* RFC 2473 4.1.1: header, PadN and the option that limits nesting. */
static void m46_push_limit(struct sk_buff *skb, u8 limit)
{
	const u8 opt[M46_ENCAP_LIMIT_LEN] = {
		IPPROTO_IPIP, 0, IPV6_TLV_TNL_ENCAP_LIMIT, 1, limit,
		IPV6_TLV_PADN, 1, 0,
	};

	memcpy(__skb_push(skb, sizeof(opt)), opt, sizeof(opt));
}

static enum m46_counter m46_push_encap6(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip4 *ip,
					const struct m46_encap6 *e)
{
	const struct m46_cfg *cfg = p->map.cfg;
	bool limit = e->hlen > sizeof(struct ipv6hdr);
	bool encapsulation;
	struct ipv6hdr *h;
	u32 label = 0;

	if (cfg->enc.flow_hash)
		label = skb_get_hash(skb) & 0xfffff;
	if (e->fragment && skb->ip_summed == CHECKSUM_PARTIAL &&
	    !m46_csum_help(skb))
		return M46_DROP_NOMEM;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip->hlen);
	if (!m46_make_room(skb, e->hlen) ||
	    iptunnel_handle_offloads(skb, SKB_GSO_IPXIP6))
		return M46_DROP_NOMEM;
	if (p->fast)
		ip_decrease_ttl(ip_hdr(skb));
	skb_set_inner_ipproto(skb, IPPROTO_IPIP);
	encapsulation = skb->encapsulation;
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	if (limit)
		m46_push_limit(skb, cfg->enc.limit);
	h = __skb_push(skb, sizeof(*h));
	*(__be32 *)h = htonl(6 << 28 | m46_encap_tclass(cfg, ip->tos) << 20 |
			     label);
	h->payload_len = htons(skb->len - sizeof(*h));
	h->nexthdr = limit ? IPPROTO_DSTOPTS : IPPROTO_IPIP;
	h->hop_limit = m46_hop(p, cfg->enc.hoplimit);
	h->saddr = e->saddr;
	h->daddr = e->daddr;
	m46_reset(skb, htons(ETH_P_IPV6));
	skb_set_transport_header(skb, sizeof(*h));
	skb->encapsulation = encapsulation;
	return M46_OK;
}

static void m46_encap_clamp(struct m46_pkt *p, struct sk_buff *skb,
			    const struct m46_ip4 *ip,
			    const struct m46_encap6 *e)
{
	u32 mtu;

	if (!p->map.cfg->mss_clamp || ip->proto != IPPROTO_TCP || ip->offset ||
	    !m46_pull_syn(skb, ip->hlen))
		return;
	mtu = m46_keep_mtu6(p->m46, p->map.mark, &e->saddr, &e->daddr);
	if (!skb_ensure_writable(skb, min_t(unsigned int, ip->hlen + 60,
					    skb->len)))
		m46_clamp_mss(skb, ip->hlen, mtu - e->hlen - 40);
}

static enum m46_counter m46_encap_map(struct m46_pkt *p,
				      const struct m46_ip4 *ip,
				      struct m46_encap6 *e)
{
	if (m46_martian4(ip->saddr))
		return M46_DROP_MARTIAN_SOURCE;
	return m46_map46(p, ip, &e->saddr, &e->daddr);
}

enum m46_counter m46_xmit_encap6(struct m46_pkt *p, struct sk_buff *skb,
				 const struct m46_ip4 *ip)
{
	const struct m46_enc *enc = &p->map.cfg->enc;
	struct m46_encap6 e = { .hlen = sizeof(struct ipv6hdr) };
	struct m46_frag frag = {};
	enum m46_counter drop;

	if (enc->limit != M46_ENCAP_LIMIT_NONE)
		e.hlen += M46_ENCAP_LIMIT_LEN;
	drop = m46_encap_map(p, ip, &e);
	if (drop)
		return drop;
	drop = m46_encap_size6(p, skb, ip, &e);
	if (drop)
		return drop;
	if (e.fragment && p->fast)
		return M46_NOT_FAST;
	/* Segments to be fragmented, or more than a payload length can say. */
	if (skb_is_gso(skb) &&
	    (e.fragment ||
	     skb->len + e.hlen - sizeof(struct ipv6hdr) > U16_MAX))
		return m46_segment(p, skb, m46_xmit4);
	/* With the option it may be more than IPv6 can put together. */
	if (e.fragment &&
	    (enc->frag_inner ||
	     ip->tot_len + e.hlen - sizeof(struct ipv6hdr) > U16_MAX))
		return m46_encap_frag_inner(p, skb, ip, e.mtu);
	m46_encap_clamp(p, skb, ip, &e);
	drop = m46_push_encap6(p, skb, ip, &e);
	if (drop)
		return drop;
	if (!e.fragment) {
		/* which is encapsulated where others are translated, too */
		if (ip->proto != IPPROTO_IPIP)
			m46_recipe_note_map(p->recipe, &p->map,
					    M46_RECIPE_ENCAP6, 0,
					    M46_COUNT_ENCAPSULATED, ip->saddr);
		m46_count(p->m46, M46_COUNT_ENCAPSULATED);
		m46_forward(p, skb);
		return M46_OK;
	}
	frag.id = ipv6_select_ident(dev_net(p->m46->dev), &e.daddr, &e.saddr);
	drop = m46_fragment6(p->m46, skb, sizeof(struct ipv6hdr),
			     e.mtu + e.hlen, &frag, p->forwarded);
	if (!drop)
		m46_count(p->m46, M46_COUNT_ENCAPSULATED);
	return drop;
}
