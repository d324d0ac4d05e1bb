/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The file that the store lives in: SQLite, one writer, any number of readers.
 *
 * Write-ahead log with an fsync a commit (synchronous=FULL): what is committed
 * survives a power failure, and a writer killed at any moment leaves a file
 * that is whole. synchronous=NORMAL would lose what was committed since the
 * last checkpoint, which may be minutes.
 *
 *	devices  id, name; boot, netns, ifindex: which device of this name it
 *		 was whose entries are all stored or restored; seen: when it was
 *		 there last; gone: since when it is not, else NULL
 *	entries  slot, dev, ipv6, ipv4, type (1 static, 2 dynamic), since,
 *		 expires (as last known; NULL: static), lost (since when the
 *		 kernel has it no more: over, unless it can be restored;
 *		 else NULL)
 *	history  id, dev, ipv6, ipv4, type, since, until: entries that were
 *	state    committed: last commit; started: start of the service
 *
 * Times are CLOCK_REALTIME in ns, IPv6 addresses blobs of 16 bytes, IPv4
 * addresses numbers in host order: both sort as addresses do.
 */
#ifndef M46CTL_STORE_DB_H
#define M46CTL_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "table.h"

#define STORE_DIR	"/var/lib/m46"
#define STORE_FILE	STORE_DIR "/store.db"
#define STORE_SCHEMA	1

/* Longest path; SQLite appends "-journal", setting aside more. */
#define STORE_PATH	512

/* Queries that the service runs again and again. */
enum db_query {
	DB_BEGIN,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_STATE,
	DB_DEVICE,
	DB_PUT,
	DB_DEL,
	DB_HISTORY,
	DB_PRUNE,
	DB_QUERIES
};

/**
 * struct db - an open store
 * @sql: the connection
 * @path: its file
 * @lock: descriptor of the lock file, -1 for readers
 * @ino: the file's, to notice that somebody has removed it
 * @queries: prepared when they are first needed
 */
struct db {
	sqlite3 *sql;
	char path[STORE_PATH];
	int lock;
	uint64_t ino;
	sqlite3_stmt *queries[DB_QUERIES];
};

/**
 * struct db_device - a row of "devices"
 */
struct db_device {
	int64_t id;
	const char *name;
	const char *boot;
	int64_t netns;
	int64_t ifindex;
	int64_t seen;
	int64_t gone;		/* 0: NULL */
};

/* A row of "history". */
struct db_record {
	int64_t dev;
	struct in6_addr ipv6;
	struct in_addr ipv4;
	uint8_t type;
	int64_t since;
	int64_t until;
};

/*
 * Open for the service, alone: make the file, or set it aside and make a new
 * one where it is damaged. Errors are printed. Return: 0 or an exit code.
 */
int db_open(struct db *db, const char *path);
/* Open for reading. Likewise. */
int db_open_reader(struct db *db, const char *path);
void db_close(struct db *db);

/* Why the last thing failed. */
const char *db_error(const struct db *db);
/* Return: the last thing failed since the file is damaged. */
bool db_is_damaged(const struct db *db);
/* Set the file of an open store aside; it is closed then. */
void db_set_aside(struct db *db, const char *why);
/* Is it still the file of that name? */
bool db_is_there(const struct db *db);

/* All of these return 0, or -1 with db_error(). */
int db_begin(struct db *db);
int db_commit(struct db *db, int64_t now);
void db_rollback(struct db *db);
int db_put_device(struct db *db, const struct db_device *device);
int db_put_entry(struct db *db, uint32_t slot, int64_t dev,
		 const struct slot *entry);
int db_del_entry(struct db *db, int64_t slot);
int db_add_history(struct db *db, const struct db_record *record);
int db_exec(struct db *db, const char *sql);
/* Forget history that ended before @until, @max at most. Return: how many. */
int db_prune(struct db *db, int64_t until, int max);

/* Prepare a query of the reader, or the loader. NULL: db_error(). */
sqlite3_stmt *db_prepare(struct db *db, const char *sql);
/* One number. Return: 0, or -1 with db_error(). */
int db_number(struct db *db, const char *sql, int64_t *value);

/*
 * Look through the whole file, for @seconds at most. Return: 0, 1 where the
 * time was over, or -1 with one line in @why.
 */
int db_check(struct db *db, int seconds, char *why, size_t size);

#endif /* M46CTL_STORE_DB_H */
