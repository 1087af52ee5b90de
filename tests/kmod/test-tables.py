# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod devices: tables that stand in other files, or are made of macros of other files, are read or said to be unread."""
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
need("gcc")
top = tempfile.mkdtemp(prefix="ksig-tables-")
IDS = "#define PCI_VENDOR_ID_ACME 0x1234\n"
TABLE = "static const struct pci_device_id acme_table[] = {\n"
END = "\t{ 0 }\n};\nMODULE_DEVICE_TABLE(pci, acme_table);\n"
ALL = [f"pci:v00001234d0000000{n}sv*sd*bc*sc*i*" for n in (1, 2, 3)]
made.write(f"{top}/acme.conf", made.recipe("acme", ["acme"]).replace("[source]", "devices=pci:\n[source]"))
made.write(f"{top}/modules/acme.c", made.module("acme", "5.14.0-1", {"module_layout": 1}, aliases=ALL))
subprocess.run(["gcc", "-c", f"{top}/modules/acme.c", "-o", f"{top}/modules/acme.ko"], check=True)


def row(number):
    return f"\t{{ PCI_VDEVICE(ACME, {number}), 0 }},\n"


# Upstream's module has all three devices: what the files give (dropped), and the words that standard error has.
BEGIN = "#define TABLE_BEGIN static const struct pci_device_id acme_table[] = {\n#define TABLE_END { 0 } }\n#define ROW(n) { PCI_VDEVICE(ACME, n), 4 }\n"
LIST = "TABLE_BEGIN\n\tROW(1),\n\tROW(3),\nTABLE_END;\n"
ROWS = [
    ("another file's macro begins the table", {"main.c": BEGIN + '#include "list.h"\nMODULE_DEVICE_TABLE(pci, acme_table);\n', "list.h": LIST}, [2], []),
    ("found as the makefile's -I would", {"core/main.c": BEGIN + '#include "list.h"\nMODULE_DEVICE_TABLE(pci, acme_table);\n', "shared/list.h": LIST}, [2], []),
    ("that file is not the recipe's", {"main.c": BEGIN + '#include "../other/list.h"\nMODULE_DEVICE_TABLE(pci, acme_table);\n'}, [1, 2, 3],
     ["acme_table): its table is not found", "../other/list.h"]),
    ("a file between the braces", {"main.c": TABLE + row(1) + '#include "rows.inc"\n' + END, "rows.inc": row(2)}, [3], []),
    ("which is not there", {"main.c": TABLE + row(1) + '#include "rows.inc"\n' + END}, [2, 3], ["not understood: drivers/acme/main.c: acme_table"]),
    ("which a macro names", {"main.c": '#define ROWS "rows.inc"\n' + TABLE + row(1) + "#include ROWS\n" + END, "rows.inc": row(2)}, [2, 3],
     ["not understood: drivers/acme/main.c: acme_table"]),
    ("a file that is compiled twice", {"one.c": TABLE + "#ifdef SECOND\n" + row(2) + "#else\n" + row(1) + "#endif\n" + END, "two.c": '#define SECOND\n#include "one.c"\n'},
     [3], []),
    ("the macro of old kernels", {"main.c": "static DEFINE_PCI_DEVICE_TABLE(acme_table) = {\n" + row(1) + row(2) + END}, [3], []),
    ("two tables of one name, one not found", {"one.c": TABLE + row(1) + row(2) + END, "two.c": "NOBODY_KNOWS(acme_table)\nMODULE_DEVICE_TABLE(pci, acme_table);\n"},
     [3], ["two.c: MODULE_DEVICE_TABLE(pci, acme_table): its table is not found"]),
    ("a table of modules alone", {"main.c": "#ifdef MODULE\n" + TABLE + row(1) + "\t{ 0 }\n};\nMODULE_DEVICE_TABLE(pci, acme_table);\n#endif\n"}, [2, 3], []),
    ("rows by index", {"main.c": "enum { ROCKET };\n" + TABLE + "\t[ROCKET] = { PCI_VDEVICE(ACME, 1) },\n\t[1] = { PCI_VDEVICE(ACME, 2) },\n" + END}, [3], []),
    ("MODULE_DEVICE_TABLE in a macro", {"main.c": '#include "compat.h"\n' + TABLE + row(1) + "\t{ 0 }\n};\nTELL(acme_table);\n",
                                        "compat.h": "#define TELL(table) MODULE_DEVICE_TABLE(pci, table)\n"}, [2, 3], []),
    ("a macro whose meaning an earlier header decides", {"main.c": '#include "one.h"\n#include "two.h"\n' + TABLE + "\tROW(1),\n" + END,
                                                         "one.h": "#define WIDE 1\n", "two.h": "#ifdef WIDE\n#define ROW(n) { PCI_VDEVICE(ACME, n) }, { PCI_VDEVICE(ACME, n + 1) }\n"
                                                         "#else\n#define ROW(n) { PCI_VDEVICE(ACME, n) }\n#endif\n"}, [3], []),
    ("the kernel's version decides", {"main.c": TABLE + "#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)\n" + row(1) + "#endif\n"
                                      "#if RHEL_RELEASE_CODE >= RHEL_RELEASE_VERSION(9, 5)\n" + row(2) + "#endif\n" + END}, [2, 3], []),
    ("ids that are enumerators", {"main.c": '#include "ids.h"\n' + TABLE + row("ROCKET") + row("GLIDER") + END, "ids.h": "enum acme_ids {\n\tROCKET = 0x1, GLIDER, /* two */\n};\n"}, [3], []),
    ("enumerators after a condition", {"main.c": "enum {\n\tROCKET = 1,\n#ifdef MORE\n\tOTHER,\n#endif\n\tGLIDER,\n};\n" + TABLE + row("ROCKET") + row("GLIDER") + END}, [2, 3],
     ["not understood: drivers/acme/main.c: acme_table: { .vendor = (0x1234), .device = (GLIDER)"]),
    ("enumerators of two values", {"main.c": "enum a { ROCKET = 1 };\nvoid f(void) { enum b { ROCKET = 2 }; }\n" + TABLE + row("ROCKET") + END}, [1, 2, 3], ["acme_table"]),
    ("casts and choices", {"main.c": "#define ID(x) (unsigned)(((x) >> 32) & 0xFFFF ?: (~0)), (unsigned short) (((x) >> 48) ? ((x) >> 48) : 7), PCI_ANY_ID, PCI_ANY_ID\n" + TABLE +
                           "\t{ ID(0x0001123400000000ull) },\n\t{ ID(0x0002123400000000ull) },\n" + END}, [3], []),
    ("a cast to what is no number", {"main.c": TABLE + "\t{ PCI_DEVICE(0x1234, (struct acme) 1) },\n" + END}, [1, 2, 3], ["acme_table: {"]),
    ("a table that the module does not tell of", {"main.c": TABLE + row(1) + row(2) + "\t{ 0 }\n};\nstatic struct pci_driver acme = {\n\t.name = \"acme\",\n\t.id_table = acme_table,\n};\n"},
     [1, 2, 3], []),
    ("a row of one subsystem, another of a class", {"main.c": TABLE + "\t{ PCI_DEVICE_SUB(0x1234, 1, 0x5, 0x6), 0 },\n\t{ PCI_DEVICE(0x1234, 2), .class = 0x0c0300, .class_mask = 0xffff00 },\n" + END}, [1, 2, 3], []),
    ("a row of a class, whatever the device", {"main.c": TABLE + "\t{ PCI_DEVICE(0x1234, PCI_ANY_ID), .class = 0x030000, .class_mask = 0xffffff },\n" + END}, [1, 2, 3], []),
    ("a table of another bus", {"main.c": TABLE + row(1) + row(2) + row(3) + END + "static const struct usb_device_id usb[] = { { } };\nMODULE_DEVICE_TABLE(usb, usb);\n"
                                "MODULE_DEVICE_TABLE(of, ids);\n"}, [], ["tables of other buses than PCI: of 1, usb 1"]),
    ("tables of other buses that options decide", {"main.c": TABLE + row(1) + row(2) + row(3) + END + "#ifdef CONFIG_ACME_USB\nMODULE_DEVICE_TABLE(usb, usb);\n#else\n"
                                                   "MODULE_DEVICE_TABLE(of, ids);\n#endif\n"}, [], ["tables of other buses than PCI: of 1, usb 1"]),
    ("headers that include each other", {"main.c": '#include "a.h"\n' + TABLE + "\tROW,\n" + END, "a.h": '#ifndef A\n#define A\n#include "b.h"\n#endif\n',
                                         "b.h": '#include "a.h"\n#define ROW { PCI_VDEVICE(ACME, 1) }\n'}, [2, 3], []),
    ("a header without a guard that includes itself", {"main.c": '#include "a.h"\n' + TABLE + row(1) + END, "a.h": '#include "a.h"\n'}, [2, 3], []),
    ("a table that no .c file has", {"main.c": "int x;\n", "list.h": TABLE + row(1) + END}, [1, 2, 3], []),
]
# Two files include core.c, each with a meaning of ROCKET; what is compiled by itself the makefile says.
CORE = {"one.c": '#define ROCKET 1\n#include "core.c"\n', "two.c": '#define ROCKET 2\n#include "core.c"\n', "core.c": TABLE + row("ROCKET") + END}
for name, makefile, dropped, words in (
        ("does not compile", "obj-$(CONFIG_ACME) += acme.o\nacme-y := one.o two.o\n", [3], []),
        ("compiles as well", "obj-$(CONFIG_ACME) += acme.o\nacme-y := one.o two.o core.o\n", [3], ["core.c: acme_table: {"]),
        ("says nothing of", "include elsewhere\n", [3], ["core.c: acme_table: {"])):
    ROWS.append((f"a .c file that others include, which the makefile {name}", {**CORE, "Makefile": makefile}, dropped, words))
