/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4 addresses in IPv6 addresses as NAT64 has them (RFC 6052 section 2.2). */
#ifndef _M46_RFC6052_H
#define _M46_RFC6052_H

#include <linux/in6.h>
#include <linux/types.h>

/* Whether a prefix of this length has such a format. */
bool m46_6052_len_ok(u8 len);
/*
 * The address of a prefix, of a length that is ok and with no bits beyond it,
 * and an IPv4 address; bits 64..71 and those behind the IPv4 address are zero.
 */
void m46_6052_embed(const struct in6_addr *prefix, u8 len, __be32 addr,
		    struct in6_addr *out);
/* The IPv4 address; the other bits are not looked at (RFC 6052 2.2). */
__be32 m46_6052_extract(const struct in6_addr *addr, u8 len);

#endif /* _M46_RFC6052_H */
