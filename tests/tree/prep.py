#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig import of a source package next to rpmbuild -bp of it: the same tree, or an error, in each of the sandboxes.
Usage: prep.py KSIG

A row: a name, the spec's lines, its %prep, and what comes of it: "equal" (rpmbuild's tree), "only-patches" and the like
(rpmbuild's is none to compare with: what git makes of the base with these patches), or a part of the error."""

import base64
import os
import quopri
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
PLACE = tempfile.mkdtemp(prefix="ksig-prep.")
SOURCES = os.path.join(PLACE, "SOURCES")
ENV = dict(os.environ, LC_ALL="C.UTF-8", HOME=PLACE, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
           GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A",
           GIT_COMMITTER_EMAIL="a@example.org")

EL = """patch_command='%s'
ApplyPatch()
{
  local patch=$1
  shift
  if [ ! -f $RPM_SOURCE_DIR/$patch ]; then
    exit 1
  fi
  if ! grep -E "^Patch[0-9]+: $patch\\$" %%{_specdir}/${RPM_PACKAGE_NAME}.spec; then
    if [ "${patch:0:8}" != "patch-5." ] ; then
      echo "ERROR: Patch $patch not listed as a source patch in specfile"
      exit 1
    fi
  fi
  case "$patch" in
  *.bz2) bunzip2 < "$RPM_SOURCE_DIR/$patch" | $patch_command ${1+"$@"} ;;
  *.gz)  gunzip  < "$RPM_SOURCE_DIR/$patch" | $patch_command ${1+"$@"} ;;
  *.xz)  unxz    < "$RPM_SOURCE_DIR/$patch" | $patch_command ${1+"$@"} ;;
  *) $patch_command ${1+"$@"} < "$RPM_SOURCE_DIR/$patch" ;;
  esac
}
ApplyOptionalPatch()
{
  local patch=$1
  shift
  local C=$(wc -l $RPM_SOURCE_DIR/$patch | awk '{print $1}')
  if [ "$C" -gt 9 ]; then
    ApplyPatch $patch ${1+"$@"}
  fi
}
"""
P = "Patch1: one.patch\n"
PP = P + "Patch2: two.patch\n"
GIT = "git init -q\ngit config user.email a@b\ngit config user.name a\ngit add -f .\ngit commit -q -m base\n"
S = "%setup -q -n linux-5.10\n"

ROWS = [
    ("no patch", "", S, "equal"),
    ("autosetup", PP, "%autosetup -p1 -n linux-5.10", "equal"),
    ("autosetup -S patch", PP, "%autosetup -S patch -p1 -n linux-5.10", "equal"),
    ("autosetup -S git", PP, "%autosetup -S git -p1 -n linux-5.10", "equal"),
    ("autosetup -S git_am", PP, "%autosetup -S git_am -n linux-5.10", "equal"),
    ("autosetup -S gendiff", PP, "%autosetup -S gendiff -p1 -n linux-5.10", "equal"),
    ("autosetup -S quilt", PP, "%autosetup -S quilt -p1 -n linux-5.10", "equal"),
    ("autosetup -S bzr", PP, "%autosetup -S bzr -p1 -n linux-5.10", "bzr"),
    ("autosetup -S hg", PP, "%autosetup -S hg -p1 -n linux-5.10", "hg"),
    ("autosetup -N, autopatch", PP, "%autosetup -N -n linux-5.10\n%autopatch -p1", "equal"),
    ("autopatch -m", PP, "%autosetup -N -n linux-5.10\n%autopatch -p1 -m 2", "equal"),
    ("autopatch -M", PP, "%autosetup -N -n linux-5.10\n%autopatch -p1 -M 1", "equal"),
    ("patchN", PP, S + "%patch1 -p1\n%patch2 -p1", "equal"),
    ("patchN in another order", "Patch1: one.patch\nPatch2: other.patch\n", S + "%patch2 -p1\n%patch1 -p1", "equal"),
    ("patch -P", PP, S + "%patch -P 1 -p1\n%patch -P2 -p1", "equal"),
    ("patch -P, a backup", P, S + "%patch -P 1 -p1 -b .one", "equal"),
    ("patch -R", "Patch1: reverse.patch\n", S + "%patch1 -p1 -R", "equal"),
    ("patch -E", "Patch1: empty.patch\n", S + "%patch1 -p1 -E", "equal"),
    ("patch -F3", "Patch1: fuzzy.patch\n", S + "%patch1 -p1 -F3", "equal"),
    ("patch without fuzz", "Patch1: fuzzy.patch\n", S + "%patch1 -p1", "does not apply"),
    ("patch -d", "Patch1: below.patch\n", S + "%patch1 -p1 -d sub", "equal"),
    ("patch commented out", PP, S + "%patch1 -p1\n#%%patch2 -p1", "equal"),
    ("patch -p0", "Patch1: p0.patch\n", S + "%patch1 -p0", "equal"),
    ("patch of no number", "Patch0: one.patch\nPatch1: two.patch\n", S + "%patch -p1", "equal"),
    ("patchN, numbered by rpm", "Patch: one.patch\nPatch: two.patch\n", S + "%patch0 -p1\n%patch1 -p1", "equal"),
    ("patchN in a comment", PP, S + "%patch1 -p1\n#%patch2 -p1", "patches one"),
    ("patchN in a macro", "%define apply %patch1 -p1\n" + PP, S + "%apply\n%patch2 -p1", "equal"),
    ("patchN of a number from a macro", "%global n 2\n" + PP, S + "%patch%{n} -p1", "equal"),
    ("patchN by lua", PP, S + "%{lua: for i = 1, 2 do print(rpm.expand('%patch' .. i .. ' -p1') .. '\\n') end}", "patches one two"),
    ("a macro of a later rpm", "%define rpmversion 5.10\n" + P, "%setup -q -n linux-%{rpmversion}\n%patch1 -p1", "patches one"),
    ("patches compressed", "Patch1: one.patch.xz\nPatch2: two.patch.gz\n", "%autosetup -p1 -n linux-5.10", "equal"),
    ("empty files", "Patch1: empty.patch\n", "%autosetup -p1 -n linux-5.10", "equal"),
    ("empty files by git", "Patch1: empty.patch\n", "%autosetup -S git -n linux-5.10 -p1", "equal"),
    ("a rename", "Patch1: rename.patch\n", "%autosetup -p1 -n linux-5.10", "equal"),
    ("a rename by git am", "Patch1: rename.patch\n", "%autosetup -S git_am -n linux-5.10", "equal"),
    ("a mode by git", "Patch1: mode.patch\n", "%autosetup -S git -p1 -n linux-5.10", "equal"),
    ("a mode by patch", "Patch1: mode.patch\n", "%autosetup -p1 -n linux-5.10", "equal"),
    ("a link by git", "Patch1: link.patch\n", "%autosetup -S git -p1 -n linux-5.10", "equal"),
    ("a binary file by git", "Patch1: binary.patch\n", "%autosetup -S git -p1 -n linux-5.10", "equal"),
    ("a binary file by patch", "Patch1: binary.patch\n", "%autosetup -p1 -n linux-5.10", "does not apply"),
    ("a folder becomes a file", "Patch1: file.patch\n", "%autosetup -S git -p1 -n linux-5.10", "equal"),
    ("a file becomes a folder", "Patch1: folder.patch\n", "%autosetup -S git_am -n linux-5.10", "equal"),
    ("a mail, quoted-printable", "Patch1: printable.patch\n", "%autosetup -S git_am -n linux-5.10", "equal"),
    ("a mail, base64", "Patch1: base64.patch\n", "%autosetup -S git_am -n linux-5.10", "equal"),
    ("a mail that no box begins", "Patch1: unboxed.patch\n", "%autosetup -S git_am -n linux-5.10", "equal"),
    ("a box of two mails", "Patch1: box.patch\n", S + GIT + "git am -q %{patches}", "equal"),
    ("a mail, quoted-printable, by patch", "Patch1: printable.patch\n", "%autosetup -p1 -n linux-5.10", "equal"),
    ("no mail by git am", "Patch1: bare.patch\n", S + GIT + "git am -q %{patches}", "bare.patch"),
    ("git am of all", PP, S + GIT + "git am %{patches}", "equal"),
    ("git -c, am", PP, S + GIT + "git -c core.whitespace=-blank-at-eof am -q %{patches}", "equal"),
    ("git apply of a file", P, S + "git apply %{PATCH1}", "equal"),
    ("git apply of two files", PP, S + "git apply %{PATCH1} %{PATCH2}", "equal"),
    ("git -C, apply", "Patch1: below.patch\n", S + "git -C sub apply %{PATCH1}", "equal"),
    ("git apply --directory", "Patch1: below.patch\n", S + "git apply --directory=sub %{PATCH1}", "equal"),
    ("git apply --exclude", "Patch1: both.patch\n", S + "git apply --exclude=b.c %{PATCH1}", "equal"),
    ("patch by its path", P, S + "/usr/bin/patch -p1 -s < %{PATCH1}", "equal"),
    ("patch -i", P, S + "patch -p1 -s -i %{PATCH1}", "equal"),
    ("patch --input= --strip=", P, S + "patch --strip=1 --silent --input=%{PATCH1}", "equal"),
    ("a pipe", "Source1: one.patch.xz\n", S + "xzcat %{SOURCE1} |\n  patch -p1 -s", "equal"),
    ("a loop", PP, S + "for p in %{patches}; do patch -p1 -s <$p; done", "equal"),
    ("a loop over names", PP, S + "for p in one two; do patch -p1 -s <$RPM_SOURCE_DIR/$p.patch; done", "equal"),
    ("a shell's if, false", PP, S + "%patch1 -p1\nif [ -f not-there ]; then\n%patch2 -p1\nfi", "equal"),
    ("a shell's if, true", PP, S + "%patch1 -p1\nif [ -f a.c ]; then\n%patch2 -p1\nfi", "equal"),
    ("a shell's if of a patched file", PP, S + "%patch1 -p1\nif grep -q 'x == 55' a.c; then\n%patch2 -p1\nfi", "equal"),
    ("a shell's case", PP, S + "case %{version} in 4*) patch -p1 -s <%{PATCH1};; *) patch -p1 -s <%{PATCH2};; esac", "equal"),
    ("a shell's function", PP, "a() { patch -p1 -s <$1; }\n" + S + "a %{PATCH2}", "equal"),
    ("a spec's if, false", PP, S + "%if 0\n%patch1 -p1\n%endif\n%patch2 -p1", "equal"),
    ("a spec's if with a macro", "%global with_one 1\n" + PP, S + "%if %{with_one}\n%patch1 -p1\n%else\n%patch2 -p1\n%endif", "equal"),
    ("lua", PP, S + "%{lua: for i, p in ipairs(patches) do print('patch -p1 -s < ' .. p .. '\\n') end}", "equal"),
    ("el8's functions", PP, EL % "patch -p1 -F1 -s" + S + "ApplyPatch one.patch\nApplyOptionalPatch two.patch", "equal"),
    ("el9's functions", PP, EL % "git apply" + S + "ApplyOptionalPatch one.patch\nApplyPatch two.patch", "equal"),
    ("el9's, an empty optional patch", P + "Patch999999: none.patch\n",
     EL % "git apply" + S + "ApplyPatch one.patch\nApplyOptionalPatch none.patch", "equal"),
    ("el8's, what a build has is missing", P + "Patch999999: none.patch\n",
     EL % "patch -p1 -F1 -s" + S + "ApplyPatch one.patch\nApplyOptionalPatch none.patch\n"
     "pathfix.py -i /usr/bin/python3 sub\nmv COPYING COPYING-1\nmkdir configs\nmake listnewconfig", "only-patches"),
    ("el8's, not listed", "Source1: one.patch\n" + "Patch2: two.patch\n",
     EL % "patch -p1 -F1 -s" + S + "ApplyPatch one.patch\nApplyPatch two.patch", "two.patch"),
    ("renamed and moved", P, "%setup -q -c -n kernel-5.10\nmv linux-5.10 linux-5.10-1.x86_64\ncd linux-5.10-1.x86_64\n"
     "%patch1 -p1", "equal"),
    ("more than patches", P, S + "%patch1 -p1\nsed -i s/static/extern/ a.c\necho x > config\nrm b.c", "only-patches"),
    ("git rm", P, S + GIT + "%patch1 -p1\ngit rm -q b.c", "git … rm"),
    ("an archive and a script of its own",
     "Source1: series.conf\nSource2: apply-patches\nSource3: patches.tar\n",
     "%setup -q -c -T -a 0 -a 3\ncd linux-5.10\n%_sourcedir/apply-patches %_sourcedir/series.conf ..", "equal"),
    ("copies with all attributes", P + "Source2: fails\n",
     S + "cp -a %{SOURCE2} . && install -m 755 %{SOURCE2} two && rm two fails && touch -d 2001-01-01 a.c\n%patch1 -p1", "equal"),
    ("the second of two equal patches fails", "Patch1: one.patch\nPatch2: one-again.patch\n",
     S + "%patch1 -p1\n%patch2 -p1", "one-again.patch: does not apply"),
    ("two equal patches, and what fails follows", "Patch1: empty-one.patch\nPatch2: empty-two.patch\n",
     S + "git init -q\ngit apply --allow-empty %{PATCH1}\ngit apply --allow-empty %{PATCH2}\nfalse\n", "equal-by-base"),
    ("a patch that fails, and then no end", "Patch1: fuzzy.patch\n",
     EL % "patch -p1 -F0 -s" + S + "ApplyPatch fuzzy.patch\nsleep 1000", "does not apply"),
    ("a script that fails", "Source1: series.conf\nSource2: fails\n", S + "%_sourcedir/fails", "nothing was patched"),
    ("fails before a patch", PP, S + "%patch1 -p1\ncd nowhere || exit 1\n%patch2 -p1", "two.patch"),
    ("patches itself a repository", "Patch1: dotgit.patch\nPatch2: two.patch\n",
     S + "patch -p1 -s <%{PATCH1}\ngit apply %{PATCH2}", ".git"),
    ("writes out of its folder", P, S + "%patch1 -p1\necho x > " + PLACE + "/escaped || :\nchmod 777 " + PLACE +
     "/secret || :", "equal-but-for-the-escape"),
    ("reads what is not its own", PP,
     S + "if grep -q y " + PLACE + "/secret; then\n%patch1 -p1\nelse\n%patch2 -p1\nfi", "only-two"),
    ("its lua reads what is not its own", PP,
     S + "%{lua: if io.open('" + PLACE + "/secret') then print('patch -p1 -s <' .. patches[1]) else "
     "print('patch -p1 -s <' .. patches[2]) end}", "only-two"),
    ("its variables are not ours", PP,
     S + "%{lua: if os.getenv('KSIG_TEST_SECRET') then print('patch -p1 -s <' .. patches[1]) else "
     "print('patch -p1 -s <' .. patches[2]) end}\n[ -z \"$KSIG_TEST_SECRET\" ] || patch -p1 -s <%{PATCH1}", "only-two"),
    ("it has no network", P,
     S + "if (exec 3<>/dev/tcp/127.0.0.1/%{port}) 2>/dev/null; then :; else\n%patch1 -p1\nfi", "equal-by-ksig"),
    ("a cd that fails", P, "%setup -q -n linux-5.10\ncd linux-5.11\ncd ../..\npatch -p1 -s < %{PATCH1}", "cd: linux-5.11: No such file or directory"),
    ("a command that fails, and says why", P, "%setup -q -n linux-5.10\ncat no-such-list\nfalse || cd /\npatch -p1 -s < %{PATCH1}",
     "cat: no-such-list: No such file or directory"),
    ("what rpm has before it fails", "%define __spec_prep_pre cat no-such-file\n", S, "before it failed: cat: no-such-file: No such file or directory"),
]


def path(*names):
    return os.path.join(PLACE, *names)


def run(argv, folder=PLACE, **more):
    return subprocess.run(argv, cwd=folder, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)


def git(*arguments):
    done = run(["git", "-C", path("git"), *arguments])
    assert done.returncode == 0, done.stdout
    return done.stdout


def write(name, text, mode=0o644):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "wb") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(path(name), mode)


