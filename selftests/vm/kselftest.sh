#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tests as tools/testing/selftests/net/m46 of a kernel tree: what is needed
# of Debian's linux-source, with them in it, is installed by the tree's own
# makefiles, and a few quick ones are run by its own runner, in a VM.
#
# usage: kselftest.sh [K]	K: kernel of the VM (default 6.1)
#
# KTAP on standard output.

set -eu
. "$(dirname "$0")/env.sh"

K=${1:-6.1}
QUICK="m46ctl.sh netlink.py netlink_m46t.py ynl.py"

"$M46_VM/deps.sh" build host vm guest
"$M46_VM/source.sh"
dir=$M46_TREE/build/kselftest
tree=$dir/tree
ksft=$tree/tools/testing/selftests
installed=$dir/installed
mkdir -p "$dir"
lock "$dir/lock"

n=0 failed=0

# result NAME COMMAND...
result()
{
	local name=$1
	shift

	n=$((n + 1))
	if "$@" > "$dir/out" 2>&1; then
		echo "ok $n $name"
	else
		sed 's/^/# /' "$dir/out"
		echo "not ok $n $name"
		failed=$((failed + 1))
	fi
}

make_tree()
{
	rm -rf "$tree" "$installed"
	mkdir -p "$ksft" "$tree/include/uapi/linux" \
		"$tree/Documentation/netlink/specs"
	cp -r "$M46_CACHE"/source/{Documentation,scripts,tools} "$tree/"
	cp "$M46_TREE/include/uapi/linux/m46.h" "$tree/include/uapi/linux/"
	cp "$M46_TREE/Documentation/netlink/specs/m46.yaml" \
		"$tree/Documentation/netlink/specs/"
	mkdir -p "$ksft/net/m46"
	cd "$M46_TREE/selftests"
	# What git knows or would.
	git ls-files -z -co --exclude-standard -- ':!vm' ':!unit' |
		tar -c --null -T - | tar -x -C "$ksft/net/m46"
}

# The tests are told where the command is: in this tree, not installed.
guest()
{
	"$M46_VM/run.sh" -k "$K" -w -t 600 -o "$dir/vm" -- \
		env "M46CTL=$M46_TREE/tools/m46ctl/m46ctl" \
		"M46_TEST_YNL=$tree/tools/net/ynl" "$@"
}

# ran PROGRAM...: the runner says that each has passed
ran()
{
	local p

	for p in "$@"; do
		grep -Eqx "ok [0-9]+ selftests: net/m46: $p" "$dir/run.log" ||
			{ cat "$dir/run.log"; return 1; }
	done
}

# shellcheck disable=SC2317 # called by result
run_installed()
{
	local p args=()

	for p in $QUICK; do
		args+=(-t "net/m46:$p")
	done
	guest "$installed/run_kselftest.sh" "${args[@]}" > "$dir/run.log" 2>&1 ||
		{ cat "$dir/run.log"; return 1; }
	# shellcheck disable=SC2086 # a list
	ran $QUICK
}

# shellcheck disable=SC2317 # called by result
run_in_tree()
{
	guest make -s -C "$ksft" TARGETS=net/m46 TEST_PROGS=netlink.py \
		run_tests > "$dir/run.log" 2>&1 ||
		{ cat "$dir/run.log"; return 1; }
	ran netlink.py
}

# shellcheck disable=SC2317 # called by result
is_listed()
{
	make -s -C "$ksft/net/m46" emit_tests COLLECTION=net/m46 \
		> "$dir/listed" || return
	diff "$dir/listed" "$installed/kselftest-list.txt" &&
		for p in $QUICK; do
			grep -qx "net/m46:$p" "$dir/listed" || return
		done
}

# shellcheck disable=SC2317 # called by result
is_complete()
{
	local p

	while IFS=: read -r _ p; do
		[ -x "$installed/net/m46/$p" ] || { echo "no $p"; return 1; }
	done < "$installed/kselftest-list.txt"
	for p in config lib.sh m46.h m46.yaml settings; do
		[ -e "$installed/net/m46/$p" ] || { echo "no $p"; return 1; }
	done
}

echo "KTAP version 1"
echo "1..5"
(make_tree)
result "make install" make -s -C "$ksft" TARGETS=net/m46 FORCE_TARGETS=1 \
	KSFT_INSTALL_PATH="$installed" install
result "every program is listed" is_listed
result "what they need is installed" is_complete
result "run_kselftest.sh: $QUICK" run_installed
result "make run_tests: netlink.py" run_in_tree
[ "$failed" -eq 0 ]
