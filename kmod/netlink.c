// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: devices and counters; rules, pools and entries
 * have files of their own. Only netlink*.c and event.c know attributes of the
 * family.
 *
 * What changes something runs under RTNL; dumps run under RCU, one message
 * buffer at a time, and find their device anew by its index each time.
 */
#include <linux/notifier.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "config.h"
#include "m46.h"
#include "netlink.h"
#include "nla.h"

const struct nla_policy m46_nl_dev_policy[M46_A_IFNAME + 1] = {
	[M46_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]	= { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
};

struct m46_dev *m46_nl_dev(struct net *net, struct nlattr *attrs[],
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *index = attrs[M46_A_IFINDEX];
	const struct nlattr *name = attrs[M46_A_IFNAME];
	const struct nlattr *guilty = index ? : name;
	struct net_device *dev = NULL;

	/* the _rcu getters serve callers that hold RTNL as well */
	rcu_read_lock();
	if (index)
		dev = dev_get_by_index_rcu(net, nla_get_u32(index));
	else if (name)
		dev = dev_get_by_name_rcu(net, nla_data(name));
	rcu_read_unlock();

	if (!guilty) {
		NL_SET_ERR_MSG(extack, "device is missing");
		return ERR_PTR(-EINVAL);
	}
	/* dying ones are in no list, but one may be on its way into them */
	if (!dev || dev->reg_state != NETREG_REGISTERED) {
		NL_SET_ERR_MSG_ATTR(extack, guilty, "no such device");
		return ERR_PTR(-ENODEV);
	}
	if (!m46_is_m46(dev)) {
		NL_SET_ERR_MSG_ATTR(extack, guilty, "not an m46 device");
		return ERR_PTR(-EOPNOTSUPP);
	}
	if (index && name && nla_strcmp(name, dev->name)) {
		NL_SET_ERR_MSG_ATTR(extack, name,
				    "index and name are of different devices");
		return ERR_PTR(-EINVAL);
	}
	return netdev_priv(dev);
}

int m46_nl_once(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack)
{
	return m46_nla_once(nlmsg_attrdata(nlh, GENL_HDRLEN),
			    nlmsg_attrlen(nlh, GENL_HDRLEN), 0, extack);
}

struct m46_dev *m46_nl_dev_of(struct net *net, struct nlattr *attrs[], u8 mode,
			      struct netlink_ext_ack *extack)
{
	struct m46_dev *m46 = m46_nl_dev(net, attrs, extack);

	if (IS_ERR(m46) || m46->mode == mode)
		return m46;
	if (mode == M46_MODE_M46T)
		NL_SET_ERR_MSG(extack, "device is not of mode m46t");
	else
		NL_SET_ERR_MSG(extack, "device is not of mode adpt");
	return ERR_PTR(-EOPNOTSUPP);
}

struct m46_dev *m46_nl_dev_from(struct net *net, int ifindex)
{
	struct net_device *dev, *best = NULL;

	for_each_netdev_rcu(net, dev) {
		if (m46_is_m46(dev) && dev->ifindex >= ifindex &&
		    (!best || dev->ifindex < best->ifindex))
			best = dev;
	}
	return best ? netdev_priv(best) : NULL;
}

int m46_nl_dump_dev(struct netlink_callback *cb, struct nlattr *attrs[],
		    u8 mode)
{
	struct m46_nl_dump *ctx = (void *)cb->ctx;
	struct net *net = sock_net(cb->skb->sk);
	struct m46_dev *m46;

	ctx->one = attrs[M46_A_IFINDEX] || attrs[M46_A_IFNAME];
	ctx->ifindex = 1;
	if (ctx->one) {
		m46 = mode ? m46_nl_dev_of(net, attrs, mode, cb->extack) :
			     m46_nl_dev(net, attrs, cb->extack);
		if (IS_ERR(m46))
			return PTR_ERR(m46);
		ctx->ifindex = m46->dev->ifindex;
	}
	ctx->begun = true;
	return 0;
}

int m46_nl_dump_begin(struct netlink_callback *cb, u8 mode)
{
	struct m46_nl_dump *ctx = (void *)cb->ctx;
	struct nlattr *attrs[M46_A_IFNAME + 1];
	int err;

	BUILD_BUG_ON(sizeof(*ctx) > sizeof(cb->ctx));

	if (ctx->begun)
		return 0;
	err = nlmsg_parse(cb->nlh, GENL_HDRLEN, attrs, M46_A_IFNAME,
			  m46_nl_dev_policy, cb->extack) ? :
	      m46_nl_once(cb->nlh, cb->extack);
	if (err)
		return err;
	return m46_nl_dump_dev(cb, attrs, mode);
}

int m46_nl_dump_next(const struct m46_nl_dump *ctx, const struct m46_dev *m46)
{
	int ifindex = m46->dev->ifindex;

	return ctx->one || ifindex == INT_MAX ? 0 : ifindex + 1;
}

int m46_nl_put_dev(struct sk_buff *skb, const struct m46_dev *m46)
{
	if (nla_put_u32(skb, M46_A_IFINDEX, m46->dev->ifindex) ||
	    nla_put_string(skb, M46_A_IFNAME, m46->dev->name))
		return -EMSGSIZE;
	return 0;
}

static size_t nl_put_dev_size(void)
{
	return nla_total_size(sizeof(u32)) + nla_total_size(IFNAMSIZ);
}

static int put_cfg(struct sk_buff *skb, struct m46_dev *m46)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, M46_A_DEV);
	if (!nest || m46_cfg_fill(skb, rcu_dereference(m46->cfg)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static size_t put_cfg_size(void)
{
	return nla_total_size(0) + m46_cfg_size();
}

static int put_counter(struct sk_buff *skb, struct m46_dev *m46,
		       enum m46_counter c)
{
	const struct m46_counter_desc *desc = &m46_counters[c];
	struct nlattr *nest;

	nest = nla_nest_start(skb, M46_A_COUNTER);
	if (!nest ||
	    nla_put_string(skb, M46_COUNTER_A_NAME, desc->name) ||
	    nla_put_u64_64bit(skb, M46_COUNTER_A_VALUE,
			      m46_counter_read(m46, c), M46_COUNTER_A_PAD) ||
	    (c < M46_DROP_MAX && nla_put_flag(skb, M46_COUNTER_A_DROP)) ||
	    nla_put_string(skb, M46_COUNTER_A_TEXT, desc->text))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counters(struct sk_buff *skb, struct m46_dev *m46)
{
	enum m46_counter c;

	for (c = M46_OK + 1; c < M46_COUNTER_MAX; c++) {
		if (put_counter(skb, m46, c))
			return -EMSGSIZE;
	}
	return 0;
}

static size_t put_counters_size(void)
{
	enum m46_counter c;
	size_t size = 0;

	for (c = M46_OK + 1; c < M46_COUNTER_MAX; c++)
		size += nla_total_size(0) +
			nla_total_size(strlen(m46_counters[c].name) + 1) +
			nla_total_size_64bit(sizeof(u64)) +
			nla_total_size(0) +
			nla_total_size(strlen(m46_counters[c].text) + 1);
	return size;
}

/**
 * struct m46_nl_kind - what is read of a device
 * @cmd: command of the messages
 * @put: adds it to a message
 * @size: bytes that @put needs at most
 */
struct m46_nl_kind {
	u8 cmd;
	int (*put)(struct sk_buff *skb, struct m46_dev *m46);
	size_t (*size)(void);
};

static const struct m46_nl_kind kind_dev = {
	M46_CMD_DEV_GET, put_cfg, put_cfg_size
};

static const struct m46_nl_kind kind_stats = {
	M46_CMD_STATS_GET, put_counters, put_counters_size
};

static size_t kind_msg_size(const struct m46_nl_kind *kind)
{
	return nlmsg_total_size(GENL_HDRLEN + nl_put_dev_size() +
				kind->size());
}

static int kind_put(struct sk_buff *skb, const struct m46_nl_kind *kind,
		    struct m46_dev *m46, u32 portid, u32 seq, int flags)
{
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &m46_genl_family, flags, kind->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (m46_nl_put_dev(skb, m46) || kind->put(skb, m46)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int kind_get(struct genl_info *info, const struct m46_nl_kind *kind)
{
	struct m46_dev *m46;
	struct sk_buff *msg;
	int err;

	err = m46_nl_once(info->nlhdr, info->extack);
	if (err)
		return err;
	msg = nlmsg_new(kind_msg_size(kind), GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	rcu_read_lock();
	m46 = m46_nl_dev(genl_info_net(info), info->attrs, info->extack);
	if (IS_ERR(m46))
		err = PTR_ERR(m46);
	else
		err = kind_put(msg, kind, m46, info->snd_portid, info->snd_seq,
			       0);
	rcu_read_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

static int kind_dump(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct m46_nl_kind *kind)
{
	struct m46_nl_dump *ctx = (void *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct m46_dev *m46;
	int err;

	rcu_read_lock();
	err = m46_nl_dump_begin(cb, 0);
	while (!err && ctx->ifindex) {
		m46 = m46_nl_dev_from(net, ctx->ifindex);
		if (!m46 || (ctx->one && m46->dev->ifindex != ctx->ifindex)) {
			ctx->ifindex = 0;
			break;
		}
		err = kind_put(skb, kind, m46, NETLINK_CB(cb->skb).portid,
			       cb->nlh->nlmsg_seq, NLM_F_MULTI);
		if (!err)
			ctx->ifindex = m46_nl_dump_next(ctx, m46);
	}
	rcu_read_unlock();
	return skb->len ? : err;
}

static int nl_dev_get(struct sk_buff *skb, struct genl_info *info)
{
	return kind_get(info, &kind_dev);
}

static int nl_dev_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return kind_dump(skb, cb, &kind_dev);
}

static int nl_stats_get(struct sk_buff *skb, struct genl_info *info)
{
	return kind_get(info, &kind_stats);
}

static int nl_stats_dump_start(struct netlink_callback *cb)
{
	/* the usual buffer is too small for all counters of a device */
	cb->min_dump_alloc = kind_msg_size(&kind_stats);
	return 0;
}

static int nl_stats_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return kind_dump(skb, cb, &kind_stats);
}

static int nl_stats_reset(struct sk_buff *skb, struct genl_info *info)
{
	struct m46_dev *m46;
	int err;

	err = m46_nl_once(info->nlhdr, info->extack);
	if (err)
		return err;
	rtnl_lock();
	m46 = m46_nl_dev(genl_info_net(info), info->attrs, info->extack);
	if (IS_ERR(m46))
		err = PTR_ERR(m46);
	else
		m46_counters_reset(m46);
	rtnl_unlock();
	return err;
}

static const struct genl_ops m46_genl_ops[] = {
	{
		.cmd		= M46_CMD_DEV_GET,
		.policy		= m46_nl_dev_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_dev_policy) - 1,
		.doit		= nl_dev_get,
		.dumpit		= nl_dev_dump,
	},
	{
		.cmd		= M46_CMD_RULE_NEW,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_rule_new_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_rule_new_policy) - 1,
		.doit		= m46_nl_rule_new,
	},
	{
		.cmd		= M46_CMD_RULE_DEL,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_rule_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_rule_policy) - 1,
		.doit		= m46_nl_rule_del,
	},
	{
		.cmd		= M46_CMD_RULE_GET,
		.policy		= m46_nl_rule_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_rule_policy) - 1,
		.doit		= m46_nl_rule_get,
		.dumpit		= m46_nl_rule_dump,
	},
	{
		.cmd		= M46_CMD_RULE_FLUSH,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_dev_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_dev_policy) - 1,
		.doit		= m46_nl_rule_flush,
	},
	{
		.cmd		= M46_CMD_RULE_LOAD,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_load_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_load_policy) - 1,
		.doit		= m46_nl_rule_load,
	},
	{
		.cmd		= M46_CMD_STATS_GET,
		.policy		= m46_nl_dev_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_dev_policy) - 1,
		.doit		= nl_stats_get,
		.start		= nl_stats_dump_start,
		.dumpit		= nl_stats_dump,
	},
	{
		.cmd		= M46_CMD_POOL_NEW,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_pool_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_pool_policy) - 1,
		.doit		= m46_nl_pool_new,
	},
	{
		.cmd		= M46_CMD_POOL_DEL,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_pool_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_pool_policy) - 1,
		.doit		= m46_nl_pool_del,
	},
	{
		.cmd		= M46_CMD_POOL_GET,
		.policy		= m46_nl_dev_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_dev_policy) - 1,
		.dumpit		= m46_nl_pool_dump,
	},
	{
		.cmd		= M46_CMD_ENTRY_NEW,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_entry_new_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_entry_new_policy) - 1,
		.doit		= m46_nl_entry_new,
	},
	{
		.cmd		= M46_CMD_ENTRY_DEL,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_entry_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_entry_policy) - 1,
		.doit		= m46_nl_entry_del,
	},
	{
		/* who has which address is not everybody's business */
		.cmd		= M46_CMD_ENTRY_GET,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_filter_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_filter_policy) - 1,
		.doit		= m46_nl_entry_get,
		.start		= m46_nl_entry_dump_start,
		.dumpit		= m46_nl_entry_dump,
		.done		= m46_nl_entry_dump_done,
	},
	{
		.cmd		= M46_CMD_ENTRY_FLUSH,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_filter_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_filter_policy) - 1,
		.doit		= m46_nl_entry_flush,
	},
	{
		.cmd		= M46_CMD_STATS_RESET,
		.flags		= GENL_UNS_ADMIN_PERM,
		.policy		= m46_nl_dev_policy,
		.maxattr	= ARRAY_SIZE(m46_nl_dev_policy) - 1,
		.doit		= nl_stats_reset,
	},
};

