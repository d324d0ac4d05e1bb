#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The netlink specification with the kernel's own YNL, its Python library and
its command line: the specification fits their schema, every operation of it is
called and answers, a refusal carries its text, events arrive, and what the C
generator makes of it is the uapi header.

YNL is tools/net/ynl of a kernel tree: $M46_TEST_YNL (that directory), that of
the tree these tests are in, or the one selftests/vm/source.sh puts into the
cache.

      +------------- namespace -------------+
      |  pe1   adpt, 2001:db8:1::/96        |
      |  mt    m46t, 2001:db8:46::/96       |
      +-------------------------------------+

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""
import ipaddress
import json
import os
import subprocess
import sys
import tempfile
import time

import netlink as nl

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = nl.find("Documentation/netlink/specs/m46.yaml")
CACHE = os.environ.get("M46_CACHE", "/var/cache/m46")
YNL = os.environ.get("M46_TEST_YNL")
if not YNL:
    YNL = os.path.join(HERE, "../../../../net/ynl")
    if not os.path.isdir(YNL):
        YNL = CACHE + "/source/tools/net/ynl"
SCHEMAS = os.path.join(YNL, "../../../Documentation/netlink")

DEVICES = """
dev add pe1 mode adpt prefix 2001:db8:1::/96 fastpath dummy0
dev add mt mode m46t prefix 2001:db8:46::/96
"""

ynl = None          # the family
NlError = None
used = set()        # (operation, "do" or "dump")


# What goes out is numbers and bytes: an older YNL reads no addresses.

def v4(addr):
    return int(ipaddress.IPv4Address(addr))


def v6(addr):
    return ipaddress.IPv6Address(addr).packed


def rule(dst, via=None, **more):
    addr, length = (dst + "/32").split("/")[:2]
    attrs = {"dst": v4(addr), "dst-prefixlen": int(length), **more}
    if via:
        attrs |= {"via": v6(via), "via-prefixlen": 96}
    return attrs


def do(name, dev, **attrs):
    used.add((name, "do"))
    return ynl.do(name, {"ifname": dev, **attrs})


def dump(name, **attrs):
    used.add((name, "dump"))
    return ynl.dump(name, attrs)


def same(what, have, want):
    return [] if have == want else ["%s: %r, wanted %r" % (what, have, want)]


# Tests: each returns what is wrong

def devices():
    pe1 = do("dev-get", "pe1")
    mt = do("dev-get", "mt")["dev"]
    dev = pe1["dev"]
    return [
        *same("pe1's name", pe1["ifname"], "pe1"),
        *same("mode", (dev["mode"], mt["mode"]), ("adpt", "m46t")),
        *same("prefixes", dev["prefixes"],
              {"prefix": [{"ipv6": "2001:db8:1::", "len": 96}]}),
        *same("source-check", dev["source-check"], "strict"),
        *same("icmp4-source", dev["icmp4-source"], "0.0.0.0"),
        *same("icmp6-source", dev["icmp6-source"], "::"),
        *same("mtu-plateaus", dev["mtu-plateaus"][:3], [65535, 32000, 17914]),
        *same("interfaces of the fast path", len(dev["fastpath"]), 1),
        *same("tunnel", dev["tunnel"]["frag"], "outer"),
        *same("names", sorted(d["ifname"] for d in dump("dev-get")),
              ["mt", "pe1"]),
        *same("by index", ynl.do("dev-get", {"ifindex": pe1["ifindex"]}), pe1)]


def rules():
    do("rule-new", "pe1", rule=rule("198.51.100.0/24", "2001:db8:3::"))
    do("rule-new", "pe1", rule=rule("192.0.2.0/24", "2001:db8:1::",
                                    local=True))
    do("rule-new", "pe1", replace=True, rule=rule(
        "198.51.100.0/24", "2001:db8:4::", method="encap"))
    got = do("rule-get", "pe1", rule={"dst": v4("198.51.100.7")})["rule"]
    wrong = [
        *same("rule-get", got, [{
            "dst": "198.51.100.0", "dst-prefixlen": 24, "via": "2001:db8:4::",
            "via-prefixlen": 96, "method": "encap"}]),
        *same("rules", [r["rule"][0]["dst"] for r in dump(
            "rule-get", ifname="pe1")], ["198.51.100.0", "192.0.2.0"]),
        *same("all rules", len(dump("rule-get")), 2)]
    do("rule-del", "pe1", rule=rule("198.51.100.0/24"))
    do("rule-load", "pe1", **{"load-flags": ["begin"], "rule": [
        rule("203.0.113.0/24", "2001:db8:5::"),
        rule("198.51.100.0/24", "2001:db8:6::")]})
    do("rule-load", "pe1", **{"load-flags": ["commit"], "rule-count": 3,
                              "rule": [rule("10.0.0.0/8", "2001:db8:7::")]})
    wrong += same("loaded", sorted(r["rule"][0]["via"] for r in dump(
        "rule-get")), ["2001:db8:5::", "2001:db8:6::", "2001:db8:7::"])
    do("rule-flush", "pe1")
    return wrong + same("flushed", dump("rule-get"), [])


