# SPDX-License-Identifier: GPL-2.0
"""What 6to4 must never do for a stranger, RFC 3964 and 6324: group SEC.

Nothing here is ever answered.  T has 192.0.2.170/24, so 192.0.2.255 is a
broadcast address, and a default route to t4: what leaked would be seen.
"""
from bed import Skip, run
from build import data, dop, echo, fh, hbh, icmp6, poke, udp
from match import T4, T6, Each
from sixto4 import ANYCAST, N2, RELAY, SPECIAL
from table import (O, O4, P, P4, add, conf6to4, err4, err6, none, to4, to6,
		   unreach6)
from tunnel import N, Z, Z4, enc, fwd, ports, r6, s6, site, tun

NET = [O4 + "/24 brd + noprefixroute"]
BROADCAST = "192.0.2.255"

# ---- the decapsulation matrix ---------------------------------------------
# Inner source, outer source, inner destination; what becomes of it at a
# router and at a relay, None being accepted.
MATRIX = (
	("2002:X, outer X, to 2002:O", P, P4, O, None, None),
	("2002:X, outer Z, to 2002:O", P, Z4, O, "src_mismatch",
	 "src_mismatch"),
	("2002:X, outer 192.88.99.1, to 2002:O", P, ANYCAST, O, "src_mismatch",
	 "src_mismatch"),
	("native, to 2002:O", N, P4, O, None, None),
	("native, outer 192.88.99.1, to 2002:O", N, ANYCAST, O, None, None),
	("192.88.99.1's own, to 2002:O", "2002:c058:6301::1", ANYCAST, O, None,
	 None),
	("192.88.99.1's own, outer Z, to 2002:O", "2002:c058:6301::1", Z4, O,
	 "src_mismatch", "src_mismatch"),
	("native, to 2002:Z", N, P4, Z, "dst_mismatch", "dst_mismatch"),
	("native, outer Z, to 2002:Z", N, Z4, Z, "dst_mismatch",
	 "dst_mismatch"),
	("2002:X, outer X, to native", P, P4, N, "not_relay", None),
	("2002:X, outer Z, to native", P, Z4, N, "src_mismatch|not_relay",
	 "src_mismatch"),
	("2002:X, outer X, to T's native address", P, P4, T6, "not_relay",
	 "*"),
	("native to native", N2, P4, N, "native_native", "native_native"),
	("native to native, outer 192.88.99.1", N2, ANYCAST, N,
	 "native_native", "native_native"),
	("2002:X, outer X, to 2002:Z", P, P4, Z, "relay_domain",
	 "relay_domain"),
	("2002:X, outer Z, to 2002:Z", P, Z4, Z, "relay_domain",
	 "relay_domain"),
	("2002:X, outer X, to 2002:X", P, P4, site(P4, "::2"), "relay_domain",
	 "relay_domain"),
	("2002:X, outer X, to 2002:c058:6301::", P, P4, RELAY, "relay_domain",
	 "relay_domain"),
	("2002:O, outer X, to 2002:O", O, P4, O, "ingress_filter",
	 "ingress_filter"),
	("2002:O of another subnet, outer X, to 2002:O", site(O4, ":ffff::9"),
	 P4, O, "ingress_filter", "ingress_filter"),
	("2002:O, outer X, to native", O, P4, N, "ingress_filter",
	 "ingress_filter"),
	("2002:O, outer X, to 2002:Z", O, P4, Z, "ingress_filter",
	 "ingress_filter"),
)
for k, (what, words) in enumerate((("a router", ""), ("a relay", "relay on"))):
	conf6to4("6to4, the matrix, " + what, words, addresses=NET)
	for name, s, v4, d, *drops in MATRIX:
		p = r6(s=s, d=d)
		if drops[k] is None:
			to6("SEC-04 SEC-09 SEC-10 " + name, tun(p, s=v4), fwd(p),
			    also={"decapsulated": 1})
		elif drops[k] != "*":
			none("SEC-04 SEC-09 SEC-10 SEC-20 " + name,
			     tun(p, s=v4), drops[k], also={"decapsulated": 0})
	none("SEC-04 T's own outer source: the kernel drops it",
	     tun(r6(s=O), s=O4), None)

conf6to4("6to4, ingress-filter off", "ingress-filter off relay on")
none("TUN-19 ingress-filter off: an own source still does not match",
     tun(r6(s=O)), "src_mismatch")
