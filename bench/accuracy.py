#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""accuracy.py KSIG SCRATCH SETS.tsv [--score] [NAME...]: every branch of SETS.tsv (see branches.py) through `ksig breakdown`.

Prints for each (or those called NAME) precision, recall and right revisions as `ksig evaluate` has them, the share of
changed lines that is explained, and what it cost; at the end how many of each band of confidence are right, over all.
Before that the series is exported, applied to the base by `patch --fuzz=0`, and what stands there is compared with the
vendor's tree; not with --score. What `ksig evaluate` says of each wrong and missed commit is left in SCRATCH/NAME.tsv. An index that an
earlier run left in SCRATCH is used.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys

import branches
from measure import mib, run

CATALOG = ('catalog.db', 'catalog.db-wal', 'catalog.db-shm', 'objects.git')


def ask(*argv, **more):
    return subprocess.run(argv, check=True, capture_output=True, text=True, errors='replace', **more).stdout


def break_down(ksig, workspace, branch, *options):
    for name in CATALOG:
        path = os.path.join(workspace, name)
        shutil.rmtree(path, ignore_errors=True) if os.path.isdir(path) else os.path.exists(path) and os.unlink(path)
    base, *kernels = branch.kernels()
    changelog = ['--changelog', branch.changelog] if branch.changelog else []
    return run([ksig, '-w', workspace, 'breakdown', *options, '--base', base, '-u', branch.upstream, *changelog, *kernels])


def explained(ksig, workspace):
    revisions = json.loads(ask(ksig, '-w', workspace, 'export', 'json'))['revisions']
    changed = sum(revision['changed_lines'] for revision in revisions)
    return sum(revision['explained_lines'] for revision in revisions) / max(1, changed)


def take_binary(series, tree):
    """What a patch cannot carry lies beside the series. Returns the files whose content nobody has."""
    listed, absent = os.path.join(series, 'not-in-series'), set()
    if not os.path.exists(listed):
        return absent
    with open(listed, encoding='utf-8') as lines:
        for what, path in (line.rstrip('\n').split(' ', 1) for line in lines):
            target = os.path.join(tree, path)
            if what == 'removed':
                os.path.lexists(target) and os.unlink(target)
            elif what == 'content':
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(os.path.join(series, 'binary', path), target)
            else:
                absent.add(path)
    return absent


def is_exact(ksig, workspace, branch, scratch):
    """Whether the exported series, applied without fuzz, makes the vendor's tree."""
    series, tree = os.path.join(scratch, 'series'), os.path.join(scratch, 'tree')
    shutil.rmtree(series, ignore_errors=True)
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(tree)
    done = subprocess.run([ksig, '-w', workspace, 'export', 'quilt', series], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # 1: some of it is beside the series, see take_binary()
        return done.stderr
    store = os.path.join(workspace, 'objects.git')
    git = ['git', f'--git-dir={store}', f'--work-tree={tree}', '-c', 'core.autocrlf=false']
    objects = os.path.join(scratch, 'objects')
    os.makedirs(objects, exist_ok=True)
    index = dict(os.environ, GIT_INDEX_FILE=os.path.join(scratch, 'index'), GIT_OBJECT_DIRECTORY=objects,
                 GIT_ALTERNATE_OBJECT_DIRECTORIES=os.path.join(store, 'objects'))
    base, last = (ask('git', '-C', branch.repository, 'rev-parse', f'{branch.revisions[i]}^{{tree}}').strip() for i in (0, -1))
    ask(*git, 'read-tree', base, env=index)
    done = subprocess.run([*git, 'checkout-index', '-a', '-f', '-q'], env=index, capture_output=True, text=True, check=False)
    absent = set(re.findall(r'unable to read sha1 file of (\S+)', done.stderr))
    with open(os.path.join(series, 'series'), encoding='utf-8') as names:
        patches = [name.split()[0] for name in names if name.strip() and not name.startswith('#')]
    for number, name in enumerate(patches):
        with open(os.path.join(series, name), 'rb') as patch:
            done = subprocess.run(['patch', '-p1', '-s', '-f', '--fuzz=0', '--no-backup-if-mismatch'], cwd=tree,
                                  stdin=patch, capture_output=True, text=True, errors='replace', check=False)
        if done.returncode != 0:
            return f'patch {number + 1} of {len(patches)}, {name}: {(done.stdout + done.stderr)[:500]}'
    absent |= take_binary(series, tree)
    ask(*git, 'add', '-A', '-f', '.', env=index, cwd=tree)
    differ = set(ask(*git, 'diff-index', '--cached', '--name-only', last, env=index).split('\n')) - {''} - absent
    return f'{len(patches)} patches, no fuzz, ' + (f'{len(differ)} files differ: {sorted(differ)[:5]}' if differ else
                                                   "the vendor's tree") + (f', {len(absent)} files not in the repository'
                                                                           if absent else '')


def score(ksig, workspace, branch, path):
    said = ask(ksig, '-w', workspace, 'evaluate', branch.table)
    with open(path, 'w', encoding='utf-8') as out:
        out.write(ask(ksig, '-w', workspace, 'evaluate', '--format=tsv', branch.table))
    bands = [(float(a), int(b), int(c)) for a, b, c in re.findall(r'^from ([\d.]+) +(\d+) +(\d+)', said, re.M)]
    return said, bands


def number(said, word):
    return re.search(word + r' +([\d.]+)', said).group(1)


def main():
    ksig, scratch = map(os.path.abspath, sys.argv[1:3])
    total, names = collections.defaultdict(lambda: [0, 0]), [name for name in sys.argv[4:] if name != '--score']
    for branch in branches.read(sys.argv[3]):
        if names and branch.name not in names:
            continue
        workspace = os.path.join(scratch, branch.branch)
        os.makedirs(workspace, exist_ok=True)
        cost = break_down(ksig, workspace, branch)
        said, bands = score(ksig, workspace, branch, os.path.join(scratch, branch.name.replace(' ', '-') + '.tsv'))
        revision = re.search(r'revision right .*\(([\d.]+)\)', said).group(1) if len(branch.revisions) > 2 else '-'
        print(f"{branch.name:34} {branch.use:5} truth {number(said, 'truth'):>5} found {number(said, 'found'):>5} precision "
              f"{number(said, 'precision')} recall {number(said, 'recall')} revision {revision:6} lines "
              f"{explained(ksig, workspace):.3f} {cost.cpu:7.1f} CPU s {mib(cost.memory):>9}", flush=True)
        print('   ', ' '.join(f'{low:.2f}: {right}/{found}' for low, found, right in bands), flush=True)
        if '--score' not in sys.argv:
            print('   ', is_exact(ksig, workspace, branch, scratch), flush=True)
        for low, found, right in bands:
            total[low][0] += right
            total[low][1] += found
    for low, (right, found) in sorted(total.items()):
        print(f'from {low:.2f}: {right} of {found} right ({right / max(1, found):.3f})')


if __name__ == '__main__':
    main()
