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
	&relay_object,
	&sixrd_object,
	&stats_object,
	&monitor_object,
	&check_object,
	&store_object,
	&history_object,
	&up_object,
	&down_object,
	&sync_object,
	&confirm_object,
	&save_object,
	&restore_object,
	&show_object,
	&import_object,
	NULL
};

const struct alias cmd_aliases[] = {
	{ "list", "show" }, { "lst", "show" }, { "ls", "show" },
	{ "delete", "del" }, { NULL, NULL }
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

static const struct command *command_by_name(const struct object *object,
					     const char *name)
{
	const struct command *c;

	for (c = object->commands; c->name; c++) {
		if (!strcmp(c->name, name))
			return c;
	}

	return NULL;
}

/**
 * struct search - for the command that was typed
 * @found: the one, so far
 * @name: what it was found by, the command's name or an alias
 * @other: a name of another command that it could be as well, or NULL
 */
struct search {
	const struct command *found;
	const char *name;
	const char *other;
};

/* Return: whether that is it, for the name was typed in full. */
static bool consider(struct search *s, const char *typed, const char *name,
		     const struct command *command)
{
	int how = command ? match(typed, name) : 0;

	if (how == 2 || (how && !s->found)) {
		s->found = command;
		s->name = name;
		s->other = NULL;
	} else if (how && s->found != command && !s->other) {
		s->other = name;
	}

	return how == 2;
}

static const struct command *find_command(const struct object *object,
					  const char *typed)
{
	struct search s = { NULL };
	const struct command *c;
	const struct alias *a;

	for (c = object->commands; c->name; c++) {
		if (consider(&s, typed, c->name, c))
			return c;
	}
	for (a = cmd_aliases; a->name; a++) {
		c = command_by_name(object, a->command);
		if (consider(&s, typed, a->name, c))
			return c;
	}
	if (!s.found)
		err_usage("%s: unknown command \"%s\", try m46ctl %s help",
			  object->name, typed, object->name);
	else if (s.other)
		err_usage("%s: command \"%s\" is ambiguous: %s or %s",
			  object->name, typed, s.name, s.other);

	return s.other ? NULL : s.found;
}

/*
 * An option that stands behind the object, or NULL; the values of words may
 * look like one.
 */
static const char *stray_option(const struct object *object, int argc,
				char **argv)
{
	const struct word *word;
	int i;

	for (i = 1; i < argc; i++) {
		if (i > 1 && !strcmp(argv[i - 1], "dev"))
			continue;
		word = i < 2 || !object->words ? NULL :
		       words_by_name(object->words, argv[i - 1]);
		if (word && word->type != WORD_FLAG)
			continue;
		/* A dash alone is standard input. */
		if (argv[i][0] == '-' && argv[i][1])
			return argv[i];
	}

	return NULL;
}

/* "--dry-run" is as good as "dry-run". */
static void shorten_words(const struct object *object, int argc, char **argv)
{
	int i;

	for (i = 1; object->words && i < argc; i++) {
		if (!strncmp(argv[i], "--", 2) &&
		    words_by_name(object->words, argv[i] + 2))
			argv[i] += 2;
	}
}

static int fail_option(const struct object *object, const char *option)
{
	if (options.batch)
		return err_usage("\"%s\": lines hold OBJECT COMMAND ... only, options stand before -batch",
				 option);

	return err_usage("\"%s\": options stand before the object: m46ctl %s %s ...",
			 option, option, object->name);
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
	const char *option;

	if (!strcmp(argv[0], "help"))
		return help_run(argc - 1, argv + 1);
	if (options.batch && argv[0][0] == '-')
		return fail_option(NULL, argv[0]);
	if (options.batch && !strcmp(argv[0], "m46ctl"))
		return err_usage("\"m46ctl\": lines hold OBJECT COMMAND ... only");
	object = find_object(argv[0]);
	if (!object)
		return EXIT_USAGE;
	shorten_words(object, argc, argv);
	option = stray_option(object, argc, argv);
	if (option)
		return fail_option(object, option);
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
