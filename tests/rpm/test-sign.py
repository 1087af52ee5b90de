#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Signing a folder into another, and its log: what was removed, changed or reordered is seen; a kill loses nothing."""
import json
import os
import shutil
import signal
import subprocess
import time

from repolib import KSIG, Key, build, need, run, scratch, tap

need("rpmbuild", "rpmsign", "gpg", "openssl", "rpmkeys")
tmp = scratch()
key, other = Key(tmp, "good"), Key(tmp, "other")
source, target = os.path.join(tmp, "from"), os.path.join(tmp, "to")
os.makedirs(os.path.join(source, "deep"))
LOG = os.path.join(target, "signing.log")
for package in build(tmp, "kernel-lt", "6.12.9", source=True):
    shutil.copy(package, source)
for number in range(3):
    shutil.copy(build(tmp, "kmod-isci", f"1.{number}")[0], os.path.join(source, "deep"))
# One that somebody else signed before: his signature goes.
other.sign(os.path.join(source, "deep", os.listdir(os.path.join(source, "deep"))[0]))
with open(os.path.join(source, "manifest.json"), "w", encoding="utf-8") as file:
    file.write("{}\n")
with open(os.path.join(source, "deep", "patch.ko"), "wb") as file:
    file.write(b"\x7fELF" + bytes(range(256)) * 64)
os.symlink("patch.ko", os.path.join(source, "deep", "link.rpm"))
os.mkfifo(os.path.join(source, "pipe"))
PEM = os.path.join(tmp, "module.pem")
CERTIFICATE = os.path.join(tmp, "module.crt")
run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=ksig test",
    "-keyout", PEM, "-out", CERTIFICATE)
SIGN = [KSIG, "sign", "--from", source, "--to", target, "--sign-with", key.fingerprint, "--gpg-home", key.home,
        "--module-key", PEM, "--module-certificate", CERTIFICATE, "--format", "json"]


def verify(*arguments):
    return run(KSIG, "sign", "--verify-log", LOG, "--keys", key.public, *arguments, check=False)


def entries(text):
    return json.loads(text[text.index("["):text.rindex("]") + 1])


done = run(*SIGN, check=False)
tap.ok(done.returncode == 0 and len(entries(done.stdout)) == 7, "all seven files are signed", done.stdout)
tap.ok("left out: deep/link.rpm: a symbolic link" in done.stdout and "left out: pipe: no file" in done.stdout and
       not os.path.lexists(os.path.join(target, "deep", "link.rpm")), "a link and a pipe are not, and are named", done.stdout)
database = os.path.join(tmp, "rpmdb")
run("rpmkeys", "--dbpath", database, "--import", key.public)
signed = [os.path.join(path, name) for path, _, names in os.walk(target) for name in names if name.endswith(".rpm")]
done = run("rpmkeys", "--dbpath", database, "--checksig", *signed, check=False)
tap.ok(done.returncode == 0 and done.stdout.count("digests signatures OK") == 5, "rpmkeys accepts the packages",
       done.stdout)
done = run("gpg", "--batch", "--verify", os.path.join(target, "manifest.json.asc"),
           os.path.join(target, "manifest.json"), env=key.env, check=False)
tap.ok(done.returncode == 0, "gpg accepts the detached signature", done.stdout)
module = open(os.path.join(target, "deep", "patch.ko"), "rb").read()
tap.ok(module.endswith(b"~Module signature appended~\n"), "the module has the kernel's trailer")
done = verify()
tap.ok(done.returncode == 0 and "7 entries" in done.stdout, "the log verifies", done.stdout)
SUM = done.stdout.split("has the sum ")[1].split()[0]
tap.ok(verify("--expect", SUM).returncode == 0, "and has the sum that was noted")
done = run(*SIGN, check=False)
tap.ok(done.returncode == 0 and entries(done.stdout) == [], "a second run signs nothing", done.stdout)
tap.ok(run(KSIG, "sign", "--verify-log", LOG, "--keys", other.public, check=False).returncode == 1,
       "a log that another key sealed is refused")
