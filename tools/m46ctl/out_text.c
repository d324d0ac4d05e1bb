// SPDX-License-Identifier: GPL-2.0
/*
 * The text half of the printer: tables and lines of words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "out_text.h"
#include "parse.h"

#define COLUMNS_MAX	8
#define ROWS_HELD	256	/* rows looked at to find the widths */
#define LINE_WIDTH	80
#define ARRAY_TEXT	2048	/* 64 IPv4 prefixes are 1216 */

/* A colour of the terminal for what a key holds; the rest has none. */
static const struct {
	const char *key;
	const char *code;
} colours[] = {
	{ "ifname", "\033[36m" },
	{ "dev", "\033[36m" },
	{ "dst", "\033[35m" },
	{ "ipv4", "\033[35m" },
	{ "exclude", "\033[35m" },
	{ "icmp4-source", "\033[35m" },
	{ "pool6791", "\033[35m" },
	{ "via", "\033[34m" },
	{ "ipv6", "\033[34m" },
	{ "prefix", "\033[34m" },
	{ "icmp6-source", "\033[34m" },
	{ "error", "\033[31m" },
	{ "warning", "\033[33m" },
	{ "remedy", "\033[32m" },
};

static const char bold[] = "\033[1m";
static const char plain[] = "\033[0m";

static bool coloured;

/* The table, NULL when words are printed. */
static const struct out_column *cols;
static unsigned int n_cols;
static char *cells[COLUMNS_MAX];	/* the row being filled */
static bool is_base[COLUMNS_MAX];	/* cells that every row repeats */
static bool has_base;
static char *held[ROWS_HELD][COLUMNS_MAX];
static unsigned int n_held;
static bool measuring;
static bool widths_known;
static size_t width[COLUMNS_MAX];

/* The line of words. */
static size_t line_used;

/* The array being collected. */
static const char *array_key;
static const char *array_empty;
static char array_text[ARRAY_TEXT];

void out_text_setup(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	coloured = isatty(STDOUT_FILENO) && !(no_colour && *no_colour) &&
		   term && strcmp(term, "dumb");
}

static const char *colour_of(const char *key)
{
	unsigned int i;

	for (i = 0; coloured && i < ARRAY_SIZE(colours); i++) {
		if (!strcmp(key, colours[i].key))
			return colours[i].code;
	}

	return NULL;
}

/* A table may be a million rows: nothing here takes a lock or formats. */
static void put_coloured(const char *code, const char *text)
{
	const char *c;

	if (code)
		fputs_unlocked(code, stdout);
	for (c = text; *c; c++)
		putchar_unlocked((unsigned char)*c < ' ' || *c == 0x7f ?
				 '?' : *c);
	if (code)
		fputs_unlocked(plain, stdout);
}

static void put_spaces(int n)
{
	while (n-- > 0)
		putchar_unlocked(' ');
}

static char *copy(const char *s)
{
	char *dup = strdup(s);

	if (!dup) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}

	return dup;
}

/* Tables */

static void print_cell(unsigned int i, const char *text, const char *code)
{
	int pad = (int)width[i] - (int)strlen(text);

	if (i)
		put_spaces(2);
	if (cols[i].right)
		put_spaces(pad);
	put_coloured(code, text);
	/* No spaces at the end of a line. */
	if (!cols[i].right && i + 1 < n_cols)
		put_spaces(pad);
}

static void print_row(char **row)
{
	unsigned int i;

	for (i = 0; i < n_cols; i++)
		print_cell(i, row[i] ? row[i] : "-", colour_of(cols[i].key));
	putchar_unlocked('\n');
}

static void print_heading(void)
{
	unsigned int i;

	for (i = 0; i < n_cols; i++)
		print_cell(i, cols[i].title, coloured ? bold : NULL);
	putchar('\n');
}

static void measure(char **row)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < n_cols; i++) {
		len = row[i] ? strlen(row[i]) : 1;
		if (len > width[i])
			width[i] = len;
	}
	widths_known = true;
}

