# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What test programs share, in the vocabulary of the kernel's own
# tools/testing/selftests/net/lib.sh (the code is ours).
#
#	#!/bin/bash
#	. "$(dirname "$0")/lib.sh"
#	need_root
#	need_cmd iperf3
#	load_m46
#	ktap_plan 2
#	setup_ns left right
#	ktap_test "left reaches right" ip netns exec "$left" ping -c 1 ...
#	ktap_skip "the other thing" "this kernel has none"
#	ktap_done
#
# Results are KTAP at the beginning of a line: "ok N name", "not ok N name",
# "ok N name # SKIP why", and one plan "1..N". Exit status: 0 passed, 1 failed,
# 4 skipped.

# shellcheck disable=SC2034 # for those who source this
ksft_pass=0 ksft_fail=1 ksft_skip=4

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
M46_TREE=$(cd "$SELFTESTS/.." && pwd)

# The tool: $M46CTL, the tree's own, or the installed one. In front of PATH, so
# that "ip netns exec NS m46ctl" finds the same.
if [ -n "${M46CTL:-}" ]; then
	PATH=$(cd "$(dirname "$M46CTL")" && pwd):$PATH
elif [ -x "$M46_TREE/tools/m46ctl/m46ctl" ]; then
	PATH=$M46_TREE/tools/m46ctl:$PATH
fi
M46CTL=${M46CTL:-$(command -v m46ctl || true)}
export PATH M46CTL

# --- waiting

# Run a command again and again until it succeeds; prints its last output.
# busywait MILLISECONDS COMMAND... turns without pause, slowwait SECONDS
# COMMAND... ten times a second. Emulated and debug kernels get more time:
# limits are for what never happens.
_wait_for()
{
	local end=$1 pause=$2 out
	shift 2

	while ! out=$("$@"); do
		if [ "${EPOCHREALTIME/./}" -ge "$end" ]; then
			echo -n "$out"
			return 1
		fi
		[ -z "$pause" ] || sleep "$pause"
	done
	echo -n "$out"
}

_slow_factor()
{
	[ -n "${KSFT_MACHINE_SLOW:-}" ] && echo 5 || echo 1
}

# scaled NUMBER: so many, or more on a slow machine
scaled()
{
	echo $(($1 * $(_slow_factor)))
}

busywait()
{
	local ms=$1
	shift

	_wait_for $((${EPOCHREALTIME/./} + ms * 1000 * $(_slow_factor))) "" "$@"
}

slowwait()
{
	local sec=$1
	shift

	_wait_for $((${EPOCHREALTIME/./} + sec * 1000000 * $(_slow_factor))) 0.1 "$@"
}

# --- cleaning up: written where the thing is made, run in reverse order

_DEFERRED=()

# defer COMMAND...: run it when the current scope ends, or the program.
defer()
{
	_DEFERRED+=("${*@Q}")
}

