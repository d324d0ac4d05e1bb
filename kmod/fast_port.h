/* SPDX-License-Identifier: GPL-2.0 */
/* The interfaces of the fast path, and the routes that each keeps. */
#ifndef _M46_FAST_PORT_H
#define _M46_FAST_PORT_H

#include <linux/list.h>
#include <linux/netfilter.h>
#include <linux/types.h>

#include "fast.h"
#include "flows.h"
#include "recipe.h"

struct dst_entry;
struct net_device;
struct sk_buff;

/**
 * struct m46_froute - a route that is kept
 * @key: for whom
 * @dst: the route, with a reference; IPv4: NULL where there is none
 * @stamp: generation of the namespace's routes, before it was looked up
 * @cookie: IPv6: the dst's
 * @conf: IPv4: m46_route_conf4() of the interface
 */
struct m46_froute {
	struct m46_key key;
	struct dst_entry *dst;
	u32 stamp;
	u32 cookie;
	u8 conf;
};

/**
 * enum m46_fkind - where a route leads, as far as the fast path is concerned
 * @M46_FAST_NONE: elsewhere
 * @M46_FAST_DEV: into an m46 device
 * @M46_FAST_LOCAL: to this machine
 * @M46_FAST_DONE: it has gone there already
 */
enum m46_fkind {
	M46_FAST_NONE,
	M46_FAST_DEV,
	M46_FAST_LOCAL,
	M46_FAST_DONE,
};

/**
 * struct m46_fslot - what is known of one flow
 * @in: its route on the interface that it comes in on
 * @out: its route out of the m46 device
 * @recipe: what is done to its packets between these two
 * @kind: of @in
 */
struct m46_fslot {
	struct m46_froute in;
	struct m46_froute out;
	struct m46_recipe recipe;
	u8 kind; /* enum m46_fkind */
};

/**
 * struct m46_port - an interface that a device takes packets from
 * @list: in the list of all; RTNL
 * @dev: the interface; it goes first
 * @ops: the hook
 * @cache: its last flows, struct m46_fslot each
 */
struct m46_port {
	struct list_head list;
	struct net_device *dev;
	struct nf_hook_ops ops;
	struct m46_flows __percpu *cache;
};

unsigned int m46_fast_hook(void *priv, struct sk_buff *skb,
			   const struct nf_hook_state *state);

#endif /* _M46_FAST_PORT_H */
