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
skipped=0

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
t1='dev add t1 mode m46t prefix 2001:db8:0:46::/64'
s1='dev add s1 mode 6to4 local 198.51.100.7'

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
	'm46ctl: unknown object "frob", try m46ctl help' frob show
expect "ambiguous object" 2 "" \
	'm46ctl: object "d" is ambiguous: dev or dns64' d show
expect "unknown command" 2 "" \
	'm46ctl: rule: unknown command "frob", try m46ctl rule help' rule frob
expect "no command" 2 "" \
	'm46ctl: dns64: command missing, try m46ctl dns64 help' dns64
expect "ambiguous command" 2 "" \
	'm46ctl: dev: command "s" is ambiguous: set or show' dev s
expect "unknown option" 2 "" \
	'm46ctl: unknown option "-x", try m46ctl help' -x dev show
expect "-fo is not -force" 2 "" \
	'm46ctl: unknown option "-fo", try m46ctl help' -fo dev show
expect "option without value" 2 "" 'm46ctl: -n: value missing' -n
for words in "rule -j" "rule show -j" "rule load -j dev pe1" \
	     "rule show dev pe1 -j" "rule flush pe1 -j"; do
	# shellcheck disable=SC2086 # words
	expect "option behind the object: $words" 2 "" \
		'm46ctl: "-j": options stand before the object: m46ctl -j rule ...' \
		$words
done
lines_hold="lines hold OBJECT COMMAND ... only"
for words in "-s dev show" "dev show -s" "dev -s" "dev set pe1 -s rate 5"; do
	expect "option in a batch: $words" 2 "" \
		"m46ctl: stdin:2: \"-s\": $lines_hold, options stand before -batch" \
		-b - <<< "$pe1
$words"
done
expect "m46ctl in a batch" 2 "" "m46ctl: stdin:1: \"m46ctl\": $lines_hold" \
	-b - <<< 'm46ctl -s dev show'
expect "values may look like options" 1 "" \
'm46ctl: stdin:2: dev set: pe1: plane: "-1" is not a plane ID (groups as 0:46, or a number as 70 or 0x46)
m46ctl: stdin:3: stats show: -s: no such device
m46ctl: stdin:4: rule load: -: standard input is the batch' \
	-force -b - <<< "$pe1
dev set pe1 plane -1
stats show dev -s
rule load - pe1"
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
[ "$("$ctl" help | grep -cw -e list -e lst -e ls -e delete)" = 1 ]
result $? "help has the aliases in one line"
"$ctl" help | grep -qx 'list, lst, ls = show; delete = del'
result $? "help of aliases"
"$ctl" dev help | grep -qx '        errors that path MTU discovery needs (default: send)' &&
	"$ctl" dev help | grep -q '0 = any number (default: 100)$'
result $? "help says what the default is"
for words in $("$ctl" help commands | cut -d ' ' -f 1 | uniq); do
	"$ctl" "$words" help
done > "$tmp/out"
grep -q '; ' "$tmp/out"
[ $? = 1 ]
result $? "help has no other defaults"
expect "commands have other names" 0 "" "" -b - <<< "$pe1
$t1
dev delete pe1
dev dele t1
dev list
rule lst
pool ls
entry list
stats li
pool l"
expect "an alias is a name like any other" 2 "" \
	'm46ctl: rule: command "l" is ambiguous: load or list' rule l
expect "an alias of what there is not" 2 "" \
	'm46ctl: stats: unknown command "delete", try m46ctl stats help' \
	stats delete
expect "no command is show" 0 \
'[{"ifindex":3,"ifname":"pe1","mode":"adpt","prefix":["2001:db8:1::/96"]},
{"ifindex":4,"ifname":"t1","mode":"m46t","prefix":["2001:db8:0:46::/64"]}]
[{"dst":"0.0.0.0/0","via":"2001:db8::/96","dev":"pe1","method":null,"local":false}]
[{"dev":"t1","prefix":"192.0.2.7/32","size":1,"used":1,"free":0}]
[{"dev":"t1","ipv6":"2001:db8::7","ipv4":"192.0.2.7","type":"static"}]
[{"dev":"pe1","counters":{"xlat_46":123456,"drop_no_rule":3,"drop_loop":0}},
{"dev":"t1","counters":{"xlat_46":123456,"drop_no_rule":3,"drop_loop":0}}]' \
	"" -j -b - <<< "$pe1
$t1
rule add default via 2001:db8::/96 dev pe1
pool add 192.0.2.7 dev t1
entry add 2001:db8::7 192.0.2.7 dev t1
dev
rule
po
entry
stats"

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
expect "dev show of encapsulation, fib and nat64 prints what can be typed" 0 \
'3: pe1: mode adpt prefix 2001:db8:1::/96 method encap md fib nat64 64:ff9b::/96
    nat64-pool 192.0.2.0/28,192.0.2.77/32 source-check off peer-method encap
    hoplimit 255 encap-limit 4 frag inner flowlabel hash ecn compat ecn-log off' \
	"" -b - <<< "$pe1 method encap md fib nat64 64:ff9b::/96 \
nat64-pool 192.0.2.0/28,192.0.2.77 source-check off hoplimit 255 encap-limit 4 \
frag inner flowlabel hash peer-method encap ecn compat ecn-log off
dev show"
expect "dev show of encapsulation, fib and nat64 as JSON" 0 '[{"ifindex":3,'\
'"ifname":"pe1","mode":"adpt","prefix":["2001:db8:1::/96"],"method":"encap",'\
'"md":"fib","nat64":"64:ff9b::/96","nat64-pool":["192.0.2.7/32"],'\
'"peer-method":"any","hoplimit":64,"encap-limit":"none","frag":"outer",'\
'"flowlabel":"zero","ecn":"normal","ecn-log":true}]
[{"ifindex":3,"ifname":"pe1","mode":"adpt","prefix":["2001:db8:1::/96"],'\
'"method":"translate","md":"rules","nat64":"none","nat64-pool":[],'\
'"peer-method":"any","hoplimit":64,"encap-limit":0,"frag":"outer",'\
'"flowlabel":"zero","ecn":"normal","ecn-log":true}]' "" -j -b - <<< "$pe1 \
method encap md fib nat64 64:ff9b::/96 nat64-pool 192.0.2.7 hoplimit 64 \
encap-limit none frag outer flowlabel zero peer-method any ecn normal ecn-log on
dev show
dev set pe1 method translate md rules nat64 none nat64-pool none encap-limit 0
dev show"
expect "what was shown of nat64 can be typed" 0 \
	'3: pe1: mode adpt prefix 2001:db8:1::/96 nat64 none nat64-pool none' \
	"" -b - <<< "$pe1 nat64 none nat64-pool none
dev show"
expect "a name of any bytes as JSON" 0 '[{"ifindex":3,'\
'"ifname":"\"\\\u0001?é😀??","mode":"adpt","prefix":["2001:db8:1::/96"]}]' "" -j -b - \
	<<< $'dev add "\\\x01\xe9\xc3\xa9\xf0\x9f\x98\x80\xc0\xaf mode adpt '"\
prefix 2001:db8:1::/96
dev show"
expect "dev show -s" 0 '3: pe1: mode adpt prefix 2001:db8:1::/96
    RX: bytes 0 packets 7 errors 0 dropped 0
    TX: bytes 900 packets 0 errors 0 dropped 0' "" -s -b - <<< "$pe1
dev show"
expect "dev del" 0 '[]' "" -j -b - <<< "$pe1
dev del pe1
dev show"
expect "dev in front of a name, or not" 0 \
'3: pe1: mode adpt prefix 2001:db8:1::/96 rate 5
3: pe1: mode adpt prefix 2001:db8:1::/96 rate 5
4: dev: mode m46t prefix 2001:db8:0:46::/64' "" -b - <<< \
"dev add dev pe1 mode adpt prefix 2001:db8:1::/96
dev set dev pe1 rate 5
dev show pe1
dev show dev pe1
dev del dev pe1
dev add dev dev mode m46t prefix 2001:db8:0:46::/64
dev"
refused "dev alone is no name" "dev show dev" "dev show: NAME is missing"
refused "dev del without a name" "dev del" "dev del: NAME is missing"
refused "dev add twice" "$pe1" \
	"dev add: pe1: exists already"
refused "dev show of an unknown device" "dev show pe9" \
	"dev show: pe9: no such device"
refused "dev show of a device of another kind" "dev show veth0" \
	"dev show: veth0: not an m46 device"
refused "dev set of an unknown device" "dev set pe9 rate 5" \
	"dev set: pe9: no such device"
refused "dev del of another kind" "dev del veth0" \
	"dev del: veth0: is a veth device, not an m46 device"
refused "dev del of no kind" "dev del lo" \
	"dev del: lo: is not an m46 device"
refused "dev add without mode" "dev add a prefix 2001:db8::/96" \
	"dev add: a: mode adpt|m46t|6to4 is missing"
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

# Devices in mode m46t
expect "dev show of mode m46t prints what can be typed" 0 \
'3: t1: mode m46t prefix 2001:db8:0:46::/64 plane 0:46 expires 2h reuse-after 90s
    max-per-64 16 from 2001:db8:1::/48,2001:db8:2::1/128 alloc-rate 0
    refresh-from-v4 off reuse-early on hairpin off allow-nonzero-u off
    lowest-ipv6-mtu 1400' "" -b - <<< "$t1 plane 0x46 expires 7200 \
reuse-after 90s max-per-64 16 from 2001:db8:1::/48,2001:db8:2::1/128 \
alloc-rate 0 refresh-from-v4 off reuse-early on hairpin off \
allow-nonzero-u off alloc-key 000102030405060708090a0b0c0d0e0f \
lowest-ipv6-mtu 1400
dev show t1"
expect "dev show of mode m46t as JSON" 0 '[{"ifindex":3,"ifname":"t1",'\
'"mode":"m46t","prefix":["2001:db8:0:46::/64"],"plane":"1:46",'\
'"expires":7440,"reuse-after":0,"from":[],"hairpin":true}]' "" -j -b - \
	<<< "$t1 plane 1:46 expires 124m reuse-after 0 from any hairpin on
dev show"
expect "dev show, from any" 0 \
	'3: t1: mode m46t prefix 2001:db8:0:46::/64 from any' "" -b - <<< "$t1
dev set t1 from ::/0
dev set t1 from any
dev show"
refused "dev add m46t with a word of mode adpt" \
	"$t1 source-check off" \
	"dev add: t1: source-check: not for devices of mode m46t"
refused "dev add adpt with a word of mode m46t" \
	"dev add pe9 plane 0:46 mode adpt prefix 2001:db8::/96" \
	"dev add: pe9: plane: not for devices of mode adpt"
refused "dev set with a word of another mode" "dev set pe1 expires 2h" \
	"dev set: pe1: expires 2h: mock: not for this mode"
refused "dev set names the mode" "dev set pe1 mode m46t md rules" \
	"dev set: pe1: md: not for devices of mode m46t"
refused "a key is not repeated" \
	"$t1 alloc-key 5ec5e700000000000000000000000000ff" \
	"dev add: t1: alloc-key: not 32 hexadecimal digits"
refused "a key is not repeated by the kernel's refusal either" \
	"dev set pe1 alloc-key 5ec5e7000000000000000000000000ff" \
	"dev set: pe1: alloc-key: mock: not for this mode"
