// SPDX-License-Identifier: GPL-2.0
/*
 * monitor: what happens, as it happens.
 *
 * The entries are kept in memory, too: where the kernel had to throw events
 * away, since nobody read them, the difference to what is there now can be told
 * and nothing goes unnoticed.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answers.h"
#include "cmd.h"
#include "err.h"
#include "events.h"
#include "nl.h"
#include "out.h"
#include "out_json.h"
#include "out_text.h"
#include "table.h"
#include "when.h"

#define RCVBUF		(32 << 20)
#define ROUND		1000	/* events between two looks at signals */

/**
 * struct monitor - state of the command
 * @table: entries as far as they are known; the device is its ifindex, since
 *	is when a resync has told of the entry, 0: an event has
 * @gen: number of the last dump
 * @quiet: the dump is the first one
 * @again: everything is to be read again
 * @resync_at: when that was done last, 0: never
 * @names: of the devices, for entries that have gone
 */
struct monitor {
	struct feed feed;
	struct table table;
	uint32_t gen;
	bool quiet;
	bool again;
	int64_t resync_at;
	struct {
		int ifindex;
		char name[PARSE_IFNAMSIZ];
	} *names;
	size_t n_names;
};

/* What a line is about. */
struct line {
	int64_t time;
	const char *event;
	const char *change;	/* resync: new or gone */
	const char *dev;
	int ifindex;
};

static void keep_name(struct monitor *m, int ifindex, const char *name)
{
	void *names;
	size_t i;

	for (i = 0; i < m->n_names; i++) {
		if (m->names[i].ifindex == ifindex)
			break;
	}
	if (i == m->n_names) {
		names = reallocarray(m->names, i + 1, sizeof(*m->names));
		if (!names)
			return;
		m->names = names;
		m->names[i].ifindex = ifindex;
		m->n_names++;
	}
	snprintf(m->names[i].name, PARSE_IFNAMSIZ, "%s", name);
}

static const char *name_of(const struct monitor *m, int ifindex)
{
	size_t i;

	for (i = 0; i < m->n_names; i++) {
		if (m->names[i].ifindex == ifindex)
			return m->names[i].name;
	}

	return "?";
}

/* Lines */

/* A column as wide as the widest value so far: the lines are not known yet. */
static void put_column(const char *key, const char *text, int *width)
{
	int len = (int)strlen(text);

	if (len > *width)
		*width = len;
	out_text_field(key, text, *width);
	fputs("  ", stdout);
}

static void begin_line(const struct line *line)
{
	static int event_width = 14, dev_width = 4;	/* pool-exhausted */
	char time[WHEN_STRLEN], event[32];

	if (!out_is_json()) {
		snprintf(event, sizeof(event), "%s%s%s", line->event,
			 line->change ? " " : "",
			 line->change ? line->change : "");
		printf("%s  ", when_local(line->time, time));
		put_column("event", event, &event_width);
		if (line->dev)
			put_column("dev", line->dev, &dev_width);
		return;
	}
	out_object_begin();
	out_string("time", NULL, when_iso(line->time, time));
	out_string("event", NULL, line->event);
	if (line->change)
		out_string("change", NULL, line->change);
	if (line->dev) {
		out_string("dev", NULL, line->dev);
		out_uint("ifindex", NULL, (uint64_t)line->ifindex);
	}
}

static void end_line(void)
{
	if (out_is_json())
		out_object_end();
	putchar('\n');
	out_flush();
}

static void print_entry(const struct line *line, const struct entry *entry)
{
	static int ipv6_width = 15, ipv4_width = 9;
	const char *type = entry_type_name(entry->type);
	char text[PREFIX_STRLEN], time[TIME_STRLEN];

	begin_line(line);
	if (out_is_json()) {
		entry_print_members(entry);
	} else {
		put_column("ipv6", ipv6_str(&entry->ipv6, text), &ipv6_width);
		fputs("<-> ", stdout);
		put_column("ipv4", ipv4_str(&entry->ipv4, text), &ipv4_width);
		fputs(type ? type : "", stdout);
		if (entry->has_expires)
			printf(" expires %s", time_str(entry->expires, time));
	}
	end_line();
}

