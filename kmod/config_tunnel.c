// SPDX-License-Identifier: GPL-2.0
/*
 * Settings of mode 6to4: parsing, checking, telling; and the attributes of all
 * encapsulation.
 */
#include <linux/inetdevice.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "config.h"
#include "nla.h"
#include "tunnel.h"

static struct netlink_range_validation link_range = {
	.max = INT_MAX,
};

const struct nla_policy m46_tunnel_policy[M46_TUN_A_MAX + 1] = {
	[M46_TUN_A_LOCALS]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_TUN_A_REMOTE]	= NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[M46_TUN_A_V4_PREFIX]	= NLA_POLICY_NESTED(m46_prefix_policy),
	[M46_TUN_A_DELEGATED]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_TUN_A_ANYCAST]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_RELAY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_RETURN_ONLY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_RELAY_SOURCE] = NLA_POLICY_MAX(NLA_U8,
						  M46_RELAY_SOURCE_UNICAST),
	[M46_TUN_A_RELAY_FROM]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_TUN_A_ACL]		= NLA_POLICY_NESTED(m46_list_policy),
	[M46_TUN_A_PEERS]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_TUN_A_ALLOW_NATIVE_NATIVE] = NLA_POLICY_NESTED(m46_list_policy),
	[M46_TUN_A_INGRESS_FILTER] = NLA_POLICY_MAX(NLA_U8,
						    M46_INGRESS_FILTER_STRICT),
	[M46_TUN_A_TTL]		= NLA_POLICY_RANGE(NLA_U16, 1, M46_TTL_INHERIT),
	[M46_TUN_A_TOS]		= NLA_POLICY_MAX(NLA_U16, M46_TOS_INHERIT),
	[M46_TUN_A_ECN]		= NLA_POLICY_MAX(NLA_U8, M46_ECN_COMPAT),
	[M46_TUN_A_ECN_LOG]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_PMTUDISC]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_LARGE_MTU]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_NONLOCAL]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_TUN_A_LINK]	= NLA_POLICY_FULL_RANGE(NLA_U32, &link_range),
	[M46_TUN_A_FWMARK]	= { .type = NLA_U32 },
	[M46_TUN_A_HOPLIMIT]	= NLA_POLICY_MIN(NLA_U8, 1),
	[M46_TUN_A_ENCAP_LIMIT]	= NLA_POLICY_MAX(NLA_U16, M46_ENCAP_LIMIT_NONE),
	[M46_TUN_A_FRAG]	= NLA_POLICY_MAX(NLA_U8, M46_FRAG_INNER),
	[M46_TUN_A_FLOWLABEL]	= NLA_POLICY_MAX(NLA_U8, M46_FLOWLABEL_HASH),
	[M46_TUN_A_PEER_METHOD]	= NLA_POLICY_MAX(NLA_U8, M46_PEER_METHOD_ENCAP),
};

/* Those that mode adpt has; the first two mode 6to4 has too. */
static const u8 adpt_attrs[] = {
	M46_TUN_A_ECN, M46_TUN_A_ECN_LOG, M46_TUN_A_HOPLIMIT,
	M46_TUN_A_ENCAP_LIMIT, M46_TUN_A_FRAG, M46_TUN_A_FLOWLABEL,
	M46_TUN_A_PEER_METHOD,
};

static const struct m46_prefix6 prefix_6to4 = {
	.addr = { { { 0x20, 0x02 } } },
	.len = 16,
};

/*
 * IPv4 addresses that no 6to4 site can have (RFC 3056 2, RFC 3964 5.3.1, RFC
 * 6343 4.1(3)), and why, for the operator who has one.
 */
