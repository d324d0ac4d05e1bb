# SPDX-License-Identifier: GPL-2.0
"""Translation of ICMP messages, RFC 7915 4.2, 4.3, 5.2, 5.3: group ICMP."""
from build import (ANY, Part, cat, cut, data, dop, echo, ext, fh, hbh, icmp4,
		   icmp6, ip4, ip6, m6, pad, raw, tcp, udp)
from match import T4, Alt, Each
from table import (A, B, C, H, MAIN, R, X, anyttl, conf, i4, i6, none, o4, o6,
		   to4, to6)

U = udp(b"m46!")
R2 = "198.51.100.9"		# a router behind the other PE
CORE = "2001:db8:ffff::9"	# a router in the core: no IPv4 address


# An error about a packet that R sent to H travels back 4 -> 6, its source any
# IPv4 router X; one about a packet of H's travels back 6 -> 4.  q*r: what R
# sent, q*h: what H sent.

def q4r(l4=U, ttl=60, id=0x7777, s=R, d=H, **kw):
	return ip4(s, d, l4, ttl=ttl, id=id, **kw)


def q6r(l4=U, hl=60, s=R, d=H, sp=B, dp=A, **kw):
	return ip6(m6(sp, s), m6(dp, d), l4, hl=hl, **kw)


def q4h(l4=U, ttl=60, id=ANY, s=H, d=R, **kw):
	return ip4(s, d, l4, ttl=ttl, id=id, **kw)


def q6h(l4=U, hl=60, s=H, d=R, sp=A, dp=B, **kw):
	return ip6(m6(sp, s), m6(dp, d), l4, hl=hl, **kw)


def e4(typ, code, word=0, quote=None, s=X, d=R, length=None, off=0, **kw):
	return i4(icmp4(typ, code, word, q4r() if quote is None else quote,
			length, off), s=s, d=d, **kw)


def x6(typ, code, word=0, quote=None, s=X, d=R, length=None, **kw):
	return o6(icmp6(typ, code, word, q6r() if quote is None else quote,
			length), s=s, d=d, **kw)


def e6(typ, code, word=0, quote=None, s=R2, d=H, length=None, off=0, src=None,
       **kw):
	l4 = icmp6(typ, code, word, q6h() if quote is None else quote, length,
		   off)
	if src:
		return ip6(src, m6(A, d), l4, **kw)
	return i6(l4, s=s, d=d, **kw)


def x4(typ, code, word=0, quote=None, s=R2, d=H, length=None, **kw):
	return o4(icmp4(typ, code, word, q4h() if quote is None else quote,
			length), s=s, d=d, **kw)


conf("main, ICMP", *MAIN)

# ---- informational, 4 -> 6 ------------------------------------------------
to6("ICMP-01 echo request", i4(echo()), o6(echo()))
to6("ICMP-02 echo reply", i4(echo(1)), o6(echo(1)))
to6("ICMP-01 echo request of 1200 bytes, odd", i4(echo(body=data(1201)), df=1),
    o6(echo(body=data(1201))))
to6("ICMP-01 echo request without data", i4(echo(body=b"")), o6(echo(body=b"")))
to6("ICMP-01 a code other than 0 is kept", i4(echo(code=5)), o6(echo(code=5)))
for t in (13, 14, 15, 16, 17, 18):
	none("ICMP-03 ICMPv4 type %d" % t, i4(icmp4(t, 0, 0, data(12))),
	     "icmp_unknown")
for t in (9, 10):
	none("ICMP-04 ICMPv4 type %d" % t, i4(icmp4(t, 0, 0, data(12))),
	     "icmp_unknown")
for t in (4, 5, 6):
	none("ICMP-18 ICMPv4 type %d" % t, e4(t, 0), "icmp_unknown")
