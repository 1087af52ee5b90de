# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod build against a kernel build folder whose Makefile only runs gcc: packages, errors, going on."""
import gzip
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402
from tap import need, ok  # noqa: E402

KSIG = sys.argv[1]
need("rpmbuild", "make", "patch", "gcc")
top = tempfile.mkdtemp(prefix="ksig-build-")


def write(path, text):
    os.makedirs(os.path.dirname(f"{top}/{path}"), exist_ok=True)
    with open(f"{top}/{path}", "w", encoding="ascii") as out:
        out.write(text)


MAKEFILE = """modules:
	gcc -c -g $(KCFLAGS) $(M)/isci.c -o $(M)/isci.ko
	echo 0x1 > $(M)/Module.symvers
"""
MODULE = """
#define IN(section_name) __attribute__((section(section_name), used))
IN(".modinfo") static const char license[] = "license=GPL";
IN(".modinfo") static const char alias[] = "alias=pci:v00008086d00001D61sv*sd*bc*sc*i*";
IN(".modinfo") static const char name[] = "name=isci";
IN(".modinfo") static const char vermagic[] = "vermagic=5.14.0-1.el9.x86_64 SMP preempt mod_unload modversions ";
struct version { unsigned long crc; char name[56]; };
IN("__versions") static const struct version versions[] = {{0x11111111, "module_layout"}, {0x22222222, "kmalloc"}};
IN("__ksymtab") static const long __ksymtab_isci_new[3];
__asm__(".globl __crc_isci_new; .set __crc_isci_new, 0xdeadbeef");
const char *where(void) { return __FILE__; }
"""
RECIPE = """[module]
name=isci
summary=Test
version=1.0
license=GPL-2.0-only
modules=isci
[source]
kind=kernel
paths=drivers/isci
[pass isci]
directory=drivers/isci
"""
write("kernel/Makefile", MAKEFILE)
write("kernel/include/generated/utsrelease.h", '#define UTS_RELEASE "5.14.0-1.el9.x86_64"\n')
write("kernel/Module.symvers", "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n")
write("source/drivers/isci/isci.c", MODULE)
write("isci.conf", RECIPE)


