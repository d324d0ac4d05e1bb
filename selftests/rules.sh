#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Mapping rules: which one a packet finds, what happens without one, changes
# under traffic, and a hundred thousand of them.
#
#  +------+      +------+        +-------+        +------+       +------+
#  |  c4  |------| pe1  |--------|   p   |--------| pe3  |-------|  s4  |
#  +------+ .2.1 +------+ ::2 ::1+-------+::1 ::2 +------+ .1.2  +------+
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  (devices and prefixes: adpt_lib.sh)
#
#  many: a namespace with a device big that has no traffic

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4 many
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

N=100000

rule1() { m46ctl -n "$pe1" rule "$@" dev pe1; }
rule3() { m46ctl -n "$pe3" rule "$@" dev pe3; }

# --- which rule

# A /32 that leads nowhere wins over the /24 that leads to s4.
longest_match()
{
	rule1 add "$S4/32" via 2001:db8:9::/96 || return
	defer rule1 del "$S4/32"
	matches "rule get" "$(rule1 get "$S4")" "^$S4/32 via 2001:db8:9::/96" &&
		matches "rule get of its neighbour" "$(rule1 get 198.51.100.3)" \
			"^198.51.100.0/24 via $PREF3/96" &&
		matches "ping: p has no route to 2001:db8:9::/96" \
			"$(in_c4 ping -n -c 1 -W 5 "$S4")" \
			'192.0.2.253 .*Destination Host Unreachable' &&
		rule1 replace "$S4/32" via "$PREF3/96" &&
		ping_ok "$c4" "$S4" -W 5
}

after_delete()
{
	matches "rule get" "$(rule1 get "$S4")" "^198.51.100.0/24" &&
		ping_ok "$c4" "$S4" -W 5
}

no_rule()
{
	local before

	before=$(counter "$pe1" pe1 no_rule)
	matches "ping" "$(in_c4 ping -n -c 1 -W 5 203.0.113.2)" \
		'From 192.0.2.1 .*Destination Net Unreachable' &&
		same "no_rule" "$(counter "$pe1" pe1 no_rule)" $((before + 1)) &&
		refused 'no rule' rule1 get 203.0.113.2
}

# pe3 refuses what is not in its own blocks, until 0.0.0.0/0 is one of them.
default_rule()
{
	local before

	rule1 add 0.0.0.0/0 via "$PREF3/96" || return
	defer rule1 del 0.0.0.0/0
	before=$(counter "$pe3" pe3 dst_not_local)
	ping_ok "$c4" 203.0.113.2 && echo "pe3 is an open exit"
	same "dst_not_local" "$(counter "$pe3" pe3 dst_not_local)" \
		$((before + 1)) || return
	rule3 add 0.0.0.0/0 via "$PREF3/96" local || return
	defer rule3 del 0.0.0.0/0 local
	ip -n "$s4" address add 203.0.113.2/32 dev lo
	ip -n "$pe3" route add 203.0.113.0/24 via "$S4"
	same "TTL" "$(ping_ttl "$c4" 203.0.113.2 -W 5)" 61
}

# A local rule gives a part of the block a prefix of its own, as source and as
# destination; strict source checks know.
local_rule()
{
	local before

	ip -n "$pe1" route add 2001:db8:11::/96 dev pe1
	ip -n "$p" route add 2001:db8:11::/96 via 2001:db8:f:1::2
	before=$(counter "$pe3" pe3 adpt_src)
	rule1 add "$C4/32" via 2001:db8:11::/96 local || return
	defer rule1 del "$C4/32" local
	ping_ok "$c4" "$S4" && echo "pe3 accepts a prefix that it has no rule for"
	same "adpt_src" "$(counter "$pe3" pe3 adpt_src)" $((before + 1)) || return
	rule3 add "$C4/32" via 2001:db8:11::/96 || return
	defer rule3 del "$C4/32"
	same "TTL" "$(ping_ttl "$c4" "$S4")" 61 &&
		same "TTL" "$(ping_ttl "$s4" "$C4")" 61
}

