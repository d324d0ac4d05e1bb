#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the modules that m46 is compared with and Debian's kernels do not have,
# for a kernel of the VM: Jool, from the sources in the package jool-dkms, which
# is unpacked and not installed. They land in the cache, kernels/K/peers, where
# run.sh finds them. What does not build for a kernel says so, and is left out;
# remove that directory for another try.
#
# usage: peers.sh K

set -eu
. "$(dirname "$0")/env.sh"

K=${1:?usage: peers.sh K}
kernel_ready "$K"
peers=$(kernel_dir "$K")/peers
[ ! -e "$peers/ready" ] || { cat "$peers/ready" >&2; exit 0; }
lock "$M46_CACHE/lock/peers-$K"
[ ! -e "$peers/ready" ] || exit 0
"$M46_VM/deps.sh" build

fetch_jool()
{
	cd "$peers.new"
	apt-get -o APT::Sandbox::User=root download jool-dkms || {
		apt-get update
		apt-get -o APT::Sandbox::User=root download jool-dkms
	}
	dpkg-deb -x jool-dkms_*.deb .
	mv usr/src/jool-dkms-* src
	rm -r usr ./*.deb
}

build_jool()
{
	local src=$peers.new/src part

	# "|| return": the caller asks for the status, which ends "set -e".
	# The second needs the symbols of the first, whose Kbuild says where.
	for part in common siit; do
		kernel_make "$K" "$src" M="$src/src/mod/$part" \
			CONFIG_DEBUG_INFO_BTF_MODULES= modules &&
			strip --strip-debug -o "$peers.new/jool_$part.ko" \
				"$src/src/mod/$part/jool_$part.ko" || return
	done
}

rm -rf "$peers" "$peers.new"
mkdir -p "$peers.new"
logged "fetching Jool" "$M46_CACHE/log/jool-fetch.log" fetch_jool
log=$M46_CACHE/log/jool-$K.log
if (logged "building Jool for $K" "$log" build_jool); then
	: > "$peers.new/ready"
else
	rm -f "$peers.new"/*.ko
	say "Jool does not build for $K ($log)" 2> "$peers.new/ready"
fi
rm -rf "$peers.new/src"
mv "$peers.new" "$peers"
