#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A plus flavour's patches: what the distribution has taken up is said of that alone, what does not apply says why, and neither a
patch nor a package takes the place of the base's."""
import os
import shutil

from support import HERE, KSIG, TOP, ksig, main, option, read, run, tarball, test, write

SPEC = """Name: kernel
Summary: The kernel
License: GPLv2
Version: 5.14.0
Release: 8%{?dist}
Source0: linux-5.14.0-8.el9.tar.xz
Source1: kernel-x86_64-rhel.config
Patch1: vendor.patch
Patch999999: linux-kernel-test.patch
%description
x
%package core
Summary: Core
%description core
x
%prep
ApplyOptionalPatch()
{
  if [ $(wc -l < %{_sourcedir}/$1) -gt 9 ]; then patch -p1 -F1 -s < %{_sourcedir}/$1; fi
}
%setup -q -n linux-5.14.0-8.el9
ApplyOptionalPatch vendor.patch
ApplyOptionalPatch linux-kernel-test.patch
%files
%files core
%changelog
* Mon May 08 2023 Somebody <s@example.org> [5.14.0-8.el9]
- a change
"""
HEAD = 'From: P <p@example.org>\nSubject: init\n\nOur machines\nwant\nthis.\n---\n init/main.c | 2 +-\n'


def change(name, before, after, path='b/init/main.c'):
    lines = f'-int main(void) {{ return {before}; }}\n+int main(void) {{ return {after}; }}\n'
    return write(name, f'{HEAD}--- {path.replace("b/", "a/", 1)}\n+++ {path}\n@@ -1 +1 @@\n{lines}')


def srpm(name, spec=SPEC, vendor='', dist='.el9'):
    if not os.path.exists(f'{TOP}/linux-5.14.0-8.el9.tar.xz'):
        tarball(0, 'linux-5.14.0-8.el9')
    write(f'{name}/kernel.spec', spec)
    write(f'{name}/linux-kernel-test.patch', '')
    write(f'{name}/vendor.patch', vendor)
    write(f'{name}/kernel-x86_64-rhel.config', read(f'{HERE}/mini.config'))
    os.link(f'{TOP}/linux-5.14.0-8.el9.tar.xz', f'{TOP}/{name}/linux-5.14.0-8.el9.tar.xz')
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {TOP}/{name}/top', '--define', f'_sourcedir {TOP}/{name}',
        *(['--define', f'dist {dist}'] if dist else []), f'{TOP}/{name}/kernel.spec')
    folder = f'{TOP}/{name}/top/SRPMS'
    return f'{folder}/{os.listdir(folder)[0]}'


def build(base, patches=(), status=0, package='kernel-plus', tag='.plus'):
    """PATCHES: of each, its name, or its name and file."""
    shutil.rmtree(f'{TOP}/ws/kernel', ignore_errors=True)
    rows = [patch if isinstance(patch, tuple) else (patch, f'{patch}.patch') for patch in patches]
    conf = write('flavour.conf', f'[flavour]\nkind=plus\npackage={package}\ntag={tag}\n' + option('MINI_FS', 'm')
                 + ''.join(f'[patch {name}]\nfile={file}\nreason=ours\n' for name, file in rows))
    done = ksig('build', conf, '--base', base, '--date', '2026-11-24', status=status)
    assert status == 0 or not os.path.exists(f'{TOP}/ws/kernel'), 'something was published'
    return done


def sources_of(done):
    name = [name for name in os.listdir(done.stdout.strip()) if name.endswith('.src.rpm')][0]
    return run('rpm', '-qlp', '--nosignature', f'{done.stdout.strip()}/{name}').stdout.split()


BASE = []


@test
def a_series_in_its_order():
    BASE.append(srpm('base'))
    change('one.patch', 0, 1)
    change('two.patch', 1, 2)
    done = build(BASE[0], ['one', 'two'])
    assert 'it can be dropped' not in done.stderr and {'one.patch', 'two.patch'} <= set(sources_of(done)), done.stderr
    said = build(BASE[0], ['two', 'one'], status=1).stderr
    assert 'patch two does not apply' in said and 'init/main.c' in said, said


@test
def what_the_distribution_took_up():
    """Of a series: its first, or all of it, though the first comes off only when the second has."""
    first = srpm('first', vendor=read(f'{TOP}/one.patch'))
    done = build(first, ['one', 'two'])
    assert 'patch one: the distribution has it' in done.stderr and 'patch two' not in done.stderr, done.stderr
    assert 'one.patch' not in sources_of(done) and 'two.patch' in sources_of(done)
    whole = srpm('whole', vendor=change('both.patch', 0, 2) and read(f'{TOP}/both.patch'))
    done = build(whole, ['one', 'two'])
    assert 'patch one: the distribution has it' in done.stderr and 'patch two: the distribution has it' in done.stderr, done.stderr