to6("TUN-19 ingress-filter off: what matches", tun(r6()), fwd(r6()))
conf6to4("6to4, ingress-filter strict", "ingress-filter strict",
	 routes=["route add 2001:db8:77::/48 via %s dev m46" % P])
none("TUN-19 SEC-14 strict: a native source that is routed elsewhere",
     tun(r6(s=N)), "ingress_filter")
to6("TUN-19 SEC-14 strict: one that is routed into the device",
    [tun(r6(s="2001:db8:77::1")), tun(r6())], fwd(r6(s="2001:db8:77::1")),
    fwd(r6()))
none("TUN-19 SEC-14 strict: the own site's", tun(r6(s=O)), "ingress_filter")
conf6to4("6to4, accept_local", addresses=NET, sysctls={
	"ipv4/conf/t4/accept_local": "1", "ipv4/conf/t4/route_localnet": "1"})
none("SEC-04 TUN-19 T's own outer source and its own site's inner one",
     tun(r6(s=O, d=O), s=O4), "tun_src4|ingress_filter")
for v4 in ("127.0.0.1", "127.255.255.254", BROADCAST):
	for what, s in (("the same inner one", site(v4)), ("native", N)):
		none("SEC-05 6TO4-12 outer source %s, inner %s, which the "
		     "kernel lets pass" % (v4, what), tun(r6(s=s), s=v4),
		     "tun_src4")

# ---- IPv4 addresses that no site has --------------------------------------
conf6to4("6to4, special addresses", addresses=NET,
	 routes=["route add 2001:db8:9:%x::/64 via %s dev m46 onlink" % (
		 k, site(v4)) for k, v4 in enumerate(SPECIAL + (BROADCAST, T4))
		] + ["route add 2001:db8:a:%x::/64 via ::%s dev m46 onlink" % (
			k, v4) for k, v4 in enumerate(SPECIAL + (BROADCAST, T4))
			if not v4.startswith("0.")])
for k, v4 in enumerate(SPECIAL + (BROADCAST, T4)):
	own = v4 == T4
	# local and broadcast addresses are known by route
	known = v4 not in SPECIAL
	eaten = known or v4.startswith(("127.", "22", "23")) or \
		v4 in ("0.0.0.0", "255.255.255.255")
	for what, s in (("the same inner one", site(v4)), ("native", N)):
		none("SEC-05 6TO4-12 outer source %s, inner %s%s" % (
			v4, what, ": the kernel drops it" if eaten else ""),
		     tun(r6(s=s), s=v4), None if eaten else "tun_src4")
	if not own:
		none("6TO4-12 SEC-06 inner source %s, received" % site(v4),
		     tun(r6(s=site(v4))),
		     "src_mismatch" if known else "tun_src6")
		none("6TO4-12 SEC-06 inner destination %s, received" % site(v4),
		     tun(r6(d=site(v4))),
		     "relay_domain" if known else "tun_dst6")
		none("6TO4-12 SEC-01 inner source %s, to be sent" % site(v4),
		     s6(s=site(v4)), "src_mismatch" if known else "tun_src6")
	none("6TO4-12 SEC-01 SEC-05 inner destination %s, to be sent" % site(v4),
	     s6(d=site(v4)), "tun_dst4" if known else "tun_dst6")
	p = s6(d="2001:db8:9:%x::1" % k)
	if v4 == "0.0.0.0":
		err6("SEC-05 the gateway is %s: as if there were none" %
		     site(v4), p, unreach6(0, p), drop="no_next_hop")
	else:
		none("SEC-05 the gateway is %s" % site(v4), p, "tun_dst4")
	if not v4.startswith("0."):
		none("SEC-05 the gateway is ::%s" % v4,
		     s6(d="2001:db8:a:%x::1" % k), "tun_dst4")

for v4 in ("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255",
	   "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
	   "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
	   "192.0.1.0", "192.0.2.254", "192.88.98.255", "192.88.99.1",
	   "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
	   "198.20.0.0", "203.0.113.255", "223.255.255.255"):
	to6("SEC-05 %s is next to a special range, not in it" % v4,
	    tun(r6(s=site(v4)), s=v4), fwd(r6(s=site(v4))))
	to4("SEC-05 %s is next to a special range, not in it" % v4,
	    s6(d=site(v4)), enc(s6(d=site(v4)), d=v4))

