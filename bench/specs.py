#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig import next to rpmbuild -bp on real packages: the same tree after patching? Usage:
    bench/specs.py KSIG DIST-GITS [NAME=GIT-DIR@REVISION ...]

DIST-GITS is a folder of dist-git folders (a spec and its sources, in SPECS and SOURCES or flat). The tarball is the one there;
else NAME's is made of a revision; else one to which the patches apply is made from what their hunks say stood there. Other
sources that are not there are made empty; patches that are not there, or contradict the others, add a file. A line a package: its patches, seconds of both, whether the trees are equal.

rpmbuild is given the spec with an end of %prep behind the last line that patches, as what follows there (configuration) is no
part of an import; ksig is given the package as it is."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time

ENV = dict(os.environ, LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
           GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A", GIT_COMMITTER_EMAIL="a@example.org")
ADDS = "From: A <a@example.org>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: %(name)s\n\n---\ndiff --git a/%(name)s b/%(name)s\nnew file mode 100644\n--- /dev/null\n+++ b/%(name)s\n@@ -0,0 +1 @@\n+a patch that is not there\n"
PATCHING = re.compile(r"^\s*(Apply\w*Patch\w*\s|%patch|%autopatch|%autosetup|git (am|apply)|%\{?_sourcedir.*apply|patch -p)")
HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def run(argv, path="", **more):
    """PATH: a folder of programs that stand in for those of the same names."""
    env = dict(ENV, PATH=f"{path}:{ENV['PATH']}") if path else ENV
    return subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, errors="replace", **more)


# ---- a tree that the patches apply to ----------------------------------------------------------------

def name_of(line):
    name = re.split(rb"\t| {2,}", line[4:])[0].strip()
    return None if name == b"/dev/null" else name.split(b"/", 1)[1] if b"/" in name else name


def read_hunk(lines, at, counts):
    """The lines before and after, and where the next begins."""
    old, new, left = [], [], list(counts)
    while at < len(lines) and (left[0] > 0 or left[1] > 0):
        line = lines[at]
        mark, text = line[:1] or b" ", line[1:]
        if mark in (b" ", b"-", b"\n"):
            old.append(text or b"\n")
            left[0] -= 1
        if mark in (b" ", b"+", b"\n"):
            new.append(text or b"\n")
            left[1] -= 1
        if at + 1 < len(lines) and lines[at + 1].startswith(b"\\"):
            for side, marks in ((old, b" -"), (new, b" +")):
                if mark in marks and side:
                    side[-1] = side[-1].rstrip(b"\n")
            at += 1
        at += 1
    return old, new, at


def read_patch(path):
    """[old name, new name, [(old start, old lines, new start, new lines)]] of each file, in order."""
    with open(path, "rb") as stream:
        lines = stream.read().splitlines(keepends=True)
    files, at = [], 0
    while at < len(lines):
        if lines[at].startswith(b"diff --git "):
            halves = lines[at].strip().split(b" ")
            files.append([name_of(b"--- " + halves[2]), name_of(b"+++ " + halves[3]), []])
            at += 1
            while at < len(lines) and not lines[at].startswith((b"--- ", b"diff --git", b"@@ ", b"-- ")):
                if lines[at].startswith(b"new file"):
                    files[-1][0] = None
                if lines[at].startswith(b"deleted file"):
                    files[-1][1] = None
                at += 1
            if at + 1 < len(lines) and lines[at].startswith(b"--- ") and lines[at + 1].startswith(b"+++ "):
                at += 2
        elif lines[at].startswith(b"--- ") and at + 1 < len(lines) and lines[at + 1].startswith(b"+++ "):
            files.append([name_of(lines[at]), name_of(lines[at + 1]), []])
            at += 2
        elif files and HUNK.match(lines[at]):
            old_start, old_count, new_start, new_count = (int(n) if n is not None else 1 for n in HUNK.match(lines[at]).groups())
            old, new, at = read_hunk(lines, at + 1, (old_count, new_count))
            files[-1][2].append((old_start, old, new_start, new))
        else:
            at += 1
    return files


