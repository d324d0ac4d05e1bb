#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Install the Debian packages of the named groups (all without arguments) that
# are not there yet. Asks nothing of the network when none is missing. Servers
# among them are for the guest: they neither start here nor at the next boot.
#
# usage: deps.sh [GROUP...]

set -eu
. "$(dirname "$0")/env.sh"

groups=${*:-build host lint vm guest bench debug deb}
wanted=$(for g in $groups; do
	awk -v g="$g" '$1 == g { print $2 }' "$M46_VM/packages"
done | sort -u)
[ -n "$wanted" ] || die "no package in group $groups"

missing=
for p in $wanted; do
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] ||
		missing="$missing $p"
done
[ -n "$missing" ] || exit 0

[ "$(id -u)" -eq 0 ] || die "not root, and missing:$missing"
install()
{
	# shellcheck disable=SC2086 # a list
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 $missing
}

# Debian starts a server when it is installed, unless this file says no.
policy=/usr/sbin/policy-rc.d
policy_mark="# selftests/vm/deps.sh: no server starts while it installs packages"

forbid_start()
{
	# One that is there stays, unless an earlier run was killed and left it:
	# a container's says the same, any other is the administrator's will.
	if [ -e "$policy" ] && ! grep -qxF "$policy_mark" "$policy"; then
		return
	fi
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' INT TERM HUP
	printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" > "$policy"
	chmod 755 "$policy"
}

# And at the next boot, unless it is disabled. One that was installed before is
# somebody's, and not touched.
disable_servers()
{
	local p units

	command -v systemctl > /dev/null || return 0
	for p in bind9 bird2 frr jool-tools radvd tayga unbound; do
		case " $missing " in *" $p "*) ;; *) continue ;; esac
		units=$(dpkg -L "$p" |
			sed -n -e 's|^.*/systemd/system/\([^/]*\.service\)$|\1|p' \
				-e 's|^/etc/init\.d/||p')
		# shellcheck disable=SC2086 # a list
		systemctl -q disable $units > /dev/null 2>&1 ||
			say "cannot disable ${units//$'\n'/ }: look after it"
	done
}

lock "$M46_CACHE/lock/apt"
say "installing:$missing"
forbid_start
# The package lists may be missing or too old for the mirror: refresh them only
# then, a run without network must not fail for lists it does not need.
install < /dev/null || { apt-get update -qq && install < /dev/null; }
disable_servers
