// SPDX-License-Identifier: GPL-2.0
/*
 * The fast path (see fast.h): what a packet meets. Routes are looked up as the
 * stack would, on the way in and on the way out, and kept per CPU for as long
 * as the stack itself would keep them; and with them what was done to the flow
 * between the two, for as long as rules, entries and settings are the same (see
 * recipe.h).
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <net/dsfield.h>
#include <net/inet_dscp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/sock.h>

#include "compat.h"
#include "config.h"
#include "fast.h"
#include "fast_port.h"
#include "key.h"
#include "m46.h"
#include "recipe.h"
#include "route.h"
#include "tunnel.h"
#include "xmit.h"

/* --------------------------------------------------------------- the cache */

/* This CPU's slot of that number. The lock is held. */
static struct m46_fslot *fslot(struct m46_flows __percpu *cache, u32 idx)
{
	return (struct m46_fslot *)this_cpu_ptr(cache)->slot + idx;
}

/* What is in a tunnel are many flows. */
static u64 hash_inside(const struct sk_buff *skb)
{
	const struct in6_addr *addr;

	if (skb->protocol != htons(ETH_P_IP) ||
	    ip_hdr(skb)->protocol != IPPROTO_IPV6 ||
	    skb_headlen(skb) < sizeof(struct iphdr) + sizeof(struct ipv6hdr))
		return 0;
	addr = &((struct ipv6hdr *)(ip_hdr(skb) + 1))->saddr;
	return (u64)ipv6_addr_hash(addr) << 32 | ipv6_addr_hash(addr + 1);
}

static bool has_ipv6(const struct net_device *dev)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && !READ_ONCE(idev->cnf.disable_ipv6);
}

/*
 * What ipv4_dst_check() finds out, see tunnel.c; a refusal has no dst. Inlined
 * by force: of both routes of every packet it is asked.
 */
static __always_inline bool is_valid4(const struct m46_froute *r,
				      const struct net_device *dev,
				      struct net *net)
{
	return r->stamp == (u32)rt_genid_ipv4(net) &&
	       r->conf == m46_route_conf4(dev) &&
	       (!r->dst ||
		READ_ONCE(r->dst->obsolete) == DST_OBSOLETE_FORCE_CHK);
}

/* The cookie knows of its own table only. */
static __always_inline bool is_valid6(const struct m46_froute *r,
				      struct net *net)
{
	return r->dst && !m46_route_has_rules6(net) &&
	       r->stamp == m46_route_stamp6(net) &&
	       m46_route_is_valid6(r->dst, r->cookie);
}

/* dev: where packets come in that have the route. */
static __always_inline bool is_valid(const struct m46_froute *r, bool is6,
				     const struct net_device *dev,
				     struct net *net)
{
	return is6 ? is_valid6(r, net) : is_valid4(r, dev, net);
}

/*
 * A route for the packet, which is to be asked for after this: what will tell
 * whether it is still the one.
 */
static struct m46_froute route_begin(const struct sk_buff *skb,
				     const struct m46_key *key)
{
	struct net *net = dev_net(skb->dev);
	struct m46_froute r = { .key = *key };

	if (skb->protocol == htons(ETH_P_IPV6)) {
		r.stamp = m46_route_stamp6(net);
		return r;
	}
	r.stamp = rt_genid_ipv4(net);
	r.conf = m46_route_conf4(skb->dev);
	/* as the other one does: the route is looked up after that */
	smp_rmb();
	return r;
}

/* Takes over the reference to new->dst, which may be NULL. */
static void keep_route(const struct m46_fast *fast,
		       const struct m46_froute *new, bool is_out,
		       enum m46_fkind kind)
{
	struct m46_flows __percpu *cache = fast->port->cache;
	struct m46_fslot *slot;
	struct m46_froute *r;
	struct dst_entry *old;

