// SPDX-License-Identifier: GPL-2.0
/*
 * rule: the mapping rules of a device.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"
#include "dump.h"
#include "err.h"
#include "fib.h"
#include "nl.h"
#include "out.h"
#include "rule.h"

#define SHOW_WORDS	(WORD_BIT(RULE_WORD_VIA) | WORD_BIT(RULE_WORD_DEV) | \
			 WORD_BIT(RULE_WORD_LOCAL))

static int rule_refused(struct kn_error *err, const struct rule *rule,
			const char *dev)
{
	char dst[PREFIX_STRLEN];

	if (err->code == ENOENT && !err->text[0])
		snprintf(err->text, sizeof(err->text), "no such rule");

	return kn_refused(err, "%s dev %s", rule_dst_str(rule, dst), dev);
}

static int change(uint8_t cmd, bool replace, bool needs_via, int argc,
		  char **argv)
{
	struct value values[RULE_WORD_COUNT];
	const char *dev = values[RULE_WORD_DEV].ifname;
	struct parse_err why;
	struct kn_error err;
	struct rule rule;
	struct nl_msg *msg;

	if (rule_parse(argc, argv, &rule, values, &why))
		return err_refused("%s", why.text);
	if (needs_via && !values[RULE_WORD_VIA].set)
		return err_refused("%s: via P6/LEN is missing", argv[0]);
	if (words_required(&rule_words, values, 0, &why))
		return err_refused("%s: %s", argv[0], why.text);
	if (kn_open_genl())
		return EXIT_REFUSED;

	msg = kn_genl_msg(cmd, 0, dev);
	if (replace)
		kn_put(msg, M46_A_REPLACE, NULL, 0);
	rule_put(msg, &rule);
	if (kn_call(KN_GENL, msg, NULL, &err))
		return rule_refused(&err, &rule, dev);

	return EXIT_OK;
}

static int rule_add(int argc, char **argv)
{
	return change(M46_CMD_RULE_NEW, false, true, argc, argv);
}

static int rule_replace(int argc, char **argv)
{
	return change(M46_CMD_RULE_NEW, true, true, argc, argv);
}

static int rule_del(int argc, char **argv)
{
	return change(M46_CMD_RULE_DEL, 0, false, argc, argv);
}

static int flush_rules(int argc, char **argv)
{
	struct value values[RULE_WORD_COUNT];
	struct kn_error err;
	struct nl_msg *msg;
	int ret;

	ret = cmd_words(&rule_words, argc, argv, WORD_BIT(RULE_WORD_DEV),
			WORD_BIT(RULE_WORD_DEV), values);
	if (ret)
		return ret;
	ret = kn_open_genl();
	if (ret)
		return ret;
	msg = kn_genl_msg(M46_CMD_RULE_FLUSH, 0, values[RULE_WORD_DEV].ifname);
	if (kn_call(KN_GENL, msg, NULL, &err))
		return kn_refused(&err, "%s", values[RULE_WORD_DEV].ifname);

	return EXIT_OK;
}

static int read_rule(const struct nlattr *nest, void *thing)
{
	return rule_get(nest, thing);
}

static void print_rule(const void *thing, const char *dev)
{
	rule_print(thing, dev);
}

static const struct dump_type rule_dump = {
	"rules", M46_A_RULE, sizeof(struct rule), read_rule, print_rule
};

static bool passes(const void *filter, const void *rule)
{
	return rule_filter_passes(filter, rule);
}

/* The rules of the family, and the routes that are rules. */
enum { RULES, ROUTES, SOURCES };

static int read_rules(const char *name, struct dump dumps[SOURCES])
{
	struct fib_devs devs = { NULL };
	struct kn_error err;
	int ret;

	ret = kn_open_genl();
	if (ret)
		return ret;
	if (dump_query(&dumps[RULES],
		       kn_genl_msg(M46_CMD_RULE_GET, NLM_F_DUMP, name), &err))
		return kn_refused(&err, "%s", name ? name : rule_dump.name);
	ret = fib_devs_get(&devs, name);
	if (!ret && fib_read(&devs, &dumps[ROUTES], &err))
		ret = kn_refused(&err, "IPv4 routes");
	fib_devs_free(&devs);

	return ret;
}

