#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An object of a repository that ksig reads, exchanged by its owner for another one under the same name, which git does not
notice: whatever rests on it is refused, whatever does not is answered. A row an object and a command.
Usage: test-exchanged-objects.py KSIG"""

import hashlib
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
LEFT_OUT = tap.left_out(KSIG)
PLACE = tempfile.mkdtemp(prefix="ksig-exchanged.")
ENV = dict(os.environ, LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
           GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A",
           GIT_COMMITTER_EMAIL="a@example.org")
WORDS = "is not what its name says"
MOST_ALTERNATES = 5  # git reads six below one another, and the repository is one of the workspace's
UPSTREAM = ("-u", "u=git:repo@base..last")
WRITTEN = {"quilt": "out-quilt", "mbox": "out-mbox", "site": "out-site"}
LATER = {"missing": ("missing", *UPSTREAM), "show": ("show", "--diff", "1"), "git": ("export", "git", "target"), "why": ("why", "f.c:3"),
         **{name: ("export", name, out) for name, out in WRITTEN.items()}}
EXPORTS = ("show", "quilt", "mbox", "site", "git", "why")
BREAKDOWN = ("breakdown", "-b", "git:repo@base", *UPSTREAM, "v")
# What is exchanged, for what, and which commands rest on it: before anything is read, and when all is broken down.
ROWS = [
    ("a file that nobody changed", "fix:same", b"keep", b"evil", ("import",), ("git",)),
    ("a file in a folder that nobody changed", "fix:d/x", b"dog", b"cat", ("import",), ("git",)),
    ("the fix's file", "fix:f.c", b"7777", b"6666", ("import", "breakdown"), ("missing", *EXPORTS)),
    ("the base's file", "base:f.c", b"7;", b"6;", ("breakdown",), EXPORTS),
    ("the fix's commit", "fix^{commit}", b"seven", b"eight", ("import", "breakdown"), ("missing",)),
    ("its tree", "fix^{tree}", b"same", b"semi", ("import", "breakdown"), ("missing", *EXPORTS)),
    ("a missing fix's commit", "mid^{commit}", b"eleven", b"twelve", (), ("missing",)),
    ("a missing fix's file", "mid:f.c", b"1111", b"2222", (), ("missing",)),
]


# What the workspace's own store has of a step, and what is written for it.
OWN = [("a step's commit", "{}", b"author ", b"Author "), ("a step's tree", "{}^{{tree}}", b"f.c", b"f.h"),
       ("a step's file that nobody else has", "{}:g.c", b"twice", b"never")]


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
    run("sh", "-c", "mkdir v && git -C repo archive fix | tar x -C v && echo 'int twice;' > v/g.c")
    shutil.copytree(path("repo"), path("good"), symlinks=True)


def write_pack(folder, oid, kind, body):
    """A pack that says it has OID, and has BODY."""
    length, head = len(body) >> 4, (kind << 4) | (len(body) & 15)
    entry = b""
    while length:
        entry += bytes([head | 128])
        length, head = length >> 7, length & 127
    entry += bytes([head]) + zlib.compress(body)
    pack = b"PACK" + struct.pack(">II", 2, 1) + entry
    pack += hashlib.sha1(pack).digest()
    name = bytes.fromhex(oid)
    index = b"\xfftOc" + struct.pack(">I", 2) + b"".join(struct.pack(">I", int(i >= name[0])) for i in range(256))
    index += name + struct.pack(">II", zlib.crc32(entry), 12) + pack[-20:]
    os.makedirs(os.path.join(folder, "pack"), exist_ok=True)
    for ending, content in (("pack", pack), ("idx", index + hashlib.sha1(index).digest())):
        with open(os.path.join(folder, "pack", f"pack-{pack[-20:].hex()}.{ending}"), "wb") as stream:
            stream.write(content)


def exchange(how, folders, oid, old, new):
    """Of one length, so that nothing but the content says so. HOW: loose, packed (instead of it), beside (packed, next to it)."""
    folder = next(folder for folder in folders if os.path.exists(os.path.join(folder, oid[:2], oid[2:])))
    file = os.path.join(folder, oid[:2], oid[2:])
    with open(file, "rb") as stream:
        content = zlib.decompress(stream.read())
    head, _, body = content.partition(b"\0")
    changed = body.replace(old, new)
    assert changed != body and len(changed) == len(body), oid
    os.chmod(file, 0o644)
    if how == "loose":
        with open(file, "wb") as stream:
            stream.write(zlib.compress(head + b"\0" + changed))
        return
    if how == "packed":
        os.unlink(file)
    write_pack(folder, oid, {b"commit": 1, b"tree": 2, b"blob": 3}[head.split()[0]], changed)


def exchange_lent(how, name, old, new):
    exchange(how, (path("lender"), path("repo/.git/objects")), git("rev-parse", name), old, new)


def exchange_own(how, name, old, new):
    """The store's objects are files first."""
    store = path("ws/objects.git")
    folder = path("ws/objects.git/objects/pack")
    packs = [file for file in os.listdir(folder) if file.endswith(".pack")]
    os.rename(folder, path("packs"))
    for file in packs:
        with open(path("packs", file), "rb") as stream:
            subprocess.run(["git", "-C", store, "unpack-objects", "-q"], env=ENV, stdin=stream, check=True)
    shutil.rmtree(path("packs"))
    step = sqlite3.connect(path("ws/catalog.db")).execute(
        "SELECT commit_id FROM step WHERE commit_id IS NOT NULL ORDER BY position DESC LIMIT 1").fetchone()[0]
    oid = run("git", "-C", store, "rev-parse", name.format(step)).stdout.strip()
    exchange(how, (os.path.join(store, "objects"),), oid, old, new)


