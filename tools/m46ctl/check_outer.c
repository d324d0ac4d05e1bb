// SPDX-License-Identifier: GPL-2.0
/*
 * check: the way out of a device in mode 6to4: to its remote, or to the relays
 * that gateways of IPv6 routes name.
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "dev.h"
#include "link.h"
#include "route.h"

static uint32_t remote_v4(const struct check *c)
{
	const struct prefix *remote = dev_remote(c->values);

	return remote ? remote->v4.s_addr : 0;
}

/* Why outer packets do not get out. NULL: they do. */
static const char *no_way(const struct check *c, const struct prefix *dst,
			  char name[PARSE_IFNAMSIZ + 40])
{
	const struct value *under = dev_value(c->values,
					      DEV_TUNNEL(M46_TUN_A_LINK));
	struct route_query query = {
		.dst = *dst, .oif = c->dev->master,
		.mark = check_num(c, DEV_TUNNEL(M46_TUN_A_FWMARK))
	};
	const struct check_dev *dev;
	struct kn_error err;
	struct route route;

	if (under->set && under->link.index)
		query.oif = (int)under->link.index;
	if (route_lookup(&query, &route, &err))
		return route_why(err.code);
	if (route.type == RTN_LOCAL)
		return "it is an address of this machine";
	if (route.type == RTN_BROADCAST)
		return "it is a broadcast address";
	dev = route.n_hops ? check_dev_by_index(c, route.hops[0].oif) : NULL;
	if (!dev)
		return NULL;
	snprintf(name, PARSE_IFNAMSIZ + 40, "the route leads into the device %s",
		 dev->name);

	return name;
}

static void check_v4(const struct check *c, const char *what, uint32_t v4)
{
	struct prefix dst = { .family = AF_INET, .len = 32 };
	char text[PREFIX_STRLEN], name[PARSE_IFNAMSIZ + 40];
	char table[CHECK_TABLE_STRLEN];
	const char *why;

	dst.v4.s_addr = v4;
	why = no_way(c, &dst, name);
	if (!why)
		return;
	addr_str(&dst, text);
	finding_remedy(REMEDY_IP, "route replace %s/32 via NEXT-HOP4%s", text,
		       check_table(c, table));
	finding_report(NO_IPV4_ROUTE, c->dev->name,
		       "outer packets do not get to the %s %s: %s", what, text,
		       why);
}

/**
 * struct natives - IPv6 routes over the device to what is not of its domain
 */
struct natives {
	const struct check *c;
	struct check_routes routes;
};

static int keep_route(const struct route *route, void *arg)
{
	struct natives *n = arg;
	struct check_route *r;
	size_t i;

	if (route->type != RTN_UNICAST || route->protocol == RTPROT_KERNEL ||
	    !dev_is_native(n->c->values, &route->dst))
		return 0;
	for (i = 0; i < route->n_hops; i++) {
		if (route->hops[i].oif != n->c->dev->ifindex ||
		    n->routes.n == CHECK_ROUTES_MAX)
			continue;
		r = &n->routes.routes[n->routes.n++];
		r->dst = route->dst;
		r->gateway = route->hops[i].gateway;
		r->table = route->table;
		r->metric = route->metric;
	}

	return 0;
}

static void forget_routes(void *arg)
{
	struct natives *n = arg;

	n->routes.n = 0;
}

/* Of the domain, or ::a.b.c.d as with sit; 0: none that can be a relay. */
static uint32_t gateway_v4(const struct check *c, const struct prefix *gateway)
{
	static const uint8_t zeros[12];
	struct in_addr v4 = { 0 };
	struct prefix addr = { .family = AF_INET, .len = 32 };
	uint32_t net;

	if (gateway->family != AF_INET6)
		return 0;
	if (prefix_covers(&c->dev->own[0], gateway))
		v4 = dev_embedded(c->values, gateway);
	else if (!memcmp(gateway->bytes, zeros, sizeof(zeros)))
		memcpy(&v4, gateway->bytes + sizeof(zeros), sizeof(v4));
	addr.v4 = v4;
	net = ntohl(v4.s_addr) >> 24;
	if (!net || net == 127 || net >= 224 ||
	    (!dev_is_6rd(c->values) && check_is_private(&addr)))
		return 0;

	return v4.s_addr;
}

static void report_no_relay(const struct check *c, const struct check_route *r)
{
	char dst[PREFIX_STRLEN], gateway[PREFIX_STRLEN];
	char table[CHECK_TABLE_STRLEN];
	bool has = r->gateway.family;

	prefix_str(&r->dst, dst);
	finding_remedy(REMEDY_IP6, "route replace %s via RELAY6 dev %s metric %u%s",
		       dst, c->dev->name, r->metric, check_table(c, table));
	finding_report(NO_RELAY_GATEWAY, c->dev->name,
		       "the route to %s %s%s: what is not 6to4 needs a relay, by its 2002: address",
		       dst, has ? "has a gateway without a usable IPv4 address, " :
		       "has no gateway", has ? addr_str(&r->gateway, gateway) :
		       "");
}

static void check_natives(const struct natives *n)
{
	const struct check_route *r = n->routes.routes;
	const struct check *c = n->c;
	uint32_t v4, asked = remote_v4(c);
	size_t i;

	for (i = 0; i < n->routes.n; i++) {
		if (r[i].table != c->dev->table)
			continue;
		v4 = gateway_v4(c, &r[i].gateway);
		if (!v4)
			v4 = remote_v4(c);
		if (!v4 && !dev_is_6rd(c->values))
			report_no_relay(c, &r[i]);
		if (v4 && v4 != asked)
			check_v4(c, "gateway", v4);
		if (v4)
			asked = v4;
	}
}

void check_outer(struct check *c)
{
	struct natives n = { .c = c };
	struct route_dump dump = {
		.family = AF_INET6, .oif = c->dev->ifindex,
		.each = keep_route, .restart = forget_routes, .arg = &n
	};
	struct kn_error err;

	if (remote_v4(c))
		check_v4(c, "remote", remote_v4(c));
	/* A configured tunnel carries all to its remote. */
	if (c->dev->n_own && !route_dump(&dump, &err))
		check_natives(&n);
}
