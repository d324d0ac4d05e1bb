// SPDX-License-Identifier: GPL-2.0
/* What is done to the packets of a flow, see recipe.h. */
#include <net/dst_metadata.h>
#include <net/ip.h>
#include <net/route.h>

#include "adpt.h"
#include "config.h"
#include "fib.h"
#include "flows.h"
#include "m46.h"
#include "map.h"
#include "md.h"
#include "recipe_follow.h"
#include "send.h"
#include "table.h"
#include "tunnel.h"
#include "xmit.h"

/* ------------------------------------------------------------ noting down */

void m46_recipe_begin(struct m46_recipe *r, struct m46_dev *m46,
		      const struct m46_cfg *cfg, u64 map_gen)
{
	r->kind = M46_RECIPE_NONE;
	r->m46 = m46;
	r->cfg_gen = cfg->gen;
	r->map_gen = map_gen;
	r->src = NULL;
	r->dst = NULL;
	r->checked = (u32)jiffies - 1;
	r->ident.saddr = 0;
	r->ident.left = 0;
	r->asks_fib = m46->mode == M46_MODE_ADPT && cfg->md == M46_MD_FIB;
	if (!r->asks_fib)
		return;
	r->fib_gen = rt_genid_ipv4(dev_net(m46->dev));
	/* routes are looked up after that */
	smp_rmb();
}

