# SPDX-License-Identifier: GPL-2.0
"""Mode adpt with md fib: the IPv4 routing table is the rule database.

A route `198.51.100.0/24 via inet6 B dev m46` is the rule 198.51.100.0/24 via B/96:
the mapping prefix is the upper 96 bits of the next hop, whose low 32 are zero.
"""
from bed import Skip, must, run
from build import (Part, data, echo, fh, icmp4, icmp6, ip4, ip6, m6, raw, tcp,
		   udp)
from encap import enc, fwd, r4, size, tun
from icmp import CORE, e4, e6, q4r, q6h, q6r, x4, x6
from kernel import local4
from match import ANY, T4, Alt, Each, Error, Frags
from nat64 import home
from table import (A, B, C, CONFS, D, H, R, X, add, conf, err4, err6, i4, i6, none,
		   o4, o6, to4, to6, unreach4, unreach6)
from tunnel import ip

U = udp(b"m46!")
LOCAL = ("192.0.2.0/24 via %s/96 local" % A, "203.0.113.0/24 via %s/96 local" % A)


def onlink(gateways, *lines):
	"""Lines that name these next hops.

	Another device's route, ::/0 here, covers them, so each has to be seen
	on ours, at the moment of the insertion only.
	"""
	return ["route add %s/128 dev m46" % g for g in gateways] + \
		list(lines) + ["route del %s/128 dev m46" % g for g in gateways]


def via(dst, gateway, words=""):
	return onlink([gateway], ("route add %s via inet6 %s dev m46 onlink %s" % (
		dst, gateway, words)).rstrip())


def fib(name, *routes, local=LOCAL, prefix=A + "/96", opts="", extra=(),
	own=None, **kw):
	"""routes: lists of lines for ip -batch."""
	conf(name, prefix, *local, opts=("md fib " + opts).rstrip(),
	     routes=[x for r in routes for x in r] + list(extra), **kw)
	CONFS[-1].into = [x for x in CONFS[-1].into if ":" in x] \
		if own is None else own


def step(*routes):
	"""Routes that change between two packets."""
	return ip(*[x for r in routes for x in r])


MAINS = via("198.51.100.0/24", B)
fib("fib", MAINS)
for what, l4 in (("UDP", U), ("TCP", tcp(data(101))), ("echo", echo()),
		 ("protocol 200", raw(200, data(9)))):
	to6("ADPT-18 ADPT-65 %s over an inet6 route" % what, i4(l4), o6(l4))
	to4("ADPT-29 ADPT-47 %s back" % what, i6(l4), o4(l4))
p = i4(U, d="9.9.9.9")
err4("ADPT-26 no route at all: the kernel's answer", p,
     Error(3, 0, p, by_m46=False), drop=None)
none("ADPT-47 source that no route covers", i6(U, s="9.9.9.9"), "adpt_src")
none("ADPT-47 source under another edge's prefix", i6(U, sp=C), "adpt_src")
none("ADPT-47 source under the own prefix", i6(U, s=X, sp=A), "adpt_src")
none("ADPT-47 an own host under another edge's prefix", i6(U, s=X), "adpt_src")
none("ADPT-47 unmapped source", ip6(CORE, m6(A, H), U), "adpt_src")
none("ADPT-49 source 127.0.0.1", i6(U, s="127.0.0.1"),
     "martian_source|adpt_src")
none("ADPT-49 source 240.0.0.1", i6(U, s="240.0.0.1"),
     "martian_source|adpt_src")
none("ADPT-49 source 224.0.0.1", i6(U, s="224.0.0.1"),
     "martian_source|adpt_src")
none("ADPT-49 source 255.255.255.255", i6(U, s="255.255.255.255"),
     "martian_source|adpt_src")
none("ADPT-49 ADPT-47 source that is an address of T", i6(U, s=T4), "adpt_src")
none("ADPT-48 destination outside the local blocks", i6(U, d="10.1.1.1"),
     "dst_not_local")
none("ADPT-48 destination of another edge", i6(U, d=R), "dst_not_local")
to4("ADPT-48 destination in the other local block", i6(U, d=X), o4(U, d=X))
to6("SIIT-14 TL 1500 -> 1232 + 248", i4(raw(200, data(1480))),
    Frags(o6(raw(200, data(1480))), 1280))
