#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A plus flavour of a real kernel in a source package with el9's landmarks: the source package that comes out, the
kABI of what it builds, a module of the base under it in QEMU, an option that breaks the kABI and is named. The vendor
takes a device's id away, which the flavour gives back. About eight CPU minutes."""
import difflib
import glob
import json
import os
import re
import shutil
import subprocess

from real import PROGRAMS, fragment, skip_unless_possible, version_of
from support import HERE, TOP, ksig, main, option, read, run, test, write

TARBALL = skip_unless_possible()
VERSION = version_of(TARBALL)
VENDOR = f'{VERSION}-1.el9'
BASE, TREE = f'{TOP}/base', f'{TOP}/base/BUILD/kernel-{VENDOR}/linux-{VENDOR}.x86_64'
OPTIONS = ('JFS_FS', 'HFS_FS', 'HFSPLUS_FS')


def rpmbuild(topdir, *argv):
    return run('rpmbuild', '--nodeps', '--define', f'_topdir {topdir}', '--define', 'dist .el9', '--define', '_smp_mflags -j2',
               '--target=x86_64', *argv)


def members(name):
    """Files of the tarball, unpacked below TOP/a."""
    os.makedirs(f'{TOP}/a')
    run('tar', '-C', f'{TOP}/a', '--strip-components=1', '-xf', TARBALL, *[f'linux-{VERSION}/{path}' for path in name])


