#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""releases.py KSIG DEMO [FOLDER]: a distribution's kernel through its upstream point releases. Prints TAP.

Of the oldest series of linux that the Debian archive serves in at least five revisions over at least four upstream point
releases, every revision that can be had is broken down, each on its own release (--rebase), with its own series among
those of other kernels as the candidates. What ksig says was introduced, reworked and dropped must be what
debian/patches/series says. FOLDER keeps the downloads; they are looked for there first.
"""
import collections
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

KSIG = os.path.abspath(sys.argv[1])
FOLDER = sys.argv[3] if len(sys.argv) > 3 else os.environ.get("KSIG_TEST_DOWNLOADS", "releases")
sys.argv[2:], DEMO = [], sys.argv[2]  # as tools/demo wants it
loader = importlib.machinery.SourceFileLoader("demo", os.path.abspath(DEMO))
demo = importlib.util.module_from_spec(importlib.util.spec_from_loader("demo", loader))
loader.exec_module(demo)
demo.say = lambda text="": print("# " + text, flush=True)
MOST, LEAST_REVISIONS, LEAST_RELEASES = 10, 5, 4
FOUND_SHARE = 0.97  # of the patches of the first revision, which ksig meets without any history


def release_of(version):
    return version.rsplit("-", 1)[0]


def at_hand(options, version):
    """Is all of VERSION in the folder, now or after a download? Mirrors drop what their lists still name."""
    if os.path.exists(os.path.join(demo.PLACE, f"linux_{version}.dsc")) and \
            os.path.exists(os.path.join(demo.PLACE, f"linux_{release_of(version)}.orig.tar.xz")):
        return True
    try:
        demo.download(options, version)
        return True
    except subprocess.CalledProcessError:
        print(f"# linux {version} is listed and not served", flush=True)
        return False


def revisions():
    options = demo.apt_options()
    subprocess.run(["apt-get", *options, "-q", "update"], check=True, capture_output=True)
    _, versions = demo.read_sources(options)
    by_series = collections.defaultdict(list)
    for version in demo.in_order(v for v in versions if "~" not in v):
        by_series[demo.series_of(version)].append(version)
    for name in demo.in_order(by_series):
        group = by_series[name]
        if len({release_of(v) for v in group}) >= LEAST_RELEASES and len(group) >= LEAST_REVISIONS:
            served = [v for v in group[-2 * MOST:] if at_hand(options, v)][-MOST:]
            if len({release_of(v) for v in served}) >= LEAST_RELEASES and len(served) >= LEAST_REVISIONS:
                return served
    return []


def changes_of(path):
    """What a patch changes: its added and removed lines by file, blanks apart."""
    changes, name, left, right = collections.Counter(), None, 0, 0
    with open(path, encoding="utf-8", errors="replace") as patch:
        for line in patch:
            hunk = re.match(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@", line)
            if left <= 0 and right <= 0:
                if line.startswith("+++ "):
                    name = line[4:].split("\t")[0]
                elif hunk:
                    left, right = int(hunk[1] or 1), int(hunk[2] or 1)
            elif line[0] in "+-":
                left, right = left - (line[0] == "-"), right - (line[0] == "+")
                changes[name, line[0], "".join(line[1:].split())] += 1
            elif line[0] != "\\":
                left, right = left - 1, right - 1
    return changes


def series_of(version):
    folder = os.path.join(demo.unpack_patches(version), "patches")
    return {name: changes_of(os.path.join(folder, name)) for name in demo.read_series(folder)}


def break_down(workspace, versions):
    for version in versions:
        tarball = os.path.join(demo.PLACE, f"linux_{release_of(version)}.orig.tar.xz")
        place = "--rebase" if os.path.exists(workspace) else "--base"
        folder = os.path.join(demo.unpack_patches(version), "patches")
        subprocess.run([KSIG, "--workspace", workspace, "breakdown", place, tarball, "--upstream",
                        f"debian-{version}=quilt:{folder}", os.path.join(demo.PLACE, f"linux_{version}.dsc")],
                       check=True, stdout=subprocess.DEVNULL)


def said_of(data, version):
    said = collections.defaultdict(set)
    for patch in data["patches"]:
        for step in patch["steps"]:
            # in the series still, with all of its lines rewritten by another of it
            if step.get("reason", "").startswith("still in"):
                continue
            if step["revision"] == version and patch["kind"] != "release":
                said[step["action"]].add(patch["member"] or "vendor: " + patch["subject"])
    return said


def main():
    demo.PLACE = os.path.abspath(FOLDER)
    os.makedirs(demo.PLACE, exist_ok=True)
    try:
        versions = revisions()
    except (demo.Unavailable, subprocess.CalledProcessError, OSError) as reason:
        print(f"1..0 # SKIP no archive of Debian: {reason}")
        return 0
    if not versions:
        print("1..0 # SKIP no series of linux is served over enough point releases")
        return 0
    print(f"1..{2 * len(versions)}\n# {' '.join(versions)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="ksig-releases") as root:
        workspace = os.path.join(root, "ws")
        break_down(workspace, versions)
        data = json.loads(subprocess.run([KSIG, "--workspace", workspace, "export", "json"], check=True,
                                         capture_output=True).stdout)
    number, failed, before, known = 0, 0, {}, set()
    for version in versions:
        series, said = series_of(version), said_of(data, version)
        introduced = set(series) - set(before)
        found = introduced & said["introduce"]
        known |= found
        # a patch that was not found when it came cannot be found to be reworked or dropped
        dropped = (set(before) - set(series)) & known
        reworked = {name for name in series if name in before and series[name] != before[name]} & known
        rows = [("introduced", len(found) >= (FOUND_SHARE if not before else 1) * len(introduced), introduced, said["introduce"]),
                ("reworked and dropped", (said["rework"], said["drop"] & known) == (reworked, dropped), reworked | dropped,
                 said["rework"] | said["drop"])]
        for name, good, true, ours in rows:
            number += 1
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {version}: {name}: {len(true & ours)} of {len(true)}", flush=True)
            for patch in sorted(true ^ ours):
                print(f"#   {'only in the series' if patch in true else 'only ksig says'}: {patch}")
        before = series
    rest = [p["subject"] for p in data["patches"] if p["kind"] == "vendor"]
    print(f"# {len(rest)} parts are left to the vendor: {'; '.join(rest)}")
    return 1 if failed else 0


sys.exit(main())
