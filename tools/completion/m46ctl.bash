# SPDX-License-Identifier: GPL-2.0
#
# bash completion for m46ctl. Objects, commands and words come from the
# program's own tables ("m46ctl help commands", "... aliases", "... words").

# Whether the module is there: asking for what there is would load it.
_m46ctl_loaded()
{
	[ -d /sys/module/m46 ]
}

# MODE|any OPTIONS...: devices of the mode.
_m46ctl_devices()
{
	local mode=${1/any/[^\"]*}

	shift
	_m46ctl_loaded || return
	m46ctl "$@" -j dev show 2> /dev/null |
		sed -n "s/.*\"ifname\":\"\([^\"]*\)\",\"mode\":\"$mode\".*/\1/p"
}

# Mode of the devices that an object belongs to.
_m46ctl_mode_of()
{
	case $1 in
	rule) echo adpt ;;
	pool | entry | store | history) echo m46t ;;
	relay) echo 6to4 ;;
	*) echo any ;;
	esac
}

# Mode of the device that "dev add" or "dev set" is about, as far as known.
_m46ctl_mode_here()
{
	local i name=$((first + 2)) mode

	[ "${typed[name]}" = dev ] && name=$((name + 1))
	for ((i = name + 1; i < last; i++)); do
		[ "${typed[i]}" = mode ] && mode=${typed[i + 1]}
	done
	[ -z "$mode" ] && [ "$command" = set ] && _m46ctl_loaded &&
		mode=$(m46ctl "${netns[@]}" -j dev show \
			dev "${typed[name]}" 2> /dev/null |
			sed -n 's/.*"mode":"\([^"]*\)".*/\1/p')
	echo "${mode:-any}"
}

# TYPED, lines of "NAME MEANING": what an abbreviation means, or TYPED itself
# where that is not clear.
_m46ctl_meant()
{
	awk -v t="$1" '
		$1 == t { exact = $2 }
		index($1, t) == 1 && !($2 in seen) { seen[$2]; n++; one = $2 }
		END { print exact != "" ? exact : n == 1 ? one : t }'
}

# TYPED: the object.
_m46ctl_object()
{
	m46ctl help commands | awk '{ print $1, $1 }' | _m46ctl_meant "$1"
}

# OBJECT TYPED: the command.
_m46ctl_command()
{
	{
		m46ctl help commands
		m46ctl help aliases | sed 's/^/= /'
	} | awk -v o="$1" '
		$1 == o && NF > 1 { has[$2]; print $2, $2 }
		$1 == "=" && $3 in has { print $2, $3 }' | _m46ctl_meant "$2"
}

# Objects, each once.
_m46ctl_objects()
{
	m46ctl help commands | cut -d ' ' -f 1 | uniq
}

# OBJECT: prefixes of the rules or pools there are.
_m46ctl_prefixes()
{
	_m46ctl_loaded || return
	m46ctl "${netns[@]}" -j "$1" show 2> /dev/null |
		sed -n 's/.*"\(dst\|prefix\)":"\([^"]*\)".*/\2/p' | sort -u
}

# How many arguments without a word come first behind "OBJECT COMMAND".
_m46ctl_operands()
{
	case $1:$2 in
	rule:add | rule:replace | rule:del | rule:get | rule:load | \
	pool:add | pool:del | entry:del | sixrd:from-dhcp | import:*)
		echo 1
		;;
	entry:add | entry:replace)
		echo 2
		;;
	*)
		echo 0
		;;
	esac
}

# What may follow a word: the names among VALUES ("on|off", "auto|V4").
_m46ctl_values()
{
	local values

	values=$(m46ctl help words 2> /dev/null |
		awk -v o="$1" -v w="$2" '$1 == o && $2 == w { print $3 }')
	tr '|' '\n' <<< "$values" | grep -x '[0-9]*[a-z][a-z0-9]*'
}

# OBJECT MODE|any
_m46ctl_words()
{
	m46ctl help words 2> /dev/null | awk -v o="$1" -v m="$2" \
		'$1 == o && (m == "any" || $4 == "any" ||
			index("," $4 ",", "," m ",")) { print $2 }'
}

# Words behind "OBJECT COMMAND" that are not in the line yet.
_m46ctl_rest()
{
	local object=$1 command=$2 words used devices word bare=yes

	case $object:$command in
	dev:add | dev:set)
		words=$(_m46ctl_words dev "$(_m46ctl_mode_here)")
		;;
	rule:add | rule:replace)
		words=$(_m46ctl_words rule any)
		bare=
		;;
	rule:del | rule:show)
		words="via dev local"
		;;
	rule:get)
		words="dev local"
		;;
	pool:add)
		words="dev exclude"
		bare=
		;;
	entry:add | entry:replace)
		words="dev static dynamic expires"
		bare=
		;;
	entry:show)
		words="dev static dynamic dormant all"
		;;
	entry:flush)
		words="dev static dynamic all"
		;;
	dns64:bind)
		words="dev exclude-all"
		[[ " ${typed[*]} " != *" exclude-all "* ]] || words+=" except"
		;;
	dns64:unbound)
		words="dev exclude-all"
		;;
	sixrd:from-dhcp)
		words="local"
		;;
	store:run)
		words="dev file keep refresh"
		bare=
		;;
	store:show)
		words="file"
		;;
	history:*)
		words="at from to dev file"
		bare=
		;;
	rule:flush | rule:load | stats:* | pool:* | entry:del | \
	dns64:radvd | relay:health)
		words="dev"
		;;
	esac
	used=" ${typed[*]:first + 2:last - first - 2} "
	# The device may be there as a bare name.
	[[ " $words " == *" dev "* ]] &&
		devices=$(_m46ctl_devices "$(_m46ctl_mode_of "$object")" \
			"${netns[@]}")
	for word in $devices; do
		[[ $used == *" $word "* ]] && used+="dev "
	done
	[[ $used == *" dev "* || -z $bare ]] && devices=
	for word in $words $devices; do
		[[ $used == *" $word "* ]] || echo "$word"
	done
}

