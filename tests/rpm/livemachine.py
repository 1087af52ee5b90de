# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that runs a vendor's kernel, for the client of live patches: the files below its root that tell of it, and the kernel's package."""
import glob
import os

from repolib import run

MODULE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live", "data", "lp_fcntl.ko")
BUILD_ID = "18131f50b1871982b9e17a6de6743f41e747e6ea"
RELEASE = "4.18.0-305.el8.x86_64"
PATCH = "kpatch-patch-4_18_0-305"
NOTE = bytes([4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0]) + b"GNU\0" + bytes.fromhex(BUILD_ID)
KERNEL = """Name: kernel-core
Version: 4.18.0
Release: 305.el8
Summary: a kernel
License: GPL-2.0-only
AutoReqProv: no
%global __os_install_post %{{nil}}
%description
.
%install
install -D {image} %{{buildroot}}/lib/modules/{release}/vmlinuz
%files
/lib/modules/{release}/vmlinuz
"""


def put(root, path, content):
    os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
    with open(f"{root}/{path}", "wb") as file:
        file.write(content)


def lay(root, machine_id):
    """What ksig reads of a running system."""
    for path, content in (("sys/kernel/notes", NOTE), ("etc/machine-id", f"{machine_id}\n".encode()),
                          ("proc/sys/kernel/random/boot_id", b"boot-1\n"), ("proc/cmdline", b"quiet\n"),
                          ("proc/meminfo", b"MemAvailable: 90000 kB\n"), ("proc/sys/kernel/osrelease", RELEASE.encode())):
        put(root, path, content)


def kernel_package(top, vendor):
    """The package of the kernel that runs, made in the new folder TOP and signed by VENDOR."""
    os.mkdir(top)
    with open(f"{top}/k.spec", "w", encoding="utf-8") as spec:
        spec.write(KERNEL.format(image=MODULE, release=RELEASE))
    run("rpmbuild", "-bb", "--define", f"_topdir {top}", "--define", "debug_package %{nil}", "--target", "x86_64", f"{top}/k.spec")
    package = glob.glob(f"{top}/RPMS/*/*.rpm")[0]
    vendor.sign(package)
    return package
