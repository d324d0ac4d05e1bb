// SPDX-License-Identifier: GPL-2.0
/* IPv6 packets into IPv4 (RFC 7915 section 5). */
#include <linux/icmpv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "config.h"
#include "defrag6.h"
#include "ident.h"
#include "m46.h"
#include "nat64.h"
#include "recipe.h"
#include "route.h"
#include "send.h"
#include "table.h"
#include "xmit.h"

static bool m46_is_error6(const struct sk_buff *skb, const struct m46_ip6 *ip)
{
	return ip->proto == IPPROTO_ICMPV6 &&
	       m46_icmp6_is_error(skb->data[ip->hlen]);
}

/*
 * Destination Options in an atomic fragment, with IPv4 behind them: what an
 * encapsulating edge with an encapsulation limit makes of a packet that it need
 * not cut. Skip them, which RFC 7915 5.1.1 forbids a translation.
 */
static bool m46_skip_atomic(struct sk_buff *skb, struct m46_ip6 *ip)
{
	unsigned int hlen;
	const u8 *h;

	if (ip->proto != IPPROTO_DSTOPTS || m46_ip6_is_frag(ip) ||
	    ip->hlen + 8 > ip->tot_len || !pskb_may_pull(skb, ip->hlen + 8))
		return false;
	h = skb->data + ip->hlen;
	hlen = ip->hlen + (h[1] + 1) * 8;
	if (h[0] != IPPROTO_IPIP || hlen > ip->tot_len)
		return false;
	ip->proto = IPPROTO_IPIP;
	ip->hlen = hlen;
	return true;
}

/* Parse and trim. */
static enum m46_counter m46_header6(struct m46_pkt *p, struct sk_buff *skb,
				    struct m46_ip6 *ip)
{
	int ret;

	while ((ret = m46_parse6(skb->data, skb_headlen(skb), skb->len, false,
				 ip)) > 0) {
		if (!pskb_may_pull(skb, ret))
			return M46_DROP_NOMEM;
	}
	if (ret == -M46_DROP_FRAG_EXTHDR && p->m46->mode == M46_MODE_ADPT &&
	    m46_skip_atomic(skb, ip))
		ret = 0;
	if (ret) {
		p->info = ret == -M46_DROP_ROUTING_HEADER ? ip->pointer : 0;
		return -ret;
	}
	/* as ip6_forward() does on the other path */
	if (p->fast)
		ip->hop_limit--;
	p->proto = ip->proto;
	if (skb->len > ip->tot_len) {
		if (skb_is_gso(skb))
			return M46_DROP_BAD_IP6_HEADER;
		if (pskb_trim_rcsum(skb, ip->tot_len))
			return M46_DROP_NOMEM;
	}
	return M46_OK;
}

/* Have the transport header readable that a translation will change. */
static enum m46_counter m46_pull6(struct m46_pkt *p, struct sk_buff *skb,
				  const struct m46_ip6 *ip)
{
	unsigned int l4_len, need;
	enum m46_counter drop;

	drop = m46_accept6(p->map.x.cfg, ip);
	if (drop)
		return drop;
	l4_len = ip->tot_len - ip->hlen;
	need = ip->offset ? 0 : min(l4_len, m46_l4_need(ip->proto));
	return pskb_may_pull(skb, ip->hlen + need) ? M46_OK : M46_DROP_NOMEM;
}

/* Addresses that are refused whatever the rules say. */
static enum m46_counter m46_check_addr6(const struct m46_ip6 *ip)
{
	if (ipv6_addr_is_multicast(&ip->daddr))
		return M46_DROP_MULTICAST;
	if (m46_unmappable6(&ip->saddr) || m46_unmappable6(&ip->daddr))
		return M46_DROP_UNMAPPABLE;
	return M46_OK;
}

static enum m46_counter m46_map64(struct m46_pkt *p, const struct m46_ip6 *ip,
				  __be32 *saddr, __be32 *daddr)
{
	enum m46_counter drop;

	drop = m46_map_dst64(&p->map, &ip->daddr, daddr);
	if (drop)
		return drop;
	if (ipv4_is_multicast(*daddr) || ipv4_is_lbcast(*daddr))
		return M46_DROP_MULTICAST;
	if (m46_martian4(*daddr))
		return M46_DROP_MARTIAN_DESTINATION;
	p->map.self = *daddr;
	drop = m46_map_src64(&p->map, &ip->saddr, saddr);
	if (drop)
		return drop;
	/* 0: not known before m46_map_claim64() */
	if (*saddr && m46_martian4(*saddr))
		return M46_DROP_MARTIAN_SOURCE;
	return M46_OK;
}

