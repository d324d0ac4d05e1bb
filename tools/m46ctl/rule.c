// SPDX-License-Identifier: GPL-2.0
/*
 * One mapping rule: words, netlink, output.
 */
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"
#include "out.h"
#include "rule.h"

/* A prefix, an address, or the word for 0.0.0.0/0, as ip route has them. */
static int parse_dst(const char *arg, struct prefix *dst, struct parse_err *err)
{
	if (!strcmp(arg, "default"))
		arg = "0.0.0.0/0";

	return parse_prefix_or_host(arg, AF_INET, 0, 32, dst, err);
}

int rule_parse(int argc, char **argv, struct rule *rule,
	       struct value values[RULE_WORD_COUNT], struct parse_err *err)
{
	const struct value *via = &values[RULE_WORD_VIA];
	struct prefix dst;

	if (!argc)
		return parse_fail(err, "V4/LEN is missing");
	if (parse_dst(argv[0], &dst, err) ||
	    words_parse(&rule_words, argc - 1, argv + 1, values, err))
		return -1;

	memset(rule, 0, sizeof(*rule));
	rule->dst = dst.v4;
	rule->dst_len = dst.len;
	if (via->set) {
		rule->via = via->prefix.v6;
		rule->via_len = via->prefix.len;
	}
	if (values[RULE_WORD_METHOD].set)
		rule->method = (uint8_t)values[RULE_WORD_METHOD].num;
	rule->local = values[RULE_WORD_LOCAL].set;

	return 0;
}

static struct prefix dst_of(const struct rule *rule)
{
	struct prefix dst = { .family = AF_INET, .len = rule->dst_len };

	dst.v4 = rule->dst;

	return dst;
}

static struct prefix via_of(const struct rule *rule)
{
	struct prefix via = { .family = AF_INET6, .len = rule->via_len };

	via.v6 = rule->via;

	return via;
}

int rule_filter_parse(int argc, char **argv, struct rule_filter *filter,
		      struct value values[RULE_WORD_COUNT],
		      struct parse_err *err)
{
	const char *operand = words_operand(&rule_words, &argc, argv);

	memset(filter, 0, sizeof(*filter));
	filter->has_dst = operand;
	if (operand && parse_dst(operand, &filter->dst, err))
		return -1;
	if (words_parse(&rule_words, argc, argv, values, err))
		return -1;
	/* Every rule is inside 0.0.0.0/0: the word is for the one alone. */
	filter->exact = operand && !strcmp(operand, "default");
	filter->has_via = values[RULE_WORD_VIA].set;
	if (filter->has_via)
		filter->via = values[RULE_WORD_VIA].prefix;
	filter->local = values[RULE_WORD_LOCAL].set;

	return 0;
}

bool rule_filter_passes(const struct rule_filter *filter,
			const struct rule *rule)
{
	struct prefix dst = dst_of(rule), via = via_of(rule);

	if (filter->has_dst && !prefix_covers(&filter->dst, &dst))
		return false;
	if (filter->exact && dst.len != filter->dst.len)
		return false;
	if (filter->has_via && !prefix_covers(&filter->via, &via))
		return false;

	return !filter->local || rule->local;
}

const char *rule_dst_str(const struct rule *rule, char buf[PREFIX_STRLEN])
{
	struct prefix dst = dst_of(rule);

	return prefix_str(&dst, buf);
}

static const char *via_str(const struct rule *rule, char buf[PREFIX_STRLEN])
{
	struct prefix via = via_of(rule);

	return prefix_str(&via, buf);
}

/* An attribute at @p, where all is zero. Return: where the next one goes. */
static inline char *put_attr(char *p, uint16_t type, const void *data,
			     size_t len)
{
	struct nlattr nla = { .nla_type = type };

	nla.nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy(p, &nla, sizeof(nla));
	memcpy(p + NLA_HDRLEN, data, len);

	return p + NLA_HDRLEN + NLA_ALIGN(len);
}

