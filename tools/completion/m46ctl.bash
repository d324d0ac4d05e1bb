# SPDX-License-Identifier: GPL-2.0
#
# bash completion for m46ctl, and what those for zsh and fish ask (_m46ctl_tell).
# Objects, commands, words and options come from the program's own tables: "m46ctl
# help", "m46ctl help commands|aliases|words", and the usage in "m46ctl OBJECT
# help", which says what a command takes. Nothing of it is listed here.

# Whether the module is there: asking for what there is would load it.
_m46ctl_loaded()
{
	[ -d "${M46CTL_MODULE_DIR:-/sys/module/m46}" ]
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
	awk '{ print $1, $1 }' <<< "$all" | _m46ctl_meant "$1"
}

# OBJECT TYPED: the command.
_m46ctl_command()
{
	{
		echo "$all"
		m46ctl help aliases | sed 's/^/= /'
	} | awk -v o="$1" '
		$1 == o && NF > 1 { has[$2]; print $2, $2 }
		$1 == "=" && $3 in has { print $2, $3 }' | _m46ctl_meant "$2"
}

# Objects, each once.
_m46ctl_objects()
{
	cut -d ' ' -f 1 <<< "$all" | uniq
}

# Options, as help has them, in full.
_m46ctl_options()
{
	m46ctl help | sed -n 's/^    \(-[^ ]*\).*/\1/p' | tr -d '[]'
}

# OBJECT: prefixes of the rules or pools there are.
_m46ctl_prefixes()
{
	_m46ctl_loaded || return
	m46ctl "${netns[@]}" -j "$1" show 2> /dev/null |
		sed -n 's/.*"\(dst\|prefix\)":"\([^"]*\)".*/\2/p' | sort -u
}

# OBJECT COMMAND, which is empty where the object has none: what may follow it, a
# line as in help.
_m46ctl_usage()
{
	m46ctl "$1" help 2> /dev/null | awk -v o="$1" -v c="$2" '
		$1 == "Usage:" { $1 = "" }
		/^WORDS/ { exit }
		{ $0 = $0 }
		$1 != "m46ctl" || $2 != o || (c != "" && $3 != c) { next }
		{
			for (i = c != "" ? 4 : 3; i <= NF; i++)
				printf "%s ", $i
			print ""
			exit
		}'
}

# USAGE: the arguments without a word that come first, one a line. Where all can
# be left out, one of them.
_m46ctl_operands()
{
	tr ' ' '\n' <<< "$1" | awk '
		/^$/ { next }
		/^[a-z]/ || $0 == "WORD" { exit }
		$0 == "[" { depth++ }
		$0 == "]" { depth-- }
		/^[A-Z]/ && !depth { print; n++ }
		/^[A-Z]/ && depth && may == "" { may = $0 }
		END { if (!n && may != "") print may }'
}

# USAGE TYPED, words of the object on stdin: those of them that the command takes.
# One in brackets of its own belongs to the one in front of the brackets.
_m46ctl_taken()
{
	awk -v usage="$1" -v typed=" $2 " '
		{ all[NR] = $1; is[$1] }
		END {
			is["dev"]
			n = split(usage, token, " ")
			for (i = 1; i <= n; i++) {
				if (token[i] == "WORD")
					break
				if (token[i] == "[") {
					depth++
					needs[depth] = last
				}
				if (token[i] == "]")
					depth--
				m = split(token[i], part, "|")
				for (j = 1; j <= m; j++) {
					sub(/^--/, "", part[j])
					if (!(part[j] in is))
						continue
					last = part[j]
					if (depth < 2 || index(typed, " " needs[depth] " "))
						print last
				}
			}
			for (j = 1; i <= n && j <= NR; j++)
				print all[j]
		}' | awk '!seen[$1]++'
}

# Interfaces of the machine, or of the namespace.
_m46ctl_links()
{
	ip "${netns[@]}" -o link show 2> /dev/null |
		awk -F ': ' '{ sub(/@.*/, "", $2); print $2 }'
}

# OBJECT WORD: what may follow it, as in help ("on|off", "V4|auto").
_m46ctl_syntax()
{
	m46ctl help words 2> /dev/null |
		awk -v o="$1" -v w="$2" '$1 == o && $2 == w && $3 != "-" { print $3 }'
}

# SYNTAX CUR: the names in it, and those of interfaces; of a list, what CUR has
# of it in front.
_m46ctl_values()
{
	local link had=${2%"${2##*,}"}

	tr '|' '\n' <<< "$1" | grep -x '[0-9]*[a-z][a-z0-9]*'
	case $1 in
	NAME\[,*)
		for link in $(_m46ctl_links); do
			[[ ",$had" == *",$link,"* ]] || echo "$had$link"
		done
		;;
	NAME*)
		_m46ctl_links
		;;
	esac
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
	local object=$1 command=$2 usage=$3 mode=any words used devices word

	[[ " $usage" == *" WORD "* ]] && mode=$(_m46ctl_mode_here)
	used=" ${typed[*]:first + 1:last - first - 1} "
	words=$(_m46ctl_words "$object" "$mode" |
		_m46ctl_taken "$usage" "$used")
	# The device may be there as a bare name.
	[[ $'\n'$words$'\n' == *$'\n'dev$'\n'* ]] &&
		devices=$(_m46ctl_devices "$(_m46ctl_mode_of "$object")" \
			"${netns[@]}")
	for word in $devices; do
		[[ $used == *" $word "* ]] && used+="dev "
	done
	case $object:$command in
	*:add | *:replace | store:run | history:*)
		# where other words matter more
		devices=
		;;
	esac
	[[ $used == *" dev "* ]] && devices=
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

