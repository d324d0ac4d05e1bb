/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's parser of netlink attributes lets pass. */
#ifndef _M46_NLA_H
#define _M46_NLA_H

#include <net/netlink.h>

/*
 * Refuse an attribute that comes twice: the parser would silently take the last
 * one. many: bits of the types below 64 that may. attrs have passed a policy
 * whose types are all below M46_NLA_MAX.
 */
#define M46_NLA_MAX	128
int m46_nla_once(const struct nlattr *attrs, int len, u64 many,
		 struct netlink_ext_ack *extack);
int m46_nla_once_nested(const struct nlattr *nest,
			struct netlink_ext_ack *extack);

/* A value that is 0 or 1; an attribute that is not there changes nothing. */
static inline void m46_nla_flag(bool *val, const struct nlattr *attr)
{
	if (attr)
		*val = nla_get_u8(attr);
}

#endif /* _M46_NLA_H */
