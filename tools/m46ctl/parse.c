// SPDX-License-Identifier: GPL-2.0
/*
 * Strict text to value: numbers, keywords, addresses, prefixes, names, lists.
 */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "parse.h"

int parse_fail(struct parse_err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);

	return -1;
}

static int digit_value(char c, unsigned int base)
{
	int v = -1;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;

	return v < (int)base ? v : -1;
}

enum scan {
	SCAN_OK,
	SCAN_BAD,	/* not a number */
	SCAN_HUGE,	/* does not fit */
};

/* Decimal, or hexadecimal after 0x. No sign, no space, no leading zero. */
static enum scan scan_uint(const char *s, uint64_t *value)
{
	unsigned int base = 10;
	bool huge = false;
	uint64_t v = 0;
	int d;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && s[1]) {
		return SCAN_BAD;
	}
	if (!*s)
		return SCAN_BAD;
	for (; *s; s++) {
		d = digit_value(*s, base);
		if (d < 0)
			return SCAN_BAD;
		huge |= __builtin_mul_overflow(v, base, &v);
		huge |= __builtin_add_overflow(v, (unsigned int)d, &v);
	}
	*value = v;

	return huge ? SCAN_HUGE : SCAN_OK;
}

int parse_uint(const char *s, uint32_t min, uint32_t max, uint32_t *value,
	       struct parse_err *err)
{
	enum scan scan;
	uint64_t v;

	scan = scan_uint(s, &v);
	if (scan == SCAN_BAD)
		return parse_fail(err, "\"%.64s\" is not a number (%u..%u)", s,
				  min, max);
	if (scan == SCAN_HUGE || v < min || v > max)
		return parse_fail(err, "%.64s is out of range %u..%u", s, min,
				  max);
	*value = (uint32_t)v;

	return 0;
}

static const char *family_name(int family)
{
	if (family == AF_UNSPEC)
		return "IP";

	return family == AF_INET ? "IPv4" : "IPv6";
}

/* Only IPv6 addresses have colons. */
static int family_of(const char *s, int family)
{
	if (family != AF_UNSPEC)
		return family;

	return strchr(s, ':') ? AF_INET6 : AF_INET;
}

/*
 * Up to @end, where no character is that could be part of it: four numbers, if
 * they are written the plain way.
 */
static bool plain_ipv4(const char *s, const char *end, uint8_t bytes[4])
{
	unsigned int v, d, i;
	const char *start;

	for (i = 0; i < 4; i++) {
		start = s;
		for (v = 0; (d = (unsigned int)*s - '0') <= 9; s++)
			v = 10 * v + d;
		if (s == start || s > start + 3 || v > 255 ||
		    (*start == '0' && s > start + 1))
			return false;
		bytes[i] = (uint8_t)v;
		if (i < 3 && *s++ != '.')
			return false;
	}

	return s == end;
}

/* Values of hexadecimal digits, and 1. */
static const uint8_t hex_digits[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6,
	['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* Likewise: groups, one "::" at most, no dotted tail. */
static bool plain_ipv6(const char *s, const char *end, uint8_t bytes[16])
{
	unsigned int v, d;
	int n = 0, gap = -1;
	const char *start;

	if (s[0] == ':' && s[1] == ':') {
		gap = 0;
		s += 2;
	}
	while (s < end) {
		start = s;
		for (v = 0; (d = hex_digits[(uint8_t)*s]); s++)
			v = v << 4 | (d - 1);
		if (s == start || s > start + 4 || n == 16)
			return false;
		bytes[n++] = (uint8_t)(v >> 8);
		bytes[n++] = (uint8_t)v;
		if (s == end)
			break;
		if (*s++ != ':' || s == end)
			return false;
		if (*s != ':')
			continue;
		if (gap >= 0)
			return false;
		gap = n;
		s++;
	}
	if (gap < 0 || n > 14)
		return n == 16 && gap < 0;
	memmove(bytes + 16 - (n - gap), bytes + gap, (size_t)(n - gap));
	memset(bytes + gap, 0, (size_t)(16 - n));

	return true;
}

/*
 * Files have a million of them: what is written the plain way is read here, in
 * a third of the time, and inet_pton() has the say on all else.
 */
static bool scan_addr(const char *s, const char *end, int family,
		      uint8_t bytes[16])
{
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET ? plain_ipv4(s, end, bytes) :
				plain_ipv6(s, end, bytes))
		return true;
	if ((size_t)(end - s) >= sizeof(text))
		return false;
	memcpy(text, s, (size_t)(end - s));
	text[end - s] = '\0';

	return inet_pton(family, text, bytes) == 1;
}

int parse_addr(const char *s, int family, struct prefix *addr,
	       struct parse_err *err)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = (uint8_t)family_of(s, family);
	addr->len = addr->family == AF_INET ? 32 : 128;
	if (scan_addr(s, s + strlen(s), addr->family, addr->bytes))
		return 0;
	if (strchr(s, '/'))
		return parse_fail(err, "\"%.64s\" is a prefix, not an address",
				  s);

	return parse_fail(err, "\"%.64s\" is not an %s address", s,
			  family_name(family));
}