SIBLING = row(2).join(("static const struct pci_device_id other_table[] = {\n", "\t{ 0 }\n};\nMODULE_DEVICE_TABLE(pci, other_table);\n"))
OWN = {"acme_main.c": TABLE + row(1) + END, "other.c": SIBLING}
for name, makefile, dropped in (
        ("says which file is a sibling's", "obj-$(CONFIG_ACME) += acme.o\nobj-$(CONFIG_OTHER) += other.o\nacme-y := \\\n\tacme_main.o\n", [2, 3]),
        ("makes one module of both", "obj-$(CONFIG_ACME) += acme.o\nacme-objs := acme_main.o\nacme-$(CONFIG_MORE) += other.o\n", [3]),
        ("says nothing of it", "obj-$(CONFIG_ACME) += acme.o\ninclude elsewhere\n", [3])):
    ROWS.append((f"a folder of several modules: the makefile {name}", {**OWN, "Makefile": makefile}, dropped, []))
# Whatever a row is written like, no file but the driver's is opened: a device would be read until memory ends.
for name, line in (("plainly", '#include "/dev/zero"'), ("by import", '#import "/dev/zero"'), ("in two lines", '#inc\\\nlude "/dev/zero"'), ("by other signs", '%:include "/dev/zero"'),
                   ("with a comment", '# /*\n*/ include "/dev/zero"'), ("behind a raw string", 'R"(")" /*\n" */ # /*\n*/ include "/dev/zero"'),
                   ("by a way out", '#include "../../../../../../../../../../../dev/zero"'), ("by embed", '#embed "/dev/zero"'),
                   ("in a definition", '#define X \\\n#include "/dev/zero"\nX')):
    ROWS.append((f"a device that is included {name}", {"main.c": TABLE + row(1) + line + "\n" + END}, None, []))
    ROWS.append((f"a device that is included {name} by a header", {"main.c": '#include "a.h"\n' + TABLE + row(1) + END, "a.h": line + "\n"}, None, []))

