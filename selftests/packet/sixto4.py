# SPDX-License-Identifier: GPL-2.0
"""6to4 sites and relays, RFC 3056, 3068, 6343, 7526: group 6TO4.

    O4, O	T's own site, hosts of it at t6; P4, P and Z4, Z others, at t4
    N, N2	native hosts at t6, beyond T where T is a relay
    RN		native hosts beyond a relay in the IPv4 network, routed to m46
"""
import time

from bed import DEV, m46ctl, must, run
from build import data, echo, icmp6, udp
from match import T6, Error, Inside
from table import (LAN, O, O4, P, P4, add, conf6to4, err4, err6, none, to4, to6,
		   unreach6)
from tunnel import (N, Z, Z4, enc, from_host, fwd, ip, out, ports, r6, s6,
		    second, site, size, tun)

N2, RN = "2001:db8:8::2", "2001:db8:77::1"
ANYCAST, RELAY = "192.88.99.1", "2002:c058:6301::"


def delegated(*want):
	def fn(bed):
		out = must(m46ctl(), "-j", "dev", "show", DEV)
		return ["delegated: no %s in %s" % (x, out.strip())
			for x in want if '"%s"' % x not in out]
	return fn


def no_address(bed):
	got = must("ip", "-6", "address", "show", "scope", "global")
	got += must("ip", "-6", "route", "show", "2002::/16", "dev", "t4")
	return ["an address or a route appeared: " + got] if "2002:" in got \
		else []


conf6to4("6to4, a router")
to4("6TO4-01 6TO4-06 to the site that the destination embeds", s6(), enc(s6()),
    fn=delegated("2002:c000:2aa::/48"))
to4("6TO4-05 the module gives no address", s6(), enc(s6()), fn=no_address)
for v4 in ("1.0.0.1", "9.9.9.9", "203.0.113.1", "223.255.255.254"):
	to4("6TO4-01 6TO4-06 %s is %s/48" % (v4, site(v4, "::")),
	    s6(d=site(v4, ":ffff:ffff:ffff:ffff:ffff")),
	    enc(s6(d=site(v4, ":ffff:ffff:ffff:ffff:ffff")), d=v4))
	to6("6TO4-01 6TO4-06 %s is %s/48" % (v4, site(v4, "::")),
	    tun(r6(s=site(v4)), s=v4), fwd(r6(s=site(v4))))
to6("6TO4-11 to a host of the own site", tun(r6(d=site(O4, ":fff::9"))),
    fwd(r6(d=site(O4, ":fff::9"))))
for d in (site(O4, ":ffff::1"), site(O4, ":1000::1")):
	p = s6(d=d)
	err6("6TO4-09 SEC-02 %s, of the own site and without a route -> 1/0" %
	     d, p, unreach6(0, p), drop="own_site")
p = r6(d=site(O4, ":ffff::1"))
add("6TO4-09 the same from another site: no loop, but an error back", tun(p),
    [Inside(out(s6()), Error(1, 0, p, by_m46=False))], drop="own_site",
    also={"icmp6_sent": 1})
for d in ("ff02::1", "ff05::2", "ff0e::1"):
	none("6TO4-13 to " + d, s6(d=d), "multicast", x=True)
	none("6TO4-13 to " + d, tun(r6(d=d)), "tun_dst6")
p = s6(s=N)
err6("6TO4-16 SEC-03 a native source, forwarded -> 1/1", p, unreach6(1, p),
     drop="not_relay")
p = s6(echo(), s=N)
err6("6TO4-16 RFC 4443 3.1 also about an echo request", p, unreach6(1, p),
     drop="not_relay")
none("6TO4-16 but not about an ICMPv6 error",
     s6(icmp6(1, 4, 0, r6(d=N)), s=N), "not_relay")
none("6TO4-16 not a relay: to a native destination", tun(r6(d=N)), "not_relay")
none("6TO4-16 nor to T's own native address", tun(r6(d=T6)), "not_relay")
none("6TO4-17 SEC-02 another site's source", s6(s=Z), "src_mismatch")
none("6TO4-17 SEC-02 the destination's own source", s6(s=site(P4, "::2")),
     "src_mismatch")
