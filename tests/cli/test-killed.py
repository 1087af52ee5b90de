#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What writes is killed at random moments while a reader reads: the reader sees the old or the new, whole; the next run works
and leaves nothing of the killed ones. A row a command. Usage: test-killed.py KSIG [KILLS]; the seed is printed, and
KSIG_TEST_SEED sets it."""

import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rpm"))
from repolib import KSIG, Key, build, need, run, scratch, tap  # noqa: E402
from unfinished import ENV, make_history  # noqa: E402

KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
SEED = int(os.environ.get("KSIG_TEST_SEED", random.randrange(1 << 30)))
RANDOM = random.Random(SEED)
FILES, COMMITS = 120, 25
PLACE = scratch()
# ksig's, git's and libgit2's names of what is not finished
LITTER = re.compile(r"^ksig-|.\.(new|part|lock)$|^tmp_|tmp_object|^import\.|^\.incoming|\.json\.[A-Za-z0-9]{6}$")


def path(*names):
    return os.path.join(PLACE, *names)


def git(*words):
    return run("git", "-C", path("repo"), *words, env=ENV).stdout.strip()


WORKSPACE = ["ws"]


def ksig(*words, check=True):
    return run(KSIG, "-w", path(WORKSPACE[0]), *words, env=ENV, check=check)


def left(*folders):
    """What is there that a finished run does not leave."""
    found = []
    for folder in folders:
        for parent, names, files in os.walk(folder):
            found += [os.path.join(parent, name) for name in names + files if LITTER.search(name)]
    return [name for name in found if not name.endswith(("/ws/lock", ".git/HEAD"))]


class Reader(threading.Thread):
    """Reads again and again until it is stopped; its first complaint is kept."""

    def __init__(self, read):
        super().__init__()
        self.read, self.complaint, self.times, self.ended = read, None, 0, False

    def run(self):
        while not self.ended and not self.complaint:
            try:
                self.complaint = self.read()
            except FileNotFoundError as reason:
                self.complaint = f"gone: {reason}"
            self.times += 1

    def stop(self):
        self.ended = True
        self.join()


def killed(name, words, read, check, folders, before=lambda: None):
    """Kills ksig WORDS() again and again, with READ() all the while; then lets it finish, and CHECK()s."""
    begun = time.monotonic()
    ksig(*words())
    took = time.monotonic() - begun
    complaint = check()
    cut = 0
    reader = Reader(read)
    reader.start()
    for _ in range(KILLS):
        before()
        process = subprocess.Popen([KSIG, "-w", path(WORKSPACE[0]), *words()], env={**os.environ, **ENV}, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        begun = time.monotonic()
        try:
            # The first run may have been the slowest: what ended by itself says how long one takes.
            cut += process.wait(RANDOM.uniform(0, took)) != 0
            took = min(took, time.monotonic() - begun)
        except subprocess.TimeoutExpired:
            process.kill()
            cut += process.wait() != 0
    before()
    last = ksig(*words(), check=False)
    reader.stop()
    complaint = complaint or reader.complaint or (last.stdout if last.returncode else None) or check()
    tap.ok(not complaint, f"{name}: {KILLS} kills, {cut} of them before its end, read {reader.times} times", complaint)
    tap.ok(not left(*folders), f"{name}: nothing is left", "\n".join(left(*folders)))


def another():
    """Now and then the next run begins anew."""
    if RANDOM.random() < .3:
        old, WORKSPACE[0] = WORKSPACE[0], f"ws{RANDOM.randrange(1 << 30)}"
        shutil.rmtree(path(old), ignore_errors=True)  # nobody comes back to it to sweep it


def breakdown():
    wanted = git("rev-parse", "vendor^{tree}")

    def read():
        # A catalog that is not made yet is a usage error; one that is says the whole of a revision or none.
        name = WORKSPACE[0]
        done = ksig("list", "--format=tsv", check=False)
        if WORKSPACE[0] != name:
            return None  # another() took it away meanwhile
        rows = done.stdout.count("\n") - 1
        if done.returncode == 0:
            return None if rows in (0, COMMITS) else f"{rows} patches: {done.stdout[:300]}"
        return None if "nothing found" in done.stdout or "workspace" in done.stdout or "no revision" in done.stdout or "catalog.db" in done.stdout and \
            "No such file" in done.stdout else done.stdout

    def check():
        done = ksig("list", "--format=tsv")
        shown = run("git", "--git-dir", path(WORKSPACE[0], "objects.git"), "cat-file", "-t", wanted, env=ENV).stdout.strip()
        fsck = run("git", "--git-dir", path(WORKSPACE[0], "objects.git"), "fsck", "--no-dangling", env=ENV, check=False)
        if fsck.returncode:
            return fsck.stdout
        return None if done.stdout.count("\n") == COMMITS + 1 and shown == "tree" else done.stdout

    killed("breakdown", lambda: ("breakdown", "-b", f"git:{path('repo')}@base", "-u", f"u=git:{path('repo')}@base..vendor",
                                 f"git:{path('repo')}@vendor"),
           read, check, [PLACE], another)


def export_git():
    run("git", "init", "-q", "--bare", path("out.git"), env=ENV)
    wanted = git("rev-parse", "vendor^{tree}")

    def read():
        done = run("git", "--git-dir", path("out.git"), "rev-parse", "-q", "--verify", "ksig^{tree}", env=ENV, check=False)
        return None if done.returncode or done.stdout.strip() == wanted else done.stdout

    def check():
        fsck = run("git", "--git-dir", path("out.git"), "fsck", "--strict", "--no-dangling", env=ENV, check=False)
        return fsck.stdout if fsck.returncode else read()

    killed("export git", lambda: ("export", "git", "--force", path("out.git")), read, check, [path("out.git"), path(WORKSPACE[0])])


def whole_series(folder):
    if not os.path.exists(folder):
        return None
    with open(os.path.join(folder, "series"), encoding="utf-8") as stream:
        names = [line for line in stream.read().split("\n") if line and not line.startswith("#")]
    absent = [name for name in names if not os.path.exists(os.path.join(folder, name))]
    return None if len(names) == COMMITS and not absent else f"{folder}: {len(names)} patches, without {absent}"


def export_quilt():
    count = [0]
    os.mkdir(path("quilt"))

    def words():
        count[0] += 1
        return ("export", "quilt", path("quilt", str(count[0])))

    def read():
        return next(filter(None, (whole_series(path("quilt", str(n))) for n in range(1, count[0] + 1))), None)

    killed("export quilt", words, read, lambda: read() or (None if os.path.exists(path("quilt", str(count[0]))) else "not there"),
           [path("quilt"), path(WORKSPACE[0])])


def export_site():
    def read():
        folder = os.open(path("site"), os.O_RDONLY | os.O_DIRECTORY)  # one site, whatever is put in its place meanwhile
        try:
            root = f"/proc/self/fd/{folder}"
            names = set(os.listdir(root))
            if not names:
                return None  # it was exchanged and is being removed
            with open(os.path.join(root, "index.html"), encoding="utf-8") as stream:
                wanted = set(re.findall(r'(?:href|src)="([\w.-]+\.(?:html|js|css))', stream.read()))
            # One that was exchanged while it was read is being removed, file by file.
            return None if wanted <= names or not os.path.samefile(root, path("site")) else f"without {wanted - names}"
        except FileNotFoundError:
            return None if os.fstat(folder).st_nlink < 2 or not os.path.samefile(root, path("site")) else "a file is not there"
        finally:
            os.close(folder)

    killed("export site", lambda: ("export", "site", "--no-missing", path("site")), read, read, [path("site"), path(WORKSPACE[0])])
    stray = [name for name in os.listdir(PLACE) if "ksig-site" in name]
    tap.ok(not stray, "export site: nothing is left beside it", stray)


def live_index(key):
    number = [0]
    os.mkdir(path("patches"))

    def words():
        number[0] += 1
        return ("live", "index", "--name=n", "--provider=p", f"--revision={number[0]}", "--expires=2099-01-01",
                f"--key={key.fingerprint}", f"--home={key.home}", path("patches"))

    def read():
        with open(path("patches/index.json"), "rb") as stream:
            index = stream.read()
        name = path("patches", f"index.{hashlib.sha256(index).hexdigest()}.asc")
        with open(name, "rb") as stream:
            signature = stream.read()
        with open(path("sig"), "wb") as stream:
            stream.write(signature)
        done = run("gpg", "--batch", "--verify", path("sig"), "-", env=key.env, check=False) if not index else \
            subprocess.run(["gpg", "--batch", "--verify", path("sig"), "-"], input=index, env={**os.environ, **key.env},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return str(done.stdout) if done.returncode else None

    killed("live index", words, read, read, [path("patches")])


def publish(key):
    packages = [build(PLACE, "one", version)[0] for version in ("1", "2")]
    key.sign(*packages)
    number = [0]

    def words():
        number[0] += 1
        return ("repo", "publish", "--to", path("published"), "--keys", key.public, "--sign-with", key.fingerprint, "--gpg-home",
                key.home, "--keep-generations=100", packages[number[0] % 2])

    def read():
        folder = os.path.join(os.path.realpath(path("published/testing/9/x86_64")), "repodata")  # a generation, as mirror lists name it
        with open(os.path.join(folder, "repomd.xml"), encoding="utf-8") as stream:
            text = stream.read()
        for name, digest in zip(re.findall(r'<location href="repodata/([^"]+)"', text), re.findall(r'<checksum type="sha256">(\w+)', text)):
            with open(os.path.join(folder, name), "rb") as stream:
                if hashlib.sha256(stream.read()).hexdigest() != digest:
                    return f"{folder}/{name} is not what repomd.xml says"
        return None

    def check():
        done = ksig("repo", "verify", "--keys", key.public, path("published/testing/9/x86_64"), check=False)
        return read() or (done.stdout if done.returncode not in (0,) else None)

    killed("repo publish", words, read, check, [path("published")])


def main():
    need("git", "gpg", "rpmbuild", "rpmsign")
    print(f"# seed {SEED}", flush=True)
    make_history(path("repo"), FILES, COMMITS)
    git("tag", "vendor")
    key = Key(PLACE, "key")
    left_out = tap.left_out(KSIG)
    try:
        breakdown()
        export_git()
        export_quilt()
        if "site" not in left_out:
            export_site()
        if "live" not in left_out:
            live_index(key)
        publish(key)
    finally:
        key.stop()
    tap.done()


main()
