/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One pool: words, netlink, output.
 */
#ifndef M46CTL_POOL_H
#define M46CTL_POOL_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "words.h"

/**
 * struct pool - IPv4 prefix that dynamic entries take addresses from
 * @exclude: prefixes inside that are not given out
 * @size: addresses to give out, in answers
 * @used: those that entries have, in answers
 */
struct pool {
	struct prefix dst;
	struct value exclude;
	uint32_t size;
	uint32_t used;
};

/*
 * "V4[/LEN] [dev NAME] [exclude V4[/LEN][,...]]". Pure.
 * @values: the words after the prefix. Return: 0, or -1 with @err filled.
 */
int pool_parse(int argc, char **argv, struct pool *pool,
	       struct value values[POOL_WORD_COUNT], struct parse_err *err);

void pool_put(struct nl_msg *msg, const struct pool *pool);
/* Return: 0, or -1 where the nest is no pool. */
int pool_get(const struct nlattr *nest, struct pool *pool);

void pool_print(const struct pool *pool, const char *dev);
/* What it is without its device, inside an object. */
void pool_print_members(const struct pool *pool);

#endif /* M46CTL_POOL_H */
