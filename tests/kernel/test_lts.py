#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kernel config, build and bump, on a tree of a few files that has kbuild's make targets (mini-kernel/)."""
import glob
import gzip
import hashlib
import hmac
import json
import lzma
import os
import re
import shutil
import subprocess
import time

from support import HERE, KSIG, TOP, assert_same_packages, ksig, main, option, read, run, tarball, test, write


def flavour(name, rest='', source=''):
    return write(f'{name}.conf', f'[flavour]\nkind=lts\npackage=kernel-lt\narchitectures=x86_64\n'
                 f'modules-extra=net/sctp/*\n[source]\n{source}\n{rest}')


def build(conf, *more, status=0, sublevel=187, **environment):
    return ksig('build', conf, '--tarball', f'{TOP}/linux-6.1.{sublevel}.tar.xz', '--config', f'{HERE}/mini.config',
                '--dist', '.el9', '--date', '2026-11-24', *more, status=status, env={**os.environ, **environment})


def files():
    folder = f'{TOP}/ws/kernel/kernel-lt'
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def rpm_of(part, sublevel=187, release=1):
    return f'{TOP}/ws/kernel/kernel-lt/6.1.{sublevel}-{release}.el9/kernel-lt-{part}6.1.{sublevel}-{release}.el9.x86_64.rpm'


def query(part, *what):
    return run('rpm', '-qp', '--nosignature', *what, rpm_of(part)).stdout


@test
def option_takes_effect():
    conf = flavour('good', option('MINI_FS', 'm'))
    ksig('config', 'make', conf, '-s', f'{TOP}/linux-6.1.187', '-o', f'{TOP}/o', '-c', f'{HERE}/mini.config')
    assert 'CONFIG_MINI_FS=m\n' in read(f'{TOP}/o/.config')


@test
def option_does_not_exist():
    done = ksig('config', 'make', flavour('none', option('NO_SUCH', 'm')), '-s', f'{TOP}/linux-6.1.187',
                '-o', f'{TOP}/o', '-c', f'{HERE}/mini.config', status=1)
    assert 'NO_SUCH' in done.stderr and 'no such option' in done.stderr, done.stderr


@test
def values_that_an_option_does_not_take():
    """Its type is named, its range, and what neither explains is not called either."""
    tree = f'{TOP}/typed'
    shutil.copytree(f'{TOP}/linux-6.1.187', tree)
    with open(f'{tree}/Kconfig', 'a') as file:
        file.write('\nconfig SIZE\n\tint "Size"\n\trange 12 25\n\tdefault 17\n\nconfig FIXED\n\tbool "Fixed" if "$(ARCH)" = "none"\n'
                   '\tdefault y\n')
    line = next(number for number, text in enumerate(read(f'{tree}/Kconfig').split('\n'), 1) if text == 'config SIZE')
    for name, value, words in (('TINY', 'm', 'TINY=m has no effect, it is n: it is bool (fs/Kconfig:'),
                               ('MINI_FS', '5', 'MINI_FS=5 has no effect, it is n: it is tristate (fs/Kconfig:'),
                               ('SIZE', '99', f'SIZE=99 has no effect, it is 17: it is int, in the range 12 25 (Kconfig:{line})'),
                               ('SIZE', 'y', f'SIZE=y has no effect, it is 17: it is int, in the range 12 25 (Kconfig:{line})'),
                               ('FIXED', 'n', "FIXED=n has no effect, it is y: by its prompt's condition, a choice or a default")):
        said = ksig('config', 'make', flavour('typed', option(name, value)), '-s', tree, '-o', f'{TOP}/typed-o', '-c',
                    f'{HERE}/mini.config', '--accept-defaults', status=1).stderr
        assert words in said, (words, said)


@test
def words_of_the_command_line():
    """Of what names a release nothing is taken that rpm would read otherwise, nor what nobody said."""
    conf = flavour('words', '')
    for argv, words in ((('--release-number', '0'), '--release-number: 0: 1 or more expected'),
                        (('--release-number', '-1'), '--release-number: -1: 1 or more expected'),
                        (('--dist', 'el9'), '--dist: el9: '), (('--dist', '.el9%{x}'), '--dist: .el9%{x}: '), (('--dist', '.a-b'), '--dist: .a-b: '),
                        (('--date', '2026-02-30'), 'a day since 1970'), (('--date', '2026-11-24T00:00'), 'a day since 1970'),
                        (('--date', '1969-12-31'), 'a day since 1970'), (('--arch', '../x'), 'not one of x86_64, i686, aarch64, ppc64le, s390x'),
                        (('--arch', 's390x'), 'the flavour words is for x86_64'), (('--base', TOP), '--base: of a plus flavour'),
                        (('--binary',), '--binary: of a plus flavour'), (('--series', '6.1'), '--series: --tarball says what is built')):
        said = ksig('build', conf, '--tarball', f'{TOP}/linux-6.1.187.tar.xz', '--config', f'{HERE}/mini.config', '--unsigned', '--dry-run',
                    *argv, status=2).stderr
        assert words in said, (argv, said)


@test
def folders_that_make_cannot_name():
    conf = flavour('folders', '')
    plus = write('plus.conf', '[flavour]\nkind=plus\npackage=kernel-plus\n')
    for name in ('a b', 'a:b', 'a;b', "a'b", 'a$b', 'a%{b}', 'a#b'):
        for argv in ((conf, '--tarball', f'{TOP}/linux-6.1.187.tar.xz', '--config', f'{HERE}/mini.config', '--unsigned', '--dist', '.el9'),
                     (plus, '--base', f'{TOP}/none.src.rpm')):
            said = run(KSIG, '-w', f'{TOP}/{name}', 'kernel', 'build', *argv, status=2).stderr
            assert f"{TOP}/{name}" in said and "cannot work in a folder with '" in said, said
        said = ksig('config', 'make', conf, '-s', f'{TOP}/linux-6.1.187', '-o', f'{TOP}/{name}/o', '-c', f'{HERE}/mini.config', status=2).stderr
        assert "cannot work in a folder with '" in said, said
        assert not os.path.exists(f'{TOP}/{name}/work/kernel') and not os.path.exists(f'{TOP}/{name}/kernel')


