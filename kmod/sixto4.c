// SPDX-License-Identifier: GPL-2.0
/* Mode 6to4: embedded addresses, and who may send what (see sixto4.h). */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "sixto4.h"

static u64 half(const struct in6_addr *addr, unsigned int i)
{
	return (u64)ntohl(addr->s6_addr32[2 * i]) << 32 |
	       ntohl(addr->s6_addr32[2 * i + 1]);
}

static u64 mask64(int len)
{
	return len <= 0 ? 0 : len >= 64 ? ~0ULL : ~0ULL << (64 - len);
}

void m46_domain_init(struct m46_domain *d, const struct m46_prefix6 *prefix,
		     const struct m46_prefix4 *v4)
{
	d->value[0] = half(&prefix->addr, 0);
	d->value[1] = half(&prefix->addr, 1);
	d->mask[0] = mask64(prefix->len);
	d->mask[1] = mask64(prefix->len - 64);
	d->len = prefix->len;
	d->v4 = *v4;
}

/* hi: half(addr, 0), which both of these need */
static bool has(const struct m46_domain *d, const struct in6_addr *addr, u64 hi)
{
	return (hi & d->mask[0]) == d->value[0] &&
	       (!d->mask[1] || (half(addr, 1) & d->mask[1]) == d->value[1]);
}

static u32 v4_of(const struct m46_domain *d, const struct in6_addr *addr,
		 u64 hi)
{
	unsigned int bits = 32 - d->v4.len;
	u64 v;

	if (!bits)
		return d->v4.addr;
	if (d->len + bits <= 64)
		v = hi << d->len;
	else if (d->len < 64)
		v = hi << d->len | half(addr, 1) >> (64 - d->len);
	else
		v = half(addr, 1) << (d->len - 64);
	return d->v4.addr | v >> (64 - bits);
}

bool m46_domain_has(const struct m46_domain *d, const struct in6_addr *addr)
{
	return has(d, addr, half(addr, 0));
}

u32 m46_domain_v4(const struct m46_domain *d, const struct in6_addr *addr)
{
	return v4_of(d, addr, half(addr, 0));
}

/**
 * struct end - what an inner address is to a domain
 * @net: its first 16 bits
 * @v4: the IPv4 address that it embeds
 * @is_in: it is of the domain
 * @is_own: @v4 is one of this end of the tunnel
 */
struct end {
	u32 net;
	u32 v4;
	bool is_in;
	bool is_own;
};

static struct end end_of(const struct m46_tun *tun, const struct in6_addr *addr)
{
	u64 hi = half(addr, 0);
	struct end end = { .net = hi >> 48 };

	end.is_in = has(&tun->domain, addr, hi);
	if (end.is_in) {
		end.v4 = v4_of(&tun->domain, addr, hi);
		end.is_own = m46_tun_is_own(tun, end.v4);
	}
	return end;
}

void m46_domain_delegated(const struct m46_domain *d, u32 v4,
			  struct m46_prefix6 *out)
{
	unsigned int bits = 32 - d->v4.len;
	u64 v = bits ? (u64)v4 << (64 - bits) : 0;
	u64 hi = d->value[0], lo = d->value[1];

	if (d->len >= 64) {
		lo |= v >> (d->len - 64);
	} else {
		hi |= v >> d->len;
		lo |= v << (64 - d->len);
	}
	out->addr.s6_addr32[0] = htonl(hi >> 32);
	out->addr.s6_addr32[1] = htonl(hi);
	out->addr.s6_addr32[2] = htonl(lo >> 32);
	out->addr.s6_addr32[3] = htonl(lo);
	out->len = d->len + bits;
}

bool m46_tun_is_own(const struct m46_tun *tun, u32 v4)
{
	unsigned int i;

	for (i = 0; i < tun->n_local; i++) {
		if (tun->local[i] == v4)
			return true;
	}
	return tun->anycast && tun->kind == M46_TUN_6TO4 && v4 == M46_ANYCAST4;
}

static bool list_has(const struct m46_prefix4_list *list, u32 v4)
{
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		if (m46_prefix4_has(&list->prefix[i], v4))
			return true;
	}
	return false;
}

