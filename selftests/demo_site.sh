#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# m46 at work: a site that has IPv6 only reaches the IPv4 Internet. Builds the
# network below from namespaces, shows every command that it takes, uses it, and
# proves from a capture that a host of the site neither has nor sees IPv4.
#
#     IPv6-only site                        the IPv4 Internet
#   - - - - - - - - - -           - - - - - - - - - - - - - - - - - -
#   +-------+
#   | host1 |----+    +--------+        +-----+         +----------+
#   +-------+    |lan |        | wan    |     |         | internet |
#                +----| router |--------| isp |---------|   web    |
#   +-------+    |    |        | .2  .1 |     | .1  .80 |   DNS    |
#   | host2 |----+    +--------+        +-----+         +----------+
#   +-------+             | lan4   203.0.113.0/24   198.51.100.0/24
#                    +---------+
#                    | printer |  10.46.0.10, IPv4 only
#                    +---------+
#
# The router is configured with the files of
# Documentation/examples/ipv6-only-site, by Documentation/ipv6-only-site.md.
#
# usage: demo_site.sh [--setup-only | --down]	(or demo.sh, for all scenes)
#
#	--setup-only	build it, show how to play with it, leave it there
#	--down		remove it

# shellcheck disable=SC2034,SC2154 # title nodes wanted, for demo_lib.sh
title="an IPv6-only site reaches the IPv4 Internet"
nodes="host1 host2 router isp internet printer"
wanted="ping traceroute curl tcpdump dig rdisc6 named radvd nft conntrack busybox"
. "$(dirname "$0")/demo_lib.sh"
example=$tree/Documentation/examples/ipv6-only-site

topology()
{
	cat <<-END

	     ${dim}IPv6-only site                        the IPv4 Internet${off}
	   ${dim}- - - - - - - - - -           - - - - - - - - - - - - - - - - - -${off}
	   +-------+
	   | ${bold}host1${off} |----+    +--------+        +-----+         +----------+
	   +-------+    |${dim}lan${off} |        | ${dim}wan${off}    |     |         | ${bold}internet${off} |
	                +----| ${bold}router${off} |--------| ${bold}isp${off} |---------|   web    |
	   +-------+    |    |        | .2  .1 |     | .1  .80 |   DNS    |
	   | ${bold}host2${off} |----+    +--------+        +-----+         +----------+
	   +-------+             | ${dim}lan4${off}   203.0.113.0/24   198.51.100.0/24
	                    +---------+
	                    | ${bold}printer${off} |  10.46.0.10, IPv4 only
	                    +---------+

	   site     fd9f:590a:b158::/64             hosts make addresses of it themselves
	   nat64    fd9f:590a:b158:ffff::/96        the IPv4 Internet, as IPv6 hosts see it
	            192.168.255.0/24                IPv6 hosts, as the router sees them
	   plane46  fd9f:590a:b158:46:0:46::/96     the site's own IPv4-only machines
	   wan      203.0.113.2                     what all hosts share (masquerade)
	END
}

# --- the network

build_network()
{
	local node

	remark "Six machines"
	for node in $nodes; do
		must ip netns add "$node"
		ip -n "$node" link set lo up
	done

	remark "Cables; the hosts' end up in a bridge, lan"
	must ip link add eth0 netns host1 type veth peer name port1 netns router
	must ip link add eth0 netns host2 type veth peer name port2 netns router
	must ip link add wan netns router type veth peer name site netns isp
	must ip link add net netns isp type veth peer name eth0 netns internet
	must ip link add lan4 netns router type veth peer name eth0 netns printer
	must ip -n router link add lan type bridge
	must ip -n router link set port1 master lan up
	must ip -n router link set port2 master lan up

	remark "The router's own addresses"
	must ip -n router address add fd9f:590a:b158::1/64 dev lan
	must ip -n router address add 10.46.0.1/24 dev lan4
	must ip -n router address add 203.0.113.2/24 dev wan
	must ip -n router link set lan up
	must ip -n router link set lan4 up
	must ip -n router link set wan up
	must ip -n router route add default via 203.0.113.1

	remark "The rest of the world has IPv4 only"
	for node in isp internet printer; do
		must ip netns exec "$node" sysctl -qw \
			net.ipv6.conf.all.disable_ipv6=1
	done
	must ip netns exec isp sysctl -qw net.ipv4.ip_forward=1
	ipv4_host isp site 203.0.113.1/24
	ipv4_host isp net 198.51.100.1/24 198.51.100.80
	ipv4_host internet eth0 198.51.100.80/24 198.51.100.1
	ipv4_host printer eth0 10.46.0.10/24 10.46.0.1

	remark "A web server and name servers, at the addresses of the real root servers"
	must "$tree/selftests/internet.sh" internet
	mkdir printer
	echo "The printer speaks IPv4 only, and has paper." > printer/index.html
	httpd printer 10.46.0.10 printer
}

