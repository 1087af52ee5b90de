#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""messages.py KSIG: messages and changelogs as they are in the field: carriage returns, encodings, authors with brackets and
commas, CVEs and tickets in subjects, "Fixes: commit ID", a changelog that is not UTF-8. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-messages')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE, WORKSPACE = os.path.join(ROOT, 'tree'), os.path.join(ROOT, 'ws')
ENVIRONMENT = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null', GIT_AUTHOR_EMAIL='a@example.org',
                   GIT_COMMITTER_NAME='C', GIT_COMMITTER_EMAIL='c@example.org', LC_ALL='C.UTF-8')
AUTHORS = ['Max Muster (Company)', 'Muster, Max', 'Jörg "Joe" Müller', 'O. W. N. Er', 'Dr. A. B']


def run(*argv, cwd=TREE, status=0, data=None, **names):
    done = subprocess.run(argv, cwd=cwd, env={**ENVIRONMENT, 'GIT_AUTHOR_NAME': 'A', **names}, capture_output=True, input=data)
    assert done.returncode == status, (argv, done.returncode, done.stderr, done.stdout)
    return done.stdout.decode(errors='replace').strip('\n')


def ksig(*argv, status=0):
    return run(KSIG, '-w', WORKSPACE, *argv, cwd=ROOT, status=status)


def put(name, changed=()):
    with open(os.path.join(TREE, name), 'w', encoding='utf-8') as file:
        for i in range(30):
            file.write(f'int {name[0]}_{i}(void) {{ return {i + 100 * (i in changed)}; }}\n')


def commit(message, *options, **names):
    run('git', 'add', '-A')
    data = message if isinstance(message, bytes) else message.encode()
    run('git', *options, 'commit', '-q', '--allow-empty', '--cleanup=verbatim', '-F', '-', data=data, **names)
    return run('git', 'rev-parse', 'HEAD')


def plant():
    os.mkdir(TREE)
    run('git', 'init', '-q', '-b', 'main')
    for letter in 'abcdefghi':
        put(f'{letter}.c')
    commit('base')
    run('git', 'tag', 'base')
    for letter, author in zip('abcde', AUTHORS):
        put(f'{letter}.c', [5])
        commit(f'{letter}: a change by somebody', GIT_AUTHOR_NAME=author)
    put('f.c', [5])
    commit('f: five\r\n\r\nFour was too little. CVE-2020-1234\r\n\r\nSigned-off-by: A <a@example.org>\r\n')
    put('g.c', [5])
    commit('g: fünf, caf\u00e9\n\nIt is f\u00fcnf.\n'.encode('iso-8859-1'), '-c', 'i18n.commitEncoding=ISO8859-1')
    put('h.c', [5])
    fixed = commit('CVE-2020-1235: h: five, for rhbz#1772081')
    put('i.c', [5])
    commit('i: mark it as broken\n\nIt has unfixed issues CVE-2020-1236.\n')
    run('git', 'tag', 'vendor')
    put('h.c', [5, 6])
    commit(f'h: six, too\n\nFixes: commit {fixed[:12]} ("h: five")\n')


plant()
CHANGELOG = os.path.join(ROOT, 'changelog')
with open(CHANGELOG, 'wb') as stream:
    stream.write(b'linux (5.10-1) unstable; urgency=medium\n\n  * d: a change by somebody, thanks to Jos\xe9\n'
                 b'  * e: a change by somebody\0\n\n -- A <a@example.org>  Mon, 20 Jan 2020 10:00:00 +0100\n')
ksig('breakdown', '-b', f'git:{TREE}@base', '-u', f'up=git:{TREE}@base..main', '--changelog', CHANGELOG, f'git:{TREE}@vendor')
PATCHES = {patch['subject']: patch for patch in json.loads(ksig('export', 'json'))['patches']}


def test_carriage_returns():
    assert 'Four was too little.' in PATCHES['f: five']['purpose'], PATCHES
    row = json.loads(ksig('show', '--cve=CVE-2020-1234', '-f', 'json'))[0]
    assert row['state'] == 'fixed', row


def test_encoding():
    assert PATCHES['g: fünf, café']['purpose'].strip() == 'It is fünf.'


def test_references_in_the_subject():
    patch = PATCHES['CVE-2020-1235: h: five, for rhbz#1772081']
    assert json.loads(ksig('show', '--cve=CVE-2020-1235', '-f', 'json'))[0]['state'] == 'fixed'
    found = json.loads(ksig('list', '--ticket=1772081', '-f', 'json'))
    assert [row['subject'] for row in found] == [patch['subject']], found


def test_mention_is_no_fix():
    row = json.loads(ksig('show', '--cve=CVE-2020-1236', '-f', 'json', status=5))[0]
    assert (row['state'], row['patch']) == ('unknown', None) and 'mentions it' in row['reason'], row


def test_fixes_commit():
    rows = json.loads(ksig('missing', '-f', 'json'))
    assert [row['subject'] for row in rows] == ['h: six, too'], rows
    assert json.loads(ksig('missing', '-f', 'json', '--since=2001-01-01')) == rows
    for day in ('2021-13-01', '2021-2-3', 'yesterday', ''):
        ksig('missing', f'--since={day}', status=2)


def test_what_was_not_believed_and_what_was_not_looked_for():
    def answer(*words):
        done = subprocess.run([KSIG, '-w', WORKSPACE, *words], env=ENVIRONMENT, capture_output=True, text=True)
        assert done.returncode == 1 and not done.stdout, done
        return done.stderr

    later = run('git', 'rev-parse', 'main')
    for name in (later, later[:12], later[:7].upper()):
        for verb in ('why', 'show'):
            said = answer(verb, name)
            assert 'up has it as a candidate (h: six, too)' in said and 'not believed' in said, said
    assert 'was not looked for' in answer('why', 'f' * 40)
    assert 'was not looked for' in answer('why', run('git', 'rev-parse', 'base'))


def test_changelog():
    words = [entry['text'] for entry in json.loads(ksig('export', 'json'))['changelog']]
    assert words == ['d: a change by somebody, thanks to José', 'e: a change by somebody'], words


def test_authors():
    exported, mailed, mbox = (os.path.join(ROOT, name) for name in ('exported', 'mailed', 'mbox'))
    run('git', 'init', '-q', exported)
    ksig('export', 'git', exported)
    ksig('export', 'mbox', mbox)
    run('git', 'worktree', 'add', '-q', '--detach', mailed, 'base')
    run('git', 'am', '-q', mbox, cwd=mailed)
    by = '--format=%an', '--reverse', '--grep=by somebody'
    assert run('git', 'log', *by, 'ksig', cwd=exported).split('\n') == AUTHORS
    # git's own format-patch loses the quotes of a name that is not ASCII, too
    assert run('git', 'log', *by, cwd=mailed).split('\n') == [name.replace('"', '') for name in AUTHORS]


tap.each(globals())
