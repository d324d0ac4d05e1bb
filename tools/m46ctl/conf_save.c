// SPDX-License-Identifier: GPL-2.0
/*
 * A running device into its file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_item.h"
#include "conf_path.h"
#include "conf_save.h"
#include "err.h"

/* The lines in front of the first section. */
static void copy_top(FILE *to, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0 &&
	       line[strspn(line, " \t")] != '[')
		fputs(line, to);
	free(line);
	if (f)
		fclose(f);
}

/* What only the file knows. */
static void take_over(struct conf *conf, struct conf *file)
{
	unsigned int i;

	for (i = 0; i < dev_words.n; i++) {
		if (dev_words.words[i].type != WORD_KEY)
			continue;
		conf->texts[i] = file->texts[i];
		file->texts[i] = NULL;
	}
	conf->commands.things = file->commands.things;
	conf->commands.n = file->commands.n;
	file->commands.things = NULL;
	file->commands.n = 0;
}

/* As what is there; else a key is nobody else's business. */
static mode_t mode_for(const struct conf *conf, const struct stat *st)
{
	unsigned int i;

	if (st->st_mode)
		return st->st_mode & 07777;
	for (i = 0; i < dev_words.n; i++) {
		if (dev_words.words[i].type == WORD_KEY && conf->texts[i])
			return 0600;
	}

	return 0644;
}

static int write_file(int fd, const struct conf *conf, const char *path,
		      const struct stat *st)
{
	FILE *f = fdopen(fd, "w");
	int ret;

	if (!f) {
		close(fd);
		return -1;
	}
	if (st->st_mode)
		copy_top(f, path);
	conf_print(f, conf);
	ret = fflush(f) || fchmod(fd, mode_for(conf, st)) || fsync(fd);
	if (st->st_mode && !ret && fchown(fd, st->st_uid, st->st_gid) &&
	    errno != EPERM)
		ret = -1;

	return fclose(f) || ret ? -1 : 0;
}

/* A rename is on disk when its directory is. */
static int sync_dir(const char *path)
{
	char dir[CONF_PATHLEN + 2];
	char *slash;
	int fd, ret;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[1] = '\0';
	else
		strcpy(dir, ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = fsync(fd);
	close(fd);

	return ret && errno != EINVAL ? -1 : 0;
}

static int replace_file(const struct conf *conf, const char *path,
			const struct stat *st)
{
	char temp[CONF_PATHLEN + 16];
	int fd;

	snprintf(temp, sizeof(temp), "%s.XXXXXX", path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return err_refused("%s: %s", path, strerror(errno));
	if (write_file(fd, conf, path, st) || rename(temp, path)) {
		err_refused("%s: %s", path, strerror(errno));
		unlink(temp);
		return EXIT_REFUSED;
	}
	if (sync_dir(path))
		return err_refused("%s: %s", path, strerror(errno));

	return EXIT_OK;
}

int conf_save(struct conf *conf, const char *path)
{
	struct stat st = { .st_mode = 0 };
	struct conf *file;
	int ret = EXIT_OK;

	if (stat(path, &st) && errno != ENOENT)
		return err_refused("%s: %s", path, strerror(errno));
	file = calloc(1, sizeof(*file));
	if (!file)
		abort();
	if (st.st_mode)
		ret = conf_read_file(path, conf->name, file);
	if (!ret && st.st_mode)
		take_over(conf, file);
	if (!ret)
		ret = replace_file(conf, path, &st);
	conf_free(file);
	free(file);

	return ret;
}
