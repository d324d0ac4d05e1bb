/* SPDX-License-Identifier: GPL-2.0 */
/* The mapping rule database (MD) of an adpt device. */
#ifndef _M46_MD_H
#define _M46_MD_H

#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>

#include "lpm.h"

/**
 * struct m46_pref6 - a mapping prefix, shared by all rules that point at it
 * @node: in m46_md.pref6s; key is @top
 * @top: the upper 96 bits of every address under the prefix (Pref6 followed
 *	by zero bits: the IPv4 address always sits in the last 32 bits, so
 *	prefixes that differ only in length map alike)
 * @remote: remote rules that point here; writers only, under RTNL. Read by the
 *	packet path without a lock only as zero or not (READ_ONCE)
 * @local: local rules likewise; non-zero makes it an own prefix
 * @rules: struct m46_rule that point here; writers only, under RTNL
 * @rcu: for freeing
 */
struct m46_pref6 {
	struct rhash_head node;
	__be32 top[3];
	u32 remote;
	u32 local;
	struct hlist_head rules;
	struct rcu_head rcu;
};

/**
 * struct m46_rule - what a mapping rule says; which IPv4 prefix it is about,
 *	the table knows
 * @pref6: where it points; lives at least as long as the rule
 * @node: in m46_pref6.rules; RTNL
 * @count: IPv4 prefixes whose rule this is; RTNL
 * @via_len: length of the mapping prefix as the operator wrote it
 * @method: enum m46_method, 0 = the device's
 * @local: the device's own block
 * @rcu: for freeing
 *
 * All prefixes of an edge share one, or a million rules would take 32 MB more.
 * Immutable once published, the count aside; replacing a rule publishes
 * another one.
 */
struct m46_rule {
	struct m46_pref6 *pref6;
	struct hlist_node node;
	u32 count;
	u8 via_len;
	u8 method;
	bool local;
	struct rcu_head rcu;
};

/**
 * struct m46_md - a whole database, swapped as one by "rule load" and "flush"
 * @remote: IPv4 prefix -> struct m46_rule of other PEs
 * @local: likewise of this PE
 * @pref6s: mapping prefixes of both, by their upper 96 bits
 * @gen: counts changes, for the consistency check of dumps, for recipes; never
 *	0. Written under RTNL after the change, read without it
 * @free_work: for freeing
 *
 * Readers: RCU. Writers: RTNL.
 */
struct m46_md {
	struct m46_lpm remote;
	struct m46_lpm local;
	struct rhashtable pref6s;
	u32 gen;
	struct rcu_work free_work;
};

/**
 * struct m46_rule_spec - a rule as it comes in from netlink, validated
 * @dst: IPv4 prefix, host byte order
 * @dst_len: its length
 * @via: mapping prefix
 * @via_len: its length
 * @method: enum m46_method, 0 = the device's
 * @local: the device's own block
 */
struct m46_rule_spec {
	u32 dst;
	u8 dst_len;
	struct in6_addr via;
	u8 via_len;
	u8 method;
	bool local;
};

int m46_md_init(void);
void m46_md_exit(void);

struct m46_md *m46_md_alloc(void);
/*
 * From now on it is filled before any reader can see it, until on is false.
 * What that spares is waiting for readers.
 */
void m46_md_fill(struct m46_md *md, bool on);
/*
 * Free a database (or NULL) that nothing points at any more, after a grace
 * period and in the background: a million rules take their time.
 */
void m46_md_free(struct m46_md *md);
/* new is about to take the place of old: let its generation go on. RTNL. */
void m46_md_succeed(struct m46_md *new, const struct m46_md *old);

/* Mapping prefix with these upper 96 bits, or NULL. RTNL or RCU. */
struct m46_pref6 *m46_md_pref6(struct m46_md *md, const __be32 top[3]);

/*
 * Add or replace one rule. excl: -EEXIST if there is one for this prefix. Own
 * prefixes that are configured, not learned from local rules, are the caller's
 * to check. Every refusal sets extack; after an error nothing has changed.
 * RTNL.
 */
int m46_md_set(struct m46_md *md, const struct m46_rule_spec *spec, bool excl,
	       struct netlink_ext_ack *extack);
/* Delete; via NULL: whatever it points at. RTNL. */
int m46_md_del(struct m46_md *md, u32 dst, u8 dst_len, bool local,
	       const struct in6_addr *via, u8 via_len,
	       struct netlink_ext_ack *extack);

#endif /* _M46_MD_H */
