// SPDX-License-Identifier: GPL-2.0
/*
 * Where files of devices are.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "conf_path.h"

void conf_run_path(const char *name, const char *what, char path[CONF_PATHLEN])
{
	struct stat st = { .st_ino = 0 };

	stat("/proc/self/ns/net", &st);
	snprintf(path, CONF_PATHLEN, "%s/%s.%lu.%s", CONF_RUN_DIR, name,
		 (unsigned long)st.st_ino, what);
}

static int set_path(char path[CONF_PATHLEN], struct parse_err *err,
		    const char *dir, const char *slash, const char *file,
		    const char *suffix)
{
	int n = snprintf(path, CONF_PATHLEN, "%s%s%s%s", dir, slash, file,
			 suffix);

	return n < CONF_PATHLEN ? 0 :
	       parse_fail(err, "\"%.64s...\" is too long", path);
}

int conf_path_of_file(const char *file, char path[CONF_PATHLEN],
		      char name[PARSE_IFNAMSIZ], struct parse_err *err)
{
	const char *base = strrchr(file, '/');
	char text[PARSE_IFNAMSIZ + 1];
	size_t len, suffix = strlen(CONF_SUFFIX);

	base = base ? base + 1 : file;
	len = strlen(base);
	if (len <= suffix || strcmp(base + len - suffix, CONF_SUFFIX))
		return parse_fail(err, "\"%.128s\" is not NAME%s", file,
				  CONF_SUFFIX);
	snprintf(text, sizeof(text), "%.*s", (int)(len - suffix), base);
	if (parse_ifname(text, name, err))
		return -1;

	return set_path(path, err, "", "", file, "");
}

int conf_path_of_name(const char *dir, const char *name,
		      char path[CONF_PATHLEN], struct parse_err *err)
{
	return set_path(path, err, dir, "/", name, CONF_SUFFIX);
}
