// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: entries. None of it takes RTNL: a table is
 * protected by its own lock, and by RCU or a reference while it is used.
 */
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "config.h"
#include "m46.h"
#include "netlink.h"
#include "netlink_entry.h"
#include "nla.h"
#include "table.h"

static struct netlink_range_validation expires_range = {
	.max = 604800,
};

const struct nla_policy m46_entry_policy[M46_ENTRY_A_MAX + 1] = {
	[M46_ENTRY_A_IPV6]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[M46_ENTRY_A_IPV4]	= NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[M46_ENTRY_A_TYPE]	= NLA_POLICY_RANGE(NLA_U8, M46_ENTRY_STATIC,
						   M46_ENTRY_DYNAMIC),
	[M46_ENTRY_A_EXPIRES]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&expires_range),
};

const struct nla_policy m46_nl_entry_policy[M46_A_ENTRY + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_ENTRY]		= NLA_POLICY_NESTED(m46_entry_policy),
};

const struct nla_policy m46_nl_entry_new_policy[M46_A_ENTRY + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_REPLACE]		= { .type = NLA_FLAG },
	[M46_A_ENTRY]		= NLA_POLICY_NESTED(m46_entry_policy),
};

/* ---------------------------------------------------------- what comes in */

static int parse_entry(const struct genl_info *info, struct nlattr *tb[])
{
	const struct nlattr *nest = info->attrs[M46_A_ENTRY];

	if (!nest) {
		NL_SET_ERR_MSG(info->extack, "entry is missing");
		return -EINVAL;
	}
	return m46_nl_once(info->nlhdr, info->extack) ? :
	       nla_parse_nested(tb, M46_ENTRY_A_MAX, nest, m46_entry_policy,
				info->extack) ? :
	       m46_nla_once_nested(nest, info->extack);
}

static int check_ipv6(const struct m46_cfg *cfg, const struct nlattr *nla,
		      struct in6_addr *ipv6, struct netlink_ext_ack *extack)
{
	const struct m46_prefix6 *p = &cfg->prefix[0];

	*ipv6 = nla_get_in6_addr(nla);
	if (m46_unmappable6(ipv6)) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "IPv6 address is not one of a host");
		return -EINVAL;
	}
	if (ipv6_prefix_equal(ipv6, &p->addr, p->len)) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "IPv6 address is inside the device's own prefix");
		return -EINVAL;
	}
	if (m46_is_wkp(ipv6->s6_addr32)) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "IPv6 address is inside 64:ff9b::/96");
		return -EINVAL;
	}
	return 0;
}

static int check_spec(const struct m46_cfg *cfg, const struct nlattr *nest,
		      struct nlattr *tb[], struct m46_entry_spec *spec,
		      struct netlink_ext_ack *extack)
{
	int err;

	if (!tb[M46_ENTRY_A_IPV6]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "entry without IPv6 address");
		return -EINVAL;
	}
	if (!tb[M46_ENTRY_A_IPV4]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "entry without IPv4 address");
		return -EINVAL;
	}
	err = check_ipv6(cfg, tb[M46_ENTRY_A_IPV6], &spec->ipv6, extack);
	if (err)
		return err;
	spec->ipv4 = nla_get_be32(tb[M46_ENTRY_A_IPV4]);
	if (m46_martian4(spec->ipv4)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_ENTRY_A_IPV4],
				    "IPv4 address is not unicast");
		return -EINVAL;
	}
	spec->type = tb[M46_ENTRY_A_TYPE] ? nla_get_u8(tb[M46_ENTRY_A_TYPE]) :
					    M46_ENTRY_STATIC;
	spec->expires = cfg->expires;
	if (!tb[M46_ENTRY_A_EXPIRES])
		return 0;
	if (spec->type != M46_ENTRY_DYNAMIC) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_ENTRY_A_EXPIRES],
				    "static entries do not expire");
		return -EINVAL;
	}
	spec->expires = nla_get_u32(tb[M46_ENTRY_A_EXPIRES]);
	return 0;
}

static int add_entry(struct m46_dev *m46, const struct genl_info *info,
		     struct nlattr *tb[])
{
	const struct nlattr *nest = info->attrs[M46_A_ENTRY];
	struct m46_entry_spec spec;
	int err;

	err = check_spec(rcu_dereference(m46->cfg), nest, tb, &spec,
			 info->extack);
	if (err)
		return err;
	err = m46_entry_add(m46->table, &spec,
			    !nla_get_flag(info->attrs[M46_A_REPLACE]),
			    info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, nest);
	return err;
}

int m46_nl_entry_new(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[M46_ENTRY_A_MAX + 1];
	struct m46_dev *m46;
	int err;

	err = parse_entry(info, tb);
	if (err)
		return err;

	rcu_read_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs, M46_MODE_M46T,
			    info->extack);
	err = IS_ERR(m46) ? PTR_ERR(m46) : add_entry(m46, info, tb);
	rcu_read_unlock();
	return err;
}

/* The entry that both addresses, as far as they are given, belong to. */
static struct m46_entry *find_entry(struct m46_table *t, struct nlattr *tb[],
				    struct netlink_ext_ack *extack)
{
	struct m46_entry *e = NULL, *e4 = NULL;
	struct in6_addr ipv6;