static void print_pool(const struct line *line, const struct pool *pool,
		       bool has_prefix)
{
	uint32_t left = pool->used < pool->size ? pool->size - pool->used : 0;
	char text[PREFIX_STRLEN] = "all pools";

	begin_line(line);
	if (out_is_json() && has_prefix) {
		pool_print_members(pool);
	} else if (out_is_json()) {
		out_null("prefix");
		out_uint("size", NULL, pool->size);
		out_uint("used", NULL, pool->used);
		out_uint("free", NULL, left);
	} else {
		if (has_prefix)
			prefix_str(&pool->dst, text);
		out_text_field("prefix", text, 0);
		printf("  size %u used %u free %u", pool->size, pool->used,
		       left);
	}
	end_line();
}

static void print_plain(const char *event, const char *text)
{
	const struct line line = { .time = when_now(), .event = event };

	begin_line(&line);
	if (!out_is_json())
		fputs(text, stdout);
	end_line();
}

/* What is known */

static void forget(struct monitor *m, uint32_t slot)
{
	if (slot != SLOT_NONE)
		table_del(&m->table, slot);
}

/* Return: the slot of exactly this entry, or SLOT_NONE. */
static uint32_t find(const struct monitor *m, uint32_t dev,
		     const struct entry *entry)
{
	uint32_t slot = table_find6(&m->table, dev, &entry->ipv6);

	if (slot != SLOT_NONE &&
	    m->table.slots[slot].ipv4.s_addr != entry->ipv4.s_addr)
		return SLOT_NONE;

	return slot;
}

/* Return: it was not known before. */
static bool learn(struct monitor *m, uint32_t dev, const struct entry *entry)
{
	uint32_t slot = find(m, dev, entry);
	bool fresh = slot == SLOT_NONE;

	if (fresh) {
		forget(m, table_find6(&m->table, dev, &entry->ipv6));
		forget(m, table_find4(&m->table, dev, entry->ipv4));
		slot = table_add(&m->table, dev, &entry->ipv6, entry->ipv4);
	}
	m->table.slots[slot].gen = m->gen;
	m->table.slots[slot].type = entry->type;

	return fresh;
}

/*
 * An event of an entry. Return: it is to be told; not so where it is older than
 * the resync that has told the same.
 */
static bool apply(struct monitor *m, const struct event *event)
{
	uint32_t dev = (uint32_t)event->ifindex;
	uint32_t slot = find(m, dev, &event->entry);
	bool told;

	keep_name(m, event->ifindex, event->dev);
	if (event->event == M46_EVENT_ENTRY_NEW ||
	    event->event == M46_EVENT_ENTRY_REACTIVATED) {
		told = slot != SLOT_NONE &&
		       event->time <= m->table.slots[slot].since;
		learn(m, dev, &event->entry);
	} else {
		told = slot == SLOT_NONE && event->time <= m->resync_at;
		forget(m, slot);
	}

	return !told;
}

static void handle_event(const struct event *event, void *arg)
{
	char number[16];
	struct line line = {
		.time = event->time, .event = event_name(event->event),
		.dev = event->dev, .ifindex = event->ifindex
	};
	struct monitor *m = arg;

	if (!line.event) {
		snprintf(number, sizeof(number), "event-%u", event->event);
		line.event = number;
	}
	if (event->is_pool) {
		print_pool(&line, &event->pool, event->has_prefix);
		return;
	}
	if (apply(m, event))
		print_entry(&line, &event->entry);
}

/* Reading everything again */

static void dump_entry(struct monitor *m, const struct line *line,
		       const struct entry *entry)
{
	uint32_t dev = (uint32_t)line->ifindex;

	if (!learn(m, dev, entry) || m->quiet)
		return;
	m->table.slots[find(m, dev, entry)].since = line->time;
	print_entry(line, entry);
}

