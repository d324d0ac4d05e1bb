/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of the command line, as tables. One line of a table drives the
 * parser, the netlink message, the printer, the help and the completion: a new
 * attribute of the kernel is a new line here.
 */
#ifndef M46CTL_WORDS_H
#define M46CTL_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"

enum word_type {
	WORD_BOOL,		/* on|off; u8 */
	WORD_ENUM,		/* keywords; u8 */
	WORD_FLAG,		/* no value; flag */
	WORD_U8,		/* min..max; u8 */
	WORD_U32,		/* min..max; u32 */
	WORD_U16_SPECIAL,	/* min..max, or one keyword; u16 */
	WORD_U16_LIST,		/* 1..count of min..max, descending; array */
	WORD_ADDR,		/* address of family, or one keyword for zero */
	WORD_ADDRS,		/* 1..count addresses, as prefixes */
	WORD_PREFIX,		/* min..max = length; two attributes */
	WORD_PREFIX_NEST,	/* likewise; one attribute that holds them */
	WORD_PREFIXES,		/* min..max = length, 1..count, or keyword */
	WORD_IFNAME,		/* a device's name; string */
	WORD_LINK,		/* a device's name, or keyword; u32, its index */
	WORD_LINKS,		/* 1..count of them, or keyword; array */
	WORD_TIME,		/* min..max seconds, with unit; u32 */
	WORD_PLANE,		/* hex groups or a number; u64 */
	WORD_KEY,		/* 16 bytes, never told by the kernel */
	WORD_PATH,		/* a file; no attribute */
	WORD_WHEN,		/* see when.h; no attribute */
};

/**
 * struct word - one word of the command line and the attribute it stands for
 * @name: the word, and the JSON key
 * @attr: netlink attribute (WORD_PREFIX: the next one holds the length), or 0
 *	where it is not in the set of the table; WORD_NESTED() where it is in a
 *	nest of the set
 * @type: shape of the value
 * @required: a new object cannot do without it
 * @answer: the kernel tells it, nobody can set it
 * @modes: MODE_BIT()s of the devices that have it, 0 for all
 * @optional: of those, the ones that can do without what is required
 * @host: of prefixes: an address is one of full length
 * @family: AF_INET or AF_INET6, for addresses and prefixes
 * @min: smallest number, or prefix length
 * @max: largest number, or prefix length
 * @count: longest list; a list of one prints as a single value
 * @lens: of prefixes: the lengths there are, ended by 0; NULL: all of them
 * @keywords: values by name; for numbers, addresses and devices the exception;
 *	for lists the one that is empty (WORD_EMPTY), and the one that is the
 *	prefix of length 0 (WORD_ALL)
 * @help: one line; the default, where there is one, behind "; "
 */
struct word {
	const char *name;
	uint16_t attr;
	enum word_type type;
	bool required;
	bool answer;
	uint8_t modes;
	uint8_t optional;
	bool host;
	uint8_t family;
	uint32_t min;
	uint32_t max;
	unsigned int count;
	const uint8_t *lens;
	const struct keyword *keywords;
	const char *help;
};

/* Whether a value can be several, with commas between them. */
static inline bool word_is_list(const struct word *word)
{
	return word->type == WORD_U16_LIST || word->type == WORD_LINKS ||
	       word->type == WORD_ADDRS || word->type == WORD_PREFIXES;
}

#define MODE_BIT(mode)	(1U << (mode))
#define MODES_STRLEN	32

/* An attribute inside the nest of another one; both are below 256. */
#define WORD_NESTED(nest, attr)		((nest) << 8 | (attr))
/* One of the settings of encapsulation, M46_TUN_A_*. */
#define DEV_TUNNEL(a)			WORD_NESTED(M46_DEV_A_TUNNEL, a)

static inline int word_attr(const struct word *word)
{
	return word->attr & 0xff;
}

static inline int word_nest(const struct word *word)
{
	return word->attr >> 8;
}

#define WORD_LIST_MAX	64
#define WORD_LINKS_MAX	8

/* Values of the keywords of lists. */
enum word_list {
	WORD_EMPTY,
	WORD_ALL,
};

/**
 * struct word_link - a device
 * @name: as it was given; empty where the kernel told it
 * @index: what the kernel knows it by
 */
