#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# m46 at work: IPv4 networks reach one another across a core that speaks IPv6
# only. Builds the network below from namespaces, shows every command that it
# takes, uses it, and proves from a capture that no IPv4 was in the core.
#
#                         IPv6-only core
#   192.0.2.0/24    - - - - - - - - - - - - - -    198.51.100.0/24
#   +----+      +-----+        +---+        +-----+      +----+
#   | c4 |------| PE1 |--------| P |--------| PE3 |------| s4 |
#   +----+ .2.1 +-----+        +---+        +-----+ .1.2 +----+
#   client                       |                       server
#                             +-----+ .1.2 +----+
#                             | PE9 |------| i4 |  203.0.113.0/24
#                             +-----+      +----+  "the IPv4 Internet"
#
# usage: demo_adpt.sh [--setup-only | --down]	(or demo.sh, for all scenes)
#
#	--setup-only	build it, show how to play with it, leave it there
#	--down		remove it

# shellcheck disable=SC2034,SC2154 # title nodes wanted, for demo_lib.sh
title="IPv4 across an IPv6-only core"
nodes="c4 pe1 p pe3 s4 pe9 i4"
wanted="ping traceroute tcptraceroute curl iperf3 tcpdump"
client=192.0.2.2 server=198.51.100.2 internet=203.0.113.2
. "$(dirname "$0")/demo_lib.sh"

topology()
{
	cat <<-END
	
	                         ${dim}IPv6-only core${off}
	   192.0.2.0/24    ${dim}- - - - - - - - - - - - - -${off}    198.51.100.0/24
	   +----+      +-----+        +---+        +-----+      +----+
	   | ${bold}c4${off} |------| ${bold}PE1${off} |--------| ${bold}P${off} |--------| ${bold}PE3${off} |------| ${bold}s4${off} |
	   +----+ .2.1 +-----+        +---+        +-----+ .1.2 +----+
	   client                       |                       server
	                             +-----+ .1.2 +----+
	                             | ${bold}PE9${off} |------| ${bold}i4${off} |  203.0.113.0/24
	                             +-----+      +----+  "the IPv4 Internet"

	   PE1   maps  192.0.2.0/24     to  2001:db8:1::/96
	   PE3   maps  198.51.100.0/24  to  2001:db8:3::/96
	   PE9   maps  all else         to  2001:db8:9::/96   (default egress)
	   P     a plain IPv6 router: no IPv4 address, no m46
	END
}

# --- the network

build_network()
{
	local node

	remark "Seven machines; the routers forward, P only IPv6"
	for node in $nodes; do
		must ip netns add "$node"
	done
	for node in pe1 pe3 pe9; do
		must ip netns exec "$node" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	must ip netns exec p sysctl -qw net.ipv4.ip_forward=0 \
		net.ipv6.conf.all.forwarding=1

	remark "Cables"
	link c4 pe1
	link pe1 p
	link p pe3
	link pe3 s4
	link p pe9
	link pe9 i4

	remark "IPv4 at the edges"
	host c4 pe1 192.0.2
	host s4 pe3 198.51.100
	host i4 pe9 203.0.113

	remark "IPv6 in the core: P has a route to the prefix of each PE"
	core pe1 1
	core pe3 3
	core pe9 9
}

# host HOST PE NET: one IPv4 machine, and the PE it is connected to
host()
{
	must ip -n "$1" address add "$3.2/24" dev "to-$2"
	must ip -n "$2" address add "$3.1/24" dev "to-$1"
	must ip -n "$1" route add default via "$3.1"
}

# core PE N: the link to P, and the address that this PE shows in a traceroute
core()
{
	local net=2001:db8:f:$2 hop

	hop=2001:db8:$2::$(lan "$1").254
	must ip -n p address add "$net::1/64" dev "to-$1" nodad
	must ip -n p route add "2001:db8:$2::/96" via "$net::2"
	must ip -n "$1" address add "$net::2/64" dev to-p nodad
	must ip -n "$1" address add "$hop/128" dev to-p nodad
	must ip -n "$1" -6 route add default via "$net::1" src "$hop"
}

