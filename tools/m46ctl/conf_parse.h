/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside the parser of configuration files: conf_ini.c reads lines,
 * conf_parse.c makes things of keys, conf_check.c looks at the file as a whole.
 */
#ifndef M46CTL_CONF_PARSE_H
#define M46CTL_CONF_PARSE_H

#include "conf.h"

#define CONF_LINE	4096	/* the longest line */

struct conf_section;

/**
 * struct conf_parser - a file that is being read
 * @line: of what was read last
 * @n_calls: times that the library has asked for a line
 * @lines: the line that each of them gave
 * @buf: that line
 * @rest: what the library has not had of it
 * @key: the last key, whose value may go on; NULL: there is none
 * @text: its value so far
 * @key_line: where it stands
 * @heading: the last line was one
 * @section: where we are, NULL: in front of all
 * @section_line: where it begins
 * @device_line: where [Device] begins
 * @table: of routes that say none
 * @operands: of the section, as it was read
 * @operand_line: where the last of them stands
 * @texts: its words, likewise
 */
struct conf_parser {
	FILE *f;
	struct conf *conf;
	struct conf_error *err;
	unsigned int line;
	unsigned int n_calls;
	size_t lines_room;
	unsigned int *lines;
	char buf[CONF_LINE + 1];
	const char *rest;
	char *key;
	char *text;
	unsigned int key_line;
	bool heading;
	const struct conf_section *section;
	unsigned int section_line;
	unsigned int device_line;
	uint32_t table;
	char *operands[2];
	unsigned int operand_line;
	char *texts[WORDS_MAX];
};

/* Of several errors that of the first line counts. Return: -1. */
int conf_fail(struct conf_parser *p, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Ends the program where memory ends. */
char *conf_copy(const char *text);

/* What the reader finds. Return: 0, or -1 (conf_fail()). */
int conf_begin_section(struct conf_parser *p, const char *name);
int conf_set_key(struct conf_parser *p, const char *key, const char *text);
int conf_end_section(struct conf_parser *p);
void conf_forget_args(struct conf_parser *p);

/* Whether the value of a key is a command of the shell's. */
bool conf_is_command(const char *key);

/* When all is read. Likewise. */
int conf_check(struct conf_parser *p);

#endif /* M46CTL_CONF_PARSE_H */
