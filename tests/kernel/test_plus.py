#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kernel build of a plus flavour: source packages with the landmarks of el8's and el9's kernel.spec."""
import difflib
import glob
import json
import os
import re
import shutil
import subprocess

from support import HERE, KSIG, TOP, assert_same_packages, ksig, main, option, read, run, tarball, test, write

EL8 = """# We have to override the new %%install behavior
%global signkernel 0
# define buildid .local
%define kversion 4.18.0
%define pkgrelease 167.el8
%define specrelease 167%{?dist}
%define pkg_release %{specrelease}%{?buildid}
Summary: The Linux kernel, based on version %{version}, heavily modified with backports
Name: kernel%{?variant}
License: GPLv2
Version: %{kversion}
Release: %{pkg_release}
Source0: linux-%{kversion}-%{pkgrelease}.tar.xz
Source20: kernel-%{version}-x86_64.config
Source21: kernel-%{version}-x86_64-debug.config
## Patches needed for building this package
# empty final patch to facilitate testing of kernel patches
Patch999999: linux-kernel-test.patch
%description
The kernel\tmeta package \t
%prep
ApplyOptionalPatch()
{
  local patch=$1
  local C=$(wc -l < %{_sourcedir}/$patch)
  [ "$C" -le 9 ] || patch -p1 -F1 < %{_sourcedir}/$patch
}
%setup -q -n linux-%{kversion}-%{pkgrelease}
ApplyOptionalPatch linux-kernel-test.patch
# END OF PATCH APPLICATIONS, 100%% of them, %%(not run)
%changelog
* Tue Jan 07 2020 Somebody <s@example.org> [4.18.0-167.el8]
- [net] a change of 100%% (Somebody) [1]
"""

EL9 = """# define buildid .local
%define specversion 5.14.0
%define tarfile_release 5.14.0-284.11.1.el9_2
%define specrelease 284.11.1%{?buildid}%{?dist}
%global package_name kernel
Name: %{package_name}
Summary: The Linux kernel
License: GPLv2
Version: %{specversion}
Release: %{specrelease}
Source0: linux-%{tarfile_release}.tar.xz
Source24: kernel-x86_64-rhel.config
Source3001: kernel-local
Patch1: patch-5.14-redhat.patch
Patch999999: linux-kernel-test.patch
%description
x
%prep
ApplyOptionalPatch()
{
  local C=$(wc -l < %{_sourcedir}/$1)
  [ "$C" -le 9 ] || git apply %{_sourcedir}/$1
}
%setup -q -n linux-%{tarfile_release}
ApplyOptionalPatch patch-5.14-redhat.patch
ApplyOptionalPatch linux-kernel-test.patch
%changelog
* Tue May 09 2023 Somebody <s@example.org> [5.14.0-284.11.1.el9_2]
- a change (Somebody) [2]
"""

PATCH = """From: Jane Doe <jane@example.org>
Date: Mon, 1 Jan 2026 00:00:00 +0000
Subject: [PATCH] init: return one

Our machines want it.
---
 init/main.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

--- a/init/main.c
+++ b/init/main.c
@@ -1 +1 @@
-int main(void) { return 0; }
+int main(void) { return 1; }
"""


def srpm(name, spec, tree, configs, patches):
    for config in configs:
        write(f'{name}/{config}', read(f'{HERE}/mini.config'))
    for patch in patches:
        write(f'{name}/{patch}', '')
    if 'kernel-local' in spec:
        write(f'{name}/kernel-local', '# local\n')
    os.rename(tarball(0, tree), f'{TOP}/{name}/{tree}.tar.xz')
    write(f'{name}/kernel.spec', spec)
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {TOP}/{name}/top', '--define', f'_sourcedir {TOP}/{name}',
        '--define', f'dist .{name}', f'{TOP}/{name}/kernel.spec')
    folder = f'{TOP}/{name}/top/SRPMS'
    return f'{folder}/{os.listdir(folder)[0]}'


def flavour(name, rest):
    return write(f'{name}.conf', '[flavour]\nkind=plus\npackage=kernel-plus\ntag=.centos.plus\n'
                 f'packager=Plus SIG <plus@example.org>\narchitectures=x86_64\n{rest}')