static void print_rules(const struct dump dumps[SOURCES])
{
	static const struct out_column columns[] = {
		{ "dst", "DST", false }, { "via", "VIA", false },
		{ "method", "METHOD", false }, { "local", "LOCAL", false },
		{ "dev", "DEV", false }, { NULL, NULL, false }
	}, with_routes[] = {
		{ "dst", "DST", false }, { "via", "VIA", false },
		{ "method", "METHOD", false }, { "local", "LOCAL", false },
		{ "dev", "DEV", false }, { "origin", "ORIGIN", false },
		{ "table", "TABLE", true }, { "metric", "METRIC", true },
		{ NULL, NULL, false }
	};
	size_t n = dumps[RULES].n + dumps[ROUTES].n;

	dump_print_all(dumps, SOURCES, dumps[ROUTES].n ? with_routes : columns);
	if (options.stats)
		out_line("%zu rule%s", n, n == 1 ? "" : "s");
}

static int show_rules(int argc, char **argv)
{
	struct dump dumps[SOURCES] = {
		{ .type = &rule_dump }, { .type = &rule_dump }
	};
	struct value values[RULE_WORD_COUNT];
	const struct value *dev = &values[RULE_WORD_DEV];
	struct rule_filter filter;
	struct parse_err why;
	int ret, i;

	if (rule_filter_parse(argc, argv, &filter, values, &why))
		return err_refused("%s", why.text);
	ret = cmd_check_words(&rule_words, SHOW_WORDS, 0, values);
	if (!ret)
		ret = read_rules(dev->set ? dev->ifname : NULL, dumps);
	if (!ret) {
		for (i = 0; i < SOURCES; i++)
			dump_filter(&dumps[i], passes, &filter);
		print_rules(dumps);
		ret = dump_check(&dumps[RULES]) | dump_check(&dumps[ROUTES]);
	}
	for (i = 0; i < SOURCES; i++)
		dump_free(&dumps[i]);

	return ret;
}

/* Ask the device's own rules. */
static int query_rule(const struct prefix *addr, bool local, const char *dev,
		      struct dump *dump, struct kn_error *err)
{
	struct rule rule = { .dst = addr->v4, .dst_len = 32, .local = local };
	struct nl_msg *msg = kn_genl_msg(M46_CMD_RULE_GET, 0, dev);

	rule_put(msg, &rule);
	if (!dump_query(dump, msg, err) && dump->n)
		return 0;
	if (!err->code)
		err->code = ENOENT;
	if (err->code == ENOENT && !err->text[0])
		snprintf(err->text, sizeof(err->text), "no rule for it");

	return -1;
}

static int lookup_rule(const struct prefix *addr, bool local, const char *dev,
		       struct dump *dump)
{
	struct fib_devs devs = { NULL };
	char text[PREFIX_STRLEN];
	struct kn_error err;
	int ret;

	if (!query_rule(addr, local, dev, dump, &err))
		return EXIT_OK;
	if (err.code != EOPNOTSUPP || local || fib_devs_get(&devs, dev) ||
	    !devs.n)
		ret = kn_refused(&err, "%s dev %s", addr_str(addr, text), dev);
	else
		ret = fib_lookup(devs.devs, addr, dump);
	fib_devs_free(&devs);

	return ret;
}

static int get_rule(int argc, char **argv)
{
	struct dump dump = { .type = &rule_dump };
	struct value values[RULE_WORD_COUNT];
	struct parse_err why;
	struct prefix addr;
	int ret;

	if (!argc)
		return err_refused("V4 is missing");
	if (parse_addr(argv[0], AF_INET, &addr, &why))
		return err_refused("%s", why.text);
	ret = cmd_words(&rule_words, argc - 1, argv + 1,
			WORD_BIT(RULE_WORD_DEV) | WORD_BIT(RULE_WORD_LOCAL),
			WORD_BIT(RULE_WORD_DEV), values);
	if (!ret)
		ret = kn_open_genl();
	if (!ret)
		ret = lookup_rule(&addr, values[RULE_WORD_LOCAL].set,
				  values[RULE_WORD_DEV].ifname, &dump);
	if (!ret)
		dump_print(&dump, NULL);
	dump_free(&dump);

	return ret;
}

static const char add_usage[] =
	"V4[/LEN]|default via P6/LEN dev NAME [ local ] [ method translate|encap ]";

static const struct command commands[] = {
	{ "add", rule_add, add_usage },
	{ "replace", rule_replace, add_usage },
	{ "del", rule_del,
	  "V4[/LEN]|default [ via P6/LEN ] dev NAME [ local ]" },
	{ "show", show_rules,
	  "[ dev NAME ] [ V4[/LEN]|default ] [ via P6/LEN ] [ local ]" },
	{ "get", get_rule, "V4 dev NAME [ local ]" },
	{ "flush", flush_rules, "dev NAME" },
	{ "load", rule_load_run, "FILE|- dev NAME" },
	{ NULL, show_rules, NULL }
};

const struct object rule_object = {
	"rule", commands, &rule_words, "mapping rules of a device"
};
