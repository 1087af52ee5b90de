#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-build.py KSIG: live build on a tree of three C files that make, gcc and ld treat as they treat a kernel's: what is built and
said, each refusal by its sentence, and the tree as it was afterwards. In the place of kpatch's programs stand scripts that are asked
for what kpatch's are (a real kernel with the real ones: qemu/test_build.py). Prints TAP."""
import json
import os
import shutil
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "rpm"))
from repolib import KSIG, need, scratch, tap

need("make", "gcc", "ld", "objcopy", "objdump", "patch", "readelf", "strip", "openssl")
TOP = scratch()
TREE, BIN, TOOLS, HOOK, OUT = (f"{TOP}/{name}" for name in ("tree", "bin", "lib/kpatch", "hook", "out"))
RELEASE = "6.1.0-9-stand"
os.environ.update(LC_ALL="C", PATH=f"{BIN}:{os.environ['PATH']}:/usr/sbin:/sbin")


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb" if isinstance(text, bytes) else "w") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


# ---- a kernel ------------------------------------------------------------------------------------

# As kbuild does: the line that made an object, and what it includes, in its .cmd file.
MAKEFILE = r"""
modular-drivers/net/small-net.o := -DMODULE
%.o: %.c
	$(CC) -O2 -Iinclude $(modular-$@) $(KCFLAGS) -c -o $@ $<
	@printf '%s\n' "cmd := gcc $(modular-$@) -DKBUILD_MODNAME='\"$(basename $(notdir $@))\"' $< include/fact.h " > $(@D)/.$(@F).cmd
olddefconfig prepare modules_prepare:
	@echo $@ >> made
modules:
	cp $(M)/output.o $(M)/$(KPATCH_NAME).ko
.PHONY: olddefconfig prepare modules_prepare modules
"""
SOURCES = {
    "Makefile": MAKEFILE,
    "include/fact.h": "#define FACT 3\n",
    "kernel/fork.c": '#include "fact.h"\nint forks;\nint do_fork(int n)\n{\n\treturn n * FACT + forks;\n}\n'
                     'const char banner[] = "Linux version ' + RELEASE + ' (a@b) 1";\n',
    "fs/pipe.c": "int pipe_size = 16;\nint pipe_read(int n)\n{\n\treturn n + pipe_size;\n}\n",
    "drivers/net/small-net.c": "int net_send(int n)\n{\n\treturn n ^ 0x55;\n}\n",
    "lib/string.c": "int length(void)\n{\n\treturn 1;\n}\n",
    "arch/x86/entry.S": "nop\n",
    ".config": "CONFIG_LIVEPATCH=y\nCONFIG_DEBUG_INFO=y\nCONFIG_KLP_BUILD=y\n",
    "Module.symvers": "0x12345678\tprintk\tvmlinux\tEXPORT_SYMBOL\n",
}


