#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tables and charts of what bench.py has measured.

usage: report.py [-c DIR] RESULTS...     tables of each; charts of the first
       report.py -d RESULTS RESULTS      how far two runs are apart

RESULTS is a directory with instructions.json or goodput.json or both, as "make
bench" leaves in build/bench; the charts go to DIR (none without it).
"""
import argparse
import json
import os
import subprocess
import sys
from statistics import median

# What is wanted of m46, and what was known of the others, is of this kernel.
TARGETS_OF = "6.1."
METHODS = ("instructions", "goodput")
MANY = "many flows"
COLOUR = {"plain": "#808080", "peer": "#5b8db8", "m46": "#2e8b57"}


def load(directory):
    found = {}
    for method in METHODS:
        name = os.path.join(directory, method + ".json")
        if os.path.exists(name):
            with open(name, encoding="ascii") as f:
                found[method] = json.load(f)
    if not found:
        sys.exit("report.py: no results in " + directory)
    return found


def label(row):
    return row["name"] if row["variant"] == "default" else \
        "%s, %s" % (row["name"], row["variant"])


def plain(rows, value):
    """Mean of plain IPv4 and IPv6 forwarding, None where it was not measured."""
    both = [value(r) for r in rows
            if r["group"] == "plain" and MANY not in r["name"]]
    return sum(both) / len(both) if both else None


def percent(got, wanted):
    return "%+.1f %%" % (100 * (got - wanted) / wanted)


def verdict(row, got, kernel, less):
    """(what is wanted, what to say of it)"""
    if not kernel.startswith(TARGETS_OF):
        return "", ""
    if row.get("known"):
        return "~ %d" % row["known"], percent(got, row["known"])
    if not row["target"]:
        return "", ""
    met = got <= row["target"] if less else got >= row["target"]
    return ("<= %d" if less else ">= %.2f") % row["target"], \
        "met" if met else "NOT MET (%s)" % percent(got, row["target"])


def begins_part(before, row):
    """Whether it is compared with others than the row before it."""
    return before is not None and (
        (before["group"] == "plain") > (row["group"] == "plain") or
        (before["group"] == "m46") > (row["group"] == "m46") or
        any((text in before["name"]) < (text in row["name"])
            for text in (MANY, "NAT64")))


def print_rows(head, table, rows):
    """Aligned: the first column to the left, the last as it comes."""
    width = [max(len(r[i]) for r in table + [head] if len(r) > 2)
             for i in range(len(head))]
    before = None
    for r, row in zip([head] + table, [None] + rows):
        if row and begins_part(before, row):
            print()
        before = row
        if len(r) == 2:
            print("%-*s   %s" % (width[0], *r))
            continue
        print(("%-*s" % (width[0], r[0]) + "".join(
            "   %*s" % (w, c) for w, c in zip(width[1:-1], r[1:-1])) +
            "   " + r[-1]).rstrip())


def instructions_table(found):
    sizes, rows = found["sizes"], found["rows"]
    mean = plain(rows, lambda r: r["cost"][str(sizes[0])])
    table = []
    for r in rows:
        if r["missing"]:
            table.append([label(r), "left out: " + r["missing"]])
            continue
        first = r["cost"][str(sizes[0])]
        table.append([label(r)] +
                     ["%.0f" % r["cost"][str(s)] for s in sizes] +
                     ["%.2f" % (first / mean) if mean else ""] +
                     list(verdict(r, first, found["kernel"], True)))
    print("\nLinux %s: instructions that a router takes for a packet, by size "
          "of the frame\n" % found["kernel"])
    print_rows(["bytes"] + [str(s) for s in sizes] +
               ["of plain", "wanted", "verdict"], table, rows)


def goodput_table(found):
    table = []
    for r in found["rows"]:
        if r["missing"]:
            table.append([label(r), "left out: " + r["missing"]])
            continue
        table.append([label(r)] +
                     ["%.0f" % median(m[way] for m in r["mbits"])
                      for way in (0, 1)] +
                     ["%.2f" % s for s in r["share"]] +
                     list(verdict(r, round(min(r["share"]), 2),
                                  found["kernel"], False)))
    print("\nLinux %s: TCP through a router, Mbit/s there and back, and its "
          "share of plain forwarding\n" % found["kernel"])
    print_rows(["", "there", "back", "share", "back", "wanted", "verdict"],
               table, found["rows"])


def side_by_side(results):
    """Instructions for the smallest packet, a column for each kernel."""
    all_of = [r["instructions"] for r in results if "instructions" in r]
    if len(all_of) < 2:
        return
    size = str(all_of[0]["sizes"][0])
    table = []
    for i, row in enumerate(all_of[0]["rows"]):
        cells = [f["rows"][i] for f in all_of]
        table.append([label(row)] + ["-" if c["missing"] else
                                     "%.0f" % c["cost"][size]
                                     for c in cells] + [""])
    print("\nInstructions for a packet in a frame of %s bytes\n" % size)
    print_rows(["Linux"] + [".".join(f["kernel"].split(".")[:2])
                            for f in all_of] + [""], table, all_of[0]["rows"])


# --- charts

GNUPLOT = """
set terminal svg noenhanced size 860,{height} font "sans-serif,13" background "white"
set output "{output}"
set title "{title}" font ",15"
unset key
set border 0
set style fill solid noborder
set tics nomirror scale 0
set grid xtics lc rgb "#dddddd"
set xrange [0:{right}]
set yrange [{bottom}:0.5]
set xlabel "{xlabel}"
set lmargin {margin}
set bmargin 5.5
set ytics ({ytics})
$bars << EOD
{bars}
EOD
$wanted << EOD
{wanted}
EOD
plot $bars using (0):1:(0):2:($1-$4):($1+$4):3 with boxxyerror lc rgb variable, \\
     $bars using 6:1:5 with labels left offset 0.5,0 font ",{small}", \\
     $wanted using 1:2:(0):3 with vectors nohead lw 2.5 lc rgb "#c02020"
