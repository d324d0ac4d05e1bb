// SPDX-License-Identifier: GPL-2.0
/*
 * One pool: words, netlink, output.
 */
#include <linux/m46.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"
#include "out.h"
#include "pool.h"
#include "wire.h"

int pool_parse(int argc, char **argv, struct pool *pool,
	       struct value values[POOL_WORD_COUNT], struct parse_err *err)
{
	memset(pool, 0, sizeof(*pool));
	if (!argc)
		return parse_fail(err, "V4/LEN is missing");
	if (parse_prefix_or_host(argv[0], AF_INET, 8, 32, &pool->dst, err) ||
	    words_parse(&pool_words, argc - 1, argv + 1, values, err))
		return -1;
	if (values[POOL_WORD_EXCLUDE].set)
		pool->exclude = values[POOL_WORD_EXCLUDE];

	return 0;
}

void pool_put(struct nl_msg *msg, const struct pool *pool)
{
	struct nlattr *nest = kn_nest(msg, M46_A_POOL);

	kn_put(msg, M46_POOL_A_DST, &pool->dst.v4, sizeof(pool->dst.v4));
	kn_put(msg, M46_POOL_A_DST_PREFIXLEN, &pool->dst.len, 1);
	if (pool->exclude.set)
		wire_put(msg, &pool_words.words[POOL_WORD_EXCLUDE],
			 &pool->exclude);
	nla_nest_end(msg, nest);
}

int pool_get(const struct nlattr *nest, struct pool *pool)
{
	const struct word *word = &pool_words.words[POOL_WORD_EXCLUDE];
	const struct nlattr *nla;
	unsigned int seen = 0;
	int left;

	memset(pool, 0, sizeof(*pool));
	pool->dst.family = AF_INET;
	nla_for_each_nested(nla, nest, left) {
		if (nla_type(nla) == M46_POOL_A_EXCLUDES)
			pool->exclude.set = !wire_get(nla, word,
						      &pool->exclude);
		if (nla_type(nla) == M46_POOL_A_DST && nla_len(nla) == 4)
			memcpy(&pool->dst.v4, nla_data(nla), 4);
		else if (nla_type(nla) == M46_POOL_A_DST_PREFIXLEN &&
			 nla_len(nla) == 1)
			pool->dst.len = nla_get_u8(nla);
		else if (nla_type(nla) == M46_POOL_A_SIZE && nla_len(nla) == 4)
			pool->size = nla_get_u32(nla);
		else if (nla_type(nla) == M46_POOL_A_USED && nla_len(nla) == 4)
			pool->used = nla_get_u32(nla);
		else
			continue;
		seen++;
	}

	return seen == 4 ? 0 : -1;
}

void pool_print_members(const struct pool *pool)
{
	const struct value *exclude = &pool->exclude;
	char text[PREFIX_STRLEN];
	unsigned int i;

	out_string("prefix", NULL, prefix_str(&pool->dst, text));
	out_uint("size", NULL, pool->size);
	out_uint("used", NULL, pool->used);
	/* A static entry may have an address that is not given out. */
	out_uint("free", NULL,
		 pool->used < pool->size ? pool->size - pool->used : 0);
	if (exclude->set && exclude->n) {
		out_array_begin("exclude", NULL);
		for (i = 0; i < exclude->n; i++)
			out_string(NULL, NULL,
				   prefix_str(&exclude->list[i], text));
		out_array_end();
	}
}

void pool_print(const struct pool *pool, const char *dev)
{
	out_object_begin();
	out_string("dev", NULL, dev);
	pool_print_members(pool);
	out_object_end();
}
