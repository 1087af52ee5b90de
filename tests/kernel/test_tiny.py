#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real longterm kernel, as small as one with modules can be: killed in the middle, gone on with, booted, published;
then built again elsewhere without ccache, which has to give the same bytes. About six CPU minutes."""
import os
import signal
import subprocess
import time

from real import PROGRAMS, fragment, make_flavour, make_mirror, skip_unless_possible, version_of
from support import KSIG, TOP, assert_same_packages, main, read, run, test

TARBALL = skip_unless_possible()
VERSION = version_of(TARBALL)
MIRROR, KEY = make_mirror(TARBALL, VERSION)
CONF = make_flavour('tiny.conf', KEY, fragment('tiny.fragment'))
NAME = f'{VERSION}-1.el9'


def command(workspace, *more):
    return [KSIG, '-w', workspace, 'kernel', 'build', CONF, '--series', '.'.join(VERSION.split('.')[:2]), '--releases',
            f'{TOP}/releases.json', '--mirror', MIRROR, '--key', f'{TOP}/release.asc', '--config', 'make:tinyconfig',
            '--accept-defaults', '--dist', '.el9', '--date', '2026-11-24', *more]


def build_log(workspace):
    return f'{workspace}/work/kernel/kernel-lt-{NAME}/build.log'


def compiled(workspace):
    """The objects that a build's log says were compiled."""
    path = build_log(workspace)
    return [line.split()[-1] for line in read(path).split('\n') if line.startswith('  CC ')] if os.path.exists(path) else []


@test
def killed_in_the_middle():
    with subprocess.Popen(command(f'{TOP}/a'), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and len(compiled(f'{TOP}/a')) < 200:
            time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL, 'it ended before it could be killed'
    assert not os.path.exists(f'{TOP}/a/kernel'), 'something was published'


@test
def goes_on_but_is_not_published_if_it_does_not_boot():
    # It is asked to load a module that the configuration has not.
    before = compiled(f'{TOP}/a')
    done = run(*command(f'{TOP}/a', '--boot', '--boot-module', 'isci'), status=1)
    assert 'no module isci' in done.stderr, done.stderr
    assert not os.path.exists(f'{TOP}/a/kernel'), 'something was published'
    again = compiled(f'{TOP}/a')[len(before):]
    # What was being compiled when it was killed is compiled again, and what holds the time of the build.
    twice = set(before) & set(again)
    assert len(before) >= 200 and len(twice) < 20, (len(before), sorted(twice)[:40])


@test
def published_once_it_boots():
    before = compiled(f'{TOP}/a')
    out = run(*command(f'{TOP}/a', '--boot', '--boot-module', 'msdos')).stdout
    assert out.strip() == f'{TOP}/a/kernel/kernel-lt/{NAME}', out
    assert len(compiled(f'{TOP}/a')) - len(before) < 20, 'it was compiled again'
    log = read(f'{TOP}/a/kernel/kernel-lt/{NAME}/boot.log')
    assert f'ksig-boot: release {NAME}.x86_64' in log and 'ksig-boot: loaded msdos' in log, log[-2000:]


@test
def another_folder_without_ccache_gives_the_same_bytes():
    run(*command(f'{TOP}/somewhere/else'), env={**os.environ, 'CCACHE_DISABLE': '1'})
    assert_same_packages(f'{TOP}/a/kernel/kernel-lt/{NAME}', f'{TOP}/somewhere/else/kernel/kernel-lt/{NAME}', 7)


main(*PROGRAMS)
