#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kernel build of a plus flavour: the ways in which a vendor's spec names packages, files, releases and patches.
What comes out is asked of rpm: the names, what they provide and need, which release is newer, and %prep itself."""
import os
import re
import shutil

from support import HERE, TOP, ksig, main, option, read, run, tarball, test, write

# Each part of a spec in the forms that Enterprise Linux has had.
SPEC = """@DEFINES@
Name: @NAME@
Summary: The kernel
License: GPLv2
Version: 5.14.0
Release: @RELEASE@
Requires: kernel-core-uname-r = %{version}-%{release}
Source0: linux-5.14.0-9.el9_1.tar.xz
Source1: @FILE@-x86_64-rhel.config
Source2: @FILE@-x86_64-debug-rhel.config
Source3: kernel-x86_64-rt-rhel.config
@PATCHES@
%define all_configs @FILE@-x86_64*.config
%description
The kernel.
%package headers
Summary: Headers
%description headers
x
%package -n @TOOLS@-tools
Summary: Tools
Requires: @TOOLS@-tools-libs = %{version}-%{release}
%description -n @TOOLS@-tools
x
%package -n @TOOLS@-tools-libs
Summary: Their library
%description -n kernel-tools-libs
x
%package -n perf
Summary: Counters
%description -n perf
x
%define variant() \\
%package %{?1:%{1}-}core\\
Summary: Core\\
Provides: kernel-%{?1:%{1}-}core-uname-r = %{version}-%{release}\\
Provides: installonlypkg(kernel)\\
%description %{?1:%{1}-}core\\
x\\
%package %{?1:%{1}-}devel\\
Summary: Devel\\
Provides: installonlypkg(kernel)\\
%description %{?1:%{1}-}devel\\
x\\
%package %{?1:%{1}-}devel-matched\\
Summary: Both\\
Requires: @MATCHED@%{?1:-%{1}}-devel = %{version}-%{release}\\
Requires: @MATCHED@%{?1:-%{1}}-core = %{version}-%{release}\\
%description %{?1:%{1}-}devel-matched\\
x\\
%package %{?1:%{1}-}kvm\\
Summary: KVM\\
Requires: @MATCHED@-%{?1:%{1}-}core-uname-r = %{version}-%{release}\\
Provides: installonlypkg(kernel-module)\\
%description -n kernel%{?1:-%{1}}-kvm\\
x\\
%{nil}
%variant
%variant rt
%prep
ApplyPatch()
{
  if ! grep -E "^Patch[0-9]+: $1\\$" %{_specdir}/${RPM_PACKAGE_NAME}.spec; then exit 1; fi
  patch -p1 -F1 -s < %{_sourcedir}/$1
}
ApplyOptionalPatch()
{
  local C=$(wc -l < %{_sourcedir}/$1)
  if [ "$C" -gt 9 ]; then ApplyPatch $1; fi
}
%setup -q -n linux-5.14.0-9.el9_1
@APPLY@
mkdir configs
cp %{_sourcedir}/@FILE@-*.config configs
cd configs
for i in kernel-*-rhel.config; do mv $i kernel-%{version}-$(echo $i | cut -d - -f 2- | sed s/-rhel//); done
ls kernel-5.14.0-x86_64.config kernel-5.14.0-x86_64-debug.config
%files
%files core
%files -n @TOOLS@-tools
%files -n kernel-tools-libs
%changelog
* Tue May 09 2023 Somebody <s@example.org> [5.14.0-9.el9_1]
- a change
"""

TEST_PATCH = 'Patch999999: linux-kernel-test.patch\n'
FORMS = {
    'literal': dict(DEFINES='# define buildid .local', NAME='kernel', RELEASE='9%{?dist}%{?buildid}', FILE='kernel',
                    TOOLS='kernel', MATCHED='kernel', PATCHES=TEST_PATCH, APPLY='ApplyOptionalPatch linux-kernel-test.patch'),
    'name': dict(DEFINES='# define buildid .local', NAME='kernel%{?variant}', RELEASE='9%{?buildid}%{?dist}', FILE='%{name}',
                 TOOLS='%{name}', MATCHED='%{name}', PATCHES=TEST_PATCH, APPLY='ApplyOptionalPatch linux-kernel-test.patch'),
    'package_name': dict(DEFINES='%global package_name kernel\n# define buildid .local', NAME='%{package_name}',
                         RELEASE='9%{?buildid}%{?dist}.kvm', FILE='%{package_name}', TOOLS='%{package_name}',
                         MATCHED='%{package_name}', PATCHES=TEST_PATCH + 'Patch2001: vendor.patch\n',
                         APPLY='ApplyOptionalPatch linux-kernel-test.patch\n%if 1\nApplyPatch vendor.patch\n%endif'),
    'fixed': dict(DEFINES='', NAME='kernel', RELEASE='9.el9_1', FILE='kernel', TOOLS='kernel', MATCHED='kernel',
                  PATCHES='Patch7: vendor.patch\n', APPLY='%patch -P 7 -p1'),
    'dist': dict(DEFINES='%define dist .el9_1.rebuilt', NAME='kernel', RELEASE='9%{?dist}', FILE='kernel', TOOLS='kernel',
                 MATCHED='kernel', PATCHES=TEST_PATCH, APPLY='ApplyOptionalPatch linux-kernel-test.patch'),
}
RELEASES = {'literal': '9.el9_1.centos.plus', 'name': '9.el9_1.centos.plus', 'package_name': '9.el9_1.kvm.centos.plus',
            'fixed': '9.el9_1.centos.plus', 'dist': '9.el9_1.rebuilt.centos.plus'}


def patch(before, after):
    return (f'From: Jane Doe <jane@example.org>\nSubject: init: {after}\n\nOur machines\nwant\nthis.\n---\n init/main.c | 2 +-\n'
            f'--- a/init/main.c\n+++ b/init/main.c\n@@ -1 +1 @@\n-int main(void) {{ return {before}; }}\n'
            f'+int main(void) {{ return {after}; }}\n')


def query(spec, sources, what):
    return run('rpmspec', '-q', '--define', f'_sourcedir {sources}', '--define', 'dist .el9_1', '--target', 'x86_64', '--qf',
               what, spec).stdout.splitlines()


def facts(spec, sources):
    """Packages by name: (release, provides, requires), each as `name = version`."""
    found = {}
    for line in query(spec, sources, '@%{name} %{release}\\n[P%{providenevrs}\\n][R%{requirenevrs}\\n]'):
        if line[0] == '@':
            name, release = line[1:].split()
            found[name] = (release, {f'{name} = 5.14.0-{release}'}, set())
        else:
            found[name][1 if line[0] == 'P' else 2].add(line[1:])
    return found


def unmet(found):
    provided = set().union(*(provides for _, provides, _ in found.values()))
    return {(name, need) for name, (_, _, needs) in found.items() for need in needs
            if need not in provided and not need.startswith('rpmlib(')}


def newer(one, other):
    return run('rpm', '--eval', f'%{{lua: print(rpm.vercmp("{one}", "{other}"))}}').stdout.strip() == '1'


def base(form):
    """A source package of the form; its folder with the sources."""
    text, folder = SPEC, f'{TOP}/{form}'
    for name, value in FORMS[form].items():
        text = text.replace(f'@{name}@', value)
    tree = f'{TOP}/linux-5.14.0-9.el9_1'
    if not os.path.exists(f'{tree}.tar.xz'):
        tarball(0, 'linux-5.14.0-9.el9_1')
    write(f'{form}/kernel.spec', text)
    write(f'{form}/linux-kernel-test.patch', '')
    write(f'{form}/vendor.patch', patch(0, 41))
    for name in ('', '-debug', '-rt'):
        write(f'{form}/kernel-x86_64{name}-rhel.config', read(f'{HERE}/mini.config') + ('CONFIG_MINI_FS=m\n' if name == '-rt' else ''))
    if not os.path.exists(f'{folder}/linux-5.14.0-9.el9_1.tar.xz'):
        os.link(f'{tree}.tar.xz', f'{folder}/linux-5.14.0-9.el9_1.tar.xz')
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {folder}/top', '--define', f'_sourcedir {folder}', '--define',
        'dist .el9_1', f'{folder}/kernel.spec')
    return f'{folder}/top/SRPMS/{os.listdir(f"{folder}/top/SRPMS")[0]}', folder


def flavour(before):
    write('ours.patch', patch(before, 42))
    return write('ours.conf', '[flavour]\nkind=plus\npackage=kernel-plus\ntag=.centos.plus\npackager=P <p@example.org>\n'
                 f'architectures=x86_64\n{option("MINI_FS", "m")}[patch ours]\nfile=ours.patch\nreason=ours\n')


def check(form):
    shutil.rmtree(f'{TOP}/ws/kernel', ignore_errors=True)
    srpm, sources = base(form)
    before = facts(f'{sources}/kernel.spec', sources)
    # The vendor's patch comes first wherever it stands, and ours is made for what comes out of it.
    conf = flavour(41 if 'vendor.patch' in FORMS[form]['PATCHES'] else 0)
    folder = ksig('build', conf, '--base', srpm, '--date', '2026-11-24').stdout.strip()
    after = facts(f'{folder}/kernel-plus.spec', sources)
    assert set(after) == {re.sub(r'^kernel(?=-|$)', 'kernel-plus', name) for name in before}, sorted(after)
    assert not unmet(before) and not unmet(after), (unmet(before), unmet(after))
    release = after['kernel-plus'][0]
    assert release == RELEASES[form] and newer(release, before['kernel'][0]), release
    for name in ('', '-core', '-devel', '-rt-core'):
        provides = after[f'kernel-plus{name}'][1]
        assert f'kernel{name} = 5.14.0-{release}' in provides and 'installonlypkg(kernel)' in provides, (name, provides)
    assert f'kernel-plus-core-uname-r = 5.14.0-{release}' in after['kernel-plus-core'][1]
    assert set(query(f'{folder}/kernel-plus.spec', sources, '[%{=NAME} %{conflictnevrs}\\n]')) == {
        f'kernel-plus-{name} kernel-{name} < 5.14.0-{release}' for name in ('headers', 'tools', 'tools-libs')}
    # The same on a machine that calls itself otherwise; and rpmbuild itself comes through.
    package = [name for name in os.listdir(folder) if name.endswith('.src.rpm')]
    assert package == [f'kernel-plus-5.14.0-{release}.src.rpm'], package
    elsewhere = run('rpmspec', '-q', '--srpm', '--define', f'_sourcedir {sources}', '--define', 'dist .other', '--qf', '%{release}',
                    f'{folder}/kernel-plus.spec').stdout
    assert elsewhere == release, elsewhere
    out = f'{TOP}/out-{form}'
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {out}', f'{folder}/{package[0]}')
    run('rpmbuild', '-bp', '--nodeps', '--define', f'_topdir {out}', '--define', 'dist .other', f'{out}/SPECS/kernel-plus.spec')
    build = run('find', f'{out}/BUILD', '-name', 'main.c').stdout.split()[0]
    assert 'return 42' in read(build), read(build)
    assert 'CONFIG_MINI_FS=m' in read(f'{out}/SOURCES/kernel-x86_64-rhel.config')


def rows():
    for form in FORMS:
        def row(form=form):
            check(form)
        row.__name__ = f'form_{form}'
        test(row)


@test
def an_epoch():
    """What asks for the old name in the version with its epoch finds it."""
    FORMS['epoch'] = dict(FORMS['literal'], NAME='kernel\nEpoch: 2')
    srpm, sources = base('epoch')
    write('epoch/kernel.spec', read(f'{sources}/kernel.spec').replace('= %{version}-', '= 2:%{version}-'))
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {sources}/top', '--define', f'_sourcedir {sources}', '--define',
        'dist .el9_1', f'{sources}/kernel.spec')
    folder = ksig('build', flavour(0), '--base', srpm, '--date', '2026-11-24').stdout.strip()
    release = RELEASES['literal']
    for name, (_, provides, _) in facts(f'{folder}/kernel-plus.spec', sources).items():
        old = name.replace('kernel-plus', 'kernel')
        assert {f'{one} = 2:5.14.0-{release}' for one in (name, old)} <= provides, (name, provides)
    conflicts = query(f'{folder}/kernel-plus.spec', sources, '[%{=NAME} %{conflictnevrs}\\n]')
    assert f'kernel-plus-headers kernel-headers < 2:5.14.0-{release}' in conflicts, conflicts
    shutil.rmtree(f'{TOP}/ws/kernel')


@test
def a_spec_that_cannot_follow():
    """What the new name breaks is said, with the package and its need, and nothing is published."""
    FORMS['stuck'] = dict(FORMS['literal'], DEFINES='%define wanted() %{expand:kernel-%*-core}\n# define buildid .local',
                          MATCHED='kernel', PATCHES=TEST_PATCH)
    srpm, sources = base('stuck')
    text = read(f'{sources}/kernel.spec').replace('%package -n perf', '%if "%{name}" == "kernel"\n%package -n rv\nSummary: rv\n'
                                                  '%description -n rv\nx\n%endif\n%package -n perf\nRequires: rv = %{version}-%{release}')
    assert '%package -n rv' in text
    write('stuck/kernel.spec', text.replace('"%{name}" == "kernel"', '"%{NAME}" == "kernel"'))
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {sources}/top', '--define', f'_sourcedir {sources}', '--define',
        'dist .el9_1', f'{sources}/kernel.spec')
    done = ksig('build', flavour(0), '--base', srpm, '--date', '2026-11-24', status=3)
    assert 'rv' in done.stderr, done.stderr


@test
def a_prep_that_the_name_breaks():
    """What only %prep shows is asked of %prep."""
    FORMS['broken'] = dict(FORMS['literal'], APPLY='ApplyOptionalPatch linux-kernel-test.patch\ntest "$RPM_PACKAGE_NAME" = kernel',
                           RELEASE='8%{?dist}')
    srpm, _ = base('broken')
    done = ksig('build', flavour(0), '--base', srpm, '--date', '2026-11-24', status=1)
    assert '$RPM_PACKAGE_NAME' in done.stderr and "the base's does not" in done.stderr, done.stderr
    assert not os.path.exists(f'{TOP}/ws/kernel/kernel-plus/5.14.0-8.el9_1.centos.plus')


@test
def what_the_base_leaves_undecided():
    """is the base's, and stops nothing; what the flavour asks for in turn does."""
    srpm, sources = base('literal')
    for name in os.listdir(sources):
        if name.endswith('.config'):
            text = read(f'{sources}/{name}')
            write(f'literal/{name}', re.sub(r'^# CONFIG_MINI_FS is not set\n', '', text, flags=re.M))
    run('rpmbuild', '-bs', '--nodeps', '--define', f'_topdir {sources}/top', '--define', f'_sourcedir {sources}', '--define',
        'dist .el9_1', f'{sources}/kernel.spec')
    conf = write('none.conf', '[flavour]\nkind=plus\npackage=kernel-plus\ntag=.undecided\n' + option('BLOCK', 'y'))
    folder = ksig('build', conf, '--base', os.path.relpath(srpm, sources), '--date', '2026-11-24', cwd=sources).stdout.strip()
    out = f'{TOP}/out-undecided'
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {out}', [f'{folder}/{n}' for n in os.listdir(folder) if n.endswith('.src.rpm')][0])
    assert 'MINI_FS' not in read(f'{out}/SOURCES/kernel-x86_64-rhel.config'), 'written although nobody asked'


@test
def optional_options():
    """An option that a flavour can do without is left out where the kernel cannot have it, and not claimed in %changelog."""
    srpm, _ = base('fixed')
    rows = option('NO_SUCH', 'm') + 'optional=true\n' + option('BLOCK', 'n') + option('MINI_FS', 'm') + 'optional=true\n'
    conf = write('optional.conf', '[flavour]\nkind=plus\npackage=kernel-plus\ntag=.optional\n' + rows)
    done = ksig('build', conf, '--base', srpm, '--date', '2026-11-24', '--accept-defaults')
    for name in ('NO_SUCH', 'MINI_FS'):
        assert f'option {name}: this kernel has no such option' in done.stderr, done.stderr
    entry = read(f'{done.stdout.strip()}/kernel-plus.spec').split('%changelog')[1]
    assert 'BLOCK=n' in entry and 'NO_SUCH' not in entry and 'MINI_FS' not in entry, entry
    conf = write('wanted.conf', read(conf).replace('optional=true\n', '').replace('.optional', '.wanted'))
    assert 'no such option' in ksig('build', conf, '--base', srpm, '--date', '2026-11-24', status=1).stderr


rows()
main('rpmbuild', 'rpm', 'rpmspec', 'xz', 'patch', 'make', 'diff', 'grep')
