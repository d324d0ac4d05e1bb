#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# OpenWrt's protocol handler with the real command and a real kernel: what
# netifd would hand over becomes devices of all modes. netifd itself and UCI are
# stubs (openwrt/stubs.sh).
#
#  +--------------- router ---------------+
#  |  m46-pe1    adpt                     |
#  |  m46-site   m46t                     |
#  |  m46-sixrd  6to4, 10.100.100.1       |
#  +--------------------------------------+

# shellcheck disable=SC2154 # setup_ns sets router
. "$(dirname "$0")/lib.sh"
need_cmd busybox jq

HANDLER=$M46_TREE/tools/openwrt/m46/files/m46.sh
[ -e "$HANDLER" ] || ktap_skip_all "no tools/openwrt here"
TMP=$(mktemp -d)
defer rm -rf "$TMP"

# handler FUNCTION INTERFACE: in ash, in the namespace; the case is stdin
handler()
{
	cat > "$TMP/case"
	: > "$TMP/sent"
	: > "$TMP/ran"
	# shellcheck disable=SC2016 # for ash
	CASE=$TMP/case SENT=$TMP/sent RAN=$TMP/ran REAL=y INCLUDE_ONLY=1 \
		ip netns exec "$router" busybox ash -c \
		'. "$1"; . "$2"; shift 2; "$@"' ash \
		"$SELFTESTS/openwrt/stubs.sh" "$HANDLER" "$@"
	cat "$TMP/sent" "$TMP/ran"
}

# shown FILTER COMMAND...: what jq makes of a command's JSON, on one line
shown()
{
	local filter=$1
	shift

	m46ctl -n "$router" -j "$@" | jq -r "$filter" | tr '\n' ' '
}

# same WANTED FOUND
same()
{
	[ "$1" = "$2" ] || { echo "wanted \"$1\", found \"$2\""; return 1; }
}

is_up()
{
	ip -n "$router" -br link show dev "$1" | grep -q '[<,]UP[,>]'
}

adpt()
{
	handler proto_m46_setup pe1 <<-'END'
	{"interface": {"mode": "adpt", "prefix": ["2001:db8:1::/96",
		"2001:db8:11::/64"], "source_check": "loose", "mss_clamp": true},
	 "sections": [
		{"type": "m46_rule", "interface": "pe1", "dst": "192.0.2.0/24",
		 "via": "2001:db8:1::/96", "local": "1"},
		{"type": "m46_rule", "interface": "pe1", "method": "encap",
		 "dst": "198.51.100.0/24", "via": "2001:db8:3::/96"}]}
	END
	is_up m46-pe1 &&
		same "adpt 2001:db8:1::/96 2001:db8:11::/64 loose true " \
			"$(shown '.[0] | .mode, .prefix[], ."source-check",
				."mss-clamp"' dev show m46-pe1)" &&
		same "198.51.100.0/24 encap 192.0.2.0/24 null " \
			"$(shown '.[] | .dst, .method' rule show dev m46-pe1)"
}

m46t()
{
	handler proto_m46_setup site <<-'END'
	{"interface": {"mode": "m46t", "prefix": ["2001:db8:46::/96"],
		"from": ["2001:db8:a::/64"], "hairpin": false},
	 "sections": [
		{"type": "m46_pool", "interface": "site",
		 "prefix": "198.51.100.0/24", "exclude": ["198.51.100.8/29"]},
		{"type": "m46_entry", "interface": "site",
		 "ipv6": "2001:db8:a::25", "ipv4": "198.51.100.9"}]}
	END
	is_up m46-site &&
		same "m46t false 198.51.100.0/24 2001:db8:a::25 " "$(
			shown '.[0] | .mode, .hairpin' dev show m46-site
			shown '.[].prefix' pool show dev m46-site
			shown '.[].ipv6' entry show dev m46-site)"
}

sixrd()
{
	handler proto_m46_setup sixrd <<-'END'
	{"interface": {"mode": "6to4", "prefix": ["2001:db8::/32"],
		"v4_prefix": "10.0.0.0/8", "remote": "10.0.0.1"},
	 "wan": "10.100.100.1"}
	END
	is_up m46-sixrd &&
		same "10.100.100.1 10.0.0.1 " "$(shown '.[0] | .local[], .remote' \
			dev show m46-sixrd)" &&
		same '["2001:db8:6464:100::/56"]' \
			"$(jq -c 'select(.action == 0).ip6prefix' "$TMP/sent")"
}

refused()
{
	handler proto_m46_setup x <<-'END'
	{"interface": {"mode": "adpt", "prefix": ["2001:db8:1::1/96"]}}
	END
	! ip -n "$router" link show dev m46-x 2> /dev/null &&
		grep -q CONFIG_REFUSED "$TMP/sent" && grep -q ^logger "$TMP/ran"
}

again()
{
	# with other settings, then away
	handler proto_m46_setup site <<-'END'
	{"interface": {"mode": "m46t", "prefix": ["2001:db8:47::/96"]}}
	END
	same "2001:db8:47::/96 " "$(shown '.[0].prefix[]' dev show m46-site)" &&
		handler proto_m46_teardown site <<< '{}' &&
		! ip -n "$router" link show dev m46-site 2> /dev/null
}

load_m46
ktap_plan 5
setup_ns router
ip -n "$router" address add 10.100.100.1/32 dev lo
ktap_test "mode adpt, with rules" adpt
ktap_test "mode m46t, with pool and entry" m46t
ktap_test "mode 6to4: 6rd at the address of the WAN" sixrd
ktap_test "what is refused leaves no device" refused
ktap_test "set up again, and taken down" again
ktap_done
