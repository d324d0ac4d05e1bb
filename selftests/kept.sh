#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Routes and rules that the device keeps for a flow's next packet are those that
# it would find if it asked again: whatever changes is noticed at once (KERN-16).
# The topology is that of adpt_lib.sh; pe1 is where things change. Where s4 sends,
# IPv4 comes out of it, and IPv6 where c4 does.

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

arrives() { udp_flow "$s4" "$c4" "$C4" 50 rate 1000; }
lost() { none_arrives "$s4" "$c4" "$C4"; }
arrives6() { udp_flow "$c4" "$s4" "$S4" 50 rate 1000; }
lost6() { none_arrives "$c4" "$s4" "$S4"; }
ip6_pe1() { ip -6 -n "$pe1" "$@"; }

routes()
{
	arrives || return
	ip_pe1 route add unreachable 192.0.2.0/25
	lost || return
	ip_pe1 route del unreachable 192.0.2.0/25
	arrives || return
	ip_pe1 rule add iif pe1 to 192.0.2.0/24 prohibit pref 10
	lost || return
	ip_pe1 rule del pref 10
	arrives || return
	# what is kept for a pair of addresses is not for all their ports
	ip_pe1 rule add iif pe1 ipproto udp dport 4646 prohibit pref 10
	ping_ok "$s4" "$C4" -W 5 && lost && ping_ok "$s4" "$C4" -W 5 && lost ||
		return
	ip_pe1 rule del pref 10
	arrives
}

settings()
{
	arrives || return
	# the way back to s4 is not the device any more
	ip_pe1 route add 198.51.100.2 dev lan
	defer ip_pe1 route del 198.51.100.2 dev lan
	arrives || return
	in_pe1 sysctl -qw net.ipv4.conf.pe1.rp_filter=1
	lost || return
	in_pe1 sysctl -qw net.ipv4.conf.pe1.rp_filter=0
	arrives || return
	in_pe1 sysctl -qw net.ipv4.conf.pe1.forwarding=0
	lost || return
	in_pe1 sysctl -qw net.ipv4.conf.pe1.forwarding=1
	arrives
}

# Who changes the destination on the way in changes the route too.
hooks()
{
	ip_pe1 link add d46 type dummy
	defer ip_pe1 link del d46
	ip_pe1 link set d46 up
	ip_pe1 route add 192.0.2.77 dev d46
	ip_pe1 neigh add 192.0.2.77 lladdr 02:00:00:00:46:46 dev d46
	arrives || return
	in_pe1 nft -f - <<-END
	table ip stateless {
		chain pre {
			type filter hook prerouting priority raw
			iifname pe1 ip daddr $C4 ip daddr set 192.0.2.77
		}
	}
	END
	defer in_pe1 nft flush ruleset
	lost || return
	same "sent to 192.0.2.77" "$(link_stat "$pe1" d46 tx.packets)" 20 ||
		return
	in_pe1 nft flush ruleset
	arrives || return
	in_pe1 nft -f - <<-END
	table netdev stateless {
		chain in {
			type filter hook ingress device pe1 priority 0
			ip daddr $C4 ip daddr set 192.0.2.77
		}
	}
	END
	lost || return
	same "sent to 192.0.2.77" "$(link_stat "$pe1" d46 tx.packets)" 40 ||
		return
	in_pe1 nft flush ruleset
	arrives
}

# A classifier at the device's ingress sees a packet before it is routed.
redirect()
{
	in_pe1 tc qdisc add dev pe1 clsact
	in_pe1 tc filter add dev pe1 ingress matchall action drop
	lost || return
	in_pe1 tc qdisc del dev pe1 clsact
	arrives
}

neighbour()
{
	arrives || return
	ip_pe1 neigh replace "$C4" lladdr 02:00:00:00:46:47 dev lan nud permanent
	lost || return
	ip_pe1 neigh del "$C4" dev lan
	arrives
}

