# SPDX-License-Identifier: GPL-2.0
"""Mode m46t: who gets an address, and what goes through with it: M46T, NAT64.

    IPv4 hosts H, X at t4, for the others M+H, M+X
    IPv6 hosts A, B at t6, for the others A4, B4 of 198.51.100.0/24
    N          an IPv6 host without entry, CORE a router
"""
from bed import m46ctl, must
from build import (ANY, Part, data, dccp, dop, echo, fh, hbh, icmp4, icmp6, ip4,
		   ip6, m6, raw, rh, tcp, udp)
from match import T4, Each, Error, Exact, Maybe
from table import (H, K, K4, M, X, add, anyttl, conf46t, err4, err6, none, to4,
		   to6, unreach4, unreach6)

A, B, C, N = ("2001:db8:1::a", "2001:db8:2::b", "2001:db8:3::c",
	      "2001:db8:5::e")
A4, B4, C4 = "198.51.100.10", "198.51.100.11", "203.0.114.7"
FREE = "198.51.100.99"		# of the pool, and nobody has it
CORE = "2001:db8::1234"
U = udp(b"m46!")

POOL = "198.51.100.0/24"
HOSTS = ["%s %s" % x for x in ((A, A4), (B, B4), (C, C4))]


# IPv6 in, IPv4 out; IPv4 in, IPv6 out.

def s6(l4, s=A, d=H, top=M, **kw):
	return ip6(s, m6(top, d), l4, **kw)


def r4(l4, s=A4, d=H, ttl=63, id=ANY, **kw):
	return ip4(s, d, l4, ttl=ttl, id=id, **kw)


def s4(l4, s=H, d=A4, **kw):
	return ip4(s, d, l4, **kw)


def r6(l4, s=H, d=A, top=M, hl=63, **kw):
	return ip6(m6(top, s), d, l4, hl=hl, **kw)


def ctl(*lines):
	"""Commands between two packets of a case."""
	def act(bed):
		for line in lines:
			must(m46ctl(), *line.split())
	return act


# ---- RFC 7915 through m46t ------------------------------------------------
conf46t("m46t", [POOL], HOSTS)

to4("M46T-09 M46T-11 SIIT-40 source is the entry's, destination is computed",
    s6(U, tc=0xba, fl=0xfffff), r4(U, tos=0xba))
to6("M46T-13 SIIT-02 source is computed, destination is the entry's",
    s4(U, tos=0xba), r6(U, tc=0xba))
to4("M46T-44 SIIT-54 TCP checksum", s6(tcp(data(101))), r4(tcp(data(101))))
to6("M46T-44 SIIT-20 TCP checksum", s4(tcp(data(101))), r6(tcp(data(101))))
to4("M46T-44 SIIT-54 a wrong checksum stays as wrong", s6(tcp(off=0x1111)),
    Exact(r4(tcp(off=0x1111)), sums=False))
to6("M46T-44 SIIT-20 a wrong checksum stays as wrong", s4(tcp(off=0x1111)),
    r6(tcp(off=0x1111)))
to4("M46T-11 ICMP-30 echo request", s6(echo()), r4(echo()))
to4("M46T-11 ICMP-31 echo reply", s6(echo(1)), r4(echo(1)))
to6("M46T-13 ICMP-01 echo request: a static entry is reached from IPv4 (M46T-23)",
    s4(echo()), r6(echo()))
to6("M46T-13 ICMP-02 echo reply", s4(echo(1)), r6(echo(1)))
for n, what in ((132, "SCTP"), (47, "GRE"), (50, "ESP"), (253, "experiments"),
		(4, "IPv4"), (41, "IPv6")):
	to4("M46T-46 SIIT-42 next header %d, %s" % (n, what),
	    s6(raw(n, data(40))), r4(raw(n, data(40))))
	to6("M46T-46 SIIT-05 protocol %d, %s" % (n, what),
	    s4(raw(n, data(40))), r6(raw(n, data(40))))
to4("M46T-46 SIIT-23 DCCP", s6(dccp(data(20))), r4(dccp(data(20))))
to6("M46T-46 SIIT-23 DCCP", s4(dccp(data(20))), r6(dccp(data(20))))
to4("M46T-11 SIIT-49 hop limit 255 -> TTL 254, 2 -> 1",
    [s6(U, hl=255), s6(U, hl=2)], r4(U, ttl=254), r4(U, ttl=1))
to6("M46T-13 SIIT-06 TTL 255 -> hop limit 254, 2 -> 1",
    [s4(U, ttl=255), s4(U, ttl=2)], r6(U, hl=254), r6(U, hl=1))
