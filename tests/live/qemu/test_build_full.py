#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same fix by the fast way and by kpatch-build's full one, on a real Debian kernel: the same functions, the same code.

Half an hour of CPU time and 5 GB. Needs kpatch-build (or its folders in KSIG_KPATCH_TOOLS and KSIG_KPATCH_HOOK).
"""
import os
import re
import shutil
import subprocess

from lab import drive, run, tap
from test_build import PATCHES, Build, forward_or_back, kernel


def functions(module):
    rows = run(os.environ['KSIG'], 'live', 'inspect', '--format=tsv', module).splitlines()[1:]
    return sorted(row.split('\t')[2] for row in rows if row.split('\t')[0] == 'function')


def code(module, function):
    """Instructions and relocations, without the addresses that they happen to have."""
    text = run('objdump', '-dr', '--no-show-raw-insn', f'--disassemble={function}', module)
    lines = [re.sub(r'^\s*[0-9a-f]+:\s*', '', line) for line in text.splitlines()[3:] if line.startswith(' ') or '\t' in line]
    return [re.sub(r'\b[0-9a-f]+ <(\S+)>', r'<\1>', line).rstrip() for line in lines]


def body(folder):
    tap.need('make', 'gcc', 'bc', 'bison', 'flex', 'patch', 'gawk', 'lsdiff', 'objdump')
    build = Build(kernel(folder), f'{folder}/out')
    if not os.environ.get('KSIG_KPATCH_TOOLS') and not shutil.which('kpatch-build'):
        tap.skip_all('kpatch-build is not installed')
    patch = forward_or_back(build, next(path for path in PATCHES if path.endswith('fs_fcntl.patch')), folder)
    modules = {}
    for way in ('fast', 'kpatch-build'):
        build.out = f'{folder}/{way}'
        build.options = [option for option in build.options if not option.startswith('--output=')] + [f'--output={build.out}']
        status, _, err = build.run('lp_fcntl', patch, way)
        modules[way] = f'{build.out}/lp_fcntl.ko'
        tap.ok(status == 0 and os.path.exists(modules[way]), f'{way}: built', err)
    again = subprocess.run(['patch', '-p1', '-f', '--dry-run', '-s', '-F0', '-d', build.tree, '-i', patch], check=False)
    tap.ok(again.returncode == 0, 'the tree is as it was')
    both = [functions(module) for module in modules.values()]
    tap.ok(both[0] == both[1] and both[0], f'the same functions: {" ".join(both[0])}', both)
    for function in both[0]:
        fast, full = (code(module, function) for module in modules.values())
        tap.ok(len(fast) > 3 and fast == full, f'{function}: the same {len(fast)} lines of disassembly',
                  '\n'.join(sorted(set(fast) ^ set(full))))


drive(body)
