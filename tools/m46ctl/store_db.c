// SPDX-License-Identifier: GPL-2.0
/*
 * The file that the store lives in.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "store_db.h"
#include "when.h"

#define APPLICATION_ID	0x4d343654	/* "M46T" */
#define BUSY_MS		5000	/* longest wait for a lock of SQLite's own */
#define CHECK_SECONDS	30	/* longest look at the file at start */

static const char create_sql[] =
	"BEGIN;"
	"CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" boot TEXT, netns INTEGER, ifindex INTEGER, seen INTEGER NOT NULL,"
	" gone INTEGER);"
	"CREATE TABLE entries (slot INTEGER PRIMARY KEY, dev INTEGER NOT NULL,"
	" ipv6 BLOB NOT NULL, ipv4 INTEGER NOT NULL, type INTEGER NOT NULL,"
	" since INTEGER NOT NULL, expires INTEGER, lost INTEGER);"
	"CREATE TABLE history (id INTEGER PRIMARY KEY, dev INTEGER NOT NULL,"
	" ipv6 BLOB NOT NULL, ipv4 INTEGER NOT NULL, type INTEGER NOT NULL,"
	" since INTEGER NOT NULL, until INTEGER NOT NULL);"
	"CREATE INDEX history_ipv4 ON history (ipv4, since);"
	"CREATE INDEX history_ipv6 ON history (ipv6, since);"
	"CREATE INDEX history_until ON history (until);"
	"CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1),"
	" committed INTEGER, started INTEGER);"
	"INSERT INTO state (id) VALUES (1);"
	"PRAGMA application_id = 0x4d343654;"
	"PRAGMA user_version = 1;"
	"COMMIT;";

static const char *const query_sql[DB_QUERIES] = {
	[DB_BEGIN] = "BEGIN IMMEDIATE",
	[DB_COMMIT] = "COMMIT",
	[DB_ROLLBACK] = "ROLLBACK",
	[DB_STATE] = "UPDATE state SET committed = ?1 WHERE id = 1",
	[DB_DEVICE] =
		"INSERT INTO devices (id, name, boot, netns, ifindex, seen, gone)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE"
		" SET name = ?2, boot = ?3, netns = ?4, ifindex = ?5, seen = ?6,"
		" gone = ?7",
	[DB_PUT] =
		"INSERT OR REPLACE INTO entries (slot, dev, ipv6, ipv4, type,"
		" since, expires, lost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[DB_DEL] = "DELETE FROM entries WHERE slot = ?1",
	[DB_HISTORY] =
		"INSERT INTO history (dev, ipv6, ipv4, type, since, until)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[DB_PRUNE] =
		"DELETE FROM history WHERE id IN (SELECT id FROM history"
		" WHERE until < ?1 ORDER BY until LIMIT ?2)",
};

/* What became of opening a file. */
enum opened {
	OPENED,
	OPEN_DAMAGED,
	OPEN_REFUSED,	/* printed */
};

const char *db_error(const struct db *db)
{
	static char text[256];
	int code = sqlite3_errcode(db->sql) & 0xff;
	int sys = sqlite3_system_errno(db->sql);

	if (sys && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN ||
		    code == SQLITE_FULL))
		snprintf(text, sizeof(text), "%s (%s)",
			 sqlite3_errmsg(db->sql), strerror(sys));
	else
		snprintf(text, sizeof(text), "%s", sqlite3_errmsg(db->sql));

	return text;
}

bool db_is_damaged(const struct db *db)
{
	int code = sqlite3_errcode(db->sql) & 0xff;

	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

int db_exec(struct db *db, const char *sql)
{
	return sqlite3_exec(db->sql, sql, NULL, NULL, NULL) ? -1 : 0;
}

sqlite3_stmt *db_prepare(struct db *db, const char *sql)
{
	sqlite3_stmt *stmt;

	return sqlite3_prepare_v2(db->sql, sql, -1, &stmt, NULL) ? NULL : stmt;
}

int db_number(struct db *db, const char *sql, int64_t *value)
{
	sqlite3_stmt *stmt = db_prepare(db, sql);
	int ret = -1;

	if (!stmt)
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		*value = sqlite3_column_int64(stmt, 0);
		ret = 0;
	}
	sqlite3_finalize(stmt);

	return ret;
}

