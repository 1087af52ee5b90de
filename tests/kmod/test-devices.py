# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod devices: tables in source and in modules, compared; the patch that restores ids, and who is affected."""
import json
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
need("gcc", "patch", "diff")
top = tempfile.mkdtemp(prefix="ksig-devices-")


def run(*argv):
    return subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=120, cwd=top)


IDS = "#define PCI_VENDOR_ID_ACME 0x1234\n#define PCI_DEVICE_ID_ACME_ROCKET 0x0042 /* and // more */\n"
HEAD = """/* a "driver" */
#include <linux/pci.h>
#define ACME_OLD(id) { PCI_VDEVICE(ACME, id), .driver_data = OLD | \\
	QUIET }
static const struct pci_device_id acme_table[] = {
"""
TAIL = """};
MODULE_DEVICE_TABLE(pci, acme_table);
static const struct pci_device_id not_a_table[] = { { PCI_DEVICE(1, 2) }, { 0 } };
"""
ENTRIES = ["{ PCI_VDEVICE(ACME, 0x0001), NEW }", "ACME_OLD(0x0002)", "{ PCI_DEVICE_DATA(ACME, ROCKET, 7) }",
           "{ 0x1234, 0x5, PCI_ANY_ID, PCI_ANY_ID, 0, 0, 0 }", "{ PCI_DEVICE_SUB(0x1234, 0x6, 0xa, 0xb) }",
           "{ PCI_DEVICE_CLASS(0x0108 << 8, ~0xff) }"]
ALIASES = ["pci:v00001234d00000001sv*sd*bc*sc*i*", "pci:v00001234d00000002sv*sd*bc*sc*i*",
           "pci:v00001234d00000042sv*sd*bc*sc*i*", "pci:v00001234d00000005sv*sd*bc*sc*i*",
           "pci:v00001234d00000006sv0000000Asd0000000Bbc*sc*i*", "pci:v*d*sv*sd*bc01sc08i*"]


def tree(name, entries, head=HEAD, end="\t{ 0, }\n"):
    made.write(f"{top}/{name}/include/linux/pci_ids.h", IDS)
    body = "".join(e if e.startswith("#") or e.startswith("/*") else f"\t{e},\n" for e in entries)
    made.write(f"{top}/{name}/drivers/acme/acme.c", head + body + end + TAIL)
    made.write(f"{top}/{name}/drivers/acme/acme.h", "#ifndef ACME_H\n#define ACME_H\n#define ACME_QUIRK 0x77\n#endif\n")


made.write(f"{top}/acme.conf", made.recipe("acme", ["acme"]).replace("[source]", "devices=pci:\n[source]"))
tree("upstream", ENTRIES)


def devices(vendor, *more, upstream="upstream", recipe="acme.conf"):
    done = run(KSIG, "kmod", "devices", "--format", "json", "--upstream", upstream, "--vendor", vendor, *more, f"{top}/{recipe}")
    rows = json.loads(done.stdout or "[]")
    return done, [r["device"] for r in rows if r["change"] == "dropped"], [r["device"] for r in rows if r["change"] == "added"]


