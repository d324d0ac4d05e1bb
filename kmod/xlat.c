// SPDX-License-Identifier: GPL-2.0
/*
 * IP/ICMP translation, RFC 7915: headers and transport checksums. ICMP errors
 * are in xlat_icmp.c.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>

#include "xlat.h"

/* Options that steer the packet (RFC 791 3.1). */
#define M46_OPT_END		0
#define M46_OPT_NOOP		1
#define M46_OPT_LSRR		131
#define M46_OPT_SSRR		137

/* Protocol numbers that have no name in the uapi headers of every kernel. */
#define M46_PROTO_HIP		139
#define M46_PROTO_SHIM6		140
#define M46_PROTO_MOBILITY	135

/*
 * What an IPv4 packet of 65535 bytes carries; more has no place in a
 * reassembled IPv4 packet.
 */
#define M46_DATA_MAX		(65535 - 20)

struct m46_frag_hdr {
	u8 nexthdr;
	u8 reserved;
	__be16 frag_off;
	__be32 id;
};

/* RFC 7915 4.1: an unexpired source route is not translated. */
static enum m46_counter m46_check_options(const u8 *opt, unsigned int len)
{
	unsigned int i = 0;

	while (i < len && opt[i] != M46_OPT_END) {
		unsigned int olen;

		if (opt[i] == M46_OPT_NOOP) {
			i++;
			continue;
		}
		if (len - i < 2)
			return M46_DROP_BAD_OPTION;
		olen = opt[i + 1];
		if (olen < 2 || olen > len - i)
			return M46_DROP_BAD_OPTION;
		if (opt[i] == M46_OPT_LSRR || opt[i] == M46_OPT_SSRR) {
			if (olen < 3 || opt[i + 2] < 4)
				return M46_DROP_BAD_OPTION;
			if (opt[i + 2] <= olen)
				return M46_DROP_SOURCE_ROUTE;
		}
		i += olen;
	}
	return M46_OK;
}

static bool m46_bad_fragment(bool mf, unsigned int offset, unsigned int len)
{
	return (mf && len % 8) || offset + len > M46_DATA_MAX;
}

int m46_parse4(const void *pkt, unsigned int avail, unsigned int len,
	       bool quoted, struct m46_ip4 *ip)
{
	const struct iphdr *h = pkt;
	enum m46_counter drop;
	u16 frag;

	if (len < sizeof(*h))
		return -M46_DROP_BAD_IP4_HEADER;
	if (avail < sizeof(*h))
		return sizeof(*h);

	ip->hlen = h->ihl * 4;
	ip->tot_len = ntohs(h->tot_len);
	if (h->version != 4 || ip->hlen < sizeof(*h) || len < ip->hlen ||
	    ip->tot_len < ip->hlen)
		return -M46_DROP_BAD_IP4_HEADER;
	if (avail < ip->hlen)
		return ip->hlen;
	if (!quoted && (len < ip->tot_len ||
			ip_fast_csum((const u8 *)h, h->ihl)))
		return -M46_DROP_BAD_IP4_HEADER;

	frag = ntohs(h->frag_off);
	ip->saddr = h->saddr;
	ip->daddr = h->daddr;
	ip->id = h->id;
	ip->offset = (frag & 0x1fff) * 8;
	ip->tos = h->tos;
	ip->ttl = h->ttl;
	ip->proto = h->protocol;
	ip->df = frag & 0x4000;
	ip->mf = frag & 0x2000;
	if (quoted)
		return 0;

	if (ip->hlen > sizeof(*h)) {
		drop = m46_check_options((const u8 *)(h + 1),
					 ip->hlen - sizeof(*h));
		if (drop)
			return -drop;
	}
	if (m46_ip4_is_frag(ip) &&
	    m46_bad_fragment(ip->mf, ip->offset, ip->tot_len - ip->hlen))
		return -M46_DROP_BAD_FRAGMENT;
	return 0;
}

