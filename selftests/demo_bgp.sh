#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# m46 at work: a network of two ASes with IPv6 inside, a data centre, and a neighbour
# operator with IPv4 only. The PEs tell one another by BGP which IPv4 blocks they
# have; blocks come and go, a daemon is killed, a PE is cut off. Builds the network
# below from namespaces, shows every command that it takes, uses it, and proves from
# a capture that no IPv4 was in the core.
#
#                    DC1, d1
#                      |
#                     pe3
#                      |
#   c1 ---- pe1 ------ p1 ------ p3 ------ pe5 ---- br4 ---- h4
#              AS 64501    :      AS 64503      :     AS 64510
#
# A part of the network of Documentation/adpt-bgp.md, with the files of
# Documentation/examples/adpt-bgp. pe1 and pe5 have FRR, if it is installed.
#
# usage: demo_bgp.sh [--setup-only | --down]	(or demo.sh, for all scenes)
#
#	--setup-only	build it, show how to play with it, leave it there
#	--down		remove it

# shellcheck disable=SC2034,SC2154 # title nodes wanted, for demo_lib.sh
title="IPv4 blocks by BGP, across IPv6-only ASes"
nodes="c1 d1 h4 pe1 pe3 pe5 p1 p3 br4"
wanted="ping traceroute curl tcpdump bird birdc"
. "$(dirname "$0")/demo_lib.sh"
example=$tree/Documentation/examples/adpt-bgp
client=192.0.2.2 server=198.51.100.2 outside=203.0.113.2
frr=/usr/lib/frr
daemon=BIRD
[ ! -x "$frr/bgpd" ] || daemon=FRR

topology()
{
	cat <<-END

	                       ${dim}198.51.100.0/25${off}
	                       DC1, ${bold}d1${off}
	                         |
	                       +-----+
	   192.0.2.0/26        | ${bold}pe3${off} |                                      203.0.113.0/24
	   +----+     +-----+  +-----+     +----+     +-----+     +-----+     +----+
	   | ${bold}c1${off} |-----| ${bold}pe1${off} |---- ${bold}p1${off} --------| ${bold}p3${off} |-----| ${bold}pe5${off} |-----| ${bold}br4${off} |-----| ${bold}h4${off} |
	   +----+     +-----+              +----+     +-----+     +-----+     +----+
	                ${dim}AS 64501       :     AS 64503          :  AS 64510, IPv4 only${off}

	   pe1   2001:db8:101::/96, $daemon
	   pe3   2001:db8:103::/96, BIRD
	   pe5   2001:db8:305::/96, $daemon: the default egress
	   p1, p3  plain IPv6 routers, BIRD: no IPv4 address, no m46
	END
}

# --- the network

# cable NODE DEVICE NODE DEVICE
cable()
{
	must ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	must ip -n "$1" link set "$2" up
	must ip -n "$3" link set "$4" up
}

# core P DEVICE PE PREFIX6
core()
{
	cable "$1" "$2" "$3" core
	must ip -n "$1" address add "$4::1/64" dev "$2" nodad
	must ip -n "$3" address add "$4::2/64" dev core nodad
}

build_network()
{
	local node

	remark "Nine machines; PEs forward both, p1 and p3 IPv6 only"
	for node in $nodes; do
		must ip netns add "$node"
		ip -n "$node" link set lo up
	done
	for node in pe1 pe3 pe5; do
		must ip netns exec "$node" sysctl -q -p "$example/sysctl.conf"
	done
	for node in p1 p3; do
		must ip netns exec "$node" sysctl -qw net.ipv4.ip_forward=0 \
			net.ipv6.conf.all.forwarding=1
	done
	must ip netns exec br4 sysctl -qw net.ipv4.ip_forward=1

	remark "The core: IPv6 addresses, no route yet"
	core p1 pe1 pe1 2001:db8:1fe:1
	core p1 pe3 pe3 2001:db8:1fe:3
	core p3 pe5 pe5 2001:db8:3fe:5
	cable p1 p3 p3 p1
	must ip -n p1 address add 2001:db8:fe:13::1/64 dev p3 nodad
	must ip -n p3 address add 2001:db8:fe:13::3/64 dev p1 nodad
	must ip -n pe1 address add 2001:db8:1ff::1/128 dev lo
	must ip -n pe3 address add 2001:db8:1ff::3/128 dev lo
	must ip -n pe5 address add 2001:db8:3ff::5/128 dev lo

	remark "IPv4 at the edges"
	cable pe5 as4 br4 pe5
	must ip -n pe5 address add 192.0.2.253/30 dev as4
	must ip -n br4 address add 192.0.2.254/30 dev pe5
	lan pe1 192.0.2.1/26 c1 $client
	lan pe3 198.51.100.1/25 d1 $server
	lan br4 203.0.113.1/24 h4 $outside
}

# lan ROUTER ADDRESS/LEN HOST ADDRESS
lan()
{
	cable "$1" lan "$3" eth0
	must ip -n "$1" address add "$2" dev lan
	must ip -n "$3" address add "$4/${2#*/}" dev eth0
	must ip -n "$3" route add default via "${2%/*}"
}

