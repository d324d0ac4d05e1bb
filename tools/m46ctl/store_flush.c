// SPDX-License-Identifier: GPL-2.0
/*
 * The store service: from memory to the file, and back at start.
 *
 * Slots are written in ascending order, so that a page of the file is written
 * once a transaction however many of its rows have changed. Expiry that has
 * only moved waits until a dump is over: dumps come in the order of a hash.
 */
#include <linux/m46.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "store.h"

#define SLOT_LIMIT	(1U << 26)	/* no file of ours has more */
#define DEV_LIMIT	65536
#define OVER_LIMIT	(1U << 20)	/* history that waits for a full disk */

static void *resize(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n, size);

	if (!p) {
		err_refused("out of memory");
		exit(EXIT_REFUSED);
	}

	return p;
}

/* Bitmaps */

static void set_bit(struct bitmap *map, uint32_t bit)
{
	size_t word = bit / 64, n = map->n_words;
	uint64_t mask = 1ULL << bit % 64;

	if (word >= n) {
		n = 2 * (word + 1);
		map->words = resize(map->words, n, sizeof(*map->words));
		memset(map->words + map->n_words, 0,
		       (n - map->n_words) * sizeof(*map->words));
		map->n_words = n;
	}
	map->count += !(map->words[word] & mask);
	map->words[word] |= mask;
}

static void clear_bit(struct bitmap *map, uint32_t bit)
{
	size_t word = bit / 64;
	uint64_t mask = 1ULL << bit % 64;

	if (word >= map->n_words || !(map->words[word] & mask))
		return;
	map->words[word] &= ~mask;
	map->count--;
}

/* The first bit from @bit on, or SLOT_NONE. */
static uint32_t next_bit(const struct bitmap *map, uint32_t bit)
{
	size_t word = bit / 64;
	uint64_t left;

	for (; map->count && word < map->n_words; word++) {
		left = map->words[word];
		if (word == bit / 64)
			left &= ~0ULL << bit % 64;
		if (left)
			return (uint32_t)(word * 64) +
			       (uint32_t)__builtin_ctzll(left);
	}

	return SLOT_NONE;
}

/* Marks */

static void hurry(struct store *s)
{
	if (!s->dirty_at)
		s->dirty_at = store_ms();
}

void store_mark(struct store *s, uint32_t slot, bool soon)
{
	set_bit(soon ? &s->dirty : &s->stale, slot);
	if (soon)
		hurry(s);
}

void store_mark_dev(struct store *s, struct store_dev *dev)
{
	dev->dirty = true;
	hurry(s);
}

void store_add_over(struct store *s, uint32_t slot, int64_t until)
{
	const struct slot *e = &s->table.slots[slot];
	struct store_over *over;

	if (s->n_over == OVER_LIMIT) {
		s->lost_over++;
		return;
	}
	if (s->n_over == s->over_room) {
		s->over_room = s->over_room ? 2 * s->over_room : 1024;
		s->over = resize(s->over, s->over_room, sizeof(*s->over));
	}
	over = &s->over[s->n_over++];
	over->slot = slot;
	over->record.dev = s->devs[e->dev].id;
	over->record.ipv6 = e->ipv6;
	over->record.ipv4 = e->ipv4;
	over->record.type = e->type;
	over->record.since = e->since;
	/* The clock may have been set back. */
	over->record.until = until > e->since ? until : e->since;
}

/* Writing */

static int write_slot(struct store *s, uint32_t slot)
{
	const struct slot *e = &s->table.slots[slot];

	if (s->n_touched == s->touched_room) {
		s->touched_room = s->touched_room ? 2 * s->touched_room : 1024;
		s->touched = resize(s->touched, s->touched_room,
				    sizeof(*s->touched));
	}
	s->touched[s->n_touched++] = slot;
	clear_bit(&s->dirty, slot);
	clear_bit(&s->stale, slot);
	if (e->state == SLOT_FREE || e->state == SLOT_DEAD)
		return db_del_entry(&s->db, slot);

	return db_put_entry(&s->db, slot, s->devs[e->dev].id, e);
}

