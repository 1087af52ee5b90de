#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kernel check: what a vendor's list of symbols says, symbol by symbol, is what the vendor's check-kabi says of it:
an error for each symbol that is gone or has another version, a warning (which ends a build as well) for one that moved."""
import os

from support import TOP, ksig, main, read, run, test, write

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


main()
