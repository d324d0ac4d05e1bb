// SPDX-License-Identifier: GPL-2.0
/* Route lookups: MTU of the next hop, source addresses of our own. */
#include <linux/inetdevice.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "route.h"

u32 m46_route_mtu4(struct net_device *dev, u32 mark, __be32 saddr,
		   __be32 daddr)
{
	struct flowi4 fl4 = {
		.flowi4_iif = dev->ifindex,
		.flowi4_mark = mark,
		.saddr = saddr,
		.daddr = daddr,
	};
	struct net *net = dev_net(dev);
	struct fib_result res = {};
	u32 mtu;

	if (fib_lookup(net, &fl4, &res, FIB_LOOKUP_NOREF) ||
	    res.type != RTN_UNICAST)
		return M46_MTU_UNKNOWN;
	/* What ip_forward() compares with; 0 where the route names none. */
	mtu = res.fi->fib_mtu;
	return mtu ? mtu : READ_ONCE(FIB_RES_DEV(res)->mtu);
}

u32 m46_route_mtu6(struct net_device *dev, u32 mark,
		   const struct in6_addr *saddr, const struct in6_addr *daddr)
{
	struct flowi6 fl6 = {
		.flowi6_iif = dev->ifindex,
		.flowi6_mark = mark,
		.daddr = *daddr,
	};
	struct net *net = dev_net(dev);
	u32 mtu = M46_MTU_UNKNOWN;
	struct dst_entry *dst;
	int flags = 0;

	if (saddr) {
		fl6.saddr = *saddr;
		flags = RT6_LOOKUP_F_HAS_SADDR;
	}
	dst = ip6_route_input_lookup(net, dev, &fl6, NULL, flags);
	if (!dst->error && !(dst->dev->flags & IFF_LOOPBACK))
		mtu = max_t(u32, dst_mtu(dst), IPV6_MIN_MTU);
	dst_release(dst);
	return mtu;
}

struct dst_entry *m46_route_input6(const struct sk_buff *skb,
				   struct net_device *dev)
{
	const struct ipv6hdr *h = ipv6_hdr(skb);
	struct flowi6 fl6 = {
		.flowi6_iif = dev->ifindex,
		.flowi6_mark = skb->mark,
		.flowi6_proto = h->nexthdr,
		.flowlabel = ip6_flowinfo(h),
		.daddr = h->daddr,
		.saddr = h->saddr,
	};

	return ip6_route_input_lookup(dev_net(dev), dev, &fl6, skb,
				      RT6_LOOKUP_F_HAS_SADDR);
}

/*
 * Has the route a next hop of its own, and no other? A nexthop object has one
 * dst for all routes that name it, and ip6_dst_check() does not notice when one
 * of these, or the object, goes.
 */
static bool is_simple6(const struct rt6_info *rt)
{
	const struct fib6_info *from = rcu_dereference(rt->from);

	return from && !from->nh && !from->fib6_nsiblings;
}

bool m46_route_keepable6(const struct dst_entry *dst)
{
	const struct rt6_info *rt = (const struct rt6_info *)dst;

	/* what routers advertise, they change without a trace, too */
	return !dst->error && !dst->lwtstate &&
	       !(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST | RTF_REJECT |
				   RTF_DEFAULT | RTF_ROUTEINFO)) &&
	       is_simple6(rt);
}

bool m46_route_leads6(struct net_device *dev, u32 mark,
		      const struct in6_addr *addr)
{
	struct flowi6 fl6 = {
		.flowi6_iif = LOOPBACK_IFINDEX,
		.flowi6_oif = l3mdev_master_ifindex_rcu(dev),
		.flowi6_mark = mark,
		.daddr = *addr,
	};
	struct dst_entry *dst = ip6_route_output(dev_net(dev), NULL, &fl6);
	bool leads = !dst->error && dst->dev == dev;

	dst_release(dst);
	return leads;
}

bool m46_route_source4(struct net_device *dev, __be32 daddr, __be32 *saddr)
{
	struct flowi4 fl4 = {
		.flowi4_oif = l3mdev_master_ifindex_rcu(dev),
		.daddr = daddr,
	};
	struct rtable *rt;

	rt = ip_route_output_key(dev_net(dev), &fl4);
	if (IS_ERR(rt))
		return false;
	*saddr = fl4.saddr;
	ip_rt_put(rt);
	return *saddr;
}

bool m46_route_source6(struct net_device *dev, const struct in6_addr *daddr,
		       struct in6_addr *saddr)
{
	struct flowi6 fl6 = {
		.flowi6_oif = l3mdev_master_ifindex_rcu(dev),
		.daddr = *daddr,
	};
	struct dst_entry *dst;

	dst = ip6_dst_lookup_flow(dev_net(dev), NULL, &fl6, NULL);
	if (IS_ERR(dst))
		return false;
	*saddr = fl6.saddr;
	dst_release(dst);
	/* A link-local one would not get past the next router. */
	return !ipv6_addr_any(saddr) &&
	       !(ipv6_addr_type(saddr) & IPV6_ADDR_LINKLOCAL);
}