@test
def unmet_dependency_is_named():
    conf = flavour('unmet', option('MINI_FS', 'm') + option('TINY', 'y'))
    done = ksig('config', 'make', conf, '-s', f'{TOP}/linux-6.1.187', '-o', f'{TOP}/o', '-c', f'{HERE}/mini.config',
                '--accept-defaults', status=1)
    assert 'MINI_FS=m has no effect' in done.stderr, done.stderr
    assert 'fs/Kconfig:7: !TINY (TINY is y)' in done.stderr, done.stderr


@test
def block_condition_is_named():
    conf = flavour('block', option('MINI_FS', 'm') + option('BLOCK', 'n'))
    done = ksig('config', 'make', conf, '-s', f'{TOP}/linux-6.1.187', '-o', f'{TOP}/o', '-c', f'{HERE}/mini.config',
                '--accept-defaults', status=1)
    assert 'BLOCK (BLOCK is n)' in done.stderr, done.stderr


@test
def hidden_option():
    done = ksig('config', 'make', flavour('hidden', option('HIDDEN', 'y')), '-s', f'{TOP}/linux-6.1.187',
                '-o', f'{TOP}/o', '-c', f'{HERE}/mini.config', status=1)
    assert 'only selected by others' in done.stderr, done.stderr


@test
def selector_is_named():
    done = ksig('config', 'make', flavour('selected', option('PICKY', 'y') + option('PICKED', 'n')), '-s', f'{TOP}/linux-6.1.187',
                '-o', f'{TOP}/o', '-c', f'{HERE}/mini.config', status=1)
    assert 'PICKED=n has no effect, it is y: PICKY selects it' in done.stderr, done.stderr


@test
def new_option_stops():
    base = write('old.config', 'CONFIG_MODULES=y\nCONFIG_MODVERSIONS=y\nCONFIG_LOCALVERSION_AUTO=n\nCONFIG_BLOCK=y\n'
                 'CONFIG_TINY=n\n')
    neighbour = write('neighbour.config', 'CONFIG_MINI_FS=m\n')
    argv = ['config', 'make', flavour('new'), '-s', f'{TOP}/linux-6.1.187', '-o', f'{TOP}/o', '-c', base,
            '-n', neighbour, '-f', 'json']
    done = ksig(*argv, status=1)
    row = json.loads(done.stdout)[0]
    assert row['option'] == 'MINI_FS' and row['default'] == 'n' and row['proposal'] == 'm', row
    assert row['origin'] == 'neighbour.config' and row['help'].startswith('A file system that'), row
    ksig(*argv, '--accept-defaults')
    assert 'CONFIG_MINI_FS=m\n' in read(f'{TOP}/o/.config')


@test
def config_diff():
    old, new = write('a.config', 'CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_D="x"\n'), write('b.config', 'CONFIG_A=m\nCONFIG_D="x"\n')
    assert ksig('config', 'diff', old, new, '-f', 'tsv', status=1).stdout == 'option\told\tnew\nA\ty\tm\n'
    assert ksig('config', 'diff', old, old, '-f', 'tsv').stdout == 'option\told\tnew\n'
    assert 'bad.config:1' in ksig('config', 'diff', write('bad.config', 'nonsense\n'), new, status=3).stderr


@test
def config_diff_of_flavours():
    one, two = flavour('one', option('MINI_FS', 'm') + option('TINY', 'y')), flavour('two', option('MINI_FS', 'y') + option('TINY', 'y'))
    assert ksig('config', 'diff', one, two, '-f', 'tsv', status=1).stdout == 'option\told\tnew\nMINI_FS\tm\ty\n'
    out = ksig('config', 'diff', 'plus', 'example', '-f', 'tsv', status=1).stdout
    assert 'HFS_FS\tm\t\n' in out and '\nJFS_FS\t' not in out, out


@test
def unsigned_is_refused():
    assert 'a signature and --key expected' in build(flavour('u'), status=2).stderr
    assert files() == []


def gpg(home, *argv, **kwargs):
    return run('gpg', '--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '',
               *argv, **kwargs)


def key(name):
    home = f'{TOP}/gpg-{name}'
    os.makedirs(home, mode=0o700)
    gpg(home, '--quick-generate-key', f'{name} <{name}@example.org>', 'ed25519', 'sign', 'never')
    write(f'{name}.asc', gpg(home, '--armor', '--export').stdout)
    return re.search(r'fpr:+([0-9A-F]{40}):', gpg(home, '--with-colons', '--list-keys').stdout)[1]


def sign(name, path, to):
    gpg(f'{TOP}/gpg-{name}', '--yes', '-o', to, '--detach-sign', path)


@test
def signatures():
    good, other = key('greg'), key('mallory')
    tar = f'{TOP}/linux-6.1.187.tar'
    sign('greg', tar, f'{TOP}/good.sign')
    sign('mallory', tar, f'{TOP}/mallory.sign')
    sign('greg', f'{HERE}/mini.config', f'{TOP}/wrong.sign')
    conf = flavour('signed', source=f'keys={good}')
    keys = ['--key', f'{TOP}/greg.asc']
    both = keys + ['--key', f'{TOP}/mallory.asc']
    assert 'wrong signature' in build(conf, '--signature', f'{TOP}/wrong.sign', *keys, status=1).stderr
    assert 'unknown key' in build(conf, '--signature', f'{TOP}/mallory.sign', *keys, status=1).stderr
    assert 'does not name' in build(conf, '--signature', f'{TOP}/mallory.sign', *both, status=1).stderr
    assert 'no OpenPGP key' in build(conf, '--signature', f'{TOP}/good.sign', '--key', f'{HERE}/mini.config', status=3).stderr
    garbage = build(conf, '--signature', f'{HERE}/mini.config', *keys, status=3)
    assert 'no OpenPGP signature' in garbage.stderr, garbage.stderr
    assert files() == []


