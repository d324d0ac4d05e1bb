#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# 464XLAT convergence (Figure 4 of the ADPT draft): IPv6-only clients, sharing
# two addresses by nftables' NAT66, reach an IPv4 server with one conversion on
# the whole way, at the far PE; a customer's IPv4 hosts with TAYGA as CLAT.
# Exactly the commands of Documentation/adpt-nat64.md and the files of
# Documentation/examples/adpt-nat64.
#
#  +-----------+  lan +------+        +-------+        +------+     +------+
#  | ue (200)  |------|      |        |       |        |      |     |      |
#  +-----------+      | pe1  |--------|   p   |--------| pe3  |-----|  s4  |
#  +----+  +-----+    |      | core w |       | e core |      | lan |      |
#  | h4 |--| cpe |----|      |        +-------+        +------+     +------+
#  +----+  +-----+cust+------+
#  192.168.1.0/24  2001:db8:64::/48    IPv6 only          192.31.196.0/24, .2
#
#  pe1 has no IPv4 at all. 192.31.196.0/24 is a block of the AS112 project: it
#  stands for the IPv4 Internet, since documentation addresses must not be used
#  with 64:ff9b::/96.

# shellcheck disable=SC2154 # setup_ns sets ue h4 cpe pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/guide_lib.sh"

# shellcheck disable=SC2034 # guide_lib.sh
EXAMPLE=$M46_TREE/Documentation/examples/adpt-nat64
# shellcheck disable=SC2034
GUIDE=$M46_TREE/Documentation/adpt-nat64.md
SERVER=192.31.196.2
SERVER6=64:ff9b::c01f:c402
CLIENT=2001:db8:64::1001

in_ue() { ip netns exec "$ue" "$@"; }
in_h4() { ip netns exec "$h4" "$@"; }
in_cpe() { ip netns exec "$cpe" "$@"; }

# --- the network

network()
{
	setup_ns ue h4 cpe pe1 p pe3 s4
	ip -batch - <<-END
	link add eth0 netns $ue type veth peer name lan netns $pe1
	link add eth0 netns $h4 type veth peer name home netns $cpe
	link add wan netns $cpe type veth peer name cust netns $pe1
	link add core netns $pe1 type veth peer name w netns $p
	link add e netns $p type veth peer name core netns $pe3
	link add lan netns $pe3 type veth peer name eth0 netns $s4
	END
	set_sysctls "$ue" net.ipv6.conf.all.accept_ra=0
	set_sysctls "$cpe" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	set_sysctls "$pe1"
	set_sysctls "$p" net.ipv6.conf.all.forwarding=1
	set_sysctls "$h4" net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip -n "$p" -batch - <<-END
	link set w up
	link set e up
	address add 2001:db8:f:1::1/64 dev w nodad
	address add 2001:db8:f:3::1/64 dev e nodad
	route add $PREF1/96 via 2001:db8:f:1::2
	route add $PREF3/96 via 2001:db8:f:3::2
	END
	customers
	set_host "$s4" 192.31.196
	set_edge "$pe3" 3 192.31.196
	edge pe3 "$pe3" 3 192.31.196
}

customers()
{
	ip -n "$pe1" -batch - <<-END
	link set lan up
	link set cust up
	link set core up
	address add 2001:db8:64::1/64 dev lan nodad
	address add 2001:db8:64:1::1/64 dev cust nodad
	address add 2001:db8:f:1::2/64 dev core nodad
	route add default via 2001:db8:f:1::1
	route add 2001:db8:64:1c00::/56 via 2001:db8:64:1::2
	END
	{
		echo "link set eth0 up"
		seq 4097 4296 | xargs printf \
			'address add 2001:db8:64::%x/64 dev eth0 nodad\n'
		echo "route add default via 2001:db8:64::1 src $CLIENT"
	} | ip -n "$ue" -batch -
	ip -n "$h4" -batch - <<-END
	link set eth0 up
	address add 192.168.1.2/24 dev eth0
	route add default via 192.168.1.1
	END
	ip -n "$cpe" -batch - <<-END
	link set home up
	link set wan up
	address add 192.168.1.1/24 dev home
	address add 2001:db8:64:1::2/64 dev wan nodad
	route add default via 2001:db8:64:1::1
	END
}

