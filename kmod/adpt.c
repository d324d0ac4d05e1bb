// SPDX-License-Identifier: GPL-2.0
/*
 * Mode adpt, draft-ietf-v6ops-framework-md-ipv6only-underlay section 6: an
 * IPv4 address a behind a provider edge has the IPv6 address Pref6(PE) + a,
 * with a in the last 32 bits and zero bits between.
 */
#include <linux/ipv6.h>
#include <net/ipv6.h>

#include "adpt.h"
#include "fib.h"
#include "m46.h"
#include "map.h"
#include "md.h"
#include "nat64.h"

static struct m46_rule *m46_rule_of(const struct m46_lpm *lpm, __be32 addr)
{
	return m46_lpm_lookup(lpm, ntohl(addr));
}

/* Local rules, where there are any, say which blocks are behind this PE. */
static bool m46_has_local(const struct m46_md *md)
{
	return rcu_access_pointer(md->local.root);
}

enum m46_counter m46_adpt_src46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out)
{
	const struct m46_rule *rule = NULL;

	if (map->nat64 == M46_NAT64_FROM4)
		return m46_nat64_embed(map, addr, out);
	if (m46_has_local(map->md))
		rule = m46_rule_of(&map->md->local, addr);
	return m46_map_embed(map, rule ? rule->pref6->top : map->cfg->top, addr,
			     out);
}

enum m46_counter m46_adpt_find46(struct m46_map *map,
				 const struct sk_buff *skb, __be32 daddr)
{
	const struct m46_rule *rule;

	map->method = map->cfg->method;
	map->via_of = daddr;
	if (map->cfg->nat64.n_pool && m46_nat64_has(map, daddr)) {
		map->nat64 = M46_NAT64_FROM4;
		map->method = M46_METHOD_TRANSLATE;
		map->via = map->cfg->top;
		return M46_OK;
	}
	if (map->cfg->md == M46_MD_FIB)
		return m46_fib_via(map, skb, &map->via);
	rule = m46_rule_of(&map->md->remote, daddr);
	if (!rule)
		return M46_DROP_NO_RULE;
	if (rule->method)
		map->method = rule->method;
	map->via = rule->pref6->top;
	return M46_OK;
}

enum m46_counter m46_adpt_find(const struct m46_map *map, __be32 addr,
			       u32 hash, const __be32 **via)
{
	const struct m46_rule *rule;

	if (map->cfg->md == M46_MD_FIB)
		return m46_fib_lookup(map, addr, hash, via);
	rule = m46_rule_of(&map->md->remote, addr);
	if (!rule)
		return M46_DROP_NO_RULE;
	*via = rule->pref6->top;
	return M46_OK;
}

enum m46_counter m46_adpt_dst46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out)
{
	return m46_map_embed(map, map->via, addr, out);
}

bool m46_adpt_is_own(const struct m46_map *map, const struct in6_addr *addr)
{
	const struct m46_pref6 *pref6;

	if (m46_cfg_is_own(map->cfg, addr))
		return true;
	if (!m46_has_local(map->md))
		return false;
	pref6 = m46_md_pref6(map->md, addr->s6_addr32);
	return pref6 && READ_ONCE(pref6->local);
}

/* Is addr under an own prefix? */
static enum m46_counter m46_own_prefix(const struct m46_map *map,
				       const struct in6_addr *addr)
{
	const struct m46_cfg *cfg = map->cfg;
	unsigned int i;

	if (m46_adpt_is_own(map, addr))
		return M46_OK;
	for (i = 0; i < cfg->n_prefix; i++) {
		if (ipv6_prefix_equal(addr, &cfg->prefix[i].addr,
				      cfg->prefix[i].len))
			return cfg->reserved_ignore ? M46_OK :
						      M46_DROP_ADPT_RESERVED;
	}
	return M46_DROP_NOT_OWN_PREFIX;
}

enum m46_counter m46_adpt_dst64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out)
{
	enum m46_counter drop = m46_own_prefix(map, addr);

	if (drop)
		return drop;
	*out = addr->s6_addr32[3];
	if (m46_has_local(map->md) && !m46_rule_of(&map->md->local, *out))
		return M46_DROP_DST_NOT_LOCAL;
	/* In a VRF the packet that comes back does not tell where it was. */
	if (map->cfg->md == M46_MD_FIB && netif_is_l3_slave(map->m46->dev) &&
	    m46_fib_is_remote(map, *out))
		return M46_DROP_DST_NOT_LOCAL;
	return m46_map_wkp(map, addr->s6_addr32, *out);
}

/* Does the rule of the embedded address give exactly this prefix? */
static enum m46_counter m46_source_strict(const struct m46_map *map,
					  const struct in6_addr *addr)
{
	const struct m46_rule *rule;
	struct in6_addr via;

	if (map->cfg->md == M46_MD_FIB)
		return m46_fib_has(map, addr->s6_addr32[3], addr->s6_addr32) ?
		       M46_OK : M46_DROP_ADPT_SRC;
	rule = m46_rule_of(&map->md->remote, addr->s6_addr32[3]);
	if (!rule)
		return M46_DROP_ADPT_SRC;
	if (m46_same_top(addr, rule->pref6->top))
		return M46_OK;
	memcpy(&via, rule->pref6->top, sizeof(rule->pref6->top));
	if (!ipv6_prefix_equal(addr, &via, rule->via_len))
		return M46_DROP_ADPT_SRC;
	return map->cfg->reserved_ignore ? M46_OK : M46_DROP_ADPT_RESERVED;
}

