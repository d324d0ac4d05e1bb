/* SPDX-License-Identifier: GPL-2.0 */
/* Counters and drop reasons: one list, from which all else is made. */
#ifndef _M46_STATS_H
#define _M46_STATS_H

#include <linux/types.h>

/*
 * M46_DROPS(X): every reason for which m46 drops a packet.
 *   X(SYMBOL, name, ICMPv4 answer, ICMPv6 answer, core reason, sentence)
 * An answer is M46_ICMP(type, code), or 0 where the standards want silence or
 * the code that drops sends an answer of its own. The core reason is the
 * nearest SKB_DROP_REASON_* that 6.1 has: the subsystem list of drop reasons
 * is closed to modules.
 */
#define M46_ICMP(type, code)	(0x10000 | (type) << 8 | (code))

#define M46_DROPS(X)							       \
	X(NOT_IP, not_ip, 0, 0, UNHANDLED_PROTO,			       \
	  "Neither IPv4 nor IPv6")					       \
	X(BAD_IP4_HEADER, bad_ip4_header, 0, 0, IP_INHDR,		       \
	  "IPv4 header malformed, truncated or its checksum wrong")	       \
	X(BAD_IP6_HEADER, bad_ip6_header, 0, 0, IP_INHDR,		       \
	  "IPv6 header malformed or truncated")				       \
	X(BAD_OPTION, bad_option, 0, 0, IP_INHDR,			       \
	  "IPv4 option malformed")					       \
	X(SOURCE_ROUTE, source_route, M46_ICMP(3, 5), 0, IP_INHDR,	       \
	  "IPv4 source route that has not been consumed")		       \
	X(BAD_FRAGMENT, bad_fragment, 0, 0, IP_INHDR,			       \
	  "Fragment with an impossible length or offset")		       \
	X(TINY_FRAGMENT, tiny_fragment, 0, 0, IP_INHDR,			       \
	  "First fragment too short for its transport checksum")	       \
	X(ICMP_FRAGMENT, icmp_fragment, 0, 0, IP_INHDR,			       \
	  "Fragmented ICMP, which has no translation")			       \
	X(SHORT_L4, short_l4, 0, 0, PKT_TOO_SMALL,			       \
	  "Transport header truncated")					       \
	X(BAD_UDP_LENGTH, bad_udp_length, 0, 0, PKT_TOO_SMALL,		       \
	  "UDP without checksum whose length contradicts the IP header")       \
	X(PROTO_IS_EXTHDR, proto_is_exthdr, M46_ICMP(3, 13),		       \
	  M46_ICMP(1, 1), UNHANDLED_PROTO,				       \
	  "Protocol number that means something else in the other family")     \
	X(IGMP, igmp, 0, 0, UNHANDLED_PROTO,				       \
	  "IGMP, which is single-hop")					       \
	X(MULTICAST, multicast, 0, 0, IP_INADDRERRORS,			       \
	  "Multicast or broadcast destination")				       \
	X(MARTIAN_SOURCE, martian_source, 0, 0, IP_INADDRERRORS,	       \
	  "Source address that no packet may carry")			       \
	X(MARTIAN_DESTINATION, martian_destination, 0, 0, IP_INADDRERRORS,     \
	  "Destination address that no packet may carry")		       \
	X(UNMAPPABLE, unmappable, 0, 0, IP_INADDRERRORS,		       \
	  "IPv6 address of a kind that embeds no IPv4 address")		       \
	X(WKP_PRIVATE, wkp_private, M46_ICMP(3, 13), M46_ICMP(1, 1),	       \
	  IP_INADDRERRORS,						       \
	  "Well-Known Prefix with an IPv4 address that is not global")	       \
	X(NO_RULE, no_rule, M46_ICMP(3, 0), M46_ICMP(1, 0), IP_INNOROUTES,     \
	  "No mapping rule and no default for the IPv4 destination")	       \
	X(NOT_OWN_PREFIX, not_own_prefix, 0, M46_ICMP(1, 1), IP_INNOROUTES,    \
	  "IPv6 destination under none of the device's own prefixes")	       \
	X(BAD_NEXT_HOP, bad_next_hop, M46_ICMP(3, 0), M46_ICMP(1, 0),	       \
	  IP_INNOROUTES,						       \
	  "Route whose IPv6 next hop is no other edge's mapping prefix")       \
	X(DST_NOT_LOCAL, dst_not_local, M46_ICMP(3, 0), 0,		       \
	  IP_INADDRERRORS,						       \
	  "IPv4 destination that no local rule covers, or of another edge")    \
	X(ADPT_SRC, adpt_src, 0, 0, IP_RPFILTER,			       \
	  "IPv6 source refused by the source check")			       \
	X(ADPT_RESERVED, adpt_reserved, 0, 0, IP_INADDRERRORS,		       \
	  "Non-zero bits between mapping prefix and IPv4 address")	       \
	X(ADPT_MISMATCH, adpt_mismatch, 0, 0, IP_INADDRERRORS,		       \
	  "Not encapsulated, or for other addresses (peer-method encap)")      \
	X(NAT64_SRC, nat64_src, 0, M46_ICMP(1, 5), IP_RPFILTER,		       \
	  "To the NAT64 prefix from no address of the nat64-pool")	       \
	X(UDP_ZERO, udp_zero, 0, 0, UDP_CSUM,				       \
	  "UDP without checksum, which policy or fragmentation forbids")       \
	X(ICMP_UNKNOWN, icmp_unknown, 0, 0, UNHANDLED_PROTO,		       \
	  "ICMP message that has no translation")			       \
	X(ICMP_NESTED_ERROR, icmp_nested_error, 0, 0, UNHANDLED_PROTO,	       \
	  "ICMP error about an ICMP error")				       \
	X(SHORT_ERROR, short_error, 0, 0, PKT_TOO_SMALL,		       \
	  "ICMP error that quotes less than an IP header")		       \
	X(BAD_EXT, bad_ext, 0, 0, IP_INHDR,				       \
	  "ICMP error whose RFC 4884 length is impossible")		       \
	X(BAD_ICMP_CSUM, bad_icmp_csum, 0, 0, IP_CSUM,			       \
	  "ICMP error with a wrong checksum")				       \
	X(BAD_QUOTE, bad_quote, 0, 0, IP_INHDR,				       \
	  "ICMP error about a packet that has no translation")		       \
	X(ROUTING_HEADER, routing_header, 0, 0, IP_INHDR,		       \
	  "IPv6 routing header with segments left")			       \
	X(EXTHDR_LIMIT, exthdr_limit, 0, 0, IP_INHDR,			       \
	  "More IPv6 extension headers than m46 will parse")		       \
	X(BAD_EXTHDR, bad_exthdr, 0, 0, HDR_TRUNC,			       \
	  "IPv6 extension header runs past the packet")			       \
	X(FRAG_EXTHDR, frag_exthdr, 0, M46_ICMP(1, 1), UNHANDLED_PROTO,	       \
	  "IPv6 Fragment header followed by another extension header")	       \
	X(JUMBOGRAM, jumbogram, 0, M46_ICMP(1, 1), PKT_TOO_BIG,		       \
	  "IPv6 jumbogram")						       \
	X(TOO_BIG, too_big, 0, 0, PKT_TOO_BIG,				       \
	  "Larger than the next hop's MTU and not to be fragmented")	       \
	X(NO_ENTRY, no_entry, M46_ICMP(3, 1), M46_ICMP(1, 3), IP_INNOROUTES,   \
	  "No live entry for the IPv4 destination")			       \
	X(WRONG_PLANE, wrong_plane, 0, 0, IP_INNOROUTES,		       \
	  "IPv6 destination of another plane")				       \
	X(SRC_EMBEDDED, src_embedded, 0, 0, IP_RPFILTER,		       \
	  "IPv6 source that embeds an IPv4 address")			       \
	X(FROM, from, 0, M46_ICMP(1, 5), IP_RPFILTER,			       \
	  "IPv6 source that may not make an entry (from)")		       \
	X(QUOTA, quota, 0, M46_ICMP(1, 3), NOT_SPECIFIED,		       \
	  "As many entries in the source's /64 as allowed (max-per-64)")       \
	X(ALLOC_RATE, alloc_rate, 0, 0, NOT_SPECIFIED,			       \
	  "More new entries a second than allowed (alloc-rate)")	       \
	X(POOL_EXHAUSTED, pool_exhausted, 0, M46_ICMP(1, 3), NOT_SPECIFIED,    \
	  "No address is left in the pools")				       \
	X(TABLE_FULL, table_full, 0, M46_ICMP(1, 3), NOT_SPECIFIED,	       \
	  "As many entries as a device can have")			       \
	X(HAIRPIN_OFF, hairpin_off, 0, M46_ICMP(1, 1), NOT_SPECIFIED,	       \
	  "Between two hosts with entries, which hairpin off forbids")	       \
	X(NOT_IP6, not_ip6, M46_ICMP(3, 13), 0, UNHANDLED_PROTO,	       \
	  "IPv4 packet into a device that carries IPv6")		       \
	X(LINK_LOCAL, link_local, 0, 0, IP_INADDRERRORS,		       \
	  "Link-local destination, which has no outer address")		       \
	X(TUN_SRC4, tun_src4, 0, 0, IP_RPFILTER,			       \
	  "Outer source that no packet may have (RFC 3964 5.3.1)")	       \
	X(TUN_DST4, tun_dst4, 0, 0, IP_INADDRERRORS,			       \
	  "Outer destination that is no other site (RFC 3964 5.3.1)")	       \
	X(TUN_SRC6, tun_src6, 0, 0, IP_RPFILTER,			       \
	  "Inner source that no packet may have (RFC 3964 5.3.2)")	       \
	X(TUN_DST6, tun_dst6, 0, 0, IP_INADDRERRORS,			       \
	  "Inner destination that no packet may have (RFC 3964 5.3.2)")	       \
	X(TUN_ND, tun_nd, 0, 0, UNHANDLED_PROTO,			       \
	  "Router solicitation, advertisement or redirect in a tunnel")	       \
	X(SRC_MISMATCH, src_mismatch, 0, 0, IP_RPFILTER,		       \
	  "Inner source that does not belong to the outer source")	       \
	X(DST_MISMATCH, dst_mismatch, 0, 0, IP_INADDRERRORS,		       \
	  "Inner destination that is not the outer destination's")	       \
	X(INGRESS_FILTER, ingress_filter, 0, 0, IP_RPFILTER,		       \
	  "Inner source that belongs to this side of the tunnel")	       \
	X(RELAY_FROM, relay_from, 0, 0, IP_RPFILTER,			       \
	  "Native inner source from a relay that relay-from does not list")    \
	X(NOT_RELAY, not_relay, 0, M46_ICMP(1, 1), IP_INNOROUTES,	       \
	  "Between native IPv6 and domain: relay off, or return-only")	       \
	X(ACL, acl, 0, 0, IP_RPFILTER,					       \
	  "From a site for which the relay does not forward (acl)")	       \
	X(PEERS, peers, 0, 0, IP_RPFILTER,				       \
	  "Outer address at the other end that peers does not list")	       \
	X(RELAY_DOMAIN, relay_domain, 0, 0, IP_RPFILTER,		       \
	  "From one site of the domain to another through a relay")	       \
	X(NATIVE_NATIVE, native_native, 0, 0, IP_RPFILTER,		       \
	  "Neither inner address is of the domain")			       \
	X(OWN_SITE, own_site, 0, M46_ICMP(1, 0), IP_INNOROUTES,		       \
	  "Destination in the device's own site, which has no route to it")    \
	X(EMBEDS_OWN, embeds_own, 0, 0, IP_RPFILTER,			       \
	  "Address that embeds one of this machine: a loop (RFC 6324)")	       \
	X(NO_NEXT_HOP, no_next_hop, 0, M46_ICMP(1, 0), IP_INNOROUTES,	       \
	  "Neither destination nor gateway embeds an IPv4 address")	       \
	X(NO_LOCAL, no_local, 0, M46_ICMP(1, 3), IP_OUTNOROUTES,	       \
	  "Outer source that is no address of this machine (any more)")	       \
	X(NO_OUTER_ROUTE, no_outer_route, 0, M46_ICMP(1, 3), IP_OUTNOROUTES,   \
	  "No IPv4 route to the outer destination")			       \
	X(TUN_IPSEC, tun_ipsec, 0, 0, XFRM_POLICY,			       \
	  "Outer packet that IPsec policy does not let in")		       \
	X(TUN_ECN, tun_ecn, 0, 0, NOT_SPECIFIED,			       \
	  "Congestion marked outside, but the inner packet cannot say so")     \
	X(NO_ROUTE, no_route, 0, 0, IP_OUTNOROUTES,			       \
	  "No route for an ICMP error that carries the device's own source")  \
	X(NOMEM, nomem, 0, 0, NOMEM,					       \
	  "Out of memory")						       \
	X(RECURSION, recursion, 0, 0, NOT_SPECIFIED,			       \
	  "Loop through m46 devices of this machine")

