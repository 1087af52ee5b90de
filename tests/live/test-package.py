#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Live patches as packages: what rpm says of them, the same bytes twice, and real dnf: installed, upgraded, beside another kernel's."""
import glob
import hashlib
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "rpm"))
from repolib import KSIG, Key, need, program, run, scratch, tap

CLIENT = sys.argv[2]
MODULE = f"{HERE}/data/lp_fcntl.ko"
PATCH = f"{HERE}/data/patches/fs_fcntl.patch"
WORDS = "--untested=I publish what was not tested"
BUILD_ID = "887cd47f03581c5baf735611814b0308637cd7f2"
OLD, NEW = "4.18.0-305.el8.x86_64", "4.18.0-348.2.1.el8_5.x86_64"
ID = "kpatch-patch-4_18_0-305"
# release, the package's name, its release's end, what it requires
NAMES = (
    (OLD, "kpatch-patch-4_18_0-305", ".el8", f"kernel-uname-r = {OLD}"),
    (NEW, "kpatch-patch-4_18_0-348_2_1", ".el8_5", f"kernel-uname-r = {NEW}"),
    ("5.14.0-427.13.1.el9_4.x86_64", "kpatch-patch-5_14_0-427_13_1", ".el9_4", "kernel-uname-r = 5.14.0-427.13.1.el9_4.x86_64"),
    ("6.1.0-54-amd64", "kpatch-patch-6_1_0-54", "", "/lib/modules/6.1.0-54-amd64/vmlinuz"),
    ("6.1.0-54-rt-amd64", "kpatch-patch-6_1_0-54_rt", "", "/lib/modules/6.1.0-54-rt-amd64/vmlinuz"),
    ("6.12.9-1.el9.x86_64", "kpatch-patch-6_12_9-1", ".el9", "kernel-uname-r = 6.12.9-1.el9.x86_64"),
)

need("rpmbuild", "rpm", "gpg", "createrepo_c", "rpm2cpio", "cpio")
tmp = scratch()
key = Key(tmp, "live")
made = f"{tmp}/made"


def manifest(revision, release, *options, module=MODULE):
    run(KSIG, "live", "manifest", "--provider=kmods", f"--revision={revision}", "--expires=2099-01-01",
        f"--key={key.fingerprint}", f"--home={key.home}", f"--build-id={BUILD_ID}", f"--release={release}",
        f"--patch={PATCH}", f"--output={tmp}/folders", *options, module)


def package(folder, output=made, *options, check=True):
    return run(KSIG, "live", "package", f"--output={output}", WORDS, *options, f"{tmp}/folders/{folder}", check=check)


def query(what, path):
    return run("rpm", "-qp", what, path).stdout


def names():
    for release, name, dist, kernel in NAMES:
        manifest(1, release)
        package(f"{name}-1", f"{tmp}/names")
        found = glob.glob(f"{tmp}/names/{name}-1-1{dist}.x86_64.rpm")
        tap.ok(found and kernel in query("--requires", found[0]).splitlines(), f"{release}: {name}-1-1{dist}, for that kernel alone",
               os.listdir(f"{tmp}/names"))


def contents():
    manifest(1, OLD, "--cve=CVE-2026-0001", "--cve=CVE-2026-0002", "--unfixable=CVE-2026-0003 4.18.0-348.el8")
    listing = json.loads(run(KSIG, "live", "package", WORDS, "--format=json", f"--output={made}", f"{tmp}/folders/{ID}-1").stdout)
    binary = next(row["package"] for row in listing if row["kind"] == "binary")
    source = next(row["package"] for row in listing if row["kind"] == "source")
    provides = query("--provides", binary).splitlines()
    tap.ok({"livepatch-cve(CVE-2026-0001)", "livepatch-cve(CVE-2026-0002)", f"livepatch-buildid({BUILD_ID})"} <= set(provides),
           "provides the CVEs and the build id", provides)
    tap.ok("livepatch-cve(CVE-2026-0003)" not in provides and "CVE-2026-0003 4.18.0-348.el8" in query("--info", binary),
           "what needs a reboot is told, not provided")
    tap.ok("ksig-live" in query("--requires", binary).splitlines(), "requires the client")
    root = f"{tmp}/unpacked"
    os.mkdir(root)
    run("sh", "-c", f"cd {root} && rpm2cpio {binary} | cpio -id --quiet")
    inside = open(f"{root}/usr/lib/ksig/live/{ID}-1/module.ko", "rb").read()
    said = json.load(open(f"{root}/usr/lib/ksig/live/{ID}-1/manifest.json", encoding="utf-8"))
    tap.ok(hashlib.sha256(inside).hexdigest() == said["files"]["module.ko"], "rpmbuild left the module as it was signed")
    tap.ok({"fs_fcntl.patch", "module.ko"} <= set(query("--list", source).split()), "the source package has the patch")
    package(f"{ID}-1", f"{tmp}/again")
    again = f"{tmp}/again/{os.path.basename(binary)}"
    tap.ok(open(again, "rb").read() == open(binary, "rb").read(), "packed twice: the same bytes")


