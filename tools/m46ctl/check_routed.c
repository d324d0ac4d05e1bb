// SPDX-License-Identifier: GPL-2.0
/*
 * check: whether what a device is there for is routed into it.
 */
#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"
#include "dev.h"
#include "link.h"

#define ROUTES_MAX	256	/* IPv6 routes into one device */

/* TEST-NET-1: any address does where none is known. */
#define SOME_HOST	0xc0000201

struct in_addr check_host_of(const struct in_addr *dst, uint8_t len)
{
	struct in_addr addr = *dst;

	if (!len)
		addr.s_addr = htonl(SOME_HOST);
	else if (len < 31)
		addr.s_addr |= htonl(1);

	return addr;
}

struct prefix check_embed(const struct prefix *prefix, struct in_addr addr)
{
	struct prefix full = *prefix;

	full.len = 128;
	full.v6.s6_addr32[3] = addr.s_addr;

	return full;
}

const char *check_table(const struct check *c, char buf[CHECK_TABLE_STRLEN])
{
	buf[0] = '\0';
	if (c->dev->table != RT_TABLE_MAIN)
		snprintf(buf, CHECK_TABLE_STRLEN, " table %u", c->dev->table);

	return buf;
}

const char *check_route_words(uint32_t table, uint32_t metric,
			      char buf[CHECK_WORDS_STRLEN])
{
	int used = 0;

	buf[0] = '\0';
	if (table != RT_TABLE_MAIN)
		used = snprintf(buf, CHECK_WORDS_STRLEN, " table %u", table);
	if (metric)
		snprintf(buf + used, CHECK_WORDS_STRLEN - (size_t)used,
			 " metric %u", metric);

	return buf;
}

/**
 * struct routed - IPv6 routes into the device
 */
struct routed {
	const struct check *c;
	struct prefix dsts[ROUTES_MAX];
	size_t n;
};

static bool goes_into(const struct route *route, int ifindex)
{
	size_t i;

	for (i = 0; i < route->n_hops; i++) {
		if (route->hops[i].oif == ifindex)
			return true;
	}

	return false;
}

/* How routing daemons are told where a next hop is: mapping prefix + 0.0.0.0. */
static bool is_next_hop(const struct prefix *dst)
{
	return dst->len == 128 && !dst->v6.s6_addr32[3];
}

static int keep_route(const struct route *route, void *arg)
{
	struct routed *r = arg;

	if (route->type == RTN_UNICAST && r->n < ROUTES_MAX &&
	    !is_next_hop(&route->dst) &&
	    goes_into(route, r->c->dev->ifindex))
		r->dsts[r->n++] = route->dst;

	return 0;
}

static void forget_routes(void *arg)
{
	struct routed *r = arg;

	r->n = 0;
}

static int read_routed(const struct check *c, struct routed *r)
{
	struct route_dump dump = {
		.family = AF_INET6, .oif = c->dev->ifindex,
		.each = keep_route, .restart = forget_routes, .arg = r
	};
	struct kn_error err;

	r->c = c;
	r->n = 0;

	return route_dump(&dump, &err);
}

static int count_route(const struct route *route, void *arg)
{
	struct routed *r = arg;

	r->n += goes_into(route, r->c->dev->ifindex);

	return 0;
}

bool check_is_nat64_only(const struct check *c)
{
	const struct value *nat64 = dev_value(c->values, M46_DEV_A_NAT64);
	struct routed r = { .c = c };
	struct route_dump dump = {
		.family = AF_INET, .oif = c->dev->ifindex,
		.each = count_route, .restart = forget_routes, .arg = &r
	};
	struct kn_error err;

	return c->dev->mode == M46_MODE_ADPT && nat64->set && nat64->n &&
	       !route_dump(&dump, &err) && !r.n;
}

/* A route for the prefix or for a part of it. */
static const struct prefix *find_route(const struct routed *r,
				       const struct prefix *prefix)
{
	const struct prefix *dst;
	size_t i;

	for (i = 0; i < r->n; i++) {
		dst = &r->dsts[i];
		if (prefix_covers(dst, prefix) || prefix_covers(prefix, dst))
			return dst;
	}

	return NULL;
}