# ipv4_host NODE DEVICE ADDRESS/LEN [GATEWAY]
ipv4_host()
{
	must ip -n "$1" address add "$3" dev "$2"
	must ip -n "$1" link set "$2" up
	[ -z "${4:-}" ] || must ip -n "$1" route add default via "$4"
}

# --- the router

# "ip netns exec" shows /etc/netns/router/bind as /etc/bind.
build_router()
{
	remark "Forwarding; filter and masquerade"
	must ip netns exec router sysctl -q -p "$example/sysctl.conf"
	must ip netns exec router nft -f "$example/nftables.conf"

	remark "BIND's files, and the root key of this Internet instead of the real one"
	must mkdir -p /etc/netns/router/bind
	must cp "$example/named.conf" "$example/db.home.arpa" \
		/etc/netns/internet/bind/bind.keys /etc/netns/router/bind/

	remark "The two m46 devices by their files, and what BIND must know of them"
	must ip netns exec router m46ctl up "$example/nat64.conf"
	must ip netns exec router m46ctl up "$example/plane46.conf"
	must ip netns exec router sh -c "m46ctl dns64 bind dev nat64 exclude-all \
		except fd9f:590a:b158::/48 > /etc/bind/named.conf.dns64"
	must cat /etc/netns/router/bind/named.conf.dns64

	remark "The router advertises prefix, router and name server; then BIND. What" \
		"they write is their own and gone with them"
	background radvd.log ip netns exec router radvd -n -m stderr \
		-C "$example/radvd.conf" -p "$tmp/radvd.pid"
	# shellcheck disable=SC2016 # for that shell
	background named.log ip netns exec router sh -c 'mkdir -p /run/named &&
	   for d in /run/named /var/cache/bind; do mount -t tmpfs m46 $d; done &&
	   exec named -g'
}

# --- what is shown

has_address()
{
	ip -n "$1" -6 address show dev eth0 scope global -tentative |
		grep -q inet6
}

# What the kernel leaves to user space: NetworkManager, systemd-networkd, rdnssd,
# or these two lines.
name_server()
{
	must mkdir -p "/etc/netns/$1"
	must sh -c "ip netns exec $1 rdisc6 -1 eth0 | sed -n \
's/^ *Recursive DNS server *: /nameserver /p; s/^ *DNS search list *: /search /p' \
> /etc/netns/$1/resolv.conf"
}

show_hosts()
{
	local host

	for host in host1 host2; do
		must ip -n "$host" link set eth0 up
	done
	for host in host1 host2; do
		wait_for "$host gets no address" has_address "$host"
		remark "$host: all that it has is from the advertisement"
		must ip -n "$host" -6 -br address show dev eth0
		must ip -n "$host" -6 route show default
		check "a default route from the advertisement" has 'proto ra'
		name_server "$host"
		run cat "/etc/netns/$host/resolv.conf"
		check "a name server from the advertisement" has \
			'nameserver fd9f:590a:b158::1'
		run ip -n "$host" -4 address show dev eth0
		check "no IPv4 address" [ -z "$output" ]
	done
}

resolves()
{
	ip netns exec host1 dig +short +time=2 +tries=1 web.example.net A |
		grep -q .
}

show_names()
{
	wait_for "BIND does not answer: $(tail -n 3 named.log)" resolves
	run ip netns exec host1 dig +noall +answer web.example.net A \
		web.example.net AAAA dual.example.net AAAA printer.home.arpa AAAA
	check "the name has an IPv4 address only" has \
		'^web\.example\.net.*A.198\.51\.100\.80$'
	check "and an AAAA record, made of it by DNS64: c633:6450 is 198.51.100.80" \
		has '^web.*AAAA.fd9f:590a:b158:ffff::c633:6450'
	check "an AAAA record that leads nowhere from here is replaced" \
		has '^dual.*AAAA.fd9f:590a:b158:ffff::c633:6450'
	check "the printer has an M46 address: a2e:a is 10.46.0.10" \
		has '^printer.*AAAA.fd9f:590a:b158:46:0:46:a2e:a'
}

