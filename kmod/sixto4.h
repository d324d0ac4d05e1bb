/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Mode 6to4 on plain memory: which IPv4 address an IPv6 address embeds, and
 * which packets may enter and leave a tunnel (RFC 3056, 3964, 4213, 5969). No
 * skb, no lock, no lookup: built in user space too (selftests/unit).
 */
#ifndef _M46_SIXTO4_H
#define _M46_SIXTO4_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/m46.h>

#include "prefix.h"
#include "stats.h"

#define M46_6TO4_PREFIX		0x2002		/* 2002::/16, RFC 3056 2 */
#define M46_ANYCAST4		0xc0586301	/* 192.88.99.1, RFC 3068 2.4 */

/* enum m46_tun_kind - what PREFIXES and REMOTE make of a device */
enum m46_tun_kind {
	M46_TUN_6TO4,		/* RFC 3056 */
	M46_TUN_6RD,		/* RFC 5969 */
	M46_TUN_CONFIGURED,	/* RFC 4213 */
};

/**
 * struct m46_domain - prefix whose addresses embed IPv4 addresses
 * @value: the prefix, in two halves, host byte order
 * @mask: its mask, likewise
 * @len: its length, 1..96
 * @v4: the bits that all IPv4 addresses of the domain have in common
 */
struct m46_domain {
	u64 value[2];
	u64 mask[2];
	u8 len;
	struct m46_prefix4 v4;
};

/**
 * struct m46_prefix4_list - prefixes of one setting
 * @prefix: in no order
 * @n: how many
 */
struct m46_prefix4_list {
	struct m46_prefix4 prefix[M46_PEERS_MAX];
	u8 n;
};

/**
 * struct m46_tun - settings of mode 6to4, see M46_TUN_A_LOCALS and on
 * @domain: 6to4, 6rd
 * @local: own addresses, host byte order
 * @n_local: how many
 * @remote: host byte order, 0 = none
 * @kind: enum m46_tun_kind
 * @relay: between domain and native IPv6
 * @return_only: only from native IPv6 into the domain
 * @anycast: 192.88.99.1 is an own address (6to4), @local[0] is anycast (6rd)
 * @relay_source: enum m46_relay_source
 * @ingress_filter: enum m46_ingress_filter
 * @relay_from: relays that native inner sources come from
 * @acl: clients of this relay, none = any
 * @peers: outer addresses at the other end, none = any
 * @native: allow-native-native
 * @ttl: 1..255 or M46_TTL_INHERIT
 * @tos: 0..252 or M46_TOS_INHERIT
 * @ecn_compat: the outer ECN field is Not-ECT
 * @ecn_log: log odd combinations
 * @pmtudisc: tunnel MTU by path MTU
 * @large_mtu: the device's MTU may be over 1480
 * @nonlocal: own addresses may be missing
 * @link: ifindex of the underlay, 0 = any
 * @fwmark: of the outer packets' route lookups
 */
struct m46_tun {
	struct m46_domain domain;
	u32 local[M46_LOCALS_MAX];
	u8 n_local;
	u32 remote;
	u8 kind;
	bool relay;
	bool return_only;
	bool anycast;
	u8 relay_source;
	u8 ingress_filter;
	struct m46_prefix4_list relay_from;
	struct m46_prefix4_list acl;
	struct m46_prefix4_list peers;
	struct m46_prefix4_list native;
	u16 ttl;
	u16 tos;
	bool ecn_compat;
	bool ecn_log;
	bool pmtudisc;
	bool large_mtu;
	bool nonlocal;
	u32 link;
	u32 fwmark;
};

void m46_domain_init(struct m46_domain *d, const struct m46_prefix6 *prefix,
		     const struct m46_prefix4 *v4);
/* Whether addr is of the domain, and the IPv4 address that it embeds then. */
bool m46_domain_has(const struct m46_domain *d, const struct in6_addr *addr);
u32 m46_domain_v4(const struct m46_domain *d, const struct in6_addr *addr);
/* The prefix that the IPv4 address v4 gives its owner (RFC 3056 2, 5969 4). */
void m46_domain_delegated(const struct m46_domain *d, u32 v4,
			  struct m46_prefix6 *out);

/* Whether v4 is an address of this end of the tunnel, 192.88.99.1 included. */
bool m46_tun_is_own(const struct m46_tun *tun, u32 v4);

/*
 * The checks that RFC 3964 5.3.1 and 5.3.2 call sanity checks: no packet may
 * have such an outer or inner address. With the RFC's own list come the later
 * ranges that no site can have: 100.64.0.0/10, 192.0.0.0/24, 198.18.0.0/15 and
 * 192.88.99.0/24 without 192.88.99.1. In a 6rd domain private IPv4 addresses
 * are good, all of 192.88.99.0/24 is bad (RFC 5969 12).
 */
bool m46_tun_bad4(const struct m46_tun *tun, u32 v4);
bool m46_tun_bad6(const struct m46_tun *tun, const struct in6_addr *addr);

/* What an ISATAP address embeds (RFC 5214 6.1), 0 where it is none. */
static inline u32 m46_isatap_v4(const struct in6_addr *addr)
{
	/* the u bit says that the IPv4 address is globally unique */
	if ((addr->s6_addr32[2] & htonl(0xfdffffff)) != htonl(0x00005efe))
		return 0;
	return ntohl(addr->s6_addr32[3]);
}

/**
 * struct m46_tun_ends - outer addresses of a packet, host byte order
 * @saddr: source
 * @daddr: destination
 */
struct m46_tun_ends {
	u32 saddr;
	u32 daddr;
};

/**
 * struct m46_tun_out - an IPv6 packet on its way into a tunnel
 * @src: its source
 * @dst: its destination
 * @gateway: next hop of its route where that is not the destination, or NULL
 * @is_local: this machine has made it
 * @is_back: it came out of this very device
 */
struct m46_tun_out {
	const struct in6_addr *src;
	const struct in6_addr *dst;
	const struct in6_addr *gateway;
	bool is_local;
	bool is_back;
};

/*
 * Where a packet goes, and whether it may (RFC 3056 5.3, RFC 3964 5.1, RFC 5969
 * 9). Return: M46_OK and *ends, or the reason to drop.
 */
enum m46_counter m46_tun_check_out(const struct m46_tun *tun,
				   const struct m46_tun_out *out,
				   struct m46_tun_ends *ends);
/*
 * Whether a packet that has come through the tunnel may leave it (RFC 3056 5.3,
 * RFC 3964 5.2, RFC 4213 3.6, RFC 5969 9.2). Return: M46_OK or the reason.
 */
enum m46_counter m46_tun_check_in(const struct m46_tun *tun,
				  const struct m46_tun_ends *ends,
				  const struct in6_addr *src,
				  const struct in6_addr *dst);

/**
 * m46_ecn_in() - the ECN field of a decapsulated packet (RFC 6040 4.2)
 * @outer: outer ECN field, other bits are ignored
 * @inner: inner ECN field, likewise
 * @is_odd: set to whether operators should hear of it
 *
 * Return: 0..3, or -1: the packet must be dropped.
 */
int m46_ecn_in(u8 outer, u8 inner, bool *is_odd);

/* The outer TOS octet for an inner Traffic Class (RFC 6040 4.1). */
static inline u8 m46_tun_tos(const struct m46_tun *tun, u8 tclass)
{
	u8 dscp = tun->tos == M46_TOS_INHERIT ? tclass & ~3 : tun->tos;

	return tun->ecn_compat ? dscp : dscp | (tclass & 3);
}

#endif /* _M46_SIXTO4_H */
