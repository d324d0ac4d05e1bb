/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of an m46t device: entries (IPv6 host <-> IPv4 address) and the
 * pools that dynamic ones take addresses from.
 *
 * Life of a dynamic entry: a packet makes it; every packet moves its deadline;
 * past the deadline it no longer translates (whoever looks it up sees that),
 * and the sweeper makes it dormant: its address rests. Until reuse-after has
 * passed only its own host can have it back; then the sweeper frees it.
 */
#ifndef _M46_TABLE_H
#define _M46_TABLE_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/idr.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <linux/m46.h>

#include "config.h"
#include "stats.h"

struct m46_dev;
struct net;

/*
 * Time: u32 in units of 2^27 ns (0.134 s) of CLOCK_BOOTTIME, in which time in
 * suspend counts. It wraps after 18 years; differences are what is compared.
 */
#define M46_TICK_SHIFT	27

static inline u32 m46_ticks(void)
{
	return ktime_to_ns(ktime_get_coarse_boottime()) >> M46_TICK_SHIFT;
}

/* Rounded up. */
static inline u32 m46_ticks_from(u32 seconds)
{
	return ((u64)seconds * NSEC_PER_SEC + BIT(M46_TICK_SHIFT) - 1) >>
	       M46_TICK_SHIFT;
}

/* Rounded up, as seconds were before; 0 or less is 0. */
static inline u32 m46_ticks_to_seconds(s32 ticks)
{
	if (ticks <= 1)
		return ticks == 1;
	return DIV_ROUND_UP_ULL((u64)(ticks - 1) << M46_TICK_SHIFT,
				NSEC_PER_SEC);
}

/*
 * By how much a deadline has to move to be written: a second, or an eighth of
 * a short timer. Deadlines are that much later than the setting says, so that
 * no entry ends early.
 */
static inline u32 m46_refresh_ticks(u32 expires)
{
	return min_t(u32, expires / 8, 8);
}

static inline u32 m46_deadline(const struct m46_cfg *cfg, u32 now)
{
	u32 expires = m46_ticks_from(cfg->expires);

	return now + expires + m46_refresh_ticks(expires);
}

/* The sweeper looks at one slot of the wheel every eight ticks (1.07 s). */
#define M46_SLOT_SHIFT	3
#define M46_SLOTS	256

#define M46_ENTRY_GONE	0	/* not in the table any more, waits for RCU */

/**
 * struct m46_site - the dynamic entries of one /64
 * @node: in m46_table.sites; key is @prefix
 * @prefix: upper 64 bits
 * @count: entries, dormant ones included
 * @rcu: for freeing
 *
 * Looked up, and all else, under the table's lock only.
 */
struct m46_site {
	struct rhash_head node;
	union {
		struct {
			__be32 prefix[2];
			u32 count;
		};
		struct rcu_head rcu;
	};
};

/**
 * struct m46_entry - one entry
 * @node6: in m46_table.by6; key is @ipv6
 * @node4: in m46_table.by4; key is @ipv4
 * @ipv6: the host; never changes
 * @ipv4: its address; never changes
 * @deadline: ticks after which a dynamic entry has expired. Written by the
 *	packet path without lock, at most once a second
 * @since: ticks at which it became dormant; under the table's lock
 * @type: enum m46_entry_type, or M46_ENTRY_GONE; written under the table's
 *	lock
 * @covered: static: its address is one of a pool, and marked as used there;
 *	under the table's lock
 * @list: dynamic: in a slot of the wheel; dormant: in m46_table.dormant;
 *	under the table's lock
 * @rcu: for freeing
 */
struct m46_entry {
	struct rhash_head node6;
	struct rhash_head node4;
	struct in6_addr ipv6;
	__be32 ipv4;
	u32 deadline;
	u32 since;
	u8 type;
	bool covered;
	union {
		struct list_head list;
		struct rcu_head rcu;
	};
};

/* What a packet touches of it is one cache line; a million are 64 MB. */
static_assert(sizeof(struct m46_entry) <= 64);

/**
 * struct m46_span - part of a pool, with consecutive addresses to give out
 * @first: its first address
 * @index: number of that address in the pool
 */
struct m46_span {
	u32 first;
	u32 index;
};

/**
 * struct m46_pool - one pool
 * @list: in m46_table.pools, RCU
 * @prefix: the pool
 * @exclude: prefixes inside it that are not given out, as configured
 * @n_exclude: how many
 * @high: POOL_HIGH has been told; under the table's lock
 * @closed: nothing is given out yet: static entries in it are still to be
 *	found; under the table's lock
 * @size: addresses to give out
 * @used: those that are not free; under the table's lock
 * @ids: numbers of addresses that are not free
 * @n_span: how many
 * @rcu: for freeing
 * @span: the addresses to give out, ascending
 *
 * Immutable where nothing else is said.
 */