def known(text, at, new):
    """How many of the lines NEW are known to stand at AT of TEXT, whose unknown lines are None; -1: others do."""
    there = text[at:at + len(new)]
    if any(line is not None and line != wanted for line, wanted in zip(there, new)):
        return -1
    return sum(line is not None for line in there)


def place_of(text, start, new):
    """Where NEW stands in TEXT: where half of it is known to, else as near to where the hunk says as nothing else stands."""
    near = [start] + [at for far in range(1, 400) for at in (start - far, start + far) if at >= 0]
    best = max(near, key=lambda at: known(text, at, new))
    return best if 2 * known(text, best, new) >= len(new) else next((at for at in near if known(text, at, new) >= 0), start)


def undo(tree, patch):
    for old_name, new_name, hunks in reversed(patch):
        text = tree.pop(new_name, []) if new_name else []
        for old_start, old, new_start, new in reversed(hunks):
            start = place_of(text, max(new_start - 1, 0), new)
            text.extend([None] * (start + len(new) - len(text)))
            text[start:start + len(new)] = old
        if old_name:
            tree[old_name] = text


def stand_in(patches, folder):
    tree = {}
    for path in reversed(patches):
        undo(tree, read_patch(path))
    for name, text in tree.items():
        path = os.path.join(folder.encode(), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            for number, line in enumerate(text):
                stream.write(b"/* %s %d */\n" % (name, number) if line is None else line)


# ---- a package ---------------------------------------------------------------------------------------

def absent(repository, revision):
    """Files whose content the repository lacks, as pathspecs that leave them out."""
    listed = run(["git", "--git-dir", repository, "ls-tree", "-r", revision]).stdout.splitlines()
    asked = "\n".join(line.split()[2] for line in listed)
    said = subprocess.run(["git", "--git-dir", repository, "cat-file", "--batch-check"], input=asked, env=ENV, stdout=subprocess.PIPE,
                          check=True, text=True).stdout.splitlines()
    return [":(exclude)" + line.split("\t")[1] for line, answer in zip(listed, said) if answer.endswith("missing")]


class Package:
    def __init__(self, name, folder, place):
        self.name, self.place = name, place
        self.sources = os.path.join(place, "SOURCES")
        os.makedirs(self.sources)
        spec = None
        for parent, _, names in os.walk(folder):
            for file in names:
                path = os.path.join(parent, file)
                if file.endswith(".spec"):
                    spec = path
                elif not os.path.islink(path):
                    shutil.copy(path, self.sources)
        if not spec:
            raise ValueError("no spec")
        with open(spec, encoding="utf-8", errors="surrogateescape") as stream:
            self.text = re.sub(r"(?ms)^%changelog.*", "%changelog\n", stream.read())
        self.spec = os.path.join(self.sources, os.path.basename(spec))
        self.write(self.text)
        self.read()

    def write(self, text):
        with open(self.spec, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(text)

    def defines(self):
        return ["--define", "_topdir " + self.place, "--define", "_specdir " + self.sources, "--define", "_sourcedir " + self.sources]

    def read(self):
        """Its tarball, patches in order, and what of the rest is missing."""
        done = run(["rpmspec", "-P", *self.defines(), "--target", "x86_64", self.spec])
        if done.returncode:
            raise ValueError(done.stdout.strip().splitlines()[0])
        tags = re.findall(r"(?mi)^(source|patch)(\d*):\s*(\S+)", done.stdout)
        names = {"source": {}, "patch": {}}
        for kind, number, value in tags:
            names[kind.lower()][int(number or len(names[kind.lower()]))] = os.path.basename(value)
        self.tarball = names["source"][min(names["source"])]
        self.patches = [names["patch"][n] for n in sorted(names["patch"])]
        self.replaced = []
        for name in list(names["source"].values()) + self.patches:
            if name != self.tarball and not os.path.exists(os.path.join(self.sources, name)):
                with open(os.path.join(self.sources, name), "w", encoding="utf-8") as stream:
                    if name in self.patches:
                        stream.write(ADDS % {"name": re.sub(r"\W", "-", name)})

    def first_that_fails(self, tree):
        """In a copy of TREE: the patches in order."""
        copy = tree + ".copy"
        shutil.copytree(tree, copy)
        for name in self.patches:
            path = os.path.join(self.sources, name)
            if os.path.getsize(path) and name.endswith((".patch", ".diff")) and run(
                    ["patch", "-p1", "-s", "-F1", "-f", "-i", path], cwd=copy).returncode:
                break
        else:
            name = None
        shutil.rmtree(copy)
        return name

    def stand_in(self, tree):
        """What the patches say; one that contradicts them (it was made for another base) makes way for one that adds a file."""
        while True:
            attempt = tree + ".attempt"
            os.makedirs(attempt)
            stand_in([os.path.join(self.sources, p) for p in self.patches], attempt)
            failed = self.first_that_fails(attempt) if len(self.replaced) < 200 else None
            if not failed:
                shutil.copytree(attempt, tree, dirs_exist_ok=True)
            shutil.rmtree(attempt)
            if not failed:
                return
            self.replaced.append(failed)
            with open(os.path.join(self.sources, failed), "w", encoding="utf-8") as stream:
                stream.write(ADDS % {"name": re.sub(r"\W", "-", failed)})

    def also(self, _repository, _revision, _top):
        """Options of git archive: what else is in the tarball of a revision."""
        return []

    def make_tarball(self, source):
        """From a revision, or from the patches."""
        target = os.path.join(self.sources, self.tarball)
        if os.path.exists(target):
            return "its own"
        top = re.sub(r"\.(tar\.\w+|t\wz2?|tar)$", "", self.tarball)
        plain = os.path.join(self.place, "plain.tar")
        if source:
            repository, revision = source.rsplit("@", 1)
            done = run(["git", "--git-dir", repository, "archive", f"--prefix={top}/", *self.also(repository, revision, top), "-o", plain,
                        revision, ".", *absent(repository, revision)])
            if done.returncode:
                raise ValueError(done.stdout)
        else:
            tree = os.path.join(self.place, top)
            for folder in ("drivers", "firmware", "certs"):
                os.makedirs(os.path.join(tree, folder))
            for file in ("Makefile", "MAINTAINERS", "COPYING", "drivers/Makefile", "firmware/Makefile", "certs/Makefile"):  # what scripts look for
                with open(os.path.join(tree, file), "w", encoding="utf-8") as stream:
                    stream.write("all:\n")
            self.stand_in(tree)
            with tarfile.open(plain, "w") as archive:
                archive.add(tree, top)
            shutil.rmtree(tree)
        pack = {"xz": ["xz", "-0", "-T2"], "gz": ["gzip", "-1"], "z2": ["bzip2", "-1"]}[target[-2:]]
        with open(plain, "rb") as from_, open(target, "wb") as to:
            subprocess.run(pack, stdin=from_, stdout=to, check=True)
        os.unlink(plain)
        return "a revision's" if source else f"made of its patches, {len(self.replaced)} replaced" if self.replaced else "made of its patches"

    def build(self):
        """rpmbuild -bp up to the last patch: tree id, seconds."""
        lines = self.text.split("\n")
        begin = next(i for i, line in enumerate(lines) if line.startswith("%prep"))
        end = next(i for i, line in enumerate(lines) if i > begin and line.startswith("%build"))
        last = max(i for i in range(begin, end) if PATCHING.match(lines[i]) or lines[i].startswith("%setup"))
        # A renaming of the folder follows %setup in some.
        after = next((i for i in range(last, min(last + 4, end)) if lines[i].startswith(("mv linux", "cd linux"))), last)
        self.write("\n".join(lines[:after + 1] + ["exit 0"] + lines[after + 1:]))
        begun = time.monotonic()
        done = run(["rpmbuild", "-bp", "--nodeps", "--target", "x86_64", *self.defines(), self.spec])
        seconds = time.monotonic() - begun
        self.write(self.text)
        if done.returncode:
            return None, seconds, done.stdout.strip().splitlines()[-3:]
        tops = [parent for parent, folders, files in os.walk(os.path.join(self.place, "BUILD"))
                if "Makefile" in files and os.path.basename(parent).startswith(("linux", "kernel", os.path.basename(self.tarball)[:5]))]
        self.git_dir = os.path.join(min(tops, key=len), ".git")
        return tree_of(min(tops, key=len)), seconds, []

    def package(self):
        done = run(["rpmbuild", "-bs", "--nodeps", "--target", "x86_64", *self.defines(), self.spec])
        found = re.search(r"Wrote: (\S+)", done.stdout)
        if not found:
            raise ValueError(done.stdout.strip().splitlines()[-1])
        if found.group(1).endswith(".nosrc.rpm"):
            shutil.copy(os.path.join(self.sources, self.tarball), os.path.dirname(found.group(1)))
        return found.group(1)


def tree_of(folder):
    for litter in (".git", ".pc"):
        shutil.rmtree(os.path.join(folder, litter), ignore_errors=True)
    run(["find", folder, "(", "-name", "*.orig", "-o", "-name", "*.~?~", ")", "-newer", os.path.join(folder, "Makefile"), "-delete"])
    run(["git", "init", "-q", folder])
    run(["git", "-C", folder, "-c", "core.autocrlf=false", "add", "-Af", "."])
    return run(["git", "-C", folder, "write-tree"]).stdout.strip()


def entries(git_dir, tree):
    done = subprocess.run(["git", "--git-dir", git_dir, "ls-tree", "-r", tree], env=ENV, stdout=subprocess.PIPE, check=True)
    return set(done.stdout.splitlines())


def explain(package, built, tree):
    """What the %prep does beside patching is no part of an import: paths that no patch names may differ."""
    both = entries(package.git_dir, built) ^ entries(os.path.join(package.place, "ws", "objects.git"), tree)
    differ = {line.split(b"\t", 1)[1] for line in both}
    patched = {name for patch in package.patches for file in read_patch(os.path.join(package.sources, patch)) for name in file[:2]}
    names = sorted(name.decode(errors="replace") for name in differ)
    if differ & patched:
        return "DIFFERENT: " + " ".join(sorted(name.decode(errors="replace") for name in differ & patched)[:9])
    return "equal but for what is copied beside patching: " + " ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def judge(program, name, folder, source):
    place = tempfile.mkdtemp(prefix="ksig-specs.")
    try:
        package = Package(name, folder, place)
        how = package.make_tarball(source)
        srpm = package.package()
        built, build_s, why = package.build()
        begun = time.monotonic()
        done = run([program, "-w", os.path.join(place, "ws"), "import", "-f", "tsv", srpm])
        import_s = time.monotonic() - begun
        tree = done.stdout.splitlines()[1].split("\t")[1] if done.returncode == 0 else None
        verdict = "both refuse" if tree is None and built is None else "equal" if tree == built else "DIFFERENT"
        if tree and built and tree != built:
            verdict = explain(package, built, tree)
        print(f"{name}\t{len(package.patches)}\t{how}\t{build_s:.1f}\t{import_s:.1f}\t{verdict}", flush=True)
        if not verdict.startswith("equal"):
            print(f"    rpmbuild: {built or why}\n    ksig: {tree or done.stdout.strip()[-600:]}", flush=True)
    except (ValueError, StopIteration, KeyError) as reason:
        print(f"{name}\t-\t-\t-\t-\tnot judged: {reason}", flush=True)
        verdict = ""
    if os.environ.get("KSIG_KEEP"):
        print(place)
    else:
        shutil.rmtree(place)
    return not verdict.startswith("DIFFERENT")


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    sources = dict(argument.split("=", 1) for argument in sys.argv[3:])
    print("package\tpatches\ttarball\trpmbuild s\tksig s\ttrees", flush=True)
    good = [judge(program, name, os.path.join(folder, name), sources.get(name)) for name in sorted(os.listdir(folder))]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
