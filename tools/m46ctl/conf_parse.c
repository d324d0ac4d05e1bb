// SPDX-License-Identifier: GPL-2.0
/*
 * Keys and sections of a configuration file, made into things by the parsers of
 * the command line.
 */
#include <linux/m46.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conf_parse.h"
#include "dev.h"

#define ARGS_MAX	16

/**
 * struct conf_section - one kind of sections
 * @operands: what stands in front of the words on the command line
 * @words: the table of the words that may follow
 * @allowed: which of them
 * @finish: makes a thing of the arguments. Return: 0, or -1
 */
struct conf_section {
	const char *name;
	const char *operands[3];
	const struct word_table *words;
	unsigned int allowed;
	int (*finish)(struct conf_parser *p);
};

const char *const conf_hook_words[CONF_HOOKS] = {
	[CONF_PRE_UP] = "pre-up", [CONF_POST_UP] = "post-up",
	[CONF_PRE_DOWN] = "pre-down", [CONF_POST_DOWN] = "post-down"
};

int conf_fail(struct conf_parser *p, unsigned int line, const char *fmt, ...)
{
	char text[sizeof(p->err->why.text)];
	va_list ap;

	if (p->err->why.text[0] && p->err->line <= line)
		return -1;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p->err->line = line;

	return parse_fail(&p->err->why, "%s", text);
}

char *conf_copy(const char *text)
{
	char *c = strdup(text);

	if (!c)
		abort();

	return c;
}

bool conf_is_command(const char *key)
{
	unsigned int i;

	for (i = 0; i < CONF_HOOKS; i++) {
		if (conf_key_is(key, conf_hook_words[i]))
			return true;
	}

	return false;
}

/* --- one value */

/* Remember the text of a word; lists go on. Return: 0, or -1. */
static int join_text(struct conf_parser *p, char **text, const struct word *word,
		     const char *key, const char *value)
{
	char *joined;

	if (!*text) {
		*text = conf_copy(value);
		return 0;
	}
	if (!word_is_list(word))
		return conf_fail(p, p->line, "%s: given twice", key);
	if (asprintf(&joined, "%s,%s", *text, value) < 0)
		abort();
	free(*text);
	*text = joined;

	return 0;
}

static int parse_flag(const char *value, bool *on, struct parse_err *err)
{
	static const struct keyword names[] = {
		{ "on", 1 }, { "off", 0 }, { "yes", 1 }, { "no", 0 },
		{ NULL, 0 }
	};
	uint32_t num;

	if (parse_keyword(value, names, &num, err))
		return -1;
	*on = num;

	return 0;
}

/* "yes" and "no" are as good as "on" and "off". */
static const char *bool_text(const struct word *word, const char *value)
{
	if (word->type == WORD_BOOL && !strcmp(value, "yes"))
		return "on";
	if (word->type == WORD_BOOL && !strcmp(value, "no"))
		return "off";

	return value;
}

static const struct word *find_word(const struct word_table *table,
				    unsigned int allowed, const char *key)
{
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		if ((table == &dev_words || allowed & 1U << i) &&
		    conf_key_is(key, table->words[i].name))
			return &table->words[i];
	}

	return NULL;
}

/* --- [Device] */

static int set_word(struct conf_parser *p, const struct word *word, const char *key,
		    const char *text)
{
	size_t i = (size_t)(word - dev_words.words);
	struct value *value = &p->conf->dev[i];
	struct parse_err why;

	if (word->answer)
		return conf_fail(p, p->line, "%s: cannot be set", key);
	if (join_text(p, &p->conf->texts[i], word, key, bool_text(word, text)))
		return -1;
	if (word_parse_value(word, p->conf->texts[i], value, &why))
		return conf_fail(p, p->line, "%s: %.200s", key, why.text);
	value->set = true;
	value->text = word->type == WORD_KEY ? "" : p->conf->texts[i];
	p->conf->dev_line[i] = p->line;

	return 0;
}

