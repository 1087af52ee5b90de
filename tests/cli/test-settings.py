#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-settings.py KSIG WRITE-WORKSPACE: ksig.conf, the pager, colour and columns, on a real terminal (a pty) and in a pipe."""
import atexit
import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import unicodedata

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

KSIG, WRITER = (os.path.abspath(name) for name in sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix="ksig-settings")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
HOME, WS, OTHER = (os.path.join(ROOT, name) for name in ("config", "ksig.ws", "elsewhere/ksig.ws"))
for name in ("KSIG_WORKSPACE", "NO_COLOR", "KSIG_PAGER", "GIT_PAGER", "PAGER", "LESS"):
    os.environ.pop(name, None)
os.environ.update(XDG_CONFIG_HOME=HOME, TERM="xterm", PAGER="cat")
USERS, OWN = os.path.join(HOME, "ksig", "ksig.conf"), os.path.join(WS, "ksig.conf")
BOLD, GREEN = "\033[1m", "\033[32m"


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(path, mode)


def pipe(*words, cwd=ROOT, **environment):
    done = subprocess.run([KSIG, *words], cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def screen(*words, columns=80, **environment):
    """The status and what a terminal of so many columns shows."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execve(KSIG, [KSIG, *words], {**os.environ, **environment})
    shown = b""
    while True:
        try:
            more = os.read(fd, 65536)
        except OSError:
            break
        if not more:
            break
        shown += more
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode().replace("\r\n", "\n")


def width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def row(function):
    for path in (USERS, OWN):
        if os.path.exists(path):
            os.remove(path)
    try:
        function()
        tap.ok(True, function.__doc__)
    except AssertionError as reason:
        tap.ok(False, function.__doc__, reason)


def says(answer, status, *words):
    assert answer[0] == status, answer
    for word in words:
        assert word in "".join(answer[1:]), (word, answer)


def fits():
    """columns fit into 80, 120, 200 and 320, with an ellipsis where something is cut"""
    for columns in (80, 120, 200, 320):
        status, shown = screen("list", "--no-pager", "--color=never", "-c", "number,revision,kind,source,upstream,member,author,email,subject",
                               columns=columns)
        lines = shown.strip("\n").split("\n")
        assert status == 0 and len(lines) == 19 and max(map(width, lines)) <= columns, shown
        assert ("…" in shown) == (columns < 320), (columns, shown[-400:])


def is_plain():
    """a pipe gets no padding, no colour, and all of each cell"""
    status, out, _ = pipe("list", PAGER="false")
    assert status == 0 and "\033" not in out and "…" not in out, out
    assert out.split("\n")[1].startswith("1  1.0-1.el9  adapted  "), out


def colours():
    """colour on a terminal, not with NO_COLOR or TERM=dumb, and as --color says"""
    assert BOLD in screen("list")[1] and GREEN in screen("show", "1")[1]
    assert "\033" not in screen("list", NO_COLOR="1")[1] and "\033" not in screen("show", "1", TERM="dumb", NO_COLOR="")[1]
    assert BOLD in screen("list", "--color=always", NO_COLOR="1")[1] and "\033" not in screen("list", "--color=never")[1]
    assert GREEN in pipe("show", "1", "--color=always")[1] and "\033" not in pipe("--color=auto", "show", "1")[1]
    says(pipe("list", "--color=pink"), 2, "auto, always or never")


def pages():
    """a pager on a terminal: KSIG_PAGER, GIT_PAGER, PAGER in this order, its words split, no shell"""
    mark = ("sed", "-e", "s/^/{}:/")
    words = {name: " ".join(mark).format(name[0]) for name in ("KSIG_PAGER", "GIT_PAGER", "PAGER")}
    assert "\nK:" in screen("list", **words)[1]
    del words["KSIG_PAGER"]
    assert "\nG:" in screen("list", **words)[1]
    del words["GIT_PAGER"]
    assert "\nP:" in screen("list", **words)[1]
    assert "P:" not in screen("list", "--no-pager", **words)[1] and "P:" not in screen("version", **words)[1]
    assert "P:" not in pipe("list", **words)[1]
    screen("list", PAGER=f"cat; touch {ROOT}/ran")
    assert not os.path.exists(os.path.join(ROOT, "ran"))
    status, shown = screen("list", PAGER="no-such-pager")
    assert status == 0 and "no-such-pager" in shown and "net: fix a leak" in shown, shown


def quits():
    """a pager that is quit early is no error, and ends the work"""
    for words in (("show", "-d", "--introduced=1.0-1"), ("list",)):
        status, shown = screen(*words, PAGER="true")
        assert status == 0 and shown == "", (status, shown)
    assert screen("list", "-u", "feedfeedfeed", PAGER="cat -u")[0] == 1


def is_found():
    """the user's ksig.conf names a workspace, which the nearest one, the environment and the command line go before"""
    write(USERS, "# where I work\n\nworkspace = ../../elsewhere/ksig.ws\n")
    assert len(pipe("revisions", "-f", "tsv", cwd="/")[1].split("\n")) == 23
    assert len(pipe("revisions", "-f", "tsv")[1].split("\n")) == 6
    assert len(pipe("revisions", "-f", "tsv", cwd="/", KSIG_WORKSPACE=WS)[1].split("\n")) == 6
    assert len(pipe("revisions", "-f", "tsv", "-w", WS, cwd="/", KSIG_WORKSPACE=OTHER)[1].split("\n")) == 6


def orders():
    """command line, then the workspace's ksig.conf, then the user's"""
    write(USERS, "color = always\nrecords = /nowhere/users\nupstream = git:/nowhere/users@a..b\n")
    assert BOLD in pipe("list")[1]
    says(pipe("cve", "list"), 3, "/nowhere/users")
    says(pipe("missing"), 3, "/nowhere/users")
    write(OWN, "color=never\nrecords = of/workspace\nupstream = git:/nowhere/first@a..b\n  upstream = git:/nowhere/second@a..b\n")
    assert BOLD not in pipe("list")[1] and BOLD in pipe("list", "--color=always")[1]
    says(pipe("cve", "list"), 3, os.path.join(WS, "of/workspace"))
    says(pipe("cve", "list", "--records=/nowhere/line"), 3, "/nowhere/line")
    says(pipe("missing"), 3, "/nowhere/first")
    says(pipe("missing", "-u", "git:/nowhere/line@a..b"), 3, "/nowhere/line")
    says(pipe("list", "-k", "vendor"), 0, "SUBJECT")  # list's --upstream is of one id, and none of these


def has_pager():
    """the user's ksig.conf names a pager, below KSIG_PAGER and above GIT_PAGER"""
    write(USERS, "pager = sed -e s/^/C:/\n")
    assert "\nC:" in screen("list", GIT_PAGER="cat", PAGER="cat")[1]
    assert "C:" not in screen("list", KSIG_PAGER="cat")[1]
    write(OWN, "color = never\npager = sed -e s/^/C:/\n")
    says(pipe("list"), 3, OWN + ", line 2: pager: for the user's own")
    write(OWN, "workspace = /somewhere\n")
    says(pipe("list"), 3, OWN + ", line 1: workspace: for the user's own")


def is_named():
    """what is no key or no value is refused with file and line"""
    for text, line, word in (("\n# x\ncolour = never\n", 3, "colour: not a key"), ("color\n", 1, "KEY = VALUE"), ("color = red\n", 1, "red: auto"),
                             ("records = /x\n[ksig]\n", 2, "KEY = VALUE")):
        write(OWN, text)
        answer = pipe("list")
        assert answer[0] in (2, 3) and f"{OWN}, line {line}: " in answer[2] and word in answer[2], answer
        os.remove(OWN)
        write(USERS, text)
        assert f"{USERS}, line {line}: " in pipe("list")[2]
        os.remove(USERS)
    says(pipe("list", "--help"), 0, "Usage")


def is_ones_own():
    """a ksig.conf that others may write is refused"""
    for path in (USERS, OWN):
        for mode in (0o620, 0o602):
            write(path, "color = never\n", mode)
            says(pipe("list"), 4, path, "others may write it")
        os.remove(path)
    if os.geteuid() == 0:
        write(OWN, "color = never\n")
        os.chown(OWN, 12345, -1)
        says(pipe("list"), 4, "belongs to user 12345")


subprocess.run([WRITER, WS], check=True, stdout=subprocess.DEVNULL)
os.makedirs(os.path.dirname(OTHER))
subprocess.run([WRITER, OTHER, "1000"], check=True, stdout=subprocess.DEVNULL)
for test in (fits, is_plain, colours, pages, quits, is_found, orders, has_pager, is_named, is_ones_own):
    row(test)
tap.done()
