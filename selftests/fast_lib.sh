# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A test program once more, on the fast path: lib.sh sources this when
# M46_FASTPATH is set ("make check-fast", PROGRAM@fast of run_tests.sh).
# fast_all.py switches it on for every m46 device there is, on all interfaces of
# its namespace; by its own counters, the program must have used it in the end.

_fast_start()
{
	local dir

	need_cmd python3 nft
	load_m46
	_fast_hold
	dir=$(mktemp -d) || ktap_bail "no directory"
	defer rm -rf "$dir"
	mkfifo "$dir/in" "$dir/out" "$dir/turn"
	exec {_FAST_IN}<> "$dir/in" {_FAST_OUT}<> "$dir/out" \
		{_FAST_TURN}<> "$dir/turn"
	python3 -E -S "$SELFTESTS/fast_all.py" <&"$_FAST_IN" >&"$_FAST_OUT" &
	defer _fast_end $!
	echo >&"$_FAST_TURN"
	_fast_ask sync
}

# A hook that stays. The first one and the last one make the kernel patch its
# code, which not every emulator survives under traffic (see vm/check.sh).
_fast_hold()
{
	local ns=fast-$RANDOM$RANDOM

	ip netns add "$ns" || ktap_bail "cannot create a namespace"
	defer ip netns delete "$ns"
	ip -n "$ns" link add d46 type dummy
	ip netns exec "$ns" nft -f - <<-END || ktap_bail "no ingress hooks"
	table netdev hold {
		chain in {
			type filter hook ingress device d46 priority 0
		}
	}
	END
}

_fast_end()
{
	kill "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

# _fast_ask WORD...: one asks at a time, a program may do things in the
# background. The answer is in _FAST_SAID.
_fast_ask()
{
	local id=$BASHPID.$RANDOM whose

	# who is killed while it asks leaves an answer, and no turn for others
	read -r -t 10 -u "$_FAST_TURN" _ || true
	echo "$id $*" >&"$_FAST_IN"
	while read -r -t 60 -u "$_FAST_OUT" whose _FAST_SAID; do
		[ "$whose" != "$id" ] || break
	done
	[ "$whose" = "$id" ] || echo "fast_all.py does not answer" >&2
	echo >&"$_FAST_TURN"
}

# What has made a device returns when that is on the fast path. Other changes
# are noticed some milliseconds later.
m46ctl()
{
	local rc=0

	case " $* " in
	*" monitor "*)
		# in the background, until it is killed
		exec m46ctl "$@"
		;;
	*" del "* | *" reset "*)
		_fast_ask count
		;;
	esac
	command m46ctl "$@" || rc=$?
	case " $* " in
	*" add "* | *" set "* | *" -b "* | *" up "* | *" sync "* | *" restore "*)
		_fast_ask sync
		;;
	esac
	return "$rc"
}

# fast_off NS DEV: not that device, while the scope lasts. For what tests the
# very things that the fast path bypasses (README, "What is bypassed").
fast_off()
{
	_fast_ask off "$1" "$2"
	defer _fast_ask on "$1" "$2"
}

fast_sync()
{
	_fast_ask sync
}

# _fast_verdict: the last result of a program
_fast_verdict()
{
	local name="the fast path was taken" fast all

	_fast_ask count
	read -r fast all <<< "$_FAST_SAID"
	if [ "${fast:-0}" -ge "${M46_FASTPATH_LEAST:-20}" ]; then
		ktap_ok "$name: $fast of $all packets"
	else
		ktap_fail "$name: ${fast:-0} of ${all:-?} packets"
	fi
}
