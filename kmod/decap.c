// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6 packets out of IPv4 (RFC 4213 section 3.6), and ICMPv4 errors about what
 * went in (section 3.4).
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/xfrm.h>

#include "config.h"
#include "fast.h"
#include "m46.h"
#include "recipe.h"
#include "reply.h"
#include "route.h"
#include "send.h"
#include "tunnel.h"

/* RFC 4213 3.6: the inner length counts, what is beyond it is padding. */
static enum m46_counter m46_pull_decap(struct sk_buff *skb)
{
	const struct ipv6hdr *ip;
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(*ip)))
		return M46_DROP_BAD_IP6_HEADER;
	ip = (struct ipv6hdr *)skb->data;
	len = sizeof(*ip) + ntohs(ip->payload_len);
	if (ip->version != 6 || skb->len < len)
		return M46_DROP_BAD_IP6_HEADER;
	if (skb->len == len)
		return M46_OK;
	if (skb_is_gso(skb))
		return M46_DROP_BAD_IP6_HEADER;
	return pskb_trim_rcsum(skb, len) ? M46_DROP_NOMEM : M46_OK;
}

/* Broadcast addresses end in ones. */
static bool m46_maybe_broadcast(const struct m46_tun_ends *ends)
{
	return (ends->saddr & 3) == 3;
}

/*
 * RFC 3964 5.3.1: broadcast addresses of this machine are as bad. The stack
 * lets them pass as sources. Most packets cost no lookup, and the others what
 * one costs that finds its route in the cache.
 */
static bool m46_from_broadcast(struct m46_dev *m46, const struct m46_tun *tun,
			       const struct m46_tun_ends *ends)
{
	const struct rtable *rt;

	if (!m46_maybe_broadcast(ends))
		return false;
	rt = m46_tunnel_route(m46, tun, htonl(ends->daddr),
			      htonl(ends->saddr));
	return !IS_ERR(rt) && rt->rt_type == RTN_BROADCAST;
}

static enum m46_counter m46_decap_check(struct m46_dev *m46,
					const struct m46_tun *tun,
					struct sk_buff *skb,
					const struct m46_tun_ends *ends)
{
	const struct ipv6hdr *ip = (struct ipv6hdr *)skb->data;
	enum m46_counter drop;

	drop = m46_tun_check_in(tun, ends, &ip->saddr, &ip->daddr);
	if (drop)
		return drop;
	if (tun->kind != M46_TUN_CONFIGURED) {
		if (m46_from_broadcast(m46, tun, ends))
			return M46_DROP_TUN_SRC4;
		if (m46_tunnel_may_be_nd(ip->nexthdr) &&
		    m46_tunnel_is_bad_nd(skb))
			return M46_DROP_TUN_ND;
		if (m46_tunnel_isatap_own(dev_net(m46->dev), &ip->daddr))
			return M46_DROP_EMBEDS_OWN;
	}
	if (tun->ingress_filter == M46_INGRESS_FILTER_STRICT &&
	    !(ipv6_addr_type(&ip->saddr) & IPV6_ADDR_LINKLOCAL) &&
	    !m46_route_leads6(m46->dev, skb->mark, &ip->saddr))
		return M46_DROP_INGRESS_FILTER;
	return M46_OK;
}

/*
 * Do settings and addresses say all that m46_decap_check() asks for? Nothing
 * tells when a route or an address of this machine would say something else.
 */
static bool m46_decap_is_fixed(const struct m46_tun *tun,
			       const struct sk_buff *skb,
			       const struct m46_tun_ends *ends)
{
	return tun->ingress_filter != M46_INGRESS_FILTER_STRICT &&
	       (tun->kind == M46_TUN_CONFIGURED ||
		(!m46_maybe_broadcast(ends) &&
		 !m46_isatap_v4(&ipv6_hdr(skb)->daddr)));
}

