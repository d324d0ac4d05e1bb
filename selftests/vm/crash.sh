#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The store survives what happens to machines: a virtual machine in which hosts
# get entries is killed (SIGKILL to qemu) at a random moment, again and again,
# with one disk. After each start the store must be whole, and every entry that
# was older than a second when the machine died must be back in the kernel.
#
# usage: crash.sh [-k KERNEL] [-n ROUNDS]		default: 6.1, 50 rounds
#
# KTAP on standard output.

set -eu
. "$(dirname "$0")/env.sh"

K=6.1
rounds=50
while getopts k:n: opt; do
	case $opt in
	k) K=$OPTARG ;;
	n) rounds=$OPTARG ;;
	*) exit 2 ;;
	esac
done

"$M46_VM/deps.sh" build vm guest
tmp=$(mktemp -d)
vm=
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	[ -z "$vm" ] || kill "$vm" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 143' TERM INT

truncate -s 256M "$tmp/disk"
mkfs.ext4 -q -F "$tmp/disk"
: > "$tmp/expect"
export M46_TEST_EXPECT=$tmp/expect
export M46_QEMU_ARGS="-drive file=$tmp/disk,format=raw,if=virtio -pidfile $tmp/pid"

# Lines of the guest, each with the time at which it came.
stamp()
{
	local line

	while IFS= read -r line; do
		echo "${EPOCHREALTIME/./} $line"
	done
}

# Wait for a line that matches; fails when the machine ends before.
wait_line()
{
	local tries

	for ((tries = 0; tries < 1200; tries++)); do
		! grep -q -m 1 -E "$1" "$tmp/log" || return 0
		kill -0 "$vm" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# life: one start, one death; sets verdict. Fails when nothing started.
life()
{
	local killed

	: > "$tmp/log"
	rm -f "$tmp/pid"
	"$M46_VM/run.sh" -k "$K" -t 300 -o "$tmp/results" -- \
		selftests/vm/crash-guest.sh 2> "$tmp/err" > >(stamp > "$tmp/log") &
	vm=$!
	if ! wait_line ' checked '; then
		verdict="no word: $(tail -n 1 "$tmp/log") $(tail -n 1 "$tmp/err")"
	else
		verdict=$(sed -n 's/^[0-9]* checked //p' "$tmp/log" | tr -d '\r')
	fi
	if [[ $verdict == ok* ]] && ! wait_line ' made '; then
		verdict="no entries are made: $(tail -n 1 "$tmp/log")"
	fi
	sleep "$((RANDOM % 5)).$((RANDOM % 1000))"
	killed=${EPOCHREALTIME/./}
	# Nothing to kill: it has died by itself, which the verdict says.
	[ ! -e "$tmp/pid" ] || kill -9 "$(cat "$tmp/pid")"
	wait "$vm" 2>/dev/null || true
	vm=
	tr -d '\r' < "$tmp/log" |
		awk -v end="$killed" '$2 == "made" && $1 < end - 1000000 {
			print $3 }' >> "$tmp/expect"
	[ -s "$tmp/log" ]
}

cd "$M46_TREE"
# Builds what has to be built.
"$M46_VM/run.sh" -k "$K" -t 120 -o "$tmp/results" -- true
echo "KTAP version 1"
echo "1..$rounds"
failed=0
for ((i = 1; i <= rounds + 1; i++)); do
	# A busy machine's emulator may not get as far as the guest's first word.
	life || { echo "# did not start, once more: $verdict"; life || true; }
	# the first one finds an empty disk
	[ "$i" -gt 1 ] || continue
	if [[ $verdict == ok* ]]; then
		echo "ok $((i - 1)) killed and started again: ${verdict#ok, }"
	else
		echo "# $verdict"
		echo "not ok $((i - 1)) killed and started again"
		failed=$((failed + 1))
	fi
done
[ "$failed" -eq 0 ]
