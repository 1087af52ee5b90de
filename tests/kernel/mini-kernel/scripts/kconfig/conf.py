# SPDX-License-Identifier: GPL-2.0-or-later
# As little of kbuild's conf as the tests need: symbols of bool, tristate and int, ranges, defaults, "depends on A && !B", "if A", "select A".
import re
import sys

target, kconfig, path = sys.argv[1:4]
symbols, conditions = {}, []


def read(name):
    entry = None
    for line in open(name).read().replace('\\\n', ' ').split('\n'):
        words = line.split()
        if not words or words[0].startswith('#'):
            continue
        if words[0] == 'source':
            read(words[1].strip('"'))
        elif words[0] == 'if':
            conditions.append(' '.join(words[1:]))
        elif words[0] == 'endif':
            conditions.pop()
        elif words[0] == 'config':
            entry = symbols[words[1]] = {'depends': list(conditions), 'default': 'n', 'prompt': False, 'select': []}
        elif entry and words[0] in ('bool', 'tristate', 'int'):
            entry['type'], entry['prompt'] = words[0], len(words) > 1 and ' if "$(ARCH)"' not in line
        elif entry and words[0] == 'range':
            entry['range'] = (int(words[1]), int(words[2]))
        elif entry and words[0] == 'depends':
            entry['depends'].append(' '.join(words[2:]))
        elif entry and words[0] == 'select':
            entry['select'].append(words[1])
        elif entry and words[0] == 'default':
            entry['default'] = words[1]


def takes(entry, value):
    if entry['type'] == 'int':
        return value.isdigit() and entry['range'][0] <= int(value) <= entry['range'][1]
    return value in (('y', 'n') if entry['type'] == 'bool' else ('y', 'm', 'n'))


def holds(values, expression):
    for part in expression.split('&&'):
        name = part.strip().lstrip('!').strip()
        if (values.get(name, 'n') != 'n') == part.strip().startswith('!'):
            return False
    return True


read(kconfig)
old = {}
if target != 'tinyconfig':
    for line in open(path):
        match = re.match(r'CONFIG_(\w+)=(.*)', line)
        if match:
            old[match[1]] = match[2]
        match = re.match(r'# CONFIG_(\w+) is not set', line)
        if match:
            old[match[1]] = 'n'
values = {}
for _ in symbols:
    for name, entry in symbols.items():
        if not all(holds(values, d) for d in entry['depends']):
            values.pop(name, None)
        elif entry['prompt'] and name in old and takes(entry, old[name]):
            values[name] = old[name]
        else:
            values[name] = 'n' if target == 'tinyconfig' else entry['default']
for name, value in list(values.items()):
    for other in symbols[name]['select'] if value != 'n' else []:
        values[other] = 'y'
if target == 'listnewconfig':
    for name, value in values.items():
        if name not in old and symbols[name]['prompt']:
            print(f'CONFIG_{name}={value}')
else:
    with open(path, 'w') as out:
        for name, value in values.items():
            out.write(f'# CONFIG_{name} is not set\n' if value == 'n' else f'CONFIG_{name}={value}\n')
