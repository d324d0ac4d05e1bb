// SPDX-License-Identifier: GPL-2.0
/*
 * The translator without a kernel: the vectors of conformance section 0.1, the
 * tables of RFC 7915, and properties on random and mutated packets. Built with
 * ASan and UBSan; every packet lies in a buffer of exactly its size.
 *
 *	test_xlat [SEED [ROUNDS]]
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>

#include "xlat.h"

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

/* ------------------------------------------------- the mode: one /96 for all */

static const struct in6_addr nsp = {
	.s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0x01, 0x22, 0x03, 0x44 },
};

static u32 mtu4 = 1500, mtu6 = 1500;

static enum m46_counter op46(const struct m46_xlat *x, __be32 addr,
			     struct in6_addr *out)
{
	(void)x;
	*out = nsp;
	out->s6_addr32[3] = addr;
	return M46_OK;
}

static enum m46_counter op64(const struct m46_xlat *x,
			     const struct in6_addr *addr, __be32 *out)
{
	(void)x;
	*out = addr->s6_addr32[3];
	return memcmp(addr, &nsp, 12) ? M46_DROP_ADPT_SRC : M46_OK;
}

static enum m46_counter op_quote46(const struct m46_xlat *x, __be32 addr,
				   bool is_src, struct in6_addr *out)
{
	(void)is_src;
	return op46(x, addr, out);
}

static enum m46_counter op_quote64(const struct m46_xlat *x,
				   const struct in6_addr *addr, bool is_src,
				   __be32 *out)
{
	(void)is_src;
	return op64(x, addr, out);
}

static void op_error_src6(const struct m46_xlat *x,
			  const struct in6_addr *daddr, struct in6_addr *out)
{
	(void)x;
	*out = *daddr;
	out->s6_addr[15] ^= 1;
}

static void op_error_src4(const struct m46_xlat *x, __be32 daddr, __be32 *out)
{
	(void)x;
	(void)daddr;
	*out = htonl(0xc0000008);
}

static u32 op_mtu6(const struct m46_xlat *x, const struct in6_addr *daddr)
{
	(void)x;
	(void)daddr;
	return mtu6;
}

static u32 op_mtu4(const struct m46_xlat *x, __be32 daddr)
{
	(void)x;
	(void)daddr;
	return mtu4;
}

static const struct m46_xlat_ops ops = {
	.src46 = op46, .dst46 = op46, .src64 = op64, .dst64 = op64,
	.quote46 = op_quote46, .quote64 = op_quote64,
	.error_src6 = op_error_src6, .error_src4 = op_error_src4,
	.mtu6 = op_mtu6, .mtu4 = op_mtu4,
};

static const struct m46_xlat_cfg cfg = {
	.low6 = 1280,
	.tclass = M46_TCLASS_INHERIT,
	.tos_override = M46_TOS_OVERRIDE_OFF,
	.plateau = { 65535, 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508,
		     296, 68 },
	.n_plateau = 11,
};

static const struct m46_xlat xlat = { .cfg = &cfg, .ops = &ops };

/* ------------------- what xmit46.c and xmit64.c do, on memory; -reason or length */

struct buf {
	u8 *p;
	unsigned int len;
};

/* A heap block of exactly len bytes, so that ASan sees each byte beyond it. */
static struct buf exact(const void *p, unsigned int len)
{
	struct buf b = { malloc(len ? len : 1), len };

	memcpy(b.p, p, len);
	return b;
}

/* Feed the parser as many bytes as it asks for, in a block of that size. */
static int parse4(struct buf b, struct m46_ip4 *ip)
{
	unsigned int avail = 0;
	int ret;

	for (;;) {
		struct buf part = exact(b.p, avail);

		ret = m46_parse4(part.p, avail, b.len, false, ip);
		free(part.p);
		if (ret <= 0)
			return ret;
		if ((unsigned int)ret <= avail || (unsigned int)ret > b.len)
			return -1000;
		avail = ret;
	}
}

static int parse6(struct buf b, struct m46_ip6 *ip)
{
	unsigned int avail = 0;
	int ret;

	for (;;) {
		struct buf part = exact(b.p, avail);

		ret = m46_parse6(part.p, avail, b.len, false, ip);
		free(part.p);
		if (ret <= 0)
			return ret;
		if ((unsigned int)ret <= avail || (unsigned int)ret > b.len)
			return -1000;
		avail = ret;
	}
}

static int translate46(struct buf in, u8 *out, u8 hop)
{
	unsigned int hlen = 40, l4_len;
	struct in6_addr s6, d6;
	struct m46_error err;
	enum m46_counter drop;
	struct m46_ip4 ip;
	int ret;

	ret = parse4(in, &ip);
	if (ret)
		return ret;
	drop = m46_accept4(&cfg, &ip);
	if (drop)
		return -drop;
	if (ip.proto == IPPROTO_ICMP && in.p[ip.hlen] != ICMP_ECHO &&
	    in.p[ip.hlen] != ICMP_ECHOREPLY) {
		drop = m46_error46(&xlat, in.p, &ip, hop ? hop : ip.ttl, out,
				   &err);
		return drop ? -(int)drop : (int)err.len;
	}
	op46(&xlat, ip.saddr, &s6);
	op46(&xlat, ip.daddr, &d6);
	if (m46_ip4_is_frag(&ip))
		hlen += M46_FRAG_HLEN;
	l4_len = ip.tot_len - ip.hlen;
	m46_build6(out, &cfg, &ip, &s6, &d6, hop ? hop : ip.ttl, l4_len,
		   m46_ip4_is_frag(&ip));
	memcpy(out + hlen, in.p + ip.hlen, l4_len);
	if (ip.proto == IPPROTO_ICMP)
		m46_echo46(out + hlen, &s6, &d6, l4_len);
	else if (!ip.offset)
		m46_l4_adjust(ip.proto, out + hlen, l4_len,
			      m46_delta46(ip.saddr, ip.daddr, &s6, &d6),
			      false);
	return hlen + l4_len;
}

