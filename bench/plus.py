#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kernel build of a plus flavour from real source packages, and what rpm says of the result. Usage:
    bench/plus.py KSIG DIST-GITS [NAME=GIT-DIR@REVISION ...]

DIST-GITS is as bench/specs.py takes it. With a revision the tarball is that tree (its patches are taken out, as they are in it) and
the flavour is recipes/kernel/plus.conf; without one it is the tests' small kernel, the flavour an option and a patch. Patches
become ones that add a file; sources that are not there are made: empty, certificates new.

A line a package: the tarball; whether all packages have their like by the new name; what no package of the spec provides, of
the base and of the result; whether the release is newer; the configuration files that differ; how rpmbuild -bp ends, of the base
and of the result (with the vendor's process_configs.sh, which the specs call there, and which says something of a real tree alone)."""

import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import specs

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SMALL = os.path.join(TOP, "tests", "kernel", "mini-kernel")
FILES = ("MAINTAINERS", "drivers/Makefile", "firmware/Makefile", "certs/Makefile", "scripts/checkpatch.pl", "f.c")
# What the vendor's script asks of each configuration: the small kernel has none of the options in them.
CONFIGURE = "olddefconfig listnewconfig tinyconfig:"
JUDGED = "ifdef KCONFIG_CONFIG\nolddefconfig listnewconfig oldnoconfig:\n\t@true\nelse\n"
FLAVOUR = """[flavour]
kind=plus
package=kernel-plus
tag=.centos.plus
packager=A <a@example.org>
architectures=x86_64
[option MINI_FS]
value=m
reason=it is asked for
[patch f]
file=f.patch
reason=it is asked for
"""
PATCH = """From: A <a@example.org>
Subject: f

A patch of the flavour.
---
 f.c | 2 +-
 1 file changed

--- a/f.c
+++ b/f.c
@@ -1,4 +1,4 @@
 all:
-all:
+one:
 all:
 all:
"""


class Base(specs.Package):
    def __init__(self, name, folder, place):
        self.dist = self.rhel = ""
        super().__init__(name, folder, place)
        for patch in self.patches:
            if patch != "linux-kernel-test.patch":
                self.put(patch, specs.ADDS % {"name": re.sub(r"\W", "-", patch)} + "\n" * 10)
        for path in glob.glob(os.path.join(self.sources, "*")):
            if path.endswith((".sh", ".pl")):  # some dist-gits forget that they are programs; EL's sh is bash, and the vendor's scripts count on it
                os.chmod(path, 0o755)
                specs.run(["sed", "-i", "1s,^#!/bin/sh,#!/bin/bash,", path])
            if path.endswith((".x509", ".cer")) and not os.path.getsize(path):
                specs.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=x", "-outform",
                           "DER", "-out", path])

    def put(self, name, text):
        with open(os.path.join(self.sources, name), "w", encoding="utf-8") as stream:
            stream.write(text)

    def defines(self):
        """%dist as the tarball's name has it; the specs ask which EL it is."""
        if not self.dist:
            found = re.search(r"(?m)^%(?:define|global) +(?:tarfile_release|pkgrelease|specversion) +\S*?(\.el(\d+)(?:_\d+)?)", self.text)
            number = re.search(r"(?:el|c|alma|a)(\d+)", self.name)
            self.rhel = found[2] if found else number[1] if number else "9"
            self.dist = found[1] if found else f".el{self.rhel}"
        return super().defines() + self.macros()

    def macros(self):
        return ["--define", f"dist {self.dist}", "--define", f"rhel {self.rhel}", "--define", "py3_shebang_fix true",
                "--define", "__python3 python3"]

    def also(self, repository, revision, top):
        """A revision may be of the tree after %prep, which has renamed COPYING."""
        return [] if specs.run(["git", "--git-dir", repository, "cat-file", "-e", f"{revision}:COPYING"]).returncode == 0 else [
            f"--add-virtual-file={top}/COPYING:all:"]

    def stand_in(self, tree):
        shutil.copytree(SMALL, tree, dirs_exist_ok=True)
        for name in FILES:
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("all:\n" * 20)
        with open(os.path.join(tree, "Makefile"), encoding="utf-8") as stream:
            text = stream.read().replace("@SUBLEVEL@", "0").replace(CONFIGURE, JUDGED + CONFIGURE).replace("\nkernelrelease:", "\nendif\nkernelrelease:")
        with open(os.path.join(tree, "Makefile"), "w", encoding="utf-8") as stream:
            stream.write(text)


def query(spec, *defines):
    """{package: (release, provides, requires)} of a spec for x86_64; a relation is (name, sense, version)."""
    part = "[%s\t%%{%ss}\t%%{%sflags:depflags}\t%%{%sversion}\n]"
    done = specs.run(["rpmspec", "-q", "--target", "x86_64", *defines, "--qf", "N\t%{name}\t%{version}-%{release}\n"
                      + "".join(part % (mark, name, name, name) for mark, name in (("P", "provide"), ("R", "require"))), spec])
    found, now = {}, None
    for line in done.stdout.splitlines():
        mark, *fields = [field.strip() for field in line.split("\t")]
        if mark == "N":
            now = found.setdefault(fields[0], (fields[1], {(fields[0], "=", fields[1])}, set()))
        elif mark in "PR" and now and len(fields) == 3:
            now["NPR".index(mark)].add(tuple(fields))
    if done.returncode or not found:
        raise ValueError(done.stdout.strip()[-200:])
    return found


