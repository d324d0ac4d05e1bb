// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family: many entries at once, chosen by a filter, to be
 * dumped or flushed. Like netlink_entry.c without RTNL.
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

#define TYPE_BIT(type)	(1U << M46_ENTRY_##type)
#define TYPES_ALL	(TYPE_BIT(STATIC) | TYPE_BIT(DYNAMIC) | \
			 TYPE_BIT(DORMANT))

/* Entries that a flush or a dump looks at before others have a turn. */
#define WALK_BATCH	1024

static const struct nla_policy filter_policy[M46_FILTER_A_MAX + 1] = {
	[M46_FILTER_A_PREFIX]	= NLA_POLICY_NESTED(m46_prefix_policy),
	[M46_FILTER_A_TYPES]	= NLA_POLICY_MASK(NLA_U32, TYPES_ALL),
};

const struct nla_policy m46_nl_filter_policy[M46_A_FILTER + 1] = {
	[M46_A_IFINDEX]		= NLA_POLICY_MIN(NLA_U32, 1),
	[M46_A_IFNAME]		= { .type = NLA_NUL_STRING,
				    .len = IFNAMSIZ - 1 },
	[M46_A_ENTRY]		= NLA_POLICY_NESTED(m46_entry_policy),
	[M46_A_FILTER]		= NLA_POLICY_NESTED(filter_policy),
};

/* ----------------------------------------------------------------- filters */

/**
 * struct entry_filter - which entries
 * @types: bits of enum m46_entry_type
 * @v6: entries with an IPv6 address in @prefix6
 * @v4: entries with an IPv4 address in @prefix4
 * @prefix6: see there; its length is 0..128 here
 * @prefix4: see there
 */
struct entry_filter {
	u32 types;
	bool v6;
	bool v4;
	struct m46_prefix6 prefix6;
	struct m46_prefix4 prefix4;
};

static int parse_filter_prefix(struct entry_filter *f,
			       const struct nlattr *nest,
			       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_PREFIX_A_MAX + 1];
	struct in6_addr masked;
	int err;

	err = nla_parse_nested(tb, M46_PREFIX_A_MAX, nest, m46_prefix_policy,
			       extack) ? :
	      m46_nla_once_nested(nest, extack);
	if (err)
		return err;
	if (!tb[M46_PREFIX_A_IPV6]) {
		f->v4 = true;
		return m46_prefix4_parse(&f->prefix4, nest, extack);
	}
	if (!tb[M46_PREFIX_A_LEN] || tb[M46_PREFIX_A_IPV4]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "prefix without length, or of two families");
		return -EINVAL;
	}
	f->v6 = true;
	f->prefix6.addr = nla_get_in6_addr(tb[M46_PREFIX_A_IPV6]);
	f->prefix6.len = nla_get_u8(tb[M46_PREFIX_A_LEN]);
	ipv6_addr_prefix(&masked, &f->prefix6.addr, f->prefix6.len);
	if (!ipv6_addr_equal(&masked, &f->prefix6.addr)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "IPv6 prefix has bits set beyond its length");
		return -EINVAL;
	}
	return 0;
}

static int parse_filter(struct entry_filter *f, struct nlattr *attrs[],
			struct netlink_ext_ack *extack)
{
	const struct nlattr *nest = attrs[M46_A_FILTER];
	struct nlattr *tb[M46_FILTER_A_MAX + 1];
	int err;

	if (attrs[M46_A_ENTRY]) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[M46_A_ENTRY],
				    "entries are chosen by a filter");
		return -EINVAL;
	}
	memset(f, 0, sizeof(*f));
	f->types = TYPE_BIT(STATIC) | TYPE_BIT(DYNAMIC);
	if (!nest)
		return 0;
	err = nla_parse_nested(tb, M46_FILTER_A_MAX, nest, filter_policy,
			       extack) ? :
	      m46_nla_once_nested(nest, extack);
	if (err)
		return err;
	if (tb[M46_FILTER_A_TYPES])
		f->types = nla_get_u32(tb[M46_FILTER_A_TYPES]);
	return tb[M46_FILTER_A_PREFIX] ?
	       parse_filter_prefix(f, tb[M46_FILTER_A_PREFIX], extack) : 0;
}

