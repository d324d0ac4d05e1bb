#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Three provider edges in an IPv6-only core, translation and encapsulation:
# exactly the commands of Documentation/adpt-pe.md and the files of
# Documentation/examples/adpt-pe.
#
#  +-------+ lan +-----+ core
#  | host1 |-----| pe1 |------+
#  +-------+     +-----+      |        +-----+ core     wan +--------+
#   192.0.2.2                +---+-----| pe3 |--------------| server |
#                            | p |     +-----+ 203.0.113.0  +--------+
#  +-------+ lan +-----+     +---+-----+-------+             192.31.196.2
#  | host2 |-----| pe2 |------+ upstream | alien |
#  +-------+     +-----+ core            +-------+
#   198.51.100.2                          2001:db8:ffff::2
#
# Links of the core: 2001:db8:f:N::/64, p has ::1. alien is in the rest of IPv6.

# shellcheck disable=SC2154 # setup_ns sets host1 host2 pe1 pe2 pe3 p server alien
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/guide_lib.sh"

EXAMPLE=$M46_TREE/Documentation/examples/adpt-pe
GUIDE=$M46_TREE/Documentation/adpt-pe.md
H1=192.0.2.2
H2=198.51.100.2
SERVER=192.31.196.2

network()
{
	local ns

	for ns in "$pe1" "$pe2" "$pe3" "$p" "$alien"; do
		set_sysctls "$ns"
	done
	ip netns exec "$p" sysctl -qw net.ipv6.conf.all.forwarding=1
	ip -batch - <<-END
	link add eth0 netns $host1 type veth peer name lan netns $pe1
	link add eth0 netns $host2 type veth peer name lan netns $pe2
	link add eth0 netns $server type veth peer name wan netns $pe3
	link add eth0 netns $alien type veth peer name upstream netns $p
	link add to1 netns $p mtu 1540 type veth peer name core netns $pe1
	link add to2 netns $p mtu 1540 type veth peer name core netns $pe2
	link add to3 netns $p mtu 1540 type veth peer name core netns $pe3
	END
	host "$host1" "$H1" 192.0.2.1
	host "$host2" "$H2" 198.51.100.1
	host "$server" 203.0.113.1 203.0.113.2
	host "$alien" 2001:db8:ffff::2 2001:db8:ffff::1
	ip -n "$server" address add "$SERVER/32" dev lo
	ip -n "$alien" address add 2001:db8:3::c01f:c402/128 dev lo
	up "$pe1" lan
	up "$pe2" lan
	up "$pe3" wan
	ip -n "$p" -batch - <<-END
	link set to1 up
	link set to2 up
	link set to3 up
	link set upstream up
	address add 2001:db8:f:1::1/64 dev to1
	address add 2001:db8:f:2::1/64 dev to2
	address add 2001:db8:f:3::1/64 dev to3
	address add 2001:db8:ffff::1/64 dev upstream
	END
}

# up NS DEVICE: it and core
up()
{
	ip -n "$1" -batch - <<-END
	link set $2 up
	link set core up
	END
}

# host NS ADDRESS ROUTER
host()
{
	local len=24

	[[ $2 != *:* ]] || len=64
	ip -n "$1" -batch - <<-END
	link set eth0 up
	address add $2/$len dev eth0
	route add default via $3
	END
}

# edge N NS: by the guide
edge()
{
	guide "$2" "pe$1-addresses" && guide "$2" "pe$1-up" > /dev/null
}

edges()
{
	guide "$p" core && edge 1 "$pe1" && edge 2 "$pe2" && edge 3 "$pe3"
}

# mark NS DEV COUNTER..., since NS DEV COUNTER: how much it has risen
declare -A before
mark()
{
	local name

	for name in "${@:3}"; do
		before[$1-$name]=$(counter "$1" "$2" "$name")
	done
}

since()
{
	echo $(($(counter "$1" "$2" "$3") - ${before[$1-$3]}))
}

reachable()
{
	slowwait 10 ping_ok "$host1" "$SERVER" &&
		slowwait 10 ping_ok "$host1" "$H2" &&
		slowwait 10 ping_ok "$host2" "$SERVER"
}

translated()
{
	mark "$pe1" pe1 translated_46 encapsulated
	mark "$pe3" pe3 translated_64
	ping_ok "$host1" "$SERVER" || return
	same "translated by PE1" "$(since "$pe1" pe1 translated_46)" 1 &&
		same "translated by PE3" "$(since "$pe3" pe3 translated_64)" 1 &&
		same "encapsulated" "$(since "$pe1" pe1 encapsulated)" 0
}

encapsulated()
{
	mark "$pe1" pe1 translated_46 encapsulated decapsulated
	ping_ok "$host1" "$H2" || return
	same "encapsulated" "$(since "$pe1" pe1 encapsulated)" 1 &&
		same "decapsulated" "$(since "$pe1" pe1 decapsulated)" 1 &&
		same "translated" "$(since "$pe1" pe1 translated_46)" 0
}

look()
{
	guide "$pe1" look > "$TMP/look" 2>&1 || { cat "$TMP/look"; return 1; }
	matches "rule of the server" "$(cat "$TMP/look")" \
		'^0\.0\.0\.0/0 +2001:db8:3::/96' &&
		same "findings of PE1" "$(m46ctl -n "$pe1" check)" "" &&
		same "findings of PE2" "$(m46ctl -n "$pe2" check)" "" &&
		same "findings of PE3" "$(m46ctl -n "$pe3" check)" ""
}

