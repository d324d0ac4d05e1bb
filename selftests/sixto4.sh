#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Mode 6to4 with its peers: 6to4, 6rd and configured tunnels to Linux's sit and
# to m46, relays, border relays, both modules on one machine. (The topology and
# the addresses: sixto4_lib.sh.)

# shellcheck disable=SC2154 # setup_ns sets h1 r1 core r2 h2 br ret n6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sixto4_lib.sh"

# --- m46 on r1, sit on r2

# peers KIND [WORD...]: the two, and in A and B the addresses of the hosts
peers()
{
	local kind=$1
	shift

	case $kind in
	6to4)
		V1=192.0.2.1 V2=198.51.100.2 P1=$SITE1:1 P2=$SITE2:1
		m46_6to4 "$r1" "$V1" "$@" && sit_6to4 "$r2" "$V2" || return
		;;
	6rd)
		V1=10.1.0.1 V2=10.2.0.2 P1=$CE1 P2=$CE2
		m46_6rd "$r1" "$V1" remote 10.3.0.3 "$@" &&
			sit_6rd "$r2" "$V2" || return
		;;
	esac
	A=$P1::2 B=$P2::2
	# For its own packets sit would take ::198.51.100.2, which m46 refuses.
	ip -n "$r2" address add "$P2::1/128" dev s6 nodad
	# The first packet waits for neighbours.
	slowwait 10 ping_ok "$h1" "$B" || { echo "no answer from $B"; return 1; }
}

# The tunnel is one hop, whatever IPv4 routers there are.
one_hop()
{
	peers "$1" || return
	forget
	same "hop limit at h1" "$(ping_ttl "$h1" "$B")" 62 &&
		same "hop limit at h2" "$(ping_ttl "$h2" "$A")" 62 &&
		same "hops from h1" "$(hops "$h1" "$B")" "$P1::1 $P2::1 $B " &&
		same "hops from h2" "$(hops "$h2" "$A")" "$P2::1 $P1::1 $A " &&
		same "flows" "$(flows)" "$V1>$V2 $V2>$V1"
}

# big ADDR [ARGUMENT...]: iperf3 from h1, whose packets in m6 are super-packets
big()
{
	local side=tx bytes packets json

	[ "${2:-}" != -R ] || side=rx
	bytes=$(link_stat "$r1" m6 "$side".bytes)
	packets=$(link_stat "$r1" m6 "$side".packets)
	json=$(in_h1 iperf3 -J -t 1 --connect-timeout 10000 -c "$@") ||
		{ echo "$json"; return 1; }
	above "bytes received" "$(jq '.end.sum_received.bytes' <<< "$json")" \
		100000 || return
	packets=$(($(link_stat "$r1" m6 "$side".packets) - packets))
	bytes=$(($(link_stat "$r1" m6 "$side".bytes) - bytes))
	above "bytes a packet, $side" $((bytes / packets)) 4000
}

listening()
{
	in_h2 ss -Hltn sport = :5201 | grep -q .
}

bulk()
{
	peers "$1" && tcp "$h1" "$h2" "$B" && tcp "$h2" "$h1" "$A" || return
	in_h2 iperf3 -s > "$TMP/iperf3" 2>&1 &
	defer kill_quietly $!
	slowwait 20 listening && big "$B" && big "$B" -R
}

# mtu_is NS ADDR MTU: what has been learnt
mtu_is()
{
	matches "route to $2" "$(ip -n "$1" route get "$2")" " mtu $3"
}

# too_long NS ADDR MTU: a packet of 1500 bytes, answered with packet too big
too_long()
{
	ping_ok "$1" "$2" -M "do" -s 1452
	slowwait 5 mtu_is "$@"
}

# 1280 inside, 1300 outside, DF 0: nothing is ever fragmented.
static_mtu()
{
	forget_mtu
	peers "$1" || return
	matches "device" "$(ip -n "$r1" link show m6)" ' mtu 1280 ' || return
	forget
	too_long "$h1" "$B" 1280 &&
		ping_ok "$h1" "$B" -W 5 -M "do" -s 1232 &&
		ping_ok "$h1" "$B" -W 5 -s 1232 &&
		same "larger than 1300" "$(seen large)" 0 || return
	tcp "$h1" "$h2" "$B" &&
		same "fragments" "$(seen fragments)" 0 || return
	# What sit sends may be 1480 long, DF 1; that is received all the same.
	forget
	ping_ok "$h2" "$A" -W 5 -M "do" -s 1432
	same "packets of sit" "$(seen large)" 1
}

