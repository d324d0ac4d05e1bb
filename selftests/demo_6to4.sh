#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# m46 at work: sites whose providers have IPv4 only make IPv6 prefixes of their
# IPv4 addresses, reach one another directly and native IPv6 through a relay.
# Builds the network below from namespaces, shows every command that it takes,
# uses it, and sends a forged packet, too.
#
#  site A                       the IPv4 Internet          native IPv6
#   +-------+     +----------+         +-------+         +-------+     +------+
#   | hosta |-----| routera  |---------|       |         |       |-----| web6 |
#   +-------+ lan +----------+ wan .170|       |.5       |       |     +------+
#                                      | v4net |---relay-| v6net |        ::80
#   +-------+     +----------+         |       |         |       |
#   | hostb |-----| routerb  |---------|       |         |       |
#   +-------+ lan +----------+ wan .17 +-------+         +-------+
#  site B
#
# The routers and the relay are configured with the files of
# Documentation/examples/6to4, by Documentation/6to4.md.
#
# usage: demo_6to4.sh [--setup-only | --down]	(or demo.sh, for all scenes)
#
#	--setup-only	build it, show how to play with it, leave it there
#	--down		remove it

# shellcheck disable=SC2034,SC2154 # title nodes wanted, for demo_lib.sh
title="6to4 sites, a relay, and native IPv6"
nodes="hosta routera hostb routerb v4net relay v6net web6"
wanted="ping traceroute curl tcpdump radvd nft busybox"
. "$(dirname "$0")/demo_lib.sh"
example=$tree/Documentation/examples/6to4
a=2002:c000:2aa:1::2 b=2002:c633:6411:1::2 web=2001:db8:80::80

topology()
{
	cat <<-END

	   ${dim}site A                     the IPv4 Internet              native IPv6${off}
	   +-------+    +---------+        +-------+             +-------+    +------+
	   | ${bold}hosta${off} |----| ${bold}routera${off} |--------| ${bold}v4net${off} |             | ${bold}v6net${off} |----| ${bold}web6${off} |
	   +-------+ ${dim}lan${off}+---------+${dim}wan${off}     |       |  +-------+  |       |    +------+
	                                   |       |--| ${bold}relay${off} |--|       |
	   +-------+    +---------+        |       |  +-------+  |       |
	   | ${bold}hostb${off} |----| ${bold}routerb${off} |--------|       |             |       |
	   +-------+ ${dim}lan${off}+---------+${dim}wan${off}     +-------+             +-------+
	   ${dim}site B${off}

	   routera  192.0.2.170    and so 2002:c000:2aa::/48   (c000:2aa is 192.0.2.170)
	   routerb  198.51.100.17  and so 2002:c633:6411::/48
	   relay    203.0.113.5, for site A; and 192.88.99.1, the anycast address,
	            for site B
	   web6     $web, native
	   v4net    has no IPv6; v6net and web6 have no IPv4
	END
}

# --- the network

# cable NODE DEVICE NODE DEVICE
cable()
{
	must ip link add "$2" netns "$1" type veth peer name "$4" netns "$3"
	must ip -n "$1" link set "$2" up
	must ip -n "$3" link set "$4" up
}

build_network()
{
	local node

	remark "Eight machines"
	for node in $nodes; do
		must ip netns add "$node"
		ip -n "$node" link set lo up
	done

	remark "The hosts have nothing yet but the end of their addresses"
	host hosta routera
	host hostb routerb

	remark "The IPv4 Internet: a router; it brings the anycast prefix to the relay"
	must ip netns exec v4net sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.disable_ipv6=1
	uplink routera to-a 192.0.2 170
	uplink routerb to-b 198.51.100 17
	uplink relay to-relay 203.0.113 5
	must ip -n v4net route add 192.88.99.0/24 via 203.0.113.5

	remark "Native IPv6: a router and a web server; 2002::/16 is behind the relay"
	must ip netns exec v6net sysctl -qw net.ipv6.conf.all.forwarding=1
	cable relay eth6 v6net to-relay
	cable v6net to-web6 web6 eth0
	must ip -n relay address add 2001:db8:6::2/64 dev eth6 nodad
	must ip -n v6net address add 2001:db8:6::1/64 dev to-relay nodad
	must ip -n v6net address add 2001:db8:80::1/64 dev to-web6 nodad
	must ip -n web6 address add "$web/64" dev eth0 nodad
	must ip -n web6 -6 route add default via 2001:db8:80::1
	must ip -n relay -6 route add default via 2001:db8:6::1
	must ip -n v6net -6 route add 2002::/16 via 2001:db8:6::2
}

