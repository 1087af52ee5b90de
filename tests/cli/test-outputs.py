#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-outputs.py KSIG SOURCE_ROOT WRITE_WORKSPACE: of each command that prints a table: text, TSV and JSON say the same rows and columns,
selections take what they name, and what cannot be asked is refused by a sentence. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

KSIG, SOURCE, WRITE_WORKSPACE = map(os.path.abspath, sys.argv[1:4])
TOP = tempfile.mkdtemp(prefix="ksig-outputs.")
atexit.register(shutil.rmtree, TOP, ignore_errors=True)
WORKSPACE = f"{TOP}/ws"
subprocess.run([WRITE_WORKSPACE, WORKSPACE], check=True, stdout=subprocess.DEVNULL)
MODULE = f"{SOURCE}/tests/live/data/lp_fcntl.ko"
LEFT_OUT = tap.left_out(KSIG)
STEP = "1.0-1.el9..1.0-2.el9"


def run(*argv):
    return subprocess.run([KSIG, "-q", "-w", WORKSPACE, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, timeout=60, env={**os.environ, "KSIG_RECIPES": f"{SOURCE}/recipes", "LC_ALL": "C.UTF-8"})


# command, the fewest rows, a word that a row has
TABLES = (
    (["list"], 10, "dev_open"),
    (["list", "1.0-2.el9"], 1, "exact"),
    (["list", "--contained"], 0, ""),
    (["revisions"], 4, "1.0-3.el9"),
    (["show", "1"], 8, "dev_open"),
    (["show", "--cve=CVE-2022-2602"], 1, "CVE-2022-2602"),
    (["compare", STEP], 3, "added"),
    (["compare", "--account", STEP], 0, ""),
    (["compare", "--pairs", STEP], 0, ""),
    (["cve", "list"], 1, "CVE-2022-2602"),
    (["status"], 0, ""),
    (["upstream", "list"], 1, "stable"),
    (["why", "folder"], 0, ""),
    (["kmod", "list"], 5, "wireguard"),
    (["kernel", "list", f"--releases={SOURCE}/tests/kernel/releases.json", f"--lifespans={SOURCE}/recipes/kernel/lifespans.conf",
      "--date=2026-11-24"], 5, "6.1.187"),
    (["live", "inspect", MODULE], 4, "lp_fcntl"),
    (["live", "plan", "--all"], 0, ""),
)


def as_cell(value):
    """A JSON value as the same cell of TSV, as far as that can be told: numbers have other digits."""
    return "" if value is None else value if isinstance(value, str) else None


def agree(command, fewest, word):
    done = {form: run(*command, f"--format={form}") for form in ("text", "tsv", "json")}
    name = " ".join(os.path.basename(part) for part in command)
    statuses = {form: what.returncode for form, what in done.items()}
    if len(set(statuses.values())) > 1 or not statuses["json"] in (0, 1) or not done["json"].stdout.startswith("["):
        tap.ok(False, f"{name}: three formats", [statuses, done["json"].stdout, done["json"].stderr])
        return
    rows = json.loads(done["json"].stdout)
    lines = [line.split("\t") for line in done["tsv"].stdout.splitlines()]
    tap.ok(len(rows) >= fewest and len(lines) == len(rows) + 1 and all(list(row) == lines[0] for row in rows),
           f"{name}: TSV has JSON's {len(rows)} rows and columns", [lines[:2], rows[:1]])
    differ = [(row[column], cell) for row, line in zip(rows, lines[1:]) for column, cell in zip(lines[0], line)
              if as_cell(row[column]) is not None and "\n" not in as_cell(row[column]) and as_cell(row[column]).strip() != cell.strip()]
    tap.ok(not differ and word in done["tsv"].stdout and word in done["json"].stdout and word in done["text"].stdout,
           f"{name}: the same words in all of them", differ)
    head = next((line for line in done["text"].stdout.splitlines() if line and line == line.upper()), "").split()
    tap.ok(head and {column.lower() for column in head} <= {part for column in lines[0] for part in [column, *column.split("_")]},
           f"{name}: the text's columns are among them", head)
    if "--columns=" in run(*command, "--help").stdout:
        few = run(*command, "--format=tsv", f"--columns={lines[0][-1]},{lines[0][0]}")
        tap.ok(few.stdout.splitlines()[0].split("\t") == [lines[0][-1], lines[0][0]], f"{name}: columns that are asked for, in that order", few.stdout)
        wrong = run(*command, "--columns=colour")
        tap.ok(wrong.returncode == 2 and "colour" in wrong.stderr, f"{name}: no such column", wrong.stderr)
    wrong = run(*command, "--format=xml")
    tap.ok(wrong.returncode == 2 and "xml" in wrong.stderr and not wrong.stdout, f"{name}: no such format", wrong.stderr)


ALL = json.loads(run("list", "--format=json").stdout)
# option of a selection, whether a patch is in it
SELECTIONS = (
    ("--kind=exact", lambda patch: patch["kind"] == "exact"),
    ("--kind=vendor", lambda patch: patch["kind"] == "vendor"),
    ("--cve=CVE-2022-2602", lambda patch: patch["cve"] and "CVE-2022-2602" in patch["cve"]),
    ("--text=dev_open", lambda patch: "dev_open" in patch["subject"]),
    ("--min-confidence=0.5", lambda patch: (patch["confidence"] or 0) >= 0.5),
    ("--introduced=1.0-2.el9", lambda patch: patch["revision"] == "1.0-2.el9"),
    ("--upstream=0123456789", lambda patch: (patch["upstream"] or "").startswith("0123456789")),
    ("--source=stable", lambda patch: patch["source"] == "stable"),
    ("--author=Ada", lambda patch: "ada" in ((patch["author"] or "") + (patch["email"] or "")).lower()),
    ("--limit=0", lambda patch: True),
)


def selections():
    for option, is_in in SELECTIONS:
        done = run("list", option, "--format=json")
        wanted = [patch["number"] for patch in ALL if is_in(patch)]
        got = [patch["number"] for patch in json.loads(done.stdout or "[]")]
        tap.ok(got == wanted and got, f"list {option}: {len(wanted)} of {len(ALL)}", [got, wanted, done.stderr])
    numbers = [patch["number"] for patch in ALL]
    for order, key in (("subject", lambda patch: patch["subject"].lower()), ("size", lambda patch: patch["added"] + patch["removed"]),
                       ("confidence", lambda patch: patch["confidence"])):
        for more in ((), ("--reverse",)):
            got = json.loads(run("list", f"--sort={order}", *more, "--format=json").stdout)
            keys = [key(patch) for patch in got]
            tap.ok(keys == sorted(keys, reverse=bool(more)) and sorted(patch["number"] for patch in got) == sorted(numbers),
                   f"list --sort={order} {' '.join(more)}", keys)
    got = json.loads(run("list", "--limit=2", "--format=json").stdout)
    tap.ok([patch["number"] for patch in got] == numbers[:2], "list --limit: the first ones", got)


# command, exit status, words
REFUSALS = (
    (["list", "--kind=good"], 2, "good"),
    (["list", "--sort=colour"], 2, "colour"),
    (["list", "--since=yesterday"], 2, "yesterday"),
    (["list", "--min-confidence=2"], 2, "min-confidence"),
    (["list", "9.9"], 1, "9.9: no such revision"),
    (["list", "--cve=2022-2602"], 1, ""),
    (["show", "99999"], 1, "99999: no such patch"),
    (["show", "zz"], 1, "no such patch"),
    (["show"], 2, "expected"),
    (["show", "--features"], 2, "one patch expected"),
    (["show", "--features", "1"], 1, "has no features"),
    (["compare"], 2, "two revisions, or A..B, expected"),
    (["compare", "1.0..9.9"], 1, "9.9"),
    (["cve"], 2, "list, or show CVE"),
    (["cve", "show"], 2, "expected"),
    (["cve", "list", "--state=odd"], 2, "odd"),
    (["why"], 2, "expected"),
    (["why", "none.c"], 1, "not a file of 1.0-3.el9"),
    (["upstream"], 2, "expected"),
    (["upstream", "remove", "none"], 1, "none"),
    (["engine"], 2, "expected"),
    (["engine", "list", f"{TOP}/none.json"], 4, "none.json"),
    (["evaluate"], 2, "TRUTH.tsv"),
    (["evaluate", f"{TOP}/none.tsv"], 4, "none.tsv"),
    (["base"], 2, "expected"),
    (["import"], 2, "a KERNEL is missing"),
    (["breakdown"], 2, "a KERNEL is missing"),
    (["export"], 2, "expected"),
    (["export", "tar", f"{TOP}/x"], 2, "what and where to expected"),
    (["sign"], 2, "expected"),
    (["trust"], 2, "add, list, remove or say expected"),
    (["trust", "list", f"--folder={TOP}/none"], 4, "no policy yet"),
    (["watch", f"--config={TOP}/none.json"], 4, "none.json"),
    (["repo"], 2, "expected"),
    (["repo", "verify"], 2, "expected"),
    (["repo", "publish"], 2, "expected"),
    (["repo", "rehearse"], 2, "expected"),
    (["kernel"], 2, "expected"),
    (["kernel", "config"], 2, "make FLAVOUR, or diff OLD NEW expected"),
    (["kernel", "check"], 2, "expected"),
    (["kernel", "boot"], 2, "expected"),
    (["kernel", "build"], 2, "expected"),
    (["kernel", "bump"], 2, "expected"),
    (["kmod"], 2, "expected"),
    (["kmod", "check"], 2, "expected"),
    (["kmod", "build"], 2, "expected"),
    (["kmod", "why"], 2, "expected"),
    (["kmod", "devices"], 2, "expected"),
    (["kmod", "gate"], 2, "expected"),
    (["kmod", "new"], 2, "expected"),
    (["kmod", "plan"], 1, "no kernel in the catalog"),
    (["kmod", "dependencies"], 2, "expected"),
    (["live"], 2, "expected"),
    (["live", "inspect"], 2, "expected"),
    (["live", "inspect", f"{TOP}/none.ko"], 4, "none.ko"),
    (["live", "manifest"], 2, "needed"),
    (["live", "package"], 2, "the folder of a live patch is needed"),
    (["nothing"], 2, "nothing"),
)


def refusals():
    for command, status, words in [row for row in REFUSALS if row[0][0] not in LEFT_OUT]:
        done = run(*command)
        tap.ok(done.returncode == status and words in done.stderr and (status == 1 or done.stderr.startswith("ksig: ")),
               f"{' '.join(os.path.basename(part) for part in command)}: refused", f"{done.returncode}\n{done.stdout}\n{done.stderr}")


for table in TABLES:
    if table[0][0] not in LEFT_OUT:
        agree(*table)
selections()
refusals()
tap.done()
