#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""words.py KSIG: what a changelog says, and what the code says, when they disagree. Prints TAP.

A vendor who takes fixes by the dozen, in the first and the third revision, and names them all; the second revision is no
release of the changelog. The first release names a fix whose lines come only with the third, and one that never comes.
"""
import atexit
import json
import os
import random
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, run

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-words')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE = os.path.join(ROOT, 'tree')
RANDOM = random.Random(7)
FILES = 40
LATE, NEVER = FILES - 2, FILES - 1
FOLLOWING = FILES + 1
LINES = {i: f'\tfixed_queue_{i}(it, {RANDOM.randrange(10**6)});' for i in range(FILES + 2)}
REPOSITORY = Repository(TREE, 2)
git, commit = REPOSITORY.git, REPOSITORY.commit


def path_of(i):
    return os.path.join(TREE, f'driver{i}.c')


def put(i, fixes):
    """A file of functions; FIXES: function -> line."""
    lines = []
    for f in range(6):
        lines += [f'int driver{i}_do_{f}(struct driver{i} *it)', '{', f'\tint value = it->driver{i}_field{f};']
        lines += [fixes[f]] if f in fixes else []
        lines += [f'\treturn driver{i}_finish{f}(it, value);', '}', '']
    with open(path_of(i), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


def subject_of(i):
    return f'driver{i}: fix the {["leak", "race", "overflow", "deadlock"][i % 4]} in queue {i}'


class Files:
    """What each file has been given so far."""

    def __init__(self):
        self.fixes = {i: {} for i in range(FILES)}
        for i in range(FILES):
            put(i, {})

    def fix(self, i, file=None):
        """Fix I goes into a file of its own, or into FILE."""
        file = i if file is None else file
        self.fixes[file][i % 6] = LINES[i]
        put(file, self.fixes[file])


def plant():
    """Upstream: a fix a file, but LATE's is the first file's. The vendor takes one in two, half of them in each revision."""
    files = Files()
    commit('base')
    git('tag', 'base')
    ids = {}
    for i in range(FILES):
        files.fix(i, 0 if i == LATE else i)
        ids[i] = commit(subject_of(i))
    files.fix(FOLLOWING, 0)
    ids[FOLLOWING] = commit(f'{subject_of(FOLLOWING)}\n\nFixes: {ids[LATE][:12]} ("{subject_of(LATE)}")')
    git('checkout', '-q', '-b', 'vendor', 'base')
    files = Files()
    for tag, taken in (('1', [*range(0, FILES // 2, 2)]), ('2', []), ('3', [*range(FILES // 2, LATE, 2)])):
        for i in taken:
            files.fix(i)
        if taken:
            files.fix(FOLLOWING if tag == '1' else LATE, 0)
        with open(os.path.join(TREE, 'vendor.txt'), 'w', encoding='utf-8') as file:
            file.write(f'made by the vendor for the time number {tag}\n')
        commit('release ' + tag)
        git('tag', '1-' + tag)
    return ids


def write_changelog(path):
    releases = {1: [*range(0, FILES // 2, 2), FOLLOWING, LATE, NEVER], 3: range(FILES // 2, LATE, 2)}
    with open(path, 'w', encoding='utf-8') as out:
        for release in (3, 1):
            out.write(f'* Mon Jan 0{release} 2024 A Vendor <v@example.org> [1-{release}.el8]\n')
            for i in releases[release]:
                tag, subject = subject_of(i).split(': ')
                out.write(f'- [{tag}] {subject} (A Vendor) [170000{i % 10}]\n')
            out.write('\n')


def main():
    ids = plant()
    changelog, workspace = os.path.join(ROOT, 'changelog'), os.path.join(ROOT, 'ws')
    write_changelog(changelog)
    run(KSIG, '-w', workspace, 'breakdown', '--base', f'git:{TREE}@base', '-u', f'git:{TREE}@base..main', '--changelog',
        changelog, f'git:{TREE}@1-1')
    exported = json.loads(run(KSIG, '-w', workspace, 'export', 'json'))
    found = {patch['upstream'] for patch in exported['patches']}
    tap.ok(not {ids[LATE], ids[NEVER]} & found, 'what is named and has left nothing is not found in the tree', found)
    run(KSIG, '-w', workspace, 'breakdown', '--changelog', changelog, f'git:{TREE}@1-2', f'git:{TREE}@1-3')
    exported = json.loads(run(KSIG, '-w', workspace, 'export', 'json'))
    found = {patch['upstream']: patch for patch in exported['patches'] if patch['upstream']}
    tap.ok(set(found) == {ids[i] for i in [*range(0, FILES, 2), FOLLOWING]}, 'all that was taken is found',
           sorted(set(found) ^ {ids[i] for i in [*range(0, FILES, 2), FOLLOWING]}))
    tap.ok(found[ids[LATE]]['revision'] == '1-3',
           'a fix that comes after its entry belongs to the revision with its lines', found[ids[LATE]])
    entries = {entry['subject']: entry['patch'] for entry in exported['changelog']}
    tap.ok(entries[subject_of(LATE).split(': ')[1]] == found[ids[LATE]]['number'], '… and its entry is told to it',
           entries)
    tap.ok({entry['revision'] for entry in exported['changelog']} == {'1-1', '1-3'},
           'no entry belongs to a revision that the changelog does not name', exported['changelog'])
    tap.ok(not entries[subject_of(NEVER).split(': ')[1]], 'the entry of what never came is told to nothing', entries)
    tap.done()


main()
