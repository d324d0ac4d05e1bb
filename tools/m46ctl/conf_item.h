/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A configuration as a sorted list of things with canonical texts, so that two
 * of them can be compared, and either printed.
 */
#ifndef M46CTL_CONF_ITEM_H
#define M46CTL_CONF_ITEM_H

#include "conf.h"

/* In the order of a file. */
enum conf_kind {
	CONF_DEV,
	CONF_MTU,
	CONF_ADDR,
	CONF_ROUTE,
	CONF_RULE,
	CONF_POOL,
	CONF_ENTRY,
};

/**
 * struct conf_item - one thing
 * @key: what it is, its kind first: those of equal keys are the same thing
 * @text: its lines, which say all of it
 * @thing: struct value, struct conf_addr, ..., struct rule: by kind
 * @index: of a setting: of its word
 */
struct conf_item {
	uint8_t key[28];
	unsigned int line;
	unsigned int index;
	char *text;
	const void *thing;
};

struct conf_items {
	struct conf_item *list;
	size_t n, room;
};

/*
 * The value of a setting that is not said, which may depend on others: without
 * a remote end a tunnel device is 6to4. Return: 0, or -1 where there is none.
 */
int conf_default(const struct conf *conf, const struct word *word,
		 struct value *value);
uint32_t conf_default_mtu(const struct conf *conf);

/* Defaults are left out. @conf must stay until conf_items_free(). */
void conf_items_get(struct conf_items *items, const struct conf *conf);
void conf_items_free(struct conf_items *items);

static inline enum conf_kind conf_kind_of(const struct conf_item *item)
{
	return (enum conf_kind)item->key[0];
}

const char *conf_item_kind(const struct conf_item *item);
/* Whether a file cannot have both. */
bool conf_items_clash(const struct conf_item *a, const struct conf_item *b);

/**
 * struct conf_change - how two configurations differ in one thing
 * @old: NULL where it is new
 * @new: NULL where it is to go
 */
struct conf_change {
	const struct conf_item *old;
	const struct conf_item *new;
};

/*
 * Walk both in order. @step is called for each thing, changed or not; where it
 * is not, both texts are equal.
 */
void conf_walk(const struct conf_items *old, const struct conf_items *new,
	       void (*step)(const struct conf_change *change, void *arg),
	       void *arg);
bool conf_changed(const struct conf_change *change);

/* A file that makes the device again. */
void conf_print(FILE *f, const struct conf *conf);
void conf_print_json(const struct conf *conf);

/* Unified; @colour: as terminals have it. Return: whether there is any. */
bool conf_diff(FILE *f, const struct conf *old, const struct conf *new,
	       bool colour);

#endif /* M46CTL_CONF_ITEM_H */
