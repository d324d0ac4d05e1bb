#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# 6rd: customers' routers (CE) and the border relay (BR), with exactly the commands
# of Documentation/6rd.md and the files of Documentation/examples/6rd.
#
#  +------+ lan +-----+ wan                +-------+ access +----+ native +------+
#  | host |-----| ce  |--------------------|       |--------| br |--------| web6 |
#  +------+     +-----+ 10.100.100.1       |       |        +----+        +------+
#               +-----+ wan                | v4net | 10.0.0.1  3fff:7::2
#               | ce2 |--------------------|       |                 3fff:80::80
#               +-----+ 10.100.101.2       +-------+
#
#  2001:db8::/32, 10.0.0.0/8: ce has 2001:db8:6464:100::/56, ce2
#  2001:db8:6465:200::/56. v4net has .254 of each network.

# shellcheck disable=SC2154 # setup_ns sets host ce ce2 v4net br web6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/guide_lib.sh"

EXAMPLE=$M46_TREE/Documentation/examples/6rd
GUIDE=$M46_TREE/Documentation/6rd.md
WEB6=3fff:80::80
BR6=2001:db8:0:100::
CE2_6=2001:db8:6465:200::1

network()
{
	local ns

	for ns in "$ce" "$ce2" "$br" "$web6"; do
		set_sysctls "$ns"
	done
	ip netns exec "$v4net" sysctl -qw net.ipv4.ip_forward=1
	ip -batch - <<-END
	link add eth0 netns $host type veth peer name lan netns $ce
	link add wan netns $ce type veth peer name toce netns $v4net
	link add wan netns $ce2 type veth peer name toce2 netns $v4net
	link add access netns $br type veth peer name tobr netns $v4net
	link add native netns $br type veth peer name eth0 netns $web6
	END
	ip -n "$ce" -batch - <<-END
	link set lan up
	link set wan up
	END
	ip -n "$br" -batch - <<-END
	link set access up
	link set native up
	END
	ip -n "$v4net" -batch - <<-END
	link set toce up
	link set toce2 up
	link set tobr up
	address add 10.100.100.254/24 dev toce
	address add 10.100.101.254/24 dev toce2
	address add 10.0.0.254/24 dev tobr
	END
	ip -n "$ce2" -batch - <<-END
	link set wan up
	address add 10.100.101.2/24 dev wan
	route add default via 10.100.101.254
	END
	ip -n "$web6" -batch - <<-END
	link set eth0 up
	address add 3fff:7::1/64 dev eth0
	address add $WEB6/128 dev lo
	route add 2001:db8::/32 via 3fff:7::2
	END
}

relay()
{
	guide "$br" br-addresses && guide "$br" br-up > /dev/null &&
		matches health "$(guide "$br" health)" 'br6rd: can relay'
}

customer()
{
	guide "$ce" ce-addresses && guide "$ce" ce-up > /dev/null &&
		matches delegated "$(m46ctl -n "$ce" dev show sixrd)" \
			'delegated 2001:db8:6464:100::/56'
}

# The same file, with another customer's addresses
other_customer()
{
	sed -e 's/10\.100\.100\.1/10.100.101.2/' -e 's/6464:100:/6465:200:/' \
		"$EXAMPLE/sixrd.conf" > "/etc/netns/$ce2/m46/sixrd.conf"
	ip netns exec "$ce2" m46ctl up sixrd &&
		same "prefix of the file" "$(m46ctl -n "$ce2" -j dev show sixrd |
			jq -r '.[].delegated[]')" 2001:db8:6465:200::/56
}

dhcp()
{
	same "option 212" "$(guide "$ce" dhcp)" \
		"prefix 2001:db8::/32 v4-prefix 10.0.0.0/8 remote 10.0.0.1"
}

host_address()
{
	ip -n "$host" -6 address show dev eth0 scope global -tentative |
		grep -q 2001:db8:6464:101:
}

start_radvd()
{
	ip netns exec "$ce" radvd -n -m stderr -p "$TMP/radvd.pid" \
		> "$TMP/radvd.log" 2>&1 < /dev/null &
	defer kill_quietly $!
}

advertised()
{
	ip -n "$host" link set eth0 up
	slowwait 15 host_address || { cat "$TMP/radvd.log"; return 1; }
	same MTU "$(ip netns exec "$host" sysctl -n net.ipv6.conf.eth0.mtu)" 1480
}

look()
{
	guide "$ce" look > "$TMP/look" || { cat "$TMP/look"; return 1; }
	matches "the relay" "$(cat "$TMP/look")" "64 bytes from $BR6" &&
		same "findings of the CE" "$(m46ctl -n "$ce" check)" "" &&
		same "findings of the BR" "$(m46ctl -n "$br" check)" ""
}

from_host()
{
	slowwait 10 ping_ok "$host" "$WEB6" || return
	guide "$host" host > "$TMP/host" || { cat "$TMP/host"; return 1; }
}

to_host()
{
	local address

	address=$(ip -n "$host" -6 -j address show dev eth0 scope global |
		jq -r '.[].addr_info[].local' | head -n 1)
	ping_ok "$web6" "$address" -I "$WEB6"
}

