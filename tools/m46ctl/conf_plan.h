/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What makes one configuration of a device the other, step by step, and back.
 */
#ifndef M46CTL_CONF_PLAN_H
#define M46CTL_CONF_PLAN_H

#include "conf_item.h"
#include "dump.h"

/**
 * enum conf_op_kind - steps; an item is added, changed or deleted unless said
 *	otherwise
 * @OP_DEV: all settings at once
 * @OP_RULES: all rules, by the kernel's own transaction
 * @OP_PIN: dynamic entries that outlive their pools are made static while
 * @OP_POOL: pools change, for they go with their pool, and dynamic again:
 * @OP_UNPIN: thereafter
 * @OP_UP: the device is set up
 */
enum conf_op_kind {
	OP_DEV,
	OP_RULES,
	OP_ENTRY,
	OP_PIN,
	OP_POOL,
	OP_UNPIN,
	OP_MTU,
	OP_UP,
	OP_ADDR,
	OP_ROUTE,
};

struct conf_op {
	enum conf_op_kind kind;
	const struct conf_item *old;
	const struct conf_item *new;
};

/**
 * struct conf_plan - from one to the other
 * @ops: in the order in which they are done
 * @done: so many are
 * @pinned: dynamic entries that are static for a moment
 */
struct conf_plan {
	const struct conf *from;
	const struct conf *to;
	struct conf_items from_items;
	struct conf_items to_items;
	CONF_LIST(struct conf_op) ops;
	size_t done;
	CONF_LIST(struct entry) pinned;
};

/*
 * Find out what to do. Both must stay until conf_plan_free(). Errors are
 * printed. Return: 0, or an exit code where it cannot be done.
 */
int conf_plan_make(struct conf_plan *plan, const struct conf *from,
		   const struct conf *to);
void conf_plan_free(struct conf_plan *plan);

/**
 * struct conf_settings - those that change, as dev set takes them
 * @texts: of @values
 */
struct conf_settings {
	const struct conf *to;
	struct value values[WORDS_MAX];
	char *texts[WORDS_MAX];
};

/* @forward: or the other way, to undo it. */
void conf_settings_get(struct conf_settings *s, const struct conf_plan *plan,
		       bool forward);
void conf_settings_free(struct conf_settings *s);

/*
 * The MTU that a configuration means; one of nothing at all: what the kernel
 * gives a device of @to.
 */
uint32_t conf_plan_mtu(const struct conf *conf, const struct conf *to);

/* The commands that would do it. */
void conf_plan_print(FILE *f, const struct conf_plan *plan);

/*
 * Do it. What is done when one step fails is undone again. Errors are printed.
 * Return: 0 or an exit code.
 */
int conf_plan_apply(struct conf_plan *plan);
/* Undo what is done, last step first, whatever fails. Likewise. */
int conf_plan_undo(struct conf_plan *plan);

#endif /* M46CTL_CONF_PLAN_H */
