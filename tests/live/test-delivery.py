#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A live patch from its maker to a machine: packed, signed, published with an advisory, served over HTTP, listed by real dnf;
found, verified and applied by a machine that has nothing but its owner's policy. And what is wrong on the way is refused."""
import glob
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "rpm"))
from livemachine import BUILD_ID, MODULE, PATCH as NAME, RELEASE, kernel_package, lay
from repolib import KSIG, Key, Server, need, run, scratch, tap

DELIVER = sys.argv[2]
WORDS = "--untested=I publish what was not tested"

need("rpmbuild", "rpmsign", "gpg", "dnf", "createrepo_c")
tmp = scratch()
vendor, live, repo, stranger = (Key(tmp, name) for name in ("vendor", "live", "repo", "stranger"))
root, trust, published = f"{tmp}/machine", f"{tmp}/trust", f"{tmp}/published"


def ksig(*words, check=True):
    return run(KSIG, *words, check=check)


def machine(*words):
    return run(DELIVER, root, trust, *words, check=False)


def owner():
    """A machine whose kernel's provider is not that of its live patches."""
    for name, key, role, provider in (("vendor", vendor, "kernel", "vendor"), ("live", live, "livepatch", "kmods"),
                                      ("repo", repo, "repository", "kmods")):
        ksig("trust", f"--folder={trust}", "add", name, key.public, f"--role={role}", f"--provider={provider}")
    ksig("trust", f"--folder={trust}", "say", "kmods may patch kernels of vendor")
    lay(root, "0123456789abcdef0123456789abcdef")
    package = kernel_package(f"{tmp}/kernel", vendor)
    ksig("live", "status", f"--root={root}", f"--trust={trust}", f"--kernel-package={package}", check=False)


def pack(revision, key=live, manifest_key=live):
    ksig("live", "manifest", "--provider=kmods", f"--revision={revision}", "--expires=2099-01-01",
         f"--key={manifest_key.fingerprint}", f"--home={manifest_key.home}", f"--build-id={BUILD_ID}", f"--release={RELEASE}",
         f"--cve=CVE-2026-000{revision}", f"--output={tmp}/folders", MODULE)
    out = f"{tmp}/packages-{revision}"
    ksig("live", "package", f"--output={out}", WORDS, f"{tmp}/folders/{NAME}-{revision}")
    package = glob.glob(f"{out}/*.x86_64.rpm")[0]
    if key:
        key.sign(package)
    return package


def publish(server, revision, package):
    advisory = f"{tmp}/advisory-{revision}.json"
    with open(advisory, "w", encoding="utf-8") as file:
        json.dump({"id": f"KSIG-2026:{revision}", "type": "security", "severity": "important", "issued": "2026-01-02 00:00:00",
                   "title": "live patch", "cves": [f"CVE-2026-000{revision}"], "packages": [f"{NAME}-1-{revision}*"]}, file)
    return ksig("repo", "publish", "--to", published, "--keys", live.public, "--sign-with", repo.fingerprint, "--gpg-home",
                repo.home, "--base-url", server.url, "--release", "8", WORDS, "--advisory", advisory, package, check=False)


def dnf(url, *arguments):
    with open(f"{tmp}/dnf.conf", "w", encoding="utf-8") as conf:
        conf.write(f"[main]\nreposdir={tmp}/none\ncachedir={tmp}/cache\npersistdir={tmp}/persist\nlogdir={tmp}\n"
                   f"plugins=0\n[live]\nname=live\nbaseurl={url}\ngpgcheck=1\nrepo_gpgcheck=1\n"
                   f"gpgkey=file://{repo.public} file://{live.public}\n")
    return run("dnf", "-y", "--refresh", "-c", f"{tmp}/dnf.conf", f"--installroot={tmp}/dnf", "--releasever=8", "--forcearch=x86_64",
               *arguments, check=False).stdout


def delivered(url, first):
    # dnf tells of advisories for what is installed: here by name alone, for the machine that runs it is another.
    run("rpm", f"--root={tmp}/dnf", "-i", "--nodeps", "--noscripts", "--nosignature", first)
    seen = dnf(url, "updateinfo", "list", "--all", "--cve", "CVE-2026-0001")
    tap.ok("KSIG-2026:1" in seen and f"{NAME}-1-1" in seen, "dnf updateinfo list --cve names the package", seen)
    seen = dnf(url, "repoquery", "--whatprovides", f"livepatch-buildid({BUILD_ID})")
    tap.ok(f"{NAME}-0:1-1" in seen, "dnf finds it by the kernel's build id", seen)
    done = machine("fetch", url)
    tap.ok(done.returncode == 0 and done.stdout.strip() == f"{NAME}-1", "an unpatched machine finds and verifies it", done.stdout)
    seen = machine("status").stdout
    tap.ok('"CVE-2026-0001" : "open"' in seen, "and knows what it is open to", seen)
    done = machine("apply")
    tap.ok(done.returncode == 0, "applies it", done.stdout)
    seen = machine("status").stdout
    tap.ok(f'"CVE-2026-0001" : "live {NAME}-1"' in seen, "and is patched", seen)


