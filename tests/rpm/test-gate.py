#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig repo publish refuses what would take a module from its users; the dnf trap that it guards against."""
import os
import shutil

from repolib import KSIG, Server, build, need, run, scratch, tap

need("rpmbuild", "dnf")
tmp = scratch()
root = os.path.join(tmp, "root")
os.mkdir(root)
server = Server(root)


def symbols(changed):
    crcs = {"mlx4_a": 0x11, "mlx4_b": 0x22, "isci_a": 0x33}
    if changed:
        crcs.update(mlx4_a=0x91, mlx4_b=0x92)
    return [f"kernel({name}) = 0x{crc:08x}" for name, crc in crcs.items()]


def kernel(version, changed, name="kernel-core"):
    return build(tmp, name, version, tags="\n".join(["Provides: installonlypkg(kernel)"] +
                                                   [f"Provides: {symbol}" for symbol in symbols(changed)]))


def module(name, version, wanted):
    return build(tmp, name, version, tags="\n".join(f"Requires: {symbol}" for symbol in wanted))


OLD, NEW = symbols(False), symbols(True)
first = kernel("1", False) + module("kmod-mlx4", "4.0", OLD[:2]) + module("kmod-isci", "1.2", OLD[2:])
breaks = kernel("2", True)
mended = module("kmod-mlx4", "4.1", NEW[:2])
longterm = kernel("6.12.1", True, "kernel-lt")
fits = kernel("3", False)
too_new = module("kmod-isci", "1.3", ["kernel(isci_a) = 0x00000099"])


def publish(*arguments, channel="testing", to=root):
    return run(KSIG, "--workspace", os.path.join(tmp, "no-workspace"), "repo", "publish", "--to", to, "--channel", channel,
               "--base-url", server.url, *arguments, check=False)


def generation(channel="testing"):
    path = os.path.join(root, channel)
    return os.readlink(path) if os.path.islink(path) else None


def dnf(*arguments):
    home = os.path.join(tmp, "dnf")
    os.makedirs(home, exist_ok=True)
    with open(os.path.join(home, "dnf.conf"), "w", encoding="utf-8") as conf:
        conf.write(f"[main]\nreposdir=/nonexistent\ncachedir={home}/cache\npersistdir={home}/persist\nlogdir={home}\n"
                   "plugins=0\nclean_requirements_on_remove=0\n")
    return run("dnf", "-y", "--refresh", "-c", f"{home}/dnf.conf", f"--installroot={home}/root", "--releasever=9", "--forcearch=x86_64",
               f"--repofrompath=ksig,{server.url}/testing/9/x86_64", "--nogpgcheck", *arguments, check=False)


done = publish(*first)
tap.ok(done.returncode == 0, "a first publication takes nothing from anyone", done.stdout)
if os.geteuid() == 0:
    done = dnf("install", "kernel-core", "kmod-mlx4", "kmod-isci")
    tap.ok(done.returncode == 0, "dnf installs it", done.stdout)
was = generation()
if "kmod" in tap.left_out(KSIG):
    done = publish("--strict", *breaks)
    tap.ok(done.returncode == 1 and generation() == was, "without the part kmod, strict: a kernel that nobody judged is refused", done.stdout)
    done = publish(*breaks)
    tap.ok(done.returncode == 0 and "not judged: kernel-core-2-1.el9.x86_64: the gate for modules is not in this build" in done.stdout,
           "else it is told", done.stdout)
    tap.done()
done = publish(*breaks)
tap.ok(done.returncode == 1 and generation() == was, "a kernel that does not serve a module is refused", done.stdout)
tap.ok("kmod-mlx4-4.0-1.el9.x86_64 would be lost with kernel 2-1.el9" in done.stdout and "9/x86_64" in done.stdout and
       "isci" not in done.stdout, "it names the module, the kernel and the repository", done.stdout)
done = publish("--dry-run", *breaks)
tap.ok(done.returncode == 1, "a dry run says it as well", done.stdout)
done = publish("--accept-loss", "kmod-isci", *breaks)
tap.ok(done.returncode == 1 and generation() == was, "accepting another module's loss does not help", done.stdout)
done = publish(*breaks, *mended)
tap.ok(done.returncode == 0, "with the module that was built again it is published", done.stdout)
done = publish(*too_new)
tap.ok(done.returncode == 0, "a module that no kernel serves is not installed, so takes nothing", done.stdout)
done = publish(*longterm)
tap.ok(done.returncode == 0, "a kernel of another name that serves no module takes none", done.stdout)
done = publish(*kernel("4", False))
tap.ok(done.returncode == 1 and "kmod-mlx4-4.1" in done.stdout, "nor does it stand in for the kernel that did", done.stdout)
done = publish("--accept-loss", "kmod-mlx4", *kernel("4", False))
tap.ok(done.returncode == 0, "with words, the loss is accepted", done.stdout)

# Only modules here, the kernels from the distribution.
done = publish(*first[1:], channel="modules")
tap.ok(done.returncode == 0, "modules alone are published", done.stdout)
done = publish(*kernel("1.5", True), channel="modules")
tap.ok(done.returncode == 0, "a kernel that no user has is nobody's upgrade", done.stdout)
publish(*first[1:], channel="more")
done = publish(*breaks, "--users-have", os.path.dirname(first[0]), channel="more")
tap.ok(done.returncode == 1 and "kmod-mlx4-4.0" in done.stdout, "with the kernel that users have from elsewhere, it is",
       done.stdout)

# A kernel of several packages: its modules export symbols, too.
def longterm_of(version, crc):
    parts = build(tmp, "kernel-lt-core", version, tags="Provides: installonlypkg(kernel)\nProvides: kernel(isci_a) = 0x33")
    return parts + build(tmp, "kernel-lt-modules", version,
                         tags=f"Provides: installonlypkg(kernel-module)\nProvides: kernel(sas_a) = 0x{crc:08x}")


sas = module("kmod-sas", "1.0", ["kernel(isci_a) = 0x33", "kernel(sas_a) = 0x00000044"])
publish(*longterm_of("6.12.2", 0x44), *sas, channel="parts")
done = publish(*longterm_of("6.12.3", 0x44), channel="parts")
tap.ok(done.returncode == 0, "a kernel's packages are taken together", done.stdout)
done = publish(*longterm_of("6.12.4", 0x45), channel="parts")
tap.ok(done.returncode == 1 and "kmod-sas" in done.stdout, "and each of them counts", done.stdout)

# Promotion takes the same way.
other = os.path.join(tmp, "other")
publish(*first, channel="release", to=other)
publish(*first, *breaks, channel="testing", to=other)
done = publish("--promote", "testing", channel="release", to=other)
tap.ok(done.returncode == 1 and "kmod-mlx4-4.0" in done.stdout, "a promotion is refused as well", done.stdout)

# The trap itself: plain dnf upgrades without a word, and the module goes with the old kernel.
if os.geteuid() == 0:
    shutil.rmtree(root)
    os.mkdir(root)
    publish(*first)
    publish("--accept-loss", "kmod-mlx4", *breaks)
    done = dnf("upgrade")
    tap.ok(done.returncode == 0 and "mlx4" not in done.stdout, "dnf upgrades without a word of the module", done.stdout)
    dnf("remove", "kernel-core-1")
    left = run("rpm", "--root", os.path.join(tmp, "dnf/root"), "-qa").stdout
    tap.ok("kmod-mlx4" not in left and "kmod-isci" in left, "with the old kernel it is gone", left)
server.stop()
tap.done()
