#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a distribution's kernel comes as: a source package, one that leaves its tarball out (NoSource), a folder of dist-git in both
layouts, a plus package; named from where one stands. The same kernel in each, for plus flavours and for what takes a KERNEL."""
import glob
import os
import shutil

from support import HERE, KSIG, TOP, ksig, main, option, read, run, tarball, test, write

SPEC = """# define buildid .local
Name: kernel
Summary: The kernel
License: GPLv2
Version: 5.14.0
Release: @N@%{?buildid}%{?dist}
Source0: linux-5.14.0-@N@.el9.tar.xz
@NOSOURCE@
Source1: kernel-x86_64-rhel.config
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
%setup -q -n linux-5.14.0-@N@.el9
ApplyOptionalPatch linux-kernel-test.patch
%files
%files core
%changelog
* Tue May 0@N@ 2023 Somebody <s@example.org> [5.14.0-@N@.el9]
- a change
"""
OURS = ('From: P <p@example.org>\nSubject: init: 42\n\nOur machines\nwant\nthis.\n---\n init/main.c | 2 +-\n--- a/init/main.c\n'
        '+++ b/init/main.c\n@@ -1 +1 @@\n-int main(void) { return 0; }\n+int main(void) { return 42; }\n')
TREE = {}


def dist_git(name, number=8, nosource=False, split=False):
    """A folder of dist-git; its spec's and its sources' place."""
    specs, sources = (f'{name}/SPECS', f'{name}/SOURCES') if split else (name, name)
    top = f'linux-5.14.0-{number}.el9'
    if not os.path.exists(f'{TOP}/{top}.tar.xz'):
        tarball(0, top)
    write(f'{specs}/kernel.spec', SPEC.replace('@N@', str(number)).replace('@NOSOURCE@', 'NoSource: 0' if nosource else ''))
    write(f'{sources}/linux-kernel-test.patch', '')
    write(f'{sources}/kernel-x86_64-rhel.config', read(f'{HERE}/mini.config'))
    os.link(f'{TOP}/{top}.tar.xz', f'{TOP}/{sources}/{top}.tar.xz')
    return f'{TOP}/{specs}/kernel.spec', f'{TOP}/{sources}'


def package(name, **more):
    """A source package, alone in a folder."""
    spec, sources = dist_git(f'{name}.git', **more)
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {TOP}/{name}.top', '--define', f'_sourcedir {sources}', '--define', 'dist .el9',
        spec)
    os.rename(f'{TOP}/{name}.top/SRPMS', f'{TOP}/{name}')
    return f'{TOP}/{name}/{os.listdir(f"{TOP}/{name}")[0]}'


def flavour(tag='.plus'):
    write('ours.patch', OURS)
    return write(f'flavour{tag}.conf', f'[flavour]\nkind=plus\npackage=kernel-plus\ntag={tag}\npackager=P <p@example.org>\n'
                 f'architectures=x86_64\n{option("MINI_FS", "m")}[patch ours]\nfile=ours.patch\nreason=ours\n')


def swap_when_packed(sources, secret):
    """A PATH in which the patch in SOURCES is a link to SECRET as soon as rpmbuild is called."""
    path = write('bin/rpmbuild', f'#!/bin/sh\nln -sf {secret} {sources}/linux-kernel-test.patch\nexec {shutil.which("rpmbuild")} "$@"\n')
    os.chmod(path, 0o755)
    return f'{TOP}/bin:{os.environ["PATH"]}'


def build(base, status=0, conf=None, **more):
    shutil.rmtree(f'{TOP}/ws/kernel', ignore_errors=True)
    done = ksig('build', conf or flavour(), '--base', base, '--date', '2026-11-24', status=status, **more)
    return done.stdout.strip() if status == 0 else done.stderr


def imported(kernel, **more):
    label, tree = run(KSIG, '-w', f'{TOP}/import', 'import', '-f', 'tsv', kernel, **more).stdout.splitlines()[1].split('\t')[:2]
    assert label == '5.14.0-8.el9', label
    return tree


@test
def what_was_looked_at_is_packed():
    """A folder's owner makes a file a link to another's when it was looked at."""
    _, sources = dist_git('swapped')
    path = swap_when_packed(sources, write('secret', 'root alone reads this\n'))
    published = build(sources, env={**os.environ, 'PATH': path})
    assert os.path.islink(f'{sources}/linux-kernel-test.patch')
    package, = glob.glob(f'{published}/*.src.rpm')
    sizes = run('rpm', '-qp', '--nosignature', '--qf', '[%{FILENAMES} %{LONGFILESIZES}\n]', package).stdout.splitlines()
    assert 'linux-kernel-test.patch 0' in sizes, sizes


@test
def source_package():
    srpm = package('whole')
    TREE['spec'] = read(f'{build(srpm)}/kernel-plus.spec')
    TREE['id'] = imported(srpm)
    folder, name = os.path.split(srpm)
    assert read(f'{build(name, cwd=folder)}/kernel-plus.spec') == TREE['spec']
    assert imported(f'../whole/{name}', cwd=folder) == TREE['id']
    assert 'patch ours' not in ksig('check', flavour(), '--package', name, cwd=folder).stdout


@test
def what_comes_after_a_command_that_fails_here():
    """The base's own %prep stops on this machine: of the result's that is said."""
    def said(name, line):
        spec, sources = dist_git(name)
        write(f'{name}/kernel.spec', read(spec).replace('ApplyOptionalPatch linux-kernel-test.patch', f'ApplyOptionalPatch linux-kernel-test.patch\n{line}'))
        shutil.rmtree(f'{TOP}/ws/kernel', ignore_errors=True)
        return ksig('build', flavour(), '--base', sources, '--date', '2026-11-24').stderr

    assert "its %prep stops here at `no-such-tool-at-all --now`, as the base's does" in said('stops', 'no-such-tool-at-all --now')
    assert 'stops' not in said('passes', 'true')


@test
def dist_git_in_both_layouts():
    for name, split in (('flat', False), ('split', True)):
        dist_git(name, split=split)
        assert read(f'{build(f"{TOP}/{name}")}/kernel-plus.spec') == TREE['spec'], name
        assert imported(f'{TOP}/{name}') == imported('.', cwd=f'{TOP}/{name}') == TREE['id'], name
        assert read(f'{build(f"./{name}/", cwd=TOP)}/kernel-plus.spec') == TREE['spec'], name
        assert 'patch ours' not in ksig('check', flavour(), '--package', name, cwd=TOP).stdout


@test
def dist_git_where_a_kernel_is_taken():
    """One release to the next, each a dist-git; and which commit the first is made of."""
    _, sources = dist_git('next', number=9, split=True)
    run('tar', '-C', TOP, '-xf', f'{sources}/linux-5.14.0-9.el9.tar.xz')
    write('linux-5.14.0-9.el9/init/main.c', 'int main(void) { return 9; }\n')
    run('tar', '-C', TOP, '-cJf', f'{sources}/linux-5.14.0-9.el9.tar.xz', 'linux-5.14.0-9.el9')
    run(KSIG, '-w', f'{TOP}/chain', 'breakdown', '--base', f'{TOP}/split', f'{TOP}/next')
    assert 'return 9' in run(KSIG, '-w', f'{TOP}/chain', 'show', '1').stdout
    rows = run(KSIG, '-w', f'{TOP}/chain', 'revisions', '-f', 'tsv').stdout.splitlines()[1:]
    assert [row.split('\t')[0] for row in rows] == ['5.14.0-8.el9', '5.14.0-9.el9'], rows
    run('tar', '-C', TOP, '-xf', f'{TOP}/linux-5.14.0-8.el9.tar.xz')
    git = ('git', '-C', f'{TOP}/linux-5.14.0-8.el9', '-c', 'user.name=A', '-c', 'user.email=a@example.org')
    run(*git, 'init', '-q')
    run(*git, 'add', '-A')
    run(*git, 'commit', '-qm', 'base')
    head = run(*git, 'rev-parse', 'HEAD').stdout.strip()
    out = run(KSIG, '-w', f'{TOP}/import', 'base', f'{TOP}/split', '--upstream', f'git:{TOP}/linux-5.14.0-8.el9@{head}..{head}').stdout
    assert head in out and '1.0000' in out, out


@test
def nosource():
    """The tarball lies beside the package, and beside what is made of it."""
    srpm = package('without', nosource=True)
    folder, name = os.path.split(srpm)
    assert name.endswith('.nosrc.rpm'), name
    for words in (build(srpm, status=3), run(KSIG, '-w', f'{TOP}/import', 'import', srpm, status=3).stderr):
        assert f'no linux-5.14.0-8.el9.tar.xz in it, and none beside it (in {folder})' in words, words
    os.link(f'{TOP}/linux-5.14.0-8.el9.tar.xz', f'{folder}/linux-5.14.0-8.el9.tar.xz')
    assert imported(srpm) == imported(name, cwd=folder) == TREE['id']
    made = build(name, cwd=folder)
    assert sorted(n for n in os.listdir(made) if 'linux' in n or n.endswith('.rpm')) == [
        'kernel-plus-5.14.0-8.el9.plus.nosrc.rpm', 'linux-5.14.0-8.el9.tar.xz'], os.listdir(made)
    label = run(KSIG, '-w', f'{TOP}/import', 'import', '-f', 'tsv', f'{made}/kernel-plus-5.14.0-8.el9.plus.nosrc.rpm').stdout
    assert '\n5.14.0-8.el9.plus\t' in label, label


@test
def nosource_in_dist_git():
    _, sources = dist_git('git', nosource=True, split=True)
    assert os.path.exists(f'{build(f"{TOP}/git")}/linux-5.14.0-8.el9.tar.xz')
    assert imported(f'{TOP}/git') == TREE['id']
    os.remove(f'{sources}/linux-5.14.0-8.el9.tar.xz')
    assert 'of its sources there is no linux-5.14.0-8.el9.tar.xz' in build(f'{TOP}/git', status=3)


@test
def absent_sources():
    """A dist-git without its large files says which, and where they are named, whatever takes it."""
    _, sources = dist_git('absent', split=True)
    os.remove(f'{sources}/linux-5.14.0-8.el9.tar.xz')
    os.remove(f'{sources}/linux-kernel-test.patch')
    for file in ('sources', '.kernel.metadata', None):
        if file:
            write(f'absent/{file}', '00 SOURCES/linux-5.14.0-8.el9.tar.xz\n')
        place = f'{TOP}/absent'
        said = [build(place, status=3), ksig('check', flavour(), '--package', place, status=3).stderr,
                run(KSIG, '-w', f'{TOP}/none', 'import', place, status=3).stderr,
                run(KSIG, '-w', f'{TOP}/none', 'breakdown', '--base', place, place, status=3).stderr]
        for words in said:
            assert 'of its sources there is no ' in words and 'linux-5.14.0-8.el9.tar.xz' in words, words
            assert (f'its {file} says where' in words) if file else 'says where' not in words, words
        assert 'linux-kernel-test.patch' in said[0], said[0]
        if file:
            os.remove(f'{TOP}/absent/{file}')


@test
def plus_of_plus():
    """A plus package is a base as any: what it has is said, its release is below what comes of it."""
    first = build(f'{TOP}/flat')
    shutil.copytree(first, f'{TOP}/first')
    name = [n for n in os.listdir(f'{TOP}/first') if n.endswith('.src.rpm')][0]
    done = ksig('build', flavour('.site'), '--base', f'{TOP}/first/{name}', '--date', '2026-11-24')
    assert 'option MINI_FS: the distribution has it' in done.stderr and 'patch ours: the distribution has it' in done.stderr, done.stderr
    again = [n for n in os.listdir(done.stdout.strip()) if n.endswith('.src.rpm')][0]
    older, newer = (n[len('kernel-plus-'):-len('.src.rpm')] for n in (name, again))
    assert run('rpm', '--eval', f'%{{lua: print(rpm.vercmp("{newer}", "{older}"))}}').stdout.strip() == '1', (newer, older)
    text = read(f'{done.stdout.strip()}/kernel-plus.spec')
    assert 'kernel-plus-plus' not in text and text.count('ApplyOptionalPatch ours.patch') == 1, text


main('rpmbuild', 'rpm', 'xz', 'patch', 'make', 'diff', 'git')
