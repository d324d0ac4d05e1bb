#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The router of the IPv6-only site: its two m46 devices, what is routed into
# them, and what the name servers must know of them. Run it once after boot,
# when lan, lan4 and wan have their addresses, and before named or unbound.

set -e

# The IPv4 Internet. Each host that uses it has an address of the pool for a
# while; only hosts of this site get one.
m46ctl dev add nat64 mode m46t prefix fd9f:590a:b158:ffff::/96 \
	from fd9f:590a:b158::/64
m46ctl pool add 192.168.255.0/24 dev nat64
ip link set nat64 up
ip -6 route add fd9f:590a:b158:ffff::/96 dev nat64
ip route add 192.168.255.0/24 dev nat64

# IPv4-only machines of our own on lan4, 10.46.0.0/24: plane 0:46. Their AAAA
# records are in db.home.arpa.
m46ctl dev add plane46 mode m46t prefix fd9f:590a:b158:46::/64 plane 0:46 \
	from fd9f:590a:b158::/64
m46ctl pool add 192.168.254.0/24 dev plane46
ip link set plane46 up
ip -6 route add fd9f:590a:b158:46:0:46::/96 dev plane46
ip route add 192.168.254.0/24 dev plane46

# DNS64. AAAA records of the Internet count as none, for there is no IPv6 way
# there; those of this site do count. (unbound: its local-data does.)
m46ctl dns64 bind dev nat64 exclude-all except fd9f:590a:b158::/48 \
	> /etc/bind/named.conf.dns64
[ ! -d /etc/unbound ] ||
	m46ctl dns64 unbound dev nat64 exclude-all > /etc/unbound/dns64.conf
