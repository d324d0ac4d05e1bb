// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of one device, read from the kernel.
 */
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "addr.h"
#include "conf.h"
#include "dev.h"
#include "dump.h"
#include "err.h"
#include "link.h"
#include "route.h"

#define KERNEL_METRIC6	1024	/* what IPv6 makes of none */

static int get_rule(const struct nlattr *nest, void *thing)
{
	return rule_get(nest, thing);
}

static int get_pool(const struct nlattr *nest, void *thing)
{
	return pool_get(nest, thing);
}

static int get_entry(const struct nlattr *nest, void *thing)
{
	return entry_get(nest, thing);
}

/* All that the device has of a kind, of one piece. Errors are printed. */
static int read_things(struct dump *dump, struct nl_msg *msg, const char *name)
{
	struct kn_error err;

	if (dump_query(dump, msg, &err))
		return kn_refused(&err, "%s: %s", name, dump->type->name);

	return dump_check(dump);
}

static int read_rules(struct conf *conf)
{
	static const struct dump_type type = {
		"rules", M46_A_RULE, sizeof(struct rule), get_rule, NULL
	};
	struct dump dump = { .type = &type };
	struct rulefile *rules = &conf->rules;
	size_t i;
	int ret;

	ret = read_things(&dump, kn_genl_msg(M46_CMD_RULE_GET, NLM_F_DUMP,
					     conf->name), conf->name);
	for (i = 0; !ret && i < dump.n; i++) {
		conf_grow((void **)&rules->rules, &rules->n, &rules->room,
			  sizeof(rules->rules[0]));
		rules->rules[i].rule = ((struct rule *)dump.things)[i];
	}
	dump_free(&dump);

	return ret;
}

static int read_pools(struct conf *conf)
{
	static const struct dump_type type = {
		"pools", M46_A_POOL, sizeof(struct pool), get_pool, NULL
	};
	struct dump dump = { .type = &type };
	size_t i;
	int ret;

	ret = read_things(&dump, kn_genl_msg(M46_CMD_POOL_GET, NLM_F_DUMP,
					     conf->name), conf->name);
	for (i = 0; !ret && i < dump.n; i++)
		conf_add(&conf->pools)->pool = ((struct pool *)dump.things)[i];
	dump_free(&dump);

	return ret;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int ret = memcmp(&x->ipv4, &y->ipv4, sizeof(x->ipv4));

	return ret ? ret : memcmp(&x->ipv6, &y->ipv6, sizeof(x->ipv6));
}

int conf_read_entries(const char *name, uint32_t types, struct dump *dump)
{
	static const struct dump_type type = {
		"entries", M46_A_ENTRY, sizeof(struct entry), get_entry, NULL
	};
	const struct entry_filter filter = { .types = types };
	struct nl_msg *msg;
	int ret;

	dump->type = &type;
	msg = kn_genl_msg(M46_CMD_ENTRY_GET, NLM_F_DUMP, name);
	entry_filter_put(msg, &filter);
	ret = read_things(dump, msg, name);
	/* A table that grows may show one twice. */
	if (!ret)
		dump_sort(dump, compare_entries);

	return ret;
}

static int read_entries(struct conf *conf)
{
	struct dump dump = { NULL };
	struct entry *entry;
	size_t i;
	int ret;

	ret = conf_read_entries(conf->name, 1U << M46_ENTRY_STATIC, &dump);
	for (i = 0; !ret && i < dump.n; i++) {
		entry = &conf_add(&conf->entries)->entry;
		*entry = ((struct entry *)dump.things)[i];
		entry->type = 0;
		entry->has_expires = false;
	}
	dump_free(&dump);

	return ret;
}

/* Not what the kernel or a daemon has made of its own accord. */
static bool is_ours(const struct addr *addr, int ifindex)
{
	return addr->ifindex == ifindex && addr->flags & IFA_F_PERMANENT &&
	       addr->protocol != IFAPROT_KERNEL_LL;
}

static int read_addrs(struct conf *conf, int ifindex)
{
	struct conf_addr *addr;
	struct kn_error err;
	struct addrs addrs;
	size_t i;
	int ret = EXIT_OK;

	if (addrs_get(AF_UNSPEC, &addrs, &err))
		ret = kn_refused(&err, "%s: addresses", conf->name);
	for (i = 0; !ret && i < addrs.n; i++) {
		if (!is_ours(&addrs.list[i], ifindex))
			continue;
		addr = conf_add(&conf->addrs);
		addr->addr = addrs.list[i].addr;
		addr->addr.len = addrs.list[i].len;
	}
	addrs_free(&addrs);

	return ret;
}

/* Those of ip route and ours, not those of the kernel and of daemons. */
static int take_route(const struct route *route, void *arg)
{
	struct conf *conf = arg;
	struct conf_route *mine;

	if ((route->protocol != RTPROT_BOOT &&
	     route->protocol != RTPROT_STATIC) ||
	    route->type != RTN_UNICAST || route->n_hops != 1 ||
	    route->table == RT_TABLE_LOCAL)
		return 0;
	mine = conf_add(&conf->routes);
	mine->dst = route->dst;
	mine->via = route->hops[0].gateway;
	mine->src = route->src;
	mine->onlink = route->hops[0].flags & RTNH_F_ONLINK;
	mine->table = route->table;
	mine->metric = route->metric;
	if (route->dst.family == AF_INET6 && mine->metric == KERNEL_METRIC6)
		mine->metric = 0;

	return 0;
}

/* The dump starts again: those of this family, behind the others. */
struct routes_from {
	struct conf *conf;
	size_t first;
};

static int each_route(const struct route *route, void *arg)
{
	struct routes_from *from = arg;

	return take_route(route, from->conf);
}

static void restart_routes(void *arg)
{
	struct routes_from *from = arg;

	from->conf->routes.n = from->first;
}

static int read_routes(struct conf *conf, int family, int ifindex)
{
	struct routes_from from = { conf, conf->routes.n };
	struct route_dump dump = {
		.family = family, .oif = ifindex, .each = each_route,
		.restart = restart_routes, .arg = &from
	};
	struct kn_error err;

	if (route_dump(&dump, &err))
		return kn_refused(&err, "%s: routes", conf->name);
	if (dump.torn)
		return err_refused("%s: routes changed each time they were read",
				   conf->name);

	return EXIT_OK;
}

int conf_read_kernel(const char *name, struct conf *conf)
{
	const struct value *mode;
	struct link link;
	int ret;

	conf_init(conf, name);
	ret = kn_open_genl();
	if (!ret)
		ret = dev_read(name, conf->dev);
	if (ret)
		return ret;
	mode = dev_value(conf->dev, M46_DEV_A_MODE);
	if (link_get(0, name, &link))
		return err_refused("%s: no such device", name);
	conf->mtu = link.mtu;
	conf->up = link.flags & IFF_UP;
	if (mode->num == M46_MODE_ADPT)
		ret = read_rules(conf);
	if (mode->num == M46_MODE_M46T)
		ret = read_pools(conf) || read_entries(conf) ? EXIT_REFUSED : 0;
	if (!ret)
		ret = read_addrs(conf, link.ifindex);
	if (!ret)
		ret = read_routes(conf, AF_INET, link.ifindex);
	if (!ret)
		ret = read_routes(conf, AF_INET6, link.ifindex);
	conf_find_hops(conf);

	return ret;
}
