#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# For tests: what a shell completes behind each line of standard input ("m46ctl
# dev s"), on a line of standard output, with spaces between. Asks the shell
# itself, with the files of ../completion. m46ctl is the one in PATH.
#
# usage: complete.sh bash|zsh|fish

set -eu
files=$(cd "$(dirname "$0")/../completion" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# Where "make install" would put the one that the others ask.
cp "$files/m46ctl.bash" "$tmp/m46ctl"
for file in _m46ctl m46ctl.fish; do
	sed "s,@COMPDIR@,$tmp," "$files/$file" > "$tmp/$file"
done

case ${1:?usage: complete.sh bash|zsh|fish} in
bash)
	set +eu
	# shellcheck source=/dev/null
	. "$tmp/m46ctl"
	while IFS= read -r COMP_LINE; do
		# shellcheck disable=SC2034 # for the completion
		COMP_POINT=${#COMP_LINE}
		"$(complete -p m46ctl | sed 's/.*-F \([^ ]*\).*/\1/')" < /dev/null
		echo "${COMPREPLY[*]}"
	done
	;;
zsh)
	zsh -f "${0%.sh}.zsh" "$tmp"
	;;
fish)
	# shellcheck disable=SC2016 # for fish
	HOME=$tmp fish --no-config -c 'source $argv[1]
		while read -l line
			echo (complete -C "$line" < /dev/null |
				string replace -r "\t.*" "")
		end' "$tmp/m46ctl.fish"
	;;
esac
