#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""series.py KSIG: what the order of a series proves: a patch of which no line is left. Prints TAP."""
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
ROOT = tempfile.mkdtemp(prefix="ksig-series")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)


def source(refill, calls):
    """A driver: one function goes by the name REFILL; CALLS: function -> a line of its."""
    lines = [f"static void {refill}(struct ring *ring)", "{", "\tring_advance(ring);", "\tring_notify(ring);", "}", ""]
    for f in range(8):
        lines += [f"int ring_do_{f}(struct ring *ring)", "{", f"\tint left = ring->left_{f};", *calls.get(f, []),
                  f"\treturn ring_finish_{f}(ring, left);", "}", ""]
    return "\n".join(lines)


def call(name):
    return [f"\tif (left > RING_{name.upper()}_LIMIT)", f"\t\t{name}(ring);"]


def series(name, steps):
    """A quilt folder of STEPS, (file, subject, text after it); the tree with all of them."""
    folder, tree = os.path.join(ROOT, name), os.path.join(ROOT, name + "-tree")
    os.makedirs(folder)
    os.makedirs(tree)
    run("git", "init", "-q", cwd=tree)
    for number, (patch, subject, text) in enumerate([("", "", BASE), *steps]):
        with open(os.path.join(tree, "ring.c"), "w") as file:
            file.write(text)
        if number:
            with open(os.path.join(folder, patch), "w") as file:
                file.write(f"From: P <p@example.org>\nSubject: {subject}\n\nBecause.\n---\n{run('git', 'diff', cwd=tree)}\n")
        run("git", "add", ".", cwd=tree)
    with open(os.path.join(folder, "series"), "w") as file:
        file.write("".join(step[0] + "\n" for step in steps))
    shutil.rmtree(os.path.join(tree, ".git"))
    return tree


BASE = source("ring_refill", {})
os.makedirs(os.path.join(ROOT, "base"))
with open(os.path.join(ROOT, "base", "ring.c"), "w") as base:
    base.write(BASE)
FIRST, SECOND = {3: call("ring_refill_early")}, {3: call("ring_refill_early"), 5: call("ring_drop")}
# "rename" is taken back whole by "back", and what stands between them needs it
VENDOR = series("vendor", [
    ("first.patch", "ring: refill early", source("ring_refill", FIRST)),
    ("rename.patch", "ring: rename the refill", source("ring_refill_all", FIRST)),
    ("notify.patch", "ring: notify late", source("ring_refill_all", FIRST).replace("ring_notify(", "ring_notify_late(")),
    ("drop.patch", "ring: drop", source("ring_refill_all", SECOND).replace("ring_notify(", "ring_notify_late(")),
    ("back.patch", "ring: the old name again", source("ring_refill", SECOND).replace("ring_notify(", "ring_notify_late("))])
# of this one the vendor has nothing: a change that is taken back, and one that is not there
OTHER = series("other", [
    ("there.patch", "ring: advance twice", BASE.replace("ring_advance(", "ring_advance_twice(")),
    ("and-back.patch", "ring: advance once again", BASE),
    ("elsewhere.patch", "ring: wait", source("ring_refill", {6: call("ring_wait")}))])
workspace = os.path.join(ROOT, "ws")
run(KSIG, "-w", workspace, "breakdown", "--base", os.path.join(ROOT, "base"), "-u", f"other=quilt:{ROOT}/other",
    "-u", f"mine=quilt:{ROOT}/vendor", VENDOR)
patches = json.loads(run(KSIG, "-w", workspace, "export", "json"))["patches"]
found = {patch["member"]: patch for patch in patches}
contained = {row["member"]: row for row in json.loads(run(KSIG, "-w", workspace, "list", "--contained", "--format=json"))}
tap.ok(sorted([*filter(None, found), *contained]) == ["back.patch", "drop.patch", "first.patch", "notify.patch", "rename.patch"],
       "all of the vendor's series is found, and nothing of the other", [list(found), contained])
tap.ok(None not in found, "nothing is left to the vendor", found.get(None))
tap.ok(contained.get("rename.patch", {}).get("kind") == "series",
       "the patch of which no line is left is contained, and why", contained)
tap.ok({patch["kind"] for patch in patches} == {"exact"}, "each was taken as it is, whatever became of its lines", patches)
tap.ok(found.get("notify.patch", {}).get("added") == 1, "lines are their last writer's", found.get("notify.patch"))
tap.done()