/* A load puts a million: this takes a tenth of what nla_put() for each does. */
void rule_put(struct nl_msg *msg, const struct rule *rule)
{
	char nest[64] = { 0 }, *p = nest;

	p = put_attr(p, M46_RULE_A_DST, &rule->dst, sizeof(rule->dst));
	p = put_attr(p, M46_RULE_A_DST_PREFIXLEN, &rule->dst_len, 1);
	if (rule->via_len) {
		p = put_attr(p, M46_RULE_A_VIA, &rule->via, sizeof(rule->via));
		p = put_attr(p, M46_RULE_A_VIA_PREFIXLEN, &rule->via_len, 1);
	}
	if (rule->method)
		p = put_attr(p, M46_RULE_A_METHOD, &rule->method, 1);
	if (rule->local)
		p = put_attr(p, M46_RULE_A_LOCAL, nest, 0);
	kn_put(msg, M46_A_RULE | NLA_F_NESTED, nest, (size_t)(p - nest));
}

int rule_get(const struct nlattr *nest, struct rule *rule)
{
	const struct nlattr *nla;
	unsigned int seen = 0;
	int left;

	memset(rule, 0, sizeof(*rule));
	nla_for_each_nested(nla, nest, left) {
		if (nla_type(nla) == M46_RULE_A_LOCAL) {
			rule->local = true;
			continue;
		}
		if (nla_type(nla) == M46_RULE_A_DST && nla_len(nla) == 4) {
			memcpy(&rule->dst, nla_data(nla), 4);
		} else if (nla_type(nla) == M46_RULE_A_VIA &&
			   nla_len(nla) == 16) {
			memcpy(&rule->via, nla_data(nla), 16);
		} else if (nla_len(nla) != 1) {
			continue;
		} else if (nla_type(nla) == M46_RULE_A_DST_PREFIXLEN) {
			rule->dst_len = nla_get_u8(nla);
		} else if (nla_type(nla) == M46_RULE_A_VIA_PREFIXLEN) {
			rule->via_len = nla_get_u8(nla);
		} else if (nla_type(nla) == M46_RULE_A_METHOD) {
			rule->method = nla_get_u8(nla);
			continue;
		} else {
			continue;
		}
		seen++;
	}

	return seen == 4 ? 0 : -1;
}

int rule_of_route(const struct route *route, const struct route_hop *hop,
		  struct rule *rule)
{
	if (route->type != RTN_UNICAST || hop->gateway.family != AF_INET6)
		return -1;
	memset(rule, 0, sizeof(*rule));
	rule->dst = route->dst.v4;
	rule->dst_len = route->dst.len;
	rule->via = hop->gateway.v6;
	rule->via_len = hop->gateway.v6.s6_addr32[3] ? 128 : 96;
	rule->is_route = true;
	rule->protocol = route->protocol;
	rule->table = route->table;
	rule->metric = route->metric;

	return 0;
}

static void print_origin(const struct rule *rule)
{
	char origin[ROUTE_ORIGIN_STRLEN];

	out_string("origin", NULL, route_origin(rule->protocol, origin));
	out_uint("table", NULL, rule->table);
	out_uint("metric", NULL, rule->metric);
}

void rule_print(const struct rule *rule, const char *dev)
{
	const struct word *word = &rule_words.words[RULE_WORD_METHOD];
	const char *method = keyword_name(word->keywords, rule->method);
	char dst[PREFIX_STRLEN], via[PREFIX_STRLEN];

	out_object_begin();
	out_string("dst", "%s", rule_dst_str(rule, dst));
	out_string("via", NULL, via_str(rule, via));
	out_string("dev", NULL, dev);
	if (method)
		out_string("method", NULL, method);
	else
		out_null("method");
	out_flag("local", rule->local);
	if (rule->is_route)
		print_origin(rule);
	out_object_end();
}
