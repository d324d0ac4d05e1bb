// SPDX-License-Identifier: GPL-2.0
/*
 * Dynamic entries across a change of pools.
 */
#include <linux/m46.h>
#include <sys/socket.h>

#include "conf_pin.h"
#include "conf_send.h"
#include "err.h"

/* New ones come while the others are read; after so many looks few are left. */
#define ROUNDS	5

static bool has_address(const struct pool *pool, const struct prefix *addr)
{
	unsigned int i;

	if (!prefix_covers(&pool->dst, addr))
		return false;
	for (i = 0; pool->exclude.set && i < pool->exclude.n; i++) {
		if (prefix_covers(&pool->exclude.list[i], addr))
			return false;
	}

	return true;
}

static bool is_kept(const struct conf *to, const struct entry *entry)
{
	struct prefix addr = { .family = AF_INET, .len = 32 };
	size_t i;

	addr.v4 = entry->ipv4;
	for (i = 0; i < to->pools.n; i++) {
		if (has_address(&to->pools.things[i].pool, &addr))
			return true;
	}

	return false;
}

static bool goes(const struct conf_plan *plan, bool forward,
		 const struct entry *entry)
{
	struct prefix addr = { .family = AF_INET, .len = 32 };
	const struct conf_item *item;
	const struct conf_op *op;
	size_t i;

	addr.v4 = entry->ipv4;
	for (i = 0; i < plan->ops.n; i++) {
		op = &plan->ops.things[i];
		item = forward ? op->old : op->new;
		if (op->kind == OP_POOL && item &&
		    prefix_covers(&((const struct pool *)item->thing)->dst,
				  &addr))
			return true;
	}

	return false;
}

static int send_type(const char *dev, const struct entry *entry, uint8_t type)
{
	struct entry sent = *entry;

	sent.type = type;
	if (type == M46_ENTRY_STATIC)
		sent.has_expires = false;

	return conf_send_entry(dev, &sent, true, "");
}

/* Return: how many were pinned, or -1. */
static long pin_round(struct conf_plan *plan, bool forward)
{
	const struct conf *to = forward ? plan->to : plan->from;
	struct dump dump = { NULL };
	const struct entry *entry;
	long n = 0;
	size_t i;

	if (conf_read_entries(to->name, 1U << M46_ENTRY_DYNAMIC, &dump))
		n = -1;
	for (i = 0; n >= 0 && i < dump.n; i++) {
		entry = (const struct entry *)dump.things + i;
		if (!is_kept(to, entry) || !goes(plan, forward, entry))
			continue;
		if (send_type(to->name, entry, M46_ENTRY_STATIC)) {
			n = -1;
			break;
		}
		*conf_add(&plan->pinned) = *entry;
		n++;
	}
	dump_free(&dump);

	return n;
}

int conf_pin(struct conf_plan *plan, bool forward)
{
	long n = 1;
	int i;

	for (i = 0; n > 0 && i < ROUNDS; i++)
		n = pin_round(plan, forward);

	return n < 0 ? EXIT_REFUSED : EXIT_OK;
}

int conf_unpin(struct conf_plan *plan)
{
	int ret = EXIT_OK;
	size_t i;

	for (i = 0; i < plan->pinned.n; i++) {
		if (send_type(plan->to->name, &plan->pinned.things[i],
			      M46_ENTRY_DYNAMIC))
			ret = EXIT_REFUSED;
	}
	/* Where the pools do not take them, the old ones will again. */
	if (!ret)
		plan->pinned.n = 0;

	return ret;
}
