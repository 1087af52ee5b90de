# SPDX-License-Identifier: GPL-2.0-or-later
"""
ksig kmod why. "made": types that gcc and pahole write, behind a module's symbols, with the patch of a breakdown that
changed them. "debian": two real revisions; each size and place that ksig says is compared with bpftool's and pahole's.
"breakdown": upstream's kernel and Debian's, both built here, down to the patch of Debian's that changed a type.
"""
import glob
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import archive  # noqa: E402
import debian  # noqa: E402
import made  # noqa: E402
import tap  # noqa: E402
from tap import need, ok, skip_all  # noqa: E402

KSIG, KIND = os.path.abspath(sys.argv[1]), sys.argv[2]
need("gcc", "pahole", "git")
top = tempfile.mkdtemp(prefix="ksig-why-")


def run(*argv):
    return subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          errors="replace", timeout=600, cwd=top)


HEADER = """#ifndef WIDGET_H
#define WIDGET_H
/* struct widget { in a comment } */
struct widget {
	int size;
	struct part {
		long a;
	} part;
};

struct gadget {
	struct widget *first;
};
#endif
"""
SOURCE = """#include "../include/widget.h"
int widget_use(struct gadget *gadget)
{
	return gadget->first->size;
}
void widget_free(struct widget *widget)
{
	widget->size = 0;
}
"""


def commit(subject, header, source=SOURCE):
    made.write(f"{top}/linux/include/widget.h", header)
    made.write(f"{top}/linux/lib/widget.c", source)
    git = ["git", "-C", f"{top}/linux", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(git + ["add", "."], check=True)
    subprocess.run(git + ["commit", "-q", "-m", f"{subject}\n\nBecause."], check=True)
    return run("git", "-C", "linux", "rev-parse", "HEAD").stdout.strip()


def image(name):
    """What a kernel of the tree that is checked out has of types."""
    subprocess.run(["gcc", "-g", "-c", f"{top}/linux/lib/widget.c", "-o", f"{top}/{name}"], check=True)
    subprocess.run(["pahole", "-J", f"{top}/{name}"], check=True)


def made_main():
    subprocess.run(["git", "init", "-q", f"{top}/linux"], check=True)
    base = commit("base", HEADER)
    image("from.o")
    grown = HEADER.replace("\tint size;\n", "\tint size;\n\tint owner;\n")
    culprit = commit("widget: say who owns it", grown)
    commit("widget: free more", grown, SOURCE.replace("widget->size = 0;", "widget->size = -1;"))
    last = commit("widget: a comment", grown.replace("in a comment", "in another comment"),
                  SOURCE.replace("widget->size = 0;", "widget->size = -1;"))
    image("to.o")
    done = run(KSIG, "--workspace", f"{top}/ws", "breakdown", "--base", f"git:{top}/linux@{base}", "--upstream",
               f"git:{top}/linux@{base}..{last}", f"git:{top}/linux@{last}")
    ok(done.returncode == 0, "the breakdown of the two kernels", done.stdout + done.stderr)
    label, revision = base, last
    done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "why", "--from", "from.o", "--to", "to.o", "--revisions",
               f"{label}..{revision}")
    lines = done.stdout.splitlines()
    by = [line.strip() for line in lines if "by patch" in line]
    ok(done.returncode == 0 and "    member owner added at 4: int" in lines, "the member", done.stdout + done.stderr)
    ok(len(by) == 1 and culprit in by[0] and "say who owns it" in by[0] and "include/widget.h" in by[0],
       "the patch that changed the type, and no other", done.stdout + done.stderr)
    symbols = {"module_layout": 1, "widget_use": 2, "widget_free": 3}
    made.kernel(f"{top}/kernel", "5.14.0-2", {**symbols, "widget_use": 9, "widget_free": 10})
    made.write(f"{top}/m/acme.c", made.module("acme", "5.14.0-1", symbols))
    subprocess.run(["gcc", "-c", f"{top}/m/acme.c", "-o", f"{top}/m/acme.ko"], check=True)
    done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "why", "--from", "from.o", "--to", "to.o", "--revisions",
               f"{label}..{revision}", "-k", "kernel", "m/acme.ko")
    ok("a rebuild suffices" in done.stdout and "struct widget (2 symbols" in done.stdout and culprit in done.stdout,
       "a refused module: its symbols, the type, the patch, the advice", done.stdout + done.stderr)
    done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "why", "--from", "from.o", "--to", "to.o", "--revisions",
               f"{revision}..{label}")
    ok(done.returncode in (2, 3) and "does not come before" in done.stderr, "revisions the wrong way round", done.stderr)


