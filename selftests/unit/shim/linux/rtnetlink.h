/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_RTNETLINK_H
#define _SHIM_LINUX_RTNETLINK_H

#define rtnl_dereference(p)		(p)
#define rcu_dereference_rtnl(p)		(p)

#endif
