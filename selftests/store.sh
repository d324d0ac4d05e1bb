#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# The store: entries that real traffic made are on disk, survive the service, the
# device and the module, and their history says who had which address.
#
#    a
#  +------+ a::/64
#  | eth0 |------+ +------+        +-------------+         +------+
#  +------+      | | core |        |  t          |         |  p4  |
#    b           +-| a b  |        |  m46ctl     |         |      |      n4
#  +------+ b::/64 | east |--------|  store run  |         |      |----
#  | eth0 |--------|      | ::1 ::2|  mt     lan |---------| lan  |
#  +------+        +------+        +-------------+ .1   .2 +------+
#                       2001:db8:c::/64          192.0.2.0/24
#
#  (addresses: m46t_lib.sh)

# shellcheck disable=SC2154 # setup_ns sets a b core t p4 n4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/m46t_lib.sh"

A3=2001:db8:a::3 A4=2001:db8:a::4 A5=2001:db8:a::5
SHORT=2001:db8:f::2
DB=$TMP/store.db

# --- the service

# start_store: in t, until the scope ends, with the rights that its unit gives it
start_store()
{
	ip netns exec "$t" setpriv --bounding-set=-all,+net_admin \
		--inh-caps=-all m46ctl store run file "$DB" refresh 1 \
		>> "$TMP/store.log" 2>&1 < /dev/null &
	store=$!
	defer kill_quietly "$store"
}

# A file of its own for every test
new_store()
{
	rm -f "$DB" "$DB"-* "$DB.lock"
	: > "$TMP/store.log"
	start_store
}

kill_store()
{
	kill -9 "$store"
	wait "$store" 2> /dev/null
}

# log_store COMMAND...: what the service said and has, if it fails
log_store()
{
	"$@" && return
	cat "$TMP/store.log"
	in_force | head -n 20
	return 1
}

# hist WORD...: history as JSON
hist()
{
	m46ctl -j history "$@" file "$DB"
}

# in_force [FILE]: "IPv6 IPv4" of all that the store holds for being so, sorted
in_force()
{
	m46ctl history ::/0 file "${1:-$DB}" |
		awk '$NF == "-" { print $2, $3 }' | sort
}

# stored IPV6 [IPV4]: it is in force; forgotten IPV6: it was
stored()
{
	in_force 2> /dev/null | grep -q "^$1 ${2:-}"
}

forgotten()
{
	hist "$1" | jq -e 'length > 0 and all(.to != null)' > /dev/null
}

# n_stored NUMBER: so many are in force
n_stored()
{
	same "entries in force" "$(in_force | wc -l)" "$1"
}

# time_of FIELD IPV6: from or to of its last time, in milliseconds
time_of()
{
	date -d "$(hist "$2" | jq -r --arg f "$1" '.[-1][$f]')" +%s%3N
}

# now: milliseconds; passed MILLISECONDS: it is that late
now()
{
	echo "$((${EPOCHREALTIME/[.,]/} / 1000))"
}

passed()
{
	[ "$(now)" -ge "$1" ]
}

# left IPV6: seconds that its entry has
left()
{
	on -j entry show "$1" | jq '.[0].expires'
}

# between WHAT GOT LEAST MOST
between()
{
	[ "$2" -ge "$3" ] && [ "$2" -le "$4" ] && return
	echo "$1: got $2, wanted $3 to $4"
	return 1
}

# --- entries become records

traffic_is_stored()
{
	local before after addr

	mt "$FOREVER" && hello "$A3" && new_store || return
	slowwait 10 log_store stored "$A3" "$(addr_of "$A3")" || return
	before=$(now)
	hello "$A" && ping_ok "$b" "$MN4" -W 5 || return
	after=$(now)
	addr=$(addr_of "$A")
	slowwait 5 log_store stored "$A" "$addr" &&
		slowwait 5 log_store stored "$B" || return
	between "begin of $A" "$(time_of from "$A")" "$before" "$after" &&
		same "the store and the kernel" "$(in_force)" \
			"$(entries | awk '{ print $1, $2 }' | sort)" &&
		same "store show" "$(m46ctl -j store show file "$DB" |
			jq -r '.[] | .integrity, .entries, .devices.mt' |
			xargs)" "ok 3 3"
}

# --- the service dies

