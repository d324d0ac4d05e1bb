#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 900
#
# Method encap (RFC 2473) with ordinary programs: alone, mixed with method
# translate, over a small core link, with errors from the core, in a VRF, and
# with Linux's ip6_tunnel as the other end.
#
#  +------+      +------+        +-------+        +------+       +------+
#  |  c4  |------| pe1  |--------|   p   |--------| pe3  |-------|  s4  |
#  +------+ .2.1 +------+ ::2 ::1+-------+::1 ::2 +------+ .1.2  +------+
#              1500          1500          1500, 1400      1500
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  (devices and prefixes: adpt_lib.sh)

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# set_both WORD...: of both devices
set_both()
{
	m46ctl -n "$pe1" dev set pe1 "$@" && m46ctl -n "$pe3" dev set pe3 "$@"
}

# --- what p sees: method and fragments by the side they come from

watch_core()
{
	in_p nft -f - <<-END
	table ip6 seen {
		counter enc1 {}
		counter enc3 {}
		counter xlat1 {}
		counter xlat3 {}
		counter limit1 {}
		counter limit3 {}
		counter frag1 {}
		counter frag3 {}
		counter told {}
		chain prerouting {
			type filter hook prerouting priority -450
			iifname w exthdr frag exists counter name frag1
			iifname e exthdr frag exists counter name frag3
			iifname w ip6 nexthdr 60 counter name limit1
			iifname e ip6 nexthdr 60 counter name limit3
			iifname w meta l4proto 4 counter name enc1
			iifname e meta l4proto 4 counter name enc3
			iifname w ip6 saddr $PREF1/96 meta l4proto != 4 \
				counter name xlat1
			iifname e ip6 saddr $PREF3/96 meta l4proto != 4 \
				counter name xlat3
		}
		chain output {
			type filter hook output priority 0
			icmpv6 type packet-too-big counter name told
		}
	}
	END
}

forget_seen()
{
	in_p nft reset counters table ip6 seen > /dev/null
}

seen()
{
	nft_packets "$p" "ip6 seen" "$1"
}

# ways ONE THREE: since forget_seen, the methods that pe1 and pe3 have used
ways()
{
	local n method name other

	for n in 1 3; do
		method=$1
		shift
		name=enc other=xlat
		[ "$method" = encap ] || name=xlat other=enc
		above "$name$n" "$(seen "$name$n")" 0 &&
			same "$other$n" "$(seen "$other$n")" 0 || return
	done
}

# --- plain traffic

# traffic TTL-AT-C4 TTL-AT-S4: ping, TCP and UDP both ways
traffic()
{
	same "TTL at c4" "$(ping_ttl "$c4" "$S4")" "$1" &&
		same "TTL at s4" "$(ping_ttl "$s4" "$C4")" "$2" &&
		tcp_flow "$c4" "$s4" "$S4" 500000 &&
		tcp_flow "$s4" "$c4" "$C4" 500000 &&
		udp_flow "$c4" "$s4" "$S4" 500 rate 4000 &&
		udp_flow "$s4" "$c4" "$C4" 500 rate 4000 size 1200
}

# The core is one link for IPv4: two routers, where translation counts three.
both_encap()
{
	forget_seen
	traffic 62 62 && ways encap encap
}

# methods ONE THREE TTL-AT-C4 TTL-AT-S4
methods()
{
	m46ctl -n "$pe1" dev set pe1 method "$1" &&
		m46ctl -n "$pe3" dev set pe3 method "$2" || return
	defer set_both method encap
	forget_seen
	traffic "$3" "$4" && ways "$1" "$2"
}

