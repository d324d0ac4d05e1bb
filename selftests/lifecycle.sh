#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# Devices come and go, under traffic: deletion, moves, many of them, module
# unload; packets that would loop end; a device that has nothing to do is quiet.
#
#  +------+      +------+        +-------+        +------+       +------+
#  |  c4  |------| pe1  |--------|   p   |--------| pe3  |-------|  s4  |
#  +------+ .2.1 +------+ ::2 ::1+-------+::1 ::2 +------+ .1.2  +------+
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  (devices and prefixes: adpt_lib.sh)
#
#  For loops: two devices in one namespace that send to one another.
#
#  +-------+        +---------------------------------+
#  | guest |--------| ring  203.0.113.0/24 dev a      |
#  +-------+ .2  .1 |       2001:db8:b::/96 dev b     |
#     10.0.0.0/24   +---------------------------------+

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4 and more
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# Echoes between c4 and s4, 500 a second, until the scope ends. (Not in_c4: of a
# function in the background $! is a shell, whose death ping would survive.)
traffic()
{
	local before

	before=$(link_stat "$c4" eth0 tx.packets)
	ip netns exec "$c4" ping -n -q -i 0.002 "$S4" > /dev/null 2>&1 &
	defer kill_quietly $!
	slowwait 20 grew "$c4" eth0 tx.packets $((before + 10))
}

grew()
{
	[ "$(link_stat "$1" "$2" "$3")" -gt "$4" ]
}

gone()
{
	! ip -n "$1" link show "$2" > /dev/null 2>&1
}

# --- a device goes

delete_under_traffic()
{
	local i

	traffic || return
	for i in 1 2 3; do
		m46ctl -n "$pe1" dev del pe1 || return
		gone "$pe1" pe1 || { echo "pe1 is still there"; return 1; }
		edge_pe1 || return
	done
	ping_ok "$c4" "$S4" -W 5
}

down_up()
{
	local rules

	rules=$(m46ctl -n "$pe1" rule show)
	traffic || return
	ip -n "$pe1" link set pe1 down
	ping_ok "$c4" "$S4" && { echo "pe1 is down and translates"; return 1; }
	edge_up pe1 "$pe1" 1
	same "rules" "$(m46ctl -n "$pe1" rule show)" "$rules" &&
		ping_ok "$c4" "$S4" -W 5
}

# There and back; what is configured goes with it.
move()
{
	local cfg rules

	cfg=$(m46ctl -n "$pe1" dev show pe1 | sed 's/^[0-9]*: //')
	rules=$(m46ctl -n "$pe1" rule show)
	traffic || return
	setup_ns other
	ip -n "$pe1" link set pe1 netns "$other" || return
	same "settings" "$(m46ctl -n "$other" dev show pe1 | sed 's/^[0-9]*: //')" \
		"$cfg" &&
		same "rules" "$(m46ctl -n "$other" rule show)" "$rules" &&
		same "devices left" "$(m46ctl -n "$pe1" -j dev show)" "[]" || return
	ip -n "$other" link set pe1 up
	ip -n "$other" link set pe1 netns "$pe1" || return
	edge_up pe1 "$pe1" 1
	ping_ok "$c4" "$S4" -W 5
}

# some_rules COUNT
some_rules()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "10.%d.%d.0/24 via 2001:db8:7::/96\n",
			i / 256 % 256, i % 256 }'
}

# run_and_delete WORD...: m46ctl at work when its device disappears
run_and_delete()
{
	local pid rc=0

	m46ctl -n "$other" "$@" > /dev/null 2> "$TMP/err" &
	pid=$!
	sleep 0.0"$((RANDOM % 10))"
	m46ctl -n "$other" dev del t || return
	wait "$pid" || rc=$?
	# Either it was done before, or it says in one line that it was not.
	[ "$rc" -eq 0 ] || same "lines of stderr" "$(wc -l < "$TMP/err")" 1 ||
		cat "$TMP/err"
}

delete_during_load()
{
	local i

	setup_ns other
	some_rules 6000 > "$TMP/rules"
	for i in 1 2; do
		m46ctl -n "$other" dev add t mode adpt prefix 2001:db8:1::/96 ||
			return
		run_and_delete rule load "$TMP/rules" dev t || return
	done
	for i in 1 2; do
		m46ctl -n "$other" dev add t mode adpt prefix 2001:db8:1::/96 &&
			m46ctl -n "$other" rule load "$TMP/rules" dev t || return
		run_and_delete rule show || return
	done
	same "devices left" "$(m46ctl -n "$other" -j dev show)" "[]"
}

many_devices()
{
	local ns

	setup_ns other
	ns=$other
	awk 'BEGIN { for (i = 0; i < 200; i++) {
		printf "dev add m%d mode adpt prefix 2001:db8:%x::/96\n", i, i + 1
		printf "rule add 10.0.0.0/8 via 2001:db8:ffff::/96 dev m%d\n", i
		} }' > "$TMP/many"
	m46ctl -n "$ns" -b "$TMP/many" || return
	same "devices" "$(m46ctl -n "$ns" dev show | grep -c ': mode adpt ')" \
		200 &&
		same "rules" "$(m46ctl -n "$ns" rule show |
			grep -c '^10.0.0.0/8 ')" 200 || return
	ip netns delete "$ns"
}

# --- loops

