#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make bench": m46 beside plain forwarding, sit, ip6_tunnel, Jool and TAYGA, on
# each kernel: a machine for packets and one for TCP, which both count
# instructions; then tables, and charts of the first kernel. All of it stays in
# build/bench; the README shows copies of the charts, in Documentation.
#
# usage: bench.sh K...

set -eu -o pipefail
. "$(dirname "$0")/env.sh"
cd "$M46_TREE"

[ $# -gt 0 ] || die "usage: bench.sh K..."
"$M46_VM/deps.sh" build vm guest bench

# measure K METHOD
measure()
{
	local k=$1 method=$2 results=$M46_TREE/build/bench/$1-$2

	say "Linux $k, $method ..."
	mkdir -p "$results"
	"$M46_VM/run.sh" -I -k "$k" -t 3600 -o "$results" -- \
		selftests/bench/bench.py "$method" -o "/m46-results/$method.json"
	cp "$results/$method.json" "build/bench/$k/"
}

found=()
for k in "$@"; do
	"$M46_VM/peers.sh" "$k"
	mkdir -p "build/bench/$k"
	measure "$k" instructions
	measure "$k" goodput
	found+=("build/bench/$k")
done
selftests/bench/report.py -c build/bench "${found[@]}" | tee build/bench/report
say "figures, this report and its charts are in build/bench"
