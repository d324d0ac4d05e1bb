// SPDX-License-Identifier: GPL-2.0
/*
 * The word tables, and the parser they drive.
 */
#include <linux/m46.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "words.h"

static const struct keyword bool_names[] = {
	{ "on", 1 }, { "off", 0 }, { NULL, 0 }
};

static const struct keyword mode_names[] = {
	{ "adpt", M46_MODE_ADPT }, { "m46t", M46_MODE_M46T },
	{ "6to4", M46_MODE_6TO4 }, { NULL, 0 }
};

static const struct keyword method_names[] = {
	{ "translate", M46_METHOD_TRANSLATE },
	{ "encap", M46_METHOD_ENCAP }, { NULL, 0 }
};

static const struct keyword md_names[] = {
	{ "rules", M46_MD_RULES }, { "fib", M46_MD_FIB }, { NULL, 0 }
};

static const struct keyword source_check_names[] = {
	{ "off", M46_SOURCE_CHECK_OFF }, { "loose", M46_SOURCE_CHECK_LOOSE },
	{ "strict", M46_SOURCE_CHECK_STRICT }, { NULL, 0 }
};

static const struct keyword udp_zero_names[] = {
	{ "compute", M46_UDP_ZERO_COMPUTE }, { "drop", M46_UDP_ZERO_DROP },
	{ "forward", M46_UDP_ZERO_FORWARD }, { NULL, 0 }
};

static const struct keyword encap_limit_names[] = {
	{ "none", M46_ENCAP_LIMIT_NONE }, { NULL, 0 }
};

static const struct keyword frag_names[] = {
	{ "outer", M46_FRAG_OUTER }, { "inner", M46_FRAG_INNER }, { NULL, 0 }
};

static const struct keyword flowlabel_names[] = {
	{ "zero", M46_FLOWLABEL_ZERO }, { "hash", M46_FLOWLABEL_HASH },
	{ NULL, 0 }
};

static const struct keyword peer_method_names[] = {
	{ "any", M46_PEER_METHOD_ANY }, { "encap", M46_PEER_METHOD_ENCAP },
	{ NULL, 0 }
};

static const struct keyword reserved_bits_names[] = {
	{ "drop", M46_RESERVED_BITS_DROP },
	{ "ignore", M46_RESERVED_BITS_IGNORE }, { NULL, 0 }
};

static const struct keyword adpt_df_names[] = {
	{ "rfc", M46_ADPT_DF_RFC }, { "clear", M46_ADPT_DF_CLEAR }, { NULL, 0 }
};

static const struct keyword errors_names[] = {
	{ "send", M46_ERRORS_SEND }, { "never", M46_ERRORS_NEVER }, { NULL, 0 }
};

static const struct keyword tclass_names[] = {
	{ "inherit", M46_TCLASS_INHERIT }, { NULL, 0 }
};

static const struct keyword tos_override_names[] = {
	{ "off", M46_TOS_OVERRIDE_OFF }, { NULL, 0 }
};

static const struct keyword relay_source_names[] = {
	{ "auto", M46_RELAY_SOURCE_AUTO },
	{ "anycast", M46_RELAY_SOURCE_ANYCAST },
	{ "unicast", M46_RELAY_SOURCE_UNICAST }, { NULL, 0 }
};

static const struct keyword relay_from_names[] = {
	{ "any", WORD_ALL }, { "none", WORD_EMPTY }, { NULL, 0 }
};

static const struct keyword ingress_filter_names[] = {
	{ "off", M46_INGRESS_FILTER_OFF }, { "on", M46_INGRESS_FILTER_ON },
	{ "strict", M46_INGRESS_FILTER_STRICT }, { NULL, 0 }
};

static const struct keyword ecn_names[] = {
	{ "normal", M46_ECN_NORMAL }, { "compat", M46_ECN_COMPAT }, { NULL, 0 }
};

static const struct keyword ttl_names[] = {
	{ "inherit", M46_TTL_INHERIT }, { NULL, 0 }
};

static const struct keyword tos_names[] = {
	{ "inherit", M46_TOS_INHERIT }, { NULL, 0 }
};

/* RFC 6052, section 2.2. */
static const uint8_t nat64_lens[] = { 32, 40, 48, 56, 64, 96, 0 };

static const struct keyword auto_name[] = { { "auto", 0 }, { NULL, 0 } };
static const struct keyword none_name[] = { { "none", 0 }, { NULL, 0 } };
static const struct keyword any_name[] = { { "any", 0 }, { NULL, 0 } };

