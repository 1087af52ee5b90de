#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""sensitivity.py SCRATCH SETS [NAME...]: what becomes of precision and recall when a parameter moves by a fifth.

SETS is a file with a set a line, tab-separated: name, base, upstream, kernels (in revision order, by spaces), truth table.
Base, upstream and kernels are as `ksig breakdown` takes them. Each parameter of PARAMETERS (or those called NAME; "weights":
each weight of the model) is moved by -20 % and +20 % in a copy of this source below SCRATCH, which is built and run on each
set; the index of an upstream is made once. Prints a line a parameter and set: precision and recall below, as it is, above.
Whole numbers move by at least one.
"""
import os
import re
import shutil
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BREAKDOWN = 'src/breakdown/'
# name → file, what stands before the number
PARAMETERS = {
    'rarity slope': ('evidence.c', r'1\.0F \+ '),
    'neighbours': ('evidence.c', r'\bNEIGHBOURS = '),
    'reach': ('evidence.c', r'\bREACH = '),
    'places of a line': ('evidence.c', r'\bPLACES_LIMIT = '),
    'common lines': ('evidence.c', r'\bCOMMON_LINES = '),
    'rounds': ('breakdown.c', r'\bROUNDS = '),
    'threshold': ('breakdown.c', r'\bDEFAULT_CONFIDENCE = '),
    'without a trace at first': ('rounds.c', r'\bNO_HITS = '),
    'limit of the prior': ('rounds.c', r'\bPRIOR_LIMIT = '),
    'dropped share': ('undo.c', r'\bDROPPED_SHARE = '),
    'place of a rework': ('undo.c', r'\bREWORK_PLACE = '),
    'mass of a rework': ('undo.c', r'\bREWORK_MASS = '),
}
NUMBER = r'-?\d+(?:\.\d+)?'


class Tree:
    """The copy that is changed and built."""

    def __init__(self, scratch):
        self.path = os.path.join(scratch, 'source')
        self.build = os.path.join(scratch, 'build')
        shutil.rmtree(self.path, ignore_errors=True)
        files = subprocess.run(['git', '-C', SOURCE, 'ls-files', '-z'], check=True, capture_output=True).stdout
        for name in files.decode().split('\0'):
            if name:
                os.makedirs(os.path.dirname(os.path.join(self.path, name)), exist_ok=True)
                shutil.copy2(os.path.join(SOURCE, name), os.path.join(self.path, name), follow_symlinks=False)
        if not os.path.isdir(self.build):
            subprocess.run(['meson', 'setup', self.build, self.path], check=True, stdout=subprocess.DEVNULL)

    def file(self, name):
        return os.path.join(self.path, BREAKDOWN, name)

    def text(self, name):
        with open(self.file(name), encoding='utf-8') as file:
            return file.read()

    def write(self, name, text):
        with open(self.file(name), 'w', encoding='utf-8') as file:
            file.write(text)

    def ksig(self):
        subprocess.run(['ninja', '-C', self.build, 'src/cli/ksig'], check=True, stdout=subprocess.DEVNULL)
        return os.path.join(self.build, 'src/cli/ksig')


class Set:
    def __init__(self, line, scratch):
        self.name, self.base, self.upstream, kernels, self.truth = line.rstrip('\n').split('\t')
        self.kernels = kernels.split()
        self.workspace = os.path.join(scratch, 'ws ' + self.name)

    def score(self, ksig):
        """(precision, recall)"""
        for name in ('catalog.db', 'catalog.db-wal', 'catalog.db-shm'):
            if os.path.exists(os.path.join(self.workspace, name)):
                os.unlink(os.path.join(self.workspace, name))
        subprocess.run([ksig, '-w', self.workspace, 'breakdown', '--base', self.base, '-u', self.upstream, *self.kernels],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        said = subprocess.run([ksig, '-w', self.workspace, 'evaluate', self.truth], check=True, capture_output=True,
                              text=True).stdout
        return tuple(float(re.search(word + r' +([\d.]+)', said).group(1)) for word in ('precision', 'recall'))


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


def places(tree, names):
    """(name, file, match) of every number that is to be moved."""
    for name, (file, before) in PARAMETERS.items():
        if names and name not in names:
            continue
        match = re.search(before + f'({NUMBER})', tree.text(file))
        if not match:
            sys.exit(f'{file}: {name} is not there any more')
        yield name, file, match
    if 'weights' in names:
        for number, match in enumerate(re.finditer(r'(-?\d+\.\d+)(?=F,)', tree.text('model-weights.c'))):
            yield f'weight {number}', 'model-weights.c', match


def main():
    scratch, names = os.path.abspath(sys.argv[1]), sys.argv[3:]
    tree = Tree(scratch)
    with open(sys.argv[2], encoding='utf-8') as lines:
        sets = [Set(line, scratch) for line in lines if line.strip()]
    plain = {one.name: one.score(tree.ksig()) for one in sets}
    print(f"{'parameter':26} {'value':>8} {'set':12} {'P -20 %':>8} {'P':>7} {'P +20 %':>8}   {'R -20 %':>8} {'R':>7} {'R +20 %':>8}")
    spread = {one.name: [list(plain[one.name]), list(plain[one.name])] for one in sets}
    for name, file, match in list(places(tree, names)):
        text = tree.text(file)
        scores = []
        for factor in (0.8, 1.2):
            tree.write(file, with_number(text, match, moved(match.group(1), factor)))
            ksig = tree.ksig()
            scores.append({one.name: one.score(ksig) for one in sets})
        tree.write(file, text)
        for one in sets:
            low, high, now = scores[0][one.name], scores[1][one.name], plain[one.name]
            print(f'{name:26} {match.group(1):>8} {one.name:12} {low[0]:8.4f} {now[0]:7.4f} {high[0]:8.4f}   '
                  f'{low[1]:8.4f} {now[1]:7.4f} {high[1]:8.4f}', flush=True)
            for i in range(2):
                spread[one.name][0][i] = min(spread[one.name][0][i], low[i], high[i])
                spread[one.name][1][i] = max(spread[one.name][1][i], low[i], high[i])
    for one in sets:
        (p0, r0), (p1, r1) = spread[one.name]
        print(f'{one.name}: precision {p0:.4f} to {p1:.4f}, recall {r0:.4f} to {r1:.4f}')


main()