def refused(row, words, change):
    shutil.rmtree(f"{tmp}/folders/bad", ignore_errors=True)
    shutil.copytree(f"{tmp}/folders/{ID}-1", f"{tmp}/folders/bad")
    change(f"{tmp}/folders/bad")
    done = package("bad", f"{tmp}/bad", check=False)
    tap.ok(done.returncode in (1, 3, 4) and words in done.stdout and not os.path.exists(f"{tmp}/bad"), f"refused: {row}",
           done.stdout)


def member(name, value):
    def change(folder):
        with open(f"{folder}/manifest.json", encoding="utf-8") as file:
            document = json.load(file)
        document[name] = value
        with open(f"{folder}/manifest.json", "w", encoding="utf-8") as file:
            json.dump(document, file)
    return change


def refusals():
    refused("another module", "not the module of its manifest", lambda folder: open(f"{folder}/module.ko", "ab").write(b"x"))
    refused("another name", "named kpatch-patch-4_18_0-305", member("name", "kpatch-patch-other"))
    refused("a macro as a release", "a kernel's release expected", member("release", "1-%(touch /tmp/x)"))
    refused("a macro as a CVE", "not a CVE id", member("cves", ["CVE-%{lua:}"]))
    refused("a patch's name", "letters, digits", lambda folder: open(f"{folder}/patches/a b", "w", encoding="utf-8").close())
    refused("no manifest", "manifest.json", lambda folder: os.remove(f"{folder}/manifest.json"))


# ---- a machine -----------------------------------------------------------------------------------

STANDIN = """Name: {name}
Version: {version}
Release: {release}
Summary: stands in for a distribution's package
License: GPL-2.0-only
AutoReqProv: no
{tags}
%global __os_install_post %{{nil}}
%description
.
%install
cp -a {tree}/. %{{buildroot}}/
%files
{files}
"""


def standin(name, version, release, tags, tree):
    top = f"{tmp}/standin-{name}-{release}"
    os.makedirs(top)
    files = run("find", tree, "-not", "-type", "d", "-printf", "/%P\n").stdout
    with open(f"{top}/s.spec", "w", encoding="utf-8") as spec:
        spec.write(STANDIN.format(name=name, version=version, release=release, tags=tags, tree=tree, files=files))
    run("rpmbuild", "-bb", "--nodeps", "--define", f"_topdir {top}", "--define", "debug_package %{nil}", "--define",
        "_build_id_links none", "--target", "x86_64", f"{top}/s.spec")
    for path in glob.glob(f"{top}/RPMS/*/*.rpm"):
        shutil.copy(path, f"{tmp}/repo")


def machine():
    """A shell, a kernel's name, the real client; kernels. What dnf installs them into."""
    os.mkdir(f"{tmp}/repo")
    tree = f"{tmp}/tree"
    program(tree, "usr/bin/ksig-live", CLIENT)
    program(tree, "bin/sh", shutil.which("dash") or "/bin/sh")
    with open(f"{tree}/usr/bin/uname", "w", encoding="utf-8") as file:
        file.write(f"#!/bin/sh\necho {OLD}\n")
    os.chmod(f"{tree}/usr/bin/uname", 0o755)
    standin("ksig-live", "0.1.0", "1", "Provides: /bin/sh", tree)
    for release in (OLD, NEW):
        version, rest = release.removesuffix(".x86_64").split("-")
        folder = f"{tmp}/kernel-{rest}"
        os.makedirs(f"{folder}/lib/modules/{release}")
        open(f"{folder}/lib/modules/{release}/vmlinuz", "w", encoding="utf-8").close()
        standin("kernel-core", version, rest, f"Provides: kernel-uname-r = {release}\nProvides: installonlypkg(kernel)", folder)


def dnf(*arguments):
    with open(f"{tmp}/dnf.conf", "w", encoding="utf-8") as conf:
        conf.write(f"[main]\nreposdir={tmp}/none\ncachedir={tmp}/cache\npersistdir={tmp}/persist\nlogdir={tmp}\n"
                   "plugins=0\ngpgcheck=0\ninstallonly_limit=0\n")
    run("createrepo_c", "-q", "--update", f"{tmp}/repo")
    return run("dnf", "-y", "--refresh", "-c", f"{tmp}/dnf.conf", f"--installroot={tmp}/root", "--releasever=8", "--forcearch=x86_64",
               f"--repofrompath=test,{tmp}/repo", "--repo=test", *arguments, check=False)


def installed(name):
    done = run("rpm", "--root", f"{tmp}/root", "-q", "--qf", "%{version}-%{release} ", name, check=False)
    return done.stdout.split() if done.returncode == 0 else []


def patches():
    return sorted(os.path.basename(path) for path in glob.glob(f"{tmp}/root/usr/lib/ksig/live/*"))


def add(pattern):
    for path in glob.glob(f"{made}/{pattern}"):
        shutil.copy(path, f"{tmp}/repo")


