#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the weights of src/breakdown/model-weights.c from branches whose backports are known.

usage: calibrate.py FEATURES SETS.tsv WORKSPACE [--cross]
  FEATURES   the program built from bench/features.c
  SETS.tsv   a line a branch: project, upstream argument, repository, base, tip, truth table
             (tab-separated; a truth table is as `ksig evaluate` takes it)
  --cross    leave one project out at a time and score it with the weights of the others

The labels of such tables have noise: backports that nobody labelled are counted as none. A candidate that the model
is surer than 0.9 of, against its label, is left out of the next fit (twice). Needs numpy and scikit-learn.
"""
import re
import subprocess
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

ROUNDS = 4
REFITS = 3
NOISE = 0.9
ID = re.compile('^[0-9a-f]{40}$')


def truth_of(path):
    with open(path, encoding='utf-8', errors='replace') as lines:
        return {line.split('\t')[0] for line in lines if ID.match(line.split('\t')[0])}


class Branch:
    def __init__(self, line):
        self.project, *self.arguments, table = line.rstrip('\n').split('\t')
        self.truth = truth_of(table)

    def features(self, weights, rounds):
        out = subprocess.run([sys.argv[1], sys.argv[3], *self.arguments, weights, str(rounds)], check=True,
                             capture_output=True, text=True).stdout
        found = {}
        for line in out.splitlines():
            commit, round_, _, *values = line.split('\t')
            ids, rows = found.setdefault(int(round_), ([], []))
            ids.append(commit)
            rows.append(list(map(float, values)))
        return {r: (np.array(rows, dtype=np.float32), np.array([i in self.truth for i in ids]))
                for r, (ids, rows) in found.items()}


def fit(parts):
    x = np.vstack([p[0] for p in parts])
    y = np.concatenate([p[1] for p in parts])
    mean, spread = x.mean(0), x.std(0)
    spread[spread == 0] = 1
    mean[0] = 0
    z = (x - mean) / spread
    z[:, 0] = 1
    weights = LogisticRegression(max_iter=3000, fit_intercept=False).fit(z, y).coef_[0]
    raw = weights / spread
    raw[0] = weights[0] - (weights[1:] * mean[1:] / spread[1:]).sum()
    return raw


def fit_without_noise(parts):
    clean = parts
    for _ in range(3):
        weights = fit(clean)
        clean = []
        for x, y in parts:
            keep = ~((1 / (1 + np.exp(-x @ weights)) > NOISE) & ~y)
            clean.append((x[keep], y[keep]))
    return weights


def save(path, alone, together):
    with open(path, 'w', encoding='utf-8') as out:
        for weights in (alone, together):
            print(*('%.6f' % w for w in weights), file=out)


def train(branches, path):
    first = [b.features('/dev/null', 1) for b in branches]
    alone = fit([f[0] for f in first])
    save(path, alone, np.zeros(first[0][1][0].shape[1]))
    together = fit([b.features(path, 1)[1] for b in branches])
    for _ in range(REFITS):
        save(path, alone, together)
        seen = [b.features(path, ROUNDS) for b in branches]
        together = fit_without_noise([f[r] for f in seen for r in range(1, ROUNDS + 1)])
    save(path, alone, together)
    return together


def score(branch, path, together):
    x, y = branch.features(path, ROUNDS)[ROUNDS]
    p = 1 / (1 + np.exp(-x @ together))
    cells = []
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9):
        chosen = p >= threshold
        cells.append('%.1f: %.4f / %.4f' % (threshold, (chosen & y).sum() / max(1, chosen.sum()),
                                            (chosen & y).sum() / len(branch.truth)))
    print(branch.project, branch.arguments[3], 'precision / recall at', '  '.join(cells), flush=True)


def main():
    with open(sys.argv[2], encoding='utf-8') as lines:
        branches = [Branch(line) for line in lines if line.strip()]
    if '--cross' in sys.argv:
        for project in sorted({b.project for b in branches}):
            weights = train([b for b in branches if b.project != project], 'weights.cross')
            for branch in branches:
                if branch.project == project:
                    score(branch, 'weights.cross', weights)
        return
    weights = train(branches, 'weights')
    for branch in branches:
        score(branch, 'weights', weights)


main()
