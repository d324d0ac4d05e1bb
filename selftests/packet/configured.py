# SPDX-License-Identifier: GPL-2.0
"""Mode 6to4 with remote alone: the configured tunnel of RFC 4213, and what it
carries that 6to4 does not.

    O4 === P4	the tunnel; L a host on this side, at t6, F one on the other
"""
from build import cut, data, echo, icmp6, ip6, raw, udp
from match import Error, Inside
from table import O4, P4, add, conf6to4, err4, err6, none, to4, to6, unreach6
from tunnel import (Z4, Z, e4, enc, fwd, ip, mtu, nd, out, ports,
		    second, site, tun)

L, F = "2001:db8:1::1", "2620:0:2bb::1"
LOCAL, PEER = "fe80::c000:2aa", "fe80::c000:2bb"
U = udp(b"m46!")
OWN = ("2620::/16",)
KW = {"own": OWN, "lan": (), "mark": (P4, F, O4, L)}


def s6(l4=U, s=L, d=F, **kw):
	return ip6(s, d, l4, **kw)


def r6(l4=U, s=F, d=L, **kw):
	return ip6(s, d, l4, **kw)


def conf(name, words="", **kw):
	conf6to4(name, ("remote %s %s" % (P4, words)).rstrip(), **{**KW, **kw})


# The operator's, as on any link (RFC 4213 3.7).
LINK_LOCAL = ["address add %s/64 dev m46 nodad" % LOCAL]
conf("configured", routes=LINK_LOCAL)
to4("TUN-01 TUN-07 TUN-25 to the remote, whatever the addresses", s6(),
    enc(s6()), also={"encapsulated": 1}, fn=mtu(1280, (1279, 1481)))
to6("TUN-16 from the remote", tun(r6()), fwd(r6()), also={"decapsulated": 1})
to6("TUN-13 native addresses of anybody",
    [tun(r6(s="2001:db8:ffff:ffff::1")), tun(r6(d="2001:db8:5::1"))],
    fwd(r6(s="2001:db8:ffff:ffff::1")), fwd(r6(d="2001:db8:5::1")))
to6("TUN-18 SEC-06 2002: and its embedded address are native here",
    [tun(r6(s=site("10.0.0.1"))), tun(r6(s=Z))],
    fwd(r6(s=site("10.0.0.1"))), fwd(r6(s=Z)))
to4("TUN-18 SEC-06 2002: and its embedded address are native here",
    [s6(d=site("10.0.0.1")), s6(s=Z), s6(d=Z)],
    *[out(p) for p in (s6(d=site("10.0.0.1")), s6(s=Z), s6(d=Z))], x=True)
for s in (Z4, "192.88.99.1", "192.0.2.188"):
	p = tun(r6(), s=s)
	err4("TUN-13 KERN-15 from %s, not the remote: not ours" % s, p,
	     ports(p), also={"decapsulated": 0})
for what, p in (("between link-local addresses", s6(s=LOCAL, d=PEER, hl=255)),
		("OSPF to ff02::5", s6(raw(89, data(20)), s=LOCAL, d="ff02::5",
				       hl=1)),
		("to ff02::1", s6(s=LOCAL, d="ff02::1")),
		("to ff0e::1", s6(d="ff0e::1"))):
	to4("TUN-21 " + what, p, out(p), x=True)
for t, what in ((133, "a router solicitation"), (134, "a router advertisement"),
		(135, "a neighbour solicitation"), (137, "a redirect")):
	p = s6(icmp6(t, 0, 0, data(8 if t == 133 else 16)), s=LOCAL, d=PEER,
	       hl=255)
	to4("TUN-22 6TO4-26 %s is the operator's matter here" % what, p, out(p),
	    x=True)
none("6TO4-26 a router advertisement is received",
     tun(r6(icmp6(134, 0, 0x40000708, bytes(8)), s=PEER, d="ff02::1", hl=255)),
     None, also={"decapsulated": 1})
