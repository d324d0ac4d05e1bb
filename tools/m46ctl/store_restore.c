// SPDX-License-Identifier: GPL-2.0
/*
 * The store service: which entries the kernel is to have again.
 *
 * A device comes first, its pools later, one by one, from whatever configures
 * this machine; nothing announces them. So while entries wait, the pools are
 * read every second, and entries that one of them covers are restored. What is
 * left when the pools have rested for a while (HOLD_MS) is offered to the
 * kernel all the same, which refuses it and says why. That is over then, but
 * not forgotten while it has time left: its pool may only be late.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/m46.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "store.h"

/* Pools */

void store_pools_begin(struct store *s)
{
	uint32_t i;

	for (i = 0; i < s->n_devs; i++)
		s->devs[i].n_next_pools = 0;
}

void store_pool(struct store *s, int ifindex, const struct pool *pool)
{
	int64_t i = store_dev_by_index(s, ifindex);
	uint32_t mask = 0xffffffffU << (32 - pool->dst.len);
	struct store_dev *dev;

	if (i < 0 || pool->dst.len < 1 || pool->dst.len > 32)
		return;
	dev = &s->devs[i];
	if (!dev->pools) {
		dev->pools = calloc(2 * POOLS_LIMIT, sizeof(*dev->pools));
		if (!dev->pools)
			return;
		dev->next_pools = dev->pools + POOLS_LIMIT;
	}
	if (dev->n_next_pools == POOLS_LIMIT)
		return;
	dev->next_pools[dev->n_next_pools].net = ntohl(pool->dst.v4.s_addr);
	dev->next_pools[dev->n_next_pools++].mask = mask;
}

static void pools_known(struct store_dev *dev, int64_t now)
{
	size_t size = dev->n_next_pools * sizeof(*dev->pools);

	if (dev->n_pools != dev->n_next_pools ||
	    (size && memcmp(dev->pools, dev->next_pools, size))) {
		if (size)
			memcpy(dev->pools, dev->next_pools, size);
		dev->n_pools = dev->n_next_pools;
		dev->pools_at = now;
		dev->forced = false;
		dev->try_at = now;
	}
	if (dev->n_pools && !dev->forced && now >= dev->pools_at + HOLD_MS) {
		dev->forced = true;
		dev->try_at = now;
	}
}

void store_pools_done(struct store *s)
{
	int64_t now = store_ms();
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		if (s->devs[i].ifindex)
			pools_known(&s->devs[i], now);
	}
	s->pools_at = now;
}

static bool may_restore(const struct store_dev *dev)
{
	return dev->ifindex && dev->synced && dev->waiting && dev->max_expires;
}

bool store_want_pools(const struct store *s, int64_t now)
{
	uint32_t i;

	if (now < s->pools_at + POOLS_MS)
		return false;
	for (i = 0; i < s->n_devs; i++) {
		if (may_restore(&s->devs[i]))
			return true;
	}

	return false;
}

/* Restoring */

static bool wants_try(const struct store_dev *dev, int64_t now)
{
	return may_restore(dev) && dev->n_pools && dev->try_at &&
	       dev->try_at <= now;
}

bool store_want_restore(struct store *s, int64_t now)
{
	bool any = false;
	uint32_t i;

	if (s->pass)
		return true;
	for (i = 0; i < s->n_devs; i++)
		any |= wants_try(&s->devs[i], now);
	if (!any)
		return false;
	for (i = 0; i < s->n_devs; i++) {
		if (!wants_try(&s->devs[i], now))
			continue;
		s->devs[i].trying = true;
		s->devs[i].try_at = 0;
		memset(&s->devs[i].counts, 0, sizeof(s->devs[i].counts));
	}
	s->pass = true;
	s->cursor = 0;

	return true;
}

uint32_t store_remaining(const struct store *s, const struct slot *e)
{
	const struct store_dev *dev = &s->devs[e->dev];
	int64_t now = when_now(), left;

	/* A clock that was not set yet must not give time away. */
	if (now < dev->lost_at)
		now = dev->lost_at;
	left = (e->expires - now) / NS_PER_SEC;
	if (left <= 0)
		return 0;
	if (left > dev->max_expires)
		left = dev->max_expires;

	return (uint32_t)left;
}

static bool is_covered(const struct store_dev *dev, struct in_addr ipv4)
{
	uint32_t addr = ntohl(ipv4.s_addr);
	unsigned int i;

	for (i = 0; i < dev->n_pools; i++) {
		if ((addr & dev->pools[i].mask) == dev->pools[i].net)
			return true;
	}

	return false;
}