static const struct {
	struct m46_prefix4 prefix;
	const char *why;
} no_site[] = {
	{ { 0x00000000, 8 }, "local is of 0.0.0.0/8, which is no address" },
	{ { 0x0a000000, 8 },
	  "local is private (RFC 1918): no other 6to4 site can reach it" },
	{ { 0x64400000, 10 },
	  "local is shared (RFC 6598): no other 6to4 site can reach it" },
	{ { 0x7f000000, 8 }, "local is a loopback address" },
	{ { 0xa9fe0000, 16 }, "local is link-local (RFC 3927)" },
	{ { 0xac100000, 12 },
	  "local is private (RFC 1918): no other 6to4 site can reach it" },
	{ { 0xc0000000, 24 }, "local is of 192.0.0.0/24 (RFC 6890)" },
	{ { 0xc0586300, 24 },
	  "local is of the relay anycast prefix (RFC 3068): say anycast on" },
	{ { 0xc0a80000, 16 },
	  "local is private (RFC 1918): no other 6to4 site can reach it" },
	{ { 0xc6120000, 15 }, "local is for benchmarks (RFC 2544)" },
	{ { 0xe0000000, 4 }, "local is multicast" },
	{ { 0xf0000000, 4 }, "local is reserved" },
};

/* RFC 5737: good for tests and books only. */
static const struct m46_prefix4 documentation4[] = {
	{ 0xc0000200, 24 }, { 0xc6336400, 24 }, { 0xcb007100, 24 },
};

static int check_local(const struct m46_tun *tun, u32 addr,
		       const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	struct m46_prefix4 host = { .addr = addr, .len = 32 };
	unsigned int i;

	for (i = 0; tun->kind == M46_TUN_6TO4 && i < ARRAY_SIZE(no_site); i++) {
		if (m46_prefix4_has(&no_site[i].prefix, addr)) {
			if (extack) {
				extack->_msg = no_site[i].why;
				extack->bad_attr = attr;
			}
			return -EINVAL;
		}
	}
	if (m46_prefix4_is_bad(&host)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "local is no unicast address");
		return -EINVAL;
	}
	return 0;
}

static int add_local(struct m46_tun *tun, const struct nlattr *nest,
		     struct netlink_ext_ack *extack)
{
	struct m46_prefix4 p;
	unsigned int i;
	int err;

	if (tun->n_local == M46_LOCALS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "more than 16 in local");
		return -EINVAL;
	}
	err = m46_prefix4_parse(&p, nest, extack);
	if (err)
		return err;
	if (p.len != 32) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "local is a prefix, not an address");
		return -EINVAL;
	}
	for (i = 0; i < tun->n_local; i++) {
		if (tun->local[i] == p.addr) {
			NL_SET_ERR_MSG_ATTR(extack, nest, "local given twice");
			return -EINVAL;
		}
	}
	tun->local[tun->n_local++] = p.addr;
	return 0;
}

static int set_locals(struct m46_tun *tun, const struct nlattr *list,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (list) {
		tun->n_local = 0;
		nla_for_each_nested(nla, list, rem) {
			err = add_local(tun, nla, extack);
			if (err)
				return err;
		}
	}
	if (!tun->n_local) {
		NL_SET_ERR_MSG_ATTR(extack, list, "local is missing");
		return -EINVAL;
	}
	return 0;
}

static int set_list(struct m46_prefix4_list *out, const struct nlattr *list,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (!list)
		return 0;
	out->n = 0;
	nla_for_each_nested(nla, list, rem) {
		if (out->n == M46_PEERS_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "more than 16 prefixes");
			return -EINVAL;
		}
		err = m46_prefix4_parse(&out->prefix[out->n], nla, extack);
		if (err)
			return err;
		out->n++;
	}
	return 0;
}

