/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path: packets that come in on an interface named by the operator are
 * taken at its ingress hook, transformed, and sent to the neighbour, without
 * either IP stack. Whatever is unusual is left to the default path, unchanged.
 */
#ifndef _M46_FAST_H
#define _M46_FAST_H

#include <linux/skbuff.h>
#include <linux/types.h>

#include "key.h"

struct dst_entry;
struct m46_cfg;
struct m46_dev;
struct m46_port;
struct m46_recipe;
struct netlink_ext_ack;
struct nlattr;

/**
 * struct m46_fast - a packet on the fast path
 * @port: the interface that it came in on
 * @recipe: what is done to it, to be noted
 * @key: what its route was looked up by, on the way in
 * @in: that route, borrowed
 * @idx: the slot of the port's cache that has its routes
 */
struct m46_fast {
	struct m46_port *port;
	struct m46_recipe *recipe;
	struct m46_key key;
	const struct dst_entry *in;
	u32 idx;
};

int m46_fast_init(void);
void m46_fast_exit(void);

/*
 * Have hooks at the interfaces that cfg names, in the device's namespace;
 * m46_fast_leave() removes those that no device wants any more. Return: 0 or an
 * error, and extack at nla; nothing has changed then. RTNL.
 */
int m46_fast_join(struct m46_dev *m46, const struct m46_cfg *cfg,
		  const struct nlattr *nla, struct netlink_ext_ack *extack);
void m46_fast_leave(void);

/* Does the device want packets from this interface? */
bool m46_fast_wants(const struct m46_dev *m46, const struct m46_cfg *cfg,
		    const struct m46_fast *fast);

/*
 * Forward a packet that comes out of m46, as the stack would that receives it
 * there: TTL or hop limit are counted down. Return: false, and nothing has
 * changed, where that takes the stack. RCU, BH disabled.
 */
bool m46_fast_forward(const struct m46_fast *fast, struct m46_dev *m46,
		      struct sk_buff *skb);
/*
 * Send a packet that has been made here, complete but for Total Length and
 * checksum and with its route. Likewise.
 */
bool m46_fast_send4(const struct m46_fast *fast, struct m46_dev *m46,
		    struct sk_buff *skb);

#endif /* _M46_FAST_H */
