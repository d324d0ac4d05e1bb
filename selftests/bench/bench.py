#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What forwarding costs: Linux, its tunnels, Jool, TAYGA and m46 side by side.
"make bench" runs this in virtual machines and report.py prints what it found;
rows.py says what is measured.

usage: bench.py instructions|goodput|profile [-k TEXT] [-n N] [-r RUNS] [-s SIZES]
                [-o FILE]

  instructions  a packet through the router, N packets a run (4000): the median
                of RUNS (5) runs through the whole chain, less that of the chain
                up to the router's entrance. For a machine whose clock counts
                instructions ("selftests/vm/run.sh -I"); elsewhere the figures
                are nanoseconds.
  goodput       of TCP, N million bytes a run (64), RUNS (5) rounds of all rows;
                each as a share of plain forwarding in the same round. Where
                instructions are the clock too: real time varies by a factor of
                two where other programs run.
  profile       of the row TEXT: marks for profile.c around one run up to the
                router's entrance and one through it; of "TCP: FLOW" or
                "TCP back: FLOW", around a run with plain forwarding and one
                with the flow
  -k            only rows with TEXT in their name, and those of their feed
  -s            frame sizes, "64,512,1514"; pktgen's smallest IPv6 frame has 78
  -o            raw figures, as JSON
