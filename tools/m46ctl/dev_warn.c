// SPDX-License-Identifier: GPL-2.0
/*
 * Settings that are allowed, and that most will not want.
 */
#include <linux/m46.h>

#include "dev.h"
#include "err.h"

/* The least that RFC 6146 lets a UDP mapping live. */
#define EXPIRES_FLOOR	120

void dev_warn_u_bits(const char *ifname, const struct prefix *prefix)
{
	char text[PREFIX_STRLEN];

	if (dev_has_u_bits(prefix))
		err_warn("%s: bits 64 to 71 of %s are set, not RFC 6052/BIND compatible",
			 ifname, prefix_str(prefix, text));
}

void dev_warn_expires(const char *name, const struct value *values)
{
	const struct value *expires = dev_value(values, M46_DEV_A_EXPIRES);
	char text[TIME_STRLEN];

	if (expires->set && expires->num < EXPIRES_FLOOR)
		err_warn("%s: expires %s: less than the 2m of RFC 6146, connections will break",
			 name, expires->text ? expires->text :
			 time_str(expires->num, text));
}

void dev_warn_mapping(const char *name, const struct value *values)
{
	uint32_t mode = dev_value(values, M46_DEV_A_MODE)->num;
	unsigned int len = dev_delegated_len(values);
	struct prefix prefix;

	if (mode == M46_MODE_M46T && !dev_map_prefix(values, &prefix))
		dev_warn_u_bits(name, &prefix);
	if (mode == M46_MODE_6TO4 && len > DELEGATED_MAX)
		err_warn("%s: delegated prefixes are /%u: hosts need a /64 (RFC 5969, section 4)",
			 name, len);
}

void dev_warn_anycast(const char *name, const struct value *values)
{
	if (dev_is_anycast(values))
		err_warn("%s: anycast on: RFC 7526 has deprecated 192.88.99.1, only run a relay there that is watched",
			 name);
}

void dev_warn(const char *name, const struct value *values)
{
	dev_warn_expires(name, values);
	dev_warn_mapping(name, values);
	dev_warn_anycast(name, values);
}
