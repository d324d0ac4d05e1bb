#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# Scenarios and requirements of the ADPT draft (sections 3 and 5) on a part of
# its Figure 1: four provider edges, two ASes of IPv6-only core, two data
# centres, and an IPv4-only neighbour. What is proved elsewhere is in
# Documentation/adpt-scenarios.md.
#
#               +-----+                 +-----+
#               | dc1 |                 | dc2 |
#               +--+--+                 +--+--+
#                  | .0/25                 | .128/25   198.51.100.0
#               +--+--+                 +--+--+
#               | pe3 |                 | pe4 |
#               +--+--+                 +--+--+
#  +----+ +-----+  |  +----+       +----+  |  +-----+    +----+    +----+
#  | ue |-| pe1 |--+--| r1 |-------| r2 |--+--| pe5 |----| br |----| s4 |
#  +----+ +-----+     +----+ 1400  +----+     +-----+    +----+    +----+
#  192.0.2.0/24       AS 1, IPv6   AS 3, IPv6          AS 4, IPv4: 203.0.113.0/24
#  2001:db8:a1::/64
#
#  Pref6(PEn) is 2001:db8:n::/96; dc1 and dc2 are dual stack. pe1 has no IPv4
#  address: its customer's next hop is an IPv6 one, as at an IPv6-only exchange
#  point. "old" is what is left of IPv4 between pe1 and pe5.

# shellcheck disable=SC2154 # setup_ns sets ue pe1 r1 pe3 dc1 r2 pe4 dc2 pe5 br s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

UE=192.0.2.2
DC1=198.51.100.2
DC2=198.51.100.130
FAR=203.0.113.2
UE6=2001:db8:a1::2
DC1_6=2001:db8:a3::2
DC2_6=2001:db8:a4::2
FLOWS=$(scaled 50000)
[ -z "${KSFT_MACHINE_SLOW:-}" ] || FLOWS=20000

in_ue() { ip netns exec "$ue" "$@"; }

# --- the network

# core_link NS DEV NS DEV NET: addresses NET::1 and NET::2
core_link()
{
	cable "$1" "$2" "$3" "$4"
	ip -n "$1" address add "$5::1/64" dev "$2" nodad
	ip -n "$3" address add "$5::2/64" dev "$4" nodad
}

# site NS DEV PE-NS NET4 NET6: a host, and its router's end, lan; "-" for none
site()
{
	cable "$1" "$2" "$3" lan
	ip -n "$1" address add "$4.2/25" dev "$2"
	ip -n "$3" address add "$4.1/25" dev lan
	ip -n "$1" route add default via "$4.1"
}

# pe N BLOCK CORE-NET: the device of an edge, what is its own, what is others'
pe()
{
	local ns=pe$1 n block

	ns=${!ns}
	set_sysctls "$ns" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	m46ctl -n "$ns" -b - <<-END || return
	dev add pe$1 mode adpt prefix 2001:db8:$1::/96
	rule add $2 via 2001:db8:$1::/96 dev pe$1 local
	END
	while read -r n block; do
		[ "$n" = "$1" ] ||
			echo "rule add $block via 2001:db8:$n::/96 dev pe$1"
	done <<-END | m46ctl -n "$ns" -b - || return
	1 192.0.2.0/24
	3 198.51.100.0/25
	4 198.51.100.128/25
	5 203.0.113.0/24
	END
	edge_up "pe$1" "$ns" "$1"
	ip -n "$ns" route add default via "$3"
}