static bool may_peer(const struct m46_tun *tun, u32 v4)
{
	return !tun->peers.n || list_has(&tun->peers, v4);
}

/* RFC 1918 and RFC 6598 */
static bool is_private4(u32 v4)
{
	return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 ||
	       v4 >> 22 == 0x191;
}

bool m46_tun_bad4(const struct m46_tun *tun, u32 v4)
{
	u32 net = v4 >> 24;

	if (!net || net == 127 || net >= 224)
		return true;
	switch (net) {
	case 10:
	case 100:
	case 172:
		return tun->kind == M46_TUN_6TO4 && is_private4(v4);
	case 169:
		return v4 >> 16 == 0xa9fe;
	case 192:
		if (v4 >> 8 == 0xc00000)
			return true;
		if (v4 >> 8 == M46_ANYCAST4 >> 8)
			return tun->kind != M46_TUN_6TO4 || v4 != M46_ANYCAST4;
		return tun->kind == M46_TUN_6TO4 && is_private4(v4);
	case 198:
		return tun->kind == M46_TUN_6TO4 && v4 >> 17 == 0xc612 >> 1;
	default:
		return false;
	}
}

/* RFC 4213 3.6: what not even a configured tunnel may carry. :: is DAD's. */
static bool is_reserved6(const struct in6_addr *addr, bool may_be_any)
{
	const __be32 *w = addr->s6_addr32;

	if (w[0] || w[1])
		return false;
	if (!w[2])
		return w[3] || !may_be_any;
	return w[2] == htonl(0xffff);
}

static bool is_no_source6(const struct in6_addr *addr)
{
	return ntohl(addr->s6_addr32[0]) >> 24 == 0xff ||
	       is_reserved6(addr, true);
}

/* Kinds of address that are bad everywhere, and bad ones of 6to4. */
static bool is_bad_net6(const struct in6_addr *addr, u32 net)
{
	static const struct m46_tun sixto4 = { .kind = M46_TUN_6TO4 };

	/* 0::/16; fe80::/10, fec0::/10, ff00::/8, which are the last */
	if (!net || net >= 0xfe80)
		return true;
	return net == M46_6TO4_PREFIX &&
	       m46_tun_bad4(&sixto4, half(addr, 0) >> 16);
}

static bool is_bad6(const struct m46_tun *tun, const struct in6_addr *addr,
		    const struct end *end)
{
	if (end->is_in)
		return m46_tun_bad4(tun, end->v4);
	return is_bad_net6(addr, end->net);
}

bool m46_tun_bad6(const struct m46_tun *tun, const struct in6_addr *addr)
{
	struct end end = end_of(tun, addr);

	return is_bad6(tun, addr, &end);
}

/* RFC 6324 3.3: a 6to4 address of this very router, on a link that is not. */
static bool embeds_own(const struct m46_tun *tun, const struct in6_addr *addr)
{
	u32 w0 = ntohl(addr->s6_addr32[0]);

	if (tun->kind == M46_TUN_6TO4 || w0 >> 16 != M46_6TO4_PREFIX)
		return false;
	return m46_tun_is_own(tun, w0 << 16 | ntohl(addr->s6_addr32[1]) >> 16);
}

/* The V4ADDR of a next hop: of the domain, or ::a.b.c.d as with Linux's sit. */
static u32 gateway_v4(const struct m46_tun *tun, const struct in6_addr *gw)
{
	const __be32 *w = gw->s6_addr32;

	if (m46_domain_has(&tun->domain, gw))
		return m46_domain_v4(&tun->domain, gw);
	return w[0] || w[1] || w[2] ? 0 : ntohl(w[3]);
}

static enum m46_counter next_hop(const struct m46_tun *tun,
				 const struct m46_tun_out *out,
				 const struct end *dst, u32 *daddr)
{
	if (dst->is_in) {
		*daddr = dst->v4;
		return dst->is_own ? M46_DROP_OWN_SITE : M46_OK;
	}
	*daddr = out->gateway ? gateway_v4(tun, out->gateway) : 0;
	if (!*daddr)
		*daddr = tun->remote;
	return *daddr ? M46_OK : M46_DROP_NO_NEXT_HOP;
}

