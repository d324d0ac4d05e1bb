// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of configuration files: conf_parse.c, conf_ini.c,
 * conf_check.c, conf_item.c, conf_text.c, conf_diff.c, conf_path.c. KTAP. Arguments are files that must be good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_item.h"
#include "conf_path.h"
#include "test_mutate.h"
#include "test_tap.h"

static int parse(const char *text, size_t size, struct conf *conf,
		 struct conf_error *err)
{
	FILE *f = fmemopen((char *)text, size ? size : 1, "r");
	int ret;

	if (!f)
		abort();
	if (!size)
		getc(f);	/* of an empty file there is nothing to map */
	ret = conf_parse(f, "pe1", conf, err);
	fclose(f);

	return ret;
}

static char *print(const struct conf *conf)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		abort();
	conf_print(f, conf);
	if (fclose(f))
		abort();

	return text;
}

#define ADPT	"[Device]\nMode = adpt\nPrefix = 2001:db8:1::/96\n"
#define M46T	"[Device]\nMode = m46t\nPrefix = 2001:db8:46::/96\n"
#define RULE	"[Rule]\nDst = 10.0.0.0/8\nVia = 2001:db8:3::/96\n"
#define TWENTY	"aaaaaaaaaaaaaaaaaaaa"
#define LONG	TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY TWENTY
#define HUGE	LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG

