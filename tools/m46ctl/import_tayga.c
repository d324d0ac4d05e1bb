// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration file of TAYGA, tayga.conf(5), of 0.9.2 and later.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "import.h"

#define LINE_LEN	511	/* TAYGA's */
#define LINE_WORDS	10

/**
 * struct tayga - a file that is read
 * @line: which one
 * @words: what stands there
 * @device: the name of its device
 * @ipv4: TAYGA's own address
 * @pool: its only one; family 0: there is none
 */
struct tayga {
	struct import *im;
	unsigned int line;
	char *words[LINE_WORDS];
	int n;
	char device[IMPORT_NAME];
	struct prefix ipv4;
	struct prefix pool;
};

static int fail(struct tayga *t, const struct parse_err *why)
{
	return import_fail(t->im, t->line, "%s: %.200s", t->words[0], why->text);
}

/* Return: 1, 0, or -1 with an error. */
static int read_bool(struct tayga *t)
{
	static const struct {
		const char *name;
		int value;
	} names[] = {
		{ "yes", 1 }, { "on", 1 }, { "true", 1 }, { "1", 1 }, { "up", 1 },
		{ "no", 0 }, { "off", 0 }, { "false", 0 }, { "0", 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcasecmp(t->words[1], names[i].name))
			return names[i].value;
	}

	return import_fail(t->im, t->line, "%s: \"%.64s\" is neither yes nor no",
			   t->words[0], t->words[1]);
}

static int read_tun_device(struct tayga *t)
{
	if (strlen(t->words[1]) >= PARSE_IFNAMSIZ)
		return import_fail(t->im, t->line, "%s: \"%.64s\" is too long",
				   t->words[0], t->words[1]);
	snprintf(t->device, sizeof(t->device), "%s", t->words[1]);
	import_title(t->im, "Made by m46ctl import tayga: tun-device %s",
		     t->device);

	return 0;
}

/* It answers to pings there, and sends errors from there. */
static int read_ipv4_addr(struct tayga *t)
{
	char text[PREFIX_STRLEN];
	struct parse_err why;

	if (parse_addr(t->words[1], AF_INET, &t->ipv4, &why))
		return fail(t, &why);
	import_add(&t->im->addrs, &t->ipv4);
	import_set(t->im, "Icmp4Source = %s", addr_str(&t->ipv4, text));

	return 0;
}

static int read_ipv6_addr(struct tayga *t)
{
	char text[PREFIX_STRLEN];
	struct prefix addr;
	struct parse_err why;

	if (parse_addr(t->words[1], AF_INET6, &addr, &why))
		return fail(t, &why);
	import_add(&t->im->addrs, &addr);
	import_set(t->im, "Icmp6Source = %s", addr_str(&addr, text));

	return 0;
}

static int read_prefix(struct tayga *t)
{
	struct parse_err why;

	if (parse_prefix(t->words[1], AF_INET6, 0, 96, &t->im->prefix, &why))
		return fail(t, &why);

	return 0;
}

static int read_wkpf_strict(struct tayga *t)
{
	int on = read_bool(t);

	if (!on)
		import_set(t->im, "WkpStrict = off");

	return on < 0 ? -1 : 0;
}

static int read_udp_cksum_mode(struct tayga *t)
{
	static const struct {
		const char *name;
		const char *word;
	} modes[] = {
		{ "drop", "drop" }, { "calc", "compute" },
		{ "fwd", "forward" }, { "forw", "forward" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strncasecmp(t->words[1], modes[i].name,
				strlen(modes[i].name)))
			continue;
		t->im->udp_zero = modes[i].word;
		return 0;
	}

	return import_fail(t->im, t->line, "%s: \"%.64s\" is none of drop, calc, fwd",
			   t->words[0], t->words[1]);
}

static int read_map(struct tayga *t)
{
	struct prefix ipv4, ipv6;
	struct import_map *map;
	struct parse_err why;

	if (parse_prefix_or_host(t->words[1], AF_INET, 0, 32, &ipv4, &why) ||
	    parse_prefix_or_host(t->words[2], AF_INET6, 0, 128, &ipv6, &why))
		return fail(t, &why);
	map = import_add_map(t->im, &ipv6, &ipv4);
	snprintf(map->name, sizeof(map->name), "map in line %u", t->line);

	return 0;
}

static int read_dynamic_pool(struct tayga *t)
{
	struct parse_err why;

	if (parse_prefix(t->words[1], AF_INET, 8, 31, &t->pool, &why))
		return fail(t, &why);

	return 0;
}

static int read_offlink_mtu(struct tayga *t)
{
	struct parse_err why;
	uint32_t mtu;

	if (parse_uint(t->words[1], 1280, 65535, &mtu, &why))
		return fail(t, &why);
	import_set(t->im, "LowestIpv6Mtu = %u", mtu);

	return 0;
}

/* Bits behind the prefix may be set. */
static int read_tun_ip(struct tayga *t)
{
	char *slash = strchr(t->words[1], '/');
	struct prefix addr;
	struct parse_err why;
	uint32_t len = 0;

	if (slash)
		*slash++ = '\0';
	if (parse_addr(t->words[1], AF_UNSPEC, &addr, &why) ||
	    (slash && parse_uint(slash, 0, addr.family == AF_INET ? 32 : 128,
				 &len, &why)))
		return fail(t, &why);
	if (slash)
		addr.len = (uint8_t)len;
	import_add(&t->im->addrs, &addr);

	return 0;
}

static int read_tun_route(struct tayga *t)
{
	struct prefix route;
	struct parse_err why;

	if (parse_prefix_or_host(t->words[1], AF_UNSPEC, 0, 128, &route, &why))
		return fail(t, &why);
	import_add(&t->im->routes, &route);

	return 0;
}

