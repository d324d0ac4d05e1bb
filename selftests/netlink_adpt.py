#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""The kernel's netlink interface of mode adpt, where netlink.py ends: methods,
rules from routes, NAT64 prefix and pool, the settings of encapsulation. Every
refusal has its text, points at the attribute that it is about, and leaves all
as it was.

      +---------------------- namespace -----------------------+
      |  pe1   2001:db8:1::/96, 198.51.100.0/24 remote,        |
      |        192.0.2.0/24 local                              |
      |  pe2   2001:db8:2::/96, md fib, 192.0.2.0/24 local     |
      |  pe3   2001:db8:3::/96, nat64 64:ff9b::/96,            |
      |        nat64-pool 192.0.2.192/28                       |
      |  pe4   2001:db8:4::/96, source-check loose             |
      |  t1    6to4, 192.0.2.170      mt1  m46t                |
      +--------------------------------------------------------+

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""
import sys

import netlink as nl
from netlink import (NAMES, attr, cmd, dev, link, nest, prefix4, prefix6,
                     prefixes, rule, u8, u16, u32, v4, v6)
from netlink_6to4 import (FOREIGN, FUTURE, LENGTH, NEST, RANGE, TWICE, delete,
                          ip, links, listed, local, plain, t, taken, tun)
from netlink_m46t import ADPT_ONLY

OWN = "2001:db8:5::"
FAR = "2001:db8:9::"
WKP = "64:ff9b::"


# --- what messages consist of

def d(name, data):
    return attr("DEV_A_" + name, data)


def new(*items, own=(OWN, 96), name="new"):
    """A new device: mode and own prefix are good, the rest is on trial."""
    return lambda: link(nl.MODE, prefixes(prefix6(*own)), *items, name=name)


def change(*items, name="pe1"):
    return lambda: link(*items, name=name, flags=0)


def nat64(*items):
    return nest("DEV_A_NAT64", *(prefix6(*i) if isinstance(i, tuple) else i
                                 for i in items))


def pool(*items):
    return nest("DEV_A_NAT64_POOL", *(
        prefix4(*i) if isinstance(i, tuple) else i for i in items))


POOL = pool(("192.0.2.192", 28))
FIB, LOOSE = d("MD", u8(2)), d("SOURCE_CHECK", u8(1))


def in_prefix(kind, *items):
    return nest(kind, nest("LIST_A_PREFIX", *items))


# --- what is refused

SIXTO4 = [
    ("LOCALS", local("192.0.2.172")), ("REMOTE", t("REMOTE", v4("10.0.0.7"))),
    ("V4_PREFIX", nest("TUN_A_V4_PREFIX", attr("PREFIX_A_IPV4", v4(
        "10.0.0.0")), attr("PREFIX_A_LEN", u8(8)))),
    ("DELEGATED", listed("DELEGATED", prefix6("2002:c000:2aa::", 48))),
] + [
    (name, listed(name, ("10.0.0.0", 8)))
    for name in ("RELAY_FROM", "ACL", "PEERS", "ALLOW_NATIVE_NATIVE")
] + [
    (name, t(name, value)) for name, value in (
        ("ANYCAST", u8(1)), ("RELAY", u8(1)), ("RETURN_ONLY", u8(1)),
        ("RELAY_SOURCE", u8(1)), ("INGRESS_FILTER", u8(0)), ("TTL", u16(9)),
        ("TOS", u16(4)), ("PMTUDISC", u8(1)), ("LARGE_MTU", u8(1)),
        ("NONLOCAL", u8(1)), ("LINK", u32(1)), ("FWMARK", u32(7)))
]
# Attributes, a good value, values beyond what they may be.
NUMBERS = [("HOPLIMIT", u8, 9, (0,)), ("ENCAP_LIMIT", u16, 4, (257, 65535)),
           ("FRAG", u8, 1, (2, 255)), ("FLOWLABEL", u8, 1, (2, 255)),
           ("PEER_METHOD", u8, 1, (2, 255)), ("ECN", u8, 1, (2, 255)),
           ("ECN_LOG", u8, 0, (2, 255))]
ADPT = [(name, t(name, pack(good))) for name, pack, good, _ in NUMBERS
        if not name.startswith("ECN")]


def sixto4(*items):
    return lambda: link(d("MODE", u8(3)), tun(local("192.0.2.170"), *items))


