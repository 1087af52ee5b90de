# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod link on made systems: a row a system; modules are small ELF files that want kmalloc at one CRC."""
import gzip
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import made  # noqa: E402
import tap  # noqa: E402
from tap import need, ok  # noqa: E402

KSIG, WRITER = sys.argv[1:3]
GOOD, CHANGED = "0x22222222", "0x99999999"
need("depmod", "gcc")

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
    ok(all(line["action"] in ("keep", "skip") for line in again), f"{row}: a second run finds nothing to do", again)
    if after and present != after:
        with open(f"{tree}/lib/modules/{list(after)[0]}/modules.dep", encoding="ascii") as text:
            listed = text.read()
        ok("weak-updates/isci/isci.ko" in listed, f"{row}: depmod has it", listed)
    shutil.rmtree(tree)

# ---- layouts: where packages, dkms and people put modules, links and lists of symbols -----------------------------------------
for name, imports, exports in (("core", {"kmalloc": 0x22222222}, {"core_add": 0x5}), ("user", {"core_add": 0x5}, {})):
    made.write(f"{samples}/{name}.c", made.module(name, "5.14.0-1", {"module_layout": 0x11111111, **imports}, exports))
    subprocess.run(["gcc", "-c", f"{samples}/{name}.c", "-o", f"{samples}/{name}.ko"], check=True)
# made.module() writes no depends=, which modpost does; the user needs it.
with open(f"{samples}/user.c", "a", encoding="ascii") as text:
    text.write('IN(".modinfo") static const char info_depends[] = "depends=core";\n')
subprocess.run(["gcc", "-c", f"{samples}/user.c", "-o", f"{samples}/user.ko"], check=True)
with open(f"{samples}/broken.ko", "wb") as out:
    out.write(b"\x7fELF cut short")
LIST = "0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n{}\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n"
A, B, C = "4.18.0-147.el8.x86_64", "4.18.0-147.5.1.el8_1.x86_64", "4.18.0-80.el8.x86_64"  # by age: C, A, B


def put_list(root, release, where, crc):
    text = LIST.format(crc).encode()
    path = {"modules": f"{root}/lib/modules/{release}/Module.symvers", "modules.gz": f"{root}/lib/modules/{release}/symvers.gz",
            "modules.xz": f"{root}/lib/modules/{release}/symvers.xz", "boot.gz": f"{root}/boot/symvers-{release}.gz",
            "boot.xz": f"{root}/boot/symvers-{release}.xz", "src": f"{root}/usr/src/kernels/{release}/Module.symvers"}[where]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    packed = gzip.compress(text) if path.endswith(".gz") else lzma.compress(text) if path.endswith(".xz") else text
    with open(path, "wb") as out:
        out.write(packed)


def layout(kernels, files, links):
    """KERNELS: release -> (where its list is, CRC), None: removed, False: no list. FILES: path -> sample. LINKS: path -> target."""
    root = tempfile.mkdtemp(prefix="ksig-link-")
    for release, symbols in kernels.items():
        os.makedirs(f"{root}/lib/modules/{release}")
        if symbols is None:
            continue
        for name in ("modules.order", "modules.builtin"):
            open(f"{root}/lib/modules/{release}/{name}", "w", encoding="ascii").close()
        if symbols:
            put_list(root, release, *symbols)
    for path, sample in files.items():
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        shutil.copy(f"{samples}/{sample}.ko", f"{root}/{path}")
    for path, target in links.items():
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        os.symlink(target, f"{root}/{path}")
    return root


def weak(root):
    """Every link of every weak-updates: path below lib/modules -> its text; a file that is no link: "file"."""
    found = {}
    for folder, _, names in os.walk(f"{root}/lib/modules"):
        for name in names:
            path = os.path.join(folder, name)
            if "/weak-updates/" in path:
                found[path[len(root) + 13:]] = os.readlink(path) if os.path.islink(path) else "file"
    return found


def M(release, path):
    return f"lib/modules/{release}/{path}"


