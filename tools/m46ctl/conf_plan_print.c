// SPDX-License-Identifier: GPL-2.0
/*
 * A plan as the commands that do the same.
 */
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conf_plan.h"

static void print_settings(FILE *f, const struct conf_plan *plan)
{
	struct conf_settings s;
	unsigned int i;

	conf_settings_get(&s, plan, true);
	fprintf(f, "m46ctl dev set %s", plan->to->name);
	for (i = 0; i < dev_words.n; i++) {
		if (s.values[i].set)
			fprintf(f, " %s %s", dev_words.words[i].name,
				s.texts[i]);
	}
	fputc('\n', f);
	conf_settings_free(&s);
}

struct printer {
	FILE *f;
	const char *dev;
};

static void print_rule_step(const struct conf_change *change, void *arg)
{
	const struct conf_item *any = change->new ? change->new : change->old;
	const struct word *word = &rule_words.words[RULE_WORD_METHOD];
	char dst[PREFIX_STRLEN], text[PREFIX_STRLEN];
	struct prefix via = { .family = AF_INET6 };
	const struct rule *rule = any->thing;
	const struct printer *p = arg;
	const char *method;

	if (conf_kind_of(any) != CONF_RULE || !conf_changed(change))
		return;
	via.v6 = rule->via;
	via.len = rule->via_len;
	method = change->new ? keyword_name(word->keywords, rule->method) :
		 NULL;
	fprintf(p->f, "m46ctl rule %s %s%s%s dev %s%s%s%s\n", !change->new ?
		"del" : change->old ? "replace" : "add",
		rule_dst_str(rule, dst), change->new ? " via " : "",
		change->new ? prefix_str(&via, text) : "", p->dev,
		rule->local ? " local" : "", method ? " method " : "",
		method ? method : "");
}

static void print_pool(FILE *f, const struct conf_op *op, const char *dev)
{
	const struct conf_item *any = op->new ? op->new : op->old;
	const struct pool *pool = any->thing;
	char text[PREFIX_STRLEN], *exclude = NULL;

	if (op->new && pool->exclude.set && pool->exclude.n)
		exclude = value_text(&pool_words.words[POOL_WORD_EXCLUDE],
				     &pool->exclude);
	fprintf(f, "m46ctl pool %s %s dev %s%s%s\n", op->new ? "add" : "del",
		prefix_str(&pool->dst, text), dev, exclude ? " exclude " : "",
		exclude ? exclude : "");
	free(exclude);
}

static void print_addr(FILE *f, const struct conf_op *op, const char *dev)
{
	const struct conf_item *any = op->new ? op->new : op->old;
	const struct conf_addr *addr = any->thing;
	char text[PREFIX_STRLEN];

	fprintf(f, "ip address %s %s dev %s\n", op->new ? "replace" : "del",
		prefix_str(&addr->addr, text), dev);
}

static void print_route(FILE *f, const struct conf_op *op, const char *dev)
{
	const struct conf_item *any = op->new ? op->new : op->old;
	struct conf_route route = *(const struct conf_route *)any->thing;
	char text[CONF_ROUTE_STRLEN];
	const char *via, *cut;

	if (op->new && route.hop) {
		route.via = route_next_hop;
		route.onlink = true;
	}
	conf_route_str(&route, text);
	/* ip(8) wants to be told of a next hop of the other family. */
	cut = strstr(text, "via ");
	via = route.via.family == AF_INET6 && route.dst.family == AF_INET ?
	      "via inet6 " : "via ";
	fprintf(f, "ip %sroute %s %.*s%s%s dev %s\n",
		route.dst.family == AF_INET6 ? "-6 " : "",
		!op->new ? "del" : op->old ? "replace" : "add",
		cut ? (int)(cut - text) : (int)strlen(text), text,
		cut ? via : "", cut ? cut + 4 : "", dev);
}

static void print_entry(FILE *f, const struct conf_op *op, const char *dev)
{
	const struct conf_item *any = op->new ? op->new : op->old;
	char text[ENTRY_STRLEN];

	fprintf(f, "m46ctl entry %s %s dev %s\n", op->new ? "replace" : "del",
		entry_str(any->thing, text), dev);
}

static void print_op(FILE *f, const struct conf_plan *plan,
		     const struct conf_op *op)
{
	struct printer p = { f, plan->to->name };

	switch (op->kind) {
	case OP_DEV:
		print_settings(f, plan);
		break;
	case OP_RULES:
		conf_walk(&plan->from_items, &plan->to_items, print_rule_step,
			  &p);
		break;
	case OP_ENTRY:
		print_entry(f, op, p.dev);
		break;
	case OP_POOL:
		print_pool(f, op, p.dev);
		break;
	case OP_MTU:
		fprintf(f, "ip link set %s mtu %u\n", p.dev,
			conf_plan_mtu(plan->to, plan->to));
		break;
	case OP_UP:
		fprintf(f, "ip link set %s up\n", p.dev);
		break;
	case OP_ADDR:
		print_addr(f, op, p.dev);
		break;
	case OP_ROUTE:
		print_route(f, op, p.dev);
		break;
	case OP_PIN:
	case OP_UNPIN:
		break;
	}
}

void conf_plan_print(FILE *f, const struct conf_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->ops.n; i++)
		print_op(f, plan, &plan->ops.things[i]);
}