static int out_of_time(void *arg)
{
	const struct timespec *end = arg;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);

	return now.tv_sec >= end->tv_sec;
}

int db_check(struct db *db, int seconds, char *why, size_t size)
{
	struct timespec end;
	sqlite3_stmt *stmt;
	int ret = -1;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	sqlite3_progress_handler(db->sql, 10000, out_of_time, &end);
	stmt = db_prepare(db, "PRAGMA integrity_check(1)");
	switch (stmt ? sqlite3_step(stmt) : SQLITE_ERROR) {
	case SQLITE_ROW:
		snprintf(why, size, "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
		why[strcspn(why, "\n")] = '\0';
		ret = strcmp(why, "ok") ? -1 : 0;
		break;
	case SQLITE_INTERRUPT:
		ret = 1;
		break;
	default:
		snprintf(why, size, "%s", db_error(db));
	}
	sqlite3_finalize(stmt);
	sqlite3_progress_handler(db->sql, 0, NULL, NULL);

	return ret;
}

/* Opening */

/* SQLite's own locks let several writers in; the slots are ours alone. */
static int take_lock(struct db *db)
{
	char path[STORE_PATH + 16];

	snprintf(path, sizeof(path), "%s.lock", db->path);
	db->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock < 0)
		return err_refused("%s: %s", path, strerror(errno));
	if (!flock(db->lock, LOCK_EX | LOCK_NB))
		return EXIT_OK;
	if (errno == EWOULDBLOCK)
		return err_refused("%s: another m46ctl store run works with it",
				   db->path);

	return err_refused("%s: cannot lock: %s", path, strerror(errno));
}

static enum opened failed(struct db *db)
{
	if (db_is_damaged(db))
		return OPEN_DAMAGED;
	err_refused("%s: %s", db->path, db_error(db));

	return OPEN_REFUSED;
}

/* Is it ours, and of a version that we know? New ones are made. */
static enum opened check_kind(struct db *db)
{
	int64_t id, version, tables;

	if (db_number(db, "PRAGMA application_id", &id) ||
	    db_number(db, "PRAGMA user_version", &version) ||
	    db_number(db, "SELECT count(*) FROM sqlite_master", &tables))
		return failed(db);
	if (!id && !version && !tables && db->lock >= 0)
		return db_exec(db, create_sql) ? failed(db) : OPENED;
	if (id != APPLICATION_ID) {
		err_refused("%s: not a store of m46ctl, but another database",
			    db->path);
		return OPEN_REFUSED;
	}
	if (version == STORE_SCHEMA)
		return OPENED;
	err_refused("%s: schema %lld, this m46ctl knows %d", db->path,
		    (long long)version, STORE_SCHEMA);

	return OPEN_REFUSED;
}

static enum opened set_up(struct db *db)
{
	int persist = 1;
	sqlite3_stmt *stmt;
	bool wal = false;

	if (sqlite3_db_readonly(db->sql, "main") == 1) {
		err_refused("%s: read-only", db->path);
		return OPEN_REFUSED;
	}
	stmt = db_prepare(db, "PRAGMA journal_mode = wal");
	if (!stmt)
		return failed(db);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		wal = !strcmp((const char *)sqlite3_column_text(stmt, 0),
			      "wal");
	if (sqlite3_finalize(stmt))
		return failed(db);
	if (!wal) {
		err_refused("%s: no write-ahead log on this file system",
			    db->path);
		return OPEN_REFUSED;
	}
	/* Left behind, it lets those read who must not make files here. */
	sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_PERSIST_WAL,
			     &persist);
	if (db_exec(db, "PRAGMA synchronous = full;"
			"PRAGMA cache_size = -32768;"
			"PRAGMA journal_size_limit = 16777216;"))
		return failed(db);

	return OPENED;
}

static enum opened open_file(struct db *db, char *why, size_t size)
{
	enum opened opened;
	struct stat st;
	int ret;