MODES = [
    ("%s%s of a 6to4 device" % (what, name.lower()), act(tun(item)), "EINVAL",
     FOREIGN, "TUN_A_" + name)
    for name, item in SIXTO4
    for what, act in (("", new), ("change of ", change))
] + [
    ("%s%s for a 6to4 device" % (what, name.lower()), act, "EINVAL", FOREIGN,
     "TUN_A_" + name)
    for name, item in ADPT
    for what, act in (("", sixto4(item)),
                      ("change of ", change(tun(item), name="t1")))
] + [
    ("%s of m46t" % what, act, "EINVAL", FOREIGN, guilty)
    for what, items, guilty in (
        ("tunnel settings", (tun(t("ECN", u8(1))),), "DEV_A_TUNNEL"),
        ("nat64", (nat64((WKP, 96)),), "DEV_A_NAT64"),
        ("nat64-pool", (POOL,), "DEV_A_NAT64_POOL"))
    for act in (lambda items=items: link(d("MODE", u8(2)), nl.OWN, *items),
                change(*items, name="mt1"))
] + [
    ("%s of 6to4" % what, act, "EINVAL", FOREIGN, guilty)
    for what, items, guilty in (
        ("nat64", (nat64((WKP, 96)),), "DEV_A_NAT64"),
        ("nat64-pool", (POOL,), "DEV_A_NAT64_POOL"))
    for act in (lambda items=items: link(d("MODE", u8(3)), tun(local(
        "192.0.2.170")), *items), change(*items, name="t1"))
] + [
    ("tunnel settings that are no nest", act(d("TUNNEL", bytes(4))), "EINVAL",
     NEST, "DEV_A_TUNNEL") for act in (new, change)
] + [
    ("tunnel settings twice", act(tun(), tun(t("HOPLIMIT", u8(9)))), "EINVAL",
     TWICE, "DEV_A_TUNNEL") for act in (new, change)
] + [
    ("tunnel settings of the future", act(tun(t("HOPLIMIT", u8(9)), attr(
        NAMES["M46_TUN_A_PEER_METHOD"] + 1, u8(1)))), "EINVAL", FUTURE,
     NAMES["M46_TUN_A_PEER_METHOD"] + 1) for act in (new, change)
] + [
    ("%s twice" % name.lower(), act(d(name, value), d(name, value)), "EINVAL",
     TWICE, "DEV_A_" + name)
    for name, value in ADPT_ONLY for act in (new, change)
] + [
    ("%s %d" % (name.lower(), value), act(d(name, u8(value))), "ERANGE",
     RANGE, "DEV_A_" + name)
    for name in ("METHOD", "MD") for value in (0, 3, 255)
    for act in (new, change)
]

