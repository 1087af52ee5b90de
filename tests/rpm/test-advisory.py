#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Advisories that are made of what is published: from the catalog, the changelogs, what live patches provide."""
import json
import os
import shutil
import sqlite3
import sys

from repolib import KSIG, Key, Server, build, need, run, scratch, tap

need("rpmbuild", "rpmsign", "gpg", "dnf")
tap.need_part(KSIG, "live", "kmod")
WRITE_WORKSPACE = sys.argv[2]
tmp = scratch()
key = Key(tmp, "good")
root = os.path.join(tmp, "root")
workspace = os.path.join(tmp, "ws")
os.mkdir(root)
run(WRITE_WORKSPACE, workspace)
server = Server(root)


def changelog(*entries):
    lines = [f"* Thu Jan {day:02} 2026 A <a@example.org> - {version}\n" + "".join(f"- {line}\n" for line in text)
             for day, version, text in entries]
    return "%changelog\n" + "\n".join(lines)


# The tags end in %description, so a changelog can stand before it.
BUILT = (1, "1.0-1", ["Built", "fixes CVE-2020-1111"])
FIXED = (5, "1.1-1", ["mlx4: copied from errata (CVE-2026-46181)", "Rebuilt for kernel 1.0-1.el9"])
kernel = build(tmp, "kernel", "1.0", tags="Provides: installonlypkg(kernel)", source=True)
plus = build(tmp, "kernel-plus", "1.0", release="1.el9.plus", tags="Provides: installonlypkg(kernel)")
old = build(tmp, "kmod-mlx4", "1.0", tags=changelog(BUILT))
new = build(tmp, "kmod-mlx4", "1.1", tags=changelog(FIXED, BUILT), source=True)
live = build(tmp, "kpatch-patch-1_0-1", "1", "2.el9",
             tags="Provides: livepatch-cve(CVE-2026-7777)\nProvides: livepatch-cve(CVE-2026-8888)")
plain = build(tmp, "kmod-isci", "1.2", tags=changelog((1, "1.2-1", ["First build"])))
rebuilt = build(tmp, "kmod-isci", "1.2", "2.el9", tags=changelog((6, "1.2-2", ["Rebuilt"]), (1, "1.2-1", ["First build"])))
before = (build(tmp, "kernel", "0.9", tags="Provides: installonlypkg(kernel)") +
          build(tmp, "kernel-plus", "0.9", tags="Provides: installonlypkg(kernel)") + build(tmp, "kpatch-patch-1_0-1", "1") +
          old + plain)
key.sign(*before[:3], *kernel, *plus, *old, *new, *live, *plain, *rebuilt)


def publish(*arguments, ws=workspace, to=root):
    return run(KSIG, "--workspace", ws, "repo", "publish", "--to", to, "--keys", key.public, "--sign-with", key.fingerprint,
               "--gpg-home", key.home, "--base-url", server.url, "--untested", "I publish what was not tested", *arguments,
               check=False)


def dnf(*arguments):
    home = os.path.join(tmp, "dnf")
    repos = os.path.join(home, "repos")
    os.makedirs(repos, exist_ok=True)
    shutil.copy(os.path.join(root, "testing/9/ksig-testing.repo"), repos)
    with open(os.path.join(home, "dnf.conf"), "w", encoding="utf-8") as conf:
        conf.write(f"[main]\nreposdir={repos}\ncachedir={home}/cache\npersistdir={home}/persist\nlogdir={home}\n"
                   "plugins=0\n")
    return run("dnf", "-q", "-y", "--refresh", "-c", f"{home}/dnf.conf", f"--installroot={home}/root", "--releasever=9",
               "--forcearch=x86_64", *arguments, check=False).stdout


done = publish("--advise", *before)
tap.ok("5 advisories added" in done.stdout, "new packages have advisories", done.stdout)
done = dnf("install", "kernel", "kernel-plus", "kmod-mlx4", "kmod-isci", "kpatch-patch-1_0-1")
tap.ok("kernel-plus" in done, "dnf installs them", done)
found = dnf("updateinfo", "list", "--all")
tap.ok("enhancement" in found and "kmod-isci-1.2-1.el9" in found, "a first package without a CVE is an enhancement", found)
done = publish("--advise", "--severity", "important", *kernel, *plus, *new, *live, *rebuilt)
xml = run("sh", "-c", 'zcat "$1"/testing/9/x86_64/repodata/*-updateinfo.xml.gz | grep -o "<id>[^<]*" | sort -u | wc -l', "sh",
          root).stdout