/* What comes out: the file as it is printed, or the line and the error. */
static const struct {
	const char *what;
	const char *in;
	const char *want;
} cases[] = {
	{ "least", ADPT, ADPT },
	{ "least, 6to4", "[Device]\nMode=6to4\nLocal=192.0.2.1\n",
	  "[Device]\nMode = 6to4\nLocal = 192.0.2.1\n" },
	{ "spelling", "[DEVICE]\n mode=adpt\n\tPREFIX =2001:DB8:1::/96\r\n"
	  "source-check = loose\nsourcecheck-=loose\n",
	  "5: sourcecheck-: given twice" },
	{ "hyphens", ADPT "source-check = loose\n", ADPT
	  "SourceCheck = loose\n" },
	{ "comments", "# one\n;two\n\n" ADPT "  # three\n", ADPT },
	{ "no comment behind a value", ADPT "Rate = 5 ; five\n",
	  "4: Rate: \"5 ; five\" is not a number" },
	{ "semicolons in a command", ADPT "PostUp = a ; b # c\n",
	  ADPT "PostUp = a ; b # c\n" },
	{ "a default is not printed", ADPT "Rate = 1000\nMtu = 65535\n", ADPT },
	{ "lists go on", M46T "From = 2001:db8:a::/64\n"
	  "From = 2001:db8:b::/64 , 2001:db8:c::/64\n",
	  M46T "From = 2001:db8:a::/64,2001:db8:b::/64,2001:db8:c::/64\n" },
	{ "yes and no", ADPT "MssClamp = yes\nWkpStrict = no\n",
	  ADPT "WkpStrict = off\nMssClamp = on\n" },
	{ "rules are sorted", ADPT "[Rule]\nDst = 10.1.0.0/16\n"
	  "Via = 2001:db8:3::/96\nLocal = no\n" RULE,
	  ADPT "\n" RULE "\n[Rule]\nDst = 10.1.0.0/16\n"
	  "Via = 2001:db8:3::/96\n" },
	{ "routes", ADPT "Route = ::/0\nTable = 7\n"
	  "Route = 10.0.0.0/8 via 2001:db8::1 onlink metric 3\n",
	  ADPT "Route = 10.0.0.0/8 via 2001:db8::1 metric 3 table 7 onlink\n"
	  "Route = ::/0\n" },
	{ "addresses", ADPT "Address = 192.0.2.1/24, 2001:db8::1\n",
	  ADPT "Address = 192.0.2.1/24\nAddress = 2001:db8::1/128\n" },

	{ "empty", "", "0: [Device] is missing" },
	{ "no device", RULE, "0: [Device] is missing" },
	{ "two devices", ADPT ADPT, "4: [Device]: given twice" },
	{ "nothing in it", "[Device]\n", "1: [Device]: mode adpt" },
	{ "no prefix", "[Device]\nMode = adpt\n", "1: [Device]: prefix" },
	{ "key first", "Mode = adpt\n", "1: \"Mode\" stands before" },
	{ "unknown section", ADPT "[Peer]\n", "4: unknown section [Peer]" },
	{ "unknown key", ADPT "\nColour = blue\n",
	  "5: unknown key \"Colour\" in [Device]" },
	{ "key of another section", ADPT RULE "Rate = 5\n",
	  "7: unknown key \"Rate\" in [Rule]" },
	{ "empty section", ADPT "[Rule]\n\n" RULE, "4: [Rule]: Dst is missing" },
	{ "empty last section", ADPT RULE "[Rule]\n",
	  "7: [Rule]: Dst is missing" },
	{ "no via", ADPT "[Rule]\nDst = 10.0.0.0/8\n",
	  "4: [Rule]: Via is missing" },
	{ "bad operand", ADPT "[Rule]\nVia = 2001:db8:3::/96\nDst = 10.0.0.1/8\n",
	  "6: Dst: " },
	{ "bad word", ADPT "[Rule]\nDst = 10.0.0.0/8\nVia = 2001:db8:3::/97\n",
	  "6: Via: " },
	{ "bad flag", ADPT "[Rule]\nLocal = maybe\n", "5: Local: " },
	{ "no value", ADPT "Rate =\n", "4: Rate: value missing" },
	{ "no key", ADPT "Rate\n", "4: neither [Section] nor Key = value" },
	{ "open heading", ADPT "[Rule\n", "4: neither" },
	{ "text behind a heading", ADPT "[Rule] x\n", "4: neither" },
	{ "open heading, and an error behind it", ADPT "[Rule\nRate = x\n",
	  "4: neither" },
	{ "the first error counts", ADPT "Rate = x\nBurst = y\nz\n",
	  "4: Rate: " },
	{ "shown only", "[Device]\nDelegated = ::/0\n",
	  "2: Delegated: cannot be set" },
	{ "other mode", ADPT "Expires = 5m\n",
	  "4: Expires: not for devices of mode adpt" },
	{ "rules of another mode", M46T RULE,
	  "4: [Rule]: not for devices of mode m46t" },
	{ "pools of another mode", ADPT "[Pool]\nPrefix = 10.0.0.0/8\n",
	  "4: [Pool]: not for devices of mode adpt" },
	{ "rules and routes", ADPT "Md = fib\n" RULE, "5: [Rule]: with Md" },
	{ "rule twice", ADPT RULE "[Rule]\nDst = 10.0.0.0/8\n"
	  "Via = 2001:db8:4::/96\n", "7: [Rule]: line 4 has it already" },
	{ "host twice", M46T "[Entry]\nIpv6 = ::5\nIpv4 = 192.0.2.1\n"
	  "[Entry]\nIpv6 = ::5\nIpv4 = 192.0.2.2\n",
	  "7: [Entry]: ::5 has one in line 4" },
	{ "address twice", M46T "[Entry]\nIpv6 = ::5\nIpv4 = 192.0.2.1\n"
	  "[Entry]\nIpv6 = ::6\nIpv4 = 192.0.2.1\n",
	  "7: [Entry]: line 4 has it already" },
	{ "half an entry", M46T "[Entry]\nIpv6 = ::5\n",
	  "4: [Entry]: Ipv4 is missing" },
	{ "route twice", ADPT "Route = ::/0\nRoute = ::/0 src ::1\n",
	  "5: Route: line 4 has it already" },
	{ "bad route", ADPT "Route = ::/0 dev x\n", "4: Route: unknown word" },
	{ "IPv6 by IPv4", ADPT "Route = ::/0 via 192.0.2.1\n", "4: Route: via" },
	{ "bad address", ADPT "Address = 192.0.2.1/33\n", "4: Address: " },
	{ "bad list", ADPT "Address = 192.0.2.1,,::1\n", "4: Address: empty" },
	{ "control character", ADPT "Rate = 5\001\n", "4: control character" },
	{ "carriage return", ADPT "Rate = 5\rx\n", "4: control character" },
	{ "long line", ADPT "PostUp = " LONG " ;  " LONG "\tx; " LONG "\n",
	  ADPT "PostUp = " LONG " ;  " LONG "\tx; " LONG "\n" },
	{ "long lists", M46T "From = 2001:db8:a::/64,             "
	  "                                                            "
	  "                                                            "
	  "                                                            "
	  "2001:db8:b::/64\n", M46T "From = 2001:db8:a::/64,2001:db8:b::/64\n" },
	{ "long heading", ADPT "[" LONG LONG "]\n", "4: " },
	{ "long key", ADPT LONG LONG " = 5\n", "4: " },
	{ "line without end", ADPT "PostUp = " HUGE HUGE HUGE "\n",
	  "4: line is longer than 4096 characters" },
	{ "an error in a line, and one behind it", ADPT "Rate = x\nRate\n",
	  "4: Rate: " },
	{ "an error in a line, and a worse one", ADPT "Rate = x\n\001\n",
	  "4: Rate: " },
	{ "long comment", ADPT "# " LONG "\nx\n", "5: neither" },
	{ "the reader's own key", ADPT "@ = Rule\n", "4: neither" },
	{ "secrets stay secret", "[Device]\nMode = m46t\nAllocKey = xyz\n",
	  "3: AllocKey: " },
};

