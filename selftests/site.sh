#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# An IPv6-only site with the IPv4 Internet in reach: radvd, BIND or unbound with
# DNS64, two m46t devices and nftables on the router, configured with exactly
# the commands of Documentation/ipv6-only-site.md and the files of
# Documentation/examples/ipv6-only-site.
#
#   fd9f:590a:b158::/64                 203.0.113.0/24     198.51.100.0/24
#  +-------+
#  | host1 |----+    +--------+             +-----+          +----------+
#  +-------+    |    | router |      .2  .1 |     | .1   .80 |          |
#               +----| lan    |-------------| isp |----------| internet |
#  +-------+    | ::1|    wan |             |     |          |          |
#  | host2 |----+    |        |             +-----+          +----------+
#  +-------+         |  lan4  |                           web server, DNS
#                    +--------+
#                        | .1
#                        | 10.46.0.0/24
#                        | .10
#                   +---------+
#                   | printer |
#                   +---------+
#
#  nat64    fd9f:590a:b158:ffff::/96        pool 192.168.255.0/24, masqueraded
#  plane46  fd9f:590a:b158:46:0:46::/96     pool 192.168.254.0/24
#
# The hosts know nothing but what radvd says. internet and isp have no IPv6.

# shellcheck disable=SC2154 # setup_ns sets host1 host2 router isp internet printer
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"
. "$(dirname "$0")/guide_lib.sh"

EXAMPLE=$M46_TREE/Documentation/examples/ipv6-only-site
GUIDE=$M46_TREE/Documentation/ipv6-only-site.md
NAT64=fd9f:590a:b158:ffff::
PLANE46=fd9f:590a:b158:46:0:46
RESOLVER=fd9f:590a:b158::1
WEB6=${NAT64}c633:6450		# 198.51.100.80
PRINTER6=$PLANE46:a2e:a		# 10.46.0.10

in_host1() { ip netns exec "$host1" "$@"; }
in_host2() { ip netns exec "$host2" "$@"; }
in_router() { ip netns exec "$router" "$@"; }

# --- the network

no_ipv6()
{
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
}

cables()
{
	no_ipv6 "$isp"
	no_ipv6 "$internet"
	no_ipv6 "$printer"
	ip -batch - <<-END
	link add eth0 netns $host1 type veth peer name port1 netns $router
	link add eth0 netns $host2 type veth peer name port2 netns $router
	link add wan netns $router type veth peer name site netns $isp
	link add net netns $isp type veth peer name eth0 netns $internet
	link add lan4 netns $router type veth peer name eth0 netns $printer
	END
}

router_links()
{
	ip -n "$router" -batch - <<-END
	link add lan type bridge
	link set port1 master lan up
	link set port2 master lan up
	link set lan up
	link set lan4 up
	link set wan up
	END
}

outside()
{
	ip netns exec "$isp" sysctl -qw net.ipv4.ip_forward=1
	ip -n "$isp" -batch - <<-END
	link set site up
	link set net up
	address add 203.0.113.1/24 dev site
	address add 198.51.100.1/24 dev net
	route add default via 198.51.100.80
	END
	ip -n "$internet" -batch - <<-END
	link set eth0 up
	address add 198.51.100.80/24 dev eth0
	route add default via 198.51.100.1
	END
	ip -n "$printer" -batch - <<-END
	link set eth0 up
	address add 10.46.0.10/24 dev eth0
	route add default via 10.46.0.1
	END
	mkdir "$TMP/printer"
	echo "The printer has paper." > "$TMP/printer/index.html"
	ip netns exec "$printer" busybox httpd -h "$TMP/printer"
}

# Files that "ip netns exec" shows a namespace as its own /etc
etc_of()
{
	mkdir -p "/etc/netns/$1"
	defer rm -rf "/etc/netns/$1"
}

# --- the router, by the guide

# What the guide installs is what the guest has.
same_packages()
{
	local words word

	read -ra words <<< "$(guide_block packages)"
	for word in "${words[@]:2}"; do
		grep -qx "guest	$word" "$SELFTESTS/vm/packages" ||
			{ echo "$word is not in vm/packages"; return 1; }
	done
}

# What "ip netns exec" shows the router as its own, for the guide to write to
router_etc()
{
	local etc=/etc/netns/$router

	guide_etc "$router" bind/ unbound/ sysctl.d/ m46/ nftables.conf radvd.conf
	# The root key of this Internet, instead of the real one
	cp "/etc/netns/$internet/bind/bind.keys" "$etc/bind/"
}

