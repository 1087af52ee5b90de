#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of domains in docs/architecture.md against what the sources include.

usage: test-architecture.py SOURCE_ROOT        TAP on standard output, a row a domain
"""
import os
import re
import sys

ROOT = sys.argv[1]
rows = []


def row(name, good, *why):
    rows.append(good)
    print(f"{'ok' if good else 'not ok'} {len(rows)} - {name}")
    for line in why if not good else ():
        print(f'# {line}')


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as stream:
        return stream.read()


def table():
    """{domain: the domains that it may use}, in the table's order. cli may use all."""
    lines = re.findall(r'^\| `(\w+)` \|[^|]*\| ([^|]*) \|$', read('docs', 'architecture.md'), re.M)
    names = [name for name, _ in lines]
    return {name: set(names) if uses == 'all' else set(re.findall(r'\w+', uses)) & set(names) | {'base'}
            for name, uses in lines}


def included(domain):
    """(file, domain, header) of what the domain's sources include of others."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        if name.endswith(('.c', '.h')):
            for other, header in re.findall(r'^#include "(\w+)/([\w-]+)\.h"', read('src', domain, name), re.M):
                if other != domain:
                    yield name, other, header


def reaches(uses, start):
    """All that START may use, by any number of arrows."""
    found, todo = set(), [start]
    while todo:
        for other in uses[todo.pop()] - {'base'} - found:
            found.add(other)
            todo.append(other)
    return found


def main():
    uses = table()
    folders = {name for name in os.listdir(os.path.join(ROOT, 'src')) if os.path.isdir(os.path.join(ROOT, 'src', name))}
    row('the table names every folder of src/', folders == set(uses), sorted(folders ^ set(uses)))
    for domain in sorted(folders & set(uses)):
        others = list(included(domain))
        row(f'{domain} includes only what its row names', all(other in uses[domain] for _, other, _ in others),
            *(f'src/{domain}/{name}: {other}/{header}.h' for name, other, header in others if other not in uses[domain]))
        row(f'{domain} includes no private header of another',
            not any(header.endswith('-internal') for _, _, header in others),
            *(f'src/{domain}/{name}: {other}/{header}.h' for name, other, header in others if header.endswith('-internal')))
        row(f'{domain} does not come back to itself', domain == 'cli' or domain not in reaches(uses, domain))
    print(f'1..{len(rows)}')
    return 0 if all(rows) else 1


sys.exit(main())
