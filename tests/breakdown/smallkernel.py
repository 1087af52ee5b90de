# SPDX-License-Identifier: GPL-2.0-or-later
"""Small kernels for tests: a history with a vendor, and the vendor's source RPMs, made by rpmbuild in el8's layout."""
import os
import shutil
import subprocess

import tap

ENVIRONMENT = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null', GIT_AUTHOR_NAME='A U Thor',
                   GIT_AUTHOR_EMAIL='a@example.org', GIT_COMMITTER_NAME='C', GIT_COMMITTER_EMAIL='c@example.org',
                   LC_ALL='C.UTF-8')
SPEC = '''# define buildid .local
%define kversion 4.18.0
%define pkgrelease {release}.el8
%define specrelease {release}.el8
%define pkg_release %{{specrelease}}%{{?buildid}}
Name: kernel
Version: %{{kversion}}
Release: %{{pkg_release}}
Summary: The Linux kernel
License: GPLv2
Source0: linux-%{{kversion}}-%{{pkgrelease}}.tar.xz
{patches}Patch999999: linux-kernel-test.patch
%description
A small kernel.
%prep
patch_command='patch -p1 -F1 -s'
ApplyPatch()
{{
  local patch=$1
  shift
  case "$patch" in
  *.xz)  unxz < "$RPM_SOURCE_DIR/$patch" | $patch_command ${{1+"$@"}} ;;
  *) $patch_command ${{1+"$@"}} < "$RPM_SOURCE_DIR/$patch" ;;
  esac
}}
ApplyOptionalPatch()
{{
  local patch=$1
  shift
  local C=$(wc -l $RPM_SOURCE_DIR/$patch | awk '{{print $1}}')
  if [ "$C" -gt 9 ]; then
    ApplyPatch $patch ${{1+"$@"}}
  fi
}}
%setup -q -n kernel-%{{kversion}}-%{{pkgrelease}} -c
cd linux-%{{kversion}}-%{{pkgrelease}}
{applied}ApplyOptionalPatch linux-kernel-test.patch
%changelog
{changelog}'''


def run(*argv, cwd=None, status=0):
    done = subprocess.run(argv, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    tap.skip_left_out(done.stderr)
    if done.returncode != status:
        raise SystemExit(f'Bail out! {argv}: status {done.returncode}: {done.stderr}{done.stdout}')
    return done.stdout.strip('\n')


def source(name, changes):
    """A file of eight functions; CHANGES: function -> lines put into it."""
    lines = [f'/* {name} */', '#include <linux/kernel.h>', '']
    for f in range(8):
        lines += [f'int {name}_do_{f}(struct {name} *it)', '{', f'\tint value_{f} = it->{name}_field{f};',
                  *changes.get(f, []), f'\treturn {name}_finish{f}(it, value_{f});', '}', '']
    return '\n'.join(lines)


def fix(name, function):
    return [f'\tif (it->{name}_wrong_{function})', f'\t\t{name}_repair_{function}(it, {17 * function + len(name)});']


class Repository:
    """A git repository, made at PATH, whose commits are DAYS apart."""

    def __init__(self, path, days):
        self.path, self.days, self.clock = path, days, 1600000000
        run('git', 'init', '-q', '-b', 'main', path)
        for key in ('gc.auto', 'maintenance.auto'):  # a git in the background would move objects while ksig reads them
            self.git('config', key, '0')

    def git(self, *argv):
        return run('git', *argv, cwd=self.path)

    def commit(self, subject):
        self.clock += self.days * 86400
        ENVIRONMENT.update(GIT_AUTHOR_DATE=f'{self.clock} +0000', GIT_COMMITTER_DATE=f'{self.clock} +0000')
        self.git('add', '-A')
        self.git('commit', '-q', '-m', subject)
        return self.git('rev-parse', 'HEAD')


class Tree:
    """A git repository whose files are sources; CHANGES: (driver, function)."""

    def __init__(self, path, drivers):
        self.path, self.drivers, self.changes = path, drivers, set()
        os.makedirs(path)
        self.git('init', '-q', '-b', 'main')
        self.write()

    def git(self, *argv):
        return run('git', *argv, cwd=self.path)

    def write(self):
        for driver in self.drivers:
            own = {f: fix(driver, f) for d, f in self.changes if d == driver}
            os.makedirs(os.path.join(self.path, 'drivers'), exist_ok=True)
            with open(os.path.join(self.path, 'drivers', driver + '.c'), 'w', encoding='utf-8') as file:
                file.write(source(driver, own))
        with open(os.path.join(self.path, 'Makefile'), 'w', encoding='utf-8') as file:
            file.write('VERSION = 4\nPATCHLEVEL = 18\nSUBLEVEL = 0\n')

    def commit(self, subject, *changes):
        self.changes |= set(changes)
        self.write()
        self.git('add', '-A')
        self.git('commit', '-q', '--allow-empty', '-m', subject)
        return self.git('rev-parse', 'HEAD')


def make_srpm(folder, release, tree, revision, changelog, patch_of=None, older=None):
    """The source RPM of REVISION of TREE, a git folder; PATCH_OF: its last commit comes as a Patch line, not in the tarball;
    OLDER: releases that stand in Source2: kernel.changelog, as el9.5 has them."""
    sources = os.path.join(folder, f'top-{release}', 'SOURCES')
    shutil.rmtree(os.path.dirname(sources), ignore_errors=True)
    os.makedirs(sources)
    name = f'linux-4.18.0-{release}.el8'
    packed = f'{revision}~1' if patch_of else revision
    run('git', 'archive', f'--prefix={name}/', '-o', os.path.join(sources, name + '.tar'), packed, cwd=tree)
    run('xz', '-0', name + '.tar', cwd=sources)
    with open(os.path.join(sources, 'linux-kernel-test.patch'), 'w', encoding='utf-8'):
        pass
    if older:
        with open(os.path.join(sources, 'kernel.changelog'), 'w', encoding='utf-8') as file:
            file.write(older)
    if patch_of:
        text = run('git', 'format-patch', '-1', '--stdout', revision, cwd=tree) + '\n'
        with open(os.path.join(sources, patch_of), 'w', encoding='utf-8') as file:
            file.write(text)
    spec = os.path.join(folder, f'kernel-{release}.spec')
    with open(spec, 'w', encoding='utf-8') as file:
        file.write(SPEC.format(release=release, changelog=changelog,
                               patches=('Source2: kernel.changelog\n' if older else '') +
                               (f'Patch1: {patch_of}\n' if patch_of else ''),
                               applied=f'ApplyOptionalPatch {patch_of}\n' if patch_of else ''))
    run('rpmbuild', '-bs', '--define', f'_topdir {os.path.dirname(sources)}', spec, cwd=folder)
    return os.path.join(os.path.dirname(sources), 'SRPMS', f'kernel-4.18.0-{release}.el8.src.rpm')
