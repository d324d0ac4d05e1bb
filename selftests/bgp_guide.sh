#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
#
# From a dual-stack network to IPv6-only, exactly the commands of
# Documentation/adpt-bgp.md, in the network of bgp_lib.sh, with IPv4 in its core to
# begin with.

# shellcheck disable=SC2154 # setup_ns sets pe1 ... h4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/bgp_lib.sh"
. "$(dirname "$0")/guide_lib.sh"

GUIDE=$M46_TREE/Documentation/adpt-bgp.md

# --- the old network: 10.0.0.0/8 inside, static routes, as an IGP would have them

# old_link NODE DEV NODE DEV N: 10.0.N.1 and .2
old_link()
{
	ip -n "${!1}" address add "10.0.$5.1/30" dev "$2"
	ip -n "${!3}" address add "10.0.$5.2/30" dev "$4"
}

# old_routes P: "BLOCK GATEWAY" a line
old_routes()
{
	local block gateway

	while read -r block gateway; do
		ip -n "${!1}" route add "$block" via "$gateway"
	done
	ip netns exec "${!1}" sysctl -qw net.ipv4.ip_forward=1
}

# To other PEs' blocks by the router of the core, less liked than a rule: 110 and 150
# are what OSPF has.
old_routes_of_pe()
{
	local pe=$1 gateway=$2 other block conf=$ETC/$1.${DAEMON[$1]}.conf

	{
		[ "${DAEMON[$pe]}" = frr ] ||
			printf 'protocol static old {\n\tipv4 {\n\t\tpreference 150;\n\t};\n'
		for other in "${PES[@]}"; do
			[ "$other" != "$pe" ] || continue
			for block in ${BLOCKS[$other]}; do
				[ "$block" != default ] || block=0.0.0.0/0
				if [ "${DAEMON[$pe]}" = frr ]; then
					echo "ip route $block $gateway 110"
				else
					printf '\troute %s via %s;\n' "$block" "$gateway"
				fi
			done
		done
		[ "${DAEMON[$pe]}" = frr ] || echo "}"
	} >> "$conf"
}

old_network()
{
	old_link p1 pe1 pe1 core 1
	old_link p1 pe3 pe3 core 3
	old_link p2 pe2 pe2 core 2
	old_link p3 pe4 pe4 core 4
	old_link p3 pe5 pe5 core 5
	old_link p1 p2 p2 p1 12
	old_link p1 p3 p3 p1 13
	old_link p2 p3 p3 p2 23
	old_routes p1 <<-END
	${BLOCKS[pe1]} 10.0.1.2
	${BLOCKS[pe3]} 10.0.3.2
	${BLOCKS[pe2]} 10.0.12.2
	default 10.0.13.2
	END
	old_routes p2 <<-END
	${BLOCKS[pe2]} 10.0.2.2
	${BLOCKS[pe1]} 10.0.12.1
	${BLOCKS[pe3]} 10.0.12.1
	default 10.0.23.2
	END
	old_routes p3 <<-END
	${BLOCKS[pe4]} 10.0.4.2
	${BLOCKS[pe2]} 10.0.23.1
	${BLOCKS[pe1]} 10.0.13.1
	${BLOCKS[pe3]} 10.0.13.1
	default 10.0.5.2
	END
	old_routes_of_pe pe1 10.0.1.1
	old_routes_of_pe pe2 10.0.2.1
	old_routes_of_pe pe3 10.0.3.1
	old_routes_of_pe pe4 10.0.4.1
	old_routes_of_pe pe5 10.0.5.1
	# pe5 tells AS 64510, whoever has the blocks.
	sed -i -e 's/^ address-family ipv4 unicast/&\n  redistribute static route-map OLD/' \
		"$ETC/pe5.frr.conf"
	printf 'route-map OLD permit 10\n set weight 0\nexit\n' >> "$ETC/pe5.frr.conf"
}

