#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel's netlink interface of mode m46t: devices, pools, entries. Every
refusal has its text, points at the attribute that it is about, and leaves all
as it was. (Rules, and what all modes share: netlink.py, which this builds on.)

      +--------------- namespace ----------------+
      |  pe1   adpt, 2001:db8:1::/96             |
      |  mt1   m46t, 2001:db8:46::/96            |
      |        198.51.100.0/24 without .128/25   |
      |        2001:db8:a::a  .10  static        |
      |        2001:db8:a::b  .11  dynamic       |
      |        2001:db8:a::c  .12  dormant       |
      |  mt2   m46t, 2001:db8:47::/64, plane 7   |
      |        203.0.113.0/28                    |
      |  mt3   m46t, bits 64 to 71 set           |
      |        64 pools                          |
      |  lo    no m46 device                     |
      +------------------------------------------+

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""
import socket
import sys

import netlink as nl
from netlink import (NAMES, NESTED, NLM_F_DUMP, attr, cmd, dev, link, nest,
                     prefix4, prefix6, prefixes, u8, u16, u32, u64, v4, v6)

RANGE, SIZE = "integer out of range", "attribute size out of range"
LENGTH, TWICE = "invalid attribute length", "given twice"
FUTURE = "[Uu]nsupported|[Uu]nknown attribute"
A, B, C, D = ("2001:db8:a::" + x for x in "abcd")
A4, B4, C4, D4 = ("198.51.100.1%d" % x for x in range(4))
MT = attr("DEV_A_MODE", u8(2))
OWN = prefixes(prefix6("2001:db8:48::", 96))


# --- what messages consist of

def new(*settings, own=OWN):
    return lambda: link(MT, own, *settings)


def change(*settings, name="mt1"):
    return lambda: link(*settings, name=name, flags=0)


def from_(*items):
    return nest("DEV_A_FROM", *items)


def pool(dst="192.0.2.0", length=24, *more):
    return nest("A_POOL", attr("POOL_A_DST", v4(dst)),
                attr("POOL_A_DST_PREFIXLEN", u8(length)), *more)


def excludes(*items):
    return nest("POOL_A_EXCLUDES", *items)


def pool_new(*words, on="mt1"):
    return cmd("POOL_NEW", dev(on), pool(*words))


def pool_del(*words):
    return cmd("POOL_DEL", dev("mt1"), pool(*words))


def entry(ipv6=D, ipv4=D4, *more):
    return nest("A_ENTRY",
                attr("ENTRY_A_IPV6", v6(ipv6)) if ipv6 else b"",
                attr("ENTRY_A_IPV4", v4(ipv4)) if ipv4 else b"", *more)


def kind(name):
    return attr("ENTRY_A_TYPE", u8(NAMES["M46_ENTRY_" + name]))


DYNAMIC = kind("DYNAMIC")
REPLACE = attr("A_REPLACE", b"")


def entry_new(*words):
    return cmd("ENTRY_NEW", dev("mt1"), entry(*words))


def entry_replace(*words):
    return cmd("ENTRY_NEW", dev("mt1"), entry(*words), REPLACE)


def entry_del(*words):
    return cmd("ENTRY_DEL", dev("mt1"), entry(*words))


def matching(*items):
    return nest("A_FILTER", *items)


def within(*items):
    return matching(nest("FILTER_A_PREFIX", *items))


# --- devices

# Attributes, a good value, and values beyond what they may be.
NUMBERS = [
    ("EXPIRES", u32, 60, (0, 604801, 0xffffffff)),
    ("REUSE_AFTER", u32, 60, (604801, 0xffffffff)),
    ("MAX_PER_64", u32, 5, (1048577, 0xffffffff)),
    ("ALLOC_RATE", u32, 5, (10000001, 0xffffffff)),
    ("REFRESH_FROM_V4", u8, 1, (2, 255)), ("REUSE_EARLY", u8, 1, (2, 255)),
    ("HAIRPIN", u8, 1, (2, 255)), ("ALLOW_NONZERO_U", u8, 1, (2, 255)),
]

# All that mode m46t alone has, and what it has not.
M46T_ONLY = [(name, pack(value)) for name, pack, value, _ in NUMBERS] + [
    ("PLANE", u64(0)), ("ALLOC_KEY", bytes(16))]
ADPT_ONLY = [("METHOD", u8(1)), ("MD", u8(1)), ("SOURCE_CHECK", u8(0)),
             ("RESERVED_BITS", u8(1)), ("ADPT_DF", u8(1))]

