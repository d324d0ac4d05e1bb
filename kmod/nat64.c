// SPDX-License-Identifier: GPL-2.0
/*
 * Exchange of the NAT64 prefix (draft-ietf-v6ops-framework-md-ipv6only-underlay
 * section 7). A client of a NAT64 talks to NAT64 prefix + IPv4 address; here
 * that prefix becomes the mapping prefix of the edge that the address is
 * behind, where the one conversion on the whole path takes place. NAT66 in
 * front of the device has given the client a source of own prefix + nat64-pool.
 * Nothing becomes IPv4, so no size changes and only addresses are touched.
 */
#include <linux/ipv6.h>
#include <net/ipv6.h>

#include "adpt.h"
#include "m46.h"
#include "map.h"
#include "nat64.h"
#include "rfc6052.h"
#include "xmit.h"

bool m46_nat64_has(const struct m46_map *map, __be32 addr)
{
	const struct m46_nat64 *nat64 = &map->cfg->nat64;
	unsigned int i;

	for (i = 0; i < nat64->n_pool; i++) {
		if (m46_prefix4_has(&nat64->pool[i], ntohl(addr)))
			return true;
	}
	return false;
}

/* Is it what NAT66 makes of a client's address? */
static bool m46_is_client(const struct m46_map *map,
			  const struct in6_addr *addr)
{
	return m46_nat64_has(map, addr->s6_addr32[3]) &&
	       m46_adpt_is_own(map, addr);
}

enum m46_nat64_way m46_nat64_way(const struct m46_map *map,
				 const struct in6_addr *daddr)
{
	const struct m46_prefix6 *prefix = &map->cfg->nat64.prefix;

	if (ipv6_prefix_equal(daddr, &prefix->addr, prefix->len))
		return M46_NAT64_OUT;
	return m46_is_client(map, daddr) ? M46_NAT64_BACK : M46_NAT64_NONE;
}

/* Only a prefix of 96 bits can be the Well-Known one, with its limits. */
static enum m46_counter m46_nat64_wkp(const struct m46_map *map, __be32 addr)
{
	const struct m46_prefix6 *prefix = &map->cfg->nat64.prefix;

	return prefix->len == 96 ?
	       m46_map_wkp(map, prefix->addr.s6_addr32, addr) : M46_OK;
}

/* NAT64 prefix + IPv4 address -> mapping prefix of its edge + IPv4 address */
static enum m46_counter m46_to_edge(const struct m46_map *map,
				    const struct in6_addr *addr, u32 hash,
				    struct in6_addr *out)
{
	const struct m46_prefix6 *prefix = &map->cfg->nat64.prefix;
	__be32 v4 = m46_6052_extract(addr, prefix->len);
	enum m46_counter drop;
	const __be32 *via;

	if (ipv4_is_multicast(v4) || ipv4_is_lbcast(v4))
		return M46_DROP_MULTICAST;
	if (m46_martian4(v4))
		return M46_DROP_MARTIAN_DESTINATION;
	drop = m46_nat64_wkp(map, v4);
	if (drop)
		return drop;
	drop = m46_adpt_find(map, v4, hash, &via);
	return drop ? drop : m46_map_embed(map, via, v4, out);
}

enum m46_counter m46_nat64_embed(const struct m46_map *map, __be32 addr,
				 struct in6_addr *out)
{
	const struct m46_prefix6 *prefix = &map->cfg->nat64.prefix;

	m46_6052_embed(&prefix->addr, prefix->len, addr, out);
	return m46_nat64_wkp(map, addr);
}

static enum m46_counter m46_nat64_map(const struct m46_map *map,
				      const struct m46_ip6 *ip, u32 hash,
				      struct in6_addr *saddr,
				      struct in6_addr *daddr)
{
	enum m46_counter drop;
	__be32 v4;

	*saddr = ip->saddr;
	*daddr = ip->daddr;
	if (map->nat64 == M46_NAT64_OUT) {
		if (!m46_is_client(map, &ip->saddr))
			return M46_DROP_NAT64_SRC;
		return m46_to_edge(map, &ip->daddr, hash, daddr);
	}
	drop = m46_adpt_src64(map, &ip->saddr, &v4);
	if (drop)
		return drop;
	if (m46_martian4(v4))
		return M46_DROP_MARTIAN_SOURCE;
	return m46_nat64_embed(map, v4, saddr);
}

/* Have the checksum readable that changes. */
static enum m46_counter m46_nat64_pull(struct m46_pkt *p, struct sk_buff *skb,
				       const struct m46_ip6 *ip)
{
	unsigned int len = ip->tot_len - ip->hlen;
	unsigned int need = ip->offset ? 0 : m46_l4_need(ip->proto);

	if (len < need)
		return m46_ip6_is_frag(ip) ? M46_DROP_TINY_FRAGMENT :
					     M46_DROP_SHORT_L4;
	return pskb_may_pull(skb, ip->hlen + need) ? M46_OK : M46_DROP_NOMEM;
}

