// SPDX-License-Identifier: GPL-2.0
/* Slots for flows, see flows.h. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "compat.h"
#include "flows.h"

#define M46_FLOW_BITS_MIN	6
#define M46_FLOW_BITS_MAX	11

/* What a device and an interface take for a flow, and their part of memory. */
#define M46_FLOW_BYTES		640
#define M46_FLOW_PART		256

u8 m46_flow_bits __read_mostly = M46_FLOW_BITS_MAX;

void m46_flows_init(void)
{
	u64 most = ((u64)totalram_pages() << PAGE_SHIFT) / M46_FLOW_PART;

	while (m46_flow_bits > M46_FLOW_BITS_MIN &&
	       ((u64)M46_FLOW_BYTES << m46_flow_bits) * num_possible_cpus() >
	       most)
		m46_flow_bits--;
}

struct m46_flows __percpu *m46_flows_alloc(const struct m46_flow_kind *kind)
{
	struct m46_flows __percpu *flows;
	int cpu;

	flows = alloc_percpu_gfp(struct m46_flows, GFP_KERNEL_ACCOUNT);
	if (!flows)
		return NULL;
	for_each_possible_cpu(cpu) {
		struct m46_flows *f = per_cpu_ptr(flows, cpu);

		local_lock_init(&f->lock);
		lockdep_set_class_and_name(&f->lock, kind->lock_class,
					   kind->name);
		f->slot = kvcalloc(1 << m46_flow_bits, kind->size,
				   GFP_KERNEL_ACCOUNT);
		if (!f->slot) {
			m46_flows_free(flows, kind);
			return NULL;
		}
	}
	return flows;
}

void m46_flows_flush(struct m46_flows __percpu *flows,
		     const struct m46_flow_kind *kind)
{
	unsigned int i;
	int cpu;

	if (!flows)
		return;
	for_each_possible_cpu(cpu) {
		void *slot = per_cpu_ptr(flows, cpu)->slot;

		for (i = 0; slot && i < 1 << m46_flow_bits; i++) {
			if (kind->release)
				kind->release(slot);
			memset(slot, 0, kind->size);
			slot += kind->size;
		}
	}
}

void m46_flows_free(struct m46_flows __percpu *flows,
		    const struct m46_flow_kind *kind)
{
	int cpu;

	if (!flows)
		return;
	if (kind->release)
		m46_flows_flush(flows, kind);
	for_each_possible_cpu(cpu)
		kvfree(per_cpu_ptr(flows, cpu)->slot);
	free_percpu(flows);
}
