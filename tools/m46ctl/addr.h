/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of this machine, as rtnetlink tells them.
 */
#ifndef M46CTL_ADDR_H
#define M46CTL_ADDR_H

#include <stddef.h>
#include <stdint.h>

#include "parse.h"

/**
 * struct addr - one of them
 * @addr: of full length
 * @len: of the prefix that it was given with
 * @ifindex: the interface that has it
 * @flags: IFA_F_*
 */
struct addr {
	struct prefix addr;
	uint8_t len;
	int ifindex;
	uint32_t flags;
};

struct addrs {
	struct addr *list;
	size_t n;
};

/* Prints nothing. Return: 0, or -1. Free with addrs_free() either way. */
int addrs_get(int family, struct addrs *addrs);
void addrs_free(struct addrs *addrs);

#endif /* M46CTL_ADDR_H */
