#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of monitor, store and history against mock_server.c, which plays the
# kernel in a process of its own, so that either side can be killed. KTAP.
# Needs no module, no privileges. M46CTL names the program linked with
# mock_remote.c and sanitizers; m46ctl-plain is the same without, mock_server
# and test_power are beside it, too.
#
# Each function test_* is a group with a kernel and a directory of its own;
# they mostly wait, so all run at once.

ctl=$(realpath "${M46CTL:-.check/m46ctl-remote}")
bin=$(dirname "$ctl")
fast=$bin/m46ctl-plain
tmp=$(mktemp -d) || exit 4
groups=
trap 'kill $groups 2> /dev/null; rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99}
export NO_COLOR=1
export TZ=UTC0 LC_ALL=C

# What is promised within a second is promised by a machine that is not busy
# with other things: those who may, go before them.
urgent="chrt --rr 1"
$urgent true 2> /dev/null || urgent=

# --- one group: its directory is the working directory

result()	# CODE NAME
{
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		[ -s log ] && tail -n 20 log | sed 's/^/# log: /'
	fi
}

# check NAME COMMAND...
check()
{
	local name=$1

	shift
	"$@" > check.out 2>&1
	result $? "$name"
}

same()	# NAME GOT WANT
{
	[ "$2" = "$3" ]
	result $? "$1"
	[ "$2" = "$3" ] && return
	echo "# got:  ${2//$'\n'/$'\n'# got:  }"
	echo "# want: ${3//$'\n'/$'\n'# want: }"
}

wait_for()	# SECONDS COMMAND...
{
	local end=$((SECONDS + $1))

	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.05
	done
}

mock()
{
	# shellcheck disable=SC2086 # words
	$urgent "$bin/mock_server" "$PWD/kernel" "$@"
}

# start_kernel [IFINDEX]: a new one is a machine that has booted
start_kernel()
{
	# shellcheck disable=SC2086 # words
	MOCK_IFINDEX=${1:-10} $urgent "$bin/mock_server" "$PWD/kernel" \
		>> log.kernel 2>&1 < /dev/null &
	kernel=$!
	export MOCK_SERVER=$PWD/kernel
	wait_for 5 mock count
}

stop_kernel()
{
	kill -9 "$kernel"
	wait "$kernel" 2> /dev/null
	sed 's/^/# mock_server: /' log.kernel
	rm log.kernel
}

# start_store [WORD VALUE...]: until it is ready
start_store()
{
	mock notified > notes
	: > notes
	# shellcheck disable=SC2086 # words
	NOTIFY_SOCKET=$PWD/kernel.notify $urgent "${program:-$ctl}" store run \
		file "$PWD/s.db" "$@" >> log 2>&1 < /dev/null &
	store=$!
	wait_for 20 is_ready
}

is_ready()
{
	mock notified >> notes
	grep -q READY=1 notes
}

# A dump that began after this call is over, and what it told is on disk.
wait_for_dump()
{
	local n

	n=$(mock dumps)
	wait_for 20 dumped $((n + 2))
	sleep 0.5
}

dumped()
{
	[ "$(mock dumps)" -ge "$1" ]
}

kill_store()
{
	kill -9 "$store"
	wait "$store" 2> /dev/null
}

# stop_store: its exit code
stop_store()
{
	kill -TERM "$store"
	wait "$store"
}

# "V6 V4 to-or-still" of everything, sorted
rows()
{
	"$ctl" history "${1:-::/0}" file s.db |
		awk 'NR > 1 { print $2, $3, $NF == "-" ? "still" : "over" }' |
		sort
}

rows_are()
{
	[ "$(rows)" = "$1" ]
}

# row_is "V6 V4 STATE"
row_is()
{
	[ "$(rows "${1%% *}")" = "$1" ]
}

count_is()
{
	[ "$(mock count)" = "$1" ]
}

said()
{
	grep -q -- "$1" log
}

# seconds that an entry has left in the kernel
left()
{
	mock list | awk -v a="$1" '$2 == a { print $4 }'
}

# --- monitor

# the times of lines of JSON and text
without_time()
{
	sed -E 's/"time":"[0-9-]{10}T[0-9:.]{12}Z"/"time":T/
		s/^[0-9-]{10} [0-9:.]{12} /T /
		s/"expires":[0-9]+/"expires":N/
		s/expires [0-9]+[smh]/expires N/'
}

listening()
{
	[ "$(mock listeners)" = 1 ]
}

has_lines()
{
	[ "$(wc -l < "$1")" -ge "$2" ]
}

