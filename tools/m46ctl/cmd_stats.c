// SPDX-License-Identifier: GPL-2.0
/*
 * stats: the counters of a device.
 */
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "answers.h"
#include "cmd.h"
#include "counter.h"
#include "err.h"
#include "nl.h"
#include "out.h"

static void print_counter(const struct counter *counter)
{
	/* Text for people: what never happened is left out. */
	if (!counter->value && !options.stats && !out_is_json())
		return;
	out_entry("counter", counter->name, "packets", counter->value);
	if (counter->drop)
		out_entry_note("drop", "drop");
	out_entry_note("meaning", counter->text);
	out_entry_end();
}

static void print_device(const struct nlmsghdr *hdr)
{
	const struct nlattr *nla = nlmsg_attrdata(hdr, GENL_HDRLEN);
	int left = nlmsg_attrlen(hdr, GENL_HDRLEN);
	char name[PARSE_IFNAMSIZ];
	struct counter counter;

	if (answer_ifname(hdr, name))
		return;
	out_object_begin();
	out_string("dev", NULL, name);
	out_map_begin("counters", NULL);
	out_entries();
	for (; nla_ok(nla, left); nla = nla_next(nla, &left)) {
		if (nla_type(nla) == M46_A_COUNTER &&
		    !counter_read(nla, &counter))
			print_counter(&counter);
	}
	out_map_end();
	out_object_end();
}

static int show_stats(int argc, char **argv)
{
	static const struct out_column brief[] = {
		{ "dev", "DEV", false }, { "counter", "COUNTER", false },
		{ "packets", "PACKETS", true }, { NULL, NULL, false }
	};
	static const struct out_column full[] = {
		{ "dev", "DEV", false }, { "counter", "COUNTER", false },
		{ "packets", "PACKETS", true }, { "drop", "DROP", false },
		{ "meaning", "MEANING", false }, { NULL, NULL, false }
	};
	struct value values[RULE_WORD_COUNT];
	const struct value *dev = &values[RULE_WORD_DEV];
	struct answers a;
	size_t i;
	int ret;

	ret = cmd_words(&rule_words, argc, argv, WORD_BIT(RULE_WORD_DEV), 0,
			values);
	if (ret)
		return ret;
	ret = answers_get(&a, M46_CMD_STATS_GET, dev->set ? dev->ifname : NULL);
	if (!ret) {
		out_list_begin(options.stats ? full : brief);
		for (i = 0; i < a.n; i++)
			print_device(a.hdrs[i]);
		out_list_end();
		ret = answers_check(&a);
	}
	answers_free(&a);

	return ret;
}

static int reset_stats(int argc, char **argv)
{
	struct value values[RULE_WORD_COUNT];
	const char *dev = values[RULE_WORD_DEV].ifname;
	struct kn_error err;
	int ret;

	ret = cmd_words(&rule_words, argc, argv, WORD_BIT(RULE_WORD_DEV),
			WORD_BIT(RULE_WORD_DEV), values);
	if (!ret)
		ret = kn_open_genl();
	if (ret)
		return ret;
	if (kn_call(KN_GENL, kn_genl_msg(M46_CMD_STATS_RESET, 0, dev), NULL,
		    &err))
		return kn_refused(&err, "%s", dev);

	return EXIT_OK;
}

static const struct command commands[] = {
	{ "show", show_stats, "[ dev NAME ]" },
	{ "reset", reset_stats, "dev NAME" },
	{ NULL, show_stats, NULL }
};

const struct object stats_object = {
	"stats", commands, NULL, "counters of a device"
};
