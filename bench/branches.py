# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches whose backports are known: what accuracy.py, calibrate.py and sensitivity.py measure on.

SETS.tsv has a line a branch, tab-separated: project, "train" or "check", upstream argument, repository, truth table (as
`ksig evaluate` takes it), base, revision, … (one: the final tree; several: step by step), and at the end, where there is
one, changelog=FILE. Base and revisions are what git calls commits of the repository. Branches marked "check" are never
fitted to.
"""
import os
import re

ID = re.compile('^[0-9a-f]{40}$')


def truth_of(path):
    """{upstream commit, or another id of the same: (the first id of its row, revision)}"""
    with open(path, encoding='utf-8', errors='replace') as lines:
        cells = [line.rstrip('\n').split('\t') for line in lines]
    rows = [c for c in cells if ID.match(c[0])]
    truth = {c[1]: (c[0], c[2]) for c in rows if ID.match(c[1])}
    truth.update({c[0]: (c[0], c[2]) for c in rows})
    return truth


class Branch:
    def __init__(self, line):
        cells = line.rstrip('\n').split('\t')
        self.changelog = cells.pop()[len('changelog='):] if cells[-1].startswith('changelog=') else None
        self.project, self.use, self.upstream, self.repository, self.table = cells[:5]
        self.revisions = cells[5:]
        self.truth = truth_of(self.table)
        self.branch = os.path.basename(self.table).replace('.tsv', '')
        self.name = self.branch + (' revisions' if len(cells) > 7 else '') + (' changelog' if self.changelog else '')

    def kernels(self):
        """Base and revisions as ksig's arguments."""
        return [f'git:{self.repository}@{revision}' for revision in self.revisions]


def read(path):
    with open(path, encoding='utf-8') as lines:
        return [Branch(line) for line in lines if line.strip()]