U_BITS = "bits 64 to 71 of the prefix must be zero"
FIT = "plane ID does not fit"
ONE = "m46t has one prefix, of length 32 to 96"
DEVICES = [
    ("no prefix", lambda: link(MT), "EINVAL", "own prefix is missing"),
    ("empty list of prefixes", new(own=prefixes()), "EINVAL",
     "at least one own prefix", "DEV_A_PREFIXES"),
    ("two prefixes", new(own=prefixes(prefix6("2001:db8:48::", 96),
                                      prefix6("2001:db8:49::", 96))),
     "EINVAL", ONE, "DEV_A_PREFIXES"),
    ("two lists of prefixes", new(OWN), "EINVAL", TWICE, "DEV_A_PREFIXES"),
    ("prefix with two addresses", new(own=prefixes(nest(
        "LIST_A_PREFIX", attr("PREFIX_A_IPV6", v6("2001:db8:48::")),
        attr("PREFIX_A_IPV6", v6("2001:db8:49::")),
        attr("PREFIX_A_LEN", u8(96))))), "EINVAL", TWICE, "PREFIX_A_IPV6"),
    ("prefix of both families", new(own=prefixes(nest(
        "LIST_A_PREFIX", attr("PREFIX_A_IPV6", v6("2001:db8:48::")),
        attr("PREFIX_A_IPV4", v4("192.0.2.0")),
        attr("PREFIX_A_LEN", u8(96))))), "EINVAL", "prefix must be IPv6",
     "LIST_A_PREFIX"),
    ("IPv4 as prefix", new(own=prefixes(prefix4("192.0.2.0", 24))), "EINVAL",
     "prefix must be IPv6", "LIST_A_PREFIX"),
    ("prefix of length 31", new(own=prefixes(prefix6("2001:db8::", 31))),
     "EINVAL", ONE, "DEV_A_PREFIXES"),
    ("prefix of length 97", new(own=prefixes(prefix6("2001:db8::", 97))),
     "EINVAL", "must be 1 to 96", "LIST_A_PREFIX"),
    ("prefix with host bits", new(own=prefixes(prefix6("2001:db8::1:0:0", 64))),
     "EINVAL", "bits set beyond its length", "LIST_A_PREFIX"),
    ("prefix with bits 64 to 71 set", new(own=prefixes(prefix6(
        "fd9f:590a:b158:ffff:ffff::", 96))), "EINVAL", U_BITS,
     "DEV_A_PREFIXES"),
    ("change to such a prefix", change(prefixes(prefix6(
        "fd9f:590a:b158:ffff:ffff::", 96))), "EINVAL", U_BITS,
     "DEV_A_PREFIXES"),
    ("change that forbids the prefix it has", change(attr(
        "DEV_A_ALLOW_NONZERO_U", u8(0)), name="mt3"), "EINVAL", U_BITS),
    ("change to mode adpt", change(attr("DEV_A_MODE", u8(1))), "EINVAL",
     "mode of a device cannot change", "DEV_A_MODE"),
    ("plane 1 where there is no room", new(attr("DEV_A_PLANE", u64(1))),
     "EINVAL", FIT, "DEV_A_PLANE"),
    ("plane 2 where there is one bit", new(
        attr("DEV_A_PLANE", u64(2)), own=prefixes(prefix6("2001:db8::", 95))),
     "EINVAL", FIT, "DEV_A_PLANE"),
    ("plane 1:0:0 behind a /64", new(
        attr("DEV_A_PLANE", u64(1 << 32)),
        own=prefixes(prefix6("2001:db8:48::", 64))), "EINVAL", FIT,
     "DEV_A_PLANE"),
    ("change to a prefix that has no room for the plane",
     change(prefixes(prefix6("2001:db8:48::", 96)), name="mt2"), "EINVAL",
     FIT, "DEV_A_PREFIXES"),
    ("plane of 4 bytes", new(attr("DEV_A_PLANE", u32(0))), "EINVAL", LENGTH,
     "DEV_A_PLANE"),
    ("plane of 12 bytes", new(attr("DEV_A_PLANE", bytes(12))), "EINVAL",
     LENGTH, "DEV_A_PLANE"),
    ("alloc-key of 15 bytes", new(attr("DEV_A_ALLOC_KEY", bytes(15))),
     "ERANGE", SIZE, "DEV_A_ALLOC_KEY"),
    ("alloc-key of 17 bytes", new(attr("DEV_A_ALLOC_KEY", bytes(17))),
     "ERANGE", SIZE, "DEV_A_ALLOC_KEY"),
    ("udp-zero forward", new(attr("DEV_A_UDP_ZERO", u8(2))), "EINVAL",
     "no udp-zero forward", "DEV_A_UDP_ZERO"),
    ("change to udp-zero forward", change(attr("DEV_A_UDP_ZERO", u8(2))),
     "EINVAL", "no udp-zero forward", "DEV_A_UDP_ZERO"),
    ("from with host bits", new(from_(prefix6("2001:db8::1", 64))), "EINVAL",
     "prefix in from has bits set beyond its length", "LIST_A_PREFIX"),
    ("from with IPv4", new(from_(prefix4("192.0.2.0", 24))), "EINVAL",
     "prefix must be IPv6", "LIST_A_PREFIX"),
    ("from with length 129", new(from_(prefix6("2001:db8::", 129))), "ERANGE",
     RANGE, "PREFIX_A_LEN"),
    ("from without length", new(from_(nest(
        "LIST_A_PREFIX", attr("PREFIX_A_IPV6", v6("2001:db8::"))))), "EINVAL",
     "prefix without length", "LIST_A_PREFIX"),
    ("from without address", new(from_(nest(
        "LIST_A_PREFIX", attr("PREFIX_A_LEN", u8(64))))), "EINVAL",
     "prefix must be IPv6", "LIST_A_PREFIX"),
    ("from with 17 prefixes", new(from_(*(prefix6(
        "2001:db8:%x::" % n, 48) for n in range(17)))), "EINVAL",
     "more than 16 prefixes in from", "LIST_A_PREFIX"),
    ("from twice", new(from_(), from_()), "EINVAL", TWICE, "DEV_A_FROM"),
    ("from that is no nest", new(attr("DEV_A_FROM", bytes(4))), "EINVAL",
     "NLA_F_NESTED is missing", "DEV_A_FROM"),
    ("from with an attribute of the future", new(from_(attr(2, u8(1)))),
     "EINVAL", FUTURE, 2),
    ("from of 3 bytes", new(attr("DEV_A_FROM", bytes(3), True)), "ERANGE",
     "failed policy validation", "DEV_A_FROM"),
    ("from with 3 bytes left over", new(from_(prefix6("2001:db8::", 64),
                                              bytes(3))), "EINVAL",
     "bytes leftover"),
    ("padding", new(attr("DEV_A_PAD", u8(1))), "EINVAL", FUTURE, "DEV_A_PAD"),
] + [
    ("%s at %s" % (name.lower().replace("_", "-"), where), act(attr(
        "DEV_A_" + name, value)), "EINVAL", "not for devices of this mode",
     "DEV_A_" + name)
    for only, where, act in (
        (ADPT_ONLY, "a new m46t device", new),
        (ADPT_ONLY, "an m46t device", change),
        (M46T_ONLY, "a new adpt device", nl.new),
        (M46T_ONLY, "an adpt device", nl.change))
    for name, value in only
] + [
    ("from at a new adpt device", nl.new(from_()), "EINVAL",
     "not for devices of this mode", "DEV_A_FROM"),
] + [
    ("%s twice" % name.lower().replace("_", "-"), act(
        attr("DEV_A_" + name, value), attr("DEV_A_" + name, value)),
     "EINVAL", TWICE, "DEV_A_" + name)
    for name, value in M46T_ONLY for act in (new, change)
]