def btf():
    """One struct, bug_entry, of twelve bytes."""
    strings = b"\0bug_entry\0"
    types = struct.pack("<III", 1, 4 << 24, 12)
    return struct.pack("<HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(types), len(types), len(strings)) + types + strings


def call(*argv):
    subprocess.run(argv, check=True, cwd=TREE)


for name, text in SOURCES.items():
    write(f"{TREE}/{name}", text)
os.makedirs(f"{TOP}/lib/modules/{RELEASE}/kernel")
call("make", "-s", "--no-print-directory", "kernel/fork.o", "fs/pipe.o", "drivers/net/small-net.o")
VMLINUX, BARE = f"{TOP}/vmlinux", f"{TOP}/vmlinux-bare"
call("ld", "--build-id=sha1", "-e", "0", "-o", BARE, "kernel/fork.o", "fs/pipe.o")
call("objcopy", f"--add-section=.BTF={write(f'{TOP}/btf', btf())}", BARE, VMLINUX)
call("ld", "-r", "-o", f"{TOP}/lib/modules/{RELEASE}/kernel/small-net.ko", "drivers/net/small-net.o")
for folder in ("kernel", "fs", "drivers/net"):
    for name in os.listdir(f"{TREE}/{folder}"):
        if name.endswith((".o", ".cmd")):
            os.remove(f"{TREE}/{folder}/{name}")

# ---- what stands in the place of kpatch's and of a tree's own programs ---------------------------------------------

TOOL = "#!/bin/sh\n"
write(f"{TOOLS}/create-diff-object", TOOL + f"""
echo "$BUG_STRUCT_SIZE $3 $6 $(grep -c FILE "$4")" >> {TOP}/asked
[ ! -e {TOP}/refusal ] || {{ cat {TOP}/refusal; exit 1; }}
objdump -dr "$1" | tail -n +4 > "$7.before"
objdump -dr "$2" | tail -n +4 | cmp -s - "$7.before" && exit 3
cp "$2" "$7"
""", 0o755)
write(f"{TOOLS}/create-klp-module", TOOL + '[ "$1" = --no-klp-arch-sections ] && shift\ncp "$1" "$2"\n', 0o755)
write(f"{HOOK}/patch-hook.c", "/* the module's frame */\n")
FULL = TOOL + f"""
echo "$PWD $MAKEFLAGS $*" > {TOP}/full
echo 'spoiled' > {TREE}/Makefile
[ ! -e {TOP}/refusal ] || {{ cat {TOP}/refusal; exit 1; }}
while [ $# -gt 0 ]; do
	case $1 in --name) name=$2;; --output) folder=$2;; -o) out=$2;; esac
	shift
done
cp kernel/fork.o "${{out:-$folder/$name.ko}}"
"""
write(f"{TOP}/bin-kpatch/kpatch-build", FULL, 0o755)
for name in ("gawk", "lsdiff", "recountdiff", "modprobe"):
    write(f"{BIN}/{name}", TOOL, 0o755)

# ---- rows ----------------------------------------------------------------------------------------

OPTIONS = [f"--tree={TREE}", f"--output={OUT}", "--name=lp_one"]
SOURCE = f"--vmlinux={VMLINUX}"
KPATCH = [f"--tools={TOOLS}", f"--hook={HOOK}"]
PIPE = ("fs/pipe.c", "n + pipe_size", "n + 2 * pipe_size")
FORK = ("kernel/fork.c", "n * FACT", "n * 7 * FACT")
NET = ("drivers/net/small-net.c", "0x55", "0x56")


def patch(*changes):
    """A patch that puts AFTER in the place of BEFORE in each PATH; BEFORE None: a new file."""
    whole = ""
    for path, before, after in changes:
        old = SOURCES.get(path, "")
        new = old.replace(before, after, 1) if before else after
        done = subprocess.run(["diff", "-u", "--label", f"a/{path}", "--label", f"b/{path}", write(f"{TOP}/d/old", old),
                               write(f"{TOP}/d/new", new)], stdout=subprocess.PIPE, text=True, check=False)
        whole += done.stdout
    return write(f"{TOP}/change.patch", whole)


def build(*words, options=(SOURCE, *KPATCH), env=None):
    return subprocess.run([KSIG, "live", "build", *OPTIONS, *options, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=120, env={**os.environ, **(env or {})})


def as_it_was():
    left = [name for name in (".ksig-saved",) if os.path.exists(f"{TREE}/{name}")]
    return left + [name for name, text in SOURCES.items() if read(f"{TREE}/{name}") != text]


def ends(name, done, status, *words):
    said = done.stdout + done.stderr
    tap.ok(done.returncode == status and all(word in said for word in words) and not as_it_was(), name,
           f"{done.returncode}\n{said}\nchanged in the tree: {as_it_was()}")


def told(done):
    return json.loads(done.stdout) if done.returncode == 0 else {}


def fast():
    done = build("--format=json", patch(PIPE), options=(SOURCE, *KPATCH))
    said = told(done)
    tap.ok(said.get("way") == "fast" and said["release"] == RELEASE and said["functions_equal"] == said["functions_compared"] == 1 and
           {"prepare", "proof", "original", "patched", "difference", "module"} <= set(said["seconds"]), "fast: what was built, and of what",
           done.stdout + done.stderr)
    tap.ok(os.path.exists(f"{OUT}/lp_one.ko") and not as_it_was(), "fast: the module is there, the tree as it was", as_it_was())
    tap.ok(read(f"{TOP}/asked") == "12 vmlinux lp_one 2\n", "fast: create-diff-object is told sizes, parent, name and symbols", read(f"{TOP}/asked"))
    tap.ok(sorted(read(f"{TREE}/made").split()) == ["modules_prepare", "olddefconfig", "prepare"], "fast: the tree was made ready")
    ends("fast: a table for people", build(patch(PIPE)), 0, "lp_one.ko", f"for {RELEASE}", "source: 1 of 1 functions equal", "difference", "all ")
    tap.ok(len(read(f"{TREE}/made").split()) == 3, "fast: and is not made ready twice")
    modules = f"--modules={TOP}/lib/modules"
    ends("fast: an object of a module", build(modules, patch(NET)), 0, "source: 1 of 1")
    tap.ok("12 small_net lp_one" in read(f"{TOP}/asked"), "fast: its parent is the module", read(f"{TOP}/asked"))
    ends("fast: where are the modules?", build(patch(NET)), 2, "belongs to module small_net; give --modules")
    ends("fast: no such module there", build(f"--modules={HOOK}", patch(NET)), 3, "small_net.ko: not found below")
    call("make", "-s", "--no-print-directory", "kernel/fork.o")
    write(f"{TREE}/.vmlinux.cmd", "")
    done = build("--format=json", modules, patch(("include/fact.h", "3", "4")))
    tap.ok(told(done).get("functions_compared") == 3, "fast: the objects that include a header, by their .cmd files", done.stdout + done.stderr)
    os.remove(f"{TREE}/.vmlinux.cmd")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=live", "-keyout", f"{TOP}/key.pem", "-out",
                    f"{TOP}/cert.pem"], check=True, stderr=subprocess.DEVNULL)
    ends("fast: signed", build(f"--sign-key={TOP}/key.pem", f"--sign-certificate={TOP}/cert.pem", patch(PIPE)), 0)
    tap.ok("Module signature appended" in read(f"{OUT}/lp_one.ko")[-30:], "fast: the signature stands at the module's end")


