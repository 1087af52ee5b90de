#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sensitivity.py KSIG FEATURES SCRATCH SETS.tsv [NAME...]: what becomes of precision and recall when a parameter moves by a fifth.

Each parameter of src/match/model.tsv (or those called NAME) is moved by -20 % and +20 % in a model of its own below
SCRATCH; whole numbers move by at least one. What decides about candidates is tried by FEATURES (bench/features) and the
model's weights on each branch of SETS.tsv (see branches.py) without a changelog; what decides about patches that are
taken back by KSIG itself, on those with several revisions; what is learnt from a changelog by KSIG, on those that have
one. The threshold, and each weight of the last round ("weights"), are moved in the features as they are, with nothing
run again. Indexes are made once. Prints a line a parameter and branch: precision and recall below, as it is, above.
"""
import os
import sys

import numpy as np

import accuracy
import branches
import calibrate
import fit
import model

CHANGELOG = 'silence', 'silence-limit', 'entry-limit', 'entry-at-first', 'silence-at-first'
STEPS = 'dropped-share', 'rework-place', 'rework-mass'
FACTORS = 0.8, 1.2


def moved(number, factor):
    if '.' in number:
        return '%.6g' % (float(number) * factor)
    value = int(number)
    return str(max(value + (1 if factor > 1 else -1) * max(round(abs(value) * 0.2), 1), 1))


class Features:
    """What bench/features says of one branch in the last round of the model at PATH."""

    def __init__(self, branch, program, path):
        self.branch = branch
        found = branch.features(program, path)
        self.model = model.Model(path)
        self.last = found[max(found)]

    def score(self, weights, threshold):
        x, _, ids, _, _, imported = self.last
        log_odds = fit.ask(self.model.features, x, weights, float(self.model.parameters['habits']))
        chosen = set(ids[(calibrate.probability(log_odds) >= threshold) & ~imported])
        right = sum(1 for commit in chosen if commit in self.branch.truth)
        return right / max(1, len(chosen)), right / len({row for row, _ in self.branch.truth.values()})


class Table:
    def __init__(self):
        self.spread = {}
        print(f"{'parameter':26} {'value':>8} {'set':24} {'P -20 %':>8} {'P':>7} {'P +20 %':>8}   {'R -20 %':>8} {'R':>7} {'R +20 %':>8}")

    def add(self, name, value, branch, low, now, high):
        print(f'{name:26} {value:>8} {branch.name:24} {low[0]:8.4f} {now[0]:7.4f} {high[0]:8.4f}   {low[1]:8.4f} {now[1]:7.4f} '
              f'{high[1]:8.4f}', flush=True)
        known = self.spread.setdefault(branch.name, [[1, 1], [0, 0]])
        for i in range(2):
            known[0][i] = min(known[0][i], low[i], now[i], high[i])
            known[1][i] = max(known[1][i], low[i], now[i], high[i])

    def close(self):
        for name, ((p0, r0), (p1, r1)) in self.spread.items():
            print(f'{name}: precision {p0:.4f} to {p1:.4f}, recall {r0:.4f} to {r1:.4f}')


def by_ksig(ksig, path, branch, scratch):
    workspace = os.path.join(scratch, branch.branch)
    os.makedirs(workspace, exist_ok=True)
    accuracy.break_down(ksig, workspace, branch, '--model', path)
    said = accuracy.ask(ksig, '-w', workspace, 'evaluate', branch.table)
    return tuple(float(accuracy.number(said, word)) for word in ('precision', 'recall'))


def move(table, names, scratch, score):
    """SCORE(path of a model) makes [(branch, (precision, recall))]."""
    plain, path = model.Model(), os.path.join(scratch, 'model.tsv')
    now = score(plain.write(path)) if names else []
    for name in names:
        value = plain.parameters[name]
        scores = [score(plain.copy(**{name: moved(value, factor)}).write(path)) for factor in FACTORS]
        for (branch, one), (_, low), (_, high) in zip(now, *scores):
            table.add(name, value, branch, low, one, high)


def move_weights(features, plain, threshold, table):
    weights = np.array(plain.together)
    for i, name in enumerate(plain.features):
        changed = [weights.copy(), weights.copy()]
        for one, factor in zip(changed, FACTORS):
            one[i] *= factor
        for one in features:
            low, high = (one.score(w, threshold) for w in changed)
            table.add('weight ' + name, f'{weights[i]:.3f}', one.branch, low, one.score(weights, threshold), high)


def main():
    ksig, program, scratch = (os.path.abspath(path) for path in sys.argv[1:4])
    table, known, plain = Table(), branches.read(sys.argv[4]), model.Model()
    names = sys.argv[5:] or ['weights', *plain.parameters]
    trees_only = [calibrate.Branch(branch, scratch) for branch in known if not branch.changelog]
    weights, threshold = np.array(plain.together), float(plain.parameters['threshold'])

    def features(path):
        return [Features(branch, program, path) for branch in trees_only]

    def score(path):
        return [(one.branch, one.score(weights, threshold)) for one in features(path)]

    def ksig_on(branches_of):
        return lambda path: [(branch, by_ksig(ksig, path, branch, scratch)) for branch in branches_of]

    if {'threshold', 'weights'} & set(names):
        asked = features(plain.write(os.path.join(scratch, 'model.tsv')))
        for one in asked:
            if 'threshold' in names:
                low, now, high = (one.score(weights, min(threshold * f, 0.99)) for f in (0.8, 1, 1.2))
                table.add('threshold', f'{threshold}', one.branch, low, now, high)
        if 'weights' in names:
            move_weights(asked, plain, threshold, table)
    special = {'threshold', 'weights', *CHANGELOG, *STEPS}
    move(table, [name for name in names if name not in special], scratch, score)
    move(table, [name for name in names if name in CHANGELOG], scratch, ksig_on([b for b in known if b.changelog]))
    move(table, [name for name in names if name in STEPS], scratch,
         ksig_on([b for b in known if len(b.revisions) > 2 and not b.changelog]))
    table.close()


if __name__ == '__main__':
    main()
