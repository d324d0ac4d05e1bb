#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel's netlink interface: every refusal has its text, and after it
nothing has changed. m46ctl refuses most of this by itself, so messages are made
here by hand, numbers and names being read from the uapi header.

      +----------- namespace ------------+
      |  pe1   adpt, 2001:db8:1::/96     |
      |        198.51.100.0/24  remote   |
      |        192.0.2.0/24     local    |
      |  pe2   adpt, 2001:db8:2::/96     |
      |  lo    no m46 device             |
      +----------------------------------+

KTAP on standard output. Exit code: 0 pass, 1 fail, 4 skip.
"""
import ctypes
import errno
import os
import re
import socket
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def find(path):
    """A file of our tree; of a kernel tree, these being in its
    tools/testing/selftests/net/m46; or of none, beside its installed tests."""
    top = os.path.join(HERE, "..", path)
    for place in (top, os.path.join(HERE, "../../../../..", path),
                  os.path.join(HERE, os.path.basename(path))):
        if os.path.exists(place):
            return place
    return top


HEADER = find("include/uapi/linux/m46.h")

CLONE_NEWNET = 0x40000000
NETLINK_ROUTE, NETLINK_GENERIC = 0, 16
SOL_NETLINK, NETLINK_EXT_ACK, NETLINK_ADD_MEMBERSHIP = 270, 11, 1
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE = 0x100, 0x200, 0x400
NLM_F_DUMP = 0x300
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS = 1, 2
RTM_NEWLINK, RTM_DELLINK = 16, 17
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO, IFLA_NET_NS_PID = 1, 3, 18, 19
IFLA_INFO_KIND, IFLA_INFO_DATA = 1, 2
GENL_ID_CTRL, CTRL_CMD_GETFAMILY = 16, 3
CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 1, 2
CTRL_ATTR_MCAST_GROUPS, CTRL_ATTR_MCAST_GRP_NAME = 7, 1
CTRL_ATTR_MCAST_GRP_ID = 2
NESTED = 0x8000

ADD = NLM_F_CREATE | NLM_F_EXCL
OWN1, OWN2, FAR = "2001:db8:1::", "2001:db8:2::", "2001:db8:3::"


def uapi():
    """Names and values of all enums and of the numeric #defines."""
    with open(HEADER, encoding="ascii") as f:
        text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
    names = {}
    for body in re.findall(r"enum \w+ \{(.*?)\}", text, flags=re.S):
        value = -1
        for item in re.findall(r"(\w+)\s*(?:=\s*(\w+))?\s*(?:,|$)",
                               re.sub(r"- 1", "", body), flags=re.M):
            value = (int(item[1]) if item[1].isdigit() else
                     value if item[1] else value + 1)
            names[item[0]] = value
    for name, shift in re.findall(r"#define (\w+)\s+\(1U << (\d+)\)", text):
        names[name] = 1 << int(shift)
    return names


NAMES = uapi()


def attr(kind, data, nested=False):
    if isinstance(kind, str):
        kind = NAMES["M46_" + kind]
    head = struct.pack("=HH", len(data) + 4, kind | (NESTED if nested else 0))
    return head + data + bytes(-len(data) % 4)


def nest(kind, *items):
    return attr(kind, b"".join(items), True)


def u8(num):
    return struct.pack("=B", num)


def u16(*nums):
    return struct.pack("=%dH" % len(nums), *nums)


def u32(num):
    return struct.pack("=I", num)


def u64(num):
    return struct.pack("=Q", num)


def v4(addr):
    return socket.inet_pton(socket.AF_INET, addr)


def v6(addr):
    return socket.inet_pton(socket.AF_INET6, addr)


def attrs(data):
    """(type, value) of each attribute"""
    at = 0
    while at + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, at)
        yield kind & ~NESTED & 0xffff, data[at + 4:at + size]
        at += (size + 3) & ~3