p = i4(raw(200, data(1480)), df=1)
err4("SIIT-11 DF, TL 1500 -> 3/4 MTU 1480", p, unreach4(4, p, 1480),
     drop="too_big")
to6("ADPT-38 method translate: fragments, one by one",
    [i4(Part(udp(data(2000)), 0, 1000), mf=1),
     i4(Part(udp(data(2000)), 1000), off=125)],
    o6(Part(udp(data(2000)), 0, 1000), ext=[fh(0, 1, 0x1234)]),
    o6(Part(udp(data(2000)), 1000), ext=[fh(125, 0, 0x1234)]))
to6("KERN-04 KERN-01 what T sends itself", data(40),
    o6(udp(data(40)), s=T4, hl=64), port=local4)

# ---- ICMP errors ----------------------------------------------------------
R3 = "198.51.100.9"
for t, c, t6, c6 in ((3, 1, 1, 0), (3, 3, 1, 4), (11, 0, 3, 0)):
	to6("ICMP-47 ICMPv4 %d/%d, quoted addresses by the routes" % (t, c),
	    e4(t, c), x6(t6, c6))
	to4("ICMP-47 ICMPv6 %d/%d, quoted addresses by the routes" % (t6, c6),
	    e6(t6, c6, s=R3), x4(t, c, s=R3))
to4("ICMP-57 ADPT-31 too big from the core, MTU 1400 -> 3/4 MTU 1380",
    e6(2, 0, 1400, src=CORE), x4(3, 4, 1380, s=T4))
to4("ICMP-57 from a prefix that no route has: T's own address",
    e6(3, 0, src=m6(C, R3)), x4(11, 0, s=T4))
none("ICMP-47 quoting a destination under the wrong prefix",
     e6(1, 0, 0, q6h(dp=C)), "bad_quote|unmappable|adpt_src")
none("ICMP-47 quoting a destination that no route covers",
     e6(1, 0, 0, q6h(d="9.9.9.9")), "bad_quote|unmappable|adpt_src|no_rule")

# ---- longest match --------------------------------------------------------
E = "2001:db8:e::"
fib("fib, longest match", via("0.0.0.0/0", D, "metric 9"),
    via("198.51.0.0/16", "2001:db8:16::"), MAINS,
    via("198.51.100.128/25", C), via("198.51.100.255/32", E),
    extra=["route add 203.0.114.0/24 dev t4"],
    mark=(H, R, m6(B, R), m6(A, H)))
for d, pre in (("198.51.100.127", B), ("198.51.100.128", C),
	       ("198.51.100.254", C), ("198.51.100.255", E),
	       ("198.51.99.255", "2001:db8:16::"),
	       ("198.51.101.0", "2001:db8:16::"), ("198.50.255.255", D),
	       ("1.0.0.0", D), ("223.255.255.255", D)):
	to6("ADPT-19 ADPT-25 destination %s" % d, i4(U, d=d), o6(U, d=d, dp=pre))
	to4("ADPT-47 source %s of its route's prefix" % d, i6(U, s=d, sp=pre),
	    o4(U, s=d))
	none("ADPT-47 source %s of another route's" % d,
	     i6(U, s=d, sp=B if pre != B else D), "adpt_src")
err4("SIIT-25 ADPT-15 a route out of another device: forwarded as IPv4",
     i4(U, d="203.0.114.1"), i4(U, d="203.0.114.1", ttl=63))
none("ADPT-47 a source whose route leads elsewhere",
     i6(U, s="203.0.114.1", sp=D), "adpt_src")
none("ADPT-48 own blocks only, even with a default route",
     i6(U, s="1.0.0.0", sp=D, d="9.9.9.9"), "dst_not_local")

# ---- bad next hops --------------------------------------------------------
BAD = [("fe80::1", "a link-local address", []),
       ("fe80::", "a link-local address with low bits zero", []),
       ("2001:db8:b::1", "low bits are set", ["2001:db8:b::1"]),
       ("2001:db8:b::c633:6402", "a mapped address", ["2001:db8:b::c633:6402"]),
       ("2001:db8:b::8000:0", "the first of the low bits is set",
	["2001:db8:b::8000:0"]),
       (A, "the own prefix", []),
       ("2001:db8:a3::", "the prefix of a local rule", ["2001:db8:a3::"])]
