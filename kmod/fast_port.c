// SPDX-License-Identifier: GPL-2.0
/*
 * The interfaces of the fast path. One has one hook, however many devices name
 * it, for as long as one does.
 */
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "compat.h"
#include "config.h"
#include "fast.h"
#include "fast_port.h"
#include "m46.h"
#include "tunnel.h"

/*
 * Behind all that an operator may have at the same hook, so that chains of
 * family netdev still see, mark and drop packets.
 */
#define M46_FAST_PRIORITY	1000

/* Of all namespaces; RTNL. */
static LIST_HEAD(m46_ports);

static bool names(const struct m46_cfg *cfg, int ifindex)
{
	unsigned int i;

	for (i = 0; i < cfg->n_fast; i++) {
		if (cfg->fast[i] == ifindex)
			return true;
	}
	return false;
}

bool m46_fast_wants(const struct m46_dev *m46, const struct m46_cfg *cfg,
		    const struct m46_fast *fast)
{
	return names(cfg, fast->port->dev->ifindex);
}

static void release(void *slot)
{
	struct m46_fslot *s = slot;

	dst_release(s->in.dst);
	dst_release(s->out.dst);
}

static struct lock_class_key port_lock_class;

static const struct m46_flow_kind fslot_kind = {
	.size = sizeof(struct m46_fslot),
	.release = release,
	.name = "m46_port",
	.lock_class = &port_lock_class,
};

static struct m46_port *port_find(const struct net_device *dev)
{
	struct m46_port *port;

	list_for_each_entry(port, &m46_ports, list) {
		if (port->dev == dev)
			return port;
	}
	return NULL;
}

static int port_add(struct net_device *dev)
{
	struct m46_port *port;
	int err = -ENOMEM;

	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return -ENOMEM;
	port->cache = m46_flows_alloc(&fslot_kind);
	if (!port->cache)
		goto err_port;
	port->dev = dev;
	port->ops.hook = m46_fast_hook;
	port->ops.priv = port;
	port->ops.dev = dev;
	port->ops.pf = NFPROTO_NETDEV;
	port->ops.hooknum = NF_NETDEV_INGRESS;
	port->ops.priority = M46_FAST_PRIORITY;
	err = nf_register_net_hook(dev_net(dev), &port->ops);
	if (err)
		goto err_cache;
	list_add(&port->list, &m46_ports);
	return 0;

err_cache:
	m46_flows_free(port->cache, &fslot_kind);
err_port:
	kfree(port);
	return err;
}

static void port_del(struct m46_port *port)
{
	list_del(&port->list);
	nf_unregister_net_hook(dev_net(port->dev), &port->ops);
	synchronize_net();
	m46_flows_free(port->cache, &fslot_kind);
	kfree(port);
}

static bool port_is_used(const struct m46_port *port)
{
	struct net_device *dev;

	for_each_netdev(dev_net(port->dev), dev) {
		if (m46_is_m46(dev) && dev->reg_state == NETREG_REGISTERED &&
		    names(rtnl_dereference(((struct m46_dev *)
					    netdev_priv(dev))->cfg),
			  port->dev->ifindex))
			return true;
	}
	return false;
}

void m46_fast_leave(void)
{
	struct m46_port *port, *tmp;

	ASSERT_RTNL();
	list_for_each_entry_safe(port, tmp, &m46_ports, list) {
		if (!port_is_used(port))
			port_del(port);
	}
}

static int check_port(const struct net_device *dev, const struct nlattr *nla,
		      struct netlink_ext_ack *extack)
{
	if (!dev) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "fastpath: no such interface");
		return -ENODEV;
	}
	if (m46_is_m46(dev) || dev->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "fastpath: packets come in on no m46 device and not on lo");
		return -EINVAL;
	}
	return 0;
}

int m46_fast_join(struct m46_dev *m46, const struct m46_cfg *cfg,
		  const struct nlattr *nla, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	unsigned int i;
	int err = 0;

	ASSERT_RTNL();
	for (i = 0; !err && i < cfg->n_fast; i++) {
		dev = __dev_get_by_index(dev_net(m46->dev), cfg->fast[i]);
		err = check_port(dev, nla, extack);
		if (err || port_find(dev))
			continue;
		err = port_add(dev);
		if (err == -EOPNOTSUPP)
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "fastpath: this kernel has no ingress hooks");
	}
	if (err)
		m46_fast_leave();
	return err;
}

/* Readers may see the list half changed: it has no others than before. */
static void forget(struct m46_cfg *cfg, int ifindex)
{
	unsigned int i, n = 0;

	for (i = 0; i < cfg->n_fast; i++) {
		if (cfg->fast[i] != ifindex)
			WRITE_ONCE(cfg->fast[n++], cfg->fast[i]);
	}
	WRITE_ONCE(cfg->n_fast, n);
}

/* An interface goes, from the machine or to another namespace. */
static void forget_port(struct net_device *gone)
{
	struct m46_port *port = port_find(gone);
	struct net_device *dev;
	struct m46_dev *m46;

	if (!port)
		return;
	for_each_netdev(dev_net(gone), dev) {
		if (!m46_is_m46(dev))
			continue;
		m46 = netdev_priv(dev);
		forget(rtnl_dereference(m46->cfg), gone->ifindex);
	}
	port_del(port);
}

static int m46_fast_event(struct notifier_block *nb, unsigned long event,
			  void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct m46_dev *m46;

	/* up, down, into a VRF: whatever it was */
	if (m46_is_m46(dev) &&
	    ((struct m46_dev *)netdev_priv(dev))->mode == M46_MODE_6TO4)
		m46_tunnel_changed();
	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	forget_port(dev);
	if (!m46_is_m46(dev))
		return NOTIFY_DONE;
	m46 = netdev_priv(dev);
	if (rtnl_dereference(m46->cfg)->n_fast) {
		WRITE_ONCE(rtnl_dereference(m46->cfg)->n_fast, 0);
		m46_fast_leave();
	}
	return NOTIFY_DONE;
}

static struct notifier_block m46_fast_notifier = {
	.notifier_call = m46_fast_event,
};

int m46_fast_init(void)
{
	return register_netdevice_notifier(&m46_fast_notifier);
}

void m46_fast_exit(void)
{
	unregister_netdevice_notifier(&m46_fast_notifier);
}