def in_front_of(program, script):
    """A PATH in which SCRIPT runs instead; @REAL@ in it is the program."""
    path = write(f'bin-{program}/{program}', '#!/bin/sh\n' + script.replace('@REAL@', shutil.which(program)))
    os.chmod(path, 0o755)
    return f'{os.path.dirname(path)}:{os.environ["PATH"]}'


@test
def what_is_verified_is_built():
    """The tarball's owner puts another in its place as soon as its signature was checked."""
    tarball_path, kept = f'{TOP}/linux-6.1.187.tar.xz', f'{TOP}/kept.tar.xz'
    shutil.copy(tarball_path, kept)
    conf = flavour('swapped', source=f'keys={key("swapper")}')
    sign('swapper', f'{TOP}/linux-6.1.187.tar', f'{TOP}/swapper.sign')
    path = in_front_of('xz', f'@REAL@ "$@"\nstatus=$?\necho evil >{tarball_path}\nexit $status\n')
    try:
        build(conf, '--signature', f'{TOP}/swapper.sign', '--key', f'{TOP}/swapper.asc', '--dry-run', PATH=path)
        with open(kept, 'rb') as wanted, open(f'{TOP}/ws/work/kernel/kernel-lt-6.1.187-1.el9/sources/linux-6.1.187.tar.xz', 'rb') as built:
            assert wanted.read() == built.read()
        assert read(tarball_path) == 'evil\n'
    finally:
        os.rename(kept, tarball_path)


def sums(name, signer=None, of='linux-6.1.187.tar.xz', digest=None):
    """sha256sums.asc as kernel.org's, clear-signed by SIGNER (None: not signed)."""
    with open(f'{TOP}/linux-6.1.187.tar.xz', 'rb') as file:
        digest = digest or hashlib.sha256(file.read()).hexdigest()
    path = write(name, f'{"1" * 64}  ChangeLog-6.1.187\n{digest}  {of}\n')
    if signer:
        gpg(f'{TOP}/gpg-{signer}', '--yes', '-o', f'{path}.asc', '--clear-sign', path)
    return f'{path}.asc' if signer else path


@test
def checksums():
    auto = key('autosigner')
    conf = flavour('summed', source=f'sums-keys={auto}')
    known, both = ['--key', f'{TOP}/autosigner.asc'], ['--key', f'{TOP}/autosigner.asc', '--key', f'{TOP}/mallory.asc']
    good = read(sums('sums', 'autosigner'))
    for text, keys, words, *status in (
            (read(sums('wrong', 'autosigner', digest='0' * 64)), known, 'SHA-256'),
            (read(sums('other', 'autosigner', of='linux-6.1.18.tar.xz')), known, 'no sum of'),
            (read(sums('plain')), known, 'no OpenPGP signature', 3),
            # A line that nobody signed, before the signed ones, does not count.
            (read(sums('around')) + read(sums('other', 'autosigner', of='x')), known, 'no sum of'),
            (good.replace('1' * 64, '2' * 64), known, 'wrong signature'),
            (good.split('-----BEGIN PGP SIGNATURE')[0], known, 'OpenPGP', 3),
            (read(sums('stranger', 'mallory')), known, 'unknown key'),
            (read(sums('stranger', 'mallory')), both, 'does not name')):
        done = build(conf, '--sha256sums', write('given.asc', text), '--unsigned', *keys, status=(status or [1])[0])
        assert words in done.stderr, (words, done.stderr)
    # Without keys the sums are worth what --unsigned says.
    assert 'SHA-256' in build(conf, '--sha256sums', sums('wrong', digest='0' * 64), '--unsigned', status=1).stderr
    assert 'no sum of' in build(conf, '--sha256sums', write('none', ''), '--unsigned', status=1).stderr
    assert files() == []


@test
def patch_that_does_not_apply():
    write('bad.patch', '--- a/init/main.c\n+++ b/init/main.c\n@@ -1 +1 @@\n-not there\n+x\n')
    done = build(flavour('p', '[patch bad]\nfile=bad.patch\nreason=r\n'), '--unsigned', status=1)
    assert 'patch bad does not apply' in done.stderr, done.stderr
    assert files() == []


@test
def failed_build_publishes_nothing():
    write('break.patch', '--- a/Makefile\n+++ b/Makefile\n@@ -17,3 +17,3 @@\n bzImage Image.gz:\n'
          "-\t@echo '  CC      init/main.o'\n+\t@echo 'the compiler broke' && false\n \tmkdir -p arch/$(ARCH)/boot\n")
    done = build(flavour('broken', '[patch break]\nfile=break.patch\nreason=r\n'), '--unsigned', status=3)
    assert 'the compiler broke' in done.stderr, done.stderr
    assert files() == []


