#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# 6rd customer's router (CE): 10.100.100.1 is the IPv4 address of wan, the rest is
# the provider's, from a letter or from DHCP option 212:
#
#	m46ctl sixrd from-dhcp 0820...0a000001 local 10.100.100.1

set -e

m46ctl dev add sixrd mode 6to4 local 10.100.100.1 remote 10.0.0.1 \
	prefix 2001:db8::/32 v4-prefix 10.0.0.0/8
ip link set sixrd up

# What "m46ctl dev show sixrd" calls delegated, 2001:db8:6464:100::/56, is ours.
ip -6 address add 2001:db8:6464:100::1/128 dev sixrd
ip -6 address add 2001:db8:6464:101::1/64 dev lan
ip -6 route add unreachable 2001:db8:6464:100::/56

# Other customers directly, all else by the border relay: the device knows.
ip -6 route add default dev sixrd
