// SPDX-License-Identifier: GPL-2.0
/* Bugs on purpose: they prove that "make check-debug" would find real ones.
 *
 * Only "make M46_TEST_BUGS=1" compiles this file. Each module parameter plants
 * one bug when the module is loaded.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "test_bugs.h"

static bool plant_uaf;
module_param(plant_uaf, bool, 0444);
MODULE_PARM_DESC(plant_uaf, "read freed memory at load (KASAN must see it)");

static bool plant_leak;
module_param(plant_leak, bool, 0444);
MODULE_PARM_DESC(plant_leak, "lose memory at load (kmemleak must see it)");

static noinline void m46_test_uaf(void)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return;
	/* The compiler must not see that it is the freed pointer. */
	OPTIMIZER_HIDE_VAR(p);
	kfree(p);
	OPTIMIZER_HIDE_VAR(p);
	pr_info("m46: planted a read after free: %u\n", READ_ONCE(*p));
}

static noinline void m46_test_leak(void)
{
	int i;

	/* Several, since a stale register or stack slot may still hold one. */
	for (i = 0; i < 8; i++) {
		u8 *p = kmalloc(128, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
	}
	pr_info("m46: planted a leak\n");
}

void m46_test_bugs_init(void)
{
	if (plant_uaf)
		m46_test_uaf();
	if (plant_leak)
		m46_test_leak();
}
