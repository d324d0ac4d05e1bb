// SPDX-License-Identifier: GPL-2.0
/* What is done to the packets of a flow on the fast path, see recipe.h. */
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "adpt.h"
#include "compat.h"
#include "config.h"
#include "fast.h"
#include "fib.h"
#include "ident.h"
#include "m46.h"
#include "map.h"
#include "md.h"
#include "recipe.h"
#include "send.h"
#include "table.h"
#include "tunnel.h"
#include "xmit.h"

/* ------------------------------------------------------------ noting down */

/*
 * Writers count after the change, and release what can no longer be found after
 * that: who has seen the old number may follow what he found by it.
 */
u64 m46_recipe_gen(const struct m46_dev *m46)
{
	switch (m46->mode) {
	case M46_MODE_ADPT:
		/* pairs with the releases of md.c */
		return smp_load_acquire(&rcu_dereference(m46->md)->gen);
	case M46_MODE_M46T:
		/* pairs with m46_table_changed() */
		return atomic64_read_acquire(&m46->table->gen);
	default:
		return m46_tunnel_gen();
	}
}

void m46_recipe_begin(struct m46_recipe *r, struct m46_dev *m46,
		      const struct m46_cfg *cfg, u64 map_gen)
{
	r->kind = M46_RECIPE_NONE;
	r->m46 = m46;
	r->cfg_gen = cfg->gen;
	r->map_gen = map_gen;
	r->src = NULL;
	r->dst = NULL;
	r->asks_fib = m46->mode == M46_MODE_ADPT && cfg->md == M46_MD_FIB;
	if (!r->asks_fib)
		return;
	r->fib_gen = rt_genid_ipv4(dev_net(m46->dev));
	/* routes are looked up after that */
	smp_rmb();
}

void m46_recipe_note(const struct m46_fast *fast, enum m46_recipe_kind kind,
		     __wsum delta, unsigned int count)
{
	if (!fast)
		return;
	fast->recipe->kind = kind;
	fast->recipe->delta = delta;
	fast->recipe->count = count;
}

/* Does the generation of IPv4 routes tell when this would change? */
static bool is_told_of_fib(const struct m46_map *map,
			   enum m46_recipe_kind kind, __be32 saddr)
{
	if (kind == M46_RECIPE_46 || kind == M46_RECIPE_ENCAP6)
		/* the packet's own route said all */
		return true;
	return kind != M46_RECIPE_66 && !netif_is_l3_slave(map->m46->dev) &&
	       m46_fib_is_simple(map, saddr);
}

void m46_recipe_note_map(const struct m46_fast *fast,
			 const struct m46_map *map, enum m46_recipe_kind kind,
			 __wsum delta, unsigned int count, __be32 saddr)
{
	if (!fast ||
	    (fast->recipe->asks_fib && !is_told_of_fib(map, kind, saddr)))
		return;
	if (map->cfg->mode == M46_MODE_M46T) {
		fast->recipe->src = map->src;
		fast->recipe->dst = map->dst;
	}
	m46_recipe_note(fast, kind, delta, count);
}

static u32 mtu4(const struct dst_entry *dst)
{
	return ip_dst_mtu_maybe_forward(dst, true);
}

static u32 mtu6(const struct dst_entry *dst)
{
	return min(dst_mtu(dst), ip6_dst_mtu_maybe_forward(dst, true));
}

static u32 mtu_of(const struct dst_entry *dst)
{
	return dst->ops->family == AF_INET6 ? mtu6(dst) : mtu4(dst);
}

