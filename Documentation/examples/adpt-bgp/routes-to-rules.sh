#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A routing daemon feeds an m46 device of "md rules": IPv4 routes "via inet6 PREF6 dev
# DEVICE", whoever made them, become rules, as far as a list allows. For those who want
# what a route cannot say, a loose source check or mapping prefixes that are no /96;
# all others take "md fib", and need no such script.
#
# usage: routes-to-rules.sh [-1] DEVICE ALLOW [TABLE]
#
#	-1	once; else on every change, until it is ended
#	ALLOW	the list, see rules.allow
#	TABLE	of routes (main)
#
# Local rules of the device stay. Each load takes effect as a whole, or not at all: when
# the list or the routes cannot be read, the rules stay what they were.

set -o pipefail
once=
if [ "$1" = -1 ]; then
	once=y
	shift
fi
[ $# -ge 2 ] || { echo "usage: $0 [-1] DEVICE ALLOW [TABLE]" >&2; exit 2; }
device=$1 allow=$2 table=${3:-main}
rules=$(mktemp) || exit
trap 'rm -f "$rules"' EXIT
trap 'exit 1' INT TERM

# First the list, then routes.
convert()
{
	awk -v device="$device" '
	function number(address, part)
	{
		split(address, part, ".")
		return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
	}
	function within(len, net, block, size)
	{
		split(block, part, "/")
		if (block == "0.0.0.0/0")
			return len == 0
		size = 2 ^ (32 - part[2])
		return len >= part[2] && int(net / size) * size == number(part[1])
	}
	{ sub(/#.*/, "") }
	!NF {
		next
	}
	list {
		split($1, part, "/")
		prefix[part[1]] = $1
		for (i = 2; i <= NF; i++)
			blocks[part[1]] = blocks[part[1]] " " $i
		next
	}
	{
		via = ""
		for (i = 2; i < NF - 3; i++)
			if ($i == "via" && $(i + 1) == "inet6" && $(i + 4) == device)
				via = $(i + 2)
		if (via == "")
			next
		sub(/^default$/, "0.0.0.0/0", $1)
		if ($1 !~ /\//)
			$1 = $1 "/32"
		split($1, part, "/")
		net = number(part[1])
		len = part[2]
		n = split(blocks[via], allowed, " ")
		for (i = 1; i <= n; i++) {
			if (!within(len, net, allowed[i]))
				continue
			# Two routes to one block: the first has the better metric.
			if (!seen[$1]++)
				print $1, "via", prefix[via]
			next
		}
		print "not allowed: " $1 " via " via > "/dev/stderr"
	}' list=1 "$allow" list=0 -
}

load()
{
	[ -r "$allow" ] || { echo "$0: cannot read $allow" >&2; return 1; }
	{
		m46ctl rule show local dev "$device" | awk '$1 ~ /\// {
			print $1, "via", $2, $3 == "-" ? "" : "method " $3, "local" }' &&
			ip -4 route show table "$table" | convert
	} > "$rules" && m46ctl rule load "$rules" dev "$device"
}

load
rc=$?
[ -z "$once" ] || exit "$rc"

# Many changes make few loads: all that come within two seconds are one. Without any,
# once a minute, should one have been missed.
exec {changes}< <(exec ip monitor route nexthop)
while :; do
	if read -r -t 60 -u "$changes"; then
		end=$((SECONDS + 2))
		while [ "$SECONDS" -lt "$end" ] && read -r -t 0.2 -u "$changes"; do
			:
		done
	elif [ $? -le 128 ]; then
		echo "$0: ip monitor has ended" >&2
		exit 1
	fi
	load
done
