#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The three revisions of Debian's kernel that tools/demo breaks down, against debian/patches/series of each.

usage: debian.py KSIG DEMO        TAP on standard output; skips where Debian's archive is not to be had

KSIG_DEMO_DIR: where an earlier run of the demo left its downloads; else they are downloaded.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG, DEMO = map(os.path.abspath, sys.argv[1:3])


def series(folder):
    """The members of a quilt series, in order."""
    with open(os.path.join(folder, 'debian', 'patches', 'series'), encoding='utf-8') as lines:
        words = [line.split('#')[0].split() for line in lines]
    return [word[0] for word in words if word]


def texts(place, version):
    """{the patch's name and text, which two revisions may have differently: its name}"""
    folder = os.path.join(place, 'packaging', version)
    found = {}
    for name in series(folder):
        with open(os.path.join(folder, 'debian', 'patches', name), 'rb') as file:
            found[name, file.read()] = name
    return found


def member_text(place, source, member):
    with open(os.path.join(place, 'pools', source, member), 'rb') as file:
        return file.read()


def listed(place, revision):
    out = subprocess.run([KSIG, '-w', os.path.join(place, 'ksig.ws'), 'list', '--introduced', revision, '--format=tsv',
                          '--columns=kind,source,member,subject'], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split('\t') for line in out.splitlines()[1:]]


def contained(place, revision):
    """What history says is in it, and what owns no line any more: rows as listed() has them."""
    out = subprocess.run([KSIG, '-w', os.path.join(place, 'ksig.ws'), 'list', '--contained', '--format=json'], check=True,
                         stdout=subprocess.PIPE).stdout
    return [[row['kind'], row['source'], row['member'], row['subject']] for row in json.loads(out) if row['revision'] == revision]


def main():
    given = os.environ.get('KSIG_DEMO_DIR')
    place = tempfile.mkdtemp(prefix='ksig-debian.')
    for name in os.listdir(given) if given else []:
        if name.startswith('linux_') or name == 'packaging':
            os.symlink(os.path.join(os.path.abspath(given), name), os.path.join(place, name))
    done = subprocess.run([DEMO, KSIG], env=dict(os.environ, KSIG_DEMO_DIR=place), capture_output=True, text=True)
    packaging = os.path.join(place, 'packaging')
    if done.returncode or not os.path.isdir(packaging):
        shutil.rmtree(place)
        print(f"1..0 # SKIP Debian's archive is not to be had here: {done.stderr.strip()[-200:]}")
        return
    versions = [v for v in sorted(os.listdir(packaging)) if f'\n{v} ' in done.stdout]
    before = {}
    for version in versions:
        now = texts(place, version)
        new = {text for name, text in now if (name, text) not in before}
        rows = listed(place, version) + contained(place, version)
        found = {member_text(place, source, member) for kind, source, member, _ in rows if kind not in ('vendor', 'unexplained')}
        missing = sorted(name for (name, text) in now if text in new - found)
        wrong = sorted(f'{source}/{member}' for kind, source, member, _ in rows
                       if kind not in ('vendor', 'unexplained') and member_text(place, source, member) not in new)
        tap.ok(not missing, f'{version}: every patch that it adds is found ({len(new)})', missing)
        tap.ok(not wrong, f'{version}: none is found that it does not have', wrong)
        tap.ok(all(row[0] != 'unexplained' for row in rows), f'{version}: no line is left to the vendor',
               [row[3] for row in rows if row[0] == 'unexplained'])
        before = now
    shutil.rmtree(place)
    tap.done()


main()