def lines(letter, changes=()):
    text = ["static int %s_%d(void) { return %d; }\n" % (letter, i, i) for i in range(1, 31)]
    for number, line in changes:
        text[number - 1] = line
    return "".join(text)


def mail(message):
    git("add", "-Af")
    git("commit", "-q", "--allow-empty", "-m", message)
    return git("format-patch", "-1", "--stdout", "--binary")


def encoded(text, name, encode):
    head, body = text.split(b"\n\n", 1)
    return (head + b"\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: "
            + name + b"\n\n" + encode(body))


def change(message, act):
    """The mail of ACT on the base."""
    git("checkout", "-q", "--detach", "base")
    act()
    return mail(message)


def make_sources():
    os.makedirs(path("git", "sub"))
    git("init", "-q")
    write("git/a.c", lines("a"))
    write("git/b.c", lines("b"))
    write("git/sub/c.c", lines("c"))
    write("git/dir/x", "x\n")
    write("git/file", "file\n")
    write("git/list", "one\n")
    write("git/Makefile", "all:\n")
    git("add", "-Af")
    git("commit", "-q", "-m", "base")
    git("tag", "base")
    os.makedirs(SOURCES)
    run(["git", "-C", path("git"), "archive", "--prefix=linux-5.10/", "-o", path("SOURCES/linux.tar"), "base"])
    run(["xz", path("SOURCES/linux.tar")])
    os.rename(path("SOURCES/linux.tar.xz"), path("SOURCES/linux-5.10.tar.xz"))

    one = change("one", lambda: write("git/a.c", lines("a", [(5, "int a_5(int x) { return x == 55; }\n")])))
    two = change("two", lambda: write("git/b.c", lines("b", [(9, "int b_9(void) { return 99; }\n")])))
    both = change("both", lambda: (write("git/a.c", lines("a", [(5, "int a_5;\n")])),
                                   write("git/b.c", lines("b", [(9, "int b_9;\n")]))))
    put = {"one": one, "two": two, "both": both, "none": b"", "empty-one": b"", "empty-two": b"", "one-again": one, "printable": encoded(one, b"quoted-printable", quopri.encodestring),
           "base64": encoded(one, b"base64", base64.encodebytes), "box": one + two, "unboxed": one.split(b"\n", 1)[1],
           "bare": git("diff", "base", "HEAD"), "p0": git("diff", "--no-prefix", "base", "HEAD"),
           "reverse": git("diff", "HEAD", "base"),
           "other": change("other", lambda: write("git/a.c", lines("a", [(25, "int a_25;\n")]))),
           "empty": change("empty", lambda: (write("git/list", ""), write("git/new-empty", ""))),
           "rename": change("rename", lambda: (os.remove(path("git/b.c")), write("git/r.c", lines("b", [(3, "int b_3;\n")])))),
           "mode": change("mode", lambda: (os.chmod(path("git/Makefile"), 0o755), write("git/tool", "#!/bin/sh\n", 0o755))),
           "link": change("link", lambda: os.symlink("a.c", path("git/link"))),
           "binary": change("binary", lambda: write("git/firmware", bytes(range(256)))),
           "file": change("file", lambda: (shutil.rmtree(path("git/dir")), write("git/dir", "a file now\n"))),
           "folder": change("folder", lambda: (os.remove(path("git/file")), write("git/file/x", "in a folder\n"))),
           "fuzzy": one.replace(b" static int a_3(void)", b" static long a_3(void)")
                       .replace(b" static int a_2(void)", b" static long a_2(void)"),
           "below": git("diff", "base", "base") or b"--- a/c.c\n+++ b/c.c\n@@ -1,2 +1,2 @@\n"
                    b"-static int c_1(void) { return 1; }\n+int c_1;\n static int c_2(void) { return 2; }\n",
           "dotgit": b"--- /dev/null\n+++ b/.git/HEAD\n@@ -0,0 +1 @@\n+ref: refs/heads/x\n"}
    for name, text in put.items():
        write("SOURCES/%s.patch" % name, text)
    run(["xz", "-k", "one.patch"], SOURCES)
    run(["gzip", "-k", "two.patch"], SOURCES)
    write("t/patches.own/b-99", two)
    run(["tar", "cf", path("SOURCES/patches.tar"), "-C", path("t"), "patches.own"])
    write("SOURCES/series.conf", "\tpatches.own/b-99\n")
    write("SOURCES/apply-patches", "#!/bin/sh\nsed -n 's/^[[:space:]]*//p' $1 | while read p; do "
          "patch -p1 -s < $2/$p || exit 1; done\n", 0o755)
    write("SOURCES/fails", "#!/bin/sh\nexit 3\n", 0o755)
    write("secret", "y\n", 0o600)


