/* SPDX-License-Identifier: GPL-2.0 */
/*
 * M46_CMD_EVENT: what the kernel tells of entries and pools.
 */
#ifndef M46CTL_EVENTS_H
#define M46CTL_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"
#include "pool.h"

/**
 * struct event - one event
 * @event: enum m46_event_type
 * @time: CLOCK_REALTIME, ns
 * @ifindex: the device
 * @dev: its name at that time
 * @is_pool: @pool is filled, else @entry
 * @has_prefix: @pool has a prefix, else it is the sum of all
 */
struct event {
	uint8_t event;
	int64_t time;
	int ifindex;
	char dev[PARSE_IFNAMSIZ];
	bool is_pool;
	bool has_prefix;
	struct entry entry;
	struct pool pool;
};

/* "new", "pool-high" ..., NULL for one that a newer kernel tells. */
const char *event_name(uint8_t event);

/* Return: 0, or -1 where the message is no event, or not a whole one. */
int event_get(const struct nlmsghdr *hdr, struct event *event);

/**
 * struct feed - a socket that events come from
 * @sk: does not block
 * @entry: group "entry" is wanted
 * @pool: group "pool" is wanted
 * @event: the last one
 */
struct feed {
	struct nl_sock *sk;
	bool entry;
	bool pool;
	struct event event;
};

enum feed_result {
	FEED_EMPTY,	/* nothing there */
	FEED_READ,	/* something was read, @event was called or not */
	FEED_LOST,	/* messages were lost, read everything again */
	FEED_GONE,	/* the module was removed */
	FEED_BACK,	/* the module was loaded again, read everything again */
	FEED_BROKEN,	/* printed */
};

/*
 * Join the groups. @entry, @pool: as in struct feed. @rcvbuf: as kn_socket().
 * Opens the socket of kn_call(), too. Errors are printed.
 * Return: 0 or an exit code.
 */
int feed_open(struct feed *feed, bool entry, bool pool, int rcvbuf);
void feed_close(struct feed *feed);
int feed_fd(const struct feed *feed);

/* Read one datagram and call @handle for the events in it. */
enum feed_result feed_read(struct feed *feed,
			   void (*handle)(const struct event *event, void *arg),
			   void *arg);

#endif /* M46CTL_EVENTS_H */