static bool filter_passes(const struct entry_filter *f,
			  const struct m46_entry *e, u8 type)
{
	if (!(f->types & 1U << type))
		return false;
	if (f->v6 && !ipv6_prefix_equal(&e->ipv6, &f->prefix6.addr,
					f->prefix6.len))
		return false;
	return !f->v4 || !((ntohl(e->ipv4) ^ f->prefix4.addr) &
			   m46_mask4(f->prefix4.len));
}

/* ------------------------------------------------------------------- dumps */

/**
 * struct entry_walk - what a dump keeps that is too large for cb->ctx
 * @filter: which entries
 * @table: the table that @iter is in, with a reference; NULL: none yet
 * @iter: where in it
 */
struct entry_walk {
	struct entry_filter filter;
	struct m46_table *table;
	struct rhashtable_iter iter;
};

/**
 * struct entry_dump - state of a dump of entries
 * @nl: which devices
 * @walk: the rest of it
 */
struct entry_dump {
	struct m46_nl_dump nl;
	struct entry_walk *walk;
};

int m46_nl_entry_dump_start(struct netlink_callback *cb)
{
	struct entry_dump *ctx = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*ctx) > sizeof(cb->ctx));

	cb->seq = 1;
	ctx->walk = kzalloc(sizeof(*ctx->walk), GFP_KERNEL_ACCOUNT);
	return ctx->walk ? 0 : -ENOMEM;
}

static void walk_end(struct entry_walk *walk)
{
	if (!walk->table)
		return;
	rhashtable_walk_exit(&walk->iter);
	m46_table_put(walk->table);
	walk->table = NULL;
}

int m46_nl_entry_dump_done(struct netlink_callback *cb)
{
	struct entry_dump *ctx = (void *)cb->ctx;

	walk_end(ctx->walk);
	kfree(ctx->walk);
	return 0;
}

static int dump_begin(struct netlink_callback *cb)
{
	struct entry_dump *ctx = (void *)cb->ctx;
	struct nlattr *attrs[M46_A_FILTER + 1];
	int err;

	if (ctx->nl.begun)
		return 0;
	err = nlmsg_parse(cb->nlh, GENL_HDRLEN, attrs, M46_A_FILTER,
			  m46_nl_filter_policy, cb->extack) ? :
	      m46_nl_once(cb->nlh, cb->extack);
	if (err)
		return err;
	err = parse_filter(&ctx->walk->filter, attrs, cb->extack);
	if (err)
		return err;
	return m46_nl_dump_dev(cb, attrs, M46_MODE_M46T);
}

/*
 * Entries of the device whose turn it is, until the message is full. Where the
 * table is resized meanwhile, entries are shown twice, and the dump is marked
 * as interrupted. Return: 0 at the end, -EMSGSIZE, or 1: others want a turn.
 */
static int dump_table(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct m46_dev *m46)
{
	struct entry_dump *ctx = (void *)cb->ctx;
	struct entry_walk *walk = ctx->walk;
	u32 now = m46_ticks();
	struct m46_entry *e;
	int err = 0, n = 0;
	u8 type;

	if (m46_walk_start(&walk->iter))
		cb->seq++;
	/* the one that did not fit the last time */
	e = rhashtable_walk_peek(&walk->iter);
	while (e) {
		if (IS_ERR(e)) {
			cb->seq++;
			e = rhashtable_walk_next(&walk->iter);
			continue;
		}
		type = m46_nl_entry_type(e, now);
		if (filter_passes(&walk->filter, e, type))
			err = m46_nl_put_entry_msg(skb, m46, e, type,
						   NETLINK_CB(cb->skb).portid,
						   cb->nlh->nlmsg_seq, cb);
		if (err)
			break;
		e = rhashtable_walk_next(&walk->iter);
		if (++n == WALK_BATCH) {
			err = 1;
			break;
		}
	}
	rhashtable_walk_stop(&walk->iter);
	return err;
}

