# SPDX-License-Identifier: GPL-2.0
"""Checks of the test itself: its packets, its comparisons, its tables."""
from build import (ANY, Part, cut, data, echo, fh, hbh, icmp4, icmp6, ip4, ip6,
		   poke, raw, tcp, udp, wellformed)
from match import Alt, Error, Exact, Frags, Inside, Maybe, compare
from table import CASES, H, R, X, i4, i6, o4, o6

PLAIN = bytes(10)


def got(*packets):
	return [(PLAIN, bytes(p)) for p in packets]


def checks():
	import packet
	import vectors
	packet.load()
	for name, want, made in vectors.built():
		yield "builder makes " + name, bytes(want) == bytes(made)
	u = udp(b"m46!")
	for what, p in (("UDP", i4(u)), ("UDP", i6(u)), ("TCP", i4(tcp(data(5)))),
			("TCP", i6(tcp(data(5)))), ("echo", i4(echo())),
			("echo", i6(echo()))):
		ver = p[0] >> 4
		yield "IPv%d %s is well-formed" % (ver, what), not wellformed(p)
		for at in range(0 if ver == 4 else 8, len(p)):
			yield "and would not be with another byte %d" % at, \
				wellformed(poke(p, at, bytes([p[at] ^ 0x55])))
	yield "extension headers are well-formed", not wellformed(
		i6(u, ext=[hbh()]))
	want = o4(u)
	for i in range(1, 0x10000, 0x1357):
		p = o4(u, id=i)
		yield "identification %#x is free" % i, not compare(
			[Exact(want)], got(p))
	yield "but not the header checksum", compare(
		[Exact(want)], got(poke(want, 10, b"\1\1")))
	for at in range(len(want)):
		if at in (4, 5, 10, 11):
			continue
		yield "a change of byte %d is seen" % at, compare(
			[Exact(want)], got(poke(want, at,
						bytes([want[at] ^ 0x80]))))
	yield "a missing packet is seen", compare([Exact(want)], [])
	yield "another packet is seen", compare([Exact(want)], got(want, want))
	yield "an unexpected packet is seen", compare([], got(want))
	yield "a lost byte is seen", compare([Exact(want)], got(want[:-1]))
	yield "one packet may be missing", not compare([Maybe(want)], [])
	yield "or be there", not compare([Maybe(want)], got(want))
	yield "but no other", compare([Maybe(want)], got(o4(tcp())))
	yield "alternatives", not compare([Alt(o4(tcp()), want)], got(want))
	yield "a super-packet is no packet", compare(
		[Exact(want)], [(b"\0\1" + bytes(8), want)])
	whole = o6(udp(data(1400)))
	a = o6(Part(udp(data(1400)), 0, 1232), ext=[fh(0, 1, 7)])
	b = o6(Part(udp(data(1400)), 1232), ext=[fh(154, 0, 7)])
	f = Frags(whole, 1280, 7)
	yield "fragments", not compare([f], got(a, b))
	yield "fragments backwards", not compare([f], got(b, a))
	for what, bad in (("one missing", (a,)), ("one twice", (a, b, b)),
			  ("another identification", (a, poke(b, 47, b"\x08"))),
			  ("MF at the end", (a, poke(b, 43, bytes([b[43] | 1])))),
			  ("other data", (a, poke(b, 50, b"\xff"))),
			  ("other hop limit", (a, poke(b, 7, b"\1"))),
			  ("not fragmented", (whole,))):
		yield "fragments: " + what, compare([f], got(*bad))
	yield "fragments too large", compare([Frags(whole, 1279)], got(a, b))
	p = i4(u, d="9.9.9.9")
	e = Error(3, 0, p)
	q = i4(u, d="9.9.9.9", ttl=63)
	good = ip4("192.0.2.1", H, icmp4(3, 0, 0, q), tos=0xc0)
	yield "an error", not compare([e], got(good))
	for what, bad in (
		("other code", ip4("192.0.2.1", H, icmp4(3, 1, 0, q))),
		("other source", ip4("192.0.2.2", H, icmp4(3, 0, 0, q))),
		("other destination", ip4("192.0.2.1", R, icmp4(3, 0, 0, q))),
		("word not zero", ip4("192.0.2.1", H, icmp4(3, 0, 9, q))),
		("other quote", ip4("192.0.2.1", H, icmp4(3, 0, 0, i4(u)))),
		("short quote", ip4("192.0.2.1", H,
				    icmp4(3, 0, 0, cut(q, 0, 20)))),
		("quoted checksum", ip4("192.0.2.1", H, icmp4(
			3, 0, 0, poke(q, 10, b"\0\1"))))):
		yield "an error with " + what, compare([e], got(bad))
	q = i6(u, hl=1)
	inner = ip6("2001:db8:ffff::1", q[8:24], icmp6(3, 0, 0, q))
	want = Inside(ip4(H, R, raw(41, i6(u)), id=ANY), Error(3, 0, q))
	good = ip4(H, R, raw(41, inner), id=9)
	yield "an error in IPv4", not compare([want], got(good))
	for what, bad in (
		("of another source", ip4(X, R, raw(41, inner))),
		("with DF", ip4(H, R, raw(41, inner), df=1)),
		("with another TTL", ip4(H, R, raw(41, inner), ttl=63)),
		("with a wrong header checksum", poke(good, 10, b"\1\1")),
		("of another code", ip4(H, R, raw(41, ip6(
			"2001:db8:ffff::1", q[8:24], icmp6(3, 1, 0, q))))),
		("as protocol 4", ip4(H, R, raw(4, inner)))):
		yield "an error in IPv4 " + what, compare([want], got(bad))
	free = ip4(R, H, icmp4(3, 4, 1400, ip4(H, R, u, id=ANY)), id=ANY)
	yield "free bytes of a quote", not compare([Exact(free)], got(ip4(
		R, H, icmp4(3, 4, 1400, ip4(H, R, u, id=0x99)), id=7)))
	yield "but a right ICMP checksum", compare([Exact(free)], got(ip4(
		R, H, icmp4(3, 4, 1400, ip4(H, R, u, id=0x99), off=1), id=7)))
	names = [(c.name, c.conf.name) for c in CASES]
	double = sorted({n for n in names if names.count(n) > 1})
	yield "no two cases have one name %s" % (double or ""), not double
	for c in CASES:
		if not c.name.split()[0].rstrip("0123456789").rstrip("-") in (
			"ADDR", "SIIT", "ICMP", "ICMPGEN", "ADPT", "KERN",
			"M46T", "NAT64", "EAM", "TUN", "6TO4", "SEC", "SIXRD",
			"ECN", "ENC") and \
		   not c.name.startswith("V"):
			yield "%s: begins with a row" % c.name, False
		for w in c.out4 + c.out6:
			if not w.lines():
				yield "%s: has text" % c.name, False
			# what is expected has to be legal itself
			if isinstance(w, Exact) and "stays as wrong" not in \
			   c.name and "strict-copy" not in c.name and \
			   not w.pkt.free and wellformed(w.pkt):
				yield "%s: %s" % (c.name, wellformed(w.pkt)), \
					False


def main():
	bad = n = 0
	lines = []
	for what, good in checks():
		n += 1
		if not good:
			bad += 1
		lines.append("%sok %d - %s" % ("" if good else "not ", n, what))
	print("TAP version 13\n1..%d" % n)
	print("\n".join(lines))
	return 1 if bad else 0
