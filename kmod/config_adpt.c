// SPDX-License-Identifier: GPL-2.0
/* Settings of mode adpt: parsing, checking, telling. */
#include <net/ipv6.h>
#include <net/netlink.h>

#include "config.h"
#include "nla.h"
#include "rfc6052.h"

static int set_enc(struct m46_enc *enc, const struct nlattr *nest,
		   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[M46_TUN_A_MAX + 1];
	int err;

	if (!nest)
		return 0;
	err = m46_tunnel_parse(tb, nest, M46_MODE_ADPT, extack);
	if (err)
		return err;
	if (tb[M46_TUN_A_HOPLIMIT])
		enc->hoplimit = nla_get_u8(tb[M46_TUN_A_HOPLIMIT]);
	if (tb[M46_TUN_A_ENCAP_LIMIT])
		enc->limit = nla_get_u16(tb[M46_TUN_A_ENCAP_LIMIT]);
	m46_nla_flag(&enc->frag_inner, tb[M46_TUN_A_FRAG]);
	m46_nla_flag(&enc->flow_hash, tb[M46_TUN_A_FLOWLABEL]);
	m46_nla_flag(&enc->ecn_compat, tb[M46_TUN_A_ECN]);
	m46_nla_flag(&enc->ecn_log, tb[M46_TUN_A_ECN_LOG]);
	m46_nla_flag(&enc->peer_encap, tb[M46_TUN_A_PEER_METHOD]);
	return 0;
}

static int check_nat64_prefix(const struct m46_prefix6 *p,
			      const struct nlattr *nest,
			      struct netlink_ext_ack *extack)
{
	if (!m46_6052_len_ok(p->len)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "nat64: length is none of 32, 40, 48, 56, 64, 96 (RFC 6052 2.2)");
		return -EINVAL;
	}
	if (p->addr.s6_addr[8]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "nat64: bits 64 to 71 of the prefix must be zero");
		return -EINVAL;
	}
	return m46_prefix6_check(p, nest, extack);
}

static int set_nat64_prefix(struct m46_nat64 *nat64, const struct nlattr *list,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (!list)
		return 0;
	nat64->prefix.len = 0;
	nla_for_each_nested(nla, list, rem) {
		if (nat64->prefix.len) {
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "nat64: more than one prefix");
			return -EINVAL;
		}
		err = m46_prefix6_parse(&nat64->prefix, nla, extack);
		if (err)
			return err;
		err = check_nat64_prefix(&nat64->prefix, nla, extack);
		if (err)
			return err;
	}
	return 0;
}

static int add_nat64_pool(struct m46_nat64 *nat64, const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	struct m46_prefix4 *p;
	int err;

	if (nat64->n_pool == M46_NAT64_POOL_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "nat64-pool: more than 16 prefixes");
		return -EINVAL;
	}
	p = &nat64->pool[nat64->n_pool];
	err = m46_prefix4_parse(p, nest, extack);
	if (err)
		return err;
	if (m46_prefix4_is_bad(p)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "nat64-pool: addresses that are not unicast");
		return -EINVAL;
	}
	if (m46_prefix4_overlaps(p, nat64->pool, nat64->n_pool)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "nat64-pool: prefixes overlap");
		return -EINVAL;
	}
	nat64->n_pool++;
	return 0;
}

static int set_nat64_pool(struct m46_nat64 *nat64, const struct nlattr *list,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (!list)
		return 0;
	nat64->n_pool = 0;
	nla_for_each_nested(nla, list, rem) {
		err = add_nat64_pool(nat64, nla, extack);
		if (err)
			return err;
	}
	return 0;
}

static bool overlap6(const struct m46_prefix6 *a, const struct m46_prefix6 *b)
{
	return ipv6_prefix_equal(&a->addr, &b->addr, min(a->len, b->len));
}