host_looks()
{
	guide "$host1" host > "$TMP/host" || { cat "$TMP/host"; return 1; }
	matches "the core in a traceroute" "$(cat "$TMP/host")" \
		' (192\.0\.2|203\.0\.113)\.253 ' &&
		matches "the server in a traceroute" "$(cat "$TMP/host")" \
			"^ *[0-9]+ +$SERVER "
}

tcp()
{
	mkdir "$TMP/www"
	head -c 300000 /dev/urandom > "$TMP/www/file"
	ip netns exec "$server" busybox httpd -h "$TMP/www"
	ip netns exec "$host1" curl -sS -m 20 -o "$TMP/got" \
		"http://$SERVER/file" && cmp "$TMP/got" "$TMP/www/file"
}

# A packet as PE3's would be, but from outside
forge()
{
	ping_ok "$alien" 2001:db8:1::c000:202 -I 2001:db8:3::c01f:c402
}

border()
{
	# Its neighbour would answer the forged address.
	slowwait 10 ping_ok "$alien" 2001:db8:ffff::1 || return
	mark "$pe1" pe1 translated_64
	forge
	same "forged packets without border.nft" "$(since "$pe1" pe1 translated_64)" 1 &&
		guide "$p" border || return
	mark "$pe1" pe1 translated_64
	forge
	same "forged packets with it" "$(since "$pe1" pe1 translated_64)" 0 &&
		above "packets that border.nft dropped" \
			"$(ip netns exec "$p" nft list table inet border |
				awk '/ counter packets / { for (i = 1; i < NF; i++)
					if ($i == "packets") n += $(i + 1) }
					END { print n + 0 }')" 0 &&
		ping_ok "$host1" "$SERVER"
}

fourth()
{
	guide "$pe1" fourth > "$TMP/fourth" 2>&1 || { cat "$TMP/fourth"; return 1; }
	matches "what would be done" "$(cat "$TMP/fourth")" \
		'^m46ctl rule add 203\.0\.113\.128/25 ' &&
		matches "what is done" "$(tail -n 1 "$TMP/fourth")" \
			'^203\.0\.113\.128/25 via 2001:db8:4::/96 '
}

# --- what goes wrong: rows of the table

# fails DESTINATION: host1 gets no answer
fails()
{
	! ping_ok "$host1" "$1" || { echo "$1 answers"; return 1; }
}

# counted NS DEV COUNTER: it rises by the ping of host1 to host2
counted()
{
	mark "$@"
	fails "$H2" && above "$3" "$(since "$@")" 0
}

wrong_no_rule()
{
	m46ctl -n "$pe1" rule del 198.51.100.0/24 dev pe1
	m46ctl -n "$pe1" rule del default dev pe1
	defer guide_again "$pe1" pe1
	counted "$pe1" pe1 no_rule
}

wrong_prefix()
{
	m46ctl -n "$pe2" rule replace 192.0.2.0/24 via 2001:db8:9::/96 dev pe2
	defer guide_again "$pe2" pe2
	counted "$pe2" pe2 adpt_src
}

wrong_local()
{
	m46ctl -n "$pe1" rule del 192.0.2.0/24 dev pe1 local
	m46ctl -n "$pe1" rule add 192.0.2.128/25 via 2001:db8:1::/96 dev pe1 local
	defer guide_again "$pe1" pe1
	counted "$pe1" pe1 dst_not_local
}

wrong_own_route()
{
	ip -n "$pe1" -6 route del 2001:db8:1::/96 dev pe1
	defer guide_again "$pe1" pe1
	fails "$H2" &&
		matches check "$(m46ctl -n "$pe1" check)" own-prefix-not-routed
}

wrong_forwarding()
{
	ip netns exec "$pe1" sysctl -qw net.ipv4.ip_forward=0
	defer ip netns exec "$pe1" sysctl -qw net.ipv4.ip_forward=1
	fails "$H2" && matches check "$(m46ctl -n "$pe1" check)" forwarding-off
}

# guide_again NS NAME: sync puts right what a test has done
guide_again()
{
	ip netns exec "$1" m46ctl sync "$2"
}

need_cmd ping traceroute nft curl busybox
load_m46
setup_ns host1 host2 pe1 pe2 pe3 p server alien
defer rmdir --ignore-fail-on-non-empty /etc/netns
for ns in "$pe1" "$pe2" "$pe3"; do
	guide_etc "$ns" sysctl.d/ m46/
done
guide_systemctl
network
ktap_plan 16
ktap_test "three edges and a core, by the guide" edges
ktap_test "hosts reach one another and the Internet" reachable
ktap_test "to the Internet by translation" translated
ktap_test "between customers by encapsulation" encapsulated
ktap_test "what the guide tells to look at" look
ktap_test "1500 bytes, traceroute" host_looks
ktap_test "a file over TCP" tcp
ktap_test "mapping prefixes do not pass the border" border
ktap_test "a fourth edge, without a gap for the others" fourth
ktap_test "wrong: no rule" in_defer_scope wrong_no_rule
ktap_test "wrong: another mapping prefix" in_defer_scope wrong_prefix
ktap_test "wrong: local rule" in_defer_scope wrong_local
ktap_test "wrong: own prefix not routed" in_defer_scope wrong_own_route
ktap_test "wrong: forwarding off" in_defer_scope wrong_forwarding
ktap_test "all of it mended by sync" reachable
ktap_test "every command of the guide was run" complete
ktap_done
