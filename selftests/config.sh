#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Configuration files: up, down, sync, confirm, save, restore, show config, with
# the files of Documentation/examples/config. Traffic goes through pe1 of
# adpt_lib.sh and through mt of m46t_lib.sh while they are changed.

# shellcheck disable=SC2154 # setup_ns sets them
. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/m46t_lib.sh"

EXAMPLES=$M46_TREE/Documentation/examples/config

one() { m46ctl -n "$one" "$@"; }
in_one() { ip netns exec "$one" "$@"; }
pe1() { m46ctl -n "$pe1" "$@"; }

# what_is NAME: all that a file could say of it
what_is()
{
	one show config "$1"
	one dev show "$1" | sed 's/^[0-9]*: //'
}

# --- files and devices

neighbours() { ip -n "$one" -"$1" neigh show nud all dev nb | wc -l; }

# Linux would keep one of each host that a route without next hop leads to.
one_neighbour()
{
	local i

	cat > "$TMP/nb.conf" <<-EOF
		[Device]
		Mode = adpt
		Prefix = 2001:db8:7::/96
		Route = 2001:db8:7::/96
		Route = 10.77.0.0/16
		Route = 2001:db8:77::1/128
	EOF
	one up "$TMP/nb.conf" || return
	defer_down nb
	ip -n "$one" -6 neigh flush dev nb
	for i in $(seq 20); do
		in_one ping -c 1 -W 0.01 "10.77.0.$i"
		in_one ping -c 1 -W 0.01 "2001:db8:7::a4d:$i"
	done > /dev/null 2>&1
	same "IPv4" "$(neighbours 4)" 1 && same "IPv6" "$(neighbours 6)" 1 &&
		matches "next hop" "$(ip -n "$one" -6 route show dev nb)" \
			'2001:db8:7::/96 via fe80::46 .*onlink' || return
	matches "one host" "$(ip -n "$one" -6 route show dev nb)" \
		'2001:db8:77::1 proto' || return
	# It is none to speak of, and who has no such route need not change it.
	in_step "$TMP/nb.conf" && ! one show config nb | grep via || return
	ip -n "$one" -6 route replace 2001:db8:7::/96 dev nb &&
		in_step "$TMP/nb.conf" || return
	sed -i '/^Route = 2001:db8:7::/d' "$TMP/nb.conf"
	one sync "$TMP/nb.conf" &&
		! ip -n "$one" -6 route show dev nb | grep 2001:db8:7::/96
}

# example NAME: a device of the file, the file of the device, and again
example()
{
	local first second

	one up "$EXAMPLES/$1.conf" 2> "$TMP/err" || { cat "$TMP/err"; return 1; }
	defer_down "$1"
	first=$(what_is "$1")
	in_step "$EXAMPLES/$1.conf" || return
	one show config "$1" > "$TMP/$1.conf"
	one down "$EXAMPLES/$1.conf" &&
		refused "$1.*[Nn]o such device" one dev show "$1" &&
		one up "$TMP/$1.conf" 2> /dev/null || return
	second=$(what_is "$1")
	same "the device of its own file" "$second" "$first" &&
		in_step "$TMP/$1.conf"
}

defer_down()
{
	defer ip -n "$one" link delete "$1" 2> /dev/null
}

# in_step FILE: sync has nothing to do
in_step()
{
	same "dry-run" "$(one sync "$1" --dry-run 2>&1)" "" &&
		same "diff" "$(one sync "$1" --diff 2>&1)" ""
}

# minimal NAME WORDS FILE: what nobody has set is not in the file
minimal()
{
	# shellcheck disable=SC2086 # words
	one dev add "$1" $2 2> /dev/null || return
	defer_down "$1"
	same "file" "$(one show config "$1" | tr '\n' ';')" "$3"
}

minimal_adpt()
{
	minimal min1 "mode adpt prefix 2001:db8:7::/96" \
		"[Device];Mode = adpt;Prefix = 2001:db8:7::/96;"
}

minimal_m46t()
{
	minimal min2 "mode m46t prefix 2001:db8:8::/96" \
		"[Device];Mode = m46t;Prefix = 2001:db8:8::/96;"
}

