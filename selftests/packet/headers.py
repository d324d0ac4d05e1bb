# SPDX-License-Identifier: GPL-2.0
"""Header translation, RFC 7915 sections 4.1 and 5.1: conformance group SIIT."""
from struct import pack

from build import (csum, data, dccp, dop, echo, fh, hbh, ip6, m6, raw, rh, tcp, udp,
		   udplite)
from match import Each, Error, Exact, Maybe
from table import (A, B, H, MAIN, R, anyttl, conf, err4, err6, i4, i6, none,
		   o4, o6, to4, to6, unreach4, unreach6)

U = udp(b"m46!")
EXTS = (0, 43, 44, 60)
HAS_SUM = (1, 6, 17, 33, 58, 136)

conf("main", *MAIN)

# ---- 4 -> 6: fields -------------------------------------------------------
to6("SIIT-02 SIIT-03 V1 under two prefixes", i4(U, tos=0xba), o6(U, tc=0xba))
to6("ICMP-01 V2 under two prefixes", i4(echo(), id=1, df=1), o6(echo()))
to6("SIIT-03 each of the 8 TOS bits",
    [i4(U, tos=1 << i) for i in range(8)], *[o6(U, tc=1 << i) for i in range(8)])
to6("SIIT-03 TOS 0xff", i4(U, tos=0xff), o6(U, tc=0xff))
to6("SIIT-06 TTL 64 -> hop limit 63", i4(U, ttl=64), o6(U, hl=63))
to6("SIIT-06 TTL 255 -> hop limit 254", i4(U, ttl=255), o6(U, hl=254))
to6("SIIT-06 TTL 2 -> hop limit 1", i4(U, ttl=2), o6(U, hl=1))
for ttl in (1, 0):
	p = i4(U, ttl=ttl)
	err4("SIIT-06 TTL %d -> 11/0" % ttl, p, Error(11, 0, p, by_m46=False))
p = i4(echo(), ttl=1)
err4("SIIT-06 TTL 1 in an echo request -> 11/0", p,
     Error(11, 0, p, by_m46=False))
p = i4(U, ttl=1, tos=0x28)
err4("ICMP-62 TTL expiry of TOS 0x28: answer has TOS 0 or 0xc0", p,
     Error(11, 0, p, by_m46=False))

# ---- 4 -> 6: protocols ----------------------------------------------------
to6("SIIT-20 TCP checksum", i4(tcp(data(100))), o6(tcp(data(100))))
to6("SIIT-20 TCP SYN with options untouched",
    i4(tcp(flags=2, opts=bytes.fromhex("020405b40402080a000000010000000001030307"))),
    o6(tcp(flags=2, opts=bytes.fromhex("020405b40402080a000000010000000001030307"))))
to6("SIIT-20 UDP of odd length", i4(udp(data(77))), o6(udp(data(77))))
to6("SIIT-20 UDP without data", i4(udp(b"")), o6(udp(b"")))
for what, l4 in (("UDP", lambda n: udp(off=n)), ("TCP", lambda n: tcp(off=n)),
		 ("ICMP-60 echo", lambda n: echo(off=n))):
	to6("SIIT-20 %s, a wrong checksum stays as wrong" % what,
	    i4(l4(0x1111)), o6(l4(0x1111)))
	to4("SIIT-54 %s, a wrong checksum stays as wrong" % what,
	    i6(l4(0x1111)), Exact(o4(l4(0x1111)), sums=False))
to6("SIIT-23 UDP-Lite, covered entirely", i4(udplite(data(40))),
    o6(udplite(data(40))))
to6("SIIT-23 UDP-Lite, covered in part", i4(udplite(data(40), 16)),
    o6(udplite(data(40), 16)))
to6("SIIT-23 DCCP", i4(dccp(data(20))), o6(dccp(data(20))))
to4("SIIT-23 DCCP", i6(dccp(data(20))), o4(dccp(data(20))))
to4("SIIT-23 UDP-Lite, covered in part", i6(udplite(data(40), 16)),
    o4(udplite(data(40), 16)))
