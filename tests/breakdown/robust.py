#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""robust.py KSIG: damaged indexes, full disks, read-only and locked workspaces, kills: ksig breakdown goes on. Prints TAP."""
import atexit
import fcntl
import glob
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from smallkernel import ENVIRONMENT, Tree, run
import tap

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-robust')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)


def path(*names):
    return os.path.join(ROOT, *names)


def plant():
    tree = Tree(path('tree'), [f'drv{i}' for i in range(12)])
    tree.commit('base')
    tree.git('tag', 'base')
    for f in range(6):
        for i in range(12):
            tree.commit(f'drv{i}: check number {f}', (f'drv{i}', f))
        tree.git('tag', f'after-{f}')
    tree.git('checkout', '-q', '-b', 'vendor', 'base')
    tree.changes = set()
    tree.commit('vendor', *[(f'drv{i}', f) for i in range(12) for f in range(i % 5 + 1)])
    return tree


def command(workspace, tree, to='main'):
    return [KSIG, '-w', workspace, 'breakdown', '--base', f'git:{tree.path}@base', '-u', f'up=git:{tree.path}@base..{to}',
            f'git:{tree.path}@vendor']


def attempt(argv):
    return subprocess.run(argv, env=ENVIRONMENT, capture_output=True, text=True)


def result(workspace):
    return run(KSIG, '-w', workspace, 'list', '--format=tsv', cwd=ROOT)


def index_of(workspace):
    found = glob.glob(os.path.join(workspace, 'index', '*.idx'))
    return found[0] if len(found) == 1 else None


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:]


# what happened to the index → its bytes then
DAMAGES = {
    'cut in the middle': lambda data: data[:len(data) // 2],
    'cut in its header': lambda data: data[:40],
    'empty': lambda data: b'',
    'one byte of it is another': lambda data: flip(data, len(data) * 2 // 3),
    'its last byte is another': lambda data: flip(data, len(data) - 1),
    'of another version': lambda data: flip(data, 8),
    'of another byte order': lambda data: data[:12] + data[15:11:-1] + data[16:],
    'of another size than it says': lambda data: data + b'\0' * 8,
    'somebody else\'s file': lambda data: b'PACK' + os.urandom(len(data)),
}


def check_index(tree, good):
    workspace = path('index')
    run(*command(workspace, tree), cwd=ROOT)
    index = index_of(workspace)
    with open(index, 'rb') as file:
        whole = file.read()
    for name, damage in DAMAGES.items():
        for catalog in glob.glob(os.path.join(workspace, 'catalog.db*')):
            os.unlink(catalog)
        with open(index, 'wb') as file:
            file.write(damage(whole))
        done = attempt(command(workspace, tree))
        with open(index, 'rb') as file:
            rebuilt = file.read()
        tap.ok(done.returncode == 0 and result(workspace) == good and rebuilt == whole,
               f'an index that is {name} is rebuilt', done.stderr)
    before = os.stat(index).st_ino, os.stat(index).st_mtime_ns
    run(KSIG, '-w', workspace, 'upstream', 'update', cwd=ROOT)
    tap.ok((os.stat(index).st_ino, os.stat(index).st_mtime_ns) == before, 'a good index is left alone')


def check_moves(tree, good):
    """The branch moves on: the index is extended; it is rewritten: the index is made anew."""
    workspace = path('moves')
    for name, to in (('at first', 'after-1'), ('extended', 'after-3'), ('extended again', 'main'),
                     ('moved back', 'after-3'), ('rewritten', 'rewritten')):
        if to == 'rewritten':
            tree.git('checkout', '-q', '-b', 'rewritten', 'after-3')
            tree.git('commit', '-q', '--amend', '-m', 'another message')
        tree.git('update-ref', 'refs/heads/moving', to)
        fresh = path('fresh-' + name)
        run(*command(fresh, tree, 'moving'), cwd=ROOT)
        for catalog in glob.glob(os.path.join(workspace, 'catalog.db*')):
            os.unlink(catalog)
        done = attempt(command(workspace, tree, 'moving'))
        tap.ok(done.returncode == 0 and result(workspace) == result(fresh),
               f'the index of a branch that moves, {name}: as one made at once', done.stderr)
        tap.ok(index_of(workspace), f'the index of a branch that moves, {name}: still one file', os.listdir(workspace))
    tap.ok(good.count('\n') > 12, 'and all of it finds what was planted', good)


def in_small_mount(script):
    """Runs SCRIPT, a shell's, in a mount namespace of its own; None where there are none."""
    os.makedirs(path('small'), exist_ok=True)
    if subprocess.run(['unshare', '-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', path('small')], stderr=subprocess.DEVNULL,
                      check=False).returncode:
        return None
    return subprocess.run(['unshare', '-Urm', 'sh', '-c', script], env=ENVIRONMENT, capture_output=True, text=True)


def check_mounts(tree, good):
    workspace = path('small', 'ws')
    line = ' '.join(command(workspace, tree))
    listing = f'{KSIG} -w {workspace} list --format=tsv'
    rows = {f'a disk of {size} KiB that is full': (f'mount -t tmpfs -o size={size}k tmpfs {path("small")}',
                                                   f'mount -o remount,size=64m {path("small")}', 'No space left|disk is full')
            for size in (64, 160, 320)}
    rows['a read-only workspace'] = (f'mount -t tmpfs tmpfs {path("small")} && mkdir {workspace} && '
                                     f'mount -o remount,ro {path("small")}', f'mount -o remount,rw {path("small")}',
                                     'Read-only file system|readonly')
    for name, (before, after, why) in rows.items():
        done = in_small_mount(f'{before}\n{line} >&2\necho $?\n{after}\n{line} >&2 || exit 9\n{listing}')
        if done is None:
            tap.ok(True, f'{name} # SKIP no mount namespaces here')
            continue
        status, _, listed = done.stdout.partition('\n')
        tap.ok(status == '4' and any(word in done.stderr for word in why.split('|')), f'{name}: status 4, and why',
               done.stdout + done.stderr)
        tap.ok(done.returncode == 0 and listed.strip() == good, f'{name}: with room again the next run goes on',
               done.stdout + done.stderr)


def check_lock(tree):
    workspace = path('locked')
    run(*command(workspace, tree), cwd=ROOT)
    with open(os.path.join(workspace, 'lock'), 'r+', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = attempt(command(workspace, tree))
        tap.ok(done.returncode == 4 and 'in use' in done.stderr, 'a second ksig: status 4, in use', done.stderr)
    tap.ok(attempt(command(workspace, tree)).returncode == 0, 'and goes on afterwards')


def check_kills(tree, good):
    """At moments all over the run; each time the next run is killed later, and the last is not."""
    begin = time.monotonic()
    run(*command(path('timed'), tree), cwd=ROOT)
    duration = time.monotonic() - begin
    workspace = path('killed')
    killed = 0
    for step in range(10):
        child = subprocess.Popen(command(workspace, tree), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(duration * (step + 0.5) / 10)
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        if step % 3 == 2:
            shutil.rmtree(workspace, ignore_errors=True)
    done = attempt(command(workspace, tree))
    tap.ok(killed > 0 and done.returncode == 0 and result(workspace) == good,
           'killed at moments all over the run, the next one goes on', (killed, done.stderr))


def main():
    tree = plant()
    run(*command(path('good'), tree), cwd=ROOT)
    good = result(path('good'))
    check_index(tree, good)
    check_moves(tree, good)
    check_mounts(tree, good)
    check_lock(tree)
    check_kills(tree, good)
    tap.done()


main()
