#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""against.py KSIG: what the vendor did differently from the upstream commit, of git histories and of patch files.
Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'breakdown'))
import tap
from smallkernel import Repository, fix, run, source

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-against')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE, WORKSPACE, FILES = (os.path.join(ROOT, name) for name in ('tree', 'ws', 'files-ws'))
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit


def put(name, changes):
    os.makedirs(os.path.join(TREE, 'net'), exist_ok=True)
    with open(os.path.join(TREE, 'net', f'{name}.c'), 'w', encoding='utf-8') as file:
        file.write(source(name, changes))


def lines(name, *functions):
    return {f: fix(name, f) for f in functions}


def plant():
    """Upstream changes three functions of alpha, two of beta and one of gamma. The vendor takes alpha with one line otherwise,
    all of beta, and of gamma what upstream has; then, a release later, changes alpha's once more."""
    for name in ('alpha', 'beta', 'gamma', 'delta'):
        put(name, {})
    commit('base')
    git('tag', 'base')
    put('alpha', lines('alpha', 2, 3, 4))
    commit('alpha: check three')
    put('beta', lines('beta', 1, 5))
    commit('beta: check two')
    git('tag', 'up')
    git('checkout', '-q', '-b', 'vendor', 'base')
    put('alpha', {**lines('alpha', 2, 3), 4: fix('alpha', 4)[:-1] + ['\tvendor_says_hello(4);']})
    put('beta', lines('beta', 1, 5))
    put('delta', {2: ['\tvendor_delta(99991);', '\tvendor_delta_again(77);']})
    commit('vendor 1')
    git('tag', 'v1')


plant()
run(KSIG, '-w', WORKSPACE, 'breakdown', '-b', f'git:{TREE}@base', '-u', f'up=git:{TREE}@base..up', f'git:{TREE}@v1')


def against(*arguments, workspace=WORKSPACE, status=0):
    done = subprocess.run([KSIG, '-w', workspace, 'show', '--against-upstream', *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == status, done
    return done.stdout


def patches(workspace=WORKSPACE):
    return {row['subject']: row for row in json.loads(run(KSIG, '-w', workspace, 'list', '-f', 'json'))}


def test_the_line_that_the_vendor_changed():
    patch = patches()['alpha: check three']
    assert patch['kind'] in ('adapted', 'partial'), patch
    said = against(str(patch['number']))
    assert said.startswith(f"patch {patch['number']} ({patch['kind']}): alpha: check three\nagainst {git('rev-parse', 'up~1')}: differs\n"), said
    assert '    ++\tvendor_says_hello(4);' in said.splitlines(), repr(said)
    assert sum('vendor_says_hello' in line for line in said.splitlines()) == 1, said
    assert not any(line[4:5] == '-' and 'alpha_2' in line for line in said.splitlines()), said


def test_it_is_what_git_range_diff_says():
    """The same two changes, as commits with one message, given to git by hand."""
    patch = patches()['alpha: check three']
    made = []
    for before, after in ((git('rev-parse', 'up~2^{tree}'), git('rev-parse', 'up~1^{tree}')),
                          (git('rev-parse', 'base^{tree}'), None)):
        base = git('commit-tree', '-m', 'x', before)
        if after is None:
            git('read-tree', 'base')
            blob = git('rev-parse', 'v1:net/alpha.c')
            git('update-index', '--cacheinfo', f'100644,{blob},net/alpha.c')
            after = git('write-tree')
            git('read-tree', 'v1')
        made.append(f"{base}..{git('commit-tree', '-m', 'x', '-p', base, after)}")
    own = subprocess.run(['git', '-C', TREE, 'range-diff', '--no-color', '--creation-factor=999', *made], capture_output=True,
                         text=True, check=True).stdout
    assert against(str(patch['number'])).split('\n', 2)[2] == own.split('\n', 1)[1]


def test_nothing_differs_is_said():
    patch = patches()['beta: check two']
    said = against(str(patch['number']))
    assert said.splitlines()[1].endswith(': nothing differs') and len(said.splitlines()) == 2, said


def test_no_upstream_commit_is_said():
    patch = next(row for row in patches().values() if row['kind'] == 'unexplained')
    said = against(str(patch['number']), status=1)
    assert said.splitlines()[1] == 'against upstream: not compared: no upstream commit is known for it', said


def test_a_selection_as_json():
    rows = {row['subject']: row for row in json.loads(against('--path=net', '-f', 'json'))}
    assert rows['beta: check two']['state'] == 'same' and rows['beta: check two']['difference'] is None
    alpha = rows['alpha: check three']
    assert alpha['state'] == 'differs' and alpha['upstream'] == git('rev-parse', 'up~1') and 'vendor_says_hello' in alpha['difference']
    assert sorted(row['state'] for row in rows.values()) == ['differs', 'same', 'unknown'], rows


def test_the_site_has_it_where_it_was_asked_for():
    for name, options in (('with', ['--against-upstream']), ('without', [])):
        target = os.path.join(ROOT, f'site-{name}')
        run(KSIG, '-w', WORKSPACE, 'export', 'site', '--no-missing', *options, target)
        with open(os.path.join(target, 'data', 'patch-0.js'), encoding='utf-8') as file:
            rows = {row['subject']: row for row in json.loads(file.read().split(',', 1)[1].rsplit(')', 1)[0]).values()}
        known = {subject: row['against'] for subject, row in rows.items() if 'against' in row}
        if options:
            number = str(patches()['alpha: check three']['number'])
            assert list(known) == ['alpha: check three'] and known['alpha: check three'][0] == 'differs', known
            assert known['alpha: check three'][3] == against(number).split('\n', 2)[2], known
        else:
            assert known == {}, known


def test_the_workspace_is_not_written_to():
    def objects():
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(WORKSPACE, 'objects.git')) for name in names)
    before = objects()
    against(str(patches()['alpha: check three']['number']))
    assert objects() == before


