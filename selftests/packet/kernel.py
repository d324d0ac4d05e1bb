# SPDX-License-Identifier: GPL-2.0
"""Local traffic, taps, netfilter, counters and loops: group KERN."""
import socket
from fcntl import ioctl
from struct import pack, unpack_from

from bed import DEV, Skip, m46ctl, must, run
from build import data, m6, tcp, udp
from match import T4, Frags
from table import A, B, C, H, MAIN, R, conf, i4, i6, none, o4, o6, to4, to6

ETH_P_ALL = 3
IFF_MULTICAST, IFF_NOARP = 0x1000, 0x80


def tapped(bed, p):
	"""Send p while a packet socket listens on the tun device."""
	side = "4" if p[0] >> 4 == 4 else "6"
	s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
	s.bind(("t" + side, ETH_P_ALL))
	s.settimeout(bed.timeout)
	bed.tap = s, p
	bed.send(side, p)


def unharmed(bed):
	s, want = bed.tap
	got = s.recv(2000)
	s.close()
	return [] if got == want else ["the tap saw " + got.hex()]


def flags(bed):
	with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
		f = unpack_from("=H", ioctl(s.fileno(), 0x8913, pack(
			"16s24x", DEV.encode())), 16)[0]
	return [] if f & IFF_NOARP and not f & IFF_MULTICAST else [
		"flags are %#x" % f]


def shown(bed):
	"""m46ctl shows the counters that netlink gives."""
	import json
	out = json.loads(must(m46ctl(), "-j", "stats", "show", "dev", DEV))
	out = out[0] if isinstance(out, list) else out
	if out.get("dev") != DEV:
		return ["dev is %s" % out.get("dev")]
	return [] if out["counters"] == bed.before else [
		"m46ctl shows %s, netlink %s" % (out["counters"], bed.before)]


conf("main, kernel", *MAIN)
to6("KERN-03 a tap sees the IPv4 packet as it came in", i4(tcp(data(60))),
    o6(tcp(data(60))), port=tapped, fn=unharmed)
to4("KERN-03 a tap sees the IPv6 packet as it came in", i6(tcp(data(60))),
    o4(tcp(data(60))), port=tapped, fn=unharmed)
to6("KERN-09 the device has NOARP and no MULTICAST", i4(udp()), o6(udp()),
    fn=flags)
to6("KERN-14 m46ctl -j stats show agrees with netlink", i4(udp()), o6(udp()),
    fn=shown)


def filtered(bed):
	rc, out = run("nft", "-f", "-", text="""
		table inet m46test {
			chain pre {
				type filter hook prerouting priority 0
				iifname m46 udp dport 1 drop
			}
			chain forw {
				type filter hook forward priority 0
				iifname m46 udp dport 2 drop
				oifname m46 udp dport 3 drop
			}
		}
		""")
	if rc:
		raise Skip("no nftables: " + out.strip().split("\n")[0])
	bed.extra.append("nft delete table inet m46test")


conf("netfilter", *MAIN, needs=filtered)
for n, what in ((1, "prerouting on the device"), (2, "forward from the device"),
		(3, "forward to the device")):
	none("KERN-07 ADPT-62 ADPT-63 a rule in %s drops it" % what,
	     i4(udp(dport=n)), None)
	none("KERN-07 ADPT-62 ADPT-63 a rule in %s drops it" % what,
	     i6(udp(dport=n)), None)
to6("KERN-07 and no other", i4(udp()), o6(udp()))
to4("KERN-07 and no other", i6(udp()), o4(udp()))

# ---- what T sends itself --------------------------------------------------
R7 = "198.51.100.200"	# T as a host behind the other PE


def local4(bed, p):
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.setsockopt(socket.IPPROTO_IP, 10, 0)	# IP_MTU_DISCOVER: no DF
	s.bind((T4, 4000))
	s.sendto(p, (R, 53))
	s.close()


def local6(bed, p):
	s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
	s.bind((socket.inet_ntop(socket.AF_INET6, m6(B, R7)), 4000))
	s.sendto(p, (socket.inet_ntop(socket.AF_INET6, m6(A, H)), 53))
	s.close()


conf("T is a host", *MAIN, routes=["address add 2001:db8:b::c633:64c8/128 dev lo"])
to6("KERN-04 KERN-01 what T sends has TTL 64 and hop limit 64", data(40),
    o6(udp(data(40)), s=T4, hl=64), port=local4)
to6("KERN-01 SIIT-14 1400 bytes that T sends", data(1400),
    Frags(o6(udp(data(1400)), s=T4, hl=64), 1280), port=local4)
to4("KERN-04 KERN-01 what T sends has hop limit 64 and TTL 64", data(40),
    o4(udp(data(40)), s=R7, ttl=64), port=local6)

# ---- loops ----------------------------------------------------------------


def second(bed):
	bed.extra.append("ip link del m46b")


def looped(bed):
	n = sum(bed.counters.read(d).get("recursion", 0) for d in ("m46", "m46b"))
	return [] if n else ["no device counted a recursion"]


conf("two devices, a loop", A + "/96", "198.51.100.0/24 via %s/96" % B,
     "9.9.9.0/24 via %s/96" % C, "192.0.2.0/24 via %s/96 local" % A,
     opts="source-check off", needs=second,
     before=["dev add m46b mode adpt prefix %s/96 source-check off" % B,
	     "rule add 192.0.2.0/24 via %s/96 dev m46b" % A],
     routes=["link set m46b up", "route add 2001:db8:b::/96 dev m46b"],
     mark=(H, "9.9.9.9", m6(C, "9.9.9.9"), m6(A, H)))
none("KERN-12 a packet that two devices hand each other: ends, counted",
     i4(udp(), ttl=255), "", fn=looped)
to6("KERN-12 and others pass", i4(udp(), d="9.9.9.9"),
    o6(udp(), d="9.9.9.9", dp=C))