/*
 * M46_EVENTS(X): what else is counted.  X(SYMBOL, name, sentence)
 */
#define M46_EVENTS(X)							       \
	X(TRANSLATED_46, translated_46,					       \
	  "Packets translated from IPv4 to IPv6, ICMP errors included")	       \
	X(TRANSLATED_64, translated_64,					       \
	  "Packets translated from IPv6 to IPv4, ICMP errors included")	       \
	X(ERROR_46, error_46,						       \
	  "ICMPv4 errors translated to ICMPv6")				       \
	X(ERROR_64, error_64,						       \
	  "ICMPv6 errors translated to ICMPv4")				       \
	X(ERROR_SOURCE, error_source,					       \
	  "ICMP errors whose source was replaced (RFC 6791)")		       \
	X(HAIRPIN, hairpin,						       \
	  "IPv6 packets between two hosts with entries")		       \
	X(NAT64, nat64,							       \
	  "IPv6 packets whose NAT64 prefix was exchanged, either way")	       \
	X(FRAGMENTED, fragmented,					       \
	  "Packets cut into IPv6 fragments (RFC 7915 4, RFC 2473 7.2)")      \
	X(UDP_ZERO_COMPUTED, udp_zero_computed,				       \
	  "UDP checksums computed because the datagram had none")	       \
	X(UDP_ZERO_FORWARDED, udp_zero_forwarded,			       \
	  "UDP datagrams forwarded without checksum")			       \
	X(ENCAPSULATED, encapsulated,					       \
	  "Packets sent inside another")				       \
	X(DECAPSULATED, decapsulated,					       \
	  "Packets received inside another")				       \
	X(REASSEMBLED, reassembled,					       \
	  "IPv6 packets put together from fragments, to be decapsulated")      \
	X(TUN_ERROR, tun_error,						       \
	  "ICMP errors about encapsulated packets")			       \
	X(TUN_ERROR_RELAYED, tun_error_relayed,				       \
	  "Of these, told to the inner source")				       \
	X(TUN_PMTU, tun_pmtu,						       \
	  "Of these, such that lowered a path's MTU")			       \
	X(PEER_REFUSES, peer_refuses,					       \
	  "Of these, such that say the other end does not decapsulate")	       \
	X(FASTPATH, fastpath,						       \
	  "Packets that bypassed the IP stacks on both sides")		       \
	X(ECN_ODD, ecn_odd,						       \
	  "Combinations of ECN fields that RFC 6040 calls a danger")	       \
	X(ICMP4_SENT, icmp4_sent,					       \
	  "ICMPv4 errors generated")					       \
	X(ICMP6_SENT, icmp6_sent,					       \
	  "ICMPv6 errors generated")					       \
	X(ICMP_LIMITED, icmp_limited,					       \
	  "ICMP errors not generated for want of tokens (rate, burst)")

