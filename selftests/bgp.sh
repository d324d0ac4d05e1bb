#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1800
#
# A multi-domain IPv6-only network: three ASes of an operator with IPv6 inside,
# five PEs with FRR and BIRD who tell one another by BGP which IPv4 blocks they
# have, a neighbour operator with IPv4 only. The network is in bgp_lib.sh, the
# configurations are those of Documentation/examples/adpt-bgp.

# shellcheck disable=SC2154 # setup_ns sets pe1 ... h4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/bgp_lib.sh"

DC1=${BLOCKS[pe3]}
LOOPBACKS="${LOOPBACK[pe1]}, ${LOOPBACK[pe2]}, ${LOOPBACK[pe4]}, ${LOOPBACK[pe5]}"

# --- traffic

# reach HOST HOST...: every pair of them
reach()
{
	local a b

	while [ $# -gt 1 ]; do
		a=$1
		shift
		for b in "$@"; do
			slowwait 30 ping_ok "${!a}" "${ADDRESS[$b]}" \
				-I "${ADDRESS[$a]}" ||
				{ echo "$a does not reach $b"; return 1; }
		done
	done
}

transfer()
{
	local a b

	for a in "${HOSTS[@]}"; do
		for b in "${HOSTS[@]}"; do
			[ "$a" = "$b" ] || tcp_flow "${!a}" "${!b}" "${ADDRESS[$b]}" \
				100000 from "${ADDRESS[$a]}" || return
		done
	done
}

# ttl_is HOST ADDRESS TTL: tells one way from another
ttl_is()
{
	[ "$(ping_ttl "${!1}" "$2" -W 1)" = "$3" ]
}

no_way()
{
	ip netns exec "${!1}" ping -n -c 1 -W 2 "$2" |
		grep -qE 'From .* Destination (Net|Host) Unreachable'
}

# --- the first round

start_daemons()
{
	local node

	for node in "${CORE[@]}" "${PES[@]}" br4; do
		daemon_start "$node" || { echo "$node does not start"; return 1; }
	done
}

accepted()
{
	start_daemons && converged
}

# A PE that runs FRR, one that runs BIRD
shown()
{
	matches pe1 "$(m46ctl -n "$pe1" rule show dev pe)" \
		'^198\.51\.100\.0/25 +2001:db8:103::/96 .* pe +bgp ' &&
		matches pe3 "$(m46ctl -n "$pe3" rule show dev pe)" \
			'^192\.0\.2\.0/26 +2001:db8:101::/96 .* pe +bird ' &&
		matches get "$(m46ctl -n "$pe3" rule get 192.0.2.7 dev pe)" \
			'^192\.0\.2\.0/26 via 2001:db8:101::/96 ' &&
		refused 'leads to lan' m46ctl -n "$pe3" rule get 198.51.100.2 dev pe
}

# sum COUNTER: over the PEs
sum()
{
	local pe n=0

	for pe in "${PES[@]}"; do
		((n += $(counter "${!pe}" pe "$1")))
	done
	echo "$n"
}

two_conversions()
{
	local in out

	in=$(sum translated_46) out=$(sum translated_64)
	ip netns exec "$c1" ping -n -q -i 0.1 -c 10 "${ADDRESS[h4]}" > /dev/null ||
		return
	same "IPv4 to IPv6, 10 pings" $(($(sum translated_46) - in)) 20 &&
		same "IPv6 to IPv4" $(($(sum translated_64) - out)) 20
}

# What the devices have seen
device_packets()
{
	local pe

	for pe in "${PES[@]}"; do
		echo "$pe $(link_stat "${!pe}" pe rx.packets) $(link_stat "${!pe}" pe tx.packets)"
	done
}

native6()
{
	local before

	before=$(device_packets)
	slowwait 30 ping_ok "$d1" 2001:db8:3d2::2 ||
		{ echo "no answer"; return 1; }
	same "hop limit, four routers" "$(ping_ttl "$d1" 2001:db8:3d2::2)" 60 &&
		tcp_flow "$d1" "$d2" 2001:db8:3d2::2 1000000 &&
		tcp_flow "$d2" "$d1" 2001:db8:1d1::2 1000000 &&
		same "packets of the devices" "$(device_packets)" "$before"
}

only_ipv6()
{
	local n

	n=$(core_frames seen6)
	same "IPv4 and ARP" "$(core_frames seen4)" 0 &&
		same "neither" "$(core_frames seen_other)" 0 &&
		above "IPv6" "$n" 1000 &&
		same "IPv4 routes of p2" "$(ip -n "$p2" -4 route)" ""
}

# --- what changes

# Figure 3 of the draft: AS 64502 between the two others
by_as2()
{
	ip -n "$p1" link set p3 down
	slowwait 30 ttl_is c1 "${ADDRESS[h4]}" 58 ||
		{ bgp_state; return 1; }
	reach c1 d2 && ip -n "$p1" link set p3 up &&
		ip -n "$p1" address add 2001:db8:fe:13::1/64 dev p3 nodad &&
		slowwait 60 ttl_is c1 "${ADDRESS[h4]}" 59
}

# Elsewhere in the Internet there is another 198.51.100.2, which has the packets for
# DC1 that take the default egress.
elsewhere()
{
	ip -n "$h4" address "$1" "${ADDRESS[d1]}/32" dev lo
}

withdraw()
{
	elsewhere add
	ip -n "$pe3" address del 198.51.100.1/25 dev lan
	slowwait 30 ttl_is c1 "${ADDRESS[d1]}" 59 && slowwait 30 ttl_is d2 "${ADDRESS[d1]}" 60
}

no_default()
{
	birdc_at br4 disable internet > /dev/null
	slowwait 30 no_way c1 "${ADDRESS[d1]}" && no_way c2 8.8.8.8 &&
		no_way d2 "${ADDRESS[d1]}"
}

announce()
{
	elsewhere del
	birdc_at br4 enable internet > /dev/null
	ip -n "$pe3" address add 198.51.100.1/25 dev lan
	converged && reach c1 d1 d2 && tcp_flow "$c1" "$d1" "${ADDRESS[d1]}" 100000
}

# pe2 has gone mad: it says that it has a block of pe1, and that its own is behind
# pe3.
refused_rules()
{
	cp "$ETC/pe2.bird.conf" "$TMP/pe2.sane"
	sed -i -e 's|^define PREF6 = .*|define PREF6 = 2001:db8:103::/96;|' \
		-e 's|^define LOCAL4 = .*|define LOCAL4 = [ 192.0.2.64/26, 192.0.2.0/28 ];|' \
		-e 's|^\troute 192.0.2.64/26.*|&\n\troute 192.0.2.0/28 via 192.0.2.66;|' \
		"$ETC/pe2.bird.conf"
	# Its own device keeps the prefix.
	sed 's|route PREF6 via|route 2001:db8:202::/96 via|' \
		"$ETC/pe-common.bird.conf" > "$ETC/pe2-common.bird.conf"
	sed -i 's|pe-common|pe2-common|' "$ETC/pe2.bird.conf"
	birdc_at pe2 configure | grep -q Reconfigured || return
	slowwait 90 gone "$pe1" 192.0.2.64/26 && slowwait 90 gone "$pe3" 192.0.2.64/26 &&
		gone "$pe1" 192.0.2.0/28 && gone "$pe3" 192.0.2.0/28 && reach c1 d1
}

# gone NS PREFIX
gone()
{
	[ -z "$(ip -n "$1" -4 route show "$2")" ]
}

sane_again()
{
	cp "$TMP/pe2.sane" "$ETC/pe2.bird.conf"
	birdc_at pe2 configure > /dev/null
	converged
}

# no_session NODE [ADDRESS]: neither side hears the other; pe3 with all PEs, if no
# address is given
no_session()
{
	in_node "$1" nft -f - <<-END
	table ip6 cut {
		set others {
			type ipv6_addr
			elements = { ${2:-$LOOPBACKS} }
		}
		chain input {
			type filter hook input priority 0
			ip6 saddr @others tcp dport 179 drop
			ip6 saddr @others tcp sport 179 drop
		}
		chain output {
			type filter hook output priority 0
			ip6 daddr @others tcp dport 179 drop
			ip6 daddr @others tcp sport 179 drop
		}
	}
	END
	defer in_node "$1" nft delete table ip6 cut
}

# The core is there, the sessions of pe3 are not. All let the rules go when the hold
# time is over: the others have the default egress, pe3 has nothing and says so.
lost_sessions()
{
	local pe

	elsewhere add
	defer elsewhere del
	no_session pe3
	for pe in pe1 pe2 pe4 pe5; do
		slowwait 90 gone "${!pe}" "$DC1" || { bgp_state; return 1; }
	done
	slowwait 90 no_rules pe3 || { bgp_state; return 1; }
	slowwait 30 ttl_is c1 "${ADDRESS[d1]}" 59 || { echo "no egress"; return 1; }
	no_way d1 "${ADDRESS[c1]}" || { echo "d1 is not told"; return 1; }
}

no_rules()
{
	[ -z "$(rules "$1")" ]
}

# One session of the mesh. The default egress does not do: it has the rule, and no
# packet is converted more than twice (ADPT-08). What belongs to the operator is
# better unreachable than there, as the guide says.
lost_session()
{
	frr_vtysh pe1 -c 'configure terminal' -c 'ip route 198.51.100.0/24 reject 250'
	defer frr_vtysh pe1 -c 'configure terminal' \
		-c 'no ip route 198.51.100.0/24 reject 250'
	no_session pe1 "${LOOPBACK[pe3]}"
	slowwait 90 gone "$pe1" "$DC1" || { bgp_state; return 1; }
	slowwait 30 no_way c1 "${ADDRESS[d1]}" || { echo "c1 is not told"; return 1; }
	reach c1 d2 h4
}

regained()
{
	converged && reach c1 d1 d2
}

# --- daemons that die

# survives NODE HOST COMMAND...: all other hosts ping HOST, which is behind NODE, all
# the while, and none is lost
survives()
{
	local node=$1 to=$2 from router sent received ret=0
	local -A pid=()
	shift 2

	for router in "${PES[@]}" p1; do
		ip -n "${!router}" -ts monitor route > "$TMP/monitor.$router" &
		defer kill_quietly $!
	done
	for from in "${HOSTS[@]}"; do
		[ "$from" != "$to" ] || continue
		ip netns exec "${!from}" ping -n -q -i 0.2 "${ADDRESS[$to]}" > "$TMP/ping.$from" &
		pid[$from]=$!
	done
	"$@" || ret=1
	kill -INT "${pid[@]}"
	wait "${pid[@]}"
	[ "$ret" -eq 0 ] || return
	for from in "${!pid[@]}"; do
		read -r sent _ _ received _ < <(grep transmitted "$TMP/ping.$from")
		above "pings from $from while $node was away" "$sent" 30 || ret=1
		# The last one may be on its way.
		below "lost of $sent from $from" $((sent - received)) 2 || ret=1
	done
	[ "$ret" -eq 0 ] || grep Deleted "$TMP"/monitor.* |
		grep -v 'fe80::/\|ff00::/\|^local' | sed "s|$TMP/||" | head -n 60
	return "$ret"
}

# sessions_up NODE: with all the others
sessions_up()
{
	case ${DAEMON[$1]} in
	bird)
		birdc_at "$1" show protocols 2> /dev/null | awk '$2 == "BGP" && $6 == "Established" { n++ }
			END { exit n < 5 }' ;;
	frr)
		frr_vtysh "$1" -c 'show bgp summary json' |
			jq -e '[.ipv4Unicast.peers[], .ipv6Unicast.peers[] |
			select(.state == "Established")] | length >= 5' > /dev/null ;;
	esac
}

