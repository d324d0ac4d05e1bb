/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of a device.
 */
#ifndef M46CTL_COUNTER_H
#define M46CTL_COUNTER_H

#include <netlink/attr.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct counter - one counter as the kernel gives it
 * @drop: it counts dropped packets
 */
struct counter {
	char name[64];
	char text[160];
	uint64_t value;
	bool drop;
};

/* Return: 0, or -1 where the nest is no counter. */
int counter_read(const struct nlattr *nest, struct counter *counter);

/* Ask for one by its name. Prints nothing. Return: 0, or -1. */
int counter_get(const char *dev, const char *name, uint64_t *value);

#endif /* M46CTL_COUNTER_H */
