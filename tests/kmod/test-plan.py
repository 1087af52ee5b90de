# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig kmod plan: a row a set of kernels, with what is needed on each; then a plan that is built to its end."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import made  # noqa: E402
import tap  # noqa: E402
from tap import need, ok  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
need("rpmbuild", "make", "gcc")
top = tempfile.mkdtemp(prefix="ksig-plan-")


def run(*argv, **more):
    return subprocess.run([str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          timeout=300, cwd=top, **more)


LAYOUT = {"module_layout": 1}
# Releases of rows, in an order that is not theirs, and what they export.
SAME, OTHER, GONE = {**LAYOUT, "kmalloc": 2, "printk": 3}, {**LAYOUT, "kmalloc": 9, "printk": 3}, {**LAYOUT, "printk": 3}
UNUSED = {**LAYOUT, "kmalloc": 2, "printk": 8}


def compiled(folder, name, release, imports, exports=()):
    made.write(f"{folder}/{name}.c", made.module(name, release, imports, exports))
    subprocess.run(["gcc", "-c", f"{folder}/{name}.c", "-o", f"{folder}/{name}.ko"], check=True)
    os.unlink(f"{folder}/{name}.c")


made.write(f"{top}/a.conf", made.recipe("a", ["a_core", "a_net"]))
made.write(f"{top}/old.conf", made.recipe("a", ["a_core", "a_net"], "<5"))
compiled(f"{top}/built", "a_core", "5.14.0-2", {**LAYOUT, "kmalloc": 2}, {"a_new": 0x77})
compiled(f"{top}/built", "a_net", "5.14.0-2", {**LAYOUT, "a_new": 0x77})
os.makedirs(f"{top}/nothing")

ROWS = [
    ("built for it", {"5.14.0-2": SAME}, "a.conf", "built", {"5.14.0-2": "nothing 5.14.0-2"}, []),
    ("a weak update, onto newer and older", {"5.14.0-10": SAME, "5.14.0-1": SAME}, "a.conf", "built",
     {"5.14.0-1": "link 5.14.0-2", "5.14.0-10": "link 5.14.0-2"}, []),
    ("a symbol that it does not use", {"5.14.0-3": UNUSED}, "a.conf", "built", {"5.14.0-3": "link 5.14.0-2"}, []),
    ("one build serves a class, at its oldest kernel", {"5.14.0-10": OTHER, "5.14.0-9": OTHER, "5.14.0-3": SAME}, "a.conf",
     "built", {"5.14.0-3": "link 5.14.0-2", "5.14.0-9": "build 5.14.0-9", "5.14.0-10": "shared 5.14.0-9"}, ["a-5.14.0-9"]),
    ("two classes, two builds", {"5.14.0-5": OTHER, "5.14.0-6": {**OTHER, "module_layout": 5}}, "a.conf", "built",
     {"5.14.0-5": "build 5.14.0-5", "5.14.0-6": "build 5.14.0-6"}, ["a-5.14.0-5", "a-5.14.0-6"]),
    ("a symbol that is gone", {"5.14.0-5": GONE}, "a.conf", "built", {"5.14.0-5": "build 5.14.0-5"}, ["a-5.14.0-5"]),
    ("not built yet", {"5.14.0-5": SAME, "5.14.0-6": SAME, "5.14.0-7": OTHER}, "a.conf", "nothing",
     {"5.14.0-5": "build 5.14.0-5", "5.14.0-6": "shared 5.14.0-5", "5.14.0-7": "build 5.14.0-7"},
     ["a-5.14.0-5", "a-5.14.0-7"]),
    ("a recipe for other kernels", {"5.14.0-5": SAME}, "old.conf", "nothing", {"5.14.0-5": "excluded None"}, []),
]

for number, (name, kernels, recipe, built, needs, builds) in enumerate(ROWS):
    for release, symbols in kernels.items():
        made.kernel(f"{top}/row{number}/{release}", release, symbols)
        run(KSIG, "--workspace", f"{top}/ws{number}", "kmod", "kernels", f"{top}/row{number}/{release}")
    done = run(KSIG, "--workspace", f"{top}/ws{number}", "kmod", "plan", "--format", "json", "-b", built, f"{top}/{recipe}",
               "--exit-code")
    plan = json.loads(done.stdout or '{"kmod": {"kernels": [], "builds": []}}')["kmod"]
    found = {row["kernel"]: f'{row["need"]} {row["by"]}' for row in plan["kernels"]}
    ok(found == needs, name, f"{found}\n{done.stderr}")
    ok([build["name"] for build in plan["builds"]] == builds and done.returncode == (1 if builds else 0),
       f"{name}: the builds", plan["builds"])
    if name == "a symbol that is gone":
        ok(plan["kernels"][0]["gone"] == 1 and "source" in plan["kernels"][0]["reason"], "and it is said", plan["kernels"])
    if builds:
        ok(plan["builds"][0]["modules"] == ["a_core", "a_net"], f"{name}: what exports comes first", plan["builds"])
        ok(plan["rebuild_all"] == len(kernels) and plan["builds_saved"] == len(kernels) - len(builds), f"{name}: what it saves",
           plan)
        ok("no job" in done.stderr, f"{name}: without build folders there are no jobs, and that is said", done.stderr)

# A second recipe whose module uses the first one's: it is built after it, against its symbols.
K = "5.14.0-1.el9.x86_64"
made.kernel(f"{top}/kernel", K, OTHER)
made.write(f"{top}/b.conf", made.recipe("b", ["b"]))
compiled(f"{top}/built", "b", "5.14.0-2", {**LAYOUT, "a_new": 0x77})
made.write(f"{top}/source/drivers/a/a_core.c", made.module("a_core", K, {**LAYOUT, "kmalloc": 9}, {"a_new": 0x99}))
made.write(f"{top}/source/drivers/a/a_net.c", made.module("a_net", K, {**LAYOUT, "a_new": 0x99}))
made.write(f"{top}/source/drivers/b/b.c", made.module("b", K, {**LAYOUT, "a_new": 0x99}))
plan_of = [KSIG, "--workspace", f"{top}/ws", "kmod", "plan", "-k", "kernel", "-b", "built", "--headers", "kernel", "--source",
           "source", "--format", "json", f"{top}/b.conf", f"{top}/a.conf"]
done = run(*plan_of)
plan = json.loads(done.stdout)
ok([job["name"] for job in plan["jobs"]] == [f"a-{K}", f"b-{K}"], "what is needed comes first", done.stdout + done.stderr)
ok(plan["jobs"][1]["needs"] == [f"a-{K}"], "and the job says so", plan["jobs"][1])
ok("built anew" in plan["kmod"]["kernels"][1]["reason"], "a module is built again because one that it needs is", done.stdout)
made.write(f"{top}/plan.json", done.stdout)
done = run(KSIG, "--workspace", f"{top}/ws", "kmod", "build", "--plan", "plan.json", "-o", "out")
packages = {name: [f for f in os.listdir(f"{top}/out/{name}") if f.endswith(".x86_64.rpm")]
            for name in (os.listdir(f"{top}/out") if os.path.exists(f"{top}/out") else [])}
ok(done.returncode == 0 and all(len(found) == 1 for found in packages.values()) and len(packages) == 2,
   "the build step takes the plan", f"{packages}\n{done.stdout}{done.stderr}")
if len(packages) == 2:
    requires = run("rpm", "-qp", "--requires", f"out/b-{K}/{packages[f'b-{K}'][0]}").stdout
    ok("ksym(a_new) = 0x00000099" in requires and "kernel(a_new)" not in requires,
       "the second package requires the first one's symbol, not the kernel's", requires)
done = run(*plan_of, "-b", "out")
ok(done.returncode == 0 and json.loads(done.stdout)["jobs"] == [], "after that there is nothing to do", done.stdout + done.stderr)
done = run(KSIG, "--workspace", f"{top}/ws", "engine", "run", "plan.json")
ok(done.returncode == 0 and done.stdout.count("done") == 2, "and the engine finds its jobs done", done.stdout + done.stderr)

# For Koji: the source packages first, then jobs that name them.
done = run(KSIG, "kmod", "build", f"{top}/a.conf", "-k", "kernel", "-s", "source", "--source-only", "-o", "srpms")
listed = [n for n in os.listdir(f"{top}/srpms") if n.endswith(".rpm")]
ok(done.returncode == 0 and listed == ["kmod-a-1.0-1.5.14.0_1.el9.x86_64.src.rpm"], "a source package alone", f"{listed}{done.stderr}")
done = run(*plan_of[:-2], f"{top}/a.conf", "--target", "kmods9s", "--srpms", "srpms")
job = json.loads(done.stdout)["jobs"][0]
ok(job["target"] == "kmods9s" and os.path.exists(job["source"]), "a job that Koji takes", done.stdout + done.stderr)
for file in ("kmod-a-1.0-1", "kmod-a-1.0-9", "kmod-a-1.0-10", "kmod-a-0.9-11", "kmod-ab-1.0-12", "kmod-a-b-1.0-13"):
    shutil.copy(f"{top}/srpms/{listed[0]}", f"{top}/srpms/{file}.5.14.0_1.el9.x86_64.el9.src.rpm")
job = json.loads(run(*plan_of[:-2], f"{top}/a.conf", "--target", "kmods9s", "--srpms", "srpms").stdout)["jobs"][0]
ok(os.path.basename(job["source"]) == "kmod-a-1.0-10.5.14.0_1.el9.x86_64.el9.src.rpm",
   "of builds of a recipe the last is meant, whatever the distribution's tag", job["source"])

# The version of a driver of the kernel's source is the driver's, of another source the recipe's.
shutil.copy(f"{top}/srpms/{listed[0]}", f"{top}/srpms/kmod-a-1.0.1-1.5.14.0_1.el9.x86_64.el9.src.rpm")
with open(f"{top}/a.conf", encoding="ascii") as text:
    made.write(f"{top}/own/a.conf", re.sub("kind=kernel\npaths=.*", f"kind=tarball\nurl=https://example.org/a.tar\nsha256={'0' * 64}", text.read()))
for recipe, source, package in (("a.conf", "source", "1.0.1-1"), ("own/a.conf", "a=source", "1.0-10")):
    done = run(KSIG, "kmod", "plan", "-k", "kernel", "--headers", "kernel", "-s", source, "--format", "json", "--target", "kmods9s", "--srpms", "srpms", f"{top}/{recipe}")
    job = json.loads(done.stdout or '{"jobs": [{}]}')["jobs"][0]
    ok(f"kmod-a-{package}." in job.get("source", ""), f"the source package of {recipe}", done.stdout + done.stderr)

# Two recipes that give one kernel one module, or one package.
mine, RECIPES = made.recipe("mine", ["z", "a-net"], ">=5.14.0-1,<6"), {**os.environ, "KSIG_RECIPES": f"{top}/recipes"}
made.write(f"{top}/recipes/kmod/a.conf", made.recipe("a", ["a_core", "a_net"], "<5.15"))
for name, text, words in (("of one module", mine, "the recipes a and mine both give the module a_net"),
                          ("of one package", made.recipe("a", ["z"]), "the recipes a and mine both give the package kmod-a"),
                          ("of other kernels", mine.replace("<6", "<7").replace("5.14.0-1", "5.15"), ""), ("of other architectures", mine.replace("version", "architectures=s390x\nversion"), ""),
                          ("of other modules", made.recipe("mine", ["z"]), "")):
    made.write(f"{top}/recipes/kmod/mine.conf", text)
    if name == "of other architectures":
        made.write(f"{top}/recipes/kmod/a.conf", made.recipe("a", ["a_core", "a_net"], "<5.15").replace("version", "architectures=x86_64\nversion"))
    done = run(KSIG, "kmod", "plan", "-k", "kernel", env=RECIPES)
    ok(done.returncode == (3 if words else 0) and words in done.stderr and (not words or K in done.stderr), f"two recipes {name}: the plan", done.stdout + done.stderr)
    done = run(KSIG, "kmod", "list", env=RECIPES)
    ok(done.returncode == 0 and words in done.stderr and bool(done.stderr) == bool(words), f"two recipes {name}: the list", done.stderr)
    done = run(KSIG, "kmod", "build", "--dry-run", "-k", "kernel", "-s", "source", "a", env=RECIPES)
    ok(done.returncode == 0 and ("both give the module" in done.stderr) == ("module" in words), f"two recipes {name}: the build", done.stdout + done.stderr)

# A source is said of a recipe by its file's name, by its package's where no file is called so.
made.write(f"{top}/recipes/kmod/mine.conf", made.recipe("a", ["z"], ">=6"))
made.write(f"{top}/recipes/kmod/a.conf", made.recipe("a", ["a_core", "a_net"], "<5.15"))
made.kernel(f"{top}/kernel6", "6.1.0-1.el9.x86_64", OTHER)
for words, sources, in (("of each", {"a": "source", "mine": "built"}), ("of a package", {"a": "source"})):
    done = run(KSIG, "kmod", "plan", "-k", "kernel", "-k", "kernel6", "-k", "kernel", "--headers", "kernel", "--headers", "kernel6", "-f", "json",
               *(word for name, path in sources.items() for word in ("-s", f"{name}={path}")), env=RECIPES)
    plan = json.loads(done.stdout or '{"jobs": [], "kmod": {"rebuild_all": 0}}')
    found = {job["name"]: os.path.basename(job["argv"][job["argv"].index("--source") + 1]) for job in plan["jobs"] if "--source" in job.get("argv", [])}
    ok(plan["kmod"]["rebuild_all"] == 2 and found == {f"a-{release}": source for release, source in ((K, "source"), ("6.1.0-1.el9.x86_64", "built")) if source in sources.values()},
       f"sources {words}, and a kernel that is given twice counts once", f"{done.stdout}{done.stderr}")
for words, status, source in (("no recipe nobody is planned", 2, "nobody=source"), ("nowhere: No such file", 4, "a=nowhere"), ("nowhere: No such file", 4, "nowhere")):
    done = run(KSIG, "kmod", "plan", "-k", "kernel", "-s", source, env=RECIPES)
    ok(done.returncode == status and words in done.stderr and not done.stdout, f"a plan with the source {source}", done.stderr)
done = run(KSIG, "-w", "nothing", "kmod", "plan", env=RECIPES)
ok(done.returncode == 1 and "'ksig kmod kernels' adds" in done.stderr, "a plan without kernels says how they come", done.stderr)
done = run(KSIG, "-w", "nothing", "kmod", "plan", "-k", "5.14", env=RECIPES)
ok(done.returncode == 1 and "5.14: no file, and in " in done.stderr, "and names the one that is not there", done.stderr)

# Two recipes that need one another cannot be put in order.
compiled(f"{top}/ring", "a_core", "5.14.0-2", {**LAYOUT, "b_new": 1}, {"a_new": 0x77})
compiled(f"{top}/ring", "b", "5.14.0-2", {**LAYOUT, "a_new": 0x77}, {"b_new": 1})
done = run(KSIG, "kmod", "plan", "-k", "kernel", "-b", "ring", f"{top}/a.conf", f"{top}/b.conf")
ok(done.returncode == 3 and "need one another" in done.stderr, "a ring of recipes is bad input", done.stderr)

shutil.rmtree(top)
tap.done()
