# SPDX-License-Identifier: GPL-2.0
"""What is measured: every row of the tables, with what it takes to set it up,
what must come out, and what is wanted of it.

    near                  far
    src ---- enc ---- dut ---- dst        (chain.py)

For instructions, pktgen sends from src, the feed decides what enc makes of it,
and dut is what is measured. For goodput, TCP runs between enc and dst.

IPv4 hosts: X4 = 192.0.2.2 and Y4 = 198.51.100.2. Mapped to IPv6, X has the
prefix PX and Y has PY, or PX too where a translator knows but one prefix.
Packets towards dst are from X to Y where they arrive as IPv4, and from Y to X
where they arrive as IPv6, so that all translators see the same packets.
"""
from collections import namedtuple

X4, Y4 = "192.0.2.2", "198.51.100.2"
X6, Y6 = "2001:db8:1::c000:202", "2001:db8:3::c633:6402"
YX6 = "2001:db8:1::c633:6402"           # Y with the prefix of X
POOL6 = "2001:db8:1::c000:264"          # 192.0.2.100, nat64-pool
NAT64_Y6 = "2001:db8:64::c633:6402"
ENC4, DUT4, DUT4_FAR, DST4 = ("203.0.113.1", "203.0.113.2", "203.0.113.129",
                              "203.0.113.130")
ENC6, DUT6, DUT6_FAR, DST6 = ("fd00:1::1", "fd00:1::2", "fd00:2::1",
                              "fd00:2::2")
# Sites of enc, dut (203.0.113.129) and dst in 6to4 and in the 6rd domain.
ENC_6TO4, DUT_6TO4, DST_6TO4 = ("2002:cb00:7101::2", "2002:cb00:7181::2",
                                "2002:cb00:7182::2")
ENC_6RD, DUT_6RD, DST_6RD = ("2001:db8:4601::2", "2001:db8:4681::2",
                             "2001:db8:4682::2")

SIZES = (64, 512, 1514)

# --- variants of m46: words for "m46ctl dev set m0 ...", the limit that is wanted
# of each row at 64 bytes and the share that is wanted of each flow, if they are
# not the row's and the flow's own

Variant = namedtuple("Variant", "name words target share")
VARIANTS = (
    Variant("default", "", None, None),
    Variant("fast path", "fastpath d0,d1", 2000, 1.00),
)

# --- feeds: what enc does with the packets of pktgen; lines for "ip -batch"

Feed = namedtuple("Feed", "name family enc")
V4 = Feed("IPv4", 4, f"route add 0.0.0.0/0 via {DUT4}")
V6 = Feed("IPv6", 6, f"route add ::/0 via {DUT6}")
# to more destinations than anybody remembers, drawn at random
V4_MANY = V4._replace(name="IPv4, many flows")
V6_MANY = V6._replace(name="IPv6, many flows")
PROTO41 = Feed("IPv6 in IPv4", 6, f"""
    route add 0.0.0.0/0 via {DUT4}
    link add t41 type sit local {ENC4} remote {DUT4_FAR} ttl 64
    link set t41 up mtu 1500
    route add ::/0 dev t41""")
# Without the option "encapsulation limit", which m46 does not send either.
IPIP6 = Feed("IPv4 in IPv6", 4, f"""
    route add {X6} via {DUT6}
    address add {Y6}/128 dev lo nodad
    link add t46 type ip6tnl mode ipip6 local {Y6} remote {X6} encaplimit none
    link set t46 up mtu 1500
    route add 0.0.0.0/0 dev t46""")

# --- how dut becomes a router of the kind: "ip" lines for "ip -batch", "m46"
# lines for "m46ctl -b", or a program of peers.py

TO_X4 = f"route add 192.0.2.0/24 via {DST4}\n"
TO_Y4 = f"route add 198.51.100.0/24 via {DST4}\n"
TO_X6 = f"route add 2001:db8:1::/96 via {DST6}\n"
TO_Y6 = f"route add 2001:db8:3::/96 via {DST6}\n"