static int read_tun_up(struct tayga *t)
{
	int on = read_bool(t);

	if (!on)
		import_note(t->im, "tun-up: m46ctl up brings the device up");

	return on < 0 ? -1 : 0;
}

static int read_strict_frag_hdr(struct tayga *t)
{
	int on = read_bool(t);

	if (on > 0)
		import_note(t->im, "strict-frag-hdr: no packet gets a fragment header without need (RFC 8021)");

	return on < 0 ? -1 : 0;
}

static int read_data_dir(struct tayga *t)
{
	import_note(t->im, "data-dir: who has which address is kept by m46-store.service");

	return 0;
}

static int read_map_file(struct tayga *t)
{
	import_note(t->im, "map-file: is not read; its lines may stand in tayga.conf");

	return 0;
}

static int read_log(struct tayga *t)
{
	import_note(t->im, "log: m46ctl -s stats show counts what is dropped, by reason; m46ctl monitor tells who gets an address");

	return 0;
}

static int read_workers(struct tayga *t)
{
	import_note(t->im, "workers: each processor translates what it receives");

	return 0;
}

/**
 * struct directive - what a line may begin with
 * @n: how many values; 0: any number
 * @many: it may stand there more than once
 */
static const struct directive {
	const char *name;
	int (*read)(struct tayga *t);
	int n;
	bool many;
} directives[] = {
	{ "tun-device", read_tun_device, .n = 1 },
	{ "ipv4-addr", read_ipv4_addr, .n = 1 },
	{ "ipv6-addr", read_ipv6_addr, .n = 1 },
	{ "prefix", read_prefix, .n = 1 },
	{ "wkpf-strict", read_wkpf_strict, .n = 1 },
	{ "udp-cksum-mode", read_udp_cksum_mode, .n = 1 },
	{ "map", read_map, .n = 2, .many = true },
	{ "dynamic-pool", read_dynamic_pool, .n = 1 },
	{ "offlink-mtu", read_offlink_mtu, .n = 1 },
	{ "tun-ip", read_tun_ip, .n = 1, .many = true },
	{ "tun-route", read_tun_route, .n = 1, .many = true },
	{ "tun-up", read_tun_up, .n = 1 },
	{ "strict-frag-hdr", read_strict_frag_hdr, .n = 1 },
	{ "data-dir", read_data_dir, .n = 1 },
	{ "map-file", read_map_file, .n = 1 },
	{ "log", read_log, .n = 0 },
	{ "workers", read_workers, .n = 1 },
};

static int read_words(struct tayga *t, bool seen[])
{
	const struct directive *d;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(directives); i++) {
		if (!strcasecmp(t->words[0], directives[i].name))
			break;
	}
	if (i == ARRAY_SIZE(directives))
		return import_fail(t->im, t->line, "unknown directive \"%.64s\"",
				   t->words[0]);
	d = &directives[i];
	t->words[0] = (char *)d->name;
	if (d->n && t->n - 1 != d->n)
		return import_fail(t->im, t->line, "%s: %d value%s expected",
				   d->name, d->n, d->n == 1 ? "" : "s");
	if (seen[i] && !d->many)
		return import_fail(t->im, t->line, "%s: given twice", d->name);
	seen[i] = true;

	return d->read(t);
}

/* A word that begins with # ends the line. */
static int split(struct tayga *t, char *line)
{
	char *rest, *word = strtok_r(line, " \t\r", &rest);

	for (t->n = 0; word && *word != '#'; word = strtok_r(NULL, " \t\r", &rest)) {
		if (t->n == LINE_WORDS)
			return import_fail(t->im, t->line, "more than %d words",
					   LINE_WORDS);
		t->words[t->n++] = word;
	}

	return 0;
}

static int read_lines(struct tayga *t, const char *text, size_t n)
{
	bool seen[ARRAY_SIZE(directives)] = { false };
	char line[LINE_LEN + 1];
	const char *end;
	size_t len;

	for (; n; text += len, n -= len) {
		t->line++;
		end = memchr(text, '\n', n);
		len = end ? (size_t)(end - text) : n;
		if (len > LINE_LEN)
			return import_fail(t->im, t->line,
					   "line is longer than %d characters",
					   LINE_LEN);
		if (memchr(text, '\0', len))
			return import_fail(t->im, t->line, "NUL byte");
		memcpy(line, text, len);
		line[len] = '\0';
		len += !!end;
		if (split(t, line) || (t->n && read_words(t, seen)))
			return -1;
	}

	return 0;
}

/* The first address of the pool, and its own, go to nobody. */
static void make_pool(struct tayga *t)
{
	struct import *im = t->im;
	struct prefix first = t->pool;

	im->hosts_key = "dynamic-pool";
	import_add(&im->pools, &t->pool);
	import_add(&im->routes, &t->pool);
	first.len = 32;
	import_add(&im->excludes, &first);
	if (prefix_covers(&t->pool, &t->ipv4) &&
	    import_compare(&first, &t->ipv4))
		import_add(&im->excludes, &t->ipv4);
}

int import_tayga(struct import *im, const char *text, size_t n)
{
	struct tayga t = { .im = im };

	im->prefix_key = "prefix";
	im->udp_zero = "drop";
	im->udp_zero_key = "udp-cksum-mode";
	if (read_lines(&t, text, n))
		return -1;
	if (!t.device[0])
		return import_fail(im, 0, "tun-device is missing");
	if (!t.ipv4.family)
		return import_fail(im, 0, "ipv4-addr is missing");
	if (t.pool.family)
		make_pool(&t);

	return 0;
}
