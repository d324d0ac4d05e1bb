// SPDX-License-Identifier: GPL-2.0
/* What the kernel's parser of netlink attributes lets pass. */
#include <linux/bitmap.h>
#include <net/netlink.h>
#include <linux/m46.h>

#include "nla.h"

int m46_nla_once(const struct nlattr *attrs, int len, u64 many,
		 struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, M46_NLA_MAX) = {};
	const struct nlattr *nla;
	unsigned int type;
	int rem;

	BUILD_BUG_ON(M46_DEV_A_MAX >= M46_NLA_MAX);
	/* net/core/rtnetlink.c, RTNL_MAX_TYPE: a kind with more is refused */
	BUILD_BUG_ON(M46_DEV_A_MAX > 50);
	nla_for_each_attr(nla, attrs, len, rem) {
		type = nla_type(nla) % M46_NLA_MAX;
		if (__test_and_set_bit(type, seen) &&
		    !(type < 64 && many & BIT_ULL(type))) {
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "attribute is given twice");
			return -EINVAL;
		}
	}
	return 0;
}

int m46_nla_once_nested(const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	return m46_nla_once(nla_data(nest), nla_len(nest), 0, extack);
}
