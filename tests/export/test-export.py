#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""test-export.py KSIG WRITE-WORKSPACE: the exports of a workspace with every kind of change, taken by git,
quilt and JSON's reader; and what list and show say of it."""
import atexit
import datetime
import email.header
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

KSIG, WRITER = (os.path.abspath(name) for name in sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix="ksig-export")
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
WORKSPACE = os.path.join(ROOT, "ws")
os.environ.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null", KSIG_WORKSPACE=WORKSPACE,
                  GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@t", GIT_COMMITTER_NAME="t", GIT_COMMITTER_EMAIL="t@t")
LAST, TEXT_ONLY = "ksig/1.0-3.el9", "ksig/1.0-2.el9"

# git 2.55 has the word in quotes.
FIRST_BAD = re.compile("is the first '?bad'? commit")


def run(*argv, cwd=ROOT, status=0):
    done = subprocess.run(argv, cwd=cwd, capture_output=True)
    out, err = done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="replace")
    tap.skip_left_out(err)
    assert done.returncode == status, f"{argv}: status {done.returncode}: {err}{out[-600:]}"
    return out, err


def ksig(*argv, status=0):
    return run(KSIG, *argv, status=status)


def git(*argv, cwd=None, status=0):
    return run("git", *argv, cwd=cwd or REPOSITORY, status=status)[0].strip()


def fresh(name):
    path = os.path.join(ROOT, name)
    git("init", "-q", path, cwd=ROOT)
    git("commit", "-q", "--allow-empty", "-m", "theirs", cwd=path)
    return path


