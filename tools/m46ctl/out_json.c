// SPDX-License-Identifier: GPL-2.0
/*
 * The JSON half of the printer: one element of the list at a time is built,
 * written and freed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "out_json.h"

#define DEPTH_MAX	4
#define INDENT		4

static bool is_pretty;
static json_t *stack[DEPTH_MAX];
static unsigned int depth;
static bool in_list;
static bool first;

void out_json_setup(bool pretty)
{
	is_pretty = pretty;
}

static json_t *checked(json_t *value)
{
	if (!value) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}

	return value;
}

void out_json_list_begin(void)
{
	putchar('[');
	in_list = true;
	first = true;
}

void out_json_list_end(void)
{
	fputs(is_pretty && !first ? "\n]\n" : "]\n", stdout);
	in_list = false;
}

void out_json_add(const char *key, json_t *value)
{
	json_t *top = stack[depth - 1];

	checked(value);
	if (json_is_array(top))
		json_array_append_new(top, value);
	else
		json_object_set_new(top, key, value);
}

/* Device names may hold any byte; JSON is UTF-8. */
void out_json_string(const char *key, const char *value)
{
	json_t *string = json_string(value);
	char ascii[256];
	char *c;

	if (!string) {
		snprintf(ascii, sizeof(ascii), "%s", value);
		for (c = ascii; *c; c++) {
			if ((unsigned char)*c >= 0x80)
				*c = '?';
		}
		string = json_string(ascii);
	}
	out_json_add(key, string);
}

void out_json_open(const char *key, json_t *container)
{
	checked(container);
	if (depth == DEPTH_MAX)
		abort();
	if (depth)
		out_json_add(key, container);
	stack[depth++] = container;
}

/* Strings hold no line feed, so each one starts a line of the layout. */
static int write_indented(const char *buffer, size_t size, void *data)
{
	size_t i;

	(void)data;
	for (i = 0; i < size; i++) {
		putchar(buffer[i]);
		if (buffer[i] == '\n')
			printf("%*s", INDENT, "");
	}

	return 0;
}

/* In one piece where it is small: the library writes it in crumbs. */
static void write_compact(const json_t *element)
{
	char text[4096];
	size_t len = json_dumpb(element, text, sizeof(text), JSON_COMPACT);

	if (len <= sizeof(text))
		fwrite(text, 1, len, stdout);
	else
		json_dumpf(element, stdout, JSON_COMPACT);
}

static void write_element(const json_t *element)
{
	if (in_list && !first)
		fputs(is_pretty ? "," : ",\n", stdout);
	if (is_pretty && in_list)
		printf("\n%*s", INDENT, "");
	if (is_pretty)
		json_dump_callback(element, write_indented, NULL,
				   JSON_INDENT(INDENT));
	else
		write_compact(element);
	first = false;
}

void out_json_close(void)
{
	json_t *closed = stack[--depth];

	if (depth)
		return;
	write_element(closed);
	json_decref(closed);
}
