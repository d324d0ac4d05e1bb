// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration file of Jool, as "jool_siit file handle" and "jool file
 * handle" take it (NICMx/Jool, docs/en/config-atomic.md).
 */
#include <jansson.h>
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "import.h"

/**
 * struct jool - a file that is read
 * @global: its settings
 * @siit: the first key that only jool_siit has, or NULL
 * @nat64: likewise, jool
 * @mark: pool4 has it, which has no equivalent
 * @ports: likewise
 * @iterations: likewise
 */
struct jool {
	struct import *im;
	struct import_global *global;
	const char *siit;
	const char *nat64;
	bool mark;
	bool ports;
	bool iterations;
};

/* --- the text */

/*
 * Any number of comments may stand in an object, of any other key one. The JSON
 * library knows all or none, so each comment gets a name of its own: # and six
 * digits. Nothing moves, so that errors are where they were.
 */
static void number_comments(char *text, size_t n)
{
	static const char comment[] = "\"comment\"";
	const size_t len = sizeof(comment) - 1;
	size_t i, end, start = 0;
	bool in_string = false;
	uint32_t number = 0;
	char name[16];

	for (i = 0; i < n; i++) {
		if (text[i] == '\\' && in_string) {
			i++;
			continue;
		}
		if (text[i] != '"')
			continue;
		in_string = !in_string;
		if (in_string) {
			start = i;
			continue;
		}
		for (end = i + 1; end < n && strchr(" \t\r\n", text[end]); end++)
			;
		if (end == n || text[end] != ':' || i - start + 1 != len ||
		    strncasecmp(text + start, comment, len))
			continue;
		snprintf(name, sizeof(name), "#%06x", number++ & 0xffffff);
		memcpy(text + start + 1, name, 7);
	}
}

static json_t *load(struct import *im, const char *text, size_t n)
{
	char *copy = malloc(n + 1);
	json_error_t why;
	json_t *json;

	if (!copy)
		abort();
	memcpy(copy, text, n);
	copy[n] = '\0';
	number_comments(copy, n);
	json = json_loadb(copy, n, JSON_REJECT_DUPLICATES, &why);
	free(copy);
	if (!json)
		import_fail(im, why.line > 0 ? (unsigned int)why.line : 0,
			    "JSON, column %d: %.160s", why.column, why.text);
	else if (!json_is_object(json))
		import_fail(im, 1, "JSON: an object expected");
	if (json_is_object(json))
		return json;
	json_decref(json);

	return NULL;
}

static bool is_comment(const char *key)
{
	return key[0] == '#';
}

/* --- members of the tables */

/* A member that is a string. Return: it, or NULL with an error. */
static const char *read_text(struct import *im, const char *table, size_t i,
			     const json_t *object, const char *key)
{
	const char *name, *text = NULL;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		if (!strcasecmp(name, key))
			text = json_string_value(value);
	}
	if (!text)
		import_fail(im, 0, "%s[%zu].\"%s\": a string expected", table, i,
			    key);

	return text;
}

/* Fail on what is none of @keys, which NULL ends. */
static int check_members(struct import *im, const char *table, size_t i,
			 const json_t *object, const char *const *keys)
{
	const char *const *key;
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return import_fail(im, 0, "%s[%zu]: an object expected", table, i);
	json_object_foreach((json_t *)object, name, value) {
		for (key = keys; *key && strcasecmp(*key, name); key++)
			;
		if (!*key && !is_comment(name))
			return import_fail(im, 0, "%s[%zu].\"%.64s\": unknown key",
					   table, i, name);
	}

	return 0;
}

static int fail_text(struct import *im, const char *table, size_t i,
		     const char *key, const struct parse_err *why)
{
	return import_fail(im, 0, "%s[%zu].\"%s\": %.200s", table, i, key,
			   why->text);
}

static int read_eam(struct jool *jool, size_t i, const json_t *object)
{
	static const char *const keys[] = { "ipv6 prefix", "ipv4 prefix", NULL };
	struct import *im = jool->im;
	const char *text6, *text4;
	struct prefix ipv6, ipv4;
	struct import_map *map;
	struct parse_err why;

	if (check_members(im, "eamt", i, object, keys))
		return -1;
	text6 = read_text(im, "eamt", i, object, keys[0]);
	text4 = read_text(im, "eamt", i, object, keys[1]);
	if (!text6 || !text4)
		return -1;
	if (parse_prefix_or_host(text6, AF_INET6, 0, 128, &ipv6, &why))
		return fail_text(im, "eamt", i, keys[0], &why);
	if (parse_prefix_or_host(text4, AF_INET, 0, 32, &ipv4, &why))
		return fail_text(im, "eamt", i, keys[1], &why);
	map = import_add_map(im, &ipv6, &ipv4);
	snprintf(map->name, sizeof(map->name), "eamt[%zu]", i);

	return 0;
}

