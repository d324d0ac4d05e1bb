#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an operator builds around a device: filters, NAT, connection tracking,
# VRFs, reverse path filters, policy routing. A packet is seen on both sides of
# the device, as sent to it and as received from it.
#
#  +------+      +------+        +-------+        +------+       +------+
#  |  c4  |------| pe1  |--------|   p   |--------| pe3  |-------|  s4  |
#  +------+ .2.1 +------+ ::2 ::1+-------+::1 ::2 +------+ .1.2  +------+
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  (devices and prefixes: adpt_lib.sh; everything here happens on pe1)

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# packets TABLE NAME: of a named counter
packets()
{
	nft_packets "$pe1" "inet $1" "$2"
}

nft_drop()
{
	in_pe1 nft delete table inet "$1"
}

# One echo and its answer pass eight hooks, each with the interfaces that an
# operator would write.
hooks()
{
	local name

	in_pe1 nft -f - <<-END || return
	table inet seen {
		counter q4pre {}
		counter q4fwd {}
		counter q6pre {}
		counter q6fwd {}
		counter a6pre {}
		counter a6fwd {}
		counter a4pre {}
		counter a4fwd {}
		chain prerouting {
			type filter hook prerouting priority 0
			iifname lan icmp type echo-request counter name q4pre
			iifname pe1 icmpv6 type echo-request counter name q6pre
			iifname core icmpv6 type echo-reply counter name a6pre
			iifname pe1 icmp type echo-reply counter name a4pre
		}
		chain forward {
			type filter hook forward priority 0
			iifname lan oifname pe1 icmp type echo-request \
				counter name q4fwd
			iifname pe1 oifname core icmpv6 type echo-request \
				counter name q6fwd
			iifname core oifname pe1 icmpv6 type echo-reply \
				counter name a6fwd
			iifname pe1 oifname lan icmp type echo-reply \
				counter name a4fwd
		}
	}
	END
	defer nft_drop seen
	ping_ok "$c4" "$S4" -W 5
	for name in q4pre q4fwd q6pre q6fwd a6pre a6fwd a4pre a4fwd; do
		same "$name" "$(packets seen "$name")" 1 || return
	done
}

# Each side of the device can be filtered by itself.
filter()
{
	in_pe1 nft -f - <<-END || return
	table inet guard {
		counter refused {}
		chain forward {
			type filter hook forward priority 0
			iifname pe1 meta nfproto ipv6 udp dport 4646 \
				counter name refused drop
		}
	}
	END
	defer nft_drop guard
	udp_send "$c4" "$S4" 5
	same "refused" "$(packets guard refused)" 5 && ping_ok "$c4" "$S4" -W 5
}

# A network that no rule names, behind PE1's address.
masquerade()
{
	ip -n "$c4" address add 10.9.0.2/32 dev eth0
	ip -n "$pe1" route add 10.9.0.2/32 via "$C4"
	in_pe1 nft -f - <<-END || return
	table inet nat {
		chain postrouting {
			type nat hook postrouting priority 100
			oifname pe1 ip saddr 10.9.0.0/24 masquerade
		}
	}
	END
	defer nft_drop nat
	in_s4 nft -f - <<-END || return
	table ip seen {
		chain input {
			type filter hook input priority 0
			ip saddr 192.0.2.1 icmp type echo-request counter
		}
	}
	END
	defer in_s4 nft delete table ip seen
	ping_ok "$c4" "$S4" -I 10.9.0.2 -W 5 || { echo "no answer"; return 1; }
	same "echoes from 192.0.2.1 at s4" "$(nft_packets "$s4" "ip seen")" 1
}

# A server behind PE1 under PE1's own address.
port_forward()
{
	in_pe1 nft -f - <<-END || return
	table inet nat {
		chain prerouting {
			type nat hook prerouting priority -100
			iifname pe1 ip daddr 192.0.2.100 dnat ip to $C4
		}
	}
	END
	defer nft_drop nat
	ping_ok "$s4" 192.0.2.100 -W 5
}

track()
{
	in_pe1 nft -f - <<-END
	table inet track {
		counter invalid {}
		counter new4 {}
		counter new6 {}
		counter related4 {}
		chain prerouting {
			type filter hook prerouting priority 0
			ct state invalid counter name invalid
			iifname lan ct state new counter name new4
			iifname pe1 meta nfproto ipv6 ct state new \
				counter name new6
			iifname pe1 meta nfproto ipv4 ct state related \
				counter name related4
		}
	}
	END
}