minimal_6to4()
{
	minimal min3 "mode 6to4 local 203.0.113.7 nonlocal on" \
		"[Device];Mode = 6to4;Local = 203.0.113.7;Nonlocal = on;"
}

# everything NAME WORDS: set, printed, made again, printed: the same
everything()
{
	local first

	# shellcheck disable=SC2086 # words
	one dev add "$1" $2 2> /dev/null || return
	defer_down "$1"
	first=$(one dev show "$1" | sed 's/^[0-9]*: //')
	one show config "$1" > "$TMP/$1.conf"
	one dev del "$1" && one up "$TMP/$1.conf" 2> /dev/null || return
	same "device" "$(one dev show "$1" | sed 's/^[0-9]*: //')" "$first" &&
		in_step "$TMP/$1.conf" || return
	# And from all of it back to the least.
	grep -E '^(\[Device\]|Mode|Prefix|Local|Nonlocal) ?' "$TMP/$1.conf" |
		awk '/^\[/ { n++ } n < 2' > "$TMP/least/$1.conf"
	one sync "$TMP/least/$1.conf" 2> /dev/null || return
	same "the least" "$(one show config "$1")" "$(cat "$TMP/least/$1.conf")"
}

everything_adpt()
{
	everything all1 "mode adpt prefix 2001:db8:7::/96,2001:db8:17::/64
		method encap nat64 64:ff9b::/96 nat64-pool 192.0.2.100/31
		source-check loose peer-method encap hoplimit 33 encap-limit 4
		frag inner flowlabel hash ecn compat ecn-log off
		lowest-ipv6-mtu 1400 udp-zero drop tclass 8 tos-ignore on
		dscp-ignore off tos-override 16 wkp-strict off
		reserved-bits ignore adpt-df clear proto-strict-copy on
		mss-clamp on icmp4-errors never icmp6-errors never rate 7
		burst 8 mtu-plateaus 1500,1000,500 icmp4-source 192.0.2.1
		pool6791 192.0.2.253/32,192.0.2.64/28 fastpath lo2"
}

everything_m46t()
{
	everything all2 "mode m46t prefix 2001:db8:8::/64 plane 0:46
		expires 15m reuse-after 1s max-per-64 4
		from 2001:db8:a::/64,2001:db8:b::/64 alloc-rate 0
		refresh-from-v4 off reuse-early on hairpin off"
}

everything_6to4()
{
	everything all3 "mode 6to4 local 203.0.113.7,203.0.113.8 nonlocal on
		relay on relay-source unicast relay-from 203.0.113.0/24
		acl 198.51.100.0/24 ingress-filter strict ttl inherit tos 8
		pmtudisc on fwmark 70 link lo2 icmp6-source 2001:db8::7"
}

# Addresses and routes of the file, with what hangs on them.
addresses()
{
	cat > "$TMP/r1.conf" <<-END
	[Device]
	Mode = adpt
	Prefix = 2001:db8:9::/96
	Mtu = 9000
	Address = 192.0.2.9/24, 2001:db8:99::9/64
	Route = 198.51.100.0/24 src 192.0.2.9 metric 7
	Table = 77
	Route = ::/0
	Route = 2001:db8:98::/48 via 2001:db8:99::1
	END
	one up "$TMP/r1.conf" || return
	defer_down r1
	matches "address" "$(ip -n "$one" address show dev r1)" \
		'mtu 9000.*' &&
		matches "route" "$(ip -n "$one" route show dev r1)" \
			'198.51.100.0/24 .*static.*src 192.0.2.9 metric 7' &&
		matches "table" "$(ip -n "$one" -6 route show table 77)" \
			'2001:db8:98::/48 via 2001:db8:99::1 dev r1' &&
		in_step "$TMP/r1.conf" || return
	# Another address, so another source; a daemon's route is not ours.
	ip -n "$one" route add 203.0.113.0/25 dev r1 proto bird
	ip -n "$one" route add 203.0.113.128/25 dev r1
	sed -i -e 's,192\.0\.2\.9/24,192.0.2.10/25,' \
		-e 's/src 192\.0\.2\.9/src 192.0.2.10/' -e '/^Mtu/d' "$TMP/r1.conf"
	one sync "$TMP/r1.conf" && in_step "$TMP/r1.conf" || return
	matches "source" "$(ip -n "$one" route show dev r1)" \
		'198.51.100.0/24 .*src 192.0.2.10 metric 7' &&
		matches "bird" "$(ip -n "$one" route show dev r1)" \
			'203.0.113.0/25 proto bird' &&
		same "a route by hand" "$(ip -n "$one" route show \
			203.0.113.128/25)" "" &&
		matches "mtu" "$(ip -n "$one" link show dev r1)" 'mtu 65535'
}

