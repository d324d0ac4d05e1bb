/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where files of devices are.
 */
#ifndef M46CTL_CONF_PATH_H
#define M46CTL_CONF_PATH_H

#include "parse.h"

#define CONF_RUN_DIR	"/run/m46"
#define CONF_PATHLEN	512

/* One for each device of each network namespace. */
void conf_run_path(const char *name, const char *what, char path[CONF_PATHLEN]);

/*
 * The file and the device that FILE stands for, which ends in NAME.conf.
 * Return: 0, or -1 with @err filled.
 */
int conf_path_of_file(const char *file, char path[CONF_PATHLEN],
		      char name[PARSE_IFNAMSIZ], struct parse_err *err);
/* Likewise what NAME stands for. */
int conf_path_of_name(const char *dir, const char *name,
		      char path[CONF_PATHLEN], struct parse_err *err);

#endif /* M46CTL_CONF_PATH_H */
