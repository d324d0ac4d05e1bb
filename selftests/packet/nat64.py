# SPDX-License-Identifier: GPL-2.0
"""IPv6-only clients of an adpt device, whose NAT64 prefix is exchanged: ADPT-40..46.

    PA	one of the few IPv4 addresses that all clients share: A+PA is what
	NAT66 in front of the device makes of a client's own address
    N	the NAT64 prefix: for clients, R is N+R

A packet of a client, A+PA > N+R, leaves as A+PA > B+R; B+R > A+PA goes back as
N+R > A+PA.  Both come in and leave at t6: what is for A+PA goes into the device
where it comes from t6, and to t6 where the device or T itself sends it.
"""
from struct import pack, unpack

from bed import Skip, must, run
from build import (DATA_VALID, GSO_ECN, GSO_TCPV6, GSO_UDP_L4, Part, Vnet, a4,
		   a6, cut, data, dccp, dop, echo, ext, fh, hbh, icmp6, ip4,
		   ip6, m6, mk, pad, partial, poke, raw, rh, tcp, udp, udplite)
from icmp import CORE, R2
from match import T6, Alt, Each, Error, Exact, Maybe, Offloaded, diff
from offload import ALL, TSO, dgram, seg, uso
from table import (A, B, C, D, H, MAIN, R, add, anyttl, conf, confe, err6, i4,
		   i6, none, o4, o6, to4, to6, unreach6)

U = udp(b"m46!")
POOL, PA, PB = "192.0.2.192/28", "192.0.2.200", "192.0.2.207"
GUA = "2001:db8:c11::1"		# a client as it is called at home