# With md fib routes are the rules, and the file has them.
fib()
{
	cat > "$TMP/f1.conf" <<-END
	[Device]
	Mode = adpt
	Prefix = 2001:db8:9::/96
	Md = fib
	Route = 2001:db8:9::/96
	Route = 198.51.100.0/24 via 2001:db8:300:: onlink
	END
	one up "$TMP/f1.conf" || return
	defer_down f1
	matches "rule" "$(one rule show dev f1)" \
		'198.51.100.0/24 .*2001:db8:300::/96' &&
		in_step "$TMP/f1.conf" &&
		same "file" "$(one show config f1 | grep -c 'via.*:300::')" 1 ||
		return
	sed -i 's/:300::/:400::/' "$TMP/f1.conf"
	matches "dry-run" "$(one sync "$TMP/f1.conf" --dry-run)" \
		'ip route replace 198.51.100.0/24 via inet6 2001:db8:400:: onlink dev f1' &&
		one sync "$TMP/f1.conf" &&
		same "rule" "$(one rule show dev f1 | grep -c :400::)" 1
}

# A prefix that was a rule's becomes our own: settings and rules in that order
# which the kernel takes.
takeover()
{
	cat > "$TMP/t1.conf" <<-END
	[Device]
	Mode = adpt
	Prefix = 2001:db8:1::/96

	[Rule]
	Dst = 10.0.0.0/8
	Via = 2001:db8:2::/96
	END
	one up "$TMP/t1.conf" || return
	defer_down t1
	sed -i -e 's/^Prefix.*/&,2001:db8:2::\/96/' -e 's/^Via.*:2:.*/&\nLocal = on/' \
		"$TMP/t1.conf"
	one sync "$TMP/t1.conf" && in_step "$TMP/t1.conf" || return
	sed -i -e 's/,2001:db8:2::.*//' -e '/^Local/d' "$TMP/t1.conf"
	one sync "$TMP/t1.conf" && in_step "$TMP/t1.conf"
}

hooks()
{
	cat > "$TMP/h1.conf" <<-END
	[Device]
	Mode = adpt
	Prefix = 2001:db8:9::/96
	PreUp = echo PreUp %i \$(ip -br link show %i 2>&1 | wc -l) > $TMP/hooks
	PostUp = echo PostUp %i ; true >> $TMP/hooks
	PostUp = ip -br link show %i | grep -c UP >> $TMP/hooks
	PreDown = ip -br link show %i | grep -c h1 >> $TMP/hooks
	PostDown = echo PostDown %i >> $TMP/hooks
	END
	one up "$TMP/h1.conf" > "$TMP/out" && one down "$TMP/h1.conf" || return
	same "what ran" "$(tr '\n' ' ' < "$TMP/hooks")" \
		"PreUp h1 1 1 1 PostDown h1 " &&
		same "what it said" "$(cat "$TMP/out")" "PostUp h1" || return
	# A command that fails takes the device with it.
	echo 'PostUp = exit 7' >> "$TMP/h1.conf"
	one up "$TMP/h1.conf" > "$TMP/out" 2>&1 && return 1
	matches "why" "$(cat "$TMP/out")" "h1.conf:9: PostUp: exit status 7" &&
		refused "h1.*[Nn]o such device" one dev show h1 || return
	chmod 666 "$TMP/h1.conf"
	refused "h1.conf:4: commands in a file that everybody can write" \
		one up "$TMP/h1.conf"
}

