#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of domains in docs/architecture.md against the sources and their meson files, in both directions.

usage: test-architecture.py SOURCE_ROOT        TAP on standard output, a row a domain
"""
import functools
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


def spoken(text):
    """The text without its comments."""
    return re.sub(r'/\*.*?\*/', '', text, flags=re.S)


@functools.cache
def public(domain):
    """Every name in the domain's public headers."""
    folder = os.path.join(ROOT, 'src', domain)
    return {name for header in os.listdir(folder) if header.endswith('.h') and not header.endswith('-internal.h')
            for name in re.findall(r'\bksig_\w+', read('src', domain, header))}


def called(domain, folders):
    """(file, other domain, function) of what the domain's sources name of others' public headers, by any way."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        if name.endswith(('.c', '.h')):
            for function, other in re.findall(r'\b(ksig_([a-z]+)_\w+)\(', spoken(read('src', domain, name))):
                if other in folders - {domain} and function in public(other):
                    yield name, other, function


def misnamed(domain):
    """(header, function) of what the domain's public headers declare against the rule ksig_DOMAIN_VERB."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        if name.endswith('.h') and not name.endswith('-internal.h'):
            for function in re.findall(r'^\w.*?\b(ksig_\w+)(?= ?\()', spoken(read('src', domain, name)), re.M):
                if not function.startswith(f'ksig_{domain}_'):
                    yield name, function


def linked(domain):
    """The domains whose libraries the domain's meson file names."""
    return set(re.findall(r'\b(\w+)_dep\b', read('src', domain, 'meson.build'))) - {domain}


def headless(domain):
    """Sources that do not say at their head what they do."""
    sources = sorted(name for name in os.listdir(os.path.join(ROOT, 'src', domain)) if name.endswith('.c'))
    return [name for name in sources if not read('src', domain, name).split('\n')[1].startswith('/*')]


def stale_names(domain):
    """(file, name) of what a heading says is in a file that is not there."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        if name.endswith(('.c', '.h')):
            text = read('src', domain, name)
            headings = re.findall(r'\A/\* SPDX[^\n]*\n/\*.*?\*/', text, re.S) + re.findall(r'^/\* ---- .*', text, re.M)
            for other in re.findall(r'(?<![\w/<.-])[\w-]+\.[ch]\b(?!>)', ' '.join(headings)):
                if other not in os.listdir(folder):
                    yield name, other


def unlisted(domain):
    """Sources that are in the folder or in its meson file, and not in both."""
    there = {name for name in os.listdir(os.path.join(ROOT, 'src', domain)) if name.endswith('.c')}
    return sorted(there ^ set(re.findall(r"'([\w-]+\.c)'", read('src', domain, 'meson.build'))))


def declared(text):
    """The functions that a header declares and does not define itself."""
    text = re.sub(r'^#.*(?:\\\n.*)*$', '', text, flags=re.M)
    text = re.sub(r'^G_DEFINE_\w+\(.*\)$', '', text, flags=re.M)
    text = re.sub(r'^\{\n.*?^\}', '', text, flags=re.M | re.S)
    return [found.group(1) for found in re.finditer(r'^(?!typedef|static)[A-Za-z][\w ]*[ *]\*?(\w+)\([^;{}]*\)[\w\s(),]*;', text, re.M)]


def displaced(domain, ending):
    """(header, function): declared in x.h or x-internal.h, and not defined in x.c; of the headers with ENDING."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        if name.endswith(ending):
            source = re.sub(r'(-internal)?\.h$', '.c', name)
            text = read('src', domain, source) if os.path.exists(os.path.join(folder, source)) else ''
            for function in declared(spoken(read('src', domain, name))):
                if function not in defined(text):
                    yield name, function


def defined(text):
    """The functions that a source defines for others."""
    return re.findall(r'^(?!static\b)[A-Za-z][\w *]*?\b(\w+)\([^;{}]*\)\n\{', text, re.M)


def calls_of_files(domain):
    """{x.c: the domain's other files that define a function which it names}"""
    folder = os.path.join(ROOT, 'src', domain)
    files = {name: spoken(read('src', domain, name)) for name in os.listdir(folder) if name.endswith('.c')}
    owners = {function: name for name, text in files.items() for function in defined(text)}
    return {name: {owners[word] for word in re.findall(r'\b\w+\b', text) if word in owners} - {name}
            for name, text in files.items()}


