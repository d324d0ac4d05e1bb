#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Mode m46t under traffic: hop counts, TCP, hosts that reach one another, path
# MTU, planes, changes of the table, and the end of the device.
#
#    a
#  +------+ a::/64
#  | eth0 |------+ +------+        +------+         +------+         +------+
#  +------+      | | core |        |  t   |         |  p4  |         |  n4  |
#    b           +-| a b  |        |      |         |      |         |      |
#  +------+ b::/64 | east |--------| core |         |      |         |      |
#  | eth0 |--------|      | ::1 ::2|  lan |---------| lan  |---------| eth0 |
#  +------+        +------+        |  mt  | .1   .2 | far  | .1   .2 +------+
#                       2001:db8:c::/64   192.0.2.0/24  203.0.113.0/24
#
#  (addresses: m46t_lib.sh)
#
#  For planes: two IPv4 networks with the same addresses, behind two VRFs of t,
#  or one behind t and one behind t2.
#
#               +----+        +------+                      +----+       +------+
#  core --------| t  |--------| red  |         core --------| t2 |-------| blue |
#               +----+ .254 .1+------+              d::/64  +----+.254 .1+------+
#                    10.0.0.0/24                               10.0.0.0/24

# shellcheck disable=SC2154 # setup_ns sets a b core t p4 n4 and more
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/m46t_lib.sh"

HA=198.51.100.10 HB=198.51.100.11

# hosts: a and b have addresses that do not change
hosts()
{
	mt "$FOREVER" || return
	on entry add "$A" "$HA" && on entry add "$B" "$HB"
}

# --- hop counts

ttls()
{
	hosts || return
	same "hop limit at a" "$(ping_ttl "$a" "$MN4")" 61 &&
		same "TTL at n4" "$(ping_ttl "$n4" "$HA")" 61 &&
		same "hop limit at a, of b" "$(ping_ttl "$a" "$(m "$HB")")" 61
}

# hops NS COMMAND...: the routers in a traceroute's output
hops()
{
	local ns=$1
	shift

	ip netns exec "$ns" traceroute -n -w 5 -q 1 "$@" 2>&1 |
		awk '/^ *[0-9]+ / { printf "%s ", $2 }'
}

# n4 sees core as 203.0.113.200, which has no IPv4 address (RFC 6791); a sees
# it as itself, and p4 as M+p4. Between a and b, whose probes t turns round, core
# is seen on the way there as itself, on the way back as M+203.0.113.200.
traceroutes()
{
	hosts || return
	same "hops a > n4, -I" "$(hops "$a" -I "$MN4")" \
		"2001:db8:a::1 2001:db8:c::2 $(m 192.0.2.2) $MN4 " &&
		same "hops a > n4, -U" "$(hops "$a" -U "$MN4")" \
			"2001:db8:a::1 2001:db8:c::2 $(m 192.0.2.2) $MN4 " &&
		same "hops n4 > a, -I" "$(hops "$n4" -I "$HA")" \
			"203.0.113.1 192.0.2.1 203.0.113.200 $HA " &&
		same "hops n4 > a, -U" "$(hops "$n4" -U "$HA")" \
			"203.0.113.1 192.0.2.1 203.0.113.200 $HA " &&
		same "hops a > b, -U" "$(hops "$a" -U "$(m "$HB")")" \
			"2001:db8:a::1 2001:db8:c::2 $(m 203.0.113.200) $(m "$HB") "
}

# --- TCP

# tcp FROM TO ADDR AT [BYTES]
tcp()
{
	same "tcp to $3" "$(flow tcp "$1" "$2" "$3" "${5:-500000}" at "$4")" \
		"received ${5:-500000} intact yes"
}

tcp_both_ways()
{
	hosts && tcp "$a" "$n4" "$MN4" "$N4" && tcp "$n4" "$a" "$HA" "$A"
}