def numbers(out):
    for name, pack, good, values in NUMBERS:
        name = "DEV_A_" + name
        wrong = []
        for act in (new, change):
            for value in values:
                wrong += out.refusal(act(attr(name, pack(value))), "ERANGE",
                                     RANGE, name)
            for value in (pack(good) + b"\0", pack(good)[1:]):
                wrong += out.refusal(act(attr(name, value)), "EINVAL", LENGTH,
                                     name)
        out.result("%s: %s, a byte more or less (KERN-17)" % (
            name[6:].lower().replace("_", "-"), ", ".join(map(str, values))),
            *wrong)


# --- which device: the same for all commands

def which(name, item, mode="m46t", flags=0):
    other = "pe1" if mode == "m46t" else "mt1"
    good = "mt1" if mode == "m46t" else "pe1"
    what = name + (" (dump)" if flags else "")
    rows = [
        (what + " of no such device", [dev("none")], "ENODEV",
         "no such device", "A_IFNAME"),
        (what + " of no such index", [attr("A_IFINDEX", u32(9999))], "ENODEV",
         "no such device", "A_IFINDEX"),
        (what + " of index 0", [attr("A_IFINDEX", u32(0))], "ERANGE", RANGE,
         "A_IFINDEX"),
        (what + " of a device of another kind", [dev("lo")], "EOPNOTSUPP",
         "not an m46 device", "A_IFNAME"),
        (what + " of a device of another mode", [dev(other)], "EOPNOTSUPP",
         "device is not of mode " + mode),
        (what + " of two devices", [dev(good), dev(good)], "EINVAL", TWICE,
         "A_IFNAME"),
        (what + " of one device by index, of another by name",
         [attr("A_IFINDEX", u32(socket.if_nametoindex("lo"))), dev(good)],
         "EOPNOTSUPP", "not an m46 device", "A_IFINDEX"),
    ]
    if not flags:
        rows.append((what + " of no device", [], "EINVAL",
                     "device is missing"))
    # the end of a dump says what, but not where
    return [(row[0], cmd(name, *row[1], *item, flags=flags), *row[2:4],
             *(() if flags else row[4:])) for row in rows]


WHICH = (which("POOL_NEW", [pool()]) +
         which("POOL_DEL", [pool("198.51.100.0")]) +
         which("POOL_GET", [], flags=NLM_F_DUMP) +
         which("ENTRY_NEW", [entry()]) + which("ENTRY_DEL", [entry(A, A4)]) +
         which("ENTRY_GET", [entry(A, None)]) +
         which("ENTRY_GET", [], flags=NLM_F_DUMP) +
         which("ENTRY_FLUSH", []) +
         which("RULE_NEW", [nl.rule()], "adpt") +
         which("RULE_DEL", [nl.rule()], "adpt") +
         which("RULE_GET", [nest("A_RULE", attr("RULE_A_DST", v4("10.0.0.1")))],
               "adpt") +
         which("RULE_GET", [], "adpt", NLM_F_DUMP) +
         which("RULE_FLUSH", [], "adpt"))

# --- pools

PLACE = "pool is in 0/8, 127/8, 224/4 or 240/4"
MINE = "overlaps a pool of this device"
OTHERS = "overlaps a pool of another device in this VRF"
OUTSIDE = "excluded prefix is not inside the pool"