/* Where packets from the network to this address go. NULL: into the device. */
static const char *elsewhere(const struct check *c, const struct prefix *addr,
			     char name[PARSE_IFNAMSIZ + 32])
{
	struct route_query query = { .dst = *addr, .oif = c->dev->master };
	struct kn_error err;
	struct route route;
	struct link link;

	if (route_lookup(&query, &route, &err))
		return route_why(err.code);
	if (goes_into(&route, c->dev->ifindex) || route.type == RTN_LOCAL)
		return NULL;
	if (!route.n_hops || link_get(route.hops[0].oif, NULL, &link))
		return "the route leads nowhere";
	snprintf(name, PARSE_IFNAMSIZ + 32, "the route leads to %s", link.name);

	return name;
}

/* An IPv4 host that this own prefix is for, as far as local rules say. */
static struct in_addr some_host(const struct check *c,
				const struct prefix *prefix)
{
	const struct rule *rule = (const struct rule *)c->rules.things;
	struct in_addr addr = { .s_addr = htonl(SOME_HOST) };
	size_t i;

	for (i = 0; i < c->rules.n; i++) {
		if (rule[i].local &&
		    !memcmp(&rule[i].via, &prefix->v6, sizeof(prefix->v6)))
			return check_host_of(&rule[i].dst, rule[i].dst_len);
	}

	return addr;
}

static void check_prefix(const struct routed *r, const struct prefix *prefix,
			 enum finding_id id, const char *what, bool sample)
{
	const struct check *c = r->c;
	const struct prefix *dst = find_route(r, prefix);
	char text[PREFIX_STRLEN], name[PARSE_IFNAMSIZ + 32];
	char table[CHECK_TABLE_STRLEN], via[PREFIX_STRLEN];
	const char *why = "there is no route into it";
	struct prefix addr;

	if (dst) {
		why = NULL;
		addr = check_embed(prefix, some_host(c, prefix));
		if (sample && prefix_covers(dst, &addr))
			why = elsewhere(c, &addr, name);
	}
	if (!why)
		return;
	finding_remedy(REMEDY_IP6, "route %s %s via %s dev %s%s onlink",
		       dst ? "replace" : "add", prefix_str(prefix, text),
		       addr_str(&route_next_hop, via), c->dev->name,
		       check_table(c, table));
	finding_report(id, c->dev->name, "%s %s is not routed into the device: %s",
		       what, prefix_str(prefix, text), why);
}

static bool is_known(const struct prefix *known, size_t n,
		     const struct rule *rule)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!memcmp(&known[i].v6, &rule->via, sizeof(rule->via)))
			return true;
	}

	return false;
}

/* A prefix becomes an own one by a local rule, too. */
static void check_local_prefixes(const struct routed *r)
{
	const struct rule *rule = (const struct rule *)r->c->rules.things;
	struct prefix known[ROUTES_MAX];
	size_t i, n = r->c->dev->n_own;

	memcpy(known, r->c->dev->own, sizeof(r->c->dev->own));
	for (i = 0; i < r->c->rules.n && n < ROUTES_MAX; i++) {
		if (!rule[i].local || is_known(known, n, &rule[i]))
			continue;
		known[n].family = AF_INET6;
		known[n].len = rule[i].via_len;
		known[n].v6 = rule[i].via;
		check_prefix(r, &known[n++], OWN_PREFIX_NOT_ROUTED,
			     "own prefix (of a local rule)", true);
	}
}

/*
 * An address at another site, for own ones are local whatever the routes. One
 * bit of the IPv4 address is the other way round, the first one: sites nearby
 * may be former own ones. Return: whether there is one.
 */
static bool other_site(const struct check *c, struct prefix *addr)
{
	unsigned int bit, end = dev_delegated_len(c->values);
	const struct check_dev *dev = c->dev;

	if (!end)
		end = 48;	/* 6to4 */
	*addr = dev->n_delegated ? dev->delegated[0] : dev->own[0];
	addr->len = 128;
	for (bit = dev->own[0].len; bit < end; bit++) {
		addr->bytes[bit / 8] ^= 0x80 >> bit % 8;
		if (!check_is_delegated(dev, addr))
			return true;
		addr->bytes[bit / 8] ^= 0x80 >> bit % 8;
	}

	return false;
}

