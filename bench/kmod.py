#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""kmod.py KSIG FOLDER MODULE…: many kernels and some modules, one line a measurement.

FOLDER has kernels' header packages; MODULE… are modules or packages of them. Prints CPU seconds, the highest resident memory,
the size of the catalog, and the warm matrix in relation to reading the kernels in the same run.
"""
import glob
import os
import resource
import shutil
import subprocess
import sys
import tempfile

KSIG, FOLDER, MODULES = sys.argv[1], sys.argv[2], sys.argv[3:]


def measure(name, *argv):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([KSIG, *argv], stdout=subprocess.PIPE, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name}: {seconds:.2f} CPU s, exit status {done.returncode}")
    return seconds, done.stdout


packages = [path for path in sorted(glob.glob(f"{FOLDER}/linux-headers-*.deb") + glob.glob(f"{FOLDER}/kernel-devel-*.rpm"))
            if "-common" not in path]
workspace = tempfile.mkdtemp(prefix="ksig-bench-")
read, _ = measure(f"reading {len(packages)} kernels", "--workspace", workspace, "kmod", "kernels", *packages)
print(f"catalog: {os.path.getsize(f'{workspace}/catalog.db') / 1048576:.1f} MiB")
measure("matrix, cold", "--workspace", workspace, "kmod", "matrix", *MODULES)
warm, text = measure("matrix, warm", "--workspace", workspace, "kmod", "matrix", *MODULES)
print(f"matrix: {len(text.splitlines()) - 1} kernels, {len(text.splitlines()[0].split()) - 1} modules, "
      f"{warm / read:.3f} of reading them")
measure("plan", "--workspace", workspace, "kmod", "plan", "-b", MODULES[0])
print(f"highest memory: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB")
shutil.rmtree(workspace)
