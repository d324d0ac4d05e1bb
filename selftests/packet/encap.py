# SPDX-License-Identifier: GPL-2.0
"""Mode adpt with IPv4 in IPv6, RFC 2473: groups ENC and ECN, ADPT's method encap.

A packet p that came in at t4 leaves as enc(p) at t6; tun(p) at t6 gives fwd(p)
at t4.  Nothing but its TTL, by one a router, changes inside.
"""
import itertools
from struct import pack, unpack_from

from bed import must
from build import (ANY, GSO_ECN, GSO_TCPV4, GSO_UDP_L4, NEEDS_CSUM, Part, Vnet,
		   cat, csum, cut, data, dop, echo, fh, hbh, icmp4, icmp6, ip4,
		   ip6, m6, mk, pad, partial, poke, raw, rh, tcp, udp, wellformed)
from build import ext as extension
from ecn import CE, ECT0, ECT1, EGRESS, N, NAMES, ODD
from headers import syn
from icmp import CORE
from kernel import local4, looped, second
from match import T4, Alt, Each, Error, Exact, Frags, Inside, Maybe, Offloaded
from offload import TSO, dgram, seg, uso
from table import (A, B, C, D, H, MAIN, R, X, add, conf, confe, err4, err6, i4,
		   i6, none, o4, o6, to4, to6, unreach4)
from tunnel import some
from vectors import UDP7, V7
from watch import dummy, watched, whole

U = udp(b"m46!")
V7_ENC = mk(bytes.fromhex(
	"601000000020044020010db8000a000000000000c6336407"
	"20010db8000b000000000000c0000221"
	"45010020123440003f113d3cc6336407c00002210fa00035000c604f6d343621"))


# ---- packets --------------------------------------------------------------

def fwd(p, tos=None):
	"""p, forwarded once; tos: and with this TOS."""
	n = (p[0] & 15) * 4
	h = poke(poke(p[:n], 8, bytes([p[8] - 1])), 10, b"\0\0")
	if tos is not None:
		h = poke(h, 1, bytes([tos]))
	return cat(poke(h, 10, pack("!H", csum(h))), p[n:])


def limit(n):
	"""The tunnel encapsulation limit option, RFC 2473 4.1.1 and 5.1."""
	return dop(body=bytes((0, 4, 1, n, 1, 1, 0)))


def out(p, sp=A, dp=B, hl=64, tc=None, ext=(), **kw):
	"""p in IPv6, as m46 sends it."""
	return ip6(m6(sp, p[12:16]), m6(dp, p[16:20]), raw(4, p), hl=hl,
		   tc=p[1] if tc is None else tc, ext=ext, **kw)


def enc(p, **kw):
	return out(fwd(p), **kw)


def r4(l4=U, s=R, d=H, **kw):
	"""From a host behind the other edge."""
	return ip4(s, d, l4, **kw)


def tun(p, s=None, d=None, sp=B, dp=A, ext=(), **kw):
	"""p in IPv6, as another edge sends it."""
	return ip6(m6(sp, s or p[12:16]), m6(dp, d or p[16:20]), raw(4, p),
		   ext=ext, **kw)


def body(n):
	return raw(200, data(n))


def size(n, df=1, **kw):
	"""A packet of n bytes from a host of ours."""
	return i4(body(n - 20), df=df, **kw)


# ---- one packet, entry ----------------------------------------------------
conf("the PEs of V7, method encap", A + "/96", "192.0.2.0/24 via %s/96" % B,
     opts="method encap", routes=["route add 198.51.100.0/24 dev t4",
				  "route add 192.0.2.32/27 dev m46"],
     mark=("198.51.100.7", H, m6(B, H), m6(A, "198.51.100.7")),
     sent="encapsulated")
to6("V7-enc ENC-01 ENC-02 ENC-05 ADPT-09 ADPT-10 ADPT-18 PE1 to PE3",
    ip4("198.51.100.7", H, UDP7, tos=1, df=1, ttl=64), V7_ENC,
    also={"encapsulated": 1, "translated_46": 0})
to6("ADPT-09 ADPT-10 the addresses are those of the translated packet",
    ip4("198.51.100.7", H, UDP7, tos=1, df=1, ttl=64),
    Each(lambda got: [] if [p[8:40] for p in got] == [V7[8:40]] else
	 ["other addresses"], "the addresses of V7-xlat"))

confe("encap", *MAIN)
TYPES = [("UDP", U), ("TCP", tcp(data(101))), ("an echo request", echo()),
	 ("an echo reply", echo(1)), ("UDP without checksum", udp(csum="none")),
	 ("UDP-Lite", raw(136, data(30))), ("SCTP", raw(132, data(40))),
	 ("IGMP, protocol 2", raw(2, data(8))),
	 ("protocol 58", raw(58, data(20))), ("protocol 0", raw(0, data(20))),
	 ("protocol 43", raw(43, data(20))), ("protocol 44", raw(44, data(20))),
	 ("protocol 60", raw(60, data(20))),
	 ("protocol 255", raw(255, data(20))), ("protocol 41", raw(41, i6(U))),
	 ("protocol 4", raw(4, ip4("10.0.0.1", "10.0.0.2", U))),
	 ("protocol 4 between the same addresses", raw(4, i4(U))),
	 ("ICMP of an unknown type", icmp4(99, 1, 7, data(9))),
	 ("an ICMP timestamp", icmp4(13, 0, 0, data(12))),
	 ("no data at all", raw(200))]
for what, l4 in TYPES:
	to6("ENC-01 ENC-20 ENC-05 " + what, i4(l4), enc(i4(l4)),
	    also={"encapsulated": 1})
	to4("ENC-20 ADPT-29 " + what, tun(r4(l4)), fwd(r4(l4)),
	    also={"decapsulated": 1})
for what, l4 in (("UDP", udp(off=0x1111)), ("TCP", tcp(off=0x1111)),
		 ("ICMP", echo(off=0x1111))):
	to6("ENC-20 %s, a wrong checksum stays as wrong" % what, i4(l4),
	    Exact(enc(i4(l4)), sums=False))
	to4("ENC-20 %s, a wrong checksum stays as wrong" % what, tun(r4(l4)),
	    Exact(fwd(r4(l4)), sums=False))
to6("ENC-20 ADPT-32 DF and identification are kept",
    [i4(U, df=1, id=0), i4(U, df=1, id=0xffff), i4(U, df=0, id=0xabcd)],
    enc(i4(U, df=1, id=0)), enc(i4(U, df=1, id=0xffff)),
    enc(i4(U, df=0, id=0xabcd)))
to4("ENC-20 ADPT-32 DF and identification are kept",
    [tun(r4(df=1, id=0)), tun(r4(df=1, id=0xffff)), tun(r4(df=0, id=0xabcd))],
    fwd(r4(df=1, id=0)), fwd(r4(df=1, id=0xffff)), fwd(r4(df=0, id=0xabcd)))
for what, opts in (("router alert", b"\x94\x04\0\0"), ("NOPs", b"\1" * 8),
		   ("a full record route", b"\7\7\x08" + bytes(4) + b"\0"),
		   ("a spent source route", b"\x83\7\x08" + bytes(4) + b"\0"),
		   ("an unspent loose source route",
		    b"\x83\7\4\x0a\1\2\3\0"),
		   ("40 bytes", b"\1" * 40)):
	to6("ENC-20 ADPT-32 IPv4 options: " + what, i4(U, opts=opts),
	    enc(i4(U, opts=opts)))
	to4("ENC-20 ADPT-32 IPv4 options: " + what, tun(r4(opts=opts)),
	    fwd(r4(opts=opts)))
