/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices as links: made, changed and removed over rtnetlink.
 */
#ifndef M46CTL_LINK_H
#define M46CTL_LINK_H

#include <linux/if_link.h>
#include <stdbool.h>

#include "words.h"

/**
 * struct link - what rtnetlink says of a device
 * @kind: of the link, empty for a hardware device
 * @flags: IFF_*
 * @master: index of the device it is enslaved to, 0 for none
 * @table: of a VRF, its routing table
 * @has_stats: @stats is valid
 */
struct link {
	int ifindex;
	char name[PARSE_IFNAMSIZ];
	char kind[16];
	unsigned int flags;
	int master;
	uint32_t table;
	bool has_stats;
	struct rtnl_link_stats64 stats;
};

/* Look up by index where @ifindex is not 0, else by name. Prints nothing. */
int link_get(int ifindex, const char *name, struct link *link);

/* All of these print errors. Return: 0 or an exit code. */
int link_add(const char *name, const struct value *values);
int link_set(const char *name, const struct value *values);
int link_del(const char *name);

#endif /* M46CTL_LINK_H */
