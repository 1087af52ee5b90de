#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The trust matrix of one signature: what state its key is in, over which hash, when it was made, how the policy names the key, and
who may write what the policy says. What a row expects is the rule of ksig-trust(1), the first that speaks against it:

    others may write the policy, its folder, its keys   the policy is not read
    md5, sha1, ripemd160, and no `hash … is accepted`   weak-hash
    revoked: key, subkey, last user id, by the policy   key-revoked, whenever the signature was made, for whatever reason
    the key or subkey is over, now or when it signed    key-expired
    made a day or more before its key, or after now     tampered
    the signature's own date is past                    expired

usage: test-states.py VERDICT KSIG        TAP on standard output, a row a signature

With KSIG_OTHER_RPM, a root folder that has another rpm, that one is asked as well; docs/trust.md says where the two differ.
"""
import calendar
import itertools
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "rpm"))
from repolib import build, need, run, scratch, tap

need("gpg", "openssl", "rpmbuild", "rpmsign")
KSIG = sys.argv[2]
TOP = scratch()
HOME = f"{TOP}/gpg"
os.mkdir(HOME, 0o700)
DATA = f"{TOP}/data"
with open(DATA, "w", encoding="ascii") as file:
    file.write("signed\n")
PACKAGE = build(TOP, "kernel-x")[0]
BORN, ENDS = "20230601T000000", "2024-06-01"  # of keys; of those that end
WHEN = {"before it was made": "20230101T000000", "in its life": "20230901T000000",
        "after it ended": "20240901T000000", "after it was revoked": "20250301T000000", "in the future": "20280101T000000"}
NOW = calendar.timegm((2025, 6, 1, 0, 0, 0))
WEAK = ("SHA1", "MD5", "RIPEMD160")
verdicts = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def gpg(*argv, text=None, at=BORN):
    return subprocess.run(["gpg", "--homedir", HOME, "--batch", "--yes", "--no-tty", "--quiet", "--pinentry-mode", "loopback",
                           "--passphrase", "", "--faked-system-time", at, "--ignore-time-conflict", "--ignore-valid-from", *argv], input=text,
                          capture_output=True, text=True, check=True).stdout


def edit(fingerprint, *lines):
    subprocess.run(["gpg", "--homedir", HOME, "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time",
                    "20250101T000000", "--command-fd", "0", "--edit-key", fingerprint], input="\n".join(lines) + "\n",
                   capture_output=True, text=True, check=True)


class Key:
    """A key that signs before its end comes: a thief, or a clock, goes on."""

    def __init__(self, name, usage="sign", subkeys=0):
        self.name, self.public, self.made = name, f"{TOP}/{name}.asc", {}
        gpg("--quick-gen-key", f"{name} <{name}@example.org>", "ed25519", usage, "never")
        self.all = self.fingerprints()
        for _ in range(subkeys):
            gpg("--quick-add-key", self.all[0], "ed25519", "sign", "never")
        self.all = self.fingerprints()
        self.signer = self.all[-1]
        self.export()

    def fingerprints(self):
        listing = gpg("--with-colons", "--list-keys", self.name)
        return [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr")]

    def export(self):
        gpg("--armor", "--output", self.public, "--export", self.all[0])

    def sign(self, hash_name="SHA256", when="in its life", extra=()):
        path = f"{TOP}/{self.name}.{len(self.made)}.sig"
        key = (hash_name, when, *extra)
        if key not in self.made:
            gpg("--allow-weak-digest-algos", "--digest-algo", hash_name, "--local-user", self.signer + "!", *extra, "--output", path,
                "--detach-sign", DATA, at=WHEN[when])
            self.made[key] = path
        return self.made[key]

    def sign_package(self, hash_name="SHA256", when="in its life"):
        wrapper, path = f"{TOP}/sign.sh", f"{TOP}/{self.name}-{len(self.made)}.d/kernel.rpm"
        with open(wrapper, "w", encoding="ascii") as script:
            script.write(f"#!/bin/sh\nexec gpg --batch --no-tty --faked-system-time {WHEN[when]} --ignore-time-conflict --ignore-valid-from "
                         f'--allow-weak-digest-algos --digest-algo {hash_name} "$@"\n')
        os.chmod(wrapper, 0o755)
        os.makedirs(os.path.dirname(path))
        shutil.copy(PACKAGE, path)
        self.made[path] = path
        run("rpmsign", "--addsign", "--define", f"_gpg_name {self.signer}!", "--define", f"__gpg {wrapper}", "--define",
            f"_gpg_digest_algo {hash_name.lower()}", path, env={"GNUPGHOME": HOME})
        return path


# ---- the states: how a key comes into it, and the rule that it is under ------------------------------

def revoke(reason):
    def change(key):
        # Lines of gpg's dialogue: sure, reason, no text, sure.
        text = subprocess.run(["gpg", "--homedir", HOME, "--no-tty", "--pinentry-mode", "loopback", "--passphrase", "",
                               "--faked-system-time", "20250101T000000", "--command-fd", "0", "--gen-revoke", key.all[0]],
                              input=f"y\n{reason}\n\ny\n", capture_output=True, text=True, check=True).stdout
        gpg("--import", text=text, at="20250101T000000")
    return change


def revoke_subkey(number):
    return lambda key: edit(key.all[0], f"key {number}", "revkey", "y", "1", "", "y", "save")


def revoke_name(key):
    gpg("--quick-add-uid", key.all[0], f"{key.name} again <again@example.org>", at="20240101T000000")
    edit(key.all[0], "uid 2", "revuid", "y", "0", "", "y", "save")


def revoke_last_name(key):
    gpg("--quick-add-uid", key.all[0], f"{key.name} again <again@example.org>", at="20240101T000000")
    edit(key.all[0], "uid 2", "revuid", "y", "0", "", "y", "save")
    edit(key.all[0], "uid 1", "deluid", "y", "save")


def end():
    return lambda key: gpg("--quick-set-expire", key.all[0], ENDS, at="20230701T000000")


def end_subkey(key):
    gpg("--quick-set-expire", key.all[0], ENDS, key.all[1], at="20230701T000000")


STATES = [  # name, usage, subkeys, change, rule
    ("good", "sign", 0, None, None),
    ("over", "sign", 0, end(), "key-expired"),
    ("compromised", "sign", 0, revoke(1), "key-revoked"),
    ("superseded", "sign", 0, revoke(2), "key-revoked"),
    ("retired", "sign", 0, revoke(3), "key-revoked"),
    ("name-gone", "sign", 0, revoke_last_name, "key-revoked"),
    ("one-name-gone", "sign", 0, revoke_name, None),
    ("sub-good", "cert", 1, None, None),
    ("sub-over", "cert", 1, end_subkey, "key-expired"),
    ("sub-gone", "cert", 1, revoke_subkey(1), "key-revoked"),
    ("sub-of-over", "cert", 1, end(), "key-expired"),
    ("sub-of-gone", "cert", 1, revoke(1), "key-revoked"),
    ("other-sub-gone", "cert", 2, revoke_subkey(1), None),
]


LATE = ("over signed late", "sub-over signed late", "superseded signed late", "compromised signed late")


def rule(state, when="in its life", hash_name="SHA256", accepted=()):
    if hash_name in WEAK and hash_name not in accepted:
        return "weak-hash"
    if state:
        return state
    return "tampered" if when in ("before it was made", "in the future") else "accepted"


def policy(name, files, *sentences):
    folder = f"{TOP}/policy-{name}"
    os.makedirs(f"{folder}/keys")
    text = ""
    for number, path in enumerate(files):
        shutil.copy(path, f"{folder}/keys/k{number}.asc")
        text += f"key k{number} is a kernel key of v\n"
    with open(f"{folder}/policy", "w", encoding="ascii") as file:
        file.write(text + "".join(sentence + "\n" for sentence in sentences))
    return folder


def row(name, wanted, folder, *files, now=NOW, words=""):
    print(folder, now, *files, file=verdicts.stdin, flush=True)
    said = verdicts.stdout.readline().rstrip("\n")
    tap.ok(said.split(":")[0] == wanted and words in said, f"{name}: {wanted}", said or "no answer")


def make():
    keys = {}
    for name, usage, subkeys, _, _ in STATES:
        keys[name] = Key(name, usage, subkeys)
        for when in WHEN:
            keys[name].sign(when=when)
    return keys


def change(keys):
    for name, _, _, step, _ in STATES:
        if step:
            step(keys[name])
            keys[name].export()


def states_and_times(keys):
    for name, _, _, _, state in STATES:
        folder = policy(name, [keys[name].public])
        for when in WHEN:
            row(f"{name}, signed {when}", rule(state, when), folder, DATA, keys[name].sign(when=when))


def hashes(keys):
    for name, accepted in itertools.product(("good", "sub-good", "compromised", "over"), ((), WEAK)):
        state = next(s[4] for s in STATES if s[0] == name)
        folder = policy(f"hash-{name}-{len(accepted)}", [keys[name].public], *(f"hash {h.lower()} is accepted" for h in accepted))
        for hash_name in ("SHA256", "SHA384", "SHA512", *WEAK):
            row(f"{name}, {hash_name}{', accepted by name' if accepted else ''}", rule(state, hash_name=hash_name, accepted=accepted),
                folder, DATA, keys[name].made[hash_name, "in its life"])
    folder = policy("hash-one", [keys["good"].public], "hash sha1 is accepted")
    row("one weak hash accepted is not another", "weak-hash", folder, DATA, keys["good"].made["MD5", "in its life"])


def clocks(keys):
    """The same signatures, as other clocks see them."""
    over, good = policy("clock-over", [keys["over"].public]), policy("clock-good", [keys["good"].public])
    day = 24 * 60 * 60
    ends, born = calendar.timegm((2024, 6, 1, 12, 0, 0)), calendar.timegm((2023, 9, 1, 0, 0, 0))
    row("a second before the key is over", "accepted", over, DATA, keys["over"].sign(), now=ends - day)
    row("a day after the key is over", "key-expired", over, DATA, keys["over"].sign(), now=ends + day)
    row("half a day ahead of the clock", "accepted", good, DATA, keys["good"].sign(), now=born - day // 2)
    row("two days ahead of the clock", "tampered", good, DATA, keys["good"].sign(), now=born - 2 * day, words="the clock here says")


def packages(made):
    for name, state in ((s[0], s[4]) for s in STATES):
        row(f"a package, {name}", rule(state), f"{TOP}/policy-{name}", made[name])
    for late in LATE:
        row(f"a package, {late}", rule(next(s[4] for s in STATES if s[0] == late.split()[0])), f"{TOP}/policy-{late.split()[0]}", made[late])
    for when in WHEN:
        row(f"a package, signed {when}", rule(None, when), f"{TOP}/policy-good", made[when])
    for hash_name in ("SHA512", "SHA1", "MD5"):
        row(f"a package, {hash_name}", rule(None, hash_name=hash_name), f"{TOP}/policy-good", made[hash_name])


def other_rpm(root, made):
    """What the rpm of ROOT says of the packages, as docs/trust.md has it of rpm-sequoia's rules."""
    accepted = {"good", "one-name-gone", "sub-good", "other-sub-gone", "in its life", "SHA512", "after it ended", "after it was revoked",
                "superseded", "retired", "over", "sub-over", "sub-of-over", "name-gone"}
    print("#", run("chroot", root, "rpm", "--version").stdout.strip())
    for name, path in made.items():
        place = f"{root}/tmp/ksig-states"
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        shutil.copy(path, f"{place}/package.rpm")
        state = name.split()[0] if name.split()[0] in {s[0] for s in STATES} else "good"
        shutil.copy(f"{TOP}/{state}.asc", f"{place}/key.asc")
        imported = run("chroot", root, "rpmkeys", "--dbpath=/tmp/ksig-states/db", "--import", "/tmp/ksig-states/key.asc", check=False)
        done = run("chroot", root, "rpmkeys", "--dbpath=/tmp/ksig-states/db", "-v", "--checksig", "/tmp/ksig-states/package.rpm", check=False)
        tap.ok((done.returncode == 0) == (name in accepted), f"the other rpm {'accepts' if name in accepted else 'refuses'}: {name}",
               imported.stdout + done.stdout)
        shutil.rmtree(place)


