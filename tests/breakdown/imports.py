#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A vendor who takes a whole tool in at once, and one who picks its commits one by one; and a series of patch files of
which one has left no line.

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


def check_import(up, vendor, tool, other):
    arguments = ('breakdown', '--base', f'git:{up.path}@v1', '--upstream', f'git:{up.path}@v1..main')
    ksig('whole', *arguments, f'git:{vendor.path}@r1', f'git:{vendor.path}@r2')
    rows = patches('whole')
    imports = [row for row in rows if 'as of upstream' in row[4]]
    tap.ok(len(imports) == 1 and imports[0][1] == '', 'what came in as a whole is one patch', rows)
    shown = json.loads(ksig('whole', 'show', imports[0][0], '--format=json')) if imports else {}
    text = json.dumps(shown)
    tap.ok(all(c in text for c in tool[:9]) and tool[9] not in text, 'it names each commit that it contains', text)
    tap.ok(imports and imports[0][3] == 'exact', 'it is exact: nothing else is in its files', rows)
    found = {row[1]: row[2] for row in rows if row[1]}
    tap.ok(set(found) == set(other[2:40:10]) | {other[5], tool[9]}, 'what was picked beside it is found by itself',
           rows)
    tap.ok(found.get(tool[9]) == 'r2', 'a later commit of the tool is a patch of its revision', rows)
    tap.ok(all(row[3] != 'vendor' for row in rows), 'nothing is left to the vendor', rows)
    table = os.path.join(ROOT, 'truth.tsv')
    with open(table, 'w', encoding='utf-8') as out:
        out.write(f'{tool[3]}\t-\tr1\tin the import\n{other[7]}\t-\tr1\tnowhere\n{tool[9]}\t-\tr2\tfound\n')
    missed = {row['upstream']: row['reason'] for row in json.loads(ksig('whole', 'evaluate', table, '--format=json'))
              if row['verdict'] == 'missed'}
    tap.ok('import' in (missed.get(tool[3]) or ''), 'evaluate says that a missed commit came with the import', missed)
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
    tap.ok({row[4] for row in rows} == {f'series: patch {i}' for i in range(12)},
           'a patch of a series that a later one rewrote is found through it and its neighbours', rows)


def main():
    up, tool, other = plant()
    vendor = plant_vendor(up, tool, other)
    check_import(up, vendor, tool, other)
    check_named(up, vendor, tool)
    check_series()
    shutil.rmtree(ROOT)
    tap.done()


main()
