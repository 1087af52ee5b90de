#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Publishing: what goes where, what is refused, what a second run does; with real packages and keys."""
import json
import os
import shutil

from repolib import KSIG, Key, build, need, run, scratch, tap

need("rpmbuild", "rpmsign", "gpg", "createrepo_c")
tmp = scratch()
good, other = Key(tmp, "good"), Key(tmp, "other")
root = os.path.join(tmp, "root")
one = build(tmp, "kernel-lt", "6.12.9", source=True)
two = build(tmp, "kernel-lt", "6.12.10")
three = build(tmp, "kernel-lt", "6.12.11")
debug = build(tmp, "kernel-lt-debuginfo", "6.12.9")
noarch = build(tmp, "kernel-lt-doc", "6.12.9", arch="noarch")
changed = build(tmp, "kernel-lt", "6.12.9", text="other")
unsigned = build(tmp, "kmod-unsigned")
foreign = build(tmp, "kmod-foreign")
broken = build(tmp, "kmod-broken")
no_release = build(tmp, "kmod-norelease", release="1")
missing = build(tmp, "kmod-missing", tags="Requires: kernel-lt = 9.9\nRequires: no-such-thing")
good.sign(*one, *two, *three, *debug, *noarch, *changed, *broken, *no_release, *missing)
other.sign(*foreign)


def publish(*arguments, channel="testing", check=True):
    return run(KSIG, "repo", "publish", "--to", root, "--channel", channel, "--keys", good.public, "--sign-with",
               good.fingerprint, "--gpg-home", good.home, "--format", "json", *arguments, check=check)


def changes(done):
    text = done.stdout
    return json.loads(text[text.index("["):text.rindex("]") + 1])


def generation(channel="testing"):
    link = os.path.join(root, channel)
    return os.path.basename(os.readlink(link)) if os.path.islink(link) else None


def verify(where="testing", *arguments):
    return run(KSIG, "repo", "verify", "--keys", good.public, *arguments, os.path.join(root, where), check=False)


def there(*parts):
    return os.path.exists(os.path.join(root, *parts))


done = publish("--dry-run", *one)
tap.ok(len(changes(done)) == 2 and generation() is None, "a dry run changes nothing", done.stdout)
publish(*one, *debug, *noarch)
tap.ok(there("testing/9/x86_64/Packages/k/kernel-lt-6.12.9-1.el9.x86_64.rpm"), "layout: binary")
tap.ok(there("testing/9/source/Packages/k/kernel-lt-6.12.9-1.el9.src.rpm"), "layout: source")
tap.ok(there("testing/9/x86_64/debug/Packages/k/kernel-lt-debuginfo-6.12.9-1.el9.x86_64.rpm"), "layout: debug")
tap.ok(there("testing/9/x86_64/Packages/k/kernel-lt-doc-6.12.9-1.el9.noarch.rpm"), "layout: noarch")
tap.ok(verify().returncode == 0, "verifies", verify().stdout)
was = generation()
publish(*one)
tap.ok(generation() == was, "the same again is nothing to do")


def pooled():
    return sorted(name for _, _, names in os.walk(os.path.join(root, "pool")) for name in names)


pool = pooled()
publish("--dry-run", *two)
tap.ok(pooled() == pool, "a dry run leaves nothing in the pool")

for name, packages, words in [
        ("not signed", unsigned, "not signed"),
        ("signed by a key that may not", foreign, "not what a key of ours signed"),
        ("other content under the same name", [changed[0]], "published before with other content"),
        ("no release", no_release, "no .elN in its release"),
        ("not a package", [good.public], "not an RPM package"),
        ("not there", [os.path.join(tmp, "no-such")], "No such file")]:
    done = publish(*packages, check=False)
    tap.ok(done.returncode != 0 and words in done.stdout and generation() == was and pooled() == pool, f"refused: {name}",
           done.stdout)

with open(broken[0], "r+b") as file:
    file.seek(-20, os.SEEK_END)
    file.write(b"x")
done = publish(*broken, check=False)
tap.ok(done.returncode == 1 and generation() == was, "refused: a payload that was changed", done.stdout)
done = publish("--release", "10", *no_release)
tap.ok(there("testing/10/x86_64/Packages/k/kmod-norelease-1-1.x86_64.rpm"), "a release that is given", done.stdout)

# Channels, promotion, retention.
publish("--promote", "testing", "--only", "kernel-lt-6.12.9-*", channel="release")
tap.ok(there("release/9/x86_64/Packages/k/kernel-lt-6.12.9-1.el9.x86_64.rpm") and not there("release/10"),
       "promotion takes what matches")
done = publish("--keep", "2", *two, *three)
verbs = sorted((c["change"], c["package"]) for c in changes(done))
tap.ok(verbs == [("add", "kernel-lt-6.12.10-1.el9.x86_64"), ("add", "kernel-lt-6.12.11-1.el9.x86_64"),
                 ("drop", "kernel-lt-6.12.9-1.el9.x86_64")], "retention drops the oldest by RPM's order", verbs)
done = publish("--keep", "2", *one, *two, *three)
tap.ok(changes(done) == [], "what retention dropped does not come back", done.stdout)
tap.ok(there("testing/9/x86_64/Packages/k/kernel-lt-6.12.9-1.el9.x86_64.rpm"),
       "a reader of the generation before still finds its package")