static int translate64(struct buf in, u8 *out, u8 hop)
{
	enum m46_counter drop;
	struct m46_error err;
	unsigned int l4_len;
	struct m46_ip6 ip;
	__be32 s, d;
	int ret;

	ret = parse6(in, &ip);
	if (ret)
		return ret;
	drop = m46_accept6(&cfg, &ip);
	if (drop)
		return -drop;
	if (ip.proto == IPPROTO_ICMPV6 && m46_icmp6_is_error(in.p[ip.hlen])) {
		drop = m46_error64(&xlat, in.p, &ip, hop ? hop : ip.hop_limit,
				   out, &err);
		return drop ? -(int)drop : (int)err.len;
	}
	if (ip.proto == IPPROTO_ICMPV6 && in.p[ip.hlen] != 128 &&
	    in.p[ip.hlen] != 129)
		return -M46_DROP_ICMP_UNKNOWN;
	if (op64(&xlat, &ip.saddr, &s) || op64(&xlat, &ip.daddr, &d))
		return -M46_DROP_ADPT_SRC;
	l4_len = ip.tot_len - ip.hlen;
	m46_build4(out, &cfg, &ip, s, d, hop ? hop : ip.hop_limit, 0, l4_len,
		   20 + l4_len);
	memcpy(out + 20, in.p + ip.hlen, l4_len);
	if (ip.proto == IPPROTO_ICMPV6)
		m46_echo64(out + 20, &ip.saddr, &ip.daddr, l4_len);
	else if (!ip.offset)
		m46_l4_adjust(ip.proto, out + 20, l4_len,
			      m46_delta64(&ip.saddr, &ip.daddr, s, d), false);
	return 20 + l4_len;
}

/* -------------------------------------------------------------------- vectors */

static struct buf unhex(const char *s)
{
	unsigned int len = 0, v;
	u8 p[1500];

	for (; sscanf(s, "%2x", &v) == 1; s += 2)
		p[len++] = v;
	return exact(p, len);
}

static u8 work[70000];

static void vector(const char *name, int (*f)(struct buf, u8 *, u8),
		   const char *in, const char *out)
{
	struct buf i = unhex(in), o = unhex(out);
	/* One hop less than on arrival, as the router around it makes it. */
	int ret = f(i, work, f == translate46 ? i.p[8] - 1 : i.p[7] - 1);

	ok(ret == (int)o.len && !memcmp(work, o.p, o.len), "%s", name);
	free(i.p);
	free(o.p);
}

static void vectors(void)
{
	vector("V1 UDP 4->6 (SIIT-02 SIIT-03 SIIT-20)", translate46,
	       "45ba00201234000040117b88c0000221c63364020fa00035000c60546d343621",
	       "6ba00000000c113f20010db80122034400000000c000022120010db80122034400000000c63364020fa00035000cfc156d343621");
	vector("V2 echo request 4->6 (ICMP-01)", translate46,
	       "450000240001400040014e81c0000221c633640208009ea84d4600010001020304050607",
	       "6000000000103a3f20010db80122034400000000c000022120010db80122034400000000c63364028000d5c74d4600010001020304050607");
	vector("V3 echo reply 6->4 (ICMP-31 SIIT-40)", translate64,
	       "600abcde00103a4020010db80122034400000000c633640220010db80122034400000000c00002218100d4c74d4600010001020304050607",
	       "45000024000000003f018f82c6336402c00002210000a6a84d4600010001020304050607");
	vector("V4 middle fragment 4->6 (SIIT-16)", translate46,
	       "45000024beef20b94011aec9c0000221c633640200000000000000000000000000000000",
	       "6000000000182c3f20010db80122034400000000c000022120010db80122034400000000c6336402110005c90000beef00000000000000000000000000000000");
	vector("V5 ICMPv4 3/4 with quotation (ICMP-09 ICMP-20 ICMP-47 ICMP-50)",
	       translate46,
	       "45000038000000003e017e9acb007109c000022103048f4600000578450005c8007740003c114c57c0000221c63364020fa0003505b452b4",
	       "6000000000383a3d20010db80122034400000000cb00710920010db80122034400000000c00002210200ca110000058c6000000005b4113c20010db80122034400000000c000022120010db80122034400000000c63364020fa0003505b4ee75");
}

/* --------------------------------------------------------------------- tables */

static unsigned int put4(u8 *p, u8 proto, unsigned int l4_len, u8 ttl)
{
	u16 sum;

	memset(p, 0, 20);
	p[0] = 0x45;
	p[2] = (20 + l4_len) >> 8;
	p[3] = 20 + l4_len;
	p[8] = ttl;
	p[9] = proto;
	memcpy(p + 12, "\xc6\x33\x64\x02\xc0\x00\x02\x21", 8);
	sum = ip_fast_csum(p, 5);
	memcpy(p + 10, &sum, 2);
	return 20 + l4_len;
}

static unsigned int put6(u8 *p, u8 proto, unsigned int l4_len, u8 hl)
{
	memset(p, 0, 40);
	p[0] = 0x60;
	p[4] = l4_len >> 8;
	p[5] = l4_len;
	p[6] = proto;
	p[7] = hl;
	memcpy(p + 8, &nsp, 12);
	memcpy(p + 20, "\xc6\x33\x64\x02", 4);
	memcpy(p + 24, &nsp, 12);
	memcpy(p + 36, "\xc0\x00\x02\x21", 4);
	return 40 + l4_len;
}

