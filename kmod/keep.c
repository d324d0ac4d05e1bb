// SPDX-License-Identifier: GPL-2.0
/* Routes that are kept, see keep.h. */
#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/route.h>

#include "compat.h"
#include "flows.h"
#include "keep.h"
#include "m46.h"
#include "route.h"

static void release(void *slot)
{
	dst_release(((struct m46_kept *)slot)->dst);
}

static struct lock_class_key keep_lock_class;

const struct m46_flow_kind m46_kept_kind = {
	.size = sizeof(struct m46_kept),
	.release = release,
	.name = "m46_keep",
	.lock_class = &keep_lock_class,
};

static bool is_for(const struct m46_kept *kept, const struct sk_buff *skb)
{
	const struct iphdr *h = ip_hdr(skb);

	return kept->saddr == h->saddr && kept->daddr == h->daddr &&
	       kept->mark == skb->mark &&
	       kept->dscp == (h->tos & INET_DSCP_MASK);
}

/*
 * What ipv4_dst_check() finds out, see tunnel.c. In an empty slot there is no
 * route, whomever it may look valid for.
 */
static bool is_valid(const struct m46_kept *kept, const struct sk_buff *skb)
{
	return kept->conf == m46_route_conf4(skb->dev) &&
	       kept->stamp == (u32)rt_genid_ipv4(dev_net(skb->dev)) &&
	       (!kept->dst ||
		READ_ONCE(kept->dst->obsolete) == DST_OBSOLETE_FORCE_CHK);
}

static bool is_forwarded(const struct rtable *rt)
{
	return rt->rt_type == RTN_UNICAST && !rt->dst.lwtstate;
}

static struct dst_entry *lookup(struct sk_buff *skb)
{
	const struct iphdr *h = ip_hdr(skb);
	struct dst_entry *dst = NULL;

	if (ip_route_input(skb, h->daddr, h->saddr,
			   inet_dsfield_to_dscp(h->tos), skb->dev))
		return NULL;
	/* of several next hops, who knows what the choice has hung on */
	if (is_forwarded(skb_rtable(skb)) &&
	    !(IPCB(skb)->flags & IPSKB_MULTIPATH)) {
		dst = skb_dst(skb);
		dst_hold(dst);
	}
	IPCB(skb)->flags = 0;
	skb_dst_drop(skb);
	return dst;
}

static u32 hash_of(const struct sk_buff *skb)
{
	const struct iphdr *h = ip_hdr(skb);
	u64 pair = (u64)(__force u32)h->saddr << 32 | (__force u32)h->daddr;

	/* all that is_for() compares, or two flows of a pair take turns */
	return hash_64(pair ^ rol64(skb->mark, 16) ^
		       (u64)(h->tos & INET_DSCP_MASK) << 48, 32);
}

/* This CPU's slot. The lock is held. */
static struct m46_kept *keep_slot(struct m46_flows __percpu *keep, u32 hash)
{
	struct m46_kept *slot = this_cpu_ptr(keep)->slot;

	return &slot[hash >> (32 - m46_flow_bits)];
}

static struct dst_entry *keep_new(struct m46_flows __percpu *keep,
				  struct sk_buff *skb, u32 hash)
{
	const struct iphdr *h = ip_hdr(skb);
	struct m46_kept kept = {
		.saddr = h->saddr,
		.daddr = h->daddr,
		.mark = skb->mark,
		.dscp = h->tos & INET_DSCP_MASK,
		/* these before the route itself is asked for */
		.stamp = rt_genid_ipv4(dev_net(skb->dev)),
		.conf = m46_route_conf4(skb->dev),
	};
	struct m46_kept *slot;
	struct dst_entry *old;

	kept.dst = lookup(skb);
	local_lock_nested_bh(&keep->lock);
	slot = keep_slot(keep, hash);
	kept.next = slot->next;
	old = slot->dst;
	*slot = kept;
	local_unlock_nested_bh(&keep->lock);
	/* Packets that have borrowed it are in a read-side section of RCU. */
	dst_release(old);
	return kept.dst;
}

/* Do routing rules ask for more than a slot knows? */
static bool asks_ports(const struct net *net)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	return net->ipv4.fib_rules_require_fldissect;
#else
	return false;
#endif
}

struct dst_entry *m46_keep_route4(struct m46_dev *m46, struct sk_buff *skb)
{
	struct m46_flows __percpu *keep = m46->keep;
	u32 hash = hash_of(skb);
	bool is_mine, found, may_keep;
	struct m46_kept *slot;
	struct dst_entry *dst;

	if (!netif_running(m46->dev) || asks_ports(dev_net(m46->dev)))
		return NULL;
	local_lock_nested_bh(&keep->lock);
	slot = keep_slot(keep, hash);
	is_mine = is_for(slot, skb);
	found = is_mine && is_valid(slot, skb);
	dst = slot->dst;
	may_keep = m46_flows_may_have(this_cpu_ptr(keep), &slot->next, is_mine,
				      hash);
	local_unlock_nested_bh(&keep->lock);
	if (found)
		return dst;
	return may_keep ? keep_new(keep, skb, hash) : NULL;
}
