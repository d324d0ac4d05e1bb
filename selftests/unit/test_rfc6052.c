// SPDX-License-Identifier: GPL-2.0
/* NAT64 addresses: the table of RFC 6052 2.4, and back (ADDR-01, 02, 04). */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rfc6052.h"

static unsigned int n, failed;

static void ok(bool is_ok, const char *what)
{
	n++;
	failed += !is_ok;
	printf("%sok %u %s\n", is_ok ? "" : "not ", n, what);
}

/* RFC 6052 2.4, table 1 and 2: 192.0.2.33 */
static const struct {
	const char *prefix;
	u8 len;
	const char *addr;
} table[] = {
	{ "2001:db8::", 32, "2001:db8:c000:221::" },
	{ "2001:db8:100::", 40, "2001:db8:1c0:2:21::" },
	{ "2001:db8:122::", 48, "2001:db8:122:c000:2:2100::" },
	{ "2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::" },
	{ "2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::" },
	{ "2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33" },
	{ "64:ff9b::", 96, "64:ff9b::192.0.2.33" },
};

int main(void)
{
	struct in6_addr prefix, want, got;
	unsigned int i, good = 0;
	char what[100];
	__be32 v4;

	inet_pton(AF_INET, "192.0.2.33", &v4);
	puts("TAP version 13");
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		inet_pton(AF_INET6, table[i].prefix, &prefix);
		inet_pton(AF_INET6, table[i].addr, &want);
		m46_6052_embed(&prefix, table[i].len, v4, &got);
		snprintf(what, sizeof(what), "%s/%u embeds", table[i].prefix,
			 table[i].len);
		ok(!memcmp(&got, &want, sizeof(got)), what);
		snprintf(what, sizeof(what), "%s/%u extracts", table[i].prefix,
			 table[i].len);
		/* neither "u" nor the suffix is looked at (ADDR-04) */
		if (table[i].len < 96) {
			want.s6_addr[15] = 0xff;
			if (table[i].len <= 56)
				want.s6_addr[8] = 0xff;
		}
		ok(m46_6052_extract(&want, table[i].len) == v4, what);
	}
	for (i = 0; i < 256; i++)
		good += m46_6052_len_ok(i);
	ok(good == 6, "six lengths, no others");
	printf("1..%u\n", n);
	return failed != 0;
}
