#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Inputs that are damaged, cut, strange or meant to cost, and runs that are killed: a function a row.
Usage: test-hostile-inputs.py KSIG"""

import base64
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
PLACE = tempfile.mkdtemp(prefix="ksig-hostile-inputs.")
ENV = dict(os.environ, LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
           GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A",
           GIT_COMMITTER_EMAIL="a@example.org")
PATCH = "Subject: b\n\n--- a/f.c\n+++ b/f.c\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode())
    return path


class Place:
    """A folder of its own with a base, a vendor and a series that explains it, broken down if wanted."""

    def __init__(self, name, patch=PATCH, run=True):
        self.path = os.path.join(PLACE, name)
        write(self.path, "base/f.c", "a\nb\nc\n")
        write(self.path, "vendor/f.c", "a\nB\nc\n")
        write(self.path, "series/1.patch", patch)
        if run:
            self.broken_down()

    def file(self, *names):
        return os.path.join(self.path, *names)

    def ksig(self, *arguments, status=0):
        done = subprocess.run([KSIG, "-w", "ws", *arguments], cwd=self.path, env=ENV, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, timeout=100, encoding="utf-8", errors="replace")
        tap.skip_left_out(done.stderr)
        assert status is None or done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def broken_down(self, *more, status=0):
        return self.ksig("breakdown", "-b", "base", "-u", "s=quilt:series", *more, "vendor", status=status)

    def git(self, *arguments):
        return subprocess.run(["git", "-C", self.file("git"), *arguments], env=ENV, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True).stdout.strip()


def tree_of(done):
    return done.stdout.splitlines()[1].split("\t")[1]


def test_submodules_come_go_and_change_places():
    """Those that the pool has and those that nobody explains: git's exports have them, quilt's names them."""
    place = Place("submodules", run=False)
    one, two = "1" * 40, "2" * 40
    os.mkdir(place.file("git"))
    place.git("init", "-q", "-b", "main")

    def put(name, what):
        place.git("rm", "-rqf", "--cached", "--ignore-unmatch", name)
        shutil.rmtree(place.file("git", name), ignore_errors=True)
        if os.path.lexists(place.file("git", name)):
            os.unlink(place.file("git", name))
        if what in (one, two):
            place.git("update-index", "--add", "--cacheinfo", f"160000,{what},{name}")
        elif what == "link":
            os.symlink("f.c", place.file("git", name))
        elif what == "folder":
            write(place.file("git"), name + "/x", "in " + name)
        elif what:
            write(place.file("git"), name, what)
        if what and what not in (one, two):
            place.git("add", name)

    changes = [("f.c", "a\nb\nc\n", "a\nB\nc\n"), ("moves", one, two), ("goes", one, None), ("to-file", one, "file\n"),
               ("to-folder", one, "folder"), ("to-link", one, "link"), ("from-file", "file\n", one),
               ("from-folder", "folder", one), ("from-link", "link", one), ("comes", None, two)]
    for name, before, _ in changes:
        put(name, before)
    place.git("commit", "-q", "-m", "base")
    place.git("tag", "base")
    for number, (name, _, after) in enumerate(changes):
        put(name, after)
        place.git("commit", "-q", "-m", "change " + name)
        if number == 5:
            place.git("tag", "pool")
    place.git("tag", "vendor")
    wanted = place.git("rev-parse", "vendor^{tree}")
    assert tree_of(place.ksig("import", "-f", "tsv", "git:git@vendor")) == wanted
    place.ksig("breakdown", "-b", "git:git@base", "-u", "u=git:git@base..pool", "git:git@vendor")
    place.ksig("export", "git", "theirs")
    assert subprocess.run(["git", "-C", place.file("theirs"), "rev-parse", "ksig^{tree}"], env=ENV, check=True,
                          stdout=subprocess.PIPE, encoding="utf-8").stdout.strip() == wanted
    place.ksig("export", "mbox", "out.mbox")
    place.git("checkout", "-q", "-f", "--detach", "base")
    place.git("am", "-q", "../out.mbox")
    assert place.git("rev-parse", "HEAD^{tree}") == wanted
    done = place.ksig("export", "quilt", "patches", status=1)
    assert "does NOT give" in done.stderr, done.stderr
    with open(place.file("patches/not-in-series"), encoding="utf-8") as stream:
        assert stream.read().splitlines() == [
            f"submodule {two} comes", f"submodule {one} from-file", f"submodule {one} from-folder",
            f"submodule {one} from-link", "removed goes", f"submodule {two} moves", "removed to-file",
            "removed to-folder", "removed to-link"]
    tree = place.file("tree")
    os.mkdir(tree)
    subprocess.run(f"git -C git archive base | tar x -C tree && cd tree && for p in $(grep -v '^#' ../patches/series); do "
                   f"rmdir to-* 2>/dev/null; patch -sp1 -F0 <../patches/$p || exit 1; done", shell=True, cwd=place.path,
                   env=ENV, check=True)
    assert sorted(os.listdir(tree)) == ["f.c", "goes", "moves", "to-file", "to-folder", "to-link"], os.listdir(tree)


def test_an_empty_catalog_is_damage():
    place = Place("empty")
    open(place.file("ws/catalog.db"), "w", encoding="utf-8").close()
    done = place.ksig("list", status=3)
    assert "catalog.db" in done.stderr, done.stderr
    place.broken_down()
    assert "B" not in place.ksig("list").stderr


def test_objects_without_a_byte_are_made_again():
    place = Place("lost")
    for folder, _, names in os.walk(place.file("ws/objects.git/objects")):
        for name in names:
            if len(os.path.basename(folder)) == 2:
                path = os.path.join(folder, name)
                os.chmod(path, 0o600)
                os.truncate(path, 0)
    done = place.broken_down()
    assert "were compared" in done.stdout, done.stdout
    place.ksig("export", "quilt", "out")
    assert os.path.exists(place.file("out/series"))


def test_objects_that_are_gone_are_not_vouched_for():
    place = Place("gone")
    shutil.copytree(place.file("vendor"), place.file("vendor2"))
    write(place.path, "vendor2/f.c", "a\nB\nC\n")
    place.ksig("breakdown", "-b", "base", "-u", "s=quilt:series", "vendor2")
    for folder, _, names in os.walk(place.file("ws/objects.git/objects")):
        for name in names:
            if len(os.path.basename(folder)) == 2:
                os.unlink(os.path.join(folder, name))
    done = place.broken_down(status=3)
    assert "gone" in done.stderr and "compared" not in done.stdout, (done.stdout, done.stderr)


def test_what_was_not_compared_is_not_said_to_be():
    place = Place("known")
    done = place.broken_down()
    assert "compared" not in done.stdout and "as recorded" in done.stdout, done.stdout


def test_a_site_is_exchanged_at_once():
    place = Place("site")
    place.ksig("export", "site", "out")
    if not shutil.which("strace"):
        raise tap.Skip("no strace")
    for call in ("rename", "renameat2", "unlink", "rmdir"):
        for when in ("1", "2"):
            subprocess.run(["strace", "-f", "-o", "/dev/null", "-e", "trace=" + call, "-e",
                            f"inject={call}:signal=KILL:when={when}+", KSIG, "-w", "ws", "export", "site", "out"],
                           cwd=place.path, env=ENV, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            assert os.path.exists(place.file("out/index.html")), (call, when)
    place.ksig("export", "site", "out")
    assert not [name for name in os.listdir(place.path) if "ksig-site" in name], os.listdir(place.path)


def test_what_killed_runs_leave_is_swept():
    place = Place("litter", run=False)
    for number in range(300):
        write(place.path, f"base/d/{number}.c", "a\nb\n")
        write(place.path, f"vendor/d/{number}.c", f"a\n{number}\n")
    place.broken_down()
    os.mkdir(place.file("out"))
    left = 0
    for number, (kind, wait) in enumerate(itertools.product((signal.SIGTERM, signal.SIGINT, signal.SIGKILL), (0.02, 0.05, 0.1))):
        process = subprocess.Popen([KSIG, "-w", "ws", "export", "quilt", f"out/{number}"], cwd=place.path, env=ENV,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(kind)
        process.wait()
        left += any("ksig-quilt" in name for name in os.listdir(place.file("out")))
    # A program that the killed one was just starting holds its folder until it notices.
    for number in range(20):
        place.ksig("export", "quilt", f"out/last{number}")
        litter = [name for name in os.listdir(place.file("out")) if "ksig-quilt" in name]
        if not litter:
            break
        time.sleep(0.2)
    assert not litter, litter


def test_a_running_export_is_not_swept():
    place = Place("neighbours")
    os.mkdir(place.file("out"))
    runs = [subprocess.Popen([KSIG, "-w", "ws", "export", "quilt", f"out/{n}"], cwd=place.path, env=ENV,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for n in range(8)]
    for run in runs:
        assert run.wait() == 0, run.stderr.read()


def test_names_that_collide_cost_nothing():
    place = Place("flood", run=False)
    took = {}
    for name, pair in (("plain", ("ab", "cd")), ("same", ("ab", "bA"))):
        with tarfile.open(place.file(name + ".tar"), "w", format=tarfile.USTAR_FORMAT) as archive:
            for letters in itertools.product(pair, repeat=14):
                archive.addfile(tarfile.TarInfo("k/" + "".join(letters)))
        began = time.monotonic()
        place.ksig("-w", "ws." + name, "import", name + ".tar")
        took[name] = time.monotonic() - began
    # Quadratic, it is a hundred times as much.
    assert took["same"] < 6 * took["plain"] + 2, took


def test_a_patch_with_half_a_hunk_is_refused():
    place = Place("cut", PATCH.replace("-1,3 +1,3", "-1,5 +1,5") + "@@ -10,3 +10,3 @@\n x\n-y\n+Y\n z\n", run=False)
    done = place.broken_down(status=3)
    assert "1.patch" in done.stderr and "corrupt" in done.stderr, done.stderr


def test_a_patch_in_an_attachment_is_read():
    part = "--BB\nContent-Type: %s\nContent-Transfer-Encoding: base64\n\n%s\n"
    head = "From: A <a@example.org>\nSubject: b\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"BB\"\n\n"
    encoded = base64.encodebytes(PATCH.split("\n\n", 1)[1].encode()).decode()
    noise = base64.encodebytes(b"\0\1--- a/f.c\n").decode()
    place = Place("attached", head + part % ("application/octet-stream; name=\"x\"", noise)
                  + part % ("application/octet-stream; name=\"p.patch\"", encoded) + "--BB--\n")
    kinds = place.ksig("list", "-f", "tsv", "-c", "kind").stdout.splitlines()[1:]
    assert kinds == ["exact"], kinds


def test_an_archive_is_as_its_folder():
    place = Place("links", run=False)
    os.symlink("/home/builder/out", place.file("base/out"))
    os.symlink("../../up", place.file("base/up"))
    with tarfile.open(place.file("k.tar"), "w") as archive:
        archive.add(place.file("base"), "k")
    assert tree_of(place.ksig("import", "-f", "tsv", "base")) == tree_of(place.ksig("import", "-f", "tsv", "k.tar"))


def test_spellings_of_a_repository_are_refused():
    for name in (".git", ".GIT", "git~1", "GIT~1", ".git ", ".git.", ".git. ."):
        place = Place("spelled", run=False)
        with tarfile.open(place.file("k.tar"), "w") as archive:
            archive.addfile(tarfile.TarInfo(f"k/d/{name}/config"))
            archive.addfile(tarfile.TarInfo("k/d/.gitignore"))
        place.ksig("import", "k.tar", status=3)


def test_a_bomb_is_not_unpacked_whole():
    """1 GB of nothing in 4 MB: as a module, and as a package's file that is only passed over."""
    place = Place("bomb", run=False)
    squeeze = zlib.compressobj(1, wbits=31)
    write(place.path, "bomb.ko.gz", b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(1000)) + squeeze.flush())
    done = place.ksig("kmod", "check", "bomb.ko.gz", "--kernel", "none", status=3)
    assert "bomb.ko.gz: more than 268435456 bytes when decompressed" in done.stderr, done.stderr
    big = tarfile.TarInfo("big")
    big.size = 9 << 30
    write(place.path, "kernel.rpm", big.tobuf() + bytes(1 << 20))
    done = place.ksig("kmod", "kernels", "kernel.rpm", status=3)
    assert "kernel.rpm: more than 8 GiB in it" in done.stderr, done.stderr