# Between a and b nothing is ever IPv4: not in t, not behind it.
tcp_hairpin()
{
	hosts && capture "$t" any "$TMP/t.pcap" "ip" &&
		capture "$p4" any "$TMP/p4.pcap" "ip" || return
	tcp "$a" "$b" "$(m "$HB")" "$B" && tcp "$b" "$a" "$(m "$HA")" "$A" &&
		ping_ok "$a" "$(m "$HB")" -W 5 || return
	capture_end "$TMP/t.pcap"
	capture_end "$TMP/p4.pcap"
	same "IPv4 packets in t" "$(captured "$TMP/t.pcap")" 0 &&
		same "IPv4 packets in p4" "$(captured "$TMP/p4.pcap")" 0 &&
		above "hairpin" "$(count hairpin)" 20 &&
		same "translated_64" "$(count translated_64)" 0
}

# big NS ADDR [ARGUMENT...]: iperf3 from a, whose packets in mt are super-packets
big()
{
	local bytes packets json

	bytes=$(link_stat "$t" mt tx.bytes)
	packets=$(link_stat "$t" mt tx.packets)
	json=$(in_a iperf3 -J -t 1 --connect-timeout 10000 -c "$@") ||
		{ echo "$json"; return 1; }
	above "bytes received" "$(jq '.end.sum_received.bytes' <<< "$json")" \
		100000 || return
	packets=$(($(link_stat "$t" mt tx.packets) - packets))
	bytes=$(($(link_stat "$t" mt tx.bytes) - bytes))
	# with the acknowledgements, which hairpins put through mt too
	above "bytes a packet" $((bytes / packets)) 4000
}

# iperf_server NS
iperf_server()
{
	ip netns exec "$1" iperf3 -s > "$TMP/iperf3-$1" 2>&1 &
	defer kill_quietly $!
	slowwait 20 listening "$1"
}

listening()
{
	ip netns exec "$1" ss -Hltn sport = :5201 | grep -q .
}

superpackets()
{
	hosts && iperf_server "$n4" && iperf_server "$b" || return
	big "$MN4" && big "$MN4" -R && big "$(m "$HB")" && big "$(m "$HB")" -R
}

# --- path MTU

# p4 says so to t (M46T-34), core to n4 (M46T-35) and, about what is turned
# round, to a (EAM-11).
path_mtu()
{
	hosts || return
	ip -n "$p4" link set far mtu 1400
	defer ip -n "$p4" link set far mtu 1500
	tcp "$a" "$n4" "$MN4" "$N4" || return
	matches "route to n4" "$(ip -n "$a" route get "$MN4")" ' mtu 1420' ||
		return
	ip -n "$core" link set dev a mtu 1300
	defer ip -n "$core" link set dev a mtu 1500
	tcp "$n4" "$a" "$HA" "$A" &&
		matches "route to a" "$(ip -n "$n4" route get "$HA")" \
			' mtu 1280' || return
	ip -n "$core" link set dev b mtu 1300
	defer ip -n "$core" link set dev b mtu 1500
	tcp "$a" "$b" "$(m "$HB")" "$B" &&
		matches "route to b" "$(ip -n "$a" route get "$(m "$HB")")" \
			' mtu 1300'
}

# --- changes under traffic

# A datagram has the address before or after the change, and none is lost. flow
# checks the content, the capture the order: no more changes than were made.
replace_under_traffic()
{
	hosts && capture "$n4" eth0 "$TMP/n4.pcap" "udp dst port 4646" || return
	awk -v n=200 -v host="$A" 'BEGIN { for (i = 1; i <= n; i++)
		printf "entry replace %s 198.51.100.%d dev mt\n", host, 10 + i % 2 * 10
	}' > "$TMP/changes"
	# one after the other, or all of them fall between two packets
	( while read -r line; do sleep 0.005 && echo "$line"; done \
		< "$TMP/changes" | m46ctl -n "$t" -b - ) &
	same "datagrams" "$(flow udp "$a" "$n4" "$MN4" 1500 rate 500 at "$N4")" \
		"received 1500 lost 0 late 0 twice 0 corrupt 0" || return
	wait "$!" || return
	capture_end "$TMP/n4.pcap"
	tcpdump -n -r "$TMP/n4.pcap" 2> /dev/null |
		awk -v n=200 '{ split($3, s, "."); now = s[4] }
		now != 10 && now != 20 { print "source", $3; exit }
		now != was { was = now; moves++ }
		END { if (moves < 3 || moves > n + 1) print moves, "moves" }' \
		> "$TMP/wrong"
	same "sources" "$(cat "$TMP/wrong")" ""
}