for n, what in ((132, "SCTP"), (47, "GRE"), (50, "SIIT-24 ESP"),
		(51, "SIIT-24 AH"), (253, "experiments")):
	to6("SIIT-05 SIIT-23 protocol %d, %s" % (n, what),
	    i4(raw(n, data(40))), o6(raw(n, data(40))))
	to4("SIIT-42 next header %d, %s" % (n, what),
	    i6(raw(n, data(40))), o4(raw(n, data(40))))
# 4 is encapsulation's business, see adpt.py
rest = [n for n in range(256) if n not in HAS_SUM + EXTS + (2, 4)]
to6("SIIT-05 every other protocol number is copied",
    [i4(raw(n, data(24, n))) for n in rest],
    *[o6(raw(n, data(24, n))) for n in rest])
to4("SIIT-42 every other next header is copied, 59, 135, 139, 140 too",
    [i6(raw(n, data(24, n))) for n in rest],
    *[o4(raw(n, data(24, n))) for n in rest])
for n in EXTS + (58,):
	p = i4(raw(n, data(40)))
	err4("SIIT-05 protocol %d means something else in IPv6" % n, p,
	     Maybe(unreach4(13, p)), drop="proto_is_exthdr")
p = i6(raw(1, echo().build(4, b"", b"")))
err6("SIIT-05 next header 1 means something else in IPv4", p,
     Maybe(unreach6(1, p)), drop="proto_is_exthdr")
none("SIIT-27 IGMP query", i4(raw(2, bytes.fromhex("1164ee9b00000000"))),
     "igmp")

# ---- 4 -> 6: options ------------------------------------------------------
RR = b"\x07\x07\x04" + bytes(4)
TS = b"\x44\x0c\x05\x00" + bytes(8)
RA = b"\x94\x04\x00\x00"
SEC = b"\x82\x0b" + bytes(9)
STREAM = b"\x88\x04\x00\x07"
EOL, NOP = b"\0", b"\1"


def lsrr(ptr, n=11, typ=131):
	return bytes([typ, n, ptr]) + b"\xc6\x33\x64\x09" * 2


for what, o in (("record route", RR + EOL), ("timestamp", TS),
		("router alert", RA), ("security", SEC + EOL),
		("stream", STREAM), ("unknown 222", b"\xde\x04\0\0"),
		("nothing but NOP", NOP * 4), ("end at once", EOL * 4),
		("record route, timestamp, end", RR + NOP + TS + EOL * 4),
		("40 bytes", NOP * 40)):
	to6("SIIT-04 SIIT-08 options vanish: " + what, i4(U, opts=o), o6(U))
to6("SIIT-04 TL 60 with 8 bytes of options -> PL 32",
    i4(udp(data(24)), opts=NOP * 8), o6(udp(data(24))))
p = i4(U, opts=lsrr(4) + EOL)
err4("SIIT-07 loose source route, unexpired -> 3/5", p, unreach4(5, p),
     drop="source_route")
p = i4(U, opts=lsrr(8) + EOL)
err4("SIIT-07 loose source route, half way -> 3/5", p, unreach4(5, p),
     drop="source_route")
to6("SIIT-07 loose source route, expired", i4(U, opts=lsrr(12) + EOL), o6(U))
to6("SIIT-07 strict source route, expired",
    i4(U, opts=lsrr(12, typ=137) + EOL), anyttl(o6(U)), x=True)
none("SIIT-07 strict source route, unexpired",
     i4(U, opts=lsrr(4, typ=137) + EOL), "source_route", x=True)
