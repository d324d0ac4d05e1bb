# SPDX-License-Identifier: GPL-2.0
"""Addresses, rules and source checks: conformance groups ADDR and ADPT."""
from build import data, echo, icmp4, icmp6, ip4, ip6, m6, raw, tcp, udp
from match import T6
from table import (A, B, C, D, H, MAIN, R, X, conf, err4, err6, i4, i6, none,
		   o4, o6, to4, to6, unreach4, unreach6)

U = udp(b"m46!")

conf("main, rules", *MAIN, own=[A + "/96", C + "/96"])
p = i4(U, d="9.9.9.9")
err4("ADPT-26 ADPT-66 no rule -> 3/0", p, unreach4(0, p), drop="no_rule")
p = i4(echo(), d="9.9.9.9")
err4("ADPT-26 no rule, also about an echo request -> 3/0", p, unreach4(0, p),
     drop="no_rule")
none("ICMPGEN-01 no rule, no error about an error",
     i4(icmp4(11, 0, 0, ip4("9.9.9.9", H, U)), d="9.9.9.9"), "no_rule")
p = i6(U, dp=C)
err6("ICMPGEN-02 ADPT-48 destination under another PE's prefix -> 1/1", p,
     unreach6(1, p), drop="not_own_prefix")
none("ADPT-48 destination outside the local blocks", i6(U, d="10.1.1.1"),
     "dst_not_local")
none("ADPT-48 destination in a remote block", i6(U, d=R), "dst_not_local")
to4("ADPT-48 destination in the other local block", i6(U, d=X), o4(U, d=X))
none("ADPT-47 ADDR-15 source of a prefix that no rule has", i6(U, sp=C),
     "adpt_src")
none("ADPT-47 source without IPv4 address", ip6("2001:db8:ffff::9", m6(A, H), U),
     "adpt_src")
none("ADPT-47 source address that no rule covers", i6(U, s="9.9.9.9"),
     "adpt_src")
none("ADPT-47 source under the own prefix", i6(U, s=H, sp=A), "adpt_src")
none("ADPT-47 ICMPGEN-02 the same in an echo request", i6(echo(), sp=C),
     "adpt_src")
to4("ADPT-39 echo request from the core's mapped address", i6(echo()), o4(echo()))
none("ADPT-39 echo request from an unmapped core address",
     ip6("2001:db8:ffff::9", m6(A, H), echo()), "adpt_src")
to4("ADPT-36 IPv4 in IPv4, its inner addresses not the outer's: protocol 4",
    i6(raw(4, ip4("10.0.0.1", "10.0.0.2", U))),
    o4(raw(4, ip4("10.0.0.1", "10.0.0.2", U))))
to6("ADPT-06 ADPT-32 source and destination stay end to end, IP ID is lost",
    i4(U, id=0xabcd, df=1), o6(U))

# ---- routes that are more specific win ------------------------------------
conf("more specific routes", *MAIN, routes=[
	"route add 198.51.100.77/32 dev t4",
	"route add 2001:db8:a::c000:24d/128 dev t6"])
err4("SIIT-25 ADPT-15 a more specific IPv4 route: forwarded as IPv4",
     i4(U, d="198.51.100.77"), i4(U, d="198.51.100.77", ttl=63))
err6("SIIT-55 a more specific IPv6 route: forwarded as IPv6",
     i6(U, d="192.0.2.77"), i6(U, d="192.0.2.77", hl=63))
err6("ADPT-03 native IPv6 is not touched",
     ip6("2001:db8:1::1", "2001:db8:2::2", tcp(data(50)), fl=0x12345, tc=3),
     ip6("2001:db8:1::1", "2001:db8:2::2", tcp(data(50)), fl=0x12345, tc=3,
	 hl=63))
err4("ADPT-28 a destination in the own block: the IPv4 routes decide",
     i4(U, d=X), i4(U, d=X, ttl=63))

# ---- the rule that matches longest ----------------------------------------
conf("longest match", A + "/96", "192.0.2.0/24 via %s/96 local" % A,
     "0.0.0.0/0 via %s/96" % D, "198.51.0.0/16 via 2001:db8:16::/96",
     "198.51.100.0/24 via %s/96" % B, "198.51.100.128/25 via %s/96" % C,
     "198.51.100.255/32 via 2001:db8:32::/96")
