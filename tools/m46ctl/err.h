/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors: one line on stderr each,
 * "m46ctl: [FILE:LINE: ][OBJECT COMMAND: ][warning: ]CULPRIT: REASON".
 */
#ifndef M46CTL_ERR_H
#define M46CTL_ERR_H

/* Exit codes. */
#define EXIT_OK		0
#define EXIT_REFUSED	1	/* bad word or value, or the kernel said no */
#define EXIT_USAGE	2	/* no such option, object or command */

/* Lines of a batch are named in front of every error; NULL: no batch. */
void err_set_place(const char *file, unsigned long line);

/* The command that runs, named in front of every error; NULL: none. */
void err_set_command(const char *object, const char *command);

/* Print one line. Return: EXIT_REFUSED and EXIT_USAGE respectively. */
int err_refused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int err_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Likewise, what a service has to tell. */
void err_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Likewise, about what was done all the same: no exit code. */
void err_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* M46CTL_ERR_H */
