#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which commit a patch is, what a base has already, what owns no line, what came too late.

usage: identity.py KSIG        TAP on standard output
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-identity.')
ENV = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null', GIT_AUTHOR_NAME='A', GIT_AUTHOR_EMAIL='a@example.org',
           GIT_COMMITTER_NAME='C', GIT_COMMITTER_EMAIL='c@example.org')


def run(*argv, where=ROOT, env=None, status=0):
    done = subprocess.run(argv, cwd=where, env=env or ENV, capture_output=True, text=True, check=False)
    if status is not None and done.returncode != status:
        raise SystemExit(f'Bail out! {argv}: status {done.returncode}: {done.stdout}{done.stderr}')
    return done.stdout.strip()


def lines(name, count=30):
    return [f'int {name}_{i}(void) {{ return {i}; }}' for i in range(count)]


class Repository:
    def __init__(self, name):
        self.path = os.path.join(ROOT, name)
        os.makedirs(self.path)
        self.git('init', '-q', '-b', 'main')
        for key in ('gc.auto', 'maintenance.auto'):  # a git in the background would move objects while ksig reads them
            self.git('config', key, '0')

    def git(self, *argv, env=None):
        return run('git', *argv, where=self.path, env=env)

    def read(self, name):
        with open(os.path.join(self.path, name), encoding='utf-8') as text:
            return text.read().split('\n')[:-1]

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w', encoding='utf-8') as out:
            out.write('\n'.join(text) + '\n')

    def add(self, name, tag, at=5, count=4):
        text = self.read(name)
        text[at:at] = [f'int {tag}_new_{i}(void) {{ return {i * 7}; }}' for i in range(count)]
        self.write(name, text)

    def commit(self, subject, body='', day='2020-01-01'):
        env = dict(ENV, GIT_AUTHOR_DATE=f'{day}T12:00:00Z', GIT_COMMITTER_DATE=f'{day}T12:00:00Z')
        self.git('add', '-A')
        self.git('commit', '-q', '--allow-empty', '-m', subject, *(['-m', body] if body else []), env=env)
        return self.git('rev-parse', 'HEAD')


def ksig(workspace, *argv, status=0):
    return run(KSIG, '-w', os.path.join(ROOT, workspace), *argv, status=status)


def rows(workspace, *argv):
    return json.loads(ksig(workspace, 'list', '--format=json', *argv))


def check_ids():
    """A stable tree's commits name mainline's; mainline is a pool as well."""
    main = Repository('mainline')
    for name in 'abcd':
        main.write(f'{name}.c', lines(name))
    main.commit('base')
    main.git('tag', 'v1')
    ids = []
    for name in 'abcd':
        main.add(f'{name}.c', f'fix_{name}')
        ids.append(main.commit(f'{name}: fix it'))
    stable = Repository('stable')
    stable.git('fetch', '-q', main.path, 'main', '--tags')
    stable.git('reset', '-q', '--hard', 'v1')
    words = [f'commit {ids[0]} upstream.', f'[ Upstream commit {ids[1][:14]} ]',
             f'Upstream commit:\n    commit {ids[2]}\n    Author: A <a@example.org>\n    Date:   Wed Jan 1 12:00:00 2020 +0000\n\n    c: fix it',
             f'Why.\n\n(cherry picked from commit {ids[3]})']
    own = []
    for name, word in zip('abcd', words):
        stable.add(f'{name}.c', f'fix_{name}', count=5 if name == 'd' else 4)  # the last backport is another version
        own.append(stable.commit(f'{name}: fix it', word))
    table = os.path.join(ROOT, 'truth.tsv')
    with open(table, 'w', encoding='utf-8') as out:
        out.writelines(f'{commit}\t-\tmain\tx\n' for commit in (ids[0], ids[2], ids[3]))
    stable_pool, main_pool = f'stable=git:{stable.path}@v1..main', f'mainline=git:{main.path}@v1..main'
    for workspace, pools, short in (('ids', [stable_pool], own[1]), ('both', [stable_pool, main_pool], ids[1]),
                                    ('turned', [main_pool, stable_pool], ids[1])):
        ksig(workspace, 'breakdown', '-b', f'git:{main.path}@v1', *(f'--upstream={pool}' for pool in pools), f'git:{stable.path}@main')
        found = rows(workspace)
        tap.ok({row['upstream'] for row in found} == {ids[0], short, ids[2], ids[3]}, f'{workspace}: upstream is what is named', found)
        tap.ok(len(found) == 4, f'{workspace}: a commit is one patch', found)
        for commit in (ids[0], own[0]):
            tap.ok(len(rows(workspace, '-u', commit)) == 1 or (workspace == 'turned' and commit == own[0]),
                   f'{workspace}: both ids find it', rows(workspace))
        tap.ok('recall 1.0000' in ksig(workspace, 'evaluate', table), f'{workspace}: evaluate knows the ids that are named')
    with open(table, 'w', encoding='utf-8') as out:
        out.writelines(f'{commit}\t-\tmain\tx\n' for commit in own)
    tap.ok('recall 1.0000' in ksig('ids', 'evaluate', table), "… and the pool's own")
    tap.ok(rows('ids', '-u', ids[0])[0]['candidate'] == own[0], "the pool's commit stands beside it", rows('ids'))
    shown = ksig('both', 'show', '--no-diff', ids[0])
    tap.ok('mainline' in shown and 'stable' in shown, 'one patch has two sources', shown)
    tap.ok(len(rows('both', '-u', ids[1])) == 1, 'a short id is completed where a pool has the commit', rows('both'))
    exported = json.loads(ksig('ids', 'export', 'json'))['patches']
    tap.ok({patch['candidate'] for patch in exported} == set(own), 'the export has both', exported)


