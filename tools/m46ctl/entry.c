// SPDX-License-Identifier: GPL-2.0
/*
 * One entry: words, netlink, output.
 */
#include <linux/m46.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "entry.h"
#include "nl.h"
#include "out.h"
#include "wire.h"

/* Word by word; a kernel newer than this may know more. */
static const struct keyword types[] = {
	{ "static", M46_ENTRY_STATIC }, { "dynamic", M46_ENTRY_DYNAMIC },
	{ "dormant", M46_ENTRY_DORMANT }, { NULL, 0 }
};

const char *entry_type_name(uint8_t type)
{
	return keyword_name(types, type);
}

static int take_address(const char *arg, struct entry *entry,
			struct parse_err *err)
{
	struct prefix addr;
	bool *has;

	if (parse_addr(arg, AF_UNSPEC, &addr, err))
		return -1;
	has = addr.family == AF_INET ? &entry->has_ipv4 : &entry->has_ipv6;
	if (*has)
		return parse_fail(err, "%.64s: a second IPv%c address", arg,
				  addr.family == AF_INET ? '4' : '6');
	*has = true;
	if (addr.family == AF_INET)
		entry->ipv4 = addr.v4;
	else
		entry->ipv6 = addr.v6;

	return 0;
}

int entry_parse(int argc, char **argv, struct entry *entry,
		struct value values[ENTRY_WORD_COUNT], struct parse_err *err)
{
	const struct value *expires = &values[ENTRY_WORD_EXPIRES];

	memset(entry, 0, sizeof(*entry));
	while (argc && !words_by_name(&entry_words, argv[0]) &&
	       !(entry->has_ipv4 && entry->has_ipv6)) {
		/* The device, once there is an address. */
		if ((entry->has_ipv4 || entry->has_ipv6) &&
		    words_is_dev(argv[0]))
			break;
		if (take_address(argv[0], entry, err))
			return -1;
		argc--;
		argv++;
	}
	if (!entry->has_ipv4 && !entry->has_ipv6)
		return parse_fail(err, "address is missing");
	if (words_parse(&entry_words, argc, argv, values, err))
		return -1;
	if (values[ENTRY_WORD_STATIC].set && values[ENTRY_WORD_DYNAMIC].set)
		return parse_fail(err, "either static or dynamic");
	if (expires->set && !values[ENTRY_WORD_DYNAMIC].set)
		return parse_fail(err, "expires: only with dynamic");
	if (values[ENTRY_WORD_STATIC].set)
		entry->type = M46_ENTRY_STATIC;
	else if (values[ENTRY_WORD_DYNAMIC].set)
		entry->type = M46_ENTRY_DYNAMIC;
	entry->has_expires = expires->set;
	entry->expires = expires->set ? expires->num : 0;

	return 0;
}

int entry_filter_parse(int argc, char **argv, struct entry_filter *filter,
		       struct value values[ENTRY_WORD_COUNT],
		       struct parse_err *err)
{
	const char *operand = words_operand(&entry_words, &argc, argv);

	memset(filter, 0, sizeof(*filter));
	filter->has_prefix = operand;
	if (operand && parse_prefix_or_host(operand, AF_UNSPEC, 0, 128,
					    &filter->prefix, err))
		return -1;
	if (words_parse(&entry_words, argc, argv, values, err))
		return -1;
	if (values[ENTRY_WORD_STATIC].set || values[ENTRY_WORD_ALL].set)
		filter->types |= 1U << M46_ENTRY_STATIC;
	if (values[ENTRY_WORD_DYNAMIC].set || values[ENTRY_WORD_ALL].set)
		filter->types |= 1U << M46_ENTRY_DYNAMIC;
	if (values[ENTRY_WORD_DORMANT].set || values[ENTRY_WORD_ALL].set)
		filter->types |= 1U << M46_ENTRY_DORMANT;

	return 0;
}

const char *ipv6_str(const struct in6_addr *ipv6, char buf[PREFIX_STRLEN])
{
	struct prefix addr = { .family = AF_INET6 };

	addr.v6 = *ipv6;

	return addr_str(&addr, buf);
}