NO_POOL, NO_NAT64 = "nat64 needs nat64-pool", "nat64-pool needs nat64"
OVERLAP, MORE = "nat64 overlaps an own prefix", "nat64: more than one prefix"
OVER6 = "length is none of 32, 40, 48, 56, 64, 96"
BITS = "bits set beyond its length"
NAT64 = [
    ("nat64 without nat64-pool", act(nat64((WKP, 96))), "EINVAL", NO_POOL,
     "DEV_A_NAT64") for act in (new, change)
] + [
    ("nat64 and an empty nat64-pool", act(nat64((WKP, 96)), pool()), "EINVAL",
     NO_POOL, "DEV_A_NAT64") for act in (new, change)
] + [
    ("nat64-pool without nat64", act(POOL), "EINVAL", NO_NAT64,
     "DEV_A_NAT64_POOL") for act in (new, change)
] + [
    ("nat64-pool and an empty nat64", act(nat64(), POOL), "EINVAL", NO_NAT64,
     "DEV_A_NAT64_POOL") for act in (new, change)
] + [
    ("change to no nat64", change(nat64(), name="pe3"), "EINVAL", NO_NAT64,
     "DEV_A_NAT64"),
    ("change to no nat64-pool", change(pool(), name="pe3"), "EINVAL",
     NO_POOL, "DEV_A_NAT64_POOL"),
] + [
    ("nat64 %s/%d" % (addr, length), act(nat64((addr, length)), POOL),
     "EINVAL", text, "LIST_A_PREFIX")
    for addr, length, text in [
        ("::" if not length else "fd64:46::", length, OVER6)
        for length in (0, 1, 24, 31, 33, 41, 47, 49, 63, 65, 72, 80, 95, 97,
                       104, 127, 128)] + [
        ("fd64:46::1", 96, BITS), ("fd64:46::1:0:0", 64, BITS),
        ("fd64:46:1::", 32, BITS), ("fd64:46:100::", 32, BITS),
        ("fd64:46:80::", 40, BITS), ("fd64:46:1:1::", 48, BITS),
        ("fd64:46:1:80::", 56, BITS), ("fd64:46:1:1:1::", 64,
                                       BITS),
        ("fd64:46:0:0:100::", 96, "bits 64 to 71"),
        ("fd64:46:0:0:ff00::", 96, "bits 64 to 71"),
        ("ff0e::", 96, "multicast"), ("fe80::", 64, "link-local"),
        ("::", 96, "unspecified, v4-compatible"), ("::", 32, "unspecified"),
        ("::ffff:0:0", 96, "v4-mapped")]
    for act in (new, change)
] + [
    ("nat64 of length 129", act(nat64(("fd64:46::", 129)), POOL), "ERANGE",
     RANGE, "PREFIX_A_LEN") for act in (new, change)
] + [
    ("nat64: " + what, act(item, POOL), code, text, guilty)
    for what, item, code, text, guilty in (
        ("no nest", d("NAT64", bytes(4)), "EINVAL", NEST, "DEV_A_NAT64"),
        ("twice", nat64((WKP, 96)) + nat64((WKP, 96)), "EINVAL", TWICE,
         "DEV_A_NAT64"),
        ("two prefixes", nat64((WKP, 96), ("fd64:46::", 96)), "EINVAL", MORE,
         "LIST_A_PREFIX"),
        ("the same prefix twice", nat64((WKP, 96), (WKP, 96)), "EINVAL", MORE,
         "LIST_A_PREFIX"),
        ("an IPv4 prefix", nat64(prefix4("192.0.2.0", 24)), "EINVAL",
         "prefix must be IPv6", "LIST_A_PREFIX"),
        ("both families", in_prefix("DEV_A_NAT64", attr(
            "PREFIX_A_IPV6", v6(WKP)), attr("PREFIX_A_IPV4", v4("10.0.0.0")),
            attr("PREFIX_A_LEN", u8(96))), "EINVAL", "prefix must be IPv6",
         "LIST_A_PREFIX"),
        ("no length", in_prefix("DEV_A_NAT64", attr("PREFIX_A_IPV6", v6(
            WKP))), "EINVAL", "prefix without length", "LIST_A_PREFIX"),
        ("no address", in_prefix("DEV_A_NAT64", attr("PREFIX_A_LEN", u8(96))),
         "EINVAL", "prefix must be IPv6", "LIST_A_PREFIX"),
        ("two lengths", in_prefix("DEV_A_NAT64", attr("PREFIX_A_IPV6", v6(
            WKP)), attr("PREFIX_A_LEN", u8(96)), attr("PREFIX_A_LEN", u8(
                96))), "EINVAL", TWICE, "PREFIX_A_LEN"),
        ("an address of 15 bytes", in_prefix("DEV_A_NAT64", attr(
            "PREFIX_A_IPV6", bytes(15)), attr("PREFIX_A_LEN", u8(96))),
         "EINVAL|ERANGE", "size out of range|invalid", "PREFIX_A_IPV6"),
        ("an unknown member", nest("DEV_A_NAT64", attr(
            NAMES["M46_LIST_A_PREFIX"] + 1, u8(1))), "EINVAL", FUTURE,
         NAMES["M46_LIST_A_PREFIX"] + 1))
    for act in (new, change)
] + [
    ("nat64-pool: " + what, act(nat64((WKP, 96)), item), code, text, guilty)
    for what, item, code, text, guilty in (
        ("no nest", d("NAT64_POOL", bytes(4)), "EINVAL", NEST,
         "DEV_A_NAT64_POOL"),
        ("twice", POOL + POOL, "EINVAL", TWICE, "DEV_A_NAT64_POOL"),
        ("IPv6", pool(prefix6("fd64:46::", 96)), "EINVAL",
         "prefix must be IPv4", "LIST_A_PREFIX"),
        ("host bits", pool(("192.0.2.1", 24)), "EINVAL", BITS,
         "LIST_A_PREFIX"),
        ("length 33", pool(("192.0.2.1", 33)), "EINVAL", "over 32",
         "LIST_A_PREFIX"),
        ("length 129", pool(("192.0.2.1", 129)), "ERANGE", RANGE,
         "PREFIX_A_LEN"),
        ("no length", in_prefix("DEV_A_NAT64_POOL", attr(
            "PREFIX_A_IPV4", v4("192.0.2.0"))), "EINVAL",
         "prefix without length", "LIST_A_PREFIX"),
        ("the same twice", pool(("192.0.2.0", 24), ("192.0.2.0", 24)),
         "EINVAL", "overlap", "LIST_A_PREFIX"),
        ("one inside the other", pool(("192.0.2.0", 24), ("192.0.2.192", 28)),
         "EINVAL", "overlap", "LIST_A_PREFIX"),
        ("one around the other", pool(("192.0.2.192", 28), ("192.0.2.0", 24)),
         "EINVAL", "overlap", "LIST_A_PREFIX"),
        ("17 prefixes", pool(*(("10.%d.0.0" % n, 16) for n in range(17))),
         "EINVAL", "more than 16 prefixes", "LIST_A_PREFIX"),
        ("everything", pool(("0.0.0.0", 0)), "EINVAL", "not unicast",
         "LIST_A_PREFIX"),
        ("0.0.0.0/8", pool(("0.0.0.0", 8)), "EINVAL", "not unicast",
         "LIST_A_PREFIX"),
        ("loopback", pool(("127.0.0.1", 32)), "EINVAL", "not unicast",
         "LIST_A_PREFIX"),
        ("multicast", pool(("224.0.0.0", 24)), "EINVAL", "not unicast",
         "LIST_A_PREFIX"),
        ("reserved", pool(("240.0.0.0", 4)), "EINVAL", "not unicast",
         "LIST_A_PREFIX"),
        ("an unknown member", nest("DEV_A_NAT64_POOL", attr(
            NAMES["M46_LIST_A_PREFIX"] + 1, u8(1))), "EINVAL", FUTURE,
         NAMES["M46_LIST_A_PREFIX"] + 1))
    for act in (new, change)
] + [
    ("nat64 %s/%d of a device with %s/%d" % (addr, length, *own), new(
        nat64((addr, length)), POOL, own=own), "EINVAL", OVERLAP,
     "DEV_A_NAT64")
    for addr, length, own in (
        (OWN, 96, (OWN, 96)), (OWN, 64, (OWN, 96)), (OWN, 96, (OWN, 64)),
        ("2001:db8::", 32, (OWN, 96)), ("2001:db8:5:1::", 96, (OWN, 48)),
        ("2001:db8:5:0:0:1::", 96, (OWN, 64)))
] + [
    ("change to a nat64 that is the own prefix", change(
        nat64(("2001:db8:1::", 96)), POOL), "EINVAL", OVERLAP, "DEV_A_NAT64"),
    ("change to a nat64 around the own prefix", change(
        nat64(("2001:db8::", 32)), name="pe3"), "EINVAL", OVERLAP,
     "DEV_A_NAT64"),
    ("change to an own prefix that is nat64", change(
        prefixes(prefix6(WKP, 96)), name="pe3"), "EINVAL", OVERLAP,
     "DEV_A_PREFIXES"),
    ("change to an own prefix around nat64", change(
        prefixes(prefix6("2001:db8:3::", 96), prefix6("64:ff9b::", 32)),
        name="pe3"), "EINVAL", OVERLAP, "DEV_A_PREFIXES"),
]

