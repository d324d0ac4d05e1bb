// SPDX-License-Identifier: GPL-2.0
/*
 * Pools of an m46t device. The addresses that a pool gives out are numbered;
 * an ida has the numbers that are taken and finds the next free one in a pool
 * of millions without looking at each.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "m46.h"
#include "table.h"

/* Addresses of this machine that one search steps over. */
#define M46_OWN_MAX	1024

/* Entries that a walk looks at before others have a turn. */
#define M46_WALK_BATCH	1024

static u32 prefix_last(const struct m46_prefix4 *p)
{
	return p->addr | ~m46_mask4(p->len);
}

static bool prefix_covers(const struct m46_prefix4 *p, u32 addr)
{
	return !((addr ^ p->addr) & m46_mask4(p->len));
}

static bool prefix_overlaps(const struct m46_prefix4 *a,
			    const struct m46_prefix4 *b)
{
	return !((a->addr ^ b->addr) & m46_mask4(min(a->len, b->len)));
}

#define for_each_pool(pool, t)						       \
	list_for_each_entry_rcu(pool, &(t)->pools, list,		       \
				lockdep_is_held(&(t)->lock) ||		       \
				lockdep_rtnl_is_held())

/* --------------------------------------------------- numbers and addresses */

static u32 pool_addr(const struct m46_pool *pool, u32 index)
{
	unsigned int i = pool->n_span - 1;

	while (pool->span[i].index > index)
		i--;
	return pool->span[i].first + (index - pool->span[i].index);
}

/* Number of an address, or -1 where the pool does not give it out. */
static int pool_index(const struct m46_pool *pool, u32 addr)
{
	unsigned int i;

	for (i = 0; i < pool->n_span; i++) {
		const struct m46_span *s = &pool->span[i];
		u32 end = i + 1 < pool->n_span ? s[1].index : pool->size;

		if (addr >= s->first && addr - s->first < end - s->index)
			return s->index + (addr - s->first);
	}
	return -1;
}

static struct m46_pool *pool_of(struct m46_table *t, u32 addr)
{
	struct m46_pool *pool;

	for_each_pool(pool, t) {
		if (prefix_covers(&pool->prefix, addr))
			return pool;
	}
	return NULL;
}

bool m46_pool_gives(struct m46_table *t, __be32 addr)
{
	const struct m46_pool *pool = pool_of(t, ntohl(addr));

	return pool && pool_index(pool, ntohl(addr)) >= 0;
}

/* ------------------------------------------------------- taking and giving */

static void pool_used(struct m46_table *t, struct m46_pool *pool, int diff)
{
	u64 percent;

	WRITE_ONCE(pool->used, pool->used + diff);
	percent = (u64)pool->used * 100;
	if (!pool->high && percent >= (u64)pool->size * 80) {
		pool->high = true;
		m46_event_pool_high(t, pool);
	} else if (pool->high && percent < (u64)pool->size * 70) {
		pool->high = false;
	}
}

/* An address of this machine, or a broadcast address of a network of ours? */
static bool is_own(const struct m46_table *t, u32 addr)
{
	struct net_device *dev = t->m46->dev;

	switch (inet_addr_type_dev_table(dev_net(dev), dev, htonl(addr))) {
	case RTN_LOCAL:
	case RTN_BROADCAST:
	case RTN_ANYCAST:
		return true;
	default:
		return false;
	}
}

/* The first free number from min to max. */
static int pool_search(struct m46_table *t, struct m46_pool *pool, u32 min,
		       u32 max)
{
	unsigned int n;
	int index;

	if (pool->closed)
		return -ENOSPC;
	for (n = 0; n < M46_OWN_MAX && min <= max; n++) {
		index = ida_alloc_range(&pool->ids, min, max, GFP_ATOMIC);
		if (index < 0 || !is_own(t, pool_addr(pool, index)))
			return index;
		ida_free(&pool->ids, index);
		min = index + 1;
	}
	return -ENOSPC;
}

int m46_pool_take(struct m46_table *t, const struct m46_cfg *cfg, u64 hash,
		  __be32 *addr)
{
	struct m46_pool *pool, *first = NULL;
	int index = -ENOSPC;
	u32 start, from;

	lockdep_assert_held(&t->lock);

	if (t->stopped || !t->pool_addrs)
		return -ENOSPC;
	start = reciprocal_scale(hash, t->pool_addrs);
	/* from the hash to the end of all pools, then from the beginning */
	from = start;
	for_each_pool(pool, t) {
		if (from >= pool->size) {
			from -= pool->size;
			continue;
		}
		if (!first) {
			first = pool;
			start = from;
		}
		index = pool_search(t, pool, from, pool->size - 1);
		if (index != -ENOSPC)
			goto out;
		from = 0;
	}
	for_each_pool(pool, t) {
		if (pool == first && !start)
			break;
		index = pool_search(t, pool, 0, pool == first ? start - 1 :
							pool->size - 1);
		if (index != -ENOSPC || pool == first)
			break;
	}
out:
	if (index < 0)
		return index;
	*addr = htonl(pool_addr(pool, index));
	pool_used(t, pool, 1);
	return 0;
}

