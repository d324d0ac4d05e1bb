/* SPDX-License-Identifier: GPL-2.0 */
/* Reassembly of what is to be decapsulated. */
#ifndef _M46_DEFRAG6_H
#define _M46_DEFRAG6_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>

#include "stats.h"

/*
 * Keep skb, a fragment that was sent into dev, until the rest of its packet is
 * there. Return: M46_OK, and *is_whole says whether skb is the whole packet
 * now, to be parsed again, or has been consumed; or the reason to drop it.
 */
enum m46_counter m46_defrag6(const struct net_device *dev,
			     struct sk_buff *skb, bool *is_whole);

#endif /* _M46_DEFRAG6_H */
