// SPDX-License-Identifier: GPL-2.0
/*
 * A device's settings. A change builds a whole new object from the old one and
 * the attributes, checks it, and only then publishes it: the packet path sees
 * the settings before or after, never half of them.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "config.h"
#include "m46.h"
#include "tunnel.h"
#include "nla.h"

#define M46_RATE_MAX		1000000
#define M46_ALLOC_RATE_MAX	10000000
#define M46_TIME_MAX		604800	/* seconds: a week */
#define M46_PLANE_BITS_MAX	64

/* not const: struct nla_policy of older kernels would not take it */
static struct netlink_range_validation low6_range = {
	.min = IPV6_MIN_MTU,
	.max = 65535,
};

static struct netlink_range_validation rate_range = {
	.min = 1,
	.max = M46_RATE_MAX,
};

static struct netlink_range_validation expires_range = {
	.min = 1,
	.max = M46_TIME_MAX,
};

static struct netlink_range_validation reuse_after_range = {
	.max = M46_TIME_MAX,
};

static struct netlink_range_validation max_per_64_range = {
	.max = M46_ENTRIES_MAX,
};

static struct netlink_range_validation alloc_rate_range = {
	.max = M46_ALLOC_RATE_MAX,
};

/*
 * rtnetlink parses IFLA_INFO_DATA in the liberal manner of old families, save
 * for attributes from strict_start_type on: here that is all of them.
 */
const struct nla_policy m46_dev_policy[M46_DEV_A_MAX + 1] = {
	[M46_DEV_A_UNSPEC]	= { .strict_start_type = M46_DEV_A_MODE },
	[M46_DEV_A_MODE]	= NLA_POLICY_RANGE(NLA_U8, M46_MODE_ADPT,
						   M46_MODE_6TO4),
	[M46_DEV_A_PREFIXES]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_DEV_A_METHOD]	= NLA_POLICY_RANGE(NLA_U8, M46_METHOD_TRANSLATE,
						   M46_METHOD_ENCAP),
	[M46_DEV_A_MD]		= NLA_POLICY_RANGE(NLA_U8, M46_MD_RULES,
						   M46_MD_FIB),
	[M46_DEV_A_SOURCE_CHECK] = NLA_POLICY_MAX(NLA_U8,
						  M46_SOURCE_CHECK_STRICT),
	[M46_DEV_A_LOWEST_IPV6_MTU] = NLA_POLICY_FULL_RANGE(NLA_U32,
							    &low6_range),
	[M46_DEV_A_UDP_ZERO]	= NLA_POLICY_MAX(NLA_U8, M46_UDP_ZERO_FORWARD),
	[M46_DEV_A_TCLASS]	= NLA_POLICY_MAX(NLA_U16, M46_TCLASS_INHERIT),
	[M46_DEV_A_TOS_IGNORE]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_DSCP_IGNORE]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_TOS_OVERRIDE] = NLA_POLICY_MAX(NLA_U16,
						  M46_TOS_OVERRIDE_OFF),
	[M46_DEV_A_WKP_STRICT]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_RESERVED_BITS] = NLA_POLICY_MAX(NLA_U8,
						   M46_RESERVED_BITS_IGNORE),
	[M46_DEV_A_ADPT_DF]	= NLA_POLICY_MAX(NLA_U8, M46_ADPT_DF_CLEAR),
	[M46_DEV_A_PROTO_STRICT_COPY] = NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_MSS_CLAMP]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_ICMP4_ERRORS] = NLA_POLICY_MAX(NLA_U8, M46_ERRORS_NEVER),
	[M46_DEV_A_ICMP6_ERRORS] = NLA_POLICY_MAX(NLA_U8, M46_ERRORS_NEVER),
	[M46_DEV_A_PMTU_ERRORS]	= NLA_POLICY_MAX(NLA_U8, M46_ERRORS_NEVER),
	[M46_DEV_A_RATE]	= NLA_POLICY_FULL_RANGE(NLA_U32, &rate_range),
	[M46_DEV_A_BURST]	= NLA_POLICY_FULL_RANGE(NLA_U32, &rate_range),
	[M46_DEV_A_MTU_PLATEAUS] = NLA_POLICY_RANGE(NLA_BINARY, sizeof(u16),
						    M46_PLATEAUS_MAX *
						    sizeof(u16)),
	[M46_DEV_A_FASTPATH]	= { .type = NLA_BINARY,
				    .len = M46_FASTPATH_MAX * sizeof(u32) },
	[M46_DEV_A_ICMP4_SOURCE] = NLA_POLICY_EXACT_LEN(sizeof(__be32)),
	[M46_DEV_A_ICMP6_SOURCE] =
		NLA_POLICY_EXACT_LEN(sizeof(struct in6_addr)),
	[M46_DEV_A_POOL6791]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_DEV_A_PLANE]	= { .type = NLA_U64 },
	[M46_DEV_A_EXPIRES]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&expires_range),
	[M46_DEV_A_REUSE_AFTER]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&reuse_after_range),
	[M46_DEV_A_MAX_PER_64]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&max_per_64_range),
	[M46_DEV_A_ALLOC_RATE]	= NLA_POLICY_FULL_RANGE(NLA_U32,
							&alloc_rate_range),
	[M46_DEV_A_FROM]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_DEV_A_REFRESH_FROM_V4] = NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_REUSE_EARLY]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_HAIRPIN]	= NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_ALLOC_KEY]	= NLA_POLICY_EXACT_LEN(sizeof(siphash_key_t)),
	[M46_DEV_A_ALLOW_NONZERO_U] = NLA_POLICY_MAX(NLA_U8, 1),
	[M46_DEV_A_TUNNEL]	= NLA_POLICY_NESTED(m46_tunnel_policy),
	[M46_DEV_A_NAT64]	= NLA_POLICY_NESTED(m46_list_policy),
	[M46_DEV_A_NAT64_POOL]	= NLA_POLICY_NESTED(m46_list_policy),
};

