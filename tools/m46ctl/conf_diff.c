// SPDX-License-Identifier: GPL-2.0
/*
 * How two configurations differ, as diff -u shows it.
 */
#include <stdlib.h>
#include <string.h>

#include "conf_item.h"

#define CONTEXT		3	/* lines around a change */

/**
 * struct diff_line - of either text, or of both
 * @tag: '-', '+' or ' '
 */
struct diff_line {
	char tag;
	const char *text;
	int len;
};

struct diff {
	CONF_LIST(struct diff_line) lines;
	bool any;
};

static void add_line(struct diff *d, char tag, const char *text, int len)
{
	struct diff_line *line = conf_add(&d->lines);

	line->tag = tag;
	line->text = text;
	line->len = len;
}

static void add_lines(struct diff *d, char tag, const char *text)
{
	int len;

	for (; *text; text += len + 1) {
		len = (int)strcspn(text, "\n");
		add_line(d, tag, text, len);
		if (!text[len])
			return;
	}
}

static int line_len(const char *text)
{
	return (int)strcspn(text, "\n") + 1;
}

/* Two texts of one thing: what they begin with is the same. */
static void add_both(struct diff *d, const char *old, const char *new)
{
	int len;

	for (; *old && *new; old += len, new += len) {
		len = line_len(old);
		if (len != line_len(new) || strncmp(old, new, (size_t)len))
			break;
		add_line(d, ' ', old, len - 1);
	}
	add_lines(d, '-', old);
	add_lines(d, '+', new);
}

static void step(const struct conf_change *change, void *arg)
{
	struct diff *d = arg;

	d->any |= conf_changed(change);
	add_both(d, change->old ? change->old->text : "",
		 change->new ? change->new->text : "");
}

static void print_line(FILE *f, const struct diff_line *line, bool colour)
{
	const char *on = line->tag == '-' ? "\033[31m" :
			 line->tag == '+' ? "\033[32m" : NULL;

	if (!colour)
		on = NULL;
	fprintf(f, "%s%c%.*s%s\n", on ? on : "", line->tag, line->len,
		line->text, on ? "\033[m" : "");
}

/* Where the hunk that begins with change @i ends. */
static size_t hunk_end(const struct diff *d, size_t i)
{
	size_t quiet = 0;

	for (; i < d->lines.n && quiet <= 2 * CONTEXT; i++)
		quiet = d->lines.things[i].tag == ' ' ? quiet + 1 : 0;
	if (quiet > CONTEXT)
		i -= quiet - CONTEXT;

	return i;
}

static size_t count(const struct diff *d, size_t from, size_t to, char not_tag)
{
	size_t n = 0;

	for (; from < to; from++)
		n += d->lines.things[from].tag != not_tag;

	return n;
}

static void print_hunk(FILE *f, const struct diff *d, size_t from, size_t to,
		       bool colour)
{
	size_t old = count(d, from, to, '+'), new = count(d, from, to, '-');

	fprintf(f, "%s@@ -%zu,%zu +%zu,%zu @@%s\n", colour ? "\033[36m" : "",
		count(d, 0, from, '+') + !!old, old,
		count(d, 0, from, '-') + !!new, new, colour ? "\033[m" : "");
	for (; from < to; from++)
		print_line(f, &d->lines.things[from], colour);
}

bool conf_diff(FILE *f, const struct conf *old, const struct conf *new,
	       bool colour)
{
	struct conf_items old_items, new_items;
	struct diff d = { .any = false };
	size_t i, from, to = 0;

	conf_items_get(&old_items, old);
	conf_items_get(&new_items, new);
	add_line(&d, ' ', "[Device]", 8);
	conf_walk(&old_items, &new_items, step, &d);
	if (d.any)
		fprintf(f, "--- %s (running)\n+++ %s\n", old->name, new->path ?
			new->path : new->name);
	for (i = 0; i < d.lines.n; i++) {
		if (d.lines.things[i].tag == ' ')
			continue;
		from = i < to + CONTEXT ? to : i - CONTEXT;
		to = hunk_end(&d, i);
		print_hunk(f, &d, from, to, colour);
		i = to - 1;
	}
	free(d.lines.things);
	conf_items_free(&old_items);
	conf_items_free(&new_items);

	return d.any;
}
