#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rebase.py KSIG: a vendor that goes over to a newer upstream release, and ksig breakdown --rebase. Prints TAP."""
import atexit
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import run

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix="ksig-rebase")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
WORKSPACE = os.path.join(ROOT, "ws")


def source(name, changes):
    """A file of ten functions; CHANGES: function -> its line."""
    lines = [f"/* {name} */"]
    for f in range(10):
        lines += [f"int {name}_function_{f}(struct {name} *it)", "{", f"\tint value_{f} = it->field_{name}_{f};",
                  *changes.get(f, []), f"\treturn {name}_finish_{f}(it, value_{f});", "}", ""]
    return "\n".join(lines)


def patch(what):
    return [f"\tif (it->{what}_is_wrong)", f"\t\t{what}_repair(it, {sum(map(ord, what))});"]


def write(folder, files):
    path = os.path.join(ROOT, folder)
    for name, changes in files.items():
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, name + ".c"), "w") as file:
            file.write(source(name, changes))
    return path


def series(name, base, patches):
    """A quilt folder: PATCHES are (file name, subject, files with all patches up to this one)."""
    folder = os.path.join(ROOT, name)
    os.makedirs(folder)
    tree = os.path.join(ROOT, name + "-tree")
    shutil.copytree(base, tree)
    run("git", "init", "-q", cwd=tree)
    run("git", "add", ".", cwd=tree)
    for patch_name, subject, files in patches:
        for file, changes in files.items():
            with open(os.path.join(tree, file + ".c"), "w") as stream:
                stream.write(source(file, changes))
        with open(os.path.join(folder, patch_name), "w") as stream:
            stream.write(f"From: Packager <p@example.org>\nSubject: {subject}\n\nBecause.\n---\n")
            stream.write(run("git", "diff", cwd=tree) + "\n")
        run("git", "add", ".", cwd=tree)
    with open(os.path.join(folder, "series"), "w") as stream:
        stream.write("".join(p[0] + "\n" for p in patches))
    shutil.rmtree(os.path.join(tree, ".git"))
    return tree, f"{name}=quilt:{folder}"


WAY = patch("way") + patch("way_second")
WAYS = WAY + patch("way_third")
UNDER, OVER = patch("under"), [patch("under")[0], patch("over")[1]]

# Release 1 with kept, changed, merged, given-up and old-way; release 2 has merged and changes of its own near kept.
OLD = write("release-1", {n: {} for n in ("a", "b", "c", "d", "e", "f", "g")})
NEW = write("release-2", {"a": {5: patch("upstream")}, "b": {0: patch("other")}, "c": {2: patch("merged")}, "d": {},
                          "e": {9: patch("last")}, "f": {}, "g": {}})
VENDOR_1, POOL_1 = series("one", OLD, [
    ("kept.patch", "a: kept as it is", {"a": {3: patch("kept")}}),
    ("changed.patch", "b: to be changed", {"b": {4: patch("changed")}}),
    ("merged.patch", "c: taken by upstream", {"c": {2: patch("merged")}}),
    ("old-way.patch", "e: the old way", {"e": {4: WAY}}),
    ("under.patch", "f: rewritten later", {"f": {6: UNDER}}),
    ("first.patch", "g: the first try", {"g": {2: patch("first")}}),
    ("given-up.patch", "d: given up", {"d": {7: patch("dropped")}})])
VENDOR_2, POOL_2 = series("two", NEW, [
    ("kept.patch", "a: kept as it is", {"a": {3: patch("kept"), 5: patch("upstream")}}),
    ("changed.patch", "b: to be changed", {"b": {0: patch("other"), 4: patch("changed") + patch("changed_more")}}),
    ("new-way.patch", "e: do it better", {"e": {4: WAYS, 9: patch("last")}}),
    ("under.patch", "f: rewritten later", {"f": {6: UNDER}}),
    ("over.patch", "f: rewrites", {"f": {6: OVER}}),
    ("first.patch", "g: the first try", {"g": {2: patch("first")}}),
    ("second.patch", "g: anew", {"g": {2: patch("second")}}),
    ("fresh.patch", "e: a fresh one", {"e": {1: patch("fresh"), 4: WAYS, 9: patch("last")}})])
VENDOR_3, POOL_3 = series("three", NEW, [
    ("kept.patch", "a: kept as it is", {"a": {3: patch("kept"), 5: patch("upstream")}}),
    ("changed.patch", "b: to be changed", {"b": {0: patch("other"), 4: patch("changed") + patch("changed_more")}}),
    ("new-way.patch", "e: do it better", {"e": {4: WAYS, 9: patch("last")}}),
    ("under.patch", "f: rewritten later", {"f": {6: UNDER}}),
    ("over.patch", "f: rewrites", {"f": {6: OVER}}),
    ("first.patch", "g: the first try", {"g": {2: patch("first")}}),
    ("second.patch", "g: anew", {"g": {2: patch("second")}})])


def ksig(*argv, status=0):
    return run(KSIG, "--workspace", WORKSPACE, *argv, status=status)


def lives():
    """{member: [(revision, action)]} of all but the release."""
    data = json.loads(ksig("export", "json"))
    return {p["member"]: [(s["revision"], s["action"]) for s in p["steps"]]
            for p in data["patches"] if p["kind"] != "release"}, data