def spec(extra, prep):
    write("kernel.spec", "Name: kernel\nVersion: 5.10\nRelease: 1\nSummary: x\nLicense: GPL\n"
          "%%global port %d\nSource0: linux-5.10.tar.xz\n%s%%description\nx\n%%prep\n%s\n%%build\n" % (PORT, extra, prep))


def package():
    """The source package; where this rpm refuses to make it (4.20: %patch1, %define rpmversion), the folder that an older one made it of."""
    done = run(["rpmbuild", "-bs", "--define", "_topdir " + PLACE, "--define", "_specdir " + PLACE, "kernel.spec"])
    if done.returncode == 0:
        return path("SRPMS/kernel-5.10-1.src.rpm")
    assert any(word in done.stdout for word in (b"is obsolete", b"is a built-in", b"Patch number not specified")), done.stdout
    shutil.rmtree(path("dist"), ignore_errors=True)
    os.makedirs(path("dist/SPECS"))
    shutil.copy(path("kernel.spec"), path("dist/SPECS"))
    shutil.copytree(SOURCES, path("dist/SOURCES"))
    return path("dist")


def of_any_rpm(text):
    """TEXT as every rpm from 4.18 on reads it."""
    return re.sub(r"%patch(?=[0-9%])", "%patch -P ", re.sub(r"%patch(?= -[^P])", "%patch -P 0", text))


