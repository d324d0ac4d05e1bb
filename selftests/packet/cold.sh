#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# timeout: 1200
# The packets of packet.py, each the first of its flow.
exec "$(dirname "$0")/packet.py" --cold "$@"