def plus(base, conf, *more, status=0):
    return ksig('build', conf, '--base', base, '--date', '2026-11-24', *more, status=status)


def changed(folder, before):
    """The lines that the spec lost and gained; everything else must be what it was."""
    after = read(f'{folder}/kernel-plus.spec')
    lost, gained = [], []
    for line in difflib.ndiff(before.splitlines(True), after.splitlines(True)):
        if line[0] == '-':
            lost.append(line[2:])
        elif line[0] == '+':
            gained.append(line[2:])
    kept = [line for line in before.splitlines(True) if line not in lost]
    assert [line for line in after.splitlines(True) if line not in gained] == kept, 'other lines changed'
    return lost, gained


def prepared(topdir, tree):
    """main.c as %prep left it; from 4.20 on rpm has a folder a package in BUILD."""
    return glob.glob(f'{TOP}/{topdir}/BUILD/**/{tree}/init/main.c', recursive=True)[0]


@test
def el8():
    base = srpm('el8', EL8, 'linux-4.18.0-167.el8', ['kernel-4.18.0-x86_64.config', 'kernel-4.18.0-x86_64-debug.config'],
                ['linux-kernel-test.patch'])
    write('one.patch', PATCH)
    conf = flavour('el8', option('MINI_FS', 'm', '%(id) is 100% sure') + '[patch one]\nfile=one.patch\nreason=ours\nlink=bug 1\n')
    folder = plus(base, conf).stdout.strip()
    lost, gained = changed(folder, EL8)
    assert lost == ['Name: kernel%{?variant}\n'], lost
    assert gained == ['%define dist .el8.centos.plus\n', 'Name: kernel-plus%{?variant}\n', 'Patch1: one.patch\n',
                      'Provides: kernel = %{version}-%{release}\n', 'Provides: installonlypkg(kernel)\n',
                      'ApplyOptionalPatch one.patch\n',
                      '* Tue Nov 24 2026 Plus SIG <plus@example.org> [4.18.0-167.el8.centos.plus]\n',
                      '- MINI_FS=m: %%(id) is 100%% sure\n', '- one: ours (bug 1)\n', '\n'], gained
    packages = [name for name in os.listdir(folder) if name.endswith('.src.rpm')]
    assert packages == ['kernel-plus-4.18.0-167.el8.centos.plus.src.rpm'], packages
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {TOP}/out8', f'{folder}/{packages[0]}')
    for name in ('kernel-4.18.0-x86_64.config', 'kernel-4.18.0-x86_64-debug.config'):
        assert read(f'{TOP}/out8/SOURCES/{name}') == \
            read(f'{HERE}/mini.config').replace('# CONFIG_MINI_FS is not set', 'CONFIG_MINI_FS=m')
    done = run('rpmbuild', '-bp', '--nodeps', '--define', f'_topdir {TOP}/out8', '--define', 'dist .el8',
               f'{TOP}/out8/SPECS/kernel-plus.spec')
    assert 'return 1' in read(prepared('out8', 'linux-4.18.0-167.el8')), done.stderr


@test
def el9():
    base = srpm('el9', EL9, 'linux-5.14.0-284.11.1.el9_2', ['kernel-x86_64-rhel.config'],
                ['patch-5.14-redhat.patch', 'linux-kernel-test.patch'])
    conf = flavour('el9', option('MINI_FS', 'm') + '[patch one]\nfile=one.patch\nreason=ours\n')
    folder = plus(base, conf).stdout.strip()
    lost, gained = changed(folder, EL9)
    assert lost == ['%global package_name kernel\n'], lost
    assert '%define dist .el9.centos.plus\n' in gained, gained
    assert 'Patch2: one.patch\n' in gained and '%global package_name kernel-plus\n' in gained, gained
    package = [name for name in os.listdir(folder) if name.endswith('.src.rpm')][0]
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {TOP}/out9', f'{folder}/{package}')
    assert read(f'{TOP}/out9/SOURCES/kernel-local') == '# local\n'
    assert read(f'{TOP}/out9/SOURCES/kernel-x86_64-rhel.config') == \
        read(f'{HERE}/mini.config').replace('# CONFIG_MINI_FS is not set', 'CONFIG_MINI_FS=m')
    assert re.search(r'^\+%define dist', read(f'{folder}/spec.diff'), re.M)
    assert '(was there)' in plus(base, conf).stdout
    before = sorted(os.listdir(folder))
    for path, text, what in ((conf, read(conf) + '# more\n', 'flavour el9'), (f'{TOP}/one.patch', PATCH + '\n', 'patch one')):
        kept = read(path)
        write(os.path.relpath(path, TOP), text)
        done = plus(base, conf, status=1)
        assert folder in done.stderr and f'without this {what};' in done.stderr and not done.stdout, done.stderr
        write(os.path.relpath(path, TOP), kept)
    assert '(was there)' in plus(base, conf).stdout and sorted(os.listdir(folder)) == before