# Rules decide: s4 encapsulated, its neighbour not; the device says translate.
# The other end takes both at the same time.
by_rule()
{
	m46ctl -n "$pe1" dev set pe1 method translate
	defer m46ctl -n "$pe1" dev set pe1 method encap
	ip -n "$s4" address add 198.51.100.130/24 dev eth0
	defer ip -n "$s4" address delete 198.51.100.130/24 dev eth0
	m46ctl -n "$pe1" -b - <<-END || return
	rule replace 198.51.100.0/24 via $PREF3/96 dev pe1 method encap
	rule add 198.51.100.128/25 via $PREF3/96 dev pe1 method translate
	END
	defer m46ctl -n "$pe1" rule replace 198.51.100.0/24 via "$PREF3/96" \
		dev pe1
	defer m46ctl -n "$pe1" rule del 198.51.100.128/25 dev pe1
	forget_seen
	udp_flow "$c4" "$s4" "$S4" 20 || return
	same "encapsulated" "$(seen enc1)" 20 &&
		same "translated" "$(seen xlat1)" 0 || return
	udp_flow "$c4" "$s4" 198.51.100.130 20 || return
	same "encapsulated" "$(seen enc1)" 20 &&
		same "translated" "$(seen xlat1)" 20
}

# One echo by each method: the core sees the same addresses.
same_addresses()
{
	local method

	capture "$p" w "$TMP/addresses" "ip6 src net $PREF1/96" -s 100 || return
	for method in encap translate; do
		m46ctl -n "$pe1" dev set pe1 method "$method"
		ping_ok "$c4" "$S4" -W 5 || { echo "$method: no answer"; return 1; }
	done
	m46ctl -n "$pe1" dev set pe1 method encap
	slowwait 10 eval "[ \"\$(captured $TMP/addresses)\" -ge 2 ]" > /dev/null
	capture_end "$TMP/addresses"
	same "addresses of two packets" "$(tcpdump -n -r "$TMP/addresses" \
		2> /dev/null | awk '{ sub(":$", "", $5); print $3, $5 }' |
		uniq -c | awk '{ $1 = $1; print }')" \
		"2 ${PREF1}c000:202 ${PREF3}c633:6402"
}

traceroute_both_ways()
{
	same "hops c4 > s4" "$(hops "$c4" traceroute -n -w 5 -q 1 "$1" "$S4")" \
		"192.0.2.1 198.51.100.1 $S4 " &&
		same "hops s4 > c4" \
		     "$(hops "$s4" traceroute -n -w 5 -q 1 "$1" "$C4")" \
		     "198.51.100.1 192.0.2.1 $C4 "
}

# What a PE sends itself counts nowhere there: only pe3 and s4's answer do.
from_pe()
{
	same "TTL of s4's answer" "$(ping_ttl "$pe1" "$S4" -I 192.0.2.1)" 63 &&
		tcp_flow "$pe1" "$s4" "$S4" 200000 &&
		tcp_flow "$s4" "$pe1" 192.0.2.1 200000
}

# A customer's own tunnel has no other way, whatever the method.
ipip()
{
	set_both method translate
	defer set_both method encap
	ip -n "$c4" link add tun46 type ipip local "$C4" remote "$S4" 2>&1 ||
		return "$ksft_skip"
	defer ip -n "$c4" link delete tun46
	ip -n "$s4" link add tun46 type ipip local "$S4" remote "$C4"
	defer ip -n "$s4" link delete tun46
	ip -n "$c4" -batch - <<-END
	address add 10.46.0.1/24 dev tun46
	link set tun46 up
	END
	ip -n "$s4" -batch - <<-END
	address add 10.46.0.2/24 dev tun46
	link set tun46 up
	END
	forget_seen
	ping_ok "$c4" 10.46.0.2 -W 5 || { echo "no answer"; return 1; }
	tcp_flow "$c4" "$s4" 10.46.0.2 300000 &&
		tcp_flow "$s4" "$c4" 10.46.0.1 300000 &&
		ways encap encap
}

# --- super-packets

# From c4 behind pe1's device, and behind pe3's where it has been taken off: on
# the way out of the machine, where the fast path is seen, too.
count_bytes()
{
	count_bytes_of "$pe1" sport && count_bytes_of "$pe3" dport
}

