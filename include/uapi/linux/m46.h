/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * m46: IPv6/IPv4 transition device - the contract between kernel and user space.
 *
 * Documentation/netlink/specs/m46.yaml describes the same family for tools that
 * generate code; selftests/check_spec.py fails when the two drift.
 *
 * A device is created, changed and deleted over rtnetlink (link kind "m46",
 * IFLA_INFO_DATA holds M46_DEV_A_*). Everything else goes over the generic
 * netlink family "m46": commands M46_CMD_*, attributes M46_A_*.
 *
 * Unless an attribute says otherwise, integers are in host byte order, IPv4
 * addresses are __be32 and IPv6 addresses 16 bytes in network byte order. An
 * attribute that comes twice is refused, save those that are said to be
 * repeated.
 */
#ifndef _UAPI_LINUX_M46_H
#define _UAPI_LINUX_M46_H

#define M46_LINK_KIND		"m46"
#define M46_GENL_NAME		"m46"
#define M46_GENL_VERSION	1

/* Multicast groups of the family: M46_CMD_EVENT about entries, about pools. */
#define M46_MCGRP_ENTRY		"entry"
#define M46_MCGRP_POOL		"pool"

/* Limits, per device unless said otherwise. */
#define M46_PREFIXES_MAX	16	/* own mapping prefixes */
#define M46_POOL6791_MAX	16	/* prefixes in pool6791 */
#define M46_PLATEAUS_MAX	16	/* entries in mtu-plateaus */
#define M46_RULES_MAX		1048576	/* rules, local and remote together */
#define M46_FASTPATH_MAX	8	/* interfaces in fastpath */
#define M46_NAT64_POOL_MAX	16	/* prefixes in nat64-pool */
#define M46_FROM_MAX		16	/* prefixes in from */
#define M46_LOCALS_MAX		16	/* local addresses of a tunnel device */
#define M46_PEERS_MAX		16	/* prefixes in relay-from, acl, peers and
					 * allow-native-native, each
					 */
#define M46_POOLS_MAX		64	/* pools */
#define M46_EXCLUDES_MAX	64	/* excluded prefixes, per pool */
#define M46_POOL_ADDRS_MAX	16777216	/* addresses in all pools together */
#define M46_ENTRIES_MAX		1048576	/* entries, dormant ones included */

/* Values of M46_DEV_A_TCLASS and M46_DEV_A_TOS_OVERRIDE that are no octet. */
#define M46_TCLASS_INHERIT	256	/* copy the TOS octet */
#define M46_TOS_OVERRIDE_OFF	256	/* copy the Traffic Class octet */

/* Values of M46_DEV_A_TTL and M46_DEV_A_TOS that are no octet. */
#define M46_TTL_INHERIT		256	/* copy the inner hop limit */
#define M46_ENCAP_LIMIT_NONE	256	/* no encapsulation limit option */
#define M46_TOS_INHERIT		256	/* copy the inner DSCP */

/**
 * enum m46_mode - what a device does, fixed for its life
 * @M46_MODE_ADPT: IPv4 across an IPv6-only network
 * @M46_MODE_M46T: IPv6 hosts reach IPv4-only hosts through addresses of a pool
 * @M46_MODE_6TO4: IPv6 in IPv4, protocol 41. Without PREFIXES and REMOTE: 6to4
 *	(RFC 3056). With PREFIXES other than 2002::/16: 6rd (RFC 5969), REMOTE
 *	being the border relay. With REMOTE alone: a configured tunnel (RFC 4213)
 */
enum m46_mode {
	M46_MODE_ADPT = 1,
	M46_MODE_M46T,
	M46_MODE_6TO4,
};

/**
 * enum m46_method - how an IPv4 packet crosses the IPv6 network
 * @M46_METHOD_TRANSLATE: RFC 7915
 * @M46_METHOD_ENCAP: IPv4 in IPv6, RFC 2473
 */
enum m46_method {
	M46_METHOD_TRANSLATE = 1,
	M46_METHOD_ENCAP,
};

/**
 * enum m46_md_source - where the mapping rules come from
 * @M46_MD_RULES: rules pushed over generic netlink
 * @M46_MD_FIB: IPv4 routes into the device whose next hop is an IPv6 address
 *	("via inet6"): its upper 96 bits are those of the mapping prefix. Only
 *	local rules are pushed
 */