/* 2002::/16, the prefix of a 6rd domain, or none. */
static int set_domain(struct m46_cfg *cfg, const struct nlattr *prefixes,
		      struct nlattr *tb[], struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = prefixes;
	struct m46_tun *tun = &cfg->tun;
	struct m46_prefix4 v4 = tun->domain.v4;
	int err;

	if (tb[M46_TUN_A_V4_PREFIX]) {
		attr = tb[M46_TUN_A_V4_PREFIX];
		err = m46_prefix4_parse(&v4, attr, extack);
		if (err)
			return err;
	}
	if (tun->kind != M46_TUN_6RD && v4.len) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "v4-prefix is for 6rd, which has a prefix of its own");
		return -EINVAL;
	}
	/* A prefix of 96 bits at most leaves room for any IPv4 address. */
	if (tun->kind != M46_TUN_CONFIGURED)
		m46_domain_init(&tun->domain, &cfg->prefix[0], &v4);
	return 0;
}

/* What of these makes sense together. */
static int check_roles(const struct m46_tun *tun, struct nlattr *tb[],
		       struct netlink_ext_ack *extack)
{
	bool configured = tun->kind == M46_TUN_CONFIGURED;
	const struct nlattr *attr;

	if (configured && (tun->relay || tun->relay_from.n || tun->peers.n ||
			   tun->native.n)) {
		attr = tb[M46_TUN_A_RELAY] ? : tb[M46_TUN_A_RELAY_FROM] ? :
		       tb[M46_TUN_A_PEERS] ? :
		       tb[M46_TUN_A_ALLOW_NATIVE_NATIVE];
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a configured tunnel has one peer and no relay");
		return -EINVAL;
	}
	if (tun->anycast && !tun->relay) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_ANYCAST] ? :
				    tb[M46_TUN_A_RELAY],
				    "anycast needs relay on");
		return -EINVAL;
	}
	if (tun->return_only && !tun->relay) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_RETURN_ONLY] ? :
				    tb[M46_TUN_A_RELAY],
				    "return-only needs relay on");
		return -EINVAL;
	}
	if (tun->acl.n && !tun->relay) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_ACL] ? :
				    tb[M46_TUN_A_RELAY], "acl needs relay on");
		return -EINVAL;
	}
	/* Packets from 192.88.99.1 need it to be an address of this machine. */
	if (tun->relay_source == M46_RELAY_SOURCE_ANYCAST &&
	    (!tun->relay || tun->kind != M46_TUN_6TO4)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_RELAY_SOURCE] ? :
				    tb[M46_TUN_A_RELAY],
				    "relay-source anycast is for 6to4 relays");
		return -EINVAL;
	}
	if (tun->tos != M46_TOS_INHERIT && tun->tos & 3) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_TOS],
				    "tos: the lowest two bits are the ECN field");
		return -EINVAL;
	}
	return 0;
}

static int set_remote(struct m46_tun *tun, const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	struct m46_prefix4 host = { .len = 32 };

	if (!attr)
		return 0;
	tun->remote = be32_to_cpu(nla_get_be32(attr));
	host.addr = tun->remote;
	if (tun->remote && m46_prefix4_is_bad(&host)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "remote is no unicast address");
		return -EINVAL;
	}
	return 0;
}

static void set_scalars(struct m46_tun *tun, struct nlattr *tb[])
{
	m46_nla_flag(&tun->relay, tb[M46_TUN_A_RELAY]);
	m46_nla_flag(&tun->return_only, tb[M46_TUN_A_RETURN_ONLY]);
	m46_nla_flag(&tun->anycast, tb[M46_TUN_A_ANYCAST]);
	m46_nla_flag(&tun->ecn_compat, tb[M46_TUN_A_ECN]);
	m46_nla_flag(&tun->ecn_log, tb[M46_TUN_A_ECN_LOG]);
	m46_nla_flag(&tun->pmtudisc, tb[M46_TUN_A_PMTUDISC]);
	m46_nla_flag(&tun->large_mtu, tb[M46_TUN_A_LARGE_MTU]);
	m46_nla_flag(&tun->nonlocal, tb[M46_TUN_A_NONLOCAL]);
	if (tb[M46_TUN_A_RELAY_SOURCE])
		tun->relay_source = nla_get_u8(tb[M46_TUN_A_RELAY_SOURCE]);
	if (tb[M46_TUN_A_INGRESS_FILTER])
		tun->ingress_filter = nla_get_u8(tb[M46_TUN_A_INGRESS_FILTER]);
	if (tb[M46_TUN_A_TTL])
		tun->ttl = nla_get_u16(tb[M46_TUN_A_TTL]);
	if (tb[M46_TUN_A_TOS])
		tun->tos = nla_get_u16(tb[M46_TUN_A_TOS]);
	if (tb[M46_TUN_A_LINK])
		tun->link = nla_get_u32(tb[M46_TUN_A_LINK]);
	if (tb[M46_TUN_A_FWMARK])
		tun->fwmark = nla_get_u32(tb[M46_TUN_A_FWMARK]);
}

