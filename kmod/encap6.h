/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4 in IPv6 (RFC 2473): what both ends of it share. */
#ifndef _M46_ENCAP6_H
#define _M46_ENCAP6_H

#include <linux/types.h>

/* Destination Options header with the encapsulation limit and padding. */
#define M46_ENCAP_LIMIT_LEN	8

struct m46_cfg;

/* Traffic class of the outer header for an inner TOS. */
u8 m46_encap_tclass(const struct m46_cfg *cfg, u8 tos);

#endif /* _M46_ENCAP6_H */
