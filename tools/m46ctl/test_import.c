// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of import: import.c, import_map.c, import_jool.c,
 * import_jool_global.c, import_tayga.c. KTAP. Arguments are good files of
 * others, which are made into bad ones here: *.json is Jool's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_item.h"
#include "import.h"
#include "test_mutate.h"
#include "test_tap.h"

static int convert(bool is_jool, const char *text, size_t n, struct import *im,
		   struct conf *conf)
{
	memset(im, 0, sizeof(*im));
	conf_init(conf, "import");
	if (is_jool ? import_jool(im, text, n) : import_tayga(im, text, n))
		return -1;

	return import_make(im, conf);
}

static char *print(const struct import *im, const struct conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	import_print(f, im, conf);
	if (fclose(f))
		abort();

	return text;
}

#define FW	"\"framework\":\"netfilter\""
#define P6	"\"global\":{\"pool6\":\"2001:db8:64::/96\"}"
#define GLOBAL(text)	"{" FW ",\"global\":{\"pool6\":\"2001:db8:64::/96\"," text "}}"
#define EAMT(text)	"{" FW "," P6 ",\"eamt\":[" text "]}"
#define EAM(six, four)	"{\"ipv6 prefix\":\"" six "\",\"ipv4 prefix\":\"" four "\"}"
#define BIB(text)	"{" FW "," P6 ",\"bib\":[" text "]}"
#define T	"tun-device t\nipv4-addr 192.0.2.1\n"
#define TP	T "prefix 2001:db8:64::/96\n"