# A link of 1400 in the middle, of which core tells r1 and r1 tells h1.
dynamic_mtu()
{
	local before

	forget_mtu
	peers "$1" pmtudisc on || return
	matches "device" "$(ip -n "$r1" link show m6)" ' mtu 1480 ' || return
	ip -n "$core" link set r2 mtu 1400
	defer ip -n "$core" link set r2 mtu 1500
	forget
	too_long "$h1" "$B" 1480 || return
	before=$(seen total)
	same "DF" "$(seen df)" "$before" || return
	# Of the first that is too long for core nobody but r1 hears.
	ping_ok "$h1" "$B" -M "do" -s 1432
	counts tun_pmtu 1 && ping_ok "$h1" "$B" -M "do" -s 1432
	slowwait 5 mtu_is "$h1" "$B" 1380 &&
		ping_ok "$h1" "$B" -W 5 -M "do" -s 1332 || return
	tcp "$h1" "$h2" "$B" && same "fragments" "$(seen fragments)" 0 || return
	# Below 1300 there is no choice but DF 0.
	ip -n "$core" link set r2 mtu 1200
	ip -n "$r2" link set wan mtu 1200
	defer ip -n "$r2" link set wan mtu 1500
	tcp "$h1" "$h2" "$B" && mtu_is "$h1" "$B" 1280 || return
	forget
	ping_ok "$h1" "$B" -W 5 -M "do" -s 1232 ||
		{ echo "1280 bytes do not arrive"; return 1; }
	same "1300 bytes with DF 0" "$(seen large) $(seen df)" "0 0"
}

# mark DESTINATION: core says of what goes there that it is congested
mark()
{
	in_core nft -f - <<-END || return
	table ip congested {
		chain forward {
			type filter hook forward priority 0
			meta l4proto 41 ip daddr $1 ip ecn set ce
		}
	}
	END
	defer in_core nft delete table ip congested 2> /dev/null
}

# marked FROM TO ADDR: what is ECT inside arrives as CE
marked()
{
	local before

	before=$(got "$2" ce)
	ip netns exec "$1" ping -n -q -c 3 -i 0.1 -W 1 -Q 2 "$3" > /dev/null
	slowwait 5 is got "$2" ce $((before + 3))
}

congestion()
{
	local n

	peers "$1" || return
	mark "$V2" && marked "$h1" "$h2" "$B" || return
	in_core nft delete table ip congested
	mark "$V1" && marked "$h2" "$h1" "$A" || return
	# What cannot say so is dropped.
	n=$(count decapsulated)
	ping_ok "$h2" "$A" && { echo "Not-ECT and CE arrives"; return 1; }
	counts tun_ecn 1 && same "decapsulated" "$(count decapsulated)" "$n"
}

# --- configured tunnels

# broker KIND: m46 on r1, KIND on r2; with link-local addresses
broker()
{
	V1=192.0.2.1 V2=198.51.100.2
	m46_dev "$r1" tb local "$V1" remote "$V2" || return
	case $1 in
	m46) m46_dev "$r2" tb local "$V2" remote "$V1" ;;
	sit) sit_dev "$r2" tb local "$V2" remote "$V1" ;;
	esac || return
	ip -n "$r1" -batch - <<-END
	address add 2001:db8:77::1/64 dev tb nodad
	address add fe80::1/64 dev tb nodad
	route add $SITE2:1::/64 via 2001:db8:77::2
	END
	ip -n "$r2" -batch - <<-END
	address add 2001:db8:77::2/64 dev tb nodad
	address add fe80::2/64 dev tb nodad
	route add $SITE1:1::/64 via fe80::1 dev tb
	END
	slowwait 10 ping_ok "$r1" 2001:db8:77::2 || echo "no answer from r2"
}

configured()
{
	broker "$1" || return
	matches "flags" "$(ip -n "$r1" link show tb)" 'POINTOPOINT' || return
	ping_ok "$r1" fe80::2%tb -W 5 || { echo "no fe80::2"; return 1; }
	ping_ok "$r2" fe80::1%tb -W 5 || { echo "no fe80::1"; return 1; }
	matches "ff02::1 from r1" "$(in_r1 ping -n -c 1 -W 5 -I tb ff02::1)" \
		'bytes from fe80::' || return
	matches "ff02::1 from r2" "$(in_r2 ping -n -c 1 -W 5 -I tb ff02::1)" \
		'bytes from fe80::' || return
	same "hops" "$(hops "$h1" "$H2" -s "$H1")" "$SITE1:1::1 2001:db8:77::2 $H2 " &&
		tcp "$h1" "$h2" "$H2" && tcp "$h2" "$h1" "$H1" &&
		same "flows" "$(forget; ping_ok "$h1" "$H2"; flows)" "$V1>$V2 $V2>$V1"
}

