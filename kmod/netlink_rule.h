/* SPDX-License-Identifier: GPL-2.0 */
/* Mapping rules in netlink messages: what single rules and loads share. */
#ifndef _M46_NETLINK_RULE_H
#define _M46_NETLINK_RULE_H

#include <linux/types.h>

struct m46_cfg;
struct m46_dev;
struct m46_md;
struct netlink_ext_ack;
struct nlattr;

/*
 * Add the rule of an attribute, with excl only if there is none yet. RTNL.
 * Return: 0 or an error, and extack.
 */
int m46_nl_add_rule(struct m46_md *md, const struct m46_cfg *cfg,
		    const struct nlattr *nest, bool excl,
		    struct netlink_ext_ack *extack);

/* Put a new database in the place of the device's. RTNL. */
void m46_nl_md_replace(struct m46_dev *m46, struct m46_md *new);

#endif /* _M46_NETLINK_RULE_H */
