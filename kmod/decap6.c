// SPDX-License-Identifier: GPL-2.0
/* IPv4 packets out of IPv6 packets (RFC 2473 3.3), and errors (section 8). */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip6_tunnel.h>
#include <linux/tcp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "adpt.h"
#include "config.h"
#include "encap6.h"
#include "m46.h"
#include "map.h"
#include "recipe.h"
#include "reply.h"
#include "route.h"
#include "send.h"
#include "xmit.h"

/* Do the inner addresses agree with those that the outer ones embed? */
static bool m46_agrees(const struct iphdr *inner, const struct m46_ip6 *ip)
{
	return inner->saddr == ip->saddr.s6_addr32[3] &&
	       inner->daddr == ip->daddr.s6_addr32[3];
}

bool m46_is_encap6(struct sk_buff *skb, const struct m46_ip6 *ip)
{
	unsigned int need = ip->hlen + sizeof(struct iphdr);

	return need <= ip->tot_len && pskb_may_pull(skb, need) &&
	       m46_agrees((struct iphdr *)(skb->data + ip->hlen), ip);
}

/* RFC 1812 5.2.2; what is behind the inner packet is padding. */
static enum m46_counter m46_inner4(struct sk_buff *skb,
				   const struct m46_ip6 *ip)
{
	const struct iphdr *h = (struct iphdr *)(skb->data + ip->hlen);
	unsigned int hlen = h->ihl * 4;
	unsigned int tot_len;

	if (h->version != 4 || hlen < sizeof(*h) ||
	    ip->hlen + hlen > ip->tot_len)
		return M46_DROP_BAD_IP4_HEADER;
	if (!pskb_may_pull(skb, ip->hlen + hlen))
		return M46_DROP_NOMEM;
	h = (struct iphdr *)(skb->data + ip->hlen);
	tot_len = ntohs(h->tot_len);
	if (ip_fast_csum((u8 *)h, h->ihl) || tot_len < hlen ||
	    ip->hlen + tot_len > ip->tot_len)
		return M46_DROP_BAD_IP4_HEADER;
	if (ip->hlen + tot_len == skb->len)
		return M46_OK;
	if (skb_is_gso(skb))
		return M46_DROP_BAD_IP4_HEADER;
	return pskb_trim_rcsum(skb, ip->hlen + tot_len) ? M46_DROP_NOMEM :
							  M46_OK;
}

/* RFC 6040 4.2; the operator can turn the log off. */
static enum m46_counter m46_decap_ecn4(struct m46_pkt *p, struct sk_buff *skb,
				       const struct m46_ip6 *ip)
{
	struct iphdr *h = (struct iphdr *)skb->data;
	u8 inner = h->tos & INET_ECN_MASK;
	bool is_odd;
	int ecn;

	ecn = m46_ecn_in(ip->tclass, inner, &is_odd);
	if (unlikely(is_odd)) {
		m46_count(p->m46, M46_COUNT_ECN_ODD);
		if (p->map.cfg->enc.ecn_log)
			net_info_ratelimited("%s: ECN field %u outside, %u inside, from %pI6c\n",
					     p->m46->dev->name,
					     ip->tclass & INET_ECN_MASK, inner,
					     &ip->saddr);
	}
	if (ecn < 0)
		return M46_DROP_TUN_ECN;
	if (ecn == inner)
		return M46_OK;
	if (skb_cow_head(skb, 0))
		return M46_DROP_NOMEM;
	h = (struct iphdr *)skb->data;
	if (ecn == INET_ECN_CE)
		IP_ECN_set_ce(h);
	else
		IP_ECN_set_ect1(h);
	return M46_OK;
}

static void m46_decap_clamp(struct m46_pkt *p, struct sk_buff *skb)
{
	const struct iphdr *h = (struct iphdr *)skb->data;
	unsigned int hlen = h->ihl * 4;
	u32 mtu;

	if (!p->map.cfg->mss_clamp || h->protocol != IPPROTO_TCP ||
	    h->frag_off & htons(IP_OFFSET) ||
	    !m46_pull_syn(skb, hlen))
		return;
	h = (struct iphdr *)skb->data;
	mtu = m46_route_mtu4(p->m46->dev, p->map.mark, h->saddr, h->daddr);
	if (!skb_ensure_writable(skb, min(hlen + 60, skb->len)))
		m46_clamp_mss(skb, hlen, mtu - 40);
}

