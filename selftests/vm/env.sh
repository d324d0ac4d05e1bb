# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by every script in this directory: where things are, and how to say
# what is going on.

M46_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # for the scripts that source this
M46_VM=$M46_TREE/selftests/vm
# Kernels, chroots and the debug build: outside the tree, so that "git clean"
# and a fresh clone do not cost half an hour.
M46_CACHE=${M46_CACHE:-/var/cache/m46}
# Kernels that "make check" runs, oldest first.
# shellcheck disable=SC2034 # for the scripts that source this
M46_KERNELS="6.1 6.12 7.2"

# Where kernel $1 is kept. The debug kernel has one directory per configuration.
kernel_dir()
{
	local key

	[ "$1" = debug ] || { echo "$M46_CACHE/kernels/$1"; return; }
	key=$(grep -v -e '^#$' -e '^# [^C]' -e '^$' "$M46_VM/debug.config" |
		sha256sum | cut -c 1-12)
	echo "$M46_CACHE/kernels/debug-$key"
}

# Make kernel $1 ready, whichever it is.
kernel_ready()
{
	if [ "$1" = debug ]; then
		"$M46_VM/debug-kernel.sh"
	else
		"$M46_VM/kernel.sh" "$1"
	fi
}

say()
{
	echo "vm: $*" >&2
}

die()
{
	echo "vm: error: $*" >&2
	exit 1
}

# Serialize whoever works on the same thing; $1 names it, the lock is held
# until the calling (sub)shell ends. Whoever has to wait says so, with the last
# line of log $2.
lock()
{
	local file=$1 log=${2:-} start=$SECONDS

	mkdir -p "$(dirname "$file")"
	exec {M46_LOCK_FD}> "$file"
	flock -n "$M46_LOCK_FD" && return
	say "waiting for another run (${file##*/}) ..."
	until flock -w 30 "$M46_LOCK_FD"; do
		say "waiting: $((SECONDS - start)) s: $([ ! -e "$log" ] ||
			tail -n 1 "$log" | cut -c 1-60)"
	done
}

# Run a command with its output in a log, a sign of life every 30 seconds, and
# the end of the log when it fails: $1 what, $2 log file, then the command.
logged()
{
	local what=$1 log=$2 start=$SECONDS pid rc=0
	shift 2

	say "$what ..."
	mkdir -p "$(dirname "$log")"
	"$@" > "$log" 2>&1 &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		# "sleep" in slices, so that a short command ends at once.
		for _ in $(seq 150); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.2
		done
		kill -0 "$pid" 2>/dev/null &&
			say "$what: $((SECONDS - start)) s: $(tail -n 1 "$log" | cut -c 1-60)"
	done
	wait "$pid" || rc=$?
	if [ "$rc" -ne 0 ]; then
		tail -n 30 "$log" >&2
		die "$what failed, see $log"
	fi
	say "$what: done in $((SECONDS - start)) s"
}

# kernel_make K TOP ARGUMENT...: kbuild for kernel K, of what is below the
# directory TOP. In a chroot TOP is mounted under its own name; the mounts end
# with their private namespace.
kernel_make()
{
	local kernel kdir root top=$2

	kernel=$(kernel_dir "$1")
	kdir=$(cat "$kernel/kdir")
	shift 2
	if [ ! -e "$kernel/chroot" ]; then
		LC_ALL=C make -C "$kdir" -j "$(nproc)" "$@"
		return
	fi
	root=$(cat "$kernel/chroot")
	mkdir -p "$root$top" "$root/proc" "$root/dev"
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -euc '
		root=$1 top=$2; shift 2
		mount --bind "$top" "$root$top"
		mount --bind /dev "$root/dev"
		mount -t proc proc "$root/proc"
		exec chroot "$root" /usr/bin/env -i LC_ALL=C \
			PATH=/usr/sbin:/usr/bin make "$@"
	' sh "$root" "$top" -C "$kdir" -j "$(nproc)" "$@"
}
