/* SPDX-License-Identifier: GPL-2.0 */
/* Mode m46t: addresses of hosts that have an entry, and of all IPv4 hosts. */
#ifndef _M46_M46T_H
#define _M46_M46T_H

#include "xlat.h"

struct m46_entry;
struct m46_map;

extern const struct m46_xlat_ops m46_m46t_ops;

/*
 * Each maps one address (host roles as in struct m46_xlat_ops) and returns
 * M46_OK or the reason to drop. dst46 and src64 leave the entry they have used
 * in the map. src64 sets *out to 0 for a host that has none but may get one.
 */
enum m46_counter m46_m46t_src46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_m46t_dst46(struct m46_map *map, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_m46t_src64(struct m46_map *map,
				const struct in6_addr *addr, __be32 *out);
enum m46_counter m46_m46t_dst64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out);

/* Make an entry for addr, or bring its dormant one back to life. BH. */
enum m46_counter m46_m46t_claim64(struct m46_map *map,
				  const struct in6_addr *addr, __be32 *out);
/* Restart an entry's timer; now: m46_ticks(). */
void m46_m46t_refresh(const struct m46_cfg *cfg, struct m46_entry *e, u32 now);

/*
 * Is addr, the IPv4 destination of an IPv6 packet, that of another host with
 * an entry, or one that a pool gives out (conformance M46T-31)?
 */
bool m46_m46t_is_hairpin(const struct m46_map *map, __be32 addr);
/* Its IPv6 address; leaves the entry in the map. */
enum m46_counter m46_m46t_hairpin(struct m46_map *map, __be32 addr,
				  struct in6_addr *out);

#endif /* _M46_M46T_H */
