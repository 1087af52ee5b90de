#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ambiguous.py KSIG: candidates that could be each other, and what is said of them. Prints TAP."""
import atexit
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, run

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-ambiguous')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE = os.path.join(ROOT, 'tree')
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit


def put(name, changes):
    """A file of eight functions; CHANGES: function -> lines put into it."""
    lines = [f'/* {name} */']
    for f in range(8):
        lines += [f'int {name}_do_{f}(struct {name} *it)', '{', f'\tint value_{f} = it->{name}_field{f};',
                  *changes.get(f, []), f'\treturn {name}_finish{f}(it, value_{f});', '}', '']
    with open(os.path.join(TREE, name + '.c'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


THERE_AND_BACK = {2: ['\tthere_and_back(it, 4711);', '\tthere_again(it, 4712);']}
TWIN = {4: ['\tfix_in_two_branches(it, 1);', '\tfix_in_both_branches(it, 2);']}


def plant():
    for name in ('one', 'two', 'three'):
        put(name, {})
    commit('base')
    git('tag', 'base')
    ids = {}
    put('one', THERE_AND_BACK)
    ids['first'] = commit('one: there')
    put('one', {})
    ids['revert'] = commit('one: and back')
    put('one', THERE_AND_BACK)
    ids['again'] = commit('one: there again')
    put('two', TWIN)
    ids['twin'] = commit('two: a fix')
    git('checkout', '-q', '-b', 'stable', 'base')
    put('two', TWIN)
    ids['stable'] = commit('two: a fix')
    git('checkout', '-q', '-b', 'vendor', 'base')
    put('one', THERE_AND_BACK)
    put('two', TWIN)
    commit('vendor')
    return ids


def breakdown(workspace, *upstreams):
    argv = [KSIG, '-w', os.path.join(ROOT, workspace), 'breakdown', '--base', f'git:{TREE}@base']
    for upstream in upstreams:
        argv += ['-u', upstream]
    run(*argv, f'git:{TREE}@vendor')
    exported = json.loads(run(KSIG, '-w', os.path.join(ROOT, workspace), 'export', 'json'))
    return {patch['upstream']: patch for patch in exported['patches']}


def facts(patch, kind):
    return ' '.join(fact['text'] for fact in (patch or {}).get('evidence', []) if fact['kind'] == kind)


def main():
    ids = plant()
    patches = breakdown('ws', f'mainline=git:{TREE}@base..main', f'stable=git:{TREE}@base..stable')
    rivals = [ids['first'], ids['again']]
    chosen = [commit_id for commit_id in rivals if commit_id in patches]
    tap.ok(sum(patches[commit_id]['added'] > 0 for commit_id in chosen) <= 1,
           'of a change made twice at most one commit owns the lines', patches)
    owner = next((patches[c] for c in chosen if patches[c]['added'] > 0), None) or patches.get(None)
    others = [commit_id for commit_id in rivals if patches.get(commit_id) is not owner]
    tap.ok(others and all(o in facts(owner, 'alternative') for o in others), 'the other is an alternative',
           (owner, others))
    twin = patches.get(ids['twin'])
    tap.ok(twin and ids['stable'] not in patches, 'a change in two pools is one patch, from the first', patches)
    tap.ok(ids['stable'] in facts(twin, 'twin') and 'stable' in facts(twin, 'twin'),
           'its twin in the other pool is shown as another source', twin)
    listed = run(KSIG, '-w', os.path.join(ROOT, 'ws'), 'list', '--ambiguous', '--format=json',
                 '--columns=number,alternatives')
    alternatives = {row['number']: int(row['alternatives']) for row in json.loads(listed)}
    tap.ok(alternatives.get(owner['number'], 0) >= 1, 'ksig list --ambiguous has it', listed)
    tap.ok(twin['number'] not in alternatives, 'and not what is clear', listed)
    shown = run(KSIG, '-w', os.path.join(ROOT, 'ws'), 'show', str(owner['number']))
    tap.ok(all(o in shown for o in others), 'ksig show names the alternatives', shown)
    tap.done()


main()