/* An ICMPv4 error of this type about a UDP packet going the other way. */
static int error46(u8 type, u8 code, u8 b4, u16 mtu, u16 quoted_len)
{
	u8 p[20 + 8 + 28];
	struct buf b;
	u16 sum;
	int ret;

	put4(p, IPPROTO_ICMP, 36, 60);
	memset(p + 20, 0, 8);
	p[20] = type;
	p[21] = code;
	p[24] = b4;
	p[26] = mtu >> 8;
	p[27] = mtu;
	put4(p + 28, IPPROTO_UDP, 8, 33);
	memcpy(p + 28 + 12, "\xc0\x00\x02\x21\xc6\x33\x64\x02", 8);
	p[30] = quoted_len >> 8;
	p[31] = quoted_len;
	memcpy(p + 48, "\x0f\xa0\x00\x35\x00\x08\x12\x34", 8);
	sum = csum_fold(csum_partial(p + 20, 36, 0));
	memcpy(p + 22, &sum, 2);
	b = exact(p, sizeof(p));
	ret = translate46(b, work, 0);
	free(b.p);
	return ret;
}

static int error64(u8 type, u8 code, u32 word, bool frag)
{
	unsigned int l4 = frag ? 16 : 8;
	u8 p[40 + 8 + 40 + 16];
	struct buf b;
	u16 sum;
	int ret;

	put6(p, IPPROTO_ICMPV6, 48 + l4, 60);
	memset(p + 40, 0, 8);
	p[40] = type;
	p[41] = code;
	p[44] = word >> 24;
	p[45] = word >> 16;
	p[46] = word >> 8;
	p[47] = word;
	put6(p + 48, frag ? 44 : IPPROTO_UDP, l4, 33);
	memcpy(p + 48 + 20, "\xc0\x00\x02\x21", 4);
	memcpy(p + 48 + 36, "\xc6\x33\x64\x02", 4);
	if (frag)
		memcpy(p + 88, "\x11\x00\x00\x01\xaa\xbb\xcc\xdd", 8);
	memcpy(p + 88 + l4 - 8, "\x0f\xa0\x00\x35\x00\x08\x12\x34", 8);
	sum = csum_ipv6_magic((void *)(p + 8), (void *)(p + 24), 48 + l4, 58,
			      csum_partial(p + 40, 48 + l4, 0));
	memcpy(p + 42, &sum, 2);
	b = exact(p, 88 + l4);
	ret = translate64(b, work, 0);
	free(b.p);
	return ret;
}

/* RFC 7915 4.2: -1 for silence, else type << 8 | code. */
static int want46(unsigned int type, unsigned int code)
{
	static const int unreach[] = {
		0x100, 0x100, 0x401, 0x104, 0x200, 0x100, 0x100, 0x100, 0x100,
		0x101, 0x101, 0x100, 0x100, 0x101, -1, 0x101,
	};

	if (type == 3)
		return code < 16 ? unreach[code] : -1;
	if (type == 11)
		return 0x300 | code;
	if (type == 12)
		return code == 0 || code == 2 ? 0x400 : -1;
	return -1;
}

/* RFC 7915 5.2. */
static int want64(unsigned int type, unsigned int code)
{
	static const int unreach[] = { 0x301, 0x30a, 0x301, 0x301, 0x303 };

	if (type == 1)
		return code < 5 ? unreach[code] : -1;
	if (type == 2)
		return 0x304;
	if (type == 3)
		return 0xb00 | code;
	if (type == 4)
		return code == 0 ? 0xc00 : code == 1 ? 0x302 : -1;
	return -1;
}

static void tables(void)
{
	unsigned int type, code, bad = 0;

	for (type = 0; type < 256; type++) {
		if (type == 0 || type == 8)
			continue;
		for (code = 0; code < 256; code++) {
			int want = want46(type, code);
			int ret = error46(type, code, 0, 1400, 28);
			int got = ret < 0 ? -1 : work[40] << 8 | work[41];

			if (got != want && bad++ < 5)
				printf("# ICMPv4 %u/%u: got %x, want %x\n",
				       type, code, got, want);
		}
	}
	ok(!bad, "all ICMPv4 types and codes (ICMP-03..ICMP-24)");

	for (type = 0, bad = 0; type < 128; type++) {
		for (code = 0; code < 256; code++) {
			int want = want64(type, code);
			int ret = error64(type, code, 0, false);
			int got = ret < 0 ? -1 : work[20] << 8 | work[21];

			if (got != want && bad++ < 5)
				printf("# ICMPv6 %u/%u: got %x, want %x\n",
				       type, code, got, want);
		}
	}
	ok(!bad, "all ICMPv6 error types and codes (ICMP-34..ICMP-46)");
}

static void pointers(void)
{
	static const int map46[] = { 0, 1, 4, 4, -1, -1, -1, -1, 7, 6, -1, -1,
				     8, 8, 8, 8, 24, 24, 24, 24 };
	unsigned int ptr, bad = 0;

	for (ptr = 0; ptr < 256; ptr++) {
		int want = ptr < 20 ? map46[ptr] : -1;
		int ret = error46(12, 0, ptr, 0, 28);

		bad += (ret < 0 ? -1 : work[47]) != want;
	}
	ok(!bad, "all pointers 4->6 (ICMP-25)");
	for (ptr = 0, bad = 0; ptr < 300; ptr++) {
		int want = ptr < 2 ? (int)ptr : ptr < 4 ? -1 : ptr < 6 ? 2 :
			   ptr == 6 ? 9 : ptr == 7 ? 8 : ptr < 24 ? 12 :
			   ptr < 40 ? 16 : -1;
		int ret = error64(4, 0, ptr, false);

		bad += (ret < 0 ? -1 : work[24]) != want;
	}
	ok(!bad, "all pointers 6->4 (ICMP-41)");
}

