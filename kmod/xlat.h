/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RFC 7915 on plain memory: no skb, no device, no lock, no allocation. The
 * same objects serve the module, the unit tests and the fuzzers, which build
 * them in user space (selftests/unit).
 */
#ifndef _M46_XLAT_H
#define _M46_XLAT_H

#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/types.h>
#include <linux/m46.h>

#include "stats.h"

#define M46_FRAG_HLEN		8	/* IPv6 Fragment header */
#define M46_EXTHDRS_MAX		16	/* extension headers parsed (SIIT-56) */
#define M46_EXTHDRS_BYTES_MAX	2048
#define M46_ERROR4_MAX		576	/* RFC 1812 4.3.2.3 */
#define M46_ERROR6_MAX		1280	/* RFC 4443 2.4(c) */

/**
 * struct m46_xlat_cfg - settings of the translator proper
 * @low6: lowest-ipv6-mtu, bytes
 * @tclass: 0..255 or M46_TCLASS_INHERIT
 * @tos_override: 0..255 or M46_TOS_OVERRIDE_OFF
 * @plateau: RFC 1191 plateaus, descending
 * @n_plateau: how many
 * @udp_zero: enum m46_udp_zero
 * @tos_ignore: Traffic Class is 0
 * @dscp_ignore: DSCP is 0, ECN is kept
 * @proto_strict_copy: no protocol number is refused
 * @df_clear: adpt-df clear
 */
struct m46_xlat_cfg {
	u32 low6;
	u16 tclass;
	u16 tos_override;
	u16 plateau[M46_PLATEAUS_MAX];
	u8 n_plateau;
	u8 udp_zero;
	bool tos_ignore;
	bool dscp_ignore;
	bool proto_strict_copy;
	bool df_clear;
};

/**
 * struct m46_ip4 - what a parsed IPv4 header says
 * @saddr: source
 * @daddr: destination
 * @id: Identification
 * @hlen: header length with options, bytes
 * @tot_len: Total Length, bytes
 * @offset: fragment offset, bytes
 * @tos: TOS octet
 * @ttl: TTL
 * @proto: Protocol
 * @df: Don't Fragment
 * @mf: More Fragments
 */
struct m46_ip4 {
	__be32 saddr;
	__be32 daddr;
	__be16 id;
	u16 hlen;
	u16 tot_len;
	u16 offset;
	u8 tos;
	u8 ttl;
	u8 proto;
	bool df;
	bool mf;
};

/**
 * struct m46_ip6 - what a parsed IPv6 header chain says
 * @saddr: source
 * @daddr: destination
 * @id: Identification of the Fragment header
 * @hlen: bytes from the IPv6 header to the transport header
 * @tot_len: 40 + Payload Length, bytes
 * @offset: fragment offset, bytes
 * @pointer: for M46_DROP_ROUTING_HEADER: offset of its Segments Left
 * @tclass: Traffic Class
 * @hop_limit: Hop Limit
 * @proto: protocol of the transport header, as in the IPv6 chain
 * @frag: there is a Fragment header
 * @mf: its M flag
 */
struct m46_ip6 {
	struct in6_addr saddr;
	struct in6_addr daddr;
	__be32 id;
	u16 hlen;
	u32 tot_len;
	u16 offset;
	u16 pointer;
	u8 tclass;
	u8 hop_limit;
	u8 proto;
	bool frag;
	bool mf;
};

static inline bool m46_ip4_is_frag(const struct m46_ip4 *ip)
{
	return ip->mf || ip->offset;
}

/* An atomic fragment (offset 0, M 0) is a whole message. */
static inline bool m46_ip6_is_frag(const struct m46_ip6 *ip)
{
	return ip->mf || ip->offset;
}

/**
 * m46_parse4() - read and check an IPv4 header
 * @pkt: start of the header
 * @avail: bytes that may be read at @pkt
 * @len: bytes of the packet, of which the rest may be elsewhere
 * @quoted: the packet stands in an ICMP error: it may be cut short and its
 *	header checksum is not checked
 * @ip: result
 *
 * Return: 0; the number of bytes that have to be readable before it can go on
 * (call again when they are); or -enum m46_counter.
 */
int m46_parse4(const void *pkt, unsigned int avail, unsigned int len,
	       bool quoted, struct m46_ip4 *ip);

/**
 * m46_parse6() - read and check an IPv6 header and its extension headers
 *
 * As m46_parse4().
 */
