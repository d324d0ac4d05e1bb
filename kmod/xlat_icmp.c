// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP errors, RFC 7915 4.2, 4.3, 5.2 and 5.3, with the extensions of RFC 4884:
 * the message, the packet it quotes and what follows the quotation.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>

#include "xlat.h"

#define M46_QUOTE_MIN	128	/* RFC 4884 section 4: original datagram */
#define M46_PTR_NONE	255	/* no counterpart in the other family */

/**
 * struct m46_icmp_out - what becomes of the first eight bytes of an error
 * @type: type
 * @code: code
 * @word: bytes 4-7, host byte order: MTU or pointer
 */
struct m46_icmp_out {
	u8 type;
	u8 code;
	u32 word;
};

/**
 * struct m46_quote - the parts of an error behind its first eight bytes
 * @data: the quoted packet, with the padding that RFC 4884 asks for
 * @len: its length
 * @ext: the extension structure, which goes through as it is
 * @ext_len: its length, 0: there is none
 */
struct m46_quote {
	const u8 *data;
	unsigned int len;
	const u8 *ext;
	unsigned int ext_len;
};

bool m46_icmp4_is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_REDIRECT || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

/*
 * Split an error into quotation and extension (RFC 4884 section 4). attr: the
 * length attribute in bytes, 0 where the type has none. Sets q->len to what
 * is there after the first eight bytes otherwise.
 */
static bool m46_quote_split(const u8 *icmp, unsigned int len,
			    unsigned int attr, struct m46_quote *q)
{
	q->data = icmp + 8;
	q->len = len - 8;
	q->ext = NULL;
	q->ext_len = 0;
	if (attr > q->len)
		return false;
	if (attr && attr < q->len) {
		q->ext = q->data + attr;
		q->ext_len = q->len - attr;
		q->len = attr;
	}
	return true;
}

/*
 * Decide how many bytes of quotation (len, of which the buffer holds them all)
 * and of extension fit into room bytes. unit: what RFC 4884 pads the quotation
 * to in the target family. Return the padded length of the quotation.
 */
static unsigned int m46_quote_fit(unsigned int len, unsigned int room,
				  unsigned int unit, struct m46_quote *q)
{
	unsigned int padded = max_t(unsigned int, round_up(len, unit),
				    M46_QUOTE_MIN);

	if (!q->ext_len)
		return min(len, room);
	if (padded + q->ext_len <= room)
		return padded;
	if (M46_QUOTE_MIN + q->ext_len <= room)
		return round_down(room - q->ext_len, unit);
	/* Half an object is of no use to anybody (ICMP-55). */
	q->ext_len = 0;
	return min(len, room);
}

/* ------------------------------------------------------------ IPv4 to IPv6 */

/* RFC 7915 4.2, the pointer of a Parameter Problem. */
static u8 m46_pointer46(u8 ptr)
{
	static const u8 map[] = {
		0, 1, 4, 4, M46_PTR_NONE, M46_PTR_NONE, M46_PTR_NONE,
		M46_PTR_NONE, 7, 6, M46_PTR_NONE, M46_PTR_NONE, 8, 8, 8, 8,
		24, 24, 24, 24,
	};

	return ptr < sizeof(map) ? map[ptr] : M46_PTR_NONE;
}

/* RFC 7915 4.2, Destination Unreachable: type << 8 | code, or 0: none. */
static u16 m46_unreach46(u8 code)
{
	static const u16 map[] = {
		[ICMP_NET_UNREACH] = 0x100,
		[ICMP_HOST_UNREACH] = 0x100,
		[ICMP_PROT_UNREACH] = 0x401,
		[ICMP_PORT_UNREACH] = 0x104,
		[ICMP_FRAG_NEEDED] = 0x200,
		[ICMP_SR_FAILED] = 0x100,
		[ICMP_NET_UNKNOWN] = 0x100,
		[ICMP_HOST_UNKNOWN] = 0x100,
		[ICMP_HOST_ISOLATED] = 0x100,
		[ICMP_NET_ANO] = 0x101,
		[ICMP_HOST_ANO] = 0x101,
		[ICMP_NET_UNR_TOS] = 0x100,
		[ICMP_HOST_UNR_TOS] = 0x100,
		[ICMP_PKT_FILTERED] = 0x101,
		[ICMP_PREC_VIOLATION] = 0,
		[ICMP_PREC_CUTOFF] = 0x101,
	};

	return code < ARRAY_SIZE(map) ? map[code] : 0;
}