expect "dev add warns of a short life" 0 "" \
	"m46ctl: stdin:1: dev add: warning: t1: expires 119s: less than the 2m \
of RFC 6146, connections will break" -b - <<< "$t1 expires 119s"
expect "dev set warns of a short life" 0 "" \
	"m46ctl: stdin:2: dev set: warning: t1: expires 60: less than the 2m \
of RFC 6146, connections will break" -b - <<< "$t1 expires 2m
dev set t1 expires 60"
u_bits="bits 64 to 71 of 2001:db8:0:46:100::/96 are set, not RFC 6052/BIND \
compatible"
expect "dev add warns of bits 64 to 71" 0 "" \
	"m46ctl: stdin:1: dev add: warning: t1: $u_bits" \
	-b - <<< "$t1 plane 0x1000000"
expect "dev set warns of bits 64 to 71" 0 "" \
	"m46ctl: stdin:2: dev set: warning: t1: $u_bits" -b - <<< "$t1
dev set t1 plane 100:0"
expect "dev set warns of bits 64 to 71, plane from before" 0 "" \
	"m46ctl: stdin:2: dev set: warning: t1: bits 64 to 71 of \
2001:db8:0:46:100:4::/96 are set, not RFC 6052/BIND compatible" -b - <<< \
"$t1 plane 4
dev set t1 prefix 2001:db8:0:46:100::/80"
expect "dev add of plane 2^24 - 1 does not warn" 0 "" "" \
	-b - <<< "$t1 plane ff:ffff"

# Devices in mode 6to4
expect "dev show of mode 6to4 prints what can be typed" 0 \
'3: s1: mode 6to4 local 198.51.100.7,198.51.100.8 remote none
    prefix 2001:db8::/32 v4-prefix 198.51.100.0/24 anycast off relay on
    return-only on relay-source unicast relay-from any
    acl 203.0.113.0/24,203.0.114.1/32 peers none
    allow-native-native 203.0.113.9/32 ingress-filter strict ttl inherit tos 184
    ecn compat ecn-log off pmtudisc on large-mtu on nonlocal on link veth0
    fwmark 4294967295 mss-clamp on icmp6-errors never pmtu-errors never rate 1
    burst 2 icmp6-source auto delegated 2002:c633:6407::/48' "" -b - <<< \
"$s1,198.51.100.8 remote none prefix 2001:db8::/32 v4-prefix 198.51.100.0/24 \
anycast off relay on return-only on relay-source unicast relay-from any \
acl 203.0.113.0/24,203.0.114.1 peers none allow-native-native 203.0.113.9 \
ingress-filter strict ttl inherit tos 0xb8 ecn compat ecn-log off pmtudisc on \
large-mtu on nonlocal on link veth0 fwmark 0xffffffff mss-clamp on \
icmp6-errors never pmtu-errors never rate 1 burst 2 icmp6-source auto
dev show s1"
expect "dev show of mode 6to4 as JSON" 0 '[{"ifindex":3,"ifname":"s1",'\
'"mode":"6to4","local":["198.51.100.7"],"remote":"203.0.113.1",'\
'"v4-prefix":"0.0.0.0/0","relay":false,"relay-source":"auto",'\
'"relay-from":["0.0.0.0/0"],"acl":[],"ingress-filter":"on","ttl":64,'\
'"tos":"inherit","ecn":"normal","pmtudisc":false,"link":"none","fwmark":7,'\
'"delegated":["2002:c633:6407::/48"]}]' "" -j -b - \
	<<< "$s1 remote 203.0.113.1 v4-prefix 0.0.0.0/0 relay off \
relay-source auto relay-from any acl none ingress-filter on ttl 64 tos inherit \
ecn normal pmtudisc off link none fwmark 7
dev show"
expect "dev set of mode 6to4" 0 \
'3: s1: mode 6to4 local 198.51.100.9 remote none relay-from none peers none
    delegated 2002:c633:6409::/48' "" -b - <<< "$s1 relay-from any peers 1.2.3.4
dev set s1 local 198.51.100.9 remote none relay-from none peers none
dev show"
refused "dev add of an unknown word" "$s1 pmtu on" \
	'dev add: s1: unknown word "pmtu", try m46ctl dev help'
refused "a word that the kernel repeats is told once" "$s1 rate 26" \
	"dev add: s1: rate 26: mock: twice that (Numerical result out of range)"
long="warning: s1: delegated prefixes are /66: hosts need a /64 (RFC 5969, \
section 4)"
expect "6rd with prefixes that are too long is warned of" 0 "" \
"m46ctl: stdin:1: dev add: $long
m46ctl: stdin:3: dev set: $long" -b - <<< "$s1 prefix 2001:db8:4000::/34
dev set s1 v4-prefix 198.51.0.0/16
dev set s1 v4-prefix 0.0.0.0/0"
refused "dev add 6to4 without local" "dev add s1 mode 6to4" \
	"dev add: s1: local V4[,V4...] is missing"
refused "dev add 6to4 with a word of the translators" "$s1 tclass 3" \
	"dev add: s1: tclass: not for devices of mode 6to4"
refused "dev add adpt with a word of mode 6to4" "$pe1 relay on" \
	"dev add: pe1: relay: not for devices of mode adpt"
refused "dev add 6to4 with a word of mode adpt" "$s1 hoplimit 5" \
	"dev add: s1: hoplimit: not for devices of mode 6to4"
refused "dev add m46t with ecn" "$t1 ecn compat" \
	"dev add: t1: ecn: not for devices of mode m46t"
refused "dev add, nat64 of a length that is none" "$pe2 nat64 2001:db8::/72" \
	"dev add: pe2: nat64: 2001:db8::/72: length is none of 32, 40, 48, 56, 64, 96"
refused "dev add m46t with a word of mode 6to4" "$t1 local 192.0.2.1" \
	"dev add: t1: local: not for devices of mode m46t"
refused "dev add 6to4, delegated" "$s1 delegated 2002:c633:6407::/48" \
	"dev add: s1: delegated: cannot be set"
refused "dev add 6to4, local twice" "$s1 local 198.51.100.8" \
	"dev add: s1: local: given twice"
refused "dev add 6to4, an address twice" "$s1,198.51.100.7" \
	"dev add: s1: local: 198.51.100.7: given twice"
refused "dev add 6to4, unknown link" "$s1 link eth9" \
	"dev add: s1: link eth9: no such device"
refused "dev add 6to4, local refused by the kernel" \
	"dev add s1 mode 6to4 ttl 5 local 10.1.1.1 relay on" \
	"dev add: s1: local 10.1.1.1: mock: private address (RFC 1918)"
refused "dev add 6to4, local not there" "dev add s1 mode 6to4 local 10.9.0.1" \
	"dev add: s1: local 10.9.0.1: mock: not of this machine"
expect "dev set of a word that the device's mode has not" 1 "" \
	"m46ctl: stdin:2: dev set: s1: tclass 3: mock: not for this mode" \
	-b - <<< "$s1
dev set s1 tclass 3"
expect "the kernel's warning names the word" 0 "" \
	"m46ctl: stdin:1: dev add: warning: s1: local 192.0.2.1: mock: for \
documentation only" -b - <<< "dev add s1 mode 6to4 relay on local 192.0.2.1"
MOCK=warn expect "the kernel's warning of no word" 0 "" \
	"m46ctl: dev add: warning: s1: mock: beware" \
	dev add s1 mode 6to4 local 198.51.100.7
MOCK=warn expect "the kernel's warning of what goes over the family" 0 "" \
	"m46ctl: stdin:1: dev add: warning: pe1: mock: beware
m46ctl: stdin:2: rule flush: warning: mock: beware" -b - <<< "$pe1
rule flush pe1"
deprecated="warning: s1: anycast on: RFC 7526 has deprecated 192.88.99.1, only \
run a relay there that is watched"
expect "dev add warns of anycast" 0 "" "m46ctl: stdin:1: dev add: $deprecated" \
	-b - <<< "$s1 relay on anycast on"
expect "dev set warns of anycast" 0 "" "m46ctl: stdin:2: dev set: $deprecated" \
	-b - <<< "$s1 prefix 2002::/16 relay on anycast off
dev set s1 anycast on
dev set s1 anycast off
dev set s1 ttl 5"
expect "anycast of 6rd is something else" 0 "" "" \
	-b - <<< "$s1 prefix 2001:db8::/32 relay on anycast on
dev set s1 anycast on"
expect "dns64 of mode 6to4" 1 "" \
	"m46ctl: stdin:2: dns64 bind: s1: not for devices of mode 6to4" \
	-b - <<< "$s1
dns64 bind dev s1"

# 6rd domains
opt=20010db80000000000000000000000000a000001
expect "sixrd from-dhcp" 0 \
	"prefix 2001:db8::/32 v4-prefix 10.0.0.0/8 remote 10.0.0.1" "" \
	sixrd from-dhcp "0820$opt" local 10.100.100.1
expect "sixrd from-dhcp with code and length" 0 \
	"prefix 2001:db8::/32 v4-prefix 10.0.0.0/8 remote 10.0.0.1" "" \
	sixrd from-dhcp "d4160820$opt" local 10.100.100.1
expect "sixrd from-dhcp as JSON" 0 '[{"prefix":["2001:db8::/32"],'\
'"v4-prefix":"10.96.0.0/12","remote":"10.0.0.1",'\
'"relay-from":["10.0.0.2/32"]}]' "" \
	-j sixrd from-dhcp "0c20${opt}0a000002" local 10.100.100.1
many=d4fe0820$opt
for i in {2..59}; do many+=$(printf '0a0000%02x' "$i"); done
expect "sixrd from-dhcp, more relays than a device has room for" 0 \
"prefix 2001:db8::/32 v4-prefix 10.0.0.0/8 remote 10.0.0.1 \
relay-from $(printf '10.0.0.%d/32,' {2..16})10.0.0.17/32" \
	"m46ctl: sixrd from-dhcp: warning: option 212: 59 border relays, those \
after the first 17 are left out" sixrd from-dhcp "$many" local 10.100.100.1
expect "what sixrd from-dhcp prints can be typed" 0 \
'3: s1: mode 6to4 local 198.51.100.7 remote 10.0.0.1 prefix 2001:db8::/32
    v4-prefix 198.51.96.0/20 relay-from 10.0.0.2/32
    delegated 2002:c633:6407::/48' "" -b - <<< "$s1 $("$ctl" sixrd from-dhcp \
	"1420${opt}0a000002" local 198.51.100.7)
dev show"
expect "sixrd from-dhcp, no HEX" 1 "" "m46ctl: sixrd from-dhcp: HEX is missing" \
	sixrd from-dhcp
expect "sixrd from-dhcp, local alone" 1 "" \
	"m46ctl: sixrd from-dhcp: HEX is missing" sixrd from-dhcp local 10.0.0.9
expect "sixrd from-dhcp, no local" 1 "" \
	"m46ctl: sixrd from-dhcp: local is missing" sixrd from-dhcp "0820$opt"
expect "sixrd from-dhcp, bad local" 1 "" \
	'm46ctl: sixrd from-dhcp: local: "10.0.0" is not an IPv4 address' \
	sixrd from-dhcp "0820$opt" local 10.0.0
expect "sixrd from-dhcp, IPv4MaskLen 33" 1 "" \
	"m46ctl: sixrd from-dhcp: option 212: IPv4MaskLen 33 is more than 32" \
	sixrd from-dhcp "2120$opt" local 10.0.0.9
expect "sixrd from-dhcp, more than 128 bits" 1 "" \
	"m46ctl: sixrd from-dhcp: option 212: 32 bits of IPv4 address behind a \
prefix of 97 are more than 128" sixrd from-dhcp "0061$opt" local 10.0.0.9
expect "sixrd without command" 2 "" \
	'm46ctl: sixrd: command missing, try m46ctl sixrd help' sixrd

