/* SPDX-License-Identifier: GPL-2.0 */
/* Mode adpt: which IPv6 address an IPv4 address has, and back. */
#ifndef _M46_ADPT_H
#define _M46_ADPT_H

#include "xlat.h"

struct m46_map;

extern const struct m46_xlat_ops m46_adpt_ops;

/*
 * Each maps one address (host roles as in struct m46_xlat_ops) and returns
 * M46_OK or the reason to drop.
 */
enum m46_counter m46_adpt_src46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_adpt_dst46(const struct m46_map *map, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_adpt_src64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out);
enum m46_counter m46_adpt_dst64(const struct m46_map *map,
				const struct in6_addr *addr, __be32 *out);

#endif /* _M46_ADPT_H */
