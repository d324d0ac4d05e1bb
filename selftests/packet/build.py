# SPDX-License-Identifier: GPL-2.0
"""Packets as bytes, every checksum by code of its own.

An upper-layer message (udp(), tcp(), echo(), raw(), ...) is an L4 object that
knows no addresses yet: ip4() and ip6() build it for theirs.  So one message put
into ip4() is the input of a case and, put into ip6(), its expected output.

A packet is a P: bytes, plus the ranges whose content the translator is free to
choose (the identification of ANY, and the checksums that follow from it).
"""
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from struct import pack, unpack, unpack_from

ANY = None		# identification: the translator's choice


class P(bytes):
	free = ()


def mk(data, free=()):
	p = P(data)
	p.free = tuple(free)
	return p


def cat(*parts):
	"""Concatenation; free ranges move along."""
	free, at = [], 0
	for x in parts:
		free += [(a + at, b + at) for a, b in getattr(x, "free", ())]
		at += len(x)
	return mk(b"".join(parts), free)


def cut(p, a, b=None):
	"""p[a:b]; free ranges move along."""
	data = bytes(p)[a:b]
	free = [(max(x - a, 0), min(y - a, len(data)))
		for x, y in getattr(p, "free", ())]
	return mk(data, [(x, y) for x, y in free if x < y])


def poke(p, at, value):
	"""p with the bytes at `at` overwritten."""
	return mk(p[:at] + value + p[at + len(value):], getattr(p, "free", ()))


