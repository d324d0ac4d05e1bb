// SPDX-License-Identifier: GPL-2.0
/* The generic netlink family: pools. */
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "config.h"
#include "m46.h"
#include "netlink.h"
#include "nla.h"
#include "table.h"

static const struct nla_policy pool_policy[M46_POOL_A_EXCLUDES + 1] = {
	[M46_POOL_A_DST]	= NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[M46_POOL_A_DST_PREFIXLEN]	= NLA_POLICY_RANGE(NLA_U8, 8, 32),
	[M46_POOL_A_EXCLUDES]	= NLA_POLICY_NESTED(m46_list_policy),
};

const struct nla_policy m46_nl_pool_policy[M46_A_POOL + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_POOL]		= NLA_POLICY_NESTED(pool_policy),
};

static int parse_exclude(struct m46_pool_spec *spec, const struct nlattr *nest,
			 struct netlink_ext_ack *extack)
{
	struct m46_prefix4 *p;
	int err;

	if (spec->n_exclude == M46_EXCLUDES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "more than 64 prefixes in exclude");
		return -EINVAL;
	}
	p = &spec->exclude[spec->n_exclude];
	err = m46_prefix4_parse(p, nest, extack);
	if (err)
		return err;
	if (p->len < spec->prefix.len ||
	    (p->addr ^ spec->prefix.addr) & m46_mask4(spec->prefix.len)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "excluded prefix is not inside the pool");
		return -EINVAL;
	}
	spec->n_exclude++;
	return 0;
}

static int parse_excludes(struct m46_pool_spec *spec, const struct nlattr *list,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (!list)
		return 0;
	nla_for_each_nested(nla, list, rem) {
		err = parse_exclude(spec, nla, extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse_pool(const struct genl_info *info, struct m46_pool_spec *spec)
{
	struct netlink_ext_ack *extack = info->extack;
	const struct nlattr *nest = info->attrs[M46_A_POOL];
	struct nlattr *tb[M46_POOL_A_EXCLUDES + 1];
	int err;

	if (!nest) {
		NL_SET_ERR_MSG(extack, "pool is missing");
		return -EINVAL;
	}
	err = m46_nl_once(info->nlhdr, extack) ? :
	      nla_parse_nested(tb, M46_POOL_A_EXCLUDES, nest, pool_policy,
			       extack) ? :
	      m46_nla_once_nested(nest, extack);
	if (err)
		return err;
	if (!tb[M46_POOL_A_DST] || !tb[M46_POOL_A_DST_PREFIXLEN]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "pool without prefix or its length");
		return -EINVAL;
	}
	memset(spec, 0, sizeof(*spec));
	spec->prefix.addr = be32_to_cpu(nla_get_be32(tb[M46_POOL_A_DST]));
	spec->prefix.len = nla_get_u8(tb[M46_POOL_A_DST_PREFIXLEN]);
	if (spec->prefix.addr & ~m46_mask4(spec->prefix.len)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_POOL_A_DST],
				    "pool has bits set beyond its length");
		return -EINVAL;
	}
	if (m46_prefix4_is_bad(&spec->prefix)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_POOL_A_DST],
				    "pool is in 0/8, 127/8, 224/4 or 240/4");
		return -EINVAL;
	}
	return parse_excludes(spec, tb[M46_POOL_A_EXCLUDES], extack);
}

/* spec is too large for the stack. */
static int pool_change(struct genl_info *info, bool add)
{
	struct m46_pool_spec *spec;
	struct m46_dev *m46;
	int err;

	spec = kmalloc(sizeof(*spec), GFP_KERNEL);
	if (!spec)
		return -ENOMEM;
	err = parse_pool(info, spec);
	if (err)
		goto out_free;

	rtnl_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs, M46_MODE_M46T,
			    info->extack);
	if (IS_ERR(m46)) {
		err = PTR_ERR(m46);
		goto out_unlock;
	}
	if (add)
		err = m46_pool_add(m46->table, spec, info->extack);
	else
		err = m46_pool_del(m46->table, &spec->prefix, info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, info->attrs[M46_A_POOL]);