def tree_of(folder):
    """What git makes of FOLDER, without what tools leave: backups, quilt's and git's own."""
    for litter in (".git", ".pc", "patches", ".bzr"):
        shutil.rmtree(os.path.join(folder, litter), ignore_errors=True)
    run(["find", ".", "(", "-name", "*.orig", "-o", "-name", "*.one", "-o", "-name", "*.~?~", "-o", "-regex",
         r".*\.[ch]\.[0-9]*", ")", "-delete"], folder)
    run(["git", "init", "-q", "."], folder)
    run(["git", "add", "-Af", "."], folder)
    done = run(["git", "write-tree"], folder)
    return done.stdout.decode().strip()


def build():
    """rpmbuild -bp: the tree id, or None if it fails."""
    shutil.rmtree(path("BUILD"), ignore_errors=True)
    done = run(["rpmbuild", "-bp", "--nodeps", "--define", "_topdir " + PLACE, "--define", "_specdir " + PLACE, "kernel.spec"])
    for folder, folders, _ in os.walk(path("BUILD")):
        for name in folders:
            if name.startswith("linux-5.10"):
                return tree_of(os.path.join(folder, name)) if done.returncode == 0 else None, done.stdout
    return None, done.stdout


def ksig(srpm, way, workspace="ws", **more):
    shutil.rmtree(path(workspace), ignore_errors=True)
    environment = dict(ENV, KSIG_TEST_SECRET="1", KSIG_SANDBOX=way, **more)
    done = subprocess.run([KSIG, "-w", path(workspace), "import", "--format", "tsv", srpm], env=environment, cwd=PLACE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, universal_newlines=True)
    tree = done.stdout.splitlines()[1].split("\t")[1] if done.returncode == 0 else None
    return tree, done.stderr


