#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which tests notice when an idea of the matching is broken?

usage: breakages.py SOURCE_ROOT [NAME...]        TAP on standard output, a row a breakage

Copies the source to a scratch folder and builds it there. Then, one after the other, an idea is broken by a small edit, the
program is built again, and the quick tests of match, assign and breakdown run: at least one has to fail. An edit whose text
is not in the source any more is a failure, too: whoever changes the code says here how its idea is broken. What is broken
must still compile. KSIG_BREAKAGES keeps the scratch folder there for the next run.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import tap

SUITES = ('match', 'assign', 'breakdown')  # the quick ones first
PROGRAMS = ['src/cli/ksig', 'bench/synthesise']  # that their tests run
NOT_COPIED = shutil.ignore_patterns('.git', 'build', 'build-*', 'node_modules', '*.ws')  # of the source's top folder

# (name, file, what stands there, what stands there when the idea is broken)
BREAKAGES = [
    ('every line is as rare as any other', 'src/match/evidence.c',
     'return 1.0F / (1.0F + set->parameters->rarity_slope * log2f(often > 1.0F ? often : 1.0F));',
     'return often >= 0 ? 1.0F : 0.5F;'),
    ('a line is anywhere', 'src/match/line-place.c',
     'return (uint8_t) (255 * found / asked);',
     'return (uint8_t) (found <= asked ? 255 : 0);'),
    ('the first place is as good as the best', 'src/match/line-place.c',
     'if (score > best.score ||',
     'if (best.score < 0 ||'),
    ('lines in another function count', 'src/match/line-place.c',
     'ksig_match_side_elsewhere(side, lines[n], strand->function);',
     'ksig_match_side_elsewhere(side, lines[n], strand->function) && lines[n] == UINT32_MAX;'),
    ('a function keeps its name', 'src/match/line-place.c',
     'return side == strand->renamed_in &&',
     'return side == strand->renamed_in && score > 255 &&'),
    ('what stands there alike is a hit', 'src/match/evidence.c',
     'if (hit.score >= 0 && hit.score >= same.score - 64) {',
     'if (hit.score >= 0 || same.score >= 0) {'),
    ('what is removed is never still there', 'src/match/evidence.c',
     'claim->fate = KSIG_FATE_STILL;\n\t\tclaim->place',
     'claim->fate = KSIG_FATE_GONE;\n\t\tclaim->place'),
    ('weights of hit and place are swapped', 'src/match/model.c',
     'x[F_PLACE] = evidence->place;\n\tx[F_PLACE_HIT] = evidence->place * x[F_HIT];',
     'x[F_PLACE] = x[F_HIT];\n\tx[F_HIT] = evidence->place;\n\tx[F_PLACE_HIT] = evidence->place * x[F_PLACE];'),
    ('later weights are halved', 'src/match/model.c',
     '+= model->together[i] * features[i];',
     '+= model->together[i] * features[i] / 2;'),
    ('habits are not bounded', 'src/match/model.c',
     'return lines + fminf(fmaxf(habits, -limit), limit);',
     'return limit >= 0 ? lines + habits : lines;'),
    ('moved code is never found', 'src/match/moved.c',
     'return votes.n > 0 && votes.counts[best] >= 2 &&',
     'return votes.n > 0 && votes.counts[best] > UINT32_MAX / 2 &&'),
    ('nothing is superseded', 'src/match/superseding.c',
     '\tfor (uint32_t f = 0; f < n_files; f++)\n\t\tlink_file(',
     '\tfor (uint32_t f = n_files; f < n_files; f++)\n\t\tlink_file('),
    ('all versions of a patch are kept', 'src/match/deduplicate.c',
     'if (group && best[group] != c + 1)',
     'if (group && best[group] == 0)'),
    ('one round', 'src/match/match.c',
     'round <= parameters->rounds; round++',
     'round <= MIN(parameters->rounds, 1); round++'),
    ('nothing is refuted', 'src/match/rounds.c',
     'return !has_hits(evidence) && evidence->reached == 0 &&',
     'return !has_hits(evidence) && evidence->reached == UINT32_MAX &&'),
    ('an identical change is not sure', 'src/match/rounds.c',
     'const float least = is_sure(rounds, c) ?',
     'const float least = is_sure(rounds, c) && c == UINT32_MAX ?'),
    ('a rival does not count', 'src/match/rounds.c',
     'rounds->outlooks[c].own >= parameters->sure_own * hits;',
     'rounds->outlooks[c].own >= 0 * hits;'),
    ('no era', 'src/match/vendor-bias.c',
     'rounds->outlooks[examples[i]].era = clamp(rounds, logf((yes + 0.5F) / (no + 0.5F)));',
     'rounds->outlooks[examples[i]].era = clamp(rounds, 0 * (yes + no));'),
    ('no words', 'src/match/vendor-bias.c',
     'rounds->outlooks[c].words = clamp(',
     'rounds->outlooks[c].words = 0 * clamp('),
    ('a line has many owners', 'src/match/line-competition.c',
     'outlook->own += mass * own / fmaxf(claimed, 1e-6F);',
     'outlook->own += claimed >= 0 && own >= 0 ? mass : 0;'),
    ('the changelog says nothing', 'src/match/changelog-likelihood.c',
     'return rounds->word[1] - logf((float) rounds->named[c]);',
     'return 0 * logf((float) rounds->named[c]);'),
    ('silence says nothing', 'src/match/changelog-likelihood.c',
     'return rounds->silence[rounds->subsystems[c]];',
     'return 0 * rounds->silence[rounds->subsystems[c]];'),
    ('what was written later is there', 'src/match/ruled-out.c',
     'if (late || is_behind(set, question, c))',
     'if ((late && c == UINT32_MAX) || is_behind(set, question, c))'),
    ('what is younger than all that is sure is there', 'src/match/latest.c',
     'at_most(sure, list->len - first, (double) n_sure / list->len) < chance;',
     'at_most(sure, list->len - first, (double) n_sure / list->len) < 0 * chance;'),
    ('what the base has is introduced', 'src/match/ruled-out.c',
     'if (late || is_behind(set, question, c))',
     'if (late || (is_behind(set, question, c) && c == UINT32_MAX))'),
    ('a revert of what was never there is one', 'src/match/rounds.c',
     'removed[KSIG_FATE_GONE] > 0 &&',
     'removed[KSIG_FATE_GONE] < 0 &&'),
    ('a commit and its revert made what upstream began with', 'src/match/blob-chain.c',
     'had_it = history;',
     'had_it = stages[i].new_blob ? had_it : history;'),
    ('blobs are not followed', 'src/match/blob-chain.c',
     'reach(set, stages[i].candidate, file);',
     'reach(set, stages[i].candidate, file + 0 * set->target->n_files);\n\t\tbreak;'),
    ('an import is no label', 'src/match/imports.c',
     'if (groups->pdata[root] && is_import(rounds, groups->pdata[root]))',
     'if (groups->pdata[root] && is_import(rounds, groups->pdata[root]) && root == UINT32_MAX)'),
    ('what came before an import is a patch', 'src/match/imports.c',
     'if (search->passed_by[c])\n\t\t\tg_array_append_val(before, c);',
     'if (search->passed_by[c] > 1)\n\t\t\tg_array_append_val(before, c);'),
    ('a series proves nothing', 'src/match/series-proof.c',
     'if (proof->words[c] != NEEDED)',
     'if (proof->words[c] != NEEDED || c < UINT32_MAX)'),
    ('the changelog in the tree is what its entries are about', 'src/assign/pieces.c',
     'n_quoted += quoted[i] = is_quotation(reading->pieces, piece, &spans[i], quotes);',
     'n_quoted += quoted[i] = is_quotation(reading->pieces, piece, &spans[i], NULL);'),
    ('a brace goes with anybody', 'src/assign/assign.c',
     'above[i].distance <= below.distance ?',
     'below.owner == KSIG_NO_OWNER ?'),
    ('a patch owns nothing and stays', 'src/assign/contained.c',
     'return part->undoes == 0 && part->lines == 0 && !has_file[p];',
     'return part->undoes == 0 && part->lines == UINT32_MAX && !has_file[p];'),
    ('series that are not carried are believed', 'src/assign/unproved-series.c',
     'rounds->probability[part->candidate] = 0;\n\t\tany = true;',
     'any = any || part->candidate == UINT32_MAX;'),
    ('exact from place .5', 'src/assign/assign.c',
     'evidence->place > 0.95F',
     'evidence->place > 0.5F'),
    ('no run is adopted', 'src/assign/assign.c',
     'const bool is_adapted = open <= sides[0].owned + sides[1].owned;',
     'const bool is_adapted = open + sides[0].owned + sides[1].owned == 0;'),
    ('the later one owns what is removed', 'src/assign/assign.c',
     '|| (claim->added && score == *best)) {',
     '|| score == *best) {'),
    ('no alternatives', 'src/assign/alternatives.c',
     'const bool most = fits && alternative.lines * 2 >= alternative.of_lines;',
     'const bool most = fits && alternative.lines > alternative.of_lines;'),
    ('nothing is taken back', 'src/assign/reverse-steps.c',
     'for (uint32_t c = 0; c < set->pool->n_candidates; c++)\n\t\tjudge(set, c);',
     'for (uint32_t c = set->pool->n_candidates; c < set->pool->n_candidates; c++)\n\t\tjudge(set, c);'),
]