static u32 m46_mtu64(const struct m46_pkt *p, __be32 saddr, __be32 daddr)
{
	return m46_route_mtu4(p->m46->dev, p->map.mark, saddr, daddr);
}

/*
 * RFC 7915 section 5: a packet over 1280 bytes can be told to shrink; a smaller
 * one has DF clear and is fragmented by the IPv4 stack behind us. wire: size of
 * the IPv4 packet, grow: of the IPv6 one less that.
 */
static enum m46_counter m46_size64(struct m46_pkt *p, unsigned int wire,
				   unsigned int grow, __be32 saddr,
				   __be32 daddr)
{
	u32 mtu;

	if (wire + grow <= IPV6_MIN_MTU)
		return M46_OK;
	mtu = m46_mtu64(p, saddr, daddr);
	if (wire <= mtu)
		return M46_OK;
	p->info = max_t(u32, mtu + 20, IPV6_MIN_MTU);
	return M46_DROP_TOO_BIG;
}

/* RFC 6864: unique where the packet may be fragmented on its way. */
static __be16 m46_ident64(const struct m46_pkt *p, __be32 saddr, __be32 daddr,
			  u8 proto, unsigned int segs)
{
	struct iphdr h = {
		.saddr = saddr,
		.daddr = daddr,
		.protocol = proto,
	};

	m46_ident(p->m46, &h, segs);
	return h.id;
}

static void m46_l4_64(struct m46_pkt *p, struct sk_buff *skb,
		      const struct m46_ip6 *ip, __be32 saddr, __be32 daddr)
{
	const unsigned int hlen = sizeof(struct iphdr);
	void *l4 = skb->data + hlen;

	if (ip->offset)
		return;
	if (ip->proto == IPPROTO_ICMPV6) {
		m46_echo64(l4, &ip->saddr, &ip->daddr, skb->len - hlen);
		return;
	}
	/* RFC 6936 lets tunnels leave it zero; IPv4 lets everybody. */
	if (ip->proto == IPPROTO_UDP && !p->partial &&
	    !((struct udphdr *)l4)->check)
		m46_count(p->m46, M46_COUNT_UDP_ZERO_FORWARDED);
	m46_l4_adjust(ip->proto, l4, skb_headlen(skb) - hlen,
		      m46_delta64(&ip->saddr, &ip->daddr, saddr, daddr),
		      p->partial);
	if (p->map.cfg->mss_clamp && ip->proto == IPPROTO_TCP && !ip->mf &&
	    ((struct tcphdr *)l4)->syn)
		m46_clamp_mss(skb, hlen,
			      m46_mtu64(p, saddr, daddr) - 40);
}

static void m46_note64(const struct m46_pkt *p, const struct m46_ip6 *ip,
		       __be32 saddr, __be32 daddr)
{
	if (!p->recipe)
		return;
	/* whether an address of a pool is this machine's has no generation */
	if (p->m46->mode == M46_MODE_M46T &&
	    m46_pool_gives(p->map.table, daddr))
		return;
	if (ip->hlen != sizeof(struct ipv6hdr) ||
	    (ip->proto != IPPROTO_TCP && ip->proto != IPPROTO_UDP))
		return;
	m46_recipe_note_map(p->recipe, &p->map, M46_RECIPE_64,
			    m46_delta64(&ip->saddr, &ip->daddr, saddr, daddr),
			    M46_COUNT_TRANSLATED_64, saddr);
	if (p->fast)
		p->recipe->mtu = m46_mtu64(p, saddr, daddr);
}

static enum m46_counter m46_rewrite64(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip, __be32 saddr,
				      __be32 daddr, unsigned int wire)
{
	unsigned int l4_len = ip->tot_len - ip->hlen;
	__be16 id = 0;

	if (!m46_make_room(skb, 0))
		return M46_DROP_NOMEM;
	if (!ip->frag && (wire <= IPV6_MIN_MTU - 20 || p->map.x.cfg->df_clear))
		id = m46_ident64(p, saddr, daddr, ip->proto,
				 skb_shinfo(skb)->gso_segs ?: 1);
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	__skb_pull(skb, ip->hlen);
	m46_build4(__skb_push(skb, sizeof(struct iphdr)), p->map.x.cfg, ip,
		   saddr, daddr, m46_hop(p, ip->hop_limit), id, l4_len, wire);
	m46_l4_64(p, skb, ip, saddr, daddr);
	m46_gso_swap(skb, SKB_GSO_TCPV6, SKB_GSO_TCPV4);
	m46_reset(skb, htons(ETH_P_IP));
	skb_set_transport_header(skb, sizeof(struct iphdr));
	m46_note64(p, ip, saddr, daddr);
	m46_count(p->m46, M46_COUNT_TRANSLATED_64);
	m46_forward(p, skb);
	return M46_OK;
}

