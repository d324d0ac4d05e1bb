// SPDX-License-Identifier: GPL-2.0
/* IPv4 packets into IPv6 (RFC 7915 section 4). */
#include <linux/icmp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "config.h"
#include "frag.h"
#include "keep6.h"
#include "m46.h"
#include "nat64.h"
#include "recipe.h"
#include "send.h"
#include "xmit.h"

/**
 * struct m46_out6 - what is decided before the packet is touched
 * @saddr: IPv6 source
 * @daddr: IPv6 destination
 * @hlen: length of the headers to write, 40 or 48
 * @max: 0, or: cut into fragments of this size
 * @csum: compute the UDP checksum
 */
struct m46_out6 {
	struct in6_addr saddr;
	struct in6_addr daddr;
	unsigned int hlen;
	unsigned int max;
	bool csum;
};

static bool m46_is_error4(const struct sk_buff *skb, const struct m46_ip4 *ip)
{
	return ip->proto == IPPROTO_ICMP &&
	       m46_icmp4_is_error(skb->data[ip->hlen]);
}

/* What a translation cannot carry, but encapsulation can. */
static bool m46_is_for_encap(enum m46_counter drop)
{
	return drop == M46_DROP_BAD_OPTION || drop == M46_DROP_SOURCE_ROUTE ||
	       drop == M46_DROP_BAD_FRAGMENT;
}

/*
 * Parse and trim. *soft: M46_OK, or a reason to drop that only a translation
 * has.
 */
static enum m46_counter m46_header4(struct m46_pkt *p, struct sk_buff *skb,
				    struct m46_ip4 *ip, enum m46_counter *soft)
{
	int ret;

	while ((ret = m46_parse4(skb->data, skb_headlen(skb), skb->len, false,
				 ip)) > 0) {
		if (!pskb_may_pull(skb, ret))
			return M46_DROP_NOMEM;
	}
	*soft = -ret;
	if (ret && !m46_is_for_encap(-ret))
		return -ret;
	/* as ip_forward() does on the other path */
	if (p->fast)
		ip->ttl--;
	p->proto = ip->proto;
	if (skb->len > ip->tot_len) {
		if (skb_is_gso(skb))
			return M46_DROP_BAD_IP4_HEADER;
		/* Padding of the link (SIIT-01). */
		if (pskb_trim_rcsum(skb, ip->tot_len))
			return M46_DROP_NOMEM;
	}
	return M46_OK;
}

/* Have the transport header readable that a translation will change. */
static enum m46_counter m46_pull4(struct m46_pkt *p, struct sk_buff *skb,
				  const struct m46_ip4 *ip)
{
	unsigned int l4_len, need;
	enum m46_counter drop;

	drop = m46_accept4(p->map.x.cfg, ip);
	if (drop || ip->offset)
		return drop;
	l4_len = ip->tot_len - ip->hlen;
	need = min(l4_len, m46_l4_need(ip->proto));
	return pskb_may_pull(skb, ip->hlen + need) ? M46_OK : M46_DROP_NOMEM;
}

static enum m46_counter m46_check_dst4(const struct m46_ip4 *ip)
{
	if (ipv4_is_multicast(ip->daddr) || ipv4_is_lbcast(ip->daddr))
		return M46_DROP_MULTICAST;
	return m46_martian4(ip->daddr) ? M46_DROP_MARTIAN_DESTINATION : M46_OK;
}

static enum m46_counter m46_check_src4(const struct sk_buff *skb,
				       const struct m46_ip4 *ip)
{
	/* An odd source must not hide an error (RFC 7915 4.1). */
	if (m46_martian4(ip->saddr) && !m46_is_error4(skb, ip))
		return M46_DROP_MARTIAN_SOURCE;
	return M46_OK;
}

static u32 m46_mtu46(const struct m46_pkt *p, const struct m46_out6 *out)
{
	return m46_keep_mtu6(p->m46, p->map.mark, &out->saddr, &out->daddr);
}