for number, (name, files, dropped, words) in enumerate(ROWS):
    folder = f"{top}/{number}"
    made.write(f"{folder}/include/linux/pci_ids.h", IDS)
    made.write(f"{folder}/Makefile", "VERSION = 5\nPATCHLEVEL = 14\nSUBLEVEL = 0\n")
    made.write(f"{folder}/Makefile.rhelver", "RHEL_MAJOR = 9\nRHEL_MINOR = 4\n")
    for file, text in files.items():
        made.write(f"{folder}/drivers/acme/{file}", text)
    try:
        done = subprocess.run([KSIG, "kmod", "devices", "-f", "json", "--upstream", "modules", "--vendor", folder, f"{top}/acme.conf"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, timeout=50, cwd=top)
    except subprocess.TimeoutExpired:
        ok(False, name, "it did not end")
        continue
    rows = json.loads(done.stdout or "[]")
    found = [r["device"] for r in rows if r["change"] == "dropped"]
    want = [alias for n, alias in enumerate(ALL, 1) if dropped is None or n in dropped]
    good = found == want if dropped is not None else len(found) >= 2
    ok(done.stderr.count("tables of other buses") == sum(word.startswith("tables") for word in words), f"{name}: other buses' tables are counted once", done.stderr)
    ok(done.stderr.count("not understood: ") == done.stderr.count("vendor: not understood: "), f"{name}: what is said has its side", done.stderr)
    unread = {r["how"] for r in rows if r["device"] in found} == {"not there, or not understood"}
    ok(unread == ("not understood" in done.stderr and not words[0].startswith("tables")) if words else True, f"{name}: how they are dropped", done.stdout + done.stderr)
    if name.startswith("a row of "):
        hows = {r["device"]: r["how"] for r in rows}
        ok([hows.get(alias) for alias in ALL] == ["driven in part, by a narrower row"] * 2 + ["driven in part, by a narrower row" if "class, w" in name else "removed"], f"{name}: they are not called removed", done.stdout)
    if name == "a table that the module does not tell of":
        hows = {r["device"]: r["how"] for r in rows}
        ok([hows.get(alias) for alias in ALL] == ["in " + name] * 2 + ["removed"], f"{name}: it is not called removed", done.stdout)
    ok(done.returncode == 0 and good and all(word in done.stderr for word in words) and (words or dropped is None or not done.stderr), name,
       f"{done.returncode} {found}\n{done.stderr}")

shutil.rmtree(top)
tap.done()