# ---- real kernels --------------------------------------------------------------------------------


def vmlinux(release):
    debian.unpack(f"linux-image-{release}")
    path = f"{debian.ROOT}/boot/vmlinuz-{release}"
    with open(path, "rb") as file:
        data = file.read()
    start = data.find(b"\xfd7zXZ\0")
    if start < 0:
        skip_all(f"{release} is not packed with xz")
    with open(f"{top}/{release}", "wb") as out:
        out.write(lzma.LZMADecompressor().decompress(data[start:]))
    return path


def dumped(release):
    """bpftool's word: "struct NAME" -> (size, {member: offset in bits}), members of nameless members among them; a name
    with two definitions is left out."""
    types, named, twice, current = {}, {}, set(), None
    for line in run("bpftool", "btf", "dump", "file", f"{top}/{release}", "format", "raw").stdout.splitlines():
        head = re.match(r"\[(\d+)\] (STRUCT|UNION) '([^']+)' size=(\d+)", line)
        member = re.match(r"\t'([^']+)' type_id=(\d+) bits_offset=(\d+)", line)
        if head:
            current = []
            types[head.group(1)] = current
            name = f"{head.group(2).lower()} {head.group(3)}"
            twice |= {name} & set(named)
            named[name] = (int(head.group(4)), current)
        elif member and current is not None:
            current.append((member.group(1), member.group(2), int(member.group(3))))
        elif not line.startswith("\t"):
            current = None

    def flat(members, start):
        out = {}
        for name, kind, offset in members:
            out.update(flat(types.get(kind, []), start + offset) if name == "(anon)" else {name: start + offset})
        return out

    return {name: (size, flat(members, 0)) for name, (size, members) in named.items() if name not in twice}