# Whether an object is about devices and their files.
_m46ctl_has_file()
{
	[[ $1 =~ ^(up|down|sync|confirm|save|restore|show)$ ]]
}

# OBJECT: names of devices that are to be, or that are.
_m46ctl_names()
{
	case $1 in
	up | restore)
		;;
	*)
		_m46ctl_devices any "${netns[@]}"
		;;
	esac
	case $1 in
	up | down | sync | restore)
		find "${M46CTL_CONF_DIR:-/etc/m46}" -maxdepth 1 \
			-name '*.conf' 2> /dev/null |
			sed -e 's|.*/||' -e 's|\.conf$||'
		;;
	esac
}

# OBJECT: what may follow it, or the name.
_m46ctl_conf_words()
{
	local used=" ${typed[*]:first + 1:last - first - 1} " word names

	names=$(_m46ctl_names "$1" | sort -u)
	for word in $names; do
		[[ $used == *" $word "* ]] && used+="dev "
	done
	[[ $used == *" dev "* ]] && names=
	for word in $(_m46ctl_words "$1" any) $names; do
		[[ $used == *" $word "* || $used == *" --$word "* ]] ||
			echo "$word"
	done
}

# First word that is no option, in $first; a namespace in netns.
_m46ctl_skip_options()
{
	netns=()
	for ((first = 1; first < last; first++)); do
		case ${typed[first]} in
		-n | -netns)
			netns=(-n "${typed[first + 1]}")
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
	local typed last cur prev object command first list netns behind

	# Not COMP_WORDS, where the colons cut addresses to pieces.
	read -ra typed <<< "${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && typed+=("")
	last=$((${#typed[@]} - 1))
	cur=${typed[last]}
	prev=${typed[last - 1]}
	_m46ctl_skip_options
	behind=$((last - first - 2))	# words between command and cursor
	[ $behind -ge -1 ] && object=$(_m46ctl_object "${typed[first]}")
	[ $behind -ge 0 ] &&
		command=$(_m46ctl_command "$object" "${typed[first + 1]}")
	COMPREPLY=()

	case $prev in
	-n | -netns)
		list=$(ls /run/netns 2> /dev/null)
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
		return
		;;
	-b | -batch)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	file)
		[[ $behind -ge 0 && $object =~ ^(store|history)$ ]] &&
			mapfile -t COMPREPLY < <(compgen -f -- "$cur") &&
			return
		;;
	dir)
		[ $behind -ge 0 ] && _m46ctl_has_file "$object" &&
			mapfile -t COMPREPLY < <(compgen -d -- "$cur") &&
			return
		;;
	--confirm | confirm)
		[ "$object" = sync ] && [ $behind -ge 0 ] && return
		;;
	dev)
		[ $behind -ge 0 ] && _m46ctl_has_file "$object" &&
			list=$(_m46ctl_names "$object")
		[ $behind -ge 0 ] && ! _m46ctl_has_file "$object" &&
			list=$(_m46ctl_devices "$(_m46ctl_mode_of "$object")" \
				"${netns[@]}")
		;;
	esac

	if [ -n "$list" ]; then
		:
	elif [[ $cur == -* && $last -le $first ]]; then
		list="-json -pretty -stats -netns -batch -force -Version"
	elif [ "$last" -le "$first" ]; then
		list="$(_m46ctl_objects) help"
	elif [ "$object" = help ]; then
		[ $behind = -1 ] && list=$(_m46ctl_objects)
	elif _m46ctl_has_file "$object" && [[ $cur == */* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	elif [ "$object" = show ] && [ $behind -ge 0 ]; then
		list=$(_m46ctl_names show)
		[ $behind = 0 ] || list=
	elif [ "$object" != show ] && _m46ctl_has_file "$object"; then
		list=$(_m46ctl_conf_words "$object")
		[[ $cur == --* ]] && list=$(_m46ctl_words "$object" any |
			sed -e '/^dev$/d' -e '/^dir$/d' -e 's/^/--/')
		[ $behind != -1 ] || list+=" help"
	elif [ $behind = -1 ] && [ "$object" = check ]; then
		list="dev $(_m46ctl_devices any "${netns[@]}") help"
	elif [ $behind = -1 ]; then
		list="$(m46ctl help commands |
			awk -v o="$object" '$1 == o { print $2 }') help"
	elif [ $behind -lt "$(_m46ctl_operands "$object" "$command")" ]; then
		case $object:$command in
		rule:load | import:*)
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			return
			;;
		rule:del | pool:del)
			list=$(_m46ctl_prefixes "$object")
			;;
		esac
	elif [ $behind = 0 ] && [ "$object" = dev ]; then
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
