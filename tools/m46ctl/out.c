// SPDX-License-Identifier: GPL-2.0
/*
 * The printer: one call prints text or JSON.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "err.h"
#include "out.h"
#include "out_json.h"
#include "out_text.h"
#include "parse.h"

static bool is_json;
static int broken;	/* errno of the first failure of standard output */

void out_setup(bool json, bool pretty)
{
	is_json = json;
	out_json_setup(pretty);
	out_text_setup();
}

bool out_is_json(void)
{
	return is_json;
}

void out_list_begin(const struct out_column *columns)
{
	if (is_json)
		out_json_list_begin();
	else
		out_text_list_begin(columns);
}

void out_list_end(void)
{
	if (is_json)
		out_json_list_end();
	else
		out_text_list_end();
}

bool out_measure_begin(void)
{
	return !is_json && out_text_measure_begin();
}

void out_measure_end(void)
{
	out_text_measure_end();
}

void out_object_begin(void)
{
	if (is_json)
		out_json_open(NULL, '{');
}

void out_object_end(void)
{
	if (is_json)
		out_json_close();
	else
		out_text_object_end();
}

void out_string(const char *key, const char *format, const char *value)
{
	if (is_json)
		out_json_string(key, value);
	else
		out_text_value(key, format, value);
}

void out_uint(const char *key, const char *format, uint64_t value)
{
	char text[24];

	if (is_json) {
		out_json_uint(key, value);
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64, value);
	out_text_value(key, format, text);
}

void out_time(const char *key, const char *format, uint32_t seconds)
{
	char text[TIME_STRLEN];

	if (is_json)
		out_json_uint(key, seconds);
	else
		out_text_value(key, format, time_str(seconds, text));
}

void out_bool(const char *key, bool value)
{
	if (is_json)
		out_json_literal(key, value ? "true" : "false");
	else
		out_text_value(key, NULL, value ? "on" : "off");
}

void out_flag(const char *key, bool value)
{
	if (is_json)
		out_json_literal(key, value ? "true" : "false");
	else if (value)
		out_text_value(key, "%s", key);
}

void out_null(const char *key)
{
	if (is_json)
		out_json_literal(key, "null");
}

void out_array_begin(const char *key, const char *empty)
{
	if (is_json)
		out_json_open(key, '[');
	else
		out_text_array_begin(key, empty);
}

void out_array_end(void)
{
	if (is_json)
		out_json_close();
	else
		out_text_array_end();
}

void out_map_begin(const char *key, const char *heading)
{
	if (is_json)
		out_json_open(key, '{');
	else
		out_text_heading(heading);
}

void out_map_end(void)
{
	if (is_json)
		out_json_close();
}

void out_entries(void)
{
	if (!is_json)
		out_text_row_base();
}

void out_entry(const char *name_key, const char *name, const char *value_key,
	       uint64_t value)
{
	if (is_json) {
		out_uint(name, NULL, value);
		return;
	}
	out_string(name_key, NULL, name);
	out_uint(value_key, NULL, value);
}

void out_entry_note(const char *key, const char *value)
{
	if (!is_json)
		out_text_value(key, NULL, value);
}

void out_entry_end(void)
{
	if (!is_json)
		out_text_row_end();
}

void out_line(const char *format, ...)
{
	va_list ap;

	if (is_json)
		return;
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
}

int out_flush(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	if (!broken)
		broken = errno;

	return -1;
}

int out_finish(void)
{
	if (out_flush())
		return err_refused("standard output: %s", strerror(broken));

	return EXIT_OK;
}