# Both ways: the rule of the other edge is for destinations and for sources.
rules()
{
	udp_flow "$c4" "$s4" "$S4" 50 rate 1000 && arrives || return
	ctl1 rule del 198.51.100.0/24 dev pe1
	lost && none_arrives "$c4" "$s4" "$S4" || return
	ctl1 rule add 198.51.100.0/24 via 2001:db8:99::/96 dev pe1
	lost && none_arrives "$c4" "$s4" "$S4" || return
	ctl1 rule replace 198.51.100.0/24 via "$PREF3/96" dev pe1
	udp_flow "$c4" "$s4" "$S4" 50 rate 1000 && arrives || return
	ctl1 rule add 198.51.100.2/32 via 2001:db8:99::/96 dev pe1
	lost && none_arrives "$c4" "$s4" "$S4" || return
	ctl1 rule del 198.51.100.2/32 dev pe1
	udp_flow "$c4" "$s4" "$S4" 50 rate 1000 && arrives
}

words()
{
	arrives || return
	ctl1 rule add 198.51.100.2/32 via 2001:db8:99::/96 dev pe1
	ctl1 dev set pe1 source-check off
	arrives || return
	ctl1 dev set pe1 source-check strict
	lost || return
	ctl1 rule del 198.51.100.2/32 dev pe1
	arrives
}

down()
{
	arrives || return
	ip_pe1 link set pe1 down
	lost || return
	edge_up pe1 "$pe1" 1
	arrives
}

# --- IPv6 out of the device

PE3_S4=2001:db8:3::c633:6402

routes6()
{
	arrives6 || return
	ip6_pe1 route add unreachable "$PREF3/96"
	lost6 || return
	ip6_pe1 route del unreachable "$PREF3/96"
	arrives6 || return
	# a source address of its own, as a route may ask for
	ip6_pe1 route add prohibit "$PREF3/96" from "$PREF1/96"
	lost6 || return
	ip6_pe1 route del prohibit "$PREF3/96" from "$PREF1/96"
	arrives6
}

# The last of all: once there has been a rule, the namespace keeps no IPv6 route
# any more.
rules6()
{
	arrives6 || return
	ip6_pe1 rule add iif pe1 to "$PREF3/96" prohibit pref 10
	lost6 || return
	ip6_pe1 rule del pref 10
	arrives6 || return
	ip6_pe1 rule add iif pe1 ipproto udp dport 4646 prohibit pref 10
	ping_ok "$c4" "$S4" -W 5 && lost6 && ping_ok "$c4" "$S4" -W 5 &&
		lost6 || return
	ip6_pe1 rule del pref 10
	arrives6
}

# Next hops that are alike take turns by flow, not by address.
multipath6()
{
	local n

	arrives6 || return
	ip_pe1 link add m46d type dummy
	defer ip_pe1 link del m46d
	ip_pe1 link set m46d up
	ip6_pe1 neigh add fe80::46 lladdr 02:00:00:00:46:46 dev m46d
	in_pe1 sysctl -qw net.ipv6.fib_multipath_hash_policy=1
	defer in_pe1 sysctl -qw net.ipv6.fib_multipath_hash_policy=0
	ip6_pe1 route add "$PREF3/96" nexthop via 2001:db8:f:1::1 dev core \
		nexthop via fe80::46 dev m46d
	for n in {1..24}; do
		flow udp "$c4" - "$S4" 5 rate 1000 > /dev/null
	done
	n=$(link_stat "$pe1" m46d tx.packets)
	above "packets on the one path" "$n" 4 &&
		below "packets on the one path" "$n" 116 || return
	ip6_pe1 route del "$PREF3/96"
	arrives6
}