def test_a_changelog_that_is_too_long_is_not_read():
    place = Place("long", run=False)
    os.truncate(write(place.path, "changelog", "* Mon Jan 01 2024 A <a@example.org> - 1.0-1\n- "), (64 << 20) + 1)
    assert "changelog: larger than the limit of 67108864 bytes" in place.broken_down("--changelog", "changelog", status=3).stderr


def test_a_changelog_in_latin_1_is_read():
    place = Place("latin", run=False)
    write(place.path, "changelog", b"linux (5.10-1) unstable; urgency=medium\n\n  * b, thanks to Jos\351\n\n"
          b" -- A <a@example.org>  Mon, 20 Jan 2020 10:00:00 +0100\n")
    place.broken_down("--changelog", "changelog")


def test_a_spec_in_latin_1_is_read():
    """Old ones are; rpm takes them where they stand in a folder."""
    tap.need("rpmbuild")
    place = Place("latin-spec", run=False)
    with tarfile.open(write(place.path, "dist/f-1.tar.gz", b""), "w:gz") as tarball:
        tarball.add(place.file("base"), "f-1")
    write(place.path, "dist/b.patch", PATCH)
    write(place.path, "dist/f.spec", b"Name: f\nVersion: 1\nRelease: 1\nSummary: x\nLicense: x\nSource0: f-1.tar.gz\nPatch0: b.patch\n"
          b"%define rpmversion 1\n%description\nx\n%prep\n%setup -q\n# as Jos\351 does\n/usr/bin/patch -p1 <%{PATCH0}\n")
    done = place.ksig("import", "-f", "tsv", "dist", "vendor")
    dist, vendor = (line.split("\t") for line in done.stdout.splitlines()[1:])
    assert dist[1] == vendor[1] and dist[3] == "1", done.stdout