count_bytes_of()
{
	ip netns exec "$1" nft -f - <<-END
	table netdev bulk {
		counter up {}
		counter down {}
		chain core {
			type filter hook egress device core priority 0
			ip6 nexthdr 4 counter name up
		}
		chain lan {
			type filter hook egress device lan priority 0
			tcp $2 5201 counter name down
		}
	}
	END
}

# mean NS COUNTER: bytes a packet
mean()
{
	ip netns exec "$1" nft list counter netdev bulk "$2" | awk '
		$1 == "packets" { print int($4 / ($2 ? $2 : 1)) }'
}

iperf_ok()
{
	local json

	json=$(in_c4 iperf3 -J -t 1 --connect-timeout 10000 -c "$S4" "$@") ||
		{ echo "$json"; return 1; }
	above "bytes received" "$(jq '.end.sum_received.bytes' <<< "$json")" \
		100000
}

uncount_bytes()
{
	in_pe1 nft delete table netdev bulk
	in_pe3 nft delete table netdev bulk
}

superpackets()
{
	if [ -n "${KSFT_MACHINE_SLOW:-}" ]; then
		iperf_ok && iperf_ok -R || return
		echo "this machine is too slow for TCP to send super-packets"
		return 4
	fi
	count_bytes
	defer uncount_bytes
	tries 3 large "$pe1" "$pe3" && tries 3 large "$pe3" "$pe1" -R
}

# large IN OUT [-R]: a transfer that enters the core at one PE
large()
{
	in_pe1 nft reset counters > /dev/null
	in_pe3 nft reset counters > /dev/null
	iperf_ok "${@:3}" || return
	above "bytes a packet from $1 to the core" "$(mean "$1" up)" 10000 &&
		above "bytes a packet out of $2" "$(mean "$2" down)" 10000
}

udp_gso()
{
	udp_flow "$c4" "$s4" "$S4" 400 gso size 1000 rate 5000 &&
		udp_flow "$s4" "$c4" "$C4" 400 gso size 1400 rate 5000
}

offloads()
{
	ip netns exec "$2" ethtool -K "$3" tso "$1" gso "$1" gro "$1" \
		tx "$1" rx "$1" > /dev/null 2>&1
}

no_offloads()
{
	on_veths offloads off
	defer on_veths offloads on
	tcp_flow "$c4" "$s4" "$S4" 300000 && tcp_flow "$s4" "$c4" "$C4" 300000
}

# --- a small link in the core

forget_path()
{
	forget_pmtu
	ip -n "$pe1" -6 route flush cache
	ip -n "$pe3" -6 route flush cache
}

# 40 bytes less than the core's link: from its own link pe3 knows, pe1 hears it
# from p. (ENC-15) A second packet does not get as far as p.
told_1360()
{
	forget_path
	forget_seen
	told_and_learned "$c4" "$S4" 1400 1360 || return
	same "packet too big from p" "$(seen told)" 1 || return
	forget_pmtu
	told_and_learned "$c4" "$S4" 1400 1360 || return
	same "packet too big from p" "$(seen told)" 1 || return
	told_and_learned "$s4" "$C4" 1400 1360 || return
	fits "$c4" "$s4" "$S4" 1360 && fits "$s4" "$c4" "$C4" 1360
}

tcp_1360()
{
	forget_path
	tcp_flow "$c4" "$s4" "$S4" 400000 && tcp_flow "$s4" "$c4" "$C4" 400000 &&
		same "MTU that TCP learned" "$(learned_mtu "$c4" "$S4")" 1360
}

# packets of 1500 bytes at s4, and fragments there
watch_s4()
{
	in_s4 nft -f - <<-END
	table ip seen {
		counter whole {}
		counter pieces {}
		chain raw {
			type filter hook prerouting priority -450
			ip saddr $C4 ip frag-off & 0x3fff != 0 \
				counter name pieces
			ip saddr $C4 ip length 1500 counter name whole
		}
	}
	END
}

