# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod link on made systems: a row a system; modules are small ELF files that want kmalloc at one CRC."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402
from tap import need, ok  # noqa: E402

KSIG, WRITER = sys.argv[1:3]
GOOD, CHANGED = "0x22222222", "0x99999999"
need("depmod")

samples = tempfile.mkdtemp(prefix="ksig-link-")
subprocess.run([WRITER, samples], check=True)


def system(kernels, builds, links=()):
    """KERNELS: release -> CRC of kmalloc, None for a kernel that was removed. BUILDS: releases with extra/isci."""
    root = tempfile.mkdtemp(prefix="ksig-link-")
    for release, crc in kernels.items():
        folder = f"{root}/lib/modules/{release}"
        os.makedirs(folder)
        if crc is None:
            continue
        with open(f"{folder}/Module.symvers", "w", encoding="ascii") as out:
            out.write(f"0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n{crc}\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n")
        for name in ("modules.order", "modules.builtin"):
            open(f"{folder}/{name}", "w", encoding="ascii").close()
    for release in builds:
        os.makedirs(f"{root}/lib/modules/{release}/extra/isci")
        shutil.copy(f"{samples}/versions.ko", f"{root}/lib/modules/{release}/extra/isci/isci.ko")
    for release, target in links:
        os.makedirs(f"{root}/lib/modules/{release}/weak-updates/isci")
        os.symlink(f"/lib/modules/{target}/extra/isci/isci.ko", f"{root}/lib/modules/{release}/weak-updates/isci/isci.ko")
    return root


def links_of(root):
    found = {}
    for release in sorted(os.listdir(f"{root}/lib/modules")):
        path = f"{root}/lib/modules/{release}/weak-updates/isci/isci.ko"
        if os.path.islink(path):
            found[release] = os.readlink(path).split("/")[3]
    return found


# name, kernels, builds, links before, links after
ROWS = [
    ("onto a newer kernel", {"5.14.0-1": GOOD, "5.14.0-2": GOOD}, ["5.14.0-1"], [], {"5.14.0-2": "5.14.0-1"}),
    ("three kernels, the middle one changed", {"5.14.0-1": GOOD, "5.14.0-2": CHANGED, "5.14.0-3": GOOD}, ["5.14.0-1"], [],
     {"5.14.0-3": "5.14.0-1"}),
    ("not newer onto older without its symbols", {"5.14.0-1": CHANGED, "5.14.0-2": GOOD}, ["5.14.0-2"], [], {}),
    ("a wrong link to an older kernel goes", {"5.14.0-1": CHANGED, "5.14.0-2": GOOD}, ["5.14.0-2"],
     [("5.14.0-1", "5.14.0-2")], {}),
    ("a dangling link goes", {"5.14.0-1": GOOD}, [], [("5.14.0-1", "5.14.0-0")], {}),
    ("built for a kernel that was removed", {"5.14.0-1": None, "5.14.0-2": GOOD}, ["5.14.0-1"], [],
     {"5.14.0-2": "5.14.0-1"}),
    ("links of a kernel that was removed go", {"5.14.0-1": None, "5.14.0-2": GOOD}, ["5.14.0-2"],
     [("5.14.0-1", "5.14.0-2")], {}),
    ("its own build comes first", {"5.14.0-1": GOOD, "5.14.0-2": GOOD}, ["5.14.0-1", "5.14.0-2"],
     [("5.14.0-2", "5.14.0-1")], {}),
    ("the newest build of an older kernel", {"5.14.0-9": GOOD, "5.14.0-10": GOOD, "5.14.0-11": GOOD},
     ["5.14.0-9", "5.14.0-10"], [], {"5.14.0-11": "5.14.0-10"}),
    ("a right link stays", {"5.14.0-1": GOOD, "5.14.0-2": GOOD}, ["5.14.0-1"], [("5.14.0-2", "5.14.0-1")],
     {"5.14.0-2": "5.14.0-1"}),
]


def link(root, *more):
    return subprocess.run([KSIG, "kmod", "link", "--root", root, "--format", "json", *more], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=60)


for row, kernels, builds, before, after in ROWS:
    tree = system(kernels, builds, before)
    present = links_of(tree)
    dry = link(tree, "--dry-run")
    ok(dry.returncode == 0 and links_of(tree) == present, f"{row}: a dry run changes nothing", dry.stderr)
    done = link(tree)
    ok(done.returncode == 0 and links_of(tree) == after, row, f"{links_of(tree)}\n{done.stdout}{done.stderr}")
    again = json.loads(link(tree).stdout or "[]")
    ok(all(line["action"] == "keep" for line in again), f"{row}: a second run finds nothing to do", again)
    if after and present != after:
        with open(f"{tree}/lib/modules/{list(after)[0]}/modules.dep", encoding="ascii") as text:
            listed = text.read()
        ok("weak-updates/isci/isci.ko" in listed, f"{row}: depmod has it", listed)
    shutil.rmtree(tree)
shutil.rmtree(samples)
tap.done()
