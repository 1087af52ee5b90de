#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real longterm kernel, as small as one with modules can be: killed in the middle, gone on with, booted, published. Then
from it to a later point release, $KSIG_TEST_NEXT_TARBALL of the same series, whose changes $KSIG_TEST_CHANGELOG tells (a folder
of ChangeLog-VERSION files, or debian/changelog of Debian's linux); what is said of a module of the first kernel is held against
the loader of the second. Then both on a machine: the first is installed by dnf beside a distribution's kernel, upgraded, and leaves
when there are more kernels than dnf keeps. About eight CPU minutes."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import time

from machine import NEEDED, OTHER, PLUGIN, Machine
from real import PROGRAMS, add_release, arguments, fragment, make_flavour, make_key, skip_unless_possible, version_of
from support import HERE, KSIG, TOP, main, read, run, tap, tarball, test, write

TARBALL = skip_unless_possible()
VERSION = version_of(TARBALL)
NEXT, CHANGELOG = os.environ.get('KSIG_TEST_NEXT_TARBALL'), os.environ.get('KSIG_TEST_CHANGELOG')
TO = version_of(NEXT) if NEXT and CHANGELOG else None
CONF = make_flavour('tiny.conf', make_key('release'), fragment('tiny.fragment'))
add_release(TARBALL, VERSION)
# What the first is upgraded to: the later point release, else another build of the same one.
NEWER = f'{TO}-1.el9' if TO else f'{VERSION}-2.el9'
INSTALLONLY = ('kernel-lt', 'kernel-lt-core', 'kernel-lt-modules', 'kernel-lt-modules-extra', 'kernel-lt-devel')
MODULE = f'{TOP}/module/lib/modules/{VERSION}-1.el9.x86_64/kernel/fs/fat/fat.ko.xz'


def command(verb, *more):
    return [KSIG, '-w', f'{TOP}/ws', 'kernel', verb, CONF, *more]


def published(version=VERSION):
    return f'{TOP}/ws/kernel/kernel-lt/{version}-1.el9'


def compiled():
    """The objects that the build's log says were compiled."""
    path = f'{TOP}/ws/work/kernel/kernel-lt-{VERSION}-1.el9/build.log'
    return [line.split()[-1] for line in read(path).split('\n') if line.startswith('  CC ')] if os.path.exists(path) else []


@test
def killed_in_the_middle():
    with subprocess.Popen(command('build', *arguments(VERSION)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and len(compiled()) < 200:
            time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL, 'it ended before it could be killed'
    assert not os.path.exists(f'{TOP}/ws/kernel'), 'something was published'


@test
def goes_on_but_is_not_published_if_it_does_not_boot():
    # It is asked to load a module that the configuration has not.
    before = compiled()
    done = run(*command('build', *arguments(VERSION), '--boot', '--boot-module', 'isci'), status=1)
    assert 'no module isci' in done.stderr, done.stderr
    assert not os.path.exists(f'{TOP}/ws/kernel'), 'something was published'
    again = compiled()[len(before):]
    # What was being compiled when it was killed is compiled again, and what holds the time of the build.
    twice = set(before) & set(again)
    assert len(before) >= 200 and len(twice) < 20, (len(before), sorted(twice)[:40])


@test
def published_once_it_boots():
    before = compiled()
    out = run(*command('build', *arguments(VERSION), '--boot', '--boot-module', 'msdos')).stdout
    assert out.strip() == published(), out
    assert len(compiled()) - len(before) < 20, 'it was compiled again'
    log = read(f'{published()}/boot.log')
    assert f'ksig-boot: release {VERSION}-1.el9.x86_64' in log and 'ksig-boot: loaded msdos' in log, log[-2000:]


def test_with_next(function):
    def row():
        if not TO:
            raise tap.Skip('KSIG_TEST_NEXT_TARBALL and KSIG_TEST_CHANGELOG name no later point release and its changes')
        function()
    row.__name__ = function.__name__
    return test(row)


def bump():
    return run(*command('bump', *arguments(VERSION, TO), '--changelogs', CHANGELOG, *(['--modules', MODULE] if 'kmod' in tap.parts(KSIG) else []))).stdout


@test_with_next
def bump_to_the_next():
    add_release(NEXT, TO)
    os.makedirs(f'{TOP}/module')
    package = f'{published()}/kernel-lt-modules-{VERSION}-1.el9.x86_64.rpm'
    subprocess.run(f'rpm2cpio {package} | (cd {TOP}/module && cpio -idm --quiet)', shell=True, check=True)
    assert os.path.exists(MODULE)
    out = bump()
    print('# ' + out.rstrip().replace('\n', '\n# '))
    assert out.startswith(published(TO) + '\n') and re.search(r'^fat: (must be rebuilt for|loads on) ', out, re.M), out
    write('verdict', out)


@test_with_next
def bump_tells_what_changed():
    advisory = json.loads(read(f'{published(TO)}/advisory.json'))
    text = read(f'{published(TO)}/changelog.txt')
    points = [f'{VERSION.rsplit(".", 1)[0]}.{n}' for n in range(int(VERSION.split('.')[2]) + 1, int(TO.split('.')[2]) + 1)]
    assert [version for version in re.findall(r'^- Linux (\S+): (?:\d+ changes|told with|changes not told)', text, re.M)][::-1] == points
    assert all(int(n) > 0 for n in re.findall(r': (\d+) changes', text)), text[:500]
    print(f'# {len(text.splitlines())} lines, {len(advisory["cves"])} CVE ids, {advisory["cves"][:3]} …')
    assert advisory['type'] == 'security' and all(re.fullmatch(r'CVE-\d{4}-\d{4,}', cve) for cve in advisory['cves']), advisory
    inside = run('rpm', '-qp', '--nosignature', '--changelog', f'{published(TO)}/kernel-lt-core-{TO}-1.el9.x86_64.rpm').stdout
    for cve in advisory['cves']:
        assert cve in inside, cve


@test_with_next
def bump_again_does_nothing():
    before = os.stat(published(TO)).st_mtime_ns
    out = bump()
    assert out.startswith(f'{published(TO)} (was there)\n') and out.split('\n')[1:] == read(f'{TOP}/verdict').split('\n')[1:], out
    assert os.stat(published(TO)).st_mtime_ns == before


@test_with_next
def the_loader_agrees_with_bump():
    loads = ' loads on ' in read(f'{TOP}/verdict')
    packages = [f'{published(TO)}/kernel-lt-{part}-{TO}-1.el9.x86_64.rpm' for part in ('core', 'modules')]
    done = run(KSIG, 'kernel', 'boot', *packages, '-m', MODULE, status=0 if loads else 1)
    assert loads or 'fat does not load' in done.stderr, done.stderr


machine = []


def test_on_machine(function):
    def row():
        missing = [name for name in NEEDED if not shutil.which(name)]
        if missing or not os.path.exists(PLUGIN):
            raise tap.Skip(f'no {(missing or [PLUGIN])[0]}')
        function()
    row.__name__ = function.__name__
    return test(row)


def boots(release):
    """What the entry names is the package's kernel, which boots, and loads a module of its own."""
    entry = machine[0].kernels()[release]
    with open(f'{machine[0].root}{entry["linux"]}', 'rb') as copy, \
            open(f'{machine[0].root}/lib/modules/{release}/vmlinuz', 'rb') as image:
        assert copy.read() == image.read(), release
    out = run(KSIG, 'kernel', 'boot', '--root', machine[0].root, '--release', release, '-m', 'msdos').stdout
    assert f'{release}: booted to user space' in out and 'msdos: loaded' in out, out


@test_on_machine
def upgraded_by_dnf():
    """All that goes by the release stays beside the newer one; headers, of which there is one, are replaced."""
    machine.append(Machine('root'))
    machine[0].offer(published())
    machine[0].dnf('install', 'stub', 'kernel-core')
    machine[0].dnf('install', *INSTALLONLY, 'kernel-lt-headers')
    assert sorted(machine[0].kernels()) == sorted([OTHER, f'{VERSION}-1.el9.x86_64']), machine[0].kernels()
    if not TO:
        run(*command('build', *arguments(VERSION), '--release-number', '2'))
    machine[0].offer(f'{TOP}/ws/kernel/kernel-lt/{NEWER}')
    machine[0].dnf('upgrade')
    for name in INSTALLONLY:
        assert machine[0].packages(name) == [f'{VERSION}-1.el9', NEWER], (name, machine[0].packages(name))
    assert machine[0].packages('kernel-lt-headers') == [NEWER]
    assert machine[0].packages('kernel-core') == ['5.14.0-1.el9']
    assert sorted(machine[0].kernels()) == sorted([OTHER, f'{VERSION}-1.el9.x86_64', f'{NEWER}.x86_64']), machine[0].kernels()


@test_on_machine
def both_boot():
    for release in (f'{VERSION}-1.el9.x86_64', f'{NEWER}.x86_64'):
        boots(release)


@test_on_machine
def the_oldest_leaves():
    """Of three, where dnf keeps two; the distribution's is not one of them."""
    tarball(9999, 'linux-6.1.9999')
    conf = write('next.conf', '[flavour]\nkind=lts\npackage=kernel-lt\narchitectures=x86_64\n')
    machine[0].offer(run(KSIG, '-w', f'{TOP}/ws', 'kernel', 'build', conf, '--tarball', f'{TOP}/linux-6.1.9999.tar.xz', '--config',
                         f'{HERE}/mini.config', '--dist', '.el9', '--date', '2026-11-24', '--unsigned').stdout.strip())
    machine[0].dnf('upgrade', '--setopt=installonly_limit=2')
    for name in INSTALLONLY:
        assert machine[0].packages(name) == [NEWER, '6.1.9999-1.el9'], (name, machine[0].packages(name))
    assert sorted(machine[0].kernels()) == sorted([OTHER, f'{NEWER}.x86_64', '6.1.9999-1.el9.x86_64']), machine[0].kernels()
    boots(f'{NEWER}.x86_64')
    left = glob.glob(f'{machine[0].root}/lib/modules/{VERSION}-1.el9.x86_64/**/*.ko*', recursive=True)
    assert not left and not glob.glob(f'{machine[0].root}/boot/*{VERSION}-1.el9*'), left


main(*PROGRAMS, 'rpm2cpio')