static int mtu46(u16 field, u16 quoted, u32 m4, u32 m6)
{
	int ret;

	mtu4 = m4;
	mtu6 = m6;
	ret = error46(3, 4, 0, field, quoted);
	mtu4 = 1500;
	mtu6 = 1500;
	return ret < 0 ? ret : work[46] << 8 | work[47];
}

static int mtu64(u32 field, bool frag)
{
	int ret = error64(2, 0, field, frag);

	return ret < 0 ? ret : work[26] << 8 | work[27];
}

static void mtus(void)
{
	ok(mtu46(1400, 1500, 1500, 1500) == 1420, "3/4 1400 -> 1420 (ICMP-20)");
	ok(mtu46(500, 1500, 1500, 1500) == 1280, "3/4 500 -> 1280 (ICMP-20)");
	ok(mtu46(1500, 1500, 1500, 1400) == 1400, "3/4 capped by mtu6 (ICMP-20)");
	ok(mtu46(65535, 1500, 1500, 1500) == 1500, "3/4 65535 -> 1500 (ICMP-20)");
	ok(mtu46(0, 1500, 9000, 9000) == 1512, "plateau below 1500 (ICMP-26)");
	ok(mtu46(0, 1480, 9000, 9000) == 1280, "no plateau below 1480 (ICMP-26)");
	ok(mtu46(0, 3000, 9000, 9000) == 2022, "plateau below 3000 (ICMP-26)");
	ok(mtu46(0, 1000, 9000, 9000) == 1280, "plateau under 1280 (ICMP-26)");
	ok(mtu64(1420, false) == 1400, "PTB 1420 -> 1400 (ICMP-39)");
	ok(mtu64(9000, false) == 1480, "PTB 9000 capped by mtu6 - 20 (ICMP-39)");
	ok(mtu64(1400, true) == 1372, "PTB with Fragment header (ICMP-45)");
	ok(mtu64(0, false) == 68, "PTB 0 -> 68 (ICMP-45)");
}

/* ----------------------------------------------------------------- properties */

static u64 rng = 88172645463325252ULL;

static u32 rnd(u32 n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (u32)(rng >> 16) % n;
}

static u16 l4_sum(const u8 *p, unsigned int hlen, unsigned int len, bool six,
		  u8 proto)
{
	__wsum sum = csum_partial(p + hlen, len - hlen, 0);
	u16 tail[2] = { htons(proto), htons(len - hlen) };

	if (six)
		sum = csum_partial(p + 8, 32, sum);
	else if (proto != IPPROTO_ICMP)
		sum = csum_partial(p + 12, 8, sum);
	if (six || proto != IPPROTO_ICMP)
		sum = csum_partial(tail, sizeof(tail), sum);
	return csum_fold(sum);
}

/* A valid IPv4 packet with random transport; returns its length. */
static unsigned int random4(u8 *p)
{
	static const u8 protos[] = { 1, 6, 17, 33, 136, 50, 132, 200 };
	unsigned int l4 = 20 + rnd(200), i;
	u8 proto = protos[rnd(sizeof(protos))];
	u16 sum;

	put4(p, proto, l4, 2 + rnd(250));
	p[1] = rnd(256);
	for (i = 0; i < l4; i++)
		p[20 + i] = rnd(256);
	if (proto == 1) {
		p[20] = rnd(2) ? 8 : 0;
		p[21] = 0;
	}
	sum = 0;
	memcpy(p + 10, &sum, 2);
	sum = ip_fast_csum(p, 5);
	memcpy(p + 10, &sum, 2);
	i = proto == 1 ? 22 : proto == 6 ? 36 : 26;
	if (proto == 1 || proto == 6 || proto == 17) {
		memset(p + i, 0, 2);
		sum = l4_sum(p, 20, 20 + l4, false, proto);
		if (!sum)
			sum = 0xffff;
		memcpy(p + i, &sum, 2);
	}
	return 20 + l4;
}

/* The same but for the two zeroes of one's complement in the checksum. */
static bool same_l4(const u8 *a, const u8 *b, unsigned int len, u8 proto)
{
	unsigned int off = proto == 1 ? 2 : proto == 6 ? 16 : 6;
	bool has = proto == 1 || proto == 6 || proto == 17 || proto == 33 ||
		   proto == 136;
	u16 x, y;

	if (!has)
		return !memcmp(a, b, len);
	memcpy(&x, a + off, 2);
	memcpy(&y, b + off, 2);
	return !memcmp(a, b, off) && x % 0xffff == y % 0xffff &&
	       !memcmp(a + off + 2, b + off + 2, len - off - 2);
}

static void round_trip(unsigned int rounds)
{
	unsigned int bad_sum = 0, bad_back = 0, bad_drop = 0;
	static u8 back[70000];
	u8 p[300];

	while (rounds--) {
		unsigned int len = random4(p);
		struct buf b = exact(p, len), c;
		int n = translate46(b, work, 0), m;
		u8 nh = work[6];

		if (n != (int)len + 20) {
			bad_drop++;
			free(b.p);
			continue;
		}
		if ((nh == 58 || nh == 6 || nh == 17) &&
		    l4_sum(work, 40, n, true, nh))
			bad_sum++;
		c = exact(work, n);
		m = translate64(c, back, 0);
		/* DF, ID and so the header checksum are what it may lose. */
		if (m != (int)len || memcmp(back + 12, p + 12, 8) ||
		    !same_l4(back + 20, p + 20, len - 20, p[9]) ||
		    back[1] != p[1] || back[8] != p[8] || back[9] != p[9] ||
		    ip_fast_csum(back, 5))
			bad_back++;
		free(b.p);
		free(c.p);
	}
	ok(!bad_drop, "valid packets are translated");
	ok(!bad_sum, "checksums are right after 4->6 (SIIT-20 ICMP-01)");
	ok(!bad_back, "4->6->4 gives the packet back (SIIT-54 SIIT-57)");
}

