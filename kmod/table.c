// SPDX-License-Identifier: GPL-2.0
/*
 * Entries of an m46t device: finding, making and ending them.
 *
 * Packets find entries by RCU. Whatever changes the set of entries does so
 * under the table's lock, which packets take only to make an entry or to bring
 * one back.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "m46.h"
#include "table.h"

static struct workqueue_struct *m46_table_wq;

/*
 * A full table has a bucket for each entry. With twice as many, which is how
 * rhashtable would go on, an entry would take 24 bytes more, and no packet
 * would tell the difference.
 */
#define M46_BUCKETS_MAX	M46_ENTRIES_MAX

static int m46_cmp6(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct m46_entry *entry = obj;

	return !ipv6_addr_equal(arg->key, &entry->ipv6);
}

/*
 * The hash tables keep the size that they have grown to: to make a smaller one,
 * rhashtable sets up half a million buckets without a pause.
 */
static const struct rhashtable_params m46_by6_params = {
	.key_len		= sizeof_field(struct m46_entry, ipv6),
	.key_offset		= offsetof(struct m46_entry, ipv6),
	.head_offset		= offsetof(struct m46_entry, node6),
	.obj_cmpfn		= m46_cmp6,
	.max_size		= M46_BUCKETS_MAX,
};

static const struct rhashtable_params m46_by4_params = {
	.key_len		= sizeof_field(struct m46_entry, ipv4),
	.key_offset		= offsetof(struct m46_entry, ipv4),
	.head_offset		= offsetof(struct m46_entry, node4),
	.max_size		= M46_BUCKETS_MAX,
};

static const struct rhashtable_params site_params = {
	.key_len		= sizeof_field(struct m46_site, prefix),
	.key_offset		= offsetof(struct m46_site, prefix),
	.head_offset		= offsetof(struct m46_site, node),
	.max_size		= M46_BUCKETS_MAX,
};

/* ------------------------------------------------------- the table itself */

static void node_release(void *ptr, void *arg)
{
	kfree(ptr);
}

/* A million entries take their time: in the background. */
static void table_free_work(struct work_struct *work)
{
	struct m46_table *t = container_of(to_rcu_work(work), struct m46_table,
					   free_work);

	rhashtable_destroy(&t->by4);
	rhashtable_free_and_destroy(&t->by6, node_release, NULL);
	rhashtable_free_and_destroy(&t->sites, node_release, NULL);
	m46_pools_free(t);
	kfree(t);
}

struct m46_table *m46_table_alloc(struct m46_dev *m46)
{
	struct m46_table *t;
	unsigned int i;

	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return NULL;
	if (rhashtable_init(&t->by6, &m46_by6_params))
		goto err_free;
	if (rhashtable_init(&t->by4, &m46_by4_params))
		goto err_by6;
	if (rhashtable_init(&t->sites, &site_params))
		goto err_by4;

	spin_lock_init(&t->lock);
	INIT_LIST_HEAD(&t->pools);
	INIT_LIST_HEAD(&t->dormant);
	for (i = 0; i < M46_SLOTS; i++)
		INIT_LIST_HEAD(&t->wheel[i]);
	refcount_set(&t->ref, 1);
	t->m46 = m46;
	m46_sweep_init(t);
	return t;

err_by4:
	rhashtable_destroy(&t->by4);
err_by6:
	rhashtable_destroy(&t->by6);
err_free:
	kfree(t);
	return NULL;
}

struct m46_table *m46_table_get(struct m46_table *t)
{
	if (t)
		refcount_inc(&t->ref);
	return t;
}

void m46_table_put(struct m46_table *t)
{
	if (!t || !refcount_dec_and_test(&t->ref))
		return;
	INIT_RCU_WORK(&t->free_work, table_free_work);
	queue_rcu_work(m46_table_wq, &t->free_work);
}

int m46_table_init(void)
{
	m46_table_wq = alloc_workqueue("m46_table", WQ_UNBOUND, 0);
	return m46_table_wq ? 0 : -ENOMEM;
}

