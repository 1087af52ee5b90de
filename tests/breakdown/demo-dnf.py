#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""demo-dnf.py KSIG DEMO: tools/demo against a repository of kernel source packages, as on an RPM distribution. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from smallkernel import ENVIRONMENT, Tree, make_srpm, run
import tap

KSIG, DEMO = map(os.path.abspath, sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix='ksig-demo')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
REPOSITORY = os.path.join(ROOT, 'repository')


def entry(release, text):
    return f'* Mon Jan {19 + release} 2020 A Vendor <v@example.org> [4.18.0-{release}.el8]\n- {text}\n\n'


def plant():
    """Three packages; the second and third bring an upstream fix each, the third a change of the vendor's own."""
    tree = Tree(os.path.join(ROOT, 'tree'), ['alpha', 'beta', 'gamma'])
    tree.commit('base')
    tree.git('tag', 'v4.18')
    ids = [tree.commit('alpha: check the first thing', ('alpha', 2)), tree.commit('beta: check another', ('beta', 5))]
    tree.git('checkout', '-q', '-b', 'vendor', 'v4.18')
    tree.changes = set()
    os.makedirs(REPOSITORY)
    changelog = entry(1, '[redhat] first build (A Vendor) [1700000]')
    for release, text, changes in (
            (1, None, []), (2, '[drivers] alpha: check the first thing (A Vendor) [1700001]', [('alpha', 2)]),
            (3, '[drivers] gamma: use gamma_repair_7() as others do (A Vendor) [1700002]', [('beta', 5), ('gamma', 7)])):
        changelog = entry(release, text) + changelog if text else changelog
        tree.commit(f'release {release}', *changes)
        shutil.copy(make_srpm(ROOT, release, tree.path, 'HEAD', changelog), REPOSITORY)
    run('createrepo_c', '-q', REPOSITORY, cwd=ROOT)
    return tree, ids


def demo(name, repository=REPOSITORY, **settings):
    folder = os.path.join(ROOT, name)
    options = [f'--repofrompath=small,file://{repository}', '--repo=small', f'--setopt=cachedir={ROOT}/cache',
               '--releasever=8', '--nogpgcheck']
    environment = dict(ENVIRONMENT, KSIG_DEMO_DIR=folder, KSIG_DEMO_PACKAGES='dnf', KSIG_DEMO_DNF=' '.join(options), **settings)
    done = subprocess.run([sys.executable, DEMO, KSIG], env=environment, cwd=ROOT, capture_output=True, text=True)
    tap.ok(done.returncode == 0, f'{name}: ends well', done.stdout + done.stderr)
    tap.ok('SMALL GENERATED' not in done.stdout, f'{name}: on the packages, not on a generated history', done.stdout)
    exported = run(KSIG, '-w', os.path.join(folder, 'ksig.ws'), 'export', 'json', cwd=ROOT)
    return done.stdout, json.loads(exported)['patches']


def check_one(tree, ids):
    """A repository that has the newest package alone."""
    repository = os.path.join(ROOT, 'one')
    os.makedirs(repository)
    shutil.copy(os.path.join(REPOSITORY, 'kernel-4.18.0-3.el8.src.rpm'), repository)
    run('createrepo_c', '-q', repository, cwd=ROOT)
    said, patches = demo('one-with-upstream', repository, KSIG_DEMO_UPSTREAM=f'up=git:{tree.path}@v4.18..main')
    tap.ok({patch['upstream'] for patch in patches if patch['upstream']} == set(ids) and len(patches) == 3,
           'one-with-upstream: compared with where its candidates begin', patches)
    tap.ok('Broken down: kernel-4.18.0-3.el8.src.rpm, the only one' in said, 'one-with-upstream: says which', said)
    place = os.path.join(ROOT, 'kernels', 'v4.x')
    os.makedirs(place)
    run('git', 'archive', '--prefix=linux-4.18/', '-o', os.path.join(place, 'linux-4.18.tar'), 'v4.18', cwd=tree.path)
    run('xz', '-0', os.path.join(place, 'linux-4.18.tar'))
    said, patches = demo('one-alone', repository, KSIG_DEMO_KERNELS='file://' + os.path.dirname(place))
    tap.ok(len(patches) == 3 and not any(patch['upstream'] for patch in patches) and 'linux-4.18.tar.xz' in said,
           'one-alone: compared with the release of its version', said)
    gone = subprocess.run([sys.executable, DEMO, KSIG], cwd=ROOT, capture_output=True, text=True,
                          env=dict(ENVIRONMENT, KSIG_DEMO_DIR=os.path.join(ROOT, 'nothing'), KSIG_DEMO_PACKAGES='dnf',
                                   KSIG_DEMO_DNF='--disablerepo=*'))
    tap.ok(gone.returncode == 0 and 'serves no source package' in gone.stdout and 'SMALL GENERATED' in gone.stdout,
           'where none is served the generated history, and why', gone.stdout)


def main():
    missing = [program for program in ('dnf', 'createrepo_c', 'rpmbuild') if not shutil.which(program)]
    if missing:
        print(f'1..0 # SKIP {", ".join(missing)} not here')
        return
    tree, ids = plant()
    said, patches = demo('alone')
    tap.ok([patch['subject'] for patch in patches if patch['kind'] == 'unexplained' and
            ('first thing' in patch['subject'] or 'gamma_repair_7' in patch['subject'])] and len(patches) == 3,
           'alone: what changed is named by the changelog', patches)
    tap.ok('KSIG_DEMO_UPSTREAM' in said, 'alone: says how candidates are given', said)
    said, patches = demo('with-upstream', KSIG_DEMO_UPSTREAM=f'up=git:{tree.path}@v4.18..main')
    found = {patch['upstream']: patch['revision'] for patch in patches if patch['upstream']}
    tap.ok(found == {ids[0]: '4.18.0-2.el8', ids[1]: '4.18.0-3.el8'},
           'with-upstream: each fix with the package that brought it', patches)
    own = [patch for patch in patches if not patch['upstream']]
    tap.ok(len(own) == 1 and 'gamma_repair_7()' in own[0]['subject'],
           'with-upstream: the vendor\'s own change by its entry', own)
    commands = [line.strip() for line in said.splitlines() if line.startswith('  ') and 'ksig.ws' in line and 'export' not in line]
    for line in commands:
        done = subprocess.run(line.split(), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
        good = done.returncode == 0 or done.stderr.endswith('nothing found\n')
        tap.ok(good, 'what it says to look at next works: ' + ' '.join(line.split()[3:]), done.stderr)
    tap.ok(len(commands) >= 3, 'it says what to look at next', said)
    check_one(tree, ids)
    tap.done()


main()
