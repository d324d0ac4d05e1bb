// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the parsers: parse.c, words.c, dev.c, rule.c, rulefile.c,
 * pool.c, entry.c, sixrd.c. KTAP.
 *
 * Adding a case is adding a line to one of the tables.
 */
#include <arpa/inet.h>
#include <linux/m46.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dev.h"
#include "entry.h"
#include "pool.h"
#include "rulefile.h"
#include "sixrd.h"
#include "test_tap.h"
#include "words.h"

/* A case passes where the text that comes out contains what is wanted. */
static void expect(const char *what, const char *in, const char *got,
		   const char *want)
{
	char name[256], detail[1024];

	snprintf(name, sizeof(name), "%s: %.180s", what, in);
	snprintf(detail, sizeof(detail), "got \"%.400s\", want \"%.400s\"", got,
		 want);
	result(strstr(got, want), name, detail);
}

static const struct {
	const char *in;
	uint32_t min, max;
	const char *want;
} uint_cases[] = {
	{ "0", 0, 255, "=0" },
	{ "255", 0, 255, "=255" },
	{ "0xff", 0, 255, "=255" },
	{ "4294967295", 0, 4294967295u, "=4294967295" },
	{ "256", 0, 255, "256 is out of range 0..255" },
	{ "1279", 1280, 65535, "1279 is out of range 1280..65535" },
	{ "4294967296", 0, 4294967295u, "out of range" },
	{ "99999999999999999999999", 0, 255, "out of range" },
	{ "18446744073709551616", 0, 255, "out of range" },
	{ "", 0, 255, "not a number" },
	{ "-1", 0, 255, "not a number" },
	{ "+1", 0, 255, "not a number" },
	{ " 1", 0, 255, "not a number" },
	{ "1 ", 0, 255, "not a number" },
	{ "01", 0, 255, "not a number" },
	{ "1e3", 0, 9999, "not a number" },
	{ "0x", 0, 255, "not a number" },
	{ "0xg", 0, 255, "not a number" },
	{ "ff", 0, 255, "not a number" },
};

static void test_uint(void)
{
	struct parse_err err;
	uint32_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(uint_cases); i++) {
		if (!parse_uint(uint_cases[i].in, uint_cases[i].min,
				uint_cases[i].max, &value, &err))
			snprintf(err.text, sizeof(err.text), "=%u", value);
		expect("number", uint_cases[i].in, err.text,
		       uint_cases[i].want);
	}
}

static const struct {
	const char *in;
	int family;
	const char *want;
} prefix_cases[] = {
	{ "0.0.0.0/0", AF_INET, "=0.0.0.0/0" },
	{ "198.51.100.0/24", AF_INET, "=198.51.100.0/24" },
	{ "192.0.2.1/32", AF_INET, "=192.0.2.1/32" },
	{ "128.0.0.0/1", AF_INET, "=128.0.0.0/1" },
	{ "198.51.100.1/24", AF_INET,
	  "host bits 0.0.0.1 are set, 198.51.100.0/24 is the prefix" },
	{ "198.51.100.0/33", AF_INET, "length out of range 0..32" },
	{ "198.51.100.0", AF_INET, "has no /LENGTH" },
	{ "198.51.100.0/", AF_INET, "\"\" is not a length" },
	{ "198.51.100.0/024", AF_INET, "\"024\" is not a length" },
	{ "198.51.100.0/0x18", AF_INET, "\"0x18\" is not a length" },
	{ "198.51.100.0/24/8", AF_INET, "\"24/8\" is not a length" },
	{ "198.51.100/24", AF_INET, "is not an IPv4 prefix" },
	{ "198.51.100.00/24", AF_INET, "is not an IPv4 prefix" },
	{ "198.51.100.256/24", AF_INET, "is not an IPv4 prefix" },
	{ "2001:db8::/32", AF_INET, "is not an IPv4 prefix" },
	{ "/24", AF_INET, "is not an IPv4 prefix" },
	{ "", AF_INET, "has no /LENGTH" },
	{ "2001:db8::/32", AF_INET6, "=2001:db8::/32" },
	{ "2001:DB8:0:0::/96", AF_INET6, "=2001:db8::/96" },
	{ "2001:db8:a:b:c:d::/96", AF_INET6, "=2001:db8:a:b:c:d::/96" },
	{ "64:ff9b::0.0.0.0/96", AF_INET6, "=64:ff9b::/96" },
	{ "8000::/1", AF_INET6, "=8000::/1" },
	{ "2001:db8::192.0.2.1/96", AF_INET6,
	  "host bits ::192.0.2.1 are set, 2001:db8::/96 is the prefix" },
	{ "2001:db8:1::/33", AF_INET6,
	  "host bits 0:0:1:: are set, 2001:db8::/33 is the prefix" },
	{ "2001:db8::/97", AF_INET6, "length out of range 1..96" },
	{ "::/0", AF_INET6, "length out of range 1..96" },
	{ "fe80::%eth0/64", AF_INET6, "is not an IPv6 prefix" },
	{ "2001:db8::192.0.2/96", AF_INET6, "is not an IPv6 prefix" },
	{ "[2001:db8::]/96", AF_INET6, "is not an IPv6 prefix" },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa/64", AF_INET6,
	  "is not an IPv6 prefix" },
	{ "198.51.100.0/24", AF_INET6, "is not an IPv6 prefix" },
};

static void test_prefix(void)
{
	char text[PREFIX_STRLEN];
	struct prefix prefix;
	struct parse_err err;
	unsigned int i;
	bool v4;

	for (i = 0; i < ARRAY_SIZE(prefix_cases); i++) {
		v4 = prefix_cases[i].family == AF_INET;
		if (!parse_prefix(prefix_cases[i].in, prefix_cases[i].family,
				  v4 ? 0 : 1, v4 ? 32 : 96, &prefix, &err))
			snprintf(err.text, sizeof(err.text), "=%s",
				 prefix_str(&prefix, text));
		expect("prefix", prefix_cases[i].in, err.text,
		       prefix_cases[i].want);
	}
}

static const struct {
	const char *in;
	int family;
	const char *want;
} addr_cases[] = {
	{ "192.0.2.1", AF_INET, "=192.0.2.1" },
	{ "2001:db8::192.0.2.33", AF_INET6, "=2001:db8::c000:221" },
	{ "::ffff:192.0.2.1", AF_INET6, "=::ffff:192.0.2.1" },
	{ "192.0.2.1/32", AF_INET, "is a prefix, not an address" },
	{ "192.0.2", AF_INET, "is not an IPv4 address" },
	{ "localhost", AF_INET, "is not an IPv4 address" },
	{ "192.0.2.1", AF_INET6, "is not an IPv6 address" },
};

static void test_addr(void)
{
	char text[PREFIX_STRLEN];
	struct prefix addr;
	struct parse_err err;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addr_cases); i++) {
		if (!parse_addr(addr_cases[i].in, addr_cases[i].family, &addr,
				&err))
			snprintf(err.text, sizeof(err.text), "=%s",
				 addr_str(&addr, text));
		expect("address", addr_cases[i].in, err.text,
		       addr_cases[i].want);
	}
}