test_monitor()
{
	start_kernel
	mock add t1 100
	mock pool t1 10.0.0.0/24
	mock new t1 2001:db8::1 10.0.0.1
	: > json
	"$ctl" monitor > text 2> log &
	local text=$!
	"$ctl" -j -p monitor entry >> json 2> log &
	local json=$!
	wait_for 10 dumped 2
	mock new t1 2001:db8::2 10.0.0.2
	mock new t1 2001:db8::3 10.0.0.3 static
	mock expired t1 2001:db8::1
	mock deleted t1 2001:db8::3
	mock high t1
	mock exhausted t1
	check "monitor prints line by line" wait_for 5 has_lines text 6
	same "monitor as text" "$(without_time < text)" \
'T  new             t1    2001:db8::2      <-> 10.0.0.2   dynamic expires N
T  new             t1    2001:db8::3      <-> 10.0.0.3   static
T  expired         t1    2001:db8::1      <-> 10.0.0.1   dynamic expires N
T  deleted         t1    2001:db8::3      <-> 10.0.0.3   static
T  pool-high       t1    10.0.0.0/24  size 254 used 1 free 253
T  pool-exhausted  t1    all pools  size 254 used 1 free 253'
	same "monitor entry as JSON, a line each" "$(without_time < json)" \
'{"time":T,"event":"new","dev":"t1","ifindex":10,"ipv6":"2001:db8::2","ipv4":"10.0.0.2","type":"dynamic","expires":N}
{"time":T,"event":"new","dev":"t1","ifindex":10,"ipv6":"2001:db8::3","ipv4":"10.0.0.3","type":"static"}
{"time":T,"event":"expired","dev":"t1","ifindex":10,"ipv6":"2001:db8::1","ipv4":"10.0.0.1","type":"dynamic","expires":N}
{"time":T,"event":"deleted","dev":"t1","ifindex":10,"ipv6":"2001:db8::3","ipv4":"10.0.0.3","type":"static"}'
	kill -TERM $text
	wait $text
	same "monitor ends on SIGTERM" $? 0

	: > json
	mock lose 2
	mock new t1 2001:db8::4 10.0.0.4
	mock deleted t1 2001:db8::2
	mock new t1 2001:db8::5 10.0.0.5
	wait_for 5 has_lines json 4
	sleep 0.3
	# whether the resync or the event comes first is up to the weather
	same "monitor tells what it has missed, once" \
		"$(without_time < json | sed 's/"resync","change":"new"/"new"/' |
			sort)" \
'{"time":T,"event":"lost"}
{"time":T,"event":"new","dev":"t1","ifindex":10,"ipv6":"2001:db8::4","ipv4":"10.0.0.4","type":"dynamic","expires":N}
{"time":T,"event":"new","dev":"t1","ifindex":10,"ipv6":"2001:db8::5","ipv4":"10.0.0.5","type":"dynamic","expires":N}
{"time":T,"event":"resync","change":"gone","dev":"t1","ifindex":10,"ipv6":"2001:db8::2","ipv4":"10.0.0.2","type":"dynamic"}'

	: > json
	mock unload
	mock load
	mock add t1 100
	wait_for 5 has_lines json 4
	mock new t1 2001:db8::6 10.0.0.6
	wait_for 5 has_lines json 5
	same "monitor outlives the module" \
		"$(sed -n 's/.*"event":"\([a-z]*\)".*/\1/p' json | uniq)" \
'unloaded
loaded
resync
new'
	kill -INT $json
	wait $json
	same "monitor ends on SIGINT" $? 0

	"$ctl" -j monitor pool > json 2> log &
	json=$!
	wait_for 10 listening
	mock pool t1 10.0.0.0/24
	mock lose 1
	mock new t1 2001:db8::7 10.0.0.7
	mock exhausted t1
	check "monitor pool hears no entries" wait_for 5 has_lines json 1
	same "monitor pool as JSON" "$(without_time < json)" \
'{"time":T,"event":"pool-exhausted","dev":"t1","ifindex":11,"prefix":null,"size":254,"used":2,"free":252}'
	kill -INT $json
	wait $json

	"$ctl" monitor > /dev/full 2> err &
	json=$!
	wait_for 10 listening
	mock high t1
	wait $json
	same "monitor to a full disk: exit code" $? 1
	check "monitor to a full disk: says so" grep -q 'No space left' err
	"$ctl" monitor rule > out 2> err
	same "monitor of what is not there yet" "$?$(cat err)" \
'2m46ctl: monitor: unknown command "rule", try m46ctl monitor help'
	stop_kernel
	"$ctl" monitor > out 2> err
	same "monitor without a kernel" $? 1
}

# --- the store, day by day

