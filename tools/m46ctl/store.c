// SPDX-License-Identifier: GPL-2.0
/*
 * The store service: changes of devices and entries.
 *
 * Events and dumps come over two sockets, so a dump may tell of an entry that
 * an event has already called deleted, or leave out one that is new. Whoever
 * reads a piece of a dump reads all events first; then events know better:
 * what one of them told of since the dump began carries the number of the dump
 * (gen), and deleted entries stay as dead ones until it is over.
 */
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "err.h"
#include "store.h"

/* The kernel rounds up to seconds: smaller steps mean nothing. */
#define EXPIRES_SLACK	(1500 * NS_PER_MS)
#define MISSING_MS	1000	/* to the dump that decides */
#define TORN_MAX	8	/* dumps at once where each is interrupted */

int64_t store_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);

	return ts.tv_sec * 1000LL + ts.tv_nsec / NS_PER_MS + 1;
}

static bool is_live(uint8_t state)
{
	return state == SLOT_LIVE || state == SLOT_MISSING;
}

static bool is_waiting(uint8_t state)
{
	return state == SLOT_WAITING || state == SLOT_SENT;
}

void store_set_state(struct store *s, uint32_t slot, enum slot_state state)
{
	struct slot *e = &s->table.slots[slot];
	struct store_dev *dev = &s->devs[e->dev];

	dev->live += is_live(state) - is_live(e->state);
	dev->waiting += is_waiting(state) - is_waiting(e->state);
	e->state = (uint8_t)state;
}

/* Devices */

static void rebuild_index(struct store *s)
{
	uint32_t size = 64, i, at;

	while (size < 2 * s->n_devs)
		size *= 2;
	if (size != s->index_mask + 1 || !s->by_index) {
		s->by_index = reallocarray(s->by_index, size,
					   sizeof(*s->by_index));
		s->index_mask = size - 1;
	}
	if (!s->by_index) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}
	memset(s->by_index, 0xff, size * sizeof(*s->by_index));
	for (i = 0; i < s->n_devs; i++) {
		if (!s->devs[i].ifindex)
			continue;
		at = (uint32_t)s->devs[i].ifindex & s->index_mask;
		while (s->by_index[at] != SLOT_NONE)
			at = (at + 1) & s->index_mask;
		s->by_index[at] = i;
	}
}

int64_t store_dev_by_index(const struct store *s, int ifindex)
{
	uint32_t at = (uint32_t)ifindex & s->index_mask;

	if (!s->by_index)
		return -1;
	for (; s->by_index[at] != SLOT_NONE; at = (at + 1) & s->index_mask) {
		if (s->devs[s->by_index[at]].ifindex == ifindex)
			return s->by_index[at];
	}

	return -1;
}

uint32_t store_dev_named(struct store *s, const char *name)
{
	struct store_dev *dev;
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		if (!strcmp(s->devs[i].name, name))
			return i;
	}
	s->devs = reallocarray(s->devs, i + 1, sizeof(*s->devs));
	if (!s->devs) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}
	dev = &s->devs[s->n_devs++];
	memset(dev, 0, sizeof(*dev));
	dev->id = s->n_devs;
	strncpy(dev->name, name, sizeof(dev->name) - 1);
	dev->seen = when_now();

	return i;
}

void store_leave(struct store *s)
{
	bool any = false;
	struct slot *e;
	uint32_t i;

	for (i = 0; i < s->n_devs; i++)
		any |= s->devs[i].leaving;
	for (i = 0; any && i < s->table.n; i++) {
		e = &s->table.slots[i];
		if (e->state != SLOT_FREE && e->state != SLOT_DEAD &&
		    s->devs[e->dev].leaving)
			store_set_state(s, i, SLOT_WAITING);
	}
	for (i = 0; any && i < s->n_devs; i++)
		s->devs[i].leaving = false;
}

static void go(struct store *s, struct store_dev *dev)
{
	dev->ifindex = 0;
	dev->gone = when_now();
	dev->leaving = dev->live + dev->waiting;
	dev->synced = false;
	dev->trying = false;
	dev->try_at = 0;
	/* Whoever has this name and number next is another one. */
	dev->boot[0] = '\0';
	store_mark_dev(s, dev);
}