static enum m46_counter m46_source_loose(const struct m46_map *map,
					 const struct in6_addr *addr)
{
	const struct m46_pref6 *pref6 = m46_md_pref6(map->md, addr->s6_addr32);

	return pref6 && READ_ONCE(pref6->remote) ? M46_OK : M46_DROP_ADPT_SRC;
}

bool m46_adpt_is_mapped(const struct m46_map *map, const struct in6_addr *addr)
{
	return !m46_source_strict(map, addr);
}

enum m46_counter m46_adpt_src64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out)
{
	enum m46_counter drop = M46_OK;

	if (map->cfg->source_check == M46_SOURCE_CHECK_STRICT)
		drop = m46_source_strict(map, addr);
	else if (map->cfg->source_check == M46_SOURCE_CHECK_LOOSE)
		drop = m46_source_loose(map, addr);
	if (drop)
		return drop;
	*out = addr->s6_addr32[3];
	return m46_map_wkp(map, addr->s6_addr32, *out);
}

static enum m46_counter m46_op_src46(const struct m46_xlat *x, __be32 addr,
				     struct in6_addr *out)
{
	return m46_adpt_src46(m46_to_map(x), addr, out);
}

static enum m46_counter m46_op_dst46(const struct m46_xlat *x, __be32 addr,
				     struct in6_addr *out)
{
	const struct m46_map *map = m46_to_map(x);
	enum m46_counter drop;
	const __be32 *via;

	/* what the packet's own route says is better than what ours would */
	if (map->via && (map->nat64 == M46_NAT64_FROM4 || map->via_of == addr))
		return m46_map_embed(map, map->via, addr, out);
	drop = m46_adpt_find(map, addr, 0, &via);
	return drop ? drop : m46_map_embed(map, via, addr, out);
}

/*
 * In an ICMP error: whatever the source check says, the last 32 bits of a
 * core router's own address are no IPv4 address.
 */
static enum m46_counter m46_op_src64(const struct m46_xlat *x,
				     const struct in6_addr *addr, __be32 *out)
{
	const struct m46_map *map = m46_to_map(x);
	enum m46_counter drop;

	if (map->cfg->source_check == M46_SOURCE_CHECK_OFF) {
		drop = map->cfg->md == M46_MD_FIB ?
		       m46_source_strict(map, addr) :
		       m46_source_loose(map, addr);
		if (drop)
			return drop;
	}
	return m46_adpt_src64(map, addr, out);
}

static enum m46_counter m46_op_dst64(const struct m46_xlat *x,
				     const struct in6_addr *addr, __be32 *out)
{
	return m46_adpt_dst64(m46_to_map(x), addr, out);
}

/*
 * A quoted source was a destination when we mapped it. Where no remote rule
 * has it any more, or never had, a local one may.
 */
static enum m46_counter m46_op_quote46(const struct m46_xlat *x, __be32 addr,
				       bool is_src, struct in6_addr *out)
{
	const struct m46_map *map = m46_to_map(x);
	const struct m46_rule *rule;
	enum m46_counter drop;

	if (!is_src)
		return m46_adpt_src46(map, addr, out);
	drop = m46_op_dst46(x, addr, out);
	if (drop != M46_DROP_NO_RULE || !m46_has_local(map->md))
		return drop;
	rule = m46_rule_of(&map->md->local, addr);
	return rule ? m46_map_embed(map, rule->pref6->top, addr, out) : drop;
}

static enum m46_counter m46_op_quote64(const struct m46_xlat *x,
				       const struct in6_addr *addr,
				       bool is_src, __be32 *out)
{
	const struct m46_map *map = m46_to_map(x);
	enum m46_counter drop;

	drop = is_src ? m46_adpt_dst64(map, addr, out) :
			m46_op_src64(x, addr, out);
	if (!drop)
		return M46_OK;
	return (is_src ? m46_op_src64(x, addr, out) :
			 m46_adpt_dst64(map, addr, out)) ? drop : M46_OK;
}

const struct m46_xlat_ops m46_adpt_ops = {
	.src46		= m46_op_src46,
	.dst46		= m46_op_dst46,
	.src64		= m46_op_src64,
	.dst64		= m46_op_dst64,
	.quote46	= m46_op_quote46,
	.quote64	= m46_op_quote64,
	.outer66	= m46_nat64_outer66,
	.quote66	= m46_nat64_quote66,
	.error_src6	= m46_map_error_src6,
	.error_src4	= m46_map_error_src4,
	.mtu6		= m46_map_mtu6,
	.mtu4		= m46_map_mtu4,
};

