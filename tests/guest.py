# SPDX-License-Identifier: GPL-2.0-or-later
"""The virtual machine of all tests that boot a real kernel: its initramfs, the modules that it needs, QEMU, and what it says.
TCG only: never KVM, so that a test says the same on every machine."""
import os
import re
import shutil
import subprocess
import threading
import time


def run(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, errors="replace", check=True, **more).stdout


def script(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)


def busybox(root, applets=()):
    """Busybox and its APPLETS in bin/ of ROOT, where a guest's first process finds them."""
    os.makedirs(f"{root}/bin", exist_ok=True)
    shutil.copy(shutil.which("busybox"), f"{root}/bin/busybox")
    for applet in applets:
        os.symlink("busybox", f"{root}/bin/{applet}")


def modules(base, release, names):
    """Paths of the modules of RELEASE below BASE that NAMES need, themselves too, in the order in which to load them; those that
    are built in, or not there, are left out."""
    if not os.path.exists(f"{base}/lib/modules/{release}/modules.dep.bin"):
        run("depmod", "-b", base, release)
    paths = []
    for name in names:
        shown = subprocess.run(["modprobe", "-d", base, "-S", release, "--show-depends", name], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True, check=False).stdout
        paths += [path for path in re.findall(r"^insmod (\S+)", shown, re.M) if path not in paths]
    return paths


def cpio(folder, path):
    """What is in FOLDER, as an initramfs."""
    with open(path, "wb") as out:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], input=run("find", ".", cwd=folder).encode(), stdout=out, cwd=folder,
                       check=True)


def qemu(kernel, initrd, append="", machine="q35", memory="512M", more=()):
    """How a guest is started: emulated, with one processor, its console on standard output."""
    return ["qemu-system-x86_64", "-M", machine, "-accel", "tcg", "-smp", "1", "-m", memory, "-nographic", "-no-reboot", "-nodefaults",
            "-serial", "stdio", "-kernel", kernel, "-initrd", initrd, "-append", f"console=ttyS0 quiet panic=-1 no_timer_check {append}",
            *more]


def boot(argv, seconds, kill_at=None):
    """What a guest says until it ends, or SECONDS have passed; KILL_AT (lines, seconds): it is killed that long after that many
    lines that begin with "@ " or "= "."""
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    lines, shown = [], 0
    for raw in process.stdout:
        line = raw.decode(errors="replace").replace("\r", "")
        lines.append(line)
        shown += line[:2] in ("@ ", "= ")
        if kill_at and shown >= kill_at[0]:
            time.sleep(kill_at[1])
            process.kill()
            break
    process.wait()
    watchdog.cancel()
    return "".join(lines)