to4("TUN-21 TUN-22 fe80::c000:2aa answers a neighbour solicitation",
    tun(nd(135, PEER, LOCAL, LOCAL)), out(nd(136, LOCAL, PEER, LOCAL,
					     0xc0000000)))
to4("TUN-21 it answers an echo request", tun(r6(echo(), s=PEER, d=LOCAL)),
    out(s6(echo(1), s=LOCAL, d=PEER)))
to4("TUN-21 and one to ff02::1", tun(r6(echo(), s=PEER, d="ff02::1", hl=1)),
    out(s6(echo(1), s=LOCAL, d=PEER)))
for s in ("ff02::1", "ff0e::1", "::1", "::192.0.2.33", "::2",
	  "::ffff:192.0.2.33"):
	none("TUN-18 inner source " + s, tun(r6(s=s)), "tun_src6")
	none("TUN-18 inner source %s, to multicast" % s,
	     tun(r6(s=s, d="ff02::1")), "tun_src6")
	none("TUN-18 inner source " + s, s6(s=s), "tun_src6", x=True)
for d in ("::1", "::", "::192.0.2.33", "::ffff:192.0.2.33"):
	none("TUN-18 inner destination " + d, tun(r6(d=d)), "tun_dst6")
	none("TUN-18 inner destination " + d, s6(d=d), "tun_dst6", x=True)
none("TUN-18 inner source ::, a DAD probe, is tolerated",
     tun(nd(135, "::", "ff02::1:ff00:99", "fe80::99")), None,
     also={"decapsulated": 1})
none("TUN-16 12 bytes are missing", tun(cut(r6(), 0, 40)), "bad_ip6_header")
for v in (4, 5):
	none("TUN-17 inner version %d" % v, tun(r6(ver=v)), "bad_ip6_header")
to6("TUN-19 inner source of this side: only strict can know", tun(
	r6(s="2001:db8:1::2")), fwd(r6(s="2001:db8:1::2")))
p = s6(raw(200, data(1241)))
err6("TUN-08 1281 bytes -> packet too big 1280", p,
     Error(2, 0, p, 1280, by_m46=False))
p = r6(hl=1)
add("TUN-04 hop limit 1 at the exit -> 3/0 through the tunnel", tun(p),
    [Inside(out(s6()), Error(3, 0, p, by_m46=False))])


def told(p, n, **kw):
	"""The error about enc(p), n bytes of it quoted, and what comes of it."""
	return e4(3, 1, enc(p), n, **kw), Error(1, 3, cut(fwd(p), 0, n - 20))


p, want = told(s6(), 68)
err6("TUN-11 3/1 quoting 68 bytes -> 1/3", p, want,
     also={"tun_error": 1, "tun_error_relayed": 1})
none("TUN-11 3/1 quoting 28 bytes", told(s6(), 28)[0], None,
     also={"tun_error": 1, "tun_error_relayed": 0})
none("TUN-11 a packet to another end was quoted",
     e4(3, 1, enc(s6(), d=Z4), 68), None, also={"tun_error": 0})
none("TUN-11 a link-local source cannot be told from outside",
     e4(3, 1, out(s6(s="fe80::1234", d=PEER)), 68), None,
     also={"tun_error": 1, "tun_error_relayed": 0})
none("SEC-18 KERN-12 the outer route leads into the device",
     [ip("route add %s/32 dev m46" % P4), s6(),
      ip("route del %s/32 dev m46" % P4)], {"recursion": 1})
p = s6()
err6("TUN-24 no IPv4 route -> 1/3",
     [ip("route add unreachable %s/32" % P4), p,
      ip("route del unreachable %s/32" % P4)], unreach6(3, p),
     drop={"no_outer_route": 1})

conf("configured, ingress-filter strict", "ingress-filter strict",
     routes=LINK_LOCAL)
none("TUN-19 SEC-14 strict: inner source of this side",
     tun(r6(s="2001:db8:1::2")), "ingress_filter")
to6("TUN-19 SEC-14 strict: one that is routed into the tunnel", tun(r6()),
    fwd(r6()))