void m46_table_exit(void)
{
	/* tables that still wait for the end of a grace period */
	rcu_barrier();
	destroy_workqueue(m46_table_wq);
}

bool m46_walk_start(struct rhashtable_iter *iter) __acquires(RCU)
{
	if (!rhashtable_walk_start_check(iter))
		return false;
	/*
	 * Not every kernel forgets the object at which the walk stopped when it
	 * has to begin anew. That object may be gone.
	 */
	iter->p = NULL;
	return true;
}

void m46_walk_pause(struct rhashtable_iter *iter)
{
	rhashtable_walk_stop(iter);
	cond_resched();
	m46_walk_start(iter);
	iter->skip = 0;
}

void m46_table_queue(struct delayed_work *work, unsigned long delay)
{
	queue_delayed_work(m46_table_wq, work, delay);
}

/* ------------------------------------------------------------------- /64s */

static struct m46_site *site_find(struct m46_table *t,
				  const struct in6_addr *ipv6)
{
	return rhashtable_lookup_fast(&t->sites, ipv6, site_params);
}

/* The /64 of a host has one more entry. Return: 0 or -ENOMEM. @lock. */
static int site_get(struct m46_table *t, const struct in6_addr *ipv6)
{
	struct m46_site *site = site_find(t, ipv6);

	if (!site) {
		site = kzalloc(sizeof(*site), GFP_ATOMIC | __GFP_ACCOUNT);
		if (!site)
			return -ENOMEM;
		memcpy(site->prefix, ipv6, sizeof(site->prefix));
		if (rhashtable_insert_fast(&t->sites, &site->node,
					   site_params)) {
			kfree(site);
			return -ENOMEM;
		}
	}
	site->count++;
	return 0;
}

/* It has one less. @lock. */
static void site_put(struct m46_table *t, const struct in6_addr *ipv6)
{
	struct m46_site *site = site_find(t, ipv6);

	if (WARN_ON_ONCE(!site) || --site->count)
		return;
	rhashtable_remove_fast(&t->sites, &site->node, site_params);
	kfree_rcu(site, rcu);
}

/* ---------------------------------------------------------------- entries */

struct m46_entry *m46_entry_by6(struct m46_table *t,
				const struct in6_addr *ipv6)
{
	return rhashtable_lookup(&t->by6, ipv6, m46_by6_params);
}

struct m46_entry *m46_entry_by4(struct m46_table *t, __be32 ipv4)
{
	return rhashtable_lookup(&t->by4, &ipv4, m46_by4_params);
}

/* An entry that is in no table yet. */
static struct m46_entry *entry_alloc(struct m46_table *t,
				     const struct in6_addr *ipv6, __be32 ipv4,
				     u8 type)
{
	struct m46_entry *e;

	e = kzalloc(sizeof(*e), GFP_ATOMIC | __GFP_ACCOUNT);
	if (!e)
		return NULL;
	e->ipv6 = *ipv6;
	e->ipv4 = ipv4;
	e->type = type;
	if (type == M46_ENTRY_STATIC || !site_get(t, ipv6))
		return e;
	kfree(e);
	return NULL;
}

/* Back to where it came from: it could not be inserted. */
static void entry_discard(struct m46_table *t, struct m46_entry *e, u8 type)
{
	if (type != M46_ENTRY_STATIC)
		site_put(t, &e->ipv6);
	/* by6 may have shown it for a moment */
	kfree_rcu(e, rcu);
}

/*
 * Make an entry visible. One with the same addresses may still be there, and
 * until it is removed either is found.
 */
