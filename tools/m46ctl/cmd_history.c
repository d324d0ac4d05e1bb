// SPDX-License-Identifier: GPL-2.0
/*
 * history: who had an address, and when.
 */
#include <arpa/inet.h>
#include <linux/m46.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cmd.h"
#include "entry.h"
#include "err.h"
#include "out.h"
#include "store_db.h"
#include "when.h"
#include "words.h"

enum history_word {
	HISTORY_WORD_AT,
	HISTORY_WORD_FROM,
	HISTORY_WORD_TO,
	HISTORY_WORD_DEV,
	HISTORY_WORD_FILE,
	HISTORY_WORD_COUNT
};

static const struct word history_word_list[] = {
	[HISTORY_WORD_AT] = {
		"at", 0, WORD_WHEN,
		.help = "who had it then" },
	[HISTORY_WORD_FROM] = {
		"from", 0, WORD_WHEN,
		.help = "who had it since then; ever" },
	[HISTORY_WORD_TO] = {
		"to", 0, WORD_WHEN,
		.help = "who had it until then; now" },
	[HISTORY_WORD_DEV] = {
		"dev", 0, WORD_IFNAME,
		.help = "only of this device; all" },
	[HISTORY_WORD_FILE] = {
		"file", 0, WORD_PATH,
		.help = "the store; " STORE_FILE },
};

static const struct word_table history_words = {
	"history", history_word_list, HISTORY_WORD_COUNT
};

/* What is asked for. */
struct question {
	struct prefix prefix;
	struct when span;
	const char *dev;
	const char *file;
};

/*
 * The time that begins at argv[*i]: all words up to the next one that means
 * something here.
 */
static int take_time(const char *word, int argc, char **argv, int *i,
		     struct when *when)
{
	char text[80] = "";
	struct parse_err why;
	size_t used = 0;

	for (; *i < argc && !words_by_name(&history_words, argv[*i]); (*i)++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s", used ? " " : "", argv[*i]);
		if (used >= sizeof(text))
			return err_refused("%s: \"%s\" is not a time", word,
					   text);
	}
	if (!used)
		return err_refused("%s: value missing (TIME)", word);
	if (when_parse(text, when_now(), when, &why))
		return err_refused("%s: %s", word, why.text);

	return EXIT_OK;
}

static int take_word(const struct word *word, int argc, char **argv, int *i,
		     struct question *q, struct when *times)
{
	char name[PARSE_IFNAMSIZ];
	struct parse_err why;

	if (word->type == WORD_WHEN)
		return take_time(word->name, argc, argv, i,
				 &times[word - history_word_list]);
	if (*i == argc)
		return err_refused("%s: value missing", word->name);
	if (word->type == WORD_PATH) {
		q->file = argv[(*i)++];
		return EXIT_OK;
	}
	if (parse_ifname(argv[*i], name, &why))
		return err_refused("%s: %s", word->name, why.text);
	q->dev = argv[(*i)++];

	return EXIT_OK;
}

static int parse_question(int argc, char **argv, struct question *q)
{
	struct when times[HISTORY_WORD_COUNT];
	const struct word *word;
	bool given[HISTORY_WORD_COUNT] = { false };
	struct parse_err why;
	int i = 1;

	memset(q, 0, sizeof(*q));
	q->file = STORE_FILE;
	q->span.end = INT64_MAX;
	if (!argc)
		return err_refused("V4, V6 or PREFIX is missing");
	if (parse_prefix_or_host(argv[0], AF_UNSPEC, 0, 128, &q->prefix, &why))
		return err_refused("%s", why.text);
	while (i < argc) {
		word = words_by_name(&history_words, argv[i]);
		if (!word)
			return err_refused("unknown word \"%s\"", argv[i]);
		if (given[word - history_word_list])
			return err_refused("%s: given twice", word->name);
		given[word - history_word_list] = true;
		i++;
		if (take_word(word, argc, argv, &i, q, times))
			return EXIT_REFUSED;
	}
	if (given[HISTORY_WORD_AT] &&
	    (given[HISTORY_WORD_FROM] || given[HISTORY_WORD_TO]))
		return err_refused("either at, or from and to");
	/* "at" is from and to the same time, and a time has a width. */
	if (given[HISTORY_WORD_AT])
		q->span = times[HISTORY_WORD_AT];
	if (given[HISTORY_WORD_FROM])
		q->span.start = times[HISTORY_WORD_FROM].start;
	if (given[HISTORY_WORD_TO])
		q->span.end = times[HISTORY_WORD_TO].end;
	if (q->span.start >= q->span.end)
		return err_refused("from is later than to");

	return EXIT_OK;
}

/* First and last address of the prefix. */
static void bounds(const struct prefix *prefix, struct prefix *first,
		   struct prefix *last)
{
	unsigned int size = prefix->family == AF_INET ? 4 : 16, bit;

