#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Secure Boot, with the test keys of OVMF: what the kernel will refuse is foretold; what the right key signed is applied."""
import os
import shutil

from lab import NAME, Lab, drive, run, tap

CODE, VARS = '/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd'
SNAKE = '/usr/share/ovmf/PkKek-1-snakeoil'


def sign(lab, name, key, certificate):
    """The module with a signature by the kernel's own sign-file: what ksig checks is not what ksig wrote."""
    out = lab.path(f'{name}.ko')
    shutil.copy(f'{lab.module_folder}/lp_v1.ko', out)
    script = f'{lab.build}/scripts/sign-file'
    run(script, 'sha256', key, certificate, out)
    return out


def make(folder):
    for file in (CODE, VARS, f'{SNAKE}.key', f'{SNAKE}.pem'):
        if not os.path.exists(file):
            tap.skip_all(f'{file} is not there (package ovmf)')
    lab = Lab(folder)
    key, other, other_pem = lab.path('snake.key'), lab.path('other.key'), lab.path('other.pem')
    run('openssl', 'pkey', '-in', f'{SNAKE}.key', '-passin', 'pass:snakeoil', '-out', key)
    run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=other', '-days', '3650', '-keyout', other,
        '-out', other_pem)
    lab.say('add', 'db', f'{SNAKE}.pem', '--role=module', '--provider=kmods')
    right = sign(lab, 'right', key, f'{SNAKE}.pem')
    wrong = sign(lab, 'wrong', other, other_pem)
    tampered = lab.path('tampered.ko')
    with open(right, 'rb') as file:
        data = bytearray(file.read())
    at = data.index(b'patched v1')
    data[at:at + 10] = b'patched vX'
    with open(tampered, 'wb') as file:
        file.write(data)
    source = lab.path('sources', 'secure')
    for revision, module in ((11, f'{lab.module_folder}/lp_v1.ko'), (12, wrong), (13, tampered), (14, right)):
        lab.publish(source, revision, module)
    lab.index(source, 1)
    lab.disk(lab.path('sources'))
    lab.initramfs()
    return lab


def check(lab):
    variables = lab.path('vars.fd')
    shutil.copy(VARS, variables)
    seen = lab.boot('secure', lab.image, machine='q35,smm=off',
                    more=['-drive', f'if=pflash,format=raw,unit=0,readonly=on,file={CODE}',
                          '-drive', f'if=pflash,format=raw,unit=1,file={variables}'])

    has = seen.has
    has('lockdown', '[integrity]')
    has('vouch', '"signatures_enforced" : true')
    has('foretold-11', 'the module is not signed', '= 1')
    has('foretold-12', 'a certificate that the policy does not name', '= 1')
    has('foretold-13', 'not what key db signed', '= 1')
    for revision in (11, 12, 13):
        has(f'kernel-{revision}', "can't insert", 'console')
    has('foretold-14', '= 0')
    has('kernel-14', 'patched')
    has('end')


drive(lambda folder: check(make(folder)))
