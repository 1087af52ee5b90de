#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A live patch is published only with the signed result of the test that exactly its module passed."""
import hashlib
import json
import os
import tempfile

from repolib import KSIG, Key, need, run, scratch, tap

need("rpmbuild", "rpmsign", "gpg")
tmp = scratch()
maker, stranger = Key(tmp, "maker"), Key(tmp, "stranger")
policy = os.path.join(tmp, "policy")
run(KSIG, "trust", "add", "--folder", policy, "maker", maker.public, "--role=livepatch", "--provider=kmods")
run(KSIG, "trust", "add", "--folder", policy, "stranger", stranger.public, "--role=kernel", "--provider=vendor")
MODULE = b"\x7fELF" + bytes(range(256)) * 16
WORDS = "I publish what was not tested"
SPEC = """Name: kpatch-patch-6_12_9
Version: 1
Release: 1.el9
Summary: a live patch for a test
License: GPL-2.0-only
BuildArch: x86_64
%description
A live patch for a test.
%install
mkdir -p %{buildroot}/usr/lib/ksig/live/kpatch-patch-6_12_9-1
cp -a %{_sourcedir}/* %{buildroot}/usr/lib/ksig/live/kpatch-patch-6_12_9-1/
%files
/usr/lib/ksig/live/kpatch-patch-6_12_9-1
"""


def result(verdict="passed", module=MODULE, kind="livepatch-test"):
    return json.dumps({"kind": kind, "name": "kpatch-patch-6_12_9", "provider": "kmods", "revision": 1, "verdict": verdict,
                       "issued": "2026-01-02T00:00:00Z", "expires": "2099-01-01T00:00:00Z",
                       "files": {"module.ko": hashlib.sha256(module).hexdigest()}})


def renamed(key, folder, content=b"\x7fELF.modinfo\0license=GPL\0livepatch=Y\0", pack=None):
    """A package called as no live patch is, with a module in FOLDER; PACK: compressed by that program."""
    top = tempfile.mkdtemp(dir=tmp)
    source = os.path.join(top, "SOURCES")
    os.mkdir(source)
    module = os.path.join(source, "module.ko")
    with open(module, "wb") as file:
        file.write(content)
    if pack:
        run(*pack, module)
    spec = os.path.join(top, "patch.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(SPEC.replace("Name: kpatch-patch-6_12_9", "Name: bugfix").replace("/usr/lib/ksig/live/kpatch-patch-6_12_9-1",
                                                                                      folder))
    run("rpmbuild", "-bb", "--define", f"_topdir {top}", "--define", "debug_package %{nil}", "--define",
        "__os_install_post %{nil}", spec)
    made = os.path.join(top, "RPMS", "x86_64", "bugfix-1-1.el9.x86_64.rpm")
    key.sign(made)
    return made


def package(test, key=maker, signature=True, changed=False):
    """A package as `ksig live package` makes one, with the result TEST (None: without)."""
    top = tempfile.mkdtemp(dir=tmp)
    source = os.path.join(top, "SOURCES")
    os.mkdir(source)
    with open(os.path.join(source, "module.ko"), "wb") as file:
        file.write(MODULE)
    if test is not None:
        path = os.path.join(source, "test.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(test)
        run("gpg", "--batch", "--armor", "--detach-sign", path, env=key.env)
        if not signature:
            os.unlink(path + ".asc")
        if changed:
            with open(path, "a", encoding="utf-8") as file:
                file.write(" ")
    spec = os.path.join(top, "patch.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(SPEC)
    run("rpmbuild", "-bb", "--define", f"_topdir {top}", "--define", "debug_package %{nil}", "--define",
        "__os_install_post %{nil}", spec)
    made = os.path.join(top, "RPMS", "x86_64", "kpatch-patch-6_12_9-1-1.el9.x86_64.rpm")
    maker.sign(made)
    return made


def publish(made, *arguments):
    return run(KSIG, "repo", "publish", "--to", tempfile.mkdtemp(dir=tmp), *arguments, made, check=False)


good = package(result())
if "live" in tap.left_out(KSIG):
    for words in ((), ("--untested", WORDS)):
        done = publish(good, *words)
        tap.ok(done.returncode == 4 and "not in this build of ksig (meson's option live)" in done.stdout,
               f"without the part live none is published {words}", done.stdout)
    maker.stop()
    tap.done()
ROWS = [
    ("none", package(None), "no result of ksig live test"),
    ("one without a signature", package(result(), signature=False), "no result of ksig live test"),
    ("one of a test that failed", package(result("failed")), "its test says: failed"),
    ("one without a verdict", package(result(None)), "its test says: nothing"),
    ("one about another module", package(result(module=b"another")), "not about the module"),
    ("one of another kind", package(result(kind="livepatch")), "livepatch"),
    ("one that was changed", package(result(), changed=True), "test.json"),
    ("one of a key for other things", package(result(), key=stranger), "stranger"),
]
tap.ok(publish(good, "--policy", policy).returncode == 0, "a result of a livepatch key, by the policy")
tap.ok(publish(good, "--keys", maker.public).returncode == 0, "a result of a key that may sign, by keys")
tap.ok(publish(good).returncode == 0, "a result, where nobody asks for signatures")
for name, made, words in ROWS:
    done = publish(made, "--policy", policy)
    tap.ok(done.returncode == 1 and words in done.stdout and WORDS in done.stdout, f"refused: {name}", done.stdout)
done = publish(ROWS[7][1], "--keys", maker.public)
tap.ok(done.returncode == 1, "refused: one of a key that is not among the keys", done.stdout)
tap.ok(publish(ROWS[0][1], "--untested", WORDS).returncode == 0, "with the words, without a result")
tap.ok(publish(ROWS[0][1], "--untested", "yes").returncode == 2, "with other words it is not")
CARRIED = [
    ("in the folder of live patches", "/usr/lib/ksig/live/x-1", {}),
    ("among a kernel's modules", "/lib/modules/6.12.9/extra", {}),
    ("compressed by xz", "/lib/modules/6.12.9/extra", {"pack": ("xz", "--check=crc32")}),
    ("compressed by zstd", "/lib/modules/6.12.9/extra", {"pack": ("zstd", "-q", "--rm")}),
]
for name, folder, how in CARRIED:
    done = publish(renamed(stranger, folder, **how), "--policy", policy)
    tap.ok(done.returncode == 1 and "a livepatch key is needed" in done.stdout, f"another name, a live patch {name}: its key",
           done.stdout)
    done = publish(renamed(maker, folder, **how), "--policy", policy)
    tap.ok(done.returncode == 1 and "no result of ksig live test" in done.stdout, f"another name, a live patch {name}: its test",
           done.stdout)
done = publish(renamed(stranger, "/lib/modules/6.12.9/extra", content=b"\x7fELF.modinfo\0license=GPL\0"), "--policy", policy)
tap.ok(done.returncode == 0, "another module is a kernel key's", done.stdout)
for each in (maker, stranger):
    each.stop()
tap.done()