/* As the C library prints them: groups are zero half of the time. */
static void test_addr_str(void)
{
	char got[PREFIX_STRLEN], want[INET6_ADDRSTRLEN];
	struct prefix addr = { .family = AF_INET6 };
	unsigned int i, j;
	bool ok = true;

	srandom(46);
	for (i = 0; ok && i < 200000; i++) {
		for (j = 0; j < 16; j += 2) {
			addr.bytes[j] = random() & random() & 0xff;
			addr.bytes[j + 1] = (uint8_t)(random() & 0xff);
			if (random() & 1)
				addr.bytes[j] = addr.bytes[j + 1] = 0;
		}
		if (i % 16 == 0)
			memset(addr.bytes, 0, 10);
		if (i % 64 == 0)
			addr.bytes[10] = addr.bytes[11] = 0xff;
		addr.family = i % 8 == 1 ? AF_INET : AF_INET6;
		inet_ntop(addr.family, addr.bytes, want, sizeof(want));
		ok = !strcmp(addr_str(&addr, got), want);
	}
	result(ok, "addresses print as inet_ntop() does", got);
}

static const struct {
	const char *in;
	const char *want;
} ifname_cases[] = {
	{ "pe1", "=pe1" },
	{ "exactly15chars_", "=exactly15chars_" },
	{ "sixteen_chars_xx", "longer than 15 characters" },
	{ "", "is not a device name" },
	{ ".", "is not a device name" },
	{ "..", "is not a device name" },
	{ "a/b", "is not a device name" },
	{ "a b", "is not a device name" },
	{ "a:b", "is not a device name" },
};

static void test_ifname(void)
{
	char name[PARSE_IFNAMSIZ];
	struct parse_err err;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ifname_cases); i++) {
		if (!parse_ifname(ifname_cases[i].in, name, &err))
			snprintf(err.text, sizeof(err.text), "=%s", name);
		expect("device name", ifname_cases[i].in, err.text,
		       ifname_cases[i].want);
	}
}

static const struct {
	const char *in;
	const char *want;
} time_cases[] = {
	{ "90", "=90 90s" },
	{ "90s", "=90 90s" },
	{ "60", "=60 1m" },
	{ "15m", "=900 15m" },
	{ "7440", "=7440 124m" },
	{ "120m", "=7200 2h" },
	{ "48h", "=172800 2d" },
	{ "7d", "=604800 7d" },
	{ "0", "=0 0s" },
	{ "0d", "=0 0s" },
	{ "604801", "604801 is out of range 0s..7d" },
	{ "8d", "8d is out of range 0s..7d" },
	{ "169h", "169h is out of range" },
	{ "4294967296", "out of range" },
	{ "213503982334602d", "out of range" },
	{ "99999999999999999999s", "out of range" },
	{ "999999999999999999999999s", "is not a time" },
	{ "", "\"\" is not a time (as 90s, 15m, 2h, 7d)" },
	{ "s", "is not a time" },
	{ "1w", "is not a time" },
	{ "1h30m", "is not a time" },
	{ "1hh", "is not a time" },
	{ "1 h", "is not a time" },
	{ "-1", "is not a time" },
	{ "010", "is not a time" },
	{ "0x10", "is not a time" },
	{ "1.5h", "is not a time" },
};

static void test_time(void)
{
	char text[TIME_STRLEN];
	struct parse_err err;
	uint32_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(time_cases); i++) {
		if (!parse_time(time_cases[i].in, 0, 604800, &value, &err))
			snprintf(err.text, sizeof(err.text), "=%u %s", value,
				 time_str(value, text));
		expect("time", time_cases[i].in, err.text, time_cases[i].want);
	}
}

static const struct {
	const char *in;
	const char *want;
} plane_cases[] = {
	{ "0:46", "=0x46 0:46." },
	{ "0x46", "=0x46 0:46." },
	{ "46", "=0x2e 0:2e." },
	{ "0", "=0 0:0." },
	{ "0:0", "=0 0:0." },
	{ "1:0", "=0x10000 1:0." },
	{ "0000:0046", "=0x46 0:46." },
	{ "ffff:ffff", "=0xffffffff ffff:ffff." },
	{ "1:2:3", "=0x100020003 1:2:3." },
	{ "0:0:3", "=0x3 0:3." },
	{ "a:b:C:d", "=0xa000b000c000d a:b:c:d." },
	{ "18446744073709551615", "=0xffffffffffffffff ffff:ffff:ffff:ffff." },
	{ "0xffffffffffffffff", "=0xffffffffffffffff" },
	{ "18446744073709551616", "has more than 64 bits" },
	{ "0x10000000000000000", "has more than 64 bits" },
	{ "1:2:3:4:5", "1:2:3:4:5 has more than 64 bits" },
	{ "", "\"\" is not a plane ID" },
	{ ":", "is not a plane ID" },
	{ ":46", "is not a plane ID" },
	{ "46:", "is not a plane ID" },
	{ "::46", "is not a plane ID" },
	{ "0:12345", "is not a plane ID" },
	{ "0:4g", "is not a plane ID" },
	{ "2e", "is not a plane ID (groups as 0:46, or a number" },
	{ "046", "is not a plane ID" },
	{ "-1", "is not a plane ID" },
	{ "0x0:46", "is not a plane ID" },
};

static void test_plane(void)
{
	char text[PLANE_STRLEN];
	struct parse_err err;
	uint64_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plane_cases); i++) {
		if (!parse_plane(plane_cases[i].in, &value, &err))
			snprintf(err.text, sizeof(err.text), "=%#llx %s.",
				 (unsigned long long)value,
				 plane_str(value, text));
		expect("plane", plane_cases[i].in, err.text,
		       plane_cases[i].want);
	}
}

/* A key is never repeated, not even a bad one. */
static const char *const bad_keys[] = {
	"", "0", "000102030405060708090a0b0c0d0e0",
	"0x0102030405060708090a0b0c0d0e0f",
	"000102030405060708090a0b0c0d0e0f0", "g00102030405060708090a0b0c0d0e0f",
};

static void test_key(void)
{
	static const uint8_t want[PARSE_KEY_SIZE] = { 0x01, 0xfe, [15] = 0xa5 };
	uint8_t key[PARSE_KEY_SIZE];
	struct parse_err err;
	unsigned int i;

	err.text[0] = '\0';
	result(!parse_key("01FE00000000000000000000000000a5", key, &err) &&
	       !memcmp(key, want, sizeof(key)), "key", err.text);
	for (i = 0; i < ARRAY_SIZE(bad_keys); i++) {
		snprintf(err.text, sizeof(err.text), "=");
		parse_key(bad_keys[i], key, &err);
		result(!strcmp(err.text, "not 32 hexadecimal digits"),
		       "bad key", err.text);
	}
}