/* Is it about a packet from one host with an entry to another? */
static bool m46_is_hairpin_error(const struct m46_pkt *p,
				 const struct m46_ip6 *ip)
{
	__be32 daddr;

	return p->map.cfg->mode == M46_MODE_M46T &&
	       !m46_m46t_dst64(&p->map, &ip->daddr, &daddr) &&
	       m46_m46t_is_hairpin(&p->map, daddr);
}

static enum m46_counter m46_xmit_error6(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip6 *ip)
{
	enum m46_counter drop;
	struct m46_error err;
	struct sk_buff *n;
	bool is_mine;

	/* whom it is for, whatever that address turns out to be */
	p->map.self = ip->daddr.s6_addr32[3];
	if (p->m46->mode == M46_MODE_ADPT) {
		drop = m46_xmit_encap_error(p, skb, ip, &is_mine);
		if (is_mine)
			return drop;
	}
	if (m46_is_hairpin_error(p, ip))
		return m46_xmit_error66(p, skb, ip);
	if (!m46_error_linear(skb))
		return M46_DROP_NOMEM;
	n = m46_error_skb(skb, M46_ERROR4_MAX);
	if (!n)
		return M46_DROP_NOMEM;
	drop = m46_error64(&p->map.x, skb->data, ip, m46_hop(p, ip->hop_limit),
			   n->data, &err);
	if (drop) {
		kfree_skb(n);
		return drop;
	}
	skb_put(n, err.len);
	m46_reset(n, htons(ETH_P_IP));
	skb_set_transport_header(n, sizeof(struct iphdr));
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	m46_count(p->m46, M46_COUNT_TRANSLATED_64);
	m46_count(p->m46, M46_COUNT_ERROR_64);
	consume_skb(skb);
	if (!err.replaced) {
		m46_receive(p->m46, n, p->forwarded);
		return M46_OK;
	}
	m46_count(p->m46, M46_COUNT_ERROR_SOURCE);
	ip_hdr(n)->ttl = ip->hop_limit;
	__ip_select_ident(dev_net(p->m46->dev), ip_hdr(n), 1);
	ip_send_check(ip_hdr(n));
	m46_output4(p->m46, n);
	return M46_OK;
}

/*
 * A fragment that may be part of an encapsulated packet: of IPv4, or of the
 * Destination Options that the encapsulation limit is in.
 */
static bool m46_is_encap_frag(const struct m46_ip6 *ip, enum m46_counter drop)
{
	if (drop && drop != M46_DROP_FRAG_EXTHDR)
		return false;
	/* an atomic fragment is nobody's part (RFC 6946) */
	return m46_ip6_is_frag(ip) &&
	       ip->proto == (drop ? IPPROTO_DSTOPTS : IPPROTO_IPIP);
}

/* Addresses that may have a packet put together: those it will pass with. */
static enum m46_counter m46_gather_check(struct m46_pkt *p,
					 const struct m46_ip6 *ip)
{
	enum m46_counter drop;
	__be32 saddr, daddr;

	drop = m46_check_addr6(ip);
	if (drop)
		return drop;
	if (p->map.nat64 == M46_NAT64_BACK)
		return m46_adpt_src64(&p->map, &ip->saddr, &saddr);
	return m46_map64(p, ip, &saddr, &daddr);
}

/*
 * Mode adpt: bring together what may be encapsulated and is fragmented. On
 * M46_OK p->reassembled says whether skb is whole, ip its header; else it has
 * been consumed. What turns out not to be encapsulated keeps its Fragment
 * header's Identification, and is translated as if it had one.
 */
static enum m46_counter m46_gather6(struct m46_pkt *p, struct sk_buff *skb,
				    struct m46_ip6 *ip)
{
	enum m46_counter drop;
	__be32 id = ip->id;

	drop = m46_gather_check(p, ip);
	if (drop)
		return drop;
	if (skb->ip_summed == CHECKSUM_PARTIAL && !m46_csum_help(skb))
		return M46_DROP_NOMEM;
	drop = m46_defrag6(p->m46->dev, skb, &p->reassembled);
	if (drop || !p->reassembled)
		return drop;
	drop = m46_header6(p, skb, ip);
	/* what is no part of anything comes back as it was */
	if (m46_ip6_is_frag(ip) || drop == M46_DROP_FRAG_EXTHDR) {
		p->reassembled = false;
		return drop ? drop : M46_DROP_TINY_FRAGMENT;
	}
	m46_count(p->m46, M46_COUNT_REASSEMBLED);
	ip->frag = true;
	ip->id = id;
	return drop;
}