static const char *seeds[] = {
	"45ba00201234000040117b88c0000221c63364020fa00035000c60546d343621",
	"450000240001400040014e81c0000221c633640208009ea84d4600010001020304050607",
	"600abcde00103a4020010db80122034400000000c633640220010db80122034400000000c00002218100d4c74d4600010001020304050607",
	"45000024beef20b94011aec9c0000221c633640200000000000000000000000000000000",
	"45000038000000003e017e9acb007109c000022103048f4600000578450005c8007740003c114c57c0000221c63364020fa0003505b452b4",
	"6000000000383a3d20010db80122034400000000cb00710920010db80122034400000000c00002210200ca110000058c6000000005b4113c20010db80122034400000000c000022120010db80122034400000000c63364020fa0003505b4ee75",
	"4f00003c00000000400100000000000000000000830704c0000201000101010101010101010101010101010101010101010101010101010101010101",
	"6000000000202b4020010db80122034400000000c633640220010db80122034400000000c0000221000000003c00000000000000110000000000000000350035000800008100d4c7",
};

/* Make the checksums right again, so that mutants get past them. */
static void mend(u8 *p, unsigned int len)
{
	unsigned int hlen = (p[0] & 15) * 4;
	u16 sum = 0;

	if (len >= 20 && p[0] >> 4 == 4 && hlen >= 20 && len >= hlen) {
		memcpy(p + 10, &sum, 2);
		sum = ip_fast_csum(p, hlen / 4);
		memcpy(p + 10, &sum, 2);
		if (p[9] == 1 && len >= hlen + 8) {
			sum = 0;
			memcpy(p + hlen + 2, &sum, 2);
			sum = csum_fold(csum_partial(p + hlen, len - hlen, 0));
			memcpy(p + hlen + 2, &sum, 2);
		}
	} else if (len >= 48 && p[0] >> 4 == 6 && p[6] == 58) {
		memcpy(p + 42, &sum, 2);
		sum = l4_sum(p, 40, len, true, 58);
		memcpy(p + 42, &sum, 2);
	}
}

static bool sane6(const u8 *p, int len)
{
	return len >= 40 && p[0] >> 4 == 6 &&
	       (p[4] << 8 | p[5]) + 40 == len;
}

static bool sane4(const u8 *p, int len)
{
	return len >= 20 && p[0] == 0x45 && (p[2] << 8 | p[3]) == len &&
	       !ip_fast_csum(p, 5);
}

/* E2E-10: nothing that comes in makes it read outside or write nonsense. */
static void mutants(unsigned int rounds)
{
	unsigned int bad = 0, passed = 0, n;
	u8 p[600];

	for (n = 0; n < rounds; n++) {
		struct buf s = unhex(seeds[rnd(sizeof(seeds) / sizeof(*seeds))]);
		unsigned int i, len = s.len;
		struct buf b;
		int ret;

		memcpy(p, s.p, len);
		while (len < sizeof(p) && rnd(4) == 0)
			p[len++] = rnd(256);
		for (i = rnd(6); i; i--)
			p[rnd(len)] = rnd(3) ? rnd(256) : rnd(2) * 255;
		if (rnd(8) == 0)
			len = rnd(len + 1);
		if (len && rnd(4)) {
			if (p[0] >> 4 == 4 && len >= 4) {
				p[2] = len >> 8;
				p[3] = len;
			} else if (len >= 40) {
				p[4] = (len - 40) >> 8;
				p[5] = len - 40;
			}
			mend(p, len);
		}
		b = exact(p, len);
		ret = translate46(b, work, 0);
		bad += ret == -1000 || (ret >= 0 && !sane6(work, ret));
		passed += ret > 0;
		ret = translate64(b, work, 0);
		bad += ret == -1000 || (ret >= 0 && !sane4(work, ret));
		passed += ret > 0;
		free(b.p);
		free(s.p);
	}
	printf("# %u mutants, %u of them translated\n", rounds, passed);
	ok(!bad && passed > rounds / 20, "mutants give valid packets or none (E2E-10)");
}

static void truncations(void)
{
	unsigned int i, len, bad = 0;

	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++) {
		struct buf s = unhex(seeds[i]);

		for (len = 0; len <= s.len; len++) {
			struct buf b = exact(s.p, len);
			int a = translate46(b, work, 0);
			int c = translate64(b, work, 0);

			bad += a == -1000 || c == -1000 ||
			       (len < s.len && (a >= 0 || c >= 0));
			free(b.p);
		}
		free(s.p);
	}
	ok(!bad, "a packet cut at any length is refused (E2E-10 SIIT-01)");
}

/* ------------------------------------------------- IPv6 to IPv6 ("hairpin") */

/* Two hosts with entries. Whatever else is asked for is a router's. */
static const struct {
	struct in6_addr ipv6;
	u32 ipv4;
} hosts[] = {
	{ { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 0x0a } },
	  0xc633640a },
	{ { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0, 2, [15] = 0x0b } },
	  0xc633640b },
};

static enum m46_counter host46(const struct m46_xlat *x, __be32 addr,
			       struct in6_addr *out)
{
	unsigned int i;

	for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		if (addr == htonl(hosts[i].ipv4)) {
			*out = hosts[i].ipv6;
			return M46_OK;
		}
	}
	return M46_DROP_NO_ENTRY;
}

static enum m46_counter host64(const struct m46_xlat *x,
			       const struct in6_addr *addr, __be32 *out)
{
	unsigned int i;

	for (i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
		if (!memcmp(addr, &hosts[i].ipv6, sizeof(*addr))) {
			*out = htonl(hosts[i].ipv4);
			return M46_OK;
		}
	}
	return M46_DROP_NO_ENTRY;
}

