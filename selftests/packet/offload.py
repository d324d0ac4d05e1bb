# SPDX-License-Identifier: GPL-2.0
"""Checksum states and super-packets: KERN-01 and KERN-02."""
from struct import unpack_from

from bed import TUN_CSUM, TUN_ECN, TUN_TSO4, TUN_TSO6, TUN_USO4, TUN_USO6, Skip
from build import (DATA_VALID, GSO_ECN, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4,
		   NEEDS_CSUM, Part, Vnet, data, echo, fh, mk, partial, tcp,
		   udp)
from match import Each, Error, Frags, Offloaded, wellformed
from table import MAIN, conf, err4, err6, i4, i6, o4, o6, to4, to6, unreach4

TSO = TUN_CSUM | TUN_TSO4 | TUN_TSO6 | TUN_ECN


def seg(n, size, k, l4=tcp, **kw):
	"""TCP segment k of n that a super-packet of n * size bytes makes."""
	flags = kw.pop("flags", 0x18)
	if k < n - 1:
		flags &= ~9	# FIN and PSH are the last one's
	if k:
		flags &= ~0x80	# CWR is the first one's
	return tcp(data(n * size)[k * size:(k + 1) * size],
		   seq=0x01020304 + k * size, flags=flags, **kw)


def super_in(make, n, size, gso, flags=0x18, **kw):
	return partial(make(tcp(data(n * size), csum="seed", flags=flags), **kw),
		       20, 16, gso, size)


def super_out(make, n, size, gso, flags=0x18, **kw):
	return Offloaded(super_in(make, n, size, gso, flags, **kw))


# ---- everything complete when it leaves -----------------------------------
conf("no offloads", *MAIN)
to6("KERN-01 partial UDP checksum, resolved",
    partial(i4(udp(data(99), csum="seed")), 8, 6), o6(udp(data(99))))
to6("KERN-01 partial TCP checksum, resolved",
    partial(i4(tcp(data(99), csum="seed")), 20, 16), o6(tcp(data(99))))
to4("KERN-01 partial UDP checksum, resolved",
    partial(i6(udp(data(99), csum="seed")), 8, 6), o4(udp(data(99))))
to4("KERN-01 partial TCP checksum, resolved",
    partial(i6(tcp(data(99), csum="seed")), 20, 16), o4(tcp(data(99))))
to6("KERN-01 partial ICMP checksum, resolved",
    partial(i4(echo(csum=0)), 8, 2), o6(echo()))
to4("KERN-01 partial ICMPv6 checksum, resolved",
    partial(i6(echo(csum="seed")), 8, 2), o4(echo()))
to6("KERN-01 a checksum known to be good", Vnet(i4(tcp(data(9))), DATA_VALID),
    o6(tcp(data(9))))
to4("KERN-01 a checksum known to be good", Vnet(i6(tcp(data(9))), DATA_VALID),
    o4(tcp(data(9))))
u = udp(data(1400))
to6("KERN-01 SIIT-14 partial UDP checksum, then cut",
    partial(i4(udp(data(1400), csum="seed")), 8, 6),
    o6(Part(u, 0, 1232), ext=[fh(0, 1, 0x1234)]),
    o6(Part(u, 1232), ext=[fh(154, 0, 0x1234)]))
to6("KERN-02 TCP super-packet leaves as 10 segments",
    super_in(i4, 10, 1400, GSO_TCPV4, df=1), *[o6(seg(10, 1400, k))
					       for k in range(10)])
to6("KERN-02 TCP super-packet of 45 segments",
    super_in(i4, 45, 1440, GSO_TCPV4, df=1), *[o6(seg(45, 1440, k))
					       for k in range(45)])
to4("KERN-02 TCP super-packet leaves as 10 segments, DF set",
    super_in(i6, 10, 1440, GSO_TCPV6), *[o4(seg(10, 1440, k), df=1)
					 for k in range(10)])
to4("KERN-02 SIIT-44 segments of TL 1260 leave with DF clear",
    super_in(i6, 10, 1220, GSO_TCPV6), *[o4(seg(10, 1220, k))
					 for k in range(10)])
