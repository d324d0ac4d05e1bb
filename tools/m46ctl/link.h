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
 * @mtu: in bytes
 * @master: index of the device it is enslaved to, 0 for none
 * @table: of a VRF, its routing table
 * @has_stats: @stats is valid
 */
struct link {
	int ifindex;
	char name[PARSE_IFNAMSIZ];
	char kind[16];
	unsigned int flags;
	uint32_t mtu;
	int master;
	uint32_t table;
	bool has_stats;
	struct rtnl_link_stats64 stats;
};

/* Look up by index where @ifindex is not 0, else by name. Prints nothing. */
int link_get(int ifindex, const char *name, struct link *link);

/**
 * struct link_place - where settings stand, for errors
 * @lines: of each word
 */
struct link_place {
	const char *path;
	const unsigned int *lines;
};

/* All of these print errors. @place may be NULL. Return: 0 or an exit code. */
int link_add(const char *name, const struct value *values,
	     const struct link_place *place);
int link_set(const char *name, const struct value *values,
	     const struct link_place *place);
int link_del(const char *name);
int link_set_mtu(const char *name, uint32_t mtu);
int link_set_up(const char *name, bool up);

#endif /* M46CTL_LINK_H */