static const struct m46_cfg cfg_default = {
	.xlat = {
		.low6		= IPV6_MIN_MTU,
		.tclass		= M46_TCLASS_INHERIT,
		.tos_override	= M46_TOS_OVERRIDE_OFF,
		/* RFC 1191 section 7.1 */
		.plateau	= { 65535, 32000, 17914, 8166, 4352, 2002, 1492,
				    1006, 508, 296, 68 },
		.n_plateau	= 11,
		.udp_zero	= M46_UDP_ZERO_COMPUTE,
	},
	.method		= M46_METHOD_TRANSLATE,
	.md		= M46_MD_RULES,
	.source_check	= M46_SOURCE_CHECK_STRICT,
	.wkp_strict	= true,
	.rate		= 1000,
	.burst		= 1000,
	/* RFC 5382 REQ-5 */
	.expires	= 7440,
	/* RFC 6146 section 4, TCP_TRANS */
	.reuse_after	= 240,
	.alloc_rate	= 100,
	.refresh_from_v4 = true,
	.hairpin	= true,
	.tun = {
		.ingress_filter	= M46_INGRESS_FILTER_ON,
		.ttl		= 64,
		.ecn_log	= true,
	},
	.enc = {
		.limit		= M46_ENCAP_LIMIT_NONE,
		/* RFC 2473 6.3 */
		.hoplimit	= 64,
		.ecn_log	= true,
	},
};

#define MODE(mode)	(1U << M46_MODE_##mode)

