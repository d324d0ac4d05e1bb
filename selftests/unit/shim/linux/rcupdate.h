/* SPDX-License-Identifier: GPL-2.0 */
/* One thread: what a grace period would free is freed at once. */
#ifndef _SHIM_LINUX_RCUPDATE_H
#define _SHIM_LINUX_RCUPDATE_H

#include <linux/slab.h>
#include <linux/types.h>

#define __rcu

struct rcu_head {
	void *unused[2];
};

#define rcu_dereference(p)		(p)
#define rcu_dereference_protected(p, c)	(p)
#define rcu_assign_pointer(p, v)	((p) = (v))
#define RCU_INIT_POINTER(p, v)		((p) = (v))
#define kfree_rcu(p, field)		((void)&(p)->field, kfree(p))

#endif
