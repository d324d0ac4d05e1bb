#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build m46.ko for a kernel of the VM and print the path of the directory it is
# in: build/RELEASE (build/RELEASE-bugs with -b, -sparse with -s), next to nothing else, so that
# builds for several kernels and the m46.ko at the top of the tree leave each
# other alone. The sources are copied there; make then compiles what changed.
#
# usage: build.sh [-b] [-w] [-s] K	-b planted bugs, -w warnings are errors
#					(W=1), -s run sparse on every file

set -eu
. "$(dirname "$0")/env.sh"

# BTF needs the kernel's own image and tools that run here: not for a test.
args=(M46_SHOW_PROBES=1 CONFIG_DEBUG_INFO_BTF_MODULES=)
suffix=
while getopts bws opt; do
	case $opt in
	b) suffix=-bugs args+=(M46_TEST_BUGS=1) ;;
	w) args+=(M46_WERROR=1 W=1) ;;
	s) suffix=-sparse args+=(C=2 CF=-D__CHECK_ENDIAN__) ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
K=${1:?usage: build.sh [-b] [-w] [-s] K}

kernel_ready "$K"
"$M46_VM/deps.sh" build
kernel=$(kernel_dir "$K")
release=$(cat "$kernel/release")
out=$M46_TREE/build/$release$suffix
src=$out/src

mkdir -p "$src"
lock "$out/lock"

# Copy what changed, with its time stamp, and drop what is gone: an object
# whose source was removed must not be linked.
sync_sources()
{
	local f

	cd "$M46_TREE"
	find Kbuild include kmod -name '*.[ch]' -o -name 'Kbuild*' |
		sort > "$out/files.new"
	[ ! -e "$out/files" ] || comm -23 "$out/files" "$out/files.new" |
		while read -r f; do
			rm -f "${src:?}/$f" "$src/${f%.c}.o"
		done
	mv "$out/files.new" "$out/files"
	while read -r f; do
		[ "$f" -nt "$src/$f" ] || [ "$f" -ot "$src/$f" ] ||
			[ ! -e "$src/$f" ] || continue
		mkdir -p "$src/$(dirname "$f")"
		cp -p "$f" "$src/$f"
	done < "$out/files"
}

(sync_sources)
# Other flags, other objects: kbuild sees that by itself for compiler flags,
# only the modules of another kernel's package update need a clean start.
stamp="$release $(stat -c %Y "$kernel/ready")"
if [ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ]; then
	find "$src" \( -name '*.o' -o -name '.*.cmd' -o -name '*.mod*' \) -delete
	echo "$stamp" > "$out/stamp"
fi

log=$out/build.log
if ! kernel_make "$K" "$src" M="$src" "${args[@]}" modules > "$log" 2>&1; then
	cat "$log" >&2
	die "m46.ko does not build for $release"
fi
# Warnings belong before somebody's eyes even when they are no errors.
[ "$suffix" = -sparse ] || grep -E 'warning:|WARNING:' "$log" >&2 || true
if ! cmp -s "$src/m46.ko" "$out/m46.ko"; then
	cp "$src/m46.ko" "$out/m46.ko"
fi
echo "$out"
