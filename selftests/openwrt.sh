#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The netifd protocol handler in busybox's shell, with stubs for what OpenWrt has
# (openwrt/stubs.sh): the commands it runs and the messages it sends to netifd;
# and the package's Makefile with stubs of its includes (openwrt/stub.mk), which
# build m46ctl for this machine and no module. Runs on the host, needs neither
# root nor the module. KTAP on standard output.

set -u
here=$(cd "$(dirname "$0")" && pwd)
package=$here/../tools/openwrt/m46
handler=$package/files/m46.sh
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
failed=0

# result NAME: status 0 of the command before is "ok"; shows $tmp/diff
result()
{
	local rc=$?

	n=$((n + 1))
	if [ "$rc" -eq 0 ]; then
		echo "ok $n $1"
	else
		sed 's/^/# /' "$tmp/diff"
		echo "not ok $n $1"
		failed=$((failed + 1))
	fi
}

# handler FUNCTION ARGUMENT...: in ash; $tmp/ran and $tmp/sent say what it did
handler()
{
	: > "$tmp/ran"
	: > "$tmp/sent"
	[ -e "$tmp/part1" ] || echo '{}' > "$tmp/part1"
	# shellcheck disable=SC2016 # for ash
	CASE=$tmp/part1 SENT=$tmp/sent RAN=$tmp/ran REAL='' INCLUDE_ONLY=1 \
		busybox ash -c '. "$1"; . "$2"; shift 2; "$@"' ash \
		"$here/openwrt/stubs.sh" "$handler" "$@" > "$tmp/out" 2>&1
	jq -cS . "$tmp/sent" > "$tmp/json" 2>/dev/null || cp "$tmp/sent" "$tmp/json"
}

# try NAME IFACE: set the interface up that standard input describes: JSON, then
# a line "---", the commands wanted, a line "---", the messages wanted
try()
{
	: > "$tmp/part2"
	awk -v tmp="$tmp" '/^---$/ { part++; next }
		{ print > (tmp "/part" part + 1) }'
	handler proto_m46_setup "$2"
	jq -cS . "$tmp/part3" > "$tmp/want-json"
	{
		diff -u "$tmp/part2" "$tmp/ran"
		diff -u "$tmp/want-json" "$tmp/json"
		cat "$tmp/out"
	} > "$tmp/diff"
	[ ! -s "$tmp/diff" ]
	result "$1"
}

echo "KTAP version 1"

busybox ash -n "$handler" > "$tmp/diff" 2>&1
result "the handler is a script for ash"

# Every word of the command is an option, and no option is none of its words.
handler proto_m46_init_config
{
	awk '$1 != "defaults" { print $2 }' "$tmp/sent" | sort > "$tmp/options"
	{
		sed -n 's/^	{ "\([a-z0-9-]*\)", \(ATTR\|TUNNEL\)(.*/\1/p' \
			"$here/../tools/m46ctl/words.c" |
			grep -vx -e ifname -e ifindex -e delegated | tr '-' '_'
		printf '%s\n' gateway ip6addr ip6prefix ipaddr mtu tunlink zone
	} | sort > "$tmp/words"
	diff -u "$tmp/words" "$tmp/options"
} > "$tmp/diff"
result "every word of m46ctl dev add is an option"