class Socket:
    """One netlink socket."""

    guilty = None       # type of the attribute that the last refusal is about

    def __init__(self, proto):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, proto)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.settimeout(10)
        # a socket without address is told no events
        self.sock.bind((0, 0))
        self.seq = 0

    def call(self, kind, flags, payload):
        """(errno, text, payloads of the answers)"""
        self.seq += 1
        request = struct.pack("=IHHII", 16 + len(payload), kind,
                              flags | NLM_F_REQUEST | NLM_F_ACK, self.seq,
                              0) + payload
        self.sock.send(request)
        answers = []
        while True:
            data = self.sock.recv(1 << 20)
            while data:
                size, kind, flags, seq = struct.unpack_from("=IHHI", data)
                body, data = data[16:size], data[(size + 3) & ~3:]
                if seq != self.seq:
                    continue
                if kind in (NLMSG_ERROR, NLMSG_DONE):
                    err = -struct.unpack_from("=i", body)[0]
                    return err, self.text(kind, flags, body, request), answers
                answers.append(body)

    def text(self, kind, flags, body, request):
        """The extack message of an answer."""
        self.guilty = None
        if not flags & NLM_F_ACK_TLVS:
            return ""
        at = 4
        if kind == NLMSG_ERROR:
            # The request follows, or of one that succeeded its header.
            at = 20 if flags & NLM_F_CAPPED else 4 + struct.unpack_from(
                "=I", body, 4)[0]
            at = (at + 3) & ~3
        ack = dict(attrs(body[at:]))
        if NLMSGERR_ATTR_OFFS in ack:
            offset = struct.unpack("=I", ack[NLMSGERR_ATTR_OFFS])[0]
            self.guilty = struct.unpack_from("=H", request,
                                             offset + 2)[0] & ~NESTED
        return ack.get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode()


class Genl(Socket):
    """A socket of the family."""

    family = 0
    groups = {}

    def __init__(self):
        super().__init__(NETLINK_GENERIC)
        if not Genl.family:
            _, _, answers = self.call(
                GENL_ID_CTRL, 0, struct.pack("=BBH", CTRL_CMD_GETFAMILY, 1, 0)
                + attr(CTRL_ATTR_FAMILY_NAME, b"m46\0"))
            family = dict(attrs(answers[0][4:]))
            Genl.family = struct.unpack("=H", family[CTRL_ATTR_FAMILY_ID])[0]
            for _, group in attrs(family[CTRL_ATTR_MCAST_GROUPS]):
                group = dict(attrs(group))
                Genl.groups[group[CTRL_ATTR_MCAST_GRP_NAME].rstrip(
                    b"\0").decode()] = struct.unpack(
                        "=I", group[CTRL_ATTR_MCAST_GRP_ID])[0]

    def join(self, group):
        """errno"""
        try:
            self.sock.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
                                 Genl.groups[group])
        except OSError as e:
            return e.errno
        return 0

    def cmd(self, name, *items, flags=0):
        num = NAMES["M46_CMD_" + name] if isinstance(name, str) else name
        return self.call(Genl.family, flags, struct.pack("=BBH", num, 1, 0)
                         + b"".join(items))


rtnl = genl = None


# --- what messages consist of

def dev(name="pe1"):
    return attr("A_IFNAME", name.encode() + b"\0")


def prefix6(addr, length):
    return nest("LIST_A_PREFIX", attr("PREFIX_A_IPV6", v6(addr)),
                attr("PREFIX_A_LEN", u8(length)))


def prefix4(addr, length):
    return nest("LIST_A_PREFIX", attr("PREFIX_A_IPV4", v4(addr)),
                attr("PREFIX_A_LEN", u8(length)))


def prefixes(*items):
    return nest("DEV_A_PREFIXES", *items)


MODE = attr("DEV_A_MODE", u8(1))
OWN = prefixes(prefix6("2001:db8:5::", 96))


def link(*settings, name="new", flags=ADD, extra=b"", data=True):
    """RTM_NEWLINK with these in IFLA_INFO_DATA"""
    info = [attr(IFLA_INFO_KIND, b"m46\0")]
    if data:
        info.append(nest(IFLA_INFO_DATA, *settings))
    return rtnl.call(RTM_NEWLINK, flags, struct.pack("=BxHiII", 0, 0, 0, 0, 0)
                     + attr(IFLA_IFNAME, name.encode() + b"\0") + extra
                     + nest(IFLA_LINKINFO, *info))


def new(*settings):
    """A new device: mode and own prefix are good, the rest is on trial."""
    return lambda: link(MODE, OWN, *settings)


def change(*settings):
    return lambda: link(*settings, name="pe1", flags=0)


def rule(dst="203.0.113.0", dst_len=24, via=FAR, via_len=96, local=False,
         more=b""):
    return nest("A_RULE", attr("RULE_A_DST", v4(dst)),
                attr("RULE_A_DST_PREFIXLEN", u8(dst_len)),
                attr("RULE_A_VIA", v6(via)), attr("RULE_A_VIA_PREFIXLEN", u8(via_len)),
                attr("RULE_A_LOCAL", b"") if local else b"", more)