enum m46_counter m46_decap6(struct m46_pkt *p, struct sk_buff *skb,
			    const struct m46_ip6 *ip)
{
	enum m46_counter drop;

	/* A guest may claim anything of a super-packet. */
	if (skb_is_gso(skb) &&
	    !(skb_shinfo(skb)->gso_type & SKB_GSO_IPXIP6))
		return M46_DROP_BAD_IP6_HEADER;
	drop = m46_inner4(skb, ip);
	if (drop)
		return drop;
	/* A checksum that is not the inner packet's: all that stays. */
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    skb_checksum_start_offset(skb) < (int)ip->hlen) {
		if (skb_is_gso(skb))
			return M46_DROP_BAD_IP6_HEADER;
		if (!m46_csum_help(skb))
			return M46_DROP_NOMEM;
	}
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	skb_pull_rcsum(skb, ip->hlen);
	drop = m46_decap_ecn4(p, skb, ip);
	if (drop)
		return drop;
	if (iptunnel_pull_offloads(skb))
		return M46_DROP_NOMEM;
	m46_count(p->m46, M46_COUNT_DECAPSULATED);
	return M46_OK;
}

enum m46_counter m46_xmit_decap6(struct m46_pkt *p, struct sk_buff *skb,
				 const struct m46_ip6 *ip)
{
	enum m46_counter drop = m46_decap6(p, skb, ip);

	if (drop) {
		/* it is not what it was: too late for the other path */
		if (p->fast)
			m46_drop(p, skb, drop, true);
		return p->fast ? M46_OK : drop;
	}
	m46_decap_clamp(p, skb);
	if (ip->hlen == sizeof(struct ipv6hdr))
		m46_recipe_note_map(p->recipe, &p->map, M46_RECIPE_DECAP6, 0,
				    M46_COUNT_DECAPSULATED,
				    ip->saddr.s6_addr32[3]);
	m46_reset(skb, htons(ETH_P_IP));
	skb_set_transport_header(skb, ip_hdr(skb)->ihl * 4);
	m46_forward(p, skb);
	return M46_OK;
}

/**
 * struct m46_encap_quote - the encapsulated packet that an error quotes
 * @ip: its outer header
 * @inner: its inner one, readable
 * @len: bytes that are quoted, from the inner header on
 */
struct m46_encap_quote {
	struct m46_ip6 ip;
	const struct iphdr *inner;
	unsigned int len;
};

/* The Destination Options of ours, and no other chain of headers, or none. */
static bool m46_is_own_chain(const u8 *q, const struct m46_ip6 *ip)
{
	unsigned int hlen = ip->hlen - (ip->frag ? M46_FRAG_HLEN : 0);

	return hlen == sizeof(struct ipv6hdr) ||
	       (hlen == sizeof(struct ipv6hdr) + M46_ENCAP_LIMIT_LEN &&
		q[ip->hlen - M46_ENCAP_LIMIT_LEN + 2] ==
		IPV6_TLV_TNL_ENCAP_LIMIT);
}

/*
 * Find the inner packet in the quotation q of len bytes; quote->len is 0 where
 * it is not there. A first fragment may have the encapsulation limit behind its
 * Fragment header. All IPv4 in IPv4 is encapsulated here, so that nothing else
 * of next header IPv4 was sent. Return: whether it was.
 */
static bool m46_find_quoted(const u8 *q, unsigned int len,
			    struct m46_encap_quote *quote)
{
	struct m46_ip6 *ip = &quote->ip;
	int ret;

