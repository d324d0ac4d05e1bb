#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# 6rd border relay (BR) of the same provider, at 10.0.0.1. Several may share that
# address: with "anycast on" all outer packets have DF set (RFC 5969, 9.1).

set -e

m46ctl dev add br6rd mode 6to4 local 10.0.0.1 relay on \
	prefix 2001:db8::/32 v4-prefix 10.0.0.0/8
ip link set br6rd up

# Its own delegated prefix: the subnet-router address answers, nothing else is
# there (RFC 5969, 7.1.1).
ip -6 address add 2001:db8:0:100::/128 dev br6rd
ip -6 route add unreachable 2001:db8:0:100::/56
ip -6 route add 2001:db8::/32 dev br6rd
