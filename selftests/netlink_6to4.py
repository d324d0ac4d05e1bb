#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
"""The kernel's netlink interface of mode 6to4: the settings in their nest, what
of them makes sense together, who may have which local address. Every refusal
has its text, points at the attribute that it is about, and leaves all as it
was. (What all modes share: netlink.py, which this builds on.)

      +---------------------- namespace -----------------------+
      |  lo   192.0.2.170 to .174, 10.100.100.1, 10.0.0.9      |
      |  lan  10.5.0.1/24                                      |
      |  t1   6to4        192.0.2.170                          |
      |  t2   6rd         2001:db8::/32 and 10.0.0.0/8,        |
      |                   10.100.100.1, relay 10.0.0.1         |
      |  t3   configured  10.0.0.9 to 10.0.0.8                 |
      |  t4   6to4 relay  192.0.2.171, acl, return-only        |
      |  pe1  adpt        mt1  m46t                            |
      +--------------------------------------------------------+

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""
import os
import socket
import struct
import subprocess
import sys

import netlink as nl
from netlink import (NAMES, attr, cmd, dev, link, nest, prefix4, prefix6,
                     prefixes, u8, u16, u32, v4)
from netlink_m46t import ADPT_ONLY, M46T_ONLY

RANGE, SIZE = "integer out of range", "attribute size out of range"
LENGTH, TWICE = "invalid attribute length", "given twice"
FUTURE = "[Uu]nsupported|[Uu]nknown attribute"
NEST = "NLA_F_NESTED is missing"
RTM_GETLINK = 18
IFLA_MTU, IFLA_MASTER, IFLA_NET_NS_PID = 4, 10, 19
IFLA_CARRIER, IFLA_MAX_MTU = 33, 51
CLONE_NEWUSER = 0x10000000
UP = 1

MODE = attr("DEV_A_MODE", u8(3))
FREE = "192.0.2.172"        # an address of this machine that no device has
SIXRD = prefixes(prefix6("2001:db8:4000::", 34))


# --- what messages consist of

def tun(*items):
    return nest("DEV_A_TUNNEL", *items)


def t(name, data):
    return attr("TUN_A_" + name, data)


def on(*names):
    return b"".join(t(name, u8(1)) for name in names)


def off(*names):
    return b"".join(t(name, u8(0)) for name in names)


def listed(name, *items):
    return nest("TUN_A_" + name, *(prefix4(*i) if isinstance(i, tuple) else i
                                   for i in items))


def local(*addrs):
    return listed("LOCALS", *((addr, 32) for addr in addrs))


def remote(addr):
    return t("REMOTE", v4(addr))


def v4_prefix(addr, length, *more):
    return nest("TUN_A_V4_PREFIX", attr("PREFIX_A_IPV4", v4(addr)),
                attr("PREFIX_A_LEN", u8(length)), *more)


def new(*items, addrs=(FREE,), outer=(), extra=b"", name="new"):
    """A new device: mode and local are good, the rest is on trial."""
    return lambda: link(MODE, *outer, tun(local(*addrs) if addrs else b"",
                                          *items), name=name, extra=extra)


def sixrd(*items, **words):
    return new(*items, outer=(SIXRD,), **words)


def change(*items, name="t1", outer=(), extra=b""):
    return lambda: link(*outer, tun(*items), name=name, flags=0, extra=extra)


def mtu(size):
    return attr(IFLA_MTU, u32(size))


def delete(name="new"):
    return nl.rtnl.call(nl.RTM_DELLINK, 0, struct.pack(
        "=BxHiII", 0, 0, 0, 0, 0) + attr(nl.IFLA_IFNAME,
                                         name.encode() + b"\0"))


def ip(*words):
    subprocess.run(["ip", *words], check=True)


# --- what there is

def links():
    """MTU, its limit, master, carrier, settings, by name"""
    found = {}
    for answer in nl.rtnl.call(RTM_GETLINK, nl.NLM_F_DUMP, struct.pack(
            "=BxHiII", 0, 0, 0, 0, 0))[2]:
        top = dict(nl.attrs(answer[16:]))
        name = top[nl.IFLA_IFNAME].rstrip(b"\0").decode()
        found[name] = {k: top.get(k) for k in (
            IFLA_MTU, IFLA_MASTER, IFLA_CARRIER, IFLA_MAX_MTU,
            nl.IFLA_LINKINFO)}
    return found


def number(name, what):
    return struct.unpack("=I", links()[name][what])[0]


def settings(name="new"):
    """{attribute: value} of the tunnel nest"""
    top = dict(nl.attrs(nl.genl.cmd("DEV_GET", dev(name))[2][0][4:]))
    settings_ = dict(nl.attrs(top[NAMES["M46_A_DEV"]]))
    inner = dict(nl.attrs(settings_[NAMES["M46_DEV_A_TUNNEL"]]))
    inner["prefixes"] = settings_[NAMES["M46_DEV_A_PREFIXES"]]
    # rtnetlink tells the same
    info = dict(nl.attrs(links()[name][nl.IFLA_LINKINFO]))
    data = dict(nl.attrs(info[nl.IFLA_INFO_DATA]))
    if dict(nl.attrs(data[NAMES["M46_DEV_A_TUNNEL"]])) != {
            k: v for k, v in inner.items() if k != "prefixes"}:
        inner["rtnetlink"] = "tells something else"
    return inner


def plain(data):
    """A list of prefixes or one prefix, readable."""
    out = []
    for kind, value in nl.attrs(data):
        if kind != NAMES["M46_LIST_A_PREFIX"] or len(value) < 8:
            raise ValueError(data)
        p = dict(nl.attrs(value))
        addr = p.get(NAMES["M46_PREFIX_A_IPV4"])
        family = socket.AF_INET
        if addr is None:
            addr, family = p[NAMES["M46_PREFIX_A_IPV6"]], socket.AF_INET6
        out.append("%s/%d" % (socket.inet_ntop(family, addr),
                              p[NAMES["M46_PREFIX_A_LEN"]][0]))
    return out


# --- what is refused

NOT_SITE = [
    ("10.0.0.0", "RFC 1918"), ("10.255.255.255", "RFC 1918"),
    ("172.16.0.0", "RFC 1918"), ("172.31.255.255", "RFC 1918"),
    ("192.168.0.1", "RFC 1918"), ("100.64.0.1", "RFC 6598"),
    ("100.127.255.255", "RFC 6598"), ("169.254.9.9", "RFC 3927"),
    ("192.0.0.8", "RFC 6890"), ("192.88.99.1", "say anycast on"),
    ("192.88.99.2", "RFC 3068"), ("198.18.0.1", "RFC 2544"),
    ("198.19.255.255", "RFC 2544"), ("0.1.2.3", "0.0.0.0/8"),
    ("0.0.0.0", "0.0.0.0/8"), ("127.0.0.1", "loopback"),
    ("224.0.0.1", "multicast"), ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
]
TAKEN = "local is another 6to4 or 6rd device's"
PAIR = "local and remote are another configured tunnel's"
MISSING = "local is no address of this machine"

LOCALS = [
    ("no settings", lambda: link(MODE), "EINVAL", "local is missing"),
    ("prefix alone", lambda: link(MODE, SIXRD), "EINVAL", "local is missing"),
    ("empty settings", lambda: link(MODE, tun()), "EINVAL",
     "local is missing"),
    ("settings that are no nest", lambda: link(MODE, attr(
        "DEV_A_TUNNEL", bytes(4))), "EINVAL", NEST, "DEV_A_TUNNEL"),
    ("settings twice", lambda: link(MODE, tun(local(FREE)), tun()), "EINVAL",
     TWICE, "DEV_A_TUNNEL"),
    ("change of settings twice", lambda: link(tun(), tun(), name="t1",
                                              flags=0), "EINVAL", TWICE,
     "DEV_A_TUNNEL"),
] + [
    (what + name, act(*items, **words), "EINVAL", text, guilty)
    for what, act, words in (("", new, {"addrs": ()}),
                             ("change to ", change, {}))
    for name, items, text, guilty in (
        ("an empty list", (local(),), "local is missing", "TUN_A_LOCALS"),
        ("local that is no nest", (t("LOCALS", bytes(4)),), NEST,
         "TUN_A_LOCALS"),
        ("two lists of locals", (local(FREE), local("192.0.2.173")), TWICE,
         "TUN_A_LOCALS"),
        ("an IPv6 local", (listed("LOCALS", prefix6("2001:db8::1", 128)),),
         "prefix must be IPv4", "LIST_A_PREFIX"),
        ("a prefix as local", (listed("LOCALS", ("192.0.2.172", 31)),),
         "local is a prefix", "LIST_A_PREFIX"),
        ("0.0.0.0/0 as local", (listed("LOCALS", ("0.0.0.0", 0)),),
         "local is a prefix", "LIST_A_PREFIX"),
        ("local with host bits", (listed("LOCALS", (FREE, 24)),),
         "bits set beyond its length", "LIST_A_PREFIX"),
        ("local of length 33", (listed("LOCALS", (FREE, 33)),), "over 32",
         "LIST_A_PREFIX"),
        ("local without length", (nest("TUN_A_LOCALS", nest(
            "LIST_A_PREFIX", attr("PREFIX_A_IPV4", v4(FREE)))),),
         "prefix without length", "LIST_A_PREFIX"),
        ("local without address", (nest("TUN_A_LOCALS", nest(
            "LIST_A_PREFIX", attr("PREFIX_A_LEN", u8(32)))),),
         "prefix must be IPv4", "LIST_A_PREFIX"),
        ("17 locals", (local(*("192.0.2.%d" % n for n in range(17))),),
         "more than 16 in local", "LIST_A_PREFIX"),
        ("the same local twice", (local(FREE, FREE),), "local given twice",
         "LIST_A_PREFIX"))
] + [
    ("%s%s" % (what, addr), act(*items, **words), "EINVAL", text,
     "TUN_A_LOCALS")
    for addr, text in NOT_SITE
    for what, act, items, words in (
        ("local ", new, (), {"addrs": (addr,)}),
        ("second local ", new, (on("NONLOCAL"),), {"addrs": (FREE, addr)}),
        ("change of local to ", change, (local(addr),), {}))
] + [
    ("local %s of %s" % (addr, kind), new(
        *items, on("NONLOCAL"), addrs=(addr,), outer=outer), "EINVAL",
     "no unicast address", "TUN_A_LOCALS")
    for addr in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255")
    for kind, items, outer in (("6rd", (), (SIXRD,)),
                               ("a configured tunnel", (remote("10.0.0.7"),),
                                ()))
] + [
    ("local that is not here", new(addrs=("192.0.2.99",)), "EADDRNOTAVAIL",
     MISSING, "TUN_A_LOCALS"),
    ("second local that is not here", new(addrs=(FREE, "192.0.2.99")),
     "EADDRNOTAVAIL", MISSING, "TUN_A_LOCALS"),
    ("change to a local that is not here", change(local("192.0.2.99")),
     "EADDRNOTAVAIL", MISSING, "TUN_A_LOCALS"),
    ("6rd, a local that is not here", sixrd(addrs=("10.9.9.9",)),
     "EADDRNOTAVAIL", MISSING, "TUN_A_LOCALS"),
    ("configured, a local that is not here", new(
        remote("10.0.0.7"), addrs=("10.9.9.9",)), "EADDRNOTAVAIL", MISSING,
     "TUN_A_LOCALS"),
    ("anycast where 192.88.99.1 is not here", new(on("RELAY", "ANYCAST")),
     "EADDRNOTAVAIL", "192.88.99.1 is no address of this machine",
     "TUN_A_LOCALS"),
    ("change to anycast where 192.88.99.1 is not here",
     change(on("RELAY", "ANYCAST")), "EADDRNOTAVAIL",
     "192.88.99.1 is no address of this machine"),
    ("6to4 with the local of 6to4", new(addrs=("192.0.2.170",)), "EEXIST",
     TAKEN, "TUN_A_LOCALS"),
    ("6to4 with the local of 6to4 as second", new(
        addrs=(FREE, "192.0.2.170")), "EEXIST", TAKEN, "TUN_A_LOCALS"),
    ("nonlocal makes no difference", new(
        on("NONLOCAL"), addrs=("192.0.2.170",)), "EEXIST", TAKEN,
     "TUN_A_LOCALS"),
    ("6rd with the local of 6to4", sixrd(addrs=("192.0.2.170",)), "EEXIST",
     TAKEN, "TUN_A_LOCALS"),
    ("6rd with the local of 6rd", sixrd(addrs=("10.100.100.1",)), "EEXIST",
     TAKEN, "TUN_A_LOCALS"),
    ("a configured tunnel that is there", new(
        remote("10.0.0.8"), addrs=("10.0.0.9",)), "EEXIST", PAIR,
     "TUN_A_LOCALS"),
    ("change to another's local", change(local("192.0.2.171")), "EEXIST",
     TAKEN, "TUN_A_LOCALS"),
    ("two locals for a configured tunnel", new(
        remote("10.0.0.7"), addrs=(FREE, "192.0.2.173")), "EINVAL",
     "a configured tunnel has one local", "TUN_A_LOCALS"),
]

CHANGE_KIND = "cannot change between 6to4, 6rd and configured"
NO_REMOTE = "2002::/16 has no remote"
TO4 = prefixes(prefix6("2002::", 16))
IN_V4 = "local is not in v4-prefix"
KINDS = [
    ("two prefixes", new(outer=(prefixes(prefix6("2001:db8:5::", 48), prefix6(
        "2001:db8:6::", 48)),)), "EINVAL", "6to4 has one prefix",
     "DEV_A_PREFIXES"),
    ("an empty list of prefixes", new(outer=(prefixes(),)), "EINVAL",
     "at least one own prefix", "DEV_A_PREFIXES"),
    ("IPv4 as prefix", new(outer=(prefixes(prefix4("10.0.0.0", 8)),)),
     "EINVAL", "prefix must be IPv6", "LIST_A_PREFIX"),
    ("prefix of length 0", new(outer=(prefixes(prefix6("::", 0)),)), "EINVAL",
     "must be 1 to 96", "LIST_A_PREFIX"),
    ("prefix of length 97", new(outer=(prefixes(prefix6(
        "2001:db8::", 97)),)), "EINVAL", "must be 1 to 96", "LIST_A_PREFIX"),
    ("prefix with host bits", new(outer=(prefixes(prefix6(
        "2001:db8::1", 64)),)), "EINVAL", "bits set beyond its length",
     "LIST_A_PREFIX"),
    ("a link-local prefix", new(outer=(prefixes(prefix6("fe80::", 64)),)),
     "EINVAL", "link-local", "LIST_A_PREFIX"),
] + [
    ("%s, a part of 2002::/16" % p, act, "EINVAL",
     "prefix is a part of 2002::/16", "DEV_A_PREFIXES")
    for p, length in (("2002:c633:6401::", 48), ("2002::", 17),
                      ("2002:8000::", 17), ("2002::", 96))
    for act in (new(outer=(prefixes(prefix6(p, length)),)),
                change(name="t2", outer=(prefixes(prefix6(p, length)),)))
] + [
    ("2002::/16 and remote", new(remote("10.0.0.7"), outer=(TO4,)), "EINVAL",
     NO_REMOTE, "TUN_A_REMOTE"),
    ("change of 6to4 to a remote", change(remote("10.0.0.7")), "EINVAL",
     NO_REMOTE, "TUN_A_REMOTE"),
    ("change of 6to4 to 6rd", change(outer=(SIXRD,)), "EINVAL", CHANGE_KIND,
     "DEV_A_PREFIXES"),
    ("change of 6to4 to 6rd with remote", change(
        remote("10.0.0.7"), outer=(SIXRD,)), "EINVAL", CHANGE_KIND,
     "TUN_A_REMOTE"),
    ("change of 6rd to 2002::/16", change(name="t2", outer=(TO4,)), "EINVAL",
     NO_REMOTE, "DEV_A_PREFIXES"),
    ("change of 6rd to 6to4", change(remote("0.0.0.0"), name="t2",
                                     outer=(TO4,)), "EINVAL", CHANGE_KIND,
     "TUN_A_REMOTE"),
    ("change of a configured tunnel to 6to4", change(
        remote("0.0.0.0"), name="t3"), "EINVAL", CHANGE_KIND, "TUN_A_REMOTE"),
    ("change of a configured tunnel to 6rd", change(
        name="t3", outer=(SIXRD,)), "EINVAL", CHANGE_KIND, "DEV_A_PREFIXES"),
    ("change to mode adpt", lambda: link(attr("DEV_A_MODE", u8(1)), name="t1",
                                         flags=0), "EINVAL",
     "mode of a device cannot change", "DEV_A_MODE"),
    ("change of adpt to mode 6to4", lambda: link(MODE, name="pe1", flags=0),
     "EINVAL", "mode of a device cannot change", "DEV_A_MODE"),
] + [
    ("remote %s" % addr, act, "EINVAL", "remote is no unicast address",
     "TUN_A_REMOTE")
    for addr in ("0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1",
                 "255.255.255.255")
    for act in (new(remote(addr)), sixrd(remote(addr)),
                change(remote(addr), name="t2"),
                change(remote(addr), name="t3"))
] + [
    ("remote %s" % addr, act, "EINVAL", text, "TUN_A_REMOTE")
    for addr, text in (("10.5.0.255", "remote is a broadcast address"),
                       ("10.5.0.1", "remote is an address of this machine"),
                       ("192.0.2.170", "remote is an address of this"))
    for act in (new(remote(addr)), sixrd(remote(addr)),
                change(remote(addr), name="t2"),
                change(remote(addr), name="t3"))
] + [
    ("remote of %d bytes" % size, act(t("REMOTE", bytes(size))), "ERANGE",
     SIZE, "TUN_A_REMOTE") for size in (3, 5) for act in (new, change)
] + [
    ("remote twice", act(remote("10.0.0.7"), remote("10.0.0.6")), "EINVAL",
     TWICE, "TUN_A_REMOTE") for act in (new, change)
] + [
    ("remote that is local", new(remote(FREE)), "EINVAL",
     "local is remote too", "TUN_A_REMOTE"),
    ("change to a remote that is local", change(
        remote("10.0.0.9"), name="t3"), "EINVAL", "local is remote too",
     "TUN_A_REMOTE"),
    ("change to a local that is remote", change(
        local("10.0.0.8"), name="t3"), "EINVAL", "local is remote too",
     "TUN_A_LOCALS"),
    ("v4-prefix for 6to4", new(v4_prefix("192.0.0.0", 8)), "EINVAL",
     "v4-prefix is for 6rd", "TUN_A_V4_PREFIX"),
    ("v4-prefix for a configured tunnel", new(
        remote("10.0.0.7"), v4_prefix("192.0.0.0", 8)), "EINVAL",
     "v4-prefix is for 6rd", "TUN_A_V4_PREFIX"),
    ("change of 6to4 to a v4-prefix", change(v4_prefix("192.0.0.0", 8)),
     "EINVAL", "v4-prefix is for 6rd", "TUN_A_V4_PREFIX"),
    ("local outside of v4-prefix", sixrd(v4_prefix("10.0.0.0", 8)), "EINVAL",
     IN_V4, "TUN_A_LOCALS"),
    ("change to a local outside of v4-prefix", change(
        local(FREE), name="t2"), "EINVAL", IN_V4, "TUN_A_LOCALS"),
    ("change to a v4-prefix without local", change(
        v4_prefix("192.168.0.0", 16), name="t2"), "EINVAL", IN_V4,
     "TUN_A_V4_PREFIX"),
] + [
    (what + name, act(*items, **words), code, text, guilty)
    for what, act, words in (("", sixrd, {}), ("change to ", change,
                                               {"name": "t2"}))
    for name, items, code, text, guilty in (
        ("a v4-prefix with host bits", (v4_prefix("10.0.0.1", 8),), "EINVAL",
         "bits set beyond its length", "TUN_A_V4_PREFIX"),
        ("a v4-prefix of length 33", (v4_prefix("10.0.0.1", 33),), "EINVAL",
         "over 32", "TUN_A_V4_PREFIX"),
        ("a v4-prefix of length 129", (v4_prefix("10.0.0.1", 129),),
         "ERANGE", RANGE, "PREFIX_A_LEN"),
        ("a v4-prefix without length", (nest("TUN_A_V4_PREFIX", attr(
            "PREFIX_A_IPV4", v4("10.0.0.0"))),), "EINVAL",
         "prefix without length", "TUN_A_V4_PREFIX"),
        ("a v4-prefix with two lengths", (v4_prefix(
            "10.0.0.0", 8, attr("PREFIX_A_LEN", u8(9))),), "EINVAL", TWICE,
         "PREFIX_A_LEN"),
        ("two v4-prefixes", (v4_prefix("10.0.0.0", 8),
                             v4_prefix("10.0.0.0", 9)), "EINVAL", TWICE,
         "TUN_A_V4_PREFIX"),
        ("an empty v4-prefix", (nest("TUN_A_V4_PREFIX"),), "EINVAL",
         "prefix must be IPv4", "TUN_A_V4_PREFIX"),
        ("a v4-prefix that is no nest", (t("V4_PREFIX", bytes(4)),),
         "EINVAL", NEST, "TUN_A_V4_PREFIX"))
]

LISTS = ("RELAY_FROM", "ACL", "PEERS", "ALLOW_NATIVE_NATIVE")
VALUES = [
    ("delegated", act(listed("DELEGATED", prefix6("2002:c000:2aa::", 48))),
     "EINVAL", "delegated follows from prefix and local", "TUN_A_DELEGATED")
    for act in (new, change)
] + [
    ("a setting of the future", act(t("FWMARK", u32(1)), attr(
        NAMES["M46_TUN_A_PEER_METHOD"] + 1, u8(1))), "EINVAL", FUTURE,
     NAMES["M46_TUN_A_PEER_METHOD"] + 1) for act in (new, change)
] + [
    ("tos %d" % tos, act(t("TOS", u16(tos))), "EINVAL",
     "lowest two bits are the ECN field", "TUN_A_TOS")
    for tos in (1, 2, 3, 185, 253, 255) for act in (new, change)
] + [
    ("%s, %s" % (name, what), act(on("RELAY"), items), code, text,
     guilty or "TUN_A_" + name)
    for name in LISTS for act in (new, change)
    for what, items, code, text, guilty in (
        ("no nest", t(name, bytes(4)), "EINVAL", NEST, None),
        ("twice", listed(name) + listed(name), "EINVAL", TWICE, None),
        ("host bits", listed(name, ("192.0.2.1", 24)), "EINVAL",
         "bits set beyond its length", "LIST_A_PREFIX"),
        ("length 33", listed(name, ("192.0.2.1", 33)), "EINVAL", "over 32",
         "LIST_A_PREFIX"),
        ("length 129", listed(name, ("192.0.2.1", 129)), "ERANGE", RANGE,
         "PREFIX_A_LEN"),
        ("IPv6", listed(name, prefix6("2001:db8::", 32)), "EINVAL",
         "prefix must be IPv4", "LIST_A_PREFIX"),
        ("an unknown member", nest("TUN_A_" + name, attr(
            NAMES["M46_LIST_A_PREFIX"] + 1, u8(1))), "EINVAL", FUTURE,
         NAMES["M46_LIST_A_PREFIX"] + 1),
        ("17 prefixes", listed(name, *(("10.%d.0.0" % n, 16)
                                       for n in range(17))), "EINVAL",
         "more than 16 prefixes", "LIST_A_PREFIX"))
]

PEER = "a configured tunnel has one peer and no relay"
ACL = listed("ACL", ("198.51.100.0", 24))
ROLES = [
    ("anycast without relay", new(on("ANYCAST")), "EINVAL",
     "anycast needs relay on", "TUN_A_ANYCAST"),
    ("return-only without relay", new(on("RETURN_ONLY")), "EINVAL",
     "return-only needs relay on", "TUN_A_RETURN_ONLY"),
    ("acl without relay", new(ACL), "EINVAL", "acl needs relay on",
     "TUN_A_ACL"),
    ("6rd, anycast without relay", sixrd(on("ANYCAST")), "EINVAL",
     "anycast needs relay on", "TUN_A_ANYCAST"),
    ("change to anycast without relay", change(on("ANYCAST")), "EINVAL",
     "anycast needs relay on", "TUN_A_ANYCAST"),
    ("change to an acl without relay", change(ACL), "EINVAL",
     "acl needs relay on", "TUN_A_ACL"),
    ("change to no relay, but return-only", change(off("RELAY"), name="t4"),
     "EINVAL", "return-only needs relay on", "TUN_A_RELAY"),
    ("change to no relay, but with acl", change(
        off("RELAY", "RETURN_ONLY"), name="t4"), "EINVAL",
     "acl needs relay on", "TUN_A_RELAY"),
    ("relay-source anycast without relay", new(t("RELAY_SOURCE", u8(1))),
     "EINVAL", "relay-source anycast is for 6to4 relays",
     "TUN_A_RELAY_SOURCE"),
    ("6rd, relay-source anycast", sixrd(on("RELAY"), t("RELAY_SOURCE",
                                                       u8(1))), "EINVAL",
     "relay-source anycast is for 6to4 relays", "TUN_A_RELAY_SOURCE"),
] + [
    ("configured, " + what, act, "EINVAL", PEER, guilty)
    for what, items, guilty in (
        ("relay", on("RELAY"), "TUN_A_RELAY"),
        ("relay-from", listed("RELAY_FROM", ("0.0.0.0", 0)),
         "TUN_A_RELAY_FROM"),
        ("peers", listed("PEERS", ("10.0.0.0", 8)), "TUN_A_PEERS"),
        ("allow-native-native", listed("ALLOW_NATIVE_NATIVE",
                                       ("10.0.0.0", 8)),
         "TUN_A_ALLOW_NATIVE_NATIVE"))
    for act in (new(items, remote("10.0.0.7")), change(items, name="t3"))
]

FOREIGN = "not for devices of this mode"
XLAT = [("LOWEST_IPV6_MTU", u32(1280)), ("UDP_ZERO", u8(0)),
        ("TCLASS", u16(0)), ("TOS_IGNORE", u8(0)), ("DSCP_IGNORE", u8(0)),
        ("TOS_OVERRIDE", u16(0)), ("WKP_STRICT", u8(1)),
        ("PROTO_STRICT_COPY", u8(0)), ("ICMP4_ERRORS", u8(0)),
        ("MTU_PLATEAUS", u16(1500)), ("ICMP4_SOURCE", v4("192.0.2.1"))]
MODES = [
    ("%s%s" % (what, name), act(outer=(attr("DEV_A_" + name, value),)),
     "EINVAL", FOREIGN, "DEV_A_" + name)
    for name, value in ADPT_ONLY + M46T_ONLY + XLAT
    for what, act in (("", new), ("change of ", change))
] + [
    ("%s%s" % (what, name), act(outer=(nest("DEV_A_" + name),)), "EINVAL",
     FOREIGN, "DEV_A_" + name)
    for name in ("FROM", "POOL6791")
    for what, act in (("", new), ("change of ", change))
] + [
    ("tunnel settings for " + mode, act, "EINVAL", FOREIGN, None)
    for mode, num, name in (("adpt", 1, "pe1"), ("m46t", 2, "mt1"))
    for act in (lambda num=num: link(attr("DEV_A_MODE", u8(num)), nl.OWN,
                                     tun(local(FREE))),
                change(on("RELAY"), name=name))
]

MTUS = [
    ("mtu 1279", new(extra=mtu(1279)), "EINVAL", "less than device minimum"),
    ("mtu 1481", new(extra=mtu(1481)), "EINVAL", "mtu over 1480", IFLA_MTU),
    ("mtu 1481 with pmtudisc", new(on("PMTUDISC"), extra=mtu(1481)), "EINVAL",
     "mtu over 1480", IFLA_MTU),
    ("mtu 65516 with large-mtu", new(on("LARGE_MTU"), extra=mtu(65516)),
     "EINVAL", "mtu over 65515", IFLA_MTU),
    ("change to mtu 1481", lambda: link(data=False, name="t1", flags=0,
                                        extra=mtu(1481)), "EINVAL",
     "greater than device maximum"),
    ("change to mtu 1279", lambda: link(data=False, name="t1", flags=0,
                                        extra=mtu(1279)), "EINVAL",
     "less than device minimum"),
    ("large-mtu off while the mtu is over 1480", change(
        off("LARGE_MTU"), name="t4"), "EINVAL",
     "large-mtu: the device's mtu is over 1480", "TUN_A_LARGE_MTU"),
]

# Attributes, a good value, values beyond what they may be.
NUMBERS = [(name, u8, 1, (2, 255)) for name in (
    "RELAY", "NONLOCAL", "ECN", "ECN_LOG", "PMTUDISC", "LARGE_MTU", "ANYCAST",
    "RETURN_ONLY")] + [
    ("RELAY_SOURCE", u8, 2, (3, 255)), ("INGRESS_FILTER", u8, 2, (3, 255)),
    ("TTL", u16, 9, (0, 257, 65535)), ("TOS", u16, 4, (257, 65535)),
    ("LINK", u32, 1, (1 << 31, 0xffffffff)), ("FWMARK", u32, 7, ()),
]


def numbers(out):
    for name, pack, good_value, values in NUMBERS:
        wrong = []
        for act in (new, change):
            for value in values:
                wrong += out.refusal(act(t(name, pack(value))), "ERANGE",
                                     RANGE, "TUN_A_" + name)
            for value in (pack(good_value) + b"\0", pack(good_value)[1:]):
                wrong += out.refusal(act(t(name, value)), "EINVAL", LENGTH,
                                     "TUN_A_" + name)
            value = t(name, pack(good_value))
            wrong += out.refusal(act(value, value), "EINVAL", TWICE,
                                 "TUN_A_" + name)
        out.result("%s: out of range, a byte more or less, twice (KERN-17)" %
                   name.lower().replace("_", "-"), *wrong)


# --- what is taken

def taken(what, act, text=""):
    """What is wrong with a success; text: the warning that comes with it."""
    err, said, _ = act()
    if err:
        return ["%s: %s (%s)" % (what, nl.errno.errorcode.get(err, err), said)]
    if bool(text) != bool(said) or text not in said:
        return ["%s: said \"%s\"" % (what, said)]
    return []


def defaults(out):
    for kind, act, tos, relay_from, more in (
            ("6to4", new(), 0, ["0.0.0.0/0"], {
                "prefixes": ["2002::/16"],
                "DELEGATED": ["2002:c000:2ac::/48"]}),
            ("6to4, said so", new(outer=(TO4,)), 0, ["0.0.0.0/0"], {
                "prefixes": ["2002::/16"]}),
            ("6rd", sixrd(), 256, [], {
                "prefixes": ["2001:db8:4000::/34"],
                "DELEGATED": ["2001:db8:7000:ab::/66"]}),
            ("a configured tunnel", new(remote("10.0.0.7")), 0, [], {
                "prefixes": []})):
        warning = "documentation" if kind.startswith("6to4") else ""
        wrong = taken(kind, act, warning)
        got = settings()
        want = {"RELAY": u8(0), "RETURN_ONLY": u8(0), "ANYCAST": u8(0),
                "RELAY_SOURCE": u8(0), "INGRESS_FILTER": u8(1),
                "TTL": u16(64), "TOS": u16(tos), "ECN": u8(0),
                "ECN_LOG": u8(1), "PMTUDISC": u8(0), "LARGE_MTU": u8(0),
                "NONLOCAL": u8(0), "LINK": u32(0), "FWMARK": u32(0),
                "REMOTE": v4("10.0.0.7" if "configured" in kind else
                             "0.0.0.0"),
                "LOCALS": [FREE + "/32"], "RELAY_FROM": relay_from,
                "ACL": [], "PEERS": [], "ALLOW_NATIVE_NATIVE": []}
        want.update(more)
        for name, value in want.items():
            key = name if name == "prefixes" else NAMES["M46_TUN_A_" + name]
            have = got.get(key)
            if isinstance(value, list) and have is not None:
                have = plain(have)
            if have != value:
                wrong.append("%s is %s, wanted %s" % (name, have, value))
        if "configured" in kind and NAMES["M46_TUN_A_DELEGATED"] in got:
            wrong.append("delegated prefixes of a configured tunnel")
        if "rtnetlink" in got:
            wrong.append("rtnetlink tells something else")
        if number("new", IFLA_MTU) != 1280:
            wrong.append("mtu %d" % number("new", IFLA_MTU))
        delete()
        out.result("defaults of %s (KERN-17, TUN-06)" % kind, *wrong)


def round_trips(out):
    """Each setting alone, and none but it has changed."""
    lists = [(name, listed(name, ("198.51.100.0", 24), ("0.0.0.0", 0)),
              ["198.51.100.0/24", "0.0.0.0/0"]) for name in LISTS]
    lists += [(name, listed(name), []) for name in LISTS]
    lists += [(name, listed(name, *(("10.%d.0.0" % n, 16)
                                    for n in range(16))),
               ["10.%d.0.0/16" % n for n in range(16)]) for name in LISTS]
    tries = [(name, t(name, pack(value)), pack(value)) for name, pack, value
             in (("RETURN_ONLY", u8, 1), ("RETURN_ONLY", u8, 0),
                 ("RELAY_SOURCE", u8, 1), ("RELAY_SOURCE", u8, 2),
                 ("INGRESS_FILTER", u8, 0), ("INGRESS_FILTER", u8, 2),
                 ("TTL", u16, 1), ("TTL", u16, 255), ("TTL", u16, 256),
                 ("TOS", u16, 252), ("TOS", u16, 256), ("ECN", u8, 1),
                 ("ECN_LOG", u8, 0), ("PMTUDISC", u8, 1),
                 ("LARGE_MTU", u8, 1), ("NONLOCAL", u8, 1), ("LINK", u32, 1),
                 ("LINK", u32, 0x7fffffff), ("FWMARK", u32, 0xffffffff),
                 ("ANYCAST", u8, 1), ("ANYCAST", u8, 0))] + lists
    wrong = taken("new", new(on("RELAY")), "documentation")
    for name, message, value in tries:
        before = settings()
        wrong += taken(name, change(message, name="new"))
        after = settings()
        key = NAMES["M46_TUN_A_" + name]
        have = plain(after[key]) if isinstance(value, list) else after[key]
        if have != value:
            wrong.append("%s is %s, wanted %s" % (name, have, value))
        wrong += ["%s changed %s" % (name, k) for k in after
                  if k != key and after[k] != before.get(k)]
    delete()
    out.result("every setting, to and fro (KERN-17)", *wrong)


def all_at_once(out):
    """The longest of all messages, and how much of it comes back."""
    addrs = ["9.9.9.%d" % n for n in range(16)]
    full = [("10.%d.0.0" % n, 16) for n in range(16)]
    wrong = taken("new", new(
        on("RELAY", "NONLOCAL"), *(listed(name, *full) for name in LISTS),
        addrs=addrs))
    got = settings()
    if plain(got[NAMES["M46_TUN_A_LOCALS"]]) != [a + "/32" for a in addrs]:
        wrong.append("locals")
    if plain(got[NAMES["M46_TUN_A_DELEGATED"]]) != [
            "2002:909:9%02x::/48" % n for n in range(16)]:
        wrong.append("delegated: %s" % plain(
            got[NAMES["M46_TUN_A_DELEGATED"]]))
    for name in LISTS:
        if len(plain(got[NAMES["M46_TUN_A_" + name]])) != 16:
            wrong.append(name)
    if struct.unpack("=B", links()["new"][IFLA_CARRIER])[0]:
        wrong.append("carrier on without any local")
    delete()
    out.result("16 of everything (KERN-17)", *wrong)


def sizes(out):
    """mtu: defaults and limits"""
    wrong = []
    for what, items, extra, want, limit in (
            ("static", (), b"", 1280, 1480),
            ("pmtudisc", (on("PMTUDISC"),), b"", 1480, 1480),
            ("said", (), mtu(1400), 1400, 1480),
            ("the most", (), mtu(1480), 1480, 1480),
            ("large", (on("LARGE_MTU"),), mtu(65515), 65515, 65515),
            ("large, not said", (on("LARGE_MTU"),), b"", 1280, 65515)):
        wrong += taken(what, new(*items, extra=extra), "documentation")
        got = number("new", IFLA_MTU), number("new", IFLA_MAX_MTU)
        if got != (want, limit):
            wrong.append("%s: mtu %d of %d" % (what, *got))
        delete()
    # one message that says both
    wrong += taken("new", new(), "documentation")
    wrong += taken("both", change(on("LARGE_MTU"), name="new",
                                  extra=mtu(9000)))
    if number("new", IFLA_MTU) != 9000:
        wrong.append("large-mtu on and mtu 9000: %d" % number("new", IFLA_MTU))
    delete()
    out.result("mtu: defaults and limits (TUN-05, TUN-06)", *wrong)


def neighbours(out):
    """Devices that have a local in common, and packets apart."""
    wrong = []
    for what, act, text in (
            ("configured beside 6to4", new(
                remote("10.0.0.7"), addrs=("192.0.2.170",)), ""),
            ("configured, another remote", new(
                remote("10.0.0.7"), addrs=("10.0.0.9",)), ""),
            ("6to4 beside configured", new(
                on("NONLOCAL"), addrs=("9.9.9.9",)), ""),
            ("6to4, another link", new(
                t("LINK", u32(1)), addrs=("192.0.2.170",)), "documentation"),
            ("nonlocal", new(on("NONLOCAL"), addrs=("192.0.2.99",)),
             "documentation"),
            ("anycast and nonlocal", new(on("NONLOCAL", "RELAY", "ANYCAST")),
             "documentation"),
            ("relay outside of v4-prefix", sixrd(
                on("RELAY"), v4_prefix("10.0.0.0", 8)), ""),
            ("6to4 with two", new(addrs=(FREE, "192.0.2.173")),
             "documentation")):
        wrong += taken(what, act, text)
        delete()
    # what a device has it keeps, whatever else it changes
    wrong += taken("new", new(), "documentation")
    ip("addr", "del", FREE + "/32", "dev", "lo")
    wrong += taken("its local has gone", change(t("TTL", u16(9)), name="new"))
    wrong += taken("it has lost", change(local(FREE), name="new"),
                   "documentation")
    ip("addr", "add", FREE + "/32", "dev", "lo")
    # 192.88.99.1 is one device's too
    wrong += taken("anycast", change(on("RELAY", "NONLOCAL", "ANYCAST"),
                                     name="new"))
    wrong += out.refusal(new(on("RELAY", "NONLOCAL", "ANYCAST"),
                             addrs=("192.0.2.173",), name="new2"), "EEXIST",
                         TAKEN, "TUN_A_LOCALS")
    # locals that it no longer has are free
    wrong += taken("other local", change(local("192.0.2.173"),
                                         off("ANYCAST"), name="new"),
                   "documentation")
    wrong += taken("freed local", new(on("RELAY", "NONLOCAL", "ANYCAST"),
                                      name="new2"), "documentation")
    wrong += out.refusal(new(addrs=("192.0.2.173",), name="new3"), "EEXIST",
                         TAKEN, "TUN_A_LOCALS")
    delete("new2")
    delete()
    wrong += taken("freed by deletion", new(addrs=("192.0.2.173",)),
                   "documentation")
    delete()
    out.result("locals in common (SEC-17, TUN-24)", *wrong)


def vrfs(out):
    """Each VRF has addresses of its own."""
    wrong = []
    ip("link", "add", "red", "up", "type", "vrf", "table", "100")
    red = attr(IFLA_MASTER, u32(socket.if_nametoindex("red")))
    wrong += taken("the same local in a VRF", new(
        on("NONLOCAL"), addrs=("192.0.2.170",), extra=red), "documentation")
    wrong += out.refusal(new(on("NONLOCAL"), addrs=("192.0.2.170",),
                             extra=red, name="new2"), "EEXIST", TAKEN,
                         "TUN_A_LOCALS")
    wrong += out.refusal(change(local("192.0.2.171")), "EEXIST", TAKEN,
                         "TUN_A_LOCALS")
    wrong += taken("another local in a VRF", change(local("192.0.2.171"),
                                                    name="new"),
                   "documentation")
    delete()
    ip("link", "del", "red")
    out.result("locals in common with a VRF (SEC-17)", *wrong)


def carrier(out):
    """A device whose locals have gone has no carrier (6TO4-02)."""
    def is_on():
        return bool(struct.unpack("=B", links()["new"][IFLA_CARRIER])[0])

    wrong = taken("new", new(addrs=(FREE, "192.0.2.173")), "documentation")
    ip("link", "set", "new", "up")
    for what, words, want in (
            ("both", None, True),
            ("one", ("del", FREE), True), ("none", ("del", "192.0.2.173"),
                                           False),
            ("one again", ("add", FREE), True),
            ("both again", ("add", "192.0.2.173"), True)):
        if words:
            ip("addr", words[0], words[1] + "/32", "dev", "lo")
        if is_on() != want:
            wrong.append("with %s: %s" % (what, is_on()))
    wrong += taken("change", change(on("NONLOCAL"), local("192.0.2.99"),
                                    name="new"), "documentation")
    if is_on():
        wrong.append("on after a change to a local that is not here")
    wrong += taken("change back", change(local(FREE), name="new"),
                   "documentation")
    if not is_on():
        wrong.append("off after a change to a local that is here")
    # in another namespace there is no such address
    ip("netns", "add", "m46-nl6to4")
    ip("link", "set", "new", "netns", "m46-nl6to4")
    there = ("-n", "m46-nl6to4", "link")
    ip(*there, "set", "new", "up")
    said = subprocess.run(["ip", *there, "show", "new"], check=True,
                          capture_output=True, text=True).stdout
    # the operational state follows a moment later
    if "LOWER_UP" in said:
        wrong.append("in another namespace: " + said.splitlines()[0])
    ip("netns", "del", "m46-nl6to4")
    out.result("carrier follows the local addresses (6TO4-02)", *wrong)


# --- no privileges

def unprivileged(out):
    wrong = []
    for act in (new(), sixrd(), change(t("TTL", u16(9))),
                change(t("TTL", u16(9)), name="t2"),
                cmd("STATS_RESET", dev("t1"))):
        wrong += out.refusal(act, "EPERM", None)
    wrong += out.refusal(cmd("DEV_GET", dev("t1")), None, None)
    return wrong


def other_user(out):
    """Root of a user namespace is nobody in this network namespace."""
    if nl.ctypes.CDLL(None).unshare(CLONE_NEWUSER):
        return []
    nl.genl, nl.rtnl = nl.Genl(), nl.Socket(nl.NETLINK_ROUTE)
    return unprivileged(out)


def other_net(out):
    """Nor if it has a network namespace, out of which it would reach."""
    parent = os.getppid()
    if nl.ctypes.CDLL(None).unshare(CLONE_NEWUSER | nl.CLONE_NEWNET):
        return []
    nl.genl, nl.rtnl = nl.Genl(), nl.Socket(nl.NETLINK_ROUTE)
    wrong = out.refusal(new(on("NONLOCAL"), extra=attr(
        IFLA_NET_NS_PID, u32(parent))), "EPERM", None)
    wrong += taken("in its own", new(on("NONLOCAL")), "documentation")
    return wrong


# --- all of it

def setup():
    for addr in ["192.0.2.17%d" % n for n in range(5)] + [
            "10.100.100.1", "10.0.0.9"]:
        ip("addr", "add", addr + "/32", "dev", "lo")
    ip("link", "set", "lo", "up")
    ip("link", "add", "lan", "up", "type", "veth", "peer", "name", "lan2")
    ip("addr", "add", "10.5.0.1/24", "dev", "lan")
    yield link(nl.MODE, prefixes(prefix6(nl.OWN1, 96)), name="pe1")
    yield link(attr("DEV_A_MODE", u8(2)), prefixes(prefix6("2001:db8:46::",
                                                           96)), name="mt1")
    yield new(addrs=("192.0.2.170",), name="t1")()
    yield new(v4_prefix("10.0.0.0", 8), remote("10.0.0.1"),
              addrs=("10.100.100.1",), name="t2",
              outer=(prefixes(prefix6("2001:db8::", 32)),))()
    yield new(remote("10.0.0.8"), addrs=("10.0.0.9",), name="t3")()
    yield new(on("RELAY", "RETURN_ONLY", "LARGE_MTU"), ACL, name="t4",
              addrs=("192.0.2.171",), extra=mtu(9000))()


def good(out):
    wrong = ["%s: %s" % g[:2] for g in setup() if g[0]]
    if plain(settings("t2")[NAMES["M46_TUN_A_DELEGATED"]]) != [
            "2001:db8:6464:100::/56"]:
        wrong.append("delegated prefix of t2")
    out.result("what is right is taken (KERN-17, SIXRD-01, SIXRD-02)", *wrong)


def main():
    tables = (("KERN-17, 6TO4-04, TUN-24, SEC-17", LOCALS),
              ("KERN-17, SIXRD-01", KINDS), ("KERN-17", VALUES),
              ("KERN-17, 6TO4-16", ROLES), ("KERN-17", MODES),
              ("KERN-17, TUN-05", MTUS))
    status = nl.begin(sum(len(rows) for _, rows in tables) + len(NUMBERS) + 14)
    if status is not None:
        return status
    plain_state = nl.state
    nl.state = lambda: [*plain_state(), links()]
    out = nl.Results()
    good(out)
    numbers(out)
    for ids, table in tables:
        out.table(ids, table)
    defaults(out)
    for work in (round_trips, all_at_once, sizes, neighbours, vrfs, carrier):
        work(out)
    for what, work in (("no privileges", unprivileged),
                       ("root of another user namespace", other_user),
                       ("and of another network namespace", other_net)):
        out.result(what + " (KERN-17)", *nl.as_nobody(out, work))
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main())
