# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of ksig kernel share: a scratch folder, running, TAP."""
import glob
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap  # noqa: E402

KSIG, HERE = os.path.abspath(sys.argv[1]), os.path.dirname(os.path.abspath(__file__))
TOP = tempfile.mkdtemp(prefix='ksig-kernel')
tests = []


def test(function):
    tests.append(function)
    return function


def run(*argv, status=0, **kwargs):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)
    tap.skip_left_out(done.stderr)
    assert done.returncode == status, f'{argv}: status {done.returncode}, not {status}: {done.stderr[-2000:]}'
    return done


def ksig(*argv, status=0, **kwargs):
    return run(KSIG, '-w', f'{TOP}/ws', 'kernel', *argv, status=status, **kwargs)


def write(name, text):
    path = f'{TOP}/{name}'
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)
    return path


def read(path):
    with open(path) as file:
        return file.read()


def tarball(sublevel, name=None):
    name = name or f'linux-6.1.{sublevel}'
    tree = f'{TOP}/{name}'
    shutil.copytree(f'{HERE}/mini-kernel', tree)
    write(f'{name}/Makefile', read(f'{tree}/Makefile').replace('@SUBLEVEL@', str(sublevel)))
    run('tar', '-C', TOP, '-cf', f'{TOP}/{name}.tar', name)
    run('xz', '-0', '-k', '-f', f'{TOP}/{name}.tar')
    return f'{TOP}/{name}.tar.xz'


def digests(folder):
    """Of the packages in a folder, that of the sources among them."""
    found = {}
    for path in sorted(glob.glob(f'{folder}/*.rpm')):
        with open(path, 'rb') as file:
            found[os.path.basename(path)] = hashlib.sha256(file.read()).hexdigest()
    return found


def assert_same_packages(one, other, count):
    first, second = digests(one), digests(other)
    differ = [name for name in first if first[name] != second.get(name)]
    assert len(first) == len(second) == count and not differ, (sorted(first), sorted(second), differ)


def option(name, value, reason='because'):
    return f'[option {name}]\nvalue={value}\nreason={reason}\n'


def disk_mib(folder):
    return int(run('du', '-sm', folder).stdout.split()[0])


def main(*needed):
    """The rows in the order in which they are written, for each goes on from the last; with what each one cost."""
    tap.need(*needed)
    for function in tests:
        wall, before = time.monotonic(), os.times()
        try:
            function()
            tap.ok(True, function.__name__)
        except tap.Skip as reason:
            tap.ok(True, f'{function.__name__} # SKIP {reason}')
        except Exception:  # every failure is a row of its own
            tap.ok(False, function.__name__, traceback.format_exc())
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        if cpu > 10:
            print(f'# {time.monotonic() - wall:.0f} s, {cpu:.0f} CPU s, {disk_mib(TOP)} MiB in all', flush=True)
    shutil.rmtree(TOP, ignore_errors=True)
    tap.done()
