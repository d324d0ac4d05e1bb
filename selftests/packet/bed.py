# SPDX-License-Identifier: GPL-2.0
"""The test bed: a namespace with an m46 device between two tun devices.

                 +------------------- namespace T --------------------+
   this program  |                                                    |
   = IPv4 hosts -+- t4  192.0.2.1/32       (m46)       t6  T6/128    -+- this program
   192.0.2.0/24  |      <- 192.0.2.0/24     <- 0.0.0.0/0   ::/0 ->    |  = IPv6 core
   203.0.113.0/24|      <- 203.0.113.0/24   <- own Pref6              |  and other PEs
                 +----------------------------------------------------+

In mode 6to4 the IPv4 side is the tunnel's: 0.0.0.0/0 leads to t4, and into the
device only what is to be encapsulated, 2002::/16 or another prefix; T has the
device's local addresses at t4.

The program reads and writes raw packets, no neighbour discovery is involved.
After the packets of a case it sends one marker each way; what came out before
the markers came from the case, and nothing else will come.
"""
import ctypes
import os
import select
import socket
import struct
import sys
from fcntl import ioctl
from fnmatch import fnmatchcase

from build import PLAIN, Vnet, a6, text
from match import T4, T6

TUNSETIFF, TUNSETOFFLOAD = 0x400454ca, 0x400454d0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x1, 0x1000, 0x4000
TUN_CSUM, TUN_TSO4, TUN_TSO6, TUN_ECN = 1, 2, 4, 8
TUN_USO4, TUN_USO6 = 0x20, 0x40
CLONE_NEWNET = 0x40000000
ETH_P = {4: 0x0800, 6: 0x86dd}
DEV = "m46"
TREE = os.path.dirname(os.path.dirname(os.path.dirname(
	os.path.abspath(__file__))))

sys.path.append(os.path.join(TREE, "selftests"))
import netlink as nl  # noqa: E402
from netlink import NAMES  # noqa: E402


class Skip(Exception):
	pass


class Trouble(Exception):
	pass


def run(*argv, text=""):
	"""(exit status, output of both kinds)."""
	r0, w0 = os.pipe()
	r1, w1 = os.pipe()
	try:
		pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=[
			(os.POSIX_SPAWN_DUP2, r0, 0),
			(os.POSIX_SPAWN_DUP2, w1, 1),
			(os.POSIX_SPAWN_DUP2, w1, 2)])
	except OSError as e:
		for fd in (r0, w0, r1, w1):
			os.close(fd)
		return 127, "%s: %s" % (argv[0], e.strerror)
	os.close(r0)
	os.close(w1)
	try:
		os.write(w0, text.encode())
	except BrokenPipeError:
		pass
	os.close(w0)
	out = b""
	while True:
		chunk = os.read(r1, 65536)
		if not chunk:
			break
		out += chunk
	os.close(r1)
	return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode()


def must(*argv, text=""):
	rc, out = run(*argv, text=text)
	if rc:
		raise Trouble("%s: exit %d: %s" % (
			" ".join(argv) + (" <<< " + repr(text) if text else ""),
			rc, out.strip()))
	return out


def m46ctl():
	return os.environ.get("M46CTL") or os.path.join(TREE,
							"tools/m46ctl/m46ctl")


def get(path):
	with open("/proc/sys/net/" + path) as f:
		return f.read().strip()


def put(path, value):
	try:
		with open("/proc/sys/net/" + path, "w") as f:
			f.write(value)
		return True
	except OSError:
		return False