enum m46_md_source {
	M46_MD_RULES = 1,
	M46_MD_FIB,
};

/**
 * enum m46_source_check - which IPv6 sources the egress accepts
 * @M46_SOURCE_CHECK_OFF: any
 * @M46_SOURCE_CHECK_LOOSE: the source prefix is some rule's mapping prefix;
 *	refused for M46_MD_FIB, as routes cannot be searched for it
 * @M46_SOURCE_CHECK_STRICT: the rule of the embedded IPv4 source gives exactly
 *	this source prefix
 */
enum m46_source_check {
	M46_SOURCE_CHECK_OFF,
	M46_SOURCE_CHECK_LOOSE,
	M46_SOURCE_CHECK_STRICT,
};

/**
 * enum m46_udp_zero - IPv4 UDP datagrams without checksum (RFC 7915 4.5)
 * @M46_UDP_ZERO_COMPUTE: compute it; a first fragment is dropped
 * @M46_UDP_ZERO_DROP: drop and log
 * @M46_UDP_ZERO_FORWARD: leave it zero
 */
enum m46_udp_zero {
	M46_UDP_ZERO_COMPUTE,
	M46_UDP_ZERO_DROP,
	M46_UDP_ZERO_FORWARD,
};

/**
 * enum m46_frag_policy - IPv4 packets over the tunnel's MTU without DF
 * @M46_FRAG_OUTER: the IPv6 packet is fragmented (RFC 2473 7.2)
 * @M46_FRAG_INNER: the IPv4 packet is, for exits that cannot reassemble
 */
enum m46_frag_policy {
	M46_FRAG_OUTER,
	M46_FRAG_INNER,
};

/**
 * enum m46_flowlabel - flow label of encapsulated packets
 * @M46_FLOWLABEL_ZERO: 0
 * @M46_FLOWLABEL_HASH: hash of the inner flow (RFC 6438)
 */
enum m46_flowlabel {
	M46_FLOWLABEL_ZERO,
	M46_FLOWLABEL_HASH,
};

/**
 * enum m46_peer_method - what other edges may send
 * @M46_PEER_METHOD_ANY: either method, packet by packet
 * @M46_PEER_METHOD_ENCAP: encapsulated packets only, whose inner addresses are
 *	the embedded ones
 */
enum m46_peer_method {
	M46_PEER_METHOD_ANY,
	M46_PEER_METHOD_ENCAP,
};

/**
 * enum m46_reserved_bits - non-zero bits between mapping prefix and IPv4 address
 * @M46_RESERVED_BITS_DROP: drop the packet
 * @M46_RESERVED_BITS_IGNORE: take the address as if they were zero
 */
enum m46_reserved_bits {
	M46_RESERVED_BITS_DROP,
	M46_RESERVED_BITS_IGNORE,
};

/**
 * enum m46_adpt_df - DF of an IPv4 packet over 1260 bytes made from an IPv6
 *	packet without Fragment header
 * @M46_ADPT_DF_RFC: set, as RFC 7915 5.1 says
 * @M46_ADPT_DF_CLEAR: clear, for a managed core with a large lowest-ipv6-mtu
 */
enum m46_adpt_df {
	M46_ADPT_DF_RFC,
	M46_ADPT_DF_CLEAR,
};

/**
 * enum m46_errors - whether ICMP errors of one kind are generated
 * @M46_ERRORS_SEND: yes, within rate and burst (PMTU errors: always)
 * @M46_ERRORS_NEVER: no
 */
enum m46_errors {
	M46_ERRORS_SEND,
	M46_ERRORS_NEVER,
};

/**
 * enum m46_relay_source - outer source of what a 6to4 relay sends for a native
 *	inner source (RFC 6343 4.4)
 * @M46_RELAY_SOURCE_AUTO: anycast where ANYCAST is on, else unicast
 * @M46_RELAY_SOURCE_ANYCAST: 192.88.99.1
 * @M46_RELAY_SOURCE_UNICAST: the first local address
 */
