// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel for tests of m46ctl: it answers the messages of the tool inside the
 * process, so that the whole tool runs without the module and without
 * privileges. It checks the shape of requests strictly, but knows no more of
 * m46 than the tool's messages need. Linked by --wrap around the library's
 * send and receive.
 *
 * MOCK=nomodule,eperm,enomem,torn=N in the environment makes it misbehave; torn=N
 * interrupts the first N dumps; warn makes it warn of settings; down, nocarrier,
 * noforward, noroute, domainroute and noanycast are what a relay may lack,
 * multipath is the other way to tell of routes, routes=N makes N of IPv4, and
 * torn4=N is torn=N for their dumps. What "check" finds: noforward, strict,
 * ipv6off, narrow (MTU), lost (no IPv6 route), forged (packets).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/m46.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY		0x46
#define DEVS_MAX	16
#define QUEUE_SIZE	(1 << 17)
#define ENTRIES_MAX	1024

struct mock_rule {
	uint8_t dst[4], via[16];
	uint8_t dst_len, via_len, method;
	bool local;
};

struct mock_pool {
	uint32_t dst;			/* host byte order */
	uint8_t len;
	void *excludes;			/* the attribute as it came */
};

struct mock_entry {
	uint8_t ipv6[16];
	uint32_t ipv4;			/* host byte order */
	uint8_t type;
	uint32_t expires;
};

/* Where what comes in the nest TUNNEL is kept, behind the rest. */
#define TUN_BASE	M46_DEV_A_MAX
#define TUN(a)		(TUN_BASE + M46_TUN_A_##a)
#define ATTRS_MAX	(M46_DEV_A_MAX + M46_TUN_A_MAX)

struct mock_dev {
	char name[16];
	char kind[16];
	int ifindex;
	void *attrs[ATTRS_MAX + 1];	/* as they came */
	struct mock_rule *rules, *fresh;
	unsigned int n_rules, n_fresh;
	bool loading;
	struct mock_pool pools[M46_POOLS_MAX];
	struct mock_entry entries[ENTRIES_MAX];
	unsigned int n_pools, n_entries;
};

static struct mock_dev devs[DEVS_MAX] = {
	{ .name = "lo", .ifindex = 1 },
	{ .name = "veth0", .kind = "veth", .ifindex = 2 },
};

static int next_index = 3;

/* Answers wait here; the tool reads after each request. */
static struct nl_msg *queue[QUEUE_SIZE];
static unsigned int head, tail;
static const struct nlmsghdr *request;
static int torn_left = -1;
static const struct nl_sock *route_sock;

static bool mock_has(const char *word)
{
	const char *mock = getenv("MOCK");

	return mock && strstr(mock, word);
}

static void push(struct nl_msg *msg)
{
	nlmsg_hdr(msg)->nlmsg_seq = request->nlmsg_seq;
	queue[tail++ % QUEUE_SIZE] = msg;
}

static struct nl_msg *answer(int type, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	nlmsg_put(msg, 0, 0, type, 0, flags);

	return msg;
}

/* Error with extack: @text and @bad may be NULL. */
static void push_error(int error, const char *text, const void *bad)
{
	struct nlmsgerr e = { .error = error, .msg = *request };
	struct nl_msg *msg;

	msg = answer(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS);
	nlmsg_append(msg, &e, sizeof(e), NLMSG_ALIGNTO);
	if (text)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, text);
	if (bad)
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, (uint32_t)
			    ((const char *)bad - (const char *)request));
	push(msg);
}

static struct mock_dev *dev_by_name(const char *name)
{
	int i;

	for (i = 0; i < DEVS_MAX; i++) {
		if (devs[i].ifindex && !strcmp(devs[i].name, name))
			return &devs[i];
	}

	return NULL;
}

static struct mock_dev *dev_by_index(int ifindex)
{
	int i;

	for (i = 0; i < DEVS_MAX; i++) {
		if (ifindex && devs[i].ifindex == ifindex)
			return &devs[i];
	}

	return NULL;
}

static bool is_m46(const struct mock_dev *dev)
{
	return dev && !strcmp(dev->kind, M46_LINK_KIND);
}

/* rtnetlink */

static struct nlattr *route_attr(int type)
{
	return nlmsg_find_attr((struct nlmsghdr *)request,
			       sizeof(struct ifinfomsg), type);
}

static struct mock_dev *route_dev(void)
{
	const struct ifinfomsg *ifi = nlmsg_data(request);
	struct nlattr *name = route_attr(IFLA_IFNAME);

	if (ifi->ifi_index)
		return dev_by_index(ifi->ifi_index);

	return name ? dev_by_name(nla_get_string(name)) : NULL;
}

static void get_link(void)
{
	struct rtnl_link_stats64 stats = { .rx_packets = 7, .tx_bytes = 900 };
	struct mock_dev *dev = route_dev();
	struct ifinfomsg ifi = { 0 };
	struct nlattr *info;
	struct nl_msg *msg;

	if (!dev) {
		push_error(-ENODEV, NULL, NULL);
		return;
	}
	ifi.ifi_index = dev->ifindex;
	ifi.ifi_flags = mock_has("down") ? 0 : mock_has("nocarrier") ? IFF_UP :
			IFF_UP | IFF_LOWER_UP;
	msg = answer(RTM_NEWLINK, 0);
	nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, dev->name);
	nla_put(msg, IFLA_STATS64, sizeof(stats), &stats);
	if (dev->kind[0]) {
		info = nla_nest_start(msg, IFLA_LINKINFO);
		nla_put_string(msg, IFLA_INFO_KIND, dev->kind);
		nla_nest_end(msg, info);
	}
	push(msg);
	push_error(0, NULL, NULL);
}

static const uint8_t attr_len[ATTRS_MAX + 1] = {
	[M46_DEV_A_LOWEST_IPV6_MTU] = 4, [M46_DEV_A_TCLASS] = 2,
	[M46_DEV_A_TOS_OVERRIDE] = 2, [M46_DEV_A_RATE] = 4,
	[M46_DEV_A_BURST] = 4, [M46_DEV_A_ICMP4_SOURCE] = 4,
	[M46_DEV_A_ICMP6_SOURCE] = 16, [M46_DEV_A_PLANE] = 8,
	[M46_DEV_A_EXPIRES] = 4, [M46_DEV_A_REUSE_AFTER] = 4,
	[M46_DEV_A_MAX_PER_64] = 4, [M46_DEV_A_ALLOC_RATE] = 4,
	[M46_DEV_A_ALLOC_KEY] = 16, [TUN(REMOTE)] = 4,
	[TUN(TTL)] = 2, [TUN(TOS)] = 2, [TUN(LINK)] = 4,
	[TUN(FWMARK)] = 4, [TUN(ENCAP_LIMIT)] = 2,
};

