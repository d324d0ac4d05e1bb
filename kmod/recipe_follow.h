/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all recipes have to ask and to do: for recipe_xlat.c and
 * recipe_tunnel.c alone.
 *
 * What is small is inlined by force: there are a dozen such functions on the
 * way of each packet, and most calls would cost more than what they do.
 */
#ifndef _M46_RECIPE_FOLLOW_H
#define _M46_RECIPE_FOLLOW_H

#include <linux/jiffies.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "compat.h"
#include "config.h"
#include "keep6.h"
#include "m46.h"
#include "recipe.h"
#include "route.h"
#include "send.h"
#include "stats.h"
#include "xmit.h"

static inline u32 mtu4(const struct dst_entry *dst)
{
	return ip_dst_mtu_maybe_forward(dst, true);
}

static inline u32 mtu6(const struct dst_entry *dst)
{
	return min(dst_mtu(dst), ip6_dst_mtu_maybe_forward(dst, true));
}

static __always_inline bool is_fast(const struct m46_follow *f)
{
	return f->in;
}

static __always_inline bool has_entries(const struct m46_follow *f)
{
	return (!f->r->src && !f->r->dst) ||
	       f->r->checked == (u32)jiffies || m46_recipe_may_use_entries(f);
}

/* The packet is len bytes, and what is behind them is padding of the link. */
static __always_inline bool trim(struct sk_buff *skb, unsigned int len)
{
	return skb->len == len ||
	       (skb->len > len && !skb_is_gso(skb) &&
		!pskb_trim_rcsum(skb, len));
}

static __always_inline bool is_sum4_good(const struct iphdr *h)
{
	return h->ihl == sizeof(*h) / 4 && !ip_fast_csum(h, sizeof(*h) / 4);
}

