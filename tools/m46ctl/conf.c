// SPDX-License-Identifier: GPL-2.0
/*
 * The configuration of one device in memory, and the names of its keys.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "err.h"

void conf_grow(void **things, size_t *n, size_t *room, size_t size)
{
	if (*n == *room) {
		*room = *room ? 2 * *room : 8;
		*things = reallocarray(*things, *room, size);
		if (!*things)
			abort();
	}
	memset((char *)*things + size * (*n)++, 0, size);
}

void conf_key(const char *word, char key[CONF_KEYLEN])
{
	size_t n = 0;
	bool capital = true;

	for (; *word && n + 1 < CONF_KEYLEN; word++) {
		if (*word == '-') {
			capital = true;
			continue;
		}
		key[n++] = capital && *word >= 'a' && *word <= 'z' ?
			   (char)(*word - 'a' + 'A') : *word;
		capital = false;
	}
	key[n] = '\0';
}

bool conf_key_is(const char *key, const char *word)
{
	for (;; key++, word++) {
		while (*key == '-')
			key++;
		while (*word == '-')
			word++;
		if ((*key >= 'A' && *key <= 'Z' ? *key + 'a' - 'A' : *key) !=
		    *word)
			return false;
		if (!*word)
			return true;
	}
}

void conf_init(struct conf *conf, const char *name)
{
	memset(conf, 0, sizeof(*conf));
	snprintf(conf->name, sizeof(conf->name), "%s", name);
}

/* Who may write the file is root when a command runs. */
static int check_owner(FILE *f, const struct conf *conf)
{
	struct stat st;

	if (!conf->commands.n || fstat(fileno(f), &st) ||
	    !(st.st_mode & S_IWOTH))
		return EXIT_OK;

	return err_refused("%s:%u: commands in a file that everybody can write",
			   conf->path, conf->commands.things[0].line);
}

int conf_read_file(const char *path, const char *name, struct conf *conf)
{
	bool is_stdin = !strcmp(path, CONF_STDIO);
	struct conf_error err;
	FILE *f;
	int ret;

	conf_init(conf, name);
	f = is_stdin ? stdin : fopen(path, "re");
	if (is_stdin)
		path = "standard input";
	if (!f)
		return err_refused("%s: %s", path, strerror(errno));
	ret = conf_parse(f, name, conf, &err);
	conf->path = path;
	if (!ret)
		ret = check_owner(f, conf);
	else if (err.line)
		ret = err_refused("%s:%u: %s", path, err.line, err.why.text);
	else
		ret = err_refused("%s: %s", path, err.why.text);
	if (!is_stdin)
		fclose(f);

	return ret;
}

void conf_free(struct conf *conf)
{
	size_t i;

	for (i = 0; i < WORDS_MAX; i++)
		free(conf->texts[i]);
	for (i = 0; i < conf->commands.n; i++)
		free(conf->commands.things[i].text);
	rulefile_free(&conf->rules);
	free(conf->pools.things);
	free(conf->entries.things);
	free(conf->addrs.things);
	free(conf->routes.things);
	free(conf->commands.things);
	conf_init(conf, "");
}
