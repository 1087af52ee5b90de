# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod check and matrix as a user runs them: what the loader compares besides symbols, as text, JSON and HTML."""
import json
import lzma
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import made  # noqa: E402
import tap  # noqa: E402
from tap import need, ok  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
need("gcc")
top = tempfile.mkdtemp(prefix="ksig-loader-")
SYMBOLS = {"module_layout": 0x11111111, "kmalloc": 0x22222222}


def run(*argv):
    return subprocess.run([KSIG, "-w", f"{top}/ws", *map(str, argv)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=60, cwd=top)


def module(path, release, size=0, imports=SYMBOLS):
    """A module whose struct module has SIZE bytes (0: it has no such section)."""
    text = made.module("acme", release, imports)
    if size:
        text += f'IN(".gnu.linkonce.this_module") char this_module[{size}];\n'
    made.write(f"{top}/{path}.c", text)
    subprocess.run(["gcc", "-c", f"{top}/{path}.c", "-o", f"{top}/{path}"], check=True)


def kernel(release, size):
    made.kernel(f"{top}/kernels/{release}", release, SYMBOLS)
    module(f"kernels/{release}/kernel/own.ko", release, size)
    # What was added to it says nothing of it.
    module(f"kernels/{release}/extra/added.ko", release, 64)
    return f"{top}/kernels/{release}"


os.makedirs(f"{top}/ws")
# kernel, size of its struct module, of the module's, verdict
for release, theirs, ours, verdict in (("6.12.1", 1280, 1280, "loads"), ("6.12.2", 1280, 1216, "refuses"), ("6.12.3", 1280, 0, "loads"),
                                       ("6.4.0", 1280, 1216, "refuses"), ("5.14.0-1.el9", 1280, 1216, "loads")):
    folder = kernel(release, theirs)
    module("acme.ko", release, ours)
    done = run("kmod", "check", "-f", "json", "-k", folder, "acme.ko")
    found = json.loads(done.stdout)[0]
    ok(found["verdict"] == verdict and done.returncode == (verdict == "refuses"), f"struct module: {ours} on {theirs}, {release}", done.stdout)
    ok(("struct-size" in done.stdout) == (verdict == "refuses"), f"struct module: {release}: it is said", done.stdout)
    run("kmod", "kernels", folder)
    again = run("kmod", "check", "-f", "json", "-k", release, "acme.ko")
    ok(json.loads(again.stdout)[0]["verdict"] == verdict, f"struct module: {release}: the catalog knows it, too", again.stdout + again.stderr)

# xz's checks: the kernel's own decompressor knows CRC32.
module("acme.ko", "6.12.1", 1280)
with open(f"{top}/acme.ko", "rb") as file:
    plain = file.read()
for name, check, said in (("CRC32", lzma.CHECK_CRC32, False), ("none", lzma.CHECK_NONE, False), ("CRC64", lzma.CHECK_CRC64, True),
                          ("SHA-256", lzma.CHECK_SHA256, True)):
    with open(f"{top}/acme.ko.xz", "wb") as file:
        file.write(lzma.compress(plain, check=check))
    done = run("kmod", "check", "-k", f"{top}/kernels/6.12.1", "acme.ko.xz")
    ok(done.returncode == 0 and (f"xz with {name}" in done.stdout) == said, f"compressed by xz with {name}", done.stdout + done.stderr)

# The reports: text, JSON and HTML say the same, and so does the table.
made.kernel(f"{top}/other", "6.12.9", {**SYMBOLS, "kmalloc": 0x99999999})
for fmt in ("text", "json", "html"):
    for command in ("check", "matrix"):
        done = run("kmod", command, "-f", fmt, "-k", f"{top}/kernels/6.12.1", "-k", f"{top}/other", "acme.ko")
        ok(done.returncode == 1 and all(word in done.stdout for word in ("acme", "6.12.1", "6.12.9", "loads", "refuses")),
           f"{command} as {fmt}: both kernels, both verdicts", done.stdout + done.stderr)
        if command == "check":
            ok("kmalloc" in done.stdout, f"{command} as {fmt}: the symbol at fault", done.stdout)
        if fmt == "json":
            ok(isinstance(json.loads(done.stdout), list), f"{command} as {fmt} is JSON")
        if fmt == "html":
            ok("<table" in done.stdout and done.stdout.rstrip().endswith("</html>"), f"{command} as {fmt} is a page", done.stdout[-200:])
made.write(f"{top}/odd<b>", "0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n")
done = run("kmod", "check", "-f", "html", "-k", f"{top}/odd<b>", "acme.ko")
ok("odd<b>" not in done.stdout and "odd&lt;b&gt;" in done.stdout, "what comes from outside is escaped", done.stdout)

# A file that is cut short or no module is bad input, not another kind of module.
with open(f"{top}/cut.ko", "wb") as file:
    file.write(plain[:len(plain) // 2])
for command in (["kmod", "check", "-k", f"{top}/other"], ["live", "inspect"]):
    for path in ("cut.ko", KSIG):
        done = run(*command, path)
        ok(done.returncode == 3 and done.stdout == "", f"{' '.join(command[:2])}: {os.path.basename(path)} is bad input", done.stdout + done.stderr)
with open(f"{top}/acme.ko.xz", "wb") as file:
    file.write(lzma.compress(plain))
done = run("live", "inspect", "acme.ko.xz")
ok(done.returncode == 0 and "acme" in done.stdout, "live inspect reads a compressed module", done.stdout + done.stderr)
shutil.rmtree(top)
tap.done()