/* Attributes that not every mode has. */
static const struct {
	u16 attr;
	u16 modes;
} mode_attrs[] = {
	{ M46_DEV_A_METHOD, MODE(ADPT) },
	{ M46_DEV_A_MD, MODE(ADPT) },
	{ M46_DEV_A_SOURCE_CHECK, MODE(ADPT) },
	{ M46_DEV_A_RESERVED_BITS, MODE(ADPT) },
	{ M46_DEV_A_ADPT_DF, MODE(ADPT) },
	{ M46_DEV_A_PLANE, MODE(M46T) },
	{ M46_DEV_A_EXPIRES, MODE(M46T) },
	{ M46_DEV_A_REUSE_AFTER, MODE(M46T) },
	{ M46_DEV_A_MAX_PER_64, MODE(M46T) },
	{ M46_DEV_A_ALLOC_RATE, MODE(M46T) },
	{ M46_DEV_A_FROM, MODE(M46T) },
	{ M46_DEV_A_REFRESH_FROM_V4, MODE(M46T) },
	{ M46_DEV_A_REUSE_EARLY, MODE(M46T) },
	{ M46_DEV_A_HAIRPIN, MODE(M46T) },
	{ M46_DEV_A_ALLOC_KEY, MODE(M46T) },
	{ M46_DEV_A_ALLOW_NONZERO_U, MODE(M46T) },
	{ M46_DEV_A_LOWEST_IPV6_MTU, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_UDP_ZERO, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_TCLASS, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_TOS_IGNORE, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_DSCP_IGNORE, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_TOS_OVERRIDE, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_WKP_STRICT, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_PROTO_STRICT_COPY, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_ICMP4_ERRORS, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_MTU_PLATEAUS, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_ICMP4_SOURCE, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_POOL6791, MODE(ADPT) | MODE(M46T) },
	{ M46_DEV_A_TUNNEL, MODE(6TO4) | MODE(ADPT) },
	{ M46_DEV_A_NAT64, MODE(ADPT) },
	{ M46_DEV_A_NAT64_POOL, MODE(ADPT) },
};

/* What no ICMP error that crosses networks comes from (RFC 6791 section 2). */
static const struct m46_prefix4 private4[] = {
	{ 0x0a000000, 8 },
	{ 0x64400000, 10 },
	{ 0xa9fe0000, 16 },
	{ 0xac100000, 12 },
	{ 0xc0a80000, 16 },
};

static int add_prefix6(struct m46_cfg *cfg, const struct nlattr *nest,
		       struct netlink_ext_ack *extack)
{
	struct m46_prefix6 *p;
	int err;

	if (cfg->n_prefix == M46_PREFIXES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "more than 16 own prefixes");
		return -EINVAL;
	}
	p = &cfg->prefix[cfg->n_prefix];
	err = m46_prefix6_parse(p, nest, extack);
	if (err)
		return err;
	err = m46_prefix6_check(p, nest, extack);
	if (err)
		return err;
	if (m46_cfg_is_own(cfg, &p->addr)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "own prefix given twice, or with two lengths");
		return -EINVAL;
	}
	cfg->n_prefix++;
	return 0;
}

static int set_prefixes(struct m46_cfg *cfg, const struct nlattr *list,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	cfg->n_prefix = 0;
	nla_for_each_nested(nla, list, rem) {
		err = add_prefix6(cfg, nla, extack);
		if (err)
			return err;
	}
	if (!cfg->n_prefix) {
		NL_SET_ERR_MSG_ATTR(extack, list,
				    "at least one own prefix is needed");
		return -EINVAL;
	}
	return 0;
}

static int add_from(struct m46_cfg *cfg, const struct nlattr *nest,
		    struct netlink_ext_ack *extack)
{
	struct m46_prefix6 *p;
	struct in6_addr masked;
	int err;

	if (cfg->n_from == M46_FROM_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "more than 16 prefixes in from");
		return -EINVAL;
	}
	p = &cfg->from[cfg->n_from];
	err = m46_prefix6_parse(p, nest, extack);
	if (err)
		return err;
	ipv6_addr_prefix(&masked, &p->addr, p->len);
	if (!ipv6_addr_equal(&masked, &p->addr)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "prefix in from has bits set beyond its length");
		return -EINVAL;
	}
	cfg->n_from++;
	return 0;
}

static int set_from(struct m46_cfg *cfg, const struct nlattr *list,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (!list)
		return 0;
	cfg->n_from = 0;
	nla_for_each_nested(nla, list, rem) {
		err = add_from(cfg, nla, extack);
		if (err)
			return err;
	}
	return 0;
}

