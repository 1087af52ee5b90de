#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A repository whose config names a program wherever git's documentation (git-config(1), gitattributes(5), githooks(5),
2.39 to 2.50) lets one be named, as UPSTREAM, KERNEL, base and target: none of them runs.
Usage: test-hostile-repository.py KSIG"""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

KSIG = os.path.abspath(sys.argv[1])
LEFT_OUT = tap.left_out(KSIG)
PLACE = tempfile.mkdtemp(prefix="ksig-hostile-repository.")
MARKER = os.path.join(PLACE, "RAN")
ENV = dict(os.environ, LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", HOME=PLACE,
           GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.org", GIT_COMMITTER_NAME="A",
           GIT_COMMITTER_EMAIL="a@example.org")
KEYS = """core.fsmonitor core.pager core.editor core.askPass core.sshCommand core.gitProxy core.alternateRefsCommand
core.fsmonitorHookVersion=2 sequence.editor pager.log pager.blame pager.diff pager.show pager.config pager.push pager.apply
pager.archive diff.external diff.x.command diff.x.textconv diff.x.cachetextconv=false filter.x.clean filter.x.smudge
filter.x.process filter.x.required=true merge.x.driver merge.tool mergetool.x.cmd mergetool.x.path difftool.x.cmd
diff.tool=x gpg.program gpg.openpgp.program gpg.ssh.program gpg.x509.program gpg.ssh.defaultKeyCommand commit.gpgSign=true
tag.gpgSign=true push.gpgSign=if-asked log.showSignature=true credential.helper=!RUN credential.https://x.helper=!RUN
remote.origin.uploadpack remote.origin.receivepack remote.origin.vcs=x remote.origin.proxy=ext::RUN
remote.origin.url=ext::RUN remote.origin.promisor=true remote.origin.partialclonefilter=blob:none
remote.pushDefault=origin uploadpack.packObjectsHook receive.procReceiveRefs=refs
receive.certNonceSeed=x receive.autogc=true receive.denyCurrentBranch=updateInstead gc.auto=1 gc.autoPackLimit=1
gc.recentObjectsHook gc.cruftPacks=true maintenance.auto=true maintenance.strategy=incremental protocol.ext.allow=always
protocol.allow=always alias.log=!RUN alias.blame=!RUN alias.rev-list=!RUN alias.archive=!RUN alias.push=!RUN
alias.apply=!RUN browser.x.cmd web.browser=x man.x.cmd help.browser=x instaweb.httpd trailer.x.command trailer.x.cmd
trailer.x.key=X sendemail.smtpServer sendemail.toCmd sendemail.ccCmd sendemail.sendmailCmd
submodule.x.update=!RUN submodule.recurse=true tar.tar.command tar.tar.gz.command interactive.diffFilter
imap.tunnel guitool.x.cmd lsrefs.unborn=advertise blame.ignoreRevsFile=/dev/null
url.ext::RUN.insteadOf=file:// extensions.worktreeConfig=true
extensions.partialClone=origin core.repositoryFormatVersion=1""".split()
HOOKS = """applypatch-msg pre-applypatch post-applypatch pre-commit prepare-commit-msg commit-msg post-commit pre-rebase
post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction
push-to-checkout pre-auto-gc post-rewrite post-index-change fsmonitor-watchman sendemail-validate""".split()


def path(*names):
    return os.path.join(PLACE, *names)


def write(name, text, mode=0o644):
    os.makedirs(os.path.dirname(path(name)), exist_ok=True)
    with open(path(name), "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(path(name), mode)


def run(*argv, status=0, **more):
    done = subprocess.run(argv, env=ENV, cwd=PLACE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          universal_newlines=True, **more)
    if status is not None and done.returncode != status:
        raise SystemExit(f"Bail out! {argv}: {done.returncode}: {done.stdout}")
    return done


def git(*arguments):
    return run("git", "-C", path("repo"), *arguments).stdout.strip()


def make_repository():
    run("git", "init", "-q", "-b", "main", "repo")
    lines = [f"int f_{i}(void) {{ return {i}; }}\n" for i in range(40)]
    write("repo/f.c", "".join(lines))
    write("repo/Makefile", "all:\n")
    git("add", ".")
    git("commit", "-q", "-m", "base")
    git("tag", "base")
    lines[7] = "int f_7(void) { return 77; }\n"
    write("repo/f.c", "".join(lines))
    git("commit", "-q", "-a", "-m", "fix seven")
    git("tag", "fix")
    lines[20] = "int f_20(void) { return 2020; }\n"
    write("repo/f.c", "".join(lines))
    git("commit", "-q", "-a", "-m", f"fix twenty\n\nFixes: {git('rev-parse', '--short=12', 'fix')} (\"fix seven\")")
    git("tag", "more")
    git("checkout", "-q", "--detach")
    run("sh", "-c", "mkdir v && git -C repo archive fix | tar x -C v")


def poison():
    """The program also leaves its name, so that a failure says which key it was."""
    for number, key in enumerate(KEYS):
        name, _, value = key.partition("=")
        program = path("programs", str(number))
        write(os.path.join("programs", str(number)), f"#!/bin/sh\necho '{name}' >>{MARKER}\nexec cat\n", 0o755)
        git("config", name.replace("RUN", program), value.replace("RUN", program) if value else program)
    for hook in HOOKS:
        write(os.path.join("repo/.git/hooks", hook), f"#!/bin/sh\necho 'hook {hook}' >>{MARKER}\n", 0o755)
    write("repo/.git/info/attributes", "* diff=x filter=x merge=x\n")
    write("repo/.gitattributes", "* diff=x filter=x merge=x export-subst\n")
    # And one that a program may not be asked of, but a file: the answer is read back.
    write("repo/.git/config.worktree", f"[core]\n\tfsmonitor = {path('programs', '0')}\n")


def missing_object():
    """A blob of the middle commit goes: a partial clone would now ask its promisor."""
    blob = git("rev-parse", "more:f.c")
    file = path("repo/.git/objects", blob[:2], blob[2:])
    os.chmod(file, stat.S_IWUSR | stat.S_IRUSR)
    shutil.move(file, path("kept"))
    return file


def quiet(name, *arguments, status=0):
    done = run(KSIG, "-w", "ws", *arguments, status=None)
    ran = open(MARKER, encoding="utf-8").read() if os.path.exists(MARKER) else ""
    tap.ok(not ran and (status is None or done.returncode == status), f"{name}: nothing ran",
           f"{ran}{done.returncode}: {done.stdout}")
    if ran:
        os.unlink(MARKER)
    return done


RECIPE = """[module]
name=f
summary=x
version=1
license=GPL-2.0-only
modules=f
[source]
kind=git
url=https://example.org/f.git
revision=fix
[pass f]
directory=.
"""


def other_commands(base, upstream):
    """Those of kernels, modules, live patches, repositories and sources that are watched: most cannot do their work here,
    but each is given the repository wherever it takes one, and looks at it."""
    write("f.conf", RECIPE)
    write("f-kernel.conf", RECIPE.replace("kind=git", "kind=kernel").replace("url=https://example.org/f.git\nrevision=fix", "paths=f.c"))
    write("linux/Makefile", "all:\n\t@true\n")
    write("linux/include/generated/utsrelease.h", '#define UTS_RELEASE "5.14.0-1.el9.x86_64"\n')
    write("linux/Module.symvers", "")
    write("watch.json", '{"sources": [{"name": "it", "kind": "git", "location": "%s", "patterns": ["*"], "steps": []}]}' % path("repo"))
    done = quiet("watch", "watch", "--config", path("watch.json"), status=None)
    tap.ok(done.returncode == 0, "and it was watched", done.stdout)
    if "kmod" not in LEFT_OUT:
        done = quiet("kmod build of a revision", "kmod", "build", path("f.conf"), "-s", path("repo"), "-k", path("linux"), "-o", "built",
                     status=None)
        log = re.search(r"the log is ([^)]+)\)", done.stdout)
        with open(log[1] if log else os.devnull, encoding="utf-8", errors="replace") as stream:
            tap.ok(done.returncode == 0 or re.search(r"\bf-1\b", stream.read()), "and its source was taken", done.stdout)
    for name, arguments in {
            "kmod build of a folder": ("kmod", "build", path("f-kernel.conf"), "-s", path("repo"), "-k", path("linux"), "-o", "built"),
            "kmod build, its devices": ("kmod", "build", path("f-kernel.conf"), "-s", path("repo"), "--upstream", path("repo"),
                                        "-k", path("linux"), "-o", "built"),
            "kmod devices": ("kmod", "devices", "--upstream", path("repo"), "--vendor", path("repo"), path("f-kernel.conf")),
            "kmod kernels": ("kmod", "kernels", path("repo")),
            "kmod check": ("kmod", "check", path("repo"), "--kernel", path("repo")),
            "kmod plan": ("kmod", "plan", path("f.conf"), "-k", path("repo")),
            "kernel check": ("kernel", "check", "--package", path("repo")),
            "kernel build, plus": ("kernel", "build", "plus", "--base", path("repo")),
            "kernel build, lts": ("kernel", "build", "lts", "--tarball", path("repo")),
            "kernel config": ("kernel", "config", path("repo")),
            "live plan": ("live", "plan", "--all"),
            "live build": ("live", "build", "--tree", path("repo"), "--patch", "1", "--name", "f", "--output", "live"),
            "live inspect": ("live", "inspect", path("repo")),
            "live index": ("live", "index", path("repo")),
            "repo publish": ("repo", "publish", "--to", path("published"), path("repo")),
            "repo verify": ("repo", "verify", path("repo")),
            "base": ("base", "-u", upstream, base),
            "cve": ("cve", "--records", path("repo")),
            "upstream add": ("upstream", "add", "again=" + upstream.split("=", 1)[1]),
            "compare": ("compare", "1", "1"),
    }.items():
        if arguments[0] not in LEFT_OUT:
            quiet(name, *arguments, status=None)


def lent():
    """A user's folder whose repository is, in part, what root alone reads; what is open to all may be a part."""
    if os.geteuid() != 0:
        tap.ok(True, "another user's folder # SKIP not root")
        return
    os.chmod(PLACE, 0o755)
    for name, mode in (("secret", 0o700), ("public", 0o755)):
        os.mkdir(path(name))
        run("git", "init", "-q", f"{name}/r")
        run("git", "-C", f"{name}/r", "commit", "-q", "--allow-empty", "-m", "x")
        os.chmod(path(name), mode)
        head = run("git", "-C", f"{name}/r", "rev-parse", "HEAD").stdout.strip()
        theirs, git_dir = path("theirs"), path(name, "r", ".git")
        for how in ("gitdir", "link", "commondir", "objects", "alternates", "refs"):
            shutil.rmtree(theirs, ignore_errors=True)
            own = os.path.join(theirs, ".git")
            for folder in ("refs/heads", "objects/info") if how not in ("gitdir", "link") else ("",):
                os.makedirs(os.path.join(own, folder) if folder else theirs)
            if how == "gitdir":
                write("theirs/.git", f"gitdir: {git_dir}\n")
            elif how == "link":
                os.symlink(git_dir, own)
            else:
                write("theirs/.git/HEAD", "ref: refs/heads/x\n")
                write("theirs/.git/refs/heads/x", head + "\n")
            if how == "commondir":
                write("theirs/.git/commondir", git_dir + "\n")
                write("theirs/.git/HEAD", head + "\n")
            if how == "alternates":
                write("theirs/.git/objects/info/alternates", f"{git_dir}/objects\n")
            if how == "objects":
                shutil.rmtree(f"{own}/objects")
                os.symlink(f"{git_dir}/objects", f"{own}/objects")
            if how == "refs":
                write("theirs/.git/objects/info/alternates", path("public/r/.git/objects") + "\n") if name == "public" else None
                shutil.rmtree(f"{own}/refs")
                os.symlink(f"{git_dir}/refs", f"{own}/refs")
                write("theirs/.git/HEAD", head + "\n")
            run("chown", "-R", "-h", "12345", "theirs")
            shutil.rmtree(path("ws-lent"), ignore_errors=True)
            done = subprocess.run([KSIG, "-w", path("ws-lent"), "import", f"git:{theirs}@HEAD"], env=ENV, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False, cwd=PLACE)
            good = done.returncode == 0 if name == "public" else done.returncode == 3 and "nor open to all" in done.stdout
            tap.ok(good, f"another user's folder, {how} to what is {name}", done.stdout)