PUSHED = "md is fib: rules are IPv4 routes via inet6 into the device"
NO_LOOSE = "md fib has no loose source check"
MD = [
    ("md fib with source-check loose", new(FIB, LOOSE), "EINVAL", NO_LOOSE,
     "DEV_A_SOURCE_CHECK"),
    ("change to md fib with source-check loose", change(
        FIB, LOOSE, name="pe4"), "EINVAL", NO_LOOSE, "DEV_A_SOURCE_CHECK"),
    ("change of a loose device to md fib", change(FIB, name="pe4"), "EINVAL",
     NO_LOOSE, "DEV_A_MD"),
    ("change of an md fib device to loose", change(LOOSE, name="pe2"),
     "EINVAL", NO_LOOSE, "DEV_A_SOURCE_CHECK"),
    ("change to md fib while there are remote rules", change(FIB), "EBUSY",
     "md: remote rules are pushed already, flush them first", "DEV_A_MD"),
    ("remote rule of an md fib device", cmd("RULE_NEW", dev("pe2"), rule()),
     "EOPNOTSUPP", PUSHED, "A_RULE"),
    ("replacement by a remote rule", cmd("RULE_NEW", dev("pe2"), attr(
        "A_REPLACE", b""), rule()), "EOPNOTSUPP", PUSHED, "A_RULE"),
    ("remote rule with a method", cmd("RULE_NEW", dev("pe2"), rule(
        more=attr("RULE_A_METHOD", u8(2)))), "EOPNOTSUPP", PUSHED, "A_RULE"),
    ("load of a remote rule", cmd("RULE_LOAD", dev("pe2"), attr(
        "A_LOAD_FLAGS", u32(3)), rule(), attr("A_RULE_COUNT", u32(1))),
     "EOPNOTSUPP", PUSHED, "A_RULE"),
    ("load of a local and a remote rule", cmd("RULE_LOAD", dev("pe2"), attr(
        "A_LOAD_FLAGS", u32(3)), rule(dst="192.0.2.0", via="2001:db8:2::",
                                      local=True), rule(),
        attr("A_RULE_COUNT", u32(2))), "EOPNOTSUPP", PUSHED, "A_RULE"),
    ("deletion of a remote rule", cmd("RULE_DEL", dev("pe2"), nest(
        "A_RULE", attr("RULE_A_DST", v4("192.0.2.0")), attr(
            "RULE_A_DST_PREFIXLEN", u8(24)))), "ENOENT|EOPNOTSUPP", None),
    ("lookup in an md fib device", cmd("RULE_GET", dev("pe2"), nest(
        "A_RULE", attr("RULE_A_DST", v4("198.51.100.1")))), "EOPNOTSUPP",
     "md is fib: ask the IPv4 routing table"),
    ("lookup of a local address in an md fib device", cmd(
        "RULE_GET", dev("pe2"), nest("A_RULE", attr("RULE_A_DST", v4(
            "192.0.2.1")))), "EOPNOTSUPP",
     "md is fib: ask the IPv4 routing table"),
] + [
    ("rule with method %d" % value, cmd("RULE_NEW", dev(), rule(
        more=attr("RULE_A_METHOD", u8(value)))), "ERANGE", RANGE,
     "RULE_A_METHOD") for value in (0, 3, 255)
] + [
    ("local rule with a method", cmd("RULE_NEW", dev(), rule(
        dst="192.0.2.0", via="2001:db8:1::", local=True,
        more=attr("RULE_A_METHOD", u8(2)))), "EINVAL",
     "local rule with a method: those of rules to other edges count",
     "RULE_A_METHOD"),
    ("rule with method in 2 bytes", cmd("RULE_NEW", dev(), rule(
        more=attr("RULE_A_METHOD", u16(1)))), "EINVAL|ERANGE", LENGTH,
     "RULE_A_METHOD"),
    ("rule with two methods", cmd("RULE_NEW", dev(), rule(
        more=attr("RULE_A_METHOD", u8(1)) + attr("RULE_A_METHOD", u8(2)))),
     "EINVAL", TWICE, "RULE_A_METHOD"),
    ("method in 2 bytes", new(d("METHOD", u16(1))), "EINVAL", LENGTH,
     "DEV_A_METHOD"),
    ("md in no byte", new(d("MD", b"")), "EINVAL", LENGTH, "DEV_A_MD"),
]


