# SPDX-License-Identifier: GPL-2.0
"""Mode 6to4: IPv6 in IPv4 whatever the addresses, RFC 4213: group TUN.

    O4, O	T's own address at t4, and a host of its site, at t6
    P4, P	another site, at t4; Z4, Z one more
    N		a native host

A packet p that came in at t6 leaves as enc(p) at t4; tun(p) at t4 gives fwd(p)
at t6.
"""
import itertools
import socket
import time
from struct import unpack_from

from bed import DEV, Skip, m46ctl, must, run
from build import (ANY, GSO_TCPV6, GSO_UDP_L4, NEEDS_CSUM, Part, Vnet, a4, cut,
		   data, dop, echo, fh, hbh, icmp4, icmp6, ip4, ip6, m6, mk,
		   pad, partial, poke, raw, rh, tcp, text, udp, wellformed)
from headers import syn
from match import (T4, T6, Alt, Each, Error, Exact, Frags, Inside, Maybe,
		   Offloaded)
from offload import ALL, TSO, dgram, seg, uso
from table import (LAN, O, O4, P, P4, add, conf6to4, err4, err6, none, to4, to6,
		   unreach4, unreach6)
from vectors import V6
from watch import dummy, watched, whole

Z4, Z = "203.0.113.1", "2002:cb00:7101::1"
N = "2001:db8:9::1"
ROUTER = "203.0.113.9"		# in the IPv4 network
U = udp(b"m46!")


def site(v4, tail="::1"):
	"""An address of the 6to4 site of v4."""
	b = a4(v4)
	return text(socket.inet_pton(socket.AF_INET6, "2002:%x:%x%s" % (
		b[0] << 8 | b[1], b[2] << 8 | b[3], tail)))


# ---- packets --------------------------------------------------------------

def s6(l4=U, s=O, d=P, **kw):
	"""From a host of the own site."""
	return ip6(s, d, l4, **kw)


def r6(l4=U, s=P, d=O, **kw):
	"""From a host of the other."""
	return ip6(s, d, l4, **kw)


def out(p, s=O4, d=P4, id=ANY, tos=None, **kw):
	"""p in IPv4, as m46 sends it."""
	if tos is None:
		tos = p[1] >> 4 & 3
	return ip4(s, d, raw(41, p), id=id, tos=tos, **kw)


def fwd(p):
	"""p, forwarded once."""
	return poke(p, 7, bytes([p[7] - 1]))


def enc(p, **kw):
	return out(fwd(p), **kw)


def tun(p, s=P4, d=O4, **kw):
	"""p in IPv4, as another router sends it."""
	return ip4(s, d, raw(41, p), **kw)


def body(n):
	return raw(200, data(n))


def size(n, **kw):
	"""A packet of n bytes from a host of the own site."""
	return s6(body(n - 40), **kw)


def ports(p):
	"""The kernel's own answer where nobody takes protocol 41."""
	return Error(3, 3, p, src=text(p[16:20]), by_m46=False)


# ---- steps between the packets of a case ----------------------------------

def ip(*lines):
	def act(bed):
		for line in lines:
			must("ip", *line.split())
	return act


def ctl(*lines):
	def act(bed):
		for line in lines:
			must(m46ctl(), *line.split())
	return act


def refused(*lines):
	"""Complaints about commands that should fail, and do not."""
	return ["is not refused: " + x for x in lines
		if run(*x.split())[0] == 0]


# ---- one packet -----------------------------------------------------------
conf6to4("6to4")
to4("V6 TUN-01 TUN-07 TUN-25 ECN-01", V6[0][:7] + b"\x40" + V6[0][8:], V6[1],
    also={"encapsulated": 1})
for what, l4 in (("UDP", U), ("TCP", tcp(data(101))),
		 ("an echo request", echo()), ("SCTP", raw(132, data(40))),
		 ("IPv4", raw(4, ip4(P4, O4, U))), ("IPv6", raw(41, s6())),
		 ("nothing, next header 59", raw(59))):
	to4("TUN-01 " + what, s6(l4), enc(s6(l4)))
	to6("TUN-16 " + what, tun(r6(l4)), fwd(r6(l4)))
to4("TUN-01 traffic class and flow label stay inside", s6(tc=0xb8, fl=0x12345),
    enc(s6(tc=0xb8, fl=0x12345)))
to6("TUN-17 traffic class and flow label stay", tun(r6(tc=0xb8, fl=0x12345)),
    fwd(r6(tc=0xb8, fl=0x12345)))
EXTS = [hbh(), dop(16), rh(0), fh(0, 1, 7)]
to4("TUN-01 extension headers stay", s6(Part(udp(data(64)), 0, 32), ext=EXTS),
    enc(s6(Part(udp(data(64)), 0, 32), ext=EXTS)))
to6("TUN-17 extension headers stay", tun(r6(ext=EXTS[:3])),
    fwd(r6(ext=EXTS[:3])))
to4("TUN-01 a wrong inner checksum stays as wrong", s6(tcp(off=0x1111)),
    Exact(enc(s6(tcp(off=0x1111))), sums=False))
to4("TUN-01 bytes after PL are cut", s6() + bytes(18), out(s6()), x=True)
to6("TUN-16 10 bytes of padding are cut", tun(r6() + data(10)), fwd(r6()))
to6("TUN-16 1000 bytes of padding are cut", tun(r6() + data(1000)), fwd(r6()))
to6("TUN-16 padding after an empty packet is cut",
    tun(r6(raw(59)) + data(10)), fwd(r6(raw(59))))
to6("TUN-16 outer options go with the outer header",
    tun(r6(), opts=b"\x94\x04\0\0"), fwd(r6()))
