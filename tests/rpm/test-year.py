#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A year of a group that publishes kernels, modules and live patches, on loopback, with real dnf and ten machines: and after each
thing that happens, what every client gets, or in which words it is refused.

The clients, beside `ksig repo verify` with what it saw before:
    follows   dnf that installed at the first publication and takes the keys that the repository names
    old, both, new    dnf that has the old key alone, both, the new one alone
    fresh     dnf that comes today, with the .repo file of today
    mirror    dnf at a mirror that somebody copied
    m0 to m9  machines with live patches
usage: test-year.py KSIG DELIVER        TAP on standard output, a row a client and what happened
"""
import glob
import json
import os
import shutil
import subprocess
import sys

import livemachine
from livemachine import BUILD_ID, MODULE, PATCH, RELEASE
from repolib import KSIG, Key, Server, build, need, run, scratch, tap

HERE = os.path.dirname(os.path.abspath(__file__))
DELIVER = sys.argv[2]
DISK_BYTES = 48 << 20
ALL = "I publish what was not tested"


def inside():
    """The published tree is a small disk, in a mount namespace of this test's own."""
    need("gpg", "rpmbuild", "rpmsign", "dnf", "createrepo_c", "unshare", "mount")
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False,
                                           capture_output=True).returncode:
        tap.skip_all("no right to mount a small disk")
    if len(sys.argv) < 4:
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv, "inside"])


inside()
TMP = scratch()
ROOT, MIRROR, BACKUP, LIVE = (f"{TMP}/{name}" for name in ("root", "mirror", "backup", "live"))
for folder in (ROOT, MIRROR, LIVE):
    os.mkdir(folder)
subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", ROOT], check=True)
server, mirror_server, live_server = Server(ROOT), Server(MIRROR), Server(LIVE)
old, new, live, index, vendor = (Key(TMP, name) for name in ("old", "new", "live", "index", "vendor"))
SEEN = f"{TMP}/seen.json"
step = "nothing"


def ok(good, client, what, detail=""):
    tap.ok(good, f"{step}: {client} {what}", detail)


# ---- the publisher ---------------------------------------------------------------------------------

class Publisher:
    keys, signer = [old], old

    def __call__(self, *words, status=0, says=""):
        done = run(KSIG, "--workspace", f"{TMP}/none", "repo", "publish", "--to", ROOT, *(f"--keys={key.public}" for key in self.keys),
                   "--sign-with", self.signer.fingerprint, "--gpg-home", self.signer.home, "--base-url", server.url, "--untested", ALL,
                   *words, check=False)
        ok(done.returncode == status and says in done.stdout, "the publisher", f"is told: {says}" if says else "publishes", done.stdout)


publish = Publisher()


def symbols(crc):
    return [f"kernel({name}) = 0x{crc:08x}" for name in ("isci_a", "isci_b")]


def kernel(version, release="1.el9", crc=0x11):
    return build(TMP, "kernel-lt", version, release, tags="\n".join(["Provides: installonlypkg(kernel)"] +
                                                                 [f"Provides: {symbol}" for symbol in symbols(crc)]))


def module(version, release="1.el9", crc=0x11):
    return build(TMP, "kmod-isci", version, release, tags="\n".join(f"Requires: {symbol}" for symbol in symbols(crc)))


def signed(packages, by):
    by.sign(*packages)
    return packages


# ---- clients that are dnf ----------------------------------------------------------------------------

class Dnf:
    """An install root, a cache and a configuration of its own. KEYS: files; without, what the .repo file names."""

    def __init__(self, name, keys=None, release="9", base=None):
        self.name, self.home, self.release = name, f"{TMP}/dnf-{name}", release
        os.makedirs(f"{self.home}/repos")
        with open(f"{self.home}/dnf.conf", "w", encoding="utf-8") as conf:
            conf.write(f"[main]\nreposdir={self.home}/repos\ncachedir={self.home}/cache\npersistdir={self.home}/persist\n"
                       f"logdir={self.home}\nplugins=0\nretries=1\ntimeout=20\ninstallonly_limit=0\n")
        if keys is None and base is None:
            shutil.copy(f"{ROOT}/testing/{release}/ksig-testing.repo", f"{self.home}/repos")
        else:
            self.repo(keys, base or f"{server.url}/testing")

    def repo(self, keys, base):
        with open(f"{self.home}/repos/own.repo", "w", encoding="utf-8") as file:
            file.write(f"[own]\nname=own\nbaseurl={base}/{self.release}/x86_64\ngpgcheck=1\nrepo_gpgcheck=1\nenabled=1\n"
                       f"gpgkey={' '.join('file://' + key.public for key in keys)}\n")

    def run(self, *words, refresh=True):
        return run("dnf", "-y", *(["--refresh"] if refresh else []), "-c", f"{self.home}/dnf.conf", f"--installroot={self.home}/root",
                   f"--releasever={self.release}", "--forcearch=x86_64", "--setopt=install_weak_deps=0", *words, check=False)

    def has(self):
        """The packages; rpm lists keys among them, which dnf may import before it refuses."""
        listing = run("rpm", "--root", f"{self.home}/root", "-qa", check=False).stdout.split()
        return sorted(name for name in listing if not name.startswith("gpg-pubkey-"))

    def gets(self, *packages, words=("upgrade",), **more):
        done = self.run(*words, **more)
        have = self.has()
        missing = [package for package in packages if not any(name.startswith(package) for name in have)]
        ok(done.returncode == 0 and not missing, self.name, f"has {', '.join(packages)}", f"{missing} {have}\n{done.stdout}")

    def refuses(self, says, *words):
        before = self.has()
        done = self.run(*(words or ("upgrade",)))
        ok(done.returncode != 0 and says in done.stdout and self.has() == before, self.name, f"refuses: {says}", done.stdout)