network()
{
	setup_ns ue pe1 r1 pe3 dc1 r2 pe4 dc2 pe5 br s4
	local ns

	for ns in "$ue" "$dc1" "$dc2"; do
		set_sysctls "$ns"
	done
	for ns in "$r1" "$r2"; do
		set_sysctls "$ns" net.ipv6.conf.all.forwarding=1
	done
	for ns in "$br" "$s4"; do
		set_sysctls "$ns" net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
	done
	core_link "$r1" pe1 "$pe1" core 2001:db8:f:11
	core_link "$r1" pe3 "$pe3" core 2001:db8:f:13
	core_link "$r1" r2 "$r2" r1 2001:db8:f:12
	core_link "$r2" pe4 "$pe4" core 2001:db8:f:24
	core_link "$r2" pe5 "$pe5" core 2001:db8:f:25
	# one route for each edge: its mapping prefix is in its own block
	ip -n "$r1" -batch - <<-END
	route add 2001:db8:1::/48 via 2001:db8:f:11::2
	route add 2001:db8:a1::/48 via 2001:db8:f:11::2
	route add 2001:db8:3::/48 via 2001:db8:f:13::2
	route add 2001:db8:a3::/48 via 2001:db8:f:13::2
	route add default via 2001:db8:f:12::2
	link set r2 mtu 1400
	END
	ip -n "$r2" -batch - <<-END
	route add 2001:db8:4::/48 via 2001:db8:f:24::2
	route add 2001:db8:a4::/48 via 2001:db8:f:24::2
	route add 2001:db8:5::/48 via 2001:db8:f:25::2
	route add default via 2001:db8:f:12::1
	link set r1 mtu 1400
	END
	pe 1 192.0.2.0/24 2001:db8:f:11::1 && pe 3 198.51.100.0/25 2001:db8:f:13::1 &&
		pe 4 198.51.100.128/25 2001:db8:f:24::1 &&
		pe 5 203.0.113.0/24 2001:db8:f:25::1 || return
	sites
	neighbour
}

sites()
{
	site "$dc1" eth0 "$pe3" 198.51.100
	cable "$dc2" eth0 "$pe4" lan
	ip -n "$dc2" -batch - <<-END
	address add $DC2/25 dev eth0
	address add $DC2_6/64 dev eth0 nodad
	route add default via 198.51.100.129
	route add default via 2001:db8:a4::1
	END
	ip -n "$pe4" -batch - <<-END
	address add 198.51.100.129/25 dev lan
	address add 2001:db8:a4::1/64 dev lan nodad
	END
	ip -n "$dc1" -batch - <<-END
	address add $DC1_6/64 dev eth0 nodad
	route add default via 2001:db8:a3::1
	END
	ip -n "$pe3" address add 2001:db8:a3::1/64 dev lan nodad
	# the exchange point: IPv4 packets, IPv6 next hops
	cable "$ue" eth0 "$pe1" lan
	ip -n "$ue" -batch - <<-END
	address add $UE/32 dev eth0
	address add $UE6/64 dev eth0 nodad
	route add 0.0.0.0/0 via inet6 2001:db8:a1::1 dev eth0
	route add default via 2001:db8:a1::1
	END
	ip -n "$pe1" -batch - <<-END
	address add 2001:db8:a1::1/64 dev lan nodad
	route add 192.0.2.0/24 via inet6 $UE6 dev lan
	END
}

neighbour()
{
	cable "$pe5" lan "$br" as3
	cable "$br" as4 "$s4" eth0
	ip -n "$pe5" -batch - <<-END
	address add 100.64.5.1/30 dev lan
	route add 203.0.113.0/24 via 100.64.5.2
	END
	ip -n "$br" -batch - <<-END
	address add 100.64.5.2/30 dev as3
	address add 203.0.113.1/24 dev as4
	route add default via 100.64.5.1
	route add blackhole 203.0.113.9
	END
	ip -n "$s4" -batch - <<-END
	address add $FAR/24 dev eth0
	route add default via 203.0.113.1
	END
}

PES="1 3 4 5"

# set_all WORD...: of all devices
set_all()
{
	local n ns

	for n in $PES; do
		ns=pe$n
		m46ctl -n "${!ns}" dev set "pe$n" "$@" || return
	done
}

reset_all()
{
	local n ns

	for n in $PES; do
		ns=pe$n
		m46ctl -n "${!ns}" stats reset dev "pe$n"
	done
}

# conversions: what each device has done since reset_all, "pe1 20 pe5 20 "
conversions()
{
	local n ns

	for n in $PES; do
		ns=pe$n
		m46ctl -n "${!ns}" -s stats show dev "pe$n" | awk -v dev="pe$n" '
			$2 ~ /^(translated_(46|64)|encapsulated|decapsulated)$/ {
				sum += $3
			}
			END { if (sum) printf "%s %d ", dev, sum }'
	done
}

