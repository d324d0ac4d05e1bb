// SPDX-License-Identifier: GPL-2.0
/*
 * Many commands, one a line, over one socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "err.h"

#define BATCH_WORDS	128	/* longest line */

static int run_line(char *line)
{
	char *words[BATCH_WORDS];
	struct parse_err err;
	int n;

	n = parse_split(line, words, BATCH_WORDS, &err);
	if (n < 0)
		return err_usage("%s", err.text);
	if (!n)
		return EXIT_OK;

	return cmd_dispatch(n, words);
}

static int run_lines(FILE *f, const char *name, bool force)
{
	unsigned long number = 0;
	int ret = EXIT_OK, this;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	errno = 0;
	while ((len = getline(&line, &size, f)) > 0) {
		err_set_place(name, ++number);
		if (strlen(line) != (size_t)len)
			this = err_usage("NUL byte");
		else
			this = run_line(line);
		if (this && !ret)
			ret = this;
		if (ret && !force)
			break;
		errno = 0;
	}
	err_set_place(NULL, 0);
	free(line);
	if (ferror(f))
		ret = err_refused("%s: %s", name, strerror(errno));

	return ret;
}

int batch_run(const char *file, bool force)
{
	bool is_stdin = !strcmp(file, "-");
	FILE *f = is_stdin ? stdin : fopen(file, "r");
	int ret;

	if (!f)
		return err_refused("%s: %s", file, strerror(errno));
	options.batch = true;
	options.stdin_taken = is_stdin;
	ret = run_lines(f, is_stdin ? "stdin" : file, force);
	if (!is_stdin)
		fclose(f);

	return ret;
}
