#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tarballs of many forms, each imported and unpacked by GNU tar: the trees are one, or the import is refused and says why. A row a form.
From 3.8 on libarchive refuses more by itself, in its own words, and reads some of them as GNU tar does: what is read is never another tree.
Usage: beside-tar.py KSIG"""

import ctypes
import gzip
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
PLACE = tempfile.mkdtemp(prefix="ksig-beside-tar.")
GNU = b"ustar  \0"
STRICT_READER = ctypes.CDLL("libarchive.so.13").archive_version_number() >= 3008000
READ = []


def padded(data):
    return data + b"\0" * (-len(data) % 512)


def head(name, size=0, kind=b"0", link=b"", mode=b"0000644", magic=b"ustar\x0000", prefix=b"", field=None, more=None):
    block = bytearray(512)
    for at, value in ((0, name), (100, mode), (108, b"0000000"), (116, b"0000000"), (124, field or b"%011o\0" % size),
                      (136, b"00000000000"), (148, b" " * 8), (156, kind), (157, link), (257, magic), (345, prefix), *(more or ())):
        block[at:at + len(value)] = value
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def file(name, data, **how):
    return head(name, len(data), **how) + padded(data)


def pax(*records, kind=b"x"):
    text = b""
    for name, value in records:
        body = b" %s=%s\n" % (name, value)
        length = len(body)
        while length != len(body) + len(str(length)):
            length = len(body) + len(str(length))
        text += b"%d" % length + body
    return file(b"pax", text, kind=kind)


def long_name(name, kind=b"L"):
    return file(b"././@LongLink", name + b"\0", kind=kind, magic=GNU)


def old_sparse(size, *parts, blocks=None):
    """PARTS: where each block of 512 bytes begins, then how long it says it is; BLOCKS of them are there."""
    data = b"".join(bytes([97 + i]) * 512 for i in range(sum(1 for part in parts if part[1]) if blocks is None else blocks))
    fields = [(386 + 24 * i, b"%011o\0%011o\0" % part) for i, part in enumerate(parts)]
    return head(b"t/s", len(data), b"S", magic=GNU, more=[*fields, (483, b"%011o\0" % size)]) + padded(data)


def sparse(size, numbers, blocks=2):
    """Version 1.0: the map stands before the data."""
    text = b"".join(b"%d\n" % number for number in numbers)
    data = padded(text) + b"".join(bytes([97 + i]) * 512 for i in range(blocks))
    return pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", b"t/s"),
               (b"GNU.sparse.realsize", b"%d" % size)) + file(b"t/GNUSparseFile.1/s", data)


T = head(b"t/", 0, b"5", mode=b"0000755")
A = file(b"t/a", b"aaa\n")
SAME = {
    "a plain one": T + A,
    "a comment for all": pax((b"comment", b"0123456789"), kind=b"g") + T + A,
    "a path of its own": T + pax((b"path", b"t/b")) + A,
    "a path twice": T + pax((b"path", b"t/b"), (b"path", b"t/c")) + A,
    "a path in Latin-1": T + pax((b"path", b"t/\xe9")) + A,
    "a size of its own": T + pax((b"size", b"2")) + A,
    "a link's target of its own": T + pax((b"linkpath", b"z")) + head(b"t/l", 0, b"2", b"a"),
    "Solaris' extended header": T + pax((b"path", b"t/b"), kind=b"X") + A,
    "a long name": T + long_name(b"t/" + b"n" * 150) + A,
    "two long names": T + long_name(b"t/b") + long_name(b"t/c") + A,
    "a long name behind a path": T + pax((b"path", b"t/c")) + long_name(b"t/b") + A,
    "a long name with a NUL": T + long_name(b"t/b\0c") + A,
    "a long target": T + long_name(b"b" * 120, b"K") + head(b"t/l", 0, b"2", b"a"),
    "a hard link to a link": T + A + head(b"t/l", 0, b"2", b"a") + head(b"t/h", 0, b"1", b"t/l"),
    "a hard link to a hard link": T + A + head(b"t/h", 0, b"1", b"t/a") + head(b"t/i", 0, b"1", b"t/h"),
    "a hard link, and its file again": T + A + head(b"t/h", 0, b"1", b"t/a") + file(b"t/a", b"new\n"),
    "a hard link that says a size": T + A + head(b"t/h", 4, b"1", b"t/a") + file(b"t/z", b"z\n"),
    "a hard link to itself": T + A + head(b"t/a", 0, b"1", b"t/a"),
    "a hard link by ./": T + A + head(b"t/h", 0, b"1", b"./t/a"),
    "a file twice": T + A + file(b"t/a", b"new\n"),
    "a file twice, then executable": T + A + file(b"t/a", b"aaa\n", mode=b"0000755"),
    "a file, then a link": T + A + head(b"t/a", 0, b"2", b"b"),
    "a link, then a file": T + head(b"t/a", 0, b"2", b"b") + A,
    "an old file": T + file(b"t/a", b"aaa\n", kind=b"\0"),
    "an old folder, by its slash": T + head(b"t/d/", 0, b"\0") + file(b"t/d/x", b"x"),
    "a contiguous file": T + file(b"t/a", b"aaa\n", kind=b"7"),
    "a kind that nobody knows": T + file(b"t/a", b"aaa\n", kind=b"Z"),
    "a folder that says a size": T + head(b"t/d/", 4, b"5", mode=b"0000755") + A,
    "a folder with its list": T + file(b"t/d/", b"Yx\0\0", kind=b"D", mode=b"0000755") + A,
    "a volume's name": head(b"vol", 0, b"V") + T + A,
    "./": head(b"./t/", 0, b"5", mode=b"0000755") + file(b"./t/a", b"aaa\n"),
    "//": T + file(b"t//a", b"aaa\n"),
    "/./": T + file(b"t/./a", b"aaa\n"),
    "a binary size": T + head(b"t/a", field=b"\x80" + (4).to_bytes(11, "big")) + padded(b"aaa\n") + file(b"t/b", b"b\n"),
    "a size behind blanks": T + head(b"t/a", field=b"         4 \0") + padded(b"aaa\n") + file(b"t/b", b"b\n"),
    "a prefix": T + file(b"a", b"aaa\n", prefix=b"t"),
    "a prefix where GNU tar has times": T + file(b"t/a", b"aaa\n", prefix=b"evil", magic=GNU),
    "a prefix of no format": T + file(b"t/a", b"aaa\n", prefix=b"evil", magic=b""),
    "a name without an end": T + file(b"t/" + b"n" * 98, b"aaa\n"),
    "executable for the group": T + file(b"t/a", b"aaa\n", mode=b"0000674"),
    "one block of zeros": T + A + b"\0" * 512 + file(b"t/late", b"l\n"),
    "two blocks of zeros": T + A + b"\0" * 1024 + file(b"t/late", b"l\n"),
    "a path that is Schily's": T + pax((b"SCHILY.path", b"t/evil")) + A,
    "a sparse file": T + sparse(2048, (3, 0, 512, 1024, 512, 2048, 0)),
    "a sparse file with data at its end": T + sparse(1536, (2, 0, 512, 1024, 512)),
    "an old sparse file": T + old_sparse(2048, (0, 512), (1024, 512), (2048, 0)),
    "a volume's name, for all": pax((b"GNU.volume.label", b"v"), kind=b"g") + T + A,
    "a path for all that is the file's": T + pax((b"path", b"t/a"), kind=b"g") + A,
    "a path for all, and one of its own": T + pax((b"path", b"t/b"), kind=b"g") + pax((b"path", b"t/c")) + A,
    "a path in letters and marks": T + pax((b"path", b"t/e\xcc\x81")) + A,
    "a target of what is no link": T + A + pax((b"linkpath", b"t/a")) + file(b"t/b", b"b\n"),
    "a long target of what is no link": T + A + long_name(b"t/a", b"K") + file(b"t/b", b"b\n"),
    "a target in letters and marks": T + pax((b"linkpath", b"e\xcc\x81")) + head(b"t/l", 0, b"2", b"a"),
    "a target of its own, then a long one": T + pax((b"linkpath", b"c")) + long_name(b"b", b"K") + head(b"t/l", 0, b"2", b"a"),
    "a comment of bytes": T + pax((b"comment", b"a\0b\n=")) + A,
    "a path behind many bytes": T + file(b"t/m", bytes(range(256)) * 9001) + pax((b"path", b"t/b")) + A,
}
REFUSED = {
    "a sparse file whose map is short": T + sparse(2048, (2, 0, 512, 1024, 512)),
    "a sparse file whose map is one of three": T + sparse(2048, (1, 0, 512)),
    "a sparse file that goes back": T + sparse(2048, (2, 1024, 512, 0, 512)),
    "a sparse file that is longer than it": T + sparse(2048, (2, 0, 512, 4096, 512)),
    "an old sparse file whose map is short": T + old_sparse(2048, (0, 512), (1024, 512)),
    "an old sparse file that is longer than it": T + old_sparse(2048, (0, 512), (1024, 5000)),
    "an extended header that is cut": T + file(b"pax", b"99 path=t/evil\nxxxx", kind=b"x") + A,
    "Solaris' list of rights": T + file(b"acl", b"1234567\0", kind=b"A") + A,
    "a hard link before its file": T + head(b"t/h", 0, b"1", b"t/a") + A,
    "a file of another volume": T + file(b"t/a", b"aaa\n", kind=b"M"),
    "an absolute name": head(b"/t/", 0, b"5", mode=b"0000755") + file(b"/t/a", b"aaa\n"),
    "a size below nothing": T + head(b"t/a", field=b"\xff" * 12) + A,
    "an empty long name": T + long_name(b"") + A,
    "two extended headers": T + pax((b"path", b"t/b")) + pax((b"mtime", b"1")) + A,
    "an extended header whose size is binary": T + head(b"pax", field=b"\x80" + (13).to_bytes(11, "big"), kind=b"x") + padded(b"12 path=t/b\n") + A,
    "a hard link to nothing": T + A + head(b"t/h", 0, b"1", b""),
    "a hard link to nothing, with an extended header": T + A + pax((b"mtime", b"1")) + head(b"t/h", 0, b"1", b""),
    "a sparse file with more than its map": T + sparse(2048, (3, 0, 512, 1024, 512, 2048, 0), 4),
    "a record without an end": T + pax((b"path", b"t/b"))[:-508] + b"x" + b"\0" * 507 + A,
}
LINK = head(b"t/l", 0, b"2", b"a")
OTHERWISE = "understand differently"
# What the message has to say of it.
SAID = {
    "a path for all": (OTHERWISE, T + pax((b"path", b"t/b"), kind=b"g") + A),
    "a path for all, and a comment": (OTHERWISE, T + pax((b"comment", b"c"), (b"path", b"t/b"), kind=b"g") + A),
    "a path for all, then a comment for all": (OTHERWISE, pax((b"path", b"t/b"), kind=b"g") + pax((b"comment", b"c"), kind=b"g") + A),
    "a path for all, files later": (OTHERWISE, pax((b"path", b"t/a"), kind=b"g") + A + file(b"t/b", b"b\n")),
    "an empty path for all": (OTHERWISE, T + pax((b"path", b""), kind=b"g") + A),
    "a target for all": (OTHERWISE, T + pax((b"linkpath", b"b"), kind=b"g") + LINK),
    "a size for all": (OTHERWISE, T + pax((b"size", b"2"), kind=b"g") + A),
    "a sparse file's name for all": (OTHERWISE, T + pax((b"GNU.sparse.name", b"t/b"), kind=b"g") + A),
    "a long name, then a path": (OTHERWISE, T + long_name(b"t/b") + pax((b"path", b"t/c")) + A),
    "a long name, and a path for all": (OTHERWISE, T + pax((b"path", b"t/c"), kind=b"g") + long_name(b"t/b") + A),
    "a long target, then one of its own": (OTHERWISE, T + long_name(b"b", b"K") + pax((b"linkpath", b"c")) + LINK),
    "an empty path": (OTHERWISE, T + pax((b"path", b"")) + A),
    "an empty target": (OTHERWISE, T + pax((b"linkpath", b"")) + LINK),
    "an empty size": ("size is no number", T + pax((b"size", b"")) + A),
    "a size with a blank": ("size is no number", T + pax((b"size", b" 2")) + A),
    "a path with a NUL": ("path has a NUL", T + pax((b"path", b"t/b\0c")) + A),
    "a size of a link": ("the size of what is no file", T + A + pax((b"size", b"512")) + head(b"t/h", 0, b"1", b"t/a") + padded(b"x")),
    "a size of a folder": ("the size of what is no file", T + pax((b"size", b"512")) + head(b"t/d/", 0, b"5", mode=b"0000755") + padded(b"x") + A),
    "an extended header, then an empty one": ("two extended headers", T + pax((b"path", b"t/b")) + head(b"pax", kind=b"x") + A),
    "star's size": ("SCHILY.realsize", T + pax((b"SCHILY.realsize", b"2")) + A),
    "Solaris' holes": ("SUN.holesdata", T + pax((b"SUN.holesdata", b" 0 2 4")) + A),
    "Solaris' list of rights, well-formed": ("list of rights", T + file(b"acl", b"1000001\0user::rwx\0", kind=b"A") + A),
    "a volume's name behind a path": ("name of a volume", T + pax((b"path", b"t/b")) + head(b"vol", 0, b"V") + A),
    "a prefix of a format that is none": ("no format of tar", T + file(b"a", b"aaa\n", prefix=b"t", magic=b"ustarX00")),
    "a size with more behind it": ("size or mode is no number", T + head(b"t/a", field=b"4-") + padded(b"aaa\n") + file(b"t/b", b"b\n")),
    "no mode": ("size or mode is no number", T + file(b"t/a", b"aaa\n", mode=b"       ")),
    "an old sparse file without a map": ("a sparse file without a map", T + file(b"t/s", b"aaa\n", kind=b"S", magic=GNU)),
    "a sparse file of a version that is past": ("with GNU.sparse.size", T + pax((b"GNU.sparse.size", b"600"), (b"GNU.sparse.numblocks", b"2"), (b"GNU.sparse.map", b"0,512,600,0")) + head(b"t/s")),
    "an old sparse file without its data": ("not what its map says", T + old_sparse(2048, (0, 512), (1024, 512), (2048, 0), blocks=1)),
    "a sparse file's size alone": ("a sparse file without a map", T + pax((b"GNU.sparse.realsize", b"2")) + A),
    "a folder by its slash, of a kind that nobody knows": ("something else by its kind", T + head(b"t/d/", 0, b"Z") + A),
}


def run(*argv):
    return subprocess.run(argv, cwd=PLACE, env=dict(os.environ, LC_ALL="C.UTF-8"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)


def imported(tree):
    rows = []
    for row in run("git", "--git-dir", "ws/objects.git", "ls-tree", "-rz", tree).stdout.split(b"\0")[:-1]:
        mode, _, rest = row.partition(b" ")
        name = rest.split(b"\t", 1)[1]
        rows.append((name, mode[-5:], run("git", "--git-dir", "ws/objects.git", "cat-file", "blob", rest.split()[1]).stdout))
    return sorted(rows)


def unpacked():
    rows, root = [], os.fsencode(os.path.join(PLACE, "out", "t"))
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                rows.append((os.path.relpath(path, root), b"20000", os.readlink(path)))
            elif os.path.isfile(path):
                with open(path, "rb") as stream:
                    rows.append((os.path.relpath(path, root), b"00755" if os.stat(path).st_mode & 0o100 else b"00644", stream.read()))
    return sorted(rows)


def in_parts(data, size):
    """A reader gets it in pieces of SIZE bytes, which are no whole blocks."""
    return b"".join(gzip.compress(data[at:at + size], 1) for at in range(0, len(data), size))


def import_of(data):
    shutil.rmtree(os.path.join(PLACE, "ws"), ignore_errors=True)
    with open(os.path.join(PLACE, "t.tar"), "wb") as stream:
        stream.write(data)
    return run(KSIG, "-w", "ws", "import", "t.tar")


def both(data):
    """What ksig said, its tree (None: refused), GNU tar's (None: refused)."""
    done = import_of(data)
    shutil.rmtree(os.path.join(PLACE, "out"), ignore_errors=True)
    os.mkdir(os.path.join(PLACE, "out"))
    tar = run("tar", "-xf", "t.tar", "-C", "out", "--no-same-owner")
    one = imported(done.stdout.split(b"\n")[1].split()[1]) if done.returncode == 0 else None
    return done, one, unpacked() if tar.returncode == 0 else None