# Half a device is none.
up_fails()
{
	cat > "$TMP/u1.conf" <<-END
	[Device]
	Mode = adpt
	Prefix = 2001:db8:9::/96

	[Rule]
	Dst = 10.0.0.0/8
	Via = 2001:db8:3::/96

	[Rule]
	Dst = 10.1.0.0/16
	Via = 2001:db8:9::/96
	END
	one up "$TMP/u1.conf" 2> "$TMP/err" && return 1
	matches "why" "$(cat "$TMP/err")" "u1.conf:9: 10.1.0.0/16.*own prefix" &&
		refused "u1.*[Nn]o such device" one dev show u1 || return
	sed -i '9,$d' "$TMP/u1.conf"
	one up "$TMP/u1.conf" || return
	defer_down u1
	refused "u1: is there already" one up "$TMP/u1.conf" &&
		echo 'Mode = adpt' >> "$TMP/u1.conf" &&
		refused 'u1.conf:9: unknown key "Mode" in \[Rule\]' \
			one sync "$TMP/u1.conf"
}

save_restore()
{
	local before

	mkdir "$TMP/etc"
	one dev add v1 mode adpt prefix 2001:db8:11::/96 rate 5 || return
	one dev add v2 mode m46t prefix 2001:db8:12::/96 || return
	ip -n "$one" link set v1 up && ip -n "$one" link set v2 up
	one rule add 10.0.0.0/8 via 2001:db8:3::/96 dev v1
	one pool add 198.18.0.0/24 dev v2 \
		exclude 198.18.0.240/29,198.18.0.224/27,198.18.0.1
	one entry add 2001:db8:a::7 198.18.0.7 dev v2
	one entry add 2001:db8:a::8 198.18.0.8 dev v2 dynamic
	before=$(what_is v1; what_is v2)
	printf '%s\n' '# mine' '[Device]' 'Mode = adpt' \
		'Prefix = 2001:db8::/96' 'PostUp = true' > "$TMP/etc/v1.conf"
	chmod 640 "$TMP/etc/v1.conf"
	one save dir "$TMP/etc" || return
	same "files" "$(cd "$TMP/etc" && echo *)" "v1.conf v2.conf" &&
		same "mode" "$(stat -c %a "$TMP/etc/v1.conf")" 640 &&
		same "comment" "$(head -n 1 "$TMP/etc/v1.conf")" "# mine" &&
		matches "command" "$(cat "$TMP/etc/v1.conf")" '^PostUp = true' &&
		same "dynamic" "$(grep -c 198.18.0.8 "$TMP/etc/v2.conf")" 0 ||
		return
	one dev del v1 && one dev set v2 expires 5m &&
		one restore dir "$TMP/etc" || return
	defer_down v1
	defer_down v2
	in_step "$TMP/etc/v1.conf" && in_step "$TMP/etc/v2.conf" || return
	same "devices" "$(what_is v1; what_is v2)" "$before" &&
		same "the dynamic one" "$(one entry show dev v2 dynamic |
			grep -c 198.18.0.8)" 1 || return
	# A file that does not parse is not overwritten.
	echo nonsense >> "$TMP/etc/v2.conf"
	refused 'v2.conf:.*neither' one save v2 dir "$TMP/etc"
}

# --- sync

sync_words()
{
	mkdir -p "$TMP/w"
	cat > "$TMP/w/w1.conf" <<-END
	[Device]
	Mode = adpt
	Prefix = 2001:db8:9::/96

	[Rule]
	Dst = 10.0.0.0/8
	Via = 2001:db8:3::/96
	END
	one up "$TMP/w/w1.conf" || return
	defer_down w1
	sed -i -e 's/:3::/:4::/' -e '3aRate = 9' "$TMP/w/w1.conf"
	same "dry-run" "$(one sync "$TMP/w/w1.conf" --dry-run)" \
"m46ctl dev set w1 rate 9
m46ctl rule replace 10.0.0.0/8 via 2001:db8:4::/96 dev w1" || return
	same "diff" "$(one sync "$TMP/w/w1.conf" diff)" \
"--- w1 (running)
+++ $TMP/w/w1.conf
@@ -1,7 +1,8 @@
 [Device]
 Mode = adpt
 Prefix = 2001:db8:9::/96
+Rate = 9
 
 [Rule]
 Dst = 10.0.0.0/8
-Via = 2001:db8:3::/96
+Via = 2001:db8:4::/96" || return
	# The commands that it prints do the same.
	one sync w1 dir "$TMP/w" --dry-run | sed 's/^m46ctl //' |
		one -b - || return
	in_step "$TMP/w/w1.conf"
}

