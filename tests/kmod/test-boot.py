# SPDX-License-Identifier: GPL-2.0-or-later
"""
Prediction against truth: isci, wireguard and mlx4 built by ksig for one Debian kernel, then loaded into real kernels
of other revisions and flavours in QEMU. Every pair of module and kernel has to do what 'ksig kmod check' said.
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import debian  # noqa: E402
import guest  # noqa: E402
import tap  # noqa: E402
from tap import need, ok, skip_all  # noqa: E402

KSIG, RECIPES = sys.argv[1:3]
BOOTS_MAX = 3  # on a machine that is busy an emulated timer may come too late for a kernel
MODULES = ["isci", "wireguard", "mlx4_core", "mlx4_en"]
need("rpmbuild", "qemu-system-x86_64", "cpio", "depmod", "modprobe", "busybox", "gcc-12", "rpm2cpio")
top = tempfile.mkdtemp(prefix="ksig-boot-")


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          errors="replace", env={**os.environ, "KSIG_RECIPES": RECIPES}, **more)


def build(release):
    """The modules, built and packaged for RELEASE, unpacked from the packages; a folder."""
    folder = debian.headers(release)
    for recipe in ("isci", "wireguard", "mlx4"):
        done = run(KSIG, "kmod", "build", recipe, "-k", folder, "-s", debian.source(), "-o", f"{debian.CACHE}/built")
        ok(done.returncode == 0, f"{recipe} builds for {release}", done.stderr)
    word = release.replace("-", "_")
    for package in glob.glob(f"{debian.CACHE}/built/kmod-*{word}.x86_64.rpm"):
        subprocess.run(f"rpm2cpio '{package}' | cpio -idm --quiet", shell=True, cwd=top, check=True)
    return f"{top}/lib/modules/{release}/extra"


INIT = """#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
for file in $(cat /before); do insmod $file; done
for name in {modules}; do
	if insmod /ours/$name.ko; then echo "VERDICT $name loads"; else echo "VERDICT $name refuses"; fi
done
poweroff -f
"""


def boot(release, modules):
    """{module: "loads" or "refuses"} as the kernel RELEASE has it, and the console."""
    tree = f"{top}/initrd-{release}"
    for folder in ("proc", "sys", "ours", "before.d"):
        os.makedirs(f"{tree}/{folder}")
    guest.busybox(tree, ("sh", "mount", "insmod", "cat", "echo", "poweroff"))
    depends = []
    for name in MODULES:
        shutil.copy(modules[name], f"{tree}/ours/{name}.ko")
        told = run("modinfo", "-F", "depends", modules[name]).stdout.strip().split(",")
        depends += [d for d in told if d and d not in MODULES]
    paths = []
    for number, file in enumerate(guest.modules(debian.ROOT, release, depends)):
        shutil.copy(file, f"{tree}/before.d/{number:03}.ko")
        paths.append(f"/before.d/{number:03}.ko")
    with open(f"{tree}/before", "w", encoding="ascii") as out:
        out.write("\n".join(paths) + "\n")
    guest.script(f"{tree}/init", INIT.format(modules=" ".join(MODULES)))
    initrd = f"{top}/{release}.cpio"
    guest.cpio(tree, initrd)
    console = guest.boot(guest.qemu(f"{debian.ROOT}/boot/vmlinuz-{release}", initrd, "rdinit=/init", memory="1024M"), 300)
    shutil.rmtree(tree)
    # The firmware's escapes may stand before the first of them on its line.
    verdicts = dict(re.findall(r"VERDICT (\S+) (loads|refuses)", console))
    return verdicts, console


releases = debian.newest(debian.listed(debian.SERIES_6_1), 5)
if len(releases) < 3:
    skip_all(f"the archive serves fewer than three 6.1 kernels whole: {releases}")
newest = releases[-1]
flavours = debian.newest([newest.replace("-amd64", "-rt-amd64"), newest.replace("-amd64", "-cloud-amd64")], 2)
other = debian.newest(debian.listed(r"^linux-headers-6\.12\.[0-9]+\+deb12-amd64$"))
extra = build(newest)
ours = {os.path.basename(path)[:-3]: path for path in glob.glob(f"{extra}/*/*.ko")}
ok(all(name in ours for name in MODULES), "all modules came out", sorted(ours))
seen = {"loads": 0, "refuses": 0}
for release in releases + flavours + other:
    debian.unpack(f"linux-image-{release}")
    header = debian.download(f"linux-headers-{release}")
    done = run(KSIG, "kmod", "check", "--format", "json", "-k", header, *[ours[name] for name in MODULES])
    told = {line["module"]: "refuses" if line["verdict"] == "refuses" else "loads" for line in json.loads(done.stdout)}
    for attempt in range(BOOTS_MAX):
        truth, console = boot(release, ours)
        if truth:
            break
        print(f"# {release}: boot {attempt + 1} did not get to user space")
    for name in MODULES:
        ok(truth.get(name) == told.get(name), f"{release}: {name} {told.get(name)}", f"truth: {truth.get(name)}\n{console}")
        seen[told.get(name)] += 1
ok(seen["loads"] >= 4 and seen["refuses"] >= 4 and sum(seen.values()) >= 20, f"pairs: {seen}")
shutil.rmtree(top)
tap.done()
