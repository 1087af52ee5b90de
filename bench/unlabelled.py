#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""unlabelled.py KSIG WORKSPACE TRUTH.tsv UPSTREAM-REPOSITORY BRANCH-REPOSITORY BASE..TIP: the "wrong" ones that are carried.

A table of truth is made from commit messages, so it lacks the backports that nobody labelled. For each commit that the
breakdown in WORKSPACE found and the table lacks, this looks through the branch's own commits for the one that changes the
same lines the same way (in files of the same name; lines with a letter or digit count), and says which share of the
upstream commit's lines it has, and whether the subject is the same. Most of the lines in one commit of the branch: it is
carried, labelled or not. Prints a line a commit, tab-separated, and at the end how many are carried, which is what no
breakdown could have left out.
"""
import collections
import csv
import io
import os
import re
import subprocess
import sys

CARRIED = 0.75  # of the telling lines, in one commit of the branch
TELLING = re.compile(r'[A-Za-z0-9]')


def output(*argv):
    return subprocess.run(argv, check=True, capture_output=True).stdout.decode('utf-8', 'replace')


def log_of(repository, ids):
    """(what git says of the commits IDS, whether it came to the end): it dies of a blob that is missing"""
    done = subprocess.run(['git', '-C', repository, 'log', '--no-walk=unsorted', '--stdin', '--format=\x01%H %s', '-p', '-U0', '-M'],
                          input='\n'.join(ids).encode(), capture_output=True, check=False)
    return done.stdout.decode('utf-8', 'replace').split('\x01')[1:], done.returncode == 0


def commits(repository, *revisions):
    """(id, subject, [(file name, sign, line)]) of each commit, as far as it can be read"""
    ids = output('git', '-C', repository, 'rev-list', '--no-merges', *revisions).split()
    while ids:
        texts, whole = log_of(repository, ids)
        for text in texts:
            yield parsed(text)
        # it died of the last commit that was seen, or of the one after: that one has no difference that can be read
        ids = [] if whole else ids[len(texts) + (not texts):]


def parsed(text):
    head, _, diff = text.partition('\n')
    name, lines = '', []
    for line in diff.split('\n'):
        if line.startswith(('+++ ', '--- ')):
            name = os.path.basename(line) if line[4:] != '/dev/null' else name
        elif line[:1] in '+-' and TELLING.search(line[1:]):
            lines.append((name, line[0], ''.join(line[1:].split())))
    return head[:40], head[41:], lines


def folded(subject):
    return ''.join(re.findall('[a-z0-9]+', subject.lower()))


class Carried:
    """Lines and subjects of the branch's commits."""

    def __init__(self, repository, revisions):
        self.lines, self.subjects, self.names = collections.defaultdict(set), {}, {}
        for number, subject, lines in commits(repository, revisions):
            self.names[number] = subject
            self.subjects.setdefault(folded(subject), number)
            for line in lines:
                self.lines[line].add(number)

    def nearest(self, lines):
        """(the branch's commit with most of LINES, its share of them, the share that all its commits have)"""
        votes, found = collections.Counter(), 0
        for line in lines:
            votes.update(self.lines.get(line, ()))
            found += line in self.lines
        best, count = votes.most_common(1)[0] if votes else ('', 0)
        return best, count / max(1, len(lines)), found / max(1, len(lines))


def main():
    ksig, workspace, truth, upstream, branch, revisions = sys.argv[1:]
    said = output(ksig, '-w', workspace, 'evaluate', '--format=tsv', truth)
    wrong = [row for row in csv.DictReader(io.StringIO(said), delimiter='\t', quoting=csv.QUOTE_NONE)
             if row['verdict'] == 'wrong']
    known = Carried(branch, revisions)
    carried = 0
    print('confidence', 'upstream', 'same lines', 'in the branch', 'commit of the branch', 'its subject', 'subject',
          'evidence', sep='\t')
    for row in wrong:
        _, subject, lines = next(commits(upstream, '-1', row['upstream']), ('', row['subject'], []))
        best, share, everywhere = known.nearest(lines)
        same = known.subjects.get(folded(subject))
        carried += share >= CARRIED or same is not None
        number = same or best
        print(row['confidence'], row['upstream'], f'{share:.2f}', f'{everywhere:.2f}', number[:12],
              'the same' if same else known.names.get(number, ''), subject, row['reason'], sep='\t')
    print(f'{len(wrong)} wrong by the table, {carried} of them carried by the branch', file=sys.stderr)


main()