settings6()
{
	arrives6 || return
	in_pe1 sysctl -qw net.ipv6.conf.all.forwarding=0
	lost6 || return
	in_pe1 sysctl -qw net.ipv6.conf.all.forwarding=1
	# which has taken the routes that were learnt, not those that were set
	arrives6 || return
	in_pe1 sysctl -qw net.ipv6.conf.pe1.disable_ipv6=1
	lost6 || return
	in_pe1 sysctl -qw net.ipv6.conf.pe1.disable_ipv6=0
	ip6_pe1 route add "$PREF1/96" dev pe1
	arrives6 && arrives
}

# pre TABLE PRIORITY RULE: at prerouting, or at the device's ingress
pre6()
{
	in_pe1 nft -f - <<-END
	table $1 change {
		chain pre {
			$2
			$3
		}
	}
	END
}

# What changes the destination on the way in, once it has the door.
hooks6()
{
	local there=2001:db8:3::c633:644d n=0
	local chain table hook rule

	ip_pe1 link add d46 type dummy
	defer ip_pe1 link del d46
	ip_pe1 link set d46 up
	ip6_pe1 route add "$there" dev d46
	ip6_pe1 neigh add "$there" lladdr 02:00:00:00:46:46 dev d46
	defer in_pe1 nft flush ruleset
	arrives6 || return
	# before there is an entry with NAT, which would be in the way of another
	pre6 inet "type filter hook prerouting priority filter;" \
		"iifname pe1 ct state invalid drop"
	arrives6 && arrives || return
	in_pe1 nft flush ruleset
	for chain in "ip6|type filter hook prerouting priority raw;|ip6 daddr $PE3_S4 ip6 daddr set $there" \
		"ip6|type nat hook prerouting priority dstnat;|ip6 daddr $PE3_S4 dnat to $there" \
		"netdev|type filter hook ingress device pe1 priority 0;|ip6 daddr $PE3_S4 ip6 daddr set $there"; do
		IFS='|' read -r table hook rule <<< "$chain"
		pre6 "$table" "$hook" "$rule"
		lost6 || return
		n=$((n + 20))
		same "sent to $there" "$(link_stat "$pe1" d46 tx.packets)" \
			"$n" || return
		in_pe1 nft flush ruleset
		arrives6 || return
	done
	# refused with an error, made while the packet has the door
	pre6 inet "type filter hook prerouting priority filter;" \
		"iifname pe1 meta nfproto ipv6 reject with icmpv6 admin-prohibited"
	matches "reject" "$(in_c4 ping -n -c 1 -W 5 "$S4" 2>&1)" \
		'Packet filtered|Prohibited'
}

redirect6()
{
	in_pe1 tc qdisc add dev pe1 clsact
	in_pe1 tc filter add dev pe1 ingress matchall action drop
	lost6 || return
	in_pe1 tc qdisc del dev pe1 clsact
	arrives6
}

# A packet that waits for a program while its device goes away
queue6()
{
	pre6 ip6 "type filter hook prerouting priority filter;" \
		"iifname pe1 queue num 46 bypass"
	defer in_pe1 nft flush ruleset
	arrives6 || return
	ip_pe1 link set pe1 down
	lost6 || return
	edge_up pe1 "$pe1" 1
	arrives6
}

# The MTU of the route is asked for with every packet that may be too big.
mtu6()
{
	arrives6 && udp_flow "$c4" "$s4" "$S4" 5 size 1400 rate 1000 || return
	ip6_pe1 route add "$PREF3/96" via 2001:db8:f:1::1 mtu 1300
	matches "an error" "$(in_c4 ping -n -M "do" -s 1400 -c 1 -W 5 "$S4" 2>&1)" \
		'mtu ?= ?1280' || return
	ip6_pe1 route del "$PREF3/96"
	in_c4 ip route flush cache
	slowwait 5 udp_flow "$c4" "$s4" "$S4" 5 size 1400 rate 1000
}

neighbour6()
{
	arrives6 || return
	ip6_pe1 neigh replace 2001:db8:f:1::1 lladdr 02:00:00:00:46:47 \
		dev core nud permanent
	lost6 || return
	ip6_pe1 neigh del 2001:db8:f:1::1 dev core
	arrives6
}