void store_dev_gone(struct store *s, int ifindex)
{
	int64_t i = store_dev_by_index(s, ifindex);

	if (i < 0)
		return;
	go(s, &s->devs[i]);
	rebuild_index(s);
}

void store_all_gone(struct store *s)
{
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		if (s->devs[i].ifindex)
			go(s, &s->devs[i]);
	}
	rebuild_index(s);
}

/* A new name for entries that live on: over under the old one. */
static void rename_dev(struct store *s, uint32_t dev)
{
	int64_t now = when_now();
	uint32_t i;

	for (i = 0; i < s->table.n; i++) {
		if (s->table.slots[i].dev == dev &&
		    is_live(s->table.slots[i].state))
			store_close_entry(s, i, now);
	}
	go(s, &s->devs[dev]);
	rebuild_index(s);
}

static void come(struct store *s, struct store_dev *dev, int ifindex)
{
	dev->ifindex = ifindex;
	dev->lost_at = dev->gone ? dev->gone : dev->seen;
	dev->gone = 0;
	dev->synced = false;
	dev->gen = s->gen;
	dev->same = dev->boot[0] && !strcmp(dev->boot, s->boot) &&
		    dev->old_netns == s->netns && dev->old_ifindex == ifindex;
	dev->n_pools = 0;
	dev->forced = false;
	dev->tried = false;
	dev->came_at = store_ms();
	dev->try_at = 0;
	dev->max_expires = 0;
	s->dump_at = store_ms();
	s->n_reasons = 0;
	store_mark_dev(s, dev);
	rebuild_index(s);
}

void store_dev_there(struct store *s, int ifindex, const char *name,
		     uint32_t max_expires)
{
	int64_t known = store_dev_by_index(s, ifindex);
	uint32_t i;

	if (!ifindex || (s->only[0] && strcmp(s->only, name)))
		return;
	if (known >= 0 && strcmp(s->devs[known].name, name)) {
		rename_dev(s, (uint32_t)known);
		known = -1;
	}
	if (known < 0) {
		i = store_dev_named(s, name);
		if (s->devs[i].ifindex)
			store_dev_gone(s, s->devs[i].ifindex);
		store_leave(s);
		come(s, &s->devs[i], ifindex);
		known = i;
	}
	if (max_expires)
		s->devs[known].max_expires = max_expires;
	else
		s->want_devices = true;
	s->devs[known].listed = true;
}

void store_devices_begin(struct store *s)
{
	uint32_t i;

	for (i = 0; i < s->n_devs; i++)
		s->devs[i].listed = false;
	s->want_devices = false;
}

void store_devices_done(struct store *s)
{
	struct store_dev *dev;
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		dev = &s->devs[i];
		if (dev->ifindex && !dev->listed) {
			store_dev_gone(s, dev->ifindex);
		} else if (!dev->ifindex && !dev->gone &&
			   (!s->only[0] || !strcmp(s->only, dev->name))) {
			/* It went while nobody looked. */
			dev->gone = dev->seen;
			store_mark_dev(s, dev);
		}
	}
	if (!s->listed)
		s->dump_at = store_ms();
	s->listed = true;
}

/* When the entry ended that the kernel has lost, at the latest. */
static int64_t waiting_until(const struct store *s, const struct slot *e)
{
	const struct store_dev *dev = &s->devs[e->dev];
	int64_t until = dev->lost_at;

	if (e->lost)
		until = e->lost;
	else if (!dev->ifindex)
		until = dev->gone ? dev->gone : dev->seen;
	else if (dev->same)
		until = when_now();
	if (e->expires && e->expires < until)
		until = e->expires;

	return until > e->since ? until : e->since;
}

void store_lose(struct store *s, uint32_t slot)
{
	struct slot *e = &s->table.slots[slot];

	if (e->lost)
		return;
	e->lost = waiting_until(s, e);
	store_mark(s, slot, true);
}