router_up()
{
	guide "$router" addresses && guide "$router" files &&
		guide "$router" up && guide "$router" dns64
}

# A server of the router, in the foreground, with directories of its own: on a
# real machine another may use those.
# server NAME DIRECTORIES COMMAND...
server()
{
	local name=$1 dirs=$2
	shift 2

	# shellcheck disable=SC2016 # for that shell
	ip netns exec "$router" bash -c '
		for dir in $0; do
			mkdir -p "$dir" && mount -t tmpfs -o mode=755 m46 "$dir"
		done
		exec "$@"' "$dirs" "$@" > "$TMP/$name.log" 2>&1 < /dev/null &
	eval "pid_$name=$!"
	defer kill_quietly $!
}

start_radvd()
{
	server radvd /run/radvd radvd -n -m stderr -p /run/radvd/radvd.pid
}

start_named()
{
	server named "/run/named /var/cache/bind" named -g
}

# What systemctl would start
start_store()
{
	[ "$(guide_block store)" = "systemctl enable --now m46-store" ] ||
		ktap_bail "the guide has another way to switch on the store"
	server store /var/lib/m46 bash -c "exec $(sed -n \
		's,^ExecStart=@SBINDIR@/,,p' \
		"$M46_TREE/tools/systemd/m46-store.service")"
}

# answers NAME TYPE: at all
answers()
{
	in_host1 dig +short +time=1 +tries=1 "@$RESOLVER" "$1" "$2" |
		grep -q .
}

# --- a host

# What a host makes of an advertisement. The kernel takes prefix and router; the
# name server is for user space: NetworkManager, systemd-networkd, rdnssd, or
# this.
resolv_conf()
{
	ip netns exec "$1" rdisc6 -1 -w 2000 eth0 > "$TMP/ra" 2>&1 || return
	sed -n -e 's/^ *Recursive DNS server *: */nameserver /p' \
		-e 's/^ *DNS search list *: *\(.*[^ ]\) *$/search \1/p' "$TMP/ra" \
		> "/etc/netns/$1/resolv.conf"
	grep -q '^nameserver' "/etc/netns/$1/resolv.conf"
}

host_address()
{
	ip -n "$1" -6 address show dev eth0 scope global -tentative |
		awk '$1 == "inet6" { sub("/.*", "", $2); print $2; n++ }
			END { exit !n }'
}

host_up()
{
	ip -n "$1" link set eth0 up
	etc_of "$1"
}

host_ready()
{
	slowwait 15 host_address "$1" > /dev/null || return
	slowwait 15 resolv_conf "$1"
}

autoconfigured()
{
	matches "address" "$(host_address "$host1")" \
		'^fd9f:590a:b158:0?:[0-9a-f:]+$' &&
		matches "default route" "$(ip -n "$host1" -6 route)" \
			'^default via fe80::.* proto ra' &&
		same "resolv.conf" "$(cat "/etc/netns/$host1/resolv.conf")" \
			"nameserver $RESOLVER"$'\n'"search home.arpa"
}

# Option 38, 2 * 8 octets, lifetime and length, 96 bits; rdisc6 does not know it.
pref64_seen()
{
	tcpdump -n -x -r "$TMP/host1.pcap" 'ip6[40] == 134' 2> /dev/null |
		awk '/^\t/ { for (i = 2; i <= NF; i++) printf "%s", $i }' |
		grep -q '2602....fd9f590ab158ffff00000000'
}

# The fragment is for radvd from 2.20 on; then it must arrive.
pref64()
{
	guide "$router" pref64 > "$TMP/fragment" || return
	matches fragment "$(cat "$TMP/fragment")" \
		'^nat64prefix fd9f:590a:b158:ffff::/96 ' || return
	sed "/^interface/r $TMP/fragment" "$EXAMPLE/radvd.conf" > "$TMP/radvd.conf"
	if ! radvd -c -C "$TMP/radvd.conf" > "$TMP/radvd.check" 2>&1; then
		echo "radvd $(radvd --version 2>&1 | sed -n 's/^Version: //p') has no nat64prefix"
		return "$ksft_skip"
	fi
	kill_quietly "$pid_radvd"
	server radvd /run/radvd radvd -n -m stderr -C "$TMP/radvd.conf" \
		-p /run/radvd/radvd.pid
	slowwait 20 pref64_seen || { tail "$TMP/radvd.log"; return 1; }
}