to4("TUN-19 SEC-14 strict: link-local is of this link",
    tun(r6(echo(), s=PEER, d=LOCAL)), out(s6(echo(1), s=LOCAL, d=PEER)))

conf("configured, pmtudisc", "pmtudisc on", mtu4=1400)
p = s6(raw(200, data(1341)))
err6("TUN-09 a link of 1400: 1381 bytes", p, Error(2, 0, p, 1380),
     drop="too_big")
p = s6(raw(200, data(1340)))
to4("TUN-09 a link of 1400: 1380 bytes pass with DF", p, enc(p, df=1))
conf("configured, ttl and tos", "ttl inherit tos inherit ecn compat")
to4("TUN-03 TUN-25 ECN-02 ttl inherit, tos inherit, ecn compat",
    s6(tc=0xba, hl=9), enc(s6(tc=0xba, hl=9), ttl=8, tos=0xb8))
conf("configured, T has a private address",
     addresses=(O4 + "/32", "10.1.1.1/32"),
     before=["dev set m46 local 10.1.1.1"], mark=(P4, F, "10.1.1.1", L))
to4("6TO4-04 a private local address will do for a configured tunnel", s6(),
    enc(s6(), s="10.1.1.1"))
to6("6TO4-04 a private local address will do for a configured tunnel",
    tun(r6(), d="10.1.1.1"), fwd(r6()))

# ---- several devices at one address ---------------------------------------


def at(dev, **want):
	"""What the counters of another device are."""
	def fn(bed):
		got = bed.counters.read(dev)
		return ["%s of %s is %d, not %d" % (k, dev, got[k], v)
			for k, v in want.items() if got[k] != v]
	return fn


F2 = "2620:0:101::1"
conf("two configured tunnels", needs=second,
     before=["dev add m46b mode 6to4 local %s remote %s" % (O4, Z4)],
     routes=["link set m46b up", "route add 2620:0:101::/48 dev m46b"])
to4("KERN-15 SEC-17 each has its own remote", [s6(), s6(d=F2)], enc(s6()),
    enc(s6(d=F2), d=Z4), also={"encapsulated": 1},
    fn=at("m46b", encapsulated=1, decapsulated=0))
to6("KERN-15 SEC-17 each takes its own remote's", [tun(r6()),
						   tun(r6(s=F2), s=Z4)],
    fwd(r6()), fwd(r6(s=F2)), also={"decapsulated": 1},
    fn=at("m46b", encapsulated=1, decapsulated=1))
p, want = e4(3, 1, enc(s6(d=F2), d=Z4), 68), Error(1, 3, cut(fwd(s6(d=F2)), 0,
							      48), by_m46=False)
err6("KERN-15 TUN-11 and the errors about its own", p, want,
     also={"tun_error": 0}, fn=at("m46b", tun_error=1, tun_error_relayed=1))

conf("configured beside 6to4", needs=second,
     before=["dev add m46b mode 6to4 local " + O4],
     routes=["link set m46b up", "route add 2002::/16 dev m46b",
	     "route add 2002:c000:2aa::/52 dev t6"])
SITE = site(O4)
to6("KERN-15 SEC-17 from the remote: the configured tunnel's", tun(r6()),
    fwd(r6()), also={"decapsulated": 1}, fn=at("m46b", decapsulated=0))
to6("KERN-15 SEC-17 from elsewhere: 6to4's", tun(r6(s=Z, d=SITE), s=Z4),
    fwd(r6(s=Z, d=SITE)), also={"decapsulated": 0},
    fn=at("m46b", decapsulated=1))
to4("KERN-15 SEC-17 both send", [s6(), s6(s=SITE, d=Z)], enc(s6()),
    enc(s6(s=SITE, d=Z), d=Z4), also={"encapsulated": 1},
    fn=at("m46b", encapsulated=1))
none("KERN-15 SEC-17 6to4's checks are its own",
     tun(r6(s=site("10.0.0.1"), d=SITE), s=Z4), None,
     fn=at("m46b", tun_src6=1))
