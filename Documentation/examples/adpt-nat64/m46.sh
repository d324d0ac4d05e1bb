#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The device of a provider edge whose clients have only IPv6, and what is routed
# into it. Run it once after boot, when lan and core have their addresses. A
# machine that is PE for IPv4 networks too has one device for both.

set -e

# 192.0.2.100 and .101 are what all clients appear under in the IPv4 Internet;
# here they exist in IPv6 only, behind the mapping prefix.
m46ctl dev add pe1 mode adpt prefix 2001:db8:1::/96 \
	nat64 64:ff9b::/96 nat64-pool 192.0.2.100/31
ip link set pe1 up

# from clients, and answers to them
ip -6 route add 64:ff9b::/96 dev pe1
ip -6 route add 2001:db8:1::/96 dev pe1

# what is behind which other provider edge, and what is behind this one
m46ctl rule add 192.31.196.0/24 via 2001:db8:3::/96 dev pe1
m46ctl rule add 192.0.2.100/31 via 2001:db8:1::/96 dev pe1 local
