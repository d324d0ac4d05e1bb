#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# A server with native IPv6 and the IPv4 address 203.0.113.80 answers 6to4 clients
# directly (RFC 6343, 4.5), and relays nothing for anybody else. Its name has no
# AAAA record in 2002::/16. Run it once after boot.

set -e

m46ctl dev add return6to4 mode 6to4 local 203.0.113.80 relay on return-only on
ip link set return6to4 up
ip -6 route add 2002::/16 dev return6to4