# (ENC-08) The first packet that is cut finds out what p's link carries.
outer_fragments()
{
	local before

	forget_path
	udp_send "$c4" "$S4" 1 size 1472 df off
	before=$(counter "$pe3" pe3 reassembled)
	watch_s4
	defer in_s4 nft delete table ip seen
	forget_seen
	udp_flow "$c4" "$s4" "$S4" 50 size 1472 df off rate 500 &&
		udp_flow "$s4" "$c4" "$C4" 50 size 1472 df off rate 500 || return
	same "IPv6 fragments from pe1" "$(seen frag1)" 100 &&
		same "IPv6 fragments from pe3" "$(seen frag3)" 100 &&
		same "reassembled by pe3" \
			$(($(counter "$pe3" pe3 reassembled) - before)) 50 &&
		same "1500 bytes at s4" "$(nft_packets "$s4" "ip seen" whole)" \
			50 &&
		same "IPv4 fragments at s4" \
			"$(nft_packets "$s4" "ip seen" pieces)" 0
}

# What came in fragments stays in these; ICMP too, unlike translation.
inner_fragments()
{
	ping_ok "$c4" "$S4" -M dont -s 3000 -W 5 ||
		{ echo "no answer to 3028 bytes"; return 1; }
	udp_flow "$c4" "$s4" "$S4" 20 size 5000 df off rate 200 &&
		udp_flow "$s4" "$c4" "$C4" 20 size 5000 df off rate 200
}

# (ENC-09) knob for exits that cannot put fragments together
frag_inner()
{
	set_both frag inner || return
	defer set_both frag outer
	watch_s4
	defer in_s4 nft delete table ip seen
	forget_seen
	udp_flow "$c4" "$s4" "$S4" 50 size 1472 df off rate 500 &&
		udp_flow "$s4" "$c4" "$C4" 50 size 1472 df off rate 500 || return
	same "IPv6 fragments from pe1" "$(seen frag1)" 0 &&
		same "IPv6 fragments from pe3" "$(seen frag3)" 0 &&
		same "encapsulated by pe1" "$(seen enc1)" 100 &&
		same "IPv4 fragments at s4" \
			"$(nft_packets "$s4" "ip seen" pieces)" 100
}

# (ENC-12) Eight bytes more, as specified; the limit passes what it must.
encap_limit()
{
	forget_path
	set_both encap-limit 4 || return
	defer set_both encap-limit none
	forget_seen
	capture "$p" w "$TMP/limit" "ip6 src net $PREF1/96" -s 100 || return
	ping_ok "$c4" "$S4" -W 5 || { echo "no answer"; return 1; }
	slowwait 10 eval "[ \"\$(captured $TMP/limit)\" -ge 1 ]" > /dev/null
	capture_end "$TMP/limit"
	matches "Destination Options" "$(tcpdump -n -x -r "$TMP/limit" \
		2> /dev/null | tr -d '\n\t ' | sed 's/0x[0-9a-f]*://g')" \
		'3c40(.{64})0400040104010100450000' || return
	tcp_flow "$c4" "$s4" "$S4" 300000 && tcp_flow "$s4" "$c4" "$C4" 300000 &&
		udp_flow "$c4" "$s4" "$S4" 100 rate 2000 || return
	above "from pe1 with the limit" "$(seen limit1)" 100 &&
		same "all from pe1" "$(seen enc1)" "$(seen limit1)" || return
	forget_pmtu
	told_and_learned "$c4" "$S4" 1400 1352 &&
		fits "$c4" "$s4" "$S4" 1352 && fits "$s4" "$c4" "$C4" 1352 &&
		udp_flow "$c4" "$s4" "$S4" 20 size 1472 df off rate 500
}

# --- errors from the core

