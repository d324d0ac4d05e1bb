// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel in a process of its own, for tests of what lives longer than one
 * answer: events, dumps that take their time, services that are killed and
 * started again. m46ctl, linked with mock_remote.c, talks to it over a Unix
 * socket, a datagram each; it knows devices of mode m46t, their pools and
 * entries, and only as much of them as the monitor and the store need.
 *
 *	mock_server SOCKET			serve
 *	mock_server SOCKET COMMAND...		tell the one that serves
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "mock_remote.h"
#include "table.h"
#include "when.h"

#define CONNS_MAX	64
#define DEVS_MAX	64
#define POOLS_LIMIT	8
#define CHUNK		32768
#define GROUP_NOTIFY	16

struct pool {
	uint32_t net;
	uint8_t len;
};

struct dev {
	char name[16];
	int ifindex;
	uint32_t expires;
	struct pool pools[POOLS_LIMIT];
	unsigned int n_pools;
	uint32_t n_entries;
};

/* A dump that is under way. */
struct dump {
	uint8_t cmd;
	uint32_t seq;
	uint32_t slot;
	uint32_t filter;	/* dev + 1, 0: all */
};

struct conn {
	int fd;
	uint64_t groups;
	bool lost;
	struct dump dump;
	/* Answers that did not fit yet. */
	char *out;
	size_t n_out;
};

static struct conn conns[CONNS_MAX];
static struct dev devs[DEVS_MAX];
static struct table table;
static int next_index = 10;
static int family = 0x30;	/* 0: not loaded */
static int next_family = 0x30;
static uint32_t group_entry = 17, group_pool = 18;
static unsigned int lose;	/* events to throw away */
static bool torn;		/* dumps say they were interrupted */
static int refuse;		/* errno for restored entries, 0: none */
static bool mute;		/* dumps are not answered */
static int notify_fd;		/* for NOTIFY_SOCKET: SOCKET.notify */
static char notified[4096];	/* what came there, each with its time */
static unsigned int dumps;	/* of entries, that are over */
static int64_t stall;		/* longest time without the processor, ns */
static FILE *truth;		/* what happened to entries, for the tests */

/* Random events, see command churn. */
static struct {
	unsigned int rate;
	uint32_t dev;
	int64_t next;
	uint32_t serial;
} churn;

/* Messages */

struct buf {
	char data[CHUNK + 4096];
	size_t len;
};

static struct nlmsghdr *start(struct buf *b, uint16_t type, uint16_t flags,
			      uint32_t seq)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)(b->data + b->len);

	memset(hdr, 0, sizeof(*hdr));
	hdr->nlmsg_type = type;
	hdr->nlmsg_flags = flags;
	hdr->nlmsg_seq = seq;
	b->len += sizeof(*hdr);

	return hdr;
}

static void finish(struct buf *b, struct nlmsghdr *hdr)
{
	hdr->nlmsg_len = (uint32_t)(b->data + b->len - (char *)hdr);
}

