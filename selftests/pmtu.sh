#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 600
#
# Path MTU discovery and fragments across two translations, without and with
# connection tracking on the PEs.
#
#  +------+      +------+        +-------+        +------+       +------+
#  |  c4  |------| pe1  |--------|   p   |--------| pe3  |-------|  s4  |
#  +------+ .2.1 +------+ ::2 ::1+-------+::1 ::2 +------+ .1.2  +------+
#              1500          1500            1280           1500
#  192.0.2.0/24        2001:db8:f:1::/64  2001:db8:f:3::/64  198.51.100.0/24
#
#  (devices and prefixes: adpt_lib.sh; the link p - pe3 is 1280 at first)

# shellcheck disable=SC2154 # setup_ns sets c4 pe1 p pe3 s4
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/adpt_lib.sh"

# Both ends learn 1260: 1280 less the difference of the headers. c4 hears it
# from p, through pe1's translation of its error; s4 from pe3's own device.
core_1280()
{
	forget_pmtu
	told_and_learned "$c4" "$S4" 1400 1260 &&
		told_and_learned "$s4" "$C4" 1400 1260 &&
		fits "$c4" "$s4" "$S4" 1260 && fits "$s4" "$c4" "$C4" 1260
}

core_1280_tcp()
{
	forget_pmtu
	tcp_flow "$c4" "$s4" "$S4" 400000 && tcp_flow "$s4" "$c4" "$C4" 400000 &&
		same "MTU that TCP learned" "$(learned_mtu "$c4" "$S4")" 1260
}

# A core of 1500 bytes has room for 1480.
core_1500()
{
	forget_pmtu
	told_and_learned "$c4" "$S4" 1472 1480 &&
		told_and_learned "$s4" "$C4" 1472 1480 &&
		fits "$c4" "$s4" "$S4" 1480 && fits "$s4" "$c4" "$C4" 1480
}

# DF off, one packet of 1428 and four of 1500 bytes each
udp_df_off()
{
	forget_pmtu
	udp_flow "$c4" "$s4" "$S4" 50 size 1400 df off &&
		udp_flow "$s4" "$c4" "$C4" 50 size 1400 df off &&
		udp_flow "$c4" "$s4" "$S4" 50 size 5000 df off &&
		udp_flow "$s4" "$c4" "$C4" 50 size 5000 df off
}

# RFC 7915 1.2: an ICMP message in fragments has no translation. One packet that
# pe1 cuts is one that pe3 refuses.
ping_df_off()
{
	local before

	forget_pmtu
	ping_ok "$c4" "$S4" -M dont -s 1212 -W 5 ||
		{ echo "no answer to 1240 bytes"; return 1; }
	before=$(counter "$pe3" pe3 icmp_fragment)
	ping_ok "$c4" "$S4" -M dont -s 1400 -W 1 && echo "1428 bytes: answered"
	above "ICMP fragments that pe3 refused" \
		$(($(counter "$pe3" pe3 icmp_fragment) - before)) 0
}

# lowest-ipv6-mtu says that the core carries more: nothing is cut.
low6_raised()
{
	local before ns

	for ns in pe1 pe3; do
		m46ctl -n "${!ns}" dev set "$ns" lowest-ipv6-mtu 1500 || return
		defer m46ctl -n "${!ns}" dev set "$ns" lowest-ipv6-mtu 1280
	done
	forget_pmtu
	before=$(counter "$pe1" pe1 fragmented)
	ping_ok "$c4" "$S4" -M dont -s 1400 -W 5 ||
		{ echo "no answer to 1428 bytes without DF"; return 1; }
	udp_flow "$c4" "$s4" "$S4" 50 size 1400 df off || return
	same "packets cut" "$(counter "$pe1" pe1 fragmented)" "$before" &&
		udp_flow "$c4" "$s4" "$S4" 50 size 5000 df off
}

# egress_mtu MTU: what pe3's IPv4 route to s4 carries
egress_mtu()
{
	ip -n "$pe3" route replace 198.51.100.0/24 dev lan src 198.51.100.1 \
		mtu "$1"
}

# Between 1280 and 1480: pe3 tells its IPv4 MTU, 20 more in IPv6.
egress_1400()
{
	egress_mtu 1400
	defer egress_mtu 1500
	forget_pmtu
	told_and_learned "$c4" "$S4" 1452 1400 && fits "$c4" "$s4" "$S4" 1400 &&
		tcp_flow "$c4" "$s4" "$S4" 200000
}

