#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A million rules and a million entries: what they take to load, to keep, to
find, to change, to read and to end. "make bench-scale" runs this in a virtual
machine whose clock counts instructions and scale_report.py prints what it has
found; elsewhere the figures are nanoseconds.

usage: scale.py [-n NUMBER] [-p PACKETS] [-r RUNS] [-o FILE] [rules|entries]

What is found is always compared with a table of ten, on the chain of bench.py.
-o writes the figures as JSON.

The rules: lengths as in MIX, spread evenly over 1.0.0.0 - 191.255.255.255
without 127/8, each to one of 4096 edges drawn at random. Prefixes of the
Internet lie closer together, so this is the most memory that such a table
takes. The entries: hosts with a /64 each, which take more than hosts that share
one.
"""
import argparse
import json
import os
import random
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import bench  # noqa: E402
import netlink as nl  # noqa: E402
from chain import TREE, WIDE, Trouble  # noqa: E402
from netlink import NAMES, attr, nest, u8, u32, v4, v6  # noqa: E402
from rows import DST6, DST4, UP, V4, V6, X4, Row, into  # noqa: E402

# Percent of the rules: nine tenths as in a BGP table of today, one tenth is an
# operator's own customers; /24 is what is left.
MIX = {12: 0.03, 13: 0.05, 14: 0.1, 15: 0.2, 16: 1.3, 17: 0.8, 18: 1.3,
       19: 2.4, 20: 4.2, 21: 4.8, 22: 10.5, 23: 9.3, 25: 1.0, 26: 1.2, 27: 1.4,
       28: 1.8, 29: 2.0, 30: 1.2, 31: 0.2, 32: 1.2}
EDGES = 4096
FEW = 10
# In every table: what local hosts are, and what the packets hit.
FIXED = ("192.0.2.0/24 via 2001:db8:1::/96 local",
         "0.0.0.0/0 via 2001:db8:1fff::/96",
         "198.51.100.0/24 via 2001:db8:1001::/96",
         "198.51.100.33/32 via 2001:db8:1002::/96")
BATCH = 100
ROUNDS = 20
# Rules of the large table that are deleted and added again: /28 in 192/8.
SPARE = ROUNDS * (BATCH + 1)
VIA_SPARE = "2001:db8:1abc::"
SIZE = 64
HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled"


def onlink(*prefixes):
    """With a gateway, which is nobody: else Linux keeps a neighbour for every
    destination, of which it has 1024 by default, and that would be measured."""
    return "".join(f"route add {p} via 192.0.2.254 dev m0 onlink\n"
                   for p in prefixes)


RULES = Row("rules", "m46", V4, (X4, "198.51.100.2"), "",
            UP + onlink("0.0.0.0/1", "128.0.0.0/2", "198.51.100.0/24") +
            f"route add 2001:db8:1000::/36 via {DST6}",
            "dev add m0 mode adpt prefix 2001:db8:1::/96")
TARGETS = {"/24": "198.51.100.2", "/32": "198.51.100.33",
           "random": "1.0.0.0-126.255.255.255"}

Y6, Y4 = "2001:db8:3::c633:6402", "198.51.100.2"
ENTRIES = Row("entries", "m46", V4, (X4, Y4), "",
              UP + onlink("10.0.0.0/8", "198.51.100.0/24") +
              into("m0", "2001:db8:1::/96") +
              f"route add 2001:db8:3::/64 via {DST6}\n"
              f"route add 2001:db9::/32 via {DST6}\n"
              f"route add {X4}/32 via {DST4}",
              f"""dev add m0 mode m46t prefix 2001:db8:1::/96 reuse-after 0
              pool add 10.0.0.0/8 dev m0
              entry add {Y6} {Y4} dev m0""")
POOL = struct.unpack("!I", v4("10.0.0.0"))[0] + 1

found = {}
# Seconds until what was freed is free, and an idle machine has been watched.
settle = 3


def say(what, value, unit):
    print("%-52s %12.1f %s" % (what, value, unit), flush=True)


def keep(part, key, value, unit):
    """A figure of the report."""
    found.setdefault(part, {})[key] = {"value": value, "unit": unit}
    say("%s: %s" % (part, key), value, unit)


def memory():
    """Bytes in use, caches aside. They are not dropped: a command that has to
    be read from the host again waits for it, and idle time is none of its
    instructions."""
    time.sleep(2 * settle)
    with open("/proc/meminfo", encoding="ascii") as f:
        info = {k.rstrip(":"): int(v) for k, v, *_ in map(str.split, f)}
    return (info["MemTotal"] - info["MemFree"] - info["Cached"] -
            info["Buffers"] - info["SReclaimable"]) << 10


def ctl(chain, *words, text=None, out=subprocess.DEVNULL):
    """Seconds that a command takes."""
    argv = [os.environ.get("M46CTL") or
            os.path.join(TREE, "tools/m46ctl/m46ctl"),
            "-n", chain.name["dut"], *words]
    start = time.monotonic()
    p = subprocess.run(argv, input=text, text=True, check=False, stdout=out,
                       stderr=subprocess.PIPE)
    took = time.monotonic() - start
    if p.returncode:
        raise Trouble("%s: %s" % (" ".join(argv), p.stderr))
    return took


def cost(chain, row, args, base):
    """Instructions of a hop."""
    total = bench.measure(chain, row, SIZE, args.p, args.r, "dst", "x0")
    return bench.median(total) - base


def base_of(chain, rows, args):
    """What the way to dut costs, by row."""
    bench.count_and_drop(chain, "dut", "d0")
    base = {}
    for name, row in rows.items():
        chain.ip("enc", row.feed.enc)
        base[name] = bench.median(bench.measure(
            chain, row, SIZE, args.p, args.r, "dut", "d0"))
        chain.reset()
    chain.tc("dut", "qdisc", "del", "dev", "d0", "clsact")
    return base


class Messages:
    """Many netlink messages to a datagram; the kernel answers errors only."""

    def __init__(self, chain, cmd, *items):
        chain.enter("dut")
        self.sock = nl.Genl().sock
        self.sock.settimeout(0)
        body = struct.pack("=BBH", NAMES["M46_CMD_" + cmd], 1, 0) + \
            attr("A_IFINDEX", u32(socket.if_nametoindex("m0"))) + \
            b"".join(items)
        self.msg = struct.pack("=IHHII", 16 + len(body), nl.Genl.family,
                               nl.NLM_F_REQUEST, 0, 0) + body

    def send(self, each):
        """each: for every message, (format, offset, value) to put there."""
        size = len(self.msg)
        buf = bytearray(self.msg * len(each))
        for i, fields in enumerate(each):
            for form, at, value in fields:
                struct.pack_into(form, buf, i * size + at, value)
        start = time.monotonic_ns()
        self.sock.send(buf)
        took = time.monotonic_ns() - start
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return took
        raise Trouble("refused: %s" % os.strerror(
            -struct.unpack_from("=i", data, 16)[0]))


# --- rules

def dotted(addr):
    return socket.inet_ntoa(struct.pack("!I", addr))


def spare(i):
    """No two in a row are near each other."""
    return 192 << 24 | (i * 40503 & 0xfffff) << 4


def random_prefixes(n, length):
    """Different ones, as addresses."""
    shift = length - 8
    for i in random.sample(range(190 << shift), n):
        top = i >> shift
        yield ((top + 1 + (top >= 126)) << 24) | \
            (i & ((1 << shift) - 1)) << (32 - length)


def rule_lines(n):
    """A file for "rule load"."""
    yield from FIXED
    n -= len(FIXED)
    if n > SPARE:
        yield from ("%s/28 via %s/96" % (dotted(spare(i)), VIA_SPARE)
                    for i in range(SPARE))
        n -= SPARE
    count = {k: int(n * v / 100) for k, v in MIX.items()}
    count[24] = n - sum(count.values())
    for length, many in count.items():
        for a in random_prefixes(many, length):
            yield "%s/%d via 2001:db8:1%03x::/96" % (
                dotted(a), length, random.randrange(EDGES))


def load(chain, n):
    """Seconds that "rule load" takes, bytes that the rules take."""
    with tempfile.NamedTemporaryFile("w", dir="/tmp") as f:
        f.writelines(line + "\n" for line in rule_lines(n))
        f.flush()
        # What this program takes is the same from here on.
        before = memory()
        took = ctl(chain, "rule", "load", f.name, "dev", "m0")
        return took, memory() - before


class Changer:
    """Adds and deletes spare rules."""

    def __init__(self, chain):
        rule = (attr("RULE_A_DST", bytes(4)), attr("RULE_A_DST_PREFIXLEN",
                                                   u8(28)),
                attr("RULE_A_VIA", v6(VIA_SPARE)),
                attr("RULE_A_VIA_PREFIXLEN", u8(96)))
        self.new = Messages(chain, "RULE_NEW", nest("A_RULE", *rule))
        self.gone = Messages(chain, "RULE_DEL", nest("A_RULE", *rule[:2]))
        # behind both headers, the device, those of the nest and the address
        self.at = 16 + 4 + 8 + 4 + 4
        self.done = 0

    def change(self, messages, first, n):
        """Nanoseconds."""
        took = messages.send([[("!I", self.at, spare(first + i))]
                              for i in range(n)])
        self.done += n
        return took

    def each(self, messages):
        """Nanoseconds a change, without what a datagram costs."""
        found_ns = []
        for first in range(0, SPARE, BATCH + 1):
            one = self.change(messages, first, 1)
            many = self.change(messages, first + 1, BATCH)
            found_ns.append((many - one) / (BATCH - 1))
        return bench.median(found_ns)


def single_changes(chain, part, are_there):
    changer = Changer(chain)
    steps = [("a rule deleted", changer.gone), ("a rule added", changer.new)]
    for key, messages in steps if are_there else reversed(steps):
        keep(part, key, changer.each(messages), "instructions")
    # The first time it has to be read from the host's disk.
    took = min(ctl(chain, "rule", "replace", "198.51.100.0/24", "via",
                   "2001:db8:1003::/96", "dev", "m0") for _ in range(5))
    keep(part, "m46ctl rule replace, the whole command", took * 1e3, "ms")


def changes_while_forwarding(chain, part, args):
    """Of packets to a rule that stays."""
    changer = Changer(chain)
    over = threading.Event()

    def work():
        i = 0
        while not over.is_set():
            changer.change(changer.gone, i, BATCH)
            changer.change(changer.new, i, BATCH)
            i = (i + BATCH) % (SPARE - BATCH)

    row = RULES._replace(sent=(X4, TARGETS["/32"]))
    before = chain.received("dst", "x0")
    thread = threading.Thread(target=work)
    thread.start()
    start = time.monotonic()
    try:
        chain.pktgen(row, SIZE, args.p * 10)
        took = time.monotonic() - start
        done = changer.done
    finally:
        over.set()
        thread.join()
    time.sleep(0.5)
    keep(part, "changes while packets are forwarded", done / took,
         "changes/s")
    keep(part, "packets forwarded meanwhile", args.p * 10, "packets")
    keep(part, "packets lost meanwhile", args.p * 10 -
         (chain.received("dst", "x0") - before), "packets")


def dump(chain, part, name, *words):
    """How long it takes to read all, by netlink alone and by the command."""
    chain.enter("dut")
    sock = nl.Genl().sock
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    start = time.monotonic()
    body = struct.pack("=BBH", NAMES["M46_CMD_" + name], 1, 0) + \
        attr("A_IFINDEX", u32(socket.if_nametoindex("m0")))
    sock.send(struct.pack("=IHHII", 16 + len(body), nl.Genl.family,
                          nl.NLM_F_REQUEST | nl.NLM_F_DUMP, 1, 0) + body)
    while True:
        data = sock.recv(1 << 16)
        if struct.unpack_from("=H", data, 4)[0] == nl.NLMSG_DONE:
            break
    keep(part, "dump by netlink", time.monotonic() - start, "s")
    keep(part, "m46ctl " + " ".join(words), ctl(chain, *words, "dev", "m0"),
         "s")


def lookups(chain, part, base, args):
    for name, addr in TARGETS.items():
        row = RULES._replace(sent=(X4, addr))
        keep(part, "hop, %s" % name, cost(chain, row, args, base[name]),
             "instructions")


def rules(chain, args):
    random.seed(46)
    base = base_of(chain, {k: RULES._replace(sent=(X4, v))
                           for k, v in TARGETS.items()}, args)
    bench.count_and_drop(chain, "dst", "x0")
    chain.ip("enc", RULES.feed.enc)
    chain.router(RULES)
    few, many = "%d rules" % FEW, "%d rules" % args.n
    load(chain, FEW)
    lookups(chain, few, base, args)
    single_changes(chain, few, False)
    took, size = load(chain, args.n)
    keep(many, "m46ctl rule load", took, "s")
    keep(many, "memory of a rule", size / args.n, "bytes")
    lookups(chain, many, base, args)
    single_changes(chain, many, args.n > SPARE)
    changes_while_forwarding(chain, many, args)
    dump(chain, many, "RULE_GET", "rule", "show")
    keep(many, "m46ctl rule load over it", load(chain, args.n)[0], "s")
    keep(many, "m46ctl rule flush", ctl(chain, "rule", "flush", "dev", "m0"),
         "s")
    chain.reset()
    chain.tc("dst", "qdisc", "del", "dev", "x0", "clsact")


# --- entries

class Maker:
    def __init__(self, chain, dynamic):
        items = [attr("ENTRY_A_IPV6", v6("2001:db9::1")),
                 attr("ENTRY_A_IPV4", bytes(4))]
        if dynamic:
            items += [attr("ENTRY_A_TYPE", u8(NAMES["M46_ENTRY_DYNAMIC"])),
                      attr("ENTRY_A_EXPIRES", u32(0))]
        self.messages = Messages(chain, "ENTRY_NEW", nest("A_ENTRY", *items))
        self.at6 = 16 + 4 + 8 + 4 + 4
        self.at4 = self.at6 + 16 + 4
        self.dynamic = dynamic

    def make(self, n, until, shared=0):
        """Seconds in the kernel. A /64 has 2^shared hosts."""
        ns = 0
        for first in range(0, n, BATCH):
            left = max(1, round(until - time.monotonic()))
            each = []
            for i in range(first, min(first + BATCH, n)):
                fields = [("!I", self.at6 + 4, i >> shared),
                          ("!I", self.at6 + 12, 1 + (i & ((1 << shared) - 1))),
                          ("!I", self.at4, POOL + i)]
                if self.dynamic:
                    fields.append(("=I", self.at4 + 4 + 8 + 4, left))
                each.append(fields)
            ns += self.messages.send(each)
        return ns / 1e9


class Watcher:
    """A process with real-time priority that wants the processor every 200 us:
    how much longer it has to wait at most, in ms, is how long somebody else
    has kept it."""

    CODE = """