to6("6TO4-32 SEC-11 a relay's native source, outer source 192.88.99.1",
    tun(r6(s=N), s=ANYCAST), fwd(r6(s=N)))
to6("6TO4-32 a relay's native source from anywhere: relay-from any",
    [tun(r6(s=N), s=P4), tun(r6(s=N), s=Z4)], *[fwd(r6(s=N))] * 2)
to4("6TO4-34 neither 1280 bytes nor less make more than 1300",
    [size(1280), size(1279)], enc(size(1280)), enc(size(1279)))
err6("6TO4-25 200 errors at once", [s6(d=site(O4, ":ffff::1"))] * 200,
     *[unreach6(0, s6(d=site(O4, ":ffff::1")))] * 200, drop="own_site")
to4("6TO4-16 T itself, from its native address", [from_host(T6, P)],
    out(s6(udp(data(40)), s=T6)))

conf6to4("6to4, prefix 2002::/16", "prefix 2002::/16")
to4("6TO4-01 prefix 2002::/16 is the default", s6(), enc(s6()))
none("6TO4-16 prefix 2002::/16 is 6to4, with its checks", tun(r6(d=N)),
     "not_relay")

# ---- next hops ------------------------------------------------------------
conf6to4("6to4, gateways", routes=["route add 2001:db8:77::/48 dev m46"] + [
	"route add 2001:db8:%s::/48 via %s dev m46 onlink" % x for x in (
		("71", P), ("72", Z), ("73", "::192.0.2.187"), ("74", N),
		("75", "fe80::1"), ("76", RELAY), ("78", site(O4, ":ffff::1")),
		("79", "::ffff:192.0.2.187"))] + [
	"route add 2002:cb00:7101:7::/64 via %s dev m46 onlink" % P])
p = s6(d=RN)
err6("6TO4-08 a native destination without gateway -> 1/0", p, unreach6(0, p),
     drop="no_next_hop")
for n, v4, what in (("71", P4, "2002:c000:2bb::1"),
		    ("72", Z4, "2002:cb00:7101::1"),
		    ("73", P4, "::192.0.2.187, as with sit"),
		    ("76", ANYCAST, "2002:c058:6301::")):
	p = s6(d="2001:db8:%s::1" % n)
	to4("6TO4-06 6TO4-19 via " + what, p, enc(p, d=v4))
for n, what in (("74", "a native gateway"), ("75", "a link-local gateway"),
		("79", "a mapped gateway")):
	p = s6(d="2001:db8:%s::1" % n)
	err6("6TO4-08 %s -> 1/0" % what, p, unreach6(0, p), drop="no_next_hop")
none("SEC-02 6TO4-09 the gateway is of the own site", s6(d="2001:db8:78::1"),
     "tun_dst4")
p = s6(d="2002:cb00:7101:7::1")
to4("6TO4-07 a 6to4 destination goes straight there, whatever the gateway", p,
    enc(p, d=Z4))
none("SEC-03 6TO4-35 native to native", s6(s=N, d="2001:db8:71::1"),
     "native_native")
to6("6TO4-32 what comes back", tun(r6(s="2001:db8:71::1")),
    fwd(r6(s="2001:db8:71::1")))
conf6to4("6to4, default route to a relay", own=("2002::/16", "2001:db8:77::/48"),
	 routes=["route add 2620::/16 via %s dev m46" % RELAY])
to4("6TO4-07 6TO4-19 native by the relay, 6to4 straight",
    [s6(d="2620::1"), s6(d=Z)], enc(s6(d="2620::1"), d=ANYCAST),
    enc(s6(d=Z), d=Z4))

# ---- several addresses ----------------------------------------------------
O2, O3 = "192.0.2.171", "203.0.113.171"
conf6to4("6to4, three locals", local="%s,%s,%s" % (O4, O2, O3),
	 addresses=[x + "/32" for x in (O4, O2, O3)],
	 lan=[site(x, "::") + "/52" for x in (O4, O2, O3)])