# Outer destinations that T answers for, and that are not the device's.
HAD = ["10.0.0.1", "100.64.0.1", "169.254.0.1", "172.16.0.1", "192.0.0.1",
       "192.168.0.1", "192.88.99.1", "192.88.99.2", "198.18.0.1", "240.0.0.1"]
conf6to4("6to4, T has special addresses",
	 addresses=NET + [x + "/32" for x in HAD],
	 sysctls={"ipv4/conf/t4/route_localnet": "1"})
for v4 in HAD + ["127.0.0.1"]:
	for what, d in (("of the same site", site(v4)), ("of the own", O)):
		p = tun(r6(d=d), d=v4)
		err4("SEC-04 SEC-05 outer destination %s, inner %s: not ours" % (
			v4, what), p, ports(p), also={"decapsulated": 0})
for v4 in ("0.0.0.0", "224.0.0.1", "239.1.1.1", "255.255.255.255",
	   BROADCAST):
	for what, d in (("of the same site", site(v4)), ("of the own", O)):
		none("SEC-08 TUN-12 outer destination %s, inner %s: the kernel "
		     "drops it" % (v4, what), tun(r6(d=d), d=v4), None,
		     also={"decapsulated": 0})

# ---- IPv6 addresses that no packet may have -------------------------------
BAD6 = ("::", "::1", "::2", "::192.0.2.187", "::ffff:192.0.2.187", "0:1::1",
	"0:ffff:ffff::1", "::ffff:0:192.0.2.187", "fe80::1", "fe80::c000:2bb",
	"febf::1", "fec0::1", "feff:ffff::1", "ff00::1", "ff02::1", "ff05::2",
	"ff0e::1", "ffff::1")
NEAR6 = ("1::1", "fdff:ffff::1", "fc00::1", "fe00::1", "2001::1", "2003::1",
	 "64:ff9b::192.0.2.187")
conf6to4("6to4, bad IPv6 addresses", addresses=NET)
for v6 in BAD6:
	none("SEC-06 TUN-18 inner source %s, received" % v6, tun(r6(s=v6)),
	     "tun_src6")
	none("SEC-06 TUN-18 inner source %s, from 192.88.99.1" % v6,
	     tun(r6(s=v6), s=ANYCAST), "tun_src6")
	none("SEC-06 inner destination %s, received" % v6, tun(r6(d=v6)),
	     "tun_dst6")
	none("SEC-01 SEC-06 inner source %s, to be sent" % v6, s6(s=v6),
	     "tun_src6", x=True)
	none("SEC-01 SEC-06 inner destination %s, to be sent" % v6, s6(d=v6),
	     "multicast" if v6.startswith("ff") else
	     "link_local" if v6.startswith(("fe8", "feb")) else "tun_dst6",
	     x=True)
for v6 in NEAR6:
	to6("SEC-06 inner source %s is next to them, not one of them" % v6,
	    tun(r6(s=v6)), fwd(r6(s=v6)))
none("SEC-04 the outer source is looked at before the inner one",
     tun(r6(s="fe80::1"), s="10.0.0.1"), "tun_src4")
none("SEC-04 the inner source before the inner destination",
     tun(r6(s="fe80::1", d="fe80::2")), "tun_src6")
none("SEC-04 the inner destination before the site",
     tun(r6(s=Z, d="fe80::2")), "tun_dst6")

# ---- neighbour discovery --------------------------------------------------
conf6to4("6to4, neighbour discovery", "relay on", addresses=NET)
RA = icmp6(134, 0, 0x40000708, bytes(8) + b"\3\4\x40\xc0" + bytes(28))
none("SEC-06 a router advertisement fe80::2 > ff02::1",
     tun(r6(RA, s="fe80::2", d="ff02::1", hl=255)), "tun_src6")
none("SEC-06 a redirect fe80::2 > 2002:O",
     tun(r6(icmp6(137, 0, 0, data(32)), s="fe80::2", hl=255)), "tun_src6")
none("SEC-06 a neighbour solicitation to ff02::1:ff00:1",
     tun(r6(icmp6(135, 0, 0, data(16)), d="ff02::1:ff00:1", hl=255)),
     "tun_dst6")