static enum m46_counter quote66(const struct m46_xlat *x,
				const struct in6_addr *addr, bool is_src,
				struct in6_addr *out)
{
	enum m46_counter drop;
	__be32 ipv4;

	drop = is_src ? op64(x, addr, &ipv4) : host64(x, addr, &ipv4);
	if (drop)
		return drop;
	return is_src ? host46(x, ipv4, out) : op46(x, ipv4, out);
}

static const struct m46_xlat_ops ops66 = {
	.src46 = op46, .dst46 = host46, .src64 = host64, .dst64 = op64,
	.quote66 = quote66, .error_src4 = op_error_src4,
};

static const struct m46_xlat xlat66 = { .cfg = &cfg, .ops = &ops66 };

/* An error in a block of its size; what the device hands to m46_error66(). */
static int error66_replaced = -1;

static int error66(struct buf in, u8 *out, u8 hop)
{
	struct buf b = exact(in.p, in.len);
	struct m46_error err = { };
	enum m46_counter drop;
	struct m46_ip6 ip;
	int ret;

	error66_replaced = -1;
	ret = parse6(b, &ip);
	if (ret || ip.proto != IPPROTO_ICMPV6 || ip.offset ||
	    ip.tot_len == ip.hlen || !m46_icmp6_is_error(b.p[ip.hlen])) {
		free(b.p);
		return ret ? ret : -999;
	}
	drop = m46_error66(&xlat66, b.p, &ip, hop ? hop : ip.hop_limit, &err);
	ret = drop ? -(int)drop : (int)err.len;
	if (!drop) {
		memcpy(out, b.p, err.len);
		error66_replaced = err.replaced;
	}
	free(b.p);
	return ret;
}

static const char *seeds66[] = {
	"60000000003c3a4020010db800020000000000000000000b20010db80122034400000000c633640a010403370000000060000000000c113c20010db80122034400000000c633640a20010db800020000000000000000000b0fa00035000cc2886d343621",
	"6000000000483a4020010db800000000000000000000123420010db80122034400000000c633640a0200b53700000500600000000514063c20010db80122034400000000c633640a20010db800020000000000000000000b0fa000500102030405060708501820001f67000000010203",
	"6000000000943a4020010db800020000000000000000000b20010db80122034400000000c633640a0300c846100000006000000000203a0120010db80122034400000000c633640a20010db800020000000000000000000b800023aa4d460001000102030405060708090a0b0c0d0e0f101112131415161700000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002000ddb50008010100010140",
	"6000000000483a4020010db800020000000000000000000b20010db80122034400000000c633640a03019aa3000000006000000000182c3c20010db80122034400000000c633640a20010db800020000000000000000000b11000064aabbccdd000102030405060708090a0b0c0d0e0f",
};

static void vectors66(void)
{
	vector("H1 port unreachable of a host, about UDP (EAM-11 M46T-31)",
	       error66, seeds66[0],
	       "60000000003c3a3f20010db80122034400000000c633640b20010db800010000000000000000000a010403380000000060000000000c113c20010db800010000000000000000000a20010db80122034400000000c633640b0fa00035000cc2896d343621");
	ok(error66_replaced == 0, "H1 has the host's own address (EAM-11)");
	vector("H2 too big of a router, about TCP cut short (EAM-11)",
	       error66, seeds66[1],
	       "6000000000483a3f20010db80122034400000000c000000820010db800010000000000000000000a0200319600000500600000000514063c20010db800010000000000000000000a20010db80122034400000000c633640b0fa000500102030405060708501820001f68000000010203");
	ok(error66_replaced == 1, "H2 has an RFC 6791 address (EAM-11)");
	vector("H3 time exceeded with an extension, about an echo (ICMP-48)",
	       error66, seeds66[2],
	       "6000000000943a3f20010db80122034400000000c633640b20010db800010000000000000000000a0300c847100000006000000000203a0120010db800010000000000000000000a20010db80122034400000000c633640b800023ab4d460001000102030405060708090a0b0c0d0e0f101112131415161700000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000002000ddb50008010100010140");
	vector("H4 about a fragment that is not the first (EAM-11)",
	       error66, seeds66[3],
	       "6000000000483a3f20010db80122034400000000c633640b20010db800010000000000000000000a03019aa5000000006000000000182c3c20010db800010000000000000000000a20010db80122034400000000c633640b11000064aabbccdd000102030405060708090a0b0c0d0e0f");
}

/* A seed with n bytes changed at off, and a checksum that is right. */
static int mutate66(unsigned int seed, unsigned int off, const void *bytes,
		    unsigned int n, unsigned int len)
{
	struct buf s = unhex(seeds66[seed]);
	int ret;

	if (len && len < s.len) {
		s.len = len;
		s.p[4] = (len - 40) >> 8;
		s.p[5] = len - 40;
	}
	memcpy(s.p + off, bytes, n);
	mend(s.p, s.len);
	ret = error66(s, work, 63);
	free(s.p);
	return ret;
}