bool m46_recipe_end(struct m46_recipe *r, const struct sk_buff *skb,
		    const struct dst_entry *in, const struct dst_entry *out)
{
	unsigned int len;

	if (r->kind == M46_RECIPE_NONE || skb_is_gso(skb))
		return false;
	/* so that no packet up to this size has to ask */
	if (mtu_of(in) < IPV6_MIN_MTU || (out && mtu_of(out) < IPV6_MIN_MTU))
		return false;
	len = skb->protocol == htons(ETH_P_IPV6) ? sizeof(struct ipv6hdr) :
						   sizeof(struct iphdr);
	if (r->kind == M46_RECIPE_ENCAP6 &&
	    ipv6_hdr(skb)->nexthdr == IPPROTO_DSTOPTS)
		len += M46_ENCAP_LIMIT_LEN;
	r->hlen = len;
	memcpy(r->head.raw, skb_network_header(skb), len);
	return true;
}

/*
 * --------------------------------------------------------------- following
 *
 * What is small is inlined by force: there are a dozen such functions on the
 * way of each packet, and most calls would cost more than what they do.
 */

bool m46_recipe_holds(struct m46_follow *f)
{
	const struct m46_recipe *r = f->r;

	/* the device that the route leads into, or that receivers would find */
	if (r->kind == M46_RECIPE_DECAP4 ? r->map_gen != m46_tunnel_gen() :
					   netdev_priv(f->in->dev) != r->m46)
		return false;
	f->m46 = r->m46;
	f->cfg = rcu_dereference(f->m46->cfg);
	return netif_running(f->m46->dev) && r->cfg_gen == f->cfg->gen &&
	       r->map_gen == m46_recipe_gen(f->m46) &&
	       (!r->asks_fib ||
		r->fib_gen == (u32)rt_genid_ipv4(dev_net(f->m46->dev)));
}

/* m46t: are the hosts' entries still good? Restart their timers. */
static bool may_use_entries(const struct m46_follow *f)
{
	const struct m46_recipe *r = f->r;
	u32 now = m46_ticks();

	if ((r->src && !m46_entry_live(r->src, now)) ||
	    (r->dst && !m46_entry_live(r->dst, now)))
		return false;
	if (r->src)
		m46_m46t_refresh(f->cfg, r->src, now);
	if (r->dst && f->cfg->refresh_from_v4)
		m46_m46t_refresh(f->cfg, r->dst, now);
	return true;
}

static __always_inline bool has_entries(const struct m46_follow *f)
{
	return (!f->r->src && !f->r->dst) || may_use_entries(f);
}

/* The packet is len bytes, and what is behind them is padding of the link. */
static __always_inline bool trim(struct sk_buff *skb, unsigned int len)
{
	return skb->len == len ||
	       (skb->len > len && !pskb_trim_rcsum(skb, len));
}

static __always_inline bool is_sum4_good(const struct iphdr *h)
{
	return h->ihl == sizeof(*h) / 4 && !ip_fast_csum(h, sizeof(*h) / 4);
}

