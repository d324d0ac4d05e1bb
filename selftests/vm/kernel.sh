#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make a Debian kernel ready for the VM, in the cache:
#
#   kernels/K/release	its "uname -r"
#   kernels/K/vmlinux	ELF image, started directly (PVH): no decompressor
#   kernels/K/modules	/lib/modules/RELEASE/kernel, unpacked, drivers for
#			real hardware left out
#   kernels/K/kdir	file: the headers a module is built against (KDIR)
#   kernels/K/chroot	file: the root to build in, when this machine's
#			compiler will not do; KDIR is then a path inside
#
# Nothing is installed on this machine: packages are fetched with apt and
# unpacked. What is in the cache is used as it is, without network; remove
# kernels/K to get a newer one.
#
# usage: kernel.sh 6.1|6.12|7.2

set -eu
. "$(dirname "$0")/env.sh"

# Directories of a Debian module tree that a virtual router has no use for.
# drivers/net itself stays: veth, dummy, tun, vrf and the tunnels live there.
PRUNE="drivers/net/ethernet drivers/net/wireless drivers/net/usb
drivers/net/can drivers/net/wan drivers/net/wwan drivers/net/phy
drivers/net/fddi drivers/net/hamradio drivers/net/arcnet drivers/net/ieee802154
drivers/net/dsa drivers/net/mdio drivers/net/pcs drivers/net/ppp
drivers/net/plip drivers/net/slip drivers/net/thunderbolt drivers/net/ipa
net/bluetooth net/mac80211 net/wireless net/sunrpc net/ceph net/rxrpc
net/atm net/appletalk net/ax25 net/rose net/netrom net/can net/nfc
net/ieee802154 net/mac802154 net/6lowpan net/x25 net/lapb net/phonet
net/rds net/tipc net/smc net/wimax net/openvswitch"
KEEP="arch crypto lib mm net drivers/net drivers/virtio drivers/char/hw_random
drivers/block fs/9p fs/netfs fs/overlayfs fs/fscache fs/ext4 fs/jbd2 fs/squashfs
fs/mbcache.ko"

K=${1:?usage: kernel.sh 6.1|6.12|7.2}
DIR=$(kernel_dir "$K")
[ -e "$DIR/ready" ] && exit 0

[ "$(dpkg --print-architecture)" = amd64 ] || die "only amd64 is supported"
"$M46_VM/deps.sh" vm
lock "$M46_CACHE/lock/kernel-$K"
[ -e "$DIR/ready" ] && exit 0

TMP=$M46_CACHE/kernels/.$K.new
rm -rf "$TMP" "$DIR"
mkdir -p "$TMP/debs" "$TMP/root" "$TMP/modules"

# --- where packages come from

# 6.1 and 6.12 are in the suites a Debian 12 has configured.
apt_host=()

# 7.2 is in sid, on the mirror that the machine has configured for its own
# suite; its package lists live in the cache, away from the machine's.
apt_sid=(
	-o "Dir::State::Lists=$TMP/apt/lists"
	-o "Dir::State::status=$TMP/apt/status"
	-o "Dir::Cache=$TMP/apt/cache"
	-o "Dir::Etc::SourceList=$TMP/apt/sid.list"
	-o Dir::Etc::SourceParts=-
	-o Dir::Etc::Preferences=- -o Dir::Etc::PreferencesParts=-
	# A mirror frozen in time is as good as a live one for us.
	-o Acquire::Check-Valid-Until=false
	-o Acquire::Languages=none
	-o APT::Sandbox::User=root
)

setup_sid()
{
	local codename uri

	codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt's own placeholders
	uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' \
			'Identifier: Packages' |
		awk -v r="$codename" '$2 == r { print $1; exit }')
	[ -n "$uri" ] || die "no apt source for $codename to derive sid from"
	mkdir -p "$TMP"/apt/lists/partial "$TMP"/apt/cache/archives/partial
	: > "$TMP/apt/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
		"$uri sid main" > "$TMP/apt/sid.list"
	logged "package lists of sid" "$M46_CACHE/log/apt-sid.log" \
		apt-get "${apt_sid[@]}" update
}

# Release of the newest plain amd64 kernel whose version matches $1, by the
# headers, which exist for every image.
newest()
{
	apt-cache "${apt[@]}" search --names-only \
			"^linux-headers-$1[0-9.+a-z-]*-amd64\$" |
		sed -n 's/^linux-headers-\([^ ]*\) .*/\1/p' |
		grep -Ev -- '-(rt|cloud)-|^[0-9.]+-amd64$' | sort -V | tail -n 1
}

# Download packages $@ (dependencies not followed) to debs/.
fetch()
{
	(cd "$TMP/debs" && apt-get "${apt[@]}" -o APT::Sandbox::User=root \
		download "$@") || return 1
}

# The packages that $1 depends on whose names match $2.
depends()
{
	apt-cache "${apt[@]}" depends --important "$1" |
		sed -n 's/^ *|\?\(Pre\)\?Depends: \([^<>]*\)$/\2/p' |
		grep -E -- "$2" || true
}

unpack()
{
	local deb

	for deb in "$TMP"/debs/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -x -C "$TMP/root" --keep-directory-symlink \
				--exclude='./usr/share/doc' \
				--exclude='./usr/share/man' \
				--exclude='./usr/share/locale'
	done
}

