#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig import, killed, locked out, with a full disk, on a read-only workspace. Usage: interrupted.py KSIG"""

import fcntl
import io
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import threading
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


def small_tarball(name, letter):
    with tarfile.open(path(name), "w") as archive:
        for number in range(200):
            member = tarfile.TarInfo("kernel-1/file%d" % number)
            member.size = 20480
            archive.addfile(member, io.BytesIO(letter * member.size))
    return path(name)


def test_swapped():
    """Its owner puts one tarball in the place of another all the while: what is remembered of either stays what it is."""
    one, other, place = small_tarball("one.tar", b"1"), small_tarball("other.tar", b"2"), path("swapped.tar")
    trees = [tree_of(ksig(path("swapped-alone"), tarball)) for tarball in (one, other)]
    done = threading.Event()

    def swap():
        while not done.is_set():
            for tarball in (one, other):
                os.link(tarball, place + ".new")
                os.rename(place + ".new", place)

    shutil.copy(one, place)
    swapper = threading.Thread(target=swap)
    swapper.start()
    outcomes = []
    try:
        for attempt in range(12):
            workspace = path("swapped-%d" % attempt)
            outcomes.append(ksig(workspace, place))
            assert [tree_of(ksig(workspace, tarball)) for tarball in (one, other)] == trees, outcomes[-1]
    finally:
        done.set()
        swapper.join()
    for outcome in outcomes:
        assert outcome.returncode == 3 and "changed while it was read" in outcome.stderr or tree_of(outcome) in trees, outcome


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


def running(word):
    """The processes that have WORD among their arguments."""
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % process, "rb") as stream:
                if word.encode() in stream.read().split(b"\0"):
                    found.append(int(process))
        except OSError:
            pass
    return found


def wait_until(good):
    for _ in range(600):
        if good():
            return True
        time.sleep(0.05)
    return False


def dist_git(word):
    """A package whose %prep runs for long, in a process that it started and in one that that started."""
    os.makedirs(path("dist", "kernel-1"))
    with open(path("dist", "kernel-1", "Makefile"), "w", encoding="utf-8") as stream:
        stream.write("all:\n")
    subprocess.run(["tar", "-C", path("dist"), "--remove-files", "-cJf", path("dist", "linux-1.tar.xz"), "kernel-1"], check=True)
    with open(path("dist", "kernel.spec"), "w", encoding="utf-8") as stream:
        stream.write("Name: kernel\nVersion: 1\nRelease: 1\nSummary: x\nLicense: GPL\nSource0: linux-1.tar.xz\n%%description\nx\n"
                     "%%prep\n%%setup -q -n kernel-1\n(sleep %s & sleep %s)\n" % (word, word))


def test_prep_ends_with_ksig():
    """Whatever ends ksig, nothing of a stranger's %prep goes on."""
    if not shutil.which("rpmbuild"):
        raise Skip("no rpmbuild")
    word = str(1000 + os.getpid() / 1000)
    dist_git(word)
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        child = subprocess.Popen(command(path("prep"), path("dist")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert wait_until(lambda: len(running(word)) == 2), "%%prep did not begin: %s" % child.poll()
        child.send_signal(number)
        assert child.wait() == -number
        assert wait_until(lambda: not running(word)), "%s: %s" % (number, running(word))


def while_changing(change, *arguments):
    """Imports with CHANGE() again and again beside it."""
    ended = threading.Event()

    def go_on():
        while not ended.is_set():
            change()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        return ksig(*arguments)
    finally:
        ended.set()
        thread.join()


def test_folder_that_others_write_to():
    os.makedirs(path("open", "sub"))
    with open(path("open", "large"), "wb") as stream:
        stream.write(bytes(48 << 20))
    with open(path("open", "large"), "ab", buffering=0) as stream:
        done = while_changing(lambda: stream.write(b"x"), path("open-ws"), path("open"))
    assert done.returncode == 3 and "open/large: it changed while it was read" in done.stderr, done
    os.remove(path("open", "large"))
    for number in range(2000):
        with open(path("open", "sub", str(number)), "w", encoding="utf-8") as stream:
            stream.write("x")

    def come_and_go():
        with open(path("open", "sub", "new"), "w", encoding="utf-8"):
            pass
        os.remove(path("open", "sub", "new"))

    done = while_changing(come_and_go, path("open-ws"), path("open"))
    assert done.returncode in (3, 4) and "open/sub" in done.stderr, done
    assert ksig(path("open-ws"), path("open")).returncode == 0


def test_nobody_else_writes():
    """Whatever the umask is."""
    os.makedirs(path("one"), exist_ok=True)
    with open(path("one", "x"), "w", encoding="utf-8") as stream:
        stream.write("x")
    before = os.umask(0)
    try:
        tree_of(ksig(path("umask-ws"), path("one")))
    finally:
        os.umask(before)
    for folder, folders, files in os.walk(path("umask-ws")):
        for name in folders + files:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            assert stat.S_ISLNK(mode) or not mode & 0o022, "%s/%s %o" % (folder, name, mode)


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


tests = [test_killed, test_second_time, test_swapped, test_locked, test_disk_full, test_read_only, test_prep_ends_with_ksig,
         test_folder_that_others_write_to, test_nobody_else_writes]
print("1..%d" % len(tests))
try:
    make_tarball()
    good = [run(number, test) for number, test in enumerate(tests, 1)]
finally:
    shutil.rmtree(PLACE)
sys.exit(0 if all(good) else 1)
