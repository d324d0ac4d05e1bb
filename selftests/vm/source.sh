#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make Debian's kernel source ready in the cache:
#
#   source/linux-source.deb	the package, for debug-kernel.sh
#   source/scripts		checkpatch.pl and its word lists, which no
#				package of headers has
#
# usage: source.sh

set -eu
. "$(dirname "$0")/env.sh"

DIR=$M46_CACHE/source
[ -e "$DIR/ready" ] && exit 0
"$M46_VM/deps.sh" vm
lock "$M46_CACHE/lock/source"
[ -e "$DIR/ready" ] && exit 0
rm -rf "$DIR"
mkdir -p "$DIR"

fetch()
{
	cd "$DIR" &&
		apt-get -o APT::Sandbox::User=root download linux-source-6.12 &&
		mv linux-source-6.12_*.deb linux-source.deb
}

unpack()
{
	local s=linux-source-6.12/scripts

	cd "$DIR"
	dpkg-deb --fsys-tarfile linux-source.deb |
		tar -xO ./usr/src/linux-source-6.12.tar.xz | xz -dc |
		tar -x --strip-components=1 "$s/checkpatch.pl" \
			"$s/spelling.txt" "$s/const_structs.checkpatch"
}

if ! (logged "fetching linux-source-6.12" "$M46_CACHE/log/source.log" fetch); then
	# The lists may be missing, or name what the mirror has replaced since.
	logged "package lists" "$M46_CACHE/log/apt.log" apt-get update
	logged "fetching linux-source-6.12" "$M46_CACHE/log/source.log" fetch
fi
logged "unpacking checkpatch" "$M46_CACHE/log/source.log" unpack
touch "$DIR/ready"
