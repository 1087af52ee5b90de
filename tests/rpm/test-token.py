#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Signing by a key on a PKCS#11 token (SoftHSM): modules and kernels, the same bytes as by the same key on file; packages
by gpg-agent, which asks the token."""
import glob
import os
import shutil

from repolib import KSIG, Key, build, need, run, scratch, tap

need("softhsm2-util", "openssl", "gpg")
LIBRARY = next(iter(glob.glob("/usr/lib*/softhsm/libsofthsm2.so") + glob.glob("/usr/lib64/pkcs11/libsofthsm2.so")), None)
if not LIBRARY or "(pkcs11)" not in run("openssl", "engine", "pkcs11", check=False).stdout:
    print("1..0 # SKIP no SoftHSM library, or no engine pkcs11 of OpenSSL")
    raise SystemExit(0)
PIN = "71829364"
tmp = scratch()
key = Key(tmp, "good")
os.mkdir(os.path.join(tmp, "tokens"))
with open(os.path.join(tmp, "softhsm2.conf"), "w", encoding="utf-8") as file:
    file.write(f"directories.tokendir = {tmp}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
ENV = {"SOFTHSM2_CONF": os.path.join(tmp, "softhsm2.conf"), "PKCS11_MODULE_PATH": LIBRARY}
PEM, CERTIFICATE = os.path.join(tmp, "module.pem"), os.path.join(tmp, "module.crt")
run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=ksig test",
    "-keyout", PEM, "-out", CERTIFICATE)
run("softhsm2-util", "--init-token", "--free", "--label", "sig", "--pin", PIN, "--so-pin", PIN, env=ENV)
run("softhsm2-util", "--import", PEM, "--token", "sig", "--label", "modules", "--id", "01", "--pin", PIN, env=ENV)
pin_file = os.path.join(tmp, "pin")
with open(pin_file, "w", encoding="ascii") as file:
    file.write(PIN)
source = os.path.join(tmp, "from")
os.mkdir(source)
with open(os.path.join(source, "mlx4.ko"), "wb") as file:
    file.write(b"\x7fELF" + bytes(range(256)) * 64)


def sign(to, module_key, *more, folder=source):
    target = os.path.join(tmp, to)
    done = run(KSIG, "sign", "--from", folder, "--to", target, "--sign-with", key.fingerprint, "--gpg-home", key.home,
               "--module-key", module_key, "--module-certificate", CERTIFICATE, *more, check=False, env=ENV)
    return done, target


def content(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


done, by_file = sign("by-file", PEM)
tap.ok(done.returncode == 0, "by the key on file", done.stdout)
ROWS = [
    ("its PIN in the URI", f"pkcs11:token=sig;object=modules?pin-value={PIN}"),
    ("its PIN in a file", f"pkcs11:token=sig;object=modules?pin-source=file:{pin_file}"),
    ("the key by its number", f"pkcs11:token=sig;id=%01?pin-value={PIN}"),
]
for index, (name, uri) in enumerate(ROWS):
    done, target = sign(f"token{index}", uri)
    tap.ok(done.returncode == 0 and content(target, "mlx4.ko") == content(by_file, "mlx4.ko"),
           f"by the token, {name}: the same bytes", done.stdout)
# A built-in leak of the engine on its way out of a refusal is not what these rows are about.
ENV["ASAN_OPTIONS"] = "detect_leaks=0"
for name, uri in (("a wrong PIN", "pkcs11:token=sig;object=modules?pin-value=87654321"),
                  ("no PIN", "pkcs11:token=sig;object=modules"),
                  ("no such key", f"pkcs11:token=sig;object=kernels?pin-value={PIN}"),
                  ("no such token", f"pkcs11:token=gis;object=modules?pin-value={PIN}")):
    done, target = sign("refused", uri)
    tap.ok(done.returncode == 4 and "pkcs11:token=" in done.stdout and not os.path.exists(os.path.join(target, "mlx4.ko")),
           f"refused: {name}", done.stdout)
    tap.ok(PIN not in done.stdout and "87654321" not in done.stdout, f"refused: {name}: the PIN is not told", done.stdout)


def is_efi(path):
    """What a firmware starts; a kernel may be made without."""
    with open(path, "rb") as file:
        return file.read(2) == b"MZ"


images = glob.glob("/usr/lib/systemd/boot/efi/*.efi") + glob.glob("/boot/vmlinuz-*") + glob.glob("/usr/lib/modules/*/vmlinuz")
image = os.environ.get("KSIG_TEST_KERNEL") or next((path for path in images if is_efi(path)), None)
if not shutil.which("sbsign") or not image:
    tap.ok(True, "a kernel by the token # SKIP no sbsign, or no image to sign")
else:
    kernels = os.path.join(tmp, "kernels")
    os.mkdir(kernels)
    shutil.copy(image, os.path.join(kernels, "vmlinuz-test"))
    done, target = sign("kernels-signed", PEM, "--kernel-key", ROWS[0][1], "--kernel-certificate", CERTIFICATE, folder=kernels)
    checked = run("sbverify", "--cert", CERTIFICATE, os.path.join(target, "vmlinuz-test"), check=False)
    tap.ok(done.returncode == 0 and checked.returncode == 0, "a kernel by the token, sbverify accepts it",
           done.stdout + checked.stdout)

# OpenPGP: the agent's scdaemon is one that speaks PKCS#11; the key is made of what is on the token.
SCD = shutil.which("gnupg-pkcs11-scd")
if not SCD or not shutil.which("pkcs11-tool") or not shutil.which("rpmbuild"):
    tap.ok(True, "a package by the token # SKIP no gnupg-pkcs11-scd, pkcs11-tool or rpmbuild")
else:
    home = os.path.join(tmp, "gpg-token")
    os.mkdir(home, 0o700)
    der = os.path.join(tmp, "module.der")
    run("openssl", "x509", "-in", CERTIFICATE, "-outform", "DER", "-out", der)
    run("pkcs11-tool", "--module", LIBRARY, "--login", "--pin", PIN, "--write-object", der, "--type", "cert", "--id", "01",
        env=ENV)
    pinentry = os.path.join(tmp, "pinentry")
    for path, text in ((os.path.join(home, "gnupg-pkcs11-scd.conf"),
                        f"providers p1\nprovider-p1-library {LIBRARY}\npin-cache 600\n"),
                       (os.path.join(home, "gpg-agent.conf"), f"scdaemon-program {SCD}\npinentry-program {pinentry}\n"),
                       (pinentry, f"#!/bin/sh\necho OK\nwhile read -r word rest; do\n[ \"$word\" = GETPIN ] && echo 'D {PIN}'\n"
                                  "echo OK\n[ \"$word\" = BYE ] && exit\ndone\n")):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    os.chmod(pinentry, 0o755)
    gpg = {**ENV, "GNUPGHOME": home}
    learned = run("gpg-connect-agent", "scd learn --force", "/bye", env=gpg).stdout
    grip = next((line.split()[2] for line in learned.splitlines() if line.startswith("S KEYPAIRINFO")), "none")
    run("gpg", "--batch", "--card-status", env=gpg)  # tells the agent that the key is there
    recipe = os.path.join(tmp, "recipe")
    with open(recipe, "w", encoding="ascii") as file:
        file.write(f"%no-protection\nKey-Type: RSA\nKey-Grip: {grip}\nKey-Usage: sign\nName-Real: ksig token\n"
                   "Expire-Date: 0\n%commit\n")
    run("gpg", "--batch", "--gen-key", recipe, env=gpg)
    listing = run("gpg", "--list-keys", "--with-colons", env=gpg).stdout
    fingerprint = next(line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr"))
    public = os.path.join(tmp, "token.asc")
    run("gpg", "--armor", "--output", public, "--export", fingerprint, env=gpg)
    packages = os.path.join(tmp, "packages")
    os.mkdir(packages)
    shutil.copy(build(tmp, "kernel-lt", "6.12.9")[0], packages)
    target = os.path.join(tmp, "packages-signed")
    done = run(KSIG, "sign", "--from", packages, "--to", target, "--sign-with", fingerprint, "--gpg-home", home, check=False,
               env=ENV)
    tap.ok(done.returncode == 0, "a package by the token", done.stdout)
    run("rpmkeys", "--dbpath", os.path.join(tmp, "rpmdb"), "--import", public)
    done = run("rpmkeys", "--dbpath", os.path.join(tmp, "rpmdb"), "--checksig", *glob.glob(f"{target}/*.rpm"), check=False)
    tap.ok(done.returncode == 0 and "signatures OK" in done.stdout, "rpmkeys accepts it", done.stdout)
    done = run(KSIG, "sign", "--verify-log", os.path.join(target, "signing.log"), "--keys", public, check=False)
    tap.ok(done.returncode == 0, "and so does the log, whose head the token signed", done.stdout)
    run("gpgconf", "--kill", "all", env=gpg, check=False)
key.stop()
tap.done()
