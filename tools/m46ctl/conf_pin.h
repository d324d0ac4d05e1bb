/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dynamic entries across a change of pools. The kernel has none but to delete a
 * pool and to add another, and with a pool its dynamic entries go; static ones
 * stay. So they are static for that moment: no packet finds them missing.
 */
#ifndef M46CTL_CONF_PIN_H
#define M46CTL_CONF_PIN_H

#include "conf_plan.h"

/*
 * Those that have addresses of pools that go, and are in the pools to come, of
 * @plan or, where not @forward, of its undoing. Return: 0 or an exit code.
 */
int conf_pin(struct conf_plan *plan, bool forward);
int conf_unpin(struct conf_plan *plan);

#endif /* M46CTL_CONF_PIN_H */