def numbers(out):
    for name, pack, good_value, values in NUMBERS:
        wrong = []
        for act in (new, change):
            for value in values:
                wrong += out.refusal(act(tun(t(name, pack(value)))), "ERANGE",
                                     RANGE, "TUN_A_" + name)
            for value in (pack(good_value) + b"\0", pack(good_value)[1:]):
                wrong += out.refusal(act(tun(t(name, value))), "EINVAL",
                                     LENGTH, "TUN_A_" + name)
            value = t(name, pack(good_value))
            wrong += out.refusal(act(tun(value, value)), "EINVAL", TWICE,
                                 "TUN_A_" + name)
        out.result("%s: out of range, a byte more or less, twice (KERN-17)" %
                   name.lower().replace("_", "-"), *wrong)


# --- what is taken

def settings(name="new"):
    """{name of the attribute: value}, those of the tunnel nest too."""
    top = dict(nl.attrs(nl.genl.cmd("DEV_GET", dev(name))[2][0][4:]))
    told = top[NAMES["M46_A_DEV"]]
    # rtnetlink tells the same
    info = dict(nl.attrs(links()[name][nl.IFLA_LINKINFO]))
    same = info[nl.IFLA_INFO_DATA] == told
    found = {}
    for kind, value in nl.attrs(told):
        for key in ("METHOD", "MD", "SOURCE_CHECK", "PREFIXES", "RATE"):
            if kind == NAMES["M46_DEV_A_" + key]:
                found[key] = plain(value) if key == "PREFIXES" else value
        for key in ("NAT64", "NAT64_POOL"):
            if kind == NAMES["M46_DEV_A_" + key]:
                found[key] = plain(value)
        if kind == NAMES["M46_DEV_A_TUNNEL"]:
            for inner, number in nl.attrs(value):
                names = [n for n in NAMES if n.startswith("M46_TUN_A_")
                         and NAMES[n] == inner]
                found[names[0][len("M46_TUN_A_"):]] = number
    if not same:
        found["rtnetlink"] = "tells something else"
    return found


DEFAULTS = {"METHOD": u8(1), "MD": u8(1), "SOURCE_CHECK": u8(2),
            "PREFIXES": [OWN + "/96"], "NAT64": [], "NAT64_POOL": [],
            "HOPLIMIT": u8(64), "ENCAP_LIMIT": u16(256), "FRAG": u8(0),
            "FLOWLABEL": u8(0), "PEER_METHOD": u8(0), "ECN": u8(0),
            "ECN_LOG": u8(1), "RATE": u32(1000)}


def differs(got, want):
    return ["%s is %s, wanted %s" % (k, got.get(k), want.get(k))
            for k in sorted({*got, *want}) if got.get(k) != want.get(k)]


def defaults(out):
    wrong = taken("new", new()) + differs(settings(), DEFAULTS)
    delete()
    wrong += taken("an empty nest", new(tun())) + differs(settings(), DEFAULTS)
    delete()
    out.result("defaults (KERN-17, ENC-02, ENC-12)", *wrong)