for n in (1, 8, 12):
	none("TUN-16 %d bytes are missing" % n, tun(cut(r6(), 0, len(r6()) - n)),
	     "bad_ip6_header")
none("TUN-16 PL 65535", tun(r6(pl=65535)), "bad_ip6_header")
for n in (0, 1, 20, 39):
	none("TUN-17 %d bytes inside: the kernel's tunnel4 drops it" % n,
	     tun(cut(r6(), 0, n)), None)
for v in (0, 4, 5, 7, 15):
	none("TUN-17 inner version %d" % v, tun(r6(ver=v)), "bad_ip6_header")
none("TUN-17 IPv4 inside", tun(ip4(P4, O4, body(60))), "bad_ip6_header")
to6("TUN-07 TUN-17 outer DF, ID and TTL do not matter",
    [tun(r6(), df=1), tun(r6(), id=0), tun(r6(), ttl=1)],
    *[fwd(r6())] * 3)


def distinct(n, size=None):
	"""n packets of distinct identification."""
	def fn(packets):
		ids = {unpack_from("!H", p, 4)[0] for p in packets}
		bad = ["%d packets, not %d" % (len(packets), n)] \
			if len(packets) != n else []
		if len(ids) != len(packets):
			bad.append("%d identifications for %d packets" % (
				len(ids), len(packets)))
		return bad
	return Each(fn, "%d packets of distinct identification" % n)


to4("TUN-02 100 packets, 100 identifications", [s6()] * 100, distinct(100))
to4("TUN-03 hop limit 4 -> TTL 64", s6(hl=4), enc(s6(hl=4)))
to4("TUN-03 hop limit 255 -> TTL 64", s6(hl=255), enc(s6(hl=255)))
p = s6(hl=1)
err6("TUN-04 hop limit 1 -> 3/0", p, Error(3, 0, p, by_m46=False))
to6("TUN-04 the exit decrements as it forwards", [tun(r6(hl=64)),
						  tun(r6(hl=2))],
    fwd(r6(hl=64)), fwd(r6(hl=2)))
p = r6(hl=1)
add("TUN-04 SEC-19 hop limit 1 at the exit -> 3/0 through the tunnel", tun(p),
    [Inside(out(s6()), Error(3, 0, p, by_m46=False))],
    also={"encapsulated": 1, "decapsulated": 1})


def mtu(want, refuse=(), accept=()):
	def fn(bed):
		out = must("ip", "link", "show", "dev", DEV)
		bad = [] if " mtu %d " % want in out else [out]
		bad += refused(*["ip link set %s mtu %d" % (DEV, n)
				 for n in refuse])
		for n in tuple(accept) + (want,):
			must("ip", "link", "set", DEV, "mtu", str(n))
		return bad
	return fn


to4("TUN-05 TUN-06 the MTU is 1280, and neither under that nor over 1480",
    s6(), enc(s6()), fn=mtu(1280, (1279, 1481, 1500, 65515), (1480, 1281)))
to4("TUN-08 TUN-07 6TO4-34 1280 bytes -> 1300, DF 0", size(1280),
    enc(size(1280)))
for n in (1281, 1500):
	p = size(n)
	err6("TUN-08 %d bytes -> packet too big 1280" % n, p,
	     Error(2, 0, p, 1280, by_m46=False))
to6("TUN-15 more than the device's MTU is received", [tun(r6(body(1440)))] +
    [tun(r6(body(1460)))], fwd(r6(body(1440))), fwd(r6(body(1460))))
p = r6(body(1461))
add("TUN-15 more than the LAN's: packet too big through the tunnel", tun(p),
    [Inside(out(s6()), Error(2, 0, p, 1500, by_m46=False))])


IDENT = itertools.count(0x4646)


def pieces(p, *cuts, tos=None, **kw):
	"""tun(p) in IPv4 fragments, the last one first."""
	whole, ends, ident = raw(41, p), list(cuts) + [len(p)], next(IDENT)
	out = []
	for k, end in enumerate(ends):
		a = ends[k - 1] if k else 0
		out.append(ip4(P4, O4, Part(whole, a, end), off=a // 8,
			       mf=end < len(p), id=ident,
			       tos=tos[k] if tos else 0, **kw))
	return out[::-1]


for n, cuts in ((1280, (1240,)), (1480, (1480 - 8,)), (1480, (8,)),
		(1500, (1480,)), (1500, (24, 48, 1000))):
	p = r6(body(n - 40))
	to6("TUN-14 %d bytes in %d fragments of %s and the rest, backwards" % (
		n, len(cuts) + 1, ", ".join(map(str, cuts))),
	    pieces(p, *cuts), fwd(p))
	to6("TUN-14 %d bytes in %d fragments of %s and the rest, in order" % (
		n, len(cuts) + 1, ", ".join(map(str, cuts))),
	    pieces(p, *cuts)[::-1], fwd(p))
none("TUN-14 one of two fragments", pieces(r6(body(1240)), 640)[:1], None)
p = r6(body(1240), s=Z)
none("TUN-14 TUN-13 fragments are checked once they are whole",
     pieces(p, 640), {"src_mismatch": 1})
none("TUN-23 KERN-09 6TO4-26 idle: nothing", [lambda bed: None], None)


def quiet(bed):
	"""Not even what was dropped."""
	time.sleep(1.2)
	must("ip", "link", "set", DEV, "down")
	must("ip", "-batch", "-", text="\n".join(
		["link set %s up" % DEV, "route add 2002::/16 dev " + DEV]))
	time.sleep(1.2)


none("TUN-23 KERN-09 6TO4-26 down, up and a second of silence", [quiet], None,
     also={"multicast": 0, "link_local": 0, "tun_nd": 0, "encapsulated": 0})