/* Translate skb, whose header is ip and whose addresses are good. */
static enum m46_counter m46_translate64(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip6 *ip, __be32 saddr,
					__be32 daddr)
{
	unsigned int wire = sizeof(struct iphdr) + ip->tot_len - ip->hlen;
	unsigned int grow = ip->hlen - sizeof(struct iphdr);
	enum m46_counter drop = M46_OK;

	if (skb_is_gso(skb)) {
		wire = m46_gso_l4_len(skb, ip->hlen, ip->proto);
		if (!wire || ip->frag)
			return M46_DROP_BAD_IP6_HEADER;
		wire += sizeof(struct iphdr);
	}
	/* a sender that fragments is not told to shrink */
	if (!p->reassembled)
		drop = m46_size64(p, wire, grow, saddr, daddr);
	if (drop)
		return drop;
	drop = m46_csum_state(p, skb, ip->hlen, ip->proto,
			      !m46_ip6_is_frag(ip) &&
			      ip->proto != IPPROTO_ICMPV6);
	if (drop)
		return drop;
	if (p->fast && !saddr)
		return M46_NOT_FAST;
	drop = m46_map_claim64(&p->map, &ip->saddr, &saddr);
	if (drop)
		return drop;
	drop = m46_rewrite64(p, skb, ip, saddr, daddr, wire);
	if (!drop)
		m46_map_sent64(&p->map);
	return drop;
}

/* An ICMPv6 message other than an error: only echo has a translation. */
static enum m46_counter m46_check_icmp6(const struct sk_buff *skb,
					const struct m46_ip6 *ip)
{
	u8 type;

	if (ip->proto != IPPROTO_ICMPV6)
		return M46_OK;
	type = skb->data[ip->hlen];
	if (type != ICMPV6_ECHO_REQUEST && type != ICMPV6_ECHO_REPLY)
		return M46_DROP_ICMP_UNKNOWN;
	return ip->tot_len - ip->hlen < sizeof(struct icmp6hdr) ?
	       M46_DROP_SHORT_L4 : M46_OK;
}

/* By the device's mode, the packet's method and its destination. */
static enum m46_counter m46_dispatch6(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip)
{
	bool is_adpt = p->m46->mode == M46_MODE_ADPT;
	enum m46_counter drop;
	__be32 saddr, daddr;

	drop = m46_pull6(p, skb, ip);
	if (drop)
		return drop;
	drop = m46_check_addr6(ip);
	if (drop)
		return drop;
	if (m46_is_error6(skb, ip))
		return m46_xmit_error6(p, skb, ip);
	drop = m46_check_icmp6(skb, ip);
	if (drop)
		return drop;
	drop = m46_map64(p, ip, &saddr, &daddr);
	if (drop)
		return drop;
	if (!is_adpt) {
		if (m46_m46t_is_hairpin(&p->map, daddr))
			return m46_xmit66(p, skb, ip, saddr, daddr);
		return m46_translate64(p, skb, ip, saddr, daddr);
	}
	if (ip->proto == IPPROTO_IPIP && !m46_ip6_is_frag(ip) &&
	    m46_is_encap6(skb, ip))
		return m46_xmit_decap6(p, skb, ip);
	if (p->map.cfg->enc.peer_encap)
		return M46_DROP_ADPT_MISMATCH;
	if (m46_is_tunnel_gso(skb))
		return m46_segment(p, skb, m46_xmit6);
	return m46_translate64(p, skb, ip, saddr, daddr);
}

enum m46_counter m46_xmit6(struct m46_pkt *p, struct sk_buff *skb)
{
	bool is_adpt = p->m46->mode == M46_MODE_ADPT;
	enum m46_counter drop;
	struct m46_ip6 ip;

	drop = m46_header6(p, skb, &ip);
	if (p->map.cfg->nat64.prefix.len &&
	    (!drop || drop == M46_DROP_FRAG_EXTHDR))
		p->map.nat64 = m46_nat64_way(&p->map, &ip.daddr);
	if (is_adpt && p->map.nat64 != M46_NAT64_OUT &&
	    m46_is_encap_frag(&ip, drop)) {
		drop = m46_gather6(p, skb, &ip);
		if (!p->reassembled)
			return drop;
	}
	if (drop)
		return drop;
	if (p->map.nat64 != M46_NAT64_NONE)
		return m46_xmit_nat64(p, skb, &ip);
	return m46_dispatch6(p, skb, &ip);
}