static bool attr_is_free(int type)
{
	return type == M46_DEV_A_PREFIXES || type == M46_DEV_A_POOL6791 ||
	       type == M46_DEV_A_MTU_PLATEAUS || type == M46_DEV_A_FROM ||
	       type == M46_DEV_A_FASTPATH || type == M46_DEV_A_NAT64 || type == M46_DEV_A_NAT64_POOL ||
	       type == TUN(LOCALS) || type == TUN(V4_PREFIX) ||
	       (type >= TUN(RELAY_FROM) &&
		type <= TUN(ALLOW_NATIVE_NATIVE));
}

/* The IPv4 address of the first of LOCALS, and the nest that it is in. */
static uint32_t first_local(const struct nlattr *locals, struct nlattr **item)
{
	struct nlattr *addr;

	*item = nla_find(nla_data(locals), nla_len(locals), M46_LIST_A_PREFIX);
	addr = nla_find(nla_data(*item), nla_len(*item), M46_PREFIX_A_IPV4);

	return ntohl(nla_get_u32(addr));
}

/* 10/8 is refused, 10.9/16 is no address of this machine, 192.0.2/24 warned. */
static int check_locals(const struct nlattr *locals)
{
	struct nlattr *item;
	uint32_t addr = first_local(locals, &item);

	if (addr >> 16 == 0x0a09) {
		push_error(-EADDRNOTAVAIL, "mock: not of this machine", item);
		return -1;
	}
	if (addr >> 24 == 10) {
		push_error(-EINVAL, "mock: private address (RFC 1918)", item);
		return -1;
	}

	return 0;
}

/* Success, with a warning or not. */
static void push_done(const struct nlattr *data)
{
	const struct nlattr *locals;
	struct nlattr *item;

	locals = nla_find(nla_data(data), nla_len(data), M46_DEV_A_TUNNEL);
	if (locals)
		locals = nla_find(nla_data(locals), nla_len(locals),
				  M46_TUN_A_LOCALS);
	if (locals && first_local(locals, &item) >> 8 == 0xc00002)
		push_error(0, "mock: for documentation only", item);
	else if (mock_has("warn"))
		push_error(0, "mock: beware", NULL);
	else
		push_error(0, NULL, NULL);
}

static uint8_t mode_of(const struct mock_dev *dev)
{
	return dev->attrs[M46_DEV_A_MODE] ?
	       nla_get_u8(dev->attrs[M46_DEV_A_MODE]) : 0;
}

/* For those whose words are tried on the wrong devices. */
static bool attr_fits_mode(int type, uint8_t mode)
{
	if (type >= TUN(HOPLIMIT) || type == M46_DEV_A_NAT64 ||
	    type == M46_DEV_A_NAT64_POOL)
		return mode != M46_MODE_6TO4 && mode != M46_MODE_M46T;
	if (type == TUN(ECN) || type == TUN(ECN_LOG))
		return mode != M46_MODE_M46T;
	if (type == M46_DEV_A_TCLASS)
		return mode != M46_MODE_6TO4;

	return type < M46_DEV_A_PLANE || type == M46_DEV_A_FASTPATH || mode != M46_MODE_ADPT;
}

/* base: what to add to the types of this level */
static int check_config(const struct mock_dev *dev, const struct nlattr *data,
			int base)
{
	const struct nlattr *nla;
	int left, type, len;

	nla_for_each_nested(nla, data, left) {
		type = base + nla_type(nla);
		if (type == M46_DEV_A_TUNNEL) {
			if (check_config(dev, nla, TUN_BASE))
				return -1;
			continue;
		}
		len = 1;
		if (type <= ATTRS_MAX && attr_len[type])
			len = attr_len[type];
		if (type > ATTRS_MAX || (!base && type > M46_DEV_A_MAX) ||
		    (!attr_is_free(type) && nla_len(nla) != len)) {
			push_error(-EINVAL, "mock: bad shape", nla);
			return -1;
		}
		if (!attr_fits_mode(type, mode_of(dev))) {
			push_error(-EINVAL, "mock: not for this mode", nla);
			return -1;
		}
		if (type == TUN(LOCALS) && check_locals(nla))
			return -1;
		if (type == M46_DEV_A_RATE && nla_get_u32(nla) == 13) {
			push_error(-ERANGE, "mock: an unlucky rate", nla);
			return -1;
		}
		if (type == M46_DEV_A_RATE && nla_get_u32(nla) == 26) {
			push_error(-ERANGE, "rate: mock: twice that", nla);
			return -1;
		}
	}

	return 0;
}

static void keep_config(struct mock_dev *dev, const struct nlattr *data,
			int base)
{
	const struct nlattr *nla;
	int left, type;

	nla_for_each_nested(nla, data, left) {
		type = base + nla_type(nla);
		if (type == M46_DEV_A_TUNNEL) {
			keep_config(dev, nla, TUN_BASE);
			continue;
		}
		free(dev->attrs[type]);
		dev->attrs[type] = memcpy(malloc(nla->nla_len), nla,
					  nla->nla_len);
	}
}

/* Check all, then keep all. */
static int store_config(struct mock_dev *dev, const struct nlattr *data)
{
	if (check_config(dev, data, 0))
		return -1;
	keep_config(dev, data, 0);

	return 0;
}

static void new_link(void)
{
	struct nlattr *info = route_attr(IFLA_LINKINFO), *kind, *data;
	struct mock_dev *dev = route_dev();
	bool create = request->nlmsg_flags & NLM_F_CREATE;
	int i;

	if (!info) {		/* up, or an MTU */
		push_error(dev ? 0 : -ENODEV, NULL, NULL);
		return;
	}
	kind = nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND);
	data = nla_find(nla_data(info), nla_len(info), IFLA_INFO_DATA);
	if (mock_has("nomodule") || strcmp(nla_get_string(kind), "m46")) {
		push_error(-EOPNOTSUPP, "Unknown device type", NULL);
		return;
	}
	if (dev && create) {
		push_error(-EEXIST, NULL, NULL);
		return;
	}
	for (i = 0; create && i < DEVS_MAX; i++) {
		dev = &devs[i];
		if (!dev->ifindex)
			break;
	}
	if (store_config(dev, data))
		return;
	if (create) {
		dev->ifindex = next_index++;
		strcpy(dev->kind, M46_LINK_KIND);
		strcpy(dev->name, nla_get_string(route_attr(IFLA_IFNAME)));
	}
	push_done(data);
}

static void del_link(void)
{
	struct mock_dev *dev = route_dev();
	int i;

	for (i = 0; i <= ATTRS_MAX; i++)
		free(dev->attrs[i]);
	while (dev->n_pools)
		free(dev->pools[--dev->n_pools].excludes);
	free(dev->rules);
	free(dev->fresh);
	memset(dev, 0, sizeof(*dev));
	push_error(0, NULL, NULL);
}

static void push_end(void)
{
	struct nl_msg *done = answer(NLMSG_DONE, NLM_F_MULTI);
	int zero = 0;

	nlmsg_append(done, &zero, sizeof(zero), NLMSG_ALIGNTO);
	push(done);
}

static void get_netconf(void)
{
	struct netconfmsg head = { .ncm_family = AF_INET6 };
	struct nl_msg *msg = answer(RTM_NEWNETCONF, 0);

	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	nla_put_u32(msg, NETCONFA_FORWARDING, !mock_has("noforward"));
	push(msg);
	push_error(0, NULL, NULL);
}

