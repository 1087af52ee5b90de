#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The configurations of a plus flavour's base: each of the architecture decides what the flavour asks for and what kbuild makes of
other options for its sake, as the vendor's %prep asks of all of them; everything else in them, and the others, stay as they were."""
import glob
import os
import re

from support import HERE, TOP, ksig, main, option, read, run, tarball, test, write

SPEC = """# define buildid .local
Name: kernel
Summary: The kernel
License: GPLv2
Version: 5.14.0
Release: 1%{?buildid}%{?dist}
Source0: linux-5.14.0-1.el9.tar.xz
@SOURCES@
Patch999999: linux-kernel-test.patch
%description
x
%prep
ApplyOptionalPatch()
{
  if [ $(wc -l < %{_sourcedir}/$1) -gt 9 ]; then patch -p1 -F1 -s < %{_sourcedir}/$1; fi
}
%setup -q -n linux-5.14.0-1.el9
ApplyOptionalPatch linux-kernel-test.patch
%changelog
* Tue May 09 2023 Somebody <s@example.org> [5.14.0-1.el9]
- a change
"""
MAIN, DEBUG, RT, OTHER = (f'kernel-{name}-rhel.config' for name in ('x86_64', 'x86_64-debug', 'x86_64-rt', 'aarch64'))


def base(name, configs, local='# local\n'):
    """A dist-git with these configurations, of which each differs from the small one in what is said: {file: ((old, new), …)}."""
    tree = 'linux-5.14.0-1.el9'
    if not os.path.exists(f'{TOP}/{tree}.tar.xz'):
        tarball(0, tree)
    os.makedirs(f'{TOP}/{name}')
    os.link(f'{TOP}/{tree}.tar.xz', f'{TOP}/{name}/{tree}.tar.xz')
    for config, changes in configs.items():
        text = read(f'{HERE}/mini.config')
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        write(f'{name}/{config}', text)
    write(f'{name}/kernel-local', local)
    write(f'{name}/linux-kernel-test.patch', '')
    sources = [*configs, 'kernel-local']
    write(f'{name}/kernel.spec', SPEC.replace('@SOURCES@', '\n'.join(f'Source{i + 1}: {source}' for i, source in enumerate(sources))))
    return f'{TOP}/{name}'


def build(folder, options, *more, status=0):
    name = os.path.basename(folder)
    conf = write(f'{name}.conf', f'[flavour]\nkind=plus\npackage=kernel-plus\ntag=.{name}\npackager=P <p@example.org>\n'
                 f'architectures=x86_64\n{"".join(option(*one) for one in options)}')
    return ksig('build', conf, '--base', folder, '--dist', '.el9', '--date', '2026-11-24', *more, status=status)