struct word_link {
	char name[PARSE_IFNAMSIZ];
	uint32_t index;
};

/**
 * struct value - what was given for a word, or read from the kernel
 * @set: it was
 * @text: the argument it came from, if any; empty where that is secret
 * @n: items of a list
 */
struct value {
	bool set;
	const char *text;
	unsigned int n;
	union {
		uint32_t num;
		struct prefix prefix;
		struct prefix list[WORD_LIST_MAX];
		uint16_t nums[WORD_LIST_MAX];
		char ifname[PARSE_IFNAMSIZ];
		struct word_link link;
		struct word_link links[WORD_LINKS_MAX];
		uint64_t plane;
		uint8_t key[PARSE_KEY_SIZE];
	};
};

struct word_table {
	const char *object;
	const struct word *words;
	unsigned int n;
};

#define WORDS_MAX	80	/* longest table */

extern const struct word_table dev_words;
extern const struct word_table rule_words;
extern const struct word_table pool_words;
extern const struct word_table entry_words;
extern const struct word_table dns64_words;
extern const struct word_table relay_words;
extern const struct word_table sixrd_words;
extern const struct word_table check_words;

/* Positions in rule_words. */
enum rule_word {
	RULE_WORD_VIA,
	RULE_WORD_DEV,
	RULE_WORD_LOCAL,
	RULE_WORD_METHOD,
	RULE_WORD_COUNT
};

/* Positions in pool_words. */
enum pool_word {
	POOL_WORD_DEV,
	POOL_WORD_EXCLUDE,
	POOL_WORD_COUNT
};

/* Positions in entry_words. */
enum entry_word {
	ENTRY_WORD_DEV,
	ENTRY_WORD_STATIC,
	ENTRY_WORD_DYNAMIC,
	ENTRY_WORD_DORMANT,
	ENTRY_WORD_ALL,
	ENTRY_WORD_EXPIRES,
	ENTRY_WORD_COUNT
};

/* Positions in dns64_words. */
enum dns64_word {
	DNS64_WORD_DEV,
	DNS64_WORD_EXCLUDE_ALL,
	DNS64_WORD_EXCEPT,
	DNS64_WORD_COUNT
};

/* Positions in relay_words. */
enum relay_word {
	RELAY_WORD_DEV,
	RELAY_WORD_COUNT
};

/* Positions in check_words. */
enum check_word {
	CHECK_WORD_DEV,
	CHECK_WORD_COUNT
};

/* Positions in sixrd_words. */
enum sixrd_word {
	SIXRD_WORD_LOCAL,
	SIXRD_WORD_COUNT
};

/*
 * Turn "WORD [VALUE] ..." into @values, one for each word of @table. The word
 * in front of the name of a device may be left out.
 */
int words_parse(const struct word_table *table, int argc, char **argv,
		struct value *values, struct parse_err *err);
/* Whether it can only be the name of a device, if it is no word. */
bool words_is_dev(const char *arg);
/*
 * Take out of @argv the argument that is no word, no word's value and no
 * device. Return: NULL where there is none.
 */
char *words_operand(const struct word_table *table, int *argc, char **argv);
/*
 * Fail on the first word that was not given and that is required; @mode is
 * enum m46_mode or 0.
 */
int words_required(const struct word_table *table, const struct value *values,
		   unsigned int mode, struct parse_err *err);
int word_parse_value(const struct word *word, const char *arg,
		     struct value *value, struct parse_err *err);

/*
 * The value that a new device has, out of the help; @is_6rd: of a 6rd domain.
 * Its text is not set. Return: 0, or -1 where there is none that can be given.
 */
int word_default(const struct word *word, bool is_6rd, struct value *value);

/* Return: the word of this name or attribute, or NULL. */
const struct word *words_by_name(const struct word_table *table,
				 const char *name);
const struct word *words_by_attr(const struct word_table *table, int attr);

/* Whether devices of this enum m46_mode have the word. */
bool word_in_mode(const struct word *word, unsigned int mode);
/* The modes whose devices alone have the word, by commas; "" for any. */
const char *word_modes(const struct word *word, char buf[MODES_STRLEN]);
/* What may follow the word, as in help: "on|off", "1280..65535". */
void word_syntax(const struct word *word, char *buf, size_t size);

#endif /* M46CTL_WORDS_H */
