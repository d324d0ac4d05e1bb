# SPDX-License-Identifier: GPL-2.0
"""Four namespaces in a row, and packets through them.

    src s0 ---- e0 enc e1 ---- d0 dut d1 ---- x0 dst          (veth)

Neighbours are permanent. enc is a plain router between pktgen and dut: pktgen's
own packets are shared, for which the first router has to copy them, at a cost
that no network card causes. It encapsulates where dut is to decapsulate.
"""
import ctypes
import os
import random
import socket
import struct
import subprocess
import time

import peers
from rows import (DST4, DST6, DUT4, DUT4_FAR, DUT6, DUT6_FAR, ENC4, ENC6)

TREE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MAC = "02:00:00:00:00:%02d"
SYSCTLS = {
    "ipv4/ip_forward": 1, "ipv4/conf/all/rp_filter": 0,
    "ipv4/conf/default/rp_filter": 0, "ipv6/conf/all/forwarding": 1,
    "ipv6/conf/default/accept_dad": 0, "ipv4/tcp_no_metrics_save": 1,
}
NODES = {
    "src": "link set s0 up",
    "enc": f"""
        link set e0 up
        link set e1 up
        address add {ENC4}/25 dev e1
        address add {ENC6}/64 dev e1 nodad
        neigh add {DUT4} lladdr {MAC % 4} dev e1 nud permanent
        neigh add {DUT6} lladdr {MAC % 4} dev e1 nud permanent""",
    "dut": f"""
        link set d0 up
        link set d1 up
        address add {DUT4}/25 dev d0
        address add {DUT6}/64 dev d0 nodad
        address add {DUT4_FAR}/25 dev d1
        address add {DUT6_FAR}/64 dev d1 nodad
        neigh add {ENC4} lladdr {MAC % 3} dev d0 nud permanent
        neigh add {ENC6} lladdr {MAC % 3} dev d0 nud permanent
        neigh add {DST4} lladdr {MAC % 6} dev d1 nud permanent
        neigh add {DST6} lladdr {MAC % 6} dev d1 nud permanent""",
    "dst": f"""
        link set x0 up
        address add {DST4}/25 dev x0
        address add {DST6}/64 dev x0 nodad
        neigh add {DUT4_FAR} lladdr {MAC % 5} dev x0 nud permanent
        neigh add {DUT6_FAR} lladdr {MAC % 5} dev x0 nud permanent""",
}
# Room for every header around a packet of 1500 bytes: nothing is fragmented.
WIDE = 1600
TRIES = 5
ETH_P_ALL = 3
# What hosts say by themselves, when they come up or miss a neighbour.
CHATTER = (0, 58)


class Trouble(Exception):
    pass


