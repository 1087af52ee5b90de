# SPDX-License-Identifier: GPL-2.0-or-later
"""A model's file (src/match/model.tsv) as Python sees it: parameters and features by name, the checksum made anew when written."""
import copy
import hashlib
import os

DEFAULT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'src', 'match', 'model.tsv')


class Model:
    def __init__(self, path=DEFAULT):
        with open(path, encoding='utf-8') as lines:
            rows = [line.rstrip('\n').split('\t') for line in lines]
        self.name, self.version = rows[1][1], rows[2][1]
        self.parameters = {row[1]: row[2] for row in rows if row[0] == 'parameter'}
        self.features = [row[1] for row in rows if row[0] == 'feature']
        self.alone = [float(row[2]) for row in rows if row[0] == 'feature' and row[2] != '-']
        self.together = [float(row[3]) for row in rows if row[0] == 'feature']
        self.meanings = {(row[0], row[1]): row[-1] for row in rows[4:]}

    def copy(self, **parameters):
        """The same with other PARAMETERS, "_" for "-"."""
        other = copy.deepcopy(self)
        other.parameters.update({name.replace('_', '-'): value for name, value in parameters.items()})
        return other

    def body(self):
        for name, value in self.parameters.items():
            yield 'parameter', name, str(value), self.meanings['parameter', name]
        for i, name in enumerate(self.features):
            alone = '%.4f' % self.alone[i] if i < len(self.alone) else '-'
            yield 'feature', name, alone, '%.4f' % self.together[i], self.meanings['feature', name]

    def write(self, path):
        body = ''.join('\t'.join(row) + '\n' for row in self.body())
        checksum = hashlib.sha256(body.encode()).hexdigest()
        with open(path, 'w', encoding='utf-8') as out:
            out.write(f'ksig-model\t1\nname\t{self.name}\nversion\t{self.version}\nsha256\t{checksum}\n{body}')
        return path
