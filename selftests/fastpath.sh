#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# The fast path with real traffic: it is taken, it is as good as the other one,
# and whatever changes around it is noticed with the next packet. What becomes of
# single packets there is asked by "packet/packet.py --fast". The topology is that
# of adpt_lib.sh; both PEs take what comes in on lan and core.

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4 other
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# both WORD...: on both devices
both()
{
	ctl1 dev set pe1 "$@" && m46ctl -n "$pe3" dev set pe3 "$@"
}

# fast LEAST MOST COMMAND...: that many packets take the fast path on pe1
fast()
{
	local least=$1 most=$2 before grown
	shift 2

	before=$(counter "$pe1" pe1 fastpath)
	"$@" || return
	grown=$(($(counter "$pe1" pe1 fastpath) - before))
	[ "$grown" -ge "$least" ] && [ "$grown" -le "$most" ] && return
	echo "fast path: $grown packets, wanted $least to $most"
	return 1
}

udp50() { udp_flow "$c4" "$s4" "$S4" 50 rate 1000; }
# The first packet of a flow may find a neighbour that is not known yet.
all_fast() { fast 48 50 udp50; }
none_fast() { fast 0 0 udp50; }

# no_way: what c4 is told of s4
no_way()
{
	matches "told" "$(in_c4 ping -n -c 1 -W 5 "$S4" 2>&1)" "$1" || return
	nothing_arrives
}

nothing_arrives() { none_arrives "$c4" "$s4" "$S4"; }

# --- it is taken

off()
{
	same "words" "$(ctl1 -j dev show pe1 | grep -o '"fastpath":[^]]*]')" \
		'"fastpath":[]' && none_fast
}

on()
{
	both fastpath lan,core || return
	same "words" "$(ctl1 -j dev show pe1 | grep -o '"fastpath":[^]]*]')" \
		'"fastpath":["lan","core"]' || return
	ping_ok "$c4" "$S4" -W 5 && all_fast
}

# Seen by no hook of the stack, but by those of the interface.
hooks()
{
	in_pe1 nft -f - <<-END
	table inet seen {
		chain pre {
			type filter hook prerouting priority 0
			udp dport 4646 counter
		}
		chain forward {
			type filter hook forward priority 0
			udp dport 4646 counter
		}
	}
	table netdev seen {
		chain in {
			type filter hook ingress device lan priority 0
			udp dport 4646 counter
		}
	}
	END
	defer in_pe1 nft flush ruleset
	all_fast || return
	below "seen by prerouting and forward" \
		"$(nft_packets "$pe1" "inet seen")" 6 &&
		same "seen at ingress" "$(nft_packets "$pe1" "netdev seen")" 50 ||
		return
	in_pe1 nft add rule netdev seen in udp dport 4646 drop
	fast 0 0 nothing_arrives
}

counters()
{
	local before after

	before=$(counter "$pe1" pe1 translated_46)
	ctl1 stats reset dev pe1
	rx=$(link_stat "$pe1" pe1 rx.packets) tx=$(link_stat "$pe1" pe1 tx.packets)
	udp50 || return
	after=$(counter "$pe1" pe1 translated_46)
	same "translated_46" "$after" 50 &&
		same "rx" $(($(link_stat "$pe1" pe1 rx.packets) - rx)) 50 &&
		same "tx" $(($(link_stat "$pe1" pe1 tx.packets) - tx)) 50 &&
		no_drops_but "$pe1" pe1
}

# What qdiscs sort by comes from the TOS, of the flow's first packet and of those
# that are treated like it.
priority()
{
	in_c4 nft -f - <<-END
	table ip sender {
		chain out {
			type filter hook output priority 0;
			udp dport 4646 ip dscp set 4
		}
	}
	END
	defer in_c4 nft flush ruleset
	in_pe1 nft -f - <<-END
	table netdev seen {
		chain out {
			type filter hook egress device core priority 0;
			udp dport 4646 meta priority 0:6 counter
		}
	}
	END
	defer in_pe1 nft flush ruleset
	all_fast && same "of interactive priority" \
		"$(nft_packets "$pe1" "netdev seen")" 50
}

bulk()
{
	# a million bytes in packets of 64 KB are 16 each way and their answers
	fast 16 4000 tcp_flow "$c4" "$s4" "$S4" 1000000 &&
		fast 16 4000 tcp_flow "$s4" "$c4" "$C4" 1000000
}

encap()
{
	both method encap && all_fast && fast 16 4000 \
		tcp_flow "$c4" "$s4" "$S4" 1000000 && both method translate
}

# --- what changes

