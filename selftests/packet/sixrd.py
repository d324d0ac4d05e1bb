# SPDX-License-Identifier: GPL-2.0
"""6rd, RFC 5969: group SIXRD.

    domain	2001:db8::/32, IPv4 10.0.0.0/8: 10.A.B.C is 2001:db8:AABB:CC00::/56
    CE1, CE2	10.100.100.1 and .2; BR 10.0.0.1, the border relay
    N		a native host: behind the relay where T is a CE, at t6 where T
		is the relay
"""
from build import a4, a6, cut, data, echo, icmp6, ip6, raw, text, udp
from match import T4, Error
from sixto4 import ANYCAST, SPECIAL, all_of, delegated
from table import O4, conf6to4, err4, err6, none, to4, to6, unreach6
from tunnel import Z4, e4, from_host, fwd, mtu, out, ports, site, tun

U = udp(b"m46!")
DOM, V4 = "2001:db8::", 8


def bits(b):
	return int.from_bytes(b, "big")


def sixrd(v4, plen=32, v4len=V4, prefix=DOM, tail=1):
	"""An address in the prefix that is delegated to v4."""
	n = 32 - v4len
	own = bits(a4(v4)) & ((1 << n) - 1)
	return text((bits(a6(prefix)) | own << (128 - plen - n) | tail).to_bytes(
		16, "big"))


def delegate(v4, plen=32, v4len=V4, prefix=DOM):
	return "%s/%d" % (sixrd(v4, plen, v4len, prefix, 0), plen + 32 - v4len)


A1, A2, BR = "10.100.100.1", "10.100.100.2", "10.0.0.1"
CE1, CE2, CE1B = sixrd(A1), sixrd(A2), sixrd(A1, tail=0x77)
FAR = sixrd("10.9.8.7")
N = "2620:0:1::1"
WORDS = "prefix %s/32 v4-prefix 10.0.0.0/8" % DOM
CE = dict(local=A1, addresses=(A1 + "/32",), own=("2001:db8::/32", "2620::/16"),
	  lan=("2001:db8:6464:100::/57",), mark=(A2, CE2, A1, CE1))
RELAY = dict(local=BR, addresses=(BR + "/32",), own=("2001:db8::/32",),
	     lan=("2001:db8:0:100::/57",), mark=(A2, CE2, BR, sixrd(BR)))


def s6(l4=U, s=CE1, d=CE2, **kw):
	return ip6(s, d, l4, **kw)


def r6(l4=U, s=CE2, d=CE1, **kw):
	return ip6(s, d, l4, **kw)


def ce(p, s=A1, d=A2, **kw):
	"""p as the CE sends it: the whole Traffic Class outside."""
	kw.setdefault("tos", (p[0] & 15) << 4 | p[1] >> 4)
	return out(fwd(p), s=s, d=d, **kw)


def br(p, d=A2, **kw):
	return ce(p, s=BR, d=d, **kw)


def at1(p, s=A2, d=A1, **kw):
	"""p on its way to the CE."""
	return tun(p, s=s, d=d, **kw)


def atbr(p, s=A2, **kw):
	return tun(p, s=s, d=BR, **kw)


def rd(name, role, words="", **kw):
	words = (WORDS if role is CE or role is RELAY else "") + " " + words
	conf6to4(name, words.strip(), **{**role, **kw})


# ---- a CE -----------------------------------------------------------------
rd("6rd CE", CE, "remote " + BR)
to4("SIXRD-01 SIXRD-02 SIXRD-03 to another CE", s6(), ce(s6()),
    fn=delegated("2001:db8:6464:100::/56"), also={"encapsulated": 1})
to4("SIXRD-05 the MTU is 1280", s6(), ce(s6()), fn=mtu(1280, (1481,)))
for v4 in (A2, "10.0.0.0", "10.255.255.255", "10.9.8.7"):
	p = s6(d=sixrd(v4))
	to4("SIXRD-03 %s is %s" % (sixrd(v4), v4), p, ce(p, d=v4))
	p = r6(s=sixrd(v4))
	to6("SIXRD-07 %s is %s" % (sixrd(v4), v4), at1(p, s=v4), fwd(p))