fresh_number = 0


def fresh(*packages, release="9", keys=None):
    global fresh_number
    fresh_number += 1
    client = Dnf(f"fresh-{fresh_number}", keys, release)
    client.name = f"fresh of {release}"
    client.gets(*packages, words=("install", *(p.rsplit("-", 1)[0] if p[-1].isdigit() else p for p in packages)))


def verify(*keys, says="", good=True, seen=True, url=None, who="ksig"):
    done = run(KSIG, "repo", "verify", *(f"--keys={key}" for key in keys), *([f"--seen={SEEN}"] if seen else []),
               url or f"{server.url}/testing", check=False)
    ok((done.returncode == 0) == good and says in done.stdout, who, "verifies" if good else f"refuses: {says}", done.stdout)


# ---- machines with live patches ------------------------------------------------------------------------

class Machine:
    trust = f"{TMP}/trust"

    def __init__(self, machine_id, package):
        self.name, self.root = "", f"{TMP}/m-{machine_id}"
        livemachine.lay(self.root, f"{machine_id:032x}")
        livemachine.put(self.root, "etc/ksig/live.conf", f"[live]\nsource={live_server.url}\napply=automatic\n".encode())
        run(KSIG, "live", "status", f"--root={self.root}", f"--trust={self.trust}", f"--kernel-package={package}", check=False)

    def ask(self, *words):
        return run(DELIVER, self.root, self.trust, *words, check=False)

    def status(self):
        text = self.ask("status").stdout
        return json.loads(text[text.index("{"):text.rindex("}") + 1])

    def comes_to(self, wanted, what):
        said = self.ask("auto").stdout
        applied = self.status()["applied"]
        ok(applied == wanted, self.name, what, f"{applied}\n{said}")


def machines():
    """Ten, of which three are in the early ring of thirty per cent."""
    for name, key, role, provider in (("vendor", vendor, "kernel", "vendor"), ("live", live, "livepatch", "kmods"),
                                      ("index", index, "repository", "kmods")):
        run(KSIG, "trust", f"--folder={Machine.trust}", "add", name, key.public, f"--role={role}", f"--provider={provider}")
    for sentence in ("kmods may patch kernels of vendor", "withdrawn patches are rolled back"):
        run(KSIG, "trust", f"--folder={Machine.trust}", "say", sentence)
    package = livemachine.kernel_package(f"{TMP}/vendor-kernel", vendor)
    early, late, number = [], [], 0
    while len(early) < 3 or len(late) < 7:
        number += 1
        machine = Machine(number, package)
        side = early if machine.status()["ring_place"] < 3000 else late
        side.append(machine)
    chosen = early[:3] + late[:7]
    for number, machine in enumerate(chosen):
        machine.name = f"m{number}"
    return chosen[:3], chosen[3:]


def patch(revision):
    """The real module under another name and build id; its folder, and its package."""
    with open(MODULE, "rb") as file:
        data = file.read().replace(b"lp_fcntl", b"lp_fcnt%d" % revision)
    data = data.replace(bytes.fromhex(BUILD_ID)[:6], bytes([revision]) + bytes.fromhex(BUILD_ID)[1:6])
    path = f"{TMP}/lp_fcnt{revision}.ko"
    with open(path, "wb") as file:
        file.write(data)
    run(KSIG, "live", "manifest", "--provider=kmods", f"--revision={revision}", "--expires=2099-01-01", f"--key={live.fingerprint}",
        f"--home={live.home}", f"--build-id={BUILD_ID}", f"--release={RELEASE}", "--cve=CVE-2026-0001", f"--output={LIVE}", path)
    run(KSIG, "live", "package", f"--output={TMP}/live-{revision}", f"--untested={ALL}", f"{LIVE}/{PATCH}-{revision}")
    return glob.glob(f"{TMP}/live-{revision}/*.x86_64.rpm")


