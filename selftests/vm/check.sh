#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make check" and "make check-debug": every test that fits, on every kernel
# asked for, and one sum. The last line is "N passed, N failed, N skipped"; the
# exit status is 0 only if nothing failed.
#
# usage: check.sh host [K...]	user-space tests, then the test programs in a VM
#				of each kernel (default: all of env.sh)
#	 check.sh vm K[/PART]...	only the VMs, one after the other; PART: only the
#				programs that test packets ("packets"), or the others
#				("rest")
#	 check.sh fast [K...]	the programs about packets on the fast path, in VMs
#				(default: 6.1)
#	 check.sh lint		static checks
#	 check.sh debug		the test programs on the debug kernel; then a
#				planted use-after-free and a planted leak, which
#				it must detect
#
# environment: M46_COUNTS=FILE, to which "PASSED FAILED SKIPPED" is appended;
# M46_JOBS=N, machines at a time (default: one for each processor, at most 2).

set -eu
. "$(dirname "$0")/env.sh"
cd "$M46_TREE"

passed=0 failed=0 skipped=0
failures=()
started=$SECONDS

count_ok()
{
	passed=$((passed + 1))
	echo "ok - $1"
}

count_fail()
{
	failed=$((failed + 1))
	failures+=("$1")
	echo "not ok - $1"
}

# A single test: its output only matters when it fails.
# single NAME COMMAND...
single()
{
	local name=$1 start=$SECONDS
	shift

	if "$@" > "$tmp/out" 2>&1; then
		count_ok "$name ($((SECONDS - start)) s)"
	else
		sed 's/^/# /' "$tmp/out"
		count_fail "$name"
	fi
}

# A program on this machine that prints KTAP, or else counts as one test.
# ktap_host NAME COMMAND...
ktap_host()
{
	local name=$1 rc start=$SECONDS p f s x what
	shift

	echo "# $name"
	timeout -k 10 900 "$@" 2>&1 < /dev/null | tee "$tmp/out" |
		sed -u 's/^/# /' && rc=0 || rc=$?
	if ! grep -Eq '^(ok|not ok|1\.\.)' "$tmp/out"; then
		if [ "$rc" -eq 0 ]; then
			count_ok "$name"
		else
			count_fail "$name"
		fi
		return
	fi
	selftests/ktap-count.awk -v rc="$rc" -v limit=900 "$tmp/out" > "$tmp/count"
	read -r p f s x <<< "$(awk '/^counts / { p += $2; f += $3; s += $4 }
		/^fail / { x++ } END { print p + 0, f + 0, s + 0, x + 0 }' \
		"$tmp/count")"
	while read -r what; do
		failures+=("$name: $what")
	done < <(sed -n 's/^\(fail\|failed\) //p' "$tmp/count")
	passed=$((passed + p))
	failed=$((failed + f + x))
	skipped=$((skipped + s))
	echo "# $name: $p passed, $((f + x)) failed, $s skipped," \
		"$((SECONDS - start)) s"
}

# Did the emulator end the run, and not the kernel or a test? Says how.
# emulator_failed STATUS RESULTS
emulator_failed()
{
	[ ! -e "$2/counts" ] || return 1
	# qemu itself dies now and then; a kernel that dies has bad lines (99).
	if [ "$1" -eq 97 ]; then
		echo "the machine died without a word"
		return
	fi
	# A kernel that patches its code puts a breakpoint there for a moment.
	# One processor of the emulator may still run its translation of that
	# when the kernel is done and no longer knows it. Nothing else in a
	# kernel without kprobes is a breakpoint.
	[ "$1" -eq 99 ] && [ "$("$M46_VM/accel.sh")" != kvm ] &&
		head -n 1 "$2/bad-lines" | grep -q "Oops: int3:" || return 1
	sed 's/^/# /' "$2/bad-lines" >&2
	echo "the emulator ran a breakpoint that the kernel had taken away"
}