def reaches(uses, start):
    """All that START may use, by any number of arrows."""
    found, todo = set(), [start]
    while todo:
        for other in uses[todo.pop()] - {'base'} - found:
            found.add(other)
            todo.append(other)
    return found


def regexes_of_text(domain):
    """Regular expressions that say no of all that is not UTF-8: foreign text is bytes."""
    folder = os.path.join(ROOT, 'src', domain)
    for name in sorted(os.listdir(folder)):
        text = re.sub(r'"(\\.|[^"\\])*"', '""', spoken(read('src', domain, name))) if name.endswith('.c') else ''
        for call in re.findall(r'\bg_regex_(?:new|match_simple|split_simple)\([^;]*', text):
            if 'G_REGEX_RAW' not in call:
                yield f'src/{domain}/{name}: {call}'


# Domains whose public headers, too, say what stands in the file of their name.
ONE_HEADER_A_FILE = ('match', 'assign', 'breakdown')


def main():
    uses = table()
    folders = {name for name in os.listdir(os.path.join(ROOT, 'src')) if os.path.isdir(os.path.join(ROOT, 'src', name))}
    tap.ok(folders == set(uses), 'the table names every folder of src/', sorted(folders ^ set(uses)))
    missing = [path for path in re.findall(r'`([a-z]+/[\w.-]+\.\w+)`', read('docs', 'glossary.md'))
               if not os.path.exists(os.path.join(ROOT, 'src', path))]
    tap.ok(not missing, 'the files that the glossary names are there', missing)
    order = re.findall(r"^ *subdir\('(\w+)'\)", read('src', 'meson.build'), re.M)
    tap.ok(order == list(uses), 'src/meson.build has the order of the table', [order, list(uses)])
    for domain in sorted(folders & set(uses)):
        others = list(included(domain))
        calls = list(called(domain, folders))
        foreign = [call for call in calls if call[1] not in uses[domain]]
        tap.ok(not foreign, f'{domain} calls only what its row names', foreign)
        tap.ok(all(other in uses[domain] for _, other, _ in others), f'{domain} includes only what its row names',
               [f'src/{domain}/{name}: {other}/{header}.h' for name, other, header in others
                if other not in uses[domain]])
        if domain != 'cli':
            unused = uses[domain] - {other for _, other, _ in others + calls} - {'base'}
            tap.ok(not unused, f'{domain} uses all that its row names', sorted(unused))
        strange = (linked(domain) & folders) - uses[domain]
        tap.ok(not strange, f'{domain} links only what its row names', sorted(strange))
        tap.ok(not unlisted(domain), f'{domain} has the sources that its meson.build lists', unlisted(domain))
        tap.ok(not headless(domain), f'each file of {domain} says at its head what it does', headless(domain))
        elsewhere = list(displaced(domain, '.h' if domain in ONE_HEADER_A_FILE else '-internal.h'))
        tap.ok(not elsewhere, f'{domain} declares in x-internal.h what it defines in x.c', elsewhere)
        tap.ok(not list(regexes_of_text(domain)), f'the regular expressions of {domain} take bytes', list(regexes_of_text(domain)))
        stale = list(stale_names(domain))
        tap.ok(not stale, f'the files that {domain} names in its headings are there', stale)
        files = calls_of_files(domain)
        circle = [name for name in sorted(files) if name in reaches(files, name)]
        tap.ok(not circle, f'no file of {domain} comes back to itself', circle)
        tap.ok(not any(header.endswith('-internal') for _, _, header in others),
               f'{domain} includes no private header of another',
               [f'src/{domain}/{name}: {other}/{header}.h' for name, other, header in others
                if header.endswith('-internal')])
        if domain not in ('base', 'cli'):
            tap.ok(not list(misnamed(domain)), f'{domain} names its public functions ksig_{domain}_VERB', list(misnamed(domain)))
        tap.ok(domain == 'cli' or domain not in reaches(uses, domain), f'{domain} does not come back to itself')
    tap.done()


main()