def test_a_pipe_is_not_waited_for():
    place = Place("pipe", run=False)
    for name in ("a.tar.gz", "a.dsc", "a.src.rpm", "a.rpm", "a.deb", "dist/a.spec", "quilt/1.patch", "a.mbox", "changelog", "a.ko", "a.conf", "folder/f"):
        os.makedirs(os.path.dirname(place.file(name)), exist_ok=True)
        os.mkfifo(place.file(name))
    rest = ("-b", "base", "-u")
    for words in (("import", "a.tar.gz"), ("import", "a.dsc"), ("import", "a.src.rpm"), ("import", "dist"), ("import", "folder"),
                  ("breakdown", *rest, "s=quilt:quilt", "vendor"), ("breakdown", *rest, "s=mbox:a.mbox", "vendor"),
                  ("breakdown", *rest, "s=quilt:series", "--changelog=changelog", "vendor")):
        place.ksig(*words, status=3)
    for words in (("kernels", "a.rpm"), ("kernels", "a.deb"), ("check", "a.ko", "--kernel", "none"), ("plan", "a.conf", "-k", "none")):
        place.ksig("kmod", *words, status=3)


def test_why_of_a_file_that_the_vendor_added():
    place = Place("added", run=False)
    write(place.path, "vendor/new.c", "x\ny\n")
    place.broken_down()
    done = place.ksig("why", "new.c:1")
    assert "CRITICAL" not in done.stderr, done.stderr