static void walk_begin(struct entry_walk *walk, struct m46_table *t)
{
	walk->table = m46_table_get(t);
	rhashtable_walk_enter(&t->by6, &walk->iter);
}

/* Is the walk of another table than the device has now? */
static bool walk_is_stale(const struct entry_walk *walk,
			  const struct m46_dev *m46)
{
	return walk->table && (!m46 || walk->table != m46->table);
}

int m46_nl_entry_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct entry_dump *ctx = (void *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct entry_walk *walk = ctx->walk;
	struct m46_dev *m46;
	int err;

	rcu_read_lock();
	err = dump_begin(cb);
	while (!err && ctx->nl.ifindex) {
		m46 = m46_nl_dev_from(net, ctx->nl.ifindex);
		if (m46 && ctx->nl.one &&
		    m46->dev->ifindex != ctx->nl.ifindex)
			m46 = NULL;
		if (walk_is_stale(walk, m46))
			walk_end(walk);
		if (!m46) {
			ctx->nl.ifindex = 0;
			break;
		}
		ctx->nl.ifindex = m46->dev->ifindex;
		if (m46->table) {
			if (!walk->table)
				walk_begin(walk, m46->table);
			err = dump_table(skb, cb, m46);
			if (err == 1) {
				/* the walk holds the table, not the device */
				err = 0;
				rcu_read_unlock();
				cond_resched();
				rcu_read_lock();
				continue;
			}
			if (err)
				break;
			walk_end(walk);
		}
		ctx->nl.ifindex = m46_nl_dump_next(&ctx->nl, m46);
	}
	rcu_read_unlock();
	return skb->len ? : err;
}

/* ------------------------------------------------------------------- flush */

/* Delete an entry if the filter lets it. Return: whether it has left. */
static bool flush_entry(struct m46_table *t, const struct entry_filter *f,
			struct m46_entry *e)
{
	bool gone = false;
	u32 now;

	spin_lock_bh(&t->lock);
	now = m46_ticks();
	if (filter_passes(f, e, m46_nl_entry_type(e, now))) {
		m46_entry_delete(t, e, now);
		gone = e->type == M46_ENTRY_GONE;
	}
	spin_unlock_bh(&t->lock);
	return gone;
}

/* One walk. Return: how many entries have left. */
static unsigned int flush_pass(struct m46_table *t,
			       const struct entry_filter *f)
{
	unsigned int n = 0, gone = 0;
	struct rhashtable_iter iter;
	struct m46_entry *e;

	rhashtable_walk_enter(&t->by6, &iter);
	m46_walk_start(&iter);
	while ((e = rhashtable_walk_next(&iter))) {
		if (!IS_ERR(e))
			gone += flush_entry(t, f, e);
		if (++n % WALK_BATCH)
			continue;
		m46_walk_pause(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return gone;
}

/* A walk that removes what it stands on may step over others. */
static int flush_table(struct m46_table *t, const struct entry_filter *f)
{
	while (flush_pass(t, f)) {
		/* who keeps adding must not keep us */
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

int m46_nl_entry_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct m46_table *t = NULL;
	struct entry_filter f;
	struct m46_dev *m46;
	int err;

	err = m46_nl_once(info->nlhdr, info->extack) ? :
	      parse_filter(&f, info->attrs, info->extack);
	if (err)
		return err;
	rcu_read_lock();
	m46 = m46_nl_dev_of(genl_info_net(info), info->attrs, M46_MODE_M46T,
			    info->extack);
	if (IS_ERR(m46))
		err = PTR_ERR(m46);
	else
		t = m46_table_get(m46->table);
	rcu_read_unlock();
	if (err)
		return err;
	err = flush_table(t, &f);
	m46_table_put(t);
	return err;
}
