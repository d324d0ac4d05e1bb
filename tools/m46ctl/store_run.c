// SPDX-License-Identifier: GPL-2.0
/*
 * The store service: sockets, signals, time.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "notify.h"
#include "store.h"

/* Events that wait while a commit takes long: some 60000. */
#define FEED_RCVBUF	(64 << 20)
#define LINK_RCVBUF	(4 << 20)
#define LINK_SIZE	32768
#define FLUSH_EVERY	256	/* events */
#define DRAIN_MAX	100000	/* events, then the rest gets a turn */
#define IDLE_MS		1000
#define PRUNE_MS	60000
#define PRUNE_STEP_MS	100
#define PRUNE_ROWS	1000
#define EXPIRE_MS	5000
#define LOST_SAY_MS	10000
#define STOP_MS		3000	/* for a last look at the kernel */

/**
 * struct runner - what the loop has beside the store
 * @s: the store
 * @links: rtnetlink, group link
 * @signals: signalfd
 * @stop_at: ms: when to end at the latest, 0: not yet
 * @stop_gen: dump to wait for
 * @watchdog: ms between signs of life, 0: none
 * @alive_at: the next of these, likewise the others
 */
struct runner {
	struct store *s;
	struct nl_sock *links;
	int signals;
	int64_t stop_at;
	uint32_t stop_gen;
	bool ready;
	int watchdog;
	int64_t alive_at;
	int64_t prune_at;
	int64_t expire_at;
	uint32_t status_gen;
};

/* Events */

static void say_lost(void)
{
	static unsigned int times;
	static int64_t said_at;

	times++;
	if (said_at && store_ms() < said_at + LOST_SAY_MS)
		return;
	err_note("events were lost (%u times so far), reading everything again",
		 times);
	said_at = store_ms();
}

/* Read all events there are. Return: 0 or an exit code. */
static int drain(struct store *s)
{
	unsigned int i;
	int ret = 0;

	for (i = 1; !ret && i < DRAIN_MAX; i++) {
		switch (feed_read(&s->feed, store_on_event, s)) {
		case FEED_EMPTY:
			return EXIT_OK;
		case FEED_READ:
			break;
		case FEED_LOST:
			say_lost();
			s->dump_at = store_ms();
			break;
		case FEED_GONE:
			err_note("the kernel module was removed, waiting for it");
			store_all_gone(s);
			break;
		case FEED_BACK:
			err_note("the kernel module is back");
			s->want_devices = true;
			break;
		case FEED_BROKEN:
			return EXIT_REFUSED;
		}
		/* A flood must not keep what it brings from the disk. */
		if (i % FLUSH_EVERY == 0)
			ret = store_flush(s, false);
	}

	return ret;
}

/* Devices */

static bool is_ours(struct nlmsghdr *hdr)
{
	const struct nlattr *info, *kind;

	info = nlmsg_find_attr(hdr, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	kind = info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_KIND) :
	       NULL;

	return kind && !strncmp(nla_data(kind), M46_LINK_KIND,
				(size_t)nla_len(kind));
}

static void read_link(struct store *s, struct nlmsghdr *hdr)
{
	const struct ifinfomsg *ifi = nlmsg_data(hdr);

	/* A bridge that loses a port says DELLINK as well. */
	if (nlmsg_datalen(hdr) < (int)sizeof(*ifi) ||
	    ifi->ifi_family != AF_UNSPEC)
		return;
	if (hdr->nlmsg_type == RTM_DELLINK)
		store_dev_gone(s, ifi->ifi_index);
	else if (hdr->nlmsg_type == RTM_NEWLINK && is_ours(hdr))
		s->want_devices = true;
}

static int read_links(struct runner *r)
{
	struct sockaddr_nl from;
	struct nlmsghdr *hdr;
	unsigned char *buf;
	int len;

	for (;;) {
		len = nl_recv(r->links, &from, &buf, NULL);
		if (len == -NLE_AGAIN)
			break;
		if (len == -NLE_NOMEM) {
			r->s->want_devices = true;
			continue;
		}
		if (len <= 0)
			return err_refused("cannot read devices: %s",
					   nl_geterror(len));
		for (hdr = (struct nlmsghdr *)buf; nlmsg_ok(hdr, len);
		     hdr = nlmsg_next(hdr, &len)) {
			if (!from.nl_pid)
				read_link(r->s, hdr);
		}
		free(buf);
	}
	store_leave(r->s);

	return EXIT_OK;
}

