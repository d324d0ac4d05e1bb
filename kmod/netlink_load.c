// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: a load puts a whole database of rules in the
 * place of another one at once, after any number of messages.
 */
#include <linux/list.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "config.h"
#include "m46.h"
#include "md.h"
#include "netlink.h"
#include "netlink_rule.h"
#include "nla.h"

/*
 * Without the policy of what is inside RULE: that is applied in the handler,
 * so that a bad rule reaches it and ends the load.
 */
const struct nla_policy m46_nl_load_policy[M46_A_RULE_COUNT + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_RULE]		= { .type = NLA_NESTED },
	[M46_A_LOAD_FLAGS]	= NLA_POLICY_MASK(NLA_U32, M46_LOAD_BEGIN |
						  M46_LOAD_COMMIT),
	[M46_A_RULE_COUNT]	= { .type = NLA_U32 },
};

/* All loads in progress. */
static LIST_HEAD(m46_loads);
/* Protects m46_loads beside RTNL, so that it can be looked at without. */
static DEFINE_SPINLOCK(m46_loads_lock);

static void load_end(struct m46_load *load)
{
	load->m46->load = NULL;
	spin_lock(&m46_loads_lock);
	list_del(&load->list);
	spin_unlock(&m46_loads_lock);
	m46_md_free(load->md);
	kfree(load);
}

void m46_load_abort(struct m46_dev *m46)
{
	ASSERT_RTNL();

	if (m46->load)
		load_end(m46->load);
}

/* A load of this socket was listed before the socket could close. */
static bool has_load(const struct net *net, u32 portid)
{
	const struct m46_load *load;
	bool found = false;

	spin_lock(&m46_loads_lock);
	list_for_each_entry(load, &m46_loads, list)
		found |= load->net == net && load->portid == portid;
	spin_unlock(&m46_loads_lock);
	return found;
}

void m46_nl_socket_gone(const struct net *net, u32 portid)
{
	struct m46_load *load, *tmp;

	/* this is called for every socket of the machine that closes */
	if (!has_load(net, portid))
		return;

	rtnl_lock();
	list_for_each_entry_safe(load, tmp, &m46_loads, list) {
		if (load->net == net && load->portid == portid)
			load_end(load);
	}
	rtnl_unlock();
}

static int load_begin(struct m46_dev *m46, struct genl_info *info)
{
	struct m46_load *load;

	m46_load_abort(m46);

	load = kzalloc(sizeof(*load), GFP_KERNEL_ACCOUNT);
	if (!load)
		return -ENOMEM;
	load->md = m46_md_alloc();
	if (!load->md) {
		kfree(load);
		return -ENOMEM;
	}
	m46_md_fill(load->md, true);
	load->m46 = m46;
	load->net = genl_info_net(info);
	load->portid = info->snd_portid;
	spin_lock(&m46_loads_lock);
	list_add(&load->list, &m46_loads);
	spin_unlock(&m46_loads_lock);
	m46->load = load;
	return 0;
}

static int load_add(struct m46_load *load, struct genl_info *info)
{
	const struct m46_cfg *cfg = rtnl_dereference(load->m46->cfg);
	const struct nlattr *nla;
	int err, rem;

	nlmsg_for_each_attr(nla, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(nla) != M46_A_RULE)
			continue;
		err = m46_nl_add_rule(load->md, cfg, nla, true, info->extack);
		if (err)
			return err;
	}
	return 0;
}

static int load_commit(struct m46_load *load, struct genl_info *info)
{
	const struct m46_cfg *cfg = rtnl_dereference(load->m46->cfg);
	const struct nlattr *count = info->attrs[M46_A_RULE_COUNT];
	const struct m46_pref6 *pref6;
	unsigned int i;

	if (!count) {
		NL_SET_ERR_MSG(info->extack, "number of rules is missing");
		return -EINVAL;
	}
	if (nla_get_u32(count) !=
	    load->md->remote.count + load->md->local.count) {
		NL_SET_ERR_MSG_ATTR(info->extack, count,
				    "not as many rules have arrived");
		return -EINVAL;
	}
	/* the settings may have changed since the rules came in */
	if (cfg->md == M46_MD_FIB && load->md->remote.count) {
		NL_SET_ERR_MSG(info->extack,
			       "md is fib: rules are IPv4 routes via inet6 into the device");
		return -EOPNOTSUPP;
	}
	for (i = 0; i < cfg->n_prefix; i++) {
		pref6 = m46_md_pref6(load->md, cfg->prefix[i].addr.s6_addr32);
		if (pref6 && pref6->remote) {
			NL_SET_ERR_MSG(info->extack,
				       "a rule points at an own prefix");
			return -EINVAL;
		}
	}
	m46_nl_md_replace(load->m46, load->md);
	load->md = NULL;
	load_end(load);
	return 0;
}

static bool load_is_foreign(const struct m46_load *load,
			    struct genl_info *info)
{
	return load && (load->net != genl_info_net(info) ||
			load->portid != info->snd_portid);
}

static int load_step(struct m46_dev *m46, struct genl_info *info, u32 flags)
{
	int err;

	if (flags & M46_LOAD_BEGIN) {
		err = load_begin(m46, info);
		if (err)
			return err;
	}
	if (!m46->load) {
		NL_SET_ERR_MSG(info->extack, "no load in progress");
		return -EINVAL;
	}
	err = m46_nla_once(nlmsg_attrdata(info->nlhdr, GENL_HDRLEN),
			   nlmsg_attrlen(info->nlhdr, GENL_HDRLEN),
			   BIT_ULL(M46_A_RULE), info->extack) ? :
	      load_add(m46->load, info);
	if (!err && flags & M46_LOAD_COMMIT)
		err = load_commit(m46->load, info);
	return err;
}

int m46_nl_rule_load(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nla = info->attrs[M46_A_LOAD_FLAGS];
	u32 flags = nla ? nla_get_u32(nla) : 0;
	struct m46_dev *m46;
	int err;

	rtnl_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs,
			    M46_MODE_ADPT, info->extack);
	if (IS_ERR(m46)) {
		err = PTR_ERR(m46);
		goto out;
	}
	/* the device has been moved since: nobody could end it any more */
	if (m46->load && m46->load->net != genl_info_net(info))
		m46_load_abort(m46);
	if (load_is_foreign(m46->load, info)) {
		NL_SET_ERR_MSG(info->extack, "another load is in progress");
		err = -EBUSY;
		goto out;
	}
	err = load_step(m46, info, flags);
	if (err)
		m46_load_abort(m46);
out:
	rtnl_unlock();
	return err;
}
