#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""layouts.py KSIG: one vendor, handed over as source RPMs, as folders and as git revisions: the same breakdown. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from smallkernel import Tree, make_srpm, run
import tap

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-layouts')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)

CHANGELOG = {
    1: '''* Mon Jan 20 2020 A Vendor <v@example.org> [4.18.0-1.el8]
- [drivers] alpha: check the first thing (A Vendor) [1700001] {CVE-2020-0001}
- [drivers] beta: check the second thing (A Vendor) [1700002]

'''}
CHANGELOG[2] = '''* Tue Jan 21 2020 A Vendor <v@example.org> [4.18.0-2.el8]
- [drivers] gamma: check the third thing (A Vendor) [1700003]
- [drivers] delta: what nobody did (A Vendor) [1700004]

''' + CHANGELOG[1]


def plant():
    tree = Tree(os.path.join(ROOT, 'tree'), ['alpha', 'beta', 'gamma', 'delta'])
    tree.commit('base')
    tree.git('tag', 'v4.18')
    ids = {}
    for subject, change in (('alpha: check the first thing', ('alpha', 2)), ('beta: check the second thing', ('beta', 5)),
                            ('beta: not for vendors', ('beta', 1)), ('gamma: check the third thing', ('gamma', 4))):
        ids[subject.split(':')[0] if 'not' not in subject else 'decoy'] = tree.commit(subject, change)
    tree.git('checkout', '-q', '-b', 'vendor', 'v4.18')
    tree.changes = set()
    tree.commit('first', ('alpha', 2))
    tree.commit('second', ('beta', 5))
    tree.git('tag', 'r1')
    tree.commit('third', ('gamma', 4))
    tree.git('tag', 'r2')
    return tree, ids


def make_kernels(tree):
    """Layout -> (the two kernels, options of ksig breakdown)."""
    folders = []
    changelog = os.path.join(ROOT, 'changelog')
    with open(changelog, 'w', encoding='utf-8') as file:
        file.write(CHANGELOG[2])
    for revision in ('r1', 'r2'):
        folders.append(os.path.join(ROOT, 'folder-' + revision))
        os.makedirs(folders[-1])
        run('git', 'archive', '-o', folders[-1] + '.tar', revision, cwd=tree.path)
        run('tar', 'xf', folders[-1] + '.tar', '-C', folders[-1], cwd=ROOT)
    kernels = {'folders': (folders, ['--changelog', changelog]),
               'git revisions': ([f'git:{tree.path}@r1', f'git:{tree.path}@r2'], ['--changelog', changelog])}
    if shutil.which('rpmbuild'):
        kernels['source RPMs'] = ([make_srpm(ROOT, 1, tree.path, 'r1', CHANGELOG[1], 'second.patch'),
                                   make_srpm(ROOT, 2, tree.path, 'r2', CHANGELOG[2])], [])
    return kernels


def break_down(layout, tree, ids, kernels, options):
    workspace = os.path.join(ROOT, 'ws ' + layout)
    ksig = [KSIG, '-w', workspace]
    done = json.loads(run(*ksig, 'breakdown', '--base', f'git:{tree.path}@v4.18', '-u',
                          f'up=git:{tree.path}@v4.18..main', '--format=json', *options, *kernels, cwd=ROOT))
    trees = [run('git', 'rev-parse', revision + '^{tree}', cwd=tree.path) for revision in ('r1', 'r2')]
    tap.ok([revision['tree'] for revision in done] == trees, f'{layout}: the trees are the vendor\'s', done)
    exported = json.loads(run(*ksig, 'export', 'json', cwd=ROOT))
    labels = [revision['label'] for revision in exported['revisions']]
    found = {patch['upstream']: patch['revision'] for patch in exported['patches']}
    wanted = {ids['alpha']: labels[1], ids['beta']: labels[1], ids['gamma']: labels[2]}
    tap.ok(found == wanted, f'{layout}: each patch with the revision that brought it', (found, wanted, labels))
    numbers = {patch['upstream']: patch['number'] for patch in exported['patches']}
    entries = {entry['subject'].split(':')[0]: entry['patch'] for entry in exported['changelog']}
    wanted = {name: numbers[ids[name]] for name in ('alpha', 'beta', 'gamma')}
    tap.ok(entries == wanted | {'delta': None}, f'{layout}: each entry with its patch, and one without', entries)
    if layout == 'source RPMs':
        tap.ok(labels[1:] == ['4.18.0-1.el8', '4.18.0-2.el8'], f'{layout}: called as the packages are', labels)
    cves = run(*ksig, 'list', '--cve', 'CVE-2020-0001', '--format=tsv', '--columns=upstream', cwd=ROOT)
    tap.ok(cves.split('\n')[1:] == [ids['alpha']], f'{layout}: the entry\'s CVE is the patch\'s', cves)