def check_base():
    """Upstream: root, A, B, C. The base is A's, or B's with a vendor's line; the pool begins at the root."""
    up = Repository('history')
    for name in 'ab':
        up.write(f'{name}.c', lines(name))
    up.commit('root')
    up.git('tag', 'root')
    up.add('a.c', 'one')
    first = up.commit('a: one', day='2020-02-01')
    text = up.read('a.c')
    text[6] = 'int one_changed(void) { return 99; }'
    up.write('a.c', text)
    up.add('a.c', 'two', at=20)
    second = up.commit('a: two', day='2020-03-01')
    up.git('tag', 'b2')
    pool = f'git:{up.path}@root..main'
    ksig('base', 'breakdown', '-b', f'git:{up.path}@{first}', '-u', pool, f'git:{up.path}@{second}')
    found = {row['upstream'] for row in rows('base')}
    tap.ok(found == {second}, 'what the base has is not introduced', rows('base'))
    folder = os.path.join(ROOT, 'folder')
    shutil.copytree(up.path, folder)
    shutil.rmtree(os.path.join(folder, '.git'))
    near = json.loads(ksig('near', 'base', '--upstream', pool, folder, '--format=json'))
    tap.ok(near[0]['commit'] == second and near[0]['tag'] == 'b2' and near[0]['equal'] == 2, 'ksig base finds it', near)


def check_own_lines():
    """A commit and its revert, both in the window; and one that a later one rewrote."""
    up = Repository('window')
    for name in 'abc':
        up.write(f'{name}.c', lines(name))
    up.commit('root')
    up.git('tag', 'root')
    up.add('a.c', 'wrong')
    wrong = up.commit('a: a mistake')
    up.git('revert', '--no-edit', wrong)
    revert = up.git('rev-parse', 'HEAD')
    up.add('b.c', 'draft', count=1)
    draft = up.commit('b: a draft')
    text = up.read('b.c')
    text[5:6] = ['int final_new(void) { return 1000; }', 'int final_other(void) { return 1001; }']
    up.write('b.c', text)
    final = up.commit('b: as it should be')
    up.add('c.c', 'fix')
    fix = up.commit('c: fix')
    ksig('window', 'breakdown', '-b', f'git:{up.path}@root', '-u', f'git:{up.path}@root..main', f'git:{up.path}@main')
    found = {row['upstream']: row for row in rows('window')}
    tap.ok(set(found) == {final, fix}, 'patches own lines', rows('window'))
    inside = {row['upstream']: row for row in json.loads(ksig('window', 'list', '--contained', '--format=json'))}
    tap.ok(inside.get(draft, {}).get('kind') == 'history' and inside[draft]['patch'] == found[final]['number'],
           'what was rewritten is contained, with the patch that did it', inside)
    tap.ok(not {wrong, revert} & set(found), 'a commit and its revert are no patches', found)
    truth = os.path.join(ROOT, 'window.tsv')
    with open(truth, 'w', encoding='utf-8') as out:
        out.writelines(f'{commit}\t-\tmain\tx\n' for commit in (final, fix))
    tap.ok('found 2' in ksig('window', 'evaluate', truth), 'contained ones are not counted')


