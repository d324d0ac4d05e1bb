#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Mode 6to4 against forged packets and loops, and the life of its devices: local
# addresses that come and go, underlays, MTU, deletion under traffic. (The
# topology and the addresses: sixto4_lib.sh.)

# shellcheck disable=SC2154 # setup_ns sets h1 r1 core r2 h2 br ret n6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sixto4_lib.sh"

# --- forged packets

# Processes are what takes time: these functions start as few as they can.
declare -A NOW WAS

# snapshot: all counters of m6 on r1
snapshot()
{
	local name value

	while read -r _ name value _; do
		[[ ! $value =~ ^[0-9]+$ ]] || NOW[$name]=$value
	done < <(m46ctl -n "$r1" -s stats show dev m6)
}

# grown NAME: GROWN are the counters that are not as they were, once NAME is
# among them; "-": now
grown()
{
	local i name

	for name in "${!NOW[@]}"; do
		WAS[$name]=${NOW[$name]}
	done
	for ((i = 0; i < 50; i++)); do
		snapshot
		if [ "$1" = - ] || [ "${NOW[$1]}" != "${WAS[$1]}" ]; then
			break
		fi
	done
	GROWN=
	for name in "${!NOW[@]}"; do
		# that is counted besides the drop
		[ "$name" = ecn_odd ] || [ "${NOW[$name]}" = "${WAS[$name]}" ] ||
			GROWN+="$name $((NOW[$name] - WAS[$name])) "
	done
}

# sit_packets rx|tx: PACKETS that s6 has let through
sit_packets()
{
	local rx tx

	# shellcheck disable=SC2034 # by name
	read -r rx tx < <(flow stat "$r1" s6)
	PACKETS=${!1}
}

# Each line: conformance IDs, what it is, the counter of m46 ("-": the stack
# drops it before), outer source and destination, inner source and destination,
# more for flow.py. OWN: the device's address, SITE: its /48.
forged_in()
{
	cat <<-END
	SEC-04	spoofed 6to4 source	src_mismatch	203.0.113.9 OWN $SITE2::1 SITE::1
	SEC-19	own broadcast in the source	src_mismatch	$V2 OWN 2002:c000:2ff::1 SITE::1
	SEC-05	outer source RFC 1918	tun_src4	10.9.9.9 OWN 2001:db8::1 SITE::1
	SEC-05	outer source RFC 6598	tun_src4	100.64.0.1 OWN 2001:db8::1 SITE::1
	SEC-05	outer source 169.254.1.1	tun_src4	169.254.1.1 OWN 2001:db8::1 SITE::1
	SEC-05	outer source 127.0.0.1	-	127.0.0.1 OWN 2001:db8::1 SITE::1
	SEC-05	outer source own broadcast	tun_src4	192.0.2.255 OWN 2002:c000:2ff::1 SITE::1
	SEC-11	outer source 192.88.99.2	tun_src4	192.88.99.2 OWN 2001:db8::1 SITE::1
	SEC-06	source ::1	tun_src6	$V2 OWN ::1 SITE::1
	SEC-06	source ::	tun_src6	$V2 OWN :: SITE::1
	SEC-06	source compatible	tun_src6	$V2 OWN ::$V2 SITE::1
	SEC-06	source mapped	tun_src6	$V2 OWN ::ffff:$V2 SITE::1
	SEC-06	source fe80::/10	tun_src6	$V2 OWN fe80::2 SITE::1
	SEC-06	source fec0::/10	tun_src6	$V2 OWN fec0::2 SITE::1
	SEC-06	source multicast	tun_src6	$V2 OWN ff0e::2 SITE::1
	6TO4-12	source 2002: 10.0.0.1	tun_src6	$V2 OWN 2002:a00:1::1 SITE::1
	6TO4-12	source 2002: 127.0.0.1	tun_src6	$V2 OWN 2002:7f00:1::1 SITE::1
	6TO4-12	source 2002: 224.0.0.1	tun_src6	$V2 OWN 2002:e000:1::1 SITE::1
	SEC-06	destination ::1	tun_dst6	$V2 OWN $SITE2::1 ::1
	SEC-06	destination fe80::/10	tun_dst6	$V2 OWN $SITE2::1 fe80::1
	6TO4-13	destination ff02::1	tun_dst6	$V2 OWN $SITE2::1 ff02::1
	SEC-06	RA, link-local	tun_src6	$V2 OWN fe80::2 ff02::1 icmp 134 hops 255
	SEC-07	RA, global	tun_nd	$V2 OWN $SITE2::1 SITE::1 icmp 134 hops 255
	SEC-07	RS, global	tun_nd	$V2 OWN $SITE2::1 SITE::1 icmp 133 hops 255
	SEC-07	redirect, global	tun_nd	$V2 OWN $SITE2::1 SITE::1 icmp 137 hops 255
	TUN-19	own site as source	ingress_filter	$V2 OWN SITE:1::5 SITE::1
	6TO4-17	6to4 to 6to4	relay_domain	$V2 OWN $SITE2::1 2002:cb00:7103::1
	SEC-09	native to another site	dst_mismatch	192.88.99.1 OWN 2001:db8::1 2002:cb00:7103::1
	6TO4-16	6to4 to native, no relay	not_relay	$V2 OWN $SITE2::1 $CE1::2
	SEC-03	native to native	native_native	$V2 OWN 2001:db8::1 $CE1::2
	SEC-11	native from no relay	relay_from	203.0.113.9 OWN 2001:db8::1 SITE::1
	SEC-15	ISATAP of an own address	embeds_own	$V2 OWN $SITE2::1 SITE:1:0:5efe:192.0.2.1
	TUN-17	version 4	bad_ip6_header	$V2 OWN $SITE2::1 SITE::1 version 4
	TUN-17	39 bytes	-	$V2 OWN $SITE2::1 SITE::1 cut 39
	TUN-16	shorter than it says	bad_ip6_header	$V2 OWN $SITE2::1 SITE::1 length 99
	ECN-03	CE outside, Not-ECT inside	tun_ecn	$V2 OWN $SITE2::1 SITE::1 tos 3
	SEC-08	outer destination broadcast	-	$V2 192.0.2.255 $SITE2::1 SITE::1
	SEC-08	outer destination 224.0.0.1	-	$V2 224.0.0.1 $SITE2::1 SITE::1
	END
}