tap.ok(done.returncode == 0 and xml.strip() == "10", "one a source package", done.stdout + xml)
ROWS = [
    ("CVE-2022-2602", ["kernel-1.0-1.el9", "kernel-plus-1.0-1.el9.plus"], "of a kernel, from the catalog's revision"),
    ("CVE-2026-46181", ["kmod-mlx4-1.1-1.el9"], "of a module, from its changelog"),
    ("CVE-2026-7777", ["kpatch-patch-1_0-1-1-2.el9"], "of a live patch, as it provides"),
    ("CVE-2026-8888", ["kpatch-patch-1_0-1-1-2.el9"], "of a live patch, each"),
]
for cve, wanted, name in ROWS:
    found = dnf("updateinfo", "list", "--cve", cve)
    listed = sorted(line.split()[-1].rsplit(".", 1)[0] for line in found.splitlines() if "x86_64" in line)
    tap.ok(listed == sorted(wanted), f"dnf updateinfo list --cve: {name}", found)
found = dnf("updateinfo", "info", "--all", "kernel-1.0-1.el9")
tap.ok("Important" in found and "net: fix a leak in dev_open()" in found, "it says the patch and the severity", found)
found = dnf("updateinfo", "info", "--all", "kmod-mlx4-1.1-1.el9")
tap.ok("copied from errata" in found and "Built" not in found.replace("Rebuilt", "") and "CVE-2020-1111" not in found,
       "and of a changelog only what is new", found)
found = dnf("updateinfo", "info", "--all", "kmod-isci-1.2-2.el9")
tap.ok("bugfix" in found and "Important" not in found, "without a CVE it is a bug fix, of no severity", found)
xml = run("sh", "-c", 'zcat "$1"/testing/9/x86_64/repodata/*-updateinfo.xml.gz', "sh", root).stdout
tap.ok("https://git.kernel.org/linus/0123456789abcdef" in xml, "the commit is a reference", xml)
done = publish("--advise", *kernel, *new)
tap.ok("nothing to do" in done.stdout, "the same again is nothing to do", done.stdout)
done = publish("--promote", "testing", "--channel", "release")
source = run("sh", "-c", 'zcat "$1"/release/9/source/repodata/*-updateinfo.xml.gz', "sh", root).stdout
tap.ok("advisories added" in done.stdout and "kmod-mlx4-1.1-1.el9.src.rpm" in source, "promoted, also for sources", source)

advisory = os.path.join(tmp, "own.json")
with open(advisory, "w", encoding="utf-8") as file:
    json.dump({"id": "OWN-1", "type": "bugfix", "packages": ["kmod-mlx4-1.1-*"]}, file)
other = os.path.join(tmp, "other")
done = publish("--advise", "--advisory", advisory, *new, to=other, ws=os.path.join(tmp, "none"))
xml = run("sh", "-c", 'zcat "$1"/testing/9/x86_64/repodata/*-updateinfo.xml.gz', "sh", other).stdout
tap.ok("OWN-1" in xml and xml.count("<update ") == 1, "one's own advisory is the word on its packages", xml)
with sqlite3.connect(os.path.join(workspace, "catalog.db")) as catalog:
    catalog.execute("UPDATE patch SET purpose = 'A use-after-free of dev.' WHERE subject LIKE 'net: fix a leak%'")
guessed = os.path.join(tmp, "guessed")
done = publish("--advise", *kernel, *new, to=guessed)
xml = run("sh", "-c", 'zcat "$1"/testing/9/x86_64/repodata/*-updateinfo.xml.gz', "sh", guessed).stdout
tap.ok("<severity>Important</severity>" in xml and "a guess, as the fix of CVE-2022-2602 says" in xml,
       "a severity that nobody said is guessed of the fixes' words, and said to be", xml)
tap.ok(xml.count("<severity>") == 1, "a module's, of which no words are known, is not", xml)
tap.ok(publish("--severity", "huge", "--advise", *new).returncode == 2, "refused: another severity")
tap.ok(publish("--severity", "low", *new).returncode == 2, "refused: a severity of nothing")
with open(os.path.join(workspace, "catalog.db"), "wb") as file:
    file.write(b"damaged" * 1000)
tap.ok(publish("--advise", *kernel, to=os.path.join(tmp, "third")).returncode == 3, "a damaged catalog is not passed over")
server.stop()
key.stop()
tap.done()
