#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Key files as distributions publish them, and signatures that do not count: by each way in which a package is judged.

usage: test-keys.py KSIG        TAP on standard output, a row a key's state and a way
"""
import base64
import os
import shutil
import struct
import subprocess
import sys
import threading
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from repolib import KSIG, Key, build, need, run, scratch, tap  # noqa: E402

need("gpg", "rpmbuild", "rpmsign")
TOP = scratch()
OLD, THEN, LATER = "20230101T000000", "20230110T000000", "20240301T000000"


class Odd:
    """A key whose state is made step by step, at faked times."""

    def __init__(self, name, expires="never", usage="sign"):
        self.name, self.home, self.public = name, f"{TOP}/g-{name}", f"{TOP}/{name}.asc"
        os.mkdir(self.home, 0o700)
        self.gpg("--faked-system-time", OLD, "--quick-gen-key", f"{name} <{name}@example.org>", "rsa2048", usage, expires)
        self.fingerprints()
        self.export()

    def gpg(self, *argv, text=None):
        return subprocess.run(["gpg", "--homedir", self.home, "--batch", "--yes", "--no-tty", "--pinentry-mode", "loopback",
                               "--passphrase", "", *argv], input=text, capture_output=True, text=True, check=True).stdout

    def fingerprints(self):
        listing = self.gpg("--with-colons", "--list-keys")
        self.all = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr")]
        return self.all

    def export(self):
        self.gpg("--armor", "--output", self.public, "--export")

    def edit(self, *lines):
        subprocess.run(["gpg", "--homedir", self.home, "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "",
                        "--command-fd", "0", "--edit-key", self.all[0]], input="\n".join(lines) + "\n",
                       capture_output=True, text=True, check=False)
        self.export()

    def revoke(self):
        with open(f"{self.home}/openpgp-revocs.d/{self.all[0]}.rev", encoding="ascii") as file:
            self.gpg("--import", text=file.read().replace(":-----BEGIN", "-----BEGIN"))
        self.export()

    def sign(self, path, key=None, at=THEN, algorithm=None):
        wrapper = f"{self.home}/sign.sh"
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec gpg --batch --no-tty --faked-system-time {at} --allow-weak-digest-algos "
                       f'{"--digest-algo " + algorithm if algorithm else ""} "$@"\n')
        os.chmod(wrapper, 0o755)
        signed = f"{TOP}/{self.name}-{algorithm}.d/{os.path.basename(path)}"
        os.makedirs(os.path.dirname(signed), exist_ok=True)
        shutil.copy(path, signed)
        run("rpmsign", "--addsign", "--define", f"_gpg_name {key or self.all[0]}", "--define", f"__gpg {wrapper}",
            *(["--define", f"_gpg_digest_algo {algorithm.lower()}"] if algorithm else []), signed,
            env={"GNUPGHOME": self.home})
        return signed


def version_6():
    """An armoured public key of version 6, as a newer program writes it: its body is as short as may be."""
    body = bytes([6]) + struct.pack(">I", 0x63877fe3) + bytes([27]) + struct.pack(">I", 32) + bytes(range(32))
    packet = bytes([0xc0 | 6, len(body)]) + body
    return ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + base64.b64encode(packet).decode() +
            "\n-----END PGP PUBLIC KEY BLOCK-----\n")


def write(name, *parts):
    path = f"{TOP}/{name}"
    with open(path, "w", encoding="ascii") as file:
        file.write("".join(parts))
    return path


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


meta = Key(TOP, "meta")
PACKAGE = build(TOP, "foo")[0]
counter = 0


def by_keys(files, package, words=""):
    """repo publish --keys, and what verify says of a state that such a publication made."""
    global counter
    counter += 1
    to = f"{TOP}/r{counter}"
    return run(KSIG, "repo", "publish", "--to", to, *(f"--keys={f}" for f in files), "--sign-with", meta.fingerprint,
               "--gpg-home", meta.home, package, check=False)


def by_policy(files, package, words=""):
    global counter
    counter += 1
    policy = f"{TOP}/p{counter}"
    for i, file in enumerate(files):
        done = run(KSIG, "trust", f"--folder={policy}", "add", f"k{i}", file, "--role=kernel", "--provider=v", check=False)
        if done.returncode:
            return done
    if words:
        run(KSIG, "trust", f"--folder={policy}", "say", words)
    return run(KSIG, "repo", "publish", "--to", f"{TOP}/r{counter}", f"--policy={policy}", "--sign-with", meta.fingerprint,
               "--gpg-home", meta.home, package, check=False)


def row(name, files, package, words=None, ways=(by_keys, by_policy), says="", status=(1, 3)):
    """WORDS: what is said when it is refused; None: it is published."""
    for way in ways:
        done = way(files, package, says)
        good = done.returncode == 0 if words is None else done.returncode in status and words in done.stdout
        tap.ok(good, f"{name}, {way.__name__}", done.stdout)


def key_files():
    good, other = Odd("good"), Odd("other")
    signed = good.sign(PACKAGE)
    both = f"{TOP}/gpg-both"
    os.mkdir(both, 0o700)
    subprocess.run(["gpg", "--homedir", both, "--batch", "--import", other.public, good.public], check=True, capture_output=True)
    block = run("gpg", "--homedir", both, "--batch", "--armor", "--export").stdout
    row("one key", [good.public], signed)
    row("two blocks, the signer's last", [write("two.asc", read(other.public), read(good.public))], signed)
    row("two keys in a block", [write("block.asc", block)], signed)
    row("a newer version before it", [write("v6-first.asc", version_6(), read(good.public))], signed)
    row("a newer version after it", [write("v6-last.asc", read(good.public), version_6())], signed)
    row("text around the blocks", [write("text.asc", "pub rsa\n", read(good.public), "end\n")], signed)
    row("another's key", [other.public], signed, "")
    row("a newer version alone", [write("v6.asc", version_6())], signed, "no OpenPGP key of a version that can be read")
    row("a block cut short", [write("cut.asc", read(good.public)[:400])], signed, "without its end")
    row("no key", [write("none.asc", "nothing\n")], signed, "no OpenPGP key in it")
    subprocess.run(["gpg", "--homedir", good.home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--armor",
                    "--output", f"{TOP}/secret.asc", "--export-secret-keys"], check=True, capture_output=True)
    row("a secret key", [f"{TOP}/secret.asc"], signed, "public keys, and only those")
    binary = f"{TOP}/binary.gpg"
    subprocess.run(["gpg", "--homedir", both, "--batch", "--output", binary, "--export"], check=True, capture_output=True)
    row("binary", [binary], signed)


def rpm_takes(key, package):
    """Does this machine's rpm? rpm-sequoia has the last word on hashes, and that is no."""
    database = f"{TOP}/rpm-takes"
    run("rpmkeys", "--dbpath", database, "--import", key)
    return run("rpmkeys", "--dbpath", database, "--define", "_pkgverify_level all", "--checksig", package, check=False).returncode == 0


