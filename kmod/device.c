// SPDX-License-Identifier: GPL-2.0
/*
 * The netdevice: rtnetlink operations and life cycle.
 *
 * Both sides of a device are dev_net(dev); it may move between namespaces, so
 * nothing here remembers one.
 */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip_tunnels.h>
#include <net/l3mdev.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "config.h"
#include "door.h"
#include "fast.h"
#include "flows.h"
#include "ident.h"
#include "keep.h"
#include "keep6.h"
#include "m46.h"
#include "md.h"
#include "nla.h"
#include "recipe.h"
#include "reply.h"
#include "table.h"
#include "tunnel.h"

/*
 * Segmentation is left to the device that sends in the end. GSO types that are
 * missing here (tunnels, fraglist) the core splits up before m46_xmit().
 */
#define M46_FEATURES	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |     \
			 NETIF_F_HW_CSUM | NETIF_F_ALL_TSO | NETIF_F_GSO_UDP_L4)

/* Mode adpt takes super-packets of IPv4 in IPv6, to decapsulate them. */
#define M46_ADPT_FEATURES	(M46_FEATURES | NETIF_F_GSO_IPXIP6)

/*
 * Everything that belongs to the device. Called once no reader is left; again
 * for what is gone already, since register_netdevice() calls the destructor in
 * some of the cases in which it fails.
 */
static void m46_dev_free(struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);

	kfree(rcu_dereference_protected(m46->cfg, 1));
	RCU_INIT_POINTER(m46->cfg, NULL);
	m46_md_free(rcu_dereference_protected(m46->md, 1));
	RCU_INIT_POINTER(m46->md, NULL);
	m46_table_put(m46->table);
	m46->table = NULL;
	m46_flows_free(m46->rtcache, &m46_rtslot_kind);
	m46->rtcache = NULL;
	m46_flows_free(m46->recipes, &m46_rslot_kind);
	m46->recipes = NULL;
	m46_flows_free(m46->keep, &m46_kept_kind);
	m46->keep = NULL;
	m46_flows_free(m46->idents, &m46_ident_kind);
	m46->idents = NULL;
	m46_flows_free(m46->keep6, &m46_kept6_kind);
	m46->keep6 = NULL;
	m46_stats_destroy(m46);
	free_percpu(dev->tstats);
	dev->tstats = NULL;
}

/* What the mode keeps: rules, entries and pools, or routes. */
static int m46_mode_init(struct m46_dev *m46)
{
	struct m46_md *md;

	m46->idents = m46_flows_alloc(&m46_ident_kind);
	m46->keep6 = m46_flows_alloc(&m46_kept6_kind);
	if (!m46->idents || !m46->keep6)
		return -ENOMEM;
	switch (m46->mode) {
	case M46_MODE_M46T:
		m46->table = m46_table_alloc(m46);
		if (!m46->table)
			return -ENOMEM;
		break;
	case M46_MODE_6TO4:
		m46->rtcache = m46_flows_alloc(&m46_rtslot_kind);
		return m46->rtcache ? 0 : -ENOMEM;
	default:
		md = m46_md_alloc();
		RCU_INIT_POINTER(m46->md, md);
		if (!md)
			return -ENOMEM;
	}
	m46->recipes = m46_flows_alloc(&m46_rslot_kind);
	/* what comes out of a tunnel is IPv6 */
	m46->keep = m46_flows_alloc(&m46_kept_kind);
	return m46->recipes && m46->keep ? 0 : -ENOMEM;
}

static int m46_dev_init(struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats || m46_stats_init(m46) || m46_mode_init(m46))
		goto err_free;
	m46_bucket_init(&m46->bucket, rtnl_dereference(m46->cfg)->burst);
	/* one neighbour for all IPv4 destinations, not one for each */
	if (m46->mode != M46_MODE_6TO4)
		dev->flags |= IFF_POINTOPOINT;
	return 0;

err_free:
	m46_dev_free(dev);
	return -ENOMEM;
}

