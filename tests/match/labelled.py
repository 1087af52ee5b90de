#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A small history whose backports are known: what is found of them, and how much of what is found is true, has a floor.

usage: labelled.py KSIG SYNTHESISE        TAP on standard output

The histories are bench/synthesise's: a third taken, and one in ten; each is broken down once, so that an idea of matching
that does not work any more shows in the figures, whichever it is.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG, SYNTHESISE = map(os.path.abspath, sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix='ksig-labelled.')
FLOORS = ((1500, 400, 500, .97, .90), (2000, 500, 200, .97, .85))


def make(name, commits, files, carried):
    """The repository, and the table of what its vendor carries."""
    git, table = os.path.join(ROOT, name + '.git'), os.path.join(ROOT, name + '.tsv')
    subprocess.run(['git', 'init', '-q', '--bare', git], check=True)
    with subprocess.Popen([SYNTHESISE, str(commits), str(files), str(carried), '1', table + '.planted'], stdout=subprocess.PIPE) as writer:
        subprocess.run(['git', '--git-dir', git, 'fast-import', '--quiet', '--done', f'--export-marks={table}.marks'],
                       stdin=writer.stdout, check=True)
    with open(table + '.marks', encoding='utf-8') as marks:
        ids = {mark[1:]: commit for mark, commit in map(str.split, marks)}
    with open(table + '.planted', encoding='utf-8') as planted, open(table, 'w', encoding='utf-8') as truth:
        for line in planted:
            mark, kind, subject = line.rstrip('\n').split('\t')
            print(ids[mark], kind, '-', subject, sep='\t', file=truth)
    return git, table


def main():
    for number, (commits, files, carried, precision, recall) in enumerate(FLOORS):
        git, table = make(str(number), commits, files, carried)
        workspace = os.path.join(ROOT, f'{number}.ws')
        subprocess.run([KSIG, '-w', workspace, 'breakdown', '-b', f'git:{git}@base', '-u', f'git:{git}@base..main', f'git:{git}@vendor'],
                       check=True, stdout=subprocess.DEVNULL)
        store = os.path.join(workspace, 'objects.git')
        packs, loose = os.listdir(os.path.join(store, 'objects/pack')), [f for f in os.listdir(os.path.join(store, 'objects')) if len(f) == 2]
        tap.ok(len([name for name in packs if name.endswith('.pack')]) == 1 and len(loose) < 10,
               f'{carried} of {commits}: what the series is made of is one pack', [packs, loose])
        done = subprocess.run(['git', '--git-dir', store, 'fsck', '--connectivity-only'], capture_output=True, text=True, check=False)
        tap.ok(done.returncode == 0, f'{carried} of {commits}: nothing of it is missing', done.stderr)
        said = subprocess.run([KSIG, '-w', workspace, 'evaluate', table], check=True, capture_output=True, text=True).stdout
        found = [float(re.search(word + r' ([\d.]+)', said).group(1)) for word in ('precision', 'recall')]
        tap.ok(found[0] >= precision, f'{carried} of {commits}: precision of at least {precision}', said)
        tap.ok(found[1] >= recall, f'{carried} of {commits}: recall of at least {recall}', said)
    shutil.rmtree(ROOT)
    tap.done()


main()
