#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages of a longterm kernel on a machine: installed by dnf beside a distribution's kernel, upgraded (which keeps the older
one), removed; with the entries that systemd's kernel-install writes for them. The kernel is the tree of a few files, mini-kernel/."""
import os

from machine import NEEDED, OTHER, PLUGIN, Machine
from support import HERE, TOP, ksig, main, read, run, tap, tarball, test, write

if os.geteuid() != 0:
    tap.skip_all('packages are installed into a root as root only')
if not os.path.exists(PLUGIN):
    tap.skip_all(f'no {PLUGIN}')

FIRST, SECOND = '6.1.187-1.el9.x86_64', '6.1.188-1.el9.x86_64'
machine = []


def build(sublevel, *more, date='2026-11-24'):
    if not os.path.exists(f'{TOP}/linux-6.1.{sublevel}'):
        tarball(sublevel)
    conf = write('lt.conf', '[flavour]\nkind=lts\npackage=kernel-lt\narchitectures=x86_64\nmodules-extra=net/sctp/*\n')
    return ksig('build', conf, '--tarball', f'{TOP}/linux-6.1.{sublevel}.tar.xz', '--config', f'{HERE}/mini.config', '--dist', '.el9',
                '--date', date, '--unsigned', *more).stdout.strip()


@test
def beside_the_distribution():
    machine.append(Machine('root'))
    machine[0].offer(build(187))
    machine[0].dnf('install', 'stub', 'kernel-core')
    machine[0].dnf('install', 'kernel-lt', 'kernel-lt-modules-extra', 'kernel-lt-devel-matched')
    entries = machine[0].kernels()
    assert sorted(entries) == sorted([OTHER, FIRST]), entries
    assert entries[FIRST]['options'].startswith('console=ttyS0 quiet'), entries
    with open(f'{machine[0].root}{entries[FIRST]["linux"]}', 'rb') as copy, \
            open(f'{machine[0].root}/lib/modules/{FIRST}/vmlinuz', 'rb') as image:
        assert copy.read() == image.read()
    assert f'--add-kernel {FIRST}' in read(f'{machine[0].root}/weak-modules.log')


@test
def an_upgrade_keeps_the_older_one():
    machine[0].offer(build(188, date='2026-11-25'))
    machine[0].dnf('upgrade')
    assert sorted(machine[0].kernels()) == sorted([OTHER, FIRST, SECOND])
    for name in ('kernel-lt-core', 'kernel-lt-modules', 'kernel-lt-modules-extra', 'kernel-lt-devel'):
        assert machine[0].packages(name) == ['6.1.187-1.el9', '6.1.188-1.el9'], (name, machine[0].packages(name))


@test
def what_is_the_same_takes_its_room_once():
    """Of two kernels' devel; rpm finds both as they were installed."""
    one, other = (os.path.join(machine[0].root, f'usr/src/kernels/{release}/Kconfig') for release in (FIRST, SECOND))
    assert os.path.samefile(one, other), one
    assert run('rpm', '--root', machine[0].root, '-V', '--nodeps', 'kernel-lt-devel').stdout == ''


@test
def the_newer_one_removed():
    machine[0].dnf('remove', 'kernel-lt-core-6.1.188-1.el9')
    assert sorted(machine[0].kernels()) == sorted([OTHER, FIRST])
    assert machine[0].packages('kernel-lt-modules') == ['6.1.187-1.el9']
    assert f'--remove-kernel {SECOND}' in read(f'{machine[0].root}/weak-modules.log')
    left = [os.path.join(folder, name) for folder, _, names in os.walk(f'{machine[0].root}/lib/modules/{SECOND}') for name in names
            if not name.startswith('modules.') and name not in ('build', 'source')]
    # The links are those of kernel-lt-devel, which was not removed.
    assert not left, left


@test
def what_users_changed_stays():
    """What denies a module is a file of configuration."""
    path = f'{machine[0].root}/etc/modprobe.d/kernel-lt-sctp-blacklist.conf'
    assert read(path).endswith('blacklist sctp\n')
    with open(path, 'a') as file:
        file.write('# changed\n')
    machine[0].dnf('install', 'kernel-lt-modules-extra-6.1.188-1.el9')
    assert read(path).endswith('# changed\n')


@test
def the_default_if_it_is_asked_for():
    machine[0].offer(build(187, '--release-number', '2', '-D', '_with_default_kernel 1'))
    settings = f'{machine[0].root}/etc/sysconfig/kernel'
    os.makedirs(os.path.dirname(settings))
    write(settings.removeprefix(f'{TOP}/'), 'UPDATEDEFAULT=yes\nDEFAULTKERNEL=kernel-core\n')
    machine[0].dnf('install', 'kernel-lt-core-6.1.187-2.el9')
    assert read(settings) == 'UPDATEDEFAULT=yes\nDEFAULTKERNEL=kernel-lt-core\n'
    machine[0].dnf('remove', 'kernel-lt*')
    assert read(settings) == 'UPDATEDEFAULT=yes\nDEFAULTKERNEL=kernel-core\n'
    assert list(machine[0].kernels()) == [OTHER]


main(*NEEDED)
