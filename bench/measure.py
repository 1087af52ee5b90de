# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program and says what it and its children cost: processor seconds, seconds, memory."""
import os
import subprocess
import sys
import tempfile
import threading
import time

TICK_S = 0.1
PAGE = os.sysconf('SC_PAGE_SIZE')
CLOCK = os.sysconf('SC_CLK_TCK')


class Cost:
    """cpu: of all; own: of the program without its children; memory in bytes, the highest of what was seen."""
    wall = cpu = own = 0.0
    memory = children = together = 0
    output = ''


def tree_of(root):
    """The numbers of ROOT's descendants."""
    parents = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat', encoding='utf-8', errors='replace') as stat:
                    parents[int(name)] = int(stat.read().rsplit(')', 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    found, grown = {root}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        grown = bool(more)
        found |= more
    return found - {root}


def resident(number):
    try:
        with open(f'/proc/{number}/statm', encoding='utf-8') as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def own_cpu(number):
    try:
        with open(f'/proc/{number}/stat', encoding='utf-8', errors='replace') as stat:
            cells = stat.read().rsplit(')', 1)[1].split()
            return (int(cells[11]) + int(cells[12])) / CLOCK
    except (OSError, IndexError):
        return 0.0


def watch(number, cost, ended):
    while not ended.wait(TICK_S):
        children = sum(resident(child) for child in tree_of(number))
        memory = resident(number)
        cost.memory = max(cost.memory, memory)
        cost.children = max(cost.children, children)
        cost.together = max(cost.together, memory + children)
        cost.own = max(cost.own, own_cpu(number))


def run(argv, keep=True, fatal=True):
    cost, ended, started = Cost(), threading.Event(), time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out if keep else subprocess.DEVNULL,
                                   stderr=talk)
        watcher = threading.Thread(target=watch, args=(process.pid, cost, ended))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        watcher.join()
        cost.wall = time.monotonic() - started
        cost.cpu = usage.ru_utime + usage.ru_stime
        cost.memory = max(cost.memory, usage.ru_maxrss * 1024 if not cost.children else 0)
        cost.together = max(cost.together, cost.memory)
        out.seek(0)
        talk.seek(0)
        cost.output = out.read().decode(errors='replace')
        if fatal and process.returncode != 0:
            sys.exit(f"{' '.join(argv)}: exit status {process.returncode}\n{talk.read().decode(errors='replace')[-2000:]}")
    return cost


def mib(size_bytes):
    return f'{size_bytes / 1048576:.0f} MiB'
