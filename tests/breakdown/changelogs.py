#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""changelogs.py KSIG: changelogs as vendors leave them, from one revision to the next: heads renamed, rewritten, cut off,
doubled, and in a source of their own. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import ENVIRONMENT, Tree, make_srpm

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-changelogs')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE = Tree(os.path.join(ROOT, 'tree'), ('alpha', 'beta'))
for NUMBER, CHANGE in enumerate((None, ('alpha', 1), ('beta', 2))):
    TREE.commit(f'state {NUMBER}', *([CHANGE] if CHANGE else []))
    TREE.git('tag', f'4.18.0-{NUMBER}')


def head(release, day):
    return f'* Mon Jan {day:02} 2020 A <a@example.org> [4.18.0-{release}]\n'


def entry(word):
    return f'- [net] {word}: check the length (B C) [1772081]\n'


FIRST = head('1', 6) + entry('one') + entry('two')


def ksig(*argv):
    done = subprocess.run([KSIG, *argv], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return done


def told(name, second):
    """What is said of the second revision's changelog, and the entries that the catalog has in the end."""
    workspace = os.path.join(ROOT, name)
    said = ''
    for number, text in (('1', FIRST), ('2', second)):
        path = os.path.join(ROOT, f'{name}-{number}')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        base = ['-b', f'git:{TREE.path}@4.18.0-0', '-u', f'git:{TREE.path}@4.18.0-0..4.18.0-1'] if number == '1' else []
        said = ksig('-w', workspace, 'breakdown', *base, '--changelog', path, f'git:{TREE.path}@4.18.0-{number}').stderr
    entries = json.loads(ksig('-w', workspace, 'export', 'json').stdout)['changelog']
    return said, sorted((e['release'], e['text'].split()[1].rstrip(':')) for e in entries)


def test_appended():
    said, entries = told('appended', head('2', 20) + entry('three') + '\n' + FIRST)
    assert said == '' and entries == [('4.18.0-1', 'one'), ('4.18.0-1', 'two'), ('4.18.0-2', 'three')], (said, entries)


def test_renamed_heads_are_no_rewriting():
    said, entries = told('renamed', head('2', 20) + entry('three') + '\n' + FIRST.replace('[4.18.0-1]', '[4.18.0-0.1]'))
    assert said == '' and entries == [('4.18.0-1', 'one'), ('4.18.0-1', 'two'), ('4.18.0-2', 'three')], (said, entries)


def test_rewritten():
    said, entries = told('rewritten', head('2', 20) + entry('three') + '\n' + FIRST.replace('two', 'four'))
    assert 'rewrites older releases: 1 entries' in said and ('4.18.0-1', 'four') in entries, (said, entries)


def test_cut_off_is_no_rewriting():
    said, _ = told('cut', head('2', 20) + entry('three') + '\n' + head('1', 13) + entry('two'))
    assert said == '', said


def test_gap():
    said, entries = told('gap', head('2', 27) + entry('five') + '\n' + head('1.9', 20) + entry('three'))
    assert 'its changelog begins with 4.18.0-1.9: of what came between 4.18.0-1 and that nothing is told' in said, said
    assert len(entries) == 4, entries


def test_doubled_heads():
    said, entries = told('doubled', head('2', 20) + entry('three') + '\n' + head('2', 20) + entry('three') + entry('four') + '\n'
                         + FIRST + '\n' + FIRST)
    assert said == '' and entries == [('4.18.0-1', 'one'), ('4.18.0-1', 'two'), ('4.18.0-2', 'four'), ('4.18.0-2', 'three')], (
        said, entries)


def test_a_source_of_its_own():
    if not shutil.which('rpmbuild'):
        raise tap.Skip('no rpmbuild')
    workspace = os.path.join(ROOT, 'source')
    packages = [make_srpm(ROOT, '1', TREE.path, '4.18.0-0', FIRST.replace('4.18.0-1', '4.18.0-1.el8')),
                make_srpm(ROOT, '3', TREE.path, '4.18.0-2', head('3.el8', 27) + entry('five'),
                          older=head('2.el8', 20) + entry('three') + '\n' + FIRST.replace('4.18.0-1', '4.18.0-1.el8'))]
    said = ksig('-w', workspace, 'breakdown', '-b', packages[0], '-u', f'git:{TREE.path}@4.18.0-0..4.18.0-1', packages[1]).stderr
    entries = json.loads(ksig('-w', workspace, 'export', 'json').stdout)['changelog']
    words = sorted(e['text'].split()[1] for e in entries)
    assert said == '' and words == ['five:', 'one:', 'three:', 'two:'], (said, words)


tap.each(globals())
