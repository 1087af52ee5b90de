#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A power cut at each sync and each change of a name of what ksig writes. Of each moment three disks are made: one that has every
name, and of each file what was synced of it (a rename reached it without its data), one with zeros for what never was, and one that
has of each folder, too, what was synced of it. On each, ksig and who reads what it published find the old, the new, nothing, or are told what is damaged; and
the next run of the command makes it good. A row a command.
Usage: test-power-cut.py KSIG RECORDER [MOST]: of so many disks of a command at most, evenly chosen (all)."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rpm"))
from repolib import KSIG, Key, build, need, run, scratch, tap  # noqa: E402
from unfinished import ENV, make_history  # noqa: E402

RECORDER = os.path.abspath(sys.argv[2])
MOST = int(sys.argv[3]) if len(sys.argv) > 3 else 1 << 30
FILES, COMMITS = 12, 4
PLACE = scratch()
ROOT = os.path.join(PLACE, "disk")


def path(*names):
    return os.path.join(PLACE, *names)


def git(*words, where="repo", check=True):
    return run("git", "-C", path(where), *words, env=ENV, check=check).stdout.strip()


def ksig(*words, check=False, env=None):
    return run(KSIG, "-w", f"{ROOT}/ws", *words, env={**ENV, **(env or {})}, check=check)


# ---- disks ---------------------------------------------------------------------------------------------------


class Disk:
    """Names of a folder (path below it: id, mode, target of a link), and what files have (id: a file with its content,
    or a number of zeros)."""

    def __init__(self, names, content):
        self.names, self.content = names, content

    def digest(self):
        text = "\n".join(f"{name} {entry[1]} {entry[2]} {self.content.get(entry[0])}" for name, entry in sorted(self.names.items()))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()

    def lay(self):
        shutil.rmtree(ROOT)
        os.mkdir(ROOT)
        links = {}
        for name, (identity, mode, target) in sorted(self.names.items()):
            at = os.path.join(ROOT, name)
            if stat.S_ISLNK(mode):
                os.symlink(target, at)
            elif stat.S_ISDIR(mode):
                os.mkdir(at)
            elif identity in links:
                os.link(links[identity], at)
            else:
                links[identity] = at
                source = self.content.get(identity)
                if isinstance(source, str):
                    shutil.copyfile(source, at)
                else:
                    with open(at, "wb") as stream:
                        stream.write(bytes(source or 0))
                os.chmod(at, stat.S_IMODE(mode))


def read_event(name):
    """(word, id, [(id, mode, size, path, target)]) of a note; see record-syncs.c."""
    with open(name, encoding="utf-8", errors="surrogateescape") as stream:
        words = stream.read().split("\0")
    entries = []
    for at in range(2, len(words) - 1, 6):
        _, identity, mode, size, where, target = words[at:at + 6]
        below = os.path.relpath(where, ROOT)
        entries.append((identity, int(mode, 8), int(size), below, target))
    return words[0], words[1], entries


def reachable(folders, top):
    """The names of the folders that were synced, from the top: {path: entry}."""
    names, todo = {}, [(top, "")]
    while todo:
        folder, prefix = todo.pop()
        for name, entry in folders.get(folder, {}).items():
            names[prefix + name] = entry
            if stat.S_ISDIR(entry[1]):
                todo.append((entry[0], prefix + name + "/"))
    return names


