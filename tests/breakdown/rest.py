#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rest.py KSIG: what no upstream commit explains, and the vendor patches that it is cut into. Prints TAP."""
import atexit
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import run

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-rest')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE = os.path.join(ROOT, 'tree')
WORKSPACE = os.path.join(ROOT, 'ws')


def ksig(*argv):
    return run(KSIG, '-w', WORKSPACE, *argv, cwd=ROOT)


def source(name, changes=None, functions=8):
    """A file of functions; CHANGES: function -> lines put into it."""
    lines = [f'/* {name} */', '#include <linux/kernel.h>', '']
    for f in range(functions):
        lines += [f'int {name}_do_{f}(struct {name} *it)', '{', f'\tint value = it->field{f};', '\tif (!it)',
                  '\t\treturn -EINVAL;', *(changes or {}).get(f, []), f'\treturn finish{f}(it, value);', '}', '']
    return '\n'.join(lines)


def lines(*words):
    return [f'\t{word}(it);' for word in words]


def write(path, text):
    full = os.path.join(TREE, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, 'w', encoding='utf-8') as file:
        file.write(text)


def commit(tag):
    run('git', 'add', '-A', cwd=TREE)
    run('git', 'commit', '-q', '--allow-empty', '-m', tag, cwd=TREE)
    run('git', 'tag', tag, cwd=TREE)


CHANGELOG = '''* Tue Jan 21 2020 A Vendor <v@example.org> [4.18.0-2.el8]
- [net] call vendor_speedup() when the link is up (A Vendor) [1700111] {CVE-2020-1111}
- [scsi] tape4: first half of the new ring (A Vendor) [1700222]
- [scsi] tape4: second half of the new ring (A Vendor) [1700222]
- [scsi] tape5: one thing (A Vendor) [1700333]
- [scsi] tape5: another thing (A Vendor) [1700444]
- [mm] something that left no trace (A Vendor) [1700555]

'''

#   path                  -> changes of the vendor; each row of ROWS below looks at some of it
BASE = {f'drivers/net/port{i}.c': f'port{i}' for i in range(4)} | {f'drivers/scsi/tape{i}.c': f'tape{i}' for i in (4, 5)} | {
    f'lib/part{i}.c': f'part{i}' for i in range(3)} | {f'obsolete/old{i}.c': f'old{i}' for i in range(2)}
CHANGES = {
    'drivers/net/port0.c': {2: lines('check_alpha', 'check_beta', 'check_gamma'),
                            5: lines('stop_delta', 'stop_epsilon', 'stop_zeta', 'stop_eta')},
    'drivers/net/port1.c': {1: lines('vendor_quirk_flag', 'prepare_one', 'prepare_two'),
                            6: lines('vendor_quirk_flag', 'finish_one', 'finish_two')},
    'drivers/net/port2.c': {3: lines('lone_theta'), 7: lines('lone_iota')},
    'drivers/net/port3.c': {0: lines('vendor_speedup', 'vendor_speed_check')},
    'drivers/scsi/tape4.c': {0: lines('ring_new_head', 'ring_new_tail', 'ring_new_size'),
                             7: lines('ring_old_head', 'ring_old_tail', 'ring_old_size')},
    'drivers/scsi/tape5.c': {4: lines('some_kappa', 'some_lambda', 'some_mu')},
    **{f'lib/part{i}.c': {1: lines('everywhere_first', 'everywhere_second')} for i in range(3)},
}
# what the row is about, files of the patch, words of its subject
ROWS = [
    ('a function is a patch', ['drivers/net/port0.c'], 'port0_do_2()'),
    ('another function of the file is another', ['drivers/net/port0.c'], 'port0_do_5()'),
    ('functions with an identifier of their own in common are one', ['drivers/net/port1.c'], 'port1_do_1(), port1_do_6()'),
    ('small changes of a file are one', ['drivers/net/port2.c'], 'port2_do_3(), port2_do_7()'),
    ('an entry that names a function', ['drivers/net/port3.c'], 'call vendor_speedup() when the link is up'),
    ('entries of one ticket that name a file', ['drivers/scsi/tape4.c'], 'tape4: first half of the new ring'),
    ('entries of two tickets that fit as well: neither', ['drivers/scsi/tape5.c'], 'tape5_do_4()'),
    ('the same change in several files', [f'lib/part{i}.c' for i in range(3)], 'lib: unexplained, the same in 3 places, +6 -0'),
    ('a folder that came', [f'vendor/own{i}.c' for i in range(3)], 'vendor: unexplained, new folder, 3 files, +'),
    ('a folder that went', [f'obsolete/old{i}.c' for i in range(2)], 'obsolete: unexplained, folder gone, 2 files, +0 -'),
]