static void release_held(void)
{
	unsigned int row, i;

	if (!n_held)
		return;
	for (row = 0; row < n_held; row++)
		measure(held[row]);
	print_heading();
	for (row = 0; row < n_held; row++) {
		print_row(held[row]);
		for (i = 0; i < n_cols; i++)
			free(held[row][i]);
	}
	n_held = 0;
}

/* Print the row, or keep it while the widths are not known. */
static void emit_row(void)
{
	unsigned int i;

	if (measuring) {
		measure(cells);
		return;
	}
	if (widths_known) {
		print_row(cells);
		return;
	}
	for (i = 0; i < n_cols; i++)
		held[n_held][i] = cells[i] ? copy(cells[i]) : NULL;
	if (++n_held == ROWS_HELD)
		release_held();
}

static void clear_cells(bool base_too)
{
	unsigned int i;

	for (i = 0; i < n_cols; i++) {
		if (is_base[i] && !base_too)
			continue;
		free(cells[i]);
		cells[i] = NULL;
		is_base[i] = false;
	}
}

static void set_cell(const char *key, const char *value)
{
	unsigned int i;

	for (i = 0; i < n_cols; i++) {
		if (strcmp(cols[i].key, key))
			continue;
		free(cells[i]);
		cells[i] = copy(value);
	}
}

void out_text_row_base(void)
{
	unsigned int i;

	for (i = 0; i < n_cols; i++)
		is_base[i] = cells[i];
	has_base = true;
}

void out_text_row_end(void)
{
	emit_row();
	clear_cells(false);
}

void out_text_field(const char *key, const char *text, int width)
{
	put_coloured(colour_of(key), text);
	put_spaces(width - (int)strlen(text));
}

/* Lines of words */

/* Start a token of @len columns: a space, or a new line. */
static void start_token(size_t len)
{
	if (line_used && line_used + 1 + len > LINE_WIDTH) {
		fputs("\n    ", stdout);
		line_used = 4;
	} else if (line_used) {
		putchar(' ');
		line_used++;
	}
	line_used += len;
}

static void print_word(const char *key, const char *format, const char *value)
{
	const char *mark = format ? strstr(format, "%s") : NULL;
	size_t len = strlen(value);

	if (!mark) {
		start_token(strlen(key) + 1 + len);
		printf("%s ", key);
		put_coloured(colour_of(key), value);
		return;
	}
	start_token(strlen(format) - 2 + len);
	printf("%.*s", (int)(mark - format), format);
	put_coloured(colour_of(key), value);
	fputs(mark + 2, stdout);
}

static void add_item(const char *value)
{
	size_t used = strlen(array_text);

	snprintf(array_text + used, sizeof(array_text) - used, "%s%s",
		 used ? "," : "", value);
}

void out_text_heading(const char *heading)
{
	if (cols || !heading)
		return;
	printf("\n    %s", heading);
	line_used = 4 + strlen(heading);
}

/* Both */

void out_text_value(const char *key, const char *format, const char *value)
{
	if (array_key)
		add_item(value);
	else if (cols)
		set_cell(key, value);
	else
		print_word(key, format, value);
}

void out_text_array_begin(const char *key, const char *empty)
{
	array_key = key;
	array_empty = empty;
	array_text[0] = '\0';
}

void out_text_array_end(void)
{
	const char *key = array_key;

	array_key = NULL;
	out_text_value(key, NULL, array_text[0] ? array_text : array_empty);
}

void out_text_list_begin(const struct out_column *columns)
{
	cols = columns;
	widths_known = false;
	n_cols = 0;
	while (cols && cols[n_cols].key && n_cols < COLUMNS_MAX) {
		width[n_cols] = strlen(cols[n_cols].title);
		n_cols++;
	}
}

bool out_text_measure_begin(void)
{
	measuring = cols;

	return measuring;
}

void out_text_measure_end(void)
{
	measuring = false;
	if (widths_known)
		print_heading();
}

void out_text_object_end(void)
{
	if (cols) {
		if (!has_base)
			emit_row();
		clear_cells(true);
		has_base = false;
	} else if (line_used) {
		putchar('\n');
	}
	line_used = 0;
}

void out_text_list_end(void)
{
	if (cols && !widths_known)
		release_held();
	cols = NULL;
	n_cols = 0;
}