def write_index(revision, *words):
    run(KSIG, "live", "index", "--provider=kmods", "--name=stable", f"--revision={revision}", "--expires=2099-01-01",
        "--ring=early=30", "--ring=all=100", f"--key={index.fingerprint}", f"--home={index.home}", f"--untested={ALL}", *words, LIVE)


def advisory(name, cve, pattern):
    path = f"{TMP}/{name}.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"id": f"SIG-2026:{name}", "type": "security", "severity": "important", "issued": "2026-03-01 00:00:00",
                   "title": "security update", "cves": [cve], "packages": [pattern]}, file)
    return path


# ---- the year --------------------------------------------------------------------------------------

def first_publication():
    global clients
    publish(*signed(kernel("6.12.1") + module("1.0"), old))
    clients = {"follows": Dnf("follows"), "old": Dnf("old", [old]), "both": Dnf("both", [old, new]), "new": Dnf("new", [new])}
    for name in ("follows", "old", "both"):
        clients[name].gets("kernel-lt-6.12.1", "kmod-isci-1.0", words=("install", "kernel-lt", "kmod-isci"))
    clients["new"].refuses("GPG", "install", "kernel-lt")
    verify(old.public)
    verify(new.public, good=False, says="SHA256SUMS", seen=False, who="ksig with another key")


def forty_packages():
    made = []
    for number in range(2, 12):
        made += kernel(f"6.12.{number}") + module(f"1.{number}")
    for number in range(1, 11):
        made += kernel(f"6.1.{number}", "1.el8", 0x22) + module(f"1.{number}", "1.el8", 0x22)
    assert len(made) == 40
    publish(*signed(made, old))
    for name in ("follows", "old", "both"):
        clients[name].gets("kernel-lt-6.12.11", "kmod-isci-1.11")
    clients["new"].refuses("GPG", "install", "kernel-lt")
    fresh("kernel-lt-6.12.11", "kmod-isci-1.11")
    fresh("kernel-lt-6.1.10", "kmod-isci-1.10", release="8")
    verify(old.public)


def a_cve(early, late):
    publish.keys = [old, live]
    packages = patch(1)
    live.sign(*packages)
    publish("--release", "8", "--advisory", advisory("1", "CVE-2026-0001", f"{PATCH}-1-1*"), *packages)
    publish("--advisory", advisory("2", "CVE-2026-0001", "kernel-lt-6.12.12-*"), *signed(kernel("6.12.12"), old))
    for name in ("follows", "old", "both"):
        listing = clients[name].run("updateinfo", "list", "--cve", "CVE-2026-0001").stdout
        ok("SIG-2026:2" in listing and "kernel-lt-6.12.12" in listing, name, "is told of the CVE", listing)
        clients[name].gets("kernel-lt-6.12.12", words=("upgrade", "--cve", "CVE-2026-0001"))
    client = Dnf("live-8", release="8")
    found = client.run("repoquery", "--whatprovides", "livepatch-cve(CVE-2026-0001)").stdout
    ok(f"{PATCH}-0:1-1" in found, "dnf of 8", "finds the live patch by the CVE", found)
    write_index(1)
    for machine in early + late:
        machine.comes_to(f"{PATCH}-1", "has the live patch")
    verify(old.public, live.public)


def a_bad_patch(early, late):
    patch(2)
    write_index(2, f"--release-to={PATCH}-2=early")
    for machine in early:
        machine.comes_to(f"{PATCH}-2", "of the early ring has the next one")
    for machine in late:
        machine.comes_to(f"{PATCH}-1", "of the others stays")
    write_index(3, f"--release-to={PATCH}-2=early", f"--halt={PATCH}-2")
    for machine in early:
        machine.comes_to(f"{PATCH}-1", "rolls back what is halted")
        said = machine.ask("fetch", live_server.url)
        ok(f"{PATCH}-2" not in said.stdout, machine.name, "does not take it again", said.stdout)
    for machine in late:
        machine.comes_to(f"{PATCH}-1", "never had it")
    patch(3)
    write_index(4)
    for machine in early + late:
        machine.comes_to(f"{PATCH}-3", "has the mended one")