def add(**words):
    return lambda: genl.cmd("RULE_NEW", dev(), rule(**words))


def cmd(name, *items, flags=0):
    return lambda: genl.cmd(name, *items, flags=flags)


def load(flags, *rules, sock=None, count=None, name="pe1"):
    if flags & NAMES["M46_LOAD_COMMIT"] and count != "none":
        n = len(rules) if count is None else count
        rules += (attr("A_RULE_COUNT", u32(n)),)
    return (sock or genl).cmd("RULE_LOAD", dev(name),
                              attr("A_LOAD_FLAGS", u32(flags)), *rules)


def state():
    """Everything that a refusal must leave as it is."""
    return [genl.cmd("DEV_GET", flags=NLM_F_DUMP)[2],
            genl.cmd("RULE_GET", flags=NLM_F_DUMP)[2],
            genl.cmd("POOL_GET", flags=NLM_F_DUMP)[2], entries()]


def entries():
    """All entries, without the seconds that they have left."""
    every = nest("A_FILTER", attr("FILTER_A_TYPES", u32(0xe)))
    found = []
    for answer in genl.cmd("ENTRY_GET", every, flags=NLM_F_DUMP)[2]:
        top = dict(attrs(answer[4:]))
        entry = dict(attrs(top[NAMES["M46_A_ENTRY"]]))
        entry.pop(NAMES["M46_ENTRY_A_EXPIRES"], None)
        found.append((top[NAMES["M46_A_IFINDEX"]], sorted(entry.items())))
    return sorted(found)


# --- the tables: what is tried, errno, text

