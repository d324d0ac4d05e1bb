# SPDX-License-Identifier: GPL-2.0
"""Mode m46t between hosts that both have entries: EAM-09 to 13, M46T-31, NAT64-16.

    A, A4 and B, B4: hosts with entries; A sends to M+B4, B sees M+A4.  Nothing
    of it may ever be seen at t4.
"""
from build import (GSO_TCPV6, GSO_UDP_L4, Part, data, dop, echo, fh, hbh, icmp4,
		   icmp6, ip4, ip6, m6, partial, raw, rh, tcp, udp)
from m46t import (A, A4, B, B4, C, C4, CORE, FREE, HOSTS, N, OLD, POOL, s4, s6,
		  some)
from match import T4, Error, Offloaded
from offload import ALL, TSO, dgram, seg, uso
from table import M, anyttl, conf46t, err6, none, to4, to6, unreach6

U = udp(b"m46!")


# What A sends to B, and what B gets.

def h6(l4, s=A, d=B4, **kw):
	return ip6(s, m6(M, d), l4, **kw)


def g6(l4, s=A4, d=B, hl=63, **kw):
	return ip6(m6(M, s), d, l4, hl=hl, **kw)


conf46t("hairpin", [POOL], HOSTS)
to6("EAM-10 EAM-13 M46T-31 NAT64-16 A to B: the source is M+A4, one hop in all",
    h6(U), g6(U), also={"hairpin": 1})
to6("EAM-10 M46T-31 B to A", h6(U, s=B, d=A4), g6(U, s=B4, d=A))
to6("EAM-10 M46T-31 A to itself", h6(U, d=A4), g6(U, d=A))
to6("EAM-10 M46T-23 to a static entry outside the pools", h6(U, d=C4),
    g6(U, d=C))
to6("EAM-10 M46T-23 from a static entry outside the pools", h6(U, s=C),
    g6(U, s=C4))
to6("M46T-44 TCP checksum", h6(tcp(data(101))), g6(tcp(data(101))))
to6("M46T-44 a wrong checksum stays as wrong", h6(tcp(off=0x1111)),
    g6(tcp(off=0x1111)))
to6("M46T-31 echo request and reply", [h6(echo()), h6(echo(1), s=B, d=A4)],
    g6(echo()), g6(echo(1), s=B4, d=A))
to6("M46T-31 UDP without checksum stays so", h6(udp(csum="none")),
    g6(udp(csum="none")))
for n, what in ((132, "SCTP"), (50, "ESP"), (4, "IPv4")):
	to6("M46T-46 next header %d, %s" % (n, what), h6(raw(n, data(40))),
	    g6(raw(n, data(40))))
to6("M46T-31 traffic class and flow label stay", h6(U, tc=0xba, fl=0x12345),
    g6(U, tc=0xba, fl=0x12345))
to6("M46T-31 extension headers stay", h6(U, ext=[hbh(), dop(16), rh(0)]),
    g6(U, ext=[hbh(), dop(16), rh(0)]))
to6("M46T-31 hop limit 255 -> 254, 2 -> 1", [h6(U, hl=255), h6(U, hl=2)],
    g6(U, hl=254), g6(U, hl=1))
p = h6(U, hl=1)
err6("M46T-31 hop limit 1 -> 3/0", p, Error(3, 0, p, by_m46=False))
to6("M46T-31 1500 bytes need no room for other headers",
    h6(raw(200, data(1460))), g6(raw(200, data(1460))))
to6("M46T-31 bytes after PL are cut", h6(U) + bytes(18), anyttl(g6(U)), x=True)
p = h6(U, ext=[rh(1)])
err6("SIIT-43 a routing header -> 4/0", p, Error(4, 0, p, 43),
     drop="routing_header")
none("M46T-31 SIIT-50 UDP of 7 bytes", h6(raw(17, data(7))), "short_l4")
none("M46T-31 a neighbour solicitation", h6(icmp6(135, 0, 0, data(20))),
     "icmp_unknown")