no_ipv4()
{
	same "IPv4 addresses of $host1" \
		"$(ip -n "$host1" -4 address show scope global)" "" || return
	capture_end "$TMP/host1.pcap"
	same "IPv4 and ARP packets at host1" \
		"$(captured "$TMP/host1.pcap" 'ip or arp')" 0 &&
		above "IPv6 packets at host1" \
			"$(captured "$TMP/host1.pcap" ip6)" 50
}

# --- names

# dig takes a second to start under emulation: it asks all that it can at once.
# ask FILE WORD...: what dig prints for each of several questions
ask()
{
	local file=$1
	shift

	in_host1 dig +noall +comments +question +answer "$@" > "$file"
}

# Of the question NAME TYPE, or the Nth of such: status and flags, answer section
# without TTL and class. The file is that of the last group of questions.
# header NAME TYPE [N], answer NAME TYPE [N]
header()
{
	awk -v question=";$1. IN $2" -v nth="${3:-1}" '
		/^;; ->>HEADER/ { status = $0 }
		/^;; flags/ { flags = $0 }
		{ $1 = $1 }
		$0 == question && ++n == nth { print status; print flags }' \
		"$asked"
}

answer()
{
	awk -v question=";$1. IN $2" -v nth="${3:-1}" '
		/^;; ->>HEADER/ { here = 0 }
		{ $1 = $1 }
		$0 == question { here = ++n == nth; found += here }
		here && /^[^;]/ { $2 = $3 = ""; $0 = $0; $1 = $1; print }
		END { if (!found) print question, "was not asked" }' "$asked"
}

lines()
{
	printf '%s\n' "$@"
}

# BIND's configuration names the prefix that the kernel has, and BIND takes it.
same_prefix()
{
	matches "prefix of nat64" "$(in_router m46ctl -j dev show nat64)" \
		"\"prefix\":\[?\"$NAT64/96\"" &&
		matches "named.conf.dns64" \
			"$(cat "/etc/netns/$router/bind/named.conf.dns64")" \
			"^dns64 $NAT64/96 "
}

ask_all()
{
	asked=$TMP/all
	ask "$asked" web.example.net AAAA web.example.net A web.example.net TXT \
		example.net MX www.example.net AAAA none.example.net AAAA \
		dual.example.net AAAA local.example.net AAAA \
		ipv4only.arpa AAAA -x "${NAT64}c612:50" \
		printer.home.arpa AAAA signed.example.com A \
		signed.example.com AAAA +noadflag \
		signed.example.com AAAA +dnssec \
		signed.example.com AAAA +dnssec +cdflag
}

# A question is no packet: nobody needs an address of the pool yet.
synthesized()
{
	same answer "$(answer web.example.net AAAA)" \
		"web.example.net. AAAA $WEB6" &&
		same "entries after questions only" \
			"$(in_router m46ctl entry show dev nat64)" ""
}

chain()
{
	same answer "$(answer www.example.net AAAA)" "$(lines \
		"www.example.net. CNAME chain.example.net." \
		"chain.example.net. CNAME web.example.net." \
		"web.example.net. AAAA $WEB6")"
}

unchanged()
{
	same A "$(answer web.example.net A)" "web.example.net. A 198.51.100.80" &&
		same TXT "$(answer web.example.net TXT)" \
			'web.example.net. TXT "IPv4 only"' &&
		same MX "$(answer example.net MX)" \
			"example.net. MX 10 web.example.net."
}

# The records have an hour, the answer that there is no AAAA five minutes.
short_ttl()
{
	local ttl

	ttl=$(awk '$1 == "web.example.net." && $4 == "AAAA" { print $2; exit }' \
		"$asked")
	above TTL "$ttl" 0 && below TTL "$ttl" 301
}

no_such_name()
{
	matches header "$(header none.example.net AAAA)" 'status: NXDOMAIN'
}

excluded()
{
	same answer "$(answer dual.example.net AAAA)" \
		"dual.example.net. AAAA $WEB6"
}

not_mapped()
{
	same answer "$(answer local.example.net AAAA)" ""
}

reverse_name()
{
	local name=0.5.0.0.2.1.6.c.0.0.0.0.0.0.0.0.f.f.f.f.8.5.1.b.a.0.9.5.f.9.d.f

	same answer "$(answer "$name.ip6.arpa" PTR)" "$(lines \
		"$name.ip6.arpa. CNAME 80.0.18.198.in-addr.arpa." \
		"80.0.18.198.in-addr.arpa. PTR some.example.net.")"
}