test_record()
{
	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock silent t1 2001:db8::1 10.0.0.1
	mock silent t1 2001:db8::2 10.0.0.2 static
	start_store refresh 1
	same "store: what was there before" "$(rows)" \
'2001:db8::1 10.0.0.1 still
2001:db8::2 10.0.0.2 still'
	mock new t1 2001:db8::3 10.0.0.3
	mock new t1 2001:db8::4 10.0.0.4
	mock new t1 2001:db8::5 10.0.0.5 static
	mock expired t1 2001:db8::3
	mock deleted t1 2001:db8::2
	sleep 0.9
	same "store: events within a second" "$(rows)" \
'2001:db8::1 10.0.0.1 still
2001:db8::2 10.0.0.2 over
2001:db8::3 10.0.0.3 over
2001:db8::4 10.0.0.4 still
2001:db8::5 10.0.0.5 still'
	mock new t1 2001:db8::3 10.0.0.33
	mock lose 2
	mock deleted t1 2001:db8::4
	mock new t1 2001:db8::6 10.0.0.6
	mock new t1 2001:db8::7 10.0.0.7
	check "store: lost events are made up for" wait_for 6 rows_are \
'2001:db8::1 10.0.0.1 still
2001:db8::2 10.0.0.2 over
2001:db8::3 10.0.0.3 over
2001:db8::3 10.0.0.33 still
2001:db8::4 10.0.0.4 over
2001:db8::5 10.0.0.5 still
2001:db8::6 10.0.0.6 still
2001:db8::7 10.0.0.7 still'
	check "store: says that events were lost" said "events were lost"
	local dumps state
	dumps=$(mock dumps)
	mock vanish t1 2001:db8::7
	wait_for 10 dumped $((dumps + 1))
	state=$(rows 2001:db8::7)
	# too late to see it where the second dump came meanwhile
	dumped $((dumps + 2)) ||
		same "store: missing from one dump is not gone" "$state" \
			"2001:db8::7 10.0.0.7 still"
	check "store: missing from two dumps is" wait_for 10 row_is \
		"2001:db8::7 10.0.0.7 over"
	mock torn 1
	wait_for_dump
	mock new t1 2001:db8::8 10.0.0.8
	wait_for_dump
	same "store: interrupted dumps do no harm" "$(rows | grep -c still)" 5
	mock torn 0
	mock rename t1 t2
	wait_for_dump
	same "store: entries of a renamed device" \
		"$("$ctl" history 2001:db8::8 file s.db |
			awk 'NR > 1 { print $1, $NF == "-" ? "still" : "over" }')" \
't1 over
t2 still'
	"$ctl" store run file s.db 2> err
	same "store: not twice" "$?$(cat err)" \
"1m46ctl: store run: s.db: another m46ctl store run works with it"
	stop_store
	same "store ends on SIGTERM" $? 0
	check "store told systemd" wait_for 5 grep -q STOPPING=1 <(mock notified)
	same "store: nothing else was said" \
		"$(grep -cv 'events were lost' log)" 0
	stop_kernel
}

