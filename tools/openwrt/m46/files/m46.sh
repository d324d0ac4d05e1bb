#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Files of OpenWrt, and variables that its functions read or set:
# shellcheck disable=SC1091,SC2034,SC2154
#
# netifd protocol handler: interfaces with "option proto m46". Options of the
# interface are the words of "m46ctl dev add", with "_" for "-"; rules, pools
# and entries are sections of their own. See README.md.

[ -n "$INCLUDE_ONLY" ] || {
	. /lib/functions.sh
	. /lib/functions/network.sh
	. ../netifd-proto.sh
	init_proto "$@"
}

# The words of "m46ctl dev add", by what UCI makes of them.
M46_LISTS="local prefix nat64_pool from relay_from acl peers allow_native_native
mtu_plateaus pool6791 fastpath"
M46_BOOLS="refresh_from_v4 reuse_early hairpin allow_nonzero_u anycast relay
return_only ecn_log pmtudisc large_mtu nonlocal tos_ignore dscp_ignore
wkp_strict proto_strict_copy mss_clamp"
M46_STRINGS="remote v4_prefix plane method md nat64 source_check peer_method
hoplimit encap_limit frag flowlabel expires reuse_after max_per_64 alloc_rate
alloc_key relay_source ingress_filter ttl tos ecn link fwmark lowest_ipv6_mtu
udp_zero tclass tos_override reserved_bits adpt_df icmp4_errors icmp6_errors
pmtu_errors rate burst icmp4_source icmp6_source"

proto_m46_init_config() {
	local word

	no_device=1
	available=1
	lasterror=1

	proto_config_add_string "mode"
	for word in $M46_LISTS; do
		proto_config_add_array "$word"
	done
	for word in $M46_BOOLS; do
		proto_config_add_boolean "$word"
	done
	for word in $M46_STRINGS; do
		proto_config_add_string "$word"
	done
	proto_config_add_int "mtu"
	proto_config_add_array "ipaddr"
	proto_config_add_array "ip6addr"
	proto_config_add_array "ip6prefix"
	proto_config_add_string "gateway"
	proto_config_add_string "tunlink"
	proto_config_add_string "zone"
	proto_config_add_defaults
}

# Commands for m46ctl are lines of words: what is no word is no value either.
m46_is_word() {
	case "$1" in
	""|*[!A-Za-z0-9.:/,_@-]*) return 1 ;;
	esac
}

m46_add_item() {
	local more="$1"

	# a list may be one option, its items between commas or blanks
	more="$(echo "$more" | tr -s ' \t' ',,')"
	m46_items="${m46_items:+$m46_items,}$more"
}

# m46_word WORD VALUE: add to the command, unless there is no such option
m46_word() {
	local word

	[ -n "$2" ] || return 0
	word="$(echo "$1" | tr '_' '-')"
	if ! m46_is_word "$2"; then
		m46_bad="$word"
		return 0
	fi
	m46_command="$m46_command $word $2"
}

# The interfaces of the fast path: netifd's names, or the kernel's.
m46_devices() {
	local name device devices=""

	for name in $(echo "$1" | tr ',' ' '); do
		device=
		network_get_device device "$name" || device="$name"
		devices="${devices:+$devices,}$device"
	done
	echo "$devices"
}

m46_dev_words() {
	local word value

	for word in $M46_LISTS; do
		m46_items=
		json_for_each_item m46_add_item "$word"
		[ "$word" != local ] || m46_items="${m46_items:-$m46_local}"
		[ "$word" != fastpath ] || m46_items="$(m46_devices "$m46_items")"
		m46_word "$word" "$m46_items"
	done
	for word in $M46_BOOLS; do
		json_get_var value "$word"
		case "$value" in
		"") ;;
		0) m46_word "$word" off ;;
		*) m46_word "$word" on ;;
		esac
	done
	for word in $M46_STRINGS; do
		json_get_var value "$word"
		m46_word "$word" "$value"
	done
}