/* Whether RFC 7915 5.1 skips this header on its way to the transport. */
static bool m46_skipped6(u8 nexthdr)
{
	return nexthdr == IPPROTO_HOPOPTS || nexthdr == IPPROTO_ROUTING ||
	       nexthdr == IPPROTO_DSTOPTS || nexthdr == IPPROTO_FRAGMENT;
}

/* Whether RFC 7915 5.1.1 refuses this header behind a Fragment header. */
static bool m46_refused_in_fragment(u8 nexthdr)
{
	return m46_skipped6(nexthdr) || nexthdr == IPPROTO_AH ||
	       nexthdr == M46_PROTO_MOBILITY || nexthdr == M46_PROTO_HIP ||
	       nexthdr == M46_PROTO_SHIM6;
}

static int m46_parse_frag(const void *pkt, bool quoted, struct m46_ip6 *ip)
{
	const struct m46_frag_hdr *fh = pkt + ip->hlen;
	u16 frag_off = ntohs(fh->frag_off);

	ip->frag = true;
	ip->proto = fh->nexthdr;
	ip->id = fh->id;
	ip->offset = frag_off & ~7;
	ip->mf = frag_off & 1;
	ip->hlen += sizeof(*fh);
	if (m46_refused_in_fragment(ip->proto))
		return -M46_DROP_FRAG_EXTHDR;
	if (!quoted && m46_ip6_is_frag(ip) &&
	    m46_bad_fragment(ip->mf, ip->offset, ip->tot_len - ip->hlen))
		return -M46_DROP_BAD_FRAGMENT;
	return 0;
}

/* Walk the extension headers; ip->proto and ip->hlen move with the walk. */
static int m46_parse_exthdrs(const void *pkt, unsigned int avail,
			     unsigned int end, bool quoted, struct m46_ip6 *ip)
{
	unsigned int n;

	for (n = 0; m46_skipped6(ip->proto); n++) {
		const u8 *h = pkt + ip->hlen;
		unsigned int hlen;

		if (n == M46_EXTHDRS_MAX)
			return -M46_DROP_EXTHDR_LIMIT;
		if (ip->hlen + 8 > end)
			return -M46_DROP_BAD_EXTHDR;
		if (avail < ip->hlen + 8)
			return ip->hlen + 8;
		if (ip->proto == IPPROTO_FRAGMENT)
			return m46_parse_frag(pkt, quoted, ip);

		hlen = (h[1] + 1) * 8;
		if (ip->hlen + hlen > end)
			return -M46_DROP_BAD_EXTHDR;
		if (ip->hlen + hlen > sizeof(struct ipv6hdr) +
				      M46_EXTHDRS_BYTES_MAX)
			return -M46_DROP_EXTHDR_LIMIT;
		if (ip->proto == IPPROTO_ROUTING && h[3] && !quoted) {
			ip->pointer = ip->hlen + 3;
			return -M46_DROP_ROUTING_HEADER;
		}
		ip->proto = h[0];
		ip->hlen += hlen;
	}
	return 0;
}

int m46_parse6(const void *pkt, unsigned int avail, unsigned int len,
	       bool quoted, struct m46_ip6 *ip)
{
	const struct ipv6hdr *h = pkt;
	u32 first;

	if (len < sizeof(*h))
		return -M46_DROP_BAD_IP6_HEADER;
	if (avail < sizeof(*h))
		return sizeof(*h);
	first = ntohl(*(const __be32 *)h);
	if (first >> 28 != 6)
		return -M46_DROP_BAD_IP6_HEADER;
	if (!h->payload_len && h->nexthdr == IPPROTO_HOPOPTS)
		return -M46_DROP_JUMBOGRAM;

	ip->tot_len = sizeof(*h) + ntohs(h->payload_len);
	if (!quoted && len < ip->tot_len)
		return -M46_DROP_BAD_IP6_HEADER;
	ip->saddr = h->saddr;
	ip->daddr = h->daddr;
	ip->tclass = first >> 20;
	ip->hop_limit = h->hop_limit;
	ip->proto = h->nexthdr;
	ip->hlen = sizeof(*h);
	ip->id = 0;
	ip->offset = 0;
	ip->pointer = 0;
	ip->frag = false;
	ip->mf = false;
	return m46_parse_exthdrs(pkt, avail, quoted ? len : ip->tot_len,
				 quoted, ip);
}

