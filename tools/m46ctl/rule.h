/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One mapping rule: words, netlink, output.
 */
#ifndef M46CTL_RULE_H
#define M46CTL_RULE_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "words.h"

/**
 * struct rule - IPv4 prefix and the mapping prefix of its edge
 * @via_len: 0 where no via was given
 * @method: enum m46_method, 0 for the device's own
 */
struct rule {
	struct in_addr dst;
	struct in6_addr via;
	uint8_t dst_len;
	uint8_t via_len;
	uint8_t method;
	bool local;
};

/*
 * "V4/LEN [via P6/LEN] [dev NAME] [local] [method METHOD]". Pure.
 * @values: the words after the prefix. Return: 0, or -1 with @err filled.
 */
int rule_parse(int argc, char **argv, struct rule *rule,
	       struct value values[RULE_WORD_COUNT], struct parse_err *err);

/* "V4/LEN" */
const char *rule_dst_str(const struct rule *rule, char buf[PREFIX_STRLEN]);

void rule_put(struct nl_msg *msg, const struct rule *rule);
/* Return: 0, or -1 where the nest is no rule. */
int rule_get(const struct nlattr *nest, struct rule *rule);

void rule_print(const struct rule *rule, const char *dev);

#endif /* M46CTL_RULE_H */