# Below 1260: IPv6 cannot be told; such packets have no DF and are cut by pe3.
egress_600()
{
	egress_mtu 600
	defer egress_mtu 1500
	forget_pmtu
	in_s4 nft -f - <<-END
	table ip seen {
		chain raw {
			type filter hook prerouting priority -450
			ip frag-off & 0x3fff != 0 counter
		}
	}
	END
	defer in_s4 nft delete table ip seen
	told_and_learned "$c4" "$S4" 1452 1260 && fits "$c4" "$s4" "$S4" 1260 &&
		tcp_flow "$c4" "$s4" "$S4" 200000 || return
	above "fragments at s4" "$(nft_packets "$s4" "ip seen")" 300
}

# Policy routing by mark: it is the device that finds the marked route's MTU,
# not the stack behind it.
marked_route()
{
	local before

	ip -n "$pe1" -6 rule add fwmark 46 table 46
	defer ip -n "$pe1" -6 rule del fwmark 46 table 46
	ip -n "$pe1" -6 route add default via 2001:db8:f:1::1 table 46 mtu 1300
	defer ip -n "$pe1" -6 route flush table 46
	in_pe1 nft -f - <<-END
	table ip mark46 {
		chain pre {
			type filter hook prerouting priority mangle
			iifname "lan" meta mark set 46
		}
	}
	END
	defer in_pe1 nft delete table ip mark46
	forget_pmtu
	before=$(counter "$pe1" pe1 too_big)
	told_and_learned "$c4" "$S4" 1400 1280 || return
	same "packets that were too big for pe1's device" \
		$(($(counter "$pe1" pe1 too_big) - before)) 1
}

# Connection tracking puts fragments together, the stack cuts them again.
conntrack_on()
{
	local ns

	# README: conntrack is bypassed, and would see half of each flow
	fast_off "$pe1" pe1
	fast_off "$pe3" pe3
	for ns in "$pe1" "$pe3"; do
		ip netns exec "$ns" nft -f - <<-END || return
		table inet track {
			chain pre {
				type filter hook prerouting priority 0
				ct state invalid counter
			}
		}
		END
	done
}

no_invalid()
{
	local ns

	for ns in "$pe1" "$pe3"; do
		same "packets that are INVALID" \
			"$(nft_packets "$ns" "inet track")" 0 || return
	done
}

need_cmd nft python3
load_m46
setup_topology
ktap_plan 16

without="without conntrack"
core_mtu 1280
ktap_test "core link of 1280: both ends learn 1260 (ADPT-31, SIIT-11), $without" \
	core_1280
ktap_test "core link of 1280: TCP both ways (ADPT-07), $without" core_1280_tcp
ktap_test "core link of 1280: UDP without DF (SIIT-14, SIIT-17), $without" \
	udp_df_off
ktap_test "core link of 1280: ping without DF (SIIT-18, SIIT-19), $without" \
	ping_df_off
core_mtu 1500
ktap_test "core link of 1500: both ends learn 1480 (SIIT-11), $without" core_1500
ktap_test "lowest-ipv6-mtu 1500 (SIIT-15), $without" in_defer_scope low6_raised
ktap_test "egress link of 1400 (SIIT-52), $without" in_defer_scope egress_1400
ktap_test "egress link of 600 (SIIT-51, SIIT-53), $without" \
	in_defer_scope egress_600

ktap_test "MTU of a route chosen by mark (SIIT-11)" in_defer_scope marked_route

conntrack_on || ktap_bail "no conntrack"
core_mtu 1280
with="with conntrack"
ktap_test "core link of 1280: both ends learn 1260 (KERN-10), $with" core_1280
ktap_test "core link of 1280: TCP both ways (KERN-10), $with" core_1280_tcp
ktap_test "core link of 1280: UDP without DF (KERN-10), $with" udp_df_off
core_mtu 1500
ktap_test "lowest-ipv6-mtu 1500 (KERN-10), $with" in_defer_scope low6_raised
ktap_test "egress link of 1400 (KERN-10), $with" in_defer_scope egress_1400
ktap_test "egress link of 600 (KERN-10), $with" in_defer_scope egress_600
ktap_test "no packet was INVALID (KERN-06)" no_invalid
ktap_done