RANGE = "integer out of range"
DEVICES = [
    ("no settings at all", lambda: link(data=False), "EINVAL",
     "mode is missing"),
    ("no mode", lambda: link(OWN), "EINVAL", "mode is missing"),
    ("mode 0", lambda: link(attr("DEV_A_MODE", u8(0)), OWN), "ERANGE", RANGE),
    ("mode 4", lambda: link(attr("DEV_A_MODE", u8(4)), OWN), "ERANGE", RANGE),
    ("mode in 4 bytes", lambda: link(attr("DEV_A_MODE", u32(1)), OWN),
     "EINVAL|ERANGE", "[Aa]ttribute.* invalid|length"),
    ("no own prefix", lambda: link(MODE), "EINVAL", "own prefix is missing"),
    ("empty list of own prefixes", lambda: link(MODE, prefixes()), "EINVAL",
     "at least one own prefix is needed"),
    ("own prefix without address", lambda: link(MODE, prefixes(
        nest("LIST_A_PREFIX", attr("PREFIX_A_LEN", u8(96))))), "EINVAL",
     "prefix must be IPv6"),
    ("own prefix without length", lambda: link(MODE, prefixes(
        nest("LIST_A_PREFIX", attr("PREFIX_A_IPV6", v6(FAR))))), "EINVAL",
     "prefix without length"),
    ("IPv4 as own prefix", lambda: link(MODE, prefixes(
        prefix4("192.0.2.0", 24))), "EINVAL", "prefix must be IPv6"),
    ("own prefix of 5 bytes", lambda: link(MODE, prefixes(
        nest("LIST_A_PREFIX", attr("PREFIX_A_IPV6", bytes(5)),
             attr("PREFIX_A_LEN", u8(96))))), "ERANGE|EINVAL",
     "size out of range|invalid|length"),
] + [
    ("own prefix %s/%d" % (addr, length),
     lambda addr=addr, length=length: link(MODE, prefixes(
         prefix6(addr, length))), code, text)
    for addr, length, code, text in (
        ("2001:db8::", 0, "EINVAL", "must be 1 to 96"),
        ("2001:db8::", 97, "EINVAL", "must be 1 to 96"),
        ("2001:db8::", 129, "ERANGE", RANGE),
        ("2001:db8::1:0:0:0", 32, "EINVAL", "bits set beyond its length"),
        ("2001:db8::1", 96, "EINVAL", "bits set beyond its length"),
        ("ff0e::", 96, "EINVAL", "multicast"),
        ("fe80::", 64, "EINVAL", "link-local"),
        ("::", 96, "EINVAL", "unspecified, v4-compatible or v4-mapped"),
        ("::ffff:0:0", 96, "EINVAL", "unspecified, v4-compatible"))
] + [
    ("the same own prefix twice", lambda: link(MODE, prefixes(
        prefix6(FAR, 96), prefix6(FAR, 96))), "EINVAL", "given twice"),
    ("the same own prefix with two lengths", lambda: link(MODE, prefixes(
        prefix6(FAR, 96), prefix6(FAR, 64))), "EINVAL", "two lengths"),
    ("17 own prefixes", lambda: link(MODE, prefixes(*(
        prefix6("2001:db8:%x::" % n, 96) for n in range(16, 33)))), "EINVAL",
     "more than 16 own prefixes"),
    ("an attribute of the future", new(attr(
        NAMES["M46_DEV_A_FASTPATH"] + 1, u8(1))), "EINVAL",
     "[Uu]nsupported|[Uu]nknown attribute"),
    ("a link-layer address", lambda: link(MODE, OWN, extra=attr(
        IFLA_ADDRESS, bytes(6))), "EINVAL", "no link-layer address"),
    ("a name that is taken", lambda: link(MODE, OWN, name="pe2"), "EEXIST",
     None),
    ("fastpath of 3 bytes", new(attr("DEV_A_FASTPATH", bytes(3))), "EINVAL",
     "no array"),
    ("fastpath by 9 interfaces", new(attr("DEV_A_FASTPATH", bytes(36))),
     "EINVAL|ERANGE", "[Aa]ttribute.* invalid|length|policy validation"),
    ("fastpath twice by one", new(attr("DEV_A_FASTPATH", u32(1) + u32(1))),
     "EINVAL", "given twice", "DEV_A_FASTPATH"),
    ("fastpath by none that is there", new(attr("DEV_A_FASTPATH", u32(9999))),
     "ENODEV", "no such interface", "DEV_A_FASTPATH"),
    ("fastpath by lo", new(attr("DEV_A_FASTPATH", u32(1))), "EINVAL",
     "not on lo", "DEV_A_FASTPATH"),
    ("fastpath by lo, of a device that is there", change(
        attr("DEV_A_FASTPATH", u32(1))), "EINVAL", "not on lo",
     "DEV_A_FASTPATH"),
    ("mtu-plateaus that ascend", new(attr("DEV_A_MTU_PLATEAUS",
                                          u16(576, 1500))), "EINVAL",
     "must descend"),
    ("mtu-plateaus below 68", new(attr("DEV_A_MTU_PLATEAUS", u16(1500, 67))),
     "EINVAL", "lowest is 68"),
    ("mtu-plateaus of 3 bytes", new(attr("DEV_A_MTU_PLATEAUS", bytes(3))),
     "EINVAL", "no array of u16"),
    ("17 mtu-plateaus", new(attr("DEV_A_MTU_PLATEAUS",
                                 u16(*range(1517, 1500, -1)))), "ERANGE|EINVAL",
     "out of range|invalid"),
    ("icmp4-source multicast", new(attr("DEV_A_ICMP4_SOURCE",
                                        v4("224.0.0.1"))), "EINVAL",
     "icmp4-source is no unicast address"),
    ("icmp4-source loopback", new(attr("DEV_A_ICMP4_SOURCE",
                                       v4("127.0.0.1"))), "EINVAL",
     "icmp4-source is no unicast address"),
    ("icmp6-source multicast", new(attr("DEV_A_ICMP6_SOURCE", v6("ff02::1"))),
     "EINVAL", "icmp6-source is no global unicast address"),
    ("icmp6-source link-local", new(attr("DEV_A_ICMP6_SOURCE", v6("fe80::1"))),
     "EINVAL", "icmp6-source is no global unicast address"),
    ("pool6791 with host bits", new(nest("DEV_A_POOL6791", prefix4(
        "192.0.2.1", 24))), "EINVAL", "bits set beyond its length"),
    ("pool6791 of length 33", new(nest("DEV_A_POOL6791", prefix4(
        "192.0.2.1", 33))), "EINVAL", "over 32"),
    ("pool6791 private", new(nest("DEV_A_POOL6791", prefix4(
        "10.0.0.0", 24))), "EINVAL", "private"),
    ("pool6791 multicast", new(nest("DEV_A_POOL6791", prefix4(
        "224.0.0.0", 24))), "EINVAL", "not unicast"),
    ("pool6791 IPv6", new(nest("DEV_A_POOL6791", prefix6(FAR, 96))), "EINVAL",
     "prefix must be IPv4"),
    ("the mode that it has", change(attr("DEV_A_MODE", u8(1))), None, None),
    ("another mode", change(attr("DEV_A_MODE", u8(2))), "EINVAL",
     "mode of a device cannot change", "DEV_A_MODE"),
    ("a rate twice", new(attr("DEV_A_RATE", u32(5)), attr("DEV_A_RATE",
                                                          u32(6))), "EINVAL",
     "given twice", "DEV_A_RATE"),
    ("change of a rate twice", change(attr("DEV_A_RATE", u32(5)), attr(
        "DEV_A_RATE", u32(6))), "EINVAL", "given twice", "DEV_A_RATE"),
    ("own prefix that a rule points at", change(prefixes(
        prefix6("2001:db8:4::", 96))), "EINVAL",
     "own prefix is the target of a rule"),
    ("change to no own prefix", change(prefixes()), "EINVAL",
     "at least one own prefix is needed"),
]

