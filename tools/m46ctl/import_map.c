// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a table of addresses (RFC 7757, explicit address mapping).
 *
 * A rule makes an IPv6 address of a mapping prefix and the IPv4 address, so it
 * stands for any number of addresses, but only those that are made that way. An
 * entry ties any two addresses together.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "import.h"

const struct prefix import_wkp = {
	.family = AF_INET6, .len = 96, .bytes = { 0x00, 0x64, 0xff, 0x9b }
};

/* The IPv4 address is in the last 32 bits. */
static bool is_embedded(const struct import_map *map)
{
	return !memcmp(map->ipv6.bytes + 12, map->ipv4.bytes, 4);
}

__attribute__((format(printf, 3, 4)))
static void drop(struct import *im, struct import_map *map, const char *fmt, ...)
{
	char text[IMPORT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	map->gone = true;
	import_note(im, "%s: %.200s", map->name, text);
}

/* All of IPv4 in one map is what a prefix is for. */
static void take_default(struct import *im)
{
	struct import_map *map;
	size_t i;

	for (i = 0; i < im->maps.n; i++) {
		map = &im->maps.things[i];
		if (map->ipv4.len || map->ipv6.len != 96)
			continue;
		if (im->prefix.family && import_compare(&im->prefix, &map->ipv6))
			import_note(im, "%s: never counts, %s has all of IPv4",
				    im->prefix_key, map->name);
		im->prefix = map->ipv6;
		map->gone = true;
		return;
	}
}

static int check_prefix(struct import *im)
{
	char text[PREFIX_STRLEN];

	if (!im->prefix.family)
		return import_fail(im, 0, "%s is missing: a device needs a prefix for the addresses of IPv4 hosts",
				   im->prefix_key);
	if (im->prefix.len == 96)
		return 0;

	return import_fail(im, 0, "%s: %s: devices have the IPv4 address in the last 32 bits, where RFC 6052 has it for length 96 only",
			   im->prefix_key, prefix_str(&im->prefix, text));
}

/* What neither rules nor entries can be. */
static void drop_odd(struct import *im)
{
	struct import_map *map;
	size_t i;

	for (i = 0; i < im->maps.n; i++) {
		map = &im->maps.things[i];
		if (map->gone)
			continue;
		if (map->ipv6.len != map->ipv4.len + 96)
			drop(im, map, "IPv6 and IPv4 prefix are not of the same size");
		else if (prefix_covers(&im->prefix, &map->ipv6))
			drop(im, map, "IPv6 hosts cannot have addresses of %s itself",
			     im->prefix_key);
		else if (prefix_covers(&import_wkp, &map->ipv6))
			drop(im, map, "IPv6 hosts cannot have addresses of 64:ff9b::/96");
	}
}

static bool only_rules(const struct import *im)
{
	size_t i;

	if (im->hosts_key)
		return false;
	for (i = 0; i < im->maps.n; i++) {
		if (!im->maps.things[i].gone && !is_embedded(&im->maps.things[i]))
			return false;
	}

	return true;
}

static int by_ipv4(const void *a, const void *b)
{
	struct import_map *const *x = a, *const *y = b;
	int ret = import_compare(&(*x)->ipv4, &(*y)->ipv4);

	return ret ? ret : ((*x)->number > (*y)->number) -
			   ((*x)->number < (*y)->number);
}

static int by_ipv6(const void *a, const void *b)
{
	struct import_map *const *x = a, *const *y = b;
	int ret = import_compare(&(*x)->ipv6, &(*y)->ipv6);

	return ret ? ret : ((*x)->number > (*y)->number) -
			   ((*x)->number < (*y)->number);
}

static bool clashes(const struct import_map *a, const struct import_map *b,
		    bool ipv6, bool nested)
{
	const struct prefix *x = ipv6 ? &a->ipv6 : &a->ipv4;
	const struct prefix *y = ipv6 ? &b->ipv6 : &b->ipv4;

	return nested ? prefix_covers(x, y) : !import_compare(x, y);
}

/*
 * Of two maps with the same addresses the smaller one goes, of equal ones the
 * later. @nested: also where one is a part of the other. Those that stay are in
 * the order of @list.
 */
static void drop_twice(struct import *im, struct import_map **list, bool ipv6,
		       bool nested)
{
	struct import_map *last = NULL;
	size_t i;

	for (i = 0; i < im->maps.n; i++) {
		if (list[i]->gone)
			continue;
		if (!last || !clashes(last, list[i], ipv6, nested))
			last = list[i];
		else if (!import_compare(&last->ipv4, &list[i]->ipv4) &&
			 !import_compare(&last->ipv6, &list[i]->ipv6))
			list[i]->gone = true;	/* says the same */
		else
			drop(im, list[i], "%s addresses that %s has",
			     ipv6 ? "IPv6" : "IPv4", last->name);
	}
}

static void put_rule(struct import *im, const struct import_map *map, FILE *f)
{
	struct prefix via = map->ipv6;
	char dst[PREFIX_STRLEN], text[PREFIX_STRLEN];

	memset(via.bytes + 12, 0, 4);
	via.len = 96;
	fprintf(f, "[Rule]\nDst = %s\nVia = %s\n", prefix_str(&map->ipv4, dst),
		prefix_str(&via, text));
	import_add(&im->routes, &map->ipv4);
}

static uint32_t last_bits(const uint8_t *bytes)
{
	uint32_t bits;

	memcpy(&bits, bytes, sizeof(bits));

	return ntohl(bits);
}

static void put_entries(struct import *im, const struct import_map *map, FILE *f)
{
	struct prefix ipv6 = map->ipv6, ipv4 = map->ipv4;
	uint32_t n = 1U << (32 - map->ipv4.len), i, bits;
	char text6[PREFIX_STRLEN], text4[PREFIX_STRLEN];

	for (i = 0; i < n; i++) {
		bits = htonl(last_bits(map->ipv6.bytes + 12) + i);
		memcpy(ipv6.bytes + 12, &bits, sizeof(bits));
		bits = htonl(last_bits(map->ipv4.bytes) + i);
		memcpy(ipv4.bytes, &bits, sizeof(bits));
		fprintf(f, "[Entry]\nIpv6 = %s\nIpv4 = %s\n",
			addr_str(&ipv6, text6), addr_str(&ipv4, text4));
	}
	import_add(&im->routes, &map->ipv4);
}

static void put_maps(struct import *im, FILE *f)
{
	unsigned int room = IMPORT_ENTRIES_MAX;
	struct import_map *map;
	size_t i;

	for (i = 0; i < im->maps.n; i++) {
		map = &im->maps.things[i];
		if (map->gone)
			continue;
		if (im->adpt) {
			put_rule(im, map, f);
		} else if (map->ipv4.len < 16 ||
			   1U << (32 - map->ipv4.len) > room) {
			drop(im, map, "more than %u entries, one for each address",
			     IMPORT_ENTRIES_MAX);
		} else {
			room -= 1U << (32 - map->ipv4.len);
			put_entries(im, map, f);
		}
	}
}

/* No file says on which side of the translator its table is of use. */
static void note_direction(struct import *im)
{
	size_t i;

	if (im->hosts_key)
		return;
	for (i = 0; i < im->maps.n; i++) {
		if (im->maps.things[i].gone)
			continue;
		import_note(im, "%s: taken for hosts on the IPv6 side that are reached from the IPv4 side; for the other way round, a CLAT, see Documentation/compare.md",
			    im->maps.things[i].name);
		return;
	}
	import_note(im, "%s: no rule says what is on the IPv6 side; hosts there cannot have addresses of this prefix itself",
		    im->prefix_key);
}

int import_maps(struct import *im, FILE *f)
{
	struct import_map **list;
	size_t i;

	take_default(im);
	if (check_prefix(im))
		return -1;
	drop_odd(im);
	im->adpt = only_rules(im);
	list = calloc(im->maps.n + 1, sizeof(struct import_map *));
	if (!list)
		abort();
	for (i = 0; i < im->maps.n; i++)
		list[i] = &im->maps.things[i];
	qsort(list, im->maps.n, sizeof(*list), by_ipv4);
	drop_twice(im, list, false, !im->adpt);
	if (!im->adpt) {
		qsort(list, im->maps.n, sizeof(*list), by_ipv6);
		drop_twice(im, list, true, true);
	}
	free(list);
	note_direction(im);
	put_maps(im, f);

	return 0;
}
