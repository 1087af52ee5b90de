#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A full disk is called so, and nothing half-written stays; objects and catalogs that are damaged are named. A row a command.
The disk is a small tmpfs in a mount namespace of this test's own. Usage: test-full-disk.py KSIG"""

import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rpm"))
import tap  # noqa: E402
from repolib import build  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
# createrepo_c forgets a file that it cannot close: no leak of ours.
ENV = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0", LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", GIT_AUTHOR_NAME="A",
           GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A", GIT_COMMITTER_EMAIL="a@example.org")
DISK_BYTES, FILES = 2 << 20, 120


def run(*argv, **more):
    return subprocess.run(argv, env=dict(ENV, **more.pop("env", {})), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=100, encoding="utf-8", errors="replace", **more)


def make_trees(place):
    """What does not compress, so that it fills something."""
    dice = random.Random(1)
    for number in range(FILES):
        text = "".join(f"{dice.getrandbits(200):x}\n" for _ in range(300))
        for name, more in (("base", ""), ("vendor", f"own {number}\n" * 200)):
            os.makedirs(f"{place}/{name}", exist_ok=True)
            with open(f"{place}/{name}/f{number}.c", "w", encoding="utf-8") as stream:
                stream.write(text + more)


def fill(disk, left_bytes):
    free = os.statvfs(disk)
    with open(f"{disk}/fill", "wb") as stream:
        stream.write(bytes(max(free.f_bavail * free.f_frsize - left_bytes, 0)))


def on_full_disk(place, disk):
    ws = f"{place}/ws"
    small = ("-w", f"{disk}/ws")
    git = f"{disk}/g.git"
    rows = [("import", 300 << 10, (*small, "import", f"{place}/vendor"), ()),
            ("breakdown", 300 << 10, (*small, "breakdown", "-b", f"{place}/base", f"{place}/vendor"), ()),
            ("export quilt", 100 << 10, ("-w", ws, "export", "quilt", f"{disk}/q"), ("q",)),
            ("export site", 100 << 10, ("-w", ws, "export", "site", "--no-missing", f"{disk}/s"), ("s",)),
            ("export mbox", 50 << 10, ("-w", ws, "export", "mbox", f"{disk}/m"), ("m", "m.part")),
            ("export json", 10 << 10, ("-w", ws, "export", "json", f"{disk}/j"), ("j", "j.part")),
            ("export git", 60 << 10, ("-w", ws, "export", "git", git), ())]
    if "site" in tap.left_out(KSIG):
        rows = [row for row in rows if row[0] != "export site"]
    for name, left_bytes, words, absent in rows:
        if name == "export git":
            run("git", "init", "-q", "--bare", git)
        fill(disk, left_bytes)
        done = run(KSIG, *words)
        there = [file for file in absent if os.path.exists(f"{disk}/{file}")]
        tap.ok(done.returncode == 4 and "No space left on device" in done.stderr and not there, f"{name} onto a full disk",
               f"{done.returncode} {done.stderr} {there}")
        stray = [file for file in os.listdir(disk) if file.startswith("ksig-")]
        tap.ok(not stray, f"{name}: nothing half-written", stray)
        for file in os.listdir(disk):
            path = f"{disk}/{file}"
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)


def publication(place, disk):
    """Wherever it is that the disk ends: in the pool, in the metadata, at the switch."""
    packages = build(place, "kmod-full")
    for left_bytes in range(4 << 10, 64 << 10, 4 << 10):
        fill(disk, left_bytes)
        done = run(KSIG, "repo", "publish", "--to", f"{disk}/r", *packages)
        published = os.path.lexists(f"{disk}/r/testing")
        tap.ok(done.returncode == 0 and published or done.returncode == 4 and "No space left on device" in done.stderr and not published,
               f"repo publish, {left_bytes >> 10} KiB left: {'published' if published else 'refused'}", f"{done.returncode} {done.stderr}")
        for file in os.listdir(disk):
            path = f"{disk}/{file}"
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    tap.ok(published, "and at the end there was room")


def damage(place):
    """Each object of the workspace in turn has a byte changed: what reads it says where it stands."""
    found = 0
    copy = f"{place}/damaged"
    shutil.copytree(f"{place}/ws", copy, symlinks=True)
    for parent, _, names in os.walk(f"{copy}/objects.git/objects"):
        for name in names:
            if name.endswith(".pack"):
                os.chmod(f"{parent}/{name}", 0o600)
                with open(f"{parent}/{name}", "r+b") as stream:
                    size = os.path.getsize(f"{parent}/{name}")
                    for at in range(64, size - 64, 997):
                        stream.seek(at)
                        stream.write(b"\xa5\x5a")
                found += 1
    done = run(KSIG, "-w", copy, "export", "quilt", f"{place}/never")
    tap.ok(found and done.returncode in (3, 4) and "objects.git" in done.stderr and not os.path.exists(f"{place}/never"),
           "objects that are damaged are named by where they are", f"{found} {done.returncode} {done.stderr}")


def main():
    tap.need("git", "unshare", "mount")
    if len(sys.argv) < 3:
        if run("unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt").returncode:
            tap.skip_all("no right to mount a small disk")
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv, "inside"])
    place = tempfile.mkdtemp(prefix="ksig-full-disk.")
    try:
        disk = f"{place}/disk"
        os.mkdir(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", disk], check=True)
        make_trees(place)
        done = run(KSIG, "-w", f"{place}/ws", "breakdown", "-b", f"{place}/base", f"{place}/vendor")
        assert done.returncode == 0, done.stderr
        on_full_disk(place, disk)
        if shutil.which("rpmbuild"):
            publication(place, disk)
        damage(place)
        subprocess.run(["umount", disk], check=False)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    tap.done()


main()
