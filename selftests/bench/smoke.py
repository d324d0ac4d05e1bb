#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does the benchmark still work? Every row of rows.py, with few packets and no
verdict: each packet must arrive as the row says, TCP must get through, and each
must have a figure (of the whole way: the router's own share of it is too small
for a clock that is not the count of instructions). A peer that is not there is
skipped.

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""
# timeout: 600
import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bench  # noqa: E402
import peers  # noqa: E402
import scale  # noqa: E402
from chain import WIDE, Trouble  # noqa: E402
from rows import FLOWS, ROWS, SIZES  # noqa: E402

PACKETS = 20
# Rules, then entries, for "make bench-scale".
MANY = 3000
PASS, FAIL, SKIP = 0, 1, 4


class Results:
    def __init__(self, plan):
        self.n = self.failed = 0
        print("TAP version 13\n1..%d" % plan, flush=True)

    def test(self, name, function, *args):
        """function says what is wrong, if anything."""
        self.n += 1
        try:
            bad = function(*args)
        except (OSError, Trouble) as e:
            bad = str(e)
        if bad:
            self.failed += 1
            print("# " + bad.replace("\n", "\n# "))
        print("%sok %d %s" % ("not " if bad else "", self.n, name),
              flush=True)

    def skip(self, name, why):
        self.n += 1
        print("ok %d %s # SKIP %s" % (self.n, name, why), flush=True)


def packet_row(chain, row, variant):
    size = bench.frames(row, SIZES)[SIZES[-1]]
    with bench.row_up(chain, row, variant, PACKETS, size):
        return None


def whole_row(chain):
    """As make bench has them: one is enough."""
    row, size = ROWS[0], SIZES[:1]
    base = bench.bases(chain, [row], size, PACKETS, 1)
    bench.count_and_drop(chain, "dst", "x0")
    total = bench.one_row(chain, row, bench.VARIANTS[0], size, PACKETS, 1)
    ns = base[row.feed.name][size[0]] + total[size[0]]
    return None if min(ns) > 0 else "%s ns a packet" % ns


def scale_part(chain, part):
    """All of its figures; no packet may be lost."""
    scale.settle = 0
    scale.say = lambda *what: None
    try:
        scale.PARTS[part](chain, argparse.Namespace(n=MANY, p=PACKETS, r=1))
    finally:
        chain.reset()
    lost = [k for f in scale.found.values() for k, v in f.items()
            if "lost" in k and v["value"]]
    return ", ".join(lost)


def tcp_row(chain, flow, variant):
    mbits = bench.one_flow(chain, flow, variant, "-n 1M", (False,))[0]
    return None if mbits > 0 else "%f Mbit/s" % mbits


def all_of(results, kind, rows, function, chain):
    for row in rows:
        missing = peers.missing(row.peer)
        for variant in bench.variants(row):
            name = "%s: %s" % (kind, bench.label(row, variant))
            if missing:
                results.skip(name, missing)
            else:
                results.test(name, function, chain, row, variant)


def main():
    if os.getuid():
        print("1..0 # SKIP needs root")
        return SKIP
    try:
        bench.prepare()
    except Trouble as e:
        print("1..0 # SKIP %s" % e)
        return SKIP
    results = Results(1 + len(scale.PARTS) + sum(len(bench.variants(r)) for r in ROWS + FLOWS))
    with bench.built(WIDE) as chain:
        results.test("packets: measured", whole_row, chain)
        all_of(results, "packets", ROWS, packet_row, chain)
        chain.tc("dst", "qdisc", "del", "dev", "x0", "clsact")
        for part in scale.PARTS:
            results.test("scale: " + part, scale_part, chain, part)
        all_of(results, "TCP", FLOWS, tcp_row, chain)
    return FAIL if results.failed else PASS


sys.exit(main())
