#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""koji-hub.py SOURCE FOLDER: a real Koji hub on loopback, from a checkout of Koji, with PostgreSQL.

Nothing of Koji is here: SOURCE is a checkout of it. FOLDER holds the database, Koji's files, and certificates;
its hub.json says where the hub is. Commands come as lines on standard input, a JSON answer each:

    newest                                the newest build task: its number
    count                                 how many build tasks there are
    tags BUILD                            the tags of a build
    builder open|fail|cancel TASK         what a builder or an owner would do with a task
    builder build TASK RPM…               imports what a builder would have built, and ends the task
    fault METHOD cut|status|garbage|slow  the next reply to METHOD, which the hub has done, is damaged so
    record FILE                           from here on, what ksig asks and gets is kept in FILE, as JSON lines
    quit
"""
import base64
import io
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import wsgiref.simple_server

SOURCE, FOLDER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
sys.path.insert(0, SOURCE)
BIN = sorted(os.path.join("/usr/lib/postgresql", v, "bin") for v in os.listdir("/usr/lib/postgresql"))[-1]
BASE = "kmods9s-packages-main"


def run(*argv, **more):
    done = subprocess.run(argv, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{argv}: {done.stdout}")


def as_postgres(*argv):
    """PostgreSQL refuses to run as root."""
    return ("runuser", "-u", "postgres", "--", *argv) if os.geteuid() == 0 else argv


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Database:
    def __init__(self):
        self.data, self.port = os.path.join(FOLDER, "pg"), free_port()
        os.makedirs(self.data, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres")
        run(*as_postgres(f"{BIN}/initdb", "-D", self.data, "-U", "koji", "-A", "trust", "--no-sync"), cwd="/")
        # pg_ctl's child keeps its standard output: it goes to no pipe.
        subprocess.run(as_postgres(f"{BIN}/pg_ctl", "-D", self.data, "-w", "-l", f"{self.data}/log", "-o",
                                   f"-h 127.0.0.1 -p {self.port} -k {self.data} -F", "start"), check=True, cwd="/",
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.sql("CREATE DATABASE koji", database="postgres")
        run("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "koji", "-f",
            os.path.join(SOURCE, "schemas", "schema.sql"), "koji")

    def sql(self, text, database="koji"):
        run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U", "koji", "-c", text,
            database)

    def stop(self):
        run(*as_postgres(f"{BIN}/pg_ctl", "-D", self.data, "-m", "immediate", "stop"), cwd="/")


def certificates():
    """A CA, the hub's certificate, and the certificate of the user `sig-member`."""
    def at(name):
        return os.path.join(FOLDER, name)
    run("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=test ca",
        "-keyout", at("ca.key"), "-out", at("ca.crt"))
    for name, subject, extension in (("hub", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1\n"),
                                     ("client", "/CN=sig-member", "extendedKeyUsage=clientAuth\n")):
        run("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout",
            at(f"{name}.key"), "-out", at(f"{name}.csr"))
        with open(at(f"{name}.ext"), "w", encoding="utf-8") as file:
            file.write(extension)
        run("openssl", "x509", "-req", "-in", at(f"{name}.csr"), "-CA", at("ca.crt"), "-CAkey", at("ca.key"),
            "-CAcreateserial", "-days", "3650", "-extfile", at(f"{name}.ext"), "-out", at(f"{name}.crt"))
    with open(at("client.pem"), "wb") as out:
        for name in ("client.key", "client.crt"):
            out.write(open(at(name), "rb").read())


class Front:
    """What stands before the hub: it serves files, damages replies, and keeps what ksig asks and gets."""

    def __init__(self, application):
        self.application, self.faults, self.record = application, [], None

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        # The hub reads to the end of its input, which the server's own has not.
        environ["wsgi.input"] = io.BytesIO(body)
        target = environ["PATH_INFO"] + ("?" + environ["QUERY_STRING"] if environ.get("QUERY_STRING") else "")
        answer = {}
        if environ["PATH_INFO"].startswith("/kojifiles/"):
            reply = self.file(environ["PATH_INFO"][len("/kojifiles/"):], answer)
        else:
            reply = b"".join(self.application(environ, lambda s, h, *_: answer.update(status=s, headers=h)))
        kind = self.fault(body) if environ.get("HTTP_USER_AGENT", "").startswith("ksig/") else "whole"
        if self.record and environ.get("HTTP_USER_AGENT", "").startswith("ksig/"):
            line = {"method": environ["REQUEST_METHOD"], "target": target, "request": body.decode("latin-1"),
                    "kind": kind, "status": int(answer["status"].split()[0]),
                    "reply": base64.b64encode(reply).decode()}
            with open(self.record, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        return self.send(start_response, answer, reply, kind)

    @staticmethod
    def file(path, answer):
        path = os.path.join(FOLDER, "files", path)
        answer["status"] = "200 OK" if os.path.isfile(path) else "404 Not Found"
        return open(path, "rb").read() if os.path.isfile(path) else b""

    def fault(self, body):
        method = re.search(rb"<methodName>(\w+)</methodName>", body)
        name = method.group(1).decode() if method else "upload"
        for index, (wanted, kind) in enumerate(self.faults):
            if wanted == name:
                del self.faults[index]
                return kind
        return "whole"

    @staticmethod
    def send(start_response, answer, reply, kind):
        """`cut` promises more than comes; the others say what they are."""
        length = len(reply)
        if kind == "status":
            answer["status"] = "500 Internal Server Error"
        elif kind == "garbage":
            reply = b"<html>a proxy has something to say<br></html>"
            length = len(reply)
        elif kind == "slow":
            time.sleep(1)
        elif kind == "cut":
            reply = reply[:len(reply) // 2]
        start_response(answer["status"], [("Content-Length", str(length)), ("Content-Type", "text/xml")])
        return [reply]


class Handler(wsgiref.simple_server.WSGIRequestHandler):
    def get_environ(self):
        environ = super().get_environ()
        peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        if peer:
            name = dict(part[0] for part in peer["subject"]).get("commonName")
            environ.update(SSL_CLIENT_VERIFY="SUCCESS", SSL_CLIENT_S_DN_CN=name, SSL_CLIENT_S_DN=f"CN={name}")
        environ["REQUEST_SCHEME"] = "https"
        environ["koji.hub.ConfigFile"] = os.path.join(FOLDER, "hub.conf")
        environ["koji.hub.ConfigDir"] = os.path.join(FOLDER, "none")
        return environ

    def log_message(self, *_):
        pass


class Server(wsgiref.simple_server.WSGIServer):
    def handle_error(self, *_):
        pass


def serve(database):
    with open(os.path.join(FOLDER, "hub.conf"), "w", encoding="utf-8") as file:
        file.write(f"[hub]\nDBName = koji\nDBUser = koji\nDBHost = 127.0.0.1\nDBPort = {database.port}\n"
                   f"KojiDir = {FOLDER}/files\nKojiTraceback = normal\nLoginCreatesUser = Off\n"
                   "KojiWebURL = http://127.0.0.1/koji\nDisableNotifications = True\n")
    from kojihub.kojixmlrpc import application
    front = Front(application)
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, front, server_class=Server, handler_class=Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(FOLDER, "hub.crt"), os.path.join(FOLDER, "hub.key"))
    context.load_verify_locations(os.path.join(FOLDER, "ca.crt"))
    context.verify_mode = ssl.CERT_OPTIONAL
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return front, server.server_address[1]


class Builder:
    """The other side of a build: what kojid does, by the same calls."""

    def __init__(self, port, database):
        import koji
        self.koji = koji
        self.port = port
        self.admin = self.session("kojiadmin")
        self.prepare()
        database.sql("UPDATE users SET password = 'secret' WHERE name = 'builder1'")
        self.host = self.session("builder1")
        self.host.exclusiveSession(force=True)

    def session(self, user):
        session = self.koji.ClientSession(f"https://localhost:{self.port}/kojihub", {
            "user": user, "password": "secret", "serverca": os.path.join(FOLDER, "ca.crt")})
        session.login()
        return session

    def prepare(self):
        admin = self.admin
        admin.createUser("sig-member")
        admin.addHost("builder1", ["x86_64"])
        for name in ("el9s-build", "candidate", "testing", "release"):
            admin.createTag(f"{BASE}-{name}", arches="x86_64")
        admin.createBuildTarget(f"{BASE}-el9s", f"{BASE}-el9s-build", f"{BASE}-candidate")
        for name in ("candidate", "testing", "release"):
            admin.packageListAdd(f"{BASE}-{name}", "kmod-isci", owner="kojiadmin")

    def tasks(self):
        return self.admin.listTasks({"method": "build"}, {"order": "-id"})

    def command(self, verb, task, *rpms):
        task = int(task)
        if verb == "open":
            # The scheduler's part: the task is assigned to this host.
            self.admin.assignTask(task, "builder1", force=True)
            return self.host.host.openTask(task)
        if verb == "fail":
            fault = self.koji.xmlrpcplus.dumps(self.koji.xmlrpcplus.Fault(1005, "the compiler found an error"), methodresponse=1)
            return self.host.host.failTask(task, fault)
        if verb == "cancel":
            return self.admin.cancelTask(task)
        return self.build(task, rpms)

    def build(self, task, rpms):
        target = self.admin.getBuildTarget(self.admin.getTaskInfo(task, request=True)["request"][1])
        relative = self.koji.pathinfo.taskrelpath(task)
        work = os.path.join(FOLDER, "files", "work", relative)
        os.makedirs(work, exist_ok=True)
        for rpm in rpms:
            shutil.copy(rpm, work)
        names = [os.path.join(relative, os.path.basename(rpm)) for rpm in rpms]
        source = next(name for name in names if name.endswith(".src.rpm"))
        header = self.koji.get_rpm_header(next(rpm for rpm in rpms if rpm.endswith(".src.rpm")))
        data = self.koji.get_header_fields(header, ["name", "version", "release", "epoch"])
        data.update(task_id=task, extra={})
        build = self.host.host.initBuild(data)
        self.host.host.completeBuild(task, build, source, [n for n in names if n != source], None, {})
        self.host.host.closeTask(task, self.koji.xmlrpcplus.dumps((build,), methodresponse=1, allow_none=1))
        self.admin.tagBuildBypass(target["dest_tag"], build)
        return build


def answer(front, builder, words):
    if words[0] == "newest":
        tasks = builder.tasks()
        return tasks[0]["id"] if tasks else 0
    if words[0] == "count":
        return len(builder.tasks())
    if words[0] == "tags":
        # The tag task is a builder's to do; what ksig can do is to ask for it.
        asked = builder.admin.listTasks({"method": "tagBuild", "decode": True}, {"order": "-id"})
        return [task["request"] for task in asked]
    if words[0] == "fault":
        front.faults.append((words[1], words[2]))
        return True
    if words[0] == "record":
        front.record = words[1]
        return True
    return builder.command(*words[1:])


def main():
    for name in ("packages", "repos", "work", "scratch"):
        os.makedirs(os.path.join(FOLDER, "files", name), exist_ok=True)
    certificates()
    database = Database()
    try:
        database.sql("INSERT INTO users (name, password, status, usertype) VALUES ('kojiadmin', 'secret', 0, 0)")
        database.sql("INSERT INTO user_perms (user_id, perm_id, creator_id) SELECT users.id, permissions.id, users.id "
                     "FROM users, permissions WHERE users.name = 'kojiadmin' AND permissions.name = 'admin'")
        front, port = serve(database)
        builder = Builder(port, database)
        with open(os.path.join(FOLDER, "hub.json"), "w", encoding="utf-8") as file:
            json.dump({"server": f"https://localhost:{port}/kojihub", "topurl": f"https://localhost:{port}/kojifiles"},
                      file)
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            words = line.split()
            if not words or words[0] == "quit":
                break
            try:
                print(json.dumps(answer(front, builder, words), default=str), flush=True)
            except Exception as error:  # it is the answer to the command
                print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
    finally:
        database.stop()


if __name__ == "__main__":
    main()