/* The /96 of prefix and plane. */
static const struct {
	const char *in;
	const char *want;
} map_cases[] = {
	{ "mode m46t prefix 2001:db8:0:46::/64 plane 0:46",
	  "=2001:db8:0:46:0:46::/96 0" },
	{ "mode m46t prefix 2001:db8:0:46::/64 plane 0x1000000",
	  "=2001:db8:0:46:100::/96 1" },
	{ "mode m46t prefix 2001:db8:0:46:0:46::/96",
	  "=2001:db8:0:46:0:46::/96 0" },
	{ "mode m46t prefix 2001:db8::/32 plane 1:2:3:4",
	  "=2001:db8:1:2:3:4::/96 0" },
	{ "mode m46t prefix 2001:db8:1:2:300::/80 plane 4",
	  "=2001:db8:1:2:300:4::/96 1" },
	{ "mode adpt prefix 2001:db8::/48,2001:db8:1::/96",
	  "=2001:db8::/48 0" },
	{ "mode 6to4 prefix 2001:db8::/32", "=none" },
	{ "mode m46t", "=none" },
	{ "prefix 2001:db8::/96", "=none" },
};

static void test_map_prefix(void)
{
	struct value values[WORDS_MAX];
	char line[256], *words[16], text[PREFIX_STRLEN];
	struct parse_err err;
	struct prefix prefix;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(map_cases); i++) {
		snprintf(line, sizeof(line), "%s", map_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (words_parse(&dev_words, n, words, values, &err))
			;
		else if (dev_map_prefix(values, &prefix))
			snprintf(err.text, sizeof(err.text), "=none");
		else
			snprintf(err.text, sizeof(err.text), "=%s %d",
				 prefix_str(&prefix, text),
				 dev_has_u_bits(&prefix));
		expect("prefix and plane", map_cases[i].in, err.text,
		       map_cases[i].want);
	}
}