try "adpt: a provider edge" pe1 <<'END'
{
	"interface": {
		"mode": "adpt", "prefix": ["2001:db8:1::/96", "2001:db8:11::/64"],
		"source_check": "loose", "mss_clamp": true, "ecn_log": false,
		"fastpath": ["lan", "eth1"], "ip6addr": ["2001:db8:1::c000:2fe/128"],
		"pool6791": "192.0.2.253/32", "mtu": 9000, "zone": "core",
		"defaultroute": true, "metric": 100
	},
	"sections": [
		{"type": "m46_rule", "interface": "pe1", "dst": "192.0.2.0/24",
		 "via": "2001:db8:1::/96", "local": "1"},
		{"type": "m46_rule", "interface": "pe1", "dst": "0.0.0.0/0",
		 "via": "2001:db8:3::/96", "method": "encap"},
		{"type": "m46_rule", "interface": "pe2", "dst": "198.51.100.0/24",
		 "via": "2001:db8:4::/96"},
		{"type": "m46_rule", "interface": "pe1", "dst": "203.0.113.0/24",
		 "via": "2001:db8:5::/96"}
	]
}
---
ip link del dev m46-pe1
m46ctl: dev add m46-pe1 mode adpt prefix 2001:db8:1::/96,2001:db8:11::/64 pool6791 192.0.2.253/32 fastpath br-lan,eth1 ecn-log off mss-clamp on source-check loose
m46ctl: rule add 192.0.2.0/24 via 2001:db8:1::/96 dev m46-pe1 local
m46ctl: rule add 0.0.0.0/0 via 2001:db8:3::/96 dev m46-pe1 method encap
m46ctl: rule add 203.0.113.0/24 via 2001:db8:5::/96 dev m46-pe1
ip link set dev m46-pe1 mtu 9000
ip link set dev m46-pe1 up
---
{"action": 6, "interface": "pe1", "host": "::"}
{"action": 0, "interface": "pe1", "ifname": "m46-pe1", "link-up": true,
 "ip6addr": [{"ipaddr": "2001:db8:1::c000:2fe", "mask": "128"}],
 "routes": [{"target": "0.0.0.0", "netmask": "0", "metric": "100"},
	    {"target": "203.0.113.0", "netmask": "24"}],
 "routes6": [{"target": "2001:db8:1::", "netmask": "96"},
	     {"target": "2001:db8:11::", "netmask": "64"}],
 "data": {"zone": "core"}}
END

try "adpt: no default route where none is wanted" pe1 <<'END'
{
	"interface": {"mode": "adpt", "prefix": ["2001:db8:1::/96"],
		"defaultroute": false, "tunlink": "core6"},
	"sections": [{"type": "m46_rule", "interface": "pe1", "dst": "0.0.0.0/0",
		"via": "2001:db8:3::/96"}]
}
---
ip link del dev m46-pe1
m46ctl: dev add m46-pe1 mode adpt prefix 2001:db8:1::/96
m46ctl: rule add 0.0.0.0/0 via 2001:db8:3::/96 dev m46-pe1
ip link set dev m46-pe1 up
---
{"action": 6, "interface": "pe1", "host": "::", "ifname": "core6"}
{"action": 0, "interface": "pe1", "ifname": "m46-pe1", "link-up": true,
 "routes6": [{"target": "2001:db8:1::", "netmask": "96"}]}
END

try "m46t: an IPv6-only site" site <<'END'
{
	"interface": {"mode": "m46t", "prefix": ["2001:db8:46::/96"],
		"from": ["2001:db8:a::/64", "2001:db8:b::/64"], "expires": "2h",
		"max_per_64": 100, "tunlink": "wan"},
	"sections": [
		{"type": "m46_pool", "interface": "site",
		 "prefix": "198.51.100.0/24",
		 "exclude": ["198.51.100.8/29", "198.51.100.16/29"]},
		{"type": "m46_entry", "interface": "site",
		 "ipv6": "2001:db8:a::25", "ipv4": "198.51.100.9"}
	]
}
---
ip link del dev m46-site
m46ctl: dev add m46-site mode m46t prefix 2001:db8:46::/96 from 2001:db8:a::/64,2001:db8:b::/64 expires 2h max-per-64 100
m46ctl: pool add 198.51.100.0/24 dev m46-site exclude 198.51.100.8/29,198.51.100.16/29
m46ctl: entry add 2001:db8:a::25 198.51.100.9 dev m46-site
ip link set dev m46-site up
---
{"action": 6, "interface": "site", "host": "0.0.0.0", "ifname": "wan"}
{"action": 0, "interface": "site", "ifname": "m46-site", "link-up": true,
 "routes": [{"target": "198.51.100.0", "netmask": "24"}],
 "routes6": [{"target": "2001:db8:46::", "netmask": "96"}]}