/* What comes out has this in it; or the line and the error begin with it. */
static const struct {
	const char *what;
	bool is_jool;
	const char *in;
	const char *want;
} cases[] = {
	/* the text of Jool */
	{ "no JSON", true, "", "1: JSON, column 0: " },
	{ "no object", true, "[]", "1: JSON: an object expected" },
	{ "half an object", true, "{\n\"instance\":", "2: JSON, column 11: " },
	{ "text behind it", true, "{}\n}", "2: JSON, column 1: " },
	{ "a key twice", true, "{\n\"global\":{},\n\"global\":{}}",
	  "3: JSON, column 8: duplicate object key" },
	{ "a key in other letters", true, "{\"global\":{},\"Global\":{}}",
	  "0: global: given twice" },
	{ "many comments", true,
	  "{\"comment\":1,\"Comment\" :\"comment\",\"comment\"\n:{\"comment\":[]},"
	  FW "," P6 "}", "Prefix = 2001:db8:64::/96\n" },
	{ "no framework", true, "{" P6 "}", "0: framework is missing" },
	{ "other framework", true, "{\"framework\":\"x\"}",
	  "0: framework: netfilter or iptables expected" },
	{ "unknown key", true, "{" FW ",\"eamtt\":[]}", "0: eamtt: unknown key" },
	{ "no prefix", true, "{" FW "}", "0: global.pool6 is missing" },
	{ "prefix is null", true, "{" FW ",\"global\":{\"pool6\":null}}",
	  "0: global.pool6 is missing" },
	{ "other length", true,
	  "{" FW ",\"global\":{\"pool6\":\"2001:db8::/64\"}}",
	  "0: global.pool6: 2001:db8::/64: devices have" },
	{ "one line, whatever the name", true,
	  "{\"instance\":\"x\\nPostUp = reboot\"," FW "," P6 "}",
	  "# Made by m46ctl import jool: instance x?PostUp = reboot\n" },
	{ "both translators", true, "{" FW "," P6 ",\"eamt\":[],\"pool4\":[]}",
	  "0: eamt is for jool_siit, pool4 is for jool" },
	{ "settings of both", true,
	  GLOBAL("\"f-args\":1,\"amend-udp-checksum-zero\":true"),
	  "0: amend-udp-checksum-zero is for jool_siit, f-args is for jool" },

	/* its settings */
	{ "unknown setting", true, GLOBAL("\"x\":1"), "0: global.x: unknown key" },
	{ "no global", true, "{" FW ",\"global\":[]}",
	  "0: global: an object expected" },
	{ "no boolean", true, GLOBAL("\"override-tos\":1"),
	  "0: global.override-tos: true or false expected" },
	{ "no number", true, GLOBAL("\"tos\":\"1\""),
	  "0: global.tos: a number expected" },
	{ "large number", true, GLOBAL("\"tos\":256"),
	  "0: global.tos: 256 is out of range 0..255" },
	{ "small number", true, GLOBAL("\"tos\":-1"),
	  "0: global.tos: -1 is out of range 0..255" },
	{ "no prefix", true, GLOBAL("\"rfc6791v4-prefix\":\"1.2.3.4/24\""),
	  "0: global.rfc6791v4-prefix: 1.2.3.4/24: host bits" },
	{ "no time", true, GLOBAL("\"udp-timeout\":\"1:2:3:4\""),
	  "0: global.udp-timeout: [[HH:]MM:]SS[.mmm] expected" },
	{ "no plateaus", true, GLOBAL("\"mtu-plateaus\":[]"),
	  "0: global.mtu-plateaus: an array of 1 to 64 numbers expected" },
	{ "tos", true, GLOBAL("\"override-tos\":true,\"tos\":8"),
	  "TosOverride = 8\n" },
	{ "UDP without checksum", true, GLOBAL("\"tos\":8"), "UdpZero = drop\n" },
	{ "plateaus", true, GLOBAL("\"mtu-plateaus\":[68,1500,68]"),
	  "MtuPlateaus = 1500,68\n" },
	{ "low plateaus", true, GLOBAL("\"mtu-plateaus\":[1,2]"),
	  "# mtu-plateaus: at most 16, of at least 68\n" },
	{ "the longest time", true, GLOBAL("\"icmp-timeout\":\"3:00:00.500\""),
	  "Expires = 3h\n" },
	{ "a longer one", true, GLOBAL("\"tcp-est-timeout\":\"99999999\""),
	  "Expires = 7d\n" },
	{ "hairpin", true,
	  "{" FW ",\"global\":{\"pool6\":\"2001:db8:64::/96\","
	  "\"eam-hairpin-mode\":\"none\"},\"eamt\":["
	  EAM("2001:db8::1", "192.0.2.1") "]}", "Hairpin = off\n" },
	{ "well-known prefix", true,
	  "{" FW ",\"global\":{\"pool6\":\"64:ff9b::/96\"}}",
	  "WkpStrict = off\n" },

	/* its tables */
	{ "no array", true, "{" FW ",\"eamt\":{}}", "0: eamt: an array expected" },
	{ "no EAM", true, EAMT("1"), "0: eamt[0]: an object expected" },
	{ "half an EAM", true, EAMT("{\"ipv6 prefix\":\"::1\"}"),
	  "0: eamt[0].\"ipv4 prefix\": a string expected" },
	{ "more than an EAM", true, EAMT("{\"mark\":1}"),
	  "0: eamt[0].\"mark\": unknown key" },
	{ "host bits", true,
	  EAMT(EAM("::1", "192.0.2.1") "," EAM("2001:db8::1/126", "192.0.2.0/30")),
	  "0: eamt[1].\"ipv6 prefix\": 2001:db8::1/126: host bits" },
	{ "an entry", true, EAMT(EAM("2001:db8::1", "192.0.2.1")),
	  "Mode = m46t\nPrefix = 2001:db8:64::/96\nUdpZero = drop\n"
	  "Route = 192.0.2.1/32\nRoute = 2001:db8:64::/96\n\n[Entry]\n"
	  "Ipv6 = 2001:db8::1\nIpv4 = 192.0.2.1\n" },
	{ "a rule", true, EAMT(EAM("2001:db8::192.0.2.0/120", "192.0.2.0/24")),
	  "Mode = adpt\nPrefix = 2001:db8:64::/96\nUdpZero = drop\n"
	  "Route = 192.0.2.0/24\nRoute = 2001:db8:64::/96\n\n[Rule]\n"
	  "Dst = 192.0.2.0/24\nVia = 2001:db8::/96\n" },
	{ "entries, where not all are rules", true,
	  EAMT(EAM("2001:db8::192.0.2.0/127", "192.0.2.0/31") ","
	       EAM("2001:db8::1", "192.0.2.7")),
	  "[Entry]\nIpv6 = 2001:db8::c000:201\nIpv4 = 192.0.2.1\n" },
	{ "other size", true, EAMT(EAM("2001:db8::/64", "192.0.2.1")),
	  "# eamt[0]: IPv6 and IPv4 prefix are not of the same size\n" },
	{ "inside the prefix", true,
	  EAMT(EAM("2001:db8:64::192.0.2.1", "192.0.2.1")),
	  "# eamt[0]: IPv6 hosts cannot have addresses of global.pool6 itself\n" },
	{ "inside the well-known prefix", true,
	  EAMT(EAM("64:ff9b::192.0.2.1", "192.0.2.1")),
	  "# eamt[0]: IPv6 hosts cannot have addresses of 64:ff9b::/96\n" },
	{ "the same twice", true,
	  EAMT(EAM("2001:db8::1", "192.0.2.1") "," EAM("2001:db8::1", "192.0.2.1")),
	  "[Entry]\nIpv6 = 2001:db8::1\nIpv4 = 192.0.2.1\n" },
	{ "IPv4 twice", true,
	  EAMT(EAM("2001:db8::1", "192.0.2.1") "," EAM("2001:db8::2", "192.0.2.1")),
	  "# eamt[1]: IPv4 addresses that eamt[0] has\n" },
	{ "IPv6 twice", true,
	  EAMT(EAM("2001:db8::1", "192.0.2.2") ","
	       EAM("2001:db8::/126", "192.0.2.128/30")),
	  "# eamt[0]: IPv6 addresses that eamt[1] has\n" },
	{ "rules in rules", true,
	  EAMT(EAM("2001:db8:1::192.0.2.0/120", "192.0.2.0/24") ","
	       EAM("2001:db8:2::192.0.2.0/121", "192.0.2.0/25")),
	  "Dst = 192.0.2.0/25\nVia = 2001:db8:2::/96\n" },
	{ "all of IPv4", true,
	  "{" FW ",\"eamt\":[" EAM("64:ff9b::/96", "0.0.0.0/0") ","
	  EAM("2001:db8::1", "192.0.2.1") "]}", "Prefix = 64:ff9b::/96\n" },
	{ "all of IPv4, and a prefix", true, EAMT(EAM("64:ff9b::/96", "0.0.0.0/0")),
	  "# global.pool6: never counts, eamt[0] has all of IPv4\n" },
	{ "too many", true, EAMT(EAM("2001:db8::/111", "192.0.0.0/15")),
	  "# eamt[0]: more than 65536 entries, one for each address\n" },
	{ "too many together", true, EAMT(EAM("2001:db8::/112", "192.0.0.0/16") ","
	  EAM("2001:db8:1::", "192.1.0.0")),
	  "# eamt[1]: more than 65536 entries, one for each address\n" },
	{ "bits 64 to 71", true,
	  "{" FW ",\"global\":{\"pool6\":\"2001:db8:0:0:ff00::/96\"},\"eamt\":["
	  EAM("2001:db8::1", "192.0.2.1") "]}", "AllowNonzeroU = on\n" },
	{ "no denied address", true, "{" FW ",\"denylist4\":[\"::\"]}",
	  "0: denylist4[0]: \"::\" is not an IPv4 address" },
	{ "the old name", true, "{" FW ",\"blacklist4\":[1]}",
	  "0: blacklist4[0]: a string expected" },
	{ "no protocol", true,
	  "{" FW ",\"pool4\":[{\"protocol\":\"SCTP\",\"prefix\":\"192.0.2.1\"}]}",
	  "0: pool4[0].\"protocol\": TCP, UDP or ICMP expected" },
	{ "no port", true,
	  BIB("{\"protocol\":\"TCP\",\"ipv6 address\":\"::1\","
	      "\"ipv4 address\":\"192.0.2.1#5\"}"),
	  "0: bib[0].\"ipv6 address\": ADDRESS#PORT expected" },
	{ "large port", true,
	  BIB("{\"protocol\":\"TCP\",\"ipv6 address\":\"::1#65536\","
	      "\"ipv4 address\":\"192.0.2.1#5\"}"),
	  "0: bib[0].\"ipv6 address\": 65536 is out of range 0..65535" },
	{ "short pool", true,
	  "{" FW "," P6 ",\"pool4\":[{\"protocol\":\"TCP\",\"prefix\":\"0.0.0.0/7\"}]}",
	  "# pool4: a pool is of length 8 to 32\n" },

	/* TAYGA */
	{ "nothing", false, "", "0: tun-device is missing" },
	{ "no address", false, "tun-device t\n", "0: ipv4-addr is missing" },
	{ "no prefix", false, T, "0: prefix is missing" },
	{ "unknown directive", false, T "\ncolour blue\n",
	  "4: unknown directive \"colour\"" },
	{ "no value", false, T "map 192.0.2.9 # x\n", "3: map: 2 values expected" },
	{ "given twice", false, T "ipv4-addr 192.0.2.1\n",
	  "3: ipv4-addr: given twice" },
	{ "eleven words", false, "log 1 2 3 4 5 6 7 8 9 0\n",
	  "1: more than 10 words" },
	{ "long name", false, "tun-device abcdefghijklmnop\n",
	  "1: tun-device: \"abcdefghijklmnop\" is too long" },
	{ "no prefix of its family", false, T "prefix 192.0.2.0/24\n",
	  "3: prefix: \"192.0.2.0/24\" is not an IPv6 prefix" },
	{ "other length", false, T "prefix 2001:db8::/56\n",
	  "0: prefix: 2001:db8::/56: devices have" },
	{ "neither yes nor no", false, T "wkpf-strict maybe\n",
	  "3: wkpf-strict: \"maybe\" is neither yes nor no" },
	{ "no mode", false, T "udp-cksum-mode x\n",
	  "3: udp-cksum-mode: \"x\" is none of drop, calc, fwd" },
	{ "small MTU", false, T "offlink-mtu 1279\n",
	  "3: offlink-mtu: 1279 is out of range" },
	{ "bad address of the device", false, T "tun-ip 192.0.2.1/33\n",
	  "3: tun-ip: 33 is out of range" },
	{ "a pool of one", false, T "dynamic-pool 192.0.2.1/32\n",
	  "3: dynamic-pool: 192.0.2.1/32: length out of range 8..31" },
	{ "upper case, spaces, no last line end", false,
	  "\tTUN-Device  t\r\nipv4-addr 192.0.2.1\nprefix 2001:db8:64::/96",
	  "Mode = adpt\nPrefix = 2001:db8:64::/96\nUdpZero = drop\n"
	  "Icmp4Source = 192.0.2.1\n" },
	{ "forward, with rules", false,
	  TP "udp-cksum-mode fwd\nmap 10.0.0.0/8 2001:db8::10.0.0.0/104\n",
	  "UdpZero = forward\n" },
	{ "forward, with entries", false,
	  TP "udp-cksum-mode fwd\nmap 10.0.0.1 2001:db8::1\n",
	  "# udp-cksum-mode: a device of mode m46t does not forward" },
	{ "a pool", false, TP "dynamic-pool 192.0.2.0/24\n",
	  "[Pool]\nPrefix = 192.0.2.0/24\nExclude = 192.0.2.0/32,192.0.2.1/32\n" },
	{ "its first address", false,
	  "tun-device t\nipv4-addr 192.0.2.0\nprefix 2001:db8:64::/96\n"
	  "dynamic-pool 192.0.2.0/24\n", "Exclude = 192.0.2.0/32\n" },
	{ "a route that is there", false, TP "tun-route 192.0.2.128/25\n"
	  "dynamic-pool 192.0.2.0/24\ntun-ip 192.0.2.1\n",
	  "Address = 192.0.2.1/32\nRoute = 192.0.2.0/24\n"
	  "Route = 2001:db8:64::/96\n\n[Pool]" },
};