# Packets of another peer are not the tunnel's, whatever is in them.
configured_foreign()
{
	local n

	broker m46 || return
	n=$(count decapsulated "$r1" tb)
	flow p41 "$core" "$V1" 2001:db8:77::9 2001:db8:77::1 203.0.113.9 "$V1" \
		count 5 > /dev/null
	ping_ok "$r2" 2001:db8:77::1 -W 5
	same "decapsulated" "$(count decapsulated "$r1" tb)" $((n + 1))
}

# --- on one machine

# both: on r1 m46 has 192.0.2.1, sit 192.0.2.11; r2 is a site
both()
{
	m46_6to4 "$r2" "$V2" && m46_6to4 "$r1" "$V1" || return
	sit_dev "$r1" s6 remote any local 192.0.2.11
	ip -n "$r1" -batch - <<-END
	address add 2002:c000:20b::1/128 dev s6 nodad
	route add 2002::/16 dev s6 table 146
	END
	ip -n "$r1" -6 rule add from 2002:c000:20b::/48 lookup 146
	defer ip -n "$r1" -6 rule del from 2002:c000:20b::/48 lookup 146
	slowwait 10 ping_ok "$h1" "$H2" || { echo "m46 does not work"; return 1; }
}

# each FROM ADDR DEV COUNTER: five echoes, received on DEV and on no other
each()
{
	local m s

	m=$(link_stat "$r1" m6 rx.packets) s=$(link_stat "$r1" s6 rx.packets)
	in_r2 ping -n -q -c 5 -i 0.05 -W 5 -I "$SITE2:1::1" "$1" > /dev/null ||
		{ echo "no answer from $1"; return 1; }
	same "m46" $(($(link_stat "$r1" m6 rx.packets) - m)) "$2" &&
		same "sit" $(($(link_stat "$r1" s6 rx.packets) - s)) "$3"
}

beside_sit()
{
	both || return
	each "$SITE1:1::1" 5 0 && each 2002:c000:20b::1 0 5 &&
		udp_flow "$h2" "$h1" "$H1" 300 &&
		same "flows" "$(forget
			ping_ok "$r1" "$H2" -I 2002:c000:20b::1 -W 5
			ping_ok "$h1" "$H2" -W 5; flows)" \
			"192.0.2.11>$V2 192.0.2.1>$V2 $V2>192.0.2.1 $V2>192.0.2.11"
}

# sit0 has no address and takes what nobody else does.
beside_sit0()
{
	local n

	both || return
	ip -n "$r1" link set sit0 up || return "$ksft_skip"
	defer ip -n "$r1" link set sit0 down
	n=$(link_stat "$r1" sit0 rx.packets)
	each "$SITE1:1::1" 5 0 && each 2002:c000:20b::1 0 5 &&
		same "sit0" "$(link_stat "$r1" sit0 rx.packets)" "$n"
}

# A tunnel to r2 beside 6to4, on one address: r2's packets are the tunnel's.
beside_configured()
{
	m46_6to4 "$r1" "$V1" && m46_6to4 "$br" 203.0.113.3 || return
	broker sit || return
	ip -n "$br" address add 2002:cb00:7103::1/128 dev m6 nodad
	slowwait 10 ping_ok "$h1" 2002:cb00:7103::1 || { echo "no 6to4"; return 1; }
	same "decapsulated by 6to4" "$(count decapsulated)" 1 || return
	ping_ok "$r1" 2001:db8:77::2 -W 5 || { echo "no answer"; return 1; }
	flow p41 "$core" "$V1" "$SITE2:1::9" "$H1" "$V2" "$V1" count 5 > /dev/null
	counts decapsulated 7 "$r1" tb &&
		same "decapsulated by 6to4" "$(count decapsulated)" 1
}

# --- relays

# sites: r1 and r2 are sites of 6to4 whose relay has 192.88.99.1
sites()
{
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	ip -n "$r1" -6 route replace default via "$RELAY" dev m6 onlink
	ip -n "$r2" -6 route replace default via "$RELAY" dev m6 onlink
}

