#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Where a tunnel's ends are: outer routes that change, namespaces, VRFs, links,
# IPsec policy, devices that go away under a cached route.
#
#    +------+ 203.0.113.1     .2 +------+ 203.0.113.1     .2 +-------+
#    | left |eth0----------------|  hub |                    | other |
#    |      |eth1----------------|      |                    | (empty)
#    +------+ 198.51.100.1    .2 +------+                    +-------+
#
#  tun on left and hub: configured, 203.0.113.1 to 203.0.113.2
#  2001:db8:1::1 on left, 2001:db8:1::2 on hub

# shellcheck disable=SC2154 # setup_ns sets left hub other
. "$(dirname "$0")/lib.sh"

A=203.0.113.1
B=203.0.113.2

cables()
{
	ip -batch - <<-END
	link add eth0 netns $left type veth peer name eth0 netns $hub
	link add eth1 netns $left type veth peer name eth1 netns $hub
	END
	ip -n "$left" -batch - <<-END
	link set eth0 up
	link set eth1 up
	address add $A/24 dev eth0
	address add 198.51.100.1/24 dev eth1
	END
	ip -n "$hub" -batch - <<-END
	link set eth0 up
	link set eth1 up
	address add $B/24 dev eth0
	address add 198.51.100.2/24 dev eth1
	END
}

# tunnel NS NAME LOCAL REMOTE WORD...: and its IPv6 address.
tunnel()
{
	local ns=$1 name=$2 from=$3 to=$4
	shift 4

	m46ctl -n "$ns" dev add "$name" mode 6to4 local "$from" remote "$to" \
		"$@" || return
	ip -n "$ns" link set "$name" up
}

address()
{
	ip -n "$1" address add "$2/64" dev "$3" nodad
}

pings()
{
	ip netns exec "$left" ping -6 -c "${1:-1}" -i 0.2 -W 2 -n 2001:db8:1::2
}

fails_to_ping()
{
	! pings
}

# counter NS DEVICE NAME
counter()
{
	m46ctl -n "$1" -s stats show dev "$2" |
		awk -v name="$3" '$2 == name { print $3; n++ }
			END { if (n != 1) print "no counter", name }'
}

# counts NS DEVICE NAME COMMAND...: the command raises it.
counts()
{
	local ns=$1 dev=$2 name=$3 before after
	shift 3

	before=$(counter "$ns" "$dev" "$name")
	"$@" || return
	after=$(counter "$ns" "$dev" "$name")
	echo "$name: $before, $after"
	[ "$after" -gt "$before" ]
}

# Of two addresses one is left, which keeps the carrier.
source_gone()
{
	ip -n "$left" address add 203.0.113.7/24 dev eth0 || return
	m46ctl -n "$left" dev add two mode 6to4 local "$A,203.0.113.7" ||
		return
	ip -n "$left" link set two up
	ip -n "$left" address add 2002:cb00:7107::1/16 dev two nodad
	counts "$left" two encapsulated ping_from_second || return
	ip -n "$left" address del 203.0.113.7/24 dev eth0 || return
	counts "$left" two no_local ping_from_second || return
	ip -n "$left" link del two
}

ping_from_second()
{
	! ip netns exec "$left" ping -6 -c 1 -W 1 -n -I 2002:cb00:7107::1 \
		2002:cb00:7102::1
}

# The core itself drops what goes into a device without carrier.
all_gone()
{
	ip -n "$left" address del "$A/24" dev eth0 || return
	ip -n "$left" -o link show tun | grep LOWER_UP && return 1
	fails_to_ping || return
	ip -n "$left" address add "$A/24" dev eth0 || return
	slowwait 5 pings
}

no_route()
{
	ip -n "$left" route add unreachable "$B" || return
	counts "$left" tun no_outer_route fails_to_ping || return
	ip -n "$left" route del unreachable "$B" || return
	slowwait 5 pings
}

# A policy that wants protection, which nobody gives.
ipsec()
{
	ip -n "$hub" xfrm policy add dir in proto 41 tmpl proto esp \
		mode transport || return 4
	counts "$hub" tun tun_ipsec fails_to_ping || return
	ip -n "$hub" xfrm policy flush || return
	pings
}