again()
{
	local node=$1
	shift

	if [ $# -gt 0 ]; then
		frr_kill "$node" "$@"
		# A while without, so that its neighbours notice
		sleep 1
		frr_daemon "$node" "$@" && frr_configure "$node"
	else
		daemon_kill "$node"
		# Longer, so that many pings have no daemon on a quick machine, too
		sleep 4
		daemon_start "$node"
	fi || return
	slowwait 120 sessions_up "$node" || { bgp_state; return 1; }
	converged
}

# --- PEs that die

# dead PE: from one moment to the next. A daemon alone would end its sessions, and the
# others keep the rules until it is back.
dead()
{
	ip -n "${!1}" link set core down
	daemon_kill "$1"
}

alive()
{
	local n

	ip -n "${!1}" link set core up
	case $1 in
	pe1) n=2001:db8:1fe:1 ;;
	pe2) n=2001:db8:2fe:2 ;;
	pe3) n=2001:db8:1fe:3 ;;
	pe4) n=2001:db8:3fe:4 ;;
	pe5) n=2001:db8:3fe:5 ;;
	esac
	ip -n "${!1}" address replace "$n::2/64" dev core nodad
	daemon_start "$1"
}

# no_rules_of PE PES...: they have none that leads there
no_rules_of()
{
	local dead=$1 pe
	shift

	for pe in "$@"; do
		! ip -n "${!pe}" -4 route show | grep -q "via inet6 ${PREF[$dead]} " ||
			{ echo "$pe still has rules of $dead"; return 1; }
	done
}