def base9():
    folder = f'{TOP}/el9/top/SRPMS'
    return f'{folder}/{os.listdir(folder)[0]}'


def other(name, rest):
    """A flavour with a tag of its own, so that nothing is there yet."""
    path = flavour(name, rest)
    write(f'{name}.conf', read(path).replace('.centos.plus', f'.{name}'))
    return path


@test
def dry_run():
    """The spec and the source package stand in the work folder, and nothing is published."""
    conf = other('dry', option('MINI_FS', 'm') + option('BLOCK', 'y'))
    done = plus(base9(), conf, '--dry-run', '--format', 'json')
    plan = json.loads(done.stdout)
    assert plan['packages'] == ['kernel-plus-5.14.0-284.11.1.el9.dry'] and plan['was_there'] is False, plan
    assert 'option BLOCK: the distribution has it' in done.stderr, done.stderr
    assert plan['source_package'].endswith('/kernel-plus-5.14.0-284.11.1.el9.dry.src.rpm') and 'CONFIG_MINI_FS=m' in read(plan['configuration'])
    for name in ('spec', 'source_package'):
        assert os.path.exists(plan[name]) and f'{TOP}/ws/work/' in plan[name], plan
    assert not os.path.exists(plan['target']) and plan['target'].startswith(f'{TOP}/ws/kernel/kernel-plus/'), plan
    said = plus(base9(), conf, '--dry-run').stdout
    assert 'package          kernel-plus-5.14.0-284.11.1.el9.dry' in said and f'published in     {plan["target"]}' in said, said
    assert not os.path.exists(plan['target'])


@test
def droppable():
    write('adopted.patch', PATCH.replace('return 0', 'return 7').replace('return 1', 'return 0'))
    conf = other('drop', option('BLOCK', 'y') + '[patch adopted]\nfile=adopted.patch\nreason=ours\n')
    done = plus(base9(), conf)
    assert 'option BLOCK: the distribution has it' in done.stderr, done.stderr
    assert 'patch adopted: the distribution has it' in done.stderr, done.stderr
    assert 'adopted.patch' not in read(f'{done.stdout.strip()}/kernel-plus.spec').split('%changelog')[0]
    out = ksig('check', conf, '--package', base9(), '-f', 'tsv').stdout
    assert out == 'droppable\noption BLOCK\npatch adopted\n', out
    assert ksig('check', f'{TOP}/el9.conf', '--package', base9(), '-f', 'json').stdout.strip() == '[]'
    bad = write('unfit.patch', PATCH.replace('return 0', 'return 5')) and other('unfit', '[patch unfit]\nfile=unfit.patch\nreason=r\n')
    assert 'patch unfit does not apply' in ksig('check', bad, '--package', base9(), status=1).stderr
    assert 'a plus flavour expected' in ksig('check', 'lts', '--package', base9(), status=2).stderr
    assert '--package expected' in ksig('check', conf, status=2).stderr