RULES = """
    rule add 192.0.2.0/24 via 2001:db8:1::/96 dev m0 local
    rule add 198.51.100.0/24 via 2001:db8:3::/96 dev m0"""
RULES_MANY = """
    rule add 192.0.0.0/8 via 2001:db8:1::/96 dev m0 local
    rule add 198.51.0.0/16 via 2001:db8:3::/96 dev m0"""
ADPT = "dev add m0 mode adpt prefix 2001:db8:1::/96" + RULES
ADPT_MANY = "dev add m0 mode adpt prefix 2001:db8:1::/96" + RULES_MANY
ENCAP = "dev add m0 mode adpt prefix 2001:db8:1::/96 method encap" + RULES
FIB = "dev add m0 mode adpt prefix 2001:db8:1::/96 md fib"
# The next hop is no neighbour: it needs a route into the device at that moment.
FIB_ROUTE = """
    link set m0 up
    route add 2001:db8:3::/128 dev m0
    route add 198.51.100.0/24 via inet6 2001:db8:3:: dev m0
    """
NAT64 = ("dev add m0 mode adpt prefix 2001:db8:1::/96 "
         "nat64 2001:db8:64::/96 nat64-pool 192.0.2.100/31" + RULES)
M46T = f"""dev add m0 mode m46t prefix 2001:db8:1::/96 from 2001:db8:3::/64
    pool add 198.51.100.0/24 dev m0
    entry add {Y6} {Y4} dev m0"""
SIXTO4 = f"dev add m0 mode 6to4 local {DUT4_FAR}"
SIXRD = (f"dev add m0 mode 6to4 local {DUT4_FAR} "
         "prefix 2001:db8:4600::/40 v4-prefix 203.0.113.0/24")
IN4 = SIXTO4 + " remote "
UP = "link set m0 up\n"
# The largest packet of 6to4 gives a full frame outside.
UP_1480 = "link set m0 up mtu 1480\n"
IN4_MOST = 1494

SIT = f"""
    link add t0 type sit local {DUT4_FAR} ttl 64
    link set t0 up mtu 1500
    """
IP6TNL = f"""
    address add {X6}/128 dev lo nodad
    link add t0 type ip6tnl mode ipip6 local {X6} remote {Y6} encaplimit none
    link set t0 up mtu 1500
    """


def into(dev, *prefixes):
    return "".join(f"route add {p} dev {dev}\n" for p in prefixes)


# Row: group plain, peer or m46; sent = (source, destination) at pktgen, each an
# address or "FIRST-LAST"; comes = what must arrive at dst, as a pattern; known =
# instructions at 64 bytes measured before, on 6.1, which the method must find
# again; target = the most that m46 may take; most = the largest frame, which then
# stands for larger ones.
Row = namedtuple("Row", "name group feed sent comes ip m46 peer known target "
                 "most", defaults=("", "", "", None, None, SIZES[-1]))

XY4, YX_V4 = f"4 {X4} {Y4} 17", f"4 {Y4} {X4} 17"
XY6 = f"6 {X6} {Y6} 17"

# Without a next hop, Linux would keep a neighbour of each destination.
INTO_MANY = UP + "route add 198.51.0.0/16 via 192.0.2.1 dev m0 onlink\n"
MANY_Y4 = "198.51.0.0-198.51.255.255"
MANY_X6 = "2001:db8:1::c0a8:0-2001:db8:1::c0a8:ffff"
MANY = (
    Row("IPv4 forwarding, many flows", "plain", V4_MANY, (X4, MANY_Y4),
        f"4 {X4} 198.51.* 17", f"route add 198.51.0.0/16 via {DST4}"),
    Row("IPv6 forwarding, many flows", "plain", V6_MANY, (Y6, MANY_X6),
        f"6 {Y6} 2001:db8:1::c0a8:* 17", TO_X6),
    Row("Jool SIIT 4->6, many flows", "peer", V4_MANY, (X4, MANY_Y4),
        f"6 {X6} 2001:db8:1::c633:* 17", TO_X6, peer="jool"),
    Row("m46 adpt 4->6, many flows", "m46", V4_MANY, (X4, MANY_Y4),
        f"6 {X6} 2001:db8:3::c633:* 17", INTO_MANY + TO_Y6, ADPT_MANY),
    Row("Jool SIIT 6->4, many flows", "peer", V6_MANY, (YX6, MANY_X6),
        f"4 {Y4} 192.168.* 17", f"route add 192.168.0.0/16 via {DST4}",
        peer="jool"),
    Row("m46 adpt 6->4, many flows", "m46", V6_MANY, (Y6, MANY_X6),
        f"4 {Y4} 192.168.* 17",
        UP + "route add 2001:db8:1::/96 via fe80::46 dev m0\n"
        f"route add 192.168.0.0/16 via {DST4}", ADPT_MANY),
)

