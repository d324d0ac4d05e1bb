// SPDX-License-Identifier: GPL-2.0
/*
 * store: entries on disk, across reloads, reboots and crashes.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "err.h"
#include "out.h"
#include "store.h"
#include "words.h"

#define KEEP		(180 * 86400)
#define KEEP_MAX	(100U * 365 * 86400)
#define REFRESH		30
#define REFRESH_MAX	86400
#define CHECK_SECONDS	86400	/* whoever asks has the time */

enum store_word {
	STORE_WORD_DEV,
	STORE_WORD_FILE,
	STORE_WORD_KEEP,
	STORE_WORD_REFRESH,
	STORE_WORD_COUNT
};

static const struct word store_word_list[] = {
	[STORE_WORD_DEV] = {
		"dev", 0, WORD_IFNAME,
		.help = "only this device; all of the namespace" },
	[STORE_WORD_FILE] = {
		"file", 0, WORD_PATH,
		.help = "the store; " STORE_FILE },
	[STORE_WORD_KEEP] = {
		"keep", 0, WORD_TIME, .max = KEEP_MAX,
		.help = "how long history is kept; 180d" },
	[STORE_WORD_REFRESH] = {
		"refresh", 0, WORD_TIME, .min = 1, .max = REFRESH_MAX,
		.help = "between two looks at the remaining times; 30s" },
};

const struct word_table store_words = {
	"store", store_word_list, STORE_WORD_COUNT
};

static int run_store(int argc, char **argv)
{
	static struct store store;
	struct value values[STORE_WORD_COUNT];
	const struct value *dev = &values[STORE_WORD_DEV];
	const struct value *file = &values[STORE_WORD_FILE];
	const struct value *keep = &values[STORE_WORD_KEEP];
	const struct value *refresh = &values[STORE_WORD_REFRESH];

	if (cmd_words(&store_words, argc, argv, ~0U, 0, values))
		return EXIT_REFUSED;
	memset(&store, 0, sizeof(store));
	if (dev->set)
		strcpy(store.only, dev->ifname);
	store.keep = keep->set ? keep->num : KEEP;
	store.refresh = refresh->set ? refresh->num : REFRESH;

	return store_run(&store, file->set ? file->text : STORE_FILE);
}

static uint64_t file_size(const char *path, const char *suffix)
{
	char name[STORE_PATH + 8];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);

	return stat(name, &st) ? 0 : (uint64_t)st.st_size;
}

static int show_devices(struct db *db)
{
	sqlite3_stmt *stmt;

	stmt = db_prepare(db, "SELECT name, (SELECT count(*) FROM entries"
			  " WHERE dev = devices.id) FROM devices ORDER BY name");
	if (!stmt)
		return -1;
	out_map_begin("devices", "entries by device:");
	while (sqlite3_step(stmt) == SQLITE_ROW)
		out_uint((const char *)sqlite3_column_text(stmt, 0), NULL,
			 (uint64_t)sqlite3_column_int64(stmt, 1));
	out_map_end();

	return sqlite3_finalize(stmt) ? -1 : 0;
}

static int show_numbers(struct db *db)
{
	int64_t entries, history, committed;
	char text[WHEN_STRLEN];

	if (db_number(db, "SELECT count(*) FROM entries", &entries) ||
	    db_number(db, "SELECT count(*) FROM history", &history) ||
	    db_number(db, "SELECT coalesce(max(committed), 0) FROM state",
		      &committed))
		return -1;
	out_string("file", "%s:", db->path);
	out_uint("schema", NULL, STORE_SCHEMA);
	out_uint("size", NULL,
		 file_size(db->path, "") + file_size(db->path, "-wal"));
	out_uint("entries", NULL, (uint64_t)entries);
	out_uint("history", NULL, (uint64_t)history);
	if (!committed)
		out_null("committed");
	else
		out_string("committed", NULL, out_is_json() ?
			   when_iso(committed, text) :
			   when_local(committed, text));

	return 0;
}

static int show_open(struct db *db)
{
	int ret = EXIT_OK, damaged;
	char why[200];

	damaged = db_check(db, CHECK_SECONDS, why, sizeof(why)) < 0;
	if (damaged)
		ret = err_refused("%s: damaged: %s", db->path, why);
	out_list_begin(NULL);
	out_object_begin();
	if (show_numbers(db) ||
	    (out_string("integrity", NULL, damaged ? why : "ok"),
	     show_devices(db)))
		ret = damaged ? ret :
		      err_refused("%s: %s", db->path, db_error(db));
	out_object_end();
	out_list_end();

	return ret;
}

static int show_store(int argc, char **argv)
{
	struct value values[STORE_WORD_COUNT];
	const struct value *file = &values[STORE_WORD_FILE];
	struct db db;
	int ret;

	if (cmd_words(&store_words, argc, argv, WORD_BIT(STORE_WORD_FILE), 0,
		      values))
		return EXIT_REFUSED;
	ret = db_open_reader(&db, file->set ? file->text : STORE_FILE);
	if (!ret)
		ret = show_open(&db);
	db_close(&db);

	return ret;
}

static const struct command commands[] = {
	{ "run", run_store,
	  "[ dev NAME ] [ file PATH ] [ keep TIME ] [ refresh TIME ]" },
	{ "show", show_store, "[ file PATH ]" },
	{ NULL, NULL, NULL }
};

const struct object store_object = {
	"store", commands, &store_words, "entries on disk (mode m46t)"
};