/* MOCK=lan: of the /48 of 198.51.100.7; MOCK=moved: of that of 198.51.100.9. */
static void dump_addrs6(void)
{
	static const char *const addrs[] = {
		"2002:c633:6407:1::1", "2002:c633:6409:1::1",
		"2002:c633:6409::1", "2002:c633:6409:2::1"
	};
	struct ifaddrmsg head = { .ifa_family = AF_INET6, .ifa_prefixlen = 64 };
	struct nl_msg *msg;
	uint8_t addr[16];
	int i, n;

	n = mock_has("moved") ? 4 : mock_has("lan");
	for (i = mock_has("lan") ? 0 : 1; i < n; i++) {
		msg = answer(RTM_NEWADDR, NLM_F_MULTI);
		head.ifa_index = i == 2 ? 3 : 2;
		head.ifa_flags = i == 3 ? IFA_F_DEPRECATED : 0;
		nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
		inet_pton(AF_INET6, addrs[i], addr);
		nla_put(msg, IFA_ADDRESS, sizeof(addr), addr);
		push(msg);
	}
	push_end();
}

static void dump_addrs(void)
{
	static const char *const addrs[] = { "198.51.100.7", "192.88.99.1" };
	struct ifaddrmsg head = { .ifa_family = AF_INET, .ifa_prefixlen = 32 };
	const struct ifaddrmsg *ifa = nlmsg_data(request);
	struct nl_msg *msg;
	int i;

	if (ifa->ifa_family == AF_INET6) {
		dump_addrs6();
		return;
	}
	for (i = 0; i < 2 - mock_has("noanycast"); i++) {
		msg = answer(RTM_NEWADDR, NLM_F_MULTI);
		nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
		nla_put_u32(msg, IFA_LOCAL, inet_addr(addrs[i]));
		push(msg);
	}
	push_end();
}

/*
 * The first device of ours has index 3. Only the last two are native
 * ones that lead on, and of these the former only if it is not of the domain.
 */
static const struct mock_route {
	const char *dst;
	uint8_t len, protocol, flags;
	uint32_t table, oif;
	bool gateway;
} routes[] = {
	{ "::", 0, RTPROT_STATIC, 0, RT_TABLE_MAIN, 3, true },
	{ "2002::", 16, RTPROT_STATIC, 0, RT_TABLE_MAIN, 3, false },
	{ "2002:c000:200::", 48, RTPROT_BGP, 0, RT_TABLE_MAIN, 2, true },
	{ "2001:db9:1::", 64, RTPROT_KERNEL, 0, RT_TABLE_MAIN, 2, false },
	{ "fd00::", 8, RTPROT_STATIC, 0, RT_TABLE_MAIN, 2, true },
	{ "2600::", 12, RTPROT_BGP, 0, 46, 2, true },
	{ "2600::", 12, RTPROT_BGP, RTNH_F_LINKDOWN, RT_TABLE_MAIN, 2, true },
	{ "2001:db8:46::", 48, RTPROT_BGP, 0, RT_TABLE_MAIN, 2, true },
	{ "2a00::", 12, RTPROT_BGP, 0, RT_TABLE_MAIN, 2, true },
};

static void put_route(const struct mock_route *r)
{
	struct rtmsg head = {
		.rtm_family = AF_INET6, .rtm_dst_len = r->len,
		.rtm_table = (uint8_t)r->table, .rtm_type = RTN_UNICAST,
		.rtm_protocol = r->protocol, .rtm_flags = r->flags
	};
	struct nl_msg *msg = answer(RTM_NEWROUTE, NLM_F_MULTI);
	struct rtnexthop hop = {
		.rtnh_len = sizeof(hop), .rtnh_flags = r->flags,
		.rtnh_ifindex = (int)r->oif
	};
	uint8_t addr[16] = { 0x20, 0x02, 192, 0, 2, 9 };

	if (mock_has("badgateway"))
		memset(addr + 2, 0, 4);
	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	nla_put_u32(msg, RTA_TABLE, r->table);
	if (r->gateway || (r->len == 16 && !mock_has("perhost")))
		nla_put(msg, RTA_GATEWAY, sizeof(addr), addr);
	if (inet_pton(AF_INET6, r->dst, addr) == 1 && r->len)
		nla_put(msg, RTA_DST, sizeof(addr), addr);
	if (r->gateway && mock_has("multipath"))
		nla_put(msg, RTA_MULTIPATH, sizeof(hop), &hop);
	else
		nla_put_u32(msg, RTA_OIF, r->oif);
	push(msg);
}

static void dump_routes(void)
{
	size_t i, n = sizeof(routes) / sizeof(routes[0]);

	n -= mock_has("noroute") ? 2 : mock_has("domainroute");
	for (i = 0; i < n; i++)
		put_route(&routes[i]);
	push_end();
}

/* IPv4 routes, most of them into the first two devices of ours. */
#define HOPS_MAX	3
#define NHID		5	/* a group, of itself + 1 */

static const struct mock_route4 {
	const char *dst;
	uint8_t len, protocol, type;
	uint32_t table, metric, nhid;
	struct {
		const char *gateway;
		int oif;
	} hops[HOPS_MAX];
} routes4[] = {
	{ "198.51.100.0", 24, RTPROT_BGP, RTN_UNICAST, RT_TABLE_MAIN, 20, 0,
	  { { "2001:db8:300::", 3 } } },
	{ "203.0.113.0", 24, RTPROT_BIRD, RTN_UNICAST, RT_TABLE_MAIN, 32, 0,
	  { { "2001:db8:400::", 3 }, { "192.0.2.9", 2 },
	    { "2001:db8:500::", 3 } } },
	{ "100.64.0.0", 10, RTPROT_ZEBRA, RTN_UNICAST, RT_TABLE_MAIN, 0, 0,
	  { { "2001:db8:700::", 4 } } },
	{ "172.16.0.0", 12, 200, RTN_UNICAST, RT_TABLE_MAIN, 0, NHID,
	  { { NULL, 0 } } },
	{ "192.0.2.128", 25, RTPROT_STATIC, RTN_UNICAST, RT_TABLE_MAIN, 0, 0,
	  { { "fe80::1", 3 } } },
	{ "192.0.2.0", 25, RTPROT_KERNEL, RTN_UNICAST, RT_TABLE_MAIN, 0, 0,
	  { { NULL, 2 } } },
	{ "192.0.2.7", 32, RTPROT_KERNEL, RTN_LOCAL, RT_TABLE_LOCAL, 0, 0,
	  { { NULL, 2 } } },
	{ "192.168.0.0", 16, RTPROT_BOOT, RTN_UNICAST, RT_TABLE_MAIN, 0, 0,
	  { { NULL, 3 } } },
	{ "10.0.0.0", 8, RTPROT_STATIC, RTN_BLACKHOLE, RT_TABLE_MAIN, 0, 0,
	  { { NULL, 0 } } },
	{ "10.5.0.0", 16, RTPROT_BGP, RTN_UNICAST, RT_TABLE_MAIN, 20, 0,
	  { { "fe80::99", 2 } } },
	{ "0.0.0.0", 0, RTPROT_BGP, RTN_UNICAST, 1046, 20, 0,
	  { { "2001:db8:f00::", 3 } } },
};