int m46_parse6(const void *pkt, unsigned int avail, unsigned int len,
	       bool quoted, struct m46_ip6 *ip);

/*
 * Whether a packet of this protocol is translated at all.
 * Return: M46_OK or the reason to drop.
 */
enum m46_counter m46_accept4(const struct m46_xlat_cfg *cfg,
			     const struct m46_ip4 *ip);
enum m46_counter m46_accept6(const struct m46_xlat_cfg *cfg,
			     const struct m46_ip6 *ip);

/* Bytes of transport header that must be readable for this protocol. */
unsigned int m46_l4_need(u8 proto);

/*
 * Write the IPv6 header, and the Fragment header where frag, for an IPv4
 * packet with l4_len bytes behind its header. out holds 40 or 48 bytes and may
 * overlap the IPv4 header.
 */
void m46_build6(void *out, const struct m46_xlat_cfg *cfg,
		const struct m46_ip4 *ip, const struct in6_addr *saddr,
		const struct in6_addr *daddr, u8 hop_limit,
		unsigned int l4_len, bool frag);
/*
 * Write the 20 bytes of IPv4 header, checksum included. id is used where the
 * IPv6 packet has no Fragment header. seg_len: total length of the IPv4 packet
 * as it goes on the wire, which differs from tot_len for super-packets and
 * decides DF (RFC 7915 5.1).
 */
void m46_build4(void *out, const struct m46_xlat_cfg *cfg,
		const struct m46_ip6 *ip, __be32 saddr, __be32 daddr, u8 ttl,
		__be16 id, unsigned int l4_len, unsigned int seg_len);

/* Difference to the transport checksum that new addresses make. */
__wsum m46_delta46(__be32 saddr, __be32 daddr, const struct in6_addr *saddr6,
		   const struct in6_addr *daddr6);
__wsum m46_delta64(const struct in6_addr *saddr6,
		   const struct in6_addr *daddr6, __be32 saddr, __be32 daddr);

/*
 * Apply delta to the checksum of TCP, UDP, UDP-Lite or DCCP, if avail bytes of
 * the transport header reach it; other protocols are left alone. partial: the
 * field holds the sum of the pseudo-header only (CHECKSUM_PARTIAL).
 */
void m46_l4_adjust(u8 proto, void *l4, unsigned int avail, __wsum delta,
		   bool partial);

/* Traffic Class of what becomes IPv6 (RFC 7915 4.1). */
u8 m46_tclass(const struct m46_xlat_cfg *cfg, u8 tos);

/* IPv6 to IPv6, where nothing but addresses changes: likewise, ICMPv6 too. */
__wsum m46_delta66(const struct in6_addr *saddr, const struct in6_addr *daddr,
		   const struct in6_addr *new_saddr,
		   const struct in6_addr *new_daddr);
void m46_l4_adjust66(u8 proto, void *l4, unsigned int avail, __wsum delta,
		     bool partial);

/* ICMP echo, both ways: type and checksum. Return false: not an echo. */
bool m46_echo46(void *icmp, const struct in6_addr *saddr6,
		const struct in6_addr *daddr6, unsigned int icmp_len);
bool m46_echo64(void *icmp, const struct in6_addr *saddr6,
		const struct in6_addr *daddr6, unsigned int icmp_len);

/* IPv4 sources and destinations that no packet may carry (SIIT-09, ADPT-49). */
bool m46_martian4(__be32 addr);
/* IPv4 addresses that RFC 6052 3.1 bars from the Well-Known Prefix. */
bool m46_not_global4(__be32 addr);
/* IPv6 addresses that never embed an IPv4 address (ADDR-17). */
bool m46_unmappable6(const struct in6_addr *addr);

struct m46_xlat;

/**
 * struct m46_xlat_ops - what a mode knows and the translator asks
 * @src46: IPv6 address of an IPv4 host on the side the packet comes from
 * @dst46: IPv6 address of an IPv4 host on the side the packet goes to
 * @src64: IPv4 address of an IPv6 host on the side the packet comes from
 * @dst64: IPv4 address of an IPv6 host on the side the packet goes to
 * @quote46: IPv6 address of an IPv4 address in a quoted header (is_src: its
 *	source); roles are reversed there, since the quoted packet went the
 *	other way (RFC 7915 4.3), and a rule of the other role is better than
 *	none
 * @quote64: likewise IPv4
 * @outer66: new addresses of an ICMPv6 error itself, for a mode that exchanges
 *	IPv6 addresses otherwise than by way of IPv4; else NULL
 * @quote66: new IPv6 address of an IPv6 address in a quoted header, for a mode
 *	that exchanges IPv6 addresses; else NULL
 * @error_src6: source for an ICMPv6 error to daddr whose own has no mapping
 * @error_src4: likewise ICMPv4
 * @mtu6: MTU of the IPv6 route to an address, 65535 where it is not known
 * @mtu4: likewise IPv4
 *
 * All but the last four return M46_OK or a reason to drop. All run in BH
 * context under rcu_read_lock().
 */