# What c4 is told of s4. Who in the core says so has no IPv4 address: pool6791.
unreachable()
{
	local before

	before=$(counter "$pe1" pe1 tun_error_relayed)
	matches "ping" "$(in_c4 ping -n -c 1 -W 5 "$S4" 2>&1)" \
		"From 192.0.2.253 .*Destination Host Unreachable" || return
	same "errors relayed" \
		$(($(counter "$pe1" pe1 tun_error_relayed) - before)) 1 &&
		matches "TCP" "$(no_connection "$c4" "$S4")" 'No route to host'
}

# (ENC-14)
no_route()
{
	ip -n "$p" route delete "$PREF3/96"
	defer ip -n "$p" route add "$PREF3/96" via 2001:db8:f:3::2
	unreachable
}

# Outside the hop limit is the device's, inside it does not matter.
hop_limit()
{
	m46ctl -n "$pe1" dev set pe1 hoplimit 1 || return
	defer m46ctl -n "$pe1" dev set pe1 hoplimit 64
	unreachable
}

# (ENC-16) A host of the core that has the address and no tunnel: Linux drops
# what no tunnel wants with ICMPv6 1/3 or 4/1.
no_exit()
{
	ip -n "$p" address add "${PREF3}c633:6402/128" dev lo
	defer ip -n "$p" address delete "${PREF3}c633:6402/128" dev lo
	unreachable
}

# --- ECN (ECN-01, ECN-03)

# mark_ce MATCH...: as a congested router in the core would. (nftables writes two
# octets, the version among them, which later kernels refuse.)
mark_ce()
{
	tc -n "$p" qdisc add dev w clsact || return
	defer tc -n "$p" qdisc delete dev w clsact
	tc -n "$p" filter add dev w ingress protocol ipv6 flower ip_proto 4 \
		"$@" action pedit munge offset 1 u8 set 0x30 retain 0x30
}

congestion()
{
	local before

	mark_ce || return
	in_s4 nft -f - <<-END
	table ip seen {
		counter ce {}
		counter total {}
		chain input {
			type filter hook input priority 0
			icmp type echo-request counter name total
			icmp type echo-request ip ecn ce counter name ce
		}
	}
	END
	defer in_s4 nft delete table ip seen
	ping_ok "$c4" "$S4" -W 5 -Q 2 || { echo "no answer"; return 1; }
	same "echoes with CE" "$(nft_packets "$s4" "ip seen" ce)" 1 || return
	# who cannot be told is dropped
	before=$(counter "$pe3" pe3 tun_ecn)
	ping_ok "$c4" "$S4" -Q 0 && { echo "CE on Not-ECT: answered"; return 1; }
	same "dropped" $(($(counter "$pe3" pe3 tun_ecn) - before)) 1 &&
		same "echoes" "$(nft_packets "$s4" "ip seen" total)" 1
}

# TCP hears of it and goes on.
congested_tcp()
{
	local ns

	for ns in "$c4" "$s4"; do
		ip netns exec "$ns" sysctl -qw net.ipv4.tcp_ecn=1
		defer ip netns exec "$ns" sysctl -qw net.ipv4.tcp_ecn=2
	done
	# neither SYN nor its answer
	mark_ce ip_tos 0x2/0x3 || return
	tcp_flow "$c4" "$s4" "$S4" 300000 || return
	above "marked" "$(tc -s -n "$p" filter show dev w ingress |
		awk '$1 == "Sent" { print $4 }')" 0 &&
		above "received with CE" "$(in_s4 cat /proc/net/netstat | awk '
			$1 == "IpExt:" && !n { n = split($0, name); next }
			$1 == "IpExt:" { for (i = 1; i <= n; i++)
				if (name[i] == "InCEPkts") print $i }')" 0
}

# --- on the PE