for d, pre in (("198.51.100.127", B), ("198.51.100.128", C),
	       ("198.51.100.254", C), ("198.51.100.255", "2001:db8:32::"),
	       ("198.51.99.255", "2001:db8:16::"),
	       ("198.51.101.0", "2001:db8:16::"), ("198.50.255.255", D),
	       ("198.52.0.0", D), ("1.0.0.0", D), ("223.255.255.255", D)):
	to6("ADPT-19 ADPT-25 destination %s" % d, i4(U, d=d), o6(U, d=d, dp=pre))
	to4("ADPT-47 source %s of its rule's prefix" % d, i6(U, s=d, sp=pre),
	    o4(U, s=d))
	none("ADPT-47 source %s of another rule's" % d,
	     i6(U, s=d, sp=B if pre != B else D), "adpt_src")
none("ADPT-48 own blocks only, even with a default rule", i6(U, d="9.9.9.9"),
     "dst_not_local")
for s in ("0.1.2.3", "127.0.0.1", "224.0.0.5", "240.0.0.1", "255.255.255.255"):
	none("ADPT-49 embedded source " + s, i6(U, s=s, sp=D), "martian_source")
for d, what in (("0.1.2.3", "martian_destination"),
		("127.0.0.1", "martian_destination"),
		("240.1.1.1", "martian_destination"),
		("255.255.255.255", "martian_destination|multicast"),
		("224.0.1.1", "multicast"), ("239.255.255.250", "multicast")):
	none("SIIT-10 ADPT-49 destination " + d, i4(U, d=d), what, x=True)
none("ADPT-49 destination 240.1.1.1 by the kernel's input", i4(U, d="240.1.1.1"),
     "martian_destination")
none("ICMPGEN-04 no error about an error to a martian",
     i4(icmp4(3, 1, 0, ip4("240.1.1.1", H, U)), d="240.1.1.1"),
     "martian_destination")

# ---- no local rules -------------------------------------------------------
conf("default egress without local rules", A + "/96", "0.0.0.0/0 via %s/96" % D,
     mark=(H, R, m6(D, R), m6(A, H)))
to4("ADPT-48 without local rules every destination is accepted",
    [i6(U, sp=D), i6(U, sp=D, d=X)], o4(U), o4(U, d=X))
to6("ADPT-18 without local rules every source has the own prefix",
    [i4(U, s="10.1.2.3"), i4(U)], o6(U, s="10.1.2.3", dp=D), o6(U, dp=D))
for d in ("0.1.2.3", "127.0.0.1", "240.1.1.1", "255.255.255.255"):
	none("ADPT-49 embedded destination " + d, i6(U, sp=D, d=d),
	     "martian_destination|multicast")
for d in ("0.1.2.3", "127.0.0.1", "240.1.1.1", "255.255.255.255", "224.0.1.1"):
	none("ADPT-49 ICMPGEN-04 an ICMPv6 error to " + d,
	     i6(icmp6(1, 4, 0, ip6(m6(A, d), m6(D, R), U)), sp=D, d=d),
	     "martian_destination|multicast")
none("SIIT-10 embedded destination 224.0.1.1", i6(U, sp=D, d="224.0.1.1"),
     "multicast|martian_destination")

# ---- several own prefixes -------------------------------------------------
A2, A3 = "2001:db8:a2::", "2001:db8:a3::"
conf("several own prefixes", "%s/96,%s/96" % (A, A2),
     "192.0.2.0/24 via %s/96 local" % A,
     "192.0.2.128/25 via %s/96 local" % A2,
     "192.0.2.200/32 via %s/96 local" % A3,
     "203.0.113.0/24 via %s/96 local" % A3,
     "198.51.100.0/24 via %s/96" % B, "192.0.2.0/25 via %s/96" % C)
for s, pre in ((H, A), ("192.0.2.127", A), ("192.0.2.128", A2),
	       ("192.0.2.200", A3), ("192.0.2.201", A2), (X, A3),
	       ("10.1.2.3", A)):
	to6("ADPT-18 source %s: the longest local rule, else the first prefix" % s,
	    i4(U, s=s), o6(U, s=s, sp=pre))
for pre in (A, A2, A3):
	to4("ADPT-18 every own prefix is accepted: " + pre,
	    [i6(U, dp=pre), i6(U, d=X, dp=pre)], o4(U), o4(U, d=X))
to4("ADPT-28 a block that is local and remote: accepted from the other PE",
    i6(U, s="192.0.2.5", sp=C, d=X), o4(U, s="192.0.2.5", d=X))

# ---- the source checks ----------------------------------------------------
LOOSE = MAIN + ("9.9.9.0/24 via %s/96" % C,)
conf("source-check loose", *LOOSE, opts="source-check loose")
to4("ADPT-47 loose: another PE's prefix is accepted", i6(U, sp=C), o4(U))
to4("ADPT-47 loose: so is an address without a rule",
    i6(U, s="8.8.8.8", sp=C), o4(U, s="8.8.8.8"))
