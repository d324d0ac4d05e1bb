#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# m46 at work, scene by scene: each builds a network from namespaces, shows every
# command that it takes, uses it, and says whether all of it worked.
#
# usage: demo.sh [--setup-only | --down] [SCENE...]
#
#	--setup-only	build the networks, show how to play with them, leave
#			them there
#	--down		remove them
#
#	SCENE		adpt: IPv4 across an IPv6-only core
#			site: an IPv6-only site reaches the IPv4 Internet
#			6to4: two 6to4 sites, a relay, and native IPv6
#			bgp: several operators' IPv4 across IPv6-only ASes, by BGP
#			(default: all)

set -u

here=$(cd "$(dirname "$0")" && pwd)
option=()
case ${1:-} in
--setup-only | --down) option=("$1"); shift ;;
esac
[ $# -gt 0 ] || set -- adpt site 6to4 bgp
for scene in "$@"; do
	[ -x "$here/demo_$scene.sh" ] || {
		sed -n 's/^# \{0,1\}//; /^usage:/,/^$/p' "$0" >&2
		exit 2
	}
done

failed=
for scene in "$@"; do
	"$here/demo_$scene.sh" "${option[@]}" || failed="$failed $scene"
	echo
done
[ "${option[*]}" != --down ] || exit 0
if [ -n "$failed" ]; then
	echo "demo: failed:$failed" >&2
	exit 1
fi