# --- changes under traffic

steady_start()
{
	rm -f "$TMP/stop"
	python3 -E -S "$SELFTESTS/flow.py" udp "$c4" "$s4" "$S4" 1000000 \
		rate 200 until "$TMP/stop" > "$TMP/steady" 2>&1 &
	steady_pid=$!
	defer kill_quietly $!
	slowwait 20 steady_moves "$(link_stat "$s4" eth0 rx.packets)"
}

steady_moves()
{
	[ "$(link_stat "$s4" eth0 rx.packets)" -gt $(($1 + 10)) ]
}

steady_lossless()
{
	touch "$TMP/stop"
	wait "$steady_pid"
	above "datagrams during the changes" \
		"$(awk '{ print $2 }' "$TMP/steady")" 20 &&
		matches "the flow" "$(cat "$TMP/steady")" \
			'lost 0 late 0 twice 0 corrupt 0'
}

# 3000 changes to 500 other blocks, and every tenth to the flow's own rule
churn_batch()
{
	awk -v own="198.51.100.0/24 via $PREF3/96 dev pe1" \
	    -v host="$S4/32 via $PREF3/96 dev pe1" '
	BEGIN {
		for (i = 0; i < 500; i++)
			b[i] = sprintf("10.%d.%d.0/24", i / 250, i % 250)
		for (round = 0; round < 2; round++) {
			for (i = 0; i < 500; i++)
				print "rule add", b[i], "via 2001:db8:7::/96 dev pe1"
			for (i = 0; i < 500; i++) {
				print "rule replace", b[i], "via 2001:db8:8::/96 dev pe1"
				if (i % 10 == 0)
					print "rule replace", own
			}
			print "rule add", host
			for (i = 0; i < 500; i++)
				print "rule del", b[i], "dev pe1"
			print "rule del", host
		}
	}'
}

churn()
{
	steady_start || return
	churn_batch > "$TMP/churn"
	m46ctl -n "$pe1" -b "$TMP/churn" || return
	steady_lossless
}

# The whole database is exchanged ten times.
load_under_traffic()
{
	local i

	steady_start || return
	{
		echo "192.0.2.0/24 via $PREF1/96 local"
		echo "198.51.100.0/24 via $PREF3/96"
		head -n 2000 "$TMP/many"
	} > "$TMP/load"
	for i in 1 2 3 4 5; do
		rule1 load "$TMP/load" || return
	done
	same "rules" "$(rule1 show | wc -l)" 2003 || return
	head -n 2 "$TMP/load" | rule1 load - || return
	steady_lossless
}

# --- many

# N prefixes in no order, of two lengths, to 64 mapping prefixes
many_rules()
{
	awk -v n="$N" 'BEGIN {
		for (k = 0; k < n; k++) {
			i = k * 7919 % n
			printf "10.%d.%d.%d/%d via 2001:db8:1%02x::/96\n",
				i / 4096, i / 16 % 256, i % 16 * 16,
				i % 4 ? 32 : 28, i % 64
		}
	}'
}

slab()
{
	awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo
}

slab_below()
{
	[ "$(slab)" -lt "$1" ]
}

load_many()
{
	local start=${EPOCHREALTIME/./}

	m46ctl -n "$many" rule load "$TMP/many" dev big || return
	echo $(((${EPOCHREALTIME/./} - start) / 1000)) > "$TMP/load_ms"
	below "milliseconds for $N rules" "$(cat "$TMP/load_ms")" \
		$((60000 * $(_slow_factor)))
}