static int set_lists(struct m46_tun *tun, struct nlattr *tb[],
		     struct netlink_ext_ack *extack)
{
	int err;

	err = set_list(&tun->relay_from, tb[M46_TUN_A_RELAY_FROM], extack);
	if (!err)
		err = set_list(&tun->acl, tb[M46_TUN_A_ACL], extack);
	if (!err)
		err = set_list(&tun->peers, tb[M46_TUN_A_PEERS], extack);
	if (!err)
		err = set_list(&tun->native, tb[M46_TUN_A_ALLOW_NATIVE_NATIVE],
			       extack);
	return err;
}

static bool is_6to4_prefix(const struct m46_prefix6 *p)
{
	return p->len == prefix_6to4.len &&
	       ipv6_addr_equal(&p->addr, &prefix_6to4.addr);
}

/* The addresses there belong to 6to4 sites already (RFC 3056 2). */
static bool is_inside_6to4(const struct m46_prefix6 *p)
{
	return p->len > prefix_6to4.len &&
	       ipv6_prefix_equal(&p->addr, &prefix_6to4.addr, prefix_6to4.len);
}

/* What PREFIXES and REMOTE make of the device; for life. */
static int set_kind(struct m46_cfg *cfg, bool is_new,
		    const struct nlattr *prefixes, struct nlattr *tb[],
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[M46_TUN_A_REMOTE] ? : prefixes;
	struct m46_tun *tun = &cfg->tun;
	u8 kind = M46_TUN_6TO4;

	if (cfg->n_prefix > 1) {
		NL_SET_ERR_MSG_ATTR(extack, prefixes,
				    "6to4 has one prefix");
		return -EINVAL;
	}
	if (cfg->n_prefix && is_inside_6to4(&cfg->prefix[0])) {
		NL_SET_ERR_MSG_ATTR(extack, prefixes,
				    "prefix is a part of 2002::/16: 6to4 needs none, 6rd another");
		return -EINVAL;
	}
	if (cfg->n_prefix && !is_6to4_prefix(&cfg->prefix[0]))
		kind = M46_TUN_6RD;
	else if (!cfg->n_prefix && tun->remote)
		kind = M46_TUN_CONFIGURED;
	if (kind == M46_TUN_6TO4 && tun->remote) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "2002::/16 has no remote: its addresses say where to");
		return -EINVAL;
	}
	if (!is_new && kind != tun->kind) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a device cannot change between 6to4, 6rd and configured tunnel");
		return -EINVAL;
	}
	tun->kind = kind;
	if (kind == M46_TUN_6TO4) {
		cfg->prefix[0] = prefix_6to4;
		cfg->n_prefix = 1;
	}
	return 0;
}

/* Defaults that depend on the kind (RFC 5969 9 for the TOS octet). */
static void set_defaults(struct m46_tun *tun)
{
	if (tun->kind == M46_TUN_6RD)
		tun->tos = M46_TOS_INHERIT;
	/* RFC 6343 4.4: anybody may run a return relay. */
	if (tun->kind == M46_TUN_6TO4)
		tun->relay_from.n = 1;
}