/* RFC 6343 4.4: what a relay's packets come from. */
static u32 relay_saddr(const struct m46_tun *tun)
{
	bool anycast = tun->relay_source == M46_RELAY_SOURCE_ANYCAST ||
		       (tun->relay_source == M46_RELAY_SOURCE_AUTO &&
			tun->anycast);

	return anycast && tun->kind == M46_TUN_6TO4 ? M46_ANYCAST4 :
						      tun->local[0];
}

static enum m46_counter outer_source(const struct m46_tun *tun,
				     const struct m46_tun_out *out,
				     const struct end *src,
				     const struct end *dst,
				     struct m46_tun_ends *ends)
{
	if (src->is_own) {
		ends->saddr = src->v4;
		return M46_OK;
	}
	ends->saddr = tun->local[0];
	if (src->is_in) {
		/* RFC 5969 8: a CE probes its border relay. */
		return tun->kind == M46_TUN_6RD && tun->relay && out->is_back ?
		       M46_OK : M46_DROP_SRC_MISMATCH;
	}
	if (!dst->is_in)
		return list_has(&tun->native, ends->daddr) ?
		       M46_OK : M46_DROP_NATIVE_NATIVE;
	ends->saddr = relay_saddr(tun);
	return tun->relay || out->is_local ? M46_OK : M46_DROP_NOT_RELAY;
}

static enum m46_counter check_out_domain(const struct m46_tun *tun,
					 const struct m46_tun_out *out,
					 struct m46_tun_ends *ends)
{
	struct end src = end_of(tun, out->src);
	struct end dst = end_of(tun, out->dst);
	enum m46_counter drop;

	if (dst.net >> 8 == 0xff)
		return M46_DROP_MULTICAST;
	if ((dst.net & 0xffc0) == 0xfe80)
		return M46_DROP_LINK_LOCAL;
	/* an own address was good when it was configured */
	if (!src.is_own && is_bad6(tun, out->src, &src))
		return M46_DROP_TUN_SRC6;
	if (is_bad6(tun, out->dst, &dst))
		return M46_DROP_TUN_DST6;
	if (!src.is_own && embeds_own(tun, out->src))
		return M46_DROP_EMBEDS_OWN;
	drop = next_hop(tun, out, &dst, &ends->daddr);
	if (drop)
		return drop;
	drop = outer_source(tun, out, &src, &dst, ends);
	if (drop)
		return drop;
	/* An embedded address has been looked at already. */
	if (!dst.is_in && (m46_tun_bad4(tun, ends->daddr) ||
			   m46_tun_is_own(tun, ends->daddr)))
		return M46_DROP_TUN_DST4;
	return may_peer(tun, ends->daddr) ? M46_OK : M46_DROP_PEERS;
}

enum m46_counter m46_tun_check_out(const struct m46_tun *tun,
				   const struct m46_tun_out *out,
				   struct m46_tun_ends *ends)
{
	if (tun->kind != M46_TUN_CONFIGURED)
		return check_out_domain(tun, out, ends);
	if (is_no_source6(out->src))
		return M46_DROP_TUN_SRC6;
	if (is_reserved6(out->dst, false))
		return M46_DROP_TUN_DST6;
	ends->saddr = tun->local[0];
	ends->daddr = tun->remote;
	return M46_OK;
}

/* For this site, from another or from native IPv6 by way of a relay. */
static enum m46_counter check_in_site(const struct m46_tun *tun, u32 saddr,
				      const struct end *src)
{
	if (src->is_in)
		return src->v4 == saddr ? M46_OK : M46_DROP_SRC_MISMATCH;
	if (tun->kind == M46_TUN_6RD && saddr == tun->remote)
		return M46_OK;
	return list_has(&tun->relay_from, saddr) ? M46_OK :
						   M46_DROP_RELAY_FROM;
}

