#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Ordinary programs across two translations: nothing is lost, altered or
# reordered, every router counts once, and super-packets stay whole.
#
#  +------+      +------+        +-------+        +------+       +------+
#  |  c4  |------| pe1  |--------|   p   |--------| pe3  |-------|  s4  |
#  +------+ .2.1 +------+ ::2 ::1+-------+::1 ::2 +------+ .1.2  +------+
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  (devices and prefixes: adpt_lib.sh)

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# --- hop counts

ping_both_ways()
{
	same "TTL at c4" "$(ping_ttl "$c4" "$S4")" 61 &&
		same "TTL at s4" "$(ping_ttl "$s4" "$C4")" 61
}

FROM_C4="192.0.2.1 192.0.2.253 198.51.100.254 $S4 "
FROM_S4="198.51.100.1 198.51.100.253 192.0.2.254 $C4 "

traceroute_both_ways()
{
	same "hops c4 > s4" "$(hops "$c4" traceroute -n -w 5 -q 1 "$1" "$S4")" \
		"$FROM_C4" &&
		same "hops s4 > c4" \
		     "$(hops "$s4" traceroute -n -w 5 -q 1 "$1" "$C4")" "$FROM_S4"
}

# The IPv4 identification, by which tcptraceroute knows its probes, has no place
# in IPv6: track the port instead.
tcptraceroute_both_ways()
{
	local cmd="tcptraceroute -n -w 5 -q 1 --track-port"

	# shellcheck disable=SC2086 # words
	same "hops c4 > s4" "$(hops "$c4" $cmd "$S4" 80)" "$FROM_C4" &&
		same "hops s4 > c4" "$(hops "$s4" $cmd "$C4" 80)" "$FROM_S4"
}

# What a PE sends itself loses nothing there: 64 on the wire, 2 routers to s4.
local_ttl()
{
	local ttl

	in_p nft -f - <<-END
	table ip6 seen {
		chain prerouting {
			type filter hook prerouting priority 0
			iifname w icmpv6 type echo-request ip6 hoplimit 64 counter
		}
	}
	END
	defer in_p nft delete table ip6 seen
	# s4, p and pe1 itself: the answer is decremented by pe3 and p.
	ttl=$(ping_ttl "$pe1" "$S4" -I 192.0.2.1)
	same "TTL of the answer" "$ttl" 62 &&
		same "echoes with hop limit 64 on the wire" \
			"$(nft_packets "$p" "ip6 seen")" 1
}

# A PE's IPv4 address lies behind the device, so behind the PE as an IPv6 router.
local_traceroute()
{
	same "hops pe1 > s4" \
		"$(hops "$pe1" traceroute -n -w 5 -q 1 -I -s 192.0.2.1 "$S4")" \
		"192.0.2.253 198.51.100.254 $S4 " &&
		same "hops c4 > pe3" \
		     "$(hops "$c4" traceroute -n -w 5 -q 1 -I 198.51.100.1)" \
		     "192.0.2.1 192.0.2.253 198.51.100.254 198.51.100.1 "
}

local_tcp()
{
	tcp_flow "$pe1" "$s4" "$S4" 200000 &&
		tcp_flow "$s4" "$pe1" 192.0.2.1 200000
}

# --- TCP

iperf()
{
	ip netns exec "$c4" iperf3 -J -t 1 --connect-timeout 10000 -c "$S4" "$@"
}

# Mean size of what entered a device while a command ran, put into $size
mean_size()
{
	local ns=$1 dev=$2 bytes packets
	shift 2

	bytes=$(link_stat "$ns" "$dev" tx.bytes)
	packets=$(link_stat "$ns" "$dev" tx.packets)
	"$@" || return
	packets=$(($(link_stat "$ns" "$dev" tx.packets) - packets))
	bytes=$(($(link_stat "$ns" "$dev" tx.bytes) - bytes))
	size=$((bytes / (packets > 0 ? packets : 1)))
}

iperf_ok()
{
	local json

	json=$(iperf "$@") || { echo "$json"; return 1; }
	above "bytes received" "$(jq '.end.sum_received.bytes' <<< "$json")" \
		100000
}