killed()
{
	local begin addr

	mt "$FOREVER" && new_store && hello "$A" && hello "$A3" || return
	slowwait 10 log_store stored "$A" &&
		slowwait 10 log_store stored "$A3" || return
	begin=$(time_of from "$A")
	addr=$(addr_of "$A")
	kill_store
	# What happens when nobody looks
	on entry del "$A3" && hello "$A4" || return
	start_store
	slowwait 10 log_store stored "$A4" "$(addr_of "$A4")" &&
		slowwait 10 forgotten "$A3" || return
	same "integrity" "$(m46ctl -j store show file "$DB" |
		jq -r '.[].integrity')" ok &&
		same "$A" "$(hist "$A" | jq -r '.[] | "\(.ipv4) \(.to)"')" \
			"$addr null" &&
		same "begin of $A" "$(time_of from "$A")" "$begin" &&
		is_entry "$A" "$addr" dynamic &&
		same "in the kernel" "$(entries | wc -l)" 2
}

# --- the device, or the module, goes and comes back

unload()
{
	rmmod m46 || return
	[ ! -e /sys/module/m46 ]
}

# come_back HOW: what is lost with the device, and what is not. A key is made
# for each device: without the store A would have another address.
come_back()
{
	local addr addr3 begin gone spent left left_a

	begin=$(now)
	mt "$FOREVER" && new_store || return
	on entry add "$B" 198.51.100.200 dynamic expires 1000 &&
		on entry add "$A5" 198.51.100.201 static &&
		on entry add "$SHORT" 198.51.100.202 dynamic &&
		hello "$A" && hello "$A3" || return
	addr=$(addr_of "$A") addr3=$(addr_of "$A3")
	slowwait 10 log_store n_stored 5 || return
	# This one ends while the device is away.
	on entry replace "$SHORT" 198.51.100.202 dynamic expires 4 || return
	gone=$(now)
	"$@" || return
	slowwait 10 passed $((gone + 5000)) || return
	load_m46
	mt "$FOREVER" || return
	slowwait 20 log_store is_entry "$A" "$addr" dynamic &&
		slowwait 20 is_entry "$A3" "$addr3" dynamic &&
		slowwait 20 is_entry "$B" 198.51.100.200 dynamic || return
	# The time that passed is gone; seconds are rounded.
	left=$(left "$B") left_a=$(left "$A")
	spent=$((($(now) - begin) / 1000 + 2))
	between "$B has left" "$left" $((1000 - spent)) 996 &&
		between "$A has left" "$left_a" $((3600 - spent)) 3596 &&
		same "entries that came back" "$(entries all | wc -l)" 3 ||
		return
	slowwait 10 log_store forgotten "$SHORT" &&
		slowwait 10 log_store forgotten "$A5" || return
	below "end of what expired meanwhile" "$(time_of to "$SHORT")" \
		$((gone + 5000)) || return
	same "$A, one entry" "$(hist "$A" | jq -r '.[] | .ipv4, .to' |
		xargs)" "$addr null" || return
	# No packet of the hosts has been seen yet: IPv4 reaches them.
	from4 "$addr" && from4 198.51.100.200 && kill -0 "$store"
}

device_again()
{
	come_back mt_del
}

module_again()
{
	if [ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ]; then
		echo "other users of the module (M46_TEST_UNLOAD=1 to do it)"
		return "$ksft_skip"
	fi
	come_back unload || return
	matches "log" "$(cat "$TMP/store.log")" 'module was removed' &&
		matches "log" "$(cat "$TMP/store.log")" 'module is back' &&
		same "errors" "$(grep -e reading -e cannot "$TMP/store.log")" ""
}

# --- who had it?

# What begins before the service listens begins when it does; an entry of its
# own proves that it listens.
listening()
{
	on entry add 2001:db8::46 10.46.46.46
	on entry del 2001:db8::46
	forgotten 2001:db8::46 2> /dev/null
}

# who_at TIME: who had the one address of the pool
who_at()
{
	hist 198.51.100.7 at "@$1" | jq -r '.[] | .dev, .ipv6' | xargs
}