p = h6(U, d=FREE)
err6("M46T-31 nobody has it -> 1/3", p, unreach6(3, p), drop="no_entry")
p = h6(U, s=N, d=FREE)
err6("M46T-31 M46T-19 nobody has it, and the sender has none -> 1/3", p,
     unreach6(3, p), drop="no_entry")

W = udp(data(3000))
to6("M46T-33 fragments, backwards",
    [h6(Part(W, 2000, 3008), ext=[fh(250, 0, 7)]),
     h6(Part(W, 1000, 2000), ext=[fh(125, 1, 7)]),
     h6(Part(W, 0, 1000), ext=[fh(0, 1, 7)])],
    g6(Part(W, 2000, 3008), ext=[fh(250, 0, 7)]),
    g6(Part(W, 1000, 2000), ext=[fh(125, 1, 7)]),
    g6(Part(W, 0, 1000), ext=[fh(0, 1, 7)]))
to6("M46T-33 an atomic fragment", h6(tcp(data(9)), ext=[fh(0, 0, 7)]),
    g6(tcp(data(9)), ext=[fh(0, 0, 7)]))
none("M46T-33 SIIT-48 a fragment of ICMPv6",
     h6(Part(echo(body=data(3000)), 0, 1000), ext=[fh(0, 1, 7)]),
     "icmp_fragment")

# ---- packets that come back by routing: the simple rules of RFC 7757 4.2.1
to6("EAM-09 from IPv4: the source is computed, even a mapped host's",
    s4(U, s=A4, d=B4), g6(U))
to6("EAM-09 in an ICMPv4 error the quoted destination is computed",
    s4(icmp4(3, 4, 1400, ip4(A4, B4, U, ttl=60)), s="203.0.113.9"),
    ip6(m6(M, "203.0.113.9"), A, icmp6(2, 0, 1420, h6(U, hl=60)), hl=63))
to6("EAM-09 so is the source of an error that the host sent",
    s4(icmp4(3, 3, 0, ip4(A4, B4, U, ttl=60)), s=B4),
    ip6(m6(M, B4), A, icmp6(1, 4, 0, h6(U, hl=60)), hl=63))


# ---- errors about what A sent to B ----------------------------------------

def e6(typ, code, word=0, l4=U, s=CORE, d=A4, **kw):
	return ip6(s, m6(M, d), icmp6(typ, code, word, g6(l4, hl=60), **kw))


def x6(typ, code, word=0, l4=U, s=T4, **kw):
	return ip6(m6(M, s), A, icmp6(typ, code, word, h6(l4, hl=60)), hl=63,
		   **kw)


RFC6791 = "203.0.113.77"
conf46t("hairpin, errors", [POOL], HOSTS, opts="pool6791 %s/32" % RFC6791)
for t, c, w, what in ((1, 0, 0, "no route"), (1, 4, 0, "port unreachable"),
		      (2, 0, 1400, "too big"), (3, 0, 0, "hop limit"),
		      (4, 1, 40, "next header")):
	to6("EAM-11 %s from a router: an RFC 6791 address" % what,
	    e6(t, c, w), x6(t, c, w, s=RFC6791),
	    also={"hairpin": 1, "error_source": 1})
	to6("EAM-11 %s from B: M+B4" % what, e6(t, c, w, s=B),
	    x6(t, c, w, s=B4), also={"hairpin": 1, "error_source": 0})
to6("EAM-11 from another host with entry", e6(3, 0, s=C), x6(3, 0, s=C4))
to6("EAM-11 about TCP", e6(1, 1, l4=tcp(data(50)), s=B),
    x6(1, 1, l4=tcp(data(50)), s=B4))
to6("EAM-11 ICMP-48 about an echo request", e6(1, 3, l4=echo(), s=B),
    x6(1, 3, l4=echo(), s=B4))
to6("EAM-11 about a fragment",
    ip6(B, m6(M, A4), icmp6(3, 1, 0, g6(Part(W, 0, 400), hl=60,
					 ext=[fh(0, 1, 7)]))),
    ip6(m6(M, B4), A, icmp6(3, 1, 0, h6(
	Part(W, 0, 400), hl=60, ext=[fh(0, 1, 7)])), hl=63))