lan()
{
	case $1 in
	pe1) echo 192.0.2 ;;
	pe3) echo 198.51.100 ;;
	pe9) echo 203.0.113 ;;
	esac
}

# edge PE N OWN: a device, its routes in both families, its own block
edge()
{
	remark "${1^^}"
	must m46ctl -n "$1" dev add "$1" mode adpt prefix "2001:db8:$2::/96" \
		pool6791 "$(lan "$1").253/32"
	must ip -n "$1" link set "$1" up
	must ip -n "$1" route add default dev "$1"
	must ip -n "$1" route add "2001:db8:$2::/96" dev "$1"
	must m46ctl -n "$1" rule add "$3" via "2001:db8:$2::/96" dev "$1" local
}

build_m46()
{
	edge pe1 1 192.0.2.0/24
	must m46ctl -n pe1 rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe1
	must m46ctl -n pe1 rule add 0.0.0.0/0 via 2001:db8:9::/96 dev pe1
	edge pe3 3 198.51.100.0/24
	must m46ctl -n pe3 rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe3
	must m46ctl -n pe3 rule add 0.0.0.0/0 via 2001:db8:9::/96 dev pe3
	edge pe9 9 0.0.0.0/0
	must m46ctl -n pe9 rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe9
	must m46ctl -n pe9 rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe9
}

# web HOST ADDRESS WORDS: a server with one page
web()
{
	mkdir "$1"
	cat > "$1/index.html" <<-END
	<!DOCTYPE html>
	<title>$1</title>
	<h1>$3</h1>
	<p>This page left $2 as IPv4 and crossed the core as IPv6.</p>
	END
	httpd "$1" "$2" "$1"
}

# --- what is shown

show_tables()
{
	remark "PE1: its device, and the rules it knows"
	must m46ctl -n pe1 -s dev show
	must m46ctl -n pe1 -s rule show
	must m46ctl -n pe1 rule get "$server" dev pe1
	check "the rule of $server leads to PE3" has 2001:db8:3::/96
	must m46ctl -n pe1 rule get "$internet" dev pe1
	check "the rule of $internet is the default, to PE9" has 2001:db8:9::/96
}

ping_between()
{
	run ip netns exec "$1" ping -n -c 3 -i 0.2 -W 5 "$2"
	check "3 of 3 answers" has "3 received"
	check "each router counted once: TTL 64 - 3 = 61" has "ttl=61 "
}

# route_between FROM METHOD TO HOP...
route_between()
{
	local from=$1 method=$2 to=$3 hops
	shift 3

	run ip netns exec "$from" traceroute -n -q 1 -w 5 "$method" "$to"
	hops=$(awk 'NR > 1 { print $2 }' <<< "$output" | tr '\n' ' ')
	check "$# hops, each router once" [ "$hops" = "$* " ]
}

tcp_route_between()
{
	local from=$1 to=$2 hops
	shift 2

	remark "--track-port: an IPv4 identification has no place in IPv6"
	run ip netns exec "$from" tcptraceroute --track-port -n -q 1 -w 5 \
		"$to" 80
	hops=$(awk '/^ *[0-9]+ / { print $2 }' <<< "$output" | tr '\n' ' ')
	check "the same hops over TCP" [ "$hops" = "$* " ]
	check "port 80 is open" has '\[open\]'
}

show_routes()
{
	remark "P has no IPv4 address: it is shown as one of pool6791, 192.0.2.253 at" \
		"PE1 and 198.51.100.253 at PE3"
	route_between c4 -I "$server" 192.0.2.1 192.0.2.253 198.51.100.254 \
		"$server"
	route_between s4 -U "$client" 198.51.100.1 198.51.100.253 192.0.2.254 \
		"$client"
	tcp_route_between c4 "$server" 192.0.2.1 192.0.2.253 198.51.100.254 \
		"$server"
}

show_page()
{
	run ip netns exec "$1" curl -sS -m 20 "http://$2/"
	check "$3" has "left $2 as IPv4"
}