struct m46_xlat_ops {
	enum m46_counter (*src46)(const struct m46_xlat *x, __be32 addr,
				  struct in6_addr *out);
	enum m46_counter (*dst46)(const struct m46_xlat *x, __be32 addr,
				  struct in6_addr *out);
	enum m46_counter (*src64)(const struct m46_xlat *x,
				  const struct in6_addr *addr, __be32 *out);
	enum m46_counter (*dst64)(const struct m46_xlat *x,
				  const struct in6_addr *addr, __be32 *out);
	enum m46_counter (*quote46)(const struct m46_xlat *x, __be32 addr,
				    bool is_src, struct in6_addr *out);
	enum m46_counter (*quote64)(const struct m46_xlat *x,
				    const struct in6_addr *addr, bool is_src,
				    __be32 *out);
	enum m46_counter (*outer66)(const struct m46_xlat *x,
				    const struct in6_addr *saddr,
				    const struct in6_addr *daddr,
				    struct in6_addr *new_saddr,
				    struct in6_addr *new_daddr);
	enum m46_counter (*quote66)(const struct m46_xlat *x,
				    const struct in6_addr *addr, bool is_src,
				    struct in6_addr *out);
	void (*error_src6)(const struct m46_xlat *x,
			   const struct in6_addr *daddr, struct in6_addr *out);
	void (*error_src4)(const struct m46_xlat *x, __be32 daddr,
			   __be32 *out);
	u32 (*mtu6)(const struct m46_xlat *x, const struct in6_addr *daddr);
	u32 (*mtu4)(const struct m46_xlat *x, __be32 daddr);
};

/**
 * struct m46_xlat - surroundings of one translation
 * @cfg: settings
 * @ops: the mode
 */
struct m46_xlat {
	const struct m46_xlat_cfg *cfg;
	const struct m46_xlat_ops *ops;
};

/**
 * struct m46_error - a translated ICMP error
 * @len: bytes written
 * @replaced: its source is the translator, not the router that sent it
 */
struct m46_error {
	unsigned int len;
	bool replaced;
};

/**
 * m46_error46() - translate an ICMPv4 error and the packet it quotes
 * @x: surroundings
 * @pkt: the whole IPv4 packet
 * @ip: its header, parsed
 * @hop_limit: hop limit of the result
 * @out: M46_ERROR6_MAX bytes
 * @err: result
 *
 * Return: M46_OK or the reason to drop (RFC 7915 4.2, 4.3).
 */
enum m46_counter m46_error46(const struct m46_xlat *x, const void *pkt,
			     const struct m46_ip4 *ip, u8 hop_limit,
			     void *out, struct m46_error *err);
/* The same 6->4 (RFC 7915 5.2, 5.3); out: M46_ERROR4_MAX bytes. */
enum m46_counter m46_error64(const struct m46_xlat *x, const void *pkt,
			     const struct m46_ip6 *ip, u8 ttl, void *out,
			     struct m46_error *err);

/*
 * An ICMPv6 error whose addresses, outer and quoted, are exchanged for other
 * IPv6 addresses: those of @dst64 and @src64 (or @error_src4), mapped on by
 * @dst46 and @src46; or those of @outer66. In place; pkt is the whole packet.
 */
enum m46_counter m46_error66(const struct m46_xlat *x, void *pkt,
			     const struct m46_ip6 *ip, u8 hop_limit,
			     struct m46_error *err);

/* Checksum of an ICMPv6 message of len bytes, all of them readable. */
bool m46_icmp6_csum_ok(const struct m46_ip6 *ip, const void *icmp,
		       unsigned int len);

/* Whether an ICMP type is an error as RFC 792 and RFC 4443 mean it. */
bool m46_icmp4_is_error(u8 type);
static inline bool m46_icmp6_is_error(u8 type)
{
	return type < 128;
}

#endif /* _M46_XLAT_H */