/* Asked before anything is cut: others are quoted in errors as they were. */
static __always_inline bool may_be_simple(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

/*
 * A transport header to which nothing is done but that its checksum changes:
 * TCP without SYN, UDP with a checksum. hlen: where it is. may_be_simple() has
 * said yes.
 */
static __always_inline bool is_simple_l4(struct sk_buff *skb, u8 proto,
					 unsigned int hlen)
{
	bool partial = skb->ip_summed == CHECKSUM_PARTIAL;
	unsigned int need, sum;
	const void *l4;

	if (proto == IPPROTO_UDP) {
		need = sizeof(struct udphdr);
		sum = offsetof(struct udphdr, check);
	} else {
		need = sizeof(struct tcphdr);
		sum = offsetof(struct tcphdr, check);
	}
	if (!pskb_may_pull(skb, hlen + need))
		return false;
	if (partial && (skb->csum_offset != sum ||
			skb_checksum_start_offset(skb) != hlen))
		return false;
	l4 = skb->data + hlen;
	return proto == IPPROTO_TCP ? !((const struct tcphdr *)l4)->syn :
				      partial ||
				      ((const struct udphdr *)l4)->check;
}

/*
 * Size of a packet of len bytes, or of a segment of a super-packet that the
 * device takes whole; 0: it does not. is_simple_l4() has said yes.
 */
static __always_inline unsigned int wire_len(const struct m46_follow *f,
					     const struct sk_buff *skb,
					     unsigned int hlen,
					     unsigned int len, u8 proto)
{
	unsigned int l4_len;

	if (likely(!f->is_gso))
		return len;
	/* on the default path the core has asked for that */
	if (skb->encapsulation ||
	    (is_fast(f) && !net_gso_ok(f->m46->dev->features,
				       skb_shinfo(skb)->gso_type)))
		return 0;
	l4_len = m46_gso_l4_len(skb, hlen, proto);
	return l4_len ? hlen + l4_len : 0;
}

/* Likewise where it is not even looked at, but for a SYN's MSS. */
static __always_inline bool is_no_syn(const struct m46_follow *f,
				      struct sk_buff *skb, u8 proto,
				      unsigned int hlen)
{
	return !f->cfg->mss_clamp || proto != IPPROTO_TCP ||
	       (pskb_may_pull(skb, hlen + sizeof(struct tcphdr)) &&
		!((struct tcphdr *)(skb->data + hlen))->syn);
}

/* Where a packet goes and has room for grow bytes and the link's header. */
static __always_inline bool is_ready(struct m46_follow *f, struct sk_buff *skb,
				     unsigned int grow)
{
	grow += LL_RESERVED_SPACE(f->out->dev);
	/* of a super-packet the shared info is written, too */
	return !IS_ERR(f->n) && READ_ONCE(f->n->nud_state) & NUD_VALID &&
	       !(f->is_gso ? skb_cow(skb, grow) : skb_cow_head(skb, grow));
}

static __always_inline bool is_ready6(struct m46_follow *f,
				      struct sk_buff *skb,
				      const struct in6_addr *daddr,
				      unsigned int grow)
{
	const struct inet6_dev *idev = __in6_dev_get(f->m46->dev);
	struct rt6_info *rt = (struct rt6_info *)f->out;

	if (!is_fast(f))
		return m46_make_room(skb, grow);
	/* what the stack asks of the device that a packet comes out of */
	if (!idev || READ_ONCE(idev->cnf.disable_ipv6) ||
	    !READ_ONCE(dev_net(f->m46->dev)->ipv6.devconf_all->forwarding))
		return false;
	f->n = ip_neigh_gw6(rt->dst.dev,
			    (struct in6_addr *)rt6_nexthop(rt,
						(struct in6_addr *)daddr));
	return is_ready(f, skb, grow);
}

/*
 * A path's MTU changes without a trace; it counts where the operator says so,
 * and can be less than what a recipe takes for granted.
 */
static inline bool has_pmtu(const struct dst_entry *dst)
{
	return ((const struct rtable *)dst)->rt_pmtu;
}

static __always_inline bool is_ready4(struct m46_follow *f,
				      struct sk_buff *skb, __be32 daddr,
				      unsigned int grow)
{
	const struct rtable *rt = (struct rtable *)f->out;
	struct net_device *dev;

	if (!is_fast(f))
		return m46_make_room(skb, grow);
	dev = rt->dst.dev;
	if (rt->rt_gw_family == AF_INET6) {
		f->n = ip_neigh_gw6(dev, &rt->rt_gw6);
		f->is_v6gw = true;
	} else {
		f->n = ip_neigh_gw4(dev, rt->rt_gw_family ? rt->rt_gw4 :
							    daddr);
	}
	return is_ready(f, skb, grow);
}

/* The one that came in is counted as the device's own transmission. */
static inline void count_in(const struct m46_follow *f,
			    const struct sk_buff *skb)
{
	dev_sw_netstats_tx_add(f->m46->dev, 1, skb->len);
}

static __always_inline void count_done(const struct m46_follow *f)
{
	struct m46_pcpu_stats *stats = this_cpu_ptr(f->m46->stats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->count[f->r->count]);
	u64_stats_inc(&stats->count[M46_COUNT_FASTPATH]);
	u64_stats_update_end(&stats->syncp);
}

/*
 * skb_scrub_packet() less its calls and what nobody can have noted yet: at an
 * ingress hook a packet for this machine has neither a route nor been through
 * IPsec.
 */
static __always_inline void scrub(struct sk_buff *skb)
{
	skb->ignore_df = 0;
	skb_ext_reset(skb);
	nf_reset_ct(skb);
	nf_reset_trace(skb);
#ifdef CONFIG_NET_SWITCHDEV
	skb->offload_fwd_mark = 0;
	skb->offload_l3_fwd_mark = 0;
#endif
}

/*
 * As m46_fast_forward() leaves it, or for m46_receive(), which counts what it
 * receives itself.
 */
static __always_inline void finish(struct m46_follow *f, struct sk_buff *skb,
				   __be16 protocol, unsigned int hlen)
{
	if (!is_fast(f)) {
		m46_reset(skb, protocol);
		skb_set_transport_header(skb, hlen);
		/* a sum of all of it, which is not what it was */
		skb_forward_csum(skb);
		m46_count(f->m46, f->r->count);
		return;
	}
	scrub(skb);
	m46_reset_rest(skb, protocol);
	skb_set_transport_header(skb, hlen);
	dev_sw_netstats_rx_add(f->m46->dev, skb->len);
	count_done(f);
	skb_dst_set_noref(skb, f->out);
	skb->skb_iif = f->m46->dev->ifindex;
	skb->dev = f->out->dev;
	skb_forward_csum(skb);
}

static __always_inline void adjust(const struct m46_follow *f,
				   struct sk_buff *skb, u8 proto,
				   unsigned int hlen)
{
	m46_l4_adjust(proto, skb->data + hlen, skb_headlen(skb) - hlen,
		      f->r->delta, skb->ip_summed == CHECKSUM_PARTIAL);
}

/*
 * TTL or hop limit: on the fast path it is counted down here, else by the stack
 * before and behind.
 */
static __always_inline u8 hop(const struct m46_follow *f, u8 ttl)
{
	return is_fast(f) ? ttl - 1 : min(ttl + f->hop_add, 255);
}

/* As ip_forward() does. */
static inline void set_priority4(const struct m46_follow *f,
				 struct sk_buff *skb)
{
	struct net *net = dev_net(f->m46->dev);

	if (!is_fast(f))
		return;
	if (READ_ONCE(net->ipv4.sysctl_ip_fwd_update_priority))
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
}

/* Of the way behind the device, as it is asked for on the default path. */
static inline u32 path_mtu6(const struct m46_follow *f,
			    const struct sk_buff *skb)
{
	return m46_keep_mtu6(f->m46, skb->mark, &f->r->head.ip6.saddr,
			     &f->r->head.ip6.daddr);
}

static inline u32 path_mtu4(const struct m46_follow *f,
			    const struct sk_buff *skb)
{
	return m46_route_mtu4(f->m46->dev, skb->mark, f->r->head.ip4.saddr,
			      f->r->head.ip4.daddr);
}

#endif /* _M46_RECIPE_FOLLOW_H */