/**
 * enum m46_counter - index of a counter
 *
 * Drop reasons come first (1 .. M46_DROP_MAX - 1), so that 0 can mean "no
 * reason to drop".
 */
enum m46_counter {
	M46_OK,
#define X(sym, ...) M46_DROP_##sym,
	M46_DROPS(X)
#undef X
	M46_DROP_MAX,
	M46_COUNT_FIRST = M46_DROP_MAX - 1,
#define X(sym, ...) M46_COUNT_##sym,
	M46_EVENTS(X)
#undef X
	M46_COUNTER_MAX
};

#ifdef __KERNEL__
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>

struct m46_dev;

/**
 * struct m46_counter_desc - what is known of a counter at compile time
 * @name: as user space sees it
 * @text: one sentence
 * @icmp4: M46_ICMP() answer to a dropped IPv4 packet, 0 for none
 * @icmp6: M46_ICMP() answer to a dropped IPv6 packet, 0 for none
 * @core: SKB_DROP_REASON_* for kfree_skb_reason()
 */
struct m46_counter_desc {
	const char *name;
	const char *text;
	u32 icmp4;
	u32 icmp6;
	unsigned int core;
};

extern const struct m46_counter_desc m46_counters[M46_COUNTER_MAX];

/**
 * struct m46_pcpu_stats - one CPU's counters
 * @count: by enum m46_counter
 * @syncp: makes 64-bit reads whole on 32-bit machines
 */
struct m46_pcpu_stats {
	u64_stats_t count[M46_COUNTER_MAX];
	struct u64_stats_sync syncp;
};

/* Count one packet; BH disabled, own CPU only. */
void m46_count(struct m46_dev *m46, enum m46_counter c);
/* Sum of a counter over all CPUs since the last reset. Process context. */
u64 m46_counter_read(const struct m46_dev *m46, enum m46_counter c);
/* Make all counters read zero from now on. Under RTNL. */
void m46_counters_reset(struct m46_dev *m46);
int m46_stats_init(struct m46_dev *m46);
void m46_stats_destroy(struct m46_dev *m46);
void m46_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *tot);
#endif /* __KERNEL__ */

#endif /* _M46_STATS_H */