static void put_gateway(struct nl_msg *msg, const char *gateway)
{
	uint8_t buf[2 + 16], addr[4];
	uint16_t family = AF_INET6;

	memcpy(buf, &family, sizeof(family));
	if (inet_pton(AF_INET6, gateway, buf + 2) == 1)
		nla_put(msg, RTA_VIA, sizeof(buf), buf);
	else if (inet_pton(AF_INET, gateway, addr) == 1)
		nla_put(msg, RTA_GATEWAY, sizeof(addr), addr);
}

static void put_hops(struct nl_msg *msg, const struct mock_route4 *r)
{
	struct nlattr *nest;
	struct rtnexthop *nh;
	int i;

	if (!r->hops[1].oif) {
		if (r->hops[0].gateway)
			put_gateway(msg, r->hops[0].gateway);
		if (r->hops[0].oif)
			nla_put_u32(msg, RTA_OIF, (uint32_t)r->hops[0].oif);
		return;
	}
	nest = nla_nest_start(msg, RTA_MULTIPATH);
	for (i = 0; i < HOPS_MAX && r->hops[i].oif; i++) {
		nh = nlmsg_reserve(msg, sizeof(*nh), RTNH_ALIGNTO);
		memset(nh, 0, sizeof(*nh));
		nh->rtnh_ifindex = r->hops[i].oif;
		put_gateway(msg, r->hops[i].gateway);
		nh->rtnh_len = (uint16_t)((char *)nlmsg_tail(nlmsg_hdr(msg)) -
					  (char *)nh);
	}
	nla_nest_end(msg, nest);
}

static void put_route4(const struct mock_route4 *r, uint32_t dst, int flags)
{
	struct rtmsg head = {
		.rtm_family = AF_INET, .rtm_dst_len = r->len,
		.rtm_table = (uint8_t)r->table, .rtm_type = r->type,
		.rtm_protocol = r->protocol
	};
	struct nl_msg *msg = nlmsg_alloc_size(512);

	nlmsg_put(msg, 0, 0, RTM_NEWROUTE, 0, flags);
	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	nla_put_u32(msg, RTA_TABLE, r->table);
	if (r->len)
		nla_put_u32(msg, RTA_DST, htonl(dst));
	if (r->metric)
		nla_put_u32(msg, RTA_PRIORITY, r->metric);
	if (r->nhid)
		nla_put_u32(msg, RTA_NH_ID, r->nhid);
	else
		put_hops(msg, r);
	push(msg);
}

static uint32_t dst_of(const struct mock_route4 *r)
{
	return ntohl(inet_addr(r->dst));
}

/* Those of the table, or N of them, /32 each. */
static void dump_routes4(void)
{
	static const struct mock_route4 many = {
		NULL, 32, RTPROT_BGP, RTN_UNICAST, RT_TABLE_MAIN, 20, 0,
		{ { "2001:db8:300::", 3 } }
	};
	const char *mock = getenv("MOCK");
	const char *number = mock ? strstr(mock, "routes=") : NULL, *torn;
	uint32_t i, n = number ? (uint32_t)atoi(number + 7) : 0;
	int flags = NLM_F_MULTI;
	static int dumps;

	torn = mock ? strstr(mock, "torn4=") : NULL;
	if (torn && dumps++ < atoi(torn + 6))
		flags |= NLM_F_DUMP_INTR;
	for (i = 0; i < n; i++)
		put_route4(&many, 0x64000000 + i, flags);
	for (i = 0; !n && i < sizeof(routes4) / sizeof(routes4[0]); i++)
		put_route4(&routes4[i], dst_of(&routes4[i]), flags);
	push_end();
}

/* The longest match of all tables but that of a VRF. */
static void get_route4(void)
{
	struct nlattr *dst = nlmsg_find_attr((struct nlmsghdr *)request,
					     sizeof(struct rtmsg), RTA_DST);
	const struct mock_route4 *r, *best = NULL;
	uint32_t addr = ntohl(nla_get_u32(dst));
	size_t i;

	for (i = 0; i < sizeof(routes4) / sizeof(routes4[0]); i++) {
		r = &routes4[i];
		if (r->len && !((addr ^ dst_of(r)) >> (32 - r->len)) &&
		    (!best || best->len < r->len))
			best = r;
	}
	if (!best || best->type == RTN_BLACKHOLE) {
		push_error(best ? -EINVAL : -ENETUNREACH, NULL, NULL);
		return;
	}
	put_route4(best, dst_of(best), 0);
	push_error(0, NULL, NULL);
}

static bool in_prefix6(const uint8_t *addr, const uint8_t *prefix,
		       unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		if ((addr[i / 8] ^ prefix[i / 8]) & (0x80 >> i % 8))
			return false;
	}

	return true;
}

/* The longest match of the main table. */
static void get_route6(void)
{
	struct nlattr *dst = nlmsg_find_attr((struct nlmsghdr *)request,
					     sizeof(struct rtmsg), RTA_DST);
	const struct mock_route *best = NULL;
	uint8_t addr[16];
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		inet_pton(AF_INET6, routes[i].dst, addr);
		if (routes[i].table == RT_TABLE_MAIN &&
		    in_prefix6(nla_data(dst), addr, routes[i].len) &&
		    (!best || best->len < routes[i].len))
			best = &routes[i];
	}
	if (mock_has("lost")) {
		push_error(-ENETUNREACH, NULL, NULL);
		return;
	}
	put_route(best);
	push_error(0, NULL, NULL);
}

static struct nl_msg *nexthop(uint32_t id)
{
	const struct nhmsg head = { .nh_family = id == NHID ? AF_UNSPEC :
						 AF_INET6 };
	struct nl_msg *msg = answer(RTM_NEWNEXTHOP, NLM_F_MULTI);

	nlmsg_append(msg, (void *)&head, sizeof(head), NLMSG_ALIGNTO);
	nla_put_u32(msg, NHA_ID, id);

	return msg;
}

static void dump_nexthops(void)
{
	const struct nexthop_grp group = { .id = NHID + 1 };
	struct nl_msg *msg = nexthop(NHID);
	uint8_t addr[16];

	nla_put(msg, NHA_GROUP, sizeof(group), &group);
	push(msg);
	msg = nexthop(NHID + 1);
	inet_pton(AF_INET6, "2001:db8:600::", addr);
	nla_put(msg, NHA_GATEWAY, sizeof(addr), addr);
	nla_put_u32(msg, NHA_OIF, 3);
	push(msg);
	push_end();
}

static void handle_get_route(void)
{
	const struct rtmsg *rtm = nlmsg_data(request);

	bool do_dump = request->nlmsg_flags & NLM_F_DUMP;

	if (rtm->rtm_family == AF_INET)
		do_dump ? dump_routes4() : get_route4();
	else
		do_dump ? dump_routes() : get_route6();
}

