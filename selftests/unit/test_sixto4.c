// SPDX-License-Identifier: GPL-2.0
/*
 * Mode 6to4 without a kernel: embedded addresses against a model that moves one
 * bit at a time, special-purpose ranges with their borders, ECN, and who may
 * send what: the rules of RFC 3964 5.1 and 5.2, RFC 4213 3.6 and RFC 5969 9
 * written down once more as ordered lists, against every combination of roles
 * and kinds of address.
 *
 *	test_sixto4 [SEED [ROUNDS]]
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>

#include "sixto4.h"

#define N(array)	(sizeof(array) / sizeof((array)[0]))

static unsigned int tests, failed;

static void ok(int pass, const char *fmt, ...)
{
	va_list ap;

	tests++;
	failed += !pass;
	printf("%sok %u - ", pass ? "" : "not ", tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static u64 rng = 88172645463325252ULL;

static u32 rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng >> 16;
}

static struct in6_addr ip6(const char *text)
{
	struct in6_addr addr;

	if (inet_pton(AF_INET6, text, &addr) != 1) {
		printf("Bail out! %s is no address\n", text);
		exit(1);
	}
	return addr;
}

static u32 ip4(const char *text)
{
	__be32 addr;

	if (inet_pton(AF_INET, text, &addr) != 1) {
		printf("Bail out! %s is no address\n", text);
		exit(1);
	}
	return ntohl(addr);
}

/* -------------------------------------------------------- one bit at a time */

static unsigned int bit6(const struct in6_addr *addr, unsigned int i)
{
	return addr->s6_addr[i / 8] >> (7 - i % 8) & 1;
}

static void set_bit6(struct in6_addr *addr, unsigned int i, unsigned int val)
{
	addr->s6_addr[i / 8] &= ~(0x80 >> i % 8);
	addr->s6_addr[i / 8] |= val << (7 - i % 8);
}

static unsigned int bit4(u32 v4, unsigned int i)
{
	return v4 / (1U << (31 - i)) % 2;
}

static struct in6_addr random6(void)
{
	struct in6_addr addr;
	unsigned int i;

	for (i = 0; i < 16; i++)
		addr.s6_addr[i] = rnd();
	return addr;
}

/* Put the low bits of v4, those behind v4_len, where the prefix ends. */
static void model_embed(struct in6_addr *addr, unsigned int len, u32 v4,
			unsigned int v4_len)
{
	unsigned int i;

	for (i = v4_len; i < 32; i++)
		set_bit6(addr, len + i - v4_len, bit4(v4, i));
}

static u32 model_extract(const struct in6_addr *addr, unsigned int len, u32 v4,
			 unsigned int v4_len)
{
	u32 out = 0;
	unsigned int i;

	for (i = 0; i < 32; i++)
		out = out * 2 + (i < v4_len ? bit4(v4, i) :
					      bit6(addr, len + i - v4_len));
	return out;
}

/* A random domain with these lengths; what a local address may be in v4. */
static void random_domain(struct m46_domain *d, struct m46_prefix6 *prefix,
			  unsigned int len, unsigned int v4_len)
{
	struct m46_prefix4 v4 = { .len = v4_len };
	unsigned int i;

	memset(prefix, 0, sizeof(*prefix));
	prefix->len = len;
	for (i = 0; i < len; i++)
		set_bit6(&prefix->addr, i, rnd() & 1);
	for (i = 0; i < 32; i++)
		v4.addr = v4.addr * 2 + (i < v4_len ? rnd() & 1 : 0);
	m46_domain_init(d, prefix, &v4);
}

static unsigned int domain_wrong(unsigned int len, unsigned int v4_len)
{
	struct m46_prefix6 prefix, got;
	struct in6_addr want, addr;
	unsigned int i, wrong = 0;
	struct m46_domain d;
	u32 v4;

	random_domain(&d, &prefix, len, v4_len);
	v4 = d.v4.addr | (v4_len < 32 ? rnd() & (~0U >> v4_len) : 0);

	/* what it delegates */
	want = prefix.addr;
	model_embed(&want, len, v4, v4_len);
	memset(&got, 0xff, sizeof(got));
	m46_domain_delegated(&d, v4, &got);
	wrong += got.len != len + 32 - v4_len ||
		 memcmp(&got.addr, &want, sizeof(want));

	/* and back, whatever subnet and host are */
	addr = random6();
	for (i = 0; i < len + 32 - v4_len; i++)
		set_bit6(&addr, i, bit6(&want, i));
	wrong += m46_domain_v4(&d, &addr) != v4;
	wrong += model_extract(&addr, len, d.v4.addr, v4_len) != v4;

	/* of the domain: as long as no bit of the prefix differs */
	for (i = 0; i < 128; i++) {
		struct in6_addr other = addr;

		set_bit6(&other, i, !bit6(&other, i));
		wrong += m46_domain_has(&d, &other) != (i >= len);
		wrong += m46_domain_v4(&d, &other) !=
			 model_extract(&other, len, d.v4.addr, v4_len);
	}
	return wrong;
}

static void domains(unsigned int rounds)
{
	unsigned int len, v4_len, round, wrong = 0;

	for (round = 0; round < rounds; round++) {
		for (len = 1; len <= 96; len++) {
			for (v4_len = 0; v4_len <= 32; v4_len++)
				wrong += domain_wrong(len, v4_len);
		}
	}
	ok(!wrong, "all lengths of prefix and v4-prefix (SIXRD-02)");
}

