// SPDX-License-Identifier: GPL-2.0
/*
 * check: the IPv6 routes to the other edges, as the kernel finds them for what
 * comes out of the device.
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "dev.h"
#include "link.h"
#include "sysctl.h"

#define IPV4_MTU	1500	/* what hosts send, nearly all of them */
#define XLAT_ROOM	20	/* the IPv6 header is so much longer */
#define ENCAP_ROOM	40
#define LIMIT_ROOM	8	/* the encapsulation limit option */

#define PATHS_MAX	32	/* ways out of this machine that are told apart */

/**
 * struct path - a way out that is too narrow
 * @n: edges behind it
 */
struct path {
	int oif;
	uint32_t mtu;
	uint32_t need;
	size_t n;
};

/**
 * struct edge_names - what texts about an edge have in them
 * @who: "2001:db8:3::/96, the edge of 198.51.100.0/24 and 2 more"
 */
struct edge_names {
	char via[PREFIX_STRLEN];
	char who[2 * PREFIX_STRLEN + 48];
};

static void name_edge(const struct check_edge *edge, struct edge_names *names)
{
	char dst[PREFIX_STRLEN], more[32] = "";

	if (edge->n > 1)
		snprintf(more, sizeof(more), " and %zu more", edge->n - 1);
	prefix_str(&edge->via, names->via);
	snprintf(names->who, sizeof(names->who), "%s, the edge of %s%s",
		 names->via, rule_dst_str(edge->rule, dst), more);
}

static void report_no_route(const struct check *c,
			    const struct check_edge *edge, int why)
{
	char table[CHECK_TABLE_STRLEN];
	struct edge_names names;

	name_edge(edge, &names);
	finding_remedy(REMEDY_IP6, "route replace %s via NEXT-HOP dev LINK%s",
		       names.via, check_table(c, table));
	finding_report(NO_NEXT_HOP_ROUTE, c->dev->name,
		       "no way to %s: %s", names.who, route_why(why));
}

/* Of ours, unless it is the edge that is meant, on the same machine. */
static bool is_loop(const struct check *c, const struct check_edge *edge,
		    int oif)
{
	const struct check_dev *dev = check_dev_by_index(c, oif);
	unsigned int i;

	if (!dev)
		return false;
	for (i = 0; dev != c->dev && i < dev->n_own; i++) {
		if (prefix_covers(&dev->own[i], &edge->via))
			return false;
	}

	return true;
}

static void report_loop(const struct check *c, const struct check_edge *edge,
			const struct route *route, const char *oif)
{
	char dst[PREFIX_STRLEN], table[CHECK_TABLE_STRLEN] = "";
	struct edge_names names;

	name_edge(edge, &names);
	if (route->table != RT_TABLE_MAIN)
		snprintf(table, sizeof(table), " table %u", route->table);
	finding_remedy(REMEDY_IP6, "route del %s dev %s%s",
		       prefix_str(&route->dst, dst), oif, table);
	finding_report(NEXT_HOP_LOOPS, c->dev->name,
		       "the IPv6 route to %s leads into the m46 device %s: its packets go in circles",
		       names.who, oif);
}

static uint32_t needed(const struct check *c, const struct check_edge *edge)
{
	uint32_t limit = check_num(c, DEV_TUNNEL(M46_TUN_A_ENCAP_LIMIT));
	const struct value *value;

	if (!edge->encap)
		return IPV4_MTU + XLAT_ROOM;
	value = &c->values[words_by_attr(&dev_words,
					 DEV_TUNNEL(M46_TUN_A_ENCAP_LIMIT)) -
			   dev_words.words];

	return IPV4_MTU + ENCAP_ROOM +
	       (value->set && limit != M46_ENCAP_LIMIT_NONE ? LIMIT_ROOM : 0);
}

/* The device's MTU for IPv6; 0 where it is not known. */
static uint32_t link_mtu(const char *name)
{
	char path[96];
	int mtu;

	snprintf(path, sizeof(path), "net/ipv6/conf/%s/mtu", name);

	return sysctl_get(path, &mtu) || mtu < 0 ? 0 : (uint32_t)mtu;
}