# host HOST ROUTER: on the router's lan, asleep
host()
{
	must ip link add eth0 netns "$1" type veth peer name lan netns "$2"
	must ip -n "$1" token set ::2 dev eth0
	must ip -n "$2" link set lan up
}

# uplink NODE DEVICE NET HOST: to v4net, which is NET.1
uplink()
{
	cable "$1" wan v4net "$2"
	must ip -n "$1" address add "$3.$4/24" dev wan
	must ip -n v4net address add "$3.1/24" dev "$2"
	must ip -n "$1" route add default via "$3.1"
}

# --- the sites and the relay

# site NODE WAN4 RELAY4
site()
{
	remark "${1^}: forwarding and firewall; then the device and its routes, line by" \
		"line, as the shell does it; then the hosts are told"
	must ip netns exec "$1" sysctl -q -p "$example/sysctl.conf"
	must ip netns exec "$1" nft -f "$example/router.nft"
	must ip netns exec "$1" sh -x "$example/router.sh" "$2" "$3"
	background "radvd-$1" ip netns exec "$1" radvd -n -m stderr \
		-C "$example/radvd.conf" -p "$tmp/radvd-$1.pid"
}

build_relay()
{
	remark "The relay; the second file makes it an anycast relay, of which RFC" \
		"7526 advises against more"
	must ip netns exec relay sysctl -q -p "$example/sysctl.conf"
	must cat "$example/relay6to4.conf" "$example/anycast.conf"
	must sh -c "cat $example/relay6to4.conf $example/anycast.conf > $tmp/relay6to4.conf"
	must ip netns exec relay m46ctl up "$tmp/relay6to4.conf"
}

build_sites()
{
	remark "The addresses here are for documentation, which m46ctl warns of"
	site routera 192.0.2.170 203.0.113.5
	site routerb 198.51.100.17 192.88.99.1
}

has_address()
{
	ip -n "$1" -6 address show dev eth0 scope global -tentative |
		grep -q inet6
}

hosts_up()
{
	local host

	for host in hosta hostb; do
		must ip -n "$host" link set eth0 up
	done
	for host in hosta hostb; do
		wait_for "$host gets no address" has_address "$host"
	done
}

# --- what is shown

show_devices()
{
	remark "Site A's device; delegated is the prefix that follows from its address"
	must m46ctl -n routera dev show
	check "192.0.2.170 gives 2002:c000:2aa::/48" has \
		'delegated 2002:c000:2aa::/48'
	must ip -n routera -6 route show
	check "all sites are behind the device" has '^2002::/16 dev tun6to4'
	remark "Is the relay able to relay? Its routing daemon asks the same"
	run m46ctl -n relay relay health dev relay6to4
	check "it is" has 'can relay'
}

show_hosts()
{
	hosts_up
	run ip -n hosta -6 -br address show dev eth0
	check "hosta has an address of 2002:c000:2aa:1::/64" has " $a/64"
	run ip -n hostb -6 -br address show dev eth0
	check "hostb has one of 2002:c633:6411:1::/64" has " $b/64"
	run ip netns exec hosta sysctl net.ipv6.conf.eth0.mtu
	check "the advertised MTU is the tunnel's" has '= 1280'
}