def dst(data):
    return cmd("POOL_NEW", dev("mt1"), nest(
        "A_POOL", attr("POOL_A_DST", data),
        attr("POOL_A_DST_PREFIXLEN", u8(24))))


def dst_len(data):
    return cmd("POOL_NEW", dev("mt1"), nest(
        "A_POOL", attr("POOL_A_DST", v4("192.0.2.0")),
        attr("POOL_A_DST_PREFIXLEN", data)))


def excluding(*items):
    return pool_new("192.0.2.0", 24, excludes(*items))


POOLS = [
    ("no pool", cmd("POOL_NEW", dev("mt1")), "EINVAL", "pool is missing"),
    ("index and name of two devices", lambda: nl.genl.cmd(
        "POOL_NEW", attr("A_IFINDEX", u32(socket.if_nametoindex("mt2"))),
        dev("mt1"), pool()), "EINVAL",
     "index and name are of different devices", "A_IFNAME"),
    ("deletion of no pool", cmd("POOL_DEL", dev("mt1")), "EINVAL",
     "pool is missing"),
    ("two pools", cmd("POOL_NEW", dev("mt1"), pool(), pool("10.0.0.0")),
     "EINVAL", TWICE, "A_POOL"),
    ("deletion of two pools", cmd("POOL_DEL", dev("mt1"), pool("10.0.0.0"),
                                  pool("198.51.100.0")), "EINVAL", TWICE,
     "A_POOL"),
    ("pool that is no nest", cmd("POOL_NEW", dev("mt1"), attr(
        "A_POOL", bytes(4))), "EINVAL", "NLA_F_NESTED is missing", "A_POOL"),
    ("pool without prefix", cmd("POOL_NEW", dev("mt1"), nest("A_POOL", attr(
        "POOL_A_DST_PREFIXLEN", u8(24)))), "EINVAL",
     "pool without prefix or its length", "A_POOL"),
    ("pool without length", cmd("POOL_NEW", dev("mt1"), nest("A_POOL", attr(
        "POOL_A_DST", v4("192.0.2.0")))), "EINVAL",
     "pool without prefix or its length", "A_POOL"),
    ("address of 3 bytes", dst(bytes(3)), "ERANGE", SIZE, "POOL_A_DST"),
    ("address of 5 bytes", dst(bytes(5)), "ERANGE", SIZE, "POOL_A_DST"),
    ("length of 0 bytes", dst_len(b""), "EINVAL", LENGTH,
     "POOL_A_DST_PREFIXLEN"),
    ("length of 4 bytes", dst_len(u32(24)), "EINVAL", LENGTH,
     "POOL_A_DST_PREFIXLEN"),
    ("length 0", pool_new("0.0.0.0", 0), "ERANGE", RANGE,
     "POOL_A_DST_PREFIXLEN"),
    ("length 7", pool_new("10.0.0.0", 7), "ERANGE", RANGE,
     "POOL_A_DST_PREFIXLEN"),
    ("length 33", pool_new("10.0.0.0", 33), "ERANGE", RANGE,
     "POOL_A_DST_PREFIXLEN"),
    ("host bits", pool_new("192.0.2.1", 24), "EINVAL",
     "pool has bits set beyond its length", "POOL_A_DST"),
    ("two addresses", pool_new("192.0.2.0", 24, attr(
        "POOL_A_DST", v4("10.0.0.0"))), "EINVAL", TWICE, "POOL_A_DST"),
    ("two lengths", pool_new("192.0.2.0", 24, attr(
        "POOL_A_DST_PREFIXLEN", u8(25))), "EINVAL", TWICE,
     "POOL_A_DST_PREFIXLEN"),
    ("size, which only answers have", pool_new("192.0.2.0", 24, attr(
        "POOL_A_SIZE", u32(5))), "EINVAL", FUTURE, "POOL_A_SIZE"),
    ("pool with an attribute of the future", pool_new("192.0.2.0", 24, attr(
        NAMES["M46_POOL_A_USED"] + 1, u8(1))), "EINVAL", FUTURE,
     NAMES["M46_POOL_A_USED"] + 1),
    ("replacement", cmd("POOL_NEW", dev("mt1"), pool(), REPLACE), "EINVAL",
     FUTURE, "A_REPLACE"),
    ("flags of rtnetlink", cmd("POOL_NEW", dev("mt1"), pool(), flags=nl.ADD),
     "EINVAL", "reserved bits"),
] + [
    ("%s/%d" % p, pool_new(*p), "EINVAL", PLACE, "POOL_A_DST")
    for p in (("0.0.0.0", 8), ("0.1.0.0", 16), ("127.0.0.0", 8),
              ("127.0.0.1", 32), ("224.0.0.0", 8), ("239.255.255.255", 32),
              ("240.0.0.0", 8), ("255.255.255.255", 32))
] + [
    ("exclusion of %s/%d" % p, excluding(prefix4(*p)), "EINVAL", OUTSIDE,
     "LIST_A_PREFIX")
    for p in (("192.0.3.0", 32), ("192.0.1.255", 32), ("192.0.2.0", 23),
              ("0.0.0.0", 0), ("10.0.0.0", 8))
] + [
    ("exclusion with host bits", excluding(prefix4("192.0.2.1", 31)),
     "EINVAL", "bits set beyond its length", "LIST_A_PREFIX"),
    ("exclusion of length 33", excluding(prefix4("192.0.2.1", 33)), "EINVAL",
     "over 32", "LIST_A_PREFIX"),
    ("exclusion of IPv6", excluding(prefix6("2001:db8::", 64)), "EINVAL",
     "prefix must be IPv4", "LIST_A_PREFIX"),
    ("exclusion without length", excluding(nest("LIST_A_PREFIX", attr(
        "PREFIX_A_IPV4", v4("192.0.2.1")))), "EINVAL",
     "prefix without length", "LIST_A_PREFIX"),
    ("exclusion of 3 bytes", excluding(nest("LIST_A_PREFIX", attr(
        "PREFIX_A_IPV4", bytes(3)), attr("PREFIX_A_LEN", u8(32)))), "ERANGE",
     SIZE, "PREFIX_A_IPV4"),
    ("exclusion with two lengths", excluding(nest("LIST_A_PREFIX", attr(
        "PREFIX_A_IPV4", v4("192.0.2.1")), attr("PREFIX_A_LEN", u8(32)),
        attr("PREFIX_A_LEN", u8(31)))), "EINVAL", TWICE, "PREFIX_A_LEN"),
    ("one bad exclusion among good ones", excluding(
        prefix4("192.0.2.1", 32), prefix4("192.0.3.1", 32),
        prefix4("192.0.2.3", 32)), "EINVAL", OUTSIDE, "LIST_A_PREFIX"),
    ("two lists of exclusions", pool_new(
        "192.0.2.0", 24, excludes(prefix4("192.0.2.1", 32)),
        excludes(prefix4("192.0.2.2", 32))), "EINVAL", TWICE,
     "POOL_A_EXCLUDES"),
    ("65 exclusions", excluding(*(prefix4("192.0.2.%d" % n, 32)
                                  for n in range(65))), "EINVAL",
     "more than 64 prefixes in exclude", "LIST_A_PREFIX"),
    ("everything excluded", excluding(prefix4("192.0.2.0", 24)), "ENOSPC",
     "no address to give out", "A_POOL"),
    ("a /30 whose two addresses are excluded", pool_new(
        "192.0.2.0", 30, excludes(prefix4("192.0.2.1", 32),
                                  prefix4("192.0.2.2", 32))), "ENOSPC",
     "no address to give out", "A_POOL"),
    ("the same pool", pool_new("198.51.100.0", 24), "EEXIST", MINE, "A_POOL"),
    ("a part of a pool", pool_new("198.51.100.64", 26), "EEXIST", MINE,
     "A_POOL"),
    ("what a pool excludes", pool_new("198.51.100.128", 25), "EEXIST", MINE,
     "A_POOL"),
    ("a pool around a pool", pool_new("198.51.0.0", 16), "EEXIST", MINE,
     "A_POOL"),
    ("a pool around one of another device", pool_new("203.0.0.0", 16),
     "EEXIST", OTHERS, "A_POOL"),
    ("a part of one of another device", pool_new("203.0.113.7", 32), "EEXIST",
     OTHERS, "A_POOL"),
    ("more than 16777216 addresses", pool_new("10.0.0.0", 8), "ENOSPC",
     "would exceed 16777216 addresses", "A_POOL"),
    ("65 pools", pool_new("192.0.2.1", 32, on="mt3"), "ENOSPC",
     "device has 64 pools already", "A_POOL"),
    ("deletion of none", pool_del("192.0.2.0", 24), "ENOENT", "no such pool",
     "A_POOL"),
    ("deletion of a part", pool_del("198.51.100.0", 25), "ENOENT",
     "no such pool", "A_POOL"),
    ("deletion of what is around", pool_del("198.51.0.0", 16), "ENOENT",
     "no such pool", "A_POOL"),
    ("deletion of another device's", pool_del("203.0.113.0", 28), "ENOENT",
     "no such pool", "A_POOL"),
    ("deletion with host bits", pool_del("198.51.100.1", 24), "EINVAL",
     "pool has bits set beyond its length", "POOL_A_DST"),
    ("dump of pools with a pool", cmd("POOL_GET", dev("mt1"), pool(),
                                      flags=NLM_F_DUMP), "EINVAL", FUTURE),
]

