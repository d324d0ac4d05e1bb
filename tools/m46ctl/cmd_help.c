// SPDX-License-Identifier: GPL-2.0
/*
 * help: printed from the tables of objects, commands and words.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "conf.h"
#include "err.h"
#include "findings.h"

/* "list, lst, ls = show; ..." */
static void print_aliases(void)
{
	const struct alias *a;
	const char *next;

	for (a = cmd_aliases; a->name; a++) {
		next = a[1].command;
		fputs(a->name, stdout);
		if (next && !strcmp(next, a->command))
			fputs(", ", stdout);
		else
			printf(" = %s%s", a->command, next ? "; " : "\n");
	}
}

void help_usage(void)
{
	unsigned int i;

	puts("Usage: m46ctl [ OPTIONS ] OBJECT COMMAND ...\n"
	     "       m46ctl [ OPTIONS ] -b[atch] FILE|- [ -force ]\n"
	     "       m46ctl OBJECT help\n"
	     "\n"
	     "OPTIONS:\n"
	     "    -j[son]        print JSON\n"
	     "    -p[retty]      indent it\n"
	     "    -s[tats]       print more: totals, counters explained, how many rules\n"
	     "    -n[etns] NAME  in this network namespace\n"
	     "    -b[atch] FILE  run the commands of FILE, one a line\n"
	     "    -force         go on after a line that failed\n"
	     "    -V             print the version\n"
	     "\n"
	     "OBJECTS:");
	for (i = 0; all_objects[i]; i++)
		printf("    %-14s %s\n", all_objects[i]->name,
		       all_objects[i]->about);
	puts("\n"
	     "No COMMAND is show; dev in front of the NAME of a device may be left out.");
	print_aliases();
}

/* What stands behind the last "; " is the default. */
static void print_help(const char *help)
{
	const char *next = strstr(help, "; "), *last = NULL;

	for (; next; next = strstr(next + 1, "; "))
		last = next;
	if (last)
		printf("%.*s (default: %s)\n", (int)(last - help), help,
		       last + 2);
	else
		puts(help);
}

static void print_words(const struct word_table *table)
{
	const struct word *word;
	char syntax[128], modes[MODES_STRLEN];
	unsigned int i;

	printf("\nWORDS:\n");
	for (i = 0; i < table->n; i++) {
		word = &table->words[i];
		word_syntax(word, syntax, sizeof(syntax));
		word_modes(word, modes);
		printf("    %s%s%s\n", word->name, syntax[0] ? " " : "",
		       syntax);
		printf("        %s%s", modes, modes[0] ? ": " : "");
		print_help(word->help);
	}
}

void help_object(const struct object *object)
{
	const struct command *c = object->commands;

	if (!c->name)
		printf("Usage: m46ctl %s %s\n", object->name, c->usage);
	for (; c->name; c++)
		printf("%s m46ctl %s %s%s%s\n",
		       c == object->commands ? "Usage:" : "      ",
		       object->name, c->name, c->usage[0] ? " " : "",
		       c->usage);
	if (object->words)
		print_words(object->words);
}

/*
 * For completion: "OBJECT WORD VALUES|- MODE[,MODE...]|any", one a line, "OBJECT
 * COMMAND", or just "OBJECT" where that is the command, and "ALIAS COMMAND".
 */
static void list_words(void)
{
	const struct word_table *table;
	char syntax[128], modes[MODES_STRLEN];
	const struct word *word;
	unsigned int i, w;

	for (i = 0; all_objects[i]; i++) {
		table = all_objects[i]->words;
		for (w = 0; table && w < table->n; w++) {
			word = &table->words[w];
			if (word->answer)
				continue;
			word_syntax(word, syntax, sizeof(syntax));
			word_modes(word, modes);
			printf("%s %s %s %s\n", all_objects[i]->name,
			       word->name, syntax[0] ? syntax : "-",
			       modes[0] ? modes : "any");
		}
	}
}

static void list_commands(void)
{
	const struct command *c;
	unsigned int i;

	for (i = 0; all_objects[i]; i++) {
		c = all_objects[i]->commands;
		if (!c->name)
			puts(all_objects[i]->name);
		for (; c->name; c++)
			printf("%s %s\n", all_objects[i]->name, c->name);
	}
}

static void list_aliases(void)
{
	unsigned int i;

	for (i = 0; cmd_aliases[i].name; i++)
		printf("%s %s\n", cmd_aliases[i].name, cmd_aliases[i].command);
}

int help_run(int argc, char **argv)
{
	unsigned int i;

	if (!argc) {
		help_usage();
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "words")) {
		list_words();
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "commands")) {
		list_commands();
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "aliases")) {
		list_aliases();
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "keys")) {
		conf_list_keys(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[0], "findings")) {
		findings_explain();
		return EXIT_OK;
	}
	for (i = 0; all_objects[i]; i++) {
		if (strcmp(argv[0], all_objects[i]->name))
			continue;
		help_object(all_objects[i]);
		return EXIT_OK;
	}

	return err_usage("unknown object \"%s\", try m46ctl help", argv[0]);
}
