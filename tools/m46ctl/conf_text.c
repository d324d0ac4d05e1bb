// SPDX-License-Identifier: GPL-2.0
/*
 * Values of words, and routes, as the text that their parsers take.
 */
#include <linux/m46.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conf.h"
#include "dev.h"
#include "link.h"

static const struct word route_word_list[] = {
	{ "via", 0, WORD_ADDR, .help = "next hop, of either family" },
	{ "src", 0, WORD_ADDR, .help = "source of what this machine sends" },
	{ "metric", 0, WORD_U32, .max = UINT32_MAX, .help = "its priority" },
	{ "table", 0, WORD_U32, .min = 1, .max = UINT32_MAX,
	  .help = "routing table" },
	{ "onlink", 0, WORD_FLAG, .help = "the next hop is not looked up" },
};

enum { VIA, SRC, METRIC, TABLE, ONLINK, ROUTE_WORDS };

static const struct word_table route_words = {
	"route", route_word_list, ROUTE_WORDS
};

#define KERNEL_METRIC6	1024	/* what IPv6 makes of none */

static bool is_next_hop(const struct prefix *via)
{
	return via->family == AF_INET6 &&
	       !memcmp(&via->v6, &route_next_hop.v6, sizeof(via->v6));
}

void conf_find_hops(struct conf *conf)
{
	struct conf_route *route;
	size_t i;

	if (dev_value(conf->dev, M46_DEV_A_MODE)->num == M46_MODE_6TO4)
		return;
	for (i = 0; i < conf->routes.n; i++) {
		route = &conf->routes.things[i];
		/* a single host is how routing daemons find their next hop */
		route->hop = route->dst.family == AF_INET6 &&
			     route->dst.len < 128 &&
			     (!route->via.family || is_next_hop(&route->via));
		if (!route->hop)
			continue;
		route->via.family = 0;
		route->onlink = false;
	}
}

static int parse_route(int argc, char **argv, struct conf_route *route,
		       struct parse_err *err)
{
	struct value values[ROUTE_WORDS];
	const struct prefix *src = &values[SRC].prefix;

	if (!argc)
		return parse_fail(err, "a prefix is missing");
	if (parse_prefix_or_host(argv[0], AF_UNSPEC, 0, 128, &route->dst, err) ||
	    words_parse(&route_words, argc - 1, argv + 1, values, err))
		return -1;
	if (values[VIA].set)
		route->via = values[VIA].prefix;
	if (route->dst.family == AF_INET6 && route->via.family == AF_INET)
		return parse_fail(err, "via: an IPv6 route has no IPv4 next hop");
	if (values[SRC].set && src->family != route->dst.family)
		return parse_fail(err, "src: is of the other family");
	if (values[SRC].set)
		route->src = *src;
	if (values[METRIC].set)
		route->metric = values[METRIC].num;
	if (values[TABLE].set)
		route->table = values[TABLE].num;
	route->onlink = values[ONLINK].set;
	if (route->dst.family == AF_INET6 && route->metric == KERNEL_METRIC6)
		route->metric = 0;

	return 0;
}

int conf_route_parse(const char *text, uint32_t table,
		     struct conf_route *route, struct parse_err *err)
{
	char *line = strdup(text), *words[2 * ROUTE_WORDS + 2];
	int n, ret = -1;

	memset(route, 0, sizeof(*route));
	route->table = table;
	if (!line)
		return parse_fail(err, "out of memory");
	n = parse_split(line, words, (int)ARRAY_SIZE(words), err);
	if (n >= 0)
		ret = parse_route(n, words, route, err);
	free(line);

	return ret;
}

const char *conf_route_str(const struct conf_route *route,
			   char buf[CONF_ROUTE_STRLEN])
{
	char dst[PREFIX_STRLEN], via[PREFIX_STRLEN], src[PREFIX_STRLEN];
	char metric[24] = "", table[24] = "";

	if (route->metric)
		snprintf(metric, sizeof(metric), " metric %u", route->metric);
	if (route->table != CONF_TABLE_MAIN)
		snprintf(table, sizeof(table), " table %u", route->table);
	snprintf(buf, CONF_ROUTE_STRLEN, "%s%s%s%s%s%s%s%s",
		 prefix_str(&route->dst, dst), route->via.family ? " via " : "",
		 route->via.family ? addr_str(&route->via, via) : "",
		 route->src.family ? " src " : "",
		 route->src.family ? addr_str(&route->src, src) : "", metric,
		 table, route->onlink ? " onlink" : "");

	return buf;
}