/* Lines of words; "=" stands for success. */
static const struct {
	const char *in;
	const char *want;
} dev_cases[] = {
	{ "", "=" },
	{ "mode adpt prefix 2001:db8:1::/96", "=" },
	{ "mode m46t prefix 2001:db8:0:46::/64", "=" },
	{ "mode 6to4 local 192.0.2.1", "=" },
	{ "mode nat64", "mode: unknown value \"nat64\" (adpt|m46t|6to4)" },
	{ "mode ad", "mode: unknown value \"ad\"" },
	{ "mod adpt", "unknown word \"mod\"" },
	{ "mode", "mode: value missing (adpt|m46t|6to4)" },
	{ "mode adpt mode adpt", "mode: given twice" },
	{ "method encap", "=" },
	{ "method hash", "method: unknown value \"hash\" (translate|encap)" },
	{ "md fib", "=" },
	{ "md bgp", "md: unknown value \"bgp\" (rules|fib)" },
	{ "nat64 64:ff9b::/96", "=" },
	{ "nat64 none", "=" },
	{ "nat64 2001:db8::/32", "=" },
	{ "nat64 2001:db8::/80",
	  "nat64: 2001:db8::/80: length is none of 32, 40, 48, 56, 64, 96" },
	{ "nat64 2001:db8::/97", "nat64: 2001:db8::/97: length out of range" },
	{ "nat64 64:ff9b::/96,2001:db8::/96", "nat64: more than 1 item" },
	{ "nat64", "nat64: value missing (P6/LEN|none)" },
	{ "nat64-pool 192.0.2.0/24,198.51.100.7", "=" },
	{ "nat64-pool none", "=" },
	{ "nat64-pool 1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,"
	  "1.0.0.8,1.0.0.9,1.0.1.0,1.0.1.1,1.0.1.2,1.0.1.3,1.0.1.4,1.0.1.5,"
	  "1.0.1.6,1.0.1.7", "nat64-pool: more than 16 items" },
	{ "nat64-pool 64:ff9b::/96", "is not an IPv4 prefix" },
	{ "hoplimit 1", "=" },
	{ "hoplimit 255", "=" },
	{ "hoplimit 0", "hoplimit: 0 is out of range 1..255" },
	{ "hoplimit inherit", "hoplimit: \"inherit\" is not a number" },
	{ "encap-limit none", "=" },
	{ "encap-limit 0", "=" },
	{ "encap-limit 256", "encap-limit: 256 is out of range 0..255" },
	{ "encap-limit", "encap-limit: value missing (0..255|none)" },
	{ "frag inner", "=" },
	{ "frag none", "frag: unknown value \"none\" (outer|inner)" },
	{ "flowlabel hash", "=" },
	{ "flowlabel 5", "flowlabel: unknown value \"5\" (zero|hash)" },
	{ "peer-method encap", "=" },
	{ "peer-method translate",
	  "peer-method: unknown value \"translate\" (any|encap)" },
	{ "mode adpt prefix 2001:db8::/96 method encap md fib nat64 none "
	  "nat64-pool none peer-method any hoplimit 64 encap-limit 4 "
	  "frag outer flowlabel zero ecn compat ecn-log off", "=" },
	{ "mode m46t ecn normal", "ecn: not for devices of mode m46t" },
	{ "mode m46t nat64 none", "nat64: not for devices of mode m46t" },
	{ "mode 6to4 hoplimit 5", "hoplimit: not for devices of mode 6to4" },
	{ "mode 6to4 frag inner", "frag: not for devices of mode 6to4" },
	{ "-j", "unknown word \"-j\"" },
	{ "prefix 2001:db8:1::/96,2001:db8:2::/64", "=" },
	{ "prefix 2001:db8:1::/96,", "prefix: empty item in the list" },
	{ "prefix ,2001:db8:1::/96", "prefix: empty item in the list" },
	{ "prefix 2001:db8:1::/96,,2001:db8:2::/96",
	  "prefix: empty item in the list" },
	{ "prefix 2001:db8:1::1/96", "prefix: 2001:db8:1::1/96: host bits ::1" },
	{ "prefix none", "prefix: \"none\" has no /LENGTH" },
	{ "prefix 1::/16,2::/16,3::/16,4::/16,5::/16,6::/16,7::/16,8::/16,"
	  "9::/16,a::/16,b::/16,c::/16,d::/16,e::/16,f::/16,10::/16", "=" },
	{ "prefix 1::/16,2::/16,3::/16,4::/16,5::/16,6::/16,7::/16,8::/16,"
	  "9::/16,a::/16,b::/16,c::/16,d::/16,e::/16,f::/16,10::/16,11::/16",
	  "prefix: more than 16 items" },
	{ "source-check off", "=" },
	{ "source-check none",
	  "source-check: unknown value \"none\" (off|loose|strict)" },
	{ "lowest-ipv6-mtu 1280", "=" },
	{ "lowest-ipv6-mtu 1279",
	  "lowest-ipv6-mtu: 1279 is out of range 1280..65535" },
	{ "lowest-ipv6-mtu 65536", "out of range" },
	{ "lowest-ipv6-mtu big", "lowest-ipv6-mtu: \"big\" is not a number" },
	{ "tclass inherit", "=" },
	{ "tclass 0xb8", "=" },
	{ "tclass 256", "tclass: 256 is out of range 0..255" },
	{ "tclass off", "tclass: \"off\" is not a number" },
	{ "tos-override off", "=" },
	{ "tos-override 16", "=" },
	{ "tos-ignore on", "=" },
	{ "tos-ignore yes", "tos-ignore: unknown value \"yes\" (on|off)" },
	{ "tos-ignore 1", "tos-ignore: unknown value \"1\" (on|off)" },
	{ "rate 0", "rate: 0 is out of range 1..1000000" },
	{ "mtu-plateaus 1500,1280,576", "=" },
	{ "mtu-plateaus 1280,1500", "mtu-plateaus: 1500 is not below 1280" },
	{ "mtu-plateaus 1500,1500", "mtu-plateaus: 1500 is not below 1500" },
	{ "mtu-plateaus 0", "mtu-plateaus: 0 is out of range" },
	{ "mtu-plateaus 17,16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1",
	  "mtu-plateaus: more than 16 items" },
	{ "fastpath eth0,eth1", "=" },
	{ "fastpath none", "=" },
	{ "fastpath eth0,eth0", "fastpath: eth0: given twice" },
	{ "fastpath eth0,", "fastpath: empty item" },
	{ "fastpath a,b,c,d,e,f,g,h,i", "fastpath: more than 8 items" },
	{ "fastpath eth/0", "fastpath: " },
	{ "icmp4-source auto", "=" },
	{ "icmp4-source 192.0.2.1", "=" },
	{ "icmp4-source ::1", "icmp4-source: \"::1\" is not an IPv4 address" },
	{ "icmp6-source auto", "=" },
	{ "icmp6-source 2001:db8::1", "=" },
	{ "pool6791 none", "=" },
	{ "pool6791 192.0.2.0/24,198.51.100.1/32", "=" },
	{ "pool6791 192.0.2.0/24,none", "pool6791: \"none\" has no /LENGTH" },
	{ "pool6791 192.0.2.1/24", "host bits 0.0.0.1 are set" },
	{ "mode m46t plane 0:46 expires 2h reuse-after 0 max-per-64 16 "
	  "from 2001:db8::/32,::1/128 alloc-rate 0 refresh-from-v4 off "
	  "reuse-early on hairpin off allow-nonzero-u on "
	  "alloc-key 000102030405060708090a0B0C0D0E0F", "=" },
	{ "mode m46t source-check off",
	  "source-check: not for devices of mode m46t" },
	{ "method translate mode m46t",
	  "method: not for devices of mode m46t" },
	{ "mode m46t md rules", "md: not for devices of mode m46t" },
	{ "mode m46t reserved-bits drop", "reserved-bits: not for devices" },
	{ "mode m46t adpt-df rfc", "adpt-df: not for devices" },
	{ "mode adpt expires 2h", "expires: not for devices of mode adpt" },
	{ "mode adpt from any", "from: not for devices of mode adpt" },
	{ "mode adpt alloc-key 000102030405060708090a0b0c0d0e0f",
	  "alloc-key: not for devices of mode adpt" },
	{ "mode 6to4 local 192.0.2.1,192.0.2.2 remote none prefix 2001:db8::/32 "
	  "v4-prefix 10.0.0.0/8 anycast off relay on return-only on "
	  "relay-source unicast relay-from any acl 192.0.2.0/24,198.51.100.7 "
	  "peers none allow-native-native 192.0.2.9 ingress-filter strict "
	  "ttl inherit tos 0xb8 ecn compat ecn-log off pmtudisc on "
	  "large-mtu on nonlocal on link eth0 fwmark 0xffffffff mss-clamp on "
	  "icmp6-errors never pmtu-errors never rate 5 burst 5 "
	  "icmp6-source auto", "=" },
	{ "mode 6to4 plane 1", "plane: not for devices of mode 6to4" },
	{ "mode 6to4 udp-zero drop", "udp-zero: not for devices of mode 6to4" },
	{ "mode 6to4 tclass 3", "tclass: not for devices of mode 6to4" },
	{ "mode 6to4 lowest-ipv6-mtu 1400", "lowest-ipv6-mtu: not for" },
	{ "mode 6to4 icmp4-errors send", "icmp4-errors: not for devices of" },
	{ "mode 6to4 icmp4-source auto", "icmp4-source: not for devices of" },
	{ "mode 6to4 pool6791 none", "pool6791: not for devices of" },
	{ "mode 6to4 mtu-plateaus 1280", "mtu-plateaus: not for devices of" },
	{ "mode 6to4 wkp-strict on", "wkp-strict: not for devices of" },
	{ "mode 6to4 md rules", "md: not for devices of mode 6to4" },
	{ "mode adpt local 192.0.2.1", "local: not for devices of mode adpt" },
	{ "relay on mode m46t", "relay: not for devices of mode m46t" },
	{ "mode m46t ttl 64", "ttl: not for devices of mode m46t" },
	{ "local", "local: value missing (V4[,V4...])" },
	{ "local 192.0.2.1/32", "local: \"192.0.2.1/32\" is a prefix, not an" },
	{ "local none", "local: \"none\" is not an IPv4 address" },
	{ "local 192.0.2.1,", "local: empty item in the list" },
	{ "local 192.0.2.1,192.0.2.2,192.0.2.1",
	  "local: 192.0.2.1: given twice" },
	{ "local 192.0.2.256", "local: \"192.0.2.256\" is not an IPv4" },
	{ "local 2001:db8::1", "local: \"2001:db8::1\" is not an IPv4 address" },
	{ "local 1.0.0.1,1.0.0.2,1.0.0.3,1.0.0.4,1.0.0.5,1.0.0.6,1.0.0.7,1.0.0.8,"
	  "1.0.0.9,1.0.1.0,1.0.1.1,1.0.1.2,1.0.1.3,1.0.1.4,1.0.1.5,1.0.1.6,"
	  "1.0.1.7", "local: more than 16 items" },
	{ "remote any", "remote: \"any\" is not an IPv4 address" },
	{ "remote", "remote: value missing (V4|none)" },
	{ "remote 192.0.2.1 remote 192.0.2.1", "remote: given twice" },
	{ "v4-prefix 10.0.0.0/8", "=" },
	{ "v4-prefix 10.0.0.1/8", "v4-prefix: 10.0.0.1/8: host bits 0.0.0.1" },
	{ "v4-prefix 10.0.0.0/33", "v4-prefix: 10.0.0.0/33: length out of range" },
	{ "v4-prefix 2001:db8::/32", "v4-prefix: \"2001:db8::/32\" is not an" },
	{ "v4-prefix", "v4-prefix: value missing (V4/LEN)" },
	{ "relay-from", "relay-from: value missing (V4/LEN[,V4/LEN...]|any|none)" },
	{ "relay-from none", "=" },
	{ "relay-from 192.0.2.1,any", "relay-from: \"any\" is not an IP" },
	{ "acl any", "acl: \"any\" is not an IPv4 address" },
	{ "peers 192.0.2.1/24", "peers: 192.0.2.1/24: host bits 0.0.0.1 are" },
	{ "relay-source both", "relay-source: unknown value \"both\" "
	  "(auto|anycast|unicast)" },
	{ "ingress-filter loose", "ingress-filter: unknown value \"loose\" "
	  "(off|on|strict)" },
	{ "ttl 0", "ttl: 0 is out of range 1..255" },
	{ "ttl 256", "ttl: 256 is out of range 1..255" },
	{ "ttl", "ttl: value missing (1..255|inherit)" },
	{ "tos 253", "tos: 253 is out of range 0..252" },
	{ "tos inherit", "=" },
	{ "ecn on", "ecn: unknown value \"on\" (normal|compat)" },
	{ "link none", "=" },
	{ "link a/b", "link: \"a/b\" is not a device name" },
	{ "link", "link: value missing (NAME|none)" },
	{ "fwmark 0x100000000", "fwmark: 0x100000000 is out of range" },
	{ "delegated 2001:db8::/48", "delegated: cannot be set" },
	{ "method translate plane 1", "=" },
	{ "plane", "plane: value missing (ID)" },
	{ "expires", "expires: value missing (TIME)" },
	{ "expires 0", "expires: 0 is out of range 1s..7d" },
	{ "expires 8d", "expires: 8d is out of range 1s..7d" },
	{ "max-per-64 1048577", "max-per-64: 1048577 is out of range" },
	{ "from any", "=" },
	{ "from 2001:db8::1", "from: \"2001:db8::1\" has no /LENGTH" },
	{ "from ::/0", "=" },
	{ "from any,::/0", "from: \"any\" has no /LENGTH" },
	{ "alloc-key 00", "alloc-key: not 32 hexadecimal digits" },
	{ "alloc-key", "alloc-key: value missing (HEX32)" },
	{ "hairpin 1", "hairpin: unknown value \"1\" (on|off)" },
};