conf6to4("6to4, the other end", local=P4, addresses=(P4 + "/32",),
	 lan=("2002:c000:2bb::/52",), mark=(O4, O, P4, P))
to6("V6 TUN-16 ECN-03 at the other end", V6[1], fwd(V6[0]),
    also={"decapsulated": 1})

# ---- IPv4 and other things ------------------------------------------------
conf6to4("6to4, an IPv4 route into it", routes=["route add 9.9.9.0/24 dev m46"])
p = ip4(ROUTER, "9.9.9.9", U)
err4("TUN-01 an IPv4 packet -> 3/13", p, unreach4(13, p), drop="not_ip6")
none("TUN-01 neither IPv4 nor IPv6", bytes(40), "not_ip", port=0x88b5)
for what, p in (("39 bytes", cut(s6(), 0, 39)), ("version 5", s6(ver=5)),
		("version 4", ip4(O4, P4, U)),
		("PL beyond the end", s6(pl=13)), ("PL 65535", s6(pl=65535))):
	none("TUN-01 a bad IPv6 header: " + what, p, "bad_ip6_header", port=6)

# ---- knobs of the outer header --------------------------------------------
for n in (1, 10, 255):
	conf6to4("6to4, ttl %d" % n, "ttl %d" % n)
	to4("TUN-03 ttl %d" % n, s6(), enc(s6(), ttl=n))
conf6to4("6to4, ttl inherit", "ttl inherit")
for n in (255, 64, 2):
	to4("TUN-03 ttl inherit: hop limit %d -> %d, and so the TTL" % (n, n - 1),
	    s6(hl=n), enc(s6(hl=n), ttl=n - 1))
conf6to4("6to4, tos 0", "tos 0")
to4("TUN-25 tos 0: DSCP 46 -> 0, ECN copied", [s6(tc=0xb8), s6(tc=0xb9)],
    enc(s6(tc=0xb8), tos=0), enc(s6(tc=0xb9), tos=1))
conf6to4("6to4, tos 184", "tos 184")
to4("TUN-25 tos 184: DSCP 46, ECN copied", [s6(), s6(tc=2), s6(tc=0x21)],
    enc(s6(), tos=0xb8), enc(s6(tc=2), tos=0xba), enc(s6(tc=0x21), tos=0xb9))
conf6to4("6to4, tos inherit", "tos inherit")
to4("TUN-25 tos inherit", [s6(tc=0xb8), s6(tc=0x2a), s6(tc=0xff)],
    enc(s6(tc=0xb8), tos=0xb8), enc(s6(tc=0x2a), tos=0x2a),
    enc(s6(tc=0xff), tos=0xff))
to6("TUN-25 ECN-06 tos inherit is for the way out only", tun(r6(), tos=0xb8),
    fwd(r6()))

# ---- sizes ----------------------------------------------------------------
conf6to4("6to4, MTU 1400", routes=["link set m46 mtu 1400"])
to4("TUN-06 TUN-08 MTU 1400: 1400 bytes pass", size(1400), enc(size(1400)))
p = size(1401)
err6("TUN-08 MTU 1400: 1401 bytes", p, Error(2, 0, p, 1400, by_m46=False))
conf6to4("6to4, an IPv4 link of 600", mtu4=600)
to4("TUN-07 DF 0, so IPv4 cuts it: 1280 over a link of 600", size(1280),
    Frags(enc(size(1280)), 600))
conf6to4("6to4, large-mtu", "large-mtu on", routes=["link set m46 mtu 2000"])
to4("TUN-06 large-mtu on, MTU 2000: cut by IPv4", size(2000),
    Frags(enc(size(2000)), 1500), fn=mtu(2000, accept=(65515,)))
p = size(2001)
err6("TUN-08 large-mtu on, MTU 2000: 2001 bytes", p,
     Error(2, 0, p, 2000, by_m46=False))

# ---- dynamic MTU ----------------------------------------------------------
conf6to4("6to4, pmtudisc", "pmtudisc on")
to4("TUN-09 pmtudisc on: MTU 1480, DF 1", [size(1480), s6()],
    enc(size(1480), df=1), enc(s6(), df=1), fn=mtu(1480, (1279, 1481)))
p = size(1481)
err6("TUN-09 pmtudisc on: 1481 bytes", p, Error(2, 0, p, 1480, by_m46=False))
conf6to4("6to4, static again", "pmtudisc off")
to4("TUN-07 pmtudisc off: DF 0", s6(), enc(s6()), fn=mtu(1280))
for link, most in ((1400, 1380), (1301, 1281), (1300, 1280)):
	conf6to4("6to4, pmtudisc, an IPv4 link of %d" % link, "pmtudisc on",
		 mtu4=link)
	to4("TUN-09 a link of %d: %d bytes pass with DF" % (link, most),
	    size(most), enc(size(most), df=1))
	p = size(most + 1)
	err6("TUN-09 a link of %d: %d bytes" % (link, most + 1), p,
	     Error(2, 0, p, most), drop="too_big")
for link in (1299, 1200, 600):
	conf6to4("6to4, pmtudisc, an IPv4 link of %d" % link, "pmtudisc on",
		 mtu4=link)
	to4("TUN-09 a link of %d: 1280 bytes are cut, DF 0" % link, size(1280),
	    Frags(enc(size(1280)), link))
	to4("TUN-09 a link of %d: small ones have DF 0 too" % link, s6(),
	    enc(s6()))
	p = size(1281)
	err6("TUN-09 a link of %d: 1281 bytes" % link, p,
	     Error(2, 0, p, 1280), drop="too_big")