# The inner packet is a received one like any other.
hooks()
{
	local name

	# README: prerouting, forward and conntrack are bypassed
	fast_off "$pe1" pe1
	in_pe1 nft -f - <<-END || return
	table inet seen {
		counter q4 {}
		counter q6 {}
		counter a6 {}
		counter a4 {}
		counter invalid {}
		chain prerouting {
			type filter hook prerouting priority 0
			ct state invalid counter name invalid
		}
		chain forward {
			type filter hook forward priority 0
			iifname lan oifname pe1 icmp type echo-request \
				counter name q4
			iifname pe1 oifname core ip6 nexthdr 4 \
				ip6 daddr ${PREF3}c633:6402 counter name q6
			iifname core oifname pe1 ip6 nexthdr 4 \
				ip6 saddr ${PREF3}c633:6402 counter name a6
			iifname pe1 oifname lan icmp type echo-reply \
				ct state established counter name a4
		}
	}
	END
	defer in_pe1 nft delete table inet seen
	ping_ok "$c4" "$S4" -W 5
	for name in q4 q6 a6 a4; do
		same "$name" "$(nft_packets "$pe1" "inet seen" "$name")" 1 ||
			return
	done
	in_pe1 conntrack -F 2> /dev/null
	tcp_flow "$c4" "$s4" "$S4" 100000 || return
	matches "IPv4 entry" "$(in_pe1 conntrack -L -f ipv4 -p tcp 2> /dev/null)" \
		"src=$C4 dst=$S4 .*dport=4646 .*\[ASSURED\]" || return
	# fragments and errors too
	udp_flow "$c4" "$s4" "$S4" 20 size 1472 df off rate 500 || return
	forget_pmtu
	told_and_learned "$c4" "$S4" 1472 1460 &&
		same "INVALID" \
			"$(nft_packets "$pe1" "inet seen" invalid)" 0
}

# NAT of what comes out, as for any tunnel
port_forward()
{
	# README: NAT is bypassed
	fast_off "$pe1" pe1
	in_pe1 nft -f - <<-END || return
	table inet nat {
		chain prerouting {
			type nat hook prerouting priority -100
			iifname pe1 ip daddr 192.0.2.100 dnat ip to $C4
		}
	}
	END
	defer in_pe1 nft delete table inet nat
	ping_ok "$s4" 192.0.2.100 -W 5
}

vrf()
{
	pe1_in_vrf || return
	forget_seen
	forget_path
	same "TTL" "$(ping_ttl "$c4" "$S4")" 62 &&
		same "TTL" "$(ping_ttl "$s4" "$C4")" 62 &&
		tcp_flow "$c4" "$s4" "$S4" 200000 &&
		tcp_flow "$s4" "$c4" "$C4" 200000 && ways encap encap || return
	core_mtu 1400
	defer core_mtu 1500
	forget_pmtu
	told_and_learned "$c4" "$S4" 1400 1360 || return
	# again, by what the VRF's table keeps
	forget_seen
	forget_pmtu
	told_and_learned "$c4" "$S4" 1400 1360 &&
		same "packet too big from p" "$(seen told)" 0 || return
	udp_flow "$c4" "$s4" "$S4" 20 size 1472 df off rate 500
}

