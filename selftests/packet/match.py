# SPDX-License-Identifier: GPL-2.0
"""What a case expects, and how a difference reads."""
from struct import unpack_from

from build import ANY, chain6, mk, poke, text, wellformed

# T's own addresses, the only sources of the errors it makes itself.
T4, T6 = "192.0.2.1", "2001:db8:ffff::1"

FIELDS4 = ["version/IHL", "TOS"] + ["total length"] * 2 + \
	  ["identification"] * 2 + ["flags/offset"] * 2 + \
	  ["TTL", "protocol"] + ["header checksum"] * 2 + \
	  ["source"] * 4 + ["destination"] * 4
FIELDS6 = ["version/class", "class/flow"] + ["flow label"] * 2 + \
	  ["payload length"] * 2 + ["next header", "hop limit"] + \
	  ["source"] * 16 + ["destination"] * 16
PROTO = {0: "hop-by-hop", 1: "ICMP", 6: "TCP", 17: "UDP", 33: "DCCP",
	 43: "routing", 44: "fragment", 58: "ICMPv6", 60: "dest-options",
	 4: "IPv4", 41: "IPv6", 136: "UDP-Lite"}


def brief(p):
	"""One line about a packet, whatever its state."""
	p = bytes(p)
	try:
		if p[0] >> 4 == 4:
			fo = unpack_from("!H", p, 6)[0]
			s = "IPv4 %s > %s ttl %d tos %#x id %#x%s%s off %d" % (
				text(p[12:16]), text(p[16:20]), p[8], p[1],
				unpack_from("!H", p, 4)[0],
				" DF" if fo & 0x4000 else "",
				" MF" if fo & 0x2000 else "", fo & 0x1fff)
			proto, at = p[9], (p[0] & 15) * 4
		else:
			proto, at, frag = chain6(p)
			s = "IPv6 %s > %s hl %d tc %#x" % (
				text(p[8:24]), text(p[24:40]), p[7],
				unpack_from("!H", p, 0)[0] >> 4 & 0xff)
			if frag:
				s += " frag off %d m %d id %#x" % frag
		s += " %s" % PROTO.get(proto, "proto %d" % proto)
		if proto == 41 and p[0] >> 4 == 4 and not fo & 0x1fff or \
		   proto == 4 and p[0] >> 4 == 6 and not (frag and frag[0]):
			return "%s, %d bytes: %s" % (s, len(p), brief(p[at:]))
		if proto in (1, 58) and len(p) >= at + 8:
			s += " %d/%d [%s]" % (p[at], p[at + 1],
					      p[at + 4:at + 8].hex())
		elif proto in (6, 17) and len(p) >= at + 4:
			s += " %d > %d" % unpack_from("!HH", p, at)
	except Exception:
		s = "(cut short)"
	return s + ", %d bytes" % len(p)


def dump(p):
	p = bytes(p)
	return ["%04x  %s" % (i, " ".join(p[j:j + 4].hex()
					  for j in range(i, min(i + 32, len(p)), 4)))
		for i in range(0, min(len(p), 640), 32)]


def field(p, i):
	"""Name of byte i of a packet."""
	names = FIELDS4 if p[0] >> 4 == 4 else FIELDS6
	if i < len(names):
		return names[i]
	if p[0] >> 4 == 4:
		at = (p[0] & 15) * 4
		proto = p[9]
	else:
		proto, at, _ = chain6(p)
	if i < at:
		return "options or extension headers"
	if proto == 41 and p[0] >> 4 == 4 and len(p) >= at + 40 or \
	   proto == 4 and p[0] >> 4 == 6 and len(p) >= at + 20:
		return "inner " + field(p[at:], i - at)
	if proto in (1, 58) and i >= at + 8 and i - at - 8 + 1 < len(p):
		quote = p[at + 8:]
		inner = FIELDS4 if quote[0] >> 4 == 4 else FIELDS6
		if i - at - 8 < len(inner):
			return "quoted " + inner[i - at - 8]
		return "quoted byte %d" % (i - at - 8)
	return "upper layer byte %d" % (i - at)


def diff(want, got):
	"""Differences of two packets as text, [] for none."""
	free = set()
	for a, b in getattr(want, "free", ()):
		free.update(range(a, b))
	out, last = [], None
	if len(want) != len(got):
		out.append("length is %d, not %d" % (len(got), len(want)))
	for i in range(min(len(want), len(got))):
		if want[i] == got[i] or i in free:
			continue
		name = field(want, i)
		if name == last:	# the rest of a field already told
			continue
		last = name
		n = 1
		while i + n < min(len(want), len(got)) and n < 16 and \
		      field(want, i + n) == name:
			n += 1
		out.append("%s (byte %d) is %s, not %s" % (
			name, i, bytes(got[i:i + n]).hex(),
			bytes(want[i:i + n]).hex()))
		if len(out) > 11:
			out.append("...")
			break
	return out