# A second link between pe1 and p
second_link()
{
	ip link add m46a netns "$pe1" type veth peer name m46b netns "$p"
	ip_pe1 link set m46a up
	ip -n "$p" link set m46b up
	ip_pe1 address add 2001:db8:46::2/64 dev m46a nodad
	ip -n "$p" address add 2001:db8:46::1/64 dev m46b nodad
}

# by DEV: the next packets leave by that one
by()
{
	local before

	before=$(link_stat "$pe1" "$1" tx.packets)
	arrives6 && above "packets by $1" \
		$(($(link_stat "$pe1" "$1" tx.packets) - before)) 45
}

# A nexthop object has one route for all that name it (KERN-16).
nexthop6()
{
	second_link
	defer ip -n "$pe1" link del m46a
	ip6_pe1 nexthop add id 46 via 2001:db8:46::1 dev m46a
	ip6_pe1 route add "$PREF3/96" nhid 46
	by m46a || return
	ip6_pe1 route del "$PREF3/96"
	by core || return
	ip6_pe1 route add "$PREF3/96" nhid 46
	by m46a || return
	ip6_pe1 nexthop del id 46
	by core || return
	ip6_pe1 nexthop add id 46 via 2001:db8:46::1 dev m46a
	ip6_pe1 route add "$PREF3/96" nhid 46
	by m46a || return
	ip_pe1 link set m46a down
	by core
}

# A cable is pulled at the other end.
carrier6()
{
	second_link
	defer ip -n "$pe1" link del m46a
	in_pe1 sysctl -qw net.ipv6.conf.all.ignore_routes_with_linkdown=1 \
		net.ipv6.conf.m46a.ignore_routes_with_linkdown=1
	defer in_pe1 sysctl -qw net.ipv6.conf.all.ignore_routes_with_linkdown=0
	ip6_pe1 route add "$PREF3/96" via 2001:db8:46::1
	by m46a || return
	ip -n "$p" link set m46b down
	# routes hear of it later
	slowwait 10 by core || return
	# which has taken its address along
	ip -n "$p" link set m46b up
	ip -n "$p" address add 2001:db8:46::1/64 dev m46b nodad
	slowwait 10 by m46a
}

# The interface of the next hop goes while routes by it are kept.
interface6()
{
	second_link
	ip6_pe1 route add "$PREF3/96" via 2001:db8:46::1
	arrives6 || return
	above "packets by the other link" \
		"$(link_stat "$pe1" m46a tx.packets)" 45 || return
	timeout 20 ip -n "$pe1" link del m46a || return
	arrives6
}

need_root
need_cmd ip nft tc sysctl
load_m46
ktap_plan 20
setup_topology

ktap_test "routes and routing rules" routes
ktap_test "settings that routes depend on" in_defer_scope settings
ktap_test "KERN-07 hooks that change destinations" in_defer_scope hooks
ktap_test "a classifier at ingress" redirect
ktap_test "a neighbour" neighbour
ktap_test "mapping rules, both ways" rules
ktap_test "settings of the device" words
ktap_test "the device goes down and up" down
ktap_test "IPv6 routes" routes6
ktap_test "IPv6 multipath" in_defer_scope multipath6
ktap_test "IPv6 settings" settings6
ktap_test "KERN-07 hooks that change IPv6 destinations" in_defer_scope hooks6
ktap_test "a classifier at ingress, IPv6" redirect6
ktap_test "a queue to user space, IPv6" in_defer_scope queue6
ktap_test "the next hop's MTU (SIIT-14)" mtu6
ktap_test "an IPv6 neighbour" neighbour6
ktap_test "nexthop objects (KERN-16)" in_defer_scope nexthop6
ktap_test "a link without carrier" in_defer_scope carrier6
ktap_test "the next hop's interface goes (KERN-16)" interface6
ktap_test "IPv6 routing rules" rules6
ktap_done
