#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# One life of the machine that crash.sh kills again and again: what the life
# before left on the disk is checked, restored, and then hosts get entries until
# somebody pulls the plug.
#
#	+------ h6 ------+            +------------ router -----------+
#	| eth0   hosts   |----- v6 ---| mt  m46t, pool 10.0.0.0/16    |
#	| 2001:db8:1::/64|            | m46ctl store run, on /dev/vda |
#	+----------------+            +-------------------------------+
#
# Lines for crash.sh: "checked ok|FAILED why", "made ADDRESS" for every host
# whose packet has been translated.
#
# environment: M46_TEST_EXPECT, file with the addresses that must be in the
# store (crash.sh sees that no other line is in it)

set -u
expect=${M46_TEST_EXPECT:?}
db=/run/disk/store.db

failed()
{
	echo "checked FAILED $*"
	exec sleep 600
}

mkdir -p /run/disk
modprobe -a virtio_blk ext4
mount -t ext4 /dev/vda /run/disk || failed "no disk"
modprobe m46
ip netns add h6
sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
	net.ipv6.conf.default.accept_dad=0
ip -batch - <<-END
	link add v6 type veth peer name eth0 netns h6
	link set v6 up
	address add 2001:db8:1::1/64 dev v6 nodad
	route add blackhole 198.18.0.0/15
END
ip -n h6 -batch - <<-END
	link set lo up
	link set eth0 up
	address add 2001:db8:1::2/64 dev eth0 nodad
	route add default via 2001:db8:1::1
	route add local 2001:db8:1:1::/64 dev lo
END
ip route add 2001:db8:1:1::/64 via 2001:db8:1::2

# --- what is left of the life before

if [ -e "$db" ]; then
	[ "$(sqlite3 "$db" 'PRAGMA integrity_check')" = ok ] ||
		failed "the store is damaged"
fi

m46ctl store run file "$db" > /run/store.log 2>&1 &
m46ctl dev add mt mode m46t prefix 2001:db8:46::/96 alloc-rate 0 expires 1h ||
	failed "no device"
m46ctl pool add 10.0.0.0/16 dev mt || failed "no pool"
ip link set mt up
ip route add 2001:db8:46::/96 dev mt

# All that the kernel should have again: polled, for the store needs a moment.
missing()
{
	m46ctl entry show dev mt | grep -o '2001:db8:1:1:[0-9a-f:]*' |
		LC_ALL=C sort > /run/restored
	LC_ALL=C sort "$expect" | LC_ALL=C comm -23 - /run/restored
}

tries=0
while [ -n "$(missing)" ]; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] ||
		failed "$(missing | wc -l) of $(wc -l < "$expect") entries lost:" \
			"$(missing | head -n 3 | tr '\n' ' ');" \
			"store: $(tail -n 2 /run/store.log | tr '\n' ' ')"
	sleep 0.1
done
for left in $(m46ctl -j entry show dev mt dynamic | jq '.[].expires'); do
	[ "$left" -le 3600 ] || failed "an entry lives for $left seconds"
done
echo "checked ok, $(wc -l < "$expect") entries expected," \
	"$(wc -l < /run/restored) there"

# --- more entries, until the end

exec ip netns exec h6 python3 -E -S - <<'END'
import random
import socket
import time

dst = ("2001:db8:46::198.18.0.1", 9)
while True:
    addr = "2001:db8:1:1:" + ":".join("%x" % random.randrange(1, 65536)
                                      for _ in range(4))
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, 78, 1)	# IPV6_FREEBIND
    s.bind((addr, 0))
    s.sendto(b"m46", dst)
    s.close()
    print("made", addr, flush=True)
    time.sleep(random.random() / 20)
END
