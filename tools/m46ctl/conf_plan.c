// SPDX-License-Identifier: GPL-2.0
/*
 * What makes one configuration of a device the other, step by step, and back.
 *
 * Every step knows the old and the new state of its thing. To undo it is to do
 * it with the two exchanged.
 */
#include <linux/m46.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conf_pin.h"
#include "conf_plan.h"
#include "conf_send.h"
#include "dev.h"
#include "err.h"
#include "link.h"

static void add_op(struct conf_plan *plan, enum conf_op_kind kind,
		   const struct conf_item *old, const struct conf_item *new)
{
	struct conf_op *op = conf_add(&plan->ops);

	op->kind = kind;
	op->old = old;
	op->new = new;
}

/* --- the order of steps */

/**
 * struct planner - one pass over the differences
 * @kind: those of this kind
 * @op: become such steps
 * @gone: what goes; else what comes or changes
 * @all: whether what has not changed is done again
 * @n: how many there were
 */
struct planner {
	struct conf_plan *plan;
	enum conf_kind kind;
	enum conf_op_kind op;
	bool gone;
	bool all;
	size_t n;
};

static void plan_step(const struct conf_change *change, void *arg)
{
	const struct conf_item *any = change->old ? change->old : change->new;
	struct planner *p = arg;

	if (conf_kind_of(any) != p->kind ||
	    (!conf_changed(change) && !(p->all && !p->gone)))
		return;
	/* A pool has no change: it goes, and comes again. */
	if (p->op == OP_POOL) {
		if (p->gone ? !change->old : !change->new)
			return;
		add_op(p->plan, p->op, p->gone ? change->old : NULL,
		       p->gone ? NULL : change->new);
	} else {
		if (p->gone == !!change->new)
			return;
		add_op(p->plan, p->op, change->old, change->new);
	}
	p->n++;
}

static size_t plan_kind(struct conf_plan *plan, enum conf_kind kind,
			enum conf_op_kind op, bool gone, bool all)
{
	struct planner p = {
		.plan = plan, .kind = kind, .op = op, .gone = gone, .all = all
	};

	conf_walk(&plan->from_items, &plan->to_items, plan_step, &p);

	return p.n;
}

static void count_step(const struct conf_change *change, void *arg)
{
	const struct conf_item *any = change->old ? change->old : change->new;
	size_t *counts = arg;

	if (conf_changed(change))
		counts[conf_kind_of(any)]++;
}

static void plan_pools(struct conf_plan *plan)
{
	bool pin = plan->from->pools.n;

	if (pin)
		add_op(plan, OP_PIN, NULL, NULL);
	plan_kind(plan, CONF_POOL, OP_POOL, true, false);
	plan_kind(plan, CONF_POOL, OP_POOL, false, false);
	if (pin)
		add_op(plan, OP_UNPIN, NULL, NULL);
}

uint32_t conf_plan_mtu(const struct conf *conf, const struct conf *to)
{
	return conf->mtu ? conf->mtu : conf_default_mtu(to);
}

/* The kernel refuses an own prefix that a rule of now points at. */
static bool rules_first(const struct conf *from, const struct conf *to)
{
	const struct value *own = dev_value(to->dev, M46_DEV_A_PREFIXES);
	struct prefix via = { .family = AF_INET6 };
	const struct rule *rule;
	unsigned int p;
	size_t i;

	for (i = 0; i < from->rules.n; i++) {
		rule = &from->rules.rules[i].rule;
		via.v6 = rule->via;
		via.len = rule->via_len;
		for (p = 0; !rule->local && p < own->n; p++) {
			if (prefix_covers(&own->list[p], &via) ||
			    prefix_covers(&via, &own->list[p]))
				return true;
		}
	}

	return false;
}

/*
 * With its last IPv4 address a device loses all IPv4 routes, whoever made them:
 * the new ones first. With a primary one go the secondary ones: once more.
 */
