#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ksig live test, the release gate, with a real kernel: what passes, what does not, and what may be published."""
import json
import os
import shutil
import subprocess

from lab import NAME, Lab, drive, tap

WORDS = '--untested=I publish what was not tested'


class Gate:
    def __init__(self, folder):
        self.lab = Lab(folder)
        self.source = self.lab.path('sources', 'gate')
        for revision, name in ((1, 'lp_v1'), (2, 'lp_v2'), (5, 'lp_panic')):
            self.lab.publish(self.source, revision, f'{self.lab.module_folder}/{name}.ko')
        self.probe = self.lab.path('probe')
        with open(self.probe, 'w') as file:
            file.write('cut -c1-10 /proc/cmdline\n')

    def ksig(self, *words):
        return subprocess.run([self.lab.ksig, 'live', *words], capture_output=True, text=True, errors='replace')

    def test(self, revision, *options):
        return self.ksig('test', f'--kernel={self.lab.vmlinuz}', '--format=json', f'--probe={self.probe}', '--key=live',
                         f'--home={self.lab.home}', *options, f'{self.source}/{NAME}-{revision}')

    def index(self, *options):
        return self.ksig('index', '--name=stable', '--provider=kmods', '--revision=1', '--expires=2099-01-01', '--key=repo',
                         f'--home={self.lab.home}', *options, self.source)

    def result(self, revision):
        with open(f'{self.source}/{NAME}-{revision}/test.json') as file:
            return json.load(file)


def outcomes(done):
    try:
        return {step['step']: step['outcome'] for step in json.loads(done.stdout)}
    except ValueError:
        return {}


def passes(gate):
    done = gate.test(1)
    steps = outcomes(done)
    wanted = ('identity', 'apply', 'functions', 'rollback', 'stall', 'reverse', 'again', 'end', 'probe')
    tap.ok(done.returncode == 0 and all(steps.get(step) == 'passed' for step in wanted), 'the first of its kind passes',
              done.stdout + done.stderr[-3000:])
    tap.ok(steps.get('replace') == 'not run', 'what was not run is said so', done.stdout)
    stall = [step['detail'] for step in gate.result(1)['steps'] if step['step'] == 'stall'][0]
    tap.ok('(ksig_hold) S' in stall and 'ksig_hold_thunk+' in stall, 'the task that held it up is named, with its stack', stall)
    done = gate.test(2, f'--older={gate.source}/{NAME}-1', '--no-stall')
    steps = outcomes(done)
    tap.ok(done.returncode == 0 and all(steps.get(step) == 'passed' for step in ('older', 'apply', 'replace', 'back', 'probe')),
              'the next takes the place of the older, and back', done.stdout + done.stderr[-3000:])


def fails(gate):
    done = gate.test(5, '--no-stall')
    tap.ok(done.returncode == 1 and gate.result(5)['verdict'] == 'failed', 'one that brings the machine down does not pass',
              done.stdout + done.stderr[-3000:])
    other = gate.lab.path('other')
    shutil.copytree(f'{gate.source}/{NAME}-1', other)
    with open(f'{other}/module.ko', 'ab') as file:
        file.write(b'x')
    done = gate.ksig('test', f'--kernel={gate.lab.vmlinuz}', other)
    tap.ok(done.returncode == 3 and 'not the module that the manifest names' in done.stderr, 'another module is refused', done.stderr)
    done = gate.ksig('test', f'--kernel={gate.lab.ksig}', f'{gate.source}/{NAME}-1')
    tap.ok(done.returncode != 0 and 'build id' in done.stderr, 'another image is refused before it is booted', done.stderr)
    environment = dict(os.environ, PATH='/nonexistent')
    done = subprocess.run([gate.lab.ksig, 'live', 'test', '--no-stall', f'--kernel={gate.lab.vmlinuz}', f'{gate.source}/{NAME}-1'],
                          capture_output=True, text=True, env=environment)
    tap.ok(done.returncode == 4 and 'is not installed' in done.stderr, 'what the machine lacks is named', done.stderr)


def publishing(gate):
    done = gate.index()
    tap.ok(done.returncode == 1 and f'{NAME}-5' in done.stderr, 'the index takes nothing that did not pass', done.stderr)
    tap.ok(gate.index('--untested=please').returncode == 2, 'other words do not do')
    tap.ok(gate.index(WORDS).returncode == 0, 'the words do')
    shutil.rmtree(f'{gate.source}/{NAME}-5')
    done = gate.index()
    tap.ok(done.returncode == 0, 'what passed is indexed', done.stderr)
    with open(f'{gate.source}/index.json') as file:
        tap.ok(f'{NAME}-2/test.json.asc' in json.load(file)['files'], 'with its result')
    result = f'{gate.source}/{NAME}-2/test.json'
    with open(result) as file:
        text = file.read()
    with open(result, 'w') as file:
        file.write(text.replace('not run', 'passed'))
    done = gate.index()
    tap.ok(done.returncode == 1 and 'no good signature' in done.stderr, 'an altered result is none', done.stderr)
    shutil.copy(f'{gate.source}/{NAME}-1/test.json', result)
    done = gate.index()
    tap.ok(done.returncode == 1 and 'not the result of a test' in done.stderr, "another patch's result is none", done.stderr)


def body(folder):
    gate = Gate(folder)
    passes(gate)
    fails(gate)
    publishing(gate)


drive(body)
