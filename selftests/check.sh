#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# m46ctl check: each thing that it finds is broken on purpose, must be found by
# its name and nothing else with it, and is gone when the remedy that was printed
# has been typed.
#
#   +---------------+ one namespace for each kind of device: edge (rules), fib,
#   | r        core |-------- core2 (veth, MTU 2000; no traffic)
#   +---------------+  2001:db8:c::1/64, default route to ::2
#
# What is in capitals in a remedy (NEXT-HOP, LINK, PREF6, V4/LEN ...) is filled in.

# shellcheck disable=SC2154 # setup_ns sets edge fib t46 sixto4 site red
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# --- what is asked of check

# check_in NS [ARGUMENT...]: its output in $TMP/found, its exit code in $rc
check_in()
{
	local ns=$1
	shift

	rc=0
	m46ctl -n "$ns" check "$@" > "$TMP/found" 2>&1 || rc=$?
}

# finds NS ID...: these and no others; ascending
finds()
{
	local ns=$1
	shift

	check_in "$ns"
	same "what is found" "$(awk '/^(error|warning) / { print $2 }' \
		"$TMP/found" | sort -u | paste -s -d ' ')" "$*" &&
		same "exit code" "$rc" 1 && return
	cat "$TMP/found"
	return 1
}

# silent NS
silent()
{
	check_in "$1"
	same "check" "$(cat "$TMP/found")" "" && same "exit code" "$rc" 0
}

# says ID REGEX: the first finding of this name
says()
{
	matches "$1" "$(grep -m 1 -E "^(error|warning) +$1 " "$TMP/found")" "$2"
}

# remedy ID: of the first finding of this name, filled in
remedy()
{
	awk -v id="$1" 'found { print; exit } $2 == id { found = 1 }' \
		"$TMP/found" | sed -e 's/NEXT-HOP4/192.0.2.1/' \
		-e 's/NEXT-HOP/2001:db8:c::2/' \
		-e 's/LINK/core/' -e 's/PREF6/2001:db8:7::/' \
		-e 's,V4/LEN,100.64.9.0/24,' -e 's/ V4$/ 203.0.113.5/' \
		-e 's/RELAY6/2002:cb00:7105::1/'
}

# apply ID...: type what was printed
apply()
{
	local id command

	for id in "$@"; do
		command=$(remedy "$id")
		[[ $command == "    "* ]] || {
			echo "$id: no remedy in:"
			cat "$TMP/found"
			return 1
		}
		eval "$command" > "$TMP/typed" 2>&1 || {
			echo "$command: $(cat "$TMP/typed")"
			return 1
		}
	done
}

# mends NS ID...: they are found, and are not any more when all is typed
mends()
{
	finds "$@" && apply "${@:2}" && silent "$1"
}

# --- the network

# core NS: what an edge has to the IPv6 network
core()
{
	set_sysctls "$1" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$1" -batch - <<-END
	link add core mtu 2000 type veth peer name core2 mtu 2000
	link set core up
	link set core2 up
	address add 2001:db8:c::1/64 dev core nodad
	route add default via 2001:db8:c::2
	END
}

in_edge() { ip netns exec "$edge" "$@"; }
ip_edge() { ip -n "$edge" "$@"; }
ip_fib() { ip -n "$fib" "$@"; }
ctl() { m46ctl -n "$edge" "$@"; }

edge_rules()
{
	cat <<-END
	192.0.2.0/24 via 2001:db8:1::/96 local
	198.51.100.0/24 via 2001:db8:3::/96
	203.0.113.0/24 via 2001:db8:4::/96
	END
}

setup_edge()
{
	core "$edge"
	ctl dev add pe1 mode adpt prefix 2001:db8:1::/96 &&
		edge_rules | ctl rule load - dev pe1 &&
		ip_edge link set pe1 up &&
		ip_edge route add default dev pe1 &&
		ip_edge route add 2001:db8:1::/96 via fe80::46 dev pe1
}

# Next hops as routing daemons need them: known to lead into the device.
setup_fib()
{
	core "$fib"
	m46ctl -n "$fib" dev add pe1 mode adpt prefix 2001:db8:1::/96 md fib &&
		ip_fib -batch - <<-END
		link set pe1 up
		route add 2001:db8:1::/96 via fe80::46 dev pe1
		route add 2001:db8:3::/128 dev pe1
		route add 2001:db8:7::/128 dev pe1
		route add 198.51.100.0/24 via inet6 2001:db8:3:: dev pe1 onlink
		END
}