to6("KERN-02 CWR is the first segment's",
    super_in(i4, 3, 1400, GSO_TCPV4 | GSO_ECN, flags=0x98, df=1),
    *[o6(seg(3, 1400, k, flags=0x98)) for k in range(3)])


def long_segments(packets):
	"""PL 65520 would be TL 65540: it cannot stay one."""
	body, bad = b"", []
	for p in packets:
		w = wellformed(p)
		if w or len(p) > 1500:
			bad.append(w or "%d bytes" % len(p))
		if unpack_from("!I", p, 24)[0] != 0x01020304 + len(body):
			bad.append("sequence number after %d bytes" % len(body))
		body += p[40:]
	return bad if body == data(65500) else bad + ["data differ"]


to4("KERN-02 a super-packet too long for IPv4",
    partial(i6(tcp(data(65500), csum="seed")), 20, 16, GSO_TCPV6, 1440),
    Each(long_segments, "segments of 65500 bytes"))
p = super_in(i4, 5, 1460, GSO_TCPV4, df=1)
about = mk(p.pkt, ((36, 38),))	# its checksum was nobody's yet
err4("KERN-02 SIIT-11 segments of 1500 with DF -> 3/4 MTU 1480", p,
     unreach4(4, about, 1480), drop="too_big")


def cut_segments(packets):
	"""5 TCP segments, each in IPv6 fragments of its own identification."""
	by_id, bad = {}, []
	for p in packets:
		if p[6] != 44:
			return ["no Fragment header"]
		by_id.setdefault(p[44:48], []).append((bytes(10), p))
	if len(by_id) != 5:
		bad.append("%d identifications, not 5" % len(by_id))
	for k, i in enumerate(sorted(by_id, key=list(by_id).index)):
		bad += Frags(o6(seg(5, 1440, k)), 1280).match_all(by_id[i])
	return bad


to6("KERN-02 SIIT-14 segments over 1280 without DF: segmented, then cut",
    super_in(i4, 5, 1440, GSO_TCPV4), Each(cut_segments,
					   "5 segments, each in fragments"))

# ---- the tun devices take everything --------------------------------------
conf("offloads", *MAIN, offload4=TSO, offload6=TSO)
to6("KERN-01 partial UDP checksum stays partial",
    partial(i4(udp(data(99), csum="seed")), 8, 6),
    Offloaded(partial(o6(udp(data(99), csum="seed")), 8, 6)))
to6("KERN-01 partial TCP checksum stays partial",
    partial(i4(tcp(data(99), csum="seed")), 20, 16),
    Offloaded(partial(o6(tcp(data(99), csum="seed")), 20, 16)))
to4("KERN-01 partial UDP checksum stays partial",
    partial(i6(udp(data(99), csum="seed")), 8, 6),
    Offloaded(partial(o4(udp(data(99), csum="seed")), 8, 6)))
to4("KERN-01 partial TCP checksum stays partial",
    partial(i6(tcp(data(99), csum="seed")), 20, 16),
    Offloaded(partial(o4(tcp(data(99), csum="seed")), 20, 16)))
to6("KERN-01 a complete checksum stays complete", i4(tcp(data(99))),
    o6(tcp(data(99))))
to6("KERN-01 partial checksum of a packet with options",
    Vnet(i4(udp(data(9), csum="seed"), opts=b"\1" * 8), NEEDS_CSUM, start=28,
	 offset=6), Offloaded(partial(o6(udp(data(9), csum="seed")), 8, 6)))
for n, size, df in ((10, 1400, 1), (2, 1440, 1), (45, 1440, 1), (10, 1200, 0),
		    (10, 1220, 0)):
	to6("KERN-02 TCP super-packet of %d * %d, DF %d, stays one" % (
		n, size, df), super_in(i4, n, size, GSO_TCPV4, df=df),
	    super_out(o6, n, size, GSO_TCPV6))
for n, size, df in ((10, 1440, 1), (2, 1221, 1), (45, 1440, 1), (10, 1220, 0),
		    (10, 500, 0)):
	to4("KERN-02 SIIT-44 TCP super-packet of %d * %d stays one, DF %d" % (
		n, size, df), super_in(i6, n, size, GSO_TCPV6),
	    super_out(o4, n, size, GSO_TCPV4, df=df))
