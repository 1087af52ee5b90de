#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes of manifest.tsv the SETS.tsv and the tables of truth that calibrate.py takes.

usage: sets.py FOLDER [--fetch] [--only NAME]

FOLDER has a git repository OWNER+NAME for each that the manifest names (or OWNER+NAME/repo); with --fetch, those that are
absent are cloned. Tables are made in FOLDER/truth, but for those of branches marked "table": these, and the repositories
that were put together for them (SETS.md says of what), have to be there. Nothing is made if a commit of the manifest is
not where it was, or if anything is missing: the weights would be others, and that is said.
"""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def git(repository, *arguments, check=True):
    return subprocess.run(['git', '-C', repository, *arguments], stdout=subprocess.PIPE, text=True, check=check).stdout.strip()


def named(column):
    """(name, id) of NAME=ID or of an id alone"""
    name, _, known = column.rpartition('=')
    return name or known, known


def rows():
    with open(os.path.join(HERE, 'manifest.tsv'), encoding='utf-8') as lines:
        for line in lines:
            if not line.startswith('#'):
                project, name, repository, first, last, *revisions, made = line.rstrip('\n').split('\t')
                yield project, name, repository, [named(r) for r in (first, last)], [named(r) for r in revisions], made


def place_of(folder, repository, fetch):
    """Where REPOSITORY is below FOLDER; None: nowhere."""
    top = os.path.join(folder, repository.replace('/', '+'))
    for place in (os.path.join(top, 'repo'), top):
        if os.path.exists(os.path.join(place, '.git')) or os.path.exists(os.path.join(place, 'objects')):
            return place
    if fetch and '/' in repository:
        subprocess.run(['git', 'clone', '-q', '--bare', f'https://github.com/{repository}.git', top], check=True)
        return top
    return None


def resolve(place, made, name, known):
    """The commit NAME of PLACE, which has to be KNOWN; of a repository that was put together its tag NAME, whose tree is known."""
    if made == 'table':
        return name if git(place, 'rev-parse', '-q', '--verify', f'refs/tags/{name}^{{tree}}', check=False) == known else None
    return git(place, 'rev-parse', '-q', '--verify', f'{known}^{{commit}}', check=False) or None


def make_truth(place, path, upstream, revisions):
    """Columns as `ksig evaluate` takes them, by the branch's own messages."""
    span = f'{revisions[0]}..{revisions[-1]}'
    tags = revisions[1:] if len(revisions) > 2 else []
    done = subprocess.run([sys.executable, os.path.join(HERE, 'truth.py'), place, span, '..'.join(upstream), *tags], check=True,
                          stdout=subprocess.PIPE)
    with open(path + '.part', 'wb') as out:
        out.write(done.stdout)
    os.rename(path + '.part', path)


def line_of(folder, fetch, row):
    """(the branch's line of SETS.tsv, None), or (None, what is missing)"""
    project, name, repository, upstream, revisions, made = row
    place, table = place_of(folder, repository, fetch), os.path.join(folder, 'truth', f'{name}.tsv')
    if not place:
        return None, f'{repository} is not in {folder}'
    wanted = [*upstream, *revisions]
    ids = [resolve(place, made, *one) for one in wanted]
    if None in ids:
        return None, f'{place} has no {"=".join(wanted[ids.index(None)])}'
    if made == 'messages' and not os.path.exists(table):
        make_truth(place, table, ids[:2], ids[2:])
    if not os.path.exists(table):
        return None, f'{table} is not there, and cannot be made here'
    return '\t'.join([project, 'train', f'git:{place}@{ids[0]}..{ids[1]}', place, table, *ids[2:]]), None


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('folder')
    parser.add_argument('--fetch', action='store_true')
    parser.add_argument('--only')
    arguments = parser.parse_args()
    folder, missing, lines = os.path.abspath(arguments.folder), 0, []
    os.makedirs(os.path.join(folder, 'truth'), exist_ok=True)
    for row in rows():
        if arguments.only in (None, row[1]):
            line, lost = line_of(folder, arguments.fetch, row)
            print(f'{row[1]}: {lost or "there"}', flush=True)
            missing += lost is not None
            lines += [line] if line else []
    if missing:
        sys.exit(f'sets.py: {missing} branches are missing: no SETS.tsv is written')
    path = os.path.join(folder, 'SETS.tsv')
    with open(path, 'w', encoding='utf-8') as out:
        out.write('\n'.join(lines) + '\n')
    print(path)


main()