# changes_nothing REGEX FILE: one line, and the device is what it was
changes_nothing()
{
	local before after text

	before=$(what_is "$(basename "$2" .conf)")
	text=$(one sync "$2" 2>&1) && { echo "sync: status 0"; return 1; }
	after=$(what_is "$(basename "$2" .conf)")
	matches "why" "$text" "$1" && same "device" "$after" "$before"
}

bad_last_line()
{
	cat > "$TMP/b1.conf" <<-END
	[Device]
	Mode = m46t
	Prefix = 2001:db8:9::/96

	[Pool]
	Prefix = 198.18.0.0/24

	[Entry]
	Ipv6 = 2001:db8:a::1
	Ipv4 = 198.18.0.9
	END
	one up "$TMP/b1.conf" || return
	defer_down b1
	sed -i -e '3aExpires = 5m' -e 's/::1$/::2/' "$TMP/b1.conf"
	cp "$TMP/b1.conf" "$TMP/b1.good"
	echo 'Ipv4 = 198.18.0.10' >> "$TMP/b1.conf"
	changes_nothing 'b1.conf:12: Ipv4: given twice' "$TMP/b1.conf" ||
		return
	# What only the kernel can see, when all else is done.
	cp "$TMP/b1.good" "$TMP/b1.conf"
	printf '\n[Entry]\nIpv6 = 2001:db8:a::3\nIpv4 = 127.0.0.1\n' \
		>> "$TMP/b1.conf"
	changes_nothing 'b1.conf:13: .*127.0.0.1.*not unicast' \
		"$TMP/b1.conf" || return
	# Pools that went and came are undone, with the entries in them.
	one entry add 2001:db8:a::8 198.18.0.77 dev b1 dynamic || return
	sed -i '8aExclude = 198.18.0.1' "$TMP/b1.conf"
	changes_nothing '127.0.0.1.*not unicast' "$TMP/b1.conf" || return
	same "the dynamic entry" "$(one entry show dev b1 dynamic |
		grep -c 198.18.0.77)" 1 || return
	# And a rule that the kernel refuses.
	one dev add b2 mode adpt prefix 2001:db8:19::/96 || return
	defer_down b2
	ip -n "$one" link set b2 up
	one rule add 10.0.0.0/8 via 2001:db8:3::/96 dev b2
	one show config b2 > "$TMP/b2.conf"
	printf '\n[Rule]\nDst = 11.0.0.0/8\nVia = 2001:db8:19::/96\n' \
		>> "$TMP/b2.conf"
	sed -i '3aRate = 3' "$TMP/b2.conf"
	changes_nothing 'b2.conf:[0-9]*: 11.0.0.0/8.*own prefix' \
		"$TMP/b2.conf" || return
	sed -i '3aMtuPlateaus = 1500,60' "$TMP/b2.conf"
	changes_nothing 'b2.conf:4: b2: mtu-plateaus 1500,60: lowest is 68' \
		"$TMP/b2.conf"
}

# during FLOW... -- COMMAND...: numbered datagrams go, the command runs, and none
# is lost
during()
{
	local flow=()

	while [ "$1" != -- ]; do
		flow+=("$1")
		shift
	done
	shift
	rm -f "$TMP/until"
	flow udp "${flow[@]}" until "$TMP/until" > "$TMP/verdict" &
	sleep 1
	in_flow "$@"
	touch "$TMP/until"
	wait $! || return
	[ ! -s "$TMP/failed" ] || { cat "$TMP/failed"; return 1; }
	matches "flow" "$(cat "$TMP/verdict")" \
		'^received [1-9][0-9]{2,} lost 0 late 0 twice 0 corrupt 0$'
}

