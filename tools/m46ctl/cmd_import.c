// SPDX-License-Identifier: GPL-2.0
/*
 * import: the configuration of another translator as a file of ours.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "err.h"
#include "import.h"

typedef int (*reader)(struct import *im, const char *text, size_t n);

/* All of @f, which ends up in @text. Return: its length, or -1 (printed). */
static ssize_t read_all(FILE *f, const char *name, char **text)
{
	size_t room = 65536, n = 0, got;

	*text = malloc(room);
	if (!*text)
		abort();
	while ((got = fread(*text + n, 1, room - n, f))) {
		n += got;
		if (n < room)
			continue;
		if (n >= IMPORT_SIZE_MAX) {
			err_refused("%s: larger than %u bytes", name,
				    IMPORT_SIZE_MAX - 1);
			return -1;
		}
		room *= 2;
		*text = realloc(*text, room);
		if (!*text)
			abort();
	}
	if (!ferror(f))
		return (ssize_t)n;
	err_refused("%s: %s", name, strerror(errno ? errno : EIO));

	return -1;
}

static int refused(const char *name, const struct conf_error *err)
{
	if (err->line)
		return err_refused("%s:%u: %s", name, err->line, err->why.text);

	return err_refused("%s: %s", name, err->why.text);
}

/* Nothing is printed of what cannot be read to its end. */
static int convert(const char *name, const char *text, size_t n, reader read)
{
	struct import im = { .adpt = false };
	struct conf conf;
	size_t i;
	int ret = EXIT_OK;

	conf_init(&conf, "import");
	if (read(&im, text, n) || import_make(&im, &conf)) {
		ret = refused(name, &im.err);
	} else {
		for (i = 0; i < im.notes.n; i++)
			err_warn("%s: %s", name, im.notes.things[i].text);
		if (im.n_more)
			err_warn("%s: and %u more", name, im.n_more);
		import_print(stdout, &im, &conf);
	}
	conf_free(&conf);
	import_free(&im);

	return ret;
}

static int run(int argc, char **argv, reader read)
{
	const char *name = argv[0];
	bool is_stdin;
	char *text;
	ssize_t n;
	FILE *f;
	int ret;

	if (!argc)
		return err_refused("FILE is missing");
	if (argc > 1)
		return err_refused("\"%s\": one FILE only", argv[1]);
	is_stdin = !strcmp(name, "-");
	if (is_stdin && options.stdin_taken)
		return err_refused("-: standard input is the batch");
	f = is_stdin ? stdin : fopen(name, "re");
	if (!f)
		return err_refused("%s: %s", name, strerror(errno));
	if (is_stdin)
		name = "stdin";
	n = read_all(f, name, &text);
	if (!is_stdin)
		fclose(f);
	ret = n < 0 ? EXIT_REFUSED : convert(name, text, (size_t)n, read);
	free(text);

	return ret;
}

static int run_jool(int argc, char **argv)
{
	return run(argc, argv, import_jool);
}

static int run_tayga(int argc, char **argv)
{
	return run(argc, argv, import_tayga);
}

static const struct command commands[] = {
	{ "jool", run_jool, "FILE|-" },
	{ "tayga", run_tayga, "FILE|-" },
	{ NULL, NULL, NULL }
};

const struct object import_object = {
	"import", commands, NULL, "files of other translators as files of ours"
};
