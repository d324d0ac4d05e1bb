#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Keep every m46 device of every named network namespace on the fast path:
"fastpath" is set to all other interfaces of its namespace but lo, as devices and
interfaces come, go and move.  lib.sh runs this beside a test program when
M46_FASTPATH is set, and asks through pipes, a line each, with a word in front
that is also in front of the answer:

sync                 answers "ok" when all that has changed before is dealt with
off NS DEV           leave that device alone from now on, without fast path
on NS DEV            the opposite
count                answers "FAST ALL": packets that have taken the fast path of
                     all devices so far, and all that were translated,
                     encapsulated or decapsulated
"""
import ctypes
import os
import select
import socket
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import netlink as nl  # noqa: E402

NETNS = "/run/netns"
RTM_NEWNSID, RTM_GETNSID = 88, 90
NETNSA_NSID, NETNSA_FD = 1, 3
NETLINK_LISTEN_ALL_NSID = 8
RTMGRP_LINK = 1
MOST = 8        # M46_FASTPATH_MAX
PAUSE = 2       # seconds between two looks at the counters
WORK = ("translated_46", "translated_64", "nat64", "encapsulated",
        "decapsulated")

libc = ctypes.CDLL(None, use_errno=True)


def enter(fd):
    if libc.setns(fd, nl.CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Watch:
    """Says in which namespaces links have changed."""

    def __init__(self):
        self.rtnl = nl.Socket(nl.NETLINK_ROUTE)
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                  nl.NETLINK_ROUTE)
        self.sock.setsockopt(nl.SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)
        self.sock.bind((0, RTMGRP_LINK))
        self.sock.setblocking(False)
        self.names = {}         # nsid -> name

    def nsid(self, fd):
        """The number that its events come with, None if that is none yet."""
        ask = struct.pack("=B3x", 0) + nl.attr(NETNSA_FD, nl.u32(fd))
        self.rtnl.call(RTM_NEWNSID, 0, ask + nl.attr(
            NETNSA_NSID, struct.pack("=i", -1)))
        _, _, answers = self.rtnl.call(RTM_GETNSID, 0, ask)
        return struct.unpack("=i", dict(nl.attrs(answers[0][4:]))[
            NETNSA_NSID])[0] if answers else None

    def changed(self):
        """Names, those of new namespaces included."""
        names = set(os.listdir(NETNS)) if os.path.isdir(NETNS) else set()
        known = set(self.names.values())
        self.names = {k: v for k, v in self.names.items() if v in names}
        changed = set()
        for name in names - known:
            try:
                fd = os.open(os.path.join(NETNS, name), os.O_RDONLY)
            except OSError:
                continue
            nsid = self.nsid(fd)
            os.close(fd)
            if nsid is not None:
                self.names[nsid] = name
                changed.add(name)
        while True:
            try:
                _, ancillary, _, _ = self.sock.recvmsg(1 << 16, 64)
            except BlockingIOError:
                return changed
            except OSError:             # events were lost
                return names
            for level, kind, data in ancillary:
                if (level, kind) == (nl.SOL_NETLINK,
                                     NETLINK_LISTEN_ALL_NSID):
                    name = self.names.get(struct.unpack("=i", data)[0])
                    changed |= {name} - {None}


class Devices:
    def __init__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.off = set()        # (namespace, name)
        self.seen = {}          # namespace -> {ifindex: (fast, all)}
        self.fast = self.all = 0

    @staticmethod
    def dump(genl, what):
        err, _, answers = genl.cmd(what, flags=nl.NLM_F_DUMP)
        if err:         # of another module that was there before
            nl.Genl.family = 0
            _, _, answers = nl.Genl().cmd(what, flags=nl.NLM_F_DUMP)
        return answers

    def inside(self, name, what):
        """Call it with a netlink socket there, if there is such a place."""
        try:
            fd = os.open(os.path.join(NETNS, name), os.O_RDONLY)
        except OSError:
            return
        try:
            enter(fd)
            what(name, nl.Genl())
        except IndexError:
            nl.Genl.family = 0          # there is no module
        except OSError as e:
            sys.stderr.write("fast_all: %s: %r\n" % (name, e))
        finally:
            nl.rtnl = None              # which would keep the namespace
            os.close(fd)
            enter(self.home)

    def set(self, ns, genl):
        devices = []
        for answer in self.dump(genl, "DEV_GET"):
            a = dict(nl.attrs(answer[4:]))
            config = dict(nl.attrs(a[nl.NAMES["M46_A_DEV"]]))
            devices.append((
                a[nl.NAMES["M46_A_IFNAME"]].rstrip(b"\0").decode(),
                struct.unpack("=I", a[nl.NAMES["M46_A_IFINDEX"]])[0],
                config[nl.NAMES["M46_DEV_A_FASTPATH"]]))
        if not devices:
            self.seen.pop(ns, None)
            return
        self.seen.setdefault(ns, {})
        every = [i for i, name in socket.if_nameindex() if name != "lo" and
                 i not in [d[1] for d in devices]]
        if len(every) > MOST:
            sys.stderr.write("fast_all: %s: %d interfaces are too many\n" % (
                ns, len(every)))
        wanted = b"".join(map(nl.u32, every[:MOST]))
        for name, _, has in devices:
            want = b"" if (ns, name) in self.off else wanted
            if want != has:
                nl.rtnl = nl.Socket(nl.NETLINK_ROUTE)
                err, text, _ = nl.link(nl.attr("DEV_A_FASTPATH", want),
                                       name=name, flags=0)
                if err:
                    sys.stderr.write("fast_all: %s: %s: %s %s\n" % (
                        ns, name, os.strerror(err), text))

    def read(self, ns, genl):
        """What the counters have grown since they were read last."""
        for answer in self.dump(genl, "STATS_GET"):
            index, values = 0, {}
            for kind, value in nl.attrs(answer[4:]):
                if kind == nl.NAMES["M46_A_IFINDEX"]:
                    index = struct.unpack("=I", value)[0]
                elif kind == nl.NAMES["M46_A_COUNTER"]:
                    c = dict(nl.attrs(value))
                    values[c[nl.NAMES["M46_COUNTER_A_NAME"]].rstrip(
                        b"\0").decode()] = struct.unpack("=Q", c[
                            nl.NAMES["M46_COUNTER_A_VALUE"]])[0]
            now = (values["fastpath"], sum(values.get(x, 0) for x in WORK))
            was = self.seen[ns].get(index, (0, 0))
            if now[1] < was[1]:         # they were reset
                was = (0, 0)
            self.fast += max(0, now[0] - was[0])
            self.all += now[1] - was[1]
            self.seen[ns][index] = now

    def sync(self, names):
        for ns in sorted(names):
            self.inside(ns, self.set)

    def count(self):
        for ns in list(self.seen):
            self.inside(ns, self.read)


def answer(line, watch, devices):
    words = line.split()
    if words[0] == "count":
        devices.count()
        return "%d %d" % (devices.fast, devices.all)
    if words[0] == "off":
        devices.off.add((words[1], words[2]))
    elif words[0] == "on":
        devices.off.discard((words[1], words[2]))
    devices.sync(watch.changed() | set(words[1:2]))
    return "ok"


def main():
    if len(sys.argv) > 1:
        sys.stderr.write(__doc__)
        return 2
    watch, devices = Watch(), Devices()
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(watch.sock, select.POLLIN)
    rest = b""
    while True:
        events = dict(poll.poll(PAUSE * 1000))
        if watch.sock.fileno() in events:
            devices.sync(watch.changed())
        if 0 in events:
            data = os.read(0, 4096)
            if not data:
                return 0
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                who, _, words = line.decode().partition(" ")
                print(who, answer(words, watch, devices), flush=True)
        if not events:
            devices.count()


if __name__ == "__main__":
    sys.exit(main())
