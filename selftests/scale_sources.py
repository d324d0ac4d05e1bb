#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Send COUNT UDP datagrams over eth0, each from another /64, to an IPv4 host
behind 2001:db8:46::/96. Helper of scale_entries.py.

usage: scale_sources.py COUNT
"""
import fcntl
import socket
import struct
import subprocess
import sys
import time

SIOCGIFHWADDR = 0x8927


def hwaddr(sock, name):
    return fcntl.ioctl(sock, SIOCGIFHWADDR, struct.pack("16s240x",
                                                        name.encode()))[18:24]


def router():
    """Link-layer address of the router; a ping finds it out."""
    subprocess.run(["ping", "-n", "-q", "-c", "1", "2001:db8:1::1"],
                   stdout=subprocess.DEVNULL, check=True)
    text = subprocess.run(["ip", "-6", "neigh", "show", "2001:db8:1::1"],
                          capture_output=True, text=True, check=True).stdout
    return bytes.fromhex(text.split("lladdr ")[1].split()[0].replace(":", ""))


def main():
    count = int(sys.argv[1])
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind(("eth0", 0))
    dst = socket.inet_pton(socket.AF_INET6, "2001:db8:46::198.18.0.1")
    # a checksum that is right does not matter: nobody looks at it
    pkt = bytearray(router() + hwaddr(sock, "eth0") + b"\x86\xdd" +
                    struct.pack("!IHBB", 6 << 28, 12, 17, 64) + bytes(16) +
                    dst + struct.pack("!HHHH", 4000, 53, 12, 1) + b"m46!")
    for i in range(count):
        struct.pack_into("!IIII", pkt, 14 + 8, 0x20010db9, i, 0, 1)
        sock.send(pkt)
        # the backlog of a processor takes 1000
        if i % 256 == 255:
            time.sleep(0)


if __name__ == "__main__":
    sys.exit(main())
