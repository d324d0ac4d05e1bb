// SPDX-License-Identifier: GPL-2.0
/*
 * Rules of a file: lines of words, or a JSON array of objects. The array is
 * cut into its objects here and each is handed to the JSON library by itself,
 * so that a million of them need no tree.
 */
#include <errno.h>
#include <jansson.h>
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>

#include "rulefile.h"

#define LINE_WORDS	16
#define OBJECT_MAX	4096	/* bytes of one rule as JSON */

/* A position in the file. */
struct reader {
	FILE *f;
	unsigned long line;
};

static int fail_at(struct rulefile *file, unsigned long line, const char *text)
{
	file->error_line = line;

	return parse_fail(&file->error, "%s", text);
}

static int append(struct rulefile *file, const struct rule *rule,
		  unsigned long line)
{
	size_t room = file->room ? 2 * file->room : 1024;
	void *rules;

	if (file->n == M46_RULES_MAX)
		return fail_at(file, line, "more rules than a device can have");
	if (file->n == file->room) {
		rules = realloc(file->rules, room * sizeof(*file->rules));
		if (!rules)
			return fail_at(file, line, "out of memory");
		file->rules = rules;
		file->room = room;
	}
	file->rules[file->n].rule = *rule;
	file->rules[file->n++].line = (uint32_t)line;

	return 0;
}

static int add_words(struct rulefile *file, int argc, char **argv,
		     const char *dev, unsigned long line)
{
	struct value values[RULE_WORD_COUNT];
	struct parse_err *err = &file->error;
	struct rule rule;

	file->error_line = line;
	if (rule_parse(argc, argv, &rule, values, err))
		return -1;
	if (!values[RULE_WORD_VIA].set)
		return parse_fail(err, "%s: via P6/LEN is missing", argv[0]);
	if (values[RULE_WORD_DEV].set &&
	    strcmp(values[RULE_WORD_DEV].ifname, dev))
		return parse_fail(err, "dev: this rule is for %s, not for %s",
				  values[RULE_WORD_DEV].ifname, dev);

	return append(file, &rule, line);
}

/* "[rule] [add] V4/LEN via P6/LEN ...": what a batch would hold is fine. */
static int add_line(struct rulefile *file, char *text, const char *dev,
		    unsigned long line)
{
	char *words[LINE_WORDS];
	int n, skip = 0;

	n = parse_split(text, words, LINE_WORDS, &file->error);
	if (n < 0) {
		file->error_line = line;
		return -1;
	}
	if (n > 1 && !strcmp(words[0], "rule") && !strcmp(words[1], "add"))
		skip = 2;
	else if (n && !strcmp(words[0], "add"))
		skip = 1;
	if (!n)
		return 0;

	return add_words(file, n - skip, words + skip, dev, line);
}

static int read_lines(struct reader *r, const char *dev, struct rulefile *file)
{
	unsigned long number = r->line - 1;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	while (!ret && (len = getline(&line, &size, r->f)) > 0) {
		number++;
		if (strlen(line) != (size_t)len)
			ret = fail_at(file, number, "NUL byte");
		else
			ret = add_line(file, line, dev, number);
	}
	free(line);

	return ret;
}

/* Members that rule show prints; any other is an error. */
static int add_member(const char *key, json_t *value, char **words, int *n)
{
	const char *text = json_string_value(value);

	if (!strcmp(key, "dst") && text) {
		words[0] = (char *)text;
	} else if (!strcmp(key, "local") && json_is_boolean(value)) {
		if (json_is_true(value))
			words[(*n)++] = "local";
	} else if (!strcmp(key, "method") && json_is_null(value)) {
		/* the device's own */
	} else if ((!strcmp(key, "via") || !strcmp(key, "dev") ||
		    !strcmp(key, "method")) && text) {
		words[(*n)++] = (char *)key;
		words[(*n)++] = (char *)text;
	} else {
		return -1;
	}

	return 0;
}

static int add_object(struct rulefile *file, const char *text, size_t len,
		      const char *dev, unsigned long line)
{
	char *words[LINE_WORDS] = { NULL };
	json_error_t why;
	json_t *object, *value;
	const char *key;
	int ret = 0, n = 1;

	file->error_line = line;
	object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!object)
		return parse_fail(&file->error, "JSON: %.200s", why.text);
	json_object_foreach(object, key, value) {
		if (!ret && add_member(key, value, words, &n))
			ret = parse_fail(&file->error,
					 "JSON: unexpected member \"%.64s\"",
					 key);
	}
	if (!ret && !words[0])
		ret = parse_fail(&file->error, "JSON: dst is missing");
	if (!ret)
		ret = add_words(file, n, words, dev, line);
	json_decref(object);

	return ret;
}

static int next_char(struct reader *r)
{
	int c = getc_unlocked(r->f);

	if (c == '\n')
		r->line++;

	return c;
}

static int next_token(struct reader *r)
{
	int c;

	do {
		c = next_char(r);
	} while (c == ' ' || c == '\t' || c == '\n' || c == '\r');

	return c;
}

/* Collect up to the brace that closes the object. Return: length, 0 if bad. */
static size_t read_object(struct reader *r, char *text)
{
	bool in_string = false, escaped = false;
	unsigned int depth = 1;
	size_t len = 0;
	int c;

	text[len++] = '{';
	while (depth && len < OBJECT_MAX) {
		c = next_char(r);
		if (c == EOF)
			return 0;
		text[len++] = (char)c;
		if (escaped)
			escaped = false;
		else if (in_string && c == '\\')
			escaped = true;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && c == '{')
			depth++;
		else if (!in_string && c == '}')
			depth--;
	}

	return depth ? 0 : len;
}

static int read_array(struct reader *r, const char *dev, struct rulefile *file)
{
	char text[OBJECT_MAX];
	unsigned long start;
	size_t len;
	int c = next_token(r);

	while (c != ']' || file->n) {
		if (c != '{')
			return fail_at(file, r->line, "JSON: { expected");
		start = r->line;
		len = read_object(r, text);
		if (!len)
			return fail_at(file, start,
				       "JSON: object does not end");
		if (add_object(file, text, len, dev, start))
			return -1;
		c = next_token(r);
		if (c == ']')
			break;
		if (c != ',')
			return fail_at(file, r->line, "JSON: , or ] expected");
		c = next_token(r);
	}
	if (next_token(r) != EOF)
		return fail_at(file, r->line, "JSON: text after the array");

	return 0;
}

/* JSON starts with a bracket, which no line of words does. */
static bool is_json(FILE *f, struct reader *r)
{
	int c = getc(f);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		if (c == '\n')
			r->line++;
		c = getc(f);
	}
	if (c == '[')
		return true;
	if (c != EOF)
		ungetc(c, f);

	return false;
}

int rulefile_read(FILE *f, const char *dev, struct rulefile *file)
{
	struct reader reader = { .f = f, .line = 1 };
	int ret;

	memset(file, 0, sizeof(*file));
	errno = 0;
	if (is_json(f, &reader))
		ret = read_array(&reader, dev, file);
	else
		ret = read_lines(&reader, dev, file);
	if (!ferror(f))
		return ret;
	file->error_line = 0;

	return parse_fail(&file->error, "%s", strerror(errno ? errno : EIO));
}

void rulefile_free(struct rulefile *file)
{
	free(file->rules);
	file->rules = NULL;
}