to6("KERN-02 TCP super-packet with ECN",
    super_in(i4, 3, 1400, GSO_TCPV4 | GSO_ECN, flags=0x98, df=1),
    super_out(o6, 3, 1400, GSO_TCPV6 | GSO_ECN, flags=0x98))
to4("KERN-02 TCP super-packet with ECN",
    super_in(i6, 3, 1400, GSO_TCPV6 | GSO_ECN, flags=0x98),
    super_out(o4, 3, 1400, GSO_TCPV4 | GSO_ECN, flags=0x98, df=1))
to6("KERN-02 TCP super-packet with options and TOS",
    super_in(lambda l4, **kw: i4(l4, tos=0xba, **kw), 3, 1400, GSO_TCPV4, df=1),
    super_out(lambda l4, **kw: o6(l4, tc=0xba, **kw), 3, 1400, GSO_TCPV6))
err4("KERN-02 SIIT-11 segments of 1500 with DF -> 3/4 MTU 1480", p,
     unreach4(4, about, 1480), drop="too_big")

conf("offloads, IPv4 link of 1400", *MAIN, offload4=TSO, offload6=TSO, mtu4=1400)
p = super_in(i6, 5, 1440, GSO_TCPV6)
err6("KERN-02 SIIT-52 segments of 1500, link of 1400 -> packet too big 1420", p,
     Error(2, 0, mk(p.pkt, ((56, 58),)), 1420), drop="too_big")
to4("KERN-02 SIIT-52 segments that fit", super_in(i6, 5, 1360, GSO_TCPV6),
    super_out(o4, 5, 1360, GSO_TCPV4, df=1))


def small(packets):
	"""3 segments of 1240 bytes, each in fragments that fit 576."""
	by_id, bad = {}, []
	for p in packets:
		by_id.setdefault(p[4:6], []).append((bytes(10), p))
	if len(by_id) != 3:
		bad.append("%d identifications, not 3" % len(by_id))
	for k, i in enumerate(by_id):
		bad += Frags(o4(seg(3, 1200, k), id=0), 576).match_all(by_id[i])
	return bad


conf("offloads, IPv4 link of 576", *MAIN, offload4=TSO, offload6=TSO, mtu4=576)
to4("KERN-02 SIIT-51 segments of 1260, link of 576: segmented, then cut",
    super_in(i6, 3, 1200, GSO_TCPV6), Each(small, "3 segments in fragments"))

# ---- UDP segmentation -----------------------------------------------------


def uso(bed):
	"""tun learnt it in Linux 6.2."""
	try:
		bed.tun["4"].offload(TSO | TUN_USO4 | TUN_USO6)
	except OSError:
		raise Skip("tun has no UDP segmentation offload here")


def udp_super(make, n, size, **kw):
	return partial(make(udp(data(n * size), csum="seed"), **kw), 8, 6,
		       GSO_UDP_L4, size)


def dgram(n, size, k):
	return udp(data(n * size)[k * size:(k + 1) * size])


ALL = TSO | TUN_USO4 | TUN_USO6
conf("UDP offloads", *MAIN, needs=uso, offload4=ALL, offload6=ALL)
to6("KERN-02 UDP super-packet stays one", udp_super(i4, 5, 1000, df=1),
    Offloaded(udp_super(o6, 5, 1000)))
to4("KERN-02 UDP super-packet stays one", udp_super(i6, 5, 1000),
    Offloaded(udp_super(o4, 5, 1000)))
to4("KERN-02 SIIT-44 UDP super-packet of 1400 has DF", udp_super(i6, 5, 1400),
    Offloaded(udp_super(o4, 5, 1400, df=1)))
conf("UDP super-packets, no offloads", *MAIN, needs=uso)
to6("KERN-02 UDP super-packet leaves as 5 datagrams",
    udp_super(i4, 5, 1000, df=1), *[o6(dgram(5, 1000, k)) for k in range(5)])
to4("KERN-02 UDP super-packet leaves as 5 datagrams", udp_super(i6, 5, 1000),
    *[o4(dgram(5, 1000, k)) for k in range(5)])