def life():
    machine()
    manifest(2, OLD, "--cve=CVE-2026-0004")
    manifest(1, NEW)
    package(f"{ID}-2")
    package("kpatch-patch-4_18_0-348_2_1-1")
    add(f"{ID}-1-1.*x86_64.rpm")
    add("kpatch-patch-4_18_0-348_2_1-*.x86_64.rpm")
    done = dnf("install", "kernel-core-4.18.0-305.el8", ID)
    tap.ok(done.returncode == 0 and installed(ID) == ["1-1.el8"] and patches() == [f"{ID}-1"], "dnf installs it", done.stdout)
    tap.ok(f"{ID}-1: not applied" in done.stdout, "its scriptlet hands over to the client, and a machine without a policy loads nothing",
           done.stdout)
    done = run("rpm", "--root", f"{tmp}/root", "-q", "--whatprovides", "livepatch-cve(CVE-2026-0001)", check=False)
    tap.ok(done.stdout.strip() == f"{ID}-1-1.el8.x86_64", "rpm tells which package fixes a CVE", done.stdout)
    add(f"{ID}-1-2.*x86_64.rpm")
    done = dnf("upgrade", ID)
    tap.ok(done.returncode == 0 and installed(ID) == ["1-2.el8"] and patches() == [f"{ID}-2"],
           "the next revision takes its place", done.stdout)
    other = "kpatch-patch-4_18_0-348_2_1"
    done = dnf("install", "--setopt=excludepkgs=kernel-core-4.18.0-348*", other)
    tap.ok(done.returncode != 0 and f"kernel-uname-r = {NEW}" in done.stdout, "not without its kernel", done.stdout)
    done = dnf("install", "kernel-core-4.18.0-348.2.1.el8_5", other)
    tap.ok(done.returncode == 0 and patches() == [f"{ID}-2", f"{other}-1"], "another kernel's stands beside it", done.stdout)
    tap.ok(f"{other}-1: not applied" not in done.stdout, "what is for another kernel than the running one is not tried", done.stdout)
    if "libasan" in run("ldd", CLIENT).stdout:  # the scriptlet's answer counts, and the root has no /proc
        tap.ok(True, "it goes with its kernel # SKIP LeakSanitizer gives up without /proc")
        return
    done = dnf("remove", "kernel-core-4.18.0-305.el8")
    tap.ok(done.returncode == 0 and patches() == [f"{other}-1"], "it goes with its kernel", done.stdout)


def unsigned_words():
    """What readers refuse, or would misunderstand, is not signed, and nothing is written."""
    folder, signing = f"{tmp}/unsigned", ("--provider=kmods", f"--key={key.fingerprint}", f"--home={key.home}")
    build_id, expires = f"--build-id={BUILD_ID}", "--expires=2099-01-01"
    for words in (("--expires=2099-13-01", build_id), ("--expires=2020-01-01", build_id), (expires, "--build-id=xyz"),
                  (expires, build_id, "--minimum=3"), (expires, build_id, "--previous=2"), (expires, build_id, "--cve=FOO"),
                  (expires, build_id, "--unfixable=CVE-2026-0003"), (expires, build_id, "--fixed-by-kernel=cve-2026-0003")):
        done = run(KSIG, "live", "manifest", "--revision=2", f"--output={folder}", *signing, *words, MODULE, check=False)
        tap.ok(done.returncode == 2 and not os.path.exists(folder), f"manifest: {' '.join(words).replace(build_id, '')}", done.stdout)
    run(KSIG, "live", "manifest", "--revision=2", f"--output={folder}", f"--release={OLD}", *signing, expires, build_id, MODULE)
    for words, status in ((("--expires=2099-02-30",), 2), ((expires, "--ring=early"), 2), ((expires, "--ring=early=x"), 2),
                          ((expires, "--ring=early=101"), 2), ((expires, "--ring=early=5", "--ring=early=10"), 2),
                          ((expires, f"--release-to={ID}-2"), 2), ((expires, f"--release-to={ID}-2=early"), 2),
                          ((expires, "--ring=early=5", "--release-to=none-1=early"), 1), ((expires, "--minimum=-1"), 2)):
        done = run(KSIG, "live", "index", "--name=n", "--revision=1", WORDS, *signing, *words, folder, check=False)
        tap.ok(done.returncode == status and os.listdir(folder) == [f"{ID}-2"], f"index: {' '.join(words)}", done.stdout)
    done = run(KSIG, "live", "index", "--name=n", "--revision=1", WORDS, *signing, expires, "--ring=early=5", f"--release-to={ID}-2=early", folder)
    with open(f"{folder}/index.json", encoding="utf-8") as file:
        index = json.load(file)
    tap.ok(index["rings"] == {"early": 5} and index["releases"] == {f"{ID}-2": "early"}, "index: a ring, and what is released to it", index)


try:
    names()
    unsigned_words()
    contents()
    refusals()
    if os.geteuid() == 0 and shutil.which("dnf"):
        life()
    else:
        tap.ok(True, "on a machine # SKIP dnf --installroot wants root and dnf")
finally:
    key.stop()
tap.done()