# Its host has it back with the next packet, the same address.
del_under_traffic()
{
	local x

	mt "$FOREVER" && hello || return
	x=$(addr_of "$A")
	yes "entry del $A dev mt" | head -n 100 > "$TMP/changes"
	( sleep 0.3; m46ctl -n "$t" -force -b "$TMP/changes" 2> /dev/null ) &
	same "datagrams" "$(flow udp "$a" "$n4" "$MN4" 1500 rate 500 at "$N4")" \
		"received 1500 lost 0 late 0 twice 0 corrupt 0" || return
	wait "$!"
	hello && is_entry "$A" "$x" dynamic
}

# echoes NS ADDR [SECONDS]: one in so many, until the scope ends
echoes()
{
	ip netns exec "$1" ping -n -q -i "${3:-0.01}" "$2" > /dev/null 2>&1 &
	defer kill_quietly $!
}

# new_hosts: 2000 of a /64 a second, until the scope ends. LEAVE lets them have a
# part of the pool only.
LEAVE="$FOREVER max-per-64 100"
new_hosts()
{
	python3 -E -S "$SELFTESTS/flow.py" hosts "$a" 2001:db8:f:: 1000000 \
		"$MN4" rate 2000 > /dev/null 2>&1 &
	defer kill_quietly $!
}

pool_del_under_traffic()
{
	local i

	mt "$LEAVE" && on entry add "$B" "$HB" || return
	echoes "$a" "$MN4"
	echoes "$b" "$MN4"
	new_hosts
	for i in 1 2 3; do
		slowwait 60 has_many || { echo "no entries, time $i"; return 1; }
		on pool del "$POOL" || return
		same "entries" "$(entries all)" "$B $HB static" || return
		on pool add "$POOL" || return
	done
	hello && from4 "$HB"
}

has_many()
{
	[ "$(used)" -gt 20 ]
}

# --- planes

# network HOST ROUTER DEV TTL: a host 10.0.0.1 and its router
network()
{
	ip link add eth0 netns "$1" type veth peer name "$3" netns "$2"
	set_sysctls "$1" net.ipv4.ip_default_ttl="$4"
	ip -n "$1" -batch - <<-END
	link set eth0 up
	address add 10.0.0.1/24 dev eth0
	route add default via 10.0.0.254
	END
	ip -n "$2" -batch - <<-END
	link set $3 up
	address add 10.0.0.254/24 dev $3
	END
}

# plane NS DEV ID [VRF TABLE [WORDS [POOL]]]
plane()
{
	m46ctl -n "$1" -b - <<-END || return
	dev add $2 mode m46t prefix 2001:db8:64::/64 plane $3 ${6:-$FOREVER}
	pool add ${7:-$POOL} dev $2
	END
	defer ip -n "$1" link delete "$2"
	[ -z "${4:-}" ] || ip -n "$1" link set "$2" master "$4"
	ip -n "$1" -batch - <<-END
	link set $2 up
	route add 2001:db8:64:0:0:$3::/96 dev $2
	route add ${7:-$POOL} dev $2 ${5:+table $5}
	END
}

