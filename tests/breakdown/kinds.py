#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kinds.py KSIG: whose a change is. What no candidate explains is unexplained, unless something says that it is the vendor's
own: an entry of the changelog, the place, or the pool that the vendor's patches come from. Prints TAP."""
import atexit
import json
import os
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, fix, run, source

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-kinds')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE, WORKSPACE, SERIES = (os.path.join(ROOT, name) for name in ('tree', 'ws', 'series'))
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit


def put(folder, name, *functions, own=()):
    os.makedirs(os.path.join(TREE, folder), exist_ok=True)
    changes = {f: fix(name, f) for f in functions}
    changes.update({f: [f'\tvendor_{name}_tweak({f * 7919});', f'\tvendor_{name}_again(it, {f * 104729});'] for f in own})
    with open(os.path.join(TREE, folder, f'{name}.c'), 'w', encoding='utf-8') as file:
        file.write(source(name, changes))


def plant():
    """Upstream changes net/; the vendor takes that, changes net/beta and far/, and has patches of his own in a series."""
    for folder, name in (('net', 'alpha'), ('net', 'beta'), ('net', 'gamma'), ('net', 'delta'), ('far', 'omega')):
        put(folder, name)
    commit('base')
    git('tag', 'base')
    put('net', 'alpha', 2)
    commit('alpha: check it')
    git('checkout', '-q', '-b', 'series', 'base')
    put('net', 'delta', 4)
    commit('delta: for our machines only')
    put('net', 'delta', 4, 6)
    commit('delta: a fix of upstream\'s\n\ncommit 0123456789abcdef0123456789abcdef01234567 upstream.')
    git('format-patch', '-q', '-o', SERIES, 'base')
    with open(os.path.join(SERIES, 'series'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(sorted(name for name in os.listdir(SERIES) if name.endswith('.patch'))) + '\n')
    put('net', 'alpha', 2)
    put('net', 'beta', own=[3])
    put('net', 'gamma', own=[5])
    put('far', 'omega', own=[1])
    for path, text in (('redhat/configs/rh_one', 'CONFIG_ONE=y\n'), ('include/linux/rh_kabi.h', '#define RH_KABI_USE(n)\n')):
        os.makedirs(os.path.dirname(os.path.join(TREE, path)), exist_ok=True)
        with open(os.path.join(TREE, path), 'w', encoding='utf-8') as file:
            file.write(text)
    commit('vendor')
    git('tag', 'vendor')
    with open(os.path.join(ROOT, 'changelog'), 'w', encoding='utf-8') as file:
        file.write('* Mon Jan 20 2020 A <a@example.org> [5.10-1]\n'
                   '- [net] RHEL-only: vendor_gamma_tweak in gamma_do_5 (B C) [1772081]\n')


def exported(workspace=WORKSPACE):
    return json.loads(run(KSIG, '-w', workspace, 'export', 'json'))


plant()
ARGUMENTS = ['breakdown', '-b', f'git:{TREE}@base', '-u', f'up=git:{TREE}@base..main', '-u', f'ours=quilt:{SERIES}', '--changelog',
             os.path.join(ROOT, 'changelog'), f'git:{TREE}@vendor']
ROW = json.loads(run(KSIG, '-w', WORKSPACE, *ARGUMENTS, '--own=ours', '--format=json'))[0]
PATCHES = exported()['patches']


def touching(path, patches=None):
    found = [p for p in patches or PATCHES if any(f['path'] == path for f in p['steps'][0]['files'])]
    assert found, (path, PATCHES)
    return found


def evidence(patch, kind):
    return [fact['text'] for fact in patch['evidence'] if fact['kind'] == kind]


def test_upstreams_is_upstreams():
    patch, = touching('net/alpha.c')
    assert patch['kind'] == 'exact' and patch['confidence'] > 0.7 and patch['fit'] is None and patch['searched'], patch


def test_unexplained_has_no_confidence():
    patch, = touching('net/beta.c')
    assert (patch['kind'], patch['confidence'], patch['source']) == ('unexplained', None, None) and patch['searched'], patch
    assert not evidence(patch, 'vendor') and not evidence(patch, 'unsearched')


def test_not_searched_is_said():
    patch, = touching('far/omega.c')
    assert patch['kind'] == 'unexplained' and not patch['searched'] and evidence(patch, 'unsearched'), patch
    rows = json.loads(run(KSIG, '-w', WORKSPACE, 'list', '-k', 'unexplained', '-f', 'json'))
    assert {(row['searched'], row['confidence']) for row in rows} == {('not searched', None), (None, None)}, rows


def test_the_changelogs_word():
    patch, = touching('net/gamma.c')
    assert patch['kind'] == 'vendor' and 'RHEL-only' in evidence(patch, 'vendor')[0], patch
    assert patch['confidence'] is None and 0 < patch['fit'] <= 1, patch


def test_the_place():
    for path in ('redhat/configs/rh_one', 'include/linux/rh_kabi.h'):
        patch, = touching(path)
        assert patch['kind'] == 'vendor' and path in evidence(patch, 'vendor')[0], patch


def test_the_pool_of_the_vendor():
    kinds = {p['subject']: (p['kind'], p['source'], p['confidence'] is not None) for p in touching('net/delta.c')}
    assert kinds == {'delta: for our machines only': ('vendor', 'ours', True),
                     "delta: a fix of upstream's": ('exact', 'ours', True)}, kinds


def test_lines():
    explained, vendor, unexplained = (int(ROW[name]) for name in ('explained-lines', 'vendor-lines', 'unexplained-lines'))
    assert explained + vendor + unexplained == int(ROW['changed-lines']), ROW
    assert (explained, vendor, unexplained) == (4, 6, 4), ROW
    assert exported()['revisions'][1]['explained_lines'] == 4


def test_share_of_the_changelog():
    import subprocess
    done = subprocess.run([KSIG, '-w', WORKSPACE, 'compare', 'base', 'vendor'], capture_output=True, text=True, check=True)
    assert "1 changelog entries between them: 0 have an upstream patch, 1 another change (100.0 %" in done.stderr, done


def numbers(*options):
    return {row['number'] for row in json.loads(run(KSIG, '-w', WORKSPACE, 'list', '-f', 'json', *options))}


def test_a_repeated_option_adds():
    assert numbers('-k', 'exact', '-k', 'vendor') == numbers('-k', 'exact') | numbers('-k', 'vendor') != numbers('-k', 'vendor')
    assert numbers('-s', 'up', '-s', 'ours') == numbers('-s', 'up') | numbers('-s', 'ours') != numbers('-s', 'ours')
    assert numbers('-p', 'far', '-p', 'net/beta.c') == numbers('-p', 'far') | numbers('-p', 'net/beta.c')
    assert numbers('-p', '*/rh_*') == numbers('-p', 'redhat') | numbers('-p', 'include/linux/rh_kabi.h')
    run(KSIG, '-w', WORKSPACE, 'list', '-k', 'exact', '-k', 'exakt', status=2)


def test_min_confidence_leaves_them_out():
    rows = json.loads(run(KSIG, '-w', WORKSPACE, 'list', '--min-confidence=0.01', '-f', 'json'))
    assert rows and all(row['confidence'] for row in rows), rows


def test_own_has_to_be_an_upstream():
    run(KSIG, '-w', os.path.join(ROOT, 'other'), *ARGUMENTS, '--own=theirs', status=2)


def test_an_older_catalog_is_migrated():
    """A catalog in which what remained was the vendor's, with a confidence of 1 or the fit of an entry."""
    old = os.path.join(ROOT, 'old')
    shutil.copytree(WORKSPACE, old, symlinks=True)
    with sqlite3.connect(os.path.join(old, 'catalog.db')) as database:
        version, = database.execute('PRAGMA user_version').fetchone()
        names = [row[1] for row in database.execute('PRAGMA table_info(patch)') if row[1] != 'fit']
        database.executescript(
            'PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;'
            f"CREATE TABLE old_patch AS SELECT {', '.join(names)} FROM patch;"
            "UPDATE old_patch SET confidence = 1, kind = 'vendor' WHERE confidence IS NULL;"
            'DROP TABLE patch; ALTER TABLE old_patch RENAME TO patch; ALTER TABLE upstream DROP COLUMN own;'
            f'PRAGMA user_version = {version - 1};')
    database.close()
    patches = exported(old)['patches']
    remaining = {p['kind'] for p in patches if p['source'] is None}
    assert remaining == {'unexplained'} and all(p['confidence'] is None for p in patches if p['source'] is None), patches
    assert touching('net/gamma.c', patches)[0]['fit'] == 1


def test_the_workspace_of_a_folder_above():
    above = os.path.join(ROOT, 'above')
    os.makedirs(os.path.join(above, 'in', 'it'))
    shutil.copytree(WORKSPACE, os.path.join(above, 'ksig.ws'), symlinks=True)
    assert run(KSIG, 'list', cwd=os.path.join(above, 'in', 'it')) == run(KSIG, '-w', WORKSPACE, 'list')


tap.each(globals())