#define ATTR(a)		.attr = M46_DEV_A_##a
#define TUNNEL(a)	.attr = DEV_TUNNEL(M46_TUN_A_##a)
#define BOOL		.type = WORD_BOOL, .keywords = bool_names
#define ENUM(names)	.type = WORD_ENUM, .keywords = names
#define U8(lo, hi)	.type = WORD_U8, .min = lo, .max = hi
#define U32(lo, hi)	.type = WORD_U32, .min = lo, .max = hi
#define TIME(lo, hi)	.type = WORD_TIME, .min = lo, .max = hi
#define OCTET(lo, hi, names) \
	.type = WORD_U16_SPECIAL, .min = lo, .max = hi, .keywords = names
#define ADDR(f, names)	.type = WORD_ADDR, .family = f, .keywords = names
#define PREFIXES(f, lo, hi, cnt) \
	.type = WORD_PREFIXES, .family = f, .min = lo, .max = hi, .count = cnt
#define PEERS(names) \
	PREFIXES(AF_INET, 0, 32, M46_PEERS_MAX), .host = true, .keywords = names
#define ADPT_ONLY	.modes = MODE_BIT(M46_MODE_ADPT)
#define M46T_ONLY	.modes = MODE_BIT(M46_MODE_M46T)
#define XLAT_ONLY	.modes = MODE_BIT(M46_MODE_ADPT) | \
				 MODE_BIT(M46_MODE_M46T)
#define SIXTO4_ONLY	.modes = MODE_BIT(M46_MODE_6TO4)
#define ENCAP_ONLY	.modes = MODE_BIT(M46_MODE_ADPT) | \
				 MODE_BIT(M46_MODE_6TO4)

#define WEEK		604800	/* seconds; as long as anything may last */

