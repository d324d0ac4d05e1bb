/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The store service: what the kernel tells, kept in memory and on disk, and
 * given back to the kernel where it has lost it.
 *
 * Memory (struct table) is what counts; the file follows it. A change marks its
 * slot, a flush writes the marked slots and the history of one transaction. If
 * that fails, the marks stay and it is tried again: a full disk loses nothing
 * that memory has.
 *
 *	store.c		changes: events, dumps, devices that come and go
 *	store_flush.c	from memory to the file, and back at start
 *	store_restore.c	which entries the kernel is to have again
 *	store_nl.c	the requests: dumps and batches, without waiting
 *	store_run.c	sockets, signals, time
 */
#ifndef M46CTL_STORE_H
#define M46CTL_STORE_H

#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "entry.h"
#include "events.h"
#include "nl.h"
#include "store_db.h"
#include "table.h"
#include "when.h"

#define COMMIT_MS	200	/* from the first change to its commit */
#define RETRY_MS	1000	/* after a commit that failed */
#define FLUSH_ROWS	20000	/* a transaction */
#define BATCH		512	/* entries restored with one system call */
#define POOLS_MS	500	/* how often pools are looked at */
#define HOLD_MS		10000	/* how long pools must rest, see below */
#define POOLS_LIMIT	64

/**
 * struct store_pool - one pool
 * @net: first address, host order
 * @mask: of its length
 */
struct store_pool {
	uint32_t net;
	uint32_t mask;
};

/* Results of a restore, for one line of the log. */
struct store_counts {
	uint64_t restored;
	uint64_t expired;
	uint64_t refused;
};

/**
 * struct store_dev - one device, there or not
 * @id: its row in the file
 * @name: what it is known by
 * @ifindex: 0: it is not there
 * @max_expires: setting "expires", seconds
 * @seen: CLOCK_REALTIME, ns: when it was there last
 * @gone: since when it is not; 0: it is there
 * @lost_at: when the one before it was there last: until then its entries were
 *	in force that still wait
 * @leaving: it has gone, and its entries do not know yet
 * @boot: which device of this name it was whose entries were all stored or
 * @old_netns: restored. It is the same one as now if the service alone has
 * @old_ifindex: been away: then what the kernel has not, is over
 * @same: it is
 * @dirty: the row is to be written
 * @listed: seen in the list of devices that is being read
 * @came_at: ms: when it came
 * @synced: a dump has been read since it is there
 * @gen: dump that was running, or the last, when it came
 * @live: entries that the kernel has
 * @waiting: entries that are to be restored
 * @pools: those it has
 * @next_pools: those in the list of pools that is being read
 * @pools_at: ms: when they have changed last
 * @try_at: ms: when to try to restore, 0: nothing to try
 * @trying: the pass that is under way is about it
 * @tried: a pass has ended since it is there
 * @forced: the pools have not changed for HOLD_MS: entries that they do not
 *	cover are offered to the kernel as well, for it to say why not
 * @counts: of the pass
 */
struct store_dev {
	int64_t id;
	char name[PARSE_IFNAMSIZ];
	int ifindex;
	uint32_t max_expires;
	int64_t seen;
	int64_t gone;
	int64_t lost_at;
	bool leaving;
	char boot[40];
	int64_t old_netns;
	int64_t old_ifindex;
	bool same;
	bool dirty;
	bool listed;
	int64_t came_at;
	bool synced;
	uint32_t gen;
	uint32_t live;
	uint32_t waiting;
	struct store_pool *pools;
	struct store_pool *next_pools;
	unsigned int n_pools;
	unsigned int n_next_pools;
	int64_t pools_at;
	int64_t try_at;
	bool trying;
	bool tried;
	bool forced;
	struct store_counts counts;
};

enum job {
	JOB_NONE,
	JOB_DEVICES,
	JOB_DUMP,
	JOB_POOLS,
	JOB_RESTORE,
};

/**
 * struct store_nl - the socket of requests, one job at a time
 * @sk: does not block
 * @job: what is under way
 * @seq: of its last message
 * @first_seq: of its first one
 * @torn: the dump was interrupted by a change
 * @failed: it ended with an error
 * @deadline: ms: when it is given up
 * @not_before: ms: the next one, after one that failed
 * @batch: slots of JOB_RESTORE, message by message
 * @buf: their messages
 */
struct store_nl {
	struct nl_sock *sk;
	enum job job;
	uint32_t seq;
	uint32_t first_seq;
	bool torn;
	bool failed;
	int64_t deadline;
	int64_t not_before;
	uint32_t batch[BATCH];
	uint32_t n_batch;
	unsigned char *buf;
	size_t used;
};

/* Bits by slot. */
struct bitmap {
	uint64_t *words;
	size_t n_words;
	size_t count;
};

/* An entry that is over, to be written; slot: where it was. */
struct store_over {
	struct db_record record;
	uint32_t slot;
};

#define REASONS		16