static void refusals66(void)
{
	struct buf s = unhex(seeds66[0]);

	s.p[43] ^= 1;
	ok(error66(s, work, 63) == -M46_DROP_BAD_ICMP_CSUM,
	   "6->6, a wrong checksum (EAM-11 ICMP-61)");
	free(s.p);
	ok(mutate66(0, 40, "\1\4", 2, 87) == -M46_DROP_SHORT_ERROR,
	   "6->6, 39 bytes quoted (EAM-11)");
	ok(mutate66(0, 40, "\1\4", 2, 88) == 88,
	   "6->6, 40 bytes quoted (EAM-11)");
	ok(mutate66(0, 40, "\4\2", 2, 0) == -M46_DROP_ICMP_UNKNOWN,
	   "6->6, an error that IPv4 does not know (EAM-11)");
	ok(mutate66(0, 48, "\x45", 1, 0) == -M46_DROP_BAD_QUOTE,
	   "6->6, no IPv6 packet quoted (EAM-11)");
	ok(mutate66(0, 44, "\xff", 1, 0) == -M46_DROP_BAD_EXT,
	   "6->6, an extension beyond the end (ICMP-53)");
	ok(mutate66(2, 88, "\1", 1, 0) == -M46_DROP_ICMP_NESTED_ERROR,
	   "6->6, about an error (EAM-11)");
	ok(mutate66(0, 71, "\x63", 1, 0) == -M46_DROP_NO_ENTRY,
	   "6->6, about a packet of a host without entry (EAM-11)");
	ok(mutate66(0, 56, "\x30", 1, 0) == -M46_DROP_ADPT_SRC,
	   "6->6, about a packet that was not turned round (EAM-11)");
	ok(mutate66(0, 87, "\x63", 1, 0) == -M46_DROP_NO_ENTRY,
	   "6->6, about a packet to a host without entry (EAM-11)");
	ok(mutate66(0, 39, "\x63", 1, 0) == -M46_DROP_NO_ENTRY,
	   "6->6, to a host without entry (EAM-11)");
	ok(mutate66(0, 24, "\x30", 1, 0) == -M46_DROP_ADPT_SRC,
	   "6->6, to an address that is nobody's (EAM-11)");
}

/* Type, code, and MTU or pointer stay, or IPv4 would not have had it. */
static void table66(void)
{
	unsigned int type, code, bad = 0;

	for (type = 0; type < 128; type++) {
		for (code = 0; code < 256; code++) {
			/* neither a length of an extension nor a pointer */
			u8 p[8] = { type, code, 0, 0, 0, 0, 0, 6 };
			int want = want64(type, code) < 0 ? -1 : 100;
			int got = mutate66(0, 40, p, sizeof(p), 0);

			bad += (got < 0 ? -1 : got) != want ||
			       (got > 0 && (memcmp(work + 40, p, 2) ||
					    memcmp(work + 44, p + 4, 4)));
		}
	}
	ok(!bad, "6->6, all ICMPv6 error types and codes (EAM-11)");
}

/* A valid IPv6 packet with random transport from saddr to daddr. */
static unsigned int random66(u8 *p, const struct in6_addr *saddr,
			     const struct in6_addr *daddr)
{
	static const u8 protos[] = { 6, 17, 33, 58, 136, 50, 132 };
	u8 proto = protos[rnd(sizeof(protos))];
	unsigned int l4 = 20 + rnd(200), i;
	int off = proto == 6 ? 16 : proto == 58 ? 2 : proto == 50 ||
		  proto == 132 ? -1 : 6;
	u16 sum;

	put6(p, proto, l4, 60);
	memcpy(p + 8, saddr, 16);
	memcpy(p + 24, daddr, 16);
	for (i = 0; i < l4; i++)
		p[40 + i] = rnd(256);
	if (proto == 58)
		p[40] = 128 + rnd(2);
	if (off < 0)
		return 40 + l4;
	memset(p + 40 + off, 0, 2);
	/* UDP without checksum too */
	if (proto == 17 && !rnd(8))
		return 40 + l4;
	sum = l4_sum(p, 40, 40 + l4, true, proto);
	if (!sum && proto != 58)
		sum = 0xffff;
	memcpy(p + 40 + off, &sum, 2);
	return 40 + l4;
}

static bool has_sum66(u8 proto)
{
	return proto != 50 && proto != 132;
}

/* The same but for the two zeroes of one's complement in the checksum. */
static bool same66(const u8 *a, const u8 *b, unsigned int len, u8 proto)
{
	return proto == 58 ? same_l4(a, b, len, 1) : same_l4(a, b, len, proto);
}

/*
 * A packet from host 0 to M + host 1 becomes one from M + host 0 to host 1; an
 * error that quotes it is about the first one again. Both checksums are right,
 * and what has no checksum of its own is not touched.
 */
static void round_trip66(unsigned int rounds)
{
	unsigned int bad_sum = 0, bad_zero = 0, bad_back = 0, bad_other = 0;
	struct in6_addr m0, m1;
	u8 p[300], q[400];

	op46(NULL, htonl(hosts[0].ipv4), &m0);
	op46(NULL, htonl(hosts[1].ipv4), &m1);
	while (rounds--) {
		unsigned int len = random66(p, &hosts[0].ipv6, &m1), n;
		u8 proto = p[6];
		bool none = proto == 17 && !p[46] && !p[47];
		struct buf l4 = exact(p + 40, len - 40), b;
		u16 sum;

		m46_l4_adjust66(proto, l4.p, l4.len,
				m46_delta66(&hosts[0].ipv6, &m1, &m0,
					    &hosts[1].ipv6), false);
		put6(q, IPPROTO_ICMPV6, 8 + len, 64);
		memcpy(q + 8, &hosts[1].ipv6, 16);
		memcpy(q + 24, &m0, 16);
		memset(q + 40, 0, 8);
		q[40] = 1;
		memcpy(q + 48, p, 40);
		memcpy(q + 56, &m0, 16);
		memcpy(q + 72, &hosts[1].ipv6, 16);
		memcpy(q + 88, l4.p, l4.len);
		if (!has_sum66(proto))
			bad_other += !!memcmp(l4.p, p + 40, l4.len);
		else if (none)
			bad_zero += !!memcmp(l4.p, p + 40, l4.len);
		else
			bad_sum += l4_sum(q + 48, 40, len, true, proto) != 0;
		bad_zero += proto == 17 && !none && !l4.p[6] && !l4.p[7];
		sum = l4_sum(q, 40, 48 + len, true, 58);
		memcpy(q + 42, &sum, 2);
		b = exact(q, 48 + len);
		n = error66(b, work, 63);
		bad_back += n != 48 + len || memcmp(work + 48, p, 40) ||
			    !same66(work + 88, p + 40, len - 40, proto) ||
			    l4_sum(work, 40, n, true, 58);
		free(b.p);
		free(l4.p);
	}
	ok(!bad_sum, "checksums are right after 6->6 (M46T-44 EAM-14)");
	ok(!bad_zero, "UDP: none stays none, and none comes of another (SIIT-54)");
	ok(!bad_other, "6->6 leaves other protocols alone (M46T-46)");
	ok(!bad_back, "an error about it is about the packet sent (EAM-11)");
}

