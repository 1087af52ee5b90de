#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways in which a base's %prep applies its patches: the flavour's come after them, each once, as rpmbuild -bp has it; what has no
place for them is refused."""
import glob
import os
import re
import shutil

from support import HERE, TOP, ksig, main, read, run, tap, tarball, test, write

SPEC = """Name: kernel
Summary: The kernel
License: GPLv2
Version: 5.14.0
Release: 8%{?dist}
Source0: linux-5.14.0-8.el9.tar.xz
Source1: kernel-x86_64-rhel.config
Patch1: vendor.patch
%description
x
%prep
@PREP@
%changelog
* Mon May 08 2023 Somebody <s@example.org> [5.14.0-8.el9]
- a change
"""
MAIL = """From: P <p@example.org>
Date: Mon, 1 Jan 2024 00:00:00 +0000
Subject: [PATCH] init: @AFTER@

Our machines want it.
---
 init/main.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

"""
DIFF = """--- a/init/main.c
+++ b/init/main.c
@@ -1 +1 @@
-int main(void) { return @BEFORE@; }
+int main(void) { return @AFTER@; }
"""
SETUP = '%setup -q -n linux-5.14.0-8.el9\n'
GIT = ('git init -q\ngit config user.email a@example.org\ngit config user.name A\ngit add .\n'
       'git commit -q -m baseline\n')
WITH_ALL, BY_LINE = 'Patch', 'line'
FORMS = (
    ('git am of all patches', f'{SETUP}{GIT}git am %{{patches}}', WITH_ALL),
    ('git am of a patch', f'{SETUP}{GIT}git am %{{PATCH1}}', BY_LINE),
    ('git apply of a patch', f'{SETUP}git apply %{{PATCH1}}', BY_LINE),
    ('autosetup', '%autosetup -p1 -n linux-5.14.0-8.el9', WITH_ALL),
    ('autosetup with git am', '%autosetup -p1 -S git_am -n linux-5.14.0-8.el9', WITH_ALL),
    ('autosetup with git', '%autosetup -p1 -S git -n linux-5.14.0-8.el9', WITH_ALL),
    ('autosetup with quilt', '%autosetup -p1 -S quilt -n linux-5.14.0-8.el9', WITH_ALL),
    ('autosetup without patches, autopatch', '%autosetup -N -n linux-5.14.0-8.el9\n%autopatch -p1', WITH_ALL),
    ('autosetup without patches, one by one', '%autosetup -N -n linux-5.14.0-8.el9\n%patch -P 1 -p1', BY_LINE),
    ('autopatch of a range', f'{SETUP}%autopatch -p1 -m 1 -M 1', BY_LINE),
    ('a loop over all patches', f'{SETUP}for p in %{{patches}}; do\n  patch -p1 -s < $p\ndone', WITH_ALL),
    ('a loop over the files', f'{SETUP}for p in %{{_sourcedir}}/*.patch; do\n  patch -p1 -s < $p\ndone\n# END OF PATCH APPLICATIONS', WITH_ALL),
    ('a loop over some, with a mark', f'{SETUP}for p in %{{PATCH1}}; do\n  patch -p1 -s < $p\ndone\n# END OF PATCH APPLICATIONS', BY_LINE),
)


def base(name, prep, vendor=MAIL + DIFF):
    """A dist-git."""
    tree = 'linux-5.14.0-8.el9'
    if not os.path.exists(f'{TOP}/{tree}.tar.xz'):
        tarball(0, tree)
    write(f'{name}/kernel.spec', SPEC.replace('@PREP@', prep))
    write(f'{name}/vendor.patch', vendor.replace('@BEFORE@', '0').replace('@AFTER@', '1'))
    write(f'{name}/kernel-x86_64-rhel.config', read(f'{HERE}/mini.config'))
    os.link(f'{TOP}/{tree}.tar.xz', f'{TOP}/{name}/{tree}.tar.xz')
    return f'{TOP}/{name}'


def build(folder, ours=MAIL + DIFF, status=0):
    shutil.rmtree(f'{TOP}/ws/kernel', ignore_errors=True)
    write('zz-ours.patch', ours.replace('@BEFORE@', '1').replace('@AFTER@', '2'))
    conf = write('flavour.conf', '[flavour]\nkind=plus\npackage=kernel-plus\ntag=.plus\npackager=P <p@example.org>\n'
                 'architectures=x86_64\n[patch zz-ours]\nfile=zz-ours.patch\nreason=ours\n')
    done = ksig('build', conf, '--base', folder, '--dist', '.el9', '--date', '2026-11-24', status=status)
    assert status == 0 or not os.path.exists(f'{TOP}/ws/kernel'), 'something was published'
    return done


def prepared(name, done):
    """main.c as rpmbuild -bp of the result leaves it."""
    topdir = f'{TOP}/{name}.top'
    run('rpm', '-i', '--nodeps', '--define', f'_topdir {topdir}', *glob.glob(f'{done.stdout.strip()}/*.src.rpm'))
    run('rpmbuild', '-bp', '--nodeps', '--define', f'_topdir {topdir}', '--define', 'dist .el9', f'{topdir}/SPECS/kernel-plus.spec')
    return read(glob.glob(f'{topdir}/BUILD/**/init/main.c', recursive=True)[0])


def try_form(number, prep, how):
    done = build(base(f'form{number}', prep))
    spec = read(f'{done.stdout.strip()}/kernel-plus.spec').split('%changelog')[0]
    assert re.search(r'(?m)^Patch\d+: zz-ours\.patch$', spec), spec
    applied = spec.split('%prep')[1]
    assert (how == WITH_ALL) == (applied.strip() == prep.strip()), applied
    assert 'return 2' in prepared(f'form{number}', done)


for index, row in enumerate(FORMS):
    def form(number=index, prep=row[1], how=row[2]):
        if 'quilt' in prep and not shutil.which('quilt'):
            raise tap.Skip('no quilt')
        try_form(number, prep, how)
    form.__name__ = row[0]
    test(form)


@test
def git_am_takes_mails():
    """Of the base's as of ours: a difference alone is none."""
    prep = FORMS[0][1]
    bare = 'What our machines want.\n' * 9 + DIFF
    said = build(base('nomail', prep), ours=bare, status=3).stderr
    assert 'zz-ours.patch: %prep changes the tree by `git … am`, which takes mails, and it is none' in said, said
    said = build(base('nomails', prep, vendor=DIFF), status=3).stderr
    assert 'vendor.patch: %prep changes the tree by `git … am`, which takes mails' in said, said


@test
def no_place():
    """A loop over some patches, in which another one would be applied as often as it goes round."""
    prep = f'{SETUP}for p in %{{PATCH1}}; do\n  patch -p1 -s < $p\ndone'
    said = build(base('noplace', prep), status=3).stderr
    assert 'no line "ApplyOptionalPatch' in said, said


main('rpmbuild', 'rpm', 'xz', 'patch', 'git', 'make', 'diff')