/* Now and then */

static int prune(struct runner *r)
{
	struct store *s = r->s;
	int64_t until = when_now() - s->keep * NS_PER_SEC;
	int n;

	r->prune_at = store_ms() + PRUNE_MS;
	if (s->broken || !s->db.sql)
		return EXIT_OK;
	n = db_prune(&s->db, until, PRUNE_ROWS);
	if (n == PRUNE_ROWS)
		r->prune_at = store_ms() + PRUNE_STEP_MS;
	if (n < 0)
		err_refused("%s: old history cannot be deleted: %s",
			    s->db.path, db_error(&s->db));

	return EXIT_OK;
}

/* After every dump. */
static int report(struct runner *r)
{
	struct store *s = r->s;
	uint32_t i, live = 0, waiting = 0, devs = 0;
	char text[128];

	r->status_gen = s->gen;
	for (i = 0; i < s->n_devs; i++) {
		devs += s->devs[i].ifindex != 0;
		live += s->devs[i].live;
		waiting += s->devs[i].waiting;
	}
	snprintf(text, sizeof(text),
		 "STATUS=%u entries of %u devices, %u to be restored", live,
		 devs, waiting);
	notify_send(text);
	if (!db_is_there(&s->db))
		return err_refused("%s: somebody has removed it", s->db.path);

	return EXIT_OK;
}

static int housekeeping(struct runner *r)
{
	struct store *s = r->s;
	int64_t now = store_ms();
	int ret = EXIT_OK;

	if (r->watchdog && now >= r->alive_at) {
		notify_send("WATCHDOG=1");
		r->alive_at = now + r->watchdog;
	}
	if (now >= r->expire_at) {
		store_expire_waiting(s);
		r->expire_at = now + EXPIRE_MS;
	}
	if (now >= r->prune_at)
		ret = prune(r);
	if (!ret && s->ready && s->nl.job == JOB_NONE &&
	    r->status_gen != s->gen)
		ret = report(r);
	if (s->ready && !r->ready && (!s->dirty_at || s->broken)) {
		notify_send("READY=1");
		r->ready = true;
	}

	return ret;
}

static int min_wait(int wait, int64_t at, int64_t now)
{
	if (at - now >= wait)
		return wait;

	return at > now ? (int)(at - now) : 0;
}

static int next_wait(const struct runner *r)
{
	const struct store *s = r->s;
	int64_t now = store_ms();
	int wait = IDLE_MS, flush = store_flush_wait(s);

	if (flush >= 0 && flush < wait)
		wait = flush;
	if (s->nl.job == JOB_NONE && kn_family())
		wait = min_wait(wait, s->dump_at > s->nl.not_before ?
				s->dump_at : s->nl.not_before, now);
	if (store_want_pools(s, INT64_MAX))
		wait = min_wait(wait, s->pools_at + POOLS_MS, now);
	wait = min_wait(wait, r->prune_at, now);
	if (r->watchdog)
		wait = min_wait(wait, r->alive_at, now);

	return wait;
}

/* The end */

/* The first signal asks for a last look, the second one for the end. */
static void on_signal(struct runner *r)
{
	struct signalfd_siginfo info;
	int64_t now = store_ms();

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return;
	notify_send("STOPPING=1");
	if (r->stop_at) {
		r->stop_at = now;
		return;
	}
	r->stop_at = now + STOP_MS;
	r->stop_gen = r->s->gen + 1 + (r->s->nl.job == JOB_DUMP);
	r->s->dump_at = now;
}

static bool is_over(const struct runner *r)
{
	const struct store *s = r->s;

	if (!r->stop_at)
		return false;

	return store_ms() >= r->stop_at || !kn_family() || !s->ready ||
	       (s->nl.job == JOB_NONE && s->gen >= r->stop_gen);
}

static int finish(struct store *s)
{
	int ret;

	s->retry_at = 0;
	ret = store_flush(s, true);
	if (!ret && (s->dirty_at || s->stale.count))
		ret = err_refused("%s: %zu changes of the last moment are not in it",
				  s->db.path, s->dirty.count + s->n_over);

	return ret;
}