static int check_locals(const struct m46_tun *tun, struct nlattr *tb[],
			struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[M46_TUN_A_LOCALS];
	unsigned int i;
	int err;

	for (i = 0; i < tun->n_local; i++) {
		struct m46_prefix4 host = { .addr = tun->local[i], .len = 32 };

		err = check_local(tun, tun->local[i], attr, extack);
		if (err)
			return err;
		/* A border relay may be anywhere (RFC 5969 7.1.1). */
		if (tun->kind == M46_TUN_6RD && !tun->relay &&
		    !m46_prefix4_has(&tun->domain.v4, tun->local[i])) {
			NL_SET_ERR_MSG_ATTR(extack, attr ? :
					    tb[M46_TUN_A_V4_PREFIX] ? :
					    tb[M46_TUN_A_RELAY],
					    "local is not in v4-prefix");
			return -EINVAL;
		}
		if (tun->local[i] == tun->remote) {
			NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_REMOTE] ? :
					    attr, "local is remote too");
			return -EINVAL;
		}
		/* a warning: the caller goes on */
		if (tun->kind == M46_TUN_6TO4 && attr &&
		    m46_prefix4_overlaps(&host, documentation4,
					 ARRAY_SIZE(documentation4)))
			NL_SET_ERR_MSG(extack,
				       "local is of a prefix for documentation (RFC 5737)");
	}
	if (tun->kind == M46_TUN_CONFIGURED && tun->n_local > 1) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a configured tunnel has one local");
		return -EINVAL;
	}
	return 0;
}

static bool is_of_mode(int attr, u8 mode)
{
	unsigned int i;

	if (attr == M46_TUN_A_ECN || attr == M46_TUN_A_ECN_LOG)
		return true;
	for (i = 0; i < ARRAY_SIZE(adpt_attrs); i++) {
		if (adpt_attrs[i] == attr)
			return mode == M46_MODE_ADPT;
	}
	return mode == M46_MODE_6TO4;
}

int m46_tunnel_parse(struct nlattr *tb[], const struct nlattr *nest, u8 mode,
		     struct netlink_ext_ack *extack)
{
	int attr, err;

	err = nla_parse_nested(tb, M46_TUN_A_MAX, nest, m46_tunnel_policy,
			       extack) ? :
	      m46_nla_once_nested(nest, extack);
	if (err)
		return err;
	for (attr = 1; attr <= M46_TUN_A_MAX; attr++) {
		if (tb[attr] && !is_of_mode(attr, mode)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[attr],
					    "not for devices of this mode");
			return -EINVAL;
		}
	}
	return 0;
}

int m46_cfg_set_tunnel(struct m46_cfg *cfg, bool is_new,
		       const struct nlattr *nest, const struct nlattr *prefixes,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_TUN_A_MAX + 1] = {};
	struct m46_tun *tun = &cfg->tun;
	int err = 0;

	if (nest)
		err = m46_tunnel_parse(tb, nest, M46_MODE_6TO4, extack);
	if (err)
		return err;
	/* NLA_REJECT would complain of a nest, which it is. */
	if (tb[M46_TUN_A_DELEGATED]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_TUN_A_DELEGATED],
				    "delegated follows from prefix and local");
		return -EINVAL;
	}
	err = set_remote(tun, tb[M46_TUN_A_REMOTE], extack);
	if (err)
		return err;
	err = set_kind(cfg, is_new, prefixes, tb, extack);
	if (err)
		return err;
	if (is_new)
		set_defaults(tun);
	set_scalars(tun, tb);
	err = set_lists(tun, tb, extack);
	if (err)
		return err;
	err = set_domain(cfg, prefixes, tb, extack);
	if (err)
		return err;
	err = check_roles(tun, tb, extack);
	if (err)
		return err;
	err = set_locals(tun, tb[M46_TUN_A_LOCALS], extack);
	if (err)
		return err;
	return check_locals(tun, tb, extack);
}

