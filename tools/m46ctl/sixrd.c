// SPDX-License-Identifier: GPL-2.0
/*
 * 6rd: what a DHCPv4 server says of a domain (RFC 5969, section 7.1.1).
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sixrd.h"

#define OPTION_6RD	212
#define OPTION_MAX	255
#define PREFIX_MAX	96	/* longest prefix of a device */

/* The option's payload. */
enum {
	AT_MASK_LEN,
	AT_PREFIX_LEN,
	AT_PREFIX,
	AT_RELAYS = AT_PREFIX + 16,
};

/*
 * Octets as two digits each, or as one or two digits with colons between, as
 * some DHCP clients have it. Return: how many, or -1.
 */
static int parse_octets(const char *s, uint8_t *octets, int max,
			struct parse_err *err)
{
	bool colons = strchr(s, ':');
	char digits[3] = "", item[8];
	unsigned int octet;
	size_t len;
	int n = 0;

	while (*s) {
		len = strspn(s, "0123456789abcdefABCDEF");
		if (!colons && len > 2)
			len = 2;
		if (!len || len > 2 || (!colons && len == 1)) {
			snprintf(item, sizeof(item), "%.4s", s);
			return parse_fail(err, "not hexadecimal octets at \"%s\"",
					  item);
		}
		if (n == max)
			return parse_fail(err, "more than %d octets", max);
		memcpy(digits, s, len);
		digits[len] = '\0';
		sscanf(digits, "%x", &octet);
		octets[n++] = (uint8_t)octet;
		s += len;
		if (colons && *s == ':' && s[1])
			s++;
	}

	return n;
}

/* Where the payload starts and ends. No IPv4MaskLen is as long as the code. */
static int find_payload(const uint8_t **octets, int *n, struct parse_err *err)
{
	if (*n && **octets == OPTION_6RD) {
		if (*n < 2 || (*octets)[1] != *n - 2)
			return parse_fail(err, "option 212: length %d, but %d octets follow",
					  *n < 2 ? 0 : (*octets)[1],
					  *n < 2 ? 0 : *n - 2);
		*octets += 2;
		*n -= 2;
	}
	if (*n < AT_RELAYS + 4 || (*n - AT_RELAYS) % 4)
		return parse_fail(err, "option 212: %d octets, not 22 or a multiple of 4 more",
				  *n);

	return 0;
}

/* Clear the bits beyond the length. */
static void cut(struct prefix *prefix, unsigned int len)
{
	unsigned int size = prefix->family == AF_INET ? 32 : 128, i;

	for (i = len; i < size; i++)
		prefix->bytes[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	prefix->len = (uint8_t)len;
}

static int check_lengths(unsigned int mask_len, unsigned int len,
			 struct parse_err *err)
{
	if (mask_len > 32)
		return parse_fail(err, "option 212: IPv4MaskLen %u is more than 32",
				  mask_len);
	if (32 - mask_len + len > 128)
		return parse_fail(err, "option 212: %u bits of IPv4 address behind a prefix of %u are more than 128",
				  32 - mask_len, len);
	if (!len || len > PREFIX_MAX)
		return parse_fail(err, "option 212: prefix of length %u, devices have 1..%d",
				  len, PREFIX_MAX);

	return 0;
}

static int add_relay(struct sixrd *sixrd, const uint8_t addr[4],
		     struct parse_err *err)
{
	struct prefix *relay = &sixrd->relays[sixrd->n_relays++];
	char text[PREFIX_STRLEN];

	memset(relay, 0, sizeof(*relay));
	relay->family = AF_INET;
	relay->len = 32;
	memcpy(relay->bytes, addr, 4);
	if (!addr[0] || addr[0] == 127 || addr[0] >= 224)
		return parse_fail(err, "option 212: border relay %s is no unicast address",
				  addr_str(relay, text));

	return 0;
}

int sixrd_parse(const char *hex, const struct prefix *local,
		struct sixrd *sixrd, struct parse_err *err)
{
	uint8_t buf[2 + OPTION_MAX];
	const uint8_t *p = buf;
	int i, n;

	n = parse_octets(hex, buf, sizeof(buf), err);
	if (n < 0 || find_payload(&p, &n, err) ||
	    check_lengths(p[AT_MASK_LEN], p[AT_PREFIX_LEN], err))
		return -1;

	memset(sixrd, 0, sizeof(*sixrd));
	/* Bits beyond the length are to be ignored. */
	sixrd->prefix.family = AF_INET6;
	memcpy(sixrd->prefix.bytes, p + AT_PREFIX, 16);
	cut(&sixrd->prefix, p[AT_PREFIX_LEN]);
	sixrd->v4_prefix = *local;
	cut(&sixrd->v4_prefix, p[AT_MASK_LEN]);
	for (i = AT_RELAYS; i < n; i += 4) {
		if (add_relay(sixrd, p + i, err))
			return -1;
	}

	return 0;
}