def total(data):
	"""16-bit one's complement sum."""
	data = bytes(data)
	if len(data) & 1:
		data += b"\0"
	s = sum(unpack("!%dH" % (len(data) // 2), data))
	while s >> 16:
		s = (s & 0xffff) + (s >> 16)
	return s


def csum(data):
	return total(data) ^ 0xffff


def a4(a):
	return inet_pton(AF_INET, a) if isinstance(a, str) else a


def a6(a):
	return inet_pton(AF_INET6, a) if isinstance(a, str) else a


def m6(prefix, v4):
	"""Mapping prefix + IPv4 address in the last 32 bits."""
	return a6(prefix)[:12] + a4(v4)


def text(a):
	return inet_ntop(AF_INET if len(a) == 4 else AF_INET6, bytes(a))


def pseudo(src, dst, length, proto):
	if len(src) == 4:
		return src + dst + pack("!BBH", 0, proto, length)
	return src + dst + pack("!II", length, proto)


# ---- upper layers ---------------------------------------------------------

class L4:
	"""Header and data whose checksum field, `at`, is zero.

	csum: "ok", "none" (no such field), "seed" (pseudo-header sum only, what
	CHECKSUM_PARTIAL holds) or a number; off: added to it, to break it;
	cover: bytes the checksum covers, None for all.
	"""

	def __init__(self, p4, p6, body4, body6=None, at=None, csum="ok", off=0,
		     with4=True, with6=True, cover=None):
		self.proto = {4: p4, 6: p6}
		self.body = {4: body4, 6: body4 if body6 is None else body6}
		self.at, self.csum, self.off, self.cover = at, csum, off, cover
		self.pseudo = {4: with4, 6: with6}

	def build(self, ver, src, dst):
		body, proto = self.body[ver], self.proto[ver]
		if proto is None:
			raise ValueError("message of the other family")
		if self.at is None or self.csum == "none":
			return body
		head = pseudo(src, dst, len(body), proto)
		data = body[:self.cover]
		if self.csum == "ok":
			c = csum((head if self.pseudo[ver] else b"") + data)
			if c == 0 and proto in (17, 136):
				c = 0xffff
		elif self.csum == "seed":
			c = total(head)
		else:
			c = self.csum
		if self.off:
			c += self.off
			c = (c & 0xffff) + (c >> 16)
		return poke(body, self.at, pack("!H", c))


class Part:
	"""Bytes a..b of the message that another L4 is, for fragments."""

	def __init__(self, whole, a, b=None):
		self.whole, self.a, self.b = whole, a, b
		self.proto = whole.proto

	def build(self, ver, src, dst):
		return cut(self.whole.build(ver, src, dst), self.a, self.b)


def raw(proto, data=b"", proto6=None):
	return L4(proto, proto if proto6 is None else proto6, data, at=None)


PATTERN = bytes(range(251)) * 265


def data(n, first=0):
	return PATTERN[first:first + n]


def udp(body=b"m46!", sport=4000, dport=53, csum="ok", off=0, length=None):
	n = 8 + len(body) if length is None else length
	return L4(17, 17, pack("!HHHH", sport, dport, n, 0) + body, at=6,
		  csum=csum, off=off)


def udplite(body=b"m46!", cover=0, csum="ok"):
	return L4(136, 136, pack("!HHHH", 4000, 53, cover, 0) + body, at=6,
		  csum=csum, cover=cover or None)


def dccp(body=b"", csum="ok"):
	# data offset 4 words, CCVal/CsCov 0, type Data (2), X 1, sequence
	return L4(33, 33, pack("!HHBBHBBHI", 4000, 53, 4, 0, 0, 2 << 1 | 1, 0,
			       0, 46) + body, at=6, csum=csum)


def tcp(body=b"", sport=4000, dport=80, seq=0x01020304, ack=0x0a0b0c0d,
	flags=0x18, opts=b"", csum="ok", off=0, win=0x4646):
	assert len(opts) % 4 == 0
	return L4(6, 6, pack("!HHIIBBHHH", sport, dport, seq, ack,
			     (5 + len(opts) // 4) << 4, flags, win, 0, 0) +
		  opts + body, at=16, csum=csum, off=off)


def echo(reply=0, ident=0x4d46, seq=1, body=bytes(range(8)), code=0, off=0,
	 csum="ok"):
	rest = pack("!HH", ident, seq) + body
	return L4(1, 58, pack("!BBH", 0 if reply else 8, code, 0) + rest,
		  pack("!BBH", 129 if reply else 128, code, 0) + rest,
		  at=2, with4=False, off=off, csum=csum)


def _icmp(typ, code, word, body, length, at):
	"""word: bytes 4-7; at: where RFC 4884 puts the length."""
	m = cat(pack("!BBHI", typ, code, 0, word & 0xffffffff), body)
	if length is not None:
		m = poke(m, at, bytes([length]))
	if m.free:	# its checksum covers bytes that nobody can know
		m.free += ((2, 4),)
	return m


def icmp4(typ, code=0, word=0, body=b"", length=None, off=0, csum="ok"):
	return L4(1, None, _icmp(typ, code, word, body, length, 5), at=2,
		  with4=False, off=off, csum=csum)


def icmp6(typ, code=0, word=0, body=b"", length=None, off=0, csum="ok"):
	return L4(None, 58, _icmp(typ, code, word, body, length, 4), at=2,
		  off=off, csum=csum)


def ext(body=b"\x01\x02\x03\x04", cls=0xf0):
	"""RFC 4884 extension structure with one object."""
	obj = pack("!HBB", 4 + len(body), cls, 1) + body
	return b"\x20\0" + pack("!H", csum(b"\x20\0\0\0" + obj)) + obj


def pad(p, n):
	"""p, zeros up to n bytes."""
	return cat(p, bytes(max(0, n - len(p))))


# ---- IPv4 -----------------------------------------------------------------

def ip4(src, dst, l4, ttl=64, tos=0, id=0x1234, df=0, mf=0, off=0, opts=b"",
	tl=None, ihl=None, ver=4, csum4=None, proto=None):
	src, dst = a4(src), a4(dst)
	body = l4.build(4, src, dst)
	free = [(4, 6), (10, 12)] if id is ANY else []
	n = 20 + len(opts) + len(body)
	assert len(opts) % 4 == 0
	h = pack("!BBHHHBBH4s4s", ver << 4 | (5 + len(opts) // 4 if ihl is None
					       else ihl),
		 tos, n if tl is None else tl, id or 0,
		 df << 14 | mf << 13 | off, ttl,
		 l4.proto[4] if proto is None else proto, 0, src, dst) + opts
	c = csum(h) if csum4 is None else csum4
	return cat(mk(poke(h, 10, pack("!H", c)), free), body)


# ---- IPv6 -----------------------------------------------------------------

class Ext:
	"""An IPv6 extension header; its first byte, next header, comes later."""

	def __init__(self, nh, body):
		assert len(body) % 8 == 7
		self.nh, self.body = nh, body


def _opts(n):
	"""n bytes of header in all: PadN, as often as it takes."""
	rest, out = n - 2, b""
	while rest > 0:
		k = min(rest, 200)
		out += b"\1" + bytes([k - 2]) + bytes(k - 2) if k > 1 else b"\0"
		rest -= k
	return bytes([n // 8 - 1]) + out


def hbh(n=8, body=None):
	return Ext(0, _opts(n) if body is None else body)


def dop(n=8, body=None):
	return Ext(60, _opts(n) if body is None else body)


def rh(sl=0, typ=0, n=24):
	return Ext(43, bytes([n // 8 - 1, typ, sl]) + bytes(n - 4))


def fh(off=0, m=0, id=0, rsv=0):
	return Ext(44, bytes([rsv]) + pack("!HI", off << 3 | m, id))


def ip6(src, dst, l4, hl=64, tc=0, fl=0, pl=None, ext=(), nh=None, ver=6):
	src, dst = a6(src), a6(dst)
	body = l4.build(6, src, dst)
	last = l4.proto[6] if nh is None else nh
	for e in reversed(ext):
		body, last = cat(bytes([last]) + e.body, body), e.nh
	return cat(pack("!IHBB", ver << 28 | tc << 20 | fl,
			len(body) if pl is None else pl, last, hl) + src + dst,
		   body)


# ---- offloads -------------------------------------------------------------

NEEDS_CSUM, DATA_VALID = 1, 2
GSO_NONE, GSO_TCPV4, GSO_TCPV6, GSO_UDP_L4, GSO_ECN = 0, 1, 4, 5, 0x80


class Vnet:
	"""A packet with its struct virtio_net_hdr."""

	def __init__(self, pkt, flags=0, gso=0, size=0, hdr=0, start=0, offset=0):
		self.pkt, self.flags, self.gso, self.size = pkt, flags, gso, size
		self.hdr, self.start, self.offset = hdr, start, offset

	def head(self):
		return pack("=BBHHHH", self.flags, self.gso, self.hdr,
			    self.size, self.start, self.offset)


PLAIN = bytes(10)


def partial(pkt, l4len, at, gso=0, size=0):
	"""pkt, its checksum left to the hardware; l4len bytes of L4 header."""
	start = 20 if pkt[0] >> 4 == 4 else 40
	return Vnet(pkt, NEEDS_CSUM, gso, size, start + l4len if gso else 0,
		    start, at)


# ---- reading --------------------------------------------------------------

def chain6(p):
	"""(upper-layer protocol, its offset, fragment (off, m, id) or None)."""
	nh, at, frag = p[6], 40, None
	while nh in (0, 43, 44, 60) and len(p) >= at + 8:
		if nh == 44:
			o, i = unpack_from("!HI", p, at + 2)
			frag = (o >> 3, o & 1, i)
			nh, at = p[at], at + 8
			if frag[0]:
				break
		else:
			nh, at = p[at], at + 8 * (p[at + 1] + 1)
	return nh, at, frag


def wellformed(p, open_sum=False):
	"""None, or what is wrong with lengths and checksums of a packet.

	open_sum: the checksum of the upper layer may be anything.
	"""
	if len(p) < 20:
		return "shorter than an IP header"
	ver = p[0] >> 4
	if ver == 4:
		ihl = (p[0] & 15) * 4
		if csum(p[:ihl]):
			return "IPv4 header checksum is wrong"
		if unpack_from("!H", p, 2)[0] != len(p):
			return "total length differs from the packet's"
		if unpack_from("!H", p, 6)[0] & 0x3fff:
			return None
		proto, at, src, dst = p[9], ihl, p[12:16], p[16:20]
	elif ver == 6:
		if len(p) < 40 or unpack_from("!H", p, 4)[0] != len(p) - 40:
			return "payload length differs from the packet's"
		proto, at, frag = chain6(p)
		if frag and frag[:2] != (0, 0):
			return None
		src, dst = p[8:24], p[24:40]
	else:
		return "neither IPv4 nor IPv6"
	if at > len(p) or proto in (1, 58) and at + 8 > len(p):
		return "headers past the end"
	if proto == 1 and ver == 4:
		if csum(p[at:]) and not open_sum:
			return "ICMP checksum is wrong"
		if p[at] in (3, 4, 5, 11, 12) and len(p) >= at + 28 and \
		   len(p) >= at + 8 + (p[at + 8] & 15) * 4 and \
		   csum(p[at + 8:at + 8 + (p[at + 8] & 15) * 4]):
			return "header checksum of the quoted packet is wrong"
	elif not open_sum and (proto in (6, 17) or proto == 58 and ver == 6) and \
	     csum(pseudo(src, dst, len(p) - at, proto) + p[at:]) and \
	     not (proto == 17 and p[at + 6:at + 8] == b"\0\0"):
		return "checksum of protocol %d is wrong" % proto
	return None
