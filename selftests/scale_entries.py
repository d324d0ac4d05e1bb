#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A million entries of an m46t device, measured: making them (by netlink and by
packets), finding one, reading all, reading some, deleting all, and what happens
when all expire at once. "make check-scale" runs this; it is too long for every
change.

    +--------- namespace --------+           +------- h6 -------+
    |  mt   m46t, 2001:db8:46::/96  |  v6 ----- | eth0  many sources |
    |       pool 10.0.0.0/8         |           +------------------+
    +----------------------------+

usage: scale_entries.py [-n ENTRIES] [-o FILE.json]

KTAP on standard output; the figures are diagnostics, and JSON in FILE. What is
asserted: that all entries are there, that they all go, and that the machine
answers meanwhile. Exit code: 0 pass, 1 fail, 4 skip.
"""
# timeout: 1500
import argparse
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

import netlink as nl
from netlink import NAMES, attr, nest, u8, u32, v4, v6

BATCH = 512
HOST = v6("2001:db8:1::")[:8]
POOL = struct.unpack("!I", v4("10.0.0.0"))[0]
FIGURES = {}


class Results:
    def __init__(self):
        self.n = self.failed = 0

    def test(self, name, wrong):
        self.n += 1
        if wrong:
            self.failed += 1
            print("# " + wrong)
        print("%sok %d %s" % ("not " if wrong else "", self.n, name),
              flush=True)


def figure(name, value, unit):
    FIGURES[name] = {"value": round(value, 3), "unit": unit}
    print("# %-44s %12.3f %s" % (name, value, unit), flush=True)


def run(*cmd):
    subprocess.run(cmd, check=True)


def ctl(*words):
    out = subprocess.run([os.environ.get("M46CTL", "m46ctl"), *words],
                         check=True, capture_output=True, text=True)
    return out.stdout


def used():
    return json.loads(ctl("-j", "pool", "show", "dev", "mt"))[0]["used"]


def counters():
    got = json.loads(ctl("-j", "stats", "show", "dev", "mt"))
    return got[0]["counters"]


def memory():
    """Bytes in use, caches of files aside."""
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as f:
        f.write("3")
    with open("/proc/meminfo", encoding="ascii") as f:
        info = {k.rstrip(":"): int(v) for k, v, *_ in map(str.split, f)}
    return (info["MemTotal"] - info["MemFree"] - info["Cached"] -
            info["Buffers"]) << 10


class Maker:
    """ENTRY_NEW messages, many a datagram, answers only for errors."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  nl.NETLINK_GENERIC)
        self.sock.settimeout(0)
        ifindex = socket.if_nametoindex("mt")
        body = struct.pack("=BBH", NAMES["M46_CMD_ENTRY_NEW"], 1, 0) + \
            attr("A_IFINDEX", u32(ifindex)) + \
            nest("A_ENTRY", attr("ENTRY_A_IPV6", HOST + b"\0" * 8),
                 attr("ENTRY_A_IPV4", b"\0" * 4),
                 attr("ENTRY_A_TYPE", u8(NAMES["M46_ENTRY_DYNAMIC"])),
                 attr("ENTRY_A_EXPIRES", u32(0)))
        self.msg = struct.pack("=IHHII", 16 + len(body), nl.Genl.family,
                               nl.NLM_F_REQUEST, 0, 0) + body
        self.at6 = self.msg.index(HOST) + 8
        # IPv6, IPv4, type, seconds: each after the header of its attribute
        self.at4 = self.at6 + 8 + 4
        self.at_expires = self.at4 + 4 + 8 + 4

    def make(self, first, n, seconds):
        size = len(self.msg)
        buf = bytearray(self.msg * n)
        for i in range(n):
            at, num = i * size, first + i
            struct.pack_into("!Q", buf, at + self.at6, num + 1)
            struct.pack_into("!I", buf, at + self.at4, POOL + 1 + num)
            struct.pack_into("=I", buf, at + self.at_expires, seconds)
        self.sock.send(buf)
        try:
            data = self.sock.recv(1 << 16)
            return "entry refused: %s" % os.strerror(
                -struct.unpack_from("=i", data, 16)[0])
        except BlockingIOError:
            return ""


def make_all(n, until):
    """All expire at the same moment of CLOCK_MONOTONIC."""
    maker = Maker()
    for first in range(0, n, BATCH):
        count = min(BATCH, n - first)
        wrong = maker.make(first, count,
                           max(1, round(until - time.monotonic())))
        if wrong:
            return wrong
    return ""


def netlink_creation(out, n, until):
    before = memory()
    start = time.monotonic()
    wrong = make_all(n, until)
    took = time.monotonic() - start
    out.test("%d entries by netlink (M46T-38)" % n,
             wrong or (used() != n and "only %d are there" % used()))
    figure("entries made by netlink", n / took, "entries/s")
    figure("memory of an entry, all in", (memory() - before) / n, "bytes")


