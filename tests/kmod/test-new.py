# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod new: recipes read off sources, dkms.conf files and specs, which ksig kmod build takes; nothing is overwritten or run."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402
from tap import ok  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
top = tempfile.mkdtemp(prefix="ksig-new-")


def write(path, text):
    os.makedirs(os.path.dirname(f"{top}/{path}"), exist_ok=True)
    with open(f"{top}/{path}", "w", encoding="ascii") as out:
        out.write(text)


def run(*argv):
    return subprocess.run([KSIG, "kmod", *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=60, cwd=top)


CODE = 'MODULE_LICENSE("Dual BSD/GPL");\nMODULE_DESCRIPTION("ACME rockets");\nMODULE_VERSION("2.1");\n'
write("kernel/include/generated/utsrelease.h", '#define UTS_RELEASE "5.14.0-1.el9.x86_64"\n')
write("kernel/Module.symvers", "0x1\tx\tvmlinux\tEXPORT_SYMBOL\t\n")
# name, files, what --from is (NULL: the folder), lines that the recipe has
ROWS = [
    ("plain", {"Makefile": "obj-m := acme.o\nacme-objs := a.o b.o\n", "a.c": CODE}, "",
     ["modules=acme", "version=2.1", "license=GPL-2.0-only OR BSD-3-Clause", "summary=ACME rockets", "directory=."]),
    ("below", {"Makefile": "all:\n\tmake -C src\n", "src/Kbuild": "obj-$(CONFIG_ACME) += acme.o acme-net.o\nobj-m += core/\n", "src/a.c": CODE}, "",
     ["modules=acme acme-net", "CONFIG_ACME=m", "directory=src"]),
    ("dkms", {"dkms.conf": 'PACKAGE_NAME="acme"\nPACKAGE_VERSION="1.4"\nBUILT_MODULE_NAME[0]="acme"\nBUILT_MODULE_LOCATION[0]="src/"\n'
              'DEST_MODULE_LOCATION[0]="/updates"\nAUTOINSTALL=yes\n', "src/Makefile": "obj-m += acme.o acme_test.o\n", "src/a.c": CODE}, "/dkms.conf",
     ["modules=acme\n", "version=1.4", "directory=src"]),
    ("dkms-two", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=3\nBUILT_MODULE_NAME[0]=acme\nBUILT_MODULE_NAME[1]=acme_net\nMAKE[0]=\"'make' KVER=$kernelver\"\n",
                  "Makefile": "obj-m += acme.o\n"}, "/dkms.conf", ["modules=acme acme_net", "version=3", "directory=."]),
    ("dkms-short", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=0.9-rc1\n", "Makefile": "obj-m += acme.o\n", "a.c": CODE}, "", ["modules=acme", "version=0.9~rc1\n"]),
    ("dkms-version", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=0~20220829+git-2\n", "Makefile": "obj-m += acme.o\n"}, "", ["version=0~20220829+git_2\n"]),
    ("dkms-template", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=\"#MODULE_VERSION#\"\n", "Makefile": "obj-m += acme.o\n", "a.c": CODE}, "", ["version=2.1\n"]),
    # What a command prints is not known; where the source lies under dkms is.
    ("dkms-commands", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=1.0\nOTHER=`find /usr/src -name 'x*' | sort`\nARCH=$(echo \"$kernelver\" | (cut -d- -f 3))\nPSRC=/usr/src/acme-1.0\n"
                       "MAKE=\"ln -s ${OTHER}/x.c . ; make -C /lib/modules/`uname -r`/build M=${PSRC}/src TOP=/var/lib/dkms/acme/1.0/build OTHER=$OTHER A=$ARCH K=$(uname -r) modules\"\n",
                       "src/Makefile": "obj-m += acme.o\n"}, "/dkms.conf",
     ["[pass dkms-commands]\ndirectory=src\narguments=TOP=@here@ K=@kernel@\n", '# dkms.conf gives make "OTHER=`…`"\n', '# dkms.conf gives make "A=`…`"\n',
      "# dkms.conf also runs: ln -s `…`/x.c .\n"]),
    ("dkms-configure", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=1\nMAKE=\"(./configure --with-kernel=${kernel_source_dir} \\\n --quick && make && mv out/acme.ko .)\"\n",
                        "Makefile": "obj-m += acme.o\n"}, "/dkms.conf",
     ["[prepare]\nconfigure=--with-kernel=@build@ --quick\n", "directory=.\nmake=own\n", "# dkms.conf also runs: mv out/acme.ko .\n"]),
    ("dkms-make", {"dkms.conf": "# of acme\nPACKAGE_NAME='acme'\nPACKAGE_VERSION=2.0+git1\nMAKEARGS=\"-C $kernel_source_dir M=$dkms_tree/$PACKAGE_NAME/${PACKAGE_VERSION}/build\"\n"
                   "MAKE[0]=\"make -j4 ${MAKEARGS}/core modules \\\n   && make ${MAKEARGS}/net modules V=1\"\nBUILT_MODULE_NAME[0]=\"${PACKAGE_NAME}_core\" # the first\n"
                   "i=1; BUILT_MODULE_NAME[$i]=acme-net\nBUILD_EXCLUSIVE_KERNEL_MIN=\"4.18\"\nBUILD_EXCLUSIVE_ARCH=\"^(x86_64|aarch64)$\"\n"
                   "BUILD_EXCLUSIVE_KERNEL=\"^5\\.[0-9]*\"\nif [ -f /x ]; then\n  BUILT_MODULE_NAME[2]=acme_old\nfi\n", "core/Makefile": "obj-m += acme_core.o\n"}, "/dkms.conf",
     ["modules=acme_core acme-net\n", "version=2.0+git1", "[pass dkms-make]\ndirectory=core\n", "[pass dkms-make-2]\ndirectory=net\narguments=V=1\n", "kernels=>=4.18\n",
      "architectures=x86_64 aarch64\n", "# dkms.conf has a module for some kernels only: acme_old\n", "# dkms.conf says BUILD_EXCLUSIVE_KERNEL=^5\\.[0-9]*\n"]),
    ("dkms-own", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=1\nBUILT_MODULE_NAME=acme\nBUILT_MODULE_LOCATION=src\nMAKE=\"KDIR=/lib/modules/${kernelver}/build make -C src VER=$kernelver all ; cp -a src/acme.ko .\"\n"
                  "PRE_BUILD=\"./configure --with-kernel=$kernel_source_dir\"\nPATCH[0]=old.patch\nPATCH_MATCH[0]=\"^4\"\n", "src/Makefile": "obj-m += acme.o\n"}, "/dkms.conf",
     ["directory=src\nmake=own\ntargets=all\narguments=KDIR=@build@ VER=@kernel@\n", "# dkms.conf also runs: cp -a src/acme.ko .\n", "[prepare]\nconfigure=--with-kernel=@build@\n",
      "file=patches/old.patch", "# dkms.conf says PATCH_MATCH=^4\n"]),
    ("dkms-matches", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=1\nMAKE[0]='make one'\nMAKE[1]='make two'\nMAKE_MATCH[1]='^2.4'\nBUILD_EXCLUSIVE_CONFIG='!CONFIG_PREEMPT_RT'\n"
                      "DEST_MODULE_NAME[0]=acme2\nif [ -d /x ]; then\nMAKE='make three'\nfi\n", "Makefile": "obj-m += acme.o\n"}, "/dkms.conf",
     ["[pass dkms-matches]\ndirectory=.\nmake=own\ntargets=one\n", "# dkms.conf has for other kernels: make two\n", "# dkms.conf has for other kernels: make three\n", "# dkms.conf says MAKE_MATCH=^2.4\n",
      "# dkms.conf says BUILD_EXCLUSIVE_CONFIG=!CONFIG_PREEMPT_RT\n", "# dkms.conf says DEST_MODULE_NAME=acme2\n"]),
    ("dkms-blanks", {"dkms.conf": "PACKAGE_NAME=acme\nPACKAGE_VERSION=1\nMAKE[0]=\"(make modules KVERS=$kernelver EXTRA='a b'; make 'KCFLAGS=-DA -DB' 'sh me')\"\n", "Makefile": "obj-m += acme.o\n"},
     "/dkms.conf", ["targets=modules\narguments=KVERS=@kernel@ 'EXTRA=a b'\n", "arguments='KCFLAGS=-DA -DB'\n", '# dkms.conf gives make "sh me"\n']),
    ("unlicensed", {"Makefile": "obj-m := acme.o\n", "a.c": 'MODULE_LICENSE("Proprietary");\n'}, "", ["license=NOASSERTION", "version=0"]),
    ("shell", {"dkms.conf": f"touch {top}/ran\nPACKAGE_NAME=$(touch {top}/ran)\n", "Makefile": f"X := $(shell touch {top}/ran)\nobj-m := acme.o $(id).o\n"}, "/dkms.conf", ["modules=acme\n"]),
]
for patch in ("acme-el9.patch", "patches/old.patch"):  # where the recipes look for them
    write(patch, "")