END

try "6to4: 6rd at the address of the WAN" sixrd <<'END'
{
	"interface": {"mode": "6to4", "prefix": ["2001:db8::/32"],
		"v4_prefix": "10.0.0.0/8", "remote": "10.0.0.1"},
	"wan": "10.100.100.1", "delegated": ["2001:db8:6464:100::/56"]
}
---
ip link del dev m46-sixrd
m46ctl: dev add m46-sixrd mode 6to4 local 10.100.100.1 prefix 2001:db8::/32 remote 10.0.0.1 v4-prefix 10.0.0.0/8
ip link set dev m46-sixrd up
m46ctl -j dev show m46-sixrd
---
{"action": 6, "interface": "sixrd", "host": "10.0.0.1"}
{"action": 0, "interface": "sixrd", "ifname": "m46-sixrd", "link-up": true,
 "ip6addr": [{"ipaddr": "2001:db8:6464:100::1", "mask": "128"}],
 "ip6prefix": ["2001:db8:6464:100::/56"],
 "routes6": [{"target": "::", "netmask": "0",
	      "source": "2001:db8:6464:100::/56"}]}
END

try "6to4: a site, through a relay" s <<'END'
{
	"interface": {"mode": "6to4", "local": "192.0.2.170", "metric": 4096,
		"gateway": "2002:cb00:7105::1"},
	"delegated": ["2002:c000:2aa::/48"]
}
---
ip link del dev m46-s
m46ctl: dev add m46-s mode 6to4 local 192.0.2.170
ip link set dev m46-s up
m46ctl -j dev show m46-s
---
{"action": 6, "interface": "s", "host": "0.0.0.0"}
{"action": 0, "interface": "s", "ifname": "m46-s", "link-up": true,
 "ip6addr": [{"ipaddr": "2002:c000:2aa::1", "mask": "128"}],
 "ip6prefix": ["2002:c000:2aa::/48"],
 "routes6": [{"target": "::", "netmask": "0", "metric": "4096",
	      "gateway": "2002:cb00:7105::1", "source": "2002:c000:2aa::/48"},
	     {"target": "2002::", "netmask": "16"}]}
END

try "6to4: a tunnel broker" tb <<'END'
{
	"interface": {"mode": "6to4", "remote": "203.0.113.1", "ttl": "64",
		"ip6addr": ["2001:db8:f::2/64"], "ip6prefix": "2001:db8:f0::/48"},
	"wan": "192.0.2.170"
}
---
ip link del dev m46-tb
m46ctl: dev add m46-tb mode 6to4 local 192.0.2.170 remote 203.0.113.1 ttl 64
ip link set dev m46-tb up
m46ctl -j dev show m46-tb
---
{"action": 6, "interface": "tb", "host": "203.0.113.1"}
{"action": 0, "interface": "tb", "ifname": "m46-tb", "link-up": true,
 "ip6addr": [{"ipaddr": "2001:db8:f::2", "mask": "64"}],
 "ip6prefix": ["2001:db8:f0::/48"],
 "routes6": [{"target": "::", "netmask": "0", "source": "2001:db8:f::2/64"},
	     {"target": "::", "netmask": "0", "source": "2001:db8:f0::/48"}]}
END

try "6to4 without a WAN waits for one" tb <<'END'
{"interface": {"mode": "6to4", "remote": "203.0.113.1"}}
---
---
{"action": 6, "interface": "tb", "host": "203.0.113.1"}
{"action": 3, "interface": "tb", "error": ["NO_WAN_LINK"]}
END

try "a mode that is none" x <<'END'
{"interface": {"mode": "nat64"}}
---
---
{"action": 3, "interface": "x", "error": ["INVALID_MODE"]}
{"action": 4, "interface": "x"}
END

