#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# 6to4 router, relay and anycast relay with BIRD, return relay, 6rd CE and BR, a
# broker's tunnel, and sit beside and before them: exactly the commands of
# Documentation/6to4.md and the files of Documentation/examples/6to4.
#
#  +-------+ lan +---------+ wan          +-------+          +-------+
#  | hosta |-----| routera |--------------|       |--[relay]-|       |
#  +-------+     +---------+ 192.0.2.170  |       | 203.0.113.5      |
#                +---------+ wan          | v4net |          | v6net |
#                |   ce    |--------------|       |---[br]---|       |
#                +---------+ 10.100.100.1 |       | 10.0.0.1 |       |
#                                         |       |-[server]-|       |
#                                         +-------+ .80      +-------+
#
# v4net has the IPv4 addresses .1 of all networks, among them the broker's end,
# 198.51.100.1; v6net is native IPv6, 3fff:80::80.

# shellcheck disable=SC2154 # setup_ns sets hosta routera ce v4net relay br server v6net
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/guide_lib.sh"

EXAMPLE=$M46_TREE/Documentation/examples/6to4
GUIDE=$M46_TREE/Documentation/6to4.md
HOST=2002:c000:2aa:1::2
NATIVE=3fff:80::80

# --- the network

# uplink NS DEVICE NET [ADDRESS/LEN]: from wan to v4net, which has NET.1
uplink()
{
	ip link add wan netns "$1" type veth peer name "$2" netns "$v4net"
	ip -n "$1" link set wan up
	ip -n "$v4net" link set "$2" up
	ip -n "$v4net" address add "$3.1/24" dev "$2"
	[ -z "${4:-}" ] || ip -n "$1" -batch - <<-END
	address add $4 dev wan
	route add default via $3.1
	END
}

# native NS N: 2001:db8:N::2, and a default route by v6net
native()
{
	ip link add eth6 netns "$1" type veth peer name "to$2" netns "$v6net"
	ip -n "$v6net" link set "to$2" up
	ip -n "$v6net" address add "2001:db8:$2::1/64" dev "to$2" nodad
	ip -n "$1" -batch - <<-END
	link set eth6 up
	address add 2001:db8:$2::2/64 dev eth6 nodad
	route add default via 2001:db8:$2::1
	END
}

network()
{
	local ns

	for ns in "$hosta" "$routera" "$ce" "$v4net" "$relay" "$br" "$server" \
		"$v6net"; do
		ip -n "$ns" link set lo up
	done
	set_sysctls "$v4net" net.ipv4.ip_forward=1
	set_sysctls "$v6net" net.ipv6.conf.all.forwarding=1
	ip link add eth0 netns "$hosta" type veth peer name lan netns "$routera"
	ip -n "$routera" link set lan up
	ip -n "$hosta" token set ::2 dev eth0
	ip -n "$ce" link add lan type dummy
	ip -n "$ce" link set lan up
	uplink "$routera" toa 192.0.2
	uplink "$ce" toce 10.100.100 10.100.100.1/24
	ip -n "$v4net" address del 10.100.100.1/24 dev toce
	ip -n "$v4net" address add 10.100.100.254/24 dev toce
	ip -n "$ce" route replace default via 10.100.100.254
	uplink "$relay" torelay 203.0.113 203.0.113.5/24
	uplink "$br" tobr 10.0.0
	ip -n "$v4net" address del 10.0.0.1/24 dev tobr
	ip -n "$v4net" address add 10.0.0.254/24 dev tobr
	ip -n "$br" address add 10.0.0.1/24 dev wan
	ip -n "$br" route add default via 10.0.0.254
	uplink "$server" toserver 198.18.0
	ip -n "$v4net" route add 203.0.113.80 dev toserver
	ip -n "$server" -batch - <<-END
	address add 203.0.113.80/32 dev wan
	route add 198.18.0.1 dev wan
	route add default via 198.18.0.1
	END
	ip -n "$v4net" address add 198.51.100.1/32 dev lo
	native "$relay" 6
	native "$server" 81
	native "$br" 7
	ip -n "$v6net" address add "$NATIVE/128" dev lo
	ip -n "$v6net" route add 2002::/16 via 2001:db8:6::2
	ip -n "$v6net" route add 2001:db8::/32 via 2001:db8:7::2
}

# pings NS ADDRESS [WORD...]: an answer within a few seconds
pings()
{
	slowwait 10 ping_ok "$@" || { echo "no answer from $2"; return 1; }
}

# --- 6to4

packages()
{
	local words word

	read -ra words <<< "$(guide_block packages)"
	for word in "${words[@]:2}"; do
		grep -qx "guest	$word" "$SELFTESTS/vm/packages" ||
			{ echo "$word is not in vm/packages"; return 1; }
	done
}