p = s6(d="2001:db8:6464:2ff:ffff:ffff:ffff:ffff")
to4("SIXRD-03 the last address of a delegated prefix", p, ce(p))
to4("SIXRD-03 native destinations go to the border relay", s6(d=N),
    ce(s6(d=N), d=BR))
to4("SIXRD-04 TUN-25 traffic class 0xb8 -> TOS 0xb8", s6(tc=0xb8),
    ce(s6(tc=0xb8), tos=0xb8))
to4("SIXRD-04 ECN-01 all of the traffic class", [s6(tc=x) for x in (
	0xbb, 0x01, 0x2a, 0xfc)], *[ce(s6(tc=x), tos=x) for x in (
		0xbb, 0x01, 0x2a, 0xfc)])
to6("SIXRD-04 ECN-06 the outer DSCP stays outside", at1(r6(tc=0x20), tos=0xb8),
    fwd(r6(tc=0x20)))
to6("SIXRD-07 from another CE", at1(r6()), fwd(r6()), also={"decapsulated": 1})
none("SIXRD-07 from another CE, another's source", at1(r6(s=FAR)),
     "src_mismatch")
none("SIXRD-07 from outside the IPv4 prefix, a source of the domain",
     at1(r6(), s=Z4), "src_mismatch|tun_src4")
none("SIXRD-07 the last byte differs", at1(r6(s=sixrd("10.100.100.3"))),
     "src_mismatch")
to6("SIXRD-07 from the border relay, a native source", at1(r6(s=N), s=BR),
    fwd(r6(s=N)))
none("SIXRD-07 from the border relay, a source of the domain",
     at1(r6(), s=BR), "src_mismatch")
to6("SIXRD-07 from the border relay, its own source",
    at1(r6(s=sixrd(BR)), s=BR), fwd(r6(s=sixrd(BR))))
none("SIXRD-07 from another CE, a native source", at1(r6(s=N)), "relay_from")
none("SIXRD-07 from anywhere, a native source", at1(r6(s=N), s=Z4),
     "relay_from")
for what, d in (("of another CE", FAR), ("of the sender", sixrd(A2, tail=9)),
		("of the next CE", sixrd(A2, tail=0))):
	none("SIXRD-08 inner destination %s" % what, at1(r6(d=d)),
	     "dst_mismatch|relay_domain")
	none("SIXRD-08 inner destination %s, from the border relay" % what,
	     at1(r6(s=N, d=d), s=BR), "dst_mismatch")
none("SIXRD-08 a native inner destination", at1(r6(d=N)),
     "not_relay|dst_mismatch")
none("SIXRD-08 native to native, from the border relay",
     at1(r6(s=N, d="2620:0:2::1"), s=BR), "native_native|dst_mismatch")
p = r6(s=CE1B, d=CE1)
to6("SIXRD-10 the CE's own probe comes back from the border relay",
    at1(p, s=BR), fwd(p))
none("SIXRD-10 TUN-19 but from nobody else", at1(p),
     "ingress_filter|src_mismatch")
none("SIXRD-10 TUN-19 the own source, to another, from the border relay",
     at1(r6(s=CE1B, d=N), s=BR), "ingress_filter|not_relay|dst_mismatch")
p = s6(d="2001:db8:6464:1ff::1")
err6("SIXRD-09 the own prefix without a route -> 1/0", p, unreach6(0, p),
     drop="own_site")
none("SIXRD-03 SEC-02 the source of another CE", s6(s=FAR), "src_mismatch")
none("SIXRD-03 SEC-03 native to native", s6(s="2a00::1", d=N), "native_native")
p = s6(s="2a00::1")
err6("SIXRD-03 6TO4-16 a forwarded native source into the domain -> 1/1", p,
     unreach6(1, p), drop="not_relay")
p = s6(raw(200, data(1241)))
err6("SIXRD-05 TUN-08 1281 bytes -> packet too big 1280", p,
     Error(2, 0, p, 1280, by_m46=False))
none("SIXRD-12 outer source 192.88.99.1", at1(r6(s=N), s=ANYCAST), "tun_src4")
none("SIXRD-12 outer source 192.88.99.2", at1(r6(s=N), s="192.88.99.2"),
     "tun_src4")