two_sites()
{
	sites || return
	forget_mtu
	forget
	same "hop limit" "$(ping_ttl "$h1" "$H2")" 62 &&
		same "hops" "$(hops "$h1" "$H2")" "$SITE1:1::1 $SITE2:1::1 $H2 " &&
		too_long "$h1" "$H2" 1280 &&
		ping_ok "$h1" "$H2" -W 5 -M "do" -s 1232 &&
		same "larger than 1300" "$(seen large)" 0 &&
		tcp "$h1" "$h2" "$H2" && tcp "$h2" "$h1" "$H1" &&
		same "flows" "$(flows)" "$V1>$V2 $V2>$V1" &&
		same "fragments" "$(seen fragments)" 0
}

# relay [WORD...]: br, with native IPv6 behind it
relay()
{
	m46_6to4 "$br" 203.0.113.3 relay on anycast on "$@" || return
	ip -n "$br" address add "$RELAY/128" dev m6 nodad
	sites
}

anycast()
{
	relay || return
	forget
	slowwait 10 ping_ok "$h1" "$N6" -I "$H1" || { echo "no relay"; return 1; }
	same "flows" "$(flows)" "$V1>192.88.99.1 192.88.99.1>$V1" &&
		tcp "$h1" "$n6" "$N6" "$H1" && tcp "$n6" "$h1" "$H1" &&
		same "hops" "$(hops "$h1" "$N6" -s "$H1")" \
			"$SITE1:1::1 $RELAY $N6 " || return
	# A site never needs the relay to reach another (6TO4-07).
	same "flows" "$(forget; ping_ok "$h1" "$H2" -W 5; flows)" "$V1>$V2 $V2>$V1"
	m46ctl -n "$br" dev set m6 relay-source unicast
	forget
	ping_ok "$h1" "$N6" -I "$H1" -W 5 || { echo "unicast"; return 1; }
	same "flows" "$(flows)" "$V1>192.88.99.1 203.0.113.3>$V1"
}

# n6 sends by way of ret what it answers.
asymmetric()
{
	relay && m46_6to4 "$ret" 203.0.113.132 relay on return-only on || return
	route "$n6" 2002::/16 via 2001:db8:a::1
	defer ip -n "$n6" route del 2002::/16
	forget
	slowwait 10 ping_ok "$h1" "$N6" -I "$H1" || { echo "no return"; return 1; }
	same "flows" "$(flows)" "$V1>192.88.99.1 203.0.113.132>$V1" &&
		tcp "$h1" "$n6" "$N6" "$H1" && tcp "$n6" "$h1" "$H1" || return
	# It is none for the way there.
	route "$r1" default via 2002:cb00:7184:: dev m6 onlink
	ping_ok "$h1" "$N6" -I "$H1" && { echo "ret relays"; return 1; }
	counts not_relay 1 "$ret"
}

restricted()
{
	relay && m46_6to4 "$ret" 203.0.113.132 relay on return-only on || return
	route "$n6" 2002::/16 via 2001:db8:a::1
	defer ip -n "$n6" route del 2002::/16
	slowwait 10 ping_ok "$h1" "$N6" -I "$H1" || { echo "no return"; return 1; }
	m46ctl -n "$r1" dev set m6 relay-from 192.88.99.1/32 || return
	ping_ok "$h1" "$N6" -I "$H1" && { echo "relay-from"; return 1; }
	counts relay_from 1 || return
	m46ctl -n "$r1" dev set m6 relay-from 192.88.99.1/32,203.0.113.132/32
	ping_ok "$h1" "$N6" -I "$H1" -W 5 || { echo "not allowed"; return 1; }
	m46ctl -n "$br" dev set m6 acl 198.51.100.0/24
	ping_ok "$h1" "$N6" -I "$H1" && { echo "acl"; return 1; }
	counts acl 1 "$br"
}

# Clients ask with hop limit 1; silence makes them turn 6to4 off.
probe()
{
	relay || return
	forget
	slowwait 10 ping_ok "$r1" "$RELAY" -t 1 -I "$SITE1:1::1" ||
		{ echo "no answer"; return 1; }
	same "flows" "$(flows)" "$V1>192.88.99.1 192.88.99.1>$V1" || return
	# the same to its unicast address
	ip -n "$br" address add 2002:cb00:7103::1/128 dev m6 nodad
	ping_ok "$r1" 2002:cb00:7103::1 -t 1 -I "$SITE1:1::1" -W 5
}

# --- 6rd

# domain [sit]: r1 and r2 are CEs, br the BR, m46 or sit
domain()
{
	m46_6rd "$r1" 10.1.0.1 remote 10.3.0.3 &&
		m46_6rd "$r2" 10.2.0.2 remote 10.3.0.3 || return
	route "$r1" default dev m6
	route "$r2" default dev m6
	case ${1:-m46} in
	m46) m46_6rd "$br" 10.3.0.3 relay on ;;
	sit) sit_6rd "$br" 10.3.0.3 ;;
	esac
}

