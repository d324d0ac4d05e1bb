# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of guides share; sourced after lib.sh. A test sets
#
#	GUIDE		the guide, a file of Documentation
#	EXAMPLE		directory of its files, where its commands are run

# shellcheck disable=SC2154 # GUIDE EXAMPLE TMP

# Code blocks of the guide have a label before them, "<!-- LABEL -->".
# guide_block LABEL: its lines
guide_block()
{
	echo "$1" >> "$TMP/guide"
	awk -v label="<!-- $1 -->" '
		/^<!-- / { here = $0 == label; next }
		here && /^    / { print substr($0, 5); found = 1; next }
		here && found && /[^ ]/ { exit }
		END { exit !found }' "$GUIDE"
}

# guide NS LABEL: run the block, as far as its commands succeed
guide()
{
	local block

	block=$(guide_block "$2") || { echo "no block $2"; return 1; }
	(cd "$EXAMPLE" && ip netns exec "$1" bash -e -c "$block") || {
		echo "block $2 failed"
		return 1
	}
}

# Every block of the guide has been run; "?" is one without label.
complete()
{
	local labels

	labels=$(awk '
		/^<!-- .* -->$/ { label = $2; next }
		/^    / && !inside { print label == "" ? "?" : label; label = "" }
		{ inside = /^    / }
		/^[^ <]/ { label = "" }' "$GUIDE")
	same "blocks of the guide" "$(sort <<< "$labels")" \
		"$(sort -u "$TMP/guide")"
}
