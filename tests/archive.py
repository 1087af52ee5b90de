# SPDX-License-Identifier: GPL-2.0-or-later
"""What the long tests take from Debian's archive and from public repositories: one cache for all of them, and one at a time in it.

The cache is $KSIG_TEST_CACHE, else ~/.cache/ksig-test. A file is in it whole or not at all.
"""
import contextlib
import fcntl
import glob
import importlib.machinery
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile

PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CACHE = os.environ.get("KSIG_TEST_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ksig-test")


class Absent(Exception):
    """What is not to be had here, and why."""


@contextlib.contextmanager
def lock():
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, ".lock"), "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def names(pattern):
    """Packages of the archive whose name matches, oldest first. What is listed need not be served."""
    if not shutil.which("apt-cache"):
        raise Absent("no apt here")
    found = subprocess.run(["apt-cache", "search", "--names-only", pattern], stdout=subprocess.PIPE, text=True, check=False)
    listed = [line.split()[0] for line in found.stdout.splitlines()]
    return sorted(listed, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])


def cached(name):
    return sorted(glob.glob(f"{CACHE}/{glob.escape(name)}_*.deb"))


def download(name):
    """The path of a binary package's file."""
    with lock():
        if not cached(name):
            if not shutil.which("apt-get"):
                raise Absent(f"{name}: no apt here")
            with tempfile.TemporaryDirectory(dir=CACHE, prefix=".download-") as place:
                done = subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=", "download", name], cwd=place, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
                got = glob.glob(f"{place}/*.deb")
                if done.returncode or not got:
                    raise Absent(f"{name} is not served: {done.stdout.strip()[-200:]}")
                os.rename(got[0], os.path.join(CACHE, os.path.basename(got[0])))
                if not cached(name):  # of a package that only stands in for it
                    raise Absent(f"{name} is not served: apt gave {os.path.basename(got[0])}")
        return cached(name)[-1]


def unpack(name, root):
    """The package's files below ROOT, a folder of the cache."""
    path = download(name)
    mark = os.path.join(root, ".unpacked", name)
    with lock():
        if not os.path.exists(mark):
            os.makedirs(os.path.dirname(mark), exist_ok=True)
            subprocess.run(["dpkg", "-x", path, root], check=True)
            with open(mark, "w", encoding="ascii"):
                pass


def served(*packages):
    """Are all of PACKAGES to be had? (They are in the cache then.)"""
    try:
        for name in packages:
            download(name)
    except Absent as reason:
        print(f"# {reason}", flush=True)
        return False
    return True


def demo():
    """tools/demo, which knows how to read the archive's sources, at work in the cache."""
    loader = importlib.machinery.SourceFileLoader("demo", f"{PROJECT}/tools/demo")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("demo", loader))
    sys.dont_write_bytecode = True
    arguments, sys.argv = sys.argv, sys.argv[:2]  # as tools/demo wants it
    loader.exec_module(module)
    sys.argv = arguments
    module.PLACE = CACHE
    return module


def kernel_source(series, revision=""):
    """
    The newest of the source packages of linux SERIES whose revision ends in REVISION and that is served whole: the path of its
    .dsc, beside which its files are.
    """
    tool = demo()
    with lock():
        try:
            options = tool.apt_options()
            subprocess.run(["apt-get", "-qq", *options, "update"], check=True)
            listed = [name for name in tool.read_sources(options)[1] if name.startswith(series + ".") and name.endswith(revision)]
            for version in reversed(tool.in_order(listed)):
                if subprocess.run(["apt-get", "-qq", *options, "source", "--download-only", f"linux={version}"], cwd=CACHE,
                                  check=False).returncode == 0:
                    return f"{CACHE}/linux_{version}.dsc"
        except (tool.Unavailable, OSError, subprocess.CalledProcessError) as error:
            raise Absent(f"the sources of linux {series}: {error}") from error
    raise Absent(f"no source of linux {series} is served whole")


def clone(name, url, revision):
    """A git repository with REVISION of URL, of no depth."""
    place = os.path.join(CACHE, f"{name}.git")
    with lock():
        if subprocess.run(["git", "-C", place, "cat-file", "-e", revision], stderr=subprocess.DEVNULL, check=False).returncode:
            subprocess.run(["git", "init", "-q", place], check=True)
            done = subprocess.run(["git", "-C", place, "fetch", "-q", "--depth=1", url, revision], text=True, stderr=subprocess.PIPE,
                                  check=False)
            if done.returncode:
                raise Absent(f"{url}: {done.stderr.strip()[-200:]}")
            subprocess.run(["git", "-C", place, "checkout", "-q", "FETCH_HEAD"], check=True)
    return place
