# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The network of Documentation/adpt-bgp.md; sourced after lib.sh and adpt_lib.sh.
# Three ASes of one operator with IPv6 inside, five PEs, and a neighbour operator
# who has IPv4 only:
#
#             d1 DC1               d2 DC2
#             |                    |
#            pe3                  pe4
#             |                    |
#   c1 --pe1-- p1 AS 64501 -- p3 AS 64503 --pe5-- br4 AS 64510 -- h4
#               \              /
#                \            /
#   c2 --pe2----- p2 AS 64502
#
#	FRR	pe1 pe4 pe5 p2
#	BIRD	pe2 pe3 p1 p3 br4
#
# The configurations are the files of Documentation/examples/adpt-bgp as they are,
# but for the log and for the times, which would make it a test of an hour:
#
#	hold time 30 -> 12 s, keepalive 10 -> 4 s, connection attempts every 1 to 2 s,
#	scan of the kernel's routes 10 -> 2 s, wait for neighbours' routes 30 -> 15 s
#
# A node has its name as variable ($pe1) and its namespace as value; what takes a
# NODE takes the name.

# shellcheck disable=SC2154 # setup_ns sets pe1 ... h4

EXAMPLE=$M46_TREE/Documentation/examples/adpt-bgp
FRR=/usr/lib/frr
ETC=$TMP/etc

PES=(pe1 pe2 pe3 pe4 pe5)
CORE=(p1 p2 p3)
HOSTS=(c1 c2 d1 d2 h4)

declare -A DAEMON=([pe1]=frr [pe2]=bird [pe3]=bird [pe4]=frr [pe5]=frr
	[p1]=bird [p2]=frr [p3]=bird [br4]=bird)
declare -A PREF=([pe1]=2001:db8:101:: [pe2]=2001:db8:202:: [pe3]=2001:db8:103::
	[pe4]=2001:db8:304:: [pe5]=2001:db8:305::)
declare -A LOOPBACK=([pe1]=2001:db8:1ff::1 [pe2]=2001:db8:2ff::2
	[pe3]=2001:db8:1ff::3 [pe4]=2001:db8:3ff::4 [pe5]=2001:db8:3ff::5
	[p1]=2001:db8:1ff::f [p2]=2001:db8:2ff::f [p3]=2001:db8:3ff::f)
declare -A POOL6791=([pe1]=192.0.2.62 [pe2]=192.0.2.126 [pe3]=198.51.100.126
	[pe4]=198.51.100.254 [pe5]=192.0.2.253)
declare -A BLOCKS=([pe1]=192.0.2.0/26 [pe2]=192.0.2.64/26
	[pe3]=198.51.100.0/25 [pe4]=198.51.100.128/25
	[pe5]="203.0.113.0/24 default")
# shellcheck disable=SC2034 # for those who source this
declare -A HOST=([pe1]=c1 [pe2]=c2 [pe3]=d1 [pe4]=d2 [pe5]=h4)
# shellcheck disable=SC2034
declare -A ADDRESS=([c1]=192.0.2.2 [c2]=192.0.2.80 [d1]=198.51.100.2
	[d2]=198.51.100.200 [h4]=203.0.113.2)

in_node()
{
	ip netns exec "${!1}" "${@:2}"
}

# --- the network

# wire NODE1 DEV1 NODE2 DEV2
wire()
{
	echo "link add $2 netns ${!1} type veth peer name $4 netns ${!3}"
}

# core_link P PE N6: PREFIX::1 and ::2
core_link()
{
	ip -n "${!1}" -batch - <<-END
	link set $2 up
	address add $3::1/64 dev $2 nodad
	END
	ip -n "${!2}" -batch - <<-END
	link set core up
	address add $3::2/64 dev core nodad
	END
}

# as_link P P N6 N N
as_link()
{
	ip -n "${!1}" -batch - <<-END
	link set $2 up
	address add $3::$4/64 dev $2 nodad
	END
	ip -n "${!2}" -batch - <<-END
	link set $1 up
	address add $3::$5/64 dev $1 nodad
	END
}