# Relays
relay="$s1 relay on"
health="$relay
relay health dev s1"
sick()	# NAME MOCK REASONS
{
	MOCK=$2 expect "relay health: $1" 1 "$3" "" -b - <<< "$health"
}
expect "relay health" 0 "s1: can relay" "" -b - <<< "$health"
expect "relay health as JSON" 0 '[{"dev":"s1","healthy":true,"reasons":[]}]' \
	"" -j -b - <<< "$relay
relay health s1"
expect "relay health: off" 1 "s1: relay is off" "" -b - <<< "$s1
relay health s1"
sick "down" down "s1: the device is down"
sick "no carrier" nocarrier \
	"s1: the device has no carrier: no local address is there"
sick "no forwarding" noforward \
	"s1: IPv6 is not forwarded: net.ipv6.conf.all.forwarding is 0"
sick "no route" noroute "s1: no route to native IPv6"
MOCK=multipath expect "relay health with multipath routes" 0 "s1: can relay" "" \
	-b - <<< "$health"
sick "no route, multipath" noroute,multipath "s1: no route to native IPv6"
MOCK=noanycast expect "relay health without anycast" 0 "s1: can relay" "" \
	-b - <<< "$health"
MOCK=noanycast expect "relay health: no anycast" 1 \
	"s1: 192.88.99.1 is no address of this machine" \
	"m46ctl: stdin:1: dev add: $deprecated" -b - <<< "$relay anycast on
relay health s1"
expect "relay health: anycast" 0 "s1: can relay" \
	"m46ctl: stdin:1: dev add: $deprecated" -b - <<< "$relay anycast on
relay health s1"
MOCK=domainroute expect "relay health of 6to4, native route to what 6rd has" 0 \
	"s1: can relay" "" -b - <<< "$health"
MOCK=noanycast expect "relay health of 6rd" 0 "s1: can relay" "" \
	-b - <<< "$relay anycast on prefix 2001:db8::/32
relay health s1"
MOCK=domainroute expect "relay health of 6rd: its own prefix is not native" 1 \
	"s1: no route to native IPv6" "" \
	-b - <<< "$relay prefix 2001:db8::/32
relay health s1"
MOCK=down,noforward,noroute expect "relay health: all reasons, as JSON" 1 \
'[{"dev":"s1","healthy":false,"reasons":["the device is down",'\
'"relay is off",'\
'"IPv6 is not forwarded: net.ipv6.conf.all.forwarding is 0",'\
'"no route to native IPv6"]}]' "" -j -b - <<< "$s1
relay health s1"
refused "relay health without dev" "relay health" "relay health: dev is missing"
refused "relay health of an unknown device" "relay health s9" \
	"relay health: s9: no such device"
refused "relay health of another mode" "relay health pe1" \
	"relay health: pe1: only for devices of mode 6to4"

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
rules="$pe1
$pe2
rule add default via 2001:db8:ff::/96 dev pe1
rule add 198.51.100.0/24 via 2001:db8:3::/96 pe1
rule add 198.51.100.7 via 2001:db8:4::/96 dev pe1
rule add 198.51.100.0/25 via 2001:db8:3:1::/96 dev pe2
rule add 192.0.2.0/24 via 2001:db8:1::/96 pe2 local"
expect "rule add of default and of an address" 0 \
'DST              VIA                METHOD  LOCAL  DEV
0.0.0.0/0        2001:db8:ff::/96   -       -      pe1
198.51.100.0/24  2001:db8:3::/96    -       -      pe1
198.51.100.7/32  2001:db8:4::/96    -       -      pe1
198.51.100.0/25  2001:db8:3:1::/96  -       -      pe2
192.0.2.0/24     2001:db8:1::/96    -       local  pe2' "" -b - <<< "$rules
rule show"
expect "rule replace and del of default and of an address" 0 \
'DST        VIA              METHOD  LOCAL  DEV
0.0.0.0/0  2001:db8:9::/96  -       -      pe1' "" -b - <<< "$rules
rule replace default via 2001:db8:9::/96 dev pe1
rule del 198.51.100.7 pe1
rule del 198.51.100.0/24 dev pe1
rule show dev pe1
rule del default pe1
rule show pe1"
# only NAME WORDS ROWS: "-s rule show WORDS" shows these ROWS of the table
only()
{
	local head='DST              VIA                METHOD  LOCAL  DEV'
	local want=$head row number=0

	for row in $3; do
		want+=$'\n'$(grep "^$row " <<< "$all_rules")
		number=$((number + 1))
	done
	want+=$'\n'"$number rule"
	[ $number = 1 ] || want+=s
	[ $number = 0 ] && want="0 rules"
	{ echo "$rules"; echo "rule show $2"; } | "$ctl" -s -b - |
		sed 's/  */ /g' > "$tmp/out"
	[ "$(cat "$tmp/out")" = "$(printf '%s\n' "$want" | sed 's/  */ /g')" ]
	result $? "rule show: $1"
}
all_rules=$({ echo "$rules"; echo "rule show"; } | "$ctl" -b -)
only "all, and how many" "" \
	"0.0.0.0/0 198.51.100.0/24 198.51.100.7/32 198.51.100.0/25 192.0.2.0/24"
only "a bare name" "pe2" "198.51.100.0/25 192.0.2.0/24"
only "inside a prefix" "198.51.0.0/16" \
	"198.51.100.0/24 198.51.100.7/32 198.51.100.0/25"
only "equal to a prefix" "dev pe1 198.51.100.0/24" \
	"198.51.100.0/24 198.51.100.7/32"
only "an address" "198.51.100.7" "198.51.100.7/32"
only "default" "default" "0.0.0.0/0"
only "0.0.0.0/0" "0.0.0.0/0 dev pe2" "198.51.100.0/25 192.0.2.0/24"
only "via" "via 2001:db8:3::/96" "198.51.100.0/24"
only "via and name" "via 2001:db8:2::/47 pe2" "198.51.100.0/25"
only "local" "local" "192.0.2.0/24"
only "none" "203.0.113.0/24" ""
expect "rule show as JSON does not count" 0 '[{"dst":"192.0.2.0/24",'\
'"via":"2001:db8:1::/96","dev":"pe2","method":null,"local":true}]' "" \
	-j -s -b - <<< "$rules
rule show local"
refused "rule show with host bits" "rule show 192.0.2.1/24" \
	"rule show: 192.0.2.1/24: host bits 0.0.0.1 are set, 192.0.2.0/24 is the prefix"
refused "rule show with method" "rule show method translate" \
	'rule show: "method" does not belong here'
refused "a slip in a word is not taken for a device" \
	"rule add 192.0.2.0/24 vai 2001:db8::/96 dev pe1" \
	'rule add: unknown word "vai" or "2001:db8::/96", try m46ctl rule help'
refused "two devices" "rule flush pe1 pe2" \
	'rule flush: unknown word "pe1" or "pe2", try m46ctl rule help'
refused "a device without a letter needs dev" "rule flush 5" \
	'rule flush: unknown word "5", try m46ctl rule help'
echo "default via 2001:db8:ff::/96 pe1" > "$tmp/bare"
expect "the device as a bare name" 0 \
'198.51.100.0/24 via 2001:db8:3::/96 dev pe1
0.0.0.0/0 via 2001:db8:ff::/96 dev pe1
DEV  PREFIX        SIZE  USED  FREE  EXCLUDE
t1   192.0.2.0/24   254     2   252  -
IPV6         IPV4         TYPE    EXPIRES  DEV
2001:db8::a  192.0.2.200  static        -  t1
DEV  COUNTER       PACKETS
pe1  xlat_46        123456
pe1  drop_no_rule        3' "" -b - <<< "$rules
$t1
rule get 198.51.100.9 pe1
rule load $tmp/bare pe1
rule get 198.51.100.9 pe1
rule flush pe1
rule show pe1
pool add 192.0.2.0/24 t1 exclude 192.0.2.1
pool del 192.0.2.0/24 t1
pool add 192.0.2.0/24 t1
entry add 2001:db8::a 192.0.2.200 t1
entry add 2001:db8::b 192.0.2.3 t1 dynamic
pool show t1
entry flush t1 dynamic
entry show t1
entry del 2001:db8::a t1
entry show t1
stats show pe1
stats reset pe1"
refused "rule get finds none" "rule get 192.0.2.1 dev pe1" \
	"rule get: 192.0.2.1 dev pe1: no rule for it"
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
	"rule add: 192.0.2.0/24 dev pe9: no such device"
refused "rule add the kernel refuses" \
	"rule add 203.0.113.0/24 via 2001:db8::/96 dev pe1" \
	"rule add: 203.0.113.0/24 dev pe1: mock: not this block"
refused "rule del of none" "rule del 192.0.2.0/24 dev pe1" \
	"rule del: 192.0.2.0/24 dev pe1: no such rule"
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
expect "rule load -s says how many" 0 "pe1: 3 rules loaded
pe1: 1 rule loaded" "" -s -b - <<< "$pe1
rule load $tmp/rules dev pe1
rule load $tmp/bare pe1"
expect "rule load as JSON says nothing" 0 "" "" -j -s -b - <<< "$pe1
rule load $tmp/rules dev pe1"
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
	"rule load: $tmp/bad:1777: 203.0.113.0/24 dev pe1: mock: not this block"
expect "a refused load changes nothing" 1 \
'DST           VIA              METHOD  LOCAL  DEV
192.0.2.0/24  2001:db8:4::/96  -       -      pe1' \
"m46ctl: stdin:3: rule load: $tmp/bad:1777: 203.0.113.0/24 dev pe1: mock: not this block" \
	-force -b - <<< "$pe1
rule add 192.0.2.0/24 via 2001:db8:4::/96 dev pe1
rule load $tmp/bad dev pe1
rule show"

# Rules that are routes
f1="$pe1 md fib"
expect "rule show of md fib" 0 \
'DST              VIA                METHOD  LOCAL  DEV  ORIGIN  TABLE  METRIC
192.0.2.0/24     2001:db8:1::/96    -       local  pe1  -           -       -
198.51.100.0/24  2001:db8:300::/96  -       -      pe1  bgp       254      20
203.0.113.0/24   2001:db8:400::/96  -       -      pe1  bird      254      32
203.0.113.0/24   2001:db8:500::/96  -       -      pe1  bird      254      32
172.16.0.0/12    2001:db8:600::/96  -       -      pe1  200       254       0
192.0.2.128/25   fe80::1/128        -       -      pe1  static    254       0
0.0.0.0/0        2001:db8:f00::/96  -       -      pe1  bgp      1046      20
7 rules' "" -s -b - <<< "$f1
rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe1 local
rule show dev pe1"
expect "rule show of all devices, some of them md fib" 0 \
'DST              VIA                METHOD  LOCAL  DEV  ORIGIN  TABLE  METRIC
192.0.2.0/24     2001:db8:9::/96    encap   -      pe2  -           -       -
198.51.100.0/24  2001:db8:300::/96  -       -      pe1  bgp       254      20
203.0.113.0/24   2001:db8:400::/96  -       -      pe1  bird      254      32
203.0.113.0/24   2001:db8:500::/96  -       -      pe1  bird      254      32
192.0.2.128/25   fe80::1/128        -       -      pe1  static    254       0
DST            VIA                METHOD  LOCAL  DEV  ORIGIN  TABLE  METRIC
100.64.0.0/10  2001:db8:700::/96  -       -      pe2  zebra     254       0' \
	"" -b - <<< "$f1
$pe2
rule add 192.0.2.0/24 via 2001:db8:9::/96 dev pe2 method encap
dev set pe2 md fib
rule show 192.0.0.0/3
rule show 100.64.0.0/10"
expect "rule show of md fib as JSON" 0 \
'[{"dst":"0.0.0.0/0","via":"2001:db8:f00::/96","dev":"pe1","method":null,"local":false,"origin":"bgp","table":1046,"metric":20}]
[{"dst":"192.0.2.0/24","via":"2001:db8:1::/96","dev":"pe1","method":null,"local":true}]' \
	"" -j -b - <<< "$f1
rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe1 local
rule show default
rule show local"
expect "rule get of md fib" 0 \
'198.51.100.0/24 via 2001:db8:300::/96 dev pe1 origin bgp table 254 metric 20
203.0.113.0/24 via 2001:db8:400::/96 dev pe1 origin bird table 254 metric 32
203.0.113.0/24 via 2001:db8:500::/96 dev pe1 origin bird table 254 metric 32
172.16.0.0/12 via 2001:db8:600::/96 dev pe1 origin 200 table 254 metric 0
192.0.2.0/24 via 2001:db8:1::/96 dev pe1 local' "" -b - <<< "$f1
rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe1 local
rule get 198.51.100.7 dev pe1
rule get 203.0.113.9 pe1
rule get 172.16.1.1 pe1
rule get 192.0.2.1 pe1 local"
while IFS='|' read -r addr reason; do
	expect "rule get of md fib, $addr" 1 "" \
		"m46ctl: stdin:2: rule get: $reason" -b - <<< "$f1
rule get $addr dev pe1"
done << 'EOF'
192.0.2.1|route to 192.0.2.1 leads to veth0, not to pe1
8.8.8.8|no route to 8.8.8.8
10.1.1.1|route to 10.1.1.1: the route is a blackhole
192.168.1.1|route to 192.168.1.1 into pe1 has no IPv6 next hop
192.0.2.7|192.0.2.7 is an address of this machine, the route does not lead to pe1
EOF
expect "rule get of md fib, local and none" 1 "" \
"m46ctl: stdin:2: rule get: 192.0.2.1 dev pe1: no rule for it" -b - <<< "$f1
rule get 192.0.2.1 dev pe1 local"
expect "rule add to md fib" 1 "" "m46ctl: stdin:2: rule add: 192.0.2.0/24 dev \
pe1: md is fib: rules are IPv4 routes via inet6 into the device" -b - <<< "$f1
rule add 192.0.2.0/24 via 2001:db8:9::/96 dev pe1"
{ echo "$f1"; echo "rule show dev pe1"; } | MOCK=routes=40000 "$ctl" -b - |
	sort -u | wc -l | grep -qx 40001
result $? "rule show of many routes"
MOCK=torn4=1 expect "routes that changed are read again" 0 'DST             VIA                METHOD  LOCAL  DEV  ORIGIN  TABLE  METRIC
203.0.113.0/24  2001:db8:400::/96  -       -      pe1  bird      254      32
203.0.113.0/24  2001:db8:500::/96  -       -      pe1  bird      254      32
2 rules' "" -s -b - <<< "$f1
rule show 203.0.113.0/24 pe1"
MOCK=torn4=99 expect "routes that change each time" 1 '[{"dst":"198.51.100.0/24","via":"2001:db8:300::/96","dev":"pe1","method":null,"local":false,"origin":"bgp","table":254,"metric":20}]' "m46ctl: stdin:2: rule show: the rules changed each time they were read, the list may be inconsistent" 	-j -b - <<< "$f1
rule show 198.51.100.0/24 pe1"

# What is wrong
c1="$pe1
rule add 192.0.2.0/24 via 2001:db8:1::/96 dev pe1 local
rule add default via 2001:db8:46::/96 dev pe1"
expect "check finds nothing" 0 "[]
[]
[]" "" -j -b - <<< "$c1
check
check dev pe1
check pe1"
expect "check finds nothing, text" 0 "" "" -b - <<< "$c1
check"
expect "check without devices" 0 "[]" "" -j check
expect "check of an unknown device" 1 "" \
	"m46ctl: stdin:4: check: pe9: no such m46 device" -b - <<< "$c1
check dev pe9"
expect "check of an unknown word" 2 "" \
	'm46ctl: check: unknown word "frob" or "nicate", try m46ctl check help' check frob nicate
MOCK=nomodule expect "check without the module" 1 "" "m46ctl: check: the kernel \
module m46 is not loaded, and loading it by itself failed: try modprobe m46" \
	check
MOCK=down,noforward,strict,ipv6off expect "check of the host" 1 \
'error    device-down     pe1  the device is down, and routes into it are gone
    ip link set pe1 up
error    ipv6-disabled   pe1  IPv6 is off: net.ipv6.conf.pe1.disable_ipv6 is 1
    sysctl -w net.ipv6.conf.pe1.disable_ipv6=0
error    forwarding-off  pe1  IPv4 is not forwarded: net.ipv4.ip_forward is 0
    sysctl -w net.ipv4.ip_forward=1
error    forwarding-off  pe1  IPv6 is not forwarded: net.ipv6.conf.all.forwarding is 0
    sysctl -w net.ipv6.conf.all.forwarding=1
warning  rp-filter       pe1  net.ipv4.conf.all.rp_filter is 1: IPv4 out of the device is dropped unless the route to its source leads into it
    sysctl -w net.ipv4.conf.pe1.rp_filter=2' "" -b - <<< "$c1
check"
# found NAME FINDINGS: of the lines of stdin, "check" behind them; no texts
found()
{
	local got

	got=$({ cat; echo check; } | "$ctl" -b - 2> "$tmp/err" |
		awk '/^(error|warning)/ { print $2 ":" $3 }' |
		paste -s -d ' ')
	[ "$got" = "$2" ]
	result $? "check: $1"
	[ "$got" = "$2" ] || echo "# $got"
}
found "no rules" no-rules:pe1 <<< "$pe1"
MOCK=perhost found "a route without next hop" neighbour-per-host:pe1 <<< "$c1"
MOCK=lost found "no way" "no-next-hop-route:pe1 own-prefix-not-routed:pe1" \
	<<< "$c1"
found "a way in circles" "next-hop-loops:pe1" <<< "$c1
rule add 198.51.100.0/24 via 2001:db8:3::/96 dev pe1"
MOCK=narrow found "a narrow way" core-mtu:pe1 <<< "$c1
rule add 198.51.100.0/24 via 2001:db8:46:1::/96 dev pe1"
MOCK=narrow found "two narrow ways" "core-mtu:pe1 core-mtu:pe1" <<< "$c1
rule add 198.51.100.0/24 via 2001:db8:46:1::/96 dev pe1 method encap"
found "a block that goes elsewhere" block-not-routed:pe1 <<< "$c1
rule add 198.51.10.0/24 via 2001:db8:46:1::/96 dev pe1"
MOCK=forged found "forged packets" source-check-drops:pe1 <<< "$c1
dev set pe1 source-check strict"
MOCK=forged found "forged packets, nobody cares" "" <<< "$c1
dev set pe1 source-check off"
found "lengths and parts" "pref6-overlap:pe1 pref6-lengths:pe1" <<< "$c1
rule add 198.51.100.0/24 via 2001:db8:46::/64 dev pe1"
found "parts of an own prefix" "pref6-overlap:pe1 pref6-lengths:pe1 \
next-hop-loops:pe1" <<< "$c1
rule add 198.51.100.0/24 via 2001:db8::/46 dev pe1"
found "a NAT64 pool that nobody knows" "nat64-pool-not-covered:pe1" <<< "$c1
dev set pe1 nat64 64:ff9b::/96 nat64-pool 192.0.2.0/25,198.51.100.0/24"
MOCK=noforward found "NAT64 without IPv4, not forwarding" \
	"forwarding-off:pe3 own-prefix-not-routed:pe3 nat64-not-routed:pe3" <<< "
dev add pe1 mode adpt prefix 2001:db8:1::/96
dev add pe2 mode adpt prefix 2001:db8:2::/96
dev del pe1
dev del pe2
dev add pe3 mode adpt prefix 2001:db8:2::/96 nat64 64:ff9b::/96
rule add default via 2001:db8:46::/96 dev pe3"
found "mode m46t" "no-pool:t1" <<< "$t1"
found "pools" "pool-nearly-full:t1 pool-not-routed:t1 pool-not-routed:t1" <<< \
"$t1
pool add 192.168.0.0/30 dev t1
pool add 8.8.8.0/24 dev t1
pool add 192.0.2.0/29 dev t1
entry add ::1 192.168.0.1 dev t1
entry add ::2 192.168.0.2 dev t1"
s6="$s1 prefix 2002::/16"
MOCK=perhost found "mode 6to4, a route without next hop" "" <<< "$s6"
found "mode 6to4" "" <<< "$s6"
MOCK=lost found "6to4, no way" prefix-not-routed:s1 <<< "$s6"
MOCK=noforward found "6to4 for a host alone" "" <<< "$s6"
MOCK=noforward,lan found "6to4 for a site" forwarding-off:s1 <<< "$s6"
MOCK=moved,lan found "6to4, addresses left behind" \
	"address-outside-delegated:s1 address-outside-delegated:s1" <<< "$s6"
MOCK=badgateway found "6to4, no relay" no-relay-gateway:s1 <<< "$s6"
MOCK=noanycast found "6to4, anycast not there" local-not-there:s1 <<< \
	"$s6 relay on anycast on"
found "6rd, small sites, no relay" "delegated-too-long:s1 no-border-relay:s1" \
	<<< "$s1 prefix 2001:db8:4000::/34"
found "6rd, a border relay" "" <<< "$s1 prefix 2001:db8::/32 relay on"
found "6in4, no way" no-ipv4-route:s1 <<< "$s1 remote 8.8.8.8"
found "6in4, remote here" no-ipv4-route:s1 <<< "$s1 remote 192.0.2.7"
found "6in4, through a tunnel" no-ipv4-route:s1 <<< "$s1 remote 198.51.100.9"
found "6to4, no such address" local-not-there:s1 <<< \
	"dev add s1 mode 6to4 local 198.51.100.8"
found "6to4, a private address" "local-not-there:s1 local-is-private:s1" <<< \
	"dev add s1 mode 6to4 local 192.168.1.1 remote 192.0.2.9"
found "routes" "rule-points-to-self:pe1 next-hop-has-host-bits:pe1 \
route-without-next-hop:pe1 bgp-next-hop-not-m46:pe1 next-hop-loops:pe1 \
next-hop-loops:pe1 next-hop-loops:pe1 next-hop-loops:pe1" <<< "dev add pe1 mode adpt \
prefix 2001:db8:300::/96 md fib"
{ echo "$c1"; for i in {10..30}; do
	echo "rule add 198.51.$i.0/24 via 2001:db8:$i::/96 dev pe1"
done; echo check; } | "$ctl" -b - | grep -c . | grep -qx 40
result $? "check: ten of a kind, and remedies"
{ echo "$c1"; for i in {10..30}; do
	echo "rule add 198.51.$i.0/24 via 2001:db8:$i::/96 dev pe1"
done; echo check; } | "$ctl" -b - | grep -c 'circles (and 11 more like it)$' |
	grep -qx 1
result $? "check: the rest is counted"
MOCK=narrow expect "check as JSON" 1 '[{"check":"core-mtu",'\
'"severity":"warning","dev":"pe1","text":"the IPv6 route to '\
'2001:db8:46::/96, the edge of 0.0.0.0/0 has MTU 1500 (device veth0): an '\
'IPv4 packet of 1500 bytes translated needs 1520",'\
'"remedy":"ip link set dev veth0 mtu 1520"}]' "" -j -b - <<< "$c1
check"