router()
{
	guide "$routera" addresses && guide "$routera" files &&
		guide "$routera" up &&
		matches delegated "$(m46ctl -n "$routera" dev show tun6to4)" \
			'delegated 2002:c000:2aa::/48'
}

relay()
{
	guide "$relay" relay
}

look()
{
	guide "$routera" look > "$TMP/look" || { cat "$TMP/look"; return 1; }
	matches ping "$(cat "$TMP/look")" '64 bytes from 2002:cb00:7105::1'
}

host_address()
{
	ip -n "$hosta" -6 address show dev eth0 scope global -tentative |
		grep -q "$HOST/64"
}

advertised()
{
	ip -n "$hosta" link set eth0 up
	slowwait 15 host_address || { cat "$TMP/radvd.log"; return 1; }
	same MTU "$(ip netns exec "$hosta" sysctl -n net.ipv6.conf.eth0.mtu)" 1280
}

through_relay()
{
	pings "$hosta" "$NATIVE" && pings "$v6net" "$HOST"
}

changed()
{
	ip -n "$routera" address add 192.0.2.171/24 dev wan
	ip netns exec "$routera" sh "$EXAMPLE/router.sh" 192.0.2.171 none \
		2> /dev/null || return
	matches addresses "$(ip -n "$routera" -6 address show scope global)" \
		'2002:c000:2ab:1::1/64' &&
		same "what is left of the old" "$(ip -n "$routera" -6 route |
			grep 2002:c000:2aa:)" "" || return
	ip -n "$routera" address del 192.0.2.171/24 dev wan
	guide "$routera" up && pings "$hosta" "$NATIVE"
}

start_radvd()
{
	ip netns exec "$routera" radvd -n -m stderr -p "$TMP/radvd.pid" \
		> "$TMP/radvd.log" 2>&1 < /dev/null &
	defer kill_quietly $!
}

# bird_neighbour NS ROUTER-ID FAMILY LOCAL NEIGHBOUR: learns what the relay announces
bird_neighbour()
{
	cat > "$TMP/$1.conf" <<-END
	router id $2;
	protocol device { }
	protocol kernel { $3 { export all; }; }
	protocol bgp {
		local $4;
		neighbor $5 as 64512;
		$3 { import all; export none; };
	}
	END
	ip netns exec "$1" bird -f -c "$TMP/$1.conf" -s "$TMP/$1.ctl" \
		-P "$TMP/$1.pid" > "$TMP/$1.log" 2>&1 < /dev/null &
	defer kill_quietly $!
}

announced()
{
	ip -n "$v4net" route show 192.88.99.0/24 | grep -q 203.0.113.5 &&
		ip -n "$v6net" -6 route show 2002::/16 | grep -q bird
}

withdrawn()
{
	[ -z "$(ip -n "$v4net" route show 192.88.99.0/24)" ] &&
		[ -z "$(ip -n "$v6net" -6 route show 2002::/16)" ]
}