# ping_between FROM TO ROUTERS
ping_between()
{
	run ip netns exec "$1" ping -n -c 3 -i 0.2 -W 5 "$2"
	check "3 of 3 answers" has "3 received"
	check "$3 routers: hop limit 64 - $3 = $((64 - $3))" \
		has "ttl=$((64 - $3)) "
}

show_ping()
{
	remark "From site to site, without the relay"
	ping_between hosta "$b" 2
	remark "To native IPv6, by way of 203.0.113.5; and by way of 192.88.99.1"
	ping_between hosta "$web" 3
	ping_between hostb "$web" 3
	remark "And back: whoever is there begins"
	ping_between web6 "$a" 3
}

# route_between FROM TO HOP...
route_between()
{
	local from=$1 to=$2 hops
	shift 2

	run ip netns exec "$from" traceroute -6 -n -q 1 -w 5 -I "$to"
	hops=$(awk 'NR > 1 { print $2 }' <<< "$output" | tr '\n' ' ')
	check "$# hops; a tunnel is one, however long" [ "$hops" = "$* " ]
}

show_routes()
{
	route_between hosta "$b" 2002:c000:2aa:1::1 2002:c633:6411::1 "$b"
	remark "An anycast relay shows itself as 2002:c058:6301::, and the tunnel begins" \
		"at routera"
	route_between hosta "$web" 2002:c000:2aa:1::1 2002:c058:6301:: \
		2001:db8:6::1 "$web"
	route_between web6 "$a" 2001:db8:80::1 2001:db8:6::2 \
		2002:c000:2aa::1 "$a"
}

# server HOST ADDRESS: a page, and a megabyte
server()
{
	mkdir "$1"
	echo "This is $1." > "$1/index.html"
	dd if=/dev/zero of="$1/megabyte" bs=1M count=1 2> /dev/null
	httpd "$1" "$2" "$1"
}

# fetch FROM TO ADDRESS
fetch()
{
	run ip netns exec "$1" curl -sS -m 20 "http://[$3]/"
	check "$1 has the page of $2" has "This is $2"
}

show_pages()
{
	server hosta "$a"
	server hostb "$b"
	server web6 "$web"
	fetch hosta hostb "$b"
	fetch hostb hosta "$a"
	fetch hosta web6 "$web"
	fetch web6 hosta "$a"
	fetch hostb web6 "$web"
	fetch web6 hostb "$b"
	remark "A megabyte, both ways"
	run ip netns exec hosta curl -sS -m 60 -o /dev/null \
		-w '%{size_download} bytes, %{speed_download} a second\n' \
		"http://[$web]/megabyte"
	check "web6 to hosta" has '^1048576 bytes'
	run ip netns exec web6 curl -sS -m 60 -o /dev/null \
		-w '%{size_download} bytes, %{speed_download} a second\n' \
		"http://[$b]/megabyte"
	check "hostb to web6" has '^1048576 bytes'
}

show_mtu()
{
	remark "Native IPv6 has 1500 bytes, the tunnel 1280: the relay says so"
	run ip netns exec web6 ping -n -c 2 -i 0.2 -W 5 -M 'do' -s 1400 "$b"
	check "Packet too big, from the relay" has \
		'From 2001:db8:6::2 .*Packet too big: mtu=1280'
}

# counter NODE DEVICE NAME: its value, 0 if it is not shown
counter()
{
	m46ctl -n "$1" stats show dev "$2" |
		awk -v name="$3" '$2 == name { n = $3 } END { print n + 0 }'
}

