# SPDX-License-Identifier: GPL-2.0
"""Plain packets before a case's own.

The module notes what it does to a flow, and does it to the next packet without
asking again. What a case sends must find such a note, and come out as if it had
not: the addresses are the case's, all else is as plain as can be.
"""
from build import Vnet, ip4, ip6, raw, udp

PLAIN = udp(b"plain", sport=5000, dport=5001)


def inside(p, proto):
	"""What a plain packet has inside, if p is one of a tunnel."""
	if proto == 41 and len(p) >= 40 and p[0] >> 4 == 6:
		return raw(41, plain6(p[:40]))
	if proto == 4 and len(p) >= 20 and p[0] >> 4 == 4:
		return raw(4, plain4(p[:20]))
	return PLAIN


def plain4(p):
	body = inside(p[20:], p[9]) if p[0] == 0x45 else PLAIN
	return ip4(p[12:16], p[16:20], body, tos=p[1])


def plain6(p):
	return ip6(p[8:24], p[24:40], inside(p[40:], p[6]),
		   tc=(p[0] & 15) << 4 | p[1] >> 4)


def sibling(p):
	"""The plain packet of p's flow; None if p is none."""
	p = bytes(p.pkt if isinstance(p, Vnet) else p)
	if p[:1] and p[0] >> 4 == 4 and len(p) >= 20:
		return plain4(p)
	if p[:1] and p[0] >> 4 == 6 and len(p) >= 40:
		return plain6(p)
	return None


def prime(bed, case):
	"""Send what a case's packets may find notes of, and forget it.

	Not where entries come and go with packets, where answers are scarce, or
	where a case counts for itself.
	"""
	plain = {(port, sibling(p)) for port, p in case.send
		 if port in bed.tun and p is not None}
	plain = [x for x in plain if x[1]]
	if not plain or case.fn or case.conf.has_table or \
	   any(" rate " in x for x in case.conf.commands()):
		return
	# The default path notes nothing of a flow that nobody sees again.
	for port, p in plain:
		for _ in range(1 if bed.fast else 2):
			bed.send(port, p)
	bed.collect(case.conf, case.rounds)
	bed.grown(case.conf, case.rounds)