static int write_slots(struct store *s, struct bitmap *map)
{
	uint32_t slot = 0;

	while (s->n_touched < FLUSH_ROWS) {
		slot = next_bit(map, slot);
		if (slot == SLOT_NONE)
			break;
		if (write_slot(s, slot))
			return -1;
	}

	return 0;
}

static int write_devs(struct store *s)
{
	struct db_device row;
	struct store_dev *dev;
	uint32_t i;

	for (i = 0; i < s->n_devs; i++) {
		dev = &s->devs[i];
		if (!dev->dirty)
			continue;
		row.id = dev->id;
		row.name = dev->name;
		row.boot = dev->boot;
		row.netns = dev->old_netns;
		row.ifindex = dev->old_ifindex;
		row.seen = dev->seen;
		row.gone = dev->gone;
		if (db_put_device(&s->db, &row))
			return -1;
	}

	return 0;
}

/*
 * An entry that is over leaves its slot and enters the history in the same
 * transaction. Return: how many of them, or -1.
 */
static int64_t write_over(struct store *s)
{
	size_t i;

	for (i = 0; i < s->n_over && i < FLUSH_ROWS; i++) {
		if (db_add_history(&s->db, &s->over[i].record) ||
		    write_slot(s, s->over[i].slot))
			return -1;
	}

	return (int64_t)i;
}

/* Return: history written, or -1. */
static int64_t transaction(struct store *s, bool all)
{
	int64_t over;

	if (db_begin(&s->db) || write_devs(s))
		return -1;
	over = write_over(s);
	if (over < 0 || write_slots(s, &s->dirty))
		return -1;
	if ((all || s->nl.job != JOB_DUMP) && write_slots(s, &s->stale))
		return -1;

	return db_commit(&s->db, when_now()) ? -1 : over;
}

static void done(struct store *s, size_t over)
{
	uint32_t i;

	for (i = 0; i < s->n_devs; i++)
		s->devs[i].dirty = false;
	s->n_over -= over;
	if (s->n_over)
		memmove(s->over, s->over + over, s->n_over * sizeof(*s->over));
	s->dirty_at = s->dirty.count || s->n_over ? store_ms() - COMMIT_MS : 0;
	s->retry_at = 0;
	if (!s->broken)
		return;
	s->broken = false;
	err_note("%s: written again", s->db.path);
	if (s->lost_over)
		err_note("%s: %llu pieces of history are lost", s->db.path,
			 (unsigned long long)s->lost_over);
	s->lost_over = 0;
}

/* Put everything back as it was, and try again later. */
static int undo(struct store *s)
{
	char why[256];
	size_t i;

	strcpy(why, db_error(&s->db));
	if (db_is_damaged(&s->db)) {
		db_set_aside(&s->db, why);
		return EXIT_REFUSED;
	}
	if (!s->broken)
		err_refused("%s: cannot be written: %s: keeping it in memory, trying again",
			    s->db.path, why);
	s->broken = true;
	db_rollback(&s->db);
	for (i = 0; i < s->n_touched; i++)
		set_bit(&s->dirty, s->touched[i]);
	s->retry_at = store_ms() + RETRY_MS;

	return EXIT_OK;
}

static bool lazy_work(const struct store *s)
{
	return s->stale.count && s->nl.job != JOB_DUMP;
}

int store_flush_wait(const struct store *s)
{
	int64_t now = store_ms(), at = s->dirty_at + COMMIT_MS;

	if (!s->dirty_at && !lazy_work(s))
		return -1;
	if (!s->dirty_at || lazy_work(s))
		at = now;
	if (at < s->retry_at)
		at = s->retry_at;

	return at > now ? (int)(at - now) : 0;
}

int store_flush(struct store *s, bool all)
{
	int64_t over;

	while (all ? s->dirty_at || s->stale.count : !store_flush_wait(s)) {
		s->n_touched = 0;
		over = s->db.sql ? transaction(s, all) : -1;
		if (over < 0)
			return undo(s);
		done(s, (size_t)over);
		if (!all)
			break;
	}

	return EXIT_OK;
}

/* Reading */