ce_ce()
{
	domain || return
	forget
	slowwait 10 ping_ok "$h1" "$CE2::2" || { echo "no answer"; return 1; }
	same "hops" "$(hops "$h1" "$CE2::2")" "$CE1::1 $CE2::1 $CE2::2 " &&
		tcp "$h1" "$h2" "$CE2::2" && tcp "$h2" "$h1" "$CE1::2" &&
		same "flows" "$(flows)" "10.1.0.1>10.2.0.2 10.2.0.2>10.1.0.1"
}

ce_native()
{
	domain "$1" || return
	forget
	slowwait 10 ping_ok "$h1" "$N6" -I "$CE1::2" || { echo "no answer"; return 1; }
	same "hop limit" "$(ping_ttl "$h1" "$N6" -I "$CE1::2")" 62 &&
		tcp "$h1" "$n6" "$N6" "$CE1::2" && tcp "$n6" "$h1" "$CE1::2" &&
		same "flows" "$(flows)" "10.1.0.1>10.3.0.3 10.3.0.3>10.1.0.1"
}

# From r1 to itself by way of the BR.
br_probe()
{
	local n

	domain || return
	forget
	n=$(count decapsulated)
	flow p41 "$r1" 10.3.0.3 "$CE1::1" "$CE1::2" 10.1.0.1 10.3.0.3 \
		> /dev/null
	counts decapsulated $((n + 1)) &&
		same "flows" "$(flows)" "10.1.0.1>10.3.0.3 10.3.0.3>10.1.0.1" &&
		same "back into the tunnel" "$(count encapsulated "$br")" 1
}

need_cmd python3 jq tcpdump traceroute iperf3 nft
load_m46
setup_sixto4
ktap_plan 25
for kind in 6to4 6rd; do
	case $kind in
	6to4) ids="6TO4-06, 6TO4-10" ;;
	6rd) ids="SIXRD-03, SIXRD-07" ;;
	esac
	ktap_test "$kind and sit: one hop, both ways (TUN-04, $ids)" \
		in_defer_scope one_hop $kind
	ktap_test "$kind and sit: TCP both ways, super-packets (KERN-02)" \
		in_defer_scope bulk $kind
	ktap_test "$kind and sit: MTU 1280, never a fragment (TUN-06, TUN-07, TUN-08, TUN-15)" \
		in_defer_scope static_mtu $kind
	ktap_test "$kind and sit: path MTU (TUN-09, TUN-10)" \
		in_defer_scope dynamic_mtu $kind
	ktap_test "$kind and sit: congestion on the way (ECN-01, ECN-03)" \
		in_defer_scope congestion $kind
done
ktap_test "configured tunnel to m46, link-local and multicast (TUN-04, TUN-21)" \
	in_defer_scope configured m46
ktap_test "configured tunnel to sit, link-local and multicast (TUN-04, TUN-21)" \
	in_defer_scope configured sit
ktap_test "configured tunnel takes nothing of strangers (TUN-13)" \
	in_defer_scope configured_foreign
ktap_test "beside sit, on addresses of their own (KERN-15, E2E-09)" \
	in_defer_scope beside_sit
ktap_test "beside sit0 (KERN-15, E2E-09)" in_defer_scope beside_sit0
ktap_test "configured tunnel beside 6to4, on one address (SEC-17, E2E-09)" \
	in_defer_scope beside_configured
ktap_test "two sites (E2E-01)" in_defer_scope two_sites
ktap_test "relay with 192.88.99.1 (E2E-02, 6TO4-07, 6TO4-19, 6TO4-23)" \
	in_defer_scope anycast
ktap_test "back through a relay for returns only (E2E-02, 6TO4-33)" \
	in_defer_scope asymmetric
ktap_test "relay-from, acl (SEC-11, SEC-13)" in_defer_scope restricted
ktap_test "relay answers probes of hop limit 1 (6TO4-20, 6TO4-22)" \
	in_defer_scope probe
ktap_test "6rd between CEs (E2E-03, SIXRD-03)" in_defer_scope ce_ce
ktap_test "6rd through the BR (E2E-03, SIXRD-07)" \
	in_defer_scope ce_native m46
ktap_test "6rd through sit as BR (E2E-03, SIXRD-07)" \
	in_defer_scope ce_native sit
ktap_test "6rd probe of the BR (E2E-03, SIXRD-10)" in_defer_scope br_probe
ktap_done
