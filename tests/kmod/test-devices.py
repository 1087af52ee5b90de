# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod devices: tables in source and in modules, compared; the patch that restores ids, and who is affected."""
import gzip
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


def how(done):
    return {row["device"]: row["how"] for row in json.loads(done.stdout or "[]") if row["change"] == "dropped"}


def patched(vendor, patch):
    shutil.copytree(f"{top}/{vendor}", f"{top}/{vendor}-patched")
    return subprocess.run(["patch", "-p1", "--fuzz=0", "-d", f"{top}/{vendor}-patched", "-i", f"{top}/{patch}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


# The vendor's configuration decides a guard: given, found beside the source, or unknown and said to be.
GUARD = ENTRIES[:1] + ["#ifndef CONFIG_ACME_SHORT\n"] + ENTRIES[1:3] + ["#endif\n", "#ifdef CONFIG_ACME_OLD\n"] + ENTRIES[3:4] + ["#endif\n"] + ENTRIES[4:]
tree("guarded", GUARD)
made.write(f"{top}/short.config", "CONFIG_ACME_SHORT=y\n# CONFIG_ACME_OLD is not set\n")
done, found, added = devices("guarded", "--config", f"{top}/short.config", "--patch", "guarded.patch")
ok(found == ALIASES[1:4] and set(how(done).values()) == {"left out by the configuration"} and added == [], "the configuration decides", done.stdout)
applied = patched("guarded", "guarded.patch")
ok(applied.returncode == 0 and devices("guarded-patched", "--config", f"{top}/short.config")[1] == [], "and the patch restores", applied.stdout)
made.write(f"{top}/long.config", "CONFIG_ACME_OLD=y\n")
ok(devices("guarded", "--config", f"{top}/long.config")[1] == [], "another configuration drops nothing")
# The configuration may be compressed, or in a package; what is none is refused, not taken for everything off.
with open(f"{top}/short.config", "rb") as text:
    made_gz = gzip.compress(text.read())
with open(f"{top}/config.gz", "wb") as out:
    out.write(made_gz)
ok(devices("guarded", "--config", f"{top}/config.gz")[1] == ALIASES[1:4], "a compressed configuration")
if shutil.which("rpmbuild"):
    made.write(f"{top}/rpm/SPECS/core.spec", "Name: kernel-core\nVersion: 5.14.0\nRelease: 1.el9\nSummary: x\nLicense: x\n%description\nx\n%install\n"
               f"install -D {top}/short.config %{{buildroot}}/lib/modules/5.14.0-1.el9.x86_64/config\n%files\n/lib/modules\n")
    subprocess.run(["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {top}/rpm", "--target", "x86_64", f"{top}/rpm/SPECS/core.spec"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    core = [os.path.join(d, f) for d, _, fs in os.walk(f"{top}/rpm/RPMS") for f in fs][0]
    ok(devices("guarded", "--config", core)[1] == ALIASES[1:4], "the package's configuration")
for none in ("/dev/null", f"{top}/acme.conf", KSIG):
    done, found, _ = devices("guarded", "--config", none)
    ok(done.returncode == 3 and found == [] and "not a kernel's configuration" in done.stderr, f"no configuration: {os.path.basename(none)}", done.stderr)
done, found, _ = devices("guarded")
ok("3 devices depend on the vendor's configuration" in done.stderr, "without one it says what it did not judge", done.stderr)
made.write(f"{top}/guarded/distribution/kernel-x86_64-debug-rhel.config", "CONFIG_ACME_OLD=y\n")
for machine in ("x86_64", "aarch64", "ppc64le", "s390x"):
    made.write(f"{top}/guarded/distribution/kernel-{machine}-rhel.config", "CONFIG_ACME_SHORT=y\n")
done, found, _ = devices("guarded")
ok(found == ALIASES[1:4] and "-rhel.config" in done.stderr and "debug" not in done.stderr, "one that the source holds is found", done.stderr)

# A driver that the vendor leaves out as a whole: none of its devices is driven, though every row is there.
made.write(f"{top}/option.conf", made.recipe("acme", ["acme"]).replace("[source]", "devices=pci:\n[source]") + "[options]\nCONFIG_ACME=m\nCONFIG_ACME_FAST=y\n")
for setting, left in (("# CONFIG_ACME is not set\n", ALIASES), ("CONFIG_ACME_FAST=y\n", ALIASES), ("CONFIG_ACME=m\n", []), ("CONFIG_ACME=y\n", [])):
    made.write(f"{top}/whole.config", setting)
    done, found, _ = devices("upstream", "--config", f"{top}/whole.config", recipe="option.conf")
    ok(found == left and set(how(done).values()) <= {"left out by the configuration"}, f"a driver that is left out: {setting.strip()}", done.stdout)

# One macro may stand for several rows; it is put back once. A table that is not found is no empty one.
MANY = HEAD.replace("static const", "#define ACME_FAMILY { PCI_DEVICE(0x1234, 0x71) }, { PCI_DEVICE(0x1234, 0x72) }\nstatic const", 1)
tree("family", ENTRIES + ["ACME_FAMILY"], MANY)
tree("without", ENTRIES, MANY)
done, found, _ = devices("without", "--patch", "family.patch", upstream="family")
applied = patched("without", "family.patch")
ok(len(found) == 2 and applied.returncode == 0 and devices("without-patched", upstream="family")[1] == [], "a macro of several rows", done.stderr + applied.stdout)
with open(f"{top}/without-patched/drivers/acme/acme.c", encoding="ascii") as text:
    ok(text.read().count("ACME_FAMILY,") == 1, "is put back once")
tree("hidden", [], '#include "../table.h"\nTABLE_BEGIN(acme_table)\n')
ok("acme_table): its table is not found" in devices("hidden")[0].stderr, "a table that is not found is said")

# A board where the class stands: C takes it for one, and without a mask it counts for nothing.
tree("mistaken", ["{ PCI_DEVICE(0x1234, 1), ACME_BOARD }"] + ENTRIES[1:])
done, found, _ = devices("mistaken")
ok(found == [] and not done.stderr, "a word in the place of a class without a mask", done.stdout + done.stderr)
tree("mistaken", ["{ 0x1234, 1, PCI_ANY_ID, PCI_ANY_ID, ACME_CLASS, ~0, 0 }"] + ENTRIES[1:])
done, found, _ = devices("mistaken")
ok(found == ALIASES[:1] and "not understood" in done.stderr, "and with one it is not guessed", done.stdout + done.stderr)

# Devices that the probe refuses though the table has them.
PROBE = """static const struct pci_device_id acme_off[] = { ACME_OLD(0x0002), { PCI_DEVICE_DATA(ACME, ROCKET, 7) }, { 0 } };
static int probe(struct pci_dev *pdev)
{
	if (pci_hw_disabled(acme_off, pdev))
		return -ENODEV;
	return 0;
}
"""
tree("refusing", ENTRIES, end="\t{ 0 }\n};\n" + PROBE + "static const int after[] = {\n")
done, found, added = devices("refusing", "--patch", "refusing.patch")
ok(found == ALIASES[1:3] and set(how(done).values()) == {"disabled at run time"} and added == [], "devices disabled at run time", done.stdout + done.stderr)
applied = patched("refusing", "refusing.patch")
ok(applied.returncode == 0 and devices("refusing-patched")[1] == [], "are restored by taking the refusal out", applied.stdout)
with open(f"{top}/refusing-patched/drivers/acme/acme.c", encoding="ascii") as text:
    ok("pci_hw_disabled" not in text.read(), "and the function is called no more")
tree("strange", ENTRIES, end="\t{ 0 }\n};\n" + PROBE.replace("if (pci_hw_disabled(acme_off, pdev))", "if (x && pci_hw_disabled(acme_off, pdev))")
     + "static const int after[] = {\n")
done, found, _ = devices("strange", "--patch", "strange.patch")
ok(found == ALIASES[1:3] and all(f"not restored: {alias}" in done.stderr for alias in found), "a refusal of another form is named, not guessed", done.stderr)

# The kernel's own list: its own modules are kept off, an external one is not; nothing is to be patched.
tree("central", ENTRIES)
made.write(f"{top}/central/kernel/rh_messages.h", "static const struct pci_device_id rh_disabled_pci_devices[] = {\n\t{ 0x1234, 0x0005, PCI_ANY_ID, PCI_ANY_ID },\n\t{0}\n};\n")
done, found, _ = devices("central", "--patch", "central.patch")
ok(how(done) == {ALIASES[3]: "disabled for the kernel's own modules"} and os.path.getsize(f"{top}/central.patch") == 0, "the kernel's list of disabled devices",
   done.stdout + done.stderr)

# The vendor moved the table into a header.
tree("moved", ENTRIES)
made.write(f"{top}/moved/drivers/acme/ids.h", "#ifndef IDS_H\n#define IDS_H\n" + HEAD.split("*/", 1)[1] + "".join(f"\t{e},\n" for e in ENTRIES[2:]) + "\t{ 0 }\n};\n#endif\n")
made.write(f"{top}/moved/drivers/acme/acme.c", '#include "ids.h"\nMODULE_DEVICE_TABLE(pci, acme_table);\n')
done, found, _ = devices("moved", "--patch", "moved.patch")
applied = patched("moved", "moved.patch")
ok(found == ALIASES[:2] and applied.returncode == 0 and devices("moved-patched")[1] == [], "a table in a header", done.stderr + applied.stdout)

# Two drivers of one recipe call different ids by the same name: each row is read with its own headers, and restored as it is written.
def rockets(name, acme):
    for driver, number, rows in (("acme", "0x51", acme), ("other", "0x52", ENTRIES[3:4])):
        made.write(f"{top}/{name}/drivers/{driver}/ids.h", f"#define ROCKET_ID {number}\n")
        made.write(f"{top}/{name}/drivers/{driver}/{driver}.c", '#include "ids.h"\n' + (HEAD + "".join(f"\t{e},\n" for e in rows) + "\t{ 0 }\n" + TAIL)
                   .replace("acme_table", f"{driver}_table"))
    made.write(f"{top}/{name}/include/linux/pci_ids.h", IDS)


NAMED = "{ PCI_VDEVICE(ACME, ROCKET_ID), NEW }"
rockets("two", ENTRIES[:1] + [NAMED])
rockets("two-less", ENTRIES[:1])
made.write(f"{top}/two.conf", made.recipe("acme", ["acme", "other"]).replace("[source]", "devices=pci:\n[source]").replace("paths=drivers/acme", "paths=drivers"))
done, found, _ = devices("two-less", "--patch", "two.patch", upstream="two", recipe="two.conf")
with open(f"{top}/two.patch", encoding="ascii") as text:
    plus = [line for line in text.read().splitlines() if line.startswith("+") and not line.startswith("+++")]
ok(found == ["pci:v00001234d00000051sv*sd*bc*sc*i*"] and plus == [f"+\t{NAMED},"], "two drivers' words of one name", f"{found} {plus} {done.stderr}")

# What goes with an id and is gone with it: the id is not restored, and the place is named.
USE = "static int boards(int id)\n{\n\tswitch (id) {\n\tcase ROCKET_BOARD:\n\t\treturn 1;\n\t}\n\treturn 0;\n}\n"
BOARDS = 'static const struct board products[] = {\n\t{0x00991234, "Acme Old", &old_access},\n};\n'
ROCKET = "{ PCI_DEVICE(0x1234, ROCKET_BOARD) }"
ANY = "{ 0x1234, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, 0x010400, 0xffff00, 0 }"
DEFINE = "#define ROCKET_BOARD 0x43\n" + HEAD
tree("whole", ENTRIES[:1] + [ROCKET, ANY], DEFINE.replace("static const struct pci", BOARDS + USE + "static const struct pci", 1))
for name, between, place in (("cases", BOARDS, "case ROCKET_BOARD:"), ("boards", USE, "0x00991234")):
    tree(name, ENTRIES[:1], DEFINE.replace("static const struct pci", between + "static const struct pci", 1))
    done, found, _ = devices(name, "--patch", f"{name}.patch", upstream="whole")
    ok(len(found) == 2 and place in done.stderr and done.stderr.count("not restored") == 1, f"companions: {name} are named", done.stderr)
    applied = patched(name, f"{name}.patch")
    ok(applied.returncode == 0 and len(devices(f"{name}-patched", upstream="whole")[1]) == 1, f"companions: {name}: the other id is restored", applied.stdout)

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

done = devices("modules", "--config", f"{top}/acme.conf")[0]
ok(done.returncode == 2 and "--config" in done.stderr, "a configuration says nothing of modules", done.stderr)

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

    # A patch of the recipe may bring what goes with an id; which kernels it is for counts.
    shutil.copytree(f"{top}/whole", f"{top}/want")
    with open(f"{top}/cases/drivers/acme/acme.c", encoding="ascii") as text:
        made.write(f"{top}/want/drivers/acme/acme.c", text.read().replace("static const struct pci", USE + "static const struct pci", 1))
    change = run("diff", "-u", "--label", "a/drivers/acme/acme.c", "--label", "b/drivers/acme/acme.c", "cases/drivers/acme/acme.c", "want/drivers/acme/acme.c").stdout
    made.write(f"{top}/boards.patch", change)
    with open(f"{top}/acme.conf", encoding="ascii") as text:
        plain = text.read()
    made.write(f"{top}/cases/drivers/acme/module.c", made.module("acme", K, {"module_layout": 1}))
    for name, kernels, status in (("acme", ">=5.14", 0), ("other", "<5.14", 3)):
        made.write(f"{top}/{name}-boards.conf", plain + f"[patch boards]\nfile=boards.patch\nkernels={kernels}\n")
        tree("built", [])
        done = run(KSIG, "kmod", "build", f"{top}/{name}-boards.conf", "-k", "kernel", "-s", "cases", "--upstream", "whole", "-o", f"boards-{name}")
        ok(done.returncode == status and (devices("built", upstream="whole")[1] == []) == (status == 0) and ("case ROCKET_BOARD:" in done.stderr) == (status == 3),
           f"a patch of the recipe brings what goes with an id, for kernels {kernels}", done.stderr)

    # What goes with an id may stand under a condition; the recipe switches it for some kernels.
    made.write(f"{top}/kernel/include/config/auto.conf", "CONFIG_ACME_SHORT=y\nCONFIG_X86_64=y\n")
    tree("under", ENTRIES[:1] + ["#ifndef CONFIG_ACME_SHORT\n", ROCKET, "#endif\n", ANY],
         DEFINE.replace("static const struct pci", BOARDS + "#ifndef CONFIG_ACME_SHORT\n" + USE + "#endif\nstatic const struct pci", 1))
    made.write(f"{top}/under/drivers/acme/module.c", made.module("acme", K, {"module_layout": 1}))
    for name, kernels, status in (("acme", ">=5.14", 0), ("other", "<5.14", 3)):
        made.write(f"{top}/{name}-under.conf", plain + f"[options long]\nkernels={kernels}\nCONFIG_ACME_SHORT=n\n")
        tree("built", [])
        done = run(KSIG, "kmod", "build", f"{top}/{name}-under.conf", "-k", "kernel", "-s", "under", "--upstream", "whole", "-o", f"under-{name}")
        ok(done.returncode == status and ("case ROCKET_BOARD:" in done.stderr) == (status == 3), f"what a condition leaves out is not there, for kernels {kernels}", done.stderr)
    made.write(f"{top}/under/Makefile", "VERSION = 5\nPATCHLEVEL = 14\nSUBLEVEL = 0\n")
    made.write(f"{top}/under/.config", "CONFIG_ACME_SHORT=y\n")
    for release, restored in ((162, True), (70, False)):
        made.write(f"{top}/under/Makefile.rhelver", f"RHEL_MAJOR = 9\nRHEL_RELEASE = {release}\n")
        made.write(f"{top}/release.conf", plain + "[options long]\nkernels=>=5.14.0-162\nCONFIG_ACME_SHORT=n\n")
        done, found, _ = devices("under", "--patch", "under.patch", upstream="whole", recipe="release.conf")
        ok(len(found) == 1 and ("not restored" not in done.stderr) == restored, f"a source says which release it is: {release}", done.stderr)

# A list in place of upstream's driver: what it names and the vendor does not drive, nothing of what it does not name.
made.write(f"{top}/known.tsv", "# of some drivers\n" + "".join(f"{driver}\t{alias}\tname {n}\n" for n, (driver, alias) in enumerate(
    [("acme", ALIASES[0]), ("acme", ALIASES[1]), ("other", "pci:v00009999d00000001sv*sd*bc*sc*i*")])))
done, dropped, added = devices("vendor2", upstream="known.tsv")
ok(done.returncode == 0 and dropped == ALIASES[:1] and added == [], "a list of devices", f"{dropped} {added} {done.stderr}")
ok("name 0" in done.stdout and "known.tsv:2" in done.stdout, "its names and places are told", done.stdout)
made.write(f"{top}/bad.tsv", "acme 0x1234\n")
done = devices("vendor2", upstream="bad.tsv")[0]
ok(done.returncode == 3 and "bad.tsv:1: a driver, pci:" in done.stderr, "a line that is none is named", done.stderr)
made.write(f"{top}/none.tsv", "other\tpci:v00009999d00000001sv*sd*bc*sc*i*\tx\n")
done = devices("vendor2", upstream="none.tsv")[0]
ok(done.returncode == 3 and "no device of acme" in done.stderr, "a list of other drivers", done.stderr)
# The project's own list is one, and is of drivers that it has recipes for.
plus = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../recipes/kernel/plus-devices.tsv")
with open(plus, encoding="utf-8") as file:
    drivers = {line.split("\t")[0] for line in file if not line.startswith("#")}
done = devices("vendor2", upstream=plus)[0]
ok("no device of acme" in done.stderr and drivers == {"megaraid_sas", "mpt3sas", "mptsas", "mptspi"},
   "the list of CentOS Plus is one", done.stderr)

shutil.rmtree(top)
tap.done()