def waits():
    """A pipe, or a device, where a repository has a file: whoever opens it waits, or reads without end."""
    run("git", "init", "-q", "piped")
    run("git", "-C", "piped", "commit", "-q", "--allow-empty", "-m", "x")
    run("git", "init", "-q", "--bare", "alternate")
    tag = run("git", "-C", "piped", "rev-parse", "HEAD").stdout.strip()
    for place in ("HEAD", "refs/tags/x", "packed-refs", "shallow", "config", "objects/info/alternates", f"objects/{tag[:2]}/{tag[2:]}",
                  "objects/pack/x.idx", "the alternate's objects/pack/x.idx"):
        for how in ("a pipe", "/dev/zero"):
            shutil.rmtree(path("odd"), ignore_errors=True)
            shutil.copytree(path("piped"), path("odd"))
            where = path("odd/.git", place)
            if place.startswith("the alternate's"):
                write("odd/.git/objects/info/alternates", path("alternate/objects") + "\n")
                where = path("alternate", place.split()[-1])
            if os.path.exists(where):
                os.unlink(where)
            os.mkfifo(where) if how == "a pipe" else os.symlink(how, where)
            done = run("timeout", "20", KSIG, "-w", path("ws-odd"), "import", "git:odd@HEAD", status=None)
            tap.ok(done.returncode == 3 and "neither file nor folder" in done.stdout, f"{how} as {place} is refused",
                   f"{done.returncode}: {done.stdout}")
            os.unlink(where)


