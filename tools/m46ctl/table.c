// SPDX-License-Identifier: GPL-2.0
/*
 * The entries of all devices in memory, found by either address.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "err.h"
#include "table.h"

#define SLOTS_MIN	1024

static void *resize(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n, size);

	if (!p) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}

	return p;
}

/* Hosts choose their addresses: without the seed they could choose chains. */
static uint64_t mix(uint64_t h, uint64_t value)
{
	h ^= value;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 32;
	h *= 0xc4ceb9fe1a85ec53ULL;

	return h ^ h >> 29;
}

static uint32_t hash6(const struct table *t, uint32_t dev,
		      const struct in6_addr *ipv6)
{
	uint64_t half[2];

	memcpy(half, ipv6, sizeof(half));

	return (uint32_t)mix(mix(t->seed ^ dev, half[0]), half[1]) & t->mask;
}

static uint32_t hash4(const struct table *t, uint32_t dev, struct in_addr ipv4)
{
	return (uint32_t)mix(t->seed, (uint64_t)dev << 32 | ipv4.s_addr) &
	       t->mask;
}

static void link_slot(struct table *t, uint32_t i)
{
	struct slot *s = &t->slots[i];
	uint32_t *head;

	head = &t->by6[hash6(t, s->dev, &s->ipv6)];
	s->next6 = *head;
	*head = i;
	head = &t->by4[hash4(t, s->dev, s->ipv4)];
	s->next4 = *head;
	*head = i;
}

static void rehash(struct table *t, uint32_t heads)
{
	uint32_t i;

	t->mask = heads - 1;
	t->by6 = resize(t->by6, heads, sizeof(*t->by6));
	t->by4 = resize(t->by4, heads, sizeof(*t->by4));
	memset(t->by6, 0xff, heads * sizeof(*t->by6));
	memset(t->by4, 0xff, heads * sizeof(*t->by4));
	for (i = 0; i < t->n; i++) {
		if (t->slots[i].state != SLOT_FREE)
			link_slot(t, i);
	}
}

/* Room for @n slots at least. A quarter more: a million are 64 MB. */
static void grow(struct table *t, uint32_t n)
{
	uint32_t size = t->n + t->n / 4, heads = t->mask + 1;

	if (size < n)
		size = n;
	if (size < SLOTS_MIN)
		size = SLOTS_MIN;
	t->slots = resize(t->slots, size, sizeof(*t->slots));
	memset(t->slots + t->n, 0, (size - t->n) * sizeof(*t->slots));
	t->n = size;
	while (heads < size)
		heads *= 2;
	if (heads != t->mask + 1)
		rehash(t, heads);
}

void table_init(struct table *t)
{
	memset(t, 0, sizeof(*t));
	/* No entropy yet: any seed is better than to wait for it. */
	if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) < 0)
		t->seed = (uintptr_t)t;
	grow(t, SLOTS_MIN);
}

void table_free(struct table *t)
{
	free(t->slots);
	free(t->by6);
	free(t->by4);
	memset(t, 0, sizeof(*t));
}

uint32_t table_find6(const struct table *t, uint32_t dev,
		     const struct in6_addr *ipv6)
{
	uint32_t i = t->by6[hash6(t, dev, ipv6)];
	const struct slot *s;

	for (; i != SLOT_NONE; i = s->next6) {
		s = &t->slots[i];
		if (s->dev == dev && s->state != SLOT_DEAD &&
		    !memcmp(&s->ipv6, ipv6, sizeof(*ipv6)))
			break;
	}

	return i;
}

uint32_t table_find4(const struct table *t, uint32_t dev, struct in_addr ipv4)
{
	uint32_t i = t->by4[hash4(t, dev, ipv4)];
	const struct slot *s;

	for (; i != SLOT_NONE; i = s->next4) {
		s = &t->slots[i];
		if (s->dev == dev && s->state != SLOT_DEAD &&
		    s->ipv4.s_addr == ipv4.s_addr)
			break;
	}

	return i;
}

uint32_t table_find_dead(const struct table *t, uint32_t dev,
			 const struct in6_addr *ipv6, struct in_addr ipv4)
{
	uint32_t i = t->by4[hash4(t, dev, ipv4)];
	const struct slot *s;

	for (; i != SLOT_NONE; i = s->next4) {
		s = &t->slots[i];
		if (s->dev == dev && s->state == SLOT_DEAD &&
		    s->ipv4.s_addr == ipv4.s_addr &&
		    !memcmp(&s->ipv6, ipv6, sizeof(*ipv6)))
			break;
	}

	return i;
}

void table_add_at(struct table *t, uint32_t slot, uint32_t dev,
		  const struct in6_addr *ipv6, struct in_addr ipv4)
{
	struct slot *s;

	if (slot >= t->n)
		grow(t, slot + 1);
	s = &t->slots[slot];
	memset(s, 0, sizeof(*s));
	s->ipv6 = *ipv6;
	s->ipv4 = ipv4;
	s->dev = dev;
	s->state = SLOT_LIVE;
	link_slot(t, slot);
	t->used++;
}

uint32_t table_add(struct table *t, uint32_t dev, const struct in6_addr *ipv6,
		   struct in_addr ipv4)
{
	/* With an eighth free, eight slots are looked at on average. */
	if (t->used >= t->n - t->n / 8)
		grow(t, t->n + 1);
	while (t->slots[t->cursor].state != SLOT_FREE) {
		if (++t->cursor == t->n)
			t->cursor = 0;
	}
	table_add_at(t, t->cursor, dev, ipv6, ipv4);

	return t->cursor;
}

void table_del(struct table *t, uint32_t slot)
{
	struct slot *s = &t->slots[slot];
	uint32_t *link;

	link = &t->by6[hash6(t, s->dev, &s->ipv6)];
	while (*link != slot)
		link = &t->slots[*link].next6;
	*link = s->next6;
	link = &t->by4[hash4(t, s->dev, s->ipv4)];
	while (*link != slot)
		link = &t->slots[*link].next4;
	*link = s->next4;
	s->state = SLOT_FREE;
	t->used--;
}
