#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A vendor who takes a whole tool in at once, early and late, and one who picks its commits one by one; and a series of
patch files of which one has left no line.

usage: imports.py KSIG        TAP on standard output
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-imports.')
ENV = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null', GIT_COMMITTER_NAME='C',
           GIT_COMMITTER_EMAIL='c@example.org')
RANDOM = random.Random(11)
DAY = 86400


def run(*argv, where=ROOT, env=None):
    done = subprocess.run(argv, cwd=where, env=env or ENV, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f'Bail out! {argv}: status {done.returncode}: {done.stderr}')
    return done.stdout.strip()


class Repository:
    def __init__(self, name):
        self.path = os.path.join(ROOT, name)
        os.makedirs(self.path)
        self.day = 0
        self.git('init', '-q', '-b', 'main')

    def git(self, *argv, env=None):
        return run('git', *argv, where=self.path, env=env)

    def append(self, name, count, tag):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'a', encoding='utf-8') as handle:
            for i in range(count):
                handle.write(f'\t{tag}_step_{i}(device, {RANDOM.randrange(10**6)});\n')

    def commit(self, subject, author='A', days=10):
        self.day += days
        when = f'{1640995200 + self.day * DAY} +0000'
        env = dict(ENV, GIT_AUTHOR_NAME=author, GIT_AUTHOR_EMAIL=f'{author}@example.org', GIT_AUTHOR_DATE=when,
                   GIT_COMMITTER_DATE=when)
        self.git('add', '-A')
        self.git('commit', '-q', '-m', subject, env=env)
        return self.git('rev-parse', 'HEAD')


def plant():
    up = Repository('upstream')
    for i in range(30):
        up.append(f'src/part{i}.c', 40, f'part{i}')
    up.commit('base')
    up.git('tag', 'v1')
    tool = []
    other = []
    for i in range(12):
        up.append('tool/main.c', 12, f'tool{i}')
        if i % 3 == 0:
            up.append(f'tool/part{i}.c', 10, f'toolpart{i}')
        tool.append(up.commit(f'tool: step {i} of many', author='ABC'[i % 3], days=14))
        for n in range(4):
            up.append(f'src/part{(i * 4 + n) % 30}.c', 3, f'fix{i}_{n}')
            other.append(up.commit(f'part: fix number {i}.{n}', author='DEFG'[n], days=1))
    return up, tool, other


def ksig(workspace, *argv):
    return run(KSIG, '-w', os.path.join(ROOT, workspace), *argv)


def patches(workspace):
    out = ksig(workspace, 'list', '--format=tsv', '--columns=number,upstream,revision,kind,subject')
    return [line.split('\t') for line in out.splitlines()[1:]]


def plant_vendor(up, tool, other):
    """r1: the tool as of its ninth commit, and four fixes; r2: the tenth commit of the tool, and a fix."""
    vendor = Repository('vendor')
    vendor.git('fetch', '-q', up.path, 'main', '--tags')
    vendor.git('reset', '-q', '--hard', 'v1')
    for commit in other[2:40:10]:
        vendor.git('cherry-pick', commit)
    vendor.git('checkout', tool[8], '--', 'tool')
    vendor.commit('take the tool in')
    vendor.git('tag', 'r1')
    vendor.git('cherry-pick', tool[9])
    vendor.git('cherry-pick', other[5])
    vendor.git('tag', 'r2')
    return vendor


def contained(workspace):
    return json.loads(ksig(workspace, 'list', '--contained', '--format=json'))


def check_import(up, vendor, tool, other):
    """Nobody can tell whether the tool came commit by commit: its commits are patches, and labelled."""
    arguments = ('breakdown', '--base', f'git:{up.path}@v1', '--upstream', f'git:{up.path}@v1..main')
    ksig('whole', *arguments, f'git:{vendor.path}@r1', f'git:{vendor.path}@r2')
    rows = patches('whole')
    found = {row[1]: row[2] for row in rows if row[1]}
    tap.ok(set(found) == set(other[2:40:10]) | {other[5], tool[9]} | set(tool[:9]),
           'what may have come as a whole is found commit by commit, and what was picked beside it', rows)
    shown = [ksig('whole', 'show', '--no-diff', commit) for commit in (tool[3], other[5])]
    tap.ok('may have come in one go' in shown[0] and tool[8][:12] in shown[0] and 'one go' not in shown[1],
           'its commits are labelled with the state that they lead to', shown)
    tap.ok(found.get(tool[9]) == 'r2', 'a later commit of the tool is a patch of its revision', rows)
    tap.ok(all(row[3] != 'unexplained' for row in rows), 'nothing is left', rows)


