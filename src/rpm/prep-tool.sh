#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stands in front of a tool that patches, under its name, while %prep runs in the sandbox: notes in a folder of
# KSIG_CALLS what the tool is given, then lets the tool do it. A call is a folder with the patch (text), where it
# was applied (folder), the file it came from (name), the command without it (command), of a mail the sum of the
# file that it came in (digest) and, if it failed, its status (failed). Whoever reads this believes none of it: the
# package can write there too.

PATH=$KSIG_PATH
tool=${0##*/}
real=$(type -P "$tool") || { echo "$tool: not installed" >&2; real=false; }
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
noted=()

note() # TEXT NAME COMMAND...
{
	local call
	printf -v call '%s/%06d' "$KSIG_CALLS" "$(ls "$KSIG_CALLS" | wc -l)"
	mkdir "$call" && cp -- "$1" "$call/text" && printf '%s' "$2" >"$call/name" && pwd -P >"$call/folder" &&
		printf '%s\0' "${@:3}" >"$call/command" && noted+=("$call")
}

# Runs the tool with the input that was noted, and says how it ended.
finish() # ARGUMENT...
{
	local status call
	if [ -n "$input" ]; then "$real" "$@" <"$input"; else "$real" "$@"; fi
	status=$?
	if [ $status -ne 0 ]; then
		for call in "${noted[@]}"; do echo $status >"$call/failed"; done
	fi
	exit $status
}

read_input()
{
	source=$(readlink /proc/self/fd/0)
	input=$scratch/input
	cat >"$input"
}

long=backup,prefix:,context,directory:,ifdef:,ed,remove-empty-files,force,fuzz:,get:,input:,ignore-whitespace
long=$long,normal,forward,output:,strip:,reject-file:,reverse,silent,quiet,batch,set-time,unified,version
long=$long,version-control:,basename-prefix:,suffix:,set-utc,dry-run,verbose,binary,no-backup-if-mismatch
long=$long,backup-if-mismatch,posix,quoting-style:,reject-format:,read-only:,merge::,follow-symlinks,help
run_patch()
{
	local options file= folder=. kept=()
	options=$(getopt -n patch -o bB:cCd:D:eEfF:g:i:lnNo:p:r:RstTuvV:x:Y:z:Z -l "$long" -- "$@") || finish "$@"
	eval "local words=($options)"
	set -- "${words[@]}"
	while [ "$1" != -- ]; do
		case $1 in
		-i | --input) file=$2; shift 2 ;;
		-d | --directory) folder=$2; shift 2 ;;
		-b | --backup | -s | --silent | --quiet | -f | --force | -t | --batch | -u | --unified | --verbose | \
		--no-backup-if-mismatch | --backup-if-mismatch | -T | -Z | --set-time | --set-utc) shift ;;
		-B | --prefix | -g | --get | -r | --reject-file | -V | --version-control | -Y | --basename-prefix | \
		-z | --suffix | --reject-format | --quoting-style | --read-only) shift 2 ;;
		-C | --dry-run | -v | --version | --help) passive=1; shift ;;
		-p | -F) kept+=("$1$2"); shift 2 ;;
		--strip) kept+=("-p$2"); shift 2 ;;
		--fuzz) kept+=("-F$2"); shift 2 ;;
		-D | --ifdef | -o | --output | -x | --merge) kept+=("$1=$2"); shift 2 ;;
		*) kept+=("$1"); shift ;;
		esac
	done
	shift
	[ $# -lt 1 ] || kept+=("$1")
	[ $# -lt 2 ] || file=$2
	set -- "${words_given[@]}"
	[ -z "$passive" ] || finish "$@"
	[ -n "$file" ] && [ "$file" != - ] || { read_input; file=$input; }
	(cd "$folder" 2>/dev/null && pwd -P) >/dev/null || finish "$@"
	local here=$PWD
	[ "${file:0:1}" = / ] || file=$here/$file
	cd "$folder" || exit 1
	note "$file" "${source:-$file}" patch "${kept[@]}"
	cd "$here" || exit 1
	finish "$@"
}

# As git am does: what begins like a mail is one, or a box of them.
is_mail() # FILE
{
	awk '/^[ \t\r]*$/ { if (seen) exit; next }
		!seen && /^From[ :]/ { good = 1; exit }
		{ seen = 1 } /^[!-9;-~]+:/ || (n++ && /^[ \t]/) { good = 1; next } { good = 0; exit }
		END { exit !good }' "$1"
}

note_mails() # FILE NAME; SPLIT, INFO, KEPT
{
	local mail text
	is_mail "$1" || { note "$1" "$2" git am; return; }
	local box
	box=$(mktemp -d -p "$scratch")
	"$real" mailsplit -b "${split[@]}" -o"$box" -- "$1" >/dev/null || { note "$1" "$2" git am; return; }
	for mail in "$box"/*; do
		text=$(mktemp -p "$scratch")
		"$real" mailinfo "${info[@]}" "$text.message" "$text" <"$mail" >/dev/null
		note "$text" "$2" git apply "${kept[@]}"
		sha256sum <"$1" | cut -c1-64 >"${noted[-1]}/digest"
	done
}

note_git() # apply|am ARGUMENT...
{
	local command=$1 files=() file kept=() split=() info=()
	shift
	while [ $# -gt 0 ]; do
		case $1 in
		--) shift; files+=("$@"); break ;;
		-p | -C) kept+=("$1$2"); shift ;;
		--directory | --exclude | --include | --whitespace | --patch-format) kept+=("$1=$2"); shift ;;
		--check | --stat | --numstat | --summary | --abort | --show-current-patch*) return ;;
		--index | --reject | -q | --quiet | -v | --verbose | -3 | --3way | -k | --keep | --keep-non-patch | \
		-s | --signoff | -m | --message-id | -u | --utf8 | --committer-date-is-author-date | --ignore-date | \
		--no-gpg-sign | --no-verify | --apply) ;;
		--allow-empty) [ "$command" = am ] || kept+=("$1") ;;
		--keep-cr) split+=("$1") ;;
		-c | --scissors) info+=(--scissors) ;;
		--no-scissors | --quoted-cr=*) info+=("$1") ;;
		-) files+=(-) ;;
		-*) kept+=("$1") ;;
		*) files+=("$1") ;;
		esac
		shift
	done
	[ ${#files[@]} -gt 0 ] || files=(-)
	for file in "${files[@]}"; do
		source=$file
		[ "$file" != - ] || { read_input; file=$input; }
		if [ "$command" = am ]; then
			note_mails "$file" "$source"
		else
			note "$file" "$source" git apply "${kept[@]}"
		fi
	done
}

run_git()
{
	local at=0 folder=.
	while [ $at -lt $# ]; do
		case ${words_given[at]} in
		-C) folder=${words_given[at + 1]}; at=$((at + 2)) ;;
		-c | --git-dir | --work-tree | --namespace) at=$((at + 2)) ;;
		-*) at=$((at + 1)) ;;
		*) break ;;
		esac
	done
	local here=$PWD
	cd "$folder" 2>/dev/null || finish "$@"
	case ${words_given[at]} in
	apply | am) note_git "${words_given[@]:at}" ;;
	rm | mv | revert | cherry-pick | merge | rebase | stash | pull | restore | quiltimport)
		note /dev/null "" git "${words_given[at]}" ;;
	esac
	cd "$here" || exit 1
	finish "$@"
}

words_given=("$@")
case $tool in
make) exit 0 ;; # configures, and needs what a build needs
patch) run_patch "$@" ;;
git) run_git "$@" ;;
*)
	[ "$1" != import ] || note /dev/null "" "$tool" "$1"
	finish "$@"
	;;
esac