/* The M46 prefix, the plane ID and what follows from them. */
static int set_plane(struct m46_cfg *cfg, struct nlattr *tb[],
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *prefixes = tb[M46_DEV_A_PREFIXES];
	const struct nlattr *plane = tb[M46_DEV_A_PLANE];
	const struct m46_prefix6 *p = &cfg->prefix[0];
	u8 bits = 96 - p->len;

	if (cfg->n_prefix != 1 || bits > M46_PLANE_BITS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, prefixes,
				    "m46t has one prefix, of length 32 to 96");
		return -EINVAL;
	}
	/* RFC 6052 2.2; DNS servers refuse such a prefix too (ADDR-03) */
	if (p->addr.s6_addr[8] && !cfg->allow_nonzero_u) {
		NL_SET_ERR_MSG_ATTR(extack, prefixes,
				    "bits 64 to 71 of the prefix must be zero");
		return -EINVAL;
	}
	if (plane)
		cfg->plane = nla_get_u64(plane);
	if (bits < 64 && cfg->plane >> bits) {
		NL_SET_ERR_MSG_ATTR(extack, plane ? : prefixes,
				    "plane ID does not fit between prefix and IPv4 address");
		return -EINVAL;
	}
	cfg->top[1] |= htonl(cfg->plane >> 32);
	cfg->top[2] |= htonl(cfg->plane);
	return 0;
}

/* The same key gives the same addresses on every machine. */
static void set_key(siphash_key_t *key, const struct nlattr *nla)
{
	__le64 half[2];

	nla_memcpy(half, nla, sizeof(half));
	key->key[0] = le64_to_cpu(half[0]);
	key->key[1] = le64_to_cpu(half[1]);
}

static int set_m46t(struct m46_cfg *cfg, struct nlattr *tb[],
		    struct netlink_ext_ack *extack)
{
	int err;

	err = set_plane(cfg, tb, extack);
	if (err)
		return err;
	if (cfg->xlat.udp_zero == M46_UDP_ZERO_FORWARD) {
		NL_SET_ERR_MSG_ATTR(extack, tb[M46_DEV_A_UDP_ZERO],
				    "mode m46t has no udp-zero forward");
		return -EINVAL;
	}
	if (tb[M46_DEV_A_ALLOC_KEY])
		set_key(&cfg->alloc_key, tb[M46_DEV_A_ALLOC_KEY]);
	return set_from(cfg, tb[M46_DEV_A_FROM], extack);
}

static int add_pool6791(struct m46_cfg *cfg, const struct nlattr *nest,
			struct netlink_ext_ack *extack)
{
	struct m46_prefix4 *p;
	int err;

	if (cfg->n_pool6791 == M46_POOL6791_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "more than 16 prefixes in pool6791");
		return -EINVAL;
	}
	p = &cfg->pool6791[cfg->n_pool6791];
	err = m46_prefix4_parse(p, nest, extack);
	if (err)
		return err;
	if (m46_prefix4_is_bad(p)) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "pool6791 contains addresses that are not unicast");
		return -EINVAL;
	}
	if (m46_prefix4_overlaps(p, private4, ARRAY_SIZE(private4))) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "pool6791 contains private addresses");
		return -EINVAL;
	}
	cfg->n_pool6791++;
	return 0;
}

static int set_pool6791(struct m46_cfg *cfg, const struct nlattr *list,
			struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int err, rem;

	if (!list)
		return 0;
	cfg->n_pool6791 = 0;
	nla_for_each_nested(nla, list, rem) {
		err = add_pool6791(cfg, nla, extack);
		if (err)
			return err;
	}
	return 0;
}

static int set_plateaus(struct m46_xlat_cfg *xlat, const struct nlattr *nla,
			struct netlink_ext_ack *extack)
{
	unsigned int i;