	if (sqlite3_open_v2(db->path, &db->sql,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL))
		return failed(db);
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	opened = set_up(db);
	if (opened == OPENED)
		opened = check_kind(db);
	if (opened == OPEN_DAMAGED)
		snprintf(why, size, "%s", db_error(db));
	if (opened != OPENED)
		return opened;
	ret = db_check(db, CHECK_SECONDS, why, size);
	if (ret < 0)
		return OPEN_DAMAGED;
	if (ret)
		err_note("%s: is large, only %d s of the integrity check were done: no damage so far",
			 db->path, CHECK_SECONDS);
	db->ino = stat(db->path, &st) ? 0 : st.st_ino;

	return OPENED;
}

static void close_file(struct db *db)
{
	unsigned int i;

	for (i = 0; i < DB_QUERIES; i++) {
		sqlite3_finalize(db->queries[i]);
		db->queries[i] = NULL;
	}
	sqlite3_close_v2(db->sql);
	db->sql = NULL;
}

void db_set_aside(struct db *db, const char *why)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char from[STORE_PATH + 8], to[STORE_PATH + 48], stamp[24];
	time_t now = time(NULL);
	struct tm tm;
	unsigned int i;

	close_file(db);
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", db->path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.damaged-%s%s", db->path, stamp,
			 suffixes[i]);
		if (rename(from, to) && errno != ENOENT)
			err_refused("%s: cannot be set aside: %s", from,
				    strerror(errno));
	}
	err_refused("%s: damaged (%s), set aside as %s.damaged-%s, beginning a new one",
		    db->path, why, db->path, stamp);
}

static int begin(struct db *db, const char *path)
{
	memset(db, 0, sizeof(*db));
	db->lock = -1;
	if (strlen(path) >= sizeof(db->path))
		return err_refused("%s: the path is too long", path);
	strcpy(db->path, path);

	return EXIT_OK;
}

int db_open(struct db *db, const char *path)
{
	enum opened opened;
	char why[200];

	if (begin(db, path))
		return EXIT_REFUSED;
	/* Best effort, for those who run it by hand. */
	if (!strcmp(path, STORE_FILE))
		mkdir(STORE_DIR, 0750);
	if (take_lock(db))
		return EXIT_REFUSED;
	opened = open_file(db, why, sizeof(why));
	if (opened == OPEN_DAMAGED) {
		db_set_aside(db, why);
		opened = open_file(db, why, sizeof(why));
		if (opened == OPEN_DAMAGED)
			err_refused("%s: %s", db->path, why);
	}

	return opened == OPENED ? EXIT_OK : EXIT_REFUSED;
}

/* Is there something in the write-ahead log? */
static bool has_log(const struct db *db)
{
	char path[STORE_PATH + 8];
	struct stat st;

	snprintf(path, sizeof(path), "%s-wal", db->path);

	return !stat(path, &st) && st.st_size;
}

