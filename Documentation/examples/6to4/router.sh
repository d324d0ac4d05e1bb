#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# 6to4 router: a site with one global IPv4 address, on wan, has 2002:V4::/48. Run
# it when lan is up and wan has its address, and again when that has changed.
#
# usage: router.sh [WAN4 [RELAY4]]
#
#	WAN4	the IPv4 address of wan
#	RELAY4	the relay to native IPv6; 192.88.99.1 is whoever is near, "none"
#		reaches other 6to4 sites only

set -e

wan4=${1:-192.0.2.170}
relay4=${2:-203.0.113.5}

# The first 48 bits that an IPv4 address gives
# shellcheck disable=SC2086 # to be split
site_of()
{
	IFS=.
	set -- $1
	printf '2002:%x:%x' $(($1 << 8 | $2)) $(($3 << 8 | $4))
}

site=$(site_of "$wan4")

# What an earlier address has left
[ ! -e /sys/class/net/tun6to4 ] || m46ctl dev del tun6to4
ip -6 address flush dev lan to 2002::/16
ip -6 route flush type unreachable root 2002::/16

m46ctl dev add tun6to4 mode 6to4 local "$wan4"
ip link set tun6to4 up
ip -6 address add "$site::1/128" dev tun6to4
ip -6 address add "$site:1::1/64" dev lan

# Subnets of the site that are not there must not go round by way of the relay.
ip -6 route add unreachable "$site::/48"

# All other sites, directly; then native IPv6, by way of the relay. The relay
# anycast address is the one whose IPv6 form ends in ::, not ::1.
ip -6 route add 2002::/16 dev tun6to4
case $relay4 in
none) ;;
192.88.99.1) ip -6 route add default via 2002:c058:6301:: dev tun6to4 ;;
*) ip -6 route add default via "$(site_of "$relay4")::1" dev tun6to4 ;;
esac