fib("fib, bad next hops", MAINS, *[
	onlink(g, "route add 10.%d.0.0/16 via inet6 %s dev m46 onlink" % (k, nh))
	for k, (nh, _, g) in enumerate(BAD)],
    local=LOCAL + ("10.99.0.0/16 via 2001:db8:a3::/96 local",))
for k, (nh, what, _) in enumerate(BAD):
	d = "10.%d.0.1" % k
	p = i4(U, d=d)
	err4("ADPT-28 next hop %s, %s -> 3/0" % (nh, what), p, unreach4(0, p),
	     drop="bad_next_hop")
	if not nh.startswith("fe80"):
		none("ADPT-47 ADPT-28 and no source either: next hop %s" % nh,
		     ip6(m6(nh, d), m6(A, H), U), "adpt_src")
p = i4(echo(), d="10.2.0.1")
err4("ADPT-28 ICMPGEN-01 a bad next hop, an echo request -> 3/0", p,
     unreach4(0, p), drop="bad_next_hop")
none("ADPT-28 ICMPGEN-01 a bad next hop, an ICMP error: silent",
     i4(icmp4(3, 1, 0, ip4("10.2.0.1", H, U)), d="10.2.0.1"), "bad_next_hop")

fib("fib, no next hop", MAINS, extra=[
	"route add 10.0.0.0/16 dev m46",
	"route add 10.1.0.0/16 via 192.0.2.77 dev m46 onlink"])
for d, what in (("10.0.0.1", "without next hop"),
		("10.1.0.1", "with an IPv4 next hop")):
	p = i4(U, d=d)
	err4("ADPT-26 a route into the device %s -> 3/0" % what, p,
	     unreach4(0, p), drop="no_rule")
	none("ADPT-47 and no source either, " + what, i6(U, s=d), "adpt_src")

# ---- destinations of other edges ------------------------------------------
fib("fib, no local rules", MAINS, via("9.9.9.0/24", C), local=())
to6("ADPT-18 without local rules every source has the own prefix",
    i4(U, s="10.1.2.3"), o6(U, s="10.1.2.3"))
to4("ADPT-48 without local rules the routes decide", i6(U, d=X), o4(U, d=X))


def refused(name, p, about):
	"""Not sent on to another edge; its sender is told, as by any router."""
	add("ADPT-48 ADPT-28 " + name, p, out6=[
		ip6(m6(A, T4), m6(B, R), icmp6(1, 0, 0, about), hl=64, tc=0xc0)],
	    drop="dst_not_local", also={"icmp4_sent": 1, "error_46": 1,
					"translated_46": 1, "encapsulated": 0})


refused("a destination of another edge is not sent there", i6(U, d="9.9.9.9"),
	i6(U, d="9.9.9.9", hl=63))
refused("the same of an echo request", i6(echo(), d="9.9.9.9"),
	i6(echo(), d="9.9.9.9", hl=63))
refused("nor back to where it came from", i6(U, d="198.51.100.77"),
	i6(U, d="198.51.100.77", hl=63))
refused("an encapsulated one", tun(r4(d="9.9.9.9")),
	i6(U, d="9.9.9.9", hl=63))
err = icmp6(1, 4, 0, ip6(m6(A, "9.9.9.9"), m6(B, R), U))
none("ADPT-48 ICMPGEN-01 an ICMP error: silent", i6(err, d="9.9.9.9"),
     "dst_not_local", also={"icmp4_sent": 0, "translated_46": 0})

# ---- several next hops ----------------------------------------------------
fib("fib, multipath", onlink((B, C), "route add 198.51.100.0/24 "
			     "nexthop via inet6 %s dev m46 onlink "
			     "nexthop via inet6 %s dev m46 onlink" % (B, C)))
HOSTS = ["198.51.100.%d" % n for n in range(1, 65)]