static const struct word dev_word_list[] = {
	{ "mode", ATTR(MODE), ENUM(mode_names), .required = true,
	  .help = "what the device does, for life" },
	{ "local", TUNNEL(LOCALS), .type = WORD_ADDRS, .family = AF_INET,
	  .count = M46_LOCALS_MAX, SIXTO4_ONLY, .required = true,
	  .help = "own addresses, the first is the default source" },
	{ "remote", TUNNEL(REMOTE), ADDR(AF_INET, none_name), SIXTO4_ONLY,
	  .help = "other end of a configured tunnel, 6rd border relay; none" },
	{ "prefix", ATTR(PREFIXES), PREFIXES(AF_INET6, 1, 96, M46_PREFIXES_MAX),
	  .required = true, .optional = MODE_BIT(M46_MODE_6TO4),
	  .help = "own mapping prefixes, the first maps sources (m46t: one, 6to4: the 6rd domain's)" },
	{ "v4-prefix", TUNNEL(V4_PREFIX), .type = WORD_PREFIX_NEST,
	  .family = AF_INET, .max = 32, SIXTO4_ONLY,
	  .help = "what all IPv4 addresses of a 6rd domain begin with; 0.0.0.0/0" },
	{ "plane", ATTR(PLANE), .type = WORD_PLANE, M46T_ONLY,
	  .help = "plane ID, between prefix and IPv4 address; 0:0" },
	{ "method", ATTR(METHOD), ENUM(method_names), ADPT_ONLY,
	  .help = "how IPv4 crosses the IPv6 network; translate" },
	{ "md", ATTR(MD), ENUM(md_names), ADPT_ONLY,
	  .help = "where the mapping rules come from; rules" },
	{ "nat64", ATTR(NAT64), PREFIXES(AF_INET6, 32, 96, 1),
	  .lens = nat64_lens, .keywords = none_name, ADPT_ONLY,
	  .help = "prefix by which IPv6-only clients know IPv4 hosts; none" },
	{ "nat64-pool", ATTR(NAT64_POOL),
	  PREFIXES(AF_INET, 0, 32, M46_NAT64_POOL_MAX), .host = true,
	  .keywords = none_name, ADPT_ONLY,
	  .help = "IPv4 addresses that NAT66 gives to such clients; none" },
	{ "source-check", ATTR(SOURCE_CHECK), ENUM(source_check_names),
	  ADPT_ONLY, .help = "which IPv6 sources are accepted; strict" },
	{ "peer-method", TUNNEL(PEER_METHOD), ENUM(peer_method_names),
	  ADPT_ONLY, .help = "what other edges may send; any" },
	{ "hoplimit", TUNNEL(HOPLIMIT), U8(1, 255), ADPT_ONLY,
	  .help = "hop limit of outer packets; 64" },
	{ "encap-limit", TUNNEL(ENCAP_LIMIT), OCTET(0, 255, encap_limit_names),
	  ADPT_ONLY,
	  .help = "tunnels that may follow inside, none = no such option; none" },
	{ "frag", TUNNEL(FRAG), ENUM(frag_names), ADPT_ONLY,
	  .help = "which packet is cut where the outer one is too big; outer" },
	{ "flowlabel", TUNNEL(FLOWLABEL), ENUM(flowlabel_names), ADPT_ONLY,
	  .help = "flow label of outer packets; zero" },
	{ "expires", ATTR(EXPIRES), TIME(1, WEEK), M46T_ONLY,
	  .help = "how long an entry outlives its last packet; 124m" },
	{ "reuse-after", ATTR(REUSE_AFTER), TIME(0, WEEK), M46T_ONLY,
	  .help = "how long a released address rests; 4m" },
	{ "max-per-64", ATTR(MAX_PER_64), U32(0, M46_ENTRIES_MAX), M46T_ONLY,
	  .help = "dynamic entries of one /64, 0 = any number; 0" },
	{ "from", ATTR(FROM), PREFIXES(AF_INET6, 0, 128, M46_FROM_MAX),
	  M46T_ONLY, .keywords = any_name,
	  .help = "who may make entries; any" },
	{ "alloc-rate", ATTR(ALLOC_RATE), U32(0, 10000000), M46T_ONLY,
	  .help = "dynamic entries made a second, 0 = any number; 100" },
	{ "refresh-from-v4", ATTR(REFRESH_FROM_V4), BOOL, M46T_ONLY,
	  .help = "IPv4 packets restart timers; on" },
	{ "reuse-early", ATTR(REUSE_EARLY), BOOL, M46T_ONLY,
	  .help = "give out addresses that rest rather than none; off" },
	{ "hairpin", ATTR(HAIRPIN), BOOL, M46T_ONLY,
	  .help = "hosts with entries reach one another; on" },
	{ "alloc-key", ATTR(ALLOC_KEY), .type = WORD_KEY, M46T_ONLY,
	  .help = "secret that gives each host its address; random" },
	{ "allow-nonzero-u", ATTR(ALLOW_NONZERO_U), BOOL, M46T_ONLY,
	  .help = "bits 64..71 of prefix may be set; off" },
	{ "anycast", TUNNEL(ANYCAST), BOOL, SIXTO4_ONLY,
	  .help = "relay at 192.88.99.1, too (6rd: local is anycast); off" },
	{ "relay", TUNNEL(RELAY), BOOL, SIXTO4_ONLY,
	  .help = "forward between the domain and native IPv6; off" },
	{ "return-only", TUNNEL(RETURN_ONLY), BOOL, SIXTO4_ONLY,
	  .help = "relay from native IPv6 into the domain only; off" },
	{ "relay-source", TUNNEL(RELAY_SOURCE), ENUM(relay_source_names),
	  SIXTO4_ONLY,
	  .help = "outer source of what a relay sends for native sources; auto" },
	{ "relay-from", TUNNEL(RELAY_FROM), PEERS(relay_from_names), SIXTO4_ONLY,
	  .help = "relays that may send for native sources; any (6rd: none)" },
	{ "acl", TUNNEL(ACL), PEERS(none_name), SIXTO4_ONLY,
	  .help = "sites that a relay serves, none = all; none" },
	{ "peers", TUNNEL(PEERS), PEERS(none_name), SIXTO4_ONLY,
	  .help = "the only other ends, none = any; none" },
	{ "allow-native-native", TUNNEL(ALLOW_NATIVE_NATIVE), PEERS(none_name),
	  SIXTO4_ONLY,
	  .help = "other ends for which no inner address need be of the domain; none" },
	{ "ingress-filter", TUNNEL(INGRESS_FILTER), ENUM(ingress_filter_names),
	  SIXTO4_ONLY, .help = "inner sources that are refused; on" },
	{ "ttl", TUNNEL(TTL), OCTET(1, 255, ttl_names), SIXTO4_ONLY,
	  .help = "TTL of outer packets; 64" },
	{ "tos", TUNNEL(TOS), OCTET(0, 252, tos_names), SIXTO4_ONLY,
	  .help = "TOS octet of outer packets, but for ECN; 0 (6rd: inherit)" },
	{ "ecn", TUNNEL(ECN), ENUM(ecn_names), ENCAP_ONLY,
	  .help = "ECN of outer packets; normal" },
	{ "ecn-log", TUNNEL(ECN_LOG), BOOL, ENCAP_ONLY,
	  .help = "log ECN combinations that should not be; on" },
	{ "pmtudisc", TUNNEL(PMTUDISC), BOOL, SIXTO4_ONLY,
	  .help = "find out the MTU of each path, DF set; off" },
	{ "large-mtu", TUNNEL(LARGE_MTU), BOOL, SIXTO4_ONLY,
	  .help = "the device's MTU may be over 1480; off" },
	{ "nonlocal", TUNNEL(NONLOCAL), BOOL, SIXTO4_ONLY,
	  .help = "local need not be there yet; off" },
	{ "link", TUNNEL(LINK), .type = WORD_LINK, .keywords = none_name,
	  SIXTO4_ONLY, .help = "device that outer packets leave by; none" },
	{ "fwmark", TUNNEL(FWMARK), U32(0, UINT32_MAX), SIXTO4_ONLY,
	  .help = "mark of outer packets' route lookups; 0" },
	{ "lowest-ipv6-mtu", ATTR(LOWEST_IPV6_MTU), U32(1280, 65535), XLAT_ONLY,
	  .help = "smallest MTU of the IPv6 network, bytes; 1280" },
	{ "udp-zero", ATTR(UDP_ZERO), ENUM(udp_zero_names), XLAT_ONLY,
	  .help = "UDP over IPv4 without checksum; compute" },
	{ "tclass", ATTR(TCLASS), OCTET(0, 255, tclass_names), XLAT_ONLY,
	  .help = "Traffic Class of what becomes IPv6; inherit" },
	{ "tos-ignore", ATTR(TOS_IGNORE), BOOL, XLAT_ONLY,
	  .help = "Traffic Class 0 whatever the TOS octet says; off" },
	{ "dscp-ignore", ATTR(DSCP_IGNORE), BOOL, XLAT_ONLY,
	  .help = "DSCP 0, ECN kept; off" },
	{ "tos-override", ATTR(TOS_OVERRIDE), OCTET(0, 255, tos_override_names),
	  XLAT_ONLY,
	  .help = "TOS octet of what becomes IPv4; off" },
	{ "wkp-strict", ATTR(WKP_STRICT), BOOL, XLAT_ONLY,
	  .help = "no private IPv4 in 64:ff9b::/96; on" },
	{ "reserved-bits", ATTR(RESERVED_BITS), ENUM(reserved_bits_names),
	  ADPT_ONLY,
	  .help = "bits between prefix and IPv4 address; drop" },
	{ "adpt-df", ATTR(ADPT_DF), ENUM(adpt_df_names), ADPT_ONLY,
	  .help = "DF of IPv4 packets over 1260 bytes; rfc" },
	{ "proto-strict-copy", ATTR(PROTO_STRICT_COPY), BOOL, XLAT_ONLY,
	  .help = "copy protocols foreign to the other family; off" },
	{ "mss-clamp", ATTR(MSS_CLAMP), BOOL,
	  .help = "lower the MSS of TCP SYN to what fits; off" },
	{ "icmp4-errors", ATTR(ICMP4_ERRORS), ENUM(errors_names), XLAT_ONLY,
	  .help = "ICMPv4 errors of the device itself; send" },
	{ "icmp6-errors", ATTR(ICMP6_ERRORS), ENUM(errors_names),
	  .help = "ICMPv6 errors of the device itself; send" },
	{ "pmtu-errors", ATTR(PMTU_ERRORS), ENUM(errors_names),
	  .help = "errors that path MTU discovery needs; send" },
	{ "rate", ATTR(RATE), U32(1, 1000000),
	  .help = "ICMP errors a second; 1000" },
	{ "burst", ATTR(BURST), U32(1, 1000000),
	  .help = "ICMP errors at once; 1000" },
	{ "mtu-plateaus", ATTR(MTU_PLATEAUS), .type = WORD_U16_LIST, .min = 1,
	  .max = 65535, .count = M46_PLATEAUS_MAX, XLAT_ONLY,
	  .help = "MTUs to guess from, descending (RFC 1191); 65535,32000,17914,8166,4352,2002,1492,1006,508,296,68" },
	{ "icmp4-source", ATTR(ICMP4_SOURCE), ADDR(AF_INET, auto_name),
	  XLAT_ONLY,
	  .help = "source of ICMPv4 errors; auto" },
	{ "icmp6-source", ATTR(ICMP6_SOURCE), ADDR(AF_INET6, auto_name),
	  .help = "source of ICMPv6 errors; auto" },
	{ "pool6791", ATTR(POOL6791),
	  PREFIXES(AF_INET, 0, 32, M46_POOL6791_MAX), .keywords = none_name,
	  XLAT_ONLY,
	  .help = "sources of ICMPv4 errors, at random; none" },
	{ "fastpath", ATTR(FASTPATH), .type = WORD_LINKS,
	  .count = M46_FASTPATH_MAX, .keywords = none_name,
	  .help = "interfaces whose packets bypass the stack; none" },
	{ "delegated", TUNNEL(DELEGATED), PREFIXES(AF_INET6, 0, 128,
						 M46_LOCALS_MAX),
	  .keywords = none_name, SIXTO4_ONLY, .answer = true,
	  .help = "the prefixes that local gives, shown only" },
};