def fresh(lent):
    """LENT: over so many alternates the repository has its objects from another, 0 for its own."""
    between = [f"between-{i}" for i in range(1, lent)]
    for name in ("repo", "ws", "target", "lender", *between, "out-quilt", "out-site"):
        shutil.rmtree(path(name), ignore_errors=True)
    if os.path.exists(path("out-mbox")):
        os.unlink(path("out-mbox"))
    shutil.copytree(path("good"), path("repo"), symlinks=True)
    if lent:
        os.rename(path("repo/.git/objects"), path("lender"))
        for borrower, owner in zip(["repo/.git/objects", *between], [*between, "lender"]):
            os.makedirs(path(borrower, "info"))
            with open(path(borrower, "info/alternates"), "w", encoding="ascii") as stream:
                stream.write(path(owner) + "\n")
    run("git", "init", "-q", "--bare", "target")


def ask(what, name, arguments, refused):
    if name in LEFT_OUT:
        return
    done = ksig(*arguments)
    said = not refused or name == "git" or WORDS in done.stdout
    tap.ok((done.returncode != 0) == refused and said, f"{what}: {name} {'is refused' if refused else 'does not rest on it'}",
           f"{done.returncode}: {done.stdout}")
    if refused and name in WRITTEN:
        tap.ok(not os.path.exists(path(WRITTEN[name])), f"{what}: {name} leaves nothing behind")


def break_down(what, lent):
    fresh(lent)
    done = ksig(*BREAKDOWN)
    tap.ok(done.returncode == 0, f"{what}: all was well", done.stdout)


def main():
    tap.need("git", "tar")
    make()
    rows = [(0, *row) for row in ROWS] + [(1, f"{row[0]}, lent by another repository", *row[1:]) for row in ROWS[:3]]
    rows += [(MOST_ALTERNATES, f"{row[0]}, lent over as many as git follows", *row[1:]) for row in ROWS[2:3]]
    for lent, what, name, old, new, at_once, later in rows:
        fresh(lent)
        exchange_lent("loose", name, old, new)
        ask(what, "import", ("import", "git:repo@fix"), "import" in at_once)
        ask(what, "breakdown", BREAKDOWN, "breakdown" in at_once)
        break_down(what, lent)
        exchange_lent("loose", name, old, new)
        for command, arguments in LATER.items():
            ask(what, command, arguments, command in later)
    for how in ("packed", "beside"):
        for lent, what, name, old, new, _, later in rows[2:4] + rows[5:6] + rows[10:]:
            break_down(f"{what}, {how}", lent)
            exchange_lent(how, name, old, new)
            for command in WRITTEN:
                ask(f"{what}, {how}", command, LATER[command], command in later)
    for how in ("loose", "packed", "beside"):
        for what, name, old, new in OWN:
            break_down(f"{what}, {how}", 0)
            exchange_own(how, name, old, new)
            for command in WRITTEN:
                ask(f"{what}, {how}", command, LATER[command], True)
    shutil.rmtree(PLACE)
    tap.done()


main()