static void m46_dev_uninit(struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);

	m46_load_abort(m46);
	if (m46->table)
		m46_sweep_stop(m46->table);
	m46_tunnel_listen(m46, NULL);
}

static int m46_dev_open(struct net_device *dev)
{
	struct inet6_dev *idev = __in6_dev_get(dev);

	/* no link-local address, hence no router solicitations either */
	if (idev)
		WRITE_ONCE(idev->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
	m46_door_open(netdev_priv(dev));
	return 0;
}

static int m46_tunnel_open(struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);
	int err;

	/* It may have been moved since, which closes a device. */
	err = m46_tunnel_listen(m46, rtnl_dereference(m46->cfg));
	if (err)
		return err;
	m46_tunnel_carrier(m46);
	return m46_dev_open(dev);
}

static int m46_dev_stop(struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);

	m46_door_shut(m46);
	/* until the last packet that has seen the device running is through */
	synchronize_net();
	m46_door_remove(m46);
	/* no route may be held when it moves to another namespace */
	m46_flows_flush(m46->rtcache, &m46_rtslot_kind);
	m46_flows_flush(m46->keep6, &m46_kept6_kind);
	m46_flows_flush(m46->keep, &m46_kept_kind);
	m46_flows_flush(m46->recipes, &m46_rslot_kind);
	return 0;
}

static const struct net_device_ops m46_netdev_ops = {
	.ndo_init		= m46_dev_init,
	.ndo_uninit		= m46_dev_uninit,
	.ndo_open		= m46_dev_open,
	.ndo_stop		= m46_dev_stop,
	.ndo_start_xmit		= m46_xmit,
	.ndo_get_stats64	= m46_get_stats64,
};

static const struct net_device_ops m46_tunnel_netdev_ops = {
	.ndo_init		= m46_dev_init,
	.ndo_uninit		= m46_dev_uninit,
	.ndo_open		= m46_tunnel_open,
	.ndo_stop		= m46_dev_stop,
	.ndo_start_xmit		= m46_encap_xmit,
	.ndo_get_stats64	= m46_get_stats64,
};

static const struct device_type m46_device_type = { .name = M46_LINK_KIND };

static void m46_setup(struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);

	m46->dev = dev;

	dev->netdev_ops = &m46_netdev_ops;
	/* packet sockets learn the protocol from the IP version */
	dev->header_ops = &ip_tunnel_header_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = m46_dev_free;

	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	/*
	 * The next hop's MTU decides, which is known only after translation:
	 * the core must neither fragment for the device nor answer in its
	 * place.
	 */
	dev->mtu = IP_MAX_MTU;
	dev->min_mtu = IPV6_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU;
	dev->priv_flags |= IFF_NO_QUEUE;

	dev->features |= M46_FEATURES;
	dev->hw_features |= M46_FEATURES;
	m46_set_lltx(dev);
	/* an ICMP error about a packet needs its route */
	netif_keep_dst(dev);

	SET_NETDEV_DEVTYPE(dev, &m46_device_type);
}

/*
 * rtnetlink ignores attributes it does not know inside IFLA_INFO_DATA. An
 * option that silently does nothing is a trap, so look at them again. So is one
 * that is given twice.
 */
static int m46_validate(struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	struct nlattr *nla;

	if (tb[IFLA_ADDRESS]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[IFLA_ADDRESS],
				    "device has no link-layer address");
		return -EINVAL;
	}
	if (!data || !tb[IFLA_LINKINFO])
		return 0;
	nla = nla_find_nested(tb[IFLA_LINKINFO], IFLA_INFO_DATA);
	if (!nla)
		return 0;
	return nla_validate_nested(nla, M46_DEV_A_MAX, m46_dev_policy,
				   extack) ? :
	       m46_nla_once_nested(nla, extack);
}

static unsigned int m46_tunnel_max_mtu(const struct m46_tun *tun)
{
	return tun->large_mtu ? M46_TUN_MTU_MAX : M46_TUN_MTU;
}

/*
 * A tunnel, other than a translator, has a MTU of its own (RFC 4213 3.2): one
 * that all can take, or the most that path MTU discovery could find.
 */