	if (!tb[M46_ENTRY_A_IPV6] && !tb[M46_ENTRY_A_IPV4]) {
		NL_SET_ERR_MSG(extack, "entry without address");
		return ERR_PTR(-EINVAL);
	}
	if (tb[M46_ENTRY_A_IPV6]) {
		ipv6 = nla_get_in6_addr(tb[M46_ENTRY_A_IPV6]);
		e = m46_entry_by6(t, &ipv6);
	}
	if (tb[M46_ENTRY_A_IPV4]) {
		e4 = m46_entry_by4(t, nla_get_be32(tb[M46_ENTRY_A_IPV4]));
		if (!tb[M46_ENTRY_A_IPV6])
			e = e4;
		else if (e != e4)
			e = NULL;
	}
	if (!e) {
		NL_SET_ERR_MSG(extack, "no such entry");
		return ERR_PTR(-ENOENT);
	}
	return e;
}

static int delete_entry(struct m46_table *t, const struct genl_info *info,
			struct nlattr *tb[])
{
	struct m46_entry *e;
	int err = 0;

	spin_lock_bh(&t->lock);
	e = find_entry(t, tb, info->extack);
	if (IS_ERR(e)) {
		err = PTR_ERR(e);
	} else if (e->type == M46_ENTRY_DORMANT) {
		NL_SET_ERR_MSG(info->extack, "entry is dormant already");
		err = -ENOENT;
	} else {
		m46_entry_delete(t, e, m46_ticks());
	}
	spin_unlock_bh(&t->lock);
	if (err)
		NL_SET_BAD_ATTR(info->extack, info->attrs[M46_A_ENTRY]);
	return err;
}

int m46_nl_entry_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[M46_ENTRY_A_MAX + 1];
	struct m46_dev *m46;
	int err;

	err = parse_entry(info, tb);
	if (err)
		return err;
	rcu_read_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs, M46_MODE_M46T,
			    info->extack);
	err = IS_ERR(m46) ? PTR_ERR(m46) : delete_entry(m46->table, info, tb);
	rcu_read_unlock();
	return err;
}

/* ----------------------------------------------------------- what goes out */

/* Of an entry that nobody has looked at since its deadline: dormant. */
u8 m46_nl_entry_type(const struct m46_entry *e, u32 now)
{
	u8 type = READ_ONCE(e->type);

	return type == M46_ENTRY_DYNAMIC && !m46_entry_live(e, now) ?
	       M46_ENTRY_DORMANT : type;
}

static u32 entry_expires(const struct m46_table *t, const struct m46_entry *e,
			 u8 type, u32 now)
{
	const struct m46_cfg *cfg;
	u32 rest, since, left;

	/* under the lock, softirqs are off */
	cfg = rcu_dereference_check(t->m46->cfg, rcu_read_lock_bh_held());
	if (type == M46_ENTRY_DYNAMIC) {
		left = m46_ticks_to_seconds(READ_ONCE(e->deadline) - now);
		/* packets set deadlines a little late, see m46_deadline() */
		return left - cfg->expires <= 2 ? cfg->expires : left;
	}
	since = READ_ONCE(e->type) == M46_ENTRY_DORMANT ? READ_ONCE(e->since) :
							  now;
	rest = m46_ticks_from(cfg->reuse_after);
	return m46_ticks_to_seconds(since + rest - now);
}

static int put_entry(struct sk_buff *skb, const struct m46_table *t,
		     const struct m46_entry *e, u8 type, u32 now)
{
	struct nlattr *nest = nla_nest_start(skb, M46_A_ENTRY);

	if (!nest ||
	    nla_put_in6_addr(skb, M46_ENTRY_A_IPV6, &e->ipv6) ||
	    nla_put_in_addr(skb, M46_ENTRY_A_IPV4, e->ipv4) ||
	    nla_put_u8(skb, M46_ENTRY_A_TYPE, type) ||
	    (type != M46_ENTRY_STATIC &&
	     nla_put_u32(skb, M46_ENTRY_A_EXPIRES,
			 entry_expires(t, e, type, now))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int m46_nl_put_entry(struct sk_buff *skb, const struct m46_table *t,
		     const struct m46_entry *e, u32 now)
{
	return put_entry(skb, t, e, m46_nl_entry_type(e, now), now);
}

int m46_nl_put_entry_msg(struct sk_buff *skb, const struct m46_dev *m46,
			 const struct m46_entry *e, u8 type, u32 portid,
			 u32 seq, struct netlink_callback *cb)
{
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &m46_genl_family,
			  cb ? NLM_F_MULTI : 0, M46_CMD_ENTRY_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (m46_nl_put_dev(skb, m46) ||
	    put_entry(skb, m46->table, e, type, m46_ticks())) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int get_entry(struct sk_buff *msg, struct genl_info *info,
		     struct nlattr *tb[])
{
	struct m46_entry *e;
	struct m46_dev *m46;
	u8 type;

	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs, M46_MODE_M46T,
			    info->extack);
	if (IS_ERR(m46))
		return PTR_ERR(m46);
	e = find_entry(m46->table, tb, info->extack);
	if (IS_ERR(e)) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[M46_A_ENTRY]);
		return PTR_ERR(e);
	}
	type = m46_nl_entry_type(e, m46_ticks());
	if (type == M46_ENTRY_GONE) {
		NL_SET_ERR_MSG(info->extack, "no such entry");
		return -ENOENT;
	}
	return m46_nl_put_entry_msg(msg, m46, e, type, info->snd_portid,
				    info->snd_seq, NULL);
}

int m46_nl_entry_get(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[M46_ENTRY_A_MAX + 1];
	struct sk_buff *msg;
	int err;

	if (info->attrs[M46_A_FILTER]) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[M46_A_FILTER],
				    "one entry is looked up by address");
		return -EINVAL;
	}
	err = parse_entry(info, tb);
	if (err)
		return err;
	msg = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	rcu_read_lock();
	err = get_entry(msg, info, tb);
	rcu_read_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}
