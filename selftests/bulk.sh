#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1800
#
# Super-packets through one device, both ways, in all that it does with packets,
# and with what interfaces make of them: as TCP and UDP_SEGMENT make them (TSO),
# in pieces that the router puts together (GRO), as lists of whole packets (GRO
# with fraglist), without any offload. What leaves the router is counted there;
# nothing is lost, altered or reordered, and what was whole stays whole.
#
# environment: M46_TEST_MODES, M46_TEST_STATES: those only
#
#     h6                  t                  h4
#  +------+          +----------+         +------+
#  | eth0 |----------| six four |---------| eth0 |
#  +------+ .2    .1 |    m0    | .1   .2 +------+
#     2001:db8:6::/64 +--------+   192.0.2.0/24
#
#  translate, m46t: h6 speaks IPv6, h4 IPv4. encap: h6 has an ip6tnl with
#  198.51.100.2 in it; 6in4: h4 has a sit with 2001:db8:4::2.

# shellcheck disable=SC2154 # setup_ns sets h6 t h4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

H6=2001:db8:6::2
H4=192.0.2.2
MAPPED=2001:db8:3::c633:6402	# 198.51.100.2 behind h6
DIRECTIONS="64 46"

# --- the network

setup_bulk()
{
	modprobe -qa sit ip6_tunnel || ktap_skip_all "needs sit and ip6_tunnel"
	setup_ns h6 t h4
	ip -batch - <<-END
	link add eth0 netns $h6 type veth peer name six netns $t
	link add four netns $t type veth peer name eth0 netns $h4
	END
	for ns in "$h6" "$t" "$h4"; do
		set_sysctls "$ns" net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	ip -n "$h6" -batch - <<-END
	link set eth0 mtu 1600 up
	address add $H6/64 dev eth0 nodad
	address add $MAPPED/128 dev eth0 nodad preferred_lft 0
	route add default via 2001:db8:6::1
	END
	ip -n "$t" -batch - <<-END
	link set six mtu 1600 up
	link set four mtu 1600 up
	address add 2001:db8:6::1/64 dev six nodad
	address add 192.0.2.1/24 dev four
	route add 2001:db8:3::/96 via $H6
	END
	ip -n "$h4" -batch - <<-END
	link set eth0 mtu 1600 up
	address add $H4/24 dev eth0
	route add default via 192.0.2.1
	END
	# with a large link for what is encapsulated, a small one for its content
	ip netns exec "$t" nft -f - <<-END
	table netdev bulk {
		counter in6 { }
		counter in4 { }
		counter out6 { }
		counter out4 { }
		chain in6 {
			type filter hook ingress device six priority 0
			meta length > 600 counter name in6
		}
		chain in4 {
			type filter hook ingress device four priority 0
			meta length > 600 counter name in4
		}
		chain out6 {
			type filter hook egress device six priority 0
			meta length > 600 counter name out6
		}
		chain out4 {
			type filter hook egress device four priority 0
			meta length > 600 counter name out4
		}
	}
	END
	flow_start
}

# --- the devices; TO_4 and TO_6: what flow.py is told, from h6 to h4 and back

dev_up()
{
	defer ip -n "$t" link delete m0
	ip -n "$t" link set m0 up
	for route in "$@"; do
		ip -n "$t" route add "$route" dev m0 || return
	done
}

mtus()
{
	ip -n "$h6" link set eth0 mtu "$1"
	ip -n "$h4" link set eth0 mtu "$2"
}

adpt()
{
	m46ctl -n "$t" -b - <<-END || return
	dev add m0 mode adpt prefix 2001:db8:1::/96 $*
	rule add 192.0.2.0/24 via 2001:db8:1::/96 dev m0 local
	rule add 198.51.100.0/24 via 2001:db8:3::/96 dev m0
	END
	dev_up 2001:db8:1::/96 198.51.100.0/24
}

mode_translate()
{
	adpt && mtus 1520 1500
	TO_4="2001:db8:1::c000:202 at $H4 from $MAPPED"
	TO_6="198.51.100.2 at $MAPPED"
}

mode_encap()
{
	adpt method encap && mtus 1600 1500 || return
	ip -n "$h6" link add tnl mtu 1500 type ip6tnl mode ipip6 \
		local "$MAPPED" remote 2001:db8:1::c000:202 encaplimit none ||
		return
	defer ip -n "$h6" link delete tnl
	ip -n "$h6" -batch - <<-END
	link set tnl up
	address add 198.51.100.2/32 dev tnl
	route add 192.0.2.0/24 dev tnl
	END
	TO_4="$H4 at $H4"
	TO_6="198.51.100.2 at 198.51.100.2"
}

