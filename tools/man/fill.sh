#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Fill in what manual pages have from the program: commands and words are
# written once, in the tables of tools/m46ctl. Lines of a page for it:
#
#	@objects		all objects, with their pages
#	@name OBJECT		the line of NAME
#	@synopsis OBJECT...	the usage of their commands
#	@word OBJECT WORD...	.TP and the word with its values (of several: no values)
#	@finding NAME		.TP and what "check" calls it
#
# usage: fill.sh M46CTL PAGE.in > PAGE

set -eu
ctl=$1
page=$2

tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
"$ctl" help | sed -n '/^OBJECTS:/,/^$/s/^    \([a-z]\)/object \1/p' > "$tmp"
"$ctl" help words | sed 's/^/word /' >> "$tmp"
"$ctl" help findings | sed 's/^/finding /' >> "$tmp"
# shellcheck disable=SC2013 # words
for object in $(sed -n 's/^@synopsis //p' "$page"); do
	"$ctl" "$object" help | sed -n "/ m46ctl $object/s/.* m46ctl /usage /p" >> "$tmp"
done

awk '
	function fail(what)
	{
		printf "%s: %d: no %s\n", FILENAME, FNR, what > "/dev/stderr"
		failed = 1
		exit 1
	}

	function escape(s)
	{
		gsub(/-/, "\\-", s)
		return s
	}

	# Names in capitals are for the reader to replace, the rest is typed.
	function fonts(s,	out, token)
	{
		while (match(s, /-*[A-Za-z0-9][A-Za-z0-9\/-]*(\.\.[0-9]+)?/)) {
			token = substr(s, RSTART, RLENGTH)
			out = out substr(s, 1, RSTART - 1) \
				(token ~ /^[A-Z]/ ? "\\fI" : "\\fB") \
				escape(token) "\\fR"
			s = substr(s, RSTART + RLENGTH)
		}
		return out escape(s)
	}

	NR == FNR {
		kind = $1
		name = $2
		rest = $0
		sub(/^[^ ]+ [^ ]+ */, "", rest)
		if (kind == "object") {
			objects[++n] = name
			about[name] = rest
		} else if (kind == "word") {
			words[name, $3] = $4
		} else if (kind == "finding") {
			sub(/:$/, "", $3)
			findings[name] = $3
		} else if (kind == "usage") {
			usage[name] = usage[name] rest "\n"
		}
		next
	}

	$1 == "@objects" {
		for (i = 1; i <= n; i++)
			printf ".TP\n.BR m46ctl\\-%s (8)\n%s\n", objects[i],
				escape(about[objects[i]])
		next
	}

	$1 == "@name" {
		if (!($2 in about))
			fail("object " $2)
		printf "m46ctl\\-%s \\- %s\n", $2, escape(about[$2])
		next
	}

	$1 == "@synopsis" {
		# Long ones go on to the right of where they began.
		print ".nh\n.ad l\n.PD 0"
		for (i = 2; i <= NF; i++) {
			if (!($i in usage))
				fail("usage of " $i)
			lines = split(usage[$i], line, "\n") - 1
			for (j = 1; j <= lines; j++)
				print ".HP 7\n" fonts("m46ctl " $i (line[j] == "" ? "" : " ") line[j])
		}
		print ".PD\n.ad b\n.hy"
		next
	}

	$1 == "@word" {
		tag = ""
		for (i = 3; i <= NF; i++) {
			if (!(($2, $i) in words))
				fail("word " $2 " " $i)
			tag = tag (tag == "" ? "" : ", ") $i
		}
		value = words[$2, $3]
		if (NF == 3 && value != "-")
			tag = tag " " value
		print ".TP\n" fonts(tag)
		next
	}

	$1 == "@finding" {
		if (!($2 in findings))
			fail("finding " $2)
		printf ".TP\n.BR %s \" (%s)\"\n", escape($2), findings[$2]
		next
	}

	{ print }

	END { exit failed }
' "$tmp" "$page"