static const struct word rule_word_list[] = {
	[RULE_WORD_VIA] = {
		"via", M46_RULE_A_VIA, WORD_PREFIX, .family = AF_INET6,
		.min = 1, .max = 96,
		.help = "mapping prefix of the far edge" },
	[RULE_WORD_DEV] = {
		"dev", 0, WORD_IFNAME, .required = true,
		.help = "the device" },
	[RULE_WORD_LOCAL] = {
		"local", M46_RULE_A_LOCAL, WORD_FLAG,
		.help = "the device's own block" },
	[RULE_WORD_METHOD] = {
		"method", M46_RULE_A_METHOD, ENUM(method_names),
		.help = "instead of the device's method" },
};

static const struct word pool_word_list[] = {
	[POOL_WORD_DEV] = {
		"dev", 0, WORD_IFNAME, .required = true,
		.help = "the device" },
	[POOL_WORD_EXCLUDE] = {
		"exclude", M46_POOL_A_EXCLUDES,
		PREFIXES(AF_INET, 8, 32, M46_EXCLUDES_MAX), .host = true,
		.help = "addresses that are not given out" },
};

static const struct word entry_word_list[] = {
	[ENTRY_WORD_DEV] = {
		"dev", 0, WORD_IFNAME, .required = true,
		.help = "the device" },
	[ENTRY_WORD_STATIC] = {
		"static", 0, WORD_FLAG,
		.help = "made by the operator, without timer" },
	[ENTRY_WORD_DYNAMIC] = {
		"dynamic", 0, WORD_FLAG,
		.help = "made by a packet, or restored, with a timer" },
	[ENTRY_WORD_DORMANT] = {
		"dormant", 0, WORD_FLAG,
		.help = "was dynamic, its address rests" },
	[ENTRY_WORD_ALL] = {
		"all", 0, WORD_FLAG,
		.help = "any of these types" },
	[ENTRY_WORD_EXPIRES] = {
		"expires", M46_ENTRY_A_EXPIRES, TIME(0, WEEK),
		.help = "time that a dynamic entry has left; the device's" },
};