static int step(struct runner *r, struct pollfd *fds)
{
	struct store *s = r->s;
	int ret = EXIT_OK;

	fds[3].fd = nl_socket_get_fd(s->nl.sk);
	if (poll(fds, 4, next_wait(r)) < 0 && errno != EINTR)
		return err_refused("poll: %s", strerror(errno));
	if (fds[0].revents)
		on_signal(r);
	/* Events first: they know the devices that links tell of as gone. */
	if (fds[1].revents)
		ret = drain(s);
	if (!ret && fds[2].revents)
		ret = read_links(r);
	if (!ret && fds[3].revents)
		ret = store_nl_read(s, drain);
	store_leave(s);
	if (!ret)
		ret = store_nl_check(s);
	if (!ret)
		ret = store_flush(s, false);
	if (!ret)
		ret = housekeeping(r);
	if (!ret)
		ret = store_nl_next(s);

	return ret;
}

static int loop(struct runner *r)
{
	struct pollfd fds[4] = {
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = feed_fd(&r->s->feed), .events = POLLIN },
		{ .fd = nl_socket_get_fd(r->links), .events = POLLIN },
		{ .events = POLLIN },
	};
	int ret = EXIT_OK;

	while (!ret && !is_over(r))
		ret = step(r, fds);
	if (!ret)
		return finish(r->s);
	/* Whatever it was, what is known is worth keeping. */
	if (r->s->db.sql)
		store_flush(r->s, true);

	return ret;
}

/* The beginning */

static void read_boot_id(struct store *s)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, s->boot, sizeof(s->boot) - 1);

	s->boot[n > 0 ? n : 0] = '\0';
	s->boot[strcspn(s->boot, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void read_netns(struct store *s, int fd)
{
	socklen_t len = sizeof(s->netns);
	struct stat st;

	/* Unlike the number of the inode, the cookie never comes back. */
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &s->netns, &len) &&
	    !stat("/proc/self/ns/net", &st))
		s->netns = (int64_t)st.st_ino;
}

static int open_sockets(struct runner *r)
{
	struct store *s = r->s;
	int ret;

	ret = feed_open(&s->feed, true, false, FEED_RCVBUF);
	if (ret)
		return ret;
	r->links = kn_socket(NETLINK_ROUTE, LINK_RCVBUF);
	if (!r->links)
		return EXIT_REFUSED;
	nl_socket_set_nonblocking(r->links);
	nl_socket_set_msg_buf_size(r->links, LINK_SIZE);
	ret = nl_socket_add_membership(r->links, RTNLGRP_LINK);
	if (ret < 0)
		return err_refused("group link: cannot join: %s",
				   nl_geterror(ret));
	read_boot_id(s);
	read_netns(s, nl_socket_get_fd(r->links));

	return store_nl_open(s);
}

static int open_signals(struct runner *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A file that must not grow is an error of write(), not the end. */
	signal(SIGXFSZ, SIG_IGN);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (r->signals < 0)
		return err_refused("signalfd: %s", strerror(errno));

	return EXIT_OK;
}

static void free_store(struct store *s)
{
	uint32_t i;

	for (i = 0; i < s->n_devs; i++)
		free(s->devs[i].pools);
	free(s->devs);
	free(s->by_index);
	free(s->dirty.words);
	free(s->stale.words);
	free(s->touched);
	free(s->over);
	table_free(&s->table);
}

int store_run(struct store *s, const char *path)
{
	struct runner r = { .s = s, .signals = -1 };
	int ret;

	table_init(&s->table);
	s->db.lock = -1;
	r.watchdog = notify_watchdog_ms();
	s->want_devices = true;
	ret = open_signals(&r);
	if (!ret)
		ret = db_open(&s->db, path);
	if (!ret)
		ret = store_load(s);
	if (!ret)
		ret = open_sockets(&r);
	if (!ret)
		ret = loop(&r);
	store_nl_close(s);
	feed_close(&s->feed);
	nl_socket_free(r.links);
	db_close(&s->db);
	free_store(s);
	if (r.signals >= 0)
		close(r.signals);

	return ret;
}