/* RFC 7915 4.1: too big, to be fragmented, or neither. */
static enum m46_counter m46_size46(struct m46_pkt *p, unsigned int wire,
				   const struct m46_ip4 *ip,
				   struct m46_out6 *out)
{
	unsigned int low6 = p->map.x.cfg->low6;
	unsigned int size;
	u32 mtu;

	if (ip->df) {
		/* 20, whatever the options: the letter of the RFC. */
		size = wire + 20 + (out->hlen - sizeof(struct ipv6hdr));
		if (size <= IPV6_MIN_MTU)
			return M46_OK;
		mtu = m46_mtu46(p, out);
		if (size <= mtu)
			return M46_OK;
		p->info = mtu - (size - wire);
		return M46_DROP_TOO_BIG;
	}
	size = wire - ip->hlen + out->hlen;
	if (size <= IPV6_MIN_MTU)
		return M46_OK;
	mtu = low6;
	if (low6 > IPV6_MIN_MTU)
		mtu = min(low6, m46_mtu46(p, out));
	if (size > mtu)
		out->max = mtu;
	return M46_OK;
}

/* RFC 7915 4.5: the event that an operator has to see. */
static enum m46_counter m46_udp_zero_event(struct m46_pkt *p,
					   const struct m46_ip4 *ip,
					   const struct udphdr *uh)
{
	net_info_ratelimited("%s: UDP without checksum dropped: %pI4:%u > %pI4:%u\n",
			     p->m46->dev->name, &ip->saddr, ntohs(uh->source),
			     &ip->daddr, ntohs(uh->dest));
	return M46_DROP_UDP_ZERO;
}

/* A datagram without checksum, which IPv6 does not have (SIIT-21, SIIT-22). */
static enum m46_counter m46_udp_zero46(struct m46_pkt *p,
				       const struct sk_buff *skb,
				       const struct m46_ip4 *ip,
				       struct m46_out6 *out)
{
	const struct udphdr *uh = (void *)skb->data + ip->hlen;

	if (ip->proto != IPPROTO_UDP || ip->offset || p->partial || uh->check)
		return M46_OK;
	if (p->fast)
		return M46_NOT_FAST;
	if (p->map.x.cfg->udp_zero == M46_UDP_ZERO_FORWARD) {
		m46_count(p->m46, M46_COUNT_UDP_ZERO_FORWARDED);
		return M46_OK;
	}
	if (p->map.x.cfg->udp_zero == M46_UDP_ZERO_DROP || ip->mf)
		return m46_udp_zero_event(p, ip, uh);
	if (ntohs(uh->len) != ip->tot_len - ip->hlen)
		return M46_DROP_BAD_UDP_LENGTH;
	out->csum = true;
	return M46_OK;
}

static void m46_udp_csum6(struct m46_pkt *p, struct sk_buff *skb,
			  const struct m46_out6 *out)
{
	unsigned int len = skb->len - out->hlen;
	struct udphdr *uh = (void *)skb->data + out->hlen;

	uh->check = csum_ipv6_magic(&out->saddr, &out->daddr, len, IPPROTO_UDP,
				    skb_checksum(skb, out->hlen, len, 0));
	if (!uh->check)
		uh->check = CSUM_MANGLED_0;
	m46_count(p->m46, M46_COUNT_UDP_ZERO_COMPUTED);
}

/* Transport checksum, TCP MSS, ICMP type; the new header stands already. */
static void m46_l4_46(struct m46_pkt *p, struct sk_buff *skb,
		      const struct m46_ip4 *ip, const struct m46_out6 *out)
{
	void *l4 = skb->data + out->hlen;

	if (ip->offset)
		return;
	if (ip->proto == IPPROTO_ICMP) {
		m46_echo46(l4, &out->saddr, &out->daddr, skb->len - out->hlen);
		return;
	}
	if (out->csum) {
		m46_udp_csum6(p, skb, out);
		return;
	}
	m46_l4_adjust(ip->proto, l4, skb_headlen(skb) - out->hlen,
		      m46_delta46(ip->saddr, ip->daddr, &out->saddr,
				  &out->daddr), p->partial);
	if (p->map.cfg->mss_clamp && ip->proto == IPPROTO_TCP && !ip->mf &&
	    ((struct tcphdr *)l4)->syn)
		m46_clamp_mss(skb, out->hlen,
			      m46_mtu46(p, out) - 60);
}