/* RFC 6040 4.2; the operator can turn the log off. */
static enum m46_counter m46_decap_ecn(struct m46_dev *m46,
				      const struct m46_tun *tun,
				      struct sk_buff *skb, __be32 saddr,
				      u8 outer)
{
	struct ipv6hdr *ip = (struct ipv6hdr *)skb->data;
	u8 inner = ipv6_get_dsfield(ip) & INET_ECN_MASK;
	bool is_odd;
	int ecn;

	ecn = m46_ecn_in(outer, inner, &is_odd);
	if (unlikely(is_odd)) {
		m46_count(m46, M46_COUNT_ECN_ODD);
		if (tun->ecn_log)
			net_info_ratelimited("%s: ECN field %u outside, %u inside, from %pI4\n",
					     m46->dev->name,
					     outer & INET_ECN_MASK, inner,
					     &saddr);
	}
	if (ecn < 0)
		return M46_DROP_TUN_ECN;
	if (ecn == inner)
		return M46_OK;
	if (skb_cow_head(skb, 0))
		return M46_DROP_NOMEM;
	ip = (struct ipv6hdr *)skb->data;
	/* The only changes there are; they mind CHECKSUM_COMPLETE. */
	if (ecn == INET_ECN_CE)
		IP6_ECN_set_ce(skb, ip);
	else
		IP6_ECN_set_ect1(skb, ip);
	return M46_OK;
}

/* gen: m46_tunnel_gen(), before m46 was found; on the fast path only. */
static enum m46_counter m46_decap(struct m46_dev *m46, struct sk_buff *skb,
				  const struct m46_fast *fast, u64 gen)
{
	const struct m46_cfg *cfg = rcu_dereference(m46->cfg);
	const struct iphdr *outer = ip_hdr(skb);
	struct m46_tun_ends ends = {
		.saddr = ntohl(outer->saddr),
		.daddr = ntohl(outer->daddr),
	};
	u8 tos = outer->tos;
	enum m46_counter drop;

	if (fast)
		m46_recipe_begin(fast->recipe, m46, cfg, gen);
	/* The stack leaves it to the receivers of protocol 41 (RFC 4891 5). */
	if (!xfrm4_policy_check(NULL, XFRM_POLICY_IN, skb))
		return M46_DROP_TUN_IPSEC;
	drop = m46_pull_decap(skb);
	if (drop)
		return drop;
	drop = m46_decap_check(m46, &cfg->tun, skb, &ends);
	if (drop)
		return drop;
	drop = m46_decap_ecn(m46, &cfg->tun, skb, htonl(ends.saddr), tos);
	if (drop)
		return drop;
	if (iptunnel_pull_offloads(skb))
		return M46_DROP_NOMEM;
	__vlan_hwaccel_clear_tag(skb);
	skb_set_queue_mapping(skb, 0);
	m46_reset(skb, htons(ETH_P_IPV6));
	skb_set_transport_header(skb, sizeof(struct ipv6hdr));
	if (cfg->mss_clamp)
		m46_tunnel_clamp_mss(skb, READ_ONCE(m46->dev->mtu));
	m46_count(m46, M46_COUNT_DECAPSULATED);
	if (fast && m46_decap_is_fixed(&cfg->tun, skb, &ends))
		m46_recipe_note(fast->recipe, M46_RECIPE_DECAP4, 0,
				M46_COUNT_DECAPSULATED);
	if (!fast || !m46_fast_forward(fast, m46, skb))
		m46_receive(m46, skb, true);
	return M46_OK;
}

/* skb: behind its outer header. Consumes it. */
static void m46_decap_one(struct m46_dev *m46, struct sk_buff *skb,
			  const struct m46_fast *fast, u64 gen)
{
	enum m46_counter drop = m46_decap(m46, skb, fast, gen);

	if (likely(!drop))
		return;
	m46_count(m46, drop);
	kfree_skb_reason(skb, m46_counters[drop].core);
}

int m46_decap_rcv(struct sk_buff *skb)
{
	const struct iphdr *outer = ip_hdr(skb);
	struct m46_dev *m46;

	m46 = m46_tunnel_find(skb, outer->daddr, outer->saddr);
	if (!m46)
		return -ENOENT;
	m46_decap_one(m46, skb, NULL, 0);
	return 0;
}