def round_trips(out):
    """Each setting alone, and none but it has changed."""
    numbers_ = [(name, tun(t(name, pack(value))), pack(value))
                for name, pack, values in (
                    ("HOPLIMIT", u8, (1, 255, 9)),
                    ("ENCAP_LIMIT", u16, (0, 255, 256, 4)),
                    ("FRAG", u8, (1, 0, 1)), ("FLOWLABEL", u8, (1, 0, 1)),
                    ("PEER_METHOD", u8, (1, 0, 1)), ("ECN", u8, (1, 0, 1)),
                    ("ECN_LOG", u8, (0, 1, 0)))
                for value in values]
    numbers_ += [(name, d(name, u8(value)), u8(value))
                 for name, value in (("METHOD", 2), ("METHOD", 1),
                                     ("METHOD", 2), ("MD", 2), ("MD", 1),
                                     ("SOURCE_CHECK", 0), ("MD", 2),
                                     ("SOURCE_CHECK", 2))]
    lists = [("NAT64", nat64((a, n)), ["%s/%d" % (a, n)])
             for a, n in (("fd64:46::", 32), ("fd64:46:100::", 40),
                          ("fd64:46:122::", 48), ("fd64:46:122:300::", 56),
                          ("fd64:46:122:344::", 64),
                          ("fd64:46:122:344::", 96),
                          ("fd64:46:122:344:1:2::", 96), (WKP, 96))]
    full = [("10.%d.0.0" % n, 16) for n in range(16)]
    lists += [("NAT64_POOL", pool(*items), ["%s/%d" % i for i in items])
              for items in ([("192.0.2.1", 32)], full,
                            [("198.51.100.0", 24), ("10.0.0.0", 8)])]
    for what, act, base in (
            ("at a change", None, {}),
            ("at creation", new, {})):
        wrong = [] if act else taken("new", new(nat64(("fd00::", 96)), POOL))
        for name, message, value in numbers_ + lists:
            if act:
                also = ()
                if name == "NAT64":
                    also, base = (POOL,), {"NAT64_POOL": ["192.0.2.192/28"]}
                elif name == "NAT64_POOL":
                    also, base = (nat64((WKP, 96)),), {"NAT64": [WKP + "/96"]}
                wrong += taken(name, new(message, *also))
                wrong += differs(settings(), {**DEFAULTS, **base,
                                              name: value})
                delete()
                continue
            before = settings()
            wrong += taken(name, change(message, name="new"))
            wrong += differs(settings(), {**before, name: value})
        if not act:
            wrong += taken("no nat64", change(nat64(), pool(), name="new"))
            got = settings()
            if got["NAT64"] or got["NAT64_POOL"]:
                wrong.append("nat64 none: %s" % got)
            delete()
        out.result("every setting, to and fro, %s (KERN-17)" % what, *wrong)


def all_at_once(out):
    full = [("10.%d.0.0" % n, 16) for n in range(16)]
    wrong = taken("new", new(
        d("METHOD", u8(2)), FIB, d("SOURCE_CHECK", u8(0)),
        tun(t("HOPLIMIT", u8(1)), t("ENCAP_LIMIT", u16(0)), t("FRAG", u8(1)),
            t("FLOWLABEL", u8(1)), t("PEER_METHOD", u8(1)), t("ECN", u8(1)),
            t("ECN_LOG", u8(0))), nat64((WKP, 96)), pool(*full)))
    wrong += differs(settings(), {
        **DEFAULTS, "METHOD": u8(2), "MD": u8(2), "SOURCE_CHECK": u8(0),
        "HOPLIMIT": u8(1), "ENCAP_LIMIT": u16(0), "FRAG": u8(1),
        "FLOWLABEL": u8(1), "PEER_METHOD": u8(1), "ECN": u8(1),
        "ECN_LOG": u8(0), "NAT64": [WKP + "/96"],
        "NAT64_POOL": ["%s/%d" % i for i in full]})
    delete()
    out.result("all settings at once (KERN-17)", *wrong)


def rules_of(name):
    """{(local, prefix): method or None}"""
    found = {}
    for answer in nl.genl.cmd("RULE_GET", dev(name), flags=nl.NLM_F_DUMP)[2]:
        r = dict(nl.attrs(dict(nl.attrs(answer[4:]))[NAMES["M46_A_RULE"]]))
        method = r.get(NAMES["M46_RULE_A_METHOD"])
        found[NAMES["M46_RULE_A_LOCAL"] in r, "%d.%d.%d.%d/%d" % (
            *r[NAMES["M46_RULE_A_DST"]],
            r[NAMES["M46_RULE_A_DST_PREFIXLEN"]][0])] = method and method[0]
    return found