	ret = m46_parse6(q, len, len, true, ip);
	if (ret == -M46_DROP_FRAG_EXTHDR && ip->proto == IPPROTO_DSTOPTS &&
	    !ip->offset && ip->hlen + M46_ENCAP_LIMIT_LEN <= len) {
		ip->proto = q[ip->hlen];
		ip->hlen += (q[ip->hlen + 1] + 1) * 8;
		ret = 0;
	}
	if (ret || ip->proto != IPPROTO_IPIP)
		return false;
	quote->inner = (struct iphdr *)(q + ip->hlen);
	quote->len = ip->hlen <= len && !ip->offset ? len - ip->hlen : 0;
	return true;
}

/*
 * Would this device have sent the packet? Else anybody who can send to it could
 * lower the MTU of paths, or tell of packets that never were.
 */
static bool m46_is_from_here(struct m46_pkt *p, const struct m46_ip6 *ip,
			     const struct m46_encap_quote *quote)
{
	struct in6_addr saddr;
	__be32 v4;

	/* a host that answers are for: local rules say which */
	return ipv6_addr_equal(&ip->daddr, &quote->ip.saddr) &&
	       m46_agrees(quote->inner, &quote->ip) &&
	       !m46_adpt_dst64(&p->map, &ip->daddr, &v4) &&
	       !m46_adpt_src46(&p->map, quote->inner->saddr, &saddr) &&
	       ipv6_addr_equal(&saddr, &quote->ip.saddr) &&
	       m46_adpt_is_mapped(&p->map, &quote->ip.daddr);
}

/* Tell the inner source, quoting the inner packet (RFC 2473 8.1 to 8.3). */
static void m46_relay_error4(struct m46_pkt *p, struct sk_buff *skb,
			     const struct m46_encap_quote *quote, u8 code,
			     u32 info)
{
	unsigned int off = (u8 *)quote->inner - skb->data;
	unsigned int len = min_t(unsigned int, quote->len,
				 ntohs(quote->inner->tot_len));
	struct sk_buff *inner = skb_clone(skb, GFP_ATOMIC);

	if (!inner)
		return;
	if (!pskb_trim(inner, off + len)) {
		__skb_pull(inner, off);
		skb_reset_network_header(inner);
		if (m46_tell4(p->m46, &p->map, inner, ICMP_DEST_UNREACH, code,
			      info))
			m46_count(p->m46, M46_COUNT_TUN_ERROR_RELAYED);
	}
	consume_skb(inner);
}

/*
 * RFC 2473 6.7: the path's MTU is remembered; quoted: where skb quotes. By the
 * route of m46_route_mtu6(), which asks without flow label.
 */
static void m46_encap_pmtu(struct m46_pkt *p, const struct sk_buff *skb,
			   unsigned int quoted, u32 mtu)
{
	struct net_device *dev = p->m46->dev;
	struct ipv6hdr *h;
	struct sk_buff *n;

	n = m46_error_skb(skb, sizeof(*h));
	if (!n)
		return;
	h = skb_put_data(n, skb->data + quoted, sizeof(*h));
	*(__be32 *)h = htonl(6 << 28);
	skb_reset_network_header(n);
	ip6_update_pmtu(n, dev_net(dev), htonl(mtu),
			l3mdev_master_ifindex_rcu(dev), p->map.mark,
			sock_net_uid(dev_net(dev), NULL));
	consume_skb(n);
	m46_count(p->m46, M46_COUNT_TUN_PMTU);
}

static void m46_encap_too_big(struct m46_pkt *p, struct sk_buff *skb,
			      const struct m46_ip6 *ip,
			      const struct m46_encap_quote *quote, u32 mtu)
{
	unsigned int hlen = quote->ip.hlen;

	/* RFC 8201 section 4 */
	if (mtu < IPV6_MIN_MTU)
		return;
	/* no more than ICMPv4 can say */
	mtu = min_t(u32, mtu, U16_MAX);
	m46_encap_pmtu(p, skb, ip->hlen + sizeof(struct icmp6hdr), mtu);
	if (quote->ip.frag)
		hlen -= M46_FRAG_HLEN;
	if (quote->inner->frag_off & htons(IP_DF))
		m46_relay_error4(p, skb, quote, ICMP_FRAG_NEEDED, mtu - hlen);
}

