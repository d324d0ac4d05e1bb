// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the parsers: parse.c, words.c, rule.c, rulefile.c. KTAP.
 *
 * Adding a case is adding a line to one of the tables.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rulefile.h"
#include "words.h"

static unsigned int n_tests;
static unsigned int n_failed;

static void result(bool ok, const char *what, const char *detail)
{
	n_tests++;
	if (!ok)
		n_failed++;
	printf("%sok %u %s\n", ok ? "" : "not ", n_tests, what);
	if (!ok)
		printf("# %s\n", detail);
}

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

/* Lines of words; "=" stands for success. */
static const struct {
	const char *in;
	const char *want;
} dev_cases[] = {
	{ "", "=" },
	{ "mode adpt prefix 2001:db8:1::/96", "=" },
	{ "mode m46t", "mode: unknown value \"m46t\" (adpt)" },
	{ "mode ad", "mode: unknown value \"ad\"" },
	{ "mod adpt", "unknown word \"mod\"" },
	{ "mode", "mode: value missing (adpt)" },
	{ "mode adpt mode adpt", "mode: given twice" },
	{ "method encap", "method: unknown value \"encap\" (translate)" },
	{ "md fib", "md: unknown value \"fib\" (rules)" },
	{ "nat64 64:ff9b::/96", "unknown word \"nat64\"" },
	{ "encap-limit none", "unknown word \"encap-limit\"" },
	{ "-j", "options go before the object" },
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
	{ "icmp4-source auto", "=" },
	{ "icmp4-source 192.0.2.1", "=" },
	{ "icmp4-source ::1", "icmp4-source: \"::1\" is not an IPv4 address" },
	{ "icmp6-source auto", "=" },
	{ "icmp6-source 2001:db8::1", "=" },
	{ "pool6791 none", "=" },
	{ "pool6791 192.0.2.0/24,198.51.100.1/32", "=" },
	{ "pool6791 192.0.2.0/24,none", "pool6791: \"none\" has no /LENGTH" },
	{ "pool6791 192.0.2.1/24", "host bits 0.0.0.1 are set" },
};

static void test_dev_words(void)
{
	struct value values[WORDS_MAX];
	struct parse_err err;
	char line[512], *words[64];
	unsigned int i;
	const char *want;
	int n;

	for (i = 0; i < ARRAY_SIZE(dev_cases); i++) {
		snprintf(line, sizeof(line), "%s", dev_cases[i].in);
		want = dev_cases[i].want;
		n = parse_split(line, words, 64, &err);
		if (!words_parse(&dev_words, n, words, values, &err))
			snprintf(err.text, sizeof(err.text), "=");
		expect("dev words", dev_cases[i].in, err.text, want);
	}
	n = !words_parse(&dev_words, 0, NULL, values, &err) &&
	    words_required(&dev_words, values, &err);
	result(n && !strcmp(err.text, "mode adpt is missing"),
	       "dev words: mode is required", err.text);
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
	{ "198.51.100.0/24 method encap",
	  "method: unknown value \"encap\" (translate)" },
	{ "198.51.100.0/24 gw 2001:db8::/96", "unknown word \"gw\"" },
	{ "198.51.100.0/24 dev", "dev: value missing (NAME)" },
	{ "default via 2001:db8::/96", "\"default\" has no /LENGTH" },
};

static void test_rule(void)
{
	struct value values[RULE_WORD_COUNT];
	struct parse_err err;
	char line[256], *words[16];
	struct rule rule;
	unsigned int i;
	int n;

	for (i = 0; i < ARRAY_SIZE(rule_cases); i++) {
		snprintf(line, sizeof(line), "%s", rule_cases[i].in);
		n = parse_split(line, words, 16, &err);
		if (!rule_parse(n, words, &rule, values, &err))
			snprintf(err.text, sizeof(err.text), "=");
		expect("rule", rule_cases[i].in, err.text, rule_cases[i].want);
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
	{ "rule del 198.51.100.0/24\n", "1: \"rule\" has no /LENGTH" },
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
	test_ifname();
	test_dev_words();
	test_rule();
	test_file();
	printf("1..%u\n", n_tests);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
	       n_tests - n_failed, n_failed);

	return n_failed ? 1 : 0;
}
