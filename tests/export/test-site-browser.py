#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-site-browser.py KSIG WRITE-WORKSPACE: makes two sites and hands them to browser/site-test.js."""
import os
import shutil
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
            subprocess.run([ksig, "--workspace", workspace, "export", "site", site], check=True)
            sites.append(site)
        size = sum(os.path.getsize(os.path.join(f, n)) for f, _, names in os.walk(sites[1]) for n in names)
        print(f"# the large site has {size >> 20} MiB", flush=True)
        return subprocess.run(["node", os.path.join(BROWSER, "site-test.js"), *sites],
                              env={**os.environ, "CHROMIUM": chromium}).returncode


sys.exit(main())