# Numbers just beyond what they may be, at creation and as a change.
NUMBERS = [
    ("METHOD", u8, (0, 3)), ("MD", u8, (0, 3)), ("SOURCE_CHECK", u8, (3, 255)),
    ("LOWEST_IPV6_MTU", u32, (0, 1279, 65536)), ("UDP_ZERO", u8, (3,)),
    ("TCLASS", u16, (257, 65535)), ("TOS_IGNORE", u8, (2,)),
    ("DSCP_IGNORE", u8, (2,)), ("TOS_OVERRIDE", u16, (257,)),
    ("WKP_STRICT", u8, (2,)), ("RESERVED_BITS", u8, (2,)),
    ("ADPT_DF", u8, (2,)), ("PROTO_STRICT_COPY", u8, (2,)),
    ("MSS_CLAMP", u8, (2,)), ("ICMP4_ERRORS", u8, (2,)),
    ("ICMP6_ERRORS", u8, (2,)), ("PMTU_ERRORS", u8, (2,)),
    ("RATE", u32, (0, 1000001)), ("BURST", u32, (0, 1000001)),
]

RULES = [
    ("no device", cmd("RULE_NEW", rule()), "EINVAL",
     "device is missing"),
    ("no such device", cmd("RULE_NEW", dev("none"), rule()),
     "ENODEV", "no such device"),
    ("no such index", cmd("RULE_NEW", attr("A_IFINDEX", u32(9999)), rule()), "ENODEV", "no such device"),
    ("index 0", cmd("RULE_NEW", attr("A_IFINDEX", u32(0)), rule()),
     "ERANGE", RANGE),
    ("a device of another kind", cmd("RULE_NEW", dev("lo"), rule()),
     "EOPNOTSUPP", "not an m46 device"),
    ("index and name of two devices", cmd("RULE_NEW", attr(
        "A_IFINDEX", u32(1)), dev("pe1"), rule()),
     "EINVAL|EOPNOTSUPP", "different devices|not an m46 device"),
    ("no rule", cmd("RULE_NEW", dev()), "EINVAL",
     "rule is missing"),
    ("two rules", cmd("RULE_NEW", dev(), rule(), rule(dst="203.0.112.0")),
     "EINVAL", "given twice", "A_RULE"),
    ("two devices", cmd("RULE_NEW", dev(), dev("pe2"), rule()), "EINVAL",
     "given twice", "A_IFNAME"),
    ("two prefixes in one rule", add(more=attr("RULE_A_DST", v4("10.0.0.0"))),
     "EINVAL", "given twice", "RULE_A_DST"),
    ("flush of two devices", cmd("RULE_FLUSH", dev(), dev("pe2")), "EINVAL",
     "given twice", "A_IFNAME"),
    ("reset of two devices", cmd("STATS_RESET", dev(), dev("pe2")), "EINVAL",
     "given twice", "A_IFNAME"),
    ("settings of two devices", cmd("DEV_GET", dev(), dev("pe2")), "EINVAL",
     "given twice", "A_IFNAME"),
    ("dump of two devices", cmd("RULE_GET", dev(), dev("pe2"),
                                flags=NLM_F_DUMP), "EINVAL", "given twice"),
    ("flags of rtnetlink", cmd("RULE_NEW", dev(), rule(), flags=ADD), "EINVAL",
     "reserved bits"),
    ("no prefix", cmd("RULE_NEW", dev(), nest(
        "A_RULE", attr("RULE_A_VIA", v6(FAR)), attr("RULE_A_VIA_PREFIXLEN", u8(96)))), "EINVAL", "without IPv4 prefix"),
    ("no mapping prefix", cmd("RULE_NEW", dev(), nest(
        "A_RULE", attr("RULE_A_DST", v4("203.0.113.0")),
        attr("RULE_A_DST_PREFIXLEN", u8(24)))), "EINVAL",
     "without mapping prefix"),
    ("host bits", add(dst="203.0.113.1"), "EINVAL",
     "IPv4 prefix has bits set beyond its length"),
    ("length 33", add(dst_len=33), "ERANGE", RANGE),
    ("0.0.0.0/8", add(dst="0.0.0.0", dst_len=8), "EINVAL", "127/8"),
    ("127.0.0.0/8", add(dst="127.0.0.0", dst_len=8), "EINVAL", "127/8"),
    ("224.0.0.0/4", add(dst="224.0.0.0", dst_len=4), "EINVAL", "224/4"),
    ("240.0.0.0/4", add(dst="240.0.0.0", dst_len=4), "EINVAL", "240/4"),
    ("mapping prefix of length 0", add(via="::", via_len=0), "ERANGE", RANGE),
    ("mapping prefix of length 97", add(via_len=97), "ERANGE", RANGE),
    ("mapping prefix of length 128", add(via_len=128), "ERANGE", RANGE),
    ("mapping prefix with host bits", add(via="2001:db8:3::1"), "EINVAL",
     "mapping prefix has bits set beyond its length"),
    ("mapping prefix multicast", add(via="ff0e::"), "EINVAL",
     "mapping prefix is multicast"),
    ("method 9", add(more=attr("RULE_A_METHOD", u8(9))), "ERANGE", RANGE),
    ("own prefix as target", add(via=OWN1), "EINVAL",
     "rule points at an own prefix"),
    ("own prefix of a local rule as target", add(via="2001:db8:11::"),
     "EINVAL", "rule points at an own prefix"),
    ("local rule with a prefix that others point at",
     add(via="2001:db8:4::", local=True), "EINVAL",
     "prefix of local rule is the target of other rules"),
    ("a rule that is there", add(dst="198.51.100.0"), "EEXIST",
     "rule for this prefix exists"),
    ("a local rule that is there", add(dst="192.0.2.0", via=OWN1, local=True),
     "EEXIST", "rule for this prefix exists"),
    ("an attribute of the future", add(more=attr(
        NAMES["M46_RULE_A_LOCAL"] + 1, u8(1))), "EINVAL",
     "[Uu]nsupported|[Uu]nknown attribute"),
    ("deletion of none", cmd("RULE_DEL", dev(), rule()), "ENOENT",
     "no rule for this prefix"),
    ("deletion of a remote rule as local", cmd("RULE_DEL", dev(), rule(
        dst="198.51.100.0", via="2001:db8:4::", local=True)), "ENOENT",
     "no rule for this prefix"),
    ("deletion with another mapping prefix", cmd("RULE_DEL", dev(), rule(
        dst="198.51.100.0", via="2001:db8:9::")), "ENOENT|EINVAL|ESRCH",
     "rule points at another mapping prefix"),
    ("lookup of a prefix", cmd("RULE_GET", dev(), nest(
        "A_RULE", attr("RULE_A_DST", v4("198.51.100.0")),
        attr("RULE_A_DST_PREFIXLEN", u8(24)))), "EINVAL", "one address is looked up"),
    ("lookup without address", cmd("RULE_GET", dev(), nest("A_RULE")),
     "EINVAL", "address is missing"),
    ("lookup of what no rule covers", cmd("RULE_GET", dev(), nest(
        "A_RULE", attr("RULE_A_DST", v4("8.8.8.8")))), "ENOENT",
     "no rule for this address"),
    ("flush of a device of another kind", cmd("RULE_FLUSH", dev("lo")),
     "EOPNOTSUPP", "not an m46 device"),
    ("dump of a device of another kind", cmd("RULE_GET", dev("lo"),
                                             flags=NLM_F_DUMP),
     "EOPNOTSUPP", "not an m46 device"),
    ("counters of no device", cmd("STATS_GET", dev("none")), "ENODEV",
     "no such device"),
    ("reset of no device", cmd("STATS_RESET", dev("none")), "ENODEV",
     "no such device"),
    ("settings of no device", cmd("DEV_GET", dev("none")), "ENODEV",
     "no such device"),
    ("a top-level attribute of the future", cmd("DEV_GET", dev(), attr(
        NAMES["M46_A_TIME"] + 1, u8(1))), "EINVAL",
     "[Uu]nsupported|[Uu]nknown attribute"),
    ("a name without end", cmd("DEV_GET", attr("A_IFNAME", b"x" * 20)),
     "EINVAL|ERANGE", None),
    ("a command of the future", cmd(NAMES["M46_CMD_EVENT"] + 1, dev()),
     "EOPNOTSUPP", None),
]