	local_lock_nested_bh(&cache->lock);
	slot = fslot(cache, fast->idx);
	r = is_out ? &slot->out : &slot->in;
	old = r->dst;
	*r = *new;
	if (!is_out)
		slot->kind = kind;
	slot->recipe.kind = M46_RECIPE_NONE;
	local_unlock_nested_bh(&cache->lock);
	/* Packets that have borrowed it are in a read-side section of RCU. */
	dst_release(old);
}

/*
 * Note what has been done to the packet that goes by the routes of its slot, or
 * by a route of the device's own; key: what out was looked up by. On PREEMPT_RT
 * the slot may have become another flow's meanwhile, with the same routes.
 */
static void keep_recipe(const struct m46_fast *fast, const struct sk_buff *skb,
			const struct dst_entry *out,
			const struct m46_key *key)
{
	struct m46_flows __percpu *cache = fast->port->cache;
	struct m46_fslot *slot;

	if (fast->recipe->kind == M46_RECIPE_NONE)
		return;
	local_lock_nested_bh(&cache->lock);
	slot = fslot(cache, fast->idx);
	if (m46_key_same(&slot->in.key, &fast->key) &&
	    slot->in.dst == fast->in &&
	    (!out || (out == slot->out.dst &&
		      m46_key_same(&slot->out.key, key))) &&
	    m46_recipe_end(fast->recipe, skb, slot->in.dst, out))
		slot->recipe = *fast->recipe;
	local_unlock_nested_bh(&cache->lock);
}

/* ------------------------------------------------------------------ way in */

/* Does IPsec have a say, or do routing rules look at ports? */
static bool is_special(const struct net *net)
{
#ifdef CONFIG_XFRM
	/* the first three in one */
	if (net->xfrm.policy_count[XFRM_POLICY_IN] |
	    net->xfrm.policy_count[XFRM_POLICY_FWD] |
	    net->xfrm.policy_count[XFRM_POLICY_OUT])
		return true;
	if (net->xfrm.policy_default[XFRM_POLICY_IN] ==
	    XFRM_USERPOLICY_BLOCK ||
	    net->xfrm.policy_default[XFRM_POLICY_FWD] ==
	    XFRM_USERPOLICY_BLOCK ||
	    net->xfrm.policy_default[XFRM_POLICY_OUT] ==
	    XFRM_USERPOLICY_BLOCK)
		return true;
#endif
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (net->ipv4.fib_rules_require_fldissect)
		return true;
#endif
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	if (net->ipv6.fib6_rules_require_fldissect)
		return true;
#endif
	return false;
}

static struct dst_entry *route_in4(struct sk_buff *skb, enum m46_fkind *kind)
{
	const struct iphdr *h = ip_hdr(skb);
	const struct rtable *rt;
	struct dst_entry *dst;

	*kind = M46_FAST_NONE;
	if (ip_route_input(skb, h->daddr, h->saddr,
			   inet_dsfield_to_dscp(h->tos), skb->dev))
		return NULL;
	dst = skb_dst(skb);
	rt = (const struct rtable *)dst;
	if (rt->rt_type == RTN_LOCAL)
		*kind = M46_FAST_LOCAL;
	else if (rt->rt_type == RTN_UNICAST && m46_is_m46(dst->dev) &&
		 !dst->lwtstate)
		*kind = M46_FAST_DEV;
	/* of what is none of ours, it is enough to know that */
	if (*kind == M46_FAST_NONE)
		dst = NULL;
	else
		dst_hold(dst);
	skb_dst_drop(skb);
	return dst;
}

/* Does the packet inside go by the same route as the one before it? */
static bool is_same_inside(const struct m46_fslot *slot,
			   const struct sk_buff *skb)
{
	const struct ipv6hdr *h = (struct ipv6hdr *)(ip_hdr(skb) + 1);
	const struct m46_key *key = &slot->out.key;

	/* what m46_key6() puts there; mark and interface have not changed */
	return skb_headlen(skb) >= sizeof(struct iphdr) + sizeof(*h) &&
	       !memcmp(key->w, &h->addrs, sizeof(h->addrs)) &&
	       key->w[5] == m46_key_last(ipv6_get_dsfield(h), true);
}

