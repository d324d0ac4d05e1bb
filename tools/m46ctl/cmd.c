// SPDX-License-Identifier: GPL-2.0
/*
 * From words to the function that runs them.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "err.h"

const struct object *const all_objects[] = {
	&dev_object,
	&rule_object,
	&pool_object,
	&entry_object,
	&dns64_object,
	&stats_object,
	&monitor_object,
	&store_object,
	&history_object,
	NULL
};

struct options options;

/* Return: how well @typed names @name: 2 in full, 1 abbreviated, 0 not. */
static int match(const char *typed, const char *name)
{
	size_t len = strlen(typed);

	if (!len || strncmp(typed, name, len))
		return 0;

	return name[len] ? 1 : 2;
}

static const struct object *find_object(const char *typed)
{
	const struct object *found = NULL;
	unsigned int i;

	for (i = 0; all_objects[i]; i++) {
		if (match(typed, all_objects[i]->name) == 2)
			return all_objects[i];
		if (!match(typed, all_objects[i]->name))
			continue;
		if (found) {
			err_usage("object \"%s\" is ambiguous: %s or %s",
				  typed, found->name, all_objects[i]->name);
			return NULL;
		}
		found = all_objects[i];
	}
	if (!found)
		err_usage("unknown object \"%s\", try m46ctl help", typed);

	return found;
}

static const struct command *find_command(const struct object *object,
					  const char *typed)
{
	const struct command *c, *found = NULL;

	for (c = object->commands; c->name; c++) {
		if (match(typed, c->name) == 2)
			return c;
		if (!match(typed, c->name))
			continue;
		if (found) {
			err_usage("%s: command \"%s\" is ambiguous: %s or %s",
				  object->name, typed, found->name, c->name);
			return NULL;
		}
		found = c;
	}
	if (!found)
		err_usage("%s: unknown command \"%s\", try m46ctl %s help",
			  object->name, typed, object->name);

	return found;
}

static int run(const char *object, const char *command,
	       int (*function)(int argc, char **argv), int argc, char **argv)
{
	int ret;

	err_set_command(object, command);
	ret = function(argc, argv);
	err_set_command(NULL, NULL);

	return ret;
}

int cmd_dispatch(int argc, char **argv)
{
	const struct command *command, *last;
	const struct object *object;

	if (!strcmp(argv[0], "help"))
		return help_run(argc - 1, argv + 1);
	object = find_object(argv[0]);
	if (!object)
		return EXIT_USAGE;
	if (argc > 1 && !strcmp(argv[1], "help")) {
		help_object(object);
		return EXIT_OK;
	}
	for (last = object->commands; last->name; last++)
		;
	if (last->run && (argc < 2 || last == object->commands))
		return run(object->name, NULL, last->run, argc - 1, argv + 1);
	if (argc < 2)
		return err_usage("%s: command missing, try m46ctl %s help",
				 object->name, object->name);
	command = find_command(object, argv[1]);
	if (!command)
		return EXIT_USAGE;

	return run(object->name, command->name, command->run, argc - 2,
		   argv + 2);
}

int cmd_check_words(const struct word_table *table, unsigned int allowed,
		    unsigned int required, const struct value *values)
{
	const struct word *word;
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		word = &table->words[i];
		if (values[i].set && !(allowed & WORD_BIT(i)))
			return err_refused("\"%s\" does not belong here",
					   word->name);
		if (!values[i].set && required & WORD_BIT(i))
			return err_refused("%s is missing", word->name);
	}

	return EXIT_OK;
}

int cmd_words(const struct word_table *table, int argc, char **argv,
	      unsigned int allowed, unsigned int required, struct value *values)
{
	struct parse_err err;

	if (words_parse(table, argc, argv, values, &err))
		return err_refused("%s", err.text);

	return cmd_check_words(table, allowed, required, values);
}