/*
 * A transport header to which nothing is done but that its checksum changes:
 * TCP without SYN, UDP with a checksum. hlen: where it is.
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
	} else if (proto == IPPROTO_TCP) {
		need = sizeof(struct tcphdr);
		sum = offsetof(struct tcphdr, check);
	} else {
		return false;
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
	return !IS_ERR(f->n) && READ_ONCE(f->n->nud_state) & NUD_VALID &&
	       !skb_cow_head(skb, LL_RESERVED_SPACE(f->out->dev) + grow);
}

static bool is_ready6(struct m46_follow *f, struct sk_buff *skb,
		      const struct in6_addr *daddr, unsigned int grow)
{
	const struct inet6_dev *idev = __in6_dev_get(f->m46->dev);
	struct rt6_info *rt = (struct rt6_info *)f->out;

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
static bool has_pmtu(const struct dst_entry *dst)
{
	return ((const struct rtable *)dst)->rt_pmtu;
}

static bool is_ready4(struct m46_follow *f, struct sk_buff *skb, __be32 daddr,
		      unsigned int grow)
{
	const struct rtable *rt = (struct rtable *)f->out;
	struct net_device *dev = rt->dst.dev;

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
static void count_in(const struct m46_follow *f, const struct sk_buff *skb)
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

/* As m46_fast_forward() leaves it, and counts. */
static __always_inline void finish(struct m46_follow *f, struct sk_buff *skb,
				   __be16 protocol, unsigned int hlen)
{
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

/* As ip_forward() does. */
static void set_priority4(const struct m46_follow *f, struct sk_buff *skb)
{
	struct net *net = dev_net(f->m46->dev);

	if (READ_ONCE(net->ipv4.sysctl_ip_fwd_update_priority))
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
}

/* May it have this length, here and behind the device, without being cut? */
static bool fits46(const struct m46_follow *f, const struct iphdr *h,
		   unsigned int len, unsigned int len6)
{
	if (likely(len6 <= IPV6_MIN_MTU))
		return true;
	return h->frag_off & htons(IP_DF) && len <= mtu4(f->in) &&
	       len6 <= mtu6(f->out);
}

static bool follow46(struct m46_follow *f, struct sk_buff *skb)
{
	const unsigned int grow = sizeof(struct ipv6hdr) -
				  sizeof(struct iphdr);
	const struct iphdr *h = ip_hdr(skb);
	unsigned int len = ntohs(h->tot_len);
	u8 proto = h->protocol;
	struct ipv6hdr *h6;
	u8 tos, ttl;

	if (len < sizeof(*h) || !is_sum4_good(h) ||
	    !fits46(f, h, len, len + grow) || !trim(skb, len) ||
	    !is_simple_l4(skb, proto, sizeof(*h)) ||
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
	h6->hop_limit = ttl - 1;
	adjust(f, skb, proto, sizeof(*h6));
	finish(f, skb, htons(ETH_P_IPV6), sizeof(*h6));
	return true;
}

static void build4(const struct m46_follow *f, struct iphdr *h, u8 proto,
		   u8 tclass, u8 ttl, unsigned int len)
{
	const struct m46_xlat_cfg *cfg = &f->cfg->xlat;

	*h = f->r->head.ip4;
	h->tos = cfg->tos_override != M46_TOS_OVERRIDE_OFF ?
		 cfg->tos_override : tclass;
	h->tot_len = htons(len);
	h->ttl = ttl;
	h->protocol = proto;
	h->id = 0;
	h->frag_off = 0;
	if (len <= IPV6_MIN_MTU - 20 || cfg->df_clear)
		m46_ident(f->m46, h, 1);
	else
		h->frag_off = htons(IP_DF);
	h->check = 0;
	h->check = ip_fast_csum(h, sizeof(*h) / 4);
}

static bool follow64(struct m46_follow *f, struct sk_buff *skb)
{
	const struct ipv6hdr *h6 = ipv6_hdr(skb);
	unsigned int len6 = sizeof(*h6) + ntohs(h6->payload_len);
	const unsigned int less = sizeof(*h6) - sizeof(struct iphdr);
	u8 proto = h6->nexthdr;
	u8 tclass, ttl;

	if (has_pmtu(f->out) ||
	    (len6 > IPV6_MIN_MTU &&
	     (len6 > mtu6(f->in) || len6 - less > mtu4(f->out) ||
	      len6 - less > f->r->mtu)))
		return false;
	if (!trim(skb, len6) || !is_simple_l4(skb, proto, sizeof(*h6)) ||
	    !is_ready4(f, skb, f->r->head.ip4.daddr, 0) || !has_entries(f))
		return false;
	count_in(f, skb);
	h6 = ipv6_hdr(skb);
	tclass = ipv6_get_dsfield(h6);
	ttl = h6->hop_limit - 1;
	build4(f, __skb_pull(skb, less), proto, tclass, ttl, len6 - less);
	adjust(f, skb, proto, sizeof(struct iphdr));
	finish(f, skb, htons(ETH_P_IP), sizeof(struct iphdr));
	set_priority4(f, skb);
	return true;
}

static bool follow66(struct m46_follow *f, struct sk_buff *skb)
{
	struct ipv6hdr *h = ipv6_hdr(skb);
	unsigned int len = sizeof(*h) + ntohs(h->payload_len);
	u8 proto = h->nexthdr;

	if (len > IPV6_MIN_MTU && (len > mtu6(f->in) || len > mtu6(f->out)))
		return false;
	if (!trim(skb, len) || !is_simple_l4(skb, proto, sizeof(*h)) ||
	    !is_ready6(f, skb, &f->r->head.ip6.daddr, 0) || !has_entries(f))
		return false;
	count_in(f, skb);
	h = ipv6_hdr(skb);
	h->addrs = f->r->head.ip6.addrs;
	h->hop_limit--;
	adjust(f, skb, proto, sizeof(*h));
	finish(f, skb, htons(ETH_P_IPV6), sizeof(*h));
	return true;
}

static bool follow_encap6(struct m46_follow *f, struct sk_buff *skb)
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
	    (len + hlen > IPV6_MIN_MTU &&
	     (len > mtu4(f->in) || len + hlen > mtu6(f->out))) ||
	    !trim(skb, len) || !is_no_syn(f, skb, proto, sizeof(*h)) ||
	    !is_ready6(f, skb, &f->r->head.ip6.daddr, hlen))
		return false;
	if (enc->flow_hash)
		label = skb_get_hash(skb) & 0xfffff;
	skb_set_transport_header(skb, sizeof(*h));
	iptunnel_handle_offloads(skb, SKB_GSO_IPXIP6);
	skb_set_inner_ipproto(skb, IPPROTO_IPIP);
	encapsulation = skb->encapsulation;
	count_in(f, skb);
	set_priority4(f, skb);
	ip_decrease_ttl(ip_hdr(skb));
	tclass = m46_encap_tclass(f->cfg, ip_hdr(skb)->tos);
	h6 = __skb_push(skb, hlen);
	memcpy(h6, &f->r->head, hlen);
	*(__be32 *)h6 = htonl(6 << 28 | tclass << 20 | label);
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
	if (h->version != 4 || !is_sum4_good(h) || h->ttl <= 1 ||
	    h->saddr != head->saddr || h->daddr != head->daddr ||
	    (h->tos ^ head->tos) & ~INET_ECN_MASK || len < sizeof(*h) ||
	    (h->tos ^ ipv6_get_dsfield(ipv6_hdr(skb))) & INET_ECN_MASK)
		return false;
	if (has_pmtu(f->out) ||
	    (hlen + len > IPV6_MIN_MTU &&
	     (hlen + len > mtu6(f->in) || len > mtu4(f->out))))
		return false;
	return ntohs(ipv6_hdr(skb)->payload_len) == len &&
	       trim(skb, hlen + len);
}