class Recording:
    """What is on the disk is there already; then the command runs, and DISKS() are those that a power cut leaves."""

    def __init__(self):
        self.log = path("log")
        shutil.rmtree(self.log, ignore_errors=True)
        os.makedirs(self.log)
        self.env = {"RECORD_ROOT": ROOT, "RECORD_LOG": self.log, "LD_PRELOAD": RECORDER, "PATH": f"{path('bin')}:{os.environ['PATH']}",
                    "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
        self.sync()

    def sync(self):
        """All that is there is on the disk."""
        run(sys.executable, "-c", f"import ctypes, os; assert not ctypes.CDLL(None).syncfs(os.open('{ROOT}', os.O_RDONLY))", env=self.env)

    def disks(self):
        content, folders, top, seen = {}, {}, None, set()
        for name in sorted(name for name in os.listdir(self.log) if re.fullmatch("[0-9]{6}", name)):
            word, synced, entries = read_event(os.path.join(self.log, name))
            now = {below: (identity, mode, target) for identity, mode, _, below, target in entries}
            zeros = {identity: size for identity, mode, size, _, _ in entries if stat.S_ISREG(mode)}
            present = {entry[0]: {} for entry in now.values() if stat.S_ISDIR(entry[1])}
            top = now.pop(".")[0]
            for below, entry in now.items():
                parent, last = os.path.split(below)
                present[now[parent][0] if parent else top][last] = entry
            if top in folders:  # not before the first sync, which is ours
                for disk in (Disk(now, dict(content)), Disk(now, {**zeros, **content}), Disk(reachable(folders, top), dict(content))):
                    if disk.digest() not in seen:
                        seen.add(disk.digest())
                        yield disk
            if word == "all":
                folders.update(present)
            elif word == "sync" and synced in present:
                folders[synced] = present[synced]
            for kept in os.listdir(self.log) if word == "all" else [f"{name}-{synced}"]:
                if kept.startswith(name + "-") and os.path.exists(os.path.join(self.log, kept)):
                    content[kept[len(name) + 1:]] = os.path.join(self.log, kept)


def chosen(disks):
    disks = list(disks)
    step = max(len(disks) / MOST, 1)
    return [disks[int(at * step)] for at in range(int(len(disks) / step))] if step > 1 else disks


def cut(name, words, read, again=None, prepare=lambda: None):
    """Runs ksig WORDS; on each disk READ() gives a complaint or None, then ksig AGAIN (WORDS) works, and READ(True) finds all."""
    recording = Recording()
    done = ksig(*words, env=recording.env)
    recording.sync()
    assert done.returncode == 0, done.stdout
    complaint = read(True)
    disks = chosen(recording.disks())
    for number, disk in enumerate(disks):
        if complaint:
            break
        disk.lay()
        complaint = read(False)
        if not complaint:
            prepare()
            done = ksig(*(again or words))
            complaint = done.stdout if done.returncode else read(True)
        if complaint:
            keep = os.environ.get("KSIG_TEST_KEEP")
            if keep:
                disk.lay()
                shutil.copytree(ROOT, f"{keep}/{name.replace(' ', '-')}", symlinks=True, dirs_exist_ok=True)
            complaint = f"disk {number} of {len(disks)}: {complaint}"
    tap.ok(not complaint and len(disks) > 2, f"{name}: {len(disks)} disks", complaint)


# ---- commands ------------------------------------------------------------------------------------------------


def git_through_recorder():
    """git hears nothing of ksig's environment; a script in front of it says it again."""
    os.mkdir(path("bin"))
    with open(path("bin/git"), "w", encoding="utf-8") as stream:
        stream.write(f"#!/bin/sh\nexport LD_PRELOAD={RECORDER} RECORD_ROOT={ROOT} RECORD_LOG={path('log')}\n"
                     f"exec {shutil.which('git')} \"$@\"\n")
    os.chmod(path("bin/git"), 0o755)


def is_named(done):
    """Is what is wrong said, with where it stands?"""
    return done.returncode in (1, 3, 4) and ROOT in done.stdout


def workspace(revisions):
    """What reads a workspace that had REVISIONS[0] patches before and has REVISIONS[1] afterwards."""

    def read(whole):
        done = ksig("list", "--format=tsv")
        rows = done.stdout.replace("ksig: nothing found\n", "").count("\n") - 1
        if done.returncode and (rows or "nothing found" not in done.stdout):
            return done.stdout if whole or not is_named(done) else None
        if rows not in (revisions[1:] if whole else revisions) and rows != 0 or whole and rows != revisions[1]:
            return f"{rows} patches: {done.stdout}"
        shutil.rmtree(path("exported"), ignore_errors=True)
        done = ksig("export", "quilt", path("exported")) if rows else done
        if rows and done.returncode:
            return done.stdout if whole or not is_named(done) else None
        fsck = run("git", "--git-dir", f"{ROOT}/ws/objects.git", "fsck", "--no-dangling", env=ENV, check=False) if whole else done
        if rows and not os.path.exists(path("exported/series")) or whole and fsck.returncode:
            return f"{done.stdout}{fsck.stdout}"
        return None

    return read


def import_():
    wanted = git("rev-parse", "v1^{tree}")

    def read(whole):
        done = ksig("import", f"git:{path('repo')}@v1")
        if done.returncode or wanted not in done.stdout:
            return done.stdout if whole or not is_named(done) else None
        shown = run("git", "--git-dir", f"{ROOT}/ws/objects.git", "ls-tree", "-r", wanted, env=ENV, check=False)
        return None if shown.stdout.count("\n") == FILES else shown.stdout

    cut("import of a commit", ("import", f"git:{path('repo')}@v1"), read)
    os.mkdir(path("plain"))
    run("sh", "-c", f"git -C {path('repo')} archive v1 | tar -x -C {path('plain')}", env=ENV)
    shutil.rmtree(f"{ROOT}/ws")

    def read_folder(whole):
        done = ksig("import", path("plain"))
        if done.returncode or wanted not in done.stdout:
            return done.stdout if whole or not is_named(done) else None
        fsck = run("git", "--git-dir", f"{ROOT}/ws/objects.git", "fsck", "--no-dangling", wanted, env=ENV, check=False)
        return fsck.stdout if fsck.returncode else None

    cut("import of a folder", ("import", path("plain")), read_folder)
    shutil.rmtree(f"{ROOT}/ws")


def breakdown():
    def words(*revisions):
        return ("breakdown", "-b", f"git:{path('repo')}@base", "-u", f"u=git:{path('repo')}@base..v{COMMITS}",
                *(f"git:{path('repo')}@{revision}" for revision in revisions))

    cut("breakdown", words("v1"), workspace((0, 1)))
    last = f"v{COMMITS}"
    cut("breakdown of another revision", words("v1", last), workspace((1, COMMITS)))


def export_git():
    run("git", "init", "-q", "--bare", f"{ROOT}/out.git", env=ENV)
    wanted = git("rev-parse", f"v{COMMITS}^{{tree}}")

    def prepare():
        # git names the lock of its own that a power cut left, which is to be removed by hand.
        for parent, _, names in os.walk(f"{ROOT}/out.git"):
            for lock in (os.path.join(parent, name) for name in names if name.endswith(".lock")):
                done = ksig("export", "git", "--force", f"{ROOT}/out.git")
                assert not done.returncode or ".lock': File exists" in done.stdout, done.stdout
                os.path.exists(lock) and os.unlink(lock)

    def read(whole):
        shown = run("git", "--git-dir", f"{ROOT}/out.git", "rev-parse", "-q", "--verify", "ksig^{tree}", env=ENV, check=False)
        fsck = run("git", "--git-dir", f"{ROOT}/out.git", "fsck", "--strict", "--no-dangling", env=ENV, check=False)
        if fsck.returncode or shown.returncode and whole:
            return f"{shown.stdout}{fsck.stdout}"
        return None if shown.returncode or shown.stdout.strip() == wanted else shown.stdout

    cut("export git", ("export", "git", "--force", f"{ROOT}/out.git"), read, prepare=prepare)
    shutil.rmtree(f"{ROOT}/out.git")


def all_files(folder):
    """{path below FOLDER: its content's digest}, without what the next run takes away."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb") as stream:
                found[os.path.relpath(os.path.join(parent, name), folder)] = hashlib.sha256(stream.read()).hexdigest()
    return found


def export_folder(kind, *options):
    """A folder that comes at once; then one that replaces it, where it may."""
    folder = f"{ROOT}/{kind}"
    accepted = []

    def read(whole):
        found = all_files(folder)
        if whole and not accepted:
            accepted.append(found)
        if os.path.lexists(folder) and found not in accepted:
            wrong = [name for name in accepted[0] if found.get(name) != accepted[0][name]]
            return f"{folder}: half of it: {wrong[:8]}, {sorted(set(found) - set(accepted[0]))[:8]}"
        return None if found or not whole else f"{folder}: not there"

    def prepare():
        # A series that is there whole is refused: that is no fault of the disk.
        if kind == "quilt":
            shutil.rmtree(folder, ignore_errors=True)

    cut(f"export {kind}", ("export", kind, *options, folder), read, prepare=prepare)
    shutil.rmtree(folder, ignore_errors=True)


def live_index(key):
    os.mkdir(f"{ROOT}/patches")

    def words(number):
        return ("live", "index", "--name=n", "--provider=p", f"--revision={number}", "--expires=2099-01-01", f"--key={key.fingerprint}",
                f"--home={key.home}", f"{ROOT}/patches")

    def read(whole):
        try:
            with open(f"{ROOT}/patches/index.json", "rb") as stream:
                index = stream.read()
        except FileNotFoundError:
            return "not there" if whole else None
        name = f"{ROOT}/patches/index.{hashlib.sha256(index).hexdigest()}.asc"
        if not os.path.exists(name):
            return f"{name}: not there"
        done = run("gpg", "--batch", "--verify", name, f"{ROOT}/patches/index.json", env=key.env, check=False)
        return done.stdout if done.returncode else None

    cut("live index", words(1), read, words(2))
    cut("live index that replaces another", words(3), read, words(4))
    shutil.rmtree(f"{ROOT}/patches")


def publish(key):
    packages = [build(PLACE, "one", version)[0] for version in ("1", "2")]
    key.sign(*packages)

    def words(package):
        return ("repo", "publish", "--to", f"{ROOT}/published", "--keys", key.public, "--sign-with", key.fingerprint, "--gpg-home",
                key.home, package)

    def read(whole):
        if not os.path.lexists(f"{ROOT}/published/testing/9/x86_64") and not whole:
            return None
        done = ksig("repo", "verify", "--keys", key.public, f"{ROOT}/published/testing/9/x86_64")
        return done.stdout if done.returncode else None

    cut("repo publish", words(packages[0]), read)
    cut("repo publish onto another", words(packages[1]), read)


def sign(key):
    """A folder that is signed into another: a package, a module, a file with a signature beside it."""
    source, target = path("unsigned"), f"{ROOT}/signed"
    os.mkdir(source)
    package = os.path.basename(shutil.move(build(PLACE, "two", "1")[0], source))
    for name, content in (("index.json", b"{}\n" * 999), ("patch.ko", b"\x7fELF" + bytes(range(256)) * 64)):
        with open(f"{source}/{name}", "wb") as stream:
            stream.write(content)
    run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=m", "-keyout", path("m.pem"),
        "-out", path("m.crt"))
    run("rpmkeys", "--dbpath", path("rpmdb"), "--import", key.public)
    checks = {package: lambda at: run("rpmkeys", "--dbpath", path("rpmdb"), "--checksig", at, check=False).returncode,
              "patch.ko": lambda at: not open(at, "rb").read().endswith(b"~Module signature appended~\n"),
              "index.json": lambda at: open(at, "rb").read() != b"{}\n" * 999,
              "index.json.asc": lambda at: run("gpg", "--batch", "--verify", at, at[:-len(".asc")], env=key.env, check=False).returncode}

    def read(whole):
        for name, is_torn in checks.items():
            if os.path.exists(f"{target}/{name}") and is_torn(f"{target}/{name}"):
                return f"{name}: torn"
        missing = set(checks) - set(os.listdir(target) if os.path.exists(target) else ())
        done = ksig("sign", "--verify-log", f"{target}/signing.log", "--keys", key.public) if whole else None
        return (f"{missing}: not there" if missing else done.stdout if done.returncode else None) if whole else None

    cut("sign", ("sign", "--from", source, "--to", target, "--sign-with", key.fingerprint, "--gpg-home", key.home, "--module-key",
                 path("m.pem"), "--module-certificate", path("m.crt")), read)


def fetch(key):
    """A release's tarball and signature, fetched for a build: whole under their names, or not there."""
    kernels = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "kernel")
    os.environ.setdefault("KSIG_RECIPES", os.path.join(kernels, "..", "..", "recipes"))
    mirror, tarball = path("mirror"), path("mirror", "linux-6.1.189.tar")
    shutil.copytree(os.path.join(kernels, "mini-kernel"), path("mirror", "linux-6.1.189"))
    run("sed", "-i", "s/@SUBLEVEL@/189/", path("mirror", "linux-6.1.189", "Makefile"))
    run("tar", "-C", mirror, "-cf", tarball, "linux-6.1.189")
    run("gpg", "--batch", "--yes", "-o", f"{tarball}.sign", "--detach-sign", tarball, env=key.env)
    run("xz", "-0", "-k", tarball)
    for name, text in (("feed.json", '{"releases": [{"version": "6.1.189", "moniker": "longterm", "iseol": false, "source": null, "pgp": null}]}'),
                       ("lt.conf", f"[flavour]\nkind=lts\npackage=kernel-lt\narchitectures=x86_64\n[source]\nkeys={key.fingerprint}\n")):
        with open(path(name), "w", encoding="ascii") as stream:
            stream.write(text)
    downloads = f"{ROOT}/ws/work/downloads"

    def read(whole):
        for name in ("linux-6.1.189.tar.xz", "linux-6.1.189.tar.sign"):
            if os.path.exists(f"{downloads}/{name}"):
                with open(f"{downloads}/{name}", "rb") as got, open(f"{mirror}/{name}", "rb") as wanted:
                    if got.read() != wanted.read():
                        return f"{name}: half of it"
            elif whole:
                return f"{name}: not there"
        return None

    cut("kernel bump's fetch", ("kernel", "bump", path("lt.conf"), "--releases", path("feed.json"), "--series", "6.1", "--mirror", mirror,
                                "--key", key.public, "--config", os.path.join(kernels, "mini.config"), "--dist", ".el9",
                                "--date", "2026-11-25", "--dry-run"), read)
    shutil.rmtree(f"{ROOT}/ws")


def main():
    need("git", "gpg", "openssl", "rpmbuild", "rpmsign", "rpmkeys", "tar", "xz", "make")
    os.mkdir(ROOT)
    make_history(path("repo"), FILES, COMMITS)
    git_through_recorder()
    key = Key(PLACE, "key")
    left_out = tap.left_out(KSIG)
    try:
        import_()
        breakdown()
        export_git()
        export_folder("quilt")
        if "site" not in left_out:
            export_folder("site", "--no-missing")
        if "live" not in left_out:
            live_index(key)
        publish(key)
        sign(key)
        fetch(key)
    finally:
        key.stop()
    tap.done()


main()