/*
 * An edge that encapsulates does not know that there is no IPv4 here: unpack
 * and translate. The inner TTL has not been counted down on this machine yet.
 */
static enum m46_counter m46_nat64_decap(struct m46_pkt *p, struct sk_buff *skb,
					const struct m46_ip6 *ip)
{
	static const struct m46_key no_flow;
	enum m46_counter drop;
	__be32 v4;

	if (p->fast)
		return M46_NOT_FAST;
	drop = m46_adpt_src64(&p->map, &ip->saddr, &v4);
	if (drop)
		return drop;
	drop = m46_decap6(p, skb, ip);
	if (drop)
		return drop;
	/* The IPv6 route says nothing of where an ICMPv4 error could go. */
	skb_dst_drop(skb);
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
	p->hop_add = 0;
	/* what is done from here on is not done to packets as it was one */
	p->key = &no_flow;
	drop = m46_xmit4(p, skb);
	if (drop)
		m46_drop(p, skb, drop, false);
	return M46_OK;
}

enum m46_counter m46_xmit_nat64(struct m46_pkt *p, struct sk_buff *skb,
				const struct m46_ip6 *ip)
{
	struct in6_addr saddr, daddr;
	enum m46_counter drop;

	drop = m46_nat64_pull(p, skb, ip);
	if (drop)
		return drop;
	p->map.self = p->map.nat64 == M46_NAT64_OUT ? ip->saddr.s6_addr32[3] :
						      ip->daddr.s6_addr32[3];
	if (p->map.nat64 == M46_NAT64_BACK && ip->proto == IPPROTO_IPIP &&
	    !m46_ip6_is_frag(ip) && m46_is_encap6(skb, ip))
		return m46_nat64_decap(p, skb, ip);
	if (ip->proto == IPPROTO_ICMPV6 && !ip->offset && !ip->mf &&
	    m46_icmp6_is_error(skb->data[ip->hlen]))
		return m46_exchange_error66(p, skb, ip, M46_COUNT_NAT64);
	/* Nobody could cut it into fragments again. */
	if (p->reassembled ||
	    (p->map.nat64 == M46_NAT64_BACK && p->map.cfg->enc.peer_encap))
		return M46_DROP_ADPT_MISMATCH;
	if (m46_is_tunnel_gso(skb))
		return m46_segment(p, skb, m46_xmit6);
	drop = m46_nat64_map(&p->map, ip,
			     ntohl(ip->saddr.s6_addr32[3] ^
				   ip->daddr.s6_addr32[3]),
			     &saddr, &daddr);
	if (drop)
		return drop;
	return m46_exchange66(p, skb, ip, &saddr, &daddr, M46_COUNT_NAT64);
}

/*
 * A core router tells of a client's packet under its own address, which needs
 * no other: all of it is IPv6.
 */
enum m46_counter m46_nat64_outer66(const struct m46_xlat *x,
				   const struct in6_addr *saddr,
				   const struct in6_addr *daddr,
				   struct in6_addr *new_saddr,
				   struct in6_addr *new_daddr)
{
	const struct m46_map *map = m46_to_map(x);

	*new_saddr = *saddr;
	*new_daddr = *daddr;
	if (map->nat64 == M46_NAT64_OUT) {
		if (!m46_is_client(map, saddr))
			return M46_DROP_NAT64_SRC;
		return m46_to_edge(map, daddr, 0, new_daddr);
	}
	if (!m46_adpt_is_mapped(map, saddr))
		return M46_OK;
	return m46_nat64_embed(map, saddr->s6_addr32[3], new_saddr);
}

/* The quoted packet went the other way. */
enum m46_counter m46_nat64_quote66(const struct m46_xlat *x,
				   const struct in6_addr *addr, bool is_src,
				   struct in6_addr *out)
{
	const struct m46_map *map = m46_to_map(x);
	bool is_back = map->nat64 == M46_NAT64_BACK;
	const struct m46_prefix6 *prefix;

	*out = *addr;
	if (is_src == is_back)
		return m46_is_client(map, addr) ? M46_OK : M46_DROP_BAD_QUOTE;
	if (is_back)
		return m46_adpt_is_mapped(map, addr) ?
		       m46_nat64_embed(map, addr->s6_addr32[3], out) :
		       M46_DROP_BAD_QUOTE;
	prefix = &map->cfg->nat64.prefix;
	if (!ipv6_prefix_equal(addr, &prefix->addr, prefix->len))
		return M46_DROP_BAD_QUOTE;
	return m46_to_edge(map, addr, 0, out);
}
