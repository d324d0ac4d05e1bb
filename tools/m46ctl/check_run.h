/* SPDX-License-Identifier: GPL-2.0 */
#ifndef M46CTL_CHECK_RUN_H
#define M46CTL_CHECK_RUN_H

/*
 * Check all devices of the namespace, or @only this one, and report what is
 * found. Errors are printed. Return: 0 or an exit code: it could not be done.
 */
int check_run(const char *only);

#endif /* M46CTL_CHECK_RUN_H */