# --- the device and the kernel around it

down()
{
	ip_edge link set pe1 down
	finds "$edge" device-down own-prefix-not-routed &&
		apply device-down &&
		finds "$edge" block-not-routed own-prefix-not-routed &&
		apply own-prefix-not-routed || return
	ip_edge route replace default dev pe1
	silent "$edge"
}

no_ipv6()
{
	in_edge sysctl -qw net.ipv6.conf.pe1.disable_ipv6=1
	finds "$edge" ipv6-disabled own-prefix-not-routed &&
		apply ipv6-disabled && mends "$edge" own-prefix-not-routed
}

no_forwarding()
{
	local name

	for name in ipv4.ip_forward ipv6.conf.all.forwarding \
		    ipv4.conf.pe1.forwarding; do
		in_edge sysctl -qw "net.$name=0"
		finds "$edge" forwarding-off &&
			says forwarding-off "net.$name is 0" &&
			mends "$edge" forwarding-off || return
	done
}

strict_rp_filter()
{
	local name

	for name in pe1 all; do
		in_edge sysctl -qw "net.ipv4.conf.$name.rp_filter=1"
		mends "$edge" rp-filter || return
		in_edge sysctl -qw net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.pe1.rp_filter=0
	done
}

# --- rules

no_rules()
{
	ctl rule flush dev pe1
	mends "$edge" no-rules || return
	edge_rules | ctl rule load - dev pe1
}

overlap()
{
	ctl rule add 10.1.0.0/16 via 2001:db8:3::/64 dev pe1
	finds "$edge" pref6-lengths pref6-overlap &&
		says pref6-overlap '2001:db8:3::/64 \(10.1.0.0/16\) contains 2001:db8:3::/96, that of 198.51.100.0/24' &&
		apply pref6-lengths && silent "$edge" || return
	ctl rule replace 10.1.0.0/16 via 2001:db8::/32 dev pe1
	finds "$edge" pref6-lengths pref6-overlap &&
		matches "own prefix" "$(cat "$TMP/found")" \
			'2001:db8::/32 \(10.1.0.0/16\) contains 2001:db8:1::/96, an own one' &&
		ctl rule del 10.1.0.0/16 dev pe1 && silent "$edge"
}

# A rule is there, its packets go elsewhere, or nowhere.
block_not_routed()
{
	ip_edge route add 198.51.100.0/24 dev core
	finds "$edge" block-not-routed &&
		says block-not-routed '198.51.100.0/24, for which there is a rule, do not go into the device: the route leads to core' ||
		return
	ip_edge route del 198.51.100.0/24 dev core
	silent "$edge" || return
	ip_edge route del default dev pe1
	finds "$edge" block-not-routed &&
		same "edges" "$(grep -c '^warning' "$TMP/found")" 2 &&
		apply block-not-routed || return
	ip_edge route add default dev pe1
	silent "$edge"
}

lengths()
{
	ctl rule replace 203.0.113.0/24 via 2001:db8:4::/64 dev pe1
	mends "$edge" pref6-lengths || return
	ctl dev set pe1 prefix 2001:db8:1::/64
	mends "$edge" pref6-lengths
}

# --- ways to the other edges

no_route()
{
	ip_edge route add unreachable 2001:db8:4::/96
	finds "$edge" no-next-hop-route &&
		says no-next-hop-route '2001:db8:4::/96, the edge of 203.0.113.0/24: the route is unreachable' &&
		mends "$edge" no-next-hop-route || return
	ip_edge route del 2001:db8:4::/96
	ip_edge route add blackhole 2001:db8:4::/48
	mends "$edge" no-next-hop-route || return
	ip_edge route del 2001:db8:4::/96
	ip_edge route del blackhole 2001:db8:4::/48
	ip_edge -6 route del default
	finds "$edge" no-next-hop-route &&
		same "edges without a way" "$(grep -c '^error' "$TMP/found")" 2 &&
		says no-next-hop-route 'there is no route' || return
	ip_edge -6 route add default via 2001:db8:c::2
	silent "$edge"
}

loops()
{
	ip_edge route add 2001:db8:3::/64 via fe80::46 dev pe1
	mends "$edge" next-hop-loops
}

# One that is an edge itself is no loop.
other_edge()
{
	ctl dev add pe3 mode adpt prefix 2001:db8:3::/96
	ctl rule add default via 2001:db8:1::/96 dev pe3
	ip_edge link set pe3 up
	ip_edge route add 2001:db8:3::/96 via fe80::46 dev pe3
	silent "$edge" || return
	ctl dev del pe3
	silent "$edge"
}

