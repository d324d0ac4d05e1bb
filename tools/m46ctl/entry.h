/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One entry: words, netlink, output.
 */
#ifndef M46CTL_ENTRY_H
#define M46CTL_ENTRY_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "words.h"

/**
 * struct entry - IPv6 host and its IPv4 address; 28 bytes, for lists are long
 * @expires: seconds left
 * @type: enum m46_entry_type, 0 where it was not said
 * @has_ipv6: @ipv6 was given, and so on
 */
struct entry {
	struct in6_addr ipv6;
	struct in_addr ipv4;
	uint32_t expires;
	uint8_t type;
	bool has_ipv6;
	bool has_ipv4;
	bool has_expires;
};

/*
 * "[V6] [V4] [dev NAME] [static|dynamic] [expires TIME]", with one address at
 * least. Pure.
 * @values: the words after the addresses. Return: 0, or -1 with @err filled.
 */
int entry_parse(int argc, char **argv, struct entry *entry,
		struct value values[ENTRY_WORD_COUNT], struct parse_err *err);

/**
 * struct entry_filter - which entries
 * @prefix: the one that the address of its family is in, where has_prefix
 * @types: 1 << enum m46_entry_type each, 0: the kernel's choice
 */
struct entry_filter {
	bool has_prefix;
	struct prefix prefix;
	uint32_t types;
};

/*
 * "[V6|V4|PREFIX] [static] [dynamic] [dormant] [all] [dev NAME]", the first
 * anywhere. Pure. @argv is changed. Return: 0, or -1 with @err filled.
 */
int entry_filter_parse(int argc, char **argv, struct entry_filter *filter,
		       struct value values[ENTRY_WORD_COUNT],
		       struct parse_err *err);

#define ENTRY_STRLEN	(2 * PREFIX_STRLEN)

/* The addresses of an entry as text. */
const char *ipv6_str(const struct in6_addr *ipv6, char buf[PREFIX_STRLEN]);
const char *ipv4_str(const struct in_addr *ipv4, char buf[PREFIX_STRLEN]);
/* What there is of "V6 V4". */
const char *entry_str(const struct entry *entry, char buf[ENTRY_STRLEN]);

/* "static" ..., NULL for one that a newer kernel knows. */
const char *entry_type_name(uint8_t type);

void entry_put(struct nl_msg *msg, const struct entry *entry);
void entry_filter_put(struct nl_msg *msg, const struct entry_filter *filter);
/* Return: 0, or -1 where the nest is no entry. */
int entry_get(const struct nlattr *nest, struct entry *entry);

void entry_print(const struct entry *entry, const char *dev);
/* What it is without its device, inside an object. */
void entry_print_members(const struct entry *entry);

#endif /* M46CTL_ENTRY_H */
