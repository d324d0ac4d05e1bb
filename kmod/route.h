/* SPDX-License-Identifier: GPL-2.0 */
/* What the routing tables say of a packet that leaves the device. */
#ifndef _M46_ROUTE_H
#define _M46_ROUTE_H

#include <linux/in6.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/net_namespace.h>

#define M46_MTU_UNKNOWN	65535

/*
 * MTU of the next hop that the stack will use for a packet received on dev,
 * M46_MTU_UNKNOWN where there is no route or it is local. mark and saddr are
 * what policy routing may ask for; saddr is 0 or NULL where it is not known.
 * Of a multipath route the first path counts: when the packet takes a narrower
 * one, the stack's own ICMP error comes back through the device. Holders of
 * rcu_read_lock().
 */
u32 m46_route_mtu4(struct net_device *dev, u32 mark, __be32 saddr,
		   __be32 daddr);
u32 m46_route_mtu6(struct net_device *dev, u32 mark,
		   const struct in6_addr *saddr, const struct in6_addr *daddr);

/* Are there routing rules? Their changes leave no trace in an IPv6 route. */
static inline bool m46_route_has_rules6(const struct net *net)
{
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	return net->ipv6.fib6_has_custom_rules;
#else
	return false;
#endif
}

/*
 * The route of an IPv6 packet received on dev, as ip6_route_input() looks it
 * up. The caller has the reference; errors are routes too. Holders of
 * rcu_read_lock().
 */
struct dst_entry *m46_route_input6(const struct sk_buff *skb,
				   struct net_device *dev);
/*
 * Does it lead to the next hop, the same one for all packets of a pair, and is
 * m46_route_is_valid6() told of all that can change that? Holders of
 * rcu_read_lock().
 */
bool m46_route_keepable6(const struct dst_entry *dst);

/*
 * Generation of the namespace's IPv6 routes; to be read before the route that
 * is to be kept with it. Deletions do not count: dst_check() knows of them.
 */
static inline u32 m46_route_stamp6(const struct net *net)
{
	return atomic_read_acquire(&net->ipv6.fib6_sernum);
}

/* dst_check() without its calls, where nothing is unusual about the route. */
static inline bool m46_route_is_current6(struct dst_entry *dst, u32 cookie)
{
	const struct rt6_info *rt = (const struct rt6_info *)dst;
	const struct fib6_info *from;
	u32 now;

	if (unlikely(rt->sernum || rt->rt6i_flags & RTF_EXPIRES))
		return dst_check(dst, cookie);
	from = rcu_dereference(rt->from);
	return from && READ_ONCE(dst->obsolete) == DST_OBSOLETE_FORCE_CHK &&
	       fib6_get_cookie_safe(from, &now) && now == cookie &&
	       !fib6_check_expired(from);
}

/*
 * Would a lookup still find the route, which is kept and has the stamp of now?
 * In some kernels a link that loses its carrier leaves no trace in routes.
 */
static inline bool m46_route_is_valid6(struct dst_entry *dst, u32 cookie)
{
	const struct net_device *dev = READ_ONCE(dst->dev);

	return m46_route_is_current6(dst, cookie) && netif_carrier_ok(dev) &&
	       netif_oper_up(dev);
}

/*
 * Settings of the interface that ip_route_input() asks for, and whose changes
 * do not flush routes. Holders of rcu_read_lock().
 */
static inline u8 m46_route_conf4(const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	if (unlikely(!in_dev))
		return 0xff;
	/* any number can be written, and all above 2 mean the same */
	return min_t(u32, IN_DEV_RPFILTER(in_dev), 3) |
	       !!IN_DEV_SRC_VMARK(in_dev) << 2 |
	       !!IN_DEV_FORWARD(in_dev) << 3 |
	       !!IN_DEV_ACCEPT_LOCAL(in_dev) << 4;
}

/* Whether the route to addr leads into dev. Holders of rcu_read_lock(). */
bool m46_route_leads6(struct net_device *dev, u32 mark,
		      const struct in6_addr *addr);

/*
 * Address that this machine would use to talk to daddr.
 * Return: false when it has none.
 */
bool m46_route_source4(struct net_device *dev, __be32 daddr, __be32 *saddr);
bool m46_route_source6(struct net_device *dev, const struct in6_addr *daddr,
		       struct in6_addr *saddr);

#endif /* _M46_ROUTE_H */