show_forgery()
{
	local old

	remark "Somebody in the IPv4 Internet, 203.0.113.1, pretends to be hostb: from a" \
		"tunnel of his own, with hostb's address inside"
	must ip netns exec v4net sysctl -qw net.ipv6.conf.all.disable_ipv6=0
	must m46ctl -n v4net dev add forger mode 6to4 local 203.0.113.1 \
		remote 192.0.2.170
	must ip -n v4net link set forger up
	must ip -n v4net address add "$b/128" dev forger
	must ip -n v4net -6 route add 2002:c000:2aa::/48 dev forger
	old=$(counter routera tun6to4 src_mismatch)
	run ip netns exec v4net ping -n -c 2 -i 0.2 -W 1 -I "$b" "$a"
	check "no answer" has ' 0 received'
	run m46ctl -n routera stats show dev tun6to4
	check "dropped: hostb is at 198.51.100.17, and not at 203.0.113.1" \
		[ $(($(counter routera tun6to4 src_mismatch) - old)) -eq 2 ]
	run ip netns exec hosta ping -n -c 1 -W 5 "$b"
	check "the real hostb is not affected" has "1 received"
	must ip -n v4net link del forger
}

show_counters()
{
	run m46ctl -n relay stats show dev relay6to4
	check "nothing was dropped" [ -z "$(awk 'NR > 1 &&
		$2 !~ /^(en|de)capsulated$/' <<< "$output")" ]
}

# The relay has no business between two sites.
show_capture()
{
	remark "One ping of hosta to hostb, and one to web6, as the IPv4 Internet saw them"
	run tcpdump -n -t -c 1 -r to-a.pcap \
		'ip proto 41 and src 192.0.2.170 and dst 198.51.100.17'
	check "IPv6 in IPv4, from router to router" has \
		"^IP 192.0.2.170 > 198.51.100.17: IP6 $a > $b: ICMP6"
	run tcpdump -n -t -c 1 -r to-a.pcap \
		'ip proto 41 and src 192.0.2.170 and dst 203.0.113.5'
	check "IPv6 in IPv4, to the relay" has \
		"^IP 192.0.2.170 > 203.0.113.5: IP6 $a > $web: ICMP6"
	run tcpdump -n -t -c 1 -r to-b.pcap \
		'ip proto 41 and src 192.88.99.1'
	check "and back, from the address that site B sends to" has \
		"^IP 192.88.99.1 > 198.51.100.17: IP6 $web > $b:"
	check "nothing of site A's for site B passed the relay" \
		[ "$(packets to-relay 'ip proto 41 and ip[20+8:4] = 0x2002c000 and
		ip[20+24:4] = 0x2002c633')" -eq 0 ]
}

how_to_play()
{
	cat <<-END

	${bold}The network is up.${off} Things to try:

	   # ip netns exec hosta ping $b       site to site
	   # ip netns exec hosta traceroute -6 -n -I $web
	   # ip netns exec v4net tcpdump -ni to-a           IPv6 in IPv4
	   # ip netns exec routera tcpdump -ni tun6to4      what is inside
	   # m46ctl -n relay dev set relay6to4 acl 192.0.2.0/24   site B may not
	   # m46ctl -n relay -s stats show dev relay6to4    what was counted
	   # ip -n relay link set eth6 down; m46ctl -n relay relay health dev relay6to4

	   # $self --down        removes it
	END
}

build()
{
	heading "1. The network: plain Linux, nothing of m46 yet"
	load_module
	build_network
	heading "2. The relay, with the files of Documentation/examples/6to4"
	build_relay
	heading "3. The two sites, likewise"
	build_sites
	[ -z "$keep" ] || hosts_up
}

show()
{
	heading "4. What routers and relay know"
	show_devices
	heading "5. The hosts wake up, and the IPv4 Internet is watched"
	capture_start v4net to-a to-b to-relay
	show_hosts
	heading "6. Ping"
	show_ping
	heading "7. Traceroute"
	show_routes
	heading "8. Web pages over TCP, between all"
	show_pages
	heading "9. What is too big"
	show_mtu
	heading "10. A forged packet"
	show_forgery
	heading "11. What the relay counted"
	show_counters
	heading "12. What was in the IPv4 Internet"
	capture_stop
	show_capture
}

demo "$@"