"""


def label_at(value, target, right):
    """Behind the bar, and behind the mark if that would be in the way."""
    is_in_the_way = target and value - 0.01 * right < target < \
        value + 0.07 * right
    return max(value, target) if is_in_the_way else value


def draw(output, title, xlabel, bars, right):
    """bars: (row, [values], format), from the top."""
    margin = 2 + 0.8 * max(len(label(b[0])) for b in bars)
    tics, data, wanted = [], [], []
    y, before, many = 0, None, len(bars[0][1])
    half = 0.42 / many
    for row, values, text in bars:
        y -= 0.5 * begins_part(before, row)
        before = row
        tics.append('"%s" %.1f' % (label(row), y))
        for n, value in enumerate(values):
            data.append('%.3f %s %d %.3f "%s" %.3f' % (
                y + half * (many - 1 - 2 * n), value,
                int(COLOUR[row["group"]][1:], 16), half * 0.92,
                text % value, label_at(value, row["target"], right)))
        if row["target"]:
            wanted.append("%s %.2f 0.84" % (row["target"], y - 0.42))
        y -= 1
    script = GNUPLOT.format(
        output=output, title=title, xlabel=xlabel, right=right, margin=margin,
        height=round(120 - (14 + 6 * many) * y), bottom=y + 0.4,
        small=12 - many, ytics=", ".join(tics), bars="\n".join(data),
        wanted="\n".join(wanted) or "NaN NaN NaN")
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


LEGEND = "(grey: Linux forwarding, blue: others, green: m46; red: wanted of m46)"


def instructions_chart(found, directory):
    size = str(found["sizes"][0])
    bars = [(r, [round(r["cost"][size])], "%d") for r in found["rows"]
            if not r["missing"]]
    draw(os.path.join(directory, "bench-instructions.svg"),
         "What a router does for a packet (Linux %s)" % found["kernel"],
         "instructions, frame of %s bytes: less is better\\n%s" %
         (size, LEGEND), bars,
         1.1 * max(b[1][0] for b in bars))


def goodput_chart(found, directory):
    bars = [(r, [round(s, 3) for s in r["share"]], "%.2f")
            for r in found["rows"] if not r["missing"]]
    draw(os.path.join(directory, "bench-goodput.svg"),
         "TCP through a router (Linux %s)" % found["kernel"],
         "goodput as a share of plain forwarding, client to server above, "
         "back below: more is better\\n" + LEGEND, bars, 1.1 * max(max(b[1]) for b in bars))


# --- two runs

def figures(found):
    """(row, size or way) -> figure"""
    out = {}
    for method, data in found.items():
        for r in data["rows"]:
            if r["missing"]:
                continue
            cells = r["cost"].items() if method == "instructions" else \
                zip(("there", "back"), r["share"])
            out.update({(method, label(r), k): v for k, v in cells})
    return out


def difference(a, b):
    a, b = figures(a), figures(b)
    for method in METHODS:
        apart = sorted(((abs(b[k] - a[k]) / a[k], k) for k in a
                        if k in b and k[0] == method), reverse=True)
        if not apart:
            continue
        print("%s: %d figures, at most %.2f %% apart, the median %.2f %%" % (
            method, len(apart), 100 * apart[0][0],
            100 * median(x[0] for x in apart)))
        for _, k in apart[:5]:
            print("    %-28s %-5s %10.2f %10.2f  %s" % (
                k[1], k[2], a[k], b[k], percent(b[k], a[k])))


def main():
    p = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    p.add_argument("-c", metavar="DIR")
    p.add_argument("-d", action="store_true")
    p.add_argument("results", nargs="+")
    args = p.parse_args()
    results = [load(d) for d in args.results]
    if args.d:
        difference(*results)
        return
    for found in results:
        if "instructions" in found:
            instructions_table(found["instructions"])
        if "goodput" in found:
            goodput_table(found["goodput"])
    side_by_side(results)
    if args.c and "instructions" in results[0]:
        instructions_chart(results[0]["instructions"], args.c)
    if args.c and "goodput" in results[0]:
        goodput_chart(results[0]["goodput"], args.c)


if __name__ == "__main__":
    main()
