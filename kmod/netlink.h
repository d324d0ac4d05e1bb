/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: what its files share. */
#ifndef _M46_NETLINK_H
#define _M46_NETLINK_H

#include <linux/netlink.h>
#include <net/genetlink.h>
#include <linux/m46.h>

struct m46_dev;
struct m46_entry;
struct m46_pool;
struct m46_table;

enum m46_nl_group {
	M46_NL_GROUP_ENTRY,
	M46_NL_GROUP_POOL,
};

extern struct genl_family m46_genl_family;
extern const struct nla_policy m46_nl_dev_policy[M46_A_IFNAME + 1];
extern const struct nla_policy m46_nl_rule_policy[M46_A_RULE + 1];
extern const struct nla_policy m46_nl_rule_new_policy[M46_A_RULE + 1];
extern const struct nla_policy m46_nl_load_policy[M46_A_RULE_COUNT + 1];
extern const struct nla_policy m46_nl_pool_policy[M46_A_POOL + 1];
extern const struct nla_policy m46_nl_entry_policy[M46_A_ENTRY + 1];
extern const struct nla_policy m46_nl_entry_new_policy[M46_A_ENTRY + 1];
extern const struct nla_policy m46_nl_filter_policy[M46_A_FILTER + 1];

/**
 * struct m46_nl_dump - state of a dump, at the start of cb->ctx
 * @ifindex: device whose turn it is, or the first that may come; 0: the end
 * @begun: @ifindex and @one are valid
 * @one: dump that device and no other
 */
struct m46_nl_dump {
	int ifindex;
	bool begun;
	bool one;
};

/* The device that attributes name, or ERR_PTR() and extack. RTNL or RCU. */
struct m46_dev *m46_nl_dev(struct net *net, struct nlattr *attrs[],
			   struct netlink_ext_ack *extack);
/* Likewise, and of this mode. */
struct m46_dev *m46_nl_dev_of(struct net *net, struct nlattr *attrs[], u8 mode,
			      struct netlink_ext_ack *extack);
/*
 * Refuse a message with a top-level attribute that comes twice: info->attrs has
 * the last one only.
 */
int m46_nl_once(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack);
/* The m46 device with the lowest index from ifindex on, or NULL. RCU. */
struct m46_dev *m46_nl_dev_from(struct net *net, int ifindex);
/*
 * To be called at the top of every dumpit: what is to be dumped. A device that
 * is named must be of this mode (0: any). Not in .start: there, older kernels
 * have no extack to say what is wrong. RCU.
 */
int m46_nl_dump_begin(struct netlink_callback *cb, u8 mode);
/* Likewise, for a dump that takes more than a device, once. */
int m46_nl_dump_dev(struct netlink_callback *cb, struct nlattr *attrs[],
		    u8 mode);
/* The ctx->ifindex that follows when this device has been dumped. */
int m46_nl_dump_next(const struct m46_nl_dump *ctx, const struct m46_dev *m46);
/* IFINDEX and IFNAME. */
int m46_nl_put_dev(struct sk_buff *skb, const struct m46_dev *m46);

int m46_nl_rule_new(struct sk_buff *skb, struct genl_info *info);
int m46_nl_rule_del(struct sk_buff *skb, struct genl_info *info);
int m46_nl_rule_get(struct sk_buff *skb, struct genl_info *info);
int m46_nl_rule_dump(struct sk_buff *skb, struct netlink_callback *cb);
int m46_nl_rule_flush(struct sk_buff *skb, struct genl_info *info);
int m46_nl_rule_load(struct sk_buff *skb, struct genl_info *info);
/* A socket of this namespace has gone: so do its loads. */
void m46_nl_socket_gone(const struct net *net, u32 portid);

int m46_nl_pool_new(struct sk_buff *skb, struct genl_info *info);
int m46_nl_pool_del(struct sk_buff *skb, struct genl_info *info);
int m46_nl_pool_dump(struct sk_buff *skb, struct netlink_callback *cb);
/* M46_A_POOL; RCU, RTNL or the table's lock. */
int m46_nl_put_pool(struct sk_buff *skb, const struct m46_pool *pool);

int m46_nl_entry_new(struct sk_buff *skb, struct genl_info *info);
int m46_nl_entry_del(struct sk_buff *skb, struct genl_info *info);
int m46_nl_entry_get(struct sk_buff *skb, struct genl_info *info);
int m46_nl_entry_dump_start(struct netlink_callback *cb);
int m46_nl_entry_dump(struct sk_buff *skb, struct netlink_callback *cb);
int m46_nl_entry_dump_done(struct netlink_callback *cb);
int m46_nl_entry_flush(struct sk_buff *skb, struct genl_info *info);
/* M46_A_ENTRY, as it is at time now. RCU or the table's lock. */
int m46_nl_put_entry(struct sk_buff *skb, const struct m46_table *t,
		     const struct m46_entry *e, u32 now);

#endif /* _M46_NETLINK_H */