for name, files, what, lines in ROWS:
    for path, text in files.items():
        write(f"{name}/{path}", text)
    done = run("new", name, "--from", f"{top}/{name}{what}")
    text = open(f"{top}/{name}.conf", encoding="utf-8").read() if os.path.exists(f"{top}/{name}.conf") else ""
    ok(done.returncode == 0 and all(line in text for line in lines) and (name != "dkms-matches" or text.count("[pass") == 1), f"{name}: a recipe", done.stderr + text)
    done = run("build", f"{top}/{name}.conf", "-k", f"{top}/kernel", "-s", f"{top}/{name}", "--dry-run")
    ok(done.returncode == 0, f"{name}: which build takes", done.stderr)
ok(not os.path.exists(f"{top}/ran"), "nothing of a source is run")

SPEC = """%define kmod_name acme
%{!?kmod_kernel_version: %define kmod_kernel_version 5.14.0-1.el9}
Name: %{kmod_name}-kmod
Version: 1.4
Release: 2%{?dist}
Summary: %{kmod_name} kernel module(s)
License: GPL-2.0-only
Source0: https://example.org/%{kmod_name}-%{version}.tar.gz
Patch0: acme-el9.patch
%description
x
"""
write("tree/acme-1.4/src/Makefile", "obj-m := acme.o\n")
write("SPECS/acme.spec", SPEC)
write("SOURCES/acme-el9.patch", "x\n")
done = run("new", "lost", "--from", f"{top}/SPECS/acme.spec")
ok(done.returncode == 3 and "acme-1.4.tar.gz" in done.stderr, "a spec without its tarball names it", done.stderr)
subprocess.run(["tar", "-C", f"{top}/tree", "-czf", f"{top}/SOURCES/acme-1.4.tar.gz", "acme-1.4"], check=True)
done = run("new", "spec", "--from", f"{top}/SPECS/acme.spec", "--dry-run")
ok(done.returncode == 0 and all(w in done.stdout for w in ("modules=acme\n", "version=1.4", "directory=src", "file=acme-el9.patch", "url=https://example.org/acme-1.4.tar.gz",
                                                           "summary=acme kernel module(s)")), "a spec with it gives a recipe", done.stdout + done.stderr)