core_mtu()
{
	ip_edge link set core mtu 1500
	finds "$edge" core-mtu &&
		says core-mtu 'has MTU 1500 \(device core\): .* translated needs 1520' &&
		same "one for all" "$(grep -c '^warning' "$TMP/found")" 1 &&
		mends "$edge" core-mtu || return
	ctl dev set pe1 method encap
	finds "$edge" core-mtu && says core-mtu 'encapsulated needs 1540' &&
		mends "$edge" core-mtu || return
	ctl dev set pe1 encap-limit 4
	finds "$edge" core-mtu && says core-mtu 'encapsulated needs 1548' &&
		mends "$edge" core-mtu || return
	ctl dev set pe1 method translate encap-limit none
	ctl rule replace 203.0.113.0/24 via 2001:db8:4::/96 dev pe1 method encap
	ip_edge link set core mtu 1520
	finds "$edge" core-mtu && says core-mtu '203.0.113.0/24' &&
		mends "$edge" core-mtu || return
	edge_rules | ctl rule load - dev pe1
	ip_edge link set core mtu 2000
	ip_edge -6 route change default via 2001:db8:c::2 mtu 1400
	finds "$edge" core-mtu && says core-mtu 'has MTU 1400' &&
		mends "$edge" core-mtu
}

not_routed()
{
	ip_edge route del 2001:db8:1::/96 dev pe1
	mends "$edge" own-prefix-not-routed || return
	ip_edge route add 2001:db8:1::c000:200/120 via 2001:db8:c::2
	finds "$edge" own-prefix-not-routed &&
		says own-prefix-not-routed 'the route leads to core' || return
	ip_edge route del 2001:db8:1::c000:200/120
	ctl rule add 100.64.0.0/24 via 2001:db8:11::/96 dev pe1 local
	finds "$edge" own-prefix-not-routed &&
		says own-prefix-not-routed '2001:db8:11::/96' &&
		mends "$edge" own-prefix-not-routed || return
	ctl rule del 100.64.0.0/24 dev pe1 local
	ip_edge route del 2001:db8:11::/96
	silent "$edge"
}

# Not of routing daemons, nor where there are few hosts.
neighbours()
{
	ip_edge route replace 2001:db8:1::/96 dev pe1
	mends "$edge" neighbour-per-host || return
	ip_edge route replace 2001:db8:1::/96 dev pe1 proto bird
	ip_edge route add 2001:db8:1:2::/64 dev pe1 metric 7 table 46
	ip_edge route add 2001:db8:1:3::/120 dev pe1
	finds "$edge" neighbour-per-host &&
		says neighbour-per-host '2001:db8:1:2::/64 has no next hop' &&
		same "findings" "$(grep -c '^warning' "$TMP/found")" 1 &&
		same "remedy" "$(remedy neighbour-per-host)" \
			"    ip -n $edge -6 route replace 2001:db8:1:2::/64 via fe80::46 dev pe1 table 46 metric 7 onlink" &&
		apply neighbour-per-host && silent "$edge" || return
	ip_edge route replace 2001:db8:1::/96 via fe80::46 dev pe1
	silent "$edge" || return
	ip_edge route flush table 46
	ip_edge route del 2001:db8:1:3::/120
}

# This machine's own address is no mapping prefix of an edge.
forged()
{
	in_edge bash -c 'echo > /dev/udp/2001:db8:1::c000:202/9'
	finds "$edge" source-check-drops &&
		says source-check-drops '1 packets refused by source-check strict' &&
		matches "remedy" "$(remedy source-check-drops)" \
			"netns exec $edge tcpdump .* pe1" || return
	ctl dev set pe1 source-check loose
	finds "$edge" source-check-drops || return
	ctl dev set pe1 source-check off
	silent "$edge" || return
	ctl dev set pe1 source-check strict
	ctl stats reset pe1
	silent "$edge"
}

nat64()
{
	ctl dev set pe1 nat64 64:ff9b::/96 nat64-pool 100.64.0.0/29
	mends "$edge" nat64-not-routed nat64-pool-not-covered || return
	ctl dev set pe1 nat64 none nat64-pool none
	ctl rule del 100.64.0.0/29 dev pe1 local
	silent "$edge"
}

# --- routes as rules

