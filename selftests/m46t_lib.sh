# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of mode m46t share; sourced after lib.sh. The topology:
#
#    a
#  +------+ a::/64
#  | eth0 |------+ +------+        +------+         +------+         +------+
#  +------+      | | core |        |  t   |         |  p4  |         |  n4  |
#    b           +-| a b  |        |      |         |      |         |      |
#  +------+ b::/64 | east |--------| core |         |      |         |      |
#  | eth0 |--------|      | ::1 ::2|  lan |---------| lan  |---------| eth0 |
#  +------+        +------+        |  mt  | .1   .2 | far  | .1   .2 +------+
#                       2001:db8:c::/64   192.0.2.0/24  203.0.113.0/24
#
#  a: 2001:db8:a::2 to ::5, b: 2001:db8:b::2; any other address of a::/64 and
#  of 2001:db8:f::/48 is a's too.  Device mt in t: IPv4 hosts are in
#  2001:db8:46::/96, IPv6 hosts get addresses of 198.51.100.0/24.  core has no
#  IPv4 address: in a traceroute it is 203.0.113.200 (pool6791).

# shellcheck disable=SC2154 # setup_ns sets a b core t p4 n4
. "$SELFTESTS/adpt_lib.sh"

# shellcheck disable=SC2034 # for those who source this
B=2001:db8:b::2
A=2001:db8:a::2
N4=203.0.113.2
M=2001:db8:46::
POOL=198.51.100.0/24
FOREVER="alloc-rate 0 expires 1h reuse-after 1h"

# m V4: an IPv4 host as IPv6 hosts see it, as ip prints it
m()
{
	local w x y z

	IFS=. read -r w x y z <<< "$1"
	printf '%s%x:%x\n' "$M" $((w << 8 | x)) $((y << 8 | z))
}

MN4=$(m "$N4")

# --- the network

setup_m46t()
{
	setup_ns a b core t p4 n4
	ip -batch - <<-END
	link add eth0 netns $a type veth peer name a netns $core
	link add eth0 netns $b type veth peer name b netns $core
	link add east netns $core type veth peer name core netns $t
	link add lan netns $t type veth peer name lan netns $p4
	link add far netns $p4 type veth peer name eth0 netns $n4
	END
	for ns in "$a" "$b" "$core" "$t" "$p4" "$n4"; do
		set_sysctls "$ns" net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	setup_ipv6
	setup_ipv4
	ip netns exec "$a" sysctl -qw net.ipv6.ip_nonlocal_bind=1
	flow_start
	mt "$FOREVER"
	slowwait 10 ping_ok "$a" "$MN4" || ktap_bail "a does not reach n4"
	slowwait 10 ping_ok "$b" "$MN4" || ktap_bail "b does not reach n4"
	mt_del
}

setup_ipv6()
{
	local ns

	for ns in a b; do
		ip -n "${!ns}" -batch - <<-END
		link set eth0 up
		address add 2001:db8:$ns::2/64 dev eth0 nodad
		route add default via 2001:db8:$ns::1
		END
		ip -n "$core" -batch - <<-END
		link set dev $ns up
		address add 2001:db8:$ns::1/64 dev $ns nodad
		END
	done
	ip -n "$a" -batch - <<-END
	address add 2001:db8:a::3/64 dev eth0 nodad preferred_lft 0
	address add 2001:db8:a::4/64 dev eth0 nodad preferred_lft 0
	address add 2001:db8:a::5/64 dev eth0 nodad preferred_lft 0
	route add local 2001:db8:f::/48 dev lo
	END
	ip -n "$core" -batch - <<-END
	link set east up
	address add 2001:db8:c::1/64 dev east nodad
	route add default via 2001:db8:c::2
	route add 2001:db8:f::/48 via $A
	END
	ip -n "$t" -batch - <<-END
	link set core up
	address add 2001:db8:c::2/64 dev core nodad
	route add default via 2001:db8:c::1
	END
}

