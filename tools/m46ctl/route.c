// SPDX-License-Identifier: GPL-2.0
/*
 * Routes of the kernel, of either family, as rtnetlink tells them.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "err.h"
#include "nexthop.h"
#include "route.h"

const struct prefix route_next_hop = {
	.family = AF_INET6, .len = 128,
	.bytes = { 0xfe, 0x80, [15] = 0x46 }
};

static struct route_hop *hops;	/* of the route that is being read */
static size_t n_hops, hops_room;
/* A route names a nexthop object and no device, and these are not read yet. */
static bool nexthops_known, nexthops_wanted;

static int add_hop(const struct route_hop *hop)
{
	size_t room = hops_room ? 2 * hops_room : 8;
	struct route_hop *grown;

	if (n_hops == hops_room) {
		grown = reallocarray(hops, room, sizeof(*hops));
		if (!grown)
			return -1;
		hops = grown;
		hops_room = room;
	}
	hops[n_hops++] = *hop;

	return 0;
}

static void read_gateway(struct nlattr **tb, uint8_t family,
			 struct prefix *gateway)
{
	const struct nlattr *nla = tb[RTA_GATEWAY];
	const struct rtvia *via;
	const void *addr;
	int len;

	if (tb[RTA_VIA] && nla_len(tb[RTA_VIA]) > (int)sizeof(*via)) {
		via = nla_data(tb[RTA_VIA]);
		family = (uint8_t)via->rtvia_family;
		addr = via->rtvia_addr;
		len = nla_len(tb[RTA_VIA]) - (int)sizeof(*via);
	} else if (nla) {
		addr = nla_data(nla);
		len = nla_len(nla);
	} else {
		return;
	}
	if (len != (family == AF_INET ? 4 : 16))
		return;
	gateway->family = family;
	gateway->len = (uint8_t)(8 * len);
	memcpy(gateway->bytes, addr, (size_t)len);
}

static int read_multipath(const struct nlattr *multipath, uint8_t family)
{
	const struct rtnexthop *nh = nla_data(multipath);
	int left = nla_len(multipath), skip = (int)RTNH_ALIGN(sizeof(*nh));
	struct nlattr *tb[RTA_MAX + 1];
	struct route_hop hop;

	for (; left >= (int)sizeof(*nh) && RTNH_OK(nh, left);
	     nh = RTNH_NEXT(nh)) {
		memset(&hop, 0, sizeof(hop));
		hop.oif = nh->rtnh_ifindex;
		hop.flags = nh->rtnh_flags;
		if (!nla_parse(tb, RTA_MAX, (struct nlattr *)RTNH_DATA(nh),
			       nh->rtnh_len - skip, NULL))
			read_gateway(tb, family, &hop.gateway);
		if (add_hop(&hop))
			return -1;
		left -= (int)RTNH_ALIGN(nh->rtnh_len);
	}

	return 0;
}

static int read_hops(const struct rtmsg *rtm, struct nlattr **tb)
{
	struct route_hop hop = { .flags = rtm->rtm_flags };

	n_hops = 0;
	if (tb[RTA_MULTIPATH])
		return read_multipath(tb[RTA_MULTIPATH], rtm->rtm_family);
	if (tb[RTA_OIF]) {
		hop.oif = (int)nla_get_u32(tb[RTA_OIF]);
	} else if (tb[RTA_NH_ID]) {
		nexthops_wanted |= !nexthops_known;
		return nexthop_hops(nla_get_u32(tb[RTA_NH_ID]), add_hop);
	}
	read_gateway(tb, rtm->rtm_family, &hop.gateway);

	return add_hop(&hop);
}

static uint32_t read_mtu(const struct nlattr *metrics)
{
	const struct nlattr *mtu = NULL;

	if (metrics)
		mtu = nla_find(nla_data(metrics), nla_len(metrics), RTAX_MTU);

	return mtu && nla_len(mtu) >= 4 ? nla_get_u32(mtu) : 0;
}

static void read_src(const struct nlattr *nla, uint8_t family,
		     struct prefix *src)
{
	if (!nla || nla_len(nla) != (family == AF_INET ? 4 : 16))
		return;
	src->family = family;
	src->len = (uint8_t)(8 * nla_len(nla));
	memcpy(src->bytes, nla_data(nla), (size_t)nla_len(nla));
}

/* Return: 1 with a route, 0 where it is none, -1 without memory. */
static int read_route(const struct nlmsghdr *hdr, struct route *route)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *tb[RTA_MAX + 1] = { NULL };

	if (hdr->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse((struct nlmsghdr *)hdr, sizeof(*rtm), tb, RTA_MAX,
			NULL))
		return 0;
	memset(route, 0, sizeof(*route));
	route->dst.family = rtm->rtm_family;
	route->dst.len = rtm->rtm_dst_len;
	if (tb[RTA_DST] && nla_len(tb[RTA_DST]) <= 16)
		memcpy(route->dst.bytes, nla_data(tb[RTA_DST]),
		       (size_t)nla_len(tb[RTA_DST]));
	route->table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) :
		       rtm->rtm_table;
	route->metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
	route->mtu = read_mtu(tb[RTA_METRICS]);
	read_src(tb[RTA_PREFSRC], rtm->rtm_family, &route->src);
	route->type = rtm->rtm_type;
	route->protocol = rtm->rtm_protocol;
	if (read_hops(rtm, tb))
		return -1;
	route->hops = hops;
	route->n_hops = n_hops;

	return 1;
}

