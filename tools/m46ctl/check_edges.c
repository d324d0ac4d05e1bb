// SPDX-License-Identifier: GPL-2.0
/*
 * check: the mapping prefixes of the edges, and the own ones, side by side.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"

/* The IPv4 address is in the last 32 bits whatever the length: 96 suits all. */
#define GOOD_LEN	96

/* how: "is a part of" or "contains" the other one. */
static void report_overlap(const struct check *c, const struct check_edge *edge,
			   const char *how, const struct prefix *other,
			   const char *whose)
{
	char a[PREFIX_STRLEN], b[PREFIX_STRLEN], dst[PREFIX_STRLEN];

	rule_dst_str(edge->rule, dst);
	if (edge->rule->is_route)
		finding_remedy(REMEDY_IP, "route replace %s via inet6 PREF6 dev %s",
			       dst, c->dev->name);
	else
		finding_remedy(REMEDY_M46CTL, "rule replace %s via PREF6/96 dev %s",
			       dst, c->dev->name);
	finding_report(PREF6_OVERLAP, c->dev->name,
		       "mapping prefix %s (%s) %s %s, %s",
		       prefix_str(&edge->via, a), dst, how,
		       prefix_str(other, b), whose);
}

static bool same(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) && prefix_covers(b, a);
}

/* One that has the other inside, own or not. */
static void compare_own(const struct check *c, const struct check_edge *edge)
{
	const struct check_dev *dev = c->dev;
	unsigned int i;

	for (i = 0; i < dev->n_own; i++) {
		if (same(&dev->own[i], &edge->via))
			continue;
		if (prefix_covers(&dev->own[i], &edge->via))
			report_overlap(c, edge, "is a part of", &dev->own[i],
				       "an own one");
		else if (prefix_covers(&edge->via, &dev->own[i]))
			report_overlap(c, edge, "contains", &dev->own[i],
				       "an own one");
	}
}

/* A shorter one with a good one inside is itself to blame; told once. */
static void compare_two(const struct check *c, const struct check_edge *outer,
			const struct check_edge *inner, bool is_first)
{
	char whose[PREFIX_STRLEN + 8], dst[PREFIX_STRLEN];
	bool blame = inner->via.len == GOOD_LEN && outer->via.len != GOOD_LEN;
	const struct check_edge *other = blame ? inner : outer;

	if (blame && !is_first)
		return;
	snprintf(whose, sizeof(whose), "that of %s",
		 rule_dst_str(other->rule, dst));
	report_overlap(c, blame ? outer : inner,
		       blame ? "contains" : "is a part of", &other->via, whose);
}

static void check_overlap(const struct check *c)
{
	const struct check_edge *outer = NULL, *edge;
	bool is_first = true;
	size_t i;

	/* Ascending: what is inside another one comes right behind it. */
	for (i = 0; i < c->n_edges; i++) {
		edge = &c->edges[i];
		compare_own(c, edge);
		if (!outer || !prefix_covers(&outer->via, &edge->via)) {
			outer = edge;
			is_first = true;
			continue;
		}
		compare_two(c, outer, edge, is_first);
		is_first = false;
	}
}

static void report_own_length(const struct check *c)
{
	char list[M46_PREFIXES_MAX * PREFIX_STRLEN] = "", text[PREFIX_STRLEN];
	struct prefix prefix;
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < c->dev->n_own; i++) {
		prefix = c->dev->own[i];
		prefix.len = GOOD_LEN;
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%s", used ? "," : "",
					 prefix_str(&prefix, text));
	}
	finding_remedy(REMEDY_M46CTL, "dev set %s prefix %s", c->dev->name,
		       list);
	finding_report(PREF6_LENGTHS, c->dev->name,
		       "mapping prefixes have unequal lengths: own prefix %s is not a /%d like others",
		       prefix_str(&c->dev->own[0], text), GOOD_LEN);
}

static void report_length(const struct check *c, const struct check_edge *edge)
{
	char via[PREFIX_STRLEN], dst[PREFIX_STRLEN], good[PREFIX_STRLEN];
	struct prefix prefix = edge->via;

	prefix.len = GOOD_LEN;
	finding_remedy(REMEDY_M46CTL, "rule replace %s via %s dev %s%s",
		       rule_dst_str(edge->rule, dst), prefix_str(&prefix, good),
		       c->dev->name,
		       edge->rule->method == M46_METHOD_ENCAP ?
		       " method encap" :
		       edge->rule->method ? " method translate" : "");
	finding_report(PREF6_LENGTHS, c->dev->name,
		       "mapping prefixes have unequal lengths: %s, the edge of %s, is not a /%d like others",
		       prefix_str(&edge->via, via), dst, GOOD_LEN);
}

static void check_lengths(const struct check *c)
{
	const struct check_dev *dev = c->dev;
	unsigned int len = dev->n_own ? dev->own[0].len : 0;
	bool unequal = false, own = false;
	size_t i;

	for (i = 0; i < c->n_edges; i++)
		unequal |= len && c->edges[i].via.len != len;
	for (i = 0; i < dev->n_own; i++) {
		unequal |= dev->own[i].len != len;
		own |= dev->own[i].len != GOOD_LEN;
	}
	if (!unequal)
		return;
	if (own)
		report_own_length(c);
	for (i = 0; i < c->n_edges; i++) {
		if (c->edges[i].via.len != GOOD_LEN)
			report_length(c, &c->edges[i]);
	}
}

void check_edges(struct check *c)
{
	check_overlap(c);
	check_lengths(c);
}