test_restore()
{
	

	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock pool t1 192.0.2.0/24
	start_store refresh 1
	for i in 1 2 3 4; do
		mock new t1 2001:db8::$i 10.0.0.$i
	done
	mock new t1 2001:db8::5 192.0.2.5
	mock new t1 2001:db8::6 10.1.0.6
	mock new t1 2001:db8::7 10.0.0.7 static
	mock new t1 2001:db8::8 10.0.0.8
	mock touch t1 2001:db8::2 3000
	mock touch t1 2001:db8::3 3
	mock touch t1 2001:db8::4 604800
	wait_for_dump
	kill_store
	stop_kernel
	sleep 3

	start_kernel 20
	start_store refresh 60
	mock add other 7440
	mock add t1 7000
	sleep 1
	check "restore: nothing before there are pools" count_is 0
	mock pool t1 192.0.2.0/24
	check "restore: what the first pool covers" wait_for 5 count_is 1
	mock silent t1 2001:db8::99 10.0.0.8
	mock pool t1 10.0.0.0/16
	check "restore: what the second pool covers" wait_for 5 count_is 5
	check "restore: the remaining time" test \
		"$(left 2001:db8::2)" -ge 2400 -a "$(left 2001:db8::2)" -le 2997
	check "restore: not longer than the device's" test \
		"$(left 2001:db8::4)" -le 7000
	same "restore: nothing whose time has passed" \
		"$(left 2001:db8::3)" ""
	sleep 2
	same "restore: what is in force again" "$(rows)" \
'2001:db8::1 10.0.0.1 still
2001:db8::2 10.0.0.2 still
2001:db8::3 10.0.0.3 over
2001:db8::4 10.0.0.4 still
2001:db8::5 192.0.2.5 still
2001:db8::6 10.1.0.6 over
2001:db8::7 10.0.0.7 over
2001:db8::8 10.0.0.8 over
2001:db8::99 10.0.0.8 still'
	check "restore: says what was refused" said \
		'2001:db8::8 10.0.0.8 dev t1: cannot be restored: IPv4 address has an entry'
	check "restore: what no pool covers is refused in the end" \
		wait_for 20 said 'dev t1: cannot be restored: IPv4 address is not one that a pool gives out'
	mock pool t1 10.1.0.0/16
	check "restore: unless its pool was only late" wait_for 5 row_is \
		"2001:db8::6 10.1.0.6 still"

	# the device goes and comes back, and the module does
	mock del t1
	check "restore: over while the device is away" wait_for 5 row_is \
		"2001:db8::1 10.0.0.1 over"
	mock add t1 7440
	mock pool t1 10.0.0.0/16
	check "restore: the device is back" wait_for 5 count_is 4
	check "restore: in force again, as one entry" wait_for 5 row_is \
		"2001:db8::1 10.0.0.1 still"
	mock unload
	check "restore: over without the module" wait_for 5 row_is \
		"2001:db8::1 10.0.0.1 over"
	mock load
	mock add t1 7440
	mock pool t1 10.0.0.0/16
	check "restore: the module is back" wait_for 5 count_is 4
	mock new t1 2001:db8::a 10.0.0.10
	check "restore: and tells events" wait_for 5 row_is \
		"2001:db8::a 10.0.0.10 still"

	# the service alone is away
	kill_store
	mock deleted t1 2001:db8::1
	mock new t1 2001:db8::b 10.0.0.11
	start_store refresh 1
	check "restore: not what was deleted meanwhile" wait_for 5 row_is \
		"2001:db8::1 10.0.0.1 over"
	check "restore: what came meanwhile" wait_for 5 row_is \
		"2001:db8::b 10.0.0.11 still"
	check "restore: nothing that is there" count_is 5

	# a kernel that refuses all, or for the time being
	mock del t1
	mock refuse 1
	mock add t1 7440
	mock pool t1 10.0.0.0/16
	check "restore: without privileges" wait_for 5 said \
		"cannot be restored: this needs CAP_NET_ADMIN"
	check "restore: waits" count_is 0
	mock refuse 0
	check "restore: tries again" wait_for 5 count_is 5
	stop_store
	same "restore: exit code" $? 0
	stop_kernel
}

test_one()
{
	start_kernel
	mock add t2 7440
	mock new t2 2001:db8:2::1 10.0.0.1
	start_store dev t1 refresh 1
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock new t1 2001:db8:1::1 10.0.0.1
	mock new t2 2001:db8:2::2 10.0.0.2
	wait_for_dump
	same "one device: its entries" "$(rows)" \
		"2001:db8:1::1 10.0.0.1 still"
	mock del t1
	mock new t2 2001:db8:2::3 10.0.0.3
	sleep 0.5
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	check "one device: restored" wait_for 5 count_is 4
	stop_store
	same "one device: no other" "$(rows)" "2001:db8:1::1 10.0.0.1 still"
	stop_kernel
}

test_many()
{
	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock fill t1 20000
	start_store
	same "20000: stored" "$("$ctl" -j store show file s.db |
		sed 's/.*"entries":\([0-9]*\).*/\1/')" 20000
	mock burst t1 20000 30001
	sleep 0.9
	same "20000 events: stored after 1 s" "$(rows 10.0.0.0/8 | wc -l)" 40000
	kill_store
	stop_kernel
	start_kernel 20
	start_store refresh 1
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	check "40000: restored" wait_for 20 count_is 40000
	check "40000: says so" wait_for 5 said \
		"t1: 40000 entries restored, 0 had expired, 0 were refused"
	# the kernel takes its time with an answer, or never gives it
	mock mute 1
	sleep 1.5
	mock new t1 2001:db8::1 10.9.9.9
	sleep 0.9
	same "events while an answer is overdue" "$(rows 10.9.9.9)" \
		"2001:db8::1 10.9.9.9 still"
	mock mute 0
	check "an answer that never comes is asked for again" wait_for 20 \
		dumped $(($(mock dumps) + 1))
	stop_store
	same "40000: exit code" $? 0
	stop_kernel
}

# What a dump says of entries that come and go meanwhile is old.
test_race()
{
	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock fill t1 50000
	program=$fast start_store refresh 1
	mock churn t1 4000
	sleep 6
	mock churn t1 0
	check "race: the same entries in the end" wait_for 20 stored_as_dumped
	same "race: no entry twice" "$("$plain" history ::/0 file s.db |
		awk '{ print $2, $3 }' | sort | uniq -d | wc -l)" 0
	check "race: there was something to see" test \
		"$(rows | grep -c over)" -ge 1000
	stop_store
	stop_kernel
}