routes()
{
	ip_pe1 route add unreachable "$PREF3/96"
	no_way 'Destination Host Unreachable|Net Unreachable' || return
	ip_pe1 route del unreachable "$PREF3/96"
	all_fast || return
	ip_pe1 route add prohibit 198.51.100.0/24
	no_way 'Packet filtered|Prohibited' || return
	ip_pe1 route del prohibit 198.51.100.0/24
	all_fast
}

policy()
{
	ip_pe1 -6 rule add to "$PREF3/96" prohibit pref 10
	no_way 'Prohibited|Unreachable|filtered' || return
	ip_pe1 -6 rule del pref 10
	udp50 || return
	ip_pe1 rule add to 198.51.100.0/24 prohibit pref 10
	no_way 'filtered|Prohibited' || return
	ip_pe1 rule del pref 10
	all_fast
}

rules()
{
	ctl1 rule del 198.51.100.0/24 dev pe1
	no_way 'Net Unreachable' || return
	ctl1 rule add 198.51.100.0/24 via 2001:db8:99::/96 dev pe1
	nothing_arrives || return
	ctl1 rule replace 198.51.100.0/24 via "$PREF3/96" dev pe1
	all_fast
}

neighbours()
{
	ip -n "$p" link set w address 02:00:00:00:46:46
	ip_pe1 neigh replace 2001:db8:f:1::1 lladdr 02:00:00:00:46:46 dev core \
		nud reachable
	all_fast || return
	# one that has to be found first, and then is known
	ip_pe1 neigh flush dev core
	udp50 && all_fast
}

mtus()
{
	forget_pmtu
	fits "$c4" "$s4" "$S4" 1480 || return
	ip_pe1 link set core mtu 1400
	told_and_learned "$c4" "$S4" 1440 1380 &&
		fast 5 5 fits "$c4" "$s4" "$S4" 1380 || return
	ip_pe1 link set core mtu 1500
	forget_pmtu
	ip -n "$p" link set e mtu 1300
	told_and_learned "$c4" "$S4" 1440 1280 || return
	ip -n "$p" link set e mtu 1500
	forget_pmtu
	ip_pe1 -6 route flush cache
	fast 5 5 fits "$c4" "$s4" "$S4" 1480 || return
	ip_pe1 link set pe1 mtu 1300
	told_and_learned "$c4" "$S4" 1440 1300 || return
	forget_pmtu
	fast 0 0 matches "datagrams" "$(flow udp "$c4" "$s4" "$S4" 5 size 1372 \
		df on)" '^(received 0|OSError.*too long)' || return
	ip_pe1 link set pe1 mtu 65535
	forget_pmtu
	all_fast
}

# From 192.0.2.2 to 192.0.2.21.
hosts20() { same "flows" "$(flow flows "$c4" "$C4" 20 "$S4" rate 1000)" "sent 20"; }

sysctls()
{
	# the way back to 14 of them is not the interface they come in on
	ip_pe1 route add 192.0.2.8/29 dev core
	defer ip_pe1 route del 192.0.2.8/29
	ip_pe1 route add 192.0.2.16/28 dev core
	defer ip_pe1 route del 192.0.2.16/28
	fast 20 20 hosts20 || return
	in_pe1 sysctl -qw net.ipv4.conf.lan.rp_filter=1
	fast 6 6 hosts20 || return
	in_pe1 sysctl -qw net.ipv4.conf.lan.rp_filter=0
	fast 20 20 hosts20 || return
	in_pe1 sysctl -qw net.ipv4.conf.lan.forwarding=0
	nothing_arrives || return
	in_pe1 sysctl -qw net.ipv4.conf.lan.forwarding=1
	all_fast || return
	in_pe1 sysctl -qw net.ipv6.conf.all.forwarding=0
	nothing_arrives || return
	in_pe1 sysctl -qw net.ipv6.conf.all.forwarding=1
	ip_pe1 -6 route replace default via 2001:db8:f:1::1 \
		src 2001:db8:1::192.0.2.254
	udp50 && all_fast
}

down()
{
	ip_pe1 link set pe1 down
	no_way 'Net Unreachable' || return
	edge_up pe1 "$pe1" 1
	udp50 && all_fast
}

# --- interfaces

bad_words()
{
	refused 'fastpath nowhere: no such device' \
		ctl1 dev set pe1 fastpath nowhere &&
		refused 'not on lo' ctl1 dev set pe1 fastpath lo &&
		refused 'no m46 device' ctl1 dev set pe1 fastpath pe1 &&
		all_fast
}