setup_ipv4()
{
	ip -n "$t" -batch - <<-END
	link set lan up
	address add 192.0.2.1/24 dev lan
	route add 203.0.113.0/24 via 192.0.2.2
	END
	ip -n "$p4" -batch - <<-END
	link set lan up
	link set far up
	address add 192.0.2.2/24 dev lan
	address add 203.0.113.1/24 dev far
	route add default via 192.0.2.1
	END
	ip -n "$n4" -batch - <<-END
	link set eth0 up
	address add $N4/24 dev eth0
	route add default via 203.0.113.1
	END
}

# mt WORDS [POOL...]: a new device mt, which goes with the scope; a pool may have
# words too, "-": none, not even $POOL
mt()
{
	local words=$1 pool
	shift

	[ $# -gt 0 ] || set -- "$POOL"
	{
		echo "dev add mt mode m46t prefix $M/96" \
			"pool6791 203.0.113.200/32 $words"
		for pool in "$@"; do
			[ "$pool" = - ] || echo "pool add $pool dev mt"
		done
	} | m46ctl -n "$t" -b - || return
	mt_up
	defer mt_del
}

# What going down or moving undoes.
mt_up()
{
	ip -n "$t" -batch - <<-END
	link set mt up
	route add $M/96 dev mt
	route add 198.51.100.0/22 dev mt
	END
}

mt_del()
{
	ip -n "$t" link delete mt 2> /dev/null
}

in_a() { ip netns exec "$a" "$@"; }
in_b() { ip netns exec "$b" "$@"; }
in_t() { ip netns exec "$t" "$@"; }
in_n4() { ip netns exec "$n4" "$@"; }

# on OBJECT COMMAND WORD...: m46ctl about mt
on()
{
	m46ctl -n "$t" "$@" dev mt
}

# --- the table

# entries [WORD...]: "IPv6 IPv4 type", a line each
entries()
{
	on entry show "$@" | awk 'NR > 1 { print $1, $2, $3 }'
}

# addr_of IPV6 [TYPE]: its IPv4 address, if it has one
addr_of()
{
	entries "$1/128" all |
		awk -v type="${2:-dynamic}" '$3 == type { print $2 }'
}

# pool_field FIELD [POOL]
pool_field()
{
	on -j pool show |
		jq -r --arg f "$1" --arg p "${2:-$POOL}" \
			'.[] | select(.prefix == $p) | .[$f]'
}

# used [POOL]: how many addresses of it are
used()
{
	pool_field used "$@"
}

# is_used NUMBER [POOL]
is_used()
{
	same "used" "$(used "${@:2}")" "$1"
}

# is_entry IPV6 IPV4 TYPE
is_entry()
{
	same "entry of $1" "$(addr_of "$1" "$3")" "$2"
}

count()
{
	counter "$t" mt "$1"
}

# --- traffic

# hello [SOURCE]: a reaches n4
hello()
{
	ping_ok "$a" "$MN4" -W 5 -I "${1:-$A}"
}

# from4 V4: n4 reaches the host with that address
from4()
{
	ping_ok "$n4" "$1" -W 1
}

# unreachable SOURCE CODE-TEXT: what a is told when it pings n4
unreachable()
{
	matches "ping of $1" "$(in_a ping -n -c 1 -W 3 -I "$1" "$MN4")" "$2"
}

# --- events

# watch: what happens from now on is written to $TMP/events
watch()
{
	m46ctl -n "$t" -j monitor all > "$TMP/events" 2> "$TMP/watch.log" &
	defer kill_quietly $!
	# It listens when it has a socket; an event of its own proves it.
	slowwait 10 watching > /dev/null
}

watching()
{
	on entry add 2001:db8::46 10.46.46.46 2> /dev/null
	on entry del 2001:db8::46 2> /dev/null
	grep -q 10.46.46.46 "$TMP/events"
}

# events NAME [TEXT]: how many of them
events()
{
	grep -v 10.46.46.46 "$TMP/events" | grep -F "\"event\":\"$1\"" |
		grep -cF -e "${2:-}"
}

# told NAME TIMES
told()
{
	same "told $1" "$(events "$1")" "$2"
}