def unpack(revision, name):
    path = os.path.join(ROOT, name)
    os.mkdir(path)
    archive = subprocess.run(["git", "archive", revision], cwd=REPOSITORY, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", path], input=archive, check=True)
    return path


def tree_of(path):
    git("init", "-q", ".", cwd=path)
    git("add", "-f", "-A", ".", cwd=path)
    return git("write-tree", cwd=path)


run(WRITER, WORKSPACE)
REPOSITORY = fresh("repository")
ksig("export", "git", REPOSITORY)


def test_git_trees_are_the_vendors():
    trees = {r["label"]: r["tree"] for r in json.loads(ksig("export", "json")[0])["revisions"]}
    assert len(trees) == 4
    for label, tree in trees.items():
        assert git("rev-parse", f"ksig/{label}^{{tree}}") == tree
    git("fsck", "--strict")


def test_git_again_changes_nothing():
    before = git("for-each-ref")
    ksig("export", "git", REPOSITORY)
    assert git("for-each-ref") == before


def test_git_elsewhere_gives_the_same_ids():
    other = fresh("other")
    ksig("export", "git", other)
    assert git("rev-parse", "ksig", cwd=other) == git("rev-parse", "ksig")


def test_git_leaves_the_work_tree_alone():
    assert git("status", "--porcelain") == ""
    assert git("log", "--format=%s") == "theirs"


def test_git_dry_run():
    dry = fresh("dry")
    _, said = ksig("export", "git", dry, "--dry-run")
    assert "would push: branch ksig" in said
    assert git("branch", "--list", "ksig", cwd=dry) == ""


def test_git_author_and_trailers():
    name, date, body = git("log", "-1", "--format=%an <%ae>%n%aI%n%B", "--grep=^net: fix a leak", "ksig").split("\n", 2)
    assert (name, date) == ("Ada Example <ada@example.com>", "2022-10-16T21:42:47+01:00")
    trailers = git("log", "-1", "--format=%(trailers:only)", "--grep=^net: fix a leak", "ksig")
    for line in ("Signed-off-by: Ada Example <ada@example.com>", "Source: stable", "Kind: adapted",
                 "Upstream-commit: 0123456789abcdef0123456789abcdef01234567", "Confidence: 0.90",
                 "Introduced-in: 1.0-1.el9"):
        assert line in trailers.splitlines(), trailers
    assert body.startswith("net: fix a leak in dev_open()\n\nBecause it was broken.\n\n")


def test_git_checked_out_branch_is_refused():
    checked = fresh("checked")
    git("checkout", "-q", "-b", "ksig", cwd=checked)
    _, said = ksig("export", "git", checked, status=1)
    assert "is checked out there" in said


def test_git_other_history_needs_force():
    forced = fresh("forced")
    git("branch", "ksig", cwd=forced)
    _, said = ksig("export", "git", forced, status=1)
    assert "--force" in said
    assert git("tag", cwd=forced) == ""
    ksig("export", "git", forced, "--force")
    assert git("rev-parse", "ksig", cwd=forced) == git("rev-parse", "ksig")


def test_git_no_repository():
    path = os.path.join(ROOT, "no-repository")
    os.mkdir(path)
    _, said = ksig("export", "git", path, status=3)
    assert "not a git repository" in said
    assert os.listdir(path) == []


def test_git_makes_a_repository():
    path = os.path.join(ROOT, "made")
    _, said = ksig("export", "git", path, "--dry-run")
    assert "would push: branch ksig" in said and not os.path.exists(path)
    ksig("export", "git", path)
    assert git("rev-parse", "HEAD", cwd=path) == git("rev-parse", "ksig") == git("rev-parse", "ksig", cwd=path)
    assert git("status", "--porcelain", cwd=path) == ""
    ksig("export", "git", path)


def test_git_says_what_git_said():
    """A reference that cannot be written, in a repository that is whole: no word of another branch."""
    path = fresh("unwritable")
    os.makedirs(os.path.join(path, ".git", "refs", "heads", "ksig", "below"))
    git("update-ref", "refs/heads/ksig/below/it", "HEAD", cwd=path)
    _, said = ksig("export", "git", path, status=1)
    assert "stands elsewhere" not in said and "refs/heads/ksig/below/it" in said, said


def test_git_goes_on_from_the_bases_own_commit():
    """The base was given as a commit of a repository: it is the parent. Whose a patch is that nobody speaks for."""
    workspace = os.path.join(ROOT, "of-a-commit")
    shutil.copytree(WORKSPACE, workspace, symlinks=True)
    upstream = git("commit-tree", "-p", "HEAD", "-m", "release", "ksig/1.0^{tree}")
    git("tag", "v1.0", upstream)
    catalog = sqlite3.connect(os.path.join(workspace, "catalog.db"))
    catalog.execute("UPDATE revision SET argument = ? WHERE position = 0", (f"git:{REPOSITORY}@v1.0",))
    catalog.execute("UPDATE patch SET author = NULL, email = NULL WHERE id IN (15, 17)")
    catalog.execute("INSERT INTO entry (revision_id, position, author, text, patch_id)"
                    " SELECT id, 99, 'Jane Q. Doe', 'words', 15 FROM revision WHERE position = 2")
    catalog.commit()
    catalog.close()
    ksig("-w", workspace, "export", "git", REPOSITORY, "--branch=onto", "--tag-prefix=onto/")
    assert git("merge-base", "v1.0", "onto") == upstream == git("rev-parse", "onto/1.0")
    assert git("rev-list", "--count", "v1.0..onto") == git("rev-list", "--count", "ksig/1.0..ksig")
    assert git("rev-parse", "onto^{tree}") == git("rev-parse", "ksig^{tree}")
    authors = dict(line.split(" ", 1) for line in git(
        "log", "--format=%(trailers:key=Patch,valueonly,separator=) %an <%ae>", "v1.0..onto").split("\n"))
    assert authors["15"] == "Jane Q. Doe <jane.q.doe@changelog.invalid>", authors
    assert authors["17"] == "Kernel vendor <patch-17@vendor.invalid>" and "unknown@invalid" not in authors.values(), authors


def test_bisect_as_the_manual_says():
    """docs/bisect.md, word for word: its lines are run."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "bisect.md"), encoding="utf-8") as file:
        lines = [line[4:].split("  #")[0].split("      #")[0].strip() for line in file if line.startswith("    ")]
    assert lines[0] == "ksig export git ~/kernel" and len(lines) == 5, lines
    home = os.path.join(ROOT, "home-of-bisect")
    os.mkdir(home)
    script = "\n".join(lines).replace("4.18.0-348.el8", "1.0-3.el9").replace("4.18.0-305.el8", "1.0")
    test = 'printf "#!/bin/sh\\n! test -x scripts/run.sh\\n" >~/my-test.sh; chmod +x ~/my-test.sh\n'
    script = test + script.replace("./my-test.sh", "~/my-test.sh").replace("ksig export", f"{KSIG} export").replace(
        "ksig show", f"{KSIG} show")
    done = subprocess.run(["bash", "-e", "-c", script], capture_output=True, text=True, cwd=home, env={**os.environ, "HOME": home})
    said = FIRST_BAD.split(done.stdout)
    assert done.returncode == 0 and len(said) == 2, done
    assert "scripts: executable" in said[1].split("$ ")[-1], done.stdout


def test_git_bisect():
    """A regression planted in revision 1 is found between the base and the last revision."""
    clone = os.path.join(ROOT, "bisect")
    git("clone", "-q", REPOSITORY, clone, "-b", "ksig", cwd=ROOT)
    git("bisect", "start", LAST, "ksig/1.0", cwd=clone)
    out = git("bisect", "run", "sh", "-c", "! test -x scripts/run.sh", cwd=clone)
    assert FIRST_BAD.search(out), out
    assert git("log", "-1", "--format=%s", "refs/bisect/bad", cwd=clone) == "scripts: executable"


def test_mbox_is_taken_by_git_am():
    clone = os.path.join(ROOT, "am")
    git("clone", "-q", REPOSITORY, clone, cwd=ROOT)
    git("checkout", "-q", "-b", "am", "ksig/1.0", cwd=clone)
    ksig("export", "mbox", os.path.join(ROOT, "mbox"))
    git("am", "-q", os.path.join(ROOT, "mbox"), cwd=clone)
    assert git("rev-parse", "HEAD^{tree}", cwd=clone) == git("rev-parse", f"{LAST}^{{tree}}")
    names = "--format=%an|%ae|%s"
    taken, given = (git("log", names, f"ksig/1.0..{end}", cwd=clone) for end in ("am", LAST))
    assert taken == given, f"{taken}\n{given}"


def test_mbox_hostile_words_stay_words():
    out = ksig("export", "mbox")[0]
    assert "\nX-Header" not in out and "\x1b" not in out
    assert "\n> From: Eve" in out and "\n> 3,4d" in out and "\n> -- >8 --" in out


def test_quilt_gives_the_tree():
    if not shutil.which("quilt"):
        raise tap.Skip("quilt is not installed")
    tree = unpack("ksig/1.0", "quilt-tree")
    ksig("export", "quilt", os.path.join(tree, "patches"), "--revision", "1.0-2.el9")
    run("quilt", "--quiltrc=/dev/null", "push", "-a", "--fuzz=0", cwd=tree)
    shutil.rmtree(os.path.join(tree, ".pc"))
    shutil.rmtree(os.path.join(tree, "patches"))
    assert tree_of(tree) == git("rev-parse", f"{TEXT_ONLY}^{{tree}}")


def series(name, *options, status=None):
    """Names of the series by revision, in order."""
    target = os.path.join(ROOT, name)
    subprocess.run([KSIG, "export", "quilt", target, *options], cwd=ROOT, check=status == 0, capture_output=True)
    with open(os.path.join(target, "series"), encoding="utf-8") as lines:
        sections, revision = {}, None
        for line in lines.read().split("\n"):
            if line.startswith("# "):
                revision = line[2:]
            elif line:
                assert os.path.isfile(os.path.join(target, line)), line
                sections.setdefault(revision, []).append(line)
    return sections


def test_quilt_names_stay():
    """Another revision or another selection renames no patch; each revision is a section of the series."""
    first, later = series("names-1", "-r", "1.0-1"), series("names-3")
    assert list(first) == ["1.0-1.el9"] and list(later) == ["1.0-1.el9", "1.0-2.el9", "1.0-3.el9"], later
    assert first["1.0-1.el9"] == later["1.0-1.el9"] and len(set(sum(later.values(), []))) == len(sum(later.values(), []))
    leak = [name for name in first["1.0-1.el9"] if name.startswith("net-fix-a-leak")]
    assert leak == ["net-fix-a-leak-in-dev_open-0123456789ab.patch"], leak
    every = {name for names in later.values() for name in names}
    chosen = series("names-selected", "--introduced=1.0-2..")
    assert chosen and {name for names in chosen.values() for name in names} <= every, chosen


def subjects(mails):
    return [line.split("] ", 1)[1] for line in mails.split("\n") if line.startswith("Subject: ")]


def test_dependencies():
    """A subsystem's series names the patches of the same files that it stands on, and takes them in where that is wanted."""
    alone, said = ksig("export", "mbox", "--path=firmware.bin")
    assert [s[:12] for s in subjects(alone)] == ["new firmware"], alone
    assert "1 patches that are not in it change its files before" in said and "\n  15 mm: " in said, said
    whole, said = ksig("export", "mbox", "--path=firmware.bin", "--with-dependencies")
    names = subjects(whole)
    assert len(names) == 3 and names[-1].startswith("new firmware"), names
    assert [email.header.decode_header(name)[0][0].decode()[:8] for name in names[:2]] == ["mm: größ", "Drop \"mm"], names
    assert "change its files before" not in said, said
    plain, said = ksig("export", "mbox", "--subsystem=net")
    assert "change its files before" not in said and plain == ksig("export", "mbox", "--subsystem=net", "--with-dependencies")[0], said


def test_quilt_topics():
    names = sum(series("topics", "--topics").values(), [])
    assert "net/core/net-fix-a-leak-in-dev_open-0123456789ab.patch" in names and any(n.startswith("top/") for n in names), names
    if shutil.which("quilt"):
        tree = unpack("ksig/1.0", "topics-tree")
        ksig("export", "quilt", os.path.join(tree, "patches"), "--topics", "--revision", "1.0-2.el9")
        run("quilt", "--quiltrc=/dev/null", "push", "-a", "--fuzz=0", cwd=tree)


def test_quilt_says_what_it_cannot_carry():
    target = os.path.join(ROOT, "binaries")
    _, said = ksig("export", "quilt", target, status=1)
    assert "2 changed files are beyond GNU patch" in said and "does NOT give" in said
    with open(os.path.join(target, "not-in-series")) as listing:
        assert listing.read() == "content firmware.bin\ncontent own firmware.bin\n"
    with open(os.path.join(target, "binary", "firmware.bin"), "rb") as firmware:
        assert firmware.read() == b"\0\1\2\3\4"


def test_quilt_target_in_the_way():
    target = os.path.join(ROOT, "full")
    os.mkdir(target)
    open(os.path.join(target, "precious"), "w").close()
    _, said = ksig("export", "quilt", target, status=1)
    assert "not an empty folder" in said
    assert os.listdir(target) == ["precious"]
    assert not [name for name in os.listdir(ROOT) if name.startswith("ksig-quilt")]


def test_json_is_whole_and_stable():
    first, second = ksig("export", "json")[0], ksig("export", "json")[0]
    assert first == second
    data = json.loads(first)
    assert (data["format"], data["version"]) == ("ksig-export", 2)
    assert [p["number"] for p in data["patches"]] == list(range(1, 19))
    fix = data["patches"][0]
    assert [s["action"] for s in fix["steps"]] == ["introduce", "rework"]
    assert fix["steps"][0]["files"] == [{"path": "net/core/dev.c", "added": 1, "removed": 0}]
    assert fix["references"] == [{"kind": "cve", "value": "CVE-2022-2602"}]
    assert data["changelog"][0]["patch"] == 1


def test_json_to_a_file_is_atomic():
    target = os.path.join(ROOT, "out.json")
    ksig("export", "json", target)
    assert json.load(open(target))["version"] == 2
    assert not os.path.exists(target + ".part")


def test_json_in_the_place_of_a_folder():
    target = os.path.join(ROOT, "a-folder")
    os.mkdir(target)
    error = ksig("export", "json", target, status=4)[1]
    assert "a-folder: Is a directory" in error, error
    assert not os.path.exists(target + ".part")


def test_json_full_disk():
    if not os.path.exists("/dev/full"):
        raise tap.Skip("no /dev/full")
    with open("/dev/full", "w") as full:
        done = subprocess.run([KSIG, "export", "json"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 4 and "No space left" in done.stderr, done.stderr


def test_list_stable_columns():
    out = ksig("list", "--format=tsv", "--columns=upstream,revision,kind,confidence,source,subject")[0]
    lines = out.splitlines()
    assert lines[0] == "upstream\trevision\tkind\tconfidence\tsource\tsubject"
    assert lines[1] == ("0123456789abcdef0123456789abcdef01234567\t1.0-1.el9\tadapted\t0.900\tstable\t"
                        "net: fix a leak in dev_open()")
    assert len(lines) == 19 and all(line.count("\t") == 5 for line in lines)


def test_list_json():
    rows = json.loads(ksig("list", "--format=json", "--cve=CVE-2022-2602")[0])
    assert len(rows) == 1 and rows[0]["number"] == 1 and rows[0]["cve"] == "CVE-2022-2602"


def test_list_questions():
    def numbers(*options, status=0):
        return [int(n) for n in ksig("list", "--format=tsv", "--columns=number", *options, status=status)[0].split()[1:]]
    assert numbers("--kind=vendor") == [14, 16]
    assert numbers("--introduced=1.0-3.el9") == [17, 18]
    assert numbers("--revision=1.0-1.el9") == list(range(1, 14))
    assert numbers("--at=1.0-1.el9") == list(range(1, 14))
    assert 15 not in numbers("--at=1.0-3.el9")
    assert numbers("--path=net") == [1]
    assert numbers("--min-confidence=0.95", status=1) == []
    assert numbers("--text=GRÖSSER") == [15]


BAD = [
    (("list", "--revision=1.0-9.el9"), 1, "1.0-9.el9: no such revision; did you mean 1.0-"),
    (("list", "--cve=CVE-2022-2603"), 1, "the nearest is CVE-2022-2602"),
    (("list", "--path=net/core/dve.c"), 1, "the nearest is net/core/dev.c"),
    (("list", "--kind=odd"), 2, "odd: not a kind"),
    (("list", "--columns=odd"), 2, "odd: not a column"),
    (("list", "--min-confidence=7"), 2, "0 to 1 expected"),
    (("list", "--format=xml"), 2, "xml: not a format"),
    (("list", "what"), 1, "no such revision"),
    (("list", "1.0", "1.0-3"), 2, "one revision or A..B expected"),
    (("show",), 2, "one patch expected"),
    (("show", "99"), 1, "99: no such patch"),
    (("show", "fedcba98"), 1, "no such patch"),
    (("compare", "1.0"), 2, "two revisions, or A..B, expected"),
    (("compare", "1.0", "1.0-4.el9"), 1, "did you mean 1.0-"),
    (("why",), 2, "one of PATH[:LINE[-LINE]]"),
    (("why", "x", "--config=CONFIG_X"), 2, "one of PATH[:LINE[-LINE]]"),
    (("why", "net/core/dev.c:9999"), 1, "net/core/dev.c: no line 9999; it has 19 in 1.0-3.el9"),
    (("why", "net/dev.c"), 1, "the nearest that changed is net/core/dev.c"),
    (("why", "--function=dev_opn"), 1, "the nearest is dev_open"),
    (("export", "word"), 2, "what and where to expected"),
    (("export", "git"), 2, "what and where to expected"),
    (("export", "mbox", "--revision=9"), 1, "9: no such revision"),
    (("export", "site", os.path.join(ROOT, "none"), "--no-missing", "--records=/nowhere"), 3, "a folder of CVE records"),
    (("--workspace=" + ROOT, "list"), 1, "no catalog here"),
]


def bad(argv, status, words):
    def test():
        out, said = ksig(*argv, status=status)
        assert out == "" and words in said, said
    return test


for number, row in enumerate(BAD):
    globals()[f"test_bad_{number:02}_{' '.join(row[0])[:40]}"] = bad(*row)


def site(name="site"):
    target = os.path.join(ROOT, name)
    if not os.path.exists(target):
        ksig("export", "site", target)
    return target


def files_of(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                found[os.path.relpath(os.path.join(place, name), folder)] = file.read()
    return found


def shard(folder, name):
    with open(os.path.join(folder, "data", name + ".js")) as file:
        text = file.read()
    head, tail = f'ksigShard("{name}",', ");\n"
    assert text.startswith(head) and text.endswith(tail)
    return json.loads(text[len(head):-len(tail)])


def test_site_data_is_json_in_a_call():
    folder = site()
    meta, rows, patches = shard(folder, "meta"), shard(folder, "list-0"), shard(folder, "patch-0")
    assert meta["patches"] == len(rows) == len(patches) == 18
    assert rows[0][:2] == [1, 2] and rows[0][4] == "net: fix a leak in dev_open()"
    assert patches["1"]["steps"][1]["action"] == "rework"
    assert "+\tdev_free_all();" in patches["1"]["steps"][1]["diff"]
    assert patches["14"]["purpose"].startswith("From: Eve")


def test_site_has_no_foreign_markup():
    for name, content in files_of(site()).items():
        if name.startswith("raw/"):  # a patch's own bytes, to be taken away
            continue
        assert b"<script>alert" not in content and b"\x1b" not in content, name
        if name.endswith(".html"):
            assert b"Content-Security-Policy" in content and b"http://" not in content, name
            assert b" style=" not in content and b" onclick" not in content, name
            assert content.count(b"<script") == 1, name


def test_site_gives_a_patch_away_as_it_is():
    """A file a patch: a mail a step, which git am and git apply take, with the bytes that show -d prints."""
    folder = site()
    for number in (1, 8, 10, 18):
        shown = subprocess.run([KSIG, "show", "-d", str(number)], capture_output=True, check=True).stdout
        name = os.path.join(folder, "raw", f"{number}.patch")
        with open(name, "rb") as file:
            content = file.read()
        assert shown and (shown in content or b"quoted-printable" in content), number
        asked = git("apply", "--numstat", name, cwd=ROOT) if shown in content else ""
        assert number != 18 or "own firmware.bin" in asked, asked
        with open(os.path.join(folder, "raw", f"{number}.diff"), "rb") as file:
            assert shown.endswith(file.read()) or number == 1, number
    with open(os.path.join(folder, "raw", "1.diff"), "rb") as file:
        assert file.read().count(b"diff --git ") == 2  # the patch, and what reworked it
    split = os.path.join(ROOT, "mails")
    os.makedirs(split)
    assert git("mailsplit", f"-o{split}", os.path.join(folder, "raw", "1.patch"), cwd=ROOT) == "2"
    with open(os.path.join(split, "0002"), encoding="utf-8") as file:
        assert 'Subject: [PATCH] Rework "net: fix a leak in dev_open()"' in file.read()
    assert not os.path.exists(os.path.join(folder, "raw", "16.patch")) and not os.path.exists(os.path.join(folder, "raw", "16.diff"))  # it changes no file
    without = os.path.join(ROOT, "site-no-raw")
    ksig("export", "site", "--no-raw", without)
    assert not os.listdir(os.path.join(without, "raw")) and '"raw":true' not in files_of(without)["data/patch-0.js"].decode()


def test_a_trailer_is_written_once():
    other = os.path.join(ROOT, "candidate")
    shutil.copytree(WORKSPACE, other)
    catalog = sqlite3.connect(os.path.join(other, "catalog.db"))
    catalog.execute("UPDATE patch SET candidate = ? WHERE id = 1", ("5" * 40,))
    catalog.commit()
    catalog.close()
    mails, _ = ksig("--workspace", other, "export", "mbox", "--upstream=0123456789ab")
    first = mails.split("\n---\n")[0]
    assert first.count("5" * 40) == 1 and f"\nCandidate: {'5' * 40}\n" in first, first


def test_site_feed_is_atom():
    atom = "{http://www.w3.org/2005/Atom}"
    ksig("export", "site", "--url=https://example.org/k", os.path.join(ROOT, "site-url"))
    for folder, base in ((site(), ""), (os.path.join(ROOT, "site-url"), "https://example.org/k/")):
        feed = xml.etree.ElementTree.parse(os.path.join(folder, "feed.xml")).getroot()
        assert feed.tag == atom + "feed" and feed.findtext(f"{atom}author/{atom}name")
        entries = feed.findall(atom + "entry")
        assert [entry.findtext(atom + "title") for entry in entries] == ["1.0-3.el9", "1.0-2.el9", "1.0-1.el9"]
        parts = [feed, *entries]
        ids = [part.findtext(atom + "id") for part in parts]
        assert len(set(ids)) == len(ids) and all(str(uuid.UUID(name)) == name[len("urn:uuid:"):] for name in ids)
        for part in parts:
            assert datetime.datetime.strptime(part.findtext(atom + "updated"), "%Y-%m-%dT%H:%M:%SZ").year >= 2022
            links = {link.get("rel"): link.get("href") for link in part.findall(atom + "link")}
            assert links["alternate"].startswith(base) and os.path.exists(os.path.join(folder, links["alternate"][len(base):]))
        assert "CVE-2022-2602" in entries[-1].findtext(atom + "summary")


def test_site_links_are_of_the_users_choosing():
    for link in ("stable", "stable=ftp://x/@ID@", "stable=https://x/", "=https://x/@ID@", "stable=javascript:@ID@"):
        _, said = ksig("export", "site", f"--link={link}", os.path.join(ROOT, "no-links"), status=2)
        assert "NAME=URL expected" in said, said
    folder = os.path.join(ROOT, "site-links")
    ksig("export", "site", "--link=stable=https://x.example/\"<@ID@", "--link=cve=http://c.example/@ID@", folder)
    links = shard(folder, "meta")["links"]
    assert links["sources"][0] == 'https://x.example/"<@ID@' and links["cve"] == "http://c.example/@ID@"
    with open(os.path.join(folder, "cves.html"), encoding="utf-8") as file:
        assert '<a href="http://c.example/CVE-2022-2602" rel="noreferrer">' in file.read()


def test_site_blame_is_what_why_says():
    folder = os.path.join(ROOT, "site-blame")
    ksig("export", "site", "--blame=net", "--blame=crlf.txt", "--blame=with*", folder)
    shards = [shard(folder, f"blame-{number}") for number in shard(folder, "meta")["blame"]]
    files = {path: content for one in shards for path, content in one.items()}
    assert sorted(files) == ["crlf.txt", "net/core/dev.c", "with space/a file.txt"]
    runs, text = files["net/core/dev.c"]["runs"], files["net/core/dev.c"]["text"]
    owners = [patch for patch, count in runs for _ in range(count)]
    assert len(owners) == text.count("\n") and set(owners) == {0, 1}
    assert text.split("\n")[owners.index(1)] == "\tdev_free_all();"
    said, _ = ksig("why", "-f", "json", f"net/core/dev.c:{owners.index(1) + 1}")
    assert "net: fix a leak" in said


def test_site_addresses_outlive_a_revision():
    """What a site of the first revisions has for addresses, one of more revisions has as well."""
    shorter = os.path.join(ROOT, "shorter")
    shutil.copytree(WORKSPACE, shorter)
    catalog = sqlite3.connect(os.path.join(shorter, "catalog.db"))
    catalog.execute("PRAGMA foreign_keys = OFF")
    for statement in ("DELETE FROM patch WHERE id IN (SELECT patch_id FROM step JOIN revision r ON r.id = revision_id WHERE r.position = 3)",
                      "DELETE FROM step WHERE revision_id IN (SELECT id FROM revision WHERE position = 3)",
                      "DELETE FROM entry WHERE revision_id IN (SELECT id FROM revision WHERE position = 3)",
                      "DELETE FROM revision WHERE position = 3"):
        catalog.execute(statement)
    catalog.commit()
    catalog.close()
    folder = os.path.join(ROOT, "shorter-site")
    ksig("--workspace", shorter, "export", "site", folder)
    pages = {name for name in files_of(folder) if name.endswith((".html", ".patch"))}
    assert pages < set(files_of(site())) and "revision-1.0-2.el9.html" in pages


def test_site_is_the_same_again():
    assert files_of(site()) == files_of(site("site-again"))


def test_site_replaces_an_older_one():
    folder = site("site-replaced")
    with open(os.path.join(folder, "left-over.html"), "w"):
        pass
    ksig("export", "site", folder)
    assert files_of(folder) == files_of(site())
    assert not [name for name in os.listdir(ROOT) if name.startswith("ksig-site")]


def test_site_leaves_a_foreign_folder_alone():
    folder = os.path.join(ROOT, "home")
    os.mkdir(folder)
    open(os.path.join(folder, "precious"), "w").close()
    _, said = ksig("export", "site", folder, status=1)
    assert "no site of ksig" in said and os.listdir(folder) == ["precious"]


def upstream():
    """An upstream around the base: a bug in the base, a feature that the vendor took, fixes of both, and more."""
    path = os.path.join(ROOT, "upstream")
    if os.path.exists(path):
        return path
    git("clone", "-q", REPOSITORY, path, "-b", "ksig", cwd=ROOT)
    git("checkout", "-q", "--orphan", "main", "ksig/1.0", cwd=path)
    ids = {}

    def commit(name, file, old, new, message):
        place = os.path.join(path, file)
        with open(place, encoding="latin-1") as text:
            content = text.read()
        assert old in content
        with open(place, "w", encoding="latin-1") as text:
            text.write(content.replace(old, new, 1))
        git("commit", "-q", "-a", "-m", message.format(**ids), cwd=path)
        ids[name] = git("rev-parse", "HEAD", cwd=path)

    commit("bug", "mm/slab.c", "return 1", "return 1 ", "mm: the bug")
    git("tag", "v1", cwd=path)
    commit("feature", "net/core/dev.c", "\treturn err;", "\tdev_free();\n\treturn err;",
           "net: fix a leak in dev_open()\n\nFixes: {bug:.12} (\"mm: the bug\")\n\nCc: somebody@example.com")
    commit("other", "Makefile", "VERSION = 1", "VERSION = 2", "kbuild: not taken")
    commit("fix", "net/core/dev.c", "kfree(dev);", "kfree_rcu(dev);",
           "net: free it safely\n\nFixes: {feature:.12} (\"net: fix a leak\")\nCc: stable@vger.kernel.org")
    commit("old fix", "mm/slab.c", "return 1 ", "return 7", "mm: the bug's fix\n\nFixes: {bug:.12} (\"mm: the bug\")")
    commit("no target", "Makefile", "VERSION = 2", "VERSION = 3", "kbuild: fix\n\nFixes: {other:.12} (\"kbuild\")")
    commit("there", "net/core/dev.c", "\tdev_free();", "\tdev_free_all();",
           "net: in the vendor's tree already\n\nFixes: {feature:.12} (\"net: fix a leak\")")
    # a longterm tree of the same origin, which took the bug's fix; another that has it all; one gone elsewhere
    git("checkout", "-q", "-b", "longterm", "v1", cwd=path)
    commit("old fix there", "mm/slab.c", "return 1 ", "return 7", "mm: the bug's fix\n\ncommit {old fix} upstream.")
    commit("its own", "scripts/run.sh", "echo run", "echo longterm", "scripts: for longterm alone")
    git("checkout", "-q", "-b", "complete", cwd=path)
    commit("feature there", "net/core/dev.c", "\treturn err;", "\tdev_free();\n\treturn err;",
           "net: fix a leak in dev_open()")
    git("checkout", "-q", "-b", "elsewhere", "longterm", cwd=path)
    commit("gone", "net/core/dev.c", "\tint err = 0;\n\n\treturn err;", "\treturn 0;", "net: simplify")
    git("checkout", "-q", "main", cwd=path)
    with sqlite3.connect(os.path.join(WORKSPACE, "catalog.db")) as database:
        database.execute("UPDATE patch SET upstream = ? WHERE id = 1", (ids["feature"],))
    database.close()
    upstream.ids = ids
    return path


def missing(*options, status=0):
    out = ksig("missing", f"--upstream=mainline=git:{upstream()}@v1..main", "--format=json", *options, status=status)[0]
    return json.loads(out)


def test_zz_missing():
    rows = missing()
    ids = upstream.ids
    assert [(r["upstream"], r["relation"], r["patch"]) for r in rows] == [
        (ids["fix"], "fixes", 1), (ids["old fix"], "fixes", None)], rows
    assert rows[0]["subsystem"] == "net/core" and rows[0]["hints"] == "stable"
    assert rows[0]["confidence"] == 0.9 and rows[0]["target"] == ids["feature"][:12]


def test_zz_missing_narrowed():
    ids = upstream() and upstream.ids
    assert [r["upstream"] for r in missing("--path=net")] == [ids["fix"]]
    assert missing("--since=2199-01-01", status=1) == []
    assert ids["there"] in [r["upstream"] for r in missing("--min-confidence=0")]
    # at the base nothing but the base's own bug has fixes
    assert {r["upstream"] for r in missing("--revision=1.0")} == {ids["old fix"], ids["feature"]}


def against(branch, *options):
    return missing(f"--against=lts=git:{upstream()}@v1..{branch}", *options)


def test_zz_missing_against():
    rows, ids = against("longterm"), upstream.ids
    assert {(r["lacks"], r["upstream"], r["origin"], r["relation"], r["fix"]) for r in rows} == {
        ("lts", ids["feature"], None, "fixes", 1), ("1.0-3.el9", ids["old fix there"], ids["old fix"], "carries", None),
        ("1.0-3.el9", ids["its own"], None, "carries", None)}, rows
    assert rows[0]["lacks"] == "lts" and rows[0]["target"] == ids["bug"][:12]
    # it has the same change by the same author under the same subject, though it names no origin
    assert not [r for r in against("complete") if r["lacks"] == "lts"]


def test_zz_missing_mbox_is_taken_by_git_am():
    for branch, options, fixes in (("longterm", [f"--against=lts=git:{upstream()}@v1..longterm"], ["feature"]),
                                   ("vendor", [], ["fix", "old fix"])):
        mbox = os.path.join(ROOT, branch + ".mbox")
        missing(*options, "--mbox", mbox)
        clone = os.path.join(ROOT, "am-" + branch)
        git("clone", "-q", upstream() if options else REPOSITORY, clone, cwd=ROOT)
        git("checkout", "-q", "-b", "fixed", "origin/longterm" if options else LAST, cwd=clone)
        if not options:  # the fixture's base has the bug without upstream's blank, and no slab() in its last revision
            assert b"does not apply to 1.0-3.el9" in subprocess.run(
                [KSIG, "missing", f"--upstream=mainline=git:{upstream()}@v1..main", "--mbox", mbox], check=True,
                capture_output=True).stderr
            fixes = ["fix"]
        before = git("rev-parse", "HEAD", cwd=clone)
        git("am", "-q", mbox, cwd=clone)
        log = git("log", "--reverse", "--format=%b", before + "..HEAD", cwd=clone)
        assert [line for line in log.split("\n") if line.endswith(" upstream.")] == [
            f"commit {upstream.ids[name]} upstream." for name in fixes], log
        assert "> Cc" not in log
        assert git("log", "-1", "--format=%an %ae", cwd=clone) == "t t@t"


def test_zz_missing_mbox_says_what_does_not_apply():
    mbox = os.path.join(ROOT, "elsewhere.mbox")
    _, said = ksig("missing", f"--upstream=mainline=git:{upstream()}@v1..main", "--min-confidence=0",
                   f"--against=lts=git:{upstream()}@v1..elsewhere", "--mbox", mbox)
    assert f"does not apply to lts: {upstream.ids['feature'][:12]} net: fix a leak" in said, said
    assert os.path.getsize(mbox) == 0
    assert subprocess.run(["git", "fsck"], cwd=os.path.join(WORKSPACE, "objects.git"), capture_output=True).returncode == 0


def cve(name, *options, status=0):
    row = json.loads(ksig("show", f"--cve={name}", "--format=json", *options, status=status)[0])[0]
    return row["state"], row["patch"]


def records():
    """The three shapes of a copy of kernel.org's records."""
    folder = os.path.join(ROOT, "records")
    if os.path.isdir(folder):
        return folder
    flaw, fix = "0123456789abcdef0123456789abcdef01234567", "f" * 40
    os.makedirs(os.path.join(folder, "cve", "published", "2024"))
    def dyad(number, line):
        with open(os.path.join(folder, f"CVE-2024-{number}.dyad"), "w") as record:
            record.write("# dyad version: 1\n" + line + "\n")
    dyad(1000, f"0.9:{'1' * 40}:1.2:{fix}")
    dyad(1001, f"0.9:{'1' * 40}:0.95:{fix}")
    dyad(1002, f"1.1:{'1' * 40}:1.2:{fix}")
    dyad(1003, f"1.1:{'1' * 40}:1.2:{flaw}")
    dyad(1004, f"1.1:{flaw}:1.2:{fix}")
    dyad(1005, "1.1:only three:fields")
    def document(number, content):
        with open(os.path.join(folder, "cve", "published", "2024", f"CVE-2024-{number}.json"), "w") as record:
            record.write(content)
    versions = [{"version": "2" * 40, "lessThan": fix, "status": "affected", "versionType": "git"}]
    mainline = [{"version": "0.8", "status": "affected"}, {"version": "0", "lessThan": "0.8", "status": "unaffected"}]
    document(2000, json.dumps({"containers": {"cna": {"affected": [{"versions": versions}, {"versions": mainline}]}}}))
    document(2001, json.dumps({"containers": {"cna": {"affected": [{"versions": versions}, 7, {"versions": 3}]}}}))
    def from_there_on(*branches):
        return [{"version": "0.8", "status": "affected"}, {"version": "0", "lessThan": "0.8", "status": "unaffected"}] + [
            {"version": fixed, "lessThanOrEqual": until, "status": "unaffected"} for fixed, until in branches]
    for number, branches in ((2004, [("0.9.5", "0.9.*"), ("1.0", "*")]), (2005, [("0.9.5", "0.9.*"), ("1.2", "*")])):
        document(number, json.dumps({"containers": {"cna": {"affected": [
            {"versions": versions}, {"versions": from_there_on(*branches)}]}}}))
    document(2002, "{not json")
    document(2003, "[]")
    return folder


CVES = [
    ("CVE-2022-2602", [], 0, ("fixed", 1)),
    ("cve-2022-2602", [], 0, ("fixed", 1)),
    ("CVE-2022-2602", ["--revision=1.0"], 1, ("affected", 1)),
    ("CVE-2022-9999", [], 5, ("unknown", None)),
    ("CVE-2024-1000", ["records"], 1, ("affected", None)),
    ("CVE-2024-1001", ["records"], 0, ("not affected", None)),
    ("CVE-2024-1002", ["records"], 0, ("not affected", None)),
    ("CVE-2024-2000", ["records"], 1, ("affected", None)),
    ("CVE-2024-2001", ["records"], 5, ("unknown", None)),
    ("CVE-2024-2004", ["records"], 0, ("not affected", None)),
    ("CVE-2024-2005", ["records"], 1, ("affected", None)),
    ("CVE-2024-4000", ["records"], 5, ("unknown", None)),
]


def cve_test(name, options, status, answer):
    def test():
        given = [f"--records={records()}" if option == "records" else option for option in options]
        assert cve(name, *given, status=status) == answer
    return test


for number, row in enumerate(CVES):
    globals()[f"test_cve_{number:02}_{row[0]}_{row[3][0]}"] = cve_test(*row)


def test_cve_by_the_commits_of_its_record():
    with sqlite3.connect(os.path.join(WORKSPACE, "catalog.db")) as database:
        before = database.execute("SELECT upstream FROM patch WHERE id = 1").fetchone()[0]
    database.close()
    assert before.startswith("0123456789abcdef")
    assert cve("CVE-2024-1003", f"--records={records()}") == ("fixed", 1)
    assert cve("CVE-2024-1004", f"--records={records()}", status=1) == ("affected", 1)


def test_cve_bad_records():
    for number, words in ((1005, "line 2: four fields expected"), (2002, "CVE-2024-2002.json"), (2003, "not a CVE record")):
        _, said = ksig("show", f"--cve=CVE-2024-{number}", f"--records={records()}", status=3)
        assert words in said, said
    _, said = ksig("show", "--cve=../../etc/passwd", status=2)
    assert "not a CVE" in said


def test_zz_missing_bad():
    _, said = ksig("missing", "--upstream=git:/nowhere@a..b", status=3)
    assert "nowhere" in said
    _, said = ksig("missing", "--min-confidence=2", status=2)
    assert "0 to 1" in said
    _, said = ksig("missing", "--against=stabel", f"--upstream=git:{upstream()}@v1..main", status=1)
    assert "stabel: no such upstream; did you mean stable?" in said, said
    _, said = ksig("missing", "--against=quilt:/nowhere", f"--upstream=git:{upstream()}@v1..main", status=3)
    assert "nowhere" in said
    mbox = os.path.join(ROOT, "no-folder", "mbox")
    _, said = ksig("missing", f"--upstream=git:{upstream()}@v1..main", "--mbox", mbox, status=4)
    assert "no-folder" in said


def test_why():
    rows = json.loads(ksig("why", "net/core/dev.c", "--format=json")[0])
    assert [(r["line"], r["number"]) for r in rows] == [("1-6", None), ("7-7", 1), ("8-19", None)]
    assert json.loads(ksig("why", "net/core/dev.c:7", "--format=json")[0])[0]["number"] == 1
    assert json.loads(ksig("why", "--function=dev_open", "--format=json")[0])[0]["number"] == 1


def test_compare():
    rows = json.loads(ksig("compare", "1.0-1.el9", "1.0-3.el9", "--format=json")[0])
    assert [(r["change"], r["number"]) for r in rows] == [
        ("added", 16), ("added", 14), ("added", 18), ("added", 17), ("reworked", 1)]
    assert "{CVE-2022-2602}" in rows[-1]["changelog"]


HOSTILE = "</script><script>alert(1)</script>\x1b]0;owned\x07\x1b[2J\r\nFrom: x\n.\n\u202e\u2066\u200b\ufeff\u3164\U000e0041\"'`$(id)\\ --option %s%n ../../x"
INVISIBLE = "\u202e\u2066\u200b\ufeff\u3164\U000e0041"
COLUMNS = {"patch": "source upstream member subject author email author_date commit_date purpose",
           "evidence": "kind text", "reference": "value", "upstream": "name argument", "revision": "label argument date",
           "entry": "release date subject subsystem author text", "step": "reason"}


def hostile_workspace():
    """The workspace with those words in every field that comes from outside."""
    workspace = os.path.join(ROOT, "hostile")
    if not os.path.exists(workspace):
        shutil.copytree(WORKSPACE, workspace, symlinks=True)
        with sqlite3.connect(os.path.join(workspace, "catalog.db")) as database:
            for table, names in COLUMNS.items():
                for name in names.split():
                    unique = " || rowid" if (table, name) in (("revision", "label"), ("upstream", "name")) else ""
                    database.execute(f"UPDATE {table} SET {name} = ?{unique}", (HOSTILE,))
        database.close()
    return workspace


HOSTILE_ASKED = [("list",), ("list", "--format=tsv"), ("list", "--format=json"), ("show", "1"), ("show", "1", "--format=json"),
                 ("show", "15"), ("why", "net/core/dev.c"), ("why", "net/core/dev.c:7"), ("show", "--cve=CVE-2024-1001"),
                 ("compare", HOSTILE + "1", HOSTILE + "4"), ("compare", "1", "x"), ("list", "--revision=x"), ("export", "json")]


def hostile(argv):
    def test():
        done = subprocess.run([KSIG, "--workspace", hostile_workspace(), *argv], capture_output=True, timeout=60)
        assert done.returncode in (0, 1, 5), (done.returncode, done.stderr)
        for word in (b"\x1b", b"\x07", b"\r"):
            assert word not in done.stdout + done.stderr, (word, done.stdout[-800:], done.stderr)
        is_json = "--format=json" in argv or argv[-1] == "json"
        if is_json:
            json.loads(done.stdout)
        for word in INVISIBLE:
            assert word not in done.stderr.decode(), (word, done.stderr)
            assert is_json or word not in done.stdout.decode(), (word, done.stdout[-800:])
    return test


def test_what_cannot_be_seen_is_spelled_out_but_for_programs():
    shown = subprocess.run([KSIG, "-w", hostile_workspace(), "show", "1"], capture_output=True, check=True).stdout.decode()
    assert "<U+202E><U+2066><U+200B><U+FEFF><U+3164><U+E0041>" in shown, shown
    told = json.loads(run(KSIG, "-w", hostile_workspace(), "list", "--columns=subject", "--format=json")[0])
    assert INVISIBLE in told[0]["subject"], told[0]


for number, argv in enumerate(HOSTILE_ASKED):
    globals()[f"test_hostile_{number:02}_{' '.join(argv)[:20]}"] = hostile(argv)


def test_hostile_exports():
    workspace = hostile_workspace()
    repository = fresh("hostile-git")
    run(KSIG, "--workspace", workspace, "export", "git", repository)
    git("fsck", "--strict", cwd=repository)
    assert git("rev-parse", "ksig^{tree}", cwd=repository) == git("rev-parse", f"{LAST}^{{tree}}")
    target = os.path.join(ROOT, "hostile-site")
    run(KSIG, "--workspace", workspace, "export", "site", "--no-missing", target)
    for name, content in files_of(target).items():
        if name.startswith("raw/"):
            continue
        assert b"<script>alert" not in content and b"\x1b" not in content and b"</script><" not in content.replace(
            b"defer></script></head>", b""), name
        for character in INVISIBLE:
            assert character.encode() not in content, (name, character)
    for name in os.listdir(target):
        assert ".." not in name and "<" not in name


def damaged(name, change):
    """A copy of the workspace whose catalog is not whole."""
    workspace = os.path.join(ROOT, "damaged-" + name)
    shutil.copytree(WORKSPACE, workspace, symlinks=True)
    path = os.path.join(workspace, "catalog.db")
    for suffix in ("-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    change(path)
    return workspace


def overwrite(path):
    with open(path, "r+b") as file:  # all but the first page
        file.seek(4096)
        file.write(b"\xa5" * (os.path.getsize(path) - 4096))


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def foreign(path):
    with open(path, "wb") as file:
        file.write(b"not a database at all\n" * 300)


def newer(path):
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 4711")
    database.close()


QUESTIONS = [("list",), ("show", "1"), ("why", "net/core/dev.c"), ("compare", "1.0-1.el9", "1.0-3.el9"), ("missing",),
             ("show", "--cve=CVE-2022-2602"), ("export", "json"), ("export", "mbox"), ("upstream", "list")]
if "site" in tap.parts(KSIG):
    QUESTIONS.append(("export", "site", os.path.join(ROOT, "no-site")))


def damaged_test(name, change):
    def test():
        workspace = damaged(name, change)
        for argv in QUESTIONS:
            done = subprocess.run([KSIG, "--workspace", workspace, *argv], capture_output=True, timeout=60, text=True)
            assert done.returncode == 3, (argv, done.returncode, done.stderr)
            assert "catalog.db" in done.stderr, (argv, done.stderr)
        assert not os.path.exists(os.path.join(ROOT, "no-site"))
    return test


for change in (overwrite, cut, foreign, newer):
    globals()[f"test_damaged_catalog_{change.__name__}"] = damaged_test(change.__name__, change)


def test_show_text():
    out = ksig("show", "1")[0]
    for words in ("introduced  1.0-1.el9", "reworked  1.0-2.el9", "lines: 2 of 2 added lines",
                  "cve  CVE-2022-2602", "+\tdev_free();", "+\tdev_free_all();", "Because it was broken."):
        assert words in out, words


def test_show_by_id_as_json():
    rows = {row["field"]: row["value"] for row in json.loads(ksig("show", "0123456789ab", "--format=json")[0])}
    assert rows["kind"] == "adapted" and rows["purpose"].startswith("Because")


def test_show_diff_applies():
    tree = unpack("ksig/1.0", "show-tree")
    git("init", "-q", ".", cwd=tree)
    git("add", "-A", ".", cwd=tree)
    for number in range(1, 14):
        diff = subprocess.run([KSIG, "show", "--diff", str(number)], capture_output=True, check=True).stdout
        subprocess.run(["git", "apply", "--index"], input=diff, cwd=tree, check=True)
    assert git("write-tree", cwd=tree) == git("rev-parse", "ksig/1.0-1.el9^{tree}")


tap.each(globals())
