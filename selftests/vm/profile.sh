#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make bench-profile": which functions the instructions of one row of "make
# bench" are spent in, counted by a plugin of the emulator (bench/profile.c).
#
# usage: profile.sh K ROW [SIZE]	ROW as in the table; SIZE is 64

set -eu
. "$(dirname "$0")/env.sh"
cd "$M46_TREE"

K=${1:?usage: profile.sh K ROW [SIZE]}
row=${2:?usage: profile.sh K ROW [SIZE]}
size=${3:-64}
results=$M46_TREE/build/bench/profile

"$M46_VM/deps.sh" build vm guest bench
"$M46_VM/peers.sh" "$K"
mkdir -p "$results"
so=$M46_TREE/build/bench/profile.so
gcc -O2 -Wall -shared -fPIC -o "$so" selftests/bench/profile.c
# What bench.py calls to mark; without KASLR it is there at every boot.
mark=$("$M46_VM/run.sh" -I -n -k "$K" -t 120 -o "$results" -- \
	grep -w -m 1 __x64_sys_setdomainname /proc/kallsyms | cut -d ' ' -f 1)
[ -n "$mark" ] || die "no address to mark with"
M46_QEMU_ARGS="-plugin file=$so,mark=0x$mark,out=$results/blocks" \
	"$M46_VM/run.sh" -I -k "$K" -t 900 -o "$results" -- \
	selftests/bench/bench.py profile -k "$row" -s "$size" \
	-o /m46-results/profile.json
selftests/bench/profile.py "$results"
