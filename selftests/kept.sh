#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 300
#
# Routes and rules that the device keeps for a flow's next packet are those that
# it would find if it asked again: whatever changes is noticed at once (KERN-16).
# The topology is that of adpt_lib.sh; pe1 is where things change, and s4 sends,
# so that IPv4 comes out of it.

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

arrives() { udp_flow "$s4" "$c4" "$C4" 50 rate 1000; }
lost() { none_arrives "$s4" "$c4" "$C4"; }

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

need_root
need_cmd ip nft tc sysctl
load_m46
ktap_plan 8
setup_topology

ktap_test "routes and routing rules" routes
ktap_test "settings that routes depend on" in_defer_scope settings
ktap_test "KERN-07 hooks that change destinations" in_defer_scope hooks
ktap_test "a classifier at ingress" redirect
ktap_test "a neighbour" neighbour
ktap_test "mapping rules, both ways" rules
ktap_test "settings of the device" words
ktap_test "the device goes down and up" down
ktap_done
