// SPDX-License-Identifier: GPL-2.0
/* Routes that are kept, see keep6.h. */
#include <linux/hash.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>

#include "compat.h"
#include "flows.h"
#include "keep6.h"
#include "m46.h"
#include "route.h"

static void release(void *slot)
{
	dst_release(((struct m46_kept6 *)slot)->dst);
}

static struct lock_class_key keep6_lock_class;

const struct m46_flow_kind m46_kept6_kind = {
	.size = sizeof(struct m46_kept6),
	.release = release,
	.name = "m46_keep6",
	.lock_class = &keep6_lock_class,
};

/*
 * Only then a route hangs on addresses alone: a host's choice among several
 * routers hangs on what it hears of them, too.
 */
static bool may_keep(const struct m46_dev *m46)
{
	struct net *net = dev_net(m46->dev);

	return netif_running(m46->dev) && !m46_route_has_rules6(net) &&
	       READ_ONCE(net->ipv6.devconf_all->forwarding);
}

static u32 stamp_now(const struct m46_dev *m46)
{
	return m46_route_stamp6(dev_net(m46->dev));
}

static u32 hash_of(const struct in6_addr *saddr, const struct in6_addr *daddr)
{
	return hash_64((u64)ipv6_addr_hash(saddr) << 32 | ipv6_addr_hash(daddr),
		       32);
}

/* This CPU's slot. The lock is held. */
static struct m46_kept6 *keep_slot(struct m46_flows __percpu *keep, u32 hash)
{
	struct m46_kept6 *slot = this_cpu_ptr(keep)->slot;

	return &slot[hash >> (32 - m46_flow_bits)];
}

static bool is_for(const struct m46_kept6 *slot, const struct in6_addr *saddr,
		   const struct in6_addr *daddr)
{
	return ipv6_addr_equal(&slot->saddr, saddr) &&
	       ipv6_addr_equal(&slot->daddr, daddr);
}

/*
 * What is kept for the addresses. Return: whether that is still what a lookup
 * would find; *dst is NULL where the stack is to see for itself.
 */
static bool keep_find(struct m46_dev *m46, const struct in6_addr *saddr,
		      const struct in6_addr *daddr, struct dst_entry **dst)
{
	struct m46_flows __percpu *keep = m46->keep6;
	const struct m46_kept6 *slot;
	u32 cookie;
	bool found;

	local_lock_nested_bh(&keep->lock);
	slot = keep_slot(keep, hash_of(saddr, daddr));
	found = is_for(slot, saddr, daddr) && slot->stamp == stamp_now(m46);
	*dst = slot->dst;
	cookie = slot->cookie;
	local_unlock_nested_bh(&keep->lock);
	return found && (!*dst || m46_route_is_valid6(*dst, cookie));
}

static struct dst_entry *keep_new(struct m46_dev *m46, struct sk_buff *skb)
{
	struct m46_flows __percpu *keep = m46->keep6;
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct m46_kept6 kept = {
		.saddr = h->saddr,
		.daddr = h->daddr,
		/* before the route itself is asked for */
		.stamp = stamp_now(m46),
	};
	u32 hash = hash_of(&kept.saddr, &kept.daddr);
	struct m46_kept6 *slot;
	struct dst_entry *gone;

	kept.dst = m46_route_input6(skb, m46->dev);
	if (m46_route_keepable6(kept.dst)) {
		kept.cookie = rt6_get_cookie((struct rt6_info *)kept.dst);
	} else {
		dst_release(kept.dst);
		kept.dst = NULL;
	}
	local_lock_nested_bh(&keep->lock);
	slot = keep_slot(keep, hash);
	/* m46_keep_wants6() is asked before a hook changes the addresses */
	if (slot->next == hash ||
	    m46_flows_may_have(this_cpu_ptr(keep), &slot->next,
			       is_for(slot, &kept.saddr, &kept.daddr), hash)) {
		kept.next = slot->next;
		gone = slot->dst;
		*slot = kept;
	} else {
		gone = kept.dst;
		kept.dst = NULL;
	}
	local_unlock_nested_bh(&keep->lock);
	/* Packets that have borrowed it are in a read-side section of RCU. */
	dst_release(gone);
	return kept.dst;
}

struct dst_entry *m46_keep_route6(struct m46_dev *m46, struct sk_buff *skb)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct dst_entry *dst;

	if (!may_keep(m46))
		return NULL;
	if (keep_find(m46, &h->saddr, &h->daddr, &dst))
		return dst;
	return keep_new(m46, skb);
}

bool m46_keep_wants6(struct m46_dev *m46, const struct in6_addr *saddr,
		     const struct in6_addr *daddr)
{
	struct m46_flows __percpu *keep = m46->keep6;
	u32 hash = hash_of(saddr, daddr);
	struct m46_kept6 *slot;
	bool is_mine, wants;

	local_lock_nested_bh(&keep->lock);
	slot = keep_slot(keep, hash);
	is_mine = is_for(slot, saddr, daddr);
	wants = m46_flows_may_have(this_cpu_ptr(keep), &slot->next, is_mine,
				   hash) &&
		(!is_mine || slot->dst || slot->stamp != stamp_now(m46));
	local_unlock_nested_bh(&keep->lock);
	return wants;
}

u32 m46_keep_mtu6(struct m46_dev *m46, u32 mark, const struct in6_addr *saddr,
		  const struct in6_addr *daddr)
{
	struct dst_entry *dst;

	if (may_keep(m46) && keep_find(m46, saddr, daddr, &dst) && dst)
		return max_t(u32, dst_mtu(dst), IPV6_MIN_MTU);
	return m46_route_mtu6(m46->dev, mark, saddr, daddr);
}