none("ADPT-47 loose: a prefix that no rule has is not", i6(U, sp=D), "adpt_src")
none("ADPT-47 loose: nor is the own prefix", i6(U, s=H, sp=A), "adpt_src")
conf("source-check off", *LOOSE, opts="source-check off")
to4("ADPT-47 off: another PE's prefix", i6(U, sp=C), o4(U))
to4("ADPT-47 off: a prefix that no rule has", i6(U, sp=D), o4(U))
none("ADPT-49 off: martians are refused all the same",
     i6(U, s="127.0.0.1", sp=B), "martian_source")
conf("source-check strict", *LOOSE, opts="source-check strict")
none("ADPT-47 strict: another PE's prefix", i6(U, sp=C), "adpt_src")
to4("ADPT-47 strict: the right one", i6(U, s="9.9.9.9", sp=C),
    o4(U, s="9.9.9.9"))

# ---- prefix lengths -------------------------------------------------------
OWN = [("fd20:46::", 32), ("fd28:46:100::", 40), ("fd30:46:1::", 48),
       ("fd38:46:1:100::", 56), ("fd40:46:1:1::", 64), ("fd48:0:0:1:8000::", 65),
       ("fd50:46:1:1:1::", 80), ("fd58::", 24)]
REM = [("2001:db8::", 32, "9.32.0.1"), ("2001:db8:100::", 40, "9.40.0.1"),
       ("2001:db8:122::", 48, "9.48.0.1"),
       ("2001:db8:122:300::", 56, "9.56.0.1"),
       ("2001:db8:122:344::", 64, "9.64.0.1"),
       ("2001:db8:122:344:8::", 77, "9.77.0.1"),
       ("2001:db8:122:344::", 96, "9.96.0.1")]
conf("prefix lengths", "fd00:a::/96," + ",".join("%s/%d" % o for o in OWN),
     *["%s.0.0/16 via %s/%d" % (".".join(a.split(".")[:2]), pre, n)
       for pre, n, a in REM], mark=(H, "9.96.0.1",
				    m6("2001:db8:122:344::", "9.96.0.1"),
				    m6("fd00:a::", H)))
for pre, n, a in REM:
	to6("ADPT-20 to a /%d: IPv4 in the last 32 bits" % n, i4(U, d=a),
	    o6(U, d=a, sp="fd00:a::", dp=pre))
	to4("ADPT-20 from a /%d" % n, i6(U, s=a, sp=pre, dp="fd00:a::"),
	    o4(U, s=a))
for pre, n in OWN:
	to4("ADPT-20 ADPT-21 an own /%d" % n,
	    i6(tcp(data(30)), s="9.96.0.1", sp="2001:db8:122:344::", dp=pre),
	    o4(tcp(data(30)), s="9.96.0.1"))


