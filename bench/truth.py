#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the truth table of a branch out of its commit messages: which upstream commits it carries.

usage: truth.py REPOSITORY BASE..TIP FROM..TO [REVISION...]   TSV on standard output
  BASE..TIP   the branch's own commits
  FROM..TO    upstream's, the candidates
  REVISION... tags of the branch, in order: the first that holds a commit is its revision; else "-"

A commit of the branch carries the upstream commit that its message names ("cherry picked from commit ID", "[ upstream
commit ID ]", "commit ID upstream", "Upstream commit: ID", "Lustre-commit: ID"), else the one of the same author, author's
date and subject. What was reverted on the branch itself is left out. Columns: upstream commit, the branch's commit, revision, subject.
"""
import re
import subprocess
import sys

NAMED = re.compile(r'(?:cherry[ -]picked from commit|upstream commit:?|lustre-commit:?|^\s*commit)\s+([0-9a-f]{10,40})\b'
                   r'|^\s*commit\s+([0-9a-f]{10,40})\s+upstream', re.I | re.M)
REVERTS = re.compile(r'This reverts commit ([0-9a-f]{10,40})')


def git(repository, *arguments):
    return subprocess.run(['git', '-C', repository, *arguments], check=True, capture_output=True).stdout.decode('utf-8', 'replace')


def commits(repository, span):
    """[(id, (author, date, subject), message)], oldest first"""
    log = git(repository, 'log', '--no-merges', '--reverse', '--topo-order', '--format=%H%x00%an%x00%at%x00%s%x00%B%x01', span)
    rows = (record.lstrip('\n').split('\0') for record in log.split('\x01') if record.strip())
    return [(r[0], (r[1], r[2], r[3]), r[4]) for r in rows]


def revisions(repository, base, tags):
    """{commit: the first tag that holds it}"""
    of, before = {}, base
    for tag in tags:
        for name in git(repository, 'rev-list', f'{before}..{tag}').split():
            of.setdefault(name, tag)
        before = tag
    return of


def named(message, ids):
    for match in NAMED.finditer(message):
        digits = match.group(1) or match.group(2)
        if ids.get(digits[:10]):
            return ids[digits[:10]]
    return None


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    repository, branch, upstream, *tags = sys.argv[1:]
    own, theirs = commits(repository, branch), commits(repository, upstream)
    ids = {name[:10]: name for name, _, _ in theirs}
    by_author = {}
    for name, key, _ in theirs:
        by_author.setdefault(key, name)
    undone = {match[:10] for _, _, message in own for match in REVERTS.findall(message)}
    of, seen = revisions(repository, branch.split('..')[0], tags), set()
    subjects = {name: key[2] for name, key, _ in theirs}
    for name, key, message in own:
        found = named(message, ids) or by_author.get(key)
        if found and found not in seen and name[:10] not in undone:
            seen.add(found)
            print(found, name, of.get(name, '-'), subjects[found], sep='\t')


main()