/*
 * RFC 2473 8.2: at the limit, which is the fifth octet of its header, or at
 * next header IPv4: to the inner source, a link that fails.
 */
static bool m46_is_tunnel_problem(struct m46_pkt *p,
				  const struct icmp6hdr *icmp,
				  const struct m46_encap_quote *quote)
{
	u32 pointer = ntohl(icmp->icmp6_pointer);
	const u8 *quoted = (u8 *)(icmp + 1);

	if (pointer >= quote->ip.hlen)
		return false;
	if (icmp->icmp6_code == ICMPV6_HDR_FIELD)
		return quote->ip.hlen > sizeof(struct ipv6hdr) &&
		       pointer + M46_ENCAP_LIMIT_LEN - 4 == quote->ip.hlen;
	if (icmp->icmp6_code != ICMPV6_UNK_NEXTHDR ||
	    quoted[pointer] != IPPROTO_IPIP)
		return false;
	m46_count(p->m46, M46_COUNT_PEER_REFUSES);
	net_info_ratelimited("%s: %pI6c does not decapsulate\n",
			     p->m46->dev->name, &quote->ip.daddr);
	return true;
}

static void m46_encap_error(struct m46_pkt *p, struct sk_buff *skb,
			    const struct m46_ip6 *ip,
			    const struct m46_encap_quote *quote)
{
	const struct icmp6hdr *icmp = (void *)skb->data + ip->hlen;

	m46_count(p->m46, M46_COUNT_TUN_ERROR);
	switch (icmp->icmp6_type) {
	case ICMPV6_PKT_TOOBIG:
		m46_encap_too_big(p, skb, ip, quote, ntohl(icmp->icmp6_mtu));
		return;
	case ICMPV6_DEST_UNREACH:
		break;
	case ICMPV6_TIME_EXCEED:
		if (icmp->icmp6_code != ICMPV6_EXC_HOPLIMIT)
			return;
		break;
	case ICMPV6_PARAMPROB:
		if (!m46_is_tunnel_problem(p, icmp, quote))
			return;
		break;
	default:
		return;
	}
	m46_relay_error4(p, skb, quote, ICMP_HOST_UNREACH, 0);
}

enum m46_counter m46_xmit_encap_error(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip, bool *is_mine)
{
	unsigned int whole = ip->tot_len - ip->hlen;
	unsigned int len = whole;
	struct m46_encap_quote quote;
	const u8 *icmp;

	*is_mine = false;
	if (len < sizeof(struct icmp6hdr) || !m46_error_linear(skb))
		return M46_OK;
	icmp = skb->data + ip->hlen;
	/* RFC 4884: behind the quotation there may be extensions. */
	if ((icmp[0] == ICMPV6_DEST_UNREACH || icmp[0] == ICMPV6_TIME_EXCEED) &&
	    icmp[4] && icmp[4] * 8U + sizeof(struct icmp6hdr) < len)
		len = icmp[4] * 8 + sizeof(struct icmp6hdr);
	if (!m46_find_quoted(icmp + sizeof(struct icmp6hdr),
			     len - sizeof(struct icmp6hdr), &quote))
		return M46_OK;
	*is_mine = true;
	if (quote.len < sizeof(struct iphdr))
		return M46_DROP_SHORT_ERROR;
	if (quote.inner->version != 4 || quote.inner->ihl < 5 ||
	    quote.len < quote.inner->ihl * 4 ||
	    ntohs(quote.inner->tot_len) < quote.inner->ihl * 4 ||
	    !m46_is_own_chain(icmp + sizeof(struct icmp6hdr), &quote.ip) ||
	    !m46_is_from_here(p, ip, &quote))
		return M46_DROP_BAD_QUOTE;
	if (!m46_icmp6_csum_ok(ip, skb->data + ip->hlen, whole))
		return M46_DROP_BAD_ICMP_CSUM;
	dev_sw_netstats_tx_add(p->m46->dev, 1, skb->len);
	m46_encap_error(p, skb, ip, &quote);
	consume_skb(skb);
	return M46_OK;
}