tcp_superpackets()
{
	# TCP makes super-packets of what it sends in a millisecond.
	if [ -n "${KSFT_MACHINE_SLOW:-}" ]; then
		iperf_ok && iperf_ok -R || return
		echo "this machine is too slow for TCP to send super-packets"
		return 4
	fi
	mean_size "$pe1" pe1 iperf_ok || return
	above "bytes a packet on pe1, c4 > s4" "$size" 6000 || return
	mean_size "$pe3" pe3 iperf_ok -R || return
	above "bytes a packet on pe3, s4 > c4" "$size" 6000
}

offloads()
{
	ip netns exec "$2" ethtool -K "$3" tso "$1" gso "$1" gro "$1" \
		tx "$1" rx "$1" > /dev/null 2>&1
}

tcp_no_offloads()
{
	on_veths offloads off
	defer on_veths offloads on
	mean_size "$pe1" pe1 iperf_ok || return
	below "bytes a packet on pe1" "$size" 1501 &&
		tcp_flow "$c4" "$s4" "$S4" 300000 &&
		tcp_flow "$s4" "$c4" "$C4" 300000
}

tcp_intact()
{
	tcp_flow "$c4" "$s4" "$S4" 1000000 && tcp_flow "$s4" "$c4" "$C4" 1000000
}

# --- everything is watched: clones of what the device rewrites

watched()
{
	local ns

	# README: tcpdump on the device is bypassed
	fast_off "$pe1" pe1
	for ns in "$c4" "$pe1" "$p" "$pe3" "$s4"; do
		capture "$ns" any "$TMP/$ns.pcap" "" -s 200 -B 16384 || return
	done
	tcp_intact || return
	udp_flow "$c4" "$s4" "$S4" 200 size 1000 rate 2000 || return
	# Received on lan, sent to pe1; received on pe1, sent to core.
	slowwait 10 seen 4 400 && slowwait 10 seen 6 400
}

# seen FAMILY COUNT: datagrams that tcpdump has seen on pe1 in that family
seen()
{
	local filter="ip and src $C4 and dst $S4 and udp"

	[ "$1" = 4 ] || filter="ip6 and dst ${PREF3}c633:6402 and ip6[6] = 17"
	same "IPv$1 datagrams seen on pe1" \
		"$(captured "$TMP/$pe1.pcap" "$filter")" "$2"
}

# --- UDP

udp_ordered()
{
	udp_flow "$c4" "$s4" "$S4" 1000 rate 4000 &&
		udp_flow "$s4" "$c4" "$C4" 1000 rate 4000 size 1200
}

udp_iperf()
{
	local json

	json=$(iperf -u -b 5M -l 1200) || { echo "$json"; return 1; }
	above "packets" "$(jq '.end.sum.packets' <<< "$json")" 100 &&
		same "lost" "$(jq '.end.sum.lost_packets' <<< "$json")" 0
}

# UDP super-packets, as QUIC senders make them
udp_gso()
{
	mean_size "$pe1" pe1 udp_flow "$c4" "$s4" "$S4" 400 gso \
		size 1000 rate 5000 || return
	above "bytes a packet on pe1" "$size" 6000 &&
		udp_flow "$s4" "$c4" "$C4" 400 gso size 1400 rate 5000
}

udp_zero_computed()
{
	local before

	before=$(counter "$pe1" pe1 udp_zero_computed)
	udp_flow "$c4" "$s4" "$S4" 100 no-check rate 4000 || return
	same "checksums computed" \
		$(($(counter "$pe1" pe1 udp_zero_computed) - before)) 100
}

udp_zero_forwarded()
{
	local before

	m46ctl -n "$pe1" dev set pe1 udp-zero forward || return
	defer m46ctl -n "$pe1" dev set pe1 udp-zero compute
	before=$(counter "$pe3" pe3 udp_zero_forwarded)
	udp_flow "$c4" "$s4" "$S4" 100 no-check rate 4000 || return
	same "zero checksums that came through" \
		$(($(counter "$pe3" pe3 udp_zero_forwarded) - before)) 100
}

