/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the last flows: one slot for each that hashes to it, and an
 * array of them for each CPU, so that nobody waits and no other CPU reads.
 */
#ifndef _M46_FLOWS_H
#define _M46_FLOWS_H

#include <linux/local_lock.h>
#include <linux/lockdep.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct m46_flow_kind - what is in the slots of a table
 * @size: of a slot, in bytes; all zeroes where nothing is known
 * @release: let go what a slot has, NULL: nothing that would have to be
 * @name: for lockdep
 * @lock_class: likewise, static: a packet may need tables of two kinds at once
 */
struct m46_flow_kind {
	size_t size;
	void (*release)(void *slot);
	const char *name;
	struct lock_class_key *lock_class;
};

/* Of so many flows that may not take a slot, one may. */
#define M46_FLOWS_LUCK	64

/**
 * struct m46_flows - one CPU's slots
 * @lock: on PREEMPT_RT, where BH disabled does not keep others off the CPU
 * @slot: 1 << m46_flow_bits of them
 * @asked: how often one wanted the slot of another one
 *
 * Used by its own CPU with BH disabled.
 */
struct m46_flows {
	local_lock_t lock; /* protects slot and asked */
	void *slot;
	u32 asked;
};

/* Bits of a slot's number: few where there is little memory. */
extern u8 m46_flow_bits;
void m46_flows_init(void);

/*
 * May a flow have a slot? Its owner may. Another one, if neither the owner nor
 * a third one has asked for it since it asked last: flows that are not seen
 * again, of somebody who looks at every address, do not drive out those that
 * are there all the time. Or by luck, for the owner may be gone, and two that
 * take turns would wait for ever. next: of the slot, hash: of the flow.
 */
static __always_inline bool m46_flows_may_have(struct m46_flows *f, u32 *next,
					       bool is_owner, u32 hash)
{
	bool again;

	if (is_owner) {
		if (*next)
			*next = 0;
		return true;
	}
	again = *next == hash;
	*next = hash;
	return again || !(++f->asked % M46_FLOWS_LUCK);
}

/* NULL: no memory. Process context. */
struct m46_flows __percpu *m46_flows_alloc(const struct m46_flow_kind *kind);
/* Forget all of them; nobody else uses them. NULL is nothing. */
void m46_flows_flush(struct m46_flows __percpu *flows,
		     const struct m46_flow_kind *kind);
/* Likewise, and free them. */
void m46_flows_free(struct m46_flows __percpu *flows,
		    const struct m46_flow_kind *kind);

#endif /* _M46_FLOWS_H */
