#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""why.py KSIG WORKSPACE [COUNT]: `ksig why` on COUNT (1,000) random changed lines against `git blame`.

The breakdown is exported as a git branch; lines are drawn from those that its last revision has and its base (or last
upstream release) has not. Prints for how many both name the same patch, and what one question costs, a process each
with a warm cache: wall time and CPU time, median and 99th percentile. Exit status 1 below 99 %.
"""
import collections
import os
import random
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

KSIG, WORKSPACE = sys.argv[1:3]
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
random.seed(20221016)


def git(repository, *argv):
    return subprocess.run(["git", "-C", repository, "-c", "core.quotePath=false", *argv], check=True,
                          capture_output=True).stdout.decode(errors="surrogateescape")


def export(root):
    """The exported repository, and the patch of each of its commits but the base's."""
    repository = os.path.join(root, "git")
    subprocess.run(["git", "init", "-q", "--bare", repository], check=True)
    subprocess.run([KSIG, "--workspace", WORKSPACE, "export", "git", repository], check=True, capture_output=True)
    with sqlite3.connect(f"file:{os.path.join(WORKSPACE, 'catalog.db')}?mode=ro", uri=True) as catalog:
        rows = catalog.execute("SELECT patch_id, kind FROM step JOIN patch ON patch.id = patch_id "
                               "WHERE commit_id IS NOT NULL ORDER BY position").fetchall()
    commits = git(repository, "rev-list", "--reverse", "ksig").split()
    assert len(commits) == len(rows) + 1, (len(commits), len(rows))
    base = max([0] + [number for number, row in enumerate(rows, 1) if row[1] == "release"])
    return repository, {commit: row[0] for commit, row in zip(commits[1:], rows)}, commits[base]


def changed_lines(repository, base):
    path, lines = None, []
    for line in git(repository, "diff", "-U0", "--no-renames", base, "ksig").split("\n"):
        if line.startswith("+++ b/"):
            path = line[6:].rstrip("\t")
        hunk = re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if hunk and path:
            lines += [(path, int(hunk[1]) + i) for i in range(int(hunk[2] or 1))]
    return lines


def blame(repository, sample):
    """{(path, line): commit}"""
    by_path = collections.defaultdict(list)
    for path, line in sample:
        by_path[path].append(line)
    answers = {}
    for path, lines in by_path.items():
        ranges = [word for line in lines for word in ("-L", f"{line},{line}")]
        for line in git(repository, "blame", "--line-porcelain", *ranges, "ksig", "--", path).split("\n"):
            head = re.match(r"([0-9a-f]{40}) \d+ (\d+)", line)
            if head:
                answers[path, int(head[2])] = head[1]
    return answers


def ask(path, line):
    """The patch that ksig names, wall and CPU seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([KSIG, "--workspace", WORKSPACE, "why", f"{path}:{line}", "--format=tsv"], check=True,
                          capture_output=True)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    header, row = (r.split("\t") for r in done.stdout.decode(errors="replace").split("\n")[:2])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return dict(zip(header, row))["number"], wall, cpu


def spread(name, seconds):
    seconds = sorted(seconds)
    print(f"{name}: median {1000 * seconds[len(seconds) // 2]:.1f} ms, p99 "
          f"{1000 * seconds[min(len(seconds) - 1, len(seconds) * 99 // 100)]:.1f} ms, most {1000 * seconds[-1]:.1f} ms")


def main():
    with tempfile.TemporaryDirectory(prefix="ksig-why") as root:
        repository, patches, base = export(root)
        lines = changed_lines(repository, base)
        sample = random.sample(lines, min(COUNT, len(lines)))
        truth = blame(repository, sample)
    answers = [ask(*place) for place in sample]
    differ = [(place, patches.get(truth[place]), answer[0]) for place, answer in zip(sample, answers)
              if str(patches.get(truth[place], "")) != answer[0]]  # a line of the base has no number
    print(f"{len(sample)} of {len(lines)} changed lines: {len(sample) - len(differ)} agree with git blame "
          f"({100 * (1 - len(differ) / len(sample)):.1f} %)")
    for place, theirs, ours in differ[:20]:
        print(f"  {place[0]}:{place[1]}: blame says patch {theirs}, ksig {ours}")
    spread("wall", [answer[1] for answer in answers])
    spread("CPU", [answer[2] for answer in answers])
    return 1 if len(differ) * 100 > len(sample) else 0


sys.exit(main())