@functools.lru_cache(None)
def compare(one, other):
    """As rpm compares versions: the sign."""
    return int(specs.run(["rpm", "--eval", f'%{{lua: print(rpm.vercmp("{one}", "{other}"))}}']).stdout.strip())


def meets(given, wanted):
    if given[0] != wanted[0] or not wanted[1]:
        return given[0] == wanted[0]
    sign = 0 if given[2] == wanted[2] else compare(given[2], wanted[2])
    return bool(given[1]) and {0: "=", 1: ">", -1: "<"}[sign] in wanted[1]


def unmet(packages):
    """What a package needs under a name that one of them provides, in a version that none does, or of the kernel's names at all."""
    given = {}
    for _, provides, _ in packages.values():
        for relation in provides:
            given.setdefault(relation[0], []).append(relation)
    return {(name, *wanted) for name, (_, _, requires) in packages.items() for wanted in requires
            if not wanted[0].startswith("rpmlib(") and not any(meets(one, wanted) for one in given.get(wanted[0], []))}


def renamed(text, base):
    return text.replace("kernel-plus", base, 1)


def prep(package, srpm, place):
    """How rpmbuild -bp of a source package ends. EL's sh is bash, and its Python brings a program that changes first lines."""
    topdir = os.path.join(package.place, place)
    os.makedirs(f"{topdir}/bin")
    os.symlink("/bin/true", f"{topdir}/bin/pathfix.py")
    specs.run(["rpm", "-i", "--nodeps", "--define", f"_topdir {topdir}", srpm])
    spec = glob.glob(f"{topdir}/SPECS/*.spec")[0]
    done = specs.run(["rpmbuild", "-bp", "--nodeps", "--target", "x86_64", "--define", f"_topdir {topdir}", *package.macros(),
                      "--define", "_buildshell /bin/bash", spec], path=f"{topdir}/bin", stdin=subprocess.DEVNULL)
    shutil.rmtree(f"{topdir}/BUILD", ignore_errors=True)
    with open(os.path.join(package.place, place + ".log"), "w", encoding="utf-8") as stream:
        stream.write(done.stdout)
    said = [line for line in done.stdout.splitlines() if line.strip() and not line.strip().startswith(("error: Bad", "RPM build", "Bad", "warning: ", "Macro expanded"))]
    return "passes" if done.returncode == 0 else "FAILS: " + (said or ["?"])[-1][:160]


def changed(package, place):
    names = []
    for path in sorted(glob.glob(f"{package.place}/{place}/SOURCES/*")):
        name = os.path.basename(path)
        own = os.path.join(package.sources, name)
        if (name.endswith(".config") or name == "kernel-local") and specs.run(["cmp", "-s", path, own]).returncode:
            names.append(name)
    return names


def flavour(package, source):
    if source:
        return "plus"
    package.put("f.patch", PATCH)
    package.put("plus.conf", FLAVOUR)
    return os.path.join(package.sources, "plus.conf")


def row(program, package, source):
    tarball = package.make_tarball(source)
    srpm = package.package()
    done = subprocess.run([program, "-w", os.path.join(package.place, "ws"), "kernel", "build", flavour(package, source), "--base", srpm,
                           "--date", "2026-11-24"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          env=dict(specs.ENV, KSIG_RECIPES=os.path.join(TOP, "recipes")))
    if done.returncode:
        raise ValueError("ksig: " + done.stderr.strip().splitlines()[-1][-300:])
    made = done.stdout.strip()
    base, plus = query(package.spec, *package.defines()), query(f"{made}/kernel-plus.spec", *package.defines())
    name = "kernel-plus" if "kernel-plus" in base else "kernel"
    wanted = {re.sub("^kernel(?!-plus)", "kernel-plus", one) for one in base}
    before, after = unmet(base), unmet(plus)
    new = {(renamed(one[0], name), renamed(one[1], name)) for one in after} - {one[:2] for one in before}
    sign = compare(plus["kernel-plus"][0], base[name][0])
    kept = name != "kernel" or all(any(relation[0] == old for relation in plus["kernel-plus" + old[len("kernel"):]][1])
               for old in ("kernel", "kernel-core", "kernel-devel") if "kernel-plus" + old[len("kernel"):] in plus)
    ends = [prep(package, srpm, "base"), prep(package, glob.glob(f"{made}/*.src.rpm")[0], "plus")]
    return ["real" if source else "small", f"{len(plus)} all" if set(plus) == wanted else f"not {sorted(set(plus) ^ wanted)[:3]}",
            f"{len(before)}/{len(after)}" + (f" NEW {sorted(new)[:2]}" if new else ""), "kept" if kept else "LOST",
            plus["kernel-plus"][0].split("-", 1)[1] + (" newer" if sign > 0 else " NOT NEWER"), " ".join(changed(package, "plus")),
            *ends]


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    sources = dict(argument.split("=", 1) for argument in sys.argv[3:])
    print("package", "tarball", "names", "unmet", "old names", "release", "configurations changed", "-bp base", "-bp plus", sep="\t", flush=True)
    for name in sorted(os.listdir(folder)):
        place = tempfile.mkdtemp(prefix="ksig-plus.")
        try:
            print(name, *row(program, Base(name, os.path.join(folder, name), place), sources.get(name)), sep="\t", flush=True)
        except (ValueError, IndexError, KeyError) as reason:
            print(name, f"not judged: {reason}", sep="\t", flush=True)
        if os.environ.get("KSIG_KEEP"):
            print(place)
        else:
            shutil.rmtree(place)


main()
