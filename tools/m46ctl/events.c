// SPDX-License-Identifier: GPL-2.0
/*
 * M46_CMD_EVENT: what the kernel tells of entries and pools.
 */
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answers.h"
#include "err.h"
#include "events.h"
#include "nl.h"
#include "when.h"

/* An event is one small message. */
#define EVENT_SIZE	8192

const char *event_name(uint8_t event)
{
	static const struct keyword names[] = {
		{ "new", M46_EVENT_ENTRY_NEW },
		{ "expired", M46_EVENT_ENTRY_EXPIRED },
		{ "deleted", M46_EVENT_ENTRY_DELETED },
		{ "reactivated", M46_EVENT_ENTRY_REACTIVATED },
		{ "pool-high", M46_EVENT_POOL_HIGH },
		{ "pool-exhausted", M46_EVENT_POOL_EXHAUSTED },
		{ NULL, 0 }
	};

	return keyword_name(names, event);
}

/* A pool; that of all pools together has no prefix. */
static int read_pool(const struct nlattr *nest, struct event *event)
{
	const struct nlattr *nla;
	int left;

	event->is_pool = true;
	event->has_prefix = !pool_get(nest, &event->pool);
	if (event->has_prefix)
		return 0;
	nla_for_each_nested(nla, nest, left) {
		if (nla_len(nla) != 4)
			continue;
		if (nla_type(nla) == M46_POOL_A_SIZE)
			event->pool.size = nla_get_u32(nla);
		if (nla_type(nla) == M46_POOL_A_USED)
			event->pool.used = nla_get_u32(nla);
	}

	return 0;
}

static int read_entry(const struct nlattr *nest, struct event *event)
{
	event->is_pool = false;
	/* Its type is a detail; who it is about is not. */
	entry_get(nest, &event->entry);

	return event->entry.has_ipv6 && event->entry.has_ipv4 ? 0 : -1;
}

int event_get(const struct nlmsghdr *hdr, struct event *event)
{
	const struct genlmsghdr *g = nlmsg_data(hdr);
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN), ret = -1;
	uint64_t time;

	if (nlmsg_datalen(hdr) < (int)GENL_HDRLEN || g->cmd != M46_CMD_EVENT)
		return -1;
	event->event = 0;
	event->ifindex = 0;
	event->time = when_now();
	if (answer_ifname(hdr, event->dev))
		event->dev[0] = '\0';
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		switch (nla_type(nla)) {
		case M46_A_IFINDEX:
			if (nla_len(nla) == 4)
				event->ifindex = (int)nla_get_u32(nla);
			break;
		case M46_A_EVENT:
			if (nla_len(nla) == 1)
				event->event = nla_get_u8(nla);
			break;
		case M46_A_TIME:
			if (nla_len(nla) != sizeof(time))
				break;
			memcpy(&time, nla_data(nla), sizeof(time));
			event->time = (int64_t)time;
			break;
		case M46_A_ENTRY:
			ret = read_entry(nla, event);
			break;
		case M46_A_POOL:
			ret = read_pool(nla, event);
			break;
		}
	}

	return event->event ? ret : -1;
}

/* What the controller tells of a family. */
struct family {
	const char *group;	/* one that is looked for */
	uint32_t group_id;
	int id;
};

static void read_group(const struct nlattr *nest, struct family *f)
{
	const struct nlattr *name, *id;

	name = nla_find(nla_data(nest), nla_len(nest),
			CTRL_ATTR_MCAST_GRP_NAME);
	id = nla_find(nla_data(nest), nla_len(nest), CTRL_ATTR_MCAST_GRP_ID);
	if (name && id && nla_len(id) == 4 &&
	    !strncmp(nla_data(name), f->group, (size_t)nla_len(name)))
		f->group_id = nla_get_u32(id);
}