# in_defer_scope COMMAND...: what it defers is run when it returns; returns its
# status.
in_defer_scope()
{
	local depth=${#_DEFERRED[@]} rc=0

	"$@" || rc=$?
	_run_deferred "$depth"
	return "$rc"
}

_run_deferred()
{
	local depth=$1 i

	for ((i = ${#_DEFERRED[@]} - 1; i >= depth; i--)); do
		eval "${_DEFERRED[i]}" || true
		unset "_DEFERRED[i]"
	done
}

_lib_exit()
{
	local rc=$?

	trap - EXIT
	_run_deferred 0
	exit "$rc"
}
trap _lib_exit EXIT
trap 'exit 1' INT TERM HUP

# --- network namespaces

_ns_delete()
{
	local pid

	# A process that lives on would keep the namespace and its devices.
	for pid in $(ip netns pids "$1" 2>/dev/null); do
		kill -9 "$pid" 2>/dev/null
	done
	ip netns delete "$1" 2>/dev/null
}

# setup_ns VARIABLE...: one namespace each, with a random name put into the
# variable; loopback up, no reverse path filter. Deleted at the end.
setup_ns()
{
	local var name

	for var in "$@"; do
		name=$var-$(printf '%04x%04x' "$RANDOM" "$RANDOM")
		ip netns add "$name" || ktap_bail "cannot create a namespace"
		declare -g "$var=$name"
		defer _ns_delete "$name"
		fast_sync
		ip -n "$name" link set lo up
		ip netns exec "$name" sysctl -qw net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0
	done
}

# --- results

_KTAP_PLAN=
_KTAP_N=0
_KTAP_FAILED=0
_KTAP_SKIPPED=0

# ktap_plan [N]: how many results will follow. Without it, ktap_done writes the
# plan; a program that dies half-way is found out either way.
ktap_plan()
{
	_KTAP_PLAN=$(($1${M46_FASTPATH:+ + 1}))
	echo "TAP version 13"
	echo "1..$_KTAP_PLAN"
}

# ktap_print TEXT: diagnostics.
ktap_print()
{
	local line

	while IFS= read -r line; do
		echo "# $line"
	done <<< "$*"
}

ktap_ok()
{
	_KTAP_N=$((_KTAP_N + 1))
	echo "ok $_KTAP_N $1"
}

# ktap_fail NAME [WHY]
ktap_fail()
{
	_KTAP_N=$((_KTAP_N + 1))
	_KTAP_FAILED=$((_KTAP_FAILED + 1))
	[ -z "${2:-}" ] || ktap_print "$2"
	echo "not ok $_KTAP_N $1"
}

# ktap_skip NAME [WHY]
ktap_skip()
{
	_KTAP_N=$((_KTAP_N + 1))
	_KTAP_SKIPPED=$((_KTAP_SKIPPED + 1))
	echo "ok $_KTAP_N $1 # SKIP ${2:-}"
}

# ktap_test NAME COMMAND...: passes when the command succeeds; its output is
# shown when it does not. Status 4 counts as skipped, its output being the why.
ktap_test()
{
	local name=$1 out rc=0
	shift

	out=$("$@" 2>&1) || rc=$?
	case $rc in
	0) ktap_ok "$name" ;;
	4) ktap_skip "$name" "${out##*$'\n'}" ;;
	*) ktap_fail "$name" "${*@Q}: status $rc"$'\n'"$out" ;;
	esac
	return 0
}

# ktap_test_not NAME COMMAND...: passes when the command fails.
ktap_test_not()
{
	local name=$1 out
	shift

	if out=$("$@" 2>&1); then
		ktap_fail "$name" "${*@Q}: succeeded"$'\n'"$out"
	else
		ktap_ok "$name"
	fi
}

# ktap_skip_all WHY: nothing here can run on this machine.
ktap_skip_all()
{
	echo "1..0 # SKIP $1"
	exit "$ksft_skip"
}

# ktap_bail WHY: no sense in going on.
ktap_bail()
{
	echo "Bail out! $1"
	exit "$ksft_fail"
}

# ktap_done: the last line of a program.
ktap_done()
{
	[ -z "${M46_FASTPATH:-}" ] || _fast_verdict
	[ -n "$_KTAP_PLAN" ] || echo "1..$_KTAP_N"
	if [ "$_KTAP_FAILED" -gt 0 ] ||
	   [ "${_KTAP_PLAN:-$_KTAP_N}" -ne "$_KTAP_N" ]; then
		exit "$ksft_fail"
	fi
	if [ "$_KTAP_N" -gt 0 ] && [ "$_KTAP_SKIPPED" -eq "$_KTAP_N" ]; then
		exit "$ksft_skip"
	fi
	exit "$ksft_pass"
}

# --- the fast path

# Without M46_FASTPATH, a program tests the default path.
fast_off() { :; }
fast_sync() { :; }

# --- what a test needs

need_root()
{
	[ "$(id -u)" -eq 0 ] || ktap_skip_all "needs root"
}

need_cmd()
{
	local cmd

	for cmd in "$@"; do
		command -v "$cmd" > /dev/null || ktap_skip_all "needs $cmd"
	done
}

# load_m46: the tree's m46.ko if it is for this kernel, else the installed one.
# A module that is loaded already stays.
load_m46()
{
	local ko=$M46_TREE/m46.ko

	need_root
	[ ! -e /sys/module/m46 ] || return 0
	if [ -z "${M46_IN_VM:-}" ] && [ -e "$ko" ] &&
	   [ "$(modinfo -F vermagic "$ko" | cut -d ' ' -f 1)" = "$(uname -r)" ]; then
		# insmod does not follow dependencies.
		modinfo -F depends "$ko" | tr ',' '\n' | grep . |
			xargs -r -n 1 modprobe
		insmod "$ko" || ktap_bail "insmod $ko failed"
		return 0
	fi
	modprobe m46 || ktap_bail "no m46 module for $(uname -r)"
}

# --- kernel log

# kmsg_mark: print a mark and put it into the kernel log.
kmsg_mark()
{
	local mark="m46 selftest mark $$ $RANDOM$RANDOM $*"

	echo "$mark" > /dev/kmsg
	echo "$mark"
}

# kmsg_bad MARK: the lines since the mark that no good kernel writes.
kmsg_bad()
{
	dmesg | awk -v m="$1" '{ l[NR] = $0 } index($0, m) { from = NR }
		END { for (i = from + 1; i <= NR; i++) print l[i] }' |
		grep -E -f <(grep -v -e '^#' -e '^$' "$SELFTESTS/vm/bad-lines")
}

if [ -n "${M46_FASTPATH:-}" ]; then
	# shellcheck source=selftests/fast_lib.sh
	. "$SELFTESTS/fast_lib.sh"
	_fast_start
fi