in_flow()
{
	local i

	: > "$TMP/failed"
	for i in 1 2 3 4 5; do
		"$@" "$i" >> "$TMP/failed" 2>&1 || echo "$* $i" >> "$TMP/failed"
		sleep 0.2
	done
}

# One rule and one knob, this way and that; the flow is another rule's.
change_pe1()
{
	sed -e "s/2001:db8:4:/2001:db8:$((4 + $1)):/" \
		-e "s/^Rate.*/Rate = 1$1/" "$TMP/tmpl" > "$TMP/pe1.conf"
	pe1 sync "$TMP/pe1.conf"
}

traffic_adpt()
{
	m46ctl -n "$pe1" dev del pe1 || return
	pe1 up "$EXAMPLES/pe1.conf" || return
	sed '4aRate = 10' "$EXAMPLES/pe1.conf" > "$TMP/tmpl"
	printf '\n[Rule]\nDst = 203.0.113.0/24\nVia = 2001:db8:4::/96\n' \
		>> "$TMP/tmpl"
	slowwait 10 ping_ok "$c4" "$S4" || return
	during "$c4" "$s4" "$S4" 100000 rate 500 -- change_pe1 &&
		matches "rule" "$(pe1 rule show dev pe1)" '2001:db8:9::/96' &&
		matches "rate" "$(pe1 dev show pe1)" 'rate 15'
}

# One pool and one knob; the flow is a host's with an address of that pool.
change_mt()
{
	printf '%s\n' "[Device]" "Mode = m46t" "Prefix = $M/96" \
		"Pool6791 = 203.0.113.200/32" "AllocRate = 0" \
		"Expires = 1$1m" "Route = $M/96" "Route = 198.51.100.0/22" \
		"[Pool]" "Prefix = $POOL" \
		"Exclude = $(sed -n "$((1 + $1))p" "$TMP/free")" > "$TMP/mt.conf"
	[ "$1" = 0 ] || m46ctl -n "$t" sync "$TMP/mt.conf"
}

traffic_m46t()
{
	local before

	echo 198.51.100.1 > "$TMP/free"
	change_mt 0
	m46ctl -n "$t" up "$TMP/mt.conf" || return
	defer mt_del
	hello "$A" && hello 2001:db8:a::3 && hello 2001:db8:a::4 || return
	before=$(entries dynamic | sort)
	same "entries" "$(wc -l <<< "$before")" 3 || return
	# What is excluded is lost: take what nobody has.
	printf '198.51.100.%s\n' {1..40} |
		grep -vxFf <(cut -d ' ' -f 2 <<< "$before") > "$TMP/free"
	during "$a" "$n4" "$MN4" 100000 rate 500 at "$N4" -- change_mt &&
		same "entries" "$(entries dynamic | sort)" "$before" &&
		matches "pool" "$(on pool show)" \
			"$(sed -n 6p "$TMP/free")/32" &&
		matches "expires" "$(m46ctl -n "$t" dev show mt)" 'expires 15m'
}

# "-" is standard input or output; the name has to be said.
stdio()
{
	one dev add c2 mode adpt prefix 2001:db8:8::/96 rate 5 &&
		defer ip -n "$one" link del c2 || return
	one show config c2 > "$TMP/shown" && one save - dev c2 > "$TMP/saved" &&
		same "save -" "$(cat "$TMP/saved")" "$(cat "$TMP/shown")" &&
		refused '^m46ctl: save: -: dev NAME is missing' one save - &&
		sed 's/^Rate.*/Rate = 7/' "$TMP/shown" | one sync - dev c2 &&
		matches "sync -" "$(one dev show c2)" 'rate 7( |$)' || return
	printf '[Device]\nMode = adpt\nRat = 3\n' > "$TMP/bad"
	refused '^m46ctl: sync: standard input:3: ' one_from "$TMP/bad" sync - dev c2 &&
		one_from "$TMP/shown" restore - dev c2 &&
		matches "restore -" "$(one dev show c2)" 'rate 5( |$)' &&
		one down - dev c2 < "$TMP/shown" &&
		one up - dev c2 < "$TMP/shown" &&
		same "up -" "$(one show config c2)" "$(cat "$TMP/shown")"
}

