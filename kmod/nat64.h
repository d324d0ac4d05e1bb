/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 464XLAT convergence: packets of IPv6-only clients, whose NAT64 prefix is
 * exchanged for the mapping prefix of the far edge.
 */
#ifndef _M46_NAT64_H
#define _M46_NAT64_H

#include "xlat.h"

struct m46_map;
struct m46_pkt;
struct sk_buff;

/**
 * enum m46_nat64_way - which exchange a packet needs
 * @M46_NAT64_NONE: none
 * @M46_NAT64_OUT: from a client: the destination is under the NAT64 prefix
 * @M46_NAT64_BACK: to a client: the destination is own prefix + nat64-pool
 * @M46_NAT64_FROM4: IPv4 to a client, of an edge that encapsulates: what no
 *	rule can tell it not to do
 */
enum m46_nat64_way {
	M46_NAT64_NONE,
	M46_NAT64_OUT,
	M46_NAT64_BACK,
	M46_NAT64_FROM4,
};

enum m46_nat64_way m46_nat64_way(const struct m46_map *map,
				 const struct in6_addr *daddr);
/*
 * Exchange and hand to the stack; ip is the header of skb, parsed, and
 * map.nat64 is set. As m46_xmit6().
 */
enum m46_counter m46_xmit_nat64(struct m46_pkt *p, struct sk_buff *skb,
				const struct m46_ip6 *ip);

/* Whether an IPv4 address is one that clients appear under. */
bool m46_nat64_has(const struct m46_map *map, __be32 addr);
/* NAT64 prefix + IPv4 address. M46_OK or the reason to drop. */
enum m46_counter m46_nat64_embed(const struct m46_map *map, __be32 addr,
				 struct in6_addr *out);

/* Of an ICMPv6 error and what it quotes, see struct m46_xlat_ops. */
enum m46_counter m46_nat64_outer66(const struct m46_xlat *x,
				   const struct in6_addr *saddr,
				   const struct in6_addr *daddr,
				   struct in6_addr *new_saddr,
				   struct in6_addr *new_daddr);
enum m46_counter m46_nat64_quote66(const struct m46_xlat *x,
				   const struct in6_addr *addr, bool is_src,
				   struct in6_addr *out);

#endif /* _M46_NAT64_H */
