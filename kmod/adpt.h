/* SPDX-License-Identifier: GPL-2.0 */
/* Mode adpt: which IPv6 address an IPv4 address has, and back. */
#ifndef _M46_ADPT_H
#define _M46_ADPT_H

#include "xlat.h"

struct m46_cfg;
struct m46_dev;
struct m46_md;

/**
 * struct m46_adpt - one packet's view of an adpt device
 * @x: what the translator needs of it; first, so that ops can get back here
 * @cfg: settings
 * @md: mapping rules
 * @m46: the device
 * @mark: the packet's, for route lookups
 *
 * Valid under the rcu_read_lock() that m46_adpt_init() was called under.
 */
struct m46_adpt {
	struct m46_xlat x;
	const struct m46_cfg *cfg;
	struct m46_md *md;
	struct m46_dev *m46;
	u32 mark;
};

void m46_adpt_init(struct m46_adpt *a, struct m46_dev *m46, u32 mark);

/*
 * Each maps one address (host roles as in struct m46_xlat_ops) and returns
 * M46_OK or the reason to drop.
 */
enum m46_counter m46_adpt_src46(const struct m46_adpt *a, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_adpt_dst46(const struct m46_adpt *a, __be32 addr,
				struct in6_addr *out);
enum m46_counter m46_adpt_src64(const struct m46_adpt *a,
				const struct in6_addr *addr, __be32 *out);
enum m46_counter m46_adpt_dst64(const struct m46_adpt *a,
				const struct in6_addr *addr, __be32 *out);

#endif /* _M46_ADPT_H */
