# SPDX-License-Identifier: GPL-2.0
#
# bash completion for m46ctl. Objects, commands and words come from the
# program's own tables ("m46ctl help commands", "m46ctl help words").

# MODE|any OPTIONS...: devices of the mode; only if the module is there, asking
# would load it.
_m46ctl_devices()
{
	local mode=${1/any/[^\"]*}

	shift
	[ -d /sys/module/m46 ] || return
	m46ctl "$@" -j dev show 2> /dev/null |
		sed -n "s/.*\"ifname\":\"\([^\"]*\)\",\"mode\":\"$mode\".*/\1/p"
}

# Mode of the devices that an object belongs to.
_m46ctl_mode_of()
{
	case $1 in
	rule) echo adpt ;;
	pool | entry) echo m46t ;;
	*) echo any ;;
	esac
}

# Mode of the device that "dev add" or "dev set" is about, as far as known.
_m46ctl_mode_here()
{
	local i mode

	for ((i = first + 3; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" = mode ] && mode=${COMP_WORDS[i + 1]}
	done
	[ -z "$mode" ] && [ "${COMP_WORDS[first + 1]}" = set ] &&
		[ -d /sys/module/m46 ] &&
		mode=$(m46ctl "${netns[@]}" -j dev show \
			"${COMP_WORDS[first + 2]}" 2> /dev/null |
			sed -n 's/.*"mode":"\([^"]*\)".*/\1/p')
	echo "${mode:-any}"
}

# What may follow a word: the names among VALUES ("on|off", "auto|V4").
_m46ctl_values()
{
	local values

	values=$(m46ctl help words 2> /dev/null |
		awk -v o="$1" -v w="$2" '$1 == o && $2 == w { print $3 }')
	tr '|' '\n' <<< "$values" | grep -x '[a-z][a-z0-9]*'
}

# OBJECT MODE|any
_m46ctl_words()
{
	m46ctl help words 2> /dev/null | awk -v o="$1" -v m="$2" \
		'$1 == o && (m == "any" || $4 == "any" || $4 == m) { print $2 }'
}

# Words behind "OBJECT COMMAND" that are not in the line yet.
_m46ctl_rest()
{
	local object=$1 command=$2 words used

	case $object:$command in
	dev:add | dev:set)
		words=$(_m46ctl_words dev "$(_m46ctl_mode_here)")
		;;
	rule:add | rule:replace)
		words=$(_m46ctl_words rule any)
		;;
	rule:del)
		words="via dev local"
		;;
	rule:get)
		words="dev local"
		;;
	pool:add)
		words="dev exclude"
		;;
	entry:add | entry:replace)
		words="dev static dynamic expires"
		;;
	entry:show)
		words="dev static dynamic dormant all"
		;;
	entry:flush)
		words="dev static dynamic all"
		;;
	dns64:bind | dns64:unbound)
		words="dev exclude-all"
		;;
	rule:show | rule:flush | rule:load | stats:* | pool:* | entry:del | \
	dns64:radvd)
		words="dev"
		;;
	esac
	used=" ${COMP_WORDS[*]:0:COMP_CWORD} "
	for word in $words; do
		[[ $used == *" $word "* ]] || echo "$word"
	done
}

# First word that is no option, in $first; a namespace in netns.
_m46ctl_skip_options()
{
	netns=()
	for ((first = 1; first < COMP_CWORD; first++)); do
		case ${COMP_WORDS[first]} in
		-n | -netns)
			netns=(-n "${COMP_WORDS[first + 1]}")
			first=$((first + 1))
			;;
		-b | -batch)
			first=$((first + 1))
			;;
		-*) ;;
		*)
			return
			;;
		esac
	done
}

_m46ctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local object command first word list netns

	_m46ctl_skip_options
	object=${COMP_WORDS[first]}
	command=${COMP_WORDS[first + 1]}
	COMPREPLY=()

	case $prev in
	-n | -netns)
		list=$(ls /run/netns 2> /dev/null)
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
		return
		;;
	-b | -batch | load)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	dev)
		[ $((COMP_CWORD - first)) -gt 1 ] &&
			list=$(_m46ctl_devices "$(_m46ctl_mode_of "$object")" \
				"${netns[@]}")
		;;
	esac

	if [ -n "$list" ]; then
		:
	elif [[ $cur == -* && $COMP_CWORD -le $first ]]; then
		list="-json -pretty -stats -netns -batch -force -Version"
	elif [ "$COMP_CWORD" -le "$first" ]; then
		list="$(m46ctl help commands | cut -d ' ' -f 1 | sort -u) help"
	elif [ "$COMP_CWORD" = $((first + 1)) ]; then
		list="$(m46ctl help commands |
			awk -v o="$object" '$1 == o { print $2 }') help"
	elif [ "$COMP_CWORD" = $((first + 2)) ] && [ "$object" = dev ]; then
		[ "$command" = add ] ||
			list=$(_m46ctl_devices any "${netns[@]}")
	else
		list=$(_m46ctl_values "$object" "$prev")
		case $(m46ctl help words |
			awk -v o="$object" -v w="$prev" \
				'$1 == o && $2 == w && $3 != "-"') in
		"")
			list=$(_m46ctl_rest "$object" "$command")
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
}

complete -F _m46ctl m46ctl