who()
{
	local t0 t1 t2 t3 deleted

	mt "$FOREVER reuse-early on" 198.51.100.7/32 && new_store || return
	slowwait 10 log_store listening || return
	t0=$EPOCHREALTIME
	hello "$A" || return
	t1=$EPOCHREALTIME
	slowwait 10 log_store stored "$A" 198.51.100.7 || return
	deleted=$(now)
	on entry del "$A" || return
	t2=$EPOCHREALTIME
	ping_ok "$b" "$MN4" -W 5 || { echo "b got nothing"; return 1; }
	t3=$EPOCHREALTIME
	slowwait 10 log_store stored "$B" 198.51.100.7 &&
		slowwait 10 log_store forgotten "$A" || return
	same "before" "$(who_at "$t0")" "" &&
		same "first" "$(who_at "$t1")" "mt $A" &&
		same "between" "$(who_at "$t2")" "" &&
		same "then" "$(who_at "$t3")" "mt $B" &&
		same "all the time" "$(hist 198.51.100.0/24 from "@$t0" \
			to "@$t3" | jq -r '.[].ipv6' | xargs)" "$A $B" &&
		same "keys" "$(hist "$A" | jq -r '.[] | keys_unsorted[]' |
			xargs)" "dev ipv6 ipv4 from to" || return
	between "begin of $A" "$(time_of from "$A")" "$(ms "$t0")" \
		"$(ms "$t1")" &&
		between "end of $A" "$(time_of to "$A")" "$deleted" \
			"$(ms "$t2")" &&
		matches "text" "$(m46ctl history 198.51.100.7 at "@$t1" \
			file "$DB")" "^mt +$A +198\.51\.100\.7 +[0-9]" &&
		same "lines of text" "$(m46ctl history 198.51.100.7 \
			at "@$t1" file "$DB" | wc -l)" 2
}

# ms SECONDS.MICROSECONDS
ms()
{
	local digits=${1/[.,]/}

	echo $((digits / 1000))
}

# The timer of 3 seconds may be written a second late.
expired()
{
	local last

	mt "alloc-rate 0 expires 3" && new_store && hello "$A" || return
	last=$(now)
	slowwait 10 log_store stored "$A" &&
		slowwait 15 log_store forgotten "$A" || return
	between "end of $A" "$(time_of to "$A")" $((last + 1000)) \
		$((last + 4500)) &&
		same "in the kernel" "$(addr_of "$A")" ""
}

# --- events are lost

# In a user namespace the service has no more room for events than anybody.
there()
{
	nsenter --preserve-credentials -t "$user" -U -n "$@"
}

is_there()
{
	[ "$(readlink "/proc/$user/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
		there true 2> /dev/null
}

lost()
{
	unshare -Urn true 2> /dev/null ||
		{ echo "no user namespaces"; return "$ksft_skip"; }
	rm -f "$DB" "$DB"-* "$DB.lock"
	# who is no administrator gets no more; newer kernels give 4 MiB
	limit=$(sysctl -n net.core.rmem_max) || return
	defer sysctl -qw net.core.rmem_max="$limit"
	sysctl -qw net.core.rmem_max=212992
	unshare -Urn sleep 1000 &
	user=$!
	defer kill_quietly "$user"
	slowwait 10 is_there || return
	there m46ctl -b - <<-END || return
	dev add mt mode m46t prefix 2001:db8:46::/96
	entry add 2001:db8::1 192.0.2.1 dev mt
	END
	: > "$TMP/store.log"
	nsenter --preserve-credentials -t "$user" -U -n \
		m46ctl store run file "$DB" > "$TMP/store.log" 2>&1 &
	store=$!
	defer kill_quietly "$store"
	slowwait 10 log_store stored 2001:db8::1 || return
	kill -STOP "$store"
	awk 'BEGIN {
		for (i = 0; i < 2000; i++)
			printf "entry add 2001:db8:9::%x 10.0.%d.%d dev mt\n",
				i + 1, i / 250, i % 250 + 1
		print "entry del 2001:db8::1 dev mt"
	}' | there m46ctl -b - || return
	kill -CONT "$store"
	slowwait 20 log_store n_stored 2000 || return
	matches "log" "$(cat "$TMP/store.log")" 'events were lost' &&
		slowwait 5 forgotten 2001:db8::1
}

need_cmd jq nsenter python3 setpriv sysctl unshare
load_m46
setup_m46t
ktap_plan 7
ktap_test "entries that traffic makes are stored (M46T-42)" \
	in_defer_scope traffic_is_stored
ktap_test "the service is killed and started again" in_defer_scope killed
ktap_test "a device comes back: its entries, with the time they had left (M46T-38)" \
	in_defer_scope device_again
ktap_test "the module comes back: likewise (M46T-38)" in_defer_scope module_again
ktap_test "who had an address, and when (M46T-42)" in_defer_scope who
ktap_test "the end of what expired (M46T-42)" in_defer_scope expired
ktap_test "events are lost, nothing else" in_defer_scope lost
ktap_done