for what, o in (("length 2", b"\x83\x02\x04\0"),
		("pointer 3", b"\x83\x07\x03" + bytes(4) + EOL),
		("length past the header", b"\x83\x0b\x04\0"),
		("length 0 in record route", b"\x07\0\x04\0"),
		("length 1 in an unknown option", b"\xde\x01\0\0"),
		("no length", NOP * 3 + b"\x83"),
		("record route past the header", b"\x07\x0b\x04\0")):
	none("SIIT-07 malformed option: " + what, i4(U, opts=o), "bad_option",
	     x=True)
to6("SIIT-08 whatever follows the end of options is no option",
    i4(U, opts=EOL + b"\x83\x02\x01"), anyttl(o6(U)), x=True)

# ---- 4 -> 6: sanity -------------------------------------------------------
to6("SIIT-01 bytes after TL are cut", i4(U) + bytes(18), anyttl(o6(U)), x=True)
to6("SIIT-01 bytes after TL are cut by the kernel's input too",
    i4(U) + bytes(18), o6(U))
for what, p in (("version 5", i4(U, ver=5)), ("IHL 4", i4(U, ihl=4)),
		("IHL past the packet", i4(raw(99), ihl=6, tl=24)),
		("TL below IHL", i4(U, tl=19)),
		("TL past the packet", i4(U, tl=33)),
		("wrong header checksum", i4(U, csum4=0x1234)),
		("19 bytes", i4(U)[:19]), ("1 byte", i4(U)[:1])):
	none("SIIT-01 bad IPv4: " + what, p, "bad_ip4_header", x=True, port=4)
none("ADDR-17 KERN-14 neither IPv4 nor IPv6", data(46), "not_ip", port=0x0806)
for s in ("0.1.2.3", "127.0.0.1", "224.0.0.5", "240.0.0.1",
	  "255.255.255.255"):
	none("SIIT-09 ADPT-49 source " + s, i4(U, s=s), "martian_source", x=True)
none("SIIT-09 source 240.0.0.1 by the kernel's input", i4(U, s="240.0.0.1"),
     "martian_source")
for what, l4 in (("UDP of 7 bytes", raw(17, data(7))),
		 ("TCP of 19 bytes", raw(6, data(19))),
		 ("ICMP of 3 bytes", raw(1, b"\x08\0\0")),
		 ("DCCP of 7 bytes", raw(33, data(7))),
		 ("UDP-Lite of 7 bytes", raw(136, data(7)))):
	none("SIIT-60 " + what, i4(l4), "short_l4")

# ---- UDP without checksum -------------------------------------------------
to6("SIIT-21 zero checksum is computed", i4(udp(csum="none")), o6(udp()),
    also={"udp_zero_computed": 1})
to6("SIIT-21 zero checksum is computed, odd length",
    i4(udp(data(33), csum="none")), o6(udp(data(33))),
    also={"udp_zero_computed": 1})
to6("SIIT-21 zero checksum is computed, 1100 bytes",
    i4(udp(data(1100), csum="none")), o6(udp(data(1100))),
    also={"udp_zero_computed": 1})
# two bytes of data that make the sum zero, which goes out as 0xffff
z = udp(b"\0\0").build(6, m6(A, H), m6(B, R))[6:8]
to6("SIIT-21 SIIT-54 a checksum computed as 0 is sent as 0xffff",
    i4(udp(z, csum="none")), o6(udp(z, csum=0xffff)),
    also={"udp_zero_computed": 1})
for n in (11, 13, 0):
	none("SIIT-21 zero checksum, UDP length %d of 12" % n,
	     i4(udp(csum="none", length=n)), "bad_udp_length")
to4("SIIT-54 IPv6 UDP without checksum stays so", i6(udp(csum="none")),
    o4(udp(csum="none")), also={"udp_zero_forwarded": 1})