static int m46_tunnel_mtu(struct net_device *dev, const struct m46_tun *tun,
			  const struct nlattr *mtu,
			  struct netlink_ext_ack *extack)
{
	unsigned int max = m46_tunnel_max_mtu(tun);

	if (mtu && nla_get_u32(mtu) > max) {
		if (tun->large_mtu)
			NL_SET_ERR_MSG_ATTR(extack, mtu, "mtu over 65515");
		else
			NL_SET_ERR_MSG_ATTR(extack, mtu,
					    "mtu over 1480, which only large-mtu on allows");
		return -EINVAL;
	}
	dev->max_mtu = max;
	if (!mtu)
		dev->mtu = tun->pmtudisc ? M46_TUN_MTU : IPV6_MIN_MTU;
	return 0;
}

/* The VRF that a device is born into: rtnetlink puts it there afterwards. */
static int m46_birth_vrf(const struct net_device *dev,
			 const struct nlattr *master)
{
	const struct net_device *vrf = NULL;

	if (master)
		vrf = __dev_get_by_index(dev_net(dev), nla_get_u32(master));
	return vrf && netif_is_l3_master(vrf) ? vrf->ifindex : 0;
}

static int m46_tunnel_setup(struct net_device *dev,
			    const struct m46_cfg *cfg,
			    struct rtnl_newlink_params *params,
			    struct netlink_ext_ack *extack)
{
	int err;

	err = m46_tunnel_mtu(dev, &cfg->tun, params->tb[IFLA_MTU], extack);
	if (err)
		return err;
	err = m46_tunnel_check(netdev_priv(dev), cfg,
			       m46_birth_vrf(dev, params->tb[IFLA_MASTER]),
			       params->data[M46_DEV_A_TUNNEL], extack);
	if (err)
		return err;
	dev->netdev_ops = &m46_tunnel_netdev_ops;
	if (cfg->tun.kind == M46_TUN_CONFIGURED)
		dev->flags |= IFF_POINTOPOINT;
	return 0;
}

/* Once the device is registered, it can have packets. */
static int m46_tunnel_start(struct net_device *dev, const struct m46_cfg *cfg)
{
	int err;

	err = m46_tunnel_listen(netdev_priv(dev), cfg);
	if (err)
		unregister_netdevice(dev);
	else
		m46_tunnel_carrier(netdev_priv(dev));
	return err;
}

int m46_newlink(struct net_device *dev, struct rtnl_newlink_params *params,
		struct netlink_ext_ack *extack)
{
	struct m46_dev *m46 = netdev_priv(dev);
	struct m46_cfg *cfg;
	int err;

	if (!ipv6_mod_enabled()) {
		NL_SET_ERR_MSG(extack, "IPv6 is disabled on this machine");
		return -EOPNOTSUPP;
	}
	if (!params->data) {
		NL_SET_ERR_MSG(extack, "mode is missing");
		return -EINVAL;
	}
	cfg = m46_cfg_build(NULL, params->data, extack);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	m46->mode = cfg->mode;
	if (cfg->mode == M46_MODE_6TO4) {
		err = m46_tunnel_setup(dev, cfg, params, extack);
		if (err) {
			kfree(cfg);
			return err;
		}
	}
	if (cfg->mode == M46_MODE_ADPT) {
		dev->features |= M46_ADPT_FEATURES;
		dev->hw_features |= M46_ADPT_FEATURES;
		dev->hw_enc_features |= M46_ADPT_FEATURES;
	}
	m46_cfg_publish(m46, cfg);

	err = register_netdevice(dev);
	if (err) {
		if (dev->reg_state == NETREG_UNINITIALIZED)
			m46_dev_free(dev);
		return err;
	}
	err = m46_fast_join(m46, cfg, params->data[M46_DEV_A_FASTPATH], extack);
	if (err) {
		unregister_netdevice(dev);
		return err;
	}
	return cfg->mode == M46_MODE_6TO4 ? m46_tunnel_start(dev, cfg) : 0;
}