without()
{
	local pe others=() hosts=()

	for pe in "${PES[@]}"; do
		[ "$pe" != "$1" ] || continue
		others+=("$pe")
		hosts+=("${HOST[$pe]}")
	done
	dead "$1"
	slowwait 120 no_rules_of "$1" "${others[@]}" || { bgp_state; return 1; }
	converged "${others[@]}" && reach "${hosts[@]}" || return
	alive "$1"
	converged && reach "${HOSTS[@]}"
}

# --- what must not be

# A session on a common link, the way it is set up by somebody who has not read the
# guide: FRR takes the link-local next hop.
link_local()
{
	ip link add side netns "$pe4" type veth peer name side netns "$pe5"
	ip -n "$pe4" link set side up
	ip -n "$pe5" link set side up
	ip -n "$pe4" address add 2001:db8:3fe:45::4/64 dev side nodad
	ip -n "$pe5" address add 2001:db8:3fe:45::5/64 dev side nodad
	frr_vtysh pe5 -c 'configure terminal' -c 'ip route 203.0.113.128/25 192.0.2.254' \
		-c 'router bgp 64503' -c 'neighbor 2001:db8:3fe:45::4 remote-as 64503' \
		-c 'neighbor 2001:db8:3fe:45::4 capability extended-nexthop' \
		-c 'address-family ipv4 unicast' -c 'network 203.0.113.128/25' \
		-c 'neighbor 2001:db8:3fe:45::4 activate' || return
	frr_vtysh pe4 -c 'configure terminal' -c 'router bgp 64503' \
		-c 'neighbor 2001:db8:3fe:45::5 remote-as 64503' \
		-c 'neighbor 2001:db8:3fe:45::5 capability extended-nexthop' \
		-c 'address-family ipv4 unicast' \
		-c 'neighbor 2001:db8:3fe:45::5 activate' || return
	slowwait 90 side_route 'via inet6 fe80::[0-9a-f:]* dev side' ||
		{ ip -n "$pe4" -4 route; bgp_state; return 1; }
}