def check_dates():
    """The same change twice upstream, before and after the kernel was made."""
    up = Repository('dates')
    for name in 'ab':
        up.write(f'{name}.c', lines(name))
    up.commit('root', day='2018-01-01')
    up.git('tag', 'root')
    up.add('a.c', 'early')
    early = up.commit('a: early', day='2019-01-01')
    up.add('b.c', 'late')
    late = up.commit('b: late', day='2021-01-01')
    up.git('tag', 'tip')
    for name, day, expected in (('none', [], {early, late}), ('told', ['--date=2019-06-01'], {early}),
                                ('margin', ['--date=2020-12-10'], {early, late})):
        ksig(name, 'breakdown', '-b', f'git:{up.path}@root', '-u', f'git:{up.path}@root..main', *day, f'git:{up.path}@tip')
        found = {row['upstream'] for row in rows(name) if row['upstream']}
        tap.ok(found == expected, f'dates: {name}', rows(name))
    ksig('wrong', 'breakdown', '-b', f'git:{up.path}@root', '-u', f'git:{up.path}@root..main', '--date=soon', f'git:{up.path}@tip', status=2)
    tap.ok(True, 'a date that is none is refused')


def check_kinds():
    """The same lines in other surroundings; and in their own."""
    up = Repository('kinds')
    for name in 'ab':
        up.write(f'{name}.c', lines(name))
    up.commit('root')
    up.git('tag', 'root')
    for name in 'ab':
        up.add(f'{name}.c', f'fix_{name}', at=10)
        up.commit(f'{name}: fix')
    up.git('checkout', '-q', '-b', 'vendor', 'root')
    text = up.read('a.c')
    text[8:12] = [f'int vendor_{i}(void) {{ return {i}; }}' for i in range(4)]
    up.write('a.c', text)
    up.commit('vendor')
    up.git('tag', 'start')
    up.add('a.c', 'fix_a', at=10)
    up.add('b.c', 'fix_b', at=10)
    up.commit('fixes')
    ksig('kinds', 'breakdown', '-b', f'git:{up.path}@start', '-u', f'git:{up.path}@root..main', f'git:{up.path}@vendor')
    kinds = {row['subject']: row['kind'] for row in rows('kinds')}
    tap.ok(kinds == {'a: fix': 'context', 'b: fix': 'exact'}, 'other surroundings are said to be', kinds)


def check_nearer():
    """A base far from what the kernel stands on is said to be."""
    up = Repository('far')
    for i in range(40):
        up.write(f'f{i}.c', lines(f'f{i}'))
    up.commit('root')
    up.git('tag', 'root')
    for i in range(40):
        up.add(f'f{i}.c', f'new{i}')
        up.commit(f'f{i}: new')
    up.git('tag', 'tip')
    done = subprocess.run([KSIG, '-w', os.path.join(ROOT, 'far-ws'), 'breakdown', '-b', f'git:{up.path}@root', '-u',
                           f'git:{up.path}@root..main', f'git:{up.path}@tip'], env=ENV, capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 0 and up.git('rev-parse', 'tip')[:12] in done.stderr, 'another base is recommended', done.stderr)


def main():
    check_ids()
    check_base()
    check_own_lines()
    check_dates()
    check_kinds()
    check_nearer()
    shutil.rmtree(ROOT)
    tap.done()


main()