# row, changes of the patch, words
REFUSED = (
    ("a header, in a tree that was not built", [("include/fact.h", "3", "4")], "the patch touches a header"),
    ("assembly", [PIPE, ("arch/x86/entry.S", "nop", "ret")], "assembly cannot be patched live"),
    ("an object of lib/", [("lib/string.c", "1", "2")], "linked on demand"),
    ("what is neither", [("Makefile", "cp ", "cp -p ")], "what it changes in a build only a full one shows"),
    ("no object at all", [("Documentation/new.rst", None, "new\n")], "the patches reach no object of the kernel"),
    ("no code", [("fs/pipe.c", "int pipe_read", "/* reads */ int pipe_read")], "change no code of this kernel"),
    ("what gcc does not take", [("fs/pipe.c", "return n", "return nn")], "nn"),
)


def refusals():
    for row, changes, words in REFUSED:
        ends(f"refused: {row}", build("--way=fast", patch(*changes)), 4 if words == "nn" else 1, words)
    wrong = patch(("fs/pipe.c", "return n", "return m"))
    write(wrong, read(wrong).replace("n + pipe_size", "n - pipe_size"))
    ends("refused: a patch that does not apply", build(wrong), 1, "does not apply to this kernel")
    write(wrong, read(wrong).replace("@@ -1,5 ", "@@ -1,9 "))
    ends("refused: a hunk that lies", build(wrong), 3, "corrupt patch")
    ends("refused: a path out of the tree", build(write(wrong, "--- a/../x\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n")), 3, "a path below the kernel's tree expected")
    ends("refused: a patch of nothing", build(write(wrong, "only words\n")), 3, "no patch that touches a file")
    for said, meaning in (("pipe.o: changed section .data.pipe_size not selected for inclusion", "shadow variable"),
                          ("ERROR: pipe_read has no fentry/mcount call, unable to patch", "ftrace"),
                          ("nobody has heard of this", "fs/pipe.o: nobody has heard of this")):
        write(f"{TOP}/refusal", said + "\n")
        ends(f"refused by create-diff-object: {said}", build("--way=fast", patch(PIPE)), 1, meaning, said)
    os.remove(f"{TOP}/refusal")