known = (0, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
rest = [t for t in range(256) if t not in known]
none("ICMP-05 every other ICMPv4 type", [i4(icmp4(t, 0, 0, q4r()))
					 for t in rest],
     {"icmp_unknown": len(rest)})

# ---- errors, 4 -> 6: the table --------------------------------------------
UNREACH = {0: (1, 0), 1: (1, 0), 3: (1, 4), 5: (1, 0), 6: (1, 0), 7: (1, 0),
	   8: (1, 0), 9: (1, 1), 10: (1, 1), 11: (1, 0), 12: (1, 0),
	   13: (1, 1), 15: (1, 1)}
ROW = {0: 6, 1: 6, 2: 7, 3: 8, 4: 9, 5: 10, 6: 11, 7: 11, 8: 11, 9: 12, 10: 12,
       11: 13, 12: 13, 13: 14, 15: 16}
for c, (t6, c6) in UNREACH.items():
	to6("ICMP-%02d ICMPv4 3/%d -> %d/%d" % (ROW[c], c, t6, c6), e4(3, c),
	    x6(t6, c6))
to6("ICMP-07 ICMPv4 3/2 -> 4/1, pointer 6", e4(3, 2), x6(4, 1, 6))
none("ICMP-15 ICMPv4 3/14", e4(3, 14), "icmp_unknown")
none("ICMP-17 ICMPv4 3/16 to 3/255", [e4(3, c) for c in range(16, 256)],
     {"icmp_unknown": 240})
for c in (0, 1, 2, 255):
	to6("ICMP-19 ICMPv4 11/%d -> 3/%d" % (c, c), e4(11, c), x6(3, c))
PTR4 = {0: 0, 1: 1, 2: 4, 3: 4, 8: 7, 9: 6, 12: 8, 13: 8, 14: 8, 15: 8, 16: 24,
	17: 24, 18: 24, 19: 24}
for code, row in ((0, "ICMP-21 ICMP-25"), (2, "ICMP-23 ICMP-25")):
	for v4, v6 in PTR4.items():
		to6("%s ICMPv4 12/%d pointer %d -> 4/0 pointer %d" % (
			row, code, v4, v6), e4(12, code, v4 << 24), x6(4, 0, v6))
	left = [v for v in range(256) if v not in PTR4]
	none("%s ICMPv4 12/%d, every other pointer" % (row, code),
	     [e4(12, code, v << 24) for v in left],
	     {"icmp_unknown": len(left)})
to6("ICMP-21 bytes behind the pointer are not part of it",
    e4(12, 0, 0x02ffffff & ~0xff0000), x6(4, 0, 4))
none("ICMP-22 ICMPv4 12/1", e4(12, 1), "icmp_unknown")
none("ICMP-24 ICMPv4 12/3 to 12/255", [e4(12, c) for c in range(3, 256)],
     {"icmp_unknown": 253})

# ---- packet too big, 4 -> 6 -----------------------------------------------
for mtu, want in ((1400, 1420), (500, 1280), (1259, 1280), (1260, 1280),
		  (1261, 1281), (1480, 1500), (1481, 1500), (1500, 1500),
		  (65535, 1500), (68, 1280), (1, 1280)):
	to6("ICMP-20 ICMPv4 3/4 MTU %d -> 2/0 MTU %d" % (mtu, want),
	    e4(3, 4, mtu), x6(2, 0, want))
to6("ICMP-20 byte 4 is not part of the MTU", e4(3, 4, 0xff000578),
    x6(2, 0, 1420))


def long(n):
	"""The beginning of a packet of n bytes that R sent, as quoted."""
	return (cut(q4r(udp(data(n - 28)), df=1), 0, 28),
		cut(q6r(udp(data(n - 28))), 0, 48))


def plateau(n, *mtus):
	v4, v6 = long(n)
	to6("ICMP-26 ICMPv4 3/4 MTU 0 about %d bytes -> MTU %s" % (
		n, " or ".join(map(str, mtus))), e4(3, 4, 0, v4),
	    Alt(*[x6(2, 0, m, v6) for m in mtus]))


plateau(1500, 1500, 1492)
plateau(1492, 1280)
plateau(1480, 1280)
plateau(1000, 1280)
plateau(68, 1280)

# ---- informational, 6 -> 4 ------------------------------------------------
to4("ICMP-30 echo request", i6(echo(0, 7, 9)), o4(echo(0, 7, 9)))
to4("ICMP-31 echo reply", i6(echo(1)), o4(echo(1)))
to4("ICMP-30 a code other than 0 is kept", i6(echo(code=5)), o4(echo(code=5)))
mld_nd = (130, 131, 132, 143, 133, 134, 135, 136, 137, 151, 152, 153)
for t in mld_nd:
	none("ICMP-32 ICMPGEN-02 ICMPv6 type %d" % t,
	     i6(icmp6(t, 0, 0, data(40))), "icmp_unknown")
rest = [t for t in range(130, 256) if t not in mld_nd]
none("ICMP-33 every other informational ICMPv6 type",
     [i6(icmp6(t, 0, 0, q6h())) for t in rest], {"icmp_unknown": len(rest)})

# ---- errors, 6 -> 4: the table --------------------------------------------
for c, (t4, c4), row in ((0, (3, 1), 34), (1, (3, 10), 35), (2, (3, 1), 36),
			 (3, (3, 1), 36), (4, (3, 3), 37)):
	to4("ICMP-%d ICMPv6 1/%d -> %d/%d" % (row, c, t4, c4), e6(1, c),
	    x4(t4, c4))
for c in (5, 6, 7):
	none("ICMP-38 ICMPv6 1/%d" % c, e6(1, c), "icmp_unknown")
none("ICMP-38 ICMPv6 1/8 to 1/255", [e6(1, c) for c in range(8, 256)],
     {"icmp_unknown": 248})
for c in (0, 1, 2, 255):
	to4("ICMP-40 ICMPv6 3/%d -> 11/%d" % (c, c), e6(3, c), x4(11, c))
PTR6 = {0: 0, 1: 1, 4: 2, 5: 2, 6: 9, 7: 8}
PTR6.update({p: 12 for p in range(8, 24)})
PTR6.update({p: 16 for p in range(24, 40)})
for v6, v4 in PTR6.items():
	to4("ICMP-41 ICMPv6 4/0 pointer %d -> 12/0 pointer %d" % (v6, v4),
	    e6(4, 0, v6), x4(12, 0, v4 << 24))
left = [2, 3] + list(range(40, 256)) + [256, 260, 0x10000, 0x01000000,
					0x80000000, 0xffffffff]
none("ICMP-41 ICMPv6 4/0, every other pointer", [e6(4, 0, v) for v in left],
     {"icmp_unknown": len(left)})
to4("ICMP-42 ICMPv6 4/1 pointer 40 -> 3/2, no pointer", e6(4, 1, 40), x4(3, 2))
to4("ICMP-42 ICMPv6 4/1 pointer 6 -> 3/2", e6(4, 1, 6), x4(3, 2))
none("ICMP-46 ICMPv6 4/2 to 4/255", [e6(4, c) for c in range(2, 256)],
     {"icmp_unknown": 254})
rest = [0] + list(range(5, 128))
none("ICMP-46 every other ICMPv6 error", [e6(t, 0) for t in rest],
     {"icmp_unknown": len(rest)})

# ---- packet too big, 6 -> 4 -----------------------------------------------
for mtu, want in ((1420, 1400), (1400, 1380), (1280, 1260), (1500, 1480),
		  (9000, 1480), (0xffffffff, 1480), (0x10000500, 1480),
		  (1279, 1259), (500, 480), (88, 68), (87, 68), (60, 68),
		  (0, 68)):
	to4("ICMP-39 ICMP-45 ICMPv6 2/0 MTU %d -> 3/4 MTU %d" % (mtu, want),
	    e6(2, 0, mtu), x4(3, 4, want))
to4("ICMP-39 the code does not matter", e6(2, 7, 1420), x4(3, 4, 1400))
F = udp(data(2000))
to4("ICMP-45 quoted Fragment header: MTU 1400 -> 1372",
    e6(2, 0, 1400, q6h(Part(F, 0, 400), ext=[fh(0, 1, 0x1234abcd)])),
    x4(3, 4, 1372, q4h(Part(F, 0, 400), id=0xabcd, mf=1)))
to4("ADPT-31 too big from the core, MTU 1400 -> 3/4 MTU 1380",
    e6(2, 0, 1400, src=CORE), x4(3, 4, 1380, s=T4))

# ---- the quoted packet, 4 -> 6 --------------------------------------------
to6("ICMP-47 quoted TTL is kept", e4(3, 3, 0, q4r(ttl=0)),
    x6(1, 4, 0, q6r(hl=0)))
to6("ICMP-47 quoted TOS", e4(3, 3, 0, q4r(tos=0xba)), x6(1, 4, 0, q6r(tc=0xba)))
T = tcp(data(700))
to6("ICMP-50 quoted TCP, entire", e4(3, 3, 0, q4r(T)), x6(1, 4, 0, q6r(T)))
for n in (18, 20, 32, 33):
	to6("ICMP-50 quoted TCP, %d bytes of it: checksum updated" % n,
	    e4(3, 3, 0, cut(q4r(T), 0, 20 + n)),
	    x6(1, 4, 0, cut(q6r(T), 0, 40 + n)))
for n in (17, 16, 8, 4, 1):
	to6("ICMP-50 quoted TCP, %d bytes of it: no checksum there" % n,
	    e4(3, 3, 0, cut(q4r(T), 0, 20 + n)),
	    x6(1, 4, 0, cat(cut(q6r(T), 0, 40), cut(q4r(T), 20, 20 + n))))
for n in (8, 7, 1):
	to6("ICMP-50 quoted UDP, %d bytes of it" % n,
	    e4(3, 3, 0, cut(q4r(U), 0, 20 + n)),
	    x6(1, 4, 0, cat(cut(q6r(U), 0, 40 + n // 8 * 8),
			    cut(q4r(U), 20 + n // 8 * 8, 20 + n))))
to6("ICMP-61 quoted IPv4 header only", e4(3, 1, 0, cut(q4r(T), 0, 20)),
    x6(1, 0, 0, cut(q6r(T), 0, 40)))
for n in (19, 8, 1, 0):
	none("ICMP-61 %d bytes quoted" % n, e4(3, 1, 0, cut(q4r(T), 0, n)),
	     "short_error")
none("ICMP-61 quoted header with IHL past the end",
     e4(3, 1, 0, cut(q4r(opts=b"\1" * 8), 0, 24)), "short_error|bad_quote")
none("ICMP-47 quoted packet is not IPv4", e4(3, 1, 0, q6r()), "bad_quote")
none("ICMP-47 quoted IHL 4", e4(3, 1, 0, q4r(ihl=4)), "bad_quote")
to6("ICMP-47 quoted zero UDP checksum stays zero",
    e4(3, 3, 0, q4r(udp(csum="none"))), x6(1, 4, 0, q6r(udp(csum="none"))))
to6("ICMP-47 quoted options vanish", e4(3, 3, 0, q4r(opts=b"\1" * 12)),
    x6(1, 4, 0, q6r()))
to6("ICMP-47 quoted first fragment gets a Fragment header",
    e4(11, 1, 0, cut(q4r(Part(F, 0, 800), mf=1, id=0xbeef), 0, 100)),
    x6(3, 1, 0, cut(q6r(Part(F, 0, 800), ext=[fh(0, 1, 0xbeef)]), 0, 128)))
to6("ICMP-47 quoted last fragment gets a Fragment header",
    e4(3, 1, 0, q4r(Part(F, 1600), off=200, id=0xbeef)),
    x6(1, 0, 0, q6r(Part(F, 1600), ext=[fh(200, 0, 0xbeef)])))
to6("ICMP-47 quoted DF packet over any MTU",
    e4(3, 4, 1400, cut(q4r(udp(data(8000)), df=1), 0, 548)),
    x6(2, 0, 1420, cut(q6r(udp(data(8000))), 0, 568)))
to6("ICMP-47 quoted packet over 1280 is not fragmented",
    e4(3, 3, 0, cut(q4r(udp(data(1400))), 0, 300)),
    x6(1, 4, 0, cut(q6r(udp(data(1400))), 0, 320)))
for n in (132, 50, 200, 59):
	to6("ICMP-47 quoted protocol %d" % n, e4(3, 2, 0, q4r(raw(n, data(40)))),
	    x6(4, 1, 6, q6r(raw(n, data(40)))))
to6("ICMP-48 quoted echo request", e4(3, 1, 0, q4r(echo())),
    x6(1, 0, 0, q6r(echo())))
to6("ICMP-48 quoted echo reply", e4(11, 0, 0, q4r(echo(1, body=data(31)))),
    x6(3, 0, 0, q6r(echo(1, body=data(31)))))
to6("ICMP-48 ICMP-50 quoted echo request, 8 bytes of 1008: length in the "
    "pseudo-header is the message's",
    e4(3, 1, 0, cut(q4r(echo(body=data(1000))), 0, 28)),
    x6(1, 0, 0, cut(q6r(echo(body=data(1000))), 0, 48)))
for t, c in ((3, 1), (11, 0), (12, 0), (4, 0), (5, 0)):
	none("ICMP-48 quoted ICMPv4 error %d/%d" % (t, c),
	     e4(3, 1, 0, q4r(icmp4(t, c, 0, ip4(H, R, U)))),
	     "icmp_nested_error|icmp_unknown" if t in (4, 5)
	     else "icmp_nested_error")
for t in (13, 17, 41):
	none("ICMP-48 quoted ICMPv4 type %d" % t,
	     e4(3, 1, 0, q4r(icmp4(t, 0, 0, data(12)))),
	     "icmp_unknown|bad_quote")
to6("ICMP-47 quoted destination that is illegal", e4(
	11, 0, 0, q4r(d="127.0.0.1")), x6(3, 0, 0, q6r(d="127.0.0.1")))
to6("ICMP-47 quoted destination outside the local blocks",
    e4(11, 0, 0, q4r(d="10.9.9.9")), x6(3, 0, 0, q6r(d="10.9.9.9")))
none("ICMP-47 ICMP-63 quoted source without a rule",
     e4(11, 0, 0, q4r(s="9.9.9.9")), "unmappable|bad_quote|no_rule")
to6("ICMP-49 outer traffic class and TTL", e4(11, 0, tos=0xc0, ttl=9),
    x6(3, 0, tc=0xc0, hl=8))
to6("SIIT-09 error from 240.0.0.1", e4(11, 0, s="240.0.0.1"),
    x6(3, 0, s="240.0.0.1"))
to6("SIIT-09 error from a private address", e4(11, 0, s="10.9.9.9"),
    x6(3, 0, s="10.9.9.9"))
for s in ("0.1.2.3", "127.0.0.1"):
	to6("SIIT-09 error from " + s, e4(11, 0, s=s), anyttl(x6(3, 0, s=s)),
	    x=True)
none("ICMP-60 error with a wrong checksum", e4(11, 0, off=1), "bad_icmp_csum")
to6("ICMP-51 1500 bytes -> exactly 1280",
    e4(3, 3, 0, q4r(udp(data(1444))), df=0),
    x6(1, 4, 0, cut(q6r(udp(data(1444))), 0, 1232)))
to6("ICMP-51 1260 bytes -> exactly 1280, 1261 too",
    [e4(3, 3, 0, cut(q4r(udp(data(1444))), 0, n)) for n in (1212, 1213)],
    x6(1, 4, 0, cut(q6r(udp(data(1444))), 0, 1232)),
    x6(1, 4, 0, cut(q6r(udp(data(1444))), 0, 1232)))
none("SIIT-19 an error in fragments",
     i4(Part(icmp4(3, 3, 0, q4r(F)), 0, 800), s=X, mf=1), "icmp_fragment")

# ---- the quoted packet, 6 -> 4 --------------------------------------------
to4("ICMP-47 quoted hop limit is kept", e6(1, 4, 0, q6h(hl=0)),
    x4(3, 3, 0, q4h(ttl=0)))
to4("ICMP-47 quoted traffic class, flow label",
    e6(1, 4, 0, q6h(tc=0xba, fl=0x12345)), x4(3, 3, 0, q4h(tos=0xba)))
T = tcp(data(200))
to4("ICMP-50 quoted TCP, entire", e6(1, 4, 0, q6h(T)), x4(3, 3, 0, q4h(T)))
for n in (18, 20, 33):
	to4("ICMP-50 quoted TCP, %d bytes of it: checksum updated" % n,
	    e6(1, 4, 0, cut(q6h(T), 0, 40 + n)),
	    x4(3, 3, 0, cut(q4h(T), 0, 20 + n)))
for n in (17, 16, 8, 1):
	to4("ICMP-50 quoted TCP, %d bytes of it: no checksum there" % n,
	    e6(1, 4, 0, cut(q6h(T), 0, 40 + n)),
	    x4(3, 3, 0, cat(cut(q4h(T), 0, 20), cut(q6h(T), 40, 40 + n))))
to4("ICMP-61 quoted IPv6 header only", e6(1, 0, 0, cut(q6h(T), 0, 40)),
    x4(3, 1, 0, cut(q4h(T), 0, 20)))
for n in (39, 8, 1, 0):
	none("ICMP-61 %d bytes quoted" % n, e6(1, 0, 0, cut(q6h(T), 0, n)),
	     "short_error")
none("ICMP-47 quoted packet is not IPv6",
     e6(1, 0, 0, pad(q4r(T), 60)), "bad_quote")
to4("ICMP-47 quoted zero UDP checksum stays zero",
    e6(1, 4, 0, q6h(udp(csum="none"))), x4(3, 3, 0, q4h(udp(csum="none"))))
to4("ICMP-47 quoted hop-by-hop and destination options vanish",
    e6(1, 4, 0, q6h(ext=[hbh(), dop(16)])), x4(3, 3, 0, q4h()))
to4("ICMP-47 quoted first fragment",
    e6(3, 1, 0, q6h(Part(F, 0, 400), ext=[fh(0, 1, 0xaabbccdd)])),
    x4(11, 1, 0, q4h(Part(F, 0, 400), mf=1, id=0xccdd)))
to4("ICMP-47 quoted last fragment",
    e6(1, 0, 0, q6h(Part(F, 1600), ext=[fh(200, 0, 0xaabbccdd)])),
    x4(3, 1, 0, q4h(Part(F, 1600), off=200, id=0xccdd)))
for n, df in ((1260, 0), (1261, 1), (1400, 1)):
	to4("ICMP-47 quoted packet of TL %d has DF %d" % (n, df),
	    e6(2, 0, 1300, cut(q6h(udp(data(n - 28))), 0, 300)),
	    x4(3, 4, 1280, cut(q4h(udp(data(n - 28)), df=df), 0, 280)))
to4("ICMP-48 quoted echo request", e6(1, 0, 0, q6h(echo())),
    x4(3, 1, 0, q4h(echo())))
to4("ICMP-48 quoted echo reply", e6(3, 0, 0, q6h(echo(1, body=data(31)))),
    x4(11, 0, 0, q4h(echo(1, body=data(31)))))
to4("ICMP-48 ICMP-50 quoted echo request, 8 bytes of 1008",
    e6(1, 0, 0, cut(q6h(echo(body=data(1000))), 0, 48)),
    x4(3, 1, 0, cut(q4h(echo(body=data(1000))), 0, 28)))
for t, c in ((1, 0), (2, 0), (3, 0), (4, 1), (100, 0), (127, 0)):
	none("ICMP-48 quoted ICMPv6 error %d/%d" % (t, c),
	     e6(1, 0, 0, q6h(icmp6(t, c, 0, ip6(m6(B, R), m6(A, H), U)))),
	     "icmp_nested_error" if t < 5
	     else "icmp_nested_error|icmp_unknown|bad_quote")
for t in (130, 135, 139):
	none("ICMP-48 quoted ICMPv6 type %d" % t,
	     e6(1, 0, 0, q6h(icmp6(t, 0, 0, data(20)))),
	     "icmp_unknown|bad_quote")
none("ICMP-47 ICMP-63 quoted source outside the own prefixes",
     e6(1, 0, 0, q6h(sp=C)), "unmappable|bad_quote|not_own_prefix")
none("ICMP-47 quoted destination outside every rule",
     e6(1, 0, 0, ip6(m6(A, H), "2001:db8:7777::1", U)),
     "unmappable|bad_quote|adpt_src|no_rule")
to4("ICMP-49 outer traffic class and hop limit", e6(3, 0, tc=0xc0, hl=9),
    x4(11, 0, tos=0xc0, ttl=8))
none("ICMP-60 error with a wrong checksum", e6(3, 0, off=1), "bad_icmp_csum")
to4("ICMP-52 1280 bytes -> exactly 576",
    e6(1, 4, 0, cut(q6h(udp(data(1300))), 0, 1232)),
    x4(3, 3, 0, cut(q4h(udp(data(1300)), df=1), 0, 548)))
to4("ICMP-52 596 bytes -> exactly 576, 597 too",
    [e6(1, 4, 0, cut(q6h(udp(data(900))), 0, n)) for n in (568, 569)],
    x4(3, 3, 0, cut(q4h(udp(data(900))), 0, 548)),
    x4(3, 3, 0, cut(q4h(udp(data(900))), 0, 548)))
none("SIIT-48 an error in fragments",
     i6(Part(icmp6(1, 4, 0, q6h(F)), 0, 800), ext=[fh(0, 1, 7)]),
     "icmp_fragment")
to4("SIIT-42 an error behind a destination option",
    i6(icmp6(1, 4, 0, q6h()), s=R2, ext=[dop()]), x4(3, 3))

# ---- RFC 4884 extensions, 4 -> 6 ------------------------------------------
EXT = ext(data(4))		# 12 bytes
L = udp(data(400))


def v4(n, l4=L):
	return cut(q4r(l4), 0, n)


def v6(n, l4=L):
	return cut(q6r(l4), 0, n)


for t4, c4, t6, c6 in ((11, 0, 3, 0), (3, 1, 1, 0), (3, 3, 1, 4)):
	to6("ICMP-53 ICMPv4 %d/%d, length 32 + 12 -> length 19 + 12" % (t4, c4),
	    e4(t4, c4, 0, cat(v4(128), EXT), length=32),
	    x6(t6, c6, 0, cat(v6(148), bytes(4), EXT), length=19))
to6("ICMP-53 length 33 -> 19, no padding needed",
    e4(11, 0, 0, cat(v4(132), EXT), length=33),
    x6(3, 0, 0, cat(v6(152), EXT), length=19))
to6("ICMP-53 quoted options shrink it, padded to 128",
    e4(11, 0, 0, cat(cut(q4r(L, opts=b"\1" * 40), 0, 128), EXT), length=32),
    x6(3, 0, 0, cat(v6(108), bytes(20), EXT), length=16))
for t4, c4, w4, t6, c6, w6 in ((3, 4, 1400, 2, 0, 1420), (3, 2, 0, 4, 1, 6),
			       (12, 0, 2 << 24, 4, 0, 4)):
	to6("ICMP-54 ICMPv4 %d/%d with an extension -> %d/%d without" % (
		t4, c4, t6, c6),
	    e4(t4, c4, w4, cat(v4(128), EXT), length=32),
	    x6(t6, c6, w6, v6(148)))
BIGEXT = ext(data(1192))	# 1200 bytes
to6("ICMP-55 extension of 1200 bytes is removed",
    e4(11, 0, 0, cat(v4(128), BIGEXT), length=32),
    Alt(x6(3, 0, 0, v6(148)), x6(3, 0, 0, v6(128))))
MID = ext(data(192))		# 200 bytes
LL = udp(data(1300))
to6("ICMP-55 all fits: 1020 + 200 -> 1040 cut to 1032",
    e4(11, 0, 0, cat(cut(q4r(LL), 0, 1020), MID), length=255),
    x6(3, 0, 0, cat(cut(q6r(LL), 0, 1032), MID), length=129))
to6("ICMP-55 quoted part shortened to 128",
    e4(11, 0, 0, cat(v4(200), ext(data(1096))), length=50),
    x6(3, 0, 0, cat(v6(128), ext(data(1096))), length=16))
none("ICMP-56 length past the end",
     e4(11, 0, 0, v4(128), length=33), "bad_ext")
none("ICMP-56 length 255", e4(3, 1, 0, cat(v4(128), EXT), length=255), "bad_ext")
to6("ICMP-56 length 16, an extension after 64 bytes: padded to 128",
    e4(11, 0, 0, cat(v4(64), EXT), length=16),
    x6(3, 0, 0, cat(v6(84), bytes(44), EXT), length=16))
to6("ICMP-56 length 0: all is the original datagram",
    e4(11, 0, 0, cat(v4(128), EXT)), x6(3, 0, 0, cat(v6(148), EXT)))
to6("ICMP-56 length is the whole payload: no extension",
    e4(11, 0, 0, v4(128), length=32),
    Alt(x6(3, 0, 0, v6(148)),
	x6(3, 0, 0, cat(v6(148), bytes(4)), length=19)))

# ---- RFC 4884 extensions, 6 -> 4 ------------------------------------------


def w6(n, l4=L):
	return cut(q6h(l4), 0, n)


def w4(n, l4=L):
	return cut(q4h(l4), 0, n)


for t6, c6, t4, c4 in ((3, 0, 11, 0), (1, 0, 3, 1), (1, 4, 3, 3)):
	to4("ICMP-53 ICMPv6 %d/%d, length 16 + 12 -> length 32 + 12, padded" %
	    (t6, c6), e6(t6, c6, 0, cat(w6(128), EXT), length=16),
	    x4(t4, c4, 0, cat(w4(108), bytes(20), EXT), length=32))
to4("ICMP-53 ICMPv6 length 25 -> 45",
    e6(3, 0, 0, cat(w6(200), EXT), length=25),
    x4(11, 0, 0, cat(w4(180), EXT), length=45))
to4("ICMP-54 ICMPv6 2/0: bytes 4-7 are the MTU, no length",
    e6(2, 0, 1420, cat(w6(128), EXT)), x4(3, 4, 1400, cat(w4(108), EXT)))
to4("ICMP-55 ICMPv6: quoted part shortened to fit 576",
    e6(3, 0, 0, cat(cut(q6h(udp(data(900))), 0, 800), ext(data(92))),
       length=100),
    x4(11, 0, 0, cat(cut(q4h(udp(data(900))), 0, 448), ext(data(92))),
       length=112))
to4("ICMP-55 ICMPv6: extension of 600 bytes is removed",
    e6(3, 0, 0, cat(w6(160), ext(data(592))), length=20),
    Alt(x4(11, 0, 0, w4(140)), x4(11, 0, 0, w4(128))))
none("ICMP-56 ICMPv6 length past the end",
     e6(3, 0, 0, w6(128), length=17), "bad_ext")
to4("ICMP-56 ICMPv6 length 8, an extension after 64 bytes: padded to 128",
    e6(3, 0, 0, cat(w6(64), EXT), length=8),
    x4(11, 0, 0, cat(w4(44), bytes(84), EXT), length=32))

# ---- other links ----------------------------------------------------------
conf("IPv6 link of 1400, ICMP", *MAIN, mtu6=1400)
to6("ICMP-20 ICMPv4 3/4 MTU 1500, mtu6 1400 -> 1400", e4(3, 4, 1500),
    x6(2, 0, 1400))
to4("ICMP-39 too big 9000, mtu6 1400 -> 1380", e6(2, 0, 9000), x4(3, 4, 1380))

conf("IPv4 link of 1400, ICMP", *MAIN, mtu4=1400)
to6("ICMP-20 ICMPv4 3/4 MTU 1500, mtu4 1400 -> 1420", e4(3, 4, 1500),
    x6(2, 0, 1420))
to4("ICMP-39 too big 9000, mtu4 1400 -> 1400", e6(2, 0, 9000), x4(3, 4, 1400))

conf("links of 9000", *MAIN, mtu4=9000, mtu6=9000)
to4("ICMP-39 too big 9000 -> 8980", e6(2, 0, 9000), x4(3, 4, 8980))
to6("ICMP-20 ICMPv4 3/4 MTU 65535 -> 9000", e4(3, 4, 65535), x6(2, 0, 9000))
plateau(1500, 1512, 1492)
plateau(1493, 1512, 1492)
plateau(3000, 2022, 2002)
plateau(9000, 8186, 8166)
plateau(1480, 1280)
plateau(1000, 1280)

conf("mtu4 1500, IPv6 link of 9000", *MAIN, mtu6=9000)
to4("ICMP-39 too big 9000, mtu4 1500 -> 1500", e6(2, 0, 9000), x4(3, 4, 1500))

conf("mtu-plateaus", *MAIN, opts="mtu-plateaus 1450,1350")
plateau(1500, 1470, 1450)
plateau(1450, 1370, 1350)
plateau(1350, 1280)

# ---- whose source ---------------------------------------------------------
conf("icmp4-source", *MAIN, opts="icmp4-source 203.0.113.77")
to4("ICMP-57 error from a core router: icmp4-source",
    e6(2, 0, 1420, src=CORE), x4(3, 4, 1400, s="203.0.113.77"))
to4("ICMP-57 error from a mapped address keeps it", e6(3, 0), x4(11, 0))

POOL = ["203.0.113.%d" % i for i in range(64, 68)]
conf("pool6791", *MAIN, opts="icmp4-source 203.0.113.77 pool6791 203.0.113.64/30")


def pool(packets):
	seen = {".".join(map(str, p[12:16])) for p in packets}
	bad = ["source %s is not of the pool" % s for s in seen - set(POOL)]
	if len(packets) != 40:
		bad.append("%d packets, not 40" % len(packets))
	return bad if len(seen) > 1 else bad + ["always the same source"]


to4("ICMP-57 40 errors from a core router: sources at random from the pool",
    [e6(2, 0, 1420, src=CORE)] * 40, Each(pool, "sources from " + str(POOL)))
conf("pool6791 of one", *MAIN, opts="pool6791 203.0.113.64/32")
to4("ICMP-57 a pool of one address", e6(3, 0, src=CORE),
    x4(11, 0, s="203.0.113.64"))
conf("no source", *MAIN)
to4("ICMP-57 pool empty: T's own address", e6(3, 0, src=CORE),
    x4(11, 0, s=T4))
to4("ICMP-57 error from a prefix that no rule has: T's own address",
    e6(3, 0, src=m6(C, R2)), x4(11, 0, s=T4))