def rfc6052(prefix, length, v4, u=0, suffix=0):
	"""RFC 6052 2.2; u: bits 64 to 71, suffix: what comes behind."""
	v4, p = a4(v4), a6(prefix)[:length // 8]
	if length == 96:
		return p[:12] + v4
	n = 8 - len(p)		# bytes of the address before octet u
	tail = v4[n:]
	rest = 16 - 9 - len(tail)
	return p + v4[:n] + bytes([u]) + tail + (
		suffix.to_bytes(rest, "big") if rest else b"")


PREFIXES = [("fd64:46::", 32), ("fd64:46:100::", 40), ("fd64:46:122::", 48),
	    ("fd64:46:122:300::", 56), ("fd64:46:122:344::", 64),
	    ("fd64:46:122:344::", 96)]
N = "fd64:46:122:344::"


class Prefix:
	"""Packets about one NAT64 prefix."""

	def __init__(self, prefix=N, length=96):
		self.prefix, self.length = prefix, length

	def __str__(self):
		return "%s/%d" % (self.prefix, self.length)

	def at(self, v4, **kw):
		return rfc6052(self.prefix, self.length, v4, **kw)

	def req(self, l4=U, s=PA, d=R, **kw):
		"""From a client."""
		return ip6(m6(A, s), self.at(d), l4, **kw)

	def rep(self, l4=U, s=R, d=PA, hl=63, **kw):
		"""What a client gets."""
		return ip6(self.at(s), m6(A, d), l4, hl=hl, **kw)


def across(l4=U, s=PA, d=R, dp=B, hl=63, **kw):
	"""What leaves towards the other edge."""
	return ip6(m6(A, s), m6(dp, d), l4, hl=hl, **kw)


def back(l4=U, s=R, d=PA, sp=B, **kw):
	"""What comes from there."""
	return ip6(m6(sp, s), m6(A, d), l4, **kw)


def home(bed):
	"""Only from t6 does the pool lead into the device."""
	rule = ("iif", "t6", "to", "2001:db8:a::c000:2c0/124", "lookup", "66")
	must("ip", "-6", "rule", "add", *rule)
	bed.extra.append("env ip -6 rule del " + " ".join(rule))


ROUTES = ["route add 2001:db8:a::c000:2c0/124 dev t6",
	  "route add 2001:db8:a::/96 dev m46 table 66"]


def nat64(name, n, *more, make=conf, opts="", pool=POOL, prefix=A + "/96",
	  routes=(), own=None, **kw):
	make(name, prefix, *(MAIN[1:] + more),
	     opts=("nat64 %s nat64-pool %s %s" % (n, pool, opts)).rstrip(),
	     own=[A + "/96", str(n)] if own is None else own, needs=home,
	     routes=ROUTES + list(routes), **kw)


def both(row, what, l4, ins={}, outs={}, also=None, sums=True):
	"""One message each way; ins, outs: words of the IPv6 headers."""
	for n, (p, q) in enumerate((
		(P.req(l4, **ins), across(l4, **outs)),
		(back(l4, **ins), P.rep(l4, **outs)))):
		to6("%s %s, %s" % (row, what, ("to the egress", "to the client")[
			n]), p, Exact(q, sums), also={"nat64": 1, **(also or {})})


def zero(make, src, dst, value):
	"""A message whose checksum is `value` between src and dst."""
	for w in range(0x10000):
		l4 = make(pack("!H", w) + b"m4")
		b = l4.build(6, src, dst)
		if b[l4.at:l4.at + 2] == value:
			return l4
	raise ValueError("no such message")


# ---- the six lengths ------------------------------------------------------
ALL_ALIKE = {"translated_46": 0, "translated_64": 0, "encapsulated": 0}
for prefix, length in PREFIXES:
	P = Prefix(prefix, length)
	nat64("nat64, a /%d" % length, P, "9.9.9.0/24 via %s/96" % C,
	      "10.0.0.0/8 via %s/48" % D)
	for what, l4 in (("UDP", U), ("TCP", tcp(data(101))),
			 ("an echo request", echo()),
			 ("an echo reply", echo(1)),
			 ("protocol 200", raw(200, data(40)))):
		both("ADPT-40 ADPT-43 ADPT-45", "%s over a /%d" % (what, length),
		     l4, also=ALL_ALIKE)
	for d, dp in (("9.9.9.9", C), ("10.255.0.1", D),
		      ("198.51.100.255", B), ("198.51.100.0", B)):
		to6("ADPT-40 %s over a /%d: the prefix of its rule" % (d, length),
		    P.req(d=d), across(d=d, dp=dp), also={"nat64": 1})
		to6("ADPT-43 %s over a /%d: back under the NAT64 prefix" % (
			d, length), back(s=d, sp=dp), P.rep(s=d),
		    also={"nat64": 1})
	if length < 96:
		rest = (16 - 9 - (length + 32 - 64) // 8) * 8
		to6("ADPT-40 ADDR-02 bits 64 to 71 and what follows the address "
		    "do not matter, /%d" % length, [
			    ip6(m6(A, PA), P.at(R, u=u, suffix=s), U)
			    for u, s in ((1, 0), (0xff, 0), (0, 1),
					 (0x80, (1 << rest) - 1))],
		    *[across()] * 4, also={"nat64": 4})
	p = P.req(d="8.8.8.8")
	err6("ADPT-44 no rule, /%d -> 1/0" % length, p, unreach6(0, p),
	     drop="no_rule", also={"nat64": 0})

# ---- headers --------------------------------------------------------------
P = Prefix()
nat64("nat64", P, "9.9.9.0/24 via %s/96" % C)
both("ADPT-42", "traffic class and flow label are kept", U,
     {"tc": 0xba, "fl": 0x12345}, {"tc": 0xba, "fl": 0x12345})
both("ADPT-42", "hop limit 255 -> 254", U, {"hl": 255}, {"hl": 254})
both("ADPT-42", "hop limit 2 -> 1", U, {"hl": 2}, {"hl": 1})
p = back(hl=1)
err6("ADPT-42 hop limit 1 -> 3/0", p, Error(3, 0, p, by_m46=False),
     also={"nat64": 0})
for what, e in (("hop-by-hop options", [hbh()]),
		("destination options", [dop(24)]),
		("a routing header with no segments left", [rh(0)]),
		("all of them", [hbh(), dop(16), rh(0), dop()]),
		("an atomic fragment header", [fh(0, 0, 0x12345678)])):
	for t, l4 in (("UDP", U), ("TCP", tcp(data(9))), ("echo", echo())):
		both("ADPT-42", "%s behind %s" % (t, what), l4, {"ext": e},
		     {"ext": e})
p = P.req(ext=[rh(1)])
err6("ADPT-42 SIIT-43 a routing header -> 4/0", p, Error(4, 0, p, 43),
     drop="routing_header")
for what, l4 in (("TCP of 1440 bytes", tcp(data(1440))),
		 ("UDP of an odd length", udp(data(777))),
		 ("TCP without data", tcp()), ("UDP without data", udp(b"")),
		 ("TCP SYN", tcp(flags=2, opts=b"\2\4\5\xb4")),
		 ("UDP-Lite", udplite()), ("UDP-Lite, 8 bytes covered",
					   udplite(cover=8)),
		 ("DCCP", dccp(data(8))), ("SCTP", raw(132, data(40))),
		 ("ESP", raw(50, data(60))), ("AH", raw(51, data(24))),
		 ("next header 59", raw(59)), ("protocol 4", raw(4, i4(U))),
		 ("protocol 41", raw(41, i6(U))), ("GRE", raw(47, data(30)))):
	both("ADPT-42", what, l4)
for what, l4 in (("UDP", udp(off=0x1111)), ("TCP", tcp(off=0x1111)),
		 ("an echo request", echo(off=0x1111))):
	both("ADPT-42", what + ", a wrong checksum stays as wrong", l4,
	     sums=False)
both("ADPT-42 SIIT-54", "UDP without checksum stays so", udp(csum="none"))
both("ADPT-42", "echo request with code 5", echo(code=5))
both("ADPT-42", "echo request of 1400 bytes", echo(body=data(1400)))
Q, F = m6(A, PA), m6(B, R)
l4 = zero(udp, Q, F, b"\xff\xff")
to6("ADPT-42 SIIT-54 a UDP checksum that becomes 0 is sent as 0xffff",
    P.req(l4), across(l4))
l4 = zero(udp, P.at(R), Q, b"\xff\xff")
to6("ADPT-42 SIIT-54 the same to the client", back(l4), P.rep(l4))
l4 = zero(udp, Q, P.at(R), b"\xff\xff")
to6("ADPT-42 SIIT-54 a UDP checksum that was 0xffff", P.req(l4), across(l4))
l4 = zero(tcp, Q, F, b"\0\0")
q = across(l4)
to6("ADPT-42 a TCP checksum that becomes 0 is 0 or 0xffff", P.req(l4),
    Alt(q, Exact(mk(poke(q, 56, b"\xff\xff")))))
l4 = zero(tcp, Q, P.at(R), b"\0\0")
to6("ADPT-42 a TCP checksum that was 0", P.req(l4), across(l4))
l4 = zero(lambda b: echo(body=b), Q, P.at(R), b"\0\0")
to6("ADPT-42 an ICMPv6 checksum that was 0", P.req(l4), across(l4))
W, T, E = udp(data(3000)), tcp(data(3000)), echo(body=data(3000))
for what, l4 in (("UDP", W), ("TCP", T), ("an echo request", E),
		 ("protocol 200", raw(200, data(3000)))):
	for part, (a, b) in (("the first", (0, 1000)), ("a middle",
							(1000, 2000)),
			     ("the last", (2000, 3000))):
		e = [fh(a // 8, b < 3000, 0x12345678)]
		both("ADPT-42", "%s fragment of %s" % (part, what),
		     Part(l4, a, b), {"ext": e}, {"ext": e})
z = Part(udp(data(3000), csum="none"), 0, 1000)
both("ADPT-42", "a first fragment of UDP without checksum", z,
     {"ext": [fh(0, 1, 7)]}, {"ext": [fh(0, 1, 7)]})
none("ADPT-42 SIIT-20 a first fragment without the TCP checksum",
     P.req(Part(T, 0, 16), ext=[fh(0, 1, 7)]),
     "tiny_fragment|short_l4|bad_fragment")
none("ADPT-42 SIIT-60 4 bytes of UDP", P.req(raw(17, data(4))), "short_l4")
none("ADPT-42 SIIT-60 12 bytes of TCP", P.req(raw(6, data(12))), "short_l4")
to6("ADPT-42 1500 bytes pass: nothing grows",
    [P.req(raw(200, data(1460))), back(raw(200, data(1460)))],
    across(raw(200, data(1460))), P.rep(raw(200, data(1460))))
to6("ADPT-42 bytes after PL are cut", P.req() + bytes(18), anyttl(across()),
    x=True)
to6("ADPT-42 order is kept", [P.req(udp(pack("!H", i))) for i in range(50)],
    *[across(udp(pack("!H", i))) for i in range(50)], also={"nat64": 50})
to6("ADPT-40 every address of the pool",
    [P.req(s="192.0.2.%d" % n) for n in range(192, 208)],
    *[across(s="192.0.2.%d" % n) for n in range(192, 208)],
    also={"nat64": 16})
to6("ADPT-43 every address of the pool",
    [back(d="192.0.2.%d" % n) for n in range(192, 208)],
    *[P.rep(d="192.0.2.%d" % n) for n in range(192, 208)], also={"nat64": 16})

# ---- what is refused ------------------------------------------------------
for what, p in (("a client's own address", ip6(GUA, P.at(R), U)),
		("a mapped address of another edge", ip6(m6(B, R), P.at(
			"198.51.100.9"), U)),
		("an address in the core", ip6(CORE, P.at(R), U)),
		("ADPT-46 what a CLAT has", ip6("2001:db8:aaaa::c0a8:102",
						P.at(R), U))):
	err6("ADPT-43 ADPT-46 source is no pool address: %s -> 1/5" % what, p,
	     unreach6(5, p), drop="nat64_src", also={"nat64": 0})
for a in ("192.0.2.191", "192.0.2.208", H):
	none("ADPT-43 source %s is not in the pool" % a, P.req(s=a), "",
	     also={"nat64_src": 1, "nat64": 0})
p = ip6(GUA, P.at(R), echo())
err6("ADPT-43 ICMPGEN-02 not in the pool, an echo request", p,
     Maybe(unreach6(5, p)), drop="nat64_src")
p = P.req(echo(), d="8.8.8.8")
err6("ADPT-44 ICMPGEN-02 no rule, an echo request", p, Maybe(unreach6(0, p)),
     drop="no_rule")
none("ADPT-43 not in the pool, an ICMPv6 error: silent",
     ip6(GUA, P.at(R), icmp6(1, 0, 0, P.rep())), "nat64_src")
none("ADPT-44 no rule, an ICMPv6 error: silent",
     P.req(icmp6(1, 0, 0, P.rep(s="8.8.8.8")), d="8.8.8.8"), "no_rule")
none("ADPT-43 ADPT-47 from another edge's prefix", back(sp=C), "adpt_src",
     also={"nat64": 0})
none("ADPT-43 ADPT-47 from an address that no rule covers",
     back(s="8.8.8.8"), "adpt_src")
none("ADPT-43 ADPT-47 from an unmapped address",
     ip6(CORE, m6(A, PA), U), "adpt_src")
none("ADPT-43 ADPT-47 the same in an echo request",
     ip6(CORE, m6(A, PA), echo()), "adpt_src")
none("ADPT-43 from the own prefix", ip6(m6(A, H), m6(A, PA), U), "adpt_src")
to4("ADPT-43 what is not for the pool becomes IPv4", i6(U), o4(U),
    also={"nat64": 0, "translated_64": 1})
to6("ADPT-40 IPv4 hosts are as before", i4(U), o6(U), also={"nat64": 0})
none("ADPT-48 and other destinations refused as before", i6(U, d="10.1.1.1"),
     "dst_not_local")

# ---- ICMPv6 errors --------------------------------------------------------


def err(typ, code, word, quote, length=None):
	return icmp6(typ, code, word, quote, length)


def q_out(l4=U, dp=B, d=R, **kw):
	"""What a client sent, as quoted behind us and as the client knows it."""
	return across(l4, d=d, dp=dp, hl=55, **kw), P.req(l4, d=d, hl=55, **kw)


def q_in(l4=U, s=R, sp=B, **kw):
	"""What a client got, as it quotes it and as the core knows it."""
	return P.rep(l4, s=s, hl=55, **kw), back(l4, s=s, sp=sp, hl=55, **kw)


ERRORS = [(1, c, 0) for c in range(7)] + [
	(2, 0, 1400), (2, 0, 1280), (2, 0, 9000), (3, 0, 0), (3, 1, 0),
	(4, 0, 6), (4, 1, 40), (4, 2, 48)]
for t, c, w in ERRORS:
	core, client = q_out()
	to6("ADPT-42 ICMPv6 %d/%d [%d] from a mapped router" % (t, c, w),
	    back(err(t, c, w, core), s=R2), P.rep(err(t, c, w, client), s=R2),
	    also={"nat64": 1, "error_64": 0})
	to6("ADPT-42 ICMPv6 %d/%d [%d] from a router in the core, whose source "
	    "is kept" % (t, c, w),
	    ip6(CORE, m6(A, PA), err(t, c, w, core)),
	    ip6(CORE, m6(A, PA), err(t, c, w, client), hl=63),
	    also={"nat64": 1})
	client, core = q_in()
	to6("ADPT-42 ICMPv6 %d/%d [%d] from a client" % (t, c, w),
	    P.req(err(t, c, w, client)), across(err(t, c, w, core)),
	    also={"nat64": 1})
for what, l4 in (("TCP", tcp(data(60))), ("an echo request", echo()),
		 ("an echo reply", echo(1)), ("protocol 200", raw(200, data(9))),
		 ("UDP without checksum", udp(csum="none")),
		 ("UDP, its checksum wrong", udp(off=0x1111)),
		 ("a first fragment", None), ("a fragment with an offset", None),
		 ("extension headers", None)):
	kw = {}
	if what == "a first fragment":
		l4, kw = Part(W, 0, 400), {"ext": [fh(0, 1, 77)]}
	elif what == "a fragment with an offset":
		l4, kw = Part(W, 400, 800), {"ext": [fh(50, 1, 77)]}
	elif what == "extension headers":
		l4, kw = U, {"ext": [hbh(), dop(16)]}
	core, client = q_out(l4, **kw)
	to6("ADPT-42 an error that quotes " + what,
	    back(err(1, 4, 0, core)), P.rep(err(1, 4, 0, client)))
	client, core = q_in(l4, **kw)
	to6("ADPT-42 a client's error that quotes " + what,
	    P.req(err(1, 4, 0, client)), across(err(1, 4, 0, core)))
for n in (40, 44, 48, 60):
	core, client = q_out(tcp(data(500)))
	to6("ADPT-42 an error that quotes %d bytes" % n,
	    back(err(3, 0, 0, cut(core, 0, n))),
	    P.rep(err(3, 0, 0, cut(client, 0, n))))
core, client = q_out(udp(data(1192)))
to6("ADPT-42 an error of 1280 bytes", back(err(2, 0, 1280, cut(core, 0, 1232))),
    P.rep(err(2, 0, 1280, cut(client, 0, 1232))))
core, client = q_out(udp(data(300)))
to6("ADPT-42 ICMP-54 RFC 4884 extensions are kept",
    back(err(1, 3, 0, pad(cut(core, 0, 128), 128) + ext(), 16)),
    P.rep(err(1, 3, 0, pad(cut(client, 0, 128), 128) + ext(), 16)))
core, client = q_out(d="9.9.9.9", dp=C)
to6("ADPT-42 the quoted destination is of another edge than the router",
    back(err(1, 0, 0, core), s=R2), P.rep(err(1, 0, 0, client), s=R2))
none("ADPT-42 ICMP-60 a wrong ICMPv6 checksum", back(icmp6(
	1, 0, 0, core, off=0x1111)), "bad_icmp_csum")
for n in (0, 8, 39):
	none("ADPT-42 an error that quotes %d bytes" % n, back(err(
		1, 0, 0, cut(core, 0, n))), "short_error|bad_quote")
for what, q in (("another edge's prefix", across(dp=C)),
		("a source outside the pool", ip6(m6(A, H), m6(B, R), U)),
		("the client's own address", ip6(GUA, m6(B, R), U)),
		("a destination without mapping", ip6(m6(A, PA), CORE, U))):
	add("ADPT-43 ICMP-47 a forged error, quoting %s: not passed off as the "
	    "client's" % what, back(err(1, 0, 0, q)),
	    out6=[Each(lambda got: ["a NAT64 address in " + p.hex()
				    for p in got if a6(N)[:12] in p[48:]],
		       "no address of the NAT64 prefix in the quote")], drop="")

# ---- the other settings ---------------------------------------------------
def sealed(l4=U, s=R, d=PA, sp=B, ext=(), **kw):
	"""From an edge that encapsulates, as it does for IPv4 hosts."""
	return ip6(m6(sp, s), m6(A, d), raw(4, ip4(s, d, l4, **kw)), ext=ext)


for what, l4 in (("UDP", U), ("TCP", tcp(data(300))), ("an echo reply", echo(1)),
		 ("protocol 200", raw(200, data(40)))):
	to6("ADPT-43 ADPT-11 %s, encapsulated by its edge: translated here" % what,
	    sealed(l4), P.rep(l4), also={"decapsulated": 1})
to6("ADPT-43 ADPT-11 encapsulated, TOS 0x28 and a limit option",
    sealed(U, tos=0x28, ext=[dop()]), P.rep(U, tc=0x28))
none("ADPT-43 ADPT-47 encapsulated, from another edge's prefix", sealed(sp=C),
     "adpt_src", also={"nat64": 0})
none("ADPT-43 ADPT-49 ENC-19 encapsulated, a wrong inner checksum",
     sealed(csum4=1), "bad_ip4_header|adpt_mismatch", also={"nat64": 0})
nat64("nat64, method encap", P, make=confe)
both("ADPT-12 ADPT-45", "method encap: still exchanged", tcp(data(50)),
     also={"encapsulated": 0})
both("ADPT-12", "method encap: an echo request", echo(),
     also={"encapsulated": 0})
to6("ADPT-12 method encap: IPv4 hosts are encapsulated", i4(U),
    o6(raw(4, i4(U, ttl=63)), hl=64), also={"encapsulated": 1})
nat64("nat64, a rule with method encap", P, "9.9.9.0/24 via %s/96 method encap"
      % C)
to6("ADPT-12 a rule with method encap: still exchanged", P.req(d="9.9.9.9"),
    across(d="9.9.9.9", dp=C), also={"encapsulated": 0})
nat64("nat64, peer-method encap", P, opts="peer-method encap", make=confe)
none("ADPT-37 ADPT-43 peer-method encap: not encapsulated, to a client", back(),
     "adpt_mismatch", also={"nat64": 0})
to6("ADPT-37 ADPT-43 peer-method encap: encapsulated, to a client", sealed(),
    P.rep(), also={"decapsulated": 1})
to6("ADPT-37 ADPT-40 peer-method encap: what a client sends", P.req(), across())
nat64("nat64, tos-ignore", P, opts="tos-ignore on tos-override 16 tclass 32")
both("ADPT-42", "tos-ignore, tos-override, tclass are not for it", U,
     {"tc": 0xb8}, {"tc": 0xb8})
# An outer header that could be taken for one of IPv4: "header length" 5, TCP, and
# a flow label of which the ten words have a good sum and the length is short enough.
LOOKS4 = "2a06:6c54::"


def looks4():
	p = bytes(ip6(m6(LOOKS4, "9.9.9.9"), m6(A, PA),
		      raw(4, ip4("9.9.9.9", PA, U)), tc=0x50))
	words = unpack("!10H", p[:7] + bytes([p[7] - 1]) + p[8:20])
	return poke(p, 2, pack("!H", -sum(words) % 0xffff))


nat64("nat64, an edge that looks like IPv4", P, "9.9.9.0/24 via %s/96" % LOOKS4)
for n in (1, 2):
	to6("ADPT-43 ADPT-11 encapsulated, looks like IPv4, packet %d" % n, looks4(),
	    P.rep(U, s="9.9.9.9"), also={"decapsulated": 1})
nat64("nat64, source-check off", P, opts="source-check off")
to6("ADPT-43 ADPT-47 off: from another edge's prefix", back(sp=C), P.rep())
nat64("nat64, source-check loose", P, "9.9.9.0/24 via %s/96" % C,
      opts="source-check loose")
to6("ADPT-43 ADPT-47 loose: from another edge's prefix", back(sp=C), P.rep())
none("ADPT-43 ADPT-47 loose: from a prefix that no rule has", back(sp=D),
     "adpt_src")
nat64("nat64, several pools", P,
      pool="192.0.2.192/28,192.0.2.64/32,203.0.113.0/30",
      routes=["route add 2001:db8:a::cb00:7100/126 dev t6",
	      "route add 2001:db8:a::c000:240/128 dev t6"])
to6("ADPT-41 several pools", [P.req(s=a) for a in (PA, "192.0.2.64",
						    "203.0.113.3")],
    *[across(s=a) for a in (PA, "192.0.2.64", "203.0.113.3")])
none("ADPT-41 and none beside them", [P.req(s="192.0.2.65"),
				      P.req(s="203.0.113.4")], "",
     also={"nat64_src": 2})
nat64("nat64, icmp6-errors never", P, opts="icmp6-errors never")
none("ADPT-44 ICMPGEN-03 icmp6-errors never", P.req(d="8.8.8.8"), "no_rule")
none("ADPT-43 ICMPGEN-03 icmp6-errors never", ip6(GUA, P.at(R), U),
     "nat64_src")
nat64("nat64, icmp6-source", P, opts="icmp6-source 2001:db8:ffff::46")
p = P.req(d="8.8.8.8")
err6("ADPT-44 ICMPGEN-07 icmp6-source", p,
     unreach6(0, p, src="2001:db8:ffff::46"), drop="no_rule")
nat64("nat64, default rule", P, "0.0.0.0/0 via %s/96" % D)
to6("ADPT-40 ADPT-25 the default egress", P.req(d="8.8.8.8"),
    across(d="8.8.8.8", dp=D))
to6("ADPT-43 ADPT-25 and back", back(s="8.8.8.8", sp=D), P.rep(s="8.8.8.8"))
for d in ("0.1.2.3", "127.0.0.1", "240.1.1.1", "255.255.255.255",
	  "224.0.1.1", "239.1.1.1"):
	none("ADPT-40 ADPT-49 destination " + d, P.req(d=d),
	     "martian_destination|multicast")
	none("ADPT-43 ADPT-49 source " + d, back(s=d, sp=D),
	     "martian_source|multicast")
nat64("nat64, mapping prefixes of other lengths", P,
      "9.9.9.0/24 via 2001:db8:c::/48", "8.8.8.0/24 via 2001:dbd::/32")
to6("ADPT-40 ADPT-20 the address is in the last 32 bits",
    [P.req(d="9.9.9.9"), P.req(d="8.8.8.8")], across(d="9.9.9.9", dp=C),
    across(d="8.8.8.8", dp="2001:dbd::"))
to6("ADPT-43 ADPT-20 and back", [back(s="9.9.9.9", sp=C),
				 back(s="8.8.8.8", sp="2001:dbd::")],
    P.rep(s="9.9.9.9"), P.rep(s="8.8.8.8"))
none("ADPT-43 ADPT-22 non-zero bits between", ip6(
	"2001:db8:c:0:1::909:909", m6(A, PA), U), "adpt_reserved|adpt_src")


def dev_set(*lines):
	return ["dev set m46 " + x for x in lines]


nat64("nat64, changes", P)
to6("ADPT-40 before", P.req(), across())
err6("ADPT-40 dev set nat64-pool: another pool", P.req(),
     unreach6(5, P.req()), ctl=dev_set("nat64-pool 192.0.2.64/28"),
     drop="nat64_src")
p = P.req()
err6("ADPT-40 dev set nat64 none: nobody's prefix", p, unreach6(1, p),
     ctl=dev_set("nat64 none nat64-pool none"), drop="not_own_prefix")
to4("ADPT-40 and the pool's addresses are IPv4 hosts", back(d=PA), o4(U, d=PA))
to6("ADPT-40 and set again", P.req(), across(),
    ctl=dev_set("nat64 %s nat64-pool %s" % (P, POOL)))

# ---- the well-known prefix ------------------------------------------------
P = Prefix("64:ff9b::", 96)
nat64("nat64, the well-known prefix", P, "0.0.0.0/0 via %s/96" % D)
to6("ADPT-40 ADDR-06 the well-known prefix", P.req(d="8.8.8.8"),
    across(d="8.8.8.8", dp=D))
to6("ADPT-43 ADDR-06 the well-known prefix", back(s="8.8.8.8", sp=D),
    P.rep(s="8.8.8.8"))
for d in ("10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1",
	  "169.254.1.1", "198.18.0.1"):
	p = P.req(d=d)
	err6("ADPT-44 ADDR-07 the well-known prefix, destination %s -> 1/1" % d,
	     p, unreach6(1, p), drop="wkp_private", also={"nat64": 0})
	p = back(s=d, sp=D)
	err6("ADPT-44 ADDR-07 the well-known prefix, source %s -> 1/1" % d, p,
	     unreach6(1, p), drop="wkp_private", also={"nat64": 0})
none("ADPT-44 ADDR-07 in an ICMPv6 error: silent",
     P.req(icmp6(1, 0, 0, P.rep(s="10.0.0.1")), d="10.0.0.1"), "wkp_private")
to6("ADDR-08 the source of an error from a private router", back(
	icmp6(3, 0, 0, across(d="8.8.8.8", dp=D, hl=1)), s="10.0.0.1", sp=D),
    Each(lambda got: [] if len(got) < 2 and not any(
	    p[8:24] == m6("64:ff9b::", "10.0.0.1") for p in got) else
	 ["64:ff9b::10.0.0.1 is told"], "no private well-known address"),
    drop="")
nat64("nat64, wkp-strict off", P, "0.0.0.0/0 via %s/96" % D,
      opts="wkp-strict off")
to6("ADPT-44 ADDR-07 wkp-strict off", [P.req(d="10.0.0.1"),
				       back(s="10.0.0.1", sp=D)],
    across(d="10.0.0.1", dp=D), P.rep(s="10.0.0.1"))
P = Prefix("64:ff9b:1:fffe::", 96)
nat64("nat64, 64:ff9b:1::/48", P, "0.0.0.0/0 via %s/96" % D)
to6("ADPT-40 ADPT-44 ADDR-13 64:ff9b:1::/48 with private addresses",
    [P.req(), P.req(d="10.0.0.1"), back(s="10.0.0.1", sp=D)],
    across(), across(d="10.0.0.1", dp=D), P.rep(s="10.0.0.1"))
P = Prefix()
nat64("nat64, mapping prefixes that are the well-known one", P,
      "0.0.0.0/0 via 64:ff9b::/96")
p = P.req(d="10.0.0.1")
err6("ADPT-44 ADDR-07 a well-known mapping prefix, destination 10.0.0.1 -> 1/1",
     p, unreach6(1, p), drop="wkp_private")
to6("ADPT-40 ADDR-06 a well-known mapping prefix", P.req(d="8.8.8.8"),
    across(d="8.8.8.8", dp="64:ff9b::"))

# ---- checksum states and super-packets ------------------------------------


def tcps(make, n, size, gso=GSO_TCPV6, flags=0x18, **kw):
	return partial(make(tcp(data(n * size), csum="seed", flags=flags), **kw),
		       20, 16, gso, size)


def udps(make, n, size):
	return partial(make(udp(data(n * size), csum="seed")), 8, 6, GSO_UDP_L4,
		       size)


OPEN = udp(data(99), csum="seed")
nat64("nat64, no offloads", P)
for what, ins, outs in (("to the egress", P.req, across),
			("to the client", back, P.rep)):
	to6("KERN-01 ADPT-42 partial UDP checksum, resolved, " + what,
	    partial(ins(OPEN), 8, 6), outs(udp(data(99))))
	to6("KERN-01 ADPT-42 partial TCP checksum, resolved, " + what,
	    partial(ins(tcp(data(99), csum="seed")), 20, 16),
	    outs(tcp(data(99))))
	to6("KERN-01 ADPT-42 partial ICMPv6 checksum, resolved, " + what,
	    partial(ins(echo(csum="seed")), 8, 2), outs(echo()))
	to6("KERN-01 ADPT-42 a checksum known to be good, " + what,
	    Vnet(ins(tcp(data(9))), DATA_VALID), outs(tcp(data(9))))
	to6("KERN-02 ADPT-42 TCP super-packet leaves as 10 segments, " + what,
	    tcps(ins, 10, 1440), *[outs(seg(10, 1440, k)) for k in range(10)])
nat64("nat64, offloads", P, offload6=TSO)
for what, ins, outs in (("to the egress", P.req, across),
			("to the client", back, P.rep)):
	to6("KERN-01 ADPT-42 partial UDP checksum stays partial, " + what,
	    partial(ins(OPEN), 8, 6), Offloaded(partial(outs(OPEN), 8, 6)))
	for n, k in ((10, 1440), (45, 1400), (2, 500)):
		to6("KERN-02 ADPT-42 TCP super-packet of %d * %d stays one, %s" % (
			n, k, what), tcps(ins, n, k),
		    Offloaded(tcps(outs, n, k)), also={"nat64": 1})
	to6("KERN-02 ADPT-42 TCP super-packet with CWR, " + what,
	    tcps(ins, 3, 1000, GSO_TCPV6 | GSO_ECN, 0x98, tc=2),
	    Offloaded(tcps(outs, 3, 1000, GSO_TCPV6 | GSO_ECN, 0x98, tc=2)))


def uso64(bed):
	uso(bed)
	home(bed)


conf("nat64, UDP offloads", A + "/96", *MAIN[1:], opts="nat64 %s nat64-pool %s" % (
	P, POOL), own=[A + "/96", str(P)], needs=uso64, routes=ROUTES,
     offload6=ALL)
to6("KERN-02 ADPT-42 UDP super-packet stays one", udps(P.req, 5, 1000),
    Offloaded(udps(across, 5, 1000)))
conf("nat64, UDP super-packets, no offloads", A + "/96", *MAIN[1:],
     opts="nat64 %s nat64-pool %s" % (P, POOL), own=[A + "/96", str(P)],
     needs=uso64, routes=ROUTES)
to6("KERN-02 ADPT-42 UDP super-packet leaves as 5 datagrams",
    udps(P.req, 5, 1000), *[across(dgram(5, 1000, k)) for k in range(5)])

# ---- NAT66 around the device ----------------------------------------------
C1, C2 = "2001:db8:c11::1", "2001:db8:c11::2"


def masquerade(bed):
	"""Clients share PA and PB."""
	rc, said = run("nft", "-f", "-", text="""
		table ip6 m46test {
			chain post {
				type nat hook postrouting priority srcnat
				oifname m46 ip6 daddr %s snat to %s
			}
		}
		""" % (P, "2001:db8:a::c000:2c8"))
	if rc:
		raise Skip("no NAT66: " + said.strip().split("\n")[0])
	bed.extra.append("nft delete table ip6 m46test")


def client(l4=U, s=C1, d=R, **kw):
	return ip6(s, P.at(d), l4, **kw)


def served(l4=U, s=R, d=C1, hl=63, **kw):
	return ip6(P.at(s), d, l4, hl=hl, **kw)


conf("nat64 behind NAT66", A + "/96", *MAIN[1:], opts="nat64 %s nat64-pool %s" % (
	P, POOL), own=[A + "/96", str(P)], needs=masquerade)
u, v = udp(b"up", 4001, 53), udp(b"down", 53, 4001)
to6("ADPT-41 ADPT-40 a client: the shared address, then the egress",
    client(u), across(u), also={"nat64": 1})
to6("ADPT-43 ADPT-41 the answer reaches it under the NAT64 prefix", back(v),
    served(v), also={"nat64": 1})
t = tcp(b"", 4002, 80, flags=2)
to6("ADPT-41 TCP", client(t), across(t))
t = tcp(b"", 80, 4002, flags=0x12, ack=0x01020305)
to6("ADPT-43 TCP", back(t), served(t))
e = echo(ident=0x1111)
to6("ADPT-41 an echo request", client(e), across(e))
e = echo(1, ident=0x1111)
to6("ADPT-43 its reply", back(e), served(e))
x = udp(b"two", 4003, 53)


def another_port(got):
	"""The second client with this port gets another."""
	if len(got) != 2:
		return ["%d packets, not 2" % len(got)]
	bad = Exact(across(x)).match(bytes(10), got[0])
	sport = int.from_bytes(got[1][40:42], "big")
	if sport == 4003:
		bad.append("both have one port")
	return bad + Exact(across(udp(b"two", sport, 53))).match(bytes(10),
								  got[1])


to6("ADPT-41 two clients, one port: one address, two ports",
    [client(x, C1), client(x, C2)], Each(another_port, "two source ports"))
p = client(udp(b"no", 4004, 53), d="8.8.8.8")


def own(got):
	"""What NAT66 leaves of the quoted checksum is its own business."""
	if len(got) != 1:
		return ["%d packets, not 1" % len(got)]
	q = got[0]
	bad = ["not 1/0 from T to the client"] if len(q) != 48 + len(p) or \
		q[8:40] != a6(T6) + a6(C1) or q[40:42] != b"\1\0" else []
	return bad + ["quote: " + x for x in diff(mk(p, ((7, 8), (46, 48))),
						  q[48:])]


err6("ADPT-44 no rule: the client itself gets 1/0 about its own packet", p,
     Each(own, "ICMPv6 1/0 from T, quoting what the client sent"),
     drop="no_rule")
q = across(u, hl=60)
to6("ADPT-42 ADPT-43 an error from the core reaches the client",
    ip6(CORE, m6(A, PA), icmp6(3, 0, 0, q)),
    ip6(CORE, C1, icmp6(3, 0, 0, client(u, hl=60)), hl=63))
to6("ADPT-42 ADPT-43 packet too big from a mapped router reaches it",
    back(icmp6(2, 0, 1400, q), s=R2),
    served(icmp6(2, 0, 1400, client(u, hl=60)), s=R2))
