# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for ksig. The table is the program's: commands are asked of "ksig --help", verbs and options of
# "ksig COMMAND [VERB] --help", revisions of "ksig revisions"; ksig.zsh and ksig.fish ask the same.
_ksig_commands()
{
	"$1" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)  .*/\1/p'
}

# The words that stand before a slash or a bar in "ksig COMMAND [OPTION…] git REPOSITORY | quilt DIR", "build|list".
_ksig_verbs()
{
	"$1" "$2" --help 2>/dev/null | sed -n '2{s/^ *ksig [a-z]* \[OPTION…\]//;s/[|…]/ /g;p;}' | grep -oE '(^| )[a-z][a-z-]+' | tr -d ' '
}

_ksig_options()
{
	"$@" --help 2>/dev/null | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u
	printf '%s\n' --workspace --quiet --color --no-pager
}

_ksig()
{
	local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} i
	local -a place=() plain=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-w | --workspace) place=(-w "${COMP_WORDS[++i]}") ;;
		--workspace=*) place=("${COMP_WORDS[i]}") ;;
		=) ;;
		-*) ;;
		*) plain+=("${COMP_WORDS[i]}") ;;
		esac
	done
	local command=${plain[0]} verbs words
	[ "$command" != help ] || command=
	if [[ $before == -w || $before == --workspace ]]; then
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
	elif [[ -z $command && $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_ksig_commands "$program") help" -- "$word")
	elif [[ $before =~ ^(-r|--revision|--at|--introduced)$ || ($command =~ ^(list|compare)$ && $word != -*) ]]; then
		words=$("$program" "${place[@]}" revisions --format=tsv --columns=revision 2>/dev/null | tail -n +2)
		[[ $word != *..* ]] || words=$(printf '%s\n' $words | sed "s/^/${word%%..*}../")
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	else
		[ -z "$command" ] || verbs=$(_ksig_verbs "$program" "$command")
		if [[ $word == -* && -n ${plain[1]} && " "$(echo $verbs)" " == *" ${plain[1]} "* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_ksig_options "$program" "$command" "${plain[1]}")" -- "$word")
		elif [[ $word == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_ksig_options "$program" $command)" -- "$word")
		elif [[ -n $verbs && -z ${plain[1]} ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$word")
		fi
		[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -o filenames -F _ksig ksig
