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

/* Decimal, or hexadecimal after 0x. No sign, no space, no leading zero. */
static bool scan_uint(const char *s, uint64_t *value)
{
	unsigned int base = 10;
	uint64_t v = 0;
	int d;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && s[1]) {
		return false;
	}
	if (!*s)
		return false;
	for (; *s; s++) {
		d = digit_value(*s, base);
		if (d < 0)
			return false;
		v = v * base + (unsigned int)d;
		if (v > UINT32_MAX)
			v = (uint64_t)UINT32_MAX + 1;
	}
	*value = v;

	return true;
}

int parse_uint(const char *s, uint32_t min, uint32_t max, uint32_t *value,
	       struct parse_err *err)
{
	uint64_t v;

	if (!scan_uint(s, &v))
		return parse_fail(err, "\"%.64s\" is not a number (%u..%u)", s,
				  min, max);
	if (v < min || v > max)
		return parse_fail(err, "%.64s is out of range %u..%u", s, min,
				  max);
	*value = (uint32_t)v;

	return 0;
}

static const char *family_name(int family)
{
	return family == AF_INET ? "IPv4" : "IPv6";
}

int parse_addr(const char *s, int family, struct prefix *addr,
	       struct parse_err *err)
{
	memset(addr, 0, sizeof(*addr));
	addr->family = (uint8_t)family;
	addr->len = family == AF_INET ? 32 : 128;
	if (inet_pton(family, s, addr->bytes) == 1)
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
	unsigned int size = prefix->family == AF_INET ? 4 : 16;
	uint8_t mask;
	bool any = false;
	unsigned int i;

	*host = *prefix;
	for (i = 0; i < size; i++) {
		if (prefix->len >= 8 * (i + 1))
			mask = 0xff;
		else if (prefix->len <= 8 * i)
			mask = 0;
		else
			mask = (uint8_t)(0xff << (8 - prefix->len % 8));
		host->bytes[i] &= (uint8_t)~mask;
		prefix->bytes[i] &= mask;
		any = any || host->bytes[i];
	}

	return any;
}

int parse_prefix(const char *s, int family, unsigned int min_len,
		 unsigned int max_len, struct prefix *prefix,
		 struct parse_err *err)
{
	char text[PREFIX_STRLEN], bits[PREFIX_STRLEN], addr[INET6_ADDRSTRLEN];
	const char *slash = strchr(s, '/');
	struct prefix host;
	uint64_t len;

	if (!slash)
		return parse_fail(err, "\"%.64s\" has no /LENGTH", s);
	if ((size_t)(slash - s) >= sizeof(addr))
		return parse_fail(err, "\"%.64s\" is not an %s prefix", s,
				  family_name(family));
	memcpy(addr, s, (size_t)(slash - s));
	addr[slash - s] = '\0';
	memset(prefix, 0, sizeof(*prefix));
	prefix->family = (uint8_t)family;
	if (inet_pton(family, addr, prefix->bytes) != 1)
		return parse_fail(err, "\"%.64s\" is not an %s prefix", s,
				  family_name(family));
	if (!strncmp(slash, "/0x", 3) || !scan_uint(slash + 1, &len))
		return parse_fail(err, "%.64s: \"%.16s\" is not a length", s,
				  slash + 1);
	if (len < min_len || len > max_len)
		return parse_fail(err, "%.64s: length out of range %u..%u", s,
				  min_len, max_len);
	prefix->len = (uint8_t)len;
	if (split_host_bits(prefix, &host))
		return parse_fail(err, "%.64s: host bits %s are set, %s is the prefix",
				  s, addr_str(&host, bits),
				  prefix_str(prefix, text));

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

int parse_split(char *line, char **words, int max, struct parse_err *err)
{
	static const char space[] = " \t\r\n\v\f";
	int n = 0;

	for (;;) {
		line += strspn(line, space);
		if (!*line || *line == '#')
			return n;
		if (n == max)
			return parse_fail(err, "more than %d words", max);
		words[n++] = line;
		line += strcspn(line, space);
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

const char *addr_str(const struct prefix *addr, char buf[PREFIX_STRLEN])
{
	inet_ntop(addr->family, addr->bytes, buf, PREFIX_STRLEN);

	return buf;
}

const char *prefix_str(const struct prefix *prefix, char buf[PREFIX_STRLEN])
{
	unsigned int len = prefix->len;
	char *end;

	addr_str(prefix, buf);
	end = buf + strlen(buf);
	*end++ = '/';
	if (len >= 100)
		*end++ = (char)('0' + len / 100 % 10);
	if (len >= 10)
		*end++ = (char)('0' + len / 10 % 10);
	*end++ = (char)('0' + len % 10);
	*end = '\0';

	return buf;
}
