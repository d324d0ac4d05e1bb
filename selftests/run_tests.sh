#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run test programs one after the other, in the VM or on a real machine, and sum
# up every result they print. Beside its own results a program fails when it
# dies, runs out of time, prints no plan or not as many results as planned,
# leaves namespaces or m46 devices behind, or upsets the kernel log.
#
# A program has 300 seconds, or what a line "# timeout: N" near its top says.
# PROGRAM@fast runs it on the fast path (fast_lib.sh).
#
# usage: run_tests.sh PROGRAM[@fast]...	(paths below selftests/)

# Not from lib.sh's world of one program: only its kernel log functions.
cd "$(dirname "$0")" || exit 1
# shellcheck disable=SC2034
. ./lib.sh
trap - EXIT

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 skipped=0
: > "$tmp/failures"

[ "$(id -u)" -eq 0 ] || echo "# not root: most programs will be skipped"

# Namespaces and m46 devices there are now.
inventory()
{
	ip netns list 2>/dev/null | cut -d ' ' -f 1
	ip -br link show type m46 2>/dev/null | sed 's/^\([^ @]*\).*/device \1/'
}

run_one()
{
	local prog=$1 file=${1%@fast} limit mark rc start=$SECONDS counts p f s x
	local log=$tmp/log fast=

	[ "$prog" = "$file" ] || fast=1
	limit=$(sed -n '1,40s/^# *timeout: *\([0-9]*\).*/\1/p' "$file")
	limit=$((${limit:-300} * $(_slow_factor)))
	echo "# selftests: $prog"
	mark=$(kmsg_mark "$prog" 2>/dev/null)
	inventory > "$tmp/before"
	M46_FASTPATH=$fast timeout -k 10 "$limit" "./$file" 2>&1 < /dev/null |
		tee "$log" |
		sed -u 's/^/# /'
	rc=${PIPESTATUS[0]}

	./ktap-count.awk -v rc="$rc" -v limit="$limit" "$log" > "$tmp/count"
	inventory | grep -vxFf "$tmp/before" > "$tmp/left" &&
		echo "fail left behind: $(tr '\n' ' ' < "$tmp/left")" >> "$tmp/count"
	if [ -n "$mark" ] && kmsg_bad "$mark" > "$tmp/bad"; then
		sed 's/^/# kernel: /' "$tmp/bad" | head -n 30
		echo "fail kernel log: $(head -n 1 "$tmp/bad")" >> "$tmp/count"
	fi
	counts=$(awk '/^counts / { p += $2; f += $3; s += $4 } /^fail / { x++ }
		END { print p + 0, f + 0, s + 0, x + 0 }' "$tmp/count")
	read -r p f s x <<< "$counts"
	f=$((f + x))
	sed -n 's/^\(fail\|failed\) //p' "$tmp/count" |
		sed "s|^|$prog: |" >> "$tmp/failures"
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	n=$((n + 1))
	if [ "$f" -gt 0 ]; then
		echo -n "not ok"
	else
		echo -n "ok"
	fi
	echo " $n selftests: $prog # $p passed, $f failed, $s skipped," \
		"$((SECONDS - start)) s"
	# The next program must not trip over this one's remains.
	grep -v '^device' "$tmp/left" | xargs -r -n 1 ip netns delete
}

n=0
echo "TAP version 13"
echo "1..$#"
for prog in "$@"; do
	run_one "$prog"
done

if [ -n "${M46_RESULTS:-}" ]; then
	# For check.sh, which adds up several machines.
	cp "$tmp/failures" "$M46_RESULTS/failures"
	echo "$passed $failed $skipped" > "$M46_RESULTS/counts"
else
	sed 's/^/# failed: /' "$tmp/failures"
	echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" -eq 0 ]