static int read_denied(struct jool *jool, size_t i, const json_t *value)
{
	const char *text = json_string_value(value);
	struct parse_err why;
	struct prefix prefix;

	if (!text)
		return import_fail(jool->im, 0, "%s[%zu]: a string expected",
				   jool->siit, i);
	if (parse_prefix_or_host(text, AF_INET, 0, 32, &prefix, &why))
		return import_fail(jool->im, 0, "%s[%zu]: %.200s", jool->siit, i,
				   why.text);

	return 0;
}

/* "TCP", "UDP" or "ICMP". */
static int read_protocol(struct import *im, const char *table, size_t i,
			 const json_t *object)
{
	const char *text = read_text(im, table, i, object, "protocol");

	if (!text)
		return -1;
	if (!strcasecmp(text, "TCP") || !strcasecmp(text, "UDP") ||
	    !strcasecmp(text, "ICMP"))
		return 0;

	return import_fail(im, 0, "%s[%zu].\"protocol\": TCP, UDP or ICMP expected",
			   table, i);
}

static void note_members(struct jool *jool, const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value) {
		jool->mark |= !strcasecmp(name, "mark") &&
			      json_integer_value(value);
		jool->ports |= !strcasecmp(name, "port range");
		jool->iterations |= !strcasecmp(name, "max-iterations");
	}
}

static int read_pool4(struct jool *jool, size_t i, const json_t *object)
{
	static const char *const keys[] = {
		"prefix", "protocol", "mark", "port range", "max-iterations", NULL
	};
	struct import *im = jool->im;
	struct parse_err why;
	struct prefix prefix;
	const char *text;

	if (check_members(im, "pool4", i, object, keys) ||
	    read_protocol(im, "pool4", i, object))
		return -1;
	text = read_text(im, "pool4", i, object, keys[0]);
	if (!text)
		return -1;
	if (parse_prefix_or_host(text, AF_INET, 0, 32, &prefix, &why))
		return fail_text(im, "pool4", i, keys[0], &why);
	note_members(jool, object);
	import_add(&im->pools, &prefix);

	return 0;
}

/* "ADDRESS#PORT" */
static int read_transport(struct import *im, size_t i, const json_t *object,
			  const char *key, int family, struct prefix *addr,
			  uint32_t *port)
{
	const char *hash, *text = read_text(im, "bib", i, object, key);
	struct parse_err why;
	char host[PREFIX_STRLEN];

	if (!text)
		return -1;
	hash = strchr(text, '#');
	if (!hash || hash - text >= PREFIX_STRLEN)
		return import_fail(im, 0, "bib[%zu].\"%s\": ADDRESS#PORT expected",
				   i, key);
	snprintf(host, sizeof(host), "%.*s", (int)(hash - text), text);
	if (parse_addr(host, family, addr, &why) ||
	    parse_uint(hash + 1, 0, 65535, port, &why))
		return fail_text(im, "bib", i, key, &why);

	return 0;
}

static int read_bib(struct jool *jool, size_t i, const json_t *object)
{
	static const char *const keys[] = {
		"ipv6 address", "ipv4 address", "protocol", NULL
	};
	struct import *im = jool->im;
	struct prefix ipv6, ipv4;
	uint32_t port6, port4;
	struct import_map *map;
	char text[PREFIX_STRLEN];

	if (check_members(im, "bib", i, object, keys) ||
	    read_protocol(im, "bib", i, object) ||
	    read_transport(im, i, object, keys[0], AF_INET6, &ipv6, &port6) ||
	    read_transport(im, i, object, keys[1], AF_INET, &ipv4, &port4))
		return -1;
	if (port6 != port4) {
		import_note(im, "bib[%zu]: an entry is for all ports, and they stay what they are",
			    i);
		return 0;
	}
	import_note(im, "bib[%zu]: all ports of %s are the host's", i,
		    addr_str(&ipv4, text));
	map = import_add_map(im, &ipv6, &ipv4);
	snprintf(map->name, sizeof(map->name), "bib[%zu]", i);

	return 0;
}

/* --- the tables */

static int read_array(struct jool *jool, const char *key, const json_t *array,
		      int (*read)(struct jool *jool, size_t i,
				  const json_t *value))
{
	size_t i;

	if (!json_is_array(array))
		return import_fail(jool->im, 0, "%s: an array expected", key);
	for (i = 0; i < json_array_size(array); i++) {
		if (read(jool, i, json_array_get(array, i)))
			return -1;
	}

	return 0;
}

static int read_eamt(struct jool *jool, const char *key, const json_t *value)
{
	jool->siit = "eamt";

	return read_array(jool, key, value, read_eam);
}

