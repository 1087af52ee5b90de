#compdef ksig
# SPDX-License-Identifier: GPL-2.0-or-later
# zsh completion for ksig; it asks the program, as ksig.bash does.
local program=$words[1] before=$words[CURRENT-1] i help verbs
local -a place plain
for ((i = 2; i < CURRENT; i++)); do
	case $words[i] in
	-w | --workspace) place=(-w "$words[++i]") ;;
	--workspace=*) place=("$words[i]") ;;
	-*) ;;
	*) plain+=("$words[i]") ;;
	esac
done
[[ $plain[1] != help ]] || shift plain
if [[ $before == (-w|--workspace) ]]; then
	_files -/
elif [[ -z $plain[1] && $words[CURRENT] != -* ]]; then
	compadd -- help ${(f)"$($program --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\)  .*/\1/p')"}
elif [[ $before == (-r|--revision|--at|--introduced) || ( $plain[1] == (list|compare) && $words[CURRENT] != -* ) ]]; then
	[[ $words[CURRENT] != *..* ]] || compset -P '*..'
	compadd -- ${(f)"$($program $place revisions --format=tsv --columns=revision 2>/dev/null | tail -n +2)"}
else
	[[ -z $plain[1] ]] || verbs=" $($program $plain[1] --help 2>/dev/null | sed -n '2{s/^ *ksig [a-z]* \[OPTION…\]//;s/[|…]/ /g;p;}' | grep -oE '(^| )[a-z][a-z-]+' | tr '\n' ' ') "
	if [[ $words[CURRENT] == -* ]]; then
		[[ -n $plain[2] && $verbs == *" $plain[2] "* ]] || plain=($plain[1])
		compadd -- --workspace --quiet --color --no-pager \
			${(f)"$($program $plain[1,2] --help 2>/dev/null | grep -oE -- '--[a-z][a-z0-9-]*' | sort -u)"}
	elif [[ -n ${verbs// /} && -z $plain[2] ]]; then
		compadd -- ${=verbs}
	else
		_files
	fi
fi
