#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Mode m46t: which host has which address, how long, and who gets none.
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

# shellcheck disable=SC2154 # setup_ns sets a b core t p4 n4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/m46t_lib.sh"

# A few hosts of a: more than one /64 has addresses of its own.
A3=2001:db8:a::3 A4=2001:db8:a::4 A5=2001:db8:a::5

# --- entries come and go

first_packet()
{
	local before

	mt "$FOREVER" || return
	ping_ok "$a" "$MN4" -W 5 || { echo "the first echo is lost"; return 1; }
	before=$(retransmitted "$b")
	same "tcp" "$(flow tcp "$b" "$n4" "$MN4" 1000 at "$N4")" \
		"received 1000 intact yes" &&
		same "TCP segments sent twice" "$(retransmitted "$b")" "$before" &&
		same "entries" "$(entries | wc -l)" 2
}

retransmitted()
{
	ip netns exec "$1" cat /proc/net/snmp |
		awk '$1 == "Tcp:" { v = $13 } END { print v }'
}

# --- timers

# one_way FROM TO ADDR AT: 6 seconds of datagrams that nobody answers
one_way()
{
	local n

	n=$(scaled 60)
	same "one way, $1 > $2" \
		"$(flow udp "$1" "$2" "$3" "$n" rate 10 at "$4")" \
		"received $n lost 0 late 0 twice 0 corrupt 0"
}

refresh_from_v6()
{
	mt "alloc-rate 0 expires $(scaled 4)" && watch || return
	one_way "$a" "$n4" "$MN4" "$N4" &&
		slowwait 5 told new 1 && told expired 0
}

refresh_from_v4()
{
	local addr

	mt "alloc-rate 0 expires $(scaled 4)" && watch && hello || return
	addr=$(addr_of "$A")
	one_way "$n4" "$a" "$addr" "$A" &&
		told expired 0
}

# What comes from IPv4 does not keep the entry: after 2 of 6 seconds it is over.
no_refresh_from_v4()
{
	local addr

	mt "alloc-rate 0 expires $(scaled 2) refresh-from-v4 off" && hello ||
		return
	addr=$(addr_of "$A")
	flow udp "$n4" "$a" "$addr" "$(scaled 60)" rate 10 at "$A" > /dev/null
	above "no_entry" "$(count no_entry)" 5
}

# Over is over, whether the sweeper has been there or not.
expiry()
{
	local addr start

	mt "$FOREVER" && watch && hello || return
	addr=$(addr_of "$A")
	from4 "$addr" || { echo "no echo at first"; return 1; }
	start=${EPOCHREALTIME/./}
	on entry replace "$A" "$addr" dynamic expires 2 || return
	slowwait 10 is_over || { echo "lives on"; return 1; }
	above "ms that it lived" $(((${EPOCHREALTIME/./} - start) / 1000)) 1999 &&
		matches "n4 is told" "$(in_n4 ping -n -c 1 -W 3 "$addr")" \
			'From 192.0.2.1 .*Destination Host Unreachable' &&
		slowwait 5 told expired 1 && is_entry "$A" "$addr" dormant &&
		hello && is_entry "$A" "$addr" dynamic &&
		slowwait 5 told reactivated 1
}

# The clock on the wall says nothing about an entry's age.
wall_clock()
{
	local addr left

	if [ -z "${M46_IN_VM:-}" ]; then
		echo "the machine's clock is left alone"
		return "$ksft_skip"
	fi
	mt "$FOREVER" && hello && addr=$(addr_of "$A") &&
		on entry replace "$A" "$addr" dynamic expires 10m || return
	date -s '+1 day' > /dev/null || return
	defer date -s '-1 day'
	is_entry "$A" "$addr" dynamic && from4 "$addr" || return
	left=$(seconds_left "$A")
	above "seconds left" "$left" 3000 && below "seconds left" "$left" 3601
}

# seconds_left IPV6
seconds_left()
{
	on -j entry show "$1/128" | jq '.[].expires'
}

# Asked by looking: a ping would be answered, and the answer keeps it alive.
is_over()
{
	[ -z "$(addr_of "$A")" ]
}