for n in (40, 48, 1184):
	to6("EAM-11 the first %d bytes quoted" % n,
	    ip6(B, m6(M, A4), icmp6(1, 4, 0, g6(udp(data(1200)), hl=60)[:n])),
	    ip6(m6(M, B4), A, icmp6(1, 4, 0, h6(udp(data(1200)), hl=60)[:n]),
		hl=63))
none("EAM-11 a wrong checksum", e6(1, 4, off=1), "bad_icmp_csum")
none("EAM-11 ICMP-61 39 bytes quoted",
     ip6(B, m6(M, A4), icmp6(1, 4, 0, g6(U, hl=60)[:39])), "short_error")
none("EAM-11 about an ICMPv6 error",
     e6(1, 4, l4=icmp6(1, 4, 0, h6(U)), s=B), "icmp_nested_error")
none("EAM-11 an error that IPv4 does not know", e6(4, 2, 40, s=B),
     "icmp_unknown")
none("EAM-11 about a packet of a host that has none",
     ip6(B, m6(M, A4), icmp6(1, 4, 0, g6(U, s=FREE))), "no_entry")
none("EAM-11 about a packet to a host that has none",
     ip6(B, m6(M, A4), icmp6(1, 4, 0, g6(U, d=N))), "no_entry")
none("EAM-11 about a packet that was not hairpinned",
     ip6(B, m6(M, A4), icmp6(1, 4, 0, ip6(N, B, U))), "not_own_prefix")
none("EAM-11 to an address that nobody has", e6(1, 4, s=B, d=FREE),
     "no_entry")

conf46t("hairpin, link of 1400", [POOL], HOSTS, mtu6=1400)
p = h6(raw(200, data(1400)))
err6("EAM-11 M46T-31 too big for the link to B: the kernel's error, translated",
     p, Error(2, 0, p, 1400, src="2001:db8:0:46:0:46:c000:201", by_m46=False))

conf46t("hairpin off", [POOL], HOSTS, opts="hairpin off")
p = h6(U)
err6("M46T-31 hairpin off -> 1/1", p, unreach6(1, p), drop="hairpin_off")
none("M46T-31 ICMPGEN-02 hairpin off, an echo request", h6(echo()),
     "hairpin_off")
none("M46T-31 hairpin off, an error", e6(1, 4, s=B), "hairpin_off")

# ---- entries --------------------------------------------------------------
conf46t("hairpin, a new host", ["198.51.100.2/32"], HOSTS[2:])
to6("M46T-10 M46T-31 the first packet of a host makes its entry",
    h6(U, s=N, d=C4), g6(U, s="198.51.100.2", d=C),
    table={N: "198.51.100.2 dynamic"})
p = h6(U, s=A, d=C4)
err6("M46T-18 M46T-31 no address is left -> 1/3", p, unreach6(3, p),
     drop="pool_exhausted")


def timers(*want):
	def fn(bed):
		got = bed.left(A), bed.left(B)
		return [] if all(g and abs(g - w) < 2
				 for g, w in zip(got, want)) \
			else ["%s and %s seconds left" % got]
	return fn


BOTH = {A: A4 + " dynamic", B: B4 + " dynamic"}
OLDS = [OLD % (A, A4), OLD % (B, B4)]
conf46t("hairpin, timers", [POOL])
to6("M46T-31 both timers start anew", h6(U), g6(U), ctl=OLDS, table=BOTH,
    fn=timers(7440, 7440))
to6("NAT64-14 M46T-31 an error restarts none", e6(1, 4, s=B), x6(1, 4, s=B4),
    ctl=OLDS, table=BOTH, fn=timers(1000, 1000))
conf46t("hairpin, refresh-from-v4 off", [POOL], opts="refresh-from-v4 off")
to6("M46T-40 NAT64-16 refresh-from-v4 off: only the sender's", h6(U), g6(U),
    ctl=OLDS, table=BOTH, fn=timers(7440, 1000))