# One has TTL 64, the other 100, and both are two routers away.
both_planes()
{
	same "red" "$(ping_ttl "$a" 2001:db8:64:0:0:1:a00:1)" 62 &&
		same "blue" "$(ping_ttl "$a" 2001:db8:64:0:0:2:a00:1)" 98 &&
		same "b > red" "$(ping_ttl "$b" 2001:db8:64:0:0:1:a00:1)" 62 &&
		same "b > blue" "$(ping_ttl "$b" 2001:db8:64:0:0:2:a00:1)" 98
}

# vrf NAME TABLE DEV: with the way back to the IPv6 hosts
vrf()
{
	ip -n "$t" link add "$1" type vrf table "$2" 2> /dev/null || {
		echo "no VRF here"
		return "$ksft_skip"
	}
	defer ip -n "$t" link delete "$1"
	ip -n "$t" -batch - <<-END
	link set $1 up
	link set $3 master $1
	route replace 2001:db8:a::/64 via 2001:db8:c::1 dev core table $2
	route replace 2001:db8:b::/64 via 2001:db8:c::1 dev core table $2
	END
}

planes_in_vrfs()
{
	setup_ns red blue
	network "$red" "$t" red 64
	network "$blue" "$t" blue 100
	vrf vrf-red 101 red && vrf vrf-blue 102 blue || return
	plane "$t" mr 1 vrf-red 101 && plane "$t" mb 2 vrf-blue 102 &&
		both_planes && same "entries" "$(m46ctl -n "$t" entry show |
			awk 'NR > 1 { print $1 }' | sort | uniq -c | xargs)" \
			"2 $A 2 $B"
}

# --- E2E-06: three hosts, two planes, two addresses in each

RED=2001:db8:64:0:0:1:a00:1 BLUE=2001:db8:64:0:0:2:a00:1
TWO=198.51.100.4/31

# A third host, behind core as a and b are.
third_host()
{
	setup_ns h
	cable "$core" third "$h" eth0
	ip -n "$core" address add 2001:db8:e::1/64 dev third nodad
	ip -n "$h" -batch - <<-END
	address add 2001:db8:e::2/64 dev eth0 nodad
	route add default via 2001:db8:e::1
	END
	H=2001:db8:e::2
}

# rows DEV: "IPv6 IPv4 type" of its entries, a line each
rows()
{
	m46ctl -n "$t" entry show dev "$1" all |
		awk 'NR > 1 { print $1, $2, $3 }' | sort
}

# types DEV: how many entries of each type
types()
{
	rows "$1" | awk '{ print $3 }' | sort | uniq -c | xargs
}

are_types()
{
	same "types of entries of $1" "$(types "$1")" "$2"
}

# no_address: h gets none, and is told
no_address()
{
	matches "ping of h" "$(ip netns exec "$h" ping -n -c 1 -W 5 "$1")" \
		'Address unreachable'
}

# not_there NS ADDR: told so by its router
not_there()
{
	matches "ping of $2" "$(ip netns exec "$1" ping -n -c 1 -W 5 "$2")" \
		'From 10.0.0.254 .*Destination Host Unreachable'
}

# While a and b send, the two addresses of each plane are theirs.
two_of_three()
{
	local ns

	for ns in "$a" "$b"; do
		echoes "$ns" "$RED" 0.5
		echoes "$ns" "$BLUE" 0.5
	done
	slowwait 30 are_types mr "2 dynamic" &&
		slowwait 30 are_types mb "2 dynamic" || return
	same "TTL from red" "$(ping_ttl "$a" "$RED")" 62 &&
		same "TTL from blue" "$(ping_ttl "$a" "$BLUE")" 98 &&
		same "TTL from red, b" "$(ping_ttl "$b" "$RED")" 62 &&
		same "TTL from blue, b" "$(ping_ttl "$b" "$BLUE")" 98 &&
		no_address "$RED" && no_address "$BLUE" &&
		same "exhausted, red" "$(counter "$t" mr pool_exhausted)" 1 &&
		same "exhausted, blue" "$(counter "$t" mb pool_exhausted)" 1 ||
		return
	rows mr > "$TMP/red"
	rows mb > "$TMP/blue"
	echo "${EPOCHREALTIME/./}" > "$TMP/last"
}