enum m46_relay_source {
	M46_RELAY_SOURCE_AUTO,
	M46_RELAY_SOURCE_ANYCAST,
	M46_RELAY_SOURCE_UNICAST,
};

/**
 * enum m46_ecn - the outer ECN field (RFC 6040 4.1)
 * @M46_ECN_NORMAL: a copy of the inner one
 * @M46_ECN_COMPAT: Not-ECT, for a far end that would lose a congestion mark
 */
enum m46_ecn {
	M46_ECN_NORMAL,
	M46_ECN_COMPAT,
};

/**
 * enum m46_ingress_filter - inner sources accepted from a tunnel (RFC 4213 3.6)
 * @M46_INGRESS_FILTER_OFF: all that the other checks let through
 * @M46_INGRESS_FILTER_ON: not those of the device's own prefixes
 * @M46_INGRESS_FILTER_STRICT: likewise, and the route to them must lead back
 *	into the device
 */
enum m46_ingress_filter {
	M46_INGRESS_FILTER_OFF,
	M46_INGRESS_FILTER_ON,
	M46_INGRESS_FILTER_STRICT,
};

/**
 * enum m46_entry_type - what an entry is
 * @M46_ENTRY_STATIC: made by the operator, without timer
 * @M46_ENTRY_DYNAMIC: made by a packet (or restored), with a timer that every
 *	packet restarts
 * @M46_ENTRY_DORMANT: was dynamic, has expired or been deleted; its address
 *	rests (reuse-after), and only its own host can have it back
 */
enum m46_entry_type {
	M46_ENTRY_STATIC = 1,
	M46_ENTRY_DYNAMIC,
	M46_ENTRY_DORMANT,
};

/**
 * enum m46_event_type - what M46_CMD_EVENT tells
 * @M46_EVENT_ENTRY_NEW: an entry was made (group entry, as the next three)
 * @M46_EVENT_ENTRY_EXPIRED: a dynamic entry's timer ran out
 * @M46_EVENT_ENTRY_DELETED: an entry was deleted, or replaced by another
 * @M46_EVENT_ENTRY_REACTIVATED: a dormant entry's host has come back
 * @M46_EVENT_POOL_HIGH: 80 % of a pool are used (group pool); again only after
 *	it was below 70 %
 * @M46_EVENT_POOL_EXHAUSTED: a host got no address, as all are used; the POOL
 *	nest holds the sums of all pools. At most once a minute
 */
enum m46_event_type {
	M46_EVENT_ENTRY_NEW = 1,
	M46_EVENT_ENTRY_EXPIRED,
	M46_EVENT_ENTRY_DELETED,
	M46_EVENT_ENTRY_REACTIVATED,
	M46_EVENT_POOL_HIGH,
	M46_EVENT_POOL_EXHAUSTED,
};

/* One prefix: exactly one of IPV4 and IPV6, host bits zero. */
enum m46_prefix_attrs {
	M46_PREFIX_A_UNSPEC,
	M46_PREFIX_A_IPV4,		/* __be32 */
	M46_PREFIX_A_IPV6,		/* 16 bytes */
	M46_PREFIX_A_LEN,		/* u8: IPv4 0..32, IPv6 0..128; mapping
					 * prefixes 1..96
					 */

	__M46_PREFIX_A_MAX,
	M46_PREFIX_A_MAX = __M46_PREFIX_A_MAX - 1
};

/* A list of prefixes: the attribute PREFIX repeated, order kept. */
enum m46_list_attrs {
	M46_LIST_A_UNSPEC,
	M46_LIST_A_PREFIX,		/* nest of M46_PREFIX_A_* */

	__M46_LIST_A_MAX,
	M46_LIST_A_MAX = __M46_LIST_A_MAX - 1
};

/*
 * A device's settings. In IFLA_INFO_DATA when it is created or changed, in
 * M46_A_DEV when it is read. At creation MODE is required, and PREFIXES (adpt,
 * m46t) or TUNNEL (6to4); an attribute that is absent gets its default at
 * creation, keeps its value at a change. What is marked with modes is refused
 * for others; "xlat" stands for adpt and m46t.
 */