def certificates():
    """X.509, by the fingerprints that openssl prints."""
    key, path = f"{TOP}/x.key", f"{TOP}/x.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=x", "-keyout", key, "-out", path)
    for digest, small in itertools.product(("sha1", "sha256"), (False, True)):
        folder = f"{TOP}/policy-x-{digest}-{small}"
        run(KSIG, "trust", f"--folder={folder}", "add", "x", path, "--role=module", "--provider=v")
        words = run("openssl", "x509", "-in", path, "-noout", "-fingerprint", f"-{digest}").stdout.strip().split("=")[1]
        run(KSIG, "trust", f"--folder={folder}", "say", f"key {words.replace(':', '').lower() if small else words} is revoked")
        listing = run(KSIG, "trust", f"--folder={folder}", "list", "--format=tsv").stdout.splitlines()
        tap.ok(any(line.startswith("x\t") and "\trevoked\t" in line for line in listing),
               f"a certificate revoked by its {digest}{', small and without colons' if small else ''}", listing)


def signatures_that_end(keys, short):
    row("a signature that is over", "expired", f"{TOP}/policy-good", DATA, short)
    row("a signature that is not over yet", "accepted", f"{TOP}/policy-good", DATA, short, now=calendar.timegm((2023, 9, 10, 0, 0, 0)))
    row("a signature that is over, of a revoked key", "key-revoked", policy("short-gone", [keys["good"].public], "key k0 is revoked"),
        DATA, short)