p = s4(U, ttl=1)
err4("M46T-13 SIIT-06 TTL 1 -> 11/0", p, Error(11, 0, p, by_m46=False))
to4("M46T-37 SIIT-44 IPv6 1280 -> DF 0, 1281 -> DF 1",
    [s6(raw(200, data(n))) for n in (1240, 1241)],
    r4(raw(200, data(1240))), r4(raw(200, data(1241)), df=1))
p = s4(raw(200, data(1461)), df=1)
err4("M46T-37 SIIT-11 DF, TL 1481 -> 3/4 MTU 1480", p, unreach4(4, p, 1480),
     drop="too_big")
to6("M46T-37 SIIT-11 DF, TL 1480 passes", s4(raw(200, data(1460)), df=1),
    r6(raw(200, data(1460))))
to6("M46T-37 SIIT-14 DF 0, TL 1500 -> 1232 + 248", s4(raw(200, data(1480))),
    r6(raw(200, data(1232)), ext=[fh(0, 1, 0x1234)]),
    r6(raw(200, data(1480)[1232:]), ext=[fh(154, 0, 0x1234)]),
    also={"fragmented": 1})
to6("SIIT-04 SIIT-08 options vanish", s4(U, opts=b"\1" * 8), r6(U))
to4("SIIT-41 SIIT-42 extension headers vanish", s6(U, ext=[hbh(), dop(), rh(0)]),
    r4(U))
to6("SIIT-21 zero checksum is computed", s4(udp(data(33), csum="none")),
    r6(udp(data(33))), also={"udp_zero_computed": 1})
to4("SIIT-54 IPv6 UDP without checksum stays so", s6(udp(csum="none")),
    r4(udp(csum="none")), also={"udp_zero_forwarded": 1})
to4("M46T-11 bytes after PL are cut", s6(U) + bytes(18), anyttl(r4(U)), x=True)
to6("M46T-13 bytes after TL are cut", s4(U) + bytes(18), anyttl(r6(U)), x=True)

# ---- fragments ------------------------------------------------------------
W = udp(data(3000))