bool m46_decap_fast(struct sk_buff *skb, const struct m46_fast *fast)
{
	const struct iphdr *outer = ip_hdr(skb);
	unsigned int len = ntohs(outer->tot_len);
	u64 gen = m46_tunnel_gen();
	struct m46_dev *m46;

	/* what ip_rcv() makes sure of on the other path */
	if (ip_fast_csum((const u8 *)outer, outer->ihl) ||
	    len < sizeof(*outer) + sizeof(struct ipv6hdr) || len > skb->len ||
	    !pskb_may_pull(skb, sizeof(*outer) + sizeof(struct ipv6hdr)))
		return false;
	outer = ip_hdr(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	m46 = m46_tunnel_find(skb, outer->daddr, outer->saddr);
	if (!m46 || !m46_fast_wants(m46, rcu_dereference(m46->cfg), fast) ||
	    pskb_trim_rcsum(skb, len))
		return false;
	__skb_pull(skb, sizeof(*outer));
	skb_reset_transport_header(skb);
	m46_decap_one(m46, skb, fast, gen);
	return true;
}

/*
 * Would this device have sent the packet? Else somebody makes it tell strangers
 * of packets that never were.
 */
static bool m46_is_plausible(const struct m46_tun *tun, u32 saddr,
			     const struct in6_addr *src)
{
	if (tun->kind == M46_TUN_CONFIGURED)
		return true;
	if (m46_domain_has(&tun->domain, src))
		return m46_domain_v4(&tun->domain, src) == saddr;
	return tun->relay && !m46_tun_bad6(tun, src);
}

/*
 * RFC 4213 3.4: a router quotes enough for the inner source to be told. A
 * tunnel is one link to it, whatever has happened on the way: unreachable.
 */
static void m46_relay_error(struct m46_dev *m46, const struct m46_cfg *cfg,
			    struct sk_buff *skb, unsigned int hlen)
{
	const struct iphdr *ip = (struct iphdr *)skb->data;
	const struct ipv6hdr *ip6;
	u32 saddr = ntohl(ip->saddr);
	struct sk_buff *inner;
	unsigned int len;

	/* RFC 4884 section 4: beyond this length there are extensions. */
	len = icmp_hdr(skb)->un.reserved[1] * 4 ? : skb->len;
	if (len < hlen + sizeof(*ip6))
		return;
	if (!pskb_may_pull(skb, hlen + sizeof(*ip6)))
		return;
	ip6 = (struct ipv6hdr *)(skb->data + hlen);
	if (ip6->version != 6 ||
	    !m46_is_plausible(&cfg->tun, saddr, &ip6->saddr))
		return;
	/* and before it there may be padding */
	len = min(len, hlen + (unsigned int)sizeof(*ip6) +
		       ntohs(ip6->payload_len));
	inner = skb_clone(skb, GFP_ATOMIC);
	if (!inner)
		return;
	if (len < inner->len && pskb_trim(inner, len))
		goto out;
	__skb_pull(inner, hlen);
	skb_reset_network_header(inner);
	if (m46_tell6(m46, cfg, inner, ICMPV6_DEST_UNREACH,
		      ICMPV6_ADDR_UNREACH))
		m46_count(m46, M46_COUNT_TUN_ERROR_RELAYED);
out:
	consume_skb(inner);
}

int m46_decap_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *ip = (struct iphdr *)skb->data;
	u8 type = icmp_hdr(skb)->type;
	u8 code = icmp_hdr(skb)->code;
	const struct m46_cfg *cfg;
	struct m46_dev *m46;
	int oif;

	m46 = m46_tunnel_find(skb, ip->saddr, ip->daddr);
	if (!m46)
		return -ENOENT;
	cfg = rcu_dereference(m46->cfg);
	m46_count(m46, M46_COUNT_TUN_ERROR);
	oif = m46_tunnel_oif(m46, &cfg->tun);
	if (type == ICMP_REDIRECT) {
		ipv4_redirect(skb, dev_net(m46->dev), oif, IPPROTO_IPV6);
	} else if (type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED) {
		if (!cfg->tun.pmtudisc)
			return 0;
		ipv4_update_pmtu(skb, dev_net(m46->dev), info, oif,
				 IPPROTO_IPV6);
		m46_count(m46, M46_COUNT_TUN_PMTU);
	} else if (type == ICMP_DEST_UNREACH ||
		   (type == ICMP_TIME_EXCEEDED && code == ICMP_EXC_TTL)) {
		m46_relay_error(m46, cfg, skb, ip->ihl * 4);
	}
	return 0;
}