etc_of()
{
	mkdir -p "/etc/netns/$1"
	defer rm -rf "/etc/netns/$1"
}

# --- by the guide

same_packages()
{
	local label words word

	for label in packages clat-packages; do
		read -ra words <<< "$(guide_block "$label")"
		for word in "${words[@]:2}"; do
			grep -qx "guest	$word" "$SELFTESTS/vm/packages" ||
				{ echo "$word is not in vm/packages"; return 1; }
		done
	done
}

by_the_guide()
{
	guide "$pe1" files && guide "$pe1" up && guide "$pe3" egress || return
	slowwait 10 ping_ok "$ue" "$SERVER6" ||
		{ in_pe1 m46ctl -s stats show dev pe1; return 1; }
}

look()
{
	local text

	text=$(guide "$pe1" look) || { echo "$text"; return 1; }
	matches "dev show" "$text" 'nat64 64:ff9b::/96' &&
		matches "counter" "$text" 'nat64 +[1-9]'
}

# --- plain traffic

# nat64_count COMMAND...: it succeeds and this many packets were exchanged,
# put into $exchanged
nat64_count()
{
	local before

	before=$(counter "$pe1" pe1 nat64)
	"$@" || return
	exchanged=$(($(counter "$pe1" pe1 nat64) - before))
}

# pe3, p and pe1 count; the two conversions of two PEs would be no other.
pinged()
{
	same "TTL" "$(ping_ttl "$ue" "$SERVER6")" 61 &&
		nat64_count ping_ok "$ue" "$SERVER6" -W 5 &&
		same "packets exchanged" "$exchanged" 2
}

# crowd ADDR: 200 clients, all from one port: NAT66 has to change it for all but
# two.
crowd()
{
	same "200 clients" "$(flow crowd "$ue" "$s4" 2001:db8:64: 200 "$1" \
		at "$SERVER" base 4096)" \
		"tcp 200 udp 200 echo 200 sources 192.0.2.100,192.0.2.101"
}

counted_crowd()
{
	nat64_count crowd "$SERVER6" || return
	# SYN, ACK, data and its answers; one each way of the others
	above "packets exchanged" "$exchanged" $((200 * (4 + 2 + 2)))
}

bulk()
{
	tcp_flow "$ue" "$s4" "$SERVER6" 1000000 at "$SERVER" &&
		udp_flow "$ue" "$s4" "$SERVER6" 500 at "$SERVER" rate 3000
}

iperf_ok()
{
	local ns=$1 addr=$2 json
	shift 2

	json=$(ip netns exec "$ns" iperf3 -J -t 1 --connect-timeout 10000 \
		-c "$addr" "$@") || { echo "$json"; return 1; }
	above "bytes received" "$(jq '.end.sum_received.bytes' <<< "$json")" \
		100000
}

superpackets()
{
	if [ -n "${KSFT_MACHINE_SLOW:-}" ]; then
		iperf_ok "$ue" "$SERVER6" && iperf_ok "$ue" "$SERVER6" -R || return
		echo "this machine is too slow for TCP to send super-packets"
		return 4
	fi
	in_p nft -f - <<-END
	table ip6 bulk {
		counter up {}
		counter down {}
		chain forward {
			type filter hook forward priority 0
			iifname w tcp dport 5201 counter name up
			iifname e tcp sport 5201 counter name down
		}
	}
	END
	defer in_p nft delete table ip6 bulk
	tries 3 large up && tries 3 large down -R
}

large()
{
	in_p nft reset counters > /dev/null
	iperf_ok "$ue" "$SERVER6" "${@:2}" || return
	above "bytes a packet, $1" "$(mean "$1")" 6000
}

mean()
{
	in_p nft list counter ip6 bulk "$1" | awk '
		$1 == "packets" { print int($4 / ($2 ? $2 : 1)) }'
}

# p is shown as itself, pe3 by the address that it has under its prefix.
traced()
{
	same "hops" "$(hops "$ue" traceroute -6 -n -q 1 -w 5 "$1" "$SERVER6")" \
		"2001:db8:64::1 2001:db8:f:1::1 64:ff9b::c01f:c4fe $SERVER6 "
}

# --- path MTU

# told_mtu6 SIZE: what a ping of that size is told
told_mtu6()
{
	in_ue ping -n -c 1 -W 5 -M "do" -s "$1" "$SERVER6" 2>&1 |
		sed -n 's/.*Packet too big: mtu=\([0-9]*\).*/\1/p'
}