side_route()
{
	ip -n "$pe4" -4 route show 203.0.113.128/25 | grep -q "$1"
}

bad_next_hop()
{
	local before

	before=$(counter "$pe4" pe bad_next_hop)
	ip -n "$pe4" route replace 203.0.113.128/25 via inet6 fe80::1 dev pe onlink &&
		no_way d2 203.0.113.129 &&
		above bad_next_hop "$(counter "$pe4" pe bad_next_hop)" "$before"
}

need_cmd bird birdc vtysh jq nft
[ -x "$FRR/bgpd" ] || ktap_skip_all "needs frr"
load_m46
bgp_network
faster
flow_start
watch_core || ktap_bail "no nft ingress"
ktap_plan 28
ktap_test "sessions come up, routes via inet6 into the device (ADPT-60, ADPT-65)" accepted
ktap_test "rule show and rule get (ADPT-60)" shown
ktap_test "ping between all IPv4 networks (ADPT-02, ADPT-04)" reach "${HOSTS[@]}"
ktap_test "TCP between all IPv4 networks (ADPT-02, ADPT-06)" transfer
ktap_test "two conversions on the way (ADPT-08)" two_conversions
ktap_test "IPv6 between the data centres is untouched (ADPT-03, ADPT-04)" native6
ktap_test "Figure 3: across AS 64502 (ADPT-69)" by_as2
ktap_test "withdrawn: the default egress (ADPT-25, ADPT-67)" withdraw
ktap_test "no default egress: ICMP (ADPT-26)" no_default
ktap_test "announced again (ADPT-64, ADPT-66)" announce
ktap_test "a block or a prefix that is not the neighbour's (ADPT-50)" refused_rules
ktap_test "and back" sane_again
ktap_test "a PE loses its sessions: no black hole (ADPT-67)" \
	in_defer_scope lost_sessions
ktap_test "and has them back" regained
ktap_test "one session of the mesh: no black hole" in_defer_scope lost_session
ktap_test "and it is back" regained
ktap_test "FRR is killed, nothing is lost (ADPT-67)" \
	in_defer_scope survives pe1 c1 again pe1
ktap_test "FRR with the higher number" in_defer_scope survives pe4 d2 again pe4
ktap_test "BIRD is killed, nothing is lost" in_defer_scope survives pe3 d1 again pe3
# FRR 8.4: zebra removes the routes that bgpd had when the first neighbour has sent
# its own, and has them back when the last one has. That is seconds, and in the
# guide.
ktap_test "FRR: bgpd alone is killed, and comes back" again pe1 bgpd
for pe in "${PES[@]}"; do
	ktap_test "without $pe: the others" without "$pe"
done
ktap_test "FRR takes a link-local next hop if it is let" link_local
ktap_test "such a next hop into the device: bad_next_hop" bad_next_hop
ktap_test "IPv6 and nothing else in the core, all the time (ADPT-08, ADPT-68)" only_ipv6
ktap_done