def a_rotation():
    publish.keys = [old, new, live]
    publish(*signed(kernel("6.12.13"), old))
    for name in ("follows", "old", "both"):
        clients[name].gets("kernel-lt-6.12.13")
    clients["new"].refuses("GPG", "install", "kernel-lt")
    publish.signer = new
    publish(*signed(kernel("6.12.14"), new))
    for name in ("follows", "both"):
        clients[name].gets("kernel-lt-6.12.14")
    clients["old"].refuses("GPG")
    clients["new"].gets("kernel-lt-6.12.14", words=("install", "kernel-lt"))
    clients["new"].refuses("GPG", "install", "kmod-isci")
    fresh("kernel-lt-6.12.14", "kmod-isci-1.11")
    verify(f"{ROOT}/testing/RPM-GPG-KEY")
    verify(old.public, live.public, good=False, says="SHA256SUMS", seen=False, who="ksig with the old key")
    done = run(KSIG, "repo", "rehearse", f"--keys={old.public}", f"--keys={new.public}", f"--keys={live.public}", f"{server.url}/testing",
               check=False)
    ok(done.returncode == 0 and "only old.asc" in done.stdout, "ksig", "rehearses what they saw", done.stdout)


def stolen():
    """The old key's owner revokes it; all that it signed is signed anew, and what a thief signs is nobody's."""
    thief = signed(kernel("6.12.99"), old)
    revoked = f"{TMP}/old-revoked.asc"
    home = f"{TMP}/gpg-owner"
    os.mkdir(home, 0o700)
    run("gpg", "--batch", "--homedir", home, "--import", old.public, revocation(old))
    run("gpg", "--batch", "--yes", "--armor", "--homedir", home, "--output", revoked, "--export")
    shutil.copytree(f"{ROOT}/generations/{os.path.basename(os.readlink(f'{ROOT}/testing'))}", f"{MIRROR}/testing", symlinks=True)
    publish.keys = [new, live]
    publish(*thief, status=1, says="key")
    holder = Key.__new__(Key)
    holder.public = revoked
    publish.keys = [holder, new, live]
    publish(*thief, status=1, says="revoked")
    publish(*signed(kernel("6.12.15"), new), status=1, says="signed anew, or withdraw it")
    again = f"{TMP}/again"
    os.mkdir(again)
    copies = [shutil.copy(path, again) for path in glob.glob(f"{ROOT}/testing/*/x86_64/Packages/**/k[em]*.rpm", recursive=True)]
    publish.keys = [new, live]
    publish(*signed(copies + kernel("6.12.15"), new))
    for name in ("follows", "both", "new"):
        clients[name].gets("kernel-lt-6.12.15")
    clients["new"].gets("kmod-isci-1.11", words=("install", "kmod-isci"))
    clients["old"].refuses("GPG")
    fresh("kernel-lt-6.12.15", "kmod-isci-1.11")
    verify(new.public, live.public)
    verify(f"{ROOT}/testing/RPM-GPG-KEY", seen=False, who="ksig with the published keys")
    clients["old"].repo([new], f"{server.url}/testing")
    clients["old"].gets("kernel-lt-6.12.15")


def revocation(key):
    with open(f"{key.home}/openpgp-revocs.d/{key.fingerprint}.rev", encoding="ascii") as file:
        text = file.read().replace(":-----BEGIN", "-----BEGIN")
    path = f"{TMP}/revocation.asc"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def a_mirror_behind():
    """It has what was published before the key was revoked; a thief's would be refused by who has the new key alone."""
    lagging = Dnf("mirror", [new], base=f"{mirror_server.url}/testing")
    lagging.gets("kernel-lt-6.12.14", words=("install", "kernel-lt"))
    verify(old.public, new.public, live.public, good=False, says="was seen", url=f"{mirror_server.url}/testing", who="ksig at the mirror")
    lagging.refuses("GPG", "install", "kmod-isci")
    forged = f"{MIRROR}/forged"
    os.makedirs(f"{forged}/9/x86_64")
    for package in signed(kernel("6.12.99"), old):
        shutil.copy(package, f"{forged}/9/x86_64")
    run("createrepo_c", "-q", f"{forged}/9/x86_64")
    run("gpg", "--batch", "--armor", "--detach-sign", f"{forged}/9/x86_64/repodata/repomd.xml", env=old.env)
    clients["new"].repo([new], f"{mirror_server.url}/forged")
    clients["new"].refuses("GPG")
    clients["new"].repo([new], f"{server.url}/testing")
    clients["new"].gets("kernel-lt-6.12.15")
    verify(f"{TMP}/old-revoked.asc", new.public, good=False, says="revoked", seen=False, url=f"{mirror_server.url}/forged/9/x86_64",
           who="ksig at the thief's")


