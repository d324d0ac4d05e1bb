/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One mapping rule: words, netlink, output.
 */
#ifndef M46CTL_RULE_H
#define M46CTL_RULE_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "route.h"
#include "words.h"

/**
 * struct rule - IPv4 prefix and the mapping prefix of its edge
 * @via_len: 0 where no via was given; of a route 96, or 128 where its next hop
 *	is no mapping prefix, for its last 32 bits are set
 * @method: enum m46_method, 0 for the device's own
 * @is_route: an IPv4 route is what the rule is; of that one:
 * @protocol: RTPROT_*
 * @table: the routing table
 * @metric: its priority there
 */
struct rule {
	struct in_addr dst;
	struct in6_addr via;
	uint8_t dst_len;
	uint8_t via_len;
	uint8_t method;
	bool local;
	bool is_route;
	uint8_t protocol;
	uint32_t table;
	uint32_t metric;
};

/*
 * "V4/LEN|V4|default [via P6/LEN] [dev NAME] [local] [method METHOD]". Pure.
 * @values: the words after the prefix. Return: 0, or -1 with @err filled.
 */
int rule_parse(int argc, char **argv, struct rule *rule,
	       struct value values[RULE_WORD_COUNT], struct parse_err *err);

/**
 * struct rule_filter - which rules
 * @dst: those for this prefix or a part of it, where has_dst
 * @exact: not for a part of it
 * @via: those with this mapping prefix or one inside it, where has_via
 * @local: local ones
 */
struct rule_filter {
	bool has_dst;
	bool exact;
	bool has_via;
	bool local;
	struct prefix dst;
	struct prefix via;
};

/*
 * "[V4/LEN|V4|default] [via P6/LEN] [local] [dev NAME]", the first anywhere.
 * Pure. @argv is changed. Return: 0, or -1 with @err filled.
 */
int rule_filter_parse(int argc, char **argv, struct rule_filter *filter,
		      struct value values[RULE_WORD_COUNT],
		      struct parse_err *err);
bool rule_filter_passes(const struct rule_filter *filter,
			const struct rule *rule);

/* "V4/LEN" */
const char *rule_dst_str(const struct rule *rule, char buf[PREFIX_STRLEN]);

void rule_put(struct nl_msg *msg, const struct rule *rule);
/* Return: 0, or -1 where the nest is no rule. */
int rule_get(const struct nlattr *nest, struct rule *rule);

/*
 * The rule that one way of an IPv4 route into a device is.
 * Return: 0, or -1 where it has no IPv6 next hop: it is none.
 */
int rule_of_route(const struct route *route, const struct route_hop *hop,
		  struct rule *rule);

void rule_print(const struct rule *rule, const char *dev);

#endif /* M46CTL_RULE_H */