def patched(*names):
    """The base with the patches NAMES, by git."""
    git("checkout", "-q", "--detach", "-f", "base")
    git("clean", "-qfdx")
    for name in names:
        git("apply", path("SOURCES", name + ".patch"))
    git("add", "-Af")
    return git("write-tree").decode().strip()


def judge(wanted, tree, error, built, said):
    if wanted == "equal":
        return built is not None and tree == built, "rpmbuild %s, ksig %s\n%s\n%s" % (built, tree, error, said.decode(errors="replace"))
    if wanted == "only-patches" or wanted == "equal-by-ksig":
        return tree == patched("one"), "%s\n%s" % (tree, error)
    if wanted.startswith("patches "):
        return tree == patched(*wanted.split()[1:]), "%s\n%s" % (tree, error)
    if wanted == "equal-by-base":
        return tree == patched(), "%s\n%s" % (tree, error)
    if wanted == "only-two":
        return tree == patched("two"), "%s\n%s" % (tree, error)
    if wanted == "equal-but-for-the-escape":
        return (tree == patched("one") and not ESCAPED), "%s\n%s\n%s" % (tree, error, ESCAPED)
    # Without the tool, rpmbuild fails too; with it, ksig says that it does not follow it.
    if wanted in ("hg", "bzr"):
        return (tree is None and wanted in error) or (tree is not None and tree == patched("one", "two")), error
    return tree is None and wanted in error, "%s\n%s" % (tree, error)