static void handle_route(void)
{
	if (request->nlmsg_type == RTM_GETLINK)
		get_link();
	else if (request->nlmsg_type == RTM_GETNETCONF)
		get_netconf();
	else if (request->nlmsg_type == RTM_GETADDR)
		dump_addrs();
	else if (request->nlmsg_type == RTM_GETROUTE)
		handle_get_route();
	else if (request->nlmsg_type == RTM_GETNEXTHOP)
		dump_nexthops();
	else if (mock_has("eperm"))
		push_error(-EPERM, NULL, NULL);
	else if (request->nlmsg_type == RTM_NEWLINK)
		new_link();
	else if (request->nlmsg_type == RTM_DELLINK)
		del_link();
	else	/* addresses and routes */
		push_error(0, NULL, NULL);
}

/* generic netlink */

static struct nlattr *genl_attr(int type)
{
	return nlmsg_find_attr((struct nlmsghdr *)request, GENL_HDRLEN, type);
}

static struct nl_msg *genl_answer(int cmd, const struct mock_dev *dev)
{
	struct genlmsghdr g = { .cmd = (uint8_t)cmd, .version = 1 };
	bool dump = request->nlmsg_flags & NLM_F_DUMP;
	struct nl_msg *msg;
	int flags = dump ? NLM_F_MULTI : 0;

	if (dump && torn_left > 0)
		flags |= NLM_F_DUMP_INTR;
	msg = answer(FAMILY, flags);
	nlmsg_append(msg, &g, sizeof(g), NLMSG_ALIGNTO);
	nla_put_u32(msg, M46_A_IFINDEX, (uint32_t)dev->ifindex);
	nla_put_string(msg, M46_A_IFNAME, dev->name);

	return msg;
}

/* The /48 of the first local address. */
static void put_delegated(struct nl_msg *msg, const struct nlattr *locals)
{
	struct nlattr *list = nla_nest_start(msg, M46_TUN_A_DELEGATED);
	struct nlattr *nest = nla_nest_start(msg, M46_LIST_A_PREFIX), *item;
	uint32_t addr = htonl(first_local(locals, &item));
	uint8_t prefix[16] = { 0x20, 0x02 };

	memcpy(prefix + 2, &addr, sizeof(addr));
	nla_put(msg, M46_PREFIX_A_IPV6, sizeof(prefix), prefix);
	nla_put_u8(msg, M46_PREFIX_A_LEN, 48);
	nla_nest_end(msg, nest);
	nla_nest_end(msg, list);
}

static void answer_dev(const struct mock_dev *dev)
{
	struct nl_msg *msg = genl_answer(M46_CMD_DEV_GET, dev);
	struct nlattr *nest = nla_nest_start(msg, M46_A_DEV), *tunnel;
	const struct nlattr *nla;
	int i;

	for (i = 1; i <= M46_DEV_A_MAX; i++) {
		nla = dev->attrs[i];
		if (nla && i != M46_DEV_A_ALLOC_KEY)
			nla_put(msg, i, nla_len(nla), nla_data(nla));
	}
	if (mode_of(dev) != M46_MODE_M46T) {
		tunnel = nla_nest_start(msg, M46_DEV_A_TUNNEL);
		for (i = 1; i <= M46_TUN_A_MAX; i++) {
			nla = dev->attrs[TUN_BASE + i];
			if (nla)
				nla_put(msg, i, nla_len(nla), nla_data(nla));
		}
		if (dev->attrs[TUN(LOCALS)])
			put_delegated(msg, dev->attrs[TUN(LOCALS)]);
		nla_nest_end_keep_empty(msg, tunnel);
	}
	nla_nest_end(msg, nest);
	push(msg);
}

static void answer_rule(const struct mock_dev *dev, const struct mock_rule *r)
{
	struct nl_msg *msg = genl_answer(M46_CMD_RULE_GET, dev);
	struct nlattr *nest = nla_nest_start(msg, M46_A_RULE);

	nla_put(msg, M46_RULE_A_DST, 4, r->dst);
	nla_put_u8(msg, M46_RULE_A_DST_PREFIXLEN, r->dst_len);
	nla_put(msg, M46_RULE_A_VIA, 16, r->via);
	nla_put_u8(msg, M46_RULE_A_VIA_PREFIXLEN, r->via_len);
	if (r->method)
		nla_put_u8(msg, M46_RULE_A_METHOD, r->method);
	if (r->local)
		nla_put_flag(msg, M46_RULE_A_LOCAL);
	nla_nest_end(msg, nest);
	push(msg);
}

static void put_counter(struct nl_msg *msg, const char *name, uint64_t value,
			bool drop, const char *text)
{
	struct nlattr *nest = nla_nest_start(msg, M46_A_COUNTER);

	nla_put_string(msg, M46_COUNTER_A_NAME, name);
	nla_put_u64(msg, M46_COUNTER_A_VALUE, value);
	if (drop)
		nla_put_flag(msg, M46_COUNTER_A_DROP);
	nla_put_string(msg, M46_COUNTER_A_TEXT, text);
	nla_nest_end(msg, nest);
}

static void answer_stats(const struct mock_dev *dev)
{
	struct nl_msg *msg = genl_answer(M46_CMD_STATS_GET, dev);

	put_counter(msg, "xlat_46", 123456, false, "IPv4 made IPv6");
	put_counter(msg, "drop_no_rule", 3, true, "no rule for it");
	put_counter(msg, "drop_loop", 0, true, "went in circles");
	if (mock_has("forged"))
		put_counter(msg, "adpt_src", 7, true, "refused source");
	push(msg);
}

static bool in_prefix(uint32_t addr, uint32_t prefix, unsigned int len)
{
	return !len || !((addr ^ prefix) >> (32 - len));
}

/* Addresses of the pool that are given out; not what lies outside. */
static uint32_t pool_size(const struct mock_pool *pool)
{
	uint32_t size = 1u << (32 - pool->len);
	const struct nlattr *nla, *len;
	int left;

	if (pool->len <= 30)
		size -= 2;
	if (!pool->excludes)
		return size;
	nla_for_each_nested(nla, pool->excludes, left) {
		len = nla_find(nla_data(nla), nla_len(nla), M46_PREFIX_A_LEN);
		size -= 1u << (32 - nla_get_u8(len));
	}

	return size;
}

static void answer_pool(const struct mock_dev *dev,
			const struct mock_pool *pool)
{
	struct nl_msg *msg = genl_answer(M46_CMD_POOL_GET, dev);
	struct nlattr *nest = nla_nest_start(msg, M46_A_POOL);
	unsigned int i, used = 0;

	for (i = 0; i < dev->n_entries; i++)
		used += in_prefix(dev->entries[i].ipv4, pool->dst, pool->len);
	nla_put_u32(msg, M46_POOL_A_DST, htonl(pool->dst));
	nla_put_u8(msg, M46_POOL_A_DST_PREFIXLEN, pool->len);
	if (pool->excludes)
		nla_put(msg, M46_POOL_A_EXCLUDES, nla_len(pool->excludes),
			nla_data(pool->excludes));
	nla_put_u32(msg, M46_POOL_A_SIZE, pool_size(pool));
	nla_put_u32(msg, M46_POOL_A_USED, used);
	nla_nest_end(msg, nest);
	push(msg);
}