def timed(name, *words):
    start = time.monotonic()
    text = ctl(*words)
    figure(name, time.monotonic() - start, "s")
    return text


def reading(out, n):
    text = timed("entry show, all", "entry", "show", "dev", "mt")
    lines = text.count("2001:db8:1:")
    out.test("entry show prints all of them", lines != n and
             "%d of %d" % (lines, n))
    text = timed("entry show of a /24", "entry", "show", "dev", "mt",
                 "10.0.2.0/24")
    out.test("entry show of a /24 prints 256", text.count("10.0.2.") != 256 and
             "%d" % text.count("10.0.2."))
    text = timed("entry show of one host", "entry", "show", "dev", "mt",
                 "10.0.2.3")
    out.test("entry show of one address", text.count("10.0.2.3 ") != 1 and
             text)


class Pinger(threading.Thread):
    """How long the slowest echo of h6 takes while something else goes on."""

    def __init__(self):
        super().__init__(daemon=True)
        self.proc = subprocess.Popen(
            ["ip", "netns", "exec", "h6", "ping", "-n", "-i", "0.2",
             "2001:db8:1::1"], stdout=subprocess.PIPE, text=True)
        self.worst = 0.0
        self.count = 0

    def run(self):
        for line in self.proc.stdout:
            if "time=" in line:
                self.count += 1
                self.worst = max(self.worst, float(
                    line.split("time=")[1].split()[0]))

    def end(self):
        self.proc.terminate()
        self.proc.wait()
        self.join()


def expiry(out, n, until):
    """All at once: how long the sweeper takes, and whom it keeps waiting."""
    ping = Pinger()
    ping.start()
    time.sleep(max(0, until - time.monotonic()))
    start = time.monotonic()
    while n and time.monotonic() - start < 120:
        left = json.loads(ctl("-j", "pool", "show", "dev", "mt"))[0]["used"]
        if not left:
            break
        time.sleep(0.2)
    took = time.monotonic() - start
    ping.end()
    out.test("a million entries expire at once and leave (M46T-14)",
             left and "%d are left after 120 s" % left)
    figure("from the deadline until all are free", took, "s")
    figure("slowest echo meanwhile", ping.worst, "ms")
    out.test("the machine answers meanwhile",
             ping.count < 5 and "%d echoes" % ping.count)


def flush(out):
    timed("entry flush, all", "entry", "flush", "dev", "mt", "all")
    text = ctl("entry", "show", "dev", "mt")
    out.test("entry flush leaves none", "2001:db8:1:" in text and "some left")


def packet_creation(out, n):
    """Raw IPv6 packets with random sources, straight into the router."""
    before = counters()["translated_64"]
    sender = os.path.join(nl.HERE, "scale_sources.py")
    start = time.monotonic()
    subprocess.run(["ip", "netns", "exec", "h6", sys.executable, sender,
                    str(n)], check=True)
    took = time.monotonic() - start
    made = counters()["translated_64"] - before
    figure("packets of new hosts, each with an entry made", made / took,
           "packets/s")
    out.test("%d hosts of as many /64 get entries by packets (M46T-10)" % n,
             made < n * 0.95 and "%d" % made)


def setup():
    run("modprobe", "m46")
    run("ip", "netns", "add", "h6")
    run("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1",
        "net.ipv4.ip_forward=1", "net.ipv6.conf.default.accept_dad=0")
    run("ip", "link", "add", "v6", "type", "veth", "peer", "name", "eth0",
        "netns", "h6")
    for cmd in ("link set v6 up", "address add 2001:db8:1::1/64 dev v6 nodad",
                "-n h6 link set eth0 up",
                "-n h6 address add 2001:db8:1::ffff:2/64 dev eth0 nodad",
                "-n h6 route add default via 2001:db8:1::1"):
        run("ip", *cmd.split())
    ctl("dev", "add", "mt", "mode", "m46t", "prefix", "2001:db8:46::/96",
        "alloc-rate", "0", "reuse-after", "0", "expires", "7d")
    run("ip", "link", "set", "mt", "up")
    run("ip", "route", "add", "2001:db8:46::/96", "dev", "mt")
    run("ip", "route", "add", "blackhole", "198.18.0.0/15")
    ctl("pool", "add", "10.0.0.0/8", "dev", "mt")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("-n", type=int, default=1000000)
    args.add_argument("-o")
    args = args.parse_args()
    out = Results()
    print("KTAP version 1", flush=True)
    setup()
    nl.genl = nl.Genl()
    # under emulation a message takes some 50 us
    until = time.monotonic() + 60 + args.n / 5000
    netlink_creation(out, args.n, until)
    reading(out, args.n)
    expiry(out, args.n, until)
    netlink_creation(out, args.n, time.monotonic() + 86400)
    flush(out)
    packet_creation(out, min(args.n, 100000))
    print("1..%d" % out.n)
    if args.o:
        with open(args.o, "w", encoding="ascii") as f:
            json.dump(FIGURES, f, indent=1)
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main())
