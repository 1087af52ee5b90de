# SPDX-License-Identifier: GPL-2.0-or-later
"""
What ksig builds, as a user gets it: packages published with createrepo_c, installed by dnf into an installroot, depmod
clean, signed and reproducible. "made": a kernel and modules that take seconds; "debian": isci, mlx4 and wireguard against
the newest 6.1 kernel of the Debian archive; "big": amdgpu there, and nvidia and lustre-client where their sources are.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import archive  # noqa: E402
import debian  # noqa: E402
import made  # noqa: E402
import tap  # noqa: E402
from tap import need, ok, skip_all  # noqa: E402

KSIG, RECIPES, KIND = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
need("rpmbuild", "dnf", "createrepo_c", "depmod", "modinfo", "rpm2cpio", "cpio", "make", "gcc")
top = tempfile.mkdtemp(prefix="ksig-install-")


def run(*argv, **more):
    return subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          errors="replace", timeout=7000, env={**os.environ, "KSIG_RECIPES": RECIPES}, **more)


SPEC = """Name: {name}
Version: 1
Release: 1
Summary: test
License: GPL-2.0-only
AutoReqProv: no
{lines}
%global debug_package %{{nil}}
%global __os_install_post %{{nil}}
%description
test
%install
mkdir -p %{{buildroot}}
cp -a {tree}/. %{{buildroot}}
%files
/*
"""


def package(name, tree, lines):
    made.write(f"{top}/{name}.spec", SPEC.format(name=name, tree=tree, lines="\n".join(lines)))
    done = run("rpmbuild", "-bb", "--define", f"_topdir {top}/rpm", "--define", f"_rpmdir {top}/repo", f"{top}/{name}.spec")
    assert done.returncode == 0, done.stdout + done.stderr


def system_packages(release, symvers):
    """The kernel, with its symbols as EL names them, and a shell with depmod for the scriptlets."""
    tree = f"{top}/tree-kernel/lib/modules/{release}"
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        made.write(f"{tree}/{name}", "")
    with open(symvers, encoding="ascii") as file:
        fields = [line.split("\t") for line in file]
    package("kernel-core", f"{top}/tree-kernel",
            ["Provides: installonlypkg(kernel)", "Provides: kernel = 5.14.0-1.el9"] + [f"Provides: kernel({f[1]}) = {f[0].lower()}" for f in fields])
    os.makedirs(f"{top}/tree-shell/bin")
    if shutil.which("busybox"):
        shutil.copy(shutil.which("busybox"), f"{top}/tree-shell/bin/busybox")
    else:
        made.write(f"{top}/tree-shell/bin/busybox", "")
    os.symlink("busybox", f"{top}/tree-shell/bin/sh")
    os.makedirs(f"{top}/tree-shell/sbin")
    os.symlink("../bin/busybox", f"{top}/tree-shell/sbin/depmod")
    package("test-shell", f"{top}/tree-shell", ["Provides: /bin/sh", "Provides: /usr/sbin/depmod", "Provides: /usr/sbin/weak-modules"])


def build(recipe, headers, source, output, *more):
    return run(KSIG, "kmod", "build", recipe, "-k", headers, "-s", source, "-o", output, *more)


def payload(package_file, folder):
    """The modules of a package, by name."""
    os.makedirs(folder)
    subprocess.run(f"rpm2cpio '{package_file}' | cpio -idm --quiet", shell=True, cwd=folder, check=True)
    found = {}
    for path in glob.glob(f"{folder}/lib/modules/*/extra/*/*.ko"):
        with open(path, "rb") as file:
            found[os.path.basename(path)] = file.read()
    return found


def check_install(release, symvers, packages, modules, kernel=None):
    """KERNEL: the folder of the kernel's own modules, which stand beside those of the packages then."""
    run("createrepo_c", "-q", f"{top}/repo")
    for name in ("cache", "log", "persist"):
        os.makedirs(f"{top}/{name}")
    scripts = [] if shutil.which("busybox") else ["--setopt=tsflags=noscripts"]
    done = run("dnf", "-y", "--installroot", f"{top}/root", "--releasever", "9", "--setopt=reposdir=/nonexistent",
               "--setopt=plugins=0", f"--setopt=cachedir={top}/cache", f"--setopt=logdir={top}/log", "--setopt=gpgcheck=0",
               f"--setopt=persistdir={top}/persist", "--setopt=install_weak_deps=0", "--forcearch=x86_64",
               f"--repofrompath=test,{top}/repo", *scripts, "install", "test-shell", *packages)
    ok(done.returncode == 0, "dnf installs what was built, with the kernel that it requires", done.stdout + done.stderr)
    listed = run("rpm", "--root", f"{top}/root", "-qa").stdout
    ok(all(name in listed for name in packages + ["kernel-core"]), "they are installed", listed)
    if not scripts:
        ok(os.path.exists(f"{top}/root/lib/modules/{release}/modules.dep"), "their scriptlets ran depmod", done.stdout)
    if kernel:
        linked = run("cp", "-al", kernel, f"{top}/root/lib/modules/{release}/kernel")
        assert linked.returncode == 0 or run("cp", "-a", kernel, f"{top}/root/lib/modules/{release}/").returncode == 0
    done = run("depmod", "-e", "-E", symvers, "-b", f"{top}/root", release)
    ok(done.returncode == 0 and not done.stderr.strip() and not done.stdout.strip(), "depmod is clean, no symbol unknown",
       done.stdout + done.stderr)
    with open(f"{top}/root/lib/modules/{release}/modules.dep", encoding="ascii") as file:
        dep = dict(line.rstrip("\n").split(":", 1) for line in file if not line.startswith("kernel/"))
    ok(sorted(os.path.basename(path) for path in dep) == sorted(f"{m}.ko" for m in modules), "modules.dep has them all", dep)
    return {os.path.basename(path): needs for path, needs in dep.items()}


def check_again(recipe, headers, source, first):
    """In another folder, bit for bit; signed with a key; damaged input is never published."""
    ok(build(recipe, headers, source, f"{top}/another/place").returncode == 0, f"{recipe}: builds in another folder")
    again = glob.glob(f"{top}/another/place/*.x86_64.rpm")
    one, two = payload(first, f"{top}/first"), payload(again[0], f"{top}/second")
    ok(one and one == two, f"{recipe}: two builds in different folders are bit-equal", sorted(one))
    signer = f"{headers}/scripts/sign-file"
    if not os.path.exists(signer) or not shutil.which("openssl"):
        ok(True, f"{recipe}: signed # SKIP the kernel's folder has no sign-file")
        return
    run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{top}/key.pem", "-out", f"{top}/cert.pem",
        "-days", "30", "-subj", "/CN=ksig test key/")
    done = build(recipe, headers, source, f"{top}/signed", "--key", f"{top}/key.pem", "--certificate", f"{top}/cert.pem")
    made_of = glob.glob(f"{top}/signed/*.x86_64.rpm")
    signed = payload(made_of[0], f"{top}/third") if made_of else {}
    shown = [run("modinfo", "-F", "signer", path).stdout.strip() for path in glob.glob(f"{top}/third/lib/modules/*/extra/*/*.ko")]
    ok(done.returncode == 0 and shown and set(shown) == {"ksig test key"} and "unsigned" not in done.stderr,
       f"{recipe}: signed with a key", f"{done.stderr}{shown}")
    ok(all(signed[name].startswith(one[name]) for name in one), f"{recipe}: what is signed is the same module")


def made_main():
    release = "5.14.0-1.el9.x86_64"
    layout = {"module_layout": 1, "kmalloc": 2}
    made.kernel(f"{top}/kernel", release, layout)
    source = f"{top}/source/drivers/acme"
    made.write(f"{source}/acme_core.c", made.module("acme_core", release, layout, {"acme_new": 0x77}))
    made.write(f"{source}/acme_net.c", made.module("acme_net", release, {"module_layout": 1, "acme_new": 0x77}))
    made.write(f"{top}/acme.conf", made.recipe("acme", ["acme_core", "acme_net"]))
    system_packages(release, f"{top}/kernel/Module.symvers")
    done = build(f"{top}/acme.conf", f"{top}/kernel", f"{top}/source", f"{top}/repo")
    ok(done.returncode == 0, "builds", done.stderr)
    dep = check_install(release, f"{top}/kernel/Module.symvers", ["kmod-acme"], ["acme_core", "acme_net"])
    ok("acme_core.ko" in dep.get("acme_net.ko", ""), "the one that imports depends on the other", dep)
    check_again(f"{top}/acme.conf", f"{top}/kernel", f"{top}/source", glob.glob(f"{top}/repo/kmod-acme-*.x86_64.rpm")[0])


def check_devices(headers, source):
    """isci with two ids taken out, as a vendor would: restored from the whole source, for the real kernel."""
    vendor = f"{top}/vendor"
    os.makedirs(vendor)
    subprocess.run(["tar", "-C", vendor, "--strip-components=1", "-xf", source, "--wildcards", "*/drivers/scsi/isci",
                    "*/include/linux/pci_ids.h"], check=True)
    path = f"{vendor}/drivers/scsi/isci/init.c"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    made_text = text.replace("\t{ PCI_VDEVICE(INTEL, 0x1D61),},\n", "").replace("\t{ PCI_VDEVICE(INTEL, 0x1D6B),},\n", "")
    assert made_text != text
    with open(path, "w", encoding="utf-8") as file:
        file.write(made_text)
    done = build("isci", headers, vendor, f"{top}/restored", "--upstream", source)
    found = glob.glob(f"{top}/restored/*.x86_64.rpm")
    ok(done.returncode == 0 and found, "isci with ids restored builds", done.stderr)
    payload(found[0], f"{top}/restored-tree")
    module = glob.glob(f"{top}/restored-tree/lib/modules/*/extra/isci/isci.ko")[0]
    whole = glob.glob(f"{top}/root/lib/modules/*/extra/isci/isci.ko")[0]
    aliases = [sorted(run("modinfo", "-F", "alias", name).stdout.split()) for name in (module, whole)]
    ok(len(aliases[0]) >= 12 and aliases[0] == aliases[1], "its module drives all devices again", aliases)
    done = run(KSIG, "kmod", "devices", "isci", "--upstream", source, "--vendor", module, "--exit-code")
    ok(done.returncode == 0, "and the tables of source and module are the same", done.stdout + done.stderr)


