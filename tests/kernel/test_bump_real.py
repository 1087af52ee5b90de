#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From one real point release to a later one: $KSIG_TEST_TARBALL to $KSIG_TEST_NEXT_TARBALL of the same series, whose
changes $KSIG_TEST_CHANGELOG tells (a folder of ChangeLog-VERSION files, or debian/changelog of Debian's linux). Built
as small as can be; what is said of a module of the first kernel is held against the loader of the second. About four CPU
minutes."""
import json
import os
import re
import subprocess

from real import PROGRAMS, fragment, make_flavour, make_mirror, skip_unless_possible, version_of
from support import TOP, ksig, main, read, run, tap, test, write

TARBALL = skip_unless_possible()
NEXT, CHANGELOG = os.environ.get('KSIG_TEST_NEXT_TARBALL'), os.environ.get('KSIG_TEST_CHANGELOG')
if not NEXT or not CHANGELOG:
    tap.skip_all('KSIG_TEST_NEXT_TARBALL and KSIG_TEST_CHANGELOG name no later point release and its changes')
FROM, TO = version_of(TARBALL), version_of(NEXT)
MIRROR, KEY = make_mirror(TARBALL, FROM)
CONF = make_flavour('tiny.conf', KEY, fragment('tiny.fragment'))
FOLDER = f'{TOP}/ws/kernel/kernel-lt/{TO}-1.el9'
MODULE = f'{TOP}/module/lib/modules/{FROM}-1.el9.x86_64/kernel/fs/fat/fat.ko'


def bump(*versions):
    rows = [{'version': version, 'moniker': 'longterm', 'iseol': False} for version in versions]
    write('releases.json', json.dumps({'releases': rows}))
    return ksig('bump', CONF, '--releases', f'{TOP}/releases.json', '--series', '.'.join(FROM.split('.')[:2]), '--mirror', MIRROR,
                '--key', f'{TOP}/release.asc', '--config', 'make:tinyconfig', '--accept-defaults', '--dist', '.el9', '--date',
                '2026-11-25', *versions_modules(versions))


def versions_modules(versions):
    return ['--changelogs', CHANGELOG, '--modules', MODULE] if TO in versions else []


@test
def first():
    assert bump(FROM).stdout.strip() == f'{TOP}/ws/kernel/kernel-lt/{FROM}-1.el9'
    os.makedirs(f'{TOP}/module')
    package = f'{TOP}/ws/kernel/kernel-lt/{FROM}-1.el9/kernel-lt-modules-{FROM}-1.el9.x86_64.rpm'
    subprocess.run(f'rpm2cpio {package} | (cd {TOP}/module && cpio -idm --quiet)', shell=True, check=True)
    assert os.path.exists(MODULE)


@test
def to_the_next():
    os.symlink(NEXT, f'{MIRROR}/linux-{TO}.tar.xz')
    with subprocess.Popen(['xz', '-dc', NEXT], stdout=subprocess.PIPE) as xz:
        subprocess.run(['gpg', '--homedir', f'{TOP}/gpg-release', '--batch', '--quiet', '--pinentry-mode', 'loopback',
                        '--passphrase', '', '-o', f'{MIRROR}/linux-{TO}.tar.sign', '--detach-sign'], stdin=xz.stdout, check=True)
    out = bump(FROM, TO).stdout
    print('# ' + out.replace('\n', '\n# '))
    assert out.startswith(FOLDER + '\n') and re.search(r'^fat: (must be rebuilt for|loads on) ', out, re.M), out
    write('verdict', out)


@test
def changelog_and_advisory():
    advisory = json.loads(read(f'{FOLDER}/advisory.json'))
    text = read(f'{FOLDER}/changelog.txt')
    points = [f'{FROM.rsplit(".", 1)[0]}.{n}' for n in range(int(FROM.split('.')[2]) + 1, int(TO.split('.')[2]) + 1)]
    assert [version for version in re.findall(r'^- Linux (\S+): \d+ changes', text, re.M)][::-1] == points
    assert all(int(n) > 0 for n in re.findall(r': (\d+) changes', text)), text[:500]
    print(f'# {len(text.splitlines())} lines, {len(advisory["cves"])} CVE ids, {advisory["cves"][:3]} …')
    assert advisory['type'] == 'security' and all(re.fullmatch(r'CVE-\d{4}-\d{4,}', cve) for cve in advisory['cves']), advisory
    inside = run('rpm', '-qp', '--nosignature', '--changelog', f'{FOLDER}/kernel-lt-core-{TO}-1.el9.x86_64.rpm').stdout
    for cve in advisory['cves']:
        assert cve in inside, cve


@test
def again_does_nothing():
    before = os.stat(FOLDER).st_mtime_ns
    out = bump(FROM, TO).stdout
    assert out.startswith(f'{FOLDER} (was there)\n') and out.split('\n')[1:] == read(f'{TOP}/verdict').split('\n')[1:], out
    assert os.stat(FOLDER).st_mtime_ns == before


@test
def the_loader_agrees():
    loads = ' loads on ' in read(f'{TOP}/verdict')
    done = ksig('boot', *[f'{FOLDER}/kernel-lt-{part}-{TO}-1.el9.x86_64.rpm' for part in ('core', 'modules')], '-m', MODULE,
                status=0 if loads else 1)
    assert loads or 'fat does not load' in done.stderr, done.stderr


main(*PROGRAMS, 'rpm2cpio')
