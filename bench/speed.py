#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""speed.py KSIG SCRATCH REPOSITORY BASE TO TIP: a breakdown without and with an index, next to git itself, in one run.

BASE, TO and TIP are revisions of REPOSITORY: candidates are BASE..TO, the vendor's tree is TIP. `git log -p` over the same
commits (renames found, output thrown away) is what nobody who reads a history can be faster than.
"""
import os
import shutil
import sys

from measure import mib, run


def say(what, cost, base):
    print(f'{what:24} {cost.cpu:8.1f} CPU s {cost.wall:8.1f} s {mib(cost.memory):>10} {mib(cost.children):>10} of children'
          f' {cost.cpu / base.cpu:6.2f} x git', flush=True)


def main():
    ksig, scratch = map(os.path.abspath, sys.argv[1:3])
    repository, base, to, tip = sys.argv[3:7]
    workspace = os.path.join(scratch, 'speed.ws')
    shutil.rmtree(workspace, ignore_errors=True)
    git = run(['git', '-C', repository, 'log', '-p', '-M', '--no-merges', '--full-index', f'{base}..{to}'], keep=False)
    say('git log -p', git, git)
    command = [ksig, '-w', workspace, 'breakdown', '--base', f'git:{repository}@{base}', '-u',
               f'up=git:{repository}@{base}..{to}', f'git:{repository}@{tip}']
    say('ksig, no index', run(command), git)
    for name in ('catalog.db', 'catalog.db-wal', 'catalog.db-shm'):
        if os.path.exists(os.path.join(workspace, name)):
            os.unlink(os.path.join(workspace, name))
    say('ksig, with its index', run(command), git)
    shutil.rmtree(workspace)


main()
