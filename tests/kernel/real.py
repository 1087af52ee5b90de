# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests with a real kernel share: the tarball, signed with a key of the test's own, and flavours.

The tarball is $KSIG_TEST_TARBALL, else one that `make demo` left in demo.ws, else it is fetched with the machine's apt
as tools/demo does: any orig tarball of a longterm release, which is kernel.org's (but for a few files that Debian
leaves out). kernel.org signs the uncompressed tar, and so does the test.
"""
import glob
import json
import os
import re
import subprocess

from support import HERE, TOP, run, tap, write
import archive

PROJECT = os.path.abspath(f'{HERE}/../..')


def version_of(path):
    match = re.search(r'linux[-_](\d+\.\d+\.\d+)(?=\.(?:orig\.)?tar)', os.path.basename(path))
    return match[1] if match else ''


def find_tarball():
    given = os.environ.get('KSIG_TEST_TARBALL')
    places = [os.environ.get('KSIG_DEMO_DIR', ''), f'{PROJECT}/demo.ws']
    found = [given] if given else [path for place in places if place
                                   for path in sorted(glob.glob(f'{place}/linux_6.1.*.orig.tar.xz'))]
    if found:
        return os.path.abspath(found[-1])
    dsc = archive.kernel_source('6.1')
    return f'{dsc.rsplit("-", 1)[0]}.orig.tar.xz'


def gpg(home, *argv, **kwargs):
    return run('gpg', '--homedir', home, '--batch', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', *argv, **kwargs)


def home_of(key):
    return f'{os.environ.get("KSIG_TEST_WORKSPACE", TOP)}/gpg-{key}'


def make_key(name):
    """Makes a key pair; its public half is NAME.asc. Gives the fingerprint. A workspace that is kept has signatures by it."""
    home = home_of(name)
    if not os.path.exists(home):
        os.makedirs(home, mode=0o700)
        gpg(home, '--quick-generate-key', f'{name} <{name}@example.org>', 'ed25519', 'sign', 'never')
    write(f'{name}.asc', gpg(home, '--armor', '--export').stdout)
    return re.search(r'fpr:+([0-9A-F]{40}):', gpg(home, '--with-colons', '--list-keys').stdout)[1]


def add_release(tarball, version):
    """Puts a tarball with its signature into the mirror, a folder as kernel.org's."""
    os.makedirs(f'{TOP}/mirror', exist_ok=True)
    os.symlink(tarball, f'{TOP}/mirror/linux-{version}.tar.xz')
    with subprocess.Popen(['xz', '-dc', tarball], stdout=subprocess.PIPE) as xz:
        gpg(home_of('release'), '-o', f'{TOP}/mirror/linux-{version}.tar.sign', '--detach-sign', stdin=xz.stdout)


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


def make_flavour(name, key, options, subpackages='core;modules;modules-extra;devel;headers'):
    """recipes/kernel/lts.conf, signed by KEY, with OPTIONS over kbuild's tinyconfig."""
    with open(f'{PROJECT}/recipes/kernel/lts.conf', encoding='utf-8') as file:
        text = re.sub('^keys=.*', f'keys={key}', file.read(), flags=re.M)
    text = re.sub('^subpackages=.*', f'subpackages={subpackages}', text, flags=re.M)
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
    try:
        tarball = find_tarball()
    except archive.Absent as reason:
        tap.skip_all(f'no tarball of a longterm kernel: {reason}')
    if not version_of(tarball):
        tap.skip_all(f'{tarball} is named as no longterm kernel')
    return tarball
