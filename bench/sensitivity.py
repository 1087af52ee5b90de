#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sensitivity.py SCRATCH SETS.tsv [NAME...]: what becomes of precision and recall when a parameter moves by a fifth.

Each parameter of PARAMETERS (or those called NAME) is moved by -20 % and +20 % in a copy of this source below SCRATCH;
whole numbers move by at least one. What decides about candidates is tried by bench/features and the model's weights on
each branch of SETS.tsv (see branches.py) without a changelog; what decides about patches that are taken back by ksig
itself, on those with several revisions; what is learnt from a changelog by ksig, on those that have one. The threshold,
and each weight of the last round ("weights"), are moved in the features as they are, with nothing run again. Indexes
are made once. Prints a line a parameter and branch: precision and recall below, as it is, above.
"""
import os
import re
import shutil
import subprocess
import sys

import numpy as np

import accuracy
import branches
import calibrate

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# name → file below src/, what stands before the number
MODEL = {
    'rarity slope': ('match/evidence.c', r'1\.0F \+ '),
    'neighbours': ('match/evidence.c', r'\bNEIGHBOURS = '),
    'reach': ('match/evidence.c', r'\bREACH = '),
    'places of a line': ('match/evidence.h', r'\bEVIDENCE_PLACES_LIMIT = '),
    'common lines': ('match/moved.c', r'\bCOMMON_LINES = '),
    'near': ('match/rounds.c', r'\bNEAR = '),
    'series': ('match/rounds.c', r'\bSERIES_S = '),
    'without a trace at first': ('match/rounds.c', r'\bNO_HITS = '),
    'limit of the prior': ('match/rounds.c', r'\bPRIOR_LIMIT = '),
    'era': ('match/vendor-bias.c', r'\bERA = '),
    'doubt of a word': ('match/vendor-bias.c', r'\bDOUBT = '),
    'commits of an import': ('match/imports.c', r'\bIMPORT_COMMITS = '),
    'authors of an import': ('match/imports.c', r'\bIMPORT_AUTHORS = '),
    'days of an import': ('match/imports.c', r'\bIMPORT_S = '),
}
CHANGELOG = {
    'silence': ('match/changelog-likelihood.c', r'\bSILENCE = '),
    'limit of silence': ('match/changelog-likelihood.c', r'\bSILENCE_LIMIT = '),
    'limit of the word': ('match/changelog-likelihood.c', r'\bWORD_LIMIT = '),
}
STEPS = {
    'dropped share': ('assign/reverse-steps.c', r'\bDROPPED_SHARE = '),
    'place of a rework': ('assign/reverse-steps.c', r'\bREWORK_PLACE = '),
    'mass of a rework': ('assign/reverse-steps.c', r'\bREWORK_MASS = '),
}
NUMBER = r'-?\d+(?:\.\d+)?'
FACTORS = 0.8, 1.2


class Tree:
    """The copy that is changed and built."""

    def __init__(self, scratch):
        self.path = os.path.join(scratch, 'source')
        self.build = os.path.join(scratch, 'build')
        shutil.rmtree(self.path, ignore_errors=True)
        files = subprocess.run(['git', '-C', SOURCE, 'ls-files', '-z'], check=True, capture_output=True).stdout
        for name in files.decode().split('\0'):
            if os.path.lexists(os.path.join(SOURCE, name)) and name:
                os.makedirs(os.path.dirname(os.path.join(self.path, name)), exist_ok=True)
                shutil.copy2(os.path.join(SOURCE, name), os.path.join(self.path, name), follow_symlinks=False)
        if not os.path.isdir(self.build):
            subprocess.run(['meson', 'setup', '--buildtype=release', self.build, self.path], check=True,
                           stdout=subprocess.DEVNULL)

    def text(self, name):
        with open(os.path.join(self.path, 'src', name), encoding='utf-8') as file:
            return file.read()

    def write(self, name, text):
        with open(os.path.join(self.path, 'src', name), 'w', encoding='utf-8') as file:
            file.write(text)

    def make(self, program):
        subprocess.run(['ninja', '-C', self.build, program], check=True, stdout=subprocess.DEVNULL)
        return os.path.join(self.build, program)

    def number(self, name, before):
        """The match of a parameter's number."""
        match = re.search(before + f'({NUMBER})', self.text(name))
        return match or sys.exit(f'{name}: {before} is not there any more')

    def write_weights(self, path):
        """The weights as bench/features reads them: a line for the first round, one for the others."""
        parts = re.findall(r'\.(?:alone|together) =\s*\{(.*?)\}', self.text('match/model-weights.c'), re.S)
        lines = [re.findall(r'(-?\d+\.\d+)F', part) for part in parts]
        with open(path, 'w', encoding='ascii') as out:
            out.write('\n'.join(' '.join(line) for line in lines) + '\n')
        return np.array([float(number) for number in lines[1]])


