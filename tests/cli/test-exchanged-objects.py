#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An object of a repository that ksig reads, exchanged by its owner for another one under the same name, which git does not
notice: whatever rests on it is refused, whatever does not is answered. A row an object and a command.
Usage: test-exchanged-objects.py KSIG"""

import os
import shutil
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
PLACE = tempfile.mkdtemp(prefix="ksig-exchanged.")
ENV = dict(os.environ, LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
           GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A",
           GIT_COMMITTER_EMAIL="a@example.org")
WORDS = "is not what its name says"
UPSTREAM = ("-u", "u=git:repo@base..last")
LATER = {"missing": ("missing", *UPSTREAM), "show": ("show", "--diff", "1"), "git": ("export", "git", "target"), "why": ("why", "f.c:3")}
# What is exchanged, for what, and which commands rest on it: before anything is read, and when all is broken down.
ROWS = [
    ("a file that nobody changed", "fix:same", b"keep", b"evil", ("import",), ("git",)),
    ("a file in a folder that nobody changed", "fix:d/x", b"dog", b"cat", ("import",), ("git",)),
    ("the fix's file", "fix:f.c", b"7777", b"6666", ("import", "breakdown"), ("missing", "show", "git", "why")),
    ("the base's file", "base:f.c", b"7;", b"6;", ("breakdown",), ("show", "git", "why")),
    ("the fix's commit", "fix^{commit}", b"seven", b"eight", ("import", "breakdown"), ("missing",)),
    ("its tree", "fix^{tree}", b"same", b"semi", ("import", "breakdown"), ("missing", "show", "git", "why")),
    ("a missing fix's commit", "mid^{commit}", b"eleven", b"twelve", (), ("missing",)),
    ("a missing fix's file", "mid:f.c", b"1111", b"2222", (), ("missing",)),
]


def path(*names):
    return os.path.join(PLACE, *names)


def run(*argv, cwd=PLACE):
    return subprocess.run(argv, env=ENV, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True,
                          errors="replace")


def git(*arguments):
    done = run("git", "-C", path("repo"), *arguments)
    if done.returncode != 0:
        raise SystemExit(f"Bail out! git {arguments}: {done.stdout}")
    return done.stdout.strip()


def ksig(*arguments):
    return run(KSIG, "-w", "ws", *arguments)


def commit(name, message, **files):
    for file, text in files.items():
        place = path("repo", file.replace("__", "/").replace("_", "."))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="ascii") as stream:
            stream.write(text)
    git("add", "-A")
    git("commit", "-q", "-m", message)
    git("tag", name)


def make():
    lines = [f"int f_{i}(void) {{ return {i}; }}\n" for i in range(20)]
    run("git", "init", "-q", "-b", "main", "repo")
    commit("base", "base", f_c="".join(lines), same="keep\n", d__x="dog\n")
    lines[7] = "int f_7(void) { return 7777; }\n"
    commit("fix", "fix seven", f_c="".join(lines))
    lines[11] = "int f_11(void) { return 1111; }\n"
    commit("mid", f"fix eleven\n\nFixes: {git('rev-parse', '--short=12', 'fix')} (\"fix seven\")", f_c="".join(lines))
    commit("last", "more", same="more\n")
    run("sh", "-c", "mkdir v && git -C repo archive fix | tar x -C v")
    shutil.copytree(path("repo"), path("good"), symlinks=True)


def exchange(name, old, new):
    """Of one length, so that nothing but the content says so."""
    oid = git("rev-parse", name)
    file = path("lender", oid[:2], oid[2:])
    if not os.path.exists(file):
        file = path("repo/.git/objects", oid[:2], oid[2:])
    with open(file, "rb") as stream:
        content = zlib.decompress(stream.read())
    head, _, body = content.partition(b"\0")
    changed = head + b"\0" + body.replace(old, new)
    assert changed != content and len(changed) == len(content), name
    os.chmod(file, 0o644)
    with open(file, "wb") as stream:
        stream.write(zlib.compress(changed))


def fresh(lent):
    """LENT: the repository has its objects from another, as an alternate."""
    for name in ("repo", "ws", "target", "lender"):
        shutil.rmtree(path(name), ignore_errors=True)
    shutil.copytree(path("good"), path("repo"), symlinks=True)
    if lent:
        os.rename(path("repo/.git/objects"), path("lender"))
        os.makedirs(path("repo/.git/objects/info"))
        with open(path("repo/.git/objects/info/alternates"), "w", encoding="ascii") as stream:
            stream.write(path("lender") + "\n")
    run("git", "init", "-q", "--bare", "target")



def ask(what, name, arguments, refused):
    done = ksig(*arguments)
    said = not refused or name == "git" or WORDS in done.stdout
    tap.ok((done.returncode != 0) == refused and said, f"{what}: {name} {'is refused' if refused else 'does not rest on it'}",
           f"{done.returncode}: {done.stdout}")


def main():
    tap.need("git", "tar")
    make()
    breakdown = ("breakdown", "-b", "git:repo@base", *UPSTREAM, "v")
    rows = [(False, *row) for row in ROWS] + [(True, f"{row[0]}, lent by another repository", *row[1:]) for row in ROWS[:3]]
    for lent, what, name, old, new, at_once, later in rows:
        fresh(lent)
        exchange(name, old, new)
        ask(what, "import", ("import", "git:repo@fix"), "import" in at_once)
        ask(what, "breakdown", breakdown, "breakdown" in at_once)
        fresh(lent)
        done = ksig(*breakdown)
        tap.ok(done.returncode == 0, f"{what}: all was well", done.stdout)
        exchange(name, old, new)
        for command, arguments in LATER.items():
            ask(what, command, arguments, command in later)
    shutil.rmtree(PLACE)
    tap.done()


main()
