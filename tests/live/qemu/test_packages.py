#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A live patch's way as a package: tested in QEMU, packed, signed, published; then installed by rpm in a guest with its
kernel, upgraded, booted, taken away. What has no result of its test is refused on the way."""
import glob
import os
import shutil
import subprocess

from lab import Lab, drive, tap

WORDS = '--untested=I publish what was not tested'


class Way:
    def __init__(self, folder):
        tap.need('rpm', 'rpmkeys', 'createrepo_c')
        self.lab = Lab(folder)
        self.folders, self.unsigned, self.signed = (self.lab.path(name) for name in ('folders', 'unsigned', 'signed'))
        for revision, module in ((1, 'lp_v1'), (2, 'lp_v2'), (3, 'lp_later')):
            self.lab.publish(self.folders, revision, f'{self.lab.module_folder}/{module}.ko',
                             ['CVE-2026-0001', 'CVE-2026-0002'][:revision], name=None)
        self.name = os.path.basename(glob.glob(f'{self.folders}/*-1')[0])[:-2]

    def folder(self, revision):
        return f'{self.folders}/{self.name}-{revision}'

    def ksig(self, *words):
        return subprocess.run([self.lab.ksig, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace')

    def test(self, revision, *options):
        return self.ksig('live', 'test', '--no-stall', f'--kernel={self.lab.vmlinuz}', '--key=live', f'--home={self.lab.home}', *options,
                         self.folder(revision))

    def package(self, revision, *options):
        return self.ksig('live', 'package', '--dist=.el9', f'--output={self.unsigned}', *options, self.folder(revision))

    def sign(self):
        return self.ksig('sign', f'--from={self.unsigned}', f'--to={self.signed}', f'--sign-with={self.lab.fingerprint("live")}',
                         f'--gpg-home={self.lab.home}')

    def rpm(self, revision):
        return f'{self.signed}/{self.name}-1-{revision}.el9.x86_64.rpm'

    def repo(self, revision, *options):
        return self.ksig('repo', 'publish', f'--to={self.lab.path("repo")}', f'--policy={self.lab.trust}',
                         f'--sign-with={self.lab.fingerprint("repo")}', f'--gpg-home={self.lab.home}', *options, self.rpm(revision))


def refused(way):
    done = way.package(1)
    tap.ok(done.returncode == 1 and 'no result of ksig live test' in done.stdout, 'not packed without a test', done.stdout)
    done = way.package(1, '--untested=please')
    tap.ok(done.returncode == 2, 'nor with other words', done.stdout)


def made(way):
    for revision, options in ((1, ()), (2, (f'--older={way.folder(1)}',))):
        done = way.test(revision, *options)
        tap.ok(done.returncode == 0, f'revision {revision} passes its test', done.stdout)
        done = way.package(revision)
        tap.ok(done.returncode == 0, f'revision {revision} is packed', done.stdout)
    done = way.package(3, WORDS)
    tap.ok(done.returncode == 0, 'one without a test is packed if the words are said', done.stdout)
    done = way.sign()
    tap.ok(done.returncode == 0 and os.path.exists(way.rpm(3)), 'all are signed', done.stdout)


def published(way):
    for revision in (1, 2):
        done = way.repo(revision)
        tap.ok(done.returncode == 0, f'revision {revision} is published', done.stdout)
    done = way.repo(3)
    tap.ok(done.returncode == 1 and 'no result of ksig live test' in done.stdout, 'one without a test is not published', done.stdout)
    done = way.repo(3, WORDS)
    tap.ok(done.returncode == 0, 'unless the words are said', done.stdout)
    found = {os.path.basename(path) for path in glob.glob(f'{way.lab.path("repo")}/**/*.rpm', recursive=True)}
    tap.ok({os.path.basename(way.rpm(revision)) for revision in (1, 2, 3)} <= found, 'all three are served', found)


def guest(way):
    lab, sources, client = way.lab, way.lab.path('guest'), os.environ['KSIG_LIVE']
    os.mkdir(sources)
    for revision, name in ((1, 'one'), (2, 'two')):
        shutil.copy(way.rpm(revision), f'{sources}/{name}.rpm')
    shutil.copy(lab.pack('ksig-live', {'/usr/bin/ksig-live': client}, 'Provides: /bin/sh'), f'{sources}/ksig-live.rpm')
    lab.disk(sources, [shutil.which('rpm'), shutil.which('rpmkeys')], [client])
    lab.initramfs()
    has = lab.boot('packages', lab.image).has
    has('keys', '= 0')
    has('base', '= 0')
    has('vouch', '= 0')
    has('install', '= 0\npatched v1')
    has('status', f'"applied" : "{way.name}-1"')
    has('upgrade', f'= 0\npatched v2\n0\n{way.name}-2')
    has('fixes', f'{way.name}-1-2.el9.x86_64')
    has('stop', '= 0')
    has = lab.boot('packages-after', lab.image).has
    has('boot', '= 0\npatched v2')
    has('remove', '= 0\nconsole\n0')
    has('older', f'{way.name}-1: not applied', '= 0\nconsole')
    has('end')


def body(folder):
    way = Way(folder)
    refused(way)
    made(way)
    published(way)
    guest(way)


drive(body)