def moved(number, factor):
    if '.' in number:
        return '%.6g' % (float(number) * factor)
    value = int(number)
    return str(max(value + (1 if factor > 1 else -1) * max(round(abs(value) * 0.2), 1), 1))


def with_number(text, match, number):
    # a float literal keeps its point: "3" and "F" make no number
    old = match.group(1)
    new = number if '.' in number or '.' not in old else number + '.0'
    return text[:match.start(1)] + new + text[match.end(1):]


class Features:
    """What bench/features says of one branch in the last round."""

    def __init__(self, branch, program, weights_path):
        self.branch = branch
        self.last = branch.features(program, weights_path, calibrate.ROUNDS)[calibrate.ROUNDS]

    def score(self, weights, threshold):
        x, _, ids, _, _, imported = self.last
        chosen = set(ids[(calibrate.ask(x, weights) >= threshold) & ~imported])
        right = sum(1 for commit in chosen if commit in self.branch.truth)
        return right / max(1, len(chosen)), right / len(self.branch.truth)


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


def by_ksig(tree, branch, scratch):
    ksig, workspace = tree.make('src/cli/ksig'), os.path.join(scratch, branch.branch)
    os.makedirs(workspace, exist_ok=True)
    accuracy.break_down(ksig, workspace, branch)
    said = accuracy.ask(ksig, '-w', workspace, 'evaluate', branch.table)
    return tuple(float(accuracy.number(said, word)) for word in ('precision', 'recall'))


def move(tree, table, parameters, names, score):
    """SCORE() makes [(branch, (precision, recall))] of the tree as it is."""
    chosen = {name: place for name, place in parameters.items() if not names or name in names}
    plain = score() if chosen else []
    for name, (file, before) in chosen.items():
        text, match, scores = tree.text(file), tree.number(file, before), []
        for factor in FACTORS:
            tree.write(file, with_number(text, match, moved(match.group(1), factor)))
            scores.append(score())
        tree.write(file, text)
        for (branch, now), (_, low), (_, high) in zip(plain, *scores):
            table.add(name, match.group(1), branch, low, now, high)


def move_weights(features, weights, threshold, table):
    program_names = re.findall(r'\] = "([a-z0-9.-]+)"|^\t"([a-z0-9.-]+)",$', open(os.path.join(
        SOURCE, 'src', 'match/model.c'), encoding='utf-8').read(), re.M)
    for i, name in enumerate(a or b for a, b in program_names):
        changed = [weights.copy(), weights.copy()]
        for one, factor in zip(changed, FACTORS):
            one[i] *= factor
        for one in features:
            low, high = (one.score(w, threshold) for w in changed)
            table.add('weight ' + name, f'{weights[i]:.3f}', one.branch, low, one.score(weights, threshold), high)


def main():
    scratch, names = os.path.abspath(sys.argv[1]), sys.argv[3:]
    tree, table, known = Tree(scratch), Table(), branches.read(sys.argv[2])
    trees_only = [calibrate.Branch(branch, scratch) for branch in known if not branch.changelog]
    weights_path = os.path.join(scratch, 'weights')
    weights = tree.write_weights(weights_path)
    threshold = float(tree.number('breakdown/breakdown.c', r'\bDEFAULT_CONFIDENCE = ').group(1))

    def features():
        program = tree.make('bench/features')
        return [Features(branch, program, weights_path) for branch in trees_only]

    def score():
        return [(one.branch, one.score(weights, threshold)) for one in features()]

    def ksig_on(branches_of):
        return lambda: [(branch, by_ksig(tree, branch, scratch)) for branch in branches_of]

    if not names or {'threshold', 'weights'} & set(names):
        plain = features()
        for one in plain:
            if not names or 'threshold' in names:
                low, now, high = (one.score(weights, min(threshold * f, 0.99)) for f in (0.8, 1, 1.2))
                table.add('threshold', f'{threshold}', one.branch, low, now, high)
        if not names or 'weights' in names:
            move_weights(plain, weights, threshold, table)
    move(tree, table, MODEL, names, score)
    move(tree, table, CHANGELOG, names, ksig_on([branch for branch in known if branch.changelog]))
    move(tree, table, STEPS, names, ksig_on([branch for branch in known if len(branch.revisions) > 2 and not branch.changelog]))
    table.close()


if __name__ == '__main__':
    main()