def agrees(change, old, new):
    """Whether one line of ksig's is so in bpftool's dumps; None: it says nothing of sizes or places."""
    size = re.fullmatch(r"size from (\d+) to (\d+)", change)
    added = re.fullmatch(r"member (\w+) added at (\d+): .*", change)
    moved = re.fullmatch(r"member (\w+) moved from (\d+) to (\d+)", change)
    gone = re.fullmatch(r"member (\w+) gone.*", change)
    if size:
        return (old[0], new[0]) == (int(size.group(1)), int(size.group(2)))
    if added:
        return added.group(1) not in old[1] and new[1].get(added.group(1), -1) // 8 == int(added.group(2))
    if moved:
        places = (old[1].get(moved.group(1), -1) // 8, new[1].get(moved.group(1), -1) // 8)
        return places == (int(moved.group(2)), int(moved.group(3)))
    return gone.group(1) in old[1] and gone.group(1) not in new[1] if gone else None


def crcs(release):
    with open(f"{debian.headers(release)}/Module.symvers", encoding="ascii") as file:
        return {line.split("\t")[1]: line.split("\t")[0] for line in file}


def changed_pair(releases):
    """The last two neighbours of which thousands of symbols changed."""
    for one, two in reversed(list(zip(releases, releases[1:]))):
        left, right = crcs(one), crcs(two)
        number = sum(1 for name in left if name in right and left[name] != right[name])
        if number > 1000:
            return one, two, number
    skip_all("no two neighbours with changed symbols")
    return None


def debian_main():
    need("bpftool")
    one, two, number = changed_pair(debian.newest(debian.listed(debian.SERIES_6_1), 6))
    print(f"# {one} to {two}: {number} symbols have another CRC")
    images = [vmlinux(release) for release in (one, two)]
    done = run(KSIG, "kmod", "why", "--all", "--from", images[0], "--to", images[1])
    told, name = {}, None
    for line in done.stdout.splitlines()[:-1]:
        if line.startswith("    "):
            told[name].append(line.strip())
        else:
            name = line
            told[name] = []
    print("#", done.stdout.splitlines()[-1] if done.stdout else done.stderr)
    ok(done.returncode == 0 and len(told) > 10, "types with changed members", done.stderr)
    before, after = dumped(one), dumped(two)
    checked = wrong = 0
    for name, changes in told.items():
        if name not in before or name not in after:
            continue
        for change in changes:
            verdict = agrees(change, before[name], after[name])
            checked += verdict is not None
            if verdict is False:
                wrong += 1
                print(f"# {name}: {change}")
    ok(checked >= 20 and wrong == 0, f"{checked} sizes and places are bpftool's", wrong)
    other = {name for name in before if name in after and before[name] != after[name]}
    ok(other <= set(told), "no structure that bpftool says differs is left out", sorted(other - set(told)))
    sized = [name for name in told if name.startswith("struct ") and name in before and name in after
             and any(change.startswith("size from") for change in told[name])][:3]
    for name in sized:
        sizes = [re.findall(r"/\* size: (\d+),", run("pahole", "-C", name.split()[1], f"{top}/{release}").stdout)
                 for release in (one, two)]
        said = re.search(r"size from (\d+) to (\d+)", "\n".join(told[name])).groups()
        ok([s[-1:] for s in sizes] == [[said[0]], [said[1]]], f"{name}: pahole's size", f"{sizes} {said}")
    ok(len(sized) == 3, "three types were compared with pahole's", sized)


# ---- a real breakdown ----------------------------------------------------------------------------

# As small as a kernel with modules and versions of their symbols is. Without BTF in its configuration: with it, Debian's
# patch to struct module changes nothing.
OPTIONS = ["64BIT", "MODULES", "MODULE_UNLOAD", "MODVERSIONS", "BLOCK", "DEBUG_KERNEL", "DEBUG_INFO_DWARF4", "PRINTK"]


def built(tree):
    """TREE's kernel, with the types that pahole reads out of its debug information, and msdos.ko as its module."""
    run("make", "-C", tree, "tinyconfig")
    with open(f"{tree}/.config", "a", encoding="ascii") as config:
        config.write("".join(f"CONFIG_{name}=y\n" for name in OPTIONS) + "CONFIG_MSDOS_FS=m\n")
    for target in ("olddefconfig", "all"):
        done = subprocess.run(["make", "-C", tree, "-j2", "CC=gcc-12", target], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=7200, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
    subprocess.run(["pahole", "-J", f"{tree}/vmlinux"], check=True)
    return f"{tree}/vmlinux"


def breakdown_main():
    """Debian's first revision against upstream's tarball: which of its patches takes the modules from their users?"""
    need("dpkg-source", "gcc-12", "make", "flex", "bison", "bc", "quilt")
    try:
        dsc = archive.kernel_source("6.1", "-1")
    except archive.Absent as reason:
        skip_all(reason)
    version = re.search(r"linux_(.*)\.dsc", dsc).group(1)
    orig = f"{os.path.dirname(dsc)}/linux_{version.split('-')[0]}.orig.tar.xz"
    base, vendor = f"{top}/base", f"{top}/vendor"
    os.makedirs(base)
    subprocess.run(["tar", "-C", base, "--strip-components=1", "-xf", orig], check=True)
    done = run("dpkg-source", "--no-check", "-x", dsc, vendor)
    assert done.returncode == 0, done.stderr
    done = run(KSIG, "--workspace", f"{top}/ws", "breakdown", "--base", orig, "--upstream",
               f"debian=quilt:{vendor}/debian/patches", dsc)
    ok(done.returncode == 0, f"the breakdown of {version}", done.stdout + done.stderr)
    images = [built(tree) for tree in (base, vendor)]
    lists = []
    for tree in (base, vendor):
        with open(f"{tree}/Module.symvers", encoding="ascii") as file:
            lists.append({line.split("\t")[1]: line.split("\t")[0] for line in file})
    changed = [name for name in lists[0] if lists[1].get(name, lists[0][name]) != lists[0][name]]
    print(f"# {len(changed)} of {len(lists[0])} symbols have another CRC")
    ok(len(changed) > 10 and "module_layout" in changed, "symbols changed, module_layout among them", changed[:10])
    why = [KSIG, "--workspace", f"{top}/ws", "kmod", "why", "--from", images[0], "--to", images[1], "--revisions",
           f"{os.path.basename(orig)[:-len('.tar.xz')]}..{version}"]
    done = run(*why)
    by = [line.strip() for line in done.stdout.splitlines() if "by patch" in line]
    print("#", "\n# ".join(done.stdout.splitlines()))
    ok("struct module\n" in done.stdout, "struct module is what changed", done.stdout + done.stderr)
    ok(len(by) == 1 and "Avoid ABI changes when debug info is disabled (include/linux/module.h)" in by[0],
       "by Debian's patch, and by no other", done.stdout + done.stderr)
    done = run(*why, "-k", f"{vendor}/Module.symvers", f"{base}/fs/fat/msdos.ko")
    ok("refuses" in done.stdout and "a rebuild suffices" in done.stdout and by and by[0] in done.stdout,
       "msdos.ko: refused, the type, the patch, the advice", done.stdout + done.stderr)


{"made": made_main, "debian": debian_main, "breakdown": breakdown_main}[KIND]()
shutil.rmtree(top)
tap.done()