def hashes():
    key = Odd("hashed")
    for name in ("SHA256", "SHA512"):
        row(name, [key.public], key.sign(PACKAGE, algorithm=name))
    for name in ("MD5", "SHA1"):  # rpmsign itself knows no RIPEMD-160
        signed = key.sign(PACKAGE, algorithm=name)
        row(name, [key.public], signed, name.lower())
        row(f"{name}, accepted by name", [key.public], signed, None if rpm_takes(key.public, signed) else "SIGNATURES NOT OK", ways=(by_policy,), says=f"hash {name.lower()} is accepted")


def states():
    key = Odd("revoked")
    signed, before = key.sign(PACKAGE), write("before.asc", read(key.public))
    key.revoke()
    row("a revoked key, signed before", [key.public], signed, "revoked")
    row("revoked in one of two files", [before, key.public], signed, "revoked")
    key = Odd("over", "30d")
    row("an expired key, signed before", [key.public], key.sign(PACKAGE), "expired")
    key = Odd("nameless")
    signed = key.sign(PACKAGE)
    key.gpg("--quick-add-uid", key.all[0], "nameless again <n@example.org>")
    key.gpg("--quick-revoke-uid", key.all[0], "nameless <nameless@example.org>")
    key.edit("uid 1", "deluid", "y", "save")  # the good one, which comes first: gpg revokes no last one
    row("a key whose one user id is revoked", [key.public], signed, "revoked")
    key = Odd("renamed")
    signed = key.sign(PACKAGE)
    key.gpg("--quick-add-uid", key.all[0], "renamed again <r@example.org>")
    key.edit("uid 2", "revuid", "y", "0", "", "y", "save")
    row("one of two user ids is revoked", [key.public], signed)