/* Type and code only; word is filled for pointers. False: no counterpart. */
static bool m46_type46(const u8 *icmp, struct m46_icmp_out *out)
{
	u16 tc;

	out->word = 0;
	switch (icmp[0]) {
	case ICMP_DEST_UNREACH:
		tc = m46_unreach46(icmp[1]);
		out->type = tc >> 8;
		out->code = tc;
		if (out->type == ICMPV6_PARAMPROB)
			out->word = offsetof(struct ipv6hdr, nexthdr);
		return tc;
	case ICMP_TIME_EXCEEDED:
		out->type = ICMPV6_TIME_EXCEED;
		out->code = icmp[1];
		return true;
	case ICMP_PARAMETERPROB:
		if (icmp[1] != 0 && icmp[1] != 2)
			return false;
		out->type = ICMPV6_PARAMPROB;
		out->code = ICMPV6_HDR_FIELD;
		out->word = m46_pointer46(icmp[4]);
		return out->word != M46_PTR_NONE;
	default:
		return false;
	}
}

/* RFC 7915 4.2, Packet Too Big; conformance ICMP-20 and ICMP-26. */
static u32 m46_mtu46(const struct m46_xlat *x, const u8 *icmp,
		     const struct m46_ip4 *quoted, const struct in6_addr *daddr)
{
	const struct m46_xlat_cfg *cfg = x->cfg;
	u32 mtu = icmp[6] << 8 | icmp[7];
	unsigned int i;

	/* A router older than RFC 1191: its section 7.1 says what to assume. */
	for (i = 0; !mtu && i < cfg->n_plateau; i++) {
		if (cfg->plateau[i] < quoted->tot_len &&
		    cfg->plateau[i] >= IPV6_MIN_MTU)
			mtu = cfg->plateau[i];
	}
	mtu = min3(mtu + 20, x->ops->mtu6(x, daddr),
		   x->ops->mtu4(x, quoted->daddr) + 20);
	return max_t(u32, mtu, IPV6_MIN_MTU);
}

/*
 * The transport header inside a quotation. len: bytes that are there, whole:
 * bytes there once were, which the ICMPv6 pseudo-header counts.
 */
static enum m46_counter m46_quote_l4_46(const struct m46_ip4 *ip, void *l4,
					unsigned int len, unsigned int whole,
					const struct ipv6hdr *h)
{
	if (ip->offset)
		return M46_OK;
	if (ip->proto != IPPROTO_ICMP) {
		m46_l4_adjust(ip->proto, l4, len,
			      m46_delta46(ip->saddr, ip->daddr, &h->saddr,
					  &h->daddr), false);
		return M46_OK;
	}
	if (len < 4)
		return M46_OK;
	if (m46_icmp4_is_error(*(u8 *)l4))
		return M46_DROP_ICMP_NESTED_ERROR;
	return m46_echo46(l4, &h->saddr, &h->daddr, whole) ?
	       M46_OK : M46_DROP_BAD_QUOTE;
}

/*
 * Translate a quoted IPv4 packet into out. *len: in: bytes that out holds,
 * out: bytes written.
 */
