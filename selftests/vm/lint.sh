#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Static checks; silent and 0 when there is nothing to say.
#
# usage: lint.sh sparse [K] | checkpatch | shellcheck | kbuild | man | spdx | deb

set -eu
. "$(dirname "$0")/env.sh"
cd "$M46_TREE"

case ${1:-} in
sparse)
	"$M46_VM/deps.sh" build lint
	out=$("$M46_VM/build.sh" -s "${2:-6.1}")
	# Kernel headers have complaints of their own; ours are those that name
	# one of our files.
	! grep -E '^([^:]*/)?(kmod|include)/[^:]*:[0-9]+:[0-9]+: (warning|error)' \
		"$out/build.log"
	;;
checkpatch)
	"$M46_VM/deps.sh" lint
	"$M46_VM/source.sh"
	# FILE_PATH_CHANGES speaks of MAINTAINERS, SPDX_LICENSE_TAG calls a
	# script of the kernel tree, and the macro complaints are about lists of
	# counters (X macros).
	out=$(mktemp)
	# The uapi header is a table with a column of comments: 100 is enough.
	for dir_columns in kmod:80 include:100; do
		find "${dir_columns%:*}" -name '*.[ch]' | sort |
			xargs perl "$M46_CACHE/source/scripts/checkpatch.pl" \
				--no-tree --strict --quiet --terse --file \
				--show-types "--max-line-length=${dir_columns#*:}" \
				--ignore FILE_PATH_CHANGES,SPDX_LICENSE_TAG \
				--ignore COMPLEX_MACRO,MACRO_ARG_REUSE 2>&1 |
			grep -v -e '^total: ' -e '^$' >> "$out" || true
	done
	rc=0
	[ ! -s "$out" ] || rc=1
	cat "$out"
	rm "$out"
	exit "$rc"
	;;
shellcheck)
	"$M46_VM/deps.sh" lint
	git ls-files -co --exclude-standard |
		while read -r f; do
			[ -f "$f" ] || continue
			case $(head -n 1 "$f" | tr -d '\0') in
			'#!/bin/sh'*|'#!/bin/bash'*) echo "$f" ;;
			*) case $f in *.sh) echo "$f" ;; esac ;;
			esac
		done | xargs shellcheck
	;;
kbuild)
	# A file nobody compiles is a file nobody tests.
	for f in kmod/*.c; do
		grep -qx "m46-y += ${f%.c}.o" Kbuild ||
			{ echo "$f is not in Kbuild"; exit 1; }
	done
	;;
man)
	"$M46_VM/deps.sh" build lint
	make -s -C tools/m46ctl > /dev/null
	# What groff does not understand it leaves out. As Debian's lintian asks.
	out=$(for f in tools/man/*.[1-9]; do
		LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 \
			man --warnings -E UTF-8 -l -Tutf8 -Z "$f" 2>&1 \
			> /dev/null | sed "s|^|$f: |"
		mandoc -Tlint "$f"
	done) || true
	echo -n "${out:+$out
}"
	[ -z "$out" ]
	;;
spdx)
	exempt=$M46_VM/spdx-exempt
	rc=0
	# Without those that the list names; of new files only what can be added.
	while read -r f; do
		[ -f "$f" ] || continue
		head -n 5 "$f" | grep -aq 'SPDX-License-Identifier: ' && continue
		echo "$f: no SPDX-License-Identifier in the first five lines"
		rc=1
	done < <({
		git ls-files
		git ls-files -o --exclude-standard -X "$exempt"
		git ls-files -ci -X "$exempt"
	} | sort | uniq -u)
	# Nor may the list name what is not there.
	while read -r pattern; do
		git ls-files -ci -x "$pattern" | grep -q . && continue
		echo "${exempt##*/}: $pattern: no such file"
		rc=1
	done < <(grep -v -e '^[#!]' -e '^$' "$exempt")
	exit "$rc"
	;;
deb)
	log=build/deb.log
	mkdir -p build
	make -s deb > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
	lintian --allow-root --fail-on error,warning --tag-display-limit 0 \
		build/deb/*.changes
	# dkms.conf by hand, without the package and away from this machine's.
	tmp=$(mktemp -d)
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/tree" "$tmp/src"
	dkms="dkms --dkmstree $tmp/tree --sourcetree $tmp/src"
	(cd build/deb/m46 && $dkms add .) > "$tmp/log" 2>&1 ||
		{ cat "$tmp/log" >&2; exit 1; }
	$dkms status | grep -q '^m46/.*: added$'
	;;
*)
	die "usage: lint.sh sparse|checkpatch|shellcheck|kbuild|man|spdx|deb"
	;;
esac