# Pools
expect "pool show" 0 \
'DEV  PREFIX               SIZE  USED      FREE  EXCLUDE
t1   192.0.2.0/24          189     1       188  192.0.2.1/32,192.0.2.64/26
t1   198.51.100.7/32         1     1         0  -
t2   10.0.0.0/8       16777214     0  16777214  -' "" -b - <<< "$t1
dev add t2 mode m46t prefix 2001:db8:0:47::/96
pool add 192.0.2.0/24 dev t1 exclude 192.0.2.1,192.0.2.64/26
po a 198.51.100.7 dev t1
pool add 10.0.0.0/8 dev t2
entry add 2001:db8::1 192.0.2.2 dev t1
entry add 2001:db8::7 198.51.100.7 dev t1
pool show"
expect "pool show as JSON" 0 '[{"dev":"t1","prefix":"192.0.2.0/24","size":253,'\
'"used":0,"free":253,"exclude":["192.0.2.1/32"]},
{"dev":"t1","prefix":"192.0.3.0/31","size":2,"used":0,"free":2}]' "" -j -b - \
	<<< "$t1
pool add 192.0.2.0/24 exclude 192.0.2.1/32 dev t1
pool add 192.0.3.0/31 dev t1
pool show dev t1"
expect "pool del" 0 "" "" -b - <<< "$t1
pool add 192.0.2.0/24 dev t1 exclude 192.0.2.1
pool del 192.0.2.0/24 dev t1
pool show"
expect "no pools as JSON" 0 '[]' "" -j pool show
many=$(seq -s , -f 10.0.0.%g 64)
expect "pool show prints 64 excludes" 0 "[{\"dev\":\"t1\",\
\"prefix\":\"10.0.0.0/24\",\"size\":190,\"used\":0,\"free\":190,\
\"exclude\":[\"${many//,//32\",\"}/32\"]}]" "" -j -b - <<< "$t1
pool add 10.0.0.0/24 exclude $many dev t1
pool show"
expect "pool show prints 64 excludes as text" 0 \
"DEV  PREFIX       SIZE  USED  FREE  EXCLUDE
t1   10.0.0.0/24   190     0   190  ${many//,//32,}/32" "" -b - <<< "$t1
pool add 10.0.0.0/24 exclude $many dev t1
pool show"
refused "pool add without dev" "pool add 192.0.2.0/24" \
	"pool add: 192.0.2.0/24: dev NAME is missing"
refused "pool add without anything" "pool add" "pool add: V4/LEN is missing"
refused "pool add of a short prefix" "pool add 0.0.0.0/0 dev t1" \
	"pool add: 0.0.0.0/0: length out of range 8..32"
refused "pool add with host bits" "pool add 192.0.2.1/24 dev t1" \
	"pool add: 192.0.2.1/24: host bits 0.0.0.1 are set, 192.0.2.0/24 is the prefix"
refused "pool add, bad exclude" \
	"pool add 192.0.2.0/24 dev t1 exclude 192.0.2.1,x" \
	'pool add: exclude: "x" is not an IPv4 address'
refused "pool add to a device of another mode" "pool add 192.0.2.0/24 dev pe1" \
	"pool add: 192.0.2.0/24 dev pe1: mock: not an m46t device"
refused "pool add to an unknown device" "pool add 192.0.2.0/24 dev t9" \
	"pool add: 192.0.2.0/24 dev t9: no such device"
expect "pool add twice" 1 "" "m46ctl: stdin:3: pool add: 192.0.2.0/24 dev t1: \
mock: pool overlaps another" -b - <<< "$t1
pool add 192.0.2.0/24 dev t1
pool add 192.0.2.0/24 dev t1"
expect "pool del of none" 1 "" "m46ctl: stdin:2: pool del: 192.0.2.0/24 \
dev t1: no such pool" -b - <<< "$t1
pool del 192.0.2.0/24 dev t1"
refused "pool del with exclude" "pool del 192.0.2.0/24 dev t1 exclude 192.0.2.1" \
	'pool del: "exclude" does not belong here'
refused "pool show with a prefix" "pool show 192.0.2.0/24" \
	'pool show: unknown word "192.0.2.0/24", try m46ctl pool help'

# Entries
entries="$t1
dev add t2 mode m46t prefix 2001:db8:0:47::/96
entry add 2001:db8::a 192.0.2.200 dev t1
entry add 2001:db8::b 192.0.2.3 dev t1 dynamic expires 90m
entry add 2001:db8:0:1:2:3:4:5 192.0.2.20 dev t1 dynamic expires 7233
entry add 2001:db8::c 192.0.2.1 dev t1 dynamic
entry del 2001:db8::c dev t1
entry add 2001:db8::d 10.0.0.1 dev t2 static"
expect "entry show is sorted and straight" 0 \
'IPV6                  IPV4         TYPE     EXPIRES  DEV
2001:db8::b           192.0.2.3    dynamic      90m  t1
2001:db8:0:1:2:3:4:5  192.0.2.20   dynamic    7233s  t1
2001:db8::a           192.0.2.200  static         -  t1
2001:db8::d           10.0.0.1     static         -  t2' "" -b - <<< "$entries
entry show"
expect "entry show as JSON" 0 '[{"dev":"t1","ipv6":"2001:db8::b",'\
'"ipv4":"192.0.2.3","type":"dynamic","expires":5400},
{"dev":"t1","ipv6":"2001:db8::a","ipv4":"192.0.2.200","type":"static"}]' "" \
	-j -b - <<< "$entries
entry del 192.0.2.20 dev t1
entry show dev t1"
expect "entry show, dormant" 0 \
'IPV6         IPV4       TYPE     EXPIRES  DEV
2001:db8::c  192.0.2.1  dormant     124m  t1' "" -b - <<< "$entries
entry show dormant"
expect "entry show, filters" 0 '[]
[{"dev":"t1","ipv6":"2001:db8::a","ipv4":"192.0.2.200","type":"static"}]
[{"dev":"t1","ipv6":"2001:db8::a","ipv4":"192.0.2.200","type":"static"}]
[{"dev":"t2","ipv6":"2001:db8::d","ipv4":"10.0.0.1","type":"static"}]
[]
[{"dev":"t1","ipv6":"2001:db8::c","ipv4":"192.0.2.1","type":"dormant","expires":7440}]' \
	"" -j -b - <<< "$entries
entry show 192.0.2.1
entry show dev t1 static
entry show 2001:db8::a dev t1
entry show static 2001:db8::8/125 dev t2
entry show 2001:db8::/125 dynamic
entry show dev t1 192.0.2.0/31 all"
expect "entry replace" 0 \
'IPV6         IPV4       TYPE    EXPIRES  DEV
2001:db8::2  192.0.2.7  static        -  t1' "" -b - <<< "$t1
entry add 2001:db8::1 192.0.2.7 dev t1
entry replace 2001:db8::2 192.0.2.7 dev t1
entry show"
expect "entry flush" 0 \
'[{"dev":"t1","ipv6":"2001:db8::c","ipv4":"192.0.2.1","type":"dormant","expires":7440},
{"dev":"t1","ipv6":"2001:db8::b","ipv4":"192.0.2.3","type":"dormant","expires":5400},
{"dev":"t1","ipv6":"2001:db8:0:1:2:3:4:5","ipv4":"192.0.2.20","type":"dynamic","expires":7233},
{"dev":"t2","ipv6":"2001:db8::d","ipv4":"10.0.0.1","type":"static"}]
[]
[{"dev":"t2","ipv6":"2001:db8::d","ipv4":"10.0.0.1","type":"static"}]' \
	"" -j -b - <<< "$entries
entry flush dev t1 static
entry flush dev t1 192.0.2.3
entry show all
entry flush dev t1 all
entry show dev t1
entry flush dev t1
entry show"
expect "entry flush, dynamic" 0 \
'IPV6         IPV4         TYPE    EXPIRES  DEV
2001:db8::a  192.0.2.200  static        -  t1' "" -b - <<< "$entries
entry flush dev t1 dynamic
entry show dev t1"
expect "entry del of both" 0 '[]' "" -j -b - <<< "$t1
entry add 2001:db8::1 192.0.2.7 dev t1
entry del 2001:db8::1 192.0.2.7 dev t1
entry show"
refused "entry add without anything" "entry add" "entry add: address is missing"
refused "entry add without V4" "entry add 2001:db8::1 dev t1" \
	"entry add: 2001:db8::1: V4 is missing"
refused "entry add without V6" "entry add 192.0.2.1 dev t1" \
	"entry add: 192.0.2.1: V6 is missing"
refused "entry add without dev" "entry add 2001:db8::1 192.0.2.1" \
	"entry add: dev is missing"
refused "entry add, bad address" "entry add 2001:db8::g 192.0.2.1 dev t1" \
	'entry add: "2001:db8::g" is not an IP address'
refused "entry add, static expires" \
	"entry add 2001:db8::1 192.0.2.1 dev t1 expires 5m" \
	"entry add: expires: only with dynamic"
refused "entry add, dormant" \
	"entry add 2001:db8::1 192.0.2.1 dev t1 dormant" \
	'entry add: "dormant" does not belong here'
expect "entry add twice" 1 "" "m46ctl: stdin:3: entry add: 2001:db8::2 192.0.2.7 \
dev t1: mock: the address has an entry" -b - <<< "$t1
entry add 2001:db8::1 192.0.2.7 dev t1
entry add 2001:db8::2 192.0.2.7 dev t1"
expect "entry del of none" 1 "" "m46ctl: stdin:2: entry del: 2001:db8::1 \
dev t1: no such entry" -b - <<< "$t1
entry del 2001:db8::1 dev t1"
refused "entry del with a type" "entry del 2001:db8::1 dev t1 static" \
	'entry del: "static" does not belong here'
refused "entry flush, dormant" "entry flush dev t1 dormant" \
	'entry flush: "dormant" does not belong here'
refused "entry flush without dev" "entry flush static" \
	"entry flush: dev is missing"
refused "entry show with expires" "entry show expires 5" \
	'entry show: "expires" does not belong here'
refused "entry show of nonsense" "entry show 2001:db8::g" \
	'entry show: "2001:db8::g" is not an IP address'
refused "entry show of no device" "entry show frob" \
	'entry show: frob: no such device'
refused "entry add to a device of another mode" \
	"entry add 2001:db8::1 192.0.2.1 dev pe1" \
	"entry add: 2001:db8::1 192.0.2.1 dev pe1: mock: not an m46t device"
MOCK=torn=100 expect "a dump of entries that is always interrupted" 1 \
'IPV6         IPV4       TYPE    EXPIRES  DEV
2001:db8::1  192.0.2.7  static        -  t1' \
"m46ctl: stdin:3: entry show: the entries changed each time they were read, the list may be inconsistent" \
	-b - <<< "$t1
entry add 2001:db8::1 192.0.2.7 dev t1
entry show"
# The printer alone looks 256 rows ahead, and what comes later is wider here.
{
	echo "$t1"
	for i in {0..299}; do
		echo "entry add 2001:db8::$((i < 256 ? i : i + 1000)) \
10.0.$((i < 256 ? 1 : 100)).$((i % 256)) dev t1"
	done | shuf
	echo "entry show"
} | "$ctl" -b - > "$tmp/out"
[ "$(wc -l < "$tmp/out")" = 301 ] &&
	[ "$(awk '{ print index($0, $2), index($0, $3) }' "$tmp/out" | uniq |
		wc -l)" = 1 ] &&
	tail -n +2 "$tmp/out" | awk '{ print $2 }' | sort -CV
result $? "entry show of many is straight"

