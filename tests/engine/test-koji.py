#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-koji.py KSIG: the koji engine against conversations that were recorded with a real hub (koji/*.jsonl).

With KSIG_KOJI_HUB, the name of a program: against a real hub, whichever way that program has one. It is given a
folder, leaves there hub.json ("server", "topurl"), client.pem and ca.crt, says "ready", and then takes a line
on standard input and gives a JSON answer:

    newest                                the newest build task: its number
    count                                 how many build tasks there are
    tags BUILD                            the tags of a build
    builder open|fail|cancel TASK         what a builder or an owner would do with a task
    builder build TASK RPM…               imports what a builder would have built, and ends the task
    fault METHOD cut|status|garbage|slow  the next reply to METHOD, which the hub has done, is damaged so
    record FILE                           from here on, what ksig asks and gets is kept in FILE, as JSON lines
    quit

With KSIG_KOJI_RECORD=1 as well, what is said is recorded anew. The same scenarios run either way.
"""
import base64
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402
from tap import ok  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("KSIG_KOJI_HUB")
RECORD = os.environ.get("KSIG_KOJI_RECORD")
TARGET = "kmods9s-packages-main-el9s"


class Real:
    """A hub of its own, and who builds there."""
    live = True

    def __init__(self, folder):
        self.folder = folder
        self.process = subprocess.Popen([PROGRAM, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        if json.loads(self.process.stdout.readline() or '""') != "ready":
            raise RuntimeError(self.process.stderr.read()[-3000:])
        where = json.load(open(os.path.join(folder, "hub.json"), encoding="utf-8"))
        self.config = (f"[koji]\nserver = {where['server']}\ntopurl = {where['topurl']}\n"
                       f"cert = {folder}/client.pem\nserverca = {folder}/ca.crt\n; a comment of Koji's kind\n")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def say(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{words}: {answer['error']}")
        return answer

    def begin(self, name):
        self.newest, self.before = self.say("newest"), self.say("count")
        if RECORD:
            path = os.path.join(HERE, "koji", f"{name}.jsonl")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if os.path.exists(path):
                os.unlink(path)
            self.say("record", path)

    def new_task(self):
        for _ in range(200):
            task = self.say("newest")
            if task != self.newest:
                self.newest = task
                return task
            time.sleep(0.05)
        raise RuntimeError("no new task")

    def builder(self, *words):
        time.sleep(0.4)
        self.say("builder", *words)

    def fault(self, method, kind):
        self.say("fault", method, kind)

    def wait_for_kill(self):
        time.sleep(0.05)

    def builds(self):
        return self.say("count") - self.before

    def end(self):
        return ""

    def stop(self):
        self.process.stdin.write("quit\n")
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.terminate()


class Replay:
    """Says what a real hub said, and wants to be asked what it was asked, in that order."""
    live = False

    def __init__(self, folder):
        replay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1"))

            def do_GET(self):
                self.serve("")

            def serve(self, body):
                line = replay.expect(self.command, self.path, body)
                reply = base64.b64decode(line["reply"])
                status, length = line["status"], len(reply)
                if line["kind"] == "cut":
                    reply = reply[:length // 2]
                elif line["kind"] == "garbage":
                    reply = b"<html>a proxy has something to say<br></html>"
                    length = len(reply)
                elif line["kind"] == "status":
                    status = 500
                self.send_response(status)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(reply)
                self.close_connection = True

            def log_message(self, *_):
                pass
        self.lines, self.wrong = [], []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        certificate = os.path.join(folder, "client.pem")
        with open(certificate, "w", encoding="utf-8") as file:
            file.write("not used over plain HTTP\n")
        self.config = f"[koji]\nserver = {url}/kojihub\ntopurl = {url}/kojifiles\ncert = {certificate}\n"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def expect(self, method, target, body):
        missing = {"reply": "", "status": 404, "kind": "whole"}
        if not self.lines:
            self.wrong.append(f"not expected: {method} {target} {body[:300]}")
            return missing
        while self.next_is_login() and "getAPIVersion" not in body:
            time.sleep(0.01)
        line = self.lines.pop(0)
        if (line["method"], line["target"], line["request"]) != (method, target, body):
            self.wrong.append(f"expected {line['method']} {line['target']} {line['request'][:300]}\n"
                              f"got {method} {target} {body[:300]}")
        return line

    def begin(self, name):
        with open(os.path.join(HERE, "koji", f"{name}.jsonl"), encoding="utf-8") as file:
            self.lines = [json.loads(line) for line in file]
        self.wrong = []

    def new_task(self):
        return 0

    def builder(self, *_):
        pass

    def fault(self, *_):
        pass

    def next_is_login(self):
        return bool(self.lines) and "<methodName>getAPIVersion<" in self.lines[0]["request"]

    def wait_for_kill(self):
        """Until the first ksig has said what it said before it was killed; what it says next, expect() holds."""
        while self.next_is_login():
            time.sleep(0.002)
        while not self.next_is_login():
            time.sleep(0.002)

    def builds(self):
        return None

    def end(self):
        text = "\n".join(self.wrong)
        return text + f"\nnot asked: {len(self.lines)}" if self.lines or self.wrong else ""

    def stop(self):
        self.server.shutdown()


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120)


def build_packages(folder, version):
    """What a builder would have built."""
    spec = os.path.join(folder, "kmod-isci.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(f"Name: kmod-isci\nVersion: {version}\nRelease: 1.el9\nSummary: a module\nLicense: GPL-2.0-only\n"
                   "%description\nA module.\n%files\n")
    done = run("rpmbuild", "-ba", "--define", f"_topdir {folder}/top-{version}", "--target", "x86_64", spec)
    if done.returncode != 0:
        raise RuntimeError(done.stdout)
    return [os.path.join(path, name) for path, _, names in os.walk(f"{folder}/top-{version}") for name in names
            if name.endswith(".rpm")]


class Scenario:
    def __init__(self, hub, folder, name):
        self.hub, self.name = hub, name
        self.folder = os.path.join(folder, name)
        os.makedirs(os.path.join(self.folder, "home", ".koji"))
        with open(os.path.join(self.folder, "home", ".koji", "config"), "w", encoding="utf-8") as file:
            file.write(hub.config)
        self.source = os.path.join(self.folder, "kmod-isci.src.rpm")
        with open(self.source, "w", encoding="utf-8") as file:
            file.write(f"the source of {name}\n")
        self.plan = os.path.join(self.folder, "plan.json")
        with open(self.plan, "w", encoding="utf-8") as file:
            json.dump({"version": 1, "name": name, "jobs": [
                {"name": "isci", "source": self.source, "target": TARGET}]}, file)
        self.environment = {**os.environ, "HOME": os.path.join(self.folder, "home"), "KSIG_KOJI_RETRY_MS": "20"}
        self.to = os.path.join(self.folder, "to")
        hub.begin(name)

    def start(self, *arguments):
        return subprocess.Popen(arguments or self.argv("run", "--poll=150", "--to", self.to), env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def argv(self, verb, *more):
        return (KSIG, "engine", verb, self.plan, "--engine=koji", f"--state={self.folder}/state", *more)

    def finish(self, process, status, what, words=""):
        out, _ = process.communicate(timeout=100)
        ok(process.returncode == status and words in out, f"{self.name}: {what}", out)
        return out

    def end(self, builds):
        if self.hub.live:
            ok(self.hub.builds() == builds, f"{self.name}: the hub has {builds} build tasks", self.hub.builds())
        else:
            ok(not self.hub.end(), f"{self.name}: said what was said to the real hub", self.hub.end())

    def collected(self):
        found = sorted(name for _, _, names in os.walk(self.to) for name in names)
        version = {"normal": "1.0", "faults": "1.1", "killed": "1.2"}[self.name]
        wanted = [f"kmod-isci-{version}-1.el9.src.rpm", f"kmod-isci-{version}-1.el9.x86_64.rpm"]
        ok(found == wanted, f"{self.name}: the packages are collected", found)


def normal(scenario, packages):
    process = scenario.start()
    task = scenario.hub.new_task()
    scenario.hub.builder("open", task)
    scenario.hub.builder("build", task, *packages)
    scenario.finish(process, 0, "a build, from login to packages", "isci: running")
    scenario.collected()
    scenario.end(1)


def failed(scenario, _):
    process = scenario.start()
    task = scenario.hub.new_task()
    scenario.hub.builder("open", task)
    scenario.hub.builder("fail", task)
    scenario.finish(process, 1, "a build that fails says why", "the compiler found an error")
    scenario.end(1)


def cancelled(scenario, _):
    process = scenario.start()
    scenario.hub.builder("cancel", scenario.hub.new_task())
    scenario.finish(process, 1, "a build that was cancelled at the hub", "cancelled at the hub")
    scenario.end(1)


def faults(scenario, packages):
    """Each reply that is damaged belongs to a call that the hub has done."""
    for method, kind in (("getAPIVersion", "garbage"), ("listTasks", "status"), ("upload", "cut"), ("build", "cut"),
                         ("getTaskInfo", "slow"), ("getTaskInfo", "garbage"), ("listRPMs", "cut")):
        scenario.hub.fault(method, kind)
    process = scenario.start()
    task = scenario.hub.new_task()
    scenario.hub.builder("open", task)
    scenario.hub.builder("build", task, *packages)
    scenario.finish(process, 0, "cut, slow, 500 and garbage are survived")
    scenario.collected()
    scenario.end(1)


def killed(scenario, packages):
    """ksig is killed after the hub has the build and before it is written down."""
    process = scenario.start()
    task = scenario.hub.new_task()
    scenario.hub.wait_for_kill()
    process.kill()
    process.communicate()
    shutil.rmtree(os.path.join(scenario.folder, "state"))
    process = scenario.start()
    scenario.hub.builder("open", task)
    scenario.hub.builder("build", task, *packages)
    scenario.finish(process, 0, "after a kill that left no trace, the build is found again")
    scenario.collected()
    scenario.end(1)


def tagged(scenario, _):
    """`normal` came before: its build is in the hub."""
    argv = (KSIG, "engine", "tag", TARGET, "testing", "kmod-isci-1.0-1.el9")
    scenario.finish(scenario.start(*argv), 0, "a build is tagged")
    if scenario.hub.live:
        asked = scenario.hub.say("tags")
        ok(len(asked) == 1, "the hub has the tag task", asked)
    argv = (KSIG, "engine", "tag", TARGET, "candidate", "kmod-isci-1.0-1.el9")
    scenario.finish(scenario.start(*argv), 0, "a tag that is there is left")
    argv = (KSIG, "engine", "tag", TARGET, "release", "kmod-none-1-1")
    scenario.finish(scenario.start(*argv), 1, "a build that is not there is refused", "the hub says")
    argv = (KSIG, "engine", "tag", "nonsense", "release", "x-1-1")
    scenario.finish(scenario.start(*argv), 2, "a target without the pattern is refused", "not a target")
    scenario.end(0)


def refused(scenario, _):
    plan = json.load(open(scenario.plan, encoding="utf-8"))
    plan["jobs"][0]["target"] = "no-such-target"
    with open(scenario.plan, "w", encoding="utf-8") as file:
        json.dump(plan, file)
    scenario.finish(scenario.start(), 1, "a target that the hub does not have", "has no target no-such-target")
    scenario.end(0)


SCENARIOS = ((normal, "1.0"), (failed, None), (cancelled, None), (faults, "1.1"), (killed, "1.2"), (tagged, None),
             (refused, None))


def main():
    folder = tempfile.mkdtemp(prefix="kk-", dir="/tmp")
    os.chmod(folder, 0o755)
    os.mkdir(os.path.join(folder, "hub"), 0o755)
    hub = Real(os.path.join(folder, "hub")) if PROGRAM else Replay(os.path.join(folder, "hub"))
    try:
        for scenario, version in SCENARIOS:
            packages = build_packages(folder, version) if hub.live and version else []
            scenario(Scenario(hub, folder, scenario.__name__), packages)
    finally:
        hub.stop()
        shutil.rmtree(folder, ignore_errors=True)
    tap.done()


main()