unsigned int m46_l4_need(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 20;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 8;
	default:
		return 0;
	}
}

/* Enough transport header to translate what stands in it? */
static enum m46_counter m46_check_l4(u8 proto, bool frag, unsigned int offset,
				     unsigned int len)
{
	unsigned int need = m46_l4_need(proto);

	if (offset)
		return M46_OK;
	/* Type, code and checksum; errors are looked at more closely later. */
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6)
		need = 4;
	/* A first fragment must reach the end of the checksum (SIIT-20). */
	if (frag && proto == IPPROTO_TCP)
		need = 18;
	if (len >= need)
		return M46_OK;
	return frag ? M46_DROP_TINY_FRAGMENT : M46_DROP_SHORT_L4;
}

enum m46_counter m46_accept4(const struct m46_xlat_cfg *cfg,
			     const struct m46_ip4 *ip)
{
	bool frag = m46_ip4_is_frag(ip);

	/*
	 * Copied, they would be extension headers, or ICMPv6 that nobody
	 * translated and checked.
	 */
	if ((m46_skipped6(ip->proto) || ip->proto == IPPROTO_ICMPV6) &&
	    !cfg->proto_strict_copy)
		return M46_DROP_PROTO_IS_EXTHDR;
	if (ip->proto == IPPROTO_IGMP)
		return M46_DROP_IGMP;
	if (ip->proto == IPPROTO_ICMP && frag)
		return M46_DROP_ICMP_FRAGMENT;
	return m46_check_l4(ip->proto, frag, ip->offset,
			    ip->tot_len - ip->hlen);
}

enum m46_counter m46_accept6(const struct m46_xlat_cfg *cfg,
			     const struct m46_ip6 *ip)
{
	bool frag = m46_ip6_is_frag(ip);

	if (ip->proto == IPPROTO_ICMP && !cfg->proto_strict_copy)
		return M46_DROP_PROTO_IS_EXTHDR;
	if (ip->proto == IPPROTO_ICMPV6 && frag)
		return M46_DROP_ICMP_FRAGMENT;
	/* An IPv6 packet of this size has no IPv4 counterpart. */
	if (ip->tot_len - ip->hlen > M46_DATA_MAX)
		return M46_DROP_BAD_IP6_HEADER;
	return m46_check_l4(ip->proto, frag, ip->offset,
			    ip->tot_len - ip->hlen);
}

u8 m46_tclass(const struct m46_xlat_cfg *cfg, u8 tos)
{
	if (cfg->tclass != M46_TCLASS_INHERIT)
		return cfg->tclass;
	if (cfg->tos_ignore)
		return 0;
	return cfg->dscp_ignore ? tos & 3 : tos;
}

void m46_build6(void *out, const struct m46_xlat_cfg *cfg,
		const struct m46_ip4 *ip, const struct in6_addr *saddr,
		const struct in6_addr *daddr, u8 hop_limit,
		unsigned int l4_len, bool frag)
{
	u8 proto = ip->proto == IPPROTO_ICMP ? IPPROTO_ICMPV6 : ip->proto;
	struct ipv6hdr *h = out;
	struct m46_frag_hdr *fh = out + sizeof(*h);

	*(__be32 *)h = htonl(6 << 28 | m46_tclass(cfg, ip->tos) << 20);
	h->payload_len = htons(l4_len + (frag ? sizeof(*fh) : 0));
	h->nexthdr = frag ? IPPROTO_FRAGMENT : proto;
	h->hop_limit = hop_limit;
	h->saddr = *saddr;
	h->daddr = *daddr;
	if (!frag)
		return;
	fh->nexthdr = proto;
	fh->reserved = 0;
	fh->frag_off = htons(ip->offset | ip->mf);
	fh->id = htonl(ntohs(ip->id));
}