udp_zero_dropped()
{
	local before

	m46ctl -n "$pe1" dev set pe1 udp-zero drop || return
	defer m46ctl -n "$pe1" dev set pe1 udp-zero compute
	before=$(counter "$pe1" pe1 udp_zero)
	udp_send "$c4" "$S4" 10 no-check
	same "dropped" $(($(counter "$pe1" pe1 udp_zero) - before)) 10
}

# Packets received as lists of whole packets (NETIF_F_GSO_FRAGLIST): what leaves
# are single packets again. UDP on all kernels, TCP from 6.10 on. c4 sends its
# super-packets in pieces, so that they arrive at once and are put together.
fraglist()
{
	local dev sent=400

	in_c4 ethtool -K eth0 tso off gso off tx-udp-segmentation off
	defer in_c4 ethtool -K eth0 tso on gso on tx-udp-segmentation on
	for dev in lan core; do
		in_pe1 ethtool -K "$dev" gro on rx-gro-list on 2>&1 ||
			return "$ksft_skip"
		defer in_pe1 ethtool -K "$dev" gro off rx-gro-list off
	done
	in_pe1 nft -f - <<-END
	table ip seen {
		chain prerouting {
			type filter hook prerouting priority 0
			iifname lan udp dport 4646 counter
		}
	}
	END
	defer in_pe1 nft delete table ip seen
	udp_flow "$c4" "$s4" "$S4" "$sent" gso size 1000 &&
		below "packets after GRO" \
			"$(nft_packets "$pe1" "ip seen")" "$sent" &&
		tcp_flow "$c4" "$s4" "$S4" 500000 &&
		tcp_flow "$s4" "$c4" "$C4" 500000
}

need_cmd iperf3 tcpdump traceroute tcptraceroute nft jq python3 ethtool
load_m46
setup_topology
ktap_plan 20
ktap_test "ping both ways, 3 routers counted (ADPT-30, SIIT-06)" ping_both_ways
ktap_test "traceroute -I both ways, each router once (KERN-04, ICMP-57)" \
	traceroute_both_ways -I
ktap_test "traceroute -U both ways, each router once (KERN-04, SIIT-06)" \
	traceroute_both_ways -U
ktap_test "traceroute -T both ways, each router once (KERN-04)" \
	traceroute_both_ways -T
ktap_test "tcptraceroute both ways, each router once (KERN-04)" \
	tcptraceroute_both_ways
ktap_test "a PE's own ping leaves with hop limit 64 (KERN-04)" \
	in_defer_scope local_ttl
ktap_test "traceroute from and to a PE (KERN-04)" local_traceroute
ktap_test "TCP from and to a PE, checksums left to the device (KERN-01)" \
	local_tcp
ktap_test "TCP both ways arrives intact (ADPT-02, KERN-01)" tcp_intact
iperf_server
ktap_test "iperf3 both ways, super-packets stay whole (KERN-02)" \
	tcp_superpackets
ktap_test "TCP both ways without any offload (KERN-01, KERN-02)" \
	in_defer_scope tcp_no_offloads
ktap_test "tcpdump on all interfaces alters nothing (KERN-03)" \
	in_defer_scope watched
ktap_test "1000 datagrams both ways, in order (SIIT-26, KERN-18)" udp_ordered
ktap_test "iperf3 UDP without loss (KERN-01)" udp_iperf
ktap_test "UDP super-packets stay whole (KERN-02)" udp_gso
ktap_test "UDP without checksum gets one (SIIT-21)" udp_zero_computed
ktap_test "UDP without checksum as it is, udp-zero forward (ADPT-34)" \
	in_defer_scope udp_zero_forwarded
ktap_test "UDP without checksum refused, udp-zero drop (SIIT-21)" \
	in_defer_scope udp_zero_dropped
ktap_test "GRO lists are taken apart (KERN-02, KERN-11)" in_defer_scope fraglist
ktap_test "nothing was dropped but what was meant to (KERN-14)" \
	no_drops_but too_big udp_zero
ktap_done
