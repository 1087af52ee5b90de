# SPDX-License-Identifier: GPL-2.0-or-later
"""What the repository tests share: rows (tap), keys, packages made by rpmbuild, a web server on loopback."""
import atexit
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap
from tap import need

KSIG = sys.argv[1] if len(sys.argv) > 1 else "ksig"


def run(*argv, check=True, env=None, timeout=300):
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", check=False, timeout=timeout,
                          env={**os.environ, **(env or {})})
    if check and done.returncode != 0:
        raise RuntimeError(f"{argv}: exit status {done.returncode}\n{done.stdout}")
    return done


def scratch():
    # Short: gpg-agent's socket has to fit 108 bytes.
    path = tempfile.mkdtemp(prefix="kr-", dir="/tmp")
    os.chmod(path, 0o755)
    os.environ["TMPDIR"] = path  # what a killed ksig leaves goes with it
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def program(tree, path, source):
    """Puts SOURCE at PATH of TREE, with the libraries that it is linked to where it looks for them."""
    os.makedirs(os.path.dirname(f"{tree}/{path}"), exist_ok=True)
    shutil.copy(source, f"{tree}/{path}")
    for line in run("ldd", source).stdout.splitlines():
        library = next((word for word in line.split() if word.startswith("/")), None)
        if library:
            os.makedirs(tree + os.path.dirname(library), exist_ok=True)
            shutil.copy(library, tree + library)


class Key:
    """A secret key in a GNUPGHOME of its own, without a passphrase; one that is there is taken."""

    def __init__(self, folder, name):
        self.home = os.path.join(folder, f"gpg-{name}")
        self.public = os.path.join(folder, f"{name}.asc")
        self.env = {"GNUPGHOME": self.home}
        if not os.path.isdir(self.home):
            os.mkdir(self.home, 0o700)
            run("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key",
                f"ksig test {name} <{name}@example.org>", "rsa2048", "sign", "never", env=self.env)
        listing = run("gpg", "--batch", "--list-keys", "--with-colons", env=self.env).stdout
        self.fingerprint = next(l.split(":")[9] for l in listing.splitlines() if l.startswith("fpr"))
        run("gpg", "--batch", "--yes", "--armor", "--output", self.public, "--export", env=self.env)

    def sign(self, *packages):
        run("rpmsign", "--resign", "--define", f"_gpg_name {self.fingerprint}", "--define",
            f"__gpg {shutil.which('gpg')}", *packages, env=self.env)

    def stop(self):
        run("gpgconf", "--kill", "all", env=self.env, check=False)


SPEC = """Name: {name}
Version: {version}
Release: {release}
Summary: a package for a test
License: GPL-2.0-only
{arch}
{tags}
%description
A package for a test.
%install
mkdir -p %{{buildroot}}/usr/share/ksig-test
echo {text} > %{{buildroot}}/usr/share/ksig-test/{name}-{version}-{release}
%files
/usr/share/ksig-test/{name}-{version}-{release}
"""


def build(folder, name, version="1", release="1.el9", tags="", arch="x86_64", text="text", source=False):
    """Builds a package and gives the paths of what was built."""
    top = tempfile.mkdtemp(dir=folder)
    spec = os.path.join(top, f"{name}.spec")
    with open(spec, "w", encoding="utf-8") as file:
        file.write(SPEC.format(name=name, version=version, release=release, tags=tags, text=text,
                               arch="BuildArch: noarch" if arch == "noarch" else ""))
    run("rpmbuild", "-ba" if source else "-bb", "--define", f"_topdir {top}", "--define", "debug_package %{nil}",
        "--define", "_build_id_links none", "--target", arch, spec)
    return sorted(os.path.join(path, file) for path, _, files in os.walk(top) for file in files
                  if file.endswith(".rpm"))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Server:
    """ROOT over HTTP on a port that the system chose."""

    def __init__(self, root):
        handler = functools.partial(Quiet, directory=root)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
