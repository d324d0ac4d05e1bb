// SPDX-License-Identifier: GPL-2.0
/*
 * The end of dynamic entries. They wait in a wheel of 256 slots of about a
 * second each, in the slot of their deadline or, when that is farther away, in
 * the last one. Packets move deadlines without moving entries: an entry whose
 * slot comes up too early is put into another one. So each is looked at once in
 * four minutes at most, whatever the traffic is, and never by a packet.
 */
#include <linux/sched.h>

#include "m46.h"
#include "table.h"

/* Entries that are handled under one hold of the lock. */
#define M46_SWEEP_BATCH	128

void m46_entry_file(struct m46_table *t, struct m46_entry *e, u32 now)
{
	s32 ticks = READ_ONCE(e->deadline) - now;
	u32 slots = ticks > 0 ? (ticks >> M46_SLOT_SHIFT) + 1 : 1;

	lockdep_assert_held(&t->lock);

	slots = min_t(u32, slots, M46_SLOTS - 1);
	list_add_tail(&e->list, &t->wheel[((now >> M46_SLOT_SHIFT) + slots) %
					  M46_SLOTS]);
}

/* Let others have the lock, and the processor. */
static void sweep_pause(struct m46_table *t)
{
	spin_unlock_bh(&t->lock);
	cond_resched();
	spin_lock_bh(&t->lock);
}

static void sweep_slot(struct m46_table *t, u32 slot)
{
	u32 now = m46_ticks();
	unsigned int n = 0;
	struct m46_entry *e;
	LIST_HEAD(due);

	spin_lock_bh(&t->lock);
	list_splice_init(&t->wheel[slot % M46_SLOTS], &due);
	while (!list_empty(&due)) {
		e = list_first_entry(&due, struct m46_entry, list);
		if (m46_entry_live(e, now)) {
			list_del(&e->list);
			m46_entry_file(t, e, now);
		} else {
			m46_entry_rest(t, e, now);
			m46_event_entry(t, M46_EVENT_ENTRY_EXPIRED, e, now);
		}
		if (++n % M46_SWEEP_BATCH == 0) {
			sweep_pause(t);
			now = m46_ticks();
		}
		/* a flush that still has the table takes them off a list */
		if (t->stopped)
			list_splice_init(&due, &t->wheel[slot % M46_SLOTS]);
	}
	spin_unlock_bh(&t->lock);
}

/* Addresses that have rested long enough are free again. */
static void sweep_dormant(struct m46_table *t, u32 reuse_after)
{
	unsigned int n = 0;
	struct m46_entry *e;

	spin_lock_bh(&t->lock);
	while (!t->stopped && !list_empty(&t->dormant)) {
		e = list_first_entry(&t->dormant, struct m46_entry, list);
		if (!m46_entry_rested(e, reuse_after, m46_ticks()))
			break;
		m46_entry_free(t, e);
		if (++n % M46_SWEEP_BATCH == 0)
			sweep_pause(t);
	}
	spin_unlock_bh(&t->lock);
}

static unsigned long sweep_delay(void)
{
	return nsecs_to_jiffies(1ULL << (M46_TICK_SHIFT + M46_SLOT_SHIFT));
}

static void sweep(struct work_struct *work)
{
	struct m46_table *t = container_of(to_delayed_work(work),
					   struct m46_table, sweep);
	u32 slot = m46_ticks() >> M46_SLOT_SHIFT;
	u32 reuse_after;

	/* after a pause, or the machine's suspend, once round is enough */
	if (slot - t->swept > M46_SLOTS)
		t->swept = slot - M46_SLOTS;
	while (t->swept != slot && !READ_ONCE(t->stopped))
		sweep_slot(t, ++t->swept);

	/* the device waits for this work before it goes */
	rcu_read_lock();
	reuse_after = rcu_dereference(t->m46->cfg)->reuse_after;
	rcu_read_unlock();
	sweep_dormant(t, reuse_after);
	if (READ_ONCE(t->n_dynamic))
		m46_table_queue(&t->sweep, sweep_delay());
}

void m46_sweep_init(struct m46_table *t)
{
	INIT_DELAYED_WORK(&t->sweep, sweep);
	t->swept = m46_ticks() >> M46_SLOT_SHIFT;
}

void m46_sweep_start(struct m46_table *t)
{
	if (!t->stopped)
		m46_table_queue(&t->sweep, sweep_delay());
}

void m46_sweep_stop(struct m46_table *t)
{
	spin_lock_bh(&t->lock);
	WRITE_ONCE(t->stopped, true);
	spin_unlock_bh(&t->lock);
	cancel_delayed_work_sync(&t->sweep);
}
