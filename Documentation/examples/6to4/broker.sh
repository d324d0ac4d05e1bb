#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Configured tunnel (6in4) to a tunnel broker, 198.51.100.1, who has given
# 2001:db8:5::2/64 for this end and routes 2001:db8:55::/48 to it.

set -e

m46ctl dev add broker mode 6to4 local 192.0.2.170 remote 198.51.100.1
ip link set broker up
ip -6 address add 2001:db8:5::2/64 dev broker
ip -6 address add 2001:db8:55:1::1/64 dev lan
ip -6 route add unreachable 2001:db8:55::/48
ip -6 route add default via 2001:db8:5::1 dev broker
