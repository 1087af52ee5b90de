# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for ksig; it asks the program, as ksig.bash does.
function __ksig_plain # the words that are no options, behind "ksig" and "help"
    set -l skip no
    for word in (commandline -opc)[2..]
        if test $skip = yes
            set skip no
        else if contains -- $word -w --workspace
            set skip yes
        else if not string match -q -- '-*' $word; and test $word != help
            echo $word
        end
    end
end

function __ksig_commands
    command ksig --help 2>/dev/null | string match -rg '^  ([a-z][a-z-]*)  +(\S.*)' | paste - -
end

function __ksig_verbs
    set -l plain (__ksig_plain)
    test (count $plain) = 1; and command ksig $plain[1] --help 2>/dev/null | sed -n '2{s/^ *ksig [a-z]* \[OPTION…\]//;s/[|…]/ /g;p;}' | grep -oE '(^| )[a-z][a-z-]+' | string trim
end

function __ksig_options
    set -l plain (__ksig_plain)
    set -l help (command ksig $plain[1] --help 2>/dev/null)
    if test (count $plain) -gt 1; and string match -qr -- "[ |]$plain[2]\b" $help[2]
        set help (command ksig $plain[1..2] --help 2>/dev/null)
    end
    string match -rag -- '^ *(?:-., )?(--[a-z][a-z0-9-]*)' $help
    printf '%s\n' --workspace --quiet --color --no-pager
end

function __ksig_revisions
    set -l words (commandline -opc)
    set -l place
    for i in (seq 2 (count $words))
        contains -- $words[$i] -w --workspace; and set place -w $words[(math $i + 1)]
        string match -q -- '--workspace=*' $words[$i]; and set place $words[$i]
    end
    set -l range (string match -r -- '.*\.\.' (commandline -ct))
    command ksig $place revisions --format=tsv --columns=revision 2>/dev/null | tail -n +2 | string replace -r '^' "$range"
end

function __ksig_wants_revision
    contains -- (commandline -opc)[-1] -r --revision --at --introduced; or contains -- (__ksig_plain)[1] list compare
end

complete -c ksig -n 'test (count (__ksig_plain)) = 0' -f -a '(__ksig_commands)'
complete -c ksig -n 'test (count (__ksig_plain)) = 0' -f -a help
complete -c ksig -n '__ksig_wants_revision' -f -a '(__ksig_revisions)'
complete -c ksig -n 'not __ksig_wants_revision; and test (count (__ksig_plain)) = 1' -a '(__ksig_verbs)'
complete -c ksig -n 'string match -q -- "-*" (commandline -ct)' -f -a '(__ksig_options)'
