# SPDX-License-Identifier: GPL-2.0-or-later
"""Real kernels from the Debian archive, unpacked in the cache without being installed."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import archive  # noqa: E402
from tap import skip_all  # noqa: E402

CACHE = archive.CACHE
ROOT = os.path.join(CACHE, "root")
SERIES_6_1 = r"^linux-headers-6\.1\.0-[0-9]+-amd64$"


def listed(pattern):
    """Releases whose headers match, oldest first."""
    try:
        return [name[len("linux-headers-"):] for name in archive.names(pattern)]
    except archive.Absent as reason:
        skip_all(reason)


def download(name):
    try:
        return archive.download(name)
    except archive.Absent as reason:
        skip_all(reason)


def unpack(name):
    try:
        archive.unpack(name, ROOT)
    except archive.Absent as reason:
        skip_all(reason)


def header_parts(release):
    series = re.match(r"\d+\.\d+", release).group(0)
    common = re.sub(r"-(cloud-)?amd64$", "-common", release).replace("-rt-common", "-common-rt")
    return [f"linux-headers-{release}", f"linux-headers-{common}", f"linux-kbuild-{series}"]


def newest(releases, number=1, headers_only=False):
    """The newest NUMBER of RELEASES of which every part is served, oldest first: a mirror may list the headers of a kernel before
    it has its image, and images that it dropped."""
    whole = []
    for release in reversed(releases):
        if len(whole) == number:
            break
        if archive.served(*header_parts(release), *([] if headers_only else [f"linux-image-{release}"])):
            whole.insert(0, release)
    return whole


def headers(release):
    """A build folder for RELEASE: Debian's headers name each other by absolute paths, which are moved to ROOT."""
    for name in header_parts(release):
        unpack(name)
    folder = f"{ROOT}/usr/src/linux-headers-{release}"
    with archive.lock():
        for name in ("Makefile", ".kernelvariables"):
            with open(f"{folder}/{name}", encoding="ascii") as file:
                text = file.read()
            if re.search(r"include /usr/src", text):
                with open(f"{folder}/{name}", "w", encoding="ascii") as file:
                    file.write(text.replace("include /usr/src", f"include {ROOT}/usr/src"))
    return folder


def source():
    """The tarball of the 6.1 kernel's source."""
    unpack("linux-source-6.1")
    return f"{ROOT}/usr/src/linux-source-6.1.tar.xz"