def sources(folder, options, *more):
    """Builds; gives where the result's sources are unpacked, and what was said."""
    done = build(folder, options, *more)
    name = os.path.basename(folder)
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {TOP}/{name}.out', *glob.glob(f'{done.stdout.strip()}/*.src.rpm'))
    return f'{TOP}/{name}.out/SOURCES', done.stderr


def decided(text):
    found = {name: 'n' for name in re.findall(r'^# CONFIG_(\w+) is not set$', text, re.M)}
    found.update(re.findall(r'^CONFIG_(\w+)=(.+)$', text, re.M))
    return found


def contradictions(path):
    """As the vendor's process_configs.sh has it: what kbuild makes otherwise than a configuration says."""
    write('check/.config', read(path))
    run('make', '-s', '-C', f'{TOP}/linux-5.14.0-1.el9', f'O={TOP}/check', 'olddefconfig')
    said, made = decided(read(path)), decided(read(f'{TOP}/check/.config'))
    return sorted(name for name in said if made.get(name, said[name]) != said[name])


def changed(folder, made, config):
    """The lines that a configuration lost and those that it gained."""
    before, after = (read(f'{place}/{config}').splitlines() for place in (folder, made))
    return [line for line in before if line not in after], [line for line in after if line not in before]


@test
def what_the_flavour_forces_is_decided_where_a_file_says_otherwise():
    """One option selects another, which each of the files has off; one file contradicts itself, which is not ours."""
    own = ('CONFIG_MODULES=y', 'CONFIG_MODULES=y\nCONFIG_HIDDEN=y')
    folder = base('forced', {MAIN: (), DEBUG: (own,), RT: (('# CONFIG_PICKED is not set', 'CONFIG_PICKED=y'),), OTHER: ()})
    made, said = sources(folder, [('PICKY', 'y')])
    picky, picked = (('# CONFIG_%s is not set' % name, f'CONFIG_{name}=y') for name in ('PICKY', 'PICKED'))
    for config, lines in ((MAIN, (picky, picked)), (DEBUG, (picky, picked)), (RT, (picky,)), (OTHER, ())):
        assert changed(folder, made, config) == ([old for old, _ in lines], [new for _, new in lines]), (config, changed(folder, made, config))
        assert contradictions(f'{made}/{config}') == contradictions(f'{folder}/{config}'), config
    assert contradictions(f'{folder}/{DEBUG}') == ['HIDDEN'], contradictions(f'{folder}/{DEBUG}')
    assert read(f'{made}/kernel-local') == '# local\n' and 'no effect' not in said, said


@test
def a_variant_goes_without_what_it_cannot_have():
    """The main configuration must take it. In a variant it is left out, and said."""
    without = (('CONFIG_BLOCK=y', '# CONFIG_BLOCK is not set'), ('# CONFIG_MINI_FS is not set\n', ''), ('# CONFIG_TINY is not set\n', ''))
    folder = base('idle', {MAIN: (), RT: without})
    made, said = sources(folder, [('MINI_FS', 'm'), ('PICKED', 'y')])
    assert f'{RT}: MINI_FS: no effect in this configuration' in said and MAIN not in said, said
    assert changed(folder, made, RT) == (['# CONFIG_PICKED is not set'], ['CONFIG_PICKED=y'])
    assert changed(folder, made, MAIN)[1] == ['CONFIG_MINI_FS=m', 'CONFIG_PICKED=y']
    folder = base('mainidle', {MAIN: without, RT: ()})
    assert 'MINI_FS=m has no effect' in build(folder, [('MINI_FS', 'm')], status=1).stderr


@test
def what_only_a_variant_is_asked_for_is_not_decided_silently():
    """What the main configuration decides holds for a variant; of the rest kbuild's default is a proposal."""
    bare = (('CONFIG_BLOCK=y', '# CONFIG_BLOCK is not set'), ('# CONFIG_MINI_FS is not set\n', ''), ('# CONFIG_TINY is not set\n', ''))
    folder = base('asked', {MAIN: (('# CONFIG_MINI_FS is not set', 'CONFIG_MINI_FS=m'),), RT: bare})
    made, said = sources(folder, [('BLOCK', 'y')])
    assert decided(read(f'{made}/{RT}'))['MINI_FS'] == 'm' and 'new option' not in said, said
    off = (('CONFIG_MODULES=y', '# CONFIG_MODULES is not set'), ('CONFIG_MODVERSIONS=y\n', ''), ('# CONFIG_MINI_FS is not set\n', ''))
    folder = base('open', {MAIN: off, RT: bare})
    said = build(folder, [('BLOCK', 'y')], status=1).stderr
    assert RT in said and '1 new option that nobody decided, first MINI_FS (--accept-defaults' in said, said
    assert 'new option MINI_FS: default n, proposed n (default)' in said, said
    made, said = sources(folder, [('BLOCK', 'y')], '--accept-defaults')
    assert decided(read(f'{made}/{RT}'))['MINI_FS'] == 'n'


@test
def what_kernel_local_decides_is_changed_there_too():
    """It is merged over each file: what a rebuilder has put there would win, and is what the files are looked at with."""
    folder = base('local', {MAIN: (), RT: ()}, '# ours\n# CONFIG_PICKY is not set\nCONFIG_TINY=y\n')
    made, _ = sources(folder, [('PICKY', 'y')])
    assert read(f'{made}/kernel-local') == '# ours\nCONFIG_PICKY=y\nCONFIG_TINY=y\n', read(f'{made}/kernel-local')
    for config in (MAIN, RT):
        assert changed(folder, made, config)[1] == ['CONFIG_PICKY=y', 'CONFIG_PICKED=y'], changed(folder, made, config)
    folder = base('locals', {MAIN: ()}, 'CONFIG_TINY=y\n')
    assert 'MINI_FS=m has no effect' in build(folder, [('MINI_FS', 'm')], status=1).stderr


main('rpmbuild', 'rpm', 'xz', 'patch', 'make', 'diff')
