# SPDX-License-Identifier: GPL-2.0
"""The words that the tables of cases are written in.

conf() sets the configuration of the cases that follow it, confe() with method
encap, conf46t() that of a device of mode m46t, conf6to4() one of mode 6to4; each
further call is one case:

    to6(name, in, out...)	IPv4 in at t4, the packets out at t6
    to4(name, in, out...)	IPv6 in at t6, the packets out at t4
    err4(name, in, out...)	IPv4 in at t4, answered at t4
    err6(name, in, out...)	IPv6 in at t6, answered at t6
    none(name, in, drop=...)	nothing comes out of either side

In mode 6to4 IPv6 in at t6 comes out at t4 in IPv4, and the other way round.
`in` is a packet or a list of them; a function among them is called with the
test bed, when its turn comes.  drop= says which drop counter must grow,
once for each packet in (a dict says how often; "a|b": either; "": any or none);
no other drop counter may.  also= lists other counters and their growth.  x=True
hands the packets to the device itself, past the checks of the kernel's own
input; port= names another way in.  ctl= lists m46ctl commands to run before.
table= says what becomes of entries: {IPv6 address: "IPv4 type"}, patterns as
of file names, or None for one that leaves; all others must stay as they were.

i4/o4 and i6/o6 make the usual packets: H is a host on the IPv4 side, R one
behind another PE, so IPv4 H > R is IPv6 A+H > B+R in the core and back.  i* have
TTL 64, o* 63: one hop in all, whatever the way through the kernel.
"""
from build import ANY, Vnet, ip4, ip6, m6, mk, raw, udp
from match import Error, wrap

A, B, C, D = "2001:db8:a::", "2001:db8:b::", "2001:db8:c::", "2001:db8:d::"
H, R, X = "192.0.2.33", "198.51.100.2", "203.0.113.9"

CASES, CONFS = [], []

# Counters whose name in the tables is not the device's (any more).
RENAMED = {}


def names(drop):
	"""The drop counters of a case, by the device's names."""
	if isinstance(drop, str):
		return "|".join(RENAMED.get(n, n) for n in drop.split("|"))
	return drop and {RENAMED.get(n, n): v for n, v in drop.items()}


class Conf:
	def __init__(self, name, prefix, rules=(), opts="", mtu4=1500, mtu6=1500,
		     own=None, routes=(), mark=None, offload4=0, offload6=0,
		     needs=None, before=(), sysctls=(),
		     sent="translated_46", heard="translated_64"):
		self.name, self.prefix, self.rules, self.opts = \
			name, prefix, rules, opts
		self.mtu4, self.mtu6, self.routes = mtu4, mtu6, routes
		self.mark = mark or (H, R, m6(B, R), m6(A, H))
		self.offload4, self.offload6 = offload4, offload6
		self.needs, self.before = needs, before
		self.sysctls = dict(sysctls)
		self.counts = sent, heard	# by markers, one each
		if own is None:
			own = prefix.split(",")
			own += [r.split()[2] for r in rules
				if r.endswith(" local")]
		self.into = ["0.0.0.0/0"] + list(dict.fromkeys(own))

	has_table = False
	addresses = ()

	def markers(self, tag):
		"""What to send at t4 and at t6 so that tag ends a packet."""
		s4, d4, s6, d6 = self.mark
		u = udp(tag, 9, 9)
		return ip4(s4, d4, u), ip6(s6, d6, raw(4, ip4(
			s6[12:], d6[12:], u)) if "decapsulated" in self.counts
			else u)

	def commands(self):
		yield "dev add m46 mode adpt prefix %s %s" % (self.prefix,
							      self.opts)
		for r in self.rules:
			local = r.endswith(" local")
			yield "rule add %s dev m46%s" % (
				r[:-6] if local else r, " local" if local else "")
		yield from self.before


# Mode m46t: where IPv4 hosts are for IPv6 hosts.  K, K4 is the host of the
# markers, whose address is the only one of a pool, so that no other gets it.
M = "2001:db8:0:46:0:46::"
K, K4 = "2001:db8:ffff::9", "10.46.0.1"


class Conf46T(Conf):
	"""prefix: "P6/LEN [plane ID]", top: the /96 that these make."""
	has_table = True

	def __init__(self, name, pools, entries,
		     prefix="2001:db8:0:46::/64 plane 0:46", top=M, **kw):
		kw.setdefault("mark", (H, K4, K, m6(top, H)))
		kw.setdefault("own", [top + "/96"])
		super().__init__(name, prefix, **kw)
		self.pools = [K4 + "/32"] + list(pools)
		self.entries = ["%s %s" % (K, K4)] + list(entries)

	def commands(self):
		yield "dev add m46 mode m46t prefix %s %s" % (self.prefix,
							      self.opts)
		for p in self.pools:
			yield "pool add %s dev m46" % p
		for e in self.entries:
			yield "entry add %s dev m46" % e
		yield from self.before


