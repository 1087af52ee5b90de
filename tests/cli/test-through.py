#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-through.py KSIG KSIG_LIVE SOURCE_ROOT WRITE_WORKSPACE: commands whose work other tests ask of C alone, as a user types them:
what they print, and how they end. Prints TAP."""
import atexit
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

KSIG, LIVE, SOURCE, WRITE_WORKSPACE = map(os.path.abspath, sys.argv[1:5])
TOP = tempfile.mkdtemp(prefix="ksig-through.")
atexit.register(shutil.rmtree, TOP, ignore_errors=True)
RELEASES = f"{SOURCE}/tests/kernel/releases.json"
LIFESPANS = f"{SOURCE}/recipes/kernel/lifespans.conf"
BUILD_ID = bytes(range(20))


def run(program, *argv):
    return subprocess.run([program, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=60, env={**os.environ, "KSIG_RECIPES": f"{SOURCE}/recipes", "LC_ALL": "C.UTF-8"})


def ends(name, done, status, *words):
    """Each of WORDS has to stand in what was printed or said."""
    said = done.stdout + done.stderr
    tap.ok(done.returncode == status and all(word in said for word in words), name, f"{done.returncode}\n{said}")


# ---- kernel list, kmod list ----------------------------------------------------------------------

def listed(*more):
    return run(KSIG, "kernel", "list", "--releases", RELEASES, "--lifespans", LIFESPANS, "--date", "2026-11-24", *more)


series = {row["series"]: row for row in json.loads(listed("--format=json").stdout)}
tap.ok(series["6.1"]["newest"] == "6.1.187" and series["6.1"]["days_left"] == 402 and series["6.1"]["state"] == "maintained",
       "kernel list: the newest, and the days that are left", series["6.1"])
tap.ok(series["5.4"]["state"] == "eol" and series["5.4"]["days_left"] < 0, "kernel list: what has ended", series["5.4"])
ends("kernel list: a table for people", listed(), 0, "SERIES", "6.1.187", "vanished")
for words in (("kernel", "list"), ("kmod", "list"), ("kmod", "link"), ("revisions",), ("status",), ("version",), ("watch",)):
    done = run(KSIG, *words, "surplus")
    if f"meson's option {words[0]}" not in done.stderr:
        ends(f"{' '.join(words)}: a word that it has no use for", done, 2, "expected", f"ksig {' '.join(words)} --help")
ends("kernel list: no such day", run(KSIG, "kernel", "list", "--date", "2026-02-30"), 2, "YYYY-MM-DD expected")
ends("kernel list: no such file", run(KSIG, "kernel", "list", "--releases", f"{TOP}/none"), 4, "none")
LEFT_OUT = tap.left_out(KSIG)
if "kmod" not in LEFT_OUT:
    recipes = json.loads(run(KSIG, "kmod", "list", "--format=json").stdout)
    tap.ok({"isci", "mlx4", "wireguard"} <= {recipe["recipe"] for recipe in recipes}, "kmod list: the recipes", recipes)
    ends("kmod list: a table for people", run(KSIG, "kmod", "list"), 0, "RECIPE", "isci")
if "live" in LEFT_OUT:
    ends("live: not in this build", run(KSIG, "live", "plan"), 4, "live: not in this build of ksig (meson's option live)")
    tap.done()

# ---- live plan -----------------------------------------------------------------------------------

WORKSPACE = f"{TOP}/ws"
subprocess.run([WRITE_WORKSPACE, WORKSPACE], check=True, stdout=subprocess.DEVNULL)
plan = run(KSIG, "-w", WORKSPACE, "live", "plan", "--all", "--format=json")
rows = json.loads(plan.stdout)
tap.ok(plan.returncode in (0, 1) and rows and [row["rank"] for row in rows] == list(range(1, len(rows) + 1)) and
       all(row["verdict"] in ("live", "try", "rework", "reboot", "nothing") for row in rows), "live plan: each patch, in its rank", rows)
ends("live plan: a table for people", run(KSIG, "-w", WORKSPACE, "live", "plan", "--all"), plan.returncode, "VERDICT", rows[0]["subject"][:20])
ends("live plan: RPM's name of the architecture", run(KSIG, "-w", WORKSPACE, "live", "plan", "--all", "--format=json", "--arch=x86_64"), plan.returncode,
     plan.stdout.strip())
ends("live plan: no architecture", run(KSIG, "-w", WORKSPACE, "live", "plan", "--arch=x86_65"), 2, "x86_65")
ends("live plan: no such column", run(KSIG, "-w", WORKSPACE, "live", "plan", "--columns=colour"), 2, "colour")
ends("live plan: no workspace", run(KSIG, "-w", f"{TOP}/none", "live", "plan"), 1, "no catalog here")

# ---- live build and test: what they refuse before anything is built ------------------------------

with open(f"{TOP}/a.patch", "w", encoding="ascii") as patch:
    patch.write("--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1 +1 @@\n-a\n+b\n+c\n")
ends("live build: of nothing", run(KSIG, "live", "build"), 2, "a patch are needed")
ends("live build: a hunk of more lines than it says",
     run(KSIG, "live", "build", "--name=a", "--tree", TOP, "--vmlinux", f"{TOP}/none", f"{TOP}/a.patch"), 3, "has not the lines")
ends("live test: of nothing", run(KSIG, "live", "test"), 2, "--kernel and the folder")
ends("live test: of a folder that is not there", run(KSIG, "live", "test", f"--kernel={TOP}/none", f"{TOP}/none"), 4, "none")

# ---- live on a machine ---------------------------------------------------------------------------

ROOT = f"{TOP}/root"


def put(path, content):
    os.makedirs(os.path.dirname(f"{ROOT}/{path}"), exist_ok=True)
    with open(f"{ROOT}/{path}", "wb") as file:
        file.write(content)


def live(*argv):
    return run(LIVE, "live", *argv, "--root", ROOT)


ends("live status: no machine there", live("status"), 2, "no folder, so it stands for no machine")
os.makedirs(ROOT)
ends("live status: nobody is trusted yet", live("status"), 4, "no policy yet")
tap.need("gpg")
os.makedirs(f"{TOP}/gpg", mode=0o700)
GPG = ["gpg", "--homedir", f"{TOP}/gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
subprocess.run([*GPG, "--quick-gen-key", "vendor", "ed25519", "sign", "never"], check=True, stderr=subprocess.DEVNULL)
with open(f"{TOP}/vendor.asc", "wb") as key:
    subprocess.run([*GPG, "--armor", "--export"], check=True, stdout=key)
run(LIVE, "trust", f"--folder={ROOT}/etc/ksig/trust", "add", "vendor", f"{TOP}/vendor.asc", "--role=kernel", "--provider=vendor")
ends("live status: no kernel runs there", live("status"), 4, "sys/kernel/notes")
put("sys/kernel/notes", struct.pack("<III", 4, len(BUILD_ID), 3) + b"GNU\0" + BUILD_ID)
put("proc/sys/kernel/osrelease", b"6.1.0-1-test\n")
put("proc/sys/kernel/random/boot_id", b"00000000-0000-4000-8000-000000000000\n")
put("proc/sys/kernel/tainted", b"0\n")
put("proc/modules", b"")
status = live("status", "--json", "--metrics", f"{TOP}/metrics.prom")
told = json.loads(status.stdout)
tap.ok(status.returncode in (0, 1) and BUILD_ID.hex() in status.stdout and told, "live status: JSON, of this kernel", status.stdout + status.stderr)
with open(f"{TOP}/metrics.prom", encoding="utf-8") as metrics:
    tap.ok("ksig_live" in metrics.read(), "live status: a textfile of metrics beside it")
ends("live status: for people", live("status"), status.returncode, BUILD_ID.hex())
check = live("check", "--json", "CVE-2026-1")
tap.ok(check.returncode == 1 and json.loads(check.stdout)["cve"] == "CVE-2026-1", "live check: a CVE that is not fixed", check.stdout + check.stderr)
ends("live check: for people", live("check", "CVE-2026-1"), 1, "CVE-2026-1: ")
ends("live check: of no CVE", live("check", "x"), 2, "takes a CVE id")
ends("live update: a source that is not there", live("update", f"{TOP}/none"), 4, "none")
ends("live update: without a live.conf", live("update", "--auto"), 2, "nothing newer is due")
ends("live apply: the store has nothing", live("apply"), 1, "no live patch for the running kernel", BUILD_ID.hex())
ends("live apply: which of the quarantine", live("apply", "--from-quarantine"), 2, "which patch?")
ends("live apply: forced with other words", live("apply", "--force", "words"), 2, "I will reboot this machine")
ends("live apply: when the machine stops", live("apply", "--stopping"), 0)
ends("live apply: more than one", live("apply", "a", "b", "c"), 2, "too many arguments")
ends("live rollback: to the kernel as it was booted", live("rollback"), 0)
ends("live rollback: from what is not applied", live("rollback", "--from=a-1"), 0)
history = live("history")
tap.ok(history.returncode == 0 and json.loads(history.stdout.splitlines()[-1])["what"] == "rolled back", "live history: a line each", history.stdout)
ends("live mirror: into nowhere", live("mirror", "a"), 2, "takes a source and a folder")
ends("live mirror: of nothing", live("mirror", f"{TOP}/none", f"{TOP}/mirror"), 4, "index.json")
tap.done()
