#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# 6to4 relay: between native IPv6 and the 6to4 sites, at 203.0.113.5. Which sites
# may use it towards native IPv6 is said by acl. Run it once after boot.

set -e

m46ctl dev add relay6to4 mode 6to4 local 203.0.113.5 relay on \
	acl 192.0.2.0/24,198.51.100.0/24
ip link set relay6to4 up
ip -6 address add 2002:cb00:7105::1/128 dev relay6to4
ip -6 route add unreachable 2002:cb00:7105::/48
ip -6 route add 2002::/16 dev relay6to4
