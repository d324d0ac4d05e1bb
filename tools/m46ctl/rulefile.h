/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules of a file: lines of words, or the JSON array that rule show prints.
 * No netlink.
 */
#ifndef M46CTL_RULEFILE_H
#define M46CTL_RULEFILE_H

#include <stdio.h>

#include "rule.h"

/**
 * struct rulefile - all rules of a file, with their places
 * @rules: the rules, in the order of the file
 * @n: how many
 * @error_line: where the error is, 0 where it has no line
 * @error: what is wrong
 */
struct rulefile {
	struct rulefile_entry {
		struct rule rule;
		uint32_t line;
	} *rules;
	size_t n;
	size_t room;
	unsigned long error_line;
	struct parse_err error;
};

/*
 * Read @f to its end. Rules that name a device must name @dev.
 * Return: 0, or -1 with the error filled. Free with rulefile_free() either way.
 */
int rulefile_read(FILE *f, const char *dev, struct rulefile *file);
void rulefile_free(struct rulefile *file);

/*
 * Replace all rules of @dev, all or nothing. @name: of the file, for errors,
 * which are printed. Return: 0 or an exit code.
 */
int rule_load_send(const struct rulefile *file, const char *dev,
		   const char *name);

#endif /* M46CTL_RULEFILE_H */