static const struct word dns64_word_list[] = {
	[DNS64_WORD_DEV] = {
		"dev", 0, WORD_IFNAME, .required = true,
		.help = "the device" },
	[DNS64_WORD_EXCLUDE_ALL] = {
		"exclude-all", 0, WORD_FLAG,
		.help = "synthesize whatever AAAA records there are" },
	[DNS64_WORD_EXCEPT] = {
		"except", 0, PREFIXES(AF_INET6, 1, 128, WORD_LIST_MAX),
		.host = true,
		.help = "with exclude-all: AAAA records that do count" },
};

static const struct word relay_word_list[] = {
	[RELAY_WORD_DEV] = {
		"dev", 0, WORD_IFNAME, .required = true,
		.help = "the device" },
};

static const struct word check_word_list[] = {
	[CHECK_WORD_DEV] = {
		"dev", 0, WORD_IFNAME,
		.help = "this device alone" },
};

static const struct word sixrd_word_list[] = {
	[SIXRD_WORD_LOCAL] = {
		"local", 0, ADDR(AF_INET, NULL), .required = true,
		.help = "the IPv4 address that came with the option" },
};

_Static_assert(ARRAY_SIZE(dev_word_list) <= WORDS_MAX, "WORDS_MAX");

const struct word_table dev_words = {
	"dev", dev_word_list, ARRAY_SIZE(dev_word_list)
};

const struct word_table rule_words = {
	"rule", rule_word_list, RULE_WORD_COUNT
};

const struct word_table pool_words = {
	"pool", pool_word_list, POOL_WORD_COUNT
};

const struct word_table entry_words = {
	"entry", entry_word_list, ENTRY_WORD_COUNT
};

const struct word_table dns64_words = {
	"dns64", dns64_word_list, DNS64_WORD_COUNT
};

const struct word_table relay_words = {
	"relay", relay_word_list, RELAY_WORD_COUNT
};

const struct word_table check_words = {
	"check", check_word_list, CHECK_WORD_COUNT
};

const struct word_table sixrd_words = {
	"sixrd", sixrd_word_list, SIXRD_WORD_COUNT
};

static int fail_items(const struct word *word, struct parse_err *err)
{
	return parse_fail(err, "more than %u item%s", word->count,
			  word->count == 1 ? "" : "s");
}

static int parse_nums(const struct word *word, const char *arg,
		      struct value *value, struct parse_err *err)
{
	char item[16];
	uint32_t num;
	int ret;