out_unlock:
	rtnl_unlock();
out_free:
	kfree(spec);
	return err;
}

int m46_nl_pool_new(struct sk_buff *skb, struct genl_info *info)
{
	return pool_change(info, true);
}

int m46_nl_pool_del(struct sk_buff *skb, struct genl_info *info)
{
	return pool_change(info, false);
}

static int put_excludes(struct sk_buff *skb, const struct m46_pool *pool)
{
	struct nlattr *list;
	unsigned int i;

	if (!pool->n_exclude)
		return 0;
	list = nla_nest_start(skb, M46_POOL_A_EXCLUDES);
	if (!list)
		return -EMSGSIZE;
	for (i = 0; i < pool->n_exclude; i++) {
		if (m46_prefix4_put(skb, M46_LIST_A_PREFIX, &pool->exclude[i]))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, list);
	return 0;
}

int m46_nl_put_pool(struct sk_buff *skb, const struct m46_pool *pool)
{
	struct nlattr *nest = nla_nest_start(skb, M46_A_POOL);

	if (!nest ||
	    nla_put_in_addr(skb, M46_POOL_A_DST,
			    cpu_to_be32(pool->prefix.addr)) ||
	    nla_put_u8(skb, M46_POOL_A_DST_PREFIXLEN, pool->prefix.len) ||
	    put_excludes(skb, pool) ||
	    nla_put_u32(skb, M46_POOL_A_SIZE, pool->size) ||
	    nla_put_u32(skb, M46_POOL_A_USED, READ_ONCE(pool->used)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct pool_dump - state of a dump of pools
 * @nl: which devices
 * @next: address from which on pools have not been dumped
 */
struct pool_dump {
	struct m46_nl_dump nl;
	u32 next;
};

static int put_pool_msg(struct sk_buff *skb, struct netlink_callback *cb,
			const struct m46_dev *m46, const struct m46_pool *pool)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &m46_genl_family, NLM_F_MULTI, M46_CMD_POOL_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (m46_nl_put_dev(skb, m46) || m46_nl_put_pool(skb, pool)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static int pool_dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct m46_dev *m46)
{
	struct pool_dump *ctx = (void *)cb->ctx;
	const struct m46_pool *pool;

	list_for_each_entry_rcu(pool, &m46->table->pools, list) {
		if (pool->prefix.addr < ctx->next)
			continue;
		if (put_pool_msg(skb, cb, m46, pool))
			return -EMSGSIZE;
		/* pools end below 224.0.0.0 */
		ctx->next = pool->prefix.addr + 1;
	}
	return 0;
}

int m46_nl_pool_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct pool_dump *ctx = (void *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct m46_dev *m46;
	int err;

	BUILD_BUG_ON(sizeof(*ctx) > sizeof(cb->ctx));

	rcu_read_lock();
	err = m46_nl_dump_begin(cb, M46_MODE_M46T);
	while (!err && ctx->nl.ifindex) {
		m46 = m46_nl_dev_from(net, ctx->nl.ifindex);
		if (!m46 ||
		    (ctx->nl.one && m46->dev->ifindex != ctx->nl.ifindex)) {
			ctx->nl.ifindex = 0;
			break;
		}
		if (m46->dev->ifindex != ctx->nl.ifindex) {
			ctx->nl.ifindex = m46->dev->ifindex;
			ctx->next = 0;
		}
		err = m46->table ? pool_dump_dev(skb, cb, m46) : 0;
		if (!err) {
			ctx->nl.ifindex = m46_nl_dump_next(&ctx->nl, m46);
			ctx->next = 0;
		}
	}
	rcu_read_unlock();
	return skb->len ? : err;
}