import os, select, time
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
worst = 0
while True:
    start = time.monotonic_ns()
    if select.select([0], [], [], 0.0002)[0]:
        break
    worst = max(worst, time.monotonic_ns() - start)
print(worst)
"""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.CODE], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)

    def end(self):
        return (int(self.process.communicate()[0]) - 200000) / 1e6


def used(genl):
    """Addresses of the pool that entries have; no process is started for it."""
    _, _, answers = genl.cmd("POOL_GET", attr("A_IFINDEX", u32(
        socket.if_nametoindex("m0"))), flags=nl.NLM_F_DUMP)
    pool = dict(nl.attrs(dict(nl.attrs(answers[0][4:]))[NAMES["M46_A_POOL"]]))
    return struct.unpack("=I", pool[NAMES["M46_POOL_A_USED"]])[0]


def hits(chain, part, n, base, args):
    for name, row in entry_rows(n).items():
        keep(part, "hop, " + name, cost(chain, row, args, base[name]),
             "instructions")


def entry_rows(n):
    """Random among the n that there are, from hosts at random: no flow is known,
    few entries or many. And one."""
    last = socket.inet_ntoa(struct.pack("!I", POOL + n - 1))
    return {"4->6, random": ENTRIES._replace(sent=(
                "198.18.0.1-198.19.255.254", "10.0.0.1-" + last)),
            "4->6, one": ENTRIES,
            "6->4, one": ENTRIES._replace(feed=V6, sent=(
                "2001:db8:3::c633:6402", "2001:db8:1::c000:202"))}


@contextmanager
def no_huge_pages():
    """What collects them would have the processor for a millisecond, now and
    then, on behalf of the program that has just read a million entries."""
    try:
        with open(HUGE_PAGES, "r+", encoding="ascii") as f:
            before = re.search(r"\[(.*)\]", f.read()).group(1)
            f.write("never")
    except OSError:
        before = None           # a kernel without them
    try:
        yield
    finally:
        if before:
            with open(HUGE_PAGES, "w", encoding="ascii") as f:
                f.write(before)


def expiry(chain, part, until, listener):
    """All at once."""
    chain.enter("dut")
    genl, ear = nl.Genl(), nl.Genl()
    if listener and ear.join("entry"):
        raise Trouble("no events")
    quiet = Watcher()
    time.sleep(settle)
    idle = quiet.end()
    time.sleep(max(0, until - 1 - time.monotonic()))
    watcher = Watcher()
    start = time.monotonic()
    while used(genl) and time.monotonic() - start < 120:
        time.sleep(0.2)
    took = time.monotonic() - max(start, until)
    if used(genl):
        raise Trouble("entries are left")
    # and what the end of a grace period brings
    time.sleep(settle)
    text = ", with a listener" if listener else ""
    keep(part, "processor held while all end" + text, watcher.end(), "ms")
    keep(part, "processor held by an idle machine" + text, idle, "ms")
    keep(part, "from the deadline until all are gone" + text, took, "s")
    for s in (genl, ear):
        s.sock.close()


def entries_once(chain, part, args, until, shared):
    """Memory of hosts that share their /64."""
    before = memory()
    Maker(chain, True).make(args.n, until, shared)
    keep(part, "memory of an entry, %d to a /64" % (1 << shared),
         (memory() - before) / args.n, "bytes")
    ctl(chain, "entry", "flush", "dev", "m0", "dynamic")


def fresh(chain):
    chain.reset()
    for feed in (V4, V6):
        chain.ip("enc", feed.enc)
    chain.router(ENTRIES)


def batch(chain, n):
    """Seconds that "m46ctl -b" takes for static ones."""
    with tempfile.NamedTemporaryFile("w", dir="/tmp") as f:
        f.writelines("entry add 2001:db9:%x:%x::1 10.%d.%d.%d dev m0\n" % (
            i >> 16, i & 0xffff, (i + 1) >> 16, (i + 1) >> 8 & 255,
            (i + 1) & 255) for i in range(n))
        f.flush()
        return ctl(chain, "-b", f.name)


def entries(chain, args):
    few, many = "%d entries" % FEW, "%d entries" % args.n
    # There is a static one too.
    args = argparse.Namespace(**{**vars(args), "n": args.n - 1})
    base = base_of(chain, entry_rows(args.n), args)
    bench.count_and_drop(chain, "dst", "x0")
    fresh(chain)
    Maker(chain, True).make(FEW, time.monotonic() + 7 * 86400)
    hits(chain, few, FEW, base, args)

    fresh(chain)
    before = memory()
    took = Maker(chain, True).make(args.n, time.monotonic() + 7 * 86400)
    keep(many, "loaded by netlink", took, "s")
    keep(many, "memory of an entry, 1 to a /64", (memory() - before) / args.n,
         "bytes")
    hits(chain, many, args.n, base, args)
    dump(chain, many, "ENTRY_GET", "entry", "show")

    for listener in (False, True):
        fresh(chain)
        until = time.monotonic() + 4 * settle + 1 + args.n / 50000
        Maker(chain, True).make(args.n, until)
        with no_huge_pages():
            expiry(chain, many, until, listener)

    fresh(chain)
    entries_once(chain, many, args, time.monotonic() + 7 * 86400, 8)
    fresh(chain)
    few_of = max(args.n // 10, 1)
    keep(many, "m46ctl -b, static ones", batch(chain, few_of) / few_of *
         args.n, "s")
    chain.reset()
    chain.tc("dst", "qdisc", "del", "dev", "x0", "clsact")


PARTS = {"rules": rules, "entries": entries}


def main():
    p = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    p.add_argument("-n", type=int, default=1 << 20)
    p.add_argument("-p", type=int, default=2000)
    p.add_argument("-r", type=int, default=5)
    p.add_argument("-o")
    p.add_argument("part", nargs="?", choices=sorted(PARTS))
    args = p.parse_args()
    try:
        bench.prepare()
        with bench.built(WIDE) as chain:
            for name, part in PARTS.items():
                if args.part in (None, name):
                    part(chain, args)
    except Trouble as e:
        sys.exit("scale.py: %s" % e)
    finally:
        if args.o:
            with open(args.o, "w", encoding="ascii") as f:
                json.dump({"kernel": os.uname().release, "number": args.n,
                           "mix": MIX, "figures": found}, f, indent=1)
                f.write("\n")


if __name__ == "__main__":
    main()