setup_loop()
{
	setup_ns guest ring
	ip netns exec "$ring" sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0
	cable "$guest" eth0 "$ring" lan
	ip -n "$guest" address add 10.0.0.2/24 dev eth0
	ip -n "$guest" route add default via 10.0.0.1
	ip -n "$ring" address add 10.0.0.1/24 dev lan
	m46ctl -n "$ring" -b - <<-END || ktap_bail "no devices for a loop"
	dev add a mode adpt prefix 2001:db8:a::/96
	dev add b mode adpt prefix 2001:db8:b::/96 source-check off
	rule add 203.0.113.0/24 via 2001:db8:b::/96 dev a
	END
	ip -n "$ring" -batch - <<-END
	link set dev a up
	link set dev b up
	route add 203.0.113.0/24 dev a
	route add 2001:db8:b::/96 dev b
	END
}

# Of both devices together.
on_ring()
{
	m46ctl -n "$ring" -s stats show |
		awk -v name="$1" '$2 == name { n += $3 } END { print n }'
}

# The hop limit is not spent between devices of one machine: nesting ends it.
loop()
{
	ping_ok "$guest" 203.0.113.2
	same "recursion" "$(on_ring recursion)" 1 &&
		below "translations of one packet" "$(on_ring translated_46)" 10
}

# A queue between the devices hides the nesting: the hop limit ends it.
loop_qdisc()
{
	local before after

	before=$(on_ring translated_46)
	ip netns exec "$ring" tc qdisc add dev a root "$1" 2> /dev/null ||
		return "$ksft_skip"
	defer ip netns exec "$ring" tc qdisc delete dev a root
	ip netns exec "$ring" tc qdisc add dev b root "$1"
	defer ip netns exec "$ring" tc qdisc delete dev b root
	ping_ok "$guest" 203.0.113.2
	after=$(on_ring translated_46)
	below "translations of one packet" $((after - before)) 70 &&
		above "translations of one packet" $((after - before)) 1 &&
		ping_ok "$guest" 10.0.0.1 -W 5 &&
		same "translations after that" "$(on_ring translated_46)" "$after"
}

# --- nothing to do

quiet()
{
	setup_ns idle
	ip netns exec "$idle" sysctl -qw net.ipv6.conf.all.forwarding=1
	m46ctl -n "$idle" dev add quiet mode adpt prefix 2001:db8:1::/96 || return
	# On lo nothing happens; any is there before the device is up.
	capture "$idle" any "$TMP/idle.pcap" "" || return
	ip -n "$idle" link set quiet up
	ip -n "$idle" address add 192.0.2.1/24 dev quiet
	ip -n "$idle" address add 2001:db8:5::1/64 dev quiet
	ip -n "$idle" route add 2001:db8:1::/96 dev quiet
	sleep 3
	capture_end "$TMP/idle.pcap"
	same "packets" "$(captured "$TMP/idle.pcap")" 0 &&
		same "sent" "$(link_stat "$idle" quiet tx.packets)" 0 &&
		matches "flags" "$(ip -n "$idle" link show quiet)" '<POINTOPOINT,NOARP,UP,' &&
		same "link-local addresses" "$(ip -n "$idle" -6 address show \
			dev quiet scope link)" ""
}

# --- the end

# The other end of its cable goes with a namespace, once all in it is gone.
namespace_under_traffic()
{
	traffic || return
	ip netns delete "$pe1"
	slowwait 20 gone "$c4" eth0 || { echo "pe1 is still there"; return 1; }
}

unload_under_traffic()
{
	local i

	if [ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ]; then
		echo "other users of the module (M46_TEST_UNLOAD=1 to do it)"
		return "$ksft_skip"
	fi
	traffic || return
	for i in 1 2; do
		rmmod m46 || return
		[ ! -e /sys/module/m46 ] || { echo "still there"; return 1; }
		gone "$pe1" pe1 || { echo "pe1 is still there"; return 1; }
		load_m46
		edge_pe1 && edge_pe3 || return
	done
	ping_ok "$c4" "$S4" -W 5
}

need_cmd python3 tcpdump tc
load_m46
setup_topology
ktap_plan 12
ktap_test "a device is deleted under traffic (KERN-13)" \
	in_defer_scope delete_under_traffic
ktap_test "down and up, the rules stay (KERN-13)" in_defer_scope down_up
ktap_test "moved to another namespace and back (KERN-13)" in_defer_scope move
ktap_test "a device is deleted during rule load and rule show (KERN-13, KERN-17)" \
	in_defer_scope delete_during_load
ktap_test "200 devices in one namespace" in_defer_scope many_devices
setup_loop
ktap_test "a loop through two devices ends, counted (KERN-12)" loop
ktap_test "the same with a pfifo on the devices (KERN-12)" \
	in_defer_scope loop_qdisc pfifo
ktap_test "the same with a fq on the devices (KERN-12)" \
	in_defer_scope loop_qdisc fq
ktap_test "an idle device is quiet (KERN-09)" in_defer_scope quiet
ktap_test "module unload under traffic (KERN-13)" \
	in_defer_scope unload_under_traffic
ktap_test "and its return" ping_ok "$c4" "$S4" -W 5
ktap_test "namespace deletion under traffic (KERN-13)" \
	in_defer_scope namespace_under_traffic
ktap_done