def newest():
    whole = debian.newest(debian.listed(debian.SERIES_6_1))
    if not whole:
        skip_all("the archive serves no 6.1 kernel whole")
    return whole[0]


def clone(recipe):
    """What the recipe is made of, as its [source] says; or None, and why it is not to be had."""
    with open(f"{RECIPES}/kmod/{recipe}.conf", encoding="utf-8") as file:
        source = dict(re.findall(r"^(url|revision)=(.*)$", file.read().split("[source]")[1], re.M))
    try:
        return archive.clone(recipe, source["url"], source["revision"]), None
    except archive.Absent as reason:
        return None, reason


def debian_main():
    need("gcc-12")
    release = newest()
    headers, source = debian.headers(release), debian.source()
    symvers = f"{headers}/Module.symvers"
    debian.unpack(f"linux-image-{release}")
    system_packages(release, symvers)
    for recipe in ("isci", "mlx4", "wireguard"):
        done = build(recipe, headers, source, f"{top}/repo")
        ok(done.returncode == 0, f"{recipe} builds for {release}", done.stderr)
    modules = ["isci", "mlx4_core", "mlx4_en", "mlx4_ib", "wireguard"]
    dep = check_install(release, symvers, ["kmod-isci", "kmod-mlx4", "kmod-wireguard"], modules,
                        f"{debian.ROOT}/lib/modules/{release}/kernel")
    ok(all("mlx4_core.ko" in dep.get(name, "") for name in ("mlx4_en.ko", "mlx4_ib.ko")), "mlx4's depend on its core", dep)
    requires = run("rpm", "-qp", "--requires", *glob.glob(f"{top}/repo/kmod-mlx4-*.x86_64.rpm")).stdout
    ok("ksym(mlx4_" in requires and "kernel(mlx4_" not in requires, "siblings are ksym(), the kernel's are kernel()")
    check_again("isci", headers, source, glob.glob(f"{top}/repo/kmod-isci-*.x86_64.rpm")[0])
    check_devices(headers, source)


