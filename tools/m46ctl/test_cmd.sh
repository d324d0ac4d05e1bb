#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of the whole tool against the mock kernel (mock_kernel.c). KTAP.
# Needs no module, no privileges. M46CTL names the program.

ctl=${M46CTL:-.check/m46ctl}
top=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 4
trap 'rm -rf "$tmp"' EXIT
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99}
export NO_COLOR=1
n=0
failed=0

result()	# CODE NAME
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		failed=$((failed + 1))
	fi
}

# expect NAME CODE STDOUT STDERR ARGS...: the tool on the lines of stdin with
# "-b -" among ARGS, or on ARGS alone. STDOUT and STDERR are whole texts.
expect()
{
	local name=$1 code=$2 out=$3 err=$4 got ok=0

	shift 4
	"$ctl" "$@" > "$tmp/out" 2> "$tmp/err"
	got=$?
	[ "$got" = "$code" ] || ok=1
	[ "$(cat "$tmp/out")" = "$out" ] || ok=1
	[ "$(cat "$tmp/err")" = "$err" ] || ok=1
	result $ok "$name"
	[ $ok = 0 ] && return
	echo "# exit code $got, want $code"
	sed 's/^/# out: /' "$tmp/out"
	sed 's/^/# err: /' "$tmp/err"
}

pe1='dev add pe1 mode adpt prefix 2001:db8:1::/96'
pe2='dev add pe2 mode adpt prefix 2001:db8:2::/96'

# refused NAME LINE REASON: LINE after pe1 exists fails with exit code 1
refused()
{
	expect "$1" 1 "" "m46ctl: stdin:2: $3" -b - <<< "$pe1
$2"
}

echo "KTAP version 1"

# The command line itself
expect "no arguments" 2 "" "m46ctl: object missing, try m46ctl help"
expect "unknown object" 2 "" \
	'm46ctl: unknown object "pool", try m46ctl help' pool show
expect "unknown command" 2 "" \
	'm46ctl: rule: unknown command "frob", try m46ctl rule help' rule frob
expect "no command" 2 "" \
	'm46ctl: rule: command missing, try m46ctl rule help' rule
expect "ambiguous command" 2 "" \
	'm46ctl: dev: command "s" is ambiguous: set or show' dev s
expect "unknown option" 2 "" \
	'm46ctl: unknown option "-x", try m46ctl help' -x dev show
expect "-fo is not -force" 2 "" \
	'm46ctl: unknown option "-fo", try m46ctl help' -fo dev show
expect "option without value" 2 "" 'm46ctl: -n: value missing' -n
expect "option behind the object" 1 "" \
	'm46ctl: rule show: unknown word "-j", options go before the object' \
	rule show -j
expect "batch and words" 2 "" \
	'm46ctl: "dev": a batch takes no further words' -b /dev/null dev show
expect "unknown namespace" 1 "" \
	'm46ctl: netns no-such: no such network namespace' -n no-such dev show
expect "bad namespace" 1 "" 'm46ctl: netns: "../x" is not a name' \
	-netns ../x dev show
expect "missing batch file" 1 "" \
	"m46ctl: $tmp/none: No such file or directory" -b "$tmp/none"
"$ctl" -V | grep -q '^m46ctl [0-9]'
result $? "version"
"$ctl" rule help | grep -q '^Usage: m46ctl rule add'
result $? "help of an object"
"$ctl" help | grep -q '^Usage:'
result $? "help"

# Devices
expect "empty lists" 0 '[]
[]
[]' "" -j -b - <<< 'dev show
rule show
stats show'
expect "empty lists as text are nothing" 0 "" "" -b - <<< 'dev show
rule show
stats show'
expect "dev show prints what can be typed" 0 \
'3: pe1: mode adpt prefix 2001:db8:1::/96,2001:db8:1:1::/64 method translate
    md rules source-check loose lowest-ipv6-mtu 1500 udp-zero drop tclass 16
    tos-ignore on dscp-ignore off tos-override 0 wkp-strict off
    reserved-bits ignore adpt-df clear proto-strict-copy on mss-clamp on
    icmp4-errors never icmp6-errors never pmtu-errors never rate 1 burst 1000000
    mtu-plateaus 1500,1280 icmp4-source 192.0.2.1 icmp6-source 2001:db8::1
    pool6791 192.0.2.0/24,198.51.100.1/32' "" -b - <<< "$pe1,2001:db8:1:1::/64 \
method translate md rules source-check loose lowest-ipv6-mtu 1500 \
udp-zero drop tclass 16 tos-ignore on dscp-ignore off tos-override 0 \
wkp-strict off reserved-bits ignore adpt-df clear proto-strict-copy on \
mss-clamp on icmp4-errors never icmp6-errors never pmtu-errors never rate 1 \
burst 1000000 mtu-plateaus 1500,1280 icmp4-source 192.0.2.1 \
icmp6-source 2001:db8::1 pool6791 192.0.2.0/24,198.51.100.1/32
dev show pe1"
expect "dev show as JSON" 0 '[{"ifindex":3,"ifname":"pe1","mode":"adpt",'\
'"prefix":["2001:db8:1::/96"],"tclass":"inherit","tos-ignore":false,'\
'"tos-override":"off","rate":7,"mtu-plateaus":[1280],"icmp4-source":"auto",'\
'"icmp6-source":"auto","pool6791":[]}]' "" -j -b - <<< "$pe1 pool6791 none \
tclass inherit tos-override off mtu-plateaus 1280 icmp4-source auto \
icmp6-source auto tos-ignore off rate 5
dev set pe1 rate 7
dev show"
expect "dev show -s" 0 '3: pe1: mode adpt prefix 2001:db8:1::/96
    RX: bytes 0 packets 7 errors 0 dropped 0
    TX: bytes 900 packets 0 errors 0 dropped 0' "" -s -b - <<< "$pe1
