# SPDX-License-Identifier: GPL-2.0
"""Fragments, DF and MTU: conformance group SIIT, and KERN-10."""
from struct import unpack_from

from build import Part, data, dop, echo, fh, hbh, raw, tcp, udp
from match import Each, Error, Frags, Maybe, diff
from table import (MAIN, conf, err4, err6, i4, i6, none, o4, o6, to4, to6,
		   unreach4, unreach6)
from bed import Skip, run

BIG = raw(200, data(1480))


def of(n, proto=200):
	"""A message of n bytes."""
	return raw(proto, data(n))


conf("main, fragments", *MAIN)

# ---- 4 -> 6, DF -----------------------------------------------------------
to6("SIIT-11 DF, TL 1480 passes as 1500", i4(of(1460), df=1), o6(of(1460)))
for n in (1461, 1480):
	p = i4(of(n), df=1)
	err4("SIIT-11 DF, TL %d -> 3/4 MTU 1480" % (n + 20), p,
	     unreach4(4, p, 1480), drop="too_big")
p = i4(of(1470 - 20), df=1, opts=b"\1" * 20)
err4("SIIT-11 options count although they vanish: TL 1490 -> 3/4 MTU 1480", p,
     unreach4(4, p, 1480), drop="too_big")
p = i4(echo(body=data(1472)), df=1)
err4("SIIT-11 DF, echo request of 1500 -> 3/4 MTU 1480", p,
     unreach4(4, p, 1480), drop="too_big")
p = i4(udp(data(1472), csum="none"), df=1)
err4("SIIT-11 DF, UDP without checksum -> 3/4 MTU 1480", p,
     unreach4(4, p, 1480), drop="too_big")
p = i4(Part(of(2920), 0, 1456), df=1, mf=1)
err4("SIIT-12 DF in a first fragment: TL 1476 -> 3/4 MTU 1472", p,
     unreach4(4, p, 1472), drop="too_big")
p = i4(Part(of(2920), 0, 1464), df=1, mf=1)
err4("SIIT-12 DF in a first fragment: TL 1484 -> 3/4 MTU 1472", p,
     unreach4(4, p, 1472), drop="too_big")
to6("SIIT-12 DF in a first fragment: TL 1468 passes as 1496",
    i4(Part(of(2920), 0, 1448), df=1, mf=1),
    o6(Part(of(2920), 0, 1448), ext=[fh(0, 1, 0x1234)]))
none("ICMPGEN-04 SIIT-12 no error about a non-first fragment",
     i4(Part(of(2920), 1456), df=1, off=182), "too_big")

# ---- 4 -> 6, DF clear -----------------------------------------------------
to6("SIIT-13 DF 0, TL 1260 -> 1280, no Fragment header", i4(of(1240)),
    o6(of(1240)))
to6("SIIT-13 DF 0, small, no Fragment header", i4(udp()), o6(udp()))
to6("SIIT-14 DF 0, TL 1261 -> 1232 + 9",
    i4(of(1241)), o6(Part(of(1241), 0, 1232), ext=[fh(0, 1, 0x1234)]),
    o6(Part(of(1241), 1232), ext=[fh(154, 0, 0x1234)]), also={"fragmented": 1})
to6("SIIT-14 DF 0, TL 1500 -> 1232 + 248",
    i4(of(1480)), o6(Part(of(1480), 0, 1232), ext=[fh(0, 1, 0x1234)]),
    o6(Part(of(1480), 1232), ext=[fh(154, 0, 0x1234)]), also={"fragmented": 1})
to6("SIIT-14 options do not count: TL 1280 with 20 of them -> 1280",
    i4(of(1240), opts=b"\1" * 20), o6(of(1240)))
u = udp(data(1400))
to6("SIIT-14 SIIT-20 UDP over 1280, traffic class and checksum",
    i4(u, tos=0x22, id=0xfedc),
    o6(Part(u, 0, 1232), tc=0x22, ext=[fh(0, 1, 0xfedc)]),
    o6(Part(u, 1232), tc=0x22, ext=[fh(154, 0, 0xfedc)]))
