#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-nothing.py KSIG WRITE-WORKSPACE SOURCE: what is not there has one exit status, 1, whoever is asked.

A row: a command and a question to which nothing is the answer. A command that asks nothing of a workspace stands in WORKERS.
"""
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

KSIG, WRITER, SOURCE = (os.path.abspath(name) for name in sys.argv[1:4])
ROOT = tempfile.mkdtemp(prefix="ksig-nothing")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
NOTHING = 1
WORKERS = {"base", "breakdown", "engine", "evaluate", "import", "kernel", "repo", "sign", "version", "watch", "live", "trust"}
ROWS = (
    # a name that is nobody's
    "list 9.9", "list -r 9.9", "list --introduced=9.9", "list --introduced=9.9..", "list --cve=CVE-1999-0001", "list -p no/such/file",
    "list -u feedfeedfeed", "list --upstream=feedfeedfeed", "list -s nobody", "list --author=nobody", "list --subsystem=no/such",
    "list --ticket=999", "list -t nosuchword", "list --contained -u feedfeedfeed",
    "show 9999", "show feedfeedfeed", "show -u feedfeedfeed", "show --author=nobody", "show --cve=CVE-2022-2602 -r 9.9",
    "why feedfeedfeed", "why no/such/file", "why net/core/dev.c:9999", "why --function=no_such", "why --symbol=no_such",
    "why --config=CONFIG_NO_SUCH", "why -r 9.9 net/core/dev.c",
    "compare 9.9 1.0-1", "compare 1.0-1 9.9", "compare 9.9..", "missing -r 9.9", "cve list -r 9.9",
    "upstream remove nobody", "upstream update nobody",
    "export mbox --author=nobody", "export quilt {root}/none --author=nobody", "export git {root}/none -r 9.9", "export json -w {root}/none",
    "revisions -w {root}/none", "list -w {root}/none", "status -w {root}/none", "kmod kernels -w {root}/none",
    # a list with nothing in it
    "list -p net -k revert", "list --since=2099-01-01", "show -k revert -p net", "compare 1.0-1 1.0-1", "compare 1.0-1 1.0-3 --author=nobody",
    "cve list --state=affected", "upstream list", "status", "kmod kernels",
)
JSON = ("list -p net -k revert", "compare 1.0-1 1.0-1", "cve list --state=affected", "upstream list", "status", "kmod kernels")


def ask(words):
    words = [word.format(root=ROOT) for word in words.split(" ")]
    return subprocess.run([KSIG, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


subprocess.run([WRITER, os.path.join(ROOT, "ksig.ws")], check=True, stdout=subprocess.DEVNULL)
os.environ.pop("KSIG_WORKSPACE", None)
os.environ["XDG_CONFIG_HOME"] = os.path.join(ROOT, "config")
subprocess.run([KSIG, "upstream", "remove", "stable"], cwd=ROOT, check=True)
LEFT_OUT = tap.left_out(KSIG)
for row in [row for row in ROWS if row.split(" ")[0] not in LEFT_OUT]:
    said = ask(row)
    tap.ok(said.returncode == NOTHING and "ksig: " in said.stderr, f"ksig {row}", said)
for row in [row for row in JSON if row.split(" ")[0] not in LEFT_OUT]:
    said = ask(row + " -f json")
    tap.ok(said.returncode == NOTHING and said.stdout == "[]\n", f"ksig {row} -f json: an empty list, and the same status", said)
with open(os.path.join(SOURCE, "src", "cli", "main.c"), encoding="utf-8") as stream:
    TABLE = re.search(r"commands\[\] = \{(.*?)\n\};", stream.read(), re.S).group(1)
COMMANDS = set(re.findall(r'^\t\{"([a-z-]+)",', TABLE, re.M))
asked = {row.split(" ")[0] for row in ROWS}
tap.ok(COMMANDS - WORKERS == asked, "each command has a row, or does not ask", COMMANDS - WORKERS ^ asked)
tap.done()