mbits()
{
	awk '/receiver/ { for (i = 2; i <= NF; i++)
		if ($i ~ /bits\/sec/) print $(i - 1), $i }' <<< "$output"
}

# Bytes that entered PE1's device per packet
size_on_device()
{
	ip -n pe1 -s -s link show pe1 | awk '/TX:/ { getline; print $1, $2 }'
}

show_iperf()
{
	local old_bytes old_packets bytes packets size

	background iperf.log ip netns exec s4 iperf3 -s
	wait_for "iperf3 does not start" listens s4 5201
	read -r old_bytes old_packets <<< "$(size_on_device)"
	run ip netns exec c4 iperf3 -f m -i 0 -t 2 -c "$server"
	check "client to server: $(mbits)" has 'Mbits/sec.*receiver'
	run ip netns exec c4 iperf3 -f m -i 0 -t 2 -R -c "$server"
	check "server to client: $(mbits)" has 'Mbits/sec.*receiver'
	read -r bytes packets <<< "$(size_on_device)"
	size=$(((bytes - old_bytes) / (packets - old_packets + 1)))
	check "$size bytes a packet on pe1: super-packets are not cut" \
		[ "$size" -gt 3000 ]
}

show_counters()
{
	local pe

	for pe in pe9 pe3; do
		must m46ctl -n "$pe" stats show dev "$pe"
	done
	remark "With -s: all there is, and what it means"
	must m46ctl -n pe1 -s stats show dev pe1
}

show_core()
{
	local link

	remark "One ping as P saw it"
	run tcpdump -n -t -c 2 -r to-pe3.pcap \
		'icmp6[icmp6type] == 128 or icmp6[icmp6type] == 129'
	check "addresses with the IPv4 ones inside: c000:202 is 192.0.2.2" has \
		'2001:db8:1::c000:202 > 2001:db8:3::c633:6402: ICMP6, echo request'
	remark "Everything that P saw"
	printf '     %-12s %10s %10s\n' link IPv4+ARP IPv6
	for link in pe1 pe3 pe9; do
		captured_only_ipv6 "to-$link" "P - ${link^^}"
	done
	run ip -n p -4 address show
	check "P has no IPv4 address" [ -z "$output" ]
}

how_to_play()
{
	cat <<-END

	${bold}The network is up.${off} Things to try:

	   # ip netns exec c4 ping $server              client to server
	   # ip netns exec c4 traceroute -I $internet     client to default egress
	   # ip netns exec s4 iperf3 -s &
	   # ip netns exec c4 iperf3 -c $server
	   # ip netns exec p tcpdump -ni to-pe1             the core: IPv6 only
	   # ip netns exec pe1 tcpdump -ni pe1              both sides of the device
	   # m46ctl -n pe1 rule del 0.0.0.0/0 dev pe1       no way to i4 any more
	   # m46ctl -n pe1 -s stats show dev pe1            what was counted
	   # ip netns exec pe1 bash                         a shell on PE1

	   # $self --down        removes it
	END
}

build()
{
	heading "1. The network: plain Linux, nothing of m46 yet"
	load_module
	build_network
	heading "2. The three PEs: one m46 device each, its routes, its rules"
	build_m46
}

show()
{
	heading "3. What PE1 knows"
	show_tables
	heading "4. From here on the core is watched"
	capture_start p to-pe1 to-pe3 to-pe9
	heading "5. Ping, both ways"
	ping_between c4 "$server"
	ping_between s4 "$client"
	heading "6. A web page over TCP"
	web s4 "$server" "The server behind PE3"
	show_page c4 "$server" "the page came, over TCP"
	heading "7. Traceroute, both ways"
	show_routes
	heading "8. Throughput, all offloads on"
	show_iperf
	heading "9. The default egress: no rule names 203.0.113.0/24"
	web i4 "$internet" "The IPv4 Internet"
	ping_between c4 "$internet"
	show_page c4 "$internet" "the page came, through PE9"
	heading "10. What was counted"
	show_counters
	heading "11. What was in the core"
	capture_stop
	show_core
}

demo "$@"
