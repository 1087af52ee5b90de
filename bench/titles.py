#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""titles.py TRUTH.tsv LABEL: a changelog of titles in el8's grammar, made from a table of truth (see `ksig evaluate`).

A release a revision, newest first; LABEL is what stands before the number in the table's revisions and behind the version
in a release ("v252-14" is the release "252-14.LABEL"). An entry a commit, its subject's first word before a colon as the tag.
"""
import collections
import re
import sys

TAGGED = re.compile(r'([A-Za-z0-9_./-]+): (.*)')


def natural(revision):
    return [int(part) if part.isdigit() else part for part in re.split(r'(\d+)', revision)]


def main():
    releases = collections.defaultdict(list)
    with open(sys.argv[1], encoding='utf-8', errors='replace') as table:
        for line in table:
            cells = line.rstrip('\n').split('\t')
            if re.fullmatch('[0-9a-f]{40}', cells[0]) and cells[2] != '-':
                releases[cells[2]].append(cells[3])
    for revision in sorted(releases, key=natural, reverse=True):
        print(f"* Mon Jan 02 2023 A Maintainer <a@example.org> [{revision.lstrip('v')}.{sys.argv[2]}]")
        for subject in releases[revision]:
            tagged = TAGGED.fullmatch(subject)
            print(f"- {f'[{tagged[1]}] {tagged[2]}' if tagged else subject} (A Maintainer) [2000000]")
        print()


main()