/* A checksum that hardware will complete, and headers that are cut short. */
static void adjust66(unsigned int rounds)
{
	static const u8 protos[] = { 6, 17, 33, 136 };
	unsigned int bad_partial = 0, bad_short = 0;

	while (rounds--) {
		struct in6_addr a[4];
		u8 proto = protos[rnd(sizeof(protos))], l4[20], was[20];
		unsigned int off = proto == 6 ? 16 : 6, len = 8 + rnd(1000), i;
		__wsum delta;
		u16 sum, want;

		for (i = 0; i < sizeof(a); i++)
			((u8 *)a)[i] = rnd(256);
		delta = m46_delta66(&a[0], &a[1], &a[2], &a[3]);
		memset(l4, 0, sizeof(l4));
		sum = ~csum_ipv6_magic(&a[0], &a[1], len, proto, 0);
		want = ~csum_ipv6_magic(&a[2], &a[3], len, proto, 0);
		memcpy(l4 + off, &sum, 2);
		m46_l4_adjust66(proto, l4, sizeof(l4), delta, true);
		memcpy(&sum, l4 + off, 2);
		bad_partial += sum % 0xffff != want % 0xffff;

		for (i = 0; i < sizeof(l4); i++)
			was[i] = rnd(256);
		for (i = 0; i < off + 2; i++) {
			struct buf b = exact(was, i);

			m46_l4_adjust66(proto, b.p, i, delta, false);
			bad_short += !!memcmp(b.p, was, i);
			free(b.p);
		}
		for (i = 0; i < 4; i++) {
			struct buf b = exact(was, i);

			m46_l4_adjust66(IPPROTO_ICMPV6, b.p, i, delta, false);
			bad_short += !!memcmp(b.p, was, i);
			free(b.p);
		}
	}
	ok(!bad_partial, "6->6, a partial checksum stays partial (KERN-01)");
	ok(!bad_short, "6->6, a header cut before its checksum (EAM-11)");
}

static void mutants66(unsigned int rounds)
{
	unsigned int bad = 0, passed = 0, n, i, len;
	u8 p[400];

	for (n = 0; n < rounds; n++) {
		struct buf s = unhex(seeds66[rnd(sizeof(seeds66) /
						 sizeof(*seeds66))]), b;
		int ret;

		len = s.len;
		memcpy(p, s.p, len);
		for (i = rnd(6); i; i--)
			p[40 + rnd(len - 40)] = rnd(3) ? rnd(256) : rnd(2) * 255;
		if (rnd(4) == 0)
			len = 40 + rnd(len - 39);
		p[4] = (len - 40) >> 8;
		p[5] = len - 40;
		mend(p, len);
		b = exact(p, len);
		ret = error66(b, work, 0);
		bad += ret == -1000 ||
		       (ret >= 0 && (ret != len || !sane6(work, ret) ||
				     l4_sum(work, 40, ret, true, 58)));
		passed += ret > 0;
		free(b.p);
		free(s.p);
	}
	printf("# %u mutants, %u of them turned round\n", rounds, passed);
	ok(!bad && passed > rounds / 20,
	   "6->6, mutants give valid errors or none (E2E-10)");
}

static void addresses(void)
{
	static const u32 barred[] = {
		0x00000001, 0x0a010203, 0x64400001, 0x647fffff, 0x7f000001,
		0xa9fe0001, 0xac100000, 0xac1fffff, 0xc0000001, 0xc0000201,
		0xc0586301, 0xc0a80001, 0xc6120001, 0xc613ffff, 0xc6336401,
		0xcb007101, 0xe0000001, 0xf0000001, 0xffffffff,
	};
	static const u32 fine[] = {
		0x01000000, 0x09ffffff, 0x0b000000, 0x643fffff, 0x64800000,
		0xac0fffff, 0xac200000, 0xc0000100, 0xc0000300, 0xc0586400,
		0xc0a7ffff, 0xc611ffff, 0xc6140000, 0xc6336500, 0xcb007200,
		0xdfffffff, 0x08080808,
	};
	unsigned int i, bad = 0;

	for (i = 0; i < sizeof(barred) / sizeof(*barred); i++)
		bad += !m46_not_global4(htonl(barred[i]));
	for (i = 0; i < sizeof(fine) / sizeof(*fine); i++)
		bad += m46_not_global4(htonl(fine[i]));
	ok(!bad, "addresses barred from the Well-Known Prefix (ADDR-07)");
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 20000;

	if (argc > 1)
		rng ^= strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL;
	puts("TAP version 13");
	vectors();
	tables();
	pointers();
	mtus();
	addresses();
	truncations();
	round_trip(rounds);
	mutants(rounds);
	vectors66();
	refusals66();
	table66();
	adjust66(rounds / 20);
	round_trip66(rounds);
	mutants66(rounds);
	printf("1..%u\n", tests);
	return failed != 0;
}