/*
 * Do to the packet what was done to the one before it, if that still holds. The
 * lock is held. Return: whether it only has to be sent.
 */
static bool follow(struct m46_fslot *slot, struct sk_buff *skb,
		   struct m46_follow *f)
{
	u8 kind = slot->recipe.kind;

	if (kind == M46_RECIPE_NONE)
		return false;
	f->r = &slot->recipe;
	f->in = slot->in.dst;
	f->out = slot->out.dst;
	f->is_v6gw = false;
	if (!m46_recipe_holds(f))
		return false;
	if (kind != M46_RECIPE_ENCAP4 &&
	    !is_valid(&slot->out, kind != M46_RECIPE_64 &&
				  kind != M46_RECIPE_DECAP6,
		      f->m46->dev, dev_net(skb->dev)))
		return false;
	if (kind == M46_RECIPE_DECAP4 && !is_same_inside(slot, skb))
		return false;
	/* who sent it, on this machine, has been paid, as ip_rcv() would say */
	skb_orphan(skb);
	return m46_recipe_follow(f, skb);
}

/* Addresses that routers forward. */
static bool is_global6(const struct ipv6hdr *h)
{
	return (__ipv6_addr_type(&h->saddr) & __ipv6_addr_type(&h->daddr) &
		IPV6_ADDR_UNICAST) &&
	       !((__ipv6_addr_type(&h->saddr) | __ipv6_addr_type(&h->daddr)) &
		 (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_LOOPBACK));
}

/* Where the packet goes, by a route that is kept. It gets the route. */
static enum m46_fkind fast_in(struct m46_fast *fast, struct sk_buff *skb)
{
	struct m46_flows __percpu *cache = fast->port->cache;
	bool is6 = skb->protocol == htons(ETH_P_IPV6);
	const struct m46_key *key = &fast->key;
	struct net *net = dev_net(skb->dev);
	enum m46_fkind kind = M46_FAST_NONE;
	struct dst_entry *dst = NULL;
	bool found, is_done = false;
	struct m46_fslot *slot;
	struct m46_follow f;

	local_lock_nested_bh(&cache->lock);
	slot = fslot(cache, fast->idx);
	found = m46_key_same(&slot->in.key, key) &&
		is_valid(&slot->in, is6, skb->dev, net);
	if (found) {
		is_done = follow(slot, skb, &f);
		kind = slot->kind;
		dst = slot->in.dst;
	}
	local_unlock_nested_bh(&cache->lock);
	if (is_done) {
		neigh_output(f.n, skb, f.is_v6gw);
		return M46_FAST_DONE;
	}
	if (!found) {
		struct m46_froute new = route_begin(skb, key);

		if (is6) {
			/* so that none with other addresses is ever found */
			if (!is_global6(ipv6_hdr(skb)))
				return M46_FAST_NONE;
			dst = m46_route_input6(skb, skb->dev);
			if (m46_route_keepable6(dst) && m46_is_m46(dst->dev))
				kind = M46_FAST_DEV;
			new.cookie = rt6_get_cookie((struct rt6_info *)dst);
		} else {
			dst = route_in4(skb, &kind);
		}
		new.dst = dst;
		keep_route(fast, &new, false, kind);
	}
	if (!dst)
		return M46_FAST_NONE;
	if (kind == M46_FAST_NONE)
		return kind;
	fast->in = dst;
	skb_dst_set_noref(skb, dst);
	/* who sent it, on this machine, has been paid, as ip_rcv() would say */
	skb_orphan(skb);
	return kind;
}

