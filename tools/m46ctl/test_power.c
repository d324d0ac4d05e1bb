// SPDX-License-Identifier: GPL-2.0
/*
 * Power failures: takes the log of mock_disk.c and the truth of mock_server.c,
 * and for many moments makes the files as they could be on a disk whose power
 * failed then: with all that was synced, and of what was written since, any
 * sectors, old or new, at random. The store must be whole, and must have what
 * happened until a second before.
 *
 *	test_power DISK_LOG TRUTH DIRECTORY MOMENTS
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock_disk.h"
#include "when.h"

#define SECTOR		512

/* A file as it is for sure, and what was written since the last sync. */
struct image {
	char *data;
	size_t size;
	size_t room;
	struct disk_record *pending;
	const char **payload;
	size_t n_pending;
};

static char *log_data;
static size_t log_size;
static struct image images[DISK_FILES];

static char *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *data;

	if (!f) {
		perror(path);
		exit(1);
	}
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	data = malloc(*size + 1);
	if (fread(data, 1, *size, f) != *size)
		exit(1);
	data[*size] = '\0';
	fclose(f);

	return data;
}

static void put(struct image *im, size_t at, const char *data, size_t size)
{
	if (at + size > im->room) {
		im->room = 2 * (at + size);
		im->data = realloc(im->data, im->room);
	}
	if (at > im->size)
		memset(im->data + im->size, 0, at - im->size);
	memcpy(im->data + at, data, size);
	if (at + size > im->size)
		im->size = at + size;
}

static void cut(struct image *im, size_t size)
{
	if (size < im->size)
		im->size = size;
}

static void keep_pending(struct image *im, const struct disk_record *r,
			 const char *data)
{
	size_t n = im->n_pending + 1;

	im->pending = realloc(im->pending, n * sizeof(*im->pending));
	im->payload = realloc(im->payload, n * sizeof(*im->payload));
	im->pending[n - 1] = *r;
	im->payload[n - 1] = data;
	im->n_pending = n;
}

/* What is pending reaches the disk: all of it, or what chance says. */
static void settle(struct image *im, bool all)
{
	const struct disk_record *r;
	size_t i, at, part;

	for (i = 0; i < im->n_pending; i++) {
		r = &im->pending[i];
		if (r->op == DISK_TRUNCATE && (all || random() % 2))
			cut(im, (size_t)r->offset);
		for (at = 0; r->op == DISK_WRITE && at < r->size; at += part) {
			part = SECTOR - (size_t)(r->offset + at) % SECTOR;
			if (part > r->size - at)
				part = r->size - at;
			if (all || random() % 2)
				put(im, (size_t)r->offset + at,
				    im->payload[i] + at, part);
		}
	}
	im->n_pending = 0;
}

static void replay(const struct disk_record *r, const char *data)
{
	struct image *im = &images[r->file];

	if (r->op == DISK_SYNC) {
		settle(im, true);
	} else if (r->op == DISK_DELETE) {
		im->n_pending = 0;
		im->size = 0;
	} else {
		keep_pending(im, r, data);
	}
}

/* Everything until @until. */
static void replay_until(int64_t until)
{
	struct disk_record r;
	size_t at = 0, i;

	for (i = 0; i < DISK_FILES; i++) {
		images[i].size = 0;
		images[i].n_pending = 0;
	}
	while (at + sizeof(r) <= log_size) {
		memcpy(&r, log_data + at, sizeof(r));
		if (r.time > until || at + sizeof(r) + r.size > log_size)
			break;
		replay(&r, log_data + at + sizeof(r));
		at += sizeof(r) + r.size;
	}
}

static void write_files(const char *dir)
{
	static const char *const suffixes[DISK_FILES] = {
		[DISK_WAL] = "-wal", [DISK_JOURNAL] = "-journal"
	};
	char path[512];
	FILE *f;
	int i;

	for (i = 0; i < DISK_FILES; i++) {
		settle(&images[i], false);
		snprintf(path, sizeof(path), "%s/power.db%s", dir,
			 suffixes[i] ? suffixes[i] : "");
		unlink(path);
		if (!images[i].size)
			continue;
		f = fopen(path, "wb");
		fwrite(images[i].data, 1, images[i].size, f);
		fclose(f);
	}
	snprintf(path, sizeof(path), "%s/power.db-shm", dir);
	unlink(path);
}