# DNS64
wkp='dev add nat mode m46t prefix 64:ff9b::/96'
lines()	# NAME LINES STDERR ARGS...: what is printed has these lines, in order
{
	local name=$1 want=$2 err=$3 ok=0

	shift 3
	"$ctl" "$@" > "$tmp/out" 2> "$tmp/err" || ok=1
	[ "$(grep -xF "$want" "$tmp/out")" = "$want" ] || ok=1
	[ "$(cat "$tmp/err")" = "$err" ] || ok=1
	result $ok "$name"
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/out" "$tmp/err"
}
lines "dns64 bind" 'dns64 2001:db8:0:46:0:46::/96 {
	clients { any; };
	mapped {
		!0.0.0.0/8;
		!127.0.0.0/8;
		!224.0.0.0/4;
		!240.0.0.0/4;
		any;
	};
	exclude {
		::ffff:0:0/96;
		64:ff9b::/96;
		2001:db8:0:46:0:46::/96;
	};
};' "" -b - <<< "$t1 plane 0:46
dns64 bind dev t1"
cp "$tmp/out" "$tmp/bind1"
lines "dns64 bind exclude-all" '	exclude { any; };' "" -b - <<< "$t1
dns64 bind exclude-all dev t1"
grep -q ffff "$tmp/out"
[ $? = 1 ]
result $? "dns64 bind exclude-all excludes nothing else"
cp "$tmp/out" "$tmp/bind2"
lines "dns64 bind repeats the command" "// DNS64 for m46 device t1, made by \
m46ctl dns64 bind dev t1 exclude-all except 2001:db8::/32,2001:db9::53/128." \
	"" -b - <<< "$t1
dns64 bind except 2001:db8::/32,2001:db9::53 exclude-all dev t1"
[ "$(sed -n '/^\texclude/,/^\t}/p' "$tmp/out" | tr -d '\n\t')" = \
	"exclude {!2001:db8::/32;!2001:db9::53/128;any;};" ]
result $? "dns64 bind exclude-all except"
cp "$tmp/out" "$tmp/bind4"
lines "dns64 bind with the well-known prefix" 'dns64 64:ff9b::/96 {
		!10.0.0.0/8;
		!100.64.0.0/10;
		!169.254.0.0/16;
		!172.16.0.0/12;
		192.0.0.170/31;
		!192.0.0.0/24;
		!192.0.2.0/24;
		!192.88.99.0/24;
		!192.168.0.0/16;
		!198.18.0.0/15;
		!198.51.100.0/24;
		!203.0.113.0/24;
		any;
		::ffff:0:0/96;
		64:ff9b::/96;' "" -b - <<< "$wkp
dns64 bind dev nat"
[ "$(grep -c 64:ff9b "$tmp/out")" = 2 ]
result $? "dns64 bind names a prefix once"
cp "$tmp/out" "$tmp/bind3"
lines "dns64 bind where the well-known prefix takes all" '	mapped {
		!240.0.0.0/4;
		any;' "" -b - <<< "$wkp wkp-strict off
dns64 bind dev nat"
grep -q '!10.0.0.0/8' "$tmp/out"
[ $? = 1 ]
result $? "dns64 bind maps private addresses with wkp-strict off"
lines "dns64 bind of mode adpt" 'dns64 2001:db8:1::/96 {
		2001:db8:1::/96;
		2001:db8:9::/64;' "" -b - <<< "$pe1,2001:db8:9::/64
dns64 bind dev pe1"
lines "dns64 unbound" 'server:
	module-config: "dns64 validator iterator"
	dns64-prefix: 2001:db8:0:46::/96' "" -b - <<< "$t1
dns64 unbound dev t1"
cp "$tmp/out" "$tmp/unbound1"
lines "dns64 unbound exclude-all" '	dns64-prefix: 64:ff9b::/96
	dns64-synthall: yes' "" -b - <<< "$wkp
dns64 unbound dev nat exclude-all"
grep -q 'made by m46ctl dns64 unbound dev nat exclude-all\.$' "$tmp/out"
result $? "dns64 unbound repeats the command"
cp "$tmp/out" "$tmp/unbound2"
lines "dns64 unbound warns of bits 64 to 71" \
	'	dns64-prefix: 2001:db8:0:46:100::/96' "m46ctl: stdin:1: dev add: \
warning: t1: $u_bits
m46ctl: stdin:2: dns64 unbound: warning: t1: $u_bits" -b - <<< "$t1 plane 100:0
dns64 unbound dev t1"
lines "dns64 radvd" 'nat64prefix 2001:db8:0:46:0:46::/96 {' "" -b - \
	<<< "$t1 plane 0:46
dns64 radvd dev t1"
lines "dns64 as JSON" '[{"dev":"t1","server":"radvd","prefix":"2001:db8:0:46::/96",'\
'"config":"# PREF64 (RFC 8781) for m46 device t1, made by m46ctl dns64 radvd '\
'dev t1.\n# For the interface { } of the IPv6-only hosts in radvd.conf; '\
'radvd 2.20.\nnat64prefix 2001:db8:0:46::/96 {\n};\n"}]' "" -j -b - <<< "$t1
dns64 radvd dev t1"
expect "dns64 bind, bits 64 to 71" 1 "" "m46ctl: stdin:1: dev add: \
warning: t1: $u_bits
m46ctl: stdin:2: dns64 bind: t1: bits 64 to 71 of 2001:db8:0:46:100::/96 are \
set, which BIND refuses" -b - <<< "$t1 plane 100:0
dns64 bind dev t1"
expect "dns64 of another address format" 1 "" "m46ctl: stdin:2: dns64 unbound: \
pe1: prefix 2001:db8::/48: DNS64 agrees with the device for length 96 only" \
	-b - <<< "dev add pe1 mode adpt prefix 2001:db8::/48
dns64 unbound dev pe1"
refused "dns64 without dev" "dns64 bind" "dns64 bind: dev is missing"
refused "dns64 of an unknown device" "dns64 bind dev t9" \
	"dns64 bind: t9: no such device"
refused "dns64 radvd exclude-all" "dns64 radvd dev pe1 exclude-all" \
	'dns64 radvd: "exclude-all" does not belong here'
refused "dns64 bind except without exclude-all" \
	"dns64 bind dev pe1 except 2001:db8::/32" \
	"dns64 bind: except is for exclude-all, which is missing"
refused "dns64 bind except of IPv4" \
	"dns64 bind dev pe1 exclude-all except 192.0.2.0/24" \
	'dns64 bind: except: "192.0.2.0/24" is not an IPv6 prefix'
refused "dns64 bind except twice the word" \
	"dns64 bind dev pe1 exclude-all except ::/1 except 8000::/1" \
	'dns64 bind: except: given twice'
refused "dns64 unbound except" \
	"dns64 unbound dev pe1 exclude-all except 2001:db8::/32" \
	"dns64 unbound: except: unbound has no exceptions from dns64-synthall, \
but never replaces what local-data says"
refused "dns64 radvd except" "dns64 radvd dev pe1 except 2001:db8::/32" \
	'dns64 radvd: "except" does not belong here'

# skip PROGRAM NAME: whether a test cannot be done
skip()
{
	command -v "$1" > /dev/null && return 1
	n=$((n + 1))
	skipped=$((skipped + 1))
	echo "ok $n $2 # SKIP no $1"
}
if ! skip named-checkconf "BIND takes it"; then
	ok=0
	for i in 1 2 3 4; do
		echo "options { include \"$tmp/bind$i\"; };" > "$tmp/named.conf"
		named-checkconf "$tmp/named.conf" > "$tmp/log" 2>&1 || ok=1
	done
	result $ok "BIND takes it"
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/log"
fi
if ! skip unbound-checkconf "unbound takes it"; then
	ok=0
	for i in 1 2; do
		cat > "$tmp/unbound.conf" << EOF
server:
	directory: "$tmp"
	chroot: ""
	username: ""
include: "$tmp/unbound$i"
EOF
		unbound-checkconf "$tmp/unbound.conf" > "$tmp/log" 2>&1 || ok=1
	done
	result $ok "unbound takes it"
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/log"
fi

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
MOCK=enomem expect "a text that does not say what kind of failure it was" 1 "" \
	"m46ctl: stdin:2: rule flush: pe1: mock: the table (Cannot allocate memory)" \
	-b - <<< "$pe1
rule flush pe1"
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

# Completion in all three shells, with the words of the tool itself. Where it is
# asked for what there is, there is this.
mkdir "$tmp/bin" "$tmp/conf"
plain=$top/m46ctl	# without sanitizers, which take their time
[ -x "$plain" ] || plain=$ctl
cat > "$tmp/bin/m46ctl" <<EOF
#!/bin/bash
words=\$*
case \$words in
*"-j "*" show"*)
	{
		printf '%s\n' "$pe1" "$t1" "$s1" \
			"rule add default via 2001:db8::/96 pe1" \
			"rule add 192.0.2.0/24 via 2001:db8::/96 pe1" \
			"pool add 198.51.100.0/24 t1"
		echo "\${words#*-j }"
	} | "$(realpath "$ctl")" -j -b -
	;;
*)
	exec "$(realpath "$plain")" "\$@"
	;;
esac
EOF
chmod +x "$tmp/bin/m46ctl"
export M46CTL_CONF_DIR=$tmp/conf M46CTL_MODULE_DIR=/nonexistent
# completes NAME WANT WORDS...: what the last word, which may be empty, can be.
# Nothing is asked before "completed".
completes()
{
	printf '%s\n' "$1" >> "$tmp/names"
	printf '%s\n' "$2" >> "$tmp/wants"
	shift 2
	echo "m46ctl $*" >> "$tmp/lines"
}
# One shell sorts, another does not say in which directory a file is.
alike()
{
	sed -E 's,[^ ]*/([^ /]+)/?,\1,g' <<< "$1" | tr ' ' '\n' |
		LC_ALL=C sort | paste -s -d ' '
}
completed()
{
	local name want ok shell got

	for shell in bash zsh fish; do
		PATH=$tmp/bin:$PATH "$top/complete.sh" "$shell" < "$tmp/lines" \
			> "$tmp/in-$shell" 2> "$tmp/err"
		result $? "completion in $shell"
		sed 's/^/# /' "$tmp/err"
	done
	exec 3< "$tmp/wants" 4< "$tmp/in-bash" 5< "$tmp/in-zsh" 6< "$tmp/in-fish"
	while read -r name; do
		ok=0
		read -r want <&3
		read -r got <&4
		[ "$got" = "$want" ] || { ok=1 && echo "# bash: $got"; }
		for shell in zsh:5 fish:6; do
			read -r got <&"${shell#*:}"
			[ "$(alike "$got")" = "$(alike "$want")" ] && continue
			ok=1
			echo "# ${shell%:*}: $got"
		done
		result $ok "completion: $name"
	done < "$tmp/names"
	rm "$tmp/names" "$tmp/wants" "$tmp/lines"
}
completes "objects" "dev dns64 down" d
completes "commands" "add del show help" pool ""
completes "values" "adpt m46t 6to4" dev add x mode ""
completes "words of the mode" "reuse-after refresh-from-v4 reuse-early rate" \
	dev add x mode m46t r
completes "words of the other mode" "reserved-bits rate" \
	dev add x mode adpt r
completes "words of mode 6to4" \
	"remote relay return-only relay-source relay-from rate" \
	dev add x mode 6to4 r
completes "words of two modes" "tclass tos-ignore tos-override" \
	dev add x mode m46t t
completes "words of adpt and 6to4" "encap-limit ecn ecn-log" \
	dev add x mode adpt e
completes "methods" "translate encap" dev add x mode adpt method ""
completes "methods of a rule" "translate encap" \
	rule add default via 2001:db8::/96 dev x method ""