def goes_nowhere():
    """A HEAD or a branch that is none, or leads to itself, is the repository's fault."""
    run("git", "init", "-q", "-b", "main", "whole")
    run("git", "-C", "whole", "commit", "-q", "--allow-empty", "-m", "x")
    for place in ("HEAD", "refs/heads/main"):
        for what, text in (("a link to itself", None), ("a reference to itself", f"ref: {place}\n"), ("empty", ""), ("no id", "zzzz\n")):
            shutil.rmtree(path("odd"), ignore_errors=True)
            shutil.copytree(path("whole"), path("odd"))
            os.unlink(path("odd/.git", place))
            os.symlink(os.path.basename(place), path("odd/.git", place)) if text is None else write(f"odd/.git/{place}", text)
            done = run("timeout", "20", KSIG, "-w", path("ws-odd"), "import", "git:odd@HEAD", status=None)
            tap.ok(done.returncode == 3 and "HEAD: " in done.stdout, f"{place} is {what}", f"{done.returncode}: {done.stdout}")
    os.unlink(path("odd/.git/HEAD"))
    done = run("timeout", "20", KSIG, "-w", path("ws-odd"), "import", "git:odd@HEAD", status=None)
    tap.ok(done.returncode == 3 and "not a git repository" in done.stdout, "no HEAD at all", f"{done.returncode}: {done.stdout}")


