// SPDX-License-Identifier: GPL-2.0
/*
 * pool: the addresses that a device in mode m46t gives to hosts.
 */
#include <errno.h>
#include <linux/m46.h>
#include <stdio.h>

#include "cmd.h"
#include "dump.h"
#include "err.h"
#include "pool.h"

static int change(uint8_t cmd, bool takes_exclude, int argc, char **argv)
{
	struct value values[POOL_WORD_COUNT];
	const char *dev = values[POOL_WORD_DEV].ifname;
	char text[PREFIX_STRLEN];
	struct parse_err why;
	struct kn_error err;
	struct nl_msg *msg;
	struct pool pool;

	if (pool_parse(argc, argv, &pool, values, &why))
		return err_refused("%s", why.text);
	if (words_required(&pool_words, values, 0, &why))
		return err_refused("%s: %s", argv[0], why.text);
	if (pool.exclude.set && !takes_exclude)
		return err_refused("\"exclude\" does not belong here");
	if (kn_open_genl())
		return EXIT_REFUSED;

	msg = kn_genl_msg(cmd, 0, dev);
	pool_put(msg, &pool);
	if (!kn_call(KN_GENL, msg, NULL, &err))
		return EXIT_OK;
	if (err.code == ENOENT && !err.text[0])
		snprintf(err.text, sizeof(err.text), "no such pool");

	return kn_refused(&err, "%s dev %s", prefix_str(&pool.dst, text), dev);
}

static int add_pool(int argc, char **argv)
{
	return change(M46_CMD_POOL_NEW, true, argc, argv);
}

static int del_pool(int argc, char **argv)
{
	return change(M46_CMD_POOL_DEL, false, argc, argv);
}

static int read_pool(const struct nlattr *nest, void *thing)
{
	return pool_get(nest, thing);
}

static void print_pool(const void *thing, const char *dev)
{
	pool_print(thing, dev);
}

static const struct dump_type pool_dump = {
	"pools", M46_A_POOL, sizeof(struct pool), read_pool, print_pool
};

static int show_pools(int argc, char **argv)
{
	static const struct out_column columns[] = {
		{ "dev", "DEV", false }, { "prefix", "PREFIX", false },
		{ "size", "SIZE", true }, { "used", "USED", true },
		{ "free", "FREE", true }, { "exclude", "EXCLUDE", false },
		{ NULL, NULL, false }
	};
	struct value values[POOL_WORD_COUNT];
	const struct value *dev = &values[POOL_WORD_DEV];
	int ret;

	ret = cmd_words(&pool_words, argc, argv, WORD_BIT(POOL_WORD_DEV), 0,
			values);
	if (ret)
		return ret;

	return dump_show(&pool_dump, M46_CMD_POOL_GET,
			 dev->set ? dev->ifname : NULL, columns);
}

static const struct command commands[] = {
	{ "add", add_pool, "V4/LEN dev NAME [ exclude V4/LEN[,V4/LEN...] ]" },
	{ "del", del_pool, "V4/LEN dev NAME" },
	{ "show", show_pools, "[ dev NAME ]" },
	{ NULL, show_pools, NULL }
};

const struct object pool_object = {
	"pool", commands, &pool_words, "addresses for hosts (mode m46t)"
};