static int entry_insert(struct m46_table *t, struct m46_entry *e, u32 now)
{
	int err;

	lockdep_assert_held(&t->lock);

	err = rhashtable_insert_fast(&t->by6, &e->node6, m46_by6_params);
	if (err)
		return err;
	err = rhashtable_insert_fast(&t->by4, &e->node4, m46_by4_params);
	if (err) {
		/*
		 * A packet may have seen it: the caller frees it after that. A
		 * walk may stand on it and wait for the lock.
		 */
		rhashtable_remove_fast(&t->by6, &e->node6, m46_by6_params);
		WRITE_ONCE(e->type, M46_ENTRY_GONE);
		m46_table_changed(t);
		return err;
	}
	WRITE_ONCE(t->n_entries, t->n_entries + 1);
	if (e->type == M46_ENTRY_STATIC) {
		INIT_LIST_HEAD(&e->list);
		e->covered = m46_pool_gives(t, e->ipv4);
		if (!e->covered)
			WRITE_ONCE(t->n_outside, t->n_outside + 1);
		m46_table_changed(t);
		return 0;
	}
	WRITE_ONCE(t->n_dynamic, t->n_dynamic + 1);
	m46_entry_file(t, e, now);
	m46_sweep_start(t);
	return 0;
}

void m46_entry_remove(struct m46_table *t, struct m46_entry *e)
{
	lockdep_assert_held(&t->lock);

	rhashtable_remove_fast(&t->by6, &e->node6, m46_by6_params);
	rhashtable_remove_fast(&t->by4, &e->node4, m46_by4_params);
	list_del(&e->list);
	if (e->type != M46_ENTRY_STATIC) {
		WRITE_ONCE(t->n_dynamic, t->n_dynamic - 1);
		site_put(t, &e->ipv6);
	} else if (!e->covered) {
		WRITE_ONCE(t->n_outside, t->n_outside - 1);
	}
	WRITE_ONCE(t->n_entries, t->n_entries - 1);
	WRITE_ONCE(e->type, M46_ENTRY_GONE);
	m46_table_changed(t);
	/* in bulk and by a kernel thread, not a million times in a softirq */
	kfree_rcu(e, rcu);
}

void m46_entry_free(struct m46_table *t, struct m46_entry *e)
{
	/* a new pool may not have found a static entry yet */
	if (m46_entry_is_counted(e))
		m46_pool_give(t, e->ipv4);
	m46_entry_remove(t, e);
}

void m46_entry_rest(struct m46_table *t, struct m46_entry *e, u32 now)
{
	lockdep_assert_held(&t->lock);

	WRITE_ONCE(e->since, now);
	WRITE_ONCE(e->type, M46_ENTRY_DORMANT);
	m46_table_changed(t);
	list_move_tail(&e->list, &t->dormant);
}

void m46_entry_tell_end(struct m46_table *t, const struct m46_entry *e, u32 now)
{
	if (m46_entry_live(e, now))
		m46_event_entry(t, M46_EVENT_ENTRY_DELETED, e, now);
	else if (e->type == M46_ENTRY_DYNAMIC)
		/* before the sweeper could say so */
		m46_event_entry(t, M46_EVENT_ENTRY_EXPIRED, e, now);
}

void m46_entry_delete(struct m46_table *t, struct m46_entry *e, u32 now)
{
	m46_entry_tell_end(t, e, now);
	if (e->type == M46_ENTRY_DYNAMIC)
		m46_entry_rest(t, e, now);
	else if (e->type == M46_ENTRY_STATIC)
		m46_entry_free(t, e);
}

/* --------------------------------------------- entries that packets make */

/* Its own host is back: the same address, whatever the rate is. */
static void entry_revive(struct m46_table *t, struct m46_entry *e, u32 deadline,
			 u32 now)
{
	m46_entry_tell_end(t, e, now);
	WRITE_ONCE(e->deadline, deadline);
	if (e->type == M46_ENTRY_DORMANT) {
		WRITE_ONCE(e->type, M46_ENTRY_DYNAMIC);
		list_del(&e->list);
		m46_entry_file(t, e, now);
		m46_table_changed(t);
	}
	m46_event_entry(t, M46_EVENT_ENTRY_REACTIVATED, e, now);
}

