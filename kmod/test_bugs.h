/* SPDX-License-Identifier: GPL-2.0 */
/* Bugs on purpose, in a test build only; see test_bugs.c. */
#ifndef _M46_TEST_BUGS_H
#define _M46_TEST_BUGS_H

#ifdef M46_TEST_BUGS
void m46_test_bugs_init(void);
#else
static inline void m46_test_bugs_init(void)
{
}
#endif

#endif /* _M46_TEST_BUGS_H */
