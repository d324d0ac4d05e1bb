#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What "make shell" runs in the guest: the module loaded, the demo's topology
# up, and a shell to play in.

export PATH=$M46_TREE/tools/m46ctl:$PATH
modprobe m46
"$M46_TREE/selftests/demo.sh" --setup-only
cat <<EOF

This is a virtual machine with Linux $(uname -r). The files are those of the
host; what you change is gone when the machine ends ("exit", or Ctrl-A x).
Network namespaces: $(ip netns list | cut -d ' ' -f 1 | sort | tr '\n' ' ')
Try: m46ctl -h, ip netns exec NAMESPACE COMMAND

EOF
PS1='m46-vm:\w# ' exec bash --norc -i