# KIND, files or directories: the shell looks for them itself.
_m46ctl_paths()
{
	local letter=f

	kind=$1
	[ "$kind" = directories ] && letter=d
	mapfile -t COMPREPLY < <(compgen -$letter -- "$cur")
	compopt -o filenames 2> /dev/null || :	# for zsh and fish: no matter
}

# Operand NUMBER of "OBJECT COMMAND", which is called NAME.
_m46ctl_operand()
{
	case $1:$2:$3 in
	*FILE*)
		_m46ctl_paths files
		;;
	rule:del:* | pool:del:*)
		list=$(_m46ctl_prefixes "$1")
		;;
	*:add:NAME) ;;
	*:NAME)
		list=$(_m46ctl_devices "$(_m46ctl_mode_of "$1")" "${netns[@]}")
		;;
	esac
}

# What is behind "OBJECT COMMAND", or behind an object without commands.
_m46ctl_behind()
{
	local usage operands syntax n=$behind

	if [ "$commands" = "$object" ]; then
		command=
		n=$((n + 1))
	fi
	usage=$(_m46ctl_usage "$object" "$command")
	mapfile -t operands < <(_m46ctl_operands "$usage")
	if [ "$n" -lt ${#operands[@]} ]; then
		_m46ctl_operand "$object" "$command" "${operands[n]}"
		return
	fi
	syntax=$(_m46ctl_syntax "$object" "$prev")
	if [ -n "$syntax" ]; then
		list=$(_m46ctl_values "$syntax" "$cur")
	else
		list=$(_m46ctl_rest "$object" "$command" "$usage")
		about=$object
	fi
}

# From "typed", the line as words, the last of which can be empty: COMPREPLY, and
# for other shells "kind", what it is, and "about", for _m46ctl_about.
_m46ctl_complete()
{
	local last cur prev object command commands first list netns behind all

	all=$(m46ctl help commands 2> /dev/null)
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
		_m46ctl_paths files
		return
		;;
	file)
		[[ $behind -ge 0 && $object =~ ^(store|history)$ ]] &&
			_m46ctl_paths files && return
		;;
	dir)
		[ $behind -ge 0 ] && _m46ctl_has_file "$object" &&
			_m46ctl_paths directories && return
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
		list=$(_m46ctl_options)
		about=options
	elif [ "$last" -le "$first" ]; then
		list="$(_m46ctl_objects) help"
		about=help
	elif [ "$object" = help ]; then
		[ $behind = -1 ] && list=$(_m46ctl_objects)
		about=help
	elif _m46ctl_has_file "$object" && [[ $cur == */* ]]; then
		_m46ctl_paths files
		return
	elif [ "$object" = show ] && [ $behind -ge 0 ]; then
		list="dev $(_m46ctl_names show)"
		[ $behind = 0 ] || list=
	elif [ "$object" != show ] && _m46ctl_has_file "$object"; then
		list=$(_m46ctl_conf_words "$object")
		[[ $cur == --* ]] && list=$(_m46ctl_words "$object" any |
			sed -e '/^dev$/d' -e '/^dir$/d' -e 's/^/--/')
		[ $behind != -1 ] || list+=" help"
		about=$object
	else
		commands=$(awk -v o="$object" '
			$1 == o { print (NF > 1 ? $2 : o) }' <<< "$all")
		[ $behind = -1 ] && [ "$commands" != "$object" ] &&
			list=$commands
		[ $behind -ge 0 ] || [ "$commands" = "$object" ] &&
			_m46ctl_behind
		[ $behind != -1 ] || list+=" help"
	fi
	[ "$kind" != words ] ||
		mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
}

_m46ctl()
{
	local typed kind=words about=""

	# Not COMP_WORDS, where the colons cut addresses to pieces.
	read -ra typed <<< "${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && typed+=("")
	_m46ctl_complete
}

# options, help or OBJECT: options, objects or words, each with a line about it
# behind a tab.
_m46ctl_about()
{
	case $1 in
	"") ;;
	options)
		m46ctl help | sed -n -e 's/^    \(-[^ ]*\) *\(NAME\|FILE\)\{0,1\}  */\1\t/p' |
			tr -d '[]'
		;;
	help)
		m46ctl help | sed -e '1,/^OBJECTS/d' -e '/^$/,$d' \
			-e 's/^ *\([^ ]*\) */\1\t/'
		;;
	*)
		m46ctl "$1" help | awk '
			/^WORDS/ { on = 1 }
			on && /^    [^ ]/ { word = $1 }
			on && /^        / { sub(/^ */, ""); print word "\t" $0 }'
		;;
	esac
}

# WORD...: for other shells, the command line up to the cursor, the last word of
# which can be empty. Prints "words", "files" or "directories" and, if words, what
# it can be, one a line, behind a tab what that is.
_m46ctl_tell()
{
	local typed=("$@") kind=words about="" COMPREPLY

	_m46ctl_complete
	echo "$kind"
	[ "$kind" != words ] || [ ${#COMPREPLY[@]} = 0 ] ||
		printf '%s\n' "${COMPREPLY[@]}" |
			awk -F '\t' -v OFS='\t' '
				NR == FNR { about[$1] = $2; next }
				{ word = $1; sub(/^--/, "", word) }
				word in about { $2 = about[word] }
				{ print }' <(_m46ctl_about "$about"; echo) -
}

complete -F _m46ctl m46ctl