def test_folders_files_and_links_change_places():
    place = Place("places", run=False)
    os.mkdir(place.file("git"))
    place.git("init", "-q", "-b", "main")
    for name in ("f.c", "d/x", "e/y", "file"):
        write(place.file("git"), name, f"{name}\n")
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "base")
    place.git("tag", "base")
    shutil.rmtree(place.file("git/d"))
    os.symlink("e", place.file("git/d"))
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "d: a link")
    os.unlink(place.file("git/file"))
    write(place.file("git"), "file/x", "in a folder\n")
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "file: a folder")
    place.ksig("breakdown", "-b", "git:git@base", "-u", "u=git:git@base..main", "git:git@main")
    place.git("checkout", "-q", "--detach", "base")
    place.ksig("export", "git", "git")
    assert place.git("rev-parse", "ksig^{tree}") == place.git("rev-parse", "main^{tree}")


def test_a_program_that_anybody_could_put_there_is_not_run():
    place = Place("path", run=False)
    os.mkdir(place.file("git"))
    place.git("init", "-q", "-b", "main")
    write(place.file("git"), "f.c", "a\nb\nc\n")
    place.git("add", "-A")
    place.git("commit", "-q", "-m", "base")
    os.chmod(os.path.dirname(write(place.path, "programs/git", f"#!/bin/sh\ntouch {place.file('RAN')}\n")), 0o777)
    os.chmod(place.file("programs/git"), 0o755)
    relative = os.path.join("programs", "")
    for folder in ([place.file("programs")] if os.geteuid() == 0 else []) + [relative]:
        subprocess.run([KSIG, "-w", "ws", "breakdown", "-b", "git:git@HEAD", "-u", "u=git:git@HEAD..main", "vendor"],
                       cwd=place.path, env=dict(ENV, PATH=folder + ":" + ENV["PATH"]), check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert not os.path.exists(place.file("RAN")), folder


def main():
    tap.need("git")
    try:
        tap.each(globals())
    finally:
        shutil.rmtree(PLACE, ignore_errors=True)


main()
