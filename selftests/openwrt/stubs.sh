# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2016,SC2034,SC2154
#
# Stands for what netifd and OpenWrt's libraries give to a protocol handler, and
# is sourced by busybox ash. $CASE is a JSON file: what netifd would send, in
# "interface", the sections of /etc/config/network in "sections", and the address
# of the WAN in "wan". Each message for netifd is a line of $SENT, JSON as
# netifd-proto.sh would make it; each command a line of $RAN.

# --- jshn: what is read; J_ variables for values, L_ variables for lists

eval "$(jq -r '.interface // {} | to_entries[] |
	if (.value | type) == "array" then "L_\(.key)=\(.value | join(" ") | @sh)"
	else "J_\(.key)=\(.value | if . == true then 1 elif . == false then 0
		else . end | @sh)" end' "$CASE")"

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
	local function="$1" type="$2" n
	shift 2

	for n in $(jq -r --arg t "$type" '.sections // [] | to_entries[] |
			select(.value.type == $t) | .key' "$CASE"); do
		"$function" "$n" "$@"
	done
}

config_get() {
	eval "$1=\$(jq -r --argjson n \"$2\" --arg k \"$3\" '.sections[\$n][\$k] |
		if . == null then empty elif type == \"array\" then join(\" \")
		else . end' \"$CASE\")"
	eval "[ -n \"\$$1\" ] || $1=\$4"
}

config_get_bool() {
	config_get "$@"
	eval "case \$$1 in 1|on|true|yes|enabled) $1=1 ;; *) $1=0 ;; esac"
}

# --- network.sh

network_find_wan() {
	[ "$(jq -r '.wan // empty' "$CASE")" ] || return 1
	eval "$1=wan"
}

network_get_ipaddr() {
	eval "$1=\$(jq -r '.wan // empty' \"$CASE\")"
	eval "[ -n \"\$$1\" ]"
}

network_get_device() {
	[ "$2" = lan ] || return 1
	eval "$1=br-lan"
}

# --- netifd-proto.sh

# update FILTER ARGUMENT...: change the message by a filter, $a the arguments
update() {
	local filter="$1"
	shift

	message="$(jq -nc --argjson m "$message" '$ARGS.positional as $a | $m | '"$filter"' |
		walk(if type == "object" then with_entries(select(.value != "" and
			.value != null)) else . end)' --args -- "$@")"
}

notify() { echo "$message" >> "$SENT"; }

proto_init_update() {
	message='{"action":0}'
	update '.ifname = $a[0] | ."link-up" = ($a[1] == "1")' "$@"
}

proto_add_ipv4_address() { update '.ipaddr += [{ipaddr: $a[0], mask: $a[1]}]' "$@"; }
proto_add_ipv6_address() { update '.ip6addr += [{ipaddr: $a[0], mask: $a[1]}]' "$@"; }
proto_add_ipv6_prefix() { update '.ip6prefix += [$a[0]]' "$@"; }
proto_add_ipv4_route() {
	update '.routes += [{target: $a[0], netmask: $a[1], gateway: $a[2],
		source: $a[3], metric: $a[4]}]' "$@"
}
proto_add_ipv6_route() {
	update '.routes6 += [{target: $a[0], netmask: $a[1], gateway: $a[2],
		metric: $a[3], valid: $a[4], source: $a[5]}]' "$@"
}
proto_add_data() { :; }
proto_close_data() { :; }
json_add_string() { update '.data[$a[0]] = $a[1]' "$@"; }
proto_send_update() { update '.interface = $a[0]' "$@"; notify; }
proto_notify_error() {
	message='{"action":3}'
	update '.error = [$a[1]] | .interface = $a[0]' "$@"
	notify
}
proto_block_restart() {
	message='{"action":4}'
	update '.interface = $a[0]' "$@"
	notify
}
proto_add_host_dependency() {
	message='{"action":6}'
	update '.interface = $a[0] | .host = $a[1] | .ifname = $a[2]' "$@"
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