class Counters:
	"""The device's counters, read over the netlink family m46 at once."""

	STATS_GET, A_IFNAME, A_COUNTER = (NAMES["M46_" + x] for x in (
		"CMD_STATS_GET", "A_IFNAME", "A_COUNTER"))
	C_NAME, C_VALUE, C_DROP = (NAMES["M46_COUNTER_A_" + x] for x in (
		"NAME", "VALUE", "DROP"))

	def __init__(self):
		self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
		self.sock.bind((0, 0))
		for t, v in self.ask(16, 3, 1, 2, b"m46\0"):
			if t == 1:
				self.family = struct.unpack("=H", v)[0]
		self.drops = set()

	@staticmethod
	def attrs(data):
		at = 0
		while at + 4 <= len(data):
			n, t = struct.unpack_from("=HH", data, at)
			yield t & 0x3fff, data[at + 4:at + n]
			at += n + 3 & ~3

	def ask(self, family, cmd, version, attr, value):
		m = struct.pack("=BBHHH", cmd, version, 0, 4 + len(value), attr)
		m += value + bytes(-len(value) % 4)
		self.sock.send(struct.pack("=IHHII", 16 + len(m), family, 1, 1,
					   0) + m)
		data = self.sock.recv(1 << 17)
		if struct.unpack_from("=H", data, 4)[0] == 2:
			raise Trouble("netlink: " + os.strerror(
				-struct.unpack_from("=i", data, 16)[0]))
		return self.attrs(data[20:struct.unpack_from("=I", data)[0]])

	def read(self, dev=DEV):
		out = {}
		for t, v in self.ask(self.family, self.STATS_GET, 1,
				     self.A_IFNAME, dev.encode() + b"\0"):
			if t != self.A_COUNTER:
				continue
			c = dict(self.attrs(v))
			name = c[self.C_NAME].rstrip(b"\0").decode()
			out[name] = struct.unpack("=Q", c[self.C_VALUE])[0]
			if self.C_DROP in c:
				self.drops.add(name)
		return out


class Entries:
	"""The table of an m46t device."""

	def __init__(self):
		self.genl = nl.Genl()
		self.every = nl.nest("A_FILTER", nl.attr(
			"FILTER_A_TYPES", nl.u32(sum(
				1 << NAMES["M46_ENTRY_" + x] for x in
				("STATIC", "DYNAMIC", "DORMANT")))))
		self.types = {NAMES["M46_ENTRY_" + x.upper()]: x for x in (
			"static", "dynamic", "dormant")}

	def read(self, dev=DEV):
		"""{IPv6 address: ("IPv4 type", seconds left or None)}"""
		err, said, answers = self.genl.cmd(
			"ENTRY_GET", nl.dev(dev), self.every,
			flags=nl.NLM_F_DUMP)
		if err:
			raise Trouble("entries: %s %s" % (os.strerror(err), said))
		return dict(map(self.one, answers))

	def one(self, answer):
		e = dict(Counters.attrs(dict(Counters.attrs(answer[4:]))[
			NAMES["M46_A_ENTRY"]]))
		left = e.get(NAMES["M46_ENTRY_A_EXPIRES"])
		return (socket.inet_ntop(socket.AF_INET6,
					 e[NAMES["M46_ENTRY_A_IPV6"]]),
			("%s %s" % (socket.inet_ntop(
				socket.AF_INET, e[NAMES["M46_ENTRY_A_IPV4"]]),
				self.types[e[NAMES["M46_ENTRY_A_TYPE"]][0]]),
			 left and struct.unpack("=I", left)[0]))


class Tun:
	def __init__(self, name):
		self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
		ioctl(self.fd, TUNSETIFF, struct.pack(
			"16sH22x", name.encode(), IFF_TUN | IFF_NO_PI |
			IFF_VNET_HDR))
		self.now = None

	def offload(self, flags):
		if flags != self.now:
			ioctl(self.fd, TUNSETOFFLOAD, flags)
			self.now = flags

	def send(self, p):
		os.write(self.fd, p.head() + p.pkt if isinstance(p, Vnet)
			 else PLAIN + p)

	def recv(self):
		"""(virtio_net_hdr, packet), or None when there is none."""
		try:
			b = os.read(self.fd, 70000)
		except BlockingIOError:
			return None
		return b[:10], b[10:]


def noise(p):
	"""What an IPv6 host says by itself: MLD, ND, to multicast."""
	return p[0] >> 4 == 6 and p[24] == 0xff