dev show"
expect "dev del" 0 '[]' "" -j -b - <<< "$pe1
dev del pe1
dev show"
refused "dev add twice" "$pe1" \
	"dev add: pe1: exists already (File exists)"
refused "dev show of an unknown device" "dev show pe9" \
	"dev show: pe9: no such device (No such device)"
refused "dev show of a device of another kind" "dev show veth0" \
	"dev show: veth0: not an m46 device (Operation not supported)"
refused "dev set of an unknown device" "dev set pe9 rate 5" \
	"dev set: pe9: no such device"
refused "dev del of another kind" "dev del veth0" \
	"dev del: veth0: is a veth device, not an m46 device"
refused "dev del of no kind" "dev del lo" \
	"dev del: lo: is not an m46 device"
refused "dev add without mode" "dev add a prefix 2001:db8::/96" \
	"dev add: a: mode adpt is missing"
refused "dev add without prefix" "dev add a mode adpt" \
	"dev add: a: prefix P6/LEN[,P6/LEN...] is missing"
refused "dev add of a long name" "dev add sixteen_chars_xx mode adpt" \
	'dev add: "sixteen_chars_xx" is longer than 15 characters'
refused "dev set without words" "dev set pe1" "dev set: pe1: nothing to set"
refused "dev del with too much" "dev del pe1 pe2" \
	'dev del: pe1: unknown word "pe2"'
refused "the kernel's refusal names the word" \
	"dev set pe1 burst 7 rate 13 tclass 3" \
	"dev set: pe1: rate 13: mock: an unlucky rate (Numerical result out of range)"

# Rules
expect "rule show" 0 \
'DST              VIA               METHOD     LOCAL  DEV
198.51.100.0/24  2001:db8:3::/96   -          -      pe1
0.0.0.0/0        2001:db8:ff::/96  translate  -      pe1
192.0.2.0/24     2001:db8:1::/96   -          local  pe2' "" -b - <<< "$pe1
$pe2
rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe1
ru a 0.0.0.0/0 via 2001:db8:ff::/96 dev pe1 method translate
rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe2 local
rule show"
expect "rule replace, del, flush" 0 \
'DST           VIA              METHOD  LOCAL  DEV
192.0.2.0/24  2001:db8:5::/96  -       -      pe1' "" -b - <<< "$pe1
rule add 192.0.2.0/24 via 2001:db8:4::/96 dev pe1
rule add 198.51.100.0/24 via 2001:db8:4::/96 dev pe1
rule replace 192.0.2.0/24 via 2001:db8:5::/96 dev pe1
rule del 198.51.100.0/24 dev pe1
rule show dev pe1
rule flush dev pe1
rule show"
expect "rule get" 0 '198.51.100.0/24 via 2001:db8:3::/96 dev pe1
0.0.0.0/0 via 2001:db8:4::/96 dev pe1 method translate
198.51.100.0/25 via 2001:db8:5::/96 dev pe1 local' "" -b - <<< "$pe1
rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe1
rule add 0.0.0.0/0 via 2001:db8:4::/96 dev pe1 method translate
rule add 198.51.100.0/25 via 2001:db8:5::/96 dev pe1 local
rule get 198.51.100.1 dev pe1
rule get 203.0.113.1 dev pe1
rule get 198.51.100.1 dev pe1 local"
expect "rule get as JSON" 0 '[{"dst":"0.0.0.0/0","via":"2001:db8:4::/96",'\
'"dev":"pe1","method":null,"local":false}]' "" -j -b - <<< "$pe1
rule add 0.0.0.0/0 via 2001:db8:4::/96 dev pe1
rule get 203.0.113.1 dev pe1"
refused "rule get finds none" "rule get 192.0.2.1 dev pe1" \
	"rule get: 192.0.2.1 dev pe1: no rule for it (No such file or directory)"