# --- entries

HOST = "IPv6 address is not one of a host"
UNICAST = "IPv4 address is not unicast"
NO_POOL = "IPv4 address is not one that a pool gives out"


def entry_of(*items):
    return cmd("ENTRY_NEW", dev("mt1"), nest("A_ENTRY", *items))


ENTRIES = [
    (name + "no entry", cmd(command, dev("mt1")), "EINVAL",
     "entry is missing")
    for name, command in (("", "ENTRY_NEW"), ("deletion of ", "ENTRY_DEL"),
                          ("lookup of ", "ENTRY_GET"))
] + [
    (name + "two entries", cmd(command, dev("mt1"), entry(A, A4),
                               entry(B, B4)), "EINVAL", TWICE, "A_ENTRY")
    for name, command in (("", "ENTRY_NEW"), ("deletion of ", "ENTRY_DEL"),
                          ("lookup of ", "ENTRY_GET"))
] + [
    ("entry that is no nest", cmd("ENTRY_NEW", dev("mt1"), attr(
        "A_ENTRY", bytes(4))), "EINVAL", "NLA_F_NESTED is missing",
     "A_ENTRY"),
    ("no IPv6 address", entry_new(None, D4), "EINVAL",
     "entry without IPv6 address", "A_ENTRY"),
    ("no IPv4 address", entry_new(D, None), "EINVAL",
     "entry without IPv4 address", "A_ENTRY"),
] + [
    ("%s of %d bytes" % (name, size), entry_of(attr(
        "ENTRY_A_" + name, bytes(size))), "ERANGE", SIZE, "ENTRY_A_" + name)
    for name, size in (("IPV6", 15), ("IPV6", 17), ("IPV4", 3), ("IPV4", 5))
] + [
    ("%s of %d bytes" % (name, len(data)), entry_new(D, D4, attr(
        "ENTRY_A_" + name, data)), "EINVAL", LENGTH, "ENTRY_A_" + name)
    for name, data in (("TYPE", b""), ("TYPE", u16(1)), ("EXPIRES", u16(9)),
                       ("EXPIRES", u64(9)))
] + [
    ("two values of " + name, entry_new(D, D4, *(attr(
        "ENTRY_A_" + name, data) for _ in range(times))), "EINVAL", TWICE,
     "ENTRY_A_" + name)
    for name, data, times in (("IPV6", v6(C), 1), ("IPV4", v4(C4), 1),
                              ("TYPE", u8(1), 2), ("EXPIRES", u32(9), 2))
] + [
    ("IPv6 address " + addr, entry_new(addr, D4), "EINVAL", text,
     "ENTRY_A_IPV6")
    for addr, text in (
        ("::", HOST), ("::1", HOST), ("::192.0.2.1", HOST),
        ("::ffff:192.0.2.1", HOST), ("fe80::1", HOST), ("ff02::1", HOST),
        ("ff0e::1", HOST),
        ("2001:db8:46::c000:201", "inside the device's own prefix"),
        ("64:ff9b::808:808", "inside 64:ff9b::/96"))
] + [
    ("IPv6 address of another plane", cmd("ENTRY_NEW", dev("mt2"), entry(
        "2001:db8:47::1", "203.0.113.1")), "EINVAL",
     "inside the device's own prefix", "ENTRY_A_IPV6"),
] + [
    ("IPv4 address " + addr, entry_new(D, addr), "EINVAL", UNICAST,
     "ENTRY_A_IPV4")
    for addr in ("0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1",
                 "255.255.255.255")
] + [
    ("type %d" % num, entry_new(D, D4, attr("ENTRY_A_TYPE", u8(num))),
     "ERANGE", RANGE, "ENTRY_A_TYPE")
    for num in (0, NAMES["M46_ENTRY_DORMANT"], 4, 255)
] + [
    ("a static entry that expires", entry_new(D, D4, attr(
        "ENTRY_A_EXPIRES", u32(60))), "EINVAL", "static entries do not expire",
     "ENTRY_A_EXPIRES"),
    ("a static entry, said so, that expires", entry_new(D, D4, kind(
        "STATIC"), attr("ENTRY_A_EXPIRES", u32(60))), "EINVAL",
     "static entries do not expire", "ENTRY_A_EXPIRES"),
    ("more than a week", entry_new(D, D4, DYNAMIC, attr(
        "ENTRY_A_EXPIRES", u32(604801))), "ERANGE", RANGE, "ENTRY_A_EXPIRES"),
    ("entry with an attribute of the future", entry_new(D, D4, attr(
        NAMES["M46_ENTRY_A_EXPIRES"] + 1, u8(1))), "EINVAL", FUTURE,
     NAMES["M46_ENTRY_A_EXPIRES"] + 1),
    ("a replacement with a value", cmd("ENTRY_NEW", dev("mt1"), entry(), attr(
        "A_REPLACE", u8(1))), "ERANGE", "failed policy validation",
     "A_REPLACE"),
    ("replacement, twice", cmd("ENTRY_NEW", dev("mt1"), entry(), REPLACE,
                               REPLACE), "EINVAL", TWICE, "A_REPLACE"),
    ("an entry with a filter", cmd("ENTRY_NEW", dev("mt1"), entry(),
                                   matching()), "EINVAL", FUTURE, "A_FILTER"),
    ("an entry that is there", entry_new(A, A4), "EEXIST",
     "IPv6 address has an entry", "A_ENTRY"),
    ("the IPv6 address of a static entry", entry_new(A, D4), "EEXIST",
     "IPv6 address has an entry", "A_ENTRY"),
    ("the IPv4 address of a static entry", entry_new(D, A4), "EEXIST",
     "IPv4 address has an entry", "A_ENTRY"),
    ("the IPv6 address of a dynamic entry", entry_new(B, D4), "EEXIST",
     "IPv6 address has an entry", "A_ENTRY"),
    ("the IPv4 address of a dynamic entry", entry_new(D, B4), "EEXIST",
     "IPv4 address has an entry", "A_ENTRY"),
    ("a dynamic entry with the address that rests for another",
     entry_new(D, C4, DYNAMIC), "EEXIST",
     "IPv4 address rests for another host", "A_ENTRY"),
] + [
    ("a dynamic entry with %s, %s" % (addr, why), act(D, addr, DYNAMIC),
     "ENOENT", NO_POOL, "A_ENTRY")
    for act in (entry_new, entry_replace)
    for addr, why in (
        ("192.0.2.1", "of no pool"), ("203.0.113.1", "of another device's"),
        ("198.51.100.0", "the first of its pool"),
        ("198.51.100.200", "which is excluded"))
] + [
    ("a replacement that would end two entries, and cannot be",
     entry_replace(A, "192.0.2.1", DYNAMIC), "ENOENT", NO_POOL, "A_ENTRY"),
    ("deletion without address", entry_del(None, None), "EINVAL",
     "entry without address", "A_ENTRY"),
    ("deletion of an IPv6 address that has none", entry_del(D, None),
     "ENOENT", "no such entry", "A_ENTRY"),
    ("deletion of an IPv4 address that has none", entry_del(None, D4),
     "ENOENT", "no such entry", "A_ENTRY"),
    ("deletion by addresses of two entries", entry_del(A, B4), "ENOENT",
     "no such entry", "A_ENTRY"),
    ("deletion of a dormant entry", entry_del(C, C4), "ENOENT",
     "entry is dormant already", "A_ENTRY"),
    ("lookup without address", cmd("ENTRY_GET", dev("mt1"), entry(
        None, None)), "EINVAL", "entry without address", "A_ENTRY"),
    ("lookup of none", cmd("ENTRY_GET", dev("mt1"), entry(D, None)),
     "ENOENT", "no such entry", "A_ENTRY"),
    ("lookup with a filter", cmd("ENTRY_GET", dev("mt1"), entry(A, None),
                                 matching()), "EINVAL",
     "one entry is looked up by address", "A_FILTER"),
]