# Silent for 5 seconds: nobody's for IPv4, yet not another's.
all_silent()
{
	local addr age

	slowwait 15 are_types mr "2 dormant" &&
		slowwait 15 are_types mb "2 dormant" || return
	age=$(((${EPOCHREALTIME/./} - $(cat "$TMP/last")) / 1000))
	above "ms that they lived" "$age" $(($(scaled 5) * 1000 - 1)) || return
	for addr in 198.51.100.4 198.51.100.5; do
		not_there "$red" "$addr" && not_there "$blue" "$addr" || return
	done
	no_address "$RED" && no_address "$BLUE"
}

# In the other order than before, and yet the same.
same_again()
{
	ping_ok "$b" "$BLUE" -W 5 && ping_ok "$b" "$RED" -W 5 &&
		ping_ok "$a" "$BLUE" -W 5 && ping_ok "$a" "$RED" -W 5 || return
	same "addresses, red" "$(rows mr | cut -d ' ' -f 1,2)" \
		"$(cut -d ' ' -f 1,2 "$TMP/red")" &&
		same "addresses, blue" "$(rows mb | cut -d ' ' -f 1,2)" \
			"$(cut -d ' ' -f 1,2 "$TMP/blue")"
}

e2e_planes()
{
	local words n

	# in a VRF without address of its own, Linux's would be link-local
	words="alloc-rate 0 expires $(scaled 5) reuse-after 1h"
	words+=" icmp6-source 2001:db8:c::2"
	third_host
	setup_ns red blue
	network "$red" "$t" red 64
	network "$blue" "$t" blue 100
	vrf vrf-red 101 red && vrf vrf-blue 102 blue || return
	for n in 101 102; do
		ip -n "$t" route replace 2001:db8:e::/64 via 2001:db8:c::1 \
			dev core table "$n"
	done
	plane "$t" mr 1 vrf-red 101 "$words" "$TWO" &&
		plane "$t" mb 2 vrf-blue 102 "$words" "$TWO" || return
	in_defer_scope two_of_three && all_silent && same_again || return
	# red's rest a second only: h has one as soon as a or b is silent
	m46ctl -n "$t" dev set mr reuse-after 1 || return
	slowwait 20 ping_ok "$h" "$RED" -W 1 ||
		{ echo "h never gets an address in red"; return 1; }
	matches "entries in red" "$(rows mr)" "^$H 198.51.100.[45] dynamic" &&
		no_address "$BLUE" &&
		same "hosts in blue" "$(rows mb | cut -d ' ' -f 1,2)" \
			"$(cut -d ' ' -f 1,2 "$TMP/blue")"
}

planes_in_namespaces()
{
	setup_ns red blue t2
	network "$red" "$t" red 64
	network "$blue" "$t2" blue 100
	set_sysctls "$t2" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	cable "$core" t2 "$t2" core
	ip -n "$core" -batch - <<-END
	address add 2001:db8:d::1/64 dev t2 nodad
	route add 2001:db8:64:0:0:2::/96 via 2001:db8:d::2
	END
	ip -n "$t2" -batch - <<-END
	address add 2001:db8:d::2/64 dev core nodad
	route add default via 2001:db8:d::1
	END
	plane "$t" mr 1 && plane "$t2" mb 2 && both_planes
}

# --- the device itself

# What it knows moves along.
move()
{
	local before

	hosts && hello 2001:db8:a::3 || return
	before=$(entries | sort)
	echoes "$a" "$MN4"
	setup_ns other
	ip -n "$t" link set mt netns "$other" || return
	same "entries" "$(m46ctl -n "$other" entry show dev mt |
		awk 'NR > 1 { print $1, $2, $3 }' | sort)" "$before" &&
		same "pool" "$(m46ctl -n "$other" -j pool show |
			jq -c '.[] | [.prefix, .used]')" "[\"$POOL\",3]" || return
	ip -n "$other" link set mt up
	ip -n "$other" link set mt netns "$t" || return
	mt_up
	same "entries" "$(entries | sort)" "$before" && hello &&
		hello 2001:db8:a::3 && same "entries" "$(entries | sort)" "$before"
}