enum m46_dev_attrs {
	M46_DEV_A_UNSPEC,
	M46_DEV_A_MODE,			/* u8, enum m46_mode; never changes */
	M46_DEV_A_PREFIXES,		/* nest of M46_LIST_A_PREFIX (IPv6). adpt,
					 * 1..16: own mapping prefixes, first =
					 * source. m46t, one of length 32..96: the
					 * M46 prefix without the plane ID. 6to4,
					 * one of length 1..96: the domain's prefix
					 */
	M46_DEV_A_METHOD,		/* u8, enum m46_method; default translate (adpt) */
	M46_DEV_A_MD,			/* u8, enum m46_md_source; default rules (adpt) */
	M46_DEV_A_SOURCE_CHECK,		/* u8, enum m46_source_check; default strict
					 * (adpt)
					 */
	M46_DEV_A_LOWEST_IPV6_MTU,	/* u32, 1280..65535 bytes; default 1280 (xlat) */
	M46_DEV_A_UDP_ZERO,		/* u8, enum m46_udp_zero; default compute
					 * (xlat; forward: adpt)
					 */
	M46_DEV_A_TCLASS,		/* u16, 0..255 or M46_TCLASS_INHERIT (default)
					 * (xlat)
					 */
	M46_DEV_A_TOS_IGNORE,		/* u8, 0..1: Traffic Class 0 always; default 0
					 * (xlat)
					 */
	M46_DEV_A_DSCP_IGNORE,		/* u8, 0..1: DSCP 0, ECN kept; default 0 (xlat) */
	M46_DEV_A_TOS_OVERRIDE,		/* u16, 0..255 or M46_TOS_OVERRIDE_OFF (default)
					 * (xlat)
					 */
	M46_DEV_A_WKP_STRICT,		/* u8, 0..1: RFC 6052 3.1; default 1 (xlat) */
	M46_DEV_A_RESERVED_BITS,	/* u8, enum m46_reserved_bits; default drop
					 * (adpt)
					 */
	M46_DEV_A_ADPT_DF,		/* u8, enum m46_adpt_df; default rfc (adpt) */
	M46_DEV_A_PROTO_STRICT_COPY,	/* u8, 0..1: copy protocol numbers that mean
					 * something else in the other family;
					 * default 0 (xlat)
					 */
	M46_DEV_A_MSS_CLAMP,		/* u8, 0..1: TCP MSS of SYN; default 0 */
	M46_DEV_A_ICMP4_ERRORS,		/* u8, enum m46_errors; default send
					 * (xlat)
					 */
	M46_DEV_A_ICMP6_ERRORS,		/* u8, enum m46_errors; default send */
	M46_DEV_A_PMTU_ERRORS,		/* u8, enum m46_errors; default send */
	M46_DEV_A_RATE,			/* u32, 1..1000000: ICMP errors a second,
					 * PMTU errors not counted; default 1000
					 */
	M46_DEV_A_BURST,		/* u32, 1..1000000; default 1000 */
	M46_DEV_A_MTU_PLATEAUS,		/* array of 1..16 u16, each 68..65535,
					 * descending; default RFC 1191 7.1 (xlat)
					 */
	M46_DEV_A_ICMP4_SOURCE,		/* __be32: source of ICMPv4 errors that the
					 * device makes, or translates and whose own
					 * source has no IPv4 address; 0 = auto
					 * (xlat)
					 */
	M46_DEV_A_ICMP6_SOURCE,		/* 16 bytes: likewise ICMPv6; :: = auto */
	M46_DEV_A_POOL6791,		/* nest of M46_LIST_A_PREFIX (IPv4, 0..16):
					 * RFC 6791 sources, one at random; wins
					 * over ICMP4_SOURCE (xlat)
					 */
	M46_DEV_A_PAD,
	M46_DEV_A_PLANE,		/* u64, less than 2^(96 - prefix length): the
					 * plane ID; default 0 (m46t)
					 */
	M46_DEV_A_EXPIRES,		/* u32, 1..604800 seconds: how long a dynamic
					 * entry outlives its last packet; default
					 * 7440 (m46t)
					 */
	M46_DEV_A_REUSE_AFTER,		/* u32, 0..604800 seconds that a released
					 * address rests; default 240 (m46t)
					 */
	M46_DEV_A_MAX_PER_64,		/* u32, 0..1048576: dynamic entries that hosts
					 * of one /64 can have, dormant ones
					 * included; default 0 = any number (m46t)
					 */
	M46_DEV_A_ALLOC_RATE,		/* u32, 0..10000000: dynamic entries made a
					 * second; default 100, 0 = any (m46t)
					 */
	M46_DEV_A_FROM,			/* nest of M46_LIST_A_PREFIX (IPv6, 0..16):
					 * who may make entries; none = anybody
					 * (m46t)
					 */
	M46_DEV_A_REFRESH_FROM_V4,	/* u8, 0..1: IPv4 packets restart timers;
					 * default 1 (m46t)
					 */
	M46_DEV_A_REUSE_EARLY,		/* u8, 0..1: addresses that rest are given out
					 * rather than none; default 0 (m46t)
					 */
	M46_DEV_A_HAIRPIN,		/* u8, 0..1: hosts with entries reach one
					 * another; default 1 (m46t)
					 */
	M46_DEV_A_ALLOC_KEY,		/* 16 bytes: key of the function that gives
					 * each host its address; default random.
					 * Never told (m46t)
					 */
	M46_DEV_A_ALLOW_NONZERO_U,	/* u8, 0..1: the prefix may have bits 64..71
					 * set, against RFC 6052 2.2; default 0
					 * (m46t)
					 */

