# SPDX-License-Identifier: GPL-2.0-or-later
"""What the QEMU tests of live patches are made of: a kernel, modules, keys, a disk; it boots in ../../guest.py."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', '..'))
import archive  # noqa: E402
import guest  # noqa: E402
import tap  # noqa: E402

os.environ['PATH'] += ':/sbin:/usr/sbin'
NAME = 'kpatch-patch-qemu'


def run(*argv, **kwargs):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors='replace', **kwargs)
    if done.returncode:
        raise RuntimeError(f'{" ".join(map(str, argv))}: {done.returncode}\n{done.stdout[-3000:]}')
    return done.stdout


class Lab:
    def __init__(self, folder):
        self.folder = folder
        self.ksig = os.environ['KSIG']
        tap.need('qemu-system-x86_64', 'mkfs.ext4', 'busybox', 'cpio', 'gpg', 'rpmbuild', 'rpmsign', 'openssl', 'dpkg')
        self.kernel()
        self.modules()
        self.keys()

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    # The newest release that headers are installed for and whose image is served: Debian serves both together, for a while.
    def kernel(self):
        builds = sorted(glob.glob('/usr/src/linux-headers-*-amd64'), key=os.path.getmtime, reverse=True)
        if not builds:
            tap.skip_all('linux-headers-amd64 is not installed')
        reasons = []
        for self.build in builds:
            self.release = os.path.basename(self.build).replace('linux-headers-', '')
            try:
                image = archive.download(f'linux-image-{self.release}')
                break
            except archive.Absent as reason:
                reasons.append(str(reason))
        else:
            tap.skip_all('; '.join(reasons).replace('\n', ' '))
        run('dpkg', '-x', image, self.path('image'))
        self.vmlinuz = self.path('image', 'boot', f'vmlinuz-{self.release}')

    def modules(self):
        self.module_folder = self.path('modules')
        shutil.copytree(f'{HERE}/modules', self.module_folder)
        run('make', '-C', self.build, f'M={self.module_folder}', 'modules')
        for module in glob.glob(f'{self.module_folder}/*.ko'):
            run('strip', '--strip-debug', module)

    def keys(self):
        self.home, self.trust = self.path('gpg'), self.path('trust')
        os.mkdir(self.home, 0o700)
        for name, role, provider in (('vendor', 'kernel', 'vendor'), ('live', 'livepatch', 'kmods'),
                                     ('repo', 'repository', 'kmods')):
            run('gpg', '--homedir', self.home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '',
                '--quick-gen-key', name, 'rsa2048', 'sign', '0')
            run('gpg', '--homedir', self.home, '--batch', '--armor', '--output', self.path(f'{name}.asc'), '--export', name)
            self.say('add', name, self.path(f'{name}.asc'), f'--role={role}', f'--provider={provider}')
        self.say('say', 'kmods may patch kernels of vendor')
        self.rpm = self.package()

    def say(self, *words):
        run(self.ksig, 'trust', f'--folder={self.trust}', *words)

    def fingerprint(self, name):
        listing = run('gpg', '--homedir', self.home, '--batch', '--with-colons', '--list-keys', name)
        return re.search(r'^fpr:+(\w+):', listing, re.M).group(1)

    def pack(self, name, files, *tags):
        """A package of FILES, where they go to what they are; not signed."""
        top = self.path(f'rpm-{name}')
        os.mkdir(top)
        lines = [f'Name: {name}', 'Version: 6', 'Release: 1', f'Summary: {name}', 'License: GPL', 'AutoReqProv: no', *tags,
                 '%define debug_package %{nil}', '%define __os_install_post %{nil}', '%description', '.', '%install',
                 *[f'install -D {what} %{{buildroot}}{where}' for where, what in files.items()], '%files', *files]
        with open(f'{top}/p.spec', 'w') as spec:
            spec.write('\n'.join(lines) + '\n')
        run('rpmbuild', '-bb', '--quiet', '--define', f'_topdir {top}', '--define', '_binary_payload w1.gzdio', f'{top}/p.spec')
        return glob.glob(f'{top}/RPMS/*/*.rpm')[0]

    def package(self):
        rpm = self.pack('kernel-core', {f'/lib/modules/{self.release}/vmlinuz': self.vmlinuz})
        run('rpmsign', '--addsign', '--define', f'__gpg {shutil.which("gpg")}', '--define', '_gpg_name vendor',
            '--define', f'_gpg_path {self.home}', '--define', '_gpg_sign_cmd_extra_args --batch', rpm)
        return rpm

    def publish(self, source, revision, module, cves=(), key='live', name=NAME):
        """NAME None: that of the package."""
        run(self.ksig, 'live', 'manifest', '--provider=kmods', f'--revision={revision}',
            '--expires=2099-01-01', f'--key={key}', f'--home={self.home}', f'--output={source}', f'--vmlinux={self.vmlinuz}',
            *([f'--name={name}'] if name else []), *[f'--cve={cve}' for cve in cves], module)

    def index(self, source, revision):
        run(self.ksig, 'live', 'index', '--name=stable', '--provider=kmods', f'--revision={revision}',
            '--expires=2099-01-01', '--untested=I publish what was not tested', '--key=repo', f'--home={self.home}', source)

    # ---- the guest's disk -----------------------------------------------------------------------

    def libraries(self, *programs):
        found = set()
        for program in programs:
            for line in run('ldd', program).splitlines():
                match = re.search(r'(/\S+) \(0x', line)
                if match:
                    found.add(match.group(1))
        return found

    def disk(self, sources, more=(), needed=()):
        """The guest's disk with SOURCES in it, MORE programs, and the libraries of what is NEEDED later."""
        root = self.path('root')
        programs = [self.ksig, shutil.which('gpg'), shutil.which('gpgconf'), *more]
        for folder in ('bin', 'usr/bin', 'proc', 'sys', 'dev', 'tmp', 'root', 'etc/ksig', 'var/lib/ksig', 'var/lib/rpm', 'usr/lib/rpm'):
            os.makedirs(f'{root}/{folder}')
        guest.busybox(root, [applet for applet in run('busybox', '--list').split() if applet not in ('busybox', 'rpm')])
        for program in programs:
            shutil.copy(program, f'{root}/usr/bin/')
        os.rename(f'{root}/usr/bin/{os.path.basename(self.ksig)}', f'{root}/usr/bin/ksig')
        for library in self.libraries(*programs, *needed):
            os.makedirs(root + os.path.dirname(library), exist_ok=True)
            shutil.copy(library, root + library)
        for file in ('rpmrc', 'macros'):
            shutil.copy(f'/usr/lib/rpm/{file}', f'{root}/usr/lib/rpm/')
        shutil.copytree('/usr/lib/rpm/platform', f'{root}/usr/lib/rpm/platform')
        shutil.copytree(self.trust, f'{root}/etc/ksig/trust')
        shutil.copytree(sources, f'{root}/source')
        os.mkdir(f'{root}/modules')
        for module in glob.glob(f'{self.module_folder}/*.ko'):
            shutil.copy(module, f'{root}/modules/')
        shutil.copy(self.rpm, f'{root}/kernel.rpm')
        shutil.copy(f'{HERE}/scenario.sh', f'{root}/init')
        os.chmod(f'{root}/init', 0o755)
        with open(f'{root}/etc/machine-id', 'w') as file:
            file.write('0123456789abcdef0123456789abcdef\n')
        self.image = self.path('disk.img')
        run('mkfs.ext4', '-q', '-F', '-d', root, self.image, '400M')

    def initramfs(self):
        base = self.path('initramfs')
        guest.busybox(base)
        needed = guest.modules(self.path('image'), self.release, ('virtio_pci', 'virtio_blk', 'ext4', 'crc32c_generic'))
        for module in needed:
            shutil.copy(module, base)
        loads = ''.join(f'/bin/busybox insmod /{os.path.basename(module)}\n' for module in needed)
        guest.script(f'{base}/init', '#!/bin/busybox sh\n/bin/busybox mkdir /dev /new\n/bin/busybox mount -t devtmpfs d /dev\n' + loads +
                     '/bin/busybox mount -t ext4 /dev/vda /new\n/bin/busybox mount -t devtmpfs d /new/dev\n'
                     'exec /bin/busybox switch_root /new /init\n')
        self.initrd = self.path('initramfs.cpio')
        guest.cpio(base, self.initrd)

    def boot(self, scenario, image, kill_at=None, more=(), machine='q35'):
        """Boots the disk into a scenario; KILL_AT (lines, seconds): kills the machine that long after that many lines."""
        argv = guest.qemu(self.vmlinuz, self.initrd, f'scenario={scenario}', machine,
                          more=('-drive', f'file={image},format=raw,if=virtio,cache=writeback', *more))
        text = guest.boot(argv, 3000, kill_at)
        with open(self.path(f'{scenario}.log'), 'a') as log:
            log.write(text + '\n----\n')
        return Steps(text)


class Steps(dict):
    """What a guest said: the output of each step by its name."""

    def __init__(self, text):
        super().__init__()
        name = ''
        for line in text.splitlines():
            if line.startswith('@ '):
                name = line[2:].strip()
                self[name] = ''
            else:
                self[name] = self.get(name, '') + line + '\n'

    def has(self, step, *words):
        """A row: the step was reached, and all the words stand in it."""
        last = list(self)[-1]
        tap.ok(all(word in self.get(step, '') for word in words), f'{step}: {", ".join(words)}'.replace('\n', ' '),
               self.get(step, f'never reached; last {last}: {self[last]}'))


def drive(body):
    """Runs BODY(folder) in a folder that goes afterwards, unless --keep is said; ends with its exit status."""
    folder = tempfile.mkdtemp(prefix='ksig-lab-', dir='/var/tmp')
    try:
        body(folder)
    finally:
        if '--keep' in sys.argv:
            print('#', folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    tap.done()