static void test_required(const char *in, unsigned int mode,
			  const char *want)
{
	struct value values[WORDS_MAX];
	char line[128], *words[8];
	struct parse_err err;
	int n;

	snprintf(line, sizeof(line), "%s", in);
	n = parse_split(line, words, 8, &err);
	if (!words_parse(&dev_words, n, words, values, &err) &&
	    !words_required(&dev_words, values, mode, &err))
		snprintf(err.text, sizeof(err.text), "=");
	expect("dev words required", in, err.text, want);
}

static const struct {
	const char *in;
	bool is_6rd;
} sixrd_cases[] = {
	{ "local 192.0.2.1", false },
	{ "prefix 2002::/16", false },
	{ "prefix 2002:c000::/24", true },
	{ "prefix 2001:db8::/32", true },
	{ "prefix 2000::/15", true },
};

static void test_is_6rd(void)
{
	struct value values[WORDS_MAX];
	char line[64], *words[8];
	struct parse_err err;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(sixrd_cases); i++) {
		snprintf(line, sizeof(line), "%s", sixrd_cases[i].in);
		n = parse_split(line, words, 8, &err);
		n = words_parse(&dev_words, n, words, values, &err);
		result(!n && dev_is_6rd(values) == sixrd_cases[i].is_6rd,
		       "6to4 or 6rd", sixrd_cases[i].in);
	}
}

#define OPT212(mask, len) \
	mask len "20010db8000000000000000000000000" "0a000001"

/* Option 212, and the words that come of it. */
static const struct {
	const char *in;
	const char *want;
} option_cases[] = {
	{ OPT212("08", "20"), "=2001:db8::/32 10.0.0.0/8 10.0.0.1" },
	{ "d416" OPT212("08", "20"), "=2001:db8::/32 10.0.0.0/8 10.0.0.1" },
	{ "D41A" OPT212("08", "20") "0A0000FE",
	  "=2001:db8::/32 10.0.0.0/8 10.0.0.1 10.0.0.254" },
	{ "8:20:20:1:d:b8:0:0:0:0:0:0:0:0:0:0:0:0:a:0:0:1",
	  "=2001:db8::/32 10.0.0.0/8 10.0.0.1" },
	{ "d4:16:8:20:20:01:0d:b8:0:0:0:0:0:0:0:0:0:0:0:0:a:0:0:1",
	  "=2001:db8::/32 10.0.0.0/8 10.0.0.1" },
	{ OPT212("00", "20"), "=2001:db8::/32 0.0.0.0/0 10.0.0.1" },
	{ OPT212("14", "20"), "=2001:db8::/32 10.100.96.0/20 10.0.0.1" },
	{ OPT212("20", "60"), "=2001:db8::/96 10.100.100.1/32 10.0.0.1" },
	/* bits beyond the length are ignored */
	{ OPT212("08", "1d"), "=2001:db8::/29 10.0.0.0/8 10.0.0.1" },
	{ OPT212("08", "0c"), "=2000::/12 10.0.0.0/8 10.0.0.1" },
	{ OPT212("21", "20"), "IPv4MaskLen 33 is more than 32" },
	{ OPT212("ff", "20"), "IPv4MaskLen 255 is more than 32" },
	{ OPT212("00", "61"), "32 bits of IPv4 address behind a prefix of 97" },
	{ OPT212("08", "ff"), "24 bits of IPv4 address behind a prefix of 255" },
	{ OPT212("20", "80"), "prefix of length 128, devices have 1..96" },
	{ OPT212("20", "00"), "prefix of length 0, devices have 1..96" },
	{ "d415" OPT212("08", "20"), "length 21, but 22 octets follow" },
	{ "d416" OPT212("08", "20") "0a000002", "length 22, but 26 octets" },
	{ "d4", "length 0, but 0 octets follow" },
	{ "d412082020010db8000000000000000000000000", "18 octets, not 22" },
	{ OPT212("08", "20") "00", "23 octets, not 22" },
	{ OPT212("08", "20") "0", "not hexadecimal octets at \"0\"" },
	{ OPT212("08", "20") "00000000", "border relay 0.0.0.0 is no unicast" },
	{ OPT212("08", "20") "e0000001", "border relay 224.0.0.1 is no uni" },
	{ "", "0 octets, not 22" },
	{ "0x08", "not hexadecimal octets at \"0x08\"" },
	{ "8::20", "not hexadecimal octets at \":20\"" },
	{ "8:20:", "not hexadecimal octets at \":\"" },
	{ "8:200", "not hexadecimal octets at \"200\"" },
	{ ":", "not hexadecimal octets" },
	{ "08 20", "not hexadecimal octets at \" 20\"" },
};

static void option_text(const struct sixrd *sixrd, char *buf, size_t size)
{
	char p6[PREFIX_STRLEN], p4[PREFIX_STRLEN], relay[PREFIX_STRLEN];
	unsigned int i;
	size_t used;

	snprintf(buf, size, "=%s %s", prefix_str(&sixrd->prefix, p6),
		 prefix_str(&sixrd->v4_prefix, p4));
	for (i = 0; i < sixrd->n_relays; i++) {
		used = strlen(buf);
		snprintf(buf + used, size - used, " %s",
			 addr_str(&sixrd->relays[i], relay));
	}
}

