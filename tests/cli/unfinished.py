# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of killed runs and of power cuts share: an environment for git, and a small upstream history."""
import os

from repolib import run

ENV = {"LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_AUTHOR_NAME": "A",
       "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}


def make_history(repo, files, commits):
    """FILES files at the tag base, which COMMITS commits change in turn; the N-th is tagged vN."""
    def git(*words):
        run("git", "-C", repo, *words, env=ENV)

    run("git", "init", "-q", "-b", "main", repo, env=ENV)
    for number in range(files):
        with open(os.path.join(repo, f"f{number}.c"), "w", encoding="utf-8") as stream:
            stream.write("".join(f"int f{number}_{i}(void) {{ return {i}; }}\n" for i in range(60)))
    git("add", ".")
    git("commit", "-q", "-m", "base")
    git("tag", "base")
    for commit in range(commits):
        for number in range(commit, files, commits):
            with open(os.path.join(repo, f"f{number}.c"), "r+", encoding="utf-8") as stream:
                text = stream.read().replace("return 30;", f"return {3000 + commit};")
                stream.seek(0)
                stream.write(text)
        git("commit", "-q", "-a", "-m", f"change {commit}")
        git("tag", f"v{commit + 1}")