# --- addresses that rest

rest()
{
	local x y

	mt "$FOREVER" 198.51.100.4/31 || return
	hello "$A" && hello "$A3" || return
	x=$(addr_of "$A") y=$(addr_of "$A3")
	unreachable "$A4" 'Address unreachable' && on entry del "$A" || return
	is_entry "$A" "$x" dormant &&
		unreachable "$A4" 'Address unreachable' &&
		hello "$A" && is_entry "$A" "$x" dynamic || return
	on entry del "$A" && m46ctl -n "$t" dev set mt reuse-after 1
	slowwait 10 hello "$A4" ||
		{ echo "the address is never free again"; return 1; }
	same "entries" "$(entries all | sort)" \
		"$(printf '%s\n' "$A3 $y dynamic" "$A4 $x dynamic" | sort)" &&
		unreachable "$A" 'Address unreachable'
}

# Two are free, none rests: the one that has been dormant longest goes first.
reuse_early()
{
	local x y

	mt "$FOREVER reuse-early on" 198.51.100.4/31 || return
	hello "$A" && hello "$A3" || return
	x=$(addr_of "$A") y=$(addr_of "$A3")
	on entry del "$A3" && on entry del "$A" || return
	hello "$A4" && is_entry "$A4" "$y" dynamic &&
		hello "$A5" && is_entry "$A5" "$x" dynamic &&
		unreachable "$A" 'Address unreachable'
}

# While others are free, a resting one is left alone.
rest_others_free()
{
	local x

	mt "$FOREVER" 198.51.100.4/30 || return
	hello "$A" && x=$(addr_of "$A") && on entry del "$A" || return
	hello "$A3" && is_entry "$A" "$x" dormant &&
		hello "$A" && is_entry "$A" "$x" dynamic
}

# --- the keyed choice

KEY=000102030405060708090a0b0c0d0e0f

# five: what five hosts get
five()
{
	local host

	for host in "$A" "$A3" "$A4" "$A5"; do
		hello "$host" || return
	done
	ping_ok "$b" "$MN4" -W 5 && entries
}

same_key()
{
	local first second other

	first=$(in_defer_scope keyed "$KEY") || { echo "$first"; return 1; }
	[ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ] ||
		{ rmmod m46 && load_m46; } || return
	second=$(in_defer_scope keyed "$KEY") || return
	other=$(in_defer_scope keyed "${KEY/00/ff}") || return
	same "after a reload" "$second" "$first" || return
	[ "$other" != "$first" ] || { echo "another key, the same"; return 1; }
}

keyed()
{
	mt "$FOREVER alloc-key $1" 2> /dev/null && five
}

# --- who gets none

# flood COUNT [PREFIX]: that many hosts of one /64 of a, no faster than the
# machine
flood()
{
	flow hosts "$a" "${2:-2001:db8:f::}" "$1" "$MN4" \
		rate $((4000 / $(scaled 1))) > /dev/null
}

max_per_64()
{
	mt "$FOREVER max-per-64 20" || return
	flood 10000
	is_used 20 && above "quota" "$(count quota)" 5000 &&
		same "of others" "$(entries | grep -vc '^2001:db8:f:')" 0 &&
		hello "$A" && ping_ok "$b" "$MN4" -W 5 && is_used 22
}

alloc_rate()
{
	local start made

	mt "expires 1h alloc-rate 10" || return
	start=${EPOCHREALTIME/./}
	flood 200
	made=$(used)
	above "made" "$made" 9 &&
		below "made" "$made" \
			$((12 + (${EPOCHREALTIME/./} - start) / 100000)) &&
		above "alloc_rate" "$(count alloc_rate)" 50 &&
		slowwait 5 hello
}

from()
{
	mt "$FOREVER from 2001:db8:b::/64,$A3/128" || return
	unreachable "$A" 'code 5' && unreachable "$A4" 'code 5' &&
		hello "$A3" && ping_ok "$b" "$MN4" -W 5 &&
		same "entries" "$(entries | wc -l)" 2 &&
		above "from" "$(count from)" 1
}

