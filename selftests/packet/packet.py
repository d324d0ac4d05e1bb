#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Packet conformance test of m46: packet in, packet out.

usage: packet.py [-v] [-k TEXT[|TEXT...]] [--fast] [--cold] [--list] [--selftest]

  -k          only cases with one of the texts in their name or configuration
  -v          show the packets of cases that pass too
  --fast      on the fast path, where it takes them
  --cold      no plain packets before a case's own: nothing is known of its flow
  --list      print the cases, run nothing
  --selftest  check the test's own packets and comparisons; needs no module

M46CTL names the m46ctl to use, default that of the tree.  Names of cases begin
with the conformance rows they prove.  bed.py draws the test bed, table.py
explains how a case is written.
"""
# timeout: 4000
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# The tables, in the order they run.
TABLES = ("vectors", "headers", "fragments", "icmp", "errors", "adpt", "offload",
	  "kernel", "m46t", "hairpin", "tunnel", "configured", "sixto4",
	  "security", "sixrd", "ecn", "encap", "nat64", "fib")

PASS, FAIL, SKIP = 0, 1, 4


def say(*lines):
	sys.stdout.write("".join(x + "\n" for x in lines))
	sys.stdout.flush()


def load():
	import table
	for name in TABLES:
		__import__(name)
	return table.CASES


def dropped(case, grown, drops):
	"""Complaints about the drop counters."""
	got = {k: v for k, v in grown.items() if k in drops}
	want = case.drop
	if want == "":
		return []
	if want is None:
		want = {}
	elif isinstance(want, str):
		alts = want.split("|")
		hit = [a for a in alts if a in got]
		want = {(hit or alts)[0]: len(case.packets)}
	return [] if got == want else ["drop counters grew by %s, not %s" % (
		got or "nothing", want or "nothing")]


def counted(case, grown, drops):
	"""Complaints about all counters."""
	from match import Error
	bad = dropped(case, grown, drops)
	told = case.drop.split("|") if isinstance(case.drop, str) else \
		case.drop or ()
	bad += ["there is no drop counter " + k for k in told
		if k and k not in drops]
	for k, v in case.also.items():
		if grown.get(k, 0) != v:
			bad.append("counter %s grew by %d, not %d" % (
				k, grown.get(k, 0), v))
	for name, outs in (("icmp4_sent", case.out4), ("icmp6_sent", case.out6)):
		errors = [w for w in outs if isinstance(w, Error) and w.by_m46]
		if errors and grown.get(name, 0) != len(errors):
			bad.append("counter %s grew by %d, not %d" % (
				name, grown.get(name, 0), len(errors)))
	return bad


def run_case(bed, case):
	from bed import m46ctl, must
	from match import compare
	from prime import prime
	for line in case.ctl:
		must(m46ctl(), *line.split())
	if not bed.cold:
		prime(bed, case)
	for port, p in case.send:
		bed.send(port, p)
	got = bed.collect(case.conf, case.rounds)
	grown = bed.grown(case.conf, case.rounds)
	bad = ["t4: " + x for x in compare(case.out4, got["4"])]
	bad += ["t6: " + x for x in compare(case.out6, got["6"])]
	bad += counted(case, grown, bed.counters.drops)
	if case.conf.has_table:
		bad += bed.table_changed(case.table)
	if case.fn:
		bad += case.fn(bed)
	return bad, got, grown


def details(case, got, grown):
	from build import Vnet
	from match import brief, dump
	out = []

	def show(what, p):
		out.append("  %s %s" % (what, brief(p)))
		out.extend("      " + x for x in dump(p))

	for port, p in [x for x in case.send if x[1] is not None][:3]:
		if isinstance(p, Vnet):
			out.append("  GSO type %d size %d" % (p.gso, p.size))
			p = p.pkt
		where = port if isinstance(port, str) else ""
		show("sent to t%s:" % where if where else "sent:", p)
	if len(case.packets) > 3:
		out.append("  ... %d in all" % len(case.packets))
	for side, wants in (("t4", case.out4), ("t6", case.out6)):
		for w in wants[:3]:
			lines = w.lines()
			out.append("  expected at %s: %s" % (side, lines[0]))
			out.extend("      " + x for x in lines[1:])
		if len(wants) > 3:
			out.append("  ... %d in all" % len(wants))
		for vnet, p in got[side[1]][:3]:
			show("received at %s:" % side, p)
		if len(got[side[1]]) > 3:
			out.append("  ... %d in all" % len(got[side[1]]))
	out.append("  counters: " + (", ".join(
		"%s +%d" % x for x in sorted(grown.items())) or "none grew"))
	return out


def run_all(bed, cases, verbose):
	from bed import Skip, Trouble
	failed = skipped = 0
	conf = state = None
	for n, case in enumerate(cases, 1):
		name = "%s [%s]" % (case.name, case.conf.name)
		if case.conf is not conf:
			conf, state = case.conf, None
			try:
				bed.configure(conf)
			except (Skip, Trouble) as e:
				state = e
		if isinstance(state, Skip):
			skipped += 1
			say("ok %d - %s # SKIP %s" % (n, name, state))
			continue
		try:
			if state:
				raise state
			bad, got, grown = run_case(bed, case)
		except (Trouble, OSError, ValueError, KeyError) as e:
			bad, got, grown = [str(e) or repr(e)], {"4": [], "6": []}, {}
			if not state:		# start the next one afresh
				conf = None
		if bad:
			failed += 1
			say("not ok %d - %s" % (n, name), *["# " + x for x in bad])
		else:
			say("ok %d - %s" % (n, name))
		if bad or verbose:
			say(*["# " + x for x in details(case, got, grown)])
	say("# Totals: pass:%d fail:%d xfail:0 xpass:0 skip:%d error:0" % (
		len(cases) - failed - skipped, failed, skipped))
	return FAIL if failed else SKIP if skipped == len(cases) else PASS


def main(argv):
	verbose = listing = selftest = fast = cold = False
	pattern = None
	while argv:
		a = argv.pop(0)
		if a == "-v":
			verbose = True
		elif a == "--fast":
			fast = True
		elif a == "--cold":
			cold = True
		elif a == "--list":
			listing = True
		elif a == "--selftest":
			selftest = True
		elif a == "-k" and argv:
			pattern = argv.pop(0).split("|")
		else:
			sys.stderr.write(__doc__)
			return 0 if a in ("-h", "--help") else 2
	if selftest:
		import selftest
		return selftest.main()
	cases = load()
	if pattern:
		cases = [c for c in cases if any(
			t in c.name or t in c.conf.name for t in pattern)]
	if listing:
		say(*["%s [%s]" % (c.name, c.conf.name) for c in cases])
		return PASS
	from bed import Bed, Skip, Trouble
	say("TAP version 13")
	signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAIL))
	bed = None
	try:
		try:
			bed = Bed(fast=fast, cold=cold)
		except Skip as e:
			say("1..0 # SKIP %s" % e)
			return SKIP
		# of chosen cases, none need be for the fast path
		whole = fast and not pattern
		say("1..%d" % (len(cases) + whole))
		ret = run_all(bed, cases, verbose)
		if whole:
			few = bed.n_fast < len(cases)
			say("%s %d - the fast path was taken: %d packets" % (
				"not ok" if few else "ok", len(cases) + 1,
				bed.n_fast))
			ret = FAIL if few else ret
		return ret
	except Trouble as e:
		say("Bail out! %s" % e)
		return FAIL
	finally:
		if bed:
			bed.close()


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
