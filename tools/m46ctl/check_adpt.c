// SPDX-License-Identifier: GPL-2.0
/*
 * check: the rules of a device in mode adpt, be they its own or IPv4 routes,
 * and what its counters tell.
 */
#include <inttypes.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "answers.h"
#include "check.h"
#include "counter.h"
#include "dev.h"
#include "err.h"

static int read_rule(const struct nlattr *nest, void *thing)
{
	return rule_get(nest, thing);
}

static const struct dump_type rule_dump = {
	"rules", M46_A_RULE, sizeof(struct rule), read_rule, NULL
};

static const struct rule *rules_of(const struct check *c)
{
	return (const struct rule *)c->rules.things;
}

bool check_is_daemon(uint8_t protocol)
{
	switch (protocol) {
	case RTPROT_ZEBRA:
	case RTPROT_BIRD:
	case RTPROT_XORP:
	case RTPROT_BABEL:
	case RTPROT_OPENR:
	case RTPROT_BGP:
	case RTPROT_ISIS:
	case RTPROT_OSPF:
	case RTPROT_RIP:
	case RTPROT_EIGRP:
		return true;
	}

	return false;
}

static void keep(struct check_routes *routes, const struct route *route,
		 const struct route_hop *hop)
{
	struct check_route *r;

	if (routes->n == CHECK_ROUTES_MAX)
		return;
	r = &routes->routes[routes->n++];
	r->dst = route->dst;
	r->gateway = hop->gateway;
	r->table = route->table;
	r->metric = route->metric;
	r->protocol = route->protocol;
	r->oif = hop->oif;
}

static int read_hop(struct check *c, const struct route *route,
		    const struct route_hop *hop)
{
	struct rule rule;

	if (hop->oif == c->dev->ifindex) {
		if (!rule_of_route(route, hop, &rule))
			return dump_add(&c->rules, c->dev->name, &rule);
		keep(&c->naked, route, hop);
	} else if (hop->gateway.family == AF_INET6 &&
		   check_is_daemon(route->protocol) &&
		   route->table == c->dev->table &&
		   !check_dev_by_index(c, hop->oif)) {
		keep(&c->strays, route, hop);
	}

	return 0;
}

static int read_route(const struct route *route, void *arg)
{
	size_t i;

	if (route->type != RTN_UNICAST)
		return 0;
	for (i = 0; i < route->n_hops; i++) {
		if (read_hop(arg, route, &route->hops[i]))
			return -1;
	}

	return 0;
}

/* Rules of the family are in front, and there are none twice in routes. */
static void restart(void *arg)
{
	struct check *c = arg;

	while (c->rules.n && rules_of(c)[c->rules.n - 1].is_route)
		c->rules.n--;
	c->naked.n = 0;
	c->strays.n = 0;
}

static int read_routes(struct check *c)
{
	struct route_dump routes = {
		.family = AF_INET, .each = read_route, .restart = restart,
		.arg = c
	};
	struct kn_error err;

	if (route_dump(&routes, &err))
		return kn_refused(&err, "IPv4 routes");

	return EXIT_OK;
}

static int compare(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;
	int ret = memcmp(&x->via, &y->via, sizeof(x->via));

	if (!ret)
		ret = x->via_len - y->via_len;
	if (!ret)
		ret = memcmp(&x->dst, &y->dst, sizeof(x->dst));

	return ret ? ret : x->dst_len - y->dst_len;
}

bool check_is_own(const struct check *c, const struct in6_addr *via)
{
	const struct rule *rule = rules_of(c);
	size_t i;

	for (i = 0; i < c->dev->n_own; i++) {
		if (!memcmp(via, &c->dev->own[i].v6, 12))
			return true;
	}
	/* With md fib there are no others, and they are in front. */
	for (i = 0; i < c->rules.n && rule[i].local; i++) {
		if (!memcmp(via, &rule[i].via, 12))
			return true;
	}

	return false;
}

/* Rules that packets may take to another edge. */
static bool leads_on(const struct check *c, const struct rule *rule)
{
	if (rule->local || rule->via_len > 96)
		return false;

	return !rule->is_route || !check_is_own(c, &rule->via);
}

