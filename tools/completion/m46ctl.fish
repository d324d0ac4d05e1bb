# SPDX-License-Identifier: GPL-2.0
#
# fish completion for m46ctl. What there is to say the file for bash says; this one
# asks it, so that both say the same (and needs bash).

function __m46ctl_complete
	set -l told (bash -c '. "$0" && _m46ctl_tell "$@"' @COMPDIR@/m46ctl \
		(commandline -opc) (commandline -ct | string unescape) 2> /dev/null)

	switch "$told[1]"
		case files
			__fish_complete_path (commandline -ct)
		case directories
			__fish_complete_directories (commandline -ct)
		case words
			printf '%s\n' $told[2..]
	end
end

complete -c m46ctl -f -a '(__m46ctl_complete)'
