// SPDX-License-Identifier: GPL-2.0
/*
 * The lines of a configuration file.
 *
 * libinih takes them apart. It knows neither which of many [Rule] sections a key
 * is in, nor of a section without keys; so what feeds it puts a key of its own
 * behind every heading, and counts the lines. Nor does it take lines of more
 * than 200 characters: a long one is fed as a short one and its continuations.
 */
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "conf_parse.h"

#define HEADING_KEY	"@"	/* the reader's own */
#define HIDDEN_SEMI	'\001'	/* libinih would begin a comment there */

#define TAIL_MARK	'\002'	/* begins the tail of a long line */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_comment(const char *s)
{
	return s[0] == '#' || s[0] == ';';
}

static void hide_comments(char *s)
{
	for (s++; *s; s++) {
		if (*s == ';')
			*s = HIDDEN_SEMI;
	}
}

static void show_comments(char *s)
{
	for (; *s; s++) {
		if (*s == HIDDEN_SEMI)
			*s = ';';
	}
}

/* "a, b" is as good as "a,b". */
static void squeeze_list(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (is_space(*s)) {
			if (s[strspn(s, " \t")] == ',' || to[-1] == ',')
				continue;
		}
		*to++ = *s;
	}
	*to = '\0';
}

/* What was read of a key so far is all of it. Return: 0, or -1. */
static int finish_key(struct conf_parser *p)
{
	unsigned int line = p->line;
	int ret = 0;

	if (!p->key)
		return 0;
	show_comments(p->text);
	if (!conf_is_command(p->key))
		squeeze_list(p->text);
	p->line = p->key_line;
	ret = conf_set_key(p, p->key, p->text);
	p->line = line;
	free(p->key);
	free(p->text);
	p->key = NULL;
	p->text = NULL;

	return ret;
}

static void add_tail(struct conf_parser *p, const char *tail)
{
	char *text;

	if (asprintf(&text, "%s%s", p->text, tail) < 0)
		abort();
	free(p->text);
	p->text = text;
}

static int take_key(void *user, const char *section, const char *name,
		    const char *value)
{
	struct conf_parser *p = user;

	if (value[0] == TAIL_MARK && p->key && p->key_line == p->line) {
		add_tail(p, value + 1);
		return 1;
	}
	if (finish_key(p) || p->err->why.text[0])
		return 0;
	/* The tail of a line that was no key, which the library will say. */
	if (value[0] == TAIL_MARK)
		return 0;
	if (!strcmp(name, HEADING_KEY))
		return !conf_begin_section(p, section);
	p->key = conf_copy(name);
	p->text = conf_copy(value);
	p->key_line = p->line;

	return 1;
}

static void note_call(struct conf_parser *p)
{
	size_t n = p->n_calls;

	conf_grow((void **)&p->lines, &n, &p->lines_room, sizeof(p->lines[0]));
	p->lines[p->n_calls++] = p->line;
}

static int fail_control(struct conf_parser *p)
{
	return conf_fail(p, p->line, "control character");
}

/*
 * One line into @p->buf, without the space around it, for an indented one would
 * be taken for the last one's tail. Return: its length, or -1 at the end or
 * where it has failed.
 */
static int read_line(struct conf_parser *p)
{
	char *buf = p->buf;
	int n = 0, c;

	while ((c = getc(p->f)) != EOF && c != '\n') {
		if (!n && (c == ' ' || c == '\t'))
			continue;
		if (c == '\r') {
			c = getc(p->f);
			return c == '\n' ? n : fail_control(p);
		}
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return fail_control(p);
		if (n && is_comment(buf))
			continue;
		if (n == CONF_LINE)
			return conf_fail(p, p->line,
					 "line is longer than %d characters",
					 CONF_LINE);
		buf[n++] = (char)c;
	}

	return c == EOF && !n ? -1 : n;
}

/* The library's lines are short: what is left is told as the tail of a key. */
static char *give(struct conf_parser *p, char *buf, int size)
{
	size_t n = strlen(p->rest), room = (size_t)size - 4;
	char *to = buf;

	note_call(p);
	if (p->rest != p->buf) {
		*to++ = ' ';
		*to++ = TAIL_MARK;
	}
	if (n > room) {
		/* It would drop space at the end of its line. */
		for (n = room; n > 1 && is_space(p->rest[n - 1]); n--)
			;
	}
	memcpy(to, p->rest, n);
	to[n] = '\n';
	to[n + 1] = '\0';
	p->rest += n;

	return buf;
}

static char *feed(char *buf, int size, void *user)
{
	struct conf_parser *p = user;
	int n;

	if (p->err->why.text[0])
		return NULL;
	if (p->rest && *p->rest)
		return give(p, buf, size);
	if (p->heading) {
		p->heading = false;
		note_call(p);
		strcpy(buf, HEADING_KEY "=" HEADING_KEY);
		return buf;
	}
	p->line++;
	n = read_line(p);
	if (n < 0)
		return NULL;
	while (n && is_space(p->buf[n - 1]))
		n--;
	p->buf[n] = '\0';
	if (n && (p->buf[0] == HEADING_KEY[0] ||
		  (p->buf[0] == '[' && p->buf[n - 1] != ']'))) {
		conf_fail(p, p->line, "neither [Section] nor Key = value");
		return NULL;
	}
	if (n)
		hide_comments(p->buf);
	p->heading = n && p->buf[0] == '[';
	p->rest = p->buf;

	return give(p, buf, size);
}

/* What the library says: @bad is 0, a call that it did not like, or -2. */
static void library_error(struct conf_parser *p, int bad)
{
	unsigned int line;

	if (bad < 0)
		abort();	/* no memory */
	line = bad && (unsigned int)bad <= p->n_calls ? p->lines[bad - 1] : 0;
	if (!bad || (p->err->why.text[0] && p->err->line <= line))
		return;
	p->err->why.text[0] = '\0';
	conf_fail(p, line, "neither [Section] nor Key = value");
}

int conf_parse(FILE *f, const char *name, struct conf *conf,
	       struct conf_error *err)
{
	struct conf_parser p = {
		.f = f, .conf = conf, .err = err, .table = CONF_TABLE_MAIN
	};
	int bad;

	conf_init(conf, name);
	conf->up = true;
	memset(err, 0, sizeof(*err));
	bad = ini_parse_stream(feed, &p, take_key, &p);
	finish_key(&p);
	library_error(&p, bad);
	if (ferror(f))
		conf_fail(&p, 0, "%s", strerror(errno ? errno : EIO));
	if (!err->why.text[0])
		conf_end_section(&p);
	if (!err->why.text[0])
		conf_check(&p);
	conf_forget_args(&p);
	free(p.lines);

	return err->why.text[0] ? -1 : 0;
}