# forged_out: the same for what h1 sends: inner source and destination
forged_out()
{
	cat <<-END
	SEC-02	source of another site	src_mismatch	2002:c633:6402::9 2002:cb00:7103::1
	SEC-01	destination 2002: 10.0.0.1	tun_dst6	SITE:1::2 2002:a00:1::1
	SEC-01	destination 2002: 127.0.0.1	tun_dst6	SITE:1::2 2002:7f00:1::1
	SEC-01	destination 2002: 224.0.0.1	tun_dst6	SITE:1::2 2002:e000:1::1
	SEC-05	destination own broadcast	tun_dst4	SITE:1::2 2002:c000:2ff::1
	SEC-11	destination 192.88.99.2	tun_dst6	SITE:1::2 2002:c058:6302::1
	SEC-01	source 2002: 10.0.0.1	tun_src6	2002:a00:1::1 $H2
	SEC-01	source fec0::/10	tun_src6	fec0::5 $H2
	SEC-03	native to native	native_native	$CE1::2 2001:db8:9::9
	SEC-15	ISATAP of an own address	embeds_own	SITE:1:0:5efe:192.0.2.1 $H2
	SEC-07	RA, global	tun_nd	SITE:1::2 $H2 icmp 134 hops 255
	END
}

# rows FUNCTION OWN SITE: its lines for a device
rows()
{
	"$1" | sed "s/OWN/$2/g; s/SITE/$3/g"
}

# verdict COUNTER PASSED: one row's, PASSED by sit; status 1 where m46 is wrong
verdict()
{
	local text=dropped

	[ "$2" -eq 0 ] || text="lets it through"
	printf '%-8s %-30s %-16s %s\n' "$id" "$what" "$1" "$text" >> "$TMP/table"
	case $1 in
	-) same "$id $what" "$GROWN" "" ;;
	*) same "$id $what" "$GROWN" "$1 3 " ;;
	esac
}

