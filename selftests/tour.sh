#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/tour.md is its own script: the lines "$ COMMAND" of its blocks are
# typed on the router below, and what they print has to be what stands behind them.
# "make tour" writes the page with what was printed (TOUR_OUT).
#
#  +------+ lan +------+ core        +------+
#  | host |-----| tour |-------------| far  | pe3, 198.51.100.0/24 behind it
#  +------+     +------+             +------+
#   192.0.2.2    203.0.113.2          203.0.113.1
#   2001:db8:a::2
#
# <!-- run: COMMAND --> in the page is run as well, but not seen.

# shellcheck disable=SC2154 # setup_ns sets them
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

TOUR=$M46_TREE/Documentation/tour.md
IMPORTS=$M46_TREE/Documentation/examples/import

network()
{
	set_sysctls "$tour" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	set_sysctls "$host"
	set_sysctls "$far" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# Devices of the tour have the numbers that follow.
	ip link add lan index 11 netns "$tour" type veth peer name eth0 netns "$host"
	ip link add core index 12 netns "$tour" type veth peer name core netns "$far"
	ip -n "$host" -batch - <<-END
	link set eth0 up
	address add 192.0.2.2/24 dev eth0
	address add 2001:db8:a::2/64 dev eth0
	END
	ip -n "$tour" -batch - <<-END
	link set lan up
	link set core up mtu 1540
	address add 192.0.2.1/24 dev lan
	address add 2001:db8:a::1/64 dev lan
	address add 203.0.113.2/24 dev core
	address add 2001:db8:f::2/64 dev core
	route add default via 203.0.113.1
	route add default via 2001:db8:f::1
	END
	ip -n "$host" -batch - <<-END
	route add default via 192.0.2.1
	route add default via 2001:db8:a::1
	END
	m46ctl -n "$far" -b - <<-END
	dev add pe3 mode adpt prefix 2001:db8:3::/96 lowest-ipv6-mtu 1500
	rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe3 local
	rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe3
	END
	ip -n "$far" -batch - <<-END
	link set core up mtu 1540
	link set pe3 up
	address add 198.51.100.2/32 dev lo
	address add 198.51.100.7/32 dev lo
	address add 203.0.113.1/24 dev core
	address add 2001:db8:f::1/64 dev core
	route add 192.0.2.0/24 dev pe3
	route add 198.18.0.0/24 via 203.0.113.2
	route add 2001:db8:3::/96 dev pe3
	route add default via 2001:db8:f::2
	END
}

# What the router's shell knows, beside what the page says.
prelude()
{
	cat <<-'END'
	set +e
	export NO_COLOR=1 TZ=UTC

	# poll COMMAND...: until it succeeds
	poll()
	{
		local n

		for ((n = 0; n < 300; n++)); do
			"$@" > /dev/null 2>&1 && return
			sleep 0.1
		done
		echo "never: $*"
	}

	host() { ip netns exec "$host_ns" "$@"; }

	# So many sockets of this namespace wait for events of the kernel.
	listening()
	{
		[ "$(awk '$2 == 16 && $4 != "00000000"' /proc/net/netlink |
			wc -l)" -ge "$1" ]
	}

	lines() { [ "$(wc -l < "$1")" -ge "$2" ]; }

	stored() { m46ctl -j store show file ./store.db | grep -q '"entries":[1-9]'; }
	END
}

# The page as a script: what the Nth command prints is in $TMP/tour/N.
script()
{
	prelude
	awk '
	/^    \$ / {
		printf "{ %s\n} > \"$OUT/%d\" 2>&1 < /dev/null || echo \"(exit status $?)\" >> \"$OUT/%d\"\n",
			substr($0, 7), ++n, n
	}
	/^<!-- run: .* -->$/ {
		sub(/^<!-- run: /, "")
		sub(/ -->$/, "")
		print $0 " >> \"$OUT/log\" 2>&1"
	}' "$TOUR"
}

# Times, what is left of them and the size of the store differ from run to run;
# nothing else may.
normalise()
{
	sed -E \
		-e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}([T ])[0-9]{2}:[0-9]{2}:[0-9]{2}/2026-01-01\112:00:00/g' \
		-e 's/(12:00:00)\.[0-9]{3}/\1.000/g' \
		-e 's/  7[01][0-9]{2}s  /     2h  /; s/   23[0-9]s  /     4m  /' \
		-e 's/"expires":7[01][0-9]{2}\>/"expires":7200/g' \
		-e 's/(schema [0-9]+ size) [0-9]+/\1 57688/' -e 's/ +$//'
}

