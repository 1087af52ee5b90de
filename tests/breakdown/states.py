#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""states.py KSIG: whole files as evidence, and blobs that a repository lacks. Prints TAP.

Upstream rewrites a table of devices seven times; the vendor takes it as it stood after the fourth. Nothing of the lines of
the first three is left, and the blob between the second and the third is in no repository.
"""
import atexit
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, run

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-states')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE = os.path.join(ROOT, 'tree')
RANDOM = random.Random(5)
TAKEN, UPDATES, FIXES = 4, 7, 12
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit


def write(name, lines):
    with open(os.path.join(TREE, name), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')


def table():
    return [f'device {RANDOM.randrange(10**8)} model {RANDOM.randrange(10**8)}' for _ in range(60)]


def driver(i, fixed):
    lines = [f'int driver{i}_do_{f}(struct driver{i} *it)\n{{\n\treturn driver{i}_finish{f}(it);\n}}\n' for f in range(5)]
    return lines + ([f'int driver{i}_fix(void)\n{{\n\treturn {i * 7919};\n}}\n'] if fixed else [])


def plant():
    git('config', 'gc.auto', '0')
    write('devices.ids', table())
    write('run.sh', ['#!/bin/sh', 'echo run'])
    for i in range(FIXES):
        write(f'driver{i}.c', driver(i, False))
    commit('base')
    git('tag', 'base')
    ids = {}
    for i in range(FIXES):
        write(f'driver{i}.c', driver(i, True))
        ids[f'fix {i}'] = commit(f'driver{i}: fix it')
        if i < UPDATES:
            write('devices.ids', table())
            ids[f'update {i}'] = commit('update the devices')
            git('tag', f'update-{i}')
    os.chmod(os.path.join(TREE, 'run.sh'), 0o755)
    ids['mode'] = commit('run.sh: make it executable')
    git('checkout', '-q', '-b', 'vendor', 'base')
    for i in range(0, FIXES, 2):
        write(f'driver{i}.c', driver(i, True))
    os.chmod(os.path.join(TREE, 'run.sh'), 0o755)
    git('checkout', '-q', f'update-{TAKEN - 1}', '--', 'devices.ids')
    commit('vendor')
    return ids


def lose(revision):
    blob = git('rev-parse', f'{revision}:devices.ids')
    os.unlink(os.path.join(TREE, '.git/objects', blob[:2], blob[2:]))


def break_down(name):
    workspace = os.path.join(ROOT, name)
    run(KSIG, '-w', workspace, 'breakdown', '--base', f'git:{TREE}@base', '-u', f'git:{TREE}@base..main', f'git:{TREE}@vendor')
    rows = run(KSIG, '-w', workspace, 'list', '--format=tsv', '--columns=upstream').split('\n')[1:]
    contained = json.loads(run(KSIG, '-w', workspace, 'list', '--contained', '--format=json'))
    return workspace, set(filter(None, rows)), {row['upstream'] for row in contained if row['kind'] == 'history'}


def empty_between():
    """A file that is empty in the base, one that is between two patches, and a label that the one before begins with."""
    def empty(name):
        open(os.path.join(TREE, name), 'w', encoding='utf-8').close()

    git('checkout', '-q', '-b', 'upstream-empty', 'base')
    empty('was.c')
    commit('was: to be filled')
    git('tag', 'base-empty')
    empty('gets.c')
    write('devices.ids', table())
    ids = [commit('devices: more of them, and a file for later')]
    for name, number in (('gets.c', 77), ('was.c', 78), ('driver0.c', 0)):
        write(name, driver(number, True))
        ids.append(commit(f'{name}: what it is for'))
    workspace = os.path.join(ROOT, 'ws-empty')
    run(KSIG, '-w', workspace, 'breakdown', '--base', f'git:{TREE}@base-empty', '-u', f'git:{TREE}@base-empty..upstream-empty',
        f'git:{TREE}@upstream-empty^', f'git:{TREE}@upstream-empty')
    rows = run(KSIG, '-w', workspace, 'list', '--format=tsv', '--columns=upstream,revision,kind').split('\n')[1:]
    tap.ok(sorted(filter(None, rows)) == sorted(f'{commit_id}\tupstream-empty{"" if commit_id == ids[-1] else "^"}\texact' for commit_id in ids),
           'files that are empty before and between patches', rows)


def main():
    ids = plant()
    empty_between()
    git('checkout', '-q', 'vendor')
    wanted = {ids[name] for name in ids if name == 'mode' or (name.startswith('fix') and int(name[4:]) % 2 == 0) or
              (name.startswith('update') and int(name[7:]) < TAKEN)}
    names = {commit_id: name for name, commit_id in ids.items()}
    for why, lost in (('whole', None), ('without a blob in between', 'update-1'), ('without the blob of the base', 'base')):
        if lost:
            lose(lost)
        workspace, found, contained = break_down(why.replace(' ', '-'))
        tap.ok(found | contained == wanted, f'{why}: all that led to the table, nothing that comes later, and the new mode',
               sorted(names[commit_id] for commit_id in (found | contained) ^ wanted))
        tap.ok({names[commit_id] for commit_id in contained} <= {f'update {i}' for i in range(TAKEN - 1)} and not found & contained,
               f'{why}: what left no line is contained, and no patch', contained)
    series = os.path.join(ROOT, 'series')
    run(KSIG, '-w', workspace, 'export', 'quilt', series, status=1)
    with open(os.path.join(series, 'not-in-series'), encoding='utf-8') as file:
        tap.ok(file.read() == 'content devices.ids\n',
               'export quilt: the file that cannot be compared lies beside the series')
    with open(os.path.join(series, 'binary/devices.ids'), encoding='utf-8') as file:
        tap.ok(file.read() == git('show', 'vendor:devices.ids') + '\n', '… as it is afterwards')
    workspace = os.path.join(ROOT, 'ws-whole')
    run(KSIG, '-w', workspace, 'breakdown', '--base', f'git:{TREE}@base', '-u', f'git:{TREE}@base..{ids["fix 0"]}', f'git:{TREE}@vendor')
    rows = run(KSIG, '-w', workspace, 'list', '-p', 'devices.ids', '--format=tsv', '--columns=added,removed,subject').split('\n')[1:]
    tap.ok(rows == ['0\t0\tdevices.ids: unexplained, as a whole'], 'of a file whose lines nobody has no lines are told', rows)
    said = subprocess.run([KSIG, '-w', workspace, 'why', 'devices.ids'], capture_output=True, text=True, check=False)
    tap.ok(said.returncode == 3 and 'devices.ids: blob ' in said.stderr and 'no repository has it' in said.stderr,
           'why: who is asked for them says what is missing', said)
    tap.done()


main()