prefix_discovery()
{
	same answer "$(answer ipv4only.arpa AAAA | sort)" "$(lines \
		"ipv4only.arpa. AAAA ${NAT64}c000:aa" \
		"ipv4only.arpa. AAAA ${NAT64}c000:ab")"
}

# Who asks for signatures would see that a synthetic record has none: BIND does
# not make one. Who does not ask gets one; dig asks for the AD bit, a plain stub
# does not.
dnssec()
{
	matches "A record" "$(header signed.example.com A)" 'flags:[a-z ]* ad' &&
		same "AAAA" "$(answer signed.example.com AAAA)" \
			"signed.example.com. AAAA $WEB6" &&
		matches "AAAA, no AD" "$(header signed.example.com AAAA)" \
			'flags: qr rd ra;' &&
		same "AAAA, DO" "$(answer signed.example.com AAAA 2)" "" &&
		same "AAAA, DO and CD" "$(answer signed.example.com AAAA 3)" ""
}

# answered ADDRESS NAME AAAA [WORD...]: this is an answer to the first question
answered()
{
	ask "$asked" "${@:2}"
	answer "$2" AAAA | grep -qxF "$2. AAAA $1"
}

# reconfigure ADDRESS NAME AAAA [WORD...]: with the fragment on stdin, named
# answers the first question with this address, and others too
reconfigure()
{
	asked=$TMP/reconfigured
	cat > "/etc/netns/$router/bind/named.conf.dns64"
	kill -HUP "$pid_named"
	slowwait 15 answered "$@" || log_named
}

log_named()
{
	tail -n 20 "$TMP/named.log"
	return 1
}

# Without exclude-all, what has an AAAA record keeps it. The name in our own zone
# is for the next test.
not_excluded()
{
	sed -i 's/\(SOA.*hostmaster\) 1/\1 2/' \
		"/etc/netns/$router/bind/db.home.arpa"
	echo "fax A 10.46.0.11" >> "/etc/netns/$router/bind/db.home.arpa"
	in_router m46ctl dns64 bind dev nat64 |
		sed 's,//recursive-only yes,recursive-only yes,' |
		reconfigure 2001:db8:80::80 dual.example.net AAAA \
			six.example.net AAAA web.example.net AAAA || return
	asked=$TMP/reconfigured
	same "IPv4 only" "$(answer web.example.net AAAA)" \
		"web.example.net. AAAA $WEB6" &&
		same "IPv6 only" "$(answer six.example.net AAAA)" \
			"six.example.net. AAAA 2001:db8:80::80"
}

# named loads zones after its configuration.
zone_loaded()
{
	ask "$asked" fax.home.arpa AAAA fax.home.arpa AAAA +norecurse
	[ "$(answer fax.home.arpa AAAA)" ]
}

# With exclude-all, the exceptions keep theirs: a single address here, and the
# site's own prefix. The address beside it is not excepted.
several_except()
{
	in_router m46ctl dns64 bind dev nat64 exclude-all \
		except 2001:db8:80::80,fd9f:590a:b158::/48 |
		reconfigure 2001:db8:80::80 dual.example.net AAAA \
			near.example.net AAAA printer.home.arpa AAAA \
			web.example.net AAAA || return
	asked=$TMP/reconfigured
	same "not excepted" "$(answer near.example.net AAAA)" \
		"near.example.net. AAAA $WEB6" &&
		same "own zone" "$(answer printer.home.arpa AAAA)" \
			"printer.home.arpa. AAAA $PRINTER6" &&
		same "IPv4 only" "$(answer web.example.net AAAA)" \
			"web.example.net. AAAA $WEB6"
}

# Others that ask for our own zones get what is there.
only_recursive()
{
	asked=$TMP/zone
	slowwait 15 zone_loaded
	same "own zone" "$(answer fax.home.arpa AAAA)" \
		"fax.home.arpa. AAAA ${NAT64}a2e:b" &&
		same "own zone, RD=0" "$(answer fax.home.arpa AAAA 2)" ""
}

# The well-known prefix is for global addresses only.
well_known()
{
	in_router m46ctl dev add wkp mode m46t prefix 64:ff9b::/96 || return
	defer ip -n "$router" link delete wkp
	in_router m46ctl dns64 bind dev wkp |
		reconfigure 64:ff9b::c000:aa ipv4only.arpa AAAA \
			private.example.net AAAA || return
	asked=$TMP/reconfigured
	same "private address" "$(answer private.example.net AAAA)" ""
}

