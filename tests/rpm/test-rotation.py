#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys change while packages stay: signed anew, withdrawn, kept only as long as a reader with the same keys takes them.
And what a publication must not write, sign or believe.

usage: test-rotation.py KSIG        TAP on standard output, a row a publication
"""
import glob
import hashlib
import json
import os
import re
import shutil

from repolib import KSIG, Key, build, need, run, scratch, tap

need("gpg", "rpmbuild", "rpmsign", "zstd", "createrepo_c")
TOP = scratch()
old, new = Key(TOP, "old"), Key(TOP, "new")


def ok(result, name):
    tap.ok(result[0], name, result[1])


def signed(key, *packages):
    """Copies of PACKAGES, signed by KEY; rpmsign replaces what was there."""
    folder = f"{TOP}/by-{key.fingerprint[:8]}-{len(os.listdir(TOP))}"
    os.mkdir(folder)
    copies = [shutil.copy(package, folder) for package in packages]
    key.sign(*copies)
    return folder


def publish(root, keys, *argv, status=0, says="", signer=new, url="file://"):
    done = run(KSIG, "repo", "publish", "--to", root, *(f"--keys={key.public}" for key in keys),
               *(("--sign-with", signer.fingerprint, "--gpg-home", signer.home) if signer else ()),
               *(("--base-url", f"{url}{root}/") if url else ()), *argv, check=False)
    return done.returncode == status and says in done.stdout, done.stdout


def verify(root, *keys, channel="testing"):
    done = run(KSIG, "repo", "verify", *(f"--keys={key}" for key in keys), f"{root}/{channel}", check=False)
    return done.returncode == 0, done.stdout


def seen_by(root):
    """Client to what it refuses, by check and file."""
    done = run(KSIG, "repo", "rehearse", f"--keys={old.public}", f"--keys={new.public}", "--format=json", f"{root}/testing", check=False)
    rows = json.loads(done.stdout[done.stdout.index("["):done.stdout.rindex("]") + 1])
    refused = {}
    for row in rows:
        refused.setdefault(row["client"], set())
        if not row["good"]:
            refused[row["client"]].add((row["check"], os.path.basename(row["subject"] or "")))
    return done.returncode, refused, rows


def rpmkeys(key, path):
    """What rpm itself says, with KEY alone."""
    database = f"{TOP}/rpmdb-{key.fingerprint[:8]}"
    if not os.path.isdir(database):
        run("rpmkeys", "--dbpath", database, "--import", key.public)
    return run("rpmkeys", "--dbpath", database, "--checksig", path, check=False).returncode == 0


def by_dnf(root):
    """Real dnf and rpmkeys say the same of each client, but for what ksig alone looks at."""
    if not shutil.which("dnf"):
        tap.ok(True, "rehearsed by dnf # SKIP it is not installed")
        return
    folder = f"{TOP}/two words, a comma"
    shutil.copytree(root, f"{folder}/copy", symlinks=True)
    keys = [f"--keys={shutil.copy(key.public, folder)}" for key in (old, new)]
    done = run(KSIG, "repo", "rehearse", "--dnf", *keys, "--format=json", f"{folder}/copy/testing", check=False)
    rows = json.loads(done.stdout[done.stdout.index("["):done.stdout.rindex("]") + 1])
    said = {(row["client"], row["check"], os.path.basename(row["subject"])[:6]): row["good"] for row in rows if row["check"] in ("dnf", "rpmkeys")}
    tap.ok(said == {("only old.asc", "dnf", ""): False, ("only new.asc", "dnf", ""): True, ("all keys", "dnf", ""): True,
                    **{("only new.asc", "rpmkeys", name): name in ("kmod-d",) for name in ("kmod-a", "kmod-b", "kmod-d")},
                    **{("all keys", "rpmkeys", name): True for name in ("kmod-a", "kmod-b", "kmod-d")}},
           "rehearsed by real dnf and rpmkeys", f"{said} {done.stdout}")
    tap.ok(any(row["check"] == "dnf" and not row["good"] and "GPG" in (row["message"] or "") for row in rows), "in dnf's words", done.stdout)


def rehearsal(root):
    """kmod-a and kmod-b by the old key, kmod-d and the metadata by the new one."""
    status, refused, rows = seen_by(root)
    tap.ok(status == 0 and list(refused) == ["only old.asc", "only new.asc", "all keys"] and not refused["all keys"],
           "rehearsed: who has both takes all", f"{status} {rows}")
    tap.ok(refused["only old.asc"] == {("signature", "SHA256SUMS")},
           "who has the old key alone refuses the metadata", str(refused))
    names = {subject for _, subject in refused["only new.asc"]}
    wrong = [path for path in (os.path.join(folder, name) for folder, _, files in os.walk(f"{root}/testing/")
                               for name in files if name.endswith(".rpm"))
             if rpmkeys(new, path) == any(os.path.basename(path)[:6] in name for name in names)]
    tap.ok(names and not wrong, "of the packages, who has the new key alone takes what rpmkeys takes", f"{names} {wrong}")


def rotation():
    root = f"{TOP}/rotation"
    a, b = build(TOP, "kmod-a")[0], build(TOP, "kmod-b")[0]
    ok(publish(root, [old], signed(old, a, b)), "published by the old key")
    ok(publish(root, [new], signed(new, build(TOP, "kmod-c")[0]), status=1, says="signed anew, or withdraw it"),
           "what stays is not by a key of this publication")
    ok(publish(root, [old, new], signed(new, build(TOP, "kmod-d")[0])), "both keys side by side")
    ok(verify(root, f"{root}/testing/RPM-GPG-KEY"), "the published key file has both")
    rehearsal(root)
    by_dnf(root)
    again = signed(new, a)
    ok(publish(root, [old, new], again, says="signed anew"), "the same package by the new key takes the old one's place")
    ok(publish(root, [old, new], again, says="nothing to do"), "and does so once")
    ok(publish(root, [old, new], "--withdraw=nothing-*", status=1, says="no package to withdraw matches"),
           "a withdrawal that matches nothing")
    ok(publish(root, [new], "--withdraw=kmod-b-*", says="withdrawn"), "withdrawn, and the old key goes")
    ok(verify(root, new.public), "the new key alone verifies all of it")
    other = build(TOP, "kmod-a", text="other")[0]
    ok(publish(root, [new], signed(new, other), status=1, says="published before with other content"),
           "other content under the same name is refused as before")
    ok(publish(root, [new], "--promote=testing", "--channel=release"), "promoted")


def keys_alone():
    """The packages are the same; who signs, which keys readers get and where it is served is not."""
    root = f"{TOP}/alone"
    package = signed(old, build(TOP, "kmod-alone")[0])
    ok(publish(root, [old], package, signer=old), "published, all by one key")
    ok(publish(root, [old, new], package, signer=old, says="other keys or addresses"), "one key more")
    ok(publish(root, [old, new], package, says="other keys or addresses"), "another one signs")
    ok(verify(root, old.public, new.public), "which verifies")
    good, said = verify(root, old.public)
    tap.ok(not good, "who has the old key alone sees it", said)
    ok(publish(root, [old, new], package, says="nothing to do"), "the same again")
    with open(f"{root}/testing/9/ksig-testing.repo", encoding="utf-8") as file:
        tap.ok(f"mirrorlist=file://{root}/testing/9" in file.read(), "one slash behind the address")
    ok(publish(root, [old, new], package, url="http://elsewhere", says="other keys or addresses"), "served elsewhere")
    ok(publish(root, [old, new], package, signer=None, status=1, says="--sign-with expected"), "not signed any more: refused")
    ok(publish(root, [old, new], package, url=None, status=1, says="--base-url expected"), "without mirror lists: refused")
    ok(publish(root, [old, new], package, "--channel=plain", signer=None, url=None), "another channel never had them")


def text():
    root, package = f"{TOP}/text", signed(new, build(TOP, "kmod-t")[0])
    for name, letter, good in (("an escape", "\u001b", False), ("a form feed", "\f", False), ("a noncharacter", "\uffff", False),
                               ("a control character of the second set", "\u009b", False), ("a next line", "\u0085", False), ("a delete", "\u007f", False),
                               ("a noncharacter of another plane", "\U0001fffe", False), ("one that is never assigned", "\ufdd0", False),
                               ("half a character", "\ud800", False), ("an override of direction", "\u202e", False),
                               ("an isolate", "\u2066", False), ("a line separator", "\u2028", False), ("a face", "\U0001f600", True),
                               ("joined letters", "\u0915\u094d\u200d\u0937", True),
                               ("an ampersand", "&", True), ("a line", "\n", True), ("an umlaut", "ä", True)):
        path = f"{TOP}/advisory.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump([{"id": f"T-{ord(letter[0])}", "title": "t", "type": "security", "severity": "low", "issued": "2026-01-01",
                        "description": f"a {letter} b", "packages": ["kmod-t-*"]}], file)
        ok(publish(root, [new], "--advisory", path, package, status=0 if good else 3,
                        says="" if good else "" if name == "half a character" else "a control character"),
           f"an advisory with {name}")
    for field, more in (("id", {"id": "T\u009b2J"}), ("title", {"title": "\u009b2J"}), ("description", {"description": "\u009b2J"}),
                        ("type", {"type": "security\u009b"}), ("severity", {"severity": "low\u009b"}), ("issued", {"issued": "2026-01-01\u009b"}),
                        ("cves", {"cves": ["CVE-2026-1234\u009b"]}), ("reference", {"references": ["https://example.org/\u009b"]}),
                        ("reference's id", {"references": [{"type": "bugzilla", "id": "1\u009b", "url": "https://example.org/"}]}),
                        ("reference's type", {"references": [{"type": "bugzilla\u009b", "id": "1", "url": "https://example.org/"}]}),
                        ("id, hidden", {"id": "T-1\u200b"})):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"id": "T-C1", "title": "t", "type": "security", "packages": ["kmod-t-*"], **more}, file)
        ok(publish(root, [new], "--advisory", path, package, status=3, says="expected" if field in ("type", "severity", "id, hidden")
                        else "a control character"), f"an advisory whose {field} has what a terminal obeys")
    for name, more, says in (("a date that is none", {"issued": "yesterday"}, "a date such as"), ("a month that is none", {"issued": "2026-13-01"}, "a date such as"),
                             ("a time", {"issued": "2026-01-01 10:00:00"}, ""), ("an ISO time", {"issued": "2026-01-01T10:00:00Z"}, ""),
                             ("seconds", {"issued": "1767225600"}, ""), ("a CVE that is none", {"cves": ["CVE-26"]}, "CVE-YEAR-NUMBER expected"),
                             ("a CVE and more", {"cves": ["CVE-2026-1234\n"]}, "CVE-YEAR-NUMBER expected"),
                             ("an id of two lines", {"id": "T\nX"}, "an id in one line"), ("an address alone", {"references": ["https://example.org/"]}, ""),
                             ("a reference of nothing", {"references": [7]}, "a reference without"),
                             ("an address with an escape", {"references": ["https://example.org/\u001b"]}, "a control character")):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"id": f"T-{name}", "title": "t", "type": "security", "severity": "low", "issued": "2026-01-01", "packages": ["kmod-t-*"], **more}, file)
        ok(publish(root, [new], "--advisory", path, package, status=3 if says else 0, says=says), f"an advisory with {name}")
    ok(verify(root, new.public), "and the channel is whole")
    for name, words, good in (("groups", "<comps><group><id>x</id><name>a</name></group></comps>", True),
                              ("groups that end early", "<comps><group><id>x</id>", False),
                              ("groups that are no XML", "<comps><name>a & b</name></comps>", False)):
        path = f"{TOP}/comps.xml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(words)
        ok(publish(f"{TOP}/{name}", [new], "--comps", path, package, status=0 if good else 3, says="" if good else "comps.xml"),
               name)


def header_text():
    """What packages say to people is made XML of; what they are called is not changed."""
    escape = "%{lua: print(string.char(27))}"
    noncharacter = "%{lua: print(string.char(0xef, 0xbf, 0xbf))}"
    entry = "%changelog\n* Thu Jan 01 2026 A <a@example.org> - 1-1\n- an {0} entry\n"
    for name, tags, good in (("a vendor with an escape", f"Vendor: a{escape}b", True), ("a packager with a noncharacter", f"Packager: a{noncharacter}b", True),
                             ("an entry with an escape", entry.format(escape), True),
                             ("an entry with a noncharacter", entry.format(noncharacter), True),
                             ("an entry with marks of XML", entry.format("<&\"'>]]>"), True),
                             ("something provided with an escape", f"Provides: config(a{escape}b)", False)):
        root, package = f"{TOP}/{name.replace(' ', '-')}", build(TOP, "kmod-text", tags=tags)
        new.sign(*package)
        ok(publish(root, [new], *package, status=0 if good else 3, says="" if good else "kmod-text-1-1.el9"), name)
        if good:
            ok(verify(root, new.public), f"{name}: the channel is whole")
            xml = "".join(run("zcat", path).stdout for path in glob.glob(f"{root}/testing/9/x86_64/repodata/*.xml.gz"))
            tap.ok(not any(letter in xml for letter in "\x1b\uffff"), f"{name}: nothing of it in the metadata")


def chunked():
    """zchunk, which dnf reads in place of the plain file; sqlite, which it does not read."""
    def made(name, package):
        root = f"{TOP}/{name}"
        os.makedirs(root)
        shutil.copy(package, root)
        run("createrepo_c", "-q", "--zck", "--database", "--simple-md-filenames", root)
        return root
    if "--zck" not in run("createrepo_c", "--help").stdout:
        tap.ok(True, "zchunk # SKIP createrepo_c was built without it")
        return
    packages = build(TOP, "kmod-zck") + build(TOP, "kmod-evil")
    new.sign(*packages)
    good, evil = made("zck-good", packages[0]), made("zck-evil", packages[1])
    for swap in (False, True):
        if swap:  # of the right sum, and signed
            shutil.copy(f"{evil}/repodata/primary.xml.zck", f"{good}/repodata")
            records = []
            for root in (good, evil):
                with open(f"{root}/repodata/repomd.xml", encoding="utf-8") as file:
                    records.append(file.read())
            theirs, ours = (re.search('<data type="primary_zck">.*?</data>', text, re.S).group(0) for text in reversed(records))
            with open(f"{good}/repodata/repomd.xml", "w", encoding="utf-8") as file:
                file.write(records[0].replace(ours, theirs))
        run("gpg", "--batch", "--yes", "--armor", "--detach-sign", f"{good}/repodata/repomd.xml", env=new.env)
        done = run(KSIG, "repo", "verify", f"--keys={new.public}", "--all", good, check=False)
        tap.ok(done.returncode == (1 if swap else 0) and ("not what the plain file has" in done.stdout) == swap,
               f"zchunk with {'other' if swap else 'the same'} packages", done.stdout)
        tap.ok(any("primary_db" in line and "its sum alone" in line for line in done.stdout.splitlines()), "sqlite is not looked into, and that is said",
               done.stdout)


def compression():
    """Metadata as newer createrepo_c writes it: other compressions, other sums."""
    package = build(TOP, "kmod-z")[0]
    new.sign(package)
    for sum_name in ("sha256", "sha512"):
        root = f"{TOP}/z-{sum_name}"
        os.makedirs(f"{root}/Packages")
        shutil.copy(package, f"{root}/Packages")
        run("createrepo_c", "-q", "--no-database", "--general-compress-type=gz", "--simple-md-filenames", f"--checksum={sum_name}", root)
        records = ""
        for kind in ("primary", "filelists", "other"):
            path = f"{root}/repodata/{kind}.xml"
            run("gzip", "-d", f"{path}.gz")
            with open(path, "rb") as file:
                plain = file.read()
            run("zstd", "-q", "--rm", path)
            with open(f"{path}.zst", "rb") as file:
                packed = file.read()
            total = getattr(hashlib, sum_name)
            records += (f'<data type="{kind}"><checksum type="{sum_name}">{total(packed).hexdigest()}</checksum>'
                        f'<open-checksum type="{sum_name}">{total(plain).hexdigest()}</open-checksum>'
                        f'<location href="repodata/{kind}.xml.zst"/><size>{len(packed)}</size>'
                        f"<open-size>{len(plain)}</open-size></data>")
        with open(f"{root}/repodata/repomd.xml", "w", encoding="ascii") as file:
            file.write('<?xml version="1.0" encoding="UTF-8"?><repomd xmlns="http://linux.duke.edu/metadata/repo">'
                       f"<revision>1</revision>{records}</repomd>")
        run("gpg", "--batch", "--armor", "--detach-sign", f"{root}/repodata/repomd.xml", env=new.env)
        done = run(KSIG, "repo", "verify", f"--keys={new.public}", "--all", root, check=False)
        tap.ok(done.returncode == 0 and "1 packages" in done.stdout, f"zstd and {sum_name}", done.stdout)


def checksum(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def hands():
    root, package = f"{TOP}/hands", signed(new, build(TOP, "kmod-h")[0])
    victim = f"{TOP}/victim"
    for name in ("pool", "generations"):
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        os.makedirs(victim, exist_ok=True)
        os.symlink(victim, f"{root}/{name}")
        good, said = publish(root, [new], package, status=4, says="a link; a folder expected")
        tap.ok(good and not os.listdir(victim), f"{name} is a link", said)
    shutil.rmtree(root, ignore_errors=True)
    second = signed(new, build(TOP, "kmod-h", "2")[0])
    taken = [checksum(path)[:2] for folder in (package, second) for path in glob.glob(f"{folder}/*.rpm")]  # the folders that the packages go to
    link, other = [name for name in ("ff", "ee", "dd", "cc") if name not in taken][:2]
    os.makedirs(f"{root}/pool/{other}")
    os.symlink(victim, f"{root}/pool/{link}")
    for path in (f"{victim}/precious", f"{victim}/{link[0] * 64}.rpm", f"{root}/pool/{other}/precious"):
        with open(path, "w", encoding="ascii") as file:
            file.write("precious")
    good, said = publish(root, [new], package, second)
    good, said = publish(root, [new], "--withdraw=kmod-h-1-*", "--keep-generations=1")
    tap.ok(good and len(os.listdir(victim)) == 2 and os.path.exists(f"{root}/pool/{other}/precious"), "only packages of the pool are pruned, through no link", said)
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(f"{root}/pool")
    with open(f"{TOP}/precious", "w", encoding="ascii") as file:
        file.write("precious")
    os.symlink(f"{TOP}/precious", f"{root}/pool/.incoming")
    good, said = publish(root, [new], package)
    with open(f"{TOP}/precious", encoding="ascii") as file:
        tap.ok(good and file.read() == "precious", "a link where packages come in is not written through", said)


def seen():
    root, package = f"{TOP}/seen", signed(new, build(TOP, "kmod-s")[0])
    publish(root, [new], package)
    path = f"{TOP}/seen.json"
    for text_, good in (("{}", False), ('{"revision": "1", "names": []}', False), ('{"revision": 0, "names": [1]}', False),
                        ("", False), ('{"revision": -5, "names": []}', False), ('{"revision": 0, "names": []}', True)):
        with open(path, "w", encoding="ascii") as file:
            file.write(text_)
        done = run(KSIG, "repo", "verify", f"--keys={new.public}", f"--seen={path}", f"{root}/testing", check=False)
        tap.ok(done.returncode == (0 if good else 3), f"--seen with {text_ or 'nothing'}", done.stdout)
    restored(root, path)


def restored(root, path):
    """Readers saw revision 41 of what came back from a backup."""
    for good in (False, True):
        with open(path, "w", encoding="ascii") as file:
            file.write('{"revision": 41, "names": []}')
        done = run(KSIG, "repo", "verify", f"--keys={new.public}", f"--seen={path}", f"{root}/testing", check=False)
        tap.ok(done.returncode == (0 if good else 1) and (good or "41 was seen before" in done.stdout),
               f"a restored state {'with a number above' if good else 'is older'}", done.stdout)
        ok(publish(root, [new], "--above=41", says="nothing to do" if good else "testing-000042"), "--above, " + ("again" if good else "once"))
    ok(publish(root, [new], "--above=999999", says="testing-1000000"), "a number of seven digits")
    ok(publish(root, [new], signed(new, build(TOP, "kmod-s2")[0]), says="testing-1000001"), "and the one after it")
    ok(publish(root, [new], "--above=-1", status=2, says="a revision up to"), "a number below nothing")


rotation()
keys_alone()
text()
header_text()
chunked()
compression()
hands()
seen()
tap.done()