delete_under_traffic()
{
	local i

	echoes "$a" "$MN4"
	new_hosts
	for i in 1 2 3; do
		in_defer_scope delete_once || return
	done
}

# Every device ends with entries and with somebody who reads them.
delete_once()
{
	mt "$LEAVE" && watch && slowwait 20 has_many || return
	m46ctl -n "$t" entry show dev mt > /dev/null 2>&1 &
	m46ctl -n "$t" dev del mt || return
	wait "$!"
	same "devices left" "$(m46ctl -n "$t" -j dev show)" "[]"
}

gone()
{
	! ip -n "$1" link show "$2" > /dev/null 2>&1
}

unload_under_traffic()
{
	if [ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ]; then
		echo "other users of the module (M46_TEST_UNLOAD=1 to do it)"
		return "$ksft_skip"
	fi
	mt "$LEAVE" && watch || return
	echoes "$a" "$MN4"
	new_hosts
	slowwait 20 has_many && rmmod m46 || return
	[ ! -e /sys/module/m46 ] || { echo "still there"; return 1; }
	load_m46
	mt "$LEAVE" && slowwait 20 has_many && hello
}

# t's cable to core ends when all in t is gone.
namespace_under_traffic()
{
	mt "$LEAVE" && on entry add "$B" "$HB" || return
	echoes "$a" "$MN4"
	new_hosts
	slowwait 20 has_many || return
	ip netns delete "$t"
	slowwait 20 gone "$core" east || { echo "t is still there"; return 1; }
}

need_cmd python3 jq tcpdump traceroute iperf3
load_m46
setup_m46t
ktap_plan 16
ktap_test "every router counts once, both ways and between hosts (M46T-31)" \
	in_defer_scope ttls
ktap_test "traceroute both ways, RFC 6791 sources (M46T-34, M46T-35, EAM-11)" \
	in_defer_scope traceroutes
ktap_test "TCP both ways arrives intact (M46T-44)" in_defer_scope tcp_both_ways
ktap_test "TCP between hosts with entries, never IPv4 (EAM-10, NAT64-16)" \
	in_defer_scope tcp_hairpin
ktap_test "iperf3 everywhere, super-packets stay whole (KERN-02)" \
	in_defer_scope superpackets
ktap_test "path MTU in every direction (M46T-34, M46T-35, EAM-11)" \
	in_defer_scope path_mtu
ktap_test "200 times entry replace under traffic lose nothing (M46T-39)" \
	in_defer_scope replace_under_traffic
ktap_test "entry del under traffic loses nothing (M46T-39, M46T-22)" \
	in_defer_scope del_under_traffic
ktap_test "pool del under traffic (M46T-39)" \
	in_defer_scope pool_del_under_traffic
ktap_test "two planes in two VRFs (M46T-28)" in_defer_scope planes_in_vrfs
ktap_test "two planes in two namespaces (M46T-28)" \
	in_defer_scope planes_in_namespaces
ktap_test "three hosts, two planes, two addresses (E2E-06, M46T-18, M46T-22)" \
	in_defer_scope e2e_planes
ktap_test "moved to another namespace and back, entries and pools stay (KERN-13)" \
	in_defer_scope move
ktap_test "devices end under traffic, with entries (KERN-13)" \
	in_defer_scope delete_under_traffic
ktap_test "module unload under traffic (KERN-13)" \
	in_defer_scope unload_under_traffic
ktap_test "namespace deletion under traffic (KERN-13)" \
	in_defer_scope namespace_under_traffic
ktap_done