exhaustion()
{
	mt "$FOREVER" 198.51.100.0/29 && watch || return
	flood 5
	is_used 5 198.51.100.0/29 &&
		slowwait 5 told pool-high 1 &&
		matches "pool-high" "$(grep pool-high "$TMP/events")" \
			'"size":6,"used":5' || return
	flood 20
	unreachable "$A" 'Address unreachable' &&
		slowwait 5 told pool-exhausted 1 &&
		flood 200
	ping_ok "$b" "$MN4"
	told pool-exhausted 1 && told pool-high 1 &&
		above "pool_exhausted" "$(count pool_exhausted)" 100 &&
		told deleted 0
}

# Below 70 % and up again: told again.
high_again()
{
	mt "alloc-rate 0 reuse-after 0" 198.51.100.0/29 && watch || return
	flood 5
	on entry flush dynamic
	slowwait 5 is_used 0 198.51.100.0/29 || return
	flood 5
	slowwait 5 told pool-high 2
}

# Nothing but these three. p4's default router is t.
three_words()
{
	m46ctl -n "$t" -b - <<-END || return
	dev add mt mode m46t prefix $M/96 expires 1h
	pool add $POOL dev mt
	END
	mt_up
	defer mt_del
	hello && ping_ok "$b" "$MN4" -W 5 &&
		ip netns exec "$p4" ping -n -q -c 1 -W 5 "$(addr_of "$B")" \
			> /dev/null &&
		same "plane, expires" "$(on -j dev show |
			jq -c '.[] | [.plane, .expires]')" '["0:0",3600]'
}

no_pool()
{
	refused 'prefix' m46ctl -n "$t" dev add mt mode m46t &&
		mt "$FOREVER" - || return
	unreachable "$A" 'Address unreachable' &&
		above "pool_exhausted" "$(count pool_exhausted)" 0 &&
		same "entries" "$(entries all)" "" &&
		on pool add "$POOL" && hello
}

# What is told, with the seconds left, is put into a new module.
restored()
{
	local before addr left now

	mt "$FOREVER" && on entry add "$B" 198.51.100.46 || return
	hello "$A" && hello "$A3" && hello "$A4" || return
	addr=$(addr_of "$A")
	on entry replace "$A" "$addr" dynamic expires 30m || return
	before=$(on -j entry show)
	[ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ] ||
		{ rmmod m46 && load_m46; } || return
	mt_del
	mt "$FOREVER" || return
	jq -r '.[] | "entry add \(.ipv6) \(.ipv4) dev mt" +
		if .type == "dynamic" then " dynamic expires \(.expires)"
		else "" end' <<< "$before" | m46ctl -n "$t" -b - || return
	now=$(on -j entry show)
	same "entries" "$(rows <<< "$now")" "$(rows <<< "$before")" || return
	left=$(seconds_left "$A")
	above "seconds left" "$left" $((1800 - $(scaled 30))) &&
		below "seconds left" "$left" 1801 &&
		hello "$A" && hello "$A3" && from4 198.51.100.46 &&
		same "entries" "$(on -j entry show | rows)" "$(rows <<< "$before")"
}

rows()
{
	jq -r '.[] | [.ipv6, .ipv4, .type] | join(" ")' | sort
}

# --- pools

pools()
{
	mt "$FOREVER" - || return
	m46ctl -n "$t" -b - <<-END || return
	pool add 198.51.100.0/24 dev mt
	pool add 192.0.2.4/30 dev mt
	pool add 192.0.2.8/31 dev mt
	pool add 192.0.2.10/32 dev mt
	pool add 203.0.113.0/24 dev mt exclude 203.0.113.77/32,203.0.113.254/31
	pool add 192.0.2.16/29 dev mt exclude 192.0.2.18/31
	pool add 10.0.0.0/9 dev mt
	END
	same "sizes" "$(on pool show | awk 'NR > 1 { print $2, $3, $4, $5 }')" \
		"10.0.0.0/9 8388606 0 8388606
192.0.2.4/30 2 0 2
192.0.2.8/31 2 0 2
192.0.2.10/32 1 0 1
192.0.2.16/29 4 0 4
198.51.100.0/24 254 0 254
203.0.113.0/24 252 0 252" || return
	refused 'no address to give out' on pool add 192.0.2.12/32 \
		exclude 192.0.2.12/32 &&
		refused 'not inside' on pool add 192.0.2.24/29 \
			exclude 192.0.2.32/32 &&
		refused '16777216' on pool add 10.128.0.0/9 &&
		on pool del 10.0.0.0/9 &&
		refused 'no such pool' on pool del 10.0.0.0/9 &&
		refused 'no such pool' on pool del 198.51.100.0/25
}

