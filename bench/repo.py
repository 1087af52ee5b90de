#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""repo.py KSIG [COUNT [FOLDER]]: publish and verify COUNT signed packages, and a tenth of them, against createrepo_c
alone, in one run. FOLDER keeps the packages for a later run.

Prints seconds, the highest resident memory and the ratio to createrepo_c, one line a measurement.
"""
import concurrent.futures
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "rpm"))
import measure  # noqa: E402
from repolib import KSIG, Key, run, scratch  # noqa: E402

COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
PER_SPEC = 500
WORKERS = 3  # that make packages; what is measured runs alone

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


def spec_of(folder, number):
    count = min(PER_SPEC, COUNT - number * PER_SPEC)
    spec = os.path.join(folder, f"pack{number}.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(HEAD.format(number=number, count=count))
        for part in range(1, count + 1):
            file.write(PART.format(number=number, part=part, need=max(part - 1, 1)))
    return spec


def build(folder, number):
    """The packages of one spec to FOLDER/unsigned, unless that was done."""
    top, done = os.path.join(folder, f"top{number}"), os.path.join(folder, f"pack{number}.built")
    if os.path.exists(done):
        return
    run("rpmbuild", "-bb", "--define", f"_topdir {top}", "--define", "debug_package %{nil}", "--define",
        "_build_id_links none", "--define", "_binary_payload w0.gzdio", spec_of(folder, number), timeout=3600)
    for path, _, names in os.walk(os.path.join(top, "RPMS")):
        for name in names:
            os.rename(os.path.join(path, name), os.path.join(folder, "unsigned", name))
    shutil.rmtree(top)
    open(done, "w", encoding="utf-8").close()


def sign(folder, key, names):
    key.sign(*(os.path.join(folder, "unsigned", name) for name in names))
    for name in names:
        os.rename(os.path.join(folder, "unsigned", name), os.path.join(folder, "signed", name))


def make(folder, key):
    """COUNT signed packages in FOLDER/signed; a run that was stopped goes on."""
    for name in ("unsigned", "signed"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda number: build(folder, number), range((COUNT + PER_SPEC - 1) // PER_SPEC)))
        names = sorted(os.listdir(os.path.join(folder, "unsigned")))
        list(pool.map(lambda start: sign(folder, key, names[start:start + 100]), range(0, len(names), 100)))
    return os.path.join(folder, "signed")


def cost_of(name, argv, base=None):
    """Seconds of the clock and of the processors, and the most memory that the program and its children had together."""
    cost = measure.run([str(word) for word in argv], keep=False)
    print(f"{name:34} {cost.wall:8.1f} s {cost.cpu:8.1f} CPU s {measure.mib(cost.together):>9} "
          f"{cost.cpu / base if base else 1:6.2f}x CPU", flush=True)
    return cost.cpu


def advisories(path, names):
    """One an eighth of the packages, as a SIG that has published for years has them."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump([{"id": f"BENCH-{number}", "type": "bugfix", "packages": [os.path.basename(name)[:-len(".rpm")]]}
                   for number, name in enumerate(names[::8])], file)


def compare(folder, key, names):
    """All measurements with the packages NAMES; the last of them comes later than the others."""
    print(f"{len(names)} packages", flush=True)
    # Each run has folders of its own, which stay to the end: a file system that has just lost thousands of files is slower.
    packages, extra, root, plain = (os.path.join(folder, f"{name}-{len(names)}") for name in ("some", "extra", "root", "plain"))
    for name in (packages, extra):
        os.mkdir(name)
    for name in names:
        os.link(name, os.path.join(extra if name == names[-1] else packages, os.path.basename(name)))
    publish = [KSIG, "repo", "publish", "--sign-with", key.fingerprint, "--gpg-home", key.home, "--format", "tsv", "--to"]
    base = cost_of("createrepo_c", ["createrepo_c", "-q", "--no-database", "--workers", "2", packages])
    advisories(os.path.join(folder, "advisories.json"), names)
    channel = os.path.join(root, "testing")
    cost_of("publish, signatures checked", publish + [root, "--keys", key.public, packages], base)
    cost_of("publish one more", publish + [root, "--keys", key.public, extra], base)
    cost_of(f"publish {len(names[::8])} advisories", publish + [root, "-a", os.path.join(folder, "advisories.json")], base)
    cost_of("verify", [KSIG, "repo", "verify", "--keys", key.public, channel], base)
    cost_of("verify --metadata-only", [KSIG, "repo", "verify", "--keys", key.public, "--metadata-only", channel], base)
    cost_of("publish, signatures not checked", publish + [plain, packages], base)
    return packages, extra, root, plain


def main():
    kept = sys.argv[3] if len(sys.argv) > 3 else None
    folder = scratch()
    if kept:
        os.makedirs(kept, exist_ok=True)
    key = Key(kept or folder, "bench")
    packages = make(kept or folder, key)
    names = sorted(os.path.join(packages, name) for name in os.listdir(packages))[:COUNT]
    made = [path for count in (COUNT // 10, COUNT) for path in compare(kept or folder, key, names[:count])]
    key.stop()
    for path in made:
        shutil.rmtree(path)
    shutil.rmtree(folder)


main()