for t, what, n in ((133, "router solicitation", 4), (134, "router advertisement",
						     16),
		   (137, "redirect", 32)):
	m = icmp6(t, 0, 0, data(n))
	for hl in (255, 64):
		none("SEC-07 6TO4-26 a %s between global addresses, hop limit %d"
		     % (what, hl), tun(r6(m, hl=hl)), "tun_nd")
	none("SEC-07 6TO4-26 a %s from a native source" % what,
	     tun(r6(m, s=N, hl=255)), "tun_nd")
	none("SEC-07 6TO4-26 a %s to a native destination" % what,
	     tun(r6(m, d=N, hl=255)), "tun_nd")
	none("SEC-07 6TO4-26 a %s to be sent" % what, s6(m, hl=255), "tun_nd")
	none("SEC-07 6TO4-26 a %s to be sent by T" % what, s6(m, hl=255),
	     "tun_nd", x=True)
	for name, e in (("hop-by-hop options", hbh()),
			("destination options", dop(16)),
			("an atomic fragment header", fh(0, 0, 7))):
		none("SEC-07 6TO4-26 a %s behind %s" % (what, name),
		     tun(r6(m, hl=255, ext=[e])), "tun_nd")
		none("SEC-07 6TO4-26 a %s behind %s, to be sent" % (what, name),
		     s6(m, hl=255, ext=[e]), "tun_nd")
for t, what in ((135, "solicitation"), (136, "advertisement")):
	m = icmp6(t, 0, 0, data(16))
	to6("SEC-07 TUN-22 a neighbour %s between global addresses" % what,
	    tun(r6(m, hl=255)), fwd(r6(m, hl=255)))
	to4("SEC-07 TUN-22 a neighbour %s between global addresses" % what,
	    s6(m, hl=255), enc(s6(m, hl=255)))
for t in (1, 2, 3, 4, 128, 129, 130, 131, 132, 138, 139, 143):
	m = icmp6(t, 0, 0, data(40))
	to6("SEC-07 ICMPv6 type %d is none of them" % t, tun(r6(m)), fwd(r6(m)))
	to4("SEC-07 ICMPv6 type %d is none of them" % t, s6(m), enc(s6(m)))

# ---- replies --------------------------------------------------------------
conf6to4("6to4, a relay and replies", "relay on", addresses=NET)
for what, s in (("subnet broadcast address", site(BROADCAST)),
		("private address", site("10.0.0.1")),
		("loopback address", site("127.0.0.1")),
		("multicast address", site("224.0.0.1"))):
	none("SEC-19 a forged source embeds a %s, hop limit 1, received" % what,
	     tun(r6(s=s, hl=1)), "tun_src6|src_mismatch")
	none("SEC-19 T's error to a forged source that embeds a %s" % what,
	     s6(udp(dport=9), s=s, d=T6), "tun_dst6|tun_dst4")
	none("SEC-19 T's echo reply to a forged source that embeds a %s" % what,
	     s6(echo(), s=s, d=T6), "tun_dst6|tun_dst4")
none("SEC-19 SEC-02 T's error to a forged source of the own site", [
	s6(udp(dport=9), s=site(O4, ":ffff::1"), d=T6)], "own_site")

# ---- loops (RFC 6324) -----------------------------------------------------
conf6to4("6to4, a relay and loops", "relay on", addresses=NET)
for u in ("0", "200"):
	for v4 in (O4, T4):
		v6 = "2001:db8:5::%s:5efe:%s" % (u, v4)
		none("SEC-15 attack 1: native source %s, an ISATAP address of T, "
		     "to 6to4" % v6, s6(s=v6), "embeds_own")
		none("SEC-15 attack 2: 6to4 source, to %s, an ISATAP address "
		     "of T" % v6, tun(r6(d=v6)), "embeds_own")
	v6 = "2001:db8:5::%s:5efe:%s" % (u, P4)
	to4("SEC-15 ISATAP addresses of others pass: " + v6, s6(s=v6),
	    enc(s6(s=v6)))
	to6("SEC-15 ISATAP addresses of others pass: " + v6, tun(r6(d=v6)),
	    fwd(r6(d=v6)))
v6 = "2001:db8:5::100:5efe:" + O4
to4("SEC-15 no ISATAP address: " + v6, s6(s=v6), enc(s6(s=v6)))
none("SEC-15 SEC-10 attack 3: the other end bounces what T sent",
     tun(s6(), s=P4), "ingress_filter|relay_domain")
none("SEC-15 SEC-10 attack 3: a native source's, bounced",
     tun(s6(s=N), s=P4), "dst_mismatch")

# ---- counters -------------------------------------------------------------