static void domain_of(struct m46_domain *d, const char *addr, unsigned int len,
		      const char *v4, unsigned int v4_len)
{
	struct m46_prefix6 p6 = { .addr = ip6(addr), .len = len };
	struct m46_prefix4 p4 = { .addr = ip4(v4), .len = v4_len };

	m46_domain_init(d, &p6, &p4);
}

static void examples(void)
{
	static const struct {
		const char *prefix;
		unsigned int len;
		const char *v4_prefix;
		unsigned int v4_len;
		const char *v4;
		const char *delegated;
		unsigned int delegated_len;
		const char *id;
	} table[] = {
		{ "2002::", 16, "0.0.0.0", 0, "192.0.2.170", "2002:c000:2aa::",
		  48, "6TO4-01" },
		{ "2002::", 16, "0.0.0.0", 0, "192.88.99.1", "2002:c058:6301::",
		  48, "6TO4-01" },
		{ "2002::", 16, "0.0.0.0", 0, "255.255.255.255",
		  "2002:ffff:ffff::", 48, "6TO4-01" },
		/* RFC 5969 4 and 7.1.1 */
		{ "2001:db8::", 32, "10.0.0.0", 8, "10.100.100.1",
		  "2001:db8:6464:100::", 56, "SIXRD-02" },
		{ "2001:db8::", 32, "10.0.0.0", 8, "10.0.0.1",
		  "2001:db8:0:100::", 56, "SIXRD-02" },
		{ "2001:db8::", 32, "0.0.0.0", 0, "192.0.2.1",
		  "2001:db8:c000:201::", 64, "SIXRD-02" },
		{ "2001:db8::", 32, "192.0.2.1", 32, "192.0.2.1", "2001:db8::",
		  32, "SIXRD-02" },
		/* across the middle, and behind it */
		{ "2001:db8:0:ff00::", 56, "0.0.0.0", 0, "192.0.2.1",
		  "2001:db8:0:ffc0:2:100::", 88, "SIXRD-02" },
		{ "2001:db8:1:2::", 64, "0.0.0.0", 0, "192.0.2.1",
		  "2001:db8:1:2:c000:201::", 96, "SIXRD-02" },
		{ "2001:db8::", 96, "0.0.0.0", 0, "192.0.2.1",
		  "2001:db8::c000:201", 128, "SIXRD-02" },
		{ "8000::", 1, "0.0.0.0", 0, "255.255.255.255",
		  "ffff:ffff:8000::", 33, "SIXRD-02" },
	};
	unsigned int i;

	for (i = 0; i < N(table); i++) {
		struct in6_addr want = ip6(table[i].delegated);
		struct m46_prefix6 got;
		struct m46_domain d;

		domain_of(&d, table[i].prefix, table[i].len,
			  table[i].v4_prefix, table[i].v4_len);
		m46_domain_delegated(&d, ip4(table[i].v4), &got);
		ok(got.len == table[i].delegated_len &&
		   !memcmp(&got.addr, &want, sizeof(want)) &&
		   m46_domain_has(&d, &want) &&
		   m46_domain_v4(&d, &want) == ip4(table[i].v4),
		   "%s in %s/%u is %s/%u (%s)", table[i].v4, table[i].prefix,
		   table[i].len, table[i].delegated, table[i].delegated_len,
		   table[i].id);
	}
}

/* ---------------------------------------- addresses that no packet may have */

/* RFC 3964 5.3.1, and the ranges that came later; 6rd: RFC 5969 4 and 12 */
static const struct {
	const char *first;
	const char *last;
	bool is_domain;		/* good inside of a 6rd domain */
} ranges[] = {
	{ "0.0.0.0", "0.255.255.255", false },
	{ "10.0.0.0", "10.255.255.255", true },
	{ "100.64.0.0", "100.127.255.255", true },
	{ "127.0.0.0", "127.255.255.255", false },
	{ "169.254.0.0", "169.254.255.255", false },
	{ "172.16.0.0", "172.31.255.255", true },
	{ "192.0.0.0", "192.0.0.255", false },
	{ "192.88.99.0", "192.88.99.255", false },
	{ "192.168.0.0", "192.168.255.255", true },
	{ "198.18.0.0", "198.19.255.255", true },
	{ "224.0.0.0", "239.255.255.255", false },
	{ "240.0.0.0", "255.255.255.255", false },
};

static bool model_bad4(bool is_6rd, u32 v4)
{
	unsigned int i;

	if (!is_6rd && v4 == ip4("192.88.99.1"))
		return false;
	for (i = 0; i < N(ranges); i++) {
		if (v4 >= ip4(ranges[i].first) && v4 <= ip4(ranges[i].last))
			return !is_6rd || !ranges[i].is_domain;
	}
	return false;
}

/* The borders of every range, and their neighbours. */
static unsigned int borders(u32 *out)
{
	unsigned int i, n = 0;
	int d;

	for (i = 0; i < N(ranges); i++) {
		for (d = -1; d <= 1; d++) {
			out[n++] = ip4(ranges[i].first) + d;
			out[n++] = ip4(ranges[i].last) + d;
		}
	}
	for (d = 0; d <= 2; d++)
		out[n++] = ip4("192.88.99.0") + d;
	return n;
}

#define BORDERS	(6 * N(ranges) + 3)

/* 2002::/16 */
static const struct m46_tun tun_6to4 = {
	.domain = {
		.value = { 0x2002ULL << 48 },
		.mask = { 0xffffULL << 48 },
		.len = 16,
	},
	.kind = M46_TUN_6TO4,
};

