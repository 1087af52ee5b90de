# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for ksig: commands here, options asked of "ksig COMMAND --help".
_ksig()
{
	local commands='
		base
		breakdown
		compare
		cve
		engine
		evaluate
		export
		import
		kernel
		kmod
		list
		live
		missing
		repo
		show
		sign
		status
		trust
		upstream
		version
		watch
		why
	'
	local word=${COMP_WORDS[COMP_CWORD]}
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
	elif [[ $word == -* ]]; then
		local options
		options=$("${COMP_WORDS[0]}" "${COMP_WORDS[1]}" --help 2>/dev/null | grep -o -- '--[a-z][a-z-]*')
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -o filenames -F _ksig ksig