static void test_option(void)
{
	struct prefix local;
	struct parse_err err;
	struct sixrd sixrd;
	char longest[2 * 258 + 1];
	unsigned int i;

	parse_addr("10.100.100.1", AF_INET, &local, &err);
	for (i = 0; i < ARRAY_SIZE(option_cases); i++) {
		if (!sixrd_parse(option_cases[i].in, &local, &sixrd, &err))
			option_text(&sixrd, err.text, sizeof(err.text));
		expect("option 212", option_cases[i].in, err.text,
		       option_cases[i].want);
	}
	memset(longest, '0', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	result(sixrd_parse(longest, &local, &sixrd, &err) &&
	       strstr(err.text, "more than 257 octets"), "option 212: too long",
	       err.text);
	/* 59 relays, the most there can be */
	memcpy(longest, "d4fe0820", 8);
	for (i = 0; i < 59; i++)
		memcpy(longest + 2 * (2 + 18 + 4 * i), "0a000001", 8);
	longest[2 * (2 + 254)] = '\0';
	memcpy(longest + 8, "20010db8", 8);
	result(!sixrd_parse(longest, &local, &sixrd, &err) &&
	       sixrd.n_relays == 59, "option 212: as many relays as fit",
	       err.text);
}

static void test_dev_words(void)
{
	struct value values[WORDS_MAX];
	struct parse_err err;
	char line[768], *words[64];
	unsigned int i;
	const char *want;
	int n;

	for (i = 0; i < ARRAY_SIZE(dev_cases); i++) {
		snprintf(line, sizeof(line), "%s", dev_cases[i].in);
		want = dev_cases[i].want;
		n = parse_split(line, words, 64, &err);
		if (!words_parse(&dev_words, n, words, values, &err) &&
		    !dev_check_mode(values, &err))
			snprintf(err.text, sizeof(err.text), "=");
		expect("dev words", dev_cases[i].in, err.text, want);
	}
	n = !words_parse(&dev_words, 0, NULL, values, &err) &&
	    words_required(&dev_words, values, 0, &err);
	result(n && !strcmp(err.text, "mode adpt|m46t|6to4 is missing"),
	       "dev words: mode is required", err.text);
	test_required("mode 6to4", M46_MODE_6TO4,
		      "local V4[,V4...] is missing");
	test_required("mode 6to4 local 192.0.2.1", M46_MODE_6TO4, "=");
	test_required("mode adpt", M46_MODE_ADPT,
		      "prefix P6/LEN[,P6/LEN...] is missing");
}

static const struct {
	const char *in;
	const char *want;
} rule_cases[] = {
	{ "198.51.100.0/24 via 2001:db8:3::/96 dev pe1", "=" },
	{ "198.51.100.0/24 dev pe1 local via 2001:db8:3::/96", "=" },
	{ "0.0.0.0/0 via 2001:db8:ff::/96 dev pe1 method translate", "=" },
	{ "", "V4/LEN is missing" },
	{ "198.51.100.0/24 via", "via: value missing (P6/LEN)" },
	{ "198.51.100.0/24 via 2001:db8::/97",
	  "via: 2001:db8::/97: length out of range 1..96" },
	{ "198.51.100.0/24 via 192.0.2.0/24", "is not an IPv6 prefix" },
	{ "198.51.100.7/24 via 2001:db8::/96", "host bits 0.0.0.7 are set" },
	{ "198.51.100.0/24 local local", "local: given twice" },
	{ "198.51.100.0/24 method encap", "= 198.51.100.0/24 -" },
	{ "198.51.100.0/24 method fib",
	  "method: unknown value \"fib\" (translate|encap)" },
	{ "198.51.100.0/24 gw 2001:db8::/96",
	  "unknown word \"gw\" or \"2001:db8::/96\"" },
	{ "198.51.100.0/24 gw 2001:db8::/96 dev pe1",
	  "unknown word \"gw\" or \"2001:db8::/96\"" },
	{ "198.51.100.0/24 gw dev pe1", "unknown word \"gw\"" },
	{ "198.51.100.0/24 dev pe1 gw", "unknown word \"gw\"" },
	{ "198.51.100.0/24 pe1 gw", "unknown word \"pe1\" or \"gw\"" },
	{ "198.51.100.0/24 -x", "unknown word \"-x\"" },
	{ "198.51.100.0/24 5", "unknown word \"5\"" },
	{ "198.51.100.0/24 default", "unknown word \"default\"" },
	{ "198.51.100.0/24 sixteen_chars_xx", "unknown word \"sixteen_ch" },
	{ "198.51.100.0/24 dev", "dev: value missing (NAME)" },
	{ "198.51.100.0/24 pe1 local", "= 198.51.100.0/24 pe1" },
	{ "198.51.100.0/24 dev 5", "= 198.51.100.0/24 5" },
	{ "198.51.100.0/24 dev local", "= 198.51.100.0/24 local" },
	{ "default via 2001:db8::/96", "= 0.0.0.0/0 -" },
	{ "198.51.100.7 via 2001:db8::/96", "= 198.51.100.7/32 -" },
	{ "defaul via 2001:db8::/96", "\"defaul\" is not an IPv4 address" },
	{ "2001:db8::1 via 2001:db8::/96", "is not an IPv4 address" },
};

static void test_rule(void)
{
	struct value values[RULE_WORD_COUNT];
	struct parse_err err;
	char line[256], *words[16], text[PREFIX_STRLEN];
	const struct value *dev = &values[RULE_WORD_DEV];
	struct rule rule;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(rule_cases); i++) {
		snprintf(line, sizeof(line), "%s", rule_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (!rule_parse(n, words, &rule, values, &err))
			snprintf(err.text, sizeof(err.text), "= %s %s",
				 rule_dst_str(&rule, text),
				 dev->set ? dev->ifname : "-");
		expect("rule", rule_cases[i].in, err.text, rule_cases[i].want);
	}
}

/* Which of five rules pass; without words all do. */
static const struct {
	const char *in;
	const char *want;
} rule_filter_cases[] = {
	{ "", "=01234" },
	{ "dev pe1", "=01234" },
	{ "pe1", "=01234" },
	{ "default", "=0" },
	{ "0.0.0.0/0", "=01234" },
	{ "198.51.100.0/22 pe1", "=124" },
	{ "pe1 198.51.100.0/24", "=124" },
	{ "198.51.100.0/25", "=24" },
	{ "198.51.100.128/25", "=" },
	{ "198.51.100.7", "=4" },
	{ "via 2001:db8:3::/96", "=1" },
	{ "via 2001:db8::/33", "=01234" },
	{ "via 2001:db8:8000::/33", "=" },
	{ "via 2001:db8:2::/47 dev pe1", "=124" },
	{ "local", "=3" },
	{ "local dev pe1 via 2001:db8:3::/96", "=" },
	{ "dev 192.0.2.0 local", "=3" },
	{ "198.51.100.1/24", "host bits 0.0.0.1 are set" },
	{ "2001:db8::/32", "is not an IPv4 prefix" },
	{ "192.0.2.1 192.0.2.2", "unknown word \"192.0.2.2\"" },
	{ "default default", "unknown word \"default\"" },
	{ "pe1 pe2", "unknown word \"pe1\" or \"pe2\"" },
	{ "via", "via: value missing (P6/LEN)" },
};

static void test_rule_filter(void)
{
	static const char *const lines[] = {
		"default via 2001:db8:ff::/96",
		"198.51.100.0/24 via 2001:db8:3::/96",
		"198.51.100.0/25 via 2001:db8:3:1::/96",
		"192.0.2.0/24 via 2001:db8:1::/96 local",
		"198.51.100.7/32 via 2001:db8:2::/64",
	};
	struct value values[RULE_WORD_COUNT];
	struct rule rules[ARRAY_SIZE(lines)];
	char line[256], *words[16], *end;
	struct rule_filter filter;
	struct parse_err err;
	unsigned int i, j;
	int n;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		snprintf(line, sizeof(line), "%s", lines[i]);
		n = parse_split(line, words, 16, &err);
		if (rule_parse(n, words, &rules[i], values, &err))
			abort();
	}
	for (i = 0; i < ARRAY_SIZE(rule_filter_cases); i++) {
		snprintf(line, sizeof(line), "%s", rule_filter_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (!rule_filter_parse(n, words, &filter, values, &err)) {
			end = err.text;
			*end++ = '=';
			for (j = 0; j < ARRAY_SIZE(rules); j++) {
				if (rule_filter_passes(&filter, &rules[j]))
					*end++ = (char)('0' + j);
			}
			snprintf(end, 2, ".");
		}
		snprintf(line, sizeof(line), "%s%s", rule_filter_cases[i].want,
			 rule_filter_cases[i].want[0] == '=' ? "." : "");
		expect("rule filter", rule_filter_cases[i].in, err.text, line);
	}
}

static const struct {
	const char *in;
	const char *want;
} pool_cases[] = {
	{ "192.0.2.0/24 dev t1", "=192.0.2.0/24" },
	{ "192.0.2.9 dev t1", "=192.0.2.9/32" },
	{ "10.0.0.0/8 dev t1", "=10.0.0.0/8" },
	{ "192.0.2.0/24 exclude 192.0.2.1,192.0.2.64/26 dev t1",
	  "=192.0.2.0/24 192.0.2.1/32 192.0.2.64/26" },
	{ "", "V4/LEN is missing" },
	{ "10.0.0.0/7 dev t1", "10.0.0.0/7: length out of range 8..32" },
	{ "192.0.2.1/24", "host bits 0.0.0.1 are set" },
	{ "2001:db8::1", "\"2001:db8::1\" is not an IPv4 address" },
	{ "2001:db8::/32", "is not an IPv4 prefix" },
	{ "192.0.2.0/24 exclude",
	  "exclude: value missing (V4/LEN[,V4/LEN...])" },
	{ "192.0.2.0/24 exclude 192.0.2.1,", "exclude: empty item" },
	{ "192.0.2.0/24 exclude x", "exclude: \"x\" is not an IPv4 address" },
	{ "192.0.2.0/24 exclude 192.0.2.1/31", "exclude: 192.0.2.1/31: host" },
	{ "192.0.2.0/24 expires 5", "unknown word \"expires\" or \"5\"" },
	{ "192.0.2.0/24 t1 exclude 192.0.2.1", "=192.0.2.0/24 192.0.2.1/32" },
	{ "192.0.2.0/24 dev", "dev: value missing (NAME)" },
};

static void test_pool(void)
{
	struct value values[POOL_WORD_COUNT];
	char line[256], *words[16], text[PREFIX_STRLEN], got[512];
	struct parse_err err;
	struct pool pool;
	unsigned int i, j;
	int n;

	for (i = 0; i < ARRAY_SIZE(pool_cases); i++) {
		snprintf(line, sizeof(line), "%s", pool_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (pool_parse(n, words, &pool, values, &err)) {
			expect("pool", pool_cases[i].in, err.text,
			       pool_cases[i].want);
			continue;
		}
		n = snprintf(got, sizeof(got), "=%s",
			     prefix_str(&pool.dst, text));
		for (j = 0; pool.exclude.set && j < pool.exclude.n; j++)
			n += snprintf(got + n, sizeof(got) - (size_t)n, " %s",
				      prefix_str(&pool.exclude.list[j], text));
		expect("pool", pool_cases[i].in, got, pool_cases[i].want);
	}
}

/* 65 prefixes are one too many. */
static void test_many_excludes(void)
{
	struct value values[POOL_WORD_COUNT];
	char list[1024] = "", *words[] = { "10.0.0.0/8", "exclude", list };
	struct parse_err err;
	struct pool pool;
	size_t used = 0;
	int i, good = -1;

	for (i = 0; i < 65; i++) {
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s10.0.0.%d", i ? "," : "", i);
		if (i == 63)
			good = pool_parse(3, words, &pool, values, &err);
	}
	i = pool_parse(3, words, &pool, values, &err);
	result(!good && i && !strcmp(err.text, "exclude: more than 64 items"),
	       "pool: 64 excluded prefixes and not one more", err.text);
}

/* "=V6 V4 TYPE EXPIRES" */
static const struct {
	const char *in;
	const char *want;
} entry_cases[] = {
	{ "2001:db8::1 192.0.2.1 dev t1", "=2001:db8::1 192.0.2.1 0 0" },
	{ "192.0.2.1 2001:db8::1", "=2001:db8::1 192.0.2.1 0 0" },
	{ "2001:db8::1 dev t1", "=2001:db8::1 0 0" },
	{ "192.0.2.1", "=192.0.2.1 0 0" },
	{ "2001:db8::1 192.0.2.1 static", "=2001:db8::1 192.0.2.1 1 0" },
	{ "2001:db8::1 192.0.2.1 dynamic expires 1h",
	  "=2001:db8::1 192.0.2.1 2 3600" },
	{ "", "address is missing" },
	{ "dev t1", "address is missing" },
	{ "frob", "\"frob\" is not an IP address" },
	{ "t1 192.0.2.1", "\"t1\" is not an IP address" },
	{ "192.0.2.1 t1", "=192.0.2.1 0 0" },
	{ "192.0.2.1 2001:db8::1 t1 static", "=2001:db8::1 192.0.2.1 1 0" },
	{ "192.0.2.1 t1 t2", "unknown word \"t1\" or \"t2\"" },
	{ "192.0.2.1 2001:db8::g", "\"2001:db8::g\" is not an IP address" },
	{ "192.0.2.1 192.0.2.300", "\"192.0.2.300\" is not an IP address" },
	{ "2001:db8::1/64", "is a prefix, not an address" },
	{ "2001:db8::1 2001:db8::2", "2001:db8::2: a second IPv6 address" },
	{ "192.0.2.1 192.0.2.2", "192.0.2.2: a second IPv4 address" },
	{ "2001:db8::1 192.0.2.1 192.0.2.2", "unknown word \"192.0.2.2\"" },
	{ "2001:db8::1 192.0.2.1 static dynamic", "either static or dynamic" },
	{ "2001:db8::1 192.0.2.1 expires 5", "expires: only with dynamic" },
	{ "2001:db8::1 192.0.2.1 dynamic expires 8d",
	  "expires: 8d is out of range 0s..7d" },
};

static void test_entry(void)
{
	struct value values[ENTRY_WORD_COUNT];
	char line[256], *words[16], text[ENTRY_STRLEN];
	struct parse_err err;
	struct entry entry;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(entry_cases); i++) {
		snprintf(line, sizeof(line), "%s", entry_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (!entry_parse(n, words, &entry, values, &err))
			snprintf(err.text, sizeof(err.text), "=%s %u %u",
				 entry_str(&entry, text), entry.type,
				 entry.expires);
		expect("entry", entry_cases[i].in, err.text,
		       entry_cases[i].want);
	}
}

/* "=PREFIX TYPES" */
static const struct {
	const char *in;
	const char *want;
} filter_cases[] = {
	{ "", "=- 0" },
	{ "dev t1", "=- 0" },
	{ "dev 192.0.2.1", "=- 0" },
	{ "192.0.2.1", "=192.0.2.1/32 0" },
	{ "dev t1 2001:db8::1 dormant", "=2001:db8::1/128 0x8" },
	{ "static dev t1 192.0.2.0/24", "=192.0.2.0/24 0x2" },
	{ "2001:db8::/100 all", "=2001:db8::/100 0xe" },
	{ "static dynamic", "=- 0x6" },
	{ "::/0", "=::/0 0" },
	{ "0.0.0.0/0", "=0.0.0.0/0 0" },
	{ "192.0.2.0/33", "192.0.2.0/33: length out of range 0..32" },
	{ "2001:db8::/129", "2001:db8::/129: length out of range 0..128" },
	{ "2001:db8::1/64", "host bits ::1 are set" },
	{ "2001:db8::g", "\"2001:db8::g\" is not an IP address" },
	{ "192.0.2.300", "\"192.0.2.300\" is not an IP address" },
	{ "t1", "=- 0" },
	{ "t1 dynamic", "=- 0x4" },
	{ "static t1 192.0.2.0/24", "=192.0.2.0/24 0x2" },
	{ "192.0.2.0/24 t1 static", "=192.0.2.0/24 0x2" },
	{ "t1 dynamc", "unknown word \"t1\" or \"dynamc\"" },
	{ "192.0.2.1 192.0.2.2", "unknown word \"192.0.2.2\"" },
	{ "dev", "dev: value missing (NAME)" },
};

static void test_filter(void)
{
	struct value values[ENTRY_WORD_COUNT];
	char line[256], *words[16], text[PREFIX_STRLEN];
	struct entry_filter filter;
	struct parse_err err;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(filter_cases); i++) {
		snprintf(line, sizeof(line), "%s", filter_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (!entry_filter_parse(n, words, &filter, values, &err))
			snprintf(err.text, sizeof(err.text), "=%s %#x",
				 filter.has_prefix ?
				 prefix_str(&filter.prefix, text) : "-",
				 filter.types);
		expect("entry filter", filter_cases[i].in, err.text,
		       filter_cases[i].want);
	}
}

/* Files for device pe1; "=N" is the number of rules. */
static const struct {
	const char *in;
	const char *want;
} file_cases[] = {
	{ "\n", "=0" },
	{ "# nothing\n\n  \t\n", "=0" },
	{ "198.51.100.0/24 via 2001:db8:3::/96", "=1" },
	{ "198.51.100.0/24 via 2001:db8:3::/96 # far\n"
	  "add 203.0.113.0/24 via 2001:db8:4::/96 local\n"
	  "rule add 0.0.0.0/0 via 2001:db8:5::/96 dev pe1 method translate\r\n",
	  "=3" },
	{ "\n\n198.51.100.1/24 via 2001:db8:3::/96\n", "3: 198.51.100.1/24" },
	{ "198.51.100.0/24\n", "1: 198.51.100.0/24: via P6/LEN is missing" },
	{ "198.51.100.0/24 via 2001:db8:3::/96 dev pe2\n",
	  "1: dev: this rule is for pe2, not for pe1" },
	{ "rule del 198.51.100.0/24\n", "1: \"rule\" is not an IPv4 address" },
	{ "default via 2001:db8::/96\n198.51.100.7 via 2001:db8::/96 pe1\n",
	  "=2" },
	{ "default via 2001:db8::/96 locl\n", "1: dev: this rule is for locl" },
	{ "rule add\n", "1: V4/LEN is missing" },
	{ "a b c d e f g h i j k l m n o p q\n", "1: more than 16 words" },
	{ "[]", "=0" },
	{ " [ ] \n", "=0" },
	{ "\n[{\"dev\":\"pe1\",\"dst\":\"198.51.100.0/24\","
	  "\"via\":\"2001:db8:3::/96\",\"method\":null,\"local\":false},\n"
	  "{\"dst\":\"0.0.0.0/0\",\"via\":\"2001:db8::/96\",\"local\":true,"
	  "\"method\":\"translate\"}]\n", "=2" },
	{ "[\n{\"dst\":\"198.51.100.0/24\",\n\"via\":\"2001:db8::1/96\"}]",
	  "2: via: 2001:db8::1/96: host bits ::1" },
	{ "[{\"dst\":\"198.51.100.0/24\"}]", "1: 198.51.100.0/24: via" },
	{ "[{\"via\":\"2001:db8::/96\"}]", "1: JSON: dst is missing" },
	{ "[{\"dst\":\"198.51.100.0/24\",\"dev\":\"pe2\","
	  "\"via\":\"2001:db8::/96\"}]", "1: dev: this rule is for pe2" },
	{ "[{\"dst\":\"198.51.100.0/24\",\"metric\":5}]",
	  "1: JSON: unexpected member \"metric\"" },
	{ "[{\"dst\":5}]", "1: JSON: unexpected member \"dst\"" },
	{ "[{\"dst\":\"a\",\"dst\":\"b\"}]", "1: JSON: duplicate" },
	{ "[{}]", "1: JSON: dst is missing" },
	{ "[", "1: JSON: { expected" },
	{ "[{", "1: JSON: object does not end" },
	{ "[{\"dst\":\"}\\\"}", "1: JSON: object does not end" },
	{ "[{\"dst\" \"a\"}]", "1: JSON: " },
	{ "[{\"dst\":\"0.0.0.0/0\",\"via\":\"2001:db8::/96\"},]",
	  "1: JSON: { expected" },
	{ "[{\"dst\":\"0.0.0.0/0\",\"via\":\"2001:db8::/96\"}",
	  "1: JSON: , or ] expected" },
	{ "[] []", "1: JSON: text after the array" },
	{ "[1]", "1: JSON: { expected" },
};

static void test_file(void)
{
	struct rulefile file;
	char got[512];
	unsigned int i;
	FILE *f;

	for (i = 0; i < ARRAY_SIZE(file_cases); i++) {
		f = fmemopen((char *)file_cases[i].in,
			     strlen(file_cases[i].in), "r");
		if (!f)
			abort();
		if (!rulefile_read(f, "pe1", &file))
			snprintf(got, sizeof(got), "=%zu", file.n);
		else
			snprintf(got, sizeof(got), "%lu: %s", file.error_line,
				 file.error.text);
		snprintf(file.error.text, sizeof(file.error.text), "%u", i);
		expect("rule file", file.error.text, got, file_cases[i].want);
		rulefile_free(&file);
		fclose(f);
	}
}

int main(void)
{
	puts("KTAP version 1");
	test_uint();
	test_prefix();
	test_addr();
	test_addr_str();
	test_ifname();
	test_time();
	test_plane();
	test_key();
	test_map_prefix();
	test_dev_words();
	test_is_6rd();
	test_option();
	test_rule();
	test_rule_filter();
	test_pool();
	test_many_excludes();
	test_entry();
	test_filter();
	test_file();
	printf("1..%u\n", n_tests);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
	       n_tests - n_failed, n_failed);

	return n_failed ? 1 : 0;
}
