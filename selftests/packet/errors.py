# SPDX-License-Identifier: GPL-2.0
"""ICMP errors that the device makes itself: conformance group ICMPGEN."""
from build import Part, data, echo, icmp4, icmp6, ip4, ip6, m6, raw, rh
from build import tcp, udp
from match import Each, Error
from table import (A, B, C, H, MAIN, R, X, conf, err4, err6, i4, i6, none, o6,
		   to6, unreach4)

U = udp(b"m46!")

conf("main, errors", *MAIN, own=[A + "/96", C + "/96"])
p = i4(udp(data(1000)), d="9.9.9.9")
err4("ICMPGEN-07 ICMPGEN-08 ICMP-52 quoted as received, 576 bytes at most", p,
     unreach4(0, p), drop="no_rule")
p = i4(U, d="9.9.9.9", opts=b"\x94\x04\0\0", tos=0x28)
err4("ICMPGEN-08 options are quoted too", p, unreach4(0, p), drop="no_rule")
p = i4(tcp(data(100)), d="9.9.9.9", s="10.1.2.3")
none("ICMPGEN-07 the error goes to the source, here behind the device",
     p, "")
p = i6(udp(data(1300)), ext=[rh(1)])
err6("ICMPGEN-05 ICMPGEN-07 ICMPGEN-08 quoted as received, exactly 1280 bytes",
     p, Error(4, 0, p, 43), drop="routing_header")
none("ICMPGEN-05 no error about an ICMPv6 error",
     ip6(m6(B, R), m6(C, H), icmp6(3, 0, 0, i6(U))), "not_own_prefix")
none("ICMPGEN-02 ICMPGEN-05 nor about a redirect",
     ip6(m6(B, R), m6(C, H), icmp6(137, 0, 0, data(40))),
     "icmp_unknown|not_own_prefix")
none("ICMPGEN-02 nor, for a general reason, about an echo request",
     ip6(m6(B, R), m6(C, H), echo()), "not_own_prefix")
none("ICMPGEN-05 no error to source ::", ip6("::", m6(C, H), U),
     "martian_source|unmappable", x=True)
none("ICMPGEN-05 no error to a multicast source", ip6("ff0e::1", m6(C, H), U),
     "martian_source|unmappable", x=True)
none("ICMPGEN-04 no error about a non-first fragment",
     i4(Part(udp(data(100)), 48), off=6, d="9.9.9.9"), "no_rule")
p = i4(Part(udp(data(100)), 0, 48), mf=1, d="9.9.9.9")
err4("ICMPGEN-04 but about a first one", p, unreach4(0, p), drop="no_rule")
for t in (3, 4, 5, 11, 12):
	none("ICMPGEN-01 ICMPGEN-04 no error about ICMPv4 type %d" % t,
	     i4(icmp4(t, 0, 0, ip4("9.9.9.9", H, U)), d="9.9.9.9"),
	     "no_rule|icmp_unknown")
none("ICMPGEN-04 no error to 240.0.0.1", i4(U, s="240.0.0.1", d="9.9.9.9"),
     "martian_source|no_rule")

conf("icmp4-errors never", *MAIN, opts="icmp4-errors never")
none("ICMPGEN-03 icmp4-errors never", i4(U, d="9.9.9.9"), "no_rule")
p = i4(raw(200, data(1480)), df=1)
err4("ICMPGEN-03 but 3/4 is still sent", p, unreach4(4, p, 1480),
     drop="too_big")
p = i6(U, ext=[rh(1)])
err6("ICMPGEN-03 and ICMPv6 errors too", p, Error(4, 0, p, 43),
     drop="routing_header")
to6("ICMPGEN-03 translated errors are not meant",
    i4(icmp4(11, 0, 0, ip4(R, H, U, ttl=60)), s=X),
    o6(icmp6(3, 0, 0, ip6(m6(B, R), m6(A, H), U, hl=60)), s=X))

conf("icmp6-errors never", *MAIN, opts="icmp6-errors never", mtu4=1400)
none("ICMPGEN-03 icmp6-errors never", i6(U, ext=[rh(1)]), "routing_header")
p = i6(raw(200, data(1460)))
err6("ICMPGEN-03 but packet too big is still sent", p, Error(2, 0, p, 1420),
     drop="too_big")
p = i4(U, d="9.9.9.9")
err4("ICMPGEN-03 and ICMPv4 errors too", p, unreach4(0, p), drop="no_rule")

conf("pmtu-errors never", *MAIN, opts="pmtu-errors never", mtu4=1400)
none("ICMPGEN-03 pmtu-errors never", i4(raw(200, data(1480)), df=1), "too_big")
none("ICMPGEN-03 pmtu-errors never", i6(raw(200, data(1460))), "too_big")
p = i4(U, d="9.9.9.9")
err4("ICMPGEN-03 other errors are sent", p, unreach4(0, p), drop="no_rule")

conf("rate 1 burst 5", *MAIN, opts="rate 1 burst 5", mtu4=1400)


def some(least, most):
	def fn(packets):
		return [] if least <= len(packets) <= most else [
			"%d errors, not %d to %d" % (len(packets), least, most)]
	return fn


p = i4(U, d="9.9.9.9")
err4("ICMPGEN-06 40 packets at once, burst 5: the rest is not answered",
     [p] * 40, Each(some(5, 9), "5 errors, a few more on a slow machine"),
     drop="no_rule")
p = i4(raw(200, data(1480)), df=1)
err4("ICMPGEN-06 3/4 is not limited", [p] * 40,
     *[unreach4(4, p, 1480)] * 40, drop="too_big")
p = i6(raw(200, data(1460)))
err6("ICMPGEN-06 packet too big is not limited", [p] * 40,
     *[Error(2, 0, p, 1420)] * 40, drop="too_big")

conf("default rate", *MAIN)
p = i4(U, d="9.9.9.9")
err4("ICMPGEN-06 200 errors at once are within the default burst", [p] * 200,
     *[unreach4(0, p)] * 200, drop="no_rule")
