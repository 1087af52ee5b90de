#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""demo-apt.py KSIG DEMO: tools/demo against archives of Debian source packages: three revisions, one, one that is listed and gone. Prints TAP."""
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from smallkernel import ENVIRONMENT, Tree, run
import tap

KSIG, DEMO = map(os.path.abspath, sys.argv[1:3])
ROOT = tempfile.mkdtemp(prefix='ksig-demo')
atexit.register(shutil.rmtree, ROOT, ignore_errors=True)
FIXES = [('alpha', 2), ('beta', 5), ('gamma', 7), ('delta', 1)]
CONTROL = 'Source: linux\nMaintainer: A Vendor <v@example.org>\nStandards-Version: 4.6.2\n\nPackage: linux\nArchitecture: all\nDescription: small\n'
CHANGELOG = 'linux ({version}) unstable; urgency=medium\n\n  * A change.\n\n -- A Vendor <v@example.org>  Sun, 19 Jan 2020 10:00:00 +0000\n'


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def plant_patches():
    """A tree and its fixes as patches, each on the one before."""
    tree = Tree(os.path.join(ROOT, 'tree'), sorted(driver for driver, _ in FIXES))
    tree.commit('base')
    tree.git('tag', 'v6.1')
    for driver, function in FIXES:
        tree.commit(f'{driver}: check thing {function}', (driver, function))
    run('git', 'format-patch', '-q', '-o', os.path.join(ROOT, 'patches'), 'v6.1..main', cwd=tree.path)
    return tree, sorted(os.listdir(os.path.join(ROOT, 'patches')))


def put_package(archive, tree, version, patches):
    """The source package VERSION, whose series has PATCHES, into ARCHIVE."""
    upstream = version.rsplit('-', 1)[0]
    folder = os.path.join(archive, f'linux-{upstream}')
    run('git', 'archive', f'--prefix=linux-{upstream}/', '-o', os.path.join(ROOT, 'orig.tar'), 'v6.1', cwd=tree.path)
    orig = os.path.join(archive, f'linux_{upstream}.orig.tar')
    if not os.path.exists(orig + '.xz'):
        shutil.copy(os.path.join(ROOT, 'orig.tar'), orig)
        run('xz', '-0', orig)
    run('tar', '-xf', os.path.join(ROOT, 'orig.tar'), cwd=archive)
    for name, text in (('control', CONTROL), ('changelog', CHANGELOG.format(version=version)), ('source/format', '3.0 (quilt)\n'),
                       ('patches/series', ''.join(f'{name}\n' for name in patches)), ('rules', '#!/usr/bin/make -f\n')):
        write(os.path.join(folder, 'debian', name), text)
    for name in patches:
        shutil.copy(os.path.join(ROOT, 'patches', name), os.path.join(folder, 'debian', 'patches'))
    run('dpkg-source', '-b', os.path.basename(folder), cwd=archive)
    shutil.rmtree(folder)


def demo(archive):
    """What the demo says of ARCHIVE, and what it found: the revision of each patch's subject."""
    with open(os.path.join(archive, 'Sources'), 'w', encoding='utf-8') as file:
        file.write(run('dpkg-scansources', '.', cwd=archive) + '\n')
    return demo_again(archive, os.path.join(ROOT, 'demo-' + os.path.basename(archive)))


def demo_again(archive, folder):
    environment = dict(ENVIRONMENT, KSIG_DEMO_DIR=folder, KSIG_DEMO_PACKAGES='apt',
                       KSIG_DEMO_APT=f'deb-src [trusted=yes] file:{archive} ./')
    done = subprocess.run([sys.executable, DEMO, KSIG], env=environment, cwd=ROOT, capture_output=True, text=True)
    tap.ok(done.returncode == 0, f'{os.path.basename(archive)}: ends well', done.stdout + done.stderr)
    exported = json.loads(run(KSIG, '-w', os.path.join(folder, 'ksig.ws'), 'export', 'json', cwd=ROOT))
    return done.stdout, {patch['subject']: patch['revision'] for patch in exported['patches']}


def check_three(tree, names):
    archive = os.path.join(ROOT, 'three')
    os.makedirs(archive)
    for count in (1, 2, 3):
        put_package(archive, tree, f'6.1.5-{count}', names[:count])
    put_package(archive, tree, '6.1.9-1', names)
    said, found = demo(archive)
    tap.ok('Broken down: linux 6.1.5-1, linux 6.1.5-2, linux 6.1.5-3, of one' in said, 'three: says which', said)
    tap.ok(found == {'alpha: check thing 2': '6.1.5-1', 'beta: check thing 5': '6.1.5-2', 'gamma: check thing 7': '6.1.5-3'},
           'three: each patch with its revision', found)


def check_one(tree, names):
    archive = os.path.join(ROOT, 'one')
    os.makedirs(archive)
    put_package(archive, tree, '6.1.5-1', names[:3])
    put_package(archive, tree, '6.1.9-1', names)
    said, found = demo(archive)
    tap.ok('Broken down: linux 6.1.5-1, the only revision' in said, 'one: says which', said)
    tap.ok('SMALL GENERATED' not in said, 'one: is enough for the real thing', said)
    tap.ok(sorted(found) == ['alpha: check thing 2', 'beta: check thing 5', 'gamma: check thing 7'] and set(found.values()) == {'6.1.5-1'},
           'one: its patches, and none of the newer kernel\'s', found)


def check_gone(tree, names):
    """A mirror that lists more than it has: of two that share a tarball one is there, and then none of them."""
    archive = os.path.join(ROOT, 'gone')
    os.makedirs(archive)
    for count in (1, 2):
        put_package(archive, tree, f'6.1.5-{count}', names[:count])
    put_package(archive, tree, '6.1.9-1', names[:3])
    run('sh', '-c', 'dpkg-scansources . >Sources', cwd=archive)
    os.remove(os.path.join(archive, 'linux_6.1.5-1.debian.tar.xz'))
    said, found = demo_again(archive, os.path.join(ROOT, 'gone-one'))
    tap.ok('linux 6.1.5-1\n    is listed and not served' in said and 'Broken down: linux 6.1.5-2, the only' in said and len(found) == 2,
           'gone: the one that is left', said)
    os.remove(os.path.join(archive, 'linux_6.1.5.orig.tar.xz'))
    said, found = demo_again(archive, os.path.join(ROOT, 'gone-both'))
    tap.ok('Broken down: linux 6.1.9-1, the only' in said and len(found) == 3, 'gone: else another tarball\'s', said)
    os.remove(os.path.join(archive, 'linux_6.1.9-1.dsc'))
    said, found = demo_again(archive, os.path.join(ROOT, 'gone-all'))
    tap.ok('no revision is served' in said and 'SMALL GENERATED' in said, 'gone: where none is served the generated history, and why', said)


def main():
    missing = [program for program in ('apt-get', 'apt-cache', 'dpkg-source', 'dpkg-scansources') if not shutil.which(program)]
    if missing:
        print(f'1..0 # SKIP {", ".join(missing)} not here')
        return
    tree, names = plant_patches()
    check_three(tree, names)
    check_one(tree, names)
    check_gone(tree, names)
    tap.done()


main()
