#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What deb.sh does inside its machine, as a service, once each boot.

set -u
exec < /dev/null > /dev/ttyS1 2>&1
export HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive
cd /root || exit
release=$(uname -r)
boot=$(($(cat boot 2> /dev/null || echo 0) + 1))
n=$(cat tests 2> /dev/null || echo 0)
echo "$boot" > boot

# check NAME COMMAND...: one test; what it prints matters when it fails
check()
{
	local name=$1 start=$SECONDS rc
	shift

	n=$((n + 1))
	# Not as a condition: that would switch "set -e" off.
	(set -e; "$@") > out 2>&1
	rc=$?
	if [ "$rc" -eq 0 ]; then
		echo "ok $n $name ($((SECONDS - start)) s)"
		return
	fi
	tail -n 40 out | sed 's/^/# /'
	echo "not ok $n $name"
}

# All files and directories that a purge should leave as they were. Not the
# logs and caches of others; DKMS keeps its key.
files()
{
	find / -xdev \( -path /root -o -path /tmp -o -path /var/tmp -o \
		-path /var/log -o -path /var/cache -o -path /var/lib/apt -o \
		-path /var/lib/dpkg -o -path '/var/lib/systemd/[!d]*' \) \
		-prune -o -print | grep -v '^/var/lib/dkms/mok' | sort
}

installed()
{
	dkms status m46 | grep "^m46/.*, $release, .*: installed"
	modinfo -n m46 | grep "/$release/updates/dkms/m46.ko"
}

services()
{
	local unit

	for unit in m46@pe1 m46@nat64 m46-store; do
		systemctl is-active --quiet "$unit" && continue
		systemctl status "$unit"
		return 1
	done
}

configure()
{
	cp pe1.conf nat64.conf /etc/m46/
	systemctl enable --now m46@pe1 m46@nat64 m46-store
	systemctl reload m46@pe1
	services
}

both_devices()
{
	ip -o link show type m46 up | tee devices
	[ "$(wc -l < devices)" -eq 2 ]
}

# The whole configuration of the kernel: devices with all that is in them, routes.
kernel_state()
{
	m46ctl show config pe1
	m46ctl show config nat64
	ip route show dev pe1
	ip -6 route show dev pe1
	ip route show dev nat64
	ip -6 route show dev nat64
}

boot_1()
{
	local what="apt-get installs both packages, DKMS builds the module"

	files > files.before
	if [ -e quick ]; then
		what="apt-get installs m46ctl (m46-dkms was built in a chroot)"
		# m46-dkms is there already.
		grep -v -e m46 -e /updates files.before > files.new
		mv files.new files.before
	else
		check "no module before" bash -c '! modinfo m46'
	fi
	check "$what" apt-get install -y --no-install-recommends ./debs/*.deb
	check "the module is where modprobe looks" installed
	check "modprobe" modprobe m46
	check "the module is signed with the key of DKMS" bash -c \
		'modinfo -F signer m46 | grep "DKMS module signing key"'
	check "smoke test of the packages (debian/tests)" ./smoke
	check "bash completion and manual pages are there" ls \
		/usr/share/bash-completion/completions/m46ctl \
		/usr/share/man/man8/m46ctl.8.gz /usr/share/man/man5/m46.conf.5.gz \
		/usr/share/man/man8/m46ctl-{dev,config,up}.8.gz
	check "no service runs before it is enabled" bash -c \
		'! systemctl is-enabled m46-store && ! systemctl is-active m46-store'
	check "files in /etc/m46, services enabled and reloaded" configure
	kernel_state > state.before
	check "both devices are there" both_devices
}

after_boot()
{
	services
	[ -d /sys/module/m46 ]
	kernel_state > state.after
	diff -u state.before state.after
	m46ctl rule get 198.51.100.7 dev pe1 | grep 2001:db8:3::/96
}

# What the package of a kernel calls at its end.
new_kernel()
{
	dkms uninstall "m46/$(dpkg-query -W -f '${Version}' m46-dkms)" -k "$release"
	[ ! -e "/lib/modules/$release/updates/dkms/m46.ko" ]
	/etc/kernel/postinst.d/dkms "$release"
	installed
}

# refused HOW MESSAGE...: modprobe fails so, and the kernel says so
refused()
{
	modprobe m46 > refused 2>&1 && exit 1
	cat refused
	dmesg | tail -n 5
	grep "$1" refused
	dmesg | tail -n 5 | grep "$2"
}

lockdown()
{
	echo integrity > /sys/kernel/security/lockdown
	refused "Operation not permitted" \
		"unsigned module loading is restricted"
}

enforce()
{
	echo Y > /sys/module/module/parameters/sig_enforce
	refused "Key was rejected by service" \
		"Loading of module with unavailable key is rejected"
}

purge_tool()
{
	apt-get purge -y m46ctl
	[ -z "$(ip -o link show type m46)" ]
	systemctl list-units --plain --no-legend 'm46*' > units
	diff /dev/null units
	modprobe -r m46
}

purge_dkms()
{
	apt-get purge -y m46-dkms
	modinfo m46 && exit 1
	files > files.after
	diff -u files.before files.after
}

boot_2()
{
	check "module, services and configuration are back after the reboot" \
		after_boot
	check "a new kernel gets its module by itself" new_kernel
	check "purge of m46ctl takes the devices down" purge_tool
	# As under Secure Boot, for a key that nobody has enrolled.
	check "refused in lockdown, with the documented words" lockdown
	check "refused where signatures are enforced, with the documented words" \
		enforce
	check "purge leaves nothing" purge_dkms
	echo "1..$n"
}

"boot_$boot"
echo "$n" > tests
echo "# end of boot $boot"
sleep 1
# Not "reboot": that asks logind first, which is not there.
systemctl --no-block start reboot.target