static void bad4(unsigned int rounds)
{
	static const struct m46_tun tun_6rd = { .kind = M46_TUN_6RD };
	u32 border[BORDERS];
	unsigned int i, n = borders(border), wrong = 0, wrong_6rd = 0;

	for (i = 0; i < n + rounds * 100; i++) {
		u32 v4 = i < n ? border[i] : rnd();

		wrong += m46_tun_bad4(&tun_6to4, v4) != model_bad4(false, v4);
		wrong_6rd += m46_tun_bad4(&tun_6rd, v4) != model_bad4(true, v4);
	}
	/* every /16, which is finer than most ranges are */
	for (i = 0; i < 65536; i++) {
		wrong += m46_tun_bad4(&tun_6to4, i << 16 | 0x8888) !=
			 model_bad4(false, i << 16 | 0x8888);
		wrong_6rd += m46_tun_bad4(&tun_6rd, i << 16 | 0x8888) !=
			     model_bad4(true, i << 16 | 0x8888);
	}
	ok(!wrong, "IPv4 addresses of no 6to4 site (SEC-05, SEC-11)");
	ok(!wrong_6rd, "IPv4 addresses of no 6rd site (SIXRD-03, SIXRD-12)");
}

static struct in6_addr sixto4_of(u32 v4)
{
	struct in6_addr addr = random6();

	addr.s6_addr[0] = 0x20;
	addr.s6_addr[1] = 0x02;
	model_embed(&addr, 16, v4, 0);
	return addr;
}

