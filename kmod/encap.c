// SPDX-License-Identifier: GPL-2.0
/* IPv6 packets into IPv4 (RFC 4213 section 3.5, RFC 3056 section 5.3). */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "compat.h"
#include "config.h"
#include "fast.h"
#include "ident.h"
#include "m46.h"
#include "recipe.h"
#include "reply.h"
#include "send.h"
#include "tunnel.h"

/**
 * struct m46_encap - one packet on its way into the tunnel
 * @m46: the device
 * @cfg: its settings
 * @ends: outer addresses
 * @rt: route of the outer packet, borrowed
 * @df: outer DF flag
 * @fast: on the fast path; NULL: on the default one
 * @info: MTU for the ICMP error that a drop causes
 */
struct m46_encap {
	struct m46_dev *m46;
	const struct m46_cfg *cfg;
	struct m46_tun_ends ends;
	struct rtable *rt;
	__be16 df;
	const struct m46_fast *fast;
	u32 info;
};

/* Have the IPv6 header readable, and cut what the link has padded. */
static enum m46_counter m46_pull_inner(struct sk_buff *skb)
{
	const struct ipv6hdr *ip;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*ip)))
		return M46_DROP_BAD_IP6_HEADER;
	ip = (struct ipv6hdr *)skb->data;
	if (ip->version != 6)
		return M46_DROP_BAD_IP6_HEADER;
	len = sizeof(*ip) + ntohs(ip->payload_len);
	if (skb->len == len)
		return M46_OK;
	if (!ip->payload_len && ip->nexthdr == NEXTHDR_HOP)
		return M46_DROP_JUMBOGRAM;
	if (skb->len < len || skb_is_gso(skb))
		return M46_DROP_BAD_IP6_HEADER;
	return pskb_trim_rcsum(skb, len) ? M46_DROP_NOMEM : M46_OK;
}

/* The gateway that the packet has been routed to, if any (RFC 3056 5.3). */
static const struct in6_addr *m46_gateway(const struct sk_buff *skb)
{
	const struct rt6_info *rt = (struct rt6_info *)skb_dst(skb);

	if (!skb_valid_dst(skb) || skb_dst(skb)->ops->family != AF_INET6 ||
	    !(rt->rt6i_flags & RTF_GATEWAY))
		return NULL;
	return &rt->rt6i_gateway;
}

static enum m46_counter m46_encap_ends(struct m46_encap *e,
				       struct sk_buff *skb)
{
	const struct ipv6hdr *ip = (struct ipv6hdr *)skb->data;
	struct net_device *dev = e->m46->dev;
	struct m46_tun_out out = {
		.src = &ip->saddr,
		.dst = &ip->daddr,
		.gateway = m46_gateway(skb),
		.is_local = !m46_forwarded(skb),
		.is_back = skb->skb_iif == dev->ifindex,
	};
	const struct m46_tun *tun = &e->cfg->tun;
	enum m46_counter drop;

	drop = m46_tun_check_out(tun, &out, &e->ends);
	if (drop || tun->kind == M46_TUN_CONFIGURED)
		return drop;
	if (m46_tunnel_may_be_nd(ip->nexthdr) &&
	    m46_tunnel_is_bad_nd(skb))
		return M46_DROP_TUN_ND;
	/* RFC 6324 3.3: the way back would lead through an ISATAP router. */
	return m46_tunnel_isatap_own(dev_net(dev), &ip->saddr) ?
	       M46_DROP_EMBEDS_OWN : M46_OK;
}

static enum m46_counter m46_encap_route(struct m46_encap *e)
{
	struct rtable *rt;

	rt = m46_tunnel_route(e->m46, &e->cfg->tun, htonl(e->ends.saddr),
			      htonl(e->ends.daddr));
	if (PTR_ERR_OR_ZERO(rt) == -EADDRNOTAVAIL)
		return M46_DROP_NO_LOCAL;
	if (IS_ERR(rt))
		return M46_DROP_NO_OUTER_ROUTE;
	/* broadcast, multicast, this machine: no other site (RFC 3964 5.3.1) */
	if (rt->rt_type != RTN_UNICAST)
		return M46_DROP_TUN_DST4;
	if (rt->dst.dev == e->m46->dev)
		return M46_DROP_RECURSION;
	e->rt = rt;
	return M46_OK;
}

u32 m46_tunnel_path_mtu(const struct m46_dev *m46, const struct m46_tun *tun,
			const struct rtable *rt, __be16 *df)
{
	u32 mtu = READ_ONCE(m46->dev->mtu);
	u32 path;

	/* RFC 5969 9.1: fragments could end at different border relays. */
	if (tun->kind == M46_TUN_6RD && tun->anycast)
		*df = htons(IP_DF);
	if (!tun->pmtudisc)
		return mtu;
	path = dst_mtu(&rt->dst) - sizeof(struct iphdr);
	if (path < IPV6_MIN_MTU)
		path = IPV6_MIN_MTU;
	else
		*df = htons(IP_DF);
	return min(mtu, path);
}