	if (!nla)
		return 0;
	if (nla_len(nla) % sizeof(u16)) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "mtu-plateaus is no array of u16");
		return -EINVAL;
	}
	memset(xlat->plateau, 0, sizeof(xlat->plateau));
	nla_memcpy(xlat->plateau, nla, sizeof(xlat->plateau));
	xlat->n_plateau = nla_len(nla) / sizeof(u16);
	for (i = 0; i < xlat->n_plateau; i++) {
		if (xlat->plateau[i] < 68) {
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "mtu-plateaus: lowest is 68");
			return -EINVAL;
		}
		if (i && xlat->plateau[i] >= xlat->plateau[i - 1]) {
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "mtu-plateaus must descend");
			return -EINVAL;
		}
	}
	return 0;
}

static int set_fast(struct m46_cfg *cfg, const struct nlattr *nla,
		    struct netlink_ext_ack *extack)
{
	unsigned int i, j;

	if (!nla)
		return 0;
	if (nla_len(nla) % sizeof(u32)) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "fastpath is no array of u32");
		return -EINVAL;
	}
	cfg->n_fast = nla_len(nla) / sizeof(u32);
	memset(cfg->fast, 0, sizeof(cfg->fast));
	nla_memcpy(cfg->fast, nla, sizeof(cfg->fast));
	for (i = 0; i < cfg->n_fast; i++) {
		for (j = 0; j < i; j++) {
			if (cfg->fast[i] != cfg->fast[j])
				continue;
			NL_SET_ERR_MSG_ATTR(extack, nla,
					    "fastpath: an interface is given twice");
			return -EINVAL;
		}
	}
	return 0;
}

static int set_icmp4_source(struct m46_cfg *cfg, const struct nlattr *nla,
			    struct netlink_ext_ack *extack)
{
	struct m46_prefix4 host = { .len = 32 };

	if (!nla)
		return 0;
	cfg->icmp4_source = nla_get_be32(nla);
	if (!cfg->icmp4_source)
		return 0;
	host.addr = be32_to_cpu(cfg->icmp4_source);
	if (m46_prefix4_is_bad(&host)) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "icmp4-source is no unicast address");
		return -EINVAL;
	}
	return 0;
}

static int set_icmp6_source(struct m46_cfg *cfg, const struct nlattr *nla,
			    struct netlink_ext_ack *extack)
{
	const struct in6_addr *addr = &cfg->icmp6_source;

	if (!nla)
		return 0;
	cfg->icmp6_source = nla_get_in6_addr(nla);
	if (ipv6_addr_any(addr))
		return 0;
	if (ipv6_addr_is_multicast(addr) || m46_is_compat_or_mapped6(addr) ||
	    ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL) {
		NL_SET_ERR_MSG_ATTR(extack, nla,
				    "icmp6-source is no global unicast address");
		return -EINVAL;
	}
	return 0;
}

static void set_u8(u8 *val, const struct nlattr *nla)
{
	if (nla)
		*val = nla_get_u8(nla);
}

static void set_u16(u16 *val, const struct nlattr *nla)
{
	if (nla)
		*val = nla_get_u16(nla);
}

static void set_u32(u32 *val, const struct nlattr *nla)
{
	if (nla)
		*val = nla_get_u32(nla);
}