ok(not os.path.exists(f"{top}/spec.conf"), "--dry-run writes nothing")
done = run("new", "spec", "--from", f"{top}/SPECS/acme.spec")
done = run("build", f"{top}/spec.conf", "-k", f"{top}/kernel", "-s", f"{top}/SOURCES/acme-1.4.tar.gz", "--dry-run")
ok(done.returncode == 0, "which build takes", done.stderr)
before = open(f"{top}/spec.conf", encoding="ascii").read()
done = run("new", "spec", "--from", f"{top}/plain")
ok(done.returncode == 3 and "there already" in done.stderr and open(f"{top}/spec.conf", encoding="ascii").read() == before, "no recipe is overwritten", done.stderr)
# As packages are kept in git: the tarball unpacked beside the spec, or what is in it beside the spec itself; the recipe may lie there, too.
for name, below in (("beside", "acme-1.4/src"), ("flat", "src")):
    write(f"git/{name}/acme.spec", SPEC.replace("Patch0: acme-el9.patch\n", ""))
    write(f"git/{name}/{below}/Makefile", "obj-m := acme.o\n")
    write(f"git/{name}/main.c" if name == "flat" else f"git/{name}/{below}/main.c", "int x;\n")
    done = run("new", name, "--from", f"{top}/git/{name}/acme.spec", "--output", f"{top}/git/{name}/acme.conf")
    source = f"{top}/git/{name}/acme-1.4" if name == "beside" else f"{top}/git/{name}"
    built = run("build", f"{top}/git/{name}/acme.conf", "-k", f"{top}/kernel", "-s", source, "--dry-run")
    ok(done.returncode == 0 and built.returncode == 0, f"a spec with its source unpacked: {name}", done.stderr + built.stderr)
    write(f"git/{name}/{below}/more.c", "int y;\n")
    built = run("build", f"{top}/git/{name}/acme.conf", "-k", f"{top}/kernel", "-s", source, "--dry-run")
    ok(built.returncode == 3 and "its tree is" in built.stderr, f"and another source is told from it: {name}", built.stderr)
