#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The relay of relay.sh at the anycast address, too: 192.88.99.1 (RFC 3068). RFC
# 7526 advises against it. Run health.sh as well, which is what announces it.

set -e

ip address add 192.88.99.1/32 dev lo
m46ctl dev set relay6to4 anycast on
# Exactly this address, and as /128: clients ping it with hop limit 1.
ip -6 address add 2002:c058:6301::/128 dev relay6to4