def ways_here():
    """landlock where the kernel has it: its system call says so to who asks for its version."""
    import ctypes
    has_landlock = ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), 1) >= 1
    return (["landlock"] if has_landlock else []) + ["bubblewrap"]


def dist_git(links=()):
    """The spec and its sources in a folder, some of it links to the same elsewhere."""
    shutil.rmtree(path("dist"), ignore_errors=True)
    shutil.rmtree(path("elsewhere"), ignore_errors=True)
    os.makedirs(path("dist/SPECS"))
    os.mkdir(path("elsewhere"))
    shutil.copy(path("kernel.spec"), path("dist/SPECS"))
    shutil.copytree(SOURCES, path("dist/SOURCES"))
    for name in links:
        os.rename(path("dist", name), path("elsewhere/it"))
        os.symlink(path("elsewhere/it"), path("dist", name))
    return path("dist")


def links_out():
    """A folder of sources may be a stranger's repository: where its links lead is not read."""
    spec(P, S + "%patch -P 1 -p1")
    tree, error = ksig(dist_git(), "bubblewrap")
    tap.ok(tree == patched("one"), "a folder of sources", error)
    for name, words in (("SOURCES/one.patch", "there is no one.patch"), ("SOURCES", "SOURCES: a link, which is not followed"),
                        ("SPECS/kernel.spec", "kernel.spec: a link, which is not followed"), ("SPECS", "SPECS: a link, which is not followed")):
        tree, error = ksig(dist_git([name]), "bubblewrap")
        tap.ok(tree is None and words in error, f"a link out of it: {name}", error)