# What a spec says of its patches, of make, and of modules that are not called like the package.
write("git/own/acme.spec", SPEC.replace("%description", "Patch1: deep.patch\nPatch2: back.patch\nPatch3: idle.patch\n%prep\n%patch0 -p0\n%patch -P 1 -p5\n%patch -P2 -p1 -R\n%build\n"
      "make -C k modules M=$PWD CONFIG_ACME=m CONFIG_ACME_OLD=n\n%description"))
write("git/own/acme-1.4/Makefile", "obj-$(CONFIG_ACME) += acme-core.o\nobj-$(CONFIG_ACME_OLD) += acme-old.o\n")
done = run("new", "own", "--from", f"{top}/git/own/acme.spec", "--dry-run")
ok("file=acme-el9.patch\nstrip=0\n" in done.stdout and "file=deep.patch\nstrip=5\n" in done.stdout, "patches with how they are applied", done.stdout + done.stderr)
ok("file=back.patch" not in done.stdout and "# back.patch is applied in reverse" in done.stdout, "one that is applied in reverse is said", done.stdout)
ok("file=idle.patch" not in done.stdout and "# idle.patch is not applied" in done.stdout, "one that is not applied, too", done.stdout)
ok("CONFIG_ACME=m\nCONFIG_ACME_OLD=n\n" in done.stdout and "CONFIG_ACME_OLD=m" not in done.stdout, "make's options as the spec has them", done.stdout)
ok("modules=acme-core\n" in done.stdout, "modules that the makefile has and the spec does not switch off, where none is called like the package", done.stdout)
# Under a condition: what is plainly off is left out, what rpm would have to decide is taken and said.
for line, taken, said in (("%if 0", False, "# deep.patch is left out by the spec's %if"), ("%if 1", True, ""), ("%if 0%{?el8_7}", True, '# the spec has deep.patch under "%if 0%{?el8_7}" only'),
                          ("%if 1\n%else", False, "# deep.patch is left out"), ("%if 0\n%endif", True, ""), ("%ifarch x86_64\n%else", True, 'under "the %else of %ifarch x86_64" only'),
                          ("%if 0\n%if 0%{?el8_7}\n%endif", False, "# deep.patch is left out"),
                          ("%if 0\n%elif 0%{?el8_7}", True, 'under "%elif 0%{?el8_7}" only'),
                          ("%if 1\n%elif 0%{?el8_7}\n%else", True, 'under "the %else of %elif 0%{?el8_7}" only')):
    ends = "%endif\n" if line.count("%if") > line.count("%endif") else ""
    for name, lines in (("the line that applies it", f"Patch1: deep.patch\n%prep\n{line}\n%patch -P 1 -p1\n{ends}"), ("its tag", f"{line}\nPatch1: deep.patch\n{ends}%prep\n%autosetup -p1\n")):
        write("git/own/acme.spec", SPEC.replace("%description", f"{lines}%build\nmake -C k modules M=$PWD CONFIG_ACME=m\n%description"))
        out = run("new", "own", "--from", f"{top}/git/own/acme.spec", "--dry-run").stdout
        ok(("file=deep.patch" in out) == taken and said in out and (bool(said) or "deep.patch under" not in out), f"{line!r} around {name}", out)
write("nothing/README", "x")
done = run("new", "nothing", "--from", f"{top}/nothing")
ok(done.returncode == 3 and "no module" in done.stderr and not os.path.exists(f"{top}/nothing.conf"), "a source without a module is bad input", done.stderr)
for name in ("Acme", "a/b", "a b", "", "../x"):
    done = run("new", name, "--from", f"{top}/plain", "--dry-run")
    ok(done.returncode == 2 and "small letters" in done.stderr and not done.stdout, f"{name!r} is no recipe's name, and that is said at once", done.stderr)
write("text", "no tarball")
for name, status, words in (("nowhere", 4, "nowhere: No such file"), ("text", 3, "text: a folder, a tarball, a dkms.conf or a spec is expected")):
    done = run("new", "acme", "--from", f"{top}/{name}")
    ok(done.returncode == status and words in done.stderr and done.stderr.count("\n") == 1, f"a source that is {'not there' if status == 4 else 'none'}", done.stderr)

shutil.rmtree(top)
tap.done()