# ---- ICMPv4 errors about outer packets ------------------------------------

def far(n):
	"""One site of many: what is learnt of its path stays for a while."""
	v4 = "203.0.114.%d" % n
	return v4, site(v4)


FAR = ["route add 203.0.114.0/24 dev t4"]


def e4(typ, code, p, n=28, word=0, s=ROUTER, d=O4, **kw):
	"""An ICMPv4 error quoting n bytes of p."""
	return ip4(s, d, icmp4(typ, code, word, cut(p, 0, n), **kw))


def learns(mtu, v4, v6, **kw):
	return e4(3, 4, out(s6(d=v6), d=v4, id=7, df=1, **kw), word=mtu)


conf6to4("6to4, pmtudisc, ICMPv4", "pmtudisc on", routes=FAR)
v4, v6 = far(1)
p = size(1381, d=v6)
add("TUN-10 TUN-09 3/4 MTU 1400: DF 1 up to 1380, then packet too big",
    [size(1480, d=v6), learns(1400, v4, v6), p, size(1380, d=v6)],
    [enc(size(1480, d=v6), d=v4, df=1), enc(size(1380, d=v6), d=v4, df=1)],
    [Error(2, 0, p, 1380)], drop={"too_big": 1},
    also={"tun_error": 1, "tun_pmtu": 1, "tun_error_relayed": 0})
to4("TUN-10 TUN-09 other destinations are as before", size(1480),
    enc(size(1480), df=1))
v4, v6 = far(2)
p = size(1281, d=v6)
add("TUN-10 TUN-09 3/4 MTU 1200: 1280 cut to 1200, DF 0",
    [learns(1200, v4, v6), size(1280, d=v6)],
    [Frags(enc(size(1280, d=v6), d=v4), 1200)],
    also={"tun_error": 1, "tun_pmtu": 1})
err6("TUN-10 TUN-09 then 1281 bytes", p, Error(2, 0, p, 1280), drop="too_big")
for k, n in enumerate((0, 67, 68, 400)):
	v4, v6 = far(3 + k)
	p = size(1281, d=v6)
	add("TUN-10 3/4 MTU %d: packet too big is never under 1280" % n,
	    [learns(n, v4, v6), p], [], [Error(2, 0, p, 1280)],
	    drop={"too_big": 1})
	to4("TUN-10 3/4 MTU %d: 1280 bytes are still sent" % n,
	    size(1280, d=v6), Frags(enc(size(1280, d=v6), d=v4), 600))
v4, v6 = far(10)
to4("TUN-10 3/4 MTU 9000 raises nothing, 1480 pass",
    [learns(9000, v4, v6), size(1480, d=v6)], enc(size(1480, d=v6), d=v4, df=1),
    drop="")
v4, v6 = far(11)
to4("TUN-10 3/4 with 68 bytes quoted: no ICMPv6 error, the next packet's matter",
    e4(3, 4, out(s6(d=v6), d=v4, id=7, df=1), 72, 1400), also={
	"tun_error": 1, "tun_pmtu": 1, "tun_error_relayed": 0,
	"icmp6_sent": 0})
for k, (what, q, d) in enumerate((
	("TCP", lambda s, d: ip4(s, d, tcp(), df=1), O4),
	("protocol 4", lambda s, d: ip4(s, d, raw(4, data(40)), df=1), O4),
	("an outer source that is T's but not local",
	 lambda s, d: ip4(T4, d, raw(41, s6()), df=1), T4),
	("an outer source that is another's",
	 lambda s, d: ip4("192.0.2.99", d, raw(41, s6()), df=1), O4))):
	v4, v6 = far(20 + k)
	to4("TUN-10 a forged 3/4 quoting %s: no change" % what,
	    [e4(3, 4, q(O4, v4), 28, 1300, d=d), size(1480, d=v6)],
	    enc(size(1480, d=v6), d=v4, df=1),
	    also={"tun_error": 0, "tun_pmtu": 0})
v4, v6 = far(29)
p = size(1480, d=v6)
add("TUN-10 a forged 3/4 quoting UDP: no change by m46, but Linux 6.1 itself "
    "lowers the path's MTU", [e4(3, 4, ip4(O4, v4, U, df=1), 28, 1300), p],
    [Maybe(enc(p, d=v4, df=1))], [Maybe(Error(2, 0, p, 1280))], drop="",
    also={"tun_error": 0, "tun_pmtu": 0})
v4, v6 = far(30)
p = learns(1300, v4, v6)
to4("TUN-10 a 3/4 with a wrong checksum: no change",
    [poke(p, 22, b"\x12\x34"), size(1480, d=v6)],
    enc(size(1480, d=v6), d=v4, df=1), also={"tun_error": 0})

conf6to4("6to4, static, ICMPv4", routes=FAR)
v4, v6 = far(40)
to4("TUN-10 static MTU: 3/4 is ignored", [learns(600, v4, v6),
					  size(1280, d=v6)],
    enc(size(1280, d=v6), d=v4), also={"tun_error": 1, "tun_pmtu": 0,
				       "tun_error_relayed": 0})


def relayed(typ, code, p, n, word=0, quote=None, **kw):
	"""enc(p) was answered by typ/code with n bytes quoted."""
	return dict(packets=e4(typ, code, mk(enc(p), ()), n, word, **kw),
		    want=Error(1, 3, cut(fwd(p), 0, quote or n - 20)))


def told(name, r, **kw):
	err6(name, r["packets"], r["want"], also={"tun_error": 1,
						  "tun_error_relayed": 1}, **kw)


def untold(name, r, **kw):
	none(name, r["packets"], None, also={"tun_error": 1, "icmp6_sent": 0,
					     "tun_error_relayed": 0}, **kw)