# ---- offloads -------------------------------------------------------------

def sup(make, n, size, csum="seed"):
	return partial(make(tcp(data(n * size), csum=csum)), 20, 16, GSO_TCPV6,
		       size)


conf46t("hairpin, no offloads", [POOL], HOSTS)
to6("KERN-01 M46T-31 partial UDP checksum, resolved",
    partial(h6(udp(data(99), csum="seed")), 8, 6), g6(udp(data(99))))
to6("KERN-01 M46T-31 partial TCP checksum, resolved",
    partial(h6(tcp(data(99), csum="seed")), 20, 16), g6(tcp(data(99))))
to6("KERN-01 M46T-31 partial ICMPv6 checksum, resolved",
    partial(h6(echo(csum="seed")), 8, 2), g6(echo()))
to6("KERN-02 M46T-31 TCP super-packet leaves as 10 segments",
    sup(h6, 10, 1440), *[g6(seg(10, 1440, k)) for k in range(10)])
conf46t("hairpin, offloads", [POOL], HOSTS, offload4=TSO, offload6=TSO)
to6("KERN-01 M46T-31 partial UDP checksum stays partial",
    partial(h6(udp(data(99), csum="seed")), 8, 6),
    Offloaded(partial(g6(udp(data(99), csum="seed")), 8, 6)))
to6("KERN-01 M46T-31 partial TCP checksum stays partial",
    partial(h6(tcp(data(99), csum="seed")), 20, 16),
    Offloaded(partial(g6(tcp(data(99), csum="seed")), 20, 16)))
for n, size in ((10, 1440), (45, 1400), (2, 500)):
	to6("KERN-02 M46T-31 TCP super-packet of %d * %d stays one" % (n, size),
	    sup(h6, n, size), Offloaded(sup(g6, n, size)))
to4("KERN-02 M46T-37 TCP super-packet to IPv4 stays one",
    partial(s6(tcp(data(14400), csum="seed")), 20, 16, GSO_TCPV6, 1440),
    some(1))
conf46t("hairpin, UDP offloads", [POOL], HOSTS, needs=uso, offload4=ALL,
	offload6=ALL)
to6("KERN-02 M46T-31 UDP super-packet stays one",
    partial(h6(udp(data(5000), csum="seed")), 8, 6, GSO_UDP_L4, 1000),
    Offloaded(partial(g6(udp(data(5000), csum="seed")), 8, 6, GSO_UDP_L4,
		      1000)))
conf46t("hairpin, UDP super-packets, no offloads", [POOL], HOSTS, needs=uso)
to6("KERN-02 M46T-31 UDP super-packet leaves as 5 datagrams",
    partial(h6(udp(data(5000), csum="seed")), 8, 6, GSO_UDP_L4, 1000),
    *[g6(dgram(5, 1000, k)) for k in range(5)])

# ---- the well-known prefix ------------------------------------------------
WKP, W4, G4, D4 = "64:ff9b::", "203.0.114.33", "203.0.114.200", "203.0.114.201"
conf46t("hairpin, the well-known prefix", [POOL],
	["%s %s" % x for x in ((A, A4), (B, B4), (C, G4), (N, D4))],
	prefix=WKP + "/96", top=WKP, mark=(W4, "10.46.0.1", "2001:db8:ffff::9",
					   m6(WKP, W4)),
	routes=["route add 203.0.114.32/27 dev t4"])
to6("ADDR-07 M46T-31 both addresses are global",
    ip6(N, m6(WKP, G4), tcp(data(5))),
    ip6(m6(WKP, D4), C, tcp(data(5)), hl=63))
p = ip6(N, m6(WKP, B4), U)
err6("ADDR-07 M46T-31 a private destination -> 1/1", p, unreach6(1, p),
     drop="wkp_private")
p = ip6(A, m6(WKP, G4), U)
err6("ADDR-07 M46T-31 a private source -> 1/1", p, unreach6(1, p),
     drop="wkp_private")
