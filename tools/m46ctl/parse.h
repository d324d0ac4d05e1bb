/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strict text to value. Pure: no netlink, no global state, no output, so that
 * it can be fuzzed. Every function returns 0, or -1 with one line in @err.
 */
#ifndef M46CTL_PARSE_H
#define M46CTL_PARSE_H

#include <netinet/in.h>
#include <stdbool.h>
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
#define TIME_STRLEN	16
#define PLANE_STRLEN	20
#define PARSE_KEY_SIZE	16

/* Enumerated value; a table of them ends with a NULL name. */
struct keyword {
	const char *name;
	uint32_t value;
};

int parse_fail(struct parse_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

int parse_uint(const char *s, uint32_t min, uint32_t max, uint32_t *value,
	       struct parse_err *err);
/* @family may be AF_UNSPEC: either. */
int parse_addr(const char *s, int family, struct prefix *addr,
	       struct parse_err *err);
int parse_prefix(const char *s, int family, unsigned int min_len,
		 unsigned int max_len, struct prefix *prefix,
		 struct parse_err *err);
/*
 * Likewise, where an address alone stands for the prefix of full length.
 * @family may be AF_UNSPEC: either, and no limit is above the family's own.
 */
int parse_prefix_or_host(const char *s, int family, unsigned int min_len,
			 unsigned int max_len, struct prefix *prefix,
			 struct parse_err *err);
/* Whether @inner is @outer or a part of it. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
/* Seconds, or a number with one of the units s, m, h, d. */
int parse_time(const char *s, uint32_t min, uint32_t max, uint32_t *seconds,
	       struct parse_err *err);
/* 2 to 4 groups of hexadecimal digits ("0:46"), or a number. */
int parse_plane(const char *s, uint64_t *plane, struct parse_err *err);
/* 32 hexadecimal digits. It may be secret: errors do not repeat it. */
int parse_key(const char *s, uint8_t key[PARSE_KEY_SIZE],
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
/* In the largest unit that divides it: "124m". */
const char *time_str(uint32_t seconds, char buf[TIME_STRLEN]);
/* In as many groups as it needs, but two at least: one might be a number. */
const char *plane_str(uint64_t plane, char buf[PLANE_STRLEN]);

#endif /* M46CTL_PARSE_H */
