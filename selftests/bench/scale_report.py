#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What scale.py has measured, beside what is wanted.

usage: scale_report.py [-c FILE.svg] scale.json
"""
import argparse
import json
import sys

import report


def targets(figures, number):
    """(what, figure, limit, unit), in the order of the report."""
    few_r, rules = figures["10 rules"], figures["%d rules" % number]
    few_e, entries = figures["10 entries"], figures["%d entries" % number]

    def more(few, many, key):
        return many[key]["value"] - few[key]["value"]

    for key in ("hop, /24", "hop, /32", "hop, random"):
        yield ("lookup of a rule, more than with 10%s" % key[3:],
               more(few_r, rules, key), 150, "instructions")
    yield ("memory of a rule", rules["memory of a rule"]["value"], 48, "bytes")
    yield ("m46ctl rule load", rules["m46ctl rule load"]["value"], 5, "s")
    for key in ("a rule added", "a rule deleted"):
        yield key, rules[key]["value"], 20000, "instructions"
    yield ("packets lost while rules change",
           rules["packets lost meanwhile"]["value"], 0, "packets")
    for key in (k for k in entries if k.startswith("memory of")):
        yield key, entries[key]["value"], 128, "bytes"
    for key in (k for k in entries if k.startswith("hop")):
        yield ("entry hit, more than with 10%s" % key[3:],
               more(few_e, entries, key), 0.05 * few_e[key]["value"],
               "instructions")
    for key in (k for k in entries if k.startswith("processor held while")):
        yield key, entries[key]["value"], 1, "ms"


def print_all(found):
    for part, figures in found["figures"].items():
        print("\n" + part)
        for key, f in figures.items():
            print("    %-54s %12.1f %s" % (key, f["value"], f["unit"]))


def print_targets(rows):
    print("\n%-58s %10s %10s" % ("wanted", "figure", "at most"))
    for what, value, limit, unit in rows:
        print("%-58s %10.1f %10.1f %s: %s" % (
            what, value, limit, unit, "met" if value <= limit else "NOT MET"))


def chart(name, rows, found):
    """Each figure as a share of what is wanted at most."""
    bars = [({"name": what, "variant": "default", "group": "m46",
              "target": 100}, [round(max(0, 100 * value / limit), 1)],
             "%%.0f %%%% of %g %s" % (round(limit), unit))
            for what, value, limit, unit in rows if limit]
    report.draw(name, "%d rules, %d entries (Linux %s)" % (
        found["number"], found["number"], found["kernel"]),
        "share of what is wanted at most (red)", bars,
        1.35 * max(b[1][0] for b in bars + [(None, [100])]))


def main():
    p = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    p.add_argument("-c", metavar="FILE")
    p.add_argument("figures")
    args = p.parse_args()
    with open(args.figures, encoding="ascii") as f:
        found = json.load(f)
    print("Linux %s" % found["kernel"])
    print_all(found)
    try:
        rows = list(targets(found["figures"], found["number"]))
    except KeyError as e:
        sys.exit("scale_report.py: no figures of %s" % e)
    print_targets(rows)
    if args.c:
        chart(args.c, rows, found)


if __name__ == "__main__":
    main()