def main():
    tap.need("git", "tar", "timeout")
    make_repository()
    poison()
    base, upstream = "git:repo@base", "u=git:repo@base..more"
    # The poison works: what git itself does here runs it.
    run("git", "-C", "repo", "log", "-p", "-1", status=None)
    run("git", "-C", "repo", "blame", "f.c", status=None)
    run("git", "-C", "repo", "status", status=None)
    tap.ok(os.path.exists(MARKER), "the repository is hostile: git by itself runs its programs")
    os.unlink(MARKER)
    quiet("import KERNEL", "import", "git:repo@fix")
    quiet("import a folder", "import", "repo", status=None)
    quiet("breakdown", "breakdown", "-b", base, "-u", upstream, "git:repo@fix")
    quiet("list", "list")
    quiet("show", "show", "1")
    quiet("why", "why", "f.c:8")
    quiet("why, of the base", "why", "f.c:3")
    quiet("missing", "missing", "-u", upstream, status=None)
    quiet("missing --export", "missing", "--export", "out.mbox", status=None)
    quiet("upstream", "upstream", status=None)
    quiet("diff", "diff", status=None)
    other_commands(base, upstream)
    for kind in [kind for kind in ("quilt", "mbox", "json", "site") if kind not in LEFT_OUT]:
        quiet(f"export {kind}", "export", kind, "out-" + kind)
    quiet("export git into it", "export", "git", "--branch", "theirs", "repo")
    there = subprocess.run(["git", "--git-dir", path("repo/.git"), "-c", "core.fsmonitor=false", "rev-parse", "theirs"],
                           env=ENV, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    tap.ok(there.returncode == 0, "and the branch is there")
    if os.path.exists(MARKER):
        os.unlink(MARKER)
    missing_object()
    shutil.rmtree(path("ws"))
    quiet("breakdown of a partial clone", "breakdown", "-b", base, "-u", upstream, "git:repo@fix", status=None)
    run("git", "init", "-q", "--object-format=sha256", "long")
    done = quiet("a repository of SHA-256", "import", "git:long@HEAD", status=3)
    tap.ok("SHA-256" in done.stdout, "and it is said", done.stdout)
    waits()
    goes_nowhere()
    lent()
    shutil.rmtree(PLACE)
    tap.done()


main()