/* Return: @slot is to be sent. */
static bool consider(struct store *s, uint32_t slot)
{
	struct slot *e = &s->table.slots[slot];
	struct store_dev *dev = &s->devs[e->dev];

	if (e->state != SLOT_WAITING || !dev->trying)
		return false;
	if (e->type == M46_ENTRY_STATIC) {
		/* Whoever made it will make it again. */
		store_close_entry(s, slot, when_now());
		return false;
	}
	if (!store_remaining(s, e)) {
		store_close_entry(s, slot, e->expires);
		dev->counts.expired++;
		return false;
	}

	return dev->forced || is_covered(dev, e->ipv4);
}

static void end_pass(struct store *s)
{
	const struct store_counts *c;
	struct store_dev *dev;
	char rest[40];
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		dev = &s->devs[i];
		if (!dev->trying)
			continue;
		dev->trying = false;
		dev->tried = true;
		c = &dev->counts;
		rest[0] = '\0';
		if (dev->waiting)
			snprintf(rest, sizeof(rest), ", %u still wait",
				 dev->waiting);
		if (c->restored || c->expired || c->refused)
			err_note("%s: %llu entries restored, %llu had expired, %llu were refused%s",
				 dev->name, (unsigned long long)c->restored,
				 (unsigned long long)c->expired,
				 (unsigned long long)c->refused, rest);
		store_dev_settled(s, i);
	}
	s->pass = false;
}

uint32_t store_next_batch(struct store *s, uint32_t *slots)
{
	uint32_t n = 0;

	for (; s->cursor < s->table.n && n < BATCH; s->cursor++) {
		if (!consider(s, s->cursor))
			continue;
		store_set_state(s, s->cursor, SLOT_SENT);
		slots[n++] = s->cursor;
	}
	if (!n)
		end_pass(s);

	return n;
}

/* Errors that say nothing of the entry: it has another chance. */
static bool is_passing(const struct kn_error *err)
{
	switch (err->code) {
	case EPERM:
	case ENODEV:
	case ENETDOWN:
	case EOPNOTSUPP:
	case ENOMEM:
	case ENOBUFS:
	case EBUSY:
	case EAGAIN:
	case EINTR:
		return true;
	case ENOENT:
		/* The family itself, when the module goes. */
		return !err->text[0];
	}

	return false;
}

/* Once for every reason. */
static void say(struct store *s, const struct slot *e,
		const struct kn_error *err)
{
	const char *why = err->text[0] ? err->text : strerror(err->code);
	const struct entry entry = {
		.ipv6 = e->ipv6, .ipv4 = e->ipv4,
		.has_ipv6 = true, .has_ipv4 = true
	};
	char text[ENTRY_STRLEN];
	unsigned int i;

	for (i = 0; i < s->n_reasons; i++) {
		if (!strncmp(s->reasons[i], why, sizeof(s->reasons[i]) - 1))
			return;
	}
	if (i == REASONS)
		return;
	snprintf(s->reasons[s->n_reasons++], sizeof(s->reasons[0]), "%s", why);
	kn_refused(err, "%s dev %s: cannot be restored",
		   entry_str(&entry, text), s->devs[e->dev].name);
}

void store_sent(struct store *s, uint32_t slot, const struct kn_error *err)
{
	struct slot *e = &s->table.slots[slot];
	struct store_dev *dev = &s->devs[e->dev];

	/* An event may have been faster. */
	if (e->state != SLOT_SENT)
		return;
	if (!err) {
		store_found(s, slot);
		dev->counts.restored++;
		return;
	}
	say(s, e, err);
	store_set_state(s, slot, SLOT_WAITING);
	if (is_passing(err)) {
		dev->try_at = store_ms() + RETRY_MS;
		return;
	}
	dev->counts.refused += !e->refused;
	e->refused = true;
	if (!is_covered(dev, e->ipv4)) {
		/* As good as over, but its pool may only be late. */
		store_lose(s, slot);
		return;
	}
	if (err->code != EEXIST) {
		store_close_entry(s, slot, when_now());
		return;
	}
	/*
	 * Somebody has one of the addresses: a dump closes this entry. Or it
	 * is there itself, its event was lost: a dump says so. Or the address
	 * rests for another host, which passes.
	 */
	s->dump_at = store_ms();
	dev->try_at = store_ms() + HOLD_MS;
}

void store_expire_waiting(struct store *s)
{
	int64_t now = when_now();
	struct slot *e;
	uint32_t i;

	for (i = 0; i < s->table.n; i++) {
		e = &s->table.slots[i];
		if (e->state == SLOT_WAITING && e->expires &&
		    e->expires <= now &&
		    (!s->only[0] || !strcmp(s->only, s->devs[e->dev].name)))
			store_close_entry(s, i, e->expires);
	}
}