/* May the oldest address that rests be given to another host? */
static bool reclaim(struct m46_table *t, const struct m46_cfg *cfg, u32 now)
{
	struct m46_entry *e;

	e = list_first_entry_or_null(&t->dormant, struct m46_entry, list);
	if (!e)
		return false;
	if (!cfg->reuse_early && !m46_entry_rested(e, cfg->reuse_after, now))
		return false;
	m46_entry_free(t, e);
	return true;
}

static bool may_allocate(struct m46_table *t, const struct m46_cfg *cfg)
{
	u64 full = (u64)cfg->alloc_rate * NSEC_PER_SEC;
	u64 now = ktime_get_ns();
	u64 passed = now - t->stamp;

	if (!cfg->alloc_rate)
		return true;
	t->stamp = now;
	if (passed >= NSEC_PER_SEC)
		t->tokens = full;
	else
		t->tokens = min(t->tokens + passed * cfg->alloc_rate, full);
	if (t->tokens < NSEC_PER_SEC)
		return false;
	t->tokens -= NSEC_PER_SEC;
	return true;
}

static enum m46_counter may_create(struct m46_table *t,
				   const struct m46_cfg *cfg,
				   const struct in6_addr *ipv6, u32 now)
{
	const struct m46_site *site;

	if (cfg->max_per_64) {
		site = site_find(t, ipv6);
		if (site && site->count >= cfg->max_per_64)
			return M46_DROP_QUOTA;
	}
	if (t->n_entries >= M46_ENTRIES_MAX && !reclaim(t, cfg, now))
		return M46_DROP_TABLE_FULL;
	if (!may_allocate(t, cfg))
		return M46_DROP_ALLOC_RATE;
	return M46_OK;
}

static enum m46_counter take_address(struct m46_table *t,
				     const struct m46_cfg *cfg,
				     const struct in6_addr *ipv6, u32 now,
				     __be32 *ipv4)
{
	u64 hash = siphash(ipv6, sizeof(*ipv6), &cfg->alloc_key);
	int err;

	err = m46_pool_take(t, cfg, hash, ipv4);
	if (err == -ENOSPC && reclaim(t, cfg, now))
		err = m46_pool_take(t, cfg, hash, ipv4);
	if (err == -ENOSPC) {
		m46_event_exhausted(t);
		return M46_DROP_POOL_EXHAUSTED;
	}
	return err ? M46_DROP_NOMEM : M46_OK;
}

static struct m46_entry *entry_create(struct m46_table *t,
				      const struct m46_cfg *cfg,
				      const struct in6_addr *ipv6, u32 now,
				      enum m46_counter *drop)
{
	struct m46_entry *e;
	__be32 ipv4;

	*drop = may_create(t, cfg, ipv6, now);
	if (*drop)
		return NULL;
	*drop = take_address(t, cfg, ipv6, now, &ipv4);
	if (*drop)
		return NULL;
	*drop = M46_DROP_NOMEM;
	e = entry_alloc(t, ipv6, ipv4, M46_ENTRY_DYNAMIC);
	if (!e)
		goto err_give;
	e->deadline = m46_deadline(cfg, now);
	if (entry_insert(t, e, now))
		goto err_free;
	m46_event_entry(t, M46_EVENT_ENTRY_NEW, e, now);
	*drop = M46_OK;
	return e;

err_free:
	entry_discard(t, e, M46_ENTRY_DYNAMIC);
err_give:
	m46_pool_give(t, ipv4);
	return NULL;
}

struct m46_entry *m46_entry_claim(struct m46_table *t,
				  const struct m46_cfg *cfg,
				  const struct in6_addr *ipv6,
				  enum m46_counter *drop)
{
	struct m46_entry *e;
	u32 now;

	spin_lock_bh(&t->lock);
	now = m46_ticks();
	e = m46_entry_by6(t, ipv6);
	if (!e)
		e = entry_create(t, cfg, ipv6, now, drop);
	else if (!m46_entry_live(e, now))
		entry_revive(t, e, m46_deadline(cfg, now), now);
	spin_unlock_bh(&t->lock);
	return e;
}