@test
def refused():
    write('bad.patch', PATCH.replace('-int main(void) { return 0; }', '-int main(void) { return 5; }'))
    write('short.patch', '\n'.join(PATCH.split('\n')[-6:]))
    rows = ((other('a', option('NO_SUCH', 'm')), 1, 'no such option'),
            (other('b', option('MINI_FS', 'm') + option('BLOCK', 'n')), 1, 'BLOCK is n'),
            (other('c', '[patch bad]\nfile=bad.patch\nreason=r\n'), 1, 'patch bad does not apply'),
            (other('d', '[patch short]\nfile=short.patch\nreason=r\n'), 3, 'fewer than ten lines'),
            (other('e', '[patch gone]\nfile=gone.patch\nreason=r\n'), 4, 'gone.patch'))
    for conf, status, words in rows:
        done = plus(base9(), conf, '--accept-defaults', status=status)
        assert words in done.stderr, (words, done.stderr)
    assert sorted(os.listdir(f'{TOP}/ws/kernel/kernel-plus')) == [
        '4.18.0-167.el8.centos.plus', '5.14.0-284.11.1.el9.centos.plus', '5.14.0-284.11.1.el9.drop']


@test
def landmarks():
    for name, old, new, words in (('m1', '%changelog\n', '', 'no line "%changelog"'),
                                  ('m3', 'ApplyOptionalPatch patch-5.14-redhat.patch\nApplyOptionalPatch linux-kernel-test.patch\n', '',
                                   'no line "ApplyOpt')):
        text = read(f'{TOP}/el9/kernel.spec')
        write('el9/broken/kernel.spec', text.replace(old, new))
        run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {TOP}/{name}', '--define', f'_sourcedir {TOP}/el9',
            f'{TOP}/el9/broken/kernel.spec')
        base = f'{TOP}/{name}/SRPMS/{os.listdir(f"{TOP}/{name}/SRPMS")[0]}'
        done = plus(base, other(name, '[patch one]\nfile=one.patch\nreason=ours\n'), status=3)
        assert words in done.stderr, done.stderr


@test
def dist_git():
    """A folder of dist-git in both layouts gives what the source package gives."""
    conf = flavour('git', option('MINI_FS', 'm'))
    flat, split = f'{TOP}/flat', f'{TOP}/split'
    shutil.copytree(f'{TOP}/el9', flat, ignore=shutil.ignore_patterns('top', 'broken'))
    shutil.copytree(flat, f'{split}/SOURCES')
    os.makedirs(f'{split}/SPECS')
    os.rename(f'{split}/SOURCES/kernel.spec', f'{split}/SPECS/kernel.spec')
    specs = []
    text = read(conf)
    for base in (flat, split):
        write('git.conf', text.replace('tag=.centos.plus', f'tag=.{os.path.basename(base)}'))
        folder = plus(base, conf, '--dist', '.el9').stdout.strip()
        specs.append(read(f'{folder}/kernel-plus.spec').replace(os.path.basename(base), 'TAG'))
        assert [name for name in os.listdir(folder) if name.endswith('.src.rpm')], os.listdir(folder)
        shutil.rmtree(folder)
    assert specs[0] == specs[1]
    os.makedirs(f'{TOP}/empty')
    assert 'no kernel.spec there' in plus(f'{TOP}/empty', conf, status=3).stderr


def git(*argv):
    return run('git', '-C', f'{TOP}/upstream', '-c', 'user.name=A', '-c', 'user.email=a@example.org', *argv).stdout.strip()