for t, c, what in ((3, 0, "net unreachable"), (3, 1, "host unreachable"),
		   (3, 2, "protocol unreachable"), (3, 3, "port unreachable"),
		   (3, 9, "net prohibited"), (3, 10, "host prohibited"),
		   (3, 13, "prohibited"), (11, 0, "TTL exceeded")):
	told("TUN-11 %d/%d, %s, 68 bytes quoted -> 1/3" % (t, c, what),
	     relayed(t, c, s6(), 68))
told("TUN-11 60 bytes quoted: just the inner header", relayed(3, 1, s6(), 60))
told("TUN-11 all of a packet quoted", relayed(3, 1, s6(body(400)), 460))
told("TUN-11 548 bytes quoted", relayed(3, 1, s6(body(1200)), 548))
told("TUN-11 about an echo request", relayed(3, 1, s6(echo()), 76))
for n in (28, 40, 59):
	untold("TUN-11 6TO4-14 %d bytes quoted: counted only" % n,
	       relayed(3, 1, s6(), n))
none("TUN-11 11/1, reassembly time exceeded: the kernel drops it",
     relayed(11, 1, s6(), 68)["packets"], None, also={"tun_error": 0})
untold("TUN-11 parameter problem", relayed(12, 0, s6(), 68))
q = icmp6(3, 0, 0, ip6(P, O, U))
untold("TUN-11 not about an ICMPv6 error", relayed(3, 1, s6(q), 128))
untold("TUN-11 nor about one behind a destination options header",
       relayed(3, 1, s6(q, ext=[dop()]), 128))
untold("TUN-11 nor about a redirect",
       relayed(3, 1, s6(icmp6(137, 0, 0, data(40))), 128))
untold("TUN-11 nor about a packet to multicast",
       relayed(3, 1, s6(d="ff0e::1"), 68))
untold("TUN-11 nor to a multicast source",
       relayed(3, 1, s6(s="ff0e::1"), 68))
untold("TUN-11 nor to an unspecified source", relayed(3, 1, s6(s="::"), 68))
# RFC 4884: 128 bytes, padded, and an object of the IPv4 network.
p = s6(body(300))
told("TUN-11 an RFC 4884 extension is no part of the quote",
     {"packets": e4(3, 1, cut(mk(enc(p), ()), 0, 128) + b"\x20\0\0\0" +
		    data(8), 999, length=32),
      "want": Error(1, 3, cut(fwd(p), 0, 108))})
p = s6()
told("TUN-11 nor is the padding before it",
     {"packets": e4(11, 0, pad(mk(enc(p), ()), 128) + b"\x20\0\0\0" +
		    data(8), 999, length=32),
      "want": Error(1, 3, fwd(p))})
for what, p in (("another site", s6(s=Z)), ("the other end's", s6(s=P)),
		("a native one", s6(s=N))):
	untold("TUN-11 SEC-19 the inner source is not ours: %s" % what,
	       relayed(3, 1, p, 68))
none("TUN-11 quoting another protocol", e4(3, 1, ip4(O4, P4, body(60))), None,
     also={"tun_error": 0})
none("TUN-11 quoting another outer source: not about ours",
     e4(3, 1, tun(s6(), s=T4, d=P4), d=T4), None, also={"tun_error": 0})
conf6to4("6to4, rate 1 burst 5", "rate 1 burst 5")


def some(least, most):
	def fn(packets):
		return [] if least <= len(packets) <= most else [
			"%d packets, not %d to %d" % (len(packets), least, most)]
	return Each(fn, "%d to %d packets" % (least, most))


err6("TUN-11 40 errors at once: 5 are told", [
	relayed(3, 1, s6(), 68)["packets"]] * 40, some(5, 9),
     also={"tun_error": 40})
conf6to4("6to4, icmp6-errors never", "icmp6-errors never")
none("TUN-11 ICMPGEN-03 icmp6-errors never", relayed(3, 1, s6(), 68)["packets"],
     None, also={"tun_error": 1, "tun_error_relayed": 0})
none("ICMPGEN-03 icmp6-errors never", s6(d=site(O4, ":ffff::1")), "own_site")
p = size(1281)
err6("ICMPGEN-03 but packet too big is sent", p,
     Error(2, 0, p, 1280, by_m46=False))
conf6to4("6to4, icmp6-source", "icmp6-source 2001:db8:ffff::46")
p = s6(d=site(O4, ":ffff::1"))
err6("ICMPGEN-07 icmp6-source", p,
     unreach6(0, p, src="2001:db8:ffff::46"), drop="own_site")
r = relayed(3, 1, s6(), 68)
err6("TUN-11 ICMPGEN-07 icmp6-source", r["packets"],
     Error(1, 3, r["want"].about, src="2001:db8:ffff::46"))

# ---- where protocol 41 is taken -------------------------------------------
conf6to4("6to4, T has a subnet", addresses=[O4 + "/24 brd + noprefixroute"])
for d in ("192.0.2.255", "224.0.0.1", "255.255.255.255"):
	none("TUN-12 SEC-08 outer destination %s" % d, tun(r6(), d=d), None,
	     also={"decapsulated": 0})
p = tun(r6(), d=T4)
err4("TUN-12 KERN-15 another address of T: not ours, so the kernel answers", p,
     ports(p), also={"decapsulated": 0})
for what, p in (("IPv4 in IPv4", ip4(P4, O4, raw(4, ip4(P4, O4, U)))),
		("GRE", ip4(P4, O4, raw(47, b"\0\0\x86\xdd" + r6())))):
	err4("KERN-15 %s to the local address is not ours" % what, p,
	     Alt(Error(3, 2, p, src=O4, by_m46=False),
		 Error(3, 3, p, src=O4, by_m46=False)))