# lan4 ROUTER DEV ADDRESS/LEN HOST ADDRESS [ADDRESS OF HOST]
lan4()
{
	ip -n "${!1}" -batch - <<-END
	link set $2 up
	address add $3 dev $2
	END
	ip -n "${!4}" -batch - <<-END
	link set eth0 up
	address add $5/${3#*/} dev eth0
	${6:+address add $6/32 dev lo}
	route add default via ${3%/*}
	END
}

# dc6 PE DC PREFIX
dc6()
{
	ip -n "${!1}" address add "$3::1/64" dev lan nodad
	ip -n "${!2}" address add "$3::2/64" dev eth0 nodad
	ip -n "${!2}" -6 route add default via "$3::1"
}

# bgp_network [no-devices]
bgp_network()
{
	local node

	setup_ns "${PES[@]}" "${CORE[@]}" br4 "${HOSTS[@]}"
	for node in "${PES[@]}"; do
		set_sysctls "${!node}"
		in_node "$node" sysctl -q -p "$EXAMPLE/sysctl.conf"
		ip -n "${!node}" address add "${LOOPBACK[$node]}/128" dev lo
	done
	for node in "${CORE[@]}"; do
		set_sysctls "${!node}" net.ipv4.ip_forward=0 \
			net.ipv6.conf.all.forwarding=1
		ip -n "${!node}" address add "${LOOPBACK[$node]}/128" dev lo
	done
	set_sysctls "$br4" net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.disable_ipv6=1
	for node in "${HOSTS[@]}"; do
		set_sysctls "${!node}"
	done
	{
		wire p1 pe1 pe1 core
		wire p1 pe3 pe3 core
		wire p2 pe2 pe2 core
		wire p3 pe4 pe4 core
		wire p3 pe5 pe5 core
		wire p1 p2 p2 p1
		wire p1 p3 p3 p1
		wire p2 p3 p3 p2
		wire pe5 as4 br4 pe5
		wire c1 eth0 pe1 lan
		wire c2 eth0 pe2 lan
		wire d1 eth0 pe3 lan
		wire d2 eth0 pe4 lan
		wire h4 eth0 br4 lan
	} | ip -batch - || ktap_bail "no cables"
	core_link p1 pe1 2001:db8:1fe:1
	core_link p1 pe3 2001:db8:1fe:3
	core_link p2 pe2 2001:db8:2fe:2
	core_link p3 pe4 2001:db8:3fe:4
	core_link p3 pe5 2001:db8:3fe:5
	as_link p1 p2 2001:db8:fe:12 1 2
	as_link p1 p3 2001:db8:fe:13 1 3
	as_link p2 p3 2001:db8:fe:23 2 3
	ip -n "$pe5" -batch - <<-END
	link set as4 up
	address add 192.0.2.253/30 dev as4
	END
	ip -n "$br4" -batch - <<-END
	link set pe5 up
	address add 192.0.2.254/30 dev pe5
	END
	lan4 pe1 lan 192.0.2.1/26 c1 192.0.2.2
	lan4 pe2 lan 192.0.2.65/30 c2 192.0.2.66 192.0.2.80
	lan4 pe3 lan 198.51.100.1/25 d1 198.51.100.2
	lan4 pe4 lan 198.51.100.129/30 d2 198.51.100.130 198.51.100.200
	lan4 br4 lan 203.0.113.1/24 h4 203.0.113.2
	ip -n "$pe4" route add 198.51.100.128/25 via 198.51.100.130
	dc6 pe3 d1 2001:db8:1d1
	dc6 pe4 d2 2001:db8:3d2
	[ $# -eq 0 ] || return 0
	for node in "${PES[@]}"; do
		pe_device "$node" || ktap_bail "no device on $node"
	done
}

pe_device()
{
	in_node "$1" sh "$EXAMPLE/pe.sh" "${PREF[$1]}/96" "${POOL6791[$1]}/32"
}

# --- daemons

faster()
{
	mkdir "$ETC"
	cp "$EXAMPLE"/*.conf "$EXAMPLE/daemons" "$ETC/"
	sed -i -e 's/^log syslog all/log stderr all/' \
		-e 's/hold time 30/hold time 12/' \
		-e 's/keepalive time 10/keepalive time 4/' \
		-e 's/connect delay time 5/connect delay time 1/' \
		-e 's/connect retry time 10/connect retry time 2/' \
		-e 's/error wait time 5, 30/error wait time 1, 2/' \
		-e 's/scan time 10/scan time 2/' \
		"$ETC"/*.bird.conf
	sed -i -e '/^log syslog/d' \
		-e 's/timers bgp 10 30/timers bgp 4 12/' \
		-e 's/select-defer-time 30/select-defer-time 15/' \
		-e 's/timers connect 10/timers connect 1/' "$ETC"/*.frr.conf
}

# Options of a FRR daemon, of BIRD: as the files tell the init scripts
frr_options()
{
	sed -n "s/^$1_options=\"\(.*\)\"/\1/p" "$ETC/daemons"
}

bird_options()
{
	# shellcheck disable=SC2016 # systemd's and sed's dollars
	in_node "$1" sh -c "$(sed -n 's/^ExecStart=.*\$\$(\(.*\)).*/\1/p' \
		"$EXAMPLE/bird.service.conf")"
}

# frr_daemon NODE DAEMON [DAEMON...]: returns when it has its sockets
frr_daemon()
{
	local node=$1 run=/var/run/frr/${!1} daemon
	shift

	for daemon in "$@"; do
		# shellcheck disable=SC2046 # words
		in_node "$node" "$FRR/$daemon" -d -N "${!node}" \
			--log "file:$TMP/$node.$daemon.log" \
			$(frr_options "$daemon") >> "$TMP/$node.$daemon.err" 2>&1 \
			< /dev/null || { cat "$TMP/$node.$daemon.err"; return 1; }
	done
}

frr_vtysh()
{
	local node=$1
	shift

	vtysh -N "${!node}" "$@" 2> /dev/null
}

frr_configure()
{
	vtysh -N "${!1}" -f "$ETC/$1.frr.conf" > "$TMP/$1.vtysh" 2>&1 || {
		cat "$TMP/$1.vtysh"
		return 1
	}
	# It misses a file that nobody needs.
	! grep -v 'vtysh\.conf' "$TMP/$1.vtysh" | grep -E '^(%|line [0-9]+: )'
}

frr_start()
{
	local run=/var/run/frr/${!1}

	if [ ! -d "$run" ]; then
		install -d -o frr -g frr -m 755 /var/run/frr "$run"
		defer rm -rf "$run"
		# More than the namespace: they are nobody's children.
		defer frr_kill "$1"
	fi
	frr_daemon "$1" zebra staticd bgpd && frr_configure "$1"
}

# frr_kill NODE [DAEMON...]: at once; the default is all
frr_kill()
{
	local node=$1 daemon file
	shift

	[ $# -gt 0 ] || set -- zebra staticd bgpd
	for daemon in "$@"; do
		file=/var/run/frr/${!node}/$daemon.pid
		[ -e "$file" ] || continue
		kill -9 "$(cat "$file")" 2> /dev/null
		rm -f "$file"
	done
}

bird_start()
{
	# shellcheck disable=SC2046 # words
	ip netns exec "${!1}" bird -f -c "$ETC/$1.bird.conf" -s "$TMP/$1.ctl" \
		-P "$TMP/$1.pid" $(bird_options "$1") >> "$TMP/$1.bird.log" 2>&1 \
		< /dev/null &
	# Started again in a test, it stays after it.
	[ -e "$TMP/$1.job" ] || defer bird_end "$1"
	echo $! > "$TMP/$1.job"
	slowwait 10 test -S "$TMP/$1.ctl" || { cat "$TMP/$1.bird.log"; return 1; }
}

bird_end()
{
	kill_quietly "$(cat "$TMP/$1.job")"
}

bird_kill()
{
	kill -9 "$(cat "$TMP/$1.job")"
	wait "$(cat "$TMP/$1.job")" 2> /dev/null
	rm -f "$TMP/$1.ctl"
}

birdc_at()
{
	birdc -s "$TMP/$1.ctl" "${@:2}"
}

# daemon_start NODE, daemon_kill NODE
daemon_start() { "${DAEMON[$1]}_start" "$1"; }
daemon_kill() { "${DAEMON[$1]}_kill" "$1"; }

# --- what the PEs know

# rules PE: "PREFIX PREF6" a line, from the kernel's routes
rules()
{
	ip -n "${!1}" -4 route show | sed -n \
		's/^\([^ ]*\) .*via inet6 \([^ ]*\) dev pe .*/\1 \2/p'
}

# Every PE of the list has the blocks of all the others of the list.
has_rules()
{
	local pe other block rules

	for pe in "$@"; do
		rules=$'\n'$(rules "$pe")$'\n'
		for other in "$@"; do
			[ "$other" != "$pe" ] || continue
			for block in ${BLOCKS[$other]}; do
				[[ $rules == *$'\n'"$block ${PREF[$other]}"$'\n'* ]] ||
					{ echo "$pe: no rule $block of $other"; return 1; }
			done
		done
	done
}

# br4 knows the operator's blocks, whose PEs are in the list.
br4_knows()
{
	local pe table

	table=$(ip -n "$br4" -4 route show)
	for pe in "$@"; do
		[ "$pe" != pe5 ] || continue
		grep -q "^${BLOCKS[$pe]} via 192.0.2.253 " <<< "$table" ||
			{ echo "br4: no route to ${BLOCKS[$pe]}"; return 1; }
	done
}

# converged [PE...]: rules and core; the default is all
converged()
{
	[ $# -gt 0 ] || set -- "${PES[@]}"
	slowwait 120 has_rules "$@" > "$TMP/why" || {
		cat "$TMP/why"
		bgp_state
		return 1
	}
	[[ " $* " != *" pe5 "* ]] || slowwait 90 br4_knows "$@" > "$TMP/why" || {
		cat "$TMP/why"
		bgp_state
		return 1
	}
}

bgp_state()
{
	local node

	for node in "${PES[@]}" br4; do
		echo "--- $node"
		ip -n "${!node}" -4 route | awk 'NR <= 20 { print }
			END { if (NR > 20) print NR, "routes in all" }'
		case ${DAEMON[$node]} in
		bird) birdc_at "$node" show protocols; tail -n 20 "$TMP/$node.bird.log" ;;
		frr) frr_vtysh "$node" -c 'show bgp ipv4 unicast summary' \
			-c 'show bgp ipv6 unicast summary'
			tail -n 5 "$TMP/$node.zebra.log" ;;
		esac
	done 2>&1 | head -n 300
}

# --- the core, watched

# Frames on all links of the core, by ethertype: what comes in at both ends.
watch_core()
{
	local node devices

	for node in "${CORE[@]}" "${PES[@]}"; do
		devices=core
		case $node in
		p1) devices="pe1, pe3, p2, p3" ;;
		p2) devices="pe2, p1, p3" ;;
		p3) devices="pe4, pe5, p1, p2" ;;
		esac
		in_node "$node" nft -f - <<-END || return
		table netdev core {
			counter seen4 { }
			counter seen6 { }
			counter seen_other { }
			chain ingress {
				type filter hook ingress devices = { $devices } priority -500
				meta protocol { ip, arp } counter name seen4 return
				meta protocol ip6 counter name seen6 return
				counter name seen_other
			}
		}
		END
	done
}

# core_frames COUNTER: on all links
core_frames()
{
	local node sum=0

	for node in "${CORE[@]}" "${PES[@]}"; do
		((sum += $(nft_packets "${!node}" "netdev core" "$1")))
	done
	echo "$sum"
}