def silent(bed):
	"""No ICMP error was counted since the device was made."""
	got = bed.counters.read()
	return ["%s is %d" % (k, got[k]) for k in ("icmp6_sent", "icmp4_sent",
						   "icmp_limited") if got[k]]


conf6to4("6to4, one counter each", addresses=NET)
to6("SEC-12 SEC-20 KERN-14 a drop of each kind, one counter each, no ICMP", [
	tun(r6(), s="10.0.0.1"), tun(r6(s="fe80::1")), tun(r6(d="fe80::1")),
	tun(r6(s=Z)), tun(r6(s=N, d=Z)), tun(r6(d=Z)), tun(r6(d=N)),
	tun(r6(s=N2, d=N)), tun(r6(s=O)), tun(r6(ver=4)),
	tun(r6(icmp6(137, 0, 0, data(32)))), tun(r6(), tos=3), tun(r6())],
    fwd(r6()), drop=dict.fromkeys((
	    "tun_src4", "tun_src6", "tun_dst6", "src_mismatch", "dst_mismatch",
	    "relay_domain", "not_relay", "native_native", "ingress_filter",
	    "bad_ip6_header", "tun_nd", "tun_ecn"), 1), fn=silent,
    also={"decapsulated": 1})


# ---- firewalls ------------------------------------------------------------

def filtered(bed):
	rc, said = run("nft", "-f", "-", text="""
		table inet m46test {
			chain input {
				type filter hook input priority 0
				ip saddr %s ip protocol 41 drop
			}
			chain output {
				type filter hook output priority 0
				ip daddr %s ip protocol 41 drop
			}
			chain pre {
				type filter hook prerouting priority 0
				iifname m46 udp dport 1 drop
			}
			chain forw {
				type filter hook forward priority 0
				iifname m46 udp dport 2 drop
				oifname m46 udp dport 3 drop
			}
		}
		""" % (Z4, Z4))
	if rc:
		raise Skip("no nftables: " + said.strip().split("\n")[0])
	bed.extra.append("nft delete table inet m46test")


conf6to4("6to4, netfilter", needs=filtered)
none("SEC-21 KERN-07 an IPv4 rule of input drops the outer packet",
     tun(r6(s=Z), s=Z4), None, also={"decapsulated": 0})
none("SEC-21 KERN-07 an IPv4 rule of output drops the outer packet", s6(d=Z),
     None, also={"encapsulated": 1})
for n, what in ((1, "prerouting"), (2, "forward")):
	none("SEC-21 KERN-07 an IPv6 rule of %s drops what came out" % what,
	     tun(r6(udp(dport=n))), None, also={"decapsulated": 1})
none("SEC-21 KERN-07 an IPv6 rule of forward drops what goes in",
     s6(udp(dport=3)), None, also={"encapsulated": 0})
to6("SEC-21 KERN-07 and no other", tun(r6()), fwd(r6()))
to4("SEC-21 KERN-07 and no other", s6(), enc(s6()))

# ---- fuzz -----------------------------------------------------------------

def flips(p, a, b):
	"""p with each bit of the bytes a..b turned over."""
	return [poke(p, i, bytes([p[i] ^ 1 << k])) for i in range(a, b)
		for k in range(8)]


def only(what, ok):
	def fn(packets):
		return ["%s: %s" % (what, p.hex()) for p in packets
			if not ok(bytes(p))][:5]
	return Each(fn, what)


SITE_O, SITE_P = b"\x20\2\xc0\0\2\xaa", b"\x20\2\xc0\0\2\xbb"
conf6to4("6to4, fuzz", addresses=NET)
add("SEC-04 E2E-10 each bit of the inner header turned over",
    flips(tun(r6(echo())), 20, 60),
    [only("ICMPv6 errors to the other site", lambda p: p[9] == 41 and
	  p[12:20] == b"\xc0\0\2\xaa\xc0\0\2\xbb" and p[26] == 58 and
	  p[44:50] == SITE_P)],
    [only("from site to site", lambda p: p[24:30] == SITE_O and
	  p[0] >> 4 == 6 and (p[8:14] == SITE_P or p[8:10] != b"\x20\2"))],
    drop="")
none("TUN-16 TUN-17 E2E-10 every length that is less than the packet's",
     [tun(r6(echo())[:n]) for n in range(40, 55)], "bad_ip6_header")
none("TUN-01 E2E-10 every length that is less than the packet's, to be sent",
     [s6(echo())[:n] for n in range(1, 55)], "bad_ip6_header", port=6)