# The relay sees nothing of it.
direct()
{
	local before

	before=$(counter "$br" br6rd decapsulated)
	slowwait 10 ping_ok "$host" "$CE2_6" || return
	same "packets by the relay" "$(counter "$br" br6rd decapsulated)" "$before"
}

# --- who may not

# The CE does not send it.
forged_site()
{
	local before

	before=$(counter "$ce" sixrd src_mismatch)
	ip -n "$ce" -6 address add 2001:db8:6465:200::9/128 dev lo
	ping_ok "$ce" "$WEB6" -I 2001:db8:6465:200::9 && return 1
	ip -n "$ce" -6 address del 2001:db8:6465:200::9/128 dev lo
	above src_mismatch "$(counter "$ce" sixrd src_mismatch)" "$before"
}

# dropped NS TABLE: packets that rules with a counter dropped
dropped()
{
	ip netns exec "$1" nft list table inet "$2" | awk '
		/ counter packets / {
			for (i = 1; i < NF; i++)
				if ($i == "packets")
					n += $(i + 1)
		}
		END { print n + 0 }'
}

forged_outside()
{
	local before

	before=$(dropped "$br" relay)
	ip -n "$web6" -6 address add 2001:db8:6465:200::9/128 dev lo
	ping_ok "$web6" 2001:db8:6464:100::1 -I 2001:db8:6465:200::9 && return 1
	ip -n "$web6" -6 address del 2001:db8:6465:200::9/128 dev lo
	above "dropped by br.nft" "$(dropped "$br" relay)" "$before"
}

# --- what goes wrong: rows of the table

# fails NS DEV COUNTER REGEX: no answer to the host, but this error, and it is
# counted
fails()
{
	local before text

	before=$(counter "$1" "$2" "$3")
	text=$(ip netns exec "$host" ping -n -c 1 -W 2 "$WEB6" 2>&1) && {
		echo "there is an answer"
		return 1
	}
	above "$3" "$(counter "$1" "$2" "$3")" "$before" &&
		matches "ping" "$text" "$4"
}

wrong_relay_off()
{
	m46ctl -n "$br" dev set br6rd relay off
	defer m46ctl -n "$br" dev set br6rd relay on
	fails "$br" br6rd not_relay '100% packet loss' &&
		! m46ctl -n "$br" relay health dev br6rd > "$TMP/health" &&
		matches health "$(cat "$TMP/health")" relay
}

wrong_no_native()
{
	ip -n "$br" -6 route del default
	defer ip -n "$br" -6 route add default via 3fff:7::1
	fails "$ce" sixrd decapsulated 'No route' &&
		! m46ctl -n "$br" relay health dev br6rd > /dev/null
}

wrong_no_ipv4()
{
	ip -n "$ce" route del default
	defer ip -n "$ce" route add default via 10.100.100.254
	fails "$ce" sixrd no_outer_route 'Address unreachable' &&
		matches check "$(m46ctl -n "$ce" check)" no-ipv4-route
}

wrong_address()
{
	ip -n "$ce" address del 10.100.100.1/24 dev wan
	defer ip -n "$ce" route add default via 10.100.100.254
	defer ip -n "$ce" address add 10.100.100.1/24 dev wan
	matches check "$(m46ctl -n "$ce" check)" local-not-there &&
		matches carrier "$(ip -n "$ce" link show sixrd)" NO-CARRIER
}

wrong_forwarding()
{
	ip netns exec "$br" sysctl -qw net.ipv6.conf.all.forwarding=0
	defer ip netns exec "$br" sysctl -qw net.ipv6.conf.all.forwarding=1
	fails "$br" br6rd decapsulated '100% packet loss' &&
		matches check "$(m46ctl -n "$br" check)" forwarding-off
}

again()
{
	slowwait 10 ping_ok "$host" "$WEB6"
}

need_cmd radvd nft ping jq
load_m46
setup_ns host ce ce2 v4net br web6
defer rmdir --ignore-fail-on-non-empty /etc/netns
guide_etc "$ce" sysctl.d/ m46/ nftables.conf radvd.conf
guide_etc "$ce2" m46/
guide_etc "$br" sysctl.d/ m46/ nftables.conf
guide_systemctl
network
ktap_plan 19
ktap_test "the border relay, by the guide (SIXRD-07)" relay
ktap_test "a customer's router, by the guide (SIXRD-02)" customer
ktap_test "another, by the same file" other_customer
ktap_test "what DHCP says" dhcp
start_radvd
ktap_test "hosts learn prefix and MTU" advertised
ktap_test "what the guide tells to look at" look
ktap_test "a host reaches native IPv6" from_host
ktap_test "native IPv6 reaches a host" to_host
ktap_test "customers reach one another directly" direct
ktap_test "an address of another customer" forged_site
ktap_test "an address of the domain from outside" forged_outside
ktap_test "wrong: relay off" in_defer_scope wrong_relay_off
ktap_test "wrong: no native IPv6" in_defer_scope wrong_no_native
ktap_test "wrong: no IPv4 route" in_defer_scope wrong_no_ipv4
ktap_test "wrong: forwarding off" in_defer_scope wrong_forwarding
ktap_test "all of it mended" again
ktap_test "wrong: the address is gone" in_defer_scope wrong_address
ktap_test "the device is back with its address" again
ktap_test "every command of the guide was run" complete
ktap_done
