#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""proportions.py REPOSITORY BASE TIP TRUTH [UPSTREAM-REPOSITORY]: how a branch's true backports differ from upstream's commits.

TRUTH is a table as `ksig evaluate` takes it, with the branch's commit in the second column. Prints, for each kind, the
number and share of backports; bench/synthesise-plan.c plants its picks in these proportions.

  exact       the same changed lines among the same surrounding lines
  context     the same changed lines, other surroundings
  partial     no line of its own, and a whole hunk of upstream's is absent
  adapted     changed lines of its own
  reverted    of all: the branch reverts it later
  superseded  of all: not reverted, and less than a fifth of its telling lines stand in the final difference
"""
import collections
import re
import subprocess
import sys

WORD = re.compile(rb'[0-9A-Za-z_]')


def git(repository, *argv, stdin=None):
    return subprocess.run(['git', '-C', repository, *argv], input=stdin, stdout=subprocess.PIPE, check=True).stdout


def telling(line):
    return b''.join(line.split()) if WORD.search(line) else b''


class Change:
    def __init__(self):
        self.hunks = []      # a Counter of changed lines each
        self.context = []
        self.in_files = collections.Counter()  # changed lines with the base names of their files

    def lines(self):
        return sum(self.hunks, collections.Counter())


def read_diff(change, lines):
    name = b''
    for line in lines:
        if line.startswith(b'@@'):
            change.hunks.append(collections.Counter())
        elif line.startswith((b'--- ', b'+++ ')):
            name = line.rsplit(b'/', 1)[-1] if not line.endswith(b'/dev/null') else name
        elif line[:1] in (b'+', b'-') and change.hunks and telling(line[1:]):
            change.hunks[-1][line[:1] + telling(line[1:])] += 1
            change.in_files[name, line[:1] + telling(line[1:])] += 1
        elif line[:1] == b' ' and telling(line):
            change.context.append(telling(line))
    return change


def changes(repository, commits):
    """The changes of COMMITS, by id."""
    out = git(repository, 'log', '--no-walk=unsorted', '--stdin', '-p', '-M', '--format=%x01%H%n%B%x02',
              stdin='\n'.join(commits).encode())
    found = {}
    for record in out.split(b'\n\1' if out[:1] != b'\1' else b'\1'):
        if not record:
            continue
        head, _, diff = record.partition(b'\2')
        found[head.partition(b'\n')[0].decode()] = read_diff(Change(), diff.split(b'\n'))
    return found


def kind_of(upstream, branch):
    ours, theirs = branch.lines(), upstream.lines()
    if ours == theirs:
        return 'exact' if upstream.context == branch.context else 'context'
    if not ours - theirs and any(hunk and not hunk & ours for hunk in upstream.hunks):
        return 'partial'
    return 'adapted'


def main():
    repository, base, tip, table = sys.argv[1:5]
    upstream_repository = sys.argv[5] if len(sys.argv) > 5 else repository
    pairs = []
    for line in open(table, encoding='utf-8', errors='replace'):
        cells = line.rstrip('\n').split('\t')
        if re.fullmatch('[0-9a-f]{40}', cells[0]) and re.fullmatch('[0-9a-f]{40}', cells[1]):
            pairs.append(cells[:2])
    upstream = changes(upstream_repository, sorted({p[0] for p in pairs}))
    branch = changes(repository, sorted({p[1] for p in pairs}))
    log = git(repository, 'log', '--format=%B', f'{base}..{tip}')
    reverted = {m.decode()[:12] for m in re.findall(rb'This reverts commit\s+([0-9a-f]{12,40})', log)}
    final = read_diff(Change(), git(repository, 'diff', '-M', base, tip).split(b'\n')).in_files
    counts = collections.Counter()
    total = 0
    for up, own in pairs:
        if up not in upstream or own not in branch or not upstream[up].lines():
            continue
        total += 1
        counts[kind_of(upstream[up], branch[own])] += 1
        lines = branch[own].in_files
        stand = sum((lines & final).values())
        if own[:12] in reverted or up[:12] in reverted:
            counts['reverted'] += 1
        elif stand * 5 < sum(lines.values()):
            counts['superseded'] += 1
    print(f'{total} backports with lines that tell something, of {len(pairs)}')
    for kind in ('exact', 'context', 'partial', 'adapted', 'reverted', 'superseded'):
        print(f'{kind:10} {counts[kind]:6} {100 * counts[kind] / total:6.1f} %')


main()