static enum m46_counter m46_encap_size(struct m46_encap *e,
				       const struct sk_buff *skb)
{
	u32 mtu = m46_tunnel_path_mtu(e->m46, &e->cfg->tun, e->rt, &e->df);

	e->info = mtu;
	if (skb_is_gso(skb) ? skb_gso_validate_network_len(skb, mtu) :
			      skb->len <= mtu)
		return M46_OK;
	return M46_DROP_TOO_BIG;
}

static enum m46_counter m46_encap_push(struct m46_encap *e,
				       struct sk_buff *skb)
{
	const struct m46_tun *tun = &e->cfg->tun;
	unsigned int room = LL_RESERVED_SPACE(e->rt->dst.dev) +
			    e->rt->dst.header_len + sizeof(struct iphdr);
	struct ipv6hdr *ip6;
	struct iphdr *ip;
	u8 tos, ttl;

	skb_reset_network_header(skb);
	if (skb_cow_head(skb, room) ||
	    iptunnel_handle_offloads(skb, SKB_GSO_IPXIP4))
		return M46_DROP_NOMEM;
	skb_set_inner_ipproto(skb, IPPROTO_IPV6);
	ip6 = (struct ipv6hdr *)skb->data;
	/* as ip6_forward() does on the other path */
	if (e->fast)
		ip6->hop_limit--;
	tos = m46_tun_tos(tun, ipv6_get_dsfield(ip6));
	ttl = tun->ttl == M46_TTL_INHERIT ? ip6->hop_limit : tun->ttl;
	skb_scrub_packet(skb, false);
	/* when it came is no time for a qdisc to send it */
	skb_clear_tstamp(skb);
	skb_clear_hash_if_not_l4(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	ip = __skb_push(skb, sizeof(*ip));
	skb_reset_network_header(skb);
	skb_dst_set_noref(skb, &e->rt->dst);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = tos;
	ip->frag_off = e->df;
	ip->ttl = ttl;
	ip->protocol = IPPROTO_IPV6;
	ip->saddr = htonl(e->ends.saddr);
	ip->daddr = htonl(e->ends.daddr);
	m46_ident(e->m46, ip, skb_shinfo(skb)->gso_segs ?: 1);
	return M46_OK;
}

/* Nothing tells when an address of this machine changes; see RFC 6324 above. */
static void m46_encap_note(const struct m46_encap *e,
			   const struct sk_buff *skb)
{
	const struct ipv6hdr *ip = (struct ipv6hdr *)(ip_hdr(skb) + 1);

	if (e->fast && (e->cfg->tun.kind == M46_TUN_CONFIGURED ||
			!m46_isatap_v4(&ip->saddr)))
		m46_recipe_note(e->fast->recipe, M46_RECIPE_ENCAP4, 0,
				M46_COUNT_ENCAPSULATED);
}

static enum m46_counter m46_encap(struct m46_encap *e, struct sk_buff *skb)
{
	enum m46_counter drop;
	unsigned int len;

	drop = m46_pull_inner(skb);
	if (drop)
		return drop;
	len = skb->len;
	drop = m46_encap_ends(e, skb);
	if (drop)
		return drop;
	drop = m46_encap_route(e);
	if (drop)
		return drop;
	drop = m46_encap_size(e, skb);
	if (drop)
		return drop;
	if (e->cfg->mss_clamp)
		m46_tunnel_clamp_mss(skb, e->info);
	drop = m46_encap_push(e, skb);
	if (drop)
		return drop;
	dev_sw_netstats_tx_add(e->m46->dev, 1, len);
	m46_count(e->m46, M46_COUNT_ENCAPSULATED);
	m46_encap_note(e, skb);
	if (!e->fast || !m46_fast_send4(e->fast, e->m46, skb))
		m46_send4(e->m46, skb);
	return M46_OK;
}

bool m46_encap_fast(struct m46_dev *m46, struct sk_buff *skb,
		    const struct m46_fast *fast)
{
	struct m46_encap e = {
		.m46 = m46,
		.cfg = rcu_dereference(m46->cfg),
		.fast = fast,
	};

	m46_recipe_begin(fast->recipe, m46, e.cfg, m46_tunnel_gen());
	return skb->protocol == htons(ETH_P_IPV6) && !m46_encap(&e, skb);
}

netdev_tx_t m46_encap_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct m46_encap e = { .m46 = netdev_priv(dev) };
	bool is4 = skb->protocol == htons(ETH_P_IP);
	enum m46_counter drop;

	/* Callers have BH disabled, which is a read-side section too. */
	e.cfg = rcu_dereference_bh(e.m46->cfg);
	if (skb->protocol == htons(ETH_P_IPV6))
		drop = m46_encap(&e, skb);
	else
		drop = is4 ? M46_DROP_NOT_IP6 : M46_DROP_NOT_IP;
	if (unlikely(drop)) {
		m46_count(e.m46, drop);
		if (is4)
			m46_reply4(e.m46, e.cfg, skb, drop, 0);
		else
			m46_reply6(e.m46, e.cfg, skb, drop, e.info, 0);
		kfree_skb_reason(skb, m46_counters[drop].core);
	}
	return NETDEV_TX_OK;
}