# Two entries for one flow, one in each family; errors belong to their flow.
conntrack_entries()
{
	track || return
	defer nft_drop track
	in_pe1 conntrack -F 2> /dev/null
	tcp_flow "$c4" "$s4" "$S4" 100000 || return
	matches "IPv4 entry" "$(in_pe1 conntrack -L -f ipv4 -p tcp 2> /dev/null)" \
		"src=$C4 dst=$S4 .*dport=4646 .*\[ASSURED\]" &&
		matches "IPv6 entry" \
			"$(in_pe1 conntrack -L -f ipv6 -p tcp 2> /dev/null)" \
			"src=.*:c000:202 dst=.*:c633:6402 .*dport=4646 .*\[ASSURED\]" &&
		same "new flows, IPv4" "$(packets track new4)" 1 &&
		same "new flows, IPv6" "$(packets track new6)" 1 || return
	udp_flow "$c4" "$s4" "$S4" 20 && ping_ok "$c4" "$S4" -W 5 || return
	in_c4 traceroute -n -q 1 -w 5 -U "$S4" > /dev/null
	in_c4 ping -n -c 1 -W 5 -M "do" -s 1472 "$S4" > /dev/null
	above "errors related to a flow" "$(packets track related4)" 1 &&
		same "INVALID" "$(packets track invalid)" 0
}

# Two customers would have a VRF each: lan and device in one, the core outside.
vrf()
{
	pe1_in_vrf || return
	same "IPv4 routes to s4 in the main table" "$(ip -n "$pe1" -4 route list \
		root 0.0.0.0/0 match "$S4")" "" || return
	same "TTL" "$(ping_ttl "$c4" "$S4")" 61 &&
		same "TTL" "$(ping_ttl "$s4" "$C4")" 61 &&
		tcp_flow "$c4" "$s4" "$S4" 200000 &&
		tcp_flow "$s4" "$c4" "$C4" 200000 || return
	ip -n "$c4" route flush cache
	matches "too big, told from inside the VRF" \
		"$(in_c4 ping -n -c 1 -W 5 -M "do" -s 1472 "$S4" 2>&1)" \
		'192.0.2.1 .*mtu *= *1480' &&
		matches "no rule, told from inside the VRF" \
			"$(in_c4 ping -n -c 1 -W 5 203.0.113.9 2>&1)" \
			'192.0.2.1 .*Net Unreachable'
}

rp_filter()
{
	local name

	for name in all lan core pe1; do
		in_pe1 sysctl -qw "net.ipv4.conf.$name.rp_filter=1"
		defer in_pe1 sysctl -qw "net.ipv4.conf.$name.rp_filter=0"
	done
	tcp_flow "$c4" "$s4" "$S4" 100000 &&
		tcp_flow "$s4" "$c4" "$C4" 100000 || return
	same "hops" "$(in_c4 traceroute -n -q 1 -w 5 -I "$S4" |
		awk 'NR > 1 { n++ } END { print n }')" 4
}

# What comes out of the device is routed by tables of its own.
policy()
{
	ip -n "$pe1" rule add iif pe1 lookup 200
	ip -n "$pe1" -6 rule add iif pe1 lookup 200
	ip -n "$pe1" -6 route delete default
	ip -n "$pe1" -batch - <<-END || return
	route add 192.0.2.0/24 dev lan table 200
	route add ${PREF3}/96 via 2001:db8:f:1::1 table 200
	END
	defer ip -n "$pe1" -6 route add default via 2001:db8:f:1::1 \
		src "${PREF1}192.0.2.254"
	defer ip -n "$pe1" -6 rule delete iif pe1
	defer ip -n "$pe1" rule delete iif pe1
	ip -n "$pe1" route replace throw 192.0.2.2
	defer ip -n "$pe1" route delete throw 192.0.2.2
	same "TTL" "$(ping_ttl "$c4" "$S4")" 61 &&
		tcp_flow "$s4" "$c4" "$C4" 100000
}

# The device's MTU decisions follow the same tables.
policy_mtu()
{
	ip -n "$pe1" -6 rule add iif pe1 lookup 200
	ip -n "$pe1" route replace "$PREF3/96" via 2001:db8:f:1::1 \
		mtu 1400 table 200 || return
	defer ip -n "$pe1" -6 rule delete iif pe1
	ip -n "$c4" route flush cache
	matches "MTU told" \
		"$(in_c4 ping -n -c 1 -W 5 -M "do" -s 1400 "$S4" 2>&1)" \
		'mtu *= *1380'
}

need_cmd nft conntrack traceroute python3
load_m46
setup_topology
ktap_plan 10
ktap_test "prerouting and forward hooks of both families (KERN-07, ADPT-62, ADPT-63)" \
	in_defer_scope hooks
ktap_test "a filter on what comes out of the device (KERN-07)" \
	in_defer_scope filter
ktap_test "masquerade into the device (KERN-06)" in_defer_scope masquerade
ktap_test "DNAT out of the device (KERN-06)" in_defer_scope port_forward
ktap_test "conntrack: one entry a family, none INVALID (KERN-06)" \
	in_defer_scope conntrack_entries
ktap_test "a device in a VRF, the core outside (KERN-05)" \
	in_defer_scope vrf
ktap_test "the same after it has left the VRF" ping_ok "$c4" "$S4" -W 5
ktap_test "rp_filter 1 on all interfaces (KERN-16)" in_defer_scope rp_filter
ktap_test "ip rule iif of the device, both families" \
	in_defer_scope policy
ktap_test "path MTU of the policy's table (SIIT-11)" in_defer_scope policy_mtu
ktap_done
