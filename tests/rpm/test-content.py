#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a publication says of what it takes, keeps what it was not told about, and refuses before it is signed: modules inside
of packages and files, advisories, groups, packages of modular repositories, dates of signatures, keys that were left out.

usage: test-content.py KSIG        TAP on standard output
"""
import base64
import glob
import gzip
import hashlib
import json
import os
import shutil
import struct
import subprocess

from repolib import KSIG, Key, build, need, run, scratch, tap

need("gpg", "rpmbuild", "rpmsign", "zstd", "xz", "openssl", "modinfo")
TOP = scratch()
key = Key(TOP, "sig")
PEM, CERTIFICATE = f"{TOP}/module.pem", f"{TOP}/module.crt"
run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=ksig test", "-keyout", PEM,
    "-out", CERTIFICATE)
MODULE = b"\x7fELF" + bytes(range(256)) * 64
TRAILER = b"~Module signature appended~\n"
TRAILED = MODULE + b"x" * 8 + bytes(2) + b"\x02" + bytes(8) + b"\x08" + TRAILER


def publish(root, *argv):
    return run(KSIG, "--workspace", f"{TOP}/no-workspace", "repo", "publish", "--to", root, f"--keys={key.public}", "--sign-with",
               key.fingerprint, "--gpg-home", key.home, *argv, check=False)


def signed(*packages):
    key.sign(*packages)
    return packages


def ok(done, status, says, name):
    tap.ok(done.returncode == status and says in done.stdout, name, f"{done.returncode} {done.stdout}")


def metadata(root, kind):
    found = [path for path in glob.glob(f"{root}/testing/9/x86_64/repodata/*{kind}*") if "asc" not in path]
    newest = max(found, key=os.path.getmtime) if found else None
    if not newest:
        return ""
    with (gzip.open if newest.endswith("gz") else open)(newest, "rt", encoding="utf-8") as file:
        return file.read()


def sign(folder, *more):
    return run(KSIG, "sign", "--from", folder, "--to", f"{folder}-to", "--sign-with", key.fingerprint, "--gpg-home", key.home,
               "--module-key", PEM, "--module-certificate", CERTIFICATE, *more, check=False)


def packed_modules():
    packers = {"xz": ("xz", "-kc"), "zst": ("zstd", "-qkc"), "gz": ("gzip", "-kc")}
    readers = {"xz": ("xz", "-dc"), "zst": ("zstd", "-dqc"), "gz": ("gzip", "-dc")}
    for end, packer in packers.items():
        folder = f"{TOP}/m-{end}"
        os.mkdir(folder)
        with open(f"{folder}/plain", "wb") as file:
            file.write(MODULE)
        run("sh", "-c", f'{" ".join(packer)} "$1" > "$2"', "-", f"{folder}/plain", f"{folder}/a.ko.{end}")
        os.unlink(f"{folder}/plain")
        done = sign(folder)
        opened = f"{folder}.opened"
        run("sh", "-c", f'{" ".join(readers[end])} "$1" > "$2"', "-", f"{folder}-to/a.ko.{end}", opened, check=False)
        with open(opened, "rb") as file:
            inside = file.read()
        tap.ok(done.returncode == 0 and inside.startswith(MODULE) and inside.endswith(TRAILER),
               f"a module compressed as {end} is signed inside", done.stdout)
        tap.ok(not os.path.exists(f"{folder}-to/a.ko.{end}.asc"), f"and not beside ({end})")
        again = sign(folder)
        tap.ok(again.returncode == 0 and "a.ko" not in again.stdout, f"and once ({end})", again.stdout)
    listed = run("xz", "--robot", "--list", f"{TOP}/m-xz-to/a.ko.xz").stdout
    tap.ok("CRC32" in listed, "xz has the check that the kernel's decoder knows", listed)
    for name, data, says in (("a.ko.bz2", b"BZh9", "no kernel opens"), ("b.ko.xz", b"packed", "b.ko.xz"),
                             ("b.KO.XZ", b"", "no kernel opens"), ("a.ko.lz4", b"", "no kernel opens"),
                             ("a.ko.lzma", b"", "no kernel opens"), ("a.ko", b"", "no module in it"), ("e.ko", b"text", "no module in it"),
                             ("c.ko.gz", gzip.compress(b"not a module"), "no module in it"),
                             ("d.ko.gz", gzip.compress(b"\x7fELF" + bytes((256 << 20) + 1)), "d.ko.gz")):
        folder = f"{TOP}/bad-{name}"
        os.mkdir(folder)
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)
        done = sign(folder)
        tap.ok(done.returncode in (3, 4) and says in done.stdout and not os.path.exists(f"{folder}-to/{name}"),
               f"{name} is refused", done.stdout)


def with_file(name, path, data, version="1", defines=()):
    """A package that carries DATA at PATH, behind a file that is none."""
    source = f"{TOP}/source-{name}"
    with open(source, "wb") as file:
        file.write(data)
    spec = f"{TOP}/{name}.spec"
    with open(spec, "w", encoding="utf-8") as file:
        file.write(f"Name: {name}\nVersion: {version}\nRelease: 1.el9\nSummary: s\nLicense: GPL-2.0-only\n%description\nd\n"
                   f"%install\ninstall -D -m 644 {source} %{{buildroot}}{path}\ntouch %{{buildroot}}/.{name}\n%files\n/.{name}\n{path}\n")
    run("rpmbuild", "-bb", "--define", f"_topdir {TOP}/top-{name}-{version}", "--define", "debug_package %{nil}", "--define",
        "__os_install_post %{nil}", "--define", "_build_id_links none", *(word for define in defines for word in ("--define", define)),
        "--target", "x86_64", spec)
    return glob.glob(f"{TOP}/top-{name}-{version}/RPMS/*/*.rpm")[0]


def with_payload(path, edit):
    """The package PATH, whose payload is not compressed, with EDIT's of the same length, and all digests made anew."""
    with open(path, "rb") as file:
        data = file.read()
    header = data.index(b"\x8e\xad\xe8\x01", 100)
    index, store = struct.unpack(">II", data[header + 8:header + 16])
    end = header + 16 + 16 * index + store
    before, old, new = data[header:end], data[end:], edit(data[end:])
    assert len(old) == len(new)
    after = before.replace(*(hashlib.sha256(payload).hexdigest().encode() for payload in (old, new)))
    front = data[:header].replace(hashlib.md5(before + old).digest(), hashlib.md5(after + new).digest())
    for kind in (hashlib.sha1, hashlib.sha256):
        front = front.replace(*(kind(text).hexdigest().encode() for text in (before, after)))
    with open(path, "wb") as file:
        file.write(front + after + new)


