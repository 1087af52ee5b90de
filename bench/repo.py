#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""repo.py KSIG [COUNT]: publish and verify COUNT signed packages, against createrepo_c alone, in one run.

Prints seconds, the highest resident memory and the ratio to createrepo_c, one line a measurement.
"""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "rpm"))
from repolib import KSIG, Key, run, scratch  # noqa: E402

COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
PER_SPEC = 500

HEAD = """Name: pack{number}
Version: 1
Release: 1.el9
Summary: many packages
License: GPL-2.0-only
%description
Many packages.
%install
mkdir -p %{{buildroot}}/usr/share/pack{number}
for i in $(seq 1 {count}); do echo $i > %{{buildroot}}/usr/share/pack{number}/$i; done
"""
PART = """%package -n pack{number}-{part}
Summary: part {part}
Provides: kernel(symbol_{number}_{part}) = 0x1234
Requires: pack{number}-{need}
%description -n pack{number}-{part}
Part {part}.
%files -n pack{number}-{part}
/usr/share/pack{number}/{part}
"""


def make(folder):
    for number in range((COUNT + PER_SPEC - 1) // PER_SPEC):
        count = min(PER_SPEC, COUNT - number * PER_SPEC)
        spec = os.path.join(folder, f"pack{number}.spec")
        with open(spec, "w", encoding="utf-8") as file:
            file.write(HEAD.format(number=number, count=count))
            for part in range(1, count + 1):
                file.write(PART.format(number=number, part=part, need=max(part - 1, 1)))
        run("rpmbuild", "-bb", "--define", f"_topdir {folder}/top", "--define", "debug_package %{nil}", "--define",
            "_build_id_links none", "--define", "_binary_payload w0.gzdio", spec, timeout=1800)
    packages = os.path.join(folder, "packages")
    os.mkdir(packages)
    for path, _, names in os.walk(os.path.join(folder, "top", "RPMS")):
        for name in names:
            os.rename(os.path.join(path, name), os.path.join(packages, name))
    shutil.rmtree(os.path.join(folder, "top"))
    return packages


def measure(name, argv, base=None):
    """Seconds of the clock and of the processors, and memory, of this one child and its children."""
    started = time.monotonic()
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        talk = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - started
    cpu = usage.ru_utime + usage.ru_stime
    if process.returncode != 0:
        sys.exit(f"{name}: exit status {process.returncode}\n{talk[-2000:]}")
    ratio = cpu / base if base else 1
    print(f"{name:34} {wall:8.1f} s {cpu:8.1f} CPU s {usage.ru_maxrss // 1024:6d} MiB {ratio:6.2f}x CPU", flush=True)
    return cpu


folder = scratch()
key = Key(folder, "bench")
print(f"{COUNT} packages", flush=True)
packages = make(folder)
names = sorted(os.path.join(packages, name) for name in os.listdir(packages))
for start in range(0, len(names), 200):
    key.sign(*names[start:start + 200])
extra = os.path.join(folder, "extra")
os.mkdir(extra)
os.rename(names[-1], os.path.join(extra, os.path.basename(names[-1])))
root = os.path.join(folder, "root")
publish = [KSIG, "repo", "publish", "--to", root, "--sign-with", key.fingerprint, "--gpg-home", key.home, "--format",
           "tsv"]
base = measure("createrepo_c", ["createrepo_c", "-q", "--no-database", "--workers", "2", packages])
shutil.rmtree(os.path.join(packages, "repodata"))
measure("publish, signatures checked", publish + ["--keys", key.public, packages], base)
measure("publish one more", publish + ["--keys", key.public, extra], base)
shutil.rmtree(os.path.join(root))
measure("publish, signatures not checked", publish + [packages], base)
measure("verify", [KSIG, "repo", "verify", "--keys", key.public, os.path.join(root, "testing")], base)
measure("verify --metadata-only", [KSIG, "repo", "verify", "--keys", key.public, "--metadata-only",
                                   os.path.join(root, "testing")], base)
key.stop()
shutil.rmtree(folder)
