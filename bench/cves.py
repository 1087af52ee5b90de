#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cves.py KSIG WORKSPACE TABLES X.Y BASE LAST: what `ksig cve list` says against a table of when longterm releases got their fixes.

TABLES is a folder with data of linux_kernel_cves (kernel_cves.json, stream_fixes.json, cmts.json: who broke it, who fixed it upstream, which
commit of X.Y.N). Of these a record is written for each CVE, as the dyad files of kernel.org's own records are, and WORKSPACE, which is
X.Y.BASE broken down to X.Y.LAST, is asked. A line each: how many CVEs, what the table says, what ksig says, examples.
"""
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

COMMIT = re.compile(r'[0-9a-f]{40}$')


def tables(folder):
    for name in ('kernel_cves', 'stream_fixes', 'cmts'):
        with open(os.path.join(folder, name + '.json'), encoding='utf-8') as file:
            yield json.load(file)


def release(tags, commit):
    """5.4 of a commit that came with v5.4-rc1; None: the table does not know it."""
    found = re.match(r'v(\d+(?:\.\d+)+)(?:-rc\d+)?$', tags.get(commit) or '')
    return found.group(1) if found else None


def records(series, cves, streams, tags):
    """{CVE: lines of its dyad file}"""
    for cve, told in cves.items():
        broken, fixed = told.get('breaks') or '', told.get('fixes') or ''
        known = COMMIT.match(broken)
        since = release(tags, broken) if known else '0'
        if not since:
            continue
        begin, lines = f'{since}:{broken if known else 0}:', []
        if COMMIT.match(fixed) and release(tags, fixed):
            lines.append(f'{begin}{release(tags, fixed)}:{fixed}')
        stable = streams.get(cve, {}).get(series, {})
        if COMMIT.match(stable.get('cmt_id') or ''):
            lines.append(f'{begin}{stable["fixed_version"]}:{stable["cmt_id"]}')
        if lines:
            yield cve, lines


def told(series, base, last, stable, fixed):
    if stable and stable['fixed_version'].startswith(series + '.'):
        point = int(stable['fixed_version'].rsplit('.', 1)[1])
        return 'base has the fix' if point <= base else f'fixed up to .{last}' if point <= last else 'fixed later'
    before = fixed and [int(n) for n in fixed.split('.')[:2]] <= [int(n) for n in series.split('.')]
    return 'fixed before the series' if before else 'no fix in the table'


def main():
    ksig, workspace, folder, series = sys.argv[1:5]
    base, last = int(sys.argv[5]), int(sys.argv[6])
    cves, streams, tags = tables(folder)
    counts, examples = collections.Counter(), collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        for cve, lines in records(series, cves, streams, tags):
            place = os.path.join(scratch, cve.split('-')[1])
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, cve + '.dyad'), 'w', encoding='ascii') as file:
                file.write('\n'.join(lines) + '\n')
        done = subprocess.run([ksig, '-w', workspace, 'cve', 'list', f'--records={scratch}', '--format=tsv'],
                              capture_output=True, text=True, check=False)
    for row in done.stdout.splitlines()[1:]:
        cve, state = row.split('\t')[:2]
        key = told(series, base, last, streams.get(cve, {}).get(series), release(tags, cves.get(cve, {}).get('fixes'))), state
        counts[key] += 1
        examples[key].append(cve)
    for key, count in sorted(counts.items()):
        print(f'{count:5d}  {key[0]:24s} {key[1]:13s} {" ".join(examples[key][:3])}')


if __name__ == '__main__':
    main()
