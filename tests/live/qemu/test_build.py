#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig live build, the fast way, on a real Debian kernel: real fixes timed, refusals explained, the tree left as it was.

Needs create-diff-object (kpatch-build, or its folders in KSIG_KPATCH_TOOLS and KSIG_KPATCH_HOOK). The kernel is
downloaded (1.1 GB), or found below KSIG_TEST_KERNEL: root/ with the packages' content, tree/ with the source.
"""
import glob
import json
import os
import shutil
import subprocess

from lab import archive, drive, guest, run, tap

HERE = os.path.dirname(os.path.abspath(__file__))
PATCHES = sorted(glob.glob(f'{HERE}/../data/patches/*.patch'))
# file, what is there, what is put in its place, what the refusal has to say
REFUSALS = (
    ('include/linux/pipe_fs_i.h', '\tunsigned int head;', '\tunsigned int head, more;', 'touches a header'),
    ('fs/pipe.c', 'pipe_max_size = 1048576;', 'pipe_max_size = 2097152;', 'data that exists already would change'),
    ('fs/proc/cmdline.c', 'proc_create_single("cmdline", 0,', 'proc_create_single("cmdline", 0444,', 'init code has run already'),
    ('lib/string_helpers.c', '\n#include', '\n#include <linux/init.h>\n#include', 'linked on demand'),
    ('arch/x86/lib/memcpy_64.S', '\n#include', '\n\n#include', 'assembly cannot be patched live'),
    ('kernel/Makefile', '\n', '\n\n', 'only a full one shows'),
)


def kernel(folder):
    ready = os.environ.get('KSIG_TEST_KERNEL')
    if ready:
        return ready
    tap.need('apt-get', 'dpkg')
    release = run('apt-cache', 'depends', 'linux-image-amd64').split('Depends: linux-image-')[1].split()[0]
    packages = (f'linux-image-{release}', f'linux-image-{release}-dbg', f'linux-headers-{release}',
                'linux-source-' + '.'.join(release.split('.')[:2]))
    try:
        for package in map(archive.download, packages):
            run('dpkg', '-x', package, f'{folder}/root')
    except archive.Absent as reason:
        tap.skip_all(reason)
    os.mkdir(f'{folder}/tree')
    run('tar', 'xf', glob.glob(f'{folder}/root/usr/src/linux-source-*.tar.xz')[0], '-C', f'{folder}/tree', '--strip-components=1')
    return folder


class Build:
    def __init__(self, place, out):
        self.tree, self.out = f'{place}/tree', out
        find = lambda pattern: glob.glob(f'{place}/root/{pattern}')[0]
        self.options = [f'--tree={self.tree}', '--config=' + find('boot/config-*'), f'--output={out}',
                        '--vmlinux=' + find('usr/lib/debug/boot/vmlinux-*'), '--modules=' + find('lib/modules'),
                        '--debug=' + find('usr/lib/debug/lib/modules'),
                        '--symvers=' + find('usr/src/linux-headers-*-amd64/Module.symvers')]
        if os.environ.get('KSIG_KPATCH_TOOLS'):
            self.options += ['--tools=' + os.environ['KSIG_KPATCH_TOOLS'], '--hook=' + os.environ['KSIG_KPATCH_HOOK']]
        elif not glob.glob('/usr/lib*/kpatch/create-diff-object'):
            tap.skip_all('create-diff-object is not installed (kpatch-build)')

    def run(self, name, patch, way='fast', **kwargs):
        """PATCH is a file, or an option that takes it out of a breakdown."""
        done = subprocess.run([os.environ['KSIG'], 'live', 'build', f'--way={way}', '--format=json', f'--name={name}', *self.options, patch],
                              capture_output=True, text=True, **kwargs)
        return done.returncode, done.stdout, done.stderr


def forward_or_back(build, patch, folder):
    """A kernel that has the fix already gets it taken out: as good a patch."""
    with open(patch) as file:
        tried = subprocess.run(['patch', '-p1', '-f', '--dry-run', '-s', '-F0', '-d', build.tree], stdin=file, capture_output=True)
    if tried.returncode == 0:
        return patch
    back = os.path.join(folder, os.path.basename(patch))
    with open(back, 'w') as out:
        subprocess.run(['interdiff', '-q', patch, '/dev/null'], stdout=out, check=True)
    return back


def fixes(build, folder):
    for patch in PATCHES:
        name = 'lp_' + os.path.basename(patch).split('.')[0]
        status, out, err = build.run(name, forward_or_back(build, patch, folder))
        built = json.loads(out) if status == 0 else {}
        seconds = built.get('seconds', {})
        print(f'# {name}: {sum(seconds.values()) - seconds.get("prepare", 0):.1f} s after preparation; '
              f'{built.get("functions_equal")} of {built.get("functions_compared")} functions equal')
        tap.ok(status == 0 and os.path.exists(f'{build.out}/{name}.ko'), f'{name} is built', err)


CVE = 'CVE-2026-11111'
HEADER = f"""From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001
From: A Packager <a@example.org>
Date: Mon, 5 Jan 2026 10:00:00 +0000
Subject: [PATCH] fcntl: nothing is ever written to an immutable file