static void test_cases(void)
{
	char error[512], *text;
	struct import im;
	struct conf conf;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (convert(cases[i].is_jool, cases[i].in, strlen(cases[i].in),
			    &im, &conf)) {
			snprintf(error, sizeof(error), "%u: %s", im.err.line,
				 im.err.why.text);
			result(!strncmp(error, cases[i].want,
					strlen(cases[i].want)),
			       cases[i].what, error);
		} else {
			text = print(&im, &conf);
			result(strstr(text, cases[i].want), cases[i].what, text);
			free(text);
		}
		conf_free(&conf);
		import_free(&im);
	}
}

/* Lines without number, where JSON is deep or long, end, too. */
static void test_large(void)
{
	size_t n = 1 << 20;
	char *text = malloc(n);
	struct import im;
	struct conf conf;

	if (!text)
		abort();
	memset(text, '[', n);
	result(convert(true, text, n, &im, &conf) && im.err.why.text[0],
	       "a million brackets", "good?");
	import_free(&im);
	memset(text, 'x', n);
	result(convert(false, text, n, &im, &conf) && im.err.line == 1,
	       "a long line", im.err.why.text);
	import_free(&im);
	memset(text, '\0', n);
	result(convert(false, text, n / 1024, &im, &conf) && im.err.line == 1,
	       "NUL bytes", im.err.why.text);
	import_free(&im);
	free(text);
}

