/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 6rd: what a DHCPv4 server says of a domain (RFC 5969, section 7.1.1).
 */
#ifndef M46CTL_SIXRD_H
#define M46CTL_SIXRD_H

#include "parse.h"

/* The length of an option is an octet, 18 of it are in front of the relays. */
#define SIXRD_RELAYS_MAX	59

/**
 * struct sixrd - the settings of a device, for a 6rd domain
 * @prefix: of the domain, IPv6
 * @v4_prefix: what all its IPv4 addresses begin with
 * @relays: IPv4 addresses of the border relays, the preferred one first
 */
struct sixrd {
	struct prefix prefix;
	struct prefix v4_prefix;
	struct prefix relays[SIXRD_RELAYS_MAX];
	unsigned int n_relays;
};

/*
 * Read option 212 in hexadecimal, with or without its code and length. @local
 * is the IPv4 address that came with it.
 */
int sixrd_parse(const char *hex, const struct prefix *local,
		struct sixrd *sixrd, struct parse_err *err);

#endif /* M46CTL_SIXRD_H */
