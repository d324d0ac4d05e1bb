# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of mode 6to4 share; sourced after lib.sh. The topology:
#
#     h1            r1              core              r2            h2
#  +------+     +--------+     +------------+     +--------+     +------+
#  | eth0 |-----| lan wan|-----| r1      r2 |-----|wan lan |-----| eth0 |
#  +------+     +--------+     |   br  ret  |     +--------+     +------+
#                              +------------+
#              .3 203.0.113.0/25 |        | 203.0.113.128/25 .132
#                         +------+        +------+
#                         |  br  |        |  ret |
#                         +------+        +------+
#                ::1 2001:db8:9::/64 \    / 2001:db8:a::/64 ::1
#                                   +------+
#                                   |  n6  | ::2
#                                   +------+
#
#  core routes IPv4 only and is .254 everywhere. r1 has 192.0.2.1, .11 and .12,
#  and .10 which stays; r2 198.51.100.2; br 192.88.99.1, too. For 6rd they have
#  10.1.0.1, 10.2.0.2 and 10.3.0.3. The LANs have the prefixes which that gives
#  them: 2002:c000:201:1::/64 and 2001:db8:4601:1::/64 (r1), 2002:c633:6402:1::
#  and 2001:db8:4602:2:: (r2); hosts are ::2. n6 is native.

# shellcheck disable=SC2034 # for those who source this
# shellcheck disable=SC2154 # setup_ns sets h1 r1 core r2 h2 br ret n6
. "$SELFTESTS/adpt_lib.sh"

V1=192.0.2.1 V2=198.51.100.2
SITE1=2002:c000:201 SITE2=2002:c633:6402
H1=$SITE1:1::2 H2=$SITE2:1::2
DOMAIN=2001:db8:4600::/40
CE1=2001:db8:4601:1 CE2=2001:db8:4602:2
N6=2001:db8:9::2
RELAY=2002:c058:6301::

# --- the network

setup_sixto4()
{
	local ns

	modprobe -q sit || ktap_skip_all "needs sit"
	setup_ns h1 r1 core r2 h2 br ret n6
	ip -batch - <<-END
	link add eth0 netns $h1 type veth peer name lan netns $r1
	link add wan netns $r1 type veth peer name r1 netns $core
	link add r2 netns $core type veth peer name wan netns $r2
	link add lan netns $r2 type veth peer name eth0 netns $h2
	link add name br netns $core type veth peer name wan netns $br
	link add ret netns $core type veth peer name wan netns $ret
	link add lan netns $br type veth peer name br netns $n6
	link add lan netns $ret type veth peer name ret netns $n6
	END
	for ns in "$h1" "$r1" "$core" "$r2" "$h2" "$br" "$ret" "$n6"; do
		set_sysctls "$ns" net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	setup_core
	setup_site "$h1" "$r1" 192.0.2.10/24 10.1.0.1/16 "$SITE1:1" "$CE1"
	setup_site "$h2" "$r2" "$V2/24" 10.2.0.2/16 "$SITE2:1" "$CE2"
	ip -n "$r1" -batch - <<-END
	address add $V1/32 dev wan
	address add 192.0.2.11/32 dev wan
	address add 192.0.2.12/32 dev wan
	END
	setup_native
	flow_start
}

setup_core()
{
	ip -n "$core" -batch - <<-END
	link set r1 up
	link set r2 up
	link set dev br up
	link set ret up
	address add 192.0.2.254/24 dev r1
	address add 10.1.0.254/16 dev r1
	address add 198.51.100.254/24 dev r2
	address add 10.2.0.254/16 dev r2
	address add 203.0.113.126/25 dev br
	address add 10.3.0.254/16 dev br
	address add 203.0.113.254/25 dev ret
	route add 192.88.99.0/24 via 203.0.113.3
	END
	# Who has sent protocol 41 to whom, and how.
	ip netns exec "$core" nft -f - <<-END
	table ip seen {
		set flows {
			type ipv4_addr . ipv4_addr
			size 1000
			flags dynamic
		}
		counter total { }
		counter df { }
		counter fragments { }
		counter large { }
		chain pre {
			type filter hook prerouting priority -500
			meta l4proto != 41 accept
			add @flows { ip saddr . ip daddr }
			counter name total
			ip frag-off & 0x4000 != 0 counter name df
			ip frag-off & 0x3fff != 0 counter name fragments
			ip length > 1300 counter name large
		}
	}
	END
}

# setup_site HOST ROUTER V4/LEN PRIVATE/LEN PREFIX64 PREFIX64
setup_site()
{
	ip -n "$1" -batch - <<-END
	link set eth0 up
	address add $5::2/64 dev eth0 nodad
	address add $6::2/64 dev eth0 nodad
	route add default via $5::1
	END
	ip netns exec "$1" nft -f - <<-END
	table ip6 got {
		counter ce { }
		counter mss { }
		chain input {
			type filter hook input priority 0
			ip6 ecn ce counter name ce
			tcp flags & syn == syn tcp option maxseg size <= 1220 \
				counter name mss
		}
	}
	END
	ip -n "$2" -batch - <<-END
	link set lan up
	link set wan up
	address add $3 dev wan
	address add $4 dev wan
	address add $5::1/64 dev lan nodad
	address add $6::1/64 dev lan nodad
	route add default via ${3%.*}.254
	END
}

