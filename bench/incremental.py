#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""incremental.py KSIG REPOSITORY BASE TO REVISION...: what the last REVISION costs when the others are there.

REPOSITORY is a git repository; BASE..TO its candidates; each REVISION (a tag of a branch that carries some of them) is
given as a tree. One workspace gets all revisions in one run, another all but the last and then the last. Prints the CPU
seconds (children included) and the peak memory of each run with a warm index, the ratio, and whether both workspaces
export the same JSON. Exit status 1 if they do not.
"""
import os
import shutil
import subprocess
import sys
import tempfile

KSIG, REPOSITORY, BASE, TO, *REVISIONS = sys.argv[1:]


def run(workspace, *argv):
    """Runs ksig; its CPU seconds and its peak memory in MiB."""
    process = subprocess.Popen([KSIG, "--workspace", workspace, *argv], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        sys.exit(f"ksig {' '.join(argv)}: status {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def breakdown(workspace, revisions):
    return run(workspace, "breakdown", "--base", f"git:{REPOSITORY}@{BASE}",
               *[f"git:{REPOSITORY}@{revision}" for revision in revisions])


def export(workspace):
    return subprocess.run([KSIG, "--workspace", workspace, "export", "json"], check=True, capture_output=True).stdout


def main():
    with tempfile.TemporaryDirectory(prefix="ksig-bench") as root:
        warm, whole, grown = (os.path.join(root, name) for name in ("warm", "whole", "grown"))
        run(warm, "upstream", "add", f"pool=git:{REPOSITORY}@{BASE}..{TO}")
        run(warm, "upstream", "update")
        for copy in whole, grown:
            shutil.copytree(warm, copy, symlinks=True)
        all_cpu, all_memory = breakdown(whole, REVISIONS)
        print(f"all {len(REVISIONS)} revisions: {all_cpu:.2f} CPU s, {all_memory:.0f} MiB", flush=True)
        most_cpu, _ = breakdown(grown, REVISIONS[:-1])
        print(f"all but the last: {most_cpu:.2f} CPU s", flush=True)
        last_cpu, last_memory = breakdown(grown, REVISIONS[-1:])
        same = export(whole) == export(grown)
        print(f"then the last: {last_cpu:.2f} CPU s, {last_memory:.0f} MiB: {100 * last_cpu / all_cpu:.1f} % of all; "
              f"JSON exports {'equal, byte for byte' if same else 'DIFFER'}", flush=True)
    return 0 if same else 1


sys.exit(main())
