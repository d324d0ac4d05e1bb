// SPDX-License-Identifier: GPL-2.0
/* Identification of IPv4 packets, see ident.h. */
#include <linux/hash.h>
#include <linux/ip.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <net/ip.h>

#include "compat.h"
#include "ident.h"
#include "m46.h"

/* How many are fetched at a time, by who has fetched one before. */
#define M46_IDENT_BLOCK	16

/* In jiffies: older ones the stack may have dealt out again. */
#define M46_IDENT_LIFE	HZ

struct m46_idents __percpu *m46_idents_alloc(void)
{
	struct m46_idents __percpu *idents;
	int cpu;

	idents = alloc_percpu_gfp(struct m46_idents, GFP_KERNEL_ACCOUNT);
	if (!idents)
		return NULL;
	for_each_possible_cpu(cpu)
		local_lock_init(&per_cpu_ptr(idents, cpu)->lock);
	return idents;
}

static bool is_for(const struct m46_ident *slot, const struct iphdr *h)
{
	return slot->saddr == h->saddr && slot->daddr == h->daddr &&
	       slot->protocol == h->protocol;
}

/*
 * Where more pairs talk than there are slots, each has its first packet again
 * and again: one number then, so that 65536 last.
 */
static void ident_fetch(const struct m46_dev *m46, struct m46_ident *slot,
			struct iphdr *h)
{
	unsigned int n = is_for(slot, h) ? M46_IDENT_BLOCK : 1;

	__ip_select_ident(dev_net(m46->dev), h, n);
	slot->saddr = h->saddr;
	slot->daddr = h->daddr;
	slot->protocol = h->protocol;
	slot->stamp = jiffies;
	slot->next = ntohs(h->id) + 1;
	slot->left = n - 1;
}

void m46_ident(const struct m46_dev *m46, struct iphdr *h, unsigned int segs)
{
	u64 pair = (u64)(__force u32)h->saddr << 32 | (__force u32)h->daddr;
	struct m46_idents __percpu *idents = m46->idents;
	struct m46_ident *slot;

	if (segs > 1) {
		__ip_select_ident(dev_net(m46->dev), h, segs);
		return;
	}
	local_lock_nested_bh(&idents->lock);
	slot = &this_cpu_ptr(idents)->slot[hash_64(pair, M46_IDENT_BITS)];
	if (slot->left && is_for(slot, h) &&
	    (u32)jiffies - slot->stamp < M46_IDENT_LIFE) {
		h->id = htons(slot->next++);
		slot->left--;
	} else {
		ident_fetch(m46, slot, h);
	}
	local_unlock_nested_bh(&idents->lock);
}