const char *ipv4_str(const struct in_addr *ipv4, char buf[PREFIX_STRLEN])
{
	struct prefix addr = { .family = AF_INET };

	addr.v4 = *ipv4;

	return addr_str(&addr, buf);
}

const char *entry_str(const struct entry *entry, char buf[ENTRY_STRLEN])
{
	char ipv6[PREFIX_STRLEN], ipv4[PREFIX_STRLEN];

	snprintf(buf, ENTRY_STRLEN, "%s%s%s",
		 entry->has_ipv6 ? ipv6_str(&entry->ipv6, ipv6) : "",
		 entry->has_ipv6 && entry->has_ipv4 ? " " : "",
		 entry->has_ipv4 ? ipv4_str(&entry->ipv4, ipv4) : "");

	return buf;
}

void entry_put(struct nl_msg *msg, const struct entry *entry)
{
	struct nlattr *nest = kn_nest(msg, M46_A_ENTRY);

	if (entry->has_ipv6)
		kn_put(msg, M46_ENTRY_A_IPV6, &entry->ipv6, 16);
	if (entry->has_ipv4)
		kn_put(msg, M46_ENTRY_A_IPV4, &entry->ipv4, 4);
	if (entry->type)
		kn_put(msg, M46_ENTRY_A_TYPE, &entry->type, 1);
	if (entry->has_expires)
		kn_put(msg, M46_ENTRY_A_EXPIRES, &entry->expires, 4);
	nla_nest_end(msg, nest);
}

void entry_filter_put(struct nl_msg *msg, const struct entry_filter *filter)
{
	struct nlattr *nest;

	if (!filter->has_prefix && !filter->types)
		return;
	nest = kn_nest(msg, M46_A_FILTER);
	if (filter->has_prefix)
		wire_put_prefix(msg, M46_FILTER_A_PREFIX, &filter->prefix);
	if (filter->types)
		kn_put(msg, M46_FILTER_A_TYPES, &filter->types, 4);
	nla_nest_end(msg, nest);
}

int entry_get(const struct nlattr *nest, struct entry *entry)
{
	const struct nlattr *nla;
	int left;

	memset(entry, 0, sizeof(*entry));
	nla_for_each_nested(nla, nest, left) {
		if (nla_type(nla) == M46_ENTRY_A_IPV6 && nla_len(nla) == 16) {
			memcpy(&entry->ipv6, nla_data(nla), 16);
			entry->has_ipv6 = true;
		} else if (nla_type(nla) == M46_ENTRY_A_IPV4 &&
			   nla_len(nla) == 4) {
			memcpy(&entry->ipv4, nla_data(nla), 4);
			entry->has_ipv4 = true;
		} else if (nla_type(nla) == M46_ENTRY_A_TYPE &&
			   nla_len(nla) == 1) {
			entry->type = nla_get_u8(nla);
		} else if (nla_type(nla) == M46_ENTRY_A_EXPIRES &&
			   nla_len(nla) == 4) {
			entry->expires = nla_get_u32(nla);
			entry->has_expires = true;
		}
	}

	return entry->has_ipv6 && entry->has_ipv4 && entry->type ? 0 : -1;
}

void entry_print_members(const struct entry *entry)
{
	const char *type = entry_type_name(entry->type);
	char text[PREFIX_STRLEN];

	out_string("ipv6", NULL, ipv6_str(&entry->ipv6, text));
	out_string("ipv4", NULL, ipv4_str(&entry->ipv4, text));
	/* A newer kernel's type has no name here yet. */
	if (type)
		out_string("type", NULL, type);
	else
		out_uint("type", NULL, entry->type);
	if (entry->has_expires)
		out_time("expires", NULL, entry->expires);
}

void entry_print(const struct entry *entry, const char *dev)
{
	out_object_begin();
	out_string("dev", NULL, dev);
	entry_print_members(entry);
	out_object_end();
}
