#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""commands[] in main.c is the one list of commands: man pages, completion and --help have to agree with it.

usage: test-commands.py KSIG SOURCE_ROOT WRITE-WORKSPACE        TAP on standard output, a row a test
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG, ROOT, WRITER = (os.path.abspath(word) for word in sys.argv[1:4])
LEFT_OUT = tap.left_out(KSIG)


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as stream:
        return stream.read()


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


def commands_of_main():
    table = re.search(r'commands\[\] = \{(.*?)\n\};', read('src', 'cli', 'main.c'), re.S).group(1)
    return re.findall(r'\{\s*"([a-z-]+)",', table)


def options_of_help(text):
    return sorted(set(re.findall(r'^ +(?:-[A-Za-z0-9], )?(--[a-z][a-z0-9-]*)', text, re.M)) - {'--help'})


def subcommands_of_help(command, text):
    """The words of "ksig COMMAND [OPTION…] run|list|cancel …" that have a help of their own."""
    usage = re.search(r'^\s+ksig ' + command + r'\b.*$', text, re.M)
    words = re.findall(r'(?<![\w=-])[a-z-]+(?:\|[a-z-]+)+', usage.group(0)) if usage else []
    return [name for group in words for name in group.split('|')]


def page_text(command):
    pages = [f'ksig-{command}.1.scd'] + sorted(
        name for name in os.listdir(os.path.join(ROOT, 'man')) if name.startswith(f'ksig-{command}-'))
    # scdoc wants some letters behind a backslash
    return ''.join(read('man', name) for name in pages).replace('\\', '')


def check_options(command, text, name):
    missing = [o for o in options_of_help(text) if not re.search(re.escape(o) + r'(?![a-z-])', page_text(command))]
    tap.ok(not missing, f'{name}: each option stands in the man page', 'missing: ' + ' '.join(missing))


def check_left_out(command):
    """A command of a part that this build was made without: says so, and stands in no list."""
    done = run(KSIG, command, '--help')
    tap.ok(done.returncode == 4 and done.stdout == '' and f"{command}: not in this build of ksig (meson's option {command})" in done.stderr,
           f'{command}: not in this build, and says so', done.stdout + done.stderr)
    tap.ok(not re.search(rf'^  {command} ', run(KSIG, '--help').stdout, re.M), f'{command}: in no list')


def check_command(command):
    result = run(KSIG, command, '--help')
    tap.ok(result.returncode == 0 and f'ksig {command}' in result.stdout, f'{command}: --help',
           result.stdout + result.stderr)
    is_there = os.path.exists(os.path.join(ROOT, 'man', f'ksig-{command}.1.scd'))
    tap.ok(is_there and read('man', f'ksig-{command}.1.scd').startswith(f'ksig-{command}(1)'),
           f'{command}: has a man page')
    if not is_there:
        return
    check_options(command, result.stdout, command)
    for sub in subcommands_of_help(command, result.stdout):
        below = run(KSIG, command, sub, '--help')
        if below.returncode == 0 and f'{command} {sub}' in below.stdout:
            check_options(command, below.stdout, f'{command} {sub}')


def check_pages(commands):
    for name in sorted(n for n in os.listdir(os.path.join(ROOT, 'man')) if n.endswith('.scd')):
        if not shutil.which('scdoc'):
            tap.ok(True, f'{name}: scdoc takes it # SKIP no scdoc')
        else:
            with open(os.path.join(ROOT, 'man', name), 'rb') as page:
                result = subprocess.run(['scdoc'], stdin=page, capture_output=True, check=False)
            tap.ok(result.returncode == 0, f'{name}: scdoc takes it', result.stderr.decode())
        if name.endswith('.1.scd') and name != 'ksig.1.scd':
            command = name[len('ksig-'):-len('.1.scd')]
            tap.ok(command in commands or command.split('-')[0] in commands, f'{name}: is of a command')


BASH = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ksig; printf "%s\\n" "${COMPREPLY[@]}"'
# what stands in the place of zsh's own, and prints
ZSH = """file=$1; shift; words=("$@"); CURRENT=$#
compadd() { local rest=${words[CURRENT]##*..} w; shift; for w; do [[ $w == $rest* ]] && print -- $w; done }
compset() { : }
_files() { print FILES }
run() { source $file }; run"""
FISH = 'source $argv[1]; complete -C (string join " " -- ksig $argv[3..])'
SHELLS = {'bash': ('bash', ['-c', BASH, 'bash']), 'zsh': ('zsh', ['-f', '-c', ZSH, 'zsh']), 'fish': ('fish', ['--no-config', '-c', FISH])}


