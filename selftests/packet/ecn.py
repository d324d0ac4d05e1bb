# SPDX-License-Identifier: GPL-2.0
"""Explicit congestion notification in tunnels, RFC 6040: group ECN."""
from build import GSO_ECN, GSO_TCPV6, NEEDS_CSUM, Vnet, data, raw, tcp
from match import Offloaded
from offload import TSO, seg
from table import conf6to4, none, to4, to6
from tunnel import enc, fwd, onward, pieces, r6, s6, tun

N, ECT1, ECT0, CE = range(4)
NAMES = ("Not-ECT", "ECT(1)", "ECT(0)", "CE")
# RFC 6040 figure 4: inner, then outer N, ECT(1), ECT(0), CE; None is dropped.
EGRESS = {N: (N, N, N, None), ECT1: (ECT1, ECT1, ECT1, CE),
	  ECT0: (ECT0, ECT1, ECT0, CE), CE: (CE, CE, CE, CE)}
# What it calls dangerous, or possibly so.
ODD = {(N, ECT0), (N, ECT1), (CE, ECT1), (ECT1, ECT0)}


def egress():
	for inner in range(4):
		for outer in range(4):
			e = EGRESS[inner][outer]
			name = "ECN-03 ECN-04 inner %s, outer %s" % (
				NAMES[inner], NAMES[outer])
			# any DSCP, inside and outside
			p = tun(r6(tc=0x20 | inner), tos=0xb8 | outer)
			if e is None:
				none(name + " is dropped", p, "tun_ecn",
				     also={"decapsulated": 0})
			else:
				to6("%s -> %s" % (name, NAMES[e]), p,
				    fwd(r6(tc=0x20 | e)), also={
					    "ecn_odd": (inner, outer) in ODD,
					    "decapsulated": 1})


def ingress(outer):
	for e in range(4):
		p = s6(tc=0x20 | e)
		to4("ECN-01 ECN-02 inner %s -> outer %s" % (
			NAMES[e], NAMES[outer(e)]), p,
		    enc(p, tos=outer(e)))


conf6to4("6to4, ECN")
ingress(lambda e: e)
egress()
to6("ECN-06 the outer DSCP stays outside", [
	tun(r6(tc=t), tos=o) for t, o in ((0, 0xb8), (0xb8, 0), (0x2a, 0xb8),
					  (0xfe, 0x02))],
    *[fwd(r6(tc=t)) for t in (0, 0xb8, 0x2a, 0xfe)])
to6("ECN-06 nor does the flow label change", tun(r6(tc=2, fl=0xfffff), tos=3),
    fwd(r6(tc=3, fl=0xfffff)))
BIG = raw(200, data(1240))
for inner, first, second, e in (
	(ECT0, ECT0, CE, CE), (ECT0, CE, ECT0, CE), (ECT0, ECT0, ECT0, ECT0),
	(ECT1, ECT1, CE, CE), (CE, CE, CE, CE), (N, N, N, N)):
	to6("ECN-07 fragments with %s and %s, inner %s -> %s" % (
		NAMES[first], NAMES[second], NAMES[inner], NAMES[e]),
	    pieces(r6(BIG, tc=inner), 640, tos=(first, second)),
	    fwd(r6(BIG, tc=e)))
none("ECN-07 ECN-03 CE on the second fragment, inner Not-ECT",
     pieces(r6(BIG), 640, tos=(ECT0, CE)), {"tun_ecn": 1})
none("ECN-07 fragments with Not-ECT and CE: the kernel drops them",
     pieces(r6(BIG, tc=ECT0), 640, tos=(N, CE)), None)
conf6to4("6to4, ecn compat", "ecn compat")
ingress(lambda e: N)
egress()
conf6to4("6to4, ecn-log off", "ecn-log off")
egress()
conf6to4("6to4, tos inherit, ECN", "tos inherit")
for e in range(4):
	p = s6(tc=0xb8 | e)
	to4("ECN-01 tos inherit: inner %s" % NAMES[e], p, enc(p, tos=0xb8 | e))
conf6to4("6to4, tos inherit, ecn compat", "tos inherit ecn compat")
for e in range(4):
	p = s6(tc=0xb8 | e)
	to4("ECN-02 tos inherit, ecn compat: inner %s" % NAMES[e], p,
	    enc(p, tos=0xb8))
conf6to4("ECN in configured tunnels", "remote 192.0.2.187")
ingress(lambda e: e)
egress()


# ---- super-packets --------------------------------------------------------

def outer(tc, tos, flags=0x18, gso=GSO_TCPV6):
	return Vnet(tun(r6(tcp(data(10000), csum="seed", flags=flags), tc=tc),
			tos=tos), NEEDS_CSUM, gso, 1000, 80, 60, 16)


def inner(tc, flags=0x18, gso=GSO_TCPV6):
	return Vnet(r6(tcp(data(10000), csum="seed", flags=flags), tc=tc),
		    NEEDS_CSUM, gso, 1000, 60, 40, 16)


conf6to4("6to4, ECN and offloads", offload4=TSO, offload6=TSO)
to6("ECN-03 KERN-02 a super-packet, inner ECT(0), outer CE -> CE",
    outer(ECT0, CE), Offloaded(onward(inner(CE))))
to6("ECN-03 KERN-02 a super-packet with CWR, inner ECT(0), outer ECT(0)",
    outer(ECT0, ECT0, 0x98, GSO_TCPV6 | GSO_ECN),
    Offloaded(onward(inner(ECT0, 0x98, GSO_TCPV6 | GSO_ECN))))
none("ECN-03 KERN-02 a super-packet, inner Not-ECT, outer CE is dropped",
     outer(N, CE), "tun_ecn")
conf6to4("6to4, ECN, no offloads")
v = Vnet(s6(tcp(data(3000), csum="seed", flags=0x98), tc=ECT0), NEEDS_CSUM,
	 GSO_TCPV6 | GSO_ECN, 1000, 60, 40, 16)
to4("ECN-01 KERN-02 a super-packet: all segments ECT(0), CWR in the first", v,
    *[enc(s6(seg(3, 1000, k, flags=0x98), tc=ECT0)) for k in range(3)])