static enum m46_counter m46_quote46(const struct m46_xlat *x,
				    const struct m46_quote *q,
				    const struct m46_ip4 *ip, u8 *out,
				    unsigned int *len)
{
	bool frag = m46_ip4_is_frag(ip);
	unsigned int hlen = sizeof(struct ipv6hdr) +
			    (frag ? M46_FRAG_HLEN : 0);
	unsigned int copy = min(q->len - ip->hlen, *len - hlen);
	struct in6_addr saddr, daddr;
	enum m46_counter drop;

	drop = m46_accept4(x->cfg, ip);
	if (drop && drop != M46_DROP_SHORT_L4 && drop != M46_DROP_TINY_FRAGMENT)
		return M46_DROP_BAD_QUOTE;
	drop = x->ops->quote46(x, ip->saddr, true, &saddr);
	if (drop)
		return drop;
	drop = x->ops->quote46(x, ip->daddr, false, &daddr);
	if (drop)
		return drop;
	m46_build6(out, x->cfg, ip, &saddr, &daddr, ip->ttl,
		   ip->tot_len - ip->hlen, frag);
	memcpy(out + hlen, q->data + ip->hlen, copy);
	*len = hlen + copy;
	return m46_quote_l4_46(ip, out + hlen, copy, ip->tot_len - ip->hlen,
			       (struct ipv6hdr *)out);
}

/* Pad, append the extension, write the ICMPv6 header and its checksum. */
static unsigned int m46_finish46(u8 *out, const struct m46_icmp_out *icmp,
				 unsigned int quote_len, struct m46_quote *q)
{
	u8 *h = out + sizeof(struct ipv6hdr);
	unsigned int room = M46_ERROR6_MAX - sizeof(struct ipv6hdr) - 8;
	struct ipv6hdr *ip6 = (struct ipv6hdr *)out;
	u32 word = icmp->word;
	unsigned int padded;
	__sum16 sum;

	if (icmp->type != ICMPV6_DEST_UNREACH &&
	    icmp->type != ICMPV6_TIME_EXCEED)
		q->ext_len = 0;
	padded = m46_quote_fit(quote_len, room, 8, q);
	if (padded > quote_len)
		memset(h + 8 + quote_len, 0, padded - quote_len);
	if (q->ext_len) {
		memcpy(h + 8 + padded, q->ext, q->ext_len);
		word = padded / 8 << 24;
	}
	h[0] = icmp->type;
	h[1] = icmp->code;
	h[2] = 0;
	h[3] = 0;
	h[4] = word >> 24;
	h[5] = word >> 16;
	h[6] = word >> 8;
	h[7] = word;
	padded += 8 + q->ext_len;
	ip6->payload_len = htons(padded);
	sum = csum_ipv6_magic(&ip6->saddr, &ip6->daddr, padded, IPPROTO_ICMPV6,
			      csum_partial(h, padded, 0));
	memcpy(h + 2, &sum, sizeof(sum));
	return sizeof(*ip6) + padded;
}

/* The outer header; a source without mapping is replaced (ADDR-08). */
static enum m46_counter m46_outer46(const struct m46_xlat *x,
				    const struct m46_ip4 *ip, u8 hop_limit,
				    u8 *out, struct m46_error *err)
{
	struct in6_addr saddr, daddr;
	enum m46_counter drop;

	drop = x->ops->dst46(x, ip->daddr, &daddr);
	if (drop)
		return drop;
	err->replaced = x->ops->src46(x, ip->saddr, &saddr);
	if (err->replaced)
		x->ops->error_src6(x, &daddr, &saddr);
	m46_build6(out, x->cfg, ip, &saddr, &daddr, hop_limit, 0, false);
	return M46_OK;
}