try "a name as long as can be" interface11 <<'END'
{"interface": {"mode": "adpt", "prefix": ["2001:db8:1::/96"]}}
---
ip link del dev m46-interface11
m46ctl: dev add m46-interface11 mode adpt prefix 2001:db8:1::/96
ip link set dev m46-interface11 up
---
{"action": 6, "interface": "interface11", "host": "::"}
{"action": 0, "interface": "interface11", "ifname": "m46-interface11",
 "link-up": true, "routes6": [{"target": "2001:db8:1::", "netmask": "96"}]}
END

try "a name that is too long" interface-012 <<'END'
{"interface": {"mode": "adpt", "prefix": ["2001:db8:1::/96"]}}
---
---
{"action": 3, "interface": "interface-012", "error": ["NAME_TOO_LONG"]}
{"action": 4, "interface": "interface-012"}
END

try "a value that would be a command" x <<'END'
{"interface": {"mode": "adpt", "prefix": ["2001:db8:1::/96"],
	"method": "encap\ndev del lan"}}
---
logger -t m46-x no valid value: method
---
{"action": 6, "interface": "x", "host": "::"}
{"action": 3, "interface": "x", "error": ["INVALID_VALUE"]}
{"action": 4, "interface": "x"}
END

try "what m46ctl refuses leaves no device" x <<'END'
{"interface": {"mode": "adpt", "prefix": ["2001:db8:1::/96"],
	"method": "refused"}}
---
ip link del dev m46-x
m46ctl: dev add m46-x mode adpt prefix 2001:db8:1::/96 method refused
logger -t m46-x m46ctl: line 1: refused
ip link del dev m46-x
---
{"action": 6, "interface": "x", "host": "::"}
{"action": 3, "interface": "x", "error": ["CONFIG_REFUSED"]}
{"action": 4, "interface": "x"}
END

handler proto_m46_teardown pe1
echo "ip link del dev m46-pe1" | diff -u - "$tmp/ran" > "$tmp/diff"
result "teardown"

# --- the package

mkdir -p "$tmp/include"
touch "$tmp/include/package.mk" "$tmp/include/kernel.mk"
cp "$here/openwrt/stub.mk" "$tmp/rules.mk"
package_make()
{
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$package" \
		TOPDIR="$tmp" INCLUDE_DIR="$tmp/include" ROOT="$tmp/root" "$@"
}

package_make -n prepare > "$tmp/fields" 2> "$tmp/diff"
result "the package's Makefile can be read"

diff -u - <(sed -n 's/^\(kmod-m46\|m46ctl\) \(FILES\|AUTOLOAD\|DEPENDS\) /&/p' \
	"$tmp/fields") > "$tmp/diff" <<END
kmod-m46 DEPENDS @IPV6 +kmod-iptunnel4 +kmod-nf-conntrack6
kmod-m46 FILES $tmp/root/build/m46-0.1/m46.ko
kmod-m46 AUTOLOAD autoprobe m46
m46ctl DEPENDS +kmod-m46 +ip-full +jansson +jsonfilter +libinih +libnl-core +libnl-genl +libsqlite3
END
result "it has the packages and what they depend on"

# It names no library that m46ctl is not linked with, and the other way round.
sed -n 's/^LIBS := //p' "$here/../tools/m46ctl/Makefile" | diff -u - \
	<(echo "libnl-3.0 libnl-genl-3.0 jansson sqlite3 inih") > "$tmp/diff"
result "the libraries of m46ctl are those it depends on"

grep -qx "PACKAGE_VERSION=\"$(sed -n 's/^PKG_VERSION:=//p' "$package/Makefile")\"" \
	"$here/../dkms.conf" 2> "$tmp/diff"
result "its version is the tree's"

package_make install > "$tmp/diff" 2>&1 &&
	(cd "$tmp/root/root" && find . -type f | LC_ALL=C sort) > "$tmp/files" &&
	diff -u - "$tmp/files" >> "$tmp/diff" <<-END &&
	./lib/netifd/proto/m46.sh
	./usr/sbin/m46ctl
	END
	"$tmp/root/root/usr/sbin/m46ctl" -V >> "$tmp/diff"
result "it builds and installs m46ctl and the handler"

echo "1..$n"
[ "$failed" -eq 0 ]
