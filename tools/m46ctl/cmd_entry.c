// SPDX-License-Identifier: GPL-2.0
/*
 * entry: which IPv6 host has which IPv4 address, in mode m46t.
 */
#include <linux/m46.h>
#include <string.h>

#include "cmd.h"
#include "dump.h"
#include "entry.h"
#include "err.h"

#define ADD_WORDS	(WORD_BIT(ENTRY_WORD_DEV) | \
			 WORD_BIT(ENTRY_WORD_STATIC) | \
			 WORD_BIT(ENTRY_WORD_DYNAMIC) | \
			 WORD_BIT(ENTRY_WORD_EXPIRES))
#define FLUSH_WORDS	(WORD_BIT(ENTRY_WORD_DEV) | \
			 WORD_BIT(ENTRY_WORD_STATIC) | \
			 WORD_BIT(ENTRY_WORD_DYNAMIC) | \
			 WORD_BIT(ENTRY_WORD_ALL))
#define SHOW_WORDS	(FLUSH_WORDS | WORD_BIT(ENTRY_WORD_DORMANT))

int entry_send(uint8_t cmd, bool replace, const struct entry *entry,
	       const char *dev, const char *where)
{
	char text[ENTRY_STRLEN];
	struct kn_error err;
	struct nl_msg *msg;

	if (kn_open_genl())
		return EXIT_REFUSED;
	msg = kn_genl_msg(cmd, 0, dev);
	if (replace)
		kn_put(msg, M46_A_REPLACE, NULL, 0);
	entry_put(msg, entry);
	if (!kn_call(KN_GENL, msg, NULL, &err))
		return EXIT_OK;

	return kn_refused(&err, "%s%s dev %s", where, entry_str(entry, text),
			  dev);
}

static int new_entry(bool replace, int argc, char **argv)
{
	struct value values[ENTRY_WORD_COUNT];
	struct parse_err why;
	struct entry entry;
	int ret;

	if (entry_parse(argc, argv, &entry, values, &why))
		return err_refused("%s", why.text);
	if (!entry.has_ipv6 || !entry.has_ipv4)
		return err_refused("%s: V%c is missing", argv[0],
				   entry.has_ipv6 ? '4' : '6');
	ret = cmd_check_words(&entry_words, ADD_WORDS,
			      WORD_BIT(ENTRY_WORD_DEV), values);
	if (ret)
		return ret;

	return entry_send(M46_CMD_ENTRY_NEW, replace, &entry,
			  values[ENTRY_WORD_DEV].ifname, "");
}

static int add_entry(int argc, char **argv)
{
	return new_entry(false, argc, argv);
}

static int replace_entry(int argc, char **argv)
{
	return new_entry(true, argc, argv);
}

static int del_entry(int argc, char **argv)
{
	struct value values[ENTRY_WORD_COUNT];
	struct parse_err why;
	struct entry entry;
	int ret;

	if (entry_parse(argc, argv, &entry, values, &why))
		return err_refused("%s", why.text);
	ret = cmd_check_words(&entry_words, WORD_BIT(ENTRY_WORD_DEV),
			      WORD_BIT(ENTRY_WORD_DEV), values);
	if (ret)
		return ret;

	return entry_send(M46_CMD_ENTRY_DEL, false, &entry,
			  values[ENTRY_WORD_DEV].ifname, "");
}

/*
 * The words of show and flush, as a message.
 * Return: NULL, with the exit code in @ret.
 */
static struct nl_msg *filter_msg(uint8_t cmd, int argc, char **argv,
				 struct value *values, int *ret)
{
	bool show = cmd == M46_CMD_ENTRY_GET;
	const struct value *dev = &values[ENTRY_WORD_DEV];
	struct entry_filter filter;
	struct parse_err why;
	struct nl_msg *msg;

	if (entry_filter_parse(argc, argv, &filter, values, &why)) {
		*ret = err_refused("%s", why.text);
		return NULL;
	}
	*ret = cmd_check_words(&entry_words, show ? SHOW_WORDS : FLUSH_WORDS,
			       show ? 0 : WORD_BIT(ENTRY_WORD_DEV), values);
	if (!*ret)
		*ret = kn_open_genl();
	if (*ret)
		return NULL;
	/* Dormant ones cannot be deleted, they are what deleting leaves. */
	if (!show)
		filter.types &= ~(1U << M46_ENTRY_DORMANT);
	msg = kn_genl_msg(cmd, show ? NLM_F_DUMP : 0,
			  dev->set ? dev->ifname : NULL);
	entry_filter_put(msg, &filter);

	return msg;
}

static int read_entry(const struct nlattr *nest, void *thing)
{
	return entry_get(nest, thing);
}

static void print_entry(const void *thing, const char *dev)
{
	entry_print(thing, dev);
}

/* By IPv4 address. Equal are those with the same host, too. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int ret = memcmp(&x->ipv4, &y->ipv4, sizeof(x->ipv4));

	return ret ? ret : memcmp(&x->ipv6, &y->ipv6, sizeof(x->ipv6));
}

static const struct dump_type entry_dump = {
	"entries", M46_A_ENTRY, sizeof(struct entry), read_entry, print_entry
};

static int show_entries(int argc, char **argv)
{
	static const struct out_column columns[] = {
		{ "ipv6", "IPV6", false }, { "ipv4", "IPV4", false },
		{ "type", "TYPE", false }, { "expires", "EXPIRES", true },
		{ "dev", "DEV", false }, { NULL, NULL, false }
	};
	struct value values[ENTRY_WORD_COUNT];
	const struct value *dev = &values[ENTRY_WORD_DEV];
	struct dump dump = { .type = &entry_dump };
	struct kn_error err;
	struct nl_msg *msg;
	int ret;

	msg = filter_msg(M46_CMD_ENTRY_GET, argc, argv, values, &ret);
	if (!msg)
		return ret;
	if (dump_query(&dump, msg, &err)) {
		ret = kn_refused(&err, "%s", dev->set ? dev->ifname :
				 entry_dump.name);
	} else {
		/* The kernel gives them in no order. */
		dump_sort(&dump, compare_entries);
		dump_print(&dump, columns);
		ret = dump_check(&dump);
	}
	dump_free(&dump);

	return ret;
}

static int flush_entries(int argc, char **argv)
{
	struct value values[ENTRY_WORD_COUNT];
	struct kn_error err;
	struct nl_msg *msg;
	int ret;

	msg = filter_msg(M46_CMD_ENTRY_FLUSH, argc, argv, values, &ret);
	if (!msg)
		return ret;
	if (kn_call(KN_GENL, msg, NULL, &err))
		return kn_refused(&err, "%s", values[ENTRY_WORD_DEV].ifname);

	return EXIT_OK;
}

static const struct command commands[] = {
	{ "add", add_entry,
	  "V6 V4 dev NAME [ static | dynamic [ expires TIME ] ]" },
	{ "replace", replace_entry,
	  "V6 V4 dev NAME [ static | dynamic [ expires TIME ] ]" },
	{ "del", del_entry, "[ V6 ] [ V4 ] dev NAME" },
	{ "show", show_entries,
	  "[ dev NAME ] [ V6|V4|PREFIX ] [ static|dynamic|dormant|all ]" },
	{ "flush", flush_entries,
	  "dev NAME [ V6|V4|PREFIX ] [ static|dynamic|all ]" },
	{ NULL, show_entries, NULL }
};

const struct object entry_object = {
	"entry", commands, &entry_words, "hosts and their addresses (mode m46t)"
};
