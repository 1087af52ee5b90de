#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A hub that is away for a while, for good, or that will not have us: what is tried again, how often, and what is not."""
import http.server
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
TOP = tempfile.mkdtemp(prefix="ksk-")
VERSION = b"<?xml version='1.0'?><methodResponse><params><param><value><int>9</int></value></param></params></methodResponse>"


def ask(answers, port=None):
    """The hub answers with ANSWERS, the last for ever; gives the run and how often it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(answers[min(len(asked), len(answers) - 1)])
            if not asked[-1]:
                self.close_connection = True  # without a word
                return
            body = VERSION if asked[-1] == 200 else b"<html>no</html>"
            self.send_response(asked[-1])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = tempfile.mkdtemp(dir=TOP)
    os.makedirs(f"{home}/.koji")
    with open(f"{home}/.koji/config", "w", encoding="ascii") as file:
        file.write(f"[koji]\nserver = http://127.0.0.1:{port or server.server_address[1]}/kojihub\nauthtype = noauth\n")
    done = subprocess.run([KSIG, "engine", "tag", "kmods9s-packages-main-el9s", "testing", "a-1-1.el9s"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, timeout=60, env={**os.environ, "HOME": home, "KSIG_KOJI_RETRY_MS": "5"})
    server.shutdown()
    return done, len(asked)


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    CLOSED = probe.getsockname()[1]
for name, answers, times, says in (
        ("503, 502 and a lost connection pass", (503, 502, 0, 200), 4, "API version 1 expected"),
        ("504 to the end", (504,), 6, "tried 6 times: "),
        ("429 is too early, not wrong", (429, 200), 2, "API version 1 expected"),
        ("403 is not asked again", (403,), 1, "HTTP status 403"),
        ("404 is not asked again", (404,), 1, "HTTP status 404")):
    done, asked = ask(answers)
    tap.ok(asked == times and says in done.stdout and ("tried" in done.stdout) == (times == 6), name, f"{asked} {done.stdout}")
done, _ = ask((200,), CLOSED)
tap.ok(done.returncode == 4 and "tried 6 times: " in done.stdout, "a closed port", done.stdout)
shutil.rmtree(TOP)
tap.done()