# Sections m46_rule, m46_pool and m46_entry: m46_section TYPE SECTION LINK CFG
m46_section() {
	local type="$1" section="$2" link="$3" interface dst via prefix item

	config_get interface "$section" interface
	[ "$interface" = "$4" ] || return 0
	case "$type" in
	rule)
		config_get dst "$section" dst
		config_get via "$section" via
		m46_command="rule add"
		m46_arg "$section" "$dst"
		m46_word via "$via"
		m46_command="$m46_command dev $link"
		config_get_bool item "$section" local 0
		if [ "$item" = 1 ]; then
			m46_command="$m46_command local"
		else
			m46_routes="$m46_routes $dst"
		fi
		config_get item "$section" method
		m46_word method "$item"
		;;
	pool)
		config_get prefix "$section" prefix
		config_get item "$section" exclude
		m46_command="pool add"
		m46_arg "$section" "$prefix"
		m46_command="$m46_command dev $link"
		m46_items=
		[ -z "$item" ] || m46_add_item "$item"
		m46_word exclude "$m46_items"
		m46_routes="$m46_routes $prefix"
		;;
	entry)
		config_get dst "$section" ipv6
		config_get via "$section" ipv4
		m46_command="entry add"
		m46_arg "$section" "$dst"
		m46_arg "$section" "$via"
		m46_command="$m46_command dev $link"
		;;
	esac
	m46_batch="$m46_batch$m46_command
"
}

# m46_arg SECTION VALUE: a value that has to be there
m46_arg() {
	if m46_is_word "$2"; then
		m46_command="$m46_command $2"
	else
		m46_bad="$1"
	fi
}

# m46_fail CFG ERROR [STOP]: with STOP not tried again until something changes
m46_fail() {
	proto_notify_error "$1" "$2"
	[ -z "$3" ] || proto_block_restart "$1"
}

# The IPv4 address of the network below, for mode 6to4 without "local".
m46_find_local() {
	local wanif="$1"

	m46_local=
	[ -n "$wanif" ] || network_find_wan wanif || return
	network_get_ipaddr m46_local "$wanif"
}

m46_make_device() {
	local cfg="$1" link="$2" mode="$3" type out

	m46_bad=
	m46_routes=
	m46_command="dev add $link mode $mode"
	m46_dev_words
	m46_batch="$m46_command
"
	config_load network
	for type in rule pool entry; do
		config_foreach "m46_section_$type" "m46_$type" "$link" "$cfg"
	done
	if [ -n "$m46_bad" ]; then
		logger -t "$link" "no valid value: $m46_bad"
		m46_fail "$cfg" INVALID_VALUE stop
		return 1
	fi
	ip link del dev "$link" 2>/dev/null
	if ! out="$(printf '%s' "$m46_batch" | m46ctl -b - 2>&1)"; then
		logger -t "$link" "$out"
		ip link del dev "$link" 2>/dev/null
		m46_fail "$cfg" CONFIG_REFUSED stop
		return 1
	fi
}

m46_section_rule() { m46_section rule "$@"; }
m46_section_pool() { m46_section pool "$@"; }
m46_section_entry() { m46_section entry "$@"; }

m46_add_address() {
	case "$1" in
	*:*/*) proto_add_ipv6_address "${1%%/*}" "${1##*/}" ;;
	*:*) proto_add_ipv6_address "$1" 128 ;;
	*/*) proto_add_ipv4_address "${1%%/*}" "${1##*/}" ;;
	*) proto_add_ipv4_address "$1" 32 ;;
	esac
}

# m46_add_route PREFIX: into the device, a default route only if wanted
m46_add_route() {
	case "$1" in
	*:*/0)
		[ "$m46_default" = 0 ] ||
			proto_add_ipv6_route "::" 0 "" "$m46_metric"
		;;
	*/0)
		[ "$m46_default" = 0 ] ||
			proto_add_ipv4_route 0.0.0.0 0 "" "" "$m46_metric"
		;;
	*:*/*) proto_add_ipv6_route "${1%%/*}" "${1##*/}" ;;
	*/*) proto_add_ipv4_route "${1%%/*}" "${1##*/}" ;;
	*) proto_add_ipv4_route "$1" 32 ;;
	esac
}

