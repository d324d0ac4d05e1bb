/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of the last flows: one slot for each that hashes to it, and an
 * array of them for each CPU, so that nobody waits and no other CPU reads.
 */
#ifndef _M46_FLOWS_H
#define _M46_FLOWS_H

#include <linux/local_lock.h>
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * struct m46_flows - one CPU's slots
 * @lock: on PREEMPT_RT, where BH disabled does not keep others off the CPU
 * @slot: 1 << m46_flow_bits of them; all zeroes where nothing is known
 *
 * Used by its own CPU with BH disabled.
 */
struct m46_flows {
	local_lock_t lock; /* protects slot */
	void *slot;
};

/* Bits of a slot's number: few where there is little memory. */
extern u8 m46_flow_bits;
void m46_flows_init(void);

/* size: of a slot, in bytes; as below. NULL: no memory. Process context. */
struct m46_flows __percpu *m46_flows_alloc(size_t size);
/*
 * For each slot of each CPU: let go what it has, then it is all zeroes. release
 * may be NULL. Nobody else uses them.
 */
void m46_flows_flush(struct m46_flows __percpu *flows, size_t size,
		     void (*release)(void *slot));
/* Likewise, and free them; NULL is nothing. */
void m46_flows_free(struct m46_flows __percpu *flows, size_t size,
		    void (*release)(void *slot));

#endif /* _M46_FLOWS_H */