static void plan_addrs(struct conf_plan *plan)
{
	plan_kind(plan, CONF_ADDR, OP_ADDR, false, false);
	if (plan_kind(plan, CONF_ADDR, OP_ADDR, true, false))
		plan_kind(plan, CONF_ADDR, OP_ADDR, false, true);
}

int conf_plan_make(struct conf_plan *plan, const struct conf *from,
		   const struct conf *to)
{
	const struct value *old = dev_value(from->dev, M46_DEV_A_MODE);
	const struct value *new = dev_value(to->dev, M46_DEV_A_MODE);
	size_t counts[CONF_ENTRY + 1] = { 0 };
	bool first;

	memset(plan, 0, sizeof(*plan));
	plan->from = from;
	plan->to = to;
	conf_items_get(&plan->from_items, from);
	conf_items_get(&plan->to_items, to);
	if (old->set && old->num != new->num)
		return err_refused("%s:%u: Mode: a device has it for life: down %s, then up",
				   to->path,
				   to->dev_line[new - to->dev], to->name);
	conf_walk(&plan->from_items, &plan->to_items, count_step, counts);
	first = counts[CONF_RULE] && rules_first(from, to);
	if (first)
		add_op(plan, OP_RULES, NULL, NULL);
	if (counts[CONF_DEV] && old->set)
		add_op(plan, OP_DEV, NULL, NULL);
	if (counts[CONF_RULE] && !first)
		add_op(plan, OP_RULES, NULL, NULL);
	plan_kind(plan, CONF_ENTRY, OP_ENTRY, true, false);
	if (counts[CONF_POOL])
		plan_pools(plan);
	plan_kind(plan, CONF_ENTRY, OP_ENTRY, false, false);
	/* Where the file has none, the default follows the settings. */
	if (conf_plan_mtu(from, to) != conf_plan_mtu(to, to))
		add_op(plan, OP_MTU, NULL, NULL);
	if (!from->up)
		add_op(plan, OP_UP, NULL, NULL);
	plan_kind(plan, CONF_ROUTE, OP_ROUTE, true, false);
	plan_addrs(plan);
	/* With an address go the routes that name it. */
	plan_kind(plan, CONF_ROUTE, OP_ROUTE, false, counts[CONF_ADDR]);

	return EXIT_OK;
}

void conf_plan_free(struct conf_plan *plan)
{
	conf_items_free(&plan->from_items);
	conf_items_free(&plan->to_items);
	free(plan->ops.things);
	free(plan->pinned.things);
	memset(plan, 0, sizeof(*plan));
}

/* --- settings */

static void take_setting(struct conf_settings *s, const struct conf_item *old,
			 const struct conf_item *new)
{
	unsigned int i = new ? new->index : old->index;
	const struct word *word = &dev_words.words[i];
	struct value *value = &s->values[i];

	if (new)
		*value = *(const struct value *)new->thing;
	else if (conf_default(s->to, word, value))
		memset(value, 0, sizeof(*value));	/* an empty list */
	value->set = true;
	s->texts[i] = value_text(word, value);
	value->text = s->texts[i];
}

static void setting_step(const struct conf_change *change, void *arg)
{
	const struct conf_item *any = change->old ? change->old : change->new;

	if (conf_kind_of(any) == CONF_DEV && conf_changed(change))
		take_setting(arg, change->old, change->new);
}

void conf_settings_get(struct conf_settings *s, const struct conf_plan *plan,
		       bool forward)
{
	memset(s, 0, sizeof(*s));
	s->to = forward ? plan->to : plan->from;
	if (forward)
		conf_walk(&plan->from_items, &plan->to_items, setting_step, s);
	else
		conf_walk(&plan->to_items, &plan->from_items, setting_step, s);
}

void conf_settings_free(struct conf_settings *s)
{
	unsigned int i;

	for (i = 0; i < WORDS_MAX; i++)
		free(s->texts[i]);
}