enum m46_counter m46_error46(const struct m46_xlat *x, const void *pkt,
			     const struct m46_ip4 *ip, u8 hop_limit,
			     void *out, struct m46_error *err)
{
	const unsigned int hlen = sizeof(struct ipv6hdr) + 8;
	unsigned int len = ip->tot_len - ip->hlen;
	const u8 *icmp = pkt + ip->hlen;
	struct m46_icmp_out to;
	struct m46_ip4 quoted;
	enum m46_counter drop;
	struct m46_quote q;
	unsigned int room;

	if (len < 8)
		return M46_DROP_SHORT_ERROR;
	if (!m46_type46(icmp, &to))
		return M46_DROP_ICMP_UNKNOWN;
	if (len < 8 + sizeof(struct iphdr))
		return M46_DROP_SHORT_ERROR;
	if (csum_fold(csum_partial(icmp, len, 0)))
		return M46_DROP_BAD_ICMP_CSUM;
	/* Byte 5 of all three types (RFC 4884 section 4); 0 in older ones. */
	if (!m46_quote_split(icmp, len, icmp[5] * 4, &q))
		return M46_DROP_BAD_EXT;
	if (m46_parse4(q.data, q.len, q.len, true, &quoted))
		return M46_DROP_BAD_QUOTE;

	drop = m46_outer46(x, ip, hop_limit, out, err);
	if (drop)
		return drop;
	room = M46_ERROR6_MAX - hlen;
	drop = m46_quote46(x, &q, &quoted, out + hlen, &room);
	if (drop)
		return drop;
	if (to.type == ICMPV6_PKT_TOOBIG)
		to.word = m46_mtu46(x, icmp, &quoted,
				    &((struct ipv6hdr *)out)->daddr);
	err->len = m46_finish46(out, &to, room, &q);
	return M46_OK;
}

/* ------------------------------------------------------------ IPv6 to IPv4 */

/* RFC 7915 5.2, the pointer of a Parameter Problem. */
static u8 m46_pointer64(u32 ptr)
{
	static const u8 map[] = {
		0, 1, M46_PTR_NONE, M46_PTR_NONE, 2, 2, 9, 8,
	};

	if (ptr < sizeof(map))
		return map[ptr];
	if (ptr < 24)
		return offsetof(struct iphdr, saddr);
	if (ptr < 40)
		return offsetof(struct iphdr, daddr);
	return M46_PTR_NONE;
}

static u32 m46_get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

static bool m46_unreach64(u8 code, struct m46_icmp_out *out)
{
	out->type = ICMP_DEST_UNREACH;
	switch (code) {
	case ICMPV6_NOROUTE:
	case ICMPV6_NOT_NEIGHBOUR:	/* beyond scope of source address */
	case ICMPV6_ADDR_UNREACH:
		out->code = ICMP_HOST_UNREACH;
		return true;
	case ICMPV6_ADM_PROHIBITED:
		out->code = ICMP_HOST_ANO;
		return true;
	case ICMPV6_PORT_UNREACH:
		out->code = ICMP_PORT_UNREACH;
		return true;
	default:
		return false;
	}
}

static bool m46_paramprob64(const u8 *icmp, struct m46_icmp_out *out)
{
	if (icmp[1] == ICMPV6_UNK_NEXTHDR) {
		out->type = ICMP_DEST_UNREACH;
		out->code = ICMP_PROT_UNREACH;
		return true;
	}
	if (icmp[1] != ICMPV6_HDR_FIELD)
		return false;
	out->type = ICMP_PARAMETERPROB;
	out->code = 0;
	out->word = m46_pointer64(m46_get_be32(icmp + 4));
	if (out->word == M46_PTR_NONE)
		return false;
	out->word <<= 24;
	return true;
}

static bool m46_type64(const u8 *icmp, struct m46_icmp_out *out)
{
	out->word = 0;
	switch (icmp[0]) {
	case ICMPV6_DEST_UNREACH:
		return m46_unreach64(icmp[1], out);
	case ICMPV6_PKT_TOOBIG:
		out->type = ICMP_DEST_UNREACH;
		out->code = ICMP_FRAG_NEEDED;
		return true;
	case ICMPV6_TIME_EXCEED:
		out->type = ICMP_TIME_EXCEEDED;
		out->code = icmp[1];
		return true;
	case ICMPV6_PARAMPROB:
		return m46_paramprob64(icmp, out);
	default:
		return false;
	}
}