# Mode 6to4: the own site O4, O and another, P4, P.
O4, P4 = "192.0.2.170", "192.0.2.187"
O, P = "2002:c000:2aa::1", "2002:c000:2bb::1"
LAN = "2002:c000:2aa::/52"	# of the own site, at t6


class Conf6to4(Conf):
	"""words: what follows "mode 6to4".

	addresses: T's at t4, local ones among them; own: what is routed into
	the device; lan: what of it is at t6; mark: the outer and the inner
	address of another site, then those of the own one.
	"""

	def __init__(self, name, words, addresses=(O4 + "/32",),
		     own=("2002::/16",), lan=(LAN,), routes=(),
		     mark=(P4, P, O4, O), **kw):
		routes = ["route add 0.0.0.0/0 dev t4"] + \
			 ["route add %s dev t6" % x for x in lan] + list(routes)
		super().__init__(name, "", own=own, routes=routes, mark=mark,
				 sent="encapsulated", heard="decapsulated",
				 **kw)
		self.words, self.addresses = words, addresses
		self.into = list(own)

	def commands(self):
		yield "dev add m46 mode 6to4 " + self.words
		yield from self.before

	def markers(self, tag):
		far4, far6, near4, near6 = self.mark
		u = udp(tag, 9, 9)
		return ip4(far4, near4, raw(41, ip6(far6, near6, u))), \
			ip6(near6, far6, u)


class Case:
	def __init__(self, conf, name, send, out4, out6, drop=None, also=None,
		     ctl=(), rounds=None, fn=None, table=None):
		self.conf, self.send = conf, send
		self.packets = [p for _, p in send if p is not None]
		self.name = "%s (IPv%d in)" % (name, version(self.packets[0])) \
			if send[0][0] in ("4", "6") else name
		self.table = table or {}
		self.out4 = [wrap(w) for w in out4]
		self.out6 = [wrap(w) for w in out6]
		self.drop, self.also = names(drop), names(also) or {}
		self.ctl, self.fn = ctl, fn
		# a second marker where silence is the answer: what the first
		# one set off is over by then
		self.rounds = rounds or (1 if out4 or out6 else 2)


def conf(name, prefix, *rules, **kw):
	CONFS.append(Conf(name, prefix, rules, **kw))


def confe(name, prefix, *rules, opts="", sent="encapsulated",
	  heard="decapsulated", **kw):
	"""Mode adpt with method encap, at the other edge too."""
	conf(name, prefix, *rules, opts=("method encap " + opts).rstrip(),
	     sent=sent, heard=heard, **kw)


def conf46t(name, pools=(), entries=(), **kw):
	CONFS.append(Conf46T(name, pools, entries, **kw))


def conf6to4(name, words="", local=O4, **kw):
	CONFS.append(Conf6to4(name, ("local %s %s" % (local, words)).rstrip(),
			      **kw))


MAIN = (A + "/96", "192.0.2.0/24 via %s/96 local" % A,
	"203.0.113.0/24 via %s/96 local" % A, "198.51.100.0/24 via %s/96" % B)


def version(p):
	return (p.pkt if isinstance(p, Vnet) else p)[0] >> 4


def add(name, packets, out4=(), out6=(), port=None, x=False, **kw):
	if not isinstance(packets, list):
		packets = [packets]
	CASES.append(Case(CONFS[-1], name, [
		(p, None) if callable(p) else
		(port or (version(p) if x else str(version(p))), p)
		for p in packets], out4, out6, **kw))


def to6(name, packets, *out, **kw):
	add(name, packets, out6=out, **kw)


def to4(name, packets, *out, **kw):
	add(name, packets, out4=out, **kw)


def err4(name, packets, *out, **kw):
	add(name, packets, out4=out, **kw)


def err6(name, packets, *out, **kw):
	add(name, packets, out6=out, **kw)


def none(name, packets, drop, **kw):
	add(name, packets, drop=drop, **kw)


# ---- packets --------------------------------------------------------------

def i4(l4, s=H, d=R, **kw):
	return ip4(s, d, l4, **kw)


def o6(l4, s=H, d=R, sp=A, dp=B, hl=63, **kw):
	return ip6(m6(sp, s), m6(dp, d), l4, hl=hl, **kw)


def i6(l4, s=R, d=H, sp=B, dp=A, **kw):
	return ip6(m6(sp, s), m6(dp, d), l4, **kw)


def o4(l4, s=R, d=H, ttl=63, id=ANY, **kw):
	return ip4(s, d, l4, ttl=ttl, id=id, **kw)


def anyttl(p):
	"""p, its TTL or hop limit free: it was never forwarded to the device."""
	if p[0] >> 4 == 4:
		return mk(p, p.free + ((8, 9), (10, 12)))
	return mk(p, p.free + ((7, 8),))


def unreach4(code, about, word=0, **kw):
	return Error(3, code, about, word, **kw)


def unreach6(code, about, **kw):
	return Error(1, code, about, **kw)