static int read_denylist(struct jool *jool, const char *key, const json_t *value)
{
	jool->siit = key;
	if (json_array_size(value))
		import_note(jool->im, "%s: routes say what enters the device, and which part of it does not",
			    key);

	return read_array(jool, key, value, read_denied);
}

static int read_pools(struct jool *jool, const char *key, const json_t *value)
{
	jool->nat64 = "pool4";

	return read_array(jool, key, value, read_pool4);
}

static int read_bibs(struct jool *jool, const char *key, const json_t *value)
{
	jool->nat64 = "bib";

	return read_array(jool, key, value, read_bib);
}

static int read_global(struct jool *jool, const char *key, const json_t *value)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value))
		return import_fail(jool->im, 0, "%s: an object expected", key);
	json_object_foreach((json_t *)value, name, member) {
		if (!is_comment(name) &&
		    import_global_read(jool->im, jool->global, name, member))
			return -1;
	}

	return 0;
}

static int read_instance(struct jool *jool, const char *key, const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text)
		return import_fail(jool->im, 0, "%s: a string expected", key);
	import_title(jool->im, "Made by m46ctl import jool: instance %.64s", text);

	return 0;
}

static int read_framework(struct jool *jool, const char *key, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text && !strcmp(text, "iptables"))
		import_note(jool->im, "framework: routes say what enters the device, not rules of iptables");
	else if (!text || strcmp(text, "netfilter"))
		return import_fail(jool->im, 0, "%s: netfilter or iptables expected",
				   key);

	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct jool *jool, const char *key, const json_t *value);
} tables[] = {
	{ "instance", read_instance },
	{ "framework", read_framework },
	{ "global", read_global },
	{ "eamt", read_eamt },
	{ "denylist4", read_denylist },
	{ "blacklist4", read_denylist },
	{ "pool4", read_pools },
	{ "bib", read_bibs },
};

/* Upper or lower case is all the same to Jool. */
static int read_tables(struct jool *jool, const json_t *json)
{
	bool seen[ARRAY_SIZE(tables)] = { false };
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)json, name, value) {
		if (is_comment(name))
			continue;
		for (i = 0; i < ARRAY_SIZE(tables); i++) {
			if (!strcasecmp(name, tables[i].name))
				break;
		}
		if (i == ARRAY_SIZE(tables))
			return import_fail(jool->im, 0, "%.64s: unknown key", name);
		if (seen[i])
			return import_fail(jool->im, 0, "%s: given twice",
					   tables[i].name);
		seen[i] = true;
		if (tables[i].read(jool, tables[i].name, value))
			return -1;
	}
	if (!seen[1])
		return import_fail(jool->im, 0, "framework is missing");

	return 0;
}

/* --- what a NAT64 is here */

/* Each once, for it stands there for each protocol. */
static void merge_pools(struct import *im)
{
	struct prefix *pools = im->pools.things;
	size_t i, n = 0;

	if (im->pools.n)
		qsort(pools, im->pools.n, sizeof(*pools), import_compare);
	for (i = 0; i < im->pools.n; i++) {
		if (pools[i].len < 8 || n == M46_POOLS_MAX)
			continue;
		if (!n || !prefix_covers(&pools[n - 1], &pools[i]))
			pools[n++] = pools[i];
	}
	im->pools.n = n;
	for (i = 0; i < n; i++)
		import_add(&im->routes, &pools[i]);
}

static void make_nat64(struct jool *jool)
{
	struct import *im = jool->im;
	size_t n = im->pools.n;

	im->hosts_key = "pool4";
	merge_pools(im);
	if (!n)
		import_note(im, "pool4: is empty: the device has no addresses to give; see Documentation/compare.md");
	else
		import_note(im, "pool4: each host takes an address for itself; to share them by ports, see Documentation/compare.md");
	if (n && !im->pools.n)
		import_note(im, "pool4: a pool is of length 8 to 32");
	if (jool->ports)
		import_note(im, "pool4 port range: a host has all ports of its address");
	if (jool->mark)
		import_note(im, "pool4 mark: pools are for all hosts of a device; a device for each mark, and ip rule fwmark, tell them apart");
	if (jool->iterations)
		import_note(im, "pool4 max-iterations: no need of it");
}

int import_jool(struct import *im, const char *text, size_t n)
{
	struct jool jool = { .im = im };
	json_t *json = load(im, text, n);
	int ret;

	if (!json)
		return -1;
	import_title(im, "Made by m46ctl import jool");
	jool.global = import_global_new();
	ret = read_tables(&jool, json);
	if (!ret)
		ret = import_global_apply(im, jool.global, &jool.siit,
					  &jool.nat64);
	if (!ret && jool.nat64)
		make_nat64(&jool);
	if (!ret && !jool.nat64 && !jool.siit)
		import_note(im, "eamt, pool4: neither is there; taken for a file of jool_siit");
	import_global_free(jool.global);
	json_decref(json);

	return ret;
}
