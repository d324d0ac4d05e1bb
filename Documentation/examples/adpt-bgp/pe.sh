#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The m46 device of a PE; before the routing daemon starts.
#
# usage: pe.sh PREF6/LEN [V4/LEN]
#
#	PREF6/LEN	mapping prefix of this PE
#	V4/LEN		what routers of the core look like in a traceroute: they
#			have no IPv4 address of their own

set -e

# The rules are the kernel's IPv4 routes "via inet6" into the device, which the
# daemon makes: nothing to add with "m46ctl rule".
m46ctl dev add pe mode adpt prefix "$1" md fib ${2:+pool6791 "$2"}

# No address and no route: the daemon's static routes follow the device, and are
# withdrawn when it goes down. It must have IPv6, or no route gets in.
ip link set pe up