def bent(pre, v4, bit):
	"""pre + v4 with one bit set that neither of them has."""
	a = bytearray(m6(pre, v4))
	a[bit // 8] |= 0x80 >> bit % 8
	return bytes(a)


for pre, n in OWN:
	for bit in (n, 95):
		none("ADPT-22 destination under a /%d with bit %d set" % (n, bit),
		     ip6(m6("2001:db8:122:344::", "9.96.0.1"),
			 bent(pre, H, bit), U), "adpt_reserved")
for bit in (33, 64, 95):
	none("ADPT-22 source under a /32 with bit %d set" % bit,
	     ip6(bent("2001:db8::", "9.32.0.1", bit), m6("fd00:a::", H), U),
	     "adpt_reserved|adpt_src")

conf("reserved-bits ignore", "fd00:a::/64",
     "198.51.100.0/24 via 2001:db8:122::/48", opts="reserved-bits ignore",
     mark=(H, R, m6("2001:db8:122::", R), m6("fd00:a::", H)))
V48 = "2001:db8:122::"
to4("ADPT-22 reserved-bits ignore: destination",
    [ip6(m6(V48, R), bent("fd00:a::", H, b), U) for b in (64, 80, 95)],
    o4(U), o4(U), o4(U))
to4("ADPT-22 reserved-bits ignore: source",
    [ip6(bent(V48, R, b), m6("fd00:a::", H), U) for b in (48, 64, 95)],
    o4(U), o4(U), o4(U))

# ---- rules that come and go -----------------------------------------------
conf("rules change", A + "/96", "198.51.100.0/24 via %s/96" % B,
     mark=(H, R, m6(B, R), m6(A, X)))
p = i4(U, d="9.9.9.9")
err4("ADPT-66 ADPT-67 before the rule -> 3/0", p, unreach4(0, p),
     drop="no_rule")
to6("ADPT-66 ADPT-67 rule add: active at once, nothing delayed is released",
    i4(U, d="9.9.9.9"), o6(U, d="9.9.9.9", dp=C),
    ctl=["rule add 9.9.9.0/24 via %s/96 dev m46" % C])
to6("ADPT-67 rule replace", i4(U, d="9.9.9.9"), o6(U, d="9.9.9.9", dp=D),
    ctl=["rule replace 9.9.9.0/24 via %s/96 dev m46" % D])
to6("ADPT-67 a longer rule", i4(U, d="9.9.9.9"), o6(U, d="9.9.9.9", dp=B),
    ctl=["rule add 9.9.9.9/32 via %s/96 dev m46" % B])
to6("ADPT-67 deleted: falls to the shorter one", i4(U, d="9.9.9.9"),
    o6(U, d="9.9.9.9", dp=D),
    ctl=["rule del 9.9.9.9/32 via %s/96 dev m46" % B])
none("ADPT-67 ADPT-47 the check knows at once", i6(U, s="9.9.9.9", sp=B),
     "adpt_src")
err4("ADPT-67 deleted, none left -> 3/0", p, unreach4(0, p), drop="no_rule",
     ctl=["rule del 9.9.9.0/24 via %s/96 dev m46" % D])
to6("ADPT-25 ADPT-67 a default rule", i4(U, d="9.9.9.9"),
    o6(U, d="9.9.9.9", dp=C), ctl=["rule add 0.0.0.0/0 via %s/96 dev m46" % C])
none("ADPT-67 ADPT-48 the first local rule closes what it does not cover",
     i6(U, d=H), "dst_not_local",
     ctl=["rule add 203.0.113.0/24 via %s/96 dev m46 local" % A])
to4("ADPT-67 ADPT-48 the next one opens it", i6(U, d=H), o4(U),
    ctl=["rule add 192.0.2.0/24 via %s/96 dev m46 local" % A])

# ---- the well-known prefix ------------------------------------------------
WKP = "64:ff9b::"
G, G2 = "8.8.8.8", "9.9.9.9"	# global addresses
PRIVATE = ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
	   "169.254.1.1", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1",
	   "198.19.255.255", "198.51.100.2", "203.0.113.1", "100.64.0.1",
	   "100.127.255.255")
GLOBAL = ("9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
	  "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
	  "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0",
	  "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
	  "203.0.112.255", "203.0.114.0", "169.253.255.255", "169.255.0.0",
	  "223.255.255.255", "1.0.0.0", "126.255.255.255", "128.0.0.0")
conf("the well-known prefix behind a default rule", A + "/96",
     "0.0.0.0/0 via %s/96" % WKP, "203.0.113.0/24 via %s/96 local" % A,
     "192.0.2.0/24 via %s/96 local" % A, mark=(H, G, m6(WKP, G), m6(A, H)))
for a in PRIVATE:
	p = i4(U, d=a)
	if a not in ("192.0.2.1", "203.0.113.1"):	# routed elsewhere
		err4("ADDR-07 well-known prefix, destination %s -> 3/13" % a, p,
		     unreach4(13, p), drop="wkp_private")
	p = i6(U, s=a, sp=WKP)
	err6("ADDR-07 well-known prefix, source %s -> 1/1" % a, p,
	     unreach6(1, p), drop="wkp_private")
none("ADDR-07 ICMPGEN-02 the same in an echo request: silent",
     i6(echo(), s="10.0.0.1", sp=WKP), "wkp_private")
p = i4(echo(), d="10.0.0.1")
err4("ADDR-07 ICMPGEN-01 in an IPv4 echo request -> 3/13", p, unreach4(13, p),
     drop="wkp_private")
none("ADDR-07 ICMPGEN-01 in an ICMPv4 error: silent",
     i4(icmp4(3, 1, 0, ip4("10.0.0.1", H, U)), d="10.0.0.1"), "wkp_private")
for a in GLOBAL:
	to6("ADDR-07 well-known prefix, destination %s is global" % a,
	    i4(U, d=a), o6(U, d=a, dp=WKP))
	to4("ADDR-07 well-known prefix, source %s is global" % a,
	    i6(U, s=a, sp=WKP), o4(U, s=a))
to6("ADDR-07 a private source under another prefix", i4(U, s="10.0.0.1", d=G),
    o6(U, s="10.0.0.1", d=G, dp=WKP))