for t in (133, 134, 137):
	m = icmp6(t, 0, 0, data(16))
	none("SIXRD-11 SEC-07 ICMPv6 type %d received" % t, at1(r6(m, hl=255)),
	     "tun_nd")
	none("SIXRD-11 SEC-07 ICMPv6 type %d to be sent" % t, s6(m, hl=255),
	     "tun_nd")
none("SIXRD-11 to a link-local address", s6(d="fe80::1"), "link_local", x=True)
none("SIXRD-11 from a link-local address", at1(r6(s="fe80::1")), "tun_src6")
for d in ("ff02::1", "ff0e::1"):
	none("SIXRD-11 6TO4-13 to " + d, s6(d=d), "multicast", x=True)
	none("SIXRD-11 6TO4-13 received, to " + d, at1(r6(d=d)), "tun_dst6")
for v4 in ("10.0.0.1", "127.0.0.1", "224.0.0.1", "192.88.99.2"):
	none("SEC-06 inner source %s, received" % site(v4),
	     at1(r6(s=site(v4)), s=BR), "tun_src6")
	none("SEC-06 inner destination %s, to be sent" % site(v4),
	     s6(d=site(v4)), "tun_dst6", x=True)
none("SEC-15 6to4's address of T as a source, to be sent",
     s6(s=site("10.100.100.1"), d=N), "embeds_own|tun_src6|native_native")
none("SIXRD-11 TUN-23 idle: nothing", [lambda bed: None], None)
p = e4(3, 1, ce(s6()), 68, d=A1)
err6("TUN-11 3/1 quoting 68 bytes -> 1/3", p, Error(1, 3, cut(fwd(s6()), 0, 48)),
     also={"tun_error": 1, "tun_error_relayed": 1})
none("TUN-11 SEC-19 the inner source is another's",
     e4(3, 1, ce(s6(s=FAR)), 68, d=A1), None,
     also={"tun_error": 1, "tun_error_relayed": 0})
p = tun(r6(), s=A2, d=T4)
err4("TUN-12 KERN-15 another address of T: not ours", p, ports(p))

# Several CEs, native networks beyond gateways.
rd("6rd CE, gateways", CE, "remote " + BR, routes=[
	"route add 2620:0:9::/48 via %s dev m46 onlink" % CE2,
	"route add 2620:0:8::/48 via ::10.100.100.2 dev m46 onlink"])
for n in "98":
	p = s6(d="2620:0:%s::1" % n)
	to4("SIXRD-03 6TO4-06 a gateway in the domain, route %s" % n, p, ce(p))
rd("6rd CE without border relay", CE)
p = s6(d=N)
err6("SIXRD-03 no border relay, a native destination -> 1/0", p,
     unreach6(0, p), drop="no_next_hop")
to4("SIXRD-03 no border relay, to another CE", s6(), ce(s6()))
none("SIXRD-07 no border relay, a native source", at1(r6(s=N), s=BR),
     "relay_from")
rd("6rd CE, relay-from", CE, "remote %s relay-from 10.1.0.0/16" % BR)
to6("SIXRD-07 relay-from: several border relays", [
	at1(r6(s=N), s="10.1.2.3"), at1(r6(s=N), s=BR)], *[fwd(r6(s=N))] * 2)
none("SIXRD-07 relay-from: no other", at1(r6(s=N), s="10.2.0.1"), "relay_from")
rd("6rd CE, tos 0", CE, "remote %s tos 0" % BR)
to4("SIXRD-04 tos 0: DSCP 0, ECN copied", s6(tc=0xb9), ce(s6(tc=0xb9), tos=1))
rd("6rd CE, ecn compat", CE, "remote %s ecn compat" % BR)
to4("SIXRD-04 ECN-02 ecn compat: DSCP copied, ECN 0", s6(tc=0xbb),
    ce(s6(tc=0xbb), tos=0xb8))
rd("6rd CE, pmtudisc", CE, "remote %s pmtudisc on" % BR, mtu4=1400)
p = s6(raw(200, data(1341)))
err6("SIXRD-05 TUN-09 1381 bytes over a link of 1400", p, Error(2, 0, p, 1380),
     drop="too_big")
