#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Second stage of the guest, process 1 in the final root: brings up what a
# running system has, runs the command, looks for leaks, reports the status and
# ends the machine.
#
# Output goes to ttyS1, the kernel's own to ttyS0 (the console), so that the
# two never mix.

export PATH=/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
export HOME=/root LC_ALL=C TERM=${TERM:-linux}
exec < /dev/null > /dev/ttyS1 2>&1
stty -F /dev/ttyS1 raw -echo
# shellcheck disable=SC1091 # written by run.sh
. /m46-results/vm.conf

mount -t tmpfs -o mode=755 run /run
mkdir -p /run/netns /run/lock /dev/pts /dev/shm
mount -t devpts -o ptmxmode=666 devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs -o mode=1777 vartmp /var/tmp
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
hostname m46-vm
ip link set lo up
ulimit -n 65536
# No name server answers in here: let ping and traceroute know at once.
rm -f /etc/resolv.conf
echo "nameserver 127.0.0.1" > /etc/resolv.conf

# A ping asks for time stamps, for which the kernel patches its receive path: the
# first to begin and the last to end. With packets on the way, qemu 7.2 without
# KVM loses that race on 6.12 ("Oops: int3"), with and without m46. With one that
# never ends there is no first and no last.
if [ "$M46_ACCEL" = tcg ]; then
	ping -n -q -i 100000 127.0.0.1 > /dev/null 2>&1 &
fi

# Memory that nothing points to any more, after the module is gone: what only
# its variables pointed to is lost too. A scan takes long, and two are needed:
# the first only learns the checksum. Younger than 5 s does not count.
kmemleak_scan()
{
	grep '\[m46\]' /proc/kallsyms | sort > /run/m46.syms
	if [ -e /sys/module/m46 ]; then
		ip -all netns delete
		modprobe -r m46 ||
			echo "BUG: m46-vm: m46 cannot be unloaded" > /dev/kmsg
	fi
	sleep 5.5
	echo scan > /sys/kernel/debug/kmemleak
	echo scan > /sys/kernel/debug/kmemleak
	# Into a file first: reading by lines seeks, and each seek counts anew.
	cat /sys/kernel/debug/kmemleak > /run/kmemleak
	[ -s /run/kmemleak ] || return
	# The module's functions have lost their names: give them back. All
	# addresses have the same length, so they compare as text.
	awk 'NR == FNR { addr[n++] = $1; name[$1] = $3; next }
		{
			if (match($0, /0x[0-9a-f]+$/)) {
				a = substr($0, RSTART + 2)
				best = ""
				for (i = 0; i < n && addr[i] <= a; i++)
					best = addr[i]
				if (best != "" && substr(best, 1, 11) == substr(a, 1, 11))
					$0 = $0 " " name[best] " [m46]"
			}
			print "kmemleak: " $0
		}' /run/m46.syms /run/kmemleak | head -n 200 |
		while IFS= read -r line; do
			echo "$line" > /dev/kmsg
		done
}

if [ -e /sys/kernel/debug/kmemleak ]; then
	# Also off when it ran out of early records: no scan would mean no leak.
	echo scan=off > /sys/kernel/debug/kmemleak ||
		echo "BUG: m46-vm: kmemleak does not work" > /dev/kmsg
fi

# kselftest's word for: be patient, and do not measure speed.
[ "$M46_KERNEL" != debug ] || export KSFT_MACHINE_SLOW=yes
export PATH=$M46_TREE/tools/m46ctl:$PATH
export M46_IN_VM=1 M46_RESULTS=/m46-results
cd "$M46_TREE" || echo "BUG: m46-vm: no $M46_TREE" > /dev/kmsg
echo "m46-vm: running $M46_CMD" > /dev/kmsg
if [ -n "$M46_INTERACTIVE" ]; then
	stty -F /dev/ttyS1 sane rows "$M46_ROWS" cols "$M46_COLS"
	setsid -c -w bash -c "$M46_CMD" < /dev/ttyS1
else
	bash -c "$M46_CMD"
fi
status=$?
echo "m46-vm: command ended with $status" > /dev/kmsg

[ ! -e /sys/kernel/debug/kmemleak ] || kmemleak_scan

echo "$status" > /m46-results/status
sync
umount /m46-results 2>/dev/null
echo "m46-vm: end" > /dev/kmsg
echo b > /proc/sysrq-trigger
sleep 60