static int load_devices(struct store *s)
{
	sqlite3_stmt *stmt;
	struct store_dev *dev;
	const char *boot;
	char name[24];
	uint32_t i;
	int64_t id;

	stmt = db_prepare(&s->db, "SELECT id, name, boot, netns, ifindex, seen,"
			  " gone FROM devices ORDER BY id");
	while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
		id = sqlite3_column_int64(stmt, 0);
		if (id < 1 || id > DEV_LIMIT)
			continue;
		/* Numbers have no gaps, unless somebody has made one. */
		while (s->n_devs < id - 1) {
			snprintf(name, sizeof(name), "/%u", s->n_devs);
			store_dev_named(s, name);
		}
		i = store_dev_named(s, (const char *)
				    sqlite3_column_text(stmt, 1));
		dev = &s->devs[i];
		boot = (const char *)sqlite3_column_text(stmt, 2);
		if (boot)
			strncpy(dev->boot, boot, sizeof(dev->boot) - 1);
		dev->old_netns = sqlite3_column_int64(stmt, 3);
		dev->old_ifindex = sqlite3_column_int64(stmt, 4);
		dev->seen = sqlite3_column_int64(stmt, 5);
		dev->gone = sqlite3_column_int64(stmt, 6);
	}

	return sqlite3_finalize(stmt) || !stmt ? -1 : 0;
}

/* Of two entries with one address, the younger is true. Return: it is @slot. */
static bool settle(struct store *s, uint32_t old, uint32_t slot)
{
	const struct slot *e = s->table.slots;

	if (old == SLOT_NONE)
		return true;
	if (e[old].since > e[slot].since) {
		store_close_entry(s, slot, e[old].since);
		return false;
	}
	store_close_entry(s, old, e[slot].since);

	return true;
}

static void load_entry(struct store *s, sqlite3_stmt *stmt)
{
	int64_t slot = sqlite3_column_int64(stmt, 0);
	int64_t id = sqlite3_column_int64(stmt, 1);
	uint32_t dev = (uint32_t)(id - 1);
	uint32_t six, four;
	struct in6_addr ipv6;
	struct in_addr ipv4;
	struct slot *e;

	memcpy(&ipv6, sqlite3_column_blob(stmt, 2), 16);
	ipv4.s_addr = htonl((uint32_t)sqlite3_column_int64(stmt, 3));
	six = table_find6(&s->table, dev, &ipv6);
	four = table_find4(&s->table, dev, ipv4);
	table_add_at(&s->table, (uint32_t)slot, dev, &ipv6, ipv4);
	s->devs[dev].live++;
	e = &s->table.slots[slot];
	e->type = sqlite3_column_int(stmt, 4) == M46_ENTRY_STATIC ?
		  M46_ENTRY_STATIC : M46_ENTRY_DYNAMIC;
	e->since = sqlite3_column_int64(stmt, 5);
	e->expires = sqlite3_column_int64(stmt, 6);
	e->lost = sqlite3_column_int64(stmt, 7);
	store_set_state(s, (uint32_t)slot, SLOT_WAITING);
	if (settle(s, six, (uint32_t)slot) && four != six)
		settle(s, four, (uint32_t)slot);
}

int store_load(struct store *s)
{
	sqlite3_stmt *stmt = NULL;
	char sql[200];

	/* What makes no sense was written by somebody else's hand. */
	snprintf(sql, sizeof(sql), "DELETE FROM entries WHERE slot < 0 OR"
		 " slot >= %u OR typeof(ipv6) != 'blob' OR length(ipv6) != 16"
		 " OR dev NOT IN (SELECT id FROM devices WHERE id BETWEEN 1"
		 " AND %u)", SLOT_LIMIT, DEV_LIMIT);
	if (!db_exec(&s->db, sql) && !load_devices(s))
		stmt = db_prepare(&s->db, "SELECT slot, dev, ipv6, ipv4, type,"
				  " since, expires, lost FROM entries"
				  " ORDER BY slot");
	while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
		load_entry(s, stmt);
	if (sqlite3_finalize(stmt) || !stmt)
		return err_refused("%s: %s", s->db.path, db_error(&s->db));

	return EXIT_OK;
}
