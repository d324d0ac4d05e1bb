# SPDX-License-Identifier: GPL-2.0
"""Byte-exact vectors: checks of the builder as well as cases for the device.

V1 to V5 have both hosts under one /96, but a rule may not point at an own prefix.
So the remote host is put under a prefix whose words are the same in another
order: every checksum stays as printed, only the two words of its address differ.
V5 looks from the other side.
"""
from build import cut, echo, fh, icmp4, icmp6, ip4, ip6, m6, mk, raw, udp
from table import A, B, conf, m6, to4, to6

VP, VQ = "2001:db8:122:344::", "2001:db8:344:122::"
H4, R4, X4 = "192.0.2.33", "198.51.100.2", "203.0.113.9"


def hx(s, *free):
	return mk(bytes.fromhex(s), free)


V1 = (hx("45ba00201234000040117b88c0000221c63364020fa00035000c60546d343621"),
      hx("6ba00000000c113f20010db80122034400000000c0000221"
	 "20010db80122034400000000c63364020fa00035000cfc156d343621"))
V2 = (hx("450000240001400040014e81c0000221c633640208009ea84d460001"
	 "0001020304050607"),
      hx("6000000000103a3f20010db80122034400000000c0000221"
	 "20010db80122034400000000c63364028000d5c74d4600010001020304050607"))
V3 = (hx("600abcde00103a4020010db80122034400000000c6336402"
	 "20010db80122034400000000c00002218100d4c74d4600010001020304050607"),
      hx("45000024000000003f018f82c6336402c00002210000a6a84d460001"
	 "0001020304050607", (4, 6), (10, 12)))
V4 = (hx("45000024beef20b94011aec9c0000221c6336402"
	 "00000000000000000000000000000000"),
      hx("6000000000182c3f20010db80122034400000000c0000221"
	 "20010db80122034400000000c6336402110005c90000beef"
	 "00000000000000000000000000000000"))
V5 = (hx("45000038000000003e017e9acb007109c000022103048f4600000578"
	 "450005c8007740003c114c57c0000221c63364020fa0003505b452b4"),
      hx("6000000000383a3d20010db80122034400000000cb007109"
	 "20010db80122034400000000c00002210200ca110000058c"
	 "6000000005b4113c20010db80122034400000000c0000221"
	 "20010db80122034400000000c63364020fa0003505b4ee75"))
# Sent with hop limit 64 by a host behind the 6to4 router; tunnel.py runs it.
V6 = (hx("6020000000103a3f2002c00002aa000000000000000001232002c00002bb"
	 "0000000000000000000180005fcf4d4600010001020304050607"),
      hx("4502004c000000004029f521c00002aac00002bb"
	 "6020000000103a3f2002c00002aa000000000000000001232002c00002bb"
	 "0000000000000000000180005fcf4d4600010001020304050607",
	 (4, 6), (10, 12)))
V7_IN = hx("45010020123440003f113d3cc6336407c00002210fa00035000c604f6d343621")
V7 = hx("60100000000c113f20010db8000a000000000000c6336407"
	"20010db8000b000000000000c00002210fa00035000c04c86d343621")

UDP7 = udp(b"m46!")


def built():
	"""The same vectors by the builder: (name, vector, built)."""
	u, req, rep = udp(b"m46!"), echo(), echo(1)
	six = lambda a: m6(VP, a)
	mid = raw(17, bytes(16))
	big = udp(bytes(1452))	# only its header is ever quoted
	q4 = cut(ip4(H4, R4, big, id=0x77, df=1, ttl=60), 0, 28)
	q6 = cut(ip6(six(H4), six(R4), big, hl=60), 0, 48)
	# what was quoted had another payload: its checksum is given
	q4 = mk(q4[:26] + b"\x52\xb4")
	q6 = mk(q6[:46] + b"\xee\x75")
	v6 = ip6("2002:c000:2aa::123", "2002:c000:2bb::1", req, tc=2, hl=63)
	return (
		("V1 in", V1[0], ip4(H4, R4, u, tos=0xba)),
		("V1 out", V1[1], ip6(six(H4), six(R4), u, tc=0xba, hl=63)),
		("V2 in", V2[0], ip4(H4, R4, req, id=1, df=1)),
		("V2 out", V2[1], ip6(six(H4), six(R4), req, hl=63)),
		("V3 in", V3[0], ip6(six(R4), six(H4), rep, fl=0xabcde)),
		("V3 out", V3[1], ip4(R4, H4, rep, ttl=63, id=0)),
		("V4 in", V4[0], ip4(H4, R4, mid, id=0xbeef, mf=1, off=185)),
		("V4 out", V4[1], ip6(six(H4), six(R4), mid, hl=63,
				      ext=[fh(185, 1, 0xbeef)])),
		("V5 in", V5[0], ip4(X4, H4, icmp4(3, 4, 1400, q4), id=0,
				     ttl=62)),
		("V5 out", V5[1], ip6(six(X4), six(H4), icmp6(2, 0, 1420, q6),
				      hl=61)),
		("V6 in", V6[0], v6),
		("V6 out", V6[1], ip4("192.0.2.170", "192.0.2.187", raw(41, v6),
				      tos=2, id=0)),
		("V7 in", V7_IN, ip4("198.51.100.7", H4, UDP7, tos=1, df=1,
				     ttl=63)),
		("V7-xlat", V7, ip6(m6(A, "198.51.100.7"), m6(B, H4), UDP7,
				    tc=1, hl=63)),
	)


def far(packet, host):
	"""An IPv6 packet with `host` under the other prefix."""
	return mk(packet.replace(m6(VP, host), m6(VQ, host)))


conf("prefixes of the vectors", VP + "/96", "198.51.100.0/24 via %s/96" % VQ,
     mark=(H4, R4, m6(VQ, R4), m6(VP, H4)))
to6("V1 SIIT-02 SIIT-03 SIIT-06 SIIT-20 UDP", V1[0], far(V1[1], R4))
to6("V2 ICMP-01 echo request", V2[0], far(V2[1], R4))
to4("V3 ICMP-31 SIIT-40 echo reply", far(V3[0], R4), V3[1])
to6("V4 SIIT-16 SIIT-20 middle fragment", V4[0], far(V4[1], R4))

conf("prefixes of the vectors, from the other side", VP + "/96",
     "192.0.2.0/24 via %s/96" % VQ,
     routes=["route add 198.51.100.0/24 dev t4",
	     "route add 192.0.2.32/27 dev m46"],
     mark=(R4, H4, m6(VQ, H4), m6(VP, R4)))
to6("V5 ICMP-09 ICMP-20 ICMP-47 ICMP-49 ICMP-50 packet too big", V5[0],
    far(V5[1], H4))

conf("the PEs of V7", A + "/96", "192.0.2.0/24 via %s/96" % B,
     routes=["route add 198.51.100.0/24 dev t4",
	     "route add 192.0.2.32/27 dev m46"],
     mark=("198.51.100.7", H4, m6(B, H4), m6(A, "198.51.100.7")))
to6("V7-xlat ADPT-09 ADPT-10 ADPT-18 PE1 to PE3",
    ip4("198.51.100.7", H4, UDP7, tos=1, df=1, ttl=64), V7)