static void add_edge(struct check *c, const struct rule *rule)
{
	struct check_edge *e = c->n_edges ? &c->edges[c->n_edges - 1] : NULL;

	if (!e || e->via.len != rule->via_len ||
	    memcmp(&e->via.v6, &rule->via, sizeof(rule->via))) {
		e = &c->edges[c->n_edges++];
		e->via.family = AF_INET6;
		e->via.len = rule->via_len;
		e->via.v6 = rule->via;
		e->rule = rule;
	}
	e->n++;
	e->encap |= (rule->method ? rule->method :
		     check_num(c, M46_DEV_A_METHOD)) == M46_METHOD_ENCAP;
}

static int find_edges(struct check *c)
{
	const struct rule **sorted = calloc(c->rules.n + 1, sizeof(*sorted));
	size_t i, n = 0;

	c->edges = calloc(c->rules.n + 1, sizeof(*c->edges));
	if (!sorted || !c->edges) {
		free(sorted);
		return err_refused("out of memory");
	}
	for (i = 0; i < c->rules.n; i++) {
		if (leads_on(c, &rules_of(c)[i]))
			sorted[n++] = &rules_of(c)[i];
	}
	qsort(sorted, n, sizeof(*sorted), compare);
	for (i = 0; i < n; i++)
		add_edge(c, sorted[i]);
	free(sorted);

	return EXIT_OK;
}

int check_adpt_read(struct check *c)
{
	struct kn_error err;
	int ret = EXIT_OK;

	c->rules.type = &rule_dump;
	if (dump_query(&c->rules, kn_genl_msg(M46_CMD_RULE_GET, NLM_F_DUMP,
					      c->dev->name), &err))
		return kn_refused(&err, "%s", c->dev->name);
	if (check_is_fib(c))
		ret = read_routes(c);

	return ret ? ret : find_edges(c);
}

void check_adpt_free(struct check *c)
{
	dump_free(&c->rules);
	memset(&c->rules, 0, sizeof(c->rules));
	free(c->edges);
	c->edges = NULL;
	c->n_edges = 0;
	c->naked.n = 0;
	c->strays.n = 0;
}

void check_rules(struct check *c)
{
	size_t i;

	for (i = 0; i < c->rules.n; i++) {
		if (!rules_of(c)[i].local)
			return;
	}
	if (check_is_fib(c)) {
		finding_remedy(REMEDY_IP, "route add 0.0.0.0/0 via inet6 PREF6 dev %s onlink",
			       c->dev->name);
		finding_report(NO_RULES, c->dev->name,
			       "no IPv4 route via inet6 leads into the device: no packet finds another edge (where the kernel has a route to PREF6 already, it wants ip -6 route add PREF6/128 dev %s first)",
			       c->dev->name);
		return;
	}
	finding_remedy(REMEDY_M46CTL, "rule add default via PREF6/96 dev %s",
		       c->dev->name);
	finding_report(NO_RULES, c->dev->name,
		       "no rule but local ones: no packet finds another edge");
}

/* Of the packets only the number is known, not whose they were. */
void check_counters(struct check *c)
{
	unsigned int how = check_num(c, M46_DEV_A_SOURCE_CHECK);
	uint64_t drops;

	if (how == M46_SOURCE_CHECK_OFF ||
	    counter_get(c->dev->name, "adpt_src", &drops) || !drops)
		return;
	finding_remedy(REMEDY_OTHER, "tcpdump -c 10 -ni %s ip6", c->dev->name);
	finding_report(SOURCE_CHECK_DROPS, c->dev->name,
		       "%" PRIu64 " packets refused by source-check %s: %s; whose they were is not recorded, packets on the device show it (m46ctl stats reset forgets them)",
		       drops,
		       how == M46_SOURCE_CHECK_STRICT ? "strict" : "loose",
		       how == M46_SOURCE_CHECK_STRICT ?
		       "the rule here for their IPv4 source has another mapping prefix than the edge that sent them, or there is none, or they are forged" :
		       "no rule here has the mapping prefix of the edge that sent them, or they are forged");
}