	value->n = 0;
	while ((ret = parse_list_next(&arg, item, sizeof(item), err)) > 0) {
		if (value->n == word->count)
			return fail_items(word, err);
		if (parse_uint(item, word->min, word->max, &num, err))
			return -1;
		if (value->n && num >= value->nums[value->n - 1])
			return parse_fail(err, "%u is not below %u", num,
					  value->nums[value->n - 1]);
		value->nums[value->n++] = (uint16_t)num;
	}

	return ret;
}

static int parse_addrs(const struct word *word, const char *arg,
		       struct value *value, struct parse_err *err)
{
	char item[PREFIX_STRLEN + 16];
	struct prefix *addr;
	unsigned int i;
	int ret;

	value->n = 0;
	while ((ret = parse_list_next(&arg, item, sizeof(item), err)) > 0) {
		if (value->n == word->count)
			return fail_items(word, err);
		addr = &value->list[value->n];
		if (parse_addr(item, word->family, addr, err))
			return -1;
		for (i = 0; i < value->n; i++) {
			if (prefix_covers(&value->list[i], addr))
				return parse_fail(err, "%s: given twice", item);
		}
		value->n++;
	}

	return ret;
}

static int parse_links(const struct word *word, const char *arg,
		       struct value *value, struct parse_err *err)
{
	char item[PARSE_IFNAMSIZ + 16];
	unsigned int i;
	int ret;

	value->n = 0;
	memset(value->links, 0, sizeof(value->links));
	while ((ret = parse_list_next(&arg, item, sizeof(item), err)) > 0) {
		if (value->n == word->count)
			return fail_items(word, err);
		if (parse_ifname(item, value->links[value->n].name, err))
			return -1;
		for (i = 0; i < value->n; i++) {
			if (!strcmp(value->links[i].name, item))
				return parse_fail(err, "%s: given twice", item);
		}
		value->n++;
	}

	return ret;
}

static int check_len(const struct word *word, const struct prefix *prefix,
		     struct parse_err *err)
{
	const uint8_t *len = word->lens;
	char text[PREFIX_STRLEN], lens[64] = "";
	size_t used = 0;

	for (; len && *len; len++) {
		if (*len == prefix->len)
			return 0;
		used += (size_t)snprintf(lens + used, sizeof(lens) - used,
					 "%s%u", used ? ", " : "", *len);
	}
	if (!used)
		return 0;

	return parse_fail(err, "%s: length is none of %s",
			  prefix_str(prefix, text), lens);
}

static int parse_prefixes(const struct word *word, const char *arg,
			  struct value *value, struct parse_err *err)
{
	int (*parse)(const char *s, int family, unsigned int min_len,
		     unsigned int max_len, struct prefix *prefix,
		     struct parse_err *err);
	char item[PREFIX_STRLEN + 16];
	int ret;

	parse = word->host ? parse_prefix_or_host : parse_prefix;

	value->n = 0;
	while ((ret = parse_list_next(&arg, item, sizeof(item), err)) > 0) {
		if (value->n == word->count)
			return fail_items(word, err);
		if (parse(item, word->family, word->min, word->max,
			  &value->list[value->n], err) ||
		    check_len(word, &value->list[value->n], err))
			return -1;
		value->n++;
	}

	return ret;
}

/* The keyword that stands in for a number, an address or a list, or NULL. */
static const struct keyword *find_special(const struct word *word,
					  const char *arg)
{
	const struct keyword *k = word->keywords;

	while (k && k->name && strcmp(arg, k->name))
		k++;

	return k && k->name ? k : NULL;
}

static int parse_special(const struct word *word, const struct keyword *special,
			 struct value *value)
{
	if (word->type == WORD_ADDR) {
		memset(&value->prefix, 0, sizeof(value->prefix));
		value->prefix.family = word->family;
	} else if (word->type == WORD_PREFIXES) {
		value->n = special->value == WORD_ALL;
		memset(value->list, 0, sizeof(value->list[0]));
		value->list[0].family = word->family;
	} else if (word->type == WORD_LINK) {
		memset(&value->link, 0, sizeof(value->link));
	} else if (word->type == WORD_LINKS) {
		value->n = 0;
	} else {
		value->num = special->value;
	}

	return 0;
}

int word_parse_value(const struct word *word, const char *arg,
		     struct value *value, struct parse_err *err)
{
	const struct keyword *special = find_special(word, arg);

	if (special && word->type != WORD_BOOL && word->type != WORD_ENUM)
		return parse_special(word, special, value);

