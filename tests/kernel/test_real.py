#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real longterm kernel from a signed tarball to user space: built with BTF, SAS and WireGuard as modules, installed by dnf
beside another kernel, booted in QEMU; then built again elsewhere without ccache, which has to give the same bytes.
$KSIG_TEST_WORKSPACE keeps the first workspace, so that another run builds it no more. About thirty CPU minutes."""
import os
import re
import shutil
import subprocess

from real import PROGRAMS, add_release, archive, arguments, fragment, make_flavour, make_key, skip_unless_possible, version_of
from support import KSIG, TOP, assert_same_packages, main, read, run, test, write

TARBALL = skip_unless_possible()
WORKSPACE = os.environ.get('KSIG_TEST_WORKSPACE', f'{TOP}/ws')
VERSION = version_of(TARBALL)
RELEASE = f'{VERSION}-1.el9.x86_64'
ROOT = f'{TOP}/root'

STUB = """
Name: stub
Version: 1
Release: 1
Summary: As little as scriptlets need
License: none
Provides: coreutils systemd
AutoReqProv: no
%description
x
%package -n kernel-core
Summary: Another kernel
Version: 5.14.0
Release: 1.el9
Provides: installonlypkg(kernel)
AutoReqProv: no
%description -n kernel-core
x
%install
mkdir -p %{buildroot}/bin %{buildroot}/sbin %{buildroot}/lib/modules/5.14.0-1.el9.x86_64
cp %{busybox} %{buildroot}/bin/busybox
ln -s busybox %{buildroot}/bin/sh
ln -s ../bin/busybox %{buildroot}/sbin/depmod
printf '#!/bin/sh\\necho "$@" >> /kernel-install.log\\n' > %{buildroot}/bin/kernel-install
chmod 755 %{buildroot}/bin/kernel-install
echo other > %{buildroot}/lib/modules/5.14.0-1.el9.x86_64/vmlinuz
%files
/bin/*
/sbin/*
%files -n kernel-core
/lib/modules/5.14.0-1.el9.x86_64
"""


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
                                                   if 'BTF' not in name or shutil.which('pahole')])
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
    spec = write('stub.spec', STUB)
    run('rpmbuild', '-bb', '--define', f'_topdir {TOP}/stub', '--define', f'busybox {shutil.which("busybox")}',
        '--define', 'debug_package %{nil}', '--define', '__os_install_post %{nil}', spec)
    os.makedirs(f'{TOP}/repo')
    for folder in (published(), *(f'{TOP}/stub/RPMS/{arch}' for arch in os.listdir(f'{TOP}/stub/RPMS'))):
        for name in os.listdir(folder):
            if name.endswith('.rpm') and not name.endswith('.src.rpm'):
                shutil.copy(f'{folder}/{name}', f'{TOP}/repo')
    run('createrepo_c', '-q', f'{TOP}/repo')
    dnf = ['dnf', '-y', '-q', '--installroot', ROOT, '--releasever', '9', '--repofrompath', f'k,{TOP}/repo', '--repo', 'k',
           '--nogpgcheck', '--setopt=metadata_expire=0', '--setopt=reposdir=/nonexistent', 'install']
    run(*dnf, 'stub', 'kernel-core')
    run(*dnf, 'kernel-lt')
    kernels = sorted(os.listdir(f'{ROOT}/lib/modules'))
    assert kernels == sorted(['5.14.0-1.el9.x86_64', RELEASE]), kernels
    assert f'add {RELEASE} /lib/modules/{RELEASE}/vmlinuz' in read(f'{ROOT}/kernel-install.log')


@test
def boot():
    out = ksig('boot', '--root', ROOT, '--release', RELEASE, '-m', 'isci', '-m', 'wireguard').stdout
    assert f'{RELEASE}: booted to user space' in out, out
    assert 'isci: loaded' in out and 'wireguard: loaded' in out, out


@test
def a_module_of_another_kernel_is_refused():
    path = f'{ROOT}/lib/modules/{RELEASE}/kernel/drivers/scsi/scsi_common.ko'
    with open(path, 'rb') as file:
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
    build_in(f'{TOP}/somewhere/else', CCACHE_DISABLE='1')
    assert_same_packages(published(), published(f'{TOP}/somewhere/else'), 8)


@test
def left_for_the_test_of_a_repository():
    """tests/rpm/test-real.py, which runs after this, publishes it beside a module and a live patch."""
    with archive.lock():
        shutil.rmtree(f'{archive.CACHE}/kernel-lt', ignore_errors=True)
        shutil.copytree(published(), f'{archive.CACHE}/kernel-lt')
        shutil.copy(TARBALL, f'{archive.CACHE}/kernel-lt/source.tar.xz')


main(*PROGRAMS, 'dnf', 'createrepo_c', 'rpm2cpio')