# ---- 6 -> 4: fields -------------------------------------------------------
to4("SIIT-40 V1 mirrored", i6(U, tc=0xba, fl=0xfffff), o4(U, tos=0xba))
to4("SIIT-40 traffic class 0xb8", i6(U, tc=0xb8), o4(U, tos=0xb8))
to4("SIIT-40 each of the 8 traffic class bits",
    [i6(U, tc=1 << i) for i in range(8)],
    *[o4(U, tos=1 << i) for i in range(8)])
to4("SIIT-49 hop limit 64 -> TTL 63", i6(U, hl=64), o4(U, ttl=63))
to4("SIIT-49 hop limit 255 -> TTL 254", i6(U, hl=255), o4(U, ttl=254))
to4("SIIT-49 hop limit 2 -> TTL 1", i6(U, hl=2), o4(U, ttl=1))
for what, l4 in (("UDP", U), ("an echo request", echo())):
	for hl in (1, 0):
		p = i6(l4, hl=hl)
		err6("SIIT-49 hop limit %d in %s -> 3/0" % (hl, what), p,
		     Error(3, 0, p, by_m46=False))
to4("ICMP-30 echo request, id 7 seq 9", i6(echo(0, 7, 9)), o4(echo(0, 7, 9)))
to4("ICMP-31 V3 under two prefixes", i6(echo(1), fl=0xabcde), o4(echo(1)))
to4("SIIT-54 TCP checksum", i6(tcp(data(100))), o4(tcp(data(100))))
to4("SIIT-54 UDP of odd length", i6(udp(data(77))), o4(udp(data(77))))
for n, df in ((1240, 0), (1241, 1), (1460, 1), (0, 0)):
	to4("SIIT-44 IPv6 %d -> TL %d DF %d" % (n + 40, n + 20, df),
	    i6(raw(200, data(n))), o4(raw(200, data(n)), df=df))
to4("SIIT-41 payload length 0, next header 59", i6(raw(59)), o4(raw(59)))


def distinct(packets):
	ids = {p[4:6] for p in packets}
	return [] if len(packets) == len(ids) == 10 else [
		"%d identifications in %d packets" % (len(ids), len(packets))]


to4("SIIT-45 ten small packets of a flow, ten identifications",
    [i6(udp(data(20, i))) for i in range(10)],
    Each(distinct, "10 packets of different identification"))


def ordered(side):
	def fn(packets):
		seen = [p[-2:] for p in packets]
		want = [pack("!H", i) for i in range(100)]
		return [] if seen == want else ["order: %s" % [
			x.hex() for x in seen]]
	return fn


to6("SIIT-26 100 packets in order", [i4(udp(pack("!H", i))) for i in range(100)],
    Each(ordered(6), "100 packets in order"))
to4("SIIT-26 100 packets in order", [i6(udp(pack("!H", i))) for i in range(100)],
    Each(ordered(4), "100 packets in order"))

# ---- 6 -> 4: extension headers --------------------------------------------
to4("SIIT-41 hop-by-hop 8 + UDP 20: PL 28 -> TL 40",
    i6(udp(data(12)), ext=[hbh()]), o4(udp(data(12))))
to4("SIIT-42 hop-by-hop, destination options, routing with SL 0",
    i6(U, ext=[hbh(body=b"\1\x1e\x0c" + bytes(12)), dop(24), rh(0)]), o4(U))
to4("SIIT-42 any order", i6(tcp(data(9)), ext=[rh(0, 4, 8), dop(8), rh(0, 2), dop()]),
    o4(tcp(data(9))))
to4("SIIT-42 destination options before an echo request",
    i6(echo(), ext=[dop()]), o4(echo()))
to4("SIIT-56 unknown options are not interpreted",
    i6(U, ext=[dop(body=b"\0\xc2\x04\1\2\3\4")]), o4(U))
to4("SIIT-56 16 headers", i6(U, ext=[dop()] * 16), o4(U))
p = i6(U, ext=[dop()] * 17)
err6("SIIT-56 17 headers", p, Maybe(unreach6(1, p)), drop="exthdr_limit")
to4("SIIT-56 2048 bytes of headers", i6(U, ext=[dop(2048)]), o4(U))
p = i6(U, ext=[dop(2048), dop()])
err6("SIIT-56 2056 bytes of headers", p, Maybe(unreach6(1, p)),
     drop="exthdr_limit")