size_t m46_cfg_tunnel_size(void)
{
	return nla_total_size(0) +
	       m46_prefixes4_size(M46_LOCALS_MAX) +
	       m46_prefixes6_size(M46_LOCALS_MAX) +	/* DELEGATED */
	       m46_prefixes4_size(1) +			/* V4_PREFIX */
	       4 * m46_prefixes4_size(M46_PEERS_MAX) +
	       M46_TUN_A_MAX * nla_total_size(sizeof(u32));
}

static int put_locals(struct sk_buff *skb, const struct m46_tun *tun)
{
	struct m46_prefix4 local[M46_LOCALS_MAX];
	unsigned int i;

	for (i = 0; i < tun->n_local; i++) {
		local[i].addr = tun->local[i];
		local[i].len = 32;
	}
	return m46_prefixes4_put(skb, M46_TUN_A_LOCALS, local, tun->n_local);
}

static int put_delegated(struct sk_buff *skb, const struct m46_tun *tun)
{
	struct m46_prefix6 delegated[M46_LOCALS_MAX];
	unsigned int i, n = 0;

	if (tun->kind == M46_TUN_CONFIGURED)
		return 0;
	for (i = 0; i < tun->n_local; i++) {
		if (m46_prefix4_has(&tun->domain.v4, tun->local[i]))
			m46_domain_delegated(&tun->domain, tun->local[i],
					     &delegated[n++]);
	}
	return m46_prefixes6_put(skb, M46_TUN_A_DELEGATED, delegated, n);
}

static int put_list(struct sk_buff *skb, int attr,
		    const struct m46_prefix4_list *list)
{
	return m46_prefixes4_put(skb, attr, list->prefix, list->n);
}

int m46_cfg_fill_tunnel(struct sk_buff *skb, const struct m46_tun *tun)
{
	struct nlattr *nest = nla_nest_start(skb, M46_DEV_A_TUNNEL);

	if (!nest || put_locals(skb, tun) || put_delegated(skb, tun) ||
	    nla_put_in_addr(skb, M46_TUN_A_REMOTE, htonl(tun->remote)) ||
	    m46_prefix4_put(skb, M46_TUN_A_V4_PREFIX, &tun->domain.v4) ||
	    put_list(skb, M46_TUN_A_RELAY_FROM, &tun->relay_from) ||
	    put_list(skb, M46_TUN_A_ACL, &tun->acl) ||
	    put_list(skb, M46_TUN_A_PEERS, &tun->peers) ||
	    put_list(skb, M46_TUN_A_ALLOW_NATIVE_NATIVE, &tun->native) ||
	    nla_put_u8(skb, M46_TUN_A_RELAY, tun->relay) ||
	    nla_put_u8(skb, M46_TUN_A_RETURN_ONLY, tun->return_only) ||
	    nla_put_u8(skb, M46_TUN_A_ANYCAST, tun->anycast) ||
	    nla_put_u8(skb, M46_TUN_A_RELAY_SOURCE, tun->relay_source) ||
	    nla_put_u8(skb, M46_TUN_A_INGRESS_FILTER, tun->ingress_filter) ||
	    nla_put_u16(skb, M46_TUN_A_TTL, tun->ttl) ||
	    nla_put_u16(skb, M46_TUN_A_TOS, tun->tos) ||
	    nla_put_u8(skb, M46_TUN_A_ECN, tun->ecn_compat) ||
	    nla_put_u8(skb, M46_TUN_A_ECN_LOG, tun->ecn_log) ||
	    nla_put_u8(skb, M46_TUN_A_PMTUDISC, tun->pmtudisc) ||
	    nla_put_u8(skb, M46_TUN_A_LARGE_MTU, tun->large_mtu) ||
	    nla_put_u8(skb, M46_TUN_A_NONLOCAL, tun->nonlocal) ||
	    nla_put_u32(skb, M46_TUN_A_LINK, tun->link) ||
	    nla_put_u32(skb, M46_TUN_A_FWMARK, tun->fwmark))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