# --- filters: of a dump, of a flush

FILTERS = [
    ("an entry", [entry(A, A4)], "EINVAL", "entries are chosen by a filter",
     "A_ENTRY"),
    ("two filters", [matching(), matching()], "EINVAL", TWICE, "A_FILTER"),
    ("no nest", [attr("A_FILTER", bytes(4))], "EINVAL",
     "NLA_F_NESTED is missing", "A_FILTER"),
    ("types of the future", [matching(attr("FILTER_A_TYPES", u32(16)))],
     "EINVAL", "reserved bit set", "FILTER_A_TYPES"),
    ("type 0", [matching(attr("FILTER_A_TYPES", u32(1)))], "EINVAL",
     "reserved bit set", "FILTER_A_TYPES"),
    ("types of 1 byte", [matching(attr("FILTER_A_TYPES", u8(2)))], "EINVAL",
     LENGTH, "FILTER_A_TYPES"),
    ("types twice", [matching(attr("FILTER_A_TYPES", u32(2)), attr(
        "FILTER_A_TYPES", u32(4)))], "EINVAL", TWICE, "FILTER_A_TYPES"),
    ("two prefixes", [matching(*(nest("FILTER_A_PREFIX", attr(
        "PREFIX_A_IPV4", v4("198.51.100.0")), attr("PREFIX_A_LEN", u8(n)))
        for n in (24, 25)))], "EINVAL", TWICE, "FILTER_A_PREFIX"),
    ("an empty prefix", [within()], "EINVAL", "prefix must be IPv4",
     "FILTER_A_PREFIX"),
    ("a prefix of both families", [within(
        attr("PREFIX_A_IPV6", v6("2001:db8::")),
        attr("PREFIX_A_IPV4", v4("10.0.0.0")), attr("PREFIX_A_LEN", u8(32)))],
     "EINVAL", "of two families", "FILTER_A_PREFIX"),
    ("an IPv6 prefix without length", [within(attr(
        "PREFIX_A_IPV6", v6("2001:db8::")))], "EINVAL",
     "prefix without length", "FILTER_A_PREFIX"),
    ("an IPv4 prefix without length", [within(attr(
        "PREFIX_A_IPV4", v4("10.0.0.0")))], "EINVAL", "prefix without length",
     "FILTER_A_PREFIX"),
    ("an IPv6 prefix with host bits", [within(
        attr("PREFIX_A_IPV6", v6("2001:db8::1")),
        attr("PREFIX_A_LEN", u8(64)))], "EINVAL",
     "IPv6 prefix has bits set beyond its length", "FILTER_A_PREFIX"),
    ("an IPv4 prefix with host bits", [within(
        attr("PREFIX_A_IPV4", v4("198.51.100.1")),
        attr("PREFIX_A_LEN", u8(24)))], "EINVAL",
     "IPv4 prefix has bits set beyond its length", "FILTER_A_PREFIX"),
    ("an IPv4 prefix of length 33", [within(
        attr("PREFIX_A_IPV4", v4("198.51.100.1")),
        attr("PREFIX_A_LEN", u8(33)))], "EINVAL", "over 32",
     "FILTER_A_PREFIX"),
    ("a length of 129", [within(attr("PREFIX_A_IPV6", v6("2001:db8::")), attr(
        "PREFIX_A_LEN", u8(129)))], "ERANGE", RANGE, "PREFIX_A_LEN"),
    ("two lengths", [within(attr("PREFIX_A_IPV6", v6("2001:db8::")), *(attr(
        "PREFIX_A_LEN", u8(n)) for n in (32, 33)))], "EINVAL", TWICE,
     "PREFIX_A_LEN"),
    ("an attribute of the future", [matching(attr(
        NAMES["M46_FILTER_A_TYPES"] + 1, u8(1)))], "EINVAL", FUTURE,
     NAMES["M46_FILTER_A_TYPES"] + 1),
]
FILTERS = [("flush, " + name, cmd("ENTRY_FLUSH", dev("mt1"), *items), *rest)
           for name, items, *rest in FILTERS] + [
          ("dump, " + name, cmd("ENTRY_GET", dev("mt1"), *items,
                                flags=NLM_F_DUMP), *rest[:2])
          for name, items, *rest in FILTERS]