struct m46_pool {
	struct list_head list;
	struct m46_prefix4 prefix;
	struct m46_prefix4 exclude[M46_EXCLUDES_MAX];
	u8 n_exclude;
	bool high;
	bool closed;
	u32 size;
	u32 used;
	struct ida ids;
	struct rcu_head rcu;
	unsigned int n_span;
	struct m46_span span[];
};

/**
 * struct m46_table - entries and pools of one device
 * @by6: entries by IPv6 address
 * @by4: entries by IPv4 address
 * @sites: /64s of dynamic entries
 * @lock: serializes everything that adds, removes or changes the type of
 *	entries, and the use of pools. BH
 * @pools: struct m46_pool, ascending; written under RTNL and @lock
 * @n_pools: how many; RTNL
 * @pool_addrs: sum of their sizes; written under RTNL and @lock
 * @n_entries: all entries; under @lock, read without
 * @n_dynamic: those that are dynamic or dormant; likewise
 * @n_outside: static entries with addresses that no pool gives out; under
 *	@lock, read without
 * @gen: counts what ends, or changes what other packets than its host's find:
 *	see recipe.h; under @lock, read without. Wide, for it never comes round
 * @dormant: dormant entries, the oldest first
 * @wheel: dynamic entries, by the slot in which they are to be looked at
 * @swept: slots that the sweeper is done with; only its own
 * @sweep: the sweeper; runs while there are dynamic or dormant entries
 * @tokens: of the allocation rate, in billionths of an entry; under @lock
 * @stamp: ktime_get_ns() when @tokens was brought up to date; under @lock
 * @told: ktime_get_ns() when POOL_EXHAUSTED was told last, 0: never; @lock
 * @m46: the device; only while @stopped is not set
 * @stopped: the device is on its way out; under @lock
 * @ref: the device and each dump hold one
 * @free_work: for freeing
 */
struct m46_table {
	struct rhashtable by6;
	struct rhashtable by4;
	struct rhashtable sites;
	spinlock_t lock; /* see above */
	struct list_head pools;
	unsigned int n_pools;
	u32 pool_addrs;
	u32 n_entries;
	u32 n_dynamic;
	u32 n_outside;
	atomic64_t gen;
	struct list_head dormant;
	struct list_head wheel[M46_SLOTS];
	u32 swept;
	struct delayed_work sweep;
	u64 tokens;
	u64 stamp;
	u64 told;
	struct m46_dev *m46;
	bool stopped;
	refcount_t ref;
	struct rcu_work free_work;
};

int m46_table_init(void);
void m46_table_exit(void);
/* Where the sweepers run. */
void m46_table_queue(struct delayed_work *work, unsigned long delay);

/* A table with one reference, or NULL. */
struct m46_table *m46_table_alloc(struct m46_dev *m46);
/* Take and give back a reference; table NULL: nothing. */
struct m46_table *m46_table_get(struct m46_table *t);
void m46_table_put(struct m46_table *t);

/*
 * Begin or go on with a walk over m46_table.by6. A walker must be prepared to
 * see entries twice, or entries that are just going (M46_ENTRY_GONE).
 * Return: whether it begins anew, as the table was resized.
 */
bool m46_walk_start(struct rhashtable_iter *iter) __acquires(RCU);
/*
 * Let others have the processor, and go on where nothing is stepped over that
 * stays, whatever has left meanwhile: with the whole of the current chain.
 */
void m46_walk_pause(struct rhashtable_iter *iter);

/* Does the entry translate at time now? */
static inline bool m46_entry_live(const struct m46_entry *e, u32 now)
{
	u8 type = READ_ONCE(e->type);

	if (type == M46_ENTRY_STATIC)
		return true;
	return type == M46_ENTRY_DYNAMIC &&
	       (s32)(READ_ONCE(e->deadline) - now) > 0;
}

/* Is the entry's address marked as used in a pool? @lock. */
static inline bool m46_entry_is_counted(const struct m46_entry *e)
{
	return e->type != M46_ENTRY_STATIC || e->covered;
}

/* Has a dormant entry's address rested for that many seconds? @lock. */
static inline bool m46_entry_rested(const struct m46_entry *e, u32 seconds,
				    u32 now)
{
	return (s32)(now - e->since) >= (s32)m46_ticks_from(seconds);
}

/*
 * Entries have gone, and can still be read, or the pools have changed: see
 * m46_table.gen. @lock.
 */
static inline void m46_table_changed(struct m46_table *t)
{
	lockdep_assert_held(&t->lock);
	/* who sees the new one sees the change, see m46_map_gen() */
	atomic64_set_release(&t->gen, atomic64_read(&t->gen) + 1);
}

