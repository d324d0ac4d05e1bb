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

bool m46_domain_has(const struct m46_domain *d, const struct in6_addr *addr)
{
	return (half(addr, 0) & d->mask[0]) == d->value[0] &&
	       (!d->mask[1] || (half(addr, 1) & d->mask[1]) == d->value[1]);
}

u32 m46_domain_v4(const struct m46_domain *d, const struct in6_addr *addr)
{
	unsigned int bits = 32 - d->v4.len;
	u64 v;

	if (!bits)
		return d->v4.addr;
	if (d->len >= 64)
		v = half(addr, 1) << (d->len - 64);
	else if (d->len + bits <= 64)
		v = half(addr, 0) << d->len;
	else
		v = half(addr, 0) << d->len | half(addr, 1) >> (64 - d->len);
	return d->v4.addr | v >> (64 - bits);
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

bool m46_tun_bad6(const struct m46_tun *tun, const struct in6_addr *addr)
{
	u32 w0 = ntohl(addr->s6_addr32[0]);
	u32 net = w0 >> 16;

	/* 0::/16; fe80::/10 and fec0::/10; ff00::/8 */
	if (!net || (net & 0xff80) == 0xfe80 || net >> 8 == 0xff)
		return true;
	if (net == M46_6TO4_PREFIX) {
		static const struct m46_tun strict = { .kind = M46_TUN_6TO4 };

		return m46_tun_bad4(&strict,
				    w0 << 16 | ntohl(addr->s6_addr32[1]) >> 16);
	}
	return tun->kind == M46_TUN_6RD && m46_domain_has(&tun->domain, addr) &&
	       m46_tun_bad4(tun, m46_domain_v4(&tun->domain, addr));
}

u32 m46_isatap_v4(const struct in6_addr *addr)
{
	/* the u bit says that the IPv4 address is globally unique */
	if ((addr->s6_addr32[2] & htonl(0xfdffffff)) != htonl(0x00005efe))
		return 0;
	return ntohl(addr->s6_addr32[3]);
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
				 const struct m46_tun_out *out, bool dst_in,
				 u32 *daddr)
{
	if (dst_in) {
		*daddr = m46_domain_v4(&tun->domain, out->dst);
		return m46_tun_is_own(tun, *daddr) ? M46_DROP_OWN_SITE :
						     M46_OK;
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
				     const struct m46_tun_out *out, bool dst_in,
				     struct m46_tun_ends *ends)
{
	if (m46_domain_has(&tun->domain, out->src)) {
		ends->saddr = m46_domain_v4(&tun->domain, out->src);
		if (m46_tun_is_own(tun, ends->saddr))
			return M46_OK;
		/* RFC 5969 8: a CE probes its border relay. */
		if (tun->kind != M46_TUN_6RD || !tun->relay || !out->is_back)
			return M46_DROP_SRC_MISMATCH;
		ends->saddr = tun->local[0];
		return M46_OK;
	}
	if (!dst_in) {
		ends->saddr = tun->local[0];
		return list_has(&tun->native, ends->daddr) ?
		       M46_OK : M46_DROP_NATIVE_NATIVE;
	}
	ends->saddr = relay_saddr(tun);
	return tun->relay || out->is_local ? M46_OK : M46_DROP_NOT_RELAY;
}

static enum m46_counter check_out_domain(const struct m46_tun *tun,
					 const struct m46_tun_out *out,
					 struct m46_tun_ends *ends)
{
	bool dst_in = m46_domain_has(&tun->domain, out->dst);
	enum m46_counter drop;

	if (m46_tun_bad6(tun, out->src))
		return M46_DROP_TUN_SRC6;
	if (m46_tun_bad6(tun, out->dst))
		return M46_DROP_TUN_DST6;
	if (embeds_own(tun, out->src))
		return M46_DROP_EMBEDS_OWN;
	drop = next_hop(tun, out, dst_in, &ends->daddr);
	if (drop)
		return drop;
	drop = outer_source(tun, out, dst_in, ends);
	if (drop)
		return drop;
	if (m46_tun_bad4(tun, ends->daddr) || m46_tun_is_own(tun, ends->daddr))
		return M46_DROP_TUN_DST4;
	return M46_OK;
}

enum m46_counter m46_tun_check_out(const struct m46_tun *tun,
				   const struct m46_tun_out *out,
				   struct m46_tun_ends *ends)
{
	u32 net = ntohl(out->dst->s6_addr32[0]) >> 16;
	enum m46_counter drop;

	if (tun->kind == M46_TUN_CONFIGURED) {
		if (is_reserved6(out->src, true))
			return M46_DROP_TUN_SRC6;
		if (is_reserved6(out->dst, false))
			return M46_DROP_TUN_DST6;
		ends->saddr = tun->local[0];
		ends->daddr = tun->remote;
		return M46_OK;
	}
	if (net >> 8 == 0xff)
		return M46_DROP_MULTICAST;
	if ((net & 0xffc0) == 0xfe80)
		return M46_DROP_LINK_LOCAL;
	drop = check_out_domain(tun, out, ends);
	if (drop)
		return drop;
	return may_peer(tun, ends->daddr) ? M46_OK : M46_DROP_PEERS;
}

/* For this site, from another or from native IPv6 by way of a relay. */
static enum m46_counter check_in_site(const struct m46_tun *tun, u32 saddr,
				      bool src_in, u32 src4)
{
	if (src_in)
		return src4 == saddr ? M46_OK : M46_DROP_SRC_MISMATCH;
	if (tun->kind == M46_TUN_6RD && saddr == tun->remote)
		return M46_OK;
	return list_has(&tun->relay_from, saddr) ? M46_OK :
						   M46_DROP_RELAY_FROM;
}

/* For native IPv6, by way of this relay. */
static enum m46_counter check_in_relay(const struct m46_tun *tun, u32 saddr,
				       bool src_in, u32 src4)
{
	if (!src_in)
		return list_has(&tun->native, saddr) ? M46_OK :
						       M46_DROP_NATIVE_NATIVE;
	if (src4 != saddr)
		return M46_DROP_SRC_MISMATCH;
	if (!tun->relay || tun->return_only)
		return M46_DROP_NOT_RELAY;
	return !tun->acl.n || list_has(&tun->acl, saddr) ? M46_OK :
							   M46_DROP_ACL;
}

/* Of the domain, but not of the site that the outer packet came to. */
static enum m46_counter check_in_other(const struct m46_tun *tun, u32 saddr,
				       bool src_in, u32 src4)
{
	if (!src_in)
		return M46_DROP_DST_MISMATCH;
	/* RFC 5969 8: a border relay sends the probes of CEs back to them. */
	if (tun->kind == M46_TUN_6RD && tun->relay)
		return src4 == saddr ? M46_OK : M46_DROP_SRC_MISMATCH;
	return tun->kind == M46_TUN_6RD ? M46_DROP_DST_MISMATCH :
					  M46_DROP_RELAY_DOMAIN;
}

static enum m46_counter check_in_domain(const struct m46_tun *tun,
					const struct m46_tun_ends *ends,
					const struct in6_addr *src,
					const struct in6_addr *dst)
{
	bool src_in = m46_domain_has(&tun->domain, src);
	bool dst_in = m46_domain_has(&tun->domain, dst);
	u32 src4 = src_in ? m46_domain_v4(&tun->domain, src) : 0;
	bool to_own = dst_in &&
		      m46_domain_v4(&tun->domain, dst) == ends->daddr &&
		      m46_tun_is_own(tun, ends->daddr);

	if (src_in && m46_tun_is_own(tun, src4)) {
		/* the probe, back from the border relay */
		if (tun->kind == M46_TUN_6RD && tun->remote &&
		    ends->saddr == tun->remote && to_own)
			return M46_OK;
		if (tun->ingress_filter != M46_INGRESS_FILTER_OFF)
			return M46_DROP_INGRESS_FILTER;
	}
	if (to_own)
		return check_in_site(tun, ends->saddr, src_in, src4);
	if (dst_in)
		return check_in_other(tun, ends->saddr, src_in, src4);
	return check_in_relay(tun, ends->saddr, src_in, src4);
}

enum m46_counter m46_tun_check_in(const struct m46_tun *tun,
				  const struct m46_tun_ends *ends,
				  const struct in6_addr *src,
				  const struct in6_addr *dst)
{
	if (tun->kind == M46_TUN_CONFIGURED) {
		if (ntohl(src->s6_addr32[0]) >> 24 == 0xff ||
		    is_reserved6(src, true))
			return M46_DROP_TUN_SRC6;
		return is_reserved6(dst, false) ? M46_DROP_TUN_DST6 : M46_OK;
	}
	if (m46_tun_bad4(tun, ends->saddr))
		return M46_DROP_TUN_SRC4;
	if (!may_peer(tun, ends->saddr))
		return M46_DROP_PEERS;
	if (m46_tun_bad6(tun, src))
		return M46_DROP_TUN_SRC6;
	if (m46_tun_bad6(tun, dst))
		return M46_DROP_TUN_DST6;
	if (embeds_own(tun, dst))
		return M46_DROP_EMBEDS_OWN;
	return check_in_domain(tun, ends, src, dst);
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

u8 m46_tun_tos(const struct m46_tun *tun, u8 tclass)
{
	u8 dscp = tun->tos == M46_TOS_INHERIT ? tclass & ~3 : tun->tos;

	return tun->ecn_compat ? dscp : dscp | (tclass & 3);
}
