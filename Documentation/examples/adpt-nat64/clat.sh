#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The CLAT of a customer's router, to which the provider has delegated
# 2001:db8:64:1c00::/56: what is routed into TAYGA's device.

set -e

tayga --mktun
ip link set clat up
# towards the IPv4 Internet; 20 bytes more as IPv6
ip route add default dev clat mtu 1480 advmss 1440
# answers to the IPv4 hosts, and to TAYGA's own errors
ip -6 route add 2001:db8:64:1c1a::100/120 dev clat
ip -6 route add 2001:db8:64:1c00::464 dev clat