static void bad6(unsigned int rounds)
{
	static const struct {
		const char *addr;
		bool bad;
	} table[] = {
		{ "::", true }, { "::1", true }, { "::192.0.2.1", true },
		{ "::ffff:192.0.2.1", true }, { "0:1::1", true },
		{ "0:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
		{ "1::", false }, { "64:ff9b::c000:201", false },
		{ "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
		{ "2002:0:ffff::", true }, { "2002:100::", false },
		{ "2003::", false }, { "fdff:ffff::1", false },
		{ "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false },
		{ "fe80::", true }, { "fe80::1", true },
		{ "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
		{ "fec0::", true }, { "feff::1", true },
		{ "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
		{ "ff00::", true }, { "ff02::1", true }, { "ff0e::1", true },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true },
	};
	struct m46_tun tun_6rd = { .kind = M46_TUN_6RD };
	unsigned int i, n, wrong = 0, wrong_6rd = 0;
	u32 border[BORDERS];

	domain_of(&tun_6rd.domain, "2001:db8::", 32, "0.0.0.0", 0);
	for (i = 0; i < N(table); i++) {
		struct in6_addr addr = ip6(table[i].addr);

		wrong += m46_tun_bad6(&tun_6to4, &addr) != table[i].bad;
		wrong_6rd += m46_tun_bad6(&tun_6rd, &addr) != table[i].bad;
	}
	n = borders(border);
	for (i = 0; i < n + rounds * 100; i++) {
		u32 v4 = i < n ? border[i] : rnd();
		struct in6_addr addr = sixto4_of(v4);
		struct in6_addr addr_6rd = random6();

		/* a 6to4 address is one to a 6rd device too */
		wrong += m46_tun_bad6(&tun_6to4, &addr) !=
			 model_bad4(false, v4);
		wrong_6rd += m46_tun_bad6(&tun_6rd, &addr) !=
			     model_bad4(false, v4);
		addr_6rd.s6_addr32[0] = htonl(0x20010db8);
		model_embed(&addr_6rd, 32, v4, 0);
		wrong += m46_tun_bad6(&tun_6to4, &addr_6rd);
		wrong_6rd += m46_tun_bad6(&tun_6rd, &addr_6rd) !=
			     model_bad4(true, v4);
	}
	ok(!wrong, "IPv6 addresses that 6to4 may not carry (SEC-06, 6TO4-12)");
	ok(!wrong_6rd, "IPv6 addresses that 6rd may not carry (SEC-06)");
}

static void isatap(void)
{
	static const struct {
		const char *addr;
		const char *v4;
	} table[] = {
		{ "2001:db8::5efe:192.0.2.1", "192.0.2.1" },
		{ "2001:db8::200:5efe:192.0.2.1", "192.0.2.1" },
		{ "fe80::5efe:10.0.0.1", "10.0.0.1" },
		{ "2001:db8::100:5efe:192.0.2.1", "0.0.0.0" },
		{ "2001:db8::300:5efe:192.0.2.1", "0.0.0.0" },
		{ "2001:db8::8200:5efe:192.0.2.1", "0.0.0.0" },
		{ "2001:db8::1:5efe:192.0.2.1", "0.0.0.0" },
		{ "2001:db8::5eff:192.0.2.1", "0.0.0.0" },
		{ "2001:db8::5efe:0:0", "0.0.0.0" },
		{ "2001:db8:5efe::c000:201", "0.0.0.0" },
	};
	unsigned int i, wrong = 0;

	for (i = 0; i < N(table); i++) {
		struct in6_addr addr = ip6(table[i].addr);

		wrong += m46_isatap_v4(&addr) != ip4(table[i].v4);
	}
	ok(!wrong, "ISATAP addresses (SEC-15)");
}

/* ---------------------------------------------------------------------- ECN */

static void ecn(void)
{
	/* RFC 6040 figure 4 as printed; "!" where it wants to be logged */
	static const struct {
		const char *inner;
		const char *egress[4];	/* outer Not-ECT, ECT(0), ECT(1), CE */
	} figure[] = {
		{ "Not-ECT", { "Not-ECT", "Not-ECT!", "Not-ECT!", "drop!" } },
		{ "ECT(0)", { "ECT(0)", "ECT(0)", "ECT(1)", "CE" } },
		{ "ECT(1)", { "ECT(1)", "ECT(1)!", "ECT(1)", "CE" } },
		{ "CE", { "CE", "CE", "CE!", "CE" } },
	};
	/* RFC 3168 figure 1, as numbers */
	static const struct {
		const char *name;
		int value;
	} codes[] = {
		{ "Not-ECT", 0 }, { "ECT(0)", 2 }, { "ECT(1)", 1 }, { "CE", 3 },
		{ "drop", -1 },
	};
	unsigned int in, out, c, dscp;

	for (in = 0; in < 4; in++) {
		for (out = 0; out < 4; out++) {
			const char *want = figure[in].egress[out];
			bool want_odd = strchr(want, '!');
			int wrong = 0;

			for (c = 0; strncmp(want, codes[c].name,
					    strcspn(want, "!")) ||
				    codes[c].name[strcspn(want, "!")]; c++)
				;
			for (dscp = 0; dscp < 256; dscp += 4) {
				bool odd = !want_odd;

				wrong += m46_ecn_in(codes[out].value | dscp,
						    codes[in].value |
						    (dscp ^ 0xfc), &odd) !=
					 codes[c].value || odd != want_odd;
			}
			ok(!wrong, "%s outside, %s inside: %s (ECN-03, ECN-04)",
			   codes[out].name, figure[in].inner, want);
		}
	}
}

static void tos(void)
{
	unsigned int tclass, fixed, wrong = 0;
	struct m46_tun tun = {};

	for (tclass = 0; tclass < 256; tclass++) {
		tun.tos = M46_TOS_INHERIT;
		tun.ecn_compat = false;
		wrong += m46_tun_tos(&tun, tclass) != tclass;
		tun.ecn_compat = true;
		wrong += m46_tun_tos(&tun, tclass) != tclass / 4 * 4;
		for (fixed = 0; fixed < 256; fixed += 4) {
			tun.tos = fixed;
			tun.ecn_compat = false;
			wrong += m46_tun_tos(&tun, tclass) !=
				 fixed + tclass % 4;
			tun.ecn_compat = true;
			wrong += m46_tun_tos(&tun, tclass) != fixed;
		}
	}
	ok(!wrong, "outer TOS of all Traffic Classes (ECN-01, ECN-02, TUN-25)");
}

/* -------------------------------------------------------- who may send what */

/*
 * What the rules ask about an inner address, said by hand for each kind: none
 * of it is computed by what is under test.
 */
struct kind {
	const char *addr;
	bool bad;		/* RFC 3964 5.3.2 */
	const char *site;	/* in the domain: what it embeds */
	bool embeds_own;	/* 6to4 address of this machine, on 6rd */
};

static const struct kind kinds_6to4[] = {
	{ "2002:c000:2aa::1", .site = "192.0.2.170" },		/* own */
	{ "2002:c000:2aa:ffff::9", .site = "192.0.2.170" },
	{ "2002:c000:2ab::1", .site = "192.0.2.171" },		/* second */
	{ "2002:c633:6401:1::1", .site = "198.51.100.1" },	/* peer */
	{ "2002:cb00:7109::1", .site = "203.0.113.9" },		/* other */
	{ "2002:c058:6301::", .site = "192.88.99.1" },		/* anycast */
	{ "2002:c058:6302::1", .bad = true },
	{ "2002:a00:1::1", .bad = true },			/* private */
	{ "2002:c0a8:101::1", .bad = true },
	{ "2002:ac10:1::1", .bad = true },
	{ "2002:7f00:1::1", .bad = true },			/* loopback */
	{ "2002:e000:1::1", .bad = true },			/* multicast */
	{ "2002:ffff:ffff::1", .bad = true },			/* broadcast */
	{ "2002::1", .bad = true },
	{ .addr = "2001:db8:9::1" },				/* native */
	{ .addr = "2620:fe::fe" },
	{ .addr = "fd00::1" },
	{ "fe80::1", .bad = true },
	{ "fec0::1", .bad = true },
	{ "ff02::1", .bad = true },
	{ "ff0e::1", .bad = true },
	{ "::", .bad = true },
	{ "::1", .bad = true },
	{ "::192.0.2.1", .bad = true },
	{ "::ffff:192.0.2.1", .bad = true },
	{}
};

/* domain 2001:db8::/32, all of IPv4; this machine is 198.51.100.7 */
static const struct kind kinds_6rd[] = {
	{ "2001:db8:c633:6407::1", .site = "198.51.100.7" },	/* own */
	{ "2001:db8:a00:2::1", .site = "10.0.0.2" },		/* peer */
	{ "2001:db8:c0a8:909:1::1", .site = "192.168.9.9" },	/* other */
	{ "2001:db8:a00:1::", .site = "10.0.0.1" },		/* BR */
	{ "2001:db8:c058:6301::1", .bad = true },
	{ "2001:db8:7f00:1::1", .bad = true },
	{ "2001:db8:e000:1::1", .bad = true },
	{ "2001:db8:ffff:ffff::1", .bad = true },
	{ "2002:c633:6407::1", .embeds_own = true },
	{ .addr = "2002:c633:6408::1" },
	{ "2002:a00:1::1", .bad = true },
	{ .addr = "2002:c058:6301::" },
	{ .addr = "2001:db9::1" },				/* native */
	{ .addr = "2620:fe::fe" },
	{ "fe80::1", .bad = true },
	{ "ff0e::1", .bad = true },
	{ "::", .bad = true },
	{ "::ffff:10.0.0.2", .bad = true },
	{}
};

/* and outer ones */
struct outer {
	const char *addr;
	bool bad;		/* RFC 3964 5.3.1 */
};

static const struct outer outers_6to4[] = {
	{ "198.51.100.1", false }, { "203.0.113.9", false },
	{ "203.0.113.200", false }, { "192.88.99.1", false },
	{ "192.0.2.170", false }, { "192.0.2.171", false },
	{ "192.88.99.2", true }, { "10.0.0.1", true }, { "192.168.1.1", true },
	{ "172.31.0.1", true }, { "127.0.0.1", true }, { "169.254.1.1", true },
	{ "224.0.0.1", true }, { "255.255.255.255", true }, { "0.0.0.0", true },
	{}
};

static const struct outer outers_6rd[] = {
	{ "10.0.0.2", false }, { "192.168.9.9", false }, { "10.0.0.1", false },
	{ "203.0.113.200", false }, { "198.51.100.7", false },
	{ "192.88.99.1", true }, { "192.88.99.2", true },
	{ "127.0.0.1", true }, { "169.254.1.1", true }, { "224.0.0.1", true },
	{ "255.255.255.255", true }, { "0.0.0.0", true },
	{}
};

/* What a device is, in words; the settings are made from them. */
struct role {
	const char *name;
	int kind;
	const char *local[3];
	const char *remote;
	bool relay, return_only, anycast, no_filter;
	/* one address each */
	const char *acl, *peers, *native;
	const char *relay_from;		/* NULL: any for 6to4, none for 6rd */
	int source;			/* of what a relay sends */
};

#define OWN	.local = { "192.0.2.170", "192.0.2.171" }
#define CE	.kind = M46_TUN_6RD, .local = { "198.51.100.7" }

static const struct role roles_6to4[] = {
	{ "router", OWN },
	{ "router, ingress-filter off", OWN, .no_filter = true },
	{ "router that knows its relay", OWN, .relay_from = "203.0.113.200" },
	{ "router with peers", OWN, .peers = "198.51.100.1" },
	{ "router with native addressing", OWN, .native = "198.51.100.1" },
	{ "relay", OWN, .relay = true },
	{ "relay, ingress-filter off", OWN, .relay = true, .no_filter = true },
	{ "relay with acl", OWN, .relay = true, .acl = "198.51.100.1" },
	{ "relay with peers", OWN, .relay = true, .peers = "198.51.100.1" },
	{ "relay with native addressing", OWN, .relay = true,
	  .native = "198.51.100.1" },
	{ "return-only relay", OWN, .relay = true, .return_only = true },
	{ "anycast relay", OWN, .relay = true, .anycast = true },
	{ "anycast relay, unicast source", OWN, .relay = true, .anycast = true,
	  .source = M46_RELAY_SOURCE_UNICAST },
	{ "anycast return-only relay with acl", OWN, .relay = true,
	  .anycast = true, .return_only = true, .acl = "203.0.113.9" },
	{ "relay, anycast source", OWN, .relay = true,
	  .source = M46_RELAY_SOURCE_ANYCAST },
	{}
};

static const struct role roles_6rd[] = {
	{ "CE", CE, .remote = "10.0.0.1" },
	{ "CE, ingress-filter off", CE, .remote = "10.0.0.1",
	  .no_filter = true },
	{ "CE without border relay", CE },
	{ "CE with a second border relay", CE, .remote = "10.0.0.1",
	  .relay_from = "203.0.113.200" },
	{ "CE with peers", CE, .remote = "10.0.0.1", .peers = "10.0.0.1" },
	{ "CE with native addressing", CE, .remote = "10.0.0.1",
	  .native = "10.0.0.2" },
	{ "border relay", CE, .relay = true },
	{ "border relay, ingress-filter off", CE, .relay = true,
	  .no_filter = true },
	{ "border relay with acl", CE, .relay = true, .acl = "10.0.0.2" },
	{ "border relay with anycast address", CE, .relay = true,
	  .anycast = true },
	{ "return-only border relay", CE, .relay = true, .return_only = true },
	{ "border relay with native addressing", CE, .relay = true,
	  .native = "10.0.0.2" },
	{}
};

static void one(struct m46_prefix4_list *list, const char *addr)
{
	if (!addr)
		return;
	list->n = 1;
	list->prefix[0].addr = ip4(addr);
	list->prefix[0].len = 32;
}

static struct m46_tun tun_of(const struct role *r)
{
	struct m46_tun tun = { .kind = r->kind };

	if (r->kind == M46_TUN_6TO4)
		domain_of(&tun.domain, "2002::", 16, "0.0.0.0", 0);
	else
		domain_of(&tun.domain, "2001:db8::", 32, "0.0.0.0", 0);
	while (r->local[tun.n_local]) {
		tun.local[tun.n_local] = ip4(r->local[tun.n_local]);
		tun.n_local++;
	}
	tun.remote = r->remote ? ip4(r->remote) : 0;
	tun.relay = r->relay;
	tun.return_only = r->return_only;
	tun.anycast = r->anycast;
	tun.relay_source = r->source;
	tun.ingress_filter = r->no_filter ? M46_INGRESS_FILTER_OFF :
					    M46_INGRESS_FILTER_ON;
	one(&tun.acl, r->acl);
	one(&tun.peers, r->peers);
	one(&tun.native, r->native);
	/* 0.0.0.0/0 */
	tun.relay_from.n = r->kind == M46_TUN_6TO4;
	one(&tun.relay_from, r->relay_from);
	return tun;
}

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool is_own(const struct role *r, const char *v4)
{
	return same(r->local[0], v4) || same(r->local[1], v4) ||
	       (r->anycast && r->kind == M46_TUN_6TO4 &&
		same(v4, "192.88.99.1"));
}

/* -------------------------------------------------------- out of the tunnel */

struct in {
	const struct role *r;
	const struct kind *src, *dst;
	const struct outer *from;
	const char *to;
};

static bool in_src4(const struct in *p)
{
	return p->from->bad;
}

static bool in_peers(const struct in *p)
{
	return p->r->peers && !same(p->r->peers, p->from->addr);
}

static bool in_src6(const struct in *p)
{
	return p->src->bad;
}

static bool in_dst6(const struct in *p)
{
	return p->dst->bad;
}

static bool in_embeds_own(const struct in *p)
{
	return p->dst->embeds_own;
}

/* RFC 3964 5.2: "Y must equal outer dst", which is this machine's. */
static bool to_own_site(const struct in *p)
{
	return same(p->dst->site, p->to) && is_own(p->r, p->to);
}

/* RFC 5969 8: the probe of this CE, back from its border relay */
static bool is_probe(const struct in *p)
{
	return p->r->kind == M46_TUN_6RD && is_own(p->r, p->src->site) &&
	       same(p->from->addr, p->r->remote) && to_own_site(p);
}

/* RFC 4213 3.6, TUN-19: own addresses come from inside */
static bool in_ingress(const struct in *p)
{
	return is_own(p->r, p->src->site) && !p->r->no_filter && !is_probe(p);
}

/* into the domain, but elsewhere: from native IPv6 */
static bool in_dst_mismatch(const struct in *p)
{
	if (!p->dst->site || to_own_site(p))
		return false;
	/* RFC 5969 9.2: a CE takes what is for its delegated prefix */
	return !p->src->site ||
	       (p->r->kind == M46_TUN_6RD && !p->r->relay);
}

/* likewise from another site (RFC 3964 4.2, RFC 3056 5.3); 6rd may (5969 8) */
static bool in_relay_domain(const struct in *p)
{
	return p->dst->site && !to_own_site(p) && p->src->site &&
	       p->r->kind == M46_TUN_6TO4;
}

/* RFC 3964 5.2: "X must equal outer src"; RFC 5969 9.2 */
static bool in_src_mismatch(const struct in *p)
{
	return p->src->site && !same(p->src->site, p->from->addr) &&
	       !is_probe(p);
}

/* from native IPv6 to this site: through a relay */
static bool in_relay_from(const struct in *p)
{
	if (p->src->site || !p->dst->site)
		return false;
	if (p->r->kind == M46_TUN_6RD && same(p->from->addr, p->r->remote))
		return false;
	if (!p->r->relay_from)
		return p->r->kind == M46_TUN_6RD;
	return !same(p->from->addr, p->r->relay_from);
}

/* RFC 3964 5.2, "native-native" */
static bool in_native(const struct in *p)
{
	return !p->src->site && !p->dst->site &&
	       !same(p->r->native, p->from->addr);
}

static bool in_not_relay(const struct in *p)
{
	return p->src->site && !p->dst->site &&
	       (!p->r->relay || p->r->return_only);
}

static bool in_acl(const struct in *p)
{
	return p->src->site && !p->dst->site && p->r->acl &&
	       !same(p->r->acl, p->from->addr);
}

static const struct {
	bool (*breaks)(const struct in *p);
	enum m46_counter drop;
} rules_in[] = {
	{ in_src4, M46_DROP_TUN_SRC4 },
	{ in_peers, M46_DROP_PEERS },
	{ in_src6, M46_DROP_TUN_SRC6 },
	{ in_dst6, M46_DROP_TUN_DST6 },
	{ in_embeds_own, M46_DROP_EMBEDS_OWN },
	{ in_ingress, M46_DROP_INGRESS_FILTER },
	{ in_dst_mismatch, M46_DROP_DST_MISMATCH },
	{ in_relay_domain, M46_DROP_RELAY_DOMAIN },
	{ in_native, M46_DROP_NATIVE_NATIVE },
	{ in_src_mismatch, M46_DROP_SRC_MISMATCH },
	{ in_relay_from, M46_DROP_RELAY_FROM },
	{ in_not_relay, M46_DROP_NOT_RELAY },
	{ in_acl, M46_DROP_ACL },
};

static enum m46_counter model_in(const struct in *p)
{
	unsigned int i;

	for (i = 0; i < N(rules_in); i++) {
		if (rules_in[i].breaks(p))
			return rules_in[i].drop;
	}
	return M46_OK;
}

static const char *name_of(enum m46_counter c)
{
	switch (c) {
	case M46_OK:
		return "ok";
#define X(sym, name, icmp4, icmp6, core, text)				       \
	case M46_DROP_##sym:						       \
		return #name;
	M46_DROPS(X)
#undef X
	default:
		return "no drop";
	}
}

static unsigned int passed, all;

static bool in_wrong(const struct in *p, const struct m46_tun *tun)
{
	struct m46_tun_ends ends = { ip4(p->from->addr), ip4(p->to) };
	struct in6_addr src = ip6(p->src->addr), dst = ip6(p->dst->addr);
	enum m46_counter want = model_in(p);
	enum m46_counter got = m46_tun_check_in(tun, &ends, &src, &dst);

	all++;
	passed += got == M46_OK;
	if (got == want)
		return false;
	printf("# %s > %s in %s > %s: %s, wanted %s\n", p->src->addr,
	       p->dst->addr, p->from->addr, p->to, name_of(got), name_of(want));
	return true;
}

static void matrix_in(const struct role *r, const struct kind *kinds,
		      const struct outer *outers)
{
	struct m46_tun tun = tun_of(r);
	unsigned int i, wrong = 0;
	struct in p = { .r = r };

	passed = 0;
	all = 0;
	for (p.src = kinds; p.src->addr; p.src++) {
		for (p.dst = kinds; p.dst->addr; p.dst++) {
			for (p.from = outers; p.from->addr; p.from++) {
				for (i = 0; r->local[i]; i++) {
					p.to = r->local[i];
					wrong += in_wrong(&p, &tun);
				}
				p.to = "192.88.99.1";
				if (is_own(r, p.to))
					wrong += in_wrong(&p, &tun);
			}
		}
	}
	ok(!wrong && passed, "from the tunnel, %s: %u of %u pass (SEC-04)",
	   r->name, passed, all);
}

/* ---------------------------------------------------------- into the tunnel */

struct gateway {
	const char *addr;
	const char *v4;
	bool bad;		/* for the 6to4 or 6rd domain that it is for */
};

static const struct gateway gateways_6to4[] = {
	{ NULL, NULL, false },
	{ "2002:cb00:71c8::1", "203.0.113.200", false },
	{ "2002:c633:6401::1", "198.51.100.1", false },
	{ "2002:c058:6301::", "192.88.99.1", false },
	{ "2002:c000:2aa::1", "192.0.2.170", true },
	{ "2002:a00:1::1", "10.0.0.1", true },
	{ "::203.0.113.200", "203.0.113.200", false },
	{ "::127.0.0.1", "127.0.0.1", true },
	{ "fe80::1", NULL, false },
	{ "2001:db8:9::9", NULL, false },
};

static const struct gateway gateways_6rd[] = {
	{ NULL, NULL, false },
	{ "2001:db8:a00:1::", "10.0.0.1", false },
	{ "2001:db8:a00:2::", "10.0.0.2", false },
	{ "2001:db8:c633:6407::1", "198.51.100.7", true },
	{ "2001:db8:c058:6301::", "192.88.99.1", true },
	{ "::10.0.0.1", "10.0.0.1", false },
	{ "fe80::1", NULL, false },
};

struct out {
	const struct role *r;
	const struct kind *src, *dst;
	const struct gateway *gw;
	bool is_local, is_back;
};

/* RFC 3056 5.3, RFC 5969 9: where to; NULL: nowhere */
static const char *out_to(const struct out *p)
{
	if (p->dst->site)
		return p->dst->site;
	return p->gw->v4 ? p->gw->v4 : p->r->remote;
}

static bool out_multicast(const struct out *p)
{
	return !strncmp(p->dst->addr, "ff", 2);
}

static bool out_link_local(const struct out *p)
{
	return !strncmp(p->dst->addr, "fe80:", 5);
}

static bool out_src6(const struct out *p)
{
	return p->src->bad;
}

static bool out_dst6(const struct out *p)
{
	return p->dst->bad;
}

static bool out_embeds_own(const struct out *p)
{
	return p->src->embeds_own;
}

static bool out_own_site(const struct out *p)
{
	return is_own(p->r, p->dst->site);
}

static bool out_no_next_hop(const struct out *p)
{
	return !out_to(p);
}

/* RFC 3964 5.1: "X must equal the outer source"; RFC 5969 8: a BR's loop */
static bool out_src_mismatch(const struct out *p)
{
	return p->src->site && !is_own(p->r, p->src->site) &&
	       !(p->r->kind == M46_TUN_6RD && p->r->relay && p->is_back);
}

static bool out_native(const struct out *p)
{
	return !p->src->site && !p->dst->site && !same(p->r->native, out_to(p));
}

static bool out_not_relay(const struct out *p)
{
	return !p->src->site && p->dst->site && !p->r->relay && !p->is_local;
}

static bool out_dst4(const struct out *p)
{
	return !p->dst->site && p->gw->v4 &&
	       (p->gw->bad || is_own(p->r, p->gw->v4));
}

static bool out_peers(const struct out *p)
{
	return p->r->peers && !same(p->r->peers, out_to(p));
}

static const struct {
	bool (*breaks)(const struct out *p);
	enum m46_counter drop;
} rules_out[] = {
	{ out_multicast, M46_DROP_MULTICAST },
	{ out_link_local, M46_DROP_LINK_LOCAL },
	{ out_src6, M46_DROP_TUN_SRC6 },
	{ out_dst6, M46_DROP_TUN_DST6 },
	{ out_embeds_own, M46_DROP_EMBEDS_OWN },
	{ out_own_site, M46_DROP_OWN_SITE },
	{ out_no_next_hop, M46_DROP_NO_NEXT_HOP },
	{ out_src_mismatch, M46_DROP_SRC_MISMATCH },
	{ out_native, M46_DROP_NATIVE_NATIVE },
	{ out_not_relay, M46_DROP_NOT_RELAY },
	{ out_dst4, M46_DROP_TUN_DST4 },
	{ out_peers, M46_DROP_PEERS },
};

/* RFC 3056 5.3, RFC 6343 4.4: what from */
static const char *out_from(const struct out *p)
{
	const struct role *r = p->r;

	if (is_own(r, p->src->site))
		return p->src->site;
	if (p->src->site || !p->dst->site || r->kind != M46_TUN_6TO4)
		return r->local[0];
	if (r->source == M46_RELAY_SOURCE_ANYCAST ||
	    (r->source == M46_RELAY_SOURCE_AUTO && r->anycast))
		return "192.88.99.1";
	return r->local[0];
}

static bool out_wrong(const struct out *p, const struct m46_tun *tun)
{
	struct in6_addr src = ip6(p->src->addr), dst = ip6(p->dst->addr), gw;
	struct m46_tun_out out = {
		.src = &src, .dst = &dst,
		.is_local = p->is_local, .is_back = p->is_back,
	};
	enum m46_counter want = M46_OK, got;
	struct m46_tun_ends ends = {};
	unsigned int i;

	if (p->gw->addr) {
		gw = ip6(p->gw->addr);
		out.gateway = &gw;
	}
	for (i = 0; i < N(rules_out) && !want; i++) {
		if (rules_out[i].breaks(p))
			want = rules_out[i].drop;
	}
	got = m46_tun_check_out(tun, &out, &ends);
	all++;
	passed += got == M46_OK;
	if (got == want && (got || (ends.saddr == ip4(out_from(p)) &&
				    ends.daddr == ip4(out_to(p)))))
		return false;
	printf("# %s > %s via %s%s%s: %s (%#x > %#x), wanted %s\n",
	       p->src->addr, p->dst->addr, p->gw->addr ? p->gw->addr : "none",
	       p->is_local ? ", local" : "", p->is_back ? ", back" : "",
	       name_of(got), ends.saddr, ends.daddr, name_of(want));
	return true;
}

static void matrix_out(const struct role *r, const struct kind *kinds,
		       const struct gateway *gateways, unsigned int n)
{
	struct m46_tun tun = tun_of(r);
	struct out p = { .r = r };
	unsigned int i, wrong = 0;

	passed = 0;
	all = 0;
	for (p.src = kinds; p.src->addr; p.src++) {
		for (p.dst = kinds; p.dst->addr; p.dst++) {
			for (i = 0; i < 3 * n; i++) {
				p.gw = &gateways[i / 3];
				p.is_local = i % 3 == 1;
				p.is_back = i % 3 == 2;
				wrong += out_wrong(&p, &tun);
			}
		}
	}
	ok(!wrong && passed,
	   "into the tunnel, %s: %u of %u pass (SEC-01, SEC-02, SEC-03)",
	   r->name, passed, all);
}

/* ------------------------------------------------------ a configured tunnel */

static void configured(void)
{
	/* RFC 4213 3.6: ff00::/8, ::1, ::/96, ::ffff:0:0/96; :: is DAD's */
	static const struct {
		const char *addr;
		bool bad_src, bad_dst;
	} table[] = {
		{ .addr = "2001:db8::1" }, { .addr = "2002:c000:2aa::1" },
		{ .addr = "2002:a00:1::1" }, { .addr = "fe80::1" },
		{ .addr = "fec0::1" }, { .addr = "fd00::1" },
		{ .addr = "64:ff9b::c000:201" }, { .addr = "0:1::1" },
		{ .addr = "0:0:1::1" }, { .addr = "0:0:0:1::1" },
		{ .addr = "::1:0:0" }, { .addr = "::fffe:c000:201" },
		{ "ff02::1", true, false },
		{ "ff0e::1", true, false },
		{ "::", false, true },
		{ "::1", true, true },
		{ "::192.0.2.1", true, true },
		{ "::255.255.255.255", true, true },
		{ "::ffff:192.0.2.1", true, true },
		{ "::ffff:0:0", true, true },
	};
	struct m46_tun tun = {
		.kind = M46_TUN_CONFIGURED,
		.local = { ip4("10.0.0.1") },
		.n_local = 1,
		.remote = ip4("10.0.0.2"),
	};
	struct m46_tun_ends in = { tun.remote, tun.local[0] };
	unsigned int i, k, wrong = 0;

	for (i = 0; i < N(table); i++) {
		for (k = 0; k < N(table); k++) {
			struct in6_addr src = ip6(table[i].addr);
			struct in6_addr dst = ip6(table[k].addr);
			struct m46_tun_out out = { .src = &src, .dst = &dst };
			struct m46_tun_ends ends = {};
			enum m46_counter drop;

			drop = m46_tun_check_in(&tun, &in, &src, &dst);
			wrong += drop != (table[i].bad_src ?
					  M46_DROP_TUN_SRC6 :
					  table[k].bad_dst ?
					  M46_DROP_TUN_DST6 : M46_OK);
			drop = m46_tun_check_out(&tun, &out, &ends);
			wrong += drop != (table[i].bad_src ?
					  M46_DROP_TUN_SRC6 :
					  table[k].bad_dst ?
					  M46_DROP_TUN_DST6 : M46_OK);
			wrong += !drop && (ends.saddr != tun.local[0] ||
					   ends.daddr != tun.remote);
		}
	}
	ok(!wrong, "a configured tunnel, both ways (TUN-18)");
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 20;
	const struct role *r;

	if (argc > 1)
		rng ^= strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL;
	puts("TAP version 13");
	examples();
	domains(rounds);
	bad4(rounds);
	bad6(rounds);
	isatap();
	ecn();
	tos();
	for (r = roles_6to4; r->name; r++)
		matrix_in(r, kinds_6to4, outers_6to4);
	for (r = roles_6rd; r->name; r++)
		matrix_in(r, kinds_6rd, outers_6rd);
	for (r = roles_6to4; r->name; r++)
		matrix_out(r, kinds_6to4, gateways_6to4, N(gateways_6to4));
	for (r = roles_6rd; r->name; r++)
		matrix_out(r, kinds_6rd, gateways_6rd, N(gateways_6rd));
	configured();
	printf("1..%u\n", tests);
	return failed != 0;
}