# --- no privileges

CHANGES = [
    new(), change(attr("DEV_A_EXPIRES", u32(5))), pool_new(),
    pool_del("198.51.100.0", 24), entry_new(), entry_replace(A, D4),
    entry_del(A, A4), cmd("ENTRY_FLUSH", dev("mt1")),
    cmd("STATS_RESET", dev("mt1")),
]


def unprivileged(out):
    """Nobody may change anything, nor learn who has which address."""
    wrong = []
    for act in CHANGES + [
            cmd("ENTRY_GET", dev("mt1"), entry(A, None)),
            cmd("ENTRY_GET", dev("mt1"), flags=NLM_F_DUMP),
            cmd("ENTRY_GET", flags=NLM_F_DUMP)]:
        wrong += out.refusal(act, "EPERM", None)
    for act in (cmd("DEV_GET", dev("mt1")), cmd("STATS_GET", dev("mt1")),
                cmd("POOL_GET", dev("mt1"), flags=NLM_F_DUMP)):
        wrong += out.refusal(act, None, None)
    return wrong


def ungrouped(_):
    return ["group %s: errno %d" % (group, err) for group in ("entry", "pool")
            for err in (nl.Genl().join(group),) if err != nl.errno.EPERM]


def joined():
    """What they would have told."""
    sock = nl.Genl()
    wrong = ["group %s: errno %d" % (group, err)
             for group in ("entry", "pool")
             for err in (sock.join(group),) if err]
    for act in (entry_new(), entry_del(D, D4)):
        err, text, _ = act()
        if err:
            wrong.append("errno %d: %s" % (err, text))
            continue
        event = dict(nl.attrs(sock.sock.recv(1 << 16)[20:]))
        host = dict(nl.attrs(event[NAMES["M46_A_ENTRY"]]))
        if host[NAMES["M46_ENTRY_A_IPV6"]] != v6(D):
            wrong.append("an event of another host")
    return wrong