def spread(got):
	"""Each to either edge, both of them used, a flow to one of them."""
	bad, used = [], {}
	if len(got) != 2 * len(HOSTS):
		return ["%d packets, not %d" % (len(got), 2 * len(HOSTS))]
	for k, p in enumerate(got):
		d = HOSTS[k // 2]
		bad += Alt(o6(U, d=d), o6(U, d=d, dp=C)).match(bytes(10), p)
		used.setdefault(d, set()).add(bytes(p[24:36]))
	if any(len(x) > 1 for x in used.values()):
		bad.append("one flow, two ways")
	if len({y for x in used.values() for y in x}) != 2:
		bad.append("one of two ways only")
	return bad


to6("ADPT-27 two next hops: both are used, each flow stays",
    [i4(U, d=d) for d in HOSTS for _ in "12"],
    Each(spread, "128 packets to 64 hosts over two edges"))
to4("ADPT-27 ADPT-47 either edge is a good source", [i6(U), i6(U, sp=C)],
    o4(U), o4(U))
none("ADPT-27 ADPT-47 a third one is not", i6(U, sp=D), "adpt_src")

# nexthop objects
fib("fib, nexthop objects", onlink(
	(B, C, D), "nexthop add id 4601 via %s dev m46 onlink" % B,
	"nexthop add id 4602 via %s dev m46 onlink" % C,
	"nexthop add id 4603 via %s dev m46 onlink" % D,
	"nexthop add id 4604 group 4602/4603"),
    ["route add 198.51.100.0/24 nhid 4601", "route add 9.9.9.0/24 nhid 4604"],
    mark=(H, "9.9.9.9", m6(C, "9.9.9.9"), m6(A, H)))
to6("ADPT-65 ADPT-18 a nexthop object", i4(U), o6(U))
to4("ADPT-65 ADPT-47 a nexthop object", i6(U), o4(U))
to6("ADPT-65 ADPT-27 a group of them", i4(U, d="9.9.9.9"),
    Alt(o6(U, d="9.9.9.9", dp=C), o6(U, d="9.9.9.9", dp=D)))
to4("ADPT-65 ADPT-47 either of the group is a good source",
    [i6(U, s="9.9.9.9", sp=C), i6(U, s="9.9.9.9", sp=D)],
    o4(U, s="9.9.9.9"), o4(U, s="9.9.9.9"))
none("ADPT-65 ADPT-47 none of the others", i6(U, s="9.9.9.9"), "adpt_src")
to6("ADPT-67 nexthop replace: at once", [ip(
	"route add %s/128 dev m46" % E,
	"nexthop replace id 4601 via %s dev m46 onlink" % E,
	"route del %s/128 dev m46" % E), i4(U)], o6(U, dp=E))
none("ADPT-67 ADPT-47 and the source check too", i6(U), "adpt_src")

# ---- routes that change ---------------------------------------------------
fib("fib, routes change", MAINS)
p = i4(U, d="9.9.9.9")
err4("ADPT-66 before the route", p, Error(3, 0, p, by_m46=False))
none("ADPT-66 ADPT-47 nor from there", i6(U, s="9.9.9.9", sp=C), "adpt_src")
to6("ADPT-66 ADPT-67 route add: active at once", [step(via("9.9.9.0/24", C)), p],
    o6(U, d="9.9.9.9", dp=C))
to4("ADPT-66 ADPT-47 and so is the source check", i6(U, s="9.9.9.9", sp=C),
    o4(U, s="9.9.9.9"))
to6("ADPT-67 route replace", [step(onlink(
	[D], "route replace 9.9.9.0/24 via inet6 %s dev m46 onlink" % D)), p],
    o6(U, d="9.9.9.9", dp=D))
none("ADPT-67 ADPT-47 the old one is no source any more",
     i6(U, s="9.9.9.9", sp=C), "adpt_src")
to6("ADPT-67 a longer one", [step(via("9.9.9.9/32", B)), p],
    o6(U, d="9.9.9.9", dp=B))
to6("ADPT-67 a better metric", [step(onlink(
	[E], "route add 9.9.9.9/32 via inet6 %s dev m46 onlink metric 5" % E,
	"route del 9.9.9.9/32 via inet6 %s dev m46 metric 0" % B)), p],
    o6(U, d="9.9.9.9", dp=E))
to6("ADPT-67 deleted: falls to the shorter one", [ip(
	"route del 9.9.9.9/32"), p], o6(U, d="9.9.9.9", dp=D))
err4("ADPT-67 deleted, none left", [ip("route del 9.9.9.0/24"), p],
     Error(3, 0, p, by_m46=False))
none("ADPT-67 ADPT-47 and no source", i6(U, s="9.9.9.9", sp=D), "adpt_src")
to6("ADPT-67 what else there is, is as before", i4(U), o6(U))

# ---- other tables ---------------------------------------------------------


def tables(*rules):
	def needs(bed):
		for r in rules:
			must("ip", "rule", "add", *r.split())
			bed.extra.append("ip rule del " + r)
	return needs


fib("fib, other tables", MAINS, via("198.51.100.64/26", C, "table 46"),
    via("198.51.100.0/24", D, "table 47"),
    needs=tables("to 198.51.100.64/26 lookup 46 pref 100",
		 "from 192.0.2.64/26 lookup 47 pref 101"))
to6("ADPT-65 a rule for the destination", i4(U, d="198.51.100.65"),
    o6(U, d="198.51.100.65", dp=C))
to4("ADPT-65 ADPT-47 and back from there", i6(U, s="198.51.100.65", sp=C),
    o4(U, s="198.51.100.65"))
none("ADPT-65 ADPT-47 the main table does not count there",
     i6(U, s="198.51.100.65"), "adpt_src")
to6("ADPT-65 a rule for the source", i4(U, s="192.0.2.65"),
    o6(U, s="192.0.2.65", dp=D))
to4("ADPT-65 ADPT-47 and back to it", i6(U, d="192.0.2.65", sp=D),
    o4(U, d="192.0.2.65"))
none("ADPT-65 ADPT-47 another host's edge is not its own",
     i6(U, d="192.0.2.65"), "adpt_src")
to6("ADPT-65 others follow the main table", i4(U), o6(U))
to4("ADPT-65 ADPT-47 others follow the main table", i6(U), o4(U))
S2 = "192.0.2.65"
to4("ADPT-65 ICMP-57 too big for a source with routes of its own",
    ip6(CORE, m6(A, S2), icmp6(2, 0, 1400, q6h(s=S2, dp=D))),
    ip4(T4, S2, icmp4(3, 4, 1380, ip4(S2, R, U, ttl=60, id=ANY)), ttl=63,
	id=ANY))
none("ADPT-65 ICMP-47 nor that of another source's routes",
     ip6(CORE, m6(A, S2), icmp6(2, 0, 1400, q6h(s=S2))),
     "bad_quote|unmappable|adpt_src")
to6("ADPT-65 ICMP-47 an ICMPv4 error of such a source goes where its packets go",
    i4(icmp4(3, 3, 0, q4r(d=S2)), s=S2),
    o6(icmp6(1, 4, 0, q6r(d=S2, sp=D)), s=S2, dp=D))


def vrf(bed):
	rc, said = run("ip", "link", "add", "red", "type", "vrf", "table", "100")
	if rc:
		raise Skip("no VRF: " + said.strip())
	bed.extra.append("ip link del red")


fib("fib, in a VRF", [
	"link set red up", "link set m46 master red", "link set m46 up",
	"route add %s/96 dev m46" % A, "route add %s/96 dev m46 table 100" % A,
	"route add ::/0 dev t6 table 100",
	"route add 192.0.2.0/24 dev t4 table 100",
	"route add unreachable default metric 4278198272 table 100",
	"route add %s/128 dev m46 table 100" % B,
	"route add %s/128 dev m46 table 100" % C,
	"route add 198.51.100.0/24 via inet6 %s dev m46 onlink table 100" % B,
	"route add 9.9.9.0/24 via inet6 %s dev m46 onlink" % C,
	"route add 198.51.100.0/24 via inet6 %s dev m46 onlink" % B,
	"route del %s/128 dev m46 table 100" % B,
	"route del %s/128 dev m46 table 100" % C], own=[], needs=vrf)
to6("ADPT-65 in a VRF, over a route of the main table", i4(U), o6(U))
to4("ADPT-65 ADPT-47 the VRF's table says which source is good", i6(U), o4(U))
none("ADPT-65 ADPT-47 the main table does not", i6(U, s="9.9.9.9", sp=C),
     "adpt_src")

# ---- other settings -------------------------------------------------------
fib("fib, source-check off", MAINS, opts="source-check off")
to4("ADPT-47 off: any prefix, any source",
    [i6(U, sp=C), i6(U, s="9.9.9.9", sp=D)], o4(U), o4(U, s="9.9.9.9"))
none("ADPT-49 off: martians are refused all the same", i6(U, s="127.0.0.1"),
     "martian_source")
A2 = "2001:db8:a2::"
fib("fib, several own prefixes", MAINS, prefix="%s/96,%s/64" % (A, A2),
    local=("192.0.2.0/24 via %s/96 local" % A,
	   "203.0.113.0/24 via %s/64 local" % A2))
to6("ADPT-18 the longest local rule says which source prefix",
    [i4(U), i4(U, s=X)], o6(U), o6(U, s=X, sp=A2))
to4("ADPT-18 each is accepted", [i6(U), i6(U, d=X, dp=A2)], o4(U), o4(U, d=X))
fib("fib, reserved-bits ignore", MAINS, opts="reserved-bits ignore")
none("ADPT-22 reserved-bits ignore: a next hop is 96 bits",
     ip6("2001:db8:b:0:1::c633:6402", m6(A, H), U), "adpt_src")
fib("fib, method encap", MAINS, via("10.66.0.0/16", B), opts="method encap",
    sent="encapsulated", heard="decapsulated")
to6("ADPT-09 ENC-01 method encap over an inet6 route", i4(U), enc(i4(U)),
    also={"encapsulated": 1})
to4("ENC-20 ADPT-47 and back", tun(r4()), fwd(r4()), also={"decapsulated": 1})
to4("ADPT-11 translated ones are taken too", i6(U), o4(U))
none("ADPT-47 another edge's prefix", tun(r4(), sp=C), "adpt_src")
p = size(1461)
err4("ENC-07 DF, TL 1461 -> 3/4 MTU 1460", p, unreach4(4, p, 1460),
     drop="too_big")
p = size(1500, df=0)
to6("ENC-08 TL 1500, DF 0: the outer packet is cut", p, Frags(enc(p), 1500))
q = i4(U)
err4("ENC-14 ADPT-35 1/0 about an encapsulated packet -> 3/1",
     ip6(CORE, m6(A, H), icmp6(1, 0, 0, enc(q, hl=60))), Error(3, 1, fwd(q)),
     also={"tun_error_relayed": 1})
p = size(1460, d="10.66.5.1")
err4("ENC-15 packet too big 1400 -> 3/4 MTU 1360, then by us", [
	ip6(CORE, m6(A, H), icmp6(2, 0, 1400, enc(p, hl=60))), p],
     Error(3, 4, fwd(p), 1360), Error(3, 4, p, 1360), drop={"too_big": 1})
none("ENC-15 ADPT-47 a forged one, about another edge", ip6(
	CORE, m6(A, H), icmp6(2, 0, 1400, enc(size(1460), dp=C, hl=60))), "",
     also={"tun_error_relayed": 0, "tun_pmtu": 0})
none("ADPT-48 a destination of another edge", tun(r4(d="10.66.0.1")),
     "dst_not_local")

# ---- with a NAT64 prefix --------------------------------------------------
N, PA = "fd64:46:122:344::", "192.0.2.200"

fib("fib, nat64", MAINS, via("0.0.0.0/0", D, "metric 9"),
    opts="nat64 %s/96 nat64-pool 192.0.2.192/28" % N,
    extra=["route add %s/96 dev m46" % N,
	   "route add 2001:db8:a::c000:2c0/124 dev t6",
	   "route add 2001:db8:a::/96 dev m46 table 66"], needs=home)
to6("ADPT-40 nat64: the route of the embedded address",
    [ip6(m6(A, PA), m6(N, R), U), ip6(m6(A, PA), m6(N, "9.9.9.9"), U)],
    o6(U, s=PA), o6(U, s=PA, d="9.9.9.9", dp=D), also={"nat64": 2})
to6("ADPT-43 ADPT-47 nat64: and back", i6(U, d=PA),
    ip6(m6(N, R), m6(A, PA), U, hl=63), also={"nat64": 1})
none("ADPT-43 ADPT-47 nat64: from another edge's prefix", i6(U, sp=C, d=PA),
     "adpt_src")
p = ip6(m6(A, PA), m6(N, H), U)
err6("ADPT-44 nat64: an address whose route leads elsewhere -> 1/0", p,
     unreach6(0, p), drop="no_rule")
core = ip6(m6(A, PA), m6(B, R), U, hl=9)
to6("ADPT-42 nat64: an error from the core",
    ip6(CORE, m6(A, PA), icmp6(3, 0, 0, core)),
    ip6(CORE, m6(A, PA), icmp6(3, 0, 0, ip6(m6(A, PA), m6(N, R), U, hl=9)),
	hl=63))