mode_m46t()
{
	m46ctl -n "$t" -b - <<-END || return
	dev add m0 mode m46t prefix 2001:db8:46::/96
	pool add 198.51.100.0/24 dev m0
	entry add $H6 198.51.100.6 dev m0
	END
	dev_up 2001:db8:46::/96 198.51.100.0/24 && mtus 1520 1500
	TO_4="2001:db8:46::c000:202 at $H4 from $H6"
	TO_6="198.51.100.6 at $H6"
}

mode_6in4()
{
	m46ctl -n "$t" dev add m0 mode 6to4 local 192.0.2.1 remote "$H4" \
		2> /dev/null || return
	# as much as the device takes
	dev_up 2001:db8:4::/64 && mtus 1480 1600 || return
	ip -n "$h4" tunnel add sit46 mode sit local "$H4" remote 192.0.2.1 \
		ttl 64 || return
	defer ip -n "$h4" link delete sit46
	ip -n "$h4" -batch - <<-END
	link set sit46 mtu 1480 up
	address add 2001:db8:4::2/64 dev sit46 nodad
	route add 2001:db8:6::/64 dev sit46
	END
	TO_4="2001:db8:4::2 at 2001:db8:4::2 from $H6"
	TO_6="$H6 at $H6"
}

# --- the interfaces; LEAST and MOST: the mean size of what leaves the router

# ends WORD...: of the hosts' interfaces, where it is sent
# router WORD...: of the router's
ends() { feature "$h6" eth0 "$@" && feature "$h4" eth0 "$@"; }
router() { feature "$t" six "$@" && feature "$t" four "$@"; }

# feature NS DEV WORD...: until the scope ends, the opposite thereafter
feature()
{
	local ns=$1 dev=$2 word back=()
	shift 2

	for word in "$@"; do
		case $word in
		on) back+=(off) ;;
		off) back+=(on) ;;
		*) back+=("$word") ;;
		esac
	done
	ip netns exec "$ns" ethtool -K "$dev" "$@" > /dev/null 2>&1 || {
		echo "$dev: ethtool -K $*"
		return "$ksft_skip"
	}
	defer feature_back "$ns" "$dev" "${back[@]}"
}

feature_back()
{
	ip netns exec "$1" ethtool -K "${@:2}" > /dev/null 2>&1
}

PIECES="tso off gso off tx-udp-segmentation off"
WHOLE=6000 SOME=2200 SINGLE=1601

state_tso() { LEAST=$WHOLE MOST=70000; }

state_no_checksums()
{
	# without them there is no TSO either, and no UDP_SEGMENT
	ends tx off rx off && router tx off rx off || return
	LEAST=600 MOST=$SINGLE GSO=
}

# the router's alone: what is whole needs them only when it leaves
state_no_rx_checksums()
{
	router rx off || return
	LEAST=$WHOLE MOST=70000
}

state_gro()
{
	# shellcheck disable=SC2086 # words
	ends $PIECES && router gro on && router rx-udp-gro-forwarding on || return
	LEAST=$SOME MOST=70000
	# not every kernel puts UDP in a tunnel together
	case $protocol,$mode in
	udp,encap | udp,6in4) LEAST=600 ;;
	esac
}

# Lists have the headers of every packet: they are taken apart (KERN-11).
state_gro_list()
{
	# shellcheck disable=SC2086 # words
	ends $PIECES && router gro on && router rx-gro-list on || return
	LEAST=600 MOST=70000
}

# --- what is sent

# bytes_a_packet COUNTER
bytes_a_packet()
{
	ip netns exec "$t" nft list counter netdev bulk "$1" | awk '
		$1 == "packets" { print int($4 / ($2 ? $2 : 1)) }'
}

# But what has to be taken apart: lists, and what is cut.
stays_whole()
{
	[ "$state" != gro_list ] && [ "$state" != cut ] || return 0
	above "bytes a packet out, beside those in" "$mean" \
		"$(($(bytes_a_packet "$in") * 9 / 10))"
}