/* Is there this entry, over or not (@over: over)? */
static bool has_entry(sqlite3_stmt *stmt, const char *v4, bool over)
{
	struct in_addr ipv4;
	bool found;

	inet_pton(AF_INET, v4, &ipv4);
	sqlite3_bind_int64(stmt, 1, ntohl(ipv4.s_addr));
	sqlite3_bind_int(stmt, 2, !over);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	sqlite3_reset(stmt);

	return found;
}

/* Return: how many entries are missing. */
static unsigned int compare(sqlite3 *sql, char *truth, int64_t until,
			    unsigned int *checked)
{
	char *line, *next, kind, v6[64], v4[64];
	unsigned int missing = 0;
	sqlite3_stmt *stmt;
	int64_t time;

	/* Each address occurs once in the truth. */
	if (sqlite3_prepare_v2(sql, "SELECT 1 FROM history WHERE ipv4 = ?1 UNION"
			       " ALL SELECT 1 FROM entries WHERE ipv4 = ?1 AND"
			       " ?2", -1, &stmt, NULL))
		return 1;
	for (line = truth; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			next++;
		if (sscanf(line, "%c %" SCNd64 " %63s %63s", &kind, &time, v6,
			   v4) != 4 || time > until)
			continue;
		(*checked)++;
		if (!has_entry(stmt, v4, kind == 'D'))
			missing++;
	}
	sqlite3_finalize(stmt);

	return missing;
}

/* Return: what is wrong, or NULL. */
static const char *look(const char *dir, char *truth, int64_t until,
			unsigned int *checked)
{
	static char why[300];
	unsigned int missing = 0;
	sqlite3_stmt *stmt;
	sqlite3 *sql;

	snprintf(why, sizeof(why), "%s/power.db", dir);
	sqlite3_open(why, &sql);
	snprintf(why, sizeof(why), "cannot be checked");
	if (!sqlite3_prepare_v2(sql, "PRAGMA integrity_check(1)", -1, &stmt,
				NULL) && sqlite3_step(stmt) == SQLITE_ROW)
		snprintf(why, sizeof(why), "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	if (!strcmp(why, "ok"))
		missing = compare(sql, truth, until, checked);
	if (missing)
		snprintf(why, sizeof(why), "%u entries are missing", missing);
	sqlite3_close(sql);

	return strcmp(why, "ok") ? why : NULL;
}

/* First and last moment of the log. */
static void span(int64_t *first, int64_t *last)
{
	struct disk_record r;
	size_t at = 0;

	*first = 0;
	*last = 0;
	while (at + sizeof(r) <= log_size) {
		memcpy(&r, log_data + at, sizeof(r));
		if (!*first)
			*first = r.time;
		*last = r.time;
		at += sizeof(r) + r.size;
	}
}

int main(int argc, char **argv)
{
	unsigned int checked = 0, failed = 0, n, i;
	int64_t first, last, moment;
	const char *why;
	char *truth;
	size_t size;

	if (argc != 5)
		return 2;
	log_data = slurp(argv[1], &log_size);
	truth = slurp(argv[2], &size);
	n = (unsigned int)atoi(argv[4]);
	srandom((unsigned int)getpid());
	span(&first, &last);
	for (i = 0; i < n; i++) {
		/* From the first second on there are tables. */
		moment = first + NS_PER_SEC / 2 + (int64_t)
			 ((double)random() / 2147483648.0 *
			  (double)(last - first - NS_PER_SEC / 2));
		replay_until(moment);
		write_files(argv[3]);
		why = look(argv[3], truth, moment - NS_PER_SEC, &checked);
		if (!why)
			continue;
		failed++;
		printf("# power failed after %.3f s: %s\n",
		       (double)(moment - first) / NS_PER_SEC, why);
	}
	printf("# %u moments, %u entries looked for\n", n, checked);
	for (i = 0; i < DISK_FILES; i++) {
		free(images[i].data);
		free(images[i].pending);
		free(images[i].payload);
	}
	free(truth);
	free(log_data);

	return failed || !checked ? 1 : 0;
}
