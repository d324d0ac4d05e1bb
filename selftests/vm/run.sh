#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a command in a virtual machine with a chosen kernel.
#
# The guest sees this machine's root file system; what it writes stays in its
# memory and is gone with it, except below $M46_RESULTS. m46.ko for its kernel
# is built first and is where "modprobe m46" and autoload find it. The command's
# output appears as it comes, its exit status is run.sh's, and any line of the
# kernel log that "bad-lines" lists makes the run fail with status 99.
#
# usage: run.sh [-k KERNEL] [-t SECONDS] [-o DIR] [-c CMDLINE] [-i] [-b] [-n]
#		[-w] [-I] [--] COMMAND [ARG...]
#
#	-k KERNEL	6.1 (default), 6.12, 7.2 or debug
#	-t SECONDS	end the machine after that long (default 900)
#	-o DIR		results directory, emptied first; holds console.log, the
#			kernel log, and whatever the command leaves in
#			$M46_RESULTS (default build/vm/KERNEL)
#	-c CMDLINE	more for the kernel's command line
#	-i		interactive: the command has the terminal (Ctrl-A x
#			ends the machine)
#	-b		a module with planted bugs (kmod/test_bugs.c)
#	-n		neither module nor tool
#	-w		the module is built with W=1, warnings being errors
#	-I		one processor whose clock counts instructions: 1 ns each
#
# environment: M46_CACHE; M46_VM_MEM (default 2G); M46_VM_ACCEL=tcg|kvm (found
# out by itself); M46_QEMU_ARGS, more arguments for qemu.

set -eu
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

usage()
{
	sed -n 's/^# \{0,1\}//; /^usage:/,/^environment/p' "$0" >&2
	exit 2
}

K=6.1
limit=900
results=
cmdline=
interactive=
icount=
module=y
build_flags=()
while getopts k:t:o:c:ibnwIh opt; do
	case $opt in
	k) K=$OPTARG ;;
	t) limit=$OPTARG ;;
	o) results=$OPTARG ;;
	c) cmdline=$OPTARG ;;
	i) interactive=y ;;
	b) build_flags+=(-b) ;;
	n) module= ;;
	w) build_flags+=(-w) ;;
	I) icount=y ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || [ -n "$interactive" ] || usage
[ $# -gt 0 ] || set -- bash -i

"$M46_VM/deps.sh" vm guest

# --- kernel and module

kernel_ready "$K"
kernel=$(kernel_dir "$K")
release=$(cat "$kernel/release")
built=
if [ -n "$module" ]; then
	built=$("$M46_VM/build.sh" "${build_flags[@]}" "$K")
	(
		lock "$M46_TREE/build/tools.lock"
		make -s -C "$M46_TREE" tools > "$M46_TREE/build/tools.log" 2>&1 ||
			{ cat "$M46_TREE/build/tools.log" >&2; exit 1; }
	) || die "m46ctl does not build"
fi

# --- results

if [ -z "$results" ]; then
	# A second run of the same kernel at the same time gets its own.
	mkdir -p "$M46_TREE/build/vm"
	results=$M46_TREE/build/vm/$K
	exec 8> "$results.lock"
	if ! flock -n 8; then
		results=$results.$$
	fi
fi
mkdir -p "$results"
results=$(cd "$results" && pwd)
[ -e "$results/console.log" ] || [ -z "$(ls -A "$results")" ] ||
	die "$results is not empty, and not a results directory"
find "$results" -mindepth 1 -delete

tmp=$(mktemp -d)
qemu=
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	# This is timeout(1), which passes it on to qemu.
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

accel=${M46_VM_ACCEL:-$("$M46_VM/accel.sh")}

# --- initramfs: archives in a row, the large ones cached

# Replace $1 by what the command writes, at once or not at all.
write_cache()
{
	local file=$1
	shift

	"$@" > "$file.$$"
	mv "$file.$$" "$file"
}

layer_key=$( (cat "$M46_VM/layer" "$M46_VM/mkcpio.py"; stat -c %Y \
	/var/lib/dpkg/status /etc/ld.so.cache) | sha256sum | cut -c 1-16)
layer=$M46_CACHE/layer/$layer_key.cpio
if [ ! -e "$layer" ]; then
	mkdir -p "$M46_CACHE/layer"
	rm -f "$M46_CACHE"/layer/*.cpio
	write_cache "$layer" "$M46_VM/mkcpio.py" layer "$M46_VM/layer" /layer
fi
if [ ! -e "$kernel/modules.cpio" ]; then
	write_cache "$kernel/modules.cpio" "$M46_VM/mkcpio.py" tree \
		"$kernel/modules" "/layer/usr/lib/modules/$release"
fi

# depmod sees m46.ko as part of the kernel's own modules, through links.
stage=$tmp/stage
tree=$stage/lib/modules/$release
mkdir -p "$tree/updates"
ln -s "$kernel/modules/kernel" "$tree/kernel"
cp "$kernel"/modules/modules.* "$tree/"
[ -z "$built" ] || cp "$built/m46.ko" "$tree/updates/"
# What peers.sh has built for comparisons, if it has.
[ ! -d "$kernel/peers" ] ||
	find "$kernel/peers" -name '*.ko' -exec cp {} "$tree/updates/" \;
depmod -b "$stage" "$release"
rm "$tree/kernel"
cp -r "$tree" "$tmp/meta"

# What the root file system needs, in the order insmod wants it.
ln -s "$kernel/modules/kernel" "$tree/kernel"
for m in virtio_pci 9pnet_virtio 9p overlay; do
	modprobe -d "$stage" -S "$release" --show-depends "$m" 2>/dev/null |
		sed -n "s|^insmod .*/lib/modules/$release/\([^ ]*\).*|\1|p"
done | awk '!seen[$0]++' > "$tmp/boot-modules"

{
	echo "RELEASE=$release"
	printf 'export M46_TREE=%q M46_KERNEL=%q M46_CACHE=%q\n' "$M46_TREE" \
		"$K" "$M46_CACHE"
	printf 'M46_CMD=%q M46_INTERACTIVE=%q M46_ACCEL=%q\n' "${*@Q}" \
		"$interactive" "${icount:+icount-}$accel"
	printf 'export TERM=%q M46_ROWS=%q M46_COLS=%q\n' "${TERM:-linux}" \
		"$(tput lines 2>/dev/null || echo 24)" \
		"$(tput cols 2>/dev/null || echo 80)"
	# In the guest, everything looks like a terminal.
	if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ]; then
		echo "export NO_COLOR=1"
	fi
	# Knobs of tests travel along.
	for v in $(compgen -e | grep -E '^(M46_TEST_|M46_DEMO_|KSFT_|TEST_)'); do
		printf 'export %s=%q\n' "$v" "${!v}"
	done
} > "$tmp/vm.conf"
mkdir -p "$tmp/empty"/{proc,sys,dev,host,rw,new,bin}
{
	"$M46_VM/mkcpio.py" tree "$tmp/empty" /
	"$M46_VM/mkcpio.py" files "bin/busybox=$(command -v busybox)" \
		"init=$M46_VM/init" "guest.sh=$M46_VM/guest.sh" \
		"vm.conf=$tmp/vm.conf" "boot-modules=$tmp/boot-modules"
	cat "$kernel/modules.cpio" "$layer"
	# After the modules: it replaces their own modules.dep, if any.
	"$M46_VM/mkcpio.py" tree "$tmp/meta" "/layer/usr/lib/modules/$release"
} > "$tmp/initramfs"

