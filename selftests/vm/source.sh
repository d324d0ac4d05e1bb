#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Make Debian's kernel source ready in the cache:
#
#   source/linux-source.deb	the package, for debug-kernel.sh
#   source/scripts		checkpatch.pl and its word lists, which no
#				package of headers has
#   source/tools, Documentation	YNL with the schemas of its specifications, and
#				what runs the kernel's own tests (kselftest)
#
# usage: source.sh

set -eu
. "$(dirname "$0")/env.sh"

DIR=$M46_CACHE/source
# What is taken out of it: another list, another mark.
WANTED="Documentation/netlink/*.yaml
scripts/checkpatch.pl
scripts/const_structs.checkpatch
scripts/spelling.txt
scripts/subarch.include
tools/net/ynl
tools/scripts
tools/testing/selftests/*.mk
tools/testing/selftests/*.sh
tools/testing/selftests/Makefile
tools/testing/selftests/kselftest"
READY=$DIR/ready-$(echo "$WANTED" | sha256sum | cut -c 1-12)

[ -e "$READY" ] && exit 0
"$M46_VM/deps.sh" vm
lock "$M46_CACHE/lock/source"
[ -e "$READY" ] && exit 0
mkdir -p "$DIR"

fetch()
{
	cd "$DIR" &&
		apt-get -o APT::Sandbox::User=root download linux-source-6.12 &&
		mv linux-source-6.12_*.deb linux-source.deb
}

unpack()
{
	local members new=$DIR/.new

	rm -rf "$new"
	mkdir "$new"
	cd "$new"
	mapfile -t members <<< "$WANTED"
	dpkg-deb --fsys-tarfile ../linux-source.deb |
		tar -xO ./usr/src/linux-source-6.12.tar.xz | xz -dc |
		tar -x --strip-components=1 --wildcards \
			--no-wildcards-match-slash \
			"${members[@]/#/linux-source-6.12/}"
	cd "$DIR"
	rm -rf Documentation scripts tools ready-*
	mv "$new"/* .
	rmdir "$new"
}

if [ ! -e "$DIR/linux-source.deb" ] &&
   ! (logged "fetching linux-source-6.12" "$M46_CACHE/log/source.log" fetch); then
	# The lists may be missing, or name what the mirror has replaced since.
	logged "package lists" "$M46_CACHE/log/apt.log" apt-get update
	logged "fetching linux-source-6.12" "$M46_CACHE/log/source.log" fetch
fi
logged "unpacking what we use of it" "$M46_CACHE/log/source.log" unpack
touch "$READY"