def run(*argv, cwd):
    return subprocess.run(argv, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace', check=False)


class Copy:
    """The source in a scratch folder, and its build."""

    def __init__(self, root, place):
        self.source = os.path.join(place, 'source')
        self.build = os.path.join(place, 'build')
        shutil.rmtree(self.source, ignore_errors=True)
        shutil.copytree(root, self.source, symlinks=True,
                        ignore=lambda folder, names: NOT_COPIED(folder, names) if folder == root else ())
        if not os.path.exists(os.path.join(self.build, 'build.ninja')):
            done = run('meson', 'setup', self.build, self.source, cwd=place)
            if done.returncode:
                sys.exit(f'breakages.py: meson setup: {done.stdout[-2000:]}')

        rules = run('ninja', '-C', self.build, '-t', 'targets', 'all', cwd=place).stdout
        self.targets = PROGRAMS + sorted(re.findall(rf'^(tests/(?:{"|".join(SUITES)})/[\w-]+): c_LINKER', rules, re.M))

    def compiles(self):
        self.said = run('ninja', '-C', self.build, *self.targets, cwd=self.source)
        return self.said.returncode == 0

    def noticed(self):
        """The tests that fail, of the first suite of which any does."""
        for suite in SUITES:
            failed = self.failed(suite)
            if failed:
                return failed
        return []

    def failed(self, suite):
        log = os.path.join(self.build, 'meson-logs', 'testlog.json')
        if os.path.exists(log):
            os.unlink(log)
        run('meson', 'test', '-C', self.build, '--no-rebuild', '--no-suite=full', f'--suite={suite}', cwd=self.source)
        with open(log, encoding='utf-8') as lines:
            tests = [json.loads(line) for line in lines]
        if not tests:
            sys.exit(f'breakages.py: no test of {suite} ran')
        return sorted(test['name'] for test in tests if test['result'] not in ('OK', 'SKIP', 'EXPECTEDFAIL'))


def broken(copy, name, path, right, wrong):
    """(whether some test notices, what to say)"""
    path = os.path.join(copy.source, path)
    with open(path, encoding='utf-8') as file:
        text = file.read()
    if text.count(right) != 1:
        return False, f'{path} has {text.count(right)} places that read: {right}'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text.replace(right, wrong))
    try:
        if not copy.compiles():
            return False, f'does not compile: {copy.said.stdout[-1000:]}'
        tests = copy.noticed()
        return bool(tests), ', '.join(tests) or 'no test notices'
    finally:
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)


def main():
    root, *names = sys.argv[1:]
    place = os.environ.get('KSIG_BREAKAGES') or tempfile.mkdtemp(prefix='ksig-breakages.')
    os.makedirs(place, exist_ok=True)
    try:
        copy = Copy(root, place)
        tap.ok(copy.compiles() and not copy.noticed(), 'the source as it is passes')
        for name, path, right, wrong in BREAKAGES:
            if not names or name in names:
                noticed, said = broken(copy, name, path, right, wrong)
                tap.ok(noticed, name, said)
                print(f'# {name}: {said}', flush=True)
        tap.done()
    finally:
        if 'KSIG_BREAKAGES' not in os.environ:
            shutil.rmtree(place)


main()
