// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: mapping rules. */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "config.h"
#include "m46.h"
#include "md.h"
#include "netlink.h"
#include "netlink_rule.h"
#include "nla.h"

static const struct nla_policy rule_policy[M46_RULE_A_MAX + 1] = {
	[M46_RULE_A_DST]	= NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[M46_RULE_A_DST_PREFIXLEN]	= NLA_POLICY_MAX(NLA_U8, 32),
	[M46_RULE_A_VIA]	= NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[M46_RULE_A_VIA_PREFIXLEN]	= NLA_POLICY_RANGE(NLA_U8, 1, 96),
	[M46_RULE_A_METHOD]	= NLA_POLICY_RANGE(NLA_U8, M46_METHOD_TRANSLATE,
						   M46_METHOD_ENCAP),
	[M46_RULE_A_LOCAL]	= { .type = NLA_FLAG },
};

const struct nla_policy m46_nl_rule_policy[M46_A_RULE + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_RULE]		= NLA_POLICY_NESTED(rule_policy),
};

const struct nla_policy m46_nl_rule_new_policy[M46_A_RULE + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_REPLACE]		= { .type = NLA_FLAG },
	[M46_A_RULE]		= NLA_POLICY_NESTED(rule_policy),
};

/* Is the whole of an IPv4 prefix where no rule can send anything? */
static bool dst_is_bad(u32 addr, u8 len)
{
	/* no host bits: that this is multicast or above, all of it is */
	if (addr >= 0xe0000000)
		return true;
	return len >= 8 && (addr >> 24 == 0 || addr >> 24 == 127);
}

static int parse_nest(struct nlattr *tb[], const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	return nla_parse_nested(tb, M46_RULE_A_MAX, nest, rule_policy,
				extack) ? :
	       m46_nla_once_nested(nest, extack);
}

static int parse_dst(struct nlattr *tb[], const struct nlattr *nest,
		     struct m46_rule_spec *spec, struct netlink_ext_ack *extack)
{
	const struct nlattr *dst = tb[M46_RULE_A_DST];
	const struct nlattr *len = tb[M46_RULE_A_DST_PREFIXLEN];

	if (!dst || !len) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "rule without IPv4 prefix or its length");
		return -EINVAL;
	}
	spec->dst = be32_to_cpu(nla_get_be32(dst));
	spec->dst_len = nla_get_u8(len);
	if (spec->dst_len < 32 && spec->dst & (~0U >> spec->dst_len)) {
		NL_SET_ERR_MSG_ATTR(extack, dst,
				    "IPv4 prefix has bits set beyond its length");
		return -EINVAL;
	}
	if (dst_is_bad(spec->dst, spec->dst_len)) {
		NL_SET_ERR_MSG_ATTR(extack, dst,
				    "IPv4 prefix is in 0/8, 127/8, 224/4 or 240/4");
		return -EINVAL;
	}
	return 0;
}

static int parse_via(struct nlattr *tb[], const struct nlattr *nest,
		     struct m46_rule_spec *spec, struct netlink_ext_ack *extack)
{
	const struct nlattr *via = tb[M46_RULE_A_VIA];
	const struct nlattr *len = tb[M46_RULE_A_VIA_PREFIXLEN];
	struct m46_prefix6 prefix;
	int err;

	if (!via || !len) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "rule without mapping prefix or its length");
		return -EINVAL;
	}
	prefix.addr = nla_get_in6_addr(via);
	prefix.len = nla_get_u8(len);
	err = m46_prefix6_check(&prefix, via, extack);
	if (err)
		return err;
	spec->via = prefix.addr;
	spec->via_len = prefix.len;
	return 0;
}