# The default route of a site, for what has a source of it.
m46_add_source() {
	[ "$m46_default" = 0 ] ||
		proto_add_ipv6_route "::" 0 "$m46_gateway" "$m46_metric" "" "$1"
}

m46_add_prefix() {
	proto_add_ipv6_prefix "$1"
	m46_add_source "$1"
}

m46_add_ip6addr() {
	m46_add_address "$1"
	case "$1" in
	*/*) m46_add_source "$1" ;;
	*) m46_add_source "$1/128" ;;
	esac
}

# 6to4 and 6rd: the prefix that the IPv4 address gives, and 6to4's other sites
m46_add_delegated() {
	local prefix

	for prefix in $(m46ctl -j dev show "$1" |
			jsonfilter -e '@[0].delegated[*]'); do
		case "$prefix" in
		*::/*) proto_add_ipv6_address "${prefix%%/*}1" 128 ;;
		esac
		m46_add_prefix "$prefix"
		case "$prefix" in
		2002:*) proto_add_ipv6_route 2002:: 16 ;;
		esac
	done
}

m46_update() {
	local cfg="$1" link="$2" mode="$3" prefix plane zone

	json_get_var m46_default defaultroute
	json_get_var m46_metric metric
	json_get_var m46_gateway gateway
	json_get_vars plane zone

	m46_items=
	[ "$mode" = 6to4 ] || [ -n "$plane" ] ||
		json_for_each_item m46_add_item prefix
	m46_routes="$(echo "$m46_items" | tr ',' ' ') $m46_routes"
	m46_items=
	json_for_each_item m46_add_item ipaddr
	m46_ipaddrs="$(echo "$m46_items" | tr ',' ' ')"
	m46_items=
	json_for_each_item m46_add_item ip6addr
	m46_ip6addrs="$(echo "$m46_items" | tr ',' ' ')"
	m46_items=
	json_for_each_item m46_add_item ip6prefix
	m46_prefixes="$(echo "$m46_items" | tr ',' ' ')"

	# From here on, what json_ functions see is the answer.
	proto_init_update "$link" 1
	for prefix in $m46_ipaddrs; do
		m46_add_address "$prefix"
	done
	for prefix in $m46_ip6addrs; do
		if [ "$mode" = 6to4 ]; then
			m46_add_ip6addr "$prefix"
		else
			m46_add_address "$prefix"
		fi
	done
	for prefix in $m46_routes; do
		m46_add_route "$prefix"
	done
	if [ "$mode" = 6to4 ]; then
		m46_add_delegated "$link"
		for prefix in $m46_prefixes; do
			m46_add_prefix "$prefix"
		done
	fi
	proto_add_data
	[ -z "$zone" ] || json_add_string zone "$zone"
	proto_close_data
	proto_send_update "$cfg"
}

proto_m46_setup() {
	local cfg="$1" link="m46-$1" mode mtu remote tunlink

	json_get_vars mode mtu remote tunlink
	if [ "${#link}" -gt 15 ]; then
		m46_fail "$cfg" NAME_TOO_LONG stop
		return
	fi
	case "$mode" in
	6to4)
		( proto_add_host_dependency "$cfg" "${remote:-0.0.0.0}" "$tunlink" )
		m46_items=
		json_for_each_item m46_add_item local
		if [ -z "$m46_items" ] && ! m46_find_local "$tunlink"; then
			m46_fail "$cfg" NO_WAN_LINK
			return
		fi
		;;
	adpt)
		( proto_add_host_dependency "$cfg" "::" "$tunlink" )
		;;
	m46t)
		[ -z "$tunlink" ] ||
			( proto_add_host_dependency "$cfg" 0.0.0.0 "$tunlink" )
		;;
	*)
		m46_fail "$cfg" INVALID_MODE stop
		return
		;;
	esac

	m46_make_device "$cfg" "$link" "$mode" || return
	[ -z "$mtu" ] || ip link set dev "$link" mtu "$mtu"
	ip link set dev "$link" up
	m46_update "$cfg" "$link" "$mode"
}

proto_m46_teardown() {
	ip link del dev "m46-$1" 2>/dev/null
}

[ -n "$INCLUDE_ONLY" ] || {
	add_protocol m46
}