points_to_self()
{
	ip_fib route add 10.2.0.0/16 via inet6 2001:db8:1:: dev pe1 onlink \
		metric 7
	mends "$fib" rule-points-to-self
}

host_bits()
{
	ip_fib route add 2001:db8:3::5/128 dev pe1
	ip_fib route add 10.3.0.0/16 via inet6 2001:db8:3::5 dev pe1 onlink
	mends "$fib" next-hop-has-host-bits || return
	ip_fib route del 10.3.0.0/16
	ip_fib route add 10.3.0.0/16 via inet6 fe80::5 dev pe1 onlink proto bgp
	finds "$fib" next-hop-has-host-bits &&
		says next-hop-has-host-bits 'of bgp has the link-local' &&
		matches "remedy" "$(remedy next-hop-has-host-bits)" \
			prefer-global || return
	ip_fib route del 10.3.0.0/16
	silent "$fib"
}

no_next_hop()
{
	ip_fib route add 10.4.0.0/16 dev pe1
	mends "$fib" route-without-next-hop
}

# As zebra does that has resolved the next hop by an IGP.
passed_by()
{
	ip_fib route add 10.5.0.0/16 via inet6 fe80::99 dev core proto bgp
	finds "$fib" bgp-next-hop-not-m46 &&
		says bgp-next-hop-not-m46 '10.5.0.0/16 of bgp via inet6 fe80::99 leads to core' &&
		matches "remedy" "$(remedy bgp-next-hop-not-m46)" \
			'ipv6 route .*/128 pe1' || return
	ip_fib route del 10.5.0.0/16
	ip_fib route add 10.5.0.0/16 via inet6 fe80::99 dev core
	silent "$fib" || return
	ip_fib route del 10.5.0.0/16
}

fib_no_rules()
{
	ip_fib route del 198.51.100.0/24
	mends "$fib" no-rules || return
	ip_fib -4 route del default
	ip_fib route add 198.51.100.0/24 via inet6 2001:db8:3:: dev pe1 onlink
	silent "$fib"
}

fib_paths()
{
	ip_fib route add 2001:db8::/32 via fe80::46 dev pe1
	mends "$fib" next-hop-loops || return
	ip_fib route add prohibit 2001:db8:3::/96
	mends "$fib" no-next-hop-route || return
	ip_fib route del 2001:db8:3::/96
	ip_fib link set core mtu 1500
	mends "$fib" core-mtu
}

# In a VRF routes are in its table, and remedies say so.
in_vrf()
{
	core "$red"
	m46ctl -n "$red" dev add pe1 mode adpt prefix 2001:db8:1::/96 md fib &&
		ip -n "$red" -batch - <<-END || return 4
		link add red up type vrf table 1046
		link set core master red
		link set pe1 master red up
		address add 2001:db8:c::1/64 dev core nodad
		END
	ip -n "$red" route add default via 2001:db8:c::2 table 1046
	ip -n "$red" route add 2001:db8:3::/128 dev pe1 table 1046
	ip -n "$red" route add 198.51.100.0/24 via inet6 2001:db8:3:: dev pe1 \
		onlink table 1046
	mends "$red" own-prefix-not-routed || return
	matches "rule get" "$(m46ctl -n "$red" rule get 198.51.100.7 pe1)" \
		'^198.51.100.0/24 via 2001:db8:3::/96 dev pe1 origin boot table 1046' &&
		matches "rule show" "$(m46ctl -n "$red" rule show pe1)" \
			'^198.51.100.0/24 +2001:db8:3::/96 .* boot +1046'
}

# --- other modes

m46t()
{
	core "$t46"
	m46ctl -n "$t46" dev add mt mode m46t prefix 2001:db8:46::/96 &&
		ip -n "$t46" link set mt up || return
	finds "$t46" no-pool prefix-not-routed &&
		apply no-pool prefix-not-routed &&
		mends "$t46" pool-not-routed || return
	m46ctl -n "$t46" pool add 198.51.100.0/29 dev mt
	mends "$t46" pool-not-routed || return
	for i in 1 2 3 4; do
		echo "entry add 2001:db8:a::$i 198.51.100.$i dev mt"
	done | m46ctl -n "$t46" -b -
	silent "$t46" || return
	m46ctl -n "$t46" entry add 2001:db8:a::5 198.51.100.5 dev mt
	finds "$t46" pool-nearly-full &&
		says pool-nearly-full '5 of 6 addresses of pool 198.51.100.0/29' ||
		return
	m46ctl -n "$t46" entry del 198.51.100.5 dev mt
	silent "$t46"
}