for v4 in (O4, O2, O3):
	p = s6(s=site(v4))
	to4("6TO4-10 6TO4-29 a source of %s" % v4, p, enc(p, s=v4))
	p = r6(d=site(v4))
	to6("6TO4-29 TUN-12 to %s" % v4, tun(p, d=v4), fwd(p))
none("SEC-04 the inner destination is of another local address than the outer",
     tun(r6(d=site(O2)), d=O4), "dst_mismatch|relay_domain")
none("SEC-04 the same with a native source",
     tun(r6(s=N, d=site(O2)), d=O4), "dst_mismatch")
none("SEC-04 TUN-19 from one own site to the other",
     tun(r6(s=site(O2), d=site(O4)), d=O4), "ingress_filter")
p = s6(s=O, d=site(O2, ":ffff::1"))
err6("6TO4-09 SEC-02 to the other own site -> 1/0", p, unreach6(0, p),
     drop="own_site")
to4("6TO4-16 T itself, from a native address: the first local",
    [from_host(T6, P)], out(s6(udp(data(40)), s=T6)))
conf6to4("6to4, two devices", needs=second,
	 addresses=(O4 + "/32", O2 + "/32"),
	 lan=(LAN, site(O2, "::") + "/52"),
	 before=["dev add m46b mode 6to4 local " + O2],
	 routes=["link set m46b up", "route add 2002:cb00:7100::/40 dev m46b"])
to4("6TO4-29 each with its own outer source", [s6(), s6(s=site(O2), d=Z)],
    enc(s6()), enc(s6(s=site(O2), d=Z), s=O2, d=Z4), also={"encapsulated": 1})
none("6TO4-29 6TO4-10 a source of the other device's site", s6(s=site(O2)),
     "src_mismatch")
to6("6TO4-29 each takes its own", [tun(r6()), tun(r6(d=site(O2)), d=O2)],
    fwd(r6()), fwd(r6(d=site(O2))), also={"decapsulated": 1})


def unplugged(bed):
	"""The device's carrier as its only address goes and comes."""
	bed.carriers = []
	for line in ("link set %s up" % DEV, "address del %s/32 dev t4" % O4,
		     "address add %s/32 dev t4" % O4):
		must("ip", *line.split())
		bed.carriers.append("LOWER_UP" in must("ip", "link", "show",
						       "dev", DEV))
	time.sleep(0.5)		# the kernel's link watch


conf6to4("6to4, its address goes")
to4("6TO4-02 6TO4-21 the carrier follows the address", [unplugged, s6()],
    enc(s6()), fn=lambda bed: [] if bed.carriers == [True, False, True] else [
	    "carrier was %s" % bed.carriers])
conf6to4("6to4, nonlocal", "nonlocal on", local="%s,%s" % (O4, O2),
	 lan=(LAN, site(O2, "::") + "/52"))
p = s6(s=site(O2))
err6("TUN-24 nonlocal on: an address that T does not have -> 1/3", p,
     unreach6(3, p), drop="no_local")
to4("TUN-24 nonlocal on: it has come", [
	ip("address add %s/32 dev t4" % O2), p,
	ip("address del %s/32 dev t4" % O2)], enc(p, s=O2))

# ---- refusals -------------------------------------------------------------
SPECIAL = ("0.0.0.0", "0.1.2.3", "10.0.0.0", "10.1.1.1", "10.255.255.255",
	   "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.254",
	   "169.254.0.1", "169.254.255.255", "172.16.0.1", "172.31.255.255",
	   "192.0.0.1", "192.0.0.255", "192.168.0.1", "192.168.255.255",
	   "198.18.0.1", "198.19.255.255", "192.88.99.0", "192.88.99.2",
	   "192.88.99.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
	   "255.255.255.254", "255.255.255.255")
PRIVATE = [x for x in SPECIAL if x.split(".")[0] in ("10", "172") or
	   x.startswith("192.168.")]


