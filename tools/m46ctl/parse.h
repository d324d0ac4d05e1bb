/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strict text to value. Pure: no netlink, no global state, no output, so that
 * it can be fuzzed. Every function returns 0, or -1 with one line in @err.
 */
#ifndef M46CTL_PARSE_H
#define M46CTL_PARSE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define PARSE_IFNAMSIZ	16	/* as the kernel's IFNAMSIZ */

struct parse_err {
	char text[256];
};

/* An address or a prefix of either family, network byte order. */
struct prefix {
	uint8_t family;		/* AF_INET or AF_INET6 */
	uint8_t len;
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16];
	};
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Room for any prefix as text, dotted tail included. */
#define PREFIX_STRLEN	(INET6_ADDRSTRLEN + 4)

/* Enumerated value; a table of them ends with a NULL name. */
struct keyword {
	const char *name;
	uint32_t value;
};

int parse_fail(struct parse_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

int parse_uint(const char *s, uint32_t min, uint32_t max, uint32_t *value,
	       struct parse_err *err);
int parse_addr(const char *s, int family, struct prefix *addr,
	       struct parse_err *err);
int parse_prefix(const char *s, int family, unsigned int min_len,
		 unsigned int max_len, struct prefix *prefix,
		 struct parse_err *err);
int parse_keyword(const char *s, const struct keyword *table, uint32_t *value,
		  struct parse_err *err);
int parse_ifname(const char *s, char name[PARSE_IFNAMSIZ],
		 struct parse_err *err);

/*
 * Cut the next item off a comma list into @item. Return: 1 with an item, 0 at
 * the end of the list, -1 for an empty or overlong item.
 */
int parse_list_next(const char **list, char *item, size_t size,
		    struct parse_err *err);

/*
 * Cut @line into words in place, up to a #. Return: how many, or -1 where
 * there are more than @max.
 */
int parse_split(char *line, char **words, int max, struct parse_err *err);

const char *keyword_name(const struct keyword *table, uint32_t value);
void keyword_list(const struct keyword *table, char *buf, size_t size);
const char *addr_str(const struct prefix *addr, char buf[PREFIX_STRLEN]);
const char *prefix_str(const struct prefix *prefix, char buf[PREFIX_STRLEN]);

#endif /* M46CTL_PARSE_H */
