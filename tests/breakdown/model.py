#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""model.py KSIG MODEL: which model decided, and how. Prints TAP.

MODEL is the program's own as a file. Twelve drivers; upstream fixes each, the vendor takes half of the fixes and a change of
its own.
"""
import atexit
import hashlib
import json
import math
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, run

KSIG, MODEL = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROOT = tempfile.mkdtemp(prefix='ksig-model')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE = os.path.join(ROOT, 'tree')
DRIVERS = 12
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit


def write(i, fixed=False, own=False):
    lines = [f'int driver{i}_do_{f}(struct driver{i} *it)\n{{\n\treturn driver{i}_finish{f}(it);\n}}\n' for f in range(5)]
    lines += [f'int driver{i}_fix(void)\n{{\n\treturn {i * 7919};\n}}\n'] * fixed
    lines += [f'int vendor{i}_tweak(void)\n{{\n\treturn {i * 104729};\n}}\n'] * own
    with open(os.path.join(TREE, f'driver{i}.c'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


def plant():
    for i in range(DRIVERS):
        write(i)
    commit('base')
    git('tag', 'base')
    for i in range(DRIVERS):
        write(i, fixed=True)
        commit(f'driver{i}: fix it')
    git('tag', 'tip')
    git('checkout', '-q', 'base')
    for i in range(0, DRIVERS, 2):
        write(i, fixed=True)
    write(1, own=True)
    commit('vendor')
    git('tag', 'vendor')


def ksig(*argv, workspace='ws', status=0):
    return run(KSIG, '-q', '-w', os.path.join(ROOT, workspace), *argv, status=status)


def break_down(*options, **more):
    return ksig('breakdown', *options, '--base', f'git:{TREE}@base', '-u', f'git:{TREE}@base..tip', f'git:{TREE}@vendor', **more)


def changed(name, old, new):
    """A copy of the model with OLD replaced, and its checksum made anew."""
    with open(MODEL, encoding='utf-8') as file:
        head, body = file.read().split('sha256\t', 1)
    body = body.split('\n', 1)[1]
    assert old in body
    body = body.replace(old, new)
    path = os.path.join(ROOT, name)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'{head}sha256\t{hashlib.sha256(body.encode()).hexdigest()}\n{body}')
    return path


def exported(workspace='ws'):
    return json.loads(ksig('export', 'json', workspace=workspace))


def features(number):
    return json.loads(ksig('show', '--features', str(number), '--format', 'json'))


def test_every_confidence_is_the_sum_of_its_shares():
    found = [patch for patch in exported()['patches'] if patch['kind'] != 'unexplained']
    assert len(found) == DRIVERS // 2
    for patch in found:
        *rows, total = features(patch['number'])
        shares = sum(row['value'] * row['weight'] for row in rows)
        assert total['feature'] == '(sum)' and abs(shares - total['share']) < 0.01, (shares, total)
        assert abs(1 / (1 + math.exp(-total['share'])) - patch['confidence']) < 0.002, patch
        assert [abs(row['share']) for row in rows] == sorted((abs(row['share']) for row in rows), reverse=True)


def test_the_features_are_those_of_the_model():
    with open(MODEL, encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file if line.startswith('feature\t')]
    shown = {row['feature']: row for row in features(next(p for p in exported()['patches'] if p['kind'] != 'unexplained')['number'])}
    assert set(shown) == {row[1] for row in rows} | {'(rules)', '(changelog)', '(sum)'}
    for row in rows:
        assert shown[row[1]]['meaning'] == row[4] and abs(shown[row[1]]['weight'] - float(row[3])) < 1e-4


def test_what_is_unexplained_has_none():
    number = next(patch['number'] for patch in exported()['patches'] if patch['kind'] == 'unexplained')
    ksig('show', '--features', str(number), status=1)


def test_export_and_show_name_the_model():
    base, revision = exported()['revisions']
    with open(MODEL, encoding='utf-8') as file:
        _, version, checksum = (line.rstrip('\n').split('\t')[1] for line in file.readlines()[1:4])
    assert base['model'] is None
    assert revision['model'] == {'name': 'default', 'version': version, 'sha256': checksum, 'threshold': 0.55}, revision
    number = next(patch['number'] for patch in exported()['patches'])
    shown = {row['field']: row['value'] for row in json.loads(ksig('show', str(number), '--format', 'json'))}
    assert shown['model'] == f'default {version} ({checksum[:12]}), threshold 0.55', shown


def test_another_model_decides():
    path = changed('shy.tsv', 'parameter\tthreshold\t0.55', 'parameter\tthreshold\t0.999')
    break_down('--model', path, workspace='shy')
    shy = exported('shy')
    assert shy['revisions'][1]['model']['threshold'] == 0.999
    assert shy['revisions'][1]['model']['sha256'] != exported()['revisions'][1]['model']['sha256']
    assert all(patch['confidence'] >= 0.999 for patch in shy['patches'] if patch['kind'] != 'unexplained')
    assert sum(patch['kind'] != 'unexplained' for patch in shy['patches']) < DRIVERS // 2


def test_min_confidence_is_kept():
    break_down('--min-confidence', '0.25', workspace='bold')
    assert exported('bold')['revisions'][1]['model']['threshold'] == 0.25


def test_a_model_of_other_features_is_refused():
    break_down('--model', changed('other.tsv', 'feature\tera\t', 'feature\tage\t'), workspace='refused', status=3)
    assert not os.path.exists(os.path.join(ROOT, 'refused', 'catalog.db'))


plant()
break_down()
tap.each(globals())