z = udp(data(1400), csum="none")
to6("SIIT-18 SIIT-21 zero checksum computed over all of it, then cut",
    i4(z), o6(Part(u, 0, 1232), ext=[fh(0, 1, 0x1234)]),
    o6(Part(u, 1232), ext=[fh(154, 0, 0x1234)]), also={"udp_zero_computed": 1})
e = echo(body=data(1400))
to6("SIIT-18 echo request of 1400: translated, then cut",
    i4(e), o6(Part(e, 0, 1232), ext=[fh(0, 1, 0x1234)]),
    o6(Part(e, 1232), ext=[fh(154, 0, 0x1234)]))
t = tcp(data(1300))
to6("SIIT-18 TCP over 1280", i4(t), o6(Part(t, 0, 1232), ext=[fh(0, 1, 0x1234)]),
    o6(Part(t, 1232), ext=[fh(154, 0, 0x1234)]))

# ---- 4 -> 6, fragments ----------------------------------------------------
W = udp(data(3000))
T = tcp(data(3000))


def f4(l4, a, b, mf=1, **kw):
	return i4(Part(l4, a, b), off=a // 8, mf=mf, **kw)


def g6(l4, a, b, m=1, id=0x1234, **kw):
	return o6(Part(l4, a, b), ext=[fh(a // 8, m, id)], **kw)


to6("SIIT-16 SIIT-20 first fragment of UDP", f4(W, 0, 1000), g6(W, 0, 1000))
to6("SIIT-16 middle fragment", f4(W, 1000, 2000), g6(W, 1000, 2000))
to6("SIIT-16 last fragment", f4(W, 2000, 3008, 0), g6(W, 2000, 3008, 0))
to6("SIIT-16 last fragment, one byte", f4(of(1001), 1000, 1001, 0),
    g6(of(1001), 1000, 1001, 0))
to6("SIIT-20 first fragment of TCP", f4(T, 0, 1000, id=0xffff),
    g6(T, 0, 1000, id=0xffff))
to6("SIIT-20 first fragment of TCP, 24 bytes", f4(T, 0, 24), g6(T, 0, 24))
to6("SIIT-20 first fragment of UDP, 8 bytes", f4(W, 0, 8), g6(W, 0, 8))
to6("SIIT-16 all of a datagram, backwards",
    [f4(W, 2400, 3008, 0), f4(W, 1200, 2400), f4(W, 0, 1200)],
    g6(W, 2400, 3008, 0), g6(W, 1200, 2400), g6(W, 0, 1200))
to6("SIIT-16 protocol 47 in fragments", f4(of(3000, 47), 8, 808),
    g6(of(3000, 47), 8, 808))
for l4, n, what in ((T, 16, "TCP"), (T, 8, "TCP")):
	none("SIIT-20 first fragment with %d bytes of %s" % (n, what),
	     f4(l4, 0, n), "tiny_fragment")
to6("SIIT-17 fragment 185 MF, 1480 bytes -> 1232 + 248, both M 1",
    f4(of(4440), 1480, 2960), g6(of(4440), 1480, 2712),
    g6(of(4440), 2712, 2960), also={"fragmented": 1})
to6("SIIT-17 last fragment, 1480 bytes -> M 1, then M 0",
    f4(of(2960), 1480, 2960, 0), g6(of(2960), 1480, 2712),
    g6(of(2960), 2712, 2960, 0))
to6("SIIT-17 first fragment, 1480 bytes: first piece has the UDP header",
    f4(W, 0, 1480), g6(W, 0, 1232), g6(W, 1232, 1480))
to6("SIIT-17 fragment of 1232 is not split", f4(W, 8, 1240), g6(W, 8, 1240))
to6("SIIT-17 fragment of 1240 is", f4(W, 8, 1248), g6(W, 8, 1240),
    g6(W, 1240, 1248))
none("SIIT-19 ICMP: first fragment",
     f4(echo(body=data(3000)), 0, 1000), "icmp_fragment")
none("SIIT-19 ICMP: middle fragment",
     f4(echo(body=data(3000)), 1000, 2000), "icmp_fragment")
none("SIIT-19 ICMP: last fragment",
     f4(echo(body=data(3000)), 2000, 3008, 0), "icmp_fragment")
p = i4(Part(udp(data(1000), csum="none"), 0, 800), mf=1)
err4("SIIT-22 zero checksum in a first fragment", p, Maybe(unreach4(13, p)),
     drop="udp_zero")
to6("SIIT-22 its second fragment", f4(udp(data(1000), csum="none"), 800, 1008, 0),
    g6(udp(data(1000), csum="none"), 800, 1008, 0))
none("SIIT-28 12 bytes and MF", i4(of(12), mf=1, off=10), "bad_fragment")
none("SIIT-28 offset 8189 with 64 bytes", i4(of(64), off=8189), "bad_fragment")
none("SIIT-28 offset 8191 with 8 bytes", i4(of(8), off=8191), "bad_fragment")
# 20 + 65512 + 3 = 65535
to6("SIIT-28 offset 8189 with 3 bytes is the last there can be",
    i4(of(3), off=8189), o6(of(3), ext=[fh(8189, 0, 0x1234)]))

# ---- 6 -> 4, fragments ----------------------------------------------------


def f6(l4, a, b, m=1, id=0xaabbccdd, ext=(), **kw):
	return i6(Part(l4, a, b), ext=list(ext) + [fh(a // 8, m, id)], **kw)


def g4(l4, a, b, mf=1, id=0xccdd, **kw):
	return o4(Part(l4, a, b), off=a // 8, mf=mf, id=id, **kw)


to4("SIIT-46 SIIT-54 first fragment of UDP", f6(W, 0, 1000), g4(W, 0, 1000))
to4("SIIT-46 middle fragment", f6(W, 1000, 2000), g4(W, 1000, 2000))
to4("SIIT-46 last fragment", f6(W, 2000, 3008, 0), g4(W, 2000, 3008, 0))
to4("SIIT-54 first fragment of TCP", f6(T, 0, 1000), g4(T, 0, 1000))
to4("SIIT-54 first fragment of TCP, 24 bytes", f6(T, 0, 24), g4(T, 0, 24))
to4("SIIT-46 over 1260 bytes and still DF 0", f6(W, 0, 1448), g4(W, 0, 1448))
to4("SIIT-46 reserved bits of the Fragment header are ignored",
    i6(Part(W, 0, 800), ext=[fh(0, 1, 1, rsv=0xff)]), g4(W, 0, 800, id=1))
to4("SIIT-46 hop-by-hop before the Fragment header",
    f6(W, 0, 800, ext=[hbh()]), g4(W, 0, 800))
to4("SIIT-46 options and routing before the Fragment header",
    f6(W, 800, 1600, ext=[hbh(), dop(16)]), g4(W, 800, 1600))
to4("SIIT-46 atomic fragment: DF 0, identification copied",
    i6(udp(data(100)), ext=[fh(0, 0, 0xaabbccdd)]),
    o4(udp(data(100)), id=0xccdd))
to4("SIIT-46 atomic fragment of 1400 bytes: DF 0",
    i6(udp(data(1344)), ext=[fh(0, 0, 0xaabb0000)]),
    o4(udp(data(1344)), id=0))
to4("SIIT-58 overlapping fragments, one by one",
    [f6(W, 0, 800), f6(W, 400, 1200)], g4(W, 0, 800), g4(W, 400, 1200))
to4("SIIT-42 Mobility header behind a destination option",
    i6(raw(135, data(16)), ext=[dop()]), o4(raw(135, data(16))))
for nh, what in ((0, "hop-by-hop"), (43, "routing"), (44, "fragment"),
		 (135, "mobility"), (139, "HIP"),
		 (140, "Shim6"), (51, "AH")):
	p = i6(raw(nh, b"\x11\0" + bytes(22)), ext=[fh(0, 1, 7)])
	err6("SIIT-47 fragment of next header %d, %s -> 1/1" % (nh, what), p,
	     unreach6(1, p), drop="frag_exthdr")
# Options behind it may be those of a tunnel (RFC 2473 5.1), in adpt's core.
none("SIIT-47 ENC-11 fragment of next header 60: the rest is waited for",
     i6(raw(60, b"\x11\0" + bytes(22)), ext=[fh(0, 1, 8)]), None)
p = i6(udp(), ext=[fh(0, 0, 7), dop()])
err6("SIIT-47 atomic fragment, options behind it -> 1/1", p, unreach6(1, p),
     drop="frag_exthdr")
for nh, what in ((50, "ESP"), (59, "none"), (253, "experiments"),
		 (254, "experiments"), (222, "unknown")):
	to4("SIIT-47 fragment of next header %d, %s, passes" % (nh, what),
	    f6(of(100, nh), 0, 96), g4(of(100, nh), 0, 96))
for a, b, m, what in ((0, 1000, 1, "first"), (1000, 2000, 1, "middle"),
		      (2000, 3008, 0, "last")):
	none("SIIT-48 ICMPv6: %s fragment" % what,
	     f6(echo(body=data(3000)), a, b, m), "icmp_fragment")
to4("SIIT-48 atomic fragment with an echo request",
    i6(echo(), ext=[fh(0, 0, 0x12345678)]), o4(echo(), id=0x5678))
for n in (8, 16):
	none("SIIT-20 first fragment with %d bytes of TCP" % n, f6(T, 0, n),
	     "tiny_fragment")
none("SIIT-28 12 bytes and M", i6(of(12), ext=[fh(10, 1, 7)]), "bad_fragment")
none("SIIT-28 offset 8189 with 64 bytes", i6(of(64), ext=[fh(8189, 0, 7)]),
     "bad_fragment")
to4("SIIT-28 offset 8189 with 3 bytes is the last there can be",
    i6(of(3), ext=[fh(8189, 0, 7)]), o4(of(3), off=8189, id=7))
p = i6(Part(W, 0, 1440), ext=[fh(0, 1, 7)])
to4("SIIT-52 IPv6 fragment of 1488 fits", p, g4(W, 0, 1440, id=7))

# ---- other links ----------------------------------------------------------
conf("lowest-ipv6-mtu 1500", *MAIN, opts="lowest-ipv6-mtu 1500")
to6("SIIT-14 TL 1500 -> 1448 + 32", i4(of(1480)),
    o6(Part(of(1480), 0, 1448), ext=[fh(0, 1, 0x1234)]),
    o6(Part(of(1480), 1448), ext=[fh(181, 0, 0x1234)]))
to6("SIIT-15 TL 1480, DF 0 -> one packet of 1500", i4(of(1460)), o6(of(1460)))

conf("lowest-ipv6-mtu 1400", *MAIN, opts="lowest-ipv6-mtu 1400")
to6("SIIT-15 TL 1380, DF 0 -> one packet of 1400", i4(of(1360)), o6(of(1360)))
to6("SIIT-15 TL 1381, DF 0 -> two", i4(of(1361)),
    o6(Part(of(1361), 0, 1352), ext=[fh(0, 1, 0x1234)]),
    o6(Part(of(1361), 1352), ext=[fh(169, 0, 0x1234)]))

conf("lowest-ipv6-mtu above the link", *MAIN, opts="lowest-ipv6-mtu 9000",
     mtu6=1400)
to6("SIIT-14 the limit is the lesser of both: 1352 + 128", i4(of(1480)),
    o6(Part(of(1480), 0, 1352), ext=[fh(0, 1, 0x1234)]),
    o6(Part(of(1480), 1352), ext=[fh(169, 0, 0x1234)]))
p = i4(of(1361), df=1)
err4("SIIT-11 DF, link of 1400: 3/4 MTU 1380", p, unreach4(4, p, 1380),
     drop="too_big")

conf("a route of MTU 1400", *MAIN, opts="lowest-ipv6-mtu 1500",
     routes=["route add 2001:db8:b::/96 dev t6 mtu 1400"])
p = i4(of(1361), df=1)
err4("SIIT-11 DF, the route's MTU counts: 3/4 MTU 1380", p,
     unreach4(4, p, 1380), drop="too_big")
to6("SIIT-11 DF, TL 1380 fits", i4(of(1360), df=1), o6(of(1360)))
to6("SIIT-14 DF 0, the route's MTU counts: 1352 + 128", i4(of(1480)),
    o6(Part(of(1480), 0, 1352), ext=[fh(0, 1, 0x1234)]),
    o6(Part(of(1480), 1352), ext=[fh(169, 0, 0x1234)]))

conf("IPv4 link of 1400", *MAIN, mtu4=1400)
to4("SIIT-52 IPv6 1420 -> TL 1400 DF 1", i6(of(1380)), o4(of(1380), df=1))
for n in (1381, 1460):
	p = i6(of(n))
	err6("SIIT-52 IPv6 %d, link of 1400 -> packet too big 1420" % (n + 40),
	     p, Error(2, 0, p, 1420), drop="too_big")
p = i6(echo(body=data(1452)))
err6("SIIT-52 ICMPGEN-02 also about an echo request", p, Error(2, 0, p, 1420),
     drop="too_big")
p = i6(Part(W, 0, 1440), ext=[fh(0, 1, 7)])
err6("SIIT-52 IPv6 fragment of 1488 -> packet too big 1420", p,
     Error(2, 0, p, 1420), drop="too_big")
to4("SIIT-52 IPv6 fragment of 1424 fits", f6(W, 0, 1376), g4(W, 0, 1376))

conf("an IPv4 route of MTU 1400", *MAIN,
     routes=["route add 192.0.2.32/27 dev t4 mtu 1400"])
p = i6(of(1460))
err6("SIIT-52 the route's MTU counts: packet too big 1420", p,
     Error(2, 0, p, 1420), drop="too_big")

conf("IPv4 link of 576", *MAIN, mtu4=576)
to4("SIIT-51 IPv6 1280 -> three IPv4 fragments", i6(udp(data(1232))),
    Frags(o4(udp(data(1232)), id=0), 576, sizes=(572, 572, 156)))
to4("SIIT-51 IPv6 617 -> two IPv4 fragments", i6(of(577)),
    Frags(o4(of(577), id=0), 576, sizes=(572, 45)))
to4("SIIT-51 IPv6 596 fits", i6(of(556)), o4(of(556)))
to4("SIIT-51 SIIT-46 atomic fragment of 1280: identification copied",
    i6(udp(data(1224)), ext=[fh(0, 0, 0xaabbccdd)]),
    Frags(o4(udp(data(1224)), id=0), 576, ident=0xccdd))


def again(packets):
	"""A fragment from offset 100 on, split: base kept, last MF kept."""
	at, bad = 800, []
	for i, p in enumerate(packets):
		ident, fo = unpack_from("!HH", p, 4)
		if ident != 0xccdd or fo & 0x5fff != at // 8 or \
		   not fo & 0x2000 or len(p) > 576:
			bad.append("fragment %d: id %#x flags/offset %#x" % (
				i, ident, fo))
		at += len(p) - 20
	return bad if at == 2000 else bad + ["end at %d, not 2000" % at]


to4("SIIT-51 SIIT-46 middle fragment of 1248, split again",
    f6(W, 800, 2000), Each(again, "fragments 800 to 2000, all MF 1"))
for n in (1241, 1460):
	p = i6(of(n))
	err6("SIIT-52 SIIT-53 IPv6 %d, link of 576 -> packet too big 1280" %
	     (n + 40), p, Error(2, 0, p, 1280), drop="too_big")

conf("adpt-df clear", *MAIN, opts="adpt-df clear")
to4("ADPT-33 adpt-df clear: TL 1480 with DF 0", i6(of(1460)), o4(of(1460)))

# ---- with conntrack, which reassembles ------------------------------------
# What it reassembled, the kernel cuts again, to the size of the largest
# fragment there was, when it hands the packet to a device (frag_max_size in
# ip_finish_output() and ip6_finish_output()).  So a translator that is a device
# still gets fragments, and cannot make whole messages of them as KERN-10 hopes.
# Each case has an identification of its own: conntrack keeps for a while what it
# could not complete.


def conntrack(bed):
	rc, out = run("nft", "-f", "-", text="""
		table inet m46test {
			chain pre {
				type filter hook prerouting priority -300
				ct state new counter
			}
		}
		""")
	if rc:
		raise Skip("no conntrack: " + out.strip().split("\n")[0])
	bed.extra.append("nft delete table inet m46test")


conf("conntrack", *MAIN, needs=conntrack)
def thirds4(l4, n, id):
	return [f4(l4, 0, 1000, id=id), f4(l4, 1000, 2000, id=id),
		f4(l4, 2000, n, 0, id=id)]


def thirds6(l4, n, id):
	return [f6(l4, 0, 1000, id=id), f6(l4, 1000, 2000, id=id),
		f6(l4, 2000, n, 0, id=id)]


def either(whole, limit):
	"""The datagram, whole or in fragments; never DF."""
	def fn(packets):
		bad = ["DF is set" for p in packets
		       if p[0] >> 4 == 4 and p[6] & 0x40]
		if len(packets) == 1:
			return bad + diff(whole, packets[0])
		return bad + Frags(whole, limit).match_all(
			[(bytes(10), p) for p in packets])
	return Each(fn, "the datagram, whole or in fragments, DF 0")


to6("KERN-10 UDP in three fragments", thirds4(W, 3008, 1), Frags(o6(W), 1280))
to6("KERN-10 TCP in three fragments, last first",
    thirds4(T, 3020, 2)[::-1], Frags(o6(T), 1280))
to6("KERN-10 a whole packet passes as ever", i4(udp()), o6(udp()))
to6("KERN-10 SIIT-14 a whole packet over 1280", i4(u, id=3), Frags(o6(u), 1280))
t = tcp(data(1440))
to6("KERN-10 SIIT-11 DF, TL 1480, as ever", i4(t, df=1), o6(t))
S, F = udp(data(600)), udp(data(1300))
to6("KERN-10 small fragments",
    [f4(S, 0, 400, id=4), f4(S, 400, 608, 0, id=4)], either(o6(S), 1280))
E = echo(body=data(3000))
none("KERN-10 SIIT-19 an echo request in three fragments", thirds4(E, 3008, 5),
     "icmp_fragment")
none("KERN-10 SIIT-22 zero checksum in fragments",
     thirds4(udp(data(3000), csum="none"), 3008, 6), {"udp_zero": 1})
to4("KERN-10 UDP in three fragments", thirds6(W, 3008, 7),
    Frags(o4(W, id=0), 1500))
to4("KERN-10 TCP in three fragments, last first", thirds6(T, 3020, 8)[::-1],
    Frags(o4(T, id=0), 1500))
none("KERN-10 SIIT-48 an echo request in three fragments", thirds6(E, 3008, 9),
     "icmp_fragment")
to4("KERN-10 SIIT-46 what was fragmented keeps DF 0 over 1260 bytes",
    [f6(F, 0, 800, id=10), f6(F, 800, 1308, 0, id=10)], either(o4(F), 1500))

conf("conntrack, IPv4 link of 576", *MAIN, needs=conntrack, mtu4=576)
to4("KERN-10 SIIT-51 UDP in three fragments, link of 576",
    thirds6(W, 3008, 11), Frags(o4(W, id=0), 576))