/* The device that the packet is routed into, if it wants it; NULL. */
static struct m46_dev *fast_dev(const struct m46_fast *fast,
				const struct sk_buff *skb)
{
	struct net_device *dev = READ_ONCE(skb_dst(skb)->dev);
	struct m46_dev *m46;

	if (!m46_is_m46(dev) || !netif_running(dev))
		return NULL;
	m46 = netdev_priv(dev);
	return m46_fast_wants(m46, rcu_dereference(m46->cfg), fast) ? m46 :
								       NULL;
}

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb->len <= mtu ||
	       (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/* What the core would cut or refuse in front of the device. */
static bool may_enter(const struct m46_dev *m46, const struct sk_buff *skb)
{
	netdev_features_t features = m46->dev->features;
	const struct dst_entry *dst = skb_dst(skb);

	if (skb->encapsulation)
		features &= m46->dev->hw_enc_features;
	if (skb_is_gso(skb) &&
	    !net_gso_ok(features, skb_shinfo(skb)->gso_type))
		return false;
	return fits(skb, skb->protocol == htons(ETH_P_IPV6) ?
		    ip6_dst_mtu_maybe_forward(dst, true) :
		    ip_dst_mtu_maybe_forward(dst, true));
}

static bool fast_into(struct m46_fast *fast, struct sk_buff *skb)
{
	struct m46_dev *m46 = fast_dev(fast, skb);

	if (!m46 || !may_enter(m46, skb))
		return false;
	if (m46->mode == M46_MODE_6TO4)
		return m46_encap_fast(m46, skb, fast);
	return m46_xmit_fast(m46, skb, fast);
}

/* What the stack alone can do: options, fragments, errors, the end of a TTL. */
static bool is_plain4(const struct iphdr *h)
{
	return h->version == 4 && h->ihl == sizeof(*h) / 4 &&
	       !ip_is_fragment(h) && h->ttl > 1 && h->protocol != IPPROTO_ICMP;
}

/* As ip_forward() does; ip6_forward() leaves it alone. */
static void set_priority4(struct sk_buff *skb, const struct net *net)
{
	if (READ_ONCE(net->ipv4.sysctl_ip_fwd_update_priority))
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
}

static bool fast4(struct m46_fast *fast, struct sk_buff *skb)
{
	bool done = false;

	if (!pskb_may_pull(skb, sizeof(struct iphdr)) ||
	    !is_plain4(ip_hdr(skb)))
		return false;
	m46_key4(&fast->key, skb, skb->dev->ifindex);
	fast->idx = m46_key_hash(&fast->key, hash_inside(skb),
				 m46_flow_bits);
	switch (fast_in(fast, skb)) {
	case M46_FAST_NONE:
		return false;
	case M46_FAST_DONE:
		return true;
	case M46_FAST_DEV:
		set_priority4(skb, dev_net(skb->dev));
		done = fast_into(fast, skb);
		break;
	case M46_FAST_LOCAL:
		done = ip_hdr(skb)->protocol == IPPROTO_IPV6 &&
		       m46_decap_fast(skb, fast);
		break;
	}
	if (!done)
		skb_dst_drop(skb);
	return done;
}

static bool is_plain6(const struct ipv6hdr *h)
{
	switch (h->nexthdr) {
	case NEXTHDR_HOP:
	case NEXTHDR_DEST:
	case NEXTHDR_ROUTING:
	case NEXTHDR_FRAGMENT:
	case NEXTHDR_ICMP:
		return false;
	}
	return h->version == 6 && h->hop_limit > 1;
}

static bool may_forward6(const struct net *net)
{
	return READ_ONCE(net->ipv6.devconf_all->forwarding);
}

static bool fast6(struct m46_fast *fast, struct sk_buff *skb)
{
	const struct ipv6hdr *h;

	if (!pskb_may_pull(skb, sizeof(*h)) || !has_ipv6(skb->dev) ||
	    !may_forward6(dev_net(skb->dev)))
		return false;
	h = ipv6_hdr(skb);
	if (!is_plain6(h))
		return false;
	m46_key6(&fast->key, skb, skb->dev->ifindex);
	fast->idx = m46_key_hash(&fast->key, hash_inside(skb),
				 m46_flow_bits);
	switch (fast_in(fast, skb)) {
	case M46_FAST_DEV:
		if (fast_into(fast, skb))
			return true;
		skb_dst_drop(skb);
		return false;
	case M46_FAST_DONE:
		return true;
	default:
		return false;
	}
}

/*
 * For somebody else than the IP stacks: a VLAN, a bridge, a VRF, a socket that
 * was chosen already; out of IPsec; or a guest's super-packet, which the core
 * verifies on the default path.
 */
static bool is_foreign(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_SWITCHDEV
	if (skb->offload_l3_fwd_mark)
		return true;
#endif
	return skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb) ||
	       skb_shared(skb) || skb_dst(skb) || skb_sec_path(skb) ||
	       netif_is_l3_slave(skb->dev) ||
	       skb_sk_is_prefetched((struct sk_buff *)skb) ||
	       rcu_access_pointer(skb->dev->rx_handler) ||
	       (skb_is_gso(skb) &&
		skb_shinfo(skb)->gso_type & SKB_GSO_DODGY);
}