	switch (word->type) {
	case WORD_BOOL:
	case WORD_ENUM:
		return parse_keyword(arg, word->keywords, &value->num, err);
	case WORD_U8:
	case WORD_U32:
	case WORD_U16_SPECIAL:
		return parse_uint(arg, word->min, word->max, &value->num, err);
	case WORD_U16_LIST:
		return parse_nums(word, arg, value, err);
	case WORD_ADDR:
		return parse_addr(arg, word->family, &value->prefix, err);
	case WORD_ADDRS:
		return parse_addrs(word, arg, value, err);
	case WORD_PREFIX:
	case WORD_PREFIX_NEST:
		return parse_prefix(arg, word->family, word->min, word->max,
				    &value->prefix, err);
	case WORD_PREFIXES:
		return parse_prefixes(word, arg, value, err);
	case WORD_IFNAME:
		return parse_ifname(arg, value->ifname, err);
	case WORD_LINK:
		value->link.index = 0;
		return parse_ifname(arg, value->link.name, err);
	case WORD_LINKS:
		return parse_links(word, arg, value, err);
	case WORD_TIME:
		return parse_time(arg, word->min, word->max, &value->num, err);
	case WORD_PLANE:
		return parse_plane(arg, &value->plane, err);
	case WORD_KEY:
		return parse_key(arg, value->key, err);
	case WORD_PATH:
	case WORD_WHEN:
	case WORD_FLAG:
		break;
	}

	return 0;
}

const struct word *words_by_name(const struct word_table *table,
				 const char *name)
{
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		if (!strcmp(table->words[i].name, name))
			return &table->words[i];
	}

	return NULL;
}

/* What stands behind the last "; " of the help, NULL: nothing. */
static const char *default_text(const struct word *word)
{
	const char *next = strstr(word->help, "; "), *last = NULL;

	for (; next; next = strstr(next + 1, "; "))
		last = next + 2;

	return last;
}

int word_default(const struct word *word, bool is_6rd, struct value *value)
{
	static const char other[] = " (6rd: ";
	const char *text = default_text(word), *special;
	struct parse_err err;
	char buf[128];
	int len;

	if (!text)
		return -1;
	special = strstr(text, other);
	if (special && is_6rd) {
		text = special + strlen(other);
		len = (int)strcspn(text, ")");
	} else {
		len = (int)(special ? special - text : (long)strlen(text));
	}
	snprintf(buf, sizeof(buf), "%.*s", len, text);
	memset(value, 0, sizeof(*value));
	value->set = !word_parse_value(word, buf, value, &err);

	return value->set ? 0 : -1;
}

static int fail_no_value(const struct word *word, struct parse_err *err)
{
	char syntax[128];

	word_syntax(word, syntax, sizeof(syntax));

	return parse_fail(err, "%s: value missing (%s)", word->name, syntax);
}

static int fail_missing(const struct word *word, struct parse_err *err)
{
	char syntax[128];

	word_syntax(word, syntax, sizeof(syntax));

	return parse_fail(err, "%s %s is missing", word->name, syntax);
}

/*
 * Not an address, not an option; nor "default", which no device can be called.
 * A name without a letter needs its "dev".
 */
bool words_is_dev(const char *arg)
{
	char name[PARSE_IFNAMSIZ];
	struct parse_err err;

	return arg[0] != '-' && arg[strspn(arg, "0123456789.")] &&
	       strcmp(arg, "default") && !parse_ifname(arg, name, &err);
}

/* The value that a name without "dev" in front of it is for, or NULL. */
static struct value *dev_value(const struct word_table *table,
			       struct value *values)
{
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		if (table->words[i].type == WORD_IFNAME)
			return &values[i];
	}

	return NULL;
}

/*
 * @dev: an argument before it that was taken for the device, or NULL. It may as
 * well be a word with a slip in it, and @arg its value.
 */
static int fail_unknown(const struct word_table *table, const char *arg,
			const char *dev, struct parse_err *err)
{
	if (!dev)
		return parse_fail(err, "unknown word \"%.64s\", try m46ctl %s help",
				  arg, table->object);

	return parse_fail(err, "unknown word \"%s\" or \"%.64s\", try m46ctl %s help",
			  dev, arg, table->object);
}

char *words_operand(const struct word_table *table, int *argc, char **argv)
{
	const struct word *word;
	char *operand;
	int i;

	for (i = 0; i < *argc; i++) {
		word = words_by_name(table, argv[i]);
		if (!word && !words_is_dev(argv[i]))
			break;
		if (word && word->type != WORD_FLAG)
			i++;
	}
	if (i >= *argc)
		return NULL;
	operand = argv[i];
	(*argc)--;
	memmove(argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof(*argv));

	return operand;
}

int words_parse(const struct word_table *table, int argc, char **argv,
		struct value *values, struct parse_err *err)
{
	struct value *value, *dev = dev_value(table, values);
	const char *bare = NULL;
	const struct word *word;
	struct parse_err why;
	int i;