static int set_mtu(struct conf_parser *p, const char *text, struct parse_err *why)
{
	if (p->conf->mtu)
		return parse_fail(why, "given twice");
	p->conf->mtu_line = p->line;

	return parse_uint(text, 1280, 65535, &p->conf->mtu, why);
}

/* An address keeps the bits behind its prefix. */
static int parse_addr_len(const char *text, struct prefix *addr,
			  struct parse_err *why)
{
	const char *slash = strchr(text, '/');
	char host[PREFIX_STRLEN + 1];
	uint32_t len;

	snprintf(host, sizeof(host), "%.*s",
		 slash ? (int)(slash - text) : (int)strlen(text), text);
	if (slash && slash - text > PREFIX_STRLEN)
		return parse_fail(why, "\"%.64s\" is not an address", text);
	if (parse_addr(host, AF_UNSPEC, addr, why))
		return -1;
	if (!slash)
		return 0;
	if (parse_uint(slash + 1, 0, addr->family == AF_INET ? 32 : 128, &len,
		       why))
		return -1;
	addr->len = (uint8_t)len;

	return 0;
}

static int set_addrs(struct conf_parser *p, const char *text, struct parse_err *why)
{
	char item[PREFIX_STRLEN + 16];
	struct conf_addr *addr;
	struct prefix prefix;
	int ret;

	while ((ret = parse_list_next(&text, item, sizeof(item), why)) > 0) {
		if (parse_addr_len(item, &prefix, why))
			return -1;
		addr = conf_add(&p->conf->addrs);
		addr->addr = prefix;
		addr->line = p->line;
	}

	return ret;
}

static int set_route(struct conf_parser *p, const char *text, struct parse_err *why)
{
	struct conf_route route;

	if (conf_route_parse(text, p->table, &route, why))
		return -1;
	route.line = p->line;
	*conf_add(&p->conf->routes) = route;

	return 0;
}

/* Of the routes that follow. */
static int set_table(struct conf_parser *p, const char *text, struct parse_err *why)
{
	static const struct keyword names[] = {
		{ "main", CONF_TABLE_MAIN }, { NULL, 0 }
	};

	if (!strcmp(text, names[0].name)) {
		p->table = names[0].value;
		return 0;
	}

	return parse_uint(text, 1, UINT32_MAX, &p->table, why);
}

static int set_command(struct conf_parser *p, enum conf_hook hook, const char *text)
{
	struct conf_command *command = conf_add(&p->conf->commands);

	command->hook = hook;
	command->text = conf_copy(text);
	command->line = p->line;

	return 0;
}

/* What a file has and dev add has not. */
static const struct own_key {
	const char *word;
	const char *syntax;
	int (*set)(struct conf_parser *p, const char *text, struct parse_err *why);
} own_keys[] = {
	{ "mtu", "1280..65535", set_mtu },
	{ "address", "V4[/LEN]|V6[/LEN][,...]", set_addrs },
	{ "table", "main|N", set_table },
	{ "route",
	  "V4[/LEN]|P6[/LEN] [via V4|V6] [src V4|V6] [metric N] [table N] [onlink]",
	  set_route },
};

static int set_device(struct conf_parser *p, const char *key, const char *text)
{
	const struct word *word = find_word(&dev_words, ~0U, key);
	struct parse_err why;
	unsigned int i;

	if (word)
		return set_word(p, word, key, text);
	for (i = 0; i < CONF_HOOKS; i++) {
		if (conf_key_is(key, conf_hook_words[i]))
			return set_command(p, (enum conf_hook)i, text);
	}
	for (i = 0; i < ARRAY_SIZE(own_keys); i++) {
		if (!conf_key_is(key, own_keys[i].word))
			continue;
		if (own_keys[i].set(p, text, &why))
			return conf_fail(p, p->line, "%s: %.200s", key, why.text);
		return 0;
	}

	return conf_fail(p, p->line, "unknown key \"%.64s\" in [Device]", key);
}