# Two devices on one interface, the other one first to go.
shared()
{
	ctl1 dev add second mode adpt prefix 2001:db8:11::/96 fastpath lan,core &&
		ctl1 dev set second fastpath lan && all_fast &&
		ctl1 dev del second && all_fast
}

# An interface goes, from the machine or to another namespace, and comes back.
interfaces()
{
	cable "$pe1" extra "$other" extra
	ctl1 dev set pe1 fastpath lan,core,extra || return
	ip_pe1 link del extra
	same "after deletion" "$(ctl1 -j dev show pe1 |
		grep -o '"fastpath":[^]]*]')" '"fastpath":["lan","core"]' || return
	ip_pe1 link add d46 type dummy
	ctl1 dev set pe1 fastpath lan,core,d46 || return
	ip_pe1 link set d46 netns "$other"
	same "after a move" "$(ctl1 -j dev show pe1 |
		grep -o '"fastpath":[^]]*]')" '"fastpath":["lan","core"]' &&
		all_fast
}

# The device itself moves: interfaces of another namespace are not its.
moved()
{
	ctl1 dev add roam mode adpt prefix 2001:db8:12::/96 fastpath lan || return
	ip_pe1 link set roam netns "$other"
	same "after the move" "$(m46ctl -n "$other" -j dev show roam |
		grep -o '"fastpath":[^]]*]')" '"fastpath":[]' || return
	m46ctl -n "$other" dev del roam && all_fast
}

# carried DEV: IP on lan is IP on DEV now, which may be named in its place
carried()
{
	slowwait 20 ping_ok "$c4" "$S4" > /dev/null
	none_fast && ctl1 dev set pe1 fastpath "$1,core" && all_fast || return
	ip_pe1 link del "$1"
}

# IP is on lan again
lan_again()
{
	ip_pe1 link set lan up
	ip_pe1 address add 192.0.2.1/24 dev lan
	slowwait 20 ping_ok "$c4" "$S4" > /dev/null
	ctl1 dev set pe1 fastpath lan,core && all_fast
}

# master NAME TYPE...: lan becomes its port, which has nothing to say to IP
master()
{
	local name=$1
	shift

	ip_pe1 link add "$name" type "$@"
	ip_pe1 link set lan down
	ip_pe1 link set lan master "$name"
	ip_pe1 link set "$name" up
	ip_pe1 link set lan up
	ip_pe1 address flush dev lan
	ip_pe1 address add 192.0.2.1/24 dev "$name"
}

bridged()
{
	master br0 bridge
	carried br0 && lan_again
}

bonded()
{
	master bond0 bond mode active-backup miimon 100
	carried bond0 && lan_again
}

# tag 5 on both ends of the link; lan itself gets nothing for IP
tagged()
{
	ip_pe1 link add link lan name lan5 type vlan id 5
	ip_pe1 address flush dev lan
	ip_pe1 link set lan5 up
	ip_pe1 address add 192.0.2.1/24 dev lan5
	ip -n "$c4" -batch - <<-END
	link add link eth0 name lan5 type vlan id 5
	address flush dev eth0
	link set lan5 up
	address add $C4/24 dev lan5
	route add default via 192.0.2.1
	END
	carried lan5 || return
	ip -n "$c4" -batch - <<-END
	link del lan5
	address add $C4/24 dev eth0
	route add default via 192.0.2.1
	END
	lan_again
}

again_off()
{
	both fastpath none && none_fast
}

need_root
need_cmd ip nft ping python3 sysctl
load_m46
ktap_plan 23
setup_topology
setup_ns other

ktap_test "off by default" off
ktap_test "on: all datagrams take it" on
ktap_test "no hook of the stack sees them, those of the interface do" \
	in_defer_scope hooks
ktap_test "counted as on the other path" counters
ktap_test "priority by TOS" in_defer_scope priority
ktap_test "TCP both ways" bulk
ktap_test "method encap" encap
ktap_test "routes change" routes
ktap_test "routing rules change" policy
ktap_test "rules change" rules
ktap_test "neighbours change" neighbours
ktap_test "MTUs change" mtus
ktap_test "forwarding is switched off and on" \
	in_defer_scope sysctls
ktap_test "the device goes down and up" down
ktap_test "bad words" bad_words
ktap_test "two devices on one interface" shared
ktap_test "interfaces go" interfaces
ktap_test "the device goes to another namespace" moved
ktap_test "a bridge" bridged
ktap_test "a bond" bonded
ktap_test "a VLAN" tagged
ktap_test "off again" again_off
ktap_test "the device goes while packets come" ctl1 dev del pe1
ktap_done