/* A configured tunnel carries what its owner likes. */
static void check_domain(const struct check *c)
{
	char text[PREFIX_STRLEN], name[PARSE_IFNAMSIZ + 32];
	char table[CHECK_TABLE_STRLEN];
	struct prefix addr;
	const char *why;

	if (!c->dev->n_own || !other_site(c, &addr))
		return;
	why = elsewhere(c, &addr, name);
	if (!why)
		return;
	prefix_str(&c->dev->own[0], text);
	finding_remedy(REMEDY_IP6, "route replace %s dev %s%s", text,
		       c->dev->name, check_table(c, table));
	finding_report(PREFIX_NOT_ROUTED, c->dev->name,
		       "the prefix of all sites, %s, is not routed into the device: %s",
		       text, why);
}

static void check_adpt_prefixes(const struct routed *r)
{
	const struct check *c = r->c;
	const struct value *nat64 = dev_value(c->values, M46_DEV_A_NAT64);
	unsigned int i;

	for (i = 0; i < c->dev->n_own; i++)
		check_prefix(r, &c->dev->own[i], OWN_PREFIX_NOT_ROUTED,
			     "own prefix", true);
	check_local_prefixes(r);
	if (nat64->set && nat64->n)
		check_prefix(r, &nat64->list[0], NAT64_NOT_ROUTED,
			     "NAT64 prefix", false);
}

/* Where the rules come from routes, these lead into the device. */
void check_blocks(struct check *c)
{
	char dst[PREFIX_STRLEN], name[PARSE_IFNAMSIZ + 32];
	char table[CHECK_TABLE_STRLEN];
	struct prefix host = { .family = AF_INET, .len = 32 };
	const struct rule *rule;
	const char *why;
	size_t i;

	/* A device that is down has no IPv4 routes, of course. */
	if (check_is_fib(c) || !(c->dev->flags & IFF_UP))
		return;
	for (i = 0; i < c->n_edges; i++) {
		rule = c->edges[i].rule;
		/* Of "default", parts may well belong elsewhere. */
		if (!rule->dst_len)
			continue;
		host.v4 = check_host_of(&rule->dst, rule->dst_len);
		why = elsewhere(c, &host, name);
		if (!why)
			continue;
		finding_remedy(REMEDY_IP, "route add %s dev %s%s",
			       rule_dst_str(rule, dst), c->dev->name,
			       check_table(c, table));
		finding_report(BLOCK_NOT_ROUTED, c->dev->name,
			       "packets to %s, for which there is a rule, do not go into the device: %s",
			       dst, why);
	}
}

void check_own_routes(struct check *c)
{
	struct routed *r;

	if (c->dev->mode == M46_MODE_6TO4) {
		check_domain(c);
		return;
	}
	r = malloc(sizeof(*r));
	if (!r || read_routed(c, r)) {
		free(r);
		return;
	}
	if (c->dev->mode == M46_MODE_ADPT)
		check_adpt_prefixes(r);
	else if (c->dev->n_own)
		check_prefix(r, &c->dev->own[0], PREFIX_NOT_ROUTED, "prefix",
			     true);
	free(r);
}

static bool is_local(const struct check *c, const struct prefix *block)
{
	const struct rule *rule = (const struct rule *)c->rules.things;
	struct prefix dst = { .family = AF_INET };
	size_t i;

	for (i = 0; i < c->rules.n; i++) {
		dst.len = rule[i].dst_len;
		dst.v4 = rule[i].dst;
		if (rule[i].local && prefix_covers(&dst, block) &&
		    !memcmp(&rule[i].via, &c->dev->own[0].v6,
			    sizeof(rule[i].via)))
			return true;
	}

	return false;
}

/* Other edges have rules for what is announced: for our local rules. */
void check_nat64(struct check *c)
{
	const struct value *pool = dev_value(c->values, M46_DEV_A_NAT64_POOL);
	const struct rule *rule = (const struct rule *)c->rules.things;
	char block[PREFIX_STRLEN], own[PREFIX_STRLEN];
	bool has_local = false;
	unsigned int i;
	size_t j;

	for (j = 0; j < c->rules.n; j++)
		has_local |= rule[j].local;
	for (i = 0; has_local && pool->set && i < pool->n; i++) {
		if (is_local(c, &pool->list[i]) || !c->dev->n_own)
			continue;
		prefix_str(&pool->list[i], block);
		prefix_str(&c->dev->own[0], own);
		finding_remedy(REMEDY_M46CTL, "rule add %s via %s dev %s local",
			       block, own, c->dev->name);
		finding_report(NAT64_POOL_NOT_COVERED, c->dev->name,
			       "nat64-pool %s is in no local rule with the prefix %s: other edges do not know where to answer",
			       block, own);
	}
}
