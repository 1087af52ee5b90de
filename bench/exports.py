#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What reads differences, next to git log -p over the same commits, in one run.

    bench/exports.py KSIG WORKSPACE [WHAT…]

WHAT: quilt, mbox, git, site, why, show (all of them). The workspace is read only, but for its index of names, which `why` needs:
that is made in a copy of catalog.db. Prints CPU seconds, the ratio to git log -p, and the peak of memory of ksig and of git
below it. Where git log ends at a blob that is not there, it is started again behind that commit.
"""
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

FORMS = {
    "quilt": ["export", "quilt", "OUT"],
    "mbox": ["export", "mbox", "OUT"],
    "git": ["export", "git", "OUT"],
    "site": ["export", "site", "--no-missing", "OUT"],
    "why": ["why", "--function=no_function_of_this_name"],
}


def run(argv, **options):
    """CPU seconds, wall seconds and peak MiB (the largest process of the tree) of ARGV."""
    begin = time.time()
    program = (
        "import os, resource, subprocess, sys\n"
        "s = subprocess.run(sys.argv[2:], stdin=0).returncode\n"
        "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "open(sys.argv[1], 'w').write(f'{u.ru_utime + u.ru_stime} {u.ru_maxrss / 1024} {s}')\n")
    with tempfile.NamedTemporaryFile() as figures:
        subprocess.run([sys.executable, "-c", program, figures.name, *argv], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, **options)
        cpu, peak, status = open(figures.name, encoding="ascii").read().split()
    return float(cpu), time.time() - begin, float(peak), int(status)


def log(git_dir, commits):
    """git log -p of COMMITS: CPU seconds, and how many commits it could not show."""
    cpu, lost, left = 0.0, 0, list(commits)
    while left:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        shown = subprocess.run(["git", "--git-dir", git_dir, "log", "-p", "--full-index", "--binary", "--no-renames",
                                "--no-walk=unsorted", "--stdin", "--format=%x00%H"], input="\n".join(left) + "\n",
                               encoding="utf-8", errors="replace", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if shown.returncode == 0:
            break
        left = left[max(shown.stdout.count("\0"), 1):]
        lost += 1
    return cpu, lost


def main():
    ksig, workspace = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    wanted = sys.argv[3:] or [*FORMS, "show"]
    with tempfile.TemporaryDirectory(dir=os.path.dirname(workspace)) as scratch:
        copy = os.path.join(scratch, "ksig.ws")
        os.mkdir(copy)
        for name in os.listdir(workspace):
            if not name.startswith("catalog.db"):
                os.symlink(os.path.join(workspace, name), os.path.join(copy, name))
        shutil.copy(os.path.join(workspace, "catalog.db"), copy)
        catalog = sqlite3.connect(os.path.join(copy, "catalog.db"))
        commits = [row[0] for row in catalog.execute("SELECT commit_id FROM step WHERE commit_id IS NOT NULL ORDER BY position")]
        patches = [str(row[0]) for row in catalog.execute("SELECT id FROM patch ORDER BY id LIMIT 20")]
        catalog.execute("DELETE FROM step_name")
        catalog.execute("DELETE FROM step_named")
        catalog.commit()
        catalog.close()
        git_dir = os.path.join(workspace, "objects.git")
        cpu, lost = log(git_dir, commits)
        print(f"git log -p: {len(commits)} commits, {cpu:.1f} CPU s, {1000 * cpu / len(commits):.1f} ms each"
              + (f"; {lost} with a blob that is not there" if lost else ""))
        for name in wanted:
            if name == "show":
                few = [run([ksig, "-w", copy, "show", "-d", patch])[0] for patch in patches]
                print(f"show -d: {sum(few) / len(few):.3f} CPU s each of {len(few)}")
                continue
            out = os.path.join(scratch, "out")
            own, wall, peak, status = run([ksig, "-q", "-w", copy, *(out if word == "OUT" else word for word in FORMS[name])])
            print(f"{name}: {own:.1f} CPU s, {own / cpu:.2f} x git log -p, {wall:.1f} s, peak {peak:.0f} MiB, status {status}",
                  flush=True)
            shutil.rmtree(out, ignore_errors=True)
            if os.path.isfile(out):
                os.unlink(out)


if __name__ == "__main__":
    main()