def no_device(words, text=""):
	"""Complaints where "dev add" takes these words, or says another thing."""
	rc, said = run(m46ctl(), "dev", "add", "m46x", "mode", "6to4",
		       *words.split())
	if not rc:
		run("ip", "link", "del", "m46x")
		return ["not refused: " + words]
	return [] if text in said else ["%s: no %r in: %s" % (
		words, text, said.strip())]


def all_of(*checks):
	return lambda bed: [x for c in checks for x in no_device(*c)]


conf6to4("6to4, refusals")
to4("6TO4-04 no special address can be local", s6(), enc(s6()), fn=all_of(*[
	("local %s nonlocal on" % x,) for x in SPECIAL + (ANYCAST,)]))
to4("6TO4-04 of private ones it is said why", s6(), enc(s6()), fn=all_of(*[
	("local %s nonlocal on" % x, "RFC 1918") for x in PRIVATE]))
to4("TUN-24 6TO4-02 an address that T does not have", s6(), enc(s6()),
    fn=all_of(("local 203.0.113.77",)))
to4("SEC-17 a second device at this address", s6(), enc(s6()), fn=all_of(
	("local " + O4,), ("local 203.0.113.77,%s nonlocal on" % O4,),
	("local %s prefix 2001:db8::/32 remote %s" % (O4, P4),)))
to4("6TO4-16 6TO4-19 6TO4-33 SEC-13 words that need relay on", s6(), enc(s6()),
    fn=all_of(*[("local %s nonlocal on %s" % (Z4, x),) for x in (
	    "anycast on", "return-only on", "acl 192.0.2.0/24")]))
to4("6TO4-01 words that are 6rd's", s6(), enc(s6()), fn=all_of(*[
	("local %s nonlocal on %s" % (Z4, x),) for x in (
		"v4-prefix 203.0.113.0/24",
		"prefix 2002::/16 remote %s" % P4)]))

# ---- the relay ------------------------------------------------------------
NATIVE = (N, N2, "2620:0:1::1", "2a00:1450::1", "3ffe::1")
conf6to4("6to4, a relay", "relay on")
to4("6TO4-16 6TO4-18 any native source is relayed", [s6(s=x) for x in NATIVE],
    *[enc(s6(s=x)) for x in NATIVE])
to6("6TO4-16 6TO4-18 to any native destination",
    [tun(r6(d=x)) for x in NATIVE], *[fwd(r6(d=x)) for x in NATIVE])
to6("6TO4-16 for any site", [tun(r6(s=site(x), d=N), s=x) for x in (
	Z4, "9.9.9.9", "223.1.1.1")],
    *[fwd(r6(s=site(x), d=N)) for x in (Z4, "9.9.9.9", "223.1.1.1")])
to4("6TO4-10 the own site's source has the own address", s6(), enc(s6()))
to6("6TO4-11 to the own site", tun(r6()), fwd(r6()))
none("6TO4-17 SEC-10 from site to site", tun(r6(d=Z)), "relay_domain")
none("6TO4-17 SEC-02 native side: 6to4 source to 6to4", s6(s=Z),
     "src_mismatch")
none("SEC-09 SEC-10 the source does not match", tun(r6(d=N), s=Z4),
     "src_mismatch")
none("SEC-10 native to native", tun(r6(s=N2, d=N)), "native_native")
none("SEC-04 6TO4-17 native to another site", tun(r6(s=N, d=Z)),
     "dst_mismatch")
to6("SEC-10 6TO4-32 native to the own site", tun(r6(s=N)), fwd(r6(s=N)))
none("TUN-19 the own site's source from outside", tun(r6(s=O, d=N)),
     "ingress_filter")
p = size(1281, s=N)
err6("6TO4-24 TUN-08 1281 bytes from native -> packet too big 1280", p,
     Error(2, 0, p, 1280, by_m46=False))
conf6to4("6to4, a relay, pmtudisc", "relay on pmtudisc on", mtu4=1400)
p = size(1381, s=N)
err6("6TO4-24 TUN-09 1381 bytes over a link of 1400", p, Error(2, 0, p, 1380),
     drop="too_big")