# --- daemons

# The example's files, with times for impatient spectators
shorter_times()
{
	mkdir etc
	cp "$example"/*.conf etc/
	sed -i -e 's/^log syslog all/log stderr all/' \
		-e 's/hold time 30/hold time 9/' \
		-e 's/keepalive time 10/keepalive time 3/' \
		-e 's/connect delay time 5/connect delay time 1/' \
		-e 's/connect retry time 10/connect retry time 2/' \
		-e 's/error wait time 5, 30/error wait time 1, 2/' \
		-e 's/scan time 10/scan time 2/' etc/*.bird.conf
	sed -i -e '/^log syslog/d' -e 's/timers bgp 10 30/timers bgp 3 9/' \
		-e 's/timers connect 10/timers connect 1/' etc/*.frr.conf
}

# start_bird NODE [-R]
start_bird()
{
	background "bird-$1" ip netns exec "$1" bird -f ${2:+"$2"} -c "etc/$1.bird.conf" \
		-s "$tmp/$1.ctl" -P "$tmp/$1.pid"
	bird_pid=${pids[-1]}
}

start_frr()
{
	local run=/var/run/frr/demo-$1

	mkdir -p /var/run/frr
	install -d -o frr -g frr "$run"
	must ip netns exec "$1" "$frr/zebra" -d -N "demo-$1" -K 120
	must ip netns exec "$1" "$frr/staticd" -d -N "demo-$1"
	must ip netns exec "$1" "$frr/bgpd" -d -N "demo-$1"
	must vtysh -N "demo-$1" -f "etc/$1.frr.conf"
}

# start PE
start()
{
	if [ "$daemon" = FRR ]; then
		start_frr "$1"
	else
		start_bird "$1"
	fi
}

build_m46()
{
	remark "One device each; no rule, no route: that is the daemon's job"
	must ip netns exec pe1 sh -x "$example/pe.sh" 2001:db8:101::/96 \
		192.0.2.62/32
	must ip netns exec pe3 sh -x "$example/pe.sh" 2001:db8:103::/96 \
		198.51.100.126/32
	must ip netns exec pe5 sh -x "$example/pe.sh" 2001:db8:305::/96 \
		192.0.2.253/32
	remark "The daemons, with the files of Documentation/examples/adpt-bgp (times are" \
		"shorter)"
	shorter_times
	start_bird p1
	start_bird p3
	start_bird br4
	start_bird pe3
	pe3_bird=$bird_pid
	start pe1
	start pe5
	await "pe1 learns no rules" has_route pe1 198.51.100.0/25 2001:db8:103::
	await "pe1 learns no default" has_route pe1 default 2001:db8:305::
	await "pe3 learns no rules" has_route pe3 192.0.2.0/26 2001:db8:101::
	await "pe3 learns no default" has_route pe3 default 2001:db8:305::
	await "pe5 learns no rules" has_route pe5 192.0.2.0/26 2001:db8:101::
	await "pe5 learns no rules" has_route pe5 198.51.100.0/25 2001:db8:103::
}

# has_route PE PREFIX NEXT-HOP
has_route()
{
	ip -n "$1" route show "$2" | grep -q "via inet6 $3 dev pe "
}

# await WHAT COMMAND...: a minute at most
await()
{
	local what=$1 end=$((SECONDS + 60))
	shift

	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || die "$what"
		sleep 0.2
	done
}

# --- what is shown

show_rules()
{
	remark "pe1: a route of BGP with an IPv6 next hop is a rule"
	must ip -n pe1 route
	must m46ctl -n pe1 rule show dev pe
	check "the block of DC1 leads to pe3" has \
		'^198\.51\.100\.0/25 +2001:db8:103::/96'
	check "the rest leads to pe5" has '^0\.0\.0\.0/0 +2001:db8:305::/96'
	must m46ctl -n pe1 rule get $server dev pe
	remark "p1: a route to each mapping prefix, and nothing that knows of IPv4"
	must ip -n p1 -6 route show type unicast root 2001:db8::/32
}

ping_between()
{
	run ip netns exec "$1" ping -n -c 3 -i 0.2 -W 5 "$2"
	check "3 of 3 answers" has "3 received"
}

page()
{
	run ip netns exec "$1" curl -sS -m 20 "http://$2/"
	check "$1 has the page of $3" has "This is $3"
}

# web HOST ADDRESS
web()
{
	mkdir "$1"
	echo "This is $1." > "$1/index.html"
	httpd "$1" "$2" "$1"
}

show_traffic()
{
	web d1 $server
	web h4 $outside
	ping_between c1 $server
	ping_between h4 $client
	page c1 $server d1
	page c1 $outside h4
	page h4 $server d1
	run ip netns exec c1 traceroute -n -q 1 -w 5 -I $outside
	check "pe1, p1, p3, pe5, br4, h4: two conversions, at pe1 and pe5" has \
		"^ *6 +$outside"
}

withdrawn()
{
	ip -n pe1 route get $server | grep -q 2001:db8:305::
}

show_withdrawal()
{
	remark "pe3 loses its block, and so does everybody: its packets take the default" \
		"egress, where br4 knows no 198.51.100.0/25 of its own"
	must ip -n pe3 address del 198.51.100.1/25 dev lan
	await "the block stays" withdrawn
	must m46ctl -n pe1 rule get $server dev pe
	check "the rule of $server is now the default" has 2001:db8:305::
	remark "And back"
	must ip -n pe3 address add 198.51.100.1/25 dev lan
	await "the block does not come back" has_route pe1 198.51.100.0/25 \
		2001:db8:103::
	ping_between c1 $server
}

# Daemons are killed while this pings.
pinging()
{
	background "ping-$1" ip netns exec c1 ping -n -q -i 0.1 $server
	ping_pid=${pids[-1]}
}

none_lost()
{
	local sent received

	kill -INT "$ping_pid"
	wait "$ping_pid"
	sed 's/^/     /' "ping-$1"
	read -r sent _ _ received _ < <(grep transmitted "ping-$1")
	# The last one may be on its way.
	check "nothing was lost" [ "$received" -ge $((sent - 1)) -a "$sent" -gt 20 ]
}

bird_has_sessions()
{
	birdc -s pe3.ctl show protocols | awk '/^p(1|e1|e5) / && /Established/ { n++ }
		END { exit n < 3 }'
}

show_restart()
{
	remark "BIRD on pe3 is killed, and started again; c1 pings all the while"
	pinging bird
	must kill -9 "$pe3_bird"
	wait "$pe3_bird" 2> /dev/null
	must ip -n pe3 route show 192.0.2.0/26
	check "the kernel of pe3 goes on with what it has" has 2001:db8:101::
	sleep 1
	start_bird pe3 -R
	await "no sessions" bird_has_sessions
	none_lost bird
	[ "$daemon" = FRR ] || return
	remark "FRR on pe1, likewise"
	pinging frr
	# shellcheck disable=SC2046 # numbers
	must kill -9 $(cat /var/run/frr/demo-pe1/*.pid)
	sleep 1
	start_frr pe1
	await "no sessions" frr_has_sessions
	none_lost frr
}

frr_has_sessions()
{
	[ "$(vtysh -N demo-pe1 -c 'show bgp ipv4 unicast summary' |
		awk '/^2001:db8:(1ff::3|3ff::5) / && $10 ~ /^[0-9]+$/' | wc -l)" -eq 2 ]
}

show_cut()
{
	remark "pe3 is cut off: its own customers are told at once, the others have the" \
		"default egress as soon as the session is over"
	must ip -n p1 link set pe3 down
	await "pe3 keeps its rules" no_rules pe3
	run ip netns exec d1 ping -n -c 1 -W 5 $client
	check "d1 is told that there is no way" has 'From 198.51.100.1.* .*Unreachable'
	await "pe1 keeps the rule" withdrawn
	must m46ctl -n pe1 rule show dev pe
	check "pe1: no rule of pe3" [ -z "$(grep 2001:db8:103 <<< "$output")" ]
	ping_between c1 $outside
	remark "And back"
	must ip -n p1 link set pe3 up
	must ip -n p1 address replace 2001:db8:1fe:3::1/64 dev pe3 nodad
	await "pe1 does not learn the rule" has_route pe1 198.51.100.0/25 \
		2001:db8:103::
	await "pe3 does not learn the rule" has_route pe3 192.0.2.0/26 2001:db8:101::
	ping_between c1 $server
}

no_rules()
{
	! ip -n "$1" route | grep -q inet6
}

show_core()
{
	local link

	remark "Everything that p1 saw on two of its links"
	printf '     %-12s %10s %10s\n' link IPv4+ARP IPv6
	for link in pe1 p3; do
		captured_only_ipv6 "$link" "p1 - $link"
	done
	run ip -n p1 -4 route
	check "p1 has no IPv4 route" [ -z "$output" ]
}

how_to_play()
{
	cat <<-END

	${bold}The network is up.${off} Things to try:

	   # ip netns exec c1 ping $server            client to data centre
	   # m46ctl -n pe1 rule show dev pe              rules are routes of BGP
	   # ip netns exec p1 tcpdump -ni pe1            the core: IPv6 only
	   # ip -n pe3 address del 198.51.100.1/25 dev lan    a block is withdrawn
	   # ip -n p1 link set pe3 down                  a PE is cut off
	   # m46ctl -n pe1 -s stats show dev pe          what was counted

	   # $self --down        removes it
	END
}

build()
{
	heading "1. The network: plain Linux, nothing of m46 yet"
	load_module
	build_network
	heading "2. m46 devices and routing daemons"
	build_m46
}

show()
{
	heading "3. What BGP has brought"
	show_rules
	heading "4. From here on the core is watched"
	capture_start p1 pe1 p3
	heading "5. Traffic"
	show_traffic
	heading "6. A block is withdrawn, and comes back"
	show_withdrawal
	heading "7. Daemons are killed"
	show_restart
	heading "8. A PE is cut off"
	show_cut
	heading "9. What was in the core"
	capture_stop
	show_core
}

demo "$@"