/* What the policy has checked already. */
static void set_scalars(struct m46_cfg *cfg, struct nlattr *tb[])
{
	struct m46_xlat_cfg *xlat = &cfg->xlat;

	set_u8(&cfg->mode, tb[M46_DEV_A_MODE]);
	set_u8(&cfg->method, tb[M46_DEV_A_METHOD]);
	set_u8(&cfg->md, tb[M46_DEV_A_MD]);
	set_u8(&cfg->source_check, tb[M46_DEV_A_SOURCE_CHECK]);
	m46_nla_flag(&cfg->wkp_strict, tb[M46_DEV_A_WKP_STRICT]);
	m46_nla_flag(&cfg->reserved_ignore, tb[M46_DEV_A_RESERVED_BITS]);
	m46_nla_flag(&cfg->mss_clamp, tb[M46_DEV_A_MSS_CLAMP]);
	m46_nla_flag(&cfg->icmp4_never, tb[M46_DEV_A_ICMP4_ERRORS]);
	m46_nla_flag(&cfg->icmp6_never, tb[M46_DEV_A_ICMP6_ERRORS]);
	m46_nla_flag(&cfg->pmtu_never, tb[M46_DEV_A_PMTU_ERRORS]);
	set_u32(&cfg->rate, tb[M46_DEV_A_RATE]);
	set_u32(&cfg->burst, tb[M46_DEV_A_BURST]);
	set_u32(&cfg->expires, tb[M46_DEV_A_EXPIRES]);
	set_u32(&cfg->reuse_after, tb[M46_DEV_A_REUSE_AFTER]);
	set_u32(&cfg->max_per_64, tb[M46_DEV_A_MAX_PER_64]);
	set_u32(&cfg->alloc_rate, tb[M46_DEV_A_ALLOC_RATE]);
	m46_nla_flag(&cfg->refresh_from_v4, tb[M46_DEV_A_REFRESH_FROM_V4]);
	m46_nla_flag(&cfg->reuse_early, tb[M46_DEV_A_REUSE_EARLY]);
	m46_nla_flag(&cfg->hairpin, tb[M46_DEV_A_HAIRPIN]);
	m46_nla_flag(&cfg->allow_nonzero_u, tb[M46_DEV_A_ALLOW_NONZERO_U]);

	set_u32(&xlat->low6, tb[M46_DEV_A_LOWEST_IPV6_MTU]);
	set_u8(&xlat->udp_zero, tb[M46_DEV_A_UDP_ZERO]);
	set_u16(&xlat->tclass, tb[M46_DEV_A_TCLASS]);
	m46_nla_flag(&xlat->tos_ignore, tb[M46_DEV_A_TOS_IGNORE]);
	m46_nla_flag(&xlat->dscp_ignore, tb[M46_DEV_A_DSCP_IGNORE]);
	set_u16(&xlat->tos_override, tb[M46_DEV_A_TOS_OVERRIDE]);
	m46_nla_flag(&xlat->df_clear, tb[M46_DEV_A_ADPT_DF]);
	m46_nla_flag(&xlat->proto_strict_copy, tb[M46_DEV_A_PROTO_STRICT_COPY]);
}

static int check_mode_attrs(u8 mode, struct nlattr *tb[],
			    struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mode_attrs); i++) {
		if (tb[mode_attrs[i].attr] &&
		    !(mode_attrs[i].modes & 1U << mode)) {
			NL_SET_ERR_MSG_ATTR(extack, tb[mode_attrs[i].attr],
					    "not for devices of this mode");
			return -EINVAL;
		}
	}
	return 0;
}

static int precheck(const struct m46_cfg *old, struct nlattr *tb[],
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *mode = tb[M46_DEV_A_MODE];

	if (!old && !mode) {
		NL_SET_ERR_MSG(extack, "mode is missing");
		return -EINVAL;
	}
	if (!old && nla_get_u8(mode) == M46_MODE_6TO4 &&
	    !tb[M46_DEV_A_TUNNEL]) {
		NL_SET_ERR_MSG(extack, "local is missing");
		return -EINVAL;
	}
	if (!old && nla_get_u8(mode) != M46_MODE_6TO4 &&
	    !tb[M46_DEV_A_PREFIXES]) {
		NL_SET_ERR_MSG(extack, "own prefix is missing");
		return -EINVAL;
	}
	if (old && mode && nla_get_u8(mode) != old->mode) {
		NL_SET_ERR_MSG_ATTR(extack, mode,
				    "mode of a device cannot change");
		return -EINVAL;
	}
	return check_mode_attrs(old ? old->mode : nla_get_u8(mode), tb,
				extack);
}

/* Of the last settings that were built; RTNL. */
static u32 m46_cfg_gen;

struct m46_cfg *m46_cfg_build(const struct m46_cfg *old, struct nlattr *tb[],
			      struct netlink_ext_ack *extack)
{
	struct m46_cfg *cfg;
	int err;

	err = precheck(old, tb, extack);
	if (err)
		return ERR_PTR(err);

