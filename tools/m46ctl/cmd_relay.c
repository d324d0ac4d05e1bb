// SPDX-License-Identifier: GPL-2.0
/*
 * relay: whether a relay between the domain and native IPv6 is operational, for
 * those who announce a route to it (RFC 3068, section 4.4).
 */
#include <linux/if.h>
#include <linux/m46.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "addr.h"
#include "cmd.h"
#include "dev.h"
#include "err.h"
#include "link.h"
#include "nl.h"
#include "out.h"
#include "route.h"

#define REASONS_MAX	8

/**
 * struct health - what is known of a relay
 * @dev: its name
 * @values: its settings
 * @link: the device
 * @table: routing table of what comes out of it
 * @forwards: IPv6 is forwarded
 * @has_route: native IPv6 can be reached
 * @has_anycast: 192.88.99.1 is an address of this machine
 * @reasons: why it cannot relay
 */
struct health {
	const char *dev;
	struct value values[WORDS_MAX];
	struct link link;
	uint32_t table;
	bool forwards;
	bool has_route;
	bool has_anycast;
	const char *reasons[REASONS_MAX];
	unsigned int n;
};

static const struct prefix sixto4 = {
	.family = AF_INET6, .len = 16, .bytes = { 0x20, 0x02 }
};

static bool is_on(const struct health *h, int attr)
{
	const struct value *value = dev_value(h->values, attr);

	return value->set && value->num;
}

static int read_forwarding(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla;
	struct health *h = arg;

	if (hdr->nlmsg_type != RTM_NEWNETCONF)
		return 0;
	nla = nlmsg_find_attr((struct nlmsghdr *)hdr,
			      sizeof(struct netconfmsg), NETCONFA_FORWARDING);
	h->forwards = nla && nla_len(nla) >= 4 && nla_get_u32(nla);

	return 0;
}

static int get_forwarding(struct health *h, struct kn_error *err)
{
	struct kn_reply reply = { .message = read_forwarding, .arg = h };
	const struct netconfmsg head = { .ncm_family = AF_INET6 };
	const int32_t all = NETCONFA_IFINDEX_ALL;
	struct nl_msg *msg;

	msg = kn_rt_msg(RTM_GETNETCONF, 0, &head, sizeof(head));
	kn_put(msg, NETCONFA_IFINDEX, &all, sizeof(all));

	return kn_call(KN_ROUTE, msg, &reply, err);
}

static int get_addrs(struct health *h, struct kn_error *err)
{
	struct addrs addrs;
	int ret = addrs_get(AF_INET, &addrs, err);

	h->has_anycast = !ret && addrs_have4(&addrs, dev_anycast.v4);
	addrs_free(&addrs);

	return ret;
}

/* Where a hop leads; what has lost its carrier leads nowhere. */
static bool is_good(const struct health *h, const struct route_hop *hop)
{
	return hop->oif && hop->oif != h->link.ifindex &&
	       !(hop->flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN));
}

/* The network that an interface is on is not the Internet behind it. */
static bool is_onlink(const struct route *route)
{
	return (route->protocol == RTPROT_KERNEL ||
		route->protocol == RTPROT_RA) &&
	       route->n_hops == 1 && !route->hops[0].gateway.family;
}

static int read_route(const struct route *route, void *arg)
{
	struct health *h = arg;
	size_t i;

	if (route->type != RTN_UNICAST || route->table != h->table ||
	    !dev_is_native(h->values, &route->dst) ||
	    prefix_covers(&sixto4, &route->dst) || is_onlink(route))
		return 0;
	for (i = 0; i < route->n_hops; i++)
		h->has_route |= is_good(h, &route->hops[i]);

	return 0;
}

static void forget_routes(void *arg)
{
	struct health *h = arg;

	h->has_route = false;
}

static int get_routes(struct health *h, struct kn_error *err)
{
	struct route_dump dump = {
		.family = AF_INET6, .each = read_route,
		.restart = forget_routes, .arg = h
	};
	struct link master;

	h->table = RT_TABLE_MAIN;
	if (h->link.master && !link_get(h->link.master, NULL, &master) &&
	    master.table)
		h->table = master.table;
	dump.table = h->table;

	return route_dump(&dump, err);
}

static void unless(struct health *h, bool good, const char *reason)
{
	if (!good)
		h->reasons[h->n++] = reason;
}

static void judge(struct health *h)
{
	bool is_up = h->link.flags & IFF_UP;

	unless(h, is_up, "the device is down");
	unless(h, !is_up || h->link.flags & IFF_LOWER_UP,
	       "the device has no carrier: no local address is there");
	unless(h, is_on(h, DEV_TUNNEL(M46_TUN_A_RELAY)), "relay is off");
	unless(h, h->forwards,
	       "IPv6 is not forwarded: net.ipv6.conf.all.forwarding is 0");
	unless(h, h->has_route, "no route to native IPv6");
	unless(h, !dev_is_anycast(h->values) || h->has_anycast,
	       "192.88.99.1 is no address of this machine");
}

static void print_health(const struct health *h)
{
	unsigned int i;

	out_list_begin(NULL);
	if (out_is_json()) {
		out_object_begin();
		out_string("dev", NULL, h->dev);
		out_bool("healthy", !h->n);
		out_array_begin("reasons", "none");
		for (i = 0; i < h->n; i++)
			out_string(NULL, NULL, h->reasons[i]);
		out_array_end();
		out_object_end();
	}
	out_list_end();
	if (!h->n)
		out_line("%s: can relay", h->dev);
	for (i = 0; i < h->n; i++)
		out_line("%s: %s", h->dev, h->reasons[i]);
}

static int read_health(struct health *h)
{
	struct kn_error err;
	int ret = dev_read(h->dev, h->values);

	if (!ret)
		ret = dev_check_6to4(h->dev, h->values);
	if (ret)
		return ret;
	if (link_get(0, h->dev, &h->link))
		return err_refused("%s: no such device", h->dev);
	if (get_forwarding(h, &err))
		return kn_refused(&err, "IPv6 forwarding");
	if (get_addrs(h, &err))
		return kn_refused(&err, "IPv4 addresses");
	if (get_routes(h, &err))
		return kn_refused(&err, "IPv6 routes");

	return EXIT_OK;
}

static int health(int argc, char **argv)
{
	struct value values[RELAY_WORD_COUNT];
	struct health h = { 0 };
	int ret;

	ret = cmd_words(&relay_words, argc, argv, WORD_BIT(RELAY_WORD_DEV),
			WORD_BIT(RELAY_WORD_DEV), values);
	if (ret)
		return ret;
	h.dev = values[RELAY_WORD_DEV].ifname;
	ret = read_health(&h);
	if (ret)
		return ret;
	judge(&h);
	print_health(&h);

	return h.n ? EXIT_REFUSED : EXIT_OK;
}

static const struct command commands[] = {
	{ "health", health, "dev NAME" },
	{ NULL, NULL, NULL }
};

const struct object relay_object = {
	"relay", commands, &relay_words, "relays between 6to4 and native IPv6"
};