W = udp(data(3000))
for what, l4 in (("UDP", W), ("TCP", tcp(data(3000))),
		 ("an echo request", echo(body=data(3000))),
		 ("UDP without checksum", udp(data(3000), csum="none"))):
	f = [i4(Part(l4, a, b), off=a // 8, mf=b < 3000)
	     for a, b in ((0, 1000), (1000, 2000), (2000, 3008))]
	to6("ENC-20 fragments of %s, one by one" % what, f, *map(enc, f))
	f = [r4(Part(l4, a, b), off=a // 8, mf=b < 3000)
	     for a, b in ((0, 1000), (1000, 2000), (2000, 3008))]
	to4("ENC-20 fragments of %s, one by one" % what, list(map(tun, f[::-1])),
	    *map(fwd, f[::-1]))
p = i4(Part(tcp(data(60)), 0, 8), mf=1)
to6("ENC-20 a first fragment of 8 bytes", p, enc(p))
to6("ENC-02 TTL 5 -> hop limit 64", i4(U, ttl=5), enc(i4(U, ttl=5)))
to6("ENC-02 TTL 255 -> hop limit 64", i4(U, ttl=255), enc(i4(U, ttl=255)))
to6("ENC-05 TTL 2 -> 1 inside", i4(U, ttl=2), enc(i4(U, ttl=2)))
p = i4(U, ttl=1)
err4("ENC-05 TTL 1 -> 11/0 before it enters", p, Error(11, 0, p, by_m46=False),
     also={"encapsulated": 0})
to4("ENC-05 ADPT-30 the exit decrements once, whatever the outer hop limit",
    [tun(r4(ttl=63)), tun(r4(ttl=2)), tun(r4(), hl=255), tun(r4(), hl=2)],
    fwd(r4(ttl=63)), fwd(r4(ttl=2)), fwd(r4()), fwd(r4()))
p = r4(ttl=1)
add("ENC-05 TTL 1 at the exit -> 11/0 through the tunnel", tun(p),
    out6=[Inside(out(i4(U, s=T4), tc=0xc0), Error(11, 0, p, by_m46=False))],
    also={"encapsulated": 1, "decapsulated": 1})
to6("ENC-03 the traffic class is the TOS octet",
    [i4(U, tos=t) for t in (0, 0xb8, 0xb9, 0x2a, 0xff)],
    *[enc(i4(U, tos=t)) for t in (0, 0xb8, 0xb9, 0x2a, 0xff)])
to6("ENC-04 the flow label is 0", [i4(tcp(data(5), sport=n)) for n in
				   range(1000, 1010)],
    *[enc(i4(tcp(data(5), sport=n))) for n in range(1000, 1010)])
p = i4(U, d="9.9.9.9")
err4("ADPT-26 no rule -> 3/0", p, unreach4(0, p), drop="no_rule")
none("ADPT-49 source 240.0.0.1", i4(U, s="240.0.0.1"), "martian_source")
for d in ("0.1.2.3", "127.0.0.1", "240.1.1.1", "255.255.255.255", "224.0.1.1"):
	none("ADPT-49 SIIT-10 destination " + d, i4(U, d=d),
	     "martian_destination|multicast", x=True)
to6("ENC-01 bytes after the total length are cut", i4(U) + bytes(18),
    Alt(out(i4(U)), enc(i4(U))), x=True)
for what, p in (("TL beyond the end", i4(U, tl=33)), ("IHL 4", i4(U, ihl=4)),
		("version 5", i4(U, ver=5)),
		("IHL beyond the end", i4(raw(200, data(4)), ihl=15))):
	none("ENC-01 bad IPv4: " + what, p, "bad_ip4_header", x=True, port=4)
err4("ENC-18 ADPT-28 between own hosts: never encapsulated", i4(U, d=X),
     i4(U, d=X, ttl=63), also={"encapsulated": 0})

# ---- one packet, exit -----------------------------------------------------
to4("ENC-13 outer traffic class and flow label stay outside",
    tun(r4(tos=0x28), tc=0xb8, fl=0xfffff), fwd(r4(tos=0x28)))
for what, ext in (("destination options", [dop()]),
		  ("the encapsulation limit option", [limit(4)]),
		  ("an encapsulation limit of 0", [limit(0)]),
		  ("long destination options", [dop(64)]),
		  ("hop-by-hop options", [hbh()]),
		  ("a routing header with no segments left", [rh(0)]),
		  ("hop-by-hop and destination options", [hbh(), dop(16)]),
		  ("all of them", [hbh(), dop(), rh(0), limit(4)]),
		  ("an atomic fragment", [fh(0, 0, 7)]),
		  ("hop-by-hop, an atomic fragment and the limit option",
		   [hbh(), fh(0, 0, 8), limit(4)])):
	to4("ENC-13 ADPT-11 next header 4 behind " + what, tun(r4(), ext=ext),
	    fwd(r4()), also={"decapsulated": 1})
p = tun(r4(), ext=[rh(1)])
err6("ENC-13 SIIT-43 behind a routing header -> 4/0", p, Error(4, 0, p, 43),
     drop="routing_header")
for n in (1, 4, 10, 1000):
	to4("ENC-19 %d bytes of padding are cut" % n,
	    ip6(m6(B, R), m6(A, H), raw(4, r4() + data(n))), fwd(r4()))
to4("ENC-19 padding after an empty packet is cut",
    ip6(m6(B, R), m6(A, H), raw(4, r4(raw(200)) + data(10))),
    fwd(r4(raw(200))))
to4("ENC-19 bytes after PL are cut", tun(r4()) + bytes(18),
    Alt(fwd(r4()), r4()), x=True)
BAD = [("version 6", r4(ver=6)), ("version 5", r4(ver=5)),
       ("version 0", r4(ver=0)), ("IHL 4", r4(ihl=4)), ("IHL 0", r4(ihl=0)),
       ("IHL beyond the end", r4(raw(200, data(4)), ihl=15)),
       ("a wrong header checksum", r4(csum4=0x1234)),
       ("header checksum 0", r4(csum4=0)),
       ("TL one over the payload", r4(tl=33)), ("TL 65535", r4(tl=65535)),
       ("TL 19", r4(tl=19)), ("TL 0", r4(tl=0)),
       ("TL less than IHL", r4(opts=b"\1" * 8, tl=24))]
for what, p in BAD:
	none("ENC-19 inner packet: " + what, tun(p),
	     "bad_ip4_header|adpt_mismatch")
for n in (0, 1, 12, 19):
	add("ENC-19 ADPT-36 %d bytes inside: never taken for a packet" % n,
	    ip6(m6(B, R), m6(A, H), raw(4, cut(r4(), 0, n))),
	    [Maybe(o4(raw(4, cut(r4(), 0, n))))], drop="",
	    also={"decapsulated": 0})
for n in (20, 24, 31):
	none("ENC-19 %d of 32 bytes inside" % n,
	     ip6(m6(B, R), m6(A, H), raw(4, cut(r4(), 0, n))),
	     "bad_ip4_header|adpt_mismatch")
none("ADPT-47 source of another prefix", tun(r4(), sp=C), "adpt_src")
none("ADPT-47 source address that no rule covers", tun(r4(s="9.9.9.9")),
     "adpt_src")
none("ADPT-47 source under the own prefix", tun(r4(s=X), sp=A), "adpt_src")
none("ADPT-47 source without IPv4 address",
     ip6("2001:db8:ffff::9", m6(A, H), raw(4, r4())), "adpt_src")
none("ADPT-48 destination outside the local blocks", tun(r4(d="10.1.1.1")),
     "dst_not_local")
none("ADPT-48 destination in a remote block", tun(r4(d=R)), "dst_not_local")
to4("ADPT-48 destination in the other local block", tun(r4(d=X)), fwd(r4(d=X)))
none("ADPT-22 reserved bits are for prefixes shorter than 96: other prefix",
     ip6("2001:db8:b:0:1::c633:6402", m6(A, H), raw(4, r4())), "adpt_src")

# ---- which method: by packet ----------------------------------------------
to4("ADPT-11 ADPT-39 translated and encapsulated ones interleaved",
    [i6(U), tun(r4()), i6(echo()), tun(r4(echo())), i6(tcp(data(9)))],
    o4(U), fwd(r4()), o4(echo()), fwd(r4(echo())), o4(tcp(data(9))),
    also={"decapsulated": 2, "translated_64": 3})
none("ADPT-39 an echo request from an unmapped core address",
     ip6("2001:db8:ffff::9", m6(A, H), echo()), "adpt_src")
IPIP = [("others", ip4("10.0.0.1", "10.0.0.2", U)),
	("another destination", ip4(R, X, U)),
	("another source", ip4("9.9.9.9", H, U)),
	("the outer ones reversed", ip4(H, R, U)),
	("a martian source", ip4("127.0.0.1", H, U))]
for what, p in IPIP:
	to4("ADPT-36 ADPT-37 inner addresses are %s: IPv4 in IPv4, translated" %
	    what, i6(raw(4, p)), o4(raw(4, p)),
	    also={"decapsulated": 0, "translated_64": 1})
p = ip4("10.0.0.1", "10.0.0.2", U, csum4=1)
to4("ADPT-36 IPv4 in IPv4 of others, wrong as it may be", i6(raw(4, p)),
    Exact(o4(raw(4, p)), sums=False))
to4("ADPT-36 IPv4 in IPv4 that was encapsulated",
    tun(r4(raw(4, ip4("10.0.0.1", "10.0.0.2", U)))),
    fwd(r4(raw(4, ip4("10.0.0.1", "10.0.0.2", U)))), also={"decapsulated": 1})
to4("ADPT-36 and between the same addresses: one header is taken off",
    tun(r4(raw(4, r4(ttl=9)))), fwd(r4(raw(4, r4(ttl=9)))),
    also={"decapsulated": 1})

confe("peer-method encap", *MAIN, opts="peer-method encap")
to4("ADPT-37 peer-method encap: what is encapsulated", tun(r4()), fwd(r4()),
    also={"decapsulated": 1})
to4("ADPT-37 behind the limit option", tun(r4(), ext=[limit(4)]), fwd(r4()))
for what, p in IPIP:
	none("ADPT-37 peer-method encap: inner addresses are " + what,
	     i6(raw(4, p)), "adpt_mismatch")
for what, l4 in (("UDP", U), ("TCP", tcp(data(9))), ("an echo request", echo()),
		 ("protocol 200", raw(200, data(40))),
		 ("nothing, next header 59", raw(59))):
	none("ADPT-37 peer-method encap: %s, not encapsulated" % what, i6(l4),
	     "adpt_mismatch")
none("ADPT-37 peer-method encap: UDP behind an option header",
     i6(U, ext=[dop()]), "adpt_mismatch")
for n in (0, 12, 19):
	none("ADPT-37 ENC-19 peer-method encap: %d bytes inside" % n,
	     ip6(m6(B, R), m6(A, H), raw(4, cut(r4(), 0, n))),
	     "adpt_mismatch|bad_ip4_header")
none("ADPT-47 peer-method encap: the source is checked too", tun(r4(), sp=C),
     "adpt_src|adpt_mismatch")
to6("ADPT-37 peer-method says nothing about what we send", i4(U), enc(i4(U)))

conf("method translate", *MAIN)
INNER = i4(raw(4, ip4("10.0.0.1", "10.0.0.2", U)))
to6("ADPT-36 IPv4 in IPv4 is encapsulated, and only that",
    [i4(U), INNER, i4(U), INNER, i4(U)], o6(U), enc(INNER), o6(U), enc(INNER),
    o6(U), also={"encapsulated": 2, "translated_46": 3})
to6("ADPT-36 method translate: protocol 4 is encapsulated all the same",
    i4(raw(4, ip4("10.0.0.1", "10.0.0.2", U)), opts=b"\1" * 4, id=7),
    enc(i4(raw(4, ip4("10.0.0.1", "10.0.0.2", U)), opts=b"\1" * 4, id=7)),
    also={"encapsulated": 1, "translated_46": 0})
to6("ADPT-36 method translate: protocol 4, not even IPv4 inside",
    i4(raw(4, data(3))), enc(i4(raw(4, data(3)))), also={"encapsulated": 1})
p = i4(Part(raw(4, ip4("10.0.0.1", "10.0.0.2", udp(data(1000)))), 0, 800), mf=1)
to6("ADPT-36 method translate: a fragment of protocol 4", p, enc(p),
    also={"encapsulated": 1})
to6("ADPT-11 method translate: others are translated",
    [i4(U), i4(raw(41, data(40)))], o6(U), o6(raw(41, data(40))),
    also={"encapsulated": 0})
to4("ADPT-11 method translate: the egress takes both", [tun(r4()), i6(U)],
    fwd(r4()), o4(U), also={"decapsulated": 1, "translated_64": 1})
p = size(1461)
to6("ADPT-09 SIIT-11 method translate: TL 1461 with DF passes as 1481", p,
    o6(body(1441)))
p = i4(raw(4, data(1441)), df=1)
err4("ADPT-36 ENC-07 method translate: protocol 4, TL 1461 with DF -> 3/4 1460",
     p, unreach4(4, p, 1460), drop="too_big")

# ---- a method for one rule ------------------------------------------------
conf("method translate, a rule with method encap", *MAIN[:3],
     "198.51.100.0/24 via %s/96 method encap" % B, "9.9.9.0/24 via %s/96" % C,
     sent="encapsulated")
to6("ADPT-09 this rule says encap", i4(U), enc(i4(U)))
to6("ADPT-09 another follows the device", i4(U, d="9.9.9.9"),
    o6(U, d="9.9.9.9", dp=C))
p = size(1461)
err4("ADPT-09 ENC-07 this rule's MTU", p, unreach4(4, p, 1460), drop="too_big")
p = size(1481, d="9.9.9.9")
err4("ADPT-09 SIIT-11 the other's", p, unreach4(4, p, 1480), drop="too_big")
to6("ADPT-67 rule replace: now it is translated", i4(U, d=R), o6(U),
    ctl=["rule replace 198.51.100.0/24 via %s/96 method translate dev m46" % B],
    also={"encapsulated": -1, "translated_46": 2})

confe("method encap, a rule with method translate", *MAIN,
      "9.9.9.0/24 via %s/96 method translate" % C)
to6("ADPT-09 this rule says translate", i4(U, d="9.9.9.9"),
    o6(U, d="9.9.9.9", dp=C))
to6("ADPT-09 another follows the device", i4(U), enc(i4(U)))
to6("ADPT-36 method translate by rule: protocol 4 is encapsulated",
    i4(raw(4, data(40)), d="9.9.9.9"), enc(i4(raw(4, data(40)), d="9.9.9.9"),
					   dp=C))
p = i4(U, opts=b"\x83\7\4\x0a\1\2\3\0", d="9.9.9.9")
err4("ADPT-09 SIIT-04 this rule refuses a source route -> 3/5", p,
     unreach4(5, p), drop="source_route")

# ---- several prefixes, longest match --------------------------------------
A2 = "2001:db8:a2::"
confe("encap, several prefixes", "%s/96,%s/64" % (A, A2),
      "192.0.2.0/24 via %s/96 local" % A, "203.0.113.0/24 via %s/64 local" % A2,
      "198.51.100.0/24 via %s/96" % B, "198.51.100.128/25 via %s/48" % C,
      "0.0.0.0/0 via %s/32" % "2001:dbd::")
for s, d, sp, dp in ((H, R, A, B), (X, R, A2, B), (H, "198.51.100.200", A, C),
		     (X, "9.9.9.9", A2, "2001:dbd::"),
		     ("10.1.2.3", R, A, B)):
	to6("ADPT-18 ADPT-19 ADPT-25 %s to %s" % (s, d), i4(U, s=s, d=d),
	    enc(i4(U, s=s, d=d), sp=sp, dp=dp))
for s, d, sp, dp in ((R, H, B, A), (R, X, B, A), (R, X, B, A2),
		     ("198.51.100.200", H, C, A2),
		     ("9.9.9.9", H, "2001:dbd::", A)):
	to4("ADPT-18 ADPT-47 %s to %s under %s" % (s, d, dp),
	    tun(r4(s=s, d=d), sp=sp, dp=dp), fwd(r4(s=s, d=d)))
none("ADPT-47 the default rule's prefix for another's address",
     tun(r4(), sp="2001:dbd::"), "adpt_src")
none("ADPT-22 non-zero bits between prefix and address",
     ip6(m6(B, R), "2001:db8:a2::1:0:cb00:7109", raw(4, r4(d=X))),
     "adpt_reserved")
for s in ("0.1.2.3", "127.0.0.1", "224.0.0.5", "240.0.0.1", "255.255.255.255"):
	none("ENC-19 ADPT-49 inner source " + s, tun(r4(s=s), sp="2001:dbd::"),
	     "martian_source")

conf("encap, no local rules", A + "/96", "0.0.0.0/0 via %s/96" % D,
     opts="method encap", mark=(H, R, m6(D, R), m6(A, H)), sent="encapsulated")
to4("ADPT-48 without local rules every destination is accepted",
    [tun(r4(), sp=D), tun(r4(d=X), sp=D)], fwd(r4()), fwd(r4(d=X)))
for d in ("0.1.2.3", "127.0.0.1", "240.1.1.1", "255.255.255.255", "224.0.1.1"):
	none("ENC-19 ADPT-49 inner destination " + d, tun(r4(d=d), sp=D),
	     "martian_destination|multicast")

# ---- the source checks ----------------------------------------------------
LOOSE = MAIN + ("9.9.9.0/24 via %s/96" % C,)
confe("encap, source-check loose", *LOOSE, opts="source-check loose")
to4("ADPT-47 loose: another edge's prefix is accepted", tun(r4(), sp=C),
    fwd(r4()))
to4("ADPT-47 loose: so is an address without a rule",
    tun(r4(s="8.8.8.8"), sp=C), fwd(r4(s="8.8.8.8")))
none("ADPT-47 loose: a prefix that no rule has is not", tun(r4(), sp=D),
     "adpt_src")
confe("encap, source-check off", *LOOSE, opts="source-check off")
to4("ADPT-47 off: another edge's prefix", tun(r4(), sp=C), fwd(r4()))
to4("ADPT-47 off: a prefix that no rule has", tun(r4(), sp=D), fwd(r4()))
none("ADPT-49 off: martians are refused all the same", tun(r4(s="127.0.0.1")),
     "martian_source")
none("ADPT-49 off: an address of T as source", tun(r4(s=T4)), None,
     also={"decapsulated": 1})
to4("ADPT-36 ADPT-37 off: inner addresses are compared all the same",
    i6(raw(4, ip4(R, X, U)), sp=D), o4(raw(4, ip4(R, X, U))),
    also={"decapsulated": 0})
confe("encap, source-check strict", *LOOSE, opts="source-check strict")
none("ADPT-47 strict: another edge's prefix", tun(r4(), sp=C), "adpt_src")
to4("ADPT-47 strict: the right one", tun(r4(s="9.9.9.9"), sp=C),
    fwd(r4(s="9.9.9.9")))

# ---- ECN ------------------------------------------------------------------


def egress():
	for inner in range(4):
		for outer in range(4):
			e = EGRESS[inner][outer]
			name = "ECN-03 ECN-04 ECN-05 inner %s, outer %s" % (
				NAMES[inner], NAMES[outer])
			p = tun(r4(tos=0x20 | inner), tc=0xb8 | outer)
			if e is None:
				none(name + " is dropped", p, "tun_ecn",
				     also={"decapsulated": 0})
			else:
				to4("%s -> %s" % (name, NAMES[e]), p,
				    fwd(r4(tos=0x20 | e), tos=0x20 | e),
				    also={"ecn_odd": (inner, outer) in ODD,
					  "decapsulated": 1})


def ingress(row, outer):
	for e in range(4):
		p = i4(U, tos=0x20 | e)
		to6("%s inner %s -> outer %s" % (row, NAMES[e], NAMES[outer(e)]),
		    p, enc(p, tc=0x20 | outer(e)))


IDENT = itertools.count(0x46464646)


def piece(p, a, b, ident, tc=None, before=()):
	"""Bytes a..b of what follows the IPv6 header of p, as a fragment."""
	return ip6(p[8:24], p[24:40], raw(p[6], p[40 + a:40 + b]),
		   tc=unpack_from("!H", p)[0] >> 4 & 0xff if tc is None else tc,
		   ext=[*before, fh(a // 8, b < len(p) - 40, ident)])


def pieces(p, *cuts, tc=None, **kw):
	"""p in fragments, the last one first."""
	ends, ident = [*cuts, len(p) - 40], next(IDENT)
	return [piece(p, a, b, ident, tc[k] if tc else None, **kw)
		for k, (a, b) in enumerate(zip([0, *cuts], ends))][::-1]


confe("encap, ECN", *MAIN)
ingress("ECN-01", lambda e: e)
egress()
to4("ECN-06 the outer DSCP stays outside",
    [tun(r4(tos=t), tc=o) for t, o in ((0, 0xb8), (0xb8, 0), (0x2a, 0xb8),
				       (0xfe, 0x02))],
    *[fwd(r4(tos=t), tos=e) for t, e in ((0, 0), (0xb8, 0xb8), (0x2a, 0x2a),
					 (0xfe, 0xfe))])
BIG = body(1240)
for inner, first, last, e in (
	(ECT0, ECT0, CE, CE), (ECT0, CE, ECT0, CE), (ECT0, ECT0, ECT0, ECT0),
	(ECT1, ECT1, CE, CE), (CE, CE, CE, CE), (N, N, N, N)):
	to4("ECN-07 fragments with %s and %s, inner %s -> %s" % (
		NAMES[first], NAMES[last], NAMES[inner], NAMES[e]),
	    pieces(tun(r4(BIG, tos=inner)), 640, tc=(first, last)),
	    fwd(r4(BIG, tos=e), tos=e))
none("ECN-07 ECN-03 CE on the second fragment, inner Not-ECT",
     pieces(tun(r4(BIG)), 640, tc=(ECT0, CE)), {"tun_ecn": 1})
none("ECN-07 fragments with Not-ECT and CE",
     pieces(tun(r4(BIG, tos=ECT0)), 640, tc=(N, CE)), "",
     also={"decapsulated": 0})
confe("encap, ecn compat", *MAIN, opts="ecn compat")
ingress("ECN-02", lambda e: N)
egress()
confe("encap, ecn-log off", *MAIN, opts="ecn-log off")
egress()
for opts, want in (("tclass 184", lambda t: 0xb8 | t & 3),
		   ("tclass 184 ecn compat", lambda t: 0xb8),
		   ("tos-ignore on", lambda t: t & 3),
		   ("dscp-ignore on", lambda t: t & 3),
		   ("dscp-ignore on ecn compat", lambda t: 0)):
	confe("encap, " + opts, *MAIN, opts=opts)
	to6("ENC-03 ECN-01 ECN-02 %s: the DSCP, ECN by its own word" % opts,
	    [i4(U, tos=t) for t in (0, 0x29, 0xba, 0xff)],
	    *[enc(i4(U, tos=t), tc=want(t)) for t in (0, 0x29, 0xba, 0xff)])
confe("encap, tos-override 16", *MAIN, opts="tos-override 16")
to4("ECN-06 SIIT-40 tos-override is for translated packets",
    [tun(r4(tos=0x28)), i6(U, tc=0x28)], fwd(r4(tos=0x28)), o4(U, tos=16))

# ---- knobs of the outer header --------------------------------------------
for n in (1, 10, 254, 255):
	# this router forwards it itself: there is no 256 to come down from
	confe("encap, hoplimit %d" % n, *MAIN, opts="hoplimit %d" % n)
	to6("ENC-02 hoplimit %d" % n, [i4(U), i4(U, ttl=5)],
	    enc(i4(U), hl=min(n, 254)), enc(i4(U, ttl=5), hl=min(n, 254)))
for n in (0, 4, 255):
	confe("encap, encap-limit %d" % n, *MAIN, opts="encap-limit %d" % n)
	to6("ENC-12 ENC-01 encap-limit %d: next header 60" % n, i4(U),
	    enc(i4(U), ext=[limit(n)]))
	to6("ENC-12 ENC-06 encap-limit %d: TL 1452 passes" % n, size(1452),
	    enc(size(1452), ext=[limit(n)]))
	p = size(1453)
	err4("ENC-06 ENC-07 encap-limit %d: TL 1453 -> 3/4 MTU 1452" % n, p,
	     unreach4(4, p, 1452), drop="too_big")
	p = size(1453, df=0)
	to6("ENC-08 ENC-12 encap-limit %d: TL 1453, DF 0" % n, p,
	    Frags(enc(p, ext=[limit(n)]), 1500))
	to4("ENC-13 encap-limit %d: it need not come with one" % n, tun(r4()),
	    fwd(r4()))
p = size(65528, df=0)
add("ENC-12 encap-limit 255: no room for the option in 65535 bytes", p,
    [Each(lambda got: [], "anything")], [Each(lambda got: [], "anything")],
    drop="")
confe("encap, encap-limit none", *MAIN, opts="encap-limit none")
to6("ENC-12 encap-limit none", i4(U), enc(i4(U)))


def labels(wants, least):
	"""Packets of these, one flow each, with flow labels."""
	def fn(got):
		bad, seen = [], {}
		if len(got) != len(wants):
			return ["%d packets, not %d" % (len(got), len(wants))]
		for w, p in zip(wants, got):
			label = unpack_from("!I", p)[0] & 0xfffff
			q = poke(p, 0, pack("!I", unpack_from("!I", p)[0] &
					    ~0xfffff))
			if bytes(q) != bytes(w):
				bad.append("something else differs")
			if not label:
				bad.append("flow label 0")
			if seen.setdefault(bytes(w[60:64]), label) != label:
				bad.append("two labels for one flow")
		if len(set(seen.values())) < least:
			bad.append("%d labels for %d flows" % (
				len(set(seen.values())), len(seen)))
		return bad
	return Each(fn, "%d packets with flow labels" % len(wants))


confe("encap, flowlabel hash", *MAIN, opts="flowlabel hash")
flows = [i4(l4) for n in range(16) for l4 in (
	udp(data(9), sport=5000 + n), udp(data(400), sport=5000 + n))]
to6("ENC-04 flowlabel hash: not 0, the same for one flow, others for others",
    flows, labels(list(map(enc, flows)), 8))
flows = [i4(tcp(data(n), sport=5000), ttl=t, id=n, tos=t)
	 for n, t in ((1, 64), (9, 9), (1000, 64))]
to6("ENC-04 flowlabel hash: neither TTL nor TOS, identification or length count",
    flows, labels(list(map(enc, flows)), 1))
flows = [i4(Part(W, a, b), off=a // 8, mf=b < 3000)
	 for a, b in ((0, 1000), (1000, 2000), (2000, 3008))]
to6("ENC-04 flowlabel hash: fragments have one too", flows, Each(
	lambda got: [] if len({bytes(p[:4]) for p in got[1:]}) == 1 and
	all(unpack_from("!I", p)[0] & 0xfffff for p in got) else
	["labels " + " ".join(bytes(p[:4]).hex() for p in got)],
	"3 packets with flow labels"))
flows = [i4(echo(ident=n)) for n in range(4)]
to6("ENC-04 flowlabel hash: ICMP has one", flows, Each(
	lambda got: [] if len(got) == 4 and
	all(unpack_from("!I", p)[0] & 0xfffff for p in got) else
	["labels " + " ".join(bytes(p[:4]).hex() for p in got)],
	"4 packets with flow labels"))
confe("encap, flowlabel zero", *MAIN, opts="flowlabel zero")
to6("ENC-04 flowlabel zero", i4(U), enc(i4(U)))
confe("encap, mss-clamp", *MAIN, opts="mss-clamp on")
to6("ENC-06 SIIT-59 mss-clamp: SYN MSS 1460 -> 1420", i4(syn(1460)),
    enc(i4(syn(1420))))
to6("ENC-06 SIIT-59 mss-clamp: a smaller MSS is kept", i4(syn(1400)),
    enc(i4(syn(1400))))
to6("ENC-20 SIIT-59 mss-clamp: no SYN", i4(syn(1460, 0x10)),
    enc(i4(syn(1460, 0x10))))
confe("encap, udp-zero drop", *MAIN, opts="udp-zero drop")
to6("ENC-20 SIIT-21 udp-zero is for translated packets",
    i4(udp(csum="none")), enc(i4(udp(csum="none"))))
conf("udp-zero forward, egress", *MAIN, opts="udp-zero forward")
to4("ADPT-34 udp-zero forward: the egress gives the same bytes",
    [i6(udp(data(99), csum="none")),
     i6(Part(udp(data(999), csum="none"), 0, 800), ext=[fh(0, 1, 7)])],
    o4(udp(data(99), csum="none")),
    o4(Part(udp(data(999), csum="none"), 0, 800), mf=1, id=7))
to6("ADPT-34 ENC-20 udp-zero forward: protocol 4 is encapsulated",
    i4(raw(4, i4(udp(csum="none")))), enc(i4(raw(4, i4(udp(csum="none"))))))

# ---- sizes, entry ---------------------------------------------------------
confe("encap, sizes", *MAIN)
to6("ENC-06 DF, TL 1460 -> 1500", size(1460), enc(size(1460)))
for n in (1461, 1500):
	p = size(n)
	err4("ENC-07 DF, TL %d -> 3/4 MTU 1460" % n, p, unreach4(4, p, 1460),
	     drop="too_big")
p = size(1500, tos=0x28)
err4("ENC-07 the quote is the packet as it came", p, unreach4(4, p, 1460),
     drop="too_big")
for n in (1260, 1261, 1280, 1400, 1460):
	to6("ENC-08 DF 0, TL %d is one packet" % n, size(n, df=0),
	    enc(size(n, df=0)))
for n in (1461, 1480, 1500):
	p = size(n, df=0, tos=0x29)
	to6("ENC-08 DF 0, TL %d: the outer packet is cut" % n, p,
	    Frags(enc(p), 1500), also={"encapsulated": 1})
for n in (3000, 20000, 65535):
	p = size(n, df=0)
	to6("ENC-08 DF 0, TL %d: the outer packet is cut" % n, p,
	    Frags(enc(p), 1500))


def idents(got):
	ids = [bytes(p[44:48]) for p in got]
	if len(got) != 20:
		return ["%d packets, not 20" % len(got)]
	return [] if len(set(ids)) == 10 else ["%d identifications, not 10" %
					       len(set(ids))]


to6("ENC-08 10 packets cut in two, 10 identifications", [size(1500, df=0)] * 10,
    Each(idents, "20 fragments of 10 identifications"))
p = i4(Part(body(2920), 0, 1456), df=1, mf=1)
err4("ENC-10 DF in a first fragment of 1476 -> 3/4 MTU 1460", p,
     unreach4(4, p, 1460), drop="too_big")
none("ENC-10 ICMPGEN-04 DF in a fragment with offset 100: no error",
     i4(Part(body(2920), 800, 2256), df=1, mf=1, off=100), "too_big")
to6("ENC-10 DF in a first fragment of 1460", i4(Part(body(2920), 0, 1440), df=1,
						mf=1),
    enc(i4(Part(body(2920), 0, 1440), df=1, mf=1)))
p = i4(Part(body(2920), 0, 1480), mf=1)
to6("ENC-08 ENC-20 a first fragment of 1500, DF 0", p, Frags(enc(p), 1500))
none("ENC-07 ICMPGEN-01 DF, TL 1500, an ICMP error: silent",
     i4(icmp4(3, 1, 0, ip4(R, H, body(1444))), df=1), "too_big")

for n in (1400, 1280):
	confe("encap, an IPv6 link of %d" % n, *MAIN, mtu6=n)
	p = size(n - 39)
	err4("ENC-06 a link of %d: TL %d with DF -> 3/4 MTU %d" % (
		n, n - 39, n - 40), p, unreach4(4, p, n - 40), drop="too_big")
	to6("ENC-06 a link of %d: TL %d with DF" % (n, n - 40), size(n - 40),
	    enc(size(n - 40)))
	to6("ENC-08 a link of %d: TL 1500, DF 0" % n, size(1500, df=0),
	    Frags(enc(size(1500, df=0)), n))
confe("encap, a route of MTU 1400", *MAIN,
      routes=["route add 2001:db8:b::/96 dev t6 mtu 1400"])
p = size(1361)
err4("ENC-06 the route's MTU counts: 3/4 MTU 1360", p, unreach4(4, p, 1360),
     drop="too_big")
to6("ENC-06 ENC-08 and for the others", [size(1360), size(1361, df=0)],
    Each(lambda got: Exact(enc(size(1360))).match(bytes(10), got[0]) +
	 Frags(enc(size(1361, df=0)), 1400).match_all(
		 [(bytes(10), p) for p in got[1:]]),
	 "a packet of 1400 bytes and two fragments"))
confe("encap, an IPv6 link of 9000", *MAIN, mtu6=9000)
to6("ENC-06 a link of 9000: TL 8960 with DF", size(8960), enc(size(8960)))
p = size(8961)
err4("ENC-06 a link of 9000: TL 8961 with DF -> 3/4 MTU 8960", p,
     unreach4(4, p, 8960), drop="too_big")
confe("encap, pmtu-errors never", *MAIN, opts="pmtu-errors never")
none("ENC-07 ICMPGEN-03 pmtu-errors never", size(1461), "too_big")


def inner(whole, most):
	"""Packets without Fragment header, in them the fragments of whole."""
	def fn(got):
		bad, parts = [], []
		for p in got:
			if p[6] != 4 or wellformed(p):
				return ["next header %d, %s" % (p[6],
								wellformed(p))]
			q = p[40:]
			bad += [x for x in Exact(out(mk(q))).match(bytes(10), p)]
			parts.append((bytes(10), q))
		return bad + Frags(fwd(whole), most,
				   unpack_from("!H", whole, 4)[0]).match_all(
					   parts)
	return Each(fn, "whole IPv6 packets with fragments of %d bytes" % most)


confe("encap, frag inner", *MAIN, opts="frag inner")
for n in (1461, 1500, 3000):
	p = size(n, df=0, tos=0x29)
	to6("ENC-09 frag inner: TL %d, DF 0 is cut inside" % n, p,
	    inner(p, 1460))
to6("ENC-09 frag inner: TL 1460, DF 0 is not", size(1460, df=0),
    enc(size(1460, df=0)))
p = size(1461)
err4("ENC-09 ENC-07 frag inner: DF -> 3/4 MTU 1460", p, unreach4(4, p, 1460),
     drop="too_big")
to4("ENC-09 ENC-11 frag inner: it reassembles all the same",
    pieces(tun(r4(BIG)), 640), fwd(r4(BIG)))
confe("encap, frag inner, encap-limit, a link of 1280", *MAIN, mtu6=1280,
      opts="frag inner encap-limit 4")
p = size(1500, df=0)
to6("ENC-09 ENC-12 frag inner with the limit option: 1232 bytes inside", p,
    Each(lambda got: ["next header"] * any(p[6] != 60 for p in got) +
	 ["%d bytes" % len(p) for p in got if len(p) > 1280] +
	 Frags(fwd(size(1500, df=0)), 1232, 0x1234).match_all(
		 [(bytes(10), p[48:]) for p in got]),
	 "whole IPv6 packets, the limit option and fragments of 1232 bytes"))

# ---- fragments, exit ------------------------------------------------------
confe("encap, reassembly", *MAIN)
for n, cuts in ((1260, (640,)), (1260, (8,)), (1260, (24,)), (1460, (1448,)),
		(1500, (1448,)), (1500, (1232,)), (1500, (8, 16, 1000)),
		(1500, (480, 960))):
	p = r4(body(n - 20), df=n % 3 == 0, id=n)
	for how, step in (("backwards", 1), ("in order", -1)):
		to4("ENC-11 ADPT-38 %d bytes cut at %s, %s" % (
			n, ", ".join(map(str, cuts)), how),
		    pieces(tun(p), *cuts)[::step], fwd(p),
		    also={"reassembled": 1, "decapsulated": 1})
p = r4(body(1240))
f = pieces(tun(p), 400, 800)
to4("ENC-11 three fragments, the middle one last", [f[2], f[0], f[1]], fwd(p),
    also={"reassembled": 1})
f, g = pieces(tun(p), 640), pieces(tun(r4(body(1000))), 640)
to4("ENC-11 two packets, their fragments interleaved", [f[1], g[0], f[0], g[1]],
    fwd(p), fwd(r4(body(1000))), also={"reassembled": 2})
for what, ext, before in (
	("the limit option behind the Fragment header", [limit(4)], ()),
	("hop-by-hop options before it", [], [hbh()]),
	("hop-by-hop before, options behind", [limit(4)], [hbh(), dop(16)])):
	for how, step in (("backwards", 1), ("in order", -1)):
		to4("ENC-11 ENC-13 %s, %s" % (what, how),
		    pieces(tun(p, ext=ext), 640, before=before)[::step], fwd(p),
		    also={"reassembled": 1})
to4("ENC-11 ENC-19 padding goes across the fragments",
    pieces(ip6(m6(B, R), m6(A, H), raw(4, p + data(100))), 640), fwd(p))
to4("ENC-11 ADPT-11 translated fragments are not collected",
    [i6(Part(W, 1000, 2000), ext=[fh(125, 1, 0x46)]),
     i6(Part(W, 0, 1000), ext=[fh(0, 1, 0x46)])],
    o4(Part(W, 1000, 2000), off=125, mf=1, id=0x46),
    o4(Part(W, 0, 1000), mf=1, id=0x46),
    also={"reassembled": 0, "translated_64": 2})


def either(whole, most):
	"""The packet, whole or in fragments; never DF."""
	def fn(got):
		bad = ["DF is set" for p in got if p[6] & 0x40]
		if len(got) == 1:
			return bad + Exact(whole).match(bytes(10), got[0])
		return bad + Frags(whole, most).match_all(
			[(bytes(10), p) for p in got])
	return Each(fn, "the packet, whole or in fragments, DF 0")


p = raw(4, ip4("10.0.0.1", "10.0.0.2", body(1000)))
to4("ADPT-36 ENC-11 fragments of IPv4 in IPv4 of others: translated",
    pieces(i6(p), 640), either(o4(p), 1500), also={"decapsulated": 0})
none("ENC-11 ADPT-47 the source of fragments is checked",
     pieces(tun(r4(BIG), sp=C), 640), "",
     also={"decapsulated": 0, "translated_64": 0})
none("ENC-11 ADPT-48 the destination of fragments is checked",
     pieces(tun(r4(BIG, d="10.1.1.1")), 640), "", also={"decapsulated": 0})
none("ENC-11 ENC-19 a wrong inner checksum in fragments",
     pieces(tun(r4(BIG, csum4=1)), 640), {"bad_ip4_header": 1})
none("ENC-11 one of two fragments", pieces(tun(r4(BIG)), 640)[:1], None)
none("ENC-11 the other one of two", pieces(tun(r4(BIG)), 640)[1:], None)
q = tun(r4(BIG))
for what, spans in (("the second begins in the first", ((0, 640), (400, 1260))),
		    ("the first is in the second", ((640, 800), (632, 1260),
						    (0, 640))),
		    ("backwards", ((400, 1260), (0, 640))),
		    ("three, the last of them", ((0, 400), (800, 1260),
						 (392, 800)))):
	ident = next(IDENT)
	none("ENC-11 SIIT-58 overlapping fragments give nothing: " + what,
	     [piece(q, a, b, ident) for a, b in spans], "",
	     also={"decapsulated": 0, "reassembled": 0})
ident = next(IDENT)
none("ENC-11 a fragment whose length is no multiple of 8",
     [piece(q, 0, 644, ident)], "", also={"decapsulated": 0})
none("ENC-11 a fragment past 65535 bytes",
     [ip6(m6(B, R), m6(A, H), raw(4, data(64)), ext=[fh(8189, 0, 9)])], "",
     also={"decapsulated": 0})
p = r4(body(1240))
to4("ENC-11 and the next packet is whole again", pieces(tun(p), 640), fwd(p),
    also={"reassembled": 1})
confe("encap, reassembly, an IPv4 link of 576", *MAIN, mtu4=576)
p = r4(body(1240))
to4("ENC-11 ADPT-38 what was reassembled is one packet for IPv4",
    pieces(tun(p), 640), Frags(fwd(p), 576, 0x1234))
p = r4(body(1240), df=1)
add("ENC-11 ADPT-38 DF: too big for the link behind -> 3/4 through the tunnel",
    pieces(tun(p), 640), out6=[Inside(out(i4(U, s=T4), tc=0xc0), Error(
	    3, 4, p, 576, by_m46=False))], also={"encapsulated": 1})

# ---- ICMPv6 errors about encapsulated packets -----------------------------


def quote(p, n=None, hl=60, **kw):
	"""What left as enc(p), as a router in the core quotes it."""
	return cut(enc(p, hl=hl, **kw), 0, n)


def e6(typ, code, word=0, q=b"", src=CORE, d=H, **kw):
	return ip6(src, m6(A, d), icmp6(typ, code, word, q, **kw))


def told(name, packet, p, n=None, code=1, word=0, **kw):
	"""The host learns it, as 3/1 about the n bytes of p that were quoted."""
	err4(name, packet, Error(3, code, cut(fwd(p), 0, n), word,
				 src=kw.pop("src", None)),
	     also={"tun_error": 1, "tun_error_relayed": 1,
		   "translated_64": 0, **kw.pop("also", {})}, **kw)


def untold(name, packet, drop=None, **kw):
	none(name, packet, drop, also={"tun_error_relayed": 0, "icmp4_sent": 0,
				       "translated_64": 0,
				       **kw.pop("also", {})}, **kw)


confe("encap, ICMPv6", *MAIN, "10.66.0.0/16 via %s/96" % B)
p = i4(body(400))
for t, c, what in ((1, 0, "no route"), (1, 1, "prohibited"),
		   (1, 2, "beyond scope"), (1, 3, "address unreachable"),
		   (1, 4, "port unreachable"), (1, 5, "source policy"),
		   (1, 6, "reject route"), (3, 0, "hop limit exceeded")):
	told("ENC-14 %d/%d, %s -> 3/1" % (t, c, what), e6(t, c, 0, quote(p)), p)
told("ENC-14 100 bytes quoted", e6(1, 0, 0, quote(p, 100)), p, 60)
told("ENC-14 ENC-17 just the inner header and 8 bytes", e6(
	1, 0, 0, quote(p, 68)), p, 28)
err4("ENC-14 the source of one from a mapped router: T, or the router",
     e6(1, 0, 0, quote(p), src=m6(B, "198.51.100.9")),
     Alt(Error(3, 1, fwd(p)), Error(3, 1, fwd(p), src="198.51.100.9")),
     also={"tun_error_relayed": 1})
told("ENC-14 about an echo request", e6(1, 0, 0, quote(i4(echo()))), i4(echo()))
told("ENC-14 about TCP with TOS", e6(1, 0, 0, quote(i4(tcp(data(9)), tos=0x28))),
     i4(tcp(data(9)), tos=0x28))
p = i4(body(1400), df=1)
told("ENC-14 1232 bytes quoted", e6(1, 3, 0, quote(p, 1232)), p, 1192)
p = i4(U)
told("ENC-16 4/1 at the next header, 4: 3/1 and counted",
     e6(4, 1, 6, quote(p)), p, also={"peer_refuses": 1})
for ptr in (0, 4, 7, 40, 44):
	untold("ENC-16 4/0 pointer %d: counted only" % ptr, e6(
		4, 0, ptr, quote(p)), also={"tun_error": 1, "peer_refuses": 0})
untold("ENC-16 4/1 pointer 40, which is no next header: counted only",
       e6(4, 1, 40, quote(p)), also={"peer_refuses": 0})
untold("ENC-16 4/2: counted only", e6(4, 2, 42, quote(p)),
       also={"tun_error": 1})
untold("ENC-14 3/1, reassembly time exceeded: counted only",
       e6(3, 1, 0, quote(p)), also={"tun_error": 1})
for n in (0, 8, 39):
	untold("ENC-17 %d bytes quoted, the outer header is not whole" % n,
	       e6(1, 0, 0, quote(p, n)), "")
for n in (40, 41, 52, 56, 59):
	untold("ENC-17 %d bytes quoted, the inner header is not whole" % n,
	       e6(1, 0, 0, quote(p, n)), "")
opts = i4(U, opts=b"\1" * 8)
untold("ENC-17 its options are part of the inner header",
       e6(1, 0, 0, quote(opts, 64)), "")
told("ENC-17 ENC-20 an inner header with options", e6(1, 0, 0, quote(opts)),
     opts)
for t in (3, 4, 5, 11, 12):
	q = i4(icmp4(t, 1, 0, ip4(R, H, U)))
	untold("ENC-17 not about an ICMP error, type %d" % t,
	       e6(1, 0, 0, quote(q)), also={"tun_error": 1})
	untold("ENC-17 not about an ICMP error, type %d, packet too big" % t,
	       e6(2, 0, 1400, quote(i4(icmp4(t, 1, 0, ip4(R, H, U)), df=1,
				       d="10.66.1.%d" % t))))
q = i4(Part(body(1000), 400, 800), off=50, mf=1)
untold("ENC-17 ICMPGEN-04 not about a fragment with an offset",
       e6(1, 0, 0, quote(q)), also={"tun_error": 1})
q = i4(Part(body(1000), 0, 400), mf=1)
told("ENC-17 ICMPGEN-04 but about a first one", e6(1, 0, 0, quote(q)), q)
for s in ("127.0.0.1", "240.0.0.1", "0.0.0.0"):
	q = fwd(i4(U, s=s))
	untold("ENC-17 ICMPGEN-04 nor to the source %s" % s,
	       e6(1, 0, 0, out(q), d=s), "")
untold("ICMP-60 a wrong ICMPv6 checksum", e6(1, 0, 0, quote(p), off=0x1111), "")
for t, c in ((1, 3), (3, 0)):
	told("ENC-14 ICMP-54 %d/%d with an RFC 4884 extension behind it" % (t, c),
	     e6(t, c, 0, pad(quote(p), 128) + extension(), length=16), p)
for n in (0, 19):
	untold("ENC-17 the inner Total Length is %d" % n,
	       e6(1, 0, 0, quote(i4(U, tl=n))), "bad_quote")
untold("ENC-17 its options reach beyond the inner Total Length",
       e6(1, 0, 0, quote(i4(U, opts=b"\1" * 8, tl=24))), "bad_quote")
for t, c in ((1, 0), (2, 0)):
	untold("ENC-17 SEC-03 about a source that no local rule covers, %d/%d" % (
		t, c), e6(t, c, 1300 if t == 2 else 0, quote(i4(
			body(1400), s="10.1.1.1", df=1)), d="10.1.1.1"),
	       "bad_quote", also={"tun_pmtu": 0})
none("ENC-11 SIIT-58 an empty first fragment of IPv4 in IPv6",
     ip6(m6(B, R), m6(A, H), raw(4, b""), ext=[fh(0, 1, 0x4646)]), "tiny_fragment",
     also={"reassembled": 0})
q = i4(body(1480))
f = piece(enc(q), 0, 1448, 0x4646)
told("ENC-14 ENC-08 about the first fragment of an outer packet",
     e6(1, 0, 0, cut(f, 0, 1200)), q, 1152)
untold("ENC-14 ENC-08 about the second", e6(
	1, 0, 0, piece(enc(q), 1448, 1500, 0x4646)), "")

# forged ones, each about a destination of its own
FORGED = [
	("the other edge is not the rule's", lambda d: out(
		fwd(size(1400, d=d)), dp=C)),
	("the own prefix is another", lambda d: out(
		fwd(size(1400, d=d)), sp=C)),
	("the outer source is another host", lambda d: out(
		fwd(size(1400, d=d, s=X)))),
	("the destination has no rule", lambda d: out(
		fwd(size(1400, d="9.9." + d[6:])))),
	("the inner destination is another", lambda d: ip6(
		m6(A, H), m6(B, d), raw(4, fwd(size(1400))))),
	("the inner source is another", lambda d: ip6(
		m6(A, H), m6(B, d), raw(4, fwd(size(1400, d=d, s=X))))),
	("the inner version is 6", lambda d: ip6(
		m6(A, H), m6(B, d), raw(4, size(1400, d=d, ver=6)))),
	("the packet goes the other way", lambda d: ip6(
		m6(B, d), m6(A, H), raw(4, ip4(d, H, body(1380), df=1)))),
]
for k, (what, make) in enumerate(FORGED):
	d = "10.66.2.%d" % k
	add("ENC-15 ENC-14 a forged packet too big, %s: no effect" % what,
	    [e6(2, 0, 1300, make(d)), size(1460, d=d)],
	    [Each(lambda got: [x for p in got for x in
			       ["ICMPv4 3/4 about it"] if p[20:22] == b"\3\4" and
			       p[37] != 4], "at most one about protocol 4")],
	    [enc(size(1460, d=d))], drop="",
	    also={"tun_pmtu": 0, "tun_error_relayed": 0})
	add("ENC-14 a forged 1/0, %s: no 3/1" % what,
	    e6(1, 0, 0, make("10.66.3.%d" % k)),
	    [Each(lambda got: ["ICMPv4 about it" for p in got if p[37] != 4],
		  "at most one about protocol 4")], drop="",
	    also={"tun_error_relayed": 0})

# ---- packet too big -------------------------------------------------------
SEQ = itertools.count(1)


def far():
	"""One host of many: what is learnt of its path stays for a while."""
	n = next(SEQ)
	return "10.66.%d.%d" % (100 + n // 200, n % 200 + 1)


def learn(ptb, want, name, ext=(), **kw):
	"""A PTB of this MTU about a full packet: want is told, and holds."""
	d = far()
	full = size(1500 - 40 - 8 * len(ext), d=d)
	p = size(want + 1, d=d)
	add(name, [full, e6(2, 0, ptb, quote(full, ext=ext)), p,
		   size(want, d=d)],
	    [Error(3, 4, fwd(full), want), Error(3, 4, p, want)],
	    [enc(full, ext=ext), enc(size(want, d=d), ext=ext)],
	    drop={"too_big": 1},
	    also={"tun_error": 1, "tun_pmtu": 1, "tun_error_relayed": 1}, **kw)


for n in (1499, 1400, 1281, 1280):
	learn(n, n - 40, "ENC-14 ENC-15 ENC-06 packet too big %d: 3/4 MTU %d, "
	      "then by us" % (n, n - 40))
to6("ENC-15 other destinations are as before", size(1460), enc(size(1460)))
for n in (1279, 1000, 68, 1, 0):
	d = far()
	p = size(1460, d=d)
	to6("ENC-15 packet too big %d: ignored" % n,
	    [e6(2, 0, n, quote(p)), p], enc(p),
	    also={"tun_pmtu": 0, "tun_error_relayed": 0})
for n in (1500, 9000, 0xffffffff):
	d = far()
	p = size(1460, d=d)
	add("ENC-15 packet too big %d raises nothing" % n,
	    [e6(2, 0, n, quote(p)), p],
	    [Each(lambda got: [], "anything")], [enc(p)])
d = far()
p = size(1460, df=0, d=d)
to6("ENC-14 ENC-15 DF 0: no 3/4, but the next packet is cut",
    [e6(2, 0, 1400, quote(p)), p], Frags(enc(p), 1400),
    also={"tun_error": 1, "tun_pmtu": 1, "tun_error_relayed": 0,
	  "icmp4_sent": 0})
d = far()
p = size(1500, df=0, d=d)
to6("ENC-14 ENC-15 about a fragment: the next packet is cut smaller",
    [e6(2, 0, 1400, cut(piece(enc(p), 0, 1448, 0x4647), 0, 1200)), p],
    Frags(enc(p), 1400), also={"tun_error": 1, "tun_pmtu": 1,
			       "tun_error_relayed": 0})
d = far()
p = size(1461, d=d)
err4("ENC-17 ENC-15 68 bytes quoted are enough",
     [e6(2, 0, 1400, quote(size(1460, d=d), 68)), size(1400, d=d)],
     Error(3, 4, cut(fwd(size(1460, d=d)), 0, 28), 1360),
     Error(3, 4, size(1400, d=d), 1360), drop={"too_big": 1})

# translated ones on the same device
q = ip6(m6(A, H), m6(B, R), U, hl=60)
err4("ADPT-35 ADPT-31 too big about a translated packet: -20; an encapsulated: "
     "-40", [e6(2, 0, 1400, q), e6(2, 0, 1400, quote(size(1400, d="10.66.4.1")))],
     ip4(T4, H, icmp4(3, 4, 1380, i4(U, ttl=60, id=ANY)), id=ANY, ttl=63),
     Error(3, 4, fwd(size(1400, d="10.66.4.1")), 1360),
     also={"error_64": 1, "translated_64": 1, "tun_error": 1})
err4("ADPT-35 the same of 1/0: 3/1 both, by their own ways",
     [e6(1, 0, 0, quote(i4(U))), e6(1, 0, 0, q)],
     Error(3, 1, fwd(i4(U))),
     ip4(T4, H, icmp4(3, 1, 0, i4(U, ttl=60, id=ANY)), id=ANY, ttl=63),
     also={"error_64": 1, "translated_64": 1, "tun_error": 1})
p = ip4("10.0.0.1", "10.0.0.2", U)
err4("ADPT-35 ADPT-36 a quoted IPv4 in IPv4 that was encapsulated: 3/1",
     e6(1, 0, 0, quote(i4(raw(4, p)))), Error(3, 1, fwd(i4(raw(4, p)))),
     also={"tun_error_relayed": 1})

conf("method translate, ICMPv6", *MAIN)
told("ADPT-35 method translate: an error about an encapsulated packet",
     e6(1, 0, 0, quote(i4(raw(4, p)))), i4(raw(4, p)))
err4("ADPT-35 method translate: about a translated one",
     e6(1, 0, 0, q),
     ip4(T4, H, icmp4(3, 1, 0, i4(U, ttl=60, id=ANY)), id=ANY, ttl=63),
     also={"error_64": 1, "tun_error": 0})

confe("encap, encap-limit, ICMPv6", *MAIN, "10.66.0.0/16 via %s/96" % B,
      opts="encap-limit 4")
p = i4(U)
L = [limit(4)]
told("ENC-14 4/0 at the limit option -> 3/1",
     e6(4, 0, 44, quote(p, ext=L)), p)
for ptr in (6, 40, 41, 45, 48):
	untold("ENC-16 4/0 pointer %d: counted only" % ptr,
	       e6(4, 0, ptr, quote(p, ext=L)), also={"tun_error": 1})
told("ENC-16 4/1 at the option header's next header -> 3/1",
     e6(4, 1, 40, quote(p, ext=L)), p, also={"peer_refuses": 1})
told("ENC-14 1/0 behind the limit option", e6(1, 0, 0, quote(p, ext=L)), p)
told("ENC-14 1/0 about a packet that left before the option was set",
     e6(1, 0, 0, quote(p)), p)
for n in (40, 47, 48, 67):
	untold("ENC-17 %d bytes quoted, behind the limit option" % n,
	       e6(1, 0, 0, quote(p, n, ext=L)), "")
learn(1400, 1352, "ENC-14 ENC-15 ENC-06 packet too big 1400: 3/4 MTU 1352, then "
      "by us", L)
learn(1280, 1232, "ENC-14 ENC-15 ENC-06 packet too big 1280: 3/4 MTU 1232, then "
      "by us", L)

confe("encap, rate 1 burst 5", *MAIN, opts="rate 1 burst 5")
err4("ENC-17 ICMPGEN-06 40 errors at once: 5 are told",
     [e6(1, 0, 0, quote(i4(U)))] * 40, some(5, 9), also={"tun_error": 40})
confe("encap, icmp4-errors never", *MAIN, "10.66.0.0/16 via %s/96" % B,
      opts="icmp4-errors never")
untold("ENC-17 ICMPGEN-03 icmp4-errors never", e6(1, 0, 0, quote(i4(U))),
       also={"tun_error": 1})
d = far()
p = size(1460, d=d)
err4("ENC-14 ICMPGEN-03 icmp4-errors never, but 3/4 is sent",
     e6(2, 0, 1400, quote(p)), Error(3, 4, fwd(p), 1360))
confe("encap, icmp4-source", *MAIN, opts="icmp4-source 203.0.113.77")
told("ENC-14 ICMPGEN-07 icmp4-source", e6(1, 0, 0, quote(i4(U))), i4(U),
     src="203.0.113.77")
confe("encap, peer-method encap, ICMPv6", *MAIN, opts="peer-method encap")
told("ENC-14 ADPT-37 peer-method encap: an error is no packet of a peer",
     e6(1, 0, 0, quote(i4(U))), i4(U))

# ---- what T sends itself --------------------------------------------------
confe("encap, T is a host", *MAIN)
to6("ENC-05 KERN-04 what T sends has TTL 64 inside, hop limit 64", data(40),
    Inside(out(i4(U, s=T4)), ip4(T4, R, udp(data(40)), id=ANY)), port=local4)
to6("ENC-08 KERN-04 1460 bytes that T sends", data(1432),
    Inside(out(i4(U, s=T4)), ip4(T4, R, udp(data(1432)), id=ANY)), port=local4)


def rebuilt(l4):
	"""Fragments of a packet with any inner identification."""
	def fn(got):
		if not got:
			return ["nothing"]
		q = ip4(T4, R, l4, id=unpack_from("!H", got[0], 48 + 4)[0])
		return Frags(out(q), 1500).match_all([(bytes(10), p)
						      for p in got])
	return Each(fn, "an encapsulated packet in fragments")


to6("ENC-08 KERN-04 1500 bytes that T sends, DF 0", data(1472),
    rebuilt(udp(data(1472))), port=local4)

# ---- loops ----------------------------------------------------------------
confe("encap, two devices, a loop", A + "/96", "198.51.100.0/24 via %s/96" % B,
      "9.9.9.0/24 via %s/96" % C, "192.0.2.0/24 via %s/96 local" % A,
      opts="source-check off", needs=second,
      before=["dev add m46b mode adpt prefix %s/96 method encap "
	      "source-check off" % B,
	      "rule add 192.0.2.0/24 via %s/96 dev m46b" % A],
      routes=["link set m46b up", "route add 2001:db8:b::/96 dev m46b"],
      mark=(H, "9.9.9.9", m6(C, "9.9.9.9"), m6(A, H)))
none("ENC-18 KERN-12 a packet that two devices hand each other: ends, counted",
     i4(U, ttl=255), "", fn=looped)
to6("ENC-18 KERN-12 and others pass", i4(U, d="9.9.9.9"),
    enc(i4(U, d="9.9.9.9"), dp=C))
confe("encap, the mapping prefix is routed into the device", *MAIN,
      "9.9.9.0/24 via %s/96" % C, own=[A + "/96", C + "/96"])
p = i4(U, d="9.9.9.9")
err4("ENC-18 KERN-12 an encapsulated packet that comes back at once -> 3/1", p,
     Error(3, 1, fwd(p)), drop={"not_own_prefix": 1},
     also={"icmp6_sent": 1, "tun_error_relayed": 1})

# ---- checksum states and super-packets ------------------------------------


def seg4(n, k, i, **kw):
	"""The packet of segment i that a super-packet of n * k bytes makes."""
	return i4(seg(n, k, i, **kw), id=0x1234 + i, df=1)


def entering(n, k, flags=0x18, gso=GSO_TCPV4, tos=0, **kw):
	return partial(i4(tcp(data(n * k), csum="seed", flags=flags), df=1,
			  tos=tos, **kw), 20, 16, gso, k)


def passed(v):
	"""A Vnet, forwarded once."""
	return Vnet(fwd(v.pkt), v.flags, v.gso, v.size, v.hdr, v.start,
		    v.offset)


def opened(p, make):
	"""UDP with an open checksum, in what make makes of it."""
	q = make(p)
	at = len(q) - len(p) + 20
	return Vnet(q, NEEDS_CSUM, 0, 0, 0, at, 6)


OPEN = udp(data(99), csum="seed")
confe("encap, no offloads", *MAIN)
to6("KERN-01 ENC-20 partial UDP checksum, resolved", partial(i4(OPEN), 8, 6),
    enc(i4(udp(data(99)))))
to4("KERN-01 ENC-20 partial UDP checksum, resolved", opened(r4(OPEN), tun),
    fwd(r4(udp(data(99)))))
to6("KERN-02 ENC-01 TCP super-packet leaves as 10 packets",
    entering(10, 1400), *[enc(seg4(10, 1400, i)) for i in range(10)])
to6("KERN-02 ENC-01 TCP super-packet of 45 packets",
    entering(45, 1420), *[enc(seg4(45, 1420, i)) for i in range(45)])
v = entering(5, 1421)
err4("KERN-02 ENC-07 segments of 1461 bytes with DF -> 3/4 MTU 1460", v,
     unreach4(4, mk(v.pkt, ((36, 38),)), 1460), drop="too_big")


def cut_segments(packets):
	"""5 TCP segments, each in IPv6 fragments of its own identification."""
	by_id, bad = {}, []
	for p in packets:
		if p[6] != 44:
			return ["no Fragment header"]
		by_id.setdefault(p[44:48], []).append((bytes(10), p))
	if len(by_id) != 5:
		return ["%d identifications, not 5" % len(by_id)]
	for k, i in enumerate(by_id):
		bad += Frags(enc(i4(seg(5, 1460, k), id=0x1234 + k)),
			     1500).match_all(by_id[i])
	return bad


to6("KERN-02 ENC-08 segments of 1500 bytes without DF: segmented, then cut",
    partial(i4(tcp(data(5 * 1460), csum="seed")), 20, 16, GSO_TCPV4, 1460),
    Each(cut_segments, "5 packets, each in fragments"))
v = entering(3, 1000, 0x98, GSO_TCPV4 | GSO_ECN, ECT0)
to6("ECN-01 KERN-02 a super-packet: all segments ECT(0), CWR in the first", v,
    *[enc(ip4(H, R, seg(3, 1000, i, flags=0x98), id=0x1234 + i, df=1, tos=ECT0))
      for i in range(3)])


def longest(got):
	"""65535 bytes of IPv4 with the limit option: it cannot stay one."""
	body, bad = b"", []
	for p in got:
		w = wellformed(p) or wellformed(p[48:])
		if w or len(p) > 1500:
			bad.append(w or "%d bytes" % len(p))
		if p[40:48] != bytes((4, 0, 4, 1, 4, 1, 1, 0)):
			bad.append("options " + bytes(p[40:48]).hex())
		body += p[88:]
	return bad if body == data(65490) else bad + ["data differ"]


confe("encap, encap-limit, no offloads", *MAIN, opts="encap-limit 4")
to6("KERN-02 ENC-12 TCP super-packet behind the limit option",
    entering(10, 1400), *[enc(seg4(10, 1400, i), ext=L) for i in range(10)])
to6("KERN-02 ENC-12 a super-packet too long for IPv6 with the limit option",
    partial(i4(tcp(data(65490), csum="seed"), df=1), 20, 16, GSO_TCPV4, 1400),
    Each(longest, "packets of 65490 bytes of TCP"))

confe("encap, offloads", *MAIN, offload4=TSO, offload6=TSO)
to6("KERN-01 ENC-20 partial UDP checksum: open or resolved",
    partial(i4(OPEN), 8, 6),
    Alt(enc(i4(udp(data(99)))), Offloaded(opened(i4(OPEN), enc))))
to4("KERN-01 ENC-20 partial UDP checksum stays partial", opened(r4(OPEN), tun),
    Offloaded(passed(partial(r4(OPEN), 8, 6))))
confe("encap, UDP super-packets, no offloads", *MAIN, needs=uso)


def udps(p, k=1000):
	return partial(p, 8, 6, GSO_UDP_L4, k)


to6("KERN-02 ENC-01 UDP super-packet leaves as 5 packets",
    udps(i4(udp(data(5000), csum="seed"), df=1)),
    *[enc(i4(dgram(5, 1000, i), id=0x1234 + i, df=1)) for i in range(5)])

# Neither tun device can have a super-packet in IPv6; a dummy can.
DP = "2001:db8:d6::"


dummy6, watched6 = dummy("d6"), watched("d6", "4")


def seen(*wants):
	return whole("d6", wants, lambda w, p: w == p, lambda p: p[24] == 255)


ROUTES = ["link set d6 addrgenmode none", "link set d6 up",
	  "route add 2001:db8:d6::/96 dev d6"]
for opts, ext in (("", []), ("encap-limit 4", L)):
	confe("encap, a dummy device" + (", " + opts if opts else ""), *MAIN,
	      "9.9.9.0/24 via %s/96" % DP, needs=dummy6, routes=ROUTES, opts=opts)
	for n, k in ((10, 1400), (45, 1412), (2, 500)):
		v = entering(n, k, d="9.9.9.9")
		to6("KERN-02 ENC-01 TCP super-packet of %d * %d in one outer "
		    "packet" % (n, k), v, port=watched6,
		    fn=seen(enc(v.pkt, dp=DP, ext=ext)),
		    also={"encapsulated": 1})
	v = partial(i4(OPEN, d="9.9.9.9"), 8, 6)
	to6("KERN-01 ENC-20 partial UDP checksum stays partial", v, port=watched6,
	    fn=seen(enc(v.pkt, dp=DP, ext=ext)))
confe("encap, a dummy device, UDP", *MAIN, "9.9.9.0/24 via %s/96" % DP,
      needs=lambda bed: (uso(bed), dummy6(bed)), routes=ROUTES)
v = udps(i4(udp(data(10000), csum="seed"), df=1, d="9.9.9.9"))
to6("KERN-02 ENC-01 UDP super-packet of 10 * 1000 in one outer packet", v,
    port=watched6, fn=seen(enc(v.pkt, dp=DP)), also={"encapsulated": 1})

# ---- two edges of one machine ---------------------------------------------
# m46 and m46b; hosts of both are at t4.  A super-packet that tun injects as
# IPv4 in IPv6 the kernel drops before any device: only one that the kernel has
# encapsulated itself shows what an exit does.


def edges(bed):
	for r in ("iif t4 from 198.51.100.0/24 lookup 46", "iif m46b lookup 47"):
		must("ip", "rule", "add", *r.split())
		bed.extra.append("ip rule del " + r)
	bed.extra.append("ip link del m46b")


def two(name, mine="encap", other="encap", opts="", more=(), **kw):
	conf(name, A + "/96", *MAIN[1:], "9.9.9.0/24 via %s/96" % C,
	     opts=("method %s %s" % (mine, opts)).rstrip(),
	     before=["dev add m46b mode adpt prefix %s/96 method %s %s" % (
		     B, other, opts),
		     "rule add 192.0.2.0/24 via %s/96 dev m46b" % A,
		     "rule add 198.51.100.0/24 via %s/96 dev m46b local" % B],
	     routes=["link set m46b up", "route add 2001:db8:b::/96 dev m46b",
		     "route add 0.0.0.0/0 dev m46b table 46",
		     "route add 198.51.100.0/24 dev t4 table 47"] + list(more),
	     needs=edges, mark=(H, "9.9.9.9", m6(C, "9.9.9.9"), m6(A, H)),
	     sent="encapsulated" if mine == "encap" else "translated_46",
	     heard="decapsulated" if "peer-method" in opts else "translated_64",
	     **kw)


def through(row, what, *packets, want=None):
	"""From H to R, and from R to H."""
	for way, turn in (("there", lambda p: p), ("back", lambda p: mk(
		p[:12] + p[16:20] + p[12:16] + p[20:], p.free))):
		p = [Vnet(turn(x.pkt), x.flags, x.gso, x.size, x.hdr, x.start,
			  x.offset) if isinstance(x, Vnet) else turn(x)
		     for x in packets]
		err4("%s %s, %s" % (row, what, way), p,
		     *[Offloaded(passed(passed(x))) if isinstance(x, Vnet) else
		       (want or Exact)(fwd(fwd(x))) for x in p],
		     also={"decapsulated" if way == "back" else "encapsulated":
			   len(p)})


two("two edges, encap")
for what, l4 in TYPES:
	through("ADPT-02 ENC-20 ADPT-30", what, i4(l4))
through("ADPT-02 ENC-20", "options, DF, identification and TOS",
	i4(U, opts=b"\x94\4\0\0", df=1, id=0xfedc, tos=0xba))
for n in (1460, 1461, 1480, 1500):
	through("ADPT-02 ENC-08 ENC-11", "%d bytes, DF 0" % n, size(n, df=0))
through("ADPT-02 ENC-08 ENC-11", "3000 bytes, DF 0", size(3000, df=0),
	want=lambda p: Frags(p, 1500, 0x1234))
f = [i4(Part(W, a, b), off=a // 8, mf=b < 3000)
     for a, b in ((0, 1480), (1480, 2960), (2960, 3008))]
through("ADPT-02 ENC-08 ENC-11 ENC-20", "fragments of 1500 bytes", *f)
for e in range(4):
	through("ADPT-02 ECN-01 ECN-03", NAMES[e], i4(U, tos=e))
for words in ("frag inner", "encap-limit 4", "flowlabel hash", "ecn compat",
	      "peer-method encap", "hoplimit 2", "encap-limit 0 frag inner"):
	two("two edges, " + words, opts=words)
	through("ADPT-02 ENC-20", words, i4(U, tos=0xba), i4(tcp(data(900))))
	if words != "frag inner" and words != "encap-limit 0 frag inner":
		through("ADPT-02 ENC-08 ENC-11", words + ", 1500 bytes, DF 0",
			size(1500, df=0))
two("two edges, encap there, translate back", other="translate")
err4("ADPT-02 ADPT-11 ADPT-30 encapsulated there", i4(tcp(data(9)), df=1),
     fwd(fwd(i4(tcp(data(9)), df=1))), also={"encapsulated": 1})
err4("ADPT-02 ADPT-11 ADPT-30 translated back", r4(tcp(data(9)), df=1),
     r4(tcp(data(9)), ttl=63, id=ANY), also={"decapsulated": 0})
two("two edges, translate", "translate", "translate")
# without an inner header both edges are one router
err4("ADPT-02 ADPT-30 translated there", i4(U), i4(U, ttl=63, id=ANY))
err4("ADPT-02 ADPT-30 translated back", r4(), r4(ttl=63, id=ANY))
err4("ADPT-02 ADPT-36 IPv4 in IPv4", i4(raw(4, ip4("10.0.0.1", "10.0.0.2", U))),
     fwd(fwd(i4(raw(4, ip4("10.0.0.1", "10.0.0.2", U))))))

two("two edges, offloads", offload4=TSO)
through("KERN-01 ENC-20", "partial UDP checksum stays partial",
	partial(i4(OPEN), 8, 6))
for n, k in ((10, 1420), (45, 1400), (2, 500)):
	through("KERN-02 ENC-20", "TCP super-packet of %d * %d stays one" % (n, k),
		entering(n, k))
through("KERN-02 ENC-20 ECN-03", "a super-packet with CWR and ECT(0)",
	entering(3, 1000, 0x98, GSO_TCPV4 | GSO_ECN, ECT0))
two("two edges, offloads, encap-limit", offload4=TSO, opts="encap-limit 4")
through("KERN-02 ENC-20 ENC-13", "a super-packet behind the limit option",
	entering(10, 1400))
two("two edges, no offloads")
err4("KERN-02 ENC-20 TCP super-packet leaves as 10 segments", entering(10, 1400),
     *[fwd(fwd(seg4(10, 1400, i))) for i in range(10)])
