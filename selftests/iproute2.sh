#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The plugin for iproute2's ip says of a device what m46ctl says, as text and as
# JSON; in an ip that it does not know it says nothing.

# shellcheck disable=SC2154 # setup_ns sets ns
. "$(dirname "$0")/lib.sh"
need_cmd ip jq python3

PLUGIN=$M46_TREE/tools/iproute2/link_m46.so
[ -e "$PLUGIN" ] || ktap_skip_all "no tools/iproute2/link_m46.so: make tools"
export IP_LIB_DIR=${PLUGIN%/*}

setup()
{
	ip -n "$ns" link add eth0 type dummy
	m46ctl -n "$ns" -b - <<-END
	dev add pe1 mode adpt prefix 2001:db8:1::/96,2001:db8:11::/64 nat64 64:ff9b::/96 nat64-pool 192.0.2.1/32 fastpath eth0
	dev add pe2 mode adpt prefix 2001:db8:2::/96 tclass 32 pool6791 192.0.2.253/32,198.51.100.0/24
	dev add mt mode m46t prefix 2001:db8:40::/64 plane 0:46 expires 2h from 2001:db8:a::/64
	dev add s mode 6to4 local 192.0.2.170 nonlocal on
	dev add t mode 6to4 local 192.0.2.171 remote 203.0.113.1 nonlocal on link eth0 ttl inherit
	END
}

# ip's JSON of a device's settings is m46ctl's, but for whose they are.
json_is_same()
{
	local dev

	for dev in pe1 pe2 mt s t; do
		diff <(ip -n "$ns" -d -j link show dev "$dev" |
				jq -S '.[0].linkinfo.info_data') \
			<(m46ctl -n "$ns" -j dev show "$dev" |
				jq -S '.[0] | del(.ifindex, .ifname)') ||
			return
	done
}

# words FIRST: of what follows that word, each on a line
words()
{
	tr -s '[:space:]' '\n' | awk -v first="$1" '/^addrgenmode$/ { exit }
		n; $0 == first { n = 1 }'
}

# The same words, in lines of another length.
text_is_same()
{
	local dev

	for dev in pe1 pe2 mt s t; do
		diff <(m46ctl -n "$ns" dev show "$dev" | words "$dev:") \
			<(ip -n "$ns" -d link show dev "$dev" | words m46) ||
			return
	done
}

only_details()
{
	! ip -n "$ns" link show dev pe1 | grep -q 2001:db8:1 &&
		[ "$(ip -n "$ns" -j link show dev pe1 |
			jq '.[0] | has("linkinfo")')" = false ]
}

# Here python is the program that has no tables and functions of ip's.
stranger()
{
	python3 - "$PLUGIN" <<-END
	import ctypes, sys
	util = (ctypes.c_void_p * 9).in_dll(ctypes.CDLL(sys.argv[1]),
	                                    "m46_link_util")
	assert ctypes.string_at(util[1]) == b"m46"
	attrs = (ctypes.c_void_p * 256)()
	ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(util[4])(None, None, attrs)
	END
}

refers_to_m46ctl()
{
	ip link help m46 2>&1 | grep -q "m46ctl dev add" &&
		ip -n "$ns" link add x type m46 mode adpt 2>&1 |
			grep -q "m46ctl dev add"
}

load_m46
ktap_plan 5
setup_ns ns
setup || ktap_bail "no devices"
ktap_test "JSON: what m46ctl prints" json_is_same
ktap_test "text: what m46ctl prints" text_is_same
ktap_test "only with -d" only_details
ktap_test "help and refusal name m46ctl" refers_to_m46ctl
ktap_test "a program that is not the ip it knows" stranger
ktap_done
