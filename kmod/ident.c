// SPDX-License-Identifier: GPL-2.0
/* Identification of IPv4 packets, see ident.h. */
#include <linux/hash.h>
#include <linux/percpu.h>
#include <net/ip.h>

#include "compat.h"
#include "flows.h"
#include "ident.h"
#include "m46.h"

/* How many are fetched at a time, by who has fetched one before. */
#define M46_IDENT_BLOCK	16

static struct lock_class_key ident_lock_class;

const struct m46_flow_kind m46_ident_kind = {
	.size = sizeof(struct m46_ident),
	.name = "m46_idents",
	.lock_class = &ident_lock_class,
};

/*
 * Where more pairs talk than there are slots, each has its first packet again
 * and again: one number then, so that 65536 last.
 */
void m46_ident_fetch(const struct m46_dev *m46, struct m46_ident *ident,
		     struct iphdr *h)
{
	unsigned int n = m46_ident_is_for(ident, h) ? M46_IDENT_BLOCK : 1;

	__ip_select_ident(dev_net(m46->dev), h, n);
	ident->saddr = h->saddr;
	ident->daddr = h->daddr;
	ident->protocol = h->protocol;
	ident->stamp = jiffies;
	ident->next = ntohs(h->id) + 1;
	ident->left = n - 1;
}

void m46_ident(const struct m46_dev *m46, struct iphdr *h, unsigned int segs)
{
	u64 pair = (u64)(__force u32)h->saddr << 32 | (__force u32)h->daddr;
	struct m46_flows __percpu *idents = m46->idents;
	struct m46_ident *ident;

	if (segs > 1) {
		__ip_select_ident(dev_net(m46->dev), h, segs);
		return;
	}
	local_lock_nested_bh(&idents->lock);
	ident = this_cpu_ptr(idents)->slot;
	m46_ident_next(m46, &ident[hash_64(pair, m46_flow_bits)], h);
	local_unlock_nested_bh(&idents->lock);
}
