/* SPDX-License-Identifier: GPL-2.0 */
/* A device's settings: parsed from netlink, published by RCU as one object. */
#ifndef _M46_CONFIG_H
#define _M46_CONFIG_H

#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/m46.h>

#include "prefix.h"
#include "sixto4.h"
#include "xlat.h"

struct m46_dev;
struct sk_buff;

/**
 * struct m46_enc - settings of mode adpt's encapsulation
 * @limit: 0..255, or M46_ENCAP_LIMIT_NONE
 * @hoplimit: of outer packets
 * @frag_inner: IPv4 packets over the tunnel's MTU are fragmented themselves
 * @flow_hash: the flow label is a hash of the inner flow
 * @ecn_compat: the outer ECN field is Not-ECT
 * @ecn_log: log odd combinations
 * @peer_encap: nothing is accepted that is not encapsulated
 */
struct m46_enc {
	u16 limit;
	u8 hoplimit;
	bool frag_inner;
	bool flow_hash;
	bool ecn_compat;
	bool ecn_log;
	bool peer_encap;
};

/**
 * struct m46_nat64 - exchange of the NAT64 prefix, mode adpt
 * @prefix: length 0: none
 * @pool: IPv4 addresses that IPv6-only clients appear under
 * @n_pool: how many prefixes
 */
struct m46_nat64 {
	struct m46_prefix6 prefix;
	struct m46_prefix4 pool[M46_NAT64_POOL_MAX];
	u8 n_pool;
};

/**
 * struct m46_cfg - what M46_DEV_A_* say, see there for units and defaults
 * @xlat: the part that the translator proper reads
 * @prefix: own mapping prefixes, the first is the source prefix; m46t: one,
 *	the M46 prefix without the plane ID
 * @gen: number of these settings, which no others have, see recipe.h
 * @n_prefix: how many
 * @mode: enum m46_mode
 * @method: enum m46_method
 * @md: enum m46_md_source
 * @source_check: enum m46_source_check
 * @wkp_strict: RFC 6052 3.1 is enforced
 * @reserved_ignore: non-zero bits before the IPv4 address are ignored
 * @mss_clamp: TCP MSS of SYN segments is lowered to the next hop's MTU
 * @icmp4_never: no ICMPv4 errors of our own, PMTU errors excepted
 * @icmp6_never: likewise ICMPv6
 * @pmtu_never: no PMTU errors of our own
 * @rate: ICMP errors per second
 * @burst: bucket size
 * @icmp4_source: 0 = auto
 * @icmp6_source: :: = auto
 * @pool6791: sources of translated errors
 * @n_pool6791: how many
 * @top: upper 96 bits of the addresses made from IPv4 sources: of the first
 *	prefix, with the plane ID (m46t)
 * @plane: the plane ID (m46t, as all that follow)
 * @expires: seconds
 * @reuse_after: seconds
 * @max_per_64: entries, 0 = any number
 * @alloc_rate: entries a second, 0 = any number
 * @from: hosts that may make entries
 * @n_from: how many prefixes, 0 = anybody may
 * @refresh_from_v4: IPv4 packets restart timers
 * @reuse_early: addresses that rest are given out rather than none
 * @hairpin: hosts with entries reach one another
 * @allow_nonzero_u: bits 64..71 of the prefix may be set
 * @alloc_key: of the hash that gives each host its address
 * @fast: indexes of the interfaces of the fast path; an interface that goes is
 *	taken out in place, by RTNL
 * @n_fast: how many
 * @tun: mode 6to4
 * @enc: mode adpt, as the next
 * @nat64: IPv6-only clients
 * @rcu: for freeing
 */