@test
def commit_of_a_breakdown():
    """A patch that is named by its commit in an upstream that a breakdown in this workspace was given."""
    tree = f'{TOP}/upstream'
    shutil.copytree(f'{TOP}/linux-5.14.0-284.11.1.el9_2', tree)
    git('init', '-q')
    git('add', '-A')
    git('commit', '-qm', 'base')
    first = git('rev-parse', 'HEAD')
    write('upstream/include/uapi/version.h', '#define VERSION 2\n')
    git('commit', '-qam', 'uapi: a new version')
    write('upstream/init/main.c', 'int main(void) { return 2; }\n')
    git('commit', '-qam', 'init: return two\n\nAs our machines want it.')
    fix = git('rev-parse', 'HEAD')
    run(KSIG, '-w', f'{TOP}/ws', 'breakdown', '--base', f'git:{tree}@{first}', '--upstream', f'git:{tree}@{first}..{fix}',
        f'git:{tree}@{fix}')
    folder = plus(base9(), other('commit', f'[patch return-two]\ncommit={fix}\nreason=the fix of our report\n')).stdout.strip()
    package = [name for name in os.listdir(folder) if name.endswith('.src.rpm')][0]
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {TOP}/outc', f'{folder}/{package}')
    text = read(f'{TOP}/outc/SOURCES/return-two.patch')
    assert text.startswith(f'From {fix} ') and '+int main(void) { return 2; }' in text and 'our machines want it' in text, text
    run('rpmbuild', '-bp', '--nodeps', '--define', f'_topdir {TOP}/outc', f'{TOP}/outc/SPECS/kernel-plus.spec')
    assert 'return 2' in read(prepared('outc', 'linux-5.14.0-284.11.1.el9_2'))
    shutil.rmtree(folder)
    done = plus(base9(), other('nocommit', f'[patch none]\ncommit={"0" * 40}\nreason=r\n'), status=3)
    assert 'patch none' in done.stderr and '0' * 40 in done.stderr, done.stderr


@test
def the_vendors_patches_come_first():
    """A patch of ours to what the vendor's Patch1 made of the tree."""
    shutil.copytree(f'{TOP}/flat', f'{TOP}/patched')
    write('patched/patch-5.14-redhat.patch', PATCH.replace('return 1', 'return 41'))
    write('onto.patch', PATCH.replace('return 0', 'return 41').replace('return 1', 'return 42'))
    conf = other('onto', '[patch onto]\nfile=onto.patch\nreason=ours\n')
    folder = plus(f'{TOP}/patched', conf, '--dist', '.el9').stdout.strip()
    assert 'ApplyOptionalPatch onto.patch' in read(f'{folder}/kernel-plus.spec')
    shutil.rmtree(folder)


@test
def what_would_be_passed_over():
    conf = other('others', option('MINI_FS', 'm'))
    for argv, words in ((('--config', '/nowhere'), 'made of --base alone'), (('--series', '6.12'), 'made of --base alone'),
                        (('--release-number', '2'), 'made of --base alone'), (('--unsigned',), 'made of --base alone'),
                        (('--tarball', '/nowhere'), 'of a longterm flavour'), (('--mock', 'centos'), 'with --binary or --boot'),
                        (('-D', 'a b'), 'with --binary or --boot')):
        said = plus(f'{TOP}/flat', conf, '--dist', '.el9', '--dry-run', *argv, status=2).stderr
        assert f'{argv[0].replace("-D", "--define")}: ' in said and words in said, (argv, said)


@test
def two_builds_are_equal():
    """The vendor's spec says neither who builds nor when; ksig does, from outside."""
    parts = """%build
env | grep -E '^(KBUILD_BUILD|SOURCE_DATE)' | sort > stamp
%install
install -D -m 644 stamp %{buildroot}/stamp
%files
/stamp
%changelog
"""
    shutil.copytree(f'{TOP}/flat', f'{TOP}/stamped')
    write('stamped/kernel.spec', '%global debug_package %{nil}\n' + read(f'{TOP}/flat/kernel.spec').replace('%changelog\n', parts))
    conf = other('stamped', option('MINI_FS', 'm'))
    folders = []
    for place in ('one', 'another/place'):
        folders.append(run(KSIG, '-w', f'{TOP}/{place}', 'kernel', 'build', conf, '--base', f'{TOP}/stamped', '--dist', '.el9', '--date',
                           '2026-11-24', '--binary').stdout.strip())
    assert_same_packages(*folders, 2)
    package = glob.glob(f'{folders[0]}/*.x86_64.rpm')[0]
    text = subprocess.run(f'rpm2cpio {package} | cpio -i --quiet --to-stdout ./stamp', shell=True, check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    assert text == ('KBUILD_BUILD_HOST=ksig\nKBUILD_BUILD_TIMESTAMP=2026-11-24 00:00:00 UTC\nKBUILD_BUILD_USER=ksig\n'
                    'SOURCE_DATE_EPOCH=1795478400\n'), text


main('rpmbuild', 'rpm', 'rpm2cpio', 'cpio', 'xz', 'patch', 'make', 'diff', 'git')