LOADS = [
    ("load that nobody began", lambda: load(0, rule()), "EINVAL",
     "no load in progress"),
    ("load with flags of the future", lambda: load(4, rule()), "EINVAL",
     "reserved bit set|out of range|invalid"),
    ("load without the number of rules", lambda: load(3, rule(),
                                                      count="none"),
     "EINVAL", "number of rules is missing"),
    ("load with two numbers of rules", lambda: load(3, rule(), attr(
        "A_RULE_COUNT", u32(1))), "EINVAL", "given twice", "A_RULE_COUNT"),
    ("load of which a part is lost", lambda: load(3, rule(), count=2),
     "EINVAL", "not as many rules"),
    ("load with the same prefix twice", lambda: load(3, rule(), rule()),
     "EEXIST", "rule for this prefix exists"),
    ("load with an own prefix as target", lambda: load(3, rule(),
                                                       rule(via=OWN1)),
     "EINVAL", "own prefix"),
    ("load with host bits", lambda: load(3, rule(), rule(dst="10.0.0.1")),
     "EINVAL", "bits set beyond its length"),
    ("load with a rule that is none", lambda: load(3, rule(), nest("A_RULE")),
     "EINVAL", "without IPv4 prefix"),
]


# --- results

class Results:
    """KTAP"""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def result(self, name, *wrong):
        self.count += 1
        for line in wrong:
            print("# " + line)
        self.failed += bool(wrong)
        print("%sok %d %s" % ("not " if wrong else "", self.count, name),
              flush=True)

    def refusal(self, act, code, text, guilty=None):
        """What is wrong with a refusal; code None: no error is wanted. guilty:
        the name of the attribute that it is about, without M46_."""
        before = state()
        rtnl.guilty = genl.guilty = None
        err, said, _ = act()
        blamed = rtnl.guilty or genl.guilty
        wrong = []
        wanted = [getattr(errno, c) for c in code.split("|")] if code else [0]
        if err not in wanted:
            wrong.append("got %s (%s), wanted %s" % (
                errno.errorcode.get(err, err), said, code))
        if text and not re.search(text, said):
            wrong.append('said "%s", wanted "%s"' % (said, text))
        if guilty and blamed != (NAMES["M46_" + guilty] if isinstance(
                guilty, str) else guilty):
            wrong.append("attribute %s is blamed, wanted %s" % (blamed,
                                                                guilty))
        if text and "\n" in said:
            wrong.append("more than one line")
        if state() != before:
            wrong.append("something has changed")
        return wrong

    def table(self, ids, tries):
        for name, *what in tries:
            self.result("%s (%s)" % (name, ids), *self.refusal(*what))


