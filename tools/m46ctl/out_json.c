// SPDX-License-Identifier: GPL-2.0
/*
 * The JSON half of the printer: written as it comes, for a tree of a million
 * small objects would take longer to build than to print.
 */
#include <stdio.h>
#include <stdlib.h>

#include "out_json.h"

#define DEPTH_MAX	4
#define INDENT		4

static bool is_pretty;
static bool in_list;
static bool first;	/* element of the list */

/* What is open, outermost first. */
static struct {
	bool is_object;
	bool is_empty;
} stack[DEPTH_MAX];
static unsigned int depth;

void out_json_setup(bool pretty)
{
	is_pretty = pretty;
}

static void start_line(unsigned int level)
{
	unsigned int n = INDENT * (level + in_list);

	putchar_unlocked('\n');
	while (n--)
		putchar_unlocked(' ');
}

void out_json_list_begin(void)
{
	putchar_unlocked('[');
	in_list = true;
	first = true;
}

void out_json_list_end(void)
{
	in_list = false;
	if (is_pretty && !first)
		start_line(0);
	fputs_unlocked("]\n", stdout);
}

/* Return: bytes of the UTF-8 character at @s, 0 where there is none. */
static unsigned int utf8_len(const unsigned char *s)
{
	unsigned int i, len = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;

	/* first bytes that are none; overlong; surrogates; beyond U+10FFFF */
	if ((*s >= 0x80 && *s < 0xc2) || *s > 0xf4 ||
	    (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}

	return len;
}

static void put_escaped(unsigned char c)
{
	static const char letters[] = { ['\b'] = 'b', ['\f'] = 'f',
					['\n'] = 'n', ['\r'] = 'r',
					['\t'] = 't', ['"'] = '"',
					['\\'] = '\\' };

	if (letters[c]) {
		putchar_unlocked('\\');
		putchar_unlocked(letters[c]);
	} else {
		printf("\\u%04X", c);
	}
}

/* Device names may hold any byte; JSON is UTF-8. */
static void put_string(const char *value)
{
	const unsigned char *s = (const unsigned char *)value;
	unsigned int len;

	putchar_unlocked('"');
	for (; *s; s++) {
		len = utf8_len(s);
		if (!len) {
			putchar_unlocked('?');
			continue;
		}
		if (*s < ' ' || *s == '"' || *s == '\\') {
			put_escaped(*s);
			continue;
		}
		putchar_unlocked(*s);
		while (--len)
			putchar_unlocked(*++s);
	}
	putchar_unlocked('"');
}

/* What stands in front of a value. */
static void start_value(const char *key)
{
	if (!depth) {
		if (in_list && !first)
			fputs_unlocked(is_pretty ? "," : ",\n", stdout);
		if (in_list && is_pretty)
			start_line(0);
		first = false;
		return;
	}
	if (!stack[depth - 1].is_empty)
		putchar_unlocked(',');
	stack[depth - 1].is_empty = false;
	if (is_pretty)
		start_line(depth);
	if (!stack[depth - 1].is_object)
		return;
	put_string(key);
	fputs_unlocked(is_pretty ? ": " : ":", stdout);
}

void out_json_open(const char *key, char bracket)
{
	if (depth == DEPTH_MAX)
		abort();
	start_value(key);
	putchar_unlocked(bracket);
	stack[depth].is_object = bracket == '{';
	stack[depth++].is_empty = true;
}

void out_json_close(void)
{
	depth--;
	if (is_pretty && !stack[depth].is_empty)
		start_line(depth);
	putchar_unlocked(stack[depth].is_object ? '}' : ']');
}

void out_json_string(const char *key, const char *value)
{
	start_value(key);
	put_string(value);
}

void out_json_uint(const char *key, uint64_t value)
{
	char digits[20];
	int n = 0;

	start_value(key);
	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n)
		putchar_unlocked(digits[--n]);
}

void out_json_literal(const char *key, const char *value)
{
	start_value(key);
	fputs_unlocked(value, stdout);
}
