// SPDX-License-Identifier: GPL-2.0
/*
 * md fib: the kernel's IPv4 routing table is the rule database. A route
 * "198.51.100.0/24 via inet6 2001:db8:300:: dev pe1" is the rule that this
 * block is behind the edge with the mapping prefix 2001:db8:300::. Routing
 * daemons exchange such routes by BGP (RFC 8950).
 */
#include <net/dst_metadata.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/nexthop.h>
#include <net/route.h>

#include "adpt.h"
#include "fib.h"
#include "m46.h"
#include "map.h"
#include "xlat.h"

/* A link-local next hop, say, which a BGP session on one link may bring. */
static bool m46_is_bad_hop(const struct m46_map *map,
			   const struct in6_addr *gw)
{
	return gw->s6_addr32[3] || m46_unmappable6(gw) ||
	       m46_adpt_is_own(map, gw);
}

enum m46_counter m46_fib_via(const struct m46_map *map,
			     const struct sk_buff *skb, const __be32 **via)
{
	const struct rtable *rt;

	if (!skb_valid_dst(skb) || skb_dst(skb)->ops->family != AF_INET)
		return M46_DROP_NO_RULE;
	rt = skb_rtable(skb);
	if (rt->rt_gw_family != AF_INET6)
		return M46_DROP_NO_RULE;
	if (m46_is_bad_hop(map, &rt->rt_gw6))
		return M46_DROP_BAD_NEXT_HOP;
	*via = rt->rt_gw6.s6_addr32;
	return M46_OK;
}

/* The route to addr that a packet from map->self would take, or NULL. */
static struct fib_info *m46_fib_route(const struct m46_map *map, __be32 addr)
{
	struct net_device *dev = map->m46->dev;
	struct flowi4 fl4 = {
		.flowi4_iif = LOOPBACK_IFINDEX,
		.flowi4_oif = l3mdev_master_ifindex_rcu(dev),
		.flowi4_mark = map->mark,
		.saddr = map->self,
		.daddr = addr,
	};
	struct fib_result res = {};

	if (fib_lookup(dev_net(dev), &fl4, &res, FIB_LOOKUP_NOREF) ||
	    res.type != RTN_UNICAST)
		return NULL;
	return res.fi;
}

/* The path's next hop, if it is an IPv6 one through this device. */
static const struct in6_addr *m46_fib_gw(const struct m46_map *map,
					 struct fib_info *fi, unsigned int i)
{
	const struct fib_nh_common *nhc = fib_info_nhc(fi, i);

	if (!nhc || nhc->nhc_dev != map->m46->dev ||
	    nhc->nhc_gw_family != AF_INET6 || nhc->nhc_flags & RTNH_F_DEAD)
		return NULL;
	return &nhc->nhc_gw.ipv6;
}

enum m46_counter m46_fib_lookup(const struct m46_map *map, __be32 addr,
				u32 hash, const __be32 **via)
{
	struct fib_info *fi = m46_fib_route(map, addr);
	enum m46_counter drop = M46_DROP_NO_RULE;
	unsigned int i, n;

	if (!fi)
		return M46_DROP_NO_RULE;
	n = fib_info_num_path(fi);
	for (i = 0; i < n; i++) {
		const struct in6_addr *gw;

		gw = m46_fib_gw(map, fi, n > 1 ? (hash + i) % n : 0);
		if (!gw)
			continue;
		if (m46_is_bad_hop(map, gw)) {
			drop = M46_DROP_BAD_NEXT_HOP;
			continue;
		}
		*via = gw->s6_addr32;
		return M46_OK;
	}
	return drop;
}

bool m46_fib_has(const struct m46_map *map, __be32 addr, const __be32 via[3])
{
	struct fib_info *fi = m46_fib_route(map, addr);
	unsigned int i, n;

	if (!fi)
		return false;
	n = fib_info_num_path(fi);
	for (i = 0; i < n; i++) {
		const struct in6_addr *gw = m46_fib_gw(map, fi, i);

		if (gw && !m46_is_bad_hop(map, gw) &&
		    m46_same_top(gw, via))
			return true;
	}
	return false;
}

bool m46_fib_is_simple(const struct m46_map *map, __be32 addr)
{
	const struct fib_info *fi = m46_fib_route(map, addr);

	return fi && !(fi->nh && nexthop_is_multipath(fi->nh));
}

bool m46_fib_is_remote(const struct m46_map *map, __be32 addr)
{
	const __be32 *via;

	return m46_fib_lookup(map, addr, 0, &via) != M46_DROP_NO_RULE;
}
