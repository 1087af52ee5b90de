#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-day.py KSIG WRITE-WORKSPACE: what a kernel engineer and a security team ask in a day, a row a command; -v prints the times.

A row: who asks, the words behind "ksig", the exit status, and what stands in the answer ("-WORD": does not; a number: so many
lines below the header).
"""
import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

KSIG, WRITER = (os.path.abspath(name) for name in sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix="ksig-day")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
WS = os.path.join(ROOT, "ksig.ws")
os.environ.pop("KSIG_WORKSPACE", None)

LEAK_SUBJECT = "net: fix a leak in dev_open()"
ROWS = (
    ("engineer", "revisions", 0, ["1.0-1.el9", "1.0-3.el9", 4]),
    ("engineer", "revisions -f tsv -c revision,patches", 0, ["1.0-1.el9\t13", "1.0-3.el9\t2"]),
    ("engineer", "list", 0, [LEAK_SUBJECT, 18]),
    ("engineer", "list 1.0-1", 0, [LEAK_SUBJECT, "-new firmware", 13]),
    ("engineer", "list 1.0-1..1.0-2", 0, ["mm: ", "-" + LEAK_SUBJECT, "-new firmware", 3]),
    ("engineer", "list ..1.0-1", 0, [13]),
    ("engineer", "list 1.0-2..", 0, ["new firmware", 2]),
    ("engineer", "list --introduced=1.el9 --introduced=3.el9", 0, [15]),
    ("engineer", "list -k partial -k vendor", 0, [3]),
    ("engineer", "list --author=größe", 0, ["mm: ", 1]),
    ("engineer", "list --author=größe --author=eve@example", 0, [2]),
    ("engineer", "list --sort=subject --limit=2", 0, ["a file becomes", 2]),
    ("engineer", "list --sort=subject --reverse --limit=1", 0, ["scripts: ", 1]),
    ("engineer", "list --reverse --limit=1 -c number", 0, ["18", 1]),
    ("engineer", "list --since=2022-10-17 --until=2022-10-17 --author=ada -c number", 0, [17]),
    ("engineer", "list --since=2022-10-18 --author=ada", 1, ["nothing found"]),
    ("engineer", "list --subsystem=net", 0, [LEAK_SUBJECT]),
    ("engineer", "list -p ./net", 0, [LEAK_SUBJECT]),
    ("engineer", "list -p net -p scripts/run.sh -c subject", 0, [LEAK_SUBJECT, "scripts: executable"]),
    ("engineer", "list -p net -k revert", 1, ["nothing found"]),
    ("engineer", "list -r1.0-1 -kvendor -kexact", 0, [12]),
    ("engineer", "list -t -k", 1, ["nothing found"]),
    ("engineer", "list -w{ws} -cnumber -- 1.0-1", 0, [13]),
    ("engineer", "list --since=yesterday", 2, ["a day expected"]),
    ("engineer", "list --until=2022-02-30", 2, ["a day expected"]),
    ("engineer", "list --sort=age", 2, ["step, date"]),
    ("engineer", "list 1.0-1..1.0-1", 2, ["no revision stands in between"]),
    ("engineer", "list 1.0", 1, ["nothing found"]),
    ("engineer", "list 9.9", 1, ["no such revision"]),
    ("engineer", "list el9", 1, ["names 3 revisions"]),
    ("engineer", "show 1", 0, [LEAK_SUBJECT, "diff --git"]),
    ("engineer", "why 0123456", 0, [LEAK_SUBJECT, "diff --git"]),
    ("engineer", "why 0123456789abcdef0123456789abcdef01234567 -f tsv", 0, ["number\t1\n"]),
    ("engineer", "why 01234567:1", 1, ["01234567"]),
    ("engineer", "why feedfeedfeed", 1, ["no such patch", "-looked for"]),
    ("engineer", "lsit", 2, ["is list meant?"]),
    ("engineer", "log", 2, ["is list meant?"]),
    ("engineer", "blame net", 2, ["is why meant?"]),
    ("engineer", "exprot", 2, ["is export meant?"]),
    ("engineer", "rev", 2, ["is revisions meant?"]),
    ("engineer", "show 0123456 --no-diff", 0, [LEAK_SUBJECT, "-diff --git"]),
    ("engineer", "show -d --introduced=1.0-3", 0, ["diff --git", "-subject"]),
    ("engineer", "show --no-diff --subsystem=net --kind=adapted", 0, [LEAK_SUBJECT]),
    ("engineer", "compare 1.0-1 1.0-3", 0, ["new firmware"]),
    ("engineer", "compare 1.0-1..1.0-3 -k exact", 0, ["new firmware", "-mm: "]),
    ("engineer", "compare 1.0-1", 2, ["A..B"]),
    ("engineer", "compare 1.0-1 1.0-3 --limit=2", 0, [2]),
    ("engineer", "compare 1.0-1 1.0-3 --limit=1 --reverse -c number", 0, ["18", 1]),
    ("engineer", "compare 1.0-1 1.0-3 --account --limit=1", 2, ["no selection"]),
    ("engineer", "compare 1.0-1 1.0-3 --account --pairs", 2, ["one of them"]),
    ("engineer", "why net", 1, ["a folder of 1.0-3.el9"]),
    ("engineer", "why net/core/dev.c:0", 1, ["counted from 1"]),
    ("engineer", "why net/core/dev.c:3-2", 1, ["counted from 1"]),
    ("engineer", "why net/core/nothing.c:0", 1, ["not a file of 1.0-3.el9"]),
    ("engineer", "export mbox --subsystem=net", 0, ["Subject: [PATCH] " + LEAK_SUBJECT, "-scripts: executable"]),
    ("engineer", "export mbox --introduced=1.0-3", 0, ["new firmware", "-Subject: [PATCH] " + LEAK_SUBJECT]),
    ("engineer", "export quilt --kind=exact {root}/quilt", None, ["patches, onto 1.0"]),
    ("engineer", "export git --kind=exact {root}/selected", 2, ["whole revisions only"]),
    ("engineer", "export mbox --author=nobody", 1, ["no patch is selected"]),
    ("engineer", "export git {root}/kernel", 0, ["branch ksig"]),
    ("security", "list --cve=CVE-2022-2602", 0, [LEAK_SUBJECT, 1]),
    ("security", "list --cve=CVE-2022-2602 --cve=CVE-1999-1", 0, [LEAK_SUBJECT, 1]),
    ("security", "list --cve=CVE-2022-2603", 1, ["the nearest is CVE-2022-2602"]),
    ("security", "export mbox --cve=CVE-2022-2602", 0, ["Subject: [PATCH] " + LEAK_SUBJECT, "-scripts: executable"]),
    ("security", "cve list", None, ["CVE-2022-2602"]),
    ("security", "show --cve=CVE-2022-2602", 0, ["fixed"]),
    ("security", "show --cve=CVE-2022-2602 -r 1.0-1", 0, ["fixed"]),
    ("security", "list -r 1.0-3 --cve=CVE-2022-2602 -f json", 0, ['"number":1']),
    ("security", "export openvex", 0, ["CVE-2022-2602"]),
    ("security", "list -w {ws} --cve=CVE-2022-2602", 0, [LEAK_SUBJECT]),
    ("security", "list --workspace={ws} -q", 0, [LEAK_SUBJECT]),
    ("security", "list -w {root}/none", 1, ["none"]),
)


def check(wanted, answer):
    for word in wanted:
        if isinstance(word, int):
            assert len(answer[0].strip().split("\n")) - 1 == word, f"{word} lines expected:\n{answer[0]}"
        elif word.startswith("-"):
            assert word[1:] not in answer[0], word
        else:
            assert word in answer[0] + answer[1], f"{word}:\n{answer}"


def ask(words, status, wanted):
    words = [word.format(root=ROOT, ws=WS) for word in words.split(" ")]
    begin = time.time()
    done = subprocess.run([KSIG, *words], cwd=ROOT, capture_output=True, check=False)
    answer = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    if "-v" in sys.argv:
        print(f"# {time.time() - begin:.2f} s  ksig {' '.join(words)}")
    assert status is None or done.returncode == status, f"status {done.returncode}: {answer}"
    check(wanted, answer)


def culprit():
    """Each commit of the branch is shown as its patch, a beginning of its id as well; the base's is none."""
    log = subprocess.run(["git", "-C", os.path.join(ROOT, "kernel"), "log", "--format=%H %(trailers:key=Patch,valueonly,separator=)", "ksig"],
                         capture_output=True, text=True, check=True).stdout.strip().split("\n")
    for line in log[:-1]:
        commit, number = line.split(" ")
        ask(f"show --no-diff -f tsv {commit}", 0, [f"number\t{number}\n"])
        ask(f"why -f tsv {commit}", 0, [f"number\t{number}\n"])
    ask(f"show --no-diff -f tsv {log[0][:12]}", 0, ["number\t"])
    ask(f"show {log[-1].split(' ')[0]}", 1, ["no such patch"])


def row(name, function, *arguments):
    try:
        function(*arguments)
        tap.ok(True, name)
    except AssertionError as reason:
        tap.ok(False, name, reason)


subprocess.run([WRITER, WS], check=True, stdout=subprocess.DEVNULL)
for who, command, code, contents in ROWS:
    row(f"{who}: ksig {command}", ask, command, code, contents)
row("engineer: what a commit of the branch is", culprit)
tap.done()