/* --- the other sections: words of a command */

static int set_operand(struct conf_parser *p, unsigned int i, const char *key,
		       const char *text)
{
	if (p->operands[i])
		return conf_fail(p, p->line, "%s: given twice", key);
	p->operands[i] = conf_copy(text);
	p->operand_line = p->line;

	return 0;
}

static int set_arg(struct conf_parser *p, const struct word *word, const char *key,
		   const char *text)
{
	size_t i = (size_t)(word - p->section->words->words);
	struct value value;
	struct parse_err why;
	bool on = true;

	if (word->type == WORD_FLAG && parse_flag(text, &on, &why))
		return conf_fail(p, p->line, "%s: %.200s", key, why.text);
	if (join_text(p, &p->texts[i], word, key, on ? text : ""))
		return -1;
	if (word_parse_value(word, p->texts[i], &value, &why))
		return conf_fail(p, p->line, "%s: %.200s", key, why.text);

	return 0;
}

int conf_set_key(struct conf_parser *p, const char *key, const char *text)
{
	const struct conf_section *s = p->section;
	const struct word *word;
	unsigned int i;

	if (!s)
		return conf_fail(p, p->line, "\"%.64s\" stands before [Device]", key);
	if (!*text)
		return conf_fail(p, p->line, "%.64s: value missing", key);
	if (s->words == &dev_words)
		return set_device(p, key, text);
	for (i = 0; s->operands[i]; i++) {
		if (conf_key_is(key, s->operands[i]))
			return set_operand(p, i, key, text);
	}
	word = find_word(s->words, s->allowed, key);
	if (!word)
		return conf_fail(p, p->line, "unknown key \"%.64s\" in [%s]", key,
			    s->name);

	return set_arg(p, word, key, text);
}

/* What was read as "OPERAND... WORD VALUE...". Return: how many. */
static int make_args(struct conf_parser *p, char *args[ARGS_MAX])
{
	const struct word_table *table = p->section->words;
	unsigned int i;
	int n = 0;

	for (i = 0; p->section->operands[i]; i++) {
		if (p->operands[i])
			args[n++] = p->operands[i];
	}
	for (i = 0; i < table->n; i++) {
		if (!p->texts[i] || !*p->texts[i])
			continue;
		args[n++] = (char *)table->words[i].name;
		if (table->words[i].type != WORD_FLAG)
			args[n++] = p->texts[i];
	}

	return n;
}

static void add_rule(struct rulefile *rules, const struct rule *rule,
		     unsigned int line)
{
	conf_grow((void **)&rules->rules, &rules->n, &rules->room,
		  sizeof(rules->rules[0]));
	rules->rules[rules->n - 1].rule = *rule;
	rules->rules[rules->n - 1].line = line;
}

static int finish_rule(struct conf_parser *p)
{
	struct value values[RULE_WORD_COUNT];
	char *args[ARGS_MAX];
	struct parse_err why;
	struct rule rule;

	if (rule_parse(make_args(p, args), args, &rule, values, &why))
		return conf_fail(p, p->operand_line, "Dst: %.200s", why.text);
	if (!values[RULE_WORD_VIA].set)
		return conf_fail(p, p->section_line, "[Rule]: Via is missing");
	add_rule(&p->conf->rules, &rule, p->section_line);

	return 0;
}

static int finish_pool(struct conf_parser *p)
{
	struct value values[POOL_WORD_COUNT];
	struct conf_pool *pool;
	char *args[ARGS_MAX];
	struct parse_err why;

	pool = conf_add(&p->conf->pools);
	pool->line = p->section_line;
	if (pool_parse(make_args(p, args), args, &pool->pool, values, &why))
		return conf_fail(p, p->operand_line, "Prefix: %.200s", why.text);

	return 0;
}