forget_paths()
{
	local ns

	for ns in "$ue" "$dc1" "$dc2" "$s4"; do
		ip -n "$ns" route flush cache
	done
	for ns in "$pe1" "$pe3" "$pe4" "$pe5" "$ue" "$dc1" "$dc2"; do
		ip -n "$ns" -6 route flush cache
	done
}

# flows_ok FROM TO ADDR BACK: TCP and UDP both ways
flows_ok()
{
	tcp_flow "$1" "$2" "$3" 300000 && tcp_flow "$2" "$1" "$4" 300000 &&
		udp_flow "$1" "$2" "$3" 100 rate 2000 &&
		udp_flow "$2" "$1" "$4" 100 rate 2000
}

# --- scenarios

user_to_dc()
{
	flows_ok "$ue" "$dc1" "$DC1" "$UE" && flows_ok "$ue" "$dc2" "$DC2" "$UE"
}

# IPv4, IPv6, and the one after the other on the same hosts
dc_to_dc()
{
	flows_ok "$dc1" "$dc2" "$DC2" "$DC1" &&
		flows_ok "$dc1" "$dc2" "$DC2_6" "$DC1_6"
}

# Two networks that know nothing of IPv6, and what is between them; every
# address is the one that it was (requirement 1).
transit()
{
	local count

	ip netns exec "$s4" nft -f - <<-END
	table ip seen {
		chain input {
			type filter hook input priority 0
			udp dport 4646 ip saddr $UE counter
		}
	}
	END
	defer ip netns exec "$s4" nft delete table ip seen
	flows_ok "$ue" "$s4" "$FAR" "$UE" || return
	same "datagrams from $UE at s4" "$(nft_packets "$s4" "ip seen")" 100 ||
		return
	# requirement 3: two conversions, at the two edges
	reset_all
	udp_flow "$ue" "$s4" "$FAR" 20 rate 500 &&
		same "conversions of 20 datagrams" "$(conversions)" \
			"pe1 20 pe5 20 " || return
	count=$(hops "$ue" traceroute -n -w 5 -q 1 -I "$FAR" | awk '{ print NF }')
	# r1 and r2 show where packets are translated
	same "hops" "$count" "$1"
}

# (E2E-07) 1400 between the ASes
small_core()
{
	forget_paths
	told_and_learned "$ue" "$FAR" 1372 "$1" &&
		told_and_learned "$s4" "$UE" 1372 "$1" || return
	forget_paths
	tcp_flow "$ue" "$s4" "$FAR" 400000 && tcp_flow "$s4" "$ue" "$UE" 400000 ||
		return
	# the first that is cut finds out
	udp_send "$ue" "$FAR" 1 size 1472 df off
	udp_send "$s4" "$UE" 1 size 1472 df off
	udp_flow "$ue" "$s4" "$FAR" 30 size 1472 df off rate 300 &&
		udp_flow "$s4" "$ue" "$UE" 30 size 1472 df off rate 300 &&
		udp_flow "$ue" "$s4" "$FAR" 20 size 4000 df off rate 300
}

# What comes in as IPv6 leaves as it was, but for the hop limit.
hex_of()
{
	tcpdump -n -x -r "$1" 2> /dev/null | awk '
		/^[0-9]/ { if (p) print p; p = ""; next }
		{ sub(/^[^:]*:/, ""); gsub(/[ \t]/, ""); p = p $0 }
		END { print p }' | sed 's/^\(.\{14\}\)../\1--/'
}

