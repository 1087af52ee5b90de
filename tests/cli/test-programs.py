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
# A word of these that is first in a list is the beginning of an argument vector, in whatever way the list is made.
PLACES = {
    "git": {"base/git-run.c",
            "rpm/prep-calls.c"},  # what the sandboxed %prep was seen to do; run by ksig_git_run()
    "patch": {"rpm/prep-calls.c", "tree/source-patch.c", "kernel/abi-blame-patch.c", "kernel/patch.c",
              "kmod/inputs.c", "live/build-tree.c", "rpm/prep.c"},  # the last: what stands in front of it
    "make": {"kernel/kbuild.c", "live/build-tree.c", "live/gate-hold.c", "live/build-full.c"},
    "rpm": {"cli/kernel-arguments.c", "kernel/boot-root.c", "kernel/plus-base.c", "kernel/package-build.c"},
    "rpmbuild": {"rpm/rpmbuild-run.c"},
    "rpmsign": {"rpm/sign.c"},
    "sbsign": {"rpm/sign.c"},
    "qemu-system-x86_64": {"kernel/boot.c", "live/gate.c"},
    "bwrap": {"rpm/sandbox-bubble.c"},
    "tail": {"rpm/sandbox-bubble.c"},
    "/bin/bash": {"rpm/prep.c"},
    "cc": {"kmod/device-preprocess.c"},
    "cp": {"kernel/abi-blame-patch.c", "kmod/devices.c", "kmod/source.c"},
    "cpio": {"kernel/boot-root.c"},
    "depmod": {"kernel/boot-root.c", "kmod/link-apply.c"},
    "diff": {"kernel/plus.c", "kmod/device-patch.c",
             "export/message.c"},  # a word that begins a line of a mail
    "grep": {"kernel/abi-blame.c", "kernel/configure.c"},
    "ld": {"live/build-module.c"},
    "objcopy": {"live/build-full.c"},
    "readelf": {"live/build-full.c", "live/build-module.c"},
    "strip": {"live/build.c"},
    "tar": {"kernel/lts.c", "kmod/devices.c", "kmod/draft.c", "kmod/inputs.c", "kmod/source.c"},
    "squeue": {"engine/slurm.c"}, "sacct": {"engine/slurm.c"}, "sbatch": {"engine/slurm-submit.c"}, "scancel": {"engine/slurm.c"},
    # gpg is GPGME's to start, by the path that it was built with; rpm's macro names it for rpmsign.
    "gpg": set(), "gpg2": set(), "gpgconf": set(), "curl": set(), "wget": set(), "sh": set(), "/bin/sh": set(), "bash": set(),
    "perl": set(), "python3": set(), "sudo": set(), "su": set(), "ssh": set(), "env": set(),
}
# The pager, which is the user's choice, has the terminal. The engine starts workers, this program itself, and their jobs, which outlive it.
STARTERS = {"base/process.c", "base/terminal.c", "engine/local.c", "engine/worker.c"}


def files():
    for folder, _, names in os.walk(SOURCE):
        for name in sorted(names):
            if name.endswith(".c"):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as stream:
                    yield os.path.relpath(path, SOURCE), stream.read()


def vectors(text):
    """The programs that begin a list in TEXT: of an initialiser or of a call that adds to an array."""
    names = "|".join(re.escape(name) for name in PLACES)
    first = re.findall(r"(?:\[\w*\]\s*=\s*|\(const char \*const\s*\[\]\)\s*)\{\s*(?:\(char \*\) ?)?\"(?:/usr)?((?:/bin/)?[^\"]*)\"", text)
    added = re.findall(r"(?:g_ptr_array_add|g_strv_builder_add)\(\w+, (?:\([\w ]+\*?\) ?)?(?:g_strdup\()?\"([^\"]+)\"", text)
    return [word for word in first + added if re.fullmatch(names, word)]


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