class Exact:
	"""One packet, byte for byte save its free ranges.

	sums: whether the checksum of its upper layer is right.
	"""

	def __init__(self, pkt, sums=True):
		self.pkt = pkt
		self.sums = sums

	def match(self, vnet, got):
		bad = diff(self.pkt, got)
		if not bad and self.pkt.free:
			w = wellformed(got, not self.sums)
			if w:
				bad = [w]
		if not bad and vnet[1]:
			bad = ["a super-packet (GSO type %d)" % vnet[1]]
		if not bad and vnet[0] & 1:
			bad = ["its checksum is left to the hardware"]
		return bad

	def lines(self):
		return [brief(self.pkt)] + dump(self.pkt)


class Alt:
	"""Any of several: the sources leave the choice."""

	def __init__(self, *wants):
		self.wants = [wrap(w) for w in wants]

	def match(self, vnet, got):
		bad = None
		for w in self.wants:
			b = w.match(vnet, got)
			if not b:
				return []
			bad = bad or b
		return bad

	def lines(self):
		return [x for w in self.wants for x in w.lines() + ["or"]][:-1]


class Maybe:
	"""A packet that may be missing."""

	def __init__(self, want):
		self.want = wrap(want)

	def match(self, vnet, got):
		return self.want.match(vnet, got)

	def lines(self):
		return ["perhaps " + x for x in self.want.lines()]


class Error:
	"""An ICMP error that T makes itself about a packet it received.

	The packet is quoted as received, its TTL as received or decremented.
	"""

	def __init__(self, typ, code, about, word=0, src=None, by_m46=True):
		self.ver = about[0] >> 4
		self.typ, self.code, self.word = typ, code, word
		self.about, self.src, self.by_m46 = about, src, by_m46

	def lines(self):
		return ["ICMPv%d %d/%d [%08x] from T, quoting: %s" % (
			self.ver, self.typ, self.code, self.word,
			brief(self.about))]

	def match(self, vnet, got):
		if got[0] >> 4 != self.ver:
			return ["not IPv%d" % self.ver]
		w = wellformed(got)
		if w:
			return [w]
		about, bad = bytes(self.about), []
		if self.ver == 4:
			at, most, least = (got[0] & 15) * 4, 576, 28
			src, dst = got[12:16], got[16:20]
			want = self.src or T4, about[12:16]
			proto, ttl, free = got[9] == 1, 8, ((8, 9), (10, 12))
			# RFC 1812 4.3.2.5: the TOS bits may be the offender's
			if got[1] & ~(about[1] & 0x1e) not in (0, 0xc0):
				bad.append("TOS is %#x" % got[1])
		else:
			at, most = 40, 1280
			least = 1280 - 48
			src, dst = got[8:24], got[24:40]
			want = self.src or T6, about[8:24]
			proto, ttl, free = got[6] == 58, 7, ((7, 8),)
		if not proto:
			return bad + ["not an ICMP message"]
		if text(src) != want[0]:
			bad.append("source is %s, not %s" % (text(src), want[0]))
		if dst != want[1]:
			bad.append("destination is %s, not %s" % (
				text(dst), text(want[1])))
		typ, code, _, word = unpack_from("!BBHI", got, at)
		if (typ, code, word) != (self.typ, self.code, self.word):
			bad.append("is %d/%d [%08x], not %d/%d [%08x]" % (
				typ, code, word, self.typ, self.code, self.word))
		if len(got) > most:
			bad.append("has %d bytes, over %d" % (len(got), most))
		quote = got[at + 8:]
		if len(quote) < min(least, len(about)):
			bad.append("quotes %d bytes of %d" % (len(quote),
							      len(about)))
		if len(quote) > len(about):
			bad.append("quotes more than there was")
		if len(quote) > 20 and not about[ttl] - 1 <= quote[ttl] <= about[ttl]:
			bad.append("quoted TTL is %d of %d" % (quote[ttl],
							       about[ttl]))
		return bad + ["quote: " + x
			      for x in diff(mk(about[:len(quote)], free), quote)]


