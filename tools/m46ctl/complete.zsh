# SPDX-License-Identifier: GPL-2.0
#
# For tests: what zsh itself completes behind each line of standard input, on a
# line of standard output, with spaces between. Its completion only works at a
# terminal, so it gets one.
#
# usage: zsh -f complete.zsh DIRECTORY	(that has _m46ctl)

zmodload zsh/zpty || exit 1

# The zsh at the terminal: TAB prints what there is to add, and adds nothing.
zpty -b shell "PS1= PS2= RPS1= zsh -f -i"
start=$(mktemp) || exit 1
cat > $start <<-'END'
	unsetopt zle_bracketed_paste 2> /dev/null
	unset zle_bracketed_paste
	autoload -Uz compinit
	compinit -D -u
	zstyle ':completion:*' completer _complete
	compadd()
	{
		local -a found

		# Where the list is only sorted, or tried, it is left alone.
		if (( ${@[(I)-[A-Za-z12]#[OAD]]} )); then
			builtin compadd "$@"
			return
		fi
		builtin compadd -A found "$@"
		matches+=("${found[@]}")
		builtin compadd "$@"
	}
	tell()
	{
		local -aU matches

		_main_complete
		print -rn -- $'\x02'"${matches[*]}"$'\x03'
		compstate[insert]= compstate[list]=
	}
	zle -C tell complete-word tell
	bindkey '^I' tell
	END
zpty -w shell "stty -echo; fpath=($1 \$fpath); setopt extended_glob; source $start; print -rn \$'\x02'ready\$'\x03'"
zpty -r shell answer $'*\x02ready\x03*' || exit 1
rm -f $start

while IFS= read -r line; do
	zpty -w -n shell $'\x15'"$line"$'\t'
	zpty -r shell answer $'*\x02*\x03' || exit 1
	answer=${answer##*$'\x02'}
	print -r -- "${answer%$'\x03'*}"
done
zpty -d shell
