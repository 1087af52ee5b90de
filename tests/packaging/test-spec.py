#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-spec.py SOURCE: what meson.build asks for, the spec requires, and what the spec requires, tools/install-deps installs; what a
build may go without is a word of rpmbuild's for each option of meson's. test-options.py builds them."""
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

SOURCE = sys.argv[1]
# pkg-config's name -> the package of EL 9 with CRB and EPEL, and of Fedora, that has it
PACKAGES = {
    "createrepo_c": "createrepo_c-devel", "gio-2.0": "glib2-devel", "gio-unix-2.0": "glib2-devel", "glib-2.0": "glib2-devel", "gpgme": "gpgme-devel",
    "json-glib-1.0": "json-glib-devel", "libarchive": "libarchive-devel", "libbpf": "libbpf-devel", "libcrypto": "openssl-devel", "libcurl": "libcurl-devel",
    "libdeflate": "libdeflate-devel", "libelf": "elfutils-libelf-devel", "libgit2": "libgit2-devel", "libkmod": "kmod-devel",
    "libseccomp": "libseccomp-devel", "libsolv": "libsolv-devel", "libsolvext": "libsolv-devel", "libxml-2.0": "libxml2-devel", "libxxhash": "xxhash-devel",
    "openssl": "openssl-devel", "rpm": "rpm-devel", "sqlite3": "sqlite-devel", "zlib": "zlib-devel",
}


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as stream:
        return stream.read()


asked = set()
for path in glob.glob(os.path.join(SOURCE, "src", "**", "meson.build"), recursive=True) + [os.path.join(SOURCE, "meson.build")]:
    asked |= set(re.findall(r"dependency\('([^']+)'", read(path)))
required = re.findall(r"^BuildRequires: +(\S+)", read("packaging", "ksig.spec"), re.M)
libraries = {name[len("pkgconfig("):-1] for name in required if name.startswith("pkgconfig(")}
installed = set(" ".join(re.findall(r"^dnf_(?:build|test)='([^']*)'", read("tools", "install-deps"), re.M)).split())
asked -= {"threads", "gio-2.0"}  # of the compiler; of the package that has gio-unix-2.0
tap.ok(asked == libraries, "the spec requires what meson.build asks for, and no more", asked ^ libraries)
for name in sorted(libraries):
    tap.ok(PACKAGES.get(name) in installed, f"make deps installs pkgconfig({name})", PACKAGES.get(name))
for name in [name for name in required if not name.startswith("pkgconfig(")]:
    tap.ok(name in installed, f"make deps installs {name}")

options = set(re.findall(r"^option\('(\w+)'", read("meson_options.txt"), re.M)) - {"fuzzer"}
words = set(re.findall(r"^%bcond_without (\w+)", read("packaging/ksig.spec"), re.M))
tap.ok(options == words, "each option of meson's is one of rpmbuild's --without", options ^ words)
readme = read("README.md")
for option in sorted(options):
    tap.ok(f"`{option}`" in readme, f"README says what {option} needs")


def expanded(*more):
    return subprocess.run(["rpmspec", "-P", *more, os.path.join(SOURCE, "packaging", "ksig.spec")], capture_output=True, text=True, check=True).stdout


for option in sorted(options) if shutil.which("rpmspec") else []:
    given = {word: re.search(rf"-D{option}=(\w+)", text).group(1)
             for word, text in (("with", expanded()), ("without", expanded("--without", option)))}
    tap.ok(given in ({"with": "true", "without": "false"}, {"with": "enabled", "without": "disabled"}), f"--without {option}: what meson is told", given)
version = re.search(r"meson_version: '(.*?)'", read("meson.build")).group(1)
asked = re.search(r"^BuildRequires: +meson (.*)$", read("packaging/ksig.spec"), re.M).group(1)
tap.ok(version.replace(">=", ">= ") == asked == ">= 0.63", "meson is no newer than EL 9's", (version, asked))
tap.done()
