#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian packages, on a Debian of their own: a virtual machine with a disk
# and systemd boots, installs them (DKMS builds the module there, by emulation:
# have patience), uses them, reboots, finds module and configuration again, and
# purges them. deb-guest.sh is what happens inside.
#
# The Debian is this machine's release with the packages that ours depend on,
# made by debootstrap and kept in the cache: the guest has no network. Its kernel
# is not installed as a package: it and its headers are unpacked, from kernel.sh.
# Another release, "-r trixie", has what it takes to build our packages there, too,
# and its own kernel.
#
# usage: deb.sh [-q] [-t SECONDS] [-r RELEASE | K]
#
#	-q		quick: m46-dkms is installed in a chroot, where DKMS compiles at
#			full speed, before the machine boots
#	-t SECONDS	limit of each of the two boots (default 1800)
#	-r RELEASE	a Debian that is not this machine's: its packages and kernel
#	K		6.1 (default) or 6.12
#
# KTAP on standard output; logs in build/deb-vm.

set -eu
. "$(dirname "$0")/env.sh"

limit=1800
quick=
codename=
while getopts qt:r: opt; do
	case $opt in
	q) quick=y ;;
	t) limit=$OPTARG ;;
	r) codename=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
K=${1:-6.1}
ours=$(. /etc/os-release && echo "$VERSION_CODENAME")
[ "$codename" != "$ours" ] || codename=

"$M46_VM/deps.sh" build vm deb
results=$M46_TREE/build/deb-vm
mkdir -p "$results" "$M46_CACHE/deb"
lock "$results.lock"
rm -f "$results"/*

# --- a Debian, without the packages

# A field of debian/control, or what is left of standard input, as names: without
# versions, alternatives and what only dpkg-gencontrol knows.
names()
{
	tr ',' '\n' | awk '{ print $1 }' | grep -v '^\$\|^$\|^libc6$' || true
}

control()
{
	awk -v field="$1:" '/^[^ ]/ { on = $1 == field; sub(/^[^ ]*/, "") } on' \
		"$M46_TREE/debian/control" | names
}

basics="gcc iproute2 kmod libc6-dev make openssl systemd-sysv"
if [ -n "$codename" ]; then
	# shellcheck disable=SC2086 # a list
	include=$({ control Build-Depends; control Depends
		printf '%s\n' $basics build-essential dkms linux-image-amd64 \
			linux-headers-amd64
		} | sed -e '/^m46/d' -e 's/^debhelper-compat$/debhelper/' \
			-e 's/^dh-sequence-/dh-/' | sort -u | paste -s -d ,)
else
	kernel_ready "$K"
	kernel=$(kernel_dir "$K")
	[ ! -e "$kernel/chroot" ] ||
		die "kernel $K needs a compiler that this machine's release does not have"
	release=$(cat "$kernel/release")
	logged "building the packages" "$results/build.log" \
		make -s -C "$M46_TREE" deb
	debs=$M46_TREE/build/deb
	# shellcheck disable=SC2086 # a list
	include=$({ for deb in m46-dkms m46ctl; do
			dpkg-deb -f "$debs/$deb"_*.deb Depends | names
		done
		printf '%s\n' $basics
		# What Debian's package of the headers would bring.
		sed -n 's/^.*[^a-z]\(gcc-[0-9]*\)$/\1/p' \
			"$kernel/root/usr/src/linux-headers-$release/.kernelvariables"
		} | sort -u | paste -s -d ,)
fi
base=$M46_CACHE/deb/${codename:-$ours}-$(echo "$include" | sha256sum | cut -c 1-12)

