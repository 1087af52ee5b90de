# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of ksig kernel share: a scratch folder, running, TAP."""
import os
import shutil
import subprocess
import sys
import tempfile

KSIG, HERE = os.path.abspath(sys.argv[1]), os.path.dirname(os.path.abspath(__file__))
TOP = tempfile.mkdtemp(prefix='ksig-kernel')
tests = []


def test(function):
    tests.append(function)
    return function


def run(*argv, status=0, **kwargs):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **kwargs)
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


def option(name, value, reason='because'):
    return f'[option {name}]\nvalue={value}\nreason={reason}\n'


def main(*needed):
    missing = [name for name in needed if not shutil.which(name)]
    if missing:
        print(f'1..0 # SKIP not installed: {" ".join(missing)}')
        return
    print(f'1..{len(tests)}')
    failed = 0
    for number, function in enumerate(tests, 1):
        try:
            function()
            print(f'ok {number} {function.__name__}', flush=True)
        except (AssertionError, OSError, LookupError, ValueError, TypeError) as error:
            failed += 1
            print(f'not ok {number} {function.__name__}', flush=True)
            print('# ' + repr(error).replace('\n', '\n# '))
    shutil.rmtree(TOP, ignore_errors=True)
    sys.exit(1 if failed else 0)