rd("6rd CE, peers", CE, "remote %s peers 10.0.0.1/32,10.9.8.7/32" % BR,
   mark=("10.9.8.7", FAR, A1, CE1))
to4("SEC-16 peers: to some", [s6(d=N), s6(d=FAR)], ce(s6(d=N), d=BR),
    ce(s6(d=FAR), d="10.9.8.7"))
none("SEC-16 peers: to another", s6(), "peers")
none("SEC-16 peers: from another", at1(r6()), "peers")
rd("6rd CE, T is a host", CE, "remote " + BR,
   routes=["address add %s/128 dev m46" % CE1], mark=(A2, CE2, A1, CE1B))
to4("TUN-04 SIXRD-03 T itself sends", [from_host(CE1, CE2)],
    ce(s6(udp(data(40)), hl=65)))
to4("TUN-22 SIXRD-11 T answers an echo request", at1(r6(echo(), hl=1)),
    ce(s6(echo(1), hl=65)))

# ---- the border relay -----------------------------------------------------
rd("6rd BR", RELAY, "relay on")
to4("SIXRD-02 SIXRD-03 native to a CE", s6(s=N), br(s6(s=N)),
    fn=delegated("2001:db8:0:100::/56"))
to6("SIXRD-03 SIXRD-07 a CE to native", atbr(r6(d=N)), fwd(r6(d=N)))
none("SIXRD-07 a CE to native, another's source", atbr(r6(s=FAR, d=N)),
     "src_mismatch")
none("SIXRD-07 from outside the IPv4 prefix", atbr(r6(d=N), s=Z4),
     "src_mismatch|tun_src4")
none("SIXRD-07 a native source", atbr(r6(s="2a00::1", d=N)),
     "native_native|relay_from")
none("SIXRD-07 a native source, to the relay's own prefix",
     atbr(r6(s=N, d=sixrd(BR))), "relay_from")
to6("SIXRD-07 a CE to the relay's own prefix", atbr(r6(d=sixrd(BR))),
    fwd(r6(d=sixrd(BR))))
to4("SIXRD-03 the relay's own prefix to a CE", s6(s=sixrd(BR)),
    br(s6(s=sixrd(BR))))
p = r6(s=sixrd(A1, tail=5), d=CE1)
to4("SIXRD-10 a CE's probe goes back to it, hop limit -1", atbr(p, s=A1),
    br(p, d=A1), also={"encapsulated": 1, "decapsulated": 1})
to4("SIXRD-10 the same, hop limit 2", atbr(r6(s=CE1B, d=CE1, hl=2), s=A1),
    br(r6(s=CE1B, d=CE1, hl=2), d=A1))
to4("SIXRD-10 SIXRD-03 from one CE to another, by the relay",
    atbr(r6(s=CE1, d=CE2), s=A1), br(r6(s=CE1, d=CE2)))
none("SIXRD-10 SIXRD-07 but not with another's source",
     atbr(r6(s=FAR, d=CE2), s=A1), "src_mismatch")
none("SIXRD-03 SEC-02 native side: a source of the domain", s6(s=FAR),
     "src_mismatch")
none("SIXRD-03 SEC-03 native to native by the device", s6(s="2a00::1", d=N),
     "native_native|no_next_hop", x=True)
none("TUN-19 its own source from outside", atbr(r6(s=sixrd(BR), d=N)),
     "ingress_filter")
for v4 in (ANYCAST, "192.88.99.2"):
	none("SIXRD-12 outer source %s" % v4, atbr(r6(d=N), s=v4), "tun_src4")
p = s6(s=N, d="2001:db8:0:1ff::1")
err6("SIXRD-09 the own prefix without a route -> 1/0", p, unreach6(0, p),
     drop="own_site")
rd("6rd BR, its subnet router", RELAY, "relay on",
   sysctls={"ipv6/anycast_src_echo_reply": "1"},
   routes=["address add 2001:db8:0:100::1/64 dev t6 nodad"],
   mark=(A2, CE2, BR, sixrd(BR, tail=9)))
p = ip6(CE2, "2001:db8:0:100::", echo(), hl=64)
to4("SIXRD-09 the Subnet-Router anycast address answers", atbr(p),
    br(ip6("2001:db8:0:100::", CE2, echo(1), hl=65)))