static int read_family(const struct nlmsghdr *hdr, void *arg)
{
	struct nlmsghdr *h = (struct nlmsghdr *)hdr;
	const struct nlattr *groups, *nest, *id;
	struct family *f = arg;
	int left;

	id = nlmsg_find_attr(h, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
	if (id && nla_len(id) == 2)
		f->id = nla_get_u16(id);
	groups = nlmsg_find_attr(h, GENL_HDRLEN, CTRL_ATTR_MCAST_GROUPS);
	if (!groups)
		return 0;
	nla_for_each_nested(nest, groups, left)
		read_group(nest, f);

	return 0;
}

static int join(struct feed *feed, const char *group, uint32_t id)
{
	int ret;

	if (!id)
		return err_refused("group \"%s\": this kernel module tells no events",
				   group);
	ret = nl_socket_add_membership(feed->sk, (int)id);
	if (ret < 0)
		return err_refused("group \"%s\": cannot join: %s", group,
				   nl_geterror(ret));

	return EXIT_OK;
}

/* Ask for the number of a group, and join it. */
static int ask_and_join(struct feed *feed, const char *family,
			const char *group)
{
	struct family f = { .group = group };
	struct kn_reply reply = { .message = read_family, .arg = &f };
	struct kn_error err;

	if (kn_call(KN_GENL, kn_ctrl_msg(family), &reply, &err))
		return kn_refused(&err, "netlink family %s", family);

	return join(feed, group, f.group_id);
}

int feed_open(struct feed *feed, bool entry, bool pool, int rcvbuf)
{
	int ret;

	memset(feed, 0, sizeof(*feed));
	feed->entry = entry;
	feed->pool = pool;
	ret = kn_open_genl();
	if (ret)
		return ret;
	feed->sk = kn_socket(NETLINK_GENERIC, rcvbuf);
	if (!feed->sk)
		return EXIT_REFUSED;
	nl_socket_set_nonblocking(feed->sk);
	nl_socket_set_msg_buf_size(feed->sk, EVENT_SIZE);
	/* First the news of the module itself: it may go at any time. */
	ret = ask_and_join(feed, "nlctrl", "notify");
	if (!ret && entry)
		ret = ask_and_join(feed, M46_GENL_NAME, M46_MCGRP_ENTRY);
	if (!ret && pool)
		ret = ask_and_join(feed, M46_GENL_NAME, M46_MCGRP_POOL);

	return ret;
}

void feed_close(struct feed *feed)
{
	nl_socket_free(feed->sk);
	feed->sk = NULL;
}

int feed_fd(const struct feed *feed)
{
	return nl_socket_get_fd(feed->sk);
}

/* The module is back, with groups that have new numbers. */
static enum feed_result join_again(struct feed *feed,
				   const struct nlmsghdr *hdr)
{
	struct family f = { .group = M46_MCGRP_ENTRY };

	read_family(hdr, &f);
	kn_set_family(f.id);
	if (feed->entry && join(feed, f.group, f.group_id))
		return FEED_BROKEN;
	f.group = M46_MCGRP_POOL;
	f.group_id = 0;
	read_family(hdr, &f);
	if (feed->pool && join(feed, f.group, f.group_id))
		return FEED_BROKEN;

	return FEED_BACK;
}

static enum feed_result read_control(struct feed *feed, struct nlmsghdr *hdr)
{
	const struct genlmsghdr *g = nlmsg_data(hdr);
	const struct nlattr *name;

	name = nlmsg_find_attr(hdr, GENL_HDRLEN, CTRL_ATTR_FAMILY_NAME);
	if (!name || strncmp(nla_data(name), M46_GENL_NAME,
			     (size_t)nla_len(name)))
		return FEED_READ;
	if (g->cmd == CTRL_CMD_NEWFAMILY)
		return join_again(feed, hdr);
	if (g->cmd != CTRL_CMD_DELFAMILY)
		return FEED_READ;
	kn_set_family(0);

	return FEED_GONE;
}

enum feed_result feed_read(struct feed *feed,
			   void (*handle)(const struct event *event, void *arg),
			   void *arg)
{
	enum feed_result result = FEED_READ;
	struct sockaddr_nl from;
	struct nlmsghdr *hdr;
	unsigned char *buf;
	int len;

	len = nl_recv(feed->sk, &from, &buf, NULL);
	if (len == -NLE_AGAIN)
		return FEED_EMPTY;
	if (len == -NLE_NOMEM)
		return FEED_LOST;
	if (len <= 0) {
		err_refused("cannot read events: %s", nl_geterror(len));
		return FEED_BROKEN;
	}
	for (hdr = (struct nlmsghdr *)buf; nlmsg_ok(hdr, len);
	     hdr = nlmsg_next(hdr, &len)) {
		if (from.nl_pid)
			continue;
		if (hdr->nlmsg_type == GENL_ID_CTRL)
			result = read_control(feed, hdr);
		else if (hdr->nlmsg_type == kn_family() &&
			 !event_get(hdr, &feed->event))
			handle(&feed->event, arg);
	}
	free(buf);

	return result;
}