/* --------------------------------------------- entries from user space */

/* Is there something in the way of spec that the caller has to ask for? */
static int entry_conflict(const struct m46_entry *e, bool is6,
			  const struct m46_entry_spec *spec, u32 now,
			  struct netlink_ext_ack *extack)
{
	if (!e)
		return 0;
	if (m46_entry_live(e, now)) {
		if (is6)
			NL_SET_ERR_MSG(extack, "IPv6 address has an entry");
		else
			NL_SET_ERR_MSG(extack, "IPv4 address has an entry");
		return -EEXIST;
	}
	/* the operator may take what rests, a restored entry may not */
	if (!is6 && spec->type == M46_ENTRY_DYNAMIC &&
	    !ipv6_addr_equal(&e->ipv6, &spec->ipv6)) {
		NL_SET_ERR_MSG(extack, "IPv4 address rests for another host");
		return -EEXIST;
	}
	return 0;
}

/* An address for the new entry; had: the one before had it. */
static int spec_take_address(struct m46_table *t,
			     const struct m46_entry_spec *spec, bool had,
			     struct netlink_ext_ack *extack)
{
	int err = had ? 0 : m46_pool_take_one(t, spec->ipv4);

	if (spec->type == M46_ENTRY_DYNAMIC &&
	    (err == -ENOENT || !m46_pool_gives(t, spec->ipv4))) {
		NL_SET_ERR_MSG(extack,
			       "IPv4 address is not one that a pool gives out");
		return -ENOENT;
	}
	return err == -ENOENT ? 0 : err;
}

static void entry_make_room(struct m46_table *t, struct m46_entry *old6,
			    struct m46_entry *old4, __be32 ipv4, u32 now)
{
	struct m46_entry *olds[] = { old6, old4 != old6 ? old4 : NULL };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(olds); i++) {
		if (!olds[i])
			continue;
		m46_entry_tell_end(t, olds[i], now);
		/* the address goes to the new one */
		if (olds[i]->ipv4 == ipv4)
			m46_entry_remove(t, olds[i]);
		else
			m46_entry_free(t, olds[i]);
	}
}

static int entry_add(struct m46_table *t, const struct m46_entry_spec *spec,
		     bool excl, u32 now, struct netlink_ext_ack *extack)
{
	struct m46_entry *old6 = m46_entry_by6(t, &spec->ipv6);
	struct m46_entry *old4 = m46_entry_by4(t, spec->ipv4);
	bool had = old4 && m46_entry_is_counted(old4);
	struct m46_entry *e;
	int err = 0;

	if (excl)
		err = entry_conflict(old6, true, spec, now, extack) ? :
		      entry_conflict(old4, false, spec, now, extack);
	if (err)
		return err;
	if (!old6 && !old4 && t->n_entries >= M46_ENTRIES_MAX) {
		NL_SET_ERR_MSG(extack, "device has 1048576 entries already");
		return -ENOSPC;
	}
	err = spec_take_address(t, spec, had, extack);
	if (err)
		return err;
	err = -ENOMEM;
	e = entry_alloc(t, &spec->ipv6, spec->ipv4, spec->type);
	if (!e)
		goto err_give;
	e->deadline = now + m46_ticks_from(spec->expires);
	err = entry_insert(t, e, now);
	if (err)
		goto err_free;
	entry_make_room(t, old6, old4, spec->ipv4, now);
	m46_event_entry(t, M46_EVENT_ENTRY_NEW, e, now);
	return 0;

err_free:
	entry_discard(t, e, spec->type);
err_give:
	if (!had)
		m46_pool_give(t, spec->ipv4);
	return err;
}

int m46_entry_add(struct m46_table *t, const struct m46_entry_spec *spec,
		  bool excl, struct netlink_ext_ack *extack)
{
	int err;

	spin_lock_bh(&t->lock);
	err = entry_add(t, spec, excl, m46_ticks(), extack);
	spin_unlock_bh(&t->lock);
	return err;
}
