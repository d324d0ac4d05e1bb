// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of a device, printed: for m46ctl and, by another out.h, for ip
 * (../iproute2/link_m46.c).
 */
#include <linux/m46.h>
#include <string.h>
#include <sys/socket.h>

#include "dev.h"
#include "link.h"
#include "out.h"

/* Lists are arrays in JSON, whatever keyword there is for them. */
static void print_prefixes(const struct word *word, const struct value *value)
{
	const char *empty = NULL, *all = NULL;
	char text[PREFIX_STRLEN];
	unsigned int i;

	if (word->keywords) {
		empty = keyword_name(word->keywords, WORD_EMPTY);
		all = keyword_name(word->keywords, WORD_ALL);
	}
	if (all && value->n == 1 && !value->list[0].len && !out_is_json()) {
		out_string(word->name, NULL, all);
		return;
	}
	if (word->count == 1 && value->n <= 1) {
		out_string(word->name, NULL, value->n ?
			   prefix_str(&value->list[0], text) : empty);
		return;
	}
	out_array_begin(word->name, empty ? empty : "none");
	for (i = 0; i < value->n; i++)
		out_string(NULL, NULL, word->type == WORD_ADDRS ?
			   addr_str(&value->list[i], text) :
			   prefix_str(&value->list[i], text));
	out_array_end();
}

/* word: NULL in a list */
static void print_link(const char *word, const struct word_link *named)
{
	struct link link;

	if (!link_get((int)named->index, NULL, &link))
		out_string(word, NULL, link.name);
	else	/* gone, or of another namespace */
		out_uint(word, NULL, named->index);
}

static void print_links(const struct word *word, const struct value *value)
{
	unsigned int i;

	out_array_begin(word->name, keyword_name(word->keywords, WORD_EMPTY));
	for (i = 0; i < value->n; i++)
		print_link(NULL, &value->links[i]);
	out_array_end();
}

static void print_nums(const struct word *word, const struct value *value)
{
	unsigned int i;

	out_array_begin(word->name, "none");
	for (i = 0; i < value->n; i++)
		out_uint(NULL, NULL, value->nums[i]);
	out_array_end();
}

static void print_addr(const struct word *word, const struct value *value)
{
	static const struct in6_addr any;
	char text[PREFIX_STRLEN];
	bool special;

	special = word->keywords &&
		  !memcmp(value->prefix.bytes, &any,
			  word->family == AF_INET ? 4 : sizeof(any));
	out_string(word->name, NULL, special ? word->keywords->name :
		   addr_str(&value->prefix, text));
}

static void print_value(const struct word *word, const struct value *value)
{
	char plane[PLANE_STRLEN], prefix[PREFIX_STRLEN];
	const char *name = NULL;

	if (word->type == WORD_ENUM || word->type == WORD_U16_SPECIAL)
		name = keyword_name(word->keywords, value->num);
	switch (word->type) {
	case WORD_BOOL:
		out_bool(word->name, value->num);
		break;
	case WORD_ENUM:
	case WORD_U16_SPECIAL:
	case WORD_U8:
	case WORD_U32:
		/* A newer kernel's value has no name here yet. */
		if (name)
			out_string(word->name, NULL, name);
		else
			out_uint(word->name, NULL, value->num);
		break;
	case WORD_U16_LIST:
		print_nums(word, value);
		break;
	case WORD_ADDR:
		print_addr(word, value);
		break;
	case WORD_ADDRS:
	case WORD_PREFIXES:
		print_prefixes(word, value);
		break;
	case WORD_PREFIX_NEST:
		out_string(word->name, NULL,
			   prefix_str(&value->prefix, prefix));
		break;
	case WORD_LINK:
		if (value->link.index)
			print_link(word->name, &value->link);
		else
			out_string(word->name, NULL, word->keywords->name);
		break;
	case WORD_LINKS:
		print_links(word, value);
		break;
	case WORD_TIME:
		out_time(word->name, NULL, value->num);
		break;
	case WORD_PLANE:
		out_string(word->name, NULL, plane_str(value->plane, plane));
		break;
	case WORD_FLAG:
	case WORD_PREFIX:
	case WORD_IFNAME:
	case WORD_PATH:
	case WORD_WHEN:
	case WORD_KEY:
		break;
	}
}

/* Not what belongs to other modes, and no list that cannot be empty. */
static bool has_word(const struct value *values, const struct word *word,
		     const struct value *value)
{
	unsigned int mode = dev_mode(values);

	if (mode && !word_in_mode(word, mode))
		return false;

	return word->type != WORD_PREFIXES || word->keywords || value->n;
}

void dev_print(const struct value *values)
{
	const struct word *word;
	unsigned int i;

	for (i = 0; i < dev_words.n; i++) {
		word = &dev_words.words[i];
		if (values[i].set && has_word(values, word, &values[i]))
			print_value(word, &values[i]);
	}
}
