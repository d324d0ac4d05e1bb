/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mode adpt, md rules: what the rules have said of the last pairs of addresses,
 * per CPU. What does not depend on the addresses alone is asked for every
 * packet.
 */
#ifndef _M46_FLOW_H
#define _M46_FLOW_H

#include <linux/in6.h>
#include <linux/local_lock.h>
#include <linux/types.h>

struct m46_dev;
struct m46_map;

/**
 * enum m46_flow_way - which addresses a flow is found by
 * @M46_FLOW_NONE: the slot is empty
 * @M46_FLOW_46: the IPv4 ones
 * @M46_FLOW_64: the IPv6 ones
 */
enum m46_flow_way {
	M46_FLOW_NONE,
	M46_FLOW_46,
	M46_FLOW_64,
};

/**
 * struct m46_flow - a pair of addresses that all checks let pass
 * @saddr6: IPv6 source
 * @daddr6: IPv6 destination
 * @saddr4: IPv4 source
 * @daddr4: IPv4 destination
 * @delta: what the change of addresses does to a transport checksum
 * @cfg_gen: generation of the settings, before they were asked
 * @md_gen: likewise of the rules
 * @way: enum m46_flow_way
 * @method: enum m46_method
 */
struct m46_flow {
	struct in6_addr saddr6;
	struct in6_addr daddr6;
	__be32 saddr4;
	__be32 daddr4;
	__wsum delta;
	u32 cfg_gen;
	u32 md_gen;
	u8 way;
	u8 method;
};

#define M46_FLOW_BITS	8

/**
 * struct m46_flows - the last flows of a device, one CPU's
 * @lock: on PREEMPT_RT, where BH disabled does not keep others off the CPU
 * @slot: by hash of the addresses
 *
 * Used by its own CPU with BH disabled. It points to nothing that could go.
 */
struct m46_flows {
	local_lock_t lock; /* protects slot */
	struct m46_flow slot[1 << M46_FLOW_BITS];
};

struct m46_flows __percpu *m46_flows_alloc(void);

/*
 * Begin a flow: way and the addresses that it is found by are set already.
 * Return: true, and the rest is what is known; false, and m46_flow_keep() may
 * be called once all checks have let the packet pass, with the rest filled in
 * but for the delta. BH disabled, RCU.
 */
bool m46_flow_find(const struct m46_map *map, struct m46_flow *flow);
void m46_flow_keep(const struct m46_map *map, struct m46_flow *flow);

#endif /* _M46_FLOW_H */
