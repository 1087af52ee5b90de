# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's root for tests of packages: as little as their scriptlets need, with the kernel-install of systemd that writes the
entries of the Boot Loader Specification, and a distribution's kernel; filled by dnf."""
import glob
import os
import re
import shutil

from support import TOP, read, run, write

OTHER = '5.14.0-1.el9.x86_64'
PLUGIN = '/usr/lib/kernel/install.d/90-loaderentry.install'

STUB = """
Name: stub
Version: 1
Release: 1
Summary: As little as scriptlets need
License: none
Provides: coreutils findutils sed bzip2 gcc make bison flex elfutils-libelf-devel openssl-devel perl-interpreter
Provides: /bin/sh
Provides: systemd = 252
Provides: dracut = 59
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
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/sbin %{buildroot}/usr/lib/kernel/install.d %{buildroot}/etc/kernel %{buildroot}/boot %{buildroot}/tmp %{buildroot}/dev
mkdir -p %{buildroot}/lib/modules/OTHER
for link in bin sbin; do ln -s usr/$link %{buildroot}/$link; done
cp %{busybox} %{buildroot}/usr/bin/busybox
for name in sh sort sed tr cat cp rm mkdir chown chmod mktemp grep ls uname head find rmdir touch cmp ln; do
	ln -s busybox %{buildroot}/usr/bin/$name
done
ln -s ../bin/busybox %{buildroot}/usr/sbin/depmod
cp /usr/bin/kernel-install %{buildroot}/usr/bin/
cp PLUGIN %{buildroot}/usr/lib/kernel/install.d/
printf '#!/bin/sh\\necho "$@" >> /weak-modules.log\\n' > %{buildroot}/usr/sbin/weak-modules
# install -m 0644 FROM TO, and which file system a path is on: not every busybox has them.
printf '#!/bin/sh\\ncp "$3" "$4" && chmod "$2" "$4"\\n' > %{buildroot}/usr/bin/install
printf '#!/bin/sh\\necho /\\n' > %{buildroot}/usr/bin/stat
# Files with the same content become one; where Enterprise Linux 8 has it.
printf '#!/bin/sh\\nfor other; do cmp -s "$2" "$other" && ! [ "$2" -ef "$other" ] && ln -f "$2" "$other"; done 2> /dev/null\\n:\\n' > %{buildroot}/usr/sbin/hardlink
chmod 755 %{buildroot}/usr/sbin/hardlink %{buildroot}/usr/sbin/weak-modules %{buildroot}/usr/bin/stat %{buildroot}/usr/bin/install
echo layout=bls > %{buildroot}/etc/kernel/install.conf
echo 'console=ttyS0 quiet' > %{buildroot}/etc/kernel/cmdline
echo 0123456789abcdef0123456789abcdef > %{buildroot}/etc/machine-id
echo other > %{buildroot}/lib/modules/OTHER/vmlinuz
%files
/bin
/sbin
/usr/bin/*
/usr/sbin/*
/usr/lib/kernel
/etc/*
%dir /boot
%dir /dev
%dir /tmp
%files -n kernel-core
/lib/modules/OTHER
%posttrans -n kernel-core
/bin/kernel-install add OTHER /lib/modules/OTHER/vmlinuz
""".replace('OTHER', OTHER).replace('PLUGIN', PLUGIN)

NEEDED = ('dnf', 'createrepo_c', 'busybox', 'rpmbuild', 'kernel-install')


class Machine:
    """The root ROOT and the packages that there are for it."""

    def __init__(self, name):
        self.root, self.repository = f'{TOP}/{name}', f'{TOP}/{name}-packages'
        os.makedirs(self.repository)
        spec = write(f'{name}.spec', STUB)
        run('rpmbuild', '-bb', '--define', f'_topdir {TOP}/{name}-build', '--define', f'busybox {shutil.which("busybox")}',
            '--define', 'debug_package %{nil}', '--define', '__os_install_post %{nil}', spec)
        for path in glob.glob(f'{TOP}/{name}-build/RPMS/*/*.rpm'):
            shutil.copy(path, self.repository)

    def offer(self, folder):
        for path in glob.glob(f'{folder}/*.rpm'):
            if not path.endswith('.src.rpm'):
                shutil.copy(path, self.repository)
        run('createrepo_c', '-q', self.repository)

    def dnf(self, *words, status=0):
        return run('dnf', '-y', '-q', '--installroot', self.root, '--releasever', '9', '--repofrompath', f'k,{self.repository}',
                   '--repo', 'k', '--nogpgcheck', '--setopt=metadata_expire=0', '--setopt=reposdir=/nonexistent', *words, status=status)

    def kernels(self):
        """Of each kernel that has an entry: what the entry says."""
        found = {}
        for path in glob.glob(f'{self.root}/boot/loader/entries/*.conf'):
            entry = dict(re.findall(r'^(\S+)\s+(.*)$', read(path), re.M))
            found[entry['version']] = entry
        return found

    def packages(self, name):
        return sorted(run('rpm', '--root', self.root, '-q', '--qf', '%{version}-%{release}\n', name).stdout.split())
