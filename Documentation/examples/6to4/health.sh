#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Routes to a 6to4 relay are announced for as long as it can relay (RFC 3068, 4.4;
# RFC 7526, 6). They are put into a routing table of their own, 64, which no packet
# looks at but BIRD does: bird.conf. A service, to run for ever.

while :; do
	if m46ctl relay health dev relay6to4 > /run/relay6to4; then
		ip route replace blackhole 192.88.99.0/24 table 64
		ip -6 route replace blackhole 2002::/16 table 64
	else
		ip route flush table 64
		ip -6 route flush table 64
	fi 2> /dev/null
	sleep 5
done
