#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kernel check: what a vendor's list of symbols says, symbol by symbol, is what the vendor's check-kabi says of it:
an error for each symbol that is gone or has another version, a warning (which ends a build as well) for one that moved."""
import io
import os
import tarfile

from support import KSIG, TOP, ksig, main, read, run, test, write

BASE = (('0x00000001', 'one', 'vmlinux', 'EXPORT_SYMBOL'), ('0x00000002', 'two', 'vmlinux', 'EXPORT_SYMBOL_GPL'),
        ('0x00000003', 'three', 'drivers/net/mdio', 'EXPORT_SYMBOL_GPL'))


def symvers(name, rows, namespaces=True):
    return write(name, ''.join('\t'.join(row) + ('\t\n' if namespaces and len(row) == 4 else '\n') for row in rows))


def changed(symbol, **fields):
    """BASE with fields of one symbol changed; crc=None: without it."""
    rows = []
    for crc, name, module, kind in BASE:
        if name == symbol and fields.get('crc', '') is None:
            continue
        row = (crc, name, module, kind)
        if name == symbol:
            row = (fields.get('crc', crc), name, fields.get('module', module), kind) + ((fields['ns'],) if 'ns' in fields else ())
        rows.append(row)
    return rows


def check(base, new, kabi, status, words):
    argv = ['check', 'example', '--base', symvers('base', base), '--new', symvers('new', new)]
    if kabi is not None:
        argv += ['--kabi', symvers('kabi', kabi, False)]
    done = ksig(*argv, '-f', 'tsv', status=status)
    assert words in done.stderr + done.stdout, (words, done.stderr, done.stdout)
    assert "modules load" not in done.stderr, 'no module was looked at'
    return done.stdout


def row(name, *argv):
    def function():
        check(*argv)
    function.__name__ = name
    test(function)


# The base as it is built differs from nothing; what the list says counts.
row('the_same', BASE, BASE, BASE, 0, 'the kABI is kept')
row('listed_crc_is_another', BASE, BASE, changed('two', crc='0x00000009'), 1, '1 of them listed')
row('listed_symbol_is_gone', changed('one', crc=None), changed('one', crc=None), BASE, 1, 'one\tvmlinux\t0x00000001\tgone')
row('gone_from_the_new_one', BASE, changed('three', crc=None), BASE, 1, 'the kABI is broken')
row('crc_of_the_new_one', BASE, changed('two', crc='0x00000008'), BASE, 1, '1 of them listed')
row('moved_to_a_module', BASE, changed('one', module='lib/one'), BASE, 1, 'moved from vmlinux to lib/one')
row('another_namespace', BASE, changed('two', ns='NET'), BASE, 1, 'its namespace is NET, not none')
row('not_on_the_list', BASE, changed('two', crc='0x00000008'), changed('two', crc=None), 0, '1 symbols differ, 0 of them listed')
row('without_a_list', BASE, changed('two', crc='0x00000008'), None, 1, 'the kABI is broken')
row('a_version_that_the_list_has_not', BASE, BASE, changed('two', crc='0x00000000'), 1, '1 of them listed')
row('a_version_that_neither_has', changed('two', crc='0x00000000'), changed('two', crc='0x00000000'), changed('two', crc='0x00000000'), 0,
    'the kABI is kept')
row('what_the_list_gave_up', BASE, changed('two', crc='0x00000008'), changed('two', crc='0x00000008'), 0, '0 of them listed')


@test
def no_modules():
    """A folder without modules is not one whose modules load."""
    os.makedirs(f'{TOP}/none')
    done = ksig('check', 'example', '--base', symvers('base', BASE), '--new', symvers('new', BASE), '--modules', f'{TOP}/none', status=3)
    assert 'no modules there' in done.stderr, done.stderr


@test
def names_alone():
    """A stable list has no versions: what differs from the base is what counts."""
    names = write('names', '[rhel9_x86_64_stablelist]\n\ttwo\n')
    argv = ('check', 'example', '--base', symvers('base', BASE), '--kabi', names, '--new')
    assert 'the kABI is kept' in ksig(*argv, symvers('new', changed('one', crc='0x00000008'))).stderr
    assert '1 of them listed' in ksig(*argv, symvers('new', changed('two', crc='0x00000008')), status=1).stderr
    assert 'gone' in ksig(*argv, symvers('new', changed('two', crc=None)), status=1).stdout


def names(*symbols):
    return '[rhel_x86_64_stablelist]\n' + ''.join(f'\t{symbol}\n' for symbol in symbols)


def kabi_of(rows):
    return ''.join('\t'.join(row) + '\n' for row in rows)


# kernel-abi-stablelists as it is published: a folder for each minor release, kabi-current a link to the newest.
STABLELISTS = {'kabi-rhel89/kabi_stablelist_x86_64': names('one', 'two'), 'kabi-rhel89/kabi_stablelist_aarch64': names('gone'),
               'kabi-rhel810/kabi_stablelist_x86_64': names('three'), 'kabi-rhel810/kabi_stablelist_aarch64': names('gone')}
# kernel-kabi-dw: a file for each symbol and each type behind it.
DUMPS = {'base/x86_64/func--two.txt': 'x', 'base/x86_64/struct--one.txt': 'x', 'base/aarch64/func--one.txt': 'x',
         'base/x86_64/var--three.txt': 'x'}


def tarball(name, files, link=None):
    path = f'{TOP}/{name}'
    with tarfile.open(path, f'w:{name.rsplit(".", 1)[1]}') as tar:
        for member, text in files.items():
            info = tarfile.TarInfo(member)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
        if link:
            info = tarfile.TarInfo('kabi-current')
            info.type, info.linkname = tarfile.SYMTYPE, link
            tar.addfile(info)
    return path


def folder(name, files, link=None):
    for member, text in files.items():
        write(f'{name}/{member}', text)
    if link:
        os.symlink(link, f'{TOP}/{name}/kabi-current')
    return f'{TOP}/{name}'


def check_lists(differs, lists, status, words, arch='x86_64'):
    """A kernel in which the symbol DIFFERS has another version."""
    argv = ['check', 'example', '--base', symvers('base', BASE), '--new', symvers('new', changed(differs, crc='0x00000008')), '-a', arch]
    done = ksig(*argv, *[word for path in lists for word in ('--kabi', path)], status=status)
    assert words in done.stderr, done.stderr


KEPT, BROKEN = '1 symbols differ, 0 of them listed', '1 symbols differ, 1 of them listed'


@test
def tarball_of_lists():
    newest = tarball('kernel-abi-stablelists-1.tar.bz2', STABLELISTS, 'kabi-rhel810')
    check_lists('three', [newest], 1, BROKEN)
    check_lists('one', [newest], 0, KEPT)
    older = tarball('kernel-abi-stablelists-2.tar.xz', STABLELISTS, 'kabi-rhel89')
    check_lists('three', [older], 0, KEPT)
    check_lists('one', [older], 1, BROKEN)
    # 8.10 is after 8.9.
    unsaid = tarball('kernel-abi-stablelists-3.tar.gz', STABLELISTS)
    check_lists('three', [unsaid], 1, BROKEN)
    check_lists('one', [newest], 1, '2 symbols differ, 1 of them listed', 'aarch64')


@test
def versions_before_names():
    both = tarball('both.tar.gz', {**STABLELISTS, 'SOURCES/Module.kabi_x86_64': kabi_of(BASE), 'SOURCES/Module.kabi_s390x': kabi_of(BASE[:1])})
    check_lists('two', [both], 1, BROKEN)
    check_lists('two', [both], 0, KEPT, 's390x')


@test
def folder_of_lists():
    """As kernel-abi-stablelists is installed; and a dist-git."""
    check_lists('three', [folder('modules', STABLELISTS, 'kabi-rhel810')], 1, BROKEN)
    check_lists('one', [folder('modules8', STABLELISTS, 'kabi-rhel89')], 1, BROKEN)
    git = folder('git', {'SOURCES/Module.kabi_x86_64': kabi_of(BASE[:1]), 'SOURCES/Module.kabi_dup_x86_64': kabi_of(BASE[1:2])})
    check_lists('one', [git], 1, BROKEN)
    check_lists('two', [git], 0, KEPT)


@test
def a_list_beside_another():
    """What drivers on update disks use is a list of its own, which is empty more often than not."""
    first, dup, empty = (write(name, kabi_of(rows)) for name, rows in (('Module.kabi_x86_64', BASE[:1]), ('Module.kabi_dup_x86_64', BASE[1:2]),
                                                                        ('Module.kabi_dup_s390x', ())))
    check_lists('two', [first], 0, KEPT)
    check_lists('two', [first, dup], 1, BROKEN)
    check_lists('one', [dup, first], 1, BROKEN)
    check_lists('two', [empty], 0, KEPT)


@test
def data_of_kabi_dw():
    for place in (tarball('kernel-kabi-dw-1.tar.bz2', DUMPS), folder('dw', DUMPS), folder('dw/base/x86_64', {})):
        check_lists('two', [place], 1, BROKEN)
        check_lists('three', [place], 1, BROKEN)
        check_lists('one', [place], 0, KEPT)


@test
def no_list_for_it():
    for place in (tarball('other.tar.gz', STABLELISTS), folder('empty', {'README': ''})):
        check_lists('one', [place], 3, 'no list of symbols for s390x in it', 's390x')
    with open(tarball('whole.tar.gz', STABLELISTS), 'rb') as file:
        data = file.read()
    with open(f'{TOP}/cut.tar.gz', 'wb') as file:
        file.write(data[:len(data) // 2])
    check_lists('one', [f'{TOP}/cut.tar.gz'], 3, 'cut.tar.gz: ')


@test
def the_catalog_takes_them():
    """For kernels that modules are checked against; which architecture's is the kernel's to say."""
    lists = tarball('catalog.tar.gz', {'kabi-rhel90/kabi_stablelist_x86_64': names('one'), 'kabi-rhel90/kabi_stablelist_aarch64': names('two')})
    for option, status, words in (('X86_64', 0, '\ttrue\t'), ('S390', 3, 'no list of symbols for s390x in it'), (None, 3, 'name one of them')):
        place = f'kernel-{option}'
        symvers(f'{place}/Module.symvers', BASE)
        if option:
            write(f'{place}/include/config/auto.conf', f'CONFIG_{option}=y\n')
            write(f'{place}/include/generated/utsrelease.h', '#define UTS_RELEASE "5.14.0-1.el9"\n')
        done = run(KSIG, '-w', f'{TOP}/catalog', 'kmod', 'kernels', '--stable', lists, f'{TOP}/{place}', '-f', 'tsv', status=status)
        assert words in done.stdout + done.stderr, (words, done.stdout, done.stderr)


@test
def minor_releases():
    """A symbol that a later minor release's list has no more, one that it has with another version, one that is new in it."""
    later = [('0x00000001', 'one', 'vmlinux', 'EXPORT_SYMBOL'), ('0x00000022', 'two', 'vmlinux', 'EXPORT_SYMBOL_GPL'),
             ('0x00000004', 'four', 'vmlinux', 'EXPORT_SYMBOL')]
    argv = ('check', 'example', '-f', 'tsv', '--base', symvers('base', BASE), '--new')
    done = ksig(*argv, symvers('new', later), '--kabi', write('kabi', kabi_of(BASE)), status=1)
    assert [line.split('\t')[0] for line in done.stdout.splitlines()[1:]] == ['two', 'three'], done.stdout
    done = ksig(*argv, symvers('new', BASE), '--kabi', write('kabi', kabi_of(later)), status=1)
    assert [line.split('\t')[0] for line in done.stdout.splitlines()[1:]] == ['two', 'four'], done.stdout
    assert '2 symbols differ, 2 of them listed' in done.stderr, done.stderr


main()
