#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cves.py KSIG: how revisions of a small vendor stand to CVEs: by patches, the changelog and records. Prints TAP.

The vendor's kernel of the base lacks fixes a to e; -1 has a, a part of b, and names c, whose code was written anew; -2 takes
d and reverts it, and has e. The changelog of -2 names f as well, which is not to be found, and takes g back.
"""
import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap
from smallkernel import Repository, run

KSIG = os.path.abspath(sys.argv[1])
ROOT = tempfile.mkdtemp(prefix='ksig-cves')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
TREE, WORKSPACE, RECORDS = (os.path.join(ROOT, name) for name in ('tree', 'ws', 'records'))
REPOSITORY = Repository(TREE, 3)
git, commit = REPOSITORY.git, REPOSITORY.commit
NAMES = 'abcdefgh'
CHANGELOG = {
    '1': '* Mon Jan 20 2020 A <a@example.org> [5.10-1]\n'
         '- [net] c: check the length of what comes (B C) [1772081] {CVE-2020-0003}\n',
    '2': '* Mon Jan 27 2020 A <a@example.org> [5.10-2]\n'
         '- [net] f: keep the table in order (B C) [1772086] {CVE-2020-00061}\n'
         '- [net] Revert "g: check the length of what comes" (B C) [1772084] {CVE-2020-0007}\n'
         '- [net] g: check the length of what comes (B C) [1772084] {CVE-2020-0007}\n'
         '- [net] f: check the length of what comes (B C) [1772083] {CVE-2020-0006}\n'
         '- [net] e: check the length of what comes (B C) [1772082] {CVE-2020-0005}\n'}


def put(name, *changes):
    """A file of ten functions; CHANGES: function -> line."""
    lines = []
    for f in range(10):
        lines += [f'int {name}_do_{f}(struct {name} *it)', '{', f'\tint value = it->{name}_field{f};']
        lines += [line for where, line in changes if where == f]
        lines += [f'\treturn {name}_finish{f}(it, value);', '}', '']
    with open(os.path.join(TREE, f'{name}.c'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines))


def fix(name, f=3):
    return f, f'\tif (it->{name}_length{f} > {name}_LIMIT)\n\t\treturn {name}_refuse{f}(it, -EINVAL);'


def message(name, number):
    return f'{name}: check the length of what comes\n\nIt can be any. This is CVE-2020-000{number}.\n'


def write_record(number, *versions, **members):
    os.makedirs(RECORDS, exist_ok=True)
    affected = [{'versions': list(versions), **members}]
    with open(os.path.join(RECORDS, f'CVE-2020-{number:04}.json'), 'w', encoding='utf-8') as file:
        json.dump({'cveMetadata': {'state': members.get('state', 'PUBLISHED')}, 'containers': {'cna': {'affected': affected}}}, file)


def git_range(introduced, fixed):
    return {'version': introduced, 'lessThan': fixed, 'status': 'affected', 'versionType': 'git'}


def plant():
    for name in NAMES:
        put(name)
    commit('base')
    git('tag', 'v5.10')
    ids = {}
    for number, name in enumerate(NAMES, 1):
        changes = [fix(name)] if name != 'b' else [fix(name, f) for f in (0, 3, 6, 9)]
        put(name, *changes)
        ids[name] = commit(message(name, number))
    put('d')
    ids['revert'] = commit(f'Revert "d: check the length of what comes"\n\nThis reverts commit {ids["d"]}.\n'
                           'It was the fix of CVE-2020-0004, and broke more than it repaired.\n')
    put('h', fix('h'), fix('h', 6))
    ids['again'] = commit('h: check the other length\n\nThe fix of CVE-2020-0008 left it.\n')
    git('checkout', '-q', '-b', 'vendor', 'v5.10')
    put('a', fix('a'))
    put('b', *[fix('b', f) for f in (0, 3, 6)])
    put('c', (3, '\tif (vendor_says_no(it, 77))\n\t\treturn vendor_no(it);'))
    commit('1')
    git('tag', '5.10-1')
    put('e', fix('e'))
    put('h', fix('h'))
    commit('2')
    git('tag', '5.10-2')
    return ids


def breakdown(ids):
    del ids
    text = ''
    for release in '12':
        text = CHANGELOG[release] + '\n' + text
        path = os.path.join(ROOT, 'changelog')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        base = ['-b', f'git:{TREE}@v5.10', '-u', f'up=git:{TREE}@v5.10..main'] if release == '1' else []
        run(KSIG, '-w', WORKSPACE, 'breakdown', *base, '--changelog', path, f'git:{TREE}@5.10-{release}')


def ask(cve, *options, status=0):
    row = json.loads(run(KSIG, '-w', WORKSPACE, 'cve', 'show', cve, '-f', 'json', *options, status=status))[0]
    assert row == json.loads(run(KSIG, '-w', WORKSPACE, 'show', f'--cve={cve}', '-f', 'json', *options, status=status))[0]
    return row


IDS = plant()
breakdown(IDS)
MAINLINE = {'version': '5.9', 'status': 'affected'}
write_record(1, git_range('1' * 40, IDS['a']))
write_record(8, git_range('1' * 40, IDS['h']))
write_record(11, git_range(IDS['e'], 'f' * 40), MAINLINE)
write_record(12, git_range('1' * 40, 'f' * 40), MAINLINE, programFiles=['a.c'])
write_record(19, git_range('1' * 40, 'f' * 40), MAINLINE)
write_record(13, git_range('1' * 40, 'f' * 40), MAINLINE, programFiles=['c.c'])
write_record(14, git_range('1' * 40, 'f' * 40), {'version': '5.11', 'status': 'affected'}, programFiles=['a.c'])
write_record(3, git_range('1' * 40, 'f' * 40), MAINLINE)
write_record(15, state='REJECTED')
with open(os.path.join(RECORDS, 'CVE-2020-0016.dyad'), 'w', encoding='utf-8') as DYAD:
    DYAD.write(f'# two commits fix it together\n5.9:{"1" * 40}:5.12:{IDS["a"]}\n5.9:{"2" * 40}:5.13:{IDS["g"]}\n')
with open(os.path.join(RECORDS, 'CVE-2020-0017.dyad'), 'w', encoding='utf-8') as DYAD:
    DYAD.write(f'5.9:{"1" * 40}:5.12:{IDS["a"]}\n5.9:{"1" * 40}:5.10.7:{"f" * 40}\n')
with open(os.path.join(RECORDS, 'CVE-2020-0018.dyad'), 'w', encoding='utf-8') as DYAD:
    DYAD.write(f'5.9:{"1" * 40}:0:0\n')
with open(os.path.join(RECORDS, 'CVE-2020-0020.dyad'), 'w', encoding='utf-8') as DYAD:
    DYAD.write(f'5.9:{"1" * 40}:5.10.7:{"f" * 40}\n')
with open(os.path.join(RECORDS, 'CVE-2020-0021.dyad'), 'w', encoding='utf-8') as DYAD:
    DYAD.write(f'2.6.12:{"1" * 40}:2.6.36:{"f" * 40}\n2.6.12:{"1" * 40}:2.6.35.4:{"e" * 40}\n')

# CVE, options, exit status, answer, words of the reason
ROWS = [
    (1, [], 0, 'fixed', 'patch'),
    (1, ['records'], 0, 'fixed', 'is its fix'),
    (1, ['-r', 'v5.10'], 1, 'affected', 'came later, in 5.10-1'),
    (2, [], 5, 'unknown', 'only a part'),
    (3, [], 0, 'claimed', '5.10-1'),
    (3, ['records'], 0, 'claimed', 'check the length'),
    (3, ['-r', 'v5.10'], 5, 'unknown', 'names it later, in 5.10-1'),
    (4, [], 5, 'unknown', 'names it'),
    (5, [], 0, 'fixed', 'changelog|names it'),
    (5, ['-r', '5.10-1'], 1, 'affected', 'came later, in 5.10-2'),
    (6, [], 0, 'claimed', 'f: check the length'),
    (6, ['-r', '5.10-1'], 5, 'unknown', 'later, in 5.10-2'),
    (7, [], 5, 'unknown', 'takes it back'),
    (8, [], 0, 'fixed', 'patch'),
    (9, [], 5, 'unknown', 'no patch and no changelog'),
    (11, ['records'], 1, 'affected', 'brought the flaw in 5.10-2'),
    (12, ['records'], 1, 'affected', 'since 5.9; no patch'),
    (13, ['records'], 5, 'unknown', 'changes of c.c have no known origin'),
    (14, ['records'], 0, 'not affected', 'came with 5.11'),
    (15, ['records'], 0, 'not affected', 'withdrawn'),
    (16, ['records'], 5, 'unknown', '1 of the 2 commits'),
    (17, ['records'], 0, 'fixed', 'is its fix'),
    (18, ['records'], 5, 'unknown', 'names no files, and changes of this kernel'),
    (18, ['records', '-r', 'v5.10'], 1, 'affected', 'since 5.9'),
    (19, ['records'], 5, 'unknown', 'names no files'),
    (20, ['records', '-r', 'v5.10'], 5, 'unknown', 'a commit of 5.10.7 alone'),
    (21, ['records'], 0, 'not affected', 'fixed upstream in 2.6.36'),
]


def row_test(number, options, status, state, words):
    def test():
        given = [f'--records={RECORDS}' if option == 'records' else option for option in options]
        row = ask(f'CVE-2020-{number:04}', *given, status=status)
        assert row['state'] == state and re.search(words, row['reason']), row
    return test


for place, line in enumerate(ROWS):
    globals()[f'test_{place:02}_{line[0]:04}_{"_".join(line[1])}_{line[3]}'] = row_test(*line)


def listed(*options, status):
    rows = json.loads(run(KSIG, '-w', WORKSPACE, 'cve', 'list', '-f', 'json', *options, status=status))
    return {row['cve']: row['state'] for row in rows}


def test_list():
    states = listed(status=5)
    assert states == {'CVE-2020-0001': 'fixed', 'CVE-2020-0002': 'unknown', 'CVE-2020-0003': 'claimed',
                      'CVE-2020-0005': 'fixed', 'CVE-2020-0006': 'claimed', 'CVE-2020-00061': 'claimed', 'CVE-2020-0007': 'unknown',
                      'CVE-2020-0008': 'fixed'}, states
    assert listed('--open', status=5) == {cve: state for cve, state in states.items() if state == 'unknown'}
    assert set(listed('--state=claimed', status=0).values()) == {'claimed'}
    with_records = listed(f'--records={RECORDS}', status=1)
    assert with_records['CVE-2020-0012'] == 'affected' and list(with_records.values())[0] == 'affected', with_records
    assert set(listed('--revision=5.10-1', '--state=affected', status=1)) == {'CVE-2020-0005', 'CVE-2020-0008'}
    run(KSIG, '-w', WORKSPACE, 'cve', 'list', '--state=well', status=2)


def test_the_plan_of_live_patches_says_what_it_cannot_have():
    """The changelog names these for changes that are not identified; of 5 the fix is there."""
    done = subprocess.run([KSIG, '-w', WORKSPACE, 'live', 'plan', 'v5.10', '5.10-2'], capture_output=True, text=True, check=False)
    tap.skip_left_out(done.stderr)
    line, = [line for line in done.stderr.split('\n') if 'of which no patch is known' in line]
    assert sorted(re.findall('CVE-[0-9-]+', line)) == ['CVE-2020-0003', 'CVE-2020-0006', 'CVE-2020-00061', 'CVE-2020-0007'], done.stderr
    assert 'CVE-2020-0005' in done.stdout, done.stdout


def test_a_folder_without_a_record_is_no_copy_of_the_records():
    for command in (('cve', 'list'), ('export', 'openvex')):
        run(KSIG, '-w', WORKSPACE, *command, f'--records={TREE}', status=3)


def test_a_record_is_of_its_own_cve():
    dyad, damaged = os.path.join(RECORDS, 'CVE-2020-0021.dyad'), os.path.join(ROOT, 'CVE-2020-0012.json')
    ask('CVE-2020-0021', f'--records={dyad}')
    run(KSIG, '-w', WORKSPACE, 'cve', 'show', 'CVE-2020-0012', f'--records={dyad}', status=3)
    affected = [{'versions': [git_range('1' * 40, 'f' * 40), MAINLINE]}]
    for cve, status in (('CVE-2020-0013', 3), ('CVE-2020-0012', 5)):
        with open(damaged, 'w', encoding='utf-8') as file:
            json.dump({'cveMetadata': {'cveId': cve}, 'containers': {'cna': {'affected': affected}}}, file)
        run(KSIG, '-w', WORKSPACE, 'cve', 'show', 'CVE-2020-0012', f'--records={damaged}', status=status)


def test_the_site_lists_each_id():
    folder = os.path.join(ROOT, 'site')
    run(KSIG, '-w', WORKSPACE, 'export', 'site', folder)
    with open(os.path.join(folder, 'feed.xml'), encoding='utf-8') as file:
        summary = re.search(r'CVEs: ([^<]*)', file.read()).group(1).split()
    assert {'CVE-2020-0006', 'CVE-2020-00061'} <= set(summary) and len(set(summary)) == len(summary), summary


def test_text_is_a_line_each():
    done = subprocess.run([KSIG, '-w', WORKSPACE, 'cve', 'list'], capture_output=True, text=True, check=False)
    assert done.returncode == 5 and 'CVE-2020-0001' in done.stdout, done
    assert done.stderr == '5.10-2: 3 fixed, 3 claimed, 0 affected, 0 not affected, 2 unknown\n', done.stderr


def vex(form, *options):
    return json.loads(run(KSIG, '-w', WORKSPACE, 'export', form, f'--records={RECORDS}', *options))


def test_openvex():
    document = vex('openvex', '--product=pkg:rpm/almalinux/kernel')
    assert document['@context'] == 'https://openvex.dev/ns/v0.2.0' and document['timestamp'] == '2020-01-27T00:00:00Z'
    by_cve = {statement['vulnerability']['name']: statement for statement in document['statements']}
    assert {cve[-2:]: by_cve[cve]['status'] for cve in by_cve} == {
        '01': 'fixed', '02': 'under_investigation', '03': 'fixed', '05': 'fixed', '06': 'fixed', '07': 'under_investigation',
        '08': 'fixed', '11': 'affected', '12': 'affected', '13': 'under_investigation', '14': 'not_affected',
        '15': 'not_affected', '16': 'under_investigation', '17': 'fixed', '18': 'under_investigation',
        '19': 'under_investigation', '20': 'under_investigation', '21': 'not_affected', '61': 'fixed'}, by_cve
    for statement in by_cve.values():
        assert statement['products'][0]['@id'] == 'pkg:rpm/almalinux/kernel@5.10-2'
        assert ('action_statement' in statement) == (statement['status'] == 'affected')
        assert ('justification' in statement) == (statement['status'] == 'not_affected')
    assert by_cve['CVE-2020-0003']['status_notes'].startswith("On the vendor's word")


def test_csaf():
    run(KSIG, '-w', WORKSPACE, 'export', 'csaf', status=2)
    document = vex('csaf', '--publisher=P', '--publisher-url=https://example.org')
    statuses = {v['cve']: list(v['product_status']) for v in document['vulnerabilities']}
    assert statuses['CVE-2020-0003'] == ['fixed'] and statuses['CVE-2020-0012'] == ['known_affected'], statuses
    for vulnerability in document['vulnerabilities']:
        status = list(vulnerability['product_status'])[0]
        assert ('threats' in vulnerability) == (status == 'known_not_affected')
        assert ('remediations' in vulnerability) == (status == 'known_affected')


def test_osv():
    run(KSIG, '-w', WORKSPACE, 'export', 'osv', os.path.join(ROOT, 'osv'), status=2)
    run(KSIG, '-w', WORKSPACE, 'export', 'osv', f'--records={RECORDS}', '--ecosystem=AlmaLinux:8', os.path.join(ROOT, 'osv'))
    fixed = {}
    for name in os.listdir(os.path.join(ROOT, 'osv')):
        with open(os.path.join(ROOT, 'osv', name), encoding='utf-8') as file:
            record = json.load(file)
        assert record['id'] + '.json' == name
        fixed[record['id']] = [event.get('fixed') for event in record['affected'][0]['ranges'][0]['events']][1:]
    assert fixed['CVE-2020-0001'] == ['5.10-1'] and fixed['CVE-2020-0006'] == ['5.10-2'], fixed
    assert fixed['CVE-2020-0012'] == [] and 'CVE-2020-0002' not in fixed, fixed
    run(KSIG, '-w', WORKSPACE, 'export', 'osv', '--ecosystem=AlmaLinux:8', os.path.join(ROOT, 'osv'), status=1)


VALIDATORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'export', 'validators')


def check_schema(name, documents):
    try:
        import jsonschema
    except ImportError:
        raise tap.Skip('no python3-jsonschema') from None
    with open(os.path.join(VALIDATORS, f'{name}.schema.json'), encoding='utf-8') as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    for document in documents:
        errors = [f'{list(error.path)}: {error.message}' for error in validator.iter_errors(document)]
        assert not errors, errors


def test_schema_openvex():
    check_schema('openvex', [vex('openvex')])


def test_schema_osv():
    folder = os.path.join(ROOT, 'osv-schema')
    run(KSIG, '-w', WORKSPACE, 'export', 'osv', f'--records={RECORDS}', '--ecosystem=AlmaLinux:8', folder)
    documents = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            documents.append(json.load(file))
    assert len(documents) == 9, [document['id'] for document in documents]
    check_schema('osv', documents)


def test_schema_csaf():
    """By the validator of the standard's editors, which npm has: schema and mandatory tests."""
    if not shutil.which('node') or not os.path.isdir(os.path.join(VALIDATORS, 'node_modules')):
        raise tap.Skip('no validator (npm ci in tests/export/validators)')
    path = os.path.join(ROOT, 'csaf.json')
    run(KSIG, '-w', WORKSPACE, 'export', 'csaf', f'--records={RECORDS}', '--publisher=P', '--publisher-url=https://example.org',
        path)
    assert run('node', os.path.join(VALIDATORS, 'validate.js'), path) == ''


tap.each(globals())