void m46_build4(void *out, const struct m46_xlat_cfg *cfg,
		const struct m46_ip6 *ip, __be32 saddr, __be32 daddr, u8 ttl,
		__be16 id, unsigned int l4_len, unsigned int seg_len)
{
	struct iphdr *h = out;
	u16 frag_off = 0;

	/* RFC 7915 5.1.1: DF is clear where there was a Fragment header. */
	if (ip->frag) {
		id = htons(ntohl(ip->id));
		frag_off = ip->offset / 8 | (ip->mf ? 0x2000 : 0);
	} else if (seg_len > 1260 && !cfg->df_clear) {
		frag_off = 0x4000;
	}
	*(__be16 *)h = htons(0x4500 |
			     (cfg->tos_override != M46_TOS_OVERRIDE_OFF ?
			      cfg->tos_override : ip->tclass));
	h->tot_len = htons(sizeof(*h) + l4_len);
	h->id = id;
	h->frag_off = htons(frag_off);
	h->ttl = ttl;
	h->protocol = ip->proto == IPPROTO_ICMPV6 ? IPPROTO_ICMP : ip->proto;
	h->check = 0;
	h->saddr = saddr;
	h->daddr = daddr;
	h->check = ip_fast_csum((u8 *)h, h->ihl);
}

static __wsum m46_sum4(__be32 saddr, __be32 daddr)
{
	return csum_add((__force __wsum)saddr, (__force __wsum)daddr);
}

static __wsum m46_sum6(const struct in6_addr *saddr,
		       const struct in6_addr *daddr)
{
	const __be32 *s = saddr->s6_addr32, *d = daddr->s6_addr32;
	u64 sum;

	/* what csum_partial() takes three times as long for */
	sum = (u64)(__force u32)s[0] + (__force u32)s[1] +
	      (__force u32)s[2] + (__force u32)s[3] +
	      (__force u32)d[0] + (__force u32)d[1] +
	      (__force u32)d[2] + (__force u32)d[3];
	return csum_add((__force __wsum)(u32)sum,
			(__force __wsum)(u32)(sum >> 32));
}

__wsum m46_delta46(__be32 saddr, __be32 daddr, const struct in6_addr *saddr6,
		   const struct in6_addr *daddr6)
{
	return csum_sub(m46_sum6(saddr6, daddr6), m46_sum4(saddr, daddr));
}

__wsum m46_delta64(const struct in6_addr *saddr6,
		   const struct in6_addr *daddr6, __be32 saddr, __be32 daddr)
{
	return csum_sub(m46_sum4(saddr, daddr), m46_sum6(saddr6, daddr6));
}

__wsum m46_delta66(const struct in6_addr *saddr, const struct in6_addr *daddr,
		   const struct in6_addr *new_saddr,
		   const struct in6_addr *new_daddr)
{
	return csum_sub(m46_sum6(new_saddr, new_daddr),
			m46_sum6(saddr, daddr));
}

void m46_l4_adjust(u8 proto, void *l4, unsigned int avail, __wsum delta,
		   bool partial)
{
	bool zero_is_none = proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE;
	unsigned int off = proto == IPPROTO_TCP ? 16 : 6;
	__sum16 *sum = l4 + off;

	if (proto != IPPROTO_TCP && proto != IPPROTO_DCCP && !zero_is_none)
		return;
	if (avail < off + sizeof(*sum))
		return;
	/* Not the checksum yet but what it starts from, not complemented. */
	if (partial) {
		*sum = ~csum_fold(csum_add(csum_unfold(*sum), delta));
		return;
	}
	if (zero_is_none && !*sum)
		return;
	*sum = csum_fold(csum_add(~csum_unfold(*sum), delta));
	if (zero_is_none && !*sum)
		*sum = CSUM_MANGLED_0;
}

