/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects and their commands: one file an object, found by table.
 */
#ifndef M46CTL_CMD_H
#define M46CTL_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "words.h"

/**
 * struct command - what can be done to an object
 * @name: may be abbreviated where that is unambiguous
 * @run: gets what follows the name. Return: exit code
 * @usage: what may follow, for help
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
};

/**
 * struct object - a group of commands
 * @commands: ended by a NULL name. Where this last one has a function, that is
 *	what the object does without the name of a command
 * @words: the table its commands take words from, or NULL
 * @about: one line for help
 */
struct object {
	const char *name;
	const struct command *commands;
	const struct word_table *words;
	const char *about;
};

extern const struct object check_object;
extern const struct object confirm_object;
extern const struct object dev_object;
extern const struct object dns64_object;
extern const struct object down_object;
extern const struct object entry_object;
extern const struct object history_object;
extern const struct object import_object;
extern const struct object monitor_object;
extern const struct object pool_object;
extern const struct object relay_object;
extern const struct object restore_object;
extern const struct object rule_object;
extern const struct object save_object;
extern const struct object show_object;
extern const struct object sixrd_object;
extern const struct object stats_object;
extern const struct object store_object;
extern const struct object sync_object;
extern const struct object up_object;
extern const struct object *const all_objects[];	/* NULL ends it */

/* Other names of commands, as ip(8) has them. */
struct alias {
	const char *name;
	const char *command;
};

extern const struct alias cmd_aliases[];	/* a NULL name ends it */

/* Options that commands look at. */
struct options {
	bool stats;
	bool batch;		/* lines of a batch run */
	bool stdin_taken;	/* the batch is read from standard input */
	const char *netns;	/* the namespace's name, NULL: our own */
};

extern struct options options;

/* Run "OBJECT COMMAND ..." or "help ...". Return: exit code. */
int cmd_dispatch(int argc, char **argv);

struct entry;

/*
 * M46_CMD_ENTRY_NEW or _DEL of @entry; an error is printed after @where.
 * @replace: whatever has one of its addresses makes room. Return: exit code.
 */
int entry_send(uint8_t cmd, bool replace, const struct entry *entry,
	       const char *dev, const char *where);

/* Run the lines of @file ("-": standard input). Return: exit code. */
int batch_run(const char *file, bool force);

int help_run(int argc, char **argv);
void help_usage(void);
void help_object(const struct object *object);

/*
 * Parse words of @table, of which only those in @allowed (bits of the positions
 * in it) belong to the command and those in @required must be there. Errors are
 * printed. @values: one for each word of the table. Return: 0 or an exit code.
 */
#define WORD_BIT(w)	(1U << (w))
int cmd_words(const struct word_table *table, int argc, char **argv,
	      unsigned int allowed, unsigned int required,
	      struct value *values);
/* Its second half, for values that are parsed already. */
int cmd_check_words(const struct word_table *table, unsigned int allowed,
		    unsigned int required, const struct value *values);

int rule_load_run(int argc, char **argv);

#endif /* M46CTL_CMD_H */