def damaged_payload():
    """What stands behind the damage nobody has seen: it is not taken for the end."""
    package = with_file("kmod-cut", "/lib/modules/1/extra/a.ko", MODULE, defines=("_binary_payload w.ufdio", "_rpmformat 4"))

    def cut(payload):
        at = payload.rindex(b"070701", 0, payload.index(b"a.ko\0"))
        return payload[:at] + bytes(len(payload) - at)

    with_payload(package, cut)
    signed(package)
    tap.ok(run("rpmkeys", "--checksig", "--nosignature", package, check=False).returncode == 0, "its digests are good")
    done = publish(f"{TOP}/damaged", package)
    tap.ok(done.returncode == 3 and package in done.stdout, "a payload that is damaged is refused", done.stdout)
    tap.ok(not os.path.exists(f"{TOP}/damaged/testing"), "and nothing is published of it")


def unsigned_modules():
    path = "/lib/modules/1/extra/a.ko"
    bare, = signed(with_file("kmod-bare", path, MODULE))
    kernel, = signed(build(TOP, "kernel-core", tags="Provides: installonlypkg(kernel)\nProvides: kernel(a) = 0x1")[0])
    done = publish(f"{TOP}/unsigned", bare)
    ok(done, 0, f"unsigned module: kmod-bare-1-1.el9.x86_64: .{path}", "an unsigned module is told")
    done = publish(f"{TOP}/unsigned-json", "--format=json", bare)
    rows = json.loads(done.stdout[done.stdout.index("["):done.stdout.rindex("]") + 1])
    tap.ok([(row["change"], row["package"]) for row in rows][1:] == [("unsigned module", "kmod-bare-1-1.el9.x86_64")],
           "in JSON as well", done.stdout)
    ok(publish(f"{TOP}/strict", "--strict", bare), 1, "unsigned module: kmod-bare", "and refused with --strict")
    tap.ok(not os.path.exists(f"{TOP}/strict/testing"), "then nothing is published")
    for number, (end, packer) in enumerate(((".ko.lzma", "xz --format=lzma -c"), (".ko.bz2", "bzip2 -c"), (".KO", "cat"), (".ko.XZ", "xz -c"))):
        data = subprocess.run(packer.split(), input=MODULE, capture_output=True, check=True).stdout
        odd, = signed(with_file(f"kmod-odd{number}", f"/lib/modules/1/extra/b{end}", data))
        ok(publish(f"{TOP}/strict", "--strict", odd), 1, f"unsigned module: kmod-odd{number}", f"an unsigned b{end}")
    good, = signed(with_file("kmod-good", path, TRAILED))
    done = publish(f"{TOP}/strict", "--strict", good)
    tap.ok(done.returncode == 0 and "unsigned" not in done.stdout, "a signed one is neither told nor refused", done.stdout)
    root = f"{TOP}/judged"
    publish(root, kernel, good)
    newer, = signed(build(TOP, "kernel-core", "2", tags="Provides: installonlypkg(kernel)\nProvides: kernel(a) = 0x2")[0])
    if "kmod" not in tap.left_out(KSIG):
        ok(publish(root, "--strict", newer), 0, "not judged: kmod-good-1-1.el9.x86_64: ",
           "what the gate cannot judge of what is there is told, strict or not")
    other, = signed(with_file("kmod-good", path, TRAILED, version="2"))
    ok(publish(root, "--strict", other), 1, "not judged: kmod-good-2-1", "what comes and cannot be judged is refused with --strict")
    ok(publish(root, other), 0, "not judged: kmod-good-2-1", "and told without")


