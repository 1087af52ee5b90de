#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
test-real.py KSIG RECIPES CLIENT: one repository with what a SIG has, all of it real: a longterm kernel as `ksig kernel
build` publishes it, a module built for it, a live patch for Debian's kernel with that kernel. Signed, published under a
policy, and installed by dnf over HTTP with the signatures of packages and metadata enforced.

The kernel is what tests/kernel/test_real.py left in the cache, which `make check-full` runs before this: packages, and source.tar.xz.
"""
import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "kmod"))
from repolib import KSIG, Key, Server, need, program, run, scratch, tap
import debian  # noqa: E402
from tap import skip_all  # noqa: E402

RECIPES, CLIENT = sys.argv[2:4]
LIVE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live", "data")
BUILT = f"{debian.CACHE}/kernel-lt"
SOURCE = f"{BUILT}/source.tar.xz"
DEBIAN = "6.1.0-54-amd64"  # what the live patch among the test data is for
need("rpmbuild", "rpmsign", "gpg", "dnf", "busybox", "make", "gcc")
if os.geteuid() != 0:
    skip_all("packages are installed into a root as root only")
if not os.path.exists(SOURCE):
    skip_all(f"{BUILT}: no longterm kernel there: the test test_real did not leave one")
tmp = scratch()
keys = {name: Key(tmp, name) for name in ("kernels", "lives", "metadata")}
policy, root, packages = (os.path.join(tmp, name) for name in ("policy", "root", "packages"))
for folder in (root, packages):
    os.mkdir(folder)
server = Server(root)

STANDIN = """Name: {name}
Version: {version}
Release: 1.el9
Summary: of another distribution, or as little as scriptlets need
License: GPL-2.0-only
AutoReqProv: no
{tags}
%global __os_install_post %{{nil}}
%description
.
%install
cp -a {tree}/. %{{buildroot}}/
%files
/*
"""


def standin(name, version, tags, tree):
    spec = os.path.join(tmp, f"{name}.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(STANDIN.format(name=name, version=version, tags=tags, tree=tree))
    run("rpmbuild", "-bb", "--define", f"_topdir {tmp}/top", "--define", "debug_package %{nil}", "--define",
        "_build_id_links none", "--define", f"_rpmdir {packages}", spec)


def kernels():
    """The longterm kernel's packages, and Debian's kernel image as a package."""
    for path in glob.glob(f"{BUILT}/*.rpm"):
        shutil.copy(path, packages)
    debian.unpack(f"linux-image-{DEBIAN}")
    tree = f"{tmp}/debian/lib/modules/{DEBIAN}"
    os.makedirs(tree)
    shutil.copy(f"{debian.ROOT}/boot/vmlinuz-{DEBIAN}", f"{tree}/vmlinuz")
    standin("kernel-core", "6.1.190", "Provides: installonlypkg(kernel)", f"{tmp}/debian")
    machine()


def machine():
    """What the packages' scriptlets call: busybox's tools, and kernel-install and weak-modules that do nothing."""
    tree = f"{tmp}/tools"
    program(tree, "usr/bin/ksig-live", CLIENT)
    os.makedirs(f"{tree}/usr/sbin")
    for name in ("bin", "sbin"):
        os.symlink(f"usr/{name}", f"{tree}/{name}")
    shutil.copy(shutil.which("busybox"), f"{tree}/usr/bin/busybox")
    for applet in ("sh", "uname", "cat", "cp", "mkdir", "rm", "ls", "grep", "sed", "find", "sort", "chmod", "mktemp", "true"):
        os.symlink("busybox", f"{tree}/usr/bin/{applet}")
    os.symlink("../bin/busybox", f"{tree}/usr/sbin/depmod")
    for path in ("usr/bin/kernel-install", "usr/sbin/weak-modules"):
        os.symlink("/usr/bin/true", f"{tree}/{path}")
    provided = ("/bin/sh", "coreutils", "systemd = 252", "dracut = 59")
    standin("ksig-live", "0.1.0", "\n".join(f"Provides: {name}" for name in provided), tree)


def module():
    """isci, for the longterm kernel, by its devel package."""
    devel, = glob.glob(f"{BUILT}/kernel-lt-devel-[0-9]*.rpm")
    os.mkdir(f"{tmp}/devel")
    subprocess.run(f"rpm2cpio '{devel}' | cpio -idm --quiet", shell=True, cwd=f"{tmp}/devel", check=True)
    headers = glob.glob(f"{tmp}/devel/usr/src/kernels/*")[0]
    done = run(KSIG, "kmod", "build", "isci", "-k", headers, "-s", SOURCE, "-o", packages, env={"KSIG_RECIPES": RECIPES},
               check=False, timeout=3000)
    tap.ok(done.returncode == 0, "isci builds for the longterm kernel", done.stdout)
    return glob.glob(f"{packages}/kmod-isci-*.x86_64.rpm")


def live_patch():
    """do_fcntl of Debian's kernel, as its makers built it."""
    key = keys["lives"]
    run(KSIG, "live", "manifest", "--provider=kmods", "--revision=1", "--expires=2099-01-01", f"--key={key.fingerprint}",
        f"--home={key.home}", "--build-id=887cd47f03581c5baf735611814b0308637cd7f2", f"--release={DEBIAN}",
        "--cve=CVE-2026-0001", f"--patch={LIVE}/patches/fs_fcntl.patch", f"--output={tmp}/folders", f"{LIVE}/lp_fcntl.ko")
    done = run(KSIG, "live", "package", f"--output={packages}", "--dist=.el9", "--untested=I publish what was not tested", *glob.glob(f"{tmp}/folders/*"))
    tap.ok(glob.glob(f"{packages}/kpatch-patch-*.rpm"), "the live patch is packed", done.stdout)


def sign():
    for path in glob.glob(f"{packages}/**/*.rpm", recursive=True):
        keys["lives" if "kpatch-patch" in path else "kernels"].sign(path)
    for role, key, provider in (("kernel", "kernels", "sig"), ("livepatch", "lives", "kmods")):
        run(KSIG, "trust", "add", "--folder", policy, key, keys[key].public, f"--role={role}", f"--provider={provider}")