# The page, with what was printed in place of what was said
page()
{
	local n

	for n in "$TMP"/out/[0-9]*; do
		normalise < "$n" > "$TMP/normal/${n##*/}"
	done
	awk -v dir="$TMP/normal" '
	function flush_blank() { while (blank > 0) { print ""; blank-- } }
	/^    \$ / {
		flush_blank()
		print
		file = dir "/" ++n
		while ((getline line < file) > 0)
			print line == "" ? "" : "    " line
		inside = 1
		next
	}
	# Blank lines are of the output if more of it follows.
	inside && /^$/ { blank++; next }
	inside && /^    / { blank = 0; next }
	{ inside = 0; flush_blank(); print }' "$TOUR"
}

run_tour()
{
	mkdir -p "$TMP/out" "$TMP/normal" "$TMP/cwd"
	cp "$IMPORTS/jool-siit.json" "$IMPORTS/tayga-siit.conf" "$TMP/cwd/"
	script > "$TMP/script"
	(cd "$TMP/cwd" && OUT=$TMP/out host_ns=$host ip netns exec "$tour" \
		bash "$TMP/script") || return
	page > "$TMP/page"
	[ ! -s "$TMP/out/log" ] || { cat "$TMP/out/log"; return 1; }
}

same_page()
{
	diff -u --label "Documentation/tour.md" --label "what is printed" \
		"$TOUR" "$TMP/page"
}

# A command of the tour: the object and the command behind the options
tour_commands()
{
	sed -n 's/^    \$ //p' "$TOUR" | tr '|' '\n' |
		sed -nE "s/^ *m46ctl(( -[a-z]+( (batch|-))?)*) ([a-z0-9]+) ?([a-z0-9-]*).*/\\1 \\5 \\6/p" |
		awk '{
			json = 0
			while ($1 ~ /^-/) {
				json = json || $1 == "-j"
				$1 = ""
				$0 = $0
			}
			print json ? "json" : "text", $1, $2
		}' | sort -u
}

# lacking json|any: those of the list on stdin that the tour has not
lacking()
{
	awk -v kind="$1" '
	NR == FNR {
		if (kind == "any" || $1 == kind)
			have[$2] = have[$2 " " $3] = 1
		next
	}
	!($0 in have) { print "not in the tour: " $0; n++ }
	END { exit n > 0 }' "$TMP/commands" -
}

every_command()
{
	m46ctl help commands > "$TMP/all"
	[ "$(wc -l < "$TMP/all")" -gt 30 ] && lacking any < "$TMP/all"
}

# What the manual says to print JSON
every_json()
{
	awk '
		/^\.SH/ { on = $2 == "OUTPUT" }
		on && tag && sub(/^\.B /, "") {
			gsub(/\\/, "")
			gsub(/, /, "\n")
			print
		}
		{ tag = /^\.TP$/ }' \
		"$M46_TREE"/tools/man/m46ctl-*.8.in > "$TMP/json"
	[ "$(wc -l < "$TMP/json")" -gt 10 ] && lacking json < "$TMP/json"
}

need_cmd jq ping ip diff
load_m46
# no sit0, ip6tnl0 and the like in what the tour shows, nor kept from others
fallbacks=$(sysctl -n net.core.fb_tunnels_only_for_init_net)
defer sysctl -qw "net.core.fb_tunnels_only_for_init_net=$fallbacks"
sysctl -qw net.core.fb_tunnels_only_for_init_net=2
setup_ns tour host far
ln -s "/run/netns/$host" /run/netns/host || ktap_bail "there is a namespace host"
defer rm /run/netns/host
network
tour_commands > "$TMP/commands"
if [ -z "${TOUR_OUT:-}" ]; then
	ktap_plan 4
	ktap_test "every command is in the tour" every_command
	ktap_test "and every JSON output" every_json
fi
ktap_test "the commands can be typed" run_tour
if [ -n "${TOUR_OUT:-}" ]; then
	cp "$TMP/page" "$TOUR_OUT"
else
	ktap_test "they print what the page says" same_page
fi
ktap_done
