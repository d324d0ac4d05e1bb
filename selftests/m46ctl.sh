#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The command: its JSON, its errors (one line, the culprit, the reason), batches,
# and that the module comes by itself.
#
#  +---------- one ----------+      +---------- two ----------+
#  |  pe1   adpt             |      |  pe1   adpt             |
#  |  lo    no m46 device    |      |                         |
#  +-------------------------+      +-------------------------+

# shellcheck disable=SC2154 # setup_ns sets one two
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

one() { m46ctl -n "$one" "$@"; }

# --- JSON

DEV_KEYS="adpt-df burst dscp-ignore ecn ecn-log encap-limit fastpath flowlabel frag \
hoplimit icmp4-errors icmp4-source icmp6-errors icmp6-source ifindex ifname \
lowest-ipv6-mtu md method mode mss-clamp mtu-plateaus nat64 nat64-pool \
peer-method pmtu-errors pool6791 prefix proto-strict-copy rate reserved-bits \
source-check tclass tos-ignore tos-override udp-zero wkp-strict"

# json FILTER COMMAND...: what jq makes of the command's output, on one line
json()
{
	local filter=$1
	shift

	one -j "$@" | jq -r "$filter" | tr '\n' ' '
}

json_is_json()
{
	local cmd

	for cmd in "dev show" "dev show pe1" "rule show" "rule show dev pe1" \
		   "rule get 198.51.100.9 dev pe1" "stats show" \
		   "stats show dev pe1" "-p dev show" "-s dev show" "-s stats show"; do
		# shellcheck disable=SC2086 # words
		one -j $cmd || return
	done > "$TMP/json"
	python3 -c 'import json, sys
text, decoder, n = open(sys.argv[1]).read(), json.JSONDecoder(), 0
while text.strip():
    value, end = decoder.raw_decode(text.lstrip())
    text, n = text.lstrip()[end:], n + 1
print(n)' "$TMP/json" > "$TMP/values" || return
	same "values" "$(cat "$TMP/values")" 10
}

json_dev()
{
	same "keys" "$(json '.[] | select(.ifname == "pe1") | keys[]' dev show)" \
		"$DEV_KEYS " &&
		same "values" "$(json '.[0] | .ifname, .mode, .prefix[],
			.method, .md, ."source-check", ."lowest-ipv6-mtu",
			."udp-zero", .tclass, ."tos-ignore", .rate' \
			dev show pe1)" \
			"pe1 adpt 2001:db8:1::/96 2001:db8:11::/64 translate rules loose 1400 compute inherit false 1000 "
}

json_rules()
{
	same "keys" "$(json '.[0] | keys[]' rule show)" \
		"dev dst local method via " &&
		same "rules" "$(json '.[] | .dst, .via, .local, .dev' rule show)" \
			"198.51.100.0/24 2001:db8:3::/96 false pe1 192.0.2.0/24 2001:db8:1::/96 true pe1 " &&
		same "rule get" "$(json '.. | .dst? // empty' rule get \
			198.51.100.9 dev pe1)" "198.51.100.0/24 " &&
		same "no rules" "$(m46ctl -n "$two" -j rule show)" "[]"
}

json_stats()
{
	same "keys" "$(json '.[] | keys[]' stats show)" "counters dev " &&
		same "counters that are no numbers" "$(json '.[0].counters |
			map(select(type != "number")) | length' stats show)" \
			"0 " &&
		same "two of them" "$(json '.[0].counters | has("no_rule"),
			has("translated_46")' stats show)" "true true "
}

stats_reset()
{
	ip -n "$one" link set pe1 up
	ip -n "$one" address add 192.0.2.1/32 dev lo
	ip -n "$one" route add 203.0.113.0/24 dev pe1 src 192.0.2.1
	ping_ok "$one" 203.0.113.9
	above "no_rule" "$(counter "$one" pe1 no_rule)" 0 &&
		one stats reset dev pe1 &&
		same "no_rule after the reset" "$(counter "$one" pe1 no_rule)" 0
}

# --- refusals: REGEX, then words