LOCAL = "203.0.114.0/24"
conf("the well-known prefix for the own block", WKP + "/96",
     "198.51.100.0/24 via %s/96" % B, opts="icmp6-source 2001:db8:ffff::46",
     own=[WKP + "/96"], routes=["route add %s dev t4" % LOCAL,
				"route add 10.0.0.0/8 dev t4"],
     mark=("203.0.114.1", R, m6(B, R), m6(WKP, "203.0.114.1")))
W = "203.0.114.33"
to6("ADDR-06 own well-known prefix, global source", i4(tcp(data(9)), s=W),
    o6(tcp(data(9)), s=W, sp=WKP))
to4("ADDR-06 own well-known prefix, global destination", i6(U, d=W, dp=WKP),
    o4(U, d=W))
for a in ("10.0.0.1", "192.168.1.1", "100.64.0.1"):
	p = i6(U, d=a, dp=WKP)
	err6("ADDR-07 own well-known prefix, destination %s -> 1/1" % a, p,
	     unreach6(1, p, src="2001:db8:ffff::46"), drop="wkp_private")
p = i4(U, s="10.0.0.1")
err4("ADDR-07 own well-known prefix, source 10.0.0.1 -> 3/13", p,
     unreach4(13, p), drop="wkp_private")
none("ADDR-07 ICMPGEN-02 destination 10.0.0.1 in an echo request: silent",
     i6(echo(), d="10.0.0.1", dp=WKP), "wkp_private")


def quote4(d=W):
	return ip4(R, d, U, ttl=60)


def quote6(d=W):
	return ip6(m6(B, R), m6(WKP, d), U, hl=60)


to6("ADDR-08 error from a private router: icmp6-source",
    i4(icmp4(11, 0, 0, quote4()), s="10.9.9.9"),
    ip6("2001:db8:ffff::46", m6(B, R), icmp6(3, 0, 0, quote6()), hl=63))
to6("ADDR-08 error from a global router keeps its source",
    i4(icmp4(11, 0, 0, quote4()), s="203.0.114.9"),
    o6(icmp6(3, 0, 0, quote6()), s="203.0.114.9", sp=WKP))
none("ADDR-08 error about a packet that was never legal",
     i4(icmp4(11, 0, 0, quote4("10.0.0.1")), s="203.0.114.9"),
     "wkp_private|unmappable|bad_quote")

conf("the well-known prefix, no icmp6-source", WKP + "/96",
     "198.51.100.0/24 via %s/96" % B, own=[WKP + "/96"],
     routes=["route add %s dev t4" % LOCAL],
     mark=("203.0.114.1", R, m6(B, R), m6(WKP, "203.0.114.1")))
to6("ADDR-08 error from a private router: T's own address",
    i4(icmp4(11, 0, 0, quote4()), s="10.9.9.9"),
    ip6(T6, m6(B, R), icmp6(3, 0, 0, quote6()), hl=63))

conf("wkp-strict off", A + "/96", "0.0.0.0/0 via %s/96" % WKP,
     opts="wkp-strict off", mark=(H, G, m6(WKP, G), m6(A, H)))
to6("ADDR-07 wkp-strict off", [i4(U, d="10.0.0.1"), i4(U)],
    o6(U, d="10.0.0.1", dp=WKP), o6(U, dp=WKP))
to4("ADDR-07 wkp-strict off", i6(U, s="10.0.0.1", sp=WKP), o4(U, s="10.0.0.1"))

N1, N2 = "64:ff9b:1:fffe::", "64:ff9b:1:abcd:0:5431::"
conf("64:ff9b:1::/48", N1 + "/96", "0.0.0.0/0 via %s/96" % N2,
     mark=(H, R, m6(N2, R), m6(N1, H)))
to6("ADDR-07 ADDR-13 64:ff9b:1::/48 with private addresses",
    i4(U, s="192.168.1.1", d="10.0.0.1"),
    o6(U, s="192.168.1.1", d="10.0.0.1", sp=N1, dp=N2))
to4("ADDR-07 ADDR-13 64:ff9b:1::/48 with private addresses",
    i6(U, s="10.0.0.1", sp=N2, dp=N1), o4(U, s="10.0.0.1"))
# both prefixes are neutral: the checksum stays what it was
to6("ADDR-06 ADDR-14 neutral prefixes: the TCP checksum is IPv4's",
    i4(tcp(data(9))),
    o6(tcp(data(9), csum=int.from_bytes(i4(tcp(data(9)))[36:38], "big")),
       sp=N1, dp=N2))
