/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What surrounds a change of configuration: commands of the file, the lock,
 * the wait for a confirmation.
 */
#ifndef M46CTL_CONF_RUN_H
#define M46CTL_CONF_RUN_H

#include <stdint.h>

#include "conf.h"

/*
 * Run the file's commands of this kind in a shell, %i being the device; stop
 * at the first that fails, which is printed. Return: 0 or an exit code.
 */
int conf_run_commands(const struct conf *conf, enum conf_hook hook);

/*
 * Only one m46ctl at a time changes a device by file. The lock ends with the
 * program, or with conf_unlock(). Errors are printed. Return: 0 or an exit code.
 */
int conf_lock(const char *name);
void conf_unlock(void);

/**
 * enum conf_answer - what became of a change
 * @CONF_CONFIRMED: somebody has confirmed it
 * @CONF_LATE: nobody has
 * @CONF_STOPPED: a signal ended the wait
 */
enum conf_answer {
	CONF_CONFIRMED,
	CONF_LATE,
	CONF_STOPPED,
};

/*
 * Be ready to be confirmed: before the change, for then it may be too late to
 * say that it cannot be done. Terminals may go from now on; SIGINT and SIGTERM
 * end the wait, no longer the program. Errors are printed. Return: 0 or an exit
 * code. conf_confirm_end() either way.
 */
int conf_confirm_begin(const char *name);
enum conf_answer conf_confirm_wait(const char *name, uint32_t seconds);
void conf_confirm_end(void);

/* The clock of these waits: milliseconds, and sleep of the machine counts. */
int64_t conf_now_ms(void);

struct conf_plan;

/* Say what became of a change that was undone; ret: of the undoing. */
void conf_undone(const struct conf_plan *plan, int ret);

/*
 * After conf_confirm_begin() and before the change: another process, which makes
 * the device what it was if this one is killed. It waits for a confirmation for
 * what is left of the time if conf_guard_done() has said that all is changed.
 * conf_guard_end() either way, when there is nothing left to undo. Errors are
 * printed. Return: 0 or an exit code.
 */
int conf_guard_begin(const struct conf_plan *plan, uint32_t seconds);
void conf_guard_done(void);
void conf_guard_end(void);

/* Confirm from elsewhere. Errors are printed. Return: 0 or an exit code. */
int conf_confirm(const char *name);

#endif /* M46CTL_CONF_RUN_H */