def methods(out):
    """A rule's method is dumped as it was given, or not at all."""
    wrong = taken("new", new())
    for k, m in enumerate((None, 1, 2)):
        more = b"" if m is None else attr("RULE_A_METHOD", u8(m))
        wrong += taken("method %s" % m, cmd("RULE_NEW", dev("new"), rule(
            dst="10.%d.0.0" % k, dst_len=16, more=more)))
    want = {(False, "10.0.0.0/16"): None, (False, "10.1.0.0/16"): 1,
            (False, "10.2.0.0/16"): 2}
    if rules_of("new") != want:
        wrong.append("rules are %s" % rules_of("new"))
    for m in (2, 1):
        wrong += taken("replace", cmd(
            "RULE_NEW", dev("new"), attr("A_REPLACE", b""), rule(
                dst="10.0.0.0", dst_len=16, more=attr("RULE_A_METHOD",
                                                      u8(m)))))
        if rules_of("new")[False, "10.0.0.0/16"] != m:
            wrong.append("replaced: %s" % rules_of("new"))
    wrong += taken("replace", cmd(
        "RULE_NEW", dev("new"), attr("A_REPLACE", b""), rule(
            dst="10.0.0.0", dst_len=16)))
    if rules_of("new") != want:
        wrong.append("replaced by none: %s" % rules_of("new"))
    wrong += taken("another method of the device", change(
        d("METHOD", u8(2)), name="new"))
    if rules_of("new") != want:
        wrong.append("the device's method changed: %s" % rules_of("new"))
    delete()
    out.result("methods of rules (KERN-17, ADPT-09, ADPT-17)", *wrong)


def rule_for(addr):
    """("PREFIX/LEN", length of the mapping prefix, method) or None"""
    err, _, answers = nl.genl.cmd("RULE_GET", dev("new"), nest(
        "A_RULE", attr("RULE_A_DST", v4(addr))))
    if err:
        return None
    r = dict(nl.attrs(dict(nl.attrs(answers[0][4:]))[NAMES["M46_A_RULE"]]))
    method = r.get(NAMES["M46_RULE_A_METHOD"])
    return ("%d.%d.%d.%d/%d" % (*r[NAMES["M46_RULE_A_DST"]],
                                r[NAMES["M46_RULE_A_DST_PREFIXLEN"]][0]),
            r[NAMES["M46_RULE_A_VIA_PREFIXLEN"]][0], method and method[0])


def shared(out):
    """Rules to one mapping prefix, of which the kernel keeps few: each stays
    what it is, and only the last one takes the prefix with it."""
    encap = attr("RULE_A_METHOD", u8(2))
    rules = [("10.1.2.0", 24, 96, b""), ("10.1.0.0", 16, 96, b""),
             ("10.1.2.3", 32, 64, b""), ("10.1.2.128", 25, 96, encap)]
    asked = (("10.1.2.1", 0), ("10.1.255.255", 1), ("10.1.2.3", 2),
             ("10.1.2.255", 3))
    as_local = cmd("RULE_NEW", dev("new"), rule(dst="10.9.0.0", dst_len=16,
                                                local=True))
    wrong = taken("new", new())
    for _ in range(2):
        # and once more in the place of itself
        for dst, length, via_len, more in rules:
            wrong += taken("rule", cmd("RULE_NEW", dev("new"), attr(
                "A_REPLACE", b""), rule(dst=dst, dst_len=length,
                                        via_len=via_len, more=more)))
    for gone in range(len(rules) + 1):
        for addr, i in asked[gone:]:
            dst, length, via_len, more = rules[i]
            want = ("%s/%d" % (dst, length), via_len, 2 if more else None)
            if rule_for(addr) != want:
                wrong.append("%s: wanted %s, got %s" % (addr, want,
                                                        rule_for(addr)))
        if gone == len(rules):
            break
        wrong += out.refusal(as_local, "EINVAL", "the target of other rules")
        wrong += taken("delete", cmd("RULE_DEL", dev("new"), rule(
            dst=rules[gone][0], dst_len=rules[gone][1],
            via_len=rules[gone][2])))
    wrong += taken("local, as no other rule is left", as_local)
    if rules_of("new") != {(True, "10.9.0.0/16"): None}:
        wrong.append("rules are %s" % rules_of("new"))
    delete()
    out.result("rules with the same mapping prefix (ADPT-09)", *wrong)


