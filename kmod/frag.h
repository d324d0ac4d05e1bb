/* SPDX-License-Identifier: GPL-2.0 */
/* Cutting packets into IPv6 fragments (RFC 7915 section 4, RFC 2473 7.2). */
#ifndef _M46_FRAG_H
#define _M46_FRAG_H

#include <linux/skbuff.h>

#include "xlat.h"

struct m46_dev;

/**
 * struct m46_frag - where a fragment stands in its datagram
 * @id: Identification
 * @offset: of its first byte
 * @mf: more fragments follow it
 */
struct m46_frag {
	__be32 id;
	u16 offset;
	bool mf;
};

/*
 * Cut skb, an IPv6 header of 40 bytes (and a Fragment header where hlen is
 * 48) with a payload, so that no piece is longer than max bytes, and hand the
 * pieces to m46_receive(). Consumes skb on success.
 * Return: M46_OK, or the reason why nothing was sent.
 */
enum m46_counter m46_fragment6(struct m46_dev *m46, struct sk_buff *skb,
			       unsigned int hlen, unsigned int max,
			       const struct m46_frag *frag, bool forwarded);

#endif /* _M46_FRAG_H */