/*
 * A remote rule that pointed at an own prefix would make packets loop; one that
 * is not used any more would mislead.
 */
static int m46_check_rules(struct m46_dev *m46, const struct m46_cfg *cfg,
			   struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *prefixes = data[M46_DEV_A_PREFIXES];
	struct m46_md *md = rtnl_dereference(m46->md);
	const struct m46_pref6 *pref6;
	unsigned int i;

	if (data[M46_DEV_A_MD] && cfg->md == M46_MD_FIB && md->remote.count) {
		NL_SET_ERR_MSG_ATTR(extack, data[M46_DEV_A_MD],
				    "md: remote rules are pushed already, flush them first");
		return -EBUSY;
	}
	for (i = 0; md && i < cfg->n_prefix; i++) {
		pref6 = m46_md_pref6(md, cfg->prefix[i].addr.s6_addr32);
		if (pref6 && pref6->remote) {
			NL_SET_ERR_MSG_ATTR(extack, prefixes,
					    "own prefix is the target of a rule");
			return -EINVAL;
		}
	}
	return 0;
}

static int m46_tunnel_change(struct net_device *dev, const struct m46_cfg *cfg,
			     struct nlattr *data[],
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *nest = data[M46_DEV_A_TUNNEL];
	unsigned int max = m46_tunnel_max_mtu(&cfg->tun);
	struct m46_dev *m46 = netdev_priv(dev);
	int err;

	if (dev->mtu > max) {
		NL_SET_ERR_MSG_ATTR(extack,
				    m46_tunnel_attr(nest, M46_TUN_A_LARGE_MTU),
				    "large-mtu: the device's mtu is over 1480");
		return -EINVAL;
	}
	err = m46_tunnel_check(m46, cfg, l3mdev_master_ifindex(dev), nest,
			       extack);
	if (err)
		return err;
	err = m46_tunnel_listen(m46, cfg);
	if (!err)
		dev->max_mtu = max;
	return err;
}

static int m46_changelink(struct net_device *dev, struct nlattr *tb[],
			  struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct m46_dev *m46 = netdev_priv(dev);
	struct m46_cfg *cfg;
	int err;

	if (!data)
		return 0;
	cfg = m46_cfg_build(rtnl_dereference(m46->cfg), data, extack);
	if (IS_ERR(cfg))
		return PTR_ERR(cfg);
	err = m46_fast_join(m46, cfg, data[M46_DEV_A_FASTPATH], extack);
	if (err)
		goto err_free;
	err = m46->mode == M46_MODE_6TO4 ?
	      m46_tunnel_change(dev, cfg, data, extack) :
	      m46_check_rules(m46, cfg, data, extack);
	if (err)
		goto err_fast;
	m46_cfg_publish(m46, cfg);
	if (data[M46_DEV_A_FASTPATH])
		m46_fast_leave();
	if (m46->mode == M46_MODE_6TO4)
		m46_tunnel_carrier(m46);
	return 0;

err_fast:
	m46_fast_leave();
err_free:
	kfree(cfg);
	return err;
}

static size_t m46_get_size(const struct net_device *dev)
{
	return m46_cfg_size();
}

static int m46_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	struct m46_dev *m46 = netdev_priv(dev);
	int err;

	rcu_read_lock();
	err = m46_cfg_fill(skb, rcu_dereference(m46->cfg));
	rcu_read_unlock();
	return err;
}

struct rtnl_link_ops m46_link_ops __read_mostly = {
	.kind		= M46_LINK_KIND,
	.maxtype	= M46_DEV_A_MAX,
	.policy		= m46_dev_policy,
	.priv_size	= sizeof(struct m46_dev),
	.setup		= m46_setup,
	.validate	= m46_validate,
	.newlink	= m46_newlink_op,
	.changelink	= m46_changelink,
	.get_size	= m46_get_size,
	.fill_info	= m46_fill_info,
};

bool m46_is_m46(const struct net_device *dev)
{
	return dev->rtnl_link_ops == &m46_link_ops;
}
