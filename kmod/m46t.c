// SPDX-License-Identifier: GPL-2.0
/*
 * Mode m46t, draft-matsuhira-m46t: an IPv4 host a is, for the IPv6 hosts of a
 * plane, at M46 prefix + plane ID + a. An IPv6 host is, for IPv4 hosts, at the
 * address of its entry. The table knows the latter only; the other address of a
 * packet is always computed (RFC 6146 3.6), or hairpins would not work.
 */
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "m46.h"
#include "map.h"
#include "table.h"

/* The table belongs to the device; what is in it is not the map's. */
static struct m46_entry *live_by6(const struct m46_map *map,
				  const struct in6_addr *addr)
{
	struct m46_entry *e = m46_entry_by6(map->table, addr);

	return e && m46_entry_live(e, map->now) ? e : NULL;
}

static struct m46_entry *live_by4(const struct m46_map *map, __be32 addr)
{
	struct m46_entry *e = m46_entry_by4(map->table, addr);

	return e && m46_entry_live(e, map->now) ? e : NULL;
}

static bool is_plane(const struct m46_map *map, const struct in6_addr *addr)
{
	return m46_same_top(addr, map->cfg->top);
}

/* Of any plane, or of RFC 6052's Well-Known Prefix: no host has such one. */
static bool is_embedded(const struct m46_map *map, const struct in6_addr *addr)
{
	const struct m46_prefix6 *p = &map->cfg->prefix[0];

	return ipv6_prefix_equal(addr, &p->addr, p->len) ||
	       m46_is_wkp(addr->s6_addr32);
}

enum m46_counter m46_m46t_src46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out)
{
	return m46_map_embed(map, map->cfg->top, addr, out);
}

enum m46_counter m46_m46t_dst46(struct m46_map *map, __be32 addr,
				struct in6_addr *out)
{
	map->dst = live_by4(map, addr);
	if (!map->dst)
		return M46_DROP_NO_ENTRY;
	*out = map->dst->ipv6;
	return M46_OK;
}

enum m46_counter m46_m46t_src64(struct m46_map *map,
				const struct in6_addr *addr, __be32 *out)
{
	/* RFC 6146 5.4: a loop, or somebody who would like one */
	if (is_embedded(map, addr))
		return M46_DROP_SRC_EMBEDDED;
	map->src = live_by6(map, addr);
	*out = map->src ? map->src->ipv4 : 0;
	return M46_OK;
}

enum m46_counter m46_m46t_dst64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out)
{
	const struct m46_prefix6 *p = &map->cfg->prefix[0];

	*out = addr->s6_addr32[3];
	if (is_plane(map, addr))
		return m46_map_wkp(map, map->cfg->top, *out);
	return ipv6_prefix_equal(addr, &p->addr, p->len) ?
	       M46_DROP_WRONG_PLANE : M46_DROP_NOT_OWN_PREFIX;
}

static bool may_claim(const struct m46_cfg *cfg, const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_from; i++) {
		if (ipv6_prefix_equal(addr, &cfg->from[i].addr,
				      cfg->from[i].len))
			return true;
	}
	return !cfg->n_from;
}

enum m46_counter m46_m46t_claim64(struct m46_map *map,
				  const struct in6_addr *addr, __be32 *out)
{
	enum m46_counter drop = M46_OK;

	if (!may_claim(map->cfg, addr))
		return M46_DROP_FROM;
	map->src = m46_entry_claim(map->table, map->cfg, addr, &drop);
	if (!map->src)
		return drop;
	*out = map->src->ipv4;
	return M46_OK;
}

void m46_m46t_refresh(const struct m46_cfg *cfg, struct m46_entry *e, u32 now)
{
	u32 least = m46_refresh_ticks(m46_ticks_from(cfg->expires));
	u32 deadline = m46_deadline(cfg, now);
	u32 diff = deadline - READ_ONCE(e->deadline);

	/* both ways, since the setting may have become shorter */
	if (diff + least > 2 * least)
		WRITE_ONCE(e->deadline, deadline);
}

/* An address of this machine is never a host's, pool or not (M46T-36). */
static bool is_local4(const struct m46_map *map, __be32 addr)
{
	struct net_device *dev = map->m46->dev;

	return inet_addr_type_dev_table(dev_net(dev), dev, addr) == RTN_LOCAL;
}

bool m46_m46t_is_hairpin(const struct m46_map *map, __be32 addr)
{
	struct m46_table *t = map->table;

	/* what is excluded from a pool belongs to IPv4 hosts */
	if (!m46_pool_gives(t, addr))
		return READ_ONCE(t->n_outside) && live_by4(map, addr);
	return live_by4(map, addr) || !is_local4(map, addr);
}

enum m46_counter m46_m46t_hairpin(struct m46_map *map, __be32 addr,
				  struct in6_addr *out)
{
	if (!map->cfg->hairpin)
		return M46_DROP_HAIRPIN_OFF;
	return m46_m46t_dst46(map, addr, out);
}

static enum m46_counter op_src46(const struct m46_xlat *x, __be32 addr,
				 struct in6_addr *out)
{
	return m46_m46t_src46(m46_to_map(x), addr, out);
}

static enum m46_counter op_dst46(const struct m46_xlat *x, __be32 addr,
				 struct in6_addr *out)
{
	const struct m46_entry *e = live_by4(m46_to_map(x), addr);

	if (!e)
		return M46_DROP_NO_ENTRY;
	*out = e->ipv6;
	return M46_OK;
}

/* Of an ICMPv6 error: a router's, which has no entry and gets none. */
static enum m46_counter op_src64(const struct m46_xlat *x,
				 const struct in6_addr *addr, __be32 *out)
{
	const struct m46_entry *e = live_by6(m46_to_map(x), addr);

	if (!e)
		return M46_DROP_NO_ENTRY;
	*out = e->ipv4;
	return M46_OK;
}

static enum m46_counter op_dst64(const struct m46_xlat *x,
				 const struct in6_addr *addr, __be32 *out)
{
	return m46_m46t_dst64(m46_to_map(x), addr, out);
}

/* A quoted IPv4 source is a host with an entry, a quoted destination is not. */
static enum m46_counter op_quote46(const struct m46_xlat *x, __be32 addr,
				   bool is_src, struct in6_addr *out)
{
	return is_src ? op_dst46(x, addr, out) : op_src46(x, addr, out);
}

static enum m46_counter op_quote64(const struct m46_xlat *x,
				   const struct in6_addr *addr, bool is_src,
				   __be32 *out)
{
	return is_src ? op_dst64(x, addr, out) : op_src64(x, addr, out);
}

/*
 * In an error about a hairpinned packet: that packet's source was made from
 * its sender's IPv4 address, its destination is the host itself.
 */
static enum m46_counter op_quote66(const struct m46_xlat *x,
				   const struct in6_addr *addr, bool is_src,
				   struct in6_addr *out)
{
	enum m46_counter drop;
	__be32 ipv4;

	drop = op_quote64(x, addr, is_src, &ipv4);
	if (drop)
		return drop;
	return is_src ? op_dst46(x, ipv4, out) : op_src46(x, ipv4, out);
}

const struct m46_xlat_ops m46_m46t_ops = {
	.src46		= op_src46,
	.dst46		= op_dst46,
	.src64		= op_src64,
	.dst64		= op_dst64,
	.quote46	= op_quote46,
	.quote64	= op_quote64,
	.quote66	= op_quote66,
	.error_src6	= m46_map_error_src6,
	.error_src4	= m46_map_error_src4,
	.mtu6		= m46_map_mtu6,
	.mtu4		= m46_map_mtu4,
};