/* All of a rule that is to be added. */
static int parse_rule(const struct nlattr *nest, struct m46_rule_spec *spec,
		      const struct m46_cfg *cfg, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_RULE_A_MAX + 1];
	int err;

	err = parse_nest(tb, nest, extack);
	if (err)
		return err;
	err = parse_dst(tb, nest, spec, extack);
	if (err)
		return err;
	err = parse_via(tb, nest, spec, extack);
	if (err)
		return err;

	spec->method = tb[M46_RULE_A_METHOD] ?
		       nla_get_u8(tb[M46_RULE_A_METHOD]) : 0;
	spec->local = nla_get_flag(tb[M46_RULE_A_LOCAL]);
	if (!spec->local && cfg->md == M46_MD_FIB) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "md is fib: rules are IPv4 routes via inet6 into the device");
		return -EOPNOTSUPP;
	}
	if (!spec->local && m46_cfg_is_own(cfg, &spec->via)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_RULE_A_VIA],
				    "rule points at an own prefix");
		return -EINVAL;
	}
	if (spec->local && spec->method) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_RULE_A_METHOD],
				    "local rule with a method: those of rules to other edges count");
		return -EINVAL;
	}
	return 0;
}

int m46_nl_add_rule(struct m46_md *md, const struct m46_cfg *cfg,
		    const struct nlattr *nest, bool excl,
		    struct netlink_ext_ack *extack)
{
	struct m46_rule_spec spec;
	int err;

	err = parse_rule(nest, &spec, cfg, extack);
	if (err)
		return err;
	err = m46_md_set(md, &spec, excl, extack);
	if (err)
		NL_SET_BAD_ATTR(extack, nest);
	return err;
}

/* The RULE attribute of a message that may have one. */
static const struct nlattr *only_rule(struct genl_info *info)
{
	const struct nlattr *rule = info->attrs[M46_A_RULE];
	int err;

	if (!rule) {
		NL_SET_ERR_MSG(info->extack, "rule is missing");
		return ERR_PTR(-EINVAL);
	}
	err = m46_nl_once(info->nlhdr, info->extack);
	return err ? ERR_PTR(err) : rule;
}

int m46_nl_rule_new(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *rule;
	struct m46_dev *m46;
	int err;

	rule = only_rule(info);
	if (IS_ERR(rule))
		return PTR_ERR(rule);

	rtnl_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs,
			    M46_MODE_ADPT, info->extack);
	if (IS_ERR(m46))
		err = PTR_ERR(m46);
	else
		err = m46_nl_add_rule(rtnl_dereference(m46->md),
				      rtnl_dereference(m46->cfg), rule,
				      !nla_get_flag(info->attrs[M46_A_REPLACE]),
				      info->extack);
	rtnl_unlock();
	return err;
}

static int del_rule(struct m46_md *md, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_RULE_A_MAX + 1];
	struct m46_rule_spec spec;
	bool via;
	int err;

	err = parse_nest(tb, nest, extack);
	if (err)
		return err;
	err = parse_dst(tb, nest, &spec, extack);
	if (err)
		return err;
	via = tb[M46_RULE_A_VIA] || tb[M46_RULE_A_VIA_PREFIXLEN];
	if (via) {
		err = parse_via(tb, nest, &spec, extack);
		if (err)
			return err;
	}
	err = m46_md_del(md, spec.dst, spec.dst_len,
			 nla_get_flag(tb[M46_RULE_A_LOCAL]),
			 via ? &spec.via : NULL, spec.via_len, extack);
	if (err)
		NL_SET_BAD_ATTR(extack, nest);
	return err;
}

int m46_nl_rule_del(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *rule;
	struct m46_dev *m46;
	int err;

	rule = only_rule(info);
	if (IS_ERR(rule))
		return PTR_ERR(rule);

	rtnl_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs,
			    M46_MODE_ADPT, info->extack);
	if (IS_ERR(m46))
		err = PTR_ERR(m46);
	else
		err = del_rule(rtnl_dereference(m46->md), rule, info->extack);
	rtnl_unlock();
	return err;
}

