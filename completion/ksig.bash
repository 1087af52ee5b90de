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
		revisions
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
	elif [[ ${COMP_WORDS[COMP_CWORD-1]} =~ ^(-r|--revision|--at|--introduced|list|compare)$ || ${COMP_WORDS[1]} == compare ]]; then
		local labels
		labels=$("${COMP_WORDS[0]}" revisions --format=tsv --columns=revision 2>/dev/null | tail -n +2)
		mapfile -t COMPREPLY < <(compgen -W "$labels" -- "$word")
	elif [[ ${COMP_WORDS[COMP_CWORD-1]} == export ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'git quilt mbox json site openvex csaf osv' -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -o filenames -F _ksig ksig