@test
def full_disk():
    """On a file system of 2 MiB where one can be mounted, else under a limit of the size of files."""
    conf, small = flavour('disk'), f'{TOP}/small'
    os.makedirs(small)
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=200k', 'none', small], stderr=subprocess.DEVNULL).returncode == 0
    argv = [KSIG, '-w', f'{small}/ws', 'kernel', 'build', conf, '--tarball', f'{TOP}/linux-6.1.187.tar.xz', '--config',
            f'{HERE}/mini.config', '--unsigned', '--dist', '.el9', '--date', '2026-11-24']
    try:
        limit = [] if mounted else ['sh', '-c', 'ulimit -f 16; exec "$@"', 'sh']
        done = subprocess.run([*limit, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 4, (done.returncode, done.stderr)
        assert not mounted or 'No space left' in done.stderr or 'echo: I/O error' in done.stderr, done.stderr
        assert not os.path.exists(f'{small}/ws/kernel') or not os.listdir(f'{small}/ws/kernel')
        if mounted:
            run('mount', '-o', 'remount,size=64m', small)
        assert run(*argv).stdout.strip().endswith('kernel-lt/6.1.187-1.el9')
    finally:
        if mounted:
            run('umount', '-l', small)


def at_work_below(folder):
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if os.readlink(f'/proc/{pid}/cwd').startswith(folder):
                found.append(pid)
        except OSError:
            pass
    return found


@test
def interrupted_build_goes_on():
    write('slow.patch', '--- a/Makefile\n+++ b/Makefile\n@@ -17,3 +17,3 @@\n bzImage Image.gz:\n'
          "-\t@echo '  CC      init/main.o'\n+\t@echo '  CC      init/main.o'; test -e $(CURDIR)/../../was-here || { touch $(CURDIR)/../../was-here; sleep 60; }\n"
          ' \tmkdir -p arch/$(ARCH)/boot\n')
    argv = [KSIG, '-w', f'{TOP}/killed', 'kernel', 'build', flavour('slow', '[patch slow]\nfile=slow.patch\nreason=r\n'),
            '--tarball', f'{TOP}/linux-6.1.187.tar.xz', '--config', f'{HERE}/mini.config', '--unsigned', '--dist', '.el9',
            '--date', '2026-11-24']
    log = f'{TOP}/killed/work/kernel/kernel-lt-6.1.187-1.el9/build.log'
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(600):
            if os.path.exists(log) and '  CC ' in read(log):
                break
            time.sleep(0.1)
        # Another run must not build in the same place.
        assert 'lock' in run(*argv, status=4).stderr
        process.kill()
    assert process.returncode == -9 and not os.path.exists(f'{TOP}/killed/kernel')
    prepared = read(log).count('Executing(%prep)')
    for _ in range(100):
        if not at_work_below(f'{TOP}/killed'):
            break
        time.sleep(0.1)
    assert not at_work_below(f'{TOP}/killed'), 'the compiler, asleep, ends with ksig'
    assert run(*argv).stdout.strip() == f'{TOP}/killed/kernel/kernel-lt/6.1.187-1.el9'
    assert not at_work_below(f'{TOP}/killed')
    assert prepared == 1 and read(log).count('Executing(%prep)') == 1, read(log)


@test
def missing_programs_are_said_before():
    bare = f'{TOP}/bin'
    os.makedirs(bare)
    for name in ('tar', 'xz', 'rpm', 'rpmbuild', 'make', 'python3', 'sh', 'bash', 'sed', 'cat', 'mv', 'cp', 'gcc', 'patch'):
        os.symlink(shutil.which(name), f'{bare}/{name}')
    done = build(flavour('bare'), '--unsigned', status=4, PATH=bare)
    assert 'not installed: bc bison cpio depmod' in done.stderr and 'rsync' in done.stderr, done.stderr
    assert files() == []


@test
def subpackages_that_are_not_wanted():
    conf = write('few.conf', read(flavour('few')).replace('modules-extra=', 'subpackages=core;modules;devel\nmodules-extra='))
    ksig('build', conf, '--tarball', f'{TOP}/linux-6.1.187.tar.xz', '--config', f'{HERE}/mini.config', '--dist', '.few', '--date',
         '2026-11-24', '--unsigned')
    folder = f'{TOP}/ws/kernel/kernel-lt/6.1.187-1.few'
    names = sorted(re.sub(r'-?6\.1\..*', '', name) for name in os.listdir(folder) if name.endswith('.x86_64.rpm'))
    assert names == ['kernel-lt', 'kernel-lt-core', 'kernel-lt-devel', 'kernel-lt-devel-matched', 'kernel-lt-modules'], names
    path = f'{folder}/kernel-lt-modules-6.1.187-1.few.x86_64.rpm'
    assert 'sctp.ko' in run('rpm', '-qp', '--nosignature', '-l', path).stdout
    shutil.rmtree(folder)
    bad = write('bad.conf', read(conf).replace('devel', 'selftests'))
    assert 'subpackages: selftests' in ksig('build', bad, status=3).stderr
    bad = write('bad.conf', read(conf).replace('modules-extra=', 'modules-compression=lzma\nmodules-extra='))
    assert 'modules-compression: lzma' in ksig('build', bad, status=3).stderr


ALL = 'core;modules;modules-extra;devel;headers;doc;perf;python3-perf;tools;bpftool;debuginfo'


def spec_of(name, *more, subpackages=ALL):
    """The spec of a flavour, made and not built."""
    conf = write(f'{name}.conf', read(flavour(name)).replace('modules-extra=', f'subpackages={subpackages}\nmodules-extra=')
                 .replace('architectures=x86_64', 'architectures=x86_64;aarch64'))
    return json.loads(build(conf, '--unsigned', '--dry-run', '--format', 'json', *more).stdout)


def rpmspec(path, *more):
    return run('rpmspec', '-q', '--define', 'dist .el9', '--define', f'_sourcedir {os.path.dirname(path)}', *more, path).stdout


def facts_of(path, tag, *more):
    """Of each package of a spec, by its name without the flavour's: the lines of TAG ("PROVIDENEVRS")."""
    out = rpmspec(path, *more, '--qf', f'[%{{=NAME}}\t%{{{tag}}}\\n]').replace('kernel-lt-', '-').replace('kernel-lt\t', '\t')
    facts = {}
    for line in out.splitlines():
        name, fact = line.split('\t')
        facts.setdefault(name, set()).add(fact)
    return facts


@test
def plan_without_building():
    conf = flavour('plan')
    workspace = f'{TOP}/ws-\u200b'  # JSON has names as they are, what cannot be seen and all
    plan = json.loads(build(conf, '--unsigned', '--dry-run', '-f', 'json', '-D', '_without_headers 1', '-w', workspace).stdout)
    assert plan['target'].startswith(workspace + '/'), plan
    names = [re.sub(r'-6\.1\.187-1\.el9', '', name) for name in plan['packages']]
    assert names == [f'kernel-lt{part}.x86_64' for part in ('', '-core', '-modules', '-modules-extra', '-devel', '-devel-matched')], names
    assert os.path.exists(plan['spec']) and os.path.exists(plan['configuration']) and plan['was_there'] is False, plan
    assert 'kernel-lt.spec' in run('rpm', '-qpl', '--nosignature', plan['source_package']).stdout
    assert not os.path.exists(plan['target']) and files() == []
    assert 'package          kernel-lt-headers-6.1.187-1.el9.x86_64' in build(conf, '--unsigned', '--dry-run').stdout
    assert 'text or json expected' in build(conf, '--unsigned', '--dry-run', '-f', 'xml', status=2).stderr
    assert 'only with --dry-run' in build(conf, '--unsigned', '-f', 'json', status=2).stderr
    assert '--base expected' in ksig('build', 'plus', '--dry-run', status=2).stderr


@test
def packages_need_and_provide_what_others_do():
    """Own expectations of names, from what the packages of kernel-lt elsewhere say (docs/kernel-lt.md)."""
    spec = spec_of('facts')['spec']
    v, uname = '6.1.187-1.el9', '6.1.187-1.el9.x86_64'
    provides, requires = facts_of(spec, 'PROVIDENEVRS'), facts_of(spec, 'REQUIRENEVRS')
    expected = {
        '': {f'kernel = {v}', 'installonlypkg(kernel)'},
        '-core': {f'kernel = {v}', f'kernel-x86_64 = {v}', f'kernel-uname-r = {uname}', f'kernel-lt = {v}', f'-core-uname-r = {uname}'},
        '-modules': {'installonlypkg(kernel-module)', f'-modules-x86_64 = {v}', f'-modules-uname-r = {uname}'},
        '-modules-extra': {'installonlypkg(kernel-module)', f'-modules-extra-x86_64 = {v}', f'-modules-extra-uname-r = {uname}'},
        '-devel': {'installonlypkg(kernel)', f'kernel-devel = {v}', f'kernel-devel-x86_64 = {v}', f'-devel-uname-r = {uname}'},
        '-headers': {f'kernel-headers = {v}', 'glibc-kernheaders = 3.0-46'},
        '-doc': {f'kernel-doc = {v}'},
        '-tools': {f'kernel-tools = {v}', 'cpupowerutils = 1:009-0.6.p1'},
        '-tools-libs': {f'kernel-tools-libs = {v}'},
        '-tools-libs-devel': {f'kernel-tools-libs-devel = {v}', f'-tools-devel = {v}'},
        'perf': {f'perf = {v}'}, 'python3-perf': {f'python3-perf = {v}'}, 'bpftool': {f'bpftool = {v}'},
        '-debuginfo': {'installonlypkg(kernel)', f'-debuginfo-uname-r = {uname}'},
    }
    for name, facts in expected.items():
        assert facts <= provides[name], (name, facts - provides[name])
    assert {'dracut >= 027', 'systemd >= 203-2', '/usr/bin/kernel-install', 'coreutils',
            '((linux-firmware >= 20150904-56.git6ebf5d57) if linux-firmware)'} <= requires['-core'], requires['-core']
    assert {'gcc', 'make', 'bison', 'flex', 'elfutils-libelf-devel', 'openssl-devel', 'perl-interpreter', 'findutils'} <= requires['-devel']
    assert f'-tools-libs(x86-64) = {v}' in requires['-tools'] or any(r.startswith('-tools-libs') for r in requires['-tools'])
    obsoletes, conflicts = facts_of(spec, 'OBSOLETENEVRS'), facts_of(spec, 'CONFLICTNEVRS')
    assert 'kernel-tools < 6.1.187' in obsoletes['-tools'] and f'kernel-headers < {v}' in conflicts['-headers']
    assert 'xfsprogs < 4.3.0-1' in conflicts['-core']
    # The documentation is the same for every machine.
    assert 'kernel-lt-doc noarch' in rpmspec(spec, '--qf', '%{name} %{arch}\\n').split('\n')


@test
def what_the_spec_makes_can_be_switched():
    spec = spec_of('switches')['spec']
    names = {'modules_extra': 'kernel-lt-modules-extra', 'devel': 'kernel-lt-devel', 'headers': 'kernel-lt-headers', 'doc': 'kernel-lt-doc',
             'perf': 'perf', 'python3_perf': 'python3-perf', 'tools': 'kernel-lt-tools-libs', 'bpftool': 'bpftool',
             'debuginfo': 'kernel-lt-debuginfo'}
    whole = rpmspec(spec, '--qf', '%{name}\\n').split()
    bare = spec_of('bare-spec', subpackages='core;modules')['spec']
    assert rpmspec(bare, '--qf', '%{name}\\n').split() == ['kernel-lt', 'kernel-lt-core', 'kernel-lt-modules']
    for switch, name in names.items():
        less = rpmspec(spec, '--without', switch, '--qf', '%{name}\\n').split()
        more = rpmspec(bare, '--with', switch, '--qf', '%{name}\\n').split()
        assert name in whole and name not in less and name in more, (switch, less, more)


@test
def boot_entries_by_release():
    spec = spec_of('entries', subpackages='core;modules')['spec']
    parsed = {rhel: run('rpmspec', '-P', '--define', f'rhel {rhel}', '--define', f'_sourcedir {os.path.dirname(spec)}', spec).stdout
              for rhel in (7, 8, 9)}
    for rhel, text in parsed.items():
        assert ('%triggerin core -- microcode_ctl' in text) == (rhel == 8), rhel
        assert ('new-kernel-pkg --package kernel-lt-core --mkinitrd' in text) == (rhel == 7), rhel
        assert ('kernel-install add' in text) == (rhel > 7) and '--add-kernel 6.1.187' in text and '--remove-kernel 6.1.187' in text
        assert 'DEFAULTKERNEL' not in text
    chosen = run('rpmspec', '-P', '--with', 'default_kernel', '--define', f'_sourcedir {os.path.dirname(spec)}', spec).stdout
    assert "s/^DEFAULTKERNEL=.*/DEFAULTKERNEL=kernel-lt-core/" in chosen


@test
def keys_of_the_builder_sign():
    """The stages with a key: modules before they are compressed, the image before its sum is taken. Nothing of it is in the
    source package."""
    # In place of pesign's own macro, as it is called.
    pesign = 'pesign(i:o:C:e:c:n:a:s) cp %{-i*} %{-o*}; echo "signed by %{-n*}" >> %{-o*}'
    ca = write('ca.cer', 'the authority')
    build(flavour('signed'), '--unsigned', '--release-number', '5', '-D', 'module_key /keys/module.pem', '-D',
          f'module_cert {ca}', '-D', 'pesign_name builder', '-D', f'pesign_ca {ca}', '-D', f'pesign_cert {ca}',
          '-D', pesign)
    folder = f'{TOP}/ws/kernel/kernel-lt/6.1.187-5.el9'
    uname = '6.1.187-5.el9.x86_64'
    out = f'{TOP}/signed'
    for part in ('core', 'modules'):
        unpack(f'{folder}/kernel-lt-{part}-{uname}.rpm', out)
    lib = f'{out}/lib/modules/{uname}'
    module = lzma.open(f'{lib}/kernel/fs/mini/mini.ko.xz').read()
    assert module.endswith(b'sha256 module.pem ca.cer~Module signature appended~\n'), module[-200:]
    with open(f'{lib}/vmlinuz', 'rb') as file:
        image = file.read()
    assert image.endswith(b'signed by builder\n'), image[-100:]
    digest = hmac.new(b'FIPS-FTW-RHT2009', image, 'sha512').hexdigest()
    assert read(f'{lib}/.vmlinuz.hmac') == f'{digest}  /boot/vmlinuz-{uname}\n'
    keys = f'{out}/usr/share/doc/kernel-lt-keys/{uname}'
    assert sorted(os.listdir(keys)) == ['kernel-signing-ca.cer', 'module-signing.cer']
    source = glob.glob(f'{folder}/*.src.rpm')[0]
    with open(source, 'rb') as file:
        assert b'module.pem' not in file.read()
    shutil.rmtree(folder)


def unpack(package, to):
    os.makedirs(to, exist_ok=True)
    with subprocess.Popen(['rpm2cpio', package], stdout=subprocess.PIPE) as pipe:
        run('cpio', '-idm', '--quiet', '-D', to, stdin=pipe.stdout)


@test
def another_architecture():
    """Device trees, and the image that arm64 boots; nothing is compiled here but by the tree's own make."""
    conf = write('arm.conf', read(flavour('arm')).replace('architectures=x86_64', 'architectures=x86_64;aarch64'))
    build(conf, '--unsigned', '--arch', 'aarch64', '--release-number', '6')
    folder = f'{TOP}/ws/kernel/kernel-lt/6.1.187-6.el9'
    listed = run('rpm', '-qp', '--nosignature', '--qf', '[%{FILENAMES} %{FILEFLAGS:fflags}\\n]',
                 f'{folder}/kernel-lt-core-6.1.187-6.el9.aarch64.rpm').stdout
    uname = '6.1.187-6.el9.aarch64'
    assert f'/lib/modules/{uname}/dtb/mini.dtb' in listed and f'/boot/dtb-{uname}/mini.dtb g' in listed, listed
    shutil.rmtree(folder)


@test
def modules_as_the_flavour_compresses_them():
    for n, (how, ending) in enumerate((('zstd', '.ko.zst'), ('none', '.ko')) if shutil.which('zstd') else (('none', '.ko'),), 20):
        conf = write('how.conf', read(flavour('how')).replace('modules-extra=', f'modules-compression={how}\nmodules-extra='))
        build(conf, '--unsigned', '--release-number', str(n))
        folder = f'{TOP}/ws/kernel/kernel-lt/6.1.187-{n}.el9'
        listed = run('rpm', '-qpl', '--nosignature', f'{folder}/kernel-lt-modules-extra-6.1.187-{n}.el9.x86_64.rpm').stdout
        assert f'/net/sctp/sctp{ending}\n' in listed, listed
        shutil.rmtree(folder)


@test
def mock_builds_when_asked():
    """A stand-in for mock, which calls rpmbuild: what ksig has to say to it, and what it takes from it."""
    path = write('mock-bin/mock', f"""#!/bin/sh
echo "$@" > {TOP}/mock-arguments
for last; do :; done
for word; do case $word in --resultdir=*) result=${{word#*=}};; esac; done
rpmbuild --rebuild --nodeps --target x86_64 --define "_topdir {TOP}/mock" --define 'dist .el9' "$last" || exit 1
mkdir -p "$result"; cp {TOP}/mock/RPMS/*/*.rpm "$last" "$result"
""")
    os.chmod(path, 0o755)
    argv = [flavour('mock'), '--unsigned', '--mock', 'centos-stream-9-x86_64', '--release-number', '7']
    build(*argv, PATH=f'{TOP}/mock-bin:{os.environ["PATH"]}')
    words = read(f'{TOP}/mock-arguments').split()
    assert words[:2] == ['-r', 'centos-stream-9-x86_64'] and words[-1].endswith('.src.rpm') and 'dist' in words, words
    folder = f'{TOP}/ws/kernel/kernel-lt/6.1.187-7.el9'
    assert len([name for name in os.listdir(folder) if name.endswith('.rpm')]) == 8, os.listdir(folder)
    shutil.rmtree(folder)


@test
def build_good():
    write('fine.patch', '--- a/init/main.c\n+++ b/init/main.c\n@@ -1 +1 @@\n-int main(void) { return 0; }\n'
          '+int main(void) { return 1; }\n')
    good = re.search(r'fpr:+([0-9A-F]{40}):', gpg(f'{TOP}/gpg-greg', '--with-colons', '--list-keys').stdout)[1]
    conf = flavour('lt', option('MINI_FS', 'm', '100% needed') + '[patch fine]\nfile=fine.patch\nreason=it is fine\n',
                   f'keys={good}')
    argv = [conf, '--signature', f'{TOP}/good.sign', '--key', f'{TOP}/greg.asc', '--sha256sums', f'{TOP}/sums.asc', '--key',
            f'{TOP}/autosigner.asc', '--changelogs', f'{HERE}/debian-changelog', '--since', '6.1.183']
    build(*argv)
    assert files() == ['6.1.187-1.el9'], files()
    assert '(was there)' in build(*argv).stdout
    kept = read(conf)
    write('lt.conf', kept + '# another\n')
    done = build(*argv, status=1)
    assert '6.1.187-1.el9: there is one of this name already' in done.stderr and 'without this flavour lt;' in done.stderr, done.stderr
    write('lt.conf', kept)


@test
def packages():
    uname = '6.1.187-1.el9.x86_64'
    core = query('core-', '--provides')
    for line in ('installonlypkg(kernel)', f'kernel-uname-r = {uname}', 'kernel(printk) = 0x12345678',
                 'kernel(mini_open) = 0x9abcdef0', 'kmod(built.ko)'):
        assert line in core.split('\n'), (line, core)
    assert 'kmod(mini.ko)' in query('modules-', '--provides')
    assert 'kmod(sctp.ko)' not in query('modules-', '--provides')
    assert f'/lib/modules/{uname}/kernel/net/sctp/sctp.ko.xz' in query('modules-extra-', '-l')
    assert f'/lib/modules/{uname}/vmlinuz' in query('core-', '-l')
    scripts = query('core-', '--scripts')
    assert 'kernel-install add' in scripts and f'weak-modules --add-kernel {uname}' in scripts, scripts
    listed = run('rpm', '-qp', '--nosignature', '--qf', '[%{FILENAMES} %{FILEFLAGS:fflags}\\n]', rpm_of('core-')).stdout.split('\n')
    for name in ('vmlinuz', '.vmlinuz', 'System.map', 'config', 'initramfs', 'symvers'):
        ending = {'.vmlinuz': '.hmac', 'initramfs': '.img', 'symvers': '.gz'}.get(name, '')
        assert f'/boot/{name}-{uname}{ending} g' in listed, (name, listed)
    for name in ('updates', 'weak-updates', '.vmlinuz.hmac', 'modules.block', 'modules.networking'):
        assert any(line.startswith(f'/lib/modules/{uname}/{name} ') for line in listed), (name, listed)
    # sctp.ko is for a kind of socket; what is for none is not kept from being loaded.
    denied = run('rpm', '-qp', '--nosignature', '--configfiles', rpm_of('modules-extra-')).stdout
    assert denied == '/etc/modprobe.d/kernel-lt-sctp-blacklist.conf\n', denied
    assert f'/usr/src/kernels/{uname}/Module.symvers' in query('devel-', '-l')
    # The C library asks for kernel-headers: these do, in place of older ones.
    assert 'kernel-headers = 6.1.187-1.el9' in query('headers-', '--provides').split('\n')
    assert 'kernel-headers < 6.1.187-1.el9' in query('headers-', '--conflicts').split('\n')
    for part, name in (('core-', 'kernel'), ('modules-', 'kernel-modules'), ('devel-', 'kernel-devel')):
        provides = query(part, '--provides').split('\n')
        assert f'{name} = 6.1.187-1.el9' in provides, provides
    assert f'kernel-lt-core-uname-r = {uname}' in core.split('\n')
    needs = query('devel-', '--requires').split('\n')
    assert {'gcc', 'make', 'bison', 'flex', 'elfutils-libelf-devel', 'openssl-devel', 'perl-interpreter'} <= set(needs), needs
    needs = query('devel-matched-', '--requires').split('\n')
    assert {'kernel-lt-core = 6.1.187-1.el9', 'kernel-lt-devel = 6.1.187-1.el9'} <= set(needs), needs
    assert 'kernel-lt-core' in query('', '--requires')


@test
def changelog_and_advisory():
    text = query('core-', '--changelog')
    assert '- Linux 6.1.184: 12 changes' in text, text[:2000]
    assert '{CVE-2025-40054}' in text and 'MINI_FS=m: 100% needed' in text and 'it is fine' in text
    with open(f'{TOP}/ws/kernel/kernel-lt/6.1.187-1.el9/advisory.json') as file:
        advisory = json.load(file)
    assert advisory['type'] == 'security' and 'CVE-2026-74595' in advisory['cves'], advisory
    assert advisory['id'] == 'kernel-lt-6.1.187-1.el9' and advisory['issued'].startswith('2026-11-24')


@test
def two_builds_are_equal():
    """In another folder, of a tarball that was fetched at another time: all packages, that of the sources among them."""
    os.makedirs(f'{TOP}/later')
    again = shutil.copyfile(f'{TOP}/linux-6.1.187.tar.xz', f'{TOP}/later/linux-6.1.187.tar.xz')
    os.utime(again, (1e9, 1e9))
    run(KSIG, '-w', f'{TOP}/another/place', 'kernel', 'build', f'{TOP}/lt.conf', '--tarball', again, '--config',
        f'{HERE}/mini.config', '--dist', '.el9', '--date', '2026-11-24', '--unsigned', '--changelogs', f'{HERE}/debian-changelog',
        '--since', '6.1.183')
    place = 'kernel/kernel-lt/6.1.187-1.el9'
    assert_same_packages(f'{TOP}/ws/{place}', f'{TOP}/another/place/{place}', 8)


def releases(*versions, eol=False):
    rows = [{'version': version, 'moniker': 'longterm', 'iseol': eol} for version in versions]
    return write('releases.json', json.dumps({'releases': rows}))


def bump(feed, *more, status=0):
    return ksig('bump', f'{TOP}/lt.conf', '--releases', feed, '--series', '6.1', '--mirror', TOP, '--key',
                f'{TOP}/greg.asc', '--config', f'{HERE}/mini.config', '--dist', '.el9', '--date', '2026-11-25',
                *more, status=status)


@test
def bump_to_the_next():
    assert '(was there)' in bump(releases('6.1.187')).stdout
    tarball(188)
    sign('greg', f'{TOP}/linux-6.1.188.tar', f'{TOP}/linux-6.1.188.tar.sign')
    out = bump(releases('6.1.187', '6.1.188'), '--changelogs', HERE).stdout
    assert out.strip().endswith('kernel-lt/6.1.188-1.el9'), out
    advisory = json.loads(read(f'{TOP}/ws/kernel/kernel-lt/6.1.188-1.el9/advisory.json'))
    assert advisory['cves'] == ['CVE-2026-11111'] and '6.1.187' not in advisory['description'], advisory
    assert 'Makefile' not in files()


@test
def advisory_is_published():
    folder = f'{TOP}/ws/kernel/kernel-lt/6.1.188-1.el9'
    run(KSIG, '-w', f'{TOP}/ws', 'repo', 'publish', '--to', f'{TOP}/repo', '--advisory', f'{folder}/advisory.json', folder)
    path = glob.glob(f'{TOP}/repo/testing/9/x86_64/repodata/*-updateinfo.xml.gz')[0]
    with gzip.open(path, 'rt') as file:
        text = file.read()
    assert '<reference href="https://www.cve.org/CVERecord?id=CVE-2026-11111"' in text, text
    assert '<filename>kernel-lt-core-6.1.188-1.el9.x86_64.rpm</filename>' in text and 'type="security"' in text, text


@test
def bump_is_idempotent():
    before = os.stat(f'{TOP}/ws/kernel/kernel-lt/6.1.188-1.el9').st_mtime_ns
    assert '(was there)' in bump(releases('6.1.187', '6.1.188')).stdout
    assert os.stat(f'{TOP}/ws/kernel/kernel-lt/6.1.188-1.el9').st_mtime_ns == before


@test
def bump_plans_the_builds_of_modules():
    """What the recipes need for it, as jobs against its devel package; what has no source is said."""
    plan, source = f'{TOP}/plan.json', f'{TOP}/linux-6.1.188.tar'
    done = bump(releases('6.1.187', '6.1.188'), '--plan', plan, '--source', source)
    told = json.loads(read(plan))
    jobs = {job['name']: job for job in told['jobs']}
    isci = jobs['isci-6.1.188-1.el9.x86_64']
    headers = isci['argv'][isci['argv'].index('--kernel') + 1]
    assert os.path.exists(f'{headers}/include/generated/utsrelease.h') and source in isci['argv'], isci
    assert 'nvidia-6.1.188-1.el9.x86_64' not in jobs and 'nvidia-6.1.188-1.el9.x86_64: no job: its source' in done.stderr, done.stderr
    assert {row['recipe']: row['need'] for row in told['kmod']['kernels']}['wireguard'] == 'build', told


@test
def bump_fetches_again_what_proved_wrong():
    """A mirror that is being written: the tarball is there in part only, later whole."""
    tarball(189)
    sign('greg', f'{TOP}/linux-6.1.189.tar', f'{TOP}/linux-6.1.189.tar.sign')
    whole = f'{TOP}/linux-6.1.189.tar.xz'
    os.rename(whole, f'{TOP}/whole')
    shutil.copy(f'{TOP}/linux-6.1.188.tar.xz', whole)
    feed = releases('6.1.189')
    assert 'wrong signature' in bump(feed, status=1).stderr
    assert 'linux-6.1.189.tar.xz' not in os.listdir(f'{TOP}/ws/work/downloads')
    os.rename(f'{TOP}/linux-6.1.189.tar.sign', f'{TOP}/sign')
    os.rename(f'{TOP}/whole', whole)
    assert 'not signed' in bump(feed, status=1).stderr
    os.rename(f'{TOP}/sign', f'{TOP}/linux-6.1.189.tar.sign')
    assert bump(feed).stdout.strip().endswith('kernel-lt/6.1.189-1.el9')
    shutil.rmtree(f'{TOP}/ws/kernel/kernel-lt/6.1.189-1.el9')


@test
def build_of_a_series():
    feed = releases('6.1.188')
    argv = ['build', f'{TOP}/lt.conf', '--series', '6.1', '--releases', feed, '--mirror', TOP, '--key', f'{TOP}/greg.asc',
            '--config', f'{HERE}/mini.config', '--dist', '.el9']
    done = ksig(*argv)
    assert '6.1.188-1.el9 (was there)' in done.stdout and 'made without' not in done.stderr, done
    kept = read(f'{TOP}/lt.conf')
    write('lt.conf', kept + '# another\n')
    done = ksig(*argv)
    assert '6.1.188-1.el9 (was there)' in done.stdout and 'it was made without this flavour lt;' in done.stderr, done
    write('lt.conf', kept)
    assert 'lists no release' in ksig(*argv[:3], '6.12', *argv[4:], status=1).stderr
    assert '--series, or --tarball' in ksig('build', f'{TOP}/lt.conf', status=2).stderr


@test
def bump_refuses_what_ended():
    assert 'end of life' in bump(releases('6.1.189', eol=True), status=1).stderr
    assert 'lists no release' in bump(releases('6.12.1'), status=1).stderr
    assert files() == ['6.1.187-1.el9', '6.1.188-1.el9'], files()


tarball(187)
main('rpmbuild', 'rpm', 'rpm2cpio', 'cpio', 'gpg', 'xz', 'patch', 'make', 'diff', 'flex', 'bison', 'bc', 'rsync', 'depmod')
