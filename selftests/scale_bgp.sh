#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 3600
#
# How long it takes until many IPv4 prefixes that one PE announces by BGP are rules of
# another, and what memory they need: md fib, where the routes are the rules, with
# BIRD and with FRR, and md rules, where routes-to-rules.sh makes rules of them.
# "make bench-bgp" runs this; it is too long for every change.
#
#   a ---- pe1 ------ pe3 ---- z		pe1 learns, pe3 announces
#
# z has all of the addresses. Each time, datagrams go to random ones from a, and the
# sum of what was wrong must be nothing.
#
# usage: scale_bgp.sh [-n PREFIXES] [-p DATAGRAMS]	(200000 and 10000)

# shellcheck disable=SC2154 # setup_ns sets a pe1 pe3 z
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/bgp_lib.sh"

prefixes=200000
datagrams=10000
while getopts n:p: opt; do
	case $opt in
	n) prefixes=$OPTARG ;;
	p) datagrams=$OPTARG ;;
	*) exit 2 ;;
	esac
done

# --- the network: the PEs are neighbours, each the other's router of the core

network()
{
	setup_ns a pe1 pe3 z
	{
		wire a eth0 pe1 lan
		wire pe1 core pe3 core
		wire pe3 lan z eth0
	} | ip -batch -
	set_sysctls "$a"
	set_sysctls "$z"
	for node in pe1 pe3; do
		set_sysctls "${!node}"
		in_node "$node" sysctl -q -p "$EXAMPLE/sysctl.conf"
		ip -n "${!node}" -batch - <<-END
		link set core up
		address add 2001:db8:fe:13::${node#pe}/64 dev core nodad
		address add ${LOOPBACK[$node]}/128 dev lo
		END
	done
	lan4 pe1 lan 192.0.2.1/26 a 192.0.2.2
	lan4 pe3 lan 198.51.100.1/25 z 198.51.100.2
	ip -n "$z" route add local 16.0.0.0/6 dev lo
	pe_device pe3 || ktap_bail "no device"
}

configure()
{
	faster
	python3 -S "$SELFTESTS/scale_bgp.py" routes "$prefixes" 198.51.100.2 \
		> "$ETC/many.conf"
	sed -i -e 's|2001:db8:1fe:3::1 as|2001:db8:fe:13::1 as|' \
		-e 's|^define LOCAL4 = .*|define LOCAL4 = [ 198.51.100.0/25, 16.0.0.0/6{24,24} ];|' \
		-e 's|^include.*|&\ninclude "many.conf";|' "$ETC/pe3.bird.conf"
	sed -i -e 's|2001:db8:1fe:1::1 as|2001:db8:fe:13::3 as|' \
		-e 's|rule(\[ 198.51.100.0/25 \]|rule([ 198.51.100.0/25, 16.0.0.0/6{24,24} ]|' \
		"$ETC/pe1.bird.conf"
	sed -i -e 's|2001:db8:1fe:1::1 |2001:db8:fe:13::3 |' \
		-e 's|^ip prefix-list PE3 permit.*|&\nip prefix-list PE3 permit 16.0.0.0/6 ge 24 le 24|' \
		"$ETC/pe1.frr.conf"
	# Hours of work for an emulator must not look like a dead neighbour.
	sed -i -e 's/hold time 9;/hold time 240;/' \
		-e 's/scan time 2;/scan time 600;/' "$ETC"/*.bird.conf
	sed -i -e 's/timers bgp 3 9/timers bgp 80 240/' "$ETC/pe1.frr.conf"
	echo "2001:db8:103::/96 198.51.100.0/25 16.0.0.0/6" > "$ETC/rules.allow"
}

# --- measuring

now()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# seconds MILLISECONDS
seconds()
{
	echo "$(($1 / 1000)).$(($1 % 1000 / 100))"
}

# "AVAILABLE SLAB", in KiB
memory()
{
	sync
	echo 3 > /proc/sys/vm/drop_caches
	awk '$1 == "MemAvailable:" { a = $2 } $1 == "Slab:" { s = $2 }
		END { print a, s }' /proc/meminfo
}

# resident PID...: in KiB
resident()
{
	local pid

	for pid in "$@"; do
		cat "/proc/$pid/status"
	done | awk '$1 == "VmRSS:" { sum += $2 } END { print sum + 0 }'
}

daemons_of()
{
	if [ "${DAEMON[$1]}" = bird ]; then
		cat "$TMP/$1.job"
	else
		cat "/var/run/frr/${!1}"/*.pid
	fi
}

# prefixes_in NS COUNT: so many are in its IPv4 routes
prefixes_in()
{
	ip netns exec "$1" cat /proc/net/fib_triestat |
		awk -v wanted="$2" '$1 == "Prefixes:" && $2 >= wanted { n++ }
			END { exit !n }'
}

mib()
{
	echo $((($1 + 512) / 1024))
}

# row NAME MD DAEMON
row()
{
	local name=$1 md=$2 start routes rules forwarded before after old new
	local free slab verdict

	DAEMON[pe1]=$3
	if [ "$md" = fib ]; then
		pe_device pe1
	else
		m46ctl -n "$pe1" dev add pe mode adpt prefix "${PREF[pe1]}/96" &&
			ip -n "$pe1" link set pe up
	fi || return
	birdc_at pe3 disable pe1 > /dev/null
	daemon_start pe1 || return
	# shellcheck disable=SC2046 # numbers
	old=$(resident $(daemons_of pe1) $(daemons_of pe3))
	before=$(memory)
	start=$(now)
	birdc_at pe3 enable pe1 > /dev/null
	slowwait 1200 prefixes_in "$pe1" "$prefixes" ||
		{ echo "not all in the kernel"; bgp_state; return 1; }
	routes=$(($(now) - start))
	rules=-
	if [ "$md" = rules ]; then
		in_node pe1 bash "$EXAMPLE/routes-to-rules.sh" -1 pe \
			"$ETC/rules.allow" || return
		rules=$(seconds $(($(now) - start)))
	fi
	verdict=$(python3 -S "$SELFTESTS/scale_bgp.py" spray "$a" "$z" \
		"$prefixes" "$datagrams")
	forwarded=$(($(now) - start))
	after=$(memory)
	# shellcheck disable=SC2046 # numbers
	new=$(resident $(daemons_of pe1) $(daemons_of pe3))
	free=$((${before% *} - ${after% *}))
	slab=$((${after#* } - ${before#* }))
	printf '%-22s %8s %8s %8s %8s %8s %8s\n' "$name" "$(seconds "$routes")" \
		"$rules" "$(seconds "$forwarded")" "$(mib "$free")" "$(mib "$slab")" \
		"$(mib $((new - old)))" >> "$TMP/table"
	same "$name" "$verdict" \
		"sent $datagrams arrived $datagrams wrong 0"
}

measure()
{
	row "$@" || return
	daemon_kill pe1
	m46ctl -n "$pe1" dev del pe
	# What a dead daemon has left: IPv4 routes went with the device. One that
	# goes while it is flushed makes ip complain.
	ip -n "$pe1" -6 route flush proto bird 2> /dev/null
	ip -n "$pe1" -6 route flush proto bgp 2> /dev/null
	! prefixes_in "$pe1" "$prefixes" || { echo "routes are left"; return 1; }
}

need_cmd bird birdc python3
load_m46
network
configure
daemon_start pe3
slowwait 300 prefixes_in "$pe3" "$prefixes" || ktap_bail "pe3 has no routes"
printf '%-22s %8s %8s %8s %8s %8s %8s\n' "$prefixes prefixes" "kernel" "rules" \
	"packets" "memory" "slab" "daemons" > "$TMP/table"
printf '%-22s %8s %8s %8s %8s %8s %8s\n' "" s s s MiB MiB MiB >> "$TMP/table"
ktap_plan 3
ktap_test "md fib, BIRD: all forwarded" measure "md fib, BIRD" fib bird
if [ -x "$FRR/bgpd" ]; then
	ktap_test "md fib, FRR: all forwarded" measure "md fib, FRR" fib frr
else
	ktap_skip "md fib, FRR: all forwarded" "needs frr"
fi
ktap_test "md rules, BIRD: all forwarded" measure "md rules, BIRD" rules bird
echo
cat "$TMP/table"
cat <<END

kernel, rules, packets: seconds from the start of the session until all prefixes are IPv4
routes, until all are rules (md rules), and until $datagrams datagrams to random ones have
arrived. memory: what is available less than before, of that slab and the daemons' own (the
announcing one is on the same machine).
END
ktap_done
