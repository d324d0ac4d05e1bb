// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of iproute2: "ip -d link show" prints the settings of m46 devices,
 * in m46ctl's words, as text and as JSON.
 *
 * ip looks for link_m46.so in its library directory (or $IP_LIB_DIR) when it
 * meets a link of kind "m46", and takes the symbol m46_link_util from it. No
 * package has a header for that, and nobody promises that it stays: what is
 * declared here is struct link_util and a few functions as they are from
 * iproute2 5.8 on. One of ip's own tables is looked at before the first word is
 * printed: an ip that is made otherwise prints nothing about us, as it does
 * without this file.
 */
#include <linux/if_link.h>
#include <linux/m46.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../m46ctl/dev.h"
#include "../m46ctl/link.h"
#include "../m46ctl/out.h"
#include "../m46ctl/wire.h"

struct nlmsghdr;
struct rtattr;

struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f,
			     struct rtattr *xstats);
	void (*print_help)(struct link_util *lu, int argc, char **argv,
			   FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

_Static_assert(offsetof(struct link_util, print_opt) == 4 * sizeof(void *) &&
	       sizeof(struct link_util) == 9 * sizeof(void *),
	       "layout of struct link_util, which has one int");

#define PRINT_JSON	2
#define COLOR_NONE	6

/* Of ip itself. Weak, so that one that is missing is found out, not fatal. */
#define OF_IP		__attribute__((weak, visibility("default")))
extern struct link_util OF_IP bareudp_link_util;
bool OF_IP is_json_context(void);
int OF_IP open_json_array(int type, const char *key);
void OF_IP close_json_array(int type, const char *delim);
int OF_IP print_color_string(int type, int color, const char *key,
			     const char *fmt, const char *value);
int OF_IP print_color_uint(int type, int color, const char *key,
			   const char *fmt, unsigned int value);
int OF_IP print_color_bool(int type, int color, const char *key,
			   const char *fmt, bool value);

/* A kind that ip has known since 5.8, and that has what ours has. */
static bool is_known_ip(void)
{
	const struct link_util *other = &bareudp_link_util;

	return other && other->id && !strcmp(other->id, "bareudp") &&
	       other->maxattr >= IFLA_BAREUDP_MULTIPROTO_MODE &&
	       other->maxattr < 64 && other->parse_opt && other->print_opt &&
	       other->print_help && !other->print_xstats &&
	       !other->parse_ifla_xstats && !other->print_ifla_xstats &&
	       is_json_context && open_json_array && close_json_array &&
	       print_color_string && print_color_uint && print_color_bool;
}

/* --- out.h, on ip's printer */

static FILE *text;
static unsigned int in_array;	/* of text: 1 + items so far */

static void print_text(const char *key, const char *value)
{
	if (!in_array)
		fprintf(text, "%s %s ", key, value);
	else
		fprintf(text, "%s%s", in_array++ > 1 ? "," : "", value);
}

bool out_is_json(void)
{
	return is_json_context();
}

void out_string(const char *key, const char *format, const char *value)
{
	(void)format;
	if (out_is_json())
		print_color_string(PRINT_JSON, COLOR_NONE, key, NULL, value);
	else
		print_text(key, value);
}

void out_uint(const char *key, const char *format, uint64_t value)
{
	char buf[24];

	(void)format;
	if (out_is_json()) {
		print_color_uint(PRINT_JSON, COLOR_NONE, key, NULL,
				 (unsigned int)value);
		return;
	}
	snprintf(buf, sizeof(buf), "%u", (unsigned int)value);
	print_text(key, buf);
}

void out_time(const char *key, const char *format, uint32_t seconds)
{
	char buf[TIME_STRLEN];

	if (out_is_json())
		out_uint(key, format, seconds);
	else
		print_text(key, time_str(seconds, buf));
}

void out_bool(const char *key, bool value)
{
	if (out_is_json())
		print_color_bool(PRINT_JSON, COLOR_NONE, key, NULL, value);
	else
		print_text(key, value ? "on" : "off");
}

static const char *if_empty;

void out_array_begin(const char *key, const char *empty)
{
	if (out_is_json()) {
		open_json_array(PRINT_JSON, key);
		return;
	}
	fprintf(text, "%s ", key);
	in_array = 1;
	if_empty = empty;
}

void out_array_end(void)
{
	if (out_is_json()) {
		close_json_array(PRINT_JSON, NULL);
		return;
	}
	fprintf(text, "%s ", in_array == 1 ? if_empty : "");
	in_array = 0;
}

/* link.h: the names of interfaces are all that is asked for */
int link_get(int ifindex, const char *name, struct link *link)
{
	(void)name;
	return if_indextoname((unsigned int)ifindex, link->name) ? 0 : -1;
}

/* --- the plugin */

static const struct nlattr *find_attr(struct rtattr *tb[],
				      const struct word *word)
{
	int nest = word_nest(word);
	const struct nlattr *set;

	if (!nest)
		return (const struct nlattr *)tb[word_attr(word)];
	set = (const struct nlattr *)tb[nest];
	return set ? nla_find(nla_data(set), nla_len(set), word_attr(word)) :
		     NULL;
}

static void print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	struct value values[WORDS_MAX] = { };
	const struct nlattr *nla;
	unsigned int i;

	(void)lu;
	if (!tb || !is_known_ip())
		return;
	for (i = 0; i < dev_words.n; i++) {
		nla = find_attr(tb, &dev_words.words[i]);
		values[i].set = nla && !wire_get(nla, &dev_words.words[i],
						 &values[i]);
	}
	text = f;
	dev_print(values);
}

static int parse_opt(struct link_util *lu, int argc, char **argv,
		     struct nlmsghdr *n)
{
	(void)lu, (void)argc, (void)argv, (void)n;
	fputs("ip: devices of type m46 are made by \"m46ctl dev add\"\n",
	      stderr);
	return -1;
}

static void print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)lu, (void)argc, (void)argv;
	fputs("Devices of type m46 are made by \"m46ctl dev add\", see m46ctl(8).\n",
	      f);
}

struct link_util m46_link_util __attribute__((visibility("default"))) = {
	.id = M46_LINK_KIND,
	.maxattr = M46_DEV_A_MAX,
	.parse_opt = parse_opt,
	.print_opt = print_opt,
	.print_help = print_help,
};
