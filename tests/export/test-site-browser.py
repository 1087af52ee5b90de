#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-site-browser.py KSIG WRITE-WORKSPACE: makes two sites and hands them to browser/site-test.js."""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BROWSER = os.path.join(HERE, "browser")


def missing():
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        return None, "no chromium"
    if not shutil.which("node"):
        return None, "no node"
    if not os.path.isdir(os.path.join(BROWSER, "node_modules", "playwright-core")):
        return None, "no playwright-core (npm ci in tests/export/browser)"
    return chromium, None


def git(*argv, cwd=None):
    names = {f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(["git", *argv], cwd=cwd, check=True, capture_output=True, text=True,
                          env={**os.environ, **names, "GIT_CONFIG_GLOBAL": "/dev/null"}).stdout.strip()


def add_news(ksig, workspace, root):
    """What the pages of missing fixes and of the status tell: a fix of what patch 1 is, and two items of a source."""
    upstream = os.path.join(root, "upstream")
    git("init", "-q", upstream)
    subprocess.run([ksig, "--workspace", workspace, "export", "git", upstream], check=True, capture_output=True)
    git("checkout", "-q", "--orphan", "main", "ksig/1.0", cwd=upstream)
    git("commit", "-q", "-m", "base", cwd=upstream)
    git("tag", "base", cwd=upstream)
    with open(os.path.join(upstream, "net/core/dev.c"), "r+") as file:
        text = file.read().replace("kfree(dev)", "kfree_rcu(dev)")
        file.seek(0)
        file.write(text)
    git("commit", "-q", "-a", "-m", "<img src=x onerror=alert(1)> fix it\n\nFixes: 0123456789ab (\"it\")\n"
        "Cc: stable@vger.kernel.org", cwd=upstream)
    # what patch 1 was made from: it frees one thing, the vendor all
    git("checkout", "-q", "-b", "side", "base", cwd=upstream)
    with open(os.path.join(upstream, "net/core/dev.c"), "r+") as file:
        text = file.read().replace("\tint err = 0;\n\n", "\tint err = 0;\n\n\tdev_free_one();\n")
        file.seek(0)
        file.write(text)
    git("commit", "-q", "-a", "-m", "net: fix a leak", cwd=upstream)
    side = git("rev-parse", "side", cwd=upstream)
    with sqlite3.connect(os.path.join(workspace, "catalog.db")) as catalog:
        catalog.execute("UPDATE patch SET candidate = ? WHERE id = 1", (side,))
        catalog.execute("INSERT INTO reference (patch_id, kind, value) VALUES (1, 'ticket', 'javascript:alert(3)'), "
                        "(1, 'link', 'https://lore.example.org/r/1')")
        catalog.execute("UPDATE upstream SET argument = ?", (f"stable=git:{upstream}@base..main",))
        catalog.executemany("INSERT INTO news (source, item, step, value, state, message, seen, changed) "
                            "VALUES ('longterm', ?, '', '1', ?, ?, '2026-01-02', '2026-01-03')",
                            [("6.12.9 <b>", "new", "<script>alert(1)</script>"), ("6.12.8", "known", None)])
        # a change that nobody explains, and an entry without code that may be about it
        catalog.execute("UPDATE patch SET kind = 'unexplained', confidence = NULL, source = NULL WHERE id = 17")
        catalog.execute("INSERT INTO entry (revision_id, release, position, subject, subsystem, text) SELECT id, label, 7, "
                        "'let slab() wait', 'mm', '- [mm] let slab() wait <img src=x onerror=alert(2)> (Eve) [2123]' FROM revision "
                        "WHERE label = '1.0-3.el9'")
    catalog.close()


def write_records(root):
    """CVE records: what has the flaw since 0.9, since 2.0, in files that no change of unknown origin touches; one is damaged."""
    def record(introduced, version):
        git = {"version": introduced * 40, "status": "affected", "versionType": "git", "lessThan": "f" * 40}
        return json.dumps({"containers": {"cna": {"affected": [
            {"programFiles": ["net/elsewhere.c"], "versions": [git]},
            {"programFiles": ["net/elsewhere.c"], "defaultStatus": "affected", "versions": [{"version": version, "status": "affected"}]}]}}})

    records = os.path.join(root, "records", "2023")
    os.makedirs(records)
    for name, text in {"CVE-2023-9999.json": record("1", "0.9"), "CVE-2023-8888.json": record("3", "2.0"),
                       "CVE-2023-7777.json": '{"containers": <script>'}.items():
        with open(os.path.join(records, name), "w") as file:
            file.write(text)
    return os.path.dirname(records)


def main():
    ksig, writer = sys.argv[1:3]
    chromium, reason = missing()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    with tempfile.TemporaryDirectory(prefix="ksig-site") as root:
        sites = []
        for name, number in (("small", []), ("large", ["112000"])):
            workspace, site = os.path.join(root, name), os.path.join(root, name + "-site")
            subprocess.run([writer, workspace, *number], check=True)
            if not number:
                add_news(ksig, workspace, root)
            subprocess.run([ksig, "--workspace", workspace, "export", "site", site,
                            *([] if number else ["--pairs", "--against-upstream", "--blame=net", "--link=stable=https://git.example.org/c/@ID@","--records", write_records(root)])], check=True)
            sites.append(site)
        size = sum(os.path.getsize(os.path.join(f, n)) for f, _, names in os.walk(sites[1]) for n in names)
        print(f"# the large site has {size >> 20} MiB", flush=True)
        return subprocess.run(["node", os.path.join(BROWSER, "site-test.js"), *sites],
                              env={**os.environ, "CHROMIUM": chromium}).returncode


sys.exit(main())