void m46_l4_adjust66(u8 proto, void *l4, unsigned int avail, __wsum delta,
		     bool partial)
{
	__sum16 *sum = l4 + offsetof(struct icmphdr, checksum);

	if (proto != IPPROTO_ICMPV6)
		m46_l4_adjust(proto, l4, avail, delta, partial);
	else if (avail >= offsetofend(struct icmphdr, checksum))
		*sum = csum_fold(csum_add(~csum_unfold(*sum), delta));
}

/* The ICMPv6 pseudo-header, which ICMPv4 does not have. */
static __wsum m46_icmp6_pseudo(const struct in6_addr *saddr6,
			       const struct in6_addr *daddr6, unsigned int len)
{
	return csum_unfold(~csum_ipv6_magic(saddr6, daddr6, len,
					    IPPROTO_ICMPV6, 0));
}

static void m46_icmp_retype(struct icmphdr *icmp, u8 type, __wsum delta)
{
	delta = csum_sub(delta, (__force __wsum)htons(icmp->type << 8));
	delta = csum_add(delta, (__force __wsum)htons(type << 8));
	icmp->type = type;
	icmp->checksum = csum_fold(csum_add(~csum_unfold(icmp->checksum),
					    delta));
}

bool m46_echo46(void *icmp, const struct in6_addr *saddr6,
		const struct in6_addr *daddr6, unsigned int icmp_len)
{
	struct icmphdr *h = icmp;

	if (h->type != ICMP_ECHO && h->type != ICMP_ECHOREPLY)
		return false;
	m46_icmp_retype(h, h->type == ICMP_ECHO ? ICMPV6_ECHO_REQUEST :
						  ICMPV6_ECHO_REPLY,
			m46_icmp6_pseudo(saddr6, daddr6, icmp_len));
	return true;
}

bool m46_echo64(void *icmp, const struct in6_addr *saddr6,
		const struct in6_addr *daddr6, unsigned int icmp_len)
{
	struct icmphdr *h = icmp;

	if (h->type != ICMPV6_ECHO_REQUEST && h->type != ICMPV6_ECHO_REPLY)
		return false;
	m46_icmp_retype(h, h->type == ICMPV6_ECHO_REQUEST ? ICMP_ECHO :
							    ICMP_ECHOREPLY,
			~m46_icmp6_pseudo(saddr6, daddr6, icmp_len));
	return true;
}

bool m46_martian4(__be32 addr)
{
	u32 a = ntohl(addr);

	return a >> 24 == 0 || a >> 24 == 127 || a >= 0xe0000000;
}

bool m46_not_global4(__be32 addr)
{
	/* RFC 6052 3.1: RFC 1918 and RFC 5735 section 3; and RFC 6598. */
	static const struct {
		u32 addr;
		u8 len;
	} range[] = {
		{ 0x00000000, 8 }, { 0x0a000000, 8 }, { 0x64400000, 10 },
		{ 0x7f000000, 8 }, { 0xa9fe0000, 16 }, { 0xac100000, 12 },
		{ 0xc0000000, 24 }, { 0xc0000200, 24 }, { 0xc0586300, 24 },
		{ 0xc0a80000, 16 }, { 0xc6120000, 15 }, { 0xc6336400, 24 },
		{ 0xcb007100, 24 }, { 0xe0000000, 4 }, { 0xf0000000, 4 },
	};
	u32 a = ntohl(addr);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(range); i++) {
		if ((a ^ range[i].addr) >> (32 - range[i].len) == 0)
			return true;
	}
	return false;
}

bool m46_unmappable6(const struct in6_addr *addr)
{
	const __be32 *w = addr->s6_addr32;

	/* fe80::/10 */
	if ((w[0] & htonl(0xffc00000)) == htonl(0xfe800000))
		return true;
	/* ff00::/8 */
	if ((w[0] & htonl(0xff000000)) == htonl(0xff000000))
		return true;
	/* ::/96 with :: and ::1, ::ffff:0:0/96 */
	return !w[0] && !w[1] && (!w[2] || w[2] == htonl(0xffff));
}
