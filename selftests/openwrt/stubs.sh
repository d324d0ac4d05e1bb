# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2016,SC2034,SC2154
#
# Stands for what netifd and OpenWrt's libraries give to a protocol handler, and
# is sourced by busybox ash. $CASE is a JSON file: what netifd would send, in
# "interface", the sections of /etc/config/network in "sections", and the
# address of the WAN in "wan". Each message for netifd is a line of $SENT, JSON
# as netifd-proto.sh would make it; each command a line of $RAN.

# What is asked for, in variables, as processes take time: J_ for values of the
# interface, L_ for its lists, S_N_ for the options of section N, T_ for the
# sections of a type.
eval "$(jq -r 'def plain: if type == "array" then join(" ") elif . == true then 1
		elif . == false then 0 else . end | @sh;
	(.interface // {} | to_entries[] |
		(if (.value | type) == "array" then "L_" else "J_" end) +
			"\(.key)=\(.value | plain)"),
	(.sections // [] | to_entries[] | .key as $n | .value | to_entries[] |
		"S_\($n)_\(.key)=\(.value | plain)"),
	(.sections // [] | to_entries | group_by(.value.type)[] |
		"T_\(.[0].value.type)=\(map(.key) | plain)"),
	"W_address=\(.wan // "" | @sh)"' "$CASE")"

# --- jshn: what is read

json_get_var() { eval "$1=\$J_$2"; }

json_get_vars() {
	while [ $# -gt 0 ]; do
		json_get_var "$1" "$1"
		shift
	done
}

json_for_each_item() {
	local item list

	eval "list=\${L_$2:-\$J_$2}"
	for item in $list; do
		"$1" "$item"
	done
}

# --- UCI

config_load() { :; }

config_foreach() {
	local function="$1" n list
	eval "list=\$T_$2"
	shift 2

	for n in $list; do
		"$function" "$n" "$@"
	done
}

config_get() { eval "$1=\${S_$2_$3:-\$4}"; }

config_get_bool() {
	config_get "$@"
	eval "case \$$1 in 1|on|true|yes|enabled) $1=1 ;; *) $1=0 ;; esac"
}

# --- network.sh

network_find_wan() {
	[ -n "$W_address" ] && eval "$1=wan"
}

network_get_ipaddr() {
	[ -n "$W_address" ] && eval "$1=\$W_address"
}

network_get_device() {
	[ "$2" = lan ] || return 1
	eval "$1=br-lan"
}

# --- netifd-proto.sh

# add KEY VALUE...: to the message, whose lines become JSON when it is sent
add() {
	local IFS='|'

	message="$message$*
"
}

begin() {
	message=
	add action "$1"
}

notify() {
	printf '%s' "$message" | jq -Rnc 'reduce (inputs / "|") as $a ({};
		if $a[0] == "action" then .action = ($a[1] | tonumber)
		elif $a[0] == "link-up" then ."link-up" = ($a[1] == "1")
		elif $a[0] == "ipaddr" or $a[0] == "ip6addr" then
			.[$a[0]] += [{ipaddr: $a[1], mask: $a[2]}]
		elif $a[0] == "routes" then .routes += [{target: $a[1],
			netmask: $a[2], gateway: $a[3], source: $a[4],
			metric: $a[5]}]
		elif $a[0] == "routes6" then .routes6 += [{target: $a[1],
			netmask: $a[2], gateway: $a[3], metric: $a[4],
			valid: $a[5], source: $a[6]}]
		elif $a[0] == "ip6prefix" or $a[0] == "error" then
			.[$a[0]] += [$a[1]]
		elif $a[0] == "data" then .data[$a[1]] = $a[2]
		else .[$a[0]] = $a[1] end) |
		walk(if type == "object" then with_entries(select(.value != "" and
			.value != null)) else . end)' >> "$SENT"
}

proto_init_update() {
	begin 0
	add ifname "$1"
	add link-up "$2"
}

proto_add_ipv4_address() { add ipaddr "$@"; }
proto_add_ipv6_address() { add ip6addr "$@"; }
proto_add_ipv6_prefix() { add ip6prefix "$1"; }
proto_add_ipv4_route() { add routes "$@"; }
proto_add_ipv6_route() { add routes6 "$@"; }
proto_add_data() { :; }
proto_close_data() { :; }
json_add_string() { add data "$@"; }

proto_send_update() {
	add interface "$1"
	notify
}

proto_notify_error() {
	begin 3
	add error "$2"
	add interface "$1"
	notify
}

proto_block_restart() {
	begin 4
	add interface "$1"
	notify
}

proto_add_host_dependency() {
	begin 6
	add interface "$1"
	add host "$2"
	add ifname "$3"
	notify
}

for type in int string boolean array; do
	eval "proto_config_add_$type() { echo \"$type \$1\" >> \"\$SENT\"; }"
done
proto_config_add_defaults() { echo defaults >> "$SENT"; }

# --- commands: recorded, or (REAL) run as well

ip() {
	echo "ip $*" >> "$RAN"
	[ -z "$REAL" ] || command ip "$@"
}

m46ctl() {
	if [ "$1" != -b ]; then
		echo "m46ctl $*" >> "$RAN"
		if [ -n "$REAL" ]; then
			command m46ctl "$@"
		else
			jq -c '[{delegated: (.delegated // [])}]' "$CASE"
		fi
		return
	fi
	tee "$SENT.batch" | sed 's/^/m46ctl: /' >> "$RAN"
	if grep -q refused "$SENT.batch"; then
		echo "m46ctl: line 1: refused" >&2
		return 1
	fi
	[ -z "$REAL" ] || command m46ctl -b - < "$SENT.batch"
}

# All that it is asked for: delegated prefixes.
jsonfilter() { jq -r '.[0].delegated[]?'; }

logger() { echo "logger $*" >> "$RAN"; }