{CVE}
---
"""


def breakdown(build, folder):
    """The same fix out of a breakdown: planned, then built by its CVE, and by its number."""
    patch = forward_or_back(build, next(path for path in PATCHES if path.endswith('fs_fcntl.patch')), folder)
    environment = dict(os.environ, KSIG_WORKSPACE=f'{folder}/ws')
    for name in ('before', 'after'):
        os.makedirs(f'{folder}/{name}/fs')
        shutil.copy(f'{build.tree}/fs/fcntl.c', f'{folder}/{name}/fs/')
    run('patch', '-p1', '-s', '-d', f'{folder}/after', '-i', patch)
    with open(f'{folder}/pool.mbox', 'w') as pool, open(patch) as text:
        pool.write(HEADER + text.read())
    ksig = os.environ['KSIG']
    run(ksig, 'breakdown', f'--base={folder}/before', f'--upstream=mbox:{folder}/pool.mbox', f'{folder}/before', f'{folder}/after',
        env=environment)
    plan = run(ksig, 'live', 'plan', '--format=tsv', '--columns=verdict,cves', env=environment)
    tap.ok(f'live\t{CVE}' in plan, 'the plan names it', plan)
    for name, option in (('lp_by_cve', f'--cve={CVE}'), ('lp_by_number', '--patch=1')):
        status, out, err = build.run(name, option, env=environment)
        tap.ok(status == 0 and os.path.exists(f'{build.out}/{name}.ko') and 'patches/0001-fcntl' in out, f'{option}: built', out + err)
    status, _, err = build.run('lp_none', '--cve=CVE-2026-11112', env=environment)
    tap.ok(status == 1 and f'is it {CVE}' in err, 'one that no patch names: the nearest is named', err)


INIT = """#!/bin/busybox sh
/bin/busybox mkdir /proc /sys
/bin/busybox mount -t proc p /proc
/bin/busybox mount -t sysfs s /sys
for module in /modules/*.ko; do
    name=$(/bin/busybox basename $module .ko)
    /bin/busybox insmod $module
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ "$(/bin/busybox cat /sys/kernel/livepatch/$name/transition)" = 0 ] && break
        /bin/busybox sleep 1
    done
    echo "LOADED $name $(/bin/busybox cat /sys/kernel/livepatch/$name/enabled /sys/kernel/livepatch/$name/transition | /bin/busybox tr '\\n' ' ')"
done
/bin/busybox dmesg | /bin/busybox grep -E ' BUG: |Oops|WARNING: |Call Trace' | /bin/busybox sed 's/^/BAD /'
echo ALIVE
/bin/busybox reboot -f
"""


def load(build, place, folder):
    """Each of them in a real boot of that kernel: loaded, its transition ended, nothing broken."""
    tap.need('qemu-system-x86_64', 'busybox', 'cpio')
    root = f'{folder}/initramfs'
    os.makedirs(f'{root}/modules')
    guest.busybox(root)
    modules = sorted(glob.glob(f'{build.out}/lp_*.ko'))
    for module in modules:
        shutil.copy(module, f'{root}/modules/')
    guest.script(f'{root}/init', INIT)
    guest.cpio(root, f'{folder}/initramfs.cpio')
    text = guest.boot(guest.qemu(glob.glob(f'{place}/root/boot/vmlinuz-*')[0], f'{folder}/initramfs.cpio'), 900)
    for module in modules:
        name = os.path.basename(module)[:-3]
        tap.ok(f'LOADED {name} 1 0' in text, f'{name}: loaded, its transition at an end', text)
    tap.ok('ALIVE' in text and 'BAD ' not in text, 'the kernel is well after all of them', text)


def refusals(build, folder):
    for path, before, after, words in REFUSALS:
        for side in 'ab':
            os.makedirs(os.path.dirname(f'{folder}/{side}/{path}'), exist_ok=True)
        with open(f'{build.tree}/{path}') as file:
            text = file.read()
        with open(f'{folder}/a/{path}', 'w') as file:
            file.write(text)
        with open(f'{folder}/b/{path}', 'w') as file:
            file.write(text.replace(before, after, 1))
        patch = f'{folder}/refused.patch'
        with open(patch, 'w') as out:
            subprocess.run(['diff', '-u', f'a/{path}', f'b/{path}'], stdout=out, cwd=folder)
        status, _, err = build.run('lp_refused', patch)
        tap.ok(status == 1 and words in err, f'{path}: {words}', err)
        with open(f'{build.tree}/{path}') as file:
            tap.ok(file.read() == text, f'{path}: the tree is as it was')


def body(folder):
    tap.need('make', 'gcc', 'bc', 'bison', 'flex', 'patch')
    place = kernel(folder)
    build = Build(place, f'{folder}/out')
    fixes(build, folder)
    breakdown(build, folder)
    load(build, place, folder)
    refusals(build, folder)


if __name__ == '__main__':
    drive(body)