/* For native IPv6, by way of this relay. */
static enum m46_counter check_in_relay(const struct m46_tun *tun, u32 saddr,
				       const struct end *src)
{
	if (!src->is_in)
		return list_has(&tun->native, saddr) ? M46_OK :
						       M46_DROP_NATIVE_NATIVE;
	if (src->v4 != saddr)
		return M46_DROP_SRC_MISMATCH;
	if (!tun->relay || tun->return_only)
		return M46_DROP_NOT_RELAY;
	return !tun->acl.n || list_has(&tun->acl, saddr) ? M46_OK :
							   M46_DROP_ACL;
}

/* Of the domain, but not of the site that the outer packet came to. */
static enum m46_counter check_in_other(const struct m46_tun *tun, u32 saddr,
				       const struct end *src)
{
	if (!src->is_in)
		return M46_DROP_DST_MISMATCH;
	/* RFC 5969 8: a border relay sends the probes of CEs back to them. */
	if (tun->kind == M46_TUN_6RD && tun->relay)
		return src->v4 == saddr ? M46_OK : M46_DROP_SRC_MISMATCH;
	return tun->kind == M46_TUN_6RD ? M46_DROP_DST_MISMATCH :
					  M46_DROP_RELAY_DOMAIN;
}

static enum m46_counter check_in_roles(const struct m46_tun *tun,
				       const struct m46_tun_ends *ends,
				       const struct end *src,
				       const struct end *dst)
{
	bool to_own = dst->is_own && dst->v4 == ends->daddr;

	if (src->is_own) {
		/* the probe, back from the border relay */
		if (tun->kind == M46_TUN_6RD && tun->remote &&
		    ends->saddr == tun->remote && to_own)
			return M46_OK;
		if (tun->ingress_filter != M46_INGRESS_FILTER_OFF)
			return M46_DROP_INGRESS_FILTER;
	}
	if (to_own)
		return check_in_site(tun, ends->saddr, src);
	if (dst->is_in)
		return check_in_other(tun, ends->saddr, src);
	return check_in_relay(tun, ends->saddr, src);
}

static enum m46_counter check_in_domain(const struct m46_tun *tun,
					const struct m46_tun_ends *ends,
					const struct in6_addr *src_addr,
					const struct in6_addr *dst_addr)
{
	struct end src = end_of(tun, src_addr);
	struct end dst = end_of(tun, dst_addr);

	if (m46_tun_bad4(tun, ends->saddr))
		return M46_DROP_TUN_SRC4;
	if (!may_peer(tun, ends->saddr))
		return M46_DROP_PEERS;
	/* The same address as outside has been looked at just now. */
	if (!(src.is_in && src.v4 == ends->saddr) &&
	    is_bad6(tun, src_addr, &src))
		return M46_DROP_TUN_SRC6;
	if (!dst.is_own && is_bad6(tun, dst_addr, &dst))
		return M46_DROP_TUN_DST6;
	if (!dst.is_own && embeds_own(tun, dst_addr))
		return M46_DROP_EMBEDS_OWN;
	return check_in_roles(tun, ends, &src, &dst);
}

enum m46_counter m46_tun_check_in(const struct m46_tun *tun,
				  const struct m46_tun_ends *ends,
				  const struct in6_addr *src,
				  const struct in6_addr *dst)
{
	if (tun->kind != M46_TUN_CONFIGURED)
		return check_in_domain(tun, ends, src, dst);
	if (is_no_source6(src))
		return M46_DROP_TUN_SRC6;
	return is_reserved6(dst, false) ? M46_DROP_TUN_DST6 : M46_OK;
}

int m46_ecn_in(u8 outer, u8 inner, bool *is_odd)
{
	/* RFC 6040 figure 4: rows are the inner field, columns the outer */
	enum { NOT, ECT1, ECT0, CE };
	static const s8 table[4][4] = {
		[NOT]	= { NOT, NOT, NOT, -1 },
		[ECT1]	= { ECT1, ECT1, ECT1, CE },
		[ECT0]	= { ECT0, ECT1, ECT0, CE },
		[CE]	= { CE, CE, CE, CE },
	};

	outer &= 3;
	inner &= 3;
	*is_odd = (inner == NOT && outer != NOT) ||
		  (inner == CE && outer == ECT1) ||
		  (inner == ECT1 && outer == ECT0);
	return table[inner][outer];
}