def subkeys():
    for name, expires, then, words in (("good-sub", "never", None, None), ("over-sub", "30d", None, "expired"),
                                       ("gone-sub", "never", "revoke", "revoked")):
        key = Odd(name, usage="cert")
        key.gpg("--faked-system-time", OLD, "--quick-add-key", key.all[0], "rsa2048", "sign", expires)
        signed = key.sign(PACKAGE, key=key.fingerprints()[1] + "!")
        key.export()
        if then:
            key.edit("key 1", "revkey", "y", "1", "", "y", "save")
        row(f"a subkey: {words or 'good'}", [key.public], signed, words)
    key = Odd("two-sub", usage="cert")
    for _ in range(2):
        key.gpg("--faked-system-time", OLD, "--quick-add-key", key.all[0], "rsa2048", "sign", "never")
    signed = key.sign(PACKAGE, key=key.fingerprints()[2] + "!")
    key.edit("key 1", "revkey", "y", "1", "", "y", "save")
    row("the other subkey is revoked", [key.public], signed)


def packets(data):
    """Those of a key as gpg writes it: (kind, body, whole)."""
    at = 0
    while at < len(data):
        width = 1 << (data[at] & 3)
        body = at + 1 + width
        end = body + int.from_bytes(data[at + 1:body], "big")
        yield (data[at] >> 2) & 15, data[body:end], data[at:end]
        at = end


def packet(kind, body):
    return bytes([0xc0 | kind, 255]) + struct.pack(">I", len(body)) + body


def binary(name, *parts):
    path = f"{TOP}/{name}"
    with open(path, "wb") as file:
        file.write(b"".join(parts))
    return path


def deflated(data):
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packet(8, b"\x01" + deflate.compress(data) + deflate.flush())


def by_hand():
    """Packets that no program puts together so."""
    key = Odd("hand", usage="cert")
    key.gpg("--faked-system-time", OLD, "--quick-add-key", key.all[0], "rsa2048", "sign", "never")
    signed = key.sign(PACKAGE, key=key.fingerprints()[1] + "!")
    key.export()
    whole = subprocess.run(["gpg", "--dearmor", "--output", "-", key.public], check=True, capture_output=True).stdout
    secret = subprocess.run(["gpg", "--homedir", key.home, "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--export-secret-keys"],
                            check=True, capture_output=True).stdout
    parts = list(packets(whole))
    assert [part[0] for part in parts] == [6, 13, 2, 14, 2]
    primary, name, own, sub, bound = (part[2] for part in parts)
    for what, words, data in (
            ("as it is", None, whole),
            ("its packets twice", None, whole + whole),
            ("its subkey twice", None, whole + sub + bound),
            ("marks and trust", None, packet(10, b"PGP") + primary + packet(12, b"\0\0") + name + own + sub + bound),
            ("500 names", None, primary + name + own + b"".join(packet(13, b"%d" % i) for i in range(499)) + sub + bound),
            ("501 names", "more than 500 names", primary + name + own + b"".join(packet(13, b"%d" % i) for i in range(500)) + sub + bound),
            ("50,000 names", "more than 500 names", primary + name + own + sub + bound + b"".join(packet(13, b"%d" % i) for i in range(50000))),
            ("101 subkeys", "or 100 subkeys", whole + b"".join(packet(14, parts[3][1][:-4] + struct.pack(">I", i)) for i in range(100))),
            ("a subkey that is not bound", "", primary + name + own + sub),
            ("a subkey bound by another signature", "", primary + name + own + sub + own),
            ("no subkey", "", primary + name + own),
            ("a secret subkey", "public keys, and only those", primary + name + own + next(part[2] for part in packets(secret) if part[0] == 7) + bound),
            ("a secret key, binary", "public keys, and only those", secret),
            ("packed behind it", "of kind 8", whole + deflated(packet(13, b"a" * 1000) * 1000)),
            ("packed itself", "of kind 8", deflated(whole)),
            ("a text behind it", "of kind 11", whole + packet(11, b"b\0\0\0\0\0text")),
            ("version 3 alone", "no OpenPGP key of a version that can be read", packet(6, b"\3" + parts[0][1][1:5] + b"\0\0" + parts[0][1][5:]) + name + own),
            ("version 3 before it", None, packet(6, b"\3" + parts[0][1][1:5] + b"\0\0" + parts[0][1][5:]) + name + own + whole),
            ("3,000 of a newer version", "more than 1000 keys", packet(6, b"\6") * 3000 + whole),
            ("nothing", "no OpenPGP key in it", b""),
            ("bytes behind it", "not OpenPGP keys, or damaged", whole + b"\xff" * 9),
            ("a packet longer than the file", "not OpenPGP keys, or damaged", whole + b"\xcd\xff\x7f\xff\xff\xffa"),
            ("100 MB", "larger than the limit", whole + packet(13, b"a" * 100_000_000)),
            ("a NUL between two", "a NUL in a text", open(key.public, "rb").read() + b"\0" + open(key.public, "rb").read())):
        row(f"by hand: {what}", [binary("hand.key", data)], signed, words)
    os.mkdir(f"{TOP}/hand.d")
    os.mkfifo(f"{TOP}/hand.fifo")
    row("by hand: a folder", [f"{TOP}/hand.d"], signed, "Is a directory", status=(3, 4))
    row("by hand: a pipe", [f"{TOP}/hand.fifo"], signed, "a pipe or device")