ROWS = (
    Row("IPv4 forwarding", "plain", V4, (X4, Y4), XY4, TO_Y4, known=2520),
    Row("IPv6 forwarding", "plain", V6, (Y6, X6), f"6 {Y6} {X6} 17", TO_X6,
        known=3060),

    Row("Jool SIIT 4->6", "peer", V4, (X4, Y4), f"6 {X6} {YX6} 17",
        TO_X6, peer="jool", known=6350),
    # It cuts what would exceed 1280 bytes and has no DF, as pktgen's packets.
    Row("TAYGA 4->6", "peer", V4, (X4, Y4), XY6,
        TO_Y6, peer="tayga", known=15000, most=1274),
    Row("m46 adpt 4->6", "m46", V4, (X4, Y4), XY6,
        UP + into("m0", "198.51.100.0/24") + TO_Y6, ADPT, target=5700),
    Row("m46 adpt 4->6, md fib", "m46", V4, (X4, Y4), XY6,
        FIB_ROUTE + TO_Y6, FIB, target=5700),
    Row("m46 m46t 4->6", "m46", V4, (X4, Y4), XY6,
        UP + into("m0", "198.51.100.0/24") + TO_Y6, M46T, target=5700),

    Row("Jool SIIT 6->4", "peer", V6, (YX6, X6), YX_V4,
        TO_X4, peer="jool", known=6090),
    Row("TAYGA 6->4", "peer", V6, (Y6, X6), YX_V4,
        TO_X4, peer="tayga", known=15000),
    Row("m46 adpt 6->4", "m46", V6, (Y6, X6), YX_V4,
        UP + into("m0", "2001:db8:1::/96") + TO_X4, ADPT, target=5700),
    Row("m46 adpt 6->4, md fib", "m46", V6, (Y6, X6), YX_V4,
        FIB_ROUTE + into("m0", "2001:db8:1::/96") + TO_X4, FIB, target=5700),
    Row("m46 m46t 6->4", "m46", V6, (Y6, X6), YX_V4,
        UP + into("m0", "2001:db8:1::/96") + TO_X4, M46T, target=5700),

    Row("ip6_tunnel encap", "peer", V4, (X4, Y4), f"6 {X6} {Y6} 4",
        IP6TNL + into("t0", "198.51.100.0/24") + TO_Y6, known=5100),
    Row("m46 adpt encap", "m46", V4, (X4, Y4), f"6 {X6} {Y6} 4",
        UP + into("m0", "198.51.100.0/24") + TO_Y6, ENCAP, target=4600),
    Row("ip6_tunnel decap", "peer", IPIP6, (Y4, X4), YX_V4,
        IP6TNL + TO_X4, known=6540),
    Row("m46 adpt decap", "m46", IPIP6, (Y4, X4), YX_V4,
        UP + into("m0", "2001:db8:1::/96") + TO_X4, ENCAP, target=5500),

    Row("sit 6to4 encap", "peer", V6, (DUT_6TO4, DST_6TO4),
        f"4 {DUT4_FAR} {DST4} 41", SIT + into("t0", "2002::/16"), known=6120,
        most=IN4_MOST),
    Row("m46 6to4 encap", "m46", V6, (DUT_6TO4, DST_6TO4),
        f"4 {DUT4_FAR} {DST4} 41", UP_1480 + into("m0", "2002::/16"), SIXTO4,
        target=5200, most=IN4_MOST),
    Row("m46 6rd encap", "m46", V6, (DUT_6RD, DST_6RD),
        f"4 {DUT4_FAR} {DST4} 41", UP_1480 + into("m0", "2001:db8:4600::/40"),
        SIXRD, target=5200, most=IN4_MOST),
    Row("m46 6in4 encap", "m46", V6, (Y6, X6),
        f"4 {DUT4_FAR} {DST4} 41", UP_1480 + into("m0", "2001:db8:1::/96"),
        IN4 + DST4, target=5200, most=IN4_MOST),
    Row("sit 6to4 decap", "peer", PROTO41, (ENC_6TO4, DUT_6TO4),
        f"6 {ENC_6TO4} {DUT_6TO4} 17",
        SIT + f"route add 2002:cb00:7181::/48 via {DST6}", known=4930,
        most=IN4_MOST),
    Row("m46 6to4 decap", "m46", PROTO41, (ENC_6TO4, DUT_6TO4),
        f"6 {ENC_6TO4} {DUT_6TO4} 17",
        UP_1480 + f"route add 2002:cb00:7181::/48 via {DST6}", SIXTO4,
        target=4700, most=IN4_MOST),
    Row("m46 6rd decap", "m46", PROTO41, (ENC_6RD, DUT_6RD),
        f"6 {ENC_6RD} {DUT_6RD} 17",
        UP_1480 + f"route add 2001:db8:4681::/48 via {DST6}", SIXRD,
        target=4700, most=IN4_MOST),
    Row("m46 6in4 decap", "m46", PROTO41, (Y6, X6),
        f"6 {Y6} {X6} 17", UP_1480 + TO_X6, IN4 + ENC4, target=4700, most=IN4_MOST),

    *MANY,

    # The last ones: what comes back still has an address that leads into the
    # device (in real life conntrack exchanges it), and a routing rule makes
    # every lookup of its namespace more expensive for ever.
    Row("m46 adpt NAT64 out", "m46", V6, (POOL6, NAT64_Y6),
        f"6 {POOL6} {Y6} 17",
        UP + into("m0", "2001:db8:64::/96") + TO_Y6, NAT64, target=5700),
    Row("m46 adpt NAT64 back", "m46", V6, (Y6, POOL6),
        f"6 {NAT64_Y6} {POOL6} 17",
        UP + into("m0", "2001:db8:1::/96") +
        f"-6 rule add iif m0 to {POOL6} lookup 100\n"
        f"route add {POOL6} via {DST6} table 100", NAT64, target=5700),
)