def numbers(out):
    for name, pack, values in NUMBERS:
        wrong = []
        for value in values:
            bad = attr("DEV_A_" + name, pack(value))
            for act in (new(bad), change(bad)):
                wrong += out.refusal(act, "ERANGE", RANGE)
        out.result("%s: %s (%sKERN-17)" % (
            name.lower().replace("_", "-"), ", ".join(map(str, values)),
            "SIIT-15, " if "MTU" in name else ""), *wrong)


def two_loads(out):
    """One load at a time; a socket that closes takes its load along."""
    other = Genl()
    wrong = []
    if load(NAMES["M46_LOAD_BEGIN"], rule(), sock=other)[0]:
        wrong.append("the first was refused")
    wrong += out.refusal(lambda: load(3, rule()), "EBUSY",
                         "another load is in progress")
    wrong += out.refusal(lambda: load(0, rule()), "EBUSY",
                         "another load is in progress")
    other.sock.close()
    wrong += out.refusal(lambda: load(0, rule()), "EINVAL",
                         "no load in progress")
    out.result("a second load while one is in progress (ADPT-60)", *wrong)


def moved_load(out):
    """A load ends when its device goes to another namespace."""
    ready, moved = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        global genl
        ctypes.CDLL(None).unshare(CLONE_NEWNET)
        os.write(ready[1], b"x")
        os.read(moved[0], 1)
        genl = Genl()
        os._exit(load(3, rule(), name="roam")[0])
    os.read(ready[0], 1)
    wrong = []
    if link(MODE, OWN, name="roam")[0]:
        wrong.append("no device")
    if load(NAMES["M46_LOAD_BEGIN"], rule(), name="roam")[0]:
        wrong.append("the first message was refused")
    err = rtnl.call(RTM_NEWLINK, 0, struct.pack("=BxHiII", 0, 0, 0, 0, 0) +
                    attr(IFLA_IFNAME, b"roam\0") +
                    attr(IFLA_NET_NS_PID, u32(pid)))[0]
    if err:
        wrong.append("not moved: " + os.strerror(err))
    os.write(moved[1], b"x")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        wrong.append("another load there: " + os.strerror(status))
    for fd in ready + moved:
        os.close(fd)
    out.result("a load whose device has moved away (ADPT-60)", *wrong)