native()
{
	local dev side filter="ip6 host $UE6 and host $DC2_6 and not icmp6"

	reset_all
	capture "$pe1" lan "$TMP/in" "$filter" -s 2000 || return
	capture "$pe4" lan "$TMP/out" "$filter" -s 2000 || return
	udp_flow "$ue" "$dc2" "$DC2_6" 50 rate 500 size 600 || return
	for side in in out; do
		slowwait 10 eval "[ \"\$(captured $TMP/$side)\" -ge 50 ]" \
			> /dev/null
	done
	capture_end "$TMP/in"
	capture_end "$TMP/out"
	same "packets" "$(captured "$TMP/in")" 50 &&
		same "bytes that differ" "$(diff <(hex_of "$TMP/in") \
			<(hex_of "$TMP/out") | grep -c '^[<>]')" 0 &&
		flows_ok "$ue" "$dc2" "$DC2_6" "$UE6" || return
	for dev in pe1 pe4; do
		same "counters of $dev" "$(m46ctl -n "${!dev}" -s stats show \
			dev "$dev" | awk '$3 + 0 > 0 { print $2, $3 }')" "" || return
	done
}

# Scenario 6: nothing of IPv4 on pe1 but routes; errors have RFC 7600's source.
no_address()
{
	same "IPv4 addresses of pe1" \
		"$(ip -n "$pe1" -4 address show scope global)" "" || return
	matches "no rule" "$(in_ue ping -n -c 1 -W 5 100.64.46.46 2>&1)" \
		'192.0.0.8 .*Net Unreachable'
}

# --- requirements

# 2: 10 000 changes to rules, none of which is the flow's
rule_updates()
{
	local n stop=$TMP/stop verdict

	awk 'BEGIN { for (n = 0; n < 5000; n++) {
		printf "rule add 10.%d.%d.0/24 via 2001:db8:%d::/96 dev pe1\n",
			n / 256, n % 256, n % 3 + 3
		if (n >= 10)
			printf "rule del 10.%d.%d.0/24 dev pe1\n",
				(n - 10) / 256, (n - 10) % 256
	} }' > "$TMP/updates"
	above "changes" "$(wc -l < "$TMP/updates")" 9980 || return
	(
		m46ctl -n "$pe1" -b "$TMP/updates"
		echo "$?" > "$stop"
	) > "$TMP/updates.log" 2>&1 &
	verdict=$(flow udp "$ue" "$s4" "$FAR" 100000 rate 500 idle 5 until "$stop")
	wait $!
	same "changes" "$(cat "$stop" "$TMP/updates.log")" 0 || return
	for n in 4990 4999; do
		m46ctl -n "$pe1" rule get "10.19.$((n - 4864)).1" dev pe1 \
			> /dev/null || return
	done
	matches "datagrams" "$verdict" \
		'^received [0-9]{2,} lost 0 late 0 twice 0 corrupt 0$'
}

# kilobytes of everything that the kernel has for itself
kernel_memory()
{
	awk '/^(Slab|Percpu|VmallocUsed|KernelStack|PageTables):/ { n += $2 }
		END { print n }' /proc/meminfo
}

# FLOWS new flows, to ADDR: through both edges, and nothing kept of them
flows_to()
{
	local before after

	reset_all
	before=$(kernel_memory)
	same "flows" "$(flow flows "$ue" 192.0.2.0 "$FLOWS" "$1" rate 10000)" \
		"sent $FLOWS" || return
	after=$(kernel_memory)
	# what was lost before the edge never was a flow
	above "packets through both" "$(conversions |
		awk '{ print ($2 < $4) ? $2 : $4 }')" $((FLOWS * 9 / 10)) &&
		below "kilobytes more after $FLOWS flows" $((after - before)) \
			$((FLOWS * 40 / 1024))
}

# 5 and 6: as many flows as you like. A table of flows would grow each time;
# what a busy machine queues for a moment it does not.
many_flows()
{
	local n

	ip -n "$br" route add blackhole "203.0.113.8/29"
	defer ip -n "$br" route delete blackhole "203.0.113.8/29"
	flow flows "$ue" 192.0.2.0 2000 203.0.113.8 rate 10000 > /dev/null
	for n in 9 10 11 12; do
		flows_to "203.0.113.$n" && return
	done
	return 1
}

