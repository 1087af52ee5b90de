#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""account.py KSIG: the changelog's side and the code's side of what is open, subsystem by subsystem, and who may belong to
whom. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, fix, run, source

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-account')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE, WORKSPACE = (os.path.join(ROOT, name) for name in ('tree', 'ws'))
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit


def put(folder, name, *functions, own=()):
    os.makedirs(os.path.join(TREE, folder), exist_ok=True)
    changes = {f: fix(name, f) for f in functions}
    changes.update({f: [f'\tvendor_{name}_tweak({f * 7919});', f'\tvendor_{name}_again(it, {f * 104729});'] for f in own})
    with open(os.path.join(TREE, folder, f'{name}.c'), 'w', encoding='utf-8') as file:
        file.write(source(name, changes))


def plant():
    """Upstream's change of net/; the vendor's of mm/beta, of which two entries may tell, and of mm/gamma, of which none does."""
    for folder, name in (('net', 'alpha'), ('mm', 'beta'), ('mm', 'gamma')):
        put(folder, name)
    commit('base')
    git('tag', 'base')
    put('net', 'alpha', 2)
    commit('alpha: check it')
    git('tag', 'up')
    put('mm', 'beta', own=[3])
    put('mm', 'gamma', own=[5])
    commit('vendor')
    git('tag', 'vendor')
    with open(os.path.join(ROOT, 'changelog'), 'w', encoding='utf-8') as file:
        file.write('* Mon Jan 20 2020 A <a@example.org> [5.10-1]\n'
                   '- [net] alpha: check it (A B) [1000001]\n'
                   '- [mm] beta: tell beta_do_3() of it (A B) [1000002]\n'
                   '- [mm] beta: let beta_do_3() wait (A B) [1000003]\n'
                   '- [scsi] an entry of which there is no code (A B) [1000004]\n')


plant()
run(KSIG, '-w', WORKSPACE, 'breakdown', '-b', f'git:{TREE}@base', '-u', f'up=git:{TREE}@base..up', '--changelog',
    os.path.join(ROOT, 'changelog'), f'git:{TREE}@vendor')


def compare(*options, other='vendor'):
    return json.loads(run(KSIG, '-w', WORKSPACE, 'compare', '--format=json', *options, 'base', other))


def test_a_line_a_subsystem():
    rows = {row['subsystem']: row for row in compare('--account')}
    assert set(rows) == {'net', 'mm', '[scsi]'}, rows
    net, both, entries = rows['net'], rows['mm'], rows['[scsi]']
    assert (net['entries'], net['upstream'], net['open-entries'], net['accounted']) == (1, 1, 0, 100.0), net
    assert (both['entries'], both['open-entries'], both['open-changes'], both['accounted']) == (2, 2, 2, 0.0), both
    assert (entries['entries'], entries['open-entries'], entries['open-changes']) == (1, 1, 0), entries


def test_the_sum():
    done = subprocess.run([KSIG, '-w', WORKSPACE, 'compare', '--account', 'base', 'vendor'], capture_output=True, text=True,
                          check=True)
    assert "4 entries: 1 have an upstream patch, 0 another change, 3 no code; 2 changes" in done.stderr, done


def test_who_may_belong_to_whom():
    pairs = compare('--pairs')
    assert len(pairs) == 2 and {pair['names'] for pair in pairs} == {'beta_do_3'}, pairs
    assert len({pair['number'] for pair in pairs}) == 1 and all('beta' in pair['subject'] for pair in pairs), pairs
    assert {pair['entry'].split('(A B) ')[1] for pair in pairs} == {'[1000002]', '[1000003]'}, pairs


def test_the_site_says_the_same():
    """The shard that the page of the revision is made from: the account, both sides, and the pairs, whose index is there."""
    target = os.path.join(ROOT, 'site')
    run(KSIG, '-w', WORKSPACE, 'export', 'site', '--no-missing', target)
    with open(os.path.join(target, 'data', 'account-vendor.js'), encoding='utf-8') as file:
        text = file.read()
    head = 'ksigShard("account-vendor",'
    assert text.startswith(head) and text.endswith(');\n')
    account = json.loads(text[len(head):-len(');\n')])
    told = [(row['subsystem'], row['entries'], row['upstream'], row['others'], row['openEntries'], row['openChanges'], row['lines'])
            for row in account['rows']]
    columns = ('subsystem', 'entries', 'upstream', 'others', 'open-entries', 'open-changes', 'lines')
    assert told == [tuple(row[column] for column in columns) for row in compare('--account')], told
    assert all(len(row['open']) == row['openEntries'] and len(row['changes']) == row['openChanges'] for row in account['rows'])
    pairs = compare('--pairs')
    assert [(pair[0], pair[5], pair[6]) for pair in account['pairs']] == [(p['number'], p['entry'], p['names']) for p in pairs]
    entries = {entry[0]: entry[2] for row in account['rows'] for entry in row['open']}
    assert [entries[pair[1]] for pair in account['pairs']] == [p['entry'] for p in pairs]
    with open(os.path.join(target, 'revision-vendor.html'), encoding='utf-8') as file:
        page = file.read()
    assert 'data-shard="account-vendor"' in page and '<b>25.0 %</b><span>of the changelog accounted for' in page
    assert page.index('<noscript>') < page.index('an entry of which there is no code') < page.index('</noscript>')


def test_pairs_of_a_revision_by_a_short_name():
    assert compare('--pairs', other='vend') == compare('--pairs')


def test_only_forwards():
    done = subprocess.run([KSIG, '-w', WORKSPACE, 'compare', '--account', 'vendor', 'base'], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2 and 'is not before' in done.stderr, done


tap.each(globals())
