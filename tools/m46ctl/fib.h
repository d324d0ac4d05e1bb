/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices with "md fib": their rules are IPv4 routes.
 */
#ifndef M46CTL_FIB_H
#define M46CTL_FIB_H

#include "answers.h"
#include "dump.h"
#include "rule.h"

/**
 * struct fib_dev - a device whose rules are routes
 * @ifindex: its index
 */
struct fib_dev {
	int ifindex;
	char name[PARSE_IFNAMSIZ];
};

/**
 * struct fib_devs - those of the namespace, by ascending index
 */
struct fib_devs {
	struct fib_dev *devs;
	size_t n;
};

/*
 * Find them among all devices, or see whether @ifname is one. Errors are
 * printed. Return: 0 or an exit code. Free with fib_devs_free() either way.
 */
int fib_devs_get(struct fib_devs *devs, const char *ifname);
void fib_devs_free(struct fib_devs *devs);

/*
 * Read their routes into @dump, whose type is that of rules.
 * Return: 0, or -1 with @err filled.
 */
int fib_read(const struct fib_devs *devs, struct dump *dump,
	     struct kn_error *err);

/*
 * Read what a packet to @addr has as a rule, one for each way of its route.
 * Errors are printed. Return: 0 or an exit code.
 */
int fib_lookup(const struct fib_dev *dev, const struct prefix *addr,
	       struct dump *dump);

#endif /* M46CTL_FIB_H */
