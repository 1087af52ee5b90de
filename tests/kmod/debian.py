# SPDX-License-Identifier: GPL-2.0-or-later
"""Real kernels from the Debian archive, unpacked without being installed, kept in $KSIG_TEST_CACHE."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from tap import skip_all  # noqa: E402

CACHE = os.environ.get("KSIG_TEST_CACHE") or os.path.join(tempfile.gettempdir(), "ksig-test-cache")
ROOT = os.path.join(CACHE, "root")


def names(pattern):
    """Packages of the archive whose name matches, oldest first."""
    if not shutil.which("apt-cache"):
        skip_all("no apt here")
    found = subprocess.run(["apt-cache", "search", "--names-only", pattern], stdout=subprocess.PIPE, text=True, check=False)
    listed = [line.split()[0] for line in found.stdout.splitlines()]
    return sorted(listed, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])


def download(name):
    """The path of a package's file."""
    os.makedirs(CACHE, exist_ok=True)
    found = glob.glob(f"{CACHE}/**/{glob.escape(name)}_*.deb", recursive=True)
    if not found:
        subprocess.run(["apt-get", "-qq", "download", name], cwd=CACHE, stderr=subprocess.DEVNULL, check=False)
        found = glob.glob(f"{CACHE}/{glob.escape(name)}_*.deb")
    if not found:
        skip_all(f"{name} cannot be fetched")
    return found[0]


def unpack(name):
    mark = os.path.join(ROOT, ".unpacked", name)
    if not os.path.exists(mark):
        path = download(name)
        os.makedirs(os.path.dirname(mark), exist_ok=True)
        subprocess.run(["dpkg", "-x", path, ROOT], check=True)
        open(mark, "w", encoding="ascii").close()


def headers(release):
    """A build folder for RELEASE: Debian's headers name each other by absolute paths, which are moved to ROOT."""
    series = re.match(r"\d+\.\d+", release).group(0)
    common = re.sub(r"-(cloud-)?amd64$", "-common", release).replace("-rt-common", "-common-rt")
    for name in (f"linux-headers-{release}", f"linux-headers-{common}", f"linux-kbuild-{series}"):
        unpack(name)
    folder = f"{ROOT}/usr/src/linux-headers-{release}"
    for name in ("Makefile", ".kernelvariables"):
        with open(f"{folder}/{name}", encoding="ascii") as file:
            text = file.read()
        if "include /usr/src" in text:
            with open(f"{folder}/{name}", "w", encoding="ascii") as file:
                file.write(text.replace("include /usr/src", f"include {ROOT}/usr/src"))
    return folder


def source():
    """The tarball of the 6.1 kernel's source."""
    unpack("linux-source-6.1")
    return f"{ROOT}/usr/src/linux-source-6.1.tar.xz"
