#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# The packets of packet.py once more, on the fast path.
exec "$(dirname "$0")/packet.py" --fast "$@"