def refused(name, words, url):
    done = machine("fetch", url)
    tap.ok(done.returncode != 0 and words in done.stdout, f"refused: {name}", done.stdout)


def passed_over(name, words, url):
    done = machine("fetch", url)
    history = open(f"{root}/var/lib/ksig-live/history.jsonl", encoding="utf-8").read().splitlines()
    tap.ok(words in history[-1] and not os.path.exists(f"{root}/var/lib/ksig-live/patches/{NAME}-2"), f"passed over: {name}",
           done.stdout + "\n".join(history[-3:]))


def plain(name, package, signer):
    """A repository by createrepo_c alone, as anybody makes one."""
    folder = f"{tmp}/{name}"
    os.mkdir(folder)
    shutil.copy(package, folder)
    run("createrepo_c", "-q", folder)
    if signer:
        run("gpg", "--batch", "--armor", "--detach-sign", f"{folder}/repodata/repomd.xml", env=signer.env)
    return folder


def wrong(server, url):
    second = pack(2)
    refused("metadata that nobody signed", "repomd.xml", plain("unsigned", second, None))
    refused("metadata by a stranger", "which the policy does not name", plain("foreign", second, stranger))
    refused("metadata by the livepatch key", "a livepatch key; a repository key is needed", plain("role", second, live))
    repodata = f"{tmp}/altered"
    shutil.copytree(plain("fresh", second, repo), repodata)
    with open(glob.glob(f"{repodata}/repodata/*primary.xml*")[0], "r+b") as file:
        file.seek(-5, os.SEEK_END)
        file.write(b"x")
    refused("a list of packages that was altered", "sha256", repodata)
    replaced = f"{tmp}/replaced"
    shutil.copytree(f"{tmp}/fresh", replaced)
    with open(glob.glob(f"{replaced}/*.rpm")[0], "r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"tampered")
    refused("a package that was altered", "not the file that the repository names", replaced)
    run("createrepo_c", "-q", replaced)
    os.remove(f"{replaced}/repodata/repomd.xml.asc")
    run("gpg", "--batch", "--armor", "--detach-sign", f"{replaced}/repodata/repomd.xml", env=repo.env)
    passed_over("a package altered before it was listed", "not what key live signed", replaced)
    by_stranger = f"{tmp}/stranger.rpm"
    shutil.copy(second, by_stranger)
    run("rpmsign", "--delsign", by_stranger)
    stranger.sign(by_stranger)
    passed_over("a package by a stranger", "which the policy does not name", plain("strangers", by_stranger, repo))
    passed_over("a manifest by another key", "which the policy does not name", plain("manifests", pack(2, live, stranger), repo))
    other = f"{tmp}/other.rpm"
    shutil.copy(second, other)
    done = machine("fetch", by_stranger)
    tap.ok(done.returncode == 1 and "which the policy does not name" in done.stdout, "a package file by a stranger", done.stdout)
    done = publish(server, 2, pack(2))
    tap.ok(done.returncode == 0, "the next revision is published", done.stdout)
    seen = dnf(url, "updateinfo", "list", "--cve", "CVE-2026-0002")
    tap.ok("KSIG-2026:2" in seen and f"{NAME}-1-2" in seen, "dnf updateinfo offers it", seen)
    done = machine("fetch", url)
    tap.ok(done.stdout.strip() == f"{NAME}-2", "and a machine finds it", done.stdout)
    below = os.path.realpath(published + url[len(server.url):])
    shutil.rmtree(f"{below}/repodata")
    shutil.copytree(f"{tmp}/before/repodata", f"{below}/repodata")
    refused("the repository as it was before", "was seen before", url)


def main():
    owner()
    os.mkdir(published)
    server = Server(published)
    first = pack(1)
    done = publish(server, 1, first)
    tap.ok(done.returncode == 0, "published", done.stdout)
    below = os.path.dirname(os.path.dirname(glob.glob(f"{published}/testing/8/*/repodata/repomd.xml")[0]))
    url = server.url + below[len(published):]
    shutil.copytree(below, f"{tmp}/before")
    delivered(url, first)
    wrong(server, url)
    server.stop()
    for key in (vendor, live, repo, stranger):
        key.stop()
    tap.done()


main()