void m46_recipe_note(struct m46_recipe *r, enum m46_recipe_kind kind,
		     __wsum delta, unsigned int count)
{
	r->kind = kind;
	r->delta = delta;
	r->count = count;
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

void m46_recipe_note_map(struct m46_recipe *r, const struct m46_map *map,
			 enum m46_recipe_kind kind, __wsum delta,
			 unsigned int count, __be32 saddr)
{
	if (!r || (r->asks_fib && !is_told_of_fib(map, kind, saddr)))
		return;
	if (map->cfg->mode == M46_MODE_M46T) {
		r->src = map->src;
		r->dst = map->dst;
	}
	m46_recipe_note(r, kind, delta, count);
}

static u32 mtu_of(const struct dst_entry *dst)
{
	return dst->ops->family == AF_INET6 ? mtu6(dst) : mtu4(dst);
}

bool m46_recipe_end(struct m46_recipe *r, const struct sk_buff *skb,
		    const struct dst_entry *in, const struct dst_entry *out)
{
	unsigned int len;

	if (r->kind == M46_RECIPE_NONE ||
	    (skb_is_gso(skb) && r->kind > M46_RECIPE_66))
		return false;
	/* so that no packet up to this size has to ask */
	if ((in && mtu_of(in) < IPV6_MIN_MTU) ||
	    (out && mtu_of(out) < IPV6_MIN_MTU))
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

/* -------------------------------------------------------------- following */

static __always_inline bool holds(struct m46_follow *f)
{
	const struct m46_recipe *r = f->r;

	f->cfg = rcu_dereference(f->m46->cfg);
	return r->cfg_gen == f->cfg->gen &&
	       r->map_gen == m46_map_gen(f->m46) &&
	       (!r->asks_fib ||
		r->fib_gen == (u32)rt_genid_ipv4(dev_net(f->m46->dev)));
}

bool m46_recipe_holds(struct m46_follow *f)
{
	const struct m46_recipe *r = f->r;

	/* the device that the route leads into, or that receivers would find */
	if (r->kind == M46_RECIPE_DECAP4 ? r->map_gen != m46_tunnel_gen() :
					   netdev_priv(f->in->dev) != r->m46)
		return false;
	f->m46 = r->m46;
	return netif_running(f->m46->dev) && holds(f);
}

/*
 * m46t: are the hosts' entries still good? Restart their timers. Once a jiffy,
 * which is much less than a tick: but for the time, whatever ends an entry
 * changes the generation.
 */
bool m46_recipe_may_use_entries(const struct m46_follow *f)
{
	struct m46_recipe *r = f->r;
	u32 now = m46_ticks();

	if ((r->src && !m46_entry_live(r->src, now)) ||
	    (r->dst && !m46_entry_live(r->dst, now)))
		return false;
	if (r->src)
		m46_m46t_refresh(f->cfg, r->src, now);
	if (r->dst && f->cfg->refresh_from_v4)
		m46_m46t_refresh(f->cfg, r->dst, now);
	r->checked = jiffies;
	return true;
}

bool m46_recipe_follow(struct m46_follow *f, struct sk_buff *skb)
{
	f->is_gso = skb_is_gso(skb);
	/* a tunnel's are of another kind inside and outside */
	if (f->is_gso && f->r->kind > M46_RECIPE_66)
		return false;
	switch (f->r->kind) {
	case M46_RECIPE_46:
		return m46_follow46(f, skb);
	case M46_RECIPE_64:
		return m46_follow64(f, skb);
	case M46_RECIPE_66:
		return m46_follow66(f, skb);
	case M46_RECIPE_ENCAP6:
		return m46_follow_encap6(f, skb);
	case M46_RECIPE_DECAP6:
		return m46_follow_decap6(f, skb);
	case M46_RECIPE_ENCAP4:
		return m46_follow_encap4(f, skb);
	case M46_RECIPE_DECAP4:
		return m46_follow_decap4(f, skb);
	}
	return false;
}

/* --------------------------------------------------------- the default path */

static struct lock_class_key recipe_lock_class;

const struct m46_flow_kind m46_rslot_kind = {
	.size = sizeof(struct m46_rslot),
	.name = "m46_recipes",
	.lock_class = &recipe_lock_class,
};

/* This CPU's slot for the hash of 32 bits. The lock is held. */
static struct m46_rslot *recipe_slot(struct m46_flows __percpu *recipes,
				     u32 hash)
{
	struct m46_rslot *slot = this_cpu_ptr(recipes)->slot;

	return &slot[hash >> (32 - m46_flow_bits)];
}

/* What ndo_start_xmit() may be given that no recipe is for. */
static bool is_plain(const struct sk_buff *skb)
{
	const struct iphdr *h = (struct iphdr *)skb->data;

	if (skb->protocol == htons(ETH_P_IPV6))
		return skb_headlen(skb) >= sizeof(struct ipv6hdr) &&
		       h->version == 6;
	return skb->protocol == htons(ETH_P_IP) &&
	       skb_headlen(skb) >= sizeof(*h) && h->version == 4 &&
	       h->ihl == sizeof(*h) / 4 && !ip_is_fragment(h);
}

/* md fib: is it the same rule that the packet's own route is? */
static bool is_same_rule(const struct m46_follow *f, const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	/* another edge's packet for another edge */
	if (skb->skb_iif == f->m46->dev->ifindex)
		return false;
	if (skb->protocol != htons(ETH_P_IP))
		return true;
	return skb_valid_dst(skb) && skb_dst(skb)->ops->family == AF_INET &&
	       rt->rt_gw_family == AF_INET6 &&
	       !rt->rt_gw6.s6_addr32[3] &&
	       m46_same_top(&f->r->head.ip6.daddr, rt->rt_gw6.s6_addr32);
}

/* Is it done to packets of the key's family? */
static bool is_of_family(const struct m46_recipe *r, const struct m46_key *key)
{
	bool is4 = r->kind == M46_RECIPE_46 || r->kind == M46_RECIPE_ENCAP6;

	return is4 == m46_key_is4(key);
}

bool m46_recipe_xmit(struct m46_dev *m46, struct sk_buff *skb,
		     struct m46_key *key)
{
	struct m46_flows __percpu *recipes = m46->recipes;
	bool forwarded = m46_forwarded(skb);
	struct m46_follow f = { .m46 = m46 };
	struct m46_rslot *slot;
	bool done, is_mine;
	u32 hash;

	key->w[5] = 0;
	if (!is_plain(skb))
		return false;
	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IPV6))
		m46_key6(key, skb, 0);
	else
		m46_key4(key, skb, 0);
	hash = m46_key_hash(key, 0, 32);
	local_lock_nested_bh(&recipes->lock);
	slot = recipe_slot(recipes, hash);
	f.r = &slot->recipe;
	is_mine = m46_key_same(&slot->key, key);
	done = is_mine && holds(&f) &&
	       (!f.r->asks_fib || is_same_rule(&f, skb));
	if (done) {
		f.hop_add = m46_hop_add(skb);
		done = m46_recipe_follow(&f, skb);
	}
	if (!m46_flows_may_have(this_cpu_ptr(recipes), &slot->next, is_mine,
				hash))
		key->w[5] = 0;
	local_unlock_nested_bh(&recipes->lock);
	if (done)
		m46_receive(m46, skb, forwarded);
	return done;
}

void m46_recipe_keep(struct m46_recipe *r, const struct m46_key *key,
		     const struct sk_buff *skb)
{
	struct m46_flows __percpu *recipes = r->m46->recipes;
	struct m46_rslot *slot;

	if (!is_of_family(r, key) ||
	    !m46_recipe_end(r, skb, NULL, NULL))
		return;
	local_lock_nested_bh(&recipes->lock);
	slot = recipe_slot(recipes, m46_key_hash(key, 0, 32));
	slot->key = *key;
	slot->recipe = *r;
	local_unlock_nested_bh(&recipes->lock);
}