static int put_rule(struct sk_buff *skb, const struct m46_rule *rule, u32 dst,
		    u8 dst_len)
{
	struct in6_addr via = { };
	struct nlattr *nest;

	memcpy(&via, rule->pref6->top, sizeof(rule->pref6->top));
	nest = nla_nest_start(skb, M46_A_RULE);
	if (!nest ||
	    nla_put_in_addr(skb, M46_RULE_A_DST, cpu_to_be32(dst)) ||
	    nla_put_u8(skb, M46_RULE_A_DST_PREFIXLEN, dst_len) ||
	    nla_put_in6_addr(skb, M46_RULE_A_VIA, &via) ||
	    nla_put_u8(skb, M46_RULE_A_VIA_PREFIXLEN, rule->via_len) ||
	    (rule->method &&
	     nla_put_u8(skb, M46_RULE_A_METHOD, rule->method)) ||
	    (rule->local && nla_put_flag(skb, M46_RULE_A_LOCAL)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* cb: the message is part of this dump; NULL: it is a reply of its own. */
static int put_rule_msg(struct sk_buff *skb, const struct m46_dev *m46,
			const struct m46_rule *rule, u32 dst, u8 dst_len,
			u32 portid, u32 seq, struct netlink_callback *cb)
{
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &m46_genl_family,
			  cb ? NLM_F_MULTI : 0, M46_CMD_RULE_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (m46_nl_put_dev(skb, m46) || put_rule(skb, rule, dst, dst_len)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* The address that RULE_GET asks for. */
static int parse_addr(const struct nlattr *nest, u32 *addr, bool *local,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_RULE_A_MAX + 1];
	int err;

	err = parse_nest(tb, nest, extack);
	if (err)
		return err;
	if (!tb[M46_RULE_A_DST]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "address is missing");
		return -EINVAL;
	}
	if (tb[M46_RULE_A_DST_PREFIXLEN] &&
	    nla_get_u8(tb[M46_RULE_A_DST_PREFIXLEN]) != 32) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_RULE_A_DST_PREFIXLEN],
				    "one address is looked up, not a prefix");
		return -EINVAL;
	}
	if (tb[M46_RULE_A_VIA] || tb[M46_RULE_A_VIA_PREFIXLEN] ||
	    tb[M46_RULE_A_METHOD]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "rules are looked up by address alone");
		return -EINVAL;
	}
	*addr = be32_to_cpu(nla_get_be32(tb[M46_RULE_A_DST]));
	*local = nla_get_flag(tb[M46_RULE_A_LOCAL]);
	return 0;
}

static int get_rule(struct sk_buff *msg, struct genl_info *info, u32 addr,
		    bool local)
{
	const struct m46_rule *rule;
	struct m46_dev *m46;
	struct m46_md *md;
	u8 len;

	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs,
			    M46_MODE_ADPT, info->extack);
	if (IS_ERR(m46))
		return PTR_ERR(m46);
	if (!local && rcu_dereference(m46->cfg)->md == M46_MD_FIB) {
		NL_SET_ERR_MSG(info->extack,
			       "md is fib: ask the IPv4 routing table");
		return -EOPNOTSUPP;
	}
	md = rcu_dereference(m46->md);
	rule = m46_lpm_match(local ? &md->local : &md->remote, addr, &len);
	if (!rule) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[M46_A_RULE],
				    "no rule for this address");
		return -ENOENT;
	}
	return put_rule_msg(msg, m46, rule, addr & m46_mask4(len), len,
			    info->snd_portid, info->snd_seq, NULL);
}

int m46_nl_rule_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *nest;
	struct sk_buff *msg;
	bool local;
	u32 addr;
	int err;

	nest = only_rule(info);
	if (IS_ERR(nest))
		return PTR_ERR(nest);
	err = parse_addr(nest, &addr, &local, info->extack);
	if (err)
		return err;
	msg = nlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	rcu_read_lock();
	err = get_rule(msg, info, addr, local);
	rcu_read_unlock();
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/**
 * struct rule_dump - state of a dump of rules
 * @nl: which devices
 * @addr: address of the next prefix of the device whose turn it is
 * @len: its length
 * @local: it is among the local rules
 */
struct rule_dump {
	struct m46_nl_dump nl;
	u32 addr;
	u8 len;
	bool local;
};

