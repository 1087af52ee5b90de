#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A file that becomes a pipe and a file again, some thousand times a second: nobody waits at it, whenever it is opened.

usage: test-pipes.py KSIG        TAP on standard output, a row a command
"""
import glob
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from repolib import KSIG, Key, build, need, run, scratch, tap  # noqa: E402

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src")
TRIES, PATIENCE_S = 12, 40


class Changing:
    """PATH is a link to what it was, then to a pipe, and so on, until the block ends."""

    def __init__(self, path):
        self.path, self.over = path, threading.Event()
        self.thread = threading.Thread(target=self.change)

    def change(self):
        while not self.over.is_set():
            for what in (".pipe", ".file"):
                os.symlink(self.path + what, self.path + ".link")
                os.rename(self.path + ".link", self.path)

    def __enter__(self):
        os.rename(self.path, self.path + ".file")
        os.mkfifo(self.path + ".pipe")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        os.rename(self.path + ".file", self.path)
        os.unlink(self.path + ".pipe")


def row(what, path, *argv):
    """Good or refused, each time, and not for a pipe's writer."""
    waits, seen = 0, set()
    with Changing(path):
        for _ in range(TRIES):
            try:
                seen.add(run(*argv, check=False, timeout=PATIENCE_S).returncode)
            except subprocess.TimeoutExpired:
                waits += 1
                break
    tap.ok(waits == 0 and seen <= {0, 1, 3, 4}, f"{what}: not waited for", f"{waits} {seen}")


def sources():
    """What would wait is nowhere in the source but where files are opened for all."""
    waiting = re.compile(r"\b(?:open(?:at)?\([^;]*O_RDONLY(?![^;]*O_(?:NONBLOCK|DIRECTORY))|Fopen\(|g_mapped_file_new\(|"
                         r"archive_read_open_filename\([\w>-]+, (?!held->)|cr_checksum_file\((?!held->))")
    allowed = {"base/file-write.c": 1,     # of what was just written, to sync it
               "rpm/sandbox-bubble.c": 1,  # a namespace in /proc
               "publish/pool.c": 1}        # a file of the pool
    for path in sorted(glob.glob(f"{SOURCE}/*/*.c")):
        name = os.path.relpath(path, SOURCE)
        with open(path, encoding="utf-8") as file:
            found = waiting.findall(file.read())
        if found or name in allowed:
            tap.ok(len(found) == allowed.get(name, 0), f"{name}: opens by ksig_file_open() or ksig_file_hold()", "\n".join(found))


need("gpg", "rpmbuild", "rpmsign")
sources()
TOP = scratch()
key = Key(TOP, "pipes")
package = build(TOP, "foo")[0]
key.sign(package)
tarball = f"{TOP}/t.tar.gz"
os.mkdir(f"{TOP}/t")
run("tar", "-czf", tarball, "-C", TOP, "t")
SIGN = ("--sign-with", key.fingerprint, "--gpg-home", key.home, "--keys", key.public)
run(KSIG, "repo", "publish", "--to", f"{TOP}/r", "--channel", "testing", *SIGN, package)
VERIFY = (KSIG, "repo", "verify", f"{TOP}/r/testing", "--keys", key.public)
row("a package to publish", package, KSIG, "repo", "publish", "--to", f"{TOP}/other", "--dry-run", *SIGN, package)
row("a tarball", tarball, KSIG, "-w", f"{TOP}/ws", "import", tarball)
row("a file of keys", key.public, *VERIFY)
for name in ("repomd.xml", "*-primary.xml.gz", "repomd.xml.asc"):
    row(name.strip("*-"), glob.glob(f"{TOP}/r/generations/*/*/*/repodata/{name}")[0], *VERIFY)
row("a package of a repository", glob.glob(f"{TOP}/r/generations/*/*/*/Packages/*/*.rpm")[0], *VERIFY)
key.stop()
tap.done()