static void put_text(FILE *f, const struct word *word,
		     const struct value *value)
{
	const char *name = NULL;
	char text[PREFIX_STRLEN];

	if (word->type == WORD_BOOL || word->type == WORD_ENUM ||
	    word->type == WORD_U16_SPECIAL)
		name = keyword_name(word->keywords, value->num);

	switch (word->type) {
	case WORD_BOOL:
	case WORD_ENUM:
	case WORD_U16_SPECIAL:
	case WORD_U8:
	case WORD_U32:
		if (name)
			fputs(name, f);
		else
			fprintf(f, "%u", value->num);
		break;
	case WORD_TIME:
		fputs(time_str(value->num, text), f);
		break;
	case WORD_PLANE:
		fputs(plane_str(value->plane, text), f);
		break;
	case WORD_ADDR:
		fputs(addr_str(&value->prefix, text), f);
		break;
	case WORD_PREFIX:
	case WORD_PREFIX_NEST:
		fputs(prefix_str(&value->prefix, text), f);
		break;
	case WORD_IFNAME:
		fputs(value->ifname, f);
		break;
	case WORD_FLAG:
		fputs("on", f);
		break;
	case WORD_LINK:
	case WORD_LINKS:
	case WORD_U16_LIST:
	case WORD_ADDRS:
	case WORD_PREFIXES:
	case WORD_KEY:
	case WORD_PATH:
	case WORD_WHEN:
		break;
	}
}

static void put_link(FILE *f, const struct word_link *named)
{
	struct link link;

	if (named->name[0])
		fputs(named->name, f);
	else if (!link_get((int)named->index, NULL, &link))
		fputs(link.name, f);
	else	/* gone, or of another namespace */
		fprintf(f, "%u", named->index);
}

static void put_list(FILE *f, const struct word *word,
		     const struct value *value)
{
	char text[PREFIX_STRLEN];
	unsigned int i;

	for (i = 0; i < value->n; i++) {
		if (i)
			fputc(',', f);
		if (word->type == WORD_U16_LIST)
			fprintf(f, "%u", value->nums[i]);
		else if (word->type == WORD_LINKS)
			put_link(f, &value->links[i]);
		else if (word->type == WORD_ADDRS)
			fputs(addr_str(&value->list[i], text), f);
		else
			fputs(prefix_str(&value->list[i], text), f);
	}
}

/* Values that only their keyword stands for; NULL: it is none of them. */
static const char *special_text(const struct word *word,
				const struct value *value)
{
	static const struct in6_addr any;

	if (!word->keywords)
		return NULL;
	if (word->type == WORD_ADDR &&
	    !memcmp(value->prefix.bytes, &any, word->family == AF_INET ? 4 : 16))
		return word->keywords->name;
	if (word->type == WORD_LINK && !value->link.index &&
	    !value->link.name[0])
		return word->keywords->name;
	if ((word->type == WORD_PREFIXES || word->type == WORD_LINKS) &&
	    !value->n)
		return keyword_name(word->keywords, WORD_EMPTY) ?
		       keyword_name(word->keywords, WORD_EMPTY) : "none";
	if (word->type == WORD_PREFIXES && value->n == 1 &&
	    !value->list[0].len)
		return keyword_name(word->keywords, WORD_ALL);

	return NULL;
}

char *value_text(const struct word *word, const struct value *value)
{
	const char *special = special_text(word, value);
	char *text = NULL;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	if (special)
		fputs(special, f);
	else if (word->type == WORD_LINK)
		put_link(f, &value->link);
	else if (word_is_list(word))
		put_list(f, word, value);
	else
		put_text(f, word, value);
	if (fclose(f))
		abort();

	return text;
}
