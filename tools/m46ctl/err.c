// SPDX-License-Identifier: GPL-2.0
/*
 * Errors: one line on stderr each.
 */
#include <stdarg.h>
#include <stdio.h>

#include "err.h"

static const char *place_file;
static unsigned long place_line;
static const char *object_name;
static const char *command_name;

void err_set_place(const char *file, unsigned long line)
{
	place_file = file;
	place_line = line;
}

void err_set_command(const char *object, const char *command)
{
	object_name = object;
	command_name = command;
}

/* What was typed comes back in the text: keep it one line, and harmless. */
static void clean(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
	}
}

__attribute__((format(printf, 2, 0)))
static void print_line(const char *kind, const char *fmt, va_list ap)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, ap);
	clean(text);
	fflush(stdout);
	fputs("m46ctl: ", stderr);
	if (place_file)
		fprintf(stderr, "%s:%lu: ", place_file, place_line);
	if (object_name)
		fprintf(stderr, "%s%s%s: ", object_name,
			command_name ? " " : "",
			command_name ? command_name : "");
	fprintf(stderr, "%s%s\n", kind, text);
}

int err_refused(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line("", fmt, ap);
	va_end(ap);

	return EXIT_REFUSED;
}

int err_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line("", fmt, ap);
	va_end(ap);

	return EXIT_USAGE;
}

void err_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line("", fmt, ap);
	va_end(ap);
}

void err_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line("warning: ", fmt, ap);
	va_end(ap);
}