# --- TCP: a host on either side of dut, which is the only router. Where a
# tunnel has another end, that is Linux's own, on the far host.

# Flow: near and far = addresses of the hosts; to = what near calls far; ip, dst
# and enc = lines for "ip -batch" in dut, on the far and on the near host; target =
# the least share of plain forwarding.
Flow = namedtuple("Flow", "name group near to far ip dst m46 peer target enc",
                  defaults=("", "", "", "", None, ""))

BACK_X4 = f"route add 192.0.2.0/24 via {ENC4}\n"
BACK_X6 = f"route add 2001:db8:1::/96 via {ENC6}\n"
BACK_6TO4 = f"route add 2002:cb00:7181::/48 via {ENC6}\n"
BACK_6RD = f"route add 2001:db8:4681::/48 via {ENC6}\n"
FAR_IP6TNL = f"""
    address add {Y6}/128 dev lo nodad
    link add t0 type ip6tnl mode ipip6 local {Y6} remote {X6} encaplimit none
    link set t0 up
    route add 192.0.2.0/24 dev t0"""
NEAR_IP6TNL = f"""
    address add {X6}/128 dev lo nodad
    link add t0 type ip6tnl mode ipip6 local {X6} remote {Y6} encaplimit none
    link set t0 up
    route add 198.51.100.0/24 dev t0"""
FAR_SIT = f"""
    link add t0 type sit local {DST4} ttl 64
    link set t0 up
    route add 2002::/16 dev t0"""