/* RFC 7915 5.2, Packet Too Big; conformance ICMP-39 and ICMP-45. */
static u32 m46_mtu64(const struct m46_xlat *x, const u8 *icmp,
		     const struct m46_ip6 *quoted, __be32 daddr)
{
	u32 less = quoted->frag ? 28 : 20;
	u32 mtu = m46_get_be32(icmp + 4);
	u32 mtu6 = x->ops->mtu6(x, &quoted->daddr);

	mtu = min3(mtu > less ? mtu - less : 0, x->ops->mtu4(x, daddr),
		   mtu6 - 20);
	return clamp_t(u32, mtu, 68, 65535);
}

static enum m46_counter m46_quote_l4_64(const struct m46_ip6 *ip, void *l4,
					unsigned int len, unsigned int whole,
					const struct iphdr *h)
{
	if (ip->offset)
		return M46_OK;
	if (ip->proto != IPPROTO_ICMPV6) {
		m46_l4_adjust(ip->proto, l4, len,
			      m46_delta64(&ip->saddr, &ip->daddr, h->saddr,
					  h->daddr), false);
		return M46_OK;
	}
	if (len < 4)
		return M46_OK;
	if (m46_icmp6_is_error(*(u8 *)l4))
		return M46_DROP_ICMP_NESTED_ERROR;
	return m46_echo64(l4, &ip->saddr, &ip->daddr, whole) ?
	       M46_OK : M46_DROP_BAD_QUOTE;
}

static enum m46_counter m46_quote64(const struct m46_xlat *x,
				    const struct m46_quote *q,
				    const struct m46_ip6 *ip, u8 *out,
				    unsigned int *len)
{
	unsigned int hlen = sizeof(struct iphdr);
	unsigned int copy = min(q->len - ip->hlen, *len - hlen);
	unsigned int whole = ip->tot_len - ip->hlen;
	enum m46_counter drop;
	__be32 saddr, daddr;

	drop = m46_accept6(x->cfg, ip);
	if (drop && drop != M46_DROP_SHORT_L4 && drop != M46_DROP_TINY_FRAGMENT)
		return M46_DROP_BAD_QUOTE;
	drop = x->ops->quote64(x, &ip->saddr, true, &saddr);
	if (drop)
		return drop;
	drop = x->ops->quote64(x, &ip->daddr, false, &daddr);
	if (drop)
		return drop;
	m46_build4(out, x->cfg, ip, saddr, daddr, ip->hop_limit, 0, whole,
		   hlen + whole);
	memcpy(out + hlen, q->data + ip->hlen, copy);
	*len = hlen + copy;
	return m46_quote_l4_64(ip, out + hlen, copy, whole,
			       (struct iphdr *)out);
}

static unsigned int m46_finish64(u8 *out, const struct m46_icmp_out *icmp,
				 unsigned int quote_len, struct m46_quote *q)
{
	u8 *h = out + sizeof(struct iphdr);
	unsigned int room = M46_ERROR4_MAX - sizeof(struct iphdr) - 8;
	struct iphdr *ip = (struct iphdr *)out;
	u32 word = icmp->word;
	unsigned int padded;
	__sum16 sum;

	/* RFC 4884 4.6 lets all three types of ICMPv4 carry extensions. */
	if (icmp->code == ICMP_FRAG_NEEDED && icmp->type == ICMP_DEST_UNREACH)
		q->ext_len = 0;
	padded = m46_quote_fit(quote_len, room, 4, q);
	if (padded > quote_len)
		memset(h + 8 + quote_len, 0, padded - quote_len);
	if (q->ext_len) {
		memcpy(h + 8 + padded, q->ext, q->ext_len);
		word |= padded / 4 << 16;
	}
	h[0] = icmp->type;
	h[1] = icmp->code;
	h[2] = 0;
	h[3] = 0;
	h[4] = word >> 24;
	h[5] = word >> 16;
	h[6] = word >> 8;
	h[7] = word;
	padded += 8 + q->ext_len;
	sum = csum_fold(csum_partial(h, padded, 0));
	memcpy(h + 2, &sum, sizeof(sum));
	ip->tot_len = htons(sizeof(*ip) + padded);
	ip->check = 0;
	ip->check = ip_fast_csum((u8 *)ip, ip->ihl);
	return sizeof(*ip) + padded;
}

