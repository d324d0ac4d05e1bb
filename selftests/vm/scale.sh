#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make bench-scale": a million rules and a million entries in a machine whose
# clock counts instructions. Figures, report and chart stay in
# build/bench/K-scale; the README shows a copy of the chart.
#
# usage: scale.sh K

set -eu -o pipefail
. "$(dirname "$0")/env.sh"
cd "$M46_TREE"

K=${1:?usage: scale.sh K}
results=$M46_TREE/build/bench/$K-scale

"$M46_VM/deps.sh" build vm guest bench
mkdir -p "$results"
M46_VM_MEM=4G "$M46_VM/run.sh" -I -k "$K" -t 3000 -o "$results" -- \
	selftests/bench/scale.py -o /m46-results/scale.json
selftests/bench/scale_report.py -c "$results/bench-scale.svg" \
	"$results/scale.json" | tee "$results/report"