conf6to4("6to4, another interface")
to6("TUN-20 from another interface than the route's", tun(r6()), fwd(r6()),
    port="6")
conf6to4("6to4, rp_filter", sysctls={"ipv4/conf/t6/rp_filter": "1"})
none("TUN-20 from another interface than the route's, rp_filter 1", tun(r6()),
     None, port="6", also={"decapsulated": 0})


def sit(bed):
	rc, said = run("modprobe", "sit")
	rc, said = run("ip", "link", "add", "s41", "type", "sit", "local", T4,
		       "remote", Z4, "ttl", "64")
	if rc:
		raise Skip("no sit: " + said.strip())
	bed.extra.append("ip link del s41")


conf6to4("6to4 and sit", needs=sit,
	 routes=["link set s41 up", "route add 2001:db8:77::/48 dev s41"])
p = r6(s=N, d=O)
to6("KERN-15 sit takes what is sit's", tun(p, s=Z4, d=T4), fwd(p),
    also={"decapsulated": 0})
to6("KERN-15 m46 what is its own", tun(r6()), fwd(r6()),
    also={"decapsulated": 1})
p = s6(d="2001:db8:77::1")
to4("KERN-15 out of sit", p, poke(enc(p, s=T4, d=Z4), 6, b"\x40\0"))
to4("KERN-15 out of m46", s6(), enc(s6()), also={"encapsulated": 1})
p = tun(r6(), d=T4)
err4("KERN-15 and neither takes what is nobody's", p, ports(p))

# ---- neighbour discovery --------------------------------------------------
conf6to4("6to4, T is a host", routes=["address add %s/128 dev m46" % O],
	 mark=(P4, P, O4, site(O4, "::9")))


def nd(typ, s, d, target, word=0, ext=(), **kw):
	from build import a6
	return ip6(s, d, icmp6(typ, 0, word, a6(target), **kw), hl=255, ext=ext)


to4("TUN-22 a neighbour solicitation for T's address is answered",
    tun(nd(135, P, O, O)),
    Alt(*[out(nd(136, O, P, O, w)) for w in (0xc0000000, 0xe0000000)]))
none("TUN-22 one with hop limit 254 is not", tun(
	poke(nd(135, P, O, O), 7, b"\xfe")), None)
to4("TUN-22 a source link-layer address is ignored, none is answered",
    tun(ip6(P, O, icmp6(135, 0, 0, nd(135, P, O, O)[48:] + b"\1\1" + bytes(6)),
	    hl=255)),
    Alt(*[out(nd(136, O, P, O, w)) for w in (0xc0000000, 0xe0000000)]))
none("TUN-22 a neighbour advertisement is taken quietly",
     tun(nd(136, P, O, P, 0x40000000)), None, also={"decapsulated": 1})
to4("TUN-22 6TO4-11 an echo request to T, hop limit 1", tun(r6(echo(), hl=1)),
    out(s6(echo(1))))
to4("TUN-04 6TO4-11 T's own error", tun(r6(udp(dport=9))),
    Inside(out(s6()), Error(1, 4, r6(udp(dport=9)), src=O, by_m46=False)))


def from_host(s, d, n=40):
	"""T itself sends."""
	def act(bed):
		with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as k:
			k.bind((s, 4000))
			k.sendto(data(n), (d, 53))
	return act


to4("TUN-04 T itself sends: hop limit 64, no decrement", [from_host(O, P)],
    out(s6(udp(data(40)))))
to4("TUN-04 TUN-08 T itself sends 2000 bytes: fragments of 1280",
    [from_host(O, P, 2000)], some(2, 2))
to4("TUN-04 6TO4-16 T itself, from its native address", [from_host(T6, P)],
    out(s6(udp(data(40)), s=T6)))

conf6to4("6to4, link-local addresses")


def no_address(bed):
	got = must("ip", "address", "show", "dev", DEV)
	return ["address: " + got] if "inet" in got else []


# RFC 4213 3.7 has a tunnel form fe80::V4ADDR; addresses are the operator's.
to4("TUN-21 the device forms no address", s6(), enc(s6()), fn=no_address)
conf6to4("6to4, a link-local address given",
	 routes=["address add fe80::c000:2aa/64 dev m46 nodad"])
for d in ("fe80::c000:2bb", "fe80::1", "febf::1"):
	none("TUN-21 SEC-06 to %s" % d, s6(s="fe80::c000:2aa", d=d),
	     "link_local", x=True)


def to_neighbour(bed):
	with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as k:
		k.sendto(b"m46!", ("fe80::c000:2bb", 9, 0,
				   socket.if_nametoindex(DEV)))


none("TUN-21 T itself sends to fe80::c000:2bb on the device", [to_neighbour],
     {"link_local": 1}, also={"encapsulated": 0})

# ---- outer addresses and routes -------------------------------------------
O2 = "192.0.2.171"
conf6to4("6to4, two locals", local="%s,%s" % (O4, O2),
	 addresses=(O4 + "/32", O2 + "/32"), lan=(LAN, "2002:c000:2ab::/52"))
p, q = s6(s=site(O2)), s6()
to4("TUN-24 the outer source follows the inner one", [p, q], enc(p, s=O2),
    enc(q))
err6("TUN-24 6TO4-02 a local address is gone -> 1/3",
     [ip("address del %s/32 dev t4" % O2), p], unreach6(3, p),
     drop={"no_local": 1})
to4("TUN-24 6TO4-02 and is back", [ip("address add %s/32 dev t4" % O2), p],
    enc(p, s=O2))

