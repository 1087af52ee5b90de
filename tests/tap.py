# SPDX-License-Identifier: GPL-2.0-or-later
"""What the test programs print: TAP. The exit status says whether all rows were good.

Row by row:             need("rpmbuild"); ok(result == wanted, "what it shows", result); …; done()
A row each function:    def test_this(): assert …; …; each(globals())
"""
import shutil
import subprocess
import sys
import traceback

LEFT_OUT = "not in this build of ksig"
DETAIL = 4000  # characters of a failed row's reason
rows = bad = 0


class Skip(Exception):
    """Ends the function of a row, with the reason."""


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)


def need(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        skip_all(f"not installed: {', '.join(missing)}")


def parts(ksig):
    """The parts that the program KSIG was built with: meson's options."""
    asked = {"engines": ("engine", "tag", "a", "b", "c"), "kmod": ("kmod", "--help"), "live": ("live", "--help"), "site": ("export", "site", "/dev/null/x")}
    said = {part: subprocess.run([ksig, *words], capture_output=True, text=True, check=False).stderr for part, words in asked.items()}
    return {part for part, text in said.items() if LEFT_OUT not in text}


def left_out(ksig):
    """The commands and forms that KSIG was built without."""
    return {"engines", "kmod", "live", "site"} - parts(ksig)


def need_part(ksig, *wanted):
    missing = set(wanted) & left_out(ksig)
    if missing:
        skip_all(f"{LEFT_OUT}: {', '.join(sorted(missing))}")


def skip_left_out(said):
    """Ends the function of a row that asked for what this build has not."""
    if LEFT_OUT in said:
        raise Skip(said.strip())


def ok(good, name, detail=""):
    global rows, bad
    rows += 1
    bad += not good
    print(f"{'ok' if good else 'not ok'} {rows} - {name}", flush=True)
    if not good:
        for line in str(detail)[-DETAIL:].splitlines():
            print("#", line, flush=True)


def done():
    print(f"1..{rows}", flush=True)
    sys.exit(bad != 0)


def each(names):
    """Runs the functions called test_* among NAMES, a module's globals, in alphabetic order."""
    for name, function in sorted(names.items()):
        if name.startswith("test_"):
            try:
                function()
                ok(True, name[5:])
            except Skip as reason:
                ok(True, f"{name[5:]} # SKIP {reason}")
            except Exception:  # every failure is a row of its own
                ok(False, name[5:], traceback.format_exc())
    done()
