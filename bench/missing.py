#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""missing.py KSIG WORKSPACE TRUTH.tsv REVISION [OPTION...]: how well `ksig missing` foretells what a vendor takes.

Asks at REVISION, the last of WORKSPACE's breakdown, what is missing (with the OPTIONs), and looks in TRUTH (a table of
`ksig evaluate`: upstream commit, vendor's commit, revision, subject) which answers the vendor took in a later one.
Prints how many of the later ones were on the list, and the precision of its first N.
"""
import csv
import io
import re
import subprocess
import sys

RANKS = 10, 20, 50, 100, 200, 400, 800


def natural(revision):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", revision)]


def main():
    ksig, workspace, truth_path, revision, *options = sys.argv[1:]
    with open(truth_path, encoding="utf-8", errors="replace") as table:
        rows = [line.rstrip("\n").split("\t") for line in table]
    truth = {row[0]: row[2] for row in rows if len(row) > 2 and len(row[0]) == 40}
    later = {commit for commit, taken in truth.items() if taken == "-" or natural(taken) > natural(revision)}
    out = subprocess.run([ksig, "--workspace", workspace, "missing", "--format=tsv", *options], check=False,
                         capture_output=True, text=True, errors="replace").stdout
    listed = list(csv.DictReader(io.StringIO(out), delimiter="\t", quoting=csv.QUOTE_NONE))
    names = [{row["upstream"], row["origin"]} for row in listed]
    taken = [bool(later & name) for name in names]
    carried = [bool((set(truth) - later) & name) for name in names]
    print(f"at {revision}: {len(listed)} listed, {sum(taken)} of them taken later, {sum(carried)} in truth carried already")
    print(f"of the {len(later)} that the vendor took later, {len(later & set().union(*names))} were on the list")
    for rank in RANKS:
        if rank <= len(listed):
            print(f"precision of the first {rank}: {sum(taken[:rank]) / rank:.3f}")


main()