def big_main():
    """The drivers that take minutes. What was built stays in the cache, and is built again if anything of it changes."""
    need("gcc-12")
    release = newest()
    headers = debian.headers(release)
    sources = {"rocm": (debian.source(), None), "nvidia": clone("nvidia"), "lustre-client": clone("lustre-client")}
    debian.unpack(f"linux-image-{release}")
    system_packages(release, f"{headers}/Module.symvers")
    packages, modules = [], []
    for recipe, (source, reason) in sources.items():
        if not source:
            ok(True, f"{recipe} builds # SKIP {reason}")
            continue
        done = build(recipe, headers, source, f"{debian.CACHE}/built")
        ok(done.returncode == 0, f"{recipe} builds for {release}", done.stderr)
        made_of = [word for word in done.stdout.split() if word.endswith(".rpm") and not word.endswith(".src.rpm")]
        for path in made_of:
            shutil.copy(path, f"{top}/repo")
        packages += [f"kmod-{recipe}"] if made_of else []
        with open(f"{RECIPES}/kmod/{recipe}.conf", encoding="utf-8") as file:
            modules += re.search(r"^modules=(.*)$", file.read(), re.M).group(1).split()
    dep = check_install(release, f"{headers}/Module.symvers", packages, modules, f"{debian.ROOT}/lib/modules/{release}/kernel")
    ok("amdgpu.ko" in dep, "amdgpu among them", dep)


{"made": made_main, "debian": debian_main, "big": big_main}[KIND]()
shutil.rmtree(top)
tap.done()