static int handle_dump(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN);
	struct line line = { .event = "resync", .change = "new" };
	char name[PARSE_IFNAMSIZ];
	struct monitor *m = arg;
	struct entry entry;
	struct pool pool;

	if (answer_ifname(hdr, name))
		return 0;
	line.dev = name;
	line.time = when_now();
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) == M46_A_IFINDEX && nla_len(nla) == 4) {
			line.ifindex = (int)nla_get_u32(nla);
			keep_name(m, line.ifindex, name);
		} else if (nla_type(nla) == M46_A_ENTRY &&
			   !entry_get(nla, &entry)) {
			dump_entry(m, &line, &entry);
		} else if (nla_type(nla) == M46_A_POOL &&
			   !pool_get(nla, &pool)) {
			line.change = NULL;
			print_pool(&line, &pool, true);
		}
	}

	return 0;
}

static int handle_answer(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla;
	struct entry *entry = arg;

	nla = nlmsg_find_attr((struct nlmsghdr *)hdr, GENL_HDRLEN,
			      M46_A_ENTRY);
	if (nla)
		entry_get(nla, entry);

	return 0;
}

/* A dump of a changing table may leave out what is there all the time. */
static bool is_gone(const struct monitor *m, const struct slot *s)
{
	const struct entry key = { .ipv6 = s->ipv6, .has_ipv6 = true };
	struct entry entry = { 0 };
	struct kn_reply reply = { .message = handle_answer, .arg = &entry };
	struct kn_error err;
	struct nl_msg *msg;

	msg = kn_genl_msg(M46_CMD_ENTRY_GET, 0, name_of(m, (int)s->dev));
	entry_put(msg, &key);

	return kn_call(KN_GENL, msg, &reply, &err) ||
	       entry.ipv4.s_addr != s->ipv4.s_addr ||
	       entry.type == M46_ENTRY_DORMANT;
}

static void print_gone(struct monitor *m)
{
	struct line line = { .event = "resync", .change = "gone" };
	struct entry entry = { 0 };
	const struct slot *s;
	uint32_t i;

	for (i = 0; i < m->table.n; i++) {
		s = &m->table.slots[i];
		if (s->state == SLOT_FREE || s->gen == m->gen || !is_gone(m, s))
			continue;
		entry.ipv6 = s->ipv6;
		entry.ipv4 = s->ipv4;
		entry.type = s->type;
		line.time = when_now();
		line.ifindex = (int)s->dev;
		line.dev = name_of(m, line.ifindex);
		table_del(&m->table, i);
		print_entry(&line, &entry);
	}
}

static int dump_failed(const struct kn_error *err, const char *what)
{
	/* The module has just been removed: an event will say so. */
	if (err->code == ENOENT)
		return EXIT_OK;

	return kn_refused(err, "%s", what);
}

/* Read the entries, and tell the difference unless it is the first time. */
static int resync(struct monitor *m, bool first)
{
	struct kn_reply reply = { .message = handle_dump, .arg = m };
	struct kn_error err;

	m->quiet = first;
	m->gen++;
	if (m->feed.entry) {
		if (kn_call(KN_GENL,
			    kn_genl_msg(M46_CMD_ENTRY_GET, NLM_F_DUMP, NULL),
			    &reply, &err))
			return dump_failed(&err, "entries");
		if (!first) {
			print_gone(m);
			m->resync_at = when_now();
		}
	}
	if (m->feed.pool && !first &&
	    kn_call(KN_GENL, kn_genl_msg(M46_CMD_POOL_GET, NLM_F_DUMP, NULL),
		    &reply, &err))
		return dump_failed(&err, "pools");

	return EXIT_OK;
}

