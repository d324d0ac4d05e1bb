// SPDX-License-Identifier: GPL-2.0
/*
 * relay: whether a relay between the domain and native IPv6 is operational, for
 * those who announce a route to it (RFC 3068, section 4.4).
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/m46.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"
#include "dev.h"
#include "err.h"
#include "link.h"
#include "nl.h"
#include "out.h"

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

static const struct prefix global = {
	.family = AF_INET6, .len = 3, .bytes = { 0x20 }
};

static const struct prefix sixto4 = {
	.family = AF_INET6, .len = 16, .bytes = { 0x20, 0x02 }
};

static const uint8_t anycast_addr[4] = { 192, 88, 99, 1 };

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

static int read_addr(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla;
	struct health *h = arg;

	if (hdr->nlmsg_type != RTM_NEWADDR)
		return 0;
	nla = nlmsg_find_attr((struct nlmsghdr *)hdr, sizeof(struct ifaddrmsg),
			      IFA_LOCAL);
	if (nla && nla_len(nla) == sizeof(anycast_addr) &&
	    !memcmp(nla_data(nla), anycast_addr, sizeof(anycast_addr)))
		h->has_anycast = true;

	return 0;
}

static int get_addrs(struct health *h, struct kn_error *err)
{
	struct kn_reply reply = { .message = read_addr, .arg = h };
	const struct ifaddrmsg head = { .ifa_family = AF_INET };

	return kn_call(KN_ROUTE, kn_rt_msg(RTM_GETADDR, NLM_F_DUMP, &head,
					   sizeof(head)), &reply, err);
}

/* Where a hop leads; what has lost its carrier leads nowhere. */
static bool hop_is_good(const struct health *h, int oif, unsigned int flags)
{
	return oif && oif != h->link.ifindex &&
	       !(flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN));
}

static bool hops_are_good(const struct health *h, const struct nlattr *hops)
{
	const struct rtnexthop *hop = nla_data(hops);
	int left = nla_len(hops);

	for (; left >= (int)sizeof(*hop) && RTNH_OK(hop, left);
	     hop = RTNH_NEXT(hop)) {
		if (hop_is_good(h, hop->rtnh_ifindex, hop->rtnh_flags))
			return true;
		left -= (int)RTNH_ALIGN(hop->rtnh_len);
	}

	return false;
}

/* Whether native addresses, and not just 6to4 or the 6rd domain, are there. */
static bool is_native(const struct health *h, const struct prefix *dst)
{
	const struct value *own = dev_value(h->values, M46_DEV_A_PREFIXES);

	return (prefix_covers(dst, &global) || prefix_covers(&global, dst)) &&
	       !prefix_covers(&sixto4, dst) &&
	       !(own->set && own->n && prefix_covers(&own->list[0], dst));
}

/* The network that an interface is on is not the Internet behind it. */
static bool is_onlink(const struct rtmsg *rtm, struct nlattr **tb)
{
	return (rtm->rtm_protocol == RTPROT_KERNEL ||
		rtm->rtm_protocol == RTPROT_RA) &&
	       !tb[RTA_GATEWAY] && !tb[RTA_MULTIPATH];
}

static int read_route(const struct nlmsghdr *hdr, void *arg)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *tb[RTA_MAX + 1] = { NULL };
	struct prefix dst = { .family = AF_INET6 };
	struct health *h = arg;
	uint32_t table;

	if (hdr->nlmsg_type != RTM_NEWROUTE || rtm->rtm_type != RTN_UNICAST ||
	    rtm->rtm_flags & RTM_F_CLONED ||
	    nlmsg_parse((struct nlmsghdr *)hdr, sizeof(*rtm), tb, RTA_MAX,
			NULL))
		return 0;
	table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : rtm->rtm_table;
	dst.len = rtm->rtm_dst_len;
	if (tb[RTA_DST] && nla_len(tb[RTA_DST]) == sizeof(dst.v6))
		memcpy(&dst.v6, nla_data(tb[RTA_DST]), sizeof(dst.v6));
	if (table != h->table || !is_native(h, &dst) || is_onlink(rtm, tb))
		return 0;
	if (tb[RTA_MULTIPATH])
		h->has_route |= hops_are_good(h, tb[RTA_MULTIPATH]);
	else if (tb[RTA_OIF])
		h->has_route |= hop_is_good(h, (int)nla_get_u32(tb[RTA_OIF]),
					    rtm->rtm_flags);

	return 0;
}

static int get_routes(struct health *h, struct kn_error *err)
{
	struct kn_reply reply = { .message = read_route, .arg = h };
	const struct rtmsg head = {
		.rtm_family = AF_INET6, .rtm_type = RTN_UNICAST
	};
	struct nl_msg *msg;
	struct link master;
	int ret;

	h->table = RT_TABLE_MAIN;
	if (h->link.master && !link_get(h->link.master, NULL, &master) &&
	    master.table)
		h->table = master.table;
	msg = kn_rt_msg(RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head));
	kn_put(msg, RTA_TABLE, &h->table, sizeof(h->table));
	ret = kn_call(KN_ROUTE, msg, &reply, err);

	/* A table without routes is not there. */
	return ret && err->code == ENOENT ? 0 : ret;
}

static void unless(struct health *h, bool good, const char *reason)
{
	if (!good)
		h->reasons[h->n++] = reason;
}

static void judge(struct health *h)
{
	bool is_up = h->link.flags & IFF_UP;
	bool is_anycast = is_on(h, DEV_TUNNEL(M46_TUN_A_ANYCAST)) && !dev_is_6rd(h->values);

	unless(h, is_up, "the device is down");
	unless(h, !is_up || h->link.flags & IFF_LOWER_UP,
	       "the device has no carrier: no local address is there");
	unless(h, is_on(h, DEV_TUNNEL(M46_TUN_A_RELAY)), "relay is off");
	unless(h, h->forwards,
	       "IPv6 is not forwarded: net.ipv6.conf.all.forwarding is 0");
	unless(h, h->has_route, "no route to native IPv6");
	unless(h, !is_anycast || h->has_anycast,
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