/* Generation of what a dump shows: of one device, or (0) the sum of all. */
static u32 rule_dump_seq(struct net *net, int ifindex)
{
	struct net_device *dev;
	u32 seq = 0;

	for_each_netdev_rcu(net, dev) {
		struct m46_dev *m46 = netdev_priv(dev);

		if (m46_is_m46(dev) && rcu_access_pointer(m46->md) &&
		    (!ifindex || dev->ifindex == ifindex))
			seq += READ_ONCE(rcu_dereference(m46->md)->gen);
	}
	return seq ? : 1;
}

/* Arguments of rule_dump_one() */
struct rule_dump_arg {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	const struct m46_dev *m46;
};

static int rule_dump_one(u32 addr, u8 len, void *value, void *arg)
{
	const struct rule_dump_arg *a = arg;
	struct rule_dump *ctx = (void *)a->cb->ctx;
	int err;

	err = put_rule_msg(a->skb, a->m46, value, addr, len,
			   NETLINK_CB(a->cb->skb).portid,
			   a->cb->nlh->nlmsg_seq, a->cb);
	if (err) {
		ctx->addr = addr;
		ctx->len = len;
	}
	return err;
}

static int rule_dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct m46_dev *m46)
{
	struct rule_dump_arg arg = { .skb = skb, .cb = cb, .m46 = m46 };
	const struct m46_md *md = rcu_dereference(m46->md);
	struct rule_dump *ctx = (void *)cb->ctx;
	int err;

	if (!ctx->local) {
		err = m46_lpm_walk(&md->remote, ctx->addr, ctx->len,
				   rule_dump_one, &arg);
		if (err)
			return err;
		ctx->local = true;
		ctx->addr = 0;
		ctx->len = 0;
	}
	return m46_lpm_walk(&md->local, ctx->addr, ctx->len, rule_dump_one,
			    &arg);
}

static void rule_dump_goto(struct rule_dump *ctx, int ifindex)
{
	ctx->nl.ifindex = ifindex;
	ctx->local = false;
	ctx->addr = 0;
	ctx->len = 0;
}

int m46_nl_rule_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rule_dump *ctx = (void *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct m46_dev *m46;
	int ifindex, only, err;

	BUILD_BUG_ON(sizeof(*ctx) > sizeof(cb->ctx));

	rcu_read_lock();
	err = m46_nl_dump_begin(cb, M46_MODE_ADPT);
	if (err || !ctx->nl.ifindex)
		goto out;

	only = ctx->nl.one ? ctx->nl.ifindex : 0;
	cb->seq = rule_dump_seq(net, only);
	while (!err && ctx->nl.ifindex) {
		m46 = m46_nl_dev_from(net, ctx->nl.ifindex);
		ifindex = m46 ? m46->dev->ifindex : 0;
		if (ifindex != ctx->nl.ifindex) {
			/* a gap, or deleted half way: cb->seq tells that */
			rule_dump_goto(ctx, ctx->nl.one ? 0 : ifindex);
			continue;
		}
		err = rcu_access_pointer(m46->md) ?
		      rule_dump_dev(skb, cb, m46) : 0;
		if (!err)
			rule_dump_goto(ctx, m46_nl_dump_next(&ctx->nl, m46));
	}
	/* a change during this last part is told by the message that ends it */
	if (!err)
		cb->seq = rule_dump_seq(net, only);
out:
	rcu_read_unlock();
	return skb->len ? : err;
}

void m46_nl_md_replace(struct m46_dev *m46, struct m46_md *new)
{
	struct m46_md *old = rtnl_dereference(m46->md);

	m46_md_succeed(new, old);
	m46_md_fill(new, false);
	rcu_assign_pointer(m46->md, new);
	m46_md_free(old);
}

int m46_nl_rule_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct m46_dev *m46;
	struct m46_md *md;
	int err;

	err = m46_nl_once(info->nlhdr, info->extack);
	if (err)
		return err;
	md = m46_md_alloc();
	if (!md)
		return -ENOMEM;

	rtnl_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs,
			    M46_MODE_ADPT, info->extack);
	if (!IS_ERR(m46)) {
		m46_nl_md_replace(m46, md);
		md = NULL;
	}
	rtnl_unlock();
	m46_md_free(md);
	return PTR_ERR_OR_ZERO(m46);
}