static void remedy_mtu(const struct route *route, const struct route_hop *hop,
		       const char *oif, uint32_t need, uint32_t mtu)
{
	char dst[PREFIX_STRLEN], gateway[PREFIX_STRLEN], via[PREFIX_STRLEN + 8];

	if (mtu < need) {
		finding_remedy(REMEDY_IP, "link set dev %s mtu %u", oif, need);
		return;
	}
	via[0] = '\0';
	if (hop->gateway.family)
		snprintf(via, sizeof(via), " via %s",
			 addr_str(&hop->gateway, gateway));
	finding_remedy(REMEDY_IP6, "route change %s%s dev %s table %u metric %u mtu %u",
		       prefix_str(&route->dst, dst), via, oif, route->table,
		       route->metric, need);
}

/* One finding for all edges behind the same narrow place. */
static bool is_new_path(struct path *paths, size_t *n, const struct path *path)
{
	size_t i;

	for (i = 0; i < *n; i++) {
		if (paths[i].oif == path->oif && paths[i].mtu == path->mtu &&
		    paths[i].need == path->need) {
			paths[i].n++;
			return false;
		}
	}
	if (*n < PATHS_MAX)
		paths[(*n)++] = *path;

	return true;
}

/**
 * struct walk - over all edges
 * @paths: narrow ones that were reported
 */
struct walk {
	struct check *c;
	struct path paths[PATHS_MAX];
	size_t n_paths;
};

static void check_mtu(struct walk *w, const struct check_edge *edge,
		      const struct route *route, const struct route_hop *hop,
		      const char *oif, uint32_t learned)
{
	struct path path = { .oif = hop->oif, .need = needed(w->c, edge) };
	uint32_t mtu = link_mtu(oif);
	struct edge_names names;

	path.mtu = route->mtu ? route->mtu : mtu;
	if (learned && learned < path.mtu)
		path.mtu = learned;
	if (!path.mtu || path.mtu >= path.need ||
	    !is_new_path(w->paths, &w->n_paths, &path))
		return;
	name_edge(edge, &names);
	if (mtu >= path.need && (!route->mtu || route->mtu >= path.need))
		finding_remedy(REMEDY_OTHER, "tracepath -n %s", names.via);
	else
		remedy_mtu(route, hop, oif, path.need, mtu);
	finding_report(CORE_MTU, w->c->dev->name,
		       "the IPv6 route to %s has MTU %u (device %s): an IPv4 packet of %d bytes %s needs %u",
		       names.who, path.mtu, oif, IPV4_MTU,
		       edge->encap ? "encapsulated" : "translated", path.need);
}

static void check_hops(struct walk *w, const struct check_edge *edge,
		       const struct route *route, uint32_t learned)
{
	const struct route_hop *hop;
	struct link link;
	size_t i;

	for (i = 0; i < route->n_hops; i++) {
		hop = &route->hops[i];
		if (!hop->oif || link_get(hop->oif, NULL, &link))
			continue;
		if (is_loop(w->c, edge, hop->oif))
			report_loop(w->c, edge, route, link.name);
		else if (!check_dev_by_index(w->c, hop->oif))
			check_mtu(w, edge, route, hop, link.name, learned);
	}
}

static void check_edge(struct walk *w, const struct check_edge *edge)
{
	struct route_query query = { .iif = w->c->dev->ifindex };
	struct in_addr host;
	struct kn_error err;
	struct route route;
	uint32_t learned;

	host = check_host_of(&edge->rule->dst, edge->rule->dst_len);
	query.dst = check_embed(&edge->via, host);
	if (route_lookup(&query, &route, &err)) {
		report_no_route(w->c, edge, err.code);
		return;
	}
	if (route.type != RTN_UNICAST)
		return;
	learned = route.mtu;
	/* The route itself has all hops, and what it is called. */
	query.match = true;
	if (!route_lookup(&query, &route, &err))
		check_hops(w, edge, &route, learned);
}

void check_paths(struct check *c)
{
	struct walk w = { .c = c };
	size_t i;

	for (i = 0; i < c->n_edges; i++)
		check_edge(&w, &c->edges[i]);
}