struct m46_cfg {
	struct m46_xlat_cfg xlat;
	struct m46_prefix6 prefix[M46_PREFIXES_MAX];
	u32 gen;
	u8 n_prefix;
	u8 mode;
	u8 method;
	u8 md;
	u8 source_check;
	bool wkp_strict;
	bool reserved_ignore;
	bool mss_clamp;
	bool icmp4_never;
	bool icmp6_never;
	bool pmtu_never;
	u32 rate;
	u32 burst;
	__be32 icmp4_source;
	struct in6_addr icmp6_source;
	struct m46_prefix4 pool6791[M46_POOL6791_MAX];
	u8 n_pool6791;
	__be32 top[3];
	u64 plane;
	u32 expires;
	u32 reuse_after;
	u32 max_per_64;
	u32 alloc_rate;
	struct m46_prefix6 from[M46_FROM_MAX];
	u8 n_from;
	bool refresh_from_v4;
	bool reuse_early;
	bool hairpin;
	bool allow_nonzero_u;
	siphash_key_t alloc_key;
	u32 fast[M46_FASTPATH_MAX];
	u8 n_fast;
	struct m46_tun tun;
	struct m46_enc enc;
	struct m46_nat64 nat64;
	struct rcu_head rcu;
};

extern const struct nla_policy m46_dev_policy[M46_DEV_A_MAX + 1];

/* Upper 96 bits of RFC 6052's Well-Known Prefix, exactly 64:ff9b::/96? */
static inline bool m46_is_wkp(const __be32 top[3])
{
	return top[0] == htonl(0x0064ff9b) && !top[1] && !top[2];
}

/* The upper 96 bits, which a mapping prefix decides alone. */
static inline bool m46_same_top(const struct in6_addr *addr,
				const __be32 top[3])
{
	return addr->s6_addr32[0] == top[0] && addr->s6_addr32[1] == top[1] &&
	       addr->s6_addr32[2] == top[2];
}

/* Whether addr maps as one of the configured own prefixes. */
static inline bool m46_cfg_is_own(const struct m46_cfg *cfg,
				  const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < cfg->n_prefix; i++) {
		if (m46_same_top(addr, cfg->prefix[i].addr.s6_addr32))
			return true;
	}
	return false;
}

/*
 * Build a new configuration from old (NULL: from the defaults) and attributes.
 * Return: the new one, or ERR_PTR() with extack set; nothing is published.
 */
struct m46_cfg *m46_cfg_build(const struct m46_cfg *old, struct nlattr *tb[],
			      struct netlink_ext_ack *extack);
/* Publish; frees the one before after a grace period. Under RTNL. */
void m46_cfg_publish(struct m46_dev *m46, struct m46_cfg *cfg);
/* Put all M46_DEV_A_* into skb, at this level. RTNL or RCU. */
int m46_cfg_fill(struct sk_buff *skb, const struct m46_cfg *cfg);
/* Bytes that m46_cfg_fill() needs at most. */
size_t m46_cfg_size(void);

/* config_adpt.c: the part of each that mode adpt has of its own */
int m46_cfg_set_adpt(struct m46_cfg *cfg, struct nlattr *tb[],
		     struct netlink_ext_ack *extack);
int m46_cfg_fill_adpt(struct sk_buff *skb, const struct m46_cfg *cfg);
size_t m46_cfg_adpt_size(void);

/* config_tunnel.c: the part of each that mode 6to4 has of its own */
extern const struct nla_policy m46_tunnel_policy[M46_TUN_A_MAX + 1];
/* Parse a nest of M46_TUN_A_* that has none but those of the mode. */
int m46_tunnel_parse(struct nlattr *tb[], const struct nlattr *nest, u8 mode,
		     struct netlink_ext_ack *extack);
int m46_cfg_set_tunnel(struct m46_cfg *cfg, bool is_new,
		       const struct nlattr *nest, const struct nlattr *prefixes,
		       struct netlink_ext_ack *extack);
int m46_cfg_fill_tunnel(struct sk_buff *skb, const struct m46_tun *tun);
size_t m46_cfg_tunnel_size(void);

#endif /* _M46_CONFIG_H */
