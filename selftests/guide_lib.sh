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
	(cd "$EXAMPLE" && PATH=$TMP/bin:$PATH ip netns exec "$1" bash -e -c \
		"$block") || {
		echo "block $2 failed"
		return 1
	}
}

# guide_etc NS NAME...: what "ip netns exec NS" shows as its own in /etc, for the
# guide to write to; a NAME that ends in / is a directory
guide_etc()
{
	local etc=/etc/netns/$1 name
	shift

	mkdir -p "$etc"
	defer rm -rf "$etc"
	for name; do
		case $name in
		*/)
			mkdir -p "$etc/$name"
			[ -e "/etc/$name" ] && continue
			mkdir -p "/etc/$name"
			defer rmdir "/etc/$name"
			;;
		*)
			: > "$etc/$name"
			[ -e "/etc/$name" ] && continue
			: > "/etc/$name"
			defer rm -f "/etc/$name"
			;;
		esac
	done
}

# No systemd runs here: systemctl of guides does what the unit of devices says.
guide_systemctl()
{
	mkdir -p "$TMP/bin"
	cat > "$TMP/bin/systemctl" <<-END
	#!/bin/bash -e
	case \$1 in
	enable) [ "\$2" = --now ]; key=ExecStart; shift 2 ;;
	restart) key="ExecStop ExecStart"; shift ;;
	reload) key=ExecReload; shift ;;
	*) echo "systemctl \$1: not here" >&2; exit 1 ;;
	esac
	for unit; do
		name=\${unit#m46@}
		[ "\$name" != "\$unit" ]
		for k in \$key; do
			bash -e -c "\$(sed -n "s,^\$k=@SBINDIR@/\\(.*\\)%i,\\1\$name,p" \
				"$M46_TREE/tools/systemd/m46@.service")"
		done
	done
	END
	chmod +x "$TMP/bin/systemctl"
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