def break_down_from_srpm(tree, kernels):
    """A vendor kernel as the base: what its changelog says is in the base, not open in the next."""
    workspace = os.path.join(ROOT, 'ws-base')
    run(KSIG, '-w', workspace, 'breakdown', '--base', kernels[0], '-u', f'up=git:{tree.path}@v4.18..main', kernels[1],
        cwd=ROOT)
    exported = json.loads(run(KSIG, '-w', workspace, 'export', 'json', cwd=ROOT))
    tap.ok(len(exported['patches']) == 1, 'a source RPM as the base: one patch', exported['patches'])
    new = [entry['subject'] for entry in exported['changelog'] if entry['revision'] == '4.18.0-2.el8']
    tap.ok(len(new) == 2, 'a source RPM as the base: its entries are not new in the next', exported['changelog'])


def call_otherwise(tree, folders):
    """Two folders of one name are two revisions if they are called so; and what cannot be read is called as the user did."""
    workspace = os.path.join(ROOT, 'ws-names')
    here = [shutil.copytree(folder, os.path.join(ROOT, f'names-{i}', 'linux')) for i, folder in enumerate(folders)]
    base = ('--base', f'git:{tree.path}@v4.18', '-u', f'up=git:{tree.path}@v4.18..main')

    def refused(*arguments):
        done = subprocess.run([KSIG, '-w', workspace, 'breakdown', *arguments], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr.strip().split('\n')[-1]

    tap.ok(refused(*base, *here) == (3, f'ksig: {here[1]}: revision linux is in the workspace with another tree '
                                        f'(NAME={here[1]} calls this one otherwise)'), 'two folders of one name: said', refused(*here))
    run(KSIG, '-w', workspace, 'breakdown', f'second={here[1]}', cwd=ROOT)
    labels = [row['revision'] for row in json.loads(run(KSIG, '-w', workspace, 'revisions', '-f', 'json', cwd=ROOT))]
    tap.ok(labels == ['v4.18', 'linux', 'second'], 'and called otherwise', labels)
    for argument, says in ((f'git:{tree.path}@nowhere', 'nowhere: no such revision there'),
                           (f'git:{tree.path}@v4.18^{{tree}}', 'v4.18^{tree}: a commit expected, and not a tree')):
        tap.ok(refused(argument) == (3, f'ksig: {argument}: {says}'), f'said: {says}', refused(argument))
    said = refused('-u', f'git:{tree.path}@nowhere..main', here[0])
    tap.ok(said == (3, f'ksig: {tree.path}: nowhere: no such revision there'), 'of an upstream, too', said)


def main():
    tree, ids = plant()
    kernels = make_kernels(tree)
    for layout, (paths, options) in kernels.items():
        break_down(layout, tree, ids, paths, options)
    call_otherwise(tree, kernels['folders'][0])
    if 'source RPMs' in kernels:
        break_down_from_srpm(tree, kernels['source RPMs'][0])
    else:
        tap.ok(True, 'source RPMs # SKIP rpmbuild is not here')
    tap.done()


main()