tap.ok(verify().returncode == 0 and verify("release").returncode == 0, "both channels verify", verify().stdout)

# Advisories.
advisory = os.path.join(tmp, "advisory.json")
with open(advisory, "w", encoding="utf-8") as file:
    json.dump({"id": "KSIG-2026:1", "title": "t", "type": "security", "severity": "important",
               "issued": "2026-01-02 00:00:00", "cves": ["CVE-2026-0001"], "packages": ["kernel-lt-6.12.11-*"]}, file)
done = publish("--advisory", advisory)
tap.ok("1 advisories added" in done.stdout, "an advisory alone is a publication", done.stdout)
done = publish("--advisory", advisory)
tap.ok("nothing to do" in done.stdout, "the same advisory again is not", done.stdout)
publish("--promote", "testing", channel="release")
found = run("sh", "-c", f"zcat {root}/release/9/x86_64/repodata/*-updateinfo.xml.gz").stdout
tap.ok("KSIG-2026:1" in found and "kernel-lt-6.12.11" in found, "promotion takes advisories along", found)

# Dependencies, what vanished, what is older.
publish(*missing)
done = verify()
tap.ok(done.returncode == 1 and "kernel-lt = 9.9" in done.stdout and "no-such-thing" not in done.stdout,
       "a version that the repository lacks", done.stdout)
done = verify("testing", "--base", os.path.join(root, "release/9/x86_64"))
tap.ok("no-such-thing" in done.stdout, "with a base, what nothing provides", done.stdout)
seen = os.path.join(tmp, "seen.json")
tap.ok(verify("release", "--seen", seen).returncode == 0 and os.path.exists(seen), "what was seen is kept")
state = json.load(open(seen, encoding="utf-8"))
for name, change, words in [("older than last seen", {"revision": 99}, "99 was seen before"),
                            ("a package that vanished", {"names": ["9/x86_64/gone.x86_64"]}, "vanished")]:
    with open(seen, "w", encoding="utf-8") as file:
        json.dump({**state, **change}, file)
    done = verify("release", "--seen", seen)
    tap.ok(done.returncode == 1 and words in done.stdout, name, done.stdout)

# A mirror is any copy. One that lags, or has lost a file, is told from one that does not.
mirror = os.path.join(tmp, "mirror")
shutil.copytree(os.path.join(root, "release"), os.path.join(mirror, "now"))
older = sorted(name for name in os.listdir(os.path.join(root, "generations")) if name.startswith("release-"))[0]
shutil.copytree(os.path.join(root, "generations", older), os.path.join(mirror, "late"))
os.unlink(seen)


def verify_mirror(name):
    return run(KSIG, "repo", "verify", "--keys", good.public, "--keys", other.public, "--seen", seen,
               os.path.join(mirror, name), check=False)


tap.ok(verify_mirror("now").returncode == 0, "a mirror verifies", verify_mirror("now").stdout)
done = verify_mirror("late")
tap.ok(done.returncode == 1 and "was seen before" in done.stdout, "a mirror that lags is refused", done.stdout)
lost = next(os.path.join(path, name) for path, _, names in os.walk(os.path.join(mirror, "now")) for name in names
            if name.endswith("-filelists.xml.gz"))
os.unlink(lost)
tap.ok(verify_mirror("now").returncode == 1, "a mirror that lost a file is refused")

# The policy of ksig trust: role and scope of the key.
policy = os.path.join(tmp, "policy")
live = build(tmp, "kpatch-patch-6_12_9")
good.sign(*live)
kernel = build(tmp, "kernel-lt", "6.12.20")
other.sign(*kernel)
run(KSIG, "trust", "add", "--folder", policy, "sig", good.public, "--role=livepatch", "--provider=kmods")
run(KSIG, "trust", "add", "--folder", policy, "vendor", other.public, "--role=kernel", "--provider=vendor",
    "--for=kernel-lt-6.12.1*")


def by_policy(*packages):
    return run(KSIG, "repo", "publish", "--to", root, "--channel", "policy", "--policy", policy, *packages,
               check=False)


done = by_policy("--untested", "I publish what was not tested", *live)
tap.ok(done.returncode == (4 if "live" in tap.left_out(KSIG) else 0), "policy: a live patch of a livepatch key", done.stdout)
done = by_policy(one[0])
tap.ok(done.returncode == 1 and "livepatch" in done.stdout, "policy: a kernel of a livepatch key is refused",
       done.stdout)
done = by_policy(*kernel)
tap.ok(done.returncode == 1, "policy: a kernel out of its key's scope is refused", done.stdout)
tap.ok(by_policy(*unsigned).returncode == 1, "policy: an unsigned package is refused")

# createrepo_c reads what was written.
os.makedirs(os.path.join(tmp, "again"), exist_ok=True)
done = run("createrepo_c", "--update", "--update-md-path", os.path.join(root, "testing/9/x86_64"), "--no-database",
           "--outputdir", os.path.join(tmp, "again"), os.path.join(root, "testing/9/x86_64"), check=False)
tap.ok(done.returncode == 0, "createrepo_c --update takes the metadata", done.stdout)

for key in (good, other):
    key.stop()
tap.done()
