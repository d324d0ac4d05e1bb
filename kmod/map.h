/* SPDX-License-Identifier: GPL-2.0 */
/* Address mapping: one packet's view of the device, and the modes behind it. */
#ifndef _M46_MAP_H
#define _M46_MAP_H

#include "adpt.h"
#include "config.h"
#include "m46t.h"
#include "xlat.h"

struct m46_dev;
struct m46_entry;
struct m46_md;
struct m46_table;

/**
 * struct m46_map - one packet's view of the device
 * @x: what the translator needs of it; first, so that ops can get back here
 * @cfg: settings
 * @m46: the device
 * @md: adpt: mapping rules
 * @table: m46t: entries and pools
 * @src: m46t: entry of the packet's IPv6 source, once it is known
 * @dst: m46t: entry of its destination
 * @via: adpt: upper 96 bits of the prefix of the packet's destination, NULL:
 *	not looked up, or none
 * @via_of: that destination
 * @method: adpt: enum m46_method of an IPv4 packet
 * @self: adpt: IPv4 address on this side, for routes by source; 0: not known
 * @nat64: adpt: which exchange an IPv6 packet needs
 * @mark: the packet's, for route lookups
 * @now: m46t: m46_ticks() at its arrival
 * @gen: m46_map_gen() of @md or @table, before they were asked
 *
 * Valid under the rcu_read_lock() that m46_map_init() was called under.
 */
struct m46_map {
	struct m46_xlat x;
	const struct m46_cfg *cfg;
	struct m46_dev *m46;
	union {
		struct m46_md *md;
		struct m46_table *table;
	};
	struct m46_entry *src;
	struct m46_entry *dst;
	const __be32 *via;
	__be32 via_of;
	__be32 self;
	u8 method;
	u8 nat64; /* enum m46_nat64_way */
	u32 mark;
	u32 now;
	u64 gen;
};

/* Generation of what the device's mode asks for an address. RCU. */
u64 m46_map_gen(const struct m46_dev *m46);

void m46_map_init(struct m46_map *map, struct m46_dev *m46, u32 mark);

static inline const struct m46_map *m46_to_map(const struct m46_xlat *x)
{
	return container_of(x, struct m46_map, x);
}

/* M46_OK, or: top is the Well-Known Prefix, addr private (RFC 6052 3.1). */
enum m46_counter m46_map_wkp(const struct m46_map *map, const __be32 top[3],
			     __be32 addr);
/* The address of upper 96 bits and IPv4 address. Likewise. */
enum m46_counter m46_map_embed(const struct m46_map *map, const __be32 top[3],
			       __be32 addr, struct in6_addr *out);

/* The struct m46_xlat_ops that do not depend on the mode. */
void m46_map_error_src6(const struct m46_xlat *x, const struct in6_addr *daddr,
			struct in6_addr *out);
void m46_map_error_src4(const struct m46_xlat *x, __be32 daddr, __be32 *out);
u32 m46_map_mtu6(const struct m46_xlat *x, const struct in6_addr *daddr);
u32 m46_map_mtu4(const struct m46_xlat *x, __be32 daddr);

/*
 * The four mappings of a packet that is no ICMP error, roles as in struct
 * m46_xlat_ops; called directly, since a call through a pointer costs as much
 * as the mapping. Return: M46_OK or the reason to drop.
 */
static inline enum m46_counter m46_map_dst46(struct m46_map *map, __be32 addr,
					     struct in6_addr *out)
{
	if (map->cfg->mode == M46_MODE_M46T)
		return m46_m46t_dst46(map, addr, out);
	return m46_adpt_dst46(map, addr, out);
}

static inline enum m46_counter m46_map_src46(struct m46_map *map, __be32 addr,
					     struct in6_addr *out)
{
	if (map->cfg->mode == M46_MODE_M46T)
		return m46_m46t_src46(map, addr, out);
	return m46_adpt_src46(map, addr, out);
}

static inline enum m46_counter m46_map_dst64(struct m46_map *map,
					     const struct in6_addr *addr,
					     __be32 *out)
{
	if (map->cfg->mode == M46_MODE_M46T)
		return m46_m46t_dst64(map, addr, out);
	return m46_adpt_dst64(map, addr, out);
}

/* m46t: *out is 0 where the host has no entry yet, see m46_map_claim64(). */
static inline enum m46_counter m46_map_src64(struct m46_map *map,
					     const struct in6_addr *addr,
					     __be32 *out)
{
	if (map->cfg->mode == M46_MODE_M46T)
		return m46_m46t_src64(map, addr, out);
	return m46_adpt_src64(map, addr, out);
}

/* Every check has been passed: now a source without entry gets one. */
static inline enum m46_counter m46_map_claim64(struct m46_map *map,
					       const struct in6_addr *addr,
					       __be32 *out)
{
	if (*out || map->cfg->mode != M46_MODE_M46T)
		return M46_OK;
	return m46_m46t_claim64(map, addr, out);
}

/* The packet has gone out: restart the timers it restarts. */
static inline void m46_map_sent46(const struct m46_map *map)
{
	if (map->dst && map->cfg->refresh_from_v4)
		m46_m46t_refresh(map->cfg, map->dst, map->now);
}

static inline void m46_map_sent64(const struct m46_map *map)
{
	if (map->src)
		m46_m46t_refresh(map->cfg, map->src, map->now);
}

#endif /* _M46_MAP_H */
