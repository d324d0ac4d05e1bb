#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Routing daemons make a device's routes known: BIRD 2, with exactly the files of
# Documentation/examples/routing, tells routers on both sides where the
# translation prefix and the pool are, and takes it back when the device is down.
#
#  +----+         +----+         +-------+         +----+         +----+
#  | h6 |---------| r6 |---------|   t   |---------| r4 |---------| h4 |
#  +----+ ::2 ::1 +----+ ::1 ::2 +-------+ .1   .2 +----+ .1   .2 +----+
#    2001:db8:6::/64   2001:db8:f6::/64   203.0.113.0/30  198.51.100.0/24
#
#  nat64 on t: M46 prefix 2001:db8:64::/96, pool 192.0.2.0/24

# shellcheck disable=SC2154 # setup_ns sets h6 r6 t r4 h4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

EXAMPLE=$M46_TREE/Documentation/examples/routing
H4_AS_IPV6=2001:db8:64::c633:6402

cables()
{
	ip -batch - <<-END
	link add eth0 netns $h6 type veth peer name lan netns $r6
	link add core netns $r6 type veth peer name core6 netns $t
	link add core4 netns $t type veth peer name core netns $r4
	link add lan netns $r4 type veth peer name eth0 netns $h4
	END
}

ipv6_side()
{
	set_sysctls "$h6"
	set_sysctls "$r6" net.ipv6.conf.all.forwarding=1
	ip -n "$h6" -batch - <<-END
	link set eth0 up
	address add 2001:db8:6::2/64 dev eth0
	route add default via 2001:db8:6::1
	END
	ip -n "$r6" -batch - <<-END
	link set lan up
	link set core up
	address add 2001:db8:6::1/64 dev lan
	address add 2001:db8:f6::1/64 dev core
	END
}

ipv4_side()
{
	ip netns exec "$r4" sysctl -qw net.ipv4.ip_forward=1
	ip -n "$h4" -batch - <<-END
	link set eth0 up
	address add 198.51.100.2/24 dev eth0
	route add default via 198.51.100.1
	END
	ip -n "$r4" -batch - <<-END
	link set lan up
	link set core up
	address add 198.51.100.1/24 dev lan
	address add 203.0.113.2/30 dev core
	END
}

translator()
{
	set_sysctls "$t" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$t" -batch - <<-END
	link set core4 up
	link set core6 up
	address add 203.0.113.1/30 dev core4
	address add 2001:db8:f6::2/64 dev core6
	END
	m46ctl -n "$t" -b - <<-END
	dev add nat64 mode m46t prefix 2001:db8:64::/96
	pool add 192.0.2.0/24 dev nat64
	END
}

device()
{
	ip -n "$t" link set nat64 "$1"
}

device_routes()
{
	ip -n "$t" -batch - <<-END
	route add 2001:db8:64::/96 via fe80::46 dev nat64 onlink
	route add 192.0.2.0/24 dev nat64
	END
}

# --- BIRD

# bird_start NS [FILE]: with the configuration in FILE, or on stdin
bird_start()
{
	local conf=${2:-$TMP/$1.conf}

	[ -n "${2:-}" ] || cat > "$conf"
	ip netns exec "$1" bird -f -c "$conf" -s "$TMP/$1.ctl" \
		-P "$TMP/$1.pid" > "$TMP/$1.log" 2>&1 < /dev/null &
	defer kill_quietly $!
}

neighbour_ospf()
{
	bird_start "$1" <<-END
	router id $2;
	protocol device { }
	protocol kernel { $3 { export all; }; }
	protocol ospf $4 {
		$3 { import all; };
		area 0 {
			interface "core" { type ptp; hello 2; };
			interface "lan" { stub; };
		};
	}
	END
}

# neighbour_bgp NS ROUTER-ID FAMILY LOCAL NEIGHBOUR NETWORK
neighbour_bgp()
{
	bird_start "$1" <<-END
	router id $2;
	protocol device { }
	protocol direct { $3; interface "lan"; }
	protocol kernel { $3 { export where source = RTS_BGP; }; }
	protocol bgp {
		local $4;
		neighbor $5 as 64512;
		$3 { import all; export where source = RTS_DEVICE; };
	}
	END
}