forget_paths()
{
	ip -n "$ue" -6 route flush cache
	ip -n "$s4" route flush cache
	ip -n "$h4" route flush cache
	ip -n "$cpe" -6 route flush cache
	ip -n "$pe3" -6 route flush cache
}

# From p through exchange and NAT to the client, from pe3 to the server.
small_core()
{
	core_mtu 1400
	defer core_mtu 1500
	forget_paths
	same "MTU told" "$(told_mtu6 1400)" 1400 &&
		same "MTU learned" "$(learned_mtu "$ue" "$SERVER6")" 1400 &&
		ping_ok "$ue" "$SERVER6" -W 5 -M "do" -s 1352 || return
	forget_paths
	tcp_flow "$ue" "$s4" "$SERVER6" 400000 at "$SERVER" &&
		same "MTU that TCP learned" \
			"$(learned_mtu "$ue" "$SERVER6")" 1400 &&
		udp_flow "$ue" "$s4" "$SERVER6" 20 at "$SERVER" size 3000 \
			rate 200 &&
		iperf_ok "$ue" "$SERVER6" -R
}

# An IPv4 link behind pe3: 20 bytes more in IPv6.
small_egress()
{
	ip -n "$pe3" route replace 192.31.196.0/24 dev lan src 192.31.196.1 \
		mtu 1340
	defer ip -n "$pe3" route replace 192.31.196.0/24 dev lan \
		src 192.31.196.1
	forget_paths
	same "MTU told" "$(told_mtu6 1400)" 1360 &&
		tcp_flow "$ue" "$s4" "$SERVER6" 400000 at "$SERVER" &&
		same "MTU that TCP learned" \
			"$(learned_mtu "$ue" "$SERVER6")" 1360
}

# --- refusals

no_rule()
{
	local before

	before=$(counter "$pe1" pe1 no_rule)
	matches "ping" "$(in_ue ping -n -c 1 -W 5 64:ff9b::808:808 2>&1)" \
		'^From 2001:db8:64::1 .*Destination unreachable: No route' ||
		return
	same "no_rule" $(($(counter "$pe1" pe1 no_rule) - before)) 1 &&
		matches "TCP" "$(no_connection "$ue" 64:ff9b::808:808)" \
			'Network is unreachable'
}

# Without NAT66 a client's own address would go out.
no_nat66()
{
	local before

	in_pe1 nft delete table ip6 m46_nat66
	defer in_pe1 nft -f "$EXAMPLE/nat66.nft"
	before=$(counter "$pe1" pe1 nat64_src)
	# another client: conntrack remembers no flow of it
	matches "ping" "$(in_ue ping -n -c 1 -W 5 -I 2001:db8:64::1077 \
		"$SERVER6" 2>&1)" \
		'Destination unreachable: (Source address failed|Unknown code 5)' ||
		return
	same "nat64_src" $(($(counter "$pe1" pe1 nat64_src) - before)) 1
}

# The server begins: nobody is there, and nothing goes round.
unsolicited()
{
	local before

	before=$(counter "$pe1" pe1 nat64)
	ping_ok "$s4" 192.0.2.100 && { echo "192.0.2.100 answers"; return 1; }
	same "packets exchanged" $(($(counter "$pe1" pe1 nat64) - before)) 1 &&
		same "loops" "$(counter "$pe1" pe1 recursion)" 0
}

# --- the customer's side (CLAT)

clat()
{
	etc_of "$cpe"
	: > "/etc/netns/$cpe/tayga.conf"
	if [ ! -e /etc/tayga.conf ]; then
		: > /etc/tayga.conf
		defer rm -f /etc/tayga.conf
	fi
	[ -e /dev/net/tun ] || modprobe tun
	guide "$cpe" clat-files && guide "$cpe" clat || return
	# what systemctl would start
	in_cpe tayga -d > "$TMP/tayga.log" 2>&1 < /dev/null &
	defer kill_quietly $!
	slowwait 15 ping_ok "$h4" "$SERVER" || { cat "$TMP/tayga.log"; return 1; }
	mkdir "$TMP/www"
	echo "IPv4 only" > "$TMP/www/index.html"
	in_s4 busybox httpd -h "$TMP/www"
	matches "page" "$(in_h4 curl -4 -sS -m 20 "http://$SERVER/")" \
		'IPv4 only' &&
		iperf_ok "$h4" "$SERVER" -4 && iperf_ok "$h4" "$SERVER" -4 -R
}