def names():
    """A key that is revoked under one name is so under each, and by its fingerprint."""
    key = Odd("twice")
    signed = key.sign(PACKAGE)
    row("the same key under two names", [key.public, key.public], signed, ways=(by_policy,))
    row("revoked under the other name", [key.public, key.public], signed, "revoked", ways=(by_policy,), says="key k1 is revoked")
    row("revoked by fingerprint", [key.public], signed, "revoked", ways=(by_policy,), says=f"key {key.all[0]} is revoked")


def hands():
    """What others may write says nothing."""
    key = Odd("hands")
    signed = key.sign(PACKAGE)
    for what in ("", "policy", "keys", "keys/k0.asc"):
        for mode, words in ((0o020, "others may write"), (0o002, "others may write"), (0, None)):
            policy = f"{TOP}/hands"
            shutil.rmtree(policy, ignore_errors=True)
            run(KSIG, "trust", f"--folder={policy}", "add", "k0", key.public, "--role=kernel", "--provider=v")
            path = os.path.join(policy, what)
            os.chmod(path, os.stat(path).st_mode & ~0o022 | mode)
            done = run(KSIG, "trust", f"--folder={policy}", "list", check=False)
            tap.ok(done.returncode == (4 if words else 0) and (not words or words in done.stdout),
                   f"{what or 'the folder'} with {mode:03o} more", done.stdout)
    if os.geteuid() == 0:
        os.chown(f"{policy}/policy", 12345, 0)
        done = run(KSIG, "trust", f"--folder={policy}", "list", check=False)
        tap.ok(done.returncode == 4 and "belongs to user 12345" in done.stdout, "a policy of somebody else", done.stdout)
    assert signed


def exchanged():
    """What was opened is looked at: a link that leads elsewhere from one moment to the next is no way around the look."""
    key, other = Odd("kept"), Odd("evil")
    for name, file, mode in (("good", key, 0o755), ("bad", other, 0o777)):
        run(KSIG, "trust", f"--folder={TOP}/{name}", "add", name, file.public, "--role=kernel", "--provider=v")
        for path in (f"{TOP}/{name}", f"{TOP}/{name}/policy"):
            os.chmod(path, mode)
    link, over = f"{TOP}/policy-link", threading.Event()

    def change():
        while not over.is_set():
            for name in ("good", "bad"):
                os.symlink(f"{TOP}/{name}{part}", link + ".new")
                os.rename(link + ".new", link)

    for part, folder in (("", link), ("/policy", f"{TOP}/linked")):
        over.clear()
        if part:
            shutil.copytree(f"{TOP}/good", folder)
            shutil.copy(f"{TOP}/bad/keys/bad.asc", f"{folder}/keys")
            link = f"{folder}/policy"
        thread = threading.Thread(target=change)
        thread.start()
        while not os.path.islink(link):
            pass
        said = [run(KSIG, "trust", f"--folder={folder}", "list", check=False) for _ in range(60)]
        over.set()
        thread.join()
        tap.ok(not any(other.all[0][-16:].lower() in done.stdout.lower() for done in said) and any(done.returncode == 4 for done in said) and
               all(done.returncode in (0, 4) for done in said), f"{'the policy' if part else 'its folder'} is exchanged while it is read",
               "\n".join(done.stdout for done in said if done.returncode not in (0, 4) or "bad" in done.stdout)[:2000])


key_files()
hashes()
states()
subkeys()
by_hand()
names()
hands()
exchanged()
tap.done()