# --- machine

smp=2
lsm="apparmor=0"
case $accel${icount:+-icount} in
*-icount)
	# String instructions would count once an iteration; without AppArmor
	# Debian's kernels run SELinux's hooks instead, which cost more.
	machine=(-accel "tcg,thread=single,tb-size=512"
		-icount "shift=0,sleep=off" -cpu "max,la57=off,erms=off,fsrm=off")
	smp=1
	lsm="apparmor=1"
	;;
kvm)
	machine=(-accel kvm -cpu host)
	;;
*)
	# 5-level page tables and mitigations only cost time under emulation.
	machine=(-accel "tcg,thread=multi,tb-size=512" -cpu "max,la57=off")
	;;
esac
append="console=ttyS0 ignore_loglevel nokaslr mitigations=off panic=-1
oops=panic audit=0 $lsm random.trust_cpu=on net.ifnames=0
no_timer_check nowatchdog tsc=reliable clocksource=tsc
rcupdate.rcu_expedited=1 printk.devkmsg=on
rcupdate.rcu_cpu_stall_timeout=120 $cmdline"
[ "$K" != debug ] || append="$append kmemleak=on"
[ ! -e "$kernel/cmdline" ] || append="$append $(cat "$kernel/cmdline")"

# shellcheck disable=SC2054 # qemu's commas
args=(
	-M "pc,hpet=off" "${machine[@]}" -smp "$smp" -m "${M46_VM_MEM:-2G}"
	-nodefaults -no-reboot -display none -nic none
	-kernel "$kernel/vmlinux" -initrd "$tmp/initramfs"
	-append "${append//$'\n'/ }"
	-serial "file:$results/console.log"
	-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap
	-device virtio-9p-pci,fsdev=root,mount_tag=root
	-fsdev "local,id=results,path=$results,security_model=none"
	-device virtio-9p-pci,fsdev=results,mount_tag=results
	-device virtio-rng-pci
)
# shellcheck disable=SC2206 # a list
[ -z "${M46_QEMU_ARGS:-}" ] || args+=($M46_QEMU_ARGS)

touch "$results/console.log"
rc=0
if [ -n "$interactive" ]; then
	say "starting Linux $release in a virtual machine ..."
	timeout -k 5 --foreground "$limit" qemu-system-x86_64 "${args[@]}" \
		-chardev stdio,mux=on,signal=off,id=out -serial chardev:out || rc=$?
else
	# Through a pipe of its own: qemu makes its output non-blocking, which
	# must not happen to a terminal or log that others write to as well.
	mkfifo "$tmp/out"
	timeout -k 5 "$limit" qemu-system-x86_64 "${args[@]}" \
		-chardev stdio,signal=off,id=out -serial chardev:out \
		< /dev/null > "$tmp/out" &
	qemu=$!
	# In the background too: a trap waits for a foreground command.
	cat "$tmp/out" &
	cat=$!
	wait "$qemu" || rc=$?
	qemu=
	wait "$cat" || true
fi

# --- verdict

log=$results/console.log
sed -i 's/\r$//' "$log"
if [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
	say "ended after $limit seconds, the kernel's last words:"
	tail -n 5 "$log" >&2
	status=98
elif [ -e "$results/status" ]; then
	status=$(cat "$results/status")
else
	say "the guest died (qemu: $rc), its last words:"
	tail -n 20 "$log" >&2
	status=97
fi
grep -v -e '^#' -e '^$' "$M46_VM/bad-lines" > "$tmp/bad-lines"
if grep -n -E -f "$tmp/bad-lines" "$log" > "$tmp/bad"; then
	say "the kernel log ($log) has $(wc -l < "$tmp/bad") bad lines:"
	head -n 20 "$tmp/bad" >&2
	cp "$tmp/bad" "$results/bad-lines"
	status=99
fi
exit "$status"