static void m46_note46(const struct m46_pkt *p, const struct m46_ip4 *ip,
		       const struct m46_out6 *out)
{
	if (out->csum ||
	    (ip->proto != IPPROTO_TCP && ip->proto != IPPROTO_UDP))
		return;
	m46_recipe_note_map(p->recipe, &p->map, M46_RECIPE_46,
			    m46_delta46(ip->saddr, ip->daddr, &out->saddr,
					&out->daddr),
			    M46_COUNT_TRANSLATED_46, ip->saddr);
}

static enum m46_counter m46_rewrite46(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip4 *ip,
				      struct m46_out6 *out)
{
	struct m46_frag frag = {
		.id = htonl(ntohs(ip->id)),
		.offset = ip->offset,
		.mf = ip->mf,
	};
	enum m46_counter drop;

	if (!m46_make_room(skb, out->hlen - ip->hlen))
		return M46_DROP_NOMEM;
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	__skb_pull(skb, ip->hlen);
	m46_build6(__skb_push(skb, out->hlen), p->map.x.cfg, ip, &out->saddr,
		   &out->daddr, m46_hop(p, ip->ttl), ip->tot_len - ip->hlen,
		   m46_ip4_is_frag(ip));
	m46_l4_46(p, skb, ip, out);
	m46_gso_swap(skb, SKB_GSO_TCPV4, SKB_GSO_TCPV6);
	m46_reset(skb, htons(ETH_P_IPV6));
	skb_set_transport_header(skb, out->hlen);
	if (!out->max) {
		m46_note46(p, ip, out);
		m46_count(p->m46, M46_COUNT_TRANSLATED_46);
		m46_forward(p, skb);
		return M46_OK;
	}
	if (p->partial && !m46_csum_help(skb))
		return M46_DROP_NOMEM;
	drop = m46_fragment6(p->m46, skb, out->hlen, out->max, &frag,
			     p->forwarded);
	if (!drop)
		m46_count(p->m46, M46_COUNT_TRANSLATED_46);
	return drop;
}

/*
 * Mode adpt, md fib: the host behind this edge that routes are asked for: the
 * one that the packet was for. skb is linear.
 */
static __be32 m46_error_self(const struct sk_buff *skb,
			     const struct m46_ip4 *ip)
{
	unsigned int quote = ip->hlen + sizeof(struct icmphdr);

	if (skb->len < quote + sizeof(struct iphdr))
		return ip->saddr;
	return ((struct iphdr *)(skb->data + quote))->daddr;
}

static enum m46_counter m46_xmit_error4(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip4 *ip)
{
	enum m46_counter drop;
	struct m46_error err;
	struct sk_buff *n;

	if (!m46_error_linear(skb))
		return M46_DROP_NOMEM;
	n = m46_error_skb(skb, M46_ERROR6_MAX);
	if (!n)
		return M46_DROP_NOMEM;
	p->map.self = m46_error_self(skb, ip);
	drop = m46_error46(&p->map.x, skb->data, ip, m46_hop(p, ip->ttl),
			   n->data, &err);
	if (drop) {
		kfree_skb(n);
		return drop;
	}
	skb_put(n, err.len);
	m46_reset(n, htons(ETH_P_IPV6));
	skb_set_transport_header(n, sizeof(struct ipv6hdr));
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	m46_count(p->m46, M46_COUNT_TRANSLATED_46);
	m46_count(p->m46, M46_COUNT_ERROR_46);
	consume_skb(skb);
	if (!err.replaced) {
		m46_receive(p->m46, n, p->forwarded);
		return M46_OK;
	}
	m46_count(p->m46, M46_COUNT_ERROR_SOURCE);
	ipv6_hdr(n)->hop_limit = ip->ttl;
	m46_output6(p->m46, n);
	return M46_OK;
}

/*
 * Mode adpt: find the rule, and whether it is for encapsulation. IPv4 in IPv4
 * always is: translated, it would look as if it were.
 */
