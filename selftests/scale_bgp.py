#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Helper of scale_bgp.sh: prefixes, and datagrams into them.

usage: scale_bgp.py routes COUNT GATEWAY
       scale_bgp.py spray FROM TO COUNT DATAGRAMS

The prefixes are the first COUNT /24 from 16.0.0.0 on.

routes	as BIRD's static routes via GATEWAY
spray	one datagram to each of DATAGRAMS random addresses in random ones of the
	prefixes, from network namespace FROM. TO has all of the addresses (a
	"local" route) and sees which one each datagram was for. Prints "sent N
	arrived N wrong N": wrong is one at another address than it was sent to,
	or one that comes twice.
"""
import ctypes
import os
import random
import select
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
IP_PKTINFO = 8
SO_RCVBUFFORCE = 33
PORT = 4646
FIRST = 16 << 24

libc = ctypes.CDLL(None, use_errno=True)


def in_ns(name):
    """A UDP socket of a namespace."""
    fd = os.open("/run/netns/" + name, os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns " + name)
    os.close(fd)
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def text(addr):
    return socket.inet_ntoa(struct.pack("!I", addr))


def routes(count, gateway):
    print("protocol static many {\n\tipv4;")
    for i in range(count):
        print("\troute %s/24 via %s;" % (text(FIRST + (i << 8)), gateway))
    print("}")


class Sink:
    def __init__(self, name, sent):
        self.sock = in_ns(name)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        self.sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        self.sock.bind(("0.0.0.0", PORT))
        self.sent = sent
        self.seen = set()
        self.arrived = self.wrong = 0

    def drain(self, timeout):
        """Take what is there; wait for the first as long as timeout."""
        while select.select([self.sock], [], [], timeout)[0]:
            timeout = 0
            data, ancillary, _, _ = self.sock.recvmsg(64, 64)
            num = struct.unpack("!I", data)[0]
            # struct in_pktinfo: interface, local address, header's address
            addr = struct.unpack("!I", ancillary[0][2][8:12])[0]
            self.arrived += 1
            self.wrong += num in self.seen or self.sent[num] != addr
            self.seen.add(num)


def spray(source, dest, count, datagrams):
    sent = []
    sink = Sink(dest, sent)
    sock = in_ns(source)
    for num in range(datagrams):
        addr = FIRST + (random.randrange(count) << 8) + random.randrange(256)
        sent.append(addr)
        sock.sendto(struct.pack("!I", num), (text(addr), PORT))
        # a processor's backlog takes 1000
        if num % 64 == 63:
            sink.drain(0)
    before = -1
    while sink.arrived < datagrams and sink.arrived > before:
        before = sink.arrived
        sink.drain(5)
    print("sent %d arrived %d wrong %d" % (datagrams, sink.arrived, sink.wrong))


def main():
    words = sys.argv[1:]
    if words[0] == "routes":
        routes(int(words[1]), words[2])
    else:
        spray(words[1], words[2], int(words[3]), int(words[4]))


if __name__ == "__main__":
    main()