def failed_load(out):
    """An error ends the load: what came before it is not kept either."""
    wrong = []
    if load(NAMES["M46_LOAD_BEGIN"], rule())[0]:
        wrong.append("the first message was refused")
    wrong += out.refusal(lambda: load(0, rule(dst="10.0.0.1")), "EINVAL",
                         "bits set")
    wrong += out.refusal(lambda: load(NAMES["M46_LOAD_COMMIT"]), "EINVAL",
                         "no load in progress")
    out.result("an error ends a load (ADPT-60)", *wrong)


def as_nobody(out, work):
    """What work() complains about, run without privileges."""
    before = state()
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        global genl, rtnl
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        genl, rtnl = Genl(), Socket(NETLINK_ROUTE)
        os.write(write, "\n".join(work(out)).encode())
        os._exit(0)
    os.close(write)
    status = os.waitpid(pid, 0)[1]
    with os.fdopen(read) as f:
        wrong = f.read().splitlines()
    if status:
        wrong.append("the child died: %d" % status)
    if state() != before:
        wrong.append("something has changed")
    return wrong


def unprivileged(out):
    """What changes something needs CAP_NET_ADMIN; looking does not."""
    wrong = []
    for act in (lambda: link(MODE, OWN), change(attr("DEV_A_RATE", u32(5))),
                add(), cmd("RULE_DEL", dev(), rule(dst="198.51.100.0")),
                cmd("RULE_FLUSH", dev()), lambda: load(3, rule()),
                cmd("STATS_RESET", dev())):
        wrong += out.refusal(act, "EPERM", None)
    for act in (cmd("DEV_GET", dev()), cmd("STATS_GET", dev())):
        wrong += out.refusal(act, None, None)
    return wrong


def begin(plan):
    """A namespace and sockets of it. Return: exit status, None: go on."""
    global genl, rtnl
    if os.geteuid():
        print("1..0 # SKIP needs root")
        return 4
    if not os.path.exists("/sys/module/m46") and os.system("modprobe m46"):
        print("Bail out! no m46 module")
        return 1
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        print("Bail out! no namespace")
        return 1
    rtnl, genl = Socket(NETLINK_ROUTE), Genl()
    print("TAP version 13")
    print("1..%d" % plan)
    return None


def main():
    status = begin(len(DEVICES) + len(NUMBERS) + len(RULES) + len(LOADS) + 5)
    if status is not None:
        return status
    out = Results()
    good = [
        link(MODE, prefixes(prefix6(OWN1, 96)), name="pe1"),
        link(MODE, prefixes(prefix6(OWN2, 96)), name="pe2"),
        genl.cmd("RULE_NEW", dev(), rule(dst="198.51.100.0",
                                         via="2001:db8:4::")),
        genl.cmd("RULE_NEW", dev(), rule(dst="192.0.2.0", via="2001:db8:11::",
                                         local=True)),
        genl.cmd("RULE_NEW", dev("pe2"), rule())]
    out.result("what is right is taken (KERN-17)",
               *("%s: %s" % g[:2] for g in good if g[0]))
    out.table("KERN-17, ADPT-21", DEVICES)
    numbers(out)
    out.table("KERN-17, ADPT-28, ADPT-50", RULES)
    out.table("ADPT-60", LOADS)
    two_loads(out)
    moved_load(out)
    failed_load(out)
    out.result("no privileges (ADPT-50)", *as_nobody(out, unprivileged))
    return 1 if out.failed else 0


if __name__ == "__main__":
    sys.exit(main())