# What core forges, three of each, to sit and to m46.
forge_in()
{
	local id what name args sit n bad=0

	while IFS=$'\t' read -r id what name args <&3; do
		sit=${args//"$V1"/192.0.2.11}
		sit_packets rx
		n=$PACKETS
		inject "${sit//"$SITE1:"/2002:c000:20b:}"
		inject "$args"
		grown "$name"
		sit_packets rx
		verdict "$name" $((PACKETS - n)) || bad=1
	done 3< <(rows forged_in "$V1" "$SITE1")
	return "$bad"
}

# inject "OUTER-SOURCE OUTER-DESTINATION SOURCE DESTINATION ...": by core
inject()
{
	local osrc odst src dst more to

	read -r osrc odst src dst more <<< "$1"
	to=$odst
	[ "$odst" != 224.0.0.1 ] || to=192.0.2.255
	# shellcheck disable=SC2086 # words
	flow p41 "$core" "$to" "$src" "$dst" "$osrc" "$odst" count 3 $more \
		> /dev/null
}

# What h1 forges; its packets go into m6, then into s6.
forge_out()
{
	local id what name args n bad=0

	route "$r1" default via "$RELAY" dev m6 onlink
	while IFS=$'\t' read -r id what name args <&3; do
		# shellcheck disable=SC2086 # words
		flow ip6 "$h1" "$SITE1:1::1" $args count 3 > /dev/null
		grown "$name"
		same "$id $what" "$GROWN" "$name 3 " || bad=1
	done 3< <(rows forged_out "$V1" "$SITE1")
	ip -n "$r1" -6 rule add iif lan lookup 146
	defer ip -n "$r1" -6 rule del iif lan lookup 146
	while IFS=$'\t' read -r id what name args <&3; do
		sit_packets tx
		n=$PACKETS
		# shellcheck disable=SC2086 # words
		flow ip6 "$h1" "$SITE1:1::1" $args count 3 > /dev/null
		settled "$n"
		GROWN="$name 3 " verdict "$name" $((PACKETS - n - 1))
	done 3< <(rows forged_out "$V1" "$SITE1") > /dev/null
	return "$bad"
}

# settled NUMBER: a good packet has followed the forged ones through s6
settled()
{
	local i

	flow ip6 "$h1" "$SITE1:1::1" "$H1" "$H2" > /dev/null
	for ((i = 0; i < 50; i++)); do
		sit_packets tx
		[ "$PACKETS" -le "$1" ] || break
	done
}

# forged in|out: m46 and sit on one machine; nobody is told
forged()
{
	printf '%-8s %-30s %-16s %s\n' row "forged packet" "m46 counts" "sit" \
		> "$TMP/table"
	m46_6to4 "$r1" "$V1" relay-from 192.88.99.1 &&
		sit_dev "$r1" s6 remote any local 192.0.2.11 || return
	ip -n "$r1" -batch - <<-END
	address add $SITE1::1/128 dev m6 nodad
	address add 2002:c000:20b::1/128 dev s6 nodad
	route add 2002::/16 dev s6 table 146
	route add default via ::203.0.113.3 dev s6 table 146 onlink
	END
	defer ip -n "$r1" -6 route flush table 146
	in_r1 nft -f - <<-END || return
	table inet quiet {
		counter told { }
		chain passed_by_sit {
			type filter hook prerouting priority -500
			iifname s6 drop
		}
		chain output {
			type filter hook output priority 0
			ip protocol icmp counter name told
			icmpv6 type { 1, 2, 3, 4 } counter name told
		}
	}
	END
	defer in_r1 nft delete table inet quiet
	snapshot
	"forge_$1" || return
	same "decapsulated" "$(count decapsulated)" 0 &&
		same "encapsulated" "$(count encapsulated)" 0 &&
		same "ICMP errors" "$(count icmp6_sent)" 0 || return
	[ "$1" = out ] || same "told" "$(nft_packets "$r1" "inet quiet" told)" 0
}

# What is refused with an answer.
answered()
{
	m46_6to4 "$r1" "$V1" || return
	matches "own site" "$(in_h1 ping -n -c 1 -W 3 "$SITE1:ffff::1")" \
		'No route' &&
		same "own_site" "$(count own_site)" 1 &&
		matches "native source" "$(in_h1 ping -n -c 1 -W 3 \
			-I "$CE1::2" "$H2")" 'prohibited' &&
		same "not_relay" "$(count not_relay)" 1 || return
	route "$r1" 2001:db8:99::/48 dev m6
	matches "no next hop" "$(in_h1 ping -n -c 1 -W 3 \
		-I "$H1" 2001:db8:99::1)" 'No route' &&
		same "no_next_hop" "$(count no_next_hop)" 1 &&
		same "encapsulated" "$(count encapsulated)" 0 || return
	# These have no outer address; nobody is told.
	ping_ok "$r1" fe80::9%m6
	ping_ok "$r1" ff0e::9 -I m6
	same "sent" "$(count encapsulated)" 0
}

# --- loops (RFC 6324)

# What an attacker on n6 sends, and how many of n6's packets core and n6 see.
ATTACK=20

# attack VIA SOURCE DESTINATION
attack()
{
	forget
	flow ip6 "$n6" "$1" "$2" "$3" count "$ATTACK" hops 64 > /dev/null
}

# loop_routes: n6 is the native IPv6 between br and ret
loop_routes()
{
	ip -n "$n6" -batch - <<-END
	route add 2002::/16 via 2001:db8:9::1
	route add 2001:db8:15a::/64 via 2001:db8:a::1
	route add 2001:db8:4700::/40 via 2001:db8:a::1
	END
	defer ip -n "$n6" -batch - <<-END
	route del 2002::/16
	route del 2001:db8:15a::/64
	route del 2001:db8:4700::/40
	END
}

# isatap: ret is a router of ISATAP, Linux's
isatap()
{
	sit_dev "$ret" is0 mode isatap local 203.0.113.132 || return
	ip -n "$ret" address add 2001:db8:15a::200:5efe:203.0.113.132/64 dev is0
}

# From br's address in ret's prefix to ret's address in br's: attack 1; the
# other way round: attack 2.
ISATAP_BR=2001:db8:15a::200:5efe:203.0.113.3
RD_BR=2001:db8:47cb:71:300::1
SITE_RET=2002:cb00:7184::1

# What happens with two of sit, to know that the attack is one.
loop_sit()
{
	loop_routes
	isatap && sit_6to4 "$br" 203.0.113.3 || return
	attack 2001:db8:9::1 "$ISATAP_BR" "$SITE_RET"
	slowwait 5 has_looped || { echo "$(seen total) packets"; return 1; }
	echo "sit and sit: $ATTACK packets have become $(seen total)" > "$TMP/loop"
}

has_looped()
{
	[ "$(seen total)" -gt $((ATTACK * 5)) ]
}

loop_isatap()
{
	loop_routes
	isatap && m46_6to4 "$br" 203.0.113.3 relay on || return
	attack 2001:db8:9::1 "$ISATAP_BR" "$SITE_RET"
	counts embeds_own "$ATTACK" "$br" &&
		same "protocol 41" "$(seen total)" 0 || return
	# ISATAP sends it to br, who takes it out.
	attack 2001:db8:a::1 "$SITE_RET" "$ISATAP_BR"
	counts embeds_own $((ATTACK * 2)) "$br" &&
		below "protocol 41" "$(seen total)" $((ATTACK + 1)) &&
		same "decapsulated" "$(count decapsulated "$br")" 0
}

loop_m46()
{
	loop_routes
	m46_6to4 "$br" 203.0.113.3 relay on &&
		m46_dev "$ret" m6 prefix 2001:db8:4700::/40 \
			local 203.0.113.132 relay on || return
	route "$ret" 2001:db8:4700::/40 dev m6
	attack 2001:db8:9::1 "$RD_BR" "$SITE_RET"
	counts embeds_own "$ATTACK" "$ret" &&
		same "protocol 41" "$(seen total)" "$ATTACK" || return
	attack 2001:db8:a::1 "$SITE_RET" "$RD_BR"
	counts embeds_own $((ATTACK * 2)) "$ret" &&
		same "protocol 41" "$(seen total)" 0 &&
		same "decapsulated" "$(count decapsulated "$ret")" 0
}

# Its outer packets are routed into it.
recursion()
{
	m46_6to4 "$r1" "$V1" || return
	ip -n "$r1" route add "$V2/32" dev m6
	ping_ok "$h1" "$H2"
	counts recursion 1
}

# --- local addresses

has_carrier()
{
	ip -n "$r1" link show m6 | grep -q 'LOWER_UP'
}

no_carrier()
{
	ip -n "$r1" link show m6 | grep -q 'NO-CARRIER'
}

carrier()
{
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	has_carrier || { echo "no carrier"; return 1; }
	slowwait 10 ping_ok "$h1" "$H2" || { echo "no answer"; return 1; }
	ip -n "$r1" address del "$V1/32" dev wan
	defer ip -n "$r1" address replace "$V1/32" dev wan
	slowwait 5 no_carrier || { echo "carrier"; return 1; }
	forget
	ping_ok "$h1" "$H2" && { echo "an answer"; return 1; }
	ping_ok "$h2" "$H1" && { echo "an answer to h2"; return 1; }
	matches "flows" "$(flows)" "^$V2>$V1$" || return
	ip -n "$r1" address add "$V1/32" dev wan
	slowwait 5 has_carrier && slowwait 5 ping_ok "$h1" "$H2"
}

# The site moves to another address, and what comes to the old is not ours.
moves()
{
	local n

	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	slowwait 10 ping_ok "$h1" "$H2" || { echo "no answer"; return 1; }
	m46ctl -n "$r1" dev set m6 local 192.0.2.12 2> /dev/null || return
	ip -n "$r1" address add 2002:c000:20c::1/128 dev m6 nodad
	forget
	ping_ok "$r1" "$H2" -W 5 -I 2002:c000:20c::1 ||
		{ echo "no answer from .12"; return 1; }
	same "flows" "$(flows)" "192.0.2.12>$V2 $V2>192.0.2.12" || return
	n=$(count decapsulated)
	ping_ok "$h1" "$H2" && { echo "from the old site"; return 1; }
	ping_ok "$h2" "$H1" && { echo "to the old site"; return 1; }
	counts src_mismatch 1 && same "decapsulated" "$(count decapsulated)" "$n"
	m46ctl -n "$r1" dev set m6 local "$V1,192.0.2.12" 2> /dev/null &&
		ping_ok "$h1" "$H2" -W 5 &&
		ping_ok "$r1" "$H2" -W 5 -I 2002:c000:20c::1
}

# In another namespace it has none of its addresses.
elsewhere()
{
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	ip -n "$r1" link set m6 netns "$n6" || return
	defer del_dev "$n6" m6
	ip -n "$n6" link set m6 up
	matches "carrier" "$(ip -n "$n6" link show m6)" 'NO-CARRIER' || return
	ip -n "$n6" link set m6 netns "$r1"
	ip -n "$r1" link set m6 up
	route "$r1" 2002::/16 dev m6
	has_carrier || { echo "no carrier"; return 1; }
	slowwait 10 ping_ok "$h1" "$H2"
}

# --- settings of the device

mtu_limits()
{
	m46_6to4 "$r1" "$V1" || return
	ip -n "$r1" link set m6 mtu 1480 || return
	ip -n "$r1" link set m6 mtu 1481 2> /dev/null &&
		{ echo "1481"; return 1; }
	ip -n "$r1" link set m6 mtu 1279 2> /dev/null &&
		{ echo "1279"; return 1; }
	m46ctl -n "$r1" dev set m6 large-mtu on &&
		ip -n "$r1" link set m6 mtu 8980 || return
	refused 'large-mtu' m46ctl -n "$r1" dev set m6 large-mtu off || return
	ip -n "$r1" link set m6 mtu 1480 &&
		m46ctl -n "$r1" dev set m6 large-mtu off || return
	ip -n "$r1" link set m6 mtu 1481 2> /dev/null &&
		{ echo "1481 again"; return 1; }
	ip -n "$r1" link add m7 mtu 1500 type m46 2> /dev/null &&
		{ echo "no mode"; return 1; }
	return 0
}

# A network with the same addresses in a VRF: v is its other site.
in_vrf()
{
	local n

	ip -n "$r1" link add vrf1 type vrf table 101 2> /dev/null || {
		echo "no VRF here"
		return "$ksft_skip"
	}
	defer del_dev "$r1" vrf1
	setup_ns v
	cable "$r1" vup "$v" wan
	ip -n "$r1" -batch - <<-END
	link set vrf1 up
	link set vup master vrf1
	address add $V1/24 dev vup
	route add default via 192.0.2.77 table 101
	END
	set_sysctls "$v"
	ip -n "$v" -batch - <<-END
	address add 192.0.2.77/24 dev wan
	address add $V2/32 dev wan
	END
	sit_6to4 "$v" "$V2" && ip -n "$v" address add "$SITE2:1::2/128" dev s6
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	slowwait 10 ping_ok "$h1" "$H2" || { echo "outside"; return 1; }
	# It is put into the VRF first, for the other has the address outside.
	m46ctl -n "$r1" dev add mv mode 6to4 local 192.0.2.12 2> /dev/null || return
	defer del_dev "$r1" mv
	ip -n "$r1" link set mv master vrf1 && ip -n "$r1" link set mv up &&
		m46ctl -n "$r1" dev set mv local "$V1" 2> /dev/null || return
	ip -n "$r1" -batch - <<-END
	address add $SITE1:7::1/128 dev mv nodad
	route add 2002::/16 dev mv table 101
	END
	n=$(count decapsulated)
	slowwait 10 ping_ok "$v" "$SITE1:7::1" || { echo "in the VRF"; return 1; }
	same "decapsulated outside" "$(count decapsulated)" "$n" &&
		above "in the VRF" "$(count decapsulated "$r1" mv)" 0 || return
	n=$(count decapsulated "$r1" mv)
	ping_ok "$h1" "$H2" -W 5 && ping_ok "$h2" "$H1" -W 5 &&
		same "decapsulated in the VRF" "$(count decapsulated "$r1" mv)" "$n"
}

# Only table 107 has a way to r2.
fwmark()
{
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	ip -n "$r1" -batch - <<-END
	route add unreachable $V2/32
	route add default via 192.0.2.254 table 107
	rule add fwmark 7 lookup 107
	END
	defer ip -n "$r1" route del unreachable "$V2/32"
	defer ip -n "$r1" rule del fwmark 7 lookup 107
	matches "without" "$(in_h1 ping -n -c 1 -W 3 "$H2")" \
		'Address unreachable' &&
		same "no_outer_route" "$(count no_outer_route)" 1 || return
	m46ctl -n "$r1" dev set m6 fwmark 7
	slowwait 5 ping_ok "$h1" "$H2" || { echo "with"; return 1; }
	m46ctl -n "$r1" dev set m6 fwmark 0
	ping_ok "$h1" "$H2" && { echo "without, again"; return 1; }
	return 0
}

# The best route to r2 leads elsewhere.
link()
{
	local n

	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	ip -n "$r1" link add dum0 type dummy
	defer del_dev "$r1" dum0
	ip -n "$r1" -batch - <<-END
	link set dum0 up
	route add $V2/32 dev dum0
	END
	ping_ok "$h1" "$H2" && { echo "through dum0"; return 1; }
	m46ctl -n "$r1" dev set m6 link wan || return
	slowwait 5 ping_ok "$h1" "$H2" || { echo "link wan"; return 1; }
	# What comes in on another is not ours.
	m46ctl -n "$r1" dev set m6 link dum0
	n=$(count decapsulated)
	ping_ok "$h2" "$H1" && { echo "link dum0"; return 1; }
	same "decapsulated" "$(count decapsulated)" "$n"
}

clamp()
{
	local a b

	m46_6to4 "$r1" "$V1" mss-clamp on && m46_6to4 "$r2" "$V2" || return
	slowwait 10 ping_ok "$h1" "$H2" || { echo "no answer"; return 1; }
	forget_mtu
	a=$(got "$h1" mss) b=$(got "$h2" mss)
	# SYN there, SYN and ACK back, both by r1
	tcp "$h1" "$h2" "$H2" && tcp "$h2" "$h1" "$H1" || return
	same "at h1, at h2" "$(($(got "$h1" mss) - a)) $(($(got "$h2" mss) - b))" \
		"2 2"
}

# --- the end

# traffic: both ways, until the scope ends
traffic()
{
	ip netns exec "$h1" ping -n -q -i 0.002 "$H2" > /dev/null 2>&1 &
	defer kill_quietly $!
	ip netns exec "$h2" ping -n -q -i 0.002 "$H1" > /dev/null 2>&1 &
	defer kill_quietly $!
}

works()
{
	[ "$(count decapsulated)" -gt 20 ]
}

gone()
{
	! ip -n "$1" link show "$2" > /dev/null 2>&1
}

delete_under_traffic()
{
	local i

	m46_6to4 "$r2" "$V2" || return
	traffic
	for i in 1 2 3; do
		m46_6to4 "$r1" "$V1" && slowwait 20 works &&
			m46ctl -n "$r1" dev del m6 || return
		gone "$r1" m6 || { echo "m6 is still there"; return 1; }
	done
}

# What nobody has is answered as it is without m46; then traffic, again.
answer()
{
	in_core tcpdump -n -i r1 -c 1 "icmp and src 192.0.2.12" > "$TMP/icmp" \
		2> "$TMP/icmp.log" &
	defer kill_quietly $!
	slowwait 20 grep -q 'listening on' "$TMP/icmp.log" || return
	flow p41 "$core" 192.0.2.12 "$SITE2::1" 2002:c000:20c::1 "$V2" \
		192.0.2.12 > /dev/null
	slowwait 5 grep -q ICMP "$TMP/icmp"
	sed 's/.*ICMP/ICMP/' "$TMP/icmp"
}

unload_under_traffic()
{
	local with

	if [ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ]; then
		echo "other users of the module (M46_TEST_UNLOAD=1 to do it)"
		return "$ksft_skip"
	fi
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	with=$(in_defer_scope answer)
	matches "answer" "$with" 'unreachable' || return
	traffic
	slowwait 20 works && rmmod m46 || return
	[ ! -e /sys/module/m46 ] || { echo "still there"; return 1; }
	same "answer with and without" "$with" "$(in_defer_scope answer)" || return
	load_m46
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" && slowwait 20 works
}

namespace_under_traffic()
{
	m46_6to4 "$r1" "$V1" && m46_6to4 "$r2" "$V2" || return
	traffic
	slowwait 20 works || return
	ip netns delete "$r1"
	slowwait 20 gone "$core" r1 || { echo "r1 is still there"; return 1; }
}

need_cmd python3 jq tcpdump nft
load_m46
setup_sixto4
ktap_plan 18
ktap_test "forged packets out of the tunnel (SEC-03 to SEC-12, SEC-20, TUN-13 to TUN-19)" \
	in_defer_scope forged in
ktap_print "$(cat "$TMP/table")"
ktap_test "forged packets into the tunnel (SEC-01 to SEC-07, SEC-15, SEC-20)" \
	in_defer_scope forged out
ktap_print "$(cat "$TMP/table")"
ktap_test "refused with an answer (6TO4-08, 6TO4-09, 6TO4-13, 6TO4-16)" \
	in_defer_scope answered
ktap_test "the loop of RFC 6324 exists between two of sit" \
	in_defer_scope loop_sit
ktap_print "$(cat "$TMP/loop")"
ktap_test "loop with an ISATAP router, by sit (SEC-15)" \
	in_defer_scope loop_isatap
ktap_test "loop between 6to4 and 6rd, both m46 (SEC-15)" \
	in_defer_scope loop_m46
ktap_test "loop into itself (SEC-18)" in_defer_scope recursion
ktap_test "no address, no carrier, no packet (6TO4-02)" in_defer_scope carrier
ktap_test "local moves, under its prefix (6TO4-10, 6TO4-29, TUN-24)" \
	in_defer_scope moves
ktap_test "another namespace has not the address (6TO4-02, KERN-13)" \
	in_defer_scope elsewhere
ktap_test "limits of the MTU (TUN-05, TUN-06)" in_defer_scope mtu_limits
ktap_test "in a VRF, beside one outside with the same address (SEC-17)" \
	in_defer_scope in_vrf
ktap_test "fwmark chooses the route" in_defer_scope fwmark
ktap_test "link chooses the underlay (TUN-20)" in_defer_scope link
ktap_test "mss-clamp, both ways" in_defer_scope clamp
ktap_test "a device is deleted under traffic (KERN-13)" \
	in_defer_scope delete_under_traffic
ktap_test "module unload under traffic (KERN-13, KERN-15)" \
	in_defer_scope unload_under_traffic
ktap_test "namespace deletion under traffic (KERN-13)" \
	in_defer_scope namespace_under_traffic
ktap_done
