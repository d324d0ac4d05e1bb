/* SPDX-License-Identifier: GPL-2.0 */
/* Mode adpt: which IPv6 address an IPv4 address has, and back. */
#ifndef _M46_ADPT_H
#define _M46_ADPT_H

#include "xlat.h"

struct m46_map;
struct sk_buff;

extern const struct m46_xlat_ops m46_adpt_ops;

/*
 * Find the rule of an IPv4 packet's destination: sets via and method of map.
 * M46_OK or the reason to drop.
 */
enum m46_counter m46_adpt_find46(struct m46_map *map,
				 const struct sk_buff *skb, __be32 daddr);
/* The same of an address that no packet was routed by; see m46_fib_lookup(). */
enum m46_counter m46_adpt_find(const struct m46_map *map, __be32 addr,
			       u32 hash, const __be32 **via);
/* Whether the upper 96 bits of addr are those of an own prefix. */
bool m46_adpt_is_own(const struct m46_map *map, const struct in6_addr *addr);
/*
 * Whether addr, under a prefix of another edge, is a mapped address that the
 * rule of its IPv4 address gives: strict source check, whatever the setting.
 */
bool m46_adpt_is_mapped(const struct m46_map *map, const struct in6_addr *addr);

/*
 * Each maps one address (host roles as in struct m46_xlat_ops) and returns
 * M46_OK or the reason to drop.
 */
enum m46_counter m46_adpt_src46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out);
/* after m46_adpt_find46() */
enum m46_counter m46_adpt_dst46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_adpt_src64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out);
enum m46_counter m46_adpt_dst64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out);

#endif /* _M46_ADPT_H */
