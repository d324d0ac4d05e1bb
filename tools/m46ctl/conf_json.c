// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration as JSON: a file's sections with their keys and values as they
 * stand there. What may stand more than once is an array, be it there once.
 */
#include <stdlib.h>
#include <string.h>

#include "conf_item.h"
#include "conf_parse.h"
#include "out.h"

static bool may_repeat(const char *key)
{
	const struct word_table *const tables[] = { &dev_words, &pool_words };
	unsigned int i, t;

	if (!strcmp(key, "Address") || !strcmp(key, "Route") ||
	    conf_is_command(key))
		return true;
	for (t = 0; t < ARRAY_SIZE(tables); t++) {
		for (i = 0; i < tables[t]->n; i++) {
			if (conf_key_is(key, tables[t]->words[i].name))
				return word_is_list(&tables[t]->words[i]);
		}
	}

	return false;
}

/*
 * "Key = value"; of equal keys, which stand together, @open is the array that is
 * not closed yet.
 */
static void print_key(char *line, char open[CONF_KEYLEN])
{
	char *value = strstr(line, " = ");

	if (!value)
		return;
	*value = '\0';
	value += 3;
	if (strcmp(line, open)) {
		if (*open)
			out_array_end();
		*open = '\0';
		if (!may_repeat(line)) {
			out_string(line, NULL, value);
			return;
		}
		snprintf(open, CONF_KEYLEN, "%s", line);
		out_array_begin(line, NULL);
	}
	out_string(NULL, NULL, value);
}

static void end_section(char open[CONF_KEYLEN])
{
	if (*open)
		out_array_end();
	*open = '\0';
	out_object_end();
}

void conf_print_json(const struct conf *conf)
{
	char open[CONF_KEYLEN] = "", *text, *line, *rest;
	bool first = true;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	conf_print(f, conf);
	if (fclose(f))
		abort();
	out_list_begin(NULL);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (*line != '[') {
			print_key(line, open);
			continue;
		}
		if (!first)
			end_section(open);
		out_object_begin();
		line[strcspn(line, "]")] = '\0';
		out_string("section", NULL, line + 1);
		if (first)
			out_string("dev", NULL, conf->name);
		first = false;
	}
	end_section(open);
	out_list_end();
	free(text);
}