	*first = *prefix;
	*last = *prefix;
	for (bit = prefix->len; bit < 8 * size; bit++)
		last->bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static void bind_address(sqlite3_stmt *stmt, int number,
			 const struct prefix *addr)
{
	if (addr->family == AF_INET)
		sqlite3_bind_int64(stmt, number, ntohl(addr->v4.s_addr));
	else
		sqlite3_bind_blob(stmt, number, &addr->v6, 16,
				  SQLITE_TRANSIENT);
}

/*
 * An entry is in force from since until just before until. What the kernel
 * has, or is to have soon, ends when its device has gone, or never.
 */
#define QUERY(column) \
	"WITH found AS (" \
	"SELECT dev, ipv6, ipv4, type, since, until FROM history" \
	" WHERE " column " BETWEEN ?1 AND ?2 " \
	"UNION ALL " \
	"SELECT e.dev, e.ipv6, e.ipv4, e.type, e.since," \
	" coalesce(e.lost," \
	" max(e.since, min(d.gone, coalesce(e.expires, d.gone))))" \
	" FROM entries AS e JOIN devices AS d ON d.id = e.dev" \
	" WHERE e." column " BETWEEN ?1 AND ?2) " \
	"SELECT d.name, f.ipv6, f.ipv4, f.type, f.since, f.until" \
	" FROM found AS f JOIN devices AS d ON d.id = f.dev" \
	" WHERE f.since < ?4 AND (f.until IS NULL OR" \
	" max(f.until, f.since + 1) > ?3) AND (?5 IS NULL OR d.name = ?5)" \
	" ORDER BY f.since, f.ipv4"

static void print_time(const char *key, int64_t ns)
{
	char text[WHEN_STRLEN];

	out_string(key, NULL, out_is_json() ? when_iso(ns, text) :
		   when_local(ns, text));
}

static void print_row(sqlite3_stmt *row)
{
	struct in_addr ipv4 = {
		htonl((uint32_t)sqlite3_column_int64(row, 2))
	};
	char text[PREFIX_STRLEN];
	struct in6_addr ipv6;

	if (sqlite3_column_bytes(row, 1) != 16)
		return;
	memcpy(&ipv6, sqlite3_column_blob(row, 1), 16);
	out_object_begin();
	out_string("dev", NULL, (const char *)sqlite3_column_text(row, 0));
	out_string("ipv6", NULL, ipv6_str(&ipv6, text));
	out_string("ipv4", NULL, ipv4_str(&ipv4, text));
	if (options.stats)
		out_string("type", NULL,
			   sqlite3_column_int(row, 3) == M46_ENTRY_STATIC ?
			   "static" : "dynamic");
	print_time("from", sqlite3_column_int64(row, 4));
	if (sqlite3_column_type(row, 5) == SQLITE_NULL)
		out_null("to");
	else
		print_time("to", sqlite3_column_int64(row, 5));
	out_object_end();
}

/* A slip in the name must not look like "nobody had it". */
static int check_device(struct db *db, const char *dev)
{
	sqlite3_stmt *stmt;
	bool found;

	stmt = db_prepare(db, "SELECT 1 FROM devices WHERE name = ?1");
	if (!stmt)
		return err_refused("%s: %s", db->path, db_error(db));
	sqlite3_bind_text(stmt, 1, dev, -1, SQLITE_STATIC);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	if (sqlite3_finalize(stmt))
		return err_refused("%s: %s", db->path, db_error(db));
	if (!found)
		return err_refused("%s: no such device in the store", dev);

	return EXIT_OK;
}

static int answer(struct db *db, const struct question *q)
{
	static const struct out_column columns[] = {
		{ "dev", "DEV", false }, { "ipv6", "IPV6", false },
		{ "ipv4", "IPV4", false }, { "from", "FROM", false },
		{ "to", "TO", false }, { NULL, NULL, false }
	}, more_columns[] = {
		{ "dev", "DEV", false }, { "ipv6", "IPV6", false },
		{ "ipv4", "IPV4", false }, { "type", "TYPE", false },
		{ "from", "FROM", false }, { "to", "TO", false },
		{ NULL, NULL, false }
	};
	struct prefix first, last;
	sqlite3_stmt *stmt;

	stmt = db_prepare(db, q->prefix.family == AF_INET ? QUERY("ipv4") :
			  QUERY("ipv6"));
	if (!stmt)
		return err_refused("%s: %s", db->path, db_error(db));
	bounds(&q->prefix, &first, &last);
	bind_address(stmt, 1, &first);
	bind_address(stmt, 2, &last);
	sqlite3_bind_int64(stmt, 3, q->span.start);
	sqlite3_bind_int64(stmt, 4, q->span.end);
	if (q->dev)
		sqlite3_bind_text(stmt, 5, q->dev, -1, SQLITE_STATIC);
	out_list_begin(options.stats ? more_columns : columns);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		print_row(stmt);
	out_list_end();
	if (sqlite3_finalize(stmt))
		return err_refused("%s: %s", db->path, db_error(db));

	return EXIT_OK;
}

static int history(int argc, char **argv)
{
	struct question q;
	struct db db;
	int ret;

	if (parse_question(argc, argv, &q))
		return EXIT_REFUSED;
	ret = db_open_reader(&db, q.file);
	if (!ret && q.dev)
		ret = check_device(&db, q.dev);
	if (!ret)
		ret = answer(&db, &q);
	db_close(&db);

	return ret;
}

static const struct command commands[] = {
	{ NULL, history,
	  "V4|V6|PREFIX [ at TIME ] [ from TIME ] [ to TIME ] [ dev NAME ] [ file PATH ]"
	},
};

const struct object history_object = {
	"history", commands, &history_words, "who had which address (mode m46t)"
};
