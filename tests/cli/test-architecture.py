#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of domains in docs/architecture.md against what the sources include.

usage: test-architecture.py SOURCE_ROOT        TAP on standard output, a row a domain
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

ROOT = sys.argv[1]


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


def misnamed(domain):
    """(header, function) of what the domain's public headers declare against the rule ksig_DOMAIN_VERB."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        if name.endswith('.h') and not name.endswith('-internal.h'):
            text = re.sub(r'/\*.*?\*/', '', read('src', domain, name), flags=re.S)
            for function in re.findall(r'\b(ksig_\w+)(?= ?\()', text):
                if not function.startswith(f'ksig_{domain}_'):
                    yield name, function


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
    tap.ok(folders == set(uses), 'the table names every folder of src/', sorted(folders ^ set(uses)))
    for domain in sorted(folders & set(uses)):
        others = list(included(domain))
        tap.ok(all(other in uses[domain] for _, other, _ in others), f'{domain} includes only what its row names',
               [f'src/{domain}/{name}: {other}/{header}.h' for name, other, header in others
                if other not in uses[domain]])
        tap.ok(not any(header.endswith('-internal') for _, _, header in others),
               f'{domain} includes no private header of another',
               [f'src/{domain}/{name}: {other}/{header}.h' for name, other, header in others
                if header.endswith('-internal')])
        if domain not in ('base', 'cli'):
            tap.ok(not list(misnamed(domain)), f'{domain} names its public functions ksig_{domain}_VERB', list(misnamed(domain)))
        tap.ok(domain == 'cli' or domain not in reaches(uses, domain), f'{domain} does not come back to itself')
    tap.done()


main()
