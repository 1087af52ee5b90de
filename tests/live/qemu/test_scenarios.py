#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The client in a guest with a real kernel: the story of a patch, a patch that panics, ten kills."""
import json
import shutil
import sys

from lab import NAME, Lab, drive, tap

# After so many lines of the sequence, and so many seconds more: in the middle of what comes next.
KILLS = ((1, 1), (2, 0.5), (3, 0.3), (3, 2), (4, 0.2), (5, 0.5), (6, 0.3), (6, 2), (8, 0.3), (9, 0.5))


def make(folder):
    lab = Lab(folder)
    module = lambda name: f'{lab.module_folder}/{name}.ko'
    sources = lab.path('sources')
    one, two = f'{sources}/one', f'{sources}/two'
    lab.publish(one, 1, module('lp_v1'), ['CVE-2026-0001'])
    lab.index(one, 1)
    for revision, name in ((1, 'lp_v1'), (2, 'lp_v2'), (3, 'lp_later'), (4, 'lp_stall'), (5, 'lp_panic')):
        lab.publish(two, revision, module(name), ['CVE-2026-0001', 'CVE-2026-0002'][:revision])
    lab.publish(two, 6, module('lp_v2'), [], 'vendor')
    lab.index(two, 2)
    lab.disk(sources)
    lab.initramfs()
    return lab


def story(lab):
    disk = lab.path('story.img')
    shutil.copy(lab.image, disk)
    seen = lab.boot('story', disk)

    has = seen.has
    has('original', 'console')
    has('vouch', '"applied" : null')
    has('update', f'{NAME}-1\n= 0')
    has('apply', '= 0')
    has('patched', 'patched v1')
    has('status', f'"applied" : "{NAME}-1"', f'"CVE-2026-0001" : "live {NAME}-1"')
    has('check', f'live {NAME}-1', '= 0')
    has('newer', '= 0\n= 0')
    has('replaced', 'patched v2\nlp_v2\n0')
    has('check-newer', f'live {NAME}-2')
    has('rollback', '= 0')
    has('rolled-back', 'patched v1\n0')
    has('as-booted', 'console\n0')
    has('later', '= 0\n0')
    has('module', '43')
    has('later-patched', '1')
    has('stall', 'reversed', '(lp_sleeper)', 'sits in patched function stall_here', '= 1')
    has('reversed', 'lp_later\n43')
    has('wrong-key', 'no such patch in the store', '= 1')
    has('tampered', 'not the module that key live signed', '= 1')
    has('end')


def consistent(seen, expected_quarantine=None):
    """What the next boot finds: its own account and the kernel's agree."""
    start = seen.get('status', '').find('{')
    try:
        status = json.loads(seen['status'][start:seen['status'].rindex('}') + 1])
    except (KeyError, ValueError):
        return False
    text, applied = seen.get('now', ''), status['applied']
    if expected_quarantine and expected_quarantine not in status['quarantine']:
        return False
    if applied is None:
        return 'patched' not in text and not status['loaded'] and status['wanted'] is None
    return f'patched v{applied[-1]}' in text and status['wanted'] == applied and applied not in status['quarantine']


def panic(lab):
    disk = lab.path('panic.img')
    shutil.copy(lab.image, disk)
    seen = lab.boot('panic', disk)
    tap.ok('Kernel panic' in str(seen) and 'end' not in seen, 'the bad patch brings the machine down', seen)
    seen = lab.boot('after', disk)
    tap.ok(consistent(seen, f'{NAME}-5'), 'after the reboot it is in quarantine, and the kernel as it was', seen)


def kills(lab):
    for lines, seconds in KILLS:
        disk = lab.path('kill.img')
        shutil.copy(lab.image, disk)
        lab.boot('loop', disk, kill_at=(lines, seconds))
        seen = lab.boot('after', disk)
        tap.ok(consistent(seen), f'killed {seconds} s after line {lines}: the next boot is consistent',
                  '\n'.join(f'{step}: {text}' for step, text in seen.items()))


PARTS = {'story': story, 'panic': panic, 'kills': kills}


def body(folder):
    lab = make(folder)
    for part in [word for word in sys.argv[1:] if word in PARTS] or PARTS:
        PARTS[part](lab)


drive(body)