ksig("breakdown", "--base", OLD, "--upstream", POOL_1, VENDOR_1)
ksig("breakdown", "--rebase", NEW, "--upstream", POOL_1, "--upstream", POOL_2, VENDOR_2)
found, data = lives()
for member, life in {
        "kept.patch": [("one-tree", "introduce"), ("two-tree", "carry")],
        "changed.patch": [("one-tree", "introduce"), ("two-tree", "rework")],
        "merged.patch": [("one-tree", "introduce"), ("two-tree", "drop")],
        "given-up.patch": [("one-tree", "introduce"), ("two-tree", "drop")],
        "old-way.patch": [("one-tree", "introduce"), ("two-tree", "drop")],
        "new-way.patch": [("two-tree", "introduce")],
        "under.patch": [("one-tree", "introduce"), ("two-tree", "carry")],
        "first.patch": [("one-tree", "introduce"), ("two-tree", "drop")],
        "second.patch": [("two-tree", "introduce")],
        "over.patch": [("two-tree", "introduce")],
        "fresh.patch": [("two-tree", "introduce")]}.items():
    tap.ok(found.get(member) == life, f"the life of {member}", found)
reasons = {p["member"]: s["reason"] for p in data["patches"] for s in p["steps"] if s["action"] == "drop"}
numbers = {p["member"]: p["number"] for p in data["patches"]}
for member, reason in {"merged.patch": "release-2 contains it",
                       "given-up.patch": "not put on again; release-2 does not contain it",
                       "first.patch": "still in, without a line of its own",
                       "old-way.patch": f"superseded by patch {numbers.get('new-way.patch')}, e: do it better"}.items():
    tap.ok(reasons.get(member) == reason, f"why {member} was dropped", reasons)
tap.ok(reasons["merged.patch"] in ksig("show", str(numbers["merged.patch"])), "ksig show says why")
release = [p for p in data["patches"] if p["kind"] == "release"]
tap.ok([p["subject"] for p in release] == ["release-1 to release-2"],
       "the way to the release is one patch of its own kind", release)
tap.ok(not [p for p in data["patches"] if p["kind"] == "vendor"], "nothing is left to the vendor", found)
rows = json.loads(ksig("list", "--kind", "release", "--format", "json"))
tap.ok(len(rows) == 1, "ksig list --kind release", rows)
compared = {row["subject"]: row["change"] for row in
            json.loads(ksig("compare", "one-tree", "two-tree", "--format", "json"))}
why = {row["subject"]: row["reason"] for row in json.loads(ksig("compare", "one-tree", "two-tree", "--format", "json"))}
tap.ok(why["d: given up"] == reasons["given-up.patch"] and not why["e: a fresh one"], "compare says why", why)
tap.ok(compared == {"e: a fresh one": "added", "c: taken by upstream": "dropped", "d: given up": "dropped",
                    "e: do it better": "added", "e: the old way": "dropped", "f: rewrites": "added",
                    "g: the first try": "dropped", "g: anew": "added",
                    "b: to be changed": "reworked", "release-1 to release-2": "added"},
       "compare", compared)

git = os.path.join(ROOT, "git")
run("git", "init", "-q", git)
ksig("export", "git", git)
wrong = []
for name in ("a", "b", "e"):
    blame = run("git", "blame", "--line-porcelain", "ksig", "--", name + ".c", cwd=git)
    subjects = [line[8:] for line in blame.split("\n") if line.startswith("summary ")]
    owners = {}
    for row in json.loads(ksig("why", name + ".c", "--format", "json")):
        first, _, last = row["line"].partition("-")
        owners.update({line: row["subject"] for line in range(int(first), int(last or first) + 1)})
    wrong += [(name, n, s, owners[n]) for n, s in enumerate(subjects, 1)
              if s.removeprefix("Rework \"").rstrip('"') != owners[n] and owners[n] != "as in the base"]
tap.ok(not wrong, "git blame on the exported branch agrees with ksig why", wrong)

ksig("breakdown", "--rebase", NEW, "--upstream", POOL_3, VENDOR_3)
found, data = lives()
tap.ok([s["reason"] for p in data["patches"] for s in p["steps"]
        if s["revision"] == "three-tree" and s["action"] == "drop"] == ["taken back; no candidate that is in does that"],
       "a patch taken back on the same release says so", data)
tap.ok(found["fresh.patch"][-1] == ("three-tree", "drop"), "the next revision on the same release is as ever", found)
tap.ok(found["kept.patch"][-1] == ("two-tree", "carry"), "and leaves the others alone", found)
tap.ok("three-tree" in ksig("breakdown", "--rebase", NEW, "--upstream", POOL_3, VENDOR_3),
       "a revision that is there is passed over")
quilt = os.path.join(ROOT, "quilt")
ksig("export", "quilt", quilt, "--revision", "two-tree")
with open(os.path.join(quilt, "series")) as stream:
    names = [line for line in stream.read().split("\n") if line and not line.startswith("#")]
tap.ok(len(names) == 7, "the quilt series stands on the release", names)
target = os.path.join(ROOT, "patched")
shutil.copytree(NEW, target)
for name in names:
    run("patch", "-p1", "-s", "--fuzz=0", "-i", os.path.join(quilt, name), cwd=target)
tap.ok(not run("diff", "-r", target, VENDOR_2), "and gives the vendor's tree", "")
tap.done()
