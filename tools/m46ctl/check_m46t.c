// SPDX-License-Identifier: GPL-2.0
/*
 * check: the pools of a device in mode m46t.
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>

#include "check.h"
#include "link.h"
#include "pool.h"

#define NEARLY_FULL	80	/* %, as the event has it */
#define TRIES		4	/* addresses looked at, some may be our own */

static int read_pool(const struct nlattr *nest, void *thing)
{
	return pool_get(nest, thing);
}

static const struct dump_type pool_dump = {
	"pools", M46_A_POOL, sizeof(struct pool), read_pool, NULL
};

/* Where the pool's addresses are routed to. NULL: into the device. */
static const char *elsewhere(const struct check *c, const struct prefix *pool,
			     char name[PARSE_IFNAMSIZ + 32])
{
	struct route_query query = { .dst = *pool, .oif = c->dev->master };
	struct kn_error err;
	struct route route;
	struct link link;
	uint32_t i, addr = ntohl(pool->v4.s_addr);

	for (i = 0; i < TRIES; i++) {
		query.dst.v4.s_addr = htonl(pool->len > 29 ? addr :
					    addr + 1 + i);
		if (route_lookup(&query, &route, &err))
			return route_why(err.code);
		if (route.type != RTN_LOCAL)
			break;
	}
	if (route.type != RTN_UNICAST || !route.n_hops ||
	    route.hops[0].oif == c->dev->ifindex)
		return NULL;
	if (link_get(route.hops[0].oif, NULL, &link))
		return "the route leads nowhere";
	snprintf(name, PARSE_IFNAMSIZ + 32, "the route leads to %s", link.name);

	return name;
}

static void check_pool(const struct check *c, const struct pool *pool)
{
	char text[PREFIX_STRLEN], name[PARSE_IFNAMSIZ + 32];
	char table[CHECK_TABLE_STRLEN];
	const char *why = elsewhere(c, &pool->dst, name);

	prefix_str(&pool->dst, text);
	if (why) {
		finding_remedy(REMEDY_IP, "route add %s dev %s%s", text,
			       c->dev->name, check_table(c, table));
		finding_report(POOL_NOT_ROUTED, c->dev->name,
			       "pool %s is not routed into the device: %s",
			       text, why);
	}
	if (!pool->size ||
	    (uint64_t)pool->used * 100 < (uint64_t)pool->size * NEARLY_FULL)
		return;
	finding_remedy(REMEDY_M46CTL, "pool add V4/LEN dev %s", c->dev->name);
	finding_report(POOL_NEARLY_FULL, c->dev->name,
		       "%u of %u addresses of pool %s are used, those that rest included",
		       pool->used, pool->size, text);
}

void check_m46t(struct check *c)
{
	struct dump pools = { .type = &pool_dump };
	const struct pool *pool;
	struct kn_error err;
	size_t i;

	if (dump_query(&pools, kn_genl_msg(M46_CMD_POOL_GET, NLM_F_DUMP,
					   c->dev->name), &err)) {
		kn_refused(&err, "%s", c->dev->name);
		dump_free(&pools);
		return;
	}
	pool = (const struct pool *)pools.things;
	for (i = 0; i < pools.n; i++)
		check_pool(c, &pool[i]);
	if (!pools.n) {
		finding_remedy(REMEDY_M46CTL, "pool add V4/LEN dev %s",
			       c->dev->name);
		finding_report(NO_POOL, c->dev->name,
			       "no pool: only hosts with static entries have an IPv4 address");
	}
	dump_free(&pools);
}