# A second PE on the same machine, with a host of its own: out of one device, into
# the other.
two_devices()
{
	setup_ns x4
	cable "$x4" eth0 "$pe1" lanx
	set_host "$x4" 203.0.113
	m46ctl -n "$pe1" -b - <<-END || return
	dev add pex mode adpt prefix 2001:db8:9::/96 method encap
	rule add 203.0.113.0/24 via 2001:db8:9::/96 dev pex local
	rule add 192.0.2.0/24 via $PREF1/96 dev pex
	rule add 203.0.113.0/24 via 2001:db8:9::/96 dev pe1
	END
	defer ip -n "$pe1" link delete pex
	defer m46ctl -n "$pe1" rule del 203.0.113.0/24 dev pe1
	ip -n "$pe1" -batch - <<-END
	link set pex up
	route add 2001:db8:9::/96 dev pex
	address add 203.0.113.1/24 dev lanx
	rule add pref 46 iif lan to 203.0.113.0/24 lookup 146
	rule add pref 47 iif lanx to 192.0.2.0/24 lookup 147
	route add default dev pe1 table 146
	route add default dev pex table 147
	END
	defer ip -n "$pe1" rule delete pref 46
	defer ip -n "$pe1" rule delete pref 47
	slowwait 10 ping_ok "$c4" 203.0.113.2 || { echo "no answer"; return 1; }
	tcp_flow "$c4" "$x4" 203.0.113.2 300000 &&
		tcp_flow "$x4" "$c4" "$C4" 300000 &&
		udp_flow "$c4" "$x4" 203.0.113.2 100 rate 1000 || return
	above "decapsulated by pex" "$(counter "$pe1" pex decapsulated)" 100 &&
		above "encapsulated by pex" \
			"$(counter "$pe1" pex encapsulated)" 10 &&
		same "loops" "$(counter "$pe1" pex recursion)" 0
}

# --- Linux's ip6_tunnel at the other end, on pe3

# ip6tnl WORD...: between the addresses of c4 and s4
ip6tnl()
{
	ip -n "$pe3" link delete pe3
	defer edge3_again
	ip -n "$pe3" link add tnl type ip6tnl mode ipip6 \
		local "${PREF3}c633:6402" remote "${PREF1}c000:202" "$@" 2>&1 ||
		return "$ksft_skip"
	defer ip -n "$pe3" link delete tnl
	ip -n "$pe3" address add "${PREF3}c633:6402/128" dev core nodad
	defer ip -n "$pe3" address delete "${PREF3}c633:6402/128" dev core
	ip -n "$pe3" link set tnl up
	ip -n "$pe3" route add 192.0.2.0/24 dev tnl
	forget_path
	forget_seen
}

edge3_again()
{
	edge_pe3 && m46ctl -n "$pe3" dev set pe3 method encap
}

# with_ip6tnl LIMIT WORD...: how many of its packets have the option
with_ip6tnl()
{
	local limit=$1
	shift

	ip6tnl "$@" || return
	traffic 62 62 && ways encap encap || return
	if [ "$limit" = none ]; then
		same "option in packets from tnl" "$(seen limit3)" 0 || return
	else
		same "option in packets from tnl" "$(seen limit3)" \
			"$(seen enc3)" || return
	fi
	# fragments: pe1's outer ones, tnl's inner ones; and before them
	core_mtu 1400
	defer core_mtu 1500
	forget_path
	udp_send "$c4" "$S4" 1 size 1472 df off
	udp_send "$s4" "$C4" 1 size 1472 df off
	forget_seen
	udp_flow "$c4" "$s4" "$S4" 30 size 1472 df off rate 300 &&
		same "IPv6 fragments from pe1" "$(seen frag1)" 60 || return
	udp_flow "$s4" "$c4" "$C4" 30 size 1472 df off rate 300 || return
	ping_ok "$c4" "$S4" -M dont -s 3000 -W 5 ||
		{ echo "no answer to 3028 bytes"; return 1; }
	forget_pmtu
	told_and_learned "$c4" "$S4" 1400 1360 &&
		tcp_flow "$c4" "$s4" "$S4" 300000 &&
		tcp_flow "$s4" "$c4" "$C4" 300000
}

# --- in the end

no_ipv4()
{
	capture_end "$TMP/w.pcap"
	capture_end "$TMP/e.pcap"
	capture_end "$TMP/lan.pcap"
	above "IPv4 packets on lan" "$(captured "$TMP/lan.pcap" ip)" 20 &&
		same "IPv4 and ARP on p's links" \
			"$(captured "$TMP/w.pcap")$(captured "$TMP/e.pcap")" 00
}