	cfg = kmemdup(old ? : &cfg_default, sizeof(*cfg), GFP_KERNEL_ACCOUNT);
	if (!cfg)
		return ERR_PTR(-ENOMEM);

	/* of no other device's settings either, be it gone already */
	cfg->gen = ++m46_cfg_gen;
	set_scalars(cfg, tb);
	if (tb[M46_DEV_A_PREFIXES]) {
		err = set_prefixes(cfg, tb[M46_DEV_A_PREFIXES], extack);
		if (err)
			goto err_free;
	}
	memcpy(cfg->top, &cfg->prefix[0].addr, sizeof(cfg->top));
	if (!old)
		get_random_bytes(&cfg->alloc_key, sizeof(cfg->alloc_key));
	if (cfg->mode == M46_MODE_M46T)
		err = set_m46t(cfg, tb, extack);
	else if (cfg->mode == M46_MODE_ADPT)
		err = m46_cfg_set_adpt(cfg, tb, extack);
	else if (cfg->mode == M46_MODE_6TO4)
		err = m46_cfg_set_tunnel(cfg, !old, tb[M46_DEV_A_TUNNEL],
					 tb[M46_DEV_A_PREFIXES], extack);
	if (err)
		goto err_free;
	err = set_pool6791(cfg, tb[M46_DEV_A_POOL6791], extack);
	if (err)
		goto err_free;
	err = set_plateaus(&cfg->xlat, tb[M46_DEV_A_MTU_PLATEAUS], extack);
	if (err)
		goto err_free;
	err = set_fast(cfg, tb[M46_DEV_A_FASTPATH], extack);
	if (err)
		goto err_free;
	err = set_icmp4_source(cfg, tb[M46_DEV_A_ICMP4_SOURCE], extack);
	if (err)
		goto err_free;
	err = set_icmp6_source(cfg, tb[M46_DEV_A_ICMP6_SOURCE], extack);
	if (err)
		goto err_free;
	return cfg;

err_free:
	kfree(cfg);
	return ERR_PTR(err);
}

void m46_cfg_publish(struct m46_dev *m46, struct m46_cfg *cfg)
{
	cfg = rcu_replace_pointer(m46->cfg, cfg, lockdep_rtnl_is_held());
	if (m46->mode == M46_MODE_6TO4)
		m46_tunnel_changed();
	if (cfg)
		kfree_rcu(cfg, rcu);
}

size_t m46_cfg_size(void)
{
	return m46_prefixes6_size(M46_PREFIXES_MAX) +
	       m46_prefixes6_size(M46_FROM_MAX) +
	       nla_total_size_64bit(sizeof(u64)) +	/* PLANE */
	       m46_prefixes4_size(M46_POOL6791_MAX) +
	       nla_total_size(M46_PLATEAUS_MAX * sizeof(u16)) +
	       nla_total_size(M46_FASTPATH_MAX * sizeof(u32)) +
	       nla_total_size(sizeof(struct in6_addr)) + /* ICMP6_SOURCE */
	       max(m46_cfg_tunnel_size(), m46_cfg_adpt_size()) +
	       /* scalars, none of which is larger than this */
	       M46_DEV_A_MAX * nla_total_size(sizeof(u32));
}

static int fill_xlat(struct sk_buff *skb, const struct m46_xlat_cfg *xlat)
{
	if (nla_put_u32(skb, M46_DEV_A_LOWEST_IPV6_MTU, xlat->low6) ||
	    nla_put_u8(skb, M46_DEV_A_UDP_ZERO, xlat->udp_zero) ||
	    nla_put_u16(skb, M46_DEV_A_TCLASS, xlat->tclass) ||
	    nla_put_u8(skb, M46_DEV_A_TOS_IGNORE, xlat->tos_ignore) ||
	    nla_put_u8(skb, M46_DEV_A_DSCP_IGNORE, xlat->dscp_ignore) ||
	    nla_put_u16(skb, M46_DEV_A_TOS_OVERRIDE, xlat->tos_override) ||
	    nla_put_u8(skb, M46_DEV_A_PROTO_STRICT_COPY,
		       xlat->proto_strict_copy) ||
	    nla_put(skb, M46_DEV_A_MTU_PLATEAUS,
		    xlat->n_plateau * sizeof(u16), xlat->plateau))
		return -EMSGSIZE;
	return 0;
}