void store_dev_settled(struct store *s, uint32_t number)
{
	struct store_dev *dev = &s->devs[number];
	const struct slot *e;
	uint32_t i;

	if (!dev->ifindex || !dev->synced)
		return;
	if (dev->waiting && !dev->tried &&
	    store_ms() < dev->came_at + HOLD_MS)
		return;
	for (i = 0; dev->waiting && i < s->table.n; i++) {
		e = &s->table.slots[i];
		if (e->dev == number && is_waiting(e->state))
			store_lose(s, i);
	}
	dev->seen = s->dump_from;
	strcpy(dev->boot, s->boot);
	dev->old_netns = s->netns;
	dev->old_ifindex = dev->ifindex;
	store_mark_dev(s, dev);
}

/* Entries */

void store_close_entry(struct store *s, uint32_t slot, int64_t until)
{
	struct slot *e = &s->table.slots[slot];
	int64_t limit;

	if (is_waiting(e->state)) {
		limit = waiting_until(s, e);
		if (until > limit)
			until = limit;
	}
	store_add_over(s, slot, until);
	store_mark(s, slot, true);
	store_set_state(s, slot, SLOT_DEAD);
	e->gen = s->gen;
	if (s->nl.job != JOB_DUMP)
		table_del(&s->table, slot);
}

static int64_t expiry(const struct entry *entry, int64_t now)
{
	if (entry->type == M46_ENTRY_STATIC)
		return 0;

	return now + entry->expires * NS_PER_SEC;
}

static uint8_t type_of(const struct entry *entry)
{
	return entry->type == M46_ENTRY_STATIC ? M46_ENTRY_STATIC :
	       M46_ENTRY_DYNAMIC;
}

void store_found(struct store *s, uint32_t slot)
{
	struct slot *e = &s->table.slots[slot];

	store_set_state(s, slot, SLOT_LIVE);
	e->gen = s->gen;
	if (e->lost)
		store_mark(s, slot, true);
	e->lost = 0;
	e->refused = false;
}

/* The kernel has this entry that we know. */
static void confirm(struct store *s, uint32_t slot, const struct entry *entry,
		    int64_t now)
{
	struct slot *e = &s->table.slots[slot];
	int64_t expires = expiry(entry, now);

	if (e->state == SLOT_SENT)
		s->devs[e->dev].counts.restored++;
	store_found(s, slot);
	if (llabs(expires - e->expires) <= EXPIRES_SLACK)
		return;
	e->expires = expires;
	store_mark(s, slot, false);
}

/* The slot of exactly this entry, or SLOT_NONE. */
static uint32_t find(const struct store *s, uint32_t dev,
		     const struct entry *entry)
{
	uint32_t slot = table_find6(&s->table, dev, &entry->ipv6);

	if (slot != SLOT_NONE &&
	    s->table.slots[slot].ipv4.s_addr != entry->ipv4.s_addr)
		return SLOT_NONE;

	return slot;
}

/* The kernel has this entry; others with either address are over. */
static void learn(struct store *s, uint32_t dev, const struct entry *entry,
		  int64_t now)
{
	uint32_t slot = find(s, dev, entry);
	struct slot *e;

	if (slot != SLOT_NONE &&
	    s->table.slots[slot].type == type_of(entry)) {
		confirm(s, slot, entry, now);
		return;
	}
	slot = table_find6(&s->table, dev, &entry->ipv6);
	if (slot != SLOT_NONE)
		store_close_entry(s, slot, now);
	slot = table_find4(&s->table, dev, entry->ipv4);
	if (slot != SLOT_NONE)
		store_close_entry(s, slot, now);
	slot = table_add(&s->table, dev, &entry->ipv6, entry->ipv4);
	s->devs[dev].live++;
	e = &s->table.slots[slot];
	e->type = type_of(entry);
	e->gen = s->gen;
	e->since = now;
	e->expires = expiry(entry, now);
	store_mark(s, slot, true);
}

void store_on_event(const struct event *event, void *arg)
{
	struct store *s = arg;
	uint32_t slot;
	int64_t dev;

	if (event->is_pool || (s->only[0] && strcmp(s->only, event->dev)))
		return;
	dev = store_dev_by_index(s, event->ifindex);
	if (dev < 0 || strcmp(s->devs[dev].name, event->dev)) {
		store_dev_there(s, event->ifindex, event->dev, 0);
		dev = store_dev_by_index(s, event->ifindex);
		if (dev < 0)
			return;
	}
	switch (event->event) {
	case M46_EVENT_ENTRY_NEW:
	case M46_EVENT_ENTRY_REACTIVATED:
		learn(s, (uint32_t)dev, &event->entry, event->time);
		break;
	case M46_EVENT_ENTRY_EXPIRED:
	case M46_EVENT_ENTRY_DELETED:
		slot = find(s, (uint32_t)dev, &event->entry);
		if (slot != SLOT_NONE)
			store_close_entry(s, slot, event->time);
		break;
	}
}