/* Clear the bits beyond the length in place, keep them in @host. */
static bool split_host_bits(struct prefix *prefix, struct prefix *host)
{
	static const uint8_t zero[sizeof(host->bytes)];
	unsigned int size = prefix->family == AF_INET ? 4 : 16;
	unsigned int full = prefix->len / 8;
	uint8_t mask = (uint8_t)(0xff00 >> prefix->len % 8);

	*host = *prefix;
	if (full == size)
		return false;
	memset(host->bytes, 0, full);
	host->bytes[full] &= (uint8_t)~mask;
	prefix->bytes[full] &= mask;
	memset(prefix->bytes + full + 1, 0, size - full - 1);

	return memcmp(host->bytes, zero, size);
}

int parse_prefix(const char *s, int family, unsigned int min_len,
		 unsigned int max_len, struct prefix *prefix,
		 struct parse_err *err)
{
	char text[PREFIX_STRLEN], bits[PREFIX_STRLEN];
	const char *slash = strchr(s, '/');
	struct prefix host;
	enum scan scan;
	uint64_t len;

	if (!slash)
		return parse_fail(err, "\"%.64s\" has no /LENGTH", s);
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = (uint8_t)family;
	if (!scan_addr(s, slash, family, prefix->bytes))
		return parse_fail(err, "\"%.64s\" is not an %s prefix", s,
				  family_name(family));
	scan = scan_uint(slash + 1, &len);
	if (!strncmp(slash, "/0x", 3) || scan == SCAN_BAD)
		return parse_fail(err, "%.64s: \"%.16s\" is not a length", s,
				  slash + 1);
	if (scan == SCAN_HUGE || len < min_len || len > max_len)
		return parse_fail(err, "%.64s: length out of range %u..%u", s,
				  min_len, max_len);
	prefix->len = (uint8_t)len;
	if (split_host_bits(prefix, &host))
		return parse_fail(err, "%.64s: host bits %s are set, %s is the prefix",
				  s, addr_str(&host, bits),
				  prefix_str(prefix, text));

	return 0;
}

int parse_prefix_or_host(const char *s, int family, unsigned int min_len,
			 unsigned int max_len, struct prefix *prefix,
			 struct parse_err *err)
{
	if (!strchr(s, '/'))
		return parse_addr(s, family, prefix, err);
	family = family_of(s, family);
	if (family == AF_INET && max_len > 32)
		max_len = 32;

	return parse_prefix(s, family, min_len, max_len, prefix, err);
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	unsigned int bytes = outer->len / 8, bits = outer->len % 8;

	if (outer->family != inner->family || outer->len > inner->len ||
	    memcmp(outer->bytes, inner->bytes, bytes))
		return false;

	return !bits || !((outer->bytes[bytes] ^ inner->bytes[bytes]) >>
			  (8 - bits));
}