static void handle_result(struct monitor *m, enum feed_result result)
{
	if (result == FEED_LOST)
		print_plain("lost", "events were lost, reading everything again");
	if (result == FEED_GONE)
		print_plain("unloaded", "the kernel module was removed");
	if (result == FEED_BACK)
		print_plain("loaded", "the kernel module is back");
	if (result != FEED_READ)
		m->again = result != FEED_GONE;
}

/* Read what there is. Return: -1 to go on, or an exit code. */
static int read_events(struct monitor *m)
{
	enum feed_result result = FEED_READ;
	unsigned int i;

	for (i = 0; i < ROUND; i++) {
		result = feed_read(&m->feed, handle_event, m);
		if (result == FEED_EMPTY || result == FEED_BROKEN)
			break;
		handle_result(m, result);
	}
	if (result == FEED_BROKEN || out_flush())
		return EXIT_REFUSED;
	/* What is still in the socket is older than what a dump would say. */
	if (result != FEED_EMPTY || !m->again)
		return -1;
	m->again = false;

	return resync(m, false) ? EXIT_REFUSED : -1;
}

static int watch(struct monitor *m, int signals)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = feed_fd(&m->feed), .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int ret = -1;

	while (ret < 0) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return err_refused("poll: %s", strerror(errno));
		/* Taken off, or it would end the program in the end. */
		if (fds[0].revents &&
		    read(signals, &info, sizeof(info)) == sizeof(info))
			return EXIT_OK;
		ret = read_events(m);
	}

	return ret;
}

static bool has_events(const struct nlmsghdr *hdr)
{
	const struct nlattr *dev, *mode = NULL;

	dev = nlmsg_find_attr((struct nlmsghdr *)hdr, GENL_HDRLEN, M46_A_DEV);
	if (dev)
		mode = nla_find(nla_data(dev), nla_len(dev), M46_DEV_A_MODE);

	return mode && nla_get_u8(mode) == M46_MODE_M46T;
}

/* Silence is no sign that all is well where there is nothing to be told. */
static void warn_no_events(void)
{
	struct answers a;
	size_t i;

	if (!kn_family() || answers_get(&a, M46_CMD_DEV_GET, NULL))
		return;
	for (i = 0; i < a.n && !has_events(a.hdrs[i]); i++)
		;
	if (a.n && i == a.n)
		err_warn("no device of mode m46t: the other modes have no events");
	answers_free(&a);
}

static int monitor(bool entry, bool pool)
{
	struct monitor m = { 0 };
	sigset_t set, old;
	int signals, ret;

	/* One line an object, whatever -pretty says. */
	out_json_setup(false);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return err_refused("signalfd: %s", strerror(errno));
	table_init(&m.table);
	ret = feed_open(&m.feed, entry, pool, RCVBUF);
	if (!ret)
		ret = resync(&m, true);
	if (!ret)
		warn_no_events();
	if (!ret)
		ret = watch(&m, signals);
	feed_close(&m.feed);
	table_free(&m.table);
	free(m.names);
	close(signals);
	sigprocmask(SIG_SETMASK, &old, NULL);

	return ret;
}

static int no_more(int argc, char **argv)
{
	if (!argc)
		return EXIT_OK;

	return err_refused("unknown word \"%s\"", argv[0]);
}

static int monitor_entries(int argc, char **argv)
{
	return no_more(argc, argv) ? EXIT_REFUSED : monitor(true, false);
}

static int monitor_pools(int argc, char **argv)
{
	return no_more(argc, argv) ? EXIT_REFUSED : monitor(false, true);
}

static int monitor_all(int argc, char **argv)
{
	return no_more(argc, argv) ? EXIT_REFUSED : monitor(true, true);
}

static const struct command commands[] = {
	{ "all", monitor_all, "" },
	{ "entry", monitor_entries, "" },
	{ "pool", monitor_pools, "" },
	{ NULL, monitor_all, NULL }
};

const struct object monitor_object = {
	"monitor", commands, NULL, "what happens to entries and pools"
};
