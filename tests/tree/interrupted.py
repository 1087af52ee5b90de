#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig import, killed, locked out, with a full disk, on a read-only workspace. Usage: interrupted.py KSIG"""

import fcntl
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time

KSIG = os.path.abspath(sys.argv[1])
PLACE = tempfile.mkdtemp(prefix="ksig-interrupted.")


class Skip(Exception):
    pass


def path(*names):
    return os.path.join(PLACE, *names)


def make_tarball():
    """3,000 files of 20 KiB that do not compress: enough to be killed in the middle of."""
    source = random.Random(1)
    with tarfile.open(path("kernel.tar"), "w") as archive:
        for number in range(3000):
            member = tarfile.TarInfo("kernel-1/dir%d/file%d" % (number % 40, number))
            content = source.randbytes(20480)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def command(workspace, *arguments):
    return [KSIG, "--workspace", workspace, "import", "--format", "tsv", *arguments]


def ksig(workspace, *arguments):
    return subprocess.run(command(workspace, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, check=False)


def tree_of(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1].split("\t")[1]


def git(workspace, *arguments):
    return subprocess.run(["git", "-C", os.path.join(workspace, "objects.git"), *arguments], check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True).stdout


def leftovers(workspace):
    packs = os.path.join(workspace, "objects.git/objects/pack")
    names = os.listdir(packs) if os.path.isdir(packs) else []
    return [name for name in names if name.startswith("tmp_ksig_")]


def kill_after(workspace, seconds):
    """True if ksig was killed before its end."""
    child = subprocess.Popen(command(workspace, path("kernel.tar")), stdout=subprocess.DEVNULL)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    return child.wait() == -signal.SIGKILL


def test_killed():
    """At points all over an import: never a reference to half of it; the next run goes on and sweeps."""
    workspace = path("whole")
    begin = time.monotonic()
    expected = tree_of(ksig(workspace, path("kernel.tar")))
    duration = time.monotonic() - begin
    killed = 0
    for step in range(12):
        workspace = path("killed-%d" % step)
        killed += kill_after(workspace, duration * (step + 0.5) / 12)
        # HEAD comes last when a repository is made.
        if os.path.exists(os.path.join(workspace, "objects.git/HEAD")):
            git(workspace, "fsck", "--full", "--connectivity-only")
        assert tree_of(ksig(workspace, path("kernel.tar"))) == expected
        assert not leftovers(workspace), leftovers(workspace)
        git(workspace, "fsck", "--full")
        shutil.rmtree(workspace)
    assert killed >= 6, "only %d of 12 were killed in time" % killed


def test_second_time():
    """The same bytes a second time: the same answer, and not one object is written."""
    workspace = path("whole")
    before = sorted(os.listdir(os.path.join(workspace, "objects.git/objects/pack")))
    shutil.copy(path("kernel.tar"), path("copy.tar"))
    first = ksig(workspace, path("kernel.tar"))
    second = ksig(workspace, path("copy.tar"))
    assert tree_of(first) == tree_of(second)
    assert sorted(os.listdir(os.path.join(workspace, "objects.git/objects/pack"))) == before


def test_locked():
    workspace = path("whole")
    with open(os.path.join(workspace, "lock"), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write("%d\n" % os.getpid())
        lock.flush()
        done = ksig(workspace, path("kernel.tar"))
    assert done.returncode == 4, done
    assert "in use by another ksig (process %d)" % os.getpid() in done.stderr, done.stderr
    assert ksig(workspace, path("kernel.tar")).returncode == 0


def in_small_mount(options, script):
    """Runs SCRIPT in a mount namespace of its own, with a tmpfs of OPTIONS at PLACE/small."""
    os.makedirs(path("small"), exist_ok=True)
    mount = "mount -t tmpfs -o %s tmpfs %s" % (options, path("small"))
    probe = subprocess.run(["unshare", "-Urm", "sh", "-c", mount], stderr=subprocess.PIPE, check=False)
    if probe.returncode:
        raise Skip("no mount namespace here: %s" % probe.stderr.decode().strip())
    return subprocess.run(["unshare", "-Urm", "sh", "-c", mount + "\n" + script], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, check=False)


def test_disk_full():
    workspace = path("small", "ws")
    line = " ".join(command(workspace, path("kernel.tar")))
    done = in_small_mount("size=8m", "%s\nstatus=$?\nls %s/objects.git/objects/pack\nls %s/objects.git/refs/ksig\n"
                          "exit $status" % (line, workspace, workspace))
    assert done.returncode == 4, done
    assert "kernel.tar: " in done.stderr and "No space left on device" in done.stderr, done.stderr
    assert "tmp_ksig" not in done.stdout and "imports" not in done.stdout, done.stdout


def test_read_only():
    workspace = path("small", "ws")
    line = " ".join(command(workspace, path("kernel.tar")))
    done = in_small_mount("size=8m", "mkdir %s && mount -o remount,ro %s && %s" % (workspace, path("small"), line))
    assert done.returncode == 4, done
    assert "Read-only file system" in done.stderr and workspace in done.stderr, done.stderr


def run(number, test):
    name = test.__name__[5:]
    try:
        test()
        print("ok %d %s" % (number, name))
        return True
    except Skip as reason:
        print("ok %d %s # SKIP %s" % (number, name, reason))
        return True
    except (AssertionError, subprocess.CalledProcessError, OSError) as failure:
        print("not ok %d %s" % (number, name))
        print("# " + repr(failure).replace("\n", "\n# "))
        return False


tests = [test_killed, test_second_time, test_locked, test_disk_full, test_read_only]
print("1..%d" % len(tests))
try:
    make_tarball()
    good = [run(number, test) for number, test in enumerate(tests, 1)]
finally:
    shutil.rmtree(PLACE)
sys.exit(0 if all(good) else 1)
