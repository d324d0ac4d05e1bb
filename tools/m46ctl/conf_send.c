// SPDX-License-Identifier: GPL-2.0
/*
 * One thing of a configuration to the kernel, or out of it.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"
#include "conf_send.h"
#include "err.h"
#include "link.h"
#include "nl.h"

#define CREATE	(NLM_F_CREATE | NLM_F_REPLACE)

static size_t size_of(const struct prefix *addr)
{
	return addr->family == AF_INET ? 4 : 16;
}

int conf_send_pool(const char *dev, const struct pool *pool, bool add,
		   const char *where)
{
	uint8_t cmd = add ? M46_CMD_POOL_NEW : M46_CMD_POOL_DEL;
	char text[PREFIX_STRLEN];
	struct pool sent = *pool;
	struct kn_error err;
	struct nl_msg *msg;

	if (kn_open_genl())
		return EXIT_REFUSED;
	if (!add || !sent.exclude.n)
		sent.exclude.set = false;
	msg = kn_genl_msg(cmd, 0, dev);
	pool_put(msg, &sent);
	if (!kn_call(KN_GENL, msg, NULL, &err))
		return EXIT_OK;

	return kn_refused(&err, "%s%s dev %s", where,
			  prefix_str(&pool->dst, text), dev);
}

int conf_send_entry(const char *dev, const struct entry *entry, bool add,
		    const char *where)
{
	return entry_send(add ? M46_CMD_ENTRY_NEW : M46_CMD_ENTRY_DEL, add,
			  entry, dev, where);
}

/* Where it goes; errors are printed. Return: 0, or an exit code. */
static int find_dev(const char *dev, struct link *link)
{
	if (!link_get(0, dev, link))
		return EXIT_OK;

	return err_refused("%s: no such device", dev);
}

int conf_send_addr(const char *dev, const struct conf_addr *addr, bool add,
		   const char *where)
{
	const struct prefix *a = &addr->addr;
	struct ifaddrmsg head = {
		.ifa_family = a->family, .ifa_prefixlen = a->len
	};
	char text[PREFIX_STRLEN];
	struct kn_error err;
	struct nl_msg *msg;
	struct link link;

	if (find_dev(dev, &link))
		return EXIT_REFUSED;
	head.ifa_index = (unsigned int)link.ifindex;
	msg = kn_rt_msg(add ? RTM_NEWADDR : RTM_DELADDR, add ? CREATE : 0,
			&head, sizeof(head));
	kn_put(msg, IFA_LOCAL, a->bytes, size_of(a));
	if (a->family == AF_INET || !add)
		kn_put(msg, IFA_ADDRESS, a->bytes, size_of(a));
	if (!kn_call(KN_ROUTE, msg, NULL, &err) ||
	    (!add && err.code == EADDRNOTAVAIL))
		return EXIT_OK;

	return kn_refused(&err, "%saddress %s dev %s", where,
			  prefix_str(a, text), dev);
}

static void put_via(struct nl_msg *msg, const struct conf_route *route, bool add)
{
	/* of one that is deleted: whatever it has, or none */
	const struct prefix *via = add && route->hop ? &route_next_hop :
						       &route->via;
	struct {
		uint16_t family;
		uint8_t addr[16];
	} other = { via->family, { 0 } };

	if (via->family == route->dst.family) {
		kn_put(msg, RTA_GATEWAY, via->bytes, size_of(via));
	} else if (via->family) {
		memcpy(other.addr, via->bytes, size_of(via));
		kn_put(msg, RTA_VIA, &other, 2 + size_of(via));
	}
}

static struct nl_msg *route_msg(const struct conf_route *route, bool add,
				int ifindex)
{
	bool link_scope = route->dst.family == AF_INET && !route->via.family;
	const struct rtmsg head = {
		.rtm_family = route->dst.family,
		.rtm_dst_len = route->dst.len,
		.rtm_table = RT_TABLE_UNSPEC,
		.rtm_protocol = add ? RTPROT_STATIC : RTPROT_UNSPEC,
		.rtm_type = add ? RTN_UNICAST : RTN_UNSPEC,
		.rtm_scope = !add && route->dst.family == AF_INET ?
			     RT_SCOPE_NOWHERE :
			     link_scope ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_flags = route->onlink || (add && route->hop) ?
			     RTNH_F_ONLINK : 0
	};
	struct nl_msg *msg = kn_rt_msg(add ? RTM_NEWROUTE : RTM_DELROUTE,
				       add ? CREATE : 0, &head, sizeof(head));

	kn_put(msg, RTA_DST, route->dst.bytes, size_of(&route->dst));
	kn_put(msg, RTA_OIF, &ifindex, sizeof(ifindex));
	kn_put(msg, RTA_TABLE, &route->table, sizeof(route->table));
	put_via(msg, route, add);
	if (route->metric)
		kn_put(msg, RTA_PRIORITY, &route->metric,
		       sizeof(route->metric));
	if (route->src.family)
		kn_put(msg, RTA_PREFSRC, route->src.bytes,
		       size_of(&route->src));

	return msg;
}

int conf_send_route(const char *dev, const struct conf_route *route, bool add,
		    const char *where)
{
	char text[CONF_ROUTE_STRLEN];
	struct kn_error err;
	struct link link;

	if (find_dev(dev, &link))
		return EXIT_REFUSED;
	if (!kn_call(KN_ROUTE, route_msg(route, add, link.ifindex), NULL,
		     &err) || (!add && err.code == ESRCH))
		return EXIT_OK;

	return kn_refused(&err, "%sroute %s dev %s", where,
			  conf_route_str(route, text), dev);
}
