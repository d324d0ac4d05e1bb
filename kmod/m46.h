/* SPDX-License-Identifier: GPL-2.0 */
/* The device's private area and what its files call of one another. */
#ifndef _M46_H
#define _M46_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/m46.h>

#include "stats.h"

struct m46_cfg;
struct m46_flows;
struct m46_md;
struct m46_table;
struct net;
struct rt6_info;

/**
 * struct m46_bucket - token bucket for ICMP errors (RFC 4443 2.4(f))
 * @lock: protects the two below; error path only, BH disabled
 * @tokens: errors that may be sent now
 * @stamp: when @tokens was brought up to date, ktime_get_ns()
 */
struct m46_bucket {
	spinlock_t lock; /* protects tokens and stamp */
	u32 tokens;
	u64 stamp;
};

/**
 * struct m46_load - a "rule load" in progress
 * @list: in the list of all loads; RTNL
 * @m46: the device
 * @md: the database being built
 * @net: namespace of the netlink socket that began the load. Compared, never
 *	followed: the socket keeps it alive, and the socket's end is the load's
 * @portid: address of that socket
 */
struct m46_load {
	struct list_head list;
	struct m46_dev *m46;
	struct m46_md *md;
	const struct net *net;
	u32 portid;
};

/**
 * struct m46_dev - netdev_priv() of an m46 device
 * @dev: the device
 * @cfg: settings; writers hold RTNL
 * @md: adpt: mapping rules; writers hold RTNL
 * @table: m46t: entries and pools; for the device's life
 * @recipes: adpt, m46t: what was done to the last flows, per CPU
 * @idents: Identification for IPv4 packets that it makes, per CPU
 * @keep: adpt, m46t: routes of IPv4 packets that come out of it, per CPU
 * @keep6: routes of IPv6 packets that come out of it, per CPU
 * @door: up: what IPv6 packets come out of it by, see door.h; RTNL
 * @door_gone: it, while the device goes down; RTNL
 * @rtcache: 6to4: routes of outer packets, per CPU
 * @mode: enum m46_mode, for the device's life
 * @stats: counters, per CPU
 * @stats_base: value of each counter at the last reset
 * @bucket: limits the ICMP errors that the device makes
 * @load: rule load in progress, or NULL; RTNL
 */
struct m46_dev {
	struct net_device *dev;
	struct m46_cfg __rcu *cfg;
	struct m46_md __rcu *md;
	struct m46_table *table;
	struct m46_flows __percpu *recipes;
	struct m46_flows __percpu *idents;
	struct m46_flows __percpu *keep;
	struct m46_flows __percpu *keep6;
	struct rt6_info __rcu *door;
	struct rt6_info *door_gone;
	struct m46_flows __percpu *rtcache;
	u8 mode;
	struct m46_pcpu_stats __percpu *stats;
	atomic64_t *stats_base;
	struct m46_bucket bucket;
	struct m46_load *load;
};

/* device.c */
extern struct rtnl_link_ops m46_link_ops;
bool m46_is_m46(const struct net_device *dev);

/* netlink.c */
int m46_genl_init(void);
void m46_genl_exit(void);

/* netlink_load.c */
/* Drop a load in progress, if there is one. RTNL. */
void m46_load_abort(struct m46_dev *m46);

/* xmit.c */
netdev_tx_t m46_xmit(struct sk_buff *skb, struct net_device *dev);

#endif /* _M46_H */