/* What of NAT64_* and PREFIXES makes sense together. */
static int check_nat64(const struct m46_cfg *cfg, struct nlattr *tb[],
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *prefix = tb[M46_DEV_A_NAT64];
	const struct nlattr *pool = tb[M46_DEV_A_NAT64_POOL];
	const struct m46_nat64 *nat64 = &cfg->nat64;
	unsigned int i;

	if (!nat64->prefix.len && nat64->n_pool) {
		NL_SET_ERR_MSG_ATTR(extack, pool ? : prefix,
				    "nat64-pool needs nat64");
		return -EINVAL;
	}
	if (nat64->prefix.len && !nat64->n_pool) {
		NL_SET_ERR_MSG_ATTR(extack, prefix ? : pool,
				    "nat64 needs nat64-pool");
		return -EINVAL;
	}
	for (i = 0; nat64->prefix.len && i < cfg->n_prefix; i++) {
		if (overlap6(&nat64->prefix, &cfg->prefix[i])) {
			NL_SET_ERR_MSG_ATTR(extack, prefix ? :
					    tb[M46_DEV_A_PREFIXES],
					    "nat64 overlaps an own prefix");
			return -EINVAL;
		}
	}
	return 0;
}

int m46_cfg_set_adpt(struct m46_cfg *cfg, struct nlattr *tb[],
		     struct netlink_ext_ack *extack)
{
	int err;

	/* Routes are found by IPv4 address, not by mapping prefix. */
	if (cfg->md == M46_MD_FIB &&
	    cfg->source_check == M46_SOURCE_CHECK_LOOSE) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_DEV_A_SOURCE_CHECK] ? :
				    tb[M46_DEV_A_MD],
				    "md fib has no loose source check");
		return -EINVAL;
	}
	err = set_enc(&cfg->enc, tb[M46_DEV_A_TUNNEL], extack);
	if (err)
		return err;
	err = set_nat64_prefix(&cfg->nat64, tb[M46_DEV_A_NAT64], extack);
	if (err)
		return err;
	err = set_nat64_pool(&cfg->nat64, tb[M46_DEV_A_NAT64_POOL], extack);
	if (err)
		return err;
	return check_nat64(cfg, tb, extack);
}

size_t m46_cfg_adpt_size(void)
{
	return nla_total_size(0) +		/* TUNNEL */
	       M46_TUN_A_MAX * nla_total_size(sizeof(u32)) +
	       m46_prefixes6_size(1) +		/* NAT64 */
	       m46_prefixes4_size(M46_NAT64_POOL_MAX);
}

static int put_enc(struct sk_buff *skb, const struct m46_enc *enc)
{
	struct nlattr *nest = nla_nest_start(skb, M46_DEV_A_TUNNEL);

	if (!nest ||
	    nla_put_u8(skb, M46_TUN_A_HOPLIMIT, enc->hoplimit) ||
	    nla_put_u16(skb, M46_TUN_A_ENCAP_LIMIT, enc->limit) ||
	    nla_put_u8(skb, M46_TUN_A_FRAG, enc->frag_inner) ||
	    nla_put_u8(skb, M46_TUN_A_FLOWLABEL, enc->flow_hash) ||
	    nla_put_u8(skb, M46_TUN_A_ECN, enc->ecn_compat) ||
	    nla_put_u8(skb, M46_TUN_A_ECN_LOG, enc->ecn_log) ||
	    nla_put_u8(skb, M46_TUN_A_PEER_METHOD, enc->peer_encap))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int m46_cfg_fill_adpt(struct sk_buff *skb, const struct m46_cfg *cfg)
{
	const struct m46_nat64 *nat64 = &cfg->nat64;

	if (nla_put_u8(skb, M46_DEV_A_METHOD, cfg->method) ||
	    nla_put_u8(skb, M46_DEV_A_MD, cfg->md) ||
	    nla_put_u8(skb, M46_DEV_A_SOURCE_CHECK, cfg->source_check) ||
	    nla_put_u8(skb, M46_DEV_A_RESERVED_BITS, cfg->reserved_ignore) ||
	    nla_put_u8(skb, M46_DEV_A_ADPT_DF, cfg->xlat.df_clear) ||
	    put_enc(skb, &cfg->enc) ||
	    m46_prefixes6_put(skb, M46_DEV_A_NAT64, &nat64->prefix,
			      nat64->prefix.len ? 1 : 0) ||
	    m46_prefixes4_put(skb, M46_DEV_A_NAT64_POOL, nat64->pool,
			      nat64->n_pool))
		return -EMSGSIZE;
	return 0;
}
