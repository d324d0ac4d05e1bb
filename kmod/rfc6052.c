// SPDX-License-Identifier: GPL-2.0
/* RFC 6052 section 2.2. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "rfc6052.h"

/* "u", bits 64..71, which the IPv4 address goes around */
#define M46_U_OCTET	8

bool m46_6052_len_ok(u8 len)
{
	return len == 32 || len == 40 || len == 48 || len == 56 || len == 64 ||
	       len == 96;
}

void m46_6052_embed(const struct in6_addr *prefix, u8 len, __be32 addr,
		    struct in6_addr *out)
{
	const u8 *from = (const u8 *)&addr;
	unsigned int i, to = len / 8;

	*out = *prefix;
	for (i = 0; i < sizeof(addr); i++) {
		if (to == M46_U_OCTET)
			to++;
		out->s6_addr[to++] = from[i];
	}
}

__be32 m46_6052_extract(const struct in6_addr *addr, u8 len)
{
	unsigned int i, from = len / 8;
	__be32 out;
	u8 *to = (u8 *)&out;

	for (i = 0; i < sizeof(out); i++) {
		if (from == M46_U_OCTET)
			from++;
		to[i] = addr->s6_addr[from++];
	}
	return out;
}