BOTH = {A: ("modules", GOOD), B: ("modules", GOOD)}
V = "versions"
# name, kernels, files, links before, links after (path below lib/modules -> text), a word of the reasons
LAYOUTS = [
    ("a package's folder", BOTH, {M(A, "extra/acme/acme.ko"): V}, {}, {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"},
     "built for"),
    ("nested folders", BOTH, {M(A, "extra/acme/drivers/net/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/drivers/net/acme.ko": f"/{M(A, 'extra/acme/drivers/net/acme.ko')}"}, "built for"),
    ("flat, as dkms has it", BOTH, {M(A, "extra/acme.ko"): V}, {}, {f"{B}/weak-updates/acme.ko": f"/{M(A, 'extra/acme.ko')}"}, "built for"),
    ("a right nested link stays", BOTH, {M(A, "extra/acme/net/acme.ko"): V}, {M(B, "weak-updates/acme/net/acme.ko"): f"/{M(A, 'extra/acme/net/acme.ko')}"},
     {f"{B}/weak-updates/acme/net/acme.ko": f"/{M(A, 'extra/acme/net/acme.ko')}"}, "built for"),
    ("a link to updates stays", BOTH, {M(A, "updates/acme/acme.ko"): V}, {M(B, "weak-updates/acme/acme.ko"): f"/{M(A, 'updates/acme/acme.ko')}"},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'updates/acme/acme.ko')}"}, "built for"),
    ("updates alone is not offered", BOTH, {M(A, "updates/acme/acme.ko"): V}, {}, {}, ""),
    ("a kernel without a list keeps its link", {A: ("modules", GOOD), B: False}, {M(A, "extra/acme/acme.ko"): V},
     {M(B, "weak-updates/acme/acme.ko"): f"/{M(A, 'extra/acme/acme.ko')}"},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "no list of symbols"),
    ("a kernel without a list gets none", {A: ("modules", GOOD), B: False}, {M(A, "extra/acme/acme.ko"): V}, {}, {}, "no list of symbols"),
    ("a kernel whose list is damaged", {A: ("modules", GOOD), B: ("modules.gz", "no number")}, {M(A, "extra/acme/acme.ko"): V}, {}, {},
     "not a line of Module.symvers"),
    ("its list in /boot, gzip", {A: ("modules", GOOD), B: ("boot.gz", GOOD)}, {M(A, "extra/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "built for"),
    ("its list in /boot, xz", {A: ("modules", GOOD), B: ("boot.xz", GOOD)}, {M(A, "extra/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "built for"),
    ("its list beside the modules, xz", {A: ("modules", GOOD), B: ("modules.xz", GOOD)}, {M(A, "extra/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "built for"),
    ("its list in the build folder", {A: ("modules", GOOD), B: ("src", GOOD)}, {M(A, "extra/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "built for"),
    ("a link to somewhere else stays", BOTH, {"opt/acme/acme.ko": V}, {M(B, "weak-updates/opt/acme.ko"): "/opt/acme/acme.ko"},
     {f"{B}/weak-updates/opt/acme.ko": "/opt/acme/acme.ko"}, "not ours"),
    ("nor is it replaced", BOTH, {"opt/acme.ko": V, M(A, "extra/acme/acme.ko"): V}, {M(B, "weak-updates/acme/acme.ko"): "/opt/acme.ko"},
     {f"{B}/weak-updates/acme/acme.ko": "/opt/acme.ko"}, "another place"),
    ("a file that a person put there stays", BOTH, {M(A, "extra/acme/acme.ko"): V, M(B, "weak-updates/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": "file"}, "no link"),
    ("a dangling link goes", BOTH, {}, {M(B, "weak-updates/acme/acme.ko"): f"/{M(A, 'extra/acme/acme.ko')}"}, {}, "dangles"),
    ("a nested dangling link goes", BOTH, {}, {M(B, "weak-updates/acme/net/acme.ko"): f"/{M(A, 'extra/acme/net/acme.ko')}"}, {}, "dangles"),
    ("a refused link goes", {A: ("modules", GOOD), B: ("modules", CHANGED)}, {M(A, "extra/acme/acme.ko"): V},
     {M(B, "weak-updates/acme/acme.ko"): f"/{M(A, 'extra/acme/acme.ko')}"}, {}, "kmalloc"),
    ("a kernel with a build of its own", BOTH, {M(A, "extra/acme/acme.ko"): V, M(B, "extra/acme/acme.ko"): V},
     {M(B, "weak-updates/acme/acme.ko"): f"/{M(A, 'extra/acme/acme.ko')}"}, {}, "own build"),
    ("a file that cannot be read costs that file", BOTH, {M(A, "extra/bad/bad.ko"): "broken", M(A, "extra/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "bad.ko"),
    ("and not its package", BOTH, {M(A, "extra/acme/bad.ko"): "broken", M(A, "extra/acme/acme.ko"): V}, {},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "bad.ko"),
    ("a link to a file that cannot be read stays", BOTH, {M(A, "extra/bad/bad.ko"): "broken"},
     {M(B, "weak-updates/bad/bad.ko"): f"/{M(A, 'extra/bad/bad.ko')}"}, {f"{B}/weak-updates/bad/bad.ko": f"/{M(A, 'extra/bad/bad.ko')}"}, "bad.ko"),
    ("rpm's order: the z-stream build is the newer one", {C: ("modules", GOOD), A: ("modules", GOOD), B: ("modules", GOOD)},
     {M(C, "extra/acme/acme.ko"): V, M(B, "extra/acme/acme.ko"): V}, {},
     {f"{A}/weak-updates/acme/acme.ko": f"/{M(C, 'extra/acme/acme.ko')}"}, "built for"),
    ("modules of two packages that need one another", BOTH, {M(A, "extra/core/core.ko"): "core", M(A, "extra/user/user.ko"): "user"}, {},
     {f"{B}/weak-updates/{n}/{n}.ko": f"/{M(A, f'extra/{n}/{n}.ko')}" for n in ("core", "user")}, "built for"),
    ("flat modules that need one another", BOTH, {M(A, "extra/core.ko"): "core", M(A, "extra/user.ko"): "user"}, {},
     {f"{B}/weak-updates/{n}.ko": f"/{M(A, f'extra/{n}.ko')}" for n in ("core", "user")}, "built for"),
    ("all of them or none", {A: ("modules", GOOD), B: ("modules", CHANGED)}, {M(A, "extra/core.ko"): "core", M(A, "extra/user.ko"): "user"}, {}, {},
     "kmalloc"),
    ("a relative link becomes one that weak-modules knows", BOTH, {M(A, "extra/acme/acme.ko"): V},
     {M(B, "weak-updates/acme/acme.ko"): f"../../../{A}/extra/acme/acme.ko"},
     {f"{B}/weak-updates/acme/acme.ko": f"/{M(A, 'extra/acme/acme.ko')}"}, "built for"),
    ("a kernel that was removed", {A: ("modules", GOOD), B: None}, {M(A, "extra/acme/acme.ko"): V},
     {M(B, "weak-updates/acme/acme.ko"): f"/{M(A, 'extra/acme/acme.ko')}"}, {}, "removed"),
]
for row, kernels, files, before, after, word in LAYOUTS:
    tree = layout(kernels, files, before)
    done = link(tree)
    ok(done.returncode == 0 and weak(tree) == after, f"layout: {row}", f"{weak(tree)}\n{done.stdout}{done.stderr}")
    ok(word in done.stdout, f"layout: {row}: the reason is said", done.stdout)
    again = json.loads(link(tree).stdout or "[]")
    ok(all(line["action"] in ("keep", "skip") for line in again), f"layout: {row}: a second run changes nothing", again)
    for release in {path.split("/")[0] for path in after if path not in {p[12:] for p in before} and after[path] != "file"}:
        with open(f"{tree}/lib/modules/{release}/modules.dep", encoding="ascii") as text:
            listed = text.read()
        ok(all(path[len(release) + 1:] in listed for path in after if path.startswith(release + "/")), f"layout: {row}: depmod has all links", listed)
    dead = [release for release, symbols in kernels.items() if symbols is None]
    if dead:
        ok(all(os.listdir(f"{tree}/lib/modules/{release}") == [] for release in dead), f"layout: {row}: a removed kernel's folder is clean")
    shutil.rmtree(tree)
shutil.rmtree(samples)
tap.done()