# 192.0.2.0/28 is part of the link: .1 is t, .2 is p4, which find the others by
# proxy ARP. A second address with a little network of its own, .8/30, has .11
# for broadcast.
pool_on_link()
{
	ip -n "$t" -batch - <<-END
	address add 192.0.2.9/30 brd + dev lan noprefixroute
	route add 192.0.2.2/32 dev lan
	END
	defer ip -n "$t" address delete 192.0.2.9/30 dev lan
	defer ip -n "$t" route delete 192.0.2.2/32 dev lan
	mt "$FOREVER" "192.0.2.0/28 exclude 192.0.2.2/32" || return
	ip -n "$t" route add 192.0.2.0/28 dev mt
	in_t sysctl -qw net.ipv4.conf.lan.proxy_arp=1
	defer in_t sysctl -qw net.ipv4.conf.lan.proxy_arp=0
	ping_ok "$b" "$(m 192.0.2.2)" -W 5 || { echo "b > p4"; return 1; }
	ping_ok "$b" "$(m 192.0.2.1)" || { echo "b > t"; return 1; }
	flood 30
	same "given out" "$(entries | awk '{ print $2 }' | sort -t. -k4n |
		tr '\n' ' ')" "$(printf '192.0.2.%d ' 3 4 5 6 7 8 10 12 13 14)"
}

overlap()
{
	mt "$FOREVER" && setup_ns other || return
	refused 'overlaps a pool of this device' on pool add 198.51.100.128/25 &&
		refused 'overlaps a pool of this device' \
			on pool add 198.51.0.0/16 || return
	m46ctl -n "$t" dev add mt2 mode m46t prefix 2001:db8:47::/96 || return
	defer m46ctl -n "$t" dev del mt2
	refused 'overlaps a pool of another device in this VRF' \
		m46ctl -n "$t" pool add 198.51.100.0/25 dev mt2 || return
	m46ctl -n "$other" -b - <<-END || return
	dev add mt2 mode m46t prefix 2001:db8:46::/96
	pool add $POOL dev mt2
	END
	ip -n "$t" link add vrf46 type vrf table 46 2> /dev/null || {
		ktap_print "no VRF here"
		return 0
	}
	defer ip -n "$t" link delete vrf46
	ip -n "$t" link set mt2 master vrf46 &&
		m46ctl -n "$t" pool add 198.51.100.0/25 dev mt2
}

# --- entries of the operator

static_entry()
{
	local addr

	mt "alloc-rate 0 expires 1" || return
	on entry add "$A" 198.51.100.46 && from4 198.51.100.46 || return
	on entry add "$B" 198.51.101.46 && from4 198.51.101.46 || return
	# this one has a timer, which must not end before the refusals
	m46ctl -n "$t" dev set mt expires 1h || return
	hello "$A3" && addr=$(addr_of "$A3")
	refused 'IPv4 address has an entry' on entry add 2001:db8::9 "$addr" &&
		refused 'IPv6 address has an entry' \
			on entry add "$A3" 198.51.100.47 &&
		on entry replace "$A3" 198.51.100.47 &&
		is_entry "$A3" 198.51.100.47 static && from4 198.51.100.47 &&
		! from4 "$addr" || return
	m46ctl -n "$t" dev set mt expires 1 || return
	sleep 2	# twice the timer that they do not have
	same "entries" "$(entries | grep -c static)" 3 &&
		from4 198.51.100.46 && on entry del "$A" &&
		! from4 198.51.100.46
}