refused "rule get of a prefix" "rule get 192.0.2.0/24 dev pe1" \
	'rule get: "192.0.2.0/24" is a prefix, not an address'
refused "rule get with via" "rule get 192.0.2.1 dev pe1 via 2001:db8::/96" \
	'rule get: "via" does not belong here'
refused "rule add without via" "rule add 192.0.2.0/24 dev pe1" \
	"rule add: 192.0.2.0/24: via P6/LEN is missing"
refused "rule add without dev" "rule add 192.0.2.0/24 via 2001:db8::/96" \
	"rule add: 192.0.2.0/24: dev NAME is missing"
refused "rule add without anything" "rule add" "rule add: V4/LEN is missing"
refused "rule add with host bits" \
	"rule add 192.0.2.1/24 via 2001:db8::/96 dev pe1" \
	"rule add: 192.0.2.1/24: host bits 0.0.0.1 are set, 192.0.2.0/24 is the prefix"
refused "rule add to an unknown device" \
	"rule add 192.0.2.0/24 via 2001:db8::/96 dev pe9" \
	"rule add: 192.0.2.0/24 dev pe9: no such device (No such device)"
refused "rule add the kernel refuses" \
	"rule add 203.0.113.0/24 via 2001:db8::/96 dev pe1" \
	"rule add: 203.0.113.0/24 dev pe1: mock: not this block (Invalid argument)"
refused "rule del of none" "rule del 192.0.2.0/24 dev pe1" \
	"rule del: 192.0.2.0/24 dev pe1: no such rule (No such file or directory)"
refused "rule flush without dev" "rule flush" "rule flush: dev is missing"
refused "control characters do not reach the terminal" \
	$'rule get \e[31m dev pe1' \
	'rule get: "?[31m" is not an IPv4 address'

# Loading
cat > "$tmp/rules" << 'EOF'
# a comment
198.51.100.0/24 via 2001:db8:3::/96
rule add 0.0.0.0/0 via 2001:db8:ff::/96 dev pe1 method translate

add 192.0.2.0/24 via 2001:db8:1::/96 local	# own
EOF
table='DST              VIA               METHOD     LOCAL  DEV
198.51.100.0/24  2001:db8:3::/96   -          -      pe1
0.0.0.0/0        2001:db8:ff::/96  translate  -      pe1
192.0.2.0/24     2001:db8:1::/96   -          local  pe1'
expect "rule load" 0 "$table" "" -b - <<< "$pe1
rule load $tmp/rules dev pe1
rule show"
{ echo "$pe1"; echo "rule load $tmp/rules dev pe1"; echo "rule show"; } |
	"$ctl" -j -b - > "$tmp/json"
{ echo "$pe1"; echo "rule load $tmp/rules dev pe1"; echo "rule show"; } |
	"$ctl" -j -p -b - > "$tmp/pretty"
expect "rule load of what -j rule show prints" 0 "$table" "" -b - <<< "$pe1
rule load $tmp/json dev pe1
rule show"
expect "rule load of what -j -p rule show prints" 0 "$table" "" -b - <<< "$pe1
rule load $tmp/pretty dev pe1
rule show"
: > "$tmp/empty"
expect "rule load of an empty file" 0 "" "" -b - <<< "$pe1
rule load $tmp/rules dev pe1
rule load $tmp/empty dev pe1
rule show"
"$ctl" -b <(echo "$pe1"; echo "rule load - dev pe1"; echo "rule show") \
	< "$tmp/rules" > "$tmp/out"
[ "$(cat "$tmp/out")" = "$table" ]
result $? "rule load from standard input"
refused "rule load from the batch's input" "rule load - dev pe1" \
	"rule load: -: standard input is the batch"
refused "rule load of no file" "rule load $tmp/none dev pe1" \
	"rule load: $tmp/none: No such file or directory"
refused "rule load of a directory" "rule load $tmp dev pe1" \
	"rule load: $tmp: Is a directory"
refused "rule load for another device" "rule load $tmp/rules dev veth0" \
	"rule load: $tmp/rules:3: dev: this rule is for pe1, not for veth0"

# 2500 rules: three messages
many()	# BAD-LINE
{
	local i

	for ((i = 1; i <= 2500; i++)); do
		if [ "$i" = "$1" ]; then
			echo "203.0.113.0/24 via 2001:db8:3::/96"
		else
			echo "10.$((i / 256)).$((i % 256)).0/24 via 2001:db8:3::/96"
		fi
	done
}
many 0 > "$tmp/many"
many 1777 > "$tmp/bad"
{ echo "$pe1"; echo "rule load $tmp/many dev pe1"; echo "rule show"; } |
	"$ctl" -b - > "$tmp/out"
