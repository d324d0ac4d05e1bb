/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family: what its two files share. */
#ifndef _M46_NETLINK_H
#define _M46_NETLINK_H

#include <linux/netlink.h>
#include <net/genetlink.h>
#include <linux/m46.h>

struct m46_dev;

extern struct genl_family m46_genl_family;
extern const struct nla_policy m46_nl_dev_policy[M46_A_IFNAME + 1];
extern const struct nla_policy m46_nl_rule_policy[M46_A_RULE + 1];
extern const struct nla_policy m46_nl_load_policy[M46_A_RULE_COUNT + 1];

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
/* The m46 device with the lowest index from ifindex on, or NULL. RCU. */
struct m46_dev *m46_nl_dev_from(struct net *net, int ifindex);
/* To be called at the top of every dumpit: what is to be dumped. RCU. */
int m46_nl_dump_begin(struct netlink_callback *cb);
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

#endif /* _M46_NETLINK_H */
