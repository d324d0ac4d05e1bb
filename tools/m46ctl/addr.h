/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses of this machine, as rtnetlink tells them.
 */
#ifndef M46CTL_ADDR_H
#define M46CTL_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"
#include "parse.h"

/**
 * struct addr - one of them
 * @addr: of full length
 * @len: of the prefix that it was given with
 * @ifindex: the interface that has it
 * @flags: IFA_F_*
 * @protocol: IFAPROT_*, who made it; 0 where the kernel does not say
 */
struct addr {
	struct prefix addr;
	uint8_t len;
	int ifindex;
	uint32_t flags;
	uint8_t protocol;
};

struct addrs {
	struct addr *list;
	size_t n;
};

/* Return: 0, or -1 with @err filled. Free with addrs_free() either way. */
int addrs_get(int family, struct addrs *addrs, struct kn_error *err);
void addrs_free(struct addrs *addrs);

/* Whether an IPv4 address is one of them. */
bool addrs_have4(const struct addrs *addrs, struct in_addr v4);

#endif /* M46CTL_ADDR_H */