setup_native()
{
	ip -n "$br" -batch - <<-END
	link set wan up
	link set lan up
	address add 203.0.113.3/25 dev wan
	address add 10.3.0.3/16 dev wan
	address add 192.88.99.1/32 dev lo
	address add 2001:db8:9::1/64 dev lan nodad
	route add default via 203.0.113.126
	route add default via $N6
	END
	ip -n "$ret" -batch - <<-END
	link set wan up
	link set lan up
	address add 203.0.113.132/25 dev wan
	address add 2001:db8:a::1/64 dev lan nodad
	route add default via 203.0.113.254
	route add default via 2001:db8:a::2
	END
	ip -n "$n6" -batch - <<-END
	link set dev br up
	link set ret up
	address add $N6/64 dev br nodad
	address add 2001:db8:a::2/64 dev ret nodad
	route add default via 2001:db8:9::1
	END
}

in_h1() { ip netns exec "$h1" "$@"; }
in_h2() { ip netns exec "$h2" "$@"; }
in_r1() { ip netns exec "$r1" "$@"; }
in_r2() { ip netns exec "$r2" "$@"; }
in_core() { ip netns exec "$core" "$@"; }

# --- devices; all go with the scope

# m46_dev NS DEV WORD...: a device of mode 6to4, up
m46_dev()
{
	local ns=$1 dev=$2 out
	shift 2

	# Addresses for documentation and the anycast relay are warned of.
	out=$(m46ctl -n "$ns" dev add "$dev" mode 6to4 "$@" 2>&1) || {
		echo "$out"
		return 1
	}
	defer del_dev "$ns" "$dev"
	ip -n "$ns" link set "$dev" up
}

# sit_dev NS DEV ARGUMENT...: of ip tunnel
sit_dev()
{
	local ns=$1 dev=$2
	shift 2

	ip -n "$ns" tunnel add "$dev" mode sit ttl 64 "$@" || return
	defer del_dev "$ns" "$dev"
	ip -n "$ns" link set "$dev" up
}

del_dev()
{
	ip -n "$1" link delete "$2" 2> /dev/null
}

route()
{
	ip -n "$1" -6 route replace "${@:2}"
}

# m46_6to4 NS V4 [WORD...], m46_6rd NS V4 [WORD...]: device m6
m46_6to4()
{
	m46_dev "$1" m6 local "${@:2}" && route "$1" 2002::/16 dev m6
}

m46_6rd()
{
	m46_dev "$1" m6 prefix "$DOMAIN" v4-prefix 10.0.0.0/8 local "${@:2}" &&
		route "$1" "$DOMAIN" dev m6
}

# sit_6to4 NS V4, sit_6rd NS V4: device s6
sit_6to4()
{
	sit_dev "$1" s6 remote any local "$2" && route "$1" 2002::/16 dev s6
}

sit_6rd()
{
	sit_dev "$1" s6 remote any local "$2" &&
		ip -n "$1" tunnel 6rd dev s6 6rd-prefix "$DOMAIN" \
			6rd-relay_prefix 10.0.0.0/8 &&
		route "$1" "$DOMAIN" dev s6
}

# --- what is seen

# count NAME [NS] [DEV]
count()
{
	counter "${2:-$r1}" "${3:-m6}" "$1"
}

# seen COUNTER: core's
seen()
{
	nft_packets "$core" "ip seen" "$1"
}

# forget: from now on
forget()
{
	in_core nft -f - > /dev/null <<-END
	flush set ip seen flows
	reset counters table ip seen
	END
}

# flows: "SOURCE>DESTINATION" of all protocol 41 that core has seen
flows()
{
	in_core nft list set ip seen flows | grep -oE '[0-9.]+ \. [0-9.]+' |
		sed 's/ \. />/' | LC_ALL=C sort | xargs
}

# got NS COUNTER: a host's
got()
{
	nft_packets "$1" "ip6 got" "$2"
}

# is COMMAND... VALUE, to be waited for: its output is that
is()
{
	same "${*:1:$#-1}" "$("${@:1:$#-1}")" "${!#}"
}

# counts NAME VALUE [NS] [DEV]: wait for it
counts()
{
	slowwait 5 is count "$1" "${@:3}" "$2"
}

# hops NS ADDR [ARGUMENT...]: the routers in a traceroute's output
hops()
{
	local ns=$1

	ip netns exec "$ns" traceroute -6 -n -w 5 -q 1 -I "${@:2}" 2>&1 |
		awk '/^ *[0-9]+ / { printf "%s ", $2 }'
}

# tcp FROM TO ADDR [SOURCE]
tcp()
{
	same "tcp to $3" "$(flow tcp "$1" "$2" "$3" 300000 ${4:+from "$4"})" \
		"received 300000 intact yes"
}

# forget_mtu: what h1, h2, r1 and r2 have learnt of paths; that goes with a route
forget_mtu()
{
	route "$h1" default via "$SITE1:1::1"
	route "$h2" default via "$SITE2:1::1"
	ip -n "$r1" route flush cache
	ip -n "$r2" route flush cache
}