for what, p in (
	("a length past the packet", i6(raw(60, b"\x11\x05" + bytes(14)))),
	("a header of 7 bytes", i6(raw(60, b"\x11" + bytes(6)))),
	("no room for a Fragment header", i6(raw(44, b"\x11" + bytes(5)))),
	("a routing header past the packet", i6(raw(43, b"\x11\x02" + bytes(6)))),
	("the last of three too long",
	 i6(raw(60, b"\x11\x09" + bytes(6)), ext=[hbh(), dop()]))):
	none("SIIT-56 bad extension header: " + what, p, "bad_exthdr")
for typ in (0, 1, 2, 3, 4, 253):
	p = i6(U, ext=[rh(1, typ)])
	err6("SIIT-43 routing header type %d, segments left -> 4/0" % typ, p,
	     Error(4, 0, p, 43), drop="routing_header")
p = i6(U, ext=[hbh(), rh(2)])
err6("SIIT-43 after 8 bytes of hop-by-hop: pointer 51", p, Error(4, 0, p, 51),
     drop="routing_header")
p = i6(echo(), ext=[dop(16), rh(255, 4)])
err6("SIIT-43 ICMPGEN-02 also about an echo request: pointer 59", p,
     Error(4, 0, p, 59), drop="routing_header")

# ---- 6 -> 4: sanity -------------------------------------------------------
for what, p in (("version 5", i6(U, ver=5)), ("39 bytes", i6(U)[:39]),
		("PL past the packet", i6(U, pl=13))):
	none("SIIT-50 bad IPv6: " + what, p, "bad_ip6_header", x=True, port=6)
to4("SIIT-41 bytes after PL are cut", i6(U) + bytes(18), anyttl(o4(U)), x=True)
to4("SIIT-41 bytes after PL are cut by the kernel's input too",
    i6(U) + bytes(18), o4(U))
none("SIIT-41 jumbogram",
     i6(U, ext=[hbh(body=b"\0\xc2\x04\0\1\0\0")], pl=0), "jumbogram", x=True)
for s in ("::", "::1", "fe80::1", "ff02::1", "::ffff:198.51.100.2",
	  "::198.51.100.2"):
	none("SIIT-50 ADDR-17 ICMPGEN-05 source " + s, ip6(s, m6(A, H), U),
	     "martian_source|unmappable", x=True)
for d in ("::", "::1", "fe80::1", "ff0e::1", "::ffff:192.0.2.33",
	  "::192.0.2.33"):
	none("ADDR-17 destination " + d, ip6(m6(B, R), d, U),
	     "martian_destination|unmappable|multicast", x=True)
for what, l4 in (("UDP of 7 bytes", raw(17, data(7))),
		 ("TCP of 19 bytes", raw(6, data(19))),
		 ("ICMPv6 of 3 bytes", raw(58, b"\x80\0\0")),
		 ("DCCP of 7 bytes", raw(33, data(7))),
		 ("UDP-Lite of 7 bytes", raw(136, data(7)))):
	none("SIIT-60 " + what, i6(l4), "short_l4")

# ---- the traffic class and TOS knobs --------------------------------------
conf("tos-ignore", *MAIN, opts="tos-ignore on")
to6("SIIT-03 tos-ignore", i4(U, tos=0xba), o6(U, tc=0))
to4("SIIT-40 tos-ignore is for IPv4 to IPv6", i6(U, tc=0xba), o4(U, tos=0xba))

conf("dscp-ignore", *MAIN, opts="dscp-ignore on")
to6("SIIT-03 dscp-ignore keeps ECN",
    [i4(U, tos=0xb8 | e) for e in range(4)], *[o6(U, tc=e) for e in range(4)])