static int dump_message(const struct nlmsghdr *hdr, void *arg)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct route_dump *dump = arg;
	struct route route;
	int ret = read_route(hdr, &route);

	if (ret <= 0 || rtm->rtm_flags & RTM_F_CLONED)
		return ret;

	return dump->each(&route, dump->arg);
}

static void dump_restart(void *arg)
{
	struct route_dump *dump = arg;

	if (dump->restart)
		dump->restart(dump->arg);
}

/*
 * Send @msg and free it; once more, when the nexthop objects are known, where
 * routes name some that were not.
 */
static int query(struct nl_msg *msg, struct kn_reply *reply,
		 struct kn_error *err)
{
	int ret;

	memset(err, 0, sizeof(*err));
	err->code = EIO;
	if (kn_open_route()) {
		nlmsg_free(msg);
		return -1;
	}
	nexthops_known = false;
	nexthops_wanted = false;
	ret = kn_query(KN_ROUTE, msg, reply, err);
	if (!ret && nexthops_wanted) {
		nexthop_read();
		nexthops_known = true;
		if (reply->restart)
			reply->restart(reply->arg);
		ret = kn_query(KN_ROUTE, msg, reply, err);
	}
	nlmsg_free(msg);

	return ret;
}

int route_dump(struct route_dump *dump, struct kn_error *err)
{
	struct kn_reply reply = {
		.message = dump_message, .restart = dump_restart, .arg = dump
	};
	const struct rtmsg head = { .rtm_family = (uint8_t)dump->family };
	struct nl_msg *msg;
	int ret;

	msg = kn_rt_msg(RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head));
	if (dump->oif)
		kn_put(msg, RTA_OIF, &dump->oif, sizeof(dump->oif));
	if (dump->table)
		kn_put(msg, RTA_TABLE, &dump->table, sizeof(dump->table));
	ret = query(msg, &reply, err);
	dump->torn = reply.torn;

	/* A table without routes is not there. */
	return ret && err->code == ENOENT ? 0 : ret;
}

static int lookup_message(const struct nlmsghdr *hdr, void *arg)
{
	return read_route(hdr, arg) < 0 ? -1 : 0;
}

int route_lookup(const struct route_query *rq, struct route *route,
		 struct kn_error *err)
{
	struct kn_reply reply = { .message = lookup_message, .arg = route };
	size_t size = rq->dst.family == AF_INET ? 4 : 16;
	struct rtmsg head = {
		.rtm_family = rq->dst.family,
		.rtm_dst_len = (uint8_t)(8 * size),
		.rtm_flags = rq->match ? RTM_F_FIB_MATCH : 0
	};
	struct nl_msg *msg;

	/* IPv6 tells the table without being asked, and refuses the flag. */
	if (rq->match && rq->dst.family == AF_INET)
		head.rtm_flags |= RTM_F_LOOKUP_TABLE;
	memset(route, 0, sizeof(*route));
	msg = kn_rt_msg(RTM_GETROUTE, 0, &head, sizeof(head));
	kn_put(msg, RTA_DST, rq->dst.bytes, size);
	if (rq->iif)
		kn_put(msg, RTA_IIF, &rq->iif, sizeof(rq->iif));
	if (rq->oif)
		kn_put(msg, RTA_OIF, &rq->oif, sizeof(rq->oif));
	if (rq->mark)
		kn_put(msg, RTA_MARK, &rq->mark, sizeof(rq->mark));

	return query(msg, &reply, err);
}

const char *route_why(int code)
{
	switch (code) {
	case ENETUNREACH:
		return "there is no route";
	case EHOSTUNREACH:
		return "the route is unreachable";
	case EACCES:
		return "the route is prohibit";
	case EINVAL:
		return "the route is a blackhole";
	}

	return strerror(code);
}

const char *route_origin(uint8_t protocol, char buf[ROUTE_ORIGIN_STRLEN])
{
	static const char *const names[256] = {
		[RTPROT_UNSPEC] = "none", [RTPROT_REDIRECT] = "redirect",
		[RTPROT_KERNEL] = "kernel", [RTPROT_BOOT] = "boot",
		[RTPROT_STATIC] = "static", [RTPROT_GATED] = "gated",
		[RTPROT_RA] = "ra", [RTPROT_MRT] = "mrt",
		[RTPROT_ZEBRA] = "zebra", [RTPROT_BIRD] = "bird",
		[RTPROT_DNROUTED] = "dnrouted", [RTPROT_XORP] = "xorp",
		[RTPROT_NTK] = "ntk", [RTPROT_DHCP] = "dhcp",
		[RTPROT_MROUTED] = "mrouted",
		[RTPROT_KEEPALIVED] = "keepalived", [RTPROT_BABEL] = "babel",
		[RTPROT_OPENR] = "openr", [RTPROT_BGP] = "bgp",
		[RTPROT_ISIS] = "isis", [RTPROT_OSPF] = "ospf",
		[RTPROT_RIP] = "rip", [RTPROT_EIGRP] = "eigrp",
	};

	if (names[protocol])
		return names[protocol];
	snprintf(buf, ROUTE_ORIGIN_STRLEN, "%u", protocol);

	return buf;
}