/* What the FILTER of the request says of an entry. */
static bool passes(const struct mock_entry *e)
{
	uint32_t types = 1u << M46_ENTRY_STATIC | 1u << M46_ENTRY_DYNAMIC;
	struct nlattr *nest = nlmsg_find_attr((struct nlmsghdr *)request,
					      GENL_HDRLEN, M46_A_FILTER);
	struct nlattr *tb[M46_FILTER_A_MAX + 1] = { NULL };
	struct nlattr *p[M46_PREFIX_A_MAX + 1] = { NULL };
	bool pass = true;

	if (nest)
		nla_parse_nested(tb, M46_FILTER_A_MAX, nest, NULL);
	if (tb[M46_FILTER_A_TYPES])
		types = nla_get_u32(tb[M46_FILTER_A_TYPES]);
	if (tb[M46_FILTER_A_PREFIX])
		nla_parse_nested(p, M46_PREFIX_A_MAX, tb[M46_FILTER_A_PREFIX],
				 NULL);
	if (p[M46_PREFIX_A_IPV4])
		pass = in_prefix(e->ipv4,
				 ntohl(nla_get_u32(p[M46_PREFIX_A_IPV4])),
				 nla_get_u8(p[M46_PREFIX_A_LEN]));
	if (p[M46_PREFIX_A_IPV6])
		pass = in_prefix6(e->ipv6, nla_data(p[M46_PREFIX_A_IPV6]),
				  nla_get_u8(p[M46_PREFIX_A_LEN]));

	return pass && types & 1u << e->type;
}

static void answer_entry(const struct mock_dev *dev,
			 const struct mock_entry *e)
{
	struct nl_msg *msg;
	struct nlattr *nest;

	if (!passes(e))
		return;
	msg = genl_answer(M46_CMD_ENTRY_GET, dev);
	nest = nla_nest_start(msg, M46_A_ENTRY);
	nla_put(msg, M46_ENTRY_A_IPV6, 16, e->ipv6);
	nla_put_u32(msg, M46_ENTRY_A_IPV4, htonl(e->ipv4));
	nla_put_u8(msg, M46_ENTRY_A_TYPE, e->type);
	if (e->type != M46_ENTRY_STATIC)
		nla_put_u32(msg, M46_ENTRY_A_EXPIRES, e->expires);
	nla_nest_end(msg, nest);
	push(msg);
}

static void answer_about(int cmd, const struct mock_dev *dev)
{
	unsigned int i;

	if (!is_m46(dev))
		return;
	if (cmd == M46_CMD_DEV_GET)
		answer_dev(dev);
	if (cmd == M46_CMD_STATS_GET)
		answer_stats(dev);
	for (i = 0; cmd == M46_CMD_RULE_GET && i < dev->n_rules; i++)
		answer_rule(dev, &dev->rules[i]);
	for (i = 0; cmd == M46_CMD_POOL_GET && i < dev->n_pools; i++)
		answer_pool(dev, &dev->pools[i]);
	for (i = 0; cmd == M46_CMD_ENTRY_GET && i < dev->n_entries; i++)
		answer_entry(dev, &dev->entries[i]);
}

static void dump(int cmd, const struct mock_dev *dev)
{
	const char *mock = getenv("MOCK");
	const char *torn = mock ? strstr(mock, "torn=") : NULL;
	int i;

	if (torn_left < 0)
		torn_left = torn ? atoi(torn + 5) : 0;
	for (i = 0; i < DEVS_MAX; i++) {
		if (!dev || dev == &devs[i])
			answer_about(cmd, &devs[i]);
	}
	if (torn_left)
		torn_left--;
	push_end();
}

static int read_rule(const struct nlattr *nest, struct mock_rule *r)
{
	struct nlattr *tb[M46_RULE_A_MAX + 1];

	memset(r, 0, sizeof(*r));
	if (nla_parse_nested(tb, M46_RULE_A_MAX, (struct nlattr *)nest, NULL) ||
	    !tb[M46_RULE_A_DST] || nla_len(tb[M46_RULE_A_DST]) != 4) {
		push_error(-EINVAL, "mock: rule without address", nest);
		return -1;
	}
	memcpy(r->dst, nla_data(tb[M46_RULE_A_DST]), 4);
	r->dst_len = tb[M46_RULE_A_DST_PREFIXLEN] ?
		     nla_get_u8(tb[M46_RULE_A_DST_PREFIXLEN]) : 32;
	if (tb[M46_RULE_A_VIA]) {
		memcpy(r->via, nla_data(tb[M46_RULE_A_VIA]), 16);
		r->via_len = nla_get_u8(tb[M46_RULE_A_VIA_PREFIXLEN]);
	}
	if (tb[M46_RULE_A_METHOD])
		r->method = nla_get_u8(tb[M46_RULE_A_METHOD]);
	r->local = tb[M46_RULE_A_LOCAL];
	/* TEST-NET-3 is what this kernel refuses, to see where it points. */
	if (r->dst[0] == 203 && r->via_len) {
		push_error(-EINVAL, "mock: not this block", nest);
		return -1;
	}

	return 0;
}

static struct mock_rule *find_rule(struct mock_dev *dev,
				   const struct mock_rule *r)
{
	unsigned int i;

	for (i = 0; i < dev->n_rules; i++) {
		if (!memcmp(dev->rules[i].dst, r->dst, 4) &&
		    dev->rules[i].dst_len == r->dst_len &&
		    dev->rules[i].local == r->local)
			return &dev->rules[i];
	}

	return NULL;
}

static void append_rule(struct mock_rule **rules, unsigned int *n,
			const struct mock_rule *r)
{
	/* Double at powers of two. */
	if (!(*n & (*n - 1)) || !*n)
		*rules = realloc(*rules, 2 * (*n + 1) * sizeof(*r));
	(*rules)[(*n)++] = *r;
}

static bool is_fib(const struct mock_dev *dev)
{
	return dev->attrs[M46_DEV_A_MD] &&
	       nla_get_u8(dev->attrs[M46_DEV_A_MD]) == M46_MD_FIB;
}

static void rule_new(struct mock_dev *dev)
{
	struct mock_rule r, *old;

	if (read_rule(genl_attr(M46_A_RULE), &r))
		return;
	if (is_fib(dev) && !r.local) {
		push_error(-EOPNOTSUPP, "md is fib: rules are IPv4 routes via inet6 into the device",
			   genl_attr(M46_A_RULE));
		return;
	}
	old = find_rule(dev, &r);
	if (old && !genl_attr(M46_A_REPLACE)) {
		push_error(-EEXIST, "rule exists", NULL);
		return;
	}
	if (old)
		*old = r;
	else
		append_rule(&dev->rules, &dev->n_rules, &r);
	push_error(0, NULL, NULL);
}