show_pages()
{
	local host

	run ip netns exec host1 curl -sS -m 20 http://web.example.net/
	check "the page came, over TCP" has 'speaks IPv4 only'
	for host in host1 host2; do
		run ip netns exec "$host" curl -sS -m 20 \
			http://web.example.net/cgi-bin/you
		check "the server sees the router's address" has \
			'You are 203\.0\.113\.2'
	done
	remark "The printer: \"search home.arpa\" made its name complete"
	run ip netns exec host1 curl -sS -m 20 http://printer/
	check "its page came" has 'has paper'
}

show_ping()
{
	run ip netns exec host1 ping -c 3 -i 0.2 -W 5 web.example.net
	check "3 of 3 answers" has "3 received"
	check "each router counted once: TTL 64 - 2 = 62" has "ttl=62 "
	run ip netns exec host1 ping -c 1 -W 5 printer
	check "the printer answers" has "1 received"
}

show_route()
{
	local hops

	remark "isp has no IPv6; its address 203.0.113.1 is shown as an IPv6 host sees it"
	run ip netns exec host1 traceroute6 -n -q 1 -w 5 -I web.example.net
	hops=$(awk 'NR > 1 { print $2 }' <<< "$output" | tr '\n' ' ')
	check "3 hops, each router once" [ "$hops" = "fd9f:590a:b158::1 \
fd9f:590a:b158:ffff::cb00:7101 fd9f:590a:b158:ffff::c633:6450 " ]
}

show_tables()
{
	remark "Hosts with an address of a pool; an entry ends with silence"
	run m46ctl -n router entry show
	check "host1 and host2 have one in each pool they used" [ "$(grep -c \
		'192\.168\.255\.' <<< "$output")" -eq 2 ]
	run m46ctl -n router pool show
	check "2 addresses of nat64's pool are in use" has \
		'192\.168\.255\.0/24 +254 +2 '
	remark "One public address, and who it stood for"
	run ip netns exec router conntrack -L -f ipv4 -p tcp
	check "masquerade made 192.168.255.x to 203.0.113.2" has \
		'src=192\.168\.255\..*dst=203\.0\.113\.2'
	remark "What was counted"
	run m46ctl -n router -s stats show dev nat64
	check "nothing was dropped" [ -z "$(awk '$3 > 0 && $4 == "drop"' \
		<<< "$output")" ]
}

show_capture()
{
	remark "One ping as it was on host1's cable"
	run tcpdump -n -t -c 2 -r port1.pcap \
		'icmp6[icmp6type] == 128 or icmp6[icmp6type] == 129'
	check "to 198.51.100.80, in IPv6" has \
		'> fd9f:590a:b158:ffff::c633:6450: ICMP6, echo request'
	remark "Everything that was there since host1 woke up"
	printf '     %-12s %10s %10s\n' cable IPv4+ARP IPv6
	captured_only_ipv6 port1 host1
}

how_to_play()
{
	name_server host1 > /dev/null
	name_server host2 > /dev/null
	cat <<-END

	${bold}The network is up.${off} Things to try:

	   # ip netns exec host1 curl http://web.example.net/
	   # ip netns exec host1 traceroute6 -n web.example.net
	   # ip netns exec host1 ping printer
	   # ip netns exec host1 dig web.example.net AAAA
	   # ip netns exec router tcpdump -ni nat64         both sides of the device
	   # ip netns exec router conntrack -E              masquerade at work
	   # m46ctl -n router entry show                    who has which address
	   # ip netns exec router bash                      a shell on the router

	   # $self --down        removes it
	END
}

build()
{
	heading "1. The network: plain Linux, nothing of m46 yet"
	load_module
	build_network
	heading "2. The router, with the files of Documentation/examples/ipv6-only-site"
	build_router
	[ -z "$keep" ] || hosts_up
}

# For --setup-only
hosts_up()
{
	local host

	for host in host1 host2; do
		ip -n "$host" link set eth0 up
		mkdir -p "/etc/netns/$host"
	done
	for host in host1 host2; do
		wait_for "$host gets no address" has_address "$host"
	done
}

show()
{
	heading "3. The hosts know nothing, and from here on host1 is watched"
	capture_start router port1
	show_hosts
	heading "4. Names"
	show_names
	heading "5. Web pages over TCP"
	show_pages
	heading "6. Ping"
	show_ping
	heading "7. Traceroute"
	show_route
	heading "8. What the router knows"
	show_tables
	heading "9. What was on host1's cable"
	capture_stop
	show_capture
}

demo "$@"