clat_small_core()
{
	ping_ok "$h4" "$SERVER" -W 5 || { echo "no answer"; return 1; }
	core_mtu 1400
	defer core_mtu 1500
	forget_paths
	tcp_flow "$h4" "$s4" "$SERVER" 200000 &&
		same "MTU that TCP learned" "$(learned_mtu "$h4" "$SERVER")" \
			1380 &&
		iperf_ok "$h4" "$SERVER" -4 -R
}

# --- how many conversions

# Before pe3 has encapsulated anything: pe1 has converted nothing.
no_conversion()
{
	local name

	for name in translated_46 translated_64 encapsulated decapsulated; do
		same "$name" "$(counter "$pe1" pe1 "$name")" 0 || return
	done
	above "nat64" "$(counter "$pe1" pe1 nat64)" 1000
}

# (ADPT-12) What is a translation already is never encapsulated.
method_encap()
{
	m46ctl -n "$pe1" dev set pe1 method encap
	defer m46ctl -n "$pe1" dev set pe1 method translate
	in_p nft -f - <<-END
	table ip6 seen {
		chain prerouting {
			type filter hook prerouting priority -450
			iifname w ip6 nexthdr { 4, 60 } counter
		}
	}
	END
	defer in_p nft delete table ip6 seen
	ping_ok "$ue" "$SERVER6" -W 5 || { echo "no answer"; return 1; }
	tcp_flow "$ue" "$s4" "$SERVER6" 100000 at "$SERVER" &&
		same "encapsulated" "$(nft_packets "$p" "ip6 seen")" 0
}

# A far PE that encapsulates all it sends: pe1 unpacks, and translates.
far_encap()
{
	local before

	m46ctl -n "$pe3" dev set pe3 method encap
	defer m46ctl -n "$pe3" dev set pe3 method translate
	before=$(counter "$pe1" pe1 decapsulated)
	ping_ok "$ue" "$SERVER6" -W 5 || { echo "no answer"; return 1; }
	same "unpacked" $(($(counter "$pe1" pe1 decapsulated) - before)) 1 &&
		crowd "$SERVER6" &&
		iperf_ok "$ue" "$SERVER6" && iperf_ok "$ue" "$SERVER6" -R ||
		return
	# larger than the core: outer fragments, and errors to the server
	core_mtu 1400
	defer core_mtu 1500
	forget_paths
	iperf_ok "$ue" "$SERVER6" -R &&
		tcp_flow "$ue" "$s4" "$SERVER6" 300000 at "$SERVER" &&
		same "hops" "$(hops "$ue" traceroute -6 -n -q 1 -w 5 -I \
			"$SERVER6" | awk '{ print NF }')" 4
}

# The way out of that: one rule of the far PE translates.
far_rule()
{
	local before

	m46ctl -n "$pe3" dev set pe3 method encap
	defer m46ctl -n "$pe3" dev set pe3 method translate
	guide "$pe3" egress-encap || return
	before=$(counter "$pe1" pe1 decapsulated)
	tcp_flow "$ue" "$s4" "$SERVER6" 100000 at "$SERVER" &&
		same "unpacked" \
			$(($(counter "$pe1" pe1 decapsulated) - before)) 0
}

# All lengths of RFC 6052, 192.31.196.2 each
lengths()
{
	local prefix addr

	while read -r prefix addr; do
		m46ctl -n "$pe1" dev set pe1 nat64 "$prefix" || return
		ip -n "$pe1" -6 route replace "$prefix" dev pe1 metric 46
		ping_ok "$ue" "$addr" -W 5 || { echo "$addr: no answer"; return 1; }
		ip -n "$pe1" -6 route delete "$prefix" dev pe1 metric 46
	done <<-END
	3fff:64::/32 3fff:64:c01f:c402::
	3fff:64:6400::/40 3fff:64:64c0:1fc4:2::
	3fff:64:6464::/48 3fff:64:6464:c01f:c4:200::
	3fff:64:64:6400::/56 3fff:64:64:64c0:1f:c402::
	3fff:64:64:6464::/64 3fff:64:64:6464:c0:1fc4:200:0
	3fff:64:64:6464::/96 3fff:64:64:6464::c01f:c402
	END
}