bird_log()
{
	cat "$TMP"/*.log
	ip -n "$v4net" route
	ip -n "$v6net" -6 route
	ip -n "$relay" route show table 64
	return 1
}

anycast()
{
	guide "$relay" anycast > "$TMP/anycast" 2>&1 ||
		{ cat "$TMP/anycast"; return 1; }
	matches device "$(m46ctl -n "$relay" dev show relay6to4)" 'anycast on' &&
		matches health "$(cat "$TMP/anycast")" 'relay6to4: can relay'
}

# The guide's lines, but such that the test ends both.
start_announcing()
{
	[ "$(guide_block announce)" = $'sh health.sh &\nbird -c bird.conf' ] ||
		ktap_bail "the guide announces in another way"
	ip -n "$v6net" route del 2002::/16
	bird_neighbour "$v4net" 203.0.113.1 ipv4 "203.0.113.1 as 64513" \
		203.0.113.5
	bird_neighbour "$v6net" 192.0.2.6 ipv6 "2001:db8:6::1 as 64514" \
		2001:db8:6::2
	ip netns exec "$relay" sh "$EXAMPLE/health.sh" > /dev/null 2>&1 &
	defer kill_quietly $!
	ip netns exec "$relay" bird -f -c "$EXAMPLE/bird.conf" \
		-s "$TMP/relay.ctl" -P "$TMP/relay.pid" > "$TMP/relay.log" 2>&1 \
		< /dev/null &
	defer kill_quietly $!
}

announce()
{
	slowwait 60 announced || bird_log
}

by_anycast()
{
	ip -n "$routera" -6 route replace default via 2002:c058:6301:: \
		dev tun6to4
	pings "$routera" 2002:c058:6301:: -t 1 && pings "$hosta" "$NATIVE"
}

withdraw()
{
	ip -n "$relay" -6 route del default
	slowwait 60 withdrawn || bird_log || return
	ip -n "$relay" -6 route add default via 2001:db8:6::1
	slowwait 60 announced || bird_log
}

return_relay()
{
	guide "$server" server 2> /dev/null || return
	pings "$hosta" 2001:db8:81::2 &&
		above "answered directly" \
			"$(counter "$server" return6to4 encapsulated)" 0 &&
		same "taken for others" \
			"$(counter "$server" return6to4 decapsulated)" 0
}

mtu()
{
	local label

	for label in mtu pmtudisc mss select; do
		guide "$routera" "$label" || return
	done
	pings "$hosta" "$NATIVE" -s 1400
}

no41()
{
	guide "$server" no41 || return
	same rules "$(ip netns exec "$server" nft list table inet no41 |
		grep -c 'ip protocol 41 drop\|ip protocol ipv6 drop')" 1
}

# --- tunnel broker

broker()
{
	m46ctl -n "$v4net" dev add client mode 6to4 local 198.51.100.1 \
		remote 192.0.2.170
	defer m46ctl -n "$v4net" dev del client
	ip -n "$v4net" link set client up
	ip -n "$v4net" address add 2001:db8:5::1/64 dev client nodad
	ip -n "$v4net" -6 route add 2001:db8:55::/48 via 2001:db8:5::2
	ip -n "$routera" -6 route del default
	defer m46ctl -n "$routera" dev del broker
	guide "$routera" broker && pings "$routera" 2001:db8:5::1 &&
		pings "$v4net" 2001:db8:55:1::1
}

# --- sit, and what replaces it

# replaced NS NAME LABEL TARGET: both blocks work
replaced()
{
	ip -n "$1" link del "$2" 2> /dev/null
	ip -n "$1" -6 route flush type unreachable root 2000::/3
	ip -n "$1" -6 route del default 2> /dev/null
	guide "$1" "sit-$3" && pings "$1" "$4" || return
	ip -n "$1" link del "$2"
	guide "$1" "m46-$3" 2> /dev/null && pings "$1" "$4" || return
	above "packets by m46" "$(counter "$1" "$2" decapsulated)" 0
}

old_6to4()
{
	ip netns exec "$routera" nft flush ruleset
	replaced "$routera" tun6to4 6to4 2002:cb00:7105::1
}

# The border relay is that of the guide for 6rd.
old_6rd()
{
	ip netns exec "$br" sysctl -qw net.ipv6.conf.all.forwarding=1
	ip netns exec "$br" m46ctl up \
		"$M46_TREE/Documentation/examples/6rd/br6rd.conf" || return
	replaced "$ce" sixrd 6rd "$NATIVE"
}

# An m46 device of mode 6to4 takes all that comes to its address.
old_6in4()
{
	m46ctl -n "$routera" dev del tun6to4
	m46ctl -n "$v4net" dev add client mode 6to4 local 198.51.100.1 \
		remote 192.0.2.170
	ip -n "$v4net" link set client up
	ip -n "$v4net" address add 2001:db8:5::1/64 dev client nodad
	replaced "$routera" broker 6in4 2001:db8:5::1
}

need_cmd radvd nft bird ping
load_m46
modprobe sit
setup_ns hosta routera ce v4net relay br server v6net
defer rmdir --ignore-fail-on-non-empty /etc/netns
network
guide_etc "$routera" sysctl.d/ m46/ nftables.conf radvd.conf
guide_etc "$relay" sysctl.d/ m46/
guide_etc "$server" m46/
guide_systemctl
ktap_plan 19
ktap_test "the guide's packages" packages
ktap_test "a 6to4 router, by the guide (6TO4-01)" router
ktap_test "a relay, by the guide (6TO4-16)" relay
ktap_test "what the guide tells to look at" look
start_radvd
ktap_test "hosts learn prefix and MTU (6TO4-27)" advertised
ktap_test "to native IPv6 and back" through_relay
ktap_test "another IPv4 address, another prefix (6TO4-03)" changed
ktap_test "the relay at the anycast address (6TO4-19, 6TO4-05)" anycast
start_announcing
ktap_test "BIRD announces it (6TO4-21)" announce
ktap_test "a site uses it, hop limit 1 too (6TO4-22)" by_anycast
ktap_test "withdrawn while it cannot relay (6TO4-21)" withdraw
ktap_test "a server answers directly (6TO4-33)" return_relay
ktap_test "MTU, MSS, address selection" mtu
ktap_test "no protocol 41 (SEC-17)" no41
ktap_test "a tunnel broker" in_defer_scope broker
ktap_test "sit's 6to4 replaced" old_6to4
ktap_test "sit's 6rd replaced" old_6rd
ktap_test "sit's 6in4 replaced" old_6in4
ktap_test "every command of the guide was run" complete
ktap_done
