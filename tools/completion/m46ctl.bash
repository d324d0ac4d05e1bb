# SPDX-License-Identifier: GPL-2.0
#
# bash completion for m46ctl. Objects, commands and words come from the
# program's own tables ("m46ctl help commands", "m46ctl help words").

# The devices; only if the module is there, asking would load it.
_m46ctl_devices()
{
	[ -d /sys/module/m46 ] || return
	m46ctl "$@" -j dev show 2> /dev/null |
		grep -o '"ifname": *"[^"]*"' | cut -d '"' -f 4
}

# What may follow a word: the names among VALUES ("on|off", "auto|V4").
_m46ctl_values()
{
	local values

	values=$(m46ctl help words 2> /dev/null |
		awk -v o="$1" -v w="$2" '$1 == o && $2 == w { print $3 }')
	tr '|' '\n' <<< "$values" | grep -x '[a-z][a-z0-9]*'
}

_m46ctl_words()
{
	m46ctl help words 2> /dev/null | awk -v o="$1" '$1 == o { print $2 }'
}

# Words behind "OBJECT COMMAND" that are not in the line yet.
_m46ctl_rest()
{
	local object=$1 command=$2 words used

	case $object:$command in
	dev:add | dev:set)
		words=$(_m46ctl_words dev)
		;;
	rule:add | rule:replace)
		words=$(_m46ctl_words rule)
		;;
	rule:del)
		words="via dev local"
		;;
	rule:get)
		words="dev local"
		;;
	rule:show | rule:flush | rule:load | stats:*)
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
			list=$(_m46ctl_devices "${netns[@]}")
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
		[ "$command" = add ] || list=$(_m46ctl_devices "${netns[@]}")
	else
		list=$(_m46ctl_values "$object" "$prev")
		case $(m46ctl help words |
			awk -v o="$object" -v w="$prev" \
				'$1 == o && $2 == w && NF == 3') in
		"")
			list=$(_m46ctl_rest "$object" "$command")
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
}

complete -F _m46ctl m46ctl