static int finish_entry(struct conf_parser *p)
{
	struct value values[ENTRY_WORD_COUNT];
	struct conf_entry *entry;
	char *args[ARGS_MAX];
	struct parse_err why;

	if (!p->operands[1])
		return conf_fail(p, p->section_line, "[Entry]: Ipv4 is missing");
	entry = conf_add(&p->conf->entries);
	entry->line = p->section_line;
	if (entry_parse(make_args(p, args), args, &entry->entry, values, &why))
		return conf_fail(p, p->operand_line, "%.200s", why.text);
	if (!entry->entry.has_ipv6 || !entry->entry.has_ipv4)
		return conf_fail(p, p->operand_line,
			    "an entry is an IPv6 address and an IPv4 address");

	return 0;
}

static int finish_device(struct conf_parser *p)
{
	(void)p;

	return 0;
}

static const struct conf_section sections[] = {
	{ "Device", { NULL }, &dev_words, 0, finish_device },
	{ "Rule", { "dst" }, &rule_words,
	  1U << RULE_WORD_VIA | 1U << RULE_WORD_LOCAL | 1U << RULE_WORD_METHOD,
	  finish_rule },
	{ "Pool", { "prefix" }, &pool_words, 1U << POOL_WORD_EXCLUDE,
	  finish_pool },
	{ "Entry", { "ipv6", "ipv4" }, &entry_words, 0, finish_entry },
};

void conf_forget_args(struct conf_parser *p)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(p->operands); i++) {
		free(p->operands[i]);
		p->operands[i] = NULL;
	}
	for (i = 0; i < ENTRY_WORD_COUNT; i++) {
		free(p->texts[i]);
		p->texts[i] = NULL;
	}
}

int conf_end_section(struct conf_parser *p)
{
	const struct conf_section *s = p->section;
	char key[CONF_KEYLEN];
	int ret = 0;

	if (!s)
		return 0;
	if (s->operands[0] && !p->operands[0]) {
		conf_key(s->operands[0], key);
		ret = conf_fail(p, p->section_line, "[%s]: %s is missing", s->name,
			   key);
	}
	if (!ret)
		ret = s->finish(p);
	conf_forget_args(p);

	return ret;
}

int conf_begin_section(struct conf_parser *p, const char *name)
{
	unsigned int i;

	if (conf_end_section(p))
		return -1;
	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!strcasecmp(name, sections[i].name))
			break;
	}
	if (i == ARRAY_SIZE(sections))
		return conf_fail(p, p->line, "unknown section [%.64s]", name);
	p->section = &sections[i];
	p->section_line = p->line;
	if (i)
		return 0;
	if (p->device_line)
		return conf_fail(p, p->line, "[Device]: given twice");
	p->device_line = p->line;

	return 0;
}

static void list_key(FILE *f, const char *section, const char *word,
		     const char *syntax)
{
	char key[CONF_KEYLEN];

	conf_key(word, key);
	fprintf(f, "%s %s %s\n", section, key, syntax);
}

void conf_list_keys(FILE *f)
{
	const struct conf_section *s;
	const struct word *word;
	char syntax[128];
	unsigned int i;

	for (s = sections; s < sections + ARRAY_SIZE(sections); s++) {
		for (i = 0; s->operands[i]; i++)
			list_key(f, s->name, s->operands[i],
				 strcmp(s->operands[i], "ipv6") ?
				 strcmp(s->operands[i], "ipv4") ? "V4/LEN" :
				 "V4" : "V6");
		for (i = 0; i < s->words->n; i++) {
			word = &s->words->words[i];
			if (word->answer || (s->words != &dev_words &&
					     !(s->allowed & 1U << i)))
				continue;
			word_syntax(word, syntax, sizeof(syntax));
			list_key(f, s->name, word->name,
				 syntax[0] ? syntax : "on|off");
		}
	}
	for (i = 0; i < ARRAY_SIZE(own_keys); i++)
		list_key(f, "Device", own_keys[i].word, own_keys[i].syntax);
	for (i = 0; i < CONF_HOOKS; i++)
		list_key(f, "Device", conf_hook_words[i], "COMMAND");
}