int m46_pool_take_one(struct m46_table *t, __be32 addr)
{
	struct m46_pool *pool = pool_of(t, ntohl(addr));
	int index = pool ? pool_index(pool, ntohl(addr)) : -1;

	if (index < 0)
		return -ENOENT;
	index = ida_alloc_range(&pool->ids, index, index, GFP_ATOMIC);
	if (index < 0)
		return index;
	pool_used(t, pool, 1);
	return 0;
}

void m46_pool_give(struct m46_table *t, __be32 addr)
{
	struct m46_pool *pool = pool_of(t, ntohl(addr));
	int index = pool ? pool_index(pool, ntohl(addr)) : -1;

	if (index < 0)
		return;
	ida_free(&pool->ids, index);
	pool_used(t, pool, -1);
}

/* ----------------------------------------------------- making and deleting */

static int exclude_cmp(const void *a, const void *b)
{
	const struct m46_prefix4 *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void span_add(struct m46_pool *pool, u64 first, u64 end)
{
	if (first >= end)
		return;
	pool->span[pool->n_span].first = first;
	pool->span[pool->n_span].index = pool->size;
	pool->n_span++;
	pool->size += end - first;
}

/* What is left of the prefix, which has its ends cut off and holes. */
static void pool_spans(struct m46_pool *pool)
{
	u64 first = pool->prefix.addr, end = prefix_last(&pool->prefix) + 1ULL;
	struct m46_prefix4 sorted[M46_EXCLUDES_MAX];
	unsigned int i;

	/* network and broadcast address; RFC 3021: not of a /31 */
	if (pool->prefix.len <= 30) {
		first++;
		end--;
	}
	memcpy(sorted, pool->exclude, sizeof(sorted));
	sort(sorted, pool->n_exclude, sizeof(*sorted), exclude_cmp, NULL);
	for (i = 0; i < pool->n_exclude; i++) {
		span_add(pool, first, min_t(u64, sorted[i].addr, end));
		first = max_t(u64, first, prefix_last(&sorted[i]) + 1ULL);
	}
	span_add(pool, first, end);
}

static struct m46_pool *pool_alloc(const struct m46_pool_spec *spec)
{
	struct m46_pool *pool;

	pool = kzalloc(struct_size(pool, span, spec->n_exclude + 1),
		       GFP_KERNEL_ACCOUNT);
	if (!pool)
		return NULL;
	pool->prefix = spec->prefix;
	memcpy(pool->exclude, spec->exclude, sizeof(pool->exclude));
	pool->n_exclude = spec->n_exclude;
	ida_init(&pool->ids);
	pool_spans(pool);
	return pool;
}

static void pool_free(struct m46_pool *pool)
{
	ida_destroy(&pool->ids);
	kfree_rcu(pool, rcu);
}

/* Another pool with some of the addresses, of any device that would clash? */
static int pool_check_overlap(const struct m46_table *t,
			      const struct m46_prefix4 *prefix,
			      struct netlink_ext_ack *extack)
{
	struct net_device *dev, *self = t->m46->dev;
	const struct m46_pool *pool;
	struct m46_dev *m46;

	for_each_netdev(dev_net(self), dev) {
		m46 = netdev_priv(dev);
		if (!m46_is_m46(dev) || !m46->table ||
		    l3mdev_master_ifindex(dev) != l3mdev_master_ifindex(self))
			continue;
		list_for_each_entry(pool, &m46->table->pools, list) {
			if (!prefix_overlaps(&pool->prefix, prefix))
				continue;
			if (dev == self)
				NL_SET_ERR_MSG(extack,
					       "overlaps a pool of this device");
			else
				NL_SET_ERR_MSG(extack,
					       "overlaps a pool of another device in this VRF");
			return -EEXIST;
		}
	}
	return 0;
}

/* The list is in the order of addresses. */
static void pool_link(struct m46_table *t, struct m46_pool *pool)
{
	struct list_head *at = &t->pools;
	struct m46_pool *other;

	list_for_each_entry(other, &t->pools, list) {
		if (other->prefix.addr > pool->prefix.addr)
			break;
		at = &other->list;
	}
	list_add_rcu(&pool->list, at);
	t->n_pools++;
	t->pool_addrs += pool->size;
	m46_table_changed(t);
}

static void pool_unlink(struct m46_table *t, struct m46_pool *pool)
{
	list_del_rcu(&pool->list);
	t->n_pools--;
	t->pool_addrs -= pool->size;
	m46_table_changed(t);
}

/* A static entry's address is one of the new pool's: mark it as used. */
static int entry_adopt(struct m46_table *t, struct m46_pool *pool,
		       struct m46_entry *e)
{
	int index = pool_index(pool, ntohl(e->ipv4));

	if (index < 0)
		return 0;
	index = ida_alloc_range(&pool->ids, index, index, GFP_ATOMIC);
	if (index < 0)
		return index;
	pool_used(t, pool, 1);
	e->covered = true;
	WRITE_ONCE(t->n_outside, t->n_outside - 1);
	m46_table_changed(t);
	return 0;
}

/* The pool is gone: dynamic entries go too, static ones stay as they are. */
static int entry_evict(struct m46_table *t, struct m46_pool *pool,
		       struct m46_entry *e)
{
	u32 now = m46_ticks();

	if (e->type == M46_ENTRY_STATIC) {
		e->covered = false;
		WRITE_ONCE(t->n_outside, t->n_outside + 1);
		m46_table_changed(t);
		return 0;
	}
	m46_entry_tell_end(t, e, now);
	m46_entry_remove(t, e);
	return 1;
}

static bool is_evictable(const struct m46_entry *e)
{
	return e->type != M46_ENTRY_GONE && m46_entry_is_counted(e);
}

static bool is_adoptable(const struct m46_entry *e)
{
	return e->type == M46_ENTRY_STATIC && !e->covered;
}

/*
 * Do fn to all entries with addresses of a pool for which test is true, a few
 * under each hold of the lock. Return: the sum of what fn returns, or an error.
 */
static int pool_pass(struct m46_table *t, struct m46_pool *pool,
		     bool (*test)(const struct m46_entry *e),
		     int (*fn)(struct m46_table *t, struct m46_pool *pool,
			       struct m46_entry *e))
{
	struct rhashtable_iter iter;
	int ret, n = 0, sum = 0;
	struct m46_entry *e;

	rhashtable_walk_enter(&t->by6, &iter);
	m46_walk_start(&iter);
	while (sum >= 0 && (e = rhashtable_walk_next(&iter))) {
		/* else the table was resized, and the walk begins anew */
		if (!IS_ERR(e) && prefix_covers(&pool->prefix,
						ntohl(e->ipv4))) {
			spin_lock_bh(&t->lock);
			ret = test(e) ? fn(t, pool, e) : 0;
			spin_unlock_bh(&t->lock);
			sum = ret < 0 ? ret : sum + ret;
		}
		if (++n % M46_WALK_BATCH)
			continue;
		m46_walk_pause(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return sum;
}

/* A walk that removes what it stands on may step over others. */
static void pool_evict(struct m46_table *t, struct m46_pool *pool)
{
	while (pool_pass(t, pool, is_evictable, entry_evict))
		cond_resched();
}

int m46_pool_add(struct m46_table *t, const struct m46_pool_spec *spec,
		 struct netlink_ext_ack *extack)
{
	struct m46_pool *pool;
	int err;

	err = pool_check_overlap(t, &spec->prefix, extack);
	if (err)
		return err;
	if (t->n_pools >= M46_POOLS_MAX) {
		NL_SET_ERR_MSG(extack, "device has 64 pools already");
		return -ENOSPC;
	}
	pool = pool_alloc(spec);
	if (!pool)
		return -ENOMEM;
	err = -ENOSPC;
	if (!pool->size) {
		NL_SET_ERR_MSG(extack, "pool has no address to give out");
		goto err_free;
	}
	if (pool->size > M46_POOL_ADDRS_MAX - t->pool_addrs) {
		NL_SET_ERR_MSG(extack,
			       "pools of the device would exceed 16777216 addresses");
		goto err_free;
	}
	/* closed: static entries made from now on find it, hosts do not */
	pool->closed = true;
	spin_lock_bh(&t->lock);
	pool_link(t, pool);
	spin_unlock_bh(&t->lock);
	err = pool_pass(t, pool, is_adoptable, entry_adopt);
	spin_lock_bh(&t->lock);
	if (err < 0)
		pool_unlink(t, pool);
	else
		pool->closed = false;
	spin_unlock_bh(&t->lock);
	if (err >= 0)
		return 0;
	pool_evict(t, pool);

err_free:
	pool_free(pool);
	return err;
}

int m46_pool_del(struct m46_table *t, const struct m46_prefix4 *prefix,
		 struct netlink_ext_ack *extack)
{
	struct m46_pool *pool;

	list_for_each_entry(pool, &t->pools, list) {
		if (pool->prefix.addr == prefix->addr &&
		    pool->prefix.len == prefix->len)
			goto found;
	}
	NL_SET_ERR_MSG(extack, "no such pool");
	return -ENOENT;

found:
	spin_lock_bh(&t->lock);
	pool_unlink(t, pool);
	spin_unlock_bh(&t->lock);
	pool_evict(t, pool);
	pool_free(pool);
	return 0;
}

/* No reader is left. */
void m46_pools_free(struct m46_table *t)
{
	struct m46_pool *pool, *tmp;

	list_for_each_entry_safe(pool, tmp, &t->pools, list) {
		ida_destroy(&pool->ids);
		kfree(pool);
	}
}