static const struct genl_multicast_group m46_genl_groups[] = {
	[M46_NL_GROUP_ENTRY]	= { .name = M46_MCGRP_ENTRY,
				    .flags = GENL_MCAST_CAP_NET_ADMIN },
	[M46_NL_GROUP_POOL]	= { .name = M46_MCGRP_POOL,
				    .flags = GENL_MCAST_CAP_NET_ADMIN },
};

struct genl_family m46_genl_family __ro_after_init = {
	.name		= M46_GENL_NAME,
	.version	= M46_GENL_VERSION,
	.maxattr	= M46_A_MAX,
	.netnsok	= true,
	/* RTNL and RCU are enough */
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= m46_genl_ops,
	.n_ops		= ARRAY_SIZE(m46_genl_ops),
	.mcgrps		= m46_genl_groups,
	.n_mcgrps	= ARRAY_SIZE(m46_genl_groups),
};

static int nl_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct netlink_notify *notify = ptr;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		m46_nl_socket_gone(notify->net, notify->portid);
	return NOTIFY_DONE;
}

static struct notifier_block nl_notifier = {
	.notifier_call = nl_event,
};

int m46_genl_init(void)
{
	int err;

	err = netlink_register_notifier(&nl_notifier);
	if (err)
		return err;
	err = genl_register_family(&m46_genl_family);
	if (err)
		netlink_unregister_notifier(&nl_notifier);
	return err;
}

void m46_genl_exit(void)
{
	genl_unregister_family(&m46_genl_family);
	netlink_unregister_notifier(&nl_notifier);
}
