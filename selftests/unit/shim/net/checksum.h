/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's Internet checksum helpers (RFC 1071, RFC 1624), plainly. */
#ifndef _SHIM_NET_CHECKSUM_H
#define _SHIM_NET_CHECKSUM_H

#include <linux/types.h>
#include <string.h>

#define CSUM_MANGLED_0 ((__force __sum16)0xffff)

static inline __wsum csum_add(__wsum a, __wsum b)
{
	u32 r = (__force u32)a + (__force u32)b;

	return (__force __wsum)(r + (r < (__force u32)b));
}

static inline __wsum csum_sub(__wsum a, __wsum b)
{
	return csum_add(a, ~b);
}

static inline __wsum csum_unfold(__sum16 n)
{
	return (__force __wsum)(u32)(__force u16)n;
}

static inline __sum16 csum_fold(__wsum s)
{
	u32 r = (__force u32)s;

	r = (r & 0xffff) + (r >> 16);
	r = (r & 0xffff) + (r >> 16);
	return (__force __sum16)(u16)~r;
}

static inline __wsum csum_partial(const void *buf, int len, __wsum sum)
{
	const u8 *p = buf;
	u16 w;

	for (; len > 1; len -= 2, p += 2) {
		memcpy(&w, p, 2);
		sum = csum_add(sum, (__force __wsum)(u32)w);
	}
	if (len) {
		w = 0;
		memcpy(&w, p, 1);
		sum = csum_add(sum, (__force __wsum)(u32)w);
	}
	return sum;
}

static inline __sum16 ip_fast_csum(const void *iph, unsigned int ihl)
{
	return csum_fold(csum_partial(iph, ihl * 4, 0));
}

#endif
