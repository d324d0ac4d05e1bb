// SPDX-License-Identifier: GPL-2.0
/*
 * check: IPv6 routes that make Linux keep a neighbour of each destination.
 */
#include <linux/ipv6_route.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "check.h"
#include "route.h"

/* 2^8 hosts do no harm: fewer than the tables of neighbours hold (512, 1024). */
#define HOST_BITS_FEW	8

/**
 * struct naked - IPv6 routes into the device without a next hop
 */
struct naked {
	int ifindex;
	struct check_routes routes;
};

static bool is_naked(const struct route *route, int ifindex)
{
	size_t i;

	for (i = 0; i < route->n_hops; i++) {
		if (route->hops[i].oif == ifindex &&
		    !route->hops[i].gateway.family)
			return true;
	}

	return false;
}

static int keep_naked(const struct route *route, void *arg)
{
	const struct prefix *dst = &route->dst;
	struct naked *n = arg;

	/* what a daemon has, it announces with that next hop */
	if (route->type != RTN_UNICAST || check_is_daemon(route->protocol) ||
	    !is_naked(route, n->ifindex) ||
	    dst->len + HOST_BITS_FEW >= 128 ||
	    check_is_link_local(&dst->v6) ||
	    n->routes.n == CHECK_ROUTES_MAX)
		return 0;
	n->routes.routes[n->routes.n++] = (struct check_route){
		.dst = *dst, .table = route->table, .metric = route->metric
	};

	return 0;
}

static void forget(void *arg)
{
	struct naked *n = arg;

	n->routes.n = 0;
}

static void report(const struct check *c, const struct check_route *r)
{
	/* ip(8) takes that one where none is said */
	uint32_t metric = r->metric == IP6_RT_PRIO_USER ? 0 : r->metric;
	char dst[PREFIX_STRLEN], via[PREFIX_STRLEN];
	char words[CHECK_WORDS_STRLEN];

	finding_remedy(REMEDY_IP6, "route replace %s via %s dev %s%s onlink",
		       prefix_str(&r->dst, dst),
		       addr_str(&route_next_hop, via), c->dev->name,
		       check_route_words(r->table, metric, words));
	finding_report(NEIGHBOUR_PER_HOST, c->dev->name,
		       "route %s has no next hop: Linux keeps a neighbour of each destination, which costs more than the translation",
		       dst);
}

void check_neigh(struct check *c)
{
	struct naked n = { .ifindex = c->dev->ifindex };
	struct route_dump dump = {
		.family = AF_INET6, .oif = c->dev->ifindex,
		.each = keep_naked, .restart = forget, .arg = &n
	};
	struct kn_error err;
	size_t i;

	if (route_dump(&dump, &err)) {
		kn_refused(&err, "IPv6 routes");
		return;
	}
	for (i = 0; i < n.routes.n; i++)
		report(c, &n.routes.routes[i]);
}