done = run(KSIG, "sign", "--from", source, "--to", os.path.join(tmp, "to2"), "--sign-with", "%{nil}", check=False)
tap.ok(done.returncode == 2 and "not a name for a key" in done.stdout, "a key name that is an RPM macro is refused",
       done.stdout)
done = run(KSIG, "sign", "--from", source, "--to", os.path.join(tmp, "to2"), "--sign-with", key.fingerprint,
           "--gpg-home", key.home, check=False)
tap.ok(done.returncode == 2 and "no key for modules" in done.stdout, "a module without a key for modules is an error",
       done.stdout)

# The log, tampered with: each way a row.
pristine = {name: open(name, "rb").read() for name in (LOG, LOG + ".head")}
lines = pristine[LOG].decode().splitlines(keepends=True)


def write(text, head=None):
    with open(LOG, "w", encoding="utf-8") as out:
        out.write("".join(text))
    with open(LOG + ".head", "wb") as out:
        out.write(pristine[LOG + ".head"] if head is None else head)


def rechained(entry, **change):
    """The entries from the one that is changed on, with sums that fit again: what a careful forger would do."""
    import hashlib
    out = lines[:entry]
    for line in lines[entry:]:
        value = json.loads(line)
        value.update(change if len(out) == entry else {})
        value["previous"] = hashlib.sha256(out[-1].rstrip("\n").encode()).hexdigest() if out else "0" * 64
        out.append(json.dumps(value, separators=(",", ":")) + "\n")
    return out


older = json.loads(pristine[LOG + ".head"])
older["count"] -= 1
for name, text, head in [
        ("the first entry removed", lines[1:], None),
        ("an entry removed", lines[:2] + lines[3:], None),
        ("the last entry removed", lines[:-1], None),
        ("all entries removed", [], None),
        ("an entry changed", [*lines[:2], lines[2].replace('"rpm"', '"mpr"').replace('"module"', '"m"'), *lines[3:]],
         None),
        ("the last entry changed", lines[:-1] + [lines[-1].replace('"kind"', '"kind" ')], None),
        ("two entries reordered", [lines[0], lines[2], lines[1], *lines[3:]], None),
        ("an entry twice", lines[:3] + lines[2:], None),
        ("an entry added", lines + [lines[-1]], None),
        ("an entry changed and the chain made again", rechained(2, file="other.rpm"), None),
        ("a head that counts less", lines[:-1], json.dumps(older).encode()),
        ("a head that is garbage", lines, b"{}"),
        ("not a log", ["hello\n"], None)]:
    write(text, head)
    done = verify()
    tap.ok(done.returncode == 1, f"detected: {name}", done.stdout)
for name in (LOG, LOG + ".head"):
    write(lines)
    os.unlink(name)
    tap.ok(verify().returncode != 0, f"detected: {os.path.basename(name)} is gone")
write(lines)
tap.ok(verify("--expect", "0" * 64).returncode == 1, "a log without the sum that was noted is refused")
write(lines[:-1])
done = run(*SIGN, check=False)
tap.ok(done.returncode == 0 and verify().returncode == 0, "an entry that only the head has is completed", done.stdout)
write(lines[:-1] + [lines[-1][:40]])
done = run(*SIGN, check=False)
tap.ok(done.returncode == 0 and verify().returncode == 0, "and so is one that was cut", done.stdout)
write(lines[:3] + lines[4:])
tap.ok(run(*SIGN, check=False).returncode == 1, "nothing is added to a log that does not verify")

# Killed again and again: in the end all is signed, and each file that is there is in the log.
shutil.rmtree(target)
kills = 0
for attempt in range(60):
    process = subprocess.Popen(SIGN, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.04 * 1.12 ** attempt)
    process.send_signal(signal.SIGKILL)
    if process.wait() == 0:
        break
    kills += 1
done = verify()
names = {entry["file"] for entry in entries(run(KSIG, "sign", "--verify-log", LOG, "--format", "json").stdout)}
tap.ok(done.returncode == 0 and len(names) == 7 and kills > 1, f"killed {kills} times: all is signed in the end",
       done.stdout)
for each in (key, other):
    each.stop()
tap.done()