def spelled(fingerprint):
    groups = " ".join(fingerprint[i:i + 4] for i in range(0, 40, 4))
    return {"as gpg lists it": fingerprint, "in small letters": fingerprint.lower(), "with 0x": "0x" + fingerprint,
            "in groups": groups, "in groups with a gap": groups[:24] + " " + groups[24:], "its long id": fingerprint[-16:],
            "its long id with 0x": "0x" + fingerprint[-16:].lower(), "its short id": fingerprint[-8:],
            "with colons": ":".join(fingerprint[i:i + 2] for i in range(0, 40, 2))}


def spellings(keys):
    good, sub = keys["good"], keys["sub-good"]
    for how, words in spelled(good.all[0]).items():
        row(f"revoked {how}", "key-revoked", policy(f"s-{how.replace(' ', '-')}", [good.public], f"key {words} is revoked"), DATA, good.sign())
    for how, words in spelled(sub.all[0]).items():
        row(f"a subkey's primary revoked {how}", "key-revoked",
            policy(f"p-{how.replace(' ', '-')}", [sub.public], f"key {words} is revoked"), DATA, sub.sign())
    for how, words in list(spelled(sub.all[1]).items())[:3]:
        row(f"a subkey revoked {how}", "key-revoked", policy(f"u-{how.replace(' ', '-')}", [sub.public], f"key {words} is revoked"),
            DATA, sub.sign())
    for how, sentence, wanted in (
            ("by name", "key k0 is revoked", "key-revoked"), ("by name, spelled large", "key K0 is revoked", "key-revoked"),
            ("with tabs and a comment", "key\tk0  is\trevoked # why", "key-revoked"), ("another's", f"key {sub.all[0]} is revoked", "accepted"),
            ("by a digit less", f"key {good.all[0][:-1]} is revoked", "unread"), ("by a digit more", f"key {good.all[0]}0 is revoked", "unread"),
            ("by a name of nobody", "key nobody is revoked", "accepted")):
        row(f"revoked {how}", wanted, policy(f"n-{how.replace(' ', '-')}", [good.public], sentence), DATA, good.sign())