rd("6rd BR, anycast", RELAY, "relay on anycast on")
to4("SIXRD-06 anycast on: DF 1, outer source is the anycast address", s6(s=N),
    br(s6(s=N), df=1))
p = s6(raw(200, data(1240)), s=N)
to4("SIXRD-06 anycast on: 1280 bytes", p, br(p, df=1))
rd("6rd BR, not anycast", RELAY, "relay on")
to4("SIXRD-06 TUN-07 anycast off: DF 0", s6(s=N), br(s6(s=N)))
rd("6rd BR, acl", RELAY, "relay on acl 10.100.0.0/16")
to6("SEC-13 acl: a CE of the list", atbr(r6(d=N)), fwd(r6(d=N)))
none("SEC-13 acl: one that is not", atbr(r6(s=FAR, d=N), s="10.9.8.7"), "acl")
rd("6rd BR, return-only", RELAY, "relay on return-only on")
to4("6TO4-33 return-only: native to a CE", s6(s=N), br(s6(s=N)))
none("6TO4-33 return-only: a CE to native", atbr(r6(d=N)), "not_relay")
rd("6rd, neither CE nor BR", RELAY)
none("6TO4-16 relay off: a CE to native", atbr(r6(d=N)), "not_relay")

# ---- layouts --------------------------------------------------------------
for prefix, plen, v4len in (
	("2001:db8::", 32, 0), ("2001:db8::", 32, 16), ("2001:db8::", 40, 8),
	("2001:db8:8000::", 33, 12), ("2001:db8:a000::", 35, 9),
	("2001:db8::", 29, 3), ("2001:db8:ff::", 48, 0),
	("2001:db8:ff:ff::", 64, 0), ("2001:db8:ff:ff:ff::", 80, 1),
	("2001:db8:ff:ff:ff:ff::", 96, 0), ("2400::", 6, 0),
	("2001:db8:0:8000::", 49, 17)):
	near, far = A1, "10.100.27.228"
	if v4len < 8:
		far = "203.0.113.228" if v4len == 0 else "11.99.27.228"
	tail = 0 if plen + 32 - v4len == 128 else 1
	n6, f6 = (sixrd(x, plen, v4len, prefix, tail) for x in (near, far))
	v4p = (bits(a4(near)) >> (32 - v4len) << (32 - v4len)).to_bytes(4, "big")
	name = "prefix %s/%d v4-prefix %s/%d" % (prefix, plen, text(v4p), v4len)
	conf6to4("6rd, " + name, name, local=near, addresses=(near + "/32",),
		 own=("%s/%d" % (prefix, plen),),
		 lan=(delegate(near, plen, v4len, prefix),),
		 mark=(far, f6, near, n6))
	to4("SIXRD-02 SIXRD-03 %s is %s" % (f6, far), s6(s=n6, d=f6),
	    ce(s6(s=n6, d=f6), s=near, d=far),
	    fn=delegated(delegate(near, plen, v4len, prefix)))
	to6("SIXRD-02 SIXRD-07 %s is %s" % (f6, far),
	    tun(r6(s=f6, d=n6), s=far, d=near), fwd(r6(s=f6, d=n6)))
	b = bytearray(a6(f6))
	at = plen + 31 - v4len		# the last embedded bit
	b[at // 8] ^= 0x80 >> at % 8
	none("SIXRD-07 the last embedded bit differs",
	     tun(r6(s=text(bytes(b)), d=n6), s=far, d=near), "src_mismatch")
	b = bytearray(a6(f6))
	b[plen // 8] ^= 0x80 >> plen % 8
	none("SIXRD-07 the first embedded bit differs",
	     tun(r6(s=text(bytes(b)), d=n6), s=far, d=near), "src_mismatch")

# ---- IPv4 addresses -------------------------------------------------------
ZERO = dict(local=A1, addresses=(A1 + "/32",), own=("2001:db8::/32",),
	    lan=(delegate(A1, v4len=0),),
	    mark=(A2, sixrd(A2, v4len=0), A1, sixrd(A1, v4len=0)))
HERE = sixrd(A1, v4len=0)
conf6to4("6rd, any IPv4 address", "prefix %s/32" % DOM,
	 **ZERO)
for v4 in ("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255",
	   "192.168.0.1", "100.64.0.1", "100.127.255.255", "9.9.9.9"):
	p = s6(s=HERE, d=sixrd(v4, v4len=0))
	to4("SIXRD-03 %s is an address like any other" % v4, p, ce(p, d=v4))
	p = r6(s=sixrd(v4, v4len=0), d=HERE)
	to6("SIXRD-03 %s is an address like any other" % v4, at1(p, s=v4),
	    fwd(p))
for v4 in SPECIAL:
	if v4.startswith(("10.", "172.", "192.168.", "100.", "192.0.0.",
			  "198.")):
		continue
	none("SIXRD-12 SEC-05 outer destination %s" % v4,
	     s6(s=HERE, d=sixrd(v4, v4len=0)), "tun_dst6")
	eaten = v4.startswith(("127.", "22", "23")) or \
		v4 in ("0.0.0.0", "255.255.255.255")
	none("SIXRD-12 SEC-05 outer source %s%s" % (
		v4, ": the kernel drops it" if eaten else ""),
	     at1(r6(s=sixrd(v4, v4len=0), d=HERE), s=v4),
	     None if eaten else "tun_src4")
none("SIXRD-12 SEC-05 outer destination 192.88.99.1",
     s6(s=HERE, d=sixrd(ANYCAST, v4len=0)), "tun_dst6")
none("SIXRD-12 SEC-05 outer source 192.88.99.1",
     at1(r6(s=sixrd(ANYCAST, v4len=0), d=HERE), s=ANYCAST), "tun_src4")
conf6to4("6rd, embedded addresses of T", "prefix %s/32 relay on" % DOM, **ZERO)
none("SEC-15 6to4's address of T as a destination, received",
     at1(r6(s=sixrd(A2, v4len=0), d=site(A1))), "tun_dst6|embeds_own")
conf6to4("6rd, a global address", "prefix %s/32 relay on" % DOM,
	 own=("2001:db8::/32",), lan=(delegate(O4, v4len=0),),
	 mark=(Z4, sixrd(Z4, v4len=0), O4, sixrd(O4, v4len=0)))
none("SEC-15 6to4's address of T as a destination, received",
     tun(r6(s=sixrd(Z4, v4len=0), d=site(O4)), s=Z4), "embeds_own")
none("SEC-15 6to4's address of T as a source, to be sent",
     s6(s=site(O4), d=sixrd(Z4, v4len=0)), "embeds_own")
none("SEC-15 an ISATAP address of T as a destination, received",
     tun(r6(s=sixrd(Z4, v4len=0), d="2620::5efe:" + O4), s=Z4),
     "embeds_own")
none("SEC-15 an ISATAP address of T as a source, to be sent",
     s6(s="2620::200:5efe:" + O4, d=sixrd(Z4, v4len=0)), "embeds_own")
to6("SEC-15 6to4 addresses of others pass",
    tun(r6(s=sixrd(Z4, v4len=0), d=site("9.9.9.9")), s=Z4),
    fwd(r6(s=sixrd(Z4, v4len=0), d=site("9.9.9.9"))))

# ---- refusals -------------------------------------------------------------
rd("6rd, refusals", CE, "remote " + BR)
to4("SIXRD-01 SIXRD-14 lengths that cannot be", s6(), ce(s6()), fn=all_of(*[
	("local %s nonlocal on %s" % (A2, x),) for x in (
		"prefix 2001:db8::/32 v4-prefix 10.0.0.0/33",
		"prefix 2001:db8::/97", "prefix 2001:db8::/0",
		"prefix 2001:db8::/128", "prefix 2001:db8::/32,2001:db9::/32",
		"prefix 2001:db8::/32 v4-prefix 10.0.0.1/8",
		"prefix 2001:db8::/32 v4-prefix 11.0.0.0/8")]))
to4("SEC-17 a second device at this address", s6(), ce(s6()), fn=all_of(
	("local %s prefix 2001:db8::/32 v4-prefix 10.0.0.0/8" % A1,),
	("local %s prefix 2400::/16" % A1,)))