def advisory(name, *patterns):
    path = f"{TOP}/{name}.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"id": name, "title": "t", "type": "security", "severity": "low", "issued": "2026-01-01",
                   "description": "d", "packages": patterns}, file)
    return f"--advisory={path}"


def advisories():
    root = f"{TOP}/advisories"
    kernel = build(TOP, "kernel-lt", tags="Provides: installonlypkg(kernel)")[0]
    image = with_file("vendor-core", "/boot/vmlinuz-1", b"MZ")
    module = build(TOP, "kmod-x")[0]
    signed(kernel, image, module)
    for extra in ((), ("--dry-run",)):
        ok(publish(root, advisory("A-0", "kernel-lt-2-*"), *extra, kernel, module), 1, "A-0: no package here is kernel-lt-2-*",
           f"an advisory that matches nothing {extra}")
    ok(publish(root, advisory("A-1", "kernel-lt-*", "vendor-core-*", "kmod-x-*"), kernel, image, module), 0, "", "one that does")
    text = metadata(root, "updateinfo")
    reboot = {part.split('"')[1]: "reboot_suggested" in part for part in text.split("<package ")[1:]
              for part in [part[part.index("name="):]]}
    tap.ok(reboot == {"kernel-lt": True, "vendor-core": True, "kmod-x": False}, "a kernel asks for a reboot, a module does not",
           str(reboot))