to4("6TO4-24 TUN-09 1380 bytes over a link of 1400", size(1380, s=N),
    enc(size(1380, s=N), df=1))

conf6to4("6to4, a relay, acl", "relay on acl 192.0.2.176/28,203.0.113.0/25")
to6("6TO4-18 SEC-13 acl: sites of the list", [
	tun(r6(d=N)), tun(r6(s=Z, d=N), s=Z4)], fwd(r6(d=N)),
    fwd(r6(s=Z, d=N)))
for v4 in ("192.0.2.175", "192.0.2.192", "203.0.113.128", "9.9.9.9"):
	none("6TO4-18 SEC-13 acl: %s is not in it" % v4,
	     tun(r6(s=site(v4), d=N), s=v4), "acl")
	to4("6TO4-18 SEC-13 acl: but %s is sent to" % v4,
	    s6(s=N, d=site(v4)), enc(s6(s=N, d=site(v4)), d=v4))
	to6("6TO4-18 SEC-13 acl: %s can reach the own site" % v4,
	    tun(r6(s=site(v4)), s=v4), fwd(r6(s=site(v4))))

conf6to4("6to4, a return-only relay", "relay on return-only on")
to4("6TO4-33 return-only: native to 6to4", s6(s=N), enc(s6(s=N)))
none("6TO4-33 return-only: 6to4 to native", tun(r6(d=N)), "not_relay")
to6("6TO4-33 return-only: to the own site", tun(r6()), fwd(r6()))

# ---- the anycast relay ----------------------------------------------------
BOTH = (O4 + "/32", ANYCAST + "/32")
conf6to4("6to4, an anycast relay", "relay on anycast on", addresses=BOTH,
	 routes=["address add %s/128 dev m46" % RELAY])
for d in (ANYCAST, O4):
	to6("6TO4-19 6TO4-20 6to4 to native, by %s" % d, tun(r6(d=N), d=d),
	    fwd(r6(d=N)))
	none("6TO4-20 SEC-10 native to native, by %s" % d,
	     tun(r6(s=N2, d=N), d=d), "native_native")
	none("6TO4-20 6TO4-17 from site to site, by %s" % d,
	     tun(r6(d=Z), d=d), "relay_domain")
	none("6TO4-20 SEC-09 a source that does not match, by %s" % d,
	     tun(r6(s=Z, d=N), d=d), "src_mismatch")
to4("6TO4-23 native to 6to4: outer source 192.88.99.1", s6(s=N),
    enc(s6(s=N), s=ANYCAST))
to4("6TO4-23 6TO4-10 the own site's source keeps its own", s6(), enc(s6()))
none("SEC-04 to the own site by 192.88.99.1", tun(r6(), d=ANYCAST),
     "dst_mismatch|relay_domain")
for hl in (1, 64):
	to4("6TO4-22 an echo request to 2002:c058:6301::, hop limit %d" % hl,
	    tun(r6(echo(), d=RELAY, hl=hl), d=ANYCAST),
	    out(s6(echo(1), s=RELAY), s=ANYCAST))
p = r6(d=N, hl=1)
add("6TO4-22 6TO4-23 hop limit 1 to native -> 3/0 through the tunnel",
    tun(p, d=ANYCAST), [Inside(out(s6(), s=ANYCAST),
			       Error(3, 0, p, src=RELAY, by_m46=False))])
p = s6(d="2002:c058:6301::1")
err6("6TO4-09 the anycast site is the own one -> 1/0", p, unreach6(0, p),
     drop="own_site")
none("TUN-19 6TO4-19 its source from outside",
     tun(r6(s="2002:c058:6301::1", d=O), s=Z4), "ingress_filter")
conf6to4("6to4, an anycast relay, relay-source unicast",
	 "relay on anycast on relay-source unicast", addresses=BOTH)
to4("6TO4-23 relay-source unicast", s6(s=N), enc(s6(s=N)))
to6("6TO4-20 6to4 to native, by 192.88.99.1", tun(r6(d=N), d=ANYCAST),
    fwd(r6(d=N)))