	M46_DEV_A_TUNNEL,		/* nest of M46_TUN_A attributes (6to4, adpt);
					 * absent ones keep their values
					 */
	M46_DEV_A_NAT64,		/* nest of M46_LIST_A_PREFIX (IPv6, 0..1; length
					 * 32, 40, 48, 56, 64 or 96): destinations of
					 * IPv6-only clients, exchanged for mapped
					 * addresses; default none. Needs NAT64_POOL
					 * (adpt)
					 */
	M46_DEV_A_NAT64_POOL,		/* nest of M46_LIST_A_PREFIX (IPv4, 0..16): with
					 * the first own prefix, the addresses that
					 * NAT66 in front of the device gives to
					 * IPv6-only clients. Needs NAT64 (adpt)
					 */

	M46_DEV_A_FASTPATH,		/* array of 0..8 u32: indexes of interfaces
					 * whose packets take the fast path; an
					 * interface that goes is taken out;
					 * default none. Refused: EINVAL (twice,
					 * lo, an m46 device), ENODEV, EOPNOTSUPP
					 * (no ingress hooks)
					 */

	__M46_DEV_A_MAX,
	M46_DEV_A_MAX = __M46_DEV_A_MAX - 1
};

/*
 * Settings of encapsulation, in M46_DEV_A_TUNNEL. ECN and ECN_LOG are for both
 * modes, those marked adpt for adpt, all others for 6to4; LOCALS is required
 * at creation there. "6rd" and "configured" are the kinds of enum m46_mode's
 * M46_MODE_6TO4.
 */