flush()
{
	mt "$FOREVER" || return
	on entry add 2001:db8:9::1 198.51.100.1
	on entry add 2001:db8:9::2 198.51.101.1
	hello "$A" && hello "$A3" || return
	on entry flush dynamic &&
		same "after dynamic" "$(entries all | awk '{ print $3 }' |
			sort | uniq -c | xargs)" "2 dormant 2 static" || return
	hello "$A" && on entry flush static &&
		same "after static" "$(entries all | awk '{ print $3 }' |
			sort | uniq -c | xargs)" "1 dormant 1 dynamic" || return
	on entry add 2001:db8:9::1 198.51.100.1
	on entry flush all &&
		same "after all" "$(entries all | awk '{ print $3 }' |
			sort | uniq -c | xargs)" "2 dormant"
}

# 3000 static entries, of which a walk that deletes must not step over any; and
# pools that come while entries go.
many_statics()
{
	local i

	mt "$FOREVER" - || return
	for i in 1 2; do
		statics 3000 | m46ctl -n "$t" -b - || return
		same "entries" "$(entries static | wc -l)" 3000 || return
		on pool add 10.0.0.0/16 &
		on entry flush static
		wait "$!" || return
		is_used 0 10.0.0.0/16 &&
			same "entries left" "$(entries all | wc -l)" 0 &&
			on pool del 10.0.0.0/16 || return
	done
}

statics()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "entry add 2001:db8:9::%x 10.0.%d.%d dev mt\n",
			i + 1, i / 250, i % 250 + 1 }'
}

need_cmd python3 jq
load_m46
setup_m46t
ktap_plan 24
ktap_test "the first packet is not lost, TCP neither (M46T-10)" \
	in_defer_scope first_packet
ktap_test "IPv6 to IPv4 keeps an entry (M46T-12)" in_defer_scope refresh_from_v6
ktap_test "IPv4 to IPv6 keeps an entry (M46T-13)" in_defer_scope refresh_from_v4
ktap_test "refresh-from-v4 off: it does not (M46T-40)" \
	in_defer_scope no_refresh_from_v4
ktap_test "expiry, dormancy, the same address again (M46T-14, M46T-24, M46T-42)" \
	in_defer_scope expiry
ktap_test "a day more on the wall clock ends no entry (M46T-17)" \
	in_defer_scope wall_clock
ktap_test "an address rests for others, not for its host (M46T-22)" \
	in_defer_scope rest
ktap_test "it is left alone while others are free (M46T-22)" \
	in_defer_scope rest_others_free
ktap_test "reuse-early (M46T-22)" in_defer_scope reuse_early
ktap_test "one key, the same addresses after a reload (M46T-21)" same_key
ktap_test "10000 hosts of one /64 leave the pool to others (M46T-20, NAT64-17)" \
	in_defer_scope max_per_64
ktap_test "alloc-rate (M46T-20)" in_defer_scope alloc_rate
ktap_test "from (M46T-19)" in_defer_scope from
ktap_test "exhaustion: 1/3, told once, nobody evicted (M46T-18, M46T-42)" \
	in_defer_scope exhaustion
ktap_test "80 % is told again after less than 70 (M46T-42)" \
	in_defer_scope high_again
ktap_test "prefix, pool and timer are enough (M46T-06, M46T-08)" \
	in_defer_scope three_words
ktap_test "without pool nobody gets an address (NAT64-01)" \
	in_defer_scope no_pool
ktap_test "entries put back into a new module (M46T-38)" \
	in_defer_scope restored
ktap_test "sizes of pools, exclusions, limits (M46T-26)" in_defer_scope pools
ktap_test "a pool that is part of a link (M46T-25, M46T-26, M46T-36)" \
	in_defer_scope pool_on_link
ktap_test "overlapping pools (M46T-27, M46T-28)" in_defer_scope overlap
ktap_test "static entries, replace (M46T-04, M46T-23)" \
	in_defer_scope static_entry
ktap_test "entry flush static, dynamic, all (M46T-39)" in_defer_scope flush
ktap_test "3000 static entries go while a pool comes (M46T-23, NAT64-17)" \
	in_defer_scope many_statics
ktap_done
