/* SPDX-License-Identifier: GPL-2.0 */
/* IPv4 in IPv6 (RFC 2473): what both ends of it share. */
#ifndef _M46_ENCAP6_H
#define _M46_ENCAP6_H

/* Destination Options header with the encapsulation limit and padding. */
#define M46_ENCAP_LIMIT_LEN	8

#endif /* _M46_ENCAP6_H */