dump_many()
{
	m46ctl -n "$many" rule show dev big > "$TMP/dump" || return
	same "rules" "$(($(wc -l < "$TMP/dump") - 1))" "$N" || return
	# Zero-padded, the order is that of text.
	awk 'NR > 1 { split($1, a, "[./]")
		printf "%03d%03d%03d%03d%02d\n", a[1], a[2], a[3], a[4], a[5] }' \
		"$TMP/dump" > "$TMP/order"
	LC_ALL=C sort -c "$TMP/order" || return
	same "first rule" "$(awk 'NR == 2 { print $1, $2 }' "$TMP/dump")" \
		"10.0.0.0/28 2001:db8:100::/96" &&
		matches "a rule of many" \
			"$(m46ctl -n "$many" rule get 10.3.7.16 dev big)" \
			'^10.3.7.16/32 via 2001:db8:1..::/96'
}

# The allocator keeps some of what is freed, so one round says little: a round
# that leaks would leak again.
flush_many()
{
	local after before size i

	after=$(slab)
	m46ctl -n "$many" rule flush dev big || return
	same "rules" "$(m46ctl -n "$many" rule show dev big)" "" || return
	size=$((after - $(cat "$TMP/slab")))
	above "KiB that the rules took" "$size" 2000 || return
	slowwait 5 slab_below $((after - size / 4))
	before=$(slab)
	for i in 1 2 3; do
		load_many && m46ctl -n "$many" rule flush dev big || return
	done
	slowwait 20 slab_below $((before + size)) && return
	echo "slab: $size KiB a load, $before KiB before, $(slab) after 3 more"
	return 1
}

# --- all or nothing

# stays REGEX FILE: the load is refused with that text, the rules stay
stays()
{
	local before

	before=$(rule1 show)
	refused "$1" rule1 load "$2" &&
		same "rules" "$(rule1 show)" "$before" &&
		ping_ok "$c4" "$S4" -W 5
}

all_or_nothing()
{
	head -n 3000 "$TMP/many" > "$TMP/good"
	{ cat "$TMP/good"; echo "10.0.0.1/24 via 2001:db8:7::/96"; } > "$TMP/bad1"
	{ cat "$TMP/good"; echo "10.99.0.0/24 via $PREF1/96"; } > "$TMP/bad2"
	{ cat "$TMP/good"; head -n 1 "$TMP/good"; } > "$TMP/bad3"
	stays "bad1:3001: .*" "$TMP/bad1" &&
		stays "bad2:3001: .*own prefix" "$TMP/bad2" &&
		stays "bad3:3001: .*exists" "$TMP/bad3"
}

need_cmd python3
load_m46
setup_topology
setup_ns many
m46ctl -n "$many" dev add big mode adpt prefix 2001:db8:1::/96 ||
	ktap_bail "no device"
many_rules > "$TMP/many"
ktap_plan 11
ktap_test "the longest prefix wins (ADPT-19)" in_defer_scope longest_match
ktap_test "after its deletion the shorter one (ADPT-67)" after_delete
ktap_test "no rule: net unreachable (ADPT-26, ADPT-66)" no_rule
ktap_test "default rule, own blocks only (ADPT-25, ADPT-48)" \
	in_defer_scope default_rule
ktap_test "local rules map sources, strict check (ADPT-18, ADPT-47)" \
	in_defer_scope local_rule
ktap_test "3100 changes under traffic lose nothing (ADPT-07, ADPT-67, ADPT-61)" \
	in_defer_scope churn
ktap_test "rule load under traffic loses nothing (ADPT-07, ADPT-60)" \
	in_defer_scope load_under_traffic
ktap_test "rule load is all or nothing (ADPT-60)" all_or_nothing
slab > "$TMP/slab"
ktap_test "$N rules are loaded (ADPT-14)" load_many
[ ! -e "$TMP/load_ms" ] || ktap_print "in $(cat "$TMP/load_ms") ms"
ktap_test "$N rules are dumped, in order (ADPT-60)" dump_many
ktap_test "their memory comes back (ADPT-14, KERN-13)" flush_many
ktap_done
