#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the weights of src/match/model.tsv from branches whose backports are known.

usage: calibrate.py FEATURES SETS.tsv WORKSPACES [--cross | --score MODEL] [--version VERSION] [--jobs N]
  FEATURES      the program built from bench/features.c
  SETS.tsv      the branches (see branches.py); those with a changelog are left out
  WORKSPACES    a folder in which each branch has a workspace
  --cross       leave one project with all its parts out at a time and score it with the weights of the others
  --score FILE  no fit: score every branch with this model
  --version V   of the model that is made, "model.tsv" in the current folder (one more than the program's own has)

Parameters, products and meanings are those of src/match/model.tsv. Branches marked "check" are never fitted to, only
scored. The labels of such tables have noise: backports that nobody labelled are counted as none. Scores are those of
the weights alone, without what rounds.c adds to them. fit.py says how they are fitted. Needs numpy and scipy.
"""
import argparse
import collections
import concurrent.futures
import os
import subprocess

import numpy as np

import branches
import fit
import model

REFITS = 2
SURELY_NOT = 0.005  # of the many candidates that are believed in less than this, one in THIN is looked at …
THIN = 8  # … and weighs as much as so many
BALANCE = 0.5  # by which power of its known backports a branch's examples weigh less, and of its branches a project's
THRESHOLD = float(model.Model().parameters['threshold'])
THRESHOLDS = (0.5, 0.6, THRESHOLD, 0.8, 0.85, 0.9)
BANDS = (THRESHOLD, 0.85, 0.95, 1.01)


def probability(log_odds):
    return 1 / (1 + np.exp(-np.clip(log_odds, -50, 50)))


class Branch(branches.Branch):
    """A set of SETS.tsv, and where its workspace is."""

    def __init__(self, branch, place):
        self.__dict__.update(branch.__dict__)
        self.workspace = os.path.join(place, self.branch)

    def features(self, program, path):
        """{round: (features, labels, ids, steps, weights, imported)} of the rounds that are fitted to, with the model at PATH"""
        os.makedirs(self.workspace, exist_ok=True)
        asked = model.Model(path)
        rounds = int(asked.parameters['rounds'])
        out = subprocess.run([program, self.workspace, self.upstream, self.repository, path, *self.revisions], check=True,
                             stdout=subprocess.PIPE).stdout
        kind = np.dtype([('id', 'V20'), ('step', '<u4'), ('round', '<u4'), ('import', '<u4'), ('p', '<f4'),
                         ('x', '<f4', (len(asked.features),))])
        rows = np.frombuffer(out, dtype=kind)
        return {r: self.labelled(rows[rows['round'] == r]) for r in {0, rounds}}

    def labelled(self, rows):
        ids = np.array([bytes(i).hex() for i in rows['id']])
        steps = rows['step']
        labels = np.array([self.label(i, s) for i, s in zip(ids, steps)], dtype=np.int8)
        labels[rows['import'] > 0] = -1
        weights = np.ones(len(rows), dtype=np.float32)
        if len(rows) and rows['round'][0] > 0:
            thick = (labels == 0) & (rows['p'] < SURELY_NOT)
            chosen = thick & (np.frombuffer(rows['id'].tobytes(), np.uint8)[::20] % THIN == 0)
            weights[chosen] = THIN
            keep = ~thick | chosen
            rows, labels, ids, steps, weights = (a[keep] for a in (rows, labels, ids, steps, weights))
        return rows['x'].copy(), labels, ids, steps, weights, rows['import'] > 0

    def label(self, commit, step):
        """1: carried from this step on; 0: not; -1: an earlier step has it, and the table says nothing of this one; or an import contains it."""
        if len(self.revisions) == 2:
            return int(commit in self.truth)
        revision = self.truth.get(commit, ('', ''))[1]
        if revision not in self.revisions:
            return 0
        when = self.revisions.index(revision) - 1
        return -1 if when < step else int(when == step)


def fitted(names, parts, limit):
    x, y, w = (np.concatenate([p[k][p[1] >= 0] for p in parts]) for k in range(3))
    return list(fit.fit(names, x, y.astype(float), w.astype(float), limit))


def balanced(branches, found, last):
    """What to fit to: neither a branch with many backports nor a project with many branches drowns the others."""
    of_project = collections.Counter(branch.project for branch in branches)
    parts = []
    for branch, seen in zip(branches, found):
        x, labels, _, _, weights, _ = seen[last]
        known = max(1, int((labels == 1).sum()))
        share = known ** -BALANCE * of_project[branch.project] ** -BALANCE
        parts.append((x, labels, weights * share))
    return parts


class Calibration:
    def __init__(self, arguments):
        self.program = arguments.features
        self.pool = concurrent.futures.ThreadPoolExecutor(arguments.jobs)
        self.model = model.Model()
        self.model.version = arguments.version or str(int(self.model.version) + 1)

    def gather(self, branches, path):
        return list(self.pool.map(lambda b: b.features(self.program, path), branches))

    def train(self, branches, path):
        made = self.model.copy()
        rounds = int(made.parameters['rounds'])
        made.alone, made.together = [0] * len(made.alone), [0] * len(made.together)
        limit = float(made.parameters['habits'])
        once = made.copy(rounds='1')  # weights of zero: only the first round's features mean anything
        first = self.gather(branches, once.write(path))
        alone = made.features[:len(made.alone)]
        once.alone = made.alone = fitted(alone, [(f[0][0][:, :len(alone)], f[0][1], f[0][4]) for f in first], limit)
        made.together = fitted(made.features, balanced(branches, self.gather(branches, once.write(path)), 1), limit)
        for _ in range(REFITS):
            found = self.gather(branches, made.write(path))
            made.together = fitted(made.features, balanced(branches, found, rounds), limit)
        made.write(path)

    def score(self, branches, path):
        scored = model.Model(path)
        for branch, found in zip(branches, self.gather(branches, path)):
            print_score(branch, found[int(scored.parameters['rounds'])], scored)


def whole(branch):
    """The project that BRANCH is of, "project/part" or "project"."""
    return branch.project.partition('/')[0]


def print_score(branch, last, scored):
    x, y, ids, steps, _, imported = last
    p = probability(fit.ask(scored.features, x, np.array(scored.together), float(scored.parameters['habits'])))
    rows = len({row for row, _ in branch.truth.values()})
    cells = []
    for threshold in THRESHOLDS:
        chosen = {}
        for i in np.flatnonzero((p >= threshold) & ~imported):
            chosen.setdefault(ids[i], steps[i])
        right = [i for i in chosen if i in branch.truth]
        cells.append('%.2f: %.4f/%.4f' % (threshold, len(right) / max(1, len(chosen)), len({branch.truth[i][0] for i in right}) / rows))
    chosen = {}
    for i in np.flatnonzero((p >= THRESHOLD) & ~imported):
        chosen.setdefault(ids[i], y[i])
    right = [i for i in chosen if i in branch.truth]
    if len(branch.revisions) > 2:
        cells.append('revision right %.4f' % (sum(chosen[i] == 1 for i in right) / max(1, len(right))))
    known = y >= 0
    bands = ['%.2f: %d/%d' % (low, y[known & (p >= low) & (p < high)].sum(), (known & (p >= low) & (p < high)).sum())
             for low, high in zip(BANDS, BANDS[1:])]
    print('%-24s' % branch.name, branch.use, '  P/R', ' '.join(cells), '  right of', ' '.join(bands), flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('features')
    parser.add_argument('sets')
    parser.add_argument('workspaces')
    parser.add_argument('--cross', action='store_true')
    parser.add_argument('--score')
    parser.add_argument('--version')
    parser.add_argument('--jobs', type=int, default=2)
    arguments = parser.parse_args()
    known = [Branch(branch, arguments.workspaces) for branch in branches.read(arguments.sets) if not branch.changelog]
    calibration = Calibration(arguments)
    training = [b for b in known if b.use == 'train']
    if arguments.score:
        calibration.score(known, arguments.score)
    elif arguments.cross:
        for project in sorted({whole(b) for b in training}):
            calibration.train([b for b in training if whole(b) != project], 'model-cross.tsv')
            calibration.score([b for b in known if whole(b) == project], 'model-cross.tsv')
    else:
        calibration.train(training, 'model.tsv')
        calibration.score(known, 'model.tsv')


if __name__ == '__main__':
    main()