static void add(struct buf *b, const void *data, size_t len)
{
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static struct nlattr *attr(struct buf *b, int type, const void *data,
			   size_t len)
{
	struct nlattr *nla = (struct nlattr *)(b->data + b->len);

	nla->nla_type = (uint16_t)type;
	nla->nla_len = (uint16_t)(NLA_HDRLEN + len);
	b->len += NLA_HDRLEN;
	if (len)
		add(b, data, len);
	while (b->len % NLA_ALIGNTO)
		b->data[b->len++] = 0;

	return nla;
}

static void end_nest(struct buf *b, struct nlattr *nest)
{
	nest->nla_type |= NLA_F_NESTED;
	nest->nla_len = (uint16_t)(b->data + b->len - (char *)nest);
}

static struct nlmsghdr *start_genl(struct buf *b, uint8_t cmd, uint16_t flags,
				   uint32_t seq, const struct dev *d)
{
	struct nlmsghdr *hdr = start(b, (uint16_t)family, flags, seq);
	const struct genlmsghdr g = { .cmd = cmd, .version = 1 };

	add(b, &g, sizeof(g));
	if (d) {
		attr(b, M46_A_IFINDEX, &d->ifindex, 4);
		attr(b, M46_A_IFNAME, d->name, strlen(d->name) + 1);
	}

	return hdr;
}

static void put_entry(struct buf *b, const struct slot *e)
{
	struct nlattr *nest = attr(b, M46_A_ENTRY, NULL, 0);
	int64_t left = e->expires - when_now();
	uint32_t seconds;

	attr(b, M46_ENTRY_A_IPV6, &e->ipv6, 16);
	attr(b, M46_ENTRY_A_IPV4, &e->ipv4, 4);
	attr(b, M46_ENTRY_A_TYPE, &e->type, 1);
	if (e->type == M46_ENTRY_DYNAMIC) {
		seconds = left > 0 ? (uint32_t)((left + NS_PER_SEC - 1) /
						NS_PER_SEC) : 0;
		attr(b, M46_ENTRY_A_EXPIRES, &seconds, 4);
	}
	end_nest(b, nest);
}

static void put_pool(struct buf *b, const struct dev *d, const struct pool *p)
{
	struct nlattr *nest = attr(b, M46_A_POOL, NULL, 0);
	uint32_t net = p ? htonl(p->net) : 0, size = 254;

	if (p) {
		attr(b, M46_POOL_A_DST, &net, 4);
		attr(b, M46_POOL_A_DST_PREFIXLEN, &p->len, 1);
	}
	attr(b, M46_POOL_A_SIZE, &size, 4);
	attr(b, M46_POOL_A_USED, &d->n_entries, 4);
	end_nest(b, nest);
}

/* Connections */

static void drop(struct conn *c)
{
	close(c->fd);
	free(c->out);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

/* An answer: waits for its reader. Sizes stand in front of each datagram. */
static void reply(struct conn *c, const struct buf *b)
{
	uint32_t len = (uint32_t)b->len;

	if (!c->n_out && send(c->fd, b->data, b->len, MSG_DONTWAIT |
			      MSG_NOSIGNAL) >= 0)
		return;
	c->out = realloc(c->out, c->n_out + 4 + b->len);
	memcpy(c->out + c->n_out, &len, 4);
	memcpy(c->out + c->n_out + 4, b->data, b->len);
	c->n_out += 4 + b->len;
}

static void flush_conn(struct conn *c)
{
	uint32_t len;
	size_t at = 0;

	while (at < c->n_out) {
		memcpy(&len, c->out + at, 4);
		if (send(c->fd, c->out + at + 4, len, MSG_DONTWAIT |
			 MSG_NOSIGNAL) < 0)
			break;
		at += 4 + len;
	}
	c->n_out -= at;
	if (c->n_out)
		memmove(c->out, c->out + at, c->n_out);
}

/* An event: thrown away where its reader is slow. */
static void tell(struct conn *c, const struct buf *b)
{
	const struct nlmsghdr gap = {
		.nlmsg_len = sizeof(gap), .nlmsg_type = MOCK_LOST
	};

	if (c->lost) {
		if (send(c->fd, &gap, sizeof(gap), MSG_DONTWAIT |
			 MSG_NOSIGNAL) < 0)
			return;
		c->lost = false;
	}
	if (send(c->fd, b->data, b->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		c->lost = true;
}

static void multicast(uint32_t group, const struct buf *b)
{
	int i;

	for (i = 0; i < CONNS_MAX; i++) {
		if (conns[i].fd >= 0 && conns[i].groups & 1ULL << group)
			tell(&conns[i], b);
	}
}

/* Events */

static void event_entry(uint8_t event, const struct slot *e, bool patient)
{
	static struct buf b;
	char v6[INET6_ADDRSTRLEN], v4[INET_ADDRSTRLEN];
	uint64_t now = (uint64_t)when_now();
	const struct dev *d = &devs[e->dev];
	struct nlmsghdr *hdr;
	struct pollfd fd;
	int i;

	if (truth)
		fprintf(truth, "%c %" PRIu64 " %s %s\n",
			event == M46_EVENT_ENTRY_NEW ? 'N' : 'D', now,
			inet_ntop(AF_INET6, &e->ipv6, v6, sizeof(v6)),
			inet_ntop(AF_INET, &e->ipv4, v4, sizeof(v4)));
	for (i = 0; i < CONNS_MAX; i++) {
		if (conns[i].fd < 0 ||
		    !(conns[i].groups & 1ULL << group_entry))
			continue;
		if (lose) {
			conns[i].lost = true;
			continue;
		}
		fd.fd = conns[i].fd;
		fd.events = POLLOUT;
		if (patient)
			poll(&fd, 1, 1000);
	}
	if (lose) {
		lose--;
		return;
	}
	b.len = 0;
	hdr = start_genl(&b, M46_CMD_EVENT, 0, 0, d);
	attr(&b, M46_A_EVENT, &event, 1);
	attr(&b, M46_A_TIME, &now, 8);
	put_entry(&b, e);
	finish(&b, hdr);
	multicast(group_entry, &b);
}

static void event_pool(uint8_t event, const struct dev *d,
		       const struct pool *p)
{
	static struct buf b;
	uint64_t now = (uint64_t)when_now();
	struct nlmsghdr *hdr;

	b.len = 0;
	hdr = start_genl(&b, M46_CMD_EVENT, 0, 0, d);
	attr(&b, M46_A_EVENT, &event, 1);
	attr(&b, M46_A_TIME, &now, 8);
	put_pool(&b, d, p);
	finish(&b, hdr);
	multicast(group_pool, &b);
}

static void event_link(uint16_t type, const struct dev *d)
{
	struct ifinfomsg ifi = { .ifi_index = d->ifindex };
	static struct buf b;
	struct nlmsghdr *hdr;
	struct nlattr *nest;

	b.len = 0;
	hdr = start(&b, type, 0, 0);
	add(&b, &ifi, sizeof(ifi));
	attr(&b, IFLA_IFNAME, d->name, strlen(d->name) + 1);
	nest = attr(&b, IFLA_LINKINFO, NULL, 0);
	attr(&b, IFLA_INFO_KIND, "m46", 4);
	end_nest(&b, nest);
	finish(&b, hdr);
	multicast(MOCK_GROUP_LINK, &b);
}

static void put_groups(struct buf *b)
{
	struct nlattr *list = attr(b, CTRL_ATTR_MCAST_GROUPS, NULL, 0), *nest;

	nest = attr(b, 1, NULL, 0);
	attr(b, CTRL_ATTR_MCAST_GRP_NAME, "entry", 6);
	attr(b, CTRL_ATTR_MCAST_GRP_ID, &group_entry, 4);
	end_nest(b, nest);
	nest = attr(b, 2, NULL, 0);
	attr(b, CTRL_ATTR_MCAST_GRP_NAME, "pool", 5);
	attr(b, CTRL_ATTR_MCAST_GRP_ID, &group_pool, 4);
	end_nest(b, nest);
	end_nest(b, list);
}

static void put_family(struct buf *b, uint8_t cmd, uint32_t seq)
{
	struct nlmsghdr *hdr = start(b, GENL_ID_CTRL, 0, seq);
	const struct genlmsghdr g = { .cmd = cmd, .version = 2 };
	uint16_t id = (uint16_t)family;

	add(b, &g, sizeof(g));
	attr(b, CTRL_ATTR_FAMILY_ID, &id, 2);
	attr(b, CTRL_ATTR_FAMILY_NAME, "m46", 4);
	put_groups(b);
	finish(b, hdr);
}

/* Requests */

static void put_error(struct buf *b, const struct nlmsghdr *req, int error,
		      const char *text)
{
	struct nlmsghdr *hdr = start(b, NLMSG_ERROR, NLM_F_CAPPED |
				     NLM_F_ACK_TLVS, req->nlmsg_seq);
	struct nlmsgerr e = { .error = error, .msg = *req };

	add(b, &e, sizeof(e));
	if (text)
		attr(b, NLMSGERR_ATTR_MSG, text, strlen(text) + 1);
	finish(b, hdr);
}

static void send_error(struct conn *c, const struct nlmsghdr *req, int error,
		       const char *text)
{
	static struct buf b;

	b.len = 0;
	put_error(&b, req, error, text);
	reply(c, &b);
}

static struct nlattr *find_attr(void *attrs, int len, int type)
{
	struct nlattr *nla = attrs;

	while (len >= (int)NLA_HDRLEN && nla->nla_len >= NLA_HDRLEN &&
	       nla->nla_len <= len) {
		if ((nla->nla_type & NLA_TYPE_MASK) == type)
			return nla;
		len -= NLA_ALIGN(nla->nla_len);
		nla = (struct nlattr *)((char *)nla + NLA_ALIGN(nla->nla_len));
	}

	return NULL;
}

static struct nlattr *request_attr(struct nlmsghdr *req, int type)
{
	int head = NLMSG_HDRLEN + GENL_HDRLEN;

	return find_attr((char *)req + head, (int)req->nlmsg_len - head, type);
}

static void *payload(struct nlattr *nla)
{
	return (char *)nla + NLA_HDRLEN;
}

static struct dev *dev_named(const char *name)
{
	int i;

	for (i = 0; i < DEVS_MAX; i++) {
		if (devs[i].ifindex && !strcmp(devs[i].name, name))
			return &devs[i];
	}

	return NULL;
}

static struct dev *request_dev(struct nlmsghdr *req)
{
	struct nlattr *name = request_attr(req, M46_A_IFNAME);
	struct nlattr *index = request_attr(req, M46_A_IFINDEX);
	int i;

	if (name)
		return dev_named(payload(name));
	for (i = 0; index && i < DEVS_MAX; i++) {
		if (devs[i].ifindex &&
		    !memcmp(payload(index), &devs[i].ifindex, 4))
			return &devs[i];
	}

	return NULL;
}

static bool covers(const struct dev *d, struct in_addr ipv4)
{
	uint32_t mask;
	unsigned int i;

	for (i = 0; i < d->n_pools; i++) {
		mask = 0xffffffffU << (32 - d->pools[i].len);
		if ((ntohl(ipv4.s_addr) & mask) == d->pools[i].net)
			return true;
	}

	return false;
}

static struct slot *new_entry(struct dev *d, const struct in6_addr *ipv6,
			      struct in_addr ipv4, uint8_t type,
			      uint32_t seconds)
{
	uint32_t slot = table_add(&table, (uint32_t)(d - devs), ipv6, ipv4);
	struct slot *e = &table.slots[slot];

	e->type = type;
	e->expires = type == M46_ENTRY_STATIC ? 0 :
		     when_now() + seconds * NS_PER_SEC;
	d->n_entries++;

	return e;
}

static void entry_new(struct conn *c, struct nlmsghdr *req, struct dev *d)
{
	struct nlattr *nest = request_attr(req, M46_A_ENTRY), *v6, *v4, *left;
	uint32_t dev = (uint32_t)(d - devs), seconds;
	struct in6_addr ipv6;
	struct in_addr ipv4;

	v6 = find_attr(payload(nest), nest->nla_len - 4, M46_ENTRY_A_IPV6);
	v4 = find_attr(payload(nest), nest->nla_len - 4, M46_ENTRY_A_IPV4);
	left = find_attr(payload(nest), nest->nla_len - 4, M46_ENTRY_A_EXPIRES);
	memcpy(&ipv6, payload(v6), 16);
	memcpy(&ipv4, payload(v4), 4);
	memcpy(&seconds, payload(left), 4);
	if (refuse) {
		send_error(c, req, -refuse, NULL);
	} else if (!covers(d, ipv4)) {
		send_error(c, req, -ENOENT,
			   "IPv4 address is not one that a pool gives out");
	} else if (table_find6(&table, dev, &ipv6) != SLOT_NONE ||
		   table_find4(&table, dev, ipv4) != SLOT_NONE) {
		send_error(c, req, -EEXIST, "IPv4 address has an entry");
	} else {
		event_entry(M46_EVENT_ENTRY_NEW,
			    new_entry(d, &ipv6, ipv4, M46_ENTRY_DYNAMIC,
				      seconds), true);
		if (req->nlmsg_flags & NLM_F_ACK)
			send_error(c, req, 0, NULL);
	}
}

static void entry_get(struct conn *c, struct nlmsghdr *req, struct dev *d)
{
	struct nlattr *nest = request_attr(req, M46_A_ENTRY), *v6;
	static struct buf b;
	struct nlmsghdr *hdr;
	struct in6_addr ipv6;
	uint32_t slot;

	v6 = find_attr(payload(nest), nest->nla_len - 4, M46_ENTRY_A_IPV6);
	memcpy(&ipv6, payload(v6), 16);
	slot = table_find6(&table, (uint32_t)(d - devs), &ipv6);
	if (slot == SLOT_NONE) {
		send_error(c, req, -ENOENT, "no such entry");
		return;
	}
	b.len = 0;
	hdr = start_genl(&b, M46_CMD_ENTRY_GET, 0, req->nlmsg_seq, d);
	put_entry(&b, &table.slots[slot]);
	finish(&b, hdr);
	put_error(&b, req, 0, NULL);
	reply(c, &b);
}

static uint16_t dump_flags(void)
{
	return NLM_F_MULTI | (torn ? NLM_F_DUMP_INTR : 0);
}

static void dump_dev(struct buf *b, const struct dump *dump,
		     const struct dev *d)
{
	const uint8_t mode = M46_MODE_M46T;
	struct nlmsghdr *hdr;
	struct nlattr *nest;
	unsigned int i;

	if (dump->cmd == M46_CMD_DEV_GET) {
		hdr = start_genl(b, dump->cmd, dump_flags(), dump->seq, d);
		nest = attr(b, M46_A_DEV, NULL, 0);
		attr(b, M46_DEV_A_MODE, &mode, 1);
		attr(b, M46_DEV_A_EXPIRES, &d->expires, 4);
		end_nest(b, nest);
		finish(b, hdr);
	}
	for (i = 0; dump->cmd == M46_CMD_POOL_GET && i < d->n_pools; i++) {
		hdr = start_genl(b, dump->cmd, dump_flags(), dump->seq, d);
		put_pool(b, d, &d->pools[i]);
		finish(b, hdr);
	}
}

/* One datagram of a dump. */
static void dump_chunk(struct conn *c)
{
	struct dump *dump = &c->dump;
	static struct buf b;
	const struct slot *e;
	struct nlmsghdr *hdr;
	int i, zero = 0;

	b.len = 0;
	for (i = 0; dump->cmd != M46_CMD_ENTRY_GET && i < DEVS_MAX; i++) {
		if (devs[i].ifindex)
			dump_dev(&b, dump, &devs[i]);
	}
	while (dump->cmd == M46_CMD_ENTRY_GET && dump->slot < table.n &&
	       b.len < CHUNK) {
		e = &table.slots[dump->slot++];
		if (e->state == SLOT_FREE ||
		    (dump->filter && e->dev != dump->filter - 1))
			continue;
		hdr = start_genl(&b, dump->cmd, dump_flags(), dump->seq,
				 &devs[e->dev]);
		put_entry(&b, e);
		finish(&b, hdr);
	}
	if (dump->cmd != M46_CMD_ENTRY_GET || dump->slot >= table.n) {
		hdr = start(&b, NLMSG_DONE, NLM_F_MULTI, dump->seq);
		add(&b, &zero, sizeof(zero));
		finish(&b, hdr);
		dumps += dump->cmd == M46_CMD_ENTRY_GET;
		dump->cmd = 0;
	}
	reply(c, &b);
}

static void request(struct conn *c, struct nlmsghdr *req)
{
	struct genlmsghdr *g = (void *)((char *)req + NLMSG_HDRLEN);
	struct nlattr *name = request_attr(req, M46_A_IFNAME);
	struct dev *d;

	if (req->nlmsg_type != family) {
		send_error(c, req, -ENOENT, NULL);
		return;
	}
	d = request_dev(req);
	if ((req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
		if (mute)
			return;
		if (name && !d) {
			send_error(c, req, -ENODEV, "no such device");
			return;
		}
		c->dump.cmd = g->cmd;
		c->dump.seq = req->nlmsg_seq;
		c->dump.slot = 0;
		c->dump.filter = d ? (uint32_t)(d - devs) + 1 : 0;
	} else if (!d) {
		send_error(c, req, -ENODEV, "no such device");
	} else if (g->cmd == M46_CMD_ENTRY_NEW) {
		entry_new(c, req, d);
	} else if (g->cmd == M46_CMD_ENTRY_GET) {
		entry_get(c, req, d);
	} else {
		send_error(c, req, -EOPNOTSUPP, NULL);
	}
}

static void control(struct conn *c, struct nlmsghdr *req)
{
	struct nlattr *name = request_attr(req, CTRL_ATTR_FAMILY_NAME);
	uint32_t notify = GROUP_NOTIFY;
	struct nlattr *list, *nest;
	const struct genlmsghdr g = { .cmd = CTRL_CMD_NEWFAMILY };
	static struct buf b;
	struct nlmsghdr *hdr;

	b.len = 0;
	if (!strcmp(payload(name), "nlctrl")) {
		hdr = start(&b, GENL_ID_CTRL, 0, req->nlmsg_seq);
		add(&b, &g, sizeof(g));
		list = attr(&b, CTRL_ATTR_MCAST_GROUPS, NULL, 0);
		nest = attr(&b, 1, NULL, 0);
		attr(&b, CTRL_ATTR_MCAST_GRP_NAME, "notify", 7);
		attr(&b, CTRL_ATTR_MCAST_GRP_ID, &notify, 4);
		end_nest(&b, nest);
		end_nest(&b, list);
		finish(&b, hdr);
	} else if (!family) {
		send_error(c, req, -ENOENT, NULL);
		return;
	} else {
		put_family(&b, CTRL_CMD_NEWFAMILY, req->nlmsg_seq);
	}
	put_error(&b, req, 0, NULL);
	reply(c, &b);
}

/* Commands of the tests */

static void take_notification(void)
{
	size_t used = strlen(notified);
	char text[256];
	ssize_t len;

	len = recv(notify_fd, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return;
	text[len] = '\0';
	/* The last ones count. */
	if (used + sizeof(text) + 32 > sizeof(notified))
		used = 0;
	snprintf(notified + used, sizeof(notified) - used, "%.3f %s\n",
		 (double)when_now() / NS_PER_SEC, text);
}

static uint32_t find_entry(const struct dev *d, const char *v6)
{
	struct in6_addr ipv6;

	inet_pton(AF_INET6, v6, &ipv6);

	return table_find6(&table, (uint32_t)(d - devs), &ipv6);
}

static void end_entry(uint32_t slot, uint8_t event, bool patient)
{
	event_entry(event, &table.slots[slot], patient);
	devs[table.slots[slot].dev].n_entries--;
	table_del(&table, slot);
}

static void forget_dev(struct dev *d, bool say)
{
	uint32_t i;

	for (i = 0; i < table.n; i++) {
		if (table.slots[i].state != SLOT_FREE &&
		    table.slots[i].dev == (uint32_t)(d - devs))
			table_del(&table, i);
	}
	if (say)
		event_link(RTM_DELLINK, d);
	memset(d, 0, sizeof(*d));
}

static struct dev *add_dev(const char *name, uint32_t expires)
{
	struct dev *d = devs;

	while (d->ifindex)
		d++;
	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->ifindex = next_index++;
	d->expires = expires;
	event_link(RTM_NEWLINK, d);

	return d;
}

static void numbered(uint32_t n, struct in6_addr *ipv6, struct in_addr *ipv4)
{
	const uint32_t words[4] = {
		htonl(0x20010db8), htonl(n >> 16), htonl(n * 2654435761U),
		htonl(n)
	};

	memcpy(ipv6, words, 16);
	ipv4->s_addr = htonl(0x0a000000 + n);
}

/* fill: what was there before; burst: with events. */
static void make_many(struct dev *d, uint32_t first, uint32_t n, bool events,
		      uint32_t seconds)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;
	struct slot *e;
	uint32_t i;

	for (i = first; i < first + n; i++) {
		numbered(i, &ipv6, &ipv4);
		if (table_find4(&table, (uint32_t)(d - devs), ipv4) !=
		    SLOT_NONE)
			continue;
		e = new_entry(d, &ipv6, ipv4, M46_ENTRY_DYNAMIC, seconds);
		if (events)
			event_entry(M46_EVENT_ENTRY_NEW, e, true);
	}
}

static void churn_once(void)
{
	struct dev *d = &devs[churn.dev];
	uint32_t slot = (uint32_t)random() % table.n;

	if (random() % 4 && table.slots[slot].state == SLOT_FREE) {
		make_many(d, churn.serial++, 1, false, d->expires);
		slot = table_find4(&table, churn.dev, (struct in_addr) {
				   htonl(0x0a000000 + churn.serial - 1) });
		event_entry(M46_EVENT_ENTRY_NEW, &table.slots[slot], false);
	} else if (table.slots[slot].state != SLOT_FREE) {
		end_entry(slot, random() % 2 ? M46_EVENT_ENTRY_EXPIRED :
			  M46_EVENT_ENTRY_DELETED, false);
	}
}

static void run_churn(void)
{
	int64_t now = when_now();

	if (churn.rate && now - churn.next > stall)
		stall = now - churn.next;
	while (churn.rate && churn.next <= now) {
		churn_once();
		churn.next += NS_PER_SEC / churn.rate;
	}
	if (truth)
		fflush(truth);
}

static void reload(bool in)
{
	static struct buf b;
	uint64_t groups = 1ULL << group_entry | 1ULL << group_pool;
	int i;

	b.len = 0;
	if (!in) {
		for (i = 0; i < DEVS_MAX; i++) {
			if (devs[i].ifindex)
				forget_dev(&devs[i], true);
		}
		put_family(&b, CTRL_CMD_DELFAMILY, 0);
		for (i = 0; i < CONNS_MAX; i++)
			conns[i].groups &= ~groups;
		family = 0;
	} else {
		family = ++next_family;
		group_entry += 2;
		group_pool += 2;
		put_family(&b, CTRL_CMD_NEWFAMILY, 0);
	}
	multicast(GROUP_NOTIFY, &b);
}

static void list_entries(FILE *out)
{
	char v6[INET6_ADDRSTRLEN], v4[INET_ADDRSTRLEN];
	const struct slot *e;
	uint32_t i;

	for (i = 0; i < table.n; i++) {
		e = &table.slots[i];
		if (e->state == SLOT_FREE)
			continue;
		fprintf(out, "%s %s %s %" PRId64 "\n", devs[e->dev].name,
			inet_ntop(AF_INET6, &e->ipv6, v6, sizeof(v6)),
			inet_ntop(AF_INET, &e->ipv4, v4, sizeof(v4)),
			e->expires ? (e->expires - when_now()) / NS_PER_SEC :
			0);
	}
}

/* Commands about one entry of a device. Return: it was one. */
static bool entry_command(int n, char **w, struct dev *d)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;
	struct slot *e;
	uint32_t slot;

	if (!strcmp(w[0], "new") || !strcmp(w[0], "silent")) {
		inet_pton(AF_INET6, w[2], &ipv6);
		inet_pton(AF_INET, w[3], &ipv4);
		e = new_entry(d, &ipv6, ipv4, n > 4 ? M46_ENTRY_STATIC :
			      M46_ENTRY_DYNAMIC, d->expires);
		if (w[0][0] == 'n')
			event_entry(M46_EVENT_ENTRY_NEW, e, true);
		return true;
	}
	slot = n > 2 ? find_entry(d, w[2]) : SLOT_NONE;
	if (slot == SLOT_NONE)
		return false;
	if (!strcmp(w[0], "expired"))
		end_entry(slot, M46_EVENT_ENTRY_EXPIRED, true);
	else if (!strcmp(w[0], "deleted"))
		end_entry(slot, M46_EVENT_ENTRY_DELETED, true);
	else if (!strcmp(w[0], "vanish"))
		table_del(&table, slot);
	else if (!strcmp(w[0], "touch"))
		table.slots[slot].expires = when_now() +
					    atol(w[3]) * NS_PER_SEC;
	else
		return false;

	return true;
}

static void add_pool(struct dev *d, char *prefix)
{
	struct pool *p = &d->pools[d->n_pools++];
	char *slash = strchr(prefix, '/');
	struct in_addr net;

	*slash = '\0';
	inet_pton(AF_INET, prefix, &net);
	p->net = ntohl(net.s_addr);
	p->len = (uint8_t)atoi(slash + 1);
}

/* Return: it was a command about a device. */
static bool dev_command(int n, char **w, struct dev *d)
{
	uint32_t number = n > 2 ? (uint32_t)atol(w[2]) : 0;

	if (!strcmp(w[0], "del")) {
		forget_dev(d, true);
	} else if (!strcmp(w[0], "rename")) {
		snprintf(d->name, sizeof(d->name), "%s", w[2]);
		event_link(RTM_NEWLINK, d);
	} else if (!strcmp(w[0], "pool")) {
		add_pool(d, w[2]);
	} else if (!strcmp(w[0], "high")) {
		event_pool(M46_EVENT_POOL_HIGH, d, d->pools);
	} else if (!strcmp(w[0], "exhausted")) {
		event_pool(M46_EVENT_POOL_EXHAUSTED, d, NULL);
	} else if (!strcmp(w[0], "fill") || !strcmp(w[0], "burst")) {
		make_many(d, n > 3 ? (uint32_t)atol(w[3]) : 1, number,
			  w[0][0] == 'b', d->expires);
	} else if (!strcmp(w[0], "churn")) {
		churn.dev = (uint32_t)(d - devs);
		churn.rate = number;
		churn.next = when_now();
		churn.serial = churn.serial ? churn.serial : 1000000;
	} else {
		return false;
	}

	return true;
}

/* Questions. Return: it was one. */
static bool question(const char *what, FILE *out)
{
	unsigned int n = 0;
	uint32_t i;

	if (!strcmp(what, "count")) {
		for (i = 0; i < table.n; i++)
			n += table.slots[i].state != SLOT_FREE;
		fprintf(out, "%u\n", n);
	} else if (!strcmp(what, "listeners")) {
		/* to pools */
		for (i = 0; i < CONNS_MAX; i++)
			n += conns[i].fd >= 0 &&
			     conns[i].groups & 1ULL << group_pool;
		fprintf(out, "%u\n", n);
	} else if (!strcmp(what, "stall")) {
		fprintf(out, "%.3f\n", (double)stall / NS_PER_SEC);
		stall = 0;
	} else if (!strcmp(what, "dumps")) {
		fprintf(out, "%u\n", dumps);
	} else if (!strcmp(what, "list")) {
		list_entries(out);
	} else if (!strcmp(what, "notified")) {
		fputs(notified, out);
		notified[0] = '\0';
	} else {
		return false;
	}

	return true;
}

/* How the kernel is to behave. Return: it was such a command. */
static bool behave(int n, char **w)
{
	int value = n > 1 ? atoi(w[1]) : 0;

	if (!strcmp(w[0], "lose"))
		lose = (unsigned int)value;
	else if (!strcmp(w[0], "torn"))
		torn = value;
	else if (!strcmp(w[0], "refuse"))
		refuse = value;
	else if (!strcmp(w[0], "mute"))
		mute = value;
	else if (!strcmp(w[0], "unload") || !strcmp(w[0], "load"))
		reload(w[0][0] == 'l');
	else if (!strcmp(w[0], "truth"))
		truth = fopen(w[1], "w");
	else
		return false;

	return true;
}

static void command(int n, char **w, FILE *out)
{
	struct dev *d = n > 1 ? dev_named(w[1]) : NULL;

	if (question(w[0], out) || behave(n, w))
		return;
	if (!strcmp(w[0], "add"))
		add_dev(w[1], n > 2 ? (uint32_t)atol(w[2]) : 7440);
	else if (!d || (!entry_command(n, w, d) && !dev_command(n, w, d)))
		fprintf(out, "mock_server: cannot %s\n", w[0]);
}

static void run_command(struct conn *c, char *text)
{
	char *words[8], *answer = NULL;
	size_t size;
	FILE *out = open_memstream(&answer, &size);
	int n = 0;

	for (words[n] = strtok(text, " "); words[n] && n < 7;
	     words[++n] = strtok(NULL, " "))
		;
	if (n)
		command(n, words, out);
	fclose(out);
	shutdown(c->fd, SHUT_RD);
	/* As a stream of pieces: a list may be long. */
	for (n = 0; (size_t)n < size; n += 32768)
		send(c->fd, answer + n, size - (size_t)n > 32768 ? 32768 :
		     size - (size_t)n, MSG_NOSIGNAL);
	free(answer);
	drop(c);
}

/* The loop */

static void handle(struct conn *c, char *data, ssize_t len)
{
	struct nlmsghdr *req = (struct nlmsghdr *)data;
	struct mock_join *join = (struct mock_join *)data;

	if (data[0] == '!') {
		data[len] = '\0';
		run_command(c, data + 1);
		return;
	}
	while (len >= (ssize_t)sizeof(*req) && req->nlmsg_len <= (size_t)len) {
		if (req->nlmsg_type == MOCK_JOIN)
			c->groups |= 1ULL << join->group;
		else if (req->nlmsg_type == GENL_ID_CTRL)
			control(c, req);
		else
			request(c, req);
		len -= (ssize_t)NLMSG_ALIGN(req->nlmsg_len);
		req = (void *)((char *)req + NLMSG_ALIGN(req->nlmsg_len));
	}
}

static void take(int listener)
{
	int fd = accept(listener, NULL, NULL), i, size = 1 << 20;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (i = 0; i < CONNS_MAX; i++) {
		if (conns[i].fd < 0) {
			conns[i].fd = fd;
			return;
		}
	}
	close(fd);
}

static void serve_conn(struct conn *c, short events)
{
	static char data[1 << 18];
	ssize_t len;

	if (events & (POLLIN | POLLHUP)) {
		len = recv(c->fd, data, sizeof(data) - 1, MSG_DONTWAIT);
		if (len <= 0) {
			drop(c);
			return;
		}
		handle(c, data, len);
	}
	if (c->fd >= 0 && events & POLLOUT) {
		flush_conn(c);
		if (!c->n_out && c->dump.cmd)
			dump_chunk(c);
	}
}

/* Until nobody can reach it any more: tests may end early. */
static void serve(int listener, const char *path)
{
	struct pollfd fds[CONNS_MAX + 2];
	int i;

	while (!access(path, F_OK)) {
		fds[CONNS_MAX + 1].fd = notify_fd;
		fds[CONNS_MAX + 1].events = POLLIN;
		fds[CONNS_MAX].fd = listener;
		fds[CONNS_MAX].events = POLLIN;
		for (i = 0; i < CONNS_MAX; i++) {
			fds[i].fd = conns[i].fd;
			fds[i].revents = 0;
			fds[i].events = POLLIN;
			if (conns[i].fd >= 0 &&
			    (conns[i].n_out || conns[i].dump.cmd))
				fds[i].events |= POLLOUT;
		}
		poll(fds, CONNS_MAX + 2, churn.rate ? 1 : 1000);
		for (i = 0; i < CONNS_MAX; i++) {
			if (fds[i].fd >= 0 && fds[i].revents)
				serve_conn(&conns[i], fds[i].revents);
		}
		if (fds[CONNS_MAX].revents)
			take(listener);
		if (fds[CONNS_MAX + 1].revents)
			take_notification();
		run_churn();
	}
}

static int ask(int fd, int argc, char **argv)
{
	char text[65536] = "!";
	ssize_t len;
	int i;

	for (i = 0; i < argc; i++) {
		strcat(text, argv[i]);
		strcat(text, " ");
	}
	send(fd, text, strlen(text), 0);
	while ((len = recv(fd, text, sizeof(text), 0)) > 0)
		fwrite(text, 1, (size_t)len, stdout);

	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), i;

	if (argc < 2)
		return 2;
	snprintf(addr.sun_path, sizeof(addr.sun_path) - 8, "%s", argv[1]);
	if (argc > 2) {
		if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
			perror(argv[1]);
			return 1;
		}
		return ask(fd, argc - 2, argv + 2);
	}
	srandom((unsigned int)time(NULL) ^ (unsigned int)getpid());
	table_init(&table);
	/* Another machine, or the same one after a reboot, has others. */
	if (getenv("MOCK_IFINDEX"))
		next_index = atoi(getenv("MOCK_IFINDEX"));
	for (i = 0; i < CONNS_MAX; i++)
		conns[i].fd = -1;
	unlink(argv[1]);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 64)) {
		perror(argv[1]);
		return 1;
	}
	strcat(addr.sun_path, ".notify");
	unlink(addr.sun_path);
	notify_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(notify_fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror(addr.sun_path);
		return 1;
	}
	serve(fd, argv[1]);

	return 0;
}