conf("tos-override", *MAIN, opts="tos-override 0x10 tclass 0x2e")
to4("SIIT-40 tos-override 0x10", [i6(U), i6(U, tc=0xff)],
    o4(U, tos=0x10), o4(U, tos=0x10))
to6("SIIT-03 tclass 0x2e", [i4(U), i4(U, tos=0xff)], o6(U, tc=0x2e),
    o6(U, tc=0x2e))

# ---- the UDP checksum knob ------------------------------------------------
conf("udp-zero drop", *MAIN, opts="udp-zero drop")
p = i4(udp(csum="none"))
err4("SIIT-21 udp-zero drop", p, Maybe(unreach4(13, p)), drop="udp_zero")
to6("SIIT-21 udp-zero drop lets others pass", i4(U), o6(U))

conf("udp-zero forward", *MAIN, opts="udp-zero forward")
to6("SIIT-21 ADPT-34 udp-zero forward", i4(udp(csum="none")),
    o6(udp(csum="none")), also={"udp_zero_forwarded": 1})
to6("SIIT-22 ADPT-34 udp-zero forward, a first fragment",
    i4(udp(data(16), csum="none", length=64), mf=1),
    o6(udp(data(16), csum="none", length=64), ext=[fh(0, 1, 0x1234)]))
to4("SIIT-54 ADPT-34 back at the other PE", i6(udp(csum="none")),
    o4(udp(csum="none")))

# ---- protocol numbers, copied to the letter -------------------------------
conf("proto-strict-copy", *MAIN, opts="proto-strict-copy on")
to6("SIIT-05 proto-strict-copy: 58, 60, 44, 43 are copied",
    [i4(raw(n, b"\x3b\0\1\4" + bytes(36))) for n in (58, 60, 44, 43)],
    *[o6(raw(n, b"\x3b\0\1\4" + bytes(36))) for n in (58, 60, 44, 43)])
# 0xffff minus the sum of the rest: what is copied is a valid ICMPv4 message.
VALID = bytes(2) + pack("!H", csum(data(36, 4))) + data(36, 4)
to4("SIIT-05 proto-strict-copy: next header 1 is copied",
    i6(raw(1, VALID)), o4(raw(1, VALID)))

# ---- MSS ------------------------------------------------------------------
conf("mss-clamp", *MAIN, opts="mss-clamp on")


def syn(mss, flags=2, before=b""):
	return tcp(flags=flags, opts=before + b"\2\4" + pack("!H", mss))


to6("SIIT-59 SYN MSS 1460 -> 1440", i4(syn(1460)), o6(syn(1440)))
to6("SIIT-59 SYN ACK MSS 8960 -> 1440, after other options",
    i4(syn(8960, 0x12, b"\1\1\4\2")), o6(syn(1440, 0x12, b"\1\1\4\2")))
to6("SIIT-59 a smaller MSS is kept", i4(syn(1400)), o6(syn(1400)))
to6("SIIT-59 no SYN, no clamping", i4(syn(1460, 0x10)), o6(syn(1460, 0x10)))
to4("SIIT-59 SYN MSS 9000 -> 1460", i6(syn(9000)), o4(syn(1460)))
to4("SIIT-59 SYN MSS 1440 is kept", i6(syn(1440)), o4(syn(1440)))

conf("mss-clamp, small links", *MAIN, opts="mss-clamp on", mtu4=1400, mtu6=1300)
to6("SIIT-59 mtu6 1300: MSS 1460 -> 1240", i4(syn(1460)), o6(syn(1240)))
to4("SIIT-59 mtu4 1400: MSS 1440 -> 1360", i6(syn(1440)), o4(syn(1360)))
conf("no mss-clamp", *MAIN, mtu4=1400, mtu6=1300)
to6("SIIT-59 off by default", i4(syn(1460)), o6(syn(1460)))
