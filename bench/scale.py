#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scale.py KSIG SYNTHESISE SCRATCH [COMMITS [FILES [CARRIED [TAG...]]]]: what a breakdown costs by the number of candidates.

Makes a history with bench/synthesise below SCRATCH (once; it stays), and lets ksig index and break down its vendor
tree with a tenth, three tenths and all of the commits as candidates (or up to each TAG), and once more with a changelog
that names what is carried among 112,000 entries (or seven for one carried). Prints processor seconds, seconds, the highest memory of ksig and of
the git processes it runs, and precision and recall against what was planted.
"""
import os
import random
import re
import shutil
import subprocess
import sys

from measure import mib, run

KSIG, SYNTHESISE, SCRATCH = map(os.path.abspath, sys.argv[1:4])
COMMITS, FILES, CARRIED = (list(map(int, sys.argv[4:7])) + [500000, 70000, 17000][len(sys.argv[4:7]):])[:3]
ENTRIES = max(112000 * CARRIED // 17000, CARRIED)
NAME = os.path.join(SCRATCH, f'history-{COMMITS}')
GIT = NAME + '.git'


def git(*argv):
    return subprocess.run(['git', '--git-dir', GIT, *argv], check=True, capture_output=True, text=True).stdout


def make():
    print(f'writing {COMMITS} commits over {FILES} files', file=sys.stderr)
    subprocess.run(['git', 'init', '-q', '--bare', GIT], check=True)
    with subprocess.Popen([SYNTHESISE, str(COMMITS), str(FILES), str(CARRIED), '1', NAME + '.planted'],
                          stdout=subprocess.PIPE) as writer:
        subprocess.run(['git', '--git-dir', GIT, 'fast-import', '--quiet', '--done', f'--export-marks={NAME}.marks'],
                       stdin=writer.stdout, check=True)
    with open(NAME + '.marks', encoding='utf-8') as marks:
        ids = {mark[1:]: commit for mark, commit in map(str.split, marks)}
    with open(NAME + '.planted', encoding='utf-8') as planted, open(NAME + '.tsv', 'w', encoding='utf-8') as truth:
        for line in planted:
            mark, kind, subject = line.rstrip('\n').split('\t')
            print(ids[mark], kind, '-', subject, sep='\t', file=truth)
    os.unlink(NAME + '.marks')
    os.unlink(NAME + '.planted')


def write_changelog(truth):
    """A %changelog in el8's grammar: what is carried, among entries that no candidate has."""
    dice = random.Random(1)
    entries = [line.rstrip('\n').split('\t')[3] for line in truth if dice.random() < 0.95]
    entries += [f'redhat: change of the vendor, number {i}' for i in range(ENTRIES - len(entries))]
    dice.shuffle(entries)
    with open(NAME + '.changelog', 'w', encoding='utf-8') as out:
        for start in range(0, len(entries), 500):
            print(f'* Mon Jan 20 2020 A Vendor <v@example.org> [4.18.0-{1 + (len(entries) - start) // 500}.el8]', file=out)
            for number, entry in enumerate(entries[start:start + 500]):
                print(f'- [part] {entry} (A Vendor) [{1700000 + start + number}]', file=out)
            print(file=out)


def restrict(truth, tag):
    window = set(git('rev-list', f'base..{tag}').split())
    path = NAME + '.window.tsv'
    with open(path, 'w', encoding='utf-8') as out:
        out.writelines(line for line in truth if line[:40] in window)
    return path


def say(what, candidates, cost):
    print(f'{what:10} {candidates:8} {cost.cpu:9.1f} {cost.own:8.1f} {cost.wall:8.1f} {1e6 * cost.cpu / candidates:8.0f}'
          f' {mib(cost.memory):>10} {mib(cost.children):>10} {mib(cost.together):>10}', flush=True)


def measure(tag, truth, *extra):
    candidates = int(git('rev-list', '--count', '--no-merges', f'base..{tag}'))
    workspace = NAME + '.ws'
    shutil.rmtree(workspace, ignore_errors=True)
    ksig = [KSIG, '-w', workspace]
    say('index', candidates, run([*ksig, 'upstream', 'add', f'up=git:{GIT}@base..{tag}']))
    done = run([*ksig, 'breakdown', '--base', f'git:{GIT}@base', *extra, f'git:{GIT}@vendor'])
    say('breakdown', candidates, done)
    score = run([*ksig, 'evaluate', restrict(truth, tag)]).output
    print('           ' + '; '.join(score.splitlines()[:2]), flush=True)
    print('           ' + ' '.join(done.output.splitlines()[0].split()))
    print('           ' + ' '.join(done.output.splitlines()[1].split()), flush=True)
    shutil.rmtree(workspace)


def main():
    if not os.path.exists(NAME + '.tsv'):
        shutil.rmtree(GIT, ignore_errors=True)
        make()
    with open(NAME + '.tsv', encoding='utf-8') as handle:
        truth = handle.readlines()
    write_changelog(truth)
    tags = sorted(git('tag', '--list', 'first-*').split(), key=lambda tag: int(re.sub(r'\D', '', tag)))
    print('what       candidates  CPU-s  ksig-CPU  seconds  µs/cand.       ksig        git   together', flush=True)
    for tag in sys.argv[7:] or tags + ['main']:
        measure(tag, truth)
    if sys.argv[7:]:
        return
    print(f'with a changelog of {ENTRIES} entries', flush=True)
    measure('main', truth, '--changelog', NAME + '.changelog')


main()