/* The entry with this address, live or not, or NULL. RCU or @lock. */
struct m46_entry *m46_entry_by6(struct m46_table *t,
				const struct in6_addr *ipv6);
struct m46_entry *m46_entry_by4(struct m46_table *t, __be32 ipv4);

/*
 * A packet of ipv6 has passed every check: its live entry, made now if there
 * is none. *drop says why when that fails. BH, RCU.
 */
struct m46_entry *m46_entry_claim(struct m46_table *t,
				  const struct m46_cfg *cfg,
				  const struct in6_addr *ipv6,
				  enum m46_counter *drop);

/**
 * struct m46_entry_spec - an entry as it comes from netlink, validated
 * @ipv6: host
 * @ipv4: address
 * @type: M46_ENTRY_STATIC or M46_ENTRY_DYNAMIC
 * @expires: seconds left, for dynamic ones
 */
struct m46_entry_spec {
	struct in6_addr ipv6;
	__be32 ipv4;
	u8 type;
	u32 expires;
};

/*
 * Add an entry; excl: -EEXIST where one has either address and is not dormant,
 * else such ones are deleted, and an address that only they had is free at
 * once. Extack where the caller is to blame; after an error nothing has
 * changed. RCU.
 */
int m46_entry_add(struct m46_table *t, const struct m46_entry_spec *spec,
		  bool excl, struct netlink_ext_ack *extack);
/*
 * The operator deletes an entry: a static one goes, a dynamic one becomes
 * dormant, dormant ones stay. @lock.
 */
void m46_entry_delete(struct m46_table *t, struct m46_entry *e, u32 now);
/* An entry that has not been dormant ends: tell how. @lock. */
void m46_entry_tell_end(struct m46_table *t, const struct m46_entry *e,
			u32 now);
/* Make a dynamic entry dormant. @lock. */
void m46_entry_rest(struct m46_table *t, struct m46_entry *e, u32 now);
/* Take an entry out and free it after a grace period. @lock. */
void m46_entry_remove(struct m46_table *t, struct m46_entry *e);
/* Likewise, and give its address back. @lock. */
void m46_entry_free(struct m46_table *t, struct m46_entry *e);
/* Put a dynamic entry into the wheel. @lock. */
void m46_entry_file(struct m46_table *t, struct m46_entry *e, u32 now);

/* expire.c */
void m46_sweep_init(struct m46_table *t);
/* There is something to sweep. */
void m46_sweep_start(struct m46_table *t);
/*
 * The device goes: no sweeping and no events from now on. RTNL; may sleep.
 * Packets may still come.
 */
void m46_sweep_stop(struct m46_table *t);

/* pool.c */

/* Is addr one that a pool gives out? RCU or @lock. */
bool m46_pool_gives(struct m46_table *t, __be32 addr);
/*
 * Take an address: that of the hash, or the next free one. Return: 0, or
 * -ENOSPC, -ENOMEM. @lock.
 */
int m46_pool_take(struct m46_table *t, const struct m46_cfg *cfg, u64 hash,
		  __be32 *addr);
/* Mark one address as used. Return: 0, -ENOENT: of no pool, -ENOMEM. @lock. */
int m46_pool_take_one(struct m46_table *t, __be32 addr);
/* Give an address back, if it is one of a pool. @lock. */
void m46_pool_give(struct m46_table *t, __be32 addr);

/**
 * struct m46_pool_spec - a pool as it comes from netlink
 * @prefix: the pool
 * @exclude: what not to give out
 * @n_exclude: how many
 */
struct m46_pool_spec {
	struct m46_prefix4 prefix;
	struct m46_prefix4 exclude[M46_EXCLUDES_MAX];
	u8 n_exclude;
};

/*
 * Extack where the caller is to blame; after an error nothing has changed. Two
 * devices that only later come into the same VRF or namespace are not
 * compared. RTNL.
 */
int m46_pool_add(struct m46_table *t, const struct m46_pool_spec *spec,
		 struct netlink_ext_ack *extack);
int m46_pool_del(struct m46_table *t, const struct m46_prefix4 *prefix,
		 struct netlink_ext_ack *extack);
void m46_pools_free(struct m46_table *t);

/* event.c */

/* Tell the listeners, if there are any. @lock. */
void m46_event_entry(const struct m46_table *t, enum m46_event_type event,
		     const struct m46_entry *e, u32 now);
void m46_event_pool_high(const struct m46_table *t,
			 const struct m46_pool *pool);
/* At most once a minute. */
void m46_event_exhausted(struct m46_table *t);

#endif /* _M46_TABLE_H */