static enum m46_counter m46_method4(struct m46_pkt *p,
				    const struct sk_buff *skb,
				    const struct m46_ip4 *ip, bool *is_encap)
{
	enum m46_counter drop;

	drop = m46_adpt_find46(&p->map, skb, ip->daddr);
	*is_encap = !drop && (p->map.method == M46_METHOD_ENCAP ||
			      (ip->proto == IPPROTO_IPIP &&
			       p->map.nat64 != M46_NAT64_FROM4));
	return drop;
}

enum m46_counter m46_map46(struct m46_pkt *p, const struct m46_ip4 *ip,
			   struct in6_addr *saddr, struct in6_addr *daddr)
{
	enum m46_counter drop = m46_map_dst46(&p->map, ip->daddr, daddr);

	return drop ? drop : m46_map_src46(&p->map, ip->saddr, saddr);
}

/* no_rule: M46_OK, or why the destination has no rule. */
static enum m46_counter m46_translate46(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip4 *ip,
					enum m46_counter no_rule)
{
	struct m46_out6 out = { .hlen = sizeof(struct ipv6hdr) };
	enum m46_counter drop;
	unsigned int wire;

	drop = m46_check_src4(skb, ip);
	if (drop)
		return drop;
	if (ip->proto == IPPROTO_ICMP && skb->data[ip->hlen] != ICMP_ECHO &&
	    skb->data[ip->hlen] != ICMP_ECHOREPLY)
		return m46_xmit_error4(p, skb, ip);
	if (ip->proto == IPPROTO_ICMP &&
	    ip->tot_len - ip->hlen < sizeof(struct icmphdr))
		return M46_DROP_SHORT_L4;

	if (no_rule)
		return no_rule;
	drop = m46_map46(p, ip, &out.saddr, &out.daddr);
	if (drop)
		return drop;

	if (m46_ip4_is_frag(ip))
		out.hlen += M46_FRAG_HLEN;
	wire = ip->tot_len;
	if (skb_is_gso(skb)) {
		wire = m46_gso_l4_len(skb, ip->hlen, ip->proto);
		if (!wire || m46_ip4_is_frag(ip))
			return M46_DROP_BAD_IP4_HEADER;
		wire += ip->hlen;
	}
	drop = m46_size46(p, wire, ip, &out);
	if (drop)
		return drop;
	if (out.max && p->fast)
		return M46_NOT_FAST;
	if (out.max && skb_is_gso(skb))
		return m46_segment(p, skb, m46_xmit4);

	drop = m46_csum_state(p, skb, ip->hlen, ip->proto,
			      !m46_ip4_is_frag(ip) &&
			      ip->proto != IPPROTO_ICMP);
	if (drop)
		return drop;
	drop = m46_udp_zero46(p, skb, ip, &out);
	if (drop)
		return drop;
	drop = m46_rewrite46(p, skb, ip, &out);
	if (!drop)
		m46_map_sent46(&p->map);
	return drop;
}

enum m46_counter m46_xmit4(struct m46_pkt *p, struct sk_buff *skb)
{
	enum m46_counter drop, soft, bad_dst, no_rule = M46_OK;
	bool is_encap = false;
	struct m46_ip4 ip;

	drop = m46_header4(p, skb, &ip, &soft);
	if (drop)
		return drop;
	/* It came out of here: another edge's packet for another edge. */
	if (p->map.cfg->md == M46_MD_FIB &&
	    skb->skb_iif == p->m46->dev->ifindex && p->forwarded)
		return M46_DROP_DST_NOT_LOCAL;
	bad_dst = m46_check_dst4(&ip);
	if (p->m46->mode == M46_MODE_ADPT && !bad_dst)
		no_rule = m46_method4(p, skb, &ip, &is_encap);
	if (is_encap)
		return m46_xmit_encap6(p, skb, &ip);
	if (soft)
		return soft;
	drop = m46_pull4(p, skb, &ip);
	if (drop)
		return drop;
	return bad_dst ? bad_dst : m46_translate46(p, skb, &ip, no_rule);
}
