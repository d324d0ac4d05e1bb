#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Where a router's instructions go: function by function, what one packet takes
with the router less what it takes up to the router's entrance.

usage: profile.py DIRECTORY

DIRECTORY has what "bench.py profile" and profile.c left there: blocks.1 and
blocks.2 (without and with the router), kallsyms and profile.json.
"""
import bisect
import json
import os
import sys

LEAST = 5


def symbols(name):
    """Sorted addresses, and the function of each with its module."""
    found = []
    with open(name, encoding="ascii") as f:
        for line in f:
            word = line.split()
            if word[1] in "tTwW":
                found.append((int(word[0], 16),
                              " ".join(word[2:3] + word[3:4])))
    found.sort()
    return [a for a, _ in found], [n for _, n in found]


def functions(name, addresses, names):
    """Instructions of each function."""
    total = {}
    with open(name, encoding="ascii") as f:
        for line in f:
            addr, count = line.split()
            addr = int(addr, 16)
            i = bisect.bisect_right(addresses, addr) - 1
            what = names[i] if i >= 0 and addr >> 63 else "(user space)"
            total[what] = total.get(what, 0) + int(count)
    return total


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = lambda name: os.path.join(sys.argv[1], name)  # noqa: E731
    with open(path("profile.json"), encoding="ascii") as f:
        found = json.load(f)
    table = symbols(path("kallsyms"))
    before, after = (functions(path("blocks.%d" % i), *table) for i in (1, 2))
    cost = {k: (after.get(k, 0) - before.get(k, 0)) / found["packets"]
            for k in after.keys() | before.keys()}
    print("%s, %d bytes, Linux %s: instructions for a packet\n" % (
        found["row"], found["size"], found["kernel"]))
    print("%8.0f  all, beside %.0f without it" % (
        sum(cost.values()), sum(before.values()) / found["packets"]))
    print("%8.0f  in m46" % sum(v for k, v in cost.items() if "[m46]" in k))
    rest = 0
    for k, v in sorted(cost.items(), key=lambda x: (-x[1], x[0])):
        if abs(v) >= LEAST:
            print("%8.0f  %s" % (v, k))
        else:
            rest += v
    print("%8.0f  (less than %d each)" % (rest, LEAST))


main()
