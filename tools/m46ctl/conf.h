/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of one device, as a file holds it: its settings, rules,
 * pools and static entries, its addresses and routes, and what is to be run.
 *
 * The keys of a file are the words of the command line in another spelling
 * (SourceCheck is source-check), checked by the same parser.
 */
#ifndef M46CTL_CONF_H
#define M46CTL_CONF_H

#include <stdio.h>

#include "entry.h"
#include "pool.h"
#include "rulefile.h"
#include "words.h"

#define CONF_DIR	"/etc/m46"
#define CONF_SUFFIX	".conf"
#define CONF_STDIO	"-"	/* standard input or output, instead of a file */
#define CONF_TABLE_MAIN	254
#define CONF_KEYLEN	40

enum conf_hook {
	CONF_PRE_UP,
	CONF_POST_UP,
	CONF_PRE_DOWN,
	CONF_POST_DOWN,
	CONF_HOOKS
};

/**
 * struct conf_addr - an address of the device
 * @addr: with its bits behind the prefix; its len is that of the prefix
 * @line: where it stands, as in all that follows; 0 for what the kernel told
 */
struct conf_addr {
	struct prefix addr;
	unsigned int line;
};

/**
 * struct conf_route - a route into the device
 * @via: next hop of either family, its family is 0 where there is none
 * @hop: there is none, and route_next_hop is used
 * @src: source of what this machine sends, likewise
 * @onlink: the next hop need not be reachable
 * @table: never 0
 * @metric: 0 for the kernel's default
 */
struct conf_route {
	struct prefix dst;
	struct prefix via;
	struct prefix src;
	bool hop;
	bool onlink;
	uint32_t table;
	uint32_t metric;
	unsigned int line;
};

struct conf_pool {
	struct pool pool;
	unsigned int line;
};

struct conf_entry {
	struct entry entry;
	unsigned int line;
};

struct conf_command {
	enum conf_hook hook;
	char *text;
	unsigned int line;
};

/* Things of one kind; the type is that of what @things points to. */
#define CONF_LIST(type) \
	struct { type *things; size_t n, room; }

/**
 * struct conf - one device
 * @name: of the device
 * @path: of the file, for errors; NULL for what the kernel told
 * @dev: its settings
 * @dev_line: where each of them stands
 * @texts: the memory that values' texts are in
 * @mtu: 0 where it is not said
 * @up: it is up; what a file says always
 * @rules: for rule load, with their lines
 */
struct conf {
	char name[PARSE_IFNAMSIZ];
	const char *path;
	struct value dev[WORDS_MAX];
	unsigned int dev_line[WORDS_MAX];
	char *texts[WORDS_MAX];
	unsigned int mtu_line;
	uint32_t mtu;
	bool up;
	struct rulefile rules;
	CONF_LIST(struct conf_pool) pools;
	CONF_LIST(struct conf_entry) entries;
	CONF_LIST(struct conf_addr) addrs;
	CONF_LIST(struct conf_route) routes;
	CONF_LIST(struct conf_command) commands;
};

/* Make room for one more; ends the program where memory ends. */
#define conf_add(list) (conf_grow((void **)&(list)->things, &(list)->n, \
				  &(list)->room, sizeof((list)->things[0])), \
			&(list)->things[(list)->n - 1])
void conf_grow(void **things, size_t *n, size_t *room, size_t size);

/* Where and what the error is; line 0: of the file as a whole. */
struct conf_error {
	unsigned int line;
	struct parse_err why;
};

/*
 * Read @f to its end. Pure: no netlink, no output.
 * Return: 0, or -1 with @err filled. Free with conf_free() either way.
 */
int conf_parse(FILE *f, const char *name, struct conf *conf,
	       struct conf_error *err);
void conf_init(struct conf *conf, const char *name);
void conf_free(struct conf *conf);

/*
 * Likewise, a file; errors are printed. @conf->path is @path, or what to call
 * standard input.
 */
int conf_read_file(const char *path, const char *name, struct conf *conf);

/* What the kernel has. Errors are printed. Return: 0 or an exit code. */
int conf_read_kernel(const char *name, struct conf *conf);

/*
 * The entries of these types (1 << enum m46_entry_type), each once. Errors are
 * printed. Return: 0 or an exit code. Free with dump_free() either way.
 */
struct dump;
int conf_read_entries(const char *name, uint32_t types, struct dump *dump);

/* "source-check" in the spelling of files: "SourceCheck". */
void conf_key(const char *word, char key[CONF_KEYLEN]);
bool conf_key_is(const char *key, const char *word);
extern const char *const conf_hook_words[CONF_HOOKS];

/* "SECTION Key SYNTAX": all that a file may have, one a line. */
void conf_list_keys(FILE *f);

/* The text that the parser takes for it; ends the program without memory. */
char *value_text(const struct word *word, const struct value *value);

/* One route in words, without its device: "V4/LEN via V6 metric N". */
#define CONF_ROUTE_STRLEN	256
/* When the mode is known: which routes have route_next_hop, none to speak of. */
void conf_find_hops(struct conf *conf);
int conf_route_parse(const char *text, uint32_t table,
		     struct conf_route *route, struct parse_err *err);
const char *conf_route_str(const struct conf_route *route,
			   char buf[CONF_ROUTE_STRLEN]);

#endif /* M46CTL_CONF_H */