# one_from FILE COMMAND...
one_from()
{
	local from=$1
	shift

	one "$@" < "$from"
}

# show config -j: sections as they stand; what can be many is an array
config_json()
{
	one dev add c2 mode adpt prefix 2001:db8:8::/96 &&
		defer ip -n "$one" link del c2 &&
		one rule add 192.0.2.0/24 via 2001:db8:7::/96 dev c2 &&
		ip -n "$one" address add 198.51.100.1/32 dev c2 &&
		ip -n "$one" address add 198.51.100.2/32 dev c2 &&
		ip -n "$one" link set c2 up || return
	same "sections" "$(one -j show config c2 | jq -c '.[] | [.section, .dev]')" \
		'["Device","c2"]
["Rule",null]' &&
		same "values" "$(one -j show config c2 |
			jq -c '.[0] | [.Mode, .Prefixes // .Prefix, .Address]')" \
		'["adpt",["2001:db8:8::/96"],["198.51.100.1/32","198.51.100.2/32"]]' &&
		same "rule" "$(one -j show config c2 | jq -c '.[1] | [.Dst, .Via]')" \
		'["192.0.2.0/24","2001:db8:7::/96"]'
}

# What "dev add" warns of, files are warned of, too.
warned()
{
	one dev add c2 mode m46t prefix 2001:db8:8::/96 from 2001:db8:1::/48 &&
		defer ip -n "$one" link del c2 || return
	one show config c2 | sed 's/^Mode.*/&\nExpires = 90/' > "$TMP/c2.conf"
	one sync "$TMP/c2.conf" 2> "$TMP/err" &&
		matches "sync" "$(cat "$TMP/err")" 'c2: expires 90: less than' &&
		one down "$TMP/c2.conf" && one up "$TMP/c2.conf" 2> "$TMP/err" &&
		matches "up" "$(cat "$TMP/err")" 'c2: expires 90: less than'
}

# --- sync --confirm

# waiting PIPE: until somebody is asked
asked()
{
	slowwait 10 grep -q 'undone in' "$TMP/confirm.err" ||
		{ cat "$TMP/confirm.err"; return 1; }
}

# sync_confirm SECONDS: in the background, in $waiting; the rate becomes 9
sync_confirm()
{
	one dev set c1 rate 5
	setsid ip netns exec "$one" m46ctl sync "$TMP/c1.conf" --confirm "$1" \
		2> "$TMP/confirm.err" < /dev/null &
	waiting=$!
	asked && rate_is 9
}

rate_is()
{
	matches "rate" "$(one dev show c1)" "rate $1( |\$)"
}

confirm()
{
	one dev add c1 mode adpt prefix 2001:db8:9::/96 rate 5 || return
	ip -n "$one" link set c1 up
	one show config c1 | sed 's/^Rate.*/Rate = 9/' > "$TMP/c1.conf"
	sync_confirm 60 || return
	refused 'c1: another m46ctl' one sync "$TMP/c1.conf" &&
		one confirm c1 && wait "$waiting" && rate_is 9 &&
		refused 'c1: nothing waits' one confirm c1
}

nobody_confirms()
{
	sync_confirm 2 || return
	wait "$waiting" && { echo "status 0"; return 1; }
	matches "why" "$(cat "$TMP/confirm.err")" 'nobody has confirmed' &&
		rate_is 5
}

# A terminal that is gone is no answer, and rolls back in the end.
hangup()
{
	sync_confirm 4 || return
	kill -HUP "$waiting" && sleep 1 && kill -0 "$waiting" && rate_is 9 ||
		return
	wait "$waiting" && { echo "status 0"; return 1; }
	rate_is 5 || return
	sync_confirm 60 && kill -HUP "$waiting" && one confirm c1 &&
		wait "$waiting" && rate_is 9
}

