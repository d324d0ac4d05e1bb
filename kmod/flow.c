// SPDX-License-Identifier: GPL-2.0
/* Flows of mode adpt, see flow.h. */
#include <linux/hash.h>
#include <linux/percpu.h>
#include <net/ipv6.h>

#include "compat.h"
#include "config.h"
#include "flow.h"
#include "m46.h"
#include "map.h"
#include "md.h"

struct m46_flows __percpu *m46_flows_alloc(void)
{
	struct m46_flows __percpu *flows;
	int cpu;

	flows = alloc_percpu_gfp(struct m46_flows, GFP_KERNEL_ACCOUNT);
	if (!flows)
		return NULL;
	for_each_possible_cpu(cpu)
		local_lock_init(&per_cpu_ptr(flows, cpu)->lock);
	return flows;
}

/* This CPU's slot. The lock is held. */
static struct m46_flow *flow_slot(struct m46_flows __percpu *flows,
				  const struct m46_flow *flow)
{
	u64 hash;

	if (flow->way == M46_FLOW_46)
		hash = (u64)(__force u32)flow->saddr4 << 32 |
		       (__force u32)flow->daddr4;
	else
		hash = (u64)ipv6_addr_hash(&flow->saddr6) << 32 |
		       ipv6_addr_hash(&flow->daddr6);
	return &this_cpu_ptr(flows)->slot[hash_64(hash, M46_FLOW_BITS)];
}

static bool is_same(const struct m46_flow *a, const struct m46_flow *b)
{
	if (a->way != b->way)
		return false;
	if (a->way == M46_FLOW_46)
		return a->saddr4 == b->saddr4 && a->daddr4 == b->daddr4;
	return ipv6_addr_equal(&a->saddr6, &b->saddr6) &&
	       ipv6_addr_equal(&a->daddr6, &b->daddr6);
}

/*
 * Before anything else is asked, so that a change that comes meanwhile makes
 * the flow void. Writers count after the change.
 */
static void flow_stamp(const struct m46_map *map, struct m46_flow *flow)
{
	flow->cfg_gen = map->cfg->gen;
	/* pairs with the releases of md.c: what it counts can be seen */
	flow->md_gen = smp_load_acquire(&map->md->gen);
}

static bool is_valid(const struct m46_flow *a, const struct m46_flow *now)
{
	return a->cfg_gen == now->cfg_gen && a->md_gen == now->md_gen;
}

bool m46_flow_find(const struct m46_map *map, struct m46_flow *flow)
{
	struct m46_flows __percpu *flows = map->m46->flows;
	struct m46_flow *slot;
	bool found;

	flow_stamp(map, flow);
	local_lock_nested_bh(&flows->lock);
	slot = flow_slot(flows, flow);
	found = is_same(slot, flow) && is_valid(slot, flow);
	if (found) {
		flow->delta = slot->delta;
		flow->method = slot->method;
		if (flow->way == M46_FLOW_46) {
			flow->saddr6 = slot->saddr6;
			flow->daddr6 = slot->daddr6;
		} else {
			flow->saddr4 = slot->saddr4;
			flow->daddr4 = slot->daddr4;
		}
	}
	local_unlock_nested_bh(&flows->lock);
	return found;
}

void m46_flow_keep(const struct m46_map *map, struct m46_flow *flow)
{
	struct m46_flows __percpu *flows = map->m46->flows;

	if (flow->way == M46_FLOW_46)
		flow->delta = m46_delta46(flow->saddr4, flow->daddr4,
					  &flow->saddr6, &flow->daddr6);
	else
		flow->delta = m46_delta64(&flow->saddr6, &flow->daddr6,
					  flow->saddr4, flow->daddr4);
	local_lock_nested_bh(&flows->lock);
	*flow_slot(flows, flow) = *flow;
	local_unlock_nested_bh(&flows->lock);
}