all_fast()
{
	[ -n "${M46_FASTPATH:-}" ] || return 0
	[ "$state" != gro_list ] && [ "$state" != cut ] || return 0
	above "packets on the fast path" "$1" \
		"$(($(nft_packets "$t" "netdev bulk" "$2") / 2))"
}

# sent 64|46 PROTOCOL: the counters are those of one flow
sent()
{
	local from=$h6 to=$h4 where=$TO_4 out=out4 in=in6 addr mean fast

	[ "$1" = 64 ] || {
		from=$h4 to=$h6 where=$TO_6 out=out6 in=in4
	}
	addr=${where%% *}
	ip netns exec "$t" nft reset counters > /dev/null
	fast=$(counter "$t" m0 fastpath)
	case $2 in
	tcp)
		same "tcp" "$(flow tcp "$from" "$to" "$addr" 1000000 \
			"${where#* }")" "received 1000000 intact yes" || return
		;;
	udp)
		udp_flow "$from" "$to" "$addr" 400 \
			${GSO:+gso} size "${SIZE:-1200}" rate 8000 \
			"${where#* }" || return
		;;
	esac
	mean=$(bytes_a_packet "$out")
	fast=$(($(counter "$t" m0 fastpath) - fast))
	echo "$mode $state $2 $1: $(nft_packets "$t" "netdev bulk" "$in")" \
		"packets of $(bytes_a_packet "$in") in," \
		"$(nft_packets "$t" "netdev bulk" "$out") of $mean out," \
		"$fast on the fast path" >> "$TMP/means"
	all_fast "$fast" "$out" && stays_whole && above "bytes a packet, $2 $1" "$mean" "$((LEAST - 1))" &&
		below "bytes a packet, $2 $1" "$mean" "$((MOST + 1))"
}

# bulk MODE STATE PROTOCOL
bulk()
{
	local mode=$1 state=$2 protocol=$3 direction

	GSO=yes
	"mode_$mode" && "state_$state" || return
	# neighbours, entries and path MTUs are known then
	flow udp "$h6" "$h4" "${TO_4%% *}" 2 "${TO_4#* }" > /dev/null
	flow udp "$h4" "$h6" "${TO_6%% *}" 2 "${TO_6#* }" > /dev/null
	for direction in $DIRECTIONS; do
		sent "$direction" "$protocol" || return
	done
	same "drops" "$(m46ctl -n "$t" -s stats show dev m0 |
		awk '$3 > 0 && $4 == "drop" { print $2, $3 }')" ""
}

# UDP_SEGMENT clears DF where the whole is larger than the MTU, so that pieces
# over 1260 are cut for IPv6 (SIIT-14), unless the core is known to carry them
# (SIIT-15); the other way they have DF (SIIT-44).
no_df()
{
	local mode=$1 state=tso SIZE=1400 GSO=yes MOST=70000

	"mode_$mode" || return
	flow udp "$h6" "$h4" "${TO_4%% *}" 2 "${TO_4#* }" > /dev/null
	flow udp "$h4" "$h6" "${TO_6%% *}" 2 "${TO_6#* }" > /dev/null
	LEAST=$WHOLE
	sent 64 udp || return
	# the larger parts only: each of them is in two
	LEAST=600 MOST=1300 state=cut
	sent 46 udp || return
	same "cut" "$(counter "$t" m0 fragmented)" 400 || return
	m46ctl -n "$t" dev set m0 lowest-ipv6-mtu 1500 || return
	LEAST=$WHOLE MOST=70000 state=tso
	sent 46 udp
}

need_root
need_cmd ip nft ethtool python3
load_m46
setup_bulk
: > "$TMP/means"
MODES=${M46_TEST_MODES:-translate m46t encap 6in4}
STATES=${M46_TEST_STATES:-tso no_rx_checksums no_checksums gro gro_list}
read -r -a all <<< "$MODES"
read -r -a each <<< "$STATES"
ktap_plan $((${#all[@]} * ${#each[@]} * 2 + 2))
for mode in $MODES; do
	for state in $STATES; do
		for protocol in tcp udp; do
			ktap_test "$mode, ${state//_/ }, $protocol (KERN-02)" \
				in_defer_scope bulk "$mode" "$state" "$protocol"
		done
	done
done
for mode in translate m46t; do
	ktap_test "$mode, UDP without DF (KERN-02, SIIT-14, SIIT-15)" \
		in_defer_scope no_df "$mode"
done
ktap_print "$(cat "$TMP/means")"
ktap_done