# Where there is the same address and another way, packets take that.
moved()
{
	local before after

	ip -n "$left" link add eth9 type veth peer name eth0 netns "$other"
	ip -n "$left" link set eth9 up
	ip -n "$other" address add "$A/24" dev eth0
	ip -n "$other" link set eth0 up
	ip -n "$other" neighbour add "$B" lladdr 02:00:00:00:00:01 dev eth0

	# Each has a cache of routes.
	on_all_cpus "$left"
	ip -n "$left" link set tun netns "$other" || return
	ip -n "$other" link set tun up
	address "$other" 2001:db8:1::1 tun
	before=$(counter "$hub" tun decapsulated)
	counts "$other" tun encapsulated on_all_cpus "$other" || return
	after=$(counter "$hub" tun decapsulated)
	echo "received from the old namespace: $before, $after"
	[ "$after" -eq "$before" ] || return

	ip -n "$other" link set tun netns "$left" || return
	ip -n "$left" link set tun up
	address "$left" 2001:db8:1::1 tun
	slowwait 5 pings
}

on_all_cpus()
{
	local cpu

	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		ip netns exec "$1" taskset -c "$cpu" \
			ping -6 -c 1 -W 1 -n 2001:db8:1::2
	done
	return 0
}

# Both devices have the address in common; the one with the link is first.
linked()
{
	local first

	ip -n "$hub" link del tun || return
	for first in any lnk; do
		[ "$first" = lnk ] || tunnel "$hub" any "$B" "$A" || return
		tunnel "$hub" lnk "$B" "$A" link eth0 || return
		[ "$first" = any ] || tunnel "$hub" any "$B" "$A" || return
		address "$hub" 2001:db8:1::2 lnk
		counts "$hub" lnk decapsulated pings || return
		ip -n "$hub" link del any
		ip -n "$hub" link del lnk
	done
	tunnel "$hub" tun "$B" "$A" || return
	address "$hub" 2001:db8:1::2 tun
	pings
}

# Path MTU discovery asks the VRF's table.
vrf()
{
	ip -n "$left" link add red up type vrf table 100 || return 4
	ip -n "$left" link set eth0 master red
	ip -n "$left" address add "$A/24" dev eth0 2> /dev/null
	ip -n "$left" link del tun
	m46ctl -n "$left" dev add tun mode 6to4 local "$A" remote 198.51.100.2 \
		pmtudisc on || return
	ip -n "$left" link set tun master red up
	address "$left" 2001:db8:1::1 tun
	ip -n "$left" route add 198.51.100.0/24 via "$B" vrf red
	ip -n "$hub" link set eth1 down
	ip -n "$hub" link add far mtu 1400 type veth peer name far2
	ip -n "$hub" address add 192.0.2.1/24 dev far
	ip -n "$hub" link set far up
	ip -n "$hub" link set far2 up
	ip -n "$hub" route add 198.51.100.2 dev far 2> /dev/null ||
		return
	ip -n "$hub" address del 198.51.100.2/24 dev eth1
	ip netns exec "$hub" sysctl -qw net.ipv4.ip_forward=1
	counts "$left" tun tun_pmtu ip netns exec "$left" bash -c \
		'! ping -6 -I tun -c 2 -s 1420 -W 1 -M dont -n 2001:db8:1::2' ||
		return
	[ "$(counter "$left" tun too_big)" -gt 0 ]
}

# Neither device nor namespace waits for the routes that a tunnel has kept.
gone_under()
{
	ip -n "$left" link del eth0 || return
	ip -n "$left" link del eth1 || return
	timeout 60 ip netns del "$left" || return
	timeout 60 ip netns del "$hub" || return
	sleep 2
	! dmesg | grep "waiting for .* to become free"
}

need_root
need_cmd ping
load_m46
ktap_plan 9
setup_ns left hub other
cables
tunnel "$left" tun "$A" "$B" || ktap_bail "no tunnel"
tunnel "$hub" tun "$B" "$A" || ktap_bail "no tunnel"
address "$left" 2001:db8:1::1 tun
address "$hub" 2001:db8:1::2 tun
ktap_test "the tunnel works (TUN-01)" pings 2
ktap_test "outer source that is gone: no_local (6TO4-02)" source_gone
ktap_test "without local addresses there is no carrier (6TO4-02)" all_gone
ktap_test "no outer route: no_outer_route (6TO4-02)" no_route
ktap_test "IPsec policy keeps packets out" ipsec
ktap_test "a tunnel moves to another namespace, and back" moved
ktap_test "a device with the link before one for any (SEC-17)" linked
ktap_test "path MTU discovery in a VRF (TUN-09, TUN-10)" vrf
ktap_test "devices and namespaces go in spite of cached routes" gone_under
ktap_done
