#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-gate.py KSIG: live test, the release gate, where a script in QEMU's place reads the guest that it is given and answers as a
guest does (a real one: qemu/test_gate.py): what is put into the guest, what of its answers passes, the signed result. Prints TAP."""
import hashlib
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "rpm"))
from repolib import KSIG, Key, need, run, scratch, tap

need("gcc", "ld", "gpg", "cpio")
TOP = scratch()
BIN, KERNEL, NAME = f"{TOP}/bin", f"{TOP}/vmlinux", "kpatch-patch-gate"
RELEASE = "6.1.0-9-stand"
os.environ["PATH"] = f"{BIN}:{os.environ['PATH']}"
key = Key(TOP, "live")


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def kernel(path, text):
    run("gcc", "-c", "-o", f"{path}.o", write(f"{path}.c", f"const char version[] = \"{text}\";\n"))
    run("ld", "--build-id=sha1", "-e", "0", "-o", path, f"{path}.o")


def manifest(name, module, revision, build=()):
    run(KSIG, "live", "manifest", "--provider=kmods", f"--revision={revision}", "--expires=2099-01-01", f"--key={key.fingerprint}",
        f"--home={key.home}", f"--release={RELEASE}", f"--name={name}", *(build or [f"--vmlinux={KERNEL}"]), f"--output={TOP}/sets", module)
    return f"{TOP}/sets/{name}-{revision}"


kernel(KERNEL, f"Linux version {RELEASE} (")
kernel(f"{TOP}/other-kernel", "Linux version 6.1.0-10-stand (")
FIRST = manifest(NAME, f"{HERE}/data/lp_fcntl.ko", 1)
OLDER = manifest(NAME + "-older", f"{HERE}/data/lp_klp.ko", 1)
STRANGER = manifest(NAME + "-stranger", f"{HERE}/data/lp_klp.ko", 1, [f"--build-id={'0' * 40}"])
with open(f"{FIRST}/manifest.json", encoding="utf-8") as file:
    DOCUMENT = json.load(file)
BUILD_ID = DOCUMENT["build_id"]
with open(f"{FIRST}/module.ko", "rb") as file:
    DIGEST = hashlib.sha256(file.read()).hexdigest()

# What the machine has: QEMU, busybox, make, each as the gate asks for it.
write(f"{BIN}/qemu-system-x86_64", f"""#!/bin/sh
echo "$*" > {TOP}/asked
while [ $# -gt 0 ]; do [ "$1" = -initrd ] && initrd=$2; shift; done
rm -rf {TOP}/guest && mkdir {TOP}/guest && cd {TOP}/guest && cpio -id --quiet < "$initrd" || exit 1
cat {TOP}/answer
""", 0o755)
write(f"{BIN}/busybox", "#!/bin/sh\n", 0o755)
write(f"{TOP}/headers/Makefile", "modules:\n\tcat $(M)/ksig_hold_main.c $(M)/ksig_hold_thunk.S > $(M)/ksig_hold.ko\n")
write(f"{TOP}/no-headers/Makefile", "modules:\n\t@echo no such config >&2; false\n")

# ---- what a guest says ---------------------------------------------------------------------------

TAINT = 1 << 15  # a live patch was loaded
IDENTITY = f"04000000{BUILD_ID}\n{RELEASE}\n"
STEPS = {"boot": "Linux version\r\n", "identity": f"{IDENTITY}taint 0\n= passed\n", "probe-original": "a\n", "older": f"taint {TAINT}\n= passed\n",
         "apply": f"taint {TAINT}\n= passed\n", "functions": "= passed\n", "probe-patched": "b\n", "replace": "= passed\n",
         "back": "= passed\n", "rollback": "= passed\n", "probe-rolled-back": "a\n",
         "stall": "= passed\ntask 77 (ksig_hold) S ksig_hold_thunk+0x5\ntask 1 (sh) S x\n", "reverse": "= passed\n", "again": "= passed\n",
         "end": "[    9.1] reboot: Power down\n"}
ORDER = ("identity", "older", "apply", "functions", "replace", "back", "rollback", "stall", "reverse", "again", "end")


def answer(**changed):
    """What the next guest says: STEPS with some changed, or (None) not said."""
    steps = {**STEPS, **{name.replace("_", "-"): text for name, text in changed.items()}}
    text = "".join(said if name == "boot" else f"@ {name}\r\n{said}" for name, said in steps.items() if said is not None)
    write(f"{TOP}/answer", text)


def gate(*options, folder=FIRST, image=KERNEL, **kwargs):
    return subprocess.run([KSIG, "live", "test", f"--kernel={image}", *options, folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", check=False, timeout=120, **kwargs)


def steps_of(done):
    try:
        return {step["step"]: (step["outcome"], step["detail"]) for step in json.loads(done.stdout)}
    except ValueError:
        return {}


def ends(name, done, status, *words):
    said = done.stdout + done.stderr
    tap.ok(done.returncode == status and all(word in said for word in words), name, f"{done.returncode}\n{said}")


HOLD = f"--headers={TOP}/headers"
PROBE = "--probe=" + write(f"{TOP}/probe", "cat /proc/cmdline\n")
SIGNED = (f"--key={key.fingerprint}", f"--home={key.home}")


def inside(name):
    with open(f"{TOP}/guest/{name}", "rb") as file:
        return file.read()


def passes():
    answer()
    done = gate("--format=json", HOLD, PROBE, f"--older={OLDER}", f"--module={HERE}/data/lp_klp.ko", *SIGNED)
    steps = steps_of(done)
    tap.ok(done.returncode == 0 and list(steps) == [*ORDER, "probe"] and {outcome for outcome, _ in steps.values()} == {"passed"},
           "all passes, each step by its name", done.stdout + done.stderr)
    tap.ok("(ksig_hold)" in steps["stall"][1] and "(sh)" in steps["stall"][1] and steps["probe"][1] == "b", "who held it up, what the probe said",
           steps)
    with open(f"{TOP}/asked", encoding="utf-8") as file:
        asked = file.read()
    tap.ok("-accel tcg" in asked and f"-kernel {KERNEL}" in asked and "kvm" not in asked, "the guest is emulated, with the kernel that was named", asked)
    wanted = "".join(f"{name.split(':')[0]} {name.split(':')[1]}\n" for name in DOCUMENT["functions"])
    tap.ok(inside("setup").decode() == f"{DOCUMENT['module']} lp_klp 30\n" and inside("functions").decode() == wanted and wanted,
           "the guest knows module, older module and functions", (inside("setup"), inside("functions")))
    tap.ok(hashlib.sha256(inside("patch.ko")).hexdigest() == DIGEST and inside("older.ko") == inside("mods/000.ko") and inside("probe") ==
           b"cat /proc/cmdline\n" and b"ksig_hold" in inside("hold.ko") and b"@ $*" in inside("init") and inside("bin/busybox"),
           "and has the patch, the older, the module, the probe, what holds up, its own first process", os.listdir(f"{TOP}/guest"))
    with open(f"{FIRST}/test.json", encoding="utf-8") as result:
        said = json.load(result)
    tap.ok(said["verdict"] == "passed" and said["files"]["module.ko"] == DIGEST and said["older"].startswith(NAME + "-older") and
           said["build_id"] == BUILD_ID and [step["step"] for step in said["steps"]] == list(steps), "test.json says it, and of which module", said)
    done = subprocess.run(["gpg", "--homedir", key.home, "--batch", "--verify", f"{FIRST}/test.json.asc", f"{FIRST}/test.json"],
                          capture_output=True, text=True, check=False)
    tap.ok(done.returncode == 0, "test.json is signed", done.stderr)
    done = gate("--format=json", "--no-stall")
    steps = steps_of(done)
    tap.ok(done.returncode == 0 and {name for name, (outcome, _) in steps.items() if outcome == "not run"} ==
           {"older", "replace", "back", "stall", "reverse", "again"} and not os.path.exists(f"{TOP}/guest/hold.ko"),
           "without an older set, and not held up: what was not run is said", done.stdout)
    ends("a table for people", gate("--no-stall"), 0, "identity", "no older set was given", f"{NAME}-1: passed in", "not signed, so not written")
    done = gate("--no-stall", "--format=tsv", "--verbose")
    tap.ok(done.stdout.startswith("step\toutcome\tdetail\n") and "@ identity" in done.stderr and "passed in" not in done.stdout,
           "a table for programs, and all that the guest said beside it", done.stdout + done.stderr)


# row, what is changed in the guest's answer, the step that fails for it, its reason
FAILED = (
    ("the guest ends early", {"rollback": None}, "rollback", "the guest did not get there"),
    ("a step says that it failed", {"apply": "= failed not applied in 30 s\n"}, "apply", "not applied in 30 s"),
    ("a step says nothing", {"functions": "\n"}, "functions", ""),
    ("an oops", {"apply": f"taint {TAINT | 1 << 7}\n= passed\n"}, "apply", "the kernel had an oops"),
    ("a warning", {"again": f"taint {TAINT | 1 << 9}\n= passed\n"}, "again", "the kernel warned"),
    ("another kernel", {"identity": f"{'0' * 48}\ntaint 0\n= passed\n"}, "identity", "another kernel ran than the one that the patch is for"),
    ("held up by something else", {"stall": "= passed\ntask 1 (sh) S x\n"}, "stall", "task 1 (sh)"),
    ("a probe that sees no difference", {"probe_patched": "a\n"}, "probe", "says the same with the patch and without"),
    ("a probe that stays changed", {"probe_rolled_back": "b\n"}, "probe", "does not say after the rollback what it said before"),
    ("a probe that did not run", {"probe_original": None}, "probe", "says the same with the patch and without"),
)


def fails():
    for row, changed, step, reason in FAILED:
        answer(**changed)
        done = gate("--format=json", HOLD, PROBE, f"--older={OLDER}")
        steps = steps_of(done)
        failed = {name for name, (outcome, _) in steps.items() if outcome == "failed"}
        tap.ok(done.returncode == 1 and failed == {step} and reason in steps[step][1] and "@ identity" in done.stderr,
               f"does not pass: {row}", (failed, done.stdout))
    answer(identity=f"{IDENTITY}taint {1 << 9}\n= passed\n", again=f"taint {TAINT | 1 << 9}\n= passed\n")
    ends("a kernel that had warned before counts from there", gate(HOLD), 0, "passed in")
    answer(apply="= failed with \x1b[31m colours\n")
    done = gate("--no-stall", *SIGNED)
    with open(f"{FIRST}/test.json", encoding="utf-8") as result:
        said = json.load(result)
    tap.ok(done.returncode == 1 and said["verdict"] == "failed" and f"{NAME}-1: failed in" in done.stdout and "\x1b" not in done.stdout,
           "what did not pass is written down, too; a guest draws nothing on the terminal", (done.stdout, said))


def refused():
    answer()
    ends("another image is refused before it is booted", gate("--no-stall", image=f"{TOP}/other-kernel"), 1, "its build id is", f"the patch is for {BUILD_ID}")
    ends("no image at all", gate("--no-stall", image=f"{TOP}/probe"), 3, "not a kernel image")
    ends("a set that replaces itself", gate("--no-stall", f"--older={FIRST}"), 3, "its module is called", "give it another name")
    ends("an older set of another kernel", gate("--no-stall", f"--older={STRANGER}"), 3, "for another kernel")
    ends("nothing to build what holds up with", gate(), 4, f"{RELEASE}: its headers", "say --no-stall")
    ends("headers that build nothing", gate(f"--headers={TOP}/no-headers"), 4, "no such config")
    ends("a folder without a manifest", gate("--no-stall", folder=BIN), 4, "manifest.json")
    ends("no folder", subprocess.run([KSIG, "live", "test"], capture_output=True, text=True, check=False), 2, "the folder of one live patch")
    shutil.copytree(FIRST, f"{TOP}/changed")
    with open(f"{TOP}/changed/module.ko", "ab") as module:
        module.write(b"x")
    ends("another module than the manifest's", gate("--no-stall", folder=f"{TOP}/changed"), 3, "not the module that the manifest names")
    write(f"{TOP}/answer", "Kernel panic - not syncing: No working init found.\n")
    ends("a guest that never came up says nothing of the patch", gate("--no-stall"), 4, "did not come up", "its last word: Kernel panic")
    os.makedirs(f"{TOP}/empty")
    for missing in ("qemu-system-x86_64", "busybox"):
        shutil.move(f"{BIN}/{missing}", f"{TOP}/empty.{missing}")
        ends(f"a machine without {missing}", gate("--no-stall", env={**os.environ, "PATH": BIN}), 4, f"{missing} is not installed")
        shutil.move(f"{TOP}/empty.{missing}", f"{BIN}/{missing}")


try:
    passes()
    fails()
    refused()
finally:
    key.stop()
tap.done()
