# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests with a real kernel share: the tarball, signed with a key of the test's own, and flavours.

The tarball is $KSIG_TEST_TARBALL, else one that `make demo` left in demo.ws, else it is fetched with the machine's apt
as tools/demo does: any orig tarball of a longterm release, which is kernel.org's (but for a few files that Debian
leaves out). kernel.org signs the uncompressed tar, and so does the test.
"""
import glob
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys

from support import HERE, TOP, run, tap, write

PROJECT = os.path.abspath(f'{HERE}/../..')


def version_of(path):
    match = re.search(r'linux[-_](\d+\.\d+\.\d+)(?=\.(?:orig\.)?tar)', os.path.basename(path))
    return match[1] if match else ''


def fetch_by_apt():
    """The newest orig tarball of a 6.1 that the archive serves; None if there is no apt, archive or network."""
    loader = importlib.machinery.SourceFileLoader('demo', f'{PROJECT}/tools/demo')
    demo = importlib.util.module_from_spec(importlib.util.spec_from_loader('demo', loader))
    sys.dont_write_bytecode = True
    loader.exec_module(demo)
    demo.PLACE = os.path.abspath(os.environ.get('KSIG_DEMO_DIR', f'{TOP}/demo.ws'))
    try:
        options = demo.apt_options()
        subprocess.run(['apt-get', '-qq', *options, 'update'], check=True)
        _, versions = demo.read_sources(options)
        for version in reversed(demo.in_order([name for name in versions if name.startswith('6.1.')])):
            if subprocess.run(['apt-get', '-qq', *options, 'source', '--download-only', f'linux={version}'],
                              cwd=demo.PLACE).returncode == 0:
                return glob.glob(f'{demo.PLACE}/linux_{version.split("-")[0]}.orig.tar.xz')[0]
    except (demo.Unavailable, OSError, IndexError, subprocess.CalledProcessError) as error:
        print(f'# no tarball by apt: {error}')
    return None


def find_tarball():
    given = os.environ.get('KSIG_TEST_TARBALL')
    places = [os.environ.get('KSIG_DEMO_DIR', ''), f'{PROJECT}/demo.ws']
    found = [given] if given else [path for place in places if place
                                   for path in sorted(glob.glob(f'{place}/linux_6.1.*.orig.tar.xz'))]
    return os.path.abspath(found[-1]) if found else fetch_by_apt()


def gpg(home, *argv, **kwargs):
    return run('gpg', '--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', *argv, **kwargs)


def make_key(name):
    """Makes a key pair; its public half is NAME.asc. Gives the fingerprint."""
    home = f'{TOP}/gpg-{name}'
    os.makedirs(home, mode=0o700)
    gpg(home, '--quick-generate-key', f'{name} <{name}@example.org>', 'ed25519', 'sign', 'never')
    write(f'{name}.asc', gpg(home, '--armor', '--export').stdout)
    return re.search(r'fpr:+([0-9A-F]{40}):', gpg(home, '--with-colons', '--list-keys').stdout)[1]


def add_release(tarball, version):
    """Puts a tarball with its signature into the mirror, a folder as kernel.org's."""
    os.makedirs(f'{TOP}/mirror', exist_ok=True)
    os.symlink(tarball, f'{TOP}/mirror/linux-{version}.tar.xz')
    with subprocess.Popen(['xz', '-dc', tarball], stdout=subprocess.PIPE) as xz:
        gpg(f'{TOP}/gpg-release', '-o', f'{TOP}/mirror/linux-{version}.tar.sign', '--detach-sign', stdin=xz.stdout)


def releases(*versions):
    return write('releases.json', json.dumps({'releases': [{'version': version, 'moniker': 'longterm', 'iseol': False}
                                                           for version in versions]}))


def arguments(*versions):
    """What `build` and `bump` of the newest of VERSIONS take: the mirror, its key, releases.json, where to begin."""
    return ['--series', '.'.join(versions[0].split('.')[:2]), '--releases', releases(*versions), '--mirror', f'{TOP}/mirror', '--key',
            f'{TOP}/release.asc', '--config', 'make:tinyconfig', '--accept-defaults', '--dist', '.el9', '--date', '2026-11-24']


def fragment(name):
    """(option, value) of a fragment's lines."""
    with open(f'{HERE}/{name}', encoding='utf-8') as file:
        return re.findall(r'^CONFIG_(\w+)=(.+)$', file.read(), re.M)


def make_flavour(name, key, options):
    """recipes/kernel/lts.conf, signed by KEY, with OPTIONS over kbuild's tinyconfig."""
    with open(f'{PROJECT}/recipes/kernel/lts.conf', encoding='utf-8') as file:
        text = re.sub('^keys=.*', f'keys={key}', file.read(), flags=re.M)
    for option, value in options:
        if f'[option {option}]' not in text:
            text += f'\n[option {option}]\nvalue={value}\nreason=the configuration of the tests\n'
    return write(name, text)


PROGRAMS = ('rpmbuild', 'rpm', 'cpio', 'xz', 'gpg', 'qemu-system-x86_64', 'busybox', 'depmod', 'flex', 'bison', 'bc', 'rsync',
            'perl', 'patch')


def skip_unless_possible():
    """Ends the test as skipped where it cannot run; gives the tarball."""
    if os.geteuid() != 0:
        tap.skip_all('packages are installed into a root as root only')
    tarball = find_tarball()
    if not tarball or not version_of(tarball):
        tap.skip_all('no tarball of a longterm kernel: KSIG_TEST_TARBALL names none, and apt gave none')
    return tarball
