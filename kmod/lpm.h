/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Longest-prefix match over IPv4 prefixes: a tree bitmap with a stride of six
 * bits. See Documentation/design.md for why this structure was chosen.
 */
#ifndef _M46_LPM_H
#define _M46_LPM_H

#include <linux/rcupdate.h>
#include <linux/types.h>

/**
 * struct m46_lpm - one table
 * @root: first node, NULL when empty
 * @count: prefixes in the table; writers only
 * @unseen: no reader knows the table: it may be changed in place; writers only
 *
 * Readers need rcu_read_lock(); writers hold RTNL. A value is a non-NULL
 * pointer that the caller owns.
 */
struct m46_lpm {
	void __rcu *root;
	u32 count;
	bool unseen;
};

/* All addresses below are in host byte order; bits beyond len are zero. */

/* Value of the longest prefix that covers addr, or NULL. RCU. */
void *m46_lpm_lookup(const struct m46_lpm *lpm, u32 addr);
/* The same; where it is not NULL, *len is the length of that prefix. RCU. */
void *m46_lpm_match(const struct m46_lpm *lpm, u32 addr, u8 *len);
/* Value of exactly this prefix, or NULL. RTNL. */
void *m46_lpm_find(struct m46_lpm *lpm, u32 addr, u8 len);
/*
 * Set the value of a prefix. *old receives the value that was there before
 * (NULL: none). Replacing a value allocates nothing. RTNL.
 * Return: 0 or -ENOMEM; on error nothing has changed.
 */
int m46_lpm_set(struct m46_lpm *lpm, u32 addr, u8 len, void *value, void **old,
		gfp_t gfp);
/*
 * Take a prefix out. *old receives its value. RTNL.
 * Return: 0, -ENOENT, or -ENOMEM; on error nothing has changed.
 */
int m46_lpm_del(struct m46_lpm *lpm, u32 addr, u8 len, void **old, gfp_t gfp);
/*
 * Call fn for every prefix from (addr, len) on, ascending by address, then by
 * length (shorter first), until fn returns non-zero, which is then returned.
 * RTNL or RCU.
 */
int m46_lpm_walk(const struct m46_lpm *lpm, u32 addr, u8 len,
		 int (*fn)(u32 addr, u8 len, void *value, void *arg),
		 void *arg);
/*
 * Free all nodes of a table that no reader can see any more. The values are
 * the caller's. May sleep.
 */
void m46_lpm_destroy(struct m46_lpm *lpm);

#endif /* _M46_LPM_H */
