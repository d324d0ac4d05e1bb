/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What mock_remote.c and mock_server.c say to each other beside netlink.
 */
#ifndef M46CTL_MOCK_REMOTE_H
#define M46CTL_MOCK_REMOTE_H

#include <linux/netlink.h>

#define MOCK_JOIN	0xfff0	/* a socket joins a group */
#define MOCK_LOST	0xfff1	/* events were thrown away: ENOBUFS */
#define MOCK_GROUP_LINK	1	/* RTNLGRP_LINK; generic ones are from 16 on */

struct mock_join {
	struct nlmsghdr hdr;
	uint32_t group;
};

#endif /* M46CTL_MOCK_REMOTE_H */