unsigned int m46_fast_hook(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state)
{
	struct m46_recipe recipe;
	struct m46_fast fast;
	bool done = false;

	if (is_foreign(skb) || is_special(state->net))
		return NF_ACCEPT;
	recipe.kind = M46_RECIPE_NONE;
	fast.port = priv;
	fast.recipe = &recipe;
	fast.in = NULL;
	if (skb->protocol == htons(ETH_P_IPV6))
		done = fast6(&fast, skb);
	else if (skb->protocol == htons(ETH_P_IP))
		done = fast4(&fast, skb);
	return done ? NF_STOLEN : NF_ACCEPT;
}

/* ----------------------------------------------------------------- way out */

/* A neighbour that is known, and a head of our own with room for its header. */
static bool is_ready(struct sk_buff *skb, const struct neighbour *n,
		     const struct net_device *dev)
{
	return !IS_ERR(n) && READ_ONCE(n->nud_state) & NUD_VALID &&
	       !skb_cow_head(skb, LL_RESERVED_SPACE(dev));
}

static struct dst_entry *route_out4(struct sk_buff *skb)
{
	const struct iphdr *h = ip_hdr(skb);
	const struct rtable *rt;
	struct dst_entry *dst;

	if (ip_route_input(skb, h->daddr, h->saddr,
			   inet_dsfield_to_dscp(h->tos), skb->dev))
		return NULL;
	dst = skb_dst(skb);
	rt = (const struct rtable *)dst;
	if (rt->rt_type == RTN_UNICAST && !dst->lwtstate)
		dst_hold(dst);
	else
		dst = NULL;
	skb_dst_drop(skb);
	return dst;
}

static struct dst_entry *route_out6(struct sk_buff *skb)
{
	struct dst_entry *dst = m46_route_input6(skb, skb->dev);

	if (m46_route_keepable6(dst))
		return dst;
	dst_release(dst);
	return NULL;
}

/* The route of a packet that comes out of skb->dev, borrowed; *key: its key. */
static struct dst_entry *fast_out(const struct m46_fast *fast,
				  struct sk_buff *skb, struct m46_key *key)
{
	struct m46_flows __percpu *cache = fast->port->cache;
	bool is6 = skb->protocol == htons(ETH_P_IPV6);
	struct net *net = dev_net(skb->dev);
	struct dst_entry *dst = NULL;
	struct m46_froute *r, new;

	if (is6)
		m46_key6(key, skb, skb->dev->ifindex);
	else
		m46_key4(key, skb, skb->dev->ifindex);
	local_lock_nested_bh(&cache->lock);
	r = &fslot(cache, fast->idx)->out;
	if (r->dst && m46_key_same(&r->key, key) &&
	    is_valid(r, is6, skb->dev, net))
		dst = r->dst;
	local_unlock_nested_bh(&cache->lock);
	if (dst)
		return dst;
	new = route_begin(skb, key);
	dst = is6 ? route_out6(skb) : route_out4(skb);
	if (!dst)
		return NULL;
	new.dst = dst;
	new.cookie = is6 ? rt6_get_cookie((struct rt6_info *)dst) : 0;
	keep_route(fast, &new, true, M46_FAST_NONE);
	return dst;
}