"""
import argparse
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from fnmatch import fnmatchcase

sys.dont_write_bytecode = True

import peers  # noqa: E402
from chain import WIDE, Chain, Trouble  # noqa: E402
from rows import (DUT4, DUT4_FAR, DUT6, DUT6_FAR, FLOWS, ROWS,  # noqa: E402
                  SIZES, VARIANTS)

MODULES = ("pktgen", "veth", "sit", "ip6_tunnel", "act_gact", "cls_matchall",
           "sch_ingress", "m46")
SHOWN = 4
TRIES = 3
PORT = 5201
LISTEN = "0A"
BACKLOG = "/proc/sys/net/core/netdev_max_backlog"


def say(*what):
    print(*what, flush=True)


def variants(row):
    return VARIANTS if row.m46 else VARIANTS[:1]


def label(row, variant):
    return row.name if variant is VARIANTS[0] else \
        "%s, %s" % (row.name, variant.name)


def prepare():
    if peers.modprobe(*MODULES):
        return
    for name in MODULES:
        if not peers.modprobe(name):
            raise Trouble("no module " + name)


def median(values):
    values = sorted(values)
    half = len(values) // 2
    return (values[half] + values[~half]) / 2


@contextmanager
def built(mtu):
    """The chain, for a while."""
    # A packet waits here for its turn, and is not to be lost.
    with open(BACKLOG, "r+", encoding="ascii") as f:
        before = f.read()
        f.seek(0)
        f.write("30000")
    chain = Chain(mtu)
    try:
        yield chain
    finally:
        chain.close()
        with open(BACKLOG, "w", encoding="ascii") as f:
            f.write(before)


def sizes_of(args):
    return [int(s) for s in args.s.split(",")]


def count_and_drop(chain, node, dev):
    chain.tc(node, "qdisc", "add", "dev", dev, "clsact")
    chain.tc(node, "filter", "add", "dev", dev, "ingress", "matchall",
             "action", "drop")


def measure(chain, row, size, count, runs, node, dev):
    """Of so many good runs, nanoseconds a packet."""
    good = []
    for _ in range(3 * runs):
        ns = chain.once(row, size, count, node, dev)
        if ns is not None:
            good.append(ns)
        if len(good) == runs:
            return good
    raise Trouble("%s: packets are lost" % row.name)


def wrong(chain, row, count, size=SIZES[0]):
    """What is wrong with what comes out, or None."""
    seen, ns = chain.arrivals(row, size, count)
    if (sum(seen.values()) == count and
            all(fnmatchcase(what, row.comes) for what in seen)):
        return None if ns > 0 else "%s: sent in no time" % row.name
    return "%s: wanted %d of %s, got %s" % (row.name, count, row.comes, seen)


def frames(row, sizes):
    """What is sent for each size."""
    return {size: min(size, row.most) for size in sizes}


def bases(chain, rows, sizes, count, runs):
    """What the way to dut costs, for each feed and frame."""
    found = {}
    count_and_drop(chain, "dut", "d0")
    for row in rows:
        base = found.setdefault(row.feed.name, {})
        new = set(frames(row, sizes).values()) - base.keys()
        if new:
            chain.ip("enc", row.feed.enc)
            for frame in sorted(new):
                base[frame] = measure(chain, row, frame, count, runs, "dut",
                                      "d0")
            chain.reset()
    chain.tc("dut", "qdisc", "del", "dev", "d0", "clsact")
    return found


@contextmanager
def row_up(chain, row, variant, count=SHOWN, size=SIZES[0]):
    """For a while; what comes out is looked at first."""
    try:
        chain.ip("enc", row.feed.enc)
        chain.router(row, variant.words)
        bad = wrong(chain, row, count, size)
        if bad:
            raise Trouble(bad)
        yield
    finally:
        chain.reset()


def one_row(chain, row, variant, sizes, count, runs):
    """Totals by size."""
    with row_up(chain, row, variant):
        return {size: measure(chain, row, frame, count, runs, "dst", "x0")
                for size, frame in frames(row, sizes).items()}


def result_of(row, variant, target=None):
    return {"name": row.name, "variant": variant.name, "group": row.group,
            "target": target or row.target}


def measured(chain, row, variant, base, args):
    """A row of the table."""
    found = result_of(row, variant, variant.target)
    found.update(known=row.known, feed=row.feed.name,
                 missing=peers.missing(row.peer))
    if found["missing"]:
        say("%-32s %s" % (row.name, found["missing"]))
        return found
    sizes = sizes_of(args)
    frame = frames(row, sizes)
    total = one_row(chain, row, variant, sizes, args.n, args.r)
    found.update(total=total, frame=frame, cost={
        s: median(total[s]) - median(base[row.feed.name][frame[s]])
        for s in sizes})
    say("%-32s" % label(row, variant) +
        "".join("%8.0f" % found["cost"][s] for s in sizes))
    return found


def instructions(args):
    sizes = sizes_of(args)
    rows = [r for r in ROWS if args.k in r.name]
    results = []
    with built(WIDE) as chain:
        base = bases(chain, rows, sizes, args.n, args.r)
        count_and_drop(chain, "dst", "x0")
        say("%-32s" % "row" + "".join("%8d" % s for s in sizes))
        for row in rows:
            for variant in variants(row):
                results.append(measured(chain, row, variant, base, args))
    return {"sizes": sizes, "packets": args.n, "base": base, "rows": results}


# --- TCP

HOST = """
    route add 0.0.0.0/0 via %s
    route add ::/0 via %s
    """


def listening(port, limit=20):
    """Wait until somebody does, in the namespace of this program."""
    end = time.monotonic() + limit
    while True:
        with open("/proc/self/net/tcp6", encoding="ascii") as f:
            if any(x.split()[1].endswith(":%04X" % port) and
                   x.split()[3] == LISTEN for x in f):
                return
        if time.monotonic() > end:
            raise Trouble("nobody listens on port %d" % port)
        time.sleep(0.01)


@contextmanager
def server(chain):
    """The far host serves iperf3, for a while."""
    chain.enter("dst")
    with subprocess.Popen(["iperf3", "-s"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL) as process:
        try:
            listening(PORT)
            yield
        finally:
            process.kill()


def iperf(chain, flow, length, reverse):
    """Mbit/s; length = "-n BYTES"."""
    for _ in range(TRIES):
        p = subprocess.run(
            ["ip", "netns", "exec", chain.name["enc"], "iperf3", "-J",
             "-c", flow.to, "-B", flow.near, *length.split(),
             "--connect-timeout", "10000"] + ["-R"] * reverse,
            text=True, stdout=subprocess.PIPE, check=False)
        end = json.loads(p.stdout or "{}")
        rate = end.get("end", {}).get("sum_received", {}).get(
            "bits_per_second")
        # None: the server may not have finished with the one before. 0: it had
        # not come to read anything when the client had sent all.
        if rate:
            return rate / 1e6
        time.sleep(1)
    raise Trouble("%s: iperf3: %s" % (flow.name, end.get(
        "error", "nothing is received")))


@contextmanager
def flow_up(chain, flow, variant):
    """For a while."""
    try:
        for node, addr in (("enc", flow.near), ("dst", flow.far)):
            chain.ip(node, "address add %s dev lo%s" % (
                addr, " nodad" * (":" in addr)))
        chain.ip("enc", HOST % (DUT4, DUT6) + flow.enc)
        chain.ip("dst", HOST % (DUT4_FAR, DUT6_FAR) + flow.dst)
        chain.router(flow, variant.words)
        yield
    finally:
        chain.reset()


def one_flow(chain, flow, variant, length, ways=(False, True), run=iperf):
    """Mbit/s towards the far host and back."""
    # A server of its own: one whose last packet from the flow before was on its
    # way when that flow's addresses went would still wait for it.
    with flow_up(chain, flow, variant), server(chain):
        return [run(chain, flow, length, back) for back in ways]


def a_round(chain, flows, length, results):
    for flow in flows:
        for variant in variants(flow):
            key = (flow.name, variant.name)
            found = results.setdefault(
                key, result_of(flow, variant, variant.share))
            found["missing"] = peers.missing(flow.peer)
            if not found["missing"]:
                found.setdefault("mbits", []).append(
                    one_flow(chain, flow, variant, length))


def share(results):
    """Of plain forwarding: each direction by its own, round by round."""
    plain = [r["mbits"] for r in results if r["group"] == "plain"]
    for found in results:
        if found["missing"]:
            continue
        found["share"] = [
            median(mbits[way] / (sum(p[i][way] for p in plain) / len(plain))
                   for i, mbits in enumerate(found["mbits"]))
            for way in (0, 1)]


def goodput(args):
    flows = [f for f in FLOWS if args.k in f.name or f.group == "plain"]
    results = {}
    for i in range(args.r):
        say("round %d of %d" % (i + 1, args.r))
        # What the last flow leaves behind, no lookup of its namespace forgets
        # (rows.py): each round has namespaces of its own.
        with built(1500) as chain:
            a_round(chain, flows, "-n %d000000" % args.n, results)
    share(list(results.values()))
    for found in results.values():
        say("%-24s" % found["name"], found["missing"] or
            "%5.2f %5.2f of plain" % tuple(found["share"]))
    return {"megabytes": args.n, "rows": list(results.values())}


@contextmanager
def marked(chain):
    """What profile.c is to count: from one system call to the next of a kind
    that nobody else makes."""
    chain.libc.setdomainname(b"begin", 5)
    yield
    chain.libc.setdomainname(b"end", 3)


def named(rows, name):
    for row in rows:
        for variant in variants(row):
            if label(row, variant) == name:
                return row, variant
    raise Trouble("no row \"%s\"" % name)


def once_marked(chain, *args):
    with marked(chain):
        if chain.once(*args) is None:
            raise Trouble("packets are lost")


def profile_packets(args):
    (row, variant), size = named(ROWS, args.k), sizes_of(args)[0]
    args.n = args.n or 4000
    with built(WIDE) as chain:
        chain.ip("enc", row.feed.enc)
        count_and_drop(chain, "dut", "d0")
        # Once before, so that caches are full and all code is loaded.
        chain.once(row, size, args.n, "dut", "d0")
        once_marked(chain, row, size, args.n, "dut", "d0")
        chain.tc("dut", "qdisc", "del", "dev", "d0", "clsact")
        count_and_drop(chain, "dst", "x0")
        chain.router(row, variant.words)
        bad = wrong(chain, row, SHOWN)
        if bad:
            raise Trouble(bad)
        chain.once(row, size, args.n, "dst", "x0")
        once_marked(chain, row, size, args.n, "dst", "x0")
    return {"size": size, "packets": args.n}


def iperf_marked(chain, flow, length, reverse):
    """Once before, as above."""
    iperf(chain, flow, length, reverse)
    with marked(chain):
        return iperf(chain, flow, length, reverse)


def profile_tcp(args):
    """For 64 KiB: what plain forwarding takes less."""
    way, _, name = args.k.partition(": ")
    flow, variant = named(FLOWS, name)
    ways = ("back" in way,)
    args.n = args.n or 64
    with built(1500) as chain:
        for f, v in (FLOWS[0], VARIANTS[0]), (flow, variant):
            one_flow(chain, f, v, "-n %d000000" % args.n, ways, iperf_marked)
    return {"size": 65536, "packets": args.n * 1000000 / 65536}


def profile(args):
    found = (profile_tcp if args.k.startswith("TCP") else
             profile_packets)(args)
    with open("/proc/kallsyms", encoding="ascii") as f:
        kallsyms = f.read()
    with open(os.path.join(os.path.dirname(args.o), "kallsyms"), "w",
              encoding="ascii") as f:
        f.write(kallsyms)
    found["row"] = args.k
    return found


# and the defaults of -n and -r
METHODS = {"instructions": (instructions, 4000, 5),
           "goodput": (goodput, 64, 5),
           "profile": (profile, None, 1)}


def main():
    p = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    p.add_argument("method", choices=sorted(METHODS))
    p.add_argument("-k", default="")
    p.add_argument("-n", type=int)
    p.add_argument("-r", type=int)
    p.add_argument("-s", default=",".join(map(str, SIZES)))
    p.add_argument("-o")
    args = p.parse_args()
    method, n, runs = METHODS[args.method]
    args.n = args.n or n
    args.r = args.r or runs
    try:
        prepare()
        found = method(args)
    except Trouble as e:
        sys.exit("bench.py: %s" % e)
    found.update(method=args.method, kernel=os.uname().release, runs=args.r)
    if args.o:
        with open(args.o, "w", encoding="ascii") as f:
            json.dump(found, f, indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