tunnel_6to4()
{
	core "$sixto4"
	ip -n "$sixto4" address add 198.51.100.7/24 dev core
	m46ctl -n "$sixto4" dev add s1 mode 6to4 local 198.51.100.7 relay on &&
		ip -n "$sixto4" link set s1 up || return
	finds "$sixto4" prefix-not-routed &&
		says prefix-not-routed 'the route leads to core' || return
	# an address of its own is no way to other sites
	ip -n "$sixto4" address add 2002:c633:6407::1/128 dev s1
	finds "$sixto4" prefix-not-routed || return
	ip -n "$sixto4" route add unreachable 2002::/16 metric 9
	finds "$sixto4" prefix-not-routed &&
		says prefix-not-routed 'the route is unreachable' || return
	ip -n "$sixto4" route del unreachable 2002::/16 metric 9
	mends "$sixto4" prefix-not-routed || return
	ip -n "$sixto4" address del 198.51.100.7/24 dev core
	mends "$sixto4" local-not-there || return
	ip -n "$sixto4" address add 192.88.99.1/32 dev lo
	m46ctl -n "$sixto4" dev set s1 anycast on 2> /dev/null &&
		ip -n "$sixto4" address add 2002:c058:6301::/128 dev s1 &&
		silent "$sixto4" || return
	ip -n "$sixto4" address del 192.88.99.1/32 dev lo
	finds "$sixto4" local-not-there && says local-not-there 192.88.99.1 &&
		mends "$sixto4" local-not-there || return
	ip netns exec "$sixto4" sysctl -qw net.ipv6.conf.all.forwarding=0
	ip -n "$sixto4" -6 route replace default via 2001:db8:c::2
	mends "$sixto4" forwarding-off || return
	m46ctl -n "$sixto4" dev add s2 mode 6to4 local 10.0.0.7 nonlocal on \
		remote 203.0.113.5 || return
	ip -n "$sixto4" link set s2 up
	ip -n "$sixto4" address add 10.0.0.7/32 dev core
	ip -n "$sixto4" route add 203.0.113.0/24 via 198.51.100.1 dev core onlink
	finds "$sixto4" local-is-private || return
	check_in "$sixto4" dev s1
	same "s1 alone" "$(cat "$TMP/found")$rc" 0
}

# A site as README has it.
setup_site()
{
	set_sysctls "$site" net.ipv6.conf.all.forwarding=1
	ip -n "$site" -batch - <<-END && \
		m46ctl -n "$site" dev add t1 mode 6to4 local 192.0.2.170 \
		2> /dev/null && ip -n "$site" -batch - <<-END2
	link add core type veth peer name core2
	link add lan type veth peer name lan2
	link set core up
	link set core2 up
	link set lan up
	link set lan2 up
	address add 192.0.2.170/24 dev core
	route add default via 192.0.2.1
	END
	link set t1 up
	address add 2002:c000:2aa::1/128 dev t1
	address add 2002:c000:2aa:1::1/64 dev lan nodad
	route add unreachable 2002:c000:2aa::/48
	route add 2002::/16 dev t1
	route add default via 2002:cb00:7105::1 dev t1
	END2
}

site_routes()
{
	setup_site && silent "$site" || return
	ip netns exec "$site" sysctl -qw net.ipv6.conf.all.forwarding=0
	mends "$site" forwarding-off || return
	ip -n "$site" route del default
	finds "$site" no-ipv4-route &&
		says no-ipv4-route 'gateway 203.0.113.5: there is no route' &&
		mends "$site" no-ipv4-route || return
	ip -n "$site" -6 route replace default dev t1
	mends "$site" no-relay-gateway || return
	ip -n "$site" -6 route replace default via 2002:a00:1::1 dev t1
	mends "$site" no-relay-gateway || return
	ip -n "$site" -6 route replace default via ::203.0.113.5 dev t1 onlink
	silent "$site"
}

# The provider has given another IPv4 address.
site_moves()
{
	ip -n "$site" address del 192.0.2.170/24 dev core
	ip -n "$site" address add 192.0.2.171/24 dev core
	ip -n "$site" route replace default via 192.0.2.1
	m46ctl -n "$site" dev set t1 local 192.0.2.171 2> /dev/null
	finds "$site" address-outside-delegated &&
		same "old addresses" "$(grep -c '^error' "$TMP/found")" 2 &&
		apply address-outside-delegated &&
		mends "$site" address-outside-delegated || return
	# sit may have it
	ip -n "$site" address add 192.0.2.170/24 dev core
	ip -n "$site" address add 2002:c000:2aa:1::1/64 dev lan nodad
	silent "$site"
}