def check_prehistory(up, tool, other):
    """The base is the upstream's of the ninth commit, but for the tool: its commits could have come before, and did not."""
    vendor = Repository('late')
    vendor.git('fetch', '-q', up.path, 'main', '--tags')
    vendor.git('reset', '-q', '--hard', tool[8])
    vendor.git('rm', '-rq', 'tool')
    vendor.commit('base', days=400)
    vendor.git('tag', 'b1')
    vendor.git('checkout', tool[8], '--', 'tool')
    vendor.commit('take the tool in')
    vendor.git('cherry-pick', other[38])
    vendor.git('tag', 'r1')
    ksig('late', 'breakdown', '--base', f'git:{vendor.path}@b1', '--upstream', f'git:{up.path}@v1..main', f'git:{vendor.path}@r1')
    rows = patches('late')
    imports = [row for row in rows if 'as of upstream' in row[4]]
    tap.ok(len(imports) == 1 and imports[0][1] == '', 'a prehistory that came as a whole is one patch', rows)
    names = {row['upstream']: row for row in contained('late')}
    tap.ok(set(tool[:8]) <= set(names) and all(names[c]['kind'] == 'import' and str(names[c]['patch']) == imports[0][0] for c in tool[:8]),
           'its commits are contained, each with the patch', names)
    tap.ok(all(row['upstream'] not in set(tool[:8]) for row in json.loads(ksig('late', 'export', 'json'))['patches']),
           'and no patches', rows)
    listed = ksig('late', 'show', tool[3])
    tap.ok('came in as a whole' in listed, 'show says so', listed)
    table = os.path.join(ROOT, 'truth.tsv')
    with open(table, 'w', encoding='utf-8') as out:
        out.write(f'{tool[3]}\t-\tr1\tin the import\n{other[7]}\t-\tr1\tnowhere\n{other[38]}\t-\tr1\tfound\n')
    missed = {row['upstream']: row['reason'] for row in json.loads(ksig('late', 'evaluate', table, '--format=json'))
              if row['verdict'] == 'missed'}
    tap.ok('contained' in (missed.get(tool[3]) or ''), 'evaluate says that a missed commit is contained', missed)
    tap.ok('too little' in (missed.get(other[7]) or ''), '… and that another is not to be seen', missed)


def check_named(up, vendor, tool):
    """A changelog that names the commits one by one: they are patches."""
    changelog = os.path.join(ROOT, 'changelog')
    with open(changelog, 'w', encoding='utf-8') as out:
        out.write('* Mon Jan 02 2023 A U Thor <a@example.org> [1-1.el8]\n')
        for i in range(9):
            out.write(f'- [tool] step {i} of many (A U Thor) [{1000000 + i}]\n')
        for i in range(2, 40, 10):
            out.write(f'- part: fix number {i // 4}.{i % 4} (A U Thor) [{2000000 + i}]\n')
    ksig('named', 'breakdown', '--base', f'git:{up.path}@v1', '--upstream', f'git:{up.path}@v1..main', '--changelog',
         changelog, f'git:{vendor.path}@r1')
    rows = patches('named')
    tap.ok(set(tool[:9]) <= {row[1] for row in rows}, 'commits that the changelog names one by one are patches', rows)


# ---- an ordered series -------------------------------------------------------------------------------------


def check_series():
    """Twelve patches of which the sixth is wholly rewritten by the seventh."""
    tree = Repository('tree')
    for i in range(6):
        tree.append(f'src/part{i}.c', 30, f'line{i}')
    base = tree.commit('base')
    for i in range(12):
        if i == 6:
            path = os.path.join(tree.path, 'src/part2.c')
            with open(path, encoding='utf-8') as handle:
                lines = handle.readlines()
            with open(path, 'w', encoding='utf-8') as handle:
                handle.writelines(lines[:-4] + ['\trewritten_%d(device, %d);\n' % (n, RANDOM.randrange(10**6))
                                                for n in range(4)])
        else:
            tree.append('src/part2.c' if i == 5 else f'src/part{i % 5 if i % 5 != 2 else 5}.c', 4, f'series{i}')
        tree.commit(f'series: patch {i}')
    folder = os.path.join(ROOT, 'series')
    run('git', 'format-patch', '-q', '-o', folder, base, where=tree.path)
    names = sorted(os.listdir(folder))
    with open(os.path.join(folder, 'series'), 'w', encoding='utf-8') as out:
        out.write('\n'.join(names) + '\n')
    ksig('series', 'breakdown', '--base', f'git:{tree.path}@{base}', '--upstream', f'quilt:{folder}',
         f'git:{tree.path}@main')
    rows = patches('series')
    tap.ok({row[4] for row in rows} == {f'series: patch {i}' for i in range(12) if i != 5},
           'the patches of a series that left lines are patches', rows)
    tap.ok([(row['subject'], row['kind']) for row in contained('series')] == [('series: patch 5', 'series')],
           'one that a later one rewrote is found through its neighbours, and contained', contained('series'))


def main():
    up, tool, other = plant()
    vendor = plant_vendor(up, tool, other)
    check_import(up, vendor, tool, other)
    check_prehistory(up, tool, other)
    check_named(up, vendor, tool)
    check_series()
    shutil.rmtree(ROOT)
    tap.done()


main()
