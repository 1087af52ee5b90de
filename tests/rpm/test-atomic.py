#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A reader polls while publications come, some of them killed half-way, and never sees a broken state."""
import gzip
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import threading
import time
import urllib.request

from repolib import KSIG, Key, Server, build, need, run, scratch, tap

need("rpmbuild", "rpmsign", "gpg")
POLLS, PUBLICATIONS, KILLS = 200, 50, 20
random.seed(8)
tmp = scratch()
key = Key(tmp, "good")
root = os.path.join(tmp, "root")
os.mkdir(root)
server = Server(root)
packages = [build(tmp, "kernel-lt", f"6.12.{n}")[0] for n in range(8)]
key.sign(*packages)
advisory = os.path.join(tmp, "advisory.json")


def command(number):
    """Every fifth publication brings a package and drops one, the others an advisory."""
    argv = [KSIG, "repo", "publish", "--to", root, "--keys", key.public, "--sign-with", key.fingerprint, "--gpg-home",
            key.home, "--base-url", server.url, "--keep", "2"]
    if number % 5 == 0:
        return argv + [packages[number // 5 % len(packages)]]
    with open(advisory, "w", encoding="utf-8") as file:
        json.dump({"id": "KSIG-2026:1", "title": f"number {number}", "packages": ["kernel-lt-*"]}, file)
    return argv + ["--advisory", advisory]


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read_whole(base):
    """All that repomd.xml names, and one package of primary."""
    repomd = get(f"{base}repodata/repomd.xml").decode()
    for checksum, href in re.findall(r'<checksum type="sha256">(\w+)</checksum>.*?<location href="([^"]+)"', repomd,
                                     re.S):
        data = get(base + href)
        assert sha256(data) == checksum, href
        if "primary" in href:
            entries = re.findall(r'<checksum type="sha256" pkgid="YES">(\w+)</checksum>.*?<location href="([^"]+)"',
                                 gzip.decompress(data).decode(), re.S)
            checksum, href = random.choice(entries)
            assert sha256(get(base + href)) == checksum, href
    return repomd


def verify_signature(base, repomd, number):
    path = os.path.join(tmp, f"poll-{number}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(repomd)
    with open(path + ".asc", "wb") as file:
        file.write(get(f"{base}repodata/repomd.xml.asc"))
    run("gpg", "--batch", "--verify", path + ".asc", path, env=key.env)
    os.unlink(path)
    os.unlink(path + ".asc")


polls, broken, revisions = 0, [], set()
ended = threading.Event()


def poll():
    """By the mirror list with the signature; by the plain path all but the signature (see ksig-repo(1))."""
    global polls
    while not ended.is_set():
        try:
            base = get(f"{server.url}/testing/9/x86_64/mirrorlist").decode().strip()
            repomd = read_whole(base)
            verify_signature(base, repomd, polls)
            revisions.add(re.search(r"<revision>(\d+)", repomd).group(1))
            read_whole(f"{server.url}/testing/9/x86_64/")
        except Exception as error:  # whatever it is, a reader saw something broken
            broken.append(f"poll {polls}: {type(error).__name__}: {error}")
        polls += 1


subprocess.run(command(0), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
reader = threading.Thread(target=poll)
reader.start()
done = killed = number = 0
started = time.monotonic()
while (done < PUBLICATIONS or polls < POLLS or killed < KILLS) and time.monotonic() - started < 200:
    number += 1
    process = subprocess.Popen(command(number), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if number % 3 == 0:
        time.sleep(random.uniform(0.0, 0.12))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    else:
        done += process.wait() == 0
ended.set()
reader.join()
tap.ok(done >= PUBLICATIONS and killed >= KILLS, f"{done} publications, {killed} more killed half-way")
tap.ok(polls >= POLLS and len(revisions) > 10, f"{polls} polls saw {len(revisions)} revisions")
tap.ok(not broken, "no poll saw a broken state", "\n".join(broken))
subprocess.run(command(number + 1), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
last = run(KSIG, "repo", "verify", "--keys", key.public, f"{server.url}/testing", check=False)
tap.ok(last.returncode == 0, "and it verifies at the end", last.stdout)
left = [name for name in os.listdir(os.path.join(root, "generations")) if name.startswith(".building")]
tap.ok(not left, "nothing half-made is left", left)
tap.ok(len(os.listdir(os.path.join(root, "generations"))) <= 4, "old generations are gone",
       os.listdir(os.path.join(root, "generations")))
server.stop()
key.stop()
tap.done()
