#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig watch and ksig status: three kinds of sources, what is new, what follows, what is shown of it."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "rpm"))
from repolib import KSIG as GIVEN, build, need, run, scratch, tap

need("rpmbuild", "git")
KSIG = os.path.abspath(GIVEN)
tmp = scratch()
CONFIG, WORKSPACE = os.path.join(tmp, "watch.json"), os.path.join(tmp, "ws")
os.mkdir(WORKSPACE)
root, git, releases = os.path.join(tmp, "root"), os.path.join(tmp, "git"), os.path.join(tmp, "releases.json")
log, mended = os.path.join(tmp, "log"), os.path.join(tmp, "mended")
GIT = ("git", "-C", git, "-c", "user.name=t", "-c", "user.email=t@example.org")


def publish(version):
    run(KSIG, "repo", "publish", "--to", root, *build(tmp, "kernel-core", version))


def release(*versions):
    with open(releases, "w", encoding="utf-8") as file:
        json.dump({"latest_stable": {"version": versions[-1]}, "releases": [
            {"version": v, "moniker": "longterm", "iseol": False, "released": {"isodate": "2026-01-01"}}
            for v in versions]}, file)


def step(name, script):
    return {"name": name, "argv": ["sh", "-c", script, log, "${item}"]}


def watch(*arguments):
    return run(KSIG, "-w", WORKSPACE, "watch", "--config", CONFIG, "--format", "json", *arguments, check=False)


def rows(done):
    return json.loads(done.stdout[done.stdout.index("["):done.stdout.rindex("]") + 1])


def status(*arguments):
    return rows(run(KSIG, "-w", WORKSPACE, "status", "--format", "json", *arguments, check=False))


def logged():
    return open(log, encoding="utf-8").read().split("\n")[:-1] if os.path.exists(log) else []


publish("5.14.0")
release("6.12.1")
run("git", "init", "-q", git)
run(*GIT, "commit", "-q", "--allow-empty", "-m", "one")
run(*GIT, "tag", "v6.12.1")
sources = [
    {"name": "baseos", "kind": "repository", "location": os.path.join(root, "testing/9/x86_64"),
     "patterns": ["kernel-core-*"],
     "steps": [step("breakdown", 'echo "breakdown $1" >> "$0"'),
               step("gate", f'echo "gate $1" >> "$0"; test -e {mended}'),
               step("publish", 'echo "publish $1" >> "$0"')]},
    {"name": "kernel.org", "kind": "releases", "location": releases, "patterns": ["longterm *"],
     "steps": [step("bump", 'echo "bump $1" >> "$0"')]},
    {"name": "stable", "kind": "git", "location": git, "patterns": ["refs/tags/v6.12.*"],
     "steps": [step("index", 'echo "index $1" >> "$0"')]}]
with open(CONFIG, "w", encoding="utf-8") as file:
    json.dump({"sources": sources}, file)

done = watch("--yes")
tap.ok(done.returncode == 0 and rows(done) == [] and logged() == [], "what is there at the first look is known",
       done.stdout)
tap.ok(len(status("--all")) == 3 and status() == [], "and status knows it")
publish("5.14.1")
release("6.12.1", "6.12.2")
run(*GIT, "commit", "-q", "--allow-empty", "-m", "two")
run(*GIT, "tag", "v6.12.2")
run(*GIT, "tag", "other")
plan = os.path.join(tmp, "plan.json")
done = watch("--plan", plan)
tap.ok(done.returncode == 0 and len(rows(done)) == 5 and logged() == [], "new: five steps, none done without --yes",
       done.stdout)
jobs = json.load(open(plan, encoding="utf-8"))["jobs"]
tap.ok(len(jobs) == 5 and sum("needs" in job for job in jobs) == 2, "the plan is a plan", jobs)
done = watch("--yes")
tap.ok(done.returncode == 1 and "gate kernel-core-5.14.1-1.el9.x86_64" in logged() and
       not any(line.startswith("publish") for line in logged()), "a gate that refuses holds back what follows it",
       done.stdout)
tap.ok("bump 6.12.2" in logged() and "index refs/tags/v6.12.2" in logged(), "but not what is beside it", logged())
states = {(row["source"], row["step"]): row["state"] for row in status()}
tap.ok(states.get(("baseos", "gate")) == "failed" and states.get(("baseos", "publish")) == "blocked" and
       states.get(("kernel.org", None), states.get(("kernel.org", ""))) == "done", "status shows it", states)
with open(mended, "w", encoding="utf-8"):
    pass
done = watch("--yes")
tap.ok(done.returncode == 0 and logged().count("breakdown kernel-core-5.14.1-1.el9.x86_64") == 1 and
       logged()[-1].startswith("publish kernel-core-5.14.1"), "mended: only what was left is done", logged())
done = watch("--yes")
tap.ok(done.returncode == 0 and rows(done) == [], "then nothing is to be done", done.stdout)
run(*GIT, "commit", "-q", "--allow-empty", "-m", "three")
run(*GIT, "tag", "-f", "v6.12.2")
done = watch("--yes")
tap.ok(logged().count("index refs/tags/v6.12.2") == 2, "a tag that was moved is new again", done.stdout)
page = os.path.join(tmp, "page.html")
status("--page", page)
text = open(page, encoding="utf-8").read()
tap.ok("<td>kernel-core-5.14.1-1.el9.x86_64<td>publish<td>done" in text, "the page shows it", text)
os.rename(releases, releases + ".gone")
publish("5.14.2")
done = watch("--yes")
tap.ok(done.returncode == 4 and any("publish kernel-core-5.14.2" in line for line in logged()),
       "a source that is gone does not keep the others", done.stdout)
for name, change, words in [("an unknown kind", {"kind": "ftp"}, "repository, releases or git"),
                            ("no location", {"location": None}, "a location"),
                            ("a step without argv", {"steps": [{"name": "x"}]}, "argv expected"),
                            ("a word mistaken", {"pattern": ["x"]}, "pattern: no such member"),
                            ("a word mistaken in a step", {"steps": [{**step("x", ":"), "args": []}]}, "args: no such member"),
                            ("two steps of one name", {"steps": [step("x", ":"), step("x", ":")]}, "step x: it is there twice"),
                            ("keys that verify nothing", {"kind": "git", "keys": ["key.asc"]}, "of a repository")]:
    with open(CONFIG, "w", encoding="utf-8") as file:
        json.dump({"sources": [{**sources[0], **change}]}, file)
    done = watch()
    tap.ok(done.returncode == 3 and words in done.stdout, f"refused: {name}", done.stdout)
with open(CONFIG, "w", encoding="utf-8") as file:
    json.dump({"sources": [sources[0], sources[0]]}, file)
done = watch()
tap.ok(done.returncode == 3 and "source baseos: it is there twice" in done.stdout, "refused: two sources of one name", done.stdout)
with open(CONFIG, "w", encoding="utf-8") as file:
    json.dump({"sources": [{**sources[0], "location": f"file://{sources[0]['location']}"}]}, file)
tap.ok(watch().returncode == 0, "a folder, as .repo files call it")
with open(CONFIG, "w", encoding="utf-8") as file:
    file.write("[")
tap.ok(watch().returncode == 3, "refused: not JSON")
tap.done()