# The ELF image inside a bzImage: the boot protocol's header says where the
# compressed payload starts and how long it is; its last 4 bytes are the
# size, not data.
extract_vmlinux()
{
	local img=$1 out=$2 sects off len magic

	sects=$(od -An -tu1 -j $((0x1f1)) -N 1 "$img")
	off=$(od -An -tu4 -j $((0x248)) -N 4 "$img")
	len=$(od -An -tu4 -j $((0x24c)) -N 4 "$img")
	[ "$sects" -ne 0 ] || sects=4
	off=$(((sects + 1) * 512 + off))
	tail -c "+$((off + 1))" "$img" | head -c "$((len - 4))" > "$out.z"
	magic=$(od -An -tx1 -N 4 "$out.z" | tr -d ' ')
	case $magic in
	fd377a58) xz -dc < "$out.z" > "$out" ;;
	28b52ffd) zstd -qdc < "$out.z" > "$out" ;;
	1f8b*) gzip -dc < "$out.z" > "$out" ;;
	7f454c46) cp "$out.z" "$out" ;;
	*) die "$img: unknown compression $magic" ;;
	esac
	rm "$out.z"
}

keep_modules()
{
	local from=$1 to=$2 d

	mkdir -p "$to/kernel"
	cp "$from"/modules.order "$from"/modules.builtin* "$to/"
	for d in $KEEP; do
		[ -e "$from/kernel/$d" ] || [ -e "$from/kernel/$d.xz" ] || continue
		mkdir -p "$to/kernel/$(dirname "$d")"
		mv "$from/kernel/$d"* "$to/kernel/$(dirname "$d")/"
	done
	for d in $PRUNE; do
		rm -rf "${to:?}/kernel/$d"
	done
	# The guest has no time to decompress.
	find "$to" -name '*.ko.xz' -print0 | xargs -0r -P 2 -n 32 xz -d
	find "$to" -name '*.ko.zst' -print0 | xargs -0r -P 2 -n 32 zstd -qd --rm
}

# --- fetch

say "getting kernel $K"
case $K in
6.1|6.12)
	apt=("${apt_host[@]}")
	release=$(newest "$K\\.")
	if [ -z "$release" ]; then
		logged "package lists" "$M46_CACHE/log/apt.log" apt-get update
		release=$(newest "$K\\.")
	fi
	;;
7.2)
	apt=("${apt_sid[@]}")
	setup_sid
	release=$(newest "7\\.2\\.")
	if [ -z "$release" ]; then
		release=$(newest "7\\.")
		[ -z "$release" ] || say "sid has no 7.2 any more: $release it is"
	fi
	;;
*)
	die "unknown kernel $K: 6.1, 6.12 or 7.2"
	;;
esac
[ -n "$release" ] || die "the configured apt sources have no kernel $K"

headers() {
	echo "linux-headers-$release"
	depends "linux-headers-$release" '^linux-(headers|kbuild|compiler)-'
}
image() {
	echo "linux-image-$release"
	depends "linux-image-$release" '^linux-(binary|modules)-'
}

get_debs()
{
	# shellcheck disable=SC2046 # lists
	fetch $(headers) $(image)
	[ "$K" = 7.2 ] || return 0
	# A root with sid's compiler and the libraries of its kbuild tools.
	# Only unpacked, never configured: make and gcc ask for no more.
	apt-get "${apt[@]}" -y -qq --no-install-recommends --download-only \
		install bash coreutils dash diffutils findutils grep gzip make \
		mawk perl-base sed "linux-headers-$release"
	mv "$TMP"/apt/cache/archives/*.deb "$TMP/debs/"
}

unpack_debs()
{
	unpack
	rm -rf "$TMP/debs" "$TMP/apt"
}

log=$M46_CACHE/log/kernel-$K.log
if ! (logged "fetching $release" "$log" get_debs); then
	[ "$K" != 7.2 ] || exit 1
	# The lists may name packages the mirror has replaced since.
	logged "package lists" "$M46_CACHE/log/apt.log" apt-get update
	logged "fetching $release" "$log" get_debs
fi
logged "unpacking $release" "$log" unpack_debs

# --- arrange

prepare()
{
	local root=$TMP/root image

	image=$(find "$root" -name "vmlinuz*" -type f | head -n 1)
	[ -n "$image" ] || die "no vmlinuz in the packages of $release"
	extract_vmlinux "$image" "$TMP/vmlinux"
	rm "$image"
	if [ -d "$root/usr/lib/modules/$release/kernel" ]; then
		keep_modules "$root/usr/lib/modules/$release" "$TMP/modules"
	else
		keep_modules "$root/lib/modules/$release" "$TMP/modules"
	fi
	rm -rf "$root/usr/lib/modules/$release/kernel" \
		"$root/lib/modules/$release/kernel" "${root:?}/boot"
}
logged "preparing $release" "$log" prepare

echo "$release" > "$TMP/release"
if [ "$K" = 7.2 ]; then
	# awk is an alternative that no postinst has set up.
	[ -e "$TMP/root/usr/bin/awk" ] || ln -s mawk "$TMP/root/usr/bin/awk"
	echo "$DIR/root" > "$TMP/chroot"
	echo "/usr/src/linux-headers-$release" > "$TMP/kdir"
else
	# The only absolute path in Debian's header packages.
	sed -i "s|/usr/src/|$DIR/root/usr/src/|" \
		"$TMP/root/usr/src/linux-headers-$release/Makefile"
	echo "$DIR/root/usr/src/linux-headers-$release" > "$TMP/kdir"
fi
touch "$TMP/ready"
mv "$TMP" "$DIR"
say "kernel $K is $release, in $DIR"
