#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# On a machine without IPv6 (ipv6.disable=1) the module loads, the device is
# refused with the reason, and nothing is left behind. check.sh runs this in a
# machine of its own.

text=$(tools/m46ctl/m46ctl dev add m46 mode adpt prefix 2001:db8::/96 2>&1)
rc=$?
echo "$text"
[ "$rc" -eq 1 ] && [[ $text == *"IPv6 is disabled"* ]] &&
	[ ! -e /sys/class/net/m46 ] && rmmod m46