static void fast_finish(struct sk_buff *skb, struct dst_entry *dst,
			struct neighbour *n, bool is_v6gw)
{
	skb_dst_set_noref(skb, dst);
	skb->skb_iif = skb->dev->ifindex;
	skb->dev = dst->dev;
	skb_forward_csum(skb);
	neigh_output(n, skb, is_v6gw);
}

static bool forward4(const struct m46_fast *fast, struct m46_dev *m46,
		     struct sk_buff *skb)
{
	struct net *net = dev_net(m46->dev);
	const struct iphdr *h = ip_hdr(skb);
	bool is_v6gw = false;
	struct dst_entry *dst;
	struct m46_key key;
	struct neighbour *n;

	if (h->ttl <= 1 || h->ihl != sizeof(*h) / 4)
		return false;
	dst = fast_out(fast, skb, &key);
	if (!dst || m46_is_m46(dst->dev) ||
	    !fits(skb, ip_dst_mtu_maybe_forward(dst, true)))
		return false;
	n = ip_neigh_for_gw((struct rtable *)dst, skb, &is_v6gw);
	if (!is_ready(skb, n, dst->dev))
		return false;
	dev_sw_netstats_rx_add(m46->dev, skb->len);
	m46_count(m46, M46_COUNT_FASTPATH);
	ip_decrease_ttl(ip_hdr(skb));
	set_priority4(skb, net);
	keep_recipe(fast, skb, dst, &key);
	fast_finish(skb, dst, n, is_v6gw);
	return true;
}

static bool forward6(const struct m46_fast *fast, struct m46_dev *m46,
		     struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct dst_entry *dst;
	struct m46_key key;
	struct neighbour *n;

	if (h->hop_limit <= 1 || h->nexthdr == NEXTHDR_HOP ||
	    !is_global6(h) || !has_ipv6(m46->dev) ||
	    !may_forward6(dev_net(m46->dev)))
		return false;
	dst = fast_out(fast, skb, &key);
	if (!dst || m46_is_m46(dst->dev) ||
	    !fits(skb, min(dst_mtu(dst), ip6_dst_mtu_maybe_forward(dst, true))))
		return false;
	n = ip_neigh_gw6(dst->dev, rt6_nexthop((struct rt6_info *)dst,
					       &h->daddr));
	if (!is_ready(skb, n, dst->dev))
		return false;
	dev_sw_netstats_rx_add(m46->dev, skb->len);
	m46_count(m46, M46_COUNT_FASTPATH);
	ipv6_hdr(skb)->hop_limit--;
	keep_recipe(fast, skb, dst, &key);
	fast_finish(skb, dst, n, false);
	return true;
}

bool m46_fast_forward(const struct m46_fast *fast, struct m46_dev *m46,
		      struct sk_buff *skb)
{
	skb->dev = m46->dev;
	return skb->protocol == htons(ETH_P_IPV6) ?
	       forward6(fast, m46, skb) : forward4(fast, m46, skb);
}

bool m46_fast_send4(const struct m46_fast *fast, struct m46_dev *m46,
		    struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct net_device *dev = rt->dst.dev;
	bool is_v6gw = false;
	struct neighbour *n;
	struct iphdr *h;

	if (m46_is_m46(dev) || rt->dst.lwtstate ||
	    !fits(skb, dst_mtu(&rt->dst)))
		return false;
	n = ip_neigh_for_gw(rt, skb, &is_v6gw);
	if (!is_ready(skb, n, dev))
		return false;
	m46_count(m46, M46_COUNT_FASTPATH);
	h = ip_hdr(skb);
	h->tot_len = htons(skb->len);
	ip_send_check(h);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IP);
	keep_recipe(fast, skb, NULL, NULL);
	neigh_output(n, skb, is_v6gw);
	return true;
}