/* Largest first. */
static const struct {
	char letter;
	uint32_t seconds;
} time_units[] = {
	{ 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};

/* What stands behind the number: nothing, or a unit. */
static bool scan_unit(const char *s, uint32_t *seconds)
{
	unsigned int i;

	*seconds = 1;
	if (!*s)
		return true;
	for (i = 0; i < ARRAY_SIZE(time_units); i++) {
		*seconds = time_units[i].seconds;
		if (s[0] == time_units[i].letter && !s[1])
			return true;
	}

	return false;
}

int parse_time(const char *s, uint32_t min, uint32_t max, uint32_t *seconds,
	       struct parse_err *err)
{
	char number[24], low[TIME_STRLEN], high[TIME_STRLEN];
	size_t len = strspn(s, "0123456789");
	enum scan scan = SCAN_BAD;
	uint32_t unit;
	uint64_t v;

	if (len < sizeof(number) && scan_unit(s + len, &unit)) {
		memcpy(number, s, len);
		number[len] = '\0';
		scan = scan_uint(number, &v);
	}
	if (scan == SCAN_BAD)
		return parse_fail(err, "\"%.64s\" is not a time (as 90s, 15m, 2h, 7d)",
				  s);
	if (scan == SCAN_HUGE || v > UINT32_MAX || v * unit < min ||
	    v * unit > max)
		return parse_fail(err, "%.64s is out of range %s..%s", s,
				  time_str(min, low), time_str(max, high));
	*seconds = (uint32_t)(v * unit);

	return 0;
}

/* Groups of 1 to 4 digits, as in an IPv6 address. */
static enum scan scan_groups(const char *s, uint64_t *value)
{
	unsigned int groups = 0, digits, group;

	*value = 0;
	for (;; s++) {
		group = 0;
		for (digits = 0; digit_value(*s, 16) >= 0; digits++)
			group = group << 4 |
				(unsigned int)digit_value(*s++, 16);
		if (!digits || digits > 4)
			return SCAN_BAD;
		*value = *value << 16 | group;
		groups++;
		if (*s != ':')
			break;
	}
	if (*s)
		return SCAN_BAD;

	return groups > 4 ? SCAN_HUGE : SCAN_OK;
}

int parse_plane(const char *s, uint64_t *plane, struct parse_err *err)
{
	enum scan scan;

	if (strchr(s, ':'))
		scan = scan_groups(s, plane);
	else
		scan = scan_uint(s, plane);
	if (scan == SCAN_BAD)
		return parse_fail(err, "\"%.64s\" is not a plane ID (groups as 0:46, or a number as 70 or 0x46)",
				  s);
	if (scan == SCAN_HUGE)
		return parse_fail(err, "%.64s has more than 64 bits", s);

	return 0;
}

int parse_key(const char *s, uint8_t key[PARSE_KEY_SIZE],
	      struct parse_err *err)
{
	size_t len = strlen(s), i;

	if (len != 2 * PARSE_KEY_SIZE ||
	    strspn(s, "0123456789abcdefABCDEF") != len)
		return parse_fail(err, "not %d hexadecimal digits",
				  2 * PARSE_KEY_SIZE);
	for (i = 0; i < PARSE_KEY_SIZE; i++)
		key[i] = (uint8_t)(digit_value(s[2 * i], 16) << 4 |
				   digit_value(s[2 * i + 1], 16));

	return 0;
}

int parse_keyword(const char *s, const struct keyword *table, uint32_t *value,
		  struct parse_err *err)
{
	const struct keyword *k;
	char list[96];

	for (k = table; k->name; k++) {
		if (!strcmp(s, k->name)) {
			*value = k->value;
			return 0;
		}
	}
	keyword_list(table, list, sizeof(list));

	return parse_fail(err, "unknown value \"%.64s\" (%s)", s, list);
}

/* What the kernel's dev_valid_name() accepts. */
int parse_ifname(const char *s, char name[PARSE_IFNAMSIZ],
		 struct parse_err *err)
{
	size_t len = strlen(s);

	if (!len || !strcmp(s, ".") || !strcmp(s, "..") ||
	    strpbrk(s, "/: \t\n\v\f\r"))
		return parse_fail(err, "\"%.64s\" is not a device name", s);
	if (len >= PARSE_IFNAMSIZ)
		return parse_fail(err, "\"%.64s\" is longer than %d characters",
				  s, PARSE_IFNAMSIZ - 1);
	memset(name, 0, PARSE_IFNAMSIZ);
	memcpy(name, s, len);

	return 0;
}

int parse_list_next(const char **list, char *item, size_t size,
		    struct parse_err *err)
{
	size_t len;

	if (!*list)
		return 0;
	len = strcspn(*list, ",");
	if (!len)
		return parse_fail(err, "empty item in the list");
	if (len >= size)
		return parse_fail(err, "\"%.64s\" is too long", *list);
	memcpy(item, *list, len);
	item[len] = '\0';
	*list = (*list)[len] ? *list + len + 1 : NULL;

	return 1;
}

/* In any locale; words are short, strspn() takes longer to begin. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int parse_split(char *line, char **words, int max, struct parse_err *err)
{
	int n = 0;

	for (;;) {
		while (is_space(*line))
			line++;
		if (!*line || *line == '#')
			return n;
		if (n == max)
			return parse_fail(err, "more than %d words", max);
		words[n++] = line;
		while ((unsigned char)*line > ' ' ||
		       (*line && !is_space(*line)))
			line++;
		if (*line)
			*line++ = '\0';
	}
}

const char *keyword_name(const struct keyword *table, uint32_t value)
{
	for (; table->name; table++) {
		if (table->value == value)
			return table->name;
	}

	return NULL;
}

void keyword_list(const struct keyword *table, char *buf, size_t size)
{
	size_t used = 0;
	int n;

	buf[0] = '\0';
	for (; table->name && used < size; table++) {
		n = snprintf(buf + used, size - used, "%s%s", used ? "|" : "",
			     table->name);
		if (n < 0)
			return;
		used += (size_t)n;
	}
}

static char *put_uint(char *p, uint32_t value)
{
	char digits[10];
	int n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n)
		*p++ = digits[--n];

	return p;
}

static char *put_hex(char *p, unsigned int group)
{
	int shift = 12;

	while (shift && !(group >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = "0123456789abcdef"[group >> shift & 15];

	return p;
}

static char *put_ipv4(char *p, const uint8_t bytes[4])
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i)
			*p++ = '.';
		p = put_uint(p, bytes[i]);
	}

	return p;
}

/* The first of the longest runs of zeros. Return: its length, 0 if below 2. */
static int zero_run(const unsigned int groups[8], int *first)
{
	int i, len = 0, best = 1;

	for (i = 0; i < 8; i++) {
		len = groups[i] ? 0 : len + 1;
		if (len <= best)
			continue;
		best = len;
		*first = i - len + 1;
	}

	return best > 1 ? best : 0;
}

static char *put_ipv6(char *p, const uint8_t bytes[16])
{
	unsigned int groups[8];
	int i, run, first = 8;

	for (i = 0; i < 8; i++)
		groups[i] = (unsigned int)bytes[2 * i] << 8 | bytes[2 * i + 1];
	run = zero_run(groups, &first);
	for (i = 0; i < 8; i++) {
		if (i >= first && i < first + run) {
			if (i == first)
				*p++ = ':';
			continue;
		}
		if (i)
			*p++ = ':';
		/* IPv4-mapped and IPv4-compatible addresses */
		if (i == 6 && !first &&
		    (run == 6 || (run == 5 && groups[5] == 0xffff)))
			return put_ipv4(p, bytes + 12);
		p = put_hex(p, groups[i]);
	}
	if (first + run == 8 && run)
		*p++ = ':';

	return p;
}

/* Tables are long: this is what inet_ntop() does, in a tenth of the time. */
const char *addr_str(const struct prefix *addr, char buf[PREFIX_STRLEN])
{
	char *end = addr->family == AF_INET ? put_ipv4(buf, addr->bytes) :
		    put_ipv6(buf, addr->bytes);

	*end = '\0';

	return buf;
}

const char *prefix_str(const struct prefix *prefix, char buf[PREFIX_STRLEN])
{
	char *end;

	addr_str(prefix, buf);
	end = buf + strlen(buf);
	*end++ = '/';
	*put_uint(end, prefix->len) = '\0';

	return buf;
}

const char *time_str(uint32_t seconds, char buf[TIME_STRLEN])
{
	unsigned int i = 0;
	char *end;

	while (seconds % time_units[i].seconds)
		i++;
	if (!seconds)
		i = ARRAY_SIZE(time_units) - 1;
	end = put_uint(buf, seconds / time_units[i].seconds);
	*end++ = time_units[i].letter;
	*end = '\0';

	return buf;
}

const char *plane_str(uint64_t plane, char buf[PLANE_STRLEN])
{
	unsigned int groups = 2;
	size_t used = 0;

	while (groups < 4 && plane >> 16 * groups)
		groups++;
	while (groups--)
		used += (size_t)snprintf(buf + used, PLANE_STRLEN - used,
					 "%x%s",
					 (unsigned int)(plane >> 16 * groups &
							0xffff),
					 groups ? ":" : "");

	return buf;
}