enum m46_tunnel_attrs {
	M46_TUN_A_UNSPEC,
	M46_TUN_A_LOCALS,		/* nest of M46_LIST_A_PREFIX (IPv4 /32, 1..16):
					 * addresses of this machine at which the
					 * tunnel ends; the first is the default
					 * outer source
					 */
	M46_TUN_A_REMOTE,		/* __be32: the other end of a configured
					 * tunnel, the border relay of 6rd; 0 = none
					 */
	M46_TUN_A_V4_PREFIX,		/* nest of M46_PREFIX_A attributes (IPv4): bits that
					 * all IPv4 addresses of a 6rd domain have in
					 * common and that are not embedded; default
					 * 0.0.0.0/0
					 */
	M46_TUN_A_DELEGATED,		/* nest of M46_LIST_A_PREFIX (IPv6), answers:
					 * the prefix that each of LOCALS gives
					 */
	M46_TUN_A_ANYCAST,		/* u8, 0..1: 6to4: be a relay at 192.88.99.1
					 * too (RFC 3068, deprecated by RFC 7526).
					 * 6rd: the first of LOCALS is an anycast
					 * address (RFC 5969 9.1); default 0
					 */
	M46_TUN_A_RELAY,		/* u8, 0..1: forward between the domain and
					 * native IPv6 (6to4 relay, 6rd border
					 * relay); default 0
					 */
	M46_TUN_A_RETURN_ONLY,		/* u8, 0..1: RELAY, but only from native IPv6
					 * into the domain; default 0
					 */
	M46_TUN_A_RELAY_SOURCE,		/* u8, enum m46_relay_source; default auto */
	M46_TUN_A_RELAY_FROM,		/* nest of M46_LIST_A_PREFIX (IPv4, 0..16):
					 * relays whose packets with a native inner
					 * source are accepted; default 0.0.0.0/0
					 * (6to4), none but REMOTE (6rd)
					 */
	M46_TUN_A_ACL,			/* nest of M46_LIST_A_PREFIX (IPv4, 0..16):
					 * sites for which a relay forwards to native
					 * IPv6; none = all
					 */
	M46_TUN_A_PEERS,		/* nest of M46_LIST_A_PREFIX (IPv4, 0..16): the
					 * only outer addresses at the other end, both
					 * ways; none = any
					 */
	M46_TUN_A_ALLOW_NATIVE_NATIVE,	/* nest of M46_LIST_A_PREFIX (IPv4, 0..16): outer
					 * addresses between which and this machine
					 * neither inner address need be of the
					 * domain
					 */
	M46_TUN_A_INGRESS_FILTER,	/* u8, enum m46_ingress_filter; default on */
	M46_TUN_A_TTL,			/* u16, 1..255 or M46_TTL_INHERIT; default 64 */
	M46_TUN_A_TOS,			/* u16, 0..252 with ECN bits zero, or
					 * M46_TOS_INHERIT; default 0, 6rd: inherit
					 */
	M46_TUN_A_ECN,			/* u8, enum m46_ecn; default normal */
	M46_TUN_A_ECN_LOG,		/* u8, 0..1: log odd ECN combinations (RFC 6040
					 * 4.2), rate limited; default 1
					 */
	M46_TUN_A_PMTUDISC,		/* u8, 0..1: dynamic tunnel MTU (RFC 4213
					 * 3.2.2), DF set; default 0: the device's
					 */
	M46_TUN_A_LARGE_MTU,		/* u8, 0..1: the device's MTU may be over 1480,
					 * as all other ends reassemble as much
					 * (RFC 4213 3.2.1); default 0
					 */
	M46_TUN_A_NONLOCAL,		/* u8, 0..1: LOCALS need not be addresses of this
					 * machine yet; default 0
					 */
	M46_TUN_A_LINK,			/* u32: ifindex of the device that outer packets
					 * are routed by, as "oif"; 0 = any
					 */
	M46_TUN_A_FWMARK,		/* u32: mark of outer packets' route lookups;
					 * default 0
					 */
	M46_TUN_A_HOPLIMIT,		/* u8, 1..255: of outer packets; default 64
					 * (adpt)
					 */
	M46_TUN_A_ENCAP_LIMIT,		/* u16, 0..255: tunnel encapsulation limit
					 * option (RFC 2473 4.1.1), or
					 * M46_ENCAP_LIMIT_NONE (default) (adpt)
					 */
	M46_TUN_A_FRAG,			/* u8, enum m46_frag_policy; default outer
					 * (adpt)
					 */
	M46_TUN_A_FLOWLABEL,		/* u8, enum m46_flowlabel; default zero (adpt) */
	M46_TUN_A_PEER_METHOD,		/* u8, enum m46_peer_method; default any (adpt) */

	__M46_TUN_A_MAX,
	M46_TUN_A_MAX = __M46_TUN_A_MAX - 1
};

/* One mapping rule: IPv4 prefix -> IPv6 mapping prefix. */
enum m46_rule_attrs {
	M46_RULE_A_UNSPEC,
	M46_RULE_A_DST,			/* __be32, host bits zero */
	M46_RULE_A_DST_PREFIXLEN,		/* u8, 0..32 */
	M46_RULE_A_VIA,			/* 16 bytes, bits beyond the length zero */
	M46_RULE_A_VIA_PREFIXLEN,		/* u8, 1..96 */
	M46_RULE_A_METHOD,		/* u8, enum m46_method; absent: the device's */
	M46_RULE_A_LOCAL,		/* flag: the device's own block */