make_base()
{
	local uri

	# shellcheck disable=SC2016 # apt's own placeholders
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
			'Identifier: Packages' |
		awk -v r="$ours" '$2 == r { print $1; exit }')
	[ -n "$uri" ] || die "no apt source for $ours"
	rm -rf "$base" "$base.new"
	debootstrap --variant=minbase --include="$include" "${codename:-$ours}" \
		"$base.new" "$uri"
	rm -f "$base.new"/var/cache/apt/archives/*.deb \
		"$base.new"/etc/apt/sources.list
	mv "$base.new" "$base"
}

(
	lock "$M46_CACHE/lock/deb-base"
	[ -e "$base" ] || logged "making a Debian ${codename:-$ours}" \
		"$M46_CACHE/log/deb-base.log" make_base
)

# --- its disk

tmp=$(mktemp -d -p "$M46_CACHE/deb")
qemu=
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	# This is timeout(1), which passes it on to qemu.
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 143' TERM INT

# inside ROOT COMMAND: in a shell there
inside()
{
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -euc '
		mount --bind /dev "$1/dev"
		mount -t proc proc "$1/proc"
		exec chroot "$1" /usr/bin/env -i LC_ALL=C PATH=/usr/sbin:/usr/bin \
			DEBIAN_FRONTEND=noninteractive sh -euc "$2"
	' sh "$1" "$2"
}

# In a chroot DKMS builds for the kernels that have headers there, whichever runs.
install_dkms()
{
	inside "$1" "apt-get install -y --no-install-recommends /root/debs/m46-dkms_*.deb"
}

# Our packages as the other release builds them, and its kernel.
build_there()
{
	local root=$tmp/build

	cp -a "$base" "$root"
	mkdir -p "$root/root/m46"
	(cd "$M46_TREE" && git ls-files -z -co --exclude-standard |
		tar -c --null -T -) | tar -x -C "$root/root/m46"
	inside "$root" "cd /root/m46; dpkg-buildpackage -us -uc -b"
	mkdir -p "$tmp/debs"
	cp "$root"/root/*.deb "$tmp/debs/"
	rm -rf "$root"
}
if [ -n "$codename" ]; then
	logged "building the packages" "$results/build.log" build_there
	debs=$tmp/debs
	release=$(basename "$base"/usr/lib/modules/*)
	image=$base/boot/vmlinuz-$release
	modules=$base/usr/lib/modules/$release
else
	image=$kernel/vmlinux
	modules=$kernel/modules
fi

add_kernel()
{
	local root=$1

	mkdir -p "$root/usr/lib/modules/$release"
	cp -r "$kernel"/modules/* "$root/usr/lib/modules/$release/"
	depmod -b "$root" "$release"
	cp -a "$kernel"/root/usr/src/* "$root/usr/src/"
	cp -a "$kernel"/root/usr/lib/linux-kbuild-* "$root/usr/lib/"
	# kernel.sh has made this path the one in the cache.
	sed -i 's|^include .*/usr/src/|include /usr/src/|' \
		"$root/usr/src/linux-headers-$release/Makefile"
	ln -sfn "/usr/src/linux-headers-$release" \
		"$root/usr/lib/modules/$release/build"
}