# TCP and clients in number with one that is not /96
other_prefix()
{
	local addr=3fff:64:6464:c01f:c4:200::

	defer m46ctl -n "$pe1" dev set pe1 nat64 64:ff9b::/96
	lengths || return
	m46ctl -n "$pe1" dev set pe1 nat64 3fff:64:6464::/48
	ip -n "$pe1" -6 route add 3fff:64:6464::/48 dev pe1
	defer ip -n "$pe1" -6 route delete 3fff:64:6464::/48 dev pe1
	tcp_flow "$ue" "$s4" "$addr" 300000 at "$SERVER" &&
		crowd "$addr" &&
		same "hops" "$(hops "$ue" traceroute -6 -n -q 1 -w 5 -I "$addr")" \
			"2001:db8:64::1 2001:db8:f:1::1 3fff:64:6464:c01f:c4:fe00:: $addr "
}

# --- in the end

no_ipv4()
{
	local file

	for file in pe1 w e; do
		capture_end "$TMP/$file.pcap"
		same "IPv4 and ARP at $file" "$(captured "$TMP/$file.pcap")" 0 ||
			return
	done
}

no_drops()
{
	same "drops of pe1" "$(m46ctl -n "$pe1" -s stats show dev pe1 |
		awk '$3 > 0 && $4 == "drop" && $2 != "no_rule" &&
		     $2 != "nat64_src" { print $2, $3 }')" ""
}

need_cmd iperf3 tcpdump traceroute nft conntrack jq python3 curl busybox tayga
load_m46
defer rmdir --ignore-fail-on-non-empty /etc/netns
network
flow_start
guide_etc "$pe1" sysctl.d/ m46/ nftables.conf
guide_systemctl
ktap_plan 24
capture "$pe1" any "$TMP/pe1.pcap" "ip or arp" -s 64 || ktap_bail "no capture"
for dev in w e; do
	capture "$p" "$dev" "$TMP/$dev.pcap" "ip or arp" -s 64 ||
		ktap_bail "no capture"
done
ktap_test "the guide's packages" same_packages
ktap_test "a provider edge, by the guide (E2E-08, ADPT-01)" by_the_guide
ktap_test "ping, 3 routers counted (ADPT-40, ADPT-43)" pinged
ktap_test "200 clients behind 2 addresses at once: TCP, UDP, echo (ADPT-41)" \
	counted_crowd
ktap_test "TCP and UDP arrive intact (ADPT-42)" bulk
iperf_server
ktap_test "iperf3 both ways, super-packets stay whole (KERN-02)" \
	in_defer_scope superpackets
ktap_test "traceroute -I, each router once (ADPT-42)" traced -I
ktap_test "traceroute -U, each router once (ADPT-42)" traced -U
ktap_test "core link of 1400: errors through exchange and NAT (ADPT-42)" \
	in_defer_scope small_core
ktap_test "egress link of 1340 (ADPT-42)" in_defer_scope small_egress
ktap_test "no rule: unreachable, no route (ADPT-44)" no_rule
ktap_test "no NAT66: unreachable, source failed policy (ADPT-41)" \
	in_defer_scope no_nat66
ktap_test "nothing begins from outside (ADPT-43)" unsolicited
ktap_test "TAYGA as CLAT: curl and iperf3 over IPv4 (ADPT-46)" clat
ktap_test "TAYGA, core link of 1400 (ADPT-46)" in_defer_scope clat_small_core
ktap_test "what the guide tells to look at" look
ktap_test "pe1 has converted nothing (ADPT-45)" no_conversion
ktap_test "method encap is for IPv4 packets only (ADPT-12)" \
	in_defer_scope method_encap
ktap_test "other NAT64 prefixes, all lengths (ADPT-40)" \
	in_defer_scope other_prefix
ktap_test "a far PE with method encap (ADPT-43)" in_defer_scope far_encap
ktap_test "the same with a rule that translates" in_defer_scope far_rule
ktap_test "no IPv4 in the core nor in pe1 (ADPT-08, E2E-08)" no_ipv4
ktap_test "nothing was dropped but what was meant to (KERN-14)" no_drops
ktap_test "every command of the guide was run" complete
ktap_done
