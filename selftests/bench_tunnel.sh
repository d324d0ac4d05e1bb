#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a packet costs in a 6to4 router: m46, Linux's sit and plain forwarding,
# side by side, in instructions. Meant for a machine whose clock counts them
# ("selftests/vm/run.sh -I"); elsewhere the numbers are nanoseconds.
#
#   src ---- enc ---- dut ---- dst		namespaces, veth
#
# pktgen sends from src; enc is a plain router (encapsulation) or a 6to4 router
# with sit (decapsulation), and gives its packets a private header, as a network
# card would; dut is what is measured; dst counts and drops. The cost is the
# median of the whole way less the median of the way to dut's entrance.
#
# usage: bench_tunnel.sh [-n PACKETS] [-r RUNS] [-s SIZES]
#	default: 10000 packets, 5 runs, "78 512 1280" bytes with Ethernet header
set -eu
. "$(dirname "$0")/lib.sh"

packets=10000
runs=5
sizes="78 512 1280"
while getopts n:r:s: opt; do
	case $opt in
	n) packets=$OPTARG ;;
	r) runs=$OPTARG ;;
	s) sizes=$OPTARG ;;
	*) exit 2 ;;
	esac
done

CTL=${M46CTL:-$(dirname "$0")/../tools/m46ctl/m46ctl}
A=192.0.2.170 A6=2002:c000:2aa
B=192.0.2.187 B6=2002:c000:2bb
MAC=02:00:00:00:00

in_ns() { local ns=$1; shift; ip netns exec "$ns" "$@"; }

# link NS1 DEV1 MAC1 NS2 DEV2 MAC2
link()
{
	ip -n "$1" link add "$2" address "$MAC:$3" type veth \
		peer name "$5" address "$MAC:$6" netns "$4"
	ip -n "$1" link set "$2" up
	ip -n "$4" link set "$5" up
}

topology()
{
	local ns

	modprobe -a pktgen sit act_gact cls_matchall sch_ingress
	modprobe m46
	for ns in src enc dut dst; do
		ip netns add "$ns"
		in_ns "$ns" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1 \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0
		ip -n "$ns" link set lo up
	done
	sysctl -qw net.core.netdev_max_backlog=30000
	link src s0 01 enc e0 02
	link enc e1 03 dut d0 04
	link dut d1 05 dst x0 06
	ip -n enc addr add $B/24 dev e1
	ip -n dut addr add $A/32 dev d0
	ip -n enc neigh add $A lladdr $MAC:04 dev e1 nud permanent
	ip -n enc -6 addr add fd00:1::1/64 dev e1
	ip -n enc neigh add fd00:1::2 lladdr $MAC:04 dev e1 nud permanent
	ip -n dut addr add 198.51.100.1/24 dev d1
	ip -n dut neigh add 198.51.100.2 lladdr $MAC:06 dev d1 nud permanent
	ip -n dut -6 addr add fd00:2::1/64 dev d1
	ip -n dut neigh add fd00:2::2 lladdr $MAC:06 dev d1 nud permanent
	ip -n dut route add $B/32 via 198.51.100.2 dev d1
	in_ns dst tc qdisc add dev x0 clsact
	in_ns dst tc filter add dev x0 ingress matchall action drop
	in_ns dut tc qdisc add dev d0 clsact
}

counted()
{
	in_ns "$1" tc -s -j filter show dev "$2" ingress |
		sed -n 's/.*"packets":\([0-9]*\).*/\1/p' | head -n 1
}

pg() { in_ns src sh -c "echo \"$2\" > /proc/net/pktgen/$1"; }

# one SIZE SRC6 DST6 NS DEV: instructions a packet; counted at NS's DEV
one()
{
	local before usec

	before=$(counted "$4" "$5")
	pg kpktgend_0 rem_device_all
	pg kpktgend_0 "add_device s0"
	local line
	for line in "count $packets" "clone_skb 0" "pkt_size $1" "delay 0" \
		"src6 $2" "dst6 $3" "dst_mac $MAC:02" "udp_src_min 9" \
		"udp_src_max 9" "udp_dst_min 9" "udp_dst_max 9" \
		"flag UDPCSUM"; do
		pg s0 "$line"
	done
	pg pgctrl start
	usec=$(in_ns src sed -n 's/.*OK: \([0-9]*\)(.*/\1/p' /proc/net/pktgen/s0)
	[ $(($(counted "$4" "$5") - before)) -ge "$packets" ] || return 1
	echo $((usec * 1000 / packets))
}

median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }

# cost SIZE SRC6 DST6 NS DEV: the median
cost()
{
	local i n=0 all=""

	for ((i = 0; i < 3 * runs && n < runs; i++)); do
		one "$@" > /tmp/one || continue
		all+="$(cat /tmp/one)"$'\n'
		n=$((n + 1))
	done
	[ "$n" -eq "$runs" ] || { echo "packets are lost" >&2; exit 1; }
	printf %s "$all" | median "$runs"
}

# The three kinds of dut; where to: enc's packets for $1 leave by d1.
dut_plain() { ip -n dut -6 route add $B6::/48 via fd00:2::2 dev d1; }
undo_plain() { ip -n dut -6 route del $B6::/48; }
dut_sit()
{
	ip -n dut link add t0 type sit local $A ttl 64
	ip -n dut link set t0 up
	ip -n dut -6 route add 2002::/16 dev t0
}
undo_sit() { ip -n dut link del t0; }
dut_m46()
{
	in_ns dut "$CTL" dev add t0 mode 6to4 local $A 2> /dev/null
	ip -n dut link set t0 up
	ip -n dut -6 route add 2002::/16 dev t0
}
undo_m46() { ip -n dut link del t0; }

# row WHAT SIZE COST
row() { printf '%-18s %5s %8s\n' "$1" "$2" "$3"; }

topology
printf '%-18s %5s %8s\n' path bytes instructions

# Encapsulation: enc routes, dut encapsulates.
ip -n enc -6 route add $B6::/48 via fd00:1::2 dev e1
for size in $sizes; do
	in_ns dut tc filter add dev d0 ingress matchall action drop
	base=$(cost "$size" $A6::2 $B6::2 dut d0)
	in_ns dut tc filter del dev d0 ingress
	for kind in plain sit m46; do
		dut_$kind
		total=$(cost "$size" $A6::2 $B6::2 dst x0)
		undo_$kind
		what="$kind encap"
		[ $kind != plain ] || what="plain forward"
		row "$what" "$size" $((total - base))
	done
done
ip -n enc -6 route del $B6::/48

# Decapsulation: enc encapsulates with sit, dut decapsulates.
ip -n enc link add t0 type sit local $B ttl 64
ip -n enc link set t0 up
ip -n enc -6 route add 2002::/16 dev t0
ip -n dut -6 route add $A6::/48 via fd00:2::2 dev d1
for size in $sizes; do
	in_ns dut tc filter add dev d0 ingress matchall action drop
	base=$(cost "$size" $B6::2 $A6::2 dut d0)
	in_ns dut tc filter del dev d0 ingress
	for kind in sit m46; do
		dut_$kind
		total=$(cost "$size" $B6::2 $A6::2 dst x0)
		undo_$kind
		row "$kind decap" "$size" $((total - base))
	done
done