# 7: what IPv4 routing knows better stays where it is.
native_route()
{
	cable "$pe1" old "$pe5" old
	defer ip -n "$pe1" link delete old
	ip -n "$pe5" address add 100.64.15.5/30 dev old
	ip -n "$pe1" -batch - <<-END
	address add 100.64.15.6/30 dev old
	route add 203.0.113.128/25 via 100.64.15.5
	END
	ip -n "$s4" address add 203.0.113.130/24 dev eth0
	defer ip -n "$s4" address delete 203.0.113.130/24 dev eth0
	capture "$pe1" old "$TMP/old" "udp port 4646" -s 64 || return
	reset_all
	udp_flow "$ue" "$s4" 203.0.113.130 20 rate 500 &&
		same "conversions" "$(conversions)" "" &&
		udp_flow "$ue" "$s4" "$FAR" 20 rate 500 &&
		same "conversions" "$(conversions)" "pe1 20 pe5 20 " || return
	slowwait 10 eval "[ \"\$(captured $TMP/old)\" -ge 20 ]" > /dev/null
	capture_end "$TMP/old"
	same "packets on the IPv4 link" "$(captured "$TMP/old")" 20
}

# 7: what nobody has announced goes to the default egress.
default_egress()
{
	m46ctl -n "$pe1" rule add 0.0.0.0/0 via 2001:db8:5::/96 dev pe1
	defer m46ctl -n "$pe1" rule del 0.0.0.0/0 dev pe1
	m46ctl -n "$pe5" rule add 0.0.0.0/0 via 2001:db8:5::/96 dev pe5 local
	defer m46ctl -n "$pe5" rule del 0.0.0.0/0 dev pe5 local
	ip -n "$s4" address add 100.64.99.1/32 dev lo
	defer ip -n "$s4" address delete 100.64.99.1/32 dev lo
	ip -n "$br" route add 100.64.99.0/24 via "$FAR"
	defer ip -n "$br" route delete 100.64.99.0/24
	ip -n "$pe5" route add 100.64.99.0/24 via 100.64.5.2
	defer ip -n "$pe5" route delete 100.64.99.0/24
	reset_all
	ping_ok "$ue" 100.64.99.1 -W 5 || { echo "no answer"; return 1; }
	same "conversions" "$(conversions)" "pe1 2 pe5 2 "
}

no_ipv4()
{
	local ns

	for ns in r1 r2; do
		capture_end "$TMP/$ns.pcap"
		same "IPv4 and ARP at $ns" "$(captured "$TMP/$ns.pcap")" 0 ||
			return
	done
}

need_cmd tcpdump traceroute nft python3
load_m46
network || ktap_bail "no network"
flow_start
slowwait 15 ping_ok "$ue" "$FAR" || ktap_bail "ue does not reach s4"
slowwait 15 ping_ok "$dc1" "$DC2_6" || ktap_bail "dc1 does not reach dc2"
for ns in r1 r2; do
	capture "${!ns}" any "$TMP/$ns.pcap" "ip or arp" -s 64 ||
		ktap_bail "no capture"
done
ktap_plan 15
for method in translate encap; do
	set_all method "$method" || ktap_bail "no method $method"
	ktap_test "scenario 2, user to data centre, $method (ADPT-02)" user_to_dc
	ktap_test "scenario 4, DC to DC, IPv4 and IPv6, $method (ADPT-04)" \
		dc_to_dc
	if [ "$method" = translate ]; then
		all=6 mtu=1380
	else
		all=4 mtu=1360
	fi
	ktap_test "scenario 5, transit, two conversions, $method (ADPT-06, ADPT-08)" \
		in_defer_scope transit "$all"
	ktap_test "1400 between the ASes, $method (ADPT-07, ADPT-69, E2E-07)" \
		small_core "$mtu"
done
ktap_test "scenario 3, native IPv6 is as it was (ADPT-03)" native
ktap_test "scenario 6, an edge without IPv4 addresses (ADPT-05)" no_address
ktap_test "10 000 changes of rules lose nothing (ADPT-07, E2E-07)" rule_updates
ktap_test "$FLOWS flows take no memory (ADPT-13, ADPT-14)" \
	in_defer_scope many_flows
ktap_test "a more specific IPv4 route wins (ADPT-15)" in_defer_scope native_route
ktap_test "a default egress for the rest (ADPT-15, ADPT-25)" \
	in_defer_scope default_egress
ktap_test "no IPv4 packet in the core (ADPT-08)" no_ipv4
ktap_done