def links_of_another_user():
    """Beside a package that leaves its tarball out, in another user's folder."""
    if os.geteuid() != 0:
        tap.ok(True, "another user's links # SKIP not root")
        return
    spec("NoSource: 0\n" + P, S + "%patch -P 1 -p1")
    run(["rpmbuild", "-bs", "--define", "_topdir " + PLACE, "--define", "_specdir " + PLACE, "kernel.spec"])
    os.chmod(PLACE, 0o755)
    os.mkdir(path("hers"))
    shutil.move(path("SRPMS/kernel-5.10-1.nosrc.rpm"), path("hers"))
    os.chown(path("hers"), 65534, 65534)
    for owner, good in ((0, False), (65534, True)):
        shutil.copy(os.path.join(SOURCES, "linux-5.10.tar.xz"), path(f"tarball-{owner}"))
        os.chown(path(f"tarball-{owner}"), owner, owner)
        os.symlink(path(f"tarball-{owner}"), path("hers/linux-5.10.tar.xz"))
        tree, error = ksig(path("hers/kernel-5.10-1.nosrc.rpm"), "bubblewrap")
        tap.ok(tree == patched("one") if good else tree is None and "a link in a folder of user 65534's to what is user 0's" in error,
               f"another user's link to {'what is that user' if good else 'root'}'s", error)
        os.unlink(path("hers/linux-5.10.tar.xz"))


