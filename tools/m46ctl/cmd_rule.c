// SPDX-License-Identifier: GPL-2.0
/*
 * rule: the mapping rules of a device.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "answers.h"
#include "cmd.h"
#include "err.h"
#include "nl.h"
#include "out.h"
#include "rule.h"

/* Rules as they come from the kernel, 28 bytes each. */
struct rule_list {
	struct {
		struct rule rule;
		uint32_t dev;		/* index in @names */
	} *rules;
	size_t n;
	size_t room;
	char (*names)[PARSE_IFNAMSIZ];
	size_t n_names;
};

static int rule_refused(struct kn_error *err, const struct rule *rule,
			const char *dev)
{
	char dst[PREFIX_STRLEN];

	if (err->code == ENOENT && !err->text[0])
		snprintf(err->text, sizeof(err->text), "no such rule");

	return kn_refused(err, "%s dev %s", rule_dst_str(rule, dst), dev);
}

static int change(uint8_t cmd, int flags, bool needs_via, int argc, char **argv)
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
	if (words_required(&rule_words, values, &why))
		return err_refused("%s: %s", argv[0], why.text);
	if (kn_open_genl())
		return EXIT_REFUSED;

	msg = kn_genl_msg(cmd, flags, dev);
	rule_put(msg, &rule);
	if (kn_call(KN_GENL, msg, NULL, &err))
		return rule_refused(&err, &rule, dev);

	return EXIT_OK;
}

static int rule_add(int argc, char **argv)
{
	return change(M46_CMD_RULE_NEW, NLM_F_CREATE | NLM_F_EXCL, true, argc,
		      argv);
}

static int rule_replace(int argc, char **argv)
{
	return change(M46_CMD_RULE_NEW, NLM_F_CREATE | NLM_F_REPLACE, true,
		      argc, argv);
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

	ret = cmd_words(argc, argv, WORD_BIT(DEV), WORD_BIT(DEV), values);
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

/* Dumps come device by device: the last name is nearly always the right one. */
static int find_name(struct rule_list *list, const char *name)
{
	void *names;

	if (list->n_names && !strcmp(list->names[list->n_names - 1], name))
		return 0;
	names = realloc(list->names,
			(list->n_names + 1) * sizeof(*list->names));
	if (!names)
		return -1;
	list->names = names;
	snprintf(list->names[list->n_names++], PARSE_IFNAMSIZ, "%s", name);

	return 0;
}

static int add_rule(struct rule_list *list, const struct nlattr *nest)
{
	size_t room = list->room ? 2 * list->room : 1024;
	void *rules;

	if (list->n == list->room) {
		rules = realloc(list->rules, room * sizeof(*list->rules));
		if (!rules)
			return -1;
		list->rules = rules;
		list->room = room;
	}
	if (rule_get(nest, &list->rules[list->n].rule))
		return 0;
	list->rules[list->n++].dev = (uint32_t)(list->n_names - 1);

	return 0;
}

static int collect(const struct nlmsghdr *hdr, void *arg)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN);
	struct rule_list *list = arg;
	char text[PARSE_IFNAMSIZ];

	if (answer_ifname(hdr, text))
		return 0;
	if (find_name(list, text))
		return -1;
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) == M46_A_RULE && add_rule(list, nla))
			return -1;
	}

	return 0;
}

static void restart(void *arg)
{
	struct rule_list *list = arg;

	list->n = 0;
	list->n_names = 0;
}

static void print_rules(const struct rule_list *list,
			const struct out_column *columns)
{
	size_t i;

	out_list_begin(columns);
	for (i = 0; i < list->n; i++)
		rule_print(&list->rules[i].rule,
			   list->names[list->rules[i].dev]);
	out_list_end();
}

static void free_rules(struct rule_list *list)
{
	free(list->rules);
	free(list->names);
}

static int show_rules(int argc, char **argv)
{
	static const struct out_column columns[] = {
		{ "dst", "DST", false }, { "via", "VIA", false },
		{ "method", "METHOD", false }, { "local", "LOCAL", false },
		{ "dev", "DEV", false }, { NULL, NULL, false }
	};
	struct rule_list list = { 0 };
	struct kn_reply reply = {
		.message = collect, .restart = restart, .arg = &list
	};
	struct value values[RULE_WORD_COUNT];
	const struct value *dev = &values[RULE_WORD_DEV];
	struct kn_error err;
	int ret;

	ret = cmd_words(argc, argv, WORD_BIT(DEV), 0, values);
	if (!ret)
		ret = kn_open_genl();
	if (ret)
		return ret;
	if (kn_call(KN_GENL,
		    kn_genl_msg(M46_CMD_RULE_GET, NLM_F_DUMP,
				dev->set ? dev->ifname : NULL),
		    &reply, &err)) {
		ret = kn_refused(&err, "%s", dev->set ? dev->ifname : "rules");
	} else {
		print_rules(&list, columns);
		if (reply.torn)
			ret = err_refused("the rules changed each time they were read, the list may be inconsistent");
	}
	free_rules(&list);

	return ret;
}

static int get_rule(int argc, char **argv)
{
	struct rule_list list = { 0 };
	struct kn_reply reply = { .message = collect, .arg = &list };
	struct value values[RULE_WORD_COUNT];
	const char *dev = values[RULE_WORD_DEV].ifname;
	struct rule rule = { .dst_len = 32 };
	struct parse_err why;
	struct prefix addr;
	struct kn_error err;
	struct nl_msg *msg;
	int ret;

	if (!argc)
		return err_refused("V4 is missing");
	if (parse_addr(argv[0], AF_INET, &addr, &why))
		return err_refused("%s", why.text);
	ret = cmd_words(argc - 1, argv + 1, WORD_BIT(DEV) | WORD_BIT(LOCAL),
			WORD_BIT(DEV), values);
	if (!ret)
		ret = kn_open_genl();
	if (ret)
		return ret;

	rule.dst = addr.v4;
	rule.local = values[RULE_WORD_LOCAL].set;
	msg = kn_genl_msg(M46_CMD_RULE_GET, 0, dev);
	rule_put(msg, &rule);
	if (kn_call(KN_GENL, msg, &reply, &err)) {
		if (err.code == ENOENT && !err.text[0])
			snprintf(err.text, sizeof(err.text), "no rule for it");
		ret = kn_refused(&err, "%s dev %s", argv[0], dev);
	} else if (!list.n) {
		ret = err_refused("%s dev %s: no rule for it", argv[0], dev);
	} else {
		print_rules(&list, NULL);
	}
	free_rules(&list);

	return ret;
}

static const struct command commands[] = {
	{ "add", rule_add,
	  "V4/LEN via P6/LEN dev NAME [ local ] [ method translate ]" },
	{ "replace", rule_replace,
	  "V4/LEN via P6/LEN dev NAME [ local ] [ method translate ]" },
	{ "del", rule_del, "V4/LEN [ via P6/LEN ] dev NAME [ local ]" },
	{ "show", show_rules, "[ dev NAME ]" },
	{ "get", get_rule, "V4 dev NAME [ local ]" },
	{ "flush", flush_rules, "dev NAME" },
	{ "load", rule_load_run, "FILE|- dev NAME" },
	{ NULL, NULL, NULL }
};

const struct object rule_object = {
	"rule", commands, &rule_words, "mapping rules of a device"
};
