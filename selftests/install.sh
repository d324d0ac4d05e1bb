#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make install" puts everything below DESTDIR and PREFIX, and "make uninstall"
# takes it away again. Runs on the host, needs neither root nor kernel headers:
# an empty object stands for m46.ko. KTAP on standard output.

set -u
tree=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
failed=0

# check NAME FILE-WANTED FILE-FOUND
check()
{
	n=$((n + 1))
	if diff -u "$2" "$3" > "$tmp/diff"; then
		echo "ok $n $1"
	else
		sed 's/^/# /' "$tmp/diff"
		echo "not ok $n $1"
		failed=$((failed + 1))
	fi
}

# What is below the directory $1. The directory that is not everybody's counts.
files()
{
	(cd "$1" && find . ! -type d -o -path ./etc/m46 | LC_ALL=C sort)
}

# The Makefiles ask pkg-config for this, whatever PREFIX is.
systemd=$(pkg-config --variable=systemdsystemunitdir systemd 2> /dev/null)

# Likewise: where ip finds plugins.
iplib=$(make -s -C "$tree/tools/iproute2" iplibdir)

# wanted PREFIX UNITDIR
wanted()
{
	local zsh=site-functions

	[ "$1" != /usr ] || zsh=vendor-completions
	LC_ALL=C sort <<-END
		./etc/m46
		./lib/modules/6.1-test/updates/m46.ko
		.$iplib/link_m46.so
		.$2/m46-store.service
		.$2/m46@.service
		.$1/sbin/m46ctl
		.$1/share/bash-completion/completions/m46ctl
		.$1/share/fish/vendor_completions.d/m46ctl.fish
		.$1/share/man/man4/m46.4
		.$1/share/man/man5/m46.conf.5
		.$1/share/man/man8/m46ctl-check.8
		.$1/share/man/man8/m46ctl-config.8
		.$1/share/man/man8/m46ctl-confirm.8
		.$1/share/man/man8/m46ctl-dev.8
		.$1/share/man/man8/m46ctl-dns64.8
		.$1/share/man/man8/m46ctl-down.8
		.$1/share/man/man8/m46ctl-entry.8
		.$1/share/man/man8/m46ctl-history.8
		.$1/share/man/man8/m46ctl-import.8
		.$1/share/man/man8/m46ctl-monitor.8
		.$1/share/man/man8/m46ctl-pool.8
		.$1/share/man/man8/m46ctl-relay.8
		.$1/share/man/man8/m46ctl-restore.8
		.$1/share/man/man8/m46ctl-rule.8
		.$1/share/man/man8/m46ctl-save.8
		.$1/share/man/man8/m46ctl-show.8
		.$1/share/man/man8/m46ctl-sixrd.8
		.$1/share/man/man8/m46ctl-stats.8
		.$1/share/man/man8/m46ctl-store.8
		.$1/share/man/man8/m46ctl-sync.8
		.$1/share/man/man8/m46ctl-up.8
		.$1/share/man/man8/m46ctl.8
		.$1/share/zsh/$zsh/_m46ctl
	END
}

# "-o modules": the module is there, whatever its sources are.
run_make()
{
	make -s -C "$tmp/tree" -o modules KDIR=/nonexistent KVER=6.1-test "$@" \
		> "$tmp/make.log" 2>&1 && return
	sed 's/^/# /' "$tmp/make.log"
	return 1
}

# With time stamps: what is built already is not built again.
mkdir "$tmp/tree"
cp -a "$tree"/{Makefile,Kbuild,include,tools} "$tmp/tree/"
: | cc -c -x c -o "$tmp/tree/m46.ko" - || exit 1

echo "KTAP version 1"
echo "1..10"
: > "$tmp/none"
for prefix in /usr/local /usr; do
	dest=$tmp/dest$prefix
	args=("DESTDIR=$dest")
	[ "$prefix" = /usr/local ] || args+=("PREFIX=$prefix")
	mkdir -p "$dest"
	unitdir=${systemd:-$prefix/lib/systemd/system}
	wanted "$prefix" "$unitdir" > "$tmp/wanted"

	run_make "${args[@]}" install || failed=$((failed + 1))
	files "$dest" > "$tmp/found"
	check "PREFIX $prefix: installed are these files" "$tmp/wanted" "$tmp/found"

	"$dest$prefix/sbin/m46ctl" -V > /dev/null 2> "$tmp/found" ||
		echo "it does not run" >> "$tmp/found"
	check "PREFIX $prefix: the command runs" "$tmp/none" "$tmp/found"

	grep -rh '^Exec' "$dest$unitdir" | grep -v "=$prefix/sbin/m46ctl " \
		> "$tmp/found"
	check "PREFIX $prefix: units start this command" "$tmp/none" "$tmp/found"

	touch "$dest/etc/m46/pe1.conf"
	run_make "${args[@]}" uninstall || failed=$((failed + 1))
	printf '%s\n' ./etc/m46 ./etc/m46/pe1.conf > "$tmp/wanted"
	files "$dest" > "$tmp/found"
	check "PREFIX $prefix: uninstall leaves the operator's files" \
		"$tmp/wanted" "$tmp/found"

	rm "$dest/etc/m46/pe1.conf"
	run_make "${args[@]}" uninstall || failed=$((failed + 1))
	files "$dest" > "$tmp/found"
	check "PREFIX $prefix: uninstall leaves nothing" "$tmp/none" "$tmp/found"
done
[ "$failed" -eq 0 ]