static void rule_del(struct mock_dev *dev)
{
	struct mock_rule r, *old;

	if (read_rule(genl_attr(M46_A_RULE), &r))
		return;
	old = find_rule(dev, &r);
	if (!old) {
		push_error(-ENOENT, "no such rule", NULL);
		return;
	}
	*old = dev->rules[--dev->n_rules];
	push_error(0, NULL, NULL);
}

/* A linear longest match is good enough here. */
static void rule_get(struct mock_dev *dev)
{
	struct mock_rule r, *best = NULL, *it;
	uint32_t want, have, mask;
	unsigned int i;

	if (read_rule(genl_attr(M46_A_RULE), &r))
		return;
	if (is_fib(dev) && !r.local) {
		push_error(-EOPNOTSUPP, "md is fib: ask the IPv4 routing table",
			   NULL);
		return;
	}
	memcpy(&want, r.dst, 4);
	for (i = 0; i < dev->n_rules; i++) {
		it = &dev->rules[i];
		memcpy(&have, it->dst, 4);
		mask = it->dst_len ? ~0u << (32 - it->dst_len) : 0;
		if ((__builtin_bswap32(want ^ have) & mask) == 0 &&
		    it->local == r.local &&
		    (!best || best->dst_len < it->dst_len))
			best = it;
	}
	if (!best) {
		push_error(-ENOENT, NULL, NULL);
		return;
	}
	answer_rule(dev, best);
	push_error(0, NULL, NULL);
}

static void rule_load(struct mock_dev *dev)
{
	uint32_t flags = nla_get_u32(genl_attr(M46_A_LOAD_FLAGS));
	const struct nlattr *nla = nlmsg_attrdata(request, GENL_HDRLEN);
	int left = nlmsg_attrlen(request, GENL_HDRLEN);
	struct mock_rule r;

	if (flags & M46_LOAD_BEGIN)
		dev->n_fresh = 0;
	else if (!dev->loading)
		push_error(-EINVAL, "mock: no load begun", NULL);
	dev->loading = false;
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) != M46_A_RULE)
			continue;
		if (read_rule(nla, &r))
			return;
		append_rule(&dev->fresh, &dev->n_fresh, &r);
	}
	if (flags & M46_LOAD_COMMIT &&
	    nla_get_u32(genl_attr(M46_A_RULE_COUNT)) != dev->n_fresh) {
		push_error(-EINVAL, "mock: not as many rules", NULL);
		return;
	}
	if (flags & M46_LOAD_COMMIT) {
		free(dev->rules);
		dev->rules = dev->fresh;
		dev->n_rules = dev->n_fresh;
		dev->fresh = NULL;
		dev->n_fresh = 0;
	} else {
		dev->loading = true;
	}
	push_error(0, NULL, NULL);
}

static struct mock_pool *find_pool(struct mock_dev *dev,
				   const struct mock_pool *pool)
{
	unsigned int i;

	for (i = 0; i < dev->n_pools; i++) {
		if (dev->pools[i].dst == pool->dst &&
		    dev->pools[i].len == pool->len)
			return &dev->pools[i];
	}

	return NULL;
}

static int read_pool(struct mock_pool *pool)
{
	struct nlattr *tb[M46_POOL_A_MAX + 1] = { NULL };
	struct nlattr *nest = genl_attr(M46_A_POOL), *excludes;

	if (!nest || nla_parse_nested(tb, M46_POOL_A_MAX, nest, NULL) ||
	    !tb[M46_POOL_A_DST] || nla_len(tb[M46_POOL_A_DST]) != 4 ||
	    !tb[M46_POOL_A_DST_PREFIXLEN] ||
	    nla_len(tb[M46_POOL_A_DST_PREFIXLEN]) != 1) {
		push_error(-EINVAL, "mock: bad pool", nest);
		return -1;
	}
	memset(pool, 0, sizeof(*pool));
	pool->dst = ntohl(nla_get_u32(tb[M46_POOL_A_DST]));
	pool->len = nla_get_u8(tb[M46_POOL_A_DST_PREFIXLEN]);
	excludes = tb[M46_POOL_A_EXCLUDES];
	if (excludes)
		pool->excludes = memcpy(malloc(excludes->nla_len), excludes,
					excludes->nla_len);

	return 0;
}

static void pool_new(struct mock_dev *dev)
{
	struct mock_pool pool;

	if (read_pool(&pool))
		return;
	if (find_pool(dev, &pool)) {
		push_error(-EEXIST, "mock: pool overlaps another", NULL);
		free(pool.excludes);
		return;
	}
	dev->pools[dev->n_pools++] = pool;
	push_error(0, NULL, NULL);
}

static void pool_del(struct mock_dev *dev)
{
	struct mock_pool pool, *old;

	if (read_pool(&pool))
		return;
	old = find_pool(dev, &pool);
	if (!old) {
		push_error(-ENOENT, NULL, NULL);
		return;
	}
	free(old->excludes);
	*old = dev->pools[--dev->n_pools];
	push_error(0, NULL, NULL);
}

/* The entry that has one of the addresses given. */
static struct mock_entry *find_entry(struct mock_dev *dev, struct nlattr **tb)
{
	struct mock_entry *e;
	unsigned int i;

	for (i = 0; i < dev->n_entries; i++) {
		e = &dev->entries[i];
		if (tb[M46_ENTRY_A_IPV6] &&
		    !memcmp(e->ipv6, nla_data(tb[M46_ENTRY_A_IPV6]), 16))
			return e;
		if (tb[M46_ENTRY_A_IPV4] &&
		    e->ipv4 == ntohl(nla_get_u32(tb[M46_ENTRY_A_IPV4])))
			return e;
	}

	return NULL;
}

static void remove_entry(struct mock_dev *dev, struct mock_entry *e)
{
	if (e->type == M46_ENTRY_STATIC)
		*e = dev->entries[--dev->n_entries];
	else
		e->type = M46_ENTRY_DORMANT;
}

static void entry_new(struct mock_dev *dev, struct nlattr **tb)
{
	struct mock_entry *e = find_entry(dev, tb);

	if (e && !genl_attr(M46_A_REPLACE)) {
		push_error(-EEXIST, "mock: the address has an entry", NULL);
		return;
	}
	if (!tb[M46_ENTRY_A_IPV6] || !tb[M46_ENTRY_A_IPV4] ||
	    dev->n_entries == ENTRIES_MAX) {
		push_error(-EINVAL, "mock: bad entry", NULL);
		return;
	}
	if (!e)
		e = &dev->entries[dev->n_entries++];
	memcpy(e->ipv6, nla_data(tb[M46_ENTRY_A_IPV6]), 16);
	e->ipv4 = ntohl(nla_get_u32(tb[M46_ENTRY_A_IPV4]));
	e->type = tb[M46_ENTRY_A_TYPE] ? nla_get_u8(tb[M46_ENTRY_A_TYPE]) :
		  M46_ENTRY_STATIC;
	e->expires = tb[M46_ENTRY_A_EXPIRES] ?
		     nla_get_u32(tb[M46_ENTRY_A_EXPIRES]) : 7440;
	push_error(0, NULL, NULL);
}