/* What the modes have in common that translate. */
static int fill_translator(struct sk_buff *skb, const struct m46_cfg *cfg)
{
	if (fill_xlat(skb, &cfg->xlat) ||
	    nla_put_u8(skb, M46_DEV_A_WKP_STRICT, cfg->wkp_strict) ||
	    nla_put_u8(skb, M46_DEV_A_ICMP4_ERRORS, cfg->icmp4_never) ||
	    nla_put_in_addr(skb, M46_DEV_A_ICMP4_SOURCE, cfg->icmp4_source) ||
	    m46_prefixes4_put(skb, M46_DEV_A_POOL6791, cfg->pool6791,
			      cfg->n_pool6791))
		return -EMSGSIZE;
	return 0;
}

static int fill_m46t(struct sk_buff *skb, const struct m46_cfg *cfg)
{
	if (nla_put_u64_64bit(skb, M46_DEV_A_PLANE, cfg->plane,
			      M46_DEV_A_PAD) ||
	    nla_put_u32(skb, M46_DEV_A_EXPIRES, cfg->expires) ||
	    nla_put_u32(skb, M46_DEV_A_REUSE_AFTER, cfg->reuse_after) ||
	    nla_put_u32(skb, M46_DEV_A_MAX_PER_64, cfg->max_per_64) ||
	    nla_put_u32(skb, M46_DEV_A_ALLOC_RATE, cfg->alloc_rate) ||
	    m46_prefixes6_put(skb, M46_DEV_A_FROM, cfg->from, cfg->n_from) ||
	    nla_put_u8(skb, M46_DEV_A_REFRESH_FROM_V4, cfg->refresh_from_v4) ||
	    nla_put_u8(skb, M46_DEV_A_REUSE_EARLY, cfg->reuse_early) ||
	    nla_put_u8(skb, M46_DEV_A_HAIRPIN, cfg->hairpin) ||
	    nla_put_u8(skb, M46_DEV_A_ALLOW_NONZERO_U, cfg->allow_nonzero_u))
		return -EMSGSIZE;
	return 0;
}

int m46_cfg_fill(struct sk_buff *skb, const struct m46_cfg *cfg)
{
	int err;

	if (nla_put_u8(skb, M46_DEV_A_MODE, cfg->mode) ||
	    m46_prefixes6_put(skb, M46_DEV_A_PREFIXES, cfg->prefix,
			      cfg->n_prefix))
		return -EMSGSIZE;
	if (cfg->mode == M46_MODE_6TO4) {
		err = m46_cfg_fill_tunnel(skb, &cfg->tun);
	} else {
		err = cfg->mode == M46_MODE_ADPT ?
		      m46_cfg_fill_adpt(skb, cfg) : fill_m46t(skb, cfg);
		err = err ? : fill_translator(skb, cfg);
	}
	if (err ||
	    nla_put_u8(skb, M46_DEV_A_MSS_CLAMP, cfg->mss_clamp) ||
	    nla_put_u8(skb, M46_DEV_A_ICMP6_ERRORS, cfg->icmp6_never) ||
	    nla_put_u8(skb, M46_DEV_A_PMTU_ERRORS, cfg->pmtu_never) ||
	    nla_put_u32(skb, M46_DEV_A_RATE, cfg->rate) ||
	    nla_put_u32(skb, M46_DEV_A_BURST, cfg->burst) ||
	    nla_put(skb, M46_DEV_A_FASTPATH, cfg->n_fast * sizeof(u32),
		    cfg->fast) ||
	    nla_put_in6_addr(skb, M46_DEV_A_ICMP6_SOURCE, &cfg->icmp6_source))
		return -EMSGSIZE;
	return 0;
}