/* The outer header; a router without mapping is replaced (RFC 6791). */
static enum m46_counter m46_outer64(const struct m46_xlat *x,
				    const struct m46_ip6 *ip, u8 ttl, u8 *out,
				    struct m46_error *err)
{
	enum m46_counter drop;
	__be32 saddr, daddr;

	drop = x->ops->dst64(x, &ip->daddr, &daddr);
	if (drop)
		return drop;
	/* Multicast and broadcast too: it may go out under our own address. */
	if (m46_martian4(daddr))
		return M46_DROP_MARTIAN_DESTINATION;
	err->replaced = x->ops->src64(x, &ip->saddr, &saddr) ||
			m46_martian4(saddr);
	if (err->replaced)
		x->ops->error_src4(x, daddr, &saddr);
	m46_build4(out, x->cfg, ip, saddr, daddr, ttl, 0, 0, 0);
	return M46_OK;
}

bool m46_icmp6_csum_ok(const struct m46_ip6 *ip, const void *icmp,
		       unsigned int len)
{
	return !csum_ipv6_magic(&ip->saddr, &ip->daddr, len, IPPROTO_ICMPV6,
				csum_partial(icmp, len, 0));
}

enum m46_counter m46_error64(const struct m46_xlat *x, const void *pkt,
			     const struct m46_ip6 *ip, u8 ttl, void *out,
			     struct m46_error *err)
{
	const unsigned int hlen = sizeof(struct iphdr) + 8;
	unsigned int len = ip->tot_len - ip->hlen;
	const u8 *icmp = pkt + ip->hlen;
	struct m46_icmp_out to;
	struct m46_ip6 quoted;
	enum m46_counter drop;
	struct m46_quote q;
	unsigned int room;
	u8 attr = 0;

	if (len < 8)
		return M46_DROP_SHORT_ERROR;
	if (!m46_type64(icmp, &to))
		return M46_DROP_ICMP_UNKNOWN;
	if (len < 8 + sizeof(struct ipv6hdr))
		return M46_DROP_SHORT_ERROR;
	if (!m46_icmp6_csum_ok(ip, icmp, len))
		return M46_DROP_BAD_ICMP_CSUM;
	if (icmp[0] == ICMPV6_DEST_UNREACH || icmp[0] == ICMPV6_TIME_EXCEED)
		attr = icmp[4];
	if (!m46_quote_split(icmp, len, attr * 8, &q))
		return M46_DROP_BAD_EXT;
	if (m46_parse6(q.data, q.len, q.len, true, &quoted) ||
	    quoted.hlen > quoted.tot_len || quoted.hlen > q.len)
		return M46_DROP_BAD_QUOTE;

	drop = m46_outer64(x, ip, ttl, out, err);
	if (drop)
		return drop;
	room = M46_ERROR4_MAX - hlen;
	drop = m46_quote64(x, &q, &quoted, out + hlen, &room);
	if (drop)
		return drop;
	if (icmp[0] == ICMPV6_PKT_TOOBIG)
		to.word = m46_mtu64(x, icmp, &quoted,
				    ((struct iphdr *)out)->daddr);
	err->len = m46_finish64(out, &to, room, &q);
	return M46_OK;
}

/* ------------------------------------------------------------ IPv6 to IPv6 */

static enum m46_counter m46_outer66(const struct m46_xlat *x,
				    const struct m46_ip6 *ip,
				    struct ipv6hdr *out, struct m46_error *err)
{
	enum m46_counter drop;
	__be32 saddr, daddr;

