#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""real.py KSIG DEMO: the demo's real kernels, exported and compared with what other programs unpack and apply. Prints TAP.

KSIG_DEMO_DIR: where the demo's downloads are, and stay; without it they are fetched into a scratch folder. Needs 6 GB.
"""
import atexit
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

KSIG, DEMO = map(os.path.abspath, sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix='ksig-real', dir=os.environ.get('KSIG_TEST_SCRATCH', '/var/tmp'))
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
PLACE = os.path.abspath(os.environ.get('KSIG_DEMO_DIR', os.path.join(ROOT, 'demo')))
WORKSPACE = os.path.join(PLACE, 'ksig.ws')
EXPORTED = os.path.join(ROOT, 'kernel.git')
ENVIRONMENT = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null', GIT_CONFIG_SYSTEM='/dev/null', GIT_AUTHOR_NAME='A',
                   GIT_AUTHOR_EMAIL='a@example.org', GIT_COMMITTER_NAME='C', GIT_COMMITTER_EMAIL='c@example.org',
                   LC_ALL='C.UTF-8')


def attempt(*argv, cwd=ROOT, **more):
    return subprocess.run(argv, cwd=cwd, env=dict(ENVIRONMENT, **more), capture_output=True, text=True, errors='replace')


def run(*argv, cwd=ROOT, **more):
    done = attempt(*argv, cwd=cwd, **more)
    if done.returncode != 0:
        raise SystemExit(f'Bail out! {argv}: status {done.returncode}: {done.stderr[-2000:]}')
    return done.stdout.strip()


def tree_of(folder):
    """The git tree of all that stands in FOLDER; a repository of its own, which borrows the export's objects."""
    git_dir = os.path.join(ROOT, os.path.basename(folder) + '.compare.git')
    run('git', 'init', '-q', '--bare', git_dir)
    with open(os.path.join(git_dir, 'objects/info/alternates'), 'w', encoding='utf-8') as file:
        print(os.path.join(EXPORTED, 'objects'), file=file)
    where = {'GIT_DIR': git_dir, 'GIT_WORK_TREE': folder}
    run('git', 'config', 'core.bare', 'false', cwd=folder, GIT_DIR=git_dir)
    run('git', 'add', '-A', '-f', cwd=folder, **where)
    return git_dir, run('git', 'write-tree', cwd=folder, **where)


def compare(name, folder, tag):
    """`git diff` between the exported tag and what stands in FOLDER is empty."""
    git_dir, tree = tree_of(folder)
    wanted = run('git', '--git-dir', EXPORTED, 'rev-parse', f'{tag}^{{tree}}')
    difference = run('git', '--git-dir', git_dir, 'diff', '--stat', wanted, tree)
    tap.ok(difference == '' and tree == wanted, name, f'{wanted} {tree}\n{difference}')


def unpack_vendor(dsc):
    folder = os.path.join(ROOT, 'vendor')
    shutil.rmtree(folder, ignore_errors=True)
    run('dpkg-source', '--no-check', '-x', dsc, folder)
    for name in ('debian', '.pc'):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    return folder


def unpack_orig(name):
    folder = os.path.join(ROOT, name)
    os.makedirs(folder)
    archive = glob.glob(os.path.join(PLACE, 'linux_*.orig.tar.*'))[0]
    run('tar', 'xf', archive, '-C', folder, '--strip-components=1')
    return folder


def check_quilt(tag):
    series = os.path.join(ROOT, 'series')
    run(KSIG, '-w', WORKSPACE, 'export', 'quilt', series)
    folder = unpack_orig('by-quilt')
    done = attempt('quilt', '--quiltrc', '/dev/null', 'push', '-a', '-q', '--fuzz=0', cwd=folder, QUILT_PATCHES=series)
    tap.ok(done.returncode == 0, 'quilt push -a --fuzz=0 takes the whole series', done.stdout + done.stderr)
    shutil.rmtree(os.path.join(folder, '.pc'), ignore_errors=True)
    compare('what quilt made is the vendor\'s tree', folder, tag)
    shutil.rmtree(folder)


def check_mbox(tag):
    mbox = os.path.join(ROOT, 'series.mbox')
    run(KSIG, '-w', WORKSPACE, 'export', 'mbox', mbox)
    folder = unpack_orig('by-am')
    run('git', 'init', '-q', cwd=folder)
    with open(os.path.join(folder, '.git/objects/info/alternates'), 'w', encoding='utf-8') as file:
        print(os.path.join(EXPORTED, 'objects'), file=file)
    run('git', 'add', '-A', '-f', cwd=folder)
    run('git', 'commit', '-q', '-m', 'orig', cwd=folder)
    done = attempt('git', 'am', '-q', '--keep-cr', mbox, cwd=folder)
    tap.ok(done.returncode == 0, 'git am takes the whole mailbox', done.stdout + done.stderr)
    tree = run('git', 'rev-parse', 'HEAD^{tree}', cwd=folder)
    wanted = run('git', '--git-dir', EXPORTED, 'rev-parse', f'{tag}^{{tree}}')
    tap.ok(tree == wanted, 'what git am made is the vendor\'s tree', (tree, wanted))
    shutil.rmtree(folder)


def main():
    missing = [program for program in ('apt-get', 'dpkg-source', 'quilt') if not shutil.which(program)]
    if missing:
        print(f'1..0 # SKIP {", ".join(missing)} not here')
        return
    done = attempt(sys.executable, DEMO, KSIG, KSIG_DEMO_DIR=PLACE)
    if 'SMALL GENERATED' in done.stdout:
        print('1..0 # SKIP no real kernel: ' + next(line for line in done.stdout.splitlines() if line.startswith('No real')))
        return
    tap.ok(done.returncode == 0, 'the demo ends well', done.stdout + done.stderr)
    print('# ' + done.stdout.replace('\n', '\n# '), flush=True)
    run('git', 'init', '-q', '--bare', EXPORTED)
    run(KSIG, '-w', WORKSPACE, 'export', 'git', EXPORTED)
    revisions = [revision['label'] for revision in json.loads(run(KSIG, '-w', WORKSPACE, 'export', 'json'))['revisions']][1:]
    tags = run('git', '--git-dir', EXPORTED, 'tag', '--list').split()
    tap.ok([f'ksig/{label}' in tags for label in revisions] == [True] * len(revisions), 'a tag a revision',
           (tags, revisions))
    for label in revisions:
        folder = unpack_vendor(os.path.join(PLACE, f'linux_{label}.dsc'))
        compare(f'{label}: the exported tag is what dpkg-source unpacks', folder, f'ksig/{label}')
        shutil.rmtree(folder)
        shutil.rmtree(os.path.join(ROOT, 'vendor.compare.git'))
    check_quilt(f'ksig/{revisions[-1]}')
    check_mbox(f'ksig/{revisions[-1]}')
    tap.done()


main()
