#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Do two processors forward twice as much as one? Packets a second, and TCP, by one
processor and by two at a time, all of one rule or one entry: what both wrote for each
packet would show. Real time counts here, so nothing else may run, in the machine or
beside it; plain forwarding tells what the machine itself does not double.

usage: cpus.py [-k TEXT] [-n PACKETS] [-m MEGABYTES] [-r RUNS] [-o FILE]

  -k  only rows with TEXT in their name, and plain forwarding
  -n  packets a processor in a run (20000): the first router's queue has to hold
      them
  -m  million bytes a stream (200)
  -r  runs, of which the median counts (5); one processor and two in turn
  -o  raw figures, as JSON
"""
import argparse
import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import bench  # noqa: E402
from chain import WIDE, Trouble  # noqa: E402
from rows import FLOWS, ROWS, SIZES  # noqa: E402

CPUS = (0, 1)


def packets(chain, row, count, cpus):
    before = chain.received("dst", "x0")
    ns = chain.pktgen(row, SIZES[0], count, cpus)
    end = time.monotonic() + 20
    while chain.received("dst", "x0") - before < len(cpus) * count:
        if time.monotonic() > end:
            raise Trouble("%s: packets are lost" % row.name)
        time.sleep(0.01)
    return len(cpus) * count * 1e9 / ns


def streams(chain, flow, size, cpus):
    """Mbit/s of all together; each with both ends on its processor."""
    def iperf(cpu, node, *words):
        return subprocess.Popen(
            ["ip", "netns", "exec", chain.name[node], "taskset", "-c", str(cpu),
             "iperf3", "-p", str(bench.PORT + cpu), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    servers = [iperf(cpu, "dst", "-s") for cpu in cpus]
    try:
        chain.enter("dst")
        for cpu in cpus:
            bench.listening(bench.PORT + cpu)
        clients = [iperf(cpu, "enc", "-J", "-c", flow.to, "-B", flow.near,
                         "-n", "%d000000" % size) for cpu in cpus]
        found = [json.loads(c.communicate()[0] or "{}") for c in clients]
        return sum(e["end"]["sum_received"]["bits_per_second"] / 1e6
                   for e in found)
    except KeyError:
        raise Trouble("%s: iperf3: %s" % (flow.name, found)) from None
    finally:
        for s in servers:
            s.kill()
            s.wait()


def alternating(run, runs):
    """Medians of one processor's runs and of both's."""
    run((0,))
    found = [[run(CPUS[:n]) for n in (1, 2)] for _ in range(runs)]
    return [bench.median(x) for x in zip(*found)]


def one_packets(chain, row, variant, args):
    with bench.row_up(chain, row, variant):
        return alternating(lambda cpus: packets(chain, row, args.n, cpus),
                           args.r)


def one_tcp(chain, flow, variant, args):
    with bench.flow_up(chain, flow, variant):
        return alternating(lambda cpus: streams(chain, flow, args.m, cpus),
                           args.r)


def measured(chain, method, unit, rows, function, args):
    results = []
    for row in rows:
        if row.group != "plain" and (row.peer or args.k not in row.name):
            continue
        for variant in bench.variants(row):
            if not row.m46 and row.group != "plain":
                continue
            one, two = function(chain, row, variant, args)
            results.append({"method": method, "row": bench.label(row, variant),
                            "unit": unit, "one": one, "two": two})
            bench.say("%-8s %-28s %10.0f %10.0f %s  x %.2f" % (
                method, bench.label(row, variant), one, two, unit, two / one))
    return results


def main():
    p = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    p.add_argument("-k", default="m46")
    p.add_argument("-n", type=int, default=20000)
    p.add_argument("-m", type=int, default=200)
    p.add_argument("-r", type=int, default=5)
    p.add_argument("-o")
    args = p.parse_args()
    try:
        if (os.cpu_count() or 1) < len(CPUS):
            raise Trouble("there is one processor only")
        bench.prepare()
        with bench.built(WIDE) as chain:
            bench.count_and_drop(chain, "dst", "x0")
            results = measured(chain, "packets", "/s", ROWS, one_packets, args)
        with bench.built(1500) as chain:
            results += measured(chain, "TCP", "Mbit/s", FLOWS, one_tcp, args)
    except Trouble as e:
        sys.exit("cpus.py: %s" % e)
    if args.o:
        with open(args.o, "w", encoding="ascii") as f:
            json.dump({"kernel": os.uname().release, "rows": results}, f,
                      indent=1)
            f.write("\n")


if __name__ == "__main__":
    main()
