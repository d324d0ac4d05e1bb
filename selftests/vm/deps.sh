#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Install the Debian packages of the named groups (all without arguments) that
# are not there yet. Asks nothing of the network when none is missing.
#
# usage: deps.sh [GROUP...]

set -eu
. "$(dirname "$0")/env.sh"

groups=${*:-build lint vm guest debug}
wanted=$(for g in $groups; do
	awk -v g="$g" '$1 == g { print $2 }' "$M46_VM/packages"
done | sort -u)
[ -n "$wanted" ] || die "no package in group $groups"

missing=
for p in $wanted; do
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

[ "$(id -u)" -eq 0 ] || die "not root, and missing:$missing"
install()
{
	# shellcheck disable=SC2086 # a list
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 $missing
}

lock "$M46_CACHE/lock/apt"
say "installing:$missing"
# The package lists may be missing or too old for the mirror: refresh them only
# then, a run without network must not fail for lists it does not need.
install < /dev/null || { apt-get update -qq && install < /dev/null; }
