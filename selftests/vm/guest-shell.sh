#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What "make shell" runs in the guest: the module loaded, the demo's topology
# up, and a shell to play in, with the tool's manual and completion.

export PATH=$M46_TREE/tools/m46ctl:$PATH
modprobe m46
"$M46_TREE/selftests/demo.sh" --setup-only adpt site 6to4
# where "man m46ctl" looks; the tree has no man8/
mkdir -p /run/man/man8
cp "$M46_TREE"/tools/man/*.8 /run/man/man8/
cat > /run/shellrc <<EOF
export MANPATH=/run/man:
for f in /usr/share/bash-completion/bash_completion \\
	$M46_TREE/tools/completion/m46ctl.bash; do
	[ ! -e "\$f" ] || . "\$f"
done
PS1='m46-vm:\w# '
EOF
cat <<EOF

This is a virtual machine with Linux $(uname -r). The files are those of the
host; what you change is gone when the machine ends ("exit", or Ctrl-A x).
Network namespaces: $(ip netns list | cut -d ' ' -f 1 | sort | tr '\n' ' ')
Try: man m46ctl, m46ctl help, m46ctl rule help, m46ctl -n pe1 rule show,
     ip netns exec NAMESPACE COMMAND
A lesson: delete a rule, ping, and see which counter says why:
     m46ctl -n pe1 rule flush dev pe1
     ip netns exec c4 ping -c 1 198.51.100.2
     m46ctl -n pe1 -s stats show dev pe1
Another: who had an address? Here the store is started by hand.
     m46ctl -n router store run > /dev/null 2>&1 &
     ip netns exec host1 ping -c 1 web.example.net
     m46ctl -n router entry show dev nat64
     m46ctl history 192.168.255.0/24

EOF
exec bash --rcfile /run/shellrc -i