conf6to4("6to4, a relay, relay-source anycast",
	 "relay on return-only on relay-source anycast", addresses=BOTH)
to4("6TO4-23 6TO4-33 relay-source anycast without anycast", s6(s=N),
    enc(s6(s=N), s=ANYCAST))
p = tun(r6(d=N), d=ANYCAST)
err4("6TO4-19 TUN-12 192.88.99.1 is no local address then", p, ports(p))
conf6to4("6to4, relay-source anycast, no such address",
	 "relay on relay-source anycast")
p = s6(s=N)
err6("6TO4-23 6TO4-02 relay-source anycast, T without 192.88.99.1 -> 1/3", p,
     unreach6(3, p), drop="no_local")

# ---- who may --------------------------------------------------------------
for words, yes, no in (
	("203.0.113.0/24", Z4, (P4, ANYCAST)), ("192.88.99.1/32", ANYCAST,
						(P4, Z4)),
	("192.0.2.0/25,192.0.2.187/32", P4, (Z4, "192.0.2.200"))):
	conf6to4("6to4, relay-from " + words, "relay-from " + words)
	to6("6TO4-32 SEC-11 relay-from: %s" % yes, tun(r6(s=N), s=yes),
	    fwd(r6(s=N)))
	for v4 in no:
		none("6TO4-32 SEC-11 relay-from: not %s" % v4,
		     tun(r6(s=N), s=v4), "relay_from")
	to6("6TO4-32 relay-from: sites are not concerned", [tun(r6()), tun(
		r6(s=Z), s=Z4)], fwd(r6()), fwd(r6(s=Z)))
conf6to4("6to4, relay-from none", "relay-from none")
for v4 in (P4, ANYCAST):
	none("6TO4-32 SEC-11 relay-from none: not %s" % v4, tun(r6(s=N), s=v4),
	     "relay_from")
conf6to4("6to4, relay-from any", "relay-from any")
to6("6TO4-32 SEC-11 relay-from any", tun(r6(s=N), s=Z4), fwd(r6(s=N)))

conf6to4("6to4, peers", "peers 192.0.2.187/32,203.0.114.0/24", routes=[
	"route add 2001:db8:71::/48 via %s dev m46" % P,
	"route add 2001:db8:72::/48 via %s dev m46" % Z])
to6("SEC-16 peers: from one", tun(r6()), fwd(r6()))
to4("SEC-16 peers: to one", [s6(), s6(d=site("203.0.114.9")),
			     s6(d="2001:db8:71::1")],
    enc(s6()), enc(s6(d=site("203.0.114.9")), d="203.0.114.9"),
    enc(s6(d="2001:db8:71::1")))
none("SEC-16 peers: from another", tun(r6(s=Z), s=Z4), "peers")
none("SEC-16 peers: from another, a native source", tun(r6(s=N), s=Z4), "peers")
none("SEC-16 peers: to another", s6(d=Z), "peers")
none("SEC-16 peers: by another", s6(d="2001:db8:72::1"), "peers")

conf6to4("6to4, allow-native-native", "allow-native-native 192.0.2.187/32",
	 routes=["route add 2001:db8:71::/48 via %s dev m46" % P,
		 "route add 2001:db8:72::/48 via %s dev m46" % Z])
p = s6(s=N, d="2001:db8:71::1")
to4("6TO4-35 native to native by a listed gateway", p, enc(p))
to6("6TO4-35 native to native from a listed peer", tun(
	r6(s="2001:db8:71::1", d=N)), fwd(r6(s="2001:db8:71::1", d=N)))
none("6TO4-35 SEC-03 by another gateway", s6(s=N, d="2001:db8:72::1"),
     "native_native")
none("6TO4-35 SEC-04 from another peer", tun(r6(s="2001:db8:72::1", d=N),
					     s=Z4), "native_native")
none("6TO4-35 6TO4-16 it is no relay", tun(r6(d=N)), "not_relay")