def f6(a, b, m=1, l4=W, **kw):
	return s6(Part(l4, a, b), ext=[fh(a // 8, m, 0xaabbccdd)], **kw)


def f4(a, b, mf=1, l4=W, **kw):
	return s4(Part(l4, a, b), off=a // 8, mf=mf, **kw)


to4("M46T-33 SIIT-46 fragments, each by itself, backwards",
    [f6(2000, 3008, 0), f6(1000, 2000), f6(0, 1000)],
    r4(Part(W, 2000, 3008), off=250, id=0xccdd),
    r4(Part(W, 1000, 2000), off=125, mf=1, id=0xccdd),
    r4(Part(W, 0, 1000), mf=1, id=0xccdd))
to6("M46T-33 SIIT-16 fragments, each by itself, backwards",
    [f4(2000, 3008, 0), f4(1000, 2000), f4(0, 1000)],
    r6(Part(W, 2000, 3008), ext=[fh(250, 0, 0x1234)]),
    r6(Part(W, 1000, 2000), ext=[fh(125, 1, 0x1234)]),
    r6(Part(W, 0, 1000), ext=[fh(0, 1, 0x1234)]))
none("M46T-33 SIIT-48 a fragment of ICMPv6", f6(0, 1000, l4=echo(body=data(3000))),
     "icmp_fragment")
none("M46T-33 SIIT-19 a fragment of ICMP", f4(0, 1000, l4=echo(body=data(3000))),
     "icmp_fragment")
none("M46T-33 SIIT-22 a first fragment of UDP without checksum",
     f4(0, 1000, l4=udp(data(3000), csum="none"), ttl=9), "udp_zero")

# ---- the IPv4 side of the plane -------------------------------------------
for a in ("10.0.0.1", "192.0.2.46", "203.0.113.255", "1.0.0.0",
	  "223.255.255.254"):
	if a.startswith(("192.0.2.", "203.0.113.")):
		to4("M46T-02 M46T-03 NAT64-03 to %s" % a, s6(U, d=a), r4(U, d=a))
	to6("M46T-02 M46T-03 M46T-30 NAT64-03 from %s" % a, s4(U, s=a),
	    r6(U, s=a))
to4("M46T-03 one IPv4 host, two clients: no more entries",
    [s6(U), s6(U, s=B), s6(U, s=C)], r4(U), r4(U, s=B4), r4(U, s=C4))
to6("M46T-23 a static entry outside the pools", s4(U, d=C4), r6(U, d=C))
for d in ("0.1.2.3", "127.0.0.1", "224.0.0.5", "239.1.2.3", "240.0.0.1",
	  "255.255.255.255"):
	none("M46T-19 ADDR-17 destination %s, from a host without entry" % d,
	     s6(U, s=N, d=d), "martian_destination|multicast")
for s in ("0.1.2.3", "127.0.0.1", "224.0.0.5", "240.0.0.1",
	  "255.255.255.255"):
	none("SIIT-09 source " + s, s4(U, s=s), "martian_source", x=True)

# ---- IPv4 has to be asked for ---------------------------------------------
for what, l4 in (("UDP", U), ("TCP SYN", tcp(flags=2)), ("echo request", echo())):
	p = s4(l4, d=FREE)
	err4("M46T-01 M46T-24 %s to an address that nobody has -> 3/1" % what, p,
	     unreach4(1, p), drop="no_entry")
for d in ("198.51.100.0", "198.51.100.255"):
	p = s4(U, d=d)
	err4("M46T-24 M46T-26 %s, which the pool never gives out -> 3/1" % d, p,
	     unreach4(1, p), drop="no_entry")
p = s4(U, d="9.9.9.9")
err4("NAT64-02 an address of no pool, routed here -> 3/1", p, unreach4(1, p),
     drop="no_entry")
none("M46T-24 ICMPGEN-04 a non-first fragment", f4(1000, 2000, d=FREE),
     "no_entry")
none("M46T-24 an ICMPv4 error",
     s4(icmp4(3, 1, 0, ip4(FREE, H, U)), d=FREE), "no_entry")

# ---- addresses that are not the plane's -----------------------------------
conf46t("m46t, more prefixes routed here", [POOL], HOSTS,
	own=["2001:db8:0:46::/64", "2001:db8:0:47::/64"])
none("M46T-28 another plane", s6(U, top="2001:db8:0:46:0:47::"), "wrong_plane")
none("M46T-28 another plane, a host without entry",
     s6(U, s=N, top="2001:db8:0:46:46::"), "wrong_plane")
p = s6(U, top="2001:db8:0:47::")
err6("NAT64-02 outside the prefix -> 1/1", p, unreach6(1, p),
     drop="not_own_prefix")
for s, what in ((m6(M, X), "the own plane"), (m6(M, A4), "a mapped address"),
		(m6("2001:db8:0:46:0:47::", X), "another plane"),
		(m6("64:ff9b::", "8.8.8.8"), "the Well-Known Prefix")):
	none("M46T-32 EAM-12 NAT64-05 source in %s" % what, ip6(s, m6(M, H), U),
	     "src_embedded")
	none("M46T-32 EAM-12 source in %s, to a host with entry" % what,
	     ip6(s, m6(M, A4), U), "src_embedded")
for s in ("::", "::1", "fe80::1", "ff02::1", "::ffff:192.0.2.1", "::192.0.2.1"):
	none("M46T-19 ADDR-17 source " + s, s6(U, s=s),
	     "martian_source|unmappable", x=True)

# ---- what must not make an entry ------------------------------------------
conf46t("m46t, hosts without entry", [POOL], HOSTS, mtu4=1400)
p = s6(U, s=N, hl=1)
err6("M46T-19 hop limit 1 -> 3/0", p, Error(3, 0, p, by_m46=False))
p = s6(raw(200, data(1460)), s=N)
err6("M46T-19 M46T-12 too big for IPv4 -> 2/0", p, Error(2, 0, p, 1420),
     drop="too_big")
p = s6(raw(1, echo().build(4, b"", b"")), s=N)
err6("M46T-19 next header 1", p, Maybe(unreach6(1, p)), drop="proto_is_exthdr")
p = s6(U, s=N, ext=[rh(1)])
err6("M46T-19 a routing header -> 4/0", p, Error(4, 0, p, 43),
     drop="routing_header")
none("M46T-19 UDP of 7 bytes", s6(raw(17, data(7)), s=N), "short_l4")
none("M46T-19 a fragment of ICMPv6",
     f6(0, 1000, l4=echo(body=data(3000)), s=N), "icmp_fragment")
none("M46T-19 a neighbour solicitation", s6(icmp6(135, 0, 0, data(20)), s=N),
     "icmp_unknown")
p = s6(U, s=N, d=FREE)
err6("M46T-19 M46T-31 to an address that nobody has -> 1/3", p, unreach6(3, p),
     drop="no_entry")
p = s6(echo(), s=N, d=FREE)
err6("M46T-31 the same in an echo request -> 1/3", p, unreach6(3, p),
     drop="no_entry")
none("M46T-31 ICMPGEN-05 the same in an ICMPv6 error",
     s6(icmp6(1, 4, 0, ip6(m6(M, FREE), A, U)), d=FREE), "no_entry")


# ---- errors ---------------------------------------------------------------

def e4(typ, code, word=0, quote=None, s=X, d=A4, **kw):
	"""An IPv4 router's error about what A sent to H."""
	return s4(icmp4(typ, code, word, quote or
			ip4(A4, H, U, ttl=60, id=0x7777)), s=s, d=d, **kw)


def x6(typ, code, word=0, s=X, l4=U, **kw):
	return r6(icmp6(typ, code, word, s6(l4, hl=60)), s=s, **kw)


def e6(typ, code, word=0, quote=None, s=CORE, **kw):
	"""An IPv6 router's error about what H sent to A."""
	return s6(icmp6(typ, code, word, quote or r6(U, hl=60)), s=s, **kw)


def x4(typ, code, word=0, s=T4, l4=U, **kw):
	return r4(icmp4(typ, code, word, ip4(H, A4, l4, ttl=60, id=ANY)), s=s,
		  **kw)


conf46t("m46t, errors", [POOL], HOSTS)
for t, c, w, t6, c6, w6 in ((3, 0, 0, 1, 0, 0), (3, 1, 0, 1, 0, 0),
			    (3, 2, 0, 4, 1, 6), (3, 3, 0, 1, 4, 0),
			    (3, 4, 1400, 2, 0, 1420), (3, 13, 0, 1, 1, 0),
			    (11, 0, 0, 3, 0, 0), (12, 0, 2 << 24, 4, 0, 4)):
	to6("M46T-34 ICMP-47 ICMPv4 %d/%d -> %d/%d from M+router" % (
		t, c, t6, c6), e4(t, c, w), x6(t6, c6, w6),
	    also={"error_46": 1})
to6("M46T-34 SIIT-09 a router of private or odd address",
    [e4(11, 0, s="10.9.9.9"), e4(11, 0, s="240.0.0.1")],
    x6(3, 0, s="10.9.9.9"), x6(3, 0, s="240.0.0.1"))
to6("M46T-34 ICMP-48 about an echo request",
    e4(3, 1, quote=ip4(A4, H, echo(), ttl=60)), x6(1, 0, l4=echo()))
none("M46T-34 a redirect", e4(5, 1), "icmp_unknown")
none("M46T-34 about a host that has no entry",
     e4(3, 1, quote=ip4(FREE, H, U)), "no_entry")
none("M46T-34 to a host that has no entry", e4(3, 1, d=FREE), "no_entry")
for t, c, w, t4, c4, w4 in ((1, 0, 0, 3, 1, 0), (1, 1, 0, 3, 10, 0),
			    (1, 4, 0, 3, 3, 0), (2, 0, 1400, 3, 4, 1380),
			    (3, 0, 0, 11, 0, 0), (4, 1, 0, 3, 2, 0),
			    (4, 0, 7, 12, 0, 8 << 24)):
	to4("M46T-35 ICMPv6 %d/%d of a router -> %d/%d from T, no entry" % (
		t, c, t4, c4), e6(t, c, w), x4(t4, c4, w4),
	    also={"error_64": 1, "error_source": 1})
to4("M46T-35 ICMPv6 1/4 of the host itself: its own address",
    e6(1, 4, s=A), x4(3, 3, s=A4), also={"error_source": 0})
to4("M46T-35 of another host with entry: its address", e6(1, 0, s=B),
    x4(3, 1, s=B4))
to4("M46T-35 ICMP-48 about an echo request", e6(1, 0, quote=r6(echo(), hl=60)),
    x4(3, 1, l4=echo()))
none("M46T-35 about a host that has no entry",
     e6(1, 0, quote=r6(U, d=N)), "no_entry")
none("M46T-35 about a packet not from the plane",
     e6(1, 0, quote=ip6(N, A, U)), "not_own_prefix")
to4("M46T-35 M46T-32 a router whose address embeds one: T's own",
    e6(3, 0, s=m6(M, X)), x4(11, 0))

conf46t("m46t, sources of errors", [POOL], HOSTS,
	opts="pool6791 203.0.113.64/32 icmp4-source 203.0.113.77")
to4("M46T-35 ICMP-57 RFC 6791 pool", e6(2, 0, 1400), x4(3, 4, 1380,
						       s="203.0.113.64"))
p = s4(U, d=FREE)
err4("M46T-24 ICMPGEN-07 icmp4-source", p, unreach4(1, p, src="203.0.113.77"),
     drop="no_entry")
conf46t("m46t, icmp4-source", [POOL], HOSTS, opts="icmp4-source 203.0.113.77")
to4("M46T-35 ICMP-57 icmp4-source", e6(2, 0, 1400), x4(3, 4, 1380,
						      s="203.0.113.77"))

# ---- entries that packets make --------------------------------------------
ONE = "198.51.100.2/32"
A2 = "198.51.100.2"
conf46t("m46t, one address", [ONE], opts="alloc-rate 0")
to4("M46T-10 the first packet makes an entry and passes", s6(U), r4(U, s=A2),
    table={A: A2 + " dynamic"})
to4("M46T-09 so does the second, by the same entry", s6(tcp(data(9))),
    r4(tcp(data(9)), s=A2))
to6("M46T-13 the answer", s4(U, d=A2), r6(U))
p = s6(U, s=B)
err6("M46T-18 NAT64-14 no address is left -> 1/3", p, unreach6(3, p),
     drop="pool_exhausted")
p = s6(echo(), s=B)
err6("M46T-18 also about an echo request -> 1/3", p, unreach6(3, p),
     drop="pool_exhausted")
to4("M46T-18 who has one keeps it", s6(U), r4(U, s=A2))
to4("NAT64-14 M46T-19 an ICMPv6 error makes no entry", e6(1, 4, s=N),
    r4(icmp4(3, 3, 0, ip4(H, A2, U, ttl=60, id=ANY)), s=T4))
add("M46T-22 deleted: silent for IPv4, kept from others, back for its host",
    [ctl("entry del %s dev m46" % A), s4(U, d=A2), s6(U, s=B), s6(U)],
    [unreach4(1, s4(U, d=A2)), r4(U, s=A2)], [unreach6(3, s6(U, s=B))],
    drop={"no_entry": 1, "pool_exhausted": 1})
p = s4(U, d=A2)
err4("M46T-24 M46T-22 a dormant entry -> 3/1", p, unreach4(1, p),
     drop="no_entry", ctl=["entry del %s dev m46" % A2],
     table={A: A2 + " dormant"})
none("M46T-34 M46T-22 an ICMPv4 error to it", e4(3, 1, d=A2), "no_entry")
none("M46T-35 M46T-22 an ICMPv6 error about it", e6(1, 0), "no_entry")
to4("M46T-21 M46T-22 its host has the same address again", s6(U), r4(U, s=A2),
    table={A: A2 + " dynamic"})

conf46t("m46t, reuse-early", [ONE], opts="alloc-rate 0 reuse-early on")
to4("M46T-22 reuse-early: a dormant address goes to another host",
    [s6(U), ctl("entry del %s dev m46" % A), s6(U, s=B)], r4(U, s=A2),
    r4(U, s=A2), table={B: A2 + " dynamic"})
p = s6(U)
err6("M46T-22 reuse-early: but not a live one", p, unreach6(3, p),
     drop="pool_exhausted")
conf46t("m46t, reuse-after 0", [ONE], opts="alloc-rate 0 reuse-after 0")
to4("M46T-22 reuse-after 0: at once", [s6(U), ctl("entry del %s dev m46" % A),
				       s6(U, s=B)], r4(U, s=A2), r4(U, s=A2),
    table={B: A2 + " dynamic"})
conf46t("m46t, a fragment comes first", [ONE])
to4("M46T-33 a non-first fragment makes an entry", f6(1000, 2000),
    r4(Part(W, 1000, 2000), s=A2, off=125, mf=1, id=0xccdd),
    table={A: A2 + " dynamic"})

conf46t("m46t, two addresses", ["198.51.100.2/31"])


def sources(*want):
	"""The packets have these sources, in any order."""
	def fn(packets):
		got = sorted(".".join(map(str, p[12:16])) for p in packets)
		return [] if got == sorted(want) else ["sources are %s" % got]
	return Each(fn, "sources " + " ".join(want))


to4("M46T-45 two addresses of one host: two entries",
    [s6(U), s6(U, s="2001:db8:1::a2")], sources("198.51.100.2", "198.51.100.3"),
    table={A: "198.51.100.[23] dynamic",
	   "2001:db8:1::a2": "198.51.100.[23] dynamic"})


# ---- which addresses a pool gives out -------------------------------------

def fill(name, pools, *addresses, **kw):
	"""One host each gets an address; one more gets none."""
	conf46t("m46t, pool " + ", ".join(pools), pools,
		opts="alloc-rate 0", **kw)
	hosts = ["2001:db8:9::%x" % i for i in range(1, len(addresses) + 2)]
	packets = [s6(U, s=h) for h in hosts]
	add("M46T-26 M46T-18 %s: %s" % (", ".join(pools), name), packets,
	    [sources(*addresses)], [unreach6(3, packets[-1])],
	    drop={"pool_exhausted": 1},
	    table={h: "198.51.100.* dynamic" for h in hosts[:-1]})


def net(*last):
	return ["198.51.100.%d" % i for i in last]


fill("a /30 has two", ["198.51.100.4/30"], *net(5, 6))
fill("a /31 has two", ["198.51.100.4/31"], *net(4, 5))
fill("a /32 has one", ["198.51.100.7/32"], *net(7))
fill("a /28 has fourteen", ["198.51.100.16/28"], *net(*range(17, 31)))
fill("excluded ones are not given out",
     ["198.51.100.0/28 exclude 198.51.100.4/30,198.51.100.9/32,198.51.100.14/31"],
     *net(1, 2, 3, 8, 10, 11, 12, 13))
fill("two pools", ["198.51.100.0/30", "198.51.100.8/30"], *net(1, 2, 9, 10))
fill("nor are addresses of static entries", ["198.51.100.8/29"],
     *net(9, 11, 12, 13, 14), entries=[A + " 198.51.100.10"])
fill("nor the machine's own, nor their broadcast address", ["198.51.100.0/28"],
     *net(1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13),
     routes=["address add 198.51.100.9/30 brd + dev t6",
	     "address add 198.51.100.14/32 dev lo"])

# ---- who may have one -----------------------------------------------------

def some(least, most=None):
	"""So many packets, whatever their sources."""
	def fn(packets):
		return [] if least <= len(packets) <= (most or least) else [
			"%d packets" % len(packets)]
	return Each(fn, "%d packets%s" % (least, most and " or a few more" or ""))


ONE_OF_POOL = "198.51.100.* dynamic"
conf46t("m46t, from", [POOL], [HOSTS[2]],
	opts="from 2001:db8:1::/48,2001:db8:2::b/128")
to4("M46T-19 from: a host of the prefix", s6(U), some(1),
    table={A: ONE_OF_POOL})
to4("M46T-19 from: the one host of the other", s6(U, s=B), some(1),
    table={B: ONE_OF_POOL})
for s in ("2001:db8:2::c", "2001:db8:0:ffff::1", N):
	p = s6(U, s=s)
	err6("M46T-19 from: %s may not -> 1/5" % s, p, unreach6(5, p),
	     drop="from")
to4("M46T-19 M46T-23 from: static entries need no permission", s6(U, s=C),
    r4(U, s=C4))

conf46t("m46t, max-per-64", [POOL], opts="alloc-rate 0 max-per-64 3")
hosts = ["2001:db8:7:7::%x" % (i * 0x1111) for i in range(1, 9)]
packets = [s6(U, s=h) for h in hosts]
add("M46T-20 a /64 gets 3 entries, then 1/3", packets, [some(3)],
    [unreach6(3, p) for p in packets[3:]], drop={"quota": 5},
    table={h: ONE_OF_POOL for h in hosts[:3]})
to4("M46T-20 another /64 gets its own", s6(U, s="2001:db8:7:8::1"), some(1),
    table={"2001:db8:7:8::1": ONE_OF_POOL})
p = packets[5]
err6("M46T-20 M46T-22 dormant ones count", p, unreach6(3, p), drop="quota",
     ctl=["entry del %s dev m46" % hosts[0]],
     table={hosts[0]: "198.51.100.* dormant"})

conf46t("m46t, alloc-rate", [POOL], opts="alloc-rate 5")
hosts = ["2001:db8:7:%x::1" % i for i in range(40)]
add("M46T-20 40 new hosts at once, 5 a second: the rest is silent",
    [s6(U, s=h) for h in hosts], [some(5, 12)], drop="",
    table={h: "*" for h in hosts})

# ---- timers ---------------------------------------------------------------
# A packet that restarts a timer sets it to the device's 7440 seconds.
OLD = "entry replace %s %s dev m46 dynamic expires 1000"


def timer(host, seconds):
	def fn(bed):
		got = bed.left(host)
		return [] if got and abs(got - seconds) < 2 else [
			"entry of %s has %s seconds left" % (host, got)]
	return fn


def fresh(call, name, *args, host=A, addr=A4, **kw):
	call(name, *args, ctl=[OLD % (host, addr)], fn=timer(host, 7440),
	     table={host: addr + " dynamic"}, **kw)


def stale(call, name, *args, host=A, addr=A4, **kw):
	call(name, *args, ctl=[OLD % (host, addr)], fn=timer(host, 1000),
	     table={host: addr + " dynamic"}, **kw)


conf46t("m46t, timers", [POOL], mtu4=1400, mtu6=1400)
fresh(to4, "M46T-13 IPv6 to IPv4 restarts the timer", s6(U), r4(U))
fresh(to6, "M46T-13 M46T-40 so does IPv4 to IPv6", s4(U), r6(U))
fresh(to4, "M46T-33 a non-first fragment does", f6(1000, 2000),
      r4(Part(W, 1000, 2000), off=125, mf=1, id=0xccdd))
fresh(to6, "M46T-33 a non-first fragment does", f4(1000, 2000),
      r6(Part(W, 1000, 2000), ext=[fh(125, 1, 0x1234)]))
fresh(to6, "M46T-13 a packet that is cut does", s4(raw(200, data(1300))),
      some(2))
p = s6(raw(200, data(1440)))
stale(err6, "M46T-12 too big does not", p, Error(2, 0, p, 1420),
      drop="too_big")
p = s4(raw(200, data(1370)), df=1)
stale(err4, "M46T-12 too big does not", p, unreach4(4, p, 1380),
      drop="too_big")
p = s6(U, hl=1)
stale(err6, "M46T-12 an expired hop limit does not", p,
      Error(3, 0, p, by_m46=False))
stale(none, "M46T-12 a packet that is dropped does not", s6(U, d="240.0.0.1"),
      drop="martian_destination")
stale(none, "M46T-12 a packet that is dropped does not",
      s4(U, s="240.0.0.1"), drop="martian_source", x=True)
p = s6(U, d=FREE)
stale(err6, "M46T-12 to an address that nobody has does not", p,
      unreach6(3, p), drop="no_entry")
stale(to6, "NAT64-14 M46T-34 an ICMPv4 error does not", e4(3, 1), x6(1, 0))
stale(to4, "NAT64-14 M46T-35 a router's ICMPv6 error does not", e6(1, 0),
      x4(3, 1))
stale(to4, "NAT64-14 M46T-35 nor does the host's own", e6(1, 4, s=A),
      x4(3, 3, s=A4))
stale(to4, "NAT64-14 50 errors", [e6(1, 4, s=A)] * 50,
      *[x4(3, 3, s=A4)] * 50)
GONE = "entry replace %s %s dev m46 dynamic expires 0" % (A, A4)
p = s4(U)
err4("M46T-14 M46T-24 M46T-47 past its deadline, not yet swept -> 3/1", p,
     unreach4(1, p), drop="no_entry", ctl=[GONE], table={A: A4 + " dormant"})
none("M46T-14 M46T-34 an ICMPv4 error then", e4(3, 1), "no_entry", ctl=[GONE],
     table={A: A4 + " dormant"})
to4("M46T-47 M46T-21 its host revives it, the same address", s6(U), r4(U),
    ctl=[GONE], table={A: A4 + " dynamic"}, fn=timer(A, 7440))
add("M46T-47 IPv4 does not, its host does, then IPv4 gets through",
    [s4(U), s6(U), s4(U)], [unreach4(1, s4(U)), r4(U)], [r6(U)],
    drop={"no_entry": 1}, ctl=[GONE], table={A: A4 + " dynamic"})

conf46t("m46t, a timer that is longer than the device's", [POOL],
	["%s %s dynamic expires 1000" % (A, A4)], opts="expires 100")
to6("M46T-16 it stays until the next refresh", e4(3, 1), x6(1, 0),
    fn=timer(A, 1000))
to4("M46T-16 which gives it the device's", s6(U), r4(U), fn=timer(A, 100))

conf46t("m46t, refresh-from-v4 off", [POOL], opts="refresh-from-v4 off")
fresh(to4, "M46T-40 refresh-from-v4 off: IPv6 to IPv4 restarts the timer",
      s6(U), r4(U))
stale(to6, "M46T-40 refresh-from-v4 off: IPv4 to IPv6 does not", s4(U), r6(U))

# ---- changes of entries ---------------------------------------------------
conf46t("m46t, entries change", [POOL], HOSTS[:2])
to4("M46T-39 M46T-23 entry replace: the new address at once",
    [s6(U), ctl("entry replace %s %s dev m46" % (A, FREE)), s6(U)],
    r4(U), r4(U, s=FREE), table={A: FREE + " static"})
add("M46T-39 the old one is nobody's", [s4(U), s4(U, d=FREE)],
    [unreach4(1, s4(U))], [r6(U)], drop={"no_entry": 1})
to6("M46T-39 entry replace: the address of another host",
    [s4(U, d=B4), ctl("entry replace %s %s dev m46" % (N, B4)), s4(U, d=B4)],
    r6(U, d=B), r6(U, d=N), table={B: None, N: B4 + " static"})
p = s4(U, d=B4)
err4("M46T-23 entry del", p, unreach4(1, p), drop="no_entry",
     ctl=["entry del %s dev m46" % N], table={N: None})

# ---- layouts of the prefix ------------------------------------------------
for what, words, top in (
	("M46T-29 m = 0", "2001:db8:122:344::/96", "2001:db8:122:344::"),
	("M46T-29 m = 0, plane 0", "2001:db8:122:344::/96 plane 0",
	 "2001:db8:122:344::"),
	("M46T-29 m = 32, plane 0", "2001:db8:0:46::/64", "2001:db8:0:46::"),
	("M46T-02 m = 64", "fd00:46::/32 plane 1:2:3:4", "fd00:46:1:2:3:4::"),
	("M46T-02 m = 16", "2001:db8:ab::/80 plane 65535",
	 "2001:db8:ab:0:0:ffff::"),
	("ADDR-18 a plane in bits 64-71",
	 "2001:db8:0:46::/64 plane 100:0", "2001:db8:0:46:100::"),
	("ADDR-03 allow-nonzero-u",
	 "fd9f:590a:b158:ffff:ffff::/96 allow-nonzero-u on",
	 "fd9f:590a:b158:ffff:ffff::"),
	("ADDR-13 part of 64:ff9b:1::/48",
	 "64:ff9b:1:abcd:0:5431::/96", "64:ff9b:1:abcd:0:5431::")):
	conf46t("m46t, prefix " + words, [POOL], HOSTS, prefix=words, top=top)
	to4("%s: %s" % (what, words), s6(tcp(data(9)), top=top),
	    r4(tcp(data(9))))
	to6("%s: %s" % (what, words), [s4(tcp(data(9))), s4(U, s="10.0.0.1")],
	    r6(tcp(data(9)), top=top), r6(U, s="10.0.0.1", top=top))

# ---- the well-known prefix ------------------------------------------------
WKP, W, V = "64:ff9b::", "203.0.114.33", "203.0.114.9"
conf46t("m46t, the well-known prefix", [POOL], HOSTS, prefix=WKP + "/96",
	top=WKP, opts="icmp6-source 2001:db8:ffff::46",
	mark=(W, K4, K, m6(WKP, W)),
	routes=["route add %s dev t4" % r for r in (
		"203.0.114.32/27", "203.0.114.9/32", "10.0.0.0/24")])
to4("ADDR-06 ADDR-07 a global destination", s6(U, d=W, top=WKP), r4(U, d=W))
to6("ADDR-06 ADDR-07 a global source", s4(U, s=W), r6(U, s=W, top=WKP))
for d in ("10.0.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", H):
	p = s6(U, s=N, d=d, top=WKP)
	err6("ADDR-07 M46T-30 destination %s -> 1/1" % d, p,
	     unreach6(1, p, src="2001:db8:ffff::46"), drop="wkp_private")
none("ADDR-07 ICMPGEN-02 the same in an echo request: silent",
     s6(echo(), s=N, d="10.0.0.1", top=WKP), "wkp_private")
p = s4(U, s="10.0.0.1")
err4("ADDR-07 M46T-30 source 10.0.0.1 -> 3/13", p, unreach4(13, p),
     drop="wkp_private")
to6("ADDR-08 an error from a private router: icmp6-source",
    e4(11, 0, s="10.0.0.9", quote=ip4(A4, W, U, ttl=60)),
    ip6("2001:db8:ffff::46", A, icmp6(3, 0, 0, s6(U, d=W, top=WKP, hl=60)),
	hl=63))
to6("ADDR-08 an error from a global router keeps its source",
    e4(11, 0, s=V, quote=ip4(A4, W, U, ttl=60)),
    ip6(m6(WKP, V), A, icmp6(3, 0, 0, s6(U, d=W, top=WKP, hl=60)), hl=63))
none("ADDR-08 an error about a packet that was never legal",
     e4(11, 0, s=V, quote=ip4(A4, "10.0.0.1", U)), "wkp_private")

# ---- T is a host ----------------------------------------------------------
conf46t("m46t, T is a host", [POOL], HOSTS)
to6("M46T-36 echo request to M+T: T answers", s6(echo(), d=T4),
    r6(echo(1), s=T4, hl=64))
to6("M46T-36 UDP to a closed port of M+T: T's error",
    s6(udp(dport=9), d=T4), Each(
	lambda got: [] if len(got) == 1 and got[0][6] == 58 and
	got[0][40:42] == b"" and got[0][8:24] == m6(M, T4) else
	["no port unreachable from M+T"], "1/4"))
conf46t("m46t, the pool is part of the link", [
	"192.0.2.0/24 exclude 192.0.2.32/27"], [A + " 192.0.2.10"],
	routes=["route add 192.0.2.10/32 dev m46"])
to6("M46T-36 M46T-26 echo request to M+T inside the pool: T answers",
    s6(echo(), d=T4), r6(echo(1), s=T4, hl=64))
to4("M46T-26 M46T-25 an excluded address is another host's", s6(U),
    r4(U, s="192.0.2.10"))
p = s6(U, d="192.0.2.99")
err6("M46T-31 one that nobody has -> 1/3", p, unreach6(3, p), drop="no_entry")
