#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Print how qemu should run: "kvm" where it really works, else "tcg". A /dev/kvm
# that can be opened proves nothing (nested machines exist where the guest
# hangs), so boot a kernel to its first process, for 10 seconds at most. The
# answer holds until this machine's next boot.

set -eu
. "$(dirname "$0")/env.sh"

answer=$M46_CACHE/accel-$(cat /proc/sys/kernel/random/boot_id)
if [ -e "$answer" ]; then
	cat "$answer"
	exit 0
fi

works=tcg
if [ -w /dev/kvm ]; then
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	"$M46_VM/kernel.sh" 6.1
	cat > "$tmp/init" <<-'EOF'
		#!/bin/busybox sh
		echo m46-kvm-works
		exec /bin/busybox reboot -f
	EOF
	chmod +x "$tmp/init"
	"$M46_VM/mkcpio.py" files "init=$tmp/init" \
		"bin/busybox=$(command -v busybox)" > "$tmp/initramfs"
	timeout -k 1 10 qemu-system-x86_64 -accel kvm -cpu host -M pc \
		-nodefaults -no-reboot -display none -m 512M -smp 2 \
		-kernel "$M46_CACHE/kernels/6.1/vmlinux" \
		-initrd "$tmp/initramfs" -append "console=ttyS0 panic=-1" \
		-serial stdio < /dev/null > "$tmp/out" 2>&1 || true
	if grep -q m46-kvm-works "$tmp/out"; then
		works=kvm
	else
		say "/dev/kvm is there but no guest starts with it: emulating"
	fi
fi
rm -f "$M46_CACHE"/accel-*
echo "$works" > "$answer"
echo "$works"
