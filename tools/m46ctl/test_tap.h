/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What unit tests print their results by, in the form of TAP.
 */
#ifndef M46CTL_TEST_TAP_H
#define M46CTL_TEST_TAP_H

#include <stdbool.h>
#include <stdio.h>

static unsigned int n_tests;
static unsigned int n_failed;

/* @detail: printed where the test has failed. */
static inline void result(bool ok, const char *what, const char *detail)
{
	n_tests++;
	if (!ok)
		n_failed++;
	printf("%sok %u %s\n", ok ? "" : "not ", n_tests, what);
	if (!ok)
		printf("# %s\n", detail);
}

#endif /* M46CTL_TEST_TAP_H */
