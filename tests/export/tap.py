# SPDX-License-Identifier: GPL-2.0-or-later
"""A test program of functions called test_*, each its own TAP line; tap.skip(reason) skips one."""
import sys
import traceback


class Skip(Exception):
    pass


def skip(reason):
    raise Skip(reason)


def run(names):
    tests = [(name[5:], function) for name, function in sorted(names.items()) if name.startswith("test_")]
    print(f"1..{len(tests)}")
    failed = False
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} {name} # SKIP {reason}", flush=True)
        except Exception:  # every failure is a line of its own
            failed = True
            for line in traceback.format_exc().splitlines():
                print("#", line)
            print(f"not ok {number} {name}", flush=True)
    sys.exit(1 if failed else 0)
