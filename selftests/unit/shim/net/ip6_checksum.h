/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _SHIM_NET_IP6_CHECKSUM_H
#define _SHIM_NET_IP6_CHECKSUM_H

#include <linux/in6.h>
#include <net/checksum.h>

static inline __sum16 csum_ipv6_magic(const struct in6_addr *saddr,
				      const struct in6_addr *daddr, u32 len,
				      u8 proto, __wsum sum)
{
	u32 tail[2] = { htonl(len), htonl(proto) };

	sum = csum_partial(saddr, sizeof(*saddr), sum);
	sum = csum_partial(daddr, sizeof(*daddr), sum);
	return csum_fold(csum_partial(tail, sizeof(tail), sum));
}

#endif