def pools():
    do("pool-new", "mt", pool={
        "dst": v4("192.0.2.0"), "dst-prefixlen": 29, "excludes": {
            "prefix": [{"ipv4": v4("192.0.2.0"), "len": 32}]}})
    do("pool-new", "mt", pool={"dst": v4("203.0.113.0"), "dst-prefixlen": 24})
    got = dump("pool-get", ifname="mt")
    do("pool-del", "mt", pool={"dst": v4("203.0.113.0"), "dst-prefixlen": 24})
    return [
        *same("pool", got[0]["pool"], {
            "dst": "192.0.2.0", "dst-prefixlen": 29, "size": 6, "used": 0,
            "excludes": {"prefix": [{"ipv4": "192.0.2.0", "len": 32}]}}),
        *same("two pools", len(got), 2),
        *same("one is deleted", len(dump("pool-get")), 1)]


def entry(n, **more):
    return {"ipv6": v6("2001:db8:a::%x" % n), "ipv4": v4("192.0.2.%d" % n),
            **more}


def entries():
    do("entry-new", "mt", entry=entry(1))
    do("entry-new", "mt", entry=entry(2, type="dynamic", expires=900))
    do("entry-new", "mt", replace=True, entry=entry(1))
    got = do("entry-get", "mt", entry={"ipv4": v4("192.0.2.1")})["entry"]
    static = {"types": ["static"]}
    wrong = [
        *same("entry-get", got, {"ipv6": "2001:db8:a::1", "ipv4": "192.0.2.1",
                                 "type": "static"}),
        *same("static ones", [e["entry"]["ipv4"] for e in dump(
            "entry-get", ifname="mt", filter=static)], ["192.0.2.1"]),
        *same("those of a prefix", [e["entry"]["type"] for e in dump(
            "entry-get", filter={"prefix": {
                "ipv6": v6("2001:db8:a::2"), "len": 128}})], ["dynamic"])]
    do("entry-flush", "mt", filter=static)
    wrong += same("flushed", [e["entry"]["type"] for e in dump("entry-get")],
                  ["dynamic"])
    do("entry-del", "mt", entry={"ipv4": v4("192.0.2.2")})
    return wrong + same("deleted", [e["entry"]["type"] for e in dump(
        "entry-get", filter={"types": ["static", "dynamic", "dormant"]})],
        ["dormant"])


def counters():
    got = do("stats-get", "pe1")["counter"]
    do("stats-reset", "pe1")
    return [
        *same("more than 70 counters", len(got) > 70, True),
        *same("a drop has its text", all(c["text"] for c in got
                                         if "drop" in c), True),
        *same("devices", len(dump("stats-get")), 2)]


def refusals():
    wrong = []
    for text, name, attrs in (
            ("rule points at an own prefix", "rule-new",
             {"ifname": "pe1", "rule": rule("10.0.0.0/8", "2001:db8:1::")}),
            ("no such device", "dev-get", {"ifname": "none"}),
            ("no rule for this address", "rule-get",
             {"ifname": "pe1", "rule": {"dst": v4("10.0.0.1")}})):
        try:
            wrong.append("%s: %s" % (name, ynl.do(name, attrs)))
        except NlError as e:
            wrong += same(name, (e.nl_msg.extack or {}).get("msg"), text)
    return wrong


def every_operation():
    ops = ynl.yaml["operations"]["list"]
    want = {(op["name"], kind) for op in ops for kind in ("do", "dump")
            if kind in op}
    return ["%s %s" % op for op in sorted(want ^ used)]