static int open_uri(struct db *db, const char *options)
{
	char uri[3 * STORE_PATH + 32];
	size_t n = 5;
	const char *c;

	strcpy(uri, "file:");
	for (c = db->path; *c; c++)
		n += (size_t)sprintf(uri + n, strchr("?#%", *c) ? "%%%02x" :
				     "%c", *c);
	strcpy(uri + n, options);
	sqlite3_close_v2(db->sql);

	return sqlite3_open_v2(uri, &db->sql,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

int db_open_reader(struct db *db, const char *path)
{
	enum opened opened = OPEN_REFUSED;
	int64_t version;
	int code;

	if (begin(db, path))
		return EXIT_REFUSED;
	if (access(path, R_OK))
		return err_refused("%s: %s%s", path, strerror(errno),
				   errno == ENOENT && !strcmp(path, STORE_FILE) ?
				   ": try systemctl start m46-store" : "");
	if (open_uri(db, "")) {
		failed(db);
		return EXIT_REFUSED;
	}
	/*
	 * Without the right to make the files of the log, and without a
	 * service that has made them: nobody writes, the file can be read as
	 * it is.
	 */
	if (db_number(db, "PRAGMA user_version", &version)) {
		code = sqlite3_errcode(db->sql) & 0xff;
		if ((code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
		    !has_log(db) && open_uri(db, "?immutable=1")) {
			failed(db);
			return EXIT_REFUSED;
		}
	}
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	opened = check_kind(db);
	if (opened == OPEN_DAMAGED)
		err_refused("%s: damaged: %s", path, db_error(db));

	return opened == OPENED ? EXIT_OK : EXIT_REFUSED;
}

void db_close(struct db *db)
{
	close_file(db);
	if (db->lock >= 0)
		close(db->lock);
	db->lock = -1;
}

bool db_is_there(const struct db *db)
{
	struct stat st;

	return !stat(db->path, &st) && st.st_ino == db->ino;
}

/* Queries */

static sqlite3_stmt *query(struct db *db, enum db_query number)
{
	sqlite3_stmt **stmt = &db->queries[number];

	if (!*stmt)
		sqlite3_prepare_v3(db->sql, query_sql[number], -1,
				   SQLITE_PREPARE_PERSISTENT, stmt, NULL);

	return *stmt;
}

static int run(sqlite3_stmt *stmt)
{
	int ret = sqlite3_step(stmt);

	sqlite3_reset(stmt);

	return ret == SQLITE_DONE ? 0 : -1;
}

int db_begin(struct db *db)
{
	sqlite3_stmt *stmt = query(db, DB_BEGIN);

	return stmt ? run(stmt) : -1;
}

int db_commit(struct db *db, int64_t now)
{
	sqlite3_stmt *state = query(db, DB_STATE), *stmt = query(db, DB_COMMIT);

	if (!state || !stmt)
		return -1;
	sqlite3_bind_int64(state, 1, now);

	return run(state) || run(stmt) ? -1 : 0;
}

void db_rollback(struct db *db)
{
	sqlite3_stmt *stmt = query(db, DB_ROLLBACK);

	/* Some errors have rolled back already. */
	if (stmt && !sqlite3_get_autocommit(db->sql))
		run(stmt);
}

int db_put_device(struct db *db, const struct db_device *device)
{
	sqlite3_stmt *stmt = query(db, DB_DEVICE);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, device->id);
	sqlite3_bind_text(stmt, 2, device->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 3, device->boot, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 4, device->netns);
	sqlite3_bind_int64(stmt, 5, device->ifindex);
	sqlite3_bind_int64(stmt, 6, device->seen);
	if (device->gone)
		sqlite3_bind_int64(stmt, 7, device->gone);
	else
		sqlite3_bind_null(stmt, 7);

	return run(stmt);
}

int db_put_entry(struct db *db, uint32_t slot, int64_t dev,
		 const struct slot *entry)
{
	sqlite3_stmt *stmt = query(db, DB_PUT);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, slot);
	sqlite3_bind_int64(stmt, 2, dev);
	sqlite3_bind_blob(stmt, 3, &entry->ipv6, 16, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 4, ntohl(entry->ipv4.s_addr));
	sqlite3_bind_int(stmt, 5, entry->type);
	sqlite3_bind_int64(stmt, 6, entry->since);
	if (entry->expires)
		sqlite3_bind_int64(stmt, 7, entry->expires);
	else
		sqlite3_bind_null(stmt, 7);
	if (entry->lost)
		sqlite3_bind_int64(stmt, 8, entry->lost);
	else
		sqlite3_bind_null(stmt, 8);

	return run(stmt);
}

int db_del_entry(struct db *db, int64_t slot)
{
	sqlite3_stmt *stmt = query(db, DB_DEL);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, slot);

	return run(stmt);
}

int db_add_history(struct db *db, const struct db_record *record)
{
	sqlite3_stmt *stmt = query(db, DB_HISTORY);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, record->dev);
	sqlite3_bind_blob(stmt, 2, &record->ipv6, 16, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 3, ntohl(record->ipv4.s_addr));
	sqlite3_bind_int(stmt, 4, record->type);
	sqlite3_bind_int64(stmt, 5, record->since);
	sqlite3_bind_int64(stmt, 6, record->until);

	return run(stmt);
}

int db_prune(struct db *db, int64_t until, int max)
{
	sqlite3_stmt *stmt = query(db, DB_PRUNE);

	if (!stmt)
		return -1;
	sqlite3_bind_int64(stmt, 1, until);
	sqlite3_bind_int(stmt, 2, max);

	return run(stmt) ? -1 : sqlite3_changes(db->sql);
}