def kernels():
    """Another kernel than the tree's, a configuration that will not do, words that are none."""
    one = patch(PIPE)
    bare = f"--vmlinux={BARE}"
    ends("vmlinux without types", build(one, options=(bare, *KPATCH)), 3, "no BTF in it")
    other = f"{TOP}/vmlinux-other"
    call("objcopy", f"--update-section=.comment={write(f'{TOP}/comment', b'GCC: (other) 5.0' + bytes(1))}", VMLINUX, other)
    ends("another compiler", build(one, options=(f"--vmlinux={other}", *KPATCH)), 1, "was compiled by", "the compiler here is")
    call("gcc", "-O2", "-c", "-o", f"{TOP}/other.o", "-x", "c", write(f"{TOP}/other.c", "int pipe_read(int n) { return n / 7; }"
                                                                                  f" const char b[] = \"Linux version {RELEASE} (\";"))
    call("ld", "--build-id=sha1", "-e", "0", "-o", other, f"{TOP}/other.o")
    ends("another source", build(one, options=(f"--vmlinux={other}", *KPATCH)), 1, "the source is not that of", "1 of 1 functions differ: pipe_read")
    ends("no function of it", build(patch(FORK), options=(f"--vmlinux={other}", *KPATCH)), 1, "no function of kernel/fork.o stands in the kernel")
    call("ld", "--build-id=none", "-e", "0", "-o", other, f"{TOP}/other.o")
    ends("no build id", build(one, options=(f"--vmlinux={other}", *KPATCH)), 3, "vmlinux-other")
    call("ld", "--build-id=sha1", "-e", "0", "-o", other, "fs/pipe.o")
    ends("no banner", build(one, options=(f"--vmlinux={other}", *KPATCH)), 3, 'no "Linux version" in it; give --release')
    for line, words in (("", "CONFIG_LIVEPATCH is not set"), ("CONFIG_LIVEPATCH=y", "CONFIG_DEBUG_INFO is needed"),
                        ("CONFIG_LIVEPATCH=y\nCONFIG_DEBUG_INFO=y\nCONFIG_RANDSTRUCT_FULL=y", "data layouts differ"),
                        ("CONFIG_LIVEPATCH=y\nCONFIG_DEBUG_INFO=y\nCONFIG_X86_KERNEL_IBT=y", "use klp-build")):
        ends(f"a configuration: {words}", build(f"--config={write(f'{TOP}/config', line + chr(10))}", one), 1, words)
    ends("no Module.symvers", build(f"--symvers={TOP}/none", one), 4, "it comes with the kernel's headers")
    ends("a name", build("--name=a-b", one), 2, "at most 55 letters")
    ends("a way", build("--way=slow", one), 2, "fast, kpatch-build or klp-build expected")
    ends("no name", subprocess.run([KSIG, "live", "build", one], capture_output=True, text=True, check=False), 2, "are needed")
    if not any(os.path.exists(f"{place}/kpatch") for place in ("/usr/libexec", "/usr/lib", "/usr/local/libexec")):
        ends("no kpatch here", build(one, options=(SOURCE,)), 4, "not found (install kpatch-build, or give --tools and --hook)")


