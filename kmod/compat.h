/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows that kernels differ. The code speaks the newest
 * kernel's dialect; what is here teaches it to older ones. Macros and probes
 * (Kbuild.probe) decide, never a version number: stable kernels take over
 * interfaces from later ones.
 */
#ifndef _M46_COMPAT_H
#define _M46_COMPAT_H

#include <linux/local_lock.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <net/rtnetlink.h>
#ifdef M46_HAVE_NET_GSO
#include <net/gso.h>
#endif
#ifdef M46_HAVE_RX_QUEUE
#include <net/netdev_rx_queue.h>
#endif

#ifndef M46_HAVE_NEWLINK_PARAMS
struct rtnl_newlink_params {
	struct net *src_net;
	struct net *link_net;
	struct net *peer_net;
	struct nlattr **tb;
	struct nlattr **data;
};
#endif

int m46_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		struct netlink_ext_ack *extack);

/* What goes into rtnl_link_ops.newlink. */
#ifdef M46_HAVE_NEWLINK_PARAMS
#define m46_newlink_op m46_newlink
#else
static inline int m46_newlink_op(struct net *src_net, struct net_device *dev,
				 struct nlattr *tb[], struct nlattr *data[],
				 struct netlink_ext_ack *extack)
{
	struct rtnl_newlink_params params = {
		.src_net = src_net,
		.tb = tb,
		.data = data,
	};

	return m46_newlink(dev, &params, extack);
}
#endif

/* ndo_start_xmit is called without the queue's lock. */
static inline void m46_set_lltx(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* Are there traffic control's filters or programs at the device's ingress? */
static inline bool m46_has_ingress(const struct net_device *dev)
{
#if defined(M46_HAVE_TCX) && defined(CONFIG_NET_XGRESS)
	return rcu_access_pointer(dev->tcx_ingress);
#elif !defined(M46_HAVE_TCX) && defined(CONFIG_NET_CLS_ACT)
	return rcu_access_pointer(dev->miniq_ingress);
#else
	return false;
#endif
}

/*
 * BH disabled is not preemption disabled on PREEMPT_RT: what is a CPU's own
 * needs a lock there. In kernels without the macro BH is such a lock.
 */
#ifndef local_lock_nested_bh
#define local_lock_nested_bh(lock)	((void)(lock))
#define local_unlock_nested_bh(lock)	((void)(lock))
#endif

#endif /* _M46_COMPAT_H */