def a_full_disk():
    before = os.readlink(f"{ROOT}/testing")
    space = os.statvfs(ROOT)
    with open(f"{ROOT}/fill", "wb") as file:
        file.write(bytes(max(space.f_bavail * space.f_frsize - (16 << 10), 0)))
    packages = signed(kernel("6.12.16"), new)
    publish(*packages, status=4, says="No space left on device")
    ok(os.readlink(f"{ROOT}/testing") == before, "the channel", "is the one before")
    verify(new.public, live.public)
    clients["follows"].gets("kernel-lt-6.12.15")
    fresh("kernel-lt-6.12.15", "kmod-isci-1.11")
    os.remove(f"{ROOT}/fill")
    publish(*packages)
    ok(not [name for name in os.listdir(f"{ROOT}/generations") if name.startswith(".")], "the tree", "has nothing half-made",
       os.listdir(f"{ROOT}/generations"))
    for name in ("follows", "old", "both", "new"):
        clients[name].gets("kernel-lt-6.12.16")


def retention():
    slow = Dnf("slow", [new])
    slow.run("makecache")
    shutil.copytree(ROOT, BACKUP, symlinks=True)
    publish("--keep", "2", *signed(kernel("6.12.17"), new))
    left = sorted(os.path.basename(path) for path in glob.glob(f"{ROOT}/testing/9/x86_64/Packages/**/kernel-lt-*.rpm", recursive=True))
    listed = clients["new"].run("repoquery", "kernel-lt").stdout
    ok("6.12.17" in listed and "6.12.16" in listed and "6.12.15" not in listed, "new", "is offered two versions", listed)
    ok(any("6.12.15" in name for name in left), "the tree", "keeps what slow readers ask for", left)
    slow.gets("kernel-lt-6.12.16", words=("install", "kernel-lt"), refresh=False)
    for name in ("follows", "old", "both", "new"):
        clients[name].gets("kernel-lt-6.12.17")
    fresh("kernel-lt-6.12.17", "kmod-isci-1.11")
    verify(new.public, live.public)


def a_minor_release():
    """The next minor release changes a symbol: the module that users have would be lost."""
    moved = signed(kernel("6.12.20", crc=0x33), new)
    publish(*moved, status=1, says="kmod-isci-1.11-1.el9.x86_64 would be lost")
    for name in ("follows", "new"):
        clients[name].gets("kernel-lt-6.12.17", "kmod-isci-1.11")
    publish(*moved, *signed(module("2.0", crc=0x33), new))
    for name in ("follows", "old", "both", "new"):
        clients[name].gets("kernel-lt-6.12.20", "kmod-isci-2.0")
    fresh("kernel-lt-6.12.20", "kmod-isci-2.0")
    verify(new.public, live.public)


def a_restore(early, late):
    """The disk is lost; the backup is three publications old, and readers know it."""
    for name in os.listdir(ROOT):
        path = f"{ROOT}/{name}"
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
    run("cp", "-a", f"{BACKUP}/.", ROOT)
    verify(new.public, live.public, good=False, says="was seen")
    verify(new.public, live.public, seen=False, who="ksig that never saw it")
    fresh("kernel-lt-6.12.16", "kmod-isci-1.11")
    clients["follows"].gets("kernel-lt-6.12.20", "kmod-isci-2.0")
    packages = [path for path in glob.glob(f"{TMP}/tmp*/RPMS/*/*.rpm") if any(word in path for word in ("6.12.20", "kmod-isci-2.0"))]
    with open(SEEN, encoding="ascii") as file:
        revision = json.load(file)["revision"]
    publish(*packages, f"--above={revision}")
    verify(new.public, live.public)
    for name in ("follows", "old", "both", "new"):
        clients[name].gets("kernel-lt-6.12.20", "kmod-isci-2.0")
    fresh("kernel-lt-6.12.20", "kmod-isci-2.0")
    for machine in early + late:
        machine.comes_to(f"{PATCH}-3", "is as it was")


def main():
    global step
    early, late = machines()
    for happens, *arguments in ((first_publication,), (forty_packages,), (a_cve, early, late), (a_bad_patch, early, late), (a_rotation,),
                                (stolen,), (a_mirror_behind,), (a_full_disk,), (retention,), (a_minor_release,),
                                (a_restore, early, late)):
        step = happens.__name__.replace("_", " ")
        happens(*arguments)
    for each in (server, mirror_server, live_server):
        each.stop()
    for key in (old, new, live, index, vendor):
        key.stop()
    subprocess.run(["umount", ROOT], check=False)
    tap.done()


main()