make_disk()
{
	local root=$tmp/root

	cp -a "$base" "$root"
	[ -n "$codename" ] || add_kernel "$root"
	mkdir -p "$root/root/debs"
	cp "$debs"/m46-dkms_*.deb "$debs"/m46ctl_*.deb "$root/root/debs/"
	cp "$M46_VM/deb-guest.sh" "$M46_TREE/debian/tests/smoke" \
		"$M46_TREE"/Documentation/examples/config/*.conf "$root/root/"
	if [ -n "$quick" ]; then
		touch "$root/root/quick"
		install_dkms "$root"
	fi
	cat > "$root/etc/systemd/system/deb-guest.service" <<-END
		[Unit]
		After=m46-store.service m46@pe1.service m46@nat64.service
		[Service]
		Type=oneshot
		TimeoutStartSec=infinity
		ExecStart=/root/deb-guest.sh
		[Install]
		WantedBy=multi-user.target
	END
	rm -f "$root/etc/hostname" "$root/etc/machine-id"
	echo m46-deb > "$root/etc/hostname"
	# Without one it is a first boot, and somebody has to answer questions.
	systemd-machine-id-setup --root="$root"
	systemctl --root="$root" enable deb-guest.service
	# Nobody logs in, and nothing is fetched.
	systemctl --root="$root" mask apt-daily.timer apt-daily-upgrade.timer \
		e2scrub_all.timer dpkg-db-backup.timer
	truncate -s 4G "$tmp/disk"
	mkfs.ext4 -q -F -d "$root" "$tmp/disk"
	rm -rf "$root"
}
logged "making the disk" "$results/disk.log" make_disk

# --- how it boots: the drivers of the disk, and the disk

stage=$tmp/stage
mkdir -p "$stage/lib/modules/$release" "$tmp/initrd"/{bin,dev,new,proc}
ln -s "$modules/kernel" "$stage/lib/modules/$release/kernel"
cp "$modules"/modules.* "$stage/lib/modules/$release/"
depmod -b "$stage" "$release"
for m in virtio_pci virtio_blk ext4 crc32c_generic; do
	modprobe -d "$stage" -S "$release" --show-depends "$m" 2>/dev/null |
		sed -n 's|^insmod \([^ ]*\).*|\1|p'
done | awk '!seen[$0]++' > "$tmp/modules"
{
	echo '#!/bin/busybox sh'
	n=0
	while read -r m; do
		n=$((n + 1))
		case $m in
		*.xz) xz -dc "$m" > "$tmp/initrd/$n.ko" ;;
		*) cp "$m" "$tmp/initrd/$n.ko" ;;
		esac
		echo "/bin/busybox insmod /$n.ko"
	done < "$tmp/modules"
	cat <<-'END'
		/bin/busybox mount -t devtmpfs dev /dev
		/bin/busybox mount -t ext4 /dev/vda /new
		/bin/busybox mount -o move /dev /new/dev
		exec /bin/busybox switch_root /new /sbin/init
	END
} > "$tmp/init"
chmod +x "$tmp/init"
{
	"$M46_VM/mkcpio.py" tree "$tmp/initrd" /
	"$M46_VM/mkcpio.py" files "bin/busybox=$(command -v busybox)" \
		"init=$tmp/init"
} > "$tmp/initramfs"

if [ "$("$M46_VM/accel.sh")" = kvm ]; then
	machine=(-accel kvm -cpu host)
else
	# As in run.sh: these only cost time under emulation.
	machine=(-accel "tcg,thread=multi,tb-size=512" -cpu "max,la57=off")
fi
append="console=ttyS0 ignore_loglevel nokaslr mitigations=off panic=-1
oops=panic audit=0 random.trust_cpu=on net.ifnames=0 no_timer_check nowatchdog
tsc=reliable clocksource=tsc rcupdate.rcu_expedited=1 systemd.getty_auto=no
systemd.show_status=no"

# boot LOG: from power-on to the end of what deb-guest.sh does in this boot
boot()
{
	mkfifo "$tmp/out"
	# shellcheck disable=SC2054 # qemu's commas
	timeout -k 5 "$limit" qemu-system-x86_64 \
		-M "pc,hpet=off" "${machine[@]}" -smp 2 -m "${M46_VM_MEM:-2G}" \
		-nodefaults -no-reboot -display none -nic none \
		-kernel "$image" -initrd "$tmp/initramfs" \
		-append "${append//$'\n'/ }" \
		-drive "file=$tmp/disk,format=raw,if=virtio,cache=unsafe" \
		-device virtio-rng-pci -serial "file:$results/console-$1.log" \
		-chardev stdio,signal=off,id=out -serial chardev:out \
		< /dev/null > "$tmp/out" &
	qemu=$!
	sed -u 's/\r$//' < "$tmp/out" | tee "$results/out-$1.log" &
	wait "$qemu" || say "boot $1 ended with $?"
	qemu=
	wait
	rm "$tmp/out"
	grep -qx "# end of boot $1" "$results/out-$1.log"
}

echo "KTAP version 1"
rc=0
for n in 1 2; do
	start=$SECONDS
	boot "$n" || { rc=1; say "boot $n did not come to its end"; break; }
	echo "# boot $n: $((SECONDS - start)) s"
done
! grep -q '^not ok' "$results"/out-*.log || rc=1
for log in "$results"/console-*.log; do
	if grep -E -f <(grep -v -e '^#' -e '^$' "$M46_VM/bad-lines") "$log"; then
		say "$log has bad lines"
		rc=1
	fi
done
exit "$rc"