def difference(path, before, after):
    """A patch for `patch -p1` that makes PATH, with the text BEFORE, the text AFTER."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f'a/{path}', f'b/{path}')
    return f'Subject: {path}\n\nfor the tests\n---\n' + ''.join(lines)


@test
def vendor_builds():
    path = 'drivers/scsi/isci/init.c'
    members([path])
    whole = read(f'{TOP}/a/{path}')
    line = re.search(r'^\t\{ PCI_VDEVICE\(INTEL, 0x1D69\),.*\n', whole, re.M)[0]
    write('sources/patch-6.1-redhat.patch', difference(path, whole, whole.replace(line, '')))
    write('restored-ids.patch', difference(path, whole.replace(line, ''), whole))
    os.symlink(TARBALL, f'{TOP}/sources/linux-{VENDOR}.tar.xz')
    write('sources/linux-kernel-test.patch', '')
    write('sources/kernel-local', '# local\n')
    write('sources/kernel.spec', read(f'{HERE}/el9.spec.in').replace('@VERSION@', VERSION))
    # The vendor's configuration: every option is decided in it, JFS and its like are off.
    run('tar', '-C', f'{TOP}/a', '--strip-components=1', '-xf', TARBALL)
    decided = ''.join(option(name, value) for name, value in [*fragment('tiny.fragment'), ('MISC_FILESYSTEMS', 'y')])
    conf = write('vendor.conf', f'[flavour]\nkind=lts\npackage=vendor\n{decided}')
    ksig('config', 'make', conf, '-s', f'{TOP}/a', '-o', f'{TOP}/o', '-c', 'make:tinyconfig', '--accept-defaults')
    shutil.copy(f'{TOP}/o/.config', f'{TOP}/sources/kernel-x86_64-rhel.config')
    shutil.rmtree(f'{TOP}/a')
    rpmbuild(BASE, '-bs', '--define', f'_sourcedir {TOP}/sources', f'{TOP}/sources/kernel.spec')
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {BASE}', f'{BASE}/SRPMS/kernel-{VENDOR}.src.rpm')
    rpmbuild(BASE, '-bb', '--noclean', f'{BASE}/SPECS/kernel.spec')
    assert 'CONFIG_JFS_FS=m' not in read(f'{TREE}/.config')
    assert '0x1D69' not in read(f'{TREE}/{path}')


def flavour(name, rest):
    text = read(f'{HERE}/../../recipes/kernel/plus.conf')
    chosen = ''.join(re.search(rf'\[option {name}\]\n(?:.+\n)+', text)[0] + '\n' for name in OPTIONS)
    head = text[:text.index('[option')]
    return write(f'{name}.conf', head.replace('.centos.plus', f'.{name}') + chosen + rest)


def plus(conf, *more):
    return ksig('build', conf, '--base', f'{BASE}/SRPMS/kernel-{VENDOR}.src.rpm', '--date', '2026-11-24', '--accept-defaults', *more)


def folder(tag):
    return f'{TOP}/ws/kernel/kernel-plus/{VENDOR}.{tag}'


@test
def plus_builds_and_boots():
    conf = flavour('plus', '[patch restored-ids]\nfile=restored-ids.patch\nreason=our C600 controllers have this id\n')
    module = glob.glob(f'{TREE}/fs/fat/msdos.ko')[0]
    out = plus(conf, '--boot', *[word for name in (module, 'jfs', 'hfs', 'hfsplus') for word in ('--boot-module', name)]).stdout
    assert out.strip() == folder('plus'), out
    log = read(f'{folder("plus")}/boot.log')
    for name in ('msdos', 'jfs', 'hfs', 'hfsplus'):
        assert f'ksig-boot: loaded {name}' in log, log[-2000:]
    assert f'ksig-boot: release {VENDOR}.plus.x86_64' in log, log[-2000:]


@test
def only_marked_places_of_the_spec_changed():
    before, after = read(f'{TOP}/sources/kernel.spec'), read(f'{folder("plus")}/kernel-plus.spec')
    changed = [line for line in difflib.ndiff(before.splitlines(True), after.splitlines(True)) if line[0] in '-+']
    print(''.join('# ' + line for line in read(f'{folder("plus")}/spec.diff').splitlines(True)), end='')
    assert [line for line in changed if line[0] == '-'] == ['- %global package_name kernel\n'], changed
    gained = [line[2:] for line in changed if line[0] == '+']
    old_names = [f'Provides: {name} = %{{version}}-%{{release}}\n' for name in ('kernel', 'kernel-core', 'kernel-modules')]
    expected = ['%define dist .el9.plus\n', '%global package_name kernel-plus\n', 'Patch2: restored-ids.patch\n', old_names[0],
                'Provides: installonlypkg(kernel)\n', *old_names[1:], 'ApplyOptionalPatch restored-ids.patch\n']
    assert gained[:len(expected)] == expected, gained
    entry = gained[len(expected):]
    assert entry[0].startswith('* Tue Nov 24 2026 ') and entry[-1] == '\n', gained
    assert [line for line in entry[1:-1] if not line.startswith('- ')] == [], gained


@test
def other_sources_are_the_vendors():
    name = os.path.basename(glob.glob(f'{folder("plus")}/*.src.rpm')[0])
    assert name == f'kernel-plus-{VENDOR}.plus.src.rpm', name
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {TOP}/out', f'{folder("plus")}/{name}')
    assert sorted(os.listdir(f'{TOP}/out/SOURCES')) == sorted(
        [name for name in os.listdir(f'{TOP}/sources') if name != 'kernel.spec'] + ['restored-ids.patch'])
    config = 'kernel-x86_64-rhel.config'
    for name in os.listdir(f'{TOP}/sources'):
        if name not in ('kernel.spec', config):
            run('cmp', f'{TOP}/sources/{name}', f'{TOP}/out/SOURCES/{name}')
    before, after = (read(f'{TOP}/{place}/{config}').splitlines() for place in ('sources', 'out/SOURCES'))
    assert [line for line in after if line in before] == [line for line in before if line in after]
    gained = [line for line in after if line not in before]
    for name in OPTIONS:
        assert f'CONFIG_{name}=m' in gained, gained


@test
def options_are_in_effect_and_the_id_is_back():
    core = glob.glob(f'{folder("plus")}/kernel-plus-core-*.rpm')[0]
    text = subprocess.run(f'rpm2cpio {core} | cpio -i --quiet --to-stdout "*/config"', shell=True, check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    for name in OPTIONS:
        assert f'\nCONFIG_{name}=m\n' in text, name
    tree = glob.glob(f'{TOP}/ws/work/kernel/kernel-plus-*/BUILD/kernel-*/linux-*/drivers/scsi/isci/init.c')[0]
    assert '0x1D69' in read(tree)


def check(other, *more, status=0):
    return ksig('check', f'{TOP}/plus.conf' if status == 0 else f'{TOP}/break.conf', '--base', f'{TREE}/Module.symvers', '--new',
                other, '--modules', f'{TREE}/fs', '-f', 'json', *more, status=status)


@test
def modules_of_the_distribution_load():
    done = check(f'{folder("plus")}/Module.symvers')
    assert json.loads(done.stdout) == [], done.stdout
    assert "the distribution's modules load" in done.stderr and ' 0 of ' in done.stderr, done.stderr


@test
def an_option_that_breaks_the_kabi_is_named():
    """It adds a member to struct bio, which what msdos imports reaches."""
    conf = flavour('break', option('BLK_INLINE_ENCRYPTION', 'y', 'for the test'))
    plus(conf, '--binary')
    done = check(f'{folder("break")}/Module.symvers', status=1)
    assert 'the kABI is broken' in done.stderr and 'msdos' in done.stderr, done.stderr
    rows = json.loads(done.stdout)
    assert rows, done.stdout
    done = check(f'{folder("break")}/Module.symvers', '--source', f'{TOP}/ws/work/kernel/kernel-plus-{VENDOR}.break/tree',
                 '--config', f'{TREE}/.config', '--output', f'{TOP}/halving', status=1)
    causes = [row['cause'] for row in json.loads(done.stdout) if row['cause']]
    assert causes == ['option BLK_INLINE_ENCRYPTION'], causes


@test
def its_modules_are_refused_in_truth():
    done = ksig('boot', *glob.glob(f'{folder("break")}/kernel-plus-core-*.x86_64.rpm'),
                *glob.glob(f'{folder("break")}/kernel-plus-modules-*.x86_64.rpm'), '-m', f'{TREE}/fs/fat/fat.ko', status=1)
    assert 'fat does not load' in done.stderr and 'disagrees about version' in done.stderr, done.stderr


@test
def a_patch_that_breaks_the_kabi_is_named():
    """Of three patches one adds a member to a type that the symbol reaches. Nothing is compiled for it."""
    sections = ''
    for name, path, old, new in (('before', 'fs/filesystems.c', 'int register_filesystem(', 'int  register_filesystem('),
                                 ('member', 'include/linux/fs.h', 'struct file_system_type {\n', 'struct file_system_type {\n\tlong ours;\n'),
                                 ('after', 'fs/filesystems.c', 'int unregister_filesystem(', 'int  unregister_filesystem(')):
        run('tar', '-C', f'{TOP}/o', '--strip-components=1', '-xf', TARBALL, f'linux-{VERSION}/{path}')
        whole = read(f'{TOP}/o/{path}')
        if name == 'after':
            whole = whole.replace('int register_filesystem(', 'int  register_filesystem(')
        assert old in whole, path
        write(f'{name}.patch', difference(path, whole, whole.replace(old, new)))
        sections += f'[patch {name}]\nfile={name}.patch\nreason=for the test\n'
    conf = flavour('patched', option('MSDOS_FS', 'm') + sections)
    done = ksig('check', conf, '--package', f'{BASE}/SRPMS/kernel-{VENDOR}.src.rpm', '-f', 'json')
    assert json.loads(done.stdout) == [{'droppable': 'option MSDOS_FS'}], done.stdout
    lines = read(f'{TREE}/Module.symvers').split('\n')
    broken = [re.sub('^0x.{8}', '0x12345678', line) if line.split('\t')[1:2] == ['register_filesystem'] else line for line in lines]
    assert broken != lines
    symvers = write('broken.symvers', '\n'.join(broken))
    done = ksig('check', conf, '--base', f'{TREE}/Module.symvers', '--new', symvers, '--source',
                f'{TOP}/ws/work/kernel/kernel-plus-{VENDOR}.patched/tree', '--config', f'{TREE}/.config', '--output',
                f'{TOP}/halving-patches', '-f', 'json', status=1)
    assert [(row['symbol'], row['cause']) for row in json.loads(done.stdout)] == [('register_filesystem', 'patch member')], done.stdout
    assert 'long ours' in read(f'{TOP}/ws/work/kernel/kernel-plus-{VENDOR}.patched/tree/include/linux/fs.h')


main(*PROGRAMS, 'git', 'diff', 'rpm2cpio')