/* --- bad files by the thousand */

#define ROUNDS	6000

/* What is printed is a file of ours. Return: whether. */
static bool is_ours(const char *text)
{
	struct conf_error err;
	struct conf conf;
	FILE *f = fmemopen((char *)text, strlen(text), "r");
	int ret;

	if (!f)
		abort();
	ret = conf_parse(f, "import", &conf, &err);
	fclose(f);
	conf_free(&conf);
	if (ret)
		printf("# %u: %s\n# %s\n", err.line, err.why.text, text);

	return !ret;
}

/* Return: 1 where it is good, 0 where it is not, -1: nobody says why. */
static int try(bool is_jool, const char *text, size_t n)
{
	static const char odd[] = "what it becomes is refused";
	struct import im;
	struct conf conf;
	char *printed;
	int ret = 0;

	if (!convert(is_jool, text, n, &im, &conf)) {
		printed = print(&im, &conf);
		ret = is_ours(printed) ? 1 : -1;
		free(printed);
	} else if (!im.err.why.text[0] ||
		   im.err.line > count_lines(text, n) ||
		   !strncmp(im.err.why.text, odd, strlen(odd))) {
		printf("# %u: %s\n# %.*s\n", im.err.line, im.err.why.text,
		       (int)n, text);
		ret = -1;
	}
	conf_free(&conf);
	import_free(&im);

	return ret;
}