stored_as_dumped()
{
	[ "$("$plain" history ::/0 file s.db |
		awk '$NF == "-" { print $2, $3 }' | sort | md5sum)" = \
	  "$(mock list | awk '{ print $2, $3 }' | sort | md5sum)" ]
}

# --- questions

# times of history, as they are printed: field NUMBER of entry ADDRESS
field()
{
	"$ctl" -j history "$2" file s.db |
		sed "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/"
}

hosts()
{
	"$ctl" history "$@" file s.db |
		awk 'NR > 1 { printf "%s%s", sep, $2; sep = " " } END { print "" }'
}

test_history()
{
	local from to second between

	start_kernel
	mock add t1 7440
	mock add t2 7440
	mock pool t1 10.0.0.0/8
	start_store
	mock new t2 2001:db8:2::1 10.0.0.1
	mock new t1 2001:db8::1 10.0.0.1
	sleep 1.1
	mock deleted t1 2001:db8::1
	sleep 1.1
	mock new t1 2001:db8::2 10.0.0.1
	mock new t1 2001:db8:0:1::3 10.0.1.3 static
	wait_for 10 rows_are \
'2001:db8:0:1::3 10.0.1.3 still
2001:db8:2::1 10.0.0.1 still
2001:db8::1 10.0.0.1 over
2001:db8::2 10.0.0.1 still'
	from=$(field from 2001:db8::1)
	to=$(field to 2001:db8::1)
	second=${to%.*}Z
	same "history: of an IPv4 address" "$(hosts 10.0.0.1)" \
		"2001:db8:2::1 2001:db8::1 2001:db8::2"
	same "history: of one device" "$(hosts 10.0.0.1 dev t1)" \
		"2001:db8::1 2001:db8::2"
	same "history: of an IPv6 address" "$(hosts 2001:db8::2)" "2001:db8::2"
	same "history: of prefixes" \
		"$(hosts 2001:db8::/64); $(hosts 10.0.1.0/24); $(hosts 11.0.0.0/8)" \
		"2001:db8::1 2001:db8::2; 2001:db8:0:1::3; "
	same "history: in its first millisecond" \
		"$(hosts 10.0.0.1 dev t1 at "$from")" "2001:db8::1"
	same "history: in the millisecond of its end" \
		"$(hosts 10.0.0.1 at "$to" dev t1)" "2001:db8::1"
	same "history: in the second of its end" \
		"$(hosts 10.0.0.1 dev t1 at "$second")" "2001:db8::1"
	between=$(($(date -u -d "$to" +%s%3N) + 500))
	between=$((between / 1000)).$(printf %03d $((between % 1000)))
	same "history: nobody between" \
		"$(hosts 10.0.0.1 dev t1 at "@$between")" ""
	same "history: now" "$(hosts 10.0.0.1 dev t1 at now)" "2001:db8::2"
	same "history: before" "$(hosts 10.0.0.0/8 to 1h ago)" ""
	same "history: from and to" \
		"$(hosts 10.0.0.1 dev t1 from yesterday 12:00 to "$second")" \
		"2001:db8::1"
	same "history: since" "$(hosts 10.0.0.1 dev t1 from now)" "2001:db8::2"
	same "history: from is the first moment" \
		"$(hosts 10.0.0.1 dev t1 from "$to" to now)" \
		"2001:db8::1 2001:db8::2"
	same "history: as JSON" "$("$ctl" -j history 10.0.0.0/16 file s.db \
		from "$to" dev t1 | sed -E 's/"[0-9-]{10}T[0-9:.]{12}Z"/T/g')" \
'[{"dev":"t1","ipv6":"2001:db8::1","ipv4":"10.0.0.1","from":T,"to":T},
{"dev":"t1","ipv6":"2001:db8::2","ipv4":"10.0.0.1","from":T,"to":null},
{"dev":"t1","ipv6":"2001:db8:0:1::3","ipv4":"10.0.1.3","from":T,"to":null}]'
	same "history: as text" "$("$ctl" -s history 10.0.1.3 file s.db |
		sed -E 's/[0-9-]{10} [0-9:.]{12}/T/g')" \
'DEV  IPV6             IPV4      TYPE    FROM                     TO
t1   2001:db8:0:1::3  10.0.1.3  static  T  -'
	refused "history: without address" history \
		"history: V4, V6 or PREFIX is missing"
	refused "history: of nonsense" "history nonsense" \
		'history: "nonsense" is not an IP address'
	refused "history: at nonsense" "history 10.0.0.1 at half past" \
		'history: at: "half past" is not a time (14:02, 2026-11-17 14:02, tuesday 14:02, yesterday, 2h ago, @SECONDS)'
	refused "history: at without time" "history 10.0.0.1 at dev t1" \
		"history: at: value missing (TIME)"
	refused "history: at and from" "history 10.0.0.1 at now from 1h ago" \
		"history: either at, or from and to"
	refused "history: backwards" "history 10.0.0.1 from now to 1h ago" \
		"history: from is later than to"
	refused "history: unknown word" "history 10.0.0.1 when now" \
		'history: unknown word "when"'
	refused "history: of a device that never was" \
		"history 10.0.0.1 dev t9 file s.db" \
		"history: t9: no such device in the store"
	refused "history: no file" "history 10.0.0.1 file none" \
		"history: none: No such file or directory"
	if as_nobody "$ctl" -V > /dev/null 2>&1; then
		chmod 711 "$tmp"
		as_nobody "$ctl" history 10.0.0.1 file s.db > out 2> err
		same "history: while the service of another user runs" \
			"$(wc -l < out)$(cat err)" 4
	fi
	stop_store
	same "history: without the service" "$(hosts 10.0.0.1 dev t1)" \
		"2001:db8::1 2001:db8::2"
	read_only
	stop_kernel
}