def files(keys):
    """One file of two keys, two files of one."""
    def joined(name, *of):
        path = f"{TOP}/{name}.asc"
        with open(path, "w", encoding="ascii") as out:
            for key in of:
                with open(keys[key].public, encoding="ascii") as text:
                    out.write(text.read())
        return path
    for other in ("over", "compromised", "superseded", "sub-gone"):
        for order in ((other, "good"), ("good", other)):
            name = "-and-".join(order)
            folder = policy(name, [joined(name, *order)])
            row(f"a file of {name}, by good", "accepted", folder, DATA, keys["good"].sign())
            state = next(s[4] for s in STATES if s[0] == other)
            row(f"a file of {name}, by {other}", state, folder, DATA, keys[other].sign())
    row("a file of two, revoked by name", "key-revoked", policy("both-name", [f"{TOP}/good-and-over.asc"], "key k0 is revoked"),
        DATA, keys["good"].sign())
    for order in ((0, 1), (1, 0)):
        pair = [[keys["good"].public, keys["compromised"].public][i] for i in order]
        row(f"two keys, the {'second' if order[0] == 0 else 'first'} revoked by its owner", "accepted", policy(f"pair-{order[0]}", pair), DATA,
            keys["good"].sign())


def prolonged(stages):
    """A key whose end was moved, in files from before and after: the last word of its owner counts."""
    for name, (key, before) in stages.items():
        wanted = "accepted" if name == "prolonged" else "key-expired"
        for order, pair in (("old first", [before, key.public]), ("new first", [key.public, before])):
            row(f"{name}, {order}", wanted, policy(f"{name}-{order.replace(' ', '-')}", pair), DATA, key.sign())
        row(f"{name}, the new file alone", wanted, policy(f"{name}-alone", [key.public]), DATA, key.sign())