# --- use

by_the_guide()
{
	guide "$host1" host && guide "$router" router
}

fetched()
{
	matches "page" "$(in_host1 curl -sS -m 20 http://web.example.net/)" \
		'speaks IPv4 only'
}

pinged()
{
	# Answers start with 64; isp and the router count.
	same "TTL" "$(ping_ttl "$host1" web.example.net)" 62
}

traced()
{
	same "hops" "$(in_host1 traceroute -6 -n -q 1 -w 5 "$@" web.example.net |
		awk 'NR > 1 { print $2 }')" \
		"$(lines "$RESOLVER" "${NAT64}cb00:7101" "$WEB6")"
}

# pool_address HOST: what it has in nat64's pool
pool_address()
{
	in_router m46ctl entry show dev nat64 "$(host_address "$1")" |
		grep -o '192\.168\.255\.[0-9]*'
}

has_entry()
{
	matches "entry" "$(pool_address "$host1")" '^192\.168\.255\.[0-9]+$'
}

# From the same port: masquerade has to change one.
both_fetch()
{
	local ns

	for ns in "$host1" "$host2"; do
		same "what the server sees" \
			"$(ip netns exec "$ns" curl -sS -m 20 --local-port 40000 \
				http://web.example.net/cgi-bin/you)" \
			"You are 203.0.113.2" || return
	done
}

shared()
{
	local one two

	both_fetch || return
	one=$(pool_address "$host1") two=$(pool_address "$host2")
	if [ -z "$one" ] || [ -z "$two" ] || [ "$one" = "$two" ]; then
		echo "pool addresses \"$one\" and \"$two\""
		return 1
	fi
	same "public sides of port 40000" "$(in_router conntrack -L -p tcp \
		--orig-port-src 40000 2>/dev/null | awk '
		{ $0 = " " $0 } match($0, / dst=203\.0\.113\.2 /) { n++ }
		END { print n + 0 }')" 2 &&
		same "connections of $one and $two" "$(in_router conntrack -L \
			-p tcp --orig-port-src 40000 2>/dev/null |
			grep -cE "src=($one|$two) dst=198.51.100.80 ")" 2
}

# The store's file is where only the store sees it.
ask_store()
{
	nsenter -t "$pid_store" -m -n bash -e -c "$(guide_block history)" \
		> "$TMP/history" 2>&1 &&
		sed -n '/^\[/,$p' "$TMP/history" | jq -e --arg v6 "$1" --arg v4 "$2" \
			'any(.[]; .ipv6 == $v6 and .ipv4 == $v4 and
				.dev == "nat64" and .to == null)'
}

in_history()
{
	slowwait 15 ask_store "$(host_address "$host1")" \
		"$(pool_address "$host1")" > /dev/null && return
	cat "$TMP/history" "$TMP/store.log"
	return 1
}

# isp knows a way to the pool; a host with an entry is still not reached.
unsolicited()
{
	local target

	target=$(pool_address "$host1")
	[ -n "$target" ] || return
	ip -n "$isp" route add 192.168.255.0/24 via 203.0.113.2
	! ping_ok "$isp" "$target" || { echo "$target answers"; return 1; }
}

printer()
{
	same "AAAA" "$(answer printer.home.arpa AAAA)" \
		"printer.home.arpa. AAAA $PRINTER6" &&
		matches "page" "$(in_host1 curl -sS -m 20 http://printer/)" \
			'has paper' &&
		ping_ok "$host1" printer -W 5 &&
		matches "entries of plane46" \
			"$(in_router m46ctl entry show dev plane46)" \
			"$(host_address "$host1").* 192\.168\.254\.[0-9]+"
}

# host2 becomes a web server; the client sees the router's address.
inside_server()
{
	ip -n "$host2" address add fd9f:590a:b158::80/64 dev eth0 nodad
	ip netns exec "$host2" busybox httpd -h "$TMP/printer"
	guide "$router" server || return
	matches "page" "$(ip netns exec "$internet" curl -sS -m 20 \
		http://203.0.113.2/)" 'has paper'
}