need_cmd iperf3 tcpdump traceroute nft conntrack jq python3 ethtool
load_m46
setup_topology
set_both method encap || ktap_bail "no method encap"
watch_core
ktap_plan 31
for dev in w e; do
	capture "$p" "$dev" "$TMP/$dev.pcap" "ip or arp" -s 64 ||
		ktap_bail "no capture"
done
capture "$pe1" lan "$TMP/lan.pcap" "icmp" -s 64 || ktap_bail "no capture"

ktap_test "ping, TCP, UDP both ways, two routers counted (ADPT-02, ENC-05)" \
	both_encap
ktap_test "encapsulated to pe3, translated to pe1 (ADPT-09, ADPT-11)" \
	in_defer_scope methods encap translate 61 62
ktap_test "translated to pe3, encapsulated to pe1 (ADPT-09, ADPT-11)" \
	in_defer_scope methods translate encap 62 61
ktap_test "method by rule, both at one egress (ADPT-09, ADPT-11)" \
	in_defer_scope by_rule
ktap_test "the core sees the same addresses (ADPT-09, ADPT-10)" same_addresses
ktap_test "traceroute -I both ways (ENC-05)" traceroute_both_ways -I
ktap_test "traceroute -U both ways (ENC-05)" traceroute_both_ways -U
ktap_test "from and to a PE (KERN-04)" from_pe
ktap_test "a customer's IP-in-IP tunnel, method translate (ADPT-36)" \
	in_defer_scope ipip
iperf_server
ktap_test "iperf3 both ways, super-packets stay whole (KERN-02)" \
	in_defer_scope superpackets
ktap_test "UDP super-packets (KERN-02)" udp_gso
ktap_test "TCP both ways without any offload (KERN-02)" \
	in_defer_scope no_offloads

core_mtu 1400
ktap_test "core link of 1400: 1360 told, p asked once (ENC-06, ENC-07, ENC-15)" \
	told_1360
ktap_test "core link of 1400: TCP both ways (ADPT-07, ADPT-35)" tcp_1360
ktap_test "core link of 1400: outer fragments (ENC-08, ENC-11)" \
	in_defer_scope outer_fragments
ktap_test "core link of 1400: inner fragments cross as they are (ENC-20)" \
	inner_fragments
ktap_test "core link of 1400: frag inner (ENC-09)" in_defer_scope frag_inner
ktap_test "core link of 1400: encap-limit 4 (ENC-12, ENC-13)" \
	in_defer_scope encap_limit
core_mtu 1500
forget_path

ktap_test "no route in the core: host unreachable (ENC-14)" \
	in_defer_scope no_route
ktap_test "hop limit exceeded in the core: host unreachable (ENC-02, ENC-14)" \
	in_defer_scope hop_limit
ktap_test "an exit that is none: host unreachable (ENC-14, ENC-16)" \
	in_defer_scope no_exit
ktap_test "congestion in the core is seen inside (ECN-01, ECN-03, ECN-05)" \
	in_defer_scope congestion
ktap_test "TCP with ECN through a congested core (ECN-03)" \
	in_defer_scope congested_tcp
ktap_test "hooks and conntrack on the PE (KERN-06, KERN-07)" \
	in_defer_scope hooks
ktap_test "DNAT of what comes out (KERN-06)" in_defer_scope port_forward
ktap_test "a device in a VRF (KERN-05)" in_defer_scope vrf
ktap_test "two devices of one machine (ENC-18)" in_defer_scope two_devices
ktap_test "nothing was dropped but what was meant to (KERN-14)" \
	no_drops_but too_big tun_ecn
ktap_test "ip6_tunnel as the other end, default encap limit (ENC-13)" \
	in_defer_scope with_ip6tnl 4
ktap_test "ip6_tunnel as the other end, no encap limit" \
	in_defer_scope with_ip6tnl none encaplimit none
ktap_test "no IPv4 packet in the core (ADPT-08)" no_ipv4
ktap_done