def test_a_rework_counts():
    """The vendor's second release takes its own line out again: then nothing differs."""
    put('alpha', lines('alpha', 2, 3, 4))
    commit('vendor 2')
    git('tag', 'v2')
    workspace = os.path.join(ROOT, 'reworked')
    run(KSIG, '-w', workspace, 'breakdown', '-b', f'git:{TREE}@base', '-u', f'up=git:{TREE}@base..up', f'git:{TREE}@v1', f'git:{TREE}@v2')
    patch = patches(workspace)['alpha: check three']
    life = run(KSIG, '-w', workspace, 'show', '--no-diff', str(patch['number']))
    said = against(str(patch['number']), workspace=workspace)
    assert ('reworked' in life) == ('nothing differs' in said), (life, said)
    assert 'reworked' in life, life


def test_patch_files():
    folder = os.path.join(ROOT, 'series')
    os.makedirs(folder)
    git('format-patch', '-q', '-o', folder, 'base..up')
    with open(os.path.join(folder, 'series'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(sorted(name for name in os.listdir(folder) if name.endswith('.patch'))) + '\n')
    run(KSIG, '-w', FILES, 'breakdown', '-b', f'git:{TREE}@base', '-u', f'own=quilt:{folder}', f'git:{TREE}@v1')
    rows = {row['subject']: row for row in json.loads(against('--path=net', '-f', 'json', workspace=FILES))}
    alpha = rows['alpha: check three']
    assert alpha['state'] == 'differs' and alpha['upstream'].endswith('.patch'), rows
    changed = [line for line in alpha['difference'].splitlines() if line[:1] in '+-']
    assert changed == ['-+\t\talpha_repair_4(it, 73);', '++\tvendor_says_hello(4);'], alpha
    assert rows['beta: check two']['state'] == 'same', rows
    shutil.rmtree(folder)
    assert 'no such patch there any more' in against(str(alpha['number']), workspace=FILES, status=1)


tap.each(globals())