class Frags:
	"""Legal fragments, none over `limit` bytes, that make up one packet.

	ident: the identification they all carry, ANY for the translator's
	choice; sizes: the lengths of the IP packets, where fixed.
	"""

	def __init__(self, whole, limit, ident=ANY, sizes=None):
		self.whole, self.limit, self.ident = whole, limit, ident
		self.sizes = sizes

	def lines(self):
		return ["fragments of at most %d bytes of: %s" % (
			self.limit, brief(self.whole))]

	def match_all(self, items):
		got = [p for _, p in items]
		v4 = self.whole[0] >> 4 == 4
		head = 20 if v4 else 40
		parts, ids, bad = [], set(), []
		if self.sizes and [len(p) for p in got] != list(self.sizes):
			bad.append("sizes are %s, not %s" % (
				[len(p) for p in got], list(self.sizes)))
		for vnet, p in items:
			w = wellformed(p)
			if w or vnet[1]:
				return [w or "a super-packet"]
			if len(p) > self.limit:
				bad.append("%d bytes, over %d" % (len(p),
								  self.limit))
			if v4:
				i, fo = unpack_from("!HH", p, 4)
				if fo & 0x4000:
					bad.append("DF is set in a fragment")
				parts.append((fo & 0x1fff, fo >> 13 & 1, p[20:]))
				h = poke(poke(poke(p[:20], 2, b"\0\0"), 4,
					      bytes(4)), 10, b"\0\0")
			else:
				if p[6] != 44:
					return ["no Fragment header"]
				fo, i = unpack_from("!HI", p, 42)
				if fo & 6 or p[41]:
					bad.append("reserved bits are set")
				parts.append((fo >> 3, fo & 1, p[48:]))
				h = poke(poke(p[:40], 4, b"\0\0"), 6, p[40:41])
			ids.add(i)
			w = self.whole[:head]
			w = poke(poke(poke(w, 2, b"\0\0"), 4, bytes(4)), 10,
				 b"\0\0") if v4 else poke(w, 4, b"\0\0")
			bad += diff(w, h)
		parts.sort(key=lambda x: x[0])
		data = b""
		for k, (off, more, body) in enumerate(parts):
			if off * 8 != len(data):
				bad.append("offset %d after %d bytes" % (
					off * 8, len(data)))
			if more and len(body) % 8:
				bad.append("%d bytes before the end" % len(body))
			if more != (k < len(parts) - 1):
				bad.append("MF is %d in fragment %d of %d" % (
					more, k + 1, len(parts)))
			data += body
		if len(ids) != 1 or (self.ident is not ANY and
				     ids != {self.ident}):
			bad.append("identifications are %s" % sorted(ids))
		if len(parts) < 2:
			bad.append("not fragmented")
		if data != bytes(self.whole[head:]):
			bad.append("do not make up the packet")
		return bad


class Inside:
	"""An IPv6 packet in IPv4, or the other way round.

	head: a packet with the outer header, its identification free; want:
	what is to be inside, bytes or an Error, say.
	"""

	def __init__(self, head, want):
		self.head, self.want = head, wrap(want)
		self.n = 20 if head[0] >> 4 == 4 else 40

	def lines(self):
		h = self.head
		return ["IPv4 %s > %s, in it:" % (text(h[12:16]), text(h[16:20]))
			if self.n == 20 else
			"IPv6 %s > %s, in it:" % (text(h[8:24]), text(h[24:40]))
			] + self.want.lines()

	def match(self, vnet, got):
		w = wellformed(got)
		if w:
			return [w]
		# length, identification, checksum
		free = ((2, 6), (10, 12)) if self.n == 20 else ((4, 6),)
		return diff(mk(self.head[:self.n], free), got[:self.n]) + [
			"inner: " + x
			for x in self.want.match(vnet, got[self.n:])]


class Each:
	"""All packets of one side at once: fn(packets) -> list of complaints."""

	def __init__(self, fn, what):
		self.fn, self.what = fn, what

	def lines(self):
		return [self.what]

	def match_all(self, items):
		return self.fn([p for _, p in items])


def wrap(want):
	return Exact(want) if isinstance(want, bytes) else want


def compare(wants, items):
	"""Complaints about what came out of one side."""
	if len(wants) == 1 and hasattr(wants[0], "match_all"):
		return wants[0].match_all(items)
	bad, k = [], 0
	for w in wants:
		b = w.match(*items[k]) if k < len(items) else ["is missing"]
		if not b:
			k += 1
		elif not isinstance(w, Maybe):
			bad += ["packet %d: %s" % (k + 1, x) for x in b]
			k += 1
	for _, p in items[k:]:
		bad.append("unexpected: " + brief(p))
	return bad


class Offloaded:
	"""A packet whose checksum, or segmentation, is left to the hardware."""

	def __init__(self, vnet):
		self.want = vnet

	def lines(self):
		w = self.want
		return ["GSO type %d size %d, checksum at %d+%d of: %s" % (
			w.gso, w.size, w.start, w.offset, brief(w.pkt))] + \
			dump(w.pkt)

	def match(self, vnet, got):
		w = self.want
		flags, gso, hdr, size, start, offset = unpack_from("=BBHHHH",
								   vnet)
		bad = diff(w.pkt, got)
		for name, a, b in (("checksum left open", flags & 1, w.flags & 1),
				   ("GSO type", gso, w.gso),
				   ("GSO size", size, w.size)):
			if a != b:
				bad.append("%s is %d, not %d" % (name, a, b))
		if w.flags & flags & 1 and (start, offset) != (w.start, w.offset):
			bad.append("checksum at %d+%d, not %d+%d" % (
				start, offset, w.start, w.offset))
		if w.gso and not w.hdr <= hdr <= len(got):
			bad.append("header length hint is %d, not %d or more" % (
				hdr, w.hdr))
		return bad