	err->replaced = false;
	if (x->ops->outer66)
		return x->ops->outer66(x, &ip->saddr, &ip->daddr, &out->saddr,
				       &out->daddr);
	drop = x->ops->dst64(x, &ip->daddr, &daddr);
	if (drop)
		return drop;
	drop = x->ops->dst46(x, daddr, &out->daddr);
	if (drop)
		return drop;
	err->replaced = x->ops->src64(x, &ip->saddr, &saddr);
	if (err->replaced)
		x->ops->error_src4(x, daddr, &saddr);
	return x->ops->src46(x, saddr, &out->saddr);
}

/* The quoted packet at q, which may be cut short. */
static enum m46_counter m46_quote66(const struct m46_xlat *x, void *q,
				    unsigned int len, const struct m46_ip6 *ip)
{
	struct in6_addr saddr, daddr;
	struct ipv6hdr *h = q;
	enum m46_counter drop;

	if (ip->proto == IPPROTO_ICMPV6 && !ip->offset && len > ip->hlen &&
	    m46_icmp6_is_error(*(u8 *)(q + ip->hlen)))
		return M46_DROP_ICMP_NESTED_ERROR;
	drop = x->ops->quote66(x, &ip->saddr, true, &saddr);
	if (drop)
		return drop;
	drop = x->ops->quote66(x, &ip->daddr, false, &daddr);
	if (drop)
		return drop;
	h->saddr = saddr;
	h->daddr = daddr;
	if (!ip->offset)
		m46_l4_adjust66(ip->proto, q + ip->hlen, len - ip->hlen,
				m46_delta66(&ip->saddr, &ip->daddr, &saddr,
					    &daddr), false);
	return M46_OK;
}

enum m46_counter m46_error66(const struct m46_xlat *x, void *pkt,
			     const struct m46_ip6 *ip, u8 hop_limit,
			     struct m46_error *err)
{
	unsigned int len = ip->tot_len - ip->hlen;
	u8 *icmp = pkt + ip->hlen;
	struct m46_icmp_out ignored;
	struct ipv6hdr *h = pkt;
	struct ipv6hdr outer;
	struct m46_ip6 quoted;
	enum m46_counter drop;
	struct m46_quote q;
	__sum16 sum = 0;
	u8 attr = 0;

	if (len < 8 + sizeof(struct ipv6hdr))
		return M46_DROP_SHORT_ERROR;
	/* by way of IPv4, what it does not have would surprise both ends */
	if (!x->ops->outer66 && !m46_type64(icmp, &ignored))
		return M46_DROP_ICMP_UNKNOWN;
	if (!m46_icmp6_csum_ok(ip, icmp, len))
		return M46_DROP_BAD_ICMP_CSUM;
	if (icmp[0] == ICMPV6_DEST_UNREACH || icmp[0] == ICMPV6_TIME_EXCEED)
		attr = icmp[4];
	if (!m46_quote_split(icmp, len, attr * 8, &q))
		return M46_DROP_BAD_EXT;
	if (m46_parse6(q.data, q.len, q.len, true, &quoted) ||
	    quoted.hlen > quoted.tot_len || quoted.hlen > q.len)
		return M46_DROP_BAD_QUOTE;

	drop = m46_outer66(x, ip, &outer, err);
	if (drop)
		return drop;
	drop = m46_quote66(x, icmp + 8, q.len, &quoted);
	if (drop)
		return drop;
	h->saddr = outer.saddr;
	h->daddr = outer.daddr;
	h->hop_limit = hop_limit;
	memcpy(icmp + 2, &sum, sizeof(sum));
	sum = csum_ipv6_magic(&h->saddr, &h->daddr, len, IPPROTO_ICMPV6,
			      csum_partial(icmp, len, 0));
	memcpy(icmp + 2, &sum, sizeof(sum));
	err->len = ip->tot_len;
	return M46_OK;
}
