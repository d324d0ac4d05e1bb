// SPDX-License-Identifier: GPL-2.0
/* Address mapping: what the modes have in common. */
#include <linux/random.h>
#include <net/ipv6.h>

#include "m46.h"
#include "map.h"
#include "md.h"
#include "route.h"
#include "table.h"
#include "tunnel.h"

/*
 * Writers count after the change, and release what can no longer be found after
 * that: who has seen the old number may follow what he found by it.
 */
u64 m46_map_gen(const struct m46_dev *m46)
{
	switch (m46->mode) {
	case M46_MODE_ADPT:
		/* pairs with the releases of md.c */
		return smp_load_acquire(&rcu_dereference(m46->md)->gen);
	case M46_MODE_M46T:
		/* pairs with m46_table_changed() */
		return atomic64_read_acquire(&m46->table->gen);
	default:
		return m46_tunnel_gen();
	}
}

/* RFC 6052 3.1: the Well-Known Prefix is for global IPv4 addresses only. */
enum m46_counter m46_map_wkp(const struct m46_map *map, const __be32 top[3],
			     __be32 addr)
{
	if (map->cfg->wkp_strict && m46_is_wkp(top) && m46_not_global4(addr))
		return M46_DROP_WKP_PRIVATE;
	return M46_OK;
}

enum m46_counter m46_map_embed(const struct m46_map *map, const __be32 top[3],
			       __be32 addr, struct in6_addr *out)
{
	out->s6_addr32[0] = top[0];
	out->s6_addr32[1] = top[1];
	out->s6_addr32[2] = top[2];
	out->s6_addr32[3] = addr;
	return m46_map_wkp(map, top, addr);
}

/*
 * RFC 7915 section 6: an address of the translator; where it has none, its
 * own prefix with RFC 7600's dummy address.
 */
void m46_map_error_src6(const struct m46_xlat *x, const struct in6_addr *daddr,
			struct in6_addr *out)
{
	const struct m46_map *map = m46_to_map(x);

	*out = map->cfg->icmp6_source;
	if (!ipv6_addr_any(out))
		return;
	if (m46_route_source6(map->m46->dev, daddr, out))
		return;
	memcpy(out, map->cfg->top, sizeof(map->cfg->top));
	out->s6_addr32[3] = htonl(INADDR_DUMMY);
}

/* RFC 6791: an address of the pool, else one of the translator. */
void m46_map_error_src4(const struct m46_xlat *x, __be32 daddr, __be32 *out)
{
	const struct m46_map *map = m46_to_map(x);
	const struct m46_cfg *cfg = map->cfg;

	if (cfg->n_pool6791) {
		const struct m46_prefix4 *p;
		u32 r = get_random_u32();

		p = &cfg->pool6791[(r >> 16) % cfg->n_pool6791];
		if (p->len < 32)
			*out = htonl(p->addr | (get_random_u32() >> p->len));
		else
			*out = htonl(p->addr);
		return;
	}
	*out = cfg->icmp4_source;
	if (*out || m46_route_source4(map->m46->dev, daddr, out))
		return;
	*out = htonl(INADDR_DUMMY);
}

u32 m46_map_mtu6(const struct m46_xlat *x, const struct in6_addr *daddr)
{
	const struct m46_map *map = m46_to_map(x);

	return m46_route_mtu6(map->m46->dev, map->mark, NULL, daddr);
}

u32 m46_map_mtu4(const struct m46_xlat *x, __be32 daddr)
{
	const struct m46_map *map = m46_to_map(x);

	return m46_route_mtu4(map->m46->dev, map->mark, 0, daddr);
}

void m46_map_init(struct m46_map *map, struct m46_dev *m46, u32 mark)
{
	map->cfg = rcu_dereference(m46->cfg);
	map->m46 = m46;
	map->mark = mark;
	map->src = NULL;
	map->dst = NULL;
	map->via = NULL;
	map->self = 0;
	map->nat64 = 0;
	map->x.cfg = &map->cfg->xlat;
	if (map->cfg->mode == M46_MODE_M46T) {
		map->table = m46->table;
		/* pairs with m46_table_changed() */
		map->gen = atomic64_read_acquire(&map->table->gen);
		map->now = m46_ticks();
		map->x.ops = &m46_m46t_ops;
		return;
	}
	map->md = rcu_dereference(m46->md);
	/* pairs with the releases of md.c; a database that comes has another */
	map->gen = smp_load_acquire(&map->md->gen);
	map->x.ops = &m46_adpt_ops;
}