def sources(out):
    """md: to and fro"""
    wrong = taken("new", new())
    mine = rule(dst="192.0.2.0", via=OWN, local=True)
    wrong += taken("local rule", cmd("RULE_NEW", dev("new"), mine))
    wrong += taken("remote rule", cmd("RULE_NEW", dev("new"), rule()))
    wrong += out.refusal(change(FIB, name="new"), "EBUSY", "flush them first",
                         "DEV_A_MD")
    wrong += taken("delete", cmd("RULE_DEL", dev("new"), rule()))
    wrong += taken("local rules stay", change(FIB, name="new"))
    if rules_of("new") != {(True, "192.0.2.0/24"): None}:
        wrong.append("rules of fib are %s" % rules_of("new"))
    wrong += taken("local rule of fib", cmd("RULE_NEW", dev("new"), rule(
        dst="10.0.0.0", dst_len=8, via=FAR, local=True)))
    wrong += taken("its deletion", cmd("RULE_DEL", dev("new"), rule(
        dst="10.0.0.0", dst_len=8, via=FAR, local=True)))
    wrong += taken("load of local rules", cmd(
        "RULE_LOAD", dev("new"), attr("A_LOAD_FLAGS", u32(3)), rule(
            dst="10.1.0.0", dst_len=16, via=OWN, local=True), mine,
        attr("A_RULE_COUNT", u32(2))))
    if rules_of("new") != {(True, "192.0.2.0/24"): None,
                           (True, "10.1.0.0/16"): None}:
        wrong.append("loaded rules are %s" % rules_of("new"))
    wrong += taken("flush", cmd("RULE_FLUSH", dev("new")))
    if rules_of("new"):
        wrong.append("flushed rules are %s" % rules_of("new"))
    wrong += taken("fib again", change(FIB, name="new"))
    wrong += taken("rules and loose", change(d("MD", u8(1)), LOOSE,
                                             name="new"))
    wrong += taken("remote rule again", cmd("RULE_NEW", dev("new"), rule()))
    wrong += taken("flush again", cmd("RULE_FLUSH", dev("new")))
    wrong += taken("fib and strict", change(FIB, d("SOURCE_CHECK", u8(2)),
                                            name="new"))
    delete()
    out.result("md rules, md fib and back (KERN-17, ADPT-65)", *wrong)


def together(out):
    """What is good only with another change of the same message."""
    wrong = taken("new", new(nat64((WKP, 96)), POOL))
    wrong += taken("own prefix and nat64 swap", change(
        prefixes(prefix6(WKP, 96)), nat64((OWN, 96)), name="new"))
    wrong += taken("and back", change(
        nat64((WKP, 96)), prefixes(prefix6(OWN, 96)), name="new"))
    wrong += taken("own prefix where nat64 was", change(
        prefixes(prefix6(WKP, 96)), nat64(), pool(), name="new"))
    wrong += differs(settings(), {**DEFAULTS, "PREFIXES": [WKP + "/96"]})
    delete()
    out.result("nat64 and own prefixes, changed together (KERN-17)", *wrong)


def unprivileged(out):
    wrong = []
    for act in (new(d("METHOD", u8(2))), change(d("METHOD", u8(2))),
                change(tun(t("HOPLIMIT", u8(9)))),
                change(nat64(), pool(), name="pe3"),
                change(d("MD", u8(1)), name="pe2"),
                cmd("RULE_NEW", dev("pe2"), rule(local=True))):
        wrong += out.refusal(act, "EPERM", None)
    wrong += out.refusal(cmd("DEV_GET", dev("pe3")), None, None)
    return wrong


# --- all of it

def setup():
    ip("addr", "add", "192.0.2.170/32", "dev", "lo")
    ip("link", "set", "lo", "up")
    yield new(own=("2001:db8:1::", 96), name="pe1")()
    yield nl.genl.cmd("RULE_NEW", dev(), rule(dst="198.51.100.0", via=FAR))
    yield nl.genl.cmd("RULE_NEW", dev(), rule(
        dst="192.0.2.0", via="2001:db8:1::", local=True))
    yield new(FIB, own=("2001:db8:2::", 96), name="pe2")()
    yield nl.genl.cmd("RULE_NEW", dev("pe2"), rule(
        dst="192.0.2.0", via="2001:db8:2::", local=True))
    yield new(nat64((WKP, 96)), POOL, own=("2001:db8:3::", 96), name="pe3")()
    yield new(LOOSE, own=("2001:db8:4::", 96), name="pe4")()
    yield link(d("MODE", u8(2)), prefixes(prefix6("2001:db8:46::", 96)),
               name="mt1")
    yield link(d("MODE", u8(3)), tun(local("192.0.2.170")), name="t1")


def main():
    tables = (("KERN-17", MODES), ("KERN-17, ADPT-40, ADDR-01", NAT64),
              ("KERN-17, ADPT-09, ADPT-65", MD))
    status = nl.begin(sum(len(rows) for _, rows in tables) + len(NUMBERS) + 10)
    if status is not None:
        return status
    plain_state = nl.state
    nl.state = lambda: [*plain_state(), links()]
    out = nl.Results()
    out.result("what is right is taken (KERN-17)",
               *("%s: %s" % g[:2] for g in setup() if g[0]))
    numbers(out)
    for ids, table in tables:
        out.table(ids, table)
    for work in (defaults, round_trips, all_at_once, methods, shared,
                 sources, together):
        work(out)
    out.result("no privileges (KERN-17)", *nl.as_nobody(out, unprivileged))
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main())