errors()
{
	local regex words before after

	before=$(one -j dev show; one -j rule show)
	while IFS='|' read -r regex words; do
		# shellcheck disable=SC2086 # words
		refused "$regex" m46ctl -n "$one" $words || return
	done <<- END
	x1.*mode.*missing|dev add x1 prefix 2001:db8::/96
	x1.*prefix.*missing|dev add x1 mode adpt
	mode.*sit|dev add x1 mode sit prefix 2001:db8::/96
	prefix.*97|dev add x1 mode adpt prefix 2001:db8::/97
	prefix.*128|dev add x1 mode adpt prefix 2001:db8::1/128
	prefix.*/0|dev add x1 mode adpt prefix ::/0
	prefix.*2001:db8::1/96|dev add x1 mode adpt prefix 2001:db8::1/96
	prefix.*192.0.2.0/24|dev add x1 mode adpt prefix 192.0.2.0/24
	multicast|dev add x1 mode adpt prefix ff0e::/96
	link-local|dev add x1 mode adpt prefix fe80::/96
	twice|dev add x1 mode adpt prefix 2001:db8:7::/96,2001:db8:7::/96
	pe1.*[Ee]xists|dev add pe1 mode adpt prefix 2001:db8:7::/96
	lowest-ipv6-mtu.*1279|dev set pe1 lowest-ipv6-mtu 1279
	lowest-ipv6-mtu.*65536|dev set pe1 lowest-ipv6-mtu 65536
	udp-zero.*maybe|dev set pe1 udp-zero maybe
	rate.*0|dev set pe1 rate 0
	word.*colour|dev set pe1 colour blue
	rate.*twice|dev set pe1 rate 5 rate 6
	rate.*missing|dev set pe1 rate
	mtu-plateaus|dev set pe1 mtu-plateaus 500,600
	pool6791.*private|dev set pe1 pool6791 10.0.0.0/24
	none.*[Nn]o such device|dev set none rate 5
	lo.*not an m46 device|dev show lo
	lo|dev del lo
	none|dev del none
	abcdefghijklmnop|dev add abcdefghijklmnop mode adpt prefix 2001:db8::/96
	198.51.100.1/24|rule add 198.51.100.1/24 via 2001:db8:3::/96 dev pe1
	198.51.100.0/33|rule add 198.51.100.0/33 via 2001:db8:3::/96 dev pe1
	127.0.0.0/8.*127/8|rule add 127.0.0.0/8 via 2001:db8:3::/96 dev pe1
	224.0.0.0/4.*224/4|rule add 224.0.0.0/4 via 2001:db8:3::/96 dev pe1
	via.*2001:db8:3::/97|rule add 10.0.0.0/8 via 2001:db8:3::/97 dev pe1
	via.*missing|rule add 10.0.0.0/8 dev pe1
	dev.*missing|rule add 10.0.0.0/8 via 2001:db8:3::/96
	own prefix|rule add 10.0.0.0/8 via 2001:db8:1::/96 dev pe1
	198.51.100.0/24.*exists|rule add 198.51.100.0/24 via 2001:db8:4::/96 dev pe1
	no rule|rule del 10.0.0.0/8 dev pe1
	another mapping prefix|rule del 198.51.100.0/24 via 2001:db8:4::/96 dev pe1
	no rule|rule get 8.8.8.8 dev pe1
	none.*[Nn]o such device|rule flush dev none
	lo.*not an m46 device|rule show dev lo
	lo.*not an m46 device|stats show dev lo
	nofile.*No such file|rule load nofile dev pe1
	END
	after=$(one -j dev show; one -j rule show)
	same "what there is" "$after" "$before"
}

# Not understood: status 2.
usage_errors()
{
	local words rc text

	while read -r words; do
		rc=0
		# shellcheck disable=SC2086 # words
		text=$(one $words 2>&1 > /dev/null) || rc=$?
		same "$words: status" "$rc" 2 &&
			matches "$words" "$text" '^m46ctl: ' || return
	done <<- END
	device show
	dev shov
	-x dev show
	END
	refused 'netns none.*no such' m46ctl -n none dev show
}

unprivileged()
{
	local words

	for words in "dev add x1 mode adpt prefix 2001:db8::/96" \
		     "dev set pe1 rate 5" "dev del pe1" "rule flush dev pe1" \
		     "rule del 198.51.100.0/24 dev pe1" "stats reset dev pe1"; do
		# shellcheck disable=SC2086 # words
		refused 'not permitted' in_one setpriv --reuid 65534 \
			--regid 65534 --clear-groups m46ctl $words || return
	done
	in_one setpriv --reuid 65534 --regid 65534 --clear-groups \
		m46ctl rule show > "$TMP/seen" 2>&1 &&
		same "rules seen" "$(cat "$TMP/seen")" "$(one rule show)"
}

in_one() { ip netns exec "$one" "$@"; }

# In a user namespace of one's own one is root.
user_namespace()
{
	local out

	unshare -Urn true 2> /dev/null ||
		{ echo "no user namespaces"; return "$ksft_skip"; }
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn \
		sh -c 'm46ctl dev add x mode adpt prefix 2001:db8::/96 &&
		m46ctl rule add 10.0.0.0/8 via 2001:db8:3::/96 dev x &&
		m46ctl rule show' 2>&1)
	matches "rule show there" "$out" '^10.0.0.0/8'
}

# --- batches and links