completes "a keyword beside numbers" "none" dev add x mode adpt encap-limit ""
completes "keywords of lists" "any none" dev add x mode 6to4 relay-from ""
completes "nothing that is only shown" "dscp-ignore" dev add x d
completes "words of any mode" "remote reuse-after refresh-from-v4 reuse-early \
relay return-only relay-source relay-from reserved-bits rate" dev add x r
completes "words once" "dynamic" entry add ::1 192.0.2.1 static dev x ""
completes "words that belong to a word" "static expires" \
	entry add ::1 192.0.2.1 dev x dynamic ""
completes "options" "-json" -j
completes "types" "dynamic dormant" entry show dev x d
completes "no value" "" entry add ::1 192.0.2.1 dynamic expires ""
completes "words that belong to a flag" "except" \
	dns64 bind dev x exclude-all ""
completes "words of one server" "" dns64 unbound dev x exclude-all ""
completes "words of a flag need it" "exclude-all" dns64 bind dev x ""
completes "objects behind help" \
	"$("$ctl" help commands | cut -d ' ' -f 1 | uniq | paste -s -d ' ')" \
	help ""
completes "help takes one object" "" help dev ""
for words in "rule add" "rule replace" "rule del" "rule get" "ru a" "pool add" \
	     "pool del" "entry add" "entry del" "entry add 2001:db8::1"; do
	# shellcheck disable=SC2086 # words
	completes "no words where an address belongs: $words" "" $words ""
done
completes "words behind the prefix" "via dev local method" \
	rule add 192.0.2.0/24 ""
completes "words behind addresses with colons" "dev static dynamic" \
	entry add 2001:db8::1 192.0.2.1 ""
completes "words behind a prefix with colons" "dev local method" \
	rule add default via 2001:db8::/96 ""
completes "abbreviations" "via dev local method" ru ad 192.0.2.0/24 ""
completes "abbreviated objects" "add replace del show get flush load help" ru ""
completes "abbreviated commands" "dev static dynamic all" e fl ""
completes "what an object without commands takes" "dev help" check ""
completes "no more than one device" "" check dev pe1 ""
completes "aliases" "dev static dynamic dormant all" entry ls ""
completes "aliases, one" "via dev local" rule delete 192.0.2.0/24 ""
completes "an ambiguous command" "" dev s ""
completes "files of rules" "$(echo "$tmp"/man*)" rule lo "$tmp/man"
completes "files of others" "$(echo "$tmp"/man*)" import tayga "$tmp/man"
completes "others" "jool tayga help" import ""
completes "one file of others" "" import jool x.json ""
completes "no devices while there is no module" "dev" rule show d
completed
touch "$tmp/conf/site.conf" "$tmp/conf/old.conf~"
completes "names of files" "dev dir dry-run site help" up ""
for words in down restore; do
	completes "words of $words" "dev dir site help" $words ""
done
completes "words of sync" "dev dir dry-run diff confirm site help" sync ""
completes "words behind a name" "confirm" sync site c
completes "words with dashes" "--dry-run --diff --confirm" \
	sync site --
completes "words of up with dashes" "--dry-run" up --
completes "no words twice" "dir diff" sync site --dry-run di
completes "no time to confirm" "" sync site --confirm ""
completes "directories" "$tmp/conf" save dir "$tmp/con"
completes "files" "$tmp/conf/site.conf" up "$tmp/conf/s"
completes "the one thing to show" "config" show c
completed
M46CTL_MODULE_DIR=/
completes "devices to sync" "t1" sync t
completes "devices to show" "dev pe1 t1 s1" show config ""
completes "devices to save" "pe1" save p
completes "devices" "pe1 t1 s1" dev show ""
completes "devices behind dev" "pe1 t1 s1" dev del dev ""
completes "devices of the mode" "pe1" rule flush dev ""
completes "devices as bare names" "dev pe1" rule flush ""
completes "devices as bare names of any mode" "dev pe1 t1 s1" stats reset ""
completes "devices as bare names, abbreviated" "dev t1" po ls ""
completes "one device" "via local" rule show pe1 ""
completes "no bare names among words" "via dev local method" \
	rule add default ""
completes "prefixes of rules" "0.0.0.0/0 192.0.2.0/24" rule del ""
completes "prefixes of pools" "198.51.100.0/24" pool delete 198
completes "words of the device's mode" "reserved-bits rate" dev set dev pe1 r
completes "words of the third device's mode" \
	"remote relay return-only relay-source relay-from rate" dev set s1 r
completes "relays" "dev s1" relay health ""
completes "nothing where HEX belongs" "" sixrd from-dhcp ""
completes "words behind HEX" "local" sixrd from-dhcp 0820 ""
completes "what an object without commands takes, and devices" \
	"dev pe1 t1 s1 help" check ""
completes "devices of any mode" "pe1 t1 s1" check dev ""
completes "words of the other device's mode" \
	"reuse-after refresh-from-v4 reuse-early rate" dev set t1 r
completes "interfaces" "lo" dev add x mode 6to4 link lo
completes "interfaces in a list" "lo" dev set pe1 fastpath lo
completes "interfaces in a list, once" "" dev set pe1 fastpath lo,lo
completed

# Configuration files: what can be seen without a kernel that keeps addresses
conf=$tmp/etc
mkdir "$conf"
printf '%s\n' '[Device]' 'Mode = adpt' 'Prefix = 2001:db8:1::/96' 'Rate = 5' \
	'Address = 2001:db8:77::1/64' '[Rule]' 'Dst = 10.0.0.0/8' \
	'Via = 2001:db8:3::/96' > "$conf/cf.conf"
expect "up --dry-run" 0 \
"m46ctl dev add cf mode adpt prefix 2001:db8:1::/96 rate 5
m46ctl rule add 10.0.0.0/8 via 2001:db8:3::/96 dev cf
ip link set cf up
ip address replace 2001:db8:77::1/64 dev cf" "" up cf dir "$conf" --dry-run
# Routes into the third device are the mock's own.
MOCK=perhost expect "up, then show config" 0 "[Device]
Mode = adpt
Prefix = 2001:db8:1::/96
Rate = 5
Route = 192.0.2.128/25 via fe80::1
Route = 192.168.0.0/16
Route = ::/0 via 2002:c000:209::
Route = 2002::/16
Route = fd00::/8 via 2002:c000:209::

[Rule]
Dst = 10.0.0.0/8
Via = 2001:db8:3::/96" "" -b - <<< "up $conf/cf.conf
show config cf"
expect "up twice" 1 "" "m46ctl: stdin:2: up: cf: is there already: sync cf" \
	-b - <<< "up $conf/cf.conf
up cf dir $conf"
expect "up, and down" 1 "" "m46ctl: stdin:3: dev set: cf: no such device" \
	-b - <<< "up $conf/cf.conf
down $conf/cf.conf
dev set cf rate 6"
expect "nothing to take down" 1 "" "m46ctl: down: cf: no such device" \
	down cf dir "$conf"
sed 's/^Rate.*/Rate = 13/' "$conf/cf.conf" > "$conf/u.conf"
expect "what the kernel refuses" 1 "" \
	"m46ctl: up: $conf/u.conf:4: u: rate 13: mock: an unlucky rate (Numerical result out of range)" \
	up u dir "$conf"
echo 'Prefix = ::/0' >> "$conf/u.conf"
expect "an error in the last line" 1 "" \
	"m46ctl: sync: $conf/u.conf:9: unknown key \"Prefix\" in [Rule]" \
	sync u dir "$conf" --diff
expect "no file" 1 "" \
	"m46ctl: up: $conf/none.conf: No such file or directory" up none dir "$conf"
expect "no file of that name" 1 "" 'm46ctl: up: "./x" is not NAME.conf' up ./x
expect "no name" 1 "" "m46ctl: sync: NAME is missing" sync --dry-run
expect "name and file" 1 "" 'm46ctl: up: "./x.conf": either NAME or FILE' \
	up ./x.conf dev y
expect "no time" 1 "" \
	'm46ctl: sync: confirm: 0 is out of range 1s..1d' sync cf --confirm 0
expect "a word of another command" 2 "" \
	'm46ctl: "--diff": options stand before the object: m46ctl --diff up ...' \
	up cf --diff
"$ctl" help keys | grep -qx 'Device SourceCheck off|loose|strict' &&
	"$ctl" help keys | grep -qx 'Device PostUp COMMAND' &&
	"$ctl" help keys | grep -qx 'Rule Dst V4/LEN'
result $? "help has the keys of files"

# The manual of files knows every key that is no word
missing=
while read -r section key _; do
	grep -q "^\.BR.*\b$key\b" "$top/../man/m46.conf.5" ||
		[ "$("$ctl" help words | awk -v s="${section/Device/dev}" -v k="$key" '
			{ w = $2; gsub("-", "", w) }
			$1 == s && w == tolower(k)' | wc -l)" = 1 ] ||
		missing="$missing $section:$key"
done < <("$ctl" help keys)
[ -z "$missing" ]
result $? "the manual has every key of files"
[ -z "$missing" ] || echo "# missing:$missing"

# Files of other translators, which Documentation/compare.md is about
others=$top/../../Documentation/examples/import

# imports PEER FILE: it becomes the file in m46/, whose comments are warnings; and
# that is one of ours, up to the commands for it
imports()
{
	local file=$others/$2 want name ok=0

	name=${2%.*}
	want=$others/m46/$name.conf
	"$ctl" import "$1" "$file" > "$tmp/out" 2> "$tmp/err" || ok=1
	cmp -s "$tmp/out" "$want" || ok=1
	sed -n '4,/^$/s/^# //p' "$want" |
		sed "s|^|m46ctl: import $1: warning: $file: |" > "$tmp/want"
	diff "$tmp/want" "$tmp/err" > "$tmp/diff" || ok=1
	result $ok "import $1 $2"
	[ $ok = 0 ] || diff "$want" "$tmp/out" | sed 's/^/# /'
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/diff"
	expect "import $1 - < $2" 0 "$(cat "$want")" \
		"$(sed "s|$file|stdin|" "$tmp/err")" import "$1" - < "$file"
	"$ctl" up "$want" --dry-run > "$tmp/out" 2> "$tmp/err" &&
		grep -q "^m46ctl dev add $name mode " "$tmp/out" &&
		[ ! -s "$tmp/err" ]
	result $? "up with what import made of $2"
}

for file in "$others"/jool-*.json; do
	imports jool "${file##*/}"
done
for file in "$others"/tayga-*.conf; do
	imports tayga "${file##*/}"
done
[ "$(find "$others/m46" -type f | wc -l)" = \
	"$(find "$others" -maxdepth 1 -type f | wc -l)" ]
result $? "no file of import is left out"
expect "import without a file" 1 "" "m46ctl: import jool: FILE is missing" \
	import jool
expect "import of two" 1 "" 'm46ctl: import tayga: "y": one FILE only' \
	import tayga x y
expect "import of what is not there" 1 "" \
	"m46ctl: import jool: $tmp/none: No such file or directory" \
	import jool "$tmp/none"
expect "import of a directory" 1 "" \
	"m46ctl: import tayga: $tmp: Is a directory" import tayga "$tmp"
expect "import of the batch" 1 "" \
	"m46ctl: stdin:1: import jool: -: standard input is the batch" \
	-b - <<< "import jool -"
expect "an error of TAYGA" 1 "" \
	'm46ctl: import tayga: stdin:3: prefix: 2001:db8::1/96: host bits ::1 are set, 2001:db8::/96 is the prefix' \
	import tayga - <<< "tun-device nat64
ipv4-addr 192.0.2.1
prefix 2001:db8::1/96"
expect "an error of Jool" 1 "" \
	'm46ctl: import jool: stdin: eamt[0]."ipv4 prefix": "x?y" is not an IPv4 address' \
	import jool - <<< '{ "framework": "netfilter", "eamt": [
	{ "ipv6 prefix": "::1", "ipv4 prefix": "x\ny" } ] }'