[ "$(wc -l < "$tmp/out")" = 2501 ] && tail -1 "$tmp/out" |
	grep -q '^10.9.196.0/24   *2001:db8:3::/96  -       -      pe1$'
result $? "rule load in several messages"
refused "rule load names the line the kernel refuses" \
	"rule load $tmp/bad dev pe1" \
	"rule load: $tmp/bad:1777: 203.0.113.0/24 dev pe1: mock: not this block (Invalid argument)"
expect "a refused load changes nothing" 1 \
'DST           VIA              METHOD  LOCAL  DEV
192.0.2.0/24  2001:db8:4::/96  -       -      pe1' \
"m46ctl: stdin:3: rule load: $tmp/bad:1777: 203.0.113.0/24 dev pe1: mock: not this block (Invalid argument)" \
	-force -b - <<< "$pe1
rule add 192.0.2.0/24 via 2001:db8:4::/96 dev pe1
rule load $tmp/bad dev pe1
rule show"

# Counters
expect "stats show" 0 \
'DEV  COUNTER       PACKETS
pe1  xlat_46        123456
pe1  drop_no_rule        3
pe2  xlat_46        123456
pe2  drop_no_rule        3' "" -b - <<< "$pe1
$pe2
stats show"
expect "stats show -s" 0 \
'DEV  COUNTER       PACKETS  DROP  MEANING
pe1  xlat_46        123456  -     IPv4 made IPv6
pe1  drop_no_rule        3  drop  no rule for it
pe1  drop_loop           0  drop  went in circles' "" -s -b - <<< "$pe1
stats show dev pe1"
expect "stats show as JSON" 0 '[{"dev":"pe1","counters":{"xlat_46":123456,'\
'"drop_no_rule":3,"drop_loop":0}}]' "" -j -b - <<< "$pe1
stats show"
expect "stats reset" 0 "" "" -b - <<< "$pe1
stats reset dev pe1"
refused "stats reset without dev" "stats reset" "stats reset: dev is missing"

# Batches
expect "a batch stops at the first failure" 1 "" \
	'm46ctl: stdin:3: rule get: "x" is not an IPv4 address' \
	-b - <<< "# comment

rule get x dev y
frob"
expect "-force goes on, the first failure's code stays" 1 '[]' \
'm46ctl: stdin:1: dev set: pe9: no such device
m46ctl: stdin:2: unknown object "frob", try m46ctl help' \
	-j -force -b - <<< "dev set pe9 rate 1
frob
dev show"

# A kernel that misbehaves
MOCK=nomodule expect "no module" 1 "" \
	"m46ctl: rule show: the kernel module m46 is not loaded, and loading it by itself failed: try modprobe m46" \
	rule show
MOCK=nomodule expect "no module, dev add" 1 "" \
	"m46ctl: dev add: the kernel module m46 is not loaded, and loading it by itself failed: try modprobe m46" \
	dev add pe1 mode adpt prefix 2001:db8::/96
MOCK=eperm expect "no privilege, dev add" 1 "" \
	"m46ctl: dev add: pe1: this needs CAP_NET_ADMIN (Operation not permitted)" \
	dev add pe1 mode adpt prefix 2001:db8::/96
MOCK=torn=3 expect "an interrupted dump is read again" 0 \
'DST           VIA              METHOD  LOCAL  DEV
192.0.2.0/24  2001:db8:4::/96  -       -      pe1' "" -b - <<< "$pe1
rule add 192.0.2.0/24 via 2001:db8:4::/96 dev pe1
rule show"
MOCK=torn=100 expect "a dump that is always interrupted" 1 \
'DST           VIA              METHOD  LOCAL  DEV
192.0.2.0/24  2001:db8:4::/96  -       -      pe1' \
"m46ctl: stdin:3: rule show: the rules changed each time they were read, the list may be inconsistent" \
	-b - <<< "$pe1
rule add 192.0.2.0/24 via 2001:db8:4::/96 dev pe1
rule show"
"$ctl" help > /dev/full 2> "$tmp/err"
[ $? = 1 ] && grep -q 'standard output: No space left' "$tmp/err"
result $? "standard output is full"

# The manual knows every command and every word
missing=
sed 's/\\-/-/g' "$top/../man/m46ctl.8" > "$tmp/man"
while read -r object word _; do
	grep -q "^\.B.* $word\b" "$tmp/man" || missing="$missing $object:$word"
done < <("$ctl" help words)
while read -r object command; do
	grep -q "^\.B.* $object $command\b" "$tmp/man" ||
		missing="$missing $object:$command"
done < <("$ctl" help commands)
[ -z "$missing" ]
result $? "the manual has every command and every word"
[ -z "$missing" ] || echo "# missing:$missing"

echo "1..$n"
echo "# Totals: pass:$((n - failed)) fail:$failed xfail:0 xpass:0 skip:0 error:0"
[ "$failed" = 0 ]