# --- all of it

def setup():
    yield link(nl.MODE, prefixes(prefix6(nl.OWN1, 96)), name="pe1")
    yield link(MT, prefixes(prefix6("2001:db8:46::", 96)), name="mt1")
    yield link(MT, prefixes(prefix6("2001:db8:47::", 64)),
               attr("DEV_A_PLANE", u64(7)), name="mt2")
    yield link(MT, prefixes(prefix6("fd9f:590a:b158:ffff:ffff::", 96)),
               attr("DEV_A_ALLOW_NONZERO_U", u8(1)), name="mt3")
    yield pool_new("198.51.100.0", 24, excludes(prefix4("198.51.100.128",
                                                        25)))()
    yield pool_new("203.0.113.0", 28, on="mt2")()
    for n in range(64):
        yield pool_new("100.64.0.%d" % n, 32, on="mt3")()
    yield entry_new(A, A4)()
    for host, addr in ((B, B4), (C, C4)):
        yield entry_new(host, addr, DYNAMIC, attr("ENTRY_A_EXPIRES",
                                                  u32(604800)))()
    yield entry_del(C, C4)()
    # rests as long as this runs
    yield change(attr("DEV_A_REUSE_AFTER", u32(604800)))()


def good(out):
    """The state that the refusals must leave alone is there."""
    wrong = ["%s: %s" % g[:2] for g in setup() if g[0]]
    types = {dict(e)[NAMES["M46_ENTRY_A_TYPE"]][0] for _, e in nl.entries()}
    if types != {1, 2, 3}:
        wrong.append("types of entries: %s" % types)
    out.result("what is right is taken (KERN-17)", *wrong)


def main():
    tables = (("KERN-17, M46T-02, M46T-08", DEVICES), ("KERN-17", WHICH),
              ("KERN-17, M46T-26, M46T-27", POOLS),
              ("KERN-17, M46T-04, M46T-23", ENTRIES), ("KERN-17", FILTERS))
    status = nl.begin(sum(len(t) for _, t in tables) + len(NUMBERS) + 4)
    if status is not None:
        return status
    out = nl.Results()
    good(out)
    numbers(out)
    for ids, table in tables:
        out.table(ids, table)
    out.result("no privileges (M46T-42, KERN-17)",
               *nl.as_nobody(out, unprivileged))
    out.result("no privileges, multicast groups (M46T-42)",
               *nl.as_nobody(out, ungrouped))
    out.result("with privileges the groups tell (M46T-42)", *joined())
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main())