# A program of YNL's, with the fast one of the two parsers of PyYAML.
RUN = """
import os, runpy, sys, yaml
yaml.safe_load = lambda text: yaml.load(text, Loader=yaml.CSafeLoader)
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def start(program, *args):
    return subprocess.Popen([sys.executable, "-c", RUN, program, *args],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True)


def command(*args):
    return start(YNL_CLI, "--spec", SPEC, "--no-schema", "--output-json", *args)


def finish(process):
    """Exit status and output"""
    out = process.communicate(timeout=200)[0]
    return process.returncode, out


def command_line():
    status, out = finish(command("--dump", "dev-get"))
    if status:
        return [out]
    wrong = same("dump", sorted(d["ifname"] for d in json.loads(out)),
                 ["mt", "pe1"])
    status, out = finish(command("--do", "stats-reset", "--json",
                                 '{"ifname":"none"}'))
    return wrong + same("refusal", (status, "no such device" in out), (1, True))


def listen():
    """A command that prints the events of a second, in which there are some."""
    with open(YNL_CLI, encoding="ascii") as f:
        how = "--duration" if "--duration" in f.read() else "--sleep"
    listener = command("--subscribe", "entry", how, "1")
    while listener.poll() is None:
        do("entry-new", "mt", entry=entry(5))
        do("entry-del", "mt", entry=entry(5))
        time.sleep(0.05)
    status, out = finish(listener)
    if status:
        return [out]
    events = []
    for line in out.strip().split("\n"):
        more = json.loads(line)
        events += more if isinstance(more, list) else [more]
    got = {(e["name"], e["msg"]["event"], e["msg"]["entry"]["ipv4"])
           for e in events}
    return same("events", got, {("event", "entry-new", "192.0.2.5"),
                                ("event", "entry-deleted", "192.0.2.5")})


def pool_events():
    """A pool of 6 tells when 5 are used."""
    listener = type(ynl)(SPEC, "")
    listener.ntf_subscribe("pool")
    for n in (1, 2, 3, 4, 6):
        do("entry-new", "mt", entry=entry(n, type="dynamic"))
    listener.check_ntf()
    queue = listener.async_msg_queue
    got = queue if isinstance(queue, list) else list(queue.queue)
    return same("events", [(e["msg"]["event"], e["msg"]["pool"]["used"])
                           for e in got], [("pool-high", 5)])


def generator():
    """The header of the C generator has the names and values of ours."""
    import check_spec       # pylint: disable=import-outside-toplevel

    with tempfile.TemporaryDirectory() as tmp:
        # It looks for the top of a kernel tree above the specification.
        specs = tmp + "/Documentation/netlink/specs"
        os.makedirs(specs)
        open(tmp + "/MAINTAINERS", "w", encoding="ascii").close()
        os.symlink(SCHEMAS + "/genetlink-c.yaml",
                   tmp + "/Documentation/netlink/genetlink-c.yaml")
        with open(SPEC, encoding="utf-8") as f, \
                open(specs + "/m46.yaml", "w", encoding="utf-8") as copy:
            copy.write(f.read())
        status, out = finish(start(YNL_GEN, "--spec", specs + "/m46.yaml",
                                   "--mode", "uapi", "--header"))
    if status:
        return [out]
    with open(nl.HEADER, encoding="ascii") as f:
        ours = check_spec.Header(f.read())
    made = check_spec.Header(out)
    ours.strings.pop("M46_LINK_KIND")       # rtnetlink's
    return [f"{name}: {mine.get(name)}, made from the specification: "
            f"{theirs.get(name)}"
            for mine, theirs in ((ours.enums, made.enums),
                                 (ours.values, made.values),
                                 (ours.strings, made.strings))
            for name in sorted(set(mine) | set(theirs))
            if mine.get(name) != theirs.get(name)]


TESTS = (
    ("devices are read", devices),
    ("rules: every operation", rules),
    ("pools: every operation", pools),
    ("entries: every operation", entries),
    ("counters", counters),
    ("a refusal carries its text", refusals),
    ("no operation of the specification was left out", every_operation),
    ("events of pools", pool_events),
    ("command line: dump and refusal", command_line),
    ("command line: events", listen),
    ("the generated uapi header is ours", generator),
)


def first_of(*paths):
    return next((p for p in (os.path.join(YNL, p) for p in paths)
                 if os.path.exists(p)), None)


# As trees since Linux 6.14 have them, and before.
YNL_CLI = first_of("pyynl/cli.py", "cli.py")
YNL_GEN = first_of("pyynl/ynl_gen_c.py", "ynl-gen-c.py")


def skip():
    """Why this cannot run here, or None"""
    if not YNL_CLI or not YNL_GEN:
        return "no YNL in " + YNL
    for module in ("yaml", "jsonschema"):
        try:
            __import__(module)
        except ImportError:
            return "needs python3-" + module
    return None


def main():
    global ynl, NlError
    why = skip()
    if why:
        print("1..0 # SKIP " + why)
        return 4
    status = nl.begin(len(TESTS) + 1)
    if status is not None:
        return status
    out = nl.Results()
    subprocess.run(["ip", "link", "add", "dummy0", "type", "dummy"],
                   check=True)
    tool = os.path.join(HERE, "../tools/m46ctl/m46ctl")
    subprocess.run([tool if os.path.exists(tool) else "m46ctl", "-b", "-"],
                   input=DEVICES, text=True, check=True)

    sys.path.insert(0, os.path.dirname(YNL_CLI))
    import yaml             # pylint: disable=import-outside-toplevel
    # The fast one of its two parsers.
    yaml.safe_load = lambda text: yaml.load(text, Loader=yaml.CSafeLoader)
    import lib              # pylint: disable=import-outside-toplevel
    NlError = lib.NlError
    wrong = []
    try:
        ynl = lib.YnlFamily(SPEC, SCHEMAS + "/genetlink-c.yaml")
    except Exception as e:  # pylint: disable=broad-exception-caught
        wrong = ["%s: %s" % (type(e).__name__, e)]
    out.result("the specification fits the schema", *wrong)
    for name, test in TESTS if ynl else ():
        try:
            wrong = test()
        except Exception as e:  # pylint: disable=broad-exception-caught
            wrong = ["%s: %s" % (type(e).__name__, line)
                     for line in str(e).split("\n")]
        out.result(name, *wrong)
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main())
