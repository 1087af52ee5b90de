#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A hub with room for a few builds: what its hosts have capacity for is asked once, and what is beyond waits until others have ended."""
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import xmlrpc.client

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
TOP = tempfile.mkdtemp(prefix="ksl-")


class Hub:
    """Builds that end at the third look at them, with HOSTS; counts what is asked, and how many builds it has at one time."""

    def __init__(self, hosts, channel=7):
        self.hosts, self.channel, self.asked, self.looks, self.most = hosts, channel, [], {}, 0
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                reply = hub.answer(self.path, body)
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, body):
        if "filename=" in path:
            return xmlrpc.client.dumps(({"size": len(body), "fileverify": "sha256", "hexdigest": __import__("hashlib").sha256(body).hexdigest()},),
                                       methodresponse=True).encode()
        parameters, method = xmlrpc.client.loads(body, use_builtin_types=True)
        self.asked.append((method, parameters))
        try:
            value = getattr(self, method, lambda *_: None)(*parameters)
        except xmlrpc.client.Fault as fault:
            return xmlrpc.client.dumps(fault, methodresponse=True).encode()
        return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()

    def getAPIVersion(self):
        return 1

    def getLoggedInUser(self):
        return {"id": 2, "name": "someone"}

    def listTasks(self, *_):
        return []

    def getBuildTarget(self, name):
        return {"name": name}

    def getChannel(self, name):
        return {"id": self.channel, "name": name} if self.channel else None

    def listHosts(self, *words):
        if self.hosts is None:
            raise xmlrpc.client.Fault(1000, "no such method")
        return [host for host in self.hosts if host["enabled"] and host["ready"] and host["channel"] == words[0].get("channelID", host["channel"])]

    def build(self, place, target):
        task = len(self.looks) + 1
        self.looks[task] = 0
        self.most = max(self.most, sum(looks < 3 for looks in self.looks.values()))
        return task

    def getTaskInfo(self, task):
        self.looks[task] += 1
        return {"id": task, "state": 5 if self.looks[task] >= 3 else 1}  # FAILED, OPEN

    def getTaskResult(self, task):
        raise xmlrpc.client.Fault(1005, "a build that ends")


def host(capacity, enabled=True, ready=True, channel=7):
    return {"id": 1, "name": "h", "capacity": capacity, "task_load": 0.0, "enabled": enabled, "ready": ready, "channel": channel}


def run(hub, jobs):
    home = tempfile.mkdtemp(dir=TOP)
    os.makedirs(f"{home}/.koji")
    with open(f"{home}/.koji/config", "w", encoding="ascii") as file:
        file.write(f"[koji]\nserver = http://127.0.0.1:{hub.server.server_address[1]}/kojihub\ntopurl = http://127.0.0.1:1/\nauthtype = noauth\n")
    plan = {"version": 1, "name": "p", "jobs": []}
    for number in range(jobs):
        with open(f"{home}/a-{number}.src.rpm", "w", encoding="ascii") as file:
            file.write(f"{number}\n")
        plan["jobs"].append({"name": f"a-{number}", "source": f"{home}/a-{number}.src.rpm", "target": "t"})
    with open(f"{home}/plan.json", "w", encoding="ascii") as file:
        json.dump(plan, file)
    done = subprocess.run([KSIG, "engine", "run", "--engine=koji", f"--state={home}/state", "--poll=20", "--format=json", f"{home}/plan.json"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=100,
                          env={**os.environ, "HOME": home, "KSIG_KOJI_RETRY_MS": "5"})
    hub.server.shutdown()
    return done.stdout


for name, hosts, jobs, most, channel in (
        ("two hosts of 2.0 and 1.5", [host(2.0), host(1.5)], 9, 3, 7),
        ("hosts that are disabled, away, or of another channel", [host(2.0), host(8.0, enabled=False), host(8.0, ready=False), host(8.0, channel=1)], 6, 2, 7),
        ("no host is ready: one build waits at the hub", [], 3, 1, 7),
        ("half a host", [host(0.5)], 3, 1, 7),
        ("capacity that is none", [host("many"), host(-3.0), host(2.0)], 4, 2, 7),
        ("a hub without that channel: all its hosts", [host(2.0), host(1.0, channel=1)], 6, 3, None),
        ("more room than builds", [host(50.0)], 4, 4, 7),
        ("a hub that does not tell: no limit", None, 5, 5, 7)):
    hub = Hub(hosts, channel)
    said = run(hub, jobs)
    times = sum(method == "listHosts" for method, _ in hub.asked)
    tap.ok(hub.most == most and len(hub.looks) == jobs, f"{name}: {most} at one time, {jobs} in all", f"{hub.most} {len(hub.looks)} {said}")
    tap.ok(times == 1, f"{name}: asked once", hub.asked)
hub = Hub([host(2.0)])
run(hub, 1)
tap.ok(not any(method == "listHosts" for method, _ in hub.asked) and len(hub.looks) == 1, "one build is asked for without a question", hub.asked)
shutil.rmtree(TOP)
tap.done()