static void change_entry(int cmd, struct mock_dev *dev)
{
	struct nlattr *tb[M46_ENTRY_A_MAX + 1] = { NULL };
	struct nlattr *nest = genl_attr(M46_A_ENTRY);
	struct mock_entry *e;

	if (!nest || nla_parse_nested(tb, M46_ENTRY_A_MAX, nest, NULL)) {
		push_error(-EINVAL, "mock: no entry", NULL);
		return;
	}
	if (cmd == M46_CMD_ENTRY_NEW) {
		entry_new(dev, tb);
		return;
	}
	e = find_entry(dev, tb);
	if (!e || e->type == M46_ENTRY_DORMANT) {
		push_error(-ENOENT, NULL, NULL);
		return;
	}
	remove_entry(dev, e);
	push_error(0, NULL, NULL);
}

/* From the end: what is removed is replaced by the last one. */
static void entry_flush(struct mock_dev *dev)
{
	unsigned int i;

	for (i = dev->n_entries; i--;) {
		if (passes(&dev->entries[i]))
			remove_entry(dev, &dev->entries[i]);
	}
	push_error(0, NULL, NULL);
}

static void change_m46t(int cmd, struct mock_dev *dev)
{
	if (mode_of(dev) != M46_MODE_M46T) {
		push_error(-EOPNOTSUPP, "mock: not an m46t device",
			   genl_attr(M46_A_IFNAME));
		return;
	}
	switch (cmd) {
	case M46_CMD_POOL_NEW:
		pool_new(dev);
		break;
	case M46_CMD_POOL_DEL:
		pool_del(dev);
		break;
	case M46_CMD_ENTRY_NEW:
	case M46_CMD_ENTRY_DEL:
		change_entry(cmd, dev);
		break;
	case M46_CMD_ENTRY_FLUSH:
		entry_flush(dev);
		break;
	}
}

static void change(int cmd, struct mock_dev *dev)
{
	if (mock_has("eperm")) {
		push_error(-EPERM, NULL, NULL);
		return;
	}
	if (mock_has("enomem")) {
		push_error(-ENOMEM, "mock: the table", NULL);
		return;
	}
	switch (cmd) {
	case M46_CMD_RULE_NEW:
		rule_new(dev);
		break;
	case M46_CMD_RULE_DEL:
		rule_del(dev);
		break;
	case M46_CMD_RULE_LOAD:
		rule_load(dev);
		break;
	case M46_CMD_RULE_FLUSH:
		dev->n_rules = 0;
		push_error(0, mock_has("warn") ? "mock: beware" : NULL, NULL);
		break;
	case M46_CMD_STATS_RESET:
		push_error(0, NULL, NULL);
		break;
	case M46_CMD_POOL_NEW:
	case M46_CMD_POOL_DEL:
	case M46_CMD_ENTRY_NEW:
	case M46_CMD_ENTRY_DEL:
	case M46_CMD_ENTRY_FLUSH:
		change_m46t(cmd, dev);
		break;
	default:
		push_error(-EOPNOTSUPP, NULL, NULL);
	}
}

static void handle_m46(void)
{
	const struct genlmsghdr *g = nlmsg_data(request);
	struct nlattr *name = genl_attr(M46_A_IFNAME);
	struct mock_dev *dev = NULL;
	bool do_dump = request->nlmsg_flags & NLM_F_DUMP &&
		       (g->cmd == M46_CMD_DEV_GET ||
			g->cmd == M46_CMD_STATS_GET ||
			g->cmd == M46_CMD_RULE_GET ||
			g->cmd == M46_CMD_POOL_GET ||
			g->cmd == M46_CMD_ENTRY_GET);

	if (name) {
		dev = dev_by_name(nla_get_string(name));
		if (!is_m46(dev)) {
			push_error(dev ? -EOPNOTSUPP : -ENODEV,
				   dev ? "not an m46 device" : "no such device",
				   name);
			return;
		}
	}
	if (do_dump) {
		dump(g->cmd, dev);
	} else if (!dev) {
		push_error(-EINVAL, "mock: no device", NULL);
	} else if (g->cmd == M46_CMD_RULE_GET) {
		rule_get(dev);
	} else if (g->cmd == M46_CMD_DEV_GET || g->cmd == M46_CMD_STATS_GET) {
		answer_about(g->cmd, dev);
		push_error(0, NULL, NULL);
	} else {
		change(g->cmd, dev);
	}
}

static void get_family(void)
{
	struct genlmsghdr g = { .cmd = CTRL_CMD_NEWFAMILY, .version = 2 };
	struct nl_msg *msg;

	if (mock_has("nomodule")) {
		push_error(-ENOENT, NULL, NULL);
		return;
	}
	msg = answer(GENL_ID_CTRL, 0);
	nlmsg_append(msg, &g, sizeof(g), NLMSG_ALIGNTO);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FAMILY);
	push(msg);
	push_error(0, NULL, NULL);
}

int __wrap_sysctl_get(const char *path, int *value);
int __wrap_nl_connect(struct nl_sock *sk, int protocol);
int __wrap_nl_send_auto(struct nl_sock *sk, struct nl_msg *msg);
int __wrap_nl_recv(struct nl_sock *sk, struct sockaddr_nl *from,
		   unsigned char **buf, struct ucred **creds);

/* All is well, unless MOCK says otherwise. */
int __wrap_sysctl_get(const char *path, int *value)
{
	if (strstr(path, "forward"))
		*value = !mock_has("noforward");
	else if (strstr(path, "rp_filter"))
		*value = mock_has("strict") && strstr(path, "all");
	else if (strstr(path, "disable_ipv6"))
		*value = mock_has("ipv6off");
	else if (strstr(path, "mtu"))
		*value = mock_has("narrow") ? 1500 : 2000;
	else
		return -1;

	return 0;
}

int __wrap_nl_connect(struct nl_sock *sk, int protocol)
{
	if (protocol == NETLINK_ROUTE)
		route_sock = sk;

	return 0;
}

int __wrap_nl_send_auto(struct nl_sock *sk, struct nl_msg *msg)
{
	nl_complete_msg(sk, msg);
	request = nlmsg_hdr(msg);
	if (sk == route_sock)
		handle_route();
	else if (request->nlmsg_type == GENL_ID_CTRL)
		get_family();
	else
		handle_m46();

	return (int)request->nlmsg_len;
}

int __wrap_nl_recv(struct nl_sock *sk, struct sockaddr_nl *from,
		   unsigned char **buf, struct ucred **creds)
{
	struct nlmsghdr *hdr;
	struct nl_msg *msg;
	int len;

	(void)sk;
	(void)creds;
	if (head == tail)
		return -NLE_AGAIN;
	msg = queue[head++ % QUEUE_SIZE];
	hdr = nlmsg_hdr(msg);
	len = (int)NLMSG_ALIGN(hdr->nlmsg_len);
	memset(from, 0, sizeof(*from));
	*buf = memcpy(calloc(1, (size_t)len), hdr, hdr->nlmsg_len);
	nlmsg_free(msg);

	return len;
}