# on_terminal enter|close: on a terminal of its own; the exit status
on_terminal()
{
	one dev set c1 rate 5
	ip netns exec "$one" python3 -c 'import os, pty, sys
pid, fd = pty.fork()
if not pid:
    os.execvp(sys.argv[2], sys.argv[2:])
text = b""
while b"undone in" not in text:
    text += os.read(fd, 100)
if sys.argv[1] == "enter":
    os.write(fd, b"\n")
else:
    os.close(fd)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' \
		"$1" m46ctl sync "$TMP/c1.conf" --confirm "$2"
}

enter()
{
	same "status" "$(on_terminal enter 60)" 0 && rate_is 9
}

closed()
{
	same "status" "$(on_terminal close 3)" 1 && rate_is 5
}

terminated()
{
	sync_confirm 60 && kill -TERM "$waiting" || return
	wait "$waiting" && { echo "status 0"; return 1; }
	matches "why" "$(cat "$TMP/confirm.err")" 'stopped before' &&
		rate_is 5
}

# SIGKILL leaves no time to undo anything: another process does.
killed()
{
	sync_confirm 5 && kill -KILL "$waiting" || return
	wait "$waiting" 2> /dev/null
	rate_is 9 && refused 'c1: another m46ctl' one sync "$TMP/c1.conf" || return
	slowwait 20 rate_is 5 || return
	matches "why" "$(cat "$TMP/confirm.err")" 'was killed.*is as it was' ||
		return
	# and that one can be confirmed
	sync_confirm 60 && kill -KILL "$waiting" && slowwait 10 one confirm c1 ||
		return
	slowwait 10 unlocked && rate_is 9
}

unlocked()
{
	one sync "$TMP/c1.conf" && one sync "$TMP/c1.conf" --dry-run
}

by_others()
{
	local rc=0

	sync_confirm 60 || return
	in_one setpriv --reuid 65534 --regid 65534 --clear-groups \
		m46ctl confirm c1 2> "$TMP/err" || rc=$?
	same "status" "$rc" 1 && rate_is 9 && one confirm c1 &&
		wait "$waiting"
}

need_root
need_cmd jq python3 setpriv setsid
load_m46
ktap_plan 32
setup_ns one
ip -n "$one" link add lo2 type veth peer name lo3
ip -n "$one" address add 10.100.100.1/32 dev lo
in_one sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
mkdir "$TMP/least"

for name in pe1 nat64 sixrd; do
	ktap_test "example $name.conf" in_defer_scope example "$name"
done
for mode in adpt m46t 6to4; do
	ktap_test "$mode: defaults are not in the file" \
		in_defer_scope "minimal_$mode"
	ktap_test "$mode: all else is" in_defer_scope "everything_$mode"
done
ktap_test "addresses and routes" in_defer_scope addresses
ktap_test "one neighbour, not one for each host" in_defer_scope one_neighbour
ktap_test "md fib: routes are rules" in_defer_scope fib
ktap_test "a prefix that was a rule's" in_defer_scope takeover
ktap_test "commands of the file" hooks
ktap_test "up: all or nothing" in_defer_scope up_fails
ktap_test "save and restore" in_defer_scope save_restore
ktap_test "sync --dry-run, --diff" in_defer_scope sync_words
ktap_test "sync: an error in the last line changes nothing" \
	in_defer_scope bad_last_line
ktap_test "standard input and output" in_defer_scope stdio
ktap_test "show config as JSON" in_defer_scope config_json
ktap_test "warnings" in_defer_scope warned
ktap_test "sync --confirm: confirmed" confirm
ktap_test "sync --confirm: nobody does" nobody_confirms
ktap_test "sync --confirm: the terminal is lost" hangup
ktap_test "sync --confirm: Enter" enter
ktap_test "sync --confirm: the terminal is closed" closed
ktap_test "sync --confirm: SIGTERM" terminated
ktap_test "sync --confirm: SIGKILL" killed
ktap_test "sync --confirm: others cannot" by_others

setup_topology
ktap_test "sync under traffic: a rule and a knob" traffic_adpt
flow_start() { :; }
setup_m46t
ktap_test "sync under traffic: a pool and a knob" in_defer_scope traffic_m46t
ktap_test "nothing is left in /run/m46 but locks" \
	same "files" "$(find /run/m46 ! -name '*.lock' -type s)" ""
ktap_done
