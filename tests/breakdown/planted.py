#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A planted history: an upstream with known commits, a vendor that carries some of them, and ksig in between.

usage: planted.py KSIG        TAP on standard output
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-planted.')
ENV = dict(os.environ, GIT_AUTHOR_NAME='A U Thor', GIT_AUTHOR_EMAIL='a@example.org', GIT_COMMITTER_NAME='C',
           GIT_COMMITTER_EMAIL='c@example.org', GIT_AUTHOR_DATE='2022-01-02T03:04:05+0100',
           GIT_COMMITTER_DATE='2022-01-02T03:04:05+0100', GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null')
WORDS = random.Random(7)


def run(*argv, where=ROOT, status=0, text=True):
    done = subprocess.run(argv, cwd=where, env=ENV, capture_output=True, text=text)
    if status is not None and done.returncode != status:
        raise SystemExit(f'Bail out! {argv}: status {done.returncode}: {done.stderr}')
    return done


def git(where, *argv):
    return run('git', *argv, where=where).stdout.strip()


def source(name, functions=8):
    """A C file whose functions and lines are like no other's."""
    out = [f'/* {name} */', '#include <linux/kernel.h>', '']
    for f in range(functions):
        out += [f'static int {name}_{f}(struct {name} *x)', '{']
        for i in range(6):
            out.append(f'\tx->field_{WORDS.randrange(10**6)} = compute_{f}_{i}({WORDS.randrange(10**6)});')
        out += ['\tif (!x)', '\t\treturn -EINVAL;', '\treturn 0;', '}', '']
    return out


class Tree:
    def __init__(self, path):
        self.path = path

    def file(self, name):
        return os.path.join(self.path, name)

    def lines(self, name):
        with open(self.file(name), encoding='utf-8', newline='') as handle:
            return handle.read().split('\n')

    def write(self, name, lines):
        os.makedirs(os.path.dirname(self.file(name)), exist_ok=True)
        with open(self.file(name), 'w', encoding='utf-8', newline='') as handle:
            handle.write('\n'.join(lines))

    def edit(self, name, at, remove, add):
        lines = self.lines(name)
        lines[at:at + remove] = add
        self.write(name, lines)

    def commit(self, subject, body=''):
        git(self.path, 'add', '-A')
        git(self.path, 'commit', '-q', '--allow-empty', '-m', subject, '-m', body)
        return git(self.path, 'rev-parse', 'HEAD')

    def pick(self, commit):
        git(self.path, 'cherry-pick', '--keep-redundant-commits', commit)


def new_line(tag):
    return f'\tfresh_{tag}(device, {WORDS.randrange(10**6)});'


def plant_upstream():
    up = Tree(os.path.join(ROOT, 'upstream'))
    os.makedirs(up.path)
    git(up.path, 'init', '-q', '-b', 'main')
    for i in range(8):
        up.write(f'drivers/net/drv{i}.c', source(f'drv{i}'))
    for i in range(4):
        up.write(f'lib/librte_x{i}/part.c', source(f'part{i}'))
    up.write('no-newline.txt', ['first', 'second', 'third without newline'])
    up.write('crlf.txt', ['one\r', 'two\r', 'three\r', ''])
    up.write('tools/run.sh', ['#!/bin/sh', 'echo run', ''])
    up.write('old/gone.c', source('gone'))
    with open(up.file('blob.bin'), 'wb') as handle:
        handle.write(bytes(range(256)) * 8)
    os.symlink('tools/run.sh', up.file('link'))
    up.commit('base')
    git(up.path, 'tag', 'v1')
    ids = {}

    def step(name, subject, body=''):
        ids[name] = up.commit(subject, body)

    up.edit('drivers/net/drv0.c', 10, 1, [new_line('exact'), new_line('exact')])
    step('exact', 'drv0: fix a leak', 'Cc: stable@vger.kernel.org')
    up.edit('drivers/net/drv1.c', 30, 2, [new_line('decoy')])
    step('decoy', 'drv1: refactor')
    for i in range(4):
        os.makedirs(up.file(f'lib/x{i}'), exist_ok=True)
        git(up.path, 'mv', f'lib/librte_x{i}/part.c', f'lib/x{i}/part.c')
    step('rename', 'lib: drop the prefix')
    up.edit('lib/x1/part.c', 20, 1, [new_line('renamed'), new_line('renamed'), new_line('renamed')])
    step('renamed', 'x1: fix after the rename', 'Cc: stable@vger.kernel.org')
    up.write('drivers/net/new.c', source('newdrv'))
    step('added', 'net: add a driver')
    os.unlink(up.file('old/gone.c'))
    step('deleted', 'old: remove what nobody uses')
    up.edit('drivers/net/drv2.c', 12, 1, [new_line('adapted'), new_line('adapted'), new_line('adapted'), new_line('a')])
    up.edit('drivers/net/drv2.c', 40, 0, [new_line('adapted'), new_line('adapted')])
    step('adapted', 'drv2: rework the ring', f'Fixes: {ids["exact"][:12]} ("drv0: fix a leak")')
    up.edit('drivers/net/drv3.c', 8, 0, [new_line('partial'), new_line('partial')])
    up.edit('drivers/net/drv4.c', 8, 0, [new_line('partial'), new_line('partial'), new_line('partial')])
    step('partial', 'net: two drivers at once')
    os.chmod(up.file('tools/run.sh'), 0o755)
    step('mode', 'tools: make it executable')
    with open(up.file('blob.bin'), 'wb') as handle:
        handle.write(bytes(reversed(range(256))) * 8)
    step('binary', 'blob: new firmware')
    os.unlink(up.file('link'))
    os.symlink('no-newline.txt', up.file('link'))
    step('symlink', 'link: point elsewhere')
    up.write('no-newline.txt', ['first', 'second', 'third, changed, and still without newline'])
    step('no-newline', 'text: change the last line')
    up.edit('crlf.txt', 1, 1, ['zwei\r', 'zwei und ein halb\r'])
    step('crlf', 'text: count on')
    up.edit('drivers/net/drv5.c', 14, 1, [new_line('brief')])
    step('brief', 'drv5: try something')
    git(up.path, 'revert', '--no-edit', ids['brief'])
    ids['brief-revert'] = git(up.path, 'rev-parse', 'HEAD')
    up.edit('drivers/net/drv6.c', 10, 2, [new_line('second'), new_line('second')])
    step('second', 'drv6: fix for the second revision')
    return up, ids


def plant_vendor(up, ids):
    vendor = Tree(os.path.join(ROOT, 'vendor'))
    git(ROOT, 'clone', '-q', up.path, vendor.path)
    git(vendor.path, 'checkout', '-q', '-b', 'vendor', 'v1')
    vendor.pick(ids['exact'])
    # the fix of a file that upstream renamed, under the old name
    patch = git(up.path, 'show', ids['renamed']).replace('lib/x1/', 'lib/librte_x1/')
    subprocess.run(['git', 'apply', '--index'], input=patch + '\n', text=True, cwd=vendor.path, env=ENV, check=True)
    vendor.commit('x1: fix')
    for name in ('added', 'deleted'):
        vendor.pick(ids[name])
    vendor.pick(ids['adapted'])
    lines = vendor.lines('drivers/net/drv2.c')
    at = next(i for i, line in enumerate(lines) if 'fresh_a(' in line)
    vendor.edit('drivers/net/drv2.c', at, 1, ['\tvendor_flavoured(device);'])
    vendor.commit('drv2: adapted')
    vendor.pick(ids['partial'])
    git(vendor.path, 'checkout', 'v1', '--', 'drivers/net/drv4.c')
    vendor.commit('half of it')
    for name in ('mode', 'binary', 'symlink', 'no-newline', 'crlf'):
        vendor.pick(ids[name])
    vendor.edit('drivers/net/drv7.c', 20, 1, ['\tvendor_only_one(x);', '\tvendor_only_two(x);', '\tvendor_only_three(x);'])
    vendor.write('vendor/README', ['made by the vendor', ''])
    vendor.commit('vendor only')
    git(vendor.path, 'tag', 'r1')
    vendor.pick(ids['second'])
    git(vendor.path, 'revert', '--no-edit', 'r1~13')  # the exact fix is taken back
    git(vendor.path, 'tag', 'r2')
    return vendor


def ksig(workspace, *argv, status=0):
    return run(KSIG, '-w', workspace, *argv, status=status)


def rows(workspace):
    out = ksig(workspace, 'list', '--format=tsv', '--columns=upstream,revision,kind,confidence,source,subject').stdout
    return [line.split('\t') for line in out.splitlines()[1:]]


def check_upstreams(up, upstream, base, kernel, ids):
    """ksig upstream: what is added serves a later breakdown, from any folder, and follows a branch that moves on."""
    ws = os.path.join(ROOT, 'ws-upstream')
    relative = upstream.replace(up.path, os.path.basename(up.path)).replace('..main', '..next')
    git(up.path, 'branch', 'next', ids['partial'])
    added = json.loads(ksig(ws, 'upstream', 'add', '--format=json', relative).stdout)
    tap.ok(added[0]['upstream'] == f'main=git:{up.path}@v1..next',
           'upstream add: the place is kept as an absolute one', added)
    git(up.path, 'branch', '-f', 'next', 'main')
    updated = json.loads(ksig(ws, 'upstream', 'update', 'main', '--format=json').stdout)
    tap.ok(updated[0]['candidates'] > added[0]['candidates'], 'upstream update: the new commits are there', updated)
    ksig(ws, 'breakdown', '--base', base, kernel)
    tap.ok(ids['exact'] in {row[0] for row in rows(ws)}, 'breakdown takes the upstreams that were added', rows(ws))
    tap.ok([row['name'] for row in json.loads(ksig(ws, 'upstream', 'list', '--format=json').stdout)] == ['main'],
           'upstream list')
    for name, argv, status in (('remove', ['remove', 'main'], 0), ('remove again', ['remove', 'main'], 1),
                               ('update of an unknown one', ['update', 'nosuch'], 1), ('no verb', [], 2),
                               ('add of nothing', ['add'], 2)):
        done = ksig(ws, 'upstream', *argv, status=None)
        tap.ok(done.returncode == status, f'upstream: {name}: status {status}', done.stderr)


def main():
    up, ids = plant_upstream()
    vendor = plant_vendor(up, ids)
    upstream = f'main=git:{up.path}@v1..main'
    base = f'git:{vendor.path}@v1'
    ws = os.path.join(ROOT, 'ws')
    done = ksig(ws, 'breakdown', '--base', base, '--upstream', upstream, f'git:{vendor.path}@r1', f'git:{vendor.path}@r2',
                '--format=json', status=None)
    tap.ok(done.returncode == 0, 'breakdown ends well', done.stderr)
    revisions = json.loads(done.stdout)
    for revision in revisions:
        tree = git(vendor.path, 'rev-parse', revision['revision'] + '^{tree}')
        tap.ok(revision['tree'] == tree, f"{revision['revision']}: the tree is the vendor's")
    found = {row[0]: row for row in rows(ws) if row[0]}
    carried = ['exact', 'renamed', 'added', 'deleted', 'adapted', 'partial', 'binary', 'no-newline', 'crlf']
    for name in carried:
        tap.ok(ids[name] in found and found[ids[name]][1] == 'r1', f'found in r1: {name}', found.get(ids[name]))
    tap.ok(found.get(ids['second'], ['', ''])[1] == 'r2', 'found in r2: second')
    for name in ('decoy', 'rename', 'brief', 'brief-revert'):
        tap.ok(ids[name] not in found, f'not found: {name}', found.get(ids[name]))
    kinds = {'exact': 'exact', 'added': 'exact', 'partial': 'partial', 'adapted': 'adapted', 'renamed': 'exact'}
    for name, kind in kinds.items():
        tap.ok(found.get(ids[name], [''] * 3)[2] == kind, f'kind of {name}: {kind}', found.get(ids[name]))
    vendor_rows = [row for row in rows(ws) if row[2] == 'unexplained']
    tap.ok(any('drv7' in row[5] for row in vendor_rows) and any('vendor/README' in row[5] for row in vendor_rows),
           'what the vendor did alone is unexplained', vendor_rows)
    shown = ksig(ws, 'show', ids['exact'], '--format=json', status=None)
    tap.ok(shown.returncode == 0 and '"r2"' in shown.stdout, 'the dropped patch says so', shown.stdout + shown.stderr)

    again = ksig(ws, 'breakdown', f'git:{vendor.path}@r2', '--format=json', status=None)
    tap.ok(again.returncode == 0 and len(rows(ws)) == len(found) + len(vendor_rows) +
           sum(1 for row in rows(ws) if not row[0] and row[2] != 'unexplained'),
           'again: nothing to do', again.stderr)

    step = os.path.join(ROOT, 'ws-step')
    ksig(step, 'breakdown', '--base', base, '--upstream', upstream, f'git:{vendor.path}@r1')
    ksig(step, 'breakdown', f'git:{vendor.path}@r2')
    tap.ok(ksig(ws, 'export', 'json').stdout == ksig(step, 'export', 'json').stdout,
           'one after the other gives the same as both at once')

    exported = os.path.join(ROOT, 'exported')
    git(ROOT, 'init', '-q', exported)
    ksig(ws, 'export', 'git', exported)
    tags = git(exported, 'tag').split()
    tap.ok(all(git(exported, 'rev-parse', f'{next(t for t in tags if t.endswith(r))}^{{tree}}') ==
               git(vendor.path, 'rev-parse', r + '^{tree}') for r in ('r1', 'r2')),
           'export git: the tags are the vendor\'s trees', tags)

    check_upstreams(up, upstream, base, f'git:{vendor.path}@r1', ids)

    for name, why, argv, status in (
            ('no base', 'base', [f'git:{vendor.path}@r1'], 2),
            ('a revision that is not there', 'nosuch', ['--base', base, f'git:{vendor.path}@nosuch'], 3),
            ('no kernel', 'KERNEL', ['--base', base], 2),
            ('an upstream of no kind', 'upstream', ['--base', base, '--upstream', 'x=cvs:/y', f'git:{vendor.path}@r1'], 2)):
        bad = ksig(os.path.join(ROOT, 'ws-bad'), 'breakdown', *argv, status=None)
        tap.ok(bad.returncode == status and why in bad.stderr, f'bad input: {name}', (bad.returncode, bad.stderr))

    killed = os.path.join(ROOT, 'ws-killed')
    for delay in (0.02, 0.05, 0.1, 0.2):
        child = subprocess.Popen([KSIG, '-w', killed, 'breakdown', '--base', base, '--upstream', upstream,
                                  f'git:{vendor.path}@r1', f'git:{vendor.path}@r2'], env=ENV, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)
        child.wait()
    done = ksig(killed, 'breakdown', '--base', base, '--upstream', upstream, f'git:{vendor.path}@r1',
                f'git:{vendor.path}@r2', status=None)
    tap.ok(done.returncode == 0, 'killed four times, the next run goes on', done.stderr)
    tap.ok(ksig(ws, 'export', 'json').stdout == ksig(killed, 'export', 'json').stdout, 'and gives the same')

    truth = os.path.join(ROOT, 'truth.tsv')
    with open(truth, 'w', encoding='utf-8') as handle:
        for name in carried:
            handle.write(f'{ids[name]}\t{"0" * 40}\tr1\t{name}\n')
        handle.write(f'{"1" * 40}\t{"0" * 40}\tr1\tnever there\n')
    scored = ksig(ws, 'evaluate', truth).stdout
    tap.ok(f'truth {len(carried) + 1}  found {len(found)}  right {len(carried)}' in scored, 'evaluate counts', scored)
    tap.ok(ksig(ws, 'evaluate', '/dev/null', status=None).returncode == 3, 'evaluate: a truth table without ids')


try:
    main()
finally:
    shutil.rmtree(ROOT, ignore_errors=True)
tap.done()
