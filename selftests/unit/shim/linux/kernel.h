/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_LINUX_KERNEL_H
#define _SHIM_LINUX_KERNEL_H

#include <stddef.h>
#include <linux/types.h>
#include <linux/minmax.h>

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define offsetofend(type, member) \
	(offsetof(type, member) + sizeof(((type *)0)->member))
#define round_up(x, y)		((((x) - 1) | ((y) - 1)) + 1)
#define round_down(x, y)	((x) & ~((y) - 1))

#endif