# The guide's vtysh and birdc are those of the node.
tools_of()
{
	local dir=$TMP/bin.$1

	mkdir -p "$dir"
	printf '#!/bin/sh\nexec %s -N %s "$@"\n' "$(command -v vtysh)" "${!1}" \
		> "$dir/vtysh"
	printf '#!/bin/sh\nexec %s -s %s "$@"\n' "$(command -v birdc)" \
		"$TMP/$1.ctl" > "$dir/birdc"
	chmod +x "$dir"/*
}

# What "ip netns exec" shows pe1 as its own /etc, for the guide to write to
pe1_etc()
{
	mkdir -p "/etc/netns/$pe1/sysctl.d"
	defer rmdir --ignore-fail-on-non-empty /etc/netns
	defer rm -rf "/etc/netns/$pe1"
}

# at NODE LABEL
at()
{
	PATH=$TMP/bin.$1:$PATH guide "${!1}" "$2"
}

# by_daemon NODE LABEL: the block for its daemon
by_daemon()
{
	if [ "$1" = pe1 ]; then
		at "$1" "$2-${DAEMON[$1]}" > "$TMP/by" 2>&1
	elif [ "${DAEMON[$1]}" = frr ]; then
		# As on pe1, but the AS is another.
		(cd / && bash -e -c "$(guide_block "$2-frr" |
			sed "s/bgp 64501/bgp 64503/; s|^vtysh|$TMP/bin.$1/vtysh|")") \
			> "$TMP/by" 2>&1
	else
		at "$1" "$2-bird" > "$TMP/by" 2>&1
	fi || { cat "$TMP/by"; return 1; }
}

# --- traffic

reach_all()
{
	local a b

	for a in "${HOSTS[@]}"; do
		for b in "${HOSTS[@]}"; do
			[ "$a" \< "$b" ] || continue
			slowwait 10 ping_ok "${!a}" "${ADDRESS[$b]}" \
				-I "${ADDRESS[$a]}" ||
				{ echo "$a does not reach $b"; return 1; }
		done
	done
}

# counted P: IPv4 packets, by the guide's counter
counted()
{
	nft_packets "${!1}" "inet ipv4"
}

core_counted()
{
	echo $(($(counted p1) + $(counted p2) + $(counted p3)))
}

# old_way HOST HOST, new_way HOST HOST: whether the core sees IPv4
old_way()
{
	local before

	before=$(core_counted)
	ping_ok "${!1}" "${ADDRESS[$2]}" -I "${ADDRESS[$1]}" -c 3 -i 0.1 || return
	[ "$(core_counted)" -gt "$before" ]
}

new_way()
{
	local before

	before=$(core_counted)
	ping_ok "${!1}" "${ADDRESS[$2]}" -I "${ADDRESS[$1]}" -c 3 -i 0.1 || return
	[ "$(core_counted)" -eq "$before" ]
}

way()
{
	slowwait 20 "$@" || { echo "not: $*"; bgp_state; return 1; }
}

# --- the steps

packages()
{
	local words word

	read -ra words <<< "$(guide_block packages)"
	for word in "${words[@]:2}"; do
		grep -qx "guest	$word" "$SELFTESTS/vm/packages" ||
			{ echo "$word is not in vm/packages"; return 1; }
	done
}

dual_stack()
{
	local node

	for node in "${CORE[@]}"; do
		at "$node" count || return
	done
	for node in "${CORE[@]}" "${PES[@]}" br4; do
		daemon_start "$node" || return
		case $node in pe*) by_daemon "$node" shut || return ;; esac
	done
	slowwait 30 reach_all && way old_way c1 d1 && way old_way c2 h4
}

prepared()
{
	local pe

	at pe1 device || return
	for pe in pe2 pe3 pe4 pe5; do
		pe_device "$pe" || return
	done
	slowwait 20 core_knows || { ip -n "$p2" -6 route; return 1; }
	at pe1 look > "$TMP/look" 2>&1 || { cat "$TMP/look"; return 1; }
	way old_way c1 d1 && way old_way c2 h4
}

core_knows()
{
	local pe

	for pe in "${PES[@]}"; do
		ip -n "$p2" -6 route show "${PREF[$pe]}/96" | grep -q via || return
	done
}

first_two()
{
	by_daemon pe1 join && by_daemon pe3 join &&
		way new_way c1 d1 && way old_way c1 d2 && way old_way d1 h4 || return
	at pe1 see > "$TMP/see" 2>&1 || { cat "$TMP/see"; return 1; }
	matches see "$(cat "$TMP/see")" \
		'^198\.51\.100\.0/25 +2001:db8:103::/96 .* pe +bgp ' &&
		matches see "$(cat "$TMP/see")" '3 received'
}

back()
{
	by_daemon pe3 back && way old_way c1 d1 &&
		by_daemon pe3 join && way new_way c1 d1 &&
		by_daemon pe1 back && way old_way c1 d1 &&
		by_daemon pe1 join && way new_way c1 d1
}

all_of_them()
{
	local pe before

	for pe in pe2 pe4 pe5; do
		by_daemon "$pe" join || return
		reach_all || return
	done
	converged || return
	before=$(core_counted)
	reach_all && same "IPv4 in the core" "$(core_counted)" "$before"
}

switched_off()
{
	local node

	for node in "${CORE[@]}"; do
		at "$node" off > /dev/null || return
		ip -n "${!node}" -4 address flush scope global
	done
	reach_all && same "IPv4 addresses of p1" \
		"$(ip -n "$p1" -4 address show scope global)" ""
}

# pe2, BIRD. The list has not got DC2: what it does not allow is no rule.
md_rules()
{
	at pe2 rules || return
	slowwait 20 has_rules pe2 pe1 > /dev/null && converged || return
	at pe2 load && rules_of pe2 5 && reach_all && rules_stay || return
	sed '/2001:db8:304::/d' "$EXAMPLE/rules.allow" > "$TMP/rules.allow"
	ip netns exec "$pe2" bash "$EXAMPLE/routes-to-rules.sh" pe \
		"$TMP/rules.allow" > "$TMP/script" 2>&1 < /dev/null &
	defer kill_quietly $!
	slowwait 20 rules_of pe2 4 && matches script "$(cat "$TMP/script")" \
		'^not allowed: 198.51.100.128/25 via 2001:db8:304::' || return
	# A change, and it follows.
	ip -n "$pe3" link set lan down
	slowwait 20 rules_of pe2 3 || return
	ip -n "$pe3" link set lan up
	slowwait 20 rules_of pe2 4 && slowwait 10 ping_ok "$c2" "${ADDRESS[d1]}"
}

# What cannot be read changes nothing.
rules_stay()
{
	local script=$EXAMPLE/routes-to-rules.sh

	if in_node pe2 bash "$script" -1 pe "$TMP/no-such-list" 2> /dev/null ||
	   in_node pe2 bash "$script" -1 pe "$EXAMPLE/rules.allow" 77 2> /dev/null
	then
		echo "no failure is reported"
		return 1
	fi
	rules_of pe2 5
}

# rules_of NODE COUNT
rules_of()
{
	[ "$(m46ctl -n "${!1}" rule show dev pe | grep -c /)" -eq "$2" ]
}

need_cmd bird birdc vtysh nft
[ -x "$FRR/bgpd" ] || ktap_skip_all "needs frr"
load_m46
# The devices come later.
bgp_network no-devices
faster
old_network
pe1_etc
for node in "${PES[@]}"; do
	tools_of "$node"
done
ktap_plan 9
ktap_test "the guide's packages" packages
ktap_test "a dual-stack network" dual_stack
ktap_test "PEs are prepared, nothing changes (ADPT-15)" prepared
ktap_test "two PEs have joined (ADPT-15)" first_two
ktap_test "back, and again" back
ktap_test "all of them: no IPv4 in the core" all_of_them
ktap_test "IPv4 is switched off in the core (ADPT-68)" switched_off
ktap_test "md rules: routes become rules, as far as a list allows (ADPT-65)" \
	in_defer_scope md_rules
ktap_test "every command of the guide was run" complete
ktap_done