def complete(shell, words, folder):
    """What the shell offers for the last of WORDS behind "ksig"."""
    program, argv = SHELLS[shell]
    script = os.path.join(ROOT, 'completion', 'ksig.' + shell)
    done = subprocess.run([program, *argv, script, 'ksig' if shell == 'fish' else KSIG, *words], cwd=folder, capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, 'PATH': os.path.dirname(KSIG) + ':' + os.environ['PATH'], 'HOME': folder})
    return [line.split('\t')[0] for line in done.stdout.split('\n') if line]


# the words behind "ksig", the last to be completed, and what is offered; with "…" this and more
COMPLETIONS = (
    (['vers'], ['version']), (['help', 'lis'], ['list']), (['export', ''], ['csaf', 'git', 'json', 'mbox', 'openvex', 'osv', 'quilt', 'site', '…']),
    (['kmod', 'pl'], ['plan']), (['repo', 'pub'], ['publish']), (['kmod', 'plan', '--tar'], ['--target']),
    (['live', 'status', '--met'], ['--metrics']), (['list', '--subs'], ['--subsystem']), (['list', '--no-p'], ['--no-pager']),
    (['list', '-r', '1.0-3'], ['1.0-3.el9']), (['compare', '1.0-1.el9..1.0-3'], ['1.0-3.el9']), (['-w', 'other', 'list', '-r', '4.18.0-2.'], ['4.18.0-2.el8']),
)


def check_completion(commands, folder):
    subprocess.run([WRITER, os.path.join(folder, 'ksig.ws')], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([WRITER, os.path.join(folder, 'other'), '1000'], check=True, stdout=subprocess.DEVNULL)
    for shell in SHELLS:
        if not shutil.which(shell):
            tap.ok(True, f'{shell}: completion # SKIP no {shell}')
            continue
        offered = complete(shell, [''], folder)
        tap.ok(set(offered) - {'help'} == set(commands), f'{shell}: offers the commands', offered)
        for words, wanted in [row for row in COMPLETIONS if row[0][0] not in LEFT_OUT]:
            wanted = [word for word in wanted if word not in LEFT_OUT]
            offered = [word.split('..')[-1] for word in complete(shell, words, folder)]
            more = '…' in wanted
            good = set(wanted) - {'…'} <= set(offered) if more else sorted(set(offered)) == wanted
            tap.ok(good, f'{shell}: ksig {" ".join(words)}<TAB>', offered)


def main():
    commands = commands_of_main()
    tap.ok(commands == sorted(commands), 'main.c: commands in order', commands)
    check_pages(commands)
    for command in LEFT_OUT & set(commands):
        check_left_out(command)
    commands = [command for command in commands if command not in LEFT_OUT]
    for command in commands:
        check_command(command)
    listed = run(KSIG, '--help').stdout
    tap.ok(all(re.search(rf'^  {c} ', listed, re.M) for c in commands), 'ksig --help: each command', listed)
    with tempfile.TemporaryDirectory() as folder:
        check_completion(commands, folder)
    tap.ok(run(KSIG, '--version').stdout == run(KSIG, 'version').stdout != '', '--version')
    tap.ok(run(KSIG, 'help').stdout == listed, 'help')
    tap.ok(run(KSIG, 'help', 'list').stdout == run(KSIG, 'list', '--help').stdout, 'help COMMAND')
    for command in commands:
        texts = [run(KSIG, command, '--help').stdout] + [run(KSIG, command, sub, '--help').stdout
                                                         for sub in subcommands_of_help(command, run(KSIG, command, '--help').stdout)]
        meanings = {word for text in texts for word in re.findall(r'^ +-r, (--[a-z-]+)', text, re.M)}
        tap.ok(meanings <= {'--revision'}, f'{command}: -r is a revision', meanings)
    unknown = run(KSIG, 'no-such-command')
    tap.ok(unknown.returncode == 2 and 'no-such-command' in unknown.stderr, 'unknown command: exit 2', unknown)
    bare = run(KSIG)
    tap.ok(bare.returncode == 2 and bare.stdout == '', 'no command: exit 2', bare)
    full = subprocess.run([KSIG, 'version'], stdout=open('/dev/full', 'wb'), stderr=subprocess.PIPE, check=False)
    tap.ok(full.returncode == 4, 'full disk on standard output: exit 4', full)
    tap.done()


if __name__ == '__main__':
    sys.exit(main())