# --- what the neighbours know

# learned NS PREFIX GATEWAY: a route that BIRD made
learned()
{
	local family=-4

	[[ $2 != *:* ]] || family=-6
	ip -n "$1" "$family" route show "$2" |
		grep -E "via $3 dev core proto bird"
}

# both_learned PREFIX6
both_learned()
{
	slowwait 30 learned "$r6" "$1" '[0-9a-f:]+' > /dev/null &&
		slowwait 30 learned "$r4" 192.0.2.0/24 203.0.113.1 > /dev/null &&
		return
	echo "r6: $(ip -n "$r6" -6 route)"
	echo "r4: $(ip -n "$r4" route)"
	cat "$TMP/$t.log"
	return 1
}

forgotten()
{
	! learned "$@" > /dev/null
}

both_forgotten()
{
	slowwait 30 forgotten "$r6" "$1" '[0-9a-f:]+' &&
		slowwait 30 forgotten "$r4" 192.0.2.0/24 203.0.113.1 &&
		return
	echo "r6: $(ip -n "$r6" -6 route)"
	echo "r4: $(ip -n "$r4" route)"
	return 1
}

# t learns the way to 198.51.100.0/24 too, r4 the way back to the pool.
reaches()
{
	slowwait 20 ping_ok "$h6" "$H4_AS_IPV6" ||
		{ ip -n "$t" route; return 1; }
	matches "page" "$(ip netns exec "$h6" curl -sS -m 20 \
		"http://[$H4_AS_IPV6]/")" 'behind r4'
}

# r6 knows no way any more, and says so.
refused_by_r6()
{
	matches "ping" "$(ip netns exec "$h6" ping -n -c 1 -W 5 "$H4_AS_IPV6")" \
		'From 2001:db8:6::1 .*No route'
}

# --- the tests

ospf_learned()
{
	device up
	device_routes
	both_learned 2001:db8:64::/96
}

ospf_withdrawn()
{
	device down
	both_forgotten 2001:db8:64::/96 && refused_by_r6
}

ospf_back()
{
	device up
	device_routes
	both_learned 2001:db8:64::/96 && reaches
}

ospf()
{
	neighbour_ospf "$r6" 192.0.2.6 ipv6 v3
	neighbour_ospf "$r4" 192.0.2.4 ipv4 v2
	bird_start "$t" "$EXAMPLE/bird-ospf.conf"
	ktap_test "OSPF: both sides learn the device's routes (M46T-07)" \
		ospf_learned
	ktap_test "OSPF: traffic passes" reaches
	ktap_test "OSPF: withdrawn when the device is down" ospf_withdrawn
	ktap_test "OSPF: back when it is up and has routes" ospf_back
}

bgp_learned()
{
	device up
	both_learned 2001:db8:64::c633:6400/120
}

bgp_withdrawn()
{
	device down
	both_forgotten 2001:db8:64::c633:6400/120 && refused_by_r6
}

bgp_back()
{
	device up
	both_learned 2001:db8:64::c633:6400/120 && reaches
}

bgp()
{
	device down
	neighbour_bgp "$r6" 192.0.2.6 ipv6 "2001:db8:f6::1 as 64514" \
		2001:db8:f6::2
	neighbour_bgp "$r4" 192.0.2.4 ipv4 "203.0.113.2 as 64513" 203.0.113.1
	bird_start "$t" "$EXAMPLE/bird-bgp.conf"
	ktap_test "BGP: both sides learn BIRD's routes into the device (M46T-07)" \
		bgp_learned
	ktap_test "BGP: traffic passes" reaches
	ktap_test "BGP: withdrawn when the device is down" bgp_withdrawn
	ktap_test "BGP: back by itself when it is up" bgp_back
}

need_cmd bird curl busybox
load_m46
setup_ns h6 r6 t r4 h4
cables
ipv6_side
ipv4_side
translator || ktap_bail "no device"
mkdir "$TMP/www"
echo "This is behind r4." > "$TMP/www/index.html"
ip netns exec "$h4" busybox httpd -h "$TMP/www"
ktap_plan 8
in_defer_scope ospf
in_defer_scope bgp
ktap_done
