# SPDX-License-Identifier: GPL-2.0-or-later
"""The dnf trap: a kernel with two changed CRCs. Plain dnf installs it without a word, the gate does not."""
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

KSIG = sys.argv[1]


def run(*argv):
    return subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=120, check=False)


need("rpmbuild", "dnf", "createrepo_c")
top = tempfile.mkdtemp(prefix="ksig-gate-")
SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: test
License: GPL-2.0-only
BuildArch: x86_64
AutoReqProv: no
{lines}
%description
test
%files
"""


def package(folder, name, version, provides=(), requires=()):
    """An RPM without files, in top/folder."""
    spec = os.path.join(top, f"{name}-{version}.spec")
    lines = [f"Provides: {p}" for p in provides] + [f"Requires: {r}" for r in requires]
    with open(spec, "w", encoding="ascii") as out:
        out.write(SPEC.format(name=name, version=version, lines="\n".join(lines)))
    done = run("rpmbuild", "-bb", "--target", "x86_64", "--define", f"_topdir {top}/rpm", "--define",
               f"_rpmdir {top}/{folder}", "--define", "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm", spec)
    assert done.returncode == 0, done.stdout + done.stderr


def symbols(changed):
    crcs = {"mlx4_a": 0x11, "mlx4_b": 0x22, "isci_a": 0x33, "module_layout": 0x44}
    if changed:
        crcs.update(mlx4_a=0x91, mlx4_b=0x92)
    return [f"kernel({name}) = 0x{crc:08x}" for name, crc in crcs.items()]


def gate(new, *more):
    done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "gate", "--exit-code", "--format", "json", "--new",
               f"{top}/{new}", *more, f"{top}/present")
    return done, json.loads(done.stdout or "[]")


installonly = ["installonlypkg(kernel)"]
package("present", "kernel-core", "1", symbols(False) + installonly)
old = symbols(False)
package("present", "kmod-mlx4", "4.0", requires=[old[0], old[1], old[3]])
package("present", "kmod-isci", "1.2", requires=[old[2], old[3]])
package("broken", "kernel-core", "2", symbols(True) + installonly)
package("same", "kernel-core", "3", symbols(False) + installonly)
shutil.copytree(f"{top}/broken", f"{top}/mended")
new = symbols(True)
package("mended", "kmod-mlx4", "4.1", requires=[new[0], new[1], new[3]])
package("silent", "kernel-core", "4", installonly)

# What dnf does: the upgrade is clean, and the module goes with the old kernel.
for name in ("present", "broken"):
    run("createrepo_c", "-q", f"{top}/{name}")
root = f"{top}/root"
for name in ("cache", "log", "persist"):
    os.makedirs(f"{top}/{name}")
common = ["dnf", "-y", "--installroot", root, "--releasever", "9", "--setopt=reposdir=/nonexistent", "--setopt=plugins=0",
          f"--setopt=cachedir={top}/cache", f"--setopt=logdir={top}/log", f"--setopt=persistdir={top}/persist",
          "--setopt=gpgcheck=0", "--setopt=installonlypkgs=kernel-core", "--setopt=clean_requirements_on_remove=0",
          "--forcearch=x86_64"]
installed = run(*common, f"--repofrompath=present,{top}/present", "install", "kernel-core", "kmod-mlx4", "kmod-isci")
ok(installed.returncode == 0, "dnf installs the system", installed.stdout + installed.stderr)
upgraded = run(*common, f"--repofrompath=present,{top}/present", f"--repofrompath=broken,{top}/broken", "upgrade")
ok(upgraded.returncode == 0 and "kernel-core" in upgraded.stdout and "mlx4" not in upgraded.stdout,
   "dnf upgrades without a word about mlx4", upgraded.stdout + upgraded.stderr)
erased = run(*common, "remove", "kernel-core-1")
left = run("rpm", "--root", root, "-qa").stdout
ok("kmod-mlx4" not in left and "kmod-isci" in left, "with the old kernel, dnf removes mlx4", erased.stdout + left)

done, losses = gate("broken")
ok(done.returncode == 1, "the gate refuses", done.stderr)
ok([loss["package"] for loss in losses] == ["kmod-mlx4-4.0-1.x86_64"], "it names mlx4 alone", done.stdout)
ok(losses and "kernel(mlx4_a) = 0x00000011" in losses[0]["wanted"] and "isci" not in losses[0]["wanted"],
   "it names the symbols", done.stdout)
ok(losses and losses[0]["erased"] is True, "it knows that the solver would erase it", done.stdout)

done, losses = gate("same")
ok(done.returncode == 0 and losses == [], "a kernel with the same symbols passes", done.stdout + done.stderr)
done, losses = gate("mended")
ok(done.returncode == 0 and losses == [], "a kernel that comes with a rebuilt mlx4 passes", done.stdout + done.stderr)

done, losses = gate("silent")
ok(done.returncode == 1 and len(losses) == 2 and "catalog has no" in losses[0]["reason"],
   "a kernel whose packages name no symbols is refused while the catalog does not know it", done.stdout)
for changed, name in ((False, "the same"), (True, "two changed")):
    tree = f"{top}/lib/modules/4-1.x86_64"
    os.makedirs(tree, exist_ok=True)
    with open(f"{tree}/Module.symvers", "w", encoding="ascii") as out:
        for line in symbols(changed):
            symbol, crc = line[len("kernel("):].split(") = ")
            out.write(f"{crc}\t{symbol}\tvmlinux\tEXPORT_SYMBOL\t\n")
    done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "kernels", f"{top}/lib/modules")
    ok("4-1.x86_64" in done.stdout, f"the catalog learns it: {name}", done.stdout + done.stderr)
    done, losses = gate("silent")
    ok([loss["package"] for loss in losses] == (["kmod-mlx4-4.0-1.x86_64"] if changed else []),
       f"and judges by the catalog: {name}", done.stdout)

with open(f"{top}/damaged.rpm", "w", encoding="ascii") as out:
    out.write("no package")
done = run(KSIG, "kmod", "gate", "--new", f"{top}/damaged.rpm", f"{top}/present")
ok(done.returncode == 3 and done.stderr.count("damaged.rpm") == 1, "a damaged package is bad input", done.stderr)

# Packages that require a kernel's name, a range or nothing: their modules are asked.
if shutil.which("gcc"):
    made.write(f"{top}/acme.c", made.module("acme", "1", {"module_layout": 0x44, "mlx4_a": 0x11}))
    run("gcc", "-c", f"{top}/acme.c", "-o", f"{top}/acme.ko")
    with open(f"{top}/acme.spec", "w", encoding="ascii") as out:
        out.write("%global __os_install_post %{nil}\n%global debug_package %{nil}\n"
                  + SPEC.format(name="kmod-acme", version="1", lines="%(cat " + top + "/requires)")
                  .replace("%files", f"%install\ninstall -D -m 644 {top}/acme.ko %{{buildroot}}/lib/modules/1/extra/acme/acme.ko\n%files\n/lib/modules"))
    for number, requires in enumerate(("kernel-uname-r = 1", "kernel-core >= 1\nRequires: kernel-core < 9", "/bin/sh",
                                  "kernel(isci_a) = 0x00000033")):
        for kind, crcs, lost in (("same", False, 0), ("broken", True, 1)):
            folder = f"modules{number}{kind}"
            made.write(f"{top}/requires", f"Requires: {requires}")
            os.makedirs(f"{top}/{folder}/present")
            package(f"{folder}/present", "kernel-core", "1", symbols(False) + installonly + ["kernel-uname-r = 1"])
            package(f"{folder}/new", "kernel-core", "2", symbols(crcs) + installonly + ["kernel-uname-r = 2"])
            built = run("rpmbuild", "-bb", "--target", "x86_64", "--define", f"_topdir {top}/rpm", "--define", f"_rpmdir {top}/{folder}/present", f"{top}/acme.spec")
            done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "gate", "--exit-code", "--format", "json", "--new", f"{top}/{folder}/new", f"{top}/{folder}/present")
            rows = json.loads(done.stdout or "[]")
            ok(built.returncode == 0 and done.returncode == lost and len(rows) == lost and ("mlx4_a" in done.stdout) == bool(lost),
               f"a package that requires {requires.splitlines()[0]}: {kind}", f"{built.stderr}{done.stdout}{done.stderr}")
    # Modules are found whatever the package is called, wherever they stand, however kernels take them compressed.
    for command in ("xz -k --check=crc32", "zstd -q", "gzip -k", "bzip2 -k"):
        subprocess.run([*command.split(), f"{top}/acme.ko"], check=False)
    subprocess.run(["tar", "-C", top, "-cf", f"{top}/inner.tar", "acme.ko"], check=True)
    subprocess.run(["tar", "-C", top, "-czf", f"{top}/acme.tar.gz", "inner.tar"], check=True)
    subprocess.run(["tar", "-C", top, "-czf", f"{top}/texts.tar.gz", "requires"], check=True)

    def module_package(folder, name, source, target, lines=""):
        spec = (SPEC.format(name=name, version="1", lines=lines)
                .replace("%files", f"%install\ninstall -D -m 644 {top}/{source} %{{buildroot}}{target}\n%files\n{target}"))
        with open(f"{top}/any.spec", "w", encoding="ascii") as out:
            out.write("%global __os_install_post %{nil}\n%global debug_package %{nil}\n" + spec)
        return run("rpmbuild", "-bb", "--target", "x86_64", "--define", f"_topdir {top}/rpm", "--define", f"_rpmdir {top}/{folder}", f"{top}/any.spec")

    for number, (name, source, target, lost, word) in enumerate((
            ("anything", "acme.ko", "/usr/lib/modules/1/updates/acme.ko", 1, ""),
            ("kernel-acme", "acme.ko.xz", "/lib/modules/1/kernel/drivers/acme.ko.xz", 1, ""),
            ("acme-suite", "acme.ko.zst", "/usr/lib/modules/1/extra/acme.ko.zst", 1, ""),
            ("acme-opt", "acme.ko.gz", "/opt/acme/acme.ko.gz", 1, ""),
            ("acme-bz2", "acme.ko.bz2", "/lib/modules/1/extra/acme.ko.bz2", 0, "not judged: acme-bz2-1-1.x86_64: none of its modules is compressed"),
            ("acme-later", "acme.tar.gz", "/usr/share/acme/acme.tar.gz", 0, "not judged: acme-later-1-1.x86_64: modules in an archive, /usr/share/acme/acme.tar.gz"),
            ("acme-texts", "texts.tar.gz", "/usr/share/acme/texts.tar.gz", 0, ""))):
        folder = f"any{number}"
        package(f"{folder}/present", "kernel-core", "1", symbols(False) + installonly)
        built = module_package(f"{folder}/present", name, source, target)
        done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "gate", "--exit-code", "--format", "json", "--new", f"{top}/broken", f"{top}/{folder}/present")
        ok(built.returncode == 0 and done.returncode == lost and len(json.loads(done.stdout or "[]")) == lost and done.stderr.count("not judged") == bool(word)
           and word in done.stderr, f"{name} with {target}", f"{built.stderr}{done.stdout}{done.stderr}")
    # Two packages that have one module for one kernel: one of them comes with the publication.
    for number, (name, there, fresh, lines, said) in enumerate((
            ("two names", ("kmod-a", "1/extra/a/acme-x.ko"), ("kmod-b", "1/extra/b/acme_x.ko.xz"), "", True),
            ("another kernel's", ("kmod-a", "1/extra/a/acme.ko"), ("kmod-b", "2/extra/b/acme.ko"), "", False),
            ("another module", ("kmod-a", "1/extra/a/acme.ko"), ("kmod-b", "1/extra/b/acme2.ko"), "", False),
            ("the same package, newer", ("kmod-a", "1/extra/a/acme.ko"), ("kmod-a", "1/extra/a/acme.ko"), "Epoch: 1", False),
            ("a conflict", ("kmod-a", "1/extra/a/acme.ko"), ("kmod-b", "1/extra/b/acme.ko"), "Conflicts: kmod-a", False),
            ("an obsolete", ("kmod-a", "1/extra/a/acme.ko"), ("kmod-b", "1/updates/acme.ko"), "Obsoletes: kmod-a < 2", False),
            ("one beside the kernel's own", ("partner", "1/kernel/drivers/acme.ko"), ("kmod-b", "1/updates/acme.ko"), "", False))):
        folder = f"twice{number}"
        built = [module_package(f"{folder}/present", there[0], "acme.ko", f"/lib/modules/{there[1]}"),
                 module_package(f"{folder}/new", fresh[0], "acme.ko.xz" if fresh[1].endswith("xz") else "acme.ko", f"/usr/lib/modules/{fresh[1]}", lines)]
        for present in (f"{top}/{folder}/present", f"{top}/nothing"):
            new = [f"{top}/{folder}/new"] + ([f"{top}/{folder}/present"] if present == f"{top}/nothing" else [])
            os.makedirs(f"{top}/nothing", exist_ok=True)
            done = run(KSIG, "kmod", "gate", *(word for path in new for word in ("--new", path)), present)
            ok(all(one.returncode == 0 for one in built) and done.returncode == 0 and ("as well" in done.stderr) == said and (not said or f"{there[0]}-1-1.x86_64" in done.stderr),
               f"a module twice, {name}, {len(new)} new", f"{[one.stderr for one in built]}{done.stdout}{done.stderr}")
    # What cannot be judged is said, and lost is only what is known to be.
    made.write(f"{top}/acme.ko", "no module")
    made.write(f"{top}/requires", "Requires: /bin/sh")
    built = run("rpmbuild", "-bb", "--target", "x86_64", "--define", f"_topdir {top}/rpm", "--define", f"_rpmdir {top}/unclear/present", f"{top}/acme.spec")
    package("unclear/present", "kernel-core", "1", symbols(False) + installonly)
    done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "gate", "--exit-code", "--new", f"{top}/broken", f"{top}/unclear/present")
    ok(built.returncode == 0 and done.returncode == 0 and "not judged: kmod-acme-1-1.x86_64" in done.stderr, "a package whose modules cannot be read is named",
       built.stderr + done.stdout + done.stderr)
shutil.rmtree(top)
tap.done()