def run(*argv, text=None):
    """Its output; Trouble if it fails."""
    p = subprocess.run(argv, input=text, text=True, check=False,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise Trouble("%s: exit %d: %s%s" % (
            " ".join(argv), p.returncode, p.stdout.strip(),
            " <<< " + text if text else ""))
    return p.stdout


def lines(text):
    return [x.strip() for x in text.splitlines() if x.strip()]


def undo_of(line):
    """The line that takes back a line for "ip -batch", if it needs one."""
    if line.startswith("-6 "):
        return "-6 " + undo_of(line[3:])
    word = line.split()
    if word[:2] == ["link", "add"]:
        return "link del " + word[2]
    if word[1] != "add":
        return None
    return " ".join([word[0], "del"] + [w for w in word[2:] if w != "nodad"])


def tell(name, *text):
    """Lines for a file of pktgen's."""
    for line in text:
        with open("/proc/net/pktgen/" + name, "w", encoding="ascii") as f:
            f.write(line + "\n")


def describe(frame):
    """"FAMILY SOURCE DESTINATION PROTOCOL" of an Ethernet frame."""
    proto = struct.unpack_from("!H", frame, 12)[0]
    if proto == 0x0800:
        return "4 %s %s %d" % (
            socket.inet_ntoa(frame[26:30]), socket.inet_ntoa(frame[30:34]),
            frame[23])
    if proto == 0x86dd and frame[20] not in CHATTER:
        return "6 %s %s %d" % (
            socket.inet_ntop(socket.AF_INET6, frame[22:38]),
            socket.inet_ntop(socket.AF_INET6, frame[38:54]), frame[20])
    return None


class Chain:
    """With it, a router is set up, measured and forgotten, many times over."""

    def __init__(self, mtu):
        tag = "-%08x" % random.getrandbits(32)
        self.name = {n: n + tag for n in NODES}
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.ns = {}
        self.undo = []
        self.mtu = mtu
        self.tayga = self.tayga_conf = None
        self.jool = False
        try:
            self.make(mtu)
        except BaseException:
            self.close()
            raise

    def make(self, mtu):
        for node, name in self.name.items():
            run("ip", "netns", "add", name)
            self.ns[node] = os.open("/run/netns/" + name, os.O_RDONLY)
            self.enter(node)
            for key, value in SYSCTLS.items():
                with open("/proc/sys/net/" + key, "w") as f:
                    f.write(str(value))
        run("ip", "-batch", "-", text="".join(
            "link add %s netns %s mtu %d address %s type veth "
            "peer name %s netns %s mtu %d address %s\n" % (
                d1, self.name[n1], mtu, MAC % m, d2, self.name[n2], mtu,
                MAC % (m + 1))
            for m, n1, d1, n2, d2 in ((1, "src", "s0", "enc", "e0"),
                                      (3, "enc", "e1", "dut", "d0"),
                                      (5, "dut", "d1", "dst", "x0"))))
        for node, text in NODES.items():
            self.ip(node, "link set lo up\n" + text, keep=True)

    def close(self):
        self.reset()
        self.setns(self.home)
        for fd in self.ns.values():
            os.close(fd)
        for name in self.name.values():
            subprocess.run(["ip", "netns", "del", name], check=False,
                           stderr=subprocess.DEVNULL)

    def setns(self, fd):
        if self.libc.setns(fd, 0):
            raise OSError(ctypes.get_errno(), "setns")

    def enter(self, node):
        """The program itself moves: a process of its own costs far more."""
        self.setns(self.ns[node])

    def batch(self, node, todo, force=False):
        """Lines for "ip -batch", those for "ip -6" last; or as many of them as
        can be done."""
        for six in (False, True):
            part = [x[3 * six:] for x in todo if x.startswith("-6 ") == six]
            if not part:
                continue
            try:
                run("ip", *["-6"] * six, "-n", self.name[node],
                    *["-force"] * force, "-batch", "-",
                    text="\n".join(part) + "\n")
            except Trouble:
                if not force:
                    raise

    def ip(self, node, text, keep=False):
        todo = lines(text)
        if not keep:
            self.undo += [(node, u) for u in map(undo_of, todo) if u]
        self.batch(node, todo)

    def tc(self, *words):
        run("tc", "-n", self.name[words[0]], *words[1:])

    def command(self, *argv, text=None):
        """One in dut."""
        return run("ip", "netns", "exec", self.name["dut"], *argv, text=text)

    def router(self, row, words=""):
        """dut becomes what row says; words = more for the m46 device."""
        if row.m46:
            self.undo.append(("dut", "link del m0"))
            todo = lines(row.m46)
            if words:
                todo.append("dev set m0 " + words)
            if self.mtu > 1500 and "mode 6to4" not in row.m46:
                todo.append("dev set m0 lowest-ipv6-mtu %d" % self.mtu)
            run(os.environ.get("M46CTL") or
                os.path.join(TREE, "tools/m46ctl/m46ctl"),
                "-n", self.name["dut"], "-b", "-",
                text="\n".join(todo) + "\n")
        if row.peer:
            peers.start(self, row.peer)
        self.ip("dut", row.ip)

    def reset(self):
        """Forget all that ip() and router() did."""
        peers.stop(self)
        for node in self.name:
            # A device takes routes with it, which then are no more.
            self.batch(node, [text for n, text in reversed(self.undo)
                              if n == node], force=True)
        self.undo = []

    def received(self, node, dev):
        """Packets that have come in by a device."""
        self.enter(node)
        with open("/proc/self/net/dev", encoding="ascii") as f:
            for line in f:
                if line.split(":")[0].strip() == dev:
                    return int(line.split(":")[1].split()[1])
        raise Trouble("no device " + dev)

    # --- pktgen

    def pktgen(self, row, size, count, cpus=(0,)):
        """Send so many from each processor, and return how many nanoseconds it
        took."""
        self.enter("src")
        for cpu in cpus:
            self.sender(row, size, count, cpu)
        tell("pgctrl", "start")
        ns = 0
        for cpu in cpus:
            with open("/proc/net/pktgen/s0@%d" % cpu, encoding="ascii") as f:
                result = f.read().split("Result:")[1]
            if not result.startswith(" OK: "):
                raise Trouble("pktgen:" + result)
            ns = max(ns, int(result[5:].split("(")[0]) * 1000)
            if cpu:
                tell("kpktgend_%d" % cpu, "rem_device_all")
        return ns

    def sender(self, row, size, count, cpu):
        """pktgen's thread of a processor; each has a flow of its own."""
        name = "s0@%d" % cpu
        # It may not have come to forget the device yet.
        for _ in range(TRIES):
            try:
                tell("kpktgend_%d" % cpu, "rem_device_all",
                     "add_device " + name)
                break
            except OSError as e:
                busy = e
        else:
            raise busy
        tell(name, "count %d" % count, "clone_skb 0", "pkt_size %d" % size,
             "delay 0", "dst_mac " + MAC % 2, "flag UDPCSUM",
             *["udp_%s_%s %d" % (end, m, 9 + cpu)
               for end in ("src", "dst") for m in ("min", "max")])
        if row.feed.family == 6:
            # pktgen draws destinations only
            first, _, last = row.sent[1].partition("-")
            tell(name, "src6 " + row.sent[0], "dst6 " + first)
            if last:
                tell(name, "dst6_min " + first, "dst6_max " + last)
            return
        # each one address, or a range to draw from
        for end, sent in zip(("src", "dst"), row.sent):
            first, _, last = sent.partition("-")
            tell(name, "%s_min %s" % (end, first),
                 "%s_max %s" % (end, last or first), "flag %sIP%s_RND" % (
                     "" if last else "!", end.upper()))

    def worked(self):
        """Nanoseconds that a peer in user space has had the processor."""
        if not self.tayga:
            return 0
        with open("/proc/%d/schedstat" % self.tayga.pid,
                  encoding="ascii") as f:
            return int(f.read().split()[0])

    def once(self, row, size, count, node, dev):
        """Nanoseconds a packet, on the way to where a device counts and drops
        it; None if not all came through. What a peer in user space does after
        the last packet was sent is added."""
        before = self.received(node, dev)
        ns = self.pktgen(row, size, count)
        worked = self.worked()
        if self.tayga:
            end = time.monotonic() + 20
            while (self.received(node, dev) - before < count and
                   time.monotonic() < end):
                time.sleep(0.02)
            time.sleep(0.05)
        if self.received(node, dev) - before < count:
            return None
        return (ns + self.worked() - worked) / count

    def arrivals(self, row, size, count):
        """What dst receives, as a table of descriptions and their numbers, and
        how many nanoseconds pktgen took."""
        self.enter("dst")
        seen = {}
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                           socket.htons(ETH_P_ALL)) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            s.bind(("x0", 0))
            ns = self.pktgen(row, size, count)
            # The first packet of a peer in user space can take its time.
            s.settimeout(5)
            try:
                while sum(seen.values()) < count:
                    what = describe(s.recv(65536))
                    if what:
                        seen[what] = seen.get(what, 0) + 1
            except socket.timeout:
                pass
        return seen, ns
