#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real longterm kernel from a signed tarball to user space: built with BTF, SAS and WireGuard as modules, in all its packages, installed by dnf
beside another kernel, booted in QEMU; then built again elsewhere without ccache, which has to give the same bytes.
$KSIG_TEST_WORKSPACE keeps the first workspace, so that another run builds it no more. About thirty CPU minutes."""
import glob
import lzma
import os
import re
import shutil
import subprocess

from machine import NEEDED, OTHER, Machine
from real import PROGRAMS, add_release, archive, arguments, fragment, make_flavour, make_key, skip_unless_possible, version_of
from support import KSIG, TOP, assert_same_packages, main, run, test

TARBALL = skip_unless_possible()
WORKSPACE = os.environ.get('KSIG_TEST_WORKSPACE', f'{TOP}/ws')
VERSION = version_of(TARBALL)
RELEASE = f'{VERSION}-1.el9.x86_64'
ROOT = f'{TOP}/root'

ALL = 'core;modules;modules-extra;devel;headers;doc;perf;python3-perf;tools;bpftool;debuginfo'
PACKAGES = 16
machine = []


def ksig(*argv, status=0, workspace=WORKSPACE, **kwargs):
    return run(KSIG, '-w', workspace, 'kernel', *argv, status=status, **kwargs)


def published(workspace=WORKSPACE):
    return f'{workspace}/kernel/kernel-lt/{VERSION}-1.el9'


def build_in(workspace, **environment):
    ksig('build', f'{TOP}/lts.conf', *arguments(VERSION), workspace=workspace, env={**os.environ, **environment})


def read_of_package(part, pattern):
    package = f'{published()}/kernel-lt-{part}-{VERSION}-1.el9.x86_64.rpm'
    with subprocess.Popen(['rpm2cpio', package], stdout=subprocess.PIPE) as unpack:
        return run('cpio', '-i', '--quiet', '--to-stdout', pattern, stdin=unpack.stdout).stdout


@test
def build():
    make_flavour('lts.conf', make_key('release'), [(name, value) for name, value in fragment('small.fragment')
                                                   if 'BTF' not in name or shutil.which('pahole')], ALL)
    add_release(TARBALL, VERSION)
    build_in(WORKSPACE)
    assert os.path.exists(f'{published()}/kernel-lt-core-{VERSION}-1.el9.x86_64.rpm')


@test
def btf():
    if not shutil.which('pahole'):
        return
    text = read_of_package('core', '*/config')
    assert 'CONFIG_DEBUG_INFO_BTF=y' in text and 'CONFIG_MODVERSIONS=y' in text


@test
def provides():
    text = run('rpm', '-qp', '--nosignature', '--provides', f'{published()}/kernel-lt-core-{VERSION}-1.el9.x86_64.rpm').stdout
    assert re.search(r'^kernel\(module_layout\) = 0x[0-9a-f]{8}$', text, re.M), text[:2000]
    assert text.count('kernel(') > 1000


@test
def install_by_dnf():
    machine.append(Machine('root'))
    machine[0].offer(published())
    machine[0].dnf('install', 'stub', 'kernel-core')
    machine[0].dnf('install', 'kernel-lt', 'kernel-lt-modules-extra', 'kernel-lt-devel-matched')
    assert sorted(machine[0].kernels()) == sorted([OTHER, RELEASE]), machine[0].kernels()


@test
def boot():
    """What the entry names is what is booted."""
    entry = machine[0].kernels()[RELEASE]
    with open(f'{ROOT}{entry["linux"]}', 'rb') as copy, open(f'{ROOT}/lib/modules/{entry["version"]}/vmlinuz', 'rb') as image:
        assert copy.read() == image.read()
    out = ksig('boot', '--root', ROOT, '--release', entry['version'], '-m', 'isci', '-m', 'wireguard').stdout
    assert f'{RELEASE}: booted to user space' in out, out
    assert 'isci: loaded' in out and 'wireguard: loaded' in out, out


@test
def programs_run():
    """perf, cpupower and bpftool of the packages, from where they were unpacked."""
    for package, program, argument in (('perf', 'usr/bin/perf', '--version'), ('kernel-lt-tools', 'usr/bin/cpupower', '--version'),
                                       ('bpftool', 'usr/sbin/bpftool', 'version')):
        for name in {package, package.replace('tools', 'tools-libs')}:
            path = f'{published()}/{name}-{VERSION}-1.el9.x86_64.rpm'
            with subprocess.Popen(['rpm2cpio', path], stdout=subprocess.PIPE) as unpack:
                run('cpio', '-idum', '--quiet', '-D', f'{TOP}/programs', stdin=unpack.stdout)
        libraries = ':'.join(os.path.dirname(found) for found in glob.glob(f'{TOP}/programs/usr/lib*/**/libcpupower.so.0', recursive=True))
        run(f'{TOP}/programs/{program}', argument, env={**os.environ, 'LD_LIBRARY_PATH': libraries})


@test
def a_module_of_another_kernel_is_refused():
    with lzma.open(f'{ROOT}/lib/modules/{RELEASE}/kernel/drivers/scsi/scsi_common.ko.xz') as file:
        data = file.read()
    # The version of module_layout stands in __versions: 8 bytes of CRC, then the name.
    at = data.index(b'module_layout\0') - 8
    foreign = f'{TOP}/scsi_common.ko'
    with open(foreign, 'wb') as file:
        file.write(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
    done = ksig('boot', '--root', ROOT, '--release', RELEASE, '-m', foreign, status=1)
    assert 'scsi_common does not load' in done.stderr and 'disagrees about version' in done.stderr, done.stderr


@test
def another_folder_without_ccache_gives_the_same_bytes():
    assert os.path.exists(published()), 'there is nothing to compare with'
    build_in(f'{TOP}/somewhere/else', CCACHE_DISABLE='1')
    assert_same_packages(published(), published(f'{TOP}/somewhere/else'), PACKAGES)


@test
def left_for_the_test_of_a_repository():
    """tests/rpm/test-real.py, which runs after this, publishes it beside a module and a live patch."""
    with archive.lock():
        shutil.rmtree(f'{archive.CACHE}/kernel-lt', ignore_errors=True)
        shutil.copytree(published(), f'{archive.CACHE}/kernel-lt')
        shutil.copy(TARBALL, f'{archive.CACHE}/kernel-lt/source.tar.xz')


main(*PROGRAMS, *NEEDED, 'rpm2cpio', 'asciidoc', 'xmlto', 'rst2man', 'msgfmt')