def looks_around():
    """What is not the package's is not there: not even that it is there decides on the tree."""
    for name, prep in (("the spec", "%if %{exists:" + path("secret") + "}\npatch -p1 -s < %{PATCH1}\n%else\npatch -p1 -s < %{PATCH2}\n%endif"),
                       ("its lua", "%{lua: print('patch -p1 -s <' .. patches[posix.stat('" + path("secret") + "') and 1 or 2])}"),
                       ("%prep", "if [ -e " + path("secret") + " ]; then\npatch -p1 -s < %{PATCH1}\nelse\npatch -p1 -s < %{PATCH2}\nfi")):
        spec(PP, S + prep)
        tree, error = ksig(package(), "")
        tap.ok(tree == patched("two"), "%s asks whether a file is there that is not its own" % name, error)


def no_bwrap(srpm):
    """Where neither works nothing is read, and it is said what the user can do."""
    os.makedirs(path("bin"))
    for tool in set(os.listdir("/usr/bin")) - {"bwrap"}:
        os.symlink(os.path.join("/usr/bin", tool), path("bin", tool))
    word = ways_here()[0] if "landlock" in ways_here() else "none"
    for way in ("bubblewrap", ""):
        tree, error = ksig(srpm, way, PATH=path("bin"))
        tap.ok(tree is None and "bwrap: not installed" in error and f"KSIG_SANDBOX={word}" in error, f"no bwrap, asked for {way or 'nothing'}", error)
    tree, error = ksig(srpm, word, PATH=path("bin"))
    tap.ok(tree is not None, f"and {word} says that it may be read", error)
    tree, error = ksig(srpm, "chroot")
    tap.ok(tree is None and "landlock, bubblewrap or none" in error, "a way that there is not", error)


def main():
    global PORT, ESCAPED
    import socket
    tap.need("rpmbuild", "git", "patch", "xz", "quilt", "bwrap")
    make_sources()
    listener = socket.create_server(("127.0.0.1", 0))
    PORT = listener.getsockname()[1]
    ways = ways_here()
    for name, extra, prep, wanted in ROWS:
        spec(extra, prep)
        srpm = package()
        spec(of_any_rpm(extra), of_any_rpm(prep))
        built, said = build() if wanted == "equal" else (None, b"")
        for way in ways:
            tree, error = ksig(srpm, way)
            ESCAPED = [f for f in ("escaped",) if os.path.exists(path(f))] + \
                (["mode"] if os.stat(path("secret")).st_mode & 0o777 != 0o600 else [])
            good, detail = judge(wanted, tree, error, built, said)
            tap.ok(good, "%s, %s" % (way, name), detail)
    for way in ways:
        spec(PP, "%autosetup -p1 -n linux-5.10")
        tree, error = ksig(package(), way, "a work space")
        tap.ok(tree == patched("one", "two"), "%s, a workspace with blanks in its name" % way, error)
    looks_around()
    no_bwrap(srpm)
    links_out()
    links_of_another_user()
    shutil.rmtree(PLACE)
    tap.done()


main()