def build(*more, recipe="isci.conf", output="out"):
    return subprocess.run([KSIG, "kmod", "build", f"{top}/{recipe}", "-k", f"{top}/kernel", "-s", f"{top}/source", "-o",
                           f"{top}/{output}", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=120)


def query(what, output="out"):
    names = [n for n in os.listdir(f"{top}/{output}") if n.endswith(".x86_64.rpm")]
    return subprocess.run(["rpm", "-qp", what, f"{top}/{output}/{names[0]}"], stdout=subprocess.PIPE, text=True,
                          check=False).stdout


done = build()
ok(done.returncode == 0 and "unsigned" in done.stderr, "builds, and says that it is unsigned", done.stderr)
names = sorted(n for n in os.listdir(f"{top}/out") if n.endswith(".rpm"))
ok(names == ["kmod-isci-1.0-1.5.14.0_1.el9.x86_64.src.rpm", "kmod-isci-1.0-1.5.14.0_1.el9.x86_64.x86_64.rpm"],
   "a source package and a package", names)
log = open(f"{top}/out/kmod-isci-5.14.0-1.el9.x86_64.log", encoding="utf-8", errors="replace").read()
ok("error:" not in log and "%changelog" not in log, "rpmbuild has nothing to say against the spec", log)
ok("/lib/modules/5.14.0-1.el9.x86_64/extra/isci/isci.ko" in query("--list"), "the module is where EL has it", query("--list"))
ok("/etc/depmod.d/kmod-isci.conf" in query("--list"), "depmod is told", query("--list"))
provides = query("--provides")
ok(all(p in provides for p in ("kmod(isci.ko)", "ksym(isci_new) = 0xdeadbeef", "modalias(pci:v00008086d00001D61sv*sd*bc*sc*i*)")),
   "it provides module, symbols, aliases", provides)
requires = query("--requires")
ok("kernel(kmalloc) = 0x22222222" in requires and "kernel(module_layout) = 0x11111111" in requires,
   "it requires the kernel's symbols", requires)
ok("weak-modules --add-modules" in query("--scripts"), "its scriptlets call weak-modules", query("--scripts"))

# The initramfs is made anew for the kernels that have the module, and only for them: the scriptlet is run on a made system.
script = query("--scripts").split("posttrans scriptlet", 1)[-1].split("\n", 1)[1]
for release, place in (("5.14.0-1", "extra/isci"), ("5.14.0-2", "weak-updates/isci"), ("5.14.0-3", "kernel")):
    os.makedirs(f"{top}/sys/lib/modules/{release}/{place}")
    write(f"sys/boot/initramfs-{release}.img", "old")
write("sys/dracut", '#!/bin/sh\ncase "$3" in *-2) exit 1;; esac\necho "new $3" > "$2"\n')
os.chmod(f"{top}/sys/dracut", 0o755)
for path in ("/boot/initramfs-", "/lib/modules/"):
    script = script.replace(path, f"{top}/sys{path}")
subprocess.run(["sh", "-c", script.replace("/usr/bin/dracut", f"{top}/sys/dracut")], check=True)
images = {name: open(f"{top}/sys/boot/{name}", encoding="ascii").read().strip() for name in sorted(os.listdir(f"{top}/sys/boot"))}
ok(images == {"initramfs-5.14.0-1.img": "new 5.14.0-1", "initramfs-5.14.0-2.img": "old", "initramfs-5.14.0-3.img": "old"},
   "the initramfs of each kernel that has the module is made anew, whole or not at all", images)

done = build()
ok(done.returncode == 0 and done.stdout.count("there already") == 2, "the same inputs are not built again", done.stdout)
os.unlink(f"{top}/out/{names[1]}")
done = build()
ok(done.returncode == 0 and os.path.exists(f"{top}/out/{names[1]}"), "a package that went away is built again", done.stderr)



def payload(output):
    """The package's files; its header names the folder of the build (RPM keeps the spec with all macros expanded)."""
    return subprocess.run(["rpm2cpio", f"{top}/{output}/{names[1]}"], stdout=subprocess.PIPE, check=False).stdout


build("--epoch", "1700000000", output="again")
build("--epoch", "1700000000", output="third")
ok(payload("again") and payload("again") == payload("third"), "builds in two folders give the same files, bit for bit")
ok(payload("again") != payload("out"), "and another time gives another payload")

write("broken.patch", "--- a/drivers/isci/isci.c\n+++ b/drivers/isci/isci.c\n@@ -1 +1 @@\n-int g;\n+int h;\n")
write("patched.conf", RECIPE + "[patch broken]\nfile=broken.patch\n")
done = build(recipe="patched.conf", output="patched")
ok(done.returncode == 3 and "FAILED" in done.stderr and not any(n.endswith(".rpm") for n in os.listdir(f"{top}/patched")),
   "a patch that does not apply stops the build", done.stderr)
ok("broken.patch does not apply" in done.stderr, "which is named", done.stderr)
write("nofile.patch", "--- a/b/c/nowhere.c\n+++ b/b/c/nowhere.c\n@@ -1 +1 @@\n-int g;\n+int h;\n")
write("nofile.conf", RECIPE + "[patch broken]\nfile=nofile.patch\n")
done = build(recipe="nofile.conf", output="nofile")
ok(done.returncode == 3 and ": error: nofile.patch does not apply (-p1)" in done.stderr and "File to patch" not in done.stderr, "a patch of a file that is not there is named alone", done.stderr)
write("source/drivers/isci/extra.h", "int g;\n")
write("deep.patch", "--- a/x/y/drivers/isci/extra.h\n+++ b/x/y/drivers/isci/extra.h\n@@ -1 +1 @@\n-int g;\n+int h;\n")
for strip, status in ((3, 0), (1, 3)):
    write("deep.conf", RECIPE + f"[patch deep]\nfile=deep.patch\nstrip={strip}\n")
    ok(build(recipe="deep.conf", output=f"deep{strip}").returncode == status, f"a patch with strip={strip}")
os.unlink(f"{top}/source/drivers/isci/extra.h")
write("elsewhere.conf", RECIPE + "[patch broken]\nfile=broken.patch\nkernels=<5.6\n")
done = build(recipe="elsewhere.conf", output="elsewhere")
ok(done.returncode == 0, "a patch of another range is left out", done.stderr)
write("old.conf", RECIPE.replace("modules=isci", "modules=isci\nkernels=<5.6"))
done = build(recipe="old.conf", output="old")
ok(done.returncode == 1 and "old: not for kernel" in done.stderr, "a recipe for other kernels is a negative answer, by the recipe's own name", done.stderr)

# What a kernel's folder says of its release becomes a part of paths, names and the spec: one word, or nothing.
for number, bad in enumerate(("5.14.0\n%global x 1", "../../5.14.0", "5.14.0 x86_64", "%(id)", "5.14.0\nsecond", "-5.14")):
    shutil.copytree(f"{top}/kernel", f"{top}/strange{number}")
    write(f"strange{number}/include/generated/utsrelease.h", f'#define UTS_RELEASE "{bad}"\n')
    done = build("-k", f"{top}/strange{number}", output=f"strange-out{number}")
    ok("not the release of a kernel" in done.stderr and done.returncode in (1, 3), f"a release that is none: {bad!r}", done.stderr)
    os.unlink(f"{top}/strange{number}/include/generated/utsrelease.h")
    write(f"strange{number}/include/config/kernel.release", f"{bad}\n")
    done = subprocess.run([KSIG, "--workspace", f"{top}/strange-ws", "kmod", "kernels", f"{top}/strange{number}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False, timeout=60)
    ok(done.returncode == 3 and "not the release of a kernel" in done.stderr and "5.14" not in done.stdout, f"and no kernel's label: {bad!r}", done.stdout + done.stderr)

write("source/drivers/isci/isci.c", MODULE + "int f(void) { return nothing; }\n")
done = build(output="error")
ok(done.returncode == 3 and  "error: " in done.stderr and "nothing" in done.stderr, "a compiler's error is quoted", done.stderr)
left = sorted(name for name in os.listdir(f"{top}/error") if not name.endswith(".lock"))
write("source/drivers/isci/isci.c", MODULE + '__asm__("rep nothing_of_that_name");\n')
done = build(output="assembler")
ok(done.returncode == 3 and done.stderr.count("nothing_of_that_name") == 1 and "Bad exit status" not in done.stderr,
   "an assembler's as well, once and alone", done.stderr)
ok(left == ["kmod-isci-5.14.0-1.el9.x86_64.log"], "the log stays, and nothing else", left)
write("source/drivers/isci/isci.c", MODULE)

# autoconf.h sets an option that the recipe switches off: it is off in the source.
write("source/drivers/isci/isci.c", MODULE + "#ifdef CONFIG_ISCI_OLD\n#error is on\n#endif\n")
write("autoconf.h", "#define CONFIG_ISCI_OLD 1\n")
write("kernel/Makefile", MAKEFILE.replace("gcc -c", f"gcc -include {top}/autoconf.h -c"))
write("off.conf", RECIPE + "[options]\nCONFIG_ISCI_OLD=n\n")
done = build(recipe="off.conf", output="off")
ok(done.returncode == 0, "an option that a recipe switches off is off", done.stderr)
done = build(output="on")
ok(done.returncode == 3 and "is on" in done.stderr, "and on where it does not", done.stderr)
write("kernel/Makefile", MAKEFILE)
write("source/drivers/isci/isci.c", MODULE)
write("tools.conf", RECIPE + "[prepare]\ntools=no-such-program\n")
done = build(recipe="tools.conf", output="tools")
ok(done.returncode == 4 and "no-such-program" in done.stderr, "a program that is absent is said before anything is built",
   done.stderr)

# What was built is judged before it is a package: modpost only warns of a symbol that nobody exports.
write("source/drivers/isci/isci.c", MODULE + "extern int isci_nowhere(void); int z(void) { return isci_nowhere(); }\n")
done = build(output="judged")
ok(done.returncode == 3 and "unknown symbol isci_nowhere" in done.stderr, "a symbol that the kernel lacks is not packaged", done.stderr)
ok(not any(n.endswith(".rpm") for n in os.listdir(f"{top}/judged")), "no package is left of it", os.listdir(f"{top}/judged"))
write("kernel/Module.symvers", "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n0x33333333\tisci_nowhere\tvmlinux\tEXPORT_SYMBOL\t\n")
done = build(output="judged")
ok(done.returncode == 3 and "no symbol version for isci_nowhere" in done.stderr, "nor is one whose version is not in the module",
   done.stderr)
write("source/drivers/isci/isci.c", MODULE)

# A list of the kernel's symbols in the place of Module.symvers.
with gzip.open(f"{top}/symvers.gz", "wt") as out:
    out.write("0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n")
os.rename(f"{top}/kernel/Module.symvers", f"{top}/kernel/away")
done = build(output="list")
ok(done.returncode == 3 and "--symvers" in done.stderr, "a kernel without symbols is bad input, and a list is asked for", done.stderr)
done = build("--symvers", f"{top}/symvers.gz", output="list")
ok(done.returncode == 0, "a list of symbols, compressed, does as well", done.stderr)
write("names", "[rhel_x86_64_stablelist]\n\tkmalloc\n")
done = build("--symvers", f"{top}/names", output="named")
ok(done.returncode == 3 and "a list of names (kmalloc)" in done.stderr, "names without versions are none to build by", done.stderr)
os.rename(f"{top}/kernel/away", f"{top}/kernel/Module.symvers")
write("kernel/Module.symvers", "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n")

# The compiler is the kernel's, or it is said.
write("kernel/include/config/auto.conf", "CONFIG_X86_64=y\nCONFIG_GCC_VERSION=30400\n")
done = build(output="compiler")
ok(done.returncode == 0 and "prepared by gcc 3" in done.stderr, "another compiler than the kernel's is said", done.stderr)
write("arm.conf", RECIPE.replace("modules=isci", "modules=isci\narchitectures=aarch64"))
done = build(recipe="arm.conf", output="arm")
ok(done.returncode == 1 and "the recipe is for aarch64" in done.stderr, "a recipe for another architecture is a negative answer", done.stderr)
os.unlink(f"{top}/kernel/include/config/auto.conf")

# --dry-run writes nothing.
done = build("--dry-run", output="dry")
ok(done.returncode == 0 and "isci 1.0" in done.stdout and not os.path.exists(f"{top}/dry"), "--dry-run builds nothing", done.stdout + done.stderr)

# The package's own fields.
write("isci.changes", "* Mon Feb 02 2026 A Packager <a@example.org> - 1.0-4\n- 100% of the ids\n\n* Thu Jan 01 2026 A Packager <a@example.org> - 1.0-3\n- first\n")
write("source/COPYING", "the licence\n")
write("fields.conf", RECIPE.replace("modules=isci", "modules=isci\narchitectures=x86_64\nrelease=4\nchangelog=isci.changes\n"
      "initramfs=always\nmodprobe=options isci a=1;blacklist old\nlicense_files=COPYING"))
done = build(recipe="fields.conf", output="fields")
ok(done.returncode == 0, "a recipe with all fields is built", done.stderr)
names_of = [n for n in os.listdir(f"{top}/fields") if n.endswith(".rpm")]
ok(all("-1.0-4." in n for n in names_of), "the release is the recipe's", names_of)
files = query("--list", "fields")
for path in ("/etc/modprobe.d/kmod-isci.conf", "/usr/lib/dracut/dracut.conf.d/kmod-isci.conf", "COPYING"):
    ok(path in files, f"{path} is in it", files)
changes = query("--changelog", "fields")
ok(all(w in changes for w in ("100% of the ids", "Built for kernel 5.14.0-1.el9.x86_64", "first")), "its changelog is the recipe's", changes)
requires = query("--requires", "fields")
ok(all(r in requires for r in ("/usr/sbin/weak-modules", "/usr/sbin/depmod", "kernel >= 5.14.0-1.el9\n")), "it requires what its scriptlets run, and the kernel",
   requires)
write("source/COPYING", "another licence\n")
done = build(recipe="fields.conf", output="fields")
ok(done.returncode == 0 and "there already" not in done.stdout, "another text of its licence is built again", done.stdout + done.stderr)
# Without license_files: what a kernel's tree has of the licence's text, from a folder and from a tarball.
write("tree/drivers/isci/isci.c", MODULE)
for file in ("COPYING", "LICENSES/preferred/GPL-2.0", "LICENSES/preferred/MIT", "LICENSES/deprecated/Linux-OpenIB", "drivers/COPYING"):
    write(f"tree/{file}", f"text of {file}\n")
subprocess.run(["tar", "-czf", f"{top}/tree.tar.gz", "-C", top, "tree"], check=True)
write("text.conf", RECIPE.replace("license=GPL-2.0-only", "license=GPL-2.0-or-later OR Linux-OpenIB"))
for source in ("tree", "tree.tar.gz"):
    done = build("-s", f"{top}/{source}", recipe="text.conf", output=f"text-{source}")
    texts = sorted(os.path.basename(f) for f in query("--list", f"text-{source}").split() if "/licenses/" in f and "kmod-isci" not in os.path.basename(f))
    ok(done.returncode == 0 and texts == ["COPYING", "GPL-2.0", "Linux-OpenIB"], f"the licence's text is a package's, from {source}", f"{texts} {done.stderr}")
write("text.conf", RECIPE.replace("modules=isci", "modules=isci\nlicense_files=drivers/isci/NOWHERE"))
ok(build("-s", f"{top}/tree", recipe="text.conf", output="text").returncode in (3, 4), "a text that the recipe names and the source lacks is an error")
write("no.conf", RECIPE.replace("modules=isci", "modules=isci\ninitramfs=no"))
build(recipe="no.conf", output="no")
ok("posttrans" not in query("--scripts", "no"), "initramfs=no leaves it alone", query("--scripts", "no"))
write("object/drivers/isci/isci.c", MODULE)
write("kernel/Makefile", "modules:\n\tgrep -q 'obj-m := isci.o' $(M)/Kbuild\n" + MAKEFILE.split("\n", 1)[1])
write("object.conf", RECIPE.replace("directory=drivers/isci", "directory=drivers/isci\nobjects=isci.o"))
done = build(recipe="object.conf", output="object")
ok(done.returncode == 0, "objects= makes a module of a single file", done.stderr)
write("kernel/Makefile", MAKEFILE)

# A change inside a folder given as source, seen although the folder itself is the same.
build(output="changed")
write("source/drivers/isci/isci.c", MODULE + "int g(void) { return 1; }\n")
done = build(output="changed")
ok(done.returncode == 0 and "there already" not in done.stdout, "a changed source is built again", done.stdout + done.stderr)

# A rebuild of other content has a higher release by itself; the same content has the release that it had.
os.makedirs(f"{top}/workspace")


def released(output):
    subprocess.run([KSIG, "-w", f"{top}/workspace", "kmod", "build", f"{top}/isci.conf", "-k", f"{top}/kernel", "-s", f"{top}/source",
                    "-o", f"{top}/{output}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=120)
    return sorted(name.split("-")[3].split(".")[0] for name in os.listdir(f"{top}/{output}") if name.endswith(".rpm"))


ok(released("first") == ["1", "1"], "the first build is release 1")
write("source/drivers/isci/isci.c", MODULE + "int h(void) { return 2; }\n")
ok(released("second") == ["2", "2"], "another content is release 2", os.listdir(f"{top}/second"))
ok(released("second-again") == ["2", "2"], "and stays it")

# The symbols that are not on the vendor's list go with the package, whatever form the list has.
write("grey/Module.symvers", "0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\t\n0x33333333\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n")
write("grey/drivers/isci/isci.c", MODULE.replace('{0x22222222, "kmalloc"}', '{0x22222222, "kmalloc"}, {0x33333333, "kfree"}')
      + "extern int kmalloc(void), kfree(void); int use(void) { return kmalloc() + kfree(); }\n")
write("kabi_stablelist_x86_64", "[rhel9_x86_64_stablelist]\n\tkmalloc\n\tprintk\n")
write("Module.kabi_x86_64", "0x33333333\tkfree\tvmlinux\tEXPORT_SYMBOL\n0x22222222\tkmalloc\tvmlinux\tEXPORT_SYMBOL\n")
os.makedirs(f"{top}/lists")
shutil.copy(f"{top}/kabi_stablelist_x86_64", f"{top}/lists/kabi_stablelist_x86_64")
write("kernel/include/config/auto.conf", "CONFIG_X86_64=y\n")
for given, wanted in (("kabi_stablelist_x86_64", "kfree\n"), ("Module.kabi_x86_64", ""), ("lists", "kfree\n"), (None, None)):
    more = ["--stable", f"{top}/{given}"] if given else []
    done = build("-s", f"{top}/grey", "--symvers", f"{top}/grey/Module.symvers", *more, output=f"grey-{given}")
    package = [n for n in os.listdir(f"{top}/grey-{given}") if n.endswith(".x86_64.rpm")]
    listing = subprocess.run(f"rpm2cpio {top}/grey-{given}/{package[0]} | cpio -i --quiet --to-stdout '*/greylist.txt'", shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, check=False) if package else None
    listed = "greylist.txt" in query("-l", output=f"grey-{given}") if package else None
    ok(done.returncode == 0 and listed == (wanted is not None) and (wanted is None or listing.stdout == wanted), f"a list of what may change: {given}",
       done.stderr + (listing.stdout if listing else ""))
done = build("--stable", f"{top}/nowhere", output="grey-none")
ok(done.returncode in (3, 4) and "nowhere" in done.stderr, "a list that is not there", done.stderr)
os.remove(f"{top}/kernel/include/config/auto.conf")

# Modules are signed by the kernel's sign-file; its files may be given from where the user is.
write("kernel/scripts/sign-file", "#!/bin/sh\ncat \"$2\" \"$3\" >> \"$4\"\n")
os.chmod(f"{top}/kernel/scripts/sign-file", 0o755)
write("here/key.pem", "KEY OF MINE")
write("here/cert.pem", "CERTIFICATE")
done = subprocess.run([os.path.abspath(KSIG), "kmod", "build", f"{top}/isci.conf", "-k", f"{top}/kernel", "-s", f"{top}/source", "-o", f"{top}/keyed", "--key", "key.pem",
                       "--certificate", "cert.pem"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, cwd=f"{top}/here")
package = [n for n in os.listdir(f"{top}/keyed") if n.endswith(".x86_64.rpm")] if os.path.exists(f"{top}/keyed") else []
content = subprocess.run(f"rpm2cpio {top}/keyed/{package[0]} | cpio -i --quiet --to-stdout '*/isci.ko'", shell=True, stdout=subprocess.PIPE, check=False).stdout if package else b""
ok(done.returncode == 0 and content.endswith(b"KEY OF MINECERTIFICATE"), "modules are signed with files named from here", done.stderr)
shutil.rmtree(f"{top}/kernel/scripts")

# A revision of a git repository: what is committed counts, not what lies about.
git = ["git", "-C", f"{top}/clone", "-c", "user.name=a", "-c", "user.email=a@example.org"]
write("clone/src/isci.c", MODULE)
for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"], ["tag", "v1"]):
    subprocess.run(git + words, check=True)
write("clone/src/isci.c", "not C at all\n")
GIT = RECIPE.replace("kind=kernel\npaths=drivers/isci", "kind=git\nurl=https://example.org/isci.git\nrevision=v1").replace(
    "directory=drivers/isci", "directory=src")
write("git.conf", GIT)
done = build("-s", f"{top}/clone", recipe="git.conf", output="git")
ok(done.returncode == 0, "a revision of a clone is built", done.stderr)
write("gone.conf", GIT.replace("v1", "v2"))
done = build("-s", f"{top}/clone", recipe="gone.conf", output="gone")
ok(done.returncode == 3 and "no revision v2" in done.stderr, "a revision that is not there is bad input", done.stderr)
write("own.conf", GIT.replace("[pass isci]\n", "[pass isci]\nmake=own\narguments=KERNEL=@build@\n"))
write("clone/src/isci.c", MODULE)
write("clone/src/Makefile", "KBUILD_EXTRA_SYMBOLS += of-my-own\nexport KBUILD_EXTRA_SYMBOLS\nall:\n\t@echo symbols: $(KBUILD_EXTRA_SYMBOLS)\n\t$(MAKE) -C $(KERNEL) M=$(CURDIR) modules\n")
for words in (["add", "."], ["commit", "-q", "-m", "two"], ["tag", "-f", "v1"]):
    subprocess.run(git + words, check=True, stdout=subprocess.DEVNULL)
done = build("-s", f"{top}/clone", recipe="own.conf", output="git")
ok(done.returncode == 0 and "there already" not in done.stdout, "a moved tag is built again, by the module's own makefile",
   done.stderr)
with open(f"{top}/git/kmod-isci-5.14.0-1.el9.x86_64.log", encoding="utf-8") as file:
    ok("of-my-own" in re.search("symbols: .*", file.read()).group(0), "which may add symbols of its own")

# Killed while the compiler runs: nothing is published, and the same command goes on.
write("kernel/Makefile", "modules:\n\ttouch %s/started; sleep 600\n" % top)
killed = subprocess.Popen([KSIG, "kmod", "build", f"{top}/isci.conf", "-k", f"{top}/kernel", "-s", f"{top}/source", "-o",
                           f"{top}/killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for _ in range(600):
    if os.path.exists(f"{top}/started"):
        break
    time.sleep(0.1)
killed.send_signal(signal.SIGTERM)
killed.wait()
ok(os.path.exists(f"{top}/started") and not any(n.endswith(".rpm") for n in os.listdir(f"{top}/killed")),
   "a build that is interrupted publishes nothing", os.listdir(f"{top}/killed"))
for _ in range(50):  # what was killed may take a moment to be gone
    alive = subprocess.run(["pgrep", "-f", f"{top}/killed"], stdout=subprocess.PIPE, text=True, check=False).stdout
    if not alive:
        break
    time.sleep(0.1)
ok(alive == "", "and leaves no process behind", alive)
write("kernel/Makefile", MAKEFILE)
done = build(output="killed")
ok(done.returncode == 0 and not any(n.startswith(".b-") for n in os.listdir(f"{top}/killed")), "the same command goes on",
   f"{done.stderr}{os.listdir(f'{top}/killed')}")

write("tarball.conf", RECIPE.replace("kind=kernel\npaths=drivers/isci", "kind=tarball\nurl=https://example.org/x.tar\nsha256=" + "0" * 64))
with open(f"{top}/x.tar", "w", encoding="ascii") as out:
    out.write("x")
done = build("-s", f"{top}/x.tar", recipe="tarball.conf", output="tarball")
ok(done.returncode == 3 and "the recipe says 000" in done.stderr, "a wrong checksum is bad input", done.stderr)

# A folder in the place of a tarball is that tarball's only if the recipe has its checksum.
write("folder/drivers/isci/isci.c", MODULE)
done = build("-s", f"{top}/folder", recipe="tarball.conf", output="folder")
tree = done.stderr.partition("tree=")[2].strip()
ok(done.returncode == 3 and len(tree) == 64, "a folder for a tarball is refused, with its checksum", done.stderr)
write("tree.conf", open(f"{top}/tarball.conf", encoding="ascii").read().replace("kind=tarball", f"kind=tarball\ntree={tree}"))
done = build("-s", f"{top}/folder", recipe="tree.conf", output="tree-out")
ok(done.returncode == 0, "with its checksum in the recipe it is built", done.stderr)
write("folder/drivers/isci/isci.c", MODULE + "\n")
done = build("-s", f"{top}/folder", recipe="tree.conf", output="folder-changed")
ok(done.returncode == 3 and "the recipe says" in done.stderr, "and not once a byte of it is another", done.stderr)
done = build("-s", f"{top}/folder", recipe="git.conf", output="folder-git")
ok(done.returncode == 3 and "a git repository is expected" in done.stderr, "a folder is no clone", done.stderr)

# A tarball with a detached signature: right, wrong, absent.
if shutil.which("gpg"):
    os.makedirs(f"{top}/gnupg", mode=0o700)
    gpg = ["gpg", "--homedir", f"{top}/gnupg", "--batch", "--quiet", "--yes"]

    def signed(path):
        subprocess.run(gpg + ["--armor", "--detach-sign", "--output", f"{path}.asc", path], check=True)

    subprocess.run(gpg + ["--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign"], check=True)
    write("public.asc", subprocess.run(gpg + ["--armor", "--export"], stdout=subprocess.PIPE, text=True, check=True).stdout)
    write("tree/isci-1.0/drivers/isci/isci.c", MODULE)
    subprocess.run(["tar", "-C", f"{top}/tree", "-czf", f"{top}/isci.tar.gz", "isci-1.0"], check=True)
    with open(f"{top}/isci.tar.gz", "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    write("signed.conf", RECIPE.replace("kind=kernel\npaths=drivers/isci", "kind=tarball\nurl=https://example.org/isci.tar.gz\n"
          f"sha256={digest}\nsignature=https://example.org/isci.tar.gz.asc\nkey=public.asc"))
    done = build("-s", f"{top}/isci.tar.gz", recipe="signed.conf", output="signed")
    ok(done.returncode == 3 and "isci.tar.gz.asc" in done.stderr, "a signature that is absent is named", done.stderr)
    write("other.txt", "something else")
    signed(f"{top}/other.txt")
    os.rename(f"{top}/other.txt.asc", f"{top}/isci.tar.gz.asc")
    done = build("-s", f"{top}/isci.tar.gz", recipe="signed.conf", output="signed")
    ok(done.returncode != 0 and not os.path.exists(f"{top}/signed"), "a wrong signature builds nothing", done.stderr)
    signed(f"{top}/isci.tar.gz")
    done = build("-s", f"{top}/isci.tar.gz", recipe="signed.conf", output="signed")
    ok(done.returncode == 0, "a signed tarball builds", done.stderr)
    # Its owner puts another in its place when it was checked: whatever unpacks it then, the checked one is built.
    write("other/isci-1.0/drivers/isci/isci.c", "not C at all\n")
    subprocess.run(["tar", "-C", f"{top}/other", "-czf", f"{top}/other.tar.gz", "isci-1.0"], check=True)
    write("bin/tar", f'#!/bin/sh\ncp {top}/other.tar.gz {top}/isci.tar.gz\nexec {shutil.which("tar")} "$@"\n')
    os.chmod(f"{top}/bin/tar", 0o755)
    os.environ["PATH"], before = f"{top}/bin:{os.environ['PATH']}", os.environ["PATH"]
    done = build("-s", f"{top}/isci.tar.gz", recipe="signed.conf", output="swapped")
    os.environ["PATH"] = before
    with open(f"{top}/isci.tar.gz", "rb") as file, open(f"{top}/other.tar.gz", "rb") as other:
        ok(done.returncode == 0 and file.read() == other.read(), "what was checked is built, whatever its owner does meanwhile", done.stderr)
    # The same of a git repository: its tag, or its commit, is signed by the recipe's key.
    signing = git + ["-c", "gpg.program=gpg", "-c", "user.signingkey=test@example.org"]
    home = {**os.environ, "GNUPGHOME": f"{top}/gnupg"}
    for words in (["checkout", "-q", "-b", "signed", "v1"], ["tag", "-s", "-m", "one", "s1"], ["tag", "-a", "-m", "two", "plain"],
                  ["commit", "-q", "--allow-empty", "-S", "-m", "a signed commit"]):
        subprocess.run(signing + words, check=True, env=home, stdout=subprocess.DEVNULL)
    commit = subprocess.run(git + ["rev-parse", "signed"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    object_of = subprocess.run(git + ["cat-file", "tag", "s1"], stdout=subprocess.PIPE, text=True, check=True).stdout
    changed = subprocess.run(git + ["hash-object", "-t", "tag", "-w", "--stdin"], input=object_of.replace("\none\n", "\nany\n"), stdout=subprocess.PIPE, text=True, check=True)
    subprocess.run(git + ["update-ref", "refs/tags/changed", changed.stdout.strip()], check=True)
    subprocess.run(git + ["update-ref", "refs/tags/s2", "refs/tags/s1"], check=True)
    for revision, status, word in (("s1", 0, ""), ("refs/tags/s1", 0, ""), (commit, 0, ""), ("plain", 3, "tag plain is not signed"), (f"{commit}~1", 3, "is not signed"),
                                   ("changed", 3, "another name"), (changed.stdout.strip(), 1, "revision"), ("s2", 3, "another name"), ("none", 3, "no revision none")):
        write("signed-git.conf", GIT.replace("revision=v1", f"revision={revision}\nkey=public.asc"))
        done = build("-s", f"{top}/clone", recipe="signed-git.conf", output="signed-git")
        ok((done.returncode == 0) == (status == 0) and word in done.stderr, f"a signed revision: {revision[:14]}", f"{done.returncode} {done.stderr}")
        shutil.rmtree(f"{top}/signed-git", ignore_errors=True)
    # git believes a repository's owner that an object is what its name says; a signature is of names.
    write("signed-git.conf", GIT.replace("revision=v1", "revision=s1\nkey=public.asc"))
    write("evil.c", MODULE + "\n")
    evil = subprocess.run(git + ["hash-object", "-w", f"{top}/evil.c"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    tree_of_evil = subprocess.run(git + ["mktree"], input=f"100644 blob {evil}\tisci.c\n", stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    place = f"{top}/clone/.git/objects"
    for what, other in (("s1:src/isci.c", evil), ("s1^{tree}", tree_of_evil), ("s1^{commit}", commit)):
        name = subprocess.run(git + ["rev-parse", what], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        path = f"{place}/{name[:2]}/{name[2:]}"
        os.rename(path, f"{path}.kept")
        shutil.copy(f"{place}/{other[:2]}/{other[2:]}", path)
        done = build("-s", f"{top}/clone", recipe="signed-git.conf", output="lying")
        ok(done.returncode == 3 and (f"the object {name} is not what its name says" in done.stderr or
           what == "s1^{commit}" and "no revision s1" in done.stderr), f"another object under the name of {what}", done.stderr)
        os.rename(f"{path}.kept", path)
    write("signed-git.conf", GIT.replace("revision=v1", "revision=s1\nkey=public.asc\nsignature=x"))
    done = build("-s", f"{top}/clone", recipe="signed-git.conf", output="signed-git")
    ok(done.returncode == 3 and "key alone" in done.stderr, "whose signature is no file", done.stderr)
    subprocess.run(["gpgconf", "--homedir", f"{top}/gnupg", "--kill", "gpg-agent"], check=False)

# The kernel as a mirror has it: a kernel-devel package, whatever its file is called, and a folder of packages.
SPEC = """%global __os_install_post %{{nil}}
%global debug_package %{{nil}}
Name: {name}
Version: 5.14.0
Release: {release}
Summary: x
License: x
AutoReqProv: no
%description
x
%install
mkdir -p %{{buildroot}}/usr/src/kernels/{kernel}
cp -r {top}/kernel/. %{{buildroot}}/usr/src/kernels/{kernel}/
%files
/usr/src/kernels
"""
for name, release, arch in (("kernel-devel", "1.el9", "x86_64"), ("kernel-devel", "2.el9", "x86_64"), ("kernel-devel", "1.el9", "aarch64"), ("kernel-other", "1.el9", "noarch")):
    kernel = f"5.14.0-{release}.{arch}"
    write("kernel/include/generated/utsrelease.h", f'#define UTS_RELEASE "{kernel}"\n')
    write("devel.spec", SPEC.format(name=name, release=release, kernel=kernel, top=top) if name == "kernel-devel" else SPEC.split("mkdir")[0].format(name=name, release=release) + "%files\n")
    made = subprocess.run(["rpmbuild", "-bb", "--target", arch, "--define", f"_topdir {top}/rpm", "--define", f"_rpmdir {top}/mirror/Packages", "--define",
                           "_rpmfilename %{NAME}-%{RELEASE}-%{ARCH}-renamed.rpm", f"{top}/devel.spec"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    ok(made.returncode == 0, f"{name} of {kernel}", made.stdout)
write("kernel/include/generated/utsrelease.h", '#define UTS_RELEASE "5.14.0-1.el9.x86_64"\n')
write("mirror/Packages/damaged.rpm", "no package")


def kernels(*paths):
    done = subprocess.run([KSIG, "--workspace", f"{top}/kernels", "kmod", "kernels", "--format", "tsv", *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    shutil.rmtree(f"{top}/kernels", ignore_errors=True)
    return done, [line.split("\t")[0:3:2] for line in done.stdout.splitlines()[1:]]


done, listed = kernels(f"{top}/mirror")
ok(done.returncode == 0 and listed == [[f"5.14.0-{r}.{a}", a] for r, a in (("1.el9", "aarch64"), ("1.el9", "x86_64"), ("2.el9", "x86_64"))], "a mirror's folder", f"{listed}{done.stderr}")
ok("skipped: " in done.stderr and "damaged.rpm" in done.stderr and "kernel-other" not in done.stderr, "what cannot be read in it is said", done.stderr)
done = kernels(f"{top}/mirror/Packages/kernel-other-1.el9-noarch-renamed.rpm")[0]
ok(done.returncode == 3 and "no Module.symvers" in done.stderr, "a package without symbols, given as such, is bad input", done.stderr)
devel = [f"{top}/mirror/Packages/kernel-devel-{n}.el9-x86_64-renamed.rpm" for n in (1, 2)]
done = subprocess.run([KSIG, "kmod", "build", f"{top}/isci.conf", "-k", devel[0], "-k", f"{top}/nowhere", "-k", devel[1], "-s", f"{top}/source", "-o", f"{top}/devel"],
                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
built = sorted(n for n in os.listdir(f"{top}/devel") if n.endswith(".x86_64.rpm"))
ok(len(built) == 2 and ["el9" in n and f"0_{i}.el9" in n for i, n in enumerate(built, 1)] == [True, True], "kernel-devel packages are built against", done.stderr + str(built))
ok(done.returncode in (3, 4) and "nowhere" in done.stderr and "built for 2 of 3 kernels" in done.stderr, "a kernel that is not there costs the others nothing", done.stderr)
ok(not [n for n in os.listdir(f"{top}/devel") if n.startswith(".kernel")], "and the unpacked packages are gone", os.listdir(f"{top}/devel"))

# What is wrong with the inputs is said before anything is done, by --dry-run as well, and of the build's product in words.
write("patched.conf", RECIPE + "[patch a]\nfile=gone.patch\n")
write("elsewhere.conf", RECIPE.replace("paths=drivers/isci", "paths=drivers/isci drivers/gone"))
write("other.conf", RECIPE.replace("modules=isci", "modules=isci other"))
for recipe, more, words in (("patched.conf", [], "gone.patch"), ("elsewhere.conf", [], "no drivers/gone in it"), ("isci.conf", ["-s", f"{top}/nowhere"], "nowhere: no such source"),
                            ("isci.conf", ["-k", f"{top}/nowhere"], "not a kernel's build folder")):
    for dry in ([], ["--dry-run"]):
        argv = [KSIG, "kmod", "build", f"{top}/{recipe}", *(more if "-k" in more else ["-k", f"{top}/kernel"]), *(more if "-s" in more else ["-s", f"{top}/source"]), "-o", f"{top}/none"]
        done = subprocess.run(argv + dry, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
        ok(done.returncode == 3 and words in done.stderr and not os.path.exists(f"{top}/none"), f"{words}{' --dry-run' if dry else ''}", done.stderr)
done = build(recipe="other.conf", output="other")
ok(done.returncode == 3 and "the build made no other.ko" in done.stderr, "a module that the build does not make is named", done.stderr)

# What make says itself is told where no tool complained, without the lines around it.
for name, command, words in (("a program that is not there", "no-such-program $(M)", "no-such-program: No such file or directory"), ("a rule that is not there", "$(MAKE) no-such-target", "No rule to make target 'no-such-target'"),
                             ("a command that is too long", "@true $(shell printf 'x%.0s' $$(seq 140000))", "Argument list too long")):
    write("kernel/Makefile", "modules:\n" + "".join(f"\t@echo '  CC [M]  {n}.o'\n" for n in range(400)) + f"\t{command}\n")
    done = build(output="made")
    ok(done.returncode == 3 and words in done.stderr and "CC [M]" not in done.stderr, f"make's own words: {name}", done.stderr[-400:])
# Old makefiles name all objects of a module by their whole paths in one command: ksig's part of these is short, whatever the kernel is called.
write("kernel/Makefile", f"modules:\n\techo $(M) > {top}/place\n\tfalse\n")
done = build(output="place-of-it")
place = open(f"{top}/place", encoding="ascii").read().strip().replace("kmod-isci-1.0-build/", "")  # a folder of rpm's own, from 4.20 on
ok(place.startswith(f"{top}/place-of-it/") and len(place[len(f"{top}/place-of-it/"):].split("/drivers/")[0]) <= 35, "the path to the source is short", place + done.stderr)
write("kernel/Makefile", MAKEFILE)

# A driver of the kernel's own source says its version itself, if it does: in any words that the preprocessor puts together.
write("source/drivers/isci/version.h", '#define ISCI_MINOR 2\n#define ISCI_VERSION "0:1." __stringify(ISCI_MINOR) ".0-k"\n')
for said, named in (('"1.2.0"', "1.2.0"), ("ISCI_VERSION", "1.2.0_k"), ('"(\\"" "x"', "1.0"), ("isci_version()", "1.0"), ('""', "1.0")):
    write("source/drivers/isci/isci.c", f'#include "version.h"\nMODULE_VERSION({said});\n{MODULE}')
    shutil.rmtree(f"{top}/versions", ignore_errors=True)
    done = build("--source-only", output="versions")
    listed = [n for n in os.listdir(f"{top}/versions") if n.endswith(".rpm")] if os.path.isdir(f"{top}/versions") else []
    ok(listed == [f"kmod-isci-{named}-1.5.14.0_1.el9.x86_64.src.rpm"], f"a driver's version: {said}", f"{listed} {done.stderr}")
write("source/drivers/isci/isci.c", MODULE)

# Arguments of make with blanks; flags that a recipe gives come with ksig's own, which keep paths out of the modules.
write("flags/isci.c", MODULE + "#if A != 1 || B != 2 || C != 3 || D != 4\n#error flags\n#endif\n")
for name, arguments, status, words in (("are kept together", "'ACME_FLAGS=-DA=1 -DB=2' \"KCFLAGS=-DC=3 -DD=4\"", 0, ""), ("without quotes are words", "ACME_FLAGS=-DA=1 -DB=2", 3, ""),
                                       ("are all that quotes let in", "'ACME_FLAGS=-DA=1 $(id)'", 3, "is not a plain word"), ("in quotes that stay open", "'ACME_FLAGS=-DA=1", 3, "is not a plain word")):
    write("flags.conf", RECIPE.replace("[pass", f"[pass own]\ndirectory=drivers/isci\narguments={arguments}\n[pass", 1).split("[pass isci]")[0])
    shutil.copy(f"{top}/flags/isci.c", f"{top}/source/drivers/isci/isci.c")
    write("kernel/Makefile", MAKEFILE.replace("$(KCFLAGS)", "$(KCFLAGS) $(ACME_FLAGS)"))
    shutil.rmtree(f"{top}/flagged", ignore_errors=True)
    done = build(recipe="flags.conf", output="flagged")
    listed = os.listdir(f"{top}/flagged") if os.path.exists(f"{top}/flagged") else []
    ok(done.returncode == status and words in done.stderr and any(n.endswith(".x86_64.rpm") for n in listed) == (status == 0), f"arguments with blanks {name}", f"{done.stderr}{listed}")

shutil.rmtree(top)
tap.done()