conf6to4("6to4, another local", addresses=(O4 + "/32", O2 + "/32"),
	 lan=("2002:c000:2ab::/52",),
	 mark=(P4, P, O2, site(O2)),
	 before=["dev set m46 local " + O2])
to4("TUN-24 dev set local: the outer source follows", s6(s=site(O2)),
    enc(s6(s=site(O2)), s=O2))
none("TUN-24 dev set local: the old one is nobody's", s6(), "src_mismatch")
p = tun(r6())
err4("TUN-24 dev set local: protocol 41 to the old one is not ours", p,
     ports(p))

conf6to4("6to4, outer routes", routes=[
	"route add unreachable 203.0.115.0/24",
	"route add 203.0.116.0/24 dev m46", "route add blackhole 203.0.117.0/24"])
for v4, drop in (("203.0.115.1", "no_outer_route"),
		 ("203.0.117.1", "no_outer_route")):
	p = s6(d=site(v4))
	err6("TUN-24 no route to %s -> 1/3" % v4, p, unreach6(3, p), drop=drop)
none("SEC-18 KERN-12 the outer route leads into the device",
     s6(d=site("203.0.116.1")), "recursion")


def second(bed):
	bed.extra.append("ip link del m46b")


conf6to4("6to4, another m46 device", "allow-native-native 203.0.116.0/24",
	 needs=second,
	 before=["dev add m46b mode adpt prefix 2001:db8:a::/96",
		 "rule add 0.0.0.0/0 via 2001:db8:b::/96 dev m46b",
		 "rule add 203.0.116.1/32 via 2001:db8:c::/96 dev m46b"],
	 routes=["link set m46b up", "route add 203.0.116.0/24 dev m46b",
		 "route add 2001:db8:c::/96 via %s dev m46" %
		 site("203.0.116.1")])
p = enc(s6(d=site("203.0.116.2")), d="203.0.116.2")
add("SEC-18 IPv4 that leaves through a device of mode adpt",
    s6(d=site("203.0.116.2")), out6=[ip6(
	    m6("2001:db8:a::", O4), m6("2001:db8:b::", "203.0.116.2"),
	    raw(41, p[20:]), hl=64)])


def looped(bed):
	"""Each round adds a header: it ends for that, if not by nesting."""
	time.sleep(0.5)
	was = [bed.counters.read(d) for d in ("m46", "m46b")]
	time.sleep(0.1)
	now = [bed.counters.read(d) for d in ("m46", "m46b")]
	return [] if was == now else ["it goes on"]


none("SEC-18 KERN-12 two devices that hand each other a packet: ends",
     s6(d=site("203.0.116.1")), "", fn=looped)

conf6to4("6to4, link", "link t4", routes=["route add 203.0.118.1/32 dev t6",
					  "route add 203.0.118.0/24 dev t4"])
to4("TUN-24 link t4: only routes of t4 count", s6(d=site("203.0.118.1")),
    enc(s6(d=site("203.0.118.1")), d="203.0.118.1"))
conf6to4("6to4, no link", routes=["route add 203.0.118.1/32 dev t6",
				  "route add 203.0.118.0/24 dev t4"])
p = enc(s6(d=site("203.0.118.1")), d="203.0.118.1")
add("TUN-24 link none: the best route", s6(d=site("203.0.118.1")), out6=[p])
conf6to4("6to4, fwmark", "fwmark 46", routes=[
	"route add unreachable 203.0.119.0/24",
	"route add 203.0.119.0/24 dev t4 table 46",
	"rule add fwmark 46 lookup 46"])
to4("TUN-24 fwmark: the outer route is looked up with it",
    s6(d=site("203.0.119.1")), enc(s6(d=site("203.0.119.1")), d="203.0.119.1"))

# ---- MSS ------------------------------------------------------------------
conf6to4("6to4, mss-clamp", "mss-clamp on")
to4("TUN-08 SIIT-59 SYN MSS 1440 -> 1220", s6(syn(1440)), enc(s6(syn(1220))))
to6("TUN-08 SIIT-59 SYN ACK MSS 1440 -> 1220", tun(r6(syn(1440, 0x12))),
    fwd(r6(syn(1220, 0x12))))
to4("TUN-08 SIIT-59 a smaller MSS is kept", s6(syn(1200)), enc(s6(syn(1200))))
to4("TUN-08 SIIT-59 no SYN, no clamping", s6(syn(1440, 0x10)),
    enc(s6(syn(1440, 0x10))))
conf6to4("6to4, no mss-clamp")
to4("TUN-08 SIIT-59 off by default", s6(syn(1440)), enc(s6(syn(1440))))


# ---- checksum states and super-packets ------------------------------------

def inner(l4, at, n, gso=0, size=0, make=s6):
	"""An IPv6 packet whose checksum is open."""
	return partial(make(l4), n, at, gso, size)


def outer(l4, at, n, gso=0, size=0, make=r6):
	"""The same in IPv4."""
	return Vnet(tun(make(l4)), NEEDS_CSUM, gso, size, 60 + n if gso else 0,
		    60, at)


def onward(v):
	"""A Vnet, forwarded once."""
	return Vnet(fwd(v.pkt), v.flags, v.gso, v.size, v.hdr, v.start, v.offset)


def tcps(n, size):
	return tcp(data(n * size), csum="seed"), 16, 20, GSO_TCPV6, size


def udps(n, size):
	return udp(data(n * size), csum="seed"), 6, 8, GSO_UDP_L4, size


OPEN = udp(data(99), csum="seed"), 6, 8
conf6to4("6to4, no offloads")
to4("KERN-01 partial UDP checksum, resolved", inner(*OPEN),
    enc(s6(udp(data(99)))))