	__M46_RULE_A_MAX,
	M46_RULE_A_MAX = __M46_RULE_A_MAX - 1
};

/* One pool: IPv4 prefix that dynamic entries take addresses from. */
enum m46_pool_attrs {
	M46_POOL_A_UNSPEC,
	M46_POOL_A_DST,			/* __be32, host bits zero */
	M46_POOL_A_DST_PREFIXLEN,	/* u8, 8..32 */
	M46_POOL_A_EXCLUDES,		/* nest of M46_LIST_A_PREFIX (IPv4, 0..64)
					 * inside the pool
					 */
	M46_POOL_A_SIZE,		/* u32, answers: addresses to give out; neither
					 * excluded ones nor, up to /30, the first and
					 * the last
					 */
	M46_POOL_A_USED,		/* u32, answers: those that entries have,
					 * dormant ones included
					 */

	__M46_POOL_A_MAX,
	M46_POOL_A_MAX = __M46_POOL_A_MAX - 1
};

/* One entry: IPv6 host <-> IPv4 address. */
enum m46_entry_attrs {
	M46_ENTRY_A_UNSPEC,
	M46_ENTRY_A_IPV6,		/* 16 bytes */
	M46_ENTRY_A_IPV4,		/* __be32 */
	M46_ENTRY_A_TYPE,		/* u8, enum m46_entry_type; default static */
	M46_ENTRY_A_EXPIRES,		/* u32, seconds left, rounded up (dynamic), or
					 * until the address may be given to others
					 * (dormant)
					 */

	__M46_ENTRY_A_MAX,
	M46_ENTRY_A_MAX = __M46_ENTRY_A_MAX - 1
};

/* Which entries a dump or a flush is about; all that are given must hold. */
enum m46_filter_attrs {
	M46_FILTER_A_UNSPEC,
	M46_FILTER_A_PREFIX,		/* nest of M46_PREFIX_A attributes: the entry's
					 * address of its family is in it
					 */
	M46_FILTER_A_TYPES,		/* u32, bit 1 << enum m46_entry_type each;
					 * default static and dynamic
					 */

	__M46_FILTER_A_MAX,
	M46_FILTER_A_MAX = __M46_FILTER_A_MAX - 1
};

/* One counter of a device; the kernel owns the names. */
enum m46_counter_attrs {
	M46_COUNTER_A_UNSPEC,
	M46_COUNTER_A_PAD,
	M46_COUNTER_A_NAME,		/* string, [a-z0-9_]+ */
	M46_COUNTER_A_VALUE,		/* u64, packets */
	M46_COUNTER_A_DROP,		/* flag: counts dropped packets */
	M46_COUNTER_A_TEXT,		/* string: one sentence, what it counts */

	__M46_COUNTER_A_MAX,
	M46_COUNTER_A_MAX = __M46_COUNTER_A_MAX - 1
};

/**
 * enum m46_load_flags - bits of M46_A_LOAD_FLAGS
 * @M46_LOAD_BEGIN: start a new set
 * @M46_LOAD_COMMIT: swap it in after this message
 */
enum m46_load_flags {
	M46_LOAD_BEGIN = 1,
	M46_LOAD_COMMIT = 2,
};

/* Top level attributes of the family. */
enum m46_attrs {
	M46_A_UNSPEC,
	M46_A_IFINDEX,			/* u32: the device, by index ... */
	M46_A_IFNAME,			/* string: ... or by name */
	M46_A_REPLACE,			/* flag: what is there is replaced */
	M46_A_DEV,			/* nest of M46_DEV_A_* */
	M46_A_RULE,			/* nest of M46_RULE_A_*; repeated in RULE_LOAD */
	M46_A_LOAD_FLAGS,		/* u32, bits of enum m46_load_flags */
	M46_A_COUNTER,			/* nest of M46_COUNTER_A_*, repeated */
	M46_A_RULE_COUNT,		/* u32: rules of a whole RULE_LOAD */
	M46_A_PAD,
	M46_A_POOL,			/* nest of M46_POOL_A_* */
	M46_A_ENTRY,			/* nest of M46_ENTRY_A_* */
	M46_A_FILTER,			/* nest of M46_FILTER_A_* */
	M46_A_EVENT,			/* u8, enum m46_event_type */
	M46_A_TIME,			/* u64: CLOCK_REALTIME of an event, ns */