static void test_cases(void)
{
	char got[4096], *text;
	struct conf_error err;
	struct conf conf;
	unsigned int i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (parse(cases[i].in, strlen(cases[i].in), &conf, &err)) {
			snprintf(got, sizeof(got), "%u: %s", err.line,
				 err.why.text);
			ok = !strncmp(got, cases[i].want,
				      strlen(cases[i].want));
		} else {
			text = print(&conf);
			snprintf(got, sizeof(got), "%s", text);
			ok = !strcmp(got, cases[i].want);
			free(text);
		}
		result(ok, cases[i].what, got);
		conf_free(&conf);
	}
}

/* What is printed is read as the same thing. Return: whether. */
static bool comes_back(const struct conf *conf)
{
	struct conf_error err;
	struct conf again;
	char *first = print(conf), *second = NULL;
	bool ok = false;

	if (!parse(first, strlen(first), &again, &err)) {
		second = print(&again);
		ok = !strcmp(first, second);
	}
	if (!ok)
		printf("# %u: %s\n# %s\n# %s\n", err.line, err.why.text, first,
		       second ? second : "");
	conf_free(&again);
	free(first);
	free(second);

	return ok;
}

static void test_files(int argc, char **argv)
{
	struct conf conf;
	int i;

	for (i = 1; i < argc; i++) {
		result(!conf_read_file(argv[i], "pe1", &conf) &&
		       comes_back(&conf), argv[i], "no good file");
		conf_free(&conf);
	}
}

/* Two words that differ by hyphens only would be one key. */
static void test_keys(void)
{
	char key[CONF_KEYLEN];
	unsigned int i, j, n = 0;

	for (i = 0; i < dev_words.n; i++) {
		conf_key(dev_words.words[i].name, key);
		for (j = 0; j < dev_words.n; j++)
			n += conf_key_is(key, dev_words.words[j].name);
	}
	result(n == dev_words.n, "keys differ", "they do not");
	conf_key("max-per-64", key);
	result(!strcmp(key, "MaxPer64"), "a key", key);
}

/* Every default that help names is a value. */
static void test_defaults(void)
{
	struct value value;
	unsigned int i;

	for (i = 0; i < dev_words.n; i++) {
		if (!strstr(dev_words.words[i].help, "; ") ||
		    dev_words.words[i].type == WORD_KEY)
			continue;
		result(!word_default(&dev_words.words[i], true, &value) &&
		       !word_default(&dev_words.words[i], false, &value),
		       dev_words.words[i].name, "help names no value");
	}
}

