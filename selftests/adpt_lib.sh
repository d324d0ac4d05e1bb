# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the traffic tests share; sourced after lib.sh. The topology:
#
#    c4             pe1              p              pe3             s4
#  +------+      +------+        +-------+        +------+       +------+
#  | eth0 |------| lan  |        |       |        |  lan |-------| eth0 |
#  +------+ .2.1 | core |--------| w   e |--------| core | .1.2  +------+
#                | pe1  | ::2 ::1|       |::1 ::2 |  pe3 |
#                +------+        +-------+        +------+
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  Pref6(PE1) 2001:db8:1::/96, Pref6(PE3) 2001:db8:3::/96, local rules on both.
#  p has no IPv4 address; c4 and s4 have no IPv6. In a traceroute p is shown as
#  192.0.2.253 (pool6791 of PE1) or 198.51.100.253 (of PE3), and a PE, seen from
#  the core, as .254 of its block.

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4

# shellcheck disable=SC2034 # for those who source this
C4=192.0.2.2
S4=198.51.100.2
PREF1=2001:db8:1::
PREF3=2001:db8:3::

# --- the network

# Processes are what takes time under emulation: as few as possible.

# cable NS1 DEV1 NS2 DEV2
cable()
{
	ip link add name "$2" netns "$1" type veth peer name "$4" netns "$3"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# edge PE NS N NET4: a PE's device, its routes, its own block
edge()
{
	m46ctl -n "$2" -b - <<-END || return
	dev add $1 mode adpt prefix 2001:db8:$3::/96 pool6791 $4.253/32
	rule add $4.0/24 via 2001:db8:$3::/96 dev $1 local
	END
	edge_up "$1" "$2" "$3"
}

# edge_up PE NS N: what going down or moving undoes
edge_up()
{
	ip -n "$2" -batch - <<-END
	link set $1 up
	route add default dev $1
	route add 2001:db8:$3::/96 dev $1
	END
}

edge_pe1()
{
	edge pe1 "$pe1" 1 192.0.2 &&
		m46ctl -n "$pe1" rule add 198.51.100.0/24 via "$PREF3/96" dev pe1
}

edge_pe3()
{
	edge pe3 "$pe3" 3 198.51.100 &&
		m46ctl -n "$pe3" rule add 192.0.2.0/24 via "$PREF1/96" dev pe3
}

# No duplicate address detection to wait for, no limit on the errors that
# traceroute and path MTU discovery live on.
set_sysctls()
{
	local ns=$1
	shift

	ip netns exec "$ns" sysctl -qwe net.ipv4.icmp_ratelimit=0 \
		net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 \
		net.ipv4.icmp_msgs_burst=100000 \
		net.ipv6.conf.default.accept_dad=0 "$@"
}

# set_host NS NET4
set_host()
{
	set_sysctls "$1" net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip -n "$1" -batch - <<-END
	link set eth0 up
	address add $2.2/24 dev eth0
	route add default via $2.1
	END
}

# set_edge NS N NET4: what a PE has before it is one
set_edge()
{
	set_sysctls "$1" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$1" -batch - <<-END
	link set lan up
	link set core up
	address add $3.1/24 dev lan
	address add 2001:db8:f:$2::2/64 dev core nodad
	address add 2001:db8:$2::$3.254/128 dev core nodad
	route add default via 2001:db8:f:$2::1 src 2001:db8:$2::$3.254
	END
}

setup_topology()
{
	setup_ns c4 pe1 p pe3 s4
	ip -batch - <<-END
	link add eth0 netns $c4 type veth peer name lan netns $pe1
	link add core netns $pe1 type veth peer name w netns $p
	link add e netns $p type veth peer name core netns $pe3
	link add lan netns $pe3 type veth peer name eth0 netns $s4
	END
	set_sysctls "$p" net.ipv6.conf.all.forwarding=1
	ip -n "$p" -batch - <<-END
	link set w up
	link set e up
	address add 2001:db8:f:1::1/64 dev w nodad
	address add 2001:db8:f:3::1/64 dev e nodad
	route add $PREF1/96 via 2001:db8:f:1::2
	route add $PREF3/96 via 2001:db8:f:3::2
	END
	set_host "$c4" 192.0.2
	set_host "$s4" 198.51.100
	set_edge "$pe1" 1 192.0.2
	set_edge "$pe3" 3 198.51.100
	edge_pe1 || ktap_bail "no device pe1"
	edge_pe3 || ktap_bail "no device pe3"
	flow_start
	# The first packet may have to wait for neighbours; the tests do not.
	slowwait 10 ping_ok "$c4" "$S4" || ktap_bail "c4 does not reach s4"
}

in_c4() { ip netns exec "$c4" "$@"; }
in_pe1() { ip netns exec "$pe1" "$@"; }
ip_pe1() { ip -n "$pe1" "$@"; }
ctl1() { m46ctl -n "$pe1" "$@"; }
in_p() { ip netns exec "$p" "$@"; }
in_pe3() { ip netns exec "$pe3" "$@"; }
in_s4() { ip netns exec "$s4" "$@"; }

# on_veths COMMAND...: for every end of every cable, NS and DEV added as the
# last words
on_veths()
{
	"$@" "$c4" eth0 && "$@" "$pe1" lan && "$@" "$pe1" core &&
		"$@" "$p" w && "$@" "$p" e && "$@" "$pe3" core &&
		"$@" "$pe3" lan && "$@" "$s4" eth0
}

# --- assertions: silent when true, one line and status 1 when not

# same WHAT GOT WANTED
same()
{
	[ "$2" = "$3" ] && return
	echo "$1: got \"$2\", wanted \"$3\""
	return 1
}

# above WHAT GOT LIMIT, below WHAT GOT LIMIT: integers
above()
{
	[ "$2" -gt "$3" ] && return
	echo "$1: got $2, wanted more than $3"
	return 1
}

below()
{
	[ "$2" -lt "$3" ] && return
	echo "$1: got $2, wanted less than $3"
	return 1
}

# matches WHAT TEXT REGEX: in any of its lines
matches()
{
	[[ $2 =~ $3 ]] && return
	grep -qE -e "$3" <<< "$2" && return
	printf '%s: no "%s" in:\n%s\n' "$1" "$3" "$2"
	return 1
}

# refused REGEX COMMAND...: it fails with one line on stderr that matches
refused()
{
	local regex=$1 text rc=0
	shift

	text=$("$@" 2>&1 > /dev/null) || rc=$?
	same "${*@Q}: status" "$rc" 1 || return
	if [[ $text == *$'\n'* ]]; then
		printf '%s: more than one line:\n%s\n' "${*@Q}" "$text"
		return 1
	fi
	matches "${*@Q}" "$text" "$regex"
}

# --- counters; text is much faster to take apart than JSON

# counter NS DEV NAME: one counter of the device
counter()
{
	m46ctl -n "$1" -s stats show dev "$2" |
		awk -v name="$3" '$2 == name { print $3; n++ }
			END { if (n != 1) print "no counter", name }'
}

# link_stat NS DEV FIELD: of "ip -s link": rx.bytes, rx.packets, tx.bytes, ...
link_stat()
{
	ip -n "$1" -s link show dev "$2" |
		awk -v side="${3%.*}" -v field="${3#*.}" '
		toupper(side) ":" == $1 {
			getline
			print field == "bytes" ? $1 : $2
		}'
}

# nft_packets NS TABLE [COUNTER]: packets of a named counter, or of all counters
# in a table
nft_packets()
{
	# shellcheck disable=SC2086 # family and name
	ip netns exec "$1" nft list table $2 |
		awk -v name="${3:-}" '
		$1 == "counter" && $3 == "{" { here = $2 == name }
		!name || (here && $1 == "packets") {
			for (i = 1; i < NF; i++)
				if ($i == "packets")
					sum += $(i + 1)
		}
		END { print sum + 0 }'
}

# --- traffic

# tries N COMMAND...: it succeeds once in N times, where a busy machine may be too
# slow for what is measured
tries()
{
	local n=$1 out
	shift

	while ! out=$("$@"); do
		n=$((n - 1))
		[ "$n" -gt 0 ] || { echo "$out"; return 1; }
	done
}

# ping_ok NS DST [ARGUMENT...]: one echo is answered
ping_ok()
{
	local ns=$1 dst=$2
	shift 2

	ip netns exec "$ns" ping -n -q -c 1 -W 1 "$@" "$dst" > /dev/null 2>&1
}

# ping_ttl NS DST [ARGUMENT...]: the TTL that the answer arrives with
ping_ttl()
{
	local ns=$1 dst=$2
	shift 2

	ip netns exec "$ns" ping -n -c 1 -W 5 "$@" "$dst" |
		sed -n 's/.* ttl=\([0-9]*\) .*/\1/p'
}

# flow.py runs in the background and is asked through pipes: every start of a
# Python would cost a second under emulation.
flow_start()
{
	mkfifo "$TMP/flow.in" "$TMP/flow.out"
	exec 8<> "$TMP/flow.in" 9<> "$TMP/flow.out"
	python3 -E -S "$SELFTESTS/flow.py" <&8 >&9 2>&1 8>&- 9>&- &
	defer kill_quietly $!
}

# flow COMMAND...: as flow.py has it; its verdict
flow()
{
	local reply

	echo "$@" >&8
	while read -r -t 60 -u 9 reply; do
		[ "$reply" = ready ] || break
	done
	echo "${reply:-no answer from flow.py}"
}

# udp_flow FROM TO ADDR COUNT [ARGUMENT...]: COUNT numbered datagrams, all of
# which must arrive in order and intact
udp_flow()
{
	same "udp ${*:3}" "$(flow udp "$@")" \
		"received $4 lost 0 late 0 twice 0 corrupt 0"
}

# none_arrives FROM TO ADDR: of 20 datagrams; a sender that is told of it stops
none_arrives()
{
	matches "datagrams" "$(flow udp "$1" "$2" "$3" 20 rate 1000)" \
		'^(received 0 lost 20 late 0 twice 0 corrupt 0|OSError: .*(route|unreachable|refused|denied).*)$'
}

# udp_send FROM ADDR COUNT [ARGUMENT...]: no matter what becomes of them
udp_send()
{
	flow udp "$1" - "${@:2}" > /dev/null
}

# tcp_flow FROM TO ADDR BYTES: the bytes arrive as they were sent
tcp_flow()
{
	same "tcp ${*:3}" "$(flow tcp "$@")" "received $4 intact yes"
}

# no_connection NS ADDR: what TCP says of an address that cannot be reached
no_connection()
{
	ip netns exec "$1" timeout 30 bash -c ": < /dev/tcp/$2/80" 2>&1
}

# hops NS COMMAND...: the routers in a traceroute's output
hops()
{
	local ns=$1
	shift

	ip netns exec "$ns" "$@" 2>&1 |
		awk '/^ *[0-9]+ / { printf "%s ", $2 }'
}

# a server on s4 until the end, or of the scope
iperf_server()
{
	ip netns exec "$s4" iperf3 -s > "$TMP/iperf3" 2>&1 &
	defer kill_quietly $!
	slowwait 10 eval \
		'in_s4 ss -Hltn sport = :5201 | grep -q .' > /dev/null
}

kill_quietly()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# --- the devices

# Two customers would have a VRF each: lan and device in one, the core outside.
# Until the scope ends.
pe1_in_vrf()
{
	ip -n "$pe1" link add blue type vrf table 100 2> /dev/null ||
		return "$ksft_skip"
	defer ip -n "$pe1" link delete blue
	ip -n "$pe1" -batch - <<-END || return
	link set blue up
	link set lan master blue
	link set pe1 master blue
	route replace default dev pe1 vrf blue
	route add default via 2001:db8:f:1::1 dev core vrf blue
	route replace ${PREF1}/96 dev pe1
	END
	defer restore_routes
	defer ip -n "$pe1" link set pe1 nomaster
	defer ip -n "$pe1" link set lan nomaster
}

# What leaving a VRF and coming back made the stack forget.
restore_routes()
{
	ip -n "$pe1" -batch - <<-END
	route replace default dev pe1
	route replace ${PREF1}/96 dev pe1
	END
}

# no_drops_but REASON...: neither PE has counted another. Bulk transfers find the
# path's MTU, so that too_big is part of them.
no_drops_but()
{
	local ns dev

	for dev in pe1 pe3; do
		ns=${!dev}
		same "drops of $dev" "$(m46ctl -n "$ns" -s stats show dev "$dev" |
			awk -v but=" $* " '$3 > 0 && $4 == "drop" &&
				!index(but, " " $2 " ") { print $2, $3 }')" "" ||
			return
	done
}

# --- path MTU

# core_mtu MTU: of the link between p and pe3
core_mtu()
{
	ip -n "$p" link set e mtu "$1"
	ip -n "$pe3" link set core mtu "$1"
}

forget_pmtu()
{
	ip -n "$c4" route flush cache
	ip -n "$s4" route flush cache
}

# told_mtu NS DST SIZE: the MTU that a ping with DF and SIZE bytes is told
told_mtu()
{
	ip netns exec "$1" ping -n -c 1 -W 5 -M "do" -s "$3" "$2" 2>&1 |
		sed -n 's/.*[Ff]rag needed.*mtu *= *\([0-9]*\).*/\1/p'
}

# learned_mtu NS DST: what the host keeps of it
learned_mtu()
{
	ip -n "$1" route get "$2" | sed -n 's/.* mtu \([0-9]*\).*/\1/p'
}

# told_and_learned NS DST SIZE MTU
told_and_learned()
{
	same "MTU told to $1" "$(told_mtu "$1" "$2" "$3")" "$4" &&
		same "MTU learned by $1" "$(learned_mtu "$1" "$2")" "$4"
}

# fits FROM TO ADDR MTU: datagrams of that size pass with DF. No ping: a host
# answers without DF, and an answer in fragments has no translation.
fits()
{
	udp_flow "$1" "$2" "$3" 5 size $(($4 - 28)) df on
}

# --- captures

# capture NS DEV FILE FILTER [ARGUMENT...]: tcpdump in the background, returns
# when it listens; capture_end FILE ends it
capture()
{
	local ns=$1 dev=$2 file=$3 filter=$4
	shift 4

	# shellcheck disable=SC2086 # a filter is words
	ip netns exec "$ns" tcpdump -n -U -i "$dev" -w "$file" "$@" $filter \
		> "$file.log" 2>&1 < /dev/null &
	echo $! > "$file.pid"
	defer kill_quietly $!
	slowwait 20 grep -q 'listening on' "$file.log" > /dev/null && return
	echo "tcpdump on $dev does not start: $(cat "$file.log")"
	return 1
}

capture_end()
{
	local pid

	pid=$(cat "$1.pid")
	kill -INT "$pid"
	wait "$pid"
	grep -q '^0 packets dropped by kernel' "$1.log" ||
		ktap_print "$1: $(cat "$1.log")"
}

# captured FILE [FILTER]: number of packets
captured()
{
	tcpdump -n -r "$1" "${2:-}" 2>/dev/null | wc -l
}

TMP=$(mktemp -d)
defer rm -rf "$TMP"