def groups():
    root, package = f"{TOP}/groups", signed(build(TOP, "kmod-g")[0])[0]
    good, bad = f"{TOP}/good.xml", f"{TOP}/bad.xml"
    for path, text in ((good, "<comps><group><id>x</id><name>first</name></group></comps>"), (bad, "<comps><group>")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    ok(publish(root, "--dry-run", "--comps", bad, package), 3, "comps.xml", "a dry run finds groups that nobody can read")
    tap.ok(not os.path.exists(f"{root}/testing") and not glob.glob(f"{root}/generations/*"), "and leaves nothing")
    publish(root, package)
    ok(publish(root, "--comps", good, package), 0, "testing-000002", "groups alone are a change")
    ok(publish(root, "--comps", good, package), 0, "nothing to do", "and once")
    publish(root, signed(build(TOP, "kmod-h")[0])[0])
    tap.ok("first" in metadata(root, "comps"), "groups that nobody mentions stay")
    publish(root, "--promote=testing", "--channel=release")
    tap.ok(glob.glob(f"{root}/release/9/x86_64/repodata/*comps.xml"), "and go along to another channel")


def modular():
    label = signed(build(TOP, "kmod-m", tags="ModularityLabel: kmods:9:1:2")[0])[0]
    ok(publish(f"{TOP}/modular", label), 3, "of module kmods:9:1:2", "a package of a module is refused")
    folder = f"{TOP}/modular-source"
    os.makedirs(f"{folder}/repodata")
    shutil.copy(signed(build(TOP, "kmod-n")[0])[0], folder)
    with open(f"{folder}/repodata/0a-modules.yaml.gz", "wb") as file:
        file.write(gzip.compress(b"document: modulemd\n"))
    ok(publish(f"{TOP}/modular", folder), 3, "repositories of modules", "modules.yaml beside packages is never dropped")


def dates():
    root, late = f"{TOP}/dates", Key(TOP, "late")
    with open(f"{late.home}/gpg.conf", "w", encoding="ascii") as file:
        file.write("faked-system-time 20990101T000000\n")
    package = build(TOP, "kmod-late")[0]
    late.sign(package)
    done = run(KSIG, "repo", "publish", "--to", root, f"--keys={late.public}", package, check=False)
    ok(done, 1, "signed on 2099-01-01", "a package signed in the future is refused")
    tap.ok("but the clock here says" in done.stdout, "with what the clock says", done.stdout)
    run(KSIG, "trust", "--folder", f"{TOP}/late-policy", "add", "late", late.public, "--role=kernel", "--provider=p")
    done = run(KSIG, "repo", "publish", "--to", root, f"--policy={TOP}/late-policy", package, check=False)
    ok(done, 1, "signed by key late: signed on 2099-01-01", "by a policy as well")


def keys():
    for name, packet in (("version 6", b"\xc6\x0a\x06" + bytes(9)),):
        path, folder = f"{TOP}/two.gpg", f"{TOP}/policy"
        with open(path, "wb") as file:
            file.write(run_binary("gpg", "--batch", "--export", env=key.env) + packet)
        done = run(KSIG, "trust", "--folder", folder, "add", "sig", path, "--role=kernel", "--provider=p", check=False)
        ok(done, 0, f"an OpenPGP key of {name} is left out", f"a key of {name} is left out with a word: trust add")
        ok(run(KSIG, "trust", "--folder", folder, "list", check=False), 0, "is left out", "trust list")
        done = run(KSIG, "repo", "publish", "--to", f"{TOP}/two", "--keys", path, signed(build(TOP, "kmod-two")[0])[0], check=False)
        ok(done, 0, "is left out", "repo publish --keys")
    der = f"{TOP}/module.der"
    run("openssl", "x509", "-in", CERTIFICATE, "-outform", "DER", "-out", der)
    for twice in ("a certificate in DER is stored as what its name says", "and the same one again is no other key"):
        done = run(KSIG, "trust", "--folder", folder, "add", "mod", der, "--role=module", "--provider=p", check=False)
        with open(f"{folder}/keys/mod.pem", "rb") as file:
            tap.ok(done.returncode == 0 and file.read().startswith(b"-----BEGIN CERTIFICATE-----"), twice, done.stdout)
    with open(CERTIFICATE, encoding="ascii") as file:
        body = "".join(line for line in file.read().splitlines() if "-----" not in line)
    with open(f"{folder}/keys/mod.pem", encoding="ascii") as file:
        kept = "".join(line for line in file.read().splitlines() if "-----" not in line)
    tap.ok(base64.b64decode(body) == base64.b64decode(kept), "and is the same certificate")


def run_binary(*argv, env):

    return subprocess.run(argv, stdout=subprocess.PIPE, check=True, env={**os.environ, **env}).stdout


packed_modules()
unsigned_modules()
damaged_payload()
advisories()
groups()
modular()
dates()
keys()
tap.done()
