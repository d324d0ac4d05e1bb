# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the scenes of the demo share; sourced. A scene sets
#
#	title		its first line of output
#	nodes		the namespaces it makes
#	wanted		the commands it needs
#
# and has the functions topology, build (the network and the devices, ready to
# be used), show (all the rest) and how_to_play; then it calls
#
#	demo "$@"

# shellcheck disable=SC2154 # title nodes wanted

set -u -o pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=$(realpath "$0")
keep=
tmp=
pids=()
captures=()
failures=()

# shellcheck disable=SC2034 # dim is for topologies
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' blue=$'\e[36m'
	off=$'\e[0m'
else
	bold='' dim='' red='' green='' blue='' off=''
fi

# --- output

heading()
{
	printf '\n%s== %s%s\n' "$bold" "$*" "$off"
}

# A remark on the commands that follow, one line an argument.
remark()
{
	printf '\n'
	printf '   %s\n' "$@"
}

die()
{
	printf '\n%sdemo: %s%s\n' "$red" "$*" "$off" >&2
	exit 1
}

show_command()
{
	local word line=

	for word in "$@"; do
		[[ $word =~ ^[A-Za-z0-9_./:,=@%+-]+$ ]] || word=${word@Q}
		line+=" $word"
	done
	printf '   %s#%s%s\n' "$blue" "$line" "$off"
}

# Show a command and run it; its output goes to the screen, indented, and into
# $output.
output=
run()
{
	local rc

	show_command "$@"
	"$@" > output 2>&1
	rc=$?
	output=$(< output)
	[ -z "$output" ] || sed 's/^/     /' output
	return "$rc"
}

# For the commands that build: there is no going on without.
must()
{
	run "$@" || die "this command failed, the demo ends here"
}

# check WHAT COMMAND...: one line, and one failure if the command fails.
check()
{
	local what=$1
	shift

	if "$@"; then
		printf '   %sok%s    %s\n' "$green" "$off" "$what"
	else
		printf '   %sFAIL  %s%s\n' "$red" "$what" "$off"
		failures+=("$what")
	fi
}

has()
{
	grep -qE -e "$1" <<< "$output"
}

there()
{
	local node

	for node in $nodes; do
		[ ! -e "/run/netns/$node" ] || echo "$node"
	done
}

down()
{
	local node pid

	for node in $(there); do
		for pid in $(ip netns pids "$node" 2>/dev/null); do
			kill "$pid" 2>/dev/null
		done
		ip netns delete "$node"
		# What "ip netns exec" showed it as its own, and FRR's sockets
		rm -rf "/etc/netns/${node:?}" "/var/run/frr/demo-${node:?}"
	done
	rmdir /etc/netns 2>/dev/null
}

# link A B: a cable; each end is named after where it leads
link()
{
	must ip link add name "to-$2" netns "$1" type veth \
		peer name "to-$1" netns "$2"
	must ip -n "$1" link set "to-$2" up
	must ip -n "$2" link set "to-$1" up
}

# --- what runs in the background

# background LOG COMMAND...
background()
{
	local log=$1
	shift

	show_command "$@" '&' | sed "s/'&'/\&/"
	"$@" > "$log" 2>&1 < /dev/null &
	pids+=($!)
}

# wait_for WHAT COMMAND...: until it succeeds, ten seconds at most
wait_for()
{
	local what=$1 end=$((SECONDS + 10))
	shift

	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || die "$what"
		sleep 0.1
	done
}

listens()
{
	ip netns exec "$1" ss -Hltn "sport = :$2" | grep -q .
}

# httpd HOST ADDRESS DIRECTORY: a web server
httpd()
{
	local address=$2

	[[ $address != *:* ]] || address="[$address]"
	if busybox --list 2>/dev/null | grep -qx httpd; then
		background "web-$1" ip netns exec "$1" busybox httpd -f \
			-p "$address:80" -h "$3"
	else
		background "web-$1" ip netns exec "$1" python3 -m http.server \
			80 --bind "$2" --directory "$3"
	fi
	wait_for "the web server of $1 does not start" listens "$1" 80
}

# capture_start NAMESPACE DEVICE...: into DEVICE.pcap
capture_start()
{
	local ns=$1 dev
	shift

	for dev in "$@"; do
		background "$dev.log" ip netns exec "$ns" tcpdump -n -s 128 \
			-B 16384 -i "$dev" -w "$dev.pcap"
		captures+=("${pids[-1]}")
	done
	for dev in "$@"; do
		wait_for "tcpdump does not start" grep -q 'listening on' \
			"$dev.log"
	done
}

capture_stop()
{
	kill -INT "${captures[@]}"
	wait "${captures[@]}"
}

# packets DEVICE FILTER: how many there were
packets()
{
	tcpdump -n -r "$1.pcap" "$2" 2>/dev/null | wc -l
}

# captured_only_ipv6 DEVICE WHERE: no IPv4 was there, and nothing was missed
captured_only_ipv6()
{
	local ip4 ip6

	ip4=$(packets "$1" 'ip or arp')
	ip6=$(packets "$1" ip6)
	printf '     %-12s %10s %10s\n' "$2" "$ip4" "$ip6"
	check "$2: no IPv4, but IPv6" [ "$ip4" -eq 0 -a "$ip6" -gt 10 ]
	check "$2: the capture is complete" grep -q \
		'^0 packets dropped by kernel' "$1.log"
}

# --- from beginning to end

cleanup()
{
	local rc=$?

	trap - EXIT
	if [ -z "$keep" ] || [ "$rc" -ne 0 ]; then
		[ "${#pids[@]}" -eq 0 ] || kill "${pids[@]}" 2>/dev/null
		wait
		down 2>/dev/null
	fi
	[ -z "$tmp" ] || rm -rf "$tmp"
	exit "$rc"
}

load_module()
{
	local ko=$tree/m46.ko

	[ ! -e /sys/module/m46 ] || return
	if [ -z "${M46_IN_VM:-}" ] && [ -e "$ko" ] &&
	   [ "$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)" = "$(uname -r)" ]; then
		# insmod does not follow dependencies.
		modinfo -F depends "$ko" | tr ',' '\n' | grep . |
			xargs -r -n 1 modprobe
		must insmod "$ko"
	else
		must modprobe m46
	fi
}

find_tool()
{
	if [ -z "${M46CTL:-}" ] && [ -x "$tree/tools/m46ctl/m46ctl" ]; then
		PATH=$tree/tools/m46ctl:$PATH
	elif [ -n "${M46CTL:-}" ]; then
		PATH=$(cd "$(dirname "$M46CTL")" && pwd):$PATH
	fi
}

ready()
{
	local word

	for word in ip m46ctl $wanted; do
		command -v "$word" > /dev/null || die "$word is missing"
	done
	[ "$(id -u)" -eq 0 ] || die "root is needed"
	for word in $nodes; do
		[ ! -e "/etc/netns/$word" ] || [ -e "/run/netns/$word" ] ||
			die "in the way: /etc/netns/$word"
	done
	[ -z "$(there)" ] || die "in the way: namespace $(there | tr '\n' ' ')" \
		"(\"$self --down\" removes it)"
}

verdict()
{
	printf '\n'
	if [ "${#failures[@]}" -gt 0 ]; then
		printf '%sdemo: %d checks failed:%s\n' "$red" \
			"${#failures[@]}" "$off"
		printf '   %s\n' "${failures[@]}"
		return 1
	fi
	printf '%sdemo: all of it works%s (%d seconds)\n' "$green" "$off" \
		"$SECONDS"
}

# demo [--setup-only | --down]
demo()
{
	case ${1:-} in
	--setup-only) keep=y ;;
	--down) down; exit ;;
	"") ;;
	*) sed -n 's/^# \{0,1\}//; /^usage:/,/^$/p' "$self" >&2; exit 2 ;;
	esac
	find_tool
	ready
	tmp=$(mktemp -d)
	trap cleanup EXIT
	trap 'exit 130' INT TERM
	cd "$tmp" || exit 1

	printf '%sm46: %s%s   (Linux %s)\n' "$bold" "$title" "$off" "$(uname -r)"
	topology
	build
	if [ -n "$keep" ]; then
		how_to_play
	else
		show
		verdict
	fi
}