@test
def what_another_patch_did():
    shutil.copy(f'{TOP}/one.patch', f'{TOP}/again.patch')
    said = build(BASE[0], ['one', 'again'], status=1).stderr
    assert 'patch again does not apply: the patches before it have done what it does' in said, said


@test
def nothing_but_a_name_or_a_mode():
    """patch takes these for applied whatever the tree has: nobody may say that the distribution has them."""
    write('name.patch', f'{HEAD}\ndiff --git a/init/main.c b/init/begin.c\nsimilarity index 100%\nrename from init/main.c\n'
          'rename to init/begin.c\n')
    write('mode.patch', f'{HEAD}\ndiff --git a/init/main.c b/init/main.c\nold mode 100644\nnew mode 100755\n')
    for name in ('name', 'mode'):
        done = build(BASE[0], [name])
        assert 'it can be dropped' not in done.stderr and f'{name}.patch' in sources_of(done), done.stderr


@test
def what_does_not_apply_says_why():
    write('text.patch', 'words\n' * 20)
    write('short.patch', read(change('short.patch', 0, 1)).removeprefix(HEAD))
    change('level.patch', 0, 1, path='init/main.c')
    for name, status, words in (('text', 1, 'patch text does not apply: there is no difference in it\n'),
                                ('short', 3, '[patch short]: fewer than ten lines'),
                                ('level', 1, 'patch level does not apply: init/main.c: No file to patch.'),
                                ('absent', 4, 'absent.patch: No such file')):
        said = build(BASE[0], [name], status=status).stderr
        assert words in said and said.count('\n') == 1, said


@test
def names_of_the_base():
    before = read(f'{TOP}/base/vendor.patch')
    said = build(BASE[0], [('vendor', 'one.patch')], status=3).stderr
    assert '[patch vendor]' in said and 'has a source vendor.patch already' in said, said
    assert read(f'{TOP}/base/vendor.patch') == before
    assert 'has a package kernel-core of its own' in build(BASE[0], status=3, package='kernel-core').stderr
    assert 'in the same release' in build(BASE[0], status=3, package='kernel', tag='').stderr
    assert build(BASE[0], package='kernel').stdout.endswith('/kernel/5.14.0-8.el9.plus\n')
    assert build(BASE[0], package='kernel-5.14_a').stdout.endswith('/kernel-5.14_a/5.14.0-8.el9.plus\n')


@test
def a_release_without_dist():
    """Whatever %dist the machine has."""
    write('home/.rpmmacros', '%dist .zzz\n')
    bare = srpm('bare', dist='')
    before, os.environ['HOME'] = os.environ.get('HOME', ''), f'{TOP}/home'
    try:
        done = build(bare)
    finally:
        os.environ['HOME'] = before
    assert any(name.endswith('kernel-plus-5.14.0-8.plus.src.rpm') for name in os.listdir(done.stdout.strip())), done.stdout


@test
def a_macro_before_it_is_defined():
    late = srpm('late', spec=SPEC.replace('Release: 8%{?dist}', 'Release: %{number}%{?dist}\n%define number 8'))
    said = build(late, status=3).stderr
    assert 'defines a macro after its use: kernel 5.14.0-%{number}.el9' in said, said


@test
def what_is_no_base():
    binary = f'{TOP}/base/top/RPMS/noarch/other-1-1.noarch.rpm'
    write('other.spec', 'Name: other\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nBuildArch: noarch\n%description\nx\n%files\n')
    run('rpmbuild', '-bb', '--define', f'_topdir {TOP}/base/top', f'{TOP}/other.spec')
    for base, words in ((binary, 'not the binary package other 1-1'), (f'{TOP}/nowhere', f'{TOP}/nowhere: no such file or folder')):
        said = build(base, status=3).stderr
        assert words in said, said
    write('broken/kernel.spec', SPEC.replace('%files core', '%endif'))
    assert f'{TOP}/broken/kernel.spec: line ' in build(f'{TOP}/broken', status=3).stderr
    assert f'{TOP}/broken/kernel.spec: line ' in run(KSIG, '-w', f'{TOP}/ws', 'import', f'{TOP}/broken', status=3).stderr


main('rpmbuild', 'rpm', 'xz', 'patch', 'make', 'diff')
