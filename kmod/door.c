// SPDX-License-Identifier: GPL-2.0
/* The way of IPv6 packets back into the stack, see door.h. */
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>

#include "door.h"
#include "keep6.h"
#include "m46.h"
#include "route.h"

/*
 * Where ip6_rcv_finish() goes with the door. Hooks may have changed addresses
 * and mark; NAT and TPROXY have dropped the door then, others need not.
 */
static int m46_door_input(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;
	struct dst_entry *dst = NULL;

	if (m46_is_m46(dev))
		dst = m46_keep_route6(netdev_priv(dev), skb);
	skb_dst_drop(skb);
	if (dst)
		skb_dst_set_noref(skb, dst);
	else
		skb_dst_set(skb, m46_route_input6(skb, dev));
	return dst_input(skb);
}

void m46_door_open(struct m46_dev *m46)
{
	struct net_device *dev = m46->dev;
	struct inet6_dev *idev;
	struct rt6_info *rt;

	ASSERT_RTNL();
	if (rtnl_dereference(m46->door))
		return;
	idev = in6_dev_get(dev);
	if (!idev)
		return;
	rt = ip6_dst_alloc(dev_net(dev), dev, 0);
	if (!rt) {
		in6_dev_put(idev);
		return;
	}
	/* whose packets these are, for ip6_rcv_core(): not the next hop's */
	rt->rt6i_idev = idev;
	rt->dst.input = m46_door_input;
	rcu_assign_pointer(m46->door, rt);
}

void m46_door_shut(struct m46_dev *m46)
{
	ASSERT_RTNL();
	m46->door_gone = rtnl_dereference(m46->door);
	RCU_INIT_POINTER(m46->door, NULL);
}

void m46_door_remove(struct m46_dev *m46)
{
	struct rt6_info *rt = m46->door_gone;

	ASSERT_RTNL();
	m46->door_gone = NULL;
	if (!rt)
		return;
	/*
	 * A packet in a queue of netfilter's may still refer to it: from here
	 * on it discards, and needs neither the device nor this module.
	 */
	dst_dev_put(&rt->dst);
	dst_release(&rt->dst);
}

bool m46_door_take(struct m46_dev *m46, struct sk_buff *skb)
{
	struct rt6_info *rt = rcu_dereference(m46->door);
	const struct ipv6hdr *h = ipv6_hdr(skb);

	if (!rt || m46_route_has_rules6(dev_net(m46->dev)) ||
	    ipv6_addr_is_multicast(&h->daddr) ||
	    /* IOAM asks for the real route, before it is looked up */
	    h->nexthdr == NEXTHDR_HOP ||
	    /* what is for a socket here, firewalls know the socket of */
	    !m46_keep_wants6(m46, &h->saddr, &h->daddr))
		return false;
	skb_dst_set_noref(skb, &rt->dst);
	return true;
}
