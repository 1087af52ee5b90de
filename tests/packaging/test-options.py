#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-options.py SOURCE [OPTION…]: packaging/ksig.spec built by rpmbuild with all, and without each option in turn: what is in the packages,
what the program says of what it has not, and the tests of the command line. Of what git knows of SOURCE. Prints TAP."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

SOURCE = os.path.abspath(sys.argv[1])
SPEC = os.path.join(SOURCE, "packaging", "ksig.spec")
TOP = tempfile.mkdtemp(prefix="ksig-options.")
# A machine of Debian has none of the spec's build requirements by those names.
NODEPS = ["--nodeps"] if os.path.exists("/etc/debian_version") else []
# option -> the command that says that it is not there, and what is in a package then no more
GONE = {
    "engines": (["engine", "tag", "a", "testing", "b"], r"^$"),
    "kmod": (["kmod", "list"], r"/ksig-kmod|recipes/kmod"),
    "live": (["live", "plan"], r"ksig-live"),
    "site": (["export", "site", f"{TOP}/none"], r"^$"),
    "libdeflate": (None, r"^$"),
    "man": (None, r"/man1/"),
}


def run(*argv, **options):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)


def build(*more):
    shutil.rmtree(f"{TOP}/rpm/RPMS", ignore_errors=True)
    shutil.rmtree(f"{TOP}/rpm/BUILD", ignore_errors=True)
    return run("rpmbuild", "-bb", "--noclean", "--nocheck", *NODEPS, *more, "--define", f"_topdir {TOP}/rpm", "--define", "debug_package %{nil}", SPEC)


def contents():
    """{package: its files}"""
    packages = glob.glob(f"{TOP}/rpm/RPMS/*/*.rpm")
    return {re.match(r"(.*)-0\.1\.0", os.path.basename(path)).group(1): run("rpm", "-qpl", path).stdout.split() for path in packages}


def look(option, whole):
    here = contents()
    ask, pattern = GONE[option]
    wanted = {name: [path for path in files if not re.search(pattern, path)] for name, files in whole.items()}
    if option == "live":
        # the page of trust goes where its command is
        wanted["ksig"] = sorted(wanted["ksig"] + [path for path in wanted.pop("ksig-live") if "ksig-trust" in path])
    have = {name: [path for path in files if "/.build-id" not in path] for name, files in here.items()}
    wanted = {name: [path for path in files if "/.build-id" not in path] for name, files in wanted.items()}
    differ = {name: sorted(set(have.get(name, [])) ^ set(wanted.get(name, []))) for name in have.keys() | wanted.keys()}
    tap.ok(not any(differ.values()) and have.keys() == wanted.keys(), f"without {option}: the packages have all but that", differ)
    folder = glob.glob(f"{TOP}/rpm/BUILD/ksig-0.1.0/build")[0]
    if ask:
        done = run(f"{folder}/src/cli/ksig", *ask)
        tap.ok(done.returncode == 4 and f"not in this build of ksig (meson's option {option})" in done.stdout, f"without {option}: says so", done.stdout)
    tests = run("meson", "test", "-C", folder, "--no-suite", "full", "--suite", "cli", "--print-errorlogs")
    tap.ok(tests.returncode == 0, f"without {option}: the tests of the command line", tests.stdout)


def main():
    tap.need("rpmbuild", "git", "meson")
    if run("git", "-C", SOURCE, "rev-parse", "--git-dir").returncode:
        tap.skip_all(f"{SOURCE} is no git checkout")
    os.makedirs(f"{TOP}/rpm/SOURCES")
    run("git", "-C", SOURCE, "archive", "--prefix=ksig-0.1.0/", "-o", f"{TOP}/rpm/SOURCES/ksig-0.1.0.tar.gz", "HEAD")
    done = build()
    tap.ok(done.returncode == 0, "with all of them", done.stdout)
    whole = contents()
    for option in sys.argv[2:] or GONE:
        done = build("--without", option)
        tap.ok(done.returncode == 0 and " warning: " not in done.stdout.split("%install")[0], f"without {option}: builds, without a warning", done.stdout)
        if done.returncode == 0:
            look(option, whole)
    shutil.rmtree(TOP)
    tap.done()


main()