to6("KERN-01 partial UDP checksum, resolved", outer(*OPEN),
    fwd(r6(udp(data(99)))))
to4("KERN-02 TUN-01 TCP super-packet leaves as 10 packets",
    inner(*tcps(10, 1220)), *[enc(s6(seg(10, 1220, k))) for k in range(10)])
to6("KERN-02 TUN-16 TCP super-packet leaves as 10 segments",
    outer(*tcps(10, 1440)), *[fwd(r6(seg(10, 1440, k))) for k in range(10)])
to4("KERN-02 TUN-02 two super-packets of 20, 40 identifications",
    [inner(*tcps(20, 1220)), inner(*tcps(20, 1220))], distinct(40))


def long_segments(packets):
	"""65530 bytes of IPv6 would be 65550 of IPv4: it cannot stay one."""
	got, bad = b"", []
	for p in packets:
		w = wellformed(p) or wellformed(p[20:])
		if w or len(p) > 1300:
			bad.append(w or "%d bytes" % len(p))
		if unpack_from("!I", p, 64)[0] != 0x01020304 + len(got):
			bad.append("sequence number after %d bytes" % len(got))
		got += p[80:]
	return bad if got == data(65470) else bad + ["data differ"]


to4("KERN-02 TUN-01 a super-packet too long for IPv4",
    inner(tcp(data(65470), csum="seed"), 16, 20, GSO_TCPV6, 1220),
    Each(long_segments, "packets of 65470 bytes of TCP"))
v = inner(*tcps(5, 1221))
err6("KERN-02 TUN-08 segments of 1281 bytes -> packet too big 1280", v,
     Error(2, 0, mk(v.pkt, ((56, 58),)), 1280, by_m46=False))
conf6to4("6to4, no offloads, pmtudisc", "pmtudisc on", mtu4=1400)
v = inner(*tcps(5, 1321))
err6("KERN-02 TUN-09 segments of 1381 bytes over a link of 1400", v,
     Error(2, 0, mk(v.pkt, ((56, 58),)), 1380), drop="too_big")
to4("KERN-02 TUN-09 segments of 1380 bytes over a link of 1400",
    inner(*tcps(5, 1320)), *[enc(s6(seg(5, 1320, k)), df=1) for k in range(5)])

conf6to4("6to4, offloads", offload4=TSO, offload6=TSO)
to4("KERN-01 partial UDP checksum: open or resolved", inner(*OPEN),
    Alt(enc(s6(udp(data(99)))), Offloaded(Vnet(
	enc(s6(udp(data(99), csum="seed"))), NEEDS_CSUM, 0, 0, 0, 60, 6))))
to6("KERN-01 partial UDP checksum stays partial", outer(*OPEN),
    Offloaded(onward(inner(*OPEN, make=r6))))
for n, k in ((10, 1440), (45, 1400), (2, 500)):
	to6("KERN-02 TUN-16 TCP super-packet of %d * %d stays one" % (n, k),
	    outer(*tcps(n, k)), Offloaded(onward(inner(*tcps(n, k), make=r6))))
none("KERN-02 TUN-13 a super-packet of another source", outer(
	*tcps(10, 1440), make=lambda l4: r6(l4, s=Z)), "src_mismatch")
conf6to4("6to4, UDP offloads", needs=uso, offload4=ALL, offload6=ALL)
to6("KERN-02 TUN-16 UDP super-packet stays one", outer(*udps(5, 1000)),
    Offloaded(onward(inner(*udps(5, 1000), make=r6))))
conf6to4("6to4, UDP super-packets, no offloads", needs=uso)
to4("KERN-02 TUN-01 UDP super-packet leaves as 5 packets",
    inner(*udps(5, 1000)), *[enc(s6(dgram(5, 1000, k))) for k in range(5)])
to6("KERN-02 TUN-16 UDP super-packet leaves as 5 datagrams",
    outer(*udps(5, 1000)), *[fwd(r6(dgram(5, 1000, k))) for k in range(5)])

# Neither tun device can have a super-packet in IPv4; a dummy can.
D4, D = "203.0.120.1", site("203.0.120.1")


dummy4, watched4 = dummy("d4"), watched("d4", "6")


def arrived(*wants):
	return whole("d4", wants, lambda w, p: w[20:] == p[20:])


conf6to4("6to4, a dummy device", needs=dummy4, routes=[
	"link set d4 addrgenmode none", "link set d4 up",
	"route add 203.0.120.0/24 dev d4"])
for n, k in ((10, 1220), (45, 1220), (2, 500)):
	v = inner(*tcps(n, k), make=lambda l4: s6(l4, d=D))
	to4("KERN-02 TUN-01 TCP super-packet of %d * %d in one outer packet" % (
		n, k), v, port=watched4, fn=arrived(enc(v.pkt, d=D4)),
	    also={"encapsulated": 1})
v = inner(*OPEN, make=lambda l4: s6(l4, d=D))
to4("KERN-01 TUN-01 partial UDP checksum stays partial", v, port=watched4,
    fn=arrived(enc(v.pkt, d=D4)))
conf6to4("6to4, a dummy device, UDP", needs=lambda bed: (uso(bed), dummy4(bed)),
	 routes=["link set d4 addrgenmode none", "link set d4 up",
		 "route add 203.0.120.0/24 dev d4"])
v = inner(*udps(10, 1000), make=lambda l4: s6(l4, d=D))
to4("KERN-02 TUN-01 UDP super-packet of 10 * 1000 in one outer packet", v,
    port=watched4, fn=arrived(enc(v.pkt, d=D4)), also={"encapsulated": 1})