	for (i = 0; i < (int)table->n; i++)
		values[i].set = false;

	for (i = 0; i < argc; i++) {
		word = words_by_name(table, argv[i]);
		if (!word && dev && !dev->set && words_is_dev(argv[i])) {
			bare = argv[i];
			dev->set = !parse_ifname(bare, dev->ifname, &why);
			dev->text = bare;
			continue;
		}
		if (!word)
			return fail_unknown(table, argv[i], bare, err);
		value = &values[word - table->words];
		if (value == dev && bare)
			return fail_unknown(table, bare, NULL, err);
		if (word->answer)
			return parse_fail(err, "%s: cannot be set",
					  word->name);
		if (value->set)
			return parse_fail(err, "%s: given twice", word->name);
		value->set = true;
		value->text = word->name;
		if (word->type == WORD_FLAG)
			continue;
		if (++i == argc)
			return fail_no_value(word, err);
		value->text = word->type == WORD_KEY ? "" : argv[i];
		if (word_parse_value(word, argv[i], value, &why))
			return parse_fail(err, "%s: %.230s", word->name,
					  why.text);
	}

	return 0;
}

int words_required(const struct word_table *table, const struct value *values,
		   unsigned int mode, struct parse_err *err)
{
	const struct word *word;
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		word = &table->words[i];
		if (word->required && !values[i].set &&
		    word_in_mode(word, mode) &&
		    !(word->optional & MODE_BIT(mode)))
			return fail_missing(word, err);
	}

	return 0;
}

const struct word *words_by_attr(const struct word_table *table, int attr)
{
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		if (table->words[i].attr == attr)
			return &table->words[i];
	}

	return NULL;
}

bool word_in_mode(const struct word *word, unsigned int mode)
{
	return !word->modes || word->modes & MODE_BIT(mode);
}

const char *word_modes(const struct word *word, char buf[MODES_STRLEN])
{
	const struct keyword *k;
	size_t used = 0;

	buf[0] = '\0';
	for (k = mode_names; word->modes && k->name; k++) {
		if (word_in_mode(word, k->value))
			used += (size_t)snprintf(buf + used,
						 MODES_STRLEN - used, "%s%s",
						 used ? "," : "", k->name);
	}

	return buf;
}

static void list_syntax(const struct word *word, char *buf, size_t size)
{
	const char *letter = word->family == AF_INET ? "V4" : "P6";

	if (word->type == WORD_U16_LIST)
		snprintf(buf, size, "N[,N...]");
	else if (word->type == WORD_LINKS)
		snprintf(buf, size, "NAME[,NAME...]");
	else if (word->type == WORD_ADDRS)
		snprintf(buf, size, "%s[,%s...]", letter, letter);
	else if (word->count == 1)
		snprintf(buf, size, "%s/LEN", letter);
	else
		snprintf(buf, size, "%s/LEN[,%s/LEN...]", letter, letter);
}

void word_syntax(const struct word *word, char *buf, size_t size)
{
	size_t used;

	buf[0] = '\0';
	switch (word->type) {
	case WORD_BOOL:
	case WORD_ENUM:
		keyword_list(word->keywords, buf, size);
		return;
	case WORD_U8:
	case WORD_U32:
	case WORD_U16_SPECIAL:
		snprintf(buf, size, "%u..%u", word->min, word->max);
		break;
	case WORD_U16_LIST:
	case WORD_ADDRS:
	case WORD_PREFIXES:
	case WORD_LINKS:
		list_syntax(word, buf, size);
		break;
	case WORD_ADDR:
		snprintf(buf, size, "V%c", word->family == AF_INET ? '4' : '6');
		break;
	case WORD_PREFIX:
	case WORD_PREFIX_NEST:
		snprintf(buf, size, "%s/LEN",
			 word->family == AF_INET ? "V4" : "P6");
		break;
	case WORD_IFNAME:
	case WORD_LINK:
		snprintf(buf, size, "NAME");
		break;
	case WORD_TIME:
		snprintf(buf, size, "TIME");
		break;
	case WORD_PLANE:
		snprintf(buf, size, "ID");
		break;
	case WORD_KEY:
		snprintf(buf, size, "HEX32");
		break;
	case WORD_PATH:
		snprintf(buf, size, "PATH");
		break;
	case WORD_WHEN:
		snprintf(buf, size, "TIME");
		break;
	case WORD_FLAG:
		return;
	}
	used = strlen(buf);
	if (!word->keywords || used + 1 >= size)
		return;
	buf[used++] = '|';
	keyword_list(word->keywords, buf + used, size - used);
}
