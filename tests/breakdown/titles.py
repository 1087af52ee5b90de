#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""titles.py KSIG: what remains of a large difference: so many patches that a person can read them, with titles that say where
and how much, each once; and entries of the changelog that cannot be about it. Prints TAP."""
import atexit
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, run, source

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-titles')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE, WORKSPACE = os.path.join(ROOT, 'tree'), os.path.join(ROOT, 'ws')
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit
FOLDERS, FILES = 45, 26
LONG = 'drivers/net/a-folder-with-a-long-name/and-another-one-below-it'
# As packages carry it in their trees; the last entry is wrapped, and stands below the head of an older release.
ENTRIES = ('- [net] fine: fix a leak in fine_do_2() (B C) [1772081]\n'
           '- [net] huge: fix a leak in huge_do_2() (B C) [1772082]\n'
           '- [net] late: fix a leak in late_do_2() (B C) [1772083]\n')
WRAPPED = ('- [net] wrapped: wrapped_do_1() has to look at wrapped_field_one and\n'
           '  at wrapped_field_two (B C) [1772085]\n')
HEAD = '* Mon Jan 20 2020 A <a@example.org> [5.10-1]\n'


def write(path, text):
    os.makedirs(os.path.dirname(os.path.join(TREE, path)) or TREE, exist_ok=True)
    with open(os.path.join(TREE, path), 'w', encoding='utf-8') as file:
        file.write(text)


def lines(word, count):
    return [f'\t{word}_{i}(it, {i * 7919});' for i in range(count)]


def plant():
    for folder in range(FOLDERS):
        for number in range(FILES):
            write(f'lib/d{folder}/f{number}.c', source(f'f{folder}x{number}', {}))
    for name in ('fine', 'huge', 'late'):
        write(f'{LONG}/{name}-with-a-name-of-its-own.c', source(name, {}))
    write('Documentation/words.rst', 'One\n===\n\ncall foo() for all\n\nand bar(if) too\n')
    write('lib/Kconfig', 'config ONE\n\tbool "one"\n\thelp\n\t  It calls one().\n')
    write('redhat/kernel.changelog-5', 'Older releases\n')
    write('redhat/kernel.spec', 'Name: kernel\n\n%changelog\n* Mon Jan 13 2020 A <a@example.org> [5.10-0]\n- older\n')
    commit('base')
    git('tag', 'base')
    git('checkout', '-q', '-b', 'upstream')
    write('lib/d0/f0.c', source('f0x0', {7: lines('upstream_one', 2)}))
    commit('upstream')
    git('checkout', '-q', '-b', 'vendor', 'base')
    for folder in range(FOLDERS):
        for number in range(FILES):
            write(f'lib/d{folder}/f{number}.c', source(f'f{folder}x{number}', {3: lines(f'own{folder}x{number}', 4)}))
    write(f'{LONG}/fine-with-a-name-of-its-own.c', source('fine', {2: lines('fine_new', 5)}))
    write(f'{LONG}/huge-with-a-name-of-its-own.c', source('huge', {2: lines('huge_new', 400)}))
    write('Documentation/words.rst', 'One\n===\n\ncall foo() for all the others\n\nand bar(if) as well, and while(1)\n')
    write('lib/Kconfig', 'config ONE\n\tbool "one"\n\tdefault y if NET\n\thelp\n\t  It calls two() now.\n')
    write('redhat/kernel.changelog-5', f'{HEAD}{ENTRIES}{WRAPPED}\nOlder releases\n')
    write('redhat/kernel.spec', f'Name: kernel\n\n%changelog\n* Mon Jan 13 2020 A <a@example.org> [5.10-0]\n{WRAPPED}- older\n')
    commit('1')
    git('tag', '5.10-1')
    write(f'{LONG}/late-with-a-name-of-its-own.c', source('late', {2: lines('late_new', 5)}))
    commit('2')
    git('tag', '5.10-2')


def breakdown():
    one = HEAD + ENTRIES + WRAPPED
    two = '* Mon Jan 27 2020 A <a@example.org> [5.10-2]\n- [net] other: something else (B C) [1772084]\n\n'
    for number, text in (('1', one), ('2', two + one)):
        path = os.path.join(ROOT, f'changelog-{number}')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        base = ['-b', f'git:{TREE}@base', '-u', f'up=git:{TREE}@base..upstream'] if number == '1' else []
        run(KSIG, '-w', WORKSPACE, 'breakdown', *base, '--changelog', path, f'git:{TREE}@5.10-{number}')
    return json.loads(run(KSIG, '-w', WORKSPACE, 'export', 'json'))['patches']


plant()
PATCHES = breakdown()
FILES_OF = {p['number']: [f['path'] for f in p['steps'][0]['files']] for p in PATCHES}
GENERIC = [p for p in PATCHES if not p['purpose']]


def of(name):
    patch, = [p for p in PATCHES if any(f'/{name}-with' in path for path in FILES_OF[p['number']])]
    return patch


def test_few_enough_to_read():
    assert FOLDERS <= len(PATCHES) <= FOLDERS * 3 + 10, len(PATCHES)


def test_no_lump():
    for patch in GENERIC:
        folders = {os.path.dirname(path) for path in FILES_OF[patch['number']]}
        assert len(folders) == 1 and len(FILES_OF[patch['number']]) <= 20 and patch['added'] + patch['removed'] <= 500, patch


def test_short_and_each_once():
    titles = [p['subject'] for p in GENERIC if p['revision'] == '5.10-1']
    assert len(set(titles)) == len(titles), titles
    assert all(len(title) <= 72 for title in titles), [title for title in titles if len(title) > 72]


def test_where_and_how_much():
    assert 'lib/d7: unexplained, 20 files, +80 -0' in {p['subject'] for p in PATCHES}, [p['subject'] for p in PATCHES][:40]


def test_a_long_path_is_cut_as_git_cuts_it():
    assert of('huge')['subject'].startswith('.../huge-with-a-name-of-its-own.c: unexplained'), of('huge')


def test_no_functions_out_of_prose():
    for path in ('Documentation/words.rst', 'lib/Kconfig'):
        patch, = [p for p in PATCHES if path in FILES_OF[p['number']]]
        assert '()' not in patch['subject'] and patch['subject'].startswith(path), patch['subject']


def test_an_entry_that_fits_names():
    assert of('fine')['subject'] == 'fine: fix a leak in fine_do_2()', of('fine')


def test_a_fix_is_no_four_hundred_lines():
    patch = of('huge')
    assert 'fix a leak' not in patch['subject'] and patch['fit'] is None and patch['kind'] == 'unexplained', patch
    assert any('huge: fix a leak' in fact['text'] for fact in patch['evidence'] if fact['kind'] == 'alternative'), patch


def test_an_entry_of_an_older_release_is_only_possible():
    patch = of('late')
    assert 'fix a leak' not in patch['subject'] and patch['fit'] is None, patch
    assert any('late: fix a leak' in fact['text'] for fact in patch['evidence'] if fact['kind'] == 'alternative'), patch


def test_a_changelog_in_the_tree_is_about_none_of_its_entries():
    for name in ('kernel.changelog-5', 'kernel.spec'):
        patch, = [p for p in PATCHES if f'redhat/{name}' in FILES_OF[p['number']]]
        assert patch['subject'].startswith('redhat: vendor') and patch['fit'] is None, patch
        assert not [fact for fact in patch['evidence'] if fact['kind'] in ('alternative', 'named', 'changelog')], patch


tap.each(globals())