expect "an error of JSON" 1 "" \
	"m46ctl: import jool: stdin:2: JSON, column 20: '}' expected near '\"y\"'" \
	import jool - <<< '{ "framework": "x",
	"instance": "x" "y" }'
head -c 17000000 /dev/zero > "$tmp/zeros"
expect "import of too much" 1 "" \
	"m46ctl: import tayga: $tmp/zeros: larger than 16777215 bytes" \
	import tayga "$tmp/zeros"
rm "$tmp/zeros"

# The commands of Documentation/compare.md. Those of one block are one batch, for
# they are about one device; ip, nft and systemctl have no mock.
compare=$top/../../Documentation/compare.md

# block NAME: its lines
block()
{
	awk -v name="<!-- $1 -->" '
		$0 == name { on = 1; next }
		on && /^    / { print substr($0, 5); seen = 1; next }
		on && seen { exit }' "$compare"
}

mkdir "$tmp/m46"
while read -r words; do
	ok=0
	: > "$tmp/err"
	block "$words" > "$tmp/block"
	[ -s "$tmp/block" ] || ok=1
	while read -r command object what file _ target; do
		case "$command $object" in
		"m46ctl import")
			"$ctl" import "$what" "$others/$file" 2> "$tmp/err" \
				> "$tmp/m46/${target##*/}" || ok=1
			;;
		"m46ctl up")
			"$ctl" up "$what" "$file" dir "$tmp/m46" \
				> "$tmp/out" 2> "$tmp/err" || ok=1
			grep -q "^m46ctl dev add $what " "$tmp/out" || ok=1
			;;
		esac
	done < "$tmp/block"
	# The mock takes no private address, whatever the device.
	sed -n -e 's/ local 10\.0\.0\.1 / local 198.51.100.7 /' \
		-e 's/^m46ctl \(dev\|rule\|pool\|entry\) /\1 /p' "$tmp/block" \
		> "$tmp/batch"
	"$ctl" -b "$tmp/batch" > "$tmp/out" 2>> "$tmp/err" || ok=1
	result $ok "compare.md: $words"
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/block" "$tmp/err"
done < <(sed -n 's/^<!-- \(.*\) -->$/\1/p' "$compare")
printf '%s\n' '###' '### Last written: Sun Nov 22 10:00:00 2026' '' \
	"192.168.255.7	2001:db8:a::7	1795339200" > "$tmp/dynamic.map"
{
	echo 'dev add nat64 mode m46t prefix 64:ff9b::/96'
	echo 'pool add 192.168.255.0/24 dev nat64'
	sh -c "$(block tayga-map | sed -e "s|/var/lib/tayga|$tmp|" \
		-e 's/ | m46ctl .*//')"
	echo 'entry show dynamic'
} > "$tmp/batch"
"$ctl" -force -b "$tmp/batch" > "$tmp/out" 2> "$tmp/err" &&
	grep -q '^2001:db8:a::7  *192\.168\.255\.7  *dynamic' "$tmp/out"
result $? "compare.md: entries of TAYGA"

# What documents show are the files that selftests/config.sh uses
for file in "$top"/../../Documentation/examples/config/*.conf; do
	ok=0
	sed -e 's/^./    &/' "$file" > "$tmp/shown"
	python3 -c 'import sys
sys.exit(open(sys.argv[1]).read() not in open(sys.argv[2]).read())' \
		"$tmp/shown" "$top/../../README.md" || ok=1
	result $ok "README shows ${file##*/}"
done
awk '/^\.EX/ { on = 1; next } /^\.EE/ { exit } on' "$top/../man/m46.conf.5" |
	diff - <(grep -v '^#' "$top/../../Documentation/examples/config/pe1.conf" |
		sed '/./,$!d') > "$tmp/diff"
result $? "the manual shows pe1.conf"
sed 's/^/# /' "$tmp/diff"

# Help, manual, completion and netlink specification have the same words.
"$top/../../selftests/check_words.py" --m46ctl "$plain" > "$tmp/log"
result $? "help, manual, completion and netlink have the same words"
[ "$(grep -c '^ok' "$tmp/log")" -gt 10 ]
result $? "and all of them were asked"
grep -v '^ok' "$tmp/log" | sed 's/^/# /'

# The manual has all that is found.
"$ctl" help findings | sed 's/: .*//' > "$tmp/findings"
awk '/^\.SH FINDINGS/ { on = 1 } /^\.SH/ && !/FINDINGS/ { on = 0 }
	on && /^\.BR .*\((error|warning)\)"$/ { gsub(/\\/, ""); gsub(/[",()]/, ""); print $2, $3 }' \
	"$top/../man/m46ctl-check.8" > "$tmp/man-findings"
diff "$tmp/findings" "$tmp/man-findings" > "$tmp/diff"
result $? "the manual has every finding"
sed 's/^/# /' "$tmp/diff"

# And every counter, with the kernel's sentence.
top=$top/../..
tr -d '\\\n\t' < "$top/kmod/stats.h" |
	grep -o 'X([A-Z0-9_]*, [a-z0-9_]*,[^"*]*"[^"]*"' |
	sed 's/[^,]*, \([a-z0-9_]*\),[^"]*"\(.*\)"/\1: \2./' > "$tmp/counters"
sed 's/\\-/-/g' "$top/tools/man/m46ctl-stats.8" | awk '
	/^\./ && text != "" { print text; text = "" }
	/^\.SH/ { here = $2 == "COUNTERS" }
	!here { next }
	/^\.B [a-z0-9_]+$/ { text = $2 ":" }
	/^[^.]/ && text != "" { text = text " " $0 }
	' > "$tmp/out"
[ "$(wc -l < "$tmp/counters")" -gt 50 ] &&
	diff "$tmp/counters" "$tmp/out" > "$tmp/log"
result $? "the manual has every counter"
[ -s "$tmp/log" ] && sed 's/^/# /' "$tmp/log"

# The manual of the module has for each drop what else it means.
tr -d '\\\n\t' < "$top/kmod/stats.h" | sed 's/M46_ICMP(\([0-9]*\), *\([0-9]*\))/\1\/\2/g' |
	grep -oE 'X\([A-Z0-9_]*, [a-z0-9_]*,( *[0-9/]+,){2} *[A-Z0-9_]+,' |
	sed -e 's/[^,]*, //' -e 's/, */ /g' -e 's/ 0\>/ -/g' -e 's/ *$//' \
	> "$tmp/reasons"
sed 's/\\-/-/g' "$top/tools/man/m46.4" |
	awk '/^\.EE/ { on = 0 } on && !/^\./ { print $1, $2, $3, $4 } /^\.EX/ { on = 1 }' \
	> "$tmp/out"
[ "$(wc -l < "$tmp/reasons")" -gt 50 ] &&
	diff "$tmp/reasons" "$tmp/out" > "$tmp/log"
result $? "the manual of the module has every drop"
[ -s "$tmp/log" ] && sed 's/^/# /' "$tmp/log"
grep -q '^Documentation/troubleshooting.md' "$top/tools/man/m46ctl.8" &&
	[ -f "$top/Documentation/troubleshooting.md" ]
result $? "the manual's troubleshooting leads further"

# Installed: the unit, too, which starts the program that was installed.
installed()
{
	make -s -C "$top/tools/m46ctl" "$1" DESTDIR="$tmp/root" PREFIX=/usr \
		systemdsystemunitdir=/lib/systemd/system MAKEFLAGS= \
		> "$tmp/log" 2>&1 &&
		(cd "$tmp/root" && find . -type f | LC_ALL=C sort) > "$tmp/out"
}
unit=$tmp/root/lib/systemd/system/m46-store.service
installed install && [ "$(cat "$tmp/out")" = "\
./lib/systemd/system/m46-store.service
./lib/systemd/system/m46@.service
./usr/sbin/m46ctl
./usr/share/bash-completion/completions/m46ctl
./usr/share/fish/vendor_completions.d/m46ctl.fish
./usr/share/man/man4/m46.4
./usr/share/man/man5/m46.conf.5
./usr/share/man/man8/m46ctl-check.8
./usr/share/man/man8/m46ctl-config.8
./usr/share/man/man8/m46ctl-confirm.8
./usr/share/man/man8/m46ctl-dev.8
./usr/share/man/man8/m46ctl-dns64.8
./usr/share/man/man8/m46ctl-down.8
./usr/share/man/man8/m46ctl-entry.8
./usr/share/man/man8/m46ctl-history.8
./usr/share/man/man8/m46ctl-import.8
./usr/share/man/man8/m46ctl-monitor.8
./usr/share/man/man8/m46ctl-pool.8
./usr/share/man/man8/m46ctl-relay.8
./usr/share/man/man8/m46ctl-restore.8
./usr/share/man/man8/m46ctl-rule.8
./usr/share/man/man8/m46ctl-save.8
./usr/share/man/man8/m46ctl-show.8
./usr/share/man/man8/m46ctl-sixrd.8
./usr/share/man/man8/m46ctl-stats.8
./usr/share/man/man8/m46ctl-store.8
./usr/share/man/man8/m46ctl-sync.8
./usr/share/man/man8/m46ctl-up.8
./usr/share/man/man8/m46ctl.8
./usr/share/zsh/vendor-completions/_m46ctl" ] && grep -qx WantedBy=multi-user.target "$unit"
result $? "make install: program, manual, completion, unit"
for file in zsh/vendor-completions/_m46ctl fish/vendor_completions.d/m46ctl.fish; do
	grep -qF " /usr/share/bash-completion/completions/m46ctl " \
		<(sed 's/^[ \t]*/ /; s/$/ /' "$tmp/root/usr/share/$file")
	result $? "${file##*/} finds what it asks"
done
# shellcheck disable=SC2016 # for systemd
[ "$(sed -n 's/^ExecStart=//p' "$unit")" = '/usr/sbin/m46ctl store run $STORE' ]
result $? "the unit starts it, with words of the operator"
if ! skip systemd-analyze "systemd takes the unit"; then
	sed "s,^ExecStart=/usr/sbin/m46ctl,ExecStart=$(realpath "$ctl")," \
		"$unit" > "$tmp/m46-store.service"
	ok=0
	systemd-analyze verify --man=no "$tmp/m46-store.service" \
		> "$tmp/log" 2>&1 || ok=1
	grep -q m46-store "$tmp/log" && ok=1
	result $ok "systemd takes the unit"
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/log"
fi
if ! skip systemd-analyze "systemd takes the unit of devices"; then
	sed "s,=/usr/sbin/m46ctl,=$(realpath "$ctl")," \
		"${unit%/*}/m46@.service" > "$tmp/m46@.service"
	ok=0
	systemd-analyze verify --man=no "$tmp/m46@pe1.service" \
		> "$tmp/log" 2>&1 || ok=1
	grep -q m46@ "$tmp/log" && ok=1
	result $ok "systemd takes the unit of devices"
	[ $ok = 0 ] || sed 's/^/# /' "$tmp/log"
fi
if ! skip systemctl "systemd can switch it on"; then
	systemctl --root="$tmp/root" enable m46-store > "$tmp/log" 2>&1 &&
		[ -L "$tmp/root/etc/systemd/system/multi-user.target.wants/m46-store.service" ]
	result $? "systemd can switch it on"
	systemctl --root="$tmp/root" disable m46-store > "$tmp/log" 2>&1
fi
installed uninstall && [ ! -s "$tmp/out" ]
result $? "make uninstall leaves nothing"

echo "1..$n"
echo "# Totals: pass:$((n - failed - skipped)) fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
[ "$failed" = 0 ]