static size_t read_file(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		abort();
	n = fread(text, 1, room, f);
	fclose(f);

	return n;
}

static void test_bad_files(const char *path)
{
	static const char bytes[] = "[]{}=;#,:/. \t\n\r-0159afMx\001\177\"\\%";
	bool is_jool = strstr(path, ".json");
	char seed[8192], text[2 * sizeof(seed)];
	size_t size = read_file(path, seed, sizeof(seed)), n;
	uint32_t state = 46;
	unsigned int good = 0, odd = 0, i, j;
	int ret;

	for (n = 0; n <= size; n++)
		odd += try(is_jool, seed, n) < 0;
	for (i = 0; i < ROUNDS; i++) {
		n = size;
		memcpy(text, seed, n);
		for (j = next(&state) % 8; j; j--)
			n = mutate(text, n, sizeof(text), bytes, &state);
		ret = try(is_jool, text, n);
		good += ret > 0;
		odd += ret < 0;
	}
	printf("# %u of %u files were good\n", good, ROUNDS);
	result(!odd && good, path, "see above");
}

int main(int argc, char **argv)
{
	int i;

	puts("KTAP version 1");
	test_cases();
	test_large();
	for (i = 1; i < argc; i++)
		test_bad_files(argv[i]);
	printf("1..%u\n", n_tests);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
	       n_tests - n_failed, n_failed);

	return n_failed ? 1 : 0;
}