# name, the vendor's entries and head, what it dropped, what cannot be restored
GUARDED = ENTRIES[:1] + ["#ifndef CONFIG_VENDOR\n"] + ENTRIES[1:3] + ["#endif\n"] + ENTRIES[3:]
ROWS = [
    ("nothing dropped", ENTRIES, HEAD, [], []),
    ("other order, other spelling", ["{ PCI_DEVICE(0x1234, 1), .driver_data = NEW }"] +
     ENTRIES[:0:-1], HEAD, [], []),
    ("the first", ENTRIES[1:], HEAD, ALIASES[:1], []),
    ("all but one", ENTRIES[3:4], HEAD, ALIASES[:3] + ALIASES[4:], []),
    ("in comments", ["/* { PCI_VDEVICE(ACME, 0x0001), NEW }, */\n"] + ENTRIES[1:],
     HEAD, ALIASES[:1], []),
    ("by a condition", GUARDED, "#define CONFIG_VENDOR 1\n" + HEAD, ALIASES[1:3], []),
    ("a condition that does not hold", GUARDED, HEAD, [], []),
    ("a macro that the vendor has no more", ENTRIES[:1] + ENTRIES[2:], HEAD.replace("ACME_OLD", "ACME_GONE"), ALIASES[1:2],
     ALIASES[1:2]),
]
for number, (name, entries, head, dropped, failed) in enumerate(ROWS):
    tree(f"vendor{number}", entries, head)
    done, found, _ = devices(f"vendor{number}", "--patch", f"{number}.patch")
    ok(done.returncode == 0 and found == dropped, name, f"{found}\n{done.stderr}")
    ok(all(f"not restored: {alias}" in done.stderr for alias in failed), f"{name}: what cannot be restored is said", done.stderr)
    shutil.copytree(f"{top}/vendor{number}", f"{top}/patched{number}")
    applied = subprocess.run(["patch", "-p1", "--fuzz=0", "-d", f"{top}/patched{number}", "-i", f"{top}/{number}.patch"],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    done, found, added = devices(f"patched{number}")
    ok(applied.returncode == 0 and found == failed and added == [], f"{name}: the patch restores the rest",
       f"{applied.stdout}{found}{added}")

# A table without an end, and one on a single line.
tree("endless", ENTRIES[1:], end="")
done, found, _ = devices("endless", "--patch", "endless.patch")
subprocess.run(["patch", "-s", "-p1", "-d", f"{top}/endless", "-i", f"{top}/endless.patch"], check=True)
ok(found == ALIASES[:1] and devices("endless")[1] == [], "a table that nothing ends", done.stderr)

# Only what the recipe asks for is restored; what it says is a prefix of modalias.
made.write(f"{top}/some.conf", made.recipe("acme", ["acme"]).replace("[source]", "devices=pci:v00001234d00000002\n[source]"))
devices("vendor3", "--patch", "some.patch", recipe="some.conf")
with open(f"{top}/some.patch", encoding="ascii") as text:
    plus = [line for line in text.read().splitlines() if line.startswith("+") and not line.startswith("+++")]
ok(plus == ["+\tACME_OLD(0x0002),"], "the recipe says what is restored", plus)

# A built module against source: what modpost writes is what is read.
made.write(f"{top}/modules/acme.c", made.module("acme", "5.14.0-1", {"module_layout": 1}, aliases=ALIASES[2:]))
subprocess.run(["gcc", "-c", f"{top}/modules/acme.c", "-o", f"{top}/modules/acme.ko"], check=True)
for address, alias in (("0000:01:00.0", "pci:v00001234d00000002sv00001234sd00000000bc01sc00i00"),
                       ("0000:02:00.0", "pci:v00001234d00000042sv00001234sd00000000bc01sc00i00"),
                       ("0000:03:00.0", "pci:v00008086d00000002sv00001234sd00000000bc01sc00i00")):
    made.write(f"{top}/sys/bus/pci/devices/{address}/modalias", alias + "\n")
done = run(KSIG, "kmod", "devices", "--format", "json", "--upstream", "upstream", "--vendor", "modules", "--sysfs", f"{top}/sys",
           "--exit-code", f"{top}/acme.conf")
rows = {row["device"]: row["here"] for row in json.loads(done.stdout)}
ok(done.returncode == 1 and sorted(rows) == sorted(ALIASES[:2]), "modules against source", done.stdout + done.stderr)
ok(rows.get(ALIASES[1]) == "0000:01:00.0" and not rows.get(ALIASES[0]), "the machine's devices that are affected", rows)
done = devices("modules", "--patch", "x.patch")[0]
ok(done.returncode == 2 and not os.path.exists(f"{top}/x.patch"), "no patch without source", done.stderr)

# Bad input: an error or nothing, never a crash.
for name, text in (("an open brace", HEAD + "\t{ PCI_DEVICE(1, 2"), ("an open comment", HEAD + "/* "),
                   ("deep nesting", HEAD + "\t{ " + "(" * 5000 + "1" + ")" * 5000 + ", 2 },\n\t{ 0 }\n" + TAIL),
                   ("no number", HEAD + "\t{ PCI_DEVICE(acme_id(), 2) },\n\t{ 0 }\n" + TAIL),
                   ("a directive inside an entry", HEAD + "\t{ PCI_DEVICE(1,\n#if 1\n2) },\n#endif\n\t{ 0 }\n" + TAIL)):
    tree("bad", ENTRIES)
    made.write(f"{top}/bad/drivers/acme/acme.c", text)
    done, found, _ = devices("bad")
    ok(done.returncode in (0, 3) and sorted(found) == sorted(ALIASES) if done.returncode == 0 else done.returncode == 3, f"bad: {name}",
       f"{done.returncode} {found} {done.stderr}")
done = run(KSIG, "kmod", "devices", "--upstream", "upstream", "--vendor", "nowhere", f"{top}/acme.conf")
ok(done.returncode in (3, 4) and "nowhere" in done.stderr, "a vendor that is not there", done.stderr)

# The build restores them by itself, for each kernel's own source.
if shutil.which("rpmbuild"):
    K = "5.14.0-1.el9.x86_64"
    made.kernel(f"{top}/kernel", K, {"module_layout": 1})
    made.write(f"{top}/kernel/Makefile", f"""modules:
	gcc -c $(KCFLAGS) $(M)/module.c -o $(M)/acme.ko
	cp $(M)/acme.c {top}/built/drivers/acme/acme.c
	echo 0x1 > $(M)/Module.symvers
""")
    for number in (2, 5):
        made.write(f"{top}/vendor{number}/drivers/acme/module.c", made.module("acme", K, {"module_layout": 1}))
        tree("built", [])
        done = run(KSIG, "kmod", "build", f"{top}/acme.conf", "-k", "kernel", "-s", f"vendor{number}", "--upstream", "upstream",
                   "-o", f"out{number}")
        sources = [n for n in os.listdir(f"{top}/out{number}") if n.endswith(".src.rpm")]
        listed = run("rpm", "-qpl", f"out{number}/{sources[0]}").stdout if sources else ""
        ok(done.returncode == 0 and "kmod-acme-devices.patch" in listed and devices("built")[1] == [],
           f"a build with the ids of another source ({number})", done.stderr + listed)
    done = run(KSIG, "kmod", "build", f"{top}/acme.conf", "-k", "kernel", "-s", "vendor7", "--upstream", "upstream", "-o", "out7")
    ok(done.returncode == 3 and "cannot be restored" in done.stderr, "a build that cannot restore them says so", done.stderr)

shutil.rmtree(top)
tap.done()
