/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The printer: one call prints text or JSON.
 *
 * A list of objects is printed element by element and never held as a whole.
 * As JSON it is an array; as text it is either a table, where values are cells
 * of the columns with their keys, or lines of words, where values are printed
 * by a format ("via %s") or as "key value".
 */
#ifndef M46CTL_OUT_H
#define M46CTL_OUT_H

#include <stdbool.h>
#include <stdint.h>

struct out_column {
	const char *key;
	const char *title;
	bool right;		/* aligned to the right */
};

void out_setup(bool json, bool pretty);
bool out_is_json(void);

/* @columns: the table's, ended by a NULL key; NULL: words. */
void out_list_begin(const struct out_column *columns);
void out_list_end(void);
/*
 * The printer finds the widths of columns by itself, but looks only so far
 * ahead. A long list that is in memory can be printed twice: what stands
 * between these two is only measured. Return: whether that is of use.
 */
bool out_measure_begin(void);
void out_measure_end(void);

void out_object_begin(void);
void out_object_end(void);

/*
 * A value of the object, or of the map or array inside it. @format is for
 * words alone; NULL prints "key value", or the plain value inside an array.
 * Times are numbers of seconds as JSON.
 */
void out_string(const char *key, const char *format, const char *value);
void out_uint(const char *key, const char *format, uint64_t value);
void out_time(const char *key, const char *format, uint32_t seconds);
void out_bool(const char *key, bool value);	/* text: on, off */
void out_flag(const char *key, bool value);	/* text: the key, or nothing */
void out_null(const char *key);			/* text: nothing */

/* Text: comma list; @empty is the word for an empty one. */
void out_array_begin(const char *key, const char *empty);
void out_array_end(void);

/* Words: a line of its own behind @heading, or nothing if that is NULL. */
void out_map_begin(const char *key, const char *heading);
void out_map_end(void);

/*
 * Entries of a map, which as a table are the rows, none for an empty map:
 * @name_key and @value_key are the columns, and cells set before
 * out_entries() come back in every row.
 */
void out_entries(void);
void out_entry(const char *name_key, const char *name, const char *value_key,
	       uint64_t value);
/* A cell of the entry's row; JSON: nothing. */
void out_entry_note(const char *key, const char *value);
void out_entry_end(void);

/* A line of text beside lists; JSON: nothing. */
void out_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What has been printed is to be seen now. Return: 0, or -1 where it broke. */
int out_flush(void);

/* Return: 0, or EXIT_REFUSED (printed) where standard output broke. */
int out_finish(void);

#endif /* M46CTL_OUT_H */