def plant():
    run('git', 'init', '-q', '-b', 'main', TREE)
    for path, name in BASE.items():
        write(path, source(name))
    commit('base')
    write('drivers/net/port0.c', source('port0', {7: lines('upstream_decoy_one', 'upstream_decoy_two')}))
    commit('upstream')
    run('git', 'checkout', '-q', '-b', 'vendor', 'base', cwd=TREE)
    for path, changes in CHANGES.items():
        write(path, source(BASE[path], changes))
    for i in range(3):
        write(f'vendor/own{i}.c', source(f'own{i}'))
    shutil.rmtree(os.path.join(TREE, 'obsolete'))
    commit('r1')
    with open(os.path.join(ROOT, 'changelog'), 'w', encoding='utf-8') as file:
        file.write(CHANGELOG)


def main():
    plant()
    done = json.loads(ksig('breakdown', '--base', f'git:{TREE}@base', '--upstream', f'up=git:{TREE}@base..upstream',
                           '--changelog', os.path.join(ROOT, 'changelog'), '--format=json', f'git:{TREE}@r1'))[0]
    tap.ok(done['tree'] == run('git', 'rev-parse', 'r1^{tree}', cwd=TREE).strip(), 'the tree is the vendor\'s', done)
    exported = json.loads(ksig('export', 'json'))
    patches = exported['patches']
    tap.ok({(p['kind'], p['confidence']) for p in patches} == {('unexplained', None)}, 'every patch is unexplained', patches)
    tap.ok(all(0 < p['fit'] <= 1 if p['purpose'] else p['fit'] is None for p in patches), 'a fit where an entry names it', patches)
    for what, files, subject in ROWS:
        found = [p for p in patches if subject in p['subject']]
        tap.ok(len(found) == 1 and sorted(f['path'] for f in found[0]['steps'][0]['files']) == sorted(files), what,
               [(p['subject'], [f['path'] for f in p['steps'][0]['files']]) for p in patches])
    tap.ok(len(patches) == len(ROWS), 'nothing else', [p['subject'] for p in patches])
    named = next(p for p in patches if 'vendor_speedup' in p['subject'])
    shown = ksig('show', str(named['number']))
    tap.ok(all(word in shown for word in ('CVE-2020-1111', '1700111', '4.18.0-2.el8')),
           'what is named has the entry\'s CVE, ticket and text', shown)
    entries = {entry['subject']: entry['patch'] for entry in exported['changelog']}
    tap.ok(entries.get('something that left no trace', 0) is None, 'an entry without a trace is not found in the tree',
           entries)
    tap.ok(entries['tape4: first half of the new ring'] == entries['tape4: second half of the new ring'] is not None,
           'both entries of a ticket are about its patch', entries)
    tap.ok(entries['tape5: one thing'] is None, 'entries that fit as well are about no patch', entries)
    two = next(p for p in patches if 'tape5_do_4' in p['subject'])
    shown = ksig('show', str(two['number']))
    tap.ok('one thing' in shown and 'another thing' in shown, 'both alternatives are shown', shown)
    where = ksig('breakdown', f'git:{TREE}@r1')
    tap.ok('drivers/net' in where and 'drivers/scsi' in where, 'the summary says where the rest is', where)
    tap.done()


main()