static bool follow_decap6(struct m46_follow *f, struct sk_buff *skb)
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
	m46_ident(f->m46, h, 1);
	ip_send_check(h);
	skb_dst_set_noref(skb, f->out);
	skb->dev = f->out->dev;
	skb->protocol = htons(ETH_P_IP);
	count_done(f);
}

static bool follow_encap4(struct m46_follow *f, struct sk_buff *skb)
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
	iptunnel_handle_offloads(skb, SKB_GSO_IPXIP4);
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

static bool follow_decap4(struct m46_follow *f, struct sk_buff *skb)
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

bool m46_recipe_follow(struct m46_follow *f, struct sk_buff *skb)
{
	if (skb_is_gso(skb))
		return false;
	switch (f->r->kind) {
	case M46_RECIPE_46:
		return follow46(f, skb);
	case M46_RECIPE_64:
		return follow64(f, skb);
	case M46_RECIPE_66:
		return follow66(f, skb);
	case M46_RECIPE_ENCAP6:
		return follow_encap6(f, skb);
	case M46_RECIPE_DECAP6:
		return follow_decap6(f, skb);
	case M46_RECIPE_ENCAP4:
		return follow_encap4(f, skb);
	case M46_RECIPE_DECAP4:
		return follow_decap4(f, skb);
	}
	return false;
}