NEAR_SIT = f"""
    link add t0 type sit local {ENC4} remote {DST4} ttl 64
    link set t0 up
    route add 2001:db8:3::/96 dev t0"""
FAR_TO_NEAR = f"""
    link add t0 type sit local {DST4} remote {ENC4} ttl 64
    link set t0 up
    route add 2001:db8:1::/96 dev t0"""
FAR_IN4 = f"""
    link add t0 type sit local {DST4} remote {DUT4_FAR} ttl 64
    link set t0 up
    route add 2001:db8:4600::/40 dev t0
    route add 2001:db8:1::/96 dev t0"""
BOTH = into("m0", "198.51.100.0/24", "2001:db8:1::/96") + TO_Y6 + BACK_X4
TRANSLATE, ENCAPSULATE = 0.95, 0.92

FLOWS = (
    Flow("IPv4 forwarding", "plain", X4, Y4, Y4, TO_Y4 + BACK_X4),
    Flow("IPv6 forwarding", "plain", X6, Y6, Y6, TO_Y6 + BACK_X6),
    # What a tunnel costs where it ends, of which those below have one end: the
    # router only forwards.
    Flow("hosts' own ip6_tunnel", "peer", X4, Y4, Y4, TO_Y6 + BACK_X6,
         FAR_IP6TNL, enc=NEAR_IP6TNL),
    Flow("hosts' own sit", "peer", X6, Y6, Y6, "", FAR_TO_NEAR, enc=NEAR_SIT),
    Flow("Jool SIIT", "peer", X4, Y4, YX6,
         f"route add {YX6} via {DST6}\n" + BACK_X4, peer="jool"),
    Flow("TAYGA", "peer", X4, Y4, Y6, TO_Y6 + BACK_X4, peer="tayga"),
    Flow("m46 adpt translate", "m46", X4, Y4, Y6, UP + BOTH, "", ADPT,
         target=TRANSLATE),
    Flow("m46 adpt, md fib", "m46", X4, Y4, Y6,
         FIB_ROUTE + into("m0", "2001:db8:1::/96") + TO_Y6 + BACK_X4, "", FIB,
         target=TRANSLATE),
    Flow("m46 m46t", "m46", X4, Y4, Y6, UP + BOTH, "", M46T, target=TRANSLATE),
    Flow("ip6_tunnel", "peer", X4, Y4, Y4,
         IP6TNL + into("t0", "198.51.100.0/24") + TO_Y6 + BACK_X4, FAR_IP6TNL),
    Flow("m46 adpt encap", "m46", X4, Y4, Y4, UP + BOTH, FAR_IP6TNL, ENCAP,
         target=ENCAPSULATE),
    Flow("sit 6to4", "peer", DUT_6TO4, DST_6TO4, DST_6TO4,
         SIT + into("t0", "2002::/16") + BACK_6TO4, FAR_SIT),
    Flow("m46 6to4", "m46", DUT_6TO4, DST_6TO4, DST_6TO4,
         UP + into("m0", "2002::/16") + BACK_6TO4, FAR_SIT, SIXTO4,
         target=ENCAPSULATE),
    Flow("m46 6rd", "m46", DUT_6RD, DST_6RD, DST_6RD,
         UP + into("m0", "2001:db8:4600::/40") + BACK_6RD, FAR_IN4, SIXRD,
         target=ENCAPSULATE),
    Flow("m46 6in4", "m46", X6, Y6, Y6,
         UP + into("m0", "2001:db8:3::/96") + BACK_X6, FAR_IN4, IN4 + DST4,
         target=ENCAPSULATE),
    Flow("m46 adpt NAT64", "m46", POOL6, NAT64_Y6, Y6,
         UP + into("m0", "2001:db8:64::/96", "2001:db8:1::/96") + TO_Y6 +
         f"-6 rule add iif m0 to {POOL6} lookup 100\n"
         f"route add {POOL6} via {ENC6} table 100", "", NAT64,
         target=TRANSLATE),
)
