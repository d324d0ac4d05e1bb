#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build the debug kernel from Debian's linux-source-6.12 and debug.config, and
# make it ready for the VM as kernel.sh does with Debian's own (about 20
# CPU minutes, once). It is kept under a key of its configuration; a newer
# source package alone does not cause a new build, removing the directory does.
#
# usage: debug-kernel.sh

set -eu
. "$(dirname "$0")/env.sh"

DIR=$(kernel_dir debug)
[ -e "$DIR/ready" ] && exit 0

"$M46_VM/deps.sh" vm debug
"$M46_VM/source.sh"
log=$M46_CACHE/log/debug-kernel
lock "$M46_CACHE/lock/kernel-debug" "$log.log"
[ -e "$DIR/ready" ] && exit 0

TMP=$DIR.new
rm -rf "$TMP" "$DIR"
mkdir -p "$TMP"

unpack()
{
	cd "$TMP"
	# Kconfig wants the Documentation directory's own files, nobody the rest.
	dpkg-deb --fsys-tarfile "$M46_CACHE/source/linux-source.deb" |
		tar -xO ./usr/src/linux-source-6.12.tar.xz | xz -dc -T 2 |
		tar -x --exclude='*/Documentation/*/*' --exclude='*/tools/testing'
	mv linux-source-6.12 build
}

configure()
{
	local line

	cd "$TMP/build"
	make KCONFIG_ALLCONFIG="$M46_VM/debug.config" allnoconfig || return 1
	# A symbol that lost one of its dependencies is dropped without a word.
	grep -E '^(# )?CONFIG_[A-Z0-9_]+( is not set|=)' "$M46_VM/debug.config" |
		while IFS= read -r line; do
			grep -qxF -- "$line" .config && continue
			echo "not in the final configuration: $line"
			return 1
		done
}

compile()
{
	cd "$TMP/build"
	nice -n 19 make -j "$(nproc)" vmlinux modules
}

install_kernel()
{
	local release

	cd "$TMP/build"
	release=$(make -s kernelrelease) || return 1
	make INSTALL_MOD_PATH="$TMP" modules_install || return 1
	mv "$TMP/lib/modules/$release" "$TMP/modules"
	rm -rf "${TMP:?}/lib" "$TMP/modules/build" "$TMP/modules/source"
	mv vmlinux "$TMP/vmlinux"
	# What a module build needs is headers, makefiles, scripts and symvers.
	find . -type f \( -name '*.[coaS]' -o -name '*.ko' -o -name '*.mod*' \
		-o -name '.*.cmd' -o -name 'vmlinux*' -o -name '*.dts*' \) \
		! -path './scripts/*' ! -path './tools/*' ! -path './include/*' \
		! -path './arch/x86/include/*' ! -name Module.symvers -delete
	echo "$release" > "$TMP/release"
	echo "$DIR/build" > "$TMP/kdir"
}

logged "unpacking linux-source-6.12" "$log-unpack.log" unpack
logged "configuring the debug kernel" "$log-config.log" configure
logged "building the debug kernel (about 15 minutes)" "$log.log" compile
logged "arranging the debug kernel" "$log-install.log" install_kernel
touch "$TMP/ready"
mv "$TMP" "$DIR"
say "the debug kernel is $(cat "$DIR/release"), in $DIR"