site_6rd()
{
	m46ctl -n "$site" dev del t1
	ip -n "$site" address flush dev lan scope global
	ip -n "$site" address add 100.64.9.1/32 dev core
	m46ctl -n "$site" dev add d1 mode 6to4 local 100.64.9.1 \
		prefix 2001:db8:4000::/34 2> "$TMP/err" || return
	matches "warning" "$(cat "$TMP/err")" 'd1: delegated .*/66' || return
	ip -n "$site" link set d1 up
	finds "$site" delegated-too-long no-border-relay prefix-not-routed &&
		apply delegated-too-long prefix-not-routed &&
		mends "$site" no-border-relay || return
	ip -n "$site" address add 2001:db8:4040::1/128 dev d1
	silent "$site" || return
	ip -n "$site" address add 2001:db8:4080::1/128 dev d1
	mends "$site" address-outside-delegated || return
	ip -n "$site" address add 203.0.113.5/32 dev core
	finds "$site" no-ipv4-route &&
		says no-ipv4-route 'remote 203.0.113.5: .* of this machine'
}

# --- the command

json()
{
	ip_edge link set pe1 down
	m46ctl -n "$edge" -j check dev pe1 > "$TMP/json"
	same "exit code" $? 1 || return
	python3 -E -S - "$TMP/json" <<-'END' || return
	import json, sys
	found = json.load(open(sys.argv[1]))
	assert [f["check"] for f in found] == [
	    "device-down", "own-prefix-not-routed"], found
	for f in found:
	    assert set(f) == {"check", "severity", "dev", "text", "remedy"}, f
	    assert f["severity"] == "error" and f["dev"] == "pe1", f
	END
	check_in "$edge"
	apply device-down own-prefix-not-routed
	ip_edge route replace default dev pe1
	same "nothing" "$(m46ctl -n "$edge" -j check)" "[]"
}

usage()
{
	check_in "$edge" frob nicate
	same "exit code" "$rc" 2 || return
	check_in "$edge" dev core
	same "exit code" "$rc" 1 &&
		matches "no such" "$(cat "$TMP/found")" 'core: no such m46 device'
}

need_root
need_cmd ip sysctl python3
load_m46
ktap_plan 32
setup_ns edge fib red t46 sixto4 site
setup_edge || ktap_bail "no edge"
setup_fib || ktap_bail "no edge with md fib"

ktap_test "nothing is found where nothing is wrong" silent "$edge"
ktap_test "nothing is found where nothing is wrong, md fib" silent "$fib"
ktap_test "device-down" down
ktap_test "ipv6-disabled" no_ipv6
ktap_test "forwarding-off" no_forwarding
ktap_test "rp-filter" strict_rp_filter
ktap_test "no-rules" no_rules
ktap_test "pref6-overlap" overlap
ktap_test "block-not-routed" block_not_routed
ktap_test "pref6-lengths" lengths
ktap_test "no-next-hop-route" no_route
ktap_test "next-hop-loops" loops
ktap_test "another edge on the same machine is no loop" other_edge
ktap_test "core-mtu" core_mtu
ktap_test "own-prefix-not-routed" not_routed
ktap_test "source-check-drops" forged
ktap_test "neighbour-per-host" neighbours
ktap_test "nat64-not-routed, nat64-pool-not-covered" nat64
ktap_test "rule-points-to-self" points_to_self
ktap_test "next-hop-has-host-bits" host_bits
ktap_test "route-without-next-hop" no_next_hop
ktap_test "bgp-next-hop-not-m46" passed_by
ktap_test "md fib: no-rules" fib_no_rules
ktap_test "md fib: next-hop-loops, no-next-hop-route, core-mtu" fib_paths
ktap_test "md fib in a VRF" in_vrf
ktap_test "mode m46t" m46t
ktap_test "mode 6to4" tunnel_6to4
ktap_test "6to4: forwarding, no-ipv4-route, no-relay-gateway" site_routes
ktap_test "6to4: address-outside-delegated" site_moves
ktap_test "6rd: delegated-too-long, no-border-relay" site_6rd
ktap_test "JSON" json
ktap_test "usage" usage
ktap_done