with_unbound()
{
	kill_quietly "$pid_named"
	# shellcheck disable=SC2016 # for that shell
	server unbound /var/lib/unbound bash -e -c '
		cp "$1" /var/lib/unbound/root.key
		chown -R unbound /var/lib/unbound
		cd "$2"
		eval "$3"
		exec unbound -d -p' - "/etc/netns/$internet/bind/root.key" \
		"$EXAMPLE" "$(guide_block unbound)"
	asked=$TMP/unbound
	slowwait 20 answered "$WEB6" web.example.net AAAA \
		dual.example.net AAAA printer.home.arpa AAAA ||
		{ tail -n 20 "$TMP/unbound.log"; return 1; }
	same "AAAA that leads nowhere" "$(answer dual.example.net AAAA)" \
			"dual.example.net. AAAA $WEB6" &&
		same "own zone" "$(answer printer.home.arpa AAAA)" \
			"printer.home.arpa. AAAA $PRINTER6" &&
		fetched
}

no_drops()
{
	local dev

	for dev in nat64 plane46; do
		same "drops of $dev" "$(in_router m46ctl -s stats show dev "$dev" |
			awk '$3 > 0 && $4 == "drop" { print $2, $3 }')" "" ||
			return
	done
}

need_cmd radvd rdisc6 named named-checkconf dnssec-signzone dig unbound nft \
	conntrack curl traceroute tcpdump busybox jq nsenter
load_m46
setup_ns host1 host2 router isp internet printer
in_router sysctl -qw net.ipv4.conf.all.rp_filter=1
defer rmdir --ignore-fail-on-non-empty /etc/netns
cables
router_links
outside
defer rm -rf "/etc/netns/$internet"
"$SELFTESTS/internet.sh" "$internet" || ktap_bail "no Internet"
router_etc
guide_systemctl
ktap_plan 33
ktap_test "the guide's packages" same_packages
ktap_test "the router, by the guide (E2E-05, DNS64-15)" router_up
capture "$router" port1 "$TMP/host1.pcap" "" -s 256 || ktap_bail "no capture"
start_radvd
start_named
start_store
host_up "$host1"
host_up "$host2"
for host in "$host1" "$host2"; do
	host_ready "$host" || ktap_bail "$(tail "$TMP/radvd.log")"
done
ktap_test "a host configures itself from advertisements" autoconfigured
slowwait 20 answers web.example.net A > /dev/null ||
	ktap_bail "$(tail -n 20 "$TMP/named.log")"
ask_all
ktap_test "one prefix in kernel and BIND (DNS64-01, DNS64-02)" same_prefix
ktap_test "an AAAA for an IPv4-only name (DNS64-15, M46T-41)" synthesized
ktap_test "CNAMEs are followed and shown (DNS64-12)" chain
ktap_test "other records stay as they are (DNS64-12)" unchanged
ktap_test "no longer than the negative answer (DNS64-10)" short_ttl
ktap_test "no name is no name (DNS64-11)" no_such_name
ktap_test "an AAAA that leads nowhere is replaced (DNS64-03)" excluded
ktap_test "127.0.0.1 is not mapped (DNS64-04)" not_mapped
ktap_test "an address has its name (DNS64-09)" reverse_name
ktap_test "hosts can find the prefix (DNS64-13)" prefix_discovery
ktap_test "validators are not lied to (DNS64-08)" dnssec
ktap_test "what the guide tells to look at (E2E-05)" by_the_guide
ktap_test "a page over TCP (E2E-05, NAT64-04)" fetched
ktap_test "ping by name (E2E-05)" pinged
ktap_test "traceroute -I by name, each router once" traced -I
ktap_test "the host has an address of the pool (M46T-10)" has_entry
ktap_test "two hosts share the public address (NAT64-04)" shared
ktap_test "the store says who has it (M46T-42)" in_history
ktap_test "nothing starts from outside" unsolicited
ktap_test "an IPv4-only machine with an M46 address (M46T-05)" printer
ktap_test "a server inside with a static entry (M46T-23)" inside_server
ktap_test "radvd tells the prefix, PREF64" pref64
ktap_test "real AAAA records first (DNS64-03, DNS64-11)" not_excluded
ktap_test "recursive-only (DNS64-07)" only_recursive
ktap_test "exclude-all except these (DNS64-03)" several_except
ktap_test "well-known prefix, private address (DNS64-04)" in_defer_scope well_known
ktap_test "unbound in BIND's place" with_unbound
ktap_test "no IPv4 at the host" no_ipv4
ktap_test "nothing was dropped" no_drops
ktap_test "every command of the guide was run" complete
ktap_done