batch()
{
	m46ctl -n "$two" -b - <<-END || return
	# comments and empty lines are nothing

	dev add pe1 mode adpt prefix 2001:db8:1::/96
	rule add 10.0.0.0/8 via 2001:db8:3::/96 dev pe1
	rule replace 10.0.0.0/8 via 2001:db8:4::/96 dev pe1
	END
	printf '%s dev pe1\n' "rule add 10.1.0.0/16 via 2001:db8:3::/96" \
		"rule add 10.0.0.0/8 via 2001:db8:3::/96" \
		"rule add 10.2.0.0/16 via 2001:db8:3::/96" > "$TMP/batch"
	refused 'batch:2: .*10.0.0.0/8.*exists' m46ctl -n "$two" \
		-b "$TMP/batch" &&
		same "rules" "$(m46ctl -n "$two" -j rule show |
			jq -r '.[].dst' | tr '\n' ' ')" "10.0.0.0/8 10.1.0.0/16 " ||
		return
	# -force goes on, and still says that something failed.
	m46ctl -n "$two" -force -b "$TMP/batch" 2> "$TMP/err" &&
		{ echo "-force: status 0"; return 1; }
	same "errors" "$(grep -c '^m46ctl: ' "$TMP/err")" 2 &&
		matches "rules" "$(m46ctl -n "$two" rule show)" '^10.2.0.0/16'
}

# What rule show prints as JSON, rule load takes.
save_and_load()
{
	local before

	before=$(one rule show)
	one -j rule show dev pe1 > "$TMP/saved" && one rule flush dev pe1 &&
		same "rules after flush" "$(one rule show)" "" &&
		one rule load "$TMP/saved" dev pe1 &&
		same "rules" "$(one rule show)" "$before"
}

# Only mode m46t has events, and nothing else says why none come.
monitor_silence()
{
	local rc=0

	timeout 2 m46ctl -n "$one" monitor > "$TMP/out" 2> "$TMP/err" || rc=$?
	same "timeout" "$rc" 124 && same "events" "$(cat "$TMP/out")" "" &&
		same "warning" "$(cat "$TMP/err")" \
			"m46ctl: monitor: warning: no device of mode m46t: the other modes have no events"
}

ip_link()
{
	matches "ip link show type m46" "$(ip -n "$one" link show type m46)" \
		' pe1: .*mtu 65535' &&
		matches "ip -d" "$(ip -n "$one" -d link show pe1)" 'm46' || return
	m46ctl -n "$one" dev add gone mode adpt prefix 2001:db8:7::/96 || return
	ip -n "$one" link delete gone || return
	refused 'gone.*[Nn]o such device' one dev show gone
}

# --- the module comes by itself

unload()
{
	if [ -z "${M46_IN_VM:-}${M46_TEST_UNLOAD:-}" ]; then
		echo "other users of the module (M46_TEST_UNLOAD=1 to do it)"
		return "$ksft_skip"
	fi
	rmmod m46
}

by_family()
{
	unload || return
	same "devices" "$(m46ctl -j dev show)" "[]" &&
		[ -e /sys/module/m46 ]
}

by_link_kind()
{
	unload || return
	matches "ip link add type m46" \
		"$(ip -n "$one" link add x1 type m46 2>&1)" 'mode is missing' &&
		[ -e /sys/module/m46 ]
}

by_dev_add()
{
	unload || return
	one dev add x2 mode adpt prefix 2001:db8:1::/96
}

need_cmd jq python3 setpriv unshare
load_m46
setup_ns one two
one dev add pe1 mode adpt prefix 2001:db8:1::/96,2001:db8:11::/64 \
	source-check loose lowest-ipv6-mtu 1400 || ktap_bail "no device"
one -b - <<-END || ktap_bail "no rules"
rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe1 local
rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe1
END
ktap_plan 16
ktap_test "all JSON is JSON" json_is_json
ktap_test "dev show -j: keys and values" json_dev
ktap_test "rule show, rule get -j: keys and values" json_rules
ktap_test "stats show -j: keys and values (KERN-14)" json_stats
ktap_test "stats reset (KERN-14)" stats_reset
ktap_test "refusals: one line, culprit and reason (KERN-17, ADPT-21)" \
	errors
ktap_test "usage errors exit with 2" usage_errors
ktap_test "unprivileged: refused to change, free to look (ADPT-50)" unprivileged
ktap_test "root of a user namespace (ADPT-50)" user_namespace
ktap_test "batches" batch
ktap_test "saved rules load again (ADPT-65)" save_and_load
ktap_test "monitor without a device that has events" monitor_silence
ktap_test "ip link show, ip link del" ip_link
ktap_test "the module is loaded for the family (m46ctl dev show)" by_family
ktap_test "the module is loaded for the link kind (ip link add type m46)" \
	by_link_kind
ktap_test "the module is loaded for m46ctl dev add" by_dev_add
ktap_done