	__M46_A_MAX,
	M46_A_MAX = __M46_A_MAX - 1
};

/**
 * enum m46_cmd - commands of the family
 * @M46_CMD_UNSPEC: unused
 * @M46_CMD_DEV_GET: read a device, or dump all of the namespace:
 *	IFINDEX, IFNAME, DEV
 * @M46_CMD_RULE_NEW: add RULE to a device, -EEXIST if one for this prefix is
 *	there; with REPLACE: add or replace. Needs CAP_NET_ADMIN, as all that
 *	change something, and what tells who has which address
 * @M46_CMD_RULE_DEL: delete the rule with this DST, DST_PREFIXLEN and LOCAL;
 *	where VIA is given it must be the rule's
 * @M46_CMD_RULE_GET: do: the rule that the address RULE.DST (DST_PREFIXLEN absent
 *	or 32) matches longest, -EOPNOTSUPP of a device whose rules are routes:
 *	ask rtnetlink; dump: all rules, of one device where it is named,
 *	ascending by local, address, length
 * @M46_CMD_RULE_FLUSH: delete all rules of a device
 * @M46_CMD_RULE_LOAD: replace all rules of a device, all or nothing. The first
 *	message carries M46_LOAD_BEGIN, the last M46_LOAD_COMMIT; every message
 *	0 or more RULE, the last RULE_COUNT, their number over all messages: a
 *	message that was refused before it reached the family is noticed so. An
 *	error, or closing the socket, discards the new set
 * @M46_CMD_STATS_GET: read a device's counters, or dump all devices':
 *	IFINDEX, IFNAME, COUNTER repeated
 * @M46_CMD_STATS_RESET: set a device's counters to zero
 * @M46_CMD_POOL_NEW: add POOL to an m46t device; -EEXIST where it overlaps a
 *	pool of this device, or of another m46t device of the same namespace
 *	and VRF
 * @M46_CMD_POOL_DEL: delete the pool with this DST and DST_PREFIXLEN, and the
 *	dynamic entries that have addresses of it; static ones stay
 * @M46_CMD_POOL_GET: dump: all pools, of one device where it is named
 * @M46_CMD_ENTRY_NEW: add ENTRY to an m46t device, -EEXIST if one has either
 *	address and is not dormant; with REPLACE: take the place of those. TYPE
 *	static: any IPv4 address; dynamic: one of a pool, EXPIRES says how long
 *	(default: the device's), and rate, quota and from do not count. An
 *	address that only a replaced entry had is free at once
 * @M46_CMD_ENTRY_DEL: delete the entry with this IPV6, IPV4 or both. A dynamic
 *	one becomes dormant
 * @M46_CMD_ENTRY_GET: do: the entry with this IPV6 or this IPV4, dormant or
 *	not; dump: all entries, of one device where it is named, that pass
 *	FILTER, in no order
 * @M46_CMD_ENTRY_FLUSH: delete the entries of a device that pass FILTER.
 *	Dynamic ones become dormant
 * @M46_CMD_EVENT: told to the multicast groups: IFINDEX, IFNAME, EVENT, TIME
 *	and ENTRY or POOL
 */
enum m46_cmd {
	M46_CMD_UNSPEC,
	M46_CMD_DEV_GET,
	M46_CMD_RULE_NEW,
	M46_CMD_RULE_DEL,
	M46_CMD_RULE_GET,
	M46_CMD_RULE_FLUSH,
	M46_CMD_RULE_LOAD,
	M46_CMD_STATS_GET,
	M46_CMD_STATS_RESET,
	M46_CMD_POOL_NEW,
	M46_CMD_POOL_DEL,
	M46_CMD_POOL_GET,
	M46_CMD_ENTRY_NEW,
	M46_CMD_ENTRY_DEL,
	M46_CMD_ENTRY_GET,
	M46_CMD_ENTRY_FLUSH,
	M46_CMD_EVENT,

	__M46_CMD_MAX,
	M46_CMD_MAX = __M46_CMD_MAX - 1
};

#endif /* _UAPI_LINUX_M46_H */
