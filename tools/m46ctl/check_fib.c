// SPDX-License-Identifier: GPL-2.0
/*
 * check: IPv4 routes as rules (md fib), and those that ought to be.
 */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "link.h"

bool check_is_link_local(const struct in6_addr *addr)
{
	return addr->s6_addr[0] == 0xfe && (addr->s6_addr[1] & 0xc0) == 0x80;
}

static void report_bits(const struct check *c, const struct rule *rule)
{
	char dst[PREFIX_STRLEN], via[PREFIX_STRLEN], good[PREFIX_STRLEN];
	char words[CHECK_WORDS_STRLEN], origin[ROUTE_ORIGIN_STRLEN];
	struct prefix addr = { .family = AF_INET6, .v6 = rule->via };

	addr_str(&addr, via);
	addr.v6.s6_addr32[3] = 0;
	rule_dst_str(rule, dst);
	check_route_words(rule->table, rule->metric, words);
	route_origin(rule->protocol, origin);
	if (check_is_link_local(&rule->via) && !check_is_daemon(rule->protocol)) {
		finding_remedy(REMEDY_IP, "route del %s via inet6 %s dev %s%s",
			       dst, via, c->dev->name, words);
		finding_report(NEXT_HOP_HAS_HOST_BITS, c->dev->name,
			       "route %s has the link-local next hop %s, no mapping prefix: its packets are dropped",
			       dst, via);
		return;
	}
	if (check_is_link_local(&rule->via)) {
		finding_remedy(REMEDY_OTHER, "vtysh -c 'configure terminal' -c 'route-map NAME permit 10' -c 'set ipv6 next-hop prefer-global'");
		finding_report(NEXT_HOP_HAS_HOST_BITS, c->dev->name,
			       "route %s of %s has the link-local next hop %s, no mapping prefix: the neighbour's global one is needed",
			       dst, route_origin(rule->protocol, origin), via);
		return;
	}
	finding_remedy(REMEDY_IP, "route change %s via inet6 %s dev %s%s onlink",
		       dst, addr_str(&addr, good), c->dev->name, words);
	finding_report(NEXT_HOP_HAS_HOST_BITS, c->dev->name,
		       "route %s of %s has the next hop %s, whose last 32 bits are not zero: its packets are dropped",
		       dst, route_origin(rule->protocol, origin), via);
}

static void check_next_hop(const struct check *c, const struct rule *rule)
{
	char dst[PREFIX_STRLEN], via[PREFIX_STRLEN], words[CHECK_WORDS_STRLEN];
	char origin[ROUTE_ORIGIN_STRLEN];
	struct prefix addr = { .family = AF_INET6, .v6 = rule->via };

	if (rule->via_len > 96) {
		report_bits(c, rule);
		return;
	}
	if (!check_is_own(c, &rule->via))
		return;
	finding_remedy(REMEDY_IP, "route del %s via inet6 %s dev %s%s",
		       rule_dst_str(rule, dst), addr_str(&addr, via),
		       c->dev->name,
		       check_route_words(rule->table, rule->metric, words));
	finding_report(RULE_POINTS_TO_SELF, c->dev->name,
		       "route %s of %s has the own prefix %s as next hop: its packets are dropped",
		       dst, route_origin(rule->protocol, origin), via);
}

static void check_naked(const struct check *c)
{
	char dst[PREFIX_STRLEN], words[CHECK_WORDS_STRLEN];
	const struct check_route *r;
	size_t i;

	for (i = 0; i < c->naked.n; i++) {
		r = &c->naked.routes[i];
		finding_remedy(REMEDY_IP, "route del %s dev %s%s",
			       prefix_str(&r->dst, dst), c->dev->name,
			       check_route_words(r->table, r->metric, words));
		finding_report(ROUTE_WITHOUT_NEXT_HOP, c->dev->name,
			       "route %s has no IPv6 next hop: no rule is found for its packets",
			       dst);
	}
}

/* A daemon that resolves the next hop by itself leaves no mapping prefix. */
static void check_strays(const struct check *c)
{
	char dst[PREFIX_STRLEN], gateway[PREFIX_STRLEN];
	char origin[ROUTE_ORIGIN_STRLEN];
	const struct check_route *r;
	struct link link;
	size_t i;

	for (i = 0; i < c->strays.n; i++) {
		r = &c->strays.routes[i];
		if (link_get(r->oif, NULL, &link))
			continue;
		if (r->protocol == RTPROT_BIRD)
			finding_remedy(REMEDY_OTHER, "birdc show route for %s all",
				       prefix_str(&r->dst, dst));
		else
			finding_remedy(REMEDY_OTHER, "vtysh -c 'configure terminal' -c 'ipv6 route PREF6/128 %s'",
				       c->dev->name);
		finding_report(BGP_NEXT_HOP_NOT_M46, c->dev->name,
			       "route %s of %s via inet6 %s leads to %s: its packets leave as plain IPv4, the mapping prefix is lost unless PREF6/128 resolves to %s",
			       prefix_str(&r->dst, dst),
			       route_origin(r->protocol, origin),
			       addr_str(&r->gateway, gateway), link.name,
			       c->dev->name);
	}
}

void check_fib(struct check *c)
{
	const struct rule *rule = (const struct rule *)c->rules.things;
	size_t i;

	if (!check_is_fib(c))
		return;
	for (i = 0; i < c->rules.n; i++) {
		if (rule[i].is_route)
			check_next_hop(c, &rule[i]);
	}
	check_naked(c);
	check_strays(c);
}