static int run_dev(const struct conf_plan *plan, bool forward)
{
	struct link_place place;
	struct conf_settings s;
	struct parse_err why;
	int ret;

	conf_settings_get(&s, plan, forward);
	place.path = s.to->path;
	place.lines = s.to->dev_line;
	if (dev_find_links(s.values, &why))
		ret = err_refused("%s: %s", s.to->name, why.text);
	else
		ret = link_set(s.to->name, s.values,
			       place.path ? &place : NULL);
	conf_settings_free(&s);

	return ret;
}

/* --- doing and undoing */

/* "FILE:LINE: ", or nothing. */
static const char *where(const struct conf *conf, const struct conf_item *item,
			 char *buf, size_t size)
{
	buf[0] = '\0';
	if (conf->path && item && item->line)
		snprintf(buf, size, "%s:%u: ", conf->path, item->line);

	return buf;
}

static int send_item(const char *dev, const struct conf_item *item, bool add,
		     const char *place)
{
	switch (conf_kind_of(item)) {
	case CONF_ENTRY:
		return conf_send_entry(dev, item->thing, add, place);
	case CONF_POOL:
		return conf_send_pool(dev, item->thing, add, place);
	case CONF_ADDR:
		return conf_send_addr(dev, item->thing, add, place);
	case CONF_ROUTE:
		return conf_send_route(dev, item->thing, add, place);
	case CONF_MTU:
	case CONF_DEV:
	case CONF_RULE:
		break;
	}

	return EXIT_OK;
}

static int run_rules(const struct conf *to)
{
	return rule_load_send(&to->rules, to->name,
			      to->path ? to->path : "old rules");
}

static int run_op(struct conf_plan *plan, const struct conf_op *op,
		  bool forward)
{
	const struct conf *to = forward ? plan->to : plan->from;
	const struct conf_item *old = forward ? op->old : op->new;
	const struct conf_item *new = forward ? op->new : op->old;
	char place[512];

	switch (op->kind) {
	case OP_DEV:
		return run_dev(plan, forward);
	case OP_RULES:
		return run_rules(to);
	case OP_PIN:
		return forward ? conf_pin(plan, true) : conf_unpin(plan);
	case OP_UNPIN:
		return forward ? conf_unpin(plan) : conf_pin(plan, false);
	case OP_UP:
		return link_set_up(to->name, forward);
	case OP_MTU:
		return link_set_mtu(to->name, conf_plan_mtu(to, to));
	case OP_ENTRY:
	case OP_POOL:
	case OP_ADDR:
	case OP_ROUTE:
		break;
	}
	where(to, new, place, sizeof(place));

	return new ? send_item(to->name, new, true, place) :
		     send_item(to->name, old, false, place);
}

/* Half of it is what nobody wants: an interrupt waits. */
static void hold_signals(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_BLOCK, &set, old);
}

int conf_plan_undo(struct conf_plan *plan)
{
	int ret = EXIT_OK;
	sigset_t old;

	hold_signals(&old);
	while (plan->done) {
		if (run_op(plan, &plan->ops.things[--plan->done], false))
			ret = EXIT_REFUSED;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);

	return ret;
}

static int apply(struct conf_plan *plan)
{
	size_t n;

	if (kn_open_genl() || kn_open_route())
		return EXIT_REFUSED;
	for (plan->done = 0; plan->done < plan->ops.n; plan->done++) {
		if (!run_op(plan, &plan->ops.things[plan->done], true))
			continue;
		/* The step that failed may have pinned some. */
		if (plan->ops.things[plan->done].kind == OP_PIN)
			conf_unpin(plan);
		n = plan->done;
		if (conf_plan_undo(plan))
			return err_refused("%s: not all could be undone: compare with sync --diff",
					   plan->to->name);
		if (n && plan->from->up)
			err_note("%s: is as it was: %zu step%s undone",
				 plan->to->name, n, n == 1 ? "" : "s");
		return EXIT_REFUSED;
	}

	return EXIT_OK;
}

int conf_plan_apply(struct conf_plan *plan)
{
	sigset_t old;
	int ret;

	hold_signals(&old);
	ret = apply(plan);
	sigprocmask(SIG_SETMASK, &old, NULL);

	return ret;
}