class Bed:
	def __init__(self, timeout=10, fast=False, cold=False):
		self.timeout = timeout
		self.fast = fast
		self.cold = cold
		self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
		self.name = "m46-" + os.urandom(3).hex()
		self.direct, self.extra, self.up, self.seq = {}, [], False, 0
		self.sysctls = {}
		self.n_fast = 0
		self.cpu = os.sched_getaffinity(0)
		if os.geteuid():
			raise Skip("not root")
		self.load()
		must("ip", "netns", "add", self.name)
		self.enter("/run/netns/" + self.name)
		# one CPU: a packet cannot overtake the one before
		os.sched_setaffinity(0, {min(self.cpu)})
		self.sysctl()
		self.tun = {"4": Tun("t4"), "6": Tun("t6")}
		must("ip", "-batch", "-", text="\n".join((
			"link set lo up",
			"link set t4 addrgenmode none",
			"link set t6 addrgenmode none",
			"link set t4 up", "link set t6 up",
			"address add %s/32 dev t4" % T4,
			"address add %s/128 dev t6 nodad" % T6,
			"route add 192.0.2.0/24 dev t4",
			"route add 203.0.113.0/24 dev t4",
			"route add ::/0 dev t6")))
		self.poll = select.poll()
		for t in self.tun.values():
			self.poll.register(t.fd, select.POLLIN)
		self.counters = self.make_counters()
		self.entries = Entries()

	def make_counters(self):
		return Counters()

	def load(self):
		if not os.path.exists("/dev/net/tun"):
			run("modprobe", "tun")
		if not os.path.exists("/dev/net/tun"):
			raise Skip("no /dev/net/tun")
		if os.path.exists("/sys/module/m46"):
			return
		ko = os.path.join(TREE, "m46.ko")
		if os.path.exists(ko):
			run("modprobe", "-a", "ipv6", "udp_tunnel", "ip_tunnel")
			run("insmod", ko)
		if not os.path.exists("/sys/module/m46"):
			run("modprobe", "m46")
		if not os.path.exists("/sys/module/m46"):
			raise Skip("module m46 cannot be loaded")

	def enter(self, path):
		fd = os.open(path, os.O_RDONLY) if isinstance(path, str) else path
		if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET):
			raise Trouble("setns: " + os.strerror(ctypes.get_errno()))

	def sysctl(self):
		for k, v in (
			("ipv4/conf/all/forwarding", "1"),
			("ipv4/conf/default/forwarding", "1"),
			("ipv4/conf/all/rp_filter", "0"),
			("ipv4/conf/default/rp_filter", "0"),
			("ipv4/conf/all/accept_source_route", "1"),
			("ipv4/conf/default/accept_source_route", "1"),
			("ipv4/conf/all/send_redirects", "0"),
			("ipv4/conf/default/send_redirects", "0"),
			("ipv4/icmp_ratelimit", "0"),
			("ipv4/icmp_ratemask", "0"),
			("ipv6/conf/all/disable_ipv6", "0"),
			("ipv6/conf/default/disable_ipv6", "0"),
			("ipv6/conf/all/forwarding", "1"),
			("ipv6/conf/default/forwarding", "1"),
			("ipv6/conf/default/accept_dad", "0"),
			("ipv6/conf/all/accept_ra", "0"),
			("ipv6/auto_flowlabels", "0"),
			("ipv6/icmp/ratelimit", "0"),
			("ipv6/icmp/ratemask", "127")):
			put(k, v)

	def close(self):
		for t in getattr(self, "tun", {}).values():
			os.close(t.fd)
		os.sched_setaffinity(0, self.cpu)
		self.enter(self.home)
		run("ip", "netns", "del", self.name)

	# ---- one configuration --------------------------------------------

	def commands(self, c):
		"""On the fast path, what comes in at either side takes it.

		Not where cases are about the hooks that it bypasses.
		"""
		more = " fastpath t4,t6" if self.fast and \
			"netfilter" not in c.name else ""
		return [x + more if x.startswith("dev add m46 ") else x
			for x in c.commands()]

	def configure(self, c):
		"""Make the device and the routes what a group of cases needs."""
		for s in self.direct.values():
			s.close()
		self.direct = {}
		self.undo(c.addresses)
		for k, v in self.sysctls.items():
			put(k, v)
		self.sysctls = {k: get(k) for k in c.sysctls}
		for k, v in c.sysctls.items():
			put(k, v)
		if c.needs:
			c.needs(self)
		old = ["dev del " + DEV] if self.up else []
		try:
			must(m46ctl(), "-b", "-", text="".join(
				x + "\n" for x in old + self.commands(c)))
			self.up = True
		except Trouble:
			run("ip", "link", "del", DEV)
			self.up = False
			raise
		self.extra += ["ip " + r.replace(" add ", " del ", 1)
			       for r in c.routes if DEV not in r.split()]
		must("ip", "-batch", "-", text="\n".join(
			["link set t4 mtu %d" % c.mtu4,
			 "link set t6 mtu %d" % c.mtu6,
			 "link set %s up" % DEV] +
			["route add %s dev %s" % (p, DEV) for p in c.into] +
			list(c.routes)))
		self.tun["4"].offload(c.offload4)
		self.tun["6"].offload(c.offload6)
		self.collect(c)
		self.before = self.counters.read()
		if c.has_table:
			self.table = self.entries.read()

	def undo(self, addresses):
		"""Take back what the configuration before has added.

		addresses: what T has from now on, at t4.
		"""
		undo, self.extra = self.extra, [
			"ip address del %s dev t4" % a.split()[0]
			for a in addresses]
		lines = [x[3:] for x in undo if x.startswith("ip ")]
		lines += ["address add %s dev t4" % a for a in addresses]
		if lines:
			run("ip", "-force", "-batch", "-", text="\n".join(lines))
		for x in undo:
			if not x.startswith("ip "):
				run(*x.split())

	def device(self, ver):
		"""A socket that hands packets to the device itself."""
		if ver not in self.direct:
			s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
			s.bind((DEV, 0))
			self.direct[ver] = s
		return self.direct[ver]

	def send(self, port, p):
		if port in self.tun:
			self.tun[port].send(p)
			return
		if callable(port):
			port(self) if p is None else port(self, p)
		else:
			self.device("x").sendto(p, (DEV, ETH_P.get(port, port)))
		# there and back on T itself: two times through the backlog
		self.drain()
		self.drain()

	def drain(self):
		"""Wait until this CPU's backlog is empty.

		What T sends itself goes through it, the markers do not, and on a
		busy machine ksoftirqd may run late.
		"""
		with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
			s.bind(("127.0.0.1", 0))
			for _ in range(self.timeout):
				s.sendto(b"drain", s.getsockname())
				if select.select([s], [], [], 1)[0]:
					return
			raise Trouble("the backlog does not become empty")

	def marker(self, c):
		self.seq += 1
		tag = b"marker" + struct.pack("!I", self.seq)
		for side, p in zip("46", c.markers(tag)):
			self.tun[side].send(p)
		return tag

	def collect(self, c, rounds=1):
		"""What came out: {"4": [(vnet, packet)], "6": [...]}."""
		out = {"4": [], "6": []}
		for _ in range(rounds):
			tag, missing = self.marker(c), {"4", "6"}
			while missing:
				if not self.poll.poll(self.timeout * 1000):
					raise Trouble("the marker was lost on the "
						      "way to t%s" %
						      " and t".join(sorted(missing)))
				for side, t in self.tun.items():
					while True:
						item = t.recv()
						if item is None:
							break
						if item[1].endswith(tag):
							missing.discard(side)
						elif not noise(item[1]) or \
						     b"marker" in item[1]:
							out[side].append(item)
		return out

	def table_changed(self, want):
		"""Complaints about what became of the entries."""
		was, self.table = self.table, self.entries.read()
		want = {text(a6(host)): due for host, due in want.items()}
		bad = []
		for host in sorted({*was, *self.table, *want}):
			got = self.table.get(host, (None,))[0]
			due = want.get(host, was.get(host, (None,))[0])
			if got != due and due != "*" and not (
			   got and due and fnmatchcase(got, due)):
				bad.append("entry of %s is %s, not %s" % (
					host, got, due))
		return bad

	def left(self, host):
		"""Seconds that an entry had left after the case's packets."""
		return self.table.get(host, (None, None))[1]

	def grown(self, c, rounds):
		"""Counters that grew since the last call, markers taken off."""
		now, was = self.counters.read(), self.before
		self.before = now
		grown = {k: v - was.get(k, 0) for k, v in now.items()}
		for k in c.counts:
			grown[k] = grown.get(k, 0) - rounds
		# whether it is taken is asked once for all cases
		self.n_fast += grown.pop("fastpath", 0)
		return {k: v for k, v in grown.items() if v}