def stage(name, first, then):
    key = Key(name)
    key.sign()
    gpg("--quick-set-expire", key.all[0], first, at="20230701T000000")
    before = f"{TOP}/{name}-before.asc"
    key.export()
    shutil.copy(key.public, before)
    gpg("--quick-set-expire", key.all[0], then, at="20240101T000000")
    key.export()
    return key, before


def hands(keys):
    places = ("", "policy", "keys", "keys/k0.asc")
    for place, mode in itertools.product(places, (0o020, 0o002, 0o022, 0)):
        folder = policy(f"h-{places.index(place)}-{mode:o}", [keys["good"].public])
        path = os.path.join(folder, place)
        os.chmod(path, os.stat(path).st_mode & ~0o022 | mode)
        row(f"{place or 'the folder'} with {mode:03o} more", "unread" if mode else "accepted", folder, DATA, keys["good"].sign(),
            words="others may write" if mode else "")
    for place in places if os.geteuid() == 0 else ():
        folder = policy(f"o-{places.index(place)}", [keys["good"].public])
        os.chown(os.path.join(folder, place), 12345, 12345)
        row(f"{place or 'the folder'} of somebody else", "unread", folder, DATA, keys["good"].sign(), words="belongs to user 12345")
    for place in places[1:]:
        folder = policy(f"l-{places.index(place)}", [keys["good"].public])
        path, target = os.path.join(folder, place), f"{TOP}/target-{places.index(place)}"
        os.rename(path, target)
        os.chmod(target, os.stat(target).st_mode | 0o002)
        os.symlink(target, path)
        row(f"{place} is a link to what others may write", "unread", folder, DATA, keys["good"].sign(), words="others may write")


def main():
    keys = make()
    for name in ("good", "sub-good", "compromised", "over"):
        for hash_name in ("SHA384", "SHA512", *WEAK):
            keys[name].sign(hash_name)
    short = keys["good"].sign(extra=("--default-sig-expire", "30d"))
    made = {s[0]: keys[s[0]].sign_package() for s in STATES}
    for when in WHEN:
        made[when] = keys["good"].sign_package(when=when)
    made.update({late: keys[late.split()[0]].sign_package(when="after it was revoked")
                 for late in LATE})
    for hash_name in ("SHA512", "SHA1", "MD5"):
        made[hash_name] = keys["good"].sign_package(hash_name)
    stages = {"prolonged": stage("prolonged", ENDS, "2030-01-01"), "shortened": stage("shortened", "2030-01-01", ENDS)}
    change(keys)
    states_and_times(keys)
    hashes(keys)
    clocks(keys)
    packages(made)
    if os.environ.get("KSIG_OTHER_RPM"):
        other_rpm(os.environ["KSIG_OTHER_RPM"], made)
    certificates()
    signatures_that_end(keys, short)
    spellings(keys)
    files(keys)
    prolonged(stages)
    hands(keys)
    subprocess.run(["gpgconf", "--homedir", HOME, "--kill", "all"], check=False)
    tap.done()


main()