static void test_diff(void)
{
	static const char old[] = ADPT "Rate = 5\n" RULE;
	static const char new[] = ADPT RULE
		"[Rule]\nDst = 11.0.0.0/8\nVia = 2001:db8:4::/96\n";
	struct conf a, b;
	struct conf_error err;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	bool any;

	if (!f || parse(old, strlen(old), &a, &err) ||
	    parse(new, strlen(new), &b, &err))
		abort();
	any = conf_diff(f, &a, &b, false);
	fclose(f);
	result(any && strstr(text, "-Rate = 5\n") &&
	       strstr(text, "+Dst = 11.0.0.0/8\n"), "diff", text);
	free(text);
	conf_free(&a);
	conf_free(&b);
}

static const struct {
	const char *file;
	const char *want;
} paths[] = {
	{ "/etc/m46/pe1.conf", "pe1" }, { "pe1.conf", "pe1" },
	{ "./a.b.conf", "a.b" }, { "/etc/m46/pe1", NULL },
	{ "/etc/m46/.conf", NULL }, { "/etc/m46/", NULL },
	{ "/etc/m46/abcdefghijklmnop.conf", NULL }, { "/x/...conf", NULL },
	{ "a b.conf", NULL },
};

static void test_paths(void)
{
	char path[CONF_PATHLEN], name[PARSE_IFNAMSIZ];
	struct parse_err why;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		ret = conf_path_of_file(paths[i].file, path, name, &why);
		result(paths[i].want ? !ret && !strcmp(name, paths[i].want) :
		       ret, paths[i].file, ret ? why.text : name);
	}
}

/* --- bad files by the thousand */

#define ROUNDS	20000

static const char seed[] =
	"# top\n[Device]\nMode = m46t\nPrefix = 2001:db8:46::/64\n"
	"Plane = 0:46\nFrom = 2001:db8:a::/64, 2001:db8:b::/64\n"
	"Expires = 5m\nRate = 70\nHairpin = off\nMtuPlateaus = 1500,600\n"
	"Address = 192.0.2.1/24\nRoute = 198.51.100.0/24 metric 5\n"
	"PostUp = echo %i ; true\nPostDown = " LONG " ; " LONG "\n"
	"[Pool]\nPrefix = 198.51.100.0/24\nExclude = 198.51.100.1\n"
	"[Entry]\nIpv6 = 2001:db8:a::1\nIpv4 = 198.51.100.7\n"
	"[Rule]\nDst = 10.0.0.0/8\nVia = 2001:db8:3::/96\nMethod = encap\n";

static const char bytes[] = "[]=;#,:/. \t\n\r-0159afMx\001\177@\"%";

static void test_bad_files(void)
{
	char text[4 * sizeof(seed)];
	struct conf_error err;
	uint32_t state = 46, good = 0, odd = 0;
	struct conf conf;
	unsigned int i, j;
	size_t n;

	for (i = 0; i < ROUNDS; i++) {
		n = sizeof(seed) - 1;
		/* Some without the rule, which would be refused at last. */
		if (i % 2)
			n = (size_t)(strstr(seed, "[Rule]") - seed);
		memcpy(text, seed, n);
		for (j = next(&state) % 8; j; j--)
			n = mutate(text, n, sizeof(text), bytes, &state);
		if (!parse(text, n, &conf, &err)) {
			good++;
			odd += !comes_back(&conf);
		} else if (!err.why.text[0] ||
			   err.line > count_lines(text, n)) {
			odd++;
		}
		conf_free(&conf);
	}
	printf("# %u of %u files were good\n", good, ROUNDS);
	result(!odd && good, "files with errors", "see above");
}

int main(int argc, char **argv)
{
	puts("KTAP version 1");
	test_cases();
	test_files(argc, argv);
	test_keys();
	test_defaults();
	test_diff();
	test_paths();
	test_bad_files();
	printf("1..%u\n", n_tests);
	printf("# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
	       n_tests - n_failed, n_failed);

	return n_failed ? 1 : 0;
}
