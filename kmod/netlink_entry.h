/* SPDX-License-Identifier: GPL-2.0 */
/* Entries in netlink messages: what one entry and many share. */
#ifndef _M46_NETLINK_ENTRY_H
#define _M46_NETLINK_ENTRY_H

#include <linux/m46.h>
#include <net/netlink.h>

struct m46_dev;
struct m46_entry;
struct netlink_callback;
struct sk_buff;

extern const struct nla_policy m46_entry_policy[M46_ENTRY_A_MAX + 1];

/* enum m46_entry_type: a dynamic entry past its time is dormant. */
u8 m46_nl_entry_type(const struct m46_entry *e, u32 now);

/*
 * A message with an entry of this type. cb: part of this dump; NULL: a reply of
 * its own. RCU. Return: 0 or -EMSGSIZE.
 */
int m46_nl_put_entry_msg(struct sk_buff *skb, const struct m46_dev *m46,
			 const struct m46_entry *e, u8 type, u32 portid,
			 u32 seq, struct netlink_callback *cb);

#endif /* _M46_NETLINK_ENTRY_H */