def check_same(what, data):
    done, one, other = both(data)
    READ.append(one is not None)
    same = other is not None and one == other and one != []
    tap.ok(same or (STRICT_READER and done.returncode == 3), f"{what}: what tar makes of it", f"{done.stdout}\n{one}\n{other}")


def check_refused(what, data, said=""):
    done, one, other = both(data)
    in_words = done.returncode == 3 and (STRICT_READER or said in done.stdout.decode(errors="replace"))
    tap.ok(in_words or (STRICT_READER and one is not None and one == other), f"{what}: is refused", f"{done.returncode}: {done.stdout}")


def main():
    tap.need("git", "tar")
    end = b"\0" * 1024
    for what, members in SAME.items():
        check_same(what, members + end)
    for what, members in REFUSED.items():
        check_refused(what, members + end)
    for what, (said, members) in SAID.items():
        check_refused(what, members + end, said)
    for size in (100, 509, 700):
        check_same(f"gzip in pieces of {size}", in_parts(SAME["two long names"] + pax((b"path", b"t/d")) + A + end, size))
        check_refused(f"a path for all, gzip in pieces of {size}", in_parts(SAID["a path for all"][1] + end, size), OTHERWISE)
    tap.ok(sum(READ) * 4 > len(READ) * 3, "of what tar reads most is read", f"{sum(READ)} of {len(READ)}")
    shutil.rmtree(PLACE)
    tap.done()


main()