def full():
    both = patch(FORK, ("include/fact.h", "3", "4"))
    where = (SOURCE, f"--tools={TOOLS}", f"--hook={HOOK}")
    path = {"PATH": f"{TOP}/bin-kpatch:{os.environ['PATH']}"}
    done = build("--format=json", both, options=where, env=path)
    said = told(done)
    tap.ok(said.get("way") == "kpatch-build" and "touches a header" in said["fallback"] and os.path.exists(said["module"]) and not as_it_was(),
           "the full way where the fast one is not sound, and why; the tree as it was", done.stdout + done.stderr + str(as_it_was()))
    asked = read(f"{TOP}/full")
    tap.ok(f"--sourcedir {TREE}" in asked and f"KERNELRELEASE={RELEASE}" in asked and "--name lp_one" in asked and both in asked,
           "kpatch-build is told tree, release, name and patch", asked)
    ends("full: for people", build("--way=kpatch-build", "--no-replace", patch(PIPE), options=where, env=path), 0, "lp_one.ko", "kpatch-build")
    tap.ok("--non-replace" in read(f"{TOP}/full"), "full: beside others", read(f"{TOP}/full"))
    ends("full: an object of a module", build("--way=kpatch-build", f"--modules={TOP}/lib/modules", patch(NET), options=where, env=path), 0)
    tap.ok("-t modules " in read(f"{TOP}/full"), "full: and the modules are built", read(f"{TOP}/full"))
    write(f"{TOP}/refusal", "ERROR: no functional changes found.\n")
    ends("full: what its log means", build("--way=kpatch-build", patch(PIPE), options=where, env=path), 1, "lp_one: the patches change no code")
    write(f"{TOP}/refusal", "cc: broken\n")
    ends("full: a log that nobody understands is quoted", build("--way=kpatch-build", patch(PIPE), options=where, env=path), 4,
         "cc: broken", f"{OUT}/lp_one.log")
    os.remove(f"{TOP}/refusal")
    ends("full: kpatch-build is not there", build("--way=kpatch-build", patch(PIPE), options=where), 4, "kpatch-build: not installed")


def klp():
    program = f"{TREE}/scripts/livepatch/klp-build"
    ends("klp-build: a tree without it", build("--way=klp-build", patch(PIPE)), 1, "only kernels from 6.19 on carry klp-build")
    write(program, FULL, 0o755)
    done = build("--format=json", "--no-replace", patch(PIPE), options=(SOURCE,))
    said = told(done)
    tap.ok(said.get("way") == "klp-build" and os.path.exists(said["module"]) and "--no-replace" in read(f"{TOP}/full") and not as_it_was(),
           "klp-build: taken where the tree has it", done.stdout + done.stderr)
    config = write(f"{TOP}/config", "CONFIG_LIVEPATCH=y\n")
    shutil.copy(f"{TREE}/.config", f"{TOP}/config-kept")
    done = build(f"--config={config}", patch(PIPE), options=(SOURCE,))
    shutil.copy(f"{TOP}/config-kept", f"{TREE}/.config")
    ends("klp-build: not configured", done, 1, "CONFIG_KLP_BUILD is not set")
    shutil.rmtree(f"{TREE}/scripts")


def killed():
    """What a killed run left is put back by the next."""
    write(f"{TREE}/.ksig-saved/fs/pipe.c", SOURCES["fs/pipe.c"])
    write(f"{TREE}/.ksig-saved/fs/new.c.ksig-absent", "")
    write(f"{TREE}/fs/pipe.c", "patched\n")
    write(f"{TREE}/fs/new.c", "patched\n")
    ends("after a kill: the tree is put back first", build(patch(PIPE)), 0, "lp_one.ko")
    tap.ok(not os.path.exists(f"{TREE}/fs/new.c"), "after a kill: a file that the patch made goes")


fast()
refusals()
kernels()
full()
klp()
killed()
tap.done()