# part_of PART PROGRAM...: those of them, or all where there is no PART
part_of()
{
	local part=$1 p
	shift

	for p in "$@"; do
		case $part,$p in
		,* | packets,packet/*) echo "$p" ;;
		rest,packet/*) ;;
		rest,*) echo "$p" ;;
		esac
	done
}

# vm_tests K[/PART]: test programs in one VM
vm_tests()
{
	local k=${1%%/*} part start=$SECONDS rc=0 progs machine
	local results=$M46_TREE/build/check/${1//\//-}
	local p=0 f=0 s=0 what list=list

	[ -z "${M46_LIST:-}" ] || list=$M46_LIST
	[ "$k" != debug ] || [ -n "${M46_ALL:-}" ] || list='list-debug'
	progs=$(make -s --no-print-directory -C selftests "$list") || {
		count_fail "$k: list of test programs"
		return
	}
	part=${1#"$k"}
	# shellcheck disable=SC2086 # a list
	progs=$(part_of "${part#/}" $progs)
	echo "# kernel $k"
	mkdir -p "$results"
	# shellcheck disable=SC2206 # a list
	machine=("$M46_VM/run.sh" -k "$k" -w -o "$results" -t "$vm_limit" --
		 selftests/run_tests.sh $progs)
	"${machine[@]}" || rc=$?
	if what=$(emulator_failed "$rc" "$results"); then
		echo "# kernel $k: $what, once more"
		rc=0
		"${machine[@]}" || rc=$?
	fi
	if [ -e "$results/counts" ]; then
		read -r p f s < "$results/counts"
		while read -r what; do
			failures+=("$k: $what")
		done < "$results/failures"
		passed=$((passed + p))
		failed=$((failed + f))
		skipped=$((skipped + s))
	else
		count_fail "$k: the test run did not reach its end (status $rc)"
	fi
	if [ "$rc" -eq 99 ]; then
		count_fail "$k: kernel log: $(head -n 1 "$results/bad-lines")"
	elif [ "$rc" -gt 1 ] && [ -e "$results/counts" ]; then
		count_fail "$k: the VM ended with status $rc"
	elif [ "$rc" -le 1 ]; then
		count_ok "$k: clean kernel log"
	fi
	echo "# kernel $k: $p passed, $f failed, $s skipped, $((SECONDS - start)) s"
	[ "$part" != /packets ] && [ -z "${M46_FAST:-}" ] || return 0
	single "$k: refused where IPv6 is disabled" "$M46_VM/run.sh" -k "$k" -w \
		-o "$results-no-ipv6" -t 120 -c ipv6.disable=1 \
		-- "$M46_VM/no-ipv6.sh"
}

# list_of N COUNT: the list for the Nth of COUNT kernels
list_of()
{
	if [ -n "${M46_FAST:-}" ]; then
		echo list-fast
		return
	fi
	if [ -n "${M46_ALL:-}" ]; then
		echo list
		return
	fi
	case $1,$2 in
	*,1) echo list ;;
	1,*) echo list-first ;;
	"$2,$2") echo list-last ;;
	*) echo list-middle ;;
	esac
}

# machine LIST K/PART: in the background, as soon as one of the others ends
machine()
{
	local list=$1 job=$2 name=${2//\//-} jobs=${M46_JOBS:-}

	[ -n "$jobs" ] || jobs=$(($(nproc) < 2 ? 1 : 2))
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n || true
	done
	M46_LIST=$list M46_COUNTS=$tmp/counts-$name \
		"$M46_VM/check.sh" vm "$job" 2>&1 |
		sed -u "s|^|[$job] |" | tee "$tmp/log-$name" &
}

# kernels K...: two machines a kernel, several at a time; each line says which.
# What takes longest goes first, so that none is left running alone for long.
kernels()
{
	local k part name p f s what n

	for part in rest packets; do
		n=0
		for k in "$@"; do
			n=$((n + 1))
			machine "$(list_of "$n" $#)" "$k/$part"
		done
	done
	wait || true
	for name in "${@/%/-rest}" "${@/%/-packets}"; do
		if ! read -r p f s < "$tmp/counts-$name"; then
			count_fail "$name: no result"
			continue
		fi
		passed=$((passed + p))
		failed=$((failed + f))
		skipped=$((skipped + s))
		while read -r what; do
			failures+=("$what")
		done < <(sed -n "s/^\[[^ ]*\] # failed: //p" "$tmp/log-$name")
	done
}

# A planted bug that the debug kernel must see: parameter, what the log must say.
planted()
{
	local param=$1 pattern=$2 rc=0 results=$M46_TREE/build/check/debug-$1

	echo "# debug kernel, $param: the following report is wanted"
	mkdir -p "$results"
	"$M46_VM/run.sh" -k debug -b -o "$results" -t 900 -- \
		modprobe m46 "$param=1" || rc=$?
	if [ "$rc" -eq 99 ] && grep -Eq "$pattern" "$results/console.log"; then
		count_ok "debug: $param is detected"
	else
		count_fail "debug: $param is not detected (status $rc)"
	fi
}

prepare()
{
	"$M46_VM/deps.sh" build host vm guest
	"$M46_VM/source.sh"
}

vm_limit=2400
[ -z "${M46_FAST:-}${M46_ALL:-}" ] || vm_limit=4800
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p build/check

what=${1:?usage: check.sh host|vm|fast|lint|debug}
shift
case $what in
host)
	prepare
	[ ! -e selftests/unit/Makefile ] ||
		ktap_host "unit tests" make -s --no-print-directory -C selftests unit
	ktap_host "m46ctl" make -s --no-print-directory -C tools/m46ctl check
	ktap_host "make install" selftests/install.sh
	ktap_host "OpenWrt" selftests/openwrt.sh
	[ ! -e selftests/check_spec.py ] ||
		ktap_host "netlink specification" selftests/check_spec.py
	ktap_host "examples" selftests/check_examples.py
	# shellcheck disable=SC2086 # a list
	[ $# -gt 0 ] || set -- $M46_KERNELS
	kernels "$@"
	;;
vm)
	prepare
	for k in "$@"; do
		vm_tests "$k"
	done
	;;
fast)
	prepare
	export M46_FAST=1
	[ $# -gt 0 ] || set -- 6.1
	kernels "$@"
	;;
lint)
	single "every kmod/*.c is in Kbuild" "$M46_VM/lint.sh" kbuild
	single "sparse" "$M46_VM/lint.sh" sparse 6.1
	single "checkpatch" "$M46_VM/lint.sh" checkpatch
	single "shellcheck" "$M46_VM/lint.sh" shellcheck
	single "manual pages" "$M46_VM/lint.sh" man
	single "a licence in every file" "$M46_VM/lint.sh" spdx
	single "Debian packages build, lintian is content" "$M46_VM/lint.sh" deb
	;;
debug)
	vm_limit=3000
	prepare
	vm_tests debug
	planted plant_uaf 'KASAN: .*use-after-free'
	planted plant_leak 'kmemleak: .*m46_test_leak'
	;;
*)
	die "unknown: $what"
	;;
esac

[ ${#failures[@]} -eq 0 ] || printf '# failed: %s\n' "${failures[@]}"
echo "# took $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s"
[ -z "${M46_COUNTS:-}" ] || echo "$passed $failed $skipped" >> "$M46_COUNTS"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
