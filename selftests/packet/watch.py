# SPDX-License-Identifier: GPL-2.0
"""A dummy device behind T: unlike the tun devices, it takes super-packets whole."""
import select
import socket

from bed import Skip, run


def dummy(name):
	"""What makes the device, for "needs" of a configuration."""
	def make(bed):
		rc, said = run("ip", "link", "add", name, "type", "dummy")
		if rc:
			raise Skip("no dummy device: " + said.strip())
		bed.extra.append("ip link del " + name)
	return make


def watched(name, port):
	"""A port that sends at the tun device and keeps what the dummy gets."""
	def send(bed, p):
		with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as s:
			s.bind((name, 3))
			s.settimeout(bed.timeout)
			bed.tun[port].send(p)
			bed.seen = []
			while not bed.seen or select.select([s], [], [], 0.1)[0]:
				try:
					bed.seen.append(s.recv(70000))
				except TimeoutError:
					break
	return send


def whole(name, wants, same, skip=lambda p: False):
	"""Complaints unless what came is as long as wants and same() holds."""
	def fn(bed):
		got = [p for p in bed.seen if p[0] >> 4 == wants[0][0] >> 4 and
		       not skip(p)]
		bad = []
		if [len(p) for p in got] != [len(w) for w in wants]:
			bad.append("at %s: packets of %s bytes, not %s" % (
				name, [len(p) for p in got],
				[len(w) for w in wants]))
		bad += ["at %s: the packet differs" % name
			for w, p in zip(wants, got) if not same(bytes(w), bytes(p))]
		return bad
	return fn
