#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Where ksig starts other programs: a row a program, with the files that may. Usage: test-programs.py SOURCE

git is started in one file, which knows what it must not read. A file that is new here has to say why it may."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

SOURCE = os.path.join(os.path.abspath(sys.argv[1]), "src")
PLACES = {
    "git": {"base/git-run.c",
            "rpm/prep-calls.c"},  # what the sandboxed %prep was seen to do; run by ksig_git_run()
    "patch": {"rpm/prep-calls.c", "tree/source-patch.c", "kernel/abi-blame-patch.c", "kernel/lts.c",
              "kernel/plus-check.c", "live/build-tree.c"},
    "make": {"kernel/kbuild.c", "live/build-tree.c", "live/gate-hold.c"},
    "rpm": {"cli/cmd-kernel-lts.c", "kernel/boot-root.c", "kernel/plus-base.c", "kernel/rpmbuild.c"},
    "rpmbuild": {"rpm/package-build.c"},
    "qemu-system-x86_64": {"kernel/boot.c", "live/gate.c"},
}
# The engine starts workers, this program itself, and their jobs, which outlive it.
STARTERS = {"base/process.c", "engine/local.c", "engine/worker.c"}


def files():
    for folder, _, names in os.walk(SOURCE):
        for name in sorted(names):
            if name.endswith(".c"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as stream:
                    yield os.path.relpath(path, SOURCE), stream.read()


def vectors(text):
    """The first words of the argument vectors in TEXT, initialised or put together."""
    return re.findall(r"argv\w*\[\]\s*=\s*\{\s*\"([^\"]+)\"", text) + \
        re.findall(r"(?:by_git|by_patch|start|find|words|init|command)\[\]\s*=\s*\{\s*\"([^\"]+)\"", text) + \
        re.findall(r"g_ptr_array_add\(\w+, (?:\(\w+ \*?\) |g_strdup\()\"([^\"]+)\"", text)


def main():
    found = {}
    for name, text in files():
        for program in vectors(text):
            found.setdefault(program, set()).add(name)
    for program, places in PLACES.items():
        tap.ok(found.get(program, set()) <= places, f"{program} is started where its row says",
               found.get(program, set()) - places)
    # ksig_git_run() adds git itself: what begins with another program's name would be its argument.
    calls = [name for name, text in files() if re.search(r"\b(system|popen|execv\w*|execl\w*|posix_spawn\w*)\(", text)]
    tap.ok(calls == [], "nobody but base/process.c starts a program", calls)
    spawns = [name for name, text in files() if "g_spawn" in text and name not in STARTERS]
    tap.ok(spawns == [], "nobody goes around it", spawns)
    foreign = [name for name, text in files()
               if re.search(r"git_repository_open\w*\(", text) and name not in ("tree/store.c", "export/git.c")]
    tap.ok(foreign == [], "repositories are opened in one place", foreign)
    bare = [f"{name}: {call}" for name, text in files() if name.startswith("cli/")
            for call in re.findall(r"(?<!\w)(?:printf|fprintf|vprintf|putchar|g_print|g_printerr)\(", text)]
    tap.ok(bare == [], "commands say by ksig_print(), which spells out what cannot be seen", bare)
    tap.done()


main()