# refused NAME WORDS ERROR
refused()
{
	local got

	# shellcheck disable=SC2086 # words
	"$ctl" $2 > out 2> err
	got=$?$(cat out err)
	same "$1" "$got" "1m46ctl: $3"
}

# Root may write everything: be somebody else, who may read.
as_nobody()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

read_only()
{
	local file

	chmod 711 "$tmp"
	mkdir ro
	cp s.db ro/bare.db
	cp s.db s.db-wal s.db-shm ro/
	chmod 444 ro/*
	chmod 555 ro
	if ! as_nobody "$ctl" -V > /dev/null 2>&1; then
		echo "ok - history: read-only # SKIP no other user can run this"
		return
	fi
	for file in s.db bare.db; do
		as_nobody "$ctl" history 10.0.0.1 file ro/$file > out 2> err
		same "history: $file in a directory that is read-only" \
			"$(wc -l < out)$(cat err)" 4
	done
	as_nobody "$ctl" store run file ro/s.db > out 2>&1
	same "store: a directory that is read-only" "$?$(cat out)" \
		"1m46ctl: store run: ro/s.db.lock: Permission denied"
	chmod 755 ro
	mkdir rw
	cp s.db rw
	chmod 777 rw
	chmod 444 rw/s.db
	as_nobody "$ctl" store run file rw/s.db > out 2>&1
	same "store: a file that is read-only" "$?$(cat out)" \
		"1m46ctl: store run: rw/s.db: read-only"
}

# --- what can befall a file

test_damage()
{
	local size

	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock fill t1 2000
	start_store
	same "show: text" "$("$ctl" store show file s.db |
		sed -E 's/size [0-9]+/size N/; s/[0-9-]{10} [0-9:.]{12}/T/')" \
's.db: schema 1 size N entries 2000 history 0
    committed T integrity ok
    entries by device: t1 2000'
	stop_store
	same "show: JSON" "$("$ctl" -j store show file s.db |
		sed -E 's/"size":[0-9]+/"size":N/; s/"[0-9T:.-]+Z"/T/')" \
'[{"file":"s.db","schema":1,"size":N,"entries":2000,"history":0,"committed":T,"integrity":"ok","devices":{"t1":2000}}]'

	# a page in the middle
	rm -f s.db-wal s.db-shm
	cp s.db good.db
	dd if=/dev/urandom of=s.db bs=4096 seek=12 count=8 conv=notrunc \
		2> /dev/null
	"$ctl" store show file s.db > out 2> err
	same "show: damage: exit code" $? 1
	check "show: damage: one line" grep -q \
		'^m46ctl: store show: s.db: damaged: ' err
	same "show: damage: no more lines" "$(wc -l < err)" 1
	: > log
	start_store
	check "damage: says so" said 's.db: damaged (.*), set aside as .*s.db.damaged-.*Z, beginning a new one'
	same "damage: set aside" "$(find . -name 's.db.damaged-*Z' | wc -l)" 1
	same "damage: begins anew" "$(rows 10.0.0.0/8 | wc -l)" 2000
	stop_store

	# not a database at all, an empty one, half of one
	rm -f s.db*
	head -c 20000 /dev/urandom > s.db
	: > log
	start_store
	check "rubbish: says so" said 'damaged (file is not a database)'
	stop_store
	rm -f s.db*
	: > s.db
	: > log
	start_store
	same "an empty file: nothing said" "$(cat log)" ""
	stop_store
	rm -f s.db*
	size=$(stat -c %s good.db)
	head -c $((size / 2)) good.db > s.db
	: > log
	start_store
	check "half a file: says so" said "damaged (.*), set aside"
	stop_store
	same "half a file: begins anew" "$(rows 10.0.0.0/8 | wc -l)" 2000

	# damage while it runs: the next start has a whole one
	: > log
	start_store refresh 1
	dd if=/dev/urandom of=s.db bs=4096 seek=1 count=20 conv=notrunc \
		2> /dev/null
	rm -f s.db
	wait "$store"
	same "removed while it runs: exit code" $? 1
	check "removed while it runs: says so" said 's.db: somebody has removed it'

	# other people's files
	rm -f s.db*
	cp "$other_db" s.db
	"$ctl" store run file s.db > out 2>&1
	same "another program's database" "$?$(cat out)" \
		"1m46ctl: store run: s.db: not a store of m46ctl, but another database"
	"$ctl" store show file s.db > out 2>&1
	same "show: another program's database" "$?$(cat out)" \
		"1m46ctl: store show: s.db: not a store of m46ctl, but another database"
	rm -f s.db*
	cp good.db s.db
	# user_version is at byte 60
	printf '\0\0\0\7' | dd of=s.db bs=1 seek=60 conv=notrunc 2> /dev/null
	"$ctl" store run file s.db > out 2>&1
	same "a schema of the future" "$?$(cat out)" \
		"1m46ctl: store run: s.db: schema 7, this m46ctl knows 1"
	refused "store run: bad time" "store run keep 5y" \
		'store run: keep: "5y" is not a time (as 90s, 15m, 2h, 7d)'
	refused "store run: no directory" "store run file no/s.db" \
		"store run: no/s.db.lock: No such file or directory"
	refused "store show: no file" "store show file no/s.db" \
		"store show: no/s.db: No such file or directory"
	stop_kernel
}

test_full()
{
	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	mock new t1 2001:db8::1 10.0.0.1
	start_store refresh 1
	stop_store
	: > log
	# No file may grow beyond 200 KiB: the log of the database hits that.
	(
		ulimit -S -f 200
		exec "$ctl" store run file s.db refresh 1
	) >> log 2>&1 < /dev/null &
	store=$!
	wait_for 5 test -s s.db-wal
	mock burst t1 5000
	check "full: says so" wait_for 5 said \
		's.db: cannot be written: .*: keeping it in memory, trying again'
	sleep 2.5
	same "full: once" "$(wc -l < log)" 1
	same "full: what was there is there" "$(rows 2001:db8::1)" \
		"2001:db8::1 10.0.0.1 still"
	check "full: the file is whole" "$ctl" store show file s.db
	if prlimit --pid "$store" --fsize=unlimited: 2> /dev/null; then
		check "full: space again" wait_for 5 said "s.db: written again"
		same "full: nothing is lost" "$(rows 10.0.0.0/8 | wc -l)" 5000
		stop_store
		same "full: exit code" $? 0
	else
		stop_store
		same "full to the end: exit code" $? 1
	fi
	stop_kernel
}

test_keep()
{
	start_kernel
	mock add t1 7440
	mock pool t1 10.0.0.0/8
	start_store
	mock new t1 2001:db8::1 10.0.0.1
	mock new t1 2001:db8::2 10.0.0.2
	mock deleted t1 2001:db8::1
	sleep 1
	mock fill t1 3000 5000
	stop_store
	start_store keep 1h
	same "keep: what is not old" "$(rows 2001:db8::/112)" \
'2001:db8::1 10.0.0.1 over
2001:db8::2 10.0.0.2 still'
	stop_store
	stop_kernel
	# what was there is over at once: another device of that name
	start_kernel 10
	mock add t1 7440
	start_store keep 1h
	same "keep: history of many" "$(rows 10.0.0.0/8 | grep -c over)" 3002
	stop_store
	sleep 1
	start_store keep 1s
	check "keep: is forgotten bit by bit" wait_for 5 rows_are ""
	stop_store
	stop_kernel
}

# --- SIGKILL at random moments, and power failures

# What the store does not know though it should: entries that were made while
# it ran (which is from READY to SIGKILL), or that were there when it had
# started, and their ends, more than a second before one of the kills.
missing()
{
	"$plain" history ::/0 file s.db > now || return
	awk -v lives="$lives" '
	function owed(t, end,	i, begin) {
		for (i = 1; i < n; i += 2) {
			begin = span[i] > t ? span[i] : t
			if (span[i + 1] - begin >= 1 &&
			    (t >= span[i] || end > begin))
				return 1
		}
		return 0
	}
	BEGIN {
		n = split(lives, span, " ")
	}
	FILENAME == "now" {
		state[$3] = $NF == "-" ? "still" : "over"
		next
	}
	$1 == "N" {
		born[$4] = $2 / 1e9
		next
	}
	$1 == "D" {
		died[$4] = $2 / 1e9
	}
	END {
		for (a in born) {
			if (!owed(born[a], a in died ? died[a] : 1e12))
				continue
			checked++
			if (!(a in state)) {
				print a, "is missing"
				bad++
			} else if (a in died && state[a] != "over" &&
				   owed(died[a], 1e12)) {
				print a, "is not over"
				bad++
			}
		}
		print "# checked", checked + 0 > "checked"
		exit bad > 0
	}' now truth
}

test_kill()	# NUMBER
{
	local i begin end stall lives="" whole=0 complete=0 rounds=13 sum=0

	start_kernel
	mock add t1 7440
	mock truth "$PWD/truth"
	mock churn t1 300
	for ((i = 0; i < rounds; i++)); do
		mock notified > /dev/null
		# shellcheck disable=SC2086 # words
		NOTIFY_SOCKET=$PWD/kernel.notify $urgent "$fast" store run \
			file s.db refresh 1 >> log 2>&1 < /dev/null &
		store=$!
		# most are long enough to owe something
		sleep "$(awk -v r=$RANDOM 'BEGIN {
			printf "%.3f", 0.02 + r / 32768 * 2.4 }')"
		end=$EPOCHREALTIME
		kill_store
		begin=$(mock notified | awk '$2 == "READY=1" { print $1 }')
		# a machine that lets nobody run for long owes nothing
		stall=$(mock stall)
		[ "${stall%.*}${stall#*.}" -lt 250 ] || begin=$end
		lives+=" ${begin:-$end} $end"
		if "$plain" store show file s.db > shown 2>&1; then
			whole=$((whole + 1))
		elif [ ! -s s.db ]; then
			# killed before there was one
			whole=$((whole + 1))
			complete=$((complete + 1))
			continue
		else
			sed 's/^/# /' shown
		fi
		if missing > lost; then
			complete=$((complete + 1))
		else
			head -n 3 lost | sed "s/^/# life $i: /"
		fi
		sum=$((sum + $(cut -d ' ' -f 3 checked)))
	done
	same "killed $rounds times ($1): the file is whole" $whole $rounds
	same "killed $rounds times ($1): nothing older than 1 s is lost" \
		$complete $rounds
	echo "# $sum times an event was looked for"
	mock churn t1 0
	: > log
	start_store refresh 1
	check "killed $rounds times ($1): all is there in the end" \
		wait_for 10 stored_as_dumped
	stop_store
	stop_kernel
}

test_power()
{
	start_kernel
	mock add t1 7440
	mock truth "$PWD/truth"
	export DISK_LOG=$PWD/disk
	program=$fast start_store refresh 1
	mock churn t1 1500
	sleep 5
	mock churn t1 0
	kill_store
	stop_kernel
	mkdir disks
	"$bin/test_power" disk truth disks 40 > out 2>&1
	result $? "power fails 40 times: nothing older than 1 s is lost"
	sed 's/^[^#]/# &/' out
}

# --- all of it

main()
{
	local group n=0 failed=0 line

	# The plain program is faster where it only reads.
	plain=$(realpath ./m46ctl)
	other_db=$tmp/other.db
	# An SQLite database of another program: one table, made by hand.
	base64 -d << 'END' | gzip -d > "$other_db"
H4sIAAAAAAACA+3XMQoCQQyF4WQQwULGzjalNoJ4AVeZbht1L7DKCguKICk8rSexcERtbGys5P94
r3iQC2SzKltvbH86H2u3mQxEVeZmIhJefdPczsf+Jshkp/3HcbxKDgAAAAAA+DnT7jBGnXq9PTTu
YblORZWsKhZlMrfRZfz8zW+SAwAAAAAA/lDQ0LsDeQSHwgAgAAA=
END
	export plain other_db
	echo "KTAP version 1"
	for group in monitor record restore one many race history damage full keep \
		     "kill 1" "kill 2" "kill 3" "kill 4" power; do
		mkdir "$tmp/${group// /}"
		# shellcheck disable=SC2086 # words
		(
			trap 'kill -9 $(jobs -p) 2> /dev/null' EXIT
			cd "$tmp/${group// /}" && "test_"$group > results 2>&1
		) &
		groups+=" $!"
	done
	# shellcheck disable=SC2086 # words
	wait $groups
	groups=
	for group in monitor record restore one many race history damage full keep \
		     "kill 1" "kill 2" "kill 3" "kill 4" power; do
		while IFS= read -r line; do
			case $line in
			"ok - "*)
				n=$((n + 1))
				echo "ok $n ${line#ok - }"
				;;
			"not ok - "*)
				n=$((n + 1))
				failed=$((failed + 1))
				echo "not ok $n ${line#not ok - }"
				;;
			"#"*)
				echo "$line"
				;;
			*)
				echo "# $line"
				;;
			esac
		done < "$tmp/${group// /}/results"
	done
	echo "1..$n"
	echo "# Totals: pass:$((n - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
	[ "$failed" = 0 ]
}

main