/**
 * struct store - the service
 * @only: the one device it is about, or empty: all
 * @keep: seconds that history is kept
 * @refresh: seconds between two dumps
 * @boot: id of this boot
 * @netns: id of the network namespace
 * @devs: devices, numbered by their place; entries in @table name them so
 * @by_index: devices that are there, by hash of their ifindex
 * @index_mask: of that hash
 * @gen: number of the dump that is under way, or the last
 * @dump_from: CLOCK_REALTIME, ns: when it began
 * @missing_since: when the last one began that left something out
 * @dirty: slots to write soon
 * @stale: slots whose expiry is newer than the file's: no hurry
 * @touched: slots in the transaction
 * @over: history to write
 * @lost_over: history that there was no room for
 * @dirty_at: ms: first change that is not written, 0: none
 * @retry_at: ms: not before, after an error
 * @broken: the last flush failed, and it was said
 * @want_devices: the list of devices is to be read
 * @listed: it has been read once
 * @dump_at: ms: when to dump
 * @again: how often the dump was torn in a row
 * @pools_at: ms: when pools were read
 * @pass: a restore is under way
 * @cursor: slot it has come to
 * @reasons: of refusals, that were said
 * @ready: the first dump is over
 */
struct store {
	char only[PARSE_IFNAMSIZ];
	uint32_t keep;
	uint32_t refresh;
	char boot[40];
	int64_t netns;
	struct db db;
	struct table table;
	struct store_dev *devs;
	uint32_t n_devs;
	uint32_t *by_index;
	uint32_t index_mask;
	struct feed feed;
	struct store_nl nl;
	uint32_t gen;
	int64_t dump_from;
	int64_t missing_since;
	struct bitmap dirty;
	struct bitmap stale;
	uint32_t *touched;
	size_t n_touched;
	size_t touched_room;
	struct store_over *over;
	size_t n_over;
	size_t over_room;
	uint64_t lost_over;
	int64_t dirty_at;
	int64_t retry_at;
	bool broken;
	bool want_devices;
	bool listed;
	int64_t dump_at;
	unsigned int again;
	int64_t pools_at;
	bool pass;
	uint32_t cursor;
	char reasons[REASONS][256];
	unsigned int n_reasons;
	bool ready;
};

/* CLOCK_MONOTONIC, ms; never 0. */
int64_t store_ms(void);

/* store.c */

void store_on_event(const struct event *event, void *arg);
/* A device, as in the list of devices, or in an event. */
void store_dev_there(struct store *s, int ifindex, const char *name,
		     uint32_t max_expires);
void store_dev_gone(struct store *s, int ifindex);
/* The list of devices: begin, each one (store_dev_there()), end. */
void store_devices_begin(struct store *s);
void store_devices_done(struct store *s);
void store_dump_begin(struct store *s);
void store_dump_entry(struct store *s, int ifindex, const char *name,
		      const struct entry *entry);
void store_dump_done(struct store *s, bool torn);
void store_all_gone(struct store *s);
/* Tell the entries of devices that have gone. */
void store_leave(struct store *s);
/*
 * All that can be restored is: remember which device it is, and of entries that
 * still wait that they are lost.
 */
void store_dev_settled(struct store *s, uint32_t dev);
/* Remember that an entry is lost, and still waits. */
void store_lose(struct store *s, uint32_t slot);

/* Number of a device by name, made if there is none; by index, or -1. */
uint32_t store_dev_named(struct store *s, const char *name);
int64_t store_dev_by_index(const struct store *s, int ifindex);
void store_set_state(struct store *s, uint32_t slot, enum slot_state state);
/* The kernel has the entry. */
void store_found(struct store *s, uint32_t slot);
/* The entry is over since @until, or since its device has gone. */
void store_close_entry(struct store *s, uint32_t slot, int64_t until);

/* store_flush.c */

/* Read the file into memory. Errors are printed. Return: 0 or an exit code. */
int store_load(struct store *s);
/* Mark a slot; @soon: it is new or over, not just its expiry. */
void store_mark(struct store *s, uint32_t slot, bool soon);
void store_mark_dev(struct store *s, struct store_dev *dev);
void store_add_over(struct store *s, uint32_t slot, int64_t until);
/* Write what is due. Return: 0, or an exit code where it is no use to go on. */
int store_flush(struct store *s, bool all);
/* ms until something is due, -1: nothing. */
int store_flush_wait(const struct store *s);

/* store_restore.c */

/* Read the pools that were asked for: begin, each one, end. */
void store_pools_begin(struct store *s);
void store_pool(struct store *s, int ifindex, const struct pool *pool);
void store_pools_done(struct store *s);
bool store_want_pools(const struct store *s, int64_t now);
bool store_want_restore(struct store *s, int64_t now);
/* The next slots to send, BATCH at most. Return: how many; 0: all done. */
uint32_t store_next_batch(struct store *s, uint32_t *slots);
/* Seconds that an entry has left; 0: none. */
uint32_t store_remaining(const struct store *s, const struct slot *e);
void store_sent(struct store *s, uint32_t slot, const struct kn_error *err);
/* Close what waits and has no time left. */
void store_expire_waiting(struct store *s);

/* store_nl.c */

int store_nl_open(struct store *s);
void store_nl_close(struct store *s);
/* Begin what is due, if nothing is under way. Return: 0 or an exit code. */
int store_nl_next(struct store *s);
/*
 * Read a piece of the answer. @drain is called when it has been read, before
 * it is looked at: events are to be known first. Return: 0 or an exit code.
 */
int store_nl_read(struct store *s, int (*drain)(struct store *s));
/* The answer is overdue? Then begin anew. */
int store_nl_check(struct store *s);

/* store_run.c */

int store_run(struct store *s, const char *path);

#endif /* M46CTL_STORE_H */