/* Dumps */

void store_dump_begin(struct store *s)
{
	s->gen++;
	s->dump_from = when_now();
}

/* Has an event told of this slot since the dump began? */
static bool is_newer(const struct store *s, uint32_t slot)
{
	return slot != SLOT_NONE && s->table.slots[slot].gen == s->gen &&
	       !is_waiting(s->table.slots[slot].state);
}

void store_dump_entry(struct store *s, int ifindex, const char *name,
		      const struct entry *entry)
{
	int64_t i = store_dev_by_index(s, ifindex);
	uint32_t dev = (uint32_t)i, slot, six, four, dead;

	if (i < 0) {
		/* New, or going: the list of devices knows. */
		if (!s->only[0] || !strcmp(s->only, name))
			s->want_devices = true;
		return;
	}
	if (entry->type == M46_ENTRY_DORMANT)
		return;
	slot = find(s, dev, entry);
	if (is_newer(s, slot))
		return;
	if (slot == SLOT_NONE) {
		six = table_find6(&s->table, dev, &entry->ipv6);
		four = table_find4(&s->table, dev, entry->ipv4);
		dead = table_find_dead(&s->table, dev, &entry->ipv6,
				       entry->ipv4);
		if (is_newer(s, six) || is_newer(s, four) || is_newer(s, dead))
			return;
	}
	learn(s, dev, entry, when_now());
}

/* What the dump has left out. Return: there is something to look at again. */
static bool sweep(struct store *s)
{
	int64_t now = when_now();
	bool missing = false;
	struct store_dev *dev;
	struct slot *e;
	uint32_t i;

	for (i = 0; i < s->table.n; i++) {
		e = &s->table.slots[i];
		if (e->state == SLOT_FREE || e->gen == s->gen)
			continue;
		/* It knows nothing of devices that came later. */
		dev = &s->devs[e->dev];
		if (!dev->ifindex || dev->gen == s->gen)
			continue;
		/*
		 * Gone, or only left out: a table that grows while it is read
		 * may hide some. A device on its way out looks empty.
		 */
		if (e->state == SLOT_LIVE) {
			store_set_state(s, i, SLOT_MISSING);
			missing = true;
		} else if (e->state == SLOT_MISSING) {
			store_close_entry(s, i, s->missing_since);
		} else if (e->state == SLOT_WAITING && dev->same && !e->lost) {
			store_close_entry(s, i, now);
		}
	}
	if (missing)
		s->missing_since = s->dump_from;

	return missing;
}

static void free_dead(struct store *s)
{
	uint32_t i;

	for (i = 0; i < s->table.n; i++) {
		if (s->table.slots[i].state == SLOT_DEAD)
			table_del(&s->table, i);
	}
}

/* Return: devices that came too late for this dump. */
static bool note_synced(struct store *s, bool torn)
{
	bool late = false, again = torn && s->again < TORN_MAX;
	struct store_dev *dev;
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		dev = &s->devs[i];
		if (!dev->ifindex)
			continue;
		if (dev->gen == s->gen) {
			late = true;
			continue;
		}
		/* What an old acquaintance has not must be known for sure. */
		if (again && dev->same)
			continue;
		if (!dev->synced)
			s->pools_at = 0;
		dev->synced = true;
		dev->same = false;
		store_dev_settled(s, i);
	}

	return late;
}

void store_dump_done(struct store *s, bool torn)
{
	int64_t wait = s->refresh * 1000LL;

	s->again = torn ? s->again + 1 : 0;
	if (torn && s->again < TORN_MAX)
		wait = MISSING_MS;
	if (!torn && sweep(s))
		wait = MISSING_MS;
	free_dead(s);
	if (note_synced(s, torn))
		wait = 0;
	s->dump_at = store_ms() + wait;
	s->ready = true;
}