def publish(*arguments, check=True):
    public = [word for key in keys.values() for word in ("--keys", key.public)]
    return run(KSIG, "--workspace", f"{tmp}/ws", "repo", "publish", "--to", root, *public, "--policy", policy, "--sign-with",
               keys["metadata"].fingerprint, "--gpg-home", keys["metadata"].home, "--base-url", server.url, "--advise",
               "--untested", "I publish what was not tested", *arguments, check=check)


def dnf(*arguments):
    home = f"{tmp}/dnf"
    os.makedirs(f"{home}/repos", exist_ok=True)
    shutil.copy(f"{root}/testing/9/ksig-testing.repo", f"{home}/repos")
    with open(f"{home}/dnf.conf", "w", encoding="utf-8") as conf:
        conf.write(f"[main]\nreposdir={home}/repos\ncachedir={home}/cache\npersistdir={home}/persist\nlogdir={home}\n"
                   "plugins=0\nretries=1\ntimeout=10\nlocalpkg_gpgcheck=1\n")
    return run("dnf", "-y", "--refresh", "-c", f"{home}/dnf.conf", f"--installroot={home}/root", "--releasever=9", "--forcearch=x86_64",
               "--setopt=install_weak_deps=0", *arguments, check=False)


def main():
    kernels()
    modules = module()
    live_patch()
    sign()
    done = publish(packages)
    tap.ok("testing-000001" in done.stdout, "one publication under the policy", done.stdout)
    with open(f"{root}/testing/9/ksig-testing.repo", encoding="utf-8") as file:
        text = file.read()
    tap.ok("\ngpgcheck=1" in text and "repo_gpgcheck=1" in text and "gpgcheck=0" not in text, "the .repo file enforces", text)
    done = dnf("install", "ksig-live", "kernel-core", "kernel-lt", "kmod-isci", "kpatch-patch-6_1_0-54")
    tap.ok(done.returncode == 0, "dnf installs kernel, module and live patch", done.stdout)
    tap.ok(all(key.fingerprint[-8:].lower() in done.stdout.lower() for key in keys.values()), "with the keys of all three signers",
           done.stdout)
    listed = run("rpm", "--root", f"{tmp}/dnf/root", "-qa", "--qf", "%{name} %{rsaheader:pgpsig}\n", check=False).stdout
    wanted = {"kernel-lt-core": "kernels", "kernel-lt-modules": "kernels", "kmod-isci": "kernels", "kpatch-patch-6_1_0-54": "lives"}
    for name, key in wanted.items():
        line = next((line for line in listed.splitlines() if line.split()[0] == name), "")
        tap.ok(keys[key].fingerprint[-16:].lower() in line.lower(), f"{name} is there, signed by who may", listed)
    found = glob.glob(f"{tmp}/dnf/root/lib/modules/*.el9.x86_64/extra/isci/isci.ko")
    tap.ok(found, "the module is there", listed)
    release = found[0].split("/")[-4] if found else ""
    done = run("depmod", "-n", "-e", "-E", f"{BUILT}/Module.symvers", "-b", f"{tmp}/dnf/root", release, check=False)
    tap.ok("extra/isci/isci.ko" in done.stdout and "needs unknown symbol" not in done.stdout, "depmod is clean", done.stdout[-1000:])
    patch = f"{tmp}/dnf/root/usr/lib/ksig/live/kpatch-patch-6_1_0-54-1/module.ko"
    tap.ok(os.path.exists(patch) and open(patch, "rb").read() == open(f"{LIVE}/lp_fcntl.ko", "rb").read(),
           "the live patch is the one that was built", listed)
    done = dnf("updateinfo", "list", "--all", "--cve", "CVE-2026-0001")
    tap.ok("kpatch-patch-6_1_0-54" in done.stdout, "its advisory is found by the CVE", done.stdout)
    public = [word for key in keys.values() for word in ("--keys", key.public)]
    done = run(KSIG, "repo", "verify", *public, f"{server.url}/testing", check=False)
    tap.ok(done.returncode == 0, "ksig repo verify over HTTP", done.stdout)
    os.mkdir(f"{tmp}/wrong")
    shutil.copy(modules[0], f"{tmp}/wrong")
    keys["metadata"].sign(*glob.glob(f"{tmp}/wrong/*"))
    done = publish("--channel", "other", f"{tmp}/wrong", check=False)
    tap.ok(done.returncode == 1 and "metadata" not in os.listdir(root), "refused: a module signed by who may not", done.stdout)


try:
    main()
finally:
    server.stop()
    for one in keys.values():
        one.stop()
    shutil.rmtree(tmp)
tap.done()
